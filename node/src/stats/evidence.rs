//! The evidence of a notable result ("risultato notevole"): shown beside an expert's designation, never its definition.
//!
//! Four criteria over plain numbers, on events that are fewer where the service is better (reds; where green is the
//! indicator, everything that is not green). Unadjusted limits decide here: adjusted ones hide real excellence.

use super::{BetaBinomial, Confidence, Indirect, Posterior, counts::count_below};

/// V: votes in the last twelve months.
pub const VOTES_MIN: u64 = 600;
/// V: months published among the last twelve.
pub const MONTHS_MIN: u32 = 9;
/// B: probability of lying in the network's best quartile.
pub const BEST_QUARTILE_MIN: f64 = 0.90;
/// B: the quartile, as a tail of the network's law.
pub const BEST_QUARTILE: f64 = 0.25;
/// C: quarters beyond the 95 % limit, of the last [`QUARTERS`].
pub const QUARTERS_MIN: usize = 3;
/// C: quarters looked at.
pub const QUARTERS: usize = 4;

/// What the four criteria look at, kept as numbers so that a screen can show how far each is from its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    pub votes: u64,
    pub months: u32,
    /// P(events ≤ observed) of a binomial with the ente's own target over the twelve months.
    pub tail: f64,
    /// Probability that the ente's share is below the network's lower quartile.
    pub best_quartile: f64,
    /// How many of the last four quarters lie below the exact 95 % limit of their own target.
    pub quarters: usize,
}

impl Evidence {
    /// `year` and `quarters` are the ente against its own target over the last twelve months and over each of the last
    /// four quarters (a quarter without votes is left out); `posterior` is its share after those twelve months, with
    /// `threshold` the network's [`BEST_QUARTILE`] quantile.
    #[must_use]
    pub fn of(
        year: Indirect,
        months: u32,
        posterior: Posterior,
        threshold: f64,
        quarters: &[Indirect],
    ) -> Self {
        let beyond = |quarter: &&Indirect| tail(**quarter) < Confidence::P95.tail();
        Self {
            votes: year.observed().trials(),
            months,
            tail: tail(year),
            best_quartile: posterior.below(threshold),
            quarters: quarters.iter().take(QUARTERS).filter(beyond).count(),
        }
    }

    /// V: enough votes over enough months.
    #[must_use]
    pub fn volume(self) -> bool {
        self.votes >= VOTES_MIN && self.months >= MONTHS_MIN
    }

    /// A: below the exact, unadjusted 99.8 % limit of its own target.
    #[must_use]
    pub fn level(self) -> bool {
        self.tail < Confidence::P998.tail()
    }

    /// B: among the best quarter with a probability of at least 0.90.
    #[must_use]
    pub fn shrunken(self) -> bool {
        self.best_quartile >= BEST_QUARTILE_MIN
    }

    /// C: beyond the 95 % limit in three of four quarters; an average ente is so by chance 6 times in 100 000.
    #[must_use]
    pub fn persistent(self) -> bool {
        self.quarters >= QUARTERS_MIN
    }

    /// All four.
    #[must_use]
    pub fn notable(self) -> bool {
        self.volume() && self.level() && self.shrunken() && self.persistent()
    }
}

/// The lower tail without dispersion; 1, so no evidence, where there is no law to hold against.
fn tail(indirect: Indirect) -> f64 {
    indirect.tails(0.0).map_or(1.0, |tails| tails.low)
}

/// The fewest votes, all of them green, that lie above the upper exact limit of a green target in 0..1:
/// ⌈ln tail / ln target⌉. `None` for a target of 0 or 1, which no number of votes surpasses.
#[must_use]
pub fn all_green_min(target: f64, tail: f64) -> Option<u64> {
    let lawful = target > 0.0 && target < 1.0 && tail > 0.0 && tail < 1.0;
    lawful.then(|| count_below((tail.ln() / target.ln()).ceil()))
}

/// The chance of at least `k` out of `m` independent periods beyond a limit that each exceeds with probability `p`.
#[must_use]
pub fn at_least(k: u64, m: u64, p: f64) -> Option<f64> {
    Some(BetaBinomial::new(m, p, 0.0)?.tails(k).high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Against, Prior, Proportion};

    fn against(red: u64, votes: u64) -> Indirect {
        Indirect::of(&[Against { share: Proportion::new(red, votes).unwrap(), network: 0.07 }]).unwrap()
    }

    fn evidence(quarterly: [(u64, u64); 4], months: u32) -> Evidence {
        let prior = Prior::of_rho(0.07, 0.01).unwrap();
        let quarters = quarterly.map(|(red, votes)| against(red, votes));
        let year = Proportion::pooled(quarters.map(Indirect::observed)).unwrap();
        let threshold = prior.quantile(BEST_QUARTILE);
        let whole = against(year.successes(), year.trials());
        Evidence::of(whole, months, prior.posterior(year), threshold, &quarters)
    }

    #[test]
    fn two_reds_in_a_hundred_all_year_are_notable() {
        let notable = evidence([(8, 400); 4], 12);
        assert!(notable.notable(), "{notable:?}");
    }

    #[test]
    fn each_criterion_can_be_the_one_that_lacks() {
        assert!(!evidence([(8, 400); 4], 8).volume());
        assert!(!evidence([(1, 100); 4], 12).volume());
        assert!(!evidence([(28, 400); 4], 12).level());
        assert!(!evidence([(24, 400); 4], 12).shrunken());
        let once = evidence([(0, 400), (26, 400), (26, 400), (26, 400)], 12);
        assert!(!once.persistent() && !once.notable(), "{once:?}");
    }

    #[test]
    fn the_chance_of_three_quarters_in_four_is_the_printed_one() {
        assert!((at_least(3, 4, 0.025).unwrap() - 6.1e-5).abs() < 1e-6);
        assert_eq!(at_least(0, 4, 0.025), Some(1.0));
        assert_eq!(all_green_min(1.0, 0.025), None);
    }
}
