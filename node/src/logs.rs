//! Log lines, as text or JSON, on standard error. Levels: TRACE a message, DEBUG a turn, INFO a change a clerk would
//! notice, WARN look today, ERROR stop. Ballots, terminals and keys are never logged at any level.

use crate::config::{Log, LogFormat};
use std::io::{self, IsTerminal};
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging once for the process; a second call (tests with many nodes in one process) changes nothing.
pub fn start(log: &Log) {
    // Gossip warns whenever two ways bring the same announcement, which is its ordinary course.
    let level = log.level.as_str();
    let filter =
        EnvFilter::try_new(format!("warn,libp2p_gossipsub=error,faccina={level},faccina_node={level}"))
            .unwrap_or_else(|_| EnvFilter::new("info"));
    // A reader of the log that has gone is no reason to stop.
    let lines = fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let _already_started = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}
