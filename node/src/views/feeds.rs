//! Where the views read entries from, and following it as it grows.

use super::Views;
use faccina_proto::{
    calendar::Month,
    envelope::{Envelope, Id},
    feed::{Body, Entry, Signed},
    names::{Author, IpaCode},
    replica::{Log, Replica, State},
    roster::Role,
    summary::Summary,
};

/// An entry that is held, with its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub id: Id,
    pub entry: Entry,
}

/// The entries held of all feeds, as far as they count: cut at forks without a ruling, at revocations and at quotas.
pub trait Feeds {
    /// The last entry that counts; `None` for an empty or unknown feed.
    fn head(&self, author: &Author) -> Option<(u64, Id)>;
    /// The entry at a sequence from 1 to the head's, and beyond it only if it is still held.
    fn entry(&self, author: &Author, sequence: u64) -> Option<Held>;
    /// The sequence at which the feed forks, while no ruling ends the fork.
    fn forked_at(&self, author: &Author) -> Option<u64>;
    /// The sequence of the first entry beyond the feed's quota, if one was seen.
    fn over_quota_at(&self, author: &Author) -> Option<u64>;
}

/// A replica and the log that it lies above.
#[derive(Clone, Copy)]
pub struct ReplicaFeeds<'a> {
    pub replica: &'a Replica,
    pub log: &'a dyn Log,
}

impl std::fmt::Debug for ReplicaFeeds<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplicaFeeds").field("replica", &self.replica).finish_non_exhaustive()
    }
}

impl Feeds for ReplicaFeeds<'_> {
    fn head(&self, author: &Author) -> Option<(u64, Id)> {
        self.replica.head(author).map(|head| (head.sequence, head.id))
    }

    fn entry(&self, author: &Author, sequence: u64) -> Option<Held> {
        let envelope = Envelope::parse(self.log.entry(author, sequence)?).ok()?;
        let signed = Signed::trusted(envelope, self.replica.federation().id()).ok()?;
        // The log may have moved on since the replica was copied: another branch is not what this replica holds.
        let link = self.replica.feed(author)?.link(sequence);
        if link.is_some_and(|link| link.id != signed.id()) {
            return None;
        }
        Some(Held { id: signed.id(), entry: signed.into_entry() })
    }

    fn forked_at(&self, author: &Author) -> Option<u64> {
        Some(self.replica.feed(author)?.fork()?.sequence())
    }

    fn over_quota_at(&self, author: &Author) -> Option<u64> {
        match self.replica.feed(author)?.state() {
            State::OverQuota { counted } => Some(counted.saturating_add(1)),
            State::Open | State::Forked(_) => None,
        }
    }
}

impl Views {
    /// Brings the views up to what `feeds` holds. Reads only what is new; a feed that was cut, whose branch was exchanged
    /// by a ruling, or whose summaries a new roster or catalogue may judge otherwise is read again from its start,
    /// everything if it is the root's or the observer's.
    pub fn follow(&mut self, feeds: &dyn Feeds) {
        if !self.advance_dfp(feeds) {
            *self = Self::new(&self.federation);
            self.advance_dfp(feeds);
        }
        for code in std::mem::take(&mut self.reopened) {
            self.forget(&code);
        }
        for code in self.codes(false) {
            let author = Author::Member(code.clone());
            if !self.advance(feeds, &author) {
                self.forget(&code);
                self.advance(feeds, &author);
            }
            self.note_fork(feeds, &code);
        }
    }

    /// The whole summary of an ente that counts for `month`, read again from its feed.
    #[must_use]
    pub fn summary(&self, feeds: &dyn Feeds, code: &IpaCode, month: Month) -> Option<Summary> {
        let filed = self.month_of(code, month).accepted()?.filed;
        let held = feeds.entry(&Author::Member(code.clone()), filed.sequence)?;
        let Body::Summary(message) = held.entry.body else { return None };
        Summary::from_wire(&message).ok()
    }

    /// The root feed, then the observer's: its catalogue decides over summaries, so that they are judged once.
    fn advance_dfp(&mut self, feeds: &dyn Feeds) -> bool {
        let root = self.advance(feeds, &Author::Root) && !self.stale;
        root && self.codes(true).into_iter().all(|code| self.advance(feeds, &Author::Member(code)))
    }

    /// Applies what is new of one feed; `false` if what was applied is no longer what is held.
    fn advance(&mut self, feeds: &dyn Feeds, author: &Author) -> bool {
        let head = feeds.head(author);
        let applied = self.applied(author);
        let (last, last_id) = match (head, applied) {
            (_, None) => (head.map_or(0, |(sequence, _)| sequence), None),
            (None, Some(_)) => return false,
            (Some((sequence, id)), Some((done, _)))
                if sequence < done || (sequence == done && applied != Some((done, id))) =>
            {
                return false;
            }
            (Some((sequence, _)), Some((_, id))) => (sequence, Some(id)),
        };
        let first = applied.map_or(1, |(sequence, _)| sequence.saturating_add(1));
        let mut before = last_id;
        for sequence in first..=last {
            let Some(held) = feeds.entry(author, sequence) else { return true };
            if held.entry.prev != before {
                return false;
            }
            before = Some(held.id);
            self.apply(held.id, &held.entry);
        }
        true
    }

    fn codes(&self, observers: bool) -> Vec<IpaCode> {
        let members = self.roster.members().iter();
        members
            .filter(|member| (member.role == Role::Observer) == observers)
            .map(|member| member.code.clone())
            .collect()
    }

    fn forget(&mut self, code: &IpaCode) {
        self.applied.remove(&Author::Member(code.clone()));
        if let Some(months) = self.months.remove(code) {
            months.withdraw(&mut self.strata);
        }
        self.standing.remove(code);
        self.shelves.remove(code);
        self.pledges.remove(code);
    }

    fn note_fork(&mut self, feeds: &dyn Feeds, code: &IpaCode) {
        if feeds.forked_at(&Author::Member(code.clone())).is_some() {
            self.forked.insert(code.clone());
        } else {
            self.forked.remove(code);
        }
    }
}
