//! How the months that are not closed look to the ente itself: which services are to be verified, and what was measured
//! beside the votes.
//!
//! Staff see it from the figures that they are shown anyway and from reports of half-days that are over, so it moves with
//! half-days and never with a vote. A month's reports that cannot be read leave it without marks and its counts unknown; they
//! never keep it from being closed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::catalogue::Catalogue;
use faccina_proto::close::Observed;
use faccina_proto::names::Code;
use faccina_proto::report::HalfDayReport;
use faccina_proto::tally::{GroupKey, Tally};

use super::own_feed::OwnFeed;
use super::words::join;
use super::{CloseError, Closer};
use crate::clock::instant;
use crate::intake::{Live, LiveMonth};
use crate::integrity::{Check, Evidence, Measured, measured, to_verify};
use crate::stats::Proportion;
use crate::words::{Language, Value, Words, say};

/// Months from which participation is taken: a year.
const BASE_MONTHS: usize = 12;
/// What changes without a half-day ending (users entered, terminals revoked) is seen within this time.
const FRESH: Duration = Duration::from_secs(60);

/// The services to be verified in one month, with the checks that they do not pass.
pub(crate) type Marks = BTreeMap<Code, BTreeSet<Check>>;

/// How the months that are not closed look.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// By month.
    pub to_verify: BTreeMap<Month, BTreeMap<Code, BTreeSet<Check>>>,
    /// Share of the opening hours of the oldest of them in which a vote could be cast, in tenths.
    pub listened_tenths: Option<u32>,
    /// Whether half-days of any of them were reported.
    pub reported: bool,
}

/// An inspection and what it was made from.
#[derive(Debug)]
pub(super) struct Inspected {
    made: Instant,
    today: CivilDay,
    reports: u64,
    shown: Vec<LiveMonth>,
    inspection: Arc<Inspection>,
}

impl Closer {
    /// How the months that are not closed look, as staff may see it; at most a minute old. Blocks for the disk.
    pub fn inspect(&self, live: &Live) -> Result<Arc<Inspection>, CloseError> {
        let (today, reports) = (self.clock.today(), *self.intake.reports().changes().borrow());
        // Held while it is made: screens that ask at the same time wait for the one.
        let mut last = self.inspected.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = last.as_ref().filter(|last| {
            (last.today, last.reports) == (today, reports)
                && last.shown == live.months
                && last.made.elapsed() < FRESH
        });
        if let Some(fresh) = fresh {
            return Ok(Arc::clone(&fresh.inspection));
        }
        let inspection = Arc::new(self.inspect_now(live)?);
        let shown = live.months.clone();
        *last =
            Some(Inspected { made: instant(), today, reports, shown, inspection: Arc::clone(&inspection) });
        Ok(inspection)
    }

    fn inspect_now(&self, live: &Live) -> Result<Inspection, CloseError> {
        let mut months: BTreeSet<Month> = live.months.iter().map(|shown| shown.month).collect();
        let with_reports = self.intake.reports().months();
        let reported = with_reports.iter().any(|month| *month >= live.open_month);
        months.extend(with_reports);
        let mut to_verify = BTreeMap::new();
        for month in months.into_iter().filter(|month| *month >= live.open_month) {
            let ballot_box = self.intake.archive().existing(month)?;
            let shown = ballot_box.map(|ballot_box| ballot_box.shown()).transpose()?.unwrap_or_default();
            let marks = self.marks(month, &shown)?;
            if !marks.is_empty() {
                to_verify.insert(month, marks);
            }
        }
        let listened_tenths = self.measured(live.open_month).listened_tenths;
        Ok(Inspection { to_verify, listened_tenths, reported })
    }

    /// The services to be verified in a month whose box counts this. Blocks for the disk.
    pub(super) fn marks(&self, month: Month, tally: &Tally) -> Result<Marks, CloseError> {
        let cells = tally.by_cell().into_iter().map(|(cell, counts)| (cell, counts.votes));
        Ok(to_verify(&Evidence {
            reports: &self.reports(month),
            terminals: &self.intake.terminals(),
            votes: &cells.collect(),
            served: &self.served.of_month(month, tally)?,
            bases: &participation(&OwnFeed::read(&self.federation)),
            month_over: self.clock.today() > month.last_day(),
        }))
    }

    /// What was measured beside the votes; what was not is published as unknown.
    pub(super) fn observed(&self, month: Month, tally: &Tally) -> Result<Observed, CloseError> {
        let Measured { repeat, outside_hours, listened_tenths } = self.measured(month);
        let served = self.served.of_month(month, tally)?;
        Ok(Observed { served, repeat, outside_hours, listened_tenths })
    }

    fn measured(&self, month: Month) -> Measured {
        measured(&self.reports(month), &self.intake.terminals(), month, self.clock.today())
    }

    fn reports(&self, month: Month) -> Vec<HalfDayReport> {
        self.intake.reports().of_month(month).unwrap_or_else(|error| {
            tracing::warn!(%month, error = %crate::telling::sentence(&error), "left out");
            Vec::new()
        })
    }
}

/// Votes over users served of the last year's published groups, where they were known.
fn participation(own: &OwnFeed) -> BTreeMap<GroupKey, Proportion> {
    let mut shares: BTreeMap<GroupKey, Vec<Proportion>> = BTreeMap::new();
    for published in own.published.values().rev().take(BASE_MONTHS) {
        for group in &published.summary.groups {
            let votes = [group.green, group.yellow, group.red].map(u64::from).iter().sum();
            let share = group.served.and_then(|served| Proportion::new(votes, served.into()));
            let (Ok(service), Ok(channel), Some(share)) =
                (group.service.parse(), group.channel.parse(), share)
            else {
                continue;
            };
            shares.entry(GroupKey { service, channel }).or_default().push(share);
        }
    }
    shares.into_iter().filter_map(|(cell, shares)| Some((cell, Proportion::pooled(shares)?))).collect()
}

/// "Da verificare: Anagrafe (troppi voti in un minuto). …", or nothing.
pub(super) fn in_words(marks: &Marks, catalogue: &Catalogue) -> Words {
    if marks.is_empty() {
        return Words::default();
    }
    let mut services = Words::default();
    for (service, checks) in marks {
        let name = name_of(service, catalogue);
        let mut reasons = Words::default();
        for check in checks {
            join(&mut reasons, &say(&format!("check-{}", check.word()), &[]));
        }
        let values = [("service", Value::Both(&name)), ("checks", Value::Both(&reasons))];
        join(&mut services, &say("close-verify-service", &values));
    }
    say("close-verify", &[("services", Value::Both(&services))])
}

fn name_of(service: &Code, catalogue: &Catalogue) -> Words {
    let known = catalogue.services().get(service);
    let name = |language: Language| {
        known.map_or_else(|| service.to_string(), |known| known.name.in_language(language.tag()).to_owned())
    };
    Words { it: name(Language::Italian), en: name(Language::English) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::knows;

    #[test]
    fn every_check_has_its_words() {
        for check in Check::ALL {
            assert!(knows(&format!("check-{}", check.word())), "{check:?}");
        }
    }
}
