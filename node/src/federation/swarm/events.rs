//! What the swarm tells, in the words of the network: who is directly connected, requests and answers, gossip.

use super::{Event, Gossip, Network, Relayed, Verdict};
use crate::{
    clock::instant,
    federation::{
        address::{is_relayed, key_of},
        behaviour::BehaviourEvent,
        codec::Malformed,
        courier::DeliverError,
    },
};
use faccina_proto::{
    limits::HEADS_PER_ANNOUNCEMENT_MAX,
    wire::sync::v1::{Announcement, Request, Response},
};
use libp2p::{
    PeerId, gossipsub, relay, request_response,
    swarm::{ConnectionId, SwarmEvent},
};
use prost::Message;

/// Longest announcement: 64 heads of members of at most 32 bytes, and that of the root.
const ANNOUNCEMENT_BYTES_MAX: usize = (HEADS_PER_ANNOUNCEMENT_MAX + 3) * 32;

impl Network {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the swarm's events are an open list")]
    pub(super) fn translate(&mut self, event: SwarmEvent<BehaviourEvent>) -> Option<Event> {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Sync(event)) => self.translate_sync(event),
            SwarmEvent::Behaviour(BehaviourEvent::Exchange(event)) => self.translate_exchange(event),
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            })) => self.translate_gossip(propagation_source, message_id, &message.data),
            SwarmEvent::Behaviour(BehaviourEvent::Circuit(
                relay::client::Event::ReservationReqAccepted { relay_peer_id, .. },
            )) => {
                self.place_granted(&relay_peer_id);
                Some(Event::Places)
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.established(peer_id, connection_id, endpoint.is_relayed())
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, num_established, .. } => {
                self.closed(peer_id, connection_id, num_established)
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), connection_id, error } => {
                tracing::debug!(%peer, %error, "dial failed");
                if self.circuits.remove(&connection_id).is_some() {
                    self.give_up(&peer, DeliverError::Away);
                } else {
                    self.book.failed(&peer, instant(), rand::random());
                    self.try_hubs(&peer);
                }
                None
            }
            SwarmEvent::NewListenAddr { address, .. } if !is_relayed(&address) => {
                if self.tells_listening {
                    self.swarm.add_external_address(address.clone());
                }
                Some(Event::Listening(address))
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                if self.listeners.remove(&listener_id) {
                    tracing::error!(?reason, "no longer listening for peers");
                    return None;
                }
                self.place_ended(listener_id, reason);
                Some(Event::Places)
            }
            _ => None,
        }
    }

    fn established(&mut self, peer: PeerId, connection: ConnectionId, relayed: bool) -> Option<Event> {
        self.circuits.remove(&connection);
        let first = if relayed {
            self.relayed.insert(connection, Relayed { peer, used: instant() });
            false
        } else {
            self.connected.insert(peer)
        };
        self.send_waiting(&peer);
        if first {
            self.book.connected(&peer);
            self.close_circuits();
        }
        key_of(&peer).filter(|_| first).map(Event::Connected)
    }

    /// `remaining` counts the other connections of the peer, on any road.
    fn closed(&mut self, peer: PeerId, connection: ConnectionId, remaining: u32) -> Option<Event> {
        if self.relayed.remove(&connection).is_some() {
            return None;
        }
        let relayed = self.relayed.values().filter(|relayed| relayed.peer == peer).count();
        let last = usize::try_from(remaining).is_ok_and(|remaining| remaining == relayed);
        if !last || !self.connected.remove(&peer) {
            return None;
        }
        self.book.closed(&peer, instant(), rand::random());
        key_of(&peer).map(Event::Disconnected)
    }

    fn translate_sync(
        &mut self,
        event: request_response::Event<Result<Request, Malformed>, Response>,
    ) -> Option<Event> {
        use request_response::{Event as Sync, Message as SyncMessage};
        match event {
            Sync::Message { peer, message: SyncMessage::Request { request: Err(Malformed), .. }, .. } => {
                key_of(&peer).map(Event::Malformed)
            }
            Sync::Message {
                peer,
                message: SyncMessage::Request { request: Ok(request), channel, .. },
                ..
            } => {
                self.next_inbound += 1;
                self.to_answer.insert(self.next_inbound, channel);
                Some(Event::Request(key_of(&peer)?, self.next_inbound, request))
            }
            Sync::Message { peer, message: SyncMessage::Response { request_id, response }, .. } => {
                let id = self.asked.remove(&request_id)?;
                Some(Event::Response(key_of(&peer)?, id, response))
            }
            Sync::OutboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "request failed");
                let id = self.asked.remove(&request_id)?;
                Some(Event::Failed(key_of(&peer)?, id))
            }
            Sync::InboundFailure { .. } | Sync::ResponseSent { .. } => {
                self.to_answer.retain(|_, channel| channel.is_open());
                None
            }
        }
    }

    fn translate_gossip(&mut self, source: PeerId, id: gossipsub::MessageId, data: &[u8]) -> Option<Event> {
        let gossip = Gossip { id, source };
        let announcement = (data.len() <= ANNOUNCEMENT_BYTES_MAX)
            .then(|| Announcement::decode(data).ok())
            .flatten()
            .filter(|announcement| announcement.heads.len() <= HEADS_PER_ANNOUNCEMENT_MAX);
        match announcement {
            Some(announcement) => Some(Event::Announced(key_of(&source)?, announcement, gossip)),
            None => {
                self.weigh(&gossip, Verdict::Reject);
                key_of(&source).map(Event::Malformed)
            }
        }
    }
}
