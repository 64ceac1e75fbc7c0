//! The observer beside an ente's node that is a process of its own, and what is waited for there.

use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use faccina_node::clock::{Clock, instant};
use faccina_node::config::Role;
use faccina_node::federation::{Federation, Settings};
use faccina_node::founding::RootFeed;
use faccina_node::store::MemoryStore;
use faccina_proto::replica::Strict;
use faccina_proto::wire::admin::v1::{StatusReply, StatusRequest};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::office::{ENTE, day};
use crate::process::{OBSERVER, PATIENCE, Town};

/// The observer as the hub of the federation, for as long as it is held.
pub(crate) struct Hub {
    federation: Federation,
    _tasks: JoinSet<()>,
}

impl Hub {
    /// Its clock is ahead of every day that a test walks to: no entry is dated after it.
    pub(crate) async fn open(town: &Town) -> Self {
        Self::open_by(Clock::demo(day(20_270_101)).unwrap(), town).await
    }

    pub(crate) async fn open_by(clock: Clock, town: &Town) -> Self {
        let mut tasks = JoinSet::new();
        let settings = Settings {
            file: town.file.clone(),
            ipa_code: OBSERVER.parse().unwrap(),
            role: Role::Observer,
            feed_key: SigningKey::from_bytes(&[51; 32]),
            transport_key: SigningKey::from_bytes(&[52; 32]),
            listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            clock,
            sync_interval_ms: Some(1_000),
            store: Arc::new(MemoryStore::new()),
            signatures: Arc::new(Strict),
        };
        let federation = Federation::start(settings, &mut tasks, CancellationToken::new()).unwrap();
        federation.import_bundle(town.bundle.clone().into()).await.unwrap();
        let mut states = federation.watch_network();
        let listening = states.wait_for(|state| !state.listening.is_empty());
        let hubs = tokio::time::timeout(PATIENCE, listening).await.unwrap().unwrap().listening.clone();
        town.with_hubs(hubs);
        Self { federation, _tasks: tasks }
    }

    /// Waits until so many entries of the ente are here, in one unforked feed.
    pub(crate) async fn holds(&self, entries: u64) {
        let mut feeds = self.federation.subscribe();
        let own = ENTE.parse().unwrap();
        let holds = feeds.wait_for(|it| it.replica.feed(&own).is_some_and(|feed| feed.held() == entries));
        let held = tokio::time::timeout(PATIENCE, holds).await;
        assert!(held.is_ok(), "the hub waits in vain for entry {entries}");
        let snapshot = self.federation.snapshot();
        assert_eq!(snapshot.replica.feed(&own).unwrap().fork(), None);
    }

    /// DFP signs something about the ente, and the hub brings it to the nodes.
    pub(crate) async fn decree(&self, town: &Town, said: impl FnOnce(&mut RootFeed)) {
        let all = self.federation.snapshot().export().unwrap();
        let mut root = RootFeed::read(&town.file, all.into()).unwrap();
        said(&mut root);
        self.federation.import_bundle(root.write().unwrap().into()).await.unwrap();
    }

    /// How many entries of the ente are here.
    pub(crate) fn held(&self) -> u64 {
        self.federation.snapshot().replica.feed(&ENTE.parse().unwrap()).map_or(0, |feed| feed.held())
    }
}

/// Asks for the status until it is as `wanted`.
pub(crate) async fn until(
    town: &Town,
    what: &str,
    most: Duration,
    wanted: impl Fn(&StatusReply) -> bool,
) -> StatusReply {
    let begun = instant();
    loop {
        let status = town.admin().await.unwrap().status(StatusRequest {}).await.unwrap().into_inner();
        if wanted(&status) {
            return status;
        }
        assert!(begun.elapsed() < most, "waits in vain until {what}: {status:?}\n{}", town.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
