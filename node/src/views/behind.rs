//! What this node lacks although DFP has counted it: how a node notices that somebody keeps entries from it. Whoever joins
//! late and meets only peers with an old state, by accident or not, has no other sign of it.
//!
//! Only the newest national month is looked at: its vector counts at least what the earlier ones do.

use super::{Feeds, due_day};
use faccina_proto::{
    calendar::{CivilDay, Month},
    feed::Body,
    names::Author,
    roster::Roster,
    wire::feed::v1 as wire,
};

/// Entries of the observer looked at, from the newest on: several months of restatements.
const ENTRIES_LOOKED_AT_MAX: u64 = 64;
/// Days after its own day (the 20th of the month after) from which a national month is missed.
const MISSED_AFTER_DAYS: i64 = 14;
/// Days from the day on which summaries are due to that of the national month.
const AFTER_THE_SUMMARIES_DAYS: i64 = 9;

/// How far this node is behind the newest national month that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    pub month: Month,
    /// Whether root entries are missing: members, keys, revocations and rulings may be unknown here.
    pub root: bool,
    /// Members of whom entries that were counted are missing.
    pub feeds: usize,
}

/// What is missing; `None` if nothing is, as far as any national month tells.
pub fn behind(roster: &Roster, feeds: &dyn Feeds) -> Option<Behind> {
    let (month, as_of) = newest(roster, feeds)?;
    let root = feeds.head(&Author::Root).map_or(0, |(sequence, _)| sequence) < as_of.root_sequence;
    let missing = roster.members().iter().zip(&as_of.counted).filter(|(member, counted)| {
        let author = Author::Member(member.code.clone());
        let held = feeds.head(&author).map_or(0, |(sequence, _)| sequence);
        // A fork, or a revocation, that came to light later takes entries away that were counted: they are not missing.
        let cut = feeds.forked_at(&author).is_some()
            || !member.feed_keys.iter().any(|key| roster.permits(&author, held + 1, &key.id));
        held < **counted && !cut
    });
    let behind = Behind { month, root, feeds: missing.count() };
    (behind.root || behind.feeds > 0).then_some(behind)
}

/// The national month that should have come by `today` and has not; `None` if all is in time. The observer may be away, or
/// somebody keeps its feed from this node.
pub fn missed(roster: &Roster, feeds: &dyn Feeds, today: CivilDay) -> Option<Month> {
    let first = roster.first_month()?;
    roster.observer()?;
    let mut last = None;
    let mut month = first;
    while due_day(month).plus_days(AFTER_THE_SUMMARIES_DAYS + MISSED_AFTER_DAYS) < today {
        last = Some(month);
        month = month.next();
    }
    let newest = newest(roster, feeds).map(|(month, _)| month);
    last.filter(|due| newest.is_none_or(|newest| newest < *due))
}

fn newest(roster: &Roster, feeds: &dyn Feeds) -> Option<(Month, wire::AsOf)> {
    let observer = roster.observer()?;
    let author = Author::Member(observer.code.clone());
    let (last, _) = feeds.head(&author)?;
    let oldest = last.saturating_sub(ENTRIES_LOOKED_AT_MAX);
    (oldest + 1..=last).rev().find_map(|sequence| {
        let Body::NationalMonth(national) = feeds.entry(&author, sequence)?.entry.body else { return None };
        Some((Month::from_yyyymm(national.month).ok()?, national.as_of?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::{
        ReplicaFeeds, now,
        town::{OBSERVER, Town, day, month, summary},
    };
    use faccina_proto::{
        envelope::Envelope,
        feed::Entry,
        replica::{Journal, MemoryLog, Replica},
    };

    /// A replica of what of the town's entries satisfies `kept`.
    fn partly(town: &Town, kept: impl Fn(&Entry) -> bool) -> (Replica, MemoryLog) {
        let (mut replica, mut log) = (Replica::new(town.replica.federation().clone()), MemoryLog::default());
        for bytes in &town.envelopes {
            let envelope = Envelope::parse(bytes.clone()).unwrap();
            if kept(&Entry::decode(envelope.payload()).unwrap()) {
                let mut journal = Journal::new(&log);
                replica.accept(bytes.clone(), None, &mut journal);
                let changes = journal.into_changes();
                log.apply(changes);
            }
        }
        (replica, log)
    }

    fn found((replica, log): &(Replica, MemoryLog)) -> Option<Behind> {
        behind(replica.roster(), &ReplicaFeeds { replica, log })
    }

    fn town() -> Town {
        let mut town = Town::founded(&["c_a", "c_b", "c_c"]);
        for ente in ["c_a", "c_b", "c_c"] {
            town.summarise(ente, 20_260_211, summary(202_601, &[("anagrafe", "counter", 80, 10, 10)]));
        }
        town.publish(202_601, 20_260_220);
        town
    }

    #[test]
    fn who_is_kept_from_entries_that_were_counted_notices() {
        let town = town();
        assert_eq!(found(&partly(&town, |_| true)), None);
        let of = |entry: &Entry, code: &str| entry.author.as_str() == code;
        let without_two = partly(&town, |entry| !of(entry, "c_b") && !of(entry, "c_c"));
        assert_eq!(found(&without_two), Some(Behind { month: month(202_601), root: false, feeds: 2 }));
        // Without the last admission the vector names a member more than the roster.
        let last = town.replica.root().held();
        let without_last = partly(&town, |entry| entry.author != Author::Root || entry.sequence < last);
        assert_eq!(found(&without_last), Some(Behind { month: month(202_601), root: true, feeds: 0 }));
    }

    #[test]
    fn a_national_month_that_does_not_come_is_missed_after_two_weeks() {
        let town = town();
        let missed_on = |(replica, log): &(Replica, MemoryLog), of: u32| {
            missed(replica.roster(), &ReplicaFeeds { replica, log }, day(of))
        };
        let all = partly(&town, |_| true);
        assert_eq!(missed_on(&all, 20_260_310), None);
        assert_eq!(missed_on(&all, 20_260_420), Some(month(202_602)));
        let old = partly(&town, |entry| !matches!(entry.body, Body::NationalMonth(_)));
        assert_eq!(missed_on(&old, 20_260_220), None);
        assert_eq!(missed_on(&old, 20_260_310), Some(month(202_601)));
    }

    #[test]
    fn the_present_observer_is_looked_at() {
        let mut town = town();
        town.leave(OBSERVER, wire::Role::Observer, 20_260_301);
        town.admit_on(20_260_301, "zz_new", wire::Role::Observer);
        let as_of = Some(now(&town.views(), &town.feeds(), &"zz_new".parse().unwrap()).unwrap());
        let national =
            wire::NationalMonth { month: 202_602, rules_version: 1, as_of, ..wire::NationalMonth::default() };
        town.append("zz_new", 20_260_320, Body::NationalMonth(national));
        let missed = missed(town.replica.roster(), &town.feeds(), day(20_260_420));
        assert_eq!(missed, None, "the new one has published the month");
    }
}
