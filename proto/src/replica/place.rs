//! Where an entry belongs: next in its feed, beside another (a fork), or nowhere.

use super::aside::Aside;
use super::chain::{Feed, Fit, State};
use super::journal::{Journal, Log, Stored};
use super::{Outcome, Refusal, Replica, Source};
use crate::calendar::CivilDay;
use crate::envelope::{Id, KeyId, parse_key};
use crate::feed::{Body, Entry, Signed};
use crate::fork::ForkProof;
use crate::names::Author;
use crate::roster::commitment;
use crate::wire::feed::v1 as wire;
use std::sync::Arc;

impl Replica {
    pub(super) fn place(&mut self, signed: Signed, source: Source, journal: &mut Journal<'_>) -> Outcome {
        if let Err(outcome) = self.admissible(&signed, journal) {
            return outcome;
        }
        let entry = signed.entry();
        let (author, sequence) = (entry.author.clone(), entry.sequence);
        let empty = Feed::default();
        let feed = self.feed(&author).unwrap_or(&empty);
        let (fit, fork) = (feed.fit(entry, signed.id()), feed.fork().copied());
        let kept = author == Author::Root && fork.is_some_and(|fork| self.aside.take(&fork, &signed));
        let feed = self.feed(&author).unwrap_or(&empty);
        match fit {
            Fit::BeyondFork if kept => Outcome::Aside { author, sequence },
            Fit::Known => Outcome::Known { author },
            Fit::Gap => Outcome::Gap { author, held: feed.held() },
            Fit::Detached => Outcome::Detached { author, sequence },
            Fit::BeyondFork => Outcome::Refused(Refusal::BeyondFork { author, sequence }),
            Fit::BeyondQuota => Outcome::Refused(Refusal::BeyondQuota { author, sequence }),
            Fit::Beside | Fit::AtFork => self.fork_with(signed, journal),
            Fit::Next => {
                let today = self.today.filter(|_| source == Source::Outside);
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
        if let (Author::Root, Body::Succession(succession)) = (author, &entry.body) {
            return self.make_way(signed, succession, journal);
        }
        if !self.roster.permits(author, sequence, &signed.key_id()) {
            return refused(Refusal::Key { author: author.clone(), sequence, key: signed.key_id() });
        }
        if *author == Author::Root && self.is_fixed_otherwise(signed) {
            return refused(Refusal::RuledOut { author: Author::Root, sequence });
        }
        if self.roster.ruling(author, sequence).is_some_and(|ruled| *ruled != signed.id()) {
            return refused(Refusal::RuledOut { author: author.clone(), sequence });
        }
        if self.roster.author(author).is_some_and(|member| member.is_away_on(entry.day)) {
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

    /// Whether the last succession stands or lies behind the place of this root entry, and another stands there.
    fn is_fixed_otherwise(&self, signed: &Signed) -> bool {
        let sequence = signed.entry().sequence;
        let other = self.root.link(sequence).is_some_and(|link| link.id != signed.id());
        other && self.roster.succeeded_at().is_some_and(|at| sequence <= at)
    }

    /// A succession by the committed key ends the former root's feed wherever it says, and chooses what stands before it:
    /// ends a fork, cuts the root feed. Behind an earlier succession only the key in force may put its own further down, or
    /// another with a lower id in its place.
    fn make_way(
        &mut self,
        signed: &Signed,
        succession: &wire::Succession,
        journal: &mut Journal<'_>,
    ) -> Result<(), Outcome> {
        let (sequence, prev) = (signed.entry().sequence, signed.entry().prev);
        let before = sequence - 1;
        let key = parse_key(&succession.new_root_key).ok().filter(|key| KeyId::of(key) == signed.key_id());
        let committed =
            key.is_some_and(|key| self.roster.successor_hash_at(sequence) == Some(&commitment(&key)));
        let names_last = succession.last_sequence == before && Id::from_slice(&succession.last_id) == prev;
        let Some(prev) = prev.filter(|_| committed && names_last) else {
            return Err(Outcome::Refused(Refusal::Succession { sequence }));
        };
        if self.root.link(before).is_none() {
            self.take_up_branch(prev, journal);
        }
        match self.root.link(before) {
            None => return Err(Outcome::Gap { author: Author::Root, held: self.root.held() }),
            Some(link) if link.id != prev => {
                return Err(Outcome::Detached { author: Author::Root, sequence });
            }
            Some(_) => {}
        }
        let in_force = KeyId::of(self.roster.root_key()) == signed.key_id();
        let stands = self.root.link(sequence).map(|link| link.id);
        let last = self.roster.succeeded_at() == Some(sequence);
        if self.is_fixed_otherwise(signed) && (!in_force || (last && stands < Some(signed.id()))) {
            return Err(Outcome::Refused(Refusal::RuledOut { author: Author::Root, sequence }));
        }
        if stands != Some(signed.id()) {
            self.cut_root(before, journal);
        }
        Ok(())
    }

    /// Ends the fork of the root feed for the branch that leads to the entry `last`, if it is kept.
    fn take_up_branch(&mut self, last: Id, journal: &mut Journal<'_>) {
        let branch = self.aside.up_to(last);
        if branch.is_empty() {
            return;
        }
        self.cut_root(self.root.held(), journal);
        for signed in branch.into_iter().filter_map(|bytes| self.trusted(bytes)).collect::<Vec<_>>() {
            self.place(signed, Source::Outside, journal);
        }
    }

    fn cut_root(&mut self, after: u64, journal: &mut Journal<'_>) {
        self.aside = Aside::default();
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
            let outcome = self.place(first, source, journal);
            let placed = self.place(second, source, journal);
            return if matches!(placed, Outcome::Refused(_)) { outcome } else { placed };
        }
        let empty = Feed::default();
        let feed = self.feed(&author).unwrap_or(&empty);
        match feed.fork() {
            Some(fork) if fork.sequence() < sequence => {
                return Outcome::Refused(Refusal::BeyondFork { author, sequence });
            }
            _ if feed.held() + 1 < sequence => return Outcome::Gap { author, held: feed.held() },
            None if feed.held() < sequence && matches!(feed.state(), State::OverQuota { .. }) => {
                return Outcome::Refused(Refusal::BeyondQuota { author, sequence });
            }
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
            Some(_) => {}
            None => {
                // What is held there is a third side.
                let held = journal.entry(&author, sequence).and_then(|bytes| self.trusted(bytes));
                let [first, _] = proof.sides().clone();
                if let Some(Ok(beside)) = held.map(|held| ForkProof::new(first, held)) {
                    proof = proof.merged(beside);
                }
            }
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
