//! Tests for votes that were not given by the people served: what a month's bins of gaps, bursts, ends of hours and users
//! served say against chance.
//!
//! Sources: statistics page, section 6.3. Short gaps and bursts are tails of a Poisson process with the rate given (the
//! burst by the union bound over the votes that may open the window); fast greens are Fisher's exact test, one-sided (R. A.
//! Fisher, 1935); runs are the Wald-Wolfowitz test (A. Wald, J. Wolfowitz, 1940). Each is a probability under honest votes,
//! or a standardised distance from them: a signal to look, never a proof. What is done about one is decided elsewhere.
//!
//! Apart on purpose: the first digits of counts (Benford), the longest run of greens, the comparison of operators.

use super::{counts::real, evidence::at_least};
use statrs::function::gamma::{gamma_lr, ln_gamma};

/// P(X ≥ k) of a Poisson law with this mean; 1 for k = 0, `None` where the mean is none.
#[must_use]
pub fn poisson_at_least(k: u64, mean: f64) -> Option<f64> {
    if !mean.is_finite() || mean < 0.0 {
        return None;
    }
    Some(match (k, mean) {
        (0, _) => 1.0,
        (_, 0.0) => 0.0,
        (k, mean) => gamma_lr(real(k), mean),
    })
}

/// The gaps below `gap_s` among `gaps` of a Poisson process of `rate` votes a second.
#[must_use]
pub fn expected_short_gaps(gaps: u64, rate: f64, gap_s: f64) -> f64 {
    real(gaps) * -(-rate * gap_s).exp_m1()
}

/// P(at least `k` in the window from any one of `votes` votes on), bounded by the sum over them: votes × P(Poisson(rate ×
/// window) ≥ k − 1). At most 1; `None` where there is no rate.
#[must_use]
pub fn burst_bound(votes: u64, rate: f64, window_s: f64, k: u64) -> Option<f64> {
    let tail = poisson_at_least(k.saturating_sub(1), rate * window_s)?;
    Some((real(votes) * tail).min(1.0))
}

/// P(at least `k` of `votes` fall into a part of the opening time that is `share` of it). `None` for a share outside 0..1.
#[must_use]
pub fn end_loading(k: u64, votes: u64, share: f64) -> Option<f64> {
    at_least(k, votes, share)
}

/// Greens among votes after a short gap against greens among all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortGreens {
    /// Green, after a short gap.
    pub green_short: u64,
    /// Another face, after a short gap.
    pub other_short: u64,
    /// Green, after a longer gap.
    pub green_long: u64,
    /// Another face, after a longer gap.
    pub other_long: u64,
}

/// P(at least so many greens after short gaps | all sums as they are): Fisher's exact test, one-sided.
#[must_use]
pub fn fisher_short_green(table: ShortGreens) -> f64 {
    let ShortGreens { green_short, other_short, green_long, other_long } = table;
    let (green, other) = (green_short + green_long, other_short + other_long);
    let short = green_short + other_short;
    let ways =
        |n: u64, k: u64| ln_gamma(real(n) + 1.0) - ln_gamma(real(k) + 1.0) - ln_gamma(real(n - k) + 1.0);
    let all = ways(green + other, short);
    let chance = |greens: u64| (ways(green, greens) + ways(other, short - greens) - all).exp();
    let fewest = short.saturating_sub(other).max(green_short);
    (fewest..=short.min(green)).map(chance).sum::<f64>().min(1.0)
}

/// How many runs of equal votes there are, against chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Runs {
    /// Expected number of runs.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// Standardised distance: below 0 = fewer, longer runs.
    pub z: f64,
}

/// The Wald-Wolfowitz test on `first` votes of one sort and `second` of the other that came in `runs` runs. Information
/// only: clusters of bad days are real. `None` where there is one sort only, or a single vote of each.
#[must_use]
pub fn runs_test(first: u64, second: u64, runs: u64) -> Option<Runs> {
    let (n, pairs) = (real(first) + real(second), 2.0 * real(first) * real(second));
    if first == 0 || second == 0 || n <= 2.0 {
        return None;
    }
    let mean = pairs / n + 1.0;
    let variance = pairs * (pairs - n) / (n * n * (n - 1.0));
    Some(Runs { mean, variance, z: (real(runs) - mean) / variance.sqrt() })
}

/// Spread of honest participation from month to month, as the standard deviation of its logarithm (statistics page, 6.3).
pub const PARTICIPATION_SPREAD: f64 = 0.15;

/// Standardised distance of a month's participation from its `base`, on the scale of logarithms: [ln(votes / served) − ln
/// base] / √(spread² + (1 − base) / (base × served)). `None` without votes, without users served, or for a base outside 0..1.
#[must_use]
pub fn votes_over_served(votes: u64, served: u64, base: f64, spread: f64) -> Option<f64> {
    if votes == 0 || served == 0 || base <= 0.0 || base >= 1.0 {
        return None;
    }
    let chance = (1.0 - base) / (base * real(served));
    Some(((real(votes) / real(served)).ln() - base.ln()) / spread.mul_add(spread, chance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_of_the_tests_is_the_printed_one() {
        // Five greens in twenty seconds at each closing of 22 days, beside 176 honest votes.
        let (votes, rate) = (286, 286.0 / 475_200.0);
        let short = poisson_at_least(66, expected_short_gaps(264, rate, 5.0)).unwrap();
        assert!(short < 1e-60, "{short}");
        assert!(burst_bound(votes, rate, 60.0, 6).unwrap() < 1e-4);
        assert!(end_loading(122, votes, 0.0714).unwrap() < 1e-60);
    }

    #[test]
    fn nothing_measured_is_no_evidence() {
        assert_eq!(poisson_at_least(0, 0.0), Some(1.0));
        assert_eq!(poisson_at_least(1, 0.0), Some(0.0));
        assert_eq!(poisson_at_least(1, f64::NAN), None);
        assert_eq!(burst_bound(1_000, 0.5, 60.0, 1), Some(1.0));
        assert_eq!(end_loading(3, 10, 1.5), None);
        assert_eq!(votes_over_served(5, 0, 0.15, 0.15), None);
        assert_eq!(runs_test(12, 0, 1), None);
        let none = ShortGreens { green_short: 0, other_short: 0, green_long: 40, other_long: 2 };
        assert!((fisher_short_green(none) - 1.0).abs() < 1e-12);
    }
}
