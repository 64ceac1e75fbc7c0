//! From a terminal's cast to a durable, counted ballot and its receipt.
//!
//! Casts are verified on all cores, decided and written by one writer in atomic batches, and answered in the order of
//! each stream only when durable. What is kept is the ballot, its id, an invite's mark and the tally; the signature,
//! the terminal, the day and the network address end in memory.
//!
//! Deliberately absent: any figure, log line or health value that changes on a single ballot.

mod box_key;
mod ballot_box;
mod archive;
mod invite_book;
mod terminal_book;
mod pairing;
mod live;
mod notices;
mod health;
mod writer;
mod desk;
mod service;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use ed25519_dalek::SigningKey;
use faccina_proto::calendar::Month;
use faccina_proto::catalogue::{Catalogue, Catalogues};
use faccina_proto::envelope::{FederationId, KeyId};
use faccina_proto::invites::InviteHash;
use faccina_proto::limits::INVITE_BYTES;
use faccina_proto::names::{Code, IpaCode};
use faccina_proto::pairing::PairingCode;
use faccina_proto::tally::{GroupKey, Tally};
use faccina_proto::terminals::{Leftover, State, TerminalList};
use faccina_proto::wire::terminal::v1::{Changed, Message, notice::Notice as Told};
use tokio::sync::{mpsc, oneshot, watch};

pub use self::ballot_box::{BoxError, Found};
pub use self::desk::QUEUE_BALLOTS_MAX;
pub use self::health::{CLOCK_WRONG_S, Health, SILENT_S};
pub use self::invite_book::{DeskInvite, INVITES_PER_CALL_MAX, InviteBookError, InviteForms};
pub use self::live::{Live, LiveMonth, STEP};
pub use self::notices::Notices;
pub use self::pairing::{CODE_LIFE_S, Paired, PairingError, Place};
pub use self::service::TerminalService;
pub use self::terminal_book::TerminalBookError;
pub use self::writer::{FreezeError, InviteAnswer};

pub(crate) use self::archive::Archive;
pub(crate) use self::ballot_box::{BallotBox, give_up, gone, lost};
pub(crate) use self::service::refused_pairing;
pub(crate) use self::writer::Frozen;

use self::desk::Desk;
use self::health::HealthBook;
use self::invite_book::InviteBook;
use self::pairing::Codes;
use self::terminal_book::TerminalBook;
use self::writer::{Chore, Task, Writer};
use crate::clock::{Clock, instant};
use crate::integrity;
use crate::link::TlsKey;
use crate::loss::LossBook;
use crate::store::Store;
use crate::tokens::{DeskPlace, TokenError, Tokens};

/// Tasks queued before the writer. Each holds at least one ballot's place, so the queue is bounded by
/// [`QUEUE_BALLOTS_MAX`] first.
const TASKS_MAX: usize = 1024;

/// What intake is given by the node.
#[derive(Clone)]
pub struct Settings {
    /// Where the boxes are.
    pub data_dir: PathBuf,
    /// Where the keys of the boxes are.
    pub keys_dir: PathBuf,
    /// This ente.
    pub ente: IpaCode,
    /// The federation.
    pub federation: FederationId,
    /// Signs receipts.
    pub receipt_key: SigningKey,
    /// Under which invites are stored.
    pub node_key: [u8; 32],
    /// The TLS key that devices see.
    pub tls_key: TlsKey,
    /// Length of a half-day in the demo; `None` follows the calendar.
    pub half_day_s: Option<u32>,
    /// The first month that can be open: that of admission, or after the last one closed in the own feed.
    pub first_open: Month,
    /// While it is not known what this node has published, votes wait on the terminals.
    pub loss: LossBook,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

/// The office around the terminals: what they are shown, and what its services are like.
pub trait Office: Send + Sync + std::fmt::Debug {
    /// The ente's name.
    fn ente_name(&self) -> String;
    /// The catalogue in force in a month.
    fn catalogue(&self, month: Month) -> Option<Arc<Catalogue>>;
    /// All versions of the catalogue known now.
    fn catalogues(&self) -> Arc<Catalogues> {
        Arc::default()
    }
    /// The ente's services that few operators give; they publish no reasons of their own.
    fn few_operators(&self) -> BTreeSet<Code>;
    /// What terminals say while nobody votes.
    fn messages(&self) -> Vec<Message> {
        Vec::new()
    }
    /// Whom citizens ask about the processing of data; may be empty.
    fn privacy_contact(&self) -> String {
        String::new()
    }
}

/// Why intake cannot start or do what is asked.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// A box or its key refuses.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// The list of terminals refuses.
    #[error(transparent)]
    Terminals(#[from] TerminalBookError),
    /// The terminal is in the list, its token is not: enrol it again with the same code.
    #[error("the terminal has no token yet: enrol it again with the same code")]
    Token(#[from] TokenError),
    /// The reports of terminals cannot be kept or read.
    #[error(transparent)]
    Reports(#[from] integrity::BookError),
    /// The book of invites refuses.
    #[error(transparent)]
    Invites(#[from] InviteBookError),
    /// The writer's thread could not be started.
    #[error("cannot start the writer's thread")]
    Thread(#[source] std::io::Error),
    /// Intake stopped, on shutdown or after a failed write that the log names: restart the node.
    #[error("intake has stopped: look at the log and restart the node")]
    Stopped,
}

/// The handle on intake; clones share it.
#[derive(Debug, Clone)]
pub struct Intake {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    desk: Arc<Desk>,
    archive: Archive,
    invites: InviteBook,
    codes: Mutex<Codes>,
    clock: Clock,
    live: watch::Receiver<Arc<Live>>,
    notices: Notices,
    health: HealthBook,
    opened: Instant,
    reports: integrity::Book,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Intake {
    /// Finds the boxes, opens those of open months and starts the writer. Blocks; call it outside the runtime's
    /// workers. `node` is the node's database.
    pub fn open(settings: Settings, node: Arc<dyn Store>, clock: Clock) -> Result<Self, IntakeError> {
        ballot_box::expect_whole(&settings.data_dir, &settings.keys_dir)?;
        let archive = Archive::find(settings.data_dir.clone(), settings.keys_dir.clone())?;
        let oldest_open = oldest_open(&archive, settings.first_open)?;
        let reports =
            integrity::Book::find(settings.data_dir.clone(), settings.keys_dir.clone(), oldest_open)?;
        let invites = InviteBook::new(node.clone(), settings.node_key);
        let terminals = Arc::new(TerminalBook::open(node)?);
        let (writer, live) = Writer::new(
            archive.clone(),
            invites.clone(),
            terminals.clone(),
            clock.clone(),
            settings.half_day_s,
            oldest_open,
        )?;
        let (tasks, queue) = mpsc::channel(TASKS_MAX);
        let thread = std::thread::Builder::new()
            .name("ballot-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(IntakeError::Thread)?;
        let Settings { federation, ente, receipt_key, loss, .. } = settings;
        let desk = Desk::new(federation, ente, receipt_key, terminals, tasks, loss);
        let shared = Shared {
            desk: Arc::new(desk),
            archive,
            invites,
            codes: Mutex::new(Codes::new(settings.tls_key)),
            clock,
            live,
            notices: Notices::default(),
            health: HealthBook::default(),
            opened: instant(),
            reports,
            writer: Mutex::new(Some(thread)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The gRPC service for terminals.
    pub fn service(&self, office: Arc<dyn Office>, tokens: Arc<Tokens>) -> TerminalService {
        TerminalService::new(self.clone(), office, tokens)
    }

    /// What staff may see, and when it moves.
    pub fn live(&self) -> watch::Receiver<Arc<Live>> {
        self.shared.live.clone()
    }

    /// All terminals.
    pub fn terminals(&self) -> Arc<TerminalList> {
        self.shared.desk.terminals.list()
    }

    /// A one-time code for a new terminal or desk, valid [`CODE_LIFE_S`] seconds.
    pub fn draw_code(&self, device: Paired) -> Result<PairingCode, PairingError> {
        self.codes().draw(device, instant())
    }

    /// Suspends or resumes a terminal, or revokes it; durable on return.
    pub async fn set_terminal_state(&self, terminal: KeyId, state: State) -> Result<(), IntakeError> {
        if state == State::Revoked {
            return self.revoke_terminal(terminal, Leftover::Undecided).await;
        }
        let terminals = self.shared.desk.terminals.clone();
        blocking(move || terminals.set_state(terminal, state)).await??;
        tracing::info!("terminal list changed");
        // One that is not connected asks when it is.
        let _ = self.shared.notices.tell(&terminal, Told::Changed(Changed {}));
        Ok(())
    }

    /// Revokes a terminal for good, and says what becomes of the ballots that wait on it, whatever was said before. Durable on
    /// return.
    pub async fn revoke_terminal(&self, terminal: KeyId, leftover: Leftover) -> Result<(), IntakeError> {
        let terminals = self.shared.desk.terminals.clone();
        blocking(move || terminals.revoke(terminal, leftover)).await??;
        self.shared.notices.end(&terminal);
        tracing::info!("terminal list changed");
        Ok(())
    }

    /// What the node tells terminals while they are connected.
    pub fn notices(&self) -> &Notices {
        &self.shared.notices
    }

    /// How a terminal was when it was last heard; `None` before its first heartbeat since this node started.
    pub fn health(&self, terminal: &KeyId) -> Option<Health> {
        self.shared.health.of(terminal)
    }

    /// Seconds since a terminal was last heard; since this node started, where it was not heard yet.
    pub fn silent_s(&self, terminal: &KeyId) -> u64 {
        let since_start = || self.shared.opened.elapsed().as_secs();
        self.health(terminal).map_or_else(since_start, |health| health.silent_s())
    }

    /// What terminals reported of the half-days of months that are not closed.
    pub fn reports(&self) -> &integrity::Book {
        &self.shared.reports
    }

    /// What an invite gives the right to at this terminal now. An unknown one counts as a try.
    pub async fn check_invite(
        &self,
        terminal: KeyId,
        invite: InviteHash,
    ) -> Result<InviteAnswer, IntakeError> {
        self.ask(|answer| Chore::CheckInvite { terminal, invite, answer }).await
    }

    /// Draws invites for a service, channel and branch, valid to the end of next month; durable on return.
    pub async fn create_invites(
        &self,
        service: Code,
        channel: Code,
        branch: Code,
        number: u32,
    ) -> Result<Vec<[u8; INVITE_BYTES]>, IntakeError> {
        let (invites, month) = (self.shared.invites.clone(), self.shared.clock.today().month());
        Ok(blocking(move || invites.give_out(&service, &channel, &branch, number, month)).await??)
    }

    /// The desk that a device becomes with these random bytes and proof, and the node's own proof.
    pub fn pair_desk(&self, nonce: &[u8; 32], proof: &[u8]) -> Result<(DeskPlace, [u8; 32]), PairingError> {
        self.codes().pair_desk(nonce, proof, instant())
    }

    /// Draws one right to vote at the counter, where `web` is given also by this channel; valid to the end of the month after
    /// `issued`, and durable on return. It takes the place of `before`.
    pub async fn give_at_desk(
        &self,
        at: GroupKey,
        web: Option<Code>,
        branch: Code,
        issued: Month,
        before: InviteForms,
    ) -> Result<DeskInvite, IntakeError> {
        let invites = self.shared.invites.clone();
        Ok(blocking(move || invites.give_at_desk(at, web, &branch, issued, &before)).await??)
    }

    /// Takes such a right back; a vote that was cast with it stays.
    pub async fn take_invite_back(&self, forms: InviteForms) -> Result<(), IntakeError> {
        let invites = self.shared.invites.clone();
        Ok(blocking(move || invites.take_back(&forms)).await??)
    }

    /// Makes every invite void that was given out; durable on return.
    pub async fn void_invites(&self) -> Result<(), IntakeError> {
        let invites = self.shared.invites.clone();
        Ok(blocking(move || invites.void_all()).await??)
    }

    /// Lets live figures move, and gives a month that began its box. Call it once a minute.
    pub async fn tick(&self) -> Result<(), IntakeError> {
        self.send(Task::Attend(Chore::Tick)).await
    }

    /// Lets invites end that no ballot can present any more. Call it once a day.
    pub async fn forget_old_invites(&self) -> Result<(), IntakeError> {
        let (invites, today) = (self.shared.invites.clone(), self.shared.clock.today());
        Ok(blocking(move || invites.forget_old(today)).await??)
    }

    /// No month before this one is open: the ente was admitted from it, or its feed shows it closed.
    pub async fn open_from(&self, month: Month) -> Result<(), IntakeError> {
        self.send(Task::Attend(Chore::OpenFrom(month))).await
    }

    /// Whether no ballot is taken in any more: after a failed write, which the log names, or on shutdown.
    pub fn has_stopped(&self) -> bool {
        self.shared.desk.tasks.is_closed()
    }

    /// Writes and answers what has queued, then stops and lets go of the boxes.
    pub async fn shut(&self) {
        // A writer that has stopped already needs no telling.
        let _ = self.send(Task::Stop).await;
        let thread = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let joined = blocking(move || thread.join().is_ok()).await;
            if !matches!(joined, Ok(true)) {
                tracing::error!("the writer's thread ended in a panic");
            }
        }
        self.shared.archive.shut();
    }

    /// Takes no more ballots into the oldest open month; later ones count in the next.
    pub(crate) async fn freeze(&self, month: Month) -> Result<Result<Frozen, FreezeError>, IntakeError> {
        self.ask(|frozen| Chore::Freeze { month, frozen }).await
    }

    /// The tally of an open month as it stands.
    pub(crate) async fn look(&self, month: Month) -> Result<Tally, IntakeError> {
        Ok(self.ask(|tally| Chore::Look { month, tally }).await??)
    }

    pub(crate) fn archive(&self) -> &Archive {
        &self.shared.archive
    }

    fn desk(&self) -> &Arc<Desk> {
        &self.shared.desk
    }

    /// Codes change by whole insertions, so a poisoned lock guards a sound list.
    fn codes(&self) -> MutexGuard<'_, Codes> {
        self.shared.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_unix_s(&self) -> u64 {
        self.shared.clock.now().unix_s
    }

    async fn ask<T>(&self, chore: impl FnOnce(oneshot::Sender<T>) -> Chore) -> Result<T, IntakeError> {
        let (answer, answered) = oneshot::channel();
        self.send(Task::Attend(chore(answer))).await?;
        answered.await.map_err(|_| IntakeError::Stopped)
    }

    async fn send(&self, task: Task) -> Result<(), IntakeError> {
        self.shared.desk.tasks.send(task).await.map_err(|_| IntakeError::Stopped)
    }
}

/// The month after the last whose close was decided, from `first` on.
fn oldest_open(archive: &Archive, first: Month) -> Result<Month, BoxError> {
    let mut month = first;
    while let Some(ballot_box) = archive.existing(month)? {
        if ballot_box.decision()?.is_none() {
            break;
        }
        month = month.next();
    }
    archive.shut();
    Ok(month)
}

/// Runs what blocks for the disk away from the runtime's workers.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Result<T, IntakeError> {
    tokio::task::spawn_blocking(act).await.map_err(|_| IntakeError::Stopped)
}
