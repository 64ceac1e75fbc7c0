//! What happened: a hash over all events, which two runs of one seed share, and the last of them in words.

use super::almanac::Almanac;
use sha2::{Digest, Sha256};
use std::{collections::VecDeque, fmt};

/// How many events a failure shows.
const KEPT: usize = 60;

#[derive(Debug, Default)]
pub(crate) struct Trace {
    hash: Sha256,
    events: u64,
    last: VecDeque<String>,
    /// Print each event as it happens.
    pub(crate) loud: bool,
}

impl Trace {
    pub(crate) fn note(&mut self, at_ms: u64, almanac: &Almanac, event: &fmt::Arguments<'_>) {
        let line = format!("{} {:>9.3} s  {event}", almanac.day_at(at_ms, 0), at_ms as f64 / 1_000.0);
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        self.events += 1;
        if self.loud {
            println!("{line}");
        }
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// The first 16 hexadecimal digits of the hash.
    pub(crate) fn fingerprint(&self) -> String {
        let hash = self.hash.clone().finalize();
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn last(&self) -> impl Iterator<Item = &String> {
        self.last.iter()
    }
}
