//! Who stays behind: connected members whose replica has not agreed with this one for a long time.
//!
//! News makes replicas differ for seconds, and what a peer holds more of is here within minutes. What still differs after
//! [`BEHIND_MS`] is what the peer lacks and does not take.

use super::Machine;
use super::messages::{Now, Peer};
use super::peers::Notes;
use crate::roster::Member;
use crate::wire::sync::v1 as wire;

const HOUR_MS: u64 = 3_600_000;
/// From then on a member counts as behind.
const BEHIND_MS: u64 = HOUR_MS;

/// How far a connected member is behind this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Whole hours since the two agreed, or since they are connected; at least one.
    pub hours: u64,
    /// Entries of the root feed that it lacks: it may not know members, keys, revocations and rulings.
    pub root_entries: u64,
}

/// What a peer told last of what it holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    root: u64,
    /// Since when it has not agreed with this node.
    apart_since_ms: Option<u64>,
}

impl Machine {
    /// A member told its root head and its digest.
    pub(super) fn tells(&mut self, peer: Peer, root: Option<&wire::Head>, digest: &[u8; 32], now: Now) {
        let root = root.map_or(0, |head| head.sequence);
        let agrees = *digest == self.replica.digest() && root >= self.replica.root().held();
        if let Some(notes) = self.peers.get_mut(peer) {
            let since_ms = notes.told.apart_since_ms.unwrap_or(now.monotonic_ms);
            notes.told = Told { root, apart_since_ms: (!agrees).then_some(since_ms) };
        }
    }

    /// The connected members that are behind. None while this node itself does not publish: then it may be the one that
    /// differs.
    pub fn behind(&self, now: Now) -> impl Iterator<Item = (&Member, Lag)> {
        let connected = self.peers.iter().filter(|_| self.alarm().is_none());
        connected.filter_map(move |(peer, notes)| Some((self.member(*peer, now.day)?, self.lag(notes, now)?)))
    }

    fn lag(&self, notes: &Notes, now: Now) -> Option<Lag> {
        let apart_ms = now.monotonic_ms.saturating_sub(notes.told.apart_since_ms?);
        let root_entries = self.replica.root().held().saturating_sub(notes.told.root);
        (apart_ms >= BEHIND_MS).then_some(Lag { hours: apart_ms / HOUR_MS, root_entries })
    }
}
