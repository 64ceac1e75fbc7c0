//! Where an entry belongs: next in its feed, beside another (a fork), or nowhere.

use super::chain::{Feed, Fit};
use super::journal::{Journal, Log, Stored};
use super::{Outcome, Refusal, Replica, Source};
use crate::calendar::CivilDay;
use crate::envelope::{Id, parse_key};
use crate::feed::{Body, Entry, Signed};
use crate::fork::ForkProof;
use crate::names::Author;
use crate::roster::commitment;
use std::sync::Arc;

impl Replica {
    pub(super) fn place(
        &mut self,
        signed: Signed,
        today: Option<CivilDay>,
        source: Source,
        journal: &mut Journal<'_>,
    ) -> Outcome {
        if let Err(outcome) = self.admissible(&signed, journal) {
            return outcome;
        }
        let entry = signed.entry();
        let (author, sequence) = (entry.author.clone(), entry.sequence);
        let empty = Feed::default();
        let feed = self.feed(&author).unwrap_or(&empty);
        match feed.fit(entry, signed.id()) {
            Fit::Known => Outcome::Known { author },
            Fit::Gap => Outcome::Gap { author, held: feed.held() },
            Fit::Detached => Outcome::Detached { author, sequence },
            Fit::BeyondFork => Outcome::Refused(Refusal::BeyondFork { author, sequence }),
            Fit::BeyondQuota => Outcome::Refused(Refusal::BeyondQuota { author, sequence }),
            Fit::Beside | Fit::AtFork => self.fork_with(signed, journal),
            Fit::Next => {
                if let Some(outcome) = not_yet(entry, feed, today) {
                    return outcome;
                }
                self.push(&signed, source, journal);
                Outcome::Added(Box::new(signed))
            }
        }
    }

    /// What the root feed says of an entry at its place, wherever the feed stands.
    fn admissible(&mut self, signed: &Signed, journal: &mut Journal<'_>) -> Result<(), Outcome> {
        let entry = signed.entry();
        let (author, sequence) = (&entry.author, entry.sequence);
        let refused = |refusal| Err(Outcome::Refused(refusal));
        if !self.roster.permits(author, sequence, &signed.key_id()) {
            if *author == Author::Root && self.make_way(signed, journal)? {
                return Ok(());
            }
            return refused(Refusal::Key { author: author.clone(), sequence, key: signed.key_id() });
        }
        if self.roster.ruling(author, sequence).is_some_and(|ruled| *ruled != signed.id()) {
            return refused(Refusal::RuledOut { author: author.clone(), sequence });
        }
        if self.roster.author(author).is_some_and(|member| !member.belongs_on(entry.day)) {
            return refused(Refusal::Left { author: author.clone(), sequence, day: entry.day });
        }
        if !self.roster.reaches_back_to(entry.day) {
            return refused(Refusal::BeforeFederation { author: author.clone(), sequence, day: entry.day });
        }
        if *author == Author::Root && sequence == 1 && !self.is_genesis(&entry.body) {
            return refused(Refusal::Genesis(self.federation.name().to_owned()));
        }
        Ok(())
    }

    fn is_genesis(&self, body: &Body) -> bool {
        matches!(body, Body::Genesis(genesis)
            if genesis.federation_name == self.federation.name()
                && genesis.successor_hash.as_ref() == self.federation.successor_hash())
    }

    /// A succession by the committed key ends the former root's feed wherever it says: cuts the root feed before it.
    /// `false` if it is none.
    fn make_way(&mut self, signed: &Signed, journal: &mut Journal<'_>) -> Result<bool, Outcome> {
        let entry = signed.entry();
        let Body::Succession(succession) = &entry.body else { return Ok(false) };
        let key = parse_key(&succession.new_root_key).ok();
        let committed = self.roster.successor_hash_at(entry.sequence);
        if key.map(|key| commitment(&key)).as_ref() != committed || committed.is_none() {
            return Ok(false);
        }
        let before = entry.sequence - 1;
        let last_id = Id::from_slice(&succession.last_id);
        if succession.last_sequence != before || last_id.is_none() || last_id != entry.prev {
            return Err(Outcome::Refused(Refusal::Succession { sequence: entry.sequence }));
        }
        match self.root.link(before) {
            None => Err(Outcome::Gap { author: Author::Root, held: self.root.held() }),
            Some(link) if Some(link.id) != entry.prev => {
                Err(Outcome::Detached { author: Author::Root, sequence: entry.sequence })
            }
            Some(_) => {
                self.cut_root(before, journal);
                Ok(true)
            }
        }
    }

    fn cut_root(&mut self, after: u64, journal: &mut Journal<'_>) {
        if self.root.fork().is_some() {
            Arc::make_mut(&mut self.root).set_fork(None);
            journal.unprove(&Author::Root);
        }
        if self.root.held() > after {
            journal.cut(&Author::Root, after);
            Arc::make_mut(&mut self.root).truncate(after, &self.roster, &Author::Root);
            self.refold(journal);
        }
    }

    /// Appends the next entry to its feed.
    fn push(&mut self, signed: &Signed, source: Source, journal: &mut Journal<'_>) {
        let entry = signed.entry();
        if source == Source::Outside {
            journal.put(Stored {
                author: entry.author.clone(),
                sequence: entry.sequence,
                id: signed.id(),
                bytes: signed.bytes().clone(),
            });
        }
        match &entry.author {
            Author::Root => {
                if Arc::make_mut(&mut self.root).push(signed, &self.roster) {
                    let touched = Arc::make_mut(&mut self.roster).apply(entry);
                    if source == Source::Outside {
                        touched.iter().for_each(|code| self.settle(code, journal));
                    }
                }
            }
            Author::Member(code) => {
                let feed = self.feeds.entry(code.clone()).or_default();
                Arc::make_mut(feed).push(signed, &self.roster);
                self.update_leaf(code);
            }
        }
    }

    /// Two payloads at one place: ends the feed there.
    fn fork_with(&mut self, signed: Signed, journal: &mut Journal<'_>) -> Outcome {
        let author = signed.entry().author.clone();
        let sequence = signed.entry().sequence;
        let other = if self.feed(&author).is_some_and(|feed| feed.link(sequence).is_some()) {
            journal.entry(&author, sequence)
        } else {
            journal.proof(&author).map(|[first, _]| first)
        };
        let other = other.and_then(|bytes| self.trusted(bytes));
        match other.map(|other| ForkProof::new(signed, other)) {
            Some(Ok(proof)) => self.place_proof(proof, Source::Outside, journal),
            // The log lacks what the replica holds, or holds something else: the entry may be offered again.
            Some(Err(_)) | None => Outcome::Gap { author, held: sequence },
        }
    }

    pub(super) fn place_proof(
        &mut self,
        mut proof: ForkProof,
        source: Source,
        journal: &mut Journal<'_>,
    ) -> Outcome {
        let author = proof.author().clone();
        let sequence = proof.fork().sequence();
        if proof.fork().is_void(&author, &self.roster) {
            // At most one side counts: no fork, but perhaps the entry that belongs there.
            let [first, second] = proof.sides().clone();
            let outcome = self.place(first, None, source, journal);
            let placed = self.place(second, None, source, journal);
            return if matches!(placed, Outcome::Refused(_)) { outcome } else { placed };
        }
        let empty = Feed::default();
        let feed = self.feed(&author).unwrap_or(&empty);
        match feed.fork() {
            Some(fork) if fork.sequence() < sequence => {
                return Outcome::Refused(Refusal::BeyondFork { author, sequence });
            }
            _ if feed.held() + 1 < sequence => return Outcome::Gap { author, held: feed.held() },
            _ if feed.link(sequence - 1).map(|link| link.id) != proof.fork().prev() => {
                return Outcome::Detached { author, sequence };
            }
            Some(fork) if fork.sequence() == sequence => {
                let fork = *fork;
                if let Some(known) = journal.proof(&author).and_then(|known| self.reread(known)) {
                    proof = proof.merged(known);
                }
                if proof.fork() == fork {
                    return Outcome::Known { author };
                }
            }
            Some(_) | None => {}
        }
        self.install(&proof, source, journal);
        Outcome::Forked { author, sequence }
    }

    fn install(&mut self, proof: &ForkProof, source: Source, journal: &mut Journal<'_>) {
        let (author, fork) = (proof.author(), proof.fork());
        let after = fork.sequence() - 1;
        let longer = self.feed(author).is_some_and(|feed| feed.held() > after);
        if longer {
            journal.cut(author, after);
        }
        if source == Source::Outside {
            journal.prove(author, proof.sides().clone().map(|side| side.bytes().clone()));
        }
        let feed = match author {
            Author::Root => Arc::make_mut(&mut self.root),
            Author::Member(code) => Arc::make_mut(self.feeds.entry(code.clone()).or_default()),
        };
        feed.truncate(after, &self.roster, author);
        feed.set_fork(Some(fork));
        match author {
            Author::Root if longer => self.refold(journal),
            Author::Root => {}
            Author::Member(code) => self.update_leaf(code),
        }
    }
}

/// An entry at the right place that does not count now: dated before its predecessor, or after tomorrow.
fn not_yet(entry: &Entry, feed: &Feed, today: Option<CivilDay>) -> Option<Outcome> {
    let (author, sequence, day) = (entry.author.clone(), entry.sequence, entry.day);
    match feed.pace().day() {
        Some(last) if day < last => {
            Some(Outcome::Refused(Refusal::DayDecreases { author, sequence, day, last }))
        }
        _ if today.is_some_and(|today| day > today.plus_days(1)) => Some(Outcome::Future { author, day }),
        _ => None,
    }
}
