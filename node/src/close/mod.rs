//! Closing a month: from the ballot box to one summary in the own feed, once.
//!
//! 1. *Freeze*: the writer takes no more ballots into the month; what comes now counts in the next one as late.
//! 2. *Decide*: ids, padding seed, root, partition; the decision is kept sealed in the box. From here the month is closed.
//! 3. *Append* the summary to the own feed.
//! 4. *End*: note the day in the box; its retention counts from it.
//!
//! A node that stops in between goes on at its next start: before 2 the month is simply open again (ballots that were
//! counted as late meanwhile stay so); after 2 the same bytes are appended, unless the feed shows that they were.
//! The same where DFP has cut the own feed before a published month (a key that was replaced, a fork that was ruled): the
//! month follows anew with the bytes that were decided.
//! A month without a box, in which nothing was surveyed, is no month to close: the next summary declares it as a gap,
//! unless something was carried into it. A box stands from the first tick of a month on while a terminal is active, so
//! a month in which nobody voted is published as such.

mod refusal;
mod decision;
mod own_feed;
mod lost;
mod inspection;
mod correction;
mod timer;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use faccina_proto::calendar::Month;
use faccina_proto::carryover::Carryover;
use faccina_proto::catalogue::Catalogue;
use faccina_proto::close::{Books, CloseError as RuleError, Closing, Observed, close};
use faccina_proto::envelope::Id;
use faccina_proto::feed::Body;
use faccina_proto::merkle::ballots_root;
use faccina_proto::summary::Edition;
use faccina_proto::tally::Tally;
use faccina_proto::wire::feed::v1 as wire;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::spawn_blocking;

pub use self::correction::{Correction, CorrectionError, Place};
pub use self::inspection::Inspection;
pub use self::refusal::CloseError;
pub(crate) use self::timer::believed;
pub use self::timer::{Doubt, credible};

pub(crate) use self::decision::Decision;
pub(crate) use self::own_feed::OwnFeed;

use self::inspection::Inspected;
use self::own_feed::Published;
use crate::clock::Clock;
use crate::federation::Federation;
use crate::intake::{BoxError, Frozen, Intake, IntakeError, Office};
use crate::loss::{LossBook, Stage};
use crate::sealing::random_bytes;
use crate::served::ServedBook;

/// The version that summaries name.
const SOFTWARE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What closing would publish.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The month.
    pub month: Month,
    /// In Italian.
    pub words_it: String,
    /// In English.
    pub words_en: String,
    /// The summary, without the root that is drawn at the close.
    pub summary: wire::Summary,
}

/// A closed month.
#[derive(Debug, Clone)]
pub struct Closed {
    /// The month.
    pub month: Month,
    /// In Italian.
    pub words_it: String,
    /// In English.
    pub words_en: String,
    /// The summary as it stands in the feed.
    pub summary: wire::Summary,
    /// Its place in the own feed.
    pub sequence: u64,
    /// Its id.
    pub id: [u8; 32],
}

/// Closes the months of this node, one at a time.
#[derive(Debug, Clone)]
pub struct Closer {
    intake: Intake,
    federation: Federation,
    office: Arc<dyn Office>,
    served: Arc<ServedBook>,
    loss: LossBook,
    clock: Clock,
    retention_days: u16,
    /// Draws the minute at which this ente publishes.
    pace_key: [u8; 32],
    one_at_a_time: Arc<Mutex<()>>,
    /// Whether a decided month may wait for its entry.
    unfinished: Arc<AtomicBool>,
    inspected: Arc<std::sync::Mutex<Option<Inspected>>>,
}

/// What a closer is given by the node.
#[derive(Debug, Clone)]
pub struct Settings {
    pub intake: Intake,
    pub federation: Federation,
    pub office: Arc<dyn Office>,
    pub served: Arc<ServedBook>,
    pub loss: LossBook,
    pub clock: Clock,
    /// How long a box is kept after its month is closed.
    pub retention_days: u16,
    /// A secret of this node.
    pub pace_key: [u8; 32],
}

/// A month that can be closed, with what the months before it left.
#[derive(Debug)]
struct Due {
    month: Month,
    carry_in: Carryover,
    gap_months: Vec<Month>,
    catalogue: Arc<Catalogue>,
}

impl Closer {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings { intake, federation, office, served, loss, clock, retention_days, pace_key } = settings;
        let unfinished = Arc::new(AtomicBool::new(true));
        let (one_at_a_time, inspected) = (Arc::default(), Arc::default());
        Self {
            intake,
            federation,
            office,
            served,
            loss,
            clock,
            retention_days,
            pace_key,
            one_at_a_time,
            unfinished,
            inspected,
        }
    }

    /// Lets no month be closed, corrected or destroyed until the guard is dropped.
    pub(crate) async fn pause(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.one_at_a_time).lock_owned().await
    }

    /// Looks again whether something that was begun waits to be finished: the own feed has grown by what was lost.
    pub(crate) fn look_again(&self) {
        self.unfinished.store(true, Ordering::Relaxed);
    }

    /// What closing the next month (or `month`, which must be it) would publish. A month that is not over is previewed
    /// as it stands.
    pub async fn preview(&self, month: Option<Month>) -> Result<Preview, CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        let due = self.next(month).await?;
        let tally = self.intake.look(due.month).await?;
        let closer = self.clone();
        let (closing, marks, due) = self
            .blocking(move || {
                let observed = closer.observed(due.month, &tally)?;
                let marks = closer.marks(due.month, &tally)?;
                Ok((closer.figures(&due, &tally, &observed, Id::from_bytes([0; 32]))?, marks, due))
            })
            .await?;
        let words = words::preview(&closing, &inspection::in_words(&marks, &due.catalogue));
        Ok(Preview {
            month: due.month,
            words_it: words.it,
            words_en: words.en,
            summary: wire::Summary { ballots_root: bytes::Bytes::new(), ..closing.summary.to_wire() },
        })
    }

    /// Closes the next month (or `month`, which must be it). `offline` confirms that no member can be asked what it
    /// holds of the own feed.
    pub async fn close(&self, month: Option<Month>, offline: bool) -> Result<Closed, CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        self.expect_publishing()?;
        let finished = self.finish(offline).await?;
        if let Some(finished) = finished.filter(|finished| month.is_none_or(|month| month == finished.month))
        {
            return Ok(finished);
        }
        let due = self.next(month).await?;
        let last_day = due.month.last_day();
        if self.clock.today() <= last_day {
            return Err(CloseError::NotOver { month: due.month, from: last_day.plus_days(1) });
        }
        let decision = self.freeze_and_decide(due).await?;
        self.publish(decision, offline).await
    }

    /// Closes a month, and leaves its entry to [`Closer::resume`].
    async fn close_for_later(&self, month: Month) -> Result<(), CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        self.expect_publishing()?;
        let due = self.next(Some(month)).await?;
        self.freeze_and_decide(due).await?;
        self.unfinished.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn freeze_and_decide(&self, due: Due) -> Result<Decision, CloseError> {
        let frozen = self.intake.freeze(due.month).await??;
        self.decide(due, frozen).await
    }

    /// A decision cannot be taken back: none is made while it is not known what this node has published, or that it must
    /// not.
    fn expect_publishing(&self) -> Result<(), CloseError> {
        if let Some(alarm) = self.federation.network().alarm.clone() {
            return Err(CloseError::Alarm(alarm));
        }
        if self.loss.is_open() { Err(CloseError::Asking) } else { Ok(()) }
    }

    /// Finishes a close that had begun before the node stopped, if there is one. Call it at the start.
    pub async fn resume(&self, offline: bool) -> Result<Option<Closed>, CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        self.finish(offline).await
    }

    /// Destroys the boxes that are past their retention.
    pub async fn retire_old(&self) -> Result<(), CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        let (archive, today, days) = (self.intake.archive().clone(), self.clock.today(), self.retention_days);
        self.blocking(move || {
            let months = archive.months();
            for (month, next) in months.iter().zip(months.iter().skip(1)) {
                // The newest closed box may hold what the next month receives.
                let next_is_closed = archive.of(*next)?.ended()?.is_some();
                let Some(ended) = archive.of(*month)?.ended()? else { continue };
                if next_is_closed && ended.days_until(today) > i64::from(days) && archive.retire(*month)? {
                    tracing::info!(%month, "ballot box destroyed after its retention");
                }
            }
            archive.shut();
            Ok(())
        })
        .await
    }

    /// Decides, and keeps the decision in the box.
    async fn decide(&self, due: Due, frozen: Frozen) -> Result<Decision, CloseError> {
        let closer = self.clone();
        self.blocking(move || {
            let ids = frozen.ballot_box.ids().collect::<Result<Vec<Id>, _>>()?;
            let seed = random_bytes()?;
            let observed = closer.observed(due.month, &frozen.tally)?;
            let closing = closer.figures(&due, &frozen.tally, &observed, ballots_root(ids, &seed))?;
            let decision = Decision::made(&closing, seed, words::closing(&closing));
            decision.keep(&frozen.ballot_box)?;
            tracing::info!(month = %due.month, "month closed");
            Ok(decision)
        })
        .await
    }

    /// Appends what was decided, unless the feed has it, and ends the month.
    async fn publish(&self, decision: Decision, offline: bool) -> Result<Closed, CloseError> {
        let Decision { summary, words_it, words_en, .. } = decision;
        let month = Month::from_yyyymm(summary.month).map_err(|_| BoxError::Damaged {
            month: self.clock.today().month(),
            what: "a decision names no month",
        })?;
        self.unfinished.store(true, Ordering::Relaxed);
        let known = self.own_feed().await?.published.remove(&month);
        let (sequence, id) = match known {
            Some(Published { sequence, id, .. }) => (sequence, id),
            None => {
                let body = Body::Summary(summary.clone());
                let head = self.federation.append(body, offline).await;
                let head = head.map_err(|source| CloseError::Append { month, source })?;
                tracing::info!(%month, sequence = head.sequence, "summary published");
                (head.sequence, *head.id.as_bytes())
            }
        };
        let (archive, today) = (self.intake.archive().clone(), self.clock.today());
        let (served, reports) = (Arc::clone(&self.served), self.intake.reports().clone());
        let loss = summary.restored.then(|| self.loss.clone());
        self.blocking(move || {
            served.forget_through(month)?;
            reports.destroy_through(month).map_err(IntakeError::from)?;
            archive.of(month)?.keep_ended(today)?;
            match loss.filter(|loss| loss.stage() == Stage::Untold) {
                Some(loss) => Ok(loss.set(Stage::Whole)?),
                None => Ok(()),
            }
        })
        .await?;
        self.unfinished.store(false, Ordering::Relaxed);
        Ok(Closed { month, words_it, words_en, summary, sequence, id })
    }

    /// The decided month whose end is not noted, or which the feed has no more since DFP cut it, carried to its end; and a
    /// correction that was begun.
    async fn finish(&self, offline: bool) -> Result<Option<Closed>, CloseError> {
        let archive = self.intake.archive().clone();
        let closer = self.clone();
        let begun = self
            .blocking(move || {
                closer.end_lost_months()?;
                let due = OwnFeed::read(&closer.federation).due();
                for month in archive.months() {
                    let ballot_box = archive.of(month)?;
                    let is_cut = due.is_some_and(|due| month >= due);
                    if (is_cut || ballot_box.ended()?.is_none())
                        && let Some(decision) = Decision::of(&ballot_box)?
                    {
                        return Ok(Some(decision));
                    }
                }
                archive.shut();
                Ok(None)
            })
            .await?;
        self.finish_correction(offline).await?;
        self.unfinished.store(begun.is_some(), Ordering::Relaxed);
        match begun {
            Some(decision) => self.publish(decision, offline).await.map(Some),
            None => Ok(None),
        }
    }

    /// The next month to close, which must be `asked` where that is given.
    async fn next(&self, asked: Option<Month>) -> Result<Due, CloseError> {
        let own = self.own_feed().await?;
        let due = own.due().ok_or(CloseError::NotAdmitted)?;
        if let Some(month) = asked.filter(|month| *month < due) {
            return Err(CloseError::Closed { month });
        }
        self.intake.open_from(due).await?;
        let closer = self.clone();
        let (month, carry_in) = self
            .blocking(move || {
                let archive = closer.intake.archive();
                let carry_in = closer.carried(&own, due)?;
                let waits = carry_in != Carryover::default();
                let boxed = archive.months().into_iter().find(|month| *month >= due);
                let month = if waits { Some(due) } else { boxed };
                Ok((month.ok_or(CloseError::NothingToClose { due })?, carry_in))
            })
            .await?;
        if let Some(asked) = asked.filter(|asked| *asked != month) {
            return Err(CloseError::NotNext { month: asked, next: month });
        }
        let catalogue = self.office.catalogue(month).ok_or(CloseError::NoCatalogue { month })?;
        let gap = std::iter::successors(Some(due), |gap| Some(gap.next()));
        let gap_months = gap.take_while(|gap| *gap < month).collect();
        Ok(Due { month, carry_in, gap_months, catalogue })
    }

    fn figures(
        &self,
        due: &Due,
        tally: &Tally,
        observed: &Observed,
        ballots_root: Id,
    ) -> Result<Closing, RuleError> {
        close(&Books {
            month: due.month,
            edition: Edition::First,
            tally,
            carry_in: &due.carry_in,
            catalogue: &due.catalogue,
            few_operators: &self.office.few_operators(),
            observed,
            ballots_root,
            software_version: SOFTWARE_VERSION,
            restored: self.loss.stage() == Stage::Untold,
            gap_months: &due.gap_months,
        })
    }

    async fn own_feed(&self) -> Result<OwnFeed, CloseError> {
        let federation = self.federation.clone();
        self.blocking(move || Ok(OwnFeed::read(&federation))).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> Result<T, CloseError> + Send + 'static,
    ) -> Result<T, CloseError> {
        spawn_blocking(act).await.map_err(|_| IntakeError::Stopped)?
    }
}
