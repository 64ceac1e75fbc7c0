//! What a node speaks with its peers, and the settings under which bursts are not lost and nobody is flooded.

use super::{
    codec::{EXCHANGE, ExchangeCodec, SYNC, SyncCodec},
    door::Door,
    gate::{Gate, Rule},
    meter::{MeteredNoise, Meters},
    relay::hub_settings,
};
use ed25519_dalek::SigningKey;
use libp2p::{
    Multiaddr, PeerId, Swarm, SwarmBuilder, allow_block_list, gossipsub, identify,
    identity::Keypair,
    noise, ping, relay, request_response,
    swarm::{NetworkBehaviour, behaviour::toggle::Toggle},
    tcp, yamux,
};
use libp2p_connection_limits::{self as connection_limits, ConnectionLimits};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeSet, HashMap},
    io,
    sync::Arc,
    time::Duration,
};

/// Announcements fit in far less; the same bound is used for control messages (the default loses bursts silently).
const GOSSIP_BYTES_MAX: usize = 256 * 1024;
/// An answer of 1 MiB over a slow line.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Requests of one peer at work at once.
const STREAMS_PER_PEER_MAX: usize = 8;
/// Connections of peers that are not (yet) members, in each direction.
const STRANGERS_MAX: u32 = 128;
/// Streams of one connection: gossip, ping, identify and the requests of both sides need about twenty. Each may hold
/// 256 KiB that nobody has read yet, so the library's 512 would let one stranger hold 128 MiB.
const STREAMS_MAX: usize = 64;
/// Streams of a relayed connection: ping, identify, and the deliveries of both sides.
const RELAYED_STREAMS_MAX: usize = 12;
/// Deliveries of one peer read at once.
const DELIVERIES_PER_PEER_MAX: usize = 2;
/// Half-open connections in each direction.
const PENDING_MAX: u32 = 256;
/// A connection on which no protocol is at work stays open this long; the sync timer uses it far more often.
const IDLE: Duration = Duration::from_secs(3_600);

/// Comparisons say more often whether a peer is there; this keeps a quiet connection alive on its way through a NAT.
const PING: Duration = Duration::from_secs(120);

/// An invalid announcement weighs this much, squared with their number; the thresholds below are reached at two and four.
const INVALID_WEIGHT: f64 = -20.0;

/// Why the swarm cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SwarmError {
    /// Correct the address in the configuration or in `federation.toml`.
    #[error("{address:?} is no multiaddress like /ip4/192.0.2.1/tcp/7440{suffix}")]
    Address { address: String, suffix: &'static str },
    /// Another program uses the port: stop it, or choose another in `listen.peers`.
    #[error("cannot listen on {address}: is the port in use? Choose another in `listen.peers`")]
    Listen {
        address: Multiaddr,
        #[source]
        source: io::Error,
    },
    /// The transport key is damaged; restore it.
    #[error("the transport key cannot be used by the network")]
    Key,
    /// A mistake in this software's settings.
    #[error("the network cannot be built: {0}")]
    Build(String),
}

#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) shunned: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
    pub(super) limits: connection_limits::Behaviour,
    door: Door,
    pub(super) ping: ping::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) gossip: Gate<gossipsub::Behaviour>,
    pub(super) sync: Gate<request_response::Behaviour<SyncCodec>>,
    pub(super) exchange: Gate<request_response::Behaviour<ExchangeCodec>>,
    /// Only at hubs.
    pub(super) relay: Toggle<Gate<relay::Behaviour>>,
    pub(super) circuit: Gate<relay::client::Behaviour>,
}

impl Behaviour {
    pub(super) fn is_member(&self, peer: &PeerId) -> bool {
        self.exchange.is_member(peer)
    }

    pub(super) fn set_members(&mut self, members: BTreeSet<PeerId>) -> Arc<BTreeSet<PeerId>> {
        for member in &members {
            self.limits.bypass_peer_id(member);
        }
        let members = Arc::new(members);
        self.door.set_members(Arc::clone(&members));
        self.gossip.set_members(Arc::clone(&members));
        self.exchange.set_members(Arc::clone(&members));
        if let Some(relay) = self.relay.as_mut() {
            relay.set_members(Arc::clone(&members));
        }
        members
    }
}

/// Invalid announcements count heavily. The topic is silent most of the month, so silence counts nothing; many members
/// share an address behind NAT, so addresses count nothing.
fn gossip_scores(topic: &gossipsub::IdentTopic) -> gossipsub::PeerScoreParams {
    let of_topic = gossipsub::TopicScoreParams {
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: INVALID_WEIGHT,
        ..gossipsub::TopicScoreParams::default()
    };
    gossipsub::PeerScoreParams {
        topics: HashMap::from([(topic.hash(), of_topic)]),
        ip_colocation_factor_weight: 0.0,
        ..gossipsub::PeerScoreParams::default()
    }
}

/// Builds the swarm, read within `meters`; `hub` = it relays for members.
pub(super) fn build(
    transport: &SigningKey,
    topic: &gossipsub::IdentTopic,
    hub: bool,
    meters: &Arc<Meters>,
) -> Result<Swarm<Behaviour>, SwarmError> {
    let keypair = Keypair::ed25519_from_bytes(transport.to_bytes()).map_err(|_| SwarmError::Key)?;
    let wrong = |error: String| SwarmError::Build(error);
    let gossip = gossip(topic)?;
    let builder = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            |keypair: &Keypair| MeteredNoise::new(keypair, Arc::clone(meters)),
            || muxing(STREAMS_MAX),
        )
        .map_err(|error| wrong(error.to_string()))?
        .with_relay_client(noise::Config::new, || muxing(RELAYED_STREAMS_MAX))
        .map_err(|error| wrong(error.to_string()))?;
    let with_behaviour = builder.with_behaviour(|keypair, circuit| Behaviour {
        shunned: allow_block_list::Behaviour::default(),
        limits: limits(),
        door: Door::new(),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(PING)),
        identify: identify::Behaviour::new(
            identify::Config::new("/faccina/1".to_owned(), keypair.public())
                .with_agent_version(format!("faccina/{}", env!("CARGO_PKG_VERSION")))
                .with_cache_size(0)
                .with_hide_listen_addrs(true),
        ),
        gossip: Gate::new(gossip, Rule::DirectMembers),
        sync: Gate::new(
            request_response::Behaviour::new(
                [(SYNC, request_response::ProtocolSupport::Full)],
                requests(STREAMS_PER_PEER_MAX),
            ),
            Rule::Direct,
        ),
        exchange: Gate::new(
            request_response::Behaviour::new(
                [(EXCHANGE, request_response::ProtocolSupport::Full)],
                requests(DELIVERIES_PER_PEER_MAX),
            ),
            Rule::Members,
        ),
        relay: Toggle::from(hub.then(|| Gate::new(relay(keypair), Rule::DirectMembers))),
        circuit: Gate::new(circuit, Rule::Direct),
    });
    let swarm = match with_behaviour {
        Ok(builder) => builder.with_swarm_config(|config| config.with_idle_connection_timeout(IDLE)).build(),
        Err(never) => match never {},
    };
    Ok(swarm)
}

fn limits() -> connection_limits::Behaviour {
    connection_limits::Behaviour::new(
        ConnectionLimits::default()
            .with_max_pending_incoming(Some(PENDING_MAX))
            .with_max_pending_outgoing(Some(PENDING_MAX))
            .with_max_established_incoming(Some(STRANGERS_MAX))
            .with_max_established_outgoing(Some(STRANGERS_MAX))
            .with_max_established_per_peer(Some(2)),
    )
}

fn requests(streams_max: usize) -> request_response::Config {
    request_response::Config::default()
        .with_request_timeout(REQUEST_TIMEOUT)
        .with_max_concurrent_streams(streams_max)
}

fn muxing(streams_max: usize) -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(streams_max);
    config
}

fn relay(keypair: &Keypair) -> relay::Behaviour {
    let mut relay = relay::Behaviour::new(keypair.public().to_peer_id(), hub_settings());
    relay.set_status(Some(relay::Status::Enable));
    relay
}

fn gossip(topic: &gossipsub::IdentTopic) -> Result<gossipsub::Behaviour, SwarmError> {
    let wrong = |error: String| SwarmError::Build(error);
    let gossip = gossipsub::Behaviour::new(
        gossipsub::MessageAuthenticity::Anonymous,
        gossip_settings().map_err(|error| wrong(error.to_string()))?,
    );
    let mut gossip = gossip.map_err(|error| wrong(error.to_owned()))?;
    gossip.with_peer_score(gossip_scores(topic), gossipsub::PeerScoreThresholds::default()).map_err(wrong)?;
    gossip.subscribe(topic).map_err(|error| wrong(error.to_string()))?;
    Ok(gossip)
}

/// STACK: settings under which bursts are not lost. Messages are hints and carry no author of their own. Nobody passes a
/// message on and there is no mesh: the machine says who tells whom, and most members know only hubs. So nothing is told
/// of messages that were told (IHAVE), and whoever publishes reaches all its members.
fn gossip_settings() -> Result<gossipsub::Config, gossipsub::ConfigBuilderError> {
    gossipsub::ConfigBuilder::default()
        .heartbeat_interval(Duration::from_secs(1))
        .mesh_n(0)
        .mesh_n_low(0)
        .mesh_n_high(0)
        .mesh_outbound_min(0)
        .gossip_lazy(0)
        .gossip_factor(0.0)
        .flood_publish(true)
        .max_transmit_size(GOSSIP_BYTES_MAX)
        .max_control_message_size(GOSSIP_BYTES_MAX)
        .message_id_fn(|message| {
            let hash = Sha256::digest(&message.data);
            gossipsub::MessageId::new(hash.get(..20).unwrap_or(&hash))
        })
        .validation_mode(gossipsub::ValidationMode::Anonymous)
        .validate_messages()
        .duplicate_cache_time(Duration::from_secs(600))
        .forward_queue_duration(Duration::from_secs(60))
        .publish_queue_duration(Duration::from_secs(120))
        .connection_handler_queue_len(5_000)
        .build()
}
