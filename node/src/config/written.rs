//! The configuration as it is written, and what is wrong with it.

use super::{Counter, Log, RETENTION_DAYS_MAX, RETENTION_DAYS_MIN, Role};
use crate::multiaddress::{LISTEN, is_dialable, is_listenable};
use faccina_proto::{calendar::CivilDay, limits::RECORD_TEXT_BYTES_MAX, text::line};
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};

/// Addresses that a node publishes: names and numbers of two lines, in both versions of IP, and some to spare.
const CONTACTS_MAX: usize = 16;

/// A key, and what is wrong with its value.
pub(super) type Wrong = (&'static str, &'static str);

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) role: Role,
    pub(super) ipa_code: String,
    pub(super) name: String,
    pub(super) data_dir: PathBuf,
    pub(super) keys_dir: Option<PathBuf>,
    pub(super) federation: PathBuf,
    #[serde(default)]
    pub(super) demo: bool,
    pub(super) demo_day: Option<u32>,
    pub(super) listen: WrittenListen,
    pub(super) ballots: Option<WrittenBallots>,
    pub(super) counter: Option<Counter>,
    #[serde(default)]
    pub(super) log: Log,
}

impl Written {
    /// A key that is wrong, and what it should be.
    pub(super) fn problem(&self) -> Option<Wrong> {
        self.problem_of_role()
            .or_else(|| self.counter.as_ref().and_then(Counter::problem))
            .or_else(|| self.ballots.as_ref().and_then(|ballots| ballots.problem(self.demo)))
            .or_else(|| self.listen.problem())
            .or_else(|| {
                let fit = line("name", &self.name, RECORD_TEXT_BYTES_MAX).is_ok();
                (!fit).then_some(("name", "must name the administration, in one line of at most 512 bytes"))
            })
    }

    fn problem_of_role(&self) -> Option<Wrong> {
        if self.role == Role::Ente {
            None
        } else if self.ballots.is_some() {
            Some(("ballots", "only a node with `role = \"ente\"` has a ballot box; remove the section"))
        } else if self.counter.is_some() {
            Some(("counter", "only a node with `role = \"ente\"` has terminals; remove the section"))
        } else {
            None
        }
    }

    /// Where the simulated calendar starts; or the key that is wrong, and what it should be.
    pub(super) fn calendar(&self) -> Result<Option<CivilDay>, Wrong> {
        match (self.demo, self.demo_day) {
            (false, Some(_)) => Err(("demo_day", "only a node with `demo = true` has one")),
            (false, None) => Ok(None),
            (true, None) => Err(("demo", "needs `demo_day = yyyymmdd`, where its calendar starts")),
            (true, Some(day)) => CivilDay::from_yyyymmdd(day)
                .map(Some)
                .map_err(|_| ("demo_day", "is no civil day, write it as 20260101")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenListen {
    pub(super) grpc: SocketAddr,
    pub(super) admin_socket: Option<PathBuf>,
    pub(super) http: SocketAddr,
    #[serde(default)]
    pub(super) peers: Vec<String>,
    #[serde(default)]
    pub(super) contact: Vec<String>,
}

impl WrittenListen {
    fn problem(&self) -> Option<Wrong> {
        if !self.http.ip().is_loopback() {
            Some((
                "listen.http",
                "metrics and health are served on loopback only, for example 127.0.0.1:7480",
            ))
        } else if self.contact.len() > CONTACTS_MAX {
            Some(("listen.contact", "names more than 16 addresses"))
        } else {
            None
        }
    }

    /// An address that is none, its key, and how one is written.
    pub(super) fn no_address(&self) -> Option<(&str, &'static str, &'static str)> {
        let peer = self.peers.iter().find(|address| !is_listenable(address));
        let contact = self.contact.iter().find(|address| *address != LISTEN && !is_dialable(address));
        let peer = peer.map(|address| (address.as_str(), "listen.peers", "/ip4/0.0.0.0/tcp/7440"));
        let contact = contact
            .map(|address| (address.as_str(), "listen.contact", "/dns4/faccina.comune.example.it/tcp/7440"));
        peer.or(contact)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenBallots {
    #[serde(default = "retention_days")]
    pub(super) retention_days: u16,
    #[serde(default = "close_by_timer")]
    pub(super) close_by_timer: bool,
    pub(super) half_day_s: Option<u32>,
}

impl WrittenBallots {
    fn problem(&self, demo: bool) -> Option<Wrong> {
        if !(RETENTION_DAYS_MIN..=RETENTION_DAYS_MAX).contains(&self.retention_days) {
            Some(("ballots.retention_days", "must be from 90 to 730"))
        } else if self.half_day_s.is_some() && !demo {
            Some(("ballots.half_day_s", "only the demo may shorten the half-day; remove the key"))
        } else {
            None
        }
    }
}

impl Default for WrittenBallots {
    fn default() -> Self {
        Self { retention_days: retention_days(), close_by_timer: close_by_timer(), half_day_s: None }
    }
}

fn retention_days() -> u16 {
    RETENTION_DAYS_MIN
}

fn close_by_timer() -> bool {
    true
}
