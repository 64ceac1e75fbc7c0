//! The read models kept current: one task follows the feeds as they grow, everyone else reads.

use crate::{
    answers::Answers,
    federation::{Federation, Snapshot},
    views::{Feeds, NationalEntry, Recomputed, ReplicaFeeds, Views, recompute},
};
use faccina_proto::envelope::Id;
use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::watch;

/// Nothing new for so long, and what the screens begin with is made ready. A close brings thousands of entries in an
/// hour: to reckon anew after each would keep an old PC busy for nobody.
const REST: Duration = Duration::from_secs(1);

/// The views of this node; clones share them.
#[derive(Clone, Debug)]
pub struct Reading {
    federation: Federation,
    /// The views and the snapshot that they have followed: an answer never tells of feeds that the views lack.
    read: Arc<RwLock<(Views, Arc<Snapshot>)>>,
    followed: watch::Sender<u64>,
    /// The last recomputation, with the number of changes followed at that time: screens ask for the same month again.
    recomputed: Arc<Mutex<Option<(Id, u64, Recomputed)>>>,
    answers: Answers,
}

impl Reading {
    /// Reads what is held. Blocks while it reads.
    #[must_use]
    pub fn open(federation: Federation) -> Self {
        let snapshot = federation.snapshot();
        let reading = Self {
            federation,
            read: Arc::new(RwLock::new((Views::new(snapshot.replica.federation()), Arc::clone(&snapshot)))),
            followed: watch::Sender::new(0),
            recomputed: Arc::default(),
            answers: Answers::default(),
        };
        reading.follow(snapshot);
        reading
    }

    /// Follows the feeds for as long as it is polled, or until the federation stops.
    pub async fn keep_current(self) {
        let mut snapshots = self.federation.subscribe();
        loop {
            let snapshot = Arc::clone(&snapshots.borrow_and_update());
            let follower = self.clone();
            let read = tokio::task::spawn_blocking(move || follower.follow(snapshot)).await;
            read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
            // While more is arriving, whoever asks waits a little; at rest the usual answers are ready.
            if let Ok(more) = tokio::time::timeout(REST, snapshots.changed()).await {
                if more.is_err() {
                    return;
                }
                continue;
            }
            let reader = self.clone();
            let ready =
                tokio::task::spawn_blocking(move || reader.with(|views, _| reader.answers.prepare(views)));
            ready.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    }

    fn follow(&self, snapshot: Arc<Snapshot>) {
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        read.0.follow(&ReplicaFeeds { replica: &snapshot.replica, log: snapshot.as_ref() });
        read.1 = snapshot;
        self.answers.forget();
        drop(read);
        self.followed.send_modify(|changes| *changes += 1);
    }

    /// Changes each time the views have followed the feeds.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.followed.subscribe()
    }

    /// Reads the views and the feeds they were made from. Blocks while the views follow.
    pub fn with<T>(&self, read: impl FnOnce(&Views, &ReplicaFeeds<'_>) -> T) -> T {
        let current = self.read.read().unwrap_or_else(PoisonError::into_inner);
        let (views, snapshot) = &*current;
        read(views, &ReplicaFeeds { replica: &snapshot.replica, log: snapshot.as_ref() })
    }

    /// The answers kept of the views as they stand.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// What this node finds when it computes a published national month again. Blocks; reads every feed up to the
    /// month's as-of vector, unless nothing has changed since it was asked last.
    pub fn recompute(&self, views: &Views, feeds: &dyn Feeds, published: &NationalEntry) -> Recomputed {
        let followed = *self.followed.borrow();
        let mut last = self.recomputed.lock().unwrap_or_else(PoisonError::into_inner);
        match last.as_ref() {
            Some((id, at, found)) if *id == published.id && *at == followed => found.clone(),
            Some(_) | None => {
                let found = recompute(views, feeds, published);
                *last = Some((published.id, followed, found.clone()));
                found
            }
        }
    }
}
