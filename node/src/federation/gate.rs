//! Gossip among members only: a connection to a peer that the roster does not know gets no gossip at all, so a stranger
//! learns nothing about who publishes and when. Who becomes a member is disconnected once and comes back as one.

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    gossipsub,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, derive_prelude::Either, dummy,
    },
};
use std::{
    collections::BTreeSet,
    task::{Context, Poll},
};

/// Gossipsub behind the roster.
pub(super) struct Gate {
    gossip: gossipsub::Behaviour,
    members: BTreeSet<PeerId>,
    strangers: BTreeSet<ConnectionId>,
}

impl Gate {
    pub(super) fn new(gossip: gossipsub::Behaviour) -> Self {
        Self { gossip, members: BTreeSet::new(), strangers: BTreeSet::new() }
    }

    pub(super) fn gossip(&mut self) -> &mut gossipsub::Behaviour {
        &mut self.gossip
    }

    /// Replaces the set of members; connections made before keep what they were.
    pub(super) fn set_members(&mut self, members: BTreeSet<PeerId>) {
        self.members = members;
    }

    pub(super) fn is_member(&self, peer: &PeerId) -> bool {
        self.members.contains(peer)
    }

    fn handler(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        member: impl FnOnce(&mut gossipsub::Behaviour) -> Result<THandler<gossipsub::Behaviour>, ConnectionDenied>,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if self.members.contains(&peer) {
            member(&mut self.gossip).map(Either::Left)
        } else {
            self.strangers.insert(connection);
            Ok(Either::Right(dummy::ConnectionHandler))
        }
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = Either<THandler<gossipsub::Behaviour>, dummy::ConnectionHandler>;
    type ToSwarm = gossipsub::Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.handler(connection, peer, |gossip| {
            gossip.handle_established_inbound_connection(connection, peer, local, remote)
        })
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role_override: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.handler(connection, peer, |gossip| {
            gossip.handle_established_outbound_connection(connection, peer, address, role_override, port_use)
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the swarm's events are an open list")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        let of_stranger = match &event {
            FromSwarm::ConnectionEstablished(it) => self.strangers.contains(&it.connection_id),
            FromSwarm::ConnectionClosed(it) => self.strangers.remove(&it.connection_id),
            FromSwarm::AddressChange(it) => self.strangers.contains(&it.connection_id),
            _ => false,
        };
        if !of_stranger {
            self.gossip.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            Either::Left(event) => self.gossip.on_connection_handler_event(peer, connection, event),
            Either::Right(never) => match never {},
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.gossip.poll(cx).map(|event| event.map_in(Either::Left))
    }
}
