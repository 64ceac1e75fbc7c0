//! A member that passes on another's entries changed: the real swarm and the real sync machine over a store that lies
//! about one author's envelopes when they are read.

use super::town::{PATIENCE, day};
use bytes::Bytes;
use curve25519_dalek::{Scalar, constants::ED25519_BASEPOINT_TABLE};
use ed25519_dalek::SigningKey;
use faccina_node::{
    clock::Clock,
    config::FederationFile,
    federation::{Federation, Settings},
    founding::{self, Applicant, Request},
    store::{Batch, MemoryStore, Scan, Store, StoreError},
};
use faccina_proto::{
    calendar::Month,
    envelope::{Envelope, Kind},
    feed::Body,
    names::Author,
    replica::Log,
    wire::feed::v1::Role,
};
use sha2::{Digest, Sha512};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How an envelope is changed; the key is its author's, which no relay has: with it even a valid twin can be made.
pub type Change = fn(Bytes, &SigningKey, &FederationFile) -> Bytes;

pub mod altered {
    use super::*;

    /// A fifth field behind the four.
    pub fn extended(envelope: Bytes, _: &SigningKey, _: &FederationFile) -> Bytes {
        [envelope.as_ref(), &[0x28, 1]].concat().into()
    }

    /// The kind written as a varint of two bytes.
    pub fn re_encoded(envelope: Bytes, _: &SigningKey, _: &FederationFile) -> Bytes {
        [&[0x08, envelope[1] | 0x80, 0x00], &envelope[2..]].concat().into()
    }

    /// The same payload under another valid signature of its author.
    pub fn re_signed(envelope: Bytes, key: &SigningKey, file: &FederationFile) -> Bytes {
        let payload = Envelope::parse(envelope.clone()).unwrap().payload().clone();
        let message = [Kind::Entry.context(), file.id().as_bytes(), &payload].concat();
        let wide = |hash: Sha512| Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let nonce = wide(Sha512::new().chain_update(b"another nonce").chain_update(&message));
        let r = (ED25519_BASEPOINT_TABLE * &nonce).compress().to_bytes();
        let public = key.verifying_key().to_bytes();
        let challenge = wide(Sha512::new().chain_update(r).chain_update(public).chain_update(&message));
        let s = (nonce + challenge * key.to_scalar()).to_bytes();
        [&envelope[..envelope.len() - 64], &r, &s].concat().into()
    }
}

/// Keeps what it is given and tells one author's entries changed.
#[derive(Debug)]
struct LyingStore {
    honest: MemoryStore,
    prefix: Vec<u8>,
    key: SigningKey,
    file: FederationFile,
    change: Change,
}

impl Store for LyingStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.honest.get(key)?;
        Ok(value.map(|value| match key.starts_with(&self.prefix) {
            true => (self.change)(value.into(), &self.key, &self.file).to_vec(),
            false => value,
        }))
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.honest.contains(key)
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        self.honest.scan(prefix)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.honest.commit(batch)
    }
}

/// One member's swarm and machine over a store in memory.
pub struct Relay {
    pub federation: Federation,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Relay {
    /// The relay, the author whose entries it changes, and a reader; the latter two know nobody but the relay.
    pub async fn between(relay: &str, victim: &str, change: Change) -> (Self, Self, Self) {
        let codes = [relay, victim, "c_zz99"];
        let root = SigningKey::from_bytes(&[61; 32]);
        let successor = SigningKey::from_bytes(&[62; 32]).verifying_key();
        let (today, month) = (day(20_260_110), Month::from_yyyymm(202_601).unwrap());
        let founding = founding::found("Prova", &root, &successor, month, today);
        let (mut file, genesis) = (founding.file, founding.genesis);
        let mut root_feed = vec![genesis.bytes().clone()];
        let mut head = (1, genesis.id(Kind::Entry, &file.id()));
        for (code, number) in codes.iter().zip(0..) {
            let applicant = Applicant { name: code.to_string(), ..Applicant::default() };
            let (feed, transport) = keys(number);
            let transport = transport.verifying_key();
            let request =
                Request::seal(&applicant, &code.parse().unwrap(), &file.id(), &feed, &transport, today);
            let body = request.admitted(Role::Ente, month, "DFP-1");
            let entry = founding::root_entry(&root, &file.id(), Some(head), today, body);
            head = (head.0 + 1, entry.id(Kind::Entry, &file.id()));
            root_feed.push(entry.bytes().clone());
        }
        let lying = LyingStore {
            honest: MemoryStore::new(),
            prefix: format!("e/{victim}/").into_bytes(),
            key: keys(1).0,
            file: file.clone(),
            change,
        };
        let relay = Self::start(&file, codes[0], 0, Arc::new(lying), &root_feed).await;
        relay.connected(0).await;
        file.hubs = relay.federation.network().listening.clone();
        let victim = Self::start(&file, codes[1], 1, Arc::new(MemoryStore::new()), &root_feed).await;
        let reader = Self::start(&file, codes[2], 2, Arc::new(MemoryStore::new()), &root_feed).await;
        for node in [&relay, &victim, &reader] {
            node.checked().await;
        }
        (relay, victim, reader)
    }

    async fn start(
        file: &FederationFile,
        code: &str,
        number: u8,
        store: Arc<dyn Store>,
        root_feed: &[Bytes],
    ) -> Self {
        let (feed_key, transport_key) = keys(number);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let settings = Settings {
            file: file.clone(),
            ipa_code: code.parse().unwrap(),
            feed_key,
            transport_key,
            listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            clock: Clock::demo(day(20_260_110)).unwrap(),
            sync_interval_ms: Some(500),
            store,
        };
        let federation = Federation::start(settings, &mut tasks, stop.clone()).unwrap();
        federation.import(root_feed.to_vec()).await.unwrap();
        Self { federation, tasks, stop }
    }

    pub fn own(&self) -> &Author {
        self.federation.own()
    }

    pub async fn append(&self, body: Body, offline: bool) -> Result<(), String> {
        self.federation.append(body, offline).await.map(drop).map_err(|error| error.to_string())
    }

    /// What a peer that asks would be given.
    pub fn serves(&self, author: &Author, sequence: u64) -> Option<Bytes> {
        self.federation.snapshot().entry(author, sequence)
    }

    /// Waits until `count` entries of `author` are here.
    pub async fn holds(&self, author: &Author, count: u64) {
        let mut feeds = self.federation.subscribe();
        let holds = feeds.wait_for(|it| it.replica.feed(author).is_some_and(|feed| feed.held() >= count));
        let held = tokio::time::timeout(PATIENCE, holds).await;
        assert!(held.is_ok(), "{} waits in vain for entry {count} of {author}", self.own());
    }

    async fn connected(&self, peers: usize) {
        let mut states = self.federation.watch_network();
        let listens = states.wait_for(|it| !it.listening.is_empty() && it.connected.len() >= peers);
        assert!(tokio::time::timeout(PATIENCE, listens).await.is_ok(), "{} listens to nobody", self.own());
    }

    async fn checked(&self) {
        let mut states = self.federation.watch_network();
        let checked = states.wait_for(|state| state.own_head_is_checked);
        assert!(tokio::time::timeout(PATIENCE, checked).await.is_ok(), "{} met nobody", self.own());
    }

    pub async fn stop(&mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Feed key and transport key.
fn keys(number: u8) -> (SigningKey, SigningKey) {
    (SigningKey::from_bytes(&[70 + number; 32]), SigningKey::from_bytes(&[80 + number; 32]))
}
