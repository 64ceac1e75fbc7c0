//! The last things of one kind, on the disk, so that one that comes again is known.

use super::{QueueError, key};
use crate::store::{Batch, Store};
use std::collections::{BTreeMap, BTreeSet};

/// The last things of one kind, on the disk: the newest takes the slot of the oldest.
#[derive(Debug)]
pub(super) struct Memory<const N: usize> {
    kind: u8,
    slots: u64,
    pub(super) turn: u64,
    by_slot: BTreeMap<u64, [u8; N]>,
    pub(super) known: BTreeSet<[u8; N]>,
}

impl<const N: usize> Memory<N> {
    pub(super) fn open(store: &dyn Store, kind: u8, slots: u64) -> Result<Self, QueueError> {
        let mut memory = Self { kind, slots, turn: 0, by_slot: BTreeMap::new(), known: BTreeSet::new() };
        for record in store.scan(&[kind]) {
            let (_, value) = record?;
            let read = value.split_first_chunk::<8>().and_then(|(turn, thing)| {
                Some((u64::from_be_bytes(*turn), <[u8; N]>::try_from(thing).ok()?))
            });
            let (turn, thing) = read.ok_or(QueueError::Damaged("memory"))?;
            memory.by_slot.insert(turn % slots, thing);
            memory.known.insert(thing);
            memory.turn = memory.turn.max(turn + 1);
        }
        Ok(memory)
    }

    pub(super) fn holds(&self, thing: &[u8; N]) -> bool {
        self.known.contains(thing)
    }

    pub(super) fn write(&self, batch: &mut Batch, thing: [u8; N]) {
        let slot = u16::try_from(self.turn % self.slots).unwrap_or(0);
        let mut value = self.turn.to_be_bytes().to_vec();
        value.extend_from_slice(&thing);
        batch.put(key(self.kind, &slot.to_be_bytes()), value);
    }

    /// After the batch is durable.
    pub(super) fn remember(&mut self, thing: [u8; N]) {
        if let Some(oldest) = self.by_slot.insert(self.turn % self.slots, thing) {
            self.known.remove(&oldest);
        }
        self.known.insert(thing);
        self.turn += 1;
    }
}
