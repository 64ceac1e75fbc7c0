//! Who may come in, before anything is computed for it: new connections by address, half-open ones, those of strangers
//! from one address, those of one member. Signatures and handshakes cost processor time, which must not be at the
//! disposal of whoever dials in a loop.
//!
//! Hundreds of members may share one address behind NAT, and come back at one instant after a power cut: the bounds let
//! them in within a minute.

use super::address::is_relayed;
use crate::clock::instant;
use faccina_proto::sync::Budget;
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, dummy,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// New connections from one address: at once, and per second after that.
const KNOCKS: (u64, u64) = (512, 8);
/// New connections from all addresses: at once, and per second after that; those from which a member has come before and
/// the others apart. A hub of 6,000 gets them all back in minutes.
const KNOCKS_ALL: (u64, u64) = (2_048, 64);
/// Half-open connections from one address; a handshake takes two round trips, and whoever stops in the middle is let go
/// after ten seconds.
const HALF_OPEN_MAX: usize = 16;
/// Connections of strangers from one address.
const STRANGERS_MAX: usize = 32;
/// Connections of one member: the second is there because the first may be dead.
const OF_ONE_MEMBER_MAX: usize = 2;
/// Addresses remembered.
const ADDRESSES_MAX: usize = 4_096;

/// Why a connection is refused. Its peer learns only that it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("too many new connections from one address")]
    Often,
    #[error("too many new connections")]
    OftenAll,
    #[error("too many half-open connections from one address")]
    HalfOpen,
    #[error("too many connections of strangers from one address")]
    Strangers,
    #[error("too many connections of one member")]
    OneMember,
}

/// What is known of one address.
#[derive(Debug)]
struct Caller {
    knocks: Budget,
    half_open: usize,
    strangers: usize,
    /// A member has come in from there.
    known: bool,
}

impl Caller {
    fn stands(&self) -> bool {
        self.half_open > 0 || self.strangers > 0
    }
}

/// What a connection is counted as; those over a relay are not counted.
#[derive(Clone, Copy, Debug)]
enum Counted {
    HalfOpen(IpAddr),
    Stranger(IpAddr),
    Member(PeerId),
}

/// The door.
#[derive(Debug)]
pub(super) struct Door {
    started: Instant,
    members: Arc<BTreeSet<PeerId>>,
    all: Budget,
    /// The same of addresses that are known: strangers do not use it up.
    all_known: Budget,
    callers: BTreeMap<IpAddr, Caller>,
    /// How many incoming connections of each member stand.
    of_member: BTreeMap<PeerId, usize>,
    counted: BTreeMap<ConnectionId, Counted>,
}

impl Door {
    pub(super) fn new() -> Self {
        Self {
            started: instant(),
            members: Arc::new(BTreeSet::new()),
            all: Budget::new(KNOCKS_ALL.0, KNOCKS_ALL.1, 0),
            all_known: Budget::new(KNOCKS_ALL.0, KNOCKS_ALL.1, 0),
            callers: BTreeMap::new(),
            of_member: BTreeMap::new(),
            counted: BTreeMap::new(),
        }
    }

    /// Replaces the set of members.
    pub(super) fn set_members(&mut self, members: Arc<BTreeSet<PeerId>>) {
        self.members = members;
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(instant().saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    /// Somebody knocks.
    fn knock(&mut self, connection: ConnectionId, address: IpAddr, now_ms: u64) -> Result<(), Refused> {
        if self.callers.len() >= ADDRESSES_MAX && !self.callers.contains_key(&address) {
            self.forget_idle(now_ms);
        }
        let caller = self.callers.entry(address).or_insert_with(|| Caller {
            knocks: Budget::new(KNOCKS.0, KNOCKS.1, now_ms),
            half_open: 0,
            strangers: 0,
            known: false,
        });
        if !caller.knocks.take(1, now_ms) {
            return Err(Refused::Often);
        }
        if caller.half_open >= HALF_OPEN_MAX {
            return Err(Refused::HalfOpen);
        }
        let all = if caller.known { &mut self.all_known } else { &mut self.all };
        if !all.take(1, now_ms) {
            return Err(Refused::OftenAll);
        }
        caller.half_open += 1;
        self.counted.insert(connection, Counted::HalfOpen(address));
        Ok(())
    }

    /// Who knocked has said who it is.
    fn enter(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: Option<IpAddr>,
    ) -> Result<(), Refused> {
        self.gone(connection);
        let caller = address.and_then(|address| Some((address, self.callers.get_mut(&address)?)));
        if self.members.contains(&peer) {
            if let Some((_, caller)) = caller {
                caller.known = true;
            }
            let open = self.of_member.entry(peer).or_default();
            if *open >= OF_ONE_MEMBER_MAX {
                return Err(Refused::OneMember);
            }
            *open += 1;
            self.counted.insert(connection, Counted::Member(peer));
            return Ok(());
        }
        let Some((address, caller)) = caller else { return Ok(()) };
        if caller.strangers >= STRANGERS_MAX {
            return Err(Refused::Strangers);
        }
        caller.strangers += 1;
        self.counted.insert(connection, Counted::Stranger(address));
        Ok(())
    }

    /// The connection is counted no more. Cheap for one that was refused: whoever dials in a loop makes many of those.
    fn gone(&mut self, connection: ConnectionId) {
        match self.counted.remove(&connection) {
            Some(Counted::HalfOpen(address)) => {
                self.callers.entry(address).and_modify(|caller| caller.half_open -= 1);
            }
            Some(Counted::Stranger(address)) => {
                self.callers.entry(address).and_modify(|caller| caller.strangers -= 1);
            }
            Some(Counted::Member(peer)) => {
                if let Some(open) = self.of_member.remove(&peer).filter(|open| *open > 1) {
                    self.of_member.insert(peer, open - 1);
                }
            }
            None => {}
        }
    }

    /// Forgets addresses from which nothing stands: first those whose bucket is full again, then any that are not known,
    /// then any.
    fn forget_idle(&mut self, now_ms: u64) {
        self.callers.retain(|_, caller| caller.stands() || caller.known || !caller.knocks.is_full(now_ms));
        if self.callers.len() >= ADDRESSES_MAX {
            self.callers.retain(|_, caller| caller.stands() || caller.known);
        }
        if self.callers.len() >= ADDRESSES_MAX {
            self.callers.retain(|_, caller| caller.stands());
        }
    }
}

/// The caller's address: one of IPv4, or a network of IPv6, of which everybody has 2⁶⁴ addresses. `None` over a relay.
fn address_of(remote: &Multiaddr) -> Option<IpAddr> {
    if is_relayed(remote) {
        return None;
    }
    let first = remote.iter().next()?;
    if let Protocol::Ip4(ip) = first {
        return Some(ip.into());
    }
    let Protocol::Ip6(ip) = first else { return None };
    let [a, b, c, d, ..] = ip.segments();
    Some(ip.to_ipv4_mapped().map_or(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into(), IpAddr::from))
}

impl NetworkBehaviour for Door {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let now_ms = self.now_ms();
        let Some(address) = address_of(remote) else { return Ok(()) };
        self.knock(connection, address, now_ms).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !is_relayed(local) {
            self.enter(connection, peer, address_of(remote)).map_err(ConnectionDenied::new)?;
        }
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the swarm's events are an open list")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => self.gone(closed.connection_id),
            FromSwarm::ListenFailure(failed) => self.gone(failed.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    fn ip(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn half_open_connections_of_one_address_keep_nobody_else_out() {
        let mut door = Door::new();
        for number in 0..HALF_OPEN_MAX {
            assert_eq!(door.knock(connection(number), ip(1), 0), Ok(()));
        }
        assert_eq!(door.knock(connection(100), ip(1), 0), Err(Refused::HalfOpen));
        assert_eq!(door.knock(connection(101), ip(2), 0), Ok(()));
        door.gone(connection(0));
        assert_eq!(door.knock(connection(102), ip(1), 0), Ok(()));
    }

    #[test]
    fn who_dials_in_a_loop_is_let_in_at_the_pace_of_the_bucket() {
        let mut door = Door::new();
        let tries = (0..10_000).filter(|number| {
            let entered = door.knock(connection(*number), ip(1), 0).is_ok();
            door.gone(connection(*number));
            entered
        });
        assert_eq!(tries.count() as u64, KNOCKS.0);
        let later = (0..10_000).filter(|number| {
            let entered = door.knock(connection(*number), ip(1), 10_000).is_ok();
            door.gone(connection(*number));
            entered
        });
        assert_eq!(later.count() as u64, KNOCKS.1 * 10);
    }

    #[test]
    fn strangers_that_knock_without_end_leave_room_where_members_have_come_from() {
        let mut door = Door::new();
        let member = PeerId::random();
        door.set_members(Arc::new(BTreeSet::from([member])));
        door.knock(connection(0), ip(1), 0).unwrap();
        door.enter(connection(0), member, Some(ip(1))).unwrap();
        door.gone(connection(0));
        let mut refused = 0;
        for number in 1..4_000 {
            let knocked = door.knock(connection(number), ip(u8::try_from(100 + number % 8).unwrap()), 0);
            refused += usize::from(knocked == Err(Refused::OftenAll));
            door.gone(connection(number));
        }
        assert!(refused > 0);
        assert_eq!(door.knock(connection(5_000), ip(2), 0), Err(Refused::OftenAll));
        assert_eq!(door.knock(connection(5_001), ip(1), 0), Ok(()));
        assert!(door.of_member.is_empty());
    }

    #[test]
    fn strangers_of_one_address_and_connections_of_one_member_have_a_bound() {
        let mut door = Door::new();
        let member = PeerId::random();
        door.set_members(Arc::new(BTreeSet::from([member])));
        for number in 0..=STRANGERS_MAX {
            door.knock(connection(number), ip(1), 0).unwrap();
            let entered = door.enter(connection(number), PeerId::random(), Some(ip(1)));
            assert_eq!(entered.is_ok(), number < STRANGERS_MAX);
        }
        for number in 100..103 {
            door.knock(connection(number), ip(1), 0).unwrap();
            let entered = door.enter(connection(number), member, Some(ip(1)));
            assert_eq!(entered.is_ok(), number < 102);
        }
        door.gone(connection(100));
        assert_eq!(door.enter(connection(104), member, Some(ip(1))), Ok(()));
    }

    #[test]
    fn addresses_are_forgotten_when_they_are_many() {
        let mut door = Door::new();
        for number in 0..ADDRESSES_MAX + 10 {
            let address = IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
            let _refused = door.knock(connection(number), address, 0);
            door.gone(connection(number));
        }
        assert!(door.callers.len() <= ADDRESSES_MAX);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| address_of(&text.parse().unwrap());
        assert_eq!(of("/ip6/2001:db8::1/tcp/1"), of("/ip6/2001:db8::ffff/tcp/2"));
        assert_ne!(of("/ip6/2001:db8::1/tcp/1"), of("/ip6/2001:db8:0:1::1/tcp/1"));
        assert_eq!(of("/ip4/192.0.2.1/tcp/1"), Some(ip(1)));
    }
}
