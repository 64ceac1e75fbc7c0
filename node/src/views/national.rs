//! The national month: only aggregates, with coverage, and its recomputation from the summaries.
//!
//! - Cells are sums of published groups; the other services are a cell of their own (the empty code), so the cells of a
//!   channel add up and nothing is allocated by guess. Percentages are pooled by votes, never averaged.
//! - Reasons stand by channel where a group publishes its own; those of pools, and of groups over several channels, stand
//!   under the empty channel.
//! - Coverage counts enti; its inhabitants are those of the comuni among them, because larger enti cover the same people
//!   a second time.

use super::{Accepted, AsOfError, Cell, Feeds, MonthState, Views, as_of};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::Id,
    feed::Entry,
    names::{Code, IpaCode},
    summary::RULES_VERSION,
    tally::{GroupKey, Reasons, Votes},
    wire::feed::v1 as wire,
};
use std::collections::BTreeMap;

/// The IndicePA category of comuni.
const COMUNE: &str = "L6";

/// A national month as the observer published it.
#[derive(Clone, Debug, PartialEq)]
pub struct NationalEntry {
    pub observer: IpaCode,
    pub sequence: u64,
    pub id: Id,
    pub day: CivilDay,
    pub message: wire::NationalMonth,
}

impl NationalEntry {
    pub(super) fn new(observer: &IpaCode, id: Id, entry: &Entry, message: &wire::NationalMonth) -> Self {
        let message = message.clone();
        Self { observer: observer.clone(), sequence: entry.sequence, id, day: entry.day, message }
    }
}

/// The figures of a month, from the summaries that count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub coverage: wire::Coverage,
    pub total: Votes,
    pub cells: BTreeMap<GroupKey, Cell>,
    /// By channel; ALTRI = pooled over channels. With the reds that the reasons belong to.
    pub reasons: BTreeMap<Code, (Reasons, u64)>,
    /// Carried months whose votes landed in this one.
    pub carried_in: u32,
}

impl Views {
    /// The figures of `month` as of the entries applied.
    #[must_use]
    pub fn national(&self, month: Month) -> Figures {
        let cells = self.strata.month(month).map(|(key, cell)| (key.clone(), cell));
        let mut figures = Figures { cells: cells.collect(), ..Figures::default() };
        figures.total = figures.cells.values().map(|cell| cell.votes).sum();
        for member in self.enti() {
            let state = self.month_of(&member.code, month);
            let comune = member.category == COMUNE;
            let inhabitants = member.population.filter(|_| comune).map_or(0, u64::from);
            figures.cover(&state, inhabitants);
            if let Some(published) = state.counted() {
                figures.add(&published);
            }
        }
        figures
    }
}

impl Figures {
    fn cover(&mut self, state: &MonthState<'_>, inhabitants: u64) {
        let coverage = &mut self.coverage;
        let counted = match state {
            MonthState::NotDue => return,
            MonthState::Counted(_) => true,
            MonthState::Carried(_) => {
                coverage.carried += 1;
                true
            }
            MonthState::Refused(..) => {
                coverage.refused += 1;
                false
            }
            MonthState::NotUnderstood(_) => {
                coverage.not_understood += 1;
                false
            }
            MonthState::Forked => {
                coverage.forked += 1;
                false
            }
            MonthState::Gap | MonthState::Missing => false,
        };
        coverage.expected += 1;
        coverage.population_expected = coverage.population_expected.saturating_add(inhabitants);
        if counted {
            coverage.counted += 1;
            coverage.population_counted = coverage.population_counted.saturating_add(inhabitants);
        }
    }

    /// Adds what the cells do not hold.
    fn add(&mut self, published: &Accepted<'_>) {
        for group in published.groups() {
            if let Some(reasons) = group.reasons {
                self.add_reasons(&group.key.channel, reasons, group.votes.red);
            }
        }
        if let Some(pool) = published.pool() {
            self.add_reasons(&Code::altri(), pool.reasons, pool.reds);
        }
        let carried = u32::try_from(published.carried_from().len()).unwrap_or(u32::MAX);
        self.carried_in = self.carried_in.saturating_add(carried);
    }

    fn add_reasons(&mut self, channel: &Code, reasons: Reasons, reds: u64) {
        let (sum, all) = self.reasons.entry(channel.clone()).or_default();
        *sum += reasons;
        *all = all.saturating_add(reds);
    }

    /// As the observer signs it.
    #[must_use]
    pub fn to_wire(&self, month: Month, restatement: u32, as_of: wire::AsOf) -> wire::NationalMonth {
        wire::NationalMonth {
            month: month.yyyymm(),
            restatement,
            as_of: Some(as_of),
            rules_version: RULES_VERSION,
            coverage: Some(self.coverage),
            total: Some(tally(self.total)),
            cells: self
                .cells
                .iter()
                .map(|(key, cell)| wire::NationalCell {
                    service: key.service.as_str().to_owned(),
                    channel: key.channel.as_str().to_owned(),
                    votes: Some(tally(cell.votes)),
                    enti: cell.enti,
                })
                .collect(),
            reasons: self
                .reasons
                .iter()
                .map(|(channel, (Reasons(counts), reds))| wire::NationalReasons {
                    channel: channel.as_str().to_owned(),
                    counts: counts.to_vec(),
                    reds: *reds,
                })
                .collect(),
            carried_in: self.carried_in,
        }
    }
}

fn tally(votes: Votes) -> wire::Tally {
    wire::Tally { green: votes.green, yellow: votes.yellow, red: votes.red }
}

/// A part of a national month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Month,
    Coverage,
    Total,
    Cells,
    Reasons,
    CarriedMonths,
}

/// What a node finds when it computes a published national month again.
#[derive(Clone, Debug, PartialEq)]
pub enum Recomputed {
    /// The same, field by field.
    Identical,
    /// Another figure comes out of the same entries: the first part that differs.
    Differs { part: Part },
    /// The entries it was computed from are not all here, or not those.
    Impossible(AsOfError),
    /// Published by newer software.
    NotUnderstood { rules_version: u32 },
}

/// Computes a published national month again from the summaries at its as-of vector.
#[must_use]
pub fn recompute(views: &Views, feeds: &dyn Feeds, published: &NationalEntry) -> Recomputed {
    let message = &published.message;
    if message.rules_version != RULES_VERSION {
        return Recomputed::NotUnderstood { rules_version: message.rules_version };
    }
    let Some(as_of) = message.as_of.as_ref() else {
        return Recomputed::Impossible(AsOfError::Malformed("it is absent"));
    };
    let Ok(month) = Month::from_yyyymm(message.month) else {
        return Recomputed::Differs { part: Part::Month };
    };
    let then = as_of::views_at(
        &views.federation,
        feeds,
        as_of,
        &published.observer,
        published.sequence,
        &views.roster,
    );
    match then {
        Ok(then) => {
            compare(message, &then.national(month).to_wire(month, message.restatement, as_of.clone()))
        }
        Err(error) => Recomputed::Impossible(error),
    }
}

fn compare(published: &wire::NationalMonth, found: &wire::NationalMonth) -> Recomputed {
    let part = if published.coverage != found.coverage {
        Part::Coverage
    } else if published.total != found.total {
        Part::Total
    } else if published.cells != found.cells {
        Part::Cells
    } else if published.reasons != found.reasons {
        Part::Reasons
    } else if published != found {
        Part::CarriedMonths
    } else {
        return Recomputed::Identical;
    };
    Recomputed::Differs { part }
}

/// Whether two national months state the same figures, whatever they were computed from.
#[must_use]
pub fn same_figures(one: &wire::NationalMonth, other: &wire::NationalMonth) -> bool {
    let figures = |national: &wire::NationalMonth| wire::NationalMonth {
        as_of: None,
        restatement: 0,
        ..national.clone()
    };
    figures(one) == figures(other)
}
