//! What goes into the machine and what comes out.

use crate::calendar::CivilDay;
use crate::envelope::{EnvelopeError, Id};
use crate::feed::{Body, EntryError};
use crate::names::{Author, IpaCode};
use crate::replica::{Change, Head, Refusal};
use crate::wire::sync::v1 as wire;
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use std::fmt;

/// The other end of a connection, by its Ed25519 transport key: one name for however many connections.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer([u8; 32]);

impl Peer {
    /// The peer that holds this transport key.
    pub const fn from_bytes(transport_key: [u8; 32]) -> Self {
        Self(transport_key)
    }

    /// The transport key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "peer {a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

/// Names a request: those sent by the machine by its own numbers, those received by the shell's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// The time, as the shell knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For timers: never steps back. Milliseconds since any fixed moment.
    pub monotonic_ms: u64,
    /// What the node's clock says, for the hello. Seconds.
    pub unix_s: u64,
    /// The day in Europe/Rome.
    pub day: CivilDay,
}

/// Who this node is.
#[derive(Clone)]
pub struct Own {
    /// Its code; it may not be in the roster yet.
    pub code: IpaCode,
    /// The key of its feed.
    pub feed_key: SigningKey,
    /// Its own end of connections.
    pub transport: Peer,
    /// Random bytes drawn at this start.
    pub run_id: [u8; 16],
    /// Version of its software, at most 64 bytes.
    pub software_version: String,
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").field("code", &self.code).finish_non_exhaustive()
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The first connection with a peer stands.
    Connected(Peer),
    /// The last connection with a peer ended.
    Disconnected(Peer),
    /// A peer asks.
    Request {
        /// Who.
        peer: Peer,
        /// The shell's number, for the reply.
        request_id: RequestId,
        /// What.
        request: wire::Request,
    },
    /// A peer answers.
    Response {
        /// Who.
        peer: Peer,
        /// The machine's number of the request.
        request_id: RequestId,
        /// What.
        response: wire::Response,
    },
    /// A request got no answer.
    Failed {
        /// Who was asked.
        peer: Peer,
        /// The machine's number of the request.
        request_id: RequestId,
    },
    /// Gossip came, through this peer.
    Announced {
        /// Who passed it on.
        peer: Peer,
        /// What it says.
        announcement: wire::Announcement,
    },
    /// The node wants to append to its own feed.
    Append {
        /// Comes back with the answer.
        ticket: u64,
        /// What.
        body: Body,
        /// Confirmed by a person: append although no member could be asked for the own head.
        offline: bool,
    },
    /// Envelopes came by hand: from a bundle, or sealed with a key that is not here. At most some thousands at a time.
    Import {
        /// Comes back with the answer.
        ticket: u64,
        /// In the order of their feeds, the root feed first.
        envelopes: Vec<Bytes>,
    },
    /// A person decided that own entries found elsewhere are to be taken over. Lifts that alarm, and no other.
    Adopt,
    /// About a second passed.
    Tick,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Write these changes, in one atomic batch, durably, before carrying out what follows.
    Persist(Vec<Change>),
    /// The changes just persisted, for whoever reads the feeds.
    Applied(Event),
    /// Ask a peer.
    Send {
        /// Whom.
        peer: Peer,
        /// The machine's number.
        request_id: RequestId,
        /// What.
        request: wire::Request,
    },
    /// Answer a peer.
    Reply {
        /// Whom.
        peer: Peer,
        /// The shell's number.
        request_id: RequestId,
        /// What.
        response: wire::Response,
    },
    /// Gossip this.
    Announce(wire::Announcement),
    /// The answer to an [`Input::Append`].
    Appended {
        /// From the input.
        ticket: u64,
        /// Where it stands, or why it does not.
        result: Result<Head, AppendRefusal>,
    },
    /// The answer to an [`Input::Import`].
    Imported {
        /// From the input.
        ticket: u64,
        /// What became of the envelopes.
        imported: Imported,
    },
    /// A peer did what no correct node does; lower its score.
    Misbehaved(Peer, Misbehaviour),
    /// End the connection with a peer.
    Disconnect(Peer),
    /// This node stops appending until a person decides.
    Alarm(Alarm),
}

/// A change of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An entry was added. Over quota, the last one added does not count: see [`Feed::counted`](crate::replica::Feed).
    Added {
        /// Whose feed.
        author: Author,
        /// Where.
        sequence: u64,
        /// Its id.
        id: Id,
    },
    /// Entries after a sequence no longer count: fold that feed anew (all of them, if it is the root's).
    Cut {
        /// Whose feed.
        author: Author,
        /// The last that stays.
        after: u64,
    },
    /// The feed is forked.
    Forked {
        /// Whose feed.
        author: Author,
    },
    /// The fork is ended.
    Unforked {
        /// Whose feed.
        author: Author,
    },
}

/// What became of imported envelopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Entries added, and forks proven.
    pub added: usize,
    /// Entries held already.
    pub known: usize,
    /// Entries left out for now: something before them is missing, their key is unknown, or their day is to come.
    pub waiting: usize,
    /// Own entries that this store lacks: see [`Alarm::OwnEntryElsewhere`].
    pub withheld: usize,
    /// Entries that do not count, with the position in the input.
    pub refused: Vec<(usize, Refusal)>,
}

/// What no correct node does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misbehaviour {
    /// It sent a message of no known form.
    #[error("sent a message that cannot be read: {0}")]
    Malformed(&'static str),
    /// It asked or told more than a message may hold.
    #[error("sent {found} {what}, at most {most}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// It sent entries that were not asked for.
    #[error("sent entries of {0} that were not asked for")]
    Unasked(Author),
    /// It sent an entry that it must have refused itself.
    #[error("sent an entry that does not hold: {0}")]
    Entry(Refusal),
    /// Its hello does not hold.
    #[error("sent a hello that does not hold: {0}")]
    Hello(EnvelopeError),
    /// Its hello belongs to another.
    #[error("sent the hello of another node")]
    WrongHello,
    /// It keeps asking beyond its budget.
    #[error("keeps asking beyond its budget")]
    Flood,
}

/// Why this node must not append.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// The store was lost or put back to an older state: `faccina adopt` takes those entries over.
    #[error(
        "a peer holds entry {sequence} of this node's own feed, which this store lacks: if its data were put back to an \
         older state, run `faccina adopt`"
    )]
    OwnEntryElsewhere {
        /// The entry.
        sequence: u64,
    },
    /// A copy of the disk has run, or somebody else signs with this node's key: ask DFP to rule, or to revoke it. The alarm
    /// ends once a revocation or a ruling has ended the fork.
    #[error(
        "entry {sequence} of this node's own feed exists twice, with different content: a copy of its disk has run, or \
         somebody else signs with this node's key; stop the copy, and tell DFP at once"
    )]
    ForeignEntry {
        /// The place.
        sequence: u64,
    },
    /// A second node runs with the same key (a copied disk?): stop one of them. The other goes on by itself five minutes
    /// after the last sign of life of the first.
    #[error(
        "another run of this node is alive under the same key: a copy of its disk or backup runs elsewhere; stop one of \
         the two, the other goes on by itself five minutes later, or at once when it is restarted"
    )]
    OtherRun {
        /// Its run id.
        run_id: [u8; 16],
    },
}

/// Why an entry was not appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendRefusal {
    /// See the alarm; a person must decide.
    #[error("this node must not publish: {0}")]
    Alarm(Alarm),
    /// Wait until a peer that is a member answers, or confirm that the node is offline.
    #[error("no member has been asked yet which entries of this node it holds")]
    NotAsked,
    /// Wait until more members are connected, or confirm that the node is offline.
    #[error(
        "this node takes over what it published before its data were restored: {told} of {needed} members have told what \
         they hold of it, a hub or the observer would be enough"
    )]
    FewAsked {
        /// Members that hold no more than this store does.
        told: usize,
        /// Members to be asked.
        needed: usize,
    },
    /// Wait until DFP has admitted this ente and the root feed is here.
    #[error("{0} is not in the roster")]
    NotMember(IpaCode),
    /// The roster names another key for this place: replace the key file, or ask DFP.
    #[error("the roster does not permit this node's key at sequence {sequence}")]
    Key {
        /// The place.
        sequence: u64,
    },
    /// Only a ruling of DFP ends a fork.
    #[error("the own feed is forked at {sequence}")]
    Forked {
        /// The place.
        sequence: u64,
    },
    /// Set the clock.
    #[error("today is {today}, before the day of the last own entry ({last})")]
    ClockBehind {
        /// The node's day.
        today: CivilDay,
        /// The last entry's.
        last: CivilDay,
    },
    /// Wait for the next day or year.
    #[error("one more entry would pass the quota of the feed")]
    Quota,
    /// Put less into it.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The replica does not take it; the reason says who must act.
    #[error(transparent)]
    Refused(#[from] Refusal),
}
