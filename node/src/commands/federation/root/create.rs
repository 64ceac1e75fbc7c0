//! The directory of a root key: of the first, and of the one that succeeds it.

use super::{DeskError, FEDERATION, ROOT_FEED, ROOT_KEY, SHALL_BE_SIGNED, SUCCESSOR_KEY};
use crate::{
    clock::Clock,
    commands::{Outcome, bundle_file, month, question::confirmed},
    config::FederationFile,
    founding::{self, Founding, RootFeed},
    keys::{KeyKind, create_file, create_signing, load_signing},
};
use clap::Args;
use faccina_proto::calendar::Month;
use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Found a federation: its root key, the key that may succeed it, and the file that every member gets
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation create --dir safe --name 'Rete Faccina' --first-month 2026-01\n  \
    faccina init --dir dfp --federation safe/federation.toml --role observer --ipa dfp --name 'Osservatorio DFP'\n  \
    faccina federation admit dfp/admission-dfp.txt --root safe --role observer --protocol 2026/1\n  \
    faccina run --config dfp/faccina.toml &\n  \
    faccina feed import safe/root.faccina --config dfp/faccina.toml\n\n\
    Then put the address that `faccina status` shows into `hubs` of federation.toml and give the file to the enti.\n\
    Keep the directory off the network: whoever has root.key decides who belongs.")]
pub(in super::super) struct Create {
    /// Directory for the keys; created if missing
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Name of the federation
    #[arg(long)]
    name: String,
    /// First month surveyed
    #[arg(long, value_parser = month)]
    first_month: Month,
}

/// Put the successor in the place of a root key that is lost or stolen
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation succeed --successor /media/other-safe/successor.key --federation federation.toml \\\n    \
    --feeds all.faccina --dir new-safe\n\n\
    --feeds is what `faccina feed export` wrote on any node. If the old key was stolen, --last names the last root\n\
    entry that is DFP's own: what stands behind it counts no more. federation.toml stays as it is for everybody.")]
pub(in super::super) struct Succeed {
    /// The key that `faccina federation create` or the last succession set apart
    #[arg(long, value_name = "FILE")]
    successor: PathBuf,
    /// federation.toml, as every member has it
    #[arg(long, value_name = "FILE")]
    federation: PathBuf,
    /// All feeds, or a copy of root.faccina
    #[arg(long, value_name = "FILE")]
    feeds: PathBuf,
    /// Directory for the keys from now on; created if missing
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Last root entry of the former key that counts; the newest if not given
    #[arg(long, value_name = "SEQUENCE")]
    last: Option<u64>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Create {
    pub(in super::super) fn run(self) -> Outcome {
        let day = Clock::system()?.today();
        make_dir(&self.dir)?;
        let root = create_signing(&self.dir.join(ROOT_KEY), KeyKind::Root)?;
        let successor = create_signing(&self.dir.join(SUCCESSOR_KEY), KeyKind::Root)?;
        let founding = founding::found(&self.name, &root, &successor.verifying_key(), self.first_month, day);
        let Founding { file, genesis } = founding;
        let feed = RootFeed::begin(&file, &genesis)?;
        create_file(&self.dir.join(ROOT_FEED), &feed.write()?, 0o644)?;
        create_file(&self.dir.join(FEDERATION), file.to_toml().as_bytes(), 0o644)?;
        println!("Federation   {} ({})", self.name, file.id());
        print_files(&self.dir);
        Ok(ExitCode::SUCCESS)
    }
}

impl Succeed {
    pub(in super::super) fn run(self) -> Outcome {
        let file = FederationFile::load(&self.federation)?;
        let root = load_signing(&self.successor, KeyKind::Root)?;
        let mut feed = RootFeed::read(&file, bundle_file::read(&self.feeds)?.into())?;
        let held = feed.length();
        let last = self.last.unwrap_or(held);
        println!("The root key of {} is succeeded after root entry {last} of {held}.", file.name);
        if last < held {
            println!("Root entries {} to {held} count no more.", last + 1);
        }
        if !self.yes {
            confirmed(SHALL_BE_SIGNED)?;
        }
        feed.expect_successor(&root.verifying_key(), Some(last))?;
        make_dir(&self.dir)?;
        let next = create_signing(&self.dir.join(SUCCESSOR_KEY), KeyKind::Root)?;
        feed.succeed(&root, Some(last), &next.verifying_key(), Clock::system()?.today())?;
        let written = fs::read(&self.successor)
            .map_err(|source| DeskError::Io { path: self.successor.clone(), source })?;
        create_file(&self.dir.join(ROOT_KEY), &written, 0o600)?;
        create_file(&self.dir.join(ROOT_FEED), &feed.write()?, 0o644)?;
        create_file(&self.dir.join(FEDERATION), file.to_toml().as_bytes(), 0o644)?;
        print_files(&self.dir);
        println!("Bring {ROOT_FEED} to the observer: faccina feed import {ROOT_FEED}");
        Ok(ExitCode::SUCCESS)
    }
}

fn print_files(dir: &Path) {
    println!("Files        {}", dir.display());
    println!("Move {SUCCESSOR_KEY} to another safe now: it replaces {ROOT_KEY} if that is lost.");
}

fn make_dir(dir: &Path) -> Result<(), DeskError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|source| DeskError::Io { path: dir.to_owned(), source })
}
