//! The number of reds an ente shows by chance: binomial, or beta-binomial where enti differ among themselves.

use super::{
    Beta, Confidence, Interval,
    confidence::upper_normal,
    counts::{count_below, real},
    density,
};

/// Terms smaller than this share of their sum no longer change it.
const NEGLIGIBLE: f64 = 1e-17;

/// With more trials than this and a p that varies, a beta law of the same mean and variance takes the place of the sum:
/// the sum would have as many terms as the distribution is wide, and a feed may claim any number of votes.
const SUMMED_TRIALS_MAX: u64 = 1_000_000;

/// `trials` votes with chance p each, p itself beta-distributed with the given mean and intraclass correlation ρ:
/// a = mean · M, b = (1 - mean) · M, M = (1-ρ)/ρ. ρ = 0 is the exact binomial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    trials: u64,
    mean: f64,
    rho: f64,
}

/// P(X ≤ x) and P(X ≥ x): both contain x itself, so they sum to more than 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    pub low: f64,
    pub high: f64,
}

impl Tails {
    /// Twice the smaller tail, at most 1: the p-value of a two-sided question.
    #[must_use]
    pub fn two_sided(self) -> f64 {
        (2.0 * self.low.min(self.high)).min(1.0)
    }
}

/// The last count on one side that is not yet flagged at a tail, and how much of it lies inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pub count: u64,
    /// (tail at the count - tail asked for) / probability of the count, 0..1.
    pub inside: f64,
}

/// Both edges of the counts that are not flagged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edges {
    pub low: Edge,
    pub high: Edge,
}

/// Weights of one more success and of one more failure, as they stand in the ratio of neighbouring probabilities:
/// binomial p and q, which do not move, or beta-binomial a + k and b + (n - k).
#[derive(Clone, Copy)]
struct Urn {
    n: f64,
    success: f64,
    failure: f64,
    step: f64,
}

impl Urn {
    /// P(k-1) / P(k), k ≥ 1.
    fn down(&self, k: f64) -> f64 {
        let failure = self.failure + self.step * (self.n - k);
        k * failure / ((self.n - k + 1.0) * (self.success + self.step * (k - 1.0)))
    }

    /// P(k+1) / P(k), k < n.
    fn up(&self, k: f64) -> f64 {
        let success = self.success + self.step * k;
        (self.n - k) * success / ((k + 1.0) * (self.failure + self.step * (self.n - k - 1.0)))
    }
}

impl BetaBinomial {
    /// `None` unless the mean is in 0..=1 and ρ in 0..1 (1 excluded).
    #[must_use]
    pub fn new(trials: u64, mean: f64, rho: f64) -> Option<Self> {
        let lawful = (0.0..=1.0).contains(&mean) && (0.0..1.0).contains(&rho);
        lawful.then_some(Self { trials, mean, rho })
    }

    #[must_use]
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// P(X = x).
    #[must_use]
    pub fn probability(self, x: u64) -> f64 {
        let Some(others) = self.trials.checked_sub(x) else { return 0.0 };
        let (x, others) = (real(x), real(others));
        let Some((a, b)) = self.parameters() else {
            return density::binomial(x, others, self.mean, 1.0 - self.mean);
        };
        // Bayes' rule at the posterior mean: likelihood × prior / posterior. Each factor keeps its digits however
        // nearly constant p is; the quotient of beta functions does not.
        let (Some(prior), Some(posterior)) = (Beta::new(a, b), Beta::new(a + x, b + others)) else {
            return density::binomial(x, others, self.mean, 1.0 - self.mean);
        };
        let total = a + b + x + others;
        let (p, q) = ((a + x) / total, (b + others) / total);
        density::binomial(x, others, p, q) * (prior.weight(p, q) / posterior.weight(p, q))
    }

    /// Both tails at x, for x of any size. The work grows with the width of the distribution up to a million trials, and
    /// no further.
    #[must_use]
    pub fn tails(self, x: u64) -> Tails {
        if x > self.trials {
            return Tails { low: 1.0, high: 0.0 };
        }
        if let Some(share) = self.share() {
            let n = real(self.trials);
            return Tails {
                low: share.below(real(x) / n),
                high: share.mirrored().below(real(self.trials - x) / n),
            };
        }
        let probability = self.probability(x);
        // The smaller tail is summed, the larger is what it leaves: a small one keeps its digits.
        if real(x) <= self.mean * real(self.trials) {
            let low = self.lower(x, probability).min(1.0);
            Tails { low, high: (1.0 - low + probability).min(1.0) }
        } else {
            let high = self.upper(x, probability).min(1.0);
            Tails { low: (1.0 - high + probability).min(1.0), high }
        }
    }

    /// The counts at which the tails reach `tail` (0 < tail < ½): P(X ≤ low-1) < tail ≤ P(X ≤ low), and the like above.
    #[must_use]
    pub fn edges(self, tail: f64) -> Edges {
        let mirrored = Self { mean: 1.0 - self.mean, ..self };
        let far = mirrored.lower_edge(tail);
        let high = Edge { count: self.trials - far.count, inside: far.inside };
        Edges { low: self.lower_edge(tail), high }
    }

    /// The limits of the share for drawing, 0..1: interpolated between counts after Spiegelhalter (Statistics in
    /// Medicine 2005;24:1185, appendix) on the low side and mirrored from the complement on the high side. A share
    /// lies beyond a limit exactly when its tail is below [`Confidence::tail`], so point and line agree.
    #[must_use]
    pub fn limits(self, confidence: Confidence) -> Interval {
        let Edges { low, high } = self.edges(confidence.tail());
        let n = real(self.trials.max(1));
        Interval {
            low: ((real(low.count) - low.inside) / n).max(0.0),
            high: ((real(high.count) + high.inside) / n).min(1.0),
        }
    }

    /// a and b; `None` where p does not vary.
    fn parameters(self) -> Option<(f64, f64)> {
        let varies = self.rho > 0.0 && self.mean > 0.0 && self.mean < 1.0;
        let size = (1.0 - self.rho) / self.rho;
        varies.then_some((self.mean * size, (1.0 - self.mean) * size))
    }

    /// The law of X / n where it is not summed: beta with variance mean · (1-mean) · [ρ + (1-ρ)/n].
    fn share(self) -> Option<Beta> {
        if self.trials <= SUMMED_TRIALS_MAX {
            return None;
        }
        self.parameters()?;
        let rho = self.rho + (1.0 - self.rho) / real(self.trials);
        let size = (1.0 - rho) / rho;
        Beta::new(self.mean * size, (1.0 - self.mean) * size)
    }

    fn urn(self) -> Urn {
        let n = real(self.trials);
        match self.parameters() {
            Some((a, b)) => Urn { n, success: a, failure: b, step: 1.0 },
            None => Urn { n, success: self.mean, failure: 1.0 - self.mean, step: 0.0 },
        }
    }

    /// P(X ≤ x) from P(X = x), term by term away from the middle.
    fn lower(self, x: u64, probability: f64) -> f64 {
        let urn = self.urn();
        // With a < 1 the probabilities rise again towards 0: every term counts.
        let falls = urn.step == 0.0 || urn.success >= 1.0;
        let (mut term, mut sum, mut k) = (probability, probability, real(x));
        while k > 0.0 && term > 0.0 {
            term *= urn.down(k);
            sum += term;
            k -= 1.0;
            if falls && term < NEGLIGIBLE * sum {
                break;
            }
        }
        sum
    }

    /// P(X ≥ x) from P(X = x).
    fn upper(self, x: u64, probability: f64) -> f64 {
        let mirrored = Self { mean: 1.0 - self.mean, ..self };
        mirrored.lower(self.trials - x, probability)
    }

    fn lower_edge(self, tail: f64) -> Edge {
        if let Some(share) = self.share() {
            let count = count_below((share.quantile(tail) * real(self.trials)).ceil());
            return Edge { count: count.min(self.trials), inside: 0.0 };
        }
        let urn = self.urn();
        let mut count = self.near_edge(tail);
        let mut probability = self.probability(count);
        let mut below = self.tails(count).low;
        while count > 0 && below - probability >= tail {
            below -= probability;
            probability *= urn.down(real(count));
            count -= 1;
        }
        while count < self.trials && below < tail {
            probability *= urn.up(real(count));
            count += 1;
            below += probability;
        }
        let inside = if probability > 0.0 { ((below - tail) / probability).clamp(0.0, 1.0) } else { 0.0 };
        Edge { count, inside }
    }

    /// A count near the lower edge, by the normal law of the same variance n p q [1 + (n-1) ρ].
    fn near_edge(self, tail: f64) -> u64 {
        let n = real(self.trials);
        let variance = n * self.mean * (1.0 - self.mean) * (1.0 + (n - 1.0).max(0.0) * self.rho);
        count_below(n * self.mean - upper_normal(tail) * variance.sqrt()).min(self.trials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn laws_that_do_not_exist_are_refused() {
        for (mean, rho) in
            [(-0.1, 0.0), (1.1, 0.0), (0.5, 1.0), (0.5, -0.1), (f64::NAN, 0.0), (0.5, f64::NAN)]
        {
            assert_eq!(BetaBinomial::new(5, mean, rho), None);
        }
    }

    #[test]
    fn a_certain_outcome_has_one_count() {
        let never = BetaBinomial::new(40, 0.0, 0.02).unwrap();
        assert_eq!(never.tails(0), Tails { low: 1.0, high: 1.0 });
        assert_eq!(never.tails(1), Tails { low: 1.0, high: 0.0 });
        let always = BetaBinomial::new(40, 1.0, 0.0).unwrap();
        assert_eq!(always.tails(39), Tails { low: 0.0, high: 1.0 });
        assert_eq!(always.tails(41), Tails { low: 1.0, high: 0.0 });
    }

    #[test]
    fn hardly_any_dispersion_is_the_binomial() {
        let (near, exact) = (BetaBinomial::new(900, 0.07, 1e-13), BetaBinomial::new(900, 0.07, 0.0));
        let (near, exact) = (near.unwrap().tails(40), exact.unwrap().tails(40));
        assert!((near.low / exact.low - 1.0).abs() < 1e-8, "{near:?} {exact:?}");
    }

    #[test]
    fn the_law_of_the_share_goes_on_where_the_sum_ends() {
        let summed = BetaBinomial::new(SUMMED_TRIALS_MAX, 0.07, 0.01).unwrap();
        let continued = BetaBinomial::new(SUMMED_TRIALS_MAX + 1, 0.07, 0.01).unwrap();
        for x in [20_000, 50_000, 70_000, 90_000, 150_000] {
            let (one, other) = (summed.tails(x), continued.tails(x));
            assert!((one.low / other.low - 1.0).abs() < 1e-3, "{x}: {one:?} {other:?}");
            assert!((one.high / other.high - 1.0).abs() < 1e-3, "{x}: {one:?} {other:?}");
        }
        let (one, other) = (summed.limits(Confidence::P998), continued.limits(Confidence::P998));
        assert!(
            (one.low - other.low).abs() < 1e-4 && (one.high - other.high).abs() < 1e-4,
            "{one:?} {other:?}"
        );
    }

    /// Summed term by term this would take hours.
    #[test]
    fn a_claim_of_any_size_is_placed() {
        let law = BetaBinomial::new(12_000_000_000, 0.07, 0.01).unwrap();
        let edge = law.edges(0.001).low;
        assert!(law.tails(edge.count).low >= 0.001 && law.tails(edge.count - 1).low < 0.001);
        assert!(law.tails(900_000_000).high > 0.05);
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_tails_are_their_sums(
            n in 1_u64..300, mean in 0.001_f64..0.999, rho in 0.0_f64..0.9, at in 0.0_f64..1.0,
        ) {
            let law = BetaBinomial::new(n, mean, rho).unwrap();
            let x = count_below(at * real(n));
            let all: Vec<f64> = (0..=n).map(|k| law.probability(k)).collect();
            prop_assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-11);
            let low: f64 = all.iter().zip(0..).filter(|(_, k)| *k <= x).map(|(p, _)| p).sum();
            let tails = law.tails(x);
            prop_assert!((tails.low - low).abs() < 1e-11, "{} {low}", tails.low);
            prop_assert!((tails.high - (1.0 - low + law.probability(x))).abs() < 1e-11);
        }

        #[test]
        fn point_and_line_agree(n in 1_u64..400, mean in 0.001_f64..0.999, rho in 0.0_f64..0.3) {
            let law = BetaBinomial::new(n, mean, rho).unwrap();
            for confidence in [Confidence::P95, Confidence::P998] {
                let limits = law.limits(confidence);
                for x in 0..=n {
                    let (tails, share) = (law.tails(x), real(x) / real(n));
                    // Where a tail meets the level to the last digits, rounding decides.
                    let near = |tail: f64| (tail / confidence.tail() - 1.0).abs() < 1e-9;
                    prop_assert!(near(tails.low) || (tails.low < confidence.tail()) == (share < limits.low));
                    prop_assert!(near(tails.high) || (tails.high < confidence.tail()) == (share > limits.high));
                }
            }
        }
    }
}
