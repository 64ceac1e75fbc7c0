//! The agent itself: it turns taps and files into sealed casts, once each, and holds them for the uplink.

mod openings;
mod invites;
mod moment;
mod presence;
mod taps;

pub use self::{
    invites::{InviteRefusal, Proof, Question, Right},
    openings::{OPENING_ID_BYTES, OPENING_S, Opening, OpeningId},
    taps::Taken,
};

use self::{
    invites::InviteDesk,
    moment::{Doubt, Heard},
    openings::Openings,
    taps::{Asked, finish},
};
use super::{
    booth::{Booth, BoothError, Entry, Now, Page, Sign, State},
    enrolment::Terminal,
    queue::{BALLOTS_MAX, Queue, QueueError, Settled, Waiting},
    rows::{self, Row, RowsError},
    settings::Calendar,
    status::Link,
};
use crate::clock::{Clock, instant};
use faccina_proto::{
    ballot::{Ballot, Cast},
    calendar::CivilDay,
    envelope::{Envelope, Kind},
    names::Code,
    wire::terminal::v1::Mode,
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex, watch},
    task::{JoinError, spawn_blocking},
};

/// Time without the node after which the page shows a small sign to staff: votes are safe for days, but somebody should know.
const LONG_AWAY: Duration = Duration::from_secs(3600);

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
    /// Tomorrow there is room again; raise `public.daily_cap` if so many people were really invited.
    #[error("the votes of today on {0} have reached this page's daily cap")]
    DailyCap(String),
    /// The node has never said what this terminal offers. Connect it once.
    #[error("this terminal has never reached its node: it does not know its services yet")]
    NoBooth,
    /// Ask for a new code, and pair the device again.
    #[error("this terminal was revoked: `faccina kiosk --pair-again` with a new code makes it one again")]
    Revoked,
    /// Connect this device to its node, or set its clock.
    #[error(
        "this terminal cannot know what day it is: connect it to its node, or set its clock if that is wrong"
    )]
    LostInTime,
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
            Self::NoBooth | Self::Revoked | Self::LostInTime => Some(State::Unavailable),
            Self::Service(_)
            | Self::NoInvite
            | Self::DailyCap(_)
            | Self::Rows(_)
            | Self::Queue(_)
            | Self::BrokenOff(_) => None,
        }
    }
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
    /// When the node was last there; at first, when the agent started.
    left: std::sync::Mutex<Instant>,
    receipted: AtomicU64,
    daily_cap: Option<u32>,
    openings: std::sync::Mutex<Openings>,
    asked: std::sync::Mutex<Asked>,
    invites: InviteDesk,
    broken: watch::Sender<bool>,
    /// Where the steady clock of what is measured begins.
    started: Instant,
    /// Day of the newest vote that waited at the start: a day that was believed.
    waited: Option<CivilDay>,
    /// The node's last word on the time.
    heard: watch::Sender<Option<Heard>>,
    unreported: watch::Sender<usize>,
}

impl Agent {
    /// An agent over its queue. Red taps left without a reason by the last run become ballots now.
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
        if terminal.is_at_counter() {
            queue.measure_for(terminal.id())?;
        }
        let waited = queue.newest_day()?;
        Ok(Self {
            terminal,
            clock,
            calendar,
            idle_s,
            unreported: watch::Sender::new(queue.reports().len()),
            held: watch::Sender::new(queue.held()),
            queue: Mutex::new(queue),
            booth: watch::Sender::new(booth),
            link: watch::Sender::new(Link::Down { trouble: "not tried yet".to_owned() }),
            left: std::sync::Mutex::new(instant()),
            receipted: AtomicU64::new(0),
            daily_cap: None,
            openings: std::sync::Mutex::default(),
            asked: std::sync::Mutex::default(),
            invites: InviteDesk::new(),
            broken: watch::Sender::new(false),
            started: instant(),
            waited,
            heard: watch::Sender::new(None),
        })
    }

    /// The same, taking at most so many votes on each service in a day.
    pub fn capped(mut self, daily_cap: u32) -> Result<Self, CastError> {
        self.queue.get_mut().count_taps()?;
        Ok(Self { daily_cap: Some(daily_cap), ..self })
    }

    /// The terminal this agent is.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Where the day of a vote comes from.
    pub fn calendar(&self) -> Calendar {
        self.calendar
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
            let booth = booth.as_ref().ok_or_else(|| self.no_booth())?;
            let foreign: BTreeSet<&str> = rows
                .iter()
                .filter(|row| !booth.offers(&row.service))
                .map(|row| row.service.as_str())
                .collect();
            if !foreign.is_empty() {
                return Err(CastError::Service(foreign.into_iter().collect::<Vec<_>>().join(", ")));
            }
            self.moment(booth).map_err(|_| CastError::LostInTime)?.day
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

    /// The day of a vote. Where it cannot be known, no vote is taken ([`Agent::state_of`]).
    fn day(&self, booth: &Booth) -> CivilDay {
        self.moment(booth).map_or(booth.today, |moment| moment.day)
    }

    fn state_of(&self, booth: &Booth) -> State {
        let unusable = booth.is_empty()
            || *self.broken.borrow()
            || self.terminal.mode == Mode::Unspecified
            || self.moment(booth).is_err();
        let waits = self.terminal.mode == Mode::Attended && self.openings().current(instant()).is_none();
        match (unusable, *self.held.borrow() >= BALLOTS_MAX, waits) {
            (true, ..) => State::Unavailable,
            (_, true, _) => State::Full,
            (.., true) => State::Closed,
            _ => State::Open,
        }
    }

    /// What the page shows, handed to `show`; `None` before the node has ever answered.
    pub fn show<T>(&self, show: impl FnOnce(&Page<'_>) -> T) -> Option<T> {
        let booth = self.booth.borrow();
        let opening = self.openings().current(instant()).cloned();
        booth.as_ref().map(|booth| {
            let now = Now {
                state: self.state_of(booth),
                attended: self.terminal.mode == Mode::Attended,
                entry: self.entry(),
                service: opening.as_ref().and_then(|it| it.service.as_ref()).map(Code::as_str),
                signs: self.signs(booth),
            };
            show(&booth.page(now, self.idle_s))
        })
    }

    fn entry(&self) -> Entry {
        match (self.terminal.mode, self.terminal.is_at_counter()) {
            (Mode::Invite, true) => Entry::Code,
            (Mode::Invite, false) => Entry::Link,
            (Mode::Unspecified | Mode::Attended | Mode::Open, _) => Entry::Free,
        }
    }

    /// Only at a counter: what staff looks after is nothing to who opens a link.
    fn signs(&self, booth: &Booth) -> Vec<Sign> {
        if !self.terminal.is_at_counter() {
            return Vec::new();
        }
        let doubt = self.moment(booth).err();
        let wrong = self.wrong_clock().is_some() || doubt == Some(Doubt::Clock);
        let clock = wrong.then_some(Sign::Clock);
        let away = (self.is_long_away() || doubt == Some(Doubt::Away)).then_some(Sign::Away);
        clock.into_iter().chain(away).collect()
    }

    fn is_long_away(&self) -> bool {
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        !self.is_connected() && left.elapsed() >= LONG_AWAY
    }

    /// Ballots held; changes wake the uplink.
    pub fn held(&self) -> watch::Receiver<usize> {
        self.held.subscribe()
    }

    /// Says how the connection to the node is.
    pub fn set_link(&self, link: Link) {
        if link == Link::Up {
            self.forget_unproven();
        }
        let before = self.link.send_replace(link);
        if before == Link::Up {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = instant();
        }
    }

    fn is_connected(&self) -> bool {
        *self.link.borrow() == Link::Up
    }

    fn is_revoked(&self) -> bool {
        *self.link.borrow() == Link::Revoked
    }

    /// Why there is nothing to show.
    pub fn no_booth(&self) -> CastError {
        if self.is_revoked() { CastError::Revoked } else { CastError::NoBooth }
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

    /// The node does not know this terminal any more: it was revoked, so nobody may vote on it.
    pub async fn forget_booth(self: &Arc<Self>) -> Result<(), CastError> {
        self.booth.send_replace(None);
        let agent = Arc::clone(self);
        self.settled(spawn_blocking(move || Ok(agent.queue.blocking_lock().forget_booth()?)).await)
    }

    /// Waits until the node has once said what this terminal offers.
    pub async fn knows_booth(&self) {
        // The sender lives as long as the agent, so waiting ends only with a booth.
        let _ = self.booth.subscribe().wait_for(Option::is_some).await;
    }

    /// The first service offered here; with `alone`, only if there is no other.
    pub fn first_service(&self, alone: bool) -> Option<Code> {
        let booth = self.booth.borrow();
        booth.as_ref().and_then(|booth| booth.first_service(alone)).cloned()
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
