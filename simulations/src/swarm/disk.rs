//! One node's disk: what was written, what of it is durable, and what a power cut leaves.
//!
//! A write is durable only after a flush. A power cut takes what was not flushed, never a part of one write. A backup is
//! a copy of what is durable.

use faccina_proto::{
    ballot::Ballot,
    calendar::Month,
    carryover::Carryover,
    envelope::{Envelope, FederationId, Id},
    feed::Signed,
    invites::{InviteRecord, StoredInvite},
    names::Author,
    replica::{Change, Log, MemoryLog},
    tally::{Circumstances, Tally},
    wire::feed::v1 as wire,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A month's ballot box.
#[derive(Clone, Debug, Default)]
pub(crate) struct Urn {
    pub(crate) ballots: BTreeMap<Id, Ballot>,
    pub(crate) marks: BTreeSet<StoredInvite>,
    pub(crate) tally: Tally,
    pub(crate) decision: Option<Decision>,
    /// Its entry stood in the feed.
    pub(crate) ended: bool,
    pub(crate) correction: Option<Correction>,
}

/// What was decided when a month was closed.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) summary: wire::Summary,
    pub(crate) carry_in: Carryover,
    pub(crate) carry_out: Carryover,
}

/// The second edition of a month.
#[derive(Clone, Debug)]
pub(crate) struct Correction {
    pub(crate) summary: wire::Summary,
    /// The box without what was withdrawn.
    pub(crate) tally: Tally,
}

/// What enters a box together.
#[derive(Clone, Debug)]
pub(crate) struct Entering {
    pub(crate) month: Month,
    pub(crate) id: Id,
    pub(crate) ballot: Ballot,
    pub(crate) circumstances: Circumstances,
    pub(crate) mark: Option<StoredInvite>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) log: MemoryLog,
    held: BTreeMap<Author, BTreeMap<u64, Id>>,
    /// Whose proof of a fork it holds, with what names the proof.
    forked: BTreeMap<Author, [u8; 32]>,
    fingerprint: [u8; 32],
    pub(crate) boxes: BTreeMap<Month, Urn>,
    pub(crate) invites: BTreeMap<StoredInvite, InviteRecord>,
    /// Invites became void by a restore, and no summary has said so yet.
    pub(crate) restored: bool,
}

impl Stored {
    pub(crate) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Put(stored) => {
                    let of_author = self.held.entry(stored.author.clone()).or_default();
                    let before = of_author.insert(stored.sequence, stored.id);
                    before.into_iter().chain([stored.id]).for_each(|id| self.mix(id.as_bytes()));
                }
                Change::Cut { author, after } => {
                    let cut = self.held.get_mut(author).map(|held| held.split_off(&(after + 1)));
                    cut.iter().flat_map(BTreeMap::values).for_each(|id| self.mix(id.as_bytes()));
                }
                Change::Proof { author, proof: [first, second] } => {
                    let name = Sha256::new().chain_update(first).chain_update(second).finalize().into();
                    let before = self.forked.insert(author.clone(), name);
                    before.iter().chain([&name]).for_each(|name| self.mix(name));
                }
                Change::Unprove { author } => {
                    self.forked.remove(author).iter().for_each(|name| self.mix(name));
                }
            }
        }
        self.log.apply(changes.to_vec());
    }

    /// The last sequence held of an author.
    pub(crate) fn last(&self, author: &Author) -> u64 {
        self.held.get(author).and_then(|held| held.keys().next_back()).copied().unwrap_or(0)
    }

    pub(crate) fn id(&self, author: &Author, sequence: u64) -> Option<Id> {
        self.held.get(author)?.get(&sequence).copied()
    }

    /// The entry held at a place, and the sides of a fork there.
    pub(crate) fn versions(&self, author: &Author, sequence: u64, federation: &FederationId) -> Vec<Id> {
        let sides = self.log.proof(author).into_iter().flatten().filter_map(|side| {
            let signed = Signed::trusted(Envelope::parse(side).ok()?, federation).ok()?;
            (signed.entry().sequence == sequence).then(|| signed.id())
        });
        sides.chain(self.id(author, sequence)).collect()
    }

    /// Whether it holds the proof of any fork.
    pub(crate) fn sees_forks(&self) -> bool {
        !self.forked.is_empty()
    }

    /// Names the set of entries and proofs held, whatever a replica makes of them: the sum, without carry, of what names each.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    fn mix(&mut self, name: &[u8; 32]) {
        self.fingerprint.iter_mut().zip(name).for_each(|(sum, byte)| *sum ^= byte);
    }

    pub(crate) fn enter(&mut self, entering: &Entering) {
        let urn = self.boxes.entry(entering.month).or_default();
        urn.ballots.insert(entering.id, entering.ballot.clone());
        urn.marks.extend(entering.mark);
        urn.tally.add(&entering.ballot, entering.circumstances);
    }

    /// The months whose box holds this ballot.
    pub(crate) fn boxes_of(&self, id: Id) -> impl Iterator<Item = Month> {
        self.boxes.iter().filter(move |(_, urn)| urn.ballots.contains_key(&id)).map(|(month, _)| *month)
    }
}

/// When the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doom {
    /// At the next write, before it is durable.
    Unwritten,
    /// At the next write, once it is durable and before anybody is told.
    Untold,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    stored: Stored,
    /// What a power cut leaves, while it is less than what was written.
    durable: Option<Box<Stored>>,
    pub(crate) doom: Option<Doom>,
}

impl Disk {
    pub(crate) fn of_backup(backup: Stored) -> Self {
        Self { stored: backup, durable: None, doom: None }
    }

    pub(crate) fn stored(&self) -> &Stored {
        &self.stored
    }

    pub(crate) fn backup(&self) -> Stored {
        self.durable.as_deref().unwrap_or(&self.stored).clone()
    }

    /// Writes, durably if `flush`; `Err` if the power went.
    pub(crate) fn write(&mut self, flush: bool, change: impl FnOnce(&mut Stored)) -> Result<(), Doom> {
        let doom = self.doom.take();
        if doom == Some(Doom::Unwritten) {
            return Err(Doom::Unwritten);
        }
        if !flush && self.durable.is_none() {
            self.durable = Some(Box::new(self.stored.clone()));
        }
        change(&mut self.stored);
        if flush {
            self.durable = None;
        }
        doom.map_or(Ok(()), Err)
    }

    pub(crate) fn flush(&mut self) {
        self.durable = None;
    }

    /// What a power cut leaves.
    pub(crate) fn lose_power(&mut self) {
        if let Some(durable) = self.durable.take() {
            self.stored = *durable;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(stored: &mut Stored) {
        stored.restored = true;
    }

    #[test]
    fn a_power_cut_takes_what_was_not_flushed_and_no_more() {
        let mut disk = Disk::default();
        assert_eq!(disk.write(false, note), Ok(()));
        assert!(disk.stored().restored, "it can be read before it is durable");
        assert!(!disk.backup().restored);
        disk.lose_power();
        assert!(!disk.stored().restored);
        assert_eq!(disk.write(true, note), Ok(()));
        disk.lose_power();
        assert!(disk.stored().restored);
    }

    #[test]
    fn the_fingerprint_is_that_of_what_is_held_however_it_came_there() {
        let author = |name: &str| name.parse::<Author>().unwrap();
        let put = |name: &str, sequence: u64, byte: u8| {
            let (author, id) = (author(name), Id::from_bytes([byte; 32]));
            Change::Put(faccina_proto::replica::Stored { author, sequence, id, bytes: bytes::Bytes::new() })
        };
        let proof = |name: &str, byte: u8| Change::Proof {
            author: author(name),
            proof: [bytes::Bytes::from(vec![byte]), bytes::Bytes::new()],
        };
        let name_of = |changes: &[Change]| {
            let mut stored = Stored::default();
            stored.apply(changes);
            stored.fingerprint()
        };
        let one = name_of(&[put("c_a", 1, 1), put("c_b", 1, 2), proof("c_b", 9)]);
        let detour = [put("c_b", 1, 2), proof("c_b", 8), put("c_a", 1, 3), put("c_a", 2, 4)];
        let back = [Change::Cut { author: author("c_a"), after: 0 }, proof("c_b", 9), put("c_a", 1, 1)];
        assert_eq!(one, name_of(&[&detour[..], &back[..]].concat()));
        assert_ne!(one, name_of(&[put("c_a", 1, 1), put("c_b", 1, 2)]));
        assert_ne!(one, name_of(&[put("c_a", 1, 1), put("c_b", 1, 3), proof("c_b", 9)]));
    }

    #[test]
    fn a_doomed_write_is_lost_whole_or_kept_whole() {
        let mut disk = Disk { doom: Some(Doom::Unwritten), ..Disk::default() };
        assert_eq!(disk.write(true, note), Err(Doom::Unwritten));
        assert!(!disk.stored().restored);
        disk.doom = Some(Doom::Untold);
        assert_eq!(disk.write(true, note), Err(Doom::Untold));
        disk.lose_power();
        assert!(disk.stored().restored);
    }
}
