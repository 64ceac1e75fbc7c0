//! Entries beyond a fork of the root feed, kept aside in memory: a succession names the branch that counts, and may be
//! known long after the fork. Of a member's feed nothing is kept: a ruling names one entry, and the rest is asked for again.

use crate::envelope::Id;
use crate::feed::Signed;
use crate::fork::Fork;
use bytes::Bytes;
use std::collections::BTreeMap;

/// Most bytes of entries kept: the root feed of the largest federation several times. Beyond it all are dropped, and
/// fetched anew: whoever has the key of the root could fill any room.
const BYTES_MAX: usize = 16 << 20;

#[derive(Clone, Debug)]
struct Kept {
    sequence: u64,
    prev: Option<Id>,
    bytes: Bytes,
}

/// What was heard beyond one fork: every branch, each entry after the one that it follows.
#[derive(Clone, Debug, Default)]
pub(super) struct Aside {
    /// Sequence and id before it.
    place: (u64, Option<Id>),
    entries: BTreeMap<Id, Kept>,
    bytes: usize,
    reach: u64,
}

impl Aside {
    /// Keeps the entry if it stands at the place of `fork` or goes on from there; whether it is kept now.
    pub(super) fn take(&mut self, fork: &Fork, signed: &Signed) -> bool {
        let place = (fork.sequence(), fork.prev());
        if self.place != place {
            *self = Self { place, ..Self::default() };
        }
        let (entry, bytes) = (signed.entry(), signed.bytes().len());
        if self.entries.contains_key(&signed.id()) {
            return true;
        }
        if self.bytes + bytes > BYTES_MAX {
            *self = Self { place, ..Self::default() };
        }
        let before = entry.prev.and_then(|prev| self.entries.get(&prev));
        let follows = before.is_some_and(|before| before.sequence.checked_add(1) == Some(entry.sequence));
        if !follows && (entry.sequence, entry.prev) != place {
            return false;
        }
        self.bytes += bytes;
        self.reach = self.reach.max(entry.sequence);
        let kept = Kept { sequence: entry.sequence, prev: entry.prev, bytes: signed.bytes().clone() };
        self.entries.insert(signed.id(), kept);
        true
    }

    /// The last sequence of which an entry is kept; 0 if none is.
    pub(super) fn reach(&self) -> u64 {
        self.reach
    }

    /// The entries from the fork to the one with this id, in order; none if it is not kept.
    pub(super) fn up_to(&self, last: Id) -> Vec<Bytes> {
        let kept = |id: Id| self.entries.get(&id);
        let back = std::iter::successors(kept(last), |kept| self.entries.get(&kept.prev?));
        let mut branch: Vec<Bytes> = back.map(|kept| kept.bytes.clone()).collect();
        branch.reverse();
        branch
    }
}
