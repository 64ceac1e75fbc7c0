//! The figures that the ente's own staff sees during a month, moving so slowly that no single vote can be read from
//! them: the number received today in steps of [`STEP`], the faces of a service at a branch only when a half-day has
//! ended and at least [`STEP`] votes have come since they were last shown.

use std::collections::BTreeMap;

use faccina_proto::calendar::Month;
use faccina_proto::names::Code;
use faccina_proto::tally::{Tally, Votes};

use crate::clock::{HalfDay, Moment};

/// Fewest votes by which a live figure moves; the federation's smallest published frequency.
pub const STEP: u64 = 5;

/// What staff may see now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Votes received today, rounded down to a multiple of [`STEP`].
    pub received_today: u64,
    /// The oldest month that is not closed.
    pub open_month: Month,
    /// The open months that have votes, ascending.
    pub months: Vec<LiveMonth>,
}

/// The faces shown so far of one open month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveMonth {
    /// The month.
    pub month: Month,
    /// By service and branch, over all channels.
    pub cells: BTreeMap<(Code, Code), Votes>,
}

/// Which half-day a moment lies in, as a number that only grows. In the demo a half-day lasts `demo_s` seconds.
pub(crate) fn half_day(moment: Moment, demo_s: Option<u32>) -> u64 {
    match demo_s {
        Some(seconds) => moment.unix_s / u64::from(seconds.max(1)),
        None => u64::from(moment.day.yyyymmdd()) * 2 + u64::from(moment.half_day() == HalfDay::Afternoon),
    }
}

/// What may be shown once a half-day has ended: a service at a branch moves to its current count when at least
/// [`STEP`] votes have come since it was last shown, else it stays.
pub(crate) fn after_half_day(counted: &Tally, shown: &Tally) -> Tally {
    let before = by_place(shown);
    let moving: Vec<(Code, Code)> = by_place(counted)
        .into_iter()
        .filter(|(place, votes)| votes.n() >= before.get(place).map_or(0, Votes::n) + STEP)
        .map(|(place, _)| place)
        .collect();
    let mut next = Tally::default();
    for (from, moves) in [(counted, true), (shown, false)] {
        for (cell, counts) in from.cells() {
            let place = (cell.key.service.clone(), cell.branch.clone());
            if moving.binary_search(&place).is_ok() == moves {
                next.add_counts(cell.clone(), *counts);
            }
        }
    }
    next
}

/// Votes by service and branch.
pub(crate) fn by_place(tally: &Tally) -> BTreeMap<(Code, Code), Votes> {
    let mut places = BTreeMap::new();
    for (cell, counts) in tally.cells() {
        *places.entry((cell.key.service.clone(), cell.branch.clone())).or_insert(Votes::NONE) += counts.votes;
    }
    places
}

/// Rounds a number received down to the step.
pub(crate) fn stepped(received: u64) -> u64 {
    received / STEP * STEP
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::calendar::CivilDay;
    use faccina_proto::tally::{Cell, Counts, GroupKey};

    fn cell(service: &str, channel: &str) -> Cell {
        let key = GroupKey { service: service.parse().unwrap(), channel: channel.parse().unwrap() };
        Cell { key, branch: "centro".parse().unwrap() }
    }

    fn green(n: u64) -> Counts {
        Counts { votes: Votes { green: n, yellow: 0, red: 0 }, ..Counts::NONE }
    }

    #[test]
    fn a_place_moves_only_by_five_or_more() {
        let mut counted = Tally::default();
        counted.add_counts(cell("anagrafe", "counter"), green(3));
        counted.add_counts(cell("tributi", "counter"), green(4));
        let shown = after_half_day(&counted, &Tally::default());
        assert_eq!(shown, Tally::default(), "four votes are not shown");
        counted.add_counts(cell("anagrafe", "web"), green(2));
        let shown = after_half_day(&counted, &shown);
        let place = ("anagrafe".parse().unwrap(), "centro".parse().unwrap());
        assert_eq!(by_place(&shown), BTreeMap::from([(place.clone(), green(5).votes)]));
        counted.add_counts(cell("anagrafe", "counter"), green(4));
        assert_eq!(after_half_day(&counted, &shown), shown, "four more wait");
        counted.add_counts(cell("anagrafe", "counter"), green(1));
        assert_eq!(by_place(&after_half_day(&counted, &shown))[&place].green, 10);
    }

    #[test]
    fn half_days_follow_the_calendar_or_the_demo() {
        let day = |day| CivilDay::from_yyyymmdd(day).unwrap();
        let at = |day, minute, unix_s| Moment { unix_s, day, minute };
        let number = |moment| half_day(moment, None);
        let morning = at(day(20_260_430), 100, 0);
        assert_eq!(number(at(day(20_260_430), 719, 0)), number(morning));
        assert!(number(at(day(20_260_430), 720, 0)) > number(morning));
        assert!(number(at(day(20_260_501), 0, 0)) > number(at(day(20_260_430), 720, 0)));
        assert_eq!(half_day(at(day(20_260_430), 0, 119), Some(60)), 1);
        assert_eq!(half_day(at(day(20_260_430), 0, 120), Some(60)), 2);
    }

    #[test]
    fn received_today_moves_in_steps() {
        assert_eq!([0, 4, 5, 9, 10].map(stepped), [0, 0, 5, 5, 10]);
    }
}
