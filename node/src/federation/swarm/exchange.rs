//! The exchange between two enti on the swarm: a road for each delivery, circuits over hubs, places at them.

use super::{Event, Network, Relayed};
use crate::{
    clock::instant,
    federation::{
        address::{TransportKey, key_of, peer_of, resolve},
        behaviour::REQUEST_TIMEOUT,
        codec::Malformed,
        courier::{DeliverError, Stage},
        inbox::ANSWER_MAX,
    },
};
use faccina_proto::wire::twinning::v1::{Delivery, Taken};
use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    multiaddr::Protocol,
    request_response::{self, OutboundFailure},
    swarm::dial_opts::{DialOpts, PeerCondition},
};
use std::{collections::BTreeSet, io, num::NonZeroU8, time::Duration};

/// A circuit stays open this long after its last message: while a delivery is still being read here, only the sender
/// knows of it.
const CIRCUIT_IDLE: Duration = Duration::from_secs(60);
const _: () = assert!(CIRCUIT_IDLE.as_secs() > REQUEST_TIMEOUT.as_secs() + ANSWER_MAX.as_secs());
/// Circuits to one peer are asked for one after another: one is enough.
const ONE_AT_A_TIME: NonZeroU8 = NonZeroU8::new(1).expect("1 > 0");

impl Network {
    /// Delivers over the connection there is, or looks for a road; ends in [`Event::Delivered`] with this ticket.
    pub(in crate::federation) fn deliver(&mut self, ticket: u64, key: &TransportKey, delivery: Delivery) {
        if self.courier.is_full() {
            self.ready.push_back(Event::Delivered(ticket, Err(DeliverError::Busy)));
            return;
        }
        let Some(peer) = peer_of(key) else {
            self.ready.push_back(Event::Delivered(ticket, Err(DeliverError::Away)));
            return;
        };
        if self.speaks_with(&peer) {
            self.send_delivery(&peer, ticket, delivery);
        } else if self.courier.wait(peer, ticket, delivery, instant()) {
            self.seek(peer);
        }
    }

    /// Answers a delivery; one whose sender has gone is dropped.
    pub(in crate::federation) fn reply_delivery(&mut self, id: u64, taken: Taken) {
        if let Some((peer, channel)) = self.deliveries.remove(&id) {
            self.touch(&peer);
            let _peer_has_gone = self.swarm.behaviour_mut().exchange.inner().send_response(channel, taken);
        }
    }

    /// Hubs at which this node has a place.
    pub(in crate::federation) fn places(&self) -> usize {
        self.places.as_ref().map_or(0, |places| places.held())
    }

    fn speaks_with(&mut self, peer: &PeerId) -> bool {
        self.swarm.behaviour_mut().exchange.inner().is_connected(peer)
    }

    fn send_delivery(&mut self, peer: &PeerId, ticket: u64, delivery: Delivery) {
        self.touch(peer);
        let request = self.swarm.behaviour_mut().exchange.inner().send_request(peer, Ok(delivery));
        self.courier.sent(request, ticket, *peer);
    }

    /// A connection stands: what waited for it goes out.
    pub(super) fn send_waiting(&mut self, peer: &PeerId) {
        if !self.speaks_with(peer) {
            return;
        }
        for (ticket, delivery) in self.courier.take(peer) {
            self.send_delivery(peer, ticket, delivery);
        }
    }

    /// Looks for a road to a peer with whom there is no connection: its addresses, then the hubs.
    fn seek(&mut self, peer: PeerId) {
        let addresses = self.book.addresses(&peer);
        if self.is_shunned(&peer) {
            self.give_up(&peer, DeliverError::Away);
        } else if addresses.is_empty() {
            self.try_hubs(&peer);
        } else {
            self.resolving.spawn(async move { (peer, resolve(addresses).await) });
        }
    }

    /// The peer cannot be dialled. If deliveries wait for it, a circuit is asked for at the hubs.
    pub(super) fn try_hubs(&mut self, peer: &PeerId) {
        if self.courier.stage(peer) != Some(Stage::Dial) {
            return;
        }
        self.courier.turn_to_hubs(peer);
        let circuits: Vec<Multiaddr> = self
            .connected_hubs()
            .into_iter()
            .filter(|hub| hub != peer)
            .filter_map(|hub| Some(self.over(hub)?.with(Protocol::P2p(*peer))))
            .collect();
        if circuits.is_empty() {
            return self.give_up(peer, DeliverError::NoHub);
        }
        let options = DialOpts::peer_id(*peer)
            .condition(PeerCondition::Always)
            .addresses(circuits)
            .override_dial_concurrency_factor(ONE_AT_A_TIME)
            .build();
        self.circuits.insert(options.connection_id(), *peer);
        let connection = options.connection_id();
        if let Err(error) = self.swarm.dial(options) {
            tracing::debug!(%error, "cannot ask for a circuit");
            self.circuits.remove(&connection);
            self.give_up(peer, DeliverError::Away);
        }
    }

    fn connected_hubs(&self) -> BTreeSet<PeerId> {
        self.connected.iter().filter(|peer| self.book.is_hub(peer)).copied().collect()
    }

    /// The relaying end of a hub, to listen at or to go on from.
    fn over(&self, hub: PeerId) -> Option<Multiaddr> {
        let address = self.book.addresses(&hub).into_iter().next()?;
        Some(address.with(Protocol::P2p(hub)).with(Protocol::P2pCircuit))
    }

    /// No road: whoever waits is told.
    pub(super) fn give_up(&mut self, peer: &PeerId, error: DeliverError) {
        for (ticket, _) in self.courier.take(peer) {
            self.ready.push_back(Event::Delivered(ticket, Err(error.clone())));
        }
    }

    pub(super) fn give_up_roads(&mut self) {
        for peer in self.courier.overdue(instant()) {
            self.give_up(&peer, DeliverError::Away);
        }
    }

    fn touch(&mut self, peer: &PeerId) {
        for relayed in self.relayed.values_mut().filter(|relayed| relayed.peer == *peer) {
            relayed.used = instant();
        }
    }

    /// Closes circuits that nobody uses, and those beside a direct connection as soon as nothing is on its way.
    pub(super) fn close_circuits(&mut self) {
        let now = instant();
        let is_over = |relayed: &Relayed| {
            let answers = self.deliveries.values().any(|(peer, _)| *peer == relayed.peer);
            let idle = now >= relayed.used + CIRCUIT_IDLE || self.connected.contains(&relayed.peer);
            idle && !answers && !self.courier.awaits(&relayed.peer)
        };
        let over: Vec<_> =
            self.relayed.iter().filter(|(_, relayed)| is_over(relayed)).map(|(id, _)| *id).collect();
        for connection in over {
            self.swarm.close_connection(connection);
        }
    }

    /// Asks the connected hubs for places while this ente wants to be reached, and gives them back after it.
    pub(super) fn keep_places(&mut self, reachable: bool) {
        let (now, hubs) = (instant(), self.connected_hubs());
        let Some(places) = &mut self.places else { return };
        let left = places.want(reachable);
        let due = places.due(now, &hubs);
        for hub in left {
            let _already_gone = self.swarm.disconnect_peer_id(hub);
        }
        for hub in due {
            let Some(address) = self.over(hub) else { continue };
            match (self.swarm.listen_on(address), &mut self.places) {
                (Ok(listener), Some(places)) => places.asked(hub, listener, now),
                (Err(error), _) => tracing::debug!(%hub, %error, "cannot ask for a place"),
                (Ok(_), None) => {}
            }
        }
    }

    pub(super) fn place_granted(&mut self, hub: &PeerId) {
        if let Some(places) = &mut self.places {
            places.granted(hub, instant());
        }
    }

    pub(super) fn place_ended(&mut self, listener: ListenerId, reason: Result<(), io::Error>) {
        if let Err(error) = &reason {
            tracing::info!(%error, "a hub gives this node no place: other enti may not reach it for twinnings");
        }
        if let Some(places) = &mut self.places {
            places.ended(listener, reason.is_err(), instant(), rand::random());
        }
    }

    pub(super) fn translate_exchange(
        &mut self,
        event: request_response::Event<Result<Delivery, Malformed>, Taken>,
    ) -> Option<Event> {
        use request_response::{Event as Exchange, Message};
        match event {
            Exchange::Message { peer, message: Message::Request { request: Err(Malformed), .. }, .. } => {
                key_of(&peer).map(Event::Malformed)
            }
            Exchange::Message {
                peer,
                message: Message::Request { request: Ok(delivery), channel, .. },
                ..
            } => {
                self.touch(&peer);
                self.next_inbound += 1;
                self.deliveries.insert(self.next_inbound, (peer, channel));
                Some(Event::Delivery(key_of(&peer)?, self.next_inbound, delivery))
            }
            Exchange::Message { peer, message: Message::Response { request_id, response }, .. } => {
                self.touch(&peer);
                let ticket = self.courier.answered(&request_id)?;
                Some(Event::Delivered(ticket, Ok(response)))
            }
            Exchange::OutboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "delivery failed");
                let ticket = self.courier.answered(&request_id)?;
                Some(Event::Delivered(ticket, Err(failure(&error))))
            }
            Exchange::InboundFailure { .. } | Exchange::ResponseSent { .. } => {
                self.deliveries.retain(|_, (_, channel)| channel.is_open());
                None
            }
        }
    }
}

fn failure(error: &OutboundFailure) -> DeliverError {
    match error {
        OutboundFailure::DialFailure => DeliverError::Away,
        OutboundFailure::UnsupportedProtocols => DeliverError::NotSpoken,
        OutboundFailure::Timeout | OutboundFailure::ConnectionClosed | OutboundFailure::Io(_) => {
            DeliverError::Broken
        }
    }
}
