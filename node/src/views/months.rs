//! The summaries of one ente, judged in the order of its feed by the receivers' closed list.

use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogues,
    checks::{Judge, Judgement, Refusal},
    envelope::Id,
    feed::Entry,
    roster::Member,
    summary::{Figures, Summary},
    tally::Reasons,
    wire::feed::v1 as wire,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A summary as it stands in its feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Filed {
    pub sequence: u64,
    pub id: Id,
    /// The day that its entry declares.
    pub day: CivilDay,
    /// What the ente signed.
    pub message: wire::Summary,
}

/// A summary that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub filed: Arc<Filed>,
    pub summary: Arc<Summary>,
    /// The first edition, where this one is its correction.
    pub withdrawn: Option<Arc<Summary>>,
}

/// How an ente stands for a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MonthState<'a> {
    /// Its figures are in every sum.
    Counted(&'a Accepted),
    /// It transmitted, and its few votes go to the next month.
    Carried(&'a Accepted),
    /// Its summary breaks the receivers' list; it counts nowhere.
    Refused(&'a Filed, &'a Refusal),
    /// Its summary follows rules that this version does not know; update.
    NotUnderstood(&'a Filed),
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
    pub fn accepted(&self) -> Option<&'a Accepted> {
        match self {
            Self::Counted(accepted) | Self::Carried(accepted) => Some(accepted),
            Self::Refused(..)
            | Self::NotUnderstood(_)
            | Self::Forked
            | Self::Gap
            | Self::Missing
            | Self::NotDue => None,
        }
    }

    /// The figures that count; none of a carried month.
    #[must_use]
    pub fn figures(&self) -> Option<&'a Figures> {
        self.accepted().and_then(|accepted| accepted.summary.figures())
    }

    /// The day that the entry with the summary declares, where there is one.
    #[must_use]
    pub fn day(&self) -> Option<CivilDay> {
        match self {
            Self::Counted(accepted) | Self::Carried(accepted) => Some(accepted.filed.day),
            Self::Refused(filed, _) | Self::NotUnderstood(filed) => Some(filed.day),
            Self::Forked | Self::Gap | Self::Missing | Self::NotDue => None,
        }
    }
}

/// The reasons of a pool and the reds they belong to, of this month and of earlier ones.
#[must_use]
pub fn pooled(figures: &Figures) -> Option<(Reasons, u64)> {
    let pool = figures.pool.as_ref()?;
    let of_groups = pool.groups.iter().filter_map(|key| figures.group(key)).map(|group| group.votes.red);
    let reds = of_groups.fold(pool.carried_reds, u64::saturating_add);
    Some((pool.reasons, reds))
}

/// All summaries of one ente.
#[derive(Clone, Debug, Default)]
pub(super) struct EnteMonths {
    filed: Vec<Arc<Filed>>,
    /// The fold over the first `judged` of `filed`; none before the first judgement.
    judge: Option<Judge>,
    judged: usize,
    accepted: BTreeMap<Month, Accepted>,
    refused: BTreeMap<Month, (Arc<Filed>, Refusal)>,
    not_understood: BTreeMap<Month, Arc<Filed>>,
    gaps: BTreeSet<Month>,
}

impl EnteMonths {
    pub(super) fn file(&mut self, entry: &Entry, id: Id, message: &wire::Summary) {
        let message = message.clone();
        self.filed.push(Arc::new(Filed { sequence: entry.sequence, id, day: entry.day, message }));
    }

    /// Forgets all judgements: roster or catalogue have changed.
    pub(super) fn reopen(&mut self) {
        *self = Self { filed: std::mem::take(&mut self.filed), ..Self::default() };
    }

    /// Judges what was filed since the last time.
    pub(super) fn judge(&mut self, member: &Member, catalogues: &Catalogues) {
        let mut judge = self.judge.take().unwrap_or_else(|| Judge::new(member.first_month));
        for filed in self.filed.get(self.judged..).unwrap_or_default().to_vec() {
            let judgement = judge.judge(&filed.message, filed.day, catalogues);
            self.record(filed, judgement);
        }
        self.judge = Some(judge);
        self.judged = self.filed.len();
    }

    fn record(&mut self, filed: Arc<Filed>, judgement: Judgement) {
        match judgement {
            Judgement::Counted(summary) | Judgement::Carried(summary) => {
                self.gaps.extend(&summary.gap_months);
                let month = summary.month;
                let withdrawn = self.accepted.remove(&month).map(|before| before.summary);
                self.accepted.insert(month, Accepted { filed, summary, withdrawn });
            }
            Judgement::Refused(refusal) => {
                if let Ok(month) = Month::from_yyyymm(filed.message.month) {
                    self.refused.insert(month, (filed, refusal));
                }
            }
            Judgement::NotUnderstood { .. } => {
                if let Ok(month) = Month::from_yyyymm(filed.message.month) {
                    self.not_understood.insert(month, filed);
                }
            }
        }
    }

    pub(super) fn state(&self, month: Month) -> Option<MonthState<'_>> {
        if let Some(accepted) = self.accepted.get(&month) {
            let carried = accepted.summary.is_carried();
            return Some(if carried { MonthState::Carried(accepted) } else { MonthState::Counted(accepted) });
        }
        if let Some(filed) = self.not_understood.get(&month) {
            return Some(MonthState::NotUnderstood(filed));
        }
        self.refused.get(&month).map(|(filed, refusal)| MonthState::Refused(filed, refusal))
    }

    pub(super) fn is_gap(&self, month: Month) -> bool {
        self.gaps.contains(&month)
    }

    pub(super) fn accepted(&self) -> impl DoubleEndedIterator<Item = &Accepted> {
        self.accepted.values()
    }

    /// Refused summaries, by month; also those of months that a good summary speaks for.
    pub(super) fn refused(&self) -> impl Iterator<Item = (Month, &Refusal)> {
        self.refused.iter().map(|(month, (_, refusal))| (*month, refusal))
    }
}
