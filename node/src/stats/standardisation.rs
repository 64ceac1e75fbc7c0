//! One ente against the network over its own mix of services, and a network series over a fixed mix.

use super::{BetaBinomial, Confidence, Estimate, Interval, Proportion, Tails, counts::real, estimate::SHARE};
use statrs::distribution::{ContinuousCDF, Gamma};

/// An ente's share in one stratum, and the network's value there, 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    pub share: Proportion,
    pub network: f64,
}

/// Indirect standardisation: what an ente would show if each of its services did as the network does.
///
/// Works with strata of any size, so it is the default. Two enti with different mixes are not comparable through it:
/// for that there is [`risk_difference`](super::risk_difference).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indirect {
    observed: Proportion,
    expected: f64,
    variance: f64,
}

impl Indirect {
    /// `None` without strata.
    #[must_use]
    pub fn of(strata: &[Against]) -> Option<Self> {
        let observed = Proportion::pooled(strata.iter().map(|stratum| stratum.share))?;
        let (mut expected, mut variance) = (0.0, 0.0);
        for Against { share, network } in strata {
            let mean = real(share.trials()) * network;
            expected += mean;
            variance += mean * (1.0 - network);
        }
        Some(Self { observed, expected, variance })
    }

    /// Events and votes over all strata.
    #[must_use]
    pub fn observed(self) -> Proportion {
        self.observed
    }

    /// E = Σ n π, in events.
    #[must_use]
    pub fn expected(self) -> f64 {
        self.expected
    }

    /// Σ n π (1-π): the variance of the observed events if the ente did as the network does.
    #[must_use]
    pub fn variance(self) -> f64 {
        self.variance
    }

    /// μ = E / n, the ente's own target: the mean of the law for flags and funnel.
    #[must_use]
    pub fn own_target(self) -> f64 {
        // The sum of shares times counts may exceed the counts by a rounding.
        (self.expected / real(self.observed.trials())).clamp(0.0, 1.0)
    }

    /// (O - E) / √variance; `None` where nothing is left to chance.
    #[must_use]
    pub fn z(self) -> Option<f64> {
        let excess = real(self.observed.successes()) - self.expected;
        (self.variance > 0.0).then(|| excess / self.variance.sqrt())
    }

    /// O / E; `None` where nothing is expected.
    #[must_use]
    pub fn ratio(self) -> Option<f64> {
        (self.expected > 0.0).then(|| real(self.observed.successes()) / self.expected)
    }

    /// θ · O / E for the network's overall share θ.
    #[must_use]
    pub fn adjusted(self, network: f64) -> Option<f64> {
        Some(network * self.ratio()?)
    }

    /// The interval of O / E with exact Poisson limits on O.
    #[must_use]
    pub fn ratio_exact(self, confidence: Confidence) -> Option<Interval> {
        let limits = poisson_exact(self.observed.successes(), confidence)?;
        (self.expected > 0.0).then(|| limits.scaled(1.0 / self.expected))
    }

    /// The interval of O / E with Byar's approximation, as the English health statistics use it.
    #[must_use]
    pub fn ratio_byar(self, confidence: Confidence) -> Option<Interval> {
        (self.expected > 0.0).then(|| byar(self.observed.successes(), confidence).scaled(1.0 / self.expected))
    }

    /// Tails of the observed events around the own target, with the dispersion ρ in 0..1 among peers or with 0.
    #[must_use]
    pub fn tails(self, rho: f64) -> Option<Tails> {
        let law = BetaBinomial::new(self.observed.trials(), self.own_target(), rho)?;
        Some(law.tails(self.observed.successes()))
    }
}

/// Exact limits of a Poisson mean: gamma quantiles with shapes O and O + 1. `None` where `statrs` finds none.
fn poisson_exact(observed: u64, confidence: Confidence) -> Option<Interval> {
    let quantile = |shape: f64, tail: f64| Some(Gamma::new(shape, 1.0).ok()?.inverse_cdf(tail));
    let low = if observed == 0 { 0.0 } else { quantile(real(observed), confidence.tail())? };
    Some(Interval { low, high: quantile(real(observed) + 1.0, 1.0 - confidence.tail())? })
}

/// Byar's limits of a Poisson mean (Breslow & Day 1987, II, p. 69).
fn byar(observed: u64, confidence: Confidence) -> Interval {
    let limit = |events: f64, z: f64| {
        let root = 1.0 - 1.0 / (9.0 * events) + z / (3.0 * events.sqrt());
        events * root.powi(3)
    };
    let events = real(observed);
    let low = if observed == 0 { 0.0 } else { limit(events, -confidence.z()).max(0.0) };
    Interval { low, high: limit(events + 1.0, confidence.z()) }
}

/// A share in one stratum, and the weight of the stratum in the fixed mix, ≥ 0 in any unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    pub share: Proportion,
    pub weight: f64,
}

/// Fewest votes of each stratum for [`direct`].
pub const DIRECT_VOTES_MIN: u64 = 30;

/// Direct standardisation: the weighted mean of the stratum shares over a fixed mix, with its binomial error.
/// `None` without weight. The caller sees to it that each stratum has [`DIRECT_VOTES_MIN`] votes.
#[must_use]
pub fn direct(strata: &[Weighted], confidence: Confidence) -> Option<Estimate> {
    let (mut sum, mut variance, mut weights) = (0.0, 0.0, 0.0);
    for Weighted { share, weight } in strata {
        let p = share.value();
        sum += weight * p;
        variance += weight * weight * p * (1.0 - p) / real(share.trials());
        weights += weight;
    }
    (weights > 0.0).then(|| Estimate::normal(sum / weights, variance.sqrt() / weights, SHARE, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn against(successes: u64, trials: u64, network: f64) -> Against {
        Against { share: Proportion::new(successes, trials).unwrap(), network }
    }

    #[test]
    fn an_ente_that_does_as_the_network_does_stands_at_one() {
        let indirect = Indirect::of(&[against(3, 100, 0.03), against(10, 100, 0.1)]).unwrap();
        assert!((indirect.ratio().unwrap() - 1.0).abs() < 1e-12);
        assert!(indirect.z().unwrap().abs() < 1e-12);
        assert!(indirect.ratio_exact(Confidence::P95).unwrap().contains(1.0));
    }

    #[test]
    fn a_network_without_reds_expects_none_and_divides_by_none() {
        let indirect = Indirect::of(&[against(0, 100, 0.0)]).unwrap();
        assert_eq!(
            (indirect.ratio(), indirect.z(), indirect.ratio_byar(Confidence::P95)),
            (None, None, None)
        );
        assert_eq!(indirect.tails(0.02), Some(Tails { low: 1.0, high: 1.0 }));
        assert_eq!(Indirect::of(&[]), None);
    }

    #[test]
    fn no_event_has_an_upper_limit() {
        let limits = poisson_exact(0, Confidence::P95).unwrap();
        assert!((limits.high - 3.688_879_454).abs() < 1e-8, "{limits:?}");
        assert_eq!((limits.low, byar(0, Confidence::P95).low), (0.0, 0.0));
    }

    #[test]
    fn weights_of_any_unit_give_one_rate() {
        let strata = |unit: f64| {
            [(4, 200, 65.0), (7, 40, 35.0)].map(|(x, n, weight)| Weighted {
                share: Proportion::new(x, n).unwrap(),
                weight: weight * unit,
            })
        };
        let (parts, shares) = (direct(&strata(1.0), Confidence::P95), direct(&strata(0.01), Confidence::P95));
        assert!((parts.unwrap().value - shares.unwrap().value).abs() < 1e-15);
        assert_eq!(direct(&strata(0.0), Confidence::P95), None);
    }
}
