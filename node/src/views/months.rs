//! The summaries of one ente, judged in the order of its feed by the receivers' closed list.
//!
//! Only what is counted is kept ([`Kept`]): the whole summary is read again from the feed where a screen or a file needs
//! it ([`Views::summary`](super::Views::summary)).

use super::strata::Strata;
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogues,
    checks::{Judge, Judgement, Kept, KeptGroup, KeptPool, Keys, Refusal},
    feed::Entry,
    roster::Member,
    summary::Edition,
    tally::Votes,
    wire::feed::v1 as wire,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where a summary stands in its feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filed {
    pub sequence: u64,
    /// The day that its entry declares.
    pub day: CivilDay,
}

/// A summary that counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accepted<'a> {
    pub month: Month,
    pub filed: Filed,
    keys: &'a Keys,
    kept: &'a Kept,
    withdrawn: Option<&'a Kept>,
}

impl<'a> Accepted<'a> {
    /// Whether all its votes go to the next month.
    #[must_use]
    pub fn is_carried(&self) -> bool {
        self.kept.is_carried()
    }

    /// First edition or correction.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.kept.edition()
    }

    /// The published groups, ascending by key; none of a carried month.
    pub fn groups(&self) -> impl Iterator<Item = KeptGroup<'a>> + use<'a> {
        self.kept.groups(self.keys)
    }

    /// All votes; none of a carried month.
    #[must_use]
    pub fn total(&self) -> Votes {
        self.kept.total()
    }

    /// The reasons of a pool and the reds they belong to, of this month and of earlier ones.
    #[must_use]
    pub fn pool(&self) -> Option<&'a KeptPool> {
        self.kept.pool()
    }

    /// The carried months whose votes landed in this one, ascending.
    #[must_use]
    pub fn carried_from(&self) -> &'a [Month] {
        self.kept.carried_from()
    }

    /// The votes of the first edition, where this one is its correction.
    #[must_use]
    pub fn withdrawn(&self) -> Option<Votes> {
        self.withdrawn.map(Kept::total)
    }
}

/// How an ente stands for a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MonthState<'a> {
    /// Its figures are in every sum.
    Counted(Accepted<'a>),
    /// It transmitted, and its few votes go to the next month.
    Carried(Accepted<'a>),
    /// Its summary breaks the receivers' list; it counts nowhere.
    Refused(Filed, &'a Refusal),
    /// Its summary follows rules that this version does not know; update.
    NotUnderstood(Filed),
    /// Its feed contradicts itself before the month's summary.
    Forked,
    /// It declared that it surveyed nothing.
    Gap,
    /// Nothing has come.
    Missing,
    /// Nothing was to come.
    NotDue,
}

impl<'a> MonthState<'a> {
    /// The summary that counts, with figures or carried.
    #[must_use]
    pub fn accepted(&self) -> Option<Accepted<'a>> {
        match self {
            Self::Counted(accepted) | Self::Carried(accepted) => Some(*accepted),
            Self::Refused(..)
            | Self::NotUnderstood(_)
            | Self::Forked
            | Self::Gap
            | Self::Missing
            | Self::NotDue => None,
        }
    }

    /// The summary with figures that count.
    #[must_use]
    pub fn counted(&self) -> Option<Accepted<'a>> {
        self.accepted().filter(|accepted| !accepted.is_carried())
    }

    /// The entry with the summary, where there is one.
    #[must_use]
    pub fn filed(&self) -> Option<Filed> {
        match self {
            Self::Counted(accepted) | Self::Carried(accepted) => Some(accepted.filed),
            Self::Refused(filed, _) | Self::NotUnderstood(filed) => Some(*filed),
            Self::Forked | Self::Gap | Self::Missing | Self::NotDue => None,
        }
    }
}

/// All summaries of one ente.
#[derive(Clone, Debug)]
pub(super) struct EnteMonths {
    /// Keeps the figures that count.
    judge: Judge,
    accepted: BTreeMap<Month, Filed>,
    /// The day of the first summary that counted, whatever has corrected it since.
    arrived: BTreeMap<Month, CivilDay>,
    refused: BTreeMap<Month, (Filed, Refusal)>,
    not_understood: BTreeMap<Month, Filed>,
    gaps: BTreeSet<Month>,
    /// The last month that any summary spoke of.
    newest: Option<Month>,
    /// For each of the judge's keys its place among the strata of the network.
    strata: Vec<u32>,
}

impl EnteMonths {
    pub(super) fn new(member: &Member) -> Self {
        Self {
            judge: Judge::new(member.first_month),
            accepted: BTreeMap::new(),
            arrived: BTreeMap::new(),
            refused: BTreeMap::new(),
            not_understood: BTreeMap::new(),
            gaps: BTreeSet::new(),
            newest: None,
            strata: Vec::new(),
        }
    }

    /// Judges the next summary of the feed and brings the sums of the network up to date.
    pub(super) fn judge(
        &mut self,
        entry: &Entry,
        message: &wire::Summary,
        catalogues: &Catalogues,
        strata: &mut Strata,
    ) {
        let filed = Filed { sequence: entry.sequence, day: entry.day };
        // A month that cannot be read is no month of the calendar: it stands nowhere.
        let Ok(month) = Month::from_yyyymm(message.month) else { return };
        self.newest = self.newest.max(Some(month));
        match self.judge.judge(message, entry.day, catalogues) {
            Judgement::Counted(summary) | Judgement::Carried(summary) => {
                self.gaps.extend(&summary.gap_months);
                self.accepted.insert(month, filed);
                self.arrived.entry(month).or_insert(entry.day);
                self.reckon(month, strata);
            }
            Judgement::Refused(refusal) => {
                self.refused.insert(month, (filed, refusal));
            }
            Judgement::NotUnderstood { .. } => {
                self.not_understood.insert(month, filed);
            }
        }
    }

    fn reckon(&mut self, month: Month, strata: &mut Strata) {
        let known = self.strata.len();
        let new = self.judge.keys().as_slice().get(known..).unwrap_or_default();
        self.strata.extend(new.iter().map(|key| strata.place_of(key)));
        let Some(standing) = self.judge.months().get(&month) else { return };
        if let Some(withdrawn) = &standing.withdrawn {
            strata.take(month, &self.strata, withdrawn);
        }
        if let Some(counted) = &standing.counted {
            strata.add(month, &self.strata, counted);
        }
    }

    /// Takes all that counts out of the sums of the network.
    pub(super) fn withdraw(&self, strata: &mut Strata) {
        for (month, standing) in self.judge.months() {
            if let Some(counted) = &standing.counted {
                strata.take(*month, &self.strata, counted);
            }
        }
    }

    pub(super) fn state(&self, month: Month) -> Option<MonthState<'_>> {
        if let Some(accepted) = self.accepted_in(month) {
            let carried = accepted.is_carried();
            return Some(if carried { MonthState::Carried(accepted) } else { MonthState::Counted(accepted) });
        }
        if let Some(filed) = self.not_understood.get(&month) {
            return Some(MonthState::NotUnderstood(*filed));
        }
        self.refused.get(&month).map(|(filed, refusal)| MonthState::Refused(*filed, refusal))
    }

    fn accepted_in(&self, month: Month) -> Option<Accepted<'_>> {
        let filed = *self.accepted.get(&month)?;
        let standing = self.judge.months().get(&month)?;
        let (kept, withdrawn) = (standing.counted.as_deref()?, standing.withdrawn.as_deref());
        Some(Accepted { month, filed, keys: self.judge.keys(), kept, withdrawn })
    }

    pub(super) fn is_gap(&self, month: Month) -> bool {
        self.gaps.contains(&month)
    }

    pub(super) fn accepted(&self) -> impl DoubleEndedIterator<Item = Accepted<'_>> {
        self.accepted.keys().filter_map(|month| self.accepted_in(*month))
    }

    /// Refused summaries, by month; also those of months that a good summary speaks for.
    pub(super) fn refused(&self) -> impl Iterator<Item = (Month, &Refusal)> {
        self.refused.iter().map(|(month, (_, refusal))| (*month, refusal))
    }

    /// The months whose last word is refused, and those whose last word is not understood.
    pub(super) fn unusable(&self) -> (usize, usize) {
        let lacking = |month: &&Month| !self.accepted.contains_key(month);
        let refused = self.refused.keys().filter(lacking);
        let refused = refused.filter(|month| !self.not_understood.contains_key(month)).count();
        (refused, self.not_understood.keys().filter(lacking).count())
    }

    /// The day on which the first summary of `month` that counts was published.
    pub(super) fn arrived(&self, month: Month) -> Option<CivilDay> {
        self.arrived.get(&month).copied()
    }

    /// Whether any summary has come, good or bad.
    pub(super) fn has_spoken(&self) -> bool {
        self.newest.is_some()
    }

    /// Whether any summary, good or bad, spoke of `month` or a later one.
    pub(super) fn reaches(&self, month: Month) -> bool {
        self.newest.is_some_and(|newest| newest >= month)
    }

    /// What counts in the months from `from` to `to`.
    pub(super) fn kept(&self, from: Month, to: Month) -> impl Iterator<Item = (Month, &Kept)> {
        let months = self.judge.months().range(from..=to);
        months.filter_map(|(month, standing)| Some((*month, standing.counted.as_deref()?)))
    }

    /// The places among the strata of the network that the keys of [`EnteMonths::kept`] have.
    pub(super) fn strata(&self) -> &[u32] {
        &self.strata
    }
}
