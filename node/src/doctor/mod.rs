//! What is wrong around this node, looked at from outside like a neighbour would, in an order in which each finding
//! explains the next: configuration, files, disk, hubs, clock, roster, own doors, a sample of the other members. The node
//! may be running or stopped.
//!
//! It changes nothing, and says of each thing what it is, why it is not well, and what to do.

mod disk;
mod roster;
mod network;

use crate::{
    clock::Clock,
    config::{Config, FederationFile},
    federation::Dialable,
    keys::{KeyFileError, NodeKeys},
    telling::sentence,
};
use faccina_proto::text::turns;
use std::{fmt, io, path::Path};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    pub verdict: Verdict,
}

/// How it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Well; what was seen.
    Well(String),
    /// Not well: why, and what to do.
    Wrong { why: String, remedy: String },
}

impl Finding {
    fn well(what: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Well(seen.into()) }
    }

    fn wrong(what: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Wrong { why: why.into(), remedy: remedy.into() } }
    }

    /// Whether somebody must do something.
    pub fn is_wrong(&self) -> bool {
        matches!(self.verdict, Verdict::Wrong { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = plain(&self.what);
        match &self.verdict {
            Verdict::Well(seen) => write!(f, "✓ {what}: {}", plain(seen)),
            Verdict::Wrong { why, remedy } => write!(f, "✗ {what}: {}. What to do: {remedy}", plain(why)),
        }
    }
}

/// Versions and addresses come from other nodes: what would steer the terminal is shown as a mark.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// What the running node says of itself.
#[derive(Debug)]
pub struct Running {
    /// Sentences that a person can act on.
    pub warnings: Vec<String>,
    /// Multiaddresses at which it listens.
    pub listening: Vec<String>,
    /// Some members that it could dial.
    pub sample: Vec<Dialable>,
}

/// Why the running node was not asked.
#[derive(Debug)]
pub enum Asked {
    Running(Running),
    Stopped,
    /// It runs, and does not let this user in.
    NotAllowed(String),
}

fn remedy_of_keys(error: &KeyFileError) -> &'static str {
    match error {
        KeyFileError::Open { .. } => {
            "do that; if others may have read the key, ask for a new one with `faccina keys rotate`"
        }
        KeyFileError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "let the user that runs the node own the directory of the keys and what is in it (`chown -R`)"
        }
        KeyFileError::Missing { .. }
        | KeyFileError::Exists { .. }
        | KeyFileError::Malformed { .. }
        | KeyFileError::Damaged { .. }
        | KeyFileError::Io { .. }
        | KeyFileError::NoRandomness
        | KeyFileError::Certificate(_) => {
            "bring the keys back from their backup; if there is none, run `faccina keys replace`"
        }
    }
}

/// Looks at everything; `told` hears each finding as soon as it is there. `asked` = what the node answered on its socket.
pub async fn examine(path: &Path, asked: impl AsyncFnOnce(&Config) -> Asked, told: &mut dyn FnMut(Finding)) {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            return told(Finding::wrong("Configuration", sentence(&error), "correct it and run this again"));
        }
    };
    told(Finding::well("Configuration", format!("{}, {}", path.display(), config.role.as_str())));
    disk::look(&config, told);
    let file = match FederationFile::load(&config.federation_file) {
        Ok(file) => file,
        Err(error) => {
            return told(Finding::wrong("Federation file", sentence(&error), "ask DFP for the file again"));
        }
    };
    told(Finding::well("Federation file", format!("{:?} with {} hubs", file.name, file.hubs.len())));
    let keys = match NodeKeys::load(&config.keys_dir) {
        Ok(keys) => {
            told(Finding::well("Keys", config.keys_dir.display().to_string()));
            Some(keys)
        }
        Err(error) => {
            told(Finding::wrong("Keys", sentence(&error), remedy_of_keys(&error)));
            None
        }
    };
    let asked = asked(&config).await;
    let running = node(asked, told);
    let clock = match config.demo.map_or_else(Clock::system, Clock::demo) {
        Ok(clock) => clock,
        Err(error) => {
            return told(Finding::wrong("Clock", sentence(&error), "set the clock of this machine"));
        }
    };
    let hubs = network::hubs(config.role, &file, &clock, told).await;
    network::clock(&hubs, told);
    let held = roster::held(&config, &file, running.is_some(), told);
    roster::look(
        &config,
        keys.as_ref(),
        hubs.roster.as_ref().or(held.as_ref().map(|(it, _)| it)),
        &clock,
        told,
    );
    network::own_doors(&config, &file, keys.as_ref(), running.as_ref(), told).await;
    let sample = match (&running, &held) {
        (Some(running), _) => running.sample.clone(),
        (None, Some((replica, log))) => roster::sample(replica, log, &config, &clock),
        (None, None) => Vec::new(),
    };
    network::sample(&sample, &file, told).await;
}

fn node(asked: Asked, told: &mut dyn FnMut(Finding)) -> Option<Running> {
    match asked {
        Asked::Running(running) => {
            told(Finding::well("Node", "it is running"));
            for warning in &running.warnings {
                told(Finding::wrong(
                    "Node",
                    warning.clone(),
                    "see the sentence itself; `faccina status` shows it too",
                ));
            }
            Some(running)
        }
        Asked::Stopped => {
            told(Finding::well("Node", "it is stopped; what only a running node can tell is left out"));
            None
        }
        Asked::NotAllowed(why) => {
            told(Finding::wrong("Node", why, "run this as the user of the node, or as root"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_node_says_of_itself_steers_no_terminal() {
        let said = Finding::well("Hub /dns4/a\u{7}b/tcp/1", "it answers, version 1\u{1b}[2J\n\u{202e}");
        assert_eq!(
            said.to_string(),
            "✓ Hub /dns4/a\u{fffd}b/tcp/1: it answers, version 1\u{fffd}[2J\u{fffd}\u{fffd}"
        );
    }
}
