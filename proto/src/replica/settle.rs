//! What a change of the root feed does to the feeds: cuts what no longer counts, ends forks, takes up what now counts.

use super::Replica;
use super::journal::{Journal, Log};
use super::{Outcome, Source};
use crate::envelope::Envelope;
use crate::feed::{Entry, Signed};
use crate::fork::ForkProof;
use crate::names::{Author, IpaCode};
use crate::replica::Tree;
use crate::roster::Roster;
use bytes::Bytes;
use std::sync::Arc;

impl Replica {
    /// Reads the root feed from the log, and no other yet: a member's entries are judged by the whole roster.
    pub(super) fn read_root(&mut self, journal: &mut Journal<'_>) {
        self.extend(&Author::Root, journal);
    }

    /// Folds the root feed anew, after it was cut.
    pub(super) fn refold(&mut self, journal: &mut Journal<'_>) {
        let mut roster = Roster::new(&self.federation);
        for sequence in 1..=self.root.counted() {
            let envelope =
                journal.entry(&Author::Root, sequence).and_then(|bytes| Envelope::parse(bytes).ok());
            let Some(entry) = envelope.and_then(|envelope| Entry::decode(envelope.payload()).ok()) else {
                break;
            };
            roster.apply(&entry);
        }
        self.roster = Arc::new(roster);
        self.tree = Tree::default();
        // Feeds of those who are no members any more stay in the log, and come back with their author.
        let roster = Arc::clone(&self.roster);
        self.feeds.retain(|code, _| roster.member(code).is_some());
        for member in roster.members() {
            self.settle(&member.code, journal);
        }
    }

    /// Brings one member's feed in line with the roster.
    pub(super) fn settle(&mut self, code: &IpaCode, journal: &mut Journal<'_>) {
        let author = Author::Member(code.clone());
        let roster = Arc::clone(&self.roster);
        let feed = Arc::make_mut(self.feeds.entry(code.clone()).or_default());
        let held = feed.held();
        let keep = feed.recount(&roster, &author);
        if keep < held {
            journal.cut(&author, keep);
        }
        let mut sides = None;
        if let Some(fork) = feed.fork().copied()
            && (keep + 1 != fork.sequence() || fork.is_void(&author, &roster))
        {
            feed.set_fork(None);
            sides = journal.proof(&author);
            journal.unprove(&author);
        }
        self.update_leaf(code);
        self.extend(&author, journal);
        for side in sides.into_iter().flatten() {
            if let Some(signed) = self.trusted(side) {
                self.place(signed, Source::Outside, journal);
            }
        }
        self.extend(&author, journal);
    }

    /// Takes up what the log holds beyond the feed in memory.
    fn extend(&mut self, author: &Author, journal: &mut Journal<'_>) {
        loop {
            let next = self.feed(author).map_or(1, |feed| feed.held() + 1);
            let Some(signed) = journal.entry(author, next).and_then(|bytes| self.trusted(bytes)) else {
                break;
            };
            let outcome = self.place(signed, Source::Log, journal);
            if !matches!(outcome, Outcome::Added(_)) {
                break;
            }
        }
        if self.feed(author).is_some_and(|feed| feed.fork().is_none())
            && let Some(proof) = journal.proof(author).and_then(|proof| self.reread(proof))
        {
            self.place_proof(proof, Source::Log, journal);
        }
    }

    /// An entry of the own log, verified when it was written there.
    pub(super) fn trusted(&self, bytes: Bytes) -> Option<Signed> {
        Signed::trusted(Envelope::parse(bytes).ok()?, self.federation.id()).ok()
    }

    /// A proof of the own log.
    pub(super) fn reread(&self, proof: [Bytes; 2]) -> Option<ForkProof> {
        let [one, other] = proof.map(|bytes| self.trusted(bytes));
        ForkProof::new(one?, other?).ok()
    }

    pub(super) fn update_leaf(&mut self, code: &IpaCode) {
        if let (Some(member), Some(feed)) = (self.roster.member(code), self.feeds.get(code)) {
            self.tree.set(member.index, feed.leaf());
        }
    }
}
