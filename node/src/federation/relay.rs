//! Circuit relay at hubs, for enti that cannot dial each other. A hub joins two connections that both sides opened to it
//! and passes on what the two say under their own Noise: it learns who speaks with whom, when and how much. It keeps no
//! message: who is away has no place at the hub, and hears nothing. Hubs are those of `federation.toml`; a node relays if
//! the file names it, or if it is the observer or a hub by its role.
//!
//! An ente holds a place at its hubs only while it wants to be reached for a twinning. A place ends with the connection
//! to its hub, which is how one is given back: the library cannot let go of a place that is being renewed.

use super::dial::wait;
use libp2p::{PeerId, core::transport::ListenerId, relay};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// Places at one hub: each member may want one.
const PLACES_MAX: usize = faccina_proto::limits::MEMBERS_MAX;
/// Places of one member beyond the first: its connection may be replaced while the old one is not yet known to be dead.
const FURTHER_PLACES_MAX: usize = 1;
/// A place lasts this long; its holder renews it after three quarters.
const PLACE: Duration = Duration::from_secs(3_600);
/// A place that was not renewed by now is asked for again: the library renews it by the clocks of two machines.
const PLACE_RENEWED: Duration = Duration::from_secs(3_000);
/// Circuits at once. All of them may lead to one member, whose connection carries 64 streams in all; a circuit is needed
/// for less than a minute, so that these serve thousands in an hour.
const CIRCUITS_MAX: usize = 32;
/// Circuits of one member at once, in either role, beyond the first.
const FURTHER_CIRCUITS_MAX: usize = 3;
/// A circuit is cut after this time: two deliveries and their answers on the slowest line.
const CIRCUIT: Duration = Duration::from_secs(120);
/// A circuit is cut after so many bytes, both ways together: some deliveries of full length.
const CIRCUIT_BYTES_MAX: u64 = 4 << 20;
/// Requests of one member that are granted at once, for places and for circuits each.
const REQUESTS_MAX: NonZeroU32 = NonZeroU32::new(64).expect("64 > 0");
/// In the long run a member asks for a place at most so often: it keeps one for an hour.
const PLACE_EVERY: Duration = Duration::from_secs(10);
/// In the long run a member asks for a circuit at most so often: 32 twinnings with enti that are away, each tried again
/// every minute.
const CIRCUIT_EVERY: Duration = Duration::from_secs(1);

const _: () = assert!(FURTHER_CIRCUITS_MAX < CIRCUITS_MAX);
const _: () = assert!(CIRCUIT_BYTES_MAX > 4 * faccina_proto::limits::DELIVERY_BYTES_MAX as u64);

/// The bounds of a hub. Many members share an address behind NAT, so addresses count nothing.
pub(super) fn hub_settings() -> relay::Config {
    relay::Config {
        max_reservations: PLACES_MAX,
        max_reservations_per_peer: FURTHER_PLACES_MAX,
        reservation_duration: PLACE,
        reservation_rate_limiters: Vec::new(),
        max_circuits: CIRCUITS_MAX,
        max_circuits_per_peer: FURTHER_CIRCUITS_MAX,
        max_circuit_duration: CIRCUIT,
        max_circuit_bytes: CIRCUIT_BYTES_MAX,
        circuit_src_rate_limiters: Vec::new(),
    }
    .reservation_rate_per_peer(REQUESTS_MAX, PLACE_EVERY)
    .circuit_src_per_peer(REQUESTS_MAX, CIRCUIT_EVERY)
}

/// This node's places at its hubs. Pure: time comes as an argument.
#[derive(Debug, Default)]
pub(super) struct Places {
    wanted: bool,
    asked: BTreeMap<PeerId, Place>,
    refused: BTreeMap<PeerId, Refused>,
}

#[derive(Debug)]
struct Place {
    listener: ListenerId,
    since: Instant,
    held: bool,
}

#[derive(Debug)]
struct Refused {
    times: u32,
    not_before: Instant,
}

impl Places {
    /// Whether this ente wants to be reached. Returns the hubs whose places are given back by leaving them.
    pub(super) fn want(&mut self, wanted: bool) -> Vec<PeerId> {
        self.wanted = wanted;
        if wanted { Vec::new() } else { std::mem::take(&mut self.asked).into_keys().collect() }
    }

    /// The hubs to ask for a place now.
    pub(super) fn due(&self, now: Instant, hubs: &BTreeSet<PeerId>) -> Vec<PeerId> {
        let waits = |hub| self.refused.get(hub).is_some_and(|refused| now < refused.not_before);
        let stands = |hub| self.asked.get(hub).is_some_and(|place| now < place.since + PLACE_RENEWED);
        let due = hubs.iter().filter(|hub| self.wanted && !waits(*hub) && !stands(*hub));
        due.copied().collect()
    }

    /// A place was asked for; an earlier one at the same hub is replaced by it.
    pub(super) fn asked(&mut self, hub: PeerId, listener: ListenerId, now: Instant) {
        let held = self.asked.get(&hub).is_some_and(|place| place.held);
        self.asked.insert(hub, Place { listener, since: now, held });
    }

    /// The hub has granted or renewed the place.
    pub(super) fn granted(&mut self, hub: &PeerId, now: Instant) {
        self.refused.remove(hub);
        if let Some(place) = self.asked.get_mut(hub) {
            place.held = true;
            place.since = now;
        }
    }

    /// The place has ended, with its connection or by refusal. `jitter` is 0..=1.
    pub(super) fn ended(&mut self, listener: ListenerId, refused: bool, now: Instant, jitter: f64) {
        let hub = self.asked.iter().find(|(_, place)| place.listener == listener).map(|(hub, _)| *hub);
        let Some(hub) = hub else { return };
        self.asked.remove(&hub);
        let entry = self.refused.entry(hub).or_insert(Refused { times: 0, not_before: now });
        entry.times = if refused { entry.times.saturating_add(1) } else { 0 };
        entry.not_before = now + wait(entry.times, jitter);
    }

    /// The hubs that hold a place for this node.
    pub(super) fn held(&self) -> usize {
        self.asked.values().filter(|place| place.held).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    #[test]
    fn a_place_is_asked_for_while_wanted_and_again_when_it_was_not_renewed() {
        let (mut places, now, hub) = (Places::default(), instant(), PeerId::random());
        let hubs = BTreeSet::from([hub]);
        assert!(places.due(now, &hubs).is_empty());
        assert!(places.want(true).is_empty());
        assert_eq!(places.due(now, &hubs), [hub]);
        places.asked(hub, ListenerId::next(), now);
        assert!(places.due(now, &hubs).is_empty());
        assert_eq!(places.held(), 0);
        places.granted(&hub, now);
        assert_eq!(places.held(), 1);
        let renewed = now + PLACE / 2;
        places.granted(&hub, renewed);
        assert!(places.due(now + PLACE_RENEWED, &hubs).is_empty());
        assert_eq!(places.due(renewed + PLACE_RENEWED, &hubs), [hub]);
        assert_eq!(places.want(false), [hub]);
        assert!(places.due(renewed + PLACE_RENEWED, &hubs).is_empty());
    }

    #[test]
    fn a_refused_place_is_asked_for_less_and_less() {
        let (mut places, mut now, hub) = (Places::default(), instant(), PeerId::random());
        let hubs = BTreeSet::from([hub]);
        places.want(true);
        for times in 1..=4 {
            assert_eq!(places.due(now, &hubs), [hub]);
            let listener = ListenerId::next();
            places.asked(hub, listener, now);
            places.ended(listener, true, now, 1.0);
            assert!(places.due(now + wait(times, 1.0) - Duration::from_millis(1), &hubs).is_empty());
            now += wait(times, 1.0);
        }
        let listener = ListenerId::next();
        places.asked(hub, listener, now);
        places.granted(&hub, now);
        places.ended(listener, false, now, 1.0);
        assert_eq!(places.due(now + wait(0, 1.0), &hubs), [hub]);
    }

    #[test]
    fn the_end_of_a_replaced_place_ends_nothing() {
        let (mut places, now, hub) = (Places::default(), instant(), PeerId::random());
        places.want(true);
        let (old, new) = (ListenerId::next(), ListenerId::next());
        places.asked(hub, old, now);
        places.granted(&hub, now);
        places.asked(hub, new, now);
        places.ended(old, false, now, 0.0);
        assert_eq!(places.held(), 1);
        places.ended(new, false, now, 0.0);
        assert_eq!(places.held(), 0);
    }
}
