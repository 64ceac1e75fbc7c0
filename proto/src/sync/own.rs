//! The node's own feed: appending, importing, and never forking itself.

use super::Machine;
use super::budget::Budget;
use super::messages::{Alarm, AppendRefusal, Imported, Now, Output, Peer};
use super::news::Telling;
use super::pull::Target;
use crate::envelope::KeyId;
use crate::feed::{Body, Entry, Signed, seal_entry};
use crate::fork::ForkProof;
use crate::replica::{Feed, Head, Journal, Log, Outcome};
use crate::roster::Role;
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use std::collections::BTreeSet;

/// Most refusals reported of one import.
const REFUSED_MAX: usize = 64;

/// Members that must have told a node which of its entries they hold before it goes on after a loss, unless a hub or the
/// observer is among them: those are connected with everybody, an ente may have missed the last entries itself.
const ASKED_MIN: usize = 3;
/// Sides with lower ids that a node takes of one fork: at once, and after each of these times in milliseconds one more. Of
/// all sides only the two lowest count, and an author could make them in descending order without end.
const LOWER_SIDES_MAX: u64 = 16;
const LOWER_SIDE_MS: u64 = 60_000;
/// How often one member may tell of own entries of a node and not bring them before the node waits for it no more.
const VAIN_MAX: u8 = 3;

/// Whether the node may append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No member has told yet which own entries it holds.
    Unasked,
    /// A member holds no more than this store does.
    Checked,
    /// A person decided to take over own entries found elsewhere; these peers hold no more than this store does by now.
    Adopting(BTreeSet<Peer>),
    /// An alarm stands.
    Stopped(Alarm),
}

impl Standing {
    pub(super) fn alarm(&self) -> Option<&Alarm> {
        match self {
            Self::Stopped(alarm) => Some(alarm),
            Self::Unasked | Self::Checked | Self::Adopting(_) => None,
        }
    }
}

impl Machine {
    pub(super) fn append(
        &mut self,
        ticket: u64,
        body: Body,
        offline: bool,
        now: Now,
        log: &dyn Log,
        outputs: &mut Vec<Output>,
    ) {
        let mut journal = Journal::new(log);
        let result = self.sealed(body, offline, now).and_then(|envelope| {
            match self.replica.accept(envelope, Some(now.day), &mut journal) {
                Outcome::Added(signed) => Ok(Head { sequence: signed.entry().sequence, id: signed.id() }),
                Outcome::Refused(refusal) => Err(refusal.into()),
                Outcome::Known { .. }
                | Outcome::Forked { .. }
                | Outcome::Gap { .. }
                | Outcome::Detached { .. }
                | Outcome::Aside { .. }
                | Outcome::Future { .. }
                | Outcome::Stranger(_) => Err(AppendRefusal::Key {
                    sequence: self.replica.feed(&self.own_author()).map_or(1, |feed| feed.held() + 1),
                }),
            }
        });
        self.settle_batch(journal.into_changes(), Telling::AtOnce, now, outputs);
        outputs.push(Output::Appended { ticket, result });
    }

    /// The next own entry, sealed.
    fn sealed(&self, body: Body, offline: bool, now: Now) -> Result<Bytes, AppendRefusal> {
        match &self.standing {
            Standing::Stopped(alarm) => return Err(AppendRefusal::Alarm(alarm.clone())),
            Standing::Unasked if !offline => return Err(AppendRefusal::NotAsked),
            Standing::Adopting(told) if !offline => {
                return Err(AppendRefusal::FewAsked { told: told.len(), needed: self.asked_min() });
            }
            Standing::Unasked | Standing::Adopting(_) | Standing::Checked => {}
        }
        let author = self.own_author();
        let roster = self.replica.roster();
        let Some(feed) = self.replica.feed(&author) else {
            return Err(AppendRefusal::NotMember(self.own.code.clone()));
        };
        if let Some(fork) = feed.fork() {
            return Err(AppendRefusal::Forked { sequence: fork.sequence() });
        }
        let sequence = feed.held() + 1;
        let permitted =
            |key: &&SigningKey| roster.permits(&author, sequence, &KeyId::of(&key.verifying_key()));
        let Some(feed_key) = self.own_feed_keys().find(permitted) else {
            return Err(AppendRefusal::Key { sequence });
        };
        if let Some(last) = feed.pace().day().filter(|last| now.day < *last) {
            return Err(AppendRefusal::ClockBehind { today: now.day, last });
        }
        let prev = feed.link(feed.held()).map(|link| link.id);
        let entry = Entry { author: author.clone(), sequence, prev, day: now.day, body };
        let envelope = seal_entry(self.replica.federation().id(), feed_key, &entry)?;
        let payload_bytes = u32::try_from(envelope.payload().len()).unwrap_or(u32::MAX);
        if !roster.quota(&author).allows(&feed.pace().with(now.day, payload_bytes)) {
            return Err(AppendRefusal::Quota);
        }
        Ok(envelope.bytes().clone())
    }

    /// The keys in hand for the own feed, the newest first.
    pub(super) fn own_feed_keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.next_feed_keys.iter().rev().chain([&self.own.feed_key])
    }

    pub(super) fn import(
        &mut self,
        ticket: u64,
        envelopes: Vec<Bytes>,
        now: Now,
        log: &dyn Log,
        outputs: &mut Vec<Output>,
    ) {
        let mut journal = Journal::new(log);
        let mut imported = Imported::default();
        let mut waiting: Vec<(usize, Bytes)> = envelopes.into_iter().enumerate().collect();
        // Another pass for what came before the entry it follows, as long as each places something.
        loop {
            let (offered, placed) = (std::mem::take(&mut waiting), imported.added);
            for (position, bytes) in offered {
                match self.take(bytes.clone(), now, &mut journal, outputs) {
                    Taken::Outcome(Outcome::Added(_) | Outcome::Forked { .. }) => imported.added += 1,
                    Taken::Outcome(Outcome::Known { .. }) => imported.known += 1,
                    Taken::Outcome(Outcome::Refused(refusal)) if imported.refused.len() < REFUSED_MAX => {
                        imported.refused.push((position, refusal));
                    }
                    Taken::Outcome(Outcome::Refused(_)) => {}
                    Taken::Outcome(
                        Outcome::Gap { .. }
                        | Outcome::Detached { .. }
                        | Outcome::Aside { .. }
                        | Outcome::Future { .. }
                        | Outcome::Stranger(_),
                    ) => waiting.push((position, bytes)),
                    Taken::Withheld => imported.withheld += 1,
                }
            }
            if waiting.is_empty() || imported.added == placed {
                break;
            }
        }
        imported.waiting = waiting.len();
        self.settle_batch(journal.into_changes(), Telling::AtOnce, now, outputs);
        outputs.push(Output::Imported { ticket, imported });
    }

    /// Offers an envelope from outside to the replica, the own feed excepted: what this store lacks of it raises an alarm.
    pub(super) fn take(
        &mut self,
        bytes: Bytes,
        now: Now,
        journal: &mut Journal<'_>,
        outputs: &mut Vec<Output>,
    ) -> Taken {
        let signed = match self.replica.examine(bytes) {
            Ok(signed) => signed,
            Err(outcome) => return Taken::Outcome(outcome),
        };
        if self.withholds(&signed, outputs) {
            return Taken::Withheld;
        }
        if self.lowers_too_often(std::slice::from_ref(&signed), now) {
            return Taken::Outcome(Outcome::Known { author: signed.into_entry().author });
        }
        let outcome = self.replica.accept_signed(signed, Some(now.day), journal);
        self.alarmed_by(outcome, outputs)
    }

    /// The same of the proof of a fork, which is one thing: neither side need be an entry that this node would take alone.
    pub(super) fn take_proof(
        &mut self,
        proof: [Bytes; 2],
        now: Now,
        journal: &mut Journal<'_>,
        outputs: &mut Vec<Output>,
    ) -> Taken {
        let [one, other] = proof.map(|bytes| self.replica.examine(bytes));
        let proof = match (one, other) {
            (Ok(one), Ok(other)) => ForkProof::new(one, other),
            (Err(outcome), _) | (_, Err(outcome)) => return Taken::Outcome(outcome),
        };
        let proof = match proof {
            Ok(proof) => proof,
            Err(error) => return Taken::Outcome(Outcome::Refused(error.into())),
        };
        if proof.sides().iter().any(|side| self.withholds(side, outputs)) {
            return Taken::Withheld;
        }
        if self.lowers_too_often(proof.sides(), now) {
            return Taken::Outcome(Outcome::Known { author: proof.author().clone() });
        }
        let outcome = self.replica.accept_verified_proof(proof, Some(now.day), journal);
        self.alarmed_by(outcome, outputs)
    }

    fn withholds(&mut self, signed: &Signed, outputs: &mut Vec<Output>) -> bool {
        let withheld = self.is_withheld(signed);
        if withheld {
            self.raise(Alarm::OwnEntryElsewhere { sequence: signed.entry().sequence }, outputs);
        }
        withheld
    }

    fn alarmed_by(&mut self, outcome: Outcome, outputs: &mut Vec<Output>) -> Taken {
        if let Outcome::Forked { author, sequence } = &outcome
            && *author == self.own_author()
        {
            self.raise(Alarm::ForeignEntry { sequence: *sequence }, outputs);
        }
        Taken::Outcome(outcome)
    }

    /// Whether it is an own entry that this store lacks and that nobody decided to take over.
    fn is_withheld(&self, signed: &Signed) -> bool {
        let entry = signed.entry();
        !matches!(self.standing, Standing::Adopting(_))
            && entry.author == self.own_author()
            && self.replica.roster().permits(&entry.author, entry.sequence, &signed.key_id())
            && self.replica.feed(&entry.author).is_some_and(|feed| entry.sequence > feed.reach())
    }

    /// Whether these would replace a side of a known fork once too often for now. They are offered again later.
    fn lowers_too_often(&mut self, sides: &[Signed], now: Now) -> bool {
        let Some(author) = sides.first().map(|side| &side.entry().author) else { return false };
        let lowers = self.replica.feed(author).and_then(Feed::fork).is_some_and(|fork| {
            let [first, second] = fork.ids();
            let place = (fork.sequence(), fork.prev());
            sides.iter().any(|side| {
                let at_place = (side.entry().sequence, side.entry().prev) == place;
                at_place && side.id() < second && side.id() != first
            })
        });
        let fresh = || Budget::new(LOWER_SIDES_MAX * LOWER_SIDE_MS, 1_000, now.monotonic_ms);
        let budget = lowers.then(|| self.lowered.entry(author.clone()).or_insert_with(fresh));
        budget.is_some_and(|budget| !budget.take(LOWER_SIDE_MS, now.monotonic_ms))
    }

    /// A person decided that own entries found elsewhere are to be taken over. That says nothing against another run, or
    /// against whoever signs with this node's key.
    pub(super) fn adopt(&mut self, now: Now) {
        self.adopting = true;
        self.vain.clear();
        match &self.standing {
            Standing::Stopped(Alarm::OtherRun { .. } | Alarm::ForeignEntry { .. }) => {}
            Standing::Stopped(Alarm::OwnEntryElsewhere { .. })
            | Standing::Unasked
            | Standing::Checked
            | Standing::Adopting(_) => {
                self.standing = Standing::Adopting(BTreeSet::new());
                self.peers.open_all(now);
            }
        }
    }

    /// Ends the alarm about a fork of the own feed that a ruling or a revocation has ended. What counts of the feed since
    /// is asked for anew.
    pub(super) fn outlive_fork(&mut self, now: Now) {
        let is_forked = || self.replica.feed(&self.own_author()).is_some_and(|feed| feed.fork().is_some());
        if matches!(self.standing, Standing::Stopped(Alarm::ForeignEntry { .. })) && !is_forked() {
            self.resume(now);
        }
    }

    /// Goes on after an alarm that has come to nothing.
    pub(super) fn resume(&mut self, now: Now) {
        self.standing = if self.adopting { Standing::Adopting(BTreeSet::new()) } else { Standing::Unasked };
        self.peers.open_all(now);
    }

    /// A peer told which own entries it holds.
    pub(super) fn own_head_told(&mut self, peer: Peer, told: Option<Target>) {
        let author = self.own_author();
        match told {
            Some(target) if self.lacks(&author, &target) => {
                // Believed only when the entries are here: `take` raises the alarm, or the claim comes to nothing.
                if let Some(notes) = self.peers.get_mut(peer) {
                    notes.todo.insert(author, target);
                }
            }
            Some(_) | None => self.own_head_checked(peer),
        }
    }

    /// This peer holds no own entry that this store lacks. While another one claims to, that is looked into first.
    pub(super) fn own_head_checked(&mut self, peer: Peer) {
        let author = self.own_author();
        let claims = self.peers.iter().filter(|(_, notes)| notes.todo.contains_key(&author));
        let claimed = claims.into_iter().any(|(other, _)| *other != peer && !self.is_idle_talk(*other));
        let (needed, meets_all) = (self.asked_min(), self.meets_all(peer));
        match &mut self.standing {
            Standing::Unasked if !claimed => self.standing = Standing::Checked,
            Standing::Adopting(told) => {
                told.insert(peer);
                if !claimed && (meets_all || told.len() >= needed) {
                    self.standing = Standing::Checked;
                    self.adopting = false;
                }
            }
            Standing::Unasked | Standing::Checked | Standing::Stopped(_) => {}
        }
    }

    /// A peer told of own entries of this node, and did not bring them.
    pub(super) fn told_in_vain(&mut self, peer: Peer) {
        if let Some(member) = self.replica.roster().by_transport_key(peer.as_bytes()) {
            let times = self.vain.entry(member.code.clone()).or_default();
            *times = times.saturating_add(1);
        }
    }

    /// Whether this peer tells of own entries again and again and never brings them: that must not keep a node from
    /// publishing.
    fn is_idle_talk(&self, peer: Peer) -> bool {
        let member = self.replica.roster().by_transport_key(peer.as_bytes());
        member.is_none_or(|member| self.vain.get(&member.code).is_some_and(|times| *times >= VAIN_MAX))
    }

    /// How many members are to be asked after a loss: fewer than [`ASKED_MIN`] only where there are no more.
    fn asked_min(&self) -> usize {
        let members = self.replica.roster().members().iter();
        let others = members.filter(|member| member.left_on.is_none() && member.code != self.own.code);
        others.count().clamp(1, ASKED_MIN)
    }

    /// Whether a peer is one that the others connect to.
    fn meets_all(&self, peer: Peer) -> bool {
        let member = self.replica.roster().by_transport_key(peer.as_bytes());
        member.is_some_and(|member| match member.role {
            Role::Hub | Role::Observer => true,
            Role::Ente => false,
        })
    }
}

/// What became of an envelope from outside.
#[derive(Debug)]
pub(super) enum Taken {
    Outcome(Outcome),
    /// An own entry that this store lacks.
    Withheld,
}
