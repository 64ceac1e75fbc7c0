//! The roll-up of small counts: every vote of a month in exactly one published group, or the month carried whole.
//!
//! STATISTICS 4.6, step by step. Nothing is suppressed, so nothing can be solved for; totals are sums of groups. The order
//! is deterministic: an auditor with the ballot box obtains the same groups.
//!
//! One case the text leaves open: a service or channel that the catalogue of the month does not know (any more) cannot be
//! named in a summary. The close renames its votes to ALTRI before the roll-up ([`roll_up`] puts a cell of service ALTRI
//! into the group of its channel even if it is large, and one of channel ALTRI into the residual), so no vote is lost.

use crate::{
    calendar::Month,
    carryover::{CarriedReasons, CarriedVotes, Carryover},
    names::Code,
    tally::{Counts, GroupKey, Reasons, Votes},
};
use std::collections::{BTreeMap, BTreeSet};

/// The parameters of the partition, published with each month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// T: smallest published group, in votes.
    pub threshold: u64,
    /// T of services that the catalogue lists as sensitive, in votes.
    pub threshold_sensitive: u64,
    /// D: fewest votes that are not red in a small group with a red one.
    pub dominance: u64,
    /// R: fewest reds whose reasons are published.
    pub reasons_min: u64,
    /// G: from this many votes on, D does not matter.
    pub dominance_below: u64,
}

impl Default for Parameters {
    /// T 5, sensitive 10, D 2, R 5, G 20.
    fn default() -> Self {
        Self { threshold: 5, threshold_sensitive: 10, dominance: 2, reasons_min: 5, dominance_below: 20 }
    }
}

/// Why votes may not stand as a group of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// Fewer votes than the threshold.
    Small,
    /// So few votes beside the reds that the voters' opinion could be told.
    Dominated,
}

impl Parameters {
    /// Whether `votes` with threshold `t` may be published as one group: at least T votes, and no red, or at least D votes
    /// beside the reds, or at least G votes. No votes at all count as small: there is nothing to publish.
    pub fn unsafe_group(&self, votes: &Votes, t: u64) -> Option<Unsafe> {
        let n = votes.n();
        if n < t {
            Some(Unsafe::Small)
        } else if n < self.dominance_below && votes.red > 0 && n.saturating_sub(votes.red) < self.dominance {
            Some(Unsafe::Dominated)
        } else {
            None
        }
    }
}

/// What the partition must know of services beside their votes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// Services that the catalogue lists as sensitive: their T is larger.
    pub sensitive: BTreeSet<Code>,
    /// Services that the ente marks as having few operators: they never publish reasons of their own.
    pub few_operators: BTreeSet<Code>,
}

/// One group of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Votes and reasons of all members, and of carried-in votes in it.
    pub counts: Counts,
    /// The cells in it, ascending; none where it holds only carried-in votes.
    pub members: BTreeSet<GroupKey>,
    /// Whether it publishes its own four reasons.
    pub own_reasons: bool,
}

/// Reasons of groups that do not publish their own, together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Reds whose reasons are in the pool, with or without a reason given; earlier months included.
    pub reds: u64,
    /// The reasons.
    pub reasons: Reasons,
    /// The groups of this month in it, ascending.
    pub groups: BTreeSet<GroupKey>,
    /// Reds of earlier months in it.
    pub carried_reds: u64,
    /// Those months, ascending.
    pub carried_months: Vec<Month>,
}

/// A month, partitioned. Sum of the groups + votes carried out = votes of the month + votes carried in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// The published groups by key; none where the month is carried whole.
    pub groups: BTreeMap<GroupKey, Group>,
    /// The published pool of reasons.
    pub pool: Option<Pool>,
    /// What goes to the next month.
    pub carry_out: Carryover,
}

/// Partitions the votes of `month`. `cells` have at most as many reasons as reds.
pub fn roll_up(
    month: Month,
    cells: &BTreeMap<GroupKey, Counts>,
    carry_in: &Carryover,
    parameters: &Parameters,
    services: &Services,
) -> Partition {
    let mut work = Work { groups: BTreeMap::new(), parameters, services };
    work.place_cells(cells);
    let residual = work.gather_residual(carry_in.votes.as_ref());
    if let Some(unsafe_residual) = work.settle_residual(residual) {
        // Nothing is left to absorb: the whole month is carried, and reasons that wait go on unchanged.
        let mut months = carry_in.votes.as_ref().map(|votes| votes.months.clone()).unwrap_or_default();
        months.push(month);
        let votes = CarriedVotes {
            threshold: work.threshold(&unsafe_residual),
            counts: unsafe_residual.counts,
            months,
        };
        let carry_out = Carryover { votes: Some(votes), reasons: carry_in.reasons.clone() };
        return Partition { carry_out, ..Partition::default() };
    }
    let (pool, carried) = work.pool_reasons(month, carry_in.reasons.as_ref());
    let publish = |group: Working| Group {
        counts: group.counts,
        members: group.members,
        own_reasons: group.own_reasons,
    };
    Partition {
        groups: work.groups.into_iter().map(|(key, group)| (key, publish(group))).collect(),
        pool,
        carry_out: Carryover { votes: None, reasons: carried },
    }
}

/// A group while the partition is being made.
#[derive(Clone, Debug, Default)]
struct Working {
    counts: Counts,
    members: BTreeSet<GroupKey>,
    /// Threshold of carried-in votes in it; 0 without any.
    carried_threshold: u64,
    carried_in: bool,
    own_reasons: bool,
}

impl Working {
    fn absorb(&mut self, mut other: Self) {
        self.counts += other.counts;
        self.members.append(&mut other.members);
        self.carried_threshold = self.carried_threshold.max(other.carried_threshold);
        self.carried_in |= other.carried_in;
    }
}

struct Work<'a> {
    groups: BTreeMap<GroupKey, Working>,
    parameters: &'a Parameters,
    services: &'a Services,
}

impl Work<'_> {
    fn threshold(&self, group: &Working) -> u64 {
        let sensitive = group.members.iter().any(|member| self.services.sensitive.contains(&member.service));
        let own = if sensitive { self.parameters.threshold_sensitive } else { self.parameters.threshold };
        own.max(group.carried_threshold)
    }

    fn is_unsafe(&self, group: &Working) -> bool {
        group.counts.n() > 0
            && self.parameters.unsafe_group(&group.counts.votes, self.threshold(group)).is_some()
    }

    /// Step 1: safe cells are groups, unsafe ones join ALTRI of their channel.
    fn place_cells(&mut self, cells: &BTreeMap<GroupKey, Counts>) {
        for (key, counts) in cells.iter().filter(|(_, counts)| counts.n() > 0) {
            let cell =
                Working { counts: *counts, members: BTreeSet::from([key.clone()]), ..Working::default() };
            let unnamed = key.service.is_altri() || key.channel.is_altri();
            let target = if unnamed || self.is_unsafe(&cell) {
                GroupKey::altri(key.channel.clone())
            } else {
                key.clone()
            };
            self.groups.entry(target).or_default().absorb(cell);
        }
    }

    /// Steps 2 and 3: carried-in votes and unsafe ALTRI groups, then whole groups until it is safe.
    fn gather_residual(&mut self, carried: Option<&CarriedVotes>) -> Working {
        let mut residual = Working::default();
        if let Some(votes) = carried {
            residual.counts = votes.counts;
            residual.carried_threshold = votes.threshold;
            residual.carried_in = votes.counts.n() > 0;
        }
        let altri: Vec<GroupKey> = self
            .groups
            .iter()
            .filter(|(key, group)| {
                key.service.is_altri() && (key.channel.is_altri() || self.is_unsafe(group))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in &altri {
            residual.absorb(self.groups.remove(key).unwrap_or_default());
        }
        while self.is_unsafe(&residual) {
            let Some(next) = self.next_absorbed(&residual) else { break };
            residual.absorb(self.groups.remove(&next).unwrap_or_default());
        }
        residual
    }

    fn next_absorbed(&self, residual: &Working) -> Option<GroupKey> {
        let channels: BTreeSet<&Code> = residual.members.iter().map(|member| &member.channel).collect();
        let order = |(key, group): &(&GroupKey, &Working)| {
            (!key.service.is_altri(), !channels.contains(&key.channel), group.counts.n(), (*key).clone())
        };
        self.groups.iter().min_by_key(order).map(|(key, _)| key.clone())
    }

    /// Step 4: publishes a safe residual; gives an unsafe one back, to be carried.
    fn settle_residual(&mut self, residual: Working) -> Option<Working> {
        if residual.counts.n() == 0 {
            return None;
        }
        if self.is_unsafe(&residual) {
            return Some(residual);
        }
        let channels: BTreeSet<&Code> = residual.members.iter().map(|member| &member.channel).collect();
        let of_channel = match (channels.first(), channels.len(), residual.carried_in) {
            (Some(channel), 1, false) => Some(GroupKey::altri((*channel).clone())),
            _ => None,
        };
        let key = of_channel
            .filter(|key| !self.groups.contains_key(key))
            .unwrap_or_else(|| GroupKey::altri(Code::altri()));
        self.groups.insert(key, residual);
        None
    }

    /// Groups with enough reds keep their reasons; the others' are pooled, or wait.
    fn pool_reasons(
        &mut self,
        month: Month,
        carried: Option<&CarriedReasons>,
    ) -> (Option<Pool>, Option<CarriedReasons>) {
        let mut pool = Pool::default();
        if let Some(carried) = carried {
            pool.reds = carried.reds;
            pool.reasons = carried.reasons;
            pool.carried_reds = carried.reds;
            pool.carried_months.clone_from(&carried.months);
        }
        let enough = self.parameters.reasons_min;
        let few_operators = &self.services.few_operators;
        for (key, group) in &mut self.groups {
            let judges_a_person = group.members.iter().any(|member| few_operators.contains(&member.service));
            group.own_reasons = group.counts.votes.red >= enough && !judges_a_person;
            if !group.own_reasons {
                pool.take(key, &group.counts);
            }
        }
        while (1..enough).contains(&pool.reds) {
            let own = self.groups.iter_mut().filter(|(_, group)| group.own_reasons);
            let Some((key, group)) = own.min_by_key(|(key, group)| (group.counts.votes.red, (*key).clone()))
            else {
                break;
            };
            group.own_reasons = false;
            pool.take(key, &group.counts);
        }
        if pool.reds == 0 {
            (None, None)
        } else if pool.reds >= enough {
            (Some(pool), None)
        } else {
            let mut months = pool.carried_months;
            if !pool.groups.is_empty() {
                months.push(month);
            }
            (None, Some(CarriedReasons { reds: pool.reds, reasons: pool.reasons, months }))
        }
    }
}

impl Pool {
    fn take(&mut self, key: &GroupKey, counts: &Counts) {
        if counts.votes.red > 0 {
            self.reds = self.reds.saturating_add(counts.votes.red);
            self.reasons += counts.reasons;
            self.groups.insert(key.clone());
        }
    }
}

#[cfg(test)]
mod tests;
