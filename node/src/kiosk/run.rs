//! Starting and stopping: the directory, the key, the queue, the page, the uplink.

use super::{
    agent::{Agent, CastError},
    enrolment::{self, Terminal},
    page,
    queue::{Queue, QueueError},
    sealed::{SealedError, SealedStore},
    settings::{Calendar, Settings},
    uplink,
};
use crate::{
    clock::{Clock, ClockError},
    device::{
        local::{self, Address, LocalError},
        pairing::PairingError,
        running::{PageError, make_dir, told_to_stop},
    },
    setup::{self, Device, Place, Trouble, Typed},
    store::{self, StoreError},
};
use faccina_proto::wire::terminal::v1::Mode;
use std::{
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

const QUEUE_DIR: &str = "queue.db";
/// Longest wait of the command line for a node that has never said what this terminal offers.
const BOOTH_S_MAX: Duration = Duration::from_secs(15);

/// Why the agent does not run, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Check the disk, then start the agent again: every ballot it promised is on it.
    #[error("the queue cannot be written any more: check the disk, then start the agent again")]
    Disk,
    /// The ente decides what becomes of them.
    #[error(
        "votes wait on this device ({held}) and would be lost: start it without --pair-again until they are sent, or, if it was \
         revoked, say on the node what becomes of them (`faccina terminal revoke` with --accept-flagged or --refuse-queued)"
    )]
    Waiting {
        /// How many.
        held: usize,
    },
    /// See its own message.
    #[error(transparent)]
    Page(#[from] PageError),
    /// See its own message.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// See its own message.
    #[error(transparent)]
    Enrolment(#[from] PairingError),
    /// See its own message.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See its own message.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// See its own message.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// See its own message.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// See its own message.
    #[error(transparent)]
    Local(#[from] LocalError),
}

/// How a device becomes a terminal.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The pairing code, unless a page asks for it.
    pub code: Option<String>,
    /// Also a device that is a terminal already becomes a new one.
    pub again: bool,
}

/// Runs the agent until it is told to stop; `started` is called with the address of the page. A device that is not paired and
/// has no code is paired by a page at the same address, with which `setting_up` is called.
pub async fn serve(
    settings: Settings,
    wanted: Wanted,
    setting_up: impl FnOnce(SocketAddr),
    started: impl FnOnce(SocketAddr, &Terminal),
) -> Result<(), RunError> {
    let refused = |source| PageError::Listen { address: settings.listen, source };
    let place = Place::bind(settings.listen).await.map_err(refused)?;
    let address = place.address();
    let held = &place;
    let guided = |dir: PathBuf| async move {
        setting_up(address);
        let pair = |typed: Typed| {
            let dir = dir.clone();
            async move {
                Terminal::enrol(&dir, &typed.code, &typed.node).await.map_err(|error| Trouble::from(&error))
            }
        };
        let listener = held.again().map_err(PageError::Broken)?;
        Ok(setup::guide(listener, Device::Terminal, pair).await.map_err(PageError::Broken)?)
    };
    let opening = open(&settings, wanted, guided);
    let agent = tokio::select! {
        opened = opening => opened?,
        // An input that has ended meanwhile ends the agent below, once it is known whether it could start.
        told = told_to_stop(false) => return Ok(told?),
    };
    let listener = place.again().map_err(PageError::Broken)?;
    let left = Address::leave(&settings.dir, address)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let host = settings.public.as_ref().map(|public| public.host.clone());
    let key = left.key().to_owned();
    let page = tokio::spawn(page::serve(Arc::clone(&agent), listener, host, key, async {
        // Dropping the other end stops the page as well.
        let _ = stopped.await;
    }));
    let uplink = tokio::spawn(uplink::run(Arc::clone(&agent), settings.node));
    started(address, agent.terminal());
    let outcome = tokio::select! {
        told = told_to_stop(settings.calendar == Calendar::Node) => told.map_err(RunError::Page),
        () = agent.broken() => Err(RunError::Disk),
        _ = agent.keep_time() => Err(RunError::Disk),
    };
    uplink.abort();
    drop(stop);
    match page.await {
        Ok(served) => outcome.and(served.map_err(|error| PageError::Broken(error).into())),
        Err(broken) => outcome.and(Err(PageError::Broken(io::Error::other(broken)).into())),
    }
}

/// Opens the queue of this device, which keeps other agents out, and enrols it where it is not: with the code, else as
/// `without_code` does.
async fn open<F>(
    settings: &Settings,
    wanted: Wanted,
    without_code: impl FnOnce(PathBuf) -> F,
) -> Result<Arc<Agent>, RunError>
where
    F: Future<Output = Result<Terminal, RunError>>,
{
    make_dir(&settings.dir)?;
    let store = Arc::new(store::open(&settings.dir.join(QUEUE_DIR))?);
    let sealed = Arc::new(SealedStore::open(store, &settings.dir)?);
    let terminal = terminal_of(settings, wanted, &sealed, without_code).await?;
    let queue = Queue::unseal(sealed, terminal.federation)?;
    let agent = Agent::new(
        terminal,
        queue,
        Clock::shifted(settings.shift_clock_s)?,
        settings.calendar,
        settings.idle_s,
    )?;
    let agent = match &settings.public {
        Some(public) => agent.capped(public.daily_cap)?,
        None => agent,
    };
    Ok(Arc::new(agent))
}

/// The terminal that this device is, or becomes.
async fn terminal_of<F>(
    settings: &Settings,
    wanted: Wanted,
    sealed: &Arc<SealedStore>,
    without_code: impl FnOnce(PathBuf) -> F,
) -> Result<Terminal, RunError>
where
    F: Future<Output = Result<Terminal, RunError>>,
{
    let dir = &settings.dir;
    become_another(dir, sealed)?;
    let (place, known) = match Terminal::load(dir)? {
        None => (dir.clone(), None),
        Some(terminal) if wanted.again => {
            let held = Queue::unseal(Arc::clone(sealed), terminal.federation)?.held();
            if held > 0 {
                return Err(RunError::Waiting { held });
            }
            (enrolment::again_in(dir), Some(terminal.pairing.node))
        }
        Some(terminal) => {
            if wanted.code.is_some() {
                tracing::warn!(
                    "this device is a terminal already: the code was not used; if it was revoked, add --pair-again"
                );
            }
            return Ok(terminal);
        }
    };
    make_dir(&place)?;
    let paired = match wanted.code {
        None => without_code(place).await?,
        Some(code) => {
            let node = settings.node.as_ref().or(known.as_ref()).ok_or(PairingError::NoNode)?;
            Terminal::enrol(&place, &code, node).await?
        }
    };
    become_another(dir, sealed)?;
    Ok(paired)
}

/// A device that was paired again becomes that terminal. Nothing waited on it.
fn become_another(dir: &Path, sealed: &SealedStore) -> Result<(), RunError> {
    if enrolment::is_paired_again(dir) {
        Queue::forget_terminal(sealed)?;
        enrolment::take_over(dir)?;
        tracing::info!("this device is a new terminal: on the node, revoke the one that it was");
    }
    Ok(())
}

/// What became of votes cast from the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Casting {
    /// The running agent holds them and sends them.
    WithAgent {
        /// How many.
        votes: usize,
    },
    /// Sent from here.
    Sent {
        /// How many were cast.
        votes: usize,
        /// Ballots of this device that still wait for the node.
        waiting: usize,
        /// How many the node refused for good meanwhile.
        refused: u64,
    },
}

/// Casts the votes of a CSV file, all or none, through the running agent if there is one; otherwise through its queue,
/// waiting at most `wait` for the receipts.
pub async fn cast(
    settings: Settings,
    code: Option<String>,
    file: Vec<u8>,
    once: bool,
    again: bool,
    wait: Duration,
) -> Result<Casting, RunError> {
    let no_code = |_| async { Err(PairingError::NoCode.into()) };
    let agent = match open(&settings, Wanted { code, again: false }, no_code).await {
        Err(RunError::Store(StoreError::Locked { .. })) => {
            let votes = hand_over(&settings.dir, file, once, again).await?;
            return Ok(Casting::WithAgent { votes });
        }
        other => other?,
    };
    let before = agent.refusals().await;
    let uplink = tokio::spawn(uplink::run(Arc::clone(&agent), settings.node));
    // A device that has never been connected does not know its services: a first word of the node is worth a wait.
    let _ = timeout(BOOTH_S_MAX, agent.knows_booth()).await;
    agent.hears_node().await;
    let votes = agent.cast_file(file, once, again).await?;
    let mut held = agent.held();
    // Those not receipted in time stay in the queue.
    let _ = timeout(wait, held.wait_for(|held| *held == 0)).await;
    uplink.abort();
    let refused = agent.refusals().await - before;
    let waiting = *agent.held().borrow();
    Ok(Casting::Sent { votes, waiting, refused })
}

async fn hand_over(dir: &Path, file: Vec<u8>, once: bool, again: bool) -> Result<usize, RunError> {
    let path = format!("/api/casts?once={once}&again={again}");
    let answer = local::post(dir, &path, "text/csv", file).await?;
    let votes = answer.get("kept").and_then(serde_json::Value::as_u64);
    Ok(votes.and_then(|votes| usize::try_from(votes).ok()).unwrap_or(0))
}

/// Opens the page of the running agent for one vote.
pub async fn open_page(dir: &Path) -> Result<(), LocalError> {
    local::post(dir, "/api/open", "application/json", Vec::new()).await?;
    Ok(())
}

/// How the right to vote is given at this terminal, for people.
pub fn mode_in_words(mode: Mode) -> &'static str {
    match mode {
        Mode::Attended => "attended: `faccina kiosk open` opens it for one vote within 60 s",
        Mode::Open => "open: whoever stands before it may vote",
        Mode::Invite => "invite: each vote needs a code or a link",
        Mode::Unspecified => "unknown",
    }
}
