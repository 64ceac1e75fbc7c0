//! The agent itself: it turns taps and files into sealed casts, once each, and holds them for the uplink.

use super::{
    booth::{Booth, BoothError, Page, State},
    enrolment::Terminal,
    queue::{BALLOTS_MAX, DRAFTS_MAX, Draft, Queue, QueueError, Settled, Waiting},
    rows::{self, Row, RowsError},
    settings::Calendar,
    tap::{Tap, TapId, Touch},
};
use crate::clock::Clock;
use faccina_proto::{
    ballot::{Ballot, Cast, Face},
    calendar::CivilDay,
    envelope::{Envelope, Kind},
    names::Code,
    wire::terminal::v1::Mode,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, watch},
    task::{JoinError, spawn_blocking},
};

/// Seconds for which staff opens the page to the person just served (DESIGN §5).
const OPENING_S: Duration = Duration::from_secs(60);
/// Seconds after the page's own idle time at which the agent closes a red tap without a reason by itself.
const DRAFT_GRACE_S: u64 = 5;
/// Days by which this device and its node may differ before the status warns: midnight passes once.
const DAYS_APART_MAX: i64 = 1;

/// Why nothing was cast.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// The page shows when it is open.
    #[error("the page is not open for a vote")]
    NotOpen(State),
    /// Choose a service of this terminal; its list is kept on the node.
    #[error("this terminal offers no service {0}")]
    Service(String),
    /// Give `--invite`, or a column `invite`.
    #[error("votes at this terminal need an invite each")]
    NoInvite,
    /// The node has never said what this terminal offers. Connect it once.
    #[error("this terminal has never reached its node: it does not know its services yet")]
    NoBooth,
    /// Correct the file.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// See its own message.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A panic in this software; the ballot was not promised to anyone.
    #[error("the queue broke off")]
    BrokenOff(#[source] JoinError),
}

impl CastError {
    /// What the page shows.
    pub fn state(&self) -> Option<State> {
        match self {
            Self::NotOpen(state) => Some(*state),
            Self::Queue(QueueError::Full { .. }) => Some(State::Full),
            Self::NoBooth => Some(State::Unavailable),
            Self::Service(_) | Self::NoInvite | Self::Rows(_) | Self::Queue(_) | Self::BrokenOff(_) => None,
        }
    }
}

/// What the agent says of itself on loopback. No figure is kept anywhere.
#[derive(Debug, Serialize)]
pub struct Status {
    version: &'static str,
    ente: String,
    connected: bool,
    /// Why the node is not connected.
    trouble: Option<String>,
    /// Ballots on this device that are not receipted yet.
    queue: usize,
    queue_max: usize,
    /// Ballots receipted since the agent started.
    receipted: u64,
    /// Ballots refused for good, by code.
    refused: BTreeMap<String, u64>,
    catalogue_version: Option<u32>,
    warnings: Vec<String>,
}

/// How the connection to the node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// The node answers.
    Up,
    /// It does not.
    Down {
        /// Why, in one line.
        trouble: String,
    },
}

/// One terminal at work. Shared by the page, the uplink and the command line.
#[derive(Debug)]
pub struct Agent {
    terminal: Terminal,
    clock: Clock,
    calendar: Calendar,
    idle_s: u32,
    queue: Mutex<Queue>,
    held: watch::Sender<usize>,
    booth: watch::Sender<Option<Booth>>,
    link: watch::Sender<Link>,
    receipted: AtomicU64,
    opened: AtomicBool,
    openings: AtomicU64,
    broken: watch::Sender<bool>,
}

impl Agent {
    /// An agent over its queue. Red taps left without a reason by the last run become ballots now, and
    /// what it sent is made unreadable.
    pub fn new(
        terminal: Terminal,
        mut queue: Queue,
        clock: Clock,
        calendar: Calendar,
        idle_s: u32,
    ) -> Result<Self, CastError> {
        let booth = queue.booth()?.as_deref().and_then(|bytes| Booth::decode(bytes).ok());
        for tap in queue.drafts() {
            finish(&terminal, &mut queue, tap)?;
        }
        queue.forget_sent()?;
        Ok(Self {
            terminal,
            clock,
            calendar,
            idle_s,
            held: watch::Sender::new(queue.held()),
            queue: Mutex::new(queue),
            booth: watch::Sender::new(booth),
            link: watch::Sender::new(Link::Down { trouble: "not tried yet".to_owned() }),
            receipted: AtomicU64::new(0),
            opened: AtomicBool::new(false),
            openings: AtomicU64::new(0),
            broken: watch::Sender::new(false),
        })
    }

    /// The terminal this agent is.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Where the day of a vote comes from.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Takes one tap: on return its ballot (or its red without a reason yet) is on the disk. The same tap again changes
    /// nothing.
    pub async fn take(self: &Arc<Self>, tap: Tap) -> Result<(), CastError> {
        let id = tap.id;
        let agent = Arc::clone(self);
        let asking = self.settled(spawn_blocking(move || agent.take_now(&tap)).await)?;
        if asking {
            let agent = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(u64::from(agent.idle_s) + DRAFT_GRACE_S)).await;
                // A failed disk has stopped the agent already; the next start finds the draft.
                let _ = agent.end_draft(id).await;
            });
        }
        Ok(())
    }

    /// Whether a red tap waits for its reason from now on.
    fn take_now(&self, tap: &Tap) -> Result<bool, CastError> {
        let mut queue = self.queue.blocking_lock();
        if queue.counted(tap.id) {
            return Ok(false);
        }
        match (tap.touch, queue.draft(tap.id).cloned()) {
            (Touch::RedAsking, Some(_)) => return Ok(false),
            (Touch::RedAsking, None) => {
                let (day, attended) = self.admit(&tap.service)?;
                if let Some(other) = queue.drafts().first().filter(|_| queue.drafts().len() >= DRAFTS_MAX) {
                    finish(&self.terminal, &mut queue, *other)?;
                }
                let draft = Draft { service: tap.service.to_string(), day: day.yyyymmdd(), attended };
                self.reopen_unless(attended, queue.ask(tap.id, draft))?;
            }
            (Touch::Vote(face), Some(draft)) => {
                let face = if matches!(face, Face::Red(_)) { face } else { Face::Red(None) };
                let cast = drafted(&self.terminal, &draft, face)?;
                queue.keep(tap.id, &cast)?;
            }
            (Touch::Vote(face), None) => {
                let (day, attended) = self.admit(&tap.service)?;
                let row = Row { service: tap.service.clone(), face, invite_hash: None };
                let cast = seal(&self.terminal, row, day, attended);
                self.reopen_unless(attended, queue.keep(tap.id, &cast))?;
            }
        }
        self.held.send_replace(queue.held());
        Ok(tap.touch == Touch::RedAsking)
    }

    /// Whether the page may cast on this service now, on which day, and whether staff opened it. Uses up the opening.
    fn admit(&self, service: &Code) -> Result<(CivilDay, bool), CastError> {
        let booth = self.booth.borrow();
        let booth = booth.as_ref().ok_or(CastError::NoBooth)?;
        if !booth.offers(service) {
            return Err(CastError::Service(service.to_string()));
        }
        match self.state_of(booth) {
            State::Open => {
                let attended = self.terminal.mode == Mode::Attended;
                if attended && !self.opened.swap(false, Ordering::AcqRel) {
                    return Err(CastError::NotOpen(State::Closed));
                }
                Ok((self.day(booth), attended))
            }
            state @ (State::Closed | State::Full | State::Unavailable) => Err(CastError::NotOpen(state)),
        }
    }

    /// An opening is not used up by a vote that could not be kept.
    fn reopen_unless(&self, attended: bool, kept: Result<(), QueueError>) -> Result<(), CastError> {
        if kept.is_err() && attended {
            self.opened.store(true, Ordering::Release);
        }
        Ok(kept?)
    }

    /// Closes a red tap whose person has left without naming a reason.
    async fn end_draft(self: &Arc<Self>, tap: TapId) -> Result<(), CastError> {
        let agent = Arc::clone(self);
        let ended = spawn_blocking(move || {
            let mut queue = agent.queue.blocking_lock();
            finish(&agent.terminal, &mut queue, tap)?;
            agent.held.send_replace(queue.held());
            Ok(())
        });
        self.settled(ended.await)
    }

    /// Casts all votes of a CSV file, or none. With `once`, the same file is refused a second time unless `again`.
    pub async fn cast_file(
        self: &Arc<Self>,
        file: Vec<u8>,
        once: bool,
        again: bool,
    ) -> Result<usize, CastError> {
        let agent = Arc::clone(self);
        self.settled(spawn_blocking(move || agent.cast_file_now(&file, once, again)).await)
    }

    fn cast_file_now(&self, file: &[u8], once: bool, again: bool) -> Result<usize, CastError> {
        let rows = rows::read(file)?;
        let day = {
            let booth = self.booth.borrow();
            let booth = booth.as_ref().ok_or(CastError::NoBooth)?;
            let foreign: BTreeSet<&str> = rows
                .iter()
                .filter(|row| !booth.offers(&row.service))
                .map(|row| row.service.as_str())
                .collect();
            if !foreign.is_empty() {
                return Err(CastError::Service(foreign.into_iter().collect::<Vec<_>>().join(", ")));
            }
            self.day(booth)
        };
        if self.terminal.mode == Mode::Invite && rows.iter().any(|row| row.invite_hash.is_none()) {
            return Err(CastError::NoInvite);
        }
        let attended = self.terminal.mode == Mode::Attended;
        let casts: Vec<Envelope> =
            rows.into_iter().map(|row| seal(&self.terminal, row, day, attended)).collect();
        let hash = once.then(|| Sha256::digest(file).into());
        let mut queue = self.queue.blocking_lock();
        queue.keep_all(&casts, hash, again)?;
        self.held.send_replace(queue.held());
        Ok(casts.len())
    }

    /// A broken disk stops the agent: nothing may be promised any more.
    fn settled<T>(&self, outcome: Result<Result<T, CastError>, JoinError>) -> Result<T, CastError> {
        let outcome = outcome.map_err(CastError::BrokenOff).flatten();
        let disk = |error: &QueueError| {
            matches!(error, QueueError::Store(_) | QueueError::Sealed(_) | QueueError::Damaged(_))
        };
        if matches!(&outcome, Err(CastError::Queue(error)) if disk(error)) {
            self.broken.send_replace(true);
        }
        outcome
    }

    /// Waits until the disk fails.
    pub async fn broken(&self) {
        // The sender lives as long as the agent, so waiting ends only with a failure.
        let _ = self.broken.subscribe().wait_for(|broken| *broken).await;
    }

    fn day(&self, booth: &Booth) -> CivilDay {
        match self.calendar {
            Calendar::Own => self.clock.today(),
            Calendar::Node => booth.today,
        }
    }

    /// Opens the page of an attended terminal for one vote within 60 s. Whether there is such a page.
    pub fn open(self: &Arc<Self>) -> bool {
        if self.terminal.mode != Mode::Attended {
            return false;
        }
        let opening = self.openings.fetch_add(1, Ordering::AcqRel) + 1;
        self.opened.store(true, Ordering::Release);
        let agent = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(OPENING_S).await;
            agent.end_opening(opening);
        });
        true
    }

    /// Each opening has its own 60 s: the end of an earlier one leaves a later one alone.
    fn end_opening(&self, opening: u64) {
        if self.openings.load(Ordering::Acquire) == opening {
            self.opened.store(false, Ordering::Release);
        }
    }

    fn state_of(&self, booth: &Booth) -> State {
        match self.terminal.mode {
            Mode::Unspecified | Mode::Invite => State::Unavailable,
            Mode::Attended | Mode::Open if booth.is_empty() || *self.broken.borrow() => State::Unavailable,
            Mode::Attended | Mode::Open if *self.held.borrow() >= BALLOTS_MAX => State::Full,
            Mode::Attended if !self.opened.load(Ordering::Acquire) => State::Closed,
            Mode::Attended | Mode::Open => State::Open,
        }
    }

    /// What the page shows, handed to `show`; `None` before the node has ever answered.
    pub fn show<T>(&self, show: impl FnOnce(&Page<'_>) -> T) -> Option<T> {
        let booth = self.booth.borrow();
        booth.as_ref().map(|booth| show(&booth.page(self.state_of(booth), self.idle_s)))
    }

    /// How the agent is.
    pub async fn status(&self) -> Status {
        let refused = self.queue.lock().await.refused().clone();
        let booth = self.booth.borrow().clone();
        let trouble = match &*self.link.borrow() {
            Link::Up => None,
            Link::Down { trouble } => Some(trouble.clone()),
        };
        Status {
            version: env!("CARGO_PKG_VERSION"),
            ente: self.terminal.ente.to_string(),
            connected: trouble.is_none(),
            trouble,
            queue: *self.held.borrow(),
            queue_max: BALLOTS_MAX,
            receipted: self.receipted.load(Ordering::Acquire),
            refused,
            catalogue_version: booth.as_ref().map(|booth| booth.catalogue_version),
            warnings: booth.as_ref().and_then(|booth| self.clock_warning(booth)).into_iter().collect(),
        }
    }

    fn clock_warning(&self, booth: &Booth) -> Option<String> {
        let own = self.day(booth);
        let apart = own.days_until(booth.today).abs() > DAYS_APART_MAX;
        let up = *self.link.borrow() == Link::Up;
        (apart && up).then(|| {
            format!(
                "this device says {own}, its node {}: set the clock, or votes will be refused",
                booth.today
            )
        })
    }

    /// Ballots held; changes wake the uplink.
    pub fn held(&self) -> watch::Receiver<usize> {
        self.held.subscribe()
    }

    /// Says how the connection to the node is.
    pub fn set_link(&self, link: Link) {
        self.link.send_replace(link);
    }

    /// Keeps what the node says to show. Whether its day is another than before.
    pub async fn keep_booth(self: &Arc<Self>, reply: Vec<u8>) -> Result<bool, BoothRefusal> {
        let booth = Booth::decode(&reply)?;
        let day = booth.today;
        if self.booth.borrow().as_ref() == Some(&booth) {
            return Ok(false);
        }
        let before = self.booth.send_replace(Some(booth));
        let agent = Arc::clone(self);
        let kept = spawn_blocking(move || Ok(agent.queue.blocking_lock().keep_booth(reply)?));
        self.settled(kept.await)?;
        Ok(before.is_none_or(|before| before.today != day))
    }

    /// Waits until the node has once said what this terminal offers.
    pub async fn knows_booth(&self) {
        // The sender lives as long as the agent, so waiting ends only with a booth.
        let _ = self.booth.subscribe().wait_for(Option::is_some).await;
    }

    /// Ballots refused for good so far.
    pub async fn refusals(&self) -> u64 {
        self.queue.lock().await.refused().values().sum()
    }

    /// The oldest ballots that `skip` does not name.
    pub async fn oldest(&self, ballots_max: usize, skip: &BTreeSet<u64>) -> Vec<Waiting> {
        self.queue.lock().await.oldest(ballots_max, skip)
    }

    /// Lets go of ballots that the node has answered for good.
    pub async fn settle(self: &Arc<Self>, answers: Vec<(u64, Settled)>) -> Result<(), CastError> {
        let receipts = answers.iter().filter(|(_, settled)| *settled == Settled::Receipted).count();
        let agent = Arc::clone(self);
        let settled = spawn_blocking(move || {
            let mut queue = agent.queue.blocking_lock();
            queue.settle(&answers)?;
            agent.held.send_replace(queue.held());
            Ok(())
        });
        self.settled(settled.await)?;
        self.receipted.fetch_add(u64::try_from(receipts).unwrap_or(0), Ordering::AcqRel);
        Ok(())
    }
}

/// Why what the node says to show is not kept.
#[derive(Debug, thiserror::Error)]
pub enum BoothRefusal {
    /// Update the agent or the node.
    #[error("what the node says to show cannot be understood")]
    Booth(#[from] BoothError),
    /// See its own message.
    #[error(transparent)]
    Cast(#[from] CastError),
}

/// Makes a ballot of a red tap that waits for its reason; nothing if it no longer waits.
fn finish(terminal: &Terminal, queue: &mut Queue, tap: TapId) -> Result<(), CastError> {
    let Some(draft) = queue.draft(tap).cloned() else { return Ok(()) };
    Ok(queue.keep(tap, &drafted(terminal, &draft, Face::Red(None))?)?)
}

fn drafted(terminal: &Terminal, draft: &Draft, face: Face) -> Result<Envelope, QueueError> {
    let service = draft.service.parse().map_err(|_| QueueError::Damaged("service of a draft"))?;
    let day = CivilDay::from_yyyymmdd(draft.day).map_err(|_| QueueError::Damaged("day of a draft"))?;
    Ok(seal(terminal, Row { service, face, invite_hash: None }, day, draft.attended))
}

/// Fixes day, nonce and signature, once.
fn seal(terminal: &Terminal, row: Row, day: CivilDay, attended: bool) -> Envelope {
    let ballot = Ballot {
        ente: terminal.ente.clone(),
        service: row.service,
        channel: terminal.channel.clone(),
        branch: terminal.branch.clone(),
        month: day.month(),
        face: row.face,
        nonce: rand::random(),
    };
    let cast = Cast {
        ballot_bytes: ballot.encode().into(),
        ballot,
        day,
        terminal: terminal.id(),
        invite_hash: row.invite_hash,
        attended,
    };
    Envelope::seal(Kind::Cast, &terminal.federation, &terminal.key, &cast.encode())
}

#[cfg(test)]
mod tests;
