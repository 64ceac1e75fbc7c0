//! Who stays behind: connected members whose replica has not agreed with this one for a long time, and does not move.
//!
//! News makes replicas differ for seconds, and for as long as it flows; what a peer holds more of is here within minutes. A
//! replica that stays as it is and differs after [`BEHIND_MS`] lacks something and does not take it.

use super::Machine;
use super::messages::{Now, Peer};
use super::peers::Notes;
use crate::roster::Member;
use crate::wire::sync::v1 as wire;
use bytes::Bytes;

const HOUR_MS: u64 = 3_600_000;
/// From then on a member counts as behind.
const BEHIND_MS: u64 = HOUR_MS;

/// How far a connected member is behind this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Whole hours for which it has told the same and not agreed; at least one.
    pub hours: u64,
    /// Entries of the root feed that it lacks: it may not know members, keys, revocations and rulings.
    pub root_entries: u64,
}

/// What a peer told last of what it holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    root: u64,
    digest: [u8; 32],
    /// Since when it has told the same digest, or lacked root entries, without agreeing with this node.
    apart_since_ms: Option<u64>,
}

impl Machine {
    /// A member told its root head and its digest.
    pub(super) fn tells(&mut self, peer: Peer, root: Option<&wire::Head>, digest: [u8; 32], now: Now) {
        let own_root = super::wire_head("", self.replica.root());
        let (sequence, id) = root.map_or((0, Bytes::new()), |head| (head.sequence, head.id.clone()));
        let lacks_root = sequence < own_root.sequence || (sequence == own_root.sequence && id != own_root.id);
        let agrees = digest == self.replica.digest() && !lacks_root;
        if let Some(notes) = self.peers.get_mut(peer) {
            let moves = digest != notes.told.digest && !lacks_root;
            let since_ms = notes.told.apart_since_ms.filter(|_| !moves).unwrap_or(now.monotonic_ms);
            notes.told = Told { root: sequence, digest, apart_since_ms: (!agrees).then_some(since_ms) };
        }
    }

    /// The connected members that are behind. None while this node itself does not publish, and nobody who holds what this
    /// node has not fetched yet: then it may be the one that lacks.
    pub fn behind(&self, now: Now) -> impl Iterator<Item = (&Member, Lag)> {
        let connected =
            self.peers.iter().filter(|(_, notes)| self.alarm().is_none() && notes.todo.is_empty());
        connected.filter_map(move |(peer, notes)| Some((self.member(*peer, now.day)?, self.lag(notes, now)?)))
    }

    fn lag(&self, notes: &Notes, now: Now) -> Option<Lag> {
        let apart_ms = now.monotonic_ms.saturating_sub(notes.told.apart_since_ms?);
        let root_entries = self.replica.root().held().saturating_sub(notes.told.root);
        (apart_ms >= BEHIND_MS).then_some(Lag { hours: apart_ms / HOUR_MS, root_entries })
    }
}
