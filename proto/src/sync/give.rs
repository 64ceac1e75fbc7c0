//! Taking a page of entries.

use super::Machine;
use super::messages::{Misbehaviour, Now, Output, Peer};
use super::news::Telling;
use super::own::Taken;
use crate::calendar::CivilDay;
use crate::limits::ENTRIES_PER_GIVE_MAX;
use crate::names::Author;
use crate::replica::{Journal, Log, Outcome};
use crate::wire::sync::v1 as wire;
use bytes::Bytes;
use std::collections::BTreeMap;

enum Given {
    Entry(Bytes),
    Proof([Bytes; 2]),
}

/// How one feed fared in a page.
#[derive(Clone, Copy, Debug, Default)]
struct Fared {
    added: bool,
    detached: bool,
    /// How many were held already.
    known: u64,
    /// The day of one that is dated after tomorrow.
    future: Option<CivilDay>,
}

impl Fared {
    fn join(&mut self, other: Self) {
        self.added |= other.added;
        self.detached |= other.detached;
        self.known += other.known;
        self.future = other.future.or(self.future);
    }
}

impl Machine {
    pub(super) fn given(
        &mut self,
        peer: Peer,
        feeds: &BTreeMap<Author, u64>,
        give: wire::Give,
        now: Now,
        log: &dyn Log,
        outputs: &mut Vec<Output>,
    ) -> Result<(), Misbehaviour> {
        let (found, most) =
            (give.entries.len() + 2 * give.proofs.len(), ENTRIES_PER_GIVE_MAX + 2 * feeds.len());
        if found > most {
            return Err(Misbehaviour::TooMuch { what: "entries", found, most });
        }
        let was_member = self.member(peer, now.day).is_some();
        let mut journal = Journal::new(log);
        let mut fared: BTreeMap<Author, Fared> = BTreeMap::new();
        let mut result = Ok(());
        let entries = give.entries.into_iter().map(Given::Entry);
        let proofs = give.proofs.into_iter().map(|proof| Given::Proof([proof.first, proof.second]));
        for given in entries.chain(proofs) {
            let taken = match given {
                Given::Entry(bytes) => self.take(bytes, now, &mut journal, outputs),
                Given::Proof(proof) => self.take_proof(proof, now, &mut journal, outputs),
            };
            match self.fared(taken) {
                Ok(Some((author, one))) if feeds.contains_key(&author) => {
                    fared.entry(author).or_default().join(one);
                }
                // Of a root key that this node has not heard of, or one that a succession has ended: it lies further back.
                Ok(None) if feeds.contains_key(&Author::Root) => {
                    fared.entry(Author::Root).or_default().detached = true;
                }
                Ok(None) => {}
                Ok(Some((author, _))) => result = Err(Misbehaviour::Unasked(author)),
                Err(misbehaviour) => result = Err(misbehaviour),
            }
            if result.is_err() {
                break;
            }
        }
        self.settle_batch(journal.into_changes(), Telling::Gathered, now, outputs);
        for (author, from) in feeds {
            let fared = fared.get(author).copied().unwrap_or_default();
            self.turn(peer, author, *from, fared, give.more);
            // A new member finds its peers in the roster that it has just read: it asks them again as members.
            if *author == Author::Root && fared.added && !give.more && !was_member {
                self.peers.open_all(now);
            }
        }
        result
    }

    /// Tells how its feed fared with what was taken; `None` if it told nothing of a feed.
    fn fared(&self, taken: Taken) -> Result<Option<(Author, Fared)>, Misbehaviour> {
        let outcome = match taken {
            Taken::Withheld => return Ok(Some((self.own_author(), Fared::default()))),
            Taken::Outcome(outcome) => outcome,
        };
        let none = Fared::default();
        Ok(match outcome {
            Outcome::Added(signed) => Some((signed.entry().author.clone(), Fared { added: true, ..none })),
            Outcome::Forked { author, .. } => Some((author, Fared { added: true, ..none })),
            Outcome::Known { author } | Outcome::Aside { author, .. } => {
                Some((author, Fared { known: 1, ..none }))
            }
            Outcome::Detached { author, .. } | Outcome::Gap { author, .. } => {
                Some((author, Fared { detached: true, ..none }))
            }
            // Held against this peer's road to the feed alone: another may have the other side of a fork.
            Outcome::Future { author, day } => Some((author, Fared { future: Some(day), ..none })),
            Outcome::Refused(refusal) if refusal.is_misbehaviour() => {
                return Err(Misbehaviour::Entry(refusal));
            }
            Outcome::Refused(_) | Outcome::Stranger(_) => None,
        })
    }

    /// What to ask next of a peer for one feed: on after what was added, back to where two branches part, or nothing.
    fn turn(&mut self, peer: Peer, author: &Author, from: u64, fared: Fared, more: bool) {
        let Some(target) = self.peers.get(peer).and_then(|notes| notes.todo.get(author).copied()) else {
            return;
        };
        let mut next = None;
        if self.lacks(author, &target) {
            if fared.added {
                next = Some(target.onward());
            } else if fared.detached && from > 1 {
                next = Some(target.further_back(from));
            } else if fared.known > 0
                && more
                && from + fared.known <= target.sequence.min(self.replica.extent(author) + 1)
            {
                next = Some(target.past(from + fared.known));
            }
        }
        if next.is_none() && *author == self.own_author() {
            // All is here, or the peer could not prove what it told of the own feed.
            if self.lacks(author, &target) {
                self.told_in_vain(peer);
            }
            self.own_head_checked(peer);
        }
        if let Some(notes) = self.peers.get_mut(peer) {
            notes.future.extend(fared.future.map(|day| (author.clone(), day)));
            match next {
                Some(target) => notes.todo.insert(author.clone(), target),
                None => notes.todo.remove(author),
            };
        }
    }
}
