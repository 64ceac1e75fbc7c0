//! A peer made of the bare protocols: it says what it is told to, byte for byte, and reads what it pleases.

use ed25519_dalek::SigningKey;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, gossipsub,
    identity::Keypair,
    noise,
    request_response::{self, Codec, ProtocolSupport, ResponseChannel},
    swarm::{
        ConnectionId, NetworkBehaviour, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
    tcp, yamux,
};
use std::{io, time::Duration};

/// Anything that takes longer than this on loopback is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a hostile peer does with one stream.
#[derive(Clone, Debug)]
pub enum Said {
    /// Sends these bytes and ends the message.
    Bytes(Vec<u8>),
    /// Sends these bytes and keeps the message open for ever.
    Unfinished(Vec<u8>),
    /// Sends a request and never reads its answer.
    Unread(Vec<u8>),
}

#[derive(Clone, Debug, Default)]
pub struct RawCodec {
    leaves_unread: bool,
}

impl Codec for RawCodec {
    type Protocol = StreamProtocol;
    type Request = Said;
    type Response = Said;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Said>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Said>
    where
        T: AsyncRead + Unpin + Send,
    {
        if self.leaves_unread { std::future::pending().await } else { read(stream).await }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, stream: &mut T, said: Said) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.leaves_unread = matches!(said, Said::Unread(_));
        write(stream, said).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, stream: &mut T, said: Said) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(stream, said).await
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Said> {
    let mut bytes = Vec::new();
    stream.take(4 << 20).read_to_end(&mut bytes).await?;
    Ok(Said::Bytes(bytes))
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), said: Said) -> io::Result<()> {
    match said {
        Said::Bytes(bytes) | Said::Unread(bytes) => stream.write_all(&bytes).await,
        Said::Unfinished(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            std::future::pending().await
        }
    }
}

#[derive(NetworkBehaviour)]
pub struct Protocols {
    sync: request_response::Behaviour<RawCodec>,
    gossip: gossipsub::Behaviour,
}

pub struct Peer {
    swarm: Swarm<Protocols>,
    topic: gossipsub::IdentTopic,
    node: PeerId,
    address: Multiaddr,
    /// What the node asks, and will never be answered.
    asked: Vec<ResponseChannel<Said>>,
}

/// What comes of it.
#[derive(Debug)]
pub enum Came {
    Connected,
    /// The last connection is gone.
    Disconnected,
    /// A dial did not end in a connection.
    Refused,
    Answer(Vec<u8>),
    /// A request came to nothing.
    Failed,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the swarm's events are an open list")]
impl Peer {
    /// Builds the peer with this identity; it has not dialled yet.
    pub fn new(key: &SigningKey, address: &str, federation_id: &[u8; 32]) -> Self {
        let keypair = Keypair::ed25519_from_bytes(key.to_bytes()).unwrap();
        let topic =
            gossipsub::IdentTopic::new(format!("/faccina/{}/heads/1", hex::encode(&federation_id[..8])));
        let swarm = SwarmBuilder::with_existing_identity(keypair)
            .with_tokio()
            .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| {
                let protocol = StreamProtocol::new("/faccina/sync/1");
                let config = request_response::Config::default().with_request_timeout(PATIENCE);
                let config = config.with_max_concurrent_streams(10_000);
                let gossip = gossipsub::Behaviour::<gossipsub::IdentityTransform>::new(
                    gossipsub::MessageAuthenticity::Anonymous,
                    gossipsub::ConfigBuilder::default()
                        .validation_mode(gossipsub::ValidationMode::Anonymous)
                        .heartbeat_interval(Duration::from_millis(200))
                        .max_transmit_size(256 << 10)
                        .build()
                        .unwrap(),
                );
                let mut gossip = gossip.unwrap();
                gossip.subscribe(&topic).unwrap();
                let sync = request_response::Behaviour::new([(protocol, ProtocolSupport::Full)], config);
                Protocols { sync, gossip }
            })
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(600)))
            .build();
        let address: Multiaddr = address.parse().unwrap();
        let node = address.iter().last().unwrap();
        let libp2p::multiaddr::Protocol::P2p(node) = node else { panic!("{address} names no peer") };
        Self { swarm, topic, node, address, asked: Vec::new() }
    }

    /// Builds it and waits until it is connected.
    pub async fn meet(key: &SigningKey, address: &str, federation_id: &[u8; 32]) -> Self {
        let mut peer = Self::new(key, address, federation_id);
        peer.dial();
        assert!(matches!(peer.next().await, Came::Connected));
        peer
    }

    /// Dials once more, however many connections there are.
    pub fn dial(&mut self) -> ConnectionId {
        let options = DialOpts::peer_id(self.node)
            .condition(PeerCondition::Always)
            .addresses(vec![self.address.clone()])
            .build();
        let connection = options.connection_id();
        self.swarm.dial(options).unwrap();
        connection
    }

    /// Says something on a stream of its own of the sync protocol.
    pub fn say(&mut self, said: Said) {
        self.swarm.behaviour_mut().sync.send_request(&self.node, said);
    }

    /// Gossips these bytes, as soon as the node takes part in the topic.
    pub async fn gossip(&mut self, bytes: &[u8]) {
        let published = async {
            loop {
                if self.gossip_if_heard(bytes) {
                    return;
                }
                let event = self.swarm.select_next_some().await;
                self.leave_open(event);
            }
        };
        tokio::time::timeout(PATIENCE, published).await.expect("the node takes no part in the gossip");
    }

    /// Gossips these bytes if the node takes part by now.
    pub fn gossip_if_heard(&mut self, bytes: &[u8]) -> bool {
        self.swarm.behaviour_mut().gossip.publish(self.topic.clone(), bytes).is_ok()
    }

    /// Connections that stand.
    pub fn connections(&self) -> u32 {
        self.swarm.network_info().connection_counters().num_established()
    }

    /// What comes next.
    pub async fn next(&mut self) -> Came {
        tokio::time::timeout(PATIENCE, self.coming()).await.expect("the node does nothing")
    }

    async fn coming(&mut self) -> Came {
        use request_response::{Event, Message};
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::ConnectionEstablished { .. } => return Came::Connected,
                SwarmEvent::ConnectionClosed { num_established: 0, .. } => return Came::Disconnected,
                SwarmEvent::OutgoingConnectionError { .. } => return Came::Refused,
                SwarmEvent::Behaviour(ProtocolsEvent::Sync(event)) => match event {
                    Event::Message {
                        message: Message::Response { response: Said::Bytes(bytes), .. },
                        ..
                    } => {
                        return Came::Answer(bytes);
                    }
                    Event::OutboundFailure { .. } => return Came::Failed,
                    Event::Message { message: Message::Request { channel, .. }, .. } => {
                        self.asked.push(channel);
                    }
                    Event::Message { .. } | Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
                },
                _ => {}
            }
        }
    }

    /// What the node asks meanwhile stays unanswered: an end without a word would be held against this peer at once.
    fn leave_open(&mut self, event: SwarmEvent<ProtocolsEvent>) {
        use request_response::{Event, Message};
        if let SwarmEvent::Behaviour(ProtocolsEvent::Sync(Event::Message {
            message: Message::Request { channel, .. },
            ..
        })) = event
        {
            self.asked.push(channel);
        }
    }

    /// Waits until one of its connections, or dials, has ended.
    pub async fn closed_or_refused(&mut self) -> bool {
        let ended = async {
            loop {
                match self.swarm.select_next_some().await {
                    SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => {
                        return;
                    }
                    event => self.leave_open(event),
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.is_ok()
    }

    /// Goes on until it is disconnected; the answers that it had until then.
    pub async fn until_disconnected(&mut self) -> Vec<Vec<u8>> {
        let mut answers = Vec::new();
        loop {
            match self.next().await {
                Came::Disconnected => return answers,
                Came::Answer(bytes) => answers.push(bytes),
                Came::Connected | Came::Refused | Came::Failed => {}
            }
        }
    }

    /// Goes on in the background for as long as the test runs.
    pub fn linger(mut self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move {
            loop {
                self.coming().await;
            }
        })
    }
}
