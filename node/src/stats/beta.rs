//! The beta distribution: tails and quantiles, accurate in both tails and at any number of votes.
//!
//! `statrs` is not used here: its incomplete beta stops after 140 terms of its fraction without saying so, and its
//! log-gammas cancel, so that nine right digits are left at a million votes and three at ten million; its upper tail is
//! 1 - lower tail, which has no digits left far out.

use super::{
    Confidence, Interval,
    confidence::upper_normal,
    density::{deviance, stirling_error},
};
use statrs::function::beta::ln_beta;
use std::f64::consts::TAU;

/// Terms of the continued fraction. It needs about the square root of a + b: this covers 10¹⁰.
const TERMS_MAX: u32 = 100_000;

/// Steps of the inverse. Three are usual; each one past them doubles or triples the right digits.
const STEPS_MAX: u32 = 100;

/// The log-odds beyond which a share is 0 or 1 for every purpose.
const LOG_ODDS_MAX: f64 = 700.0;

/// Beta(a, b) with finite a, b > 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beta {
    a: f64,
    b: f64,
    /// Logarithm of what stands before the deviances in [`Beta::weight`].
    ln_scale: f64,
}

/// A share with its complement, both with all their digits.
#[derive(Debug, Clone, Copy)]
struct Share {
    x: f64,
    y: f64,
}

impl Share {
    fn of_log_odds(t: f64) -> Self {
        Self { x: 1.0 / (1.0 + (-t).exp()), y: 1.0 / (1.0 + t.exp()) }
    }

    fn mirrored(self) -> Self {
        Self { x: self.y, y: self.x }
    }
}

impl Beta {
    /// `None` unless both parameters are finite and above 0.
    #[must_use]
    pub fn new(a: f64, b: f64) -> Option<Self> {
        if !(a > 0.0 && b > 0.0 && (a + b).is_finite()) {
            return None;
        }
        let n = a + b;
        let error = stirling_error(n) - stirling_error(a) - stirling_error(b);
        Some(Self { a, b, ln_scale: error + 0.5 * (a * b / (TAU * n)).ln() })
    }

    /// a / (a + b).
    #[must_use]
    pub fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// The probability of at most `x`, for any x: 0 below 0, 1 above 1.
    #[must_use]
    pub fn below(self, x: f64) -> f64 {
        if x <= 0.0 {
            0.0
        } else if x >= 1.0 {
            1.0
        } else {
            self.lower(Share { x, y: 1.0 - x })
        }
    }

    /// The value that is exceeded from below with probability `tail`: the quantile of a tail in 0..1.
    #[must_use]
    pub fn quantile(self, tail: f64) -> f64 {
        if tail <= 0.5 { self.lower_quantile(tail).x } else { self.mirrored().lower_quantile(1.0 - tail).y }
    }

    /// The equal-tailed interval.
    #[must_use]
    pub fn interval(self, confidence: Confidence) -> Interval {
        let tail = confidence.tail();
        Interval { low: self.lower_quantile(tail).x, high: self.mirrored().lower_quantile(tail).y }
    }

    pub(super) fn mirrored(self) -> Self {
        Self { a: self.b, b: self.a, ln_scale: self.ln_scale }
    }

    /// xᵃ yᵇ / B(a, b): the density on the scale of log-odds.
    pub(super) fn weight(self, x: f64, y: f64) -> f64 {
        let n = self.a + self.b;
        (self.ln_scale - deviance(self.a, n * x) - deviance(self.b, n * y)).exp()
    }

    fn lower(self, share: Share) -> f64 {
        if share.x <= self.mean() {
            self.near_tail(share)
        } else {
            1.0 - self.mirrored().near_tail(share.mirrored())
        }
    }

    /// The lower tail of a share at or below the mean, by the continued fraction of Didonato and Morris (ACM TOMS
    /// 18:360, 1992, equation 9), evaluated forwards after Lentz.
    fn near_tail(self, Share { x, y }: Share) -> f64 {
        let (a, b) = (self.a, self.b);
        let weight = self.weight(x, y);
        if weight == 0.0 {
            return 0.0;
        }
        let distance = a * y - b * x + 1.0;
        let mut fraction = a * distance / (a + 1.0);
        let (mut upper, mut lower) = (fraction, 0.0);
        for term in 1..=TERMS_MAX {
            let m = f64::from(term);
            let before = 1.0 / (a + 2.0 * m - 1.0);
            let common = m * (b - m) * x * before;
            let numerator = common * (a + m - 1.0) * (a + b + m - 1.0) * x * before;
            let denominator = m + common + (a + m) * (distance + m * (1.0 + y)) / (a + 2.0 * m + 1.0);
            lower = 1.0 / (denominator + numerator * lower);
            upper = denominator + numerator / upper;
            let change = upper * lower;
            fraction *= change;
            if (change - 1.0).abs() < 4.0 * f64::EPSILON {
                break;
            }
        }
        (weight / fraction).min(1.0)
    }

    /// The share whose lower tail is `tail`, 0 < tail ≤ ½.
    ///
    /// On the scale of log-odds t the density is log-concave, so ln P(t) is concave and rising: Newton's method on it
    /// finds its way from almost anywhere, and Halley's correction makes two or three steps enough from a good start.
    /// A bracket catches what is left: probabilities too small for a double, and steps out of range.
    fn lower_quantile(self, tail: f64) -> Share {
        let wanted = tail.ln();
        let (mut low, mut high) = (-LOG_ODDS_MAX, LOG_ODDS_MAX);
        let mut t = self.start(tail).clamp(low, high);
        for _ in 0..STEPS_MAX {
            let share = Share::of_log_odds(t);
            let probability = self.lower(share);
            let miss = probability.ln() - wanted;
            if miss < 0.0 {
                low = t;
            } else {
                high = t;
            }
            let slope = self.weight(share.x, share.y) / probability;
            let curvature = slope * (self.a * share.y - self.b * share.x) - slope * slope;
            let correction = (0.5 * miss * curvature / (slope * slope)).clamp(-0.5, 0.5);
            let next = t - miss / slope / (1.0 - correction);
            t = if low <= next && next <= high { next } else { 0.5 * (low + high) };
            // Halley's step cubes a small miss.
            if miss.abs() < 1e-5 {
                break;
            }
        }
        Share::of_log_odds(t)
    }

    /// A starting point for the log-odds of the lower quantile.
    fn start(self, tail: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        if a < 1.0 {
            // For small x the tail is xᵃ / (a B(a, b)).
            return ((tail.ln() + a.ln() + ln_beta(a, b)) / a).min(0.0);
        }
        if b < 1.0 {
            // For x near 1 the other tail is yᵇ / (b B(a, b)).
            return -(((-tail).ln_1p() + b.ln() + ln_beta(a, b)) / b).min(0.0);
        }
        // Median and spread of the log-odds, with the third cumulant's share in the quantile (Cornish and Fisher).
        let median = ((a - 1.0 / 3.0) / (b - 1.0 / 3.0)).ln();
        let variance = 1.0 / (a - 0.5) + 1.0 / (b - 0.5);
        let third = 1.0 / ((b - 0.5) * (b - 0.5)) - 1.0 / ((a - 0.5) * (a - 0.5));
        let z = -upper_normal(tail);
        median + z * variance.sqrt() + z * z * third / (6.0 * variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parameters_outside_the_law_do_not_exist() {
        for (a, b) in [(0.0, 1.0), (1.0, 0.0), (-1.0, 2.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0)] {
            assert_eq!(Beta::new(a, b), None);
        }
    }

    #[test]
    fn powers_are_the_distribution_where_one_parameter_is_one() {
        for a in [0.01, 0.13, 0.5, 1.0, 3.0, 40.0] {
            for x in [1e-6, 0.01, 0.3, 0.9] {
                let (below, exact) = (Beta::new(a, 1.0).unwrap().below(x), x.powf(a));
                assert!((below / exact - 1.0).abs() < 1e-13, "{a} {x}: {below} {exact}");
            }
        }
    }

    #[test]
    fn a_nearly_constant_share_has_its_quantile() {
        let beta = Beta::new(1e-6, 40.0).unwrap();
        assert!(beta.quantile(0.025) < 1e-300);
        let beta = Beta::new(7e9, 9.3e10).unwrap();
        assert!((beta.quantile(0.5) - 0.07).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_quantile_undoes_the_tail(
            a in (-3.0_f64..6.0).prop_map(|e| 10.0_f64.powf(e)),
            b in (-1.0_f64..6.0).prop_map(|e| 10.0_f64.powf(e)),
            tail in 0.0005_f64..0.9995,
        ) {
            let beta = Beta::new(a, b).unwrap();
            let x = beta.quantile(tail);
            prop_assume!(x > 1e-290 && x < 1.0 - 1e-6);
            prop_assert!((beta.below(x) - tail).abs() < 1e-9, "{x} {}", beta.below(x));
        }

        #[test]
        fn the_tail_rises(a in 0.05_f64..500.0, b in 0.05_f64..500.0, x in 0.001_f64..0.99) {
            let beta = Beta::new(a, b).unwrap();
            prop_assert!(beta.below(x) <= beta.below(x + 0.001) + 1e-12);
        }
    }
}
