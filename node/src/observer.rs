//! DFP's monthly act: the national month M, signed on day 20 of M+1 by timer, or on command.
//!
//! The timer publishes every month that is due and not yet published, oldest first, and the restatement of each published
//! month whose figures have changed since (a late summary, a correction, a ruling), or whose vector counts entries that
//! count no longer (a fork, a revocation), so that everybody can compute it again; no further back than
//! `RESTATED_MONTHS_MAX`. Restatements of one month come ever more rarely: number n no sooner than n days after the
//! publication before it, so that latecomers are soon counted and a month has at most some forty numbers in two years,
//! which every node keeps and recomputes. Each restatement is an entry of its own: what was published stays. On command
//! a month can be published from its end on, and restated at any time if there is cause.

use crate::{
    clock::Clock,
    close::{Doubt, believed},
    federation::{AppendError, Federation, Snapshot},
    telling::sentence,
    views::{AsOfError, Feeds, NationalEntry, Recomputed, ReplicaFeeds, Views, now, recompute, same_figures},
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
/// After a start the timer waits this long: an observer that was away receives first what it missed. In the demo, whose
/// months last seconds, only until it has caught up with the members it reaches.
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
    /// Ask for a restatement.
    #[error("{month} is published already; if its figures have changed, restate it (--restate)")]
    Published { month: Month },
    /// Publish it first.
    #[error(
        "{month} is not published yet, so that there is nothing to restate: publish it without --restate"
    )]
    NotPublished { month: Month },
    /// Ask for the roster to be completed, or for a new version of the software.
    #[error(transparent)]
    AsOf(#[from] AsOfError),
    #[error(transparent)]
    Append(#[from] AppendError),
    /// On shutdown.
    #[error("the node is stopping")]
    Stopping,
}

/// Why the timer waits.
#[derive(Debug, thiserror::Error)]
enum TimerError {
    #[error(transparent)]
    Doubt(#[from] Doubt),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// What is asked for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Its first publication.
    Publish,
    /// Its figures again, where they have changed, under the next number.
    Restate,
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

    /// Publishes `month` for the first time, or its next restatement. `offline` confirms that no member can be asked what it holds of this
    /// node's feed.
    pub async fn publish(&self, month: Month, act: Act, offline: bool) -> Result<Head, PublishError> {
        let _turn = self.turn.lock().await;
        let (own, today) = (self.own.clone(), self.clock.today());
        let drafted = self.read(move |views, feeds| draft(views, feeds, &own, (month, act), today)).await??;
        let restatement = drafted.restatement;
        let head = self.federation.append(Body::NationalMonth(drafted), offline).await?;
        tracing::info!(%month, restatement, sequence = head.sequence, "national month published");
        Ok(head)
    }

    /// Publishes by the calendar, for as long as it is polled.
    pub async fn keep_publishing(self) {
        let mut moves = self.clock.moves();
        self.settle().await;
        let mut said = String::new();
        loop {
            let outcome = self.publish_due().await;
            let wait = if outcome.is_ok() { LOOK } else { LOOK_AGAIN };
            let words = outcome.err().map(|error| sentence(&error)).unwrap_or_default();
            if words != said && !words.is_empty() {
                tracing::warn!(reason = %words, "a national month waits to be published");
            }
            said = words;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = moves.changed() => {}
            }
        }
    }

    async fn settle(&self) {
        let mut network = self.federation.watch_network();
        if self.clock.is_demo() {
            // Whoever is never caught up, or alone, goes on all the same after the longest wait.
            let _ = tokio::time::timeout(SETTLE, network.wait_for(|state| state.caught_up)).await;
        } else {
            tokio::time::sleep(SETTLE).await;
        }
    }

    async fn publish_due(&self) -> Result<(), TimerError> {
        let today = self.clock.today();
        if !self.clock.is_demo() {
            let federation = self.federation.clone();
            let believed = tokio::task::spawn_blocking(move || believed(&federation, today)).await;
            believed.map_err(|_| PublishError::Stopping)??;
        }
        for (month, act) in self.read(move |views, feeds| agenda(views, feeds, today)).await? {
            self.publish(month, act, false).await?;
        }
        Ok(())
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
pub fn draft(
    views: &Views,
    feeds: &dyn Feeds,
    observer: &IpaCode,
    (month, act): (Month, Act),
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
    match (act, last) {
        (Act::Publish, Some(_)) => return Err(PublishError::Published { month }),
        (Act::Restate, None) => return Err(PublishError::NotPublished { month }),
        (Act::Publish, None) | (Act::Restate, Some(_)) => {}
    }
    let number = last.map_or(0, |last| last.message.restatement.saturating_add(1));
    let drafted = figures.to_wire(month, number, now(views, feeds, observer)?);
    match last {
        Some(last) if same_figures(&last.message, &drafted) && !is_void(views, feeds, last) => {
            Err(PublishError::Unchanged { month })
        }
        Some(_) | None => Ok(drafted),
    }
}

/// What the calendar asks for on `today`, ascending.
#[must_use]
pub fn agenda(views: &Views, feeds: &dyn Feeds, today: CivilDay) -> Vec<(Month, Act)> {
    let Some(first) = views.roster().first_month() else { return Vec::new() };
    let newest = match today.of_month() {
        day if day >= PUBLISHED_ON_DAY => today.month().previous(),
        _ => today.month().previous().previous(),
    };
    let due = std::iter::successors(Some(newest), |month| Some(month.previous()));
    let due = due.take_while(|month| *month >= first).enumerate();
    let mut months: Vec<(Month, Act)> = due
        .filter_map(|(back, month)| match views.nationals().get(&month).and_then(|all| all.last()) {
            None => (views.national(month).coverage.expected > 0).then_some((month, Act::Publish)),
            Some(last) => {
                let due = back <= RESTATED_MONTHS_MAX && today >= restated_from(last);
                let has_cause = || has_changed(views, month, last) || is_void(views, feeds, last);
                (due && has_cause()).then_some((month, Act::Restate))
            }
        })
        .collect();
    months.reverse();
    months
}

/// The first day on which the timer restates a month that was published last as `last`.
fn restated_from(last: &NationalEntry) -> CivilDay {
    last.day.plus_days(i64::from(last.message.restatement).saturating_add(1))
}

fn has_changed(views: &Views, month: Month, last: &NationalEntry) -> bool {
    let present = views.national(month).to_wire(month, 0, wire::AsOf::default());
    !same_figures(&last.message, &present)
}

/// Whether nobody can compute it again, because entries that its vector counts are no longer in their feeds.
fn is_void(views: &Views, feeds: &dyn Feeds, published: &NationalEntry) -> bool {
    matches!(recompute(views, feeds, published), Recomputed::Impossible(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::town::{OBSERVER, Town, day, month, summary};

    fn asked(town: &Town, today: CivilDay) -> Vec<(Month, Act)> {
        agenda(&town.views(), &town.feeds(), today)
    }

    fn drafted(town: &Town, act: Act, yyyymm: u32, today: u32) -> Result<wire::NationalMonth, PublishError> {
        draft(&town.views(), &town.feeds(), &OBSERVER.parse().unwrap(), (month(yyyymm), act), day(today))
    }

    fn town() -> Town {
        let mut town = Town::founded(&["c_a", "c_b"]);
        town.summarise("c_a", 20_260_211, summary(202_601, &[("anagrafe", "counter", 80, 10, 10)]));
        town
    }

    #[test]
    fn the_calendar_asks_for_a_month_from_day_20_of_the_next() {
        let mut town = town();
        assert_eq!(asked(&town, day(20_260_219)), []);
        assert_eq!(asked(&town, day(20_260_220)), [(month(202_601), Act::Publish)]);
        town.publish(202_601, 20_260_220);
        assert_eq!(asked(&town, day(20_260_228)), []);
    }

    #[test]
    fn what_an_observer_away_has_missed_is_made_up_for() {
        let missed = [(month(202_601), Act::Publish), (month(202_602), Act::Publish)];
        assert_eq!(asked(&town(), day(20_260_405)), missed);
    }

    #[test]
    fn a_late_summary_is_restated_the_next_day_and_at_once_no_more() {
        let mut town = town();
        town.publish(202_601, 20_260_220);
        town.summarise("c_b", 20_260_220, summary(202_601, &[("anagrafe", "counter", 40, 5, 5)]));
        assert_eq!(asked(&town, day(20_260_220)), []);
        assert_eq!(asked(&town, day(20_260_221)), [(month(202_601), Act::Restate)]);
        town.publish(202_601, 20_260_221);
        assert_eq!(asked(&town, day(20_260_228)), []);
    }

    #[test]
    fn who_comes_back_was_not_missing_meanwhile() {
        let mut town = town();
        town.leave("c_b", wire::Role::Ente, 20_260_131);
        town.publish(202_601, 20_260_220);
        town.publish(202_602, 20_260_320);
        town.admit_on(20_260_401, "c_b", wire::Role::Ente);
        assert_eq!(asked(&town, day(20_260_410)), []);
        let views = town.views();
        let expected = [202_601, 202_602, 202_603].map(|it| views.national(month(it)).coverage.expected);
        assert_eq!(expected, [1, 1, 2], "it owes months again from its return on");
    }

    #[test]
    fn restatements_of_one_month_come_ever_more_rarely() {
        let enti: Vec<String> = (0..40).map(|n| format!("c_{n}")).collect();
        let mut town = Town::founded(&enti.iter().map(String::as_str).collect::<Vec<_>>());
        town.publish(202_601, 20_260_220);
        let mut today = day(20_260_220);
        // Somebody is late on each of forty days.
        for ente in &enti {
            today = today.plus_days(1);
            let late = summary(202_601, &[("anagrafe", "counter", 40, 5, 5)]);
            town.summarise(ente, today.yyyymmdd(), late);
            if asked(&town, today).contains(&(month(202_601), Act::Restate)) {
                town.publish(202_601, today.yyyymmdd());
            }
        }
        let days: Vec<_> = town.views().nationals()[&month(202_601)].iter().map(|entry| entry.day).collect();
        let apart: Vec<_> = days.windows(2).map(|pair| pair[0].days_until(pair[1])).collect();
        assert_eq!(apart, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn restatements_are_numbered_and_an_unchanged_month_has_none() {
        let mut town = town();
        assert_eq!(drafted(&town, Act::Publish, 202_601, 20_260_201).unwrap().restatement, 0);
        town.publish(202_601, 20_260_220);
        let again = drafted(&town, Act::Restate, 202_601, 20_260_221);
        assert!(matches!(again, Err(PublishError::Unchanged { .. })));
        town.summarise("c_b", 20_260_222, summary(202_601, &[("anagrafe", "counter", 40, 5, 5)]));
        assert_eq!(drafted(&town, Act::Restate, 202_601, 20_260_223).unwrap().restatement, 1);
    }

    #[test]
    fn a_month_whose_vector_counts_what_a_fork_took_away_is_restated_with_the_same_figures() {
        let mut town = town();
        let other = town.sealed("c_a", 20_260_213, Body::SurveyPlan(wire::SurveyPlan::default()));
        town.append("c_a", 20_260_213, Body::Contact(wire::Contact::default()));
        town.publish(202_601, 20_260_220);
        assert_eq!(asked(&town, day(20_260_221)), []);
        town.offer(other.bytes().clone());
        assert_eq!(asked(&town, day(20_260_221)), [(month(202_601), Act::Restate)]);
        let restated = drafted(&town, Act::Restate, 202_601, 20_260_221).unwrap();
        assert_eq!(restated.restatement, 1);
        let published = town.views().nationals()[&month(202_601)][0].message.clone();
        assert!(same_figures(&published, &restated));
        town.publish(202_601, 20_260_221);
        let again = drafted(&town, Act::Restate, 202_601, 20_260_222);
        assert!(matches!(again, Err(PublishError::Unchanged { .. })));
    }

    #[test]
    fn a_month_is_published_once_and_restated_only_after_that() {
        let mut town = town();
        let early = drafted(&town, Act::Restate, 202_601, 20_260_221);
        assert!(matches!(early, Err(PublishError::NotPublished { .. })));
        town.publish(202_601, 20_260_220);
        let again = drafted(&town, Act::Publish, 202_601, 20_260_221);
        assert!(matches!(again, Err(PublishError::Published { .. })));
    }

    #[test]
    fn a_month_that_is_not_over_or_asks_nobody_is_not_published() {
        let town = town();
        let early = drafted(&town, Act::Publish, 202_602, 20_260_228);
        assert!(matches!(early, Err(PublishError::NotOver { .. })));
        let nobody = drafted(&town, Act::Publish, 202_512, 20_260_228);
        assert!(matches!(nobody, Err(PublishError::NobodyExpected { .. })));
    }
}
