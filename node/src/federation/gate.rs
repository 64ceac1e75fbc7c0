//! Who is spoken with, and on which roads. A connection that a protocol's rule does not let through gets nothing of that
//! protocol: a stranger no gossip, so that it learns nothing about who publishes and when; a relayed connection neither
//! gossip nor sync. A protocol behind a gate sees the connections let through and no others. Who becomes a member is
//! disconnected once and comes back as one.
//!
//! Addresses that a protocol believes to be this node's own end here: a place at a hub says that a twinning is wanted.

use super::address::is_relayed;
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
        behaviour::{ConnectionClosed, ConnectionEstablished},
        derive_prelude::Either,
        dummy,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    task::{Context, Poll},
};

/// Whom a protocol is spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anybody, without a relay between.
    Direct,
    /// Members, without a relay between.
    DirectMembers,
    /// Members, on any road. A relayed connection of a stranger is refused as a whole.
    Members,
}

/// A stranger has found a hub that relays for it.
#[derive(Debug, thiserror::Error)]
#[error("a relayed connection of a peer that is no member")]
struct Stranger;

/// One protocol behind its rule.
pub(super) struct Gate<B> {
    inner: B,
    rule: Rule,
    members: Arc<BTreeSet<PeerId>>,
    /// Connections let through.
    passed: BTreeSet<ConnectionId>,
    /// How many of them stand, by peer.
    open: BTreeMap<PeerId, usize>,
}

impl<B: NetworkBehaviour> Gate<B> {
    pub(super) fn new(inner: B, rule: Rule) -> Self {
        Self {
            inner,
            rule,
            members: Arc::new(BTreeSet::new()),
            passed: BTreeSet::new(),
            open: BTreeMap::new(),
        }
    }

    pub(super) fn inner(&mut self) -> &mut B {
        &mut self.inner
    }

    /// Replaces the set of members; connections made before keep what they were.
    pub(super) fn set_members(&mut self, members: Arc<BTreeSet<PeerId>>) {
        self.members = members;
    }

    pub(super) fn is_member(&self, peer: &PeerId) -> bool {
        self.members.contains(peer)
    }

    /// Whether the connection is let through.
    fn weigh(&self, peer: &PeerId, relayed: bool) -> Result<bool, ConnectionDenied> {
        let member = self.members.contains(peer);
        match self.rule {
            Rule::Direct => Ok(!relayed),
            Rule::DirectMembers => Ok(member && !relayed),
            Rule::Members if relayed && !member => Err(ConnectionDenied::new(Stranger)),
            Rule::Members => Ok(member),
        }
    }

    fn handler(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        relayed: bool,
        inner: impl FnOnce(&mut B) -> Result<THandler<B>, ConnectionDenied>,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if self.weigh(&peer, relayed)? {
            self.passed.insert(connection);
            inner(&mut self.inner).map(Either::Left)
        } else {
            Ok(Either::Right(dummy::ConnectionHandler))
        }
    }

    fn established(&mut self, event: ConnectionEstablished<'_>) {
        if !self.passed.contains(&event.connection_id) {
            return;
        }
        let open = self.open.entry(event.peer_id).or_default();
        let event = ConnectionEstablished { other_established: *open, ..event };
        *open += 1;
        self.inner.on_swarm_event(FromSwarm::ConnectionEstablished(event));
    }

    fn closed(&mut self, event: ConnectionClosed<'_>) {
        if !self.passed.remove(&event.connection_id) {
            return;
        }
        let remaining = self.open.get(&event.peer_id).map_or(0, |open| open.saturating_sub(1));
        match remaining {
            0 => self.open.remove(&event.peer_id),
            remaining => self.open.insert(event.peer_id, remaining),
        };
        let event = ConnectionClosed { remaining_established: remaining, ..event };
        self.inner.on_swarm_event(FromSwarm::ConnectionClosed(event));
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for Gate<B> {
    type ConnectionHandler = Either<THandler<B>, dummy::ConnectionHandler>;
    type ToSwarm = B::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.handler(connection, peer, is_relayed(local), |inner| {
            inner.handle_established_inbound_connection(connection, peer, local, remote)
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
        self.handler(connection, peer, is_relayed(address), |inner| {
            inner.handle_established_outbound_connection(connection, peer, address, role_override, port_use)
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the swarm's events are an open list")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => self.established(event),
            FromSwarm::ConnectionClosed(event) => self.closed(event),
            FromSwarm::AddressChange(it) if !self.passed.contains(&it.connection_id) => {}
            FromSwarm::DialFailure(it) => {
                self.passed.remove(&it.connection_id);
                self.inner.on_swarm_event(event);
            }
            FromSwarm::ListenFailure(it) => {
                self.passed.remove(&it.connection_id);
                self.inner.on_swarm_event(event);
            }
            _ => self.inner.on_swarm_event(event),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            Either::Left(event) => self.inner.on_connection_handler_event(peer, connection, event),
            Either::Right(never) => match never {},
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a protocol tells the swarm is an open list")]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            match std::task::ready!(self.inner.poll(cx)) {
                ToSwarm::NewExternalAddrCandidate(_)
                | ToSwarm::ExternalAddrConfirmed(_)
                | ToSwarm::ExternalAddrExpired(_) => {}
                other => return Poll::Ready(other.map_in(Either::Left)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    enum Spoken {
        Yes,
        No,
        Refused,
    }

    /// What becomes of an incoming connection of `peer` under `rule`, where `member` is the only member.
    fn of(rule: Rule, member: PeerId, peer: PeerId, local: &str) -> Spoken {
        let mut gate = Gate::new(dummy::Behaviour, rule);
        gate.set_members(Arc::new(BTreeSet::from([member])));
        let (local, remote) = (local.parse().unwrap(), "/ip4/192.0.2.1/tcp/7440".parse().unwrap());
        let connection = ConnectionId::new_unchecked(1);
        match gate.handle_established_inbound_connection(connection, peer, &local, &remote) {
            Ok(Either::Left(_)) => Spoken::Yes,
            Ok(Either::Right(_)) => Spoken::No,
            Err(_) => Spoken::Refused,
        }
    }

    #[test]
    fn each_protocol_is_spoken_with_those_of_its_rule() {
        let (member, stranger) = (PeerId::random(), PeerId::random());
        let direct = "/ip4/192.0.2.2/tcp/7440";
        let relayed = &format!("{direct}/p2p/{stranger}/p2p-circuit");
        for (rule, peer, local, spoken) in [
            (Rule::Direct, stranger, direct, Spoken::Yes),
            (Rule::Direct, member, relayed, Spoken::No),
            (Rule::DirectMembers, member, direct, Spoken::Yes),
            (Rule::DirectMembers, stranger, direct, Spoken::No),
            (Rule::DirectMembers, member, relayed, Spoken::No),
            (Rule::Members, member, direct, Spoken::Yes),
            (Rule::Members, member, relayed, Spoken::Yes),
            (Rule::Members, stranger, direct, Spoken::No),
            (Rule::Members, stranger, relayed, Spoken::Refused),
        ] {
            assert_eq!(of(rule, member, peer, local), spoken, "{rule:?} {local}");
        }
    }
}
