//! Empirical Bayes: what a share is likely to be, given its own votes and how enti differ in general.
//!
//! Lists are ordered by this estimate and show its interval, never a rank: with raw shares the smallest enti fill both
//! ends of any list.

use super::{
    Beta, Confidence, Interval, Proportion,
    counts::real,
    overdispersion::{Placed, moments_rho},
};

/// The law of shares among enti: Beta(mean · M, (1 - mean) · M). M is the number of votes that general knowledge is
/// worth; infinite where enti do not differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    mean: f64,
    size: f64,
}

impl Prior {
    /// From a mean 0..=1 and M > 0, which may be infinite; `None` otherwise.
    #[must_use]
    pub fn new(mean: f64, size: f64) -> Option<Self> {
        ((0.0..=1.0).contains(&mean) && size > 0.0).then_some(Self { mean, size })
    }

    /// From a mean 0..=1 and the intraclass correlation ρ in 0..1: M = (1-ρ)/ρ.
    #[must_use]
    pub fn of_rho(mean: f64, rho: f64) -> Option<Self> {
        if !(0.0..1.0).contains(&rho) {
            return None;
        }
        Self::new(mean, (1.0 - rho) / rho)
    }

    /// By weighted moments (Kleinman 1973): the pooled share, and ρ around it. `None` without enti.
    #[must_use]
    pub fn moments(enti: &[Proportion]) -> Option<Self> {
        let mean = Proportion::pooled(enti.iter().copied())?.value();
        let placed: Vec<Placed> = enti.iter().map(|&share| Placed { share, target: mean }).collect();
        Self::of_rho(mean, moments_rho(&placed))
    }

    #[must_use]
    pub fn mean(self) -> f64 {
        self.mean
    }

    /// M, in votes.
    #[must_use]
    pub fn size(self) -> f64 {
        self.size
    }

    /// ρ = 1 / (1 + M).
    #[must_use]
    pub fn rho(self) -> f64 {
        1.0 / (1.0 + self.size)
    }

    /// The share that a fraction `tail` of enti lies below: at 0.25 the limit of the best quartile of reds.
    #[must_use]
    pub fn quantile(self, tail: f64) -> f64 {
        Belief::after(self, 0.0, 0.0).quantile(tail)
    }

    /// What is known of one ente's share after its votes.
    #[must_use]
    pub fn posterior(self, share: Proportion) -> Posterior {
        let (successes, trials) = (real(share.successes()), real(share.trials()));
        let belief = Belief::after(self, successes, trials - successes);
        // Dividing by an infinite M would leave no weight to what general knowledge says, instead of all of it.
        let weight = if self.size.is_finite() { trials / (trials + self.size) } else { 0.0 };
        Posterior { belief, mean: weight * share.value() + (1.0 - weight) * self.mean, weight }
    }
}

/// Where the law of shares among enti is centred, as a multiple of their targets: shares summed over targets, each ente
/// with the weight n / (1 + (n-1) ρ) of what its votes tell about it (Kleinman 1973). A target that is pooled by votes
/// follows the few largest enti, while a quartile of that law is one of enti. 1 where nothing is expected.
#[must_use]
pub fn centre(enti: &[Placed], rho: f64) -> f64 {
    let (mut shares, mut targets) = (0.0, 0.0);
    for placed in enti {
        let n = real(placed.share.trials());
        let weight = n / (1.0 + (n - 1.0) * rho);
        shares += weight * placed.share.value();
        targets += weight * placed.target;
    }
    if targets > 0.0 { shares / targets } else { 1.0 }
}

/// A share as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Belief {
    /// A point: enti do not differ, or none ever shows the other outcome.
    Certain(f64),
    Spread(Beta),
}

impl Belief {
    fn after(prior: Prior, successes: f64, failures: f64) -> Self {
        let (a, b) = (prior.mean * prior.size + successes, (1.0 - prior.mean) * prior.size + failures);
        Beta::new(a, b).map_or(Self::Certain(prior.mean), Self::Spread)
    }

    fn quantile(self, tail: f64) -> f64 {
        match self {
            Self::Certain(value) => value,
            Self::Spread(beta) => beta.quantile(tail),
        }
    }
}

/// One ente's share after its votes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    belief: Belief,
    mean: f64,
    weight: f64,
}

impl Posterior {
    /// The shrunken estimate (r + mean · M) / (n + M).
    #[must_use]
    pub fn mean(self) -> f64 {
        self.mean
    }

    /// n / (n + M): how much of the estimate is the ente's own votes, 0..1.
    #[must_use]
    pub fn weight(self) -> f64 {
        self.weight
    }

    /// The equal-tailed interval of the share.
    #[must_use]
    pub fn interval(self, confidence: Confidence) -> Interval {
        match self.belief {
            Belief::Certain(value) => Interval { low: value, high: value },
            Belief::Spread(beta) => beta.interval(confidence),
        }
    }

    /// The probability that the share is below a threshold: with [`Prior::quantile`] of 0.25, that the ente is among
    /// the quarter with the fewest reds.
    #[must_use]
    pub fn below(self, threshold: f64) -> f64 {
        match self.belief {
            Belief::Certain(value) => f64::from(u8::from(value < threshold)),
            Belief::Spread(beta) => beta.below(threshold),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    #[test]
    fn few_votes_are_drawn_to_the_mean_and_many_are_not() {
        let prior = Prior::new(0.07, 100.0).unwrap();
        let (few, many) = (prior.posterior(share(4, 10)), prior.posterior(share(4_000, 10_000)));
        assert!(few.mean() < 0.11 && many.mean() > 0.39, "{few:?} {many:?}");
        assert!(few.weight() < 0.1 && many.weight() > 0.99);
        assert!(many.interval(Confidence::P95).contains(0.4));
    }

    #[test]
    fn enti_that_do_not_differ_all_have_the_mean() {
        let prior = Prior::of_rho(0.07, 0.0).unwrap();
        let posterior = prior.posterior(share(0, 500));
        assert_eq!((posterior.mean(), posterior.weight()), (0.07, 0.0));
        assert_eq!(posterior.interval(Confidence::P95), Interval { low: 0.07, high: 0.07 });
        // Nobody is better than the others.
        assert_eq!(posterior.below(prior.quantile(0.25)), 0.0);
    }

    #[test]
    fn one_large_ente_does_not_move_the_centre_of_the_others() {
        // Pooled by votes, 0.0476 is the network's value: nearly that of the large one.
        let placed = |successes, trials| Placed { share: share(successes, trials), target: 0.0476 };
        let mut enti = vec![placed(100, 1_000); 10];
        enti.push(placed(400, 95_000));
        let (equal, by_votes) = (centre(&enti, 0.9), centre(&enti, 0.0));
        assert!((equal - 1.92).abs() < 0.01 && by_votes < 0.3, "{equal} {by_votes}");
        assert_eq!(centre(&[], 0.01), 1.0);
    }

    #[test]
    fn a_network_without_reds_has_an_estimate() {
        let prior = Prior::moments(&[share(0, 50), share(0, 80)]).unwrap();
        assert_eq!(prior.posterior(share(0, 50)).mean(), 0.0);
        assert_eq!(Prior::moments(&[]), None);
    }
}
