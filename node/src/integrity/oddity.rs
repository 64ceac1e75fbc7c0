//! What is odd about the half-days of one terminal in one month (statistics page, section 6.3), and for which services.
//!
//! The tests hold honest votes against chance, and honest votes are not quite chance: people come at lunch and on the day
//! of a deadline, families vote one after the other, children press twice. So nothing is held against the plain average:
//!
//! - the rate of a half-day is its own votes over its own open seconds, so busy days and quiet ones are each their own
//!   measure, up to a few times that of the month ([`BUSY`]); within the half-day it may double ([`RUSH`]);
//! - one page lets 5.4 s pass between two votes; for a terminal with two windows one vote in a hundred may have another
//!   right behind it ([`COMPANION_SHARE`]);
//! - a party of three is one in a burst ([`PARTY_COMPANIONS`]); the half-days with a burst of some size are then held
//!   against the number that chance gives, so one large burst and many small ones are found alike;
//! - the end of the hours, and of the month, may be twice as busy as the average ([`RUSH`]).
//!
//! What this costs in power is printed by the simulation of anomalies: what the page plants is found all the same.

use std::collections::{BTreeMap, BTreeSet};

use faccina_proto::names::Code;
use faccina_proto::report::HalfDayReport;

use super::marks::Check;
use crate::stats::anomaly::{burst_bound, end_loading, expected_short_gaps, poisson_at_least};

/// Below this a month is odd.
const P_MAX: f64 = 1e-4;
/// Fewest short gaps that are odd.
const SHORT_GAPS_MIN: u32 = 5;
/// A gap below this is short, in seconds.
const SHORT_S: f64 = 5.0;
/// Fewest votes in the window that are a burst.
const BURST_MIN: u32 = 4;
/// The window, in seconds.
const WINDOW_S: f64 = 60.0;
/// How many times as busy as its half-day an honest hour may be.
const RUSH: f64 = 2.0;
/// How many times as busy as its month an honest half-day may be: a market day where nobody comes on others.
const BUSY: f64 = 4.0;
/// Share of votes that may have another within [`SHORT_S`]: couples at two windows of one terminal.
const COMPANION_SHARE: f64 = 0.01;
/// Whoever comes with somebody votes right after: a party of three is one.
const PARTY_COMPANIONS: u32 = 2;
/// Seconds of the end of the hours.
const LAST_S: u32 = 30 * 60;
/// Days of the end of the month.
const LAST_DAYS: usize = 2;
/// Seconds of a half-day: of one in which nothing was open.
const HALF_DAY_S: u32 = 12 * 3_600;

/// The half-days of one terminal in one month, ascending.
pub(super) struct HalfDays<'a> {
    reports: &'a [&'a HalfDayReport],
    /// Whether all of the month is in them.
    month_over: bool,
    /// Votes a second while the office was open.
    month_rate: f64,
}

impl<'a> HalfDays<'a> {
    pub(super) fn of(reports: &'a [&'a HalfDayReport], month_over: bool) -> Self {
        let open: Vec<_> = reports.iter().filter(|report| report.open_s > 0).copied().collect();
        let month_rate = ratio(sum(&open, HalfDayReport::votes), sum(&open, |report| report.open_s));
        Self { reports, month_over, month_rate }
    }

    /// The checks that the month does not pass, with the services whose votes were in what is odd.
    pub(super) fn odd(&self) -> BTreeMap<Check, BTreeSet<Code>> {
        let found = [
            (Check::OutsideHours, self.outside_hours()),
            (Check::ShortGaps, self.short_gaps()),
            (Check::Burst, self.bursts()),
            (Check::EndLoading, self.end_loading()),
        ];
        found.into_iter().filter(|(_, services)| !services.is_empty()).collect()
    }

    fn outside_hours(&self) -> BTreeSet<Code> {
        services(self.reports.iter().filter(|report| report.outside_hours > 0))
    }

    fn short_gaps(&self) -> BTreeSet<Code> {
        let short = self.reports.iter().map(|report| report.short_gaps()).fold(0, u32::saturating_add);
        let expected = self.reports.iter().map(|report| {
            let gaps = report.gaps.iter().copied().fold(0, u32::saturating_add);
            let rate = RUSH.mul_add(self.rate(report), COMPANION_SHARE / SHORT_S);
            expected_short_gaps(gaps.into(), rate, SHORT_S)
        });
        if short < SHORT_GAPS_MIN || !unlikely(poisson_at_least(short.into(), expected.sum())) {
            return BTreeSet::new();
        }
        let with_one = |report: &&HalfDayReport| {
            let short = report.services.iter().filter(|(_, taps)| taps.short_gaps > 0);
            short.map(|(service, _)| service.clone()).collect::<Vec<_>>()
        };
        self.reports.iter().flat_map(with_one).collect()
    }

    /// One burst that no party explains, or smaller ones on too many half-days.
    fn bursts(&self) -> BTreeSet<Code> {
        let sizes: BTreeSet<u32> = self.reports.iter().map(|report| report.most_in_60_s).collect();
        let odd = |size: &u32| {
            let with_one = self.reports.iter().filter(|report| report.most_in_60_s >= *size).count();
            let expected =
                self.reports.iter().filter_map(|report| self.bound(report, *size - PARTY_COMPANIONS));
            unlikely(poisson_at_least(u64::try_from(with_one).unwrap_or(u64::MAX), expected.sum()))
        };
        let Some(least) = sizes.range(BURST_MIN..).copied().find(odd) else { return BTreeSet::new() };
        services(self.reports.iter().filter(|report| report.most_in_60_s >= least))
    }

    /// The chance of `k` votes in the window somewhere in a half-day.
    fn bound(&self, report: &HalfDayReport, k: u32) -> Option<f64> {
        burst_bound(report.votes().into(), RUSH * self.rate(report), WINDOW_S, k.into())
    }

    /// Votes a second of a half-day, as far as its month explains them; over all of it where votes came while nothing was
    /// open.
    fn rate(&self, report: &HalfDayReport) -> f64 {
        let open_s = if report.open_s == 0 { HALF_DAY_S } else { report.open_s };
        (f64::from(report.votes()) / f64::from(open_s)).min(BUSY * self.month_rate)
    }

    fn end_loading(&self) -> BTreeSet<Code> {
        let mut days: BTreeMap<_, Vec<&HalfDayReport>> = BTreeMap::new();
        for report in self.reports.iter().filter(|report| report.open_s > 0) {
            days.entry(report.day).or_default().push(report);
        }
        let all: Vec<_> = days.values().flatten().copied().collect();
        let closings: Vec<_> = days.values().filter_map(|halves| halves.last().copied()).collect();
        let at_closing = sum(&closings, |report| report.in_last_half_hour);
        let closing_s = sum(&closings, |report| report.open_s.min(LAST_S));
        let mut loaded = BTreeSet::new();
        if loads(at_closing, closing_s, &all) {
            loaded.extend(services(closings.iter().filter(|report| report.in_last_half_hour > 0)));
        }
        let last: Vec<_> = days.values().rev().take(LAST_DAYS).flatten().copied().collect();
        let (late, late_s) = (sum(&last, HalfDayReport::votes), sum(&last, |report| report.open_s));
        if self.month_over && loads(late, late_s, &all) {
            loaded.extend(services(last.iter()));
        }
        loaded
    }
}

/// Whether more votes fall into a part of the opening time than a rush explains.
fn loads(votes: u64, part_s: u64, all: &[&HalfDayReport]) -> bool {
    let (total, open_s) = (sum(all, HalfDayReport::votes), sum(all, |report| report.open_s));
    let share = RUSH * ratio(part_s, open_s);
    share < 1.0 && unlikely(end_loading(votes, total, share))
}

fn unlikely(p: Option<f64>) -> bool {
    p.is_some_and(|p| p < P_MAX)
}

fn sum(reports: &[&HalfDayReport], number: impl Fn(&HalfDayReport) -> u32) -> u64 {
    reports.iter().map(|report| u64::from(number(report))).sum()
}

#[expect(clippy::cast_precision_loss, reason = "seconds and votes of a month stay far below 2^53")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn services<'a>(reports: impl Iterator<Item = &'a &'a HalfDayReport>) -> BTreeSet<Code> {
    reports.flat_map(|report| report.services.keys().cloned()).collect()
}
