//! Synchronisation, as an IO-less state machine: the one path by which entries travel (`WIRE.md` 13).
//!
//! [`Machine::handle`] takes what happened and returns what to do. The shell carries the outputs of one call out, in
//! order, before the next call: a [`Output::Persist`] is durable before any later reply, request or announcement leaves.
//!
//! - Each side asks for what it lacks; nothing is pushed. Root feed first; then the digest of all feeds; if it differs,
//!   down the digest tree to the members that differ; then their entries, in pages, each feed from one peer at a time,
//!   different feeds from several. Every page makes progress of its own, so a broken connection costs one page.
//! - Announcements only hint that a feed has grown; what they do not bring, the timer does. They go one hop: from the
//!   author to its peers, from hubs to theirs. While many come they are gathered, and so are the questions they lead to.
//! - Peers without a place in the roster get the root feed, slowly, and nothing else. A node still outside the roster, or
//!   new, learns the roster from whoever answers: entries verify themselves.
//! - What cannot be placed (a gap, an unknown key, an older roster) is left; only what no correct node sends is
//!   [`Misbehaviour`].
//! - A node never forks itself: before its first append a member must have told which of the node's own entries it holds;
//!   own entries that this store lacks, or a sign of life of another run under the same key, stop it ([`Alarm`]). A claim
//!   of a peer is not believed, but the entry or the hello signed with the own key that proves it. After a loss a hub, the
//!   observer or three members must have told. The alarm about another run ends by itself five minutes after its last
//!   new hello.
//!
//! The own feed key is rotated while the machine runs ([`Machine::take_feed_key`]): of the keys in hand the newest that
//! the roster permits signs. A node with keys that the roster does not know yet waits for the root feed like a stranger.
//!
//! In memory lie what is asked, the notes on each peer and at most one page; entries are read through [`Log`].

mod budget;
mod peers;
mod messages;
mod hello;
mod lag;
mod order;
mod pull;
mod news;
mod pace;
mod give;
mod serve;
mod own;

pub use budget::Budget;
pub use lag::Lag;
pub use messages::{
    Alarm, AppendRefusal, Event, Imported, Input, Misbehaviour, Now, Output, Own, Peer, RequestId,
};

use crate::calendar::CivilDay;
use crate::limits::KEYS_PER_MEMBER_MAX;
use crate::names::{Author, IpaCode};
use crate::replica::{Log, Replica};
use crate::roster::Member;
use crate::wire::sync::v1 as wire;
use ed25519_dalek::SigningKey;
use hello::{OtherRuns, Runs};
use news::News;
use own::Standing;
use peers::Peers;
use std::collections::{BTreeMap, BTreeSet};

/// How long a digest comparison with one peer holds, in milliseconds.
pub const SYNC_INTERVAL_MS: u64 = 30_000;
/// Days after its last day for which an expired transport key is still a member's: nobody is cut off by a forgotten date.
pub const TRANSPORT_GRACE_DAYS: i64 = 180;

/// One node's side of the synchronisation, with its replica.
#[derive(Debug)]
pub struct Machine {
    own: Own,
    /// Keys that shall sign the own feed after that of `own`, the newest last.
    next_feed_keys: Vec<SigningKey>,
    replica: Replica,
    sync_interval_ms: u64,
    peers: Peers,
    /// Which peer a feed is being fetched from.
    claims: BTreeMap<Author, Peer>,
    news: News,
    /// When a comparison with any member ended in agreement, or went on.
    compared_ms: Option<u64>,
    /// Peers beside the hubs with which a comparison goes down the digest tree.
    walks: BTreeSet<Peer>,
    /// How often a side of a known fork may still be replaced by one with a lower id.
    lowered: BTreeMap<Author, Budget>,
    /// How often each member told of own entries of this node and did not bring them.
    vain: BTreeMap<IpaCode, u8>,
    runs: Runs,
    other_runs: OtherRuns,
    standing: Standing,
    /// A loss was found, and what was lost is not here yet.
    adopting: bool,
    started: Option<Now>,
    last_request: u64,
}

impl Machine {
    /// The machine of the node `own` over `replica`.
    pub fn new(own: Own, replica: Replica) -> Self {
        Self {
            own,
            next_feed_keys: Vec::new(),
            replica,
            sync_interval_ms: SYNC_INTERVAL_MS,
            peers: Peers::default(),
            claims: BTreeMap::new(),
            news: News::default(),
            compared_ms: None,
            walks: BTreeSet::new(),
            lowered: BTreeMap::new(),
            vain: BTreeMap::new(),
            runs: Runs::default(),
            other_runs: OtherRuns::default(),
            standing: Standing::Unasked,
            adopting: false,
            started: None,
            last_request: 0,
        }
    }

    /// With another interval between two comparisons with one peer, in milliseconds: for federations of a few nodes.
    #[must_use]
    pub fn with_sync_interval_ms(self, sync_interval_ms: u64) -> Self {
        Self { sync_interval_ms, ..self }
    }

    /// Takes the key that shall sign the own feed from the sequence on at which the roster permits it; until then the one
    /// before signs. The oldest goes once there are more than a member may have.
    pub fn take_feed_key(&mut self, key: SigningKey) {
        self.next_feed_keys.push(key);
        if self.next_feed_keys.len() > KEYS_PER_MEMBER_MAX {
            self.next_feed_keys.remove(0);
        }
    }

    /// The replica.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Why this node must not append, if an alarm stands.
    pub fn alarm(&self) -> Option<&Alarm> {
        self.standing.alarm()
    }

    /// Whether members have told, since the start or an [`Input::Adopt`], which of the node's own entries they hold.
    pub fn own_head_is_checked(&self) -> bool {
        self.standing == Standing::Checked
    }

    /// The connected peers.
    pub fn connected(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().map(|(peer, _)| peer)
    }

    /// How many members there are beside this node on `today`.
    pub fn others(&self, today: CivilDay) -> usize {
        let members = self.replica.roster().members().iter();
        members.filter(|member| member.code != self.own.code && member.belongs_on(today)).count()
    }

    /// The connected members that have greeted, each with its clock less this node's, in seconds.
    pub fn clocks(&self) -> impl Iterator<Item = (&Member, i64)> {
        self.peers.iter().filter_map(|(peer, notes)| {
            let member = self.replica.roster().by_transport_key(peer.as_bytes())?;
            Some((member, notes.greeting.as_ref()?.clock_offset_s))
        })
    }

    /// The connected members that have greeted, each with the version of the software that it says it runs: a text from
    /// outside.
    pub fn versions(&self) -> impl Iterator<Item = (&Member, &str)> {
        self.peers.iter().filter_map(|(peer, notes)| {
            let member = self.replica.roster().by_transport_key(peer.as_bytes())?;
            Some((member, notes.greeting.as_ref()?.software_version.as_str()))
        })
    }

    /// Whether a member has been asked, and nothing that connected peers are seen to hold more of is still to come. Looks
    /// at every peer.
    pub fn has_caught_up(&self) -> bool {
        self.own_head_is_checked() && self.peers.iter().all(|(_, notes)| notes.is_even())
    }

    /// Takes what happened and returns what to do, in order.
    pub fn handle(&mut self, input: Input, now: Now, log: &dyn Log) -> Vec<Output> {
        self.started.get_or_insert(now);
        let mut outputs = Vec::new();
        match input {
            Input::Connected(peer) => {
                self.peers.connect(peer, now);
                self.pump(peer, now, &mut outputs);
            }
            Input::Disconnected(peer) => {
                self.release(peer);
                self.end_walk(peer);
                self.peers.disconnect(peer);
                self.pump_all(now, &mut outputs);
            }
            Input::Request { peer, request_id, request } => {
                self.serve(peer, request_id, request, now, log, &mut outputs);
                self.pump(peer, now, &mut outputs);
            }
            Input::Response { peer, request_id, response } => {
                // A page frees its feeds for other peers; any other answer concerns only the one who gave it.
                if self.answered(peer, request_id, response, now, log, &mut outputs) {
                    self.pump_all(now, &mut outputs);
                } else {
                    self.pump(peer, now, &mut outputs);
                }
            }
            Input::Failed { peer, request_id } => {
                self.failed(peer, request_id, now);
                self.pump_all(now, &mut outputs);
            }
            Input::Announced { peer, announcement } => {
                self.hear(peer, &announcement, now, &mut outputs);
                self.pump(peer, now, &mut outputs);
            }
            Input::Append { ticket, body, offline } => {
                self.append(ticket, body, offline, now, log, &mut outputs);
            }
            Input::Import { ticket, envelopes } => {
                self.import(ticket, envelopes, now, log, &mut outputs);
                self.pump_all(now, &mut outputs);
            }
            Input::Adopt => {
                self.adopt(now);
                self.pump_all(now, &mut outputs);
            }
            Input::Tick => self.tick(now, &mut outputs),
        }
        outputs
    }

    /// The member behind a connection, unless its transport key is beyond grace or it has left.
    fn member(&self, peer: Peer, today: CivilDay) -> Option<&Member> {
        let member = self.replica.roster().by_transport_key(peer.as_bytes())?;
        let key = member.transport_keys.iter().find(|key| key.key == *peer.as_bytes())?;
        let in_time = today <= key.valid_to.plus_days(TRANSPORT_GRACE_DAYS);
        (in_time && member.belongs_on(today)).then_some(member)
    }

    /// Whether the roster has this node's transport key. Until then members give it the root feed alone.
    fn is_in_roster(&self) -> bool {
        self.replica.roster().by_transport_key(self.own.transport.as_bytes()).is_some()
    }

    fn own_author(&self) -> Author {
        Author::Member(self.own.code.clone())
    }

    fn next_request(&mut self) -> RequestId {
        self.last_request += 1;
        RequestId(self.last_request)
    }

    fn tick(&mut self, now: Now, outputs: &mut Vec<Output>) {
        self.runs.forget_old(now);
        self.outlive_other_runs(now);
        self.outlive_fork(now);
        self.peers.forget_future(now.day.plus_days(1));
        for (peer, request_id) in self.peers.overdue(now) {
            self.failed(peer, request_id, now);
        }
        self.follow_hints(now);
        self.tell_news(now, outputs);
        self.pump_all(now, outputs);
    }
}

/// The place and tag of a feed, as a peer told it.
fn wire_head(author: &str, feed: &crate::replica::Feed) -> wire::Head {
    wire::Head {
        author: author.to_owned(),
        sequence: feed.reach(),
        id: bytes::Bytes::copy_from_slice(&feed.tag()),
        forked: feed.fork().is_some(),
    }
}
