//! A single look at a peer from outside, step by step: its name, its port, who answers there, and what it says. Under a
//! key drawn for the occasion, so that it neither disturbs the running node nor is taken for a second run of it.

use super::{
    address::{is_relayed, resolve, split_peer},
    codec::{Malformed, SYNC, SyncCodec},
};
use bytes::Bytes;
use faccina_proto::{
    envelope::Envelope,
    names::Author,
    replica::{Journal, MemoryLog, Replica},
    roster::Federation,
    wire::sync::v1::{Hello, Open, Opened, Request, Response, Want, WantFeed, request, response},
};
use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm, SwarmBuilder, identify,
    multiaddr::Protocol,
    noise,
    request_response::{self, ProtocolSupport},
    swarm::{DialError, NetworkBehaviour, SwarmEvent, dial_opts::DialOpts},
    tcp, yamux,
};
use prost::Message;
use std::{io, net::SocketAddr, time::Duration};
use tokio::net::TcpStream;

/// A port answers, or is closed, within this; who says nothing is behind a firewall.
const PORT_MAX: Duration = Duration::from_secs(5);
/// A peer has said who it is and what it holds within this.
const TALK_MAX: Duration = Duration::from_secs(10);
/// Reading a whole root feed may take so long: a node gives it to strangers slowly.
const ROSTER_MAX: Duration = Duration::from_secs(60);
/// Who is asked to ask more slowly does so after this.
const SLOWER: Duration = Duration::from_secs(1);

/// How far a look came, and why no further.
#[derive(Debug)]
pub enum Reached {
    /// The address cannot be used: it needs a host, a TCP port and the peer id at its end.
    NoAddress,
    /// The name is not known.
    NoName { host: String },
    /// The machine says that nothing listens at the port.
    Closed { at: SocketAddr },
    /// Nothing answers at all.
    Silent { at: SocketAddr },
    /// The operating system has another reason.
    Unreachable { at: SocketAddr, error: io::Error },
    /// Something answers that is no node.
    NotOurs { at: SocketAddr },
    /// A node answers, and it is another one.
    OtherPeer { found: String },
    /// The node closes the connection, or says nothing on it.
    TurnedAway,
    /// It is a node that speaks another version.
    OtherVersion { version: String },
    /// Its root feed is not that of this federation.
    OtherFederation,
    /// It answers.
    Answered(Box<Answer>),
}

/// What a peer says of itself.
#[derive(Debug)]
pub struct Answer {
    /// The version of its software.
    pub version: String,
    /// Its clock when it answered, in seconds; a node that is not admitted tells none.
    pub clock_unix_s: Option<u64>,
    /// The roster as its root feed tells, if it was read.
    pub roster: Option<Replica>,
}

#[derive(NetworkBehaviour)]
struct Protocols {
    identify: identify::Behaviour,
    sync: request_response::Behaviour<SyncCodec>,
}

/// Looks at the node that should be at `address`; reads its root feed too if `with_roster`.
pub async fn probe(address: &str, federation: &Federation, with_roster: bool) -> Reached {
    let parsed = address.parse::<Multiaddr>().ok().filter(|address| !is_relayed(address));
    let Some((peer, bare)) = parsed.and_then(split_peer) else { return Reached::NoAddress };
    let Some(at) = socket_address(bare.clone()).await else {
        return match host_name(&bare) {
            Some(host) => Reached::NoName { host },
            None => Reached::NoAddress,
        };
    };
    match tokio::time::timeout(PORT_MAX, TcpStream::connect(at)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => return Reached::Closed { at },
        Ok(Err(error)) => return Reached::Unreachable { at, error },
        Err(_) => return Reached::Silent { at },
    }
    let Some(mut look) = Look::new(peer, at, federation.clone()) else { return Reached::NoAddress };
    match tokio::time::timeout(TALK_MAX, look.talk()).await {
        Ok(Reached::Answered(mut answer)) if with_roster => {
            let root = tokio::time::timeout(ROSTER_MAX, look.read_root()).await;
            if let Ok(false) = root {
                return Reached::OtherFederation;
            }
            // Half a roster would say of the other half that it is not admitted.
            answer.roster = matches!(root, Ok(true)).then_some(look.replica);
            Reached::Answered(answer)
        }
        Ok(reached) => reached,
        Err(_) if look.connected => Reached::TurnedAway,
        Err(_) => Reached::NotOurs { at },
    }
}

async fn socket_address(address: Multiaddr) -> Option<SocketAddr> {
    let resolved = resolve(vec![address]).await.into_iter().next()?;
    let mut parts = resolved.iter();
    let host = parts.next()?;
    let ip = if let Protocol::Ip4(ip) = host {
        ip.into()
    } else {
        let Protocol::Ip6(ip) = host else { return None };
        ip.into()
    };
    let Protocol::Tcp(port) = parts.next()? else { return None };
    Some(SocketAddr::new(ip, port))
}

fn host_name(address: &Multiaddr) -> Option<String> {
    let (Protocol::Dns(host) | Protocol::Dns4(host) | Protocol::Dns6(host)) = address.iter().next()? else {
        return None;
    };
    Some(host.into_owned())
}

/// Whoever holds the transport key says it on its own connection: to verify the signature would add nothing here.
fn hello_in(bytes: &Bytes) -> Option<Hello> {
    Hello::decode(Envelope::parse(bytes.clone()).ok()?.payload().as_ref()).ok()
}

struct Look {
    swarm: Swarm<Protocols>,
    peer: PeerId,
    at: SocketAddr,
    connected: bool,
    /// The hello with which the peer opens its side.
    greeting: Option<Bytes>,
    replica: Replica,
    log: MemoryLog,
}

impl Look {
    fn new(peer: PeerId, at: SocketAddr, federation: Federation) -> Option<Self> {
        let builder = SwarmBuilder::with_new_identity().with_tokio();
        let builder =
            builder.with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default).ok()?;
        let built = builder.with_behaviour(|keypair| Protocols {
            identify: identify::Behaviour::new(
                identify::Config::new("/faccina/1".to_owned(), keypair.public()).with_hide_listen_addrs(true),
            ),
            sync: request_response::Behaviour::new(
                [(SYNC, ProtocolSupport::Full)],
                request_response::Config::default(),
            ),
        });
        let swarm = match built {
            Ok(builder) => {
                builder.with_swarm_config(|config| config.with_idle_connection_timeout(ROSTER_MAX))
            }
            Err(never) => match never {},
        };
        let (replica, log) = (Replica::new(federation), MemoryLog::default());
        Some(Self { swarm: swarm.build(), peer, at, connected: false, greeting: None, replica, log })
    }

    /// Dials, and asks for what every node tells everybody.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the swarm's events are an open list")]
    async fn talk(&mut self) -> Reached {
        let address = Multiaddr::from(self.at.ip()).with(Protocol::Tcp(self.at.port()));
        if self.swarm.dial(DialOpts::peer_id(self.peer).addresses(vec![address]).build()).is_err() {
            return Reached::NoAddress;
        }
        let (mut agent, mut opened) = (None, None);
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::ConnectionEstablished { .. } => {
                    self.connected = true;
                    self.ask(request::Request::Open(Open::default()));
                }
                SwarmEvent::OutgoingConnectionError { error, .. } => return self.not_connected(&error),
                SwarmEvent::ConnectionClosed { .. } => return Reached::TurnedAway,
                SwarmEvent::Behaviour(ProtocolsEvent::Identify(identify::Event::Received {
                    info, ..
                })) => {
                    if info.protocol_version != "/faccina/1" {
                        return Reached::OtherVersion { version: info.agent_version };
                    }
                    agent = Some(info.agent_version);
                }
                SwarmEvent::Behaviour(ProtocolsEvent::Sync(event)) => match self.hear(event) {
                    Some(Ok(response::Response::Opened(told))) => opened = Some(told),
                    Some(Ok(_)) | Some(Err(())) => return Reached::TurnedAway,
                    None => {}
                },
                _ => {}
            }
            // The peer greets once: in its own request, or in its answer.
            let hello = self.greeting.iter().chain(opened.iter().map(|opened: &Opened| &opened.hello));
            let hello = hello.filter(|hello| !hello.is_empty()).find_map(hello_in);
            if let (Some(agent), Some(_), true) =
                (&agent, &opened, hello.is_some() || self.greeting.is_some())
            {
                let version = hello.as_ref().map_or(agent.as_str(), |hello| &hello.software_version);
                let version = version.trim_start_matches("faccina/").to_owned();
                let clock_unix_s = hello.map(|hello| hello.clock_unix_s);
                return Reached::Answered(Box::new(Answer { version, clock_unix_s, roster: None }));
            }
        }
    }

    fn not_connected(&self, error: &DialError) -> Reached {
        let DialError::WrongPeerId { obtained, .. } = error else { return Reached::NotOurs { at: self.at } };
        Reached::OtherPeer { found: obtained.to_string() }
    }

    fn ask(&mut self, request: request::Request) {
        let request = Request { request: Some(request) };
        self.swarm.behaviour_mut().sync.send_request(&self.peer, Ok(request));
    }

    /// What an event says of the one request that is on its way; `None` if nothing. The peer greets too, and is answered:
    /// it holds silence against whoever leaves it without a word.
    fn hear(
        &mut self,
        event: request_response::Event<Result<Request, Malformed>, Response>,
    ) -> Option<Result<response::Response, ()>> {
        use request_response::{Event, Message};
        match event {
            Event::Message { message: Message::Response { response, .. }, .. } => {
                Some(response.response.ok_or(()))
            }
            Event::Message { message: Message::Request { request, channel, .. }, .. } => {
                if let Ok(Request { request: Some(request::Request::Open(open)) }) = request {
                    self.greeting = Some(open.hello);
                }
                let opened = response::Response::Opened(Opened::default());
                let answer = Response { response: Some(opened) };
                let _peer_has_gone = self.swarm.behaviour_mut().sync.send_response(channel, answer);
                None
            }
            Event::OutboundFailure { .. } => Some(Err(())),
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => None,
        }
    }

    /// Reads the root feed to its end; `Some(false)` if its entries are not of this federation. `None` if the peer stops.
    async fn pages(&mut self) -> Option<bool> {
        loop {
            let from_sequence = self.replica.root().held() + 1;
            let feed = WantFeed { author: Author::Root.to_string(), from_sequence };
            self.ask(request::Request::Want(Want { feeds: vec![feed] }));
            match self.next_answer().await? {
                response::Response::Give(give) => {
                    let (ends, empty) = (!give.more, give.entries.is_empty());
                    self.take(give.entries);
                    let nothing = self.replica.root().held() < from_sequence;
                    if ends || nothing {
                        return Some(empty || !nothing);
                    }
                }
                response::Response::Declined(_) => tokio::time::sleep(SLOWER).await,
                response::Response::Opened(_) | response::Response::Digests(_) => return None,
            }
        }
    }

    /// Whether the root feed is one of this federation. Never ends if the peer stops in the middle: the caller's patience does.
    async fn read_root(&mut self) -> bool {
        match self.pages().await {
            Some(ours) => ours,
            None => std::future::pending().await,
        }
    }

    fn take(&mut self, entries: Vec<Bytes>) {
        for entry in entries {
            let mut journal = Journal::new(&self.log);
            self.replica.accept(entry, None, &mut journal);
            let changes = journal.into_changes();
            self.log.apply(changes);
        }
    }

    async fn next_answer(&mut self) -> Option<response::Response> {
        loop {
            let event = self.swarm.select_next_some().await;
            if let SwarmEvent::ConnectionClosed { .. } = event {
                return None;
            }
            if let SwarmEvent::Behaviour(ProtocolsEvent::Sync(event)) = event
                && let Some(answer) = self.hear(event)
            {
                return answer.ok();
            }
        }
    }
}
