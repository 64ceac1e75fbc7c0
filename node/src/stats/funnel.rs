//! The funnel: how far the share of an honest ente strays from its target at a given number of votes.
//!
//! Flags are set by tail probability, lines are drawn where they agree with the flags. With the dispersion among enti
//! (ρ) in the law they say "unusual among peers", without it "different from the target".

use super::{BetaBinomial, Confidence, Interval, Tails, counts::real, estimate::SHARE};
use std::f64::consts::FRAC_PI_2;

/// How strong a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Tail below 0.025: one honest ente in twenty is outside on either side.
    Warning,
    /// Tail below 0.001: one in five hundred.
    Alarm,
}

/// On which side of its target an ente stands out, and how strongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Within the limits: not distinguishable from its target.
    Within,
    Below(Level),
    Above(Level),
}

impl Beyond {
    /// The flag for the tails of an observed count: P(X ≤ x) < tail or P(X ≥ x) < tail.
    #[must_use]
    pub fn of(tails: Tails) -> Self {
        let level = |tail: f64| {
            if tail < Confidence::P998.tail() {
                Some(Level::Alarm)
            } else {
                (tail < Confidence::P95.tail()).then_some(Level::Warning)
            }
        };
        match (level(tails.low), level(tails.high)) {
            (Some(level), _) => Self::Below(level),
            (None, Some(level)) => Self::Above(level),
            (None, None) => Self::Within,
        }
    }
}

/// The lines of a funnel at one number of votes, as shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// 95 %.
    pub warning: Interval,
    /// 99.8 %.
    pub alarm: Interval,
}

impl Limits {
    fn at_both(lines: impl Fn(Confidence) -> Interval) -> Self {
        Self { warning: lines(Confidence::P95), alarm: lines(Confidence::P998) }
    }

    /// The lines that agree with the flags of [`Beyond::of`]: exact binomial with ρ = 0, adjusted for the dispersion
    /// among peers with ρ > 0.
    #[must_use]
    pub fn of(law: BetaBinomial) -> Self {
        Self::at_both(|confidence| law.limits(confidence))
    }

    /// θ ∓ z √(θ(1-θ)/n), cut to 0..1: the funnel of the English health statistics (UKHSA, PHEindicatormethods).
    #[must_use]
    pub fn normal(target: f64, trials: u64) -> Self {
        let error = (target * (1.0 - target) / real(trials)).sqrt();
        Self::at_both(|confidence| Interval {
            low: (target - confidence.z() * error).max(SHARE.low),
            high: (target + confidence.z() * error).min(SHARE.high),
        })
    }

    /// The exact lines as published (Spiegelhalter 2005): the upper one lies 1/n below the symmetric one and flags up
    /// to ten times as many honest enti as it names. For comparison with other software only.
    #[must_use]
    pub fn spiegelhalter(law: BetaBinomial) -> Self {
        Self::at_both(|confidence| {
            let high = law.edges(confidence.tail()).high;
            let n = real(law.trials().max(1));
            let high = (real(high.count) + high.inside - 1.0) / n;
            Interval { low: law.limits(confidence).low, high: high.clamp(SHARE.low, SHARE.high) }
        })
    }

    /// sin²(asin √θ ∓ z √(1/4n + τ²)): the additive limits of NHS software on the arcsine scale.
    #[must_use]
    pub fn additive(target: f64, tau2: f64, trials: u64) -> Self {
        let (centre, error) = (target.sqrt().asin(), (0.25 / real(trials) + tau2).sqrt());
        let share = |angle: f64| angle.clamp(0.0, FRAC_PI_2).sin().powi(2);
        Self::at_both(|confidence| Interval {
            low: share(centre - confidence.z() * error),
            high: share(centre + confidence.z() * error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Proportion;
    use proptest::prelude::*;

    #[test]
    fn the_stronger_flag_is_the_alarm() {
        let flag = |low, high| Beyond::of(Tails { low, high });
        assert_eq!(flag(0.5, 0.6), Beyond::Within);
        assert_eq!(flag(0.025, 0.98), Beyond::Within);
        assert_eq!(flag(0.024, 0.98), Beyond::Below(Level::Warning));
        assert_eq!(flag(0.9999, 0.0009), Beyond::Above(Level::Alarm));
    }

    proptest! {
        #[test]
        fn wilson_is_the_dual_of_the_normal_funnel(x in 0_u64..=120, target in 0.01_f64..0.99) {
            let share = Proportion::new(x, 120).unwrap();
            let wilson = share.wilson(Confidence::P95);
            let lines = Limits::normal(target, 120).warning;
            let near = (wilson.low - target).abs() < 1e-9 || (wilson.high - target).abs() < 1e-9;
            prop_assert!(near || wilson.contains(target) == lines.contains(share.value()));
        }
    }
}
