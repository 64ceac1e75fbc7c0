//! The single writer: looks up, decides, and writes what it decided in atomic, durable batches.
//!
//! Batches form by themselves: while one is being flushed, casts queue up, and the next batch takes what has queued,
//! at most [`BATCH_BALLOTS_MAX`]. Nothing waits for a timer. Answers leave only after the flush.
//! After a failed write nothing more is answered until the node is restarted: what reached the disk is unknown, and
//! terminals keep every ballot that has no receipt.

mod invites;

pub use self::invites::InviteAnswer;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use faccina_proto::admission::{
    Admission, Boxes, InviteState, InviteTries, Refusal, Rejected, Seen, VerifiedCast, Wait, admit,
};
use faccina_proto::ballot::{Face, Receipt};
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::envelope::{Id, KeyId};
use faccina_proto::invites::{InviteHash, StoredInvite};
use faccina_proto::tally::{Cell, Circumstances, Tally};
use faccina_proto::terminals::State;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::archive::Archive;
use super::ballot_box::{BallotBox, BoxError, Entering, Numbers};
use super::invite_book::{InviteBook, InviteBookError};
use super::live::{self, Live, LiveMonth};
use super::terminal_book::TerminalBook;
use crate::clock::Clock;

/// Ballots in one durable batch; measured: more gains nothing.
pub(crate) const BATCH_BALLOTS_MAX: usize = 256;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Decide on casts, in order.
    Admit(Casts),
    /// Something that happens seldom.
    Attend(Chore),
    /// Finish: what queued before is written and answered, what comes after is refused.
    Stop,
}

/// What the writer does between batches.
#[derive(Debug)]
pub(crate) enum Chore {
    /// Take no more ballots into the oldest open month; give its box and tally.
    Freeze { month: Month, frozen: oneshot::Sender<Result<Frozen, FreezeError>> },
    /// The tally of an open month as it stands.
    Look { month: Month, tally: oneshot::Sender<Result<Tally, BoxError>> },
    /// What an invite gives the right to at a terminal.
    CheckInvite { terminal: KeyId, invite: InviteHash, answer: oneshot::Sender<InviteAnswer> },
    /// No month before this one is open (the ente was admitted, or a close was found in the feed).
    OpenFrom(Month),
    /// Time has passed: live figures may move.
    Tick,
}

/// Casts of one stream that arrived together, with what verifying them said.
#[derive(Debug)]
pub(crate) struct Casts {
    pub(crate) verified: Vec<Result<VerifiedCast, Rejected>>,
    pub(crate) decided: oneshot::Sender<Vec<Decided>>,
    /// Their places in the queue, given back once they are decided.
    pub(crate) places: OwnedSemaphorePermit,
}

/// The answer to one cast. A receipt in it is durable.
#[derive(Debug)]
pub(crate) enum Decided {
    Counted(Receipt),
    NotYet(Id, Wait),
    Refused(Option<Id>, Refusal),
}

/// A month that takes no more ballots.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub(crate) ballot_box: Arc<BallotBox>,
    pub(crate) tally: Tally,
}

/// Why a month cannot be frozen.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    /// Months close in order: close that one first.
    #[error("{month} cannot be closed before {oldest_open}, the oldest open month")]
    NotOldest {
        /// The month asked for.
        month: Month,
        /// The one to close first.
        oldest_open: Month,
    },
    /// Nobody: a closed month is immutable.
    #[error("{month} is closed already")]
    Closed {
        /// The month asked for.
        month: Month,
    },
    /// The box refuses.
    #[error(transparent)]
    Box(#[from] BoxError),
}

/// Why the writer stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error(transparent)]
    Box(#[from] BoxError),
    #[error(transparent)]
    Invites(#[from] InviteBookError),
}

/// An open month: its box, and in memory what the box holds summed up.
#[derive(Debug)]
struct Counting {
    ballot_box: Arc<BallotBox>,
    tally: Tally,
    numbers: Numbers,
    shown: Tally,
}

/// What enters one month with this batch.
#[derive(Debug, Default)]
struct Draft {
    entering: Entering,
    cells: BTreeSet<Cell>,
}

/// What this batch has already let in, which no box shows yet.
#[derive(Debug, Default)]
struct Fresh {
    ballots: HashMap<Id, Month>,
    marks: HashSet<StoredInvite>,
    drafts: BTreeMap<Month, Draft>,
}

/// Owns the open boxes; lives on a thread of its own.
#[derive(Debug)]
pub(crate) struct Writer {
    archive: Archive,
    invites: InviteBook,
    terminals: Arc<TerminalBook>,
    clock: Clock,
    half_day_s: Option<u32>,
    oldest_open: Month,
    counting: BTreeMap<Month, Counting>,
    tries: InviteTries,
    half_day: u64,
    live: watch::Sender<Arc<Live>>,
}

impl Writer {
    /// Opens the boxes of all open months.
    pub(crate) fn new(
        archive: Archive,
        invites: InviteBook,
        terminals: Arc<TerminalBook>,
        clock: Clock,
        half_day_s: Option<u32>,
        oldest_open: Month,
    ) -> Result<(Self, watch::Receiver<Arc<Live>>), BoxError> {
        let half_day = live::half_day(clock.now(), half_day_s);
        let first = Live { received_today: 0, open_month: oldest_open, months: Vec::new() };
        let (live, figures) = watch::channel(Arc::new(first));
        let mut writer = Self {
            archive,
            invites,
            terminals,
            clock,
            half_day_s,
            oldest_open,
            counting: BTreeMap::new(),
            tries: InviteTries::default(),
            half_day,
            live,
        };
        for month in writer.archive.months().into_iter().filter(|month| *month >= oldest_open) {
            writer.count(month)?;
        }
        writer.publish();
        Ok((writer, figures))
    }

    /// Works until the queue is closed or a write fails. Blocks: run it on its own thread.
    pub(crate) fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        let mut next = tasks.blocking_recv();
        while let Some(task) = next.take() {
            let outcome = match task {
                Task::Stop => return,
                Task::Admit(casts) => {
                    let mut batch = vec![casts];
                    next = gather(&mut tasks, &mut batch);
                    self.admit(batch)
                }
                Task::Attend(chore) => self.attend(chore),
            };
            if let Err(error) = outcome {
                // Dropping the queue refuses everything that waits and everything that comes.
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "intake stopped: nothing is lost, restart the node"
                );
                return;
            }
            if next.is_none() {
                next = tasks.blocking_recv();
            }
        }
    }

    fn attend(&mut self, chore: Chore) -> Result<(), WriteError> {
        match chore {
            Chore::Freeze { month, frozen } => {
                // Whoever asked may be gone; the month stays frozen, as after a crash, and can be asked for again.
                let _ = frozen.send(self.freeze(month));
                self.publish();
            }
            Chore::Look { month, tally } => {
                let seen = self.count(month).map(|counting| counting.tally.clone());
                let _ = tally.send(seen);
            }
            Chore::CheckInvite { terminal, invite, answer } => {
                // A terminal that hung up asks again.
                let _ = answer.send(self.check_invite(terminal, &invite)?);
            }
            Chore::OpenFrom(month) => {
                self.oldest_open = self.oldest_open.max(month);
                self.counting.retain(|each, _| *each >= month);
                self.publish();
            }
            Chore::Tick => {
                self.begin_month()?;
                self.show()?;
            }
        }
        Ok(())
    }

    /// Decides on all casts, writes, and only then answers.
    fn admit(&mut self, batch: Vec<Casts>) -> Result<(), WriteError> {
        let today = self.clock.today();
        let mut fresh = Fresh::default();
        let mut answers = Vec::with_capacity(batch.len());
        for casts in batch {
            let mut decided = Vec::with_capacity(casts.verified.len());
            for verified in casts.verified {
                decided.push(match verified {
                    Ok(cast) => self.decide(&cast, today, &mut fresh)?,
                    Err(Rejected { ballot, refusal }) => Decided::Refused(ballot, refusal),
                });
            }
            answers.push((casts.decided, decided, casts.places));
        }
        self.write(fresh)?;
        for (sender, decided, places) in answers {
            drop(places);
            // A terminal that hung up sends again and gets the same receipts.
            let _ = sender.send(decided);
        }
        self.show()
    }

    fn decide(
        &mut self,
        cast: &VerifiedCast,
        today: CivilDay,
        fresh: &mut Fresh,
    ) -> Result<Decided, WriteError> {
        let now_s = self.clock.now().unix_s;
        let presented = cast.invite().map(|hash| self.invites.stored(&hash));
        let used_up = self.tries.used_up(&cast.terminal(), now_s);
        let record = match &presented {
            Some(invite) if !used_up => self.invites.record(invite)?,
            _ => None,
        };
        let record = record.filter(|record| record.is_known_at(&cast.ballot().channel));
        let mark = presented.map(|invite| record.as_ref().map_or(invite, |record| record.mark(invite)));
        let boxes = self.archive.from(cast.first_box(record.as_ref()))?;
        let seen = seen(cast, fresh, &boxes)?;
        let state = match (&mark, &record) {
            (None, _) => InviteState::NotPresented,
            (Some(_), None) if used_up => InviteState::TriesUsedUp,
            (Some(_), None) => InviteState::Unknown,
            (Some(mark), Some(_)) if is_spent(mark, fresh, &boxes)? => InviteState::Spent,
            (Some(_), Some(record)) => InviteState::Outstanding(record),
        };
        let months = Boxes { oldest_open: self.oldest_open, today };
        Ok(match admit(cast, seen, state, &months) {
            Admission::Count { month, circumstances } => {
                self.let_in(cast, mark, (month, circumstances), today, fresh)?;
                Decided::Counted(Receipt { ballot: cast.id(), counted_in: month })
            }
            Admission::AlreadyCounted { month } => {
                Decided::Counted(Receipt { ballot: cast.id(), counted_in: month })
            }
            Admission::NotYet(wait) => Decided::NotYet(cast.id(), wait),
            Admission::Refused(refusal) => {
                if refusal == Refusal::InviteUnknown {
                    self.tries.count(cast.terminal(), &cast.ballot().channel, now_s);
                }
                Decided::Refused(Some(cast.id()), refusal)
            }
        })
    }

    fn let_in(
        &mut self,
        cast: &VerifiedCast,
        mark: Option<StoredInvite>,
        (month, circumstances): (Month, Circumstances),
        today: CivilDay,
        fresh: &mut Fresh,
    ) -> Result<(), BoxError> {
        let counting = self.count(month)?;
        let ballot = cast.ballot();
        counting.tally.add(ballot, circumstances);
        counting.numbers.receive(today);
        let draft = fresh.drafts.entry(month).or_default();
        let with_reason = matches!(ballot.face, Face::Red(Some(_)));
        draft.entering.ballot(&counting.ballot_box, &cast.id(), cast.ballot_bytes(), with_reason);
        draft.cells.insert(Cell::of(ballot));
        if let Some(mark) = mark {
            draft.entering.mark(&mark);
            fresh.marks.insert(mark);
        }
        fresh.ballots.insert(cast.id(), month);
        Ok(())
    }

    /// One batch for each month touched, usually one; durable on return.
    fn write(&mut self, fresh: Fresh) -> Result<(), BoxError> {
        for (month, mut draft) in fresh.drafts {
            let counting = self.count(month)?;
            for cell in &draft.cells {
                let counts = counting.tally.cells().get(cell).copied().unwrap_or_default();
                draft.entering.cell(&counting.ballot_box, cell, &counts);
            }
            counting.numbers.circumstanced = counting.tally.circumstanced();
            draft.entering.numbers(&counting.ballot_box, &counting.numbers);
            counting.ballot_box.commit(draft.entering)?;
        }
        Ok(())
    }

    /// The open month, read from its box on first use.
    fn count(&mut self, month: Month) -> Result<&mut Counting, BoxError> {
        if !self.counting.contains_key(&month) {
            let ballot_box = self.archive.of(month)?;
            let counting = Counting {
                tally: ballot_box.tally()?,
                numbers: ballot_box.numbers()?,
                shown: ballot_box.shown()?,
                ballot_box,
            };
            self.counting.insert(month, counting);
        }
        Ok(self.counting.get_mut(&month).expect("it was inserted above"))
    }

    /// A month in which a terminal listens has a box, even if nobody votes.
    fn begin_month(&mut self) -> Result<(), BoxError> {
        let listening = self.terminals.list().iter().any(|(_, terminal)| terminal.state == State::Active);
        let month = self.clock.today().month();
        if listening && month >= self.oldest_open {
            self.count(month)?;
        }
        Ok(())
    }

    fn freeze(&mut self, month: Month) -> Result<Frozen, FreezeError> {
        let oldest_open = self.oldest_open;
        if let Some(earlier) =
            self.archive.months().into_iter().find(|each| (oldest_open..month).contains(each))
        {
            return Err(FreezeError::NotOldest { month, oldest_open: earlier });
        }
        // Also a month that was frozen before, when what followed failed.
        let (ballot_box, tally) = match self.counting.remove(&month) {
            Some(counting) => (counting.ballot_box, counting.tally),
            None => {
                let ballot_box = self.archive.of(month)?;
                let tally = ballot_box.tally()?;
                (ballot_box, tally)
            }
        };
        if ballot_box.decision()?.is_some() {
            return Err(FreezeError::Closed { month });
        }
        self.oldest_open = oldest_open.max(month.next());
        self.archive.shut_before(self.oldest_open);
        Ok(Frozen { ballot_box, tally })
    }

    /// Moves the live figures where a half-day has ended, and publishes what may be seen.
    fn show(&mut self) -> Result<(), WriteError> {
        let half_day = live::half_day(self.clock.now(), self.half_day_s);
        if half_day > self.half_day {
            self.half_day = half_day;
            for counting in self.counting.values_mut() {
                let shown = live::after_half_day(&counting.tally, &counting.shown);
                if shown != counting.shown {
                    counting.ballot_box.keep_shown(&shown)?;
                    counting.shown = shown;
                }
            }
        }
        self.publish();
        Ok(())
    }

    fn publish(&self) {
        let today = u64::from(self.clock.today().yyyymmdd());
        let of_today = self.counting.values().filter(|counting| counting.numbers.day == today);
        let received_today = live::stepped(of_today.map(|counting| counting.numbers.received_on_day).sum());
        let months = self
            .counting
            .iter()
            .map(|(month, counting)| LiveMonth { month: *month, cells: live::by_place(&counting.shown) });
        let now = Live { received_today, open_month: self.oldest_open, months: months.collect() };
        self.live.send_if_modified(|shown| {
            let moved = **shown != now;
            if moved {
                *shown = Arc::new(now);
            }
            moved
        });
    }
}

/// Adds queued casts while they fit the batch. Gives back the task that did not belong to it.
fn gather(tasks: &mut mpsc::Receiver<Task>, batch: &mut Vec<Casts>) -> Option<Task> {
    let mut ballots: usize = batch.iter().map(|casts| casts.verified.len()).sum();
    while ballots < BATCH_BALLOTS_MAX {
        match tasks.try_recv() {
            Ok(Task::Admit(casts)) if ballots + casts.verified.len() <= BATCH_BALLOTS_MAX => {
                ballots += casts.verified.len();
                batch.push(casts);
            }
            Ok(other) => return Some(other),
            Err(_) => return None,
        }
    }
    None
}

fn seen(cast: &VerifiedCast, fresh: &Fresh, boxes: &[Arc<BallotBox>]) -> Result<Seen, BoxError> {
    if let Some(month) = fresh.ballots.get(&cast.id()) {
        return Ok(Seen::In(*month));
    }
    for ballot_box in boxes {
        if ballot_box.holds(&cast.id())? {
            return Ok(Seen::In(ballot_box.month()));
        }
    }
    Ok(Seen::Nowhere)
}

fn is_spent(mark: &StoredInvite, fresh: &Fresh, boxes: &[Arc<BallotBox>]) -> Result<bool, BoxError> {
    if fresh.marks.contains(mark) {
        return Ok(true);
    }
    for ballot_box in boxes {
        if ballot_box.is_spent(mark)? {
            return Ok(true);
        }
    }
    Ok(false)
}
