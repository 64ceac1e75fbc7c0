//! How much honest enti differ beyond chance: τ² on the arcsine scale, ρ for the beta-binomial.
//!
//! Every figure here is of shares placed against targets: with one target for all it is the published method, with each
//! ente's own target the mix of services is taken out first.

use super::{
    Proportion,
    confidence::upper_normal,
    counts::{count_below, real, size},
    proportion::mean,
};
use statrs::distribution::{Continuous, Normal};

/// Winsorising at the tenth and the ninetieth percentile.
pub const TRIM: f64 = 0.10;

/// Enti below which no dispersion is estimated, and the chart says so.
pub const ENTI_MIN: usize = 10;

/// Enti with enough data below which the moments of all enti are used instead of the robust estimator.
pub const ROBUST_ENTI_MIN: usize = 20;

/// Expected successes and failures from which an ente has enough data for the arcsine scale.
const EXPECTED_MIN: f64 = 5.0;

/// Largest ρ in use; 1 would be enti that are all green or all red.
const RHO_MAX: f64 = 1.0 - 1e-9;

/// Halvings of the bracket around τ²: past the last digit of a double.
const HALVINGS: u32 = 60;

/// The share of an ente and the target it is held against, 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    pub share: Proportion,
    pub target: f64,
}

impl Placed {
    /// Enough data for a normal approximation: at least five successes and five failures expected.
    #[must_use]
    pub fn has_enough(self) -> bool {
        let n = real(self.share.trials());
        n * self.target >= EXPECTED_MIN && n * (1.0 - self.target) >= EXPECTED_MIN
    }

    /// Distance from the target on the arcsine scale, asin √p - asin √θ.
    fn distance(self) -> f64 {
        self.share.value().sqrt().asin() - self.target.sqrt().asin()
    }

    /// Sampling variance there: 1/4n.
    fn variance(self) -> f64 {
        0.25 / real(self.share.trials())
    }
}

/// How enti differ among themselves, and how it was learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dispersion {
    /// Fewer than [`ENTI_MIN`] enti: not adjusted.
    TooFew { enti: usize },
    /// Robust Paule-Mandel over the enti with enough data, the default.
    Robust { enti: usize, tau2: f64 },
    /// Moments over all enti, where fewer than [`ROBUST_ENTI_MIN`] have enough data (rare reds, small enti).
    Moments { enti: usize, rho: f64 },
}

impl Dispersion {
    #[must_use]
    pub fn among(enti: &[Placed]) -> Self {
        if enti.len() < ENTI_MIN {
            return Self::TooFew { enti: enti.len() };
        }
        let enough: Vec<Placed> = enti.iter().copied().filter(|placed| placed.has_enough()).collect();
        if enough.len() < ROBUST_ENTI_MIN {
            return Self::Moments { enti: enti.len(), rho: moments_rho(enti) };
        }
        Self::Robust { enti: enough.len(), tau2: robust_tau2(&enough, TRIM) }
    }

    /// The intraclass correlation for the beta-binomial: 4 τ², because Var(asin √p) is about ρ/4.
    #[must_use]
    pub fn rho(self) -> f64 {
        match self {
            Self::TooFew { .. } => 0.0,
            Self::Robust { tau2, .. } => rho_of_tau2(tau2),
            Self::Moments { rho, .. } => rho,
        }
    }
}

/// ρ = 4 τ², kept below 1.
#[must_use]
pub fn rho_of_tau2(tau2: f64) -> f64 {
    (4.0 * tau2).clamp(0.0, RHO_MAX)
}

/// z-scores on the arcsine scale: (asin √p - asin √θ) · 2√n.
#[must_use]
pub fn arcsine_z(enti: &[Placed]) -> Vec<f64> {
    enti.iter().map(|placed| placed.distance() / placed.variance().sqrt()).collect()
}

/// Brings the values beyond the q and 1-q quantiles (type 7, 0 ≤ q < ½) to those quantiles, in place.
pub fn winsorise(values: &mut [f64], q: f64) {
    let mut copy = values.to_vec();
    let (Some(low), Some(high)) = (quantile(&mut copy, q), quantile(&mut copy, 1.0 - q)) else { return };
    for value in values {
        *value = value.clamp(low, high.max(low));
    }
}

/// The quantile of type 7 (linear between order statistics), reordering the values; `None` without any.
fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = size(last) * q.clamp(0.0, 1.0);
    let below = usize::try_from(count_below(position)).map_or(last, |below| below.min(last));
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (position - size(below)) * (next - low))
}

/// κ(q) = the mean of z² of a standard normal winsorised at its q and 1-q quantiles, 0 < q < ½:
/// (1-2q) - 2c φ(c) + 2q c² with c the upper q quantile. κ(0.10) = 0.678655: so much an honest network has.
#[must_use]
pub fn kappa(q: f64) -> f64 {
    let c = upper_normal(q);
    (1.0 - 2.0 * q) - 2.0 * c * Normal::standard().pdf(c) + 2.0 * q * c * c
}

/// τ² ≥ 0 of the robust Paule-Mandel estimator: the mean of the squared, winsorised d / √(s² + τ²) equals κ(q). 0 where
/// it is already below at τ² = 0, and without enti.
///
/// The published estimator compares winsorised squares with 1 instead of κ and so finds too little dispersion.
#[must_use]
pub fn robust_tau2(enti: &[Placed], q: f64) -> f64 {
    let rows: Vec<(f64, f64)> = enti.iter().map(|placed| (placed.distance(), placed.variance())).collect();
    let wanted = kappa(q);
    let mut scores = Vec::with_capacity(rows.len());
    let mut exceeds = |tau2: f64| {
        scores.clear();
        scores.extend(rows.iter().map(|(distance, variance)| distance / (variance + tau2).sqrt()));
        mean_of_winsorised_squares(&mut scores, q) > wanted
    };
    if !exceeds(0.0) {
        return 0.0;
    }
    // Distances are at most π/2: with this τ² no mean of squares reaches κ.
    let (mut low, mut high) = (0.0, 4.0 / wanted);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if exceeds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

fn mean_of_winsorised_squares(scores: &mut [f64], q: f64) -> f64 {
    let (Some(low), Some(high)) = (quantile(scores, q), quantile(scores, 1.0 - q)) else { return 0.0 };
    let squares = scores.iter().map(|score| score.clamp(low, high.max(low)).powi(2));
    mean(squares).unwrap_or(0.0)
}

/// The published estimate of NHS funnels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spiegelhalter {
    /// Mean of the squared winsorised z-scores.
    pub phi: f64,
    pub tau2: f64,
}

/// Spiegelhalter 2005, as FunnelPlotR computes it: φ of winsorised z-scores, τ² after DerSimonian and Laird. By name
/// only, for comparison with other software: it flags too many honest enti. `None` without enti.
#[must_use]
pub fn spiegelhalter(enti: &[Placed], q: f64) -> Option<Spiegelhalter> {
    let mut scores = arcsine_z(enti);
    winsorise(&mut scores, q);
    let phi = mean(scores.iter().map(|score| score * score))?;
    let weights = enti.iter().map(|placed| 1.0 / placed.variance());
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    let count = size(enti.len());
    let excess = count * phi - (count - 1.0);
    let scale = sum - squares / sum;
    let tau2 = if excess > 0.0 && scale > 0.0 { excess / scale } else { 0.0 };
    Some(Spiegelhalter { phi, tau2 })
}

/// ρ by weighted moments (Kleinman 1973): [Σ n (p-θ)² / θ(1-θ) - (I-1)] / [N - Σn²/N - (I-1)], cut to 0..1. Enti whose
/// target is 0 or 1 say nothing about it.
#[must_use]
pub fn moments_rho(enti: &[Placed]) -> f64 {
    let spread = |placed: &Placed| placed.target * (1.0 - placed.target);
    let (mut squares, mut votes, mut votes_squared, mut count) = (0.0, 0.0, 0.0, 0.0);
    for placed in enti.iter().filter(|placed| spread(placed) > 0.0) {
        let n = real(placed.share.trials());
        squares += n * (placed.share.value() - placed.target).powi(2) / spread(placed);
        votes += n;
        votes_squared += n * n;
        count += 1.0;
    }
    let scale = votes - votes_squared / votes - (count - 1.0);
    let rho = (squares - (count - 1.0)) / scale;
    if scale > 0.0 && rho > 0.0 { rho.min(RHO_MAX) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(successes: u64, trials: u64, target: f64) -> Placed {
        Placed { share: Proportion::new(successes, trials).unwrap(), target }
    }

    #[test]
    fn equal_enti_have_no_dispersion() {
        let enti = vec![placed(7, 100, 0.07); 30];
        assert_eq!(robust_tau2(&enti, TRIM), 0.0);
        assert_eq!(moments_rho(&enti), 0.0);
        assert_eq!(spiegelhalter(&enti, TRIM).unwrap().tau2, 0.0);
        assert_eq!(Dispersion::among(&enti), Dispersion::Robust { enti: 30, tau2: 0.0 });
    }

    #[test]
    fn the_estimator_follows_what_the_enti_can_tell() {
        assert_eq!(Dispersion::among(&vec![placed(7, 100, 0.07); 9]), Dispersion::TooFew { enti: 9 });
        // Five reds are not expected anywhere, so no ente has enough data.
        let rare = vec![placed(0, 100, 0.0026); 40];
        assert!(matches!(Dispersion::among(&rare), Dispersion::Moments { enti: 40, .. }));
        assert_eq!(Dispersion::among(&[]).rho(), 0.0);
    }

    #[test]
    fn enti_at_both_ends_keep_the_dispersion_below_one() {
        let ends: Vec<Placed> = (0..40).map(|i| placed(if i % 2 == 0 { 0 } else { 500 }, 500, 0.5)).collect();
        let rho = Dispersion::among(&ends).rho();
        assert!(rho > 0.9 && rho < 1.0, "{rho}");
        assert!(moments_rho(&ends) < 1.0);
    }

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&mut values, 0.5), Some(2.5));
        assert_eq!(quantile(&mut values, 0.0), Some(1.0));
        assert_eq!(quantile(&mut values, 1.0), Some(4.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
