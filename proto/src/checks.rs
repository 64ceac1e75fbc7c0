//! What every receiver checks of a summary: a closed list, judged alike by every node.
//!
//! Replication carries any well-formed signed entry; *meaning* is judged here, by a pure fold over one member's summaries
//! in the order of the feed ([`Judge`]). A summary that breaks the list is refused with its reason and counted nowhere. An
//! unknown rules version is "not understood, update", never refused.
//!
//! Decided here, where the design is silent:
//! - A refused summary still speaks for its month if it is the next one due: the months after it follow on, and only a
//!   correction (edition 2) can put figures in its place. Else one refused month would refuse all later ones.
//! - A correction differs by 0 in a group if all three faces are equal, by at least T if n differs by T or more: anything
//!   else would tell the opinion of fewer than T voters. A group that one edition lacks has 0 votes there.
//! - Where the first edition was refused there is nothing to compare a correction with; if a later month is published, it
//!   must not change what that month received: such a correction must not be a carried month.
//! - A month whose check needs a month that was not understood is not understood itself.
//! - Carried months are the run of carried summaries directly before; declared gaps do not end it, for no month in a gap
//!   could have received their votes.

pub use kept::{Kept, KeptGroup, KeptPool, Keys};
pub use refusal::Refusal;

use crate::{
    calendar::{CivilDay, Month},
    catalogue::{Catalogue, Catalogues},
    names::Code,
    partition::{Parameters, Unsafe},
    summary::{Edition, Figures, Group, PooledReasons, RULES_VERSION, Summary, SummaryError},
    tally::{GroupKey, Votes},
    wire::feed::v1 as wire,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a summary is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Its groups count.
    Counted(Arc<Summary>),
    /// It keeps the rules and carries its votes to the next month.
    Carried(Arc<Summary>),
    /// It breaks the rules and counts nowhere.
    Refused(Refusal),
    /// It follows rules that this software does not know, or depends on a month that does; update.
    NotUnderstood {
        /// The unknown version of the rules.
        rules_version: u32,
    },
}

/// How one published month stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The summary that counts: the correction where there is one.
    pub counted: Option<Box<Kept>>,
    /// The first edition that a correction withdrew; stays visible.
    pub withdrawn: Option<Box<Kept>>,
    /// The rules version that was not understood, where nothing counts for that reason.
    pub not_understood: Option<u32>,
    corrected: bool,
}

/// Judges the summaries of one member, in the order of its feed. Clone it to ask what a summary would be worth.
#[derive(Clone, Debug)]
pub struct Judge {
    first_month: Month,
    months: BTreeMap<Month, Standing>,
    keys: Keys,
}

enum Verdict {
    Refused(Refusal),
    NotUnderstood(u32),
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Judge {
    /// A member whose first summary is due for `first_month`, by the roster.
    pub fn new(first_month: Month) -> Self {
        Self { first_month, months: BTreeMap::new(), keys: Keys::default() }
    }

    /// The published months and how they stand, ascending.
    pub fn months(&self) -> &BTreeMap<Month, Standing> {
        &self.months
    }

    /// The keys of the figures that count, and of those withdrawn.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The month whose first edition is due next.
    pub fn due(&self) -> Month {
        self.months.last_key_value().map_or(self.first_month, |(last, _)| last.next())
    }

    /// Judges the next summary of the feed, whose entry declares `day`. `catalogues` are all versions known now: judge
    /// again when the observer's feed has brought more.
    pub fn judge(&mut self, message: &wire::Summary, day: CivilDay, catalogues: &Catalogues) -> Judgement {
        let month = match self.place(message, day) {
            Ok(month) => month,
            Err(refusal) => return Judgement::Refused(refusal),
        };
        let verdict = self.examine(message, catalogues);
        let standing = self.months.entry(month).or_default();
        match verdict {
            Ok(summary) => {
                let summary = Arc::new(summary);
                standing.corrected = summary.edition == Edition::Correction;
                let kept = Box::new(Kept::of(&summary, &mut self.keys));
                standing.withdrawn = standing.counted.replace(kept);
                standing.not_understood = None;
                if summary.is_carried() { Judgement::Carried(summary) } else { Judgement::Counted(summary) }
            }
            Err(Verdict::Refused(refusal)) => Judgement::Refused(refusal),
            Err(Verdict::NotUnderstood(rules_version)) => {
                if standing.counted.is_none() {
                    standing.not_understood = Some(rules_version);
                }
                Judgement::NotUnderstood { rules_version }
            }
        }
    }

    /// Whether it may speak for its month at all: over, due, gaps declared; or a correction of a published month.
    fn place(&self, message: &wire::Summary, day: CivilDay) -> Result<Month, Refusal> {
        let month = Month::from_yyyymm(message.month).map_err(SummaryError::from)?;
        if day <= month.last_day() {
            return Err(Refusal::MonthNotOver { month, day });
        }
        if month < self.first_month {
            return Err(Refusal::BeforeAdmission { month, first_month: self.first_month });
        }
        let published = self.months.get(&month);
        if message.edition == Edition::Correction.number() {
            let standing = published.ok_or(Refusal::NothingToCorrect { month })?;
            let corrected = standing.corrected;
            return if corrected { Err(Refusal::AlreadyCorrected { month }) } else { Ok(month) };
        }
        if published.is_some() {
            return Err(Refusal::AlreadyPublished { month });
        }
        let due = self.due();
        let missing = std::iter::successors(Some(due), |m| Some(m.next())).take_while(|m| *m < month);
        if month < due || !missing.map(Month::yyyymm).eq(message.gap_months.iter().copied()) {
            return Err(Refusal::Gap { due, month });
        }
        Ok(month)
    }

    fn examine(&self, message: &wire::Summary, catalogues: &Catalogues) -> Result<Summary, Verdict> {
        if message.rules_version != RULES_VERSION {
            return Err(Verdict::NotUnderstood(message.rules_version));
        }
        let summary = Summary::from_wire(message).map_err(Refusal::from)?;
        let catalogue = catalogues.in_force(summary.month);
        let in_force = catalogue.map(|catalogue| catalogue.version());
        let catalogue = catalogue.filter(|catalogue| catalogue.version() == summary.catalogue_version);
        let named = summary.catalogue_version;
        let catalogue = catalogue.ok_or(Refusal::CatalogueVersion { named, in_force })?;
        if let Some(figures) = summary.figures() {
            check_figures(figures, catalogue)?;
            self.check_carried_from(summary.month, figures)?;
            self.check_pool_months(summary.month, figures)?;
        }
        if summary.edition == Edition::Correction {
            self.check_correction(&summary, catalogue)?;
        }
        Ok(summary)
    }

    /// "Includes carryover from" is exactly the run of carried months directly before.
    fn check_carried_from(&self, month: Month, figures: &Figures) -> Result<(), Verdict> {
        let mut expected = Vec::new();
        for (before, standing) in self.months.range(..month).rev() {
            match (&standing.counted, standing.not_understood) {
                (Some(summary), _) if summary.is_carried() => expected.push(*before),
                (None, Some(rules_version)) => return Err(Verdict::NotUnderstood(rules_version)),
                (Some(_), _) | (None, None) => break,
            }
        }
        expected.reverse();
        if figures.carried_from == expected {
            Ok(())
        } else {
            Err(Refusal::CarriedFrom { stated: figures.carried_from.clone(), expected }.into())
        }
    }

    /// Reds of earlier months in the pool are exactly those left without reasons in exactly the months named.
    fn check_pool_months(&self, month: Month, figures: &Figures) -> Result<(), Verdict> {
        let Some(pool) = &figures.pool else { return Ok(()) };
        let mut left = 0u64;
        for named in &pool.carried_months {
            let standing = self.months.get(named).filter(|_| *named < month);
            let reds = standing.map_or(0, reds_left);
            if reds == 0 || self.pooled_elsewhere(*named, month) {
                return match standing.and_then(|standing| standing.not_understood) {
                    Some(rules_version) => Err(Verdict::NotUnderstood(rules_version)),
                    None => Err(Refusal::CarriedMonth { month: *named }.into()),
                };
            }
            left = left.saturating_add(reds);
        }
        if pool.carried_reds == left {
            Ok(())
        } else {
            Err(Refusal::CarriedReds { stated: pool.carried_reds, left }.into())
        }
    }

    /// Whether the pool of another month than `month` has published the reasons of `named`.
    fn pooled_elsewhere(&self, named: Month, month: Month) -> bool {
        self.months.range(named..).filter(|(later, _)| **later != month).any(|(_, standing)| {
            let pool = standing.counted.as_ref().and_then(|kept| kept.pool());
            pool.is_some_and(|pool| pool.carried_months.contains(&named))
        })
    }

    fn check_correction(&self, correction: &Summary, catalogue: &Catalogue) -> Result<(), Verdict> {
        let month = correction.month;
        let standing = self.months.get(&month);
        if let Some(rules_version) = standing.and_then(|standing| standing.not_understood) {
            return Err(Verdict::NotUnderstood(rules_version));
        }
        let Some(first) = standing.and_then(|standing| standing.counted.as_ref()) else {
            let later = self.months.range(month.next()..).next().is_some();
            let changed = later && month.next() != month && correction.is_carried();
            return if changed { Err(Refusal::CarryoverChanged { month }.into()) } else { Ok(()) };
        };
        let mut keys = self.keys.clone();
        let corrected = Kept::of(correction, &mut keys);
        if carryover(first) != carryover(&corrected) {
            return Err(Refusal::CarryoverChanged { month }.into());
        }
        let (old, new) = (votes_by_key(first, &keys), votes_by_key(&corrected, &keys));
        for key in old.keys().chain(new.keys()).copied().collect::<BTreeSet<_>>() {
            let votes = |side: &BTreeMap<&GroupKey, Votes>| side.get(key).copied().unwrap_or_default();
            let (old, new) = (votes(&old), votes(&new));
            let (difference, threshold) = (old.n().abs_diff(new.n()), catalogue.threshold_of(&key.service));
            if old != new && difference < threshold {
                let key = key.clone();
                return Err(Refusal::CorrectionTooSmall { key, difference, threshold }.into());
            }
        }
        Ok(())
    }
}

fn reds_left(standing: &Standing) -> u64 {
    standing.counted.as_ref().map_or(0, |kept| kept.reds_without_reasons())
}

/// What a month receives and hands on: the flag, the months received, the reds of earlier months, the reds left.
fn carryover(kept: &Kept) -> (bool, &[Month], u64, &[Month], u64) {
    let (reds, months) = kept.pool().map_or((0, [].as_slice()), |it| (it.carried_reds, &it.carried_months));
    (kept.is_carried(), kept.carried_from(), reds, months, kept.reds_without_reasons())
}

fn votes_by_key<'a>(kept: &'a Kept, keys: &'a Keys) -> BTreeMap<&'a GroupKey, Votes> {
    kept.groups(keys).map(|group| (group.key, group.votes)).collect()
}

/// The part of the list that a summary's figures show by themselves, under the catalogue version of the month.
pub fn check_figures(figures: &Figures, catalogue: &Catalogue) -> Result<(), Refusal> {
    let expected = catalogue.parameters();
    if figures.parameters != expected {
        return Err(Refusal::Parameters { stated: figures.parameters, expected });
    }
    let mut before: Option<&GroupKey> = None;
    for group in &figures.groups {
        if before.is_some_and(|before| *before >= group.key) {
            return Err(Refusal::KeyOrder { key: group.key.clone() });
        }
        before = Some(&group.key);
        check_key(&group.key, catalogue)?;
        check_votes(group, &expected, catalogue.threshold_of(&group.key.service))?;
    }
    figures.pool.as_ref().map_or(Ok(()), |pool| check_pool(pool, figures, &expected))
}

fn check_key(key: &GroupKey, catalogue: &Catalogue) -> Result<(), Refusal> {
    let known_service = key.service.is_altri() || catalogue.services().contains_key(&key.service);
    let merged = |code: &Code| code.is_altri() && key.service.is_altri();
    if !known_service {
        Err(Refusal::UnknownService { key: key.clone() })
    } else if !merged(&key.channel) && !catalogue.channels().contains_key(&key.channel) {
        Err(Refusal::UnknownChannel { key: key.clone() })
    } else {
        Ok(())
    }
}

fn check_votes(group: &Group, parameters: &Parameters, threshold: u64) -> Result<(), Refusal> {
    let (key, votes, red) = (group.key.clone(), group.votes.n(), group.votes.red);
    match parameters.unsafe_group(&group.votes, threshold) {
        Some(Unsafe::Small) => return Err(Refusal::GroupTooSmall { key, votes, threshold }),
        Some(Unsafe::Dominated) => return Err(Refusal::GroupTelling { key, votes, red }),
        None => {}
    }
    let Some(reasons) = group.reasons else { return Ok(()) };
    if red < parameters.reasons_min {
        return Err(Refusal::OwnReasonsTooFew { key, red, reasons_min: parameters.reasons_min });
    }
    match reasons.sum() {
        reasons if reasons > red => Err(Refusal::OwnReasonsBeyondReds { key, reasons, red }),
        _ => Ok(()),
    }
}

fn check_pool(pool: &PooledReasons, figures: &Figures, parameters: &Parameters) -> Result<(), Refusal> {
    let mut reds = pool.carried_reds;
    let mut before: Option<&GroupKey> = None;
    for key in &pool.groups {
        let group = figures.group(key).filter(|group| group.reasons.is_none() && group.votes.red > 0);
        let ascending = before.is_none_or(|before| before < key);
        let group = group.filter(|_| ascending).ok_or_else(|| Refusal::PoolGroup { key: key.clone() })?;
        reds = reds.saturating_add(group.votes.red);
        before = Some(key);
    }
    let reasons_min = parameters.reasons_min;
    if reds < reasons_min {
        return Err(Refusal::PoolTooSmall { reds, reasons_min });
    }
    match pool.reasons.sum() {
        reasons if reasons > reds => Err(Refusal::PoolBeyondReds { reasons, reds }),
        _ => Ok(()),
    }
}

mod refusal;
mod kept;
#[cfg(test)]
mod tests;
