//! One share and its Wilson interval.

use super::Confidence;

/// `successes` of `trials`, with at least one trial and never more successes than trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    successes: u64,
    trials: u64,
}

/// The two limits of a share or of a difference, `low` ≤ `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Proportion {
    /// `None` where there is no share to speak of: no trials, or more successes than trials.
    #[must_use]
    pub fn new(successes: u64, trials: u64) -> Option<Self> {
        (trials > 0 && successes <= trials).then_some(Self { successes, trials })
    }

    /// The share itself, 0..1.
    #[must_use]
    pub fn value(self) -> f64 {
        real(self.successes) / real(self.trials)
    }

    /// Wilson's score interval [p + z²/2n ∓ z √(p(1-p)/n + z²/4n²)] / (1 + z²/n).
    ///
    /// It never leaves 0..1 and works with no success and with nothing but successes, where the near limit is
    /// exactly 0 or 1.
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
}

/// A count as a real number: exact up to 2⁵³, far above the votes of the whole country in a century.
#[expect(clippy::cast_precision_loss, reason = "counts of votes stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_trials_have_no_share() {
        assert_eq!(Proportion::new(0, 0), None);
        assert_eq!(Proportion::new(6, 5), None);
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(Proportion::new(0, 30).unwrap().wilson(Confidence::P95).low, 0.0);
        assert_eq!(Proportion::new(30, 30).unwrap().wilson(Confidence::P95).high, 1.0);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_share_and_stays_a_share(successes in 0_u64..1_000_000, others in 1_u64..1_000_000) {
            let proportion = Proportion::new(successes, successes + others).unwrap();
            let Interval { low, high } = proportion.wilson(Confidence::P95);
            prop_assert!(0.0 <= low && low <= proportion.value() && proportion.value() <= high && high <= 1.0);
        }
    }
}
