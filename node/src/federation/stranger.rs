//! A stranger on the real swarm that asks for everything, in spite of what its own sync machine would do.

use super::{
    Federation, Settings, peer_id,
    swarm::{Event, Network},
};
use crate::{
    clock::Clock,
    founding::{Applicant, Request as Admission, found, root_entry},
    store::MemoryStore,
};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::Kind,
    feed::Body,
    names::Author,
    wire::{
        feed::v1::{Availability, Role},
        sync::v1::{DigestWant, Request, Want, WantFeed, request, response},
    },
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(30);

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// A member that listens, with one entry in its feed.
async fn member(tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Federation {
    let (today, month) = (CivilDay::from_yyyymmdd(20_260_110).unwrap(), Month::from_yyyymm(202_601).unwrap());
    let founding = found("Prova", &key(1), &key(2).verifying_key(), month, today);
    let (file, code) = (founding.file, "c_zz01".parse().unwrap());
    let (feed_key, transport_key) = (key(3), key(4));
    let applicant = Applicant { name: "Ente".to_owned(), ..Applicant::default() };
    let public = transport_key.verifying_key();
    let admission = Admission::seal(&applicant, &code, &file.id(), &feed_key, &public, today);
    let head = Some((1, founding.genesis.id(Kind::Entry, &file.id())));
    let admitted = admission.admitted(Role::Ente, month, "DFP-1");
    let admitted = root_entry(&key(1), &file.id(), head, today, admitted);
    let settings = Settings {
        file,
        ipa_code: code,
        feed_key,
        transport_key,
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        clock: Clock::demo(today).unwrap(),
        sync_interval_ms: None,
        store: Arc::new(MemoryStore::new()),
    };
    let federation = Federation::start(settings, tasks, stop.clone()).unwrap();
    let root = vec![founding.genesis.bytes().clone(), admitted.bytes().clone()];
    assert_eq!(federation.import(root).await.unwrap().added, 2);
    federation.append(note("riservato ai membri"), true).await.unwrap();
    federation
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

struct Stranger {
    network: Network,
    asked: u64,
}

impl Stranger {
    /// Dials until it is connected.
    async fn meet(federation: &Federation) -> Self {
        let mut states = federation.watch_network();
        let hubs = states.wait_for(|state| !state.listening.is_empty()).await.unwrap().listening.clone();
        let id = federation.file().id();
        let mut network = Network::start(&key(9), id.as_bytes(), &[], &hubs).unwrap();
        network.dial_due();
        let met = async { while !matches!(network.next().await, Event::Connected(_)) {} };
        tokio::time::timeout(PATIENCE, met).await.unwrap();
        Self { network, asked: 0 }
    }

    /// The entries it is given when it asks. Gossip must not come to it meanwhile.
    async fn ask(&mut self, request: Request) -> Option<Vec<Bytes>> {
        self.asked += 1;
        assert!(self.network.send(&key(4).verifying_key().to_bytes(), self.asked, request));
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
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    let federation = member(&mut tasks, &stop).await;
    let mut stranger = Stranger::meet(&federation).await;
    let own = federation.own().clone();
    assert_eq!(stranger.ask(want(&Author::Root)).await.unwrap().len(), 2);
    assert!(stranger.ask(want(&own)).await.is_none_or(|entries| entries.is_empty()));
    let digests = request::Request::Digests(DigestWant { level: 0, indices: vec![0] });
    assert!(stranger.ask(Request { request: Some(digests) }).await.is_none());
    federation.append(note("ancora"), true).await.unwrap();
    assert!(stranger.ask(want(&own)).await.is_none_or(|entries| entries.is_empty()));
    assert_eq!(stranger.ask(want(&Author::Root)).await.unwrap().len(), 2);
    stop.cancel();
    while tasks.join_next().await.is_some() {}
}

#[test]
fn peer_ids_are_those_of_libp2p() {
    let id = peer_id(&key(4).verifying_key().to_bytes()).unwrap();
    assert!(id.starts_with("12D3KooW"), "{id}");
}
