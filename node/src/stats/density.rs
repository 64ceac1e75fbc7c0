//! The binomial probability and its logarithm for real arguments, accurate where factorials overflow and cancel.
//!
//! Loader's saddle-point form (C. Loader, *Fast and accurate computation of binomial probabilities*, 2000): with
//! n = x + y, ln P = δ(n) - δ(x) - δ(y) - D(x; np) - D(y; nq) + ½ ln(n / 2πxy), where δ is the error of Stirling's
//! formula and D the deviance x ln(x/m) + m - x. `statrs` subtracts log-gammas of the size of n ln n instead, which
//! costs six of sixteen digits at a million votes, and more where a beta distribution is nearly a point.

use statrs::function::gamma::ln_gamma;
use std::f64::consts::TAU;

/// ½ ln 2π.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// From here on the series of [`stirling_error`] has all digits of a double.
const SERIES_FROM: f64 = 16.0;

/// δ(x) = ln Γ(x+1) - (x+½) ln x + x - ½ ln 2π for x > 0, the error of Stirling's formula for x!.
pub(super) fn stirling_error(x: f64) -> f64 {
    if x < SERIES_FROM {
        return ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - HALF_LN_TAU;
    }
    let square = x * x;
    let fifth = 1.0 / 1680.0 - 1.0 / (1188.0 * square);
    let third = 1.0 / 1260.0 - fifth / square;
    (1.0 / 12.0 - (1.0 / 360.0 - third / square) / square) / x
}

/// D(x; m) = x ln(x/m) + m - x ≥ 0, for x ≥ 0 and m > 0: 0 where x = m.
pub(super) fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if x == 0.0 {
        return m;
    }
    // Near x = m the two terms nearly cancel; the logarithm of 1 + d keeps the digits that ln(x/m) loses.
    x * (difference / m).ln_1p() - difference
}

/// Γ(n+1) / (Γ(x+1) Γ(y+1)) pˣ qʸ with n = x + y, for real x, y ≥ 0 and p + q = 1.
pub(super) fn binomial(x: f64, y: f64, p: f64, q: f64) -> f64 {
    if x == 0.0 {
        return power(q, p, y);
    }
    if y == 0.0 {
        return power(p, q, x);
    }
    let n = x + y;
    let error = stirling_error(n) - stirling_error(x) - stirling_error(y);
    (error - deviance(x, n * p) - deviance(y, n * q)).exp() * (n / (TAU * x * y)).sqrt()
}

/// `base` to the power `exponent`, through the complement where that is the smaller of the two.
fn power(base: f64, complement: f64, exponent: f64) -> f64 {
    if exponent == 0.0 {
        return 1.0;
    }
    let ln = if complement < 0.5 { (-complement).ln_1p() } else { base.ln() };
    (exponent * ln).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_probabilities_are_the_exact_ones() {
        let close =
            |value: f64, wanted: f64| assert!((value / wanted - 1.0).abs() < 1e-14, "{value} {wanted}");
        close(binomial(2.0, 3.0, 0.5, 0.5), 10.0 / 32.0);
        close(binomial(1.0, 3.0, 0.1, 0.9), 4.0 * 0.1 * 0.729);
        close(binomial(0.0, 4.0, 0.1, 0.9), 0.6561);
        close(binomial(4.0, 0.0, 0.1, 0.9), 1e-4);
    }

    #[test]
    fn the_error_of_stirling_is_continuous_where_its_series_begins() {
        let (below, above) = (SERIES_FROM - 1e-12, SERIES_FROM + 1e-12);
        assert!((stirling_error(below) - stirling_error(above)).abs() < 1e-13);
    }

    #[test]
    fn no_chance_and_certainty_have_their_probabilities() {
        assert_eq!(binomial(0.0, 7.0, 0.0, 1.0), 1.0);
        assert_eq!(binomial(1.0, 6.0, 0.0, 1.0), 0.0);
        assert_eq!(binomial(7.0, 0.0, 1.0, 0.0), 1.0);
        assert_eq!(binomial(6.0, 1.0, 1.0, 0.0), 0.0);
    }
}
