//! Where entries lie, and what must be written: the replica reads through [`Log`] and says what changes.

use crate::envelope::Id;
use crate::names::Author;
use bytes::Bytes;
use std::collections::BTreeMap;

/// The read side of the store of entries. A node implements it over its database, tools over memory.
pub trait Log {
    /// The exact envelope of `author`'s entry at `sequence`, if held.
    fn entry(&self, author: &Author, sequence: u64) -> Option<Bytes>;
    /// The two envelopes that prove `author`'s fork, the lower id first, if it is forked.
    fn proof(&self, author: &Author) -> Option<[Bytes; 2]>;
}

/// An entry to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Whose feed.
    pub author: Author,
    /// Its place.
    pub sequence: u64,
    /// Its id.
    pub id: Id,
    /// The exact envelope.
    pub bytes: Bytes,
}

/// One change of the store of entries. Changes are applied in order, those of one batch atomically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes an entry, over any other at its place.
    Put(Stored),
    /// Removes all entries of `author` after the sequence `after` (0 = all).
    Cut {
        /// Whose feed.
        author: Author,
        /// The last sequence that stays.
        after: u64,
    },
    /// Writes the proof of a fork, over any earlier one.
    Proof {
        /// Whose feed.
        author: Author,
        /// The two envelopes, the lower id first.
        proof: [Bytes; 2],
    },
    /// Removes the proof: the fork is ruled, or its keys do not count.
    Unprove {
        /// Whose feed.
        author: Author,
    },
}

/// The changes of one batch above the log that they will go to: reads see them at once.
pub struct Journal<'a> {
    base: &'a dyn Log,
    changes: Vec<Change>,
    fresh: BTreeMap<Author, Overlay>,
}

#[derive(Default)]
struct Overlay {
    /// Entries of the base after this sequence are gone.
    cut: Option<u64>,
    entries: BTreeMap<u64, Bytes>,
    /// `Some(None)` = removed.
    proof: Option<Option<[Bytes; 2]>>,
}

impl<'a> Journal<'a> {
    /// An empty journal above `base`.
    pub fn new(base: &'a dyn Log) -> Self {
        Self { base, changes: Vec::new(), fresh: BTreeMap::new() }
    }

    /// The changes so far.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes, for the store.
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    pub(super) fn put(&mut self, stored: Stored) {
        let overlay = self.fresh.entry(stored.author.clone()).or_default();
        overlay.entries.insert(stored.sequence, stored.bytes.clone());
        self.changes.push(Change::Put(stored));
    }

    pub(super) fn cut(&mut self, author: &Author, after: u64) {
        let overlay = self.fresh.entry(author.clone()).or_default();
        overlay.cut = Some(overlay.cut.map_or(after, |cut| cut.min(after)));
        overlay.entries.retain(|sequence, _| *sequence <= after);
        self.changes.push(Change::Cut { author: author.clone(), after });
    }

    pub(super) fn prove(&mut self, author: &Author, proof: [Bytes; 2]) {
        self.fresh.entry(author.clone()).or_default().proof = Some(Some(proof.clone()));
        self.changes.push(Change::Proof { author: author.clone(), proof });
    }

    pub(super) fn unprove(&mut self, author: &Author) {
        self.fresh.entry(author.clone()).or_default().proof = Some(None);
        self.changes.push(Change::Unprove { author: author.clone() });
    }
}

impl std::fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("changes", &self.changes).finish_non_exhaustive()
    }
}

impl Log for Journal<'_> {
    fn entry(&self, author: &Author, sequence: u64) -> Option<Bytes> {
        let Some(overlay) = self.fresh.get(author) else {
            return self.base.entry(author, sequence);
        };
        if let Some(bytes) = overlay.entries.get(&sequence) {
            return Some(bytes.clone());
        }
        if overlay.cut.is_some_and(|cut| sequence > cut) {
            return None;
        }
        self.base.entry(author, sequence)
    }

    fn proof(&self, author: &Author) -> Option<[Bytes; 2]> {
        match self.fresh.get(author).and_then(|overlay| overlay.proof.clone()) {
            Some(proof) => proof,
            None => self.base.proof(author),
        }
    }
}

/// A log in memory: for tools, tests and simulations. Cloning shares the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryLog {
    entries: BTreeMap<Author, BTreeMap<u64, Bytes>>,
    proofs: BTreeMap<Author, [Bytes; 2]>,
}

impl MemoryLog {
    /// Applies changes, in order.
    pub fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(stored) => {
                    self.entries.entry(stored.author).or_default().insert(stored.sequence, stored.bytes);
                }
                Change::Cut { author, after } => {
                    if let Some(entries) = self.entries.get_mut(&author) {
                        entries.retain(|sequence, _| *sequence <= after);
                        // Two logs that hold the same are equal: an author without entries is as one never heard of.
                        if entries.is_empty() {
                            self.entries.remove(&author);
                        }
                    }
                }
                Change::Proof { author, proof } => {
                    self.proofs.insert(author, proof);
                }
                Change::Unprove { author } => {
                    self.proofs.remove(&author);
                }
            }
        }
    }
}

impl Log for MemoryLog {
    fn entry(&self, author: &Author, sequence: u64) -> Option<Bytes> {
        self.entries.get(author)?.get(&sequence).cloned()
    }

    fn proof(&self, author: &Author) -> Option<[Bytes; 2]> {
        self.proofs.get(author).cloned()
    }
}
