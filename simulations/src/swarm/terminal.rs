//! A terminal: it signs a cast once, keeps it durably, and sends the same bytes until it has an answer for good.

use super::town::SERVICES;
use crate::founding::{Place, code, key};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    ballot::{Ballot, Cast},
    calendar::CivilDay,
    envelope::{Envelope, FederationId, Id, Kind},
    terminals::{Leftover, Mode, State, TerminalRecord},
};

/// Most casts sent at once.
const SENT_MAX: usize = 8;

/// A cast that waits for its receipt.
#[derive(Clone, Debug)]
struct Waiting {
    id: Id,
    bytes: Bytes,
    not_before_ms: u64,
}

#[derive(Debug)]
pub(crate) struct Terminal {
    key: SigningKey,
    pub(crate) record: TerminalRecord,
    queue: Vec<Waiting>,
    /// It reaches its node, if that runs.
    pub(crate) online: bool,
}

impl Terminal {
    /// The terminals of an ente: a totem at the counter, and the web, where each vote needs an invite.
    pub(crate) fn all_of(place: &Place) -> Vec<Self> {
        if !place.is_ente() {
            return Vec::new();
        }
        vec![Self::new(place, "counter", Mode::Open), Self::new(place, "web", Mode::Invite)]
    }

    fn new(place: &Place, channel: &str, mode: Mode) -> Self {
        let key = key(&format!("{channel} terminal of {}", place.code));
        let record = TerminalRecord {
            key: key.verifying_key(),
            name: channel.to_owned(),
            channel: code(channel),
            branch: code("sede"),
            services: SERVICES.into_iter().map(code).collect(),
            mode,
            state: State::Active,
            hours: Vec::new(),
            leftover: Leftover::Undecided,
            enrolled: None,
        };
        Self { key, record, queue: Vec::new(), online: true }
    }

    /// Signs and keeps.
    pub(crate) fn cast(
        &mut self,
        federation: &FederationId,
        ballot: Ballot,
        day: CivilDay,
        invite_hash: Option<[u8; 32]>,
    ) -> Id {
        let ballot_bytes = Bytes::from(ballot.encode());
        let id = Ballot::id(&ballot_bytes, federation);
        let terminal = self.record.id();
        let cast = Cast { ballot_bytes, ballot, day, terminal, invite_hash, attended: false };
        let sealed = Envelope::seal(Kind::Cast, federation, &self.key, &cast.encode());
        self.queue.push(Waiting { id, bytes: sealed.bytes().clone(), not_before_ms: 0 });
        id
    }

    /// What it sends now, if it reaches its node.
    pub(crate) fn due(&self, at_ms: u64) -> Vec<Bytes> {
        let due = self.queue.iter().filter(|waiting| self.online && waiting.not_before_ms <= at_ms);
        due.take(SENT_MAX).map(|waiting| waiting.bytes.clone()).collect()
    }

    pub(crate) fn forget(&mut self, id: &Id) {
        self.queue.retain(|waiting| waiting.id != *id);
    }

    pub(crate) fn put_off(&mut self, id: &Id, until_ms: u64) {
        let waiting = self.queue.iter_mut().filter(|waiting| waiting.id == *id);
        waiting.for_each(|waiting| waiting.not_before_ms = until_ms);
    }

    /// Casts without an answer.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }
}
