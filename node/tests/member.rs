//! Members' swarms and sync machines over stores in memory, without the rest of a node.

use super::town::{PATIENCE, day};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::{
    clock::Clock,
    config::{self, FederationFile},
    federation::{Federation, NetworkState, Settings},
    founding::{self, Applicant, Request},
    store::Store,
};
use faccina_proto::{
    calendar::Month,
    envelope::Kind,
    feed::Body,
    names::Author,
    replica::{Log, Strict},
    wire::feed::v1::Role,
};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// A federation whose members are known by their numbers.
pub struct Founded {
    pub file: FederationFile,
    pub root_feed: Vec<Bytes>,
    codes: Vec<String>,
}

impl Founded {
    /// A root feed that admits all of them.
    pub fn of(codes: &[&str]) -> Self {
        let root = SigningKey::from_bytes(&[61; 32]);
        let successor = SigningKey::from_bytes(&[62; 32]).verifying_key();
        let (today, month) = (day(20_260_110), Month::from_yyyymm(202_601).unwrap());
        let founding = founding::found("Prova", &root, &successor, month, today);
        let (file, genesis) = (founding.file, founding.genesis);
        let mut root_feed = vec![genesis.bytes().clone()];
        let mut head = (1, genesis.id(Kind::Entry, &file.id()));
        for (code, number) in codes.iter().zip(0..) {
            let applicant = Applicant { name: (*code).to_owned(), ..Applicant::default() };
            let (feed, transport) = keys(number);
            let transport = transport.verifying_key();
            let request =
                Request::seal(&applicant, &code.parse().unwrap(), &file.id(), &feed, &transport, today);
            let body = request.admitted(Role::Ente, month, "DFP-1");
            let entry = founding::root_entry(&root, &file.id(), Some(head), today, body);
            head = (head.0 + 1, entry.id(Kind::Entry, &file.id()));
            root_feed.push(entry.bytes().clone());
        }
        Self { file, root_feed, codes: codes.iter().map(|code| (*code).to_owned()).collect() }
    }

    /// Starts one of them; it listens at `listen`, or nowhere.
    pub async fn start(&self, number: u8, store: Arc<dyn Store>, listen: Option<&str>) -> Member {
        self.start_by(Clock::demo(day(20_260_110)).unwrap(), number, store, listen).await
    }

    /// The same by another clock.
    pub async fn start_by(
        &self,
        clock: Clock,
        number: u8,
        store: Arc<dyn Store>,
        listen: Option<&str>,
    ) -> Member {
        let (feed_key, transport_key) = keys(number);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let settings = Settings {
            file: self.file.clone(),
            ipa_code: self.codes[usize::from(number)].parse().unwrap(),
            role: config::Role::Ente,
            feed_key,
            transport_key,
            listen: listen.map(str::to_owned).into_iter().collect(),
            clock,
            sync_interval_ms: Some(500),
            store,
            signatures: Arc::new(Strict),
        };
        let federation = Federation::start(settings, &mut tasks, stop.clone()).unwrap();
        federation.import(self.root_feed.clone()).await.unwrap();
        Member { federation, tasks, stop }
    }
}

/// Feed key and transport key.
pub fn keys(number: u8) -> (SigningKey, SigningKey) {
    (
        SigningKey::from_bytes(&[70_u8.wrapping_add(number); 32]),
        SigningKey::from_bytes(&[110_u8.wrapping_add(number); 32]),
    )
}

pub struct Member {
    pub federation: Federation,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Member {
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

    /// Waits until the network here is as `wanted`.
    pub async fn until(&self, what: &str, wanted: impl Fn(&NetworkState) -> bool) {
        let mut states = self.federation.watch_network();
        let waited = tokio::time::timeout(PATIENCE, states.wait_for(|state| wanted(state))).await;
        assert!(waited.is_ok(), "{} waits in vain until {what}", self.own());
    }

    pub async fn stop(&mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}
