//! `faccina keys`: new keys of a node, and the request for them that goes to DFP. Works on the files of the node, which may
//! run meanwhile; what it uses changes by itself once the roster has the new keys.

use super::{ConfigPath, Outcome, question::confirmed};
use crate::{
    clock::Clock,
    config::{Config, FederationFile},
    founding::{KeysWanted, Request},
    intake::{self, BoxError},
    keys::{NextKeys, NodeKeys, WhichKey, replace_file},
    loss::{self, Stage},
    node::NodeError,
    store::{self, NODE_DIR},
};
use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use faccina_proto::calendar::Month;
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

const KEYS_LOST: &str = "The keys by which the federation knows this node are put aside, and it publishes nothing until DFP \
                         has admitted new ones. Were they lost or stolen?";
const BOXES_LOST: &str = "Ballot boxes or their keys are lost, the keys of the node are not. Is there no backup, and shall the \
                          boxes be given up?";

/// Make new keys for this node, and write the request for them to DFP
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Renew(Renew),
    Rotate(Rotate),
    Replace(Replace),
}

/// Ask for a new transport key: once a year, when the node warns
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina keys renew --config /var/lib/faccina/faccina.toml\n\n\
    Send the file that it writes to DFP by PEC. Once the roster has the new key, restart the node to use it.")]
struct Renew {
    #[command(flatten)]
    written: Written,
}

/// Ask for a new feed key, which signs after the present one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina keys rotate --config /var/lib/faccina/faccina.toml\n\n\
    Send the file that it writes to DFP by PEC. The running node changes over by itself once the roster has the key.")]
struct Rotate {
    #[command(flatten)]
    written: Written,
    /// A new transport key as well
    #[arg(long)]
    transport: bool,
}

/// After a loss or a theft: put new keys in the place of all that identify this node, and ask for them
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina keys replace --config /var/lib/faccina/faccina.toml\n\n\
    Look for the backup of the keys first. Send the file by PEC, call DFP at once, read them the fingerprint and, after\n\
    a theft, the number of your last own entry. Then start the node again: it waits for the roster by itself.")]
struct Replace {
    #[command(flatten)]
    written: Written,
    /// Name or address by which terminals reach this node, for a new certificate if that is missing
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
struct Written {
    #[command(flatten)]
    node: ConfigPath,
    /// The file for the request; beside the configuration if not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A node as its files tell.
struct Node {
    config: Config,
    file: FederationFile,
    keys: NextKeys,
    clock: Clock,
}

impl Node {
    fn open(path: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let config = Config::load(path)?;
        let file = FederationFile::load(&config.federation_file)?;
        let clock = match config.demo {
            Some(day) => Clock::demo(day)?,
            None => Clock::system()?,
        };
        Ok(Self { keys: NextKeys::new(&config.keys_dir), config, file, clock })
    }

    fn request(&self, wanted: KeysWanted<'_>) -> Request {
        Request::seal_keys(&self.config.ipa_code, &self.file.id(), wanted, self.clock.today())
    }

    /// Writes the request and says what to do with it.
    fn ask(&self, request: &Request, out: Option<PathBuf>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let short: String = request.fingerprint().chars().filter(|digit| *digit != ' ').take(8).collect();
        let name = format!("keys-{}-{short}.txt", self.config.ipa_code);
        let path = out.unwrap_or_else(|| self.config.path.with_file_name(name));
        replace_file(&path, request.to_text().as_bytes(), 0o644)?;
        println!("Request          {}", path.display());
        println!("Fingerprint      {}", request.fingerprint());
        println!("Send the request by PEC to DFP and read them the fingerprint by telephone.");
        Ok(())
    }
}

impl Keys {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Renew(renew) => renew.run(),
            Act::Rotate(rotate) => rotate.run(),
            Act::Replace(replace) => replace.run(),
        }
    }
}

impl Renew {
    fn run(self) -> Outcome {
        let node = Node::open(&self.written.node.config)?;
        let feed = node.keys.present(WhichKey::Feed)?;
        let transport = node.keys.draw_next(WhichKey::Transport)?.verifying_key();
        let wanted = KeysWanted { feed: &feed, present: None, transport: Some(&transport) };
        node.ask(&node.request(wanted), self.written.out)?;
        println!(
            "The present transport key is used until the roster has the new one and the node is restarted."
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Rotate {
    fn run(self) -> Outcome {
        let node = Node::open(&self.written.node.config)?;
        let present = node.keys.present(WhichKey::Feed)?;
        let feed = node.keys.draw_next(WhichKey::Feed)?;
        let transport: Option<SigningKey> =
            self.transport.then(|| node.keys.draw_next(WhichKey::Transport)).transpose()?;
        let transport = transport.map(|key| key.verifying_key());
        let wanted = KeysWanted { feed: &feed, present: Some(&present), transport: transport.as_ref() };
        node.ask(&node.request(wanted), self.written.out)?;
        println!(
            "The present feed key signs until the roster lets the new one; the node changes over by itself."
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Replace {
    fn run(self) -> Outcome {
        let node = Node::open(&self.written.node.config)?;
        let lost = lost(&node.config)?;
        let only_boxes = !lost.is_empty() && NodeKeys::load(&node.config.keys_dir).is_ok();
        if !self.yes {
            confirmed(if only_boxes { BOXES_LOST } else { KEYS_LOST })?;
        }
        give_up(&node.config, &lost)?;
        if only_boxes {
            println!("The keys of the node are as they were. Start it again.");
            return Ok(ExitCode::SUCCESS);
        }
        let (keys, drawn) = node.keys.replace(node.config.ipa_code.as_str(), &self.hosts)?;
        let transport = keys.transport.verifying_key();
        let wanted = KeysWanted { feed: &keys.feed, present: None, transport: Some(&transport) };
        node.ask(&node.request(wanted), self.written.out)?;
        for name in drawn {
            println!("! {name} was missing and is new: {}", meaning(name));
        }
        println!(
            "Former keys that were still there are kept as *.former. Start the node again: it waits by itself. Of several \
             requests only the last one asks for the keys that are in place now: tell DFP if another was sent before."
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// Boxes without their keys, and keys without their boxes: with one of them a node does not start.
fn lost(config: &Config) -> Result<Vec<Month>, BoxError> {
    if config.data_dir.is_dir() { intake::lost(&config.data_dir, &config.keys_dir) } else { Ok(Vec::new()) }
}

/// Puts aside what is left of boxes that nobody can read. What has happened to the node is the same as when its data are put
/// back to an older state.
fn give_up(config: &Config, months: &[Month]) -> Result<(), Box<dyn Error + Send + Sync>> {
    if months.is_empty() {
        return Ok(());
    }
    let path = config.data_dir.join(NODE_DIR);
    if !store::is_there(&path)? {
        return Err(NodeError::Gone { path }.into());
    }
    // A node that still runs has this open, and the keys in its memory: it is named in the refusal.
    loss::mark(&store::open(&path)?, Stage::PutBack)?;
    for month in months {
        intake::give_up(&config.data_dir, &config.keys_dir, *month)?;
        println!(
            "! the votes of {month} cannot be read any more, their ballot box or its key is gone: what is left is put aside as \
             *.lost or *.unusable, and the next summary says that data were lost"
        );
    }
    Ok(())
}

/// What a secret that is new means for people.
fn meaning(name: &str) -> &'static str {
    match name {
        "node.key" => "invites given out before are void",
        "receipt.key" => "terminals must be paired again to believe its receipts",
        _ => "terminals, desks and officers must be paired again",
    }
}
