//! The post of the twinnings: carries what waits in the book to the other enti, enters what they deliver, and publishes
//! the agreements that follow from what was said.
//!
//! What is to be done is derived each time from the book and the feeds, and each step is durable before the next: killed
//! at any moment, the post goes on where it was. An agreement is looked for in the own feed before it is appended.

use super::{
    Book, Kept,
    book::{BookError, Peer},
};
use crate::{
    clock::{Clock, instant},
    federation::Incoming,
    telling::sentence,
};
use ed25519_dalek::VerifyingKey;
use faccina_proto::{
    envelope::{Id, KeyId},
    names::IpaCode,
    twinning::{Agreement, Phase, Side, Signed},
    wire::twinning::v1::{Delivery, Taken},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
};

/// Messages in one delivery: the answer comes within a second on a slow line.
const MESSAGES_PER_DELIVERY: usize = 16;
/// Enti delivered to at once.
const DELIVERIES_MAX: usize = 8;

/// What the post needs of the rest of the node: the feeds, the roster, and a way to other enti.
pub(super) trait World: Clone + Send + Sync + 'static {
    /// Delivers; `None` if the other node is away, or did not answer.
    fn deliver(&self, to: IpaCode, delivery: Delivery) -> impl Future<Output = Option<Taken>> + Send;
    /// Appends an agreement to the own feed; durable on return. `None` if that cannot be done now.
    fn append(&self, agreement: &Agreement) -> impl Future<Output = Option<Id>> + Send;
    /// The agreements to a proposal that stand in the feed of `author`.
    fn agreements(&self, author: &IpaCode, proposal: Id) -> Vec<(Id, Agreement)>;
    /// Whether the sender is an ente of the roster; and the key of this id, if it is one of its own and not revoked.
    fn is_ente(&self, code: &IpaCode) -> bool;
    fn key(&self, code: &IpaCode, id: &KeyId) -> Option<VerifyingKey>;
    /// Whether there is a connection with this ente now.
    fn is_connected(&self, to: &IpaCode) -> bool;
    /// Whether this ente says that it is available as an expert.
    fn is_available(&self) -> bool;
    /// Whether other enti shall find a way to this node.
    fn set_reachable(&self, reachable: bool);
    /// Waits until feeds or connections have changed since the last call; `false` when the node stops. Safe to drop.
    fn changed(&mut self) -> impl Future<Output = bool> + Send;
}

/// When an ente that was away is tried again.
struct Rest {
    until: Instant,
    was_connected: bool,
}

struct Way {
    to: IpaCode,
    sent: Vec<Signed>,
    taken: Option<Taken>,
}

/// The post of one node.
pub(super) struct Post<W> {
    book: Arc<Book>,
    world: W,
    clock: Clock,
    retry: Duration,
    resting: BTreeMap<IpaCode, Rest>,
    under_way: BTreeSet<IpaCode>,
    ways: JoinSet<Way>,
    /// Own agreements that this run has published, while the views have not followed yet.
    published: BTreeSet<Id>,
}

impl<W: World> Post<W> {
    /// `retry` is the time after which an ente that was away is tried again.
    pub(super) fn new(book: Arc<Book>, world: W, clock: Clock, retry: Duration) -> Self {
        Self {
            book,
            world,
            clock,
            retry,
            resting: BTreeMap::new(),
            under_way: BTreeSet::new(),
            ways: JoinSet::new(),
            published: BTreeSet::new(),
        }
    }

    /// Runs until the node stops, or until the book cannot be written.
    pub(super) async fn run(mut self, mut incoming: mpsc::Receiver<Incoming>) -> Result<(), BookError> {
        let mut changes = self.book.changes();
        let mut world = self.world.clone();
        loop {
            changes.mark_unchanged();
            self.conclude().await;
            self.seal_again().await?;
            self.reach_out().await;
            let wake = self.next_retry();
            tokio::select! {
                Some(delivered) = incoming.recv() => self.enter(delivered).await?,
                Some(way) = self.ways.join_next() => self.arrived(way).await?,
                changed = changes.changed() => if changed.is_err() { return Ok(()) },
                goes_on = world.changed() => if !goes_on { return Ok(()) },
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Publishes what follows from the book and the feeds.
    async fn conclude(&mut self) {
        for kept in self.book.all() {
            if self.published.contains(&kept.twinning.id()) {
                continue;
            }
            match kept.side {
                Side::Learner if kept.twinning.phase() == Phase::Accepted => {
                    self.publish(kept.twinning.learner(), &kept.twinning.agreement(None)).await;
                }
                // Ended or not: what the learner has published is not left alone.
                Side::Expert if kept.twinning.was_accepted() => self.answer(&kept).await,
                Side::Expert | Side::Learner => {}
            }
        }
    }

    /// The expert's side: once the learner's agreement is here and says what was proposed, the own one.
    async fn answer(&mut self, kept: &Kept) {
        let (twinning, said) = (&kept.twinning, kept.twinning.agreement(None));
        let learners = self.agreements(twinning.learner(), twinning.id()).await;
        if let Some((entry, _)) = learners.into_iter().find(|(_, agreement)| *agreement == said) {
            self.publish(twinning.expert(), &twinning.agreement(Some(entry))).await;
        }
    }

    /// Appends the own agreement, unless it stands in the feed already.
    async fn publish(&mut self, own: &IpaCode, agreement: &Agreement) {
        let proposal = agreement.proposal;
        let held = self.agreements(own, proposal).await.iter().any(|(_, held)| held == agreement);
        if held || self.world.append(agreement).await.is_some() {
            self.published.insert(proposal);
        }
    }

    async fn agreements(&self, author: &IpaCode, proposal: Id) -> Vec<(Id, Agreement)> {
        let (world, author) = (self.world.clone(), author.clone());
        blocking(move || world.agreements(&author, proposal)).await
    }

    async fn seal_again(&self) -> Result<(), BookError> {
        let (book, world) = (Arc::clone(&self.book), self.world.clone());
        blocking(move || book.seal_again(&|code: &IpaCode, id: &KeyId| world.key(code, id))).await
    }

    /// Sends what waits to whoever is not resting.
    async fn reach_out(&mut self) {
        let month = self.clock.today().month();
        let open = self.book.all().iter().any(|kept| kept.is_open(month) || !kept.waiting().is_empty());
        let world = self.world.clone();
        self.world.set_reachable(open || blocking(move || world.is_available()).await);
        for (to, sent) in self.book.waiting(MESSAGES_PER_DELIVERY) {
            let resting = self.resting.get(&to).is_some_and(|rest| {
                instant() < rest.until && (rest.was_connected || !self.world.is_connected(&to))
            });
            if resting || self.under_way.contains(&to) || self.ways.len() >= DELIVERIES_MAX {
                continue;
            }
            self.resting.remove(&to);
            self.under_way.insert(to.clone());
            let delivery = Delivery { messages: sent.iter().map(|signed| signed.bytes().clone()).collect() };
            let world = self.world.clone();
            self.ways.spawn(async move {
                let taken = world.deliver(to.clone(), delivery).await;
                Way { to, sent, taken }
            });
        }
    }

    async fn arrived(&mut self, way: Result<Way, JoinError>) -> Result<(), BookError> {
        let Way { to, sent, taken } =
            way.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        self.under_way.remove(&to);
        let answered = match taken {
            None => Ok(false),
            Some(taken) => {
                let (book, world, to) = (Arc::clone(&self.book), self.world.clone(), to.clone());
                blocking(move || {
                    let key = |code: &IpaCode, id: &KeyId| world.key(code, id);
                    book.answered(&Peer { code: &to, is_ente: world.is_ente(&to), key: &key }, &sent, &taken)
                })
                .await
            }
        };
        // Whoever answers without ever taking more than before is not asked without rest.
        if answered? {
            self.resting.remove(&to);
        } else {
            let was_connected = self.world.is_connected(&to);
            self.resting.insert(to, Rest { until: instant() + self.retry, was_connected });
        }
        Ok(())
    }

    /// Enters a delivery; the answer goes out once it is durable.
    async fn enter(&self, delivered: Incoming) -> Result<(), BookError> {
        let Incoming { from, delivery, answer } = delivered;
        let (book, world, today) = (Arc::clone(&self.book), self.world.clone(), self.clock.today());
        let taken = blocking(move || {
            let key = |code: &IpaCode, id: &KeyId| world.key(code, id);
            book.take(&Peer { code: &from, is_ente: world.is_ente(&from), key: &key }, &delivery, today)
        });
        // Whoever asked may be gone; it asks again.
        let _ = answer.send(taken.await?);
        Ok(())
    }

    /// One turn without waiting for anything from outside: concludes, and carries what waits.
    #[cfg(test)]
    pub(super) async fn turn(&mut self) -> Result<(), BookError> {
        self.conclude().await;
        self.seal_again().await?;
        self.reach_out().await;
        while let Some(way) = self.ways.join_next().await {
            self.arrived(way).await?;
        }
        Ok(())
    }

    fn next_retry(&self) -> Instant {
        let now = instant();
        let later = self.resting.values().map(|rest| rest.until).filter(|until| *until > now);
        later.min().unwrap_or_else(|| now + self.retry)
    }
}

/// Runs what blocks for the disk away from the runtime's workers.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(act).await;
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// Says in the log why the post has ended.
pub(super) fn ended(result: Result<(), BookError>) {
    if let Err(error) = result {
        tracing::error!(error = %sentence(&error), "the twinnings cannot be written");
    }
}
