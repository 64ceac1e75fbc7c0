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
    commands::{Outcome, bundle_file},
    config::FederationFile,
    founding::{Request, RootFeed, words},
    keys::{KeyKind, load_signing, replace_file},
};
use clap::Args;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::CivilDay,
    names::IpaCode,
    wire::feed::v1::{MemberRecord, entry::Body},
};
use std::{
    error::Error,
    fs::File,
    io::{self, BufRead, IsTerminal, Read, Write},
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
    #[error("nothing is signed: answer `si` at the question")]
    NotConfirmed,
    /// In a script nobody reads what is signed.
    #[error("nothing is signed: run the command on a terminal and answer its question, or pass --yes")]
    NobodyToAsk,
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
}

impl Desk {
    fn open(signing: &Signing) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let file = FederationFile::load(&signing.root.join(FEDERATION))?;
        let key = load_signing(&signing.root.join(ROOT_KEY), KeyKind::Root)?;
        let mut feed = RootFeed::read(&file, bundle_file::read(&signing.root.join(ROOT_FEED))?.into())?;
        if let Some(feeds) = &signing.feeds {
            feed.bring(bundle_file::read(feeds)?.into())?;
        }
        let (dir, day, yes) = (signing.root.clone(), Clock::system()?.today(), signing.yes);
        Ok(Self { dir, key, file, feed, day, yes })
    }

    /// Reads a request that came by PEC.
    fn request(&self, path: &Path) -> Result<Request, Box<dyn Error + Send + Sync>> {
        let request = Request::parse(&read_request(path)?, &self.file.id())?;
        request.expect_on(self.day)?;
        Ok(request)
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
            confirmed(request.is_some())?;
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
                    None => format!("{named} ({}), new as {}:", after.ipa_code, role_word(after)),
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

fn role_word(record: &MemberRecord) -> &'static str {
    use faccina_proto::wire::feed::v1::Role;
    match record.role() {
        Role::Ente => "ente",
        Role::Observer => "observer",
        Role::Hub => "hub",
        Role::Unspecified => "nothing",
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

/// Asks on the terminal; anything but yes is no.
fn confirmed(compares: bool) -> Result<(), DeskError> {
    if !io::stdin().is_terminal() {
        return Err(DeskError::NobodyToAsk);
    }
    if compares {
        print!("Does the ente read out this fingerprint, and shall this be signed? [si/no] ");
    } else {
        print!("Shall this be signed? [si/no] ");
    }
    let mut answer = String::new();
    let asked = io::stdout().flush().and_then(|()| io::stdin().lock().read_line(&mut answer));
    let yes = ["si", "sì", "s", "yes", "y"];
    match asked {
        Ok(_) if yes.contains(&answer.trim().to_lowercase().as_str()) => Ok(()),
        Ok(_) | Err(_) => Err(DeskError::NotConfirmed),
    }
}
