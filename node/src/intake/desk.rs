//! Where casts are taken in: a bounded queue, verification on all cores, receipts signed one by one.

use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::admission::{Rejected, VerifiedCast, Wait, verify_cast};
use faccina_proto::ballot::Receipt;
use faccina_proto::envelope::{Envelope, FederationId, Kind};
use faccina_proto::names::IpaCode;
use faccina_proto::wire::terminal::v1 as wire;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::terminal_book::TerminalBook;
use super::writer::{Casts, Decided, Task};
use crate::loss::LossBook;

/// Ballots between arrival and answer, over all terminals: about a second of work, 10 MiB of memory.
pub const QUEUE_BALLOTS_MAX: usize = 16_384;
/// Casts that are verified or signed where they stand: moving them to another thread costs more.
const INLINE_CASTS_MAX: usize = 4;

/// Why casts were not decided; the terminal keeps them and sends them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeskError {
    #[error("more than {QUEUE_BALLOTS_MAX} ballots wait at this node: send again in a second")]
    Full,
    #[error("intake has stopped: the votes are safe on the terminal, restart the node")]
    Stopped,
    #[error(
        "this node was restored and asks the others first what it has published: the votes are safe on the terminal and \
         follow by themselves"
    )]
    Asking,
}

/// Takes casts in. Shared by all streams.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) terminals: Arc<TerminalBook>,
    pub(crate) tasks: mpsc::Sender<Task>,
    pub(crate) papers: Arc<Papers>,
    loss: LossBook,
    places: Arc<Semaphore>,
    cores: Semaphore,
}

/// What casts are checked against and receipts are signed with.
pub(crate) struct Papers {
    pub(crate) federation: FederationId,
    pub(crate) ente: IpaCode,
    pub(crate) receipt_key: SigningKey,
}

impl std::fmt::Debug for Papers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Papers").field("ente", &self.ente).finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn new(
        federation: FederationId,
        ente: IpaCode,
        receipt_key: SigningKey,
        terminals: Arc<TerminalBook>,
        tasks: mpsc::Sender<Task>,
        loss: LossBook,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            terminals,
            tasks,
            papers: Arc::new(Papers { federation, ente, receipt_key }),
            loss,
            places: Arc::new(Semaphore::new(QUEUE_BALLOTS_MAX)),
            cores: Semaphore::new(cores),
        }
    }

    /// Answers casts in their order; every receipt among the answers is durable.
    pub(crate) async fn take_in(&self, casts: Vec<Bytes>) -> Result<Vec<wire::Answer>, DeskError> {
        if self.loss.is_open() {
            return Err(DeskError::Asking);
        }
        let wanted = u32::try_from(casts.len()).map_err(|_| DeskError::Full)?;
        let places = self.places.clone().try_acquire_many_owned(wanted).map_err(|_| DeskError::Full)?;
        let (terminals, papers) = (self.terminals.list(), self.papers.clone());
        let verified = self
            .on_a_core(casts.len(), move || -> Vec<Result<VerifiedCast, Rejected>> {
                let check = |cast| verify_cast(cast, &papers.federation, &terminals, &papers.ente);
                casts.into_iter().map(check).collect()
            })
            .await?;
        let (decided, answered) = oneshot::channel();
        let task = Task::Admit(Casts { verified, decided, places });
        self.tasks.send(task).await.map_err(|_| DeskError::Stopped)?;
        let decided = answered.await.map_err(|_| DeskError::Stopped)?;
        let papers = self.papers.clone();
        self.on_a_core(decided.len(), move || decided.into_iter().map(|each| papers.answer(each)).collect())
            .await
    }

    /// Runs curve arithmetic on one of the cores, in the order of asking.
    async fn on_a_core<T: Send + 'static>(
        &self,
        casts: usize,
        act: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        if casts <= INLINE_CASTS_MAX {
            return Ok(act());
        }
        let _core = self.cores.acquire().await.map_err(|_| DeskError::Stopped)?;
        spawn_blocking(act).await.map_err(|_| DeskError::Stopped)
    }
}

impl Papers {
    fn answer(&self, decided: Decided) -> wire::Answer {
        let (ballot, answer) = match decided {
            Decided::Counted(receipt) => {
                (Some(receipt.ballot), wire::answer::Answer::Receipt(self.seal(receipt)))
            }
            Decided::NotYet(ballot, wait) => (Some(ballot), wire::answer::Answer::NotYet(not_yet(wait))),
            Decided::Refused(ballot, refusal) => {
                let message = wire::Refusal { code: refusal.code().to_owned(), message: refusal.to_string() };
                (ballot, wire::answer::Answer::Refusal(message))
            }
        };
        let ballot_id = ballot.map(|id| Bytes::copy_from_slice(id.as_bytes())).unwrap_or_default();
        wire::Answer { ballot_id, answer: Some(answer) }
    }

    fn seal(&self, receipt: Receipt) -> Bytes {
        Envelope::seal(Kind::Receipt, &self.federation, &self.receipt_key, &receipt.encode()).bytes().clone()
    }
}

/// Keep it, and when to send it again.
pub(super) fn not_yet(wait: Wait) -> wire::NotYet {
    wire::NotYet { message: wait.to_string(), again_s: wait.again_s() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_writer_that_is_gone_is_told() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let federation = FederationId::of(&key.verifying_key(), "Prova");
        let store = Arc::new(MemoryStore::new());
        let terminals = Arc::new(TerminalBook::open(store.clone()).unwrap());
        let loss = LossBook::open(store).unwrap();
        let (tasks, mut queue) = mpsc::channel(16);
        let desk = Arc::new(Desk::new(federation, "c_zz01".parse().unwrap(), key, terminals, tasks, loss));
        let waiting = tokio::spawn({
            let desk = desk.clone();
            async move { desk.take_in(vec![Bytes::new(); QUEUE_BALLOTS_MAX]).await }
        });
        let task = queue.recv().await.unwrap();
        assert_eq!(desk.take_in(vec![Bytes::new()]).await, Err(DeskError::Full));
        drop(task);
        assert_eq!(waiting.await.unwrap(), Err(DeskError::Stopped), "no answer without a decision");
        drop(queue);
        assert_eq!(desk.take_in(vec![Bytes::new()]).await, Err(DeskError::Stopped));
    }
}
