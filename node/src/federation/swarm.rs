//! The libp2p swarm: TCP, Noise, Yamux; identify and ping; gossip of announcements among members; requests of
//! `sync.v1`; limits on connections. It moves messages and knows nothing of feeds. Peers are named by their 32-byte
//! transport key, requests by numbers.
//!
//! Beside it the exchange between two enti: deliveries of `twinning.v1`, over a direct connection where there is one, else
//! over a hub's circuit. A relayed connection carries the exchange, ping and identify and nothing else; the sync machine
//! never hears of it, and "connected" means directly connected everywhere outside this folder.

mod exchange;
mod events;

use super::{
    address::{TransportKey, expect_free, is_relayed, key_of, peer_of, resolve, split_peer, topic_name},
    behaviour::{Behaviour, SwarmError, build},
    courier::{Courier, Delivered},
    dial::DialBook,
    meter::Meters,
    relay::Places,
};
use crate::clock::instant;
use ed25519_dalek::SigningKey;
use faccina_proto::wire::{
    sync::v1::{Announcement, Request, Response},
    twinning::v1::{Delivery, Taken},
};
use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm,
    core::transport::ListenerId,
    gossipsub,
    multiaddr::Protocol,
    request_response,
    swarm::{
        ConnectionId, DialError,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use prost::Message;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// A peer that misbehaved is kept out this long at first; a broken node that is mended need not wait for its hub.
const SHUN_FIRST: Duration = Duration::from_secs(5);
/// The longest that a peer is kept out.
const SHUN_MAX: Duration = Duration::from_secs(3_600);
/// Misbehaving peers remembered.
const SHUNNED_MAX: usize = 1_024;
/// What happens on the network.
#[derive(Debug)]
pub(super) enum Event {
    Connected(TransportKey),
    Disconnected(TransportKey),
    Request(TransportKey, u64, Request),
    Response(TransportKey, u64, Response),
    Failed(TransportKey, u64),
    /// What another ente delivers, to be answered with [`Network::reply_delivery`].
    Delivery(TransportKey, u64, Delivery),
    /// How the delivery of this ticket has ended.
    Delivered(u64, Delivered),
    /// To be weighed with [`Network::weigh`].
    Announced(TransportKey, Announcement, Gossip),
    /// Bytes that are no message of ours.
    Malformed(TransportKey),
    Listening(Multiaddr),
    /// A hub has granted or refused a place, or one is lost.
    Places,
}

/// A received gossip message that waits for its verdict.
#[derive(Debug)]
pub(super) struct Gossip {
    id: gossipsub::MessageId,
    source: PeerId,
}

/// What to do with gossip: pass it on, drop it, or hold it against who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Ignore,
    Reject,
}

/// The swarm with what it needs to name peers and requests.
pub(super) struct Network {
    swarm: Swarm<Behaviour>,
    meters: Arc<Meters>,
    topic: gossipsub::IdentTopic,
    /// The listeners of this node's own addresses; others are places at hubs.
    listeners: HashSet<ListenerId>,
    /// Whether those who get a place here hear of these addresses.
    tells_listening: bool,
    book: DialBook,
    /// Peers with at least one direct connection.
    connected: BTreeSet<PeerId>,
    relayed: BTreeMap<ConnectionId, Relayed>,
    /// Circuits that are being opened.
    circuits: BTreeMap<ConnectionId, PeerId>,
    /// `None` at a hub, which everybody can dial.
    places: Option<Places>,
    courier: Courier,
    deliveries: BTreeMap<u64, (PeerId, request_response::ResponseChannel<Taken>)>,
    /// Events that did not come from the swarm.
    ready: VecDeque<Event>,
    resolving: JoinSet<(PeerId, Vec<Multiaddr>)>,
    asked: HashMap<request_response::OutboundRequestId, u64>,
    to_answer: BTreeMap<u64, request_response::ResponseChannel<Response>>,
    next_inbound: u64,
    /// Peers that misbehaved: how often, and until when they are not let in.
    shunned: BTreeMap<PeerId, (u32, Instant)>,
}

/// A connection over a hub.
#[derive(Debug)]
struct Relayed {
    peer: PeerId,
    used: Instant,
}

impl Network {
    /// Builds the swarm and starts to listen. `relays` = this node is a hub by its role, even if `hubs` does not name it:
    /// the file that does is made after the first start of its hub.
    pub(super) fn start(
        transport: &SigningKey,
        federation_id: &[u8; 32],
        listen: &[String],
        hubs: &[String],
        relays: bool,
    ) -> Result<Self, SwarmError> {
        let topic = gossipsub::IdentTopic::new(topic_name(federation_id));
        let own = peer_of(&transport.verifying_key().to_bytes()).ok_or(SwarmError::Key)?;
        let (mut book, mut own_addresses) = (DialBook::default(), Vec::new());
        for hub in hubs {
            let suffix = "/p2p/<peer id>";
            let (peer, address) = split_peer(multiaddr(hub, suffix)?)
                .filter(|(_, address)| !is_relayed(address))
                .ok_or_else(|| SwarmError::Address { address: hub.clone(), suffix })?;
            if peer == own { own_addresses.push(address) } else { book.add_hub(peer, address) }
        }
        let is_hub = relays || !own_addresses.is_empty();
        let meters = Arc::new(Meters::new(book.hub_peers().collect()));
        let mut swarm = build(transport, &topic, is_hub, &meters)?;
        // A hub tells those who have a place where it is: where the file says, else where it listens.
        let tells_listening = is_hub && own_addresses.is_empty();
        own_addresses.into_iter().for_each(|address| swarm.add_external_address(address));
        let mut listeners = HashSet::new();
        for address in listen {
            let address = multiaddr(address, "")?;
            expect_free(&address)
                .map_err(|source| SwarmError::Listen { address: address.clone(), source })?;
            let listener = swarm
                .listen_on(address.clone())
                .map_err(|error| SwarmError::Listen { address, source: io::Error::other(error) })?;
            listeners.insert(listener);
        }
        Ok(Self {
            swarm,
            meters,
            topic,
            listeners,
            tells_listening,
            book,
            connected: BTreeSet::new(),
            relayed: BTreeMap::new(),
            circuits: BTreeMap::new(),
            places: (!is_hub).then(Places::default),
            courier: Courier::default(),
            deliveries: BTreeMap::new(),
            ready: VecDeque::new(),
            resolving: JoinSet::new(),
            asked: HashMap::new(),
            to_answer: BTreeMap::new(),
            next_inbound: 0,
            shunned: BTreeMap::new(),
        })
    }

    pub(super) fn meters(&self) -> Arc<Meters> {
        Arc::clone(&self.meters)
    }

    pub(super) fn peer_id(&self) -> String {
        self.swarm.local_peer_id().to_string()
    }

    /// Where this node can be dialled, with its peer id; in one order, since they may be published.
    pub(super) fn listening(&self) -> Vec<String> {
        let suffix = Protocol::P2p(*self.swarm.local_peer_id());
        let own = self.swarm.listeners().filter(|address| !is_relayed(address));
        let mut addresses: Vec<String> =
            own.map(|address| address.clone().with(suffix.clone()).to_string()).collect();
        addresses.sort_unstable();
        addresses
    }

    /// Peers with at least one direct connection.
    pub(super) fn connected(&self) -> impl Iterator<Item = TransportKey> + '_ {
        self.connected.iter().filter_map(key_of)
    }

    /// Hubs of the federation file, and how many of them are connected.
    pub(super) fn hubs(&self) -> (usize, usize) {
        let connected = self.connected.iter().filter(|peer| self.book.is_hub(peer)).count();
        (self.book.hubs(), connected)
    }

    /// Tells who is a member now. Peers connected under another standing are disconnected; they dial again.
    pub(super) fn set_members(&mut self, keys: impl Iterator<Item = TransportKey>) {
        let members: BTreeSet<PeerId> = keys.filter_map(|key| peer_of(&key)).collect();
        let behaviour = self.swarm.behaviour_mut();
        let relayed = self.relayed.values().map(|relayed| &relayed.peer);
        let changed: BTreeSet<PeerId> = self
            .connected
            .iter()
            .chain(relayed)
            .filter(|peer| behaviour.is_member(peer) != members.contains(*peer))
            .copied()
            .collect();
        self.meters.set_members(behaviour.set_members(members));
        for peer in changed {
            let _not_connected_any_more = self.swarm.disconnect_peer_id(peer);
        }
    }

    /// Remembers where a member says it can be dialled; addresses that are none are passed over.
    pub(super) fn set_contact(&mut self, key: &TransportKey, addresses: &[String]) {
        let Some(peer) = peer_of(key).filter(|peer| peer != self.swarm.local_peer_id()) else { return };
        let addresses = addresses.iter().filter_map(|text| text.parse::<Multiaddr>().ok());
        let addresses = addresses.filter(|address| !is_relayed(address));
        self.book.set_contact(
            peer,
            addresses.map(|address| match split_peer(address.clone()) {
                Some((_, bare)) => bare,
                None => address,
            }),
        );
    }

    pub(super) fn send(&mut self, key: &TransportKey, id: u64, request: Request) -> bool {
        let Some(peer) = peer_of(key).filter(|peer| self.connected.contains(peer)) else { return false };
        let outbound = self.swarm.behaviour_mut().sync.inner().send_request(&peer, Ok(request));
        self.asked.insert(outbound, id);
        true
    }

    /// Answers a request; one whose peer has gone is dropped.
    pub(super) fn reply(&mut self, id: u64, response: Response) {
        if let Some(channel) = self.to_answer.remove(&id) {
            let _peer_has_gone = self.swarm.behaviour_mut().sync.inner().send_response(channel, response);
        }
    }

    /// Tells all connected members. With nobody there the sync timer does it.
    pub(super) fn announce(&mut self, announcement: &Announcement) {
        let topic = self.topic.clone();
        let gossip = self.swarm.behaviour_mut().gossip.inner();
        if let Err(error) = gossip.publish(topic, announcement.encode_to_vec()) {
            tracing::trace!(%error, "announcement not gossiped");
        }
    }

    pub(super) fn weigh(&mut self, gossip: &Gossip, verdict: Verdict) {
        let acceptance = match verdict {
            Verdict::Accept => gossipsub::MessageAcceptance::Accept,
            Verdict::Ignore => gossipsub::MessageAcceptance::Ignore,
            Verdict::Reject => gossipsub::MessageAcceptance::Reject,
        };
        let behaviour = self.swarm.behaviour_mut().gossip.inner();
        let _expired = behaviour.report_message_validation_result(&gossip.id, &gossip.source, acceptance);
    }

    pub(super) fn disconnect(&mut self, key: &TransportKey) {
        if let Some(peer) = peer_of(key) {
            let _already_gone = self.swarm.disconnect_peer_id(peer);
        }
    }

    /// Lowers the standing of a peer that misbehaved: it is disconnected, and kept out twice as long each time.
    pub(super) fn shun(&mut self, key: &TransportKey) {
        let Some(peer) = peer_of(key) else { return };
        self.swarm.behaviour_mut().shunned.block_peer(peer);
        if self.shunned.len() >= SHUNNED_MAX && !self.shunned.contains_key(&peer) {
            let soonest = self.shunned.iter().min_by_key(|(_, (_, until))| *until).map(|(peer, _)| *peer);
            if let Some(forgotten) = soonest {
                self.shunned.remove(&forgotten);
                self.swarm.behaviour_mut().shunned.unblock_peer(forgotten);
            }
        }
        let (times, until) = self.shunned.entry(peer).or_insert((0, instant()));
        *until = instant() + SHUN_FIRST.saturating_mul(1 << (*times).min(12)).min(SHUN_MAX);
        *times = times.saturating_add(1);
    }

    /// Lets those in again whose time is over, and forgets what they did once they have been good for as long as the
    /// longest time out.
    fn forgive(&mut self) {
        let now = instant();
        self.shunned.retain(|_, (_, until)| now < *until + SHUN_MAX);
        for (peer, _) in self.shunned.iter().filter(|(_, (_, until))| now >= *until) {
            self.swarm.behaviour_mut().shunned.unblock_peer(*peer);
        }
    }

    fn is_shunned(&self, peer: &PeerId) -> bool {
        self.shunned.get(peer).is_some_and(|(_, until)| instant() < *until)
    }

    /// Dials whoever is due, and sees to places and roads; call it about once a second. `reachable` = this ente wants to
    /// be reached for a twinning.
    pub(super) fn tick(&mut self, reachable: bool) {
        self.forgive();
        self.dial_due();
        self.keep_places(reachable);
        self.give_up_roads();
        self.close_circuits();
    }

    pub(super) fn dial_due(&mut self) {
        let behaviour = self.swarm.behaviour();
        let members = self.connected.iter().filter(|peer| behaviour.is_member(peer)).count();
        for (peer, addresses) in self.book.due(instant(), &self.connected, members) {
            if self.is_shunned(&peer) {
                self.book.failed(&peer, instant(), 0.0);
                continue;
            }
            self.resolving.spawn(async move { (peer, resolve(addresses).await) });
        }
    }

    fn dial(&mut self, peer: PeerId, addresses: Vec<Multiaddr>) {
        // A circuit is no reason not to look for a direct connection, which then takes its place.
        let options =
            DialOpts::peer_id(peer).condition(PeerCondition::NotDialing).addresses(addresses).build();
        match self.swarm.dial(options) {
            Ok(()) | Err(DialError::DialPeerConditionFalse(_)) => {}
            Err(error) => {
                tracing::debug!(%error, "cannot dial");
                self.book.failed(&peer, instant(), rand::random());
                self.try_hubs(&peer);
            }
        }
    }

    /// The next event. Safe to drop while it waits.
    pub(super) async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            tokio::select! {
                Some(resolved) = self.resolving.join_next() => {
                    if let Ok((peer, addresses)) = resolved {
                        self.dial(peer, addresses);
                    }
                }
                event = self.swarm.select_next_some() => {
                    if let Some(event) = self.translate(event) {
                        return event;
                    }
                }
            }
        }
    }
}

fn multiaddr(text: &str, suffix: &'static str) -> Result<Multiaddr, SwarmError> {
    text.parse().map_err(|_| SwarmError::Address { address: text.to_owned(), suffix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hub_without_its_peer_id_is_refused() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let hubs = ["/ip4/192.0.2.1/tcp/7440".to_owned()];
        let refused = Network::start(&key, &[0; 32], &[], &hubs, false).err().unwrap();
        assert!(matches!(refused, SwarmError::Address { .. }), "{refused}");
    }
}
