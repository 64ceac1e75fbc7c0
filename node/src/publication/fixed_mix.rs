//! The national series at a fixed mix (STATISTICS 1.7): enti that join bring other services and channels with them, and
//! the crude share follows the mix. Here each service by each channel weighs what it weighed in the year before.
//!
//! One mix for all months of a series, that of the calendar year before its last month, so that the months compare. Other
//! services and several channels together are no stratum: what is in them changes.

use super::figures::{Face, Share};
use crate::{
    stats::{Confidence, DIRECT_VOTES_MIN, Proportion, Weighted, direct},
    views::Views,
};
use faccina_proto::{
    calendar::Month,
    names::Code,
    tally::{GroupKey, Votes},
    wire::feed::v1 as wire,
};
use std::collections::BTreeMap;

/// A month at the fixed mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    pub month: Month,
    /// Votes of the strata that have a weight and are large enough in this month.
    pub covered: u64,
    /// All votes of the month.
    pub n: u64,
    /// In the order of [`Face::ALL`]; `None` where no stratum is covered.
    pub shares: Option<[Share; 3]>,
}

impl FixedPoint {
    #[must_use]
    pub fn green(&self) -> Option<Share> {
        self.shares.map(|[green, _, _]| green)
    }

    /// Each face with its share.
    pub fn each(&self) -> impl Iterator<Item = (Face, Share)> {
        Face::ALL.into_iter().zip(self.shares.into_iter().flatten())
    }
}

/// The months of a series at the mix of one year.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedMix {
    /// Whose votes are the weights.
    pub year: u32,
    /// Ascending; the published months of the series.
    pub series: Vec<FixedPoint>,
}

impl FixedMix {
    /// `None` where DFP published no votes in the year before that of `last`.
    pub(super) fn of(
        views: &Views,
        last: Month,
        months: &[(Month, Option<&wire::NationalMonth>)],
    ) -> Option<Self> {
        let year = last.year().checked_sub(1)?;
        let nationals = views.nationals();
        let before = nationals.iter().filter(|(month, _)| month.year() == year);
        let mut weights: BTreeMap<GroupKey, u64> = BTreeMap::new();
        for (key, votes) in before.filter_map(|(_, all)| all.last()).flat_map(|entry| strata(&entry.message))
        {
            let weight = weights.entry(key).or_default();
            *weight = weight.saturating_add(votes.n());
        }
        if weights.values().all(|weight| *weight == 0) {
            return None;
        }
        let points = months.iter().filter_map(|(month, message)| Some(point(*month, (*message)?, &weights)));
        Some(Self { year, series: points.collect() })
    }

    /// The point of a month.
    #[must_use]
    pub fn at(&self, month: Month) -> Option<&FixedPoint> {
        self.series.iter().find(|point| point.month == month)
    }
}

/// The services by channel of a national month that keep their meaning from month to month.
fn strata(message: &wire::NationalMonth) -> impl Iterator<Item = (GroupKey, Votes)> {
    message.cells.iter().filter_map(|cell| {
        let key = GroupKey {
            service: Code::of_group(&cell.service).ok()?,
            channel: Code::of_group(&cell.channel).ok()?,
        };
        let named = !key.service.is_altri() && !key.channel.is_altri();
        named.then_some((key, votes(cell.votes?)))
    })
}

fn votes(tally: wire::Tally) -> Votes {
    Votes { green: tally.green, yellow: tally.yellow, red: tally.red }
}

fn point(month: Month, message: &wire::NationalMonth, weights: &BTreeMap<GroupKey, u64>) -> FixedPoint {
    let large = |(key, votes): (GroupKey, Votes)| {
        let weight = weights.get(&key).copied().filter(|weight| *weight > 0)?;
        (votes.n() >= DIRECT_VOTES_MIN).then_some((votes, weight))
    };
    let held: Vec<(Votes, u64)> = strata(message).filter_map(large).collect();
    let all = held.iter().map(|(_, weight)| *weight).fold(0, u64::saturating_add);
    let share = |of: fn(&Votes) -> u64| {
        let weighted = |(votes, weight): &(Votes, u64)| {
            let weight = Proportion::new(*weight, all)?.value();
            Some(Weighted { share: Proportion::new(of(votes), votes.n())?, weight })
        };
        standardised(&held.iter().filter_map(weighted).collect::<Vec<_>>())
    };
    let shares = [share(|it| it.green), share(|it| it.yellow), share(|it| it.red)];
    FixedPoint {
        month,
        covered: held.iter().map(|(votes, _)| votes.n()).fold(0, u64::saturating_add),
        n: message.total.map_or(0, |total| votes(total).n()),
        shares: match shares {
            [Some(green), Some(yellow), Some(red)] => Some([green, yellow, red]),
            _ => None,
        },
    }
}

fn standardised(strata: &[Weighted]) -> Option<Share> {
    let estimate = direct(strata, Confidence::P95)?;
    // Where every stratum has all or none, the normal interval has no width: that of all votes together has.
    let interval = if estimate.standard_error > 0.0 {
        estimate.interval
    } else {
        Proportion::pooled(strata.iter().map(|it| it.share))?.wilson(Confidence::P95)
    };
    Some(Share::of(estimate.value, interval))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        publication::figures::Faces,
        views::town::{Town, month, summary},
    };

    type Groups<'a> = &'a [(&'a str, &'a str, u32, u32, u32)];

    /// December 2026 with the weights, January 2027 with what is asked.
    fn nation(december: Groups<'_>, january: Groups<'_>) -> Town {
        let mut town = Town::founded(&["c_zz01"]);
        let months = (202_601..202_612).collect();
        let first = wire::Summary { gap_months: months, ..summary(202_612, december) };
        town.summarise("c_zz01", 20_270_111, first);
        town.publish(202_612, 20_270_120);
        town.summarise("c_zz01", 20_270_211, summary(202_701, january));
        town.publish(202_701, 20_270_220);
        town
    }

    fn crude(town: &Town, yyyymm: u32) -> String {
        let views = town.views();
        let total = views.nationals()[&month(yyyymm)][0].message.total.unwrap();
        Faces(votes(total)).rate(Face::Green).unwrap().percent.to_string()
    }

    fn mix(town: &Town, months: &[u32]) -> Option<FixedMix> {
        let views = town.views();
        let latest = |yyyymm: &u32| {
            let month = month(*yyyymm);
            (month, views.nationals()[&month].last().map(|entry| &entry.message))
        };
        let messages: Vec<_> = months.iter().map(latest).collect();
        FixedMix::of(&views, messages.last().unwrap().0, &messages)
    }

    fn january(town: &Town) -> FixedPoint {
        let fixed = mix(town, &[202_612, 202_701]).unwrap();
        assert_eq!((fixed.year, fixed.series.len()), (2026, 2));
        *fixed.at(month(202_701)).unwrap()
    }

    #[test]
    fn another_mix_of_the_same_quality_changes_only_the_crude_series() {
        let town = nation(
            &[("anagrafe", "counter", 540, 30, 30), ("anagrafe", "web", 200, 100, 100)],
            &[("anagrafe", "counter", 180, 10, 10), ("anagrafe", "web", 400, 200, 200)],
        );
        assert_eq!((crude(&town, 202_612), crude(&town, 202_701)), ("74.00".into(), "58.00".into()));
        let point = january(&town);
        let green = point.green().unwrap();
        assert_eq!(green.percent.to_string(), "74.00");
        assert!(green.low < green.percent && green.percent < green.high);
        assert_eq!((point.covered, point.n), (1_000, 1_000));
        let sum: f64 = point.each().map(|(_, share)| share.percent.number()).sum();
        assert!((sum - 100.0).abs() < 0.02, "{sum}");
    }

    #[test]
    fn only_large_named_strata_with_a_weight_are_covered() {
        let town = nation(
            &[("", "counter", 40, 5, 5), ("anagrafe", "counter", 90, 5, 5), ("tributi", "counter", 90, 5, 5)],
            &[
                ("", "counter", 40, 5, 5),
                ("anagrafe", "counter", 30, 0, 0),
                ("tributi", "counter", 25, 2, 2),
                ("urp", "counter", 50, 5, 5),
            ],
        );
        let point = january(&town);
        assert_eq!((point.covered, point.n), (30, 169));
        let green = point.green().unwrap();
        assert_eq!((green.percent.to_string(), green.high.to_string()), ("100.00".into(), "100.00".into()));
        assert!(green.low.number() < 90.0, "thirty greens are no certainty: {green:?}");
    }

    #[test]
    fn a_month_without_covered_votes_has_no_share_and_a_nation_without_a_year_before_no_series() {
        let town = nation(&[("anagrafe", "counter", 90, 5, 5)], &[("tributi", "counter", 90, 5, 5)]);
        let point = january(&town);
        assert_eq!((point.covered, point.n, point.shares), (0, 100, None));
        assert_eq!(mix(&town, &[202_612]), None);
    }
}
