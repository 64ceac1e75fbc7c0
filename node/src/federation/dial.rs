//! Whom to dial and when: hubs always, other members while connections are few; each failure doubles the wait, with
//! jitter, so that a federation that comes back does not come back at one instant. Pure: time comes as an argument.

use libp2p::{Multiaddr, PeerId};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// First wait after a failure or a lost connection.
const WAIT_FIRST: Duration = Duration::from_millis(500);
/// A dial is over, one way or the other, within this: ten seconds for the connection and a name to resolve.
const DIAL_MAX: Duration = Duration::from_secs(20);
/// Longest wait: a node that comes back is found within this.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// Connections, hubs included, up to which a node dials: entries come by several ways when hubs are away.
const DIALLED_MAX: usize = 6;
/// Addresses kept for one peer.
const ADDRESSES_MAX: usize = 8;

/// Everyone that can be dialled.
#[derive(Debug, Default)]
pub(super) struct DialBook {
    targets: BTreeMap<PeerId, Target>,
}

#[derive(Debug)]
struct Target {
    addresses: BTreeSet<Multiaddr>,
    hub: bool,
    failures: u32,
    not_before: Option<Instant>,
    /// It is being dialled, at most until then.
    dialled_until: Option<Instant>,
}

impl DialBook {
    /// A hub of the federation file.
    pub(super) fn add_hub(&mut self, peer: PeerId, address: Multiaddr) {
        self.target(peer).hub = true;
        self.target(peer).addresses.insert(address);
    }

    /// What a member published last as its addresses; for a hub they come beside those of the file.
    pub(super) fn set_contact(&mut self, peer: PeerId, addresses: impl IntoIterator<Item = Multiaddr>) {
        let target = self.target(peer);
        if !target.hub {
            target.addresses.clear();
        }
        target.addresses.extend(addresses);
        while target.addresses.len() > ADDRESSES_MAX {
            target.addresses.pop_last();
        }
    }

    fn target(&mut self, peer: PeerId) -> &mut Target {
        self.targets.entry(peer).or_insert(Target {
            addresses: BTreeSet::new(),
            hub: false,
            failures: 0,
            not_before: None,
            dialled_until: None,
        })
    }

    /// Whether `peer` is a hub of the federation file.
    pub(super) fn is_hub(&self, peer: &PeerId) -> bool {
        self.targets.get(peer).is_some_and(|target| target.hub)
    }

    /// The hubs of the federation file.
    pub(super) fn hub_peers(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.targets.iter().filter(|(_, target)| target.hub).map(|(peer, _)| *peer)
    }

    /// Where `peer` can be dialled, as far as is known.
    pub(super) fn addresses(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.targets.get(peer).map(|target| target.addresses.iter().cloned().collect()).unwrap_or_default()
    }

    /// Hubs of the federation file.
    pub(super) fn hubs(&self) -> usize {
        self.targets.values().filter(|target| target.hub).count()
    }

    /// Whom to dial now. None is due again before its dial has failed. `members` = how many of the connected are: strangers
    /// that dial in keep this node from nobody.
    pub(super) fn due(
        &mut self,
        now: Instant,
        connected: &BTreeSet<PeerId>,
        members: usize,
    ) -> Vec<(PeerId, Vec<Multiaddr>)> {
        // Who is being dialled is as good as connected, or a slow machine would dial more at each turn.
        let dialled = |target: &&Target| target.dialled_until.is_some_and(|until| now < until);
        let dialled = self.targets.values().filter(dialled).count();
        let mut free = DIALLED_MAX.saturating_sub(members + dialled);
        let mut due = Vec::new();
        for (peer, target) in &mut self.targets {
            let waits = target.not_before.is_some_and(|at| now < at);
            if waits || connected.contains(peer) || target.addresses.is_empty() {
                continue;
            }
            if !target.hub {
                if free == 0 {
                    continue;
                }
                free -= 1;
            }
            target.not_before = Some(now + DIAL_MAX);
            target.dialled_until = target.not_before;
            due.push((*peer, target.addresses.iter().cloned().collect()));
        }
        due
    }

    /// The dial failed. `jitter` is 0..=1.
    pub(super) fn failed(&mut self, peer: &PeerId, now: Instant, jitter: f64) {
        if let Some(target) = self.targets.get_mut(peer) {
            target.failures = target.failures.saturating_add(1);
            target.dialled_until = None;
            target.not_before = Some(now + wait(target.failures, jitter));
        }
    }

    /// The connection stands.
    pub(super) fn connected(&mut self, peer: &PeerId) {
        if let Some(target) = self.targets.get_mut(peer) {
            target.failures = 0;
            target.not_before = None;
            target.dialled_until = None;
        }
    }

    /// The last connection is gone. `jitter` is 0..=1.
    pub(super) fn closed(&mut self, peer: &PeerId, now: Instant, jitter: f64) {
        if let Some(target) = self.targets.get_mut(peer) {
            target.not_before = Some(now + wait(0, jitter));
        }
    }
}

/// How long to wait after so many failures in a row. `jitter` is 0..=1.
pub(super) fn wait(failures: u32, jitter: f64) -> Duration {
    let doubled = WAIT_FIRST.saturating_mul(1 << failures.min(16)).min(WAIT_MAX);
    doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    fn address() -> Multiaddr {
        "/ip4/192.0.2.1/tcp/7440".parse().unwrap()
    }

    #[test]
    fn waits_double_up_to_five_minutes_and_start_again_after_success() {
        let (mut book, start, none) = (DialBook::default(), instant(), BTreeSet::new());
        let peer = PeerId::random();
        book.add_hub(peer, address());
        let mut now = start;
        for failures in 1..20_u32 {
            assert_eq!(book.due(now, &none, 0).len(), 1, "after {failures} failures");
            book.failed(&peer, now, 1.0);
            let pause = WAIT_FIRST.saturating_mul(1 << failures.min(16)).min(WAIT_MAX);
            assert!(book.due(now + pause - Duration::from_millis(1), &none, 0).is_empty());
            now += pause;
        }
        book.connected(&peer);
        book.closed(&peer, now, 0.0);
        assert!(book.due(now, &none, 0).is_empty());
        assert_eq!(book.due(now + WAIT_FIRST, &none, 0).len(), 1);
    }

    #[test]
    fn hubs_are_dialled_even_when_connections_are_many() {
        let mut book = DialBook::default();
        let connected: BTreeSet<PeerId> = (0..DIALLED_MAX).map(|_| PeerId::random()).collect();
        let (hub, member) = (PeerId::random(), PeerId::random());
        book.add_hub(hub, address());
        book.set_contact(member, [address()]);
        let due = book.due(instant(), &connected, connected.len());
        assert_eq!(due.iter().map(|(peer, _)| *peer).collect::<Vec<_>>(), [hub]);
    }

    #[test]
    fn strangers_that_dial_in_keep_a_node_from_no_member() {
        let mut book = DialBook::default();
        let strangers: BTreeSet<PeerId> = (0..4 * DIALLED_MAX).map(|_| PeerId::random()).collect();
        let member = PeerId::random();
        book.set_contact(member, [address()]);
        let due = book.due(instant(), &strangers, 0);
        assert_eq!(due.iter().map(|(peer, _)| *peer).collect::<Vec<_>>(), [member]);
    }

    #[test]
    fn no_more_are_dialled_than_there_is_room_for() {
        let (mut book, now, none) = (DialBook::default(), instant(), BTreeSet::new());
        (0..2 * DIALLED_MAX).for_each(|_| book.set_contact(PeerId::random(), [address()]));
        let first = book.due(now, &none, 0);
        assert_eq!(first.len(), DIALLED_MAX);
        assert!(book.due(now, &none, 0).is_empty());
        book.failed(&first[0].0, now, 0.0);
        assert_eq!(book.due(now, &none, 0).len(), 1, "another in its place");
        assert_eq!(book.due(now + DIAL_MAX, &none, DIALLED_MAX - 1).len(), 1);
    }

    #[test]
    fn nobody_is_dialled_twice_at_once() {
        let (mut book, now) = (DialBook::default(), instant());
        book.add_hub(PeerId::random(), address());
        assert_eq!(book.due(now, &BTreeSet::new(), 0).len(), 1);
        assert!(book.due(now, &BTreeSet::new(), 0).is_empty());
    }
}
