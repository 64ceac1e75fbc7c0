//! One feed as a replica holds it: links, what counts, a fork.

use crate::envelope::Id;
use crate::feed::{Entry, Link, Pace, Signed};
use crate::fork::Fork;
use crate::names::Author;
use crate::roster::Roster;
use sha2::{Digest, Sha256};

/// A place in a feed and what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The sequence, from 1.
    pub sequence: u64,
    /// The id.
    pub id: Id,
}

/// How a feed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It grows.
    Open,
    /// Its author said two things at one place; nothing from there on counts until a ruling.
    Forked(Fork),
    /// Its author wrote more than the quota; the entry held beyond `counted` is the first that does not count.
    OverQuota {
        /// The last sequence that counts.
        counted: u64,
    },
}

/// How an entry meets a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Known,
    Next,
    Gap,
    Detached,
    /// Another payload at the place of a held link.
    Beside,
    /// At the place of the known fork: a third side.
    AtFork,
    BeyondFork,
    BeyondQuota,
}

/// One feed: the chain from sequence 1, of which a prefix counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    links: Vec<Link>,
    pace: Pace,
    over_quota: bool,
    fork: Option<Fork>,
}

impl Feed {
    /// How many entries are held: those that count and, over quota, the first beyond.
    pub fn held(&self) -> u64 {
        self.links.len() as u64
    }

    /// How many entries count, from sequence 1 on.
    pub fn counted(&self) -> u64 {
        self.held() - u64::from(self.over_quota)
    }

    /// The link at `sequence`, whether it counts or not.
    pub fn link(&self, sequence: u64) -> Option<&Link> {
        self.links.get(usize::try_from(sequence.checked_sub(1)?).ok()?)
    }

    /// The last entry that counts.
    pub fn head(&self) -> Option<Head> {
        let sequence = self.counted();
        self.link(sequence).map(|link| Head { sequence, id: link.id })
    }

    /// What the feed has used of its quota, at its last entry.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// How it stands.
    pub fn state(&self) -> State {
        match self.fork {
            Some(fork) => State::Forked(fork),
            None if self.over_quota => State::OverQuota { counted: self.counted() },
            None => State::Open,
        }
    }

    /// The fork, if there is one.
    pub fn fork(&self) -> Option<&Fork> {
        self.fork.as_ref()
    }

    /// The sequence up to which peers must agree: that of the last entry held, or of the fork.
    pub fn reach(&self) -> u64 {
        self.fork.map_or(self.held(), |fork| fork.sequence())
    }

    /// What names the feed's content: the id of the last entry held; of a fork, a hash of both ids; zeros if empty.
    pub fn tag(&self) -> [u8; 32] {
        match (self.fork, self.links.last()) {
            (Some(fork), _) => {
                let [first, second] = fork.ids();
                let hash = Sha256::new().chain_update(b"faccina/fork/v1\0");
                hash.chain_update(first.as_bytes()).chain_update(second.as_bytes()).finalize().into()
            }
            (None, Some(link)) => *link.id.as_bytes(),
            (None, None) => [0; 32],
        }
    }

    /// The leaf of the digest tree: zeros if empty, else SHA-256(`faccina/head/v1\0` ‖ state ‖ u64 BE reach ‖ tag).
    pub fn leaf(&self) -> [u8; 32] {
        if self.reach() == 0 {
            return [0; 32];
        }
        let state = match self.state() {
            State::Open => 0,
            State::Forked(_) => 1,
            State::OverQuota { .. } => 2,
        };
        let hash = Sha256::new().chain_update(b"faccina/head/v1\0").chain_update([state]);
        hash.chain_update(self.reach().to_be_bytes()).chain_update(self.tag()).finalize().into()
    }

    pub(super) fn fit(&self, entry: &Entry, id: Id) -> Fit {
        let sequence = entry.sequence;
        if let Some(link) = self.link(sequence) {
            return match link.id == id {
                true => Fit::Known,
                false if entry.prev == self.prev_of(sequence) => Fit::Beside,
                false => Fit::Detached,
            };
        }
        let next = self.held() + 1;
        match self.fork {
            Some(fork) if sequence > fork.sequence() => Fit::BeyondFork,
            Some(fork) if fork.ids().contains(&id) => Fit::Known,
            Some(fork) if fork.prev() == entry.prev => Fit::AtFork,
            Some(_) => Fit::Detached,
            None if sequence > next => Fit::Gap,
            None if self.prev_of(sequence) != entry.prev => Fit::Detached,
            None if self.over_quota => Fit::BeyondQuota,
            None => Fit::Next,
        }
    }

    fn prev_of(&self, sequence: u64) -> Option<Id> {
        self.link(sequence.checked_sub(1)?).map(|link| link.id)
    }

    /// Appends the next entry and says whether it counts.
    pub(super) fn push(&mut self, signed: &Signed, roster: &Roster) -> bool {
        let link = signed.link();
        let pace = self.pace.with(link.day, link.payload_bytes);
        self.over_quota = !roster.quota(&signed.entry().author).allows(&pace);
        self.links.push(link);
        self.pace = pace;
        !self.over_quota
    }

    /// Keeps the first `held` links.
    pub(super) fn truncate(&mut self, held: u64, roster: &Roster, author: &Author) {
        self.links.truncate(usize::try_from(held).unwrap_or(usize::MAX));
        self.recount(roster, author);
    }

    /// Walks the chain under the present roster; drops what it does not permit and returns how many links stay.
    pub(super) fn recount(&mut self, roster: &Roster, author: &Author) -> u64 {
        let quota = roster.quota(author);
        let member = roster.author(author);
        let (mut keep, mut pace, mut over_quota) = (0, Pace::default(), false);
        for (sequence, link) in (1..).zip(&self.links) {
            let stands = roster.permits(author, sequence, &link.key)
                && roster.ruling(author, sequence).is_none_or(|ruled| *ruled == link.id)
                && member.is_none_or(|member| !member.is_away_on(link.day))
                && roster.reaches_back_to(link.day);
            if !stands || over_quota {
                break;
            }
            pace = pace.with(link.day, link.payload_bytes);
            over_quota = !quota.allows(&pace);
            keep += 1;
        }
        self.links.truncate(keep);
        (self.pace, self.over_quota) = (pace, over_quota);
        self.held()
    }

    pub(super) fn set_fork(&mut self, fork: Option<Fork>) {
        self.fork = fork;
    }
}
