//! Server streams that send an answer again whenever it has changed.

use crate::{clock::Clock, federation::NetworkState, intake::Live, reading::Reading};
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch::Receiver};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

/// Open watches of one node: every officer of an ente with two screens, and each costs one task.
const WATCHES_MAX: usize = 64;
/// Answers that wait for a slow reader: the next one is made when it has taken the last.
const ANSWERS_MAX: usize = 1;
/// Changes within this time are sent as one: a burst of synchronisation is one redraw.
const PAUSE: Duration = Duration::from_millis(250);
/// The civil day turns without anything else changing; a screen is at most this late.
const DAY_CHECK: Duration = Duration::from_secs(60);

pub(super) type Stream<T> = Pin<Box<dyn futures::Stream<Item = Result<T, Status>> + Send>>;

/// What makes an answer worth computing again.
pub(super) struct Changes {
    views: Receiver<u64>,
    clock: Receiver<u64>,
    live: Option<Receiver<Arc<Live>>>,
    network: Option<Receiver<Arc<NetworkState>>>,
    book: Option<Receiver<u64>>,
}

impl Changes {
    pub(super) fn new(reading: &Reading, clock: &Clock) -> Self {
        Self { views: reading.changes(), clock: clock.moves(), live: None, network: None, book: None }
    }

    pub(super) fn with_live(self, live: Option<Receiver<Arc<Live>>>) -> Self {
        Self { live, ..self }
    }

    pub(super) fn with_network(self, network: Receiver<Arc<NetworkState>>) -> Self {
        Self { network: Some(network), ..self }
    }

    pub(super) fn with_book(self, book: Option<Receiver<u64>>) -> Self {
        Self { book, ..self }
    }

    /// Waits for the next change; `None` when the node is stopping.
    async fn next(&mut self) -> Option<()> {
        let Self { views, clock, live, network, book } = self;
        let changed = tokio::select! {
            changed = views.changed() => changed,
            changed = clock.changed() => changed,
            changed = of(live) => changed,
            changed = of(network) => changed,
            changed = of(book) => changed,
            () = tokio::time::sleep(DAY_CHECK) => Ok(()),
        };
        changed.ok()
    }

    /// Takes everything until now as seen.
    fn seen(&mut self) {
        self.views.mark_unchanged();
        self.clock.mark_unchanged();
        self.live.iter_mut().for_each(Receiver::mark_unchanged);
        self.network.iter_mut().for_each(Receiver::mark_unchanged);
        self.book.iter_mut().for_each(Receiver::mark_unchanged);
    }
}

async fn of<T>(receiver: &mut Option<Receiver<T>>) -> Result<(), tokio::sync::watch::error::RecvError> {
    match receiver {
        Some(receiver) => receiver.changed().await,
        None => std::future::pending().await,
    }
}

/// The open watches of the node; clones share the bound.
#[derive(Clone, Debug)]
pub(super) struct Watches {
    free: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Watches {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self { free: Arc::new(Semaphore::new(WATCHES_MAX)), stop }
    }

    /// Sends `answer` now and after each change that alters it, until the reader leaves or the node stops.
    pub(super) fn open<T, F, A>(&self, changes: Changes, answer: F) -> Result<Response<Stream<T>>, Status>
    where
        T: Clone + PartialEq + Send + 'static,
        F: Fn() -> A + Send + 'static,
        A: Future<Output = Result<T, Status>> + Send,
    {
        let permit = Arc::clone(&self.free).try_acquire_owned().map_err(|_| {
            Status::resource_exhausted(format!("{WATCHES_MAX} live screens are open already: close one"))
        })?;
        let (answers, taken) = mpsc::channel(ANSWERS_MAX);
        let stop = self.stop.clone();
        tokio::spawn(async move {
            stop.run_until_cancelled(watch(changes, answer, answers, permit)).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(taken))))
    }
}

async fn watch<T, F, A>(
    mut changes: Changes,
    answer: F,
    answers: mpsc::Sender<Result<T, Status>>,
    _permit: OwnedSemaphorePermit,
) where
    T: Clone + PartialEq,
    F: Fn() -> A,
    A: Future<Output = Result<T, Status>>,
{
    let mut sent = None;
    loop {
        changes.seen();
        let now = answer().await;
        let failed = now.is_err();
        if now.as_ref().ok() != sent.as_ref() || failed {
            sent = now.as_ref().ok().cloned();
            if answers.send(now).await.is_err() || failed {
                return;
            }
        }
        let next = async {
            tokio::time::sleep(PAUSE).await;
            changes.next().await
        };
        tokio::select! {
            () = answers.closed() => return,
            changed = next => if changed.is_none() { return },
        }
    }
}
