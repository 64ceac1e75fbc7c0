//! Which services are to be verified, and why: a pure rule over what a month's terminals reported, what the box counts and
//! how many users were served.
//!
//! Decided here, where the statistics page is silent. Whether votes exceed the users served, and how participation stands to
//! the ente's own base, is looked at only once the month is over, because users are often entered days later; so is the
//! load on the month's last two days. Fast greens are held against the service's own share of greens at the counter: only
//! counters are measured, and who votes on the web or by phone sees other things.

use std::collections::{BTreeMap, BTreeSet};

use faccina_proto::admission::COUNTER;
use faccina_proto::envelope::KeyId;
use faccina_proto::names::Code;
use faccina_proto::report::HalfDayReport;
use faccina_proto::tally::{GroupKey, Votes};
use faccina_proto::terminals::TerminalList;

use super::oddity::HalfDays;
use crate::stats::Proportion;
use crate::stats::anomaly::{PARTICIPATION_SPREAD, ShortGreens, fisher_short_green, votes_over_served};

/// Below this greens after short gaps are odd, beside another sign.
const FAST_GREENS_P_MAX: f64 = 0.01;
/// Above this participation is odd, in standardised distance from the ente's own base.
const PARTICIPATION_Z_MAX: f64 = 4.0;

/// Why a service is to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Votes outside opening hours.
    OutsideHours,
    /// More votes than users served.
    OverServed,
    /// Too many votes right after another.
    ShortGaps,
    /// Too many votes within a minute.
    Burst,
    /// Too many votes at the end of the hours, or of the month.
    EndLoading,
    /// Votes right after another are greener than the service's others.
    FastGreens,
    /// Far more votes for the users served than in the months before.
    Participation,
}

impl Check {
    /// All, in the order in which they are said.
    pub const ALL: [Self; 7] = [
        Self::OutsideHours,
        Self::OverServed,
        Self::ShortGaps,
        Self::Burst,
        Self::EndLoading,
        Self::FastGreens,
        Self::Participation,
    ];

    /// In texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OutsideHours => "outside-hours",
            Self::OverServed => "over-served",
            Self::ShortGaps => "short-gaps",
            Self::Burst => "burst",
            Self::EndLoading => "end-loading",
            Self::FastGreens => "fast-greens",
            Self::Participation => "participation",
        }
    }
}

/// What a month's marks depend on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// All reports of the month, by terminal, day and half.
    pub reports: &'a [HalfDayReport],
    /// The ente's terminals; a terminal marks only services that it collects votes for.
    pub terminals: &'a TerminalList,
    /// Votes by service and channel: as counted once the month is over, before that as shown to staff.
    pub votes: &'a BTreeMap<GroupKey, Votes>,
    /// Users served by service and channel, where known.
    pub served: &'a BTreeMap<GroupKey, u64>,
    /// Participation of the ente's earlier months by service and channel, where known.
    pub bases: &'a BTreeMap<GroupKey, Proportion>,
    /// Whether the month is over.
    pub month_over: bool,
}

/// The services to be verified with the checks that they do not pass.
#[must_use]
pub fn to_verify(evidence: &Evidence<'_>) -> BTreeMap<Code, BTreeSet<Check>> {
    let mut marks: BTreeMap<Code, BTreeSet<Check>> = BTreeMap::new();
    for (terminal, reports) in by_terminal(evidence.reports) {
        let Some(record) = evidence.terminals.get(&terminal) else { continue };
        let odd = HalfDays::of(&reports, evidence.month_over).odd();
        for (check, services) in odd {
            for service in services.intersection(&record.services) {
                marks.entry(service.clone()).or_default().insert(check);
            }
        }
    }
    if evidence.month_over {
        for (cell, votes) in evidence.votes {
            for check in against_served(evidence, cell, votes.n()) {
                marks.entry(cell.service.clone()).or_default().insert(check);
            }
        }
    }
    for (service, checks) in &mut marks {
        if fisher_short_green(short_greens(evidence, service)) < FAST_GREENS_P_MAX {
            checks.insert(Check::FastGreens);
        }
    }
    marks
}

fn by_terminal(reports: &[HalfDayReport]) -> BTreeMap<KeyId, Vec<&HalfDayReport>> {
    let mut terminals: BTreeMap<KeyId, Vec<&HalfDayReport>> = BTreeMap::new();
    for report in reports {
        terminals.entry(report.terminal).or_default().push(report);
    }
    terminals
}

fn against_served(evidence: &Evidence<'_>, cell: &GroupKey, votes: u64) -> Vec<Check> {
    let Some(&served) = evidence.served.get(cell) else { return Vec::new() };
    let over = votes > served;
    let unusual = evidence.bases.get(cell).is_some_and(|base| {
        let z = votes_over_served(votes, served, base.value(), PARTICIPATION_SPREAD);
        over || z.is_some_and(|z| z > PARTICIPATION_Z_MAX)
    });
    let found = [(Check::OverServed, over), (Check::Participation, unusual)];
    found.into_iter().filter(|(_, holds)| *holds).map(|(check, _)| check).collect()
}

/// The service's greens after short gaps against all its others at the counter. What the box does not hold yet counts as
/// nothing.
fn short_greens(evidence: &Evidence<'_>, service: &Code) -> ShortGreens {
    let taps = evidence.reports.iter().filter_map(|report| report.services.get(service));
    let (short, green_short) = taps.fold((0, 0), |(short, green), taps| {
        (short + u64::from(taps.short_gaps), green + u64::from(taps.short_greens))
    });
    let at_counter = |cell: &GroupKey| cell.service == *service && cell.channel.as_str() == COUNTER;
    let cells = evidence.votes.iter().filter(|(cell, _)| at_counter(cell));
    let (green, all) = cells.fold((0, 0), |(green, all), (_, votes)| (green + votes.green, all + votes.n()));
    let other_short = short - green_short;
    ShortGreens {
        green_short,
        other_short,
        green_long: green.saturating_sub(green_short),
        other_long: (all - green).saturating_sub(other_short),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::tests::{month_of, record};
    use faccina_proto::report::Taps;

    fn key(service: &str) -> GroupKey {
        GroupKey { service: service.parse().unwrap(), channel: "counter".parse().unwrap() }
    }

    struct Books {
        reports: Vec<HalfDayReport>,
        votes: BTreeMap<GroupKey, Votes>,
        served: BTreeMap<GroupKey, u64>,
        bases: BTreeMap<GroupKey, Proportion>,
        month_over: bool,
    }

    /// An ordinary month: 8 votes each half-day, a vote every half-hour.
    fn books() -> Books {
        let reports = month_of(&record());
        let votes = Votes { green: 330, yellow: 14, red: 8 };
        Books {
            reports,
            votes: BTreeMap::from([(key("anagrafe"), votes)]),
            served: BTreeMap::from([(key("anagrafe"), 2_300)]),
            bases: BTreeMap::from([(key("anagrafe"), Proportion::new(1_500, 10_000).unwrap())]),
            month_over: true,
        }
    }

    fn marks(books: &Books) -> BTreeMap<String, Vec<Check>> {
        let mut terminals = TerminalList::default();
        terminals.insert(record()).unwrap();
        let Books { reports, votes, served, bases, month_over } = books;
        let (terminals, month_over) = (&terminals, *month_over);
        let marks = to_verify(&Evidence { reports, terminals, votes, served, bases, month_over });
        marks
            .into_iter()
            .map(|(service, checks)| (service.to_string(), checks.into_iter().collect()))
            .collect()
    }

    fn only(checks: &[Check]) -> BTreeMap<String, Vec<Check>> {
        BTreeMap::from([("anagrafe".to_owned(), checks.to_vec())])
    }

    /// Adds votes to a half-day, the later ones right after the one before.
    fn stuff(report: &mut HalfDayReport, votes: u32, short: u32, in_60_s: u32) {
        let taps = report.services.get_mut("anagrafe").unwrap();
        *taps = Taps {
            votes: taps.votes + votes,
            short_gaps: taps.short_gaps + short,
            short_greens: taps.short_greens + short,
        };
        report.gaps[1] += short;
        report.gaps[3] += votes - short;
        report.most_in_60_s = report.most_in_60_s.max(in_60_s);
    }

    #[test]
    fn an_ordinary_month_is_not_marked() {
        assert_eq!(marks(&books()), BTreeMap::new());
        let mut families = books();
        for report in families.reports.iter_mut().take(8) {
            stuff(report, 2, 0, 3);
        }
        assert_eq!(marks(&families), BTreeMap::new());
    }

    #[test]
    fn five_greens_in_twenty_seconds_each_day_are_marked() {
        let mut stuffed = books();
        for report in stuffed.reports.iter_mut().filter(|report| report.afternoon) {
            stuff(report, 5, 3, 5);
            report.in_last_half_hour += 5;
        }
        stuffed.votes.get_mut(&key("anagrafe")).unwrap().green += 110;
        assert_eq!(marks(&stuffed), only(&[Check::ShortGaps, Check::Burst, Check::EndLoading]));
    }

    #[test]
    fn fast_greens_are_marked_only_beside_another_sign() {
        let mut fast = books();
        *fast.votes.get_mut(&key("anagrafe")).unwrap() = Votes { green: 200, yellow: 100, red: 52 };
        for report in fast.reports.iter_mut().take(10) {
            stuff(report, 1, 1, 2);
        }
        assert_eq!(marks(&fast), BTreeMap::new(), "ten in a month of 352 votes are couples");
        fast.reports[20].outside_hours = 1;
        assert_eq!(marks(&fast), only(&[Check::OutsideHours, Check::FastGreens]));
    }

    #[test]
    fn a_greener_counter_than_the_web_is_no_sign() {
        let mut couples = books();
        for report in couples.reports.iter_mut().take(10) {
            stuff(report, 1, 1, 2);
        }
        couples.reports[20].outside_hours = 1;
        let web = GroupKey { channel: "web".parse().unwrap(), ..key("anagrafe") };
        couples.votes.insert(web, Votes { green: 200, yellow: 200, red: 200 });
        assert_eq!(marks(&couples), only(&[Check::OutsideHours]));
    }

    #[test]
    fn one_burst_and_one_vote_at_night_are_marked() {
        let mut burst = books();
        stuff(&mut burst.reports[7], 40, 0, 14);
        assert_eq!(marks(&burst), only(&[Check::Burst]));
        let mut night = books();
        night.reports[3].outside_hours = 1;
        assert_eq!(marks(&night), only(&[Check::OutsideHours]));
    }

    #[test]
    fn more_votes_than_users_are_marked_once_the_month_is_over() {
        let mut over = books();
        over.served.insert(key("anagrafe"), 351);
        assert_eq!(marks(&over), only(&[Check::OverServed, Check::Participation]));
        over.bases.clear();
        assert_eq!(marks(&over), only(&[Check::OverServed]));
        over.month_over = false;
        assert_eq!(marks(&over), BTreeMap::new());
        let mut twice = books();
        twice.served.insert(key("anagrafe"), 1_150);
        assert_eq!(marks(&twice), only(&[Check::Participation]));
    }

    #[test]
    fn a_terminal_marks_only_services_of_its_own() {
        let mut foreign = books();
        for report in &mut foreign.reports {
            let taps = report.services.remove("anagrafe").unwrap();
            report.services.insert("tributi".parse().unwrap(), taps);
            report.outside_hours = 1;
        }
        assert_eq!(marks(&foreign), BTreeMap::new());
    }
}
