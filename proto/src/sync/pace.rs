//! How often two replicas are compared, and when a difference is looked into.
//!
//! One `Open` tells both ends: whoever was asked need not ask as well. With hubs a node compares once in an interval, with
//! the others a quarter as often while a hub is connected. While news flows all replicas differ all the time: then a node
//! looks into a difference once in four intervals, and news does the rest.

use super::Machine;
use super::messages::{Now, Peer};
use super::own::Standing;

/// Intervals after which a node asks although it was asked, compares with a peer that is no hub, and looks into a
/// difference while news flows.
const SELDOM: u64 = 4;
/// News flows until nothing new was heard of for so many times the seconds of gathering.
const CALM_GATHERINGS: u64 = 2;

impl Machine {
    /// Whether a hub is connected.
    pub(super) fn meets_hub(&self) -> bool {
        self.connected().any(|peer| self.is_hub(*peer))
    }

    /// Until the next comparison with a peer, in milliseconds: spread, so that a hub's members do not all come at once.
    pub(super) fn comparison_ms(&self, peer: Peer) -> u64 {
        let [first, ..] = *peer.as_bytes();
        let spread_ms = self.sync_interval_ms / 4 * u64::from(first) / 255;
        let seldom = !self.is_hub(peer) && (self.helps() || self.meets_hub());
        self.sync_interval_ms * if seldom { SELDOM } else { 1 } + spread_ms
    }

    /// A member asked for this node's digest, and has told its own. Hubs are asked all the same: they alone know of other
    /// runs.
    pub(super) fn was_opened(&mut self, peer: Peer, now: Now) {
        let learns = self.is_hub(peer) && !self.helps();
        if learns || self.standing == Standing::Unasked || self.member(peer, now.day).is_none() {
            return;
        }
        let next_ms = now.monotonic_ms + self.comparison_ms(peer);
        let seldom_ms = SELDOM * self.sync_interval_ms;
        let Some(notes) = self.peers.get_mut(peer) else { return };
        if notes.differs.is_none() && notes.yields_until_ms.is_none() {
            let latest_ms = *notes.opened_ms.get_or_insert(now.monotonic_ms) + seldom_ms;
            notes.next_open_ms = notes.next_open_ms.max(next_ms.min(latest_ms));
        }
    }

    /// The two agree, or are about to find out where they differ.
    pub(super) fn compared_now(&mut self, peer: Peer, now: Now) {
        self.compared_ms = Some(now.monotonic_ms);
        if let Some(notes) = self.peers.get_mut(peer) {
            notes.met = true;
        }
    }

    /// Whether a difference with this peer is left to the news that flows. Of those whom a node meets anew it looks into a
    /// hub's at once, a hub into everybody's.
    pub(super) fn waits_for_news(&self, peer: Peer, now: Now) -> bool {
        let flows_ms = CALM_GATHERINGS * self.gathering_ms();
        let flows = self.news.heard_ms().is_some_and(|at| now.monotonic_ms < at + flows_ms);
        let seldom_ms = SELDOM * self.sync_interval_ms;
        let lately = self.compared_ms.is_some_and(|at| now.monotonic_ms < at + seldom_ms);
        let met = self.peers.get(peer).is_some_and(|notes| notes.met);
        flows && lately && (met || !(self.relays() || self.is_hub(peer)))
    }
}
