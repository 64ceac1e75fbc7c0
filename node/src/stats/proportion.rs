//! One share and its intervals.

use super::{
    Beta, Confidence, Interval,
    counts::{real, size},
};

/// `successes` of `trials`, with at least one trial and never more successes than trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    successes: u64,
    trials: u64,
}

impl Proportion {
    /// `None` where there is no share to speak of: no trials, or more successes than trials.
    #[must_use]
    pub fn new(successes: u64, trials: u64) -> Option<Self> {
        (trials > 0 && successes <= trials).then_some(Self { successes, trials })
    }

    /// The share of all together: counts are summed first and divided once. `None` without any.
    #[must_use]
    pub fn pooled(shares: impl IntoIterator<Item = Self>) -> Option<Self> {
        let sum = |(x, n): (u64, u64), share: Self| {
            (x.saturating_add(share.successes), n.saturating_add(share.trials))
        };
        let (successes, trials) = shares.into_iter().fold((0, 0), sum);
        Self::new(successes, trials)
    }

    #[must_use]
    pub fn successes(self) -> u64 {
        self.successes
    }

    #[must_use]
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// The share itself, 0..1.
    #[must_use]
    pub fn value(self) -> f64 {
        real(self.successes) / real(self.trials)
    }

    /// The share of the others: 1 - value, without a rounding of its own.
    #[must_use]
    pub fn complement(self) -> Self {
        Self { successes: self.trials - self.successes, trials: self.trials }
    }

    /// Wilson's score interval [p + z²/2n ∓ z √(p(1-p)/n + z²/4n²)] / (1 + z²/n).
    ///
    /// It never leaves 0..1 and works with no success and with nothing but successes, where the near limit is
    /// exactly 0 or 1. It is the dual of the normal funnel: the share is outside the funnel's limits exactly when the
    /// target is outside this interval.
    #[must_use]
    pub fn wilson(self, confidence: Confidence) -> Interval {
        let (n, p, z) = (real(self.trials), self.value(), confidence.z());
        let z2 = z * z;
        let centre = p + z2 / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        Interval {
            low: if self.successes == 0 { 0.0 } else { ((centre - half) / scale).max(0.0) },
            high: if self.successes == self.trials { 1.0 } else { ((centre + half) / scale).min(1.0) },
        }
    }

    /// The interval of Clopper and Pearson: Beta(x, n-x+1) and Beta(x+1, n-x) quantiles, 0 and 1 at the ends.
    ///
    /// The dual of the exact funnel; for a claim that must never be overstated.
    #[must_use]
    pub fn clopper_pearson(self, confidence: Confidence) -> Interval {
        let (x, others) = (real(self.successes), real(self.trials - self.successes));
        // A parameter of 0 is the end of the scale, and there is no such distribution.
        let low = Beta::new(x, others + 1.0).map_or(0.0, |beta| beta.quantile(confidence.tail()));
        let high = Beta::new(others, x + 1.0).map_or(1.0, |beta| 1.0 - beta.quantile(confidence.tail()));
        Interval { low, high }
    }
}

/// The plain mean of numbers; `None` without any. Never for shares: those are pooled.
pub(super) fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / size(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_trials_have_no_share() {
        assert_eq!(Proportion::new(0, 0), None);
        assert_eq!(Proportion::new(6, 5), None);
        assert_eq!(Proportion::pooled([]), None);
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(Proportion::new(0, 30).unwrap().wilson(Confidence::P95).low, 0.0);
        assert_eq!(Proportion::new(30, 30).unwrap().wilson(Confidence::P95).high, 1.0);
    }

    #[test]
    fn shares_are_pooled_and_not_averaged() {
        let shares = [(1, 2), (0, 98)].map(|(x, n)| Proportion::new(x, n).unwrap());
        assert_eq!(Proportion::pooled(shares), Proportion::new(1, 100));
    }

    proptest! {
        #[test]
        fn the_intervals_hold_the_share_and_stay_shares(successes in 0_u64..100_000, others in 1_u64..100_000) {
            let proportion = Proportion::new(successes, successes + others).unwrap();
            for Interval { low, high } in
                [proportion.wilson(Confidence::P95), proportion.clopper_pearson(Confidence::P998)]
            {
                prop_assert!(0.0 <= low && low <= proportion.value() && proportion.value() <= high && high <= 1.0);
            }
        }
    }
}
