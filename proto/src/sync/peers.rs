//! The notes on each connected peer.

use super::budget::Budget;
use super::lag::Told;
use super::messages::{Now, Peer, RequestId};
use super::pull::Target;
use crate::calendar::CivilDay;
use crate::names::Author;
use std::collections::{BTreeMap, BTreeSet};

/// Most peers whose notes are kept: a hub of the largest federation.
const PEERS_MAX: usize = crate::limits::MEMBERS_MAX + 1_024;
/// How long an answer may take, in milliseconds: a page over the slowest line.
const ANSWER_MS_MAX: u64 = 20_000;
/// How long a peer that failed or declined is left alone, in milliseconds.
pub(super) const REST_MS: u64 = 3_000;

/// How many pages are remembered for or against a peer.
const CREDIT_MAX: i8 = 4;

/// Requests a member may ask: at once, and per second after that.
const MEMBER_REQUESTS: (u64, u64) = (128, 32);
/// Bytes a member may be given: at once, and per second after that.
const MEMBER_BYTES: (u64, u64) = (16 << 20, 4 << 20);
/// Requests a stranger may ask: enough to fetch the root feed page by page.
const STRANGER_REQUESTS: (u64, u64) = (8, 1);
/// Bytes a stranger may be given: a root feed of 6,000 members in about half a minute.
const STRANGER_BYTES: (u64, u64) = (1 << 20, 64 << 10);
/// Requests that are declined before the connection ends: at once, and per second after that. Who is declined asks again
/// after three seconds.
const PATIENCE: (u64, u64) = (64, 1);

/// Bytes all strangers together may be given: whoever comes back under another key gets no more.
const STRANGERS_BYTES: (u64, u64) = (8 << 20, 1 << 20);

/// What was asked of a peer and is not answered yet.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Open,
    /// The children of nodes (level, index), ascending.
    Digests(Vec<(u32, u32)>),
    /// Feeds, each from a sequence on.
    Want(BTreeMap<Author, u64>),
}

#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) request_id: RequestId,
    pub(super) since_ms: u64,
    pub(super) ask: Ask,
}

/// From a verified hello.
#[derive(Clone, Debug)]
pub(super) struct Greeting {
    pub(super) clock_offset_s: i64,
    /// At most `VERSION_CHARS_MAX` characters.
    pub(super) software_version: String,
}

/// What a peer may still ask of this node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) requests: Budget,
    pub(super) bytes: Budget,
    /// How often it may still ask in vain.
    pub(super) patience: Budget,
}

impl Allowance {
    fn new(requests: (u64, u64), bytes: (u64, u64), now: Now) -> Self {
        Self {
            requests: Budget::new(requests.0, requests.1, now.monotonic_ms),
            bytes: Budget::new(bytes.0, bytes.1, now.monotonic_ms),
            patience: Budget::new(PATIENCE.0, PATIENCE.1, now.monotonic_ms),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Notes {
    /// One request at a time.
    pub(super) asking: Option<Asking>,
    pub(super) rest_until_ms: u64,
    pub(super) next_open_ms: u64,
    /// When this node last asked for its digest, or first was asked for its own.
    pub(super) opened_ms: Option<u64>,
    /// The two were compared, down to where they differ, since the connection stands.
    pub(super) met: bool,
    /// When this node last greeted it.
    pub(super) greeted_ms: Option<u64>,
    pub(super) greeting: Option<Greeting>,
    /// Its digest, if it differs: to be compared from the top of the tree down.
    pub(super) differs: Option<[u8; 32]>,
    /// It differs, and has the first go at finding out where, until then.
    pub(super) yields_until_ms: Option<u64>,
    pub(super) told: Told,
    /// Nodes of the digest tree that differ, the lowest level first.
    pub(super) frontier: BTreeSet<(u32, u32)>,
    /// Feeds that it can complete.
    pub(super) todo: BTreeMap<Author, Target>,
    /// Pages that it gave in time less those that it did not, between -4 and 4: who gives goes before who makes wait.
    pub(super) credit: i8,
    /// Feeds of which it gave an entry dated after tomorrow, with that day.
    pub(super) future: BTreeMap<Author, CivilDay>,
    pub(super) as_member: Allowance,
    pub(super) as_stranger: Allowance,
}

impl Notes {
    /// Whether nothing that the peer is seen to hold more of is still to come, nor to be found out.
    pub(super) fn is_even(&self) -> bool {
        let at_it = self.asking.as_ref().is_some_and(|asking| !matches!(asking.ask, Ask::Open));
        let differs = self.differs.is_some() || self.yields_until_ms.is_some();
        !at_it && !differs && self.frontier.is_empty() && self.todo.is_empty()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Peers {
    notes: BTreeMap<Peer, Notes>,
    /// What is left for all strangers.
    pub(super) strangers: Budget,
}

impl Default for Peers {
    fn default() -> Self {
        let (most, per_s) = STRANGERS_BYTES;
        Self { notes: BTreeMap::new(), strangers: Budget::new(most, per_s, 0) }
    }
}

impl Peers {
    pub(super) fn connect(&mut self, peer: Peer, now: Now) {
        if self.notes.len() >= PEERS_MAX {
            return;
        }
        self.notes.entry(peer).or_insert_with(|| Notes {
            asking: None,
            rest_until_ms: 0,
            next_open_ms: now.monotonic_ms,
            opened_ms: None,
            met: false,
            greeted_ms: None,
            greeting: None,
            differs: None,
            yields_until_ms: None,
            told: Told::default(),
            frontier: BTreeSet::new(),
            todo: BTreeMap::new(),
            credit: 0,
            future: BTreeMap::new(),
            as_member: Allowance::new(MEMBER_REQUESTS, MEMBER_BYTES, now),
            as_stranger: Allowance::new(STRANGER_REQUESTS, STRANGER_BYTES, now),
        });
    }

    pub(super) fn disconnect(&mut self, peer: Peer) {
        self.notes.remove(&peer);
    }

    pub(super) fn get(&self, peer: Peer) -> Option<&Notes> {
        self.notes.get(&peer)
    }

    pub(super) fn get_mut(&mut self, peer: Peer) -> Option<&mut Notes> {
        self.notes.get_mut(&peer)
    }

    /// Lets every peer be asked anew at once.
    pub(super) fn open_all(&mut self, now: Now) {
        for notes in self.notes.values_mut() {
            notes.next_open_ms = now.monotonic_ms;
        }
    }

    /// Lets every peer be greeted anew at once.
    pub(super) fn greet_all(&mut self, now: Now) {
        self.notes.values_mut().for_each(|notes| notes.greeted_ms = None);
        self.open_all(now);
    }

    /// What was dated after tomorrow is asked for again once its day has come near.
    pub(super) fn forget_future(&mut self, tomorrow: CivilDay) {
        self.notes.values_mut().for_each(|notes| notes.future.retain(|_, day| tomorrow < *day));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Peer, &Notes)> {
        self.notes.iter()
    }

    /// Takes back the request that a peer answers; `None` if it was not asked, or too long ago.
    pub(super) fn answered(&mut self, peer: Peer, request_id: RequestId) -> Option<Asking> {
        let notes = self.notes.get_mut(&peer)?;
        notes.asking.take_if(|asking| asking.request_id == request_id)
    }

    /// A page came in good time and went as far as a page goes, or not.
    pub(super) fn credit(&mut self, peer: Peer, good: bool) {
        if let Some(notes) = self.notes.get_mut(&peer) {
            notes.credit =
                if good { notes.credit + 1 } else { notes.credit - 1 }.clamp(-CREDIT_MAX, CREDIT_MAX);
        }
    }

    pub(super) fn overdue(&self, now: Now) -> Vec<(Peer, RequestId)> {
        let asking = self.notes.iter().filter_map(|(peer, notes)| Some((*peer, notes.asking.as_ref()?)));
        let overdue = asking.filter(|(_, asking)| asking.since_ms + ANSWER_MS_MAX <= now.monotonic_ms);
        overdue.map(|(peer, asking)| (peer, asking.request_id)).collect()
    }

    /// How many pages are on their way.
    pub(super) fn wants(&self) -> usize {
        let is_want = |notes: &&Notes| matches!(&notes.asking, Some(Asking { ask: Ask::Want(_), .. }));
        self.notes.values().filter(is_want).count()
    }
}
