//! Deliveries on their way to other enti: what waits for a road, and what waits for its answer. Nothing is kept beyond
//! the attempt: who delivers keeps the messages and tries again. Pure: time comes as an argument.

use super::FederationStopped;
use faccina_proto::{
    limits::{DELIVERY_BYTES_MAX, DELIVERY_MESSAGES_MAX},
    names::IpaCode,
    wire::twinning::v1::{Delivery, Taken},
};
use libp2p::{PeerId, request_response::OutboundRequestId};
use prost::Message;
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// Deliveries on their way at once: an ente has few twinnings, the bound is for whoever calls in a loop.
pub(super) const DELIVERIES_MAX: usize = 64;
/// A road is found within this: a dial, then one circuit after another.
const ROAD_MAX: Duration = Duration::from_secs(60);

/// Why a delivery did not arrive. The messages are still the sender's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    /// Correct the code, or wait until the roster arrives.
    #[error("{to} is no member of the federation, as far as this node knows")]
    Unknown { to: IpaCode },
    /// A mistake of the caller.
    #[error("{to} is this node itself")]
    Oneself { to: IpaCode },
    /// Send fewer messages at once.
    #[error(
        "the delivery has {bytes} bytes and {messages} messages, at most {DELIVERY_BYTES_MAX} and {DELIVERY_MESSAGES_MAX}"
    )]
    TooLong { bytes: usize, messages: usize },
    /// Try again in a minute.
    #[error("{DELIVERIES_MAX} deliveries are on their way, and no more at once")]
    Busy,
    /// Look at the network of this node: with a hub nearly everybody can be reached.
    #[error(
        "it cannot be dialled, and this node is connected with no hub: check the network and the hubs in federation.toml"
    )]
    NoHub,
    /// Nothing to do: try again later.
    #[error(
        "it can be reached neither directly nor over a hub now: its node is off, or does not wait for twinnings"
    )]
    Away,
    /// Nothing to do: try again later. The messages may have arrived.
    #[error("the connection ended before the answer came")]
    Broken,
    /// Its node takes none from here: its roster is behind, or its software is older than this exchange.
    #[error(
        "its node does not take deliveries from this one: it may not know this ente yet, or need an update"
    )]
    NotSpoken,
    #[error(transparent)]
    Stopped(#[from] FederationStopped),
}

impl DeliverError {
    /// Refuses what the other side would not read.
    pub(super) fn check(delivery: &Delivery) -> Result<(), Self> {
        let (bytes, messages) = (delivery.encoded_len(), delivery.messages.len());
        if bytes <= DELIVERY_BYTES_MAX && messages <= DELIVERY_MESSAGES_MAX {
            Ok(())
        } else {
            Err(Self::TooLong { bytes, messages })
        }
    }
}

pub(super) type Delivered = Result<Taken, DeliverError>;

/// How a road is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its addresses are dialled.
    Dial,
    /// A circuit is asked for at the hubs.
    Circuit,
}

#[derive(Debug)]
struct Road {
    stage: Stage,
    since: Instant,
    waiting: Vec<(u64, Delivery)>,
}

/// Everything that is on its way, by ticket of the caller.
#[derive(Debug, Default)]
pub(super) struct Courier {
    roads: BTreeMap<PeerId, Road>,
    sent: HashMap<OutboundRequestId, (u64, PeerId)>,
}

impl Courier {
    pub(super) fn is_full(&self) -> bool {
        let waiting: usize = self.roads.values().map(|road| road.waiting.len()).sum();
        waiting + self.sent.len() >= DELIVERIES_MAX
    }

    /// Where the search for a road to `peer` stands; `None` if nothing waits for one.
    pub(super) fn stage(&self, peer: &PeerId) -> Option<Stage> {
        self.roads.get(peer).map(|road| road.stage)
    }

    /// Lets a delivery wait for a road. Returns whether it is the first, so that one must be sought.
    pub(super) fn wait(&mut self, peer: PeerId, ticket: u64, delivery: Delivery, now: Instant) -> bool {
        let road =
            self.roads.entry(peer).or_insert(Road { stage: Stage::Dial, since: now, waiting: Vec::new() });
        road.waiting.push((ticket, delivery));
        road.waiting.len() == 1
    }

    /// Dialling has failed: the hubs are next.
    pub(super) fn turn_to_hubs(&mut self, peer: &PeerId) {
        if let Some(road) = self.roads.get_mut(peer) {
            road.stage = Stage::Circuit;
        }
    }

    /// The road is found or given up: what waited for it.
    pub(super) fn take(&mut self, peer: &PeerId) -> Vec<(u64, Delivery)> {
        self.roads.remove(peer).map(|road| road.waiting).unwrap_or_default()
    }

    /// Peers to whom no road was found in time.
    pub(super) fn overdue(&self, now: Instant) -> Vec<PeerId> {
        let overdue = self.roads.iter().filter(|(_, road)| now >= road.since + ROAD_MAX);
        overdue.map(|(peer, _)| *peer).collect()
    }

    pub(super) fn sent(&mut self, request: OutboundRequestId, ticket: u64, peer: PeerId) {
        self.sent.insert(request, (ticket, peer));
    }

    /// The ticket of the delivery that is answered, or has failed.
    pub(super) fn answered(&mut self, request: &OutboundRequestId) -> Option<u64> {
        self.sent.remove(request).map(|(ticket, _)| ticket)
    }

    /// Whether an answer of `peer` is awaited.
    pub(super) fn awaits(&self, peer: &PeerId) -> bool {
        self.sent.values().any(|(_, to)| to == peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    #[test]
    fn deliveries_to_one_peer_share_the_search_for_a_road() {
        let (mut courier, now, peer) = (Courier::default(), instant(), PeerId::random());
        assert!(courier.wait(peer, 1, Delivery::default(), now));
        assert!(!courier.wait(peer, 2, Delivery::default(), now));
        courier.turn_to_hubs(&peer);
        assert_eq!(courier.stage(&peer), Some(Stage::Circuit));
        assert!(courier.overdue(now + ROAD_MAX - Duration::from_millis(1)).is_empty());
        assert_eq!(courier.overdue(now + ROAD_MAX), [peer]);
        let tickets: Vec<u64> = courier.take(&peer).into_iter().map(|(ticket, _)| ticket).collect();
        assert_eq!(tickets, [1, 2]);
        assert_eq!(courier.stage(&peer), None);
    }

    #[test]
    fn deliveries_on_their_way_are_bounded() {
        let (mut courier, now) = (Courier::default(), instant());
        for ticket in 0..DELIVERIES_MAX {
            assert!(!courier.is_full());
            courier.wait(PeerId::random(), u64::try_from(ticket).unwrap(), Delivery::default(), now);
        }
        assert!(courier.is_full());
    }

    #[test]
    fn a_delivery_that_would_not_be_read_is_refused_here() {
        let long = Delivery { messages: vec![vec![0; DELIVERY_BYTES_MAX].into()] };
        assert!(matches!(DeliverError::check(&long), Err(DeliverError::TooLong { messages: 1, .. })));
        let many = Delivery { messages: vec![bytes::Bytes::new(); DELIVERY_MESSAGES_MAX + 1] };
        assert!(DeliverError::check(&many).is_err());
        let most = Delivery { messages: vec![vec![0; 1024].into(); DELIVERY_MESSAGES_MAX] };
        assert_eq!(DeliverError::check(&most), Ok(()));
    }
}
