//! DFP's monthly act: the national month M, signed on day 20 of M+1 by timer, or on command.
//!
//! The timer publishes every month that is due and not yet published, oldest first, and with them the restatement of each
//! published month whose figures have changed since (a late summary, a correction, a ruling), no further back than
//! `RESTATED_MONTHS_MAX`. So figures change once a month, each time under a new number, and never in silence. On
//! command a month can be published from its end on, and restated at any time if its figures have changed.

use crate::{
    clock::Clock,
    federation::{AppendError, CLOCK_SKEW_S_MAX, Federation, Snapshot},
    telling::sentence,
    views::{AsOfError, Feeds, ReplicaFeeds, Views, now, same_figures},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    feed::Body,
    names::IpaCode,
    replica::Head,
    wire::feed::v1 as wire,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// The day of the following month on which a month is published.
const PUBLISHED_ON_DAY: u32 = 20;
/// Published months that the timer looks at again: two years, after which only a command restates.
const RESTATED_MONTHS_MAX: usize = 24;
/// How often the timer looks at the calendar; the demo's calendar wakes it at once.
const LOOK: Duration = Duration::from_secs(600);
/// After a start the timer waits this long: an observer that was away receives first what it missed.
const SETTLE: Duration = Duration::from_secs(600);
/// How soon it tries again what failed: no member reached yet, mostly.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Why a national month is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Wait.
    #[error("{month} is not over: it can be published from {from}")]
    NotOver { month: Month, from: CivilDay },
    /// Choose another month.
    #[error("no ente is expected for {month}")]
    NobodyExpected { month: Month },
    /// There is nothing to do.
    #[error("{month} is published already, and its figures have not changed since")]
    Unchanged { month: Month },
    /// Ask for the roster to be completed, or for a new version of the software.
    #[error(transparent)]
    AsOf(#[from] AsOfError),
    #[error(transparent)]
    Append(#[from] AppendError),
    /// On shutdown.
    #[error("the node is stopping")]
    Stopping,
}

/// Publishes national months in the observer's feed; clones share one order.
#[derive(Clone, Debug)]
pub struct Observer {
    own: IpaCode,
    federation: Federation,
    clock: Clock,
    /// One publication at a time, so that two callers never give one number to two restatements.
    turn: Arc<Mutex<()>>,
}

impl Observer {
    #[must_use]
    pub fn new(own: IpaCode, federation: Federation, clock: Clock) -> Self {
        Self { own, federation, clock, turn: Arc::default() }
    }

    /// Publishes `month`, or its next restatement. `offline` confirms that no member can be asked what it holds of this
    /// node's feed.
    pub async fn publish(&self, month: Month, offline: bool) -> Result<Head, PublishError> {
        let _turn = self.turn.lock().await;
        let (own, today) = (self.own.clone(), self.clock.today());
        let drafted = self.read(move |views, feeds| draft(views, feeds, &own, month, today)).await??;
        let head = self.federation.append(Body::NationalMonth(drafted), offline).await?;
        tracing::info!(%month, sequence = head.sequence, "national month published");
        Ok(head)
    }

    /// Publishes by the calendar, for as long as it is polled.
    pub async fn keep_publishing(self) {
        let mut moves = self.clock.moves();
        if !self.clock.is_demo() {
            tokio::time::sleep(SETTLE).await;
        }
        loop {
            let wait = if self.publish_due().await { LOOK } else { LOOK_AGAIN };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = moves.changed() => {}
            }
        }
    }

    /// `false` if something is still to be done.
    async fn publish_due(&self) -> bool {
        let offset_s = self.federation.network().median_clock_offset_s().unwrap_or(0);
        if !self.clock.is_demo() && offset_s.unsigned_abs() > CLOCK_SKEW_S_MAX {
            tracing::warn!(
                offset_s,
                "no national month is published by timer while the clocks disagree: set the clock"
            );
            return false;
        }
        let today = self.clock.today();
        let Ok(months) = self.read(move |views, _| agenda(views, today)).await else { return false };
        for month in months {
            if let Err(error) = self.publish(month, false).await {
                tracing::warn!(%month, error = %sentence(&error), "national month not published yet");
                return false;
            }
        }
        true
    }

    /// Views made from one snapshot: figures and as-of vector must tell of the same entries.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Views, &dyn Feeds) -> T + Send + 'static,
    ) -> Result<T, PublishError> {
        let snapshot: Arc<Snapshot> = self.federation.snapshot();
        let reading = tokio::task::spawn_blocking(move || {
            let feeds = ReplicaFeeds { replica: &snapshot.replica, log: snapshot.as_ref() };
            let mut views = Views::new(snapshot.replica.federation());
            views.follow(&feeds);
            read(&views, &feeds)
        });
        reading.await.map_err(|_| PublishError::Stopping)
    }
}

/// The national month as it stands, with the next number.
fn draft(
    views: &Views,
    feeds: &dyn Feeds,
    observer: &IpaCode,
    month: Month,
    today: CivilDay,
) -> Result<wire::NationalMonth, PublishError> {
    let from = month.next().first_day();
    if today < from {
        return Err(PublishError::NotOver { month, from });
    }
    let figures = views.national(month);
    if figures.coverage.expected == 0 {
        return Err(PublishError::NobodyExpected { month });
    }
    let last = views.nationals().get(&month).and_then(|restatements| restatements.last());
    let number = last.map_or(0, |last| last.message.restatement.saturating_add(1));
    let drafted = figures.to_wire(month, number, now(views, feeds, observer)?);
    match last {
        Some(last) if same_figures(&last.message, &drafted) => Err(PublishError::Unchanged { month }),
        Some(_) | None => Ok(drafted),
    }
}

/// What the calendar asks for on `today`, ascending; nothing once the newest month due is published.
fn agenda(views: &Views, today: CivilDay) -> Vec<Month> {
    let Some(first) = views.roster().first_month() else { return Vec::new() };
    let newest = match today.of_month() {
        day if day >= PUBLISHED_ON_DAY => today.month().previous(),
        _ => today.month().previous().previous(),
    };
    if newest < first || views.nationals().contains_key(&newest) {
        return Vec::new();
    }
    let due = std::iter::successors(Some(newest), |month| Some(month.previous()));
    let due = due.take_while(|month| *month >= first).enumerate();
    let mut months: Vec<Month> = due
        .filter(|(back, month)| match views.nationals().get(month).and_then(|it| it.last()) {
            None => views.national(*month).coverage.expected > 0,
            Some(last) => {
                let present = views.national(*month).to_wire(*month, 0, wire::AsOf::default());
                *back <= RESTATED_MONTHS_MAX && !same_figures(&last.message, &present)
            }
        })
        .map(|(_, month)| month)
        .collect();
    months.reverse();
    months
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::town::{OBSERVER, Town, day, month, summary};

    fn drafted(town: &Town, yyyymm: u32, today: u32) -> Result<wire::NationalMonth, PublishError> {
        draft(&town.views(), &town.feeds(), &OBSERVER.parse().unwrap(), month(yyyymm), day(today))
    }

    fn town() -> Town {
        let mut town = Town::founded(&["c_a", "c_b"]);
        town.summarise("c_a", 20_260_211, summary(202_601, &[("anagrafe", "counter", 80, 10, 10)]));
        town
    }

    #[test]
    fn the_calendar_asks_for_a_month_from_day_20_of_the_next() {
        let mut town = town();
        assert_eq!(agenda(&town.views(), day(20_260_219)), []);
        assert_eq!(agenda(&town.views(), day(20_260_220)), [month(202_601)]);
        town.publish(202_601, 20_260_220);
        assert_eq!(agenda(&town.views(), day(20_260_228)), []);
    }

    #[test]
    fn what_an_observer_away_has_missed_is_made_up_for() {
        assert_eq!(agenda(&town().views(), day(20_260_405)), [month(202_601), month(202_602)]);
    }

    #[test]
    fn a_late_summary_is_restated_with_the_next_month() {
        let mut town = town();
        town.publish(202_601, 20_260_220);
        town.summarise("c_b", 20_260_301, summary(202_601, &[("anagrafe", "counter", 40, 5, 5)]));
        assert_eq!(agenda(&town.views(), day(20_260_319)), []);
        assert_eq!(agenda(&town.views(), day(20_260_320)), [month(202_601), month(202_602)]);
    }

    #[test]
    fn restatements_are_numbered_and_an_unchanged_month_has_none() {
        let mut town = town();
        assert_eq!(drafted(&town, 202_601, 20_260_201).unwrap().restatement, 0);
        town.publish(202_601, 20_260_220);
        assert!(matches!(drafted(&town, 202_601, 20_260_221), Err(PublishError::Unchanged { .. })));
        town.summarise("c_b", 20_260_222, summary(202_601, &[("anagrafe", "counter", 40, 5, 5)]));
        assert_eq!(drafted(&town, 202_601, 20_260_223).unwrap().restatement, 1);
    }

    #[test]
    fn a_month_that_is_not_over_or_asks_nobody_is_not_published() {
        let town = town();
        assert!(matches!(drafted(&town, 202_602, 20_260_228), Err(PublishError::NotOver { .. })));
        assert!(matches!(drafted(&town, 202_512, 20_260_228), Err(PublishError::NobodyExpected { .. })));
    }
}
