//! What the root key signs. These commands need no node and no network: they read the directory of the root key, show in
//! words what a new root entry says, sign it, and leave the root feed there as one file for the observer to take in.

mod create;
mod keys;
mod members;
mod records;
mod rulings;

pub(super) use create::{Create, Succeed};
pub(super) use keys::{Renew, Replace, Rotate};
pub(super) use members::{Admit, Leave, Merge, Readmit};
pub(super) use records::Update;
pub(super) use rulings::{Revoke, Rule};

use crate::{
    clock::Clock,
    commands::{Outcome, bundle_file, question::confirmed},
    config::{FederationFile, Role},
    founding::{Request, RootFeed, RootFeedError, words},
    keys::{KeyKind, load_signing, replace_file},
};
use clap::Args;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::CivilDay,
    names::IpaCode,
    replica::Head,
    wire::feed::v1::{MemberRecord, Role as MemberRole, entry::Body},
};
use std::{
    error::Error,
    fs::{File, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

const ROOT_KEY: &str = "root.key";
const SUCCESSOR_KEY: &str = "successor.key";
/// The root feed: what `faccina feed import` takes in on the observer.
const ROOT_FEED: &str = "root.faccina";
const FEDERATION: &str = "federation.toml";
/// A request is a page of text.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

const SHALL_BE_SIGNED: &str = "Shall this be signed?";
const COMPARED: &str = "Does the ente read out this fingerprint, and shall this be signed?";

/// With what every act of the root key begins.
#[derive(Debug, Args)]
struct Signing {
    /// Directory of `faccina federation create`, on the machine that no network reaches
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// All feeds, as `faccina feed export` wrote them on the observer
    #[arg(long, value_name = "FILE")]
    feeds: Option<PathBuf>,
    /// Do not ask: what is signed has been checked
    #[arg(long)]
    yes: bool,
}

/// Nothing has been signed.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    #[error("cannot use {}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} has more than {REQUEST_BYTES_MAX} bytes: it is no request", .path.display())]
    TooLong { path: PathBuf },
    #[error(
        "nothing is signed: {} is missing: put what `faccina feed export` writes on the observer in its place", .path.display()
    )]
    NoRootFeed { path: PathBuf },
    #[error("nothing is signed: another command signs with {} now", .path.display())]
    InUse { path: PathBuf },
    #[error("nothing is signed: the roster says all this of {0} already")]
    NothingChanges(IpaCode),
    #[error("nothing is signed: {0} cannot be a member of its own Unione")]
    OwnMember(IpaCode),
}

/// The table on which entries are signed: key, root feed, day.
#[derive(Debug)]
struct Desk {
    dir: PathBuf,
    key: SigningKey,
    file: FederationFile,
    feed: RootFeed,
    day: CivilDay,
    yes: bool,
    /// Locked: two commands at once would each sign an entry at one place.
    _key_file: File,
}

impl Desk {
    fn open(signing: &Signing) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let file = FederationFile::load(&signing.root.join(FEDERATION))?;
        let key = load_signing(&signing.root.join(ROOT_KEY), KeyKind::Root)?;
        let key_file = locked(&signing.root.join(ROOT_KEY))?;
        let root_feed = signing.root.join(ROOT_FEED);
        if !root_feed.exists() {
            return Err(DeskError::NoRootFeed { path: root_feed }.into());
        }
        let mut feed = RootFeed::read(&file, bundle_file::read(&root_feed)?.into())?;
        if let Some(feeds) = &signing.feeds {
            feed.bring(bundle_file::read(feeds)?.into())?;
        }
        let (dir, day, yes) = (signing.root.clone(), Clock::system()?.today(), signing.yes);
        Ok(Self { dir, key, file, feed, day, yes, _key_file: key_file })
    }

    /// Reads a request that came by PEC.
    fn request(&self, path: &Path) -> Result<Request, Box<dyn Error + Send + Sync>> {
        let request = Request::parse(&read_request(path)?, &self.file.id())?;
        request.expect_on(self.day)?;
        Ok(request)
    }

    /// Says how much of a member's feed counts no more, if it ends at `last`.
    fn warn_of_loss(&self, code: &IpaCode, last: Option<Head>) -> Result<(), RootFeedError> {
        let (held, last) = (self.feed.feed_of(code)?.held(), last.map_or(0, |last| last.sequence));
        let name = self.feed.record(code).map(|record| record.name).unwrap_or_default();
        if last < held {
            println!("Of {held} entries of {name} ({code}) the last {} count no more.", held - last);
        }
        Ok(())
    }

    /// Signs a new record of a member.
    fn sign_record(self, request: Option<&Request>, after: MemberRecord) -> Outcome {
        self.sign(request, vec![Body::Member(after)])
    }

    /// Shows what the entries say, asks, and leaves the root feed with them beside the key.
    fn sign(mut self, request: Option<&Request>, bodies: Vec<Body>) -> Outcome {
        let first = self.feed.length() + 1;
        if let Some(request) = request {
            println!("Fingerprint  {}", request.fingerprint());
        }
        for body in bodies {
            for line in self.said(&body) {
                println!("{line}");
            }
            self.feed.sign(&self.key, self.day, body)?;
        }
        if !self.yes {
            confirmed(if request.is_some() { COMPARED } else { SHALL_BE_SIGNED })?;
        }
        let path = self.dir.join(ROOT_FEED);
        replace_file(&path, &self.feed.write()?, 0o644)?;
        println!(
            "Signed as root entries {first} to {}. Bring {} to the observer: faccina feed import {ROOT_FEED}",
            self.feed.length(),
            path.display()
        );
        Ok(ExitCode::SUCCESS)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is signed on this table")]
    fn said(&self, body: &Body) -> Vec<String> {
        match body {
            Body::Member(after) => {
                let code = after.ipa_code.parse::<IpaCode>();
                let before = code.ok().and_then(|code| self.feed.record(&code));
                let named = if after.name.is_empty() { "(no name)" } else { &after.name };
                let head = match &before {
                    Some(_) => format!("{named} ({}), a member:", after.ipa_code),
                    None => format!("{named} ({}), new as {}:", after.ipa_code, words::role(after.role())),
                };
                let changed = words::changes(&before.unwrap_or_default(), after);
                std::iter::once(head).chain(changed.into_iter().map(|line| format!("  - {line}"))).collect()
            }
            Body::Revocation(revocation) => vec![words::revocation(revocation)],
            Body::Ruling(ruling) => vec![words::ruling(ruling)],
            _ => Vec::new(),
        }
    }
}

fn locked(path: &Path) -> Result<File, DeskError> {
    let failed = |source| DeskError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DeskError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn in_record(role: Role) -> MemberRole {
    match role {
        Role::Ente => MemberRole::Ente,
        Role::Observer => MemberRole::Observer,
        Role::Hub => MemberRole::Hub,
    }
}

fn read_request(path: &Path) -> Result<String, DeskError> {
    let failed = |source| DeskError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(REQUEST_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= REQUEST_BYTES_MAX) {
        // A mail program may have put any letters around the request.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    } else {
        Err(DeskError::TooLong { path: path.to_owned() })
    }
}
