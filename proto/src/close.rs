//! Closing a month: tally and carryover in, summary and carryover out.
//!
//! Pure: the node reads the box, draws the padding seed and computes the root; here the figures are made. What it makes
//! passes the receivers' [`checks`](crate::checks). [`Closing`] has the numbers for the sentence that a dry run says.
//!
//! Users served are published for a group only where every cell in it has them and no carried-in vote is in it. Votes
//! beyond the users served are counted by cell, before anything is merged.

use crate::{
    calendar::Month,
    carryover::Carryover,
    catalogue::Catalogue,
    envelope::Id,
    limits::{ENTRY_PAYLOAD_BYTES_MAX, GROUPS_MAX, MONTHS_NAMED_MAX, VOTES_PER_MONTH_MAX},
    names::Code,
    partition::{self, Partition, Services, roll_up},
    summary::{Backing, CodedCount, Content, Edition, Figures, Group, Integrity, PooledReasons, Summary},
    tally::{Counts, GroupKey, Tally, Votes},
};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};

/// What the ente measured beside the votes, for the whole month. `None` = not measured: published as unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Users served, by service and channel, where known.
    pub served: BTreeMap<GroupKey, u64>,
    /// Repeats within the cool-down of open terminals.
    pub repeat: Option<u64>,
    /// Votes outside opening hours.
    pub outside_hours: Option<u64>,
    /// Share of opening hours listened, in tenths 0..=10.
    pub listened_tenths: Option<u32>,
}

/// Everything a close depends on.
#[derive(Clone, Debug)]
pub struct Books<'a> {
    /// The month, over and not yet closed.
    pub month: Month,
    /// First edition, or the correction.
    pub edition: Edition,
    /// The votes of the box, late ones included.
    pub tally: &'a Tally,
    /// What the month before handed on.
    pub carry_in: &'a Carryover,
    /// The catalogue version of the month ([`Catalogues::in_force`](crate::catalogue::Catalogues::in_force)).
    pub catalogue: &'a Catalogue,
    /// The ente's services with few operators.
    pub few_operators: &'a BTreeSet<Code>,
    /// What was measured beside the votes.
    pub observed: &'a Observed,
    /// Merkle root of the box ([`merkle::ballots_root`](crate::merkle::ballots_root)).
    pub ballots_root: Id,
    /// The node's software version.
    pub software_version: &'a str,
    /// Whether invites became void since the last summary.
    pub restored: bool,
    /// Months directly before this one in which nothing was surveyed, ascending.
    pub gap_months: &'a [Month],
}

/// Why a month cannot be closed. Nothing is published; the box stays open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// The catalogue version begins later; synchronise the observer's feed.
    #[error("catalogue version {version} begins with {from_month}, after the month {month}")]
    Catalogue {
        /// The version given.
        version: u32,
        /// Its first month.
        from_month: Month,
        /// The month to close.
        month: Month,
    },
    /// The tally is damaged; recount the box with `faccina check`.
    #[error("the month has {votes} votes, at most {VOTES_PER_MONTH_MAX}")]
    TooManyVotes {
        /// The votes.
        votes: u64,
    },
    /// The ente has more services × channels than a summary holds; ask DFP for a coarser catalogue.
    #[error(
        "the summary would have {groups} groups in {bytes} bytes, at most {GROUPS_MAX} in {SUMMARY_BYTES_MAX}"
    )]
    TooLarge {
        /// Its groups.
        groups: usize,
        /// Its bytes.
        bytes: usize,
    },
    /// More months than a summary can name; the ente asks DFP for a new first month.
    #[error("the close names {months} months, at most {MONTHS_NAMED_MAX}")]
    TooManyMonths {
        /// Months carried, waiting or declared as a gap.
        months: usize,
    },
}

/// Largest summary, in bytes: an entry's payload less the entry's own fields.
const SUMMARY_BYTES_MAX: usize = ENTRY_PAYLOAD_BYTES_MAX - 256;

/// A closed month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// What is published.
    pub summary: Summary,
    /// What the next month receives; the node keeps it with the box.
    pub carry_out: Carryover,
    /// The groups with the cells in them, for the ente's own eyes; empty where the month is carried.
    pub groups: BTreeMap<GroupKey, partition::Group>,
    /// Votes of this month's box.
    pub votes: Votes,
    /// Votes received from carried months.
    pub votes_carried_in: u64,
    /// Votes handed to the next month; 0 where the month publishes groups.
    pub votes_carried_out: u64,
    /// Services of which at least one cell is merged into "altri servizi".
    pub services_merged: BTreeSet<Code>,
    /// Cells (service × channel) merged into "altri servizi".
    pub cells_merged: u64,
}

/// Closes a month.
pub fn close(books: &Books<'_>) -> Result<Closing, CloseError> {
    let (month, catalogue) = (books.month, books.catalogue);
    if catalogue.from_month() > month {
        let (version, from_month) = (catalogue.version(), catalogue.from_month());
        return Err(CloseError::Catalogue { version, from_month, month });
    }
    let cells = books.tally.by_cell();
    let votes = books.tally.total().votes;
    let all = votes.n().saturating_add(books.carry_in.votes_n());
    if all > VOTES_PER_MONTH_MAX {
        return Err(CloseError::TooManyVotes { votes: all });
    }
    let parameters = catalogue.parameters();
    let services = Services { sensitive: catalogue.sensitive(), few_operators: books.few_operators.clone() };
    let made = roll_up(month, &nameable(&cells, catalogue), books.carry_in, &parameters, &services);
    let carried = made.carry_out.votes.is_some();
    let content =
        if carried { Content::Carried } else { Content::Figures(Box::new(figures(books, &cells, &made))) };
    let summary = Summary {
        month,
        edition: books.edition,
        catalogue_version: catalogue.version(),
        software_version: books.software_version.to_owned(),
        content,
        ballots_root: books.ballots_root,
        restored: books.restored,
        gap_months: books.gap_months.to_vec(),
    };
    expect_fits(&summary, &made.carry_out)?;
    let alone = |key: &GroupKey| made.groups.get(key).is_some_and(|group| group.members.contains(key));
    let merged = cells.iter().filter(|(key, counts)| !carried && counts.n() > 0 && !alone(key));
    let merged: Vec<&GroupKey> = merged.map(|(key, _)| key).collect();
    Ok(Closing {
        summary,
        votes,
        votes_carried_in: books.carry_in.votes_n(),
        votes_carried_out: made.carry_out.votes_n(),
        services_merged: merged.iter().map(|key| key.service.clone()).collect(),
        cells_merged: merged.len() as u64,
        carry_out: made.carry_out,
        groups: made.groups,
    })
}

/// The cells under names that the catalogue knows; unknown ones as ALTRI ([`partition`]).
fn nameable(cells: &BTreeMap<GroupKey, Counts>, catalogue: &Catalogue) -> BTreeMap<GroupKey, Counts> {
    let mut named = BTreeMap::new();
    for (key, counts) in cells {
        let channel_known = catalogue.channels().contains_key(&key.channel);
        let service_known = catalogue.services().contains_key(&key.service);
        let channel = if channel_known { key.channel.clone() } else { Code::altri() };
        let service = if channel_known && service_known { key.service.clone() } else { Code::altri() };
        *named.entry(GroupKey { service, channel }).or_insert(Counts::NONE) += *counts;
    }
    named
}

fn figures(books: &Books<'_>, cells: &BTreeMap<GroupKey, Counts>, made: &Partition) -> Figures {
    let carried_from = books.carry_in.votes.as_ref().map(|votes| votes.months.clone()).unwrap_or_default();
    let (total, beside) = (books.tally.total().n(), books.tally.circumstanced());
    let served = &books.observed.served;
    let over_served: u64 = cells
        .iter()
        .filter_map(|(key, counts)| served.get(key).map(|served| counts.n().saturating_sub(*served)))
        .fold(0, u64::saturating_add);
    let coded = |n: Option<u64>| n.map(CodedCount::of);
    Figures {
        parameters: books.catalogue.parameters(),
        groups: made.groups.iter().map(|(key, group)| publish(key, group, books, cells)).collect(),
        pool: made.pool.as_ref().map(|pool| PooledReasons {
            reasons: pool.reasons,
            groups: pool.groups.iter().cloned().collect(),
            carried_reds: pool.carried_reds,
            carried_months: pool.carried_months.clone(),
        }),
        carried_from,
        integrity: Integrity {
            late: Some(CodedCount::of(beside.late)),
            repeat: coded(books.observed.repeat),
            outside_hours: coded(books.observed.outside_hours),
            revoked_terminal: Some(CodedCount::of(beside.revoked_terminal)),
            over_served: coded((!served.is_empty()).then_some(over_served)),
            backing: Some(Backing::of(beside.backed, total)),
        },
        listened_tenths: books.observed.listened_tenths.map(|tenths| tenths.min(10)),
    }
}

fn publish(
    key: &GroupKey,
    group: &partition::Group,
    books: &Books<'_>,
    cells: &BTreeMap<GroupKey, Counts>,
) -> Group {
    let of_members: Counts = group.members.iter().filter_map(|member| cells.get(member)).copied().sum();
    let complete = of_members.n() == group.counts.n();
    let served = group.members.iter().map(|member| books.observed.served.get(member).copied());
    let served = served.sum::<Option<u64>>().filter(|_| complete && !group.members.is_empty());
    Group {
        key: key.clone(),
        votes: group.counts.votes,
        reasons: group.own_reasons.then_some(group.counts.reasons),
        served: served.map(|served| served.min(VOTES_PER_MONTH_MAX)),
    }
}

fn expect_fits(summary: &Summary, carry_out: &Carryover) -> Result<(), CloseError> {
    let groups = summary.figures().map_or(0, |figures| figures.groups.len());
    let bytes = summary.to_wire().encoded_len();
    if groups > GROUPS_MAX || bytes > SUMMARY_BYTES_MAX {
        return Err(CloseError::TooLarge { groups, bytes });
    }
    let carried = carry_out.votes.as_ref().map_or(0, |votes| votes.months.len());
    let waiting = carry_out.reasons.as_ref().map_or(0, |reasons| reasons.months.len());
    let months = carried.max(waiting).max(summary.gap_months.len());
    if months > MONTHS_NAMED_MAX { Err(CloseError::TooManyMonths { months }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
