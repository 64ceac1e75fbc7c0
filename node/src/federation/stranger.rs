//! Peers on the real swarm that do what their own node would not: a stranger asks for everything, a member sends more
//! than it may.

use super::{
    DeliverError, Federation, Settings, TransportKey, peer_id,
    swarm::{Event, Network},
};
use crate::{
    clock::Clock,
    config::{self, FederationFile},
    founding::{Applicant, Request as Admission, found, root_entry},
    store::MemoryStore,
};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::Kind,
    feed::Body,
    limits::DELIVERY_BYTES_MAX,
    names::Author,
    replica::Strict,
    wire::{
        feed::v1::{Availability, Role},
        sync::v1::{DigestWant, Request, Want, WantFeed, request, response},
        twinning::v1::{Delivery, Taken},
    },
};
use std::{net::TcpListener, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(30);

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn public(number: u8) -> TransportKey {
    key(number).verifying_key().to_bytes()
}

/// The hub has the transport key 4, the other members 6 and 8; 9 is a stranger.
const HUB: u8 = 4;
const MEMBER: u8 = 6;
const ANOTHER: u8 = 8;
const STRANGER: u8 = 9;

/// The federation file, with its hub on a free port, and the root feed that admits the three.
fn found_three() -> (FederationFile, Vec<Bytes>) {
    let (today, month) = (today(), Month::from_yyyymm(202_601).unwrap());
    let founding = found("Prova", &key(1), &key(2).verifying_key(), month, today);
    let mut file = founding.file;
    let mut root = vec![founding.genesis.bytes().clone()];
    let mut head = (1, founding.genesis.id(Kind::Entry, &file.id()));
    for transport in [HUB, MEMBER, ANOTHER] {
        let applicant = Applicant { name: "Ente".to_owned(), ..Applicant::default() };
        let transport_key = key(transport).verifying_key();
        let code = code(transport).parse().unwrap();
        let admission =
            Admission::seal(&applicant, &code, &file.id(), &key(transport - 1), &transport_key, today);
        let admitted = admission.admitted(Role::Ente, month, "DFP-1");
        let entry = root_entry(&key(1), &file.id(), Some(head), today, admitted);
        head = (head.0 + 1, entry.id(Kind::Entry, &file.id()));
        root.push(entry.bytes().clone());
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    file.hubs = vec![format!("/ip4/127.0.0.1/tcp/{port}/p2p/{}", peer_id(&public(HUB)).unwrap())];
    (file, root)
}

fn today() -> CivilDay {
    CivilDay::from_yyyymmdd(20_260_110).unwrap()
}

fn code(transport: u8) -> String {
    format!("c_zz{transport:02}")
}

/// Members' federations, and what ends them.
struct Town {
    file: FederationFile,
    root: Vec<Bytes>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Town {
    fn found() -> Self {
        let (file, root) = found_three();
        Self { file, root, tasks: JoinSet::new(), stop: CancellationToken::new() }
    }

    async fn start(&mut self, transport: u8, listen: &[&str]) -> Federation {
        let settings = Settings {
            file: self.file.clone(),
            ipa_code: code(transport).parse().unwrap(),
            role: config::Role::Ente,
            feed_key: key(transport - 1),
            transport_key: key(transport),
            listen: listen.iter().map(|address| (*address).to_owned()).collect(),
            clock: Clock::demo(today()).unwrap(),
            sync_interval_ms: None,
            store: Arc::new(MemoryStore::new()),
            signatures: Arc::new(Strict),
        };
        let federation = Federation::start(settings, &mut self.tasks, self.stop.clone()).unwrap();
        assert_eq!(federation.import(self.root.clone()).await.unwrap().added, 4);
        federation
    }

    /// The hub, with one entry in its feed.
    async fn hub(&mut self) -> Federation {
        let address = self.file.hubs.first().unwrap().split("/p2p/").next().unwrap().to_owned();
        let hub = self.start(HUB, &[&address]).await;
        hub.append(note("riservato ai membri"), true).await.unwrap();
        hub
    }

    async fn end(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

fn note(text: &str) -> Body {
    Body::Availability(Availability {
        available: true,
        areas: Vec::new(),
        note: text.to_owned(),
        topics: Vec::new(),
    })
}

fn want(author: &Author) -> Request {
    let feed = WantFeed { author: author.to_string(), from_sequence: 1 };
    Request { request: Some(request::Request::Want(Want { feeds: vec![feed] })) }
}

/// A swarm without a node around it.
struct Raw {
    network: Network,
    asked: u64,
}

impl Raw {
    /// Dials the hub until it is connected. It believes the hub and the member to be its equals.
    async fn meet(town: &Town, transport: u8) -> Self {
        let (id, hubs) = (town.file.id(), &town.file.hubs);
        let mut network = Network::start(&key(transport), id.as_bytes(), &[], hubs, false).unwrap();
        network.set_members([public(HUB), public(MEMBER)].into_iter());
        network.dial_due();
        let mut raw = Self { network, asked: 0 };
        raw.until(|event| matches!(event, Event::Connected(_)).then_some(())).await;
        raw
    }

    /// The first event that tells what is wanted.
    async fn until<T>(&mut self, told: impl Fn(Event) -> Option<T>) -> T {
        let network = &mut self.network;
        let wanted = async {
            loop {
                if let Some(found) = told(network.next().await) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.unwrap()
    }

    /// Delivers so many bytes and returns how that ended.
    async fn deliver(&mut self, to: u8, bytes: usize) -> Result<Taken, DeliverError> {
        self.asked += 1;
        let delivery = Delivery { messages: vec![vec![0; bytes].into()] };
        self.network.deliver(self.asked, &public(to), delivery);
        self.until(|event| if let Event::Delivered(_, delivered) = event { Some(delivered) } else { None })
            .await
    }

    /// Asks the hub for a place, and returns how many it has then.
    async fn ask_for_a_place(&mut self) -> usize {
        self.network.tick(true);
        self.until(|event| matches!(event, Event::Places).then_some(())).await;
        self.network.places()
    }

    /// The entries it is given when it asks. Gossip must not come to it meanwhile.
    async fn ask(&mut self, request: Request) -> Option<Vec<Bytes>> {
        self.asked += 1;
        assert!(self.network.send(&public(HUB), self.asked, request));
        let network = &mut self.network;
        let answer = async {
            loop {
                let event = network.next().await;
                assert!(!matches!(event, Event::Announced(..)), "gossip reaches a stranger");
                if let Event::Response(_, _, response) = event {
                    return response;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, answer).await.unwrap().response {
            Some(response::Response::Give(give)) => Some(give.entries),
            Some(_) | None => None,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_that_asks_for_everything_gets_the_root_feed() {
    let mut town = Town::found();
    let hub = town.hub().await;
    let mut stranger = Raw::meet(&town, STRANGER).await;
    let own = hub.own().clone();
    assert_eq!(stranger.ask(want(&Author::Root)).await.unwrap().len(), 4);
    assert!(stranger.ask(want(&own)).await.is_none_or(|entries| entries.is_empty()));
    let digests = request::Request::Digests(DigestWant { level: 0, indices: vec![0] });
    assert!(stranger.ask(Request { request: Some(digests) }).await.is_none());
    hub.append(note("ancora"), true).await.unwrap();
    assert!(stranger.ask(want(&own)).await.is_none_or(|entries| entries.is_empty()));
    assert_eq!(stranger.ask(want(&Author::Root)).await.unwrap().len(), 4);
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_neither_a_place_nor_a_circuit_and_is_not_read() {
    let mut town = Town::found();
    let hub = town.hub().await;
    let member = town.start(MEMBER, &[]).await;
    member.set_reachable(true);
    let mut states = member.watch_network();
    let waits = states.wait_for(|state| state.places == 1);
    tokio::time::timeout(PATIENCE, waits).await.unwrap().unwrap();
    // Nobody keeps an office at the member: what it reads, it answers with nothing taken.
    drop(member.deliveries());
    let mut stranger = Raw::meet(&town, STRANGER).await;
    assert_eq!(stranger.deliver(HUB, 8).await, Err(DeliverError::NotSpoken));
    assert_eq!(stranger.deliver(MEMBER, 8).await, Err(DeliverError::Away));
    assert_eq!(stranger.ask_for_a_place().await, 0);
    assert!(hub.deliveries().unwrap().try_recv().is_err());
    // The roster makes the difference.
    let mut another = Raw::meet(&town, ANOTHER).await;
    assert_eq!(another.deliver(MEMBER, 8).await, Ok(Taken::default()));
    assert_eq!(another.ask_for_a_place().await, 1);
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_delivers_more_than_the_bound_is_disconnected() {
    let mut town = Town::found();
    let hub = town.hub().await;
    let mut another = Raw::meet(&town, ANOTHER).await;
    let long = Delivery { messages: vec![vec![0; 2 * DELIVERY_BYTES_MAX].into()] };
    another.network.deliver(1, &public(HUB), long);
    another.until(|event| matches!(event, Event::Disconnected(_)).then_some(())).await;
    assert!(hub.deliveries().unwrap().try_recv().is_err());
    town.end().await;
}

#[test]
fn peer_ids_are_those_of_libp2p() {
    let id = peer_id(&key(4).verifying_key().to_bytes()).unwrap();
    assert!(id.starts_with("12D3KooW"), "{id}");
}
