//! `faccina check`: is everything that this node holds sound?

use super::{ConfigPath, Outcome};
use crate::{
    check::{self, Findings, Problem},
    config::{Config, FederationFile, Role},
    federation::{FeedLog, open_feeds},
    keys::NodeKeys,
    store::{self, FEEDS_DIR, NODE_DIR, Store},
    telling::sentence,
};
use clap::Args;
use faccina_proto::{names::Author, roster::Federation};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

/// A check makes no database: one that is not there is what it has to tell.
#[derive(Debug, thiserror::Error)]
#[error("{} is missing: this node has never run, or the directory is to be restored from a backup", .path.display())]
struct Missing {
    path: PathBuf,
}

fn open(path: &Path) -> Result<Arc<dyn Store>, Box<dyn Error + Send + Sync>> {
    if !store::is_there(path)? {
        return Err(Missing { path: path.to_owned() }.into());
    }
    Ok(Arc::new(store::open(path)?))
}

/// Check every ballot, tally, root, chain and signature of a stopped node
///
/// Opens each ballot box and recounts it, recomputes the root of each closed month, opens every report of a terminal, and
/// verifies every entry of every feed anew. Exits with 0 when all is sound, with 1 when something is not, and says what to do. The node must be
/// stopped: a store has one reader.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:  systemctl stop faccina && faccina check --config /etc/faccina/faccina.toml"
)]
pub struct Check {
    #[command(flatten)]
    config: ConfigPath,
}

impl Check {
    pub(super) fn run(self) -> Outcome {
        let config = Config::load(&self.config.config)?;
        let file = FederationFile::load(&config.federation_file)?;
        NodeKeys::load(&config.keys_dir)?;
        let records = check::records(open(&config.data_dir.join(NODE_DIR))?)?;
        println!("Records  {records} of terminals, services and tokens");
        let log = FeedLog::new(open(&config.data_dir.join(FEEDS_DIR))?);
        let trusted = Federation::new(&file.name, file.root_key, file.successor_hash);
        let (replica, repairs) = open_feeds(&file, &log)?;
        let own = Author::Member(config.ipa_code.clone());
        let (mut feeds, published) = check::feeds(&trusted, &replica, &log, &own);
        if !repairs.is_empty() {
            feeds.problems.push(Problem::Order);
        }
        println!("Feeds    {} with {} entries", feeds.feeds, feeds.entries);
        let boxes = if config.role == Role::Ente {
            let found = check::boxes(config.data_dir, config.keys_dir, &file.id(), &published)?;
            println!("Boxes    {} with {} ballots", found.boxes, found.ballots);
            println!("Reports  {} of terminals' half-days", found.reports);
            found
        } else {
            Findings::default()
        };
        let problems = || feeds.problems.iter().chain(&boxes.problems);
        for problem in problems() {
            println!("Problem  {}", sentence(problem));
        }
        if problems().next().is_some() {
            return Ok(ExitCode::FAILURE);
        }
        println!("All is sound.");
        Ok(ExitCode::SUCCESS)
    }
}
