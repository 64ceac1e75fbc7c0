//! Two enti over the same services: tables of Mantel and Haenszel, one a stratum (service × channel).
//!
//! a, b are the left side's events and others, c, d the right side's; n₁ = a+b, n₀ = c+d, m = a+c, T = n₁+n₀. Strata
//! that one side lacks do not exist here: the caller lists them.

use super::{
    Confidence, Estimate, Interval, Proportion,
    counts::{real, size},
    estimate::DIFFERENCE,
};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The shares of two enti in one stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stratum {
    pub left: Proportion,
    pub right: Proportion,
}

/// The table of one stratum, as real numbers.
#[derive(Clone, Copy)]
struct Table {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    n1: f64,
    n0: f64,
    total: f64,
}

impl Stratum {
    fn table(self) -> Table {
        let (a, c) = (real(self.left.successes()), real(self.right.successes()));
        let (n1, n0) = (real(self.left.trials()), real(self.right.trials()));
        Table { a, b: n1 - a, c, d: n0 - c, n1, n0, total: n1 + n0 }
    }
}

/// The common difference left minus right, weighted by n₁n₀/T, with Sato's variance (Biometrics 1989;45:1323). It stays
/// right with few large strata and with many small ones. `None` without strata.
#[must_use]
pub fn risk_difference(strata: &[Stratum], confidence: Confidence) -> Option<Estimate> {
    let (mut sum, mut weights, mut p, mut q) = (0.0, 0.0, 0.0, 0.0);
    for Table { a, c, n1, n0, total, .. } in strata.iter().map(|stratum| stratum.table()) {
        sum += (a * n0 - c * n1) / total;
        weights += n1 * n0 / total;
        p += (n1 * n1 * c - n0 * n0 * a + n1 * n0 * (n0 - n1) / 2.0) / (total * total);
        q += (a * (n0 - c) + c * (n1 - a)) / (2.0 * total);
    }
    if weights == 0.0 {
        return None;
    }
    let value = sum / weights;
    let variance = ((value * p + q) / (weights * weights)).max(0.0);
    Some(Estimate::normal(value, variance.sqrt(), DIFFERENCE, confidence))
}

/// A common odds ratio, with the standard error of its logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OddsRatio {
    pub value: f64,
    pub ln_standard_error: f64,
    pub interval: Interval,
}

/// The common odds ratio Σ(ad/T) / Σ(bc/T) with the interval of Robins, Breslow and Greenland (Biometrics
/// 1986;42:311). `None` where the tables show no finite positive one.
#[must_use]
pub fn odds_ratio(strata: &[Stratum], confidence: Confidence) -> Option<OddsRatio> {
    let (mut r, mut s, mut pr, mut cross, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for Table { a, b, c, d, total, .. } in strata.iter().map(|stratum| stratum.table()) {
        let (p_k, q_k) = ((a + d) / total, (b + c) / total);
        let (r_k, s_k) = (a * d / total, b * c / total);
        r += r_k;
        s += s_k;
        pr += p_k * r_k;
        cross += p_k * s_k + q_k * r_k;
        qs += q_k * s_k;
    }
    if r == 0.0 || s == 0.0 {
        return None;
    }
    let value = r / s;
    let error = (pr / (2.0 * r * r) + cross / (2.0 * r * s) + qs / (2.0 * s * s)).sqrt();
    let factor = (confidence.z() * error).exp();
    let interval = Interval { low: value / factor, high: value * factor };
    Some(OddsRatio { value, ln_standard_error: error, interval })
}

/// A statistic with its chi-square probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    pub statistic: f64,
    pub p: f64,
}

impl Test {
    /// `None` without a degree of freedom.
    fn chi_square(statistic: f64, freedom: f64) -> Option<Self> {
        let law = ChiSquared::new(freedom).ok()?;
        Some(Self { statistic, p: law.sf(statistic) })
    }
}

/// Whether Cochran's statistic is reduced by ½, as a display may ask; the project's default is [`Self::None`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuity {
    None,
    Half,
}

/// The test of Cochran, Mantel and Haenszel for any association over all strata, one degree of freedom. `None` where
/// the tables leave nothing to chance.
#[must_use]
pub fn association(strata: &[Stratum], continuity: Continuity) -> Option<Test> {
    let (mut excess, mut variance) = (0.0_f64, 0.0);
    for Table { a, b, c, d, n1, n0, total } in strata.iter().map(|stratum| stratum.table()) {
        let (events, others) = (a + c, b + d);
        excess += a - n1 * events / total;
        variance += n1 * n0 * events * others / (total * total * (total - 1.0));
    }
    if variance <= 0.0 {
        return None;
    }
    let reduction = match continuity {
        Continuity::None => 0.0,
        Continuity::Half => excess.abs().min(0.5),
    };
    Test::chi_square((excess.abs() - reduction).powi(2) / variance, 1.0)
}

/// The test of Breslow and Day (without Tarone's correction): a small p means that the odds ratio differs by stratum,
/// so that a common figure hides something. Strata that all or none of the votes share say nothing about it and are
/// left out. `None` with fewer than two others, or without a common odds ratio.
#[must_use]
pub fn homogeneity(strata: &[Stratum]) -> Option<Test> {
    let ratio = odds_ratio(strata, Confidence::P95)?.value;
    let telling = strata.iter().map(|stratum| stratum.table()).filter(|t| t.a + t.c > 0.0 && t.b + t.d > 0.0);
    let terms: Vec<f64> = telling
        .map(|table| {
            let a = fitted(&table, ratio);
            let (b, c) = (table.n1 - a, table.a + table.c - a);
            let variance = 1.0 / (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / (table.n0 - c));
            (table.a - a).powi(2) / variance
        })
        .collect();
    Test::chi_square(terms.iter().sum(), size(terms.len()) - 1.0)
}

/// The a of a table with the same margins and the given odds ratio: the root in range of
/// (1-ψ) a² + [n₀ - m + ψ(n₁+m)] a - ψ n₁ m = 0.
fn fitted(table: &Table, ratio: f64) -> f64 {
    let events = table.a + table.c;
    let linear = table.n0 - events + ratio * (table.n1 + events);
    let product = ratio * table.n1 * events;
    let root = (linear * linear + 4.0 * (1.0 - ratio) * product).max(0.0).sqrt();
    // The form without cancellation, whichever sign the linear term has.
    if linear >= 0.0 { 2.0 * product / (linear + root) } else { (root - linear) / (2.0 * (1.0 - ratio)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stratum(x1: u64, n1: u64, x0: u64, n0: u64) -> Stratum {
        Stratum { left: Proportion::new(x1, n1).unwrap(), right: Proportion::new(x0, n0).unwrap() }
    }

    /// Berkeley admissions 1973, men against women by department: the textbook case of a reversal.
    #[test]
    fn berkeley_is_the_published_example() {
        let strata = [
            stratum(512, 825, 89, 108),
            stratum(353, 560, 17, 25),
            stratum(120, 325, 202, 593),
            stratum(138, 417, 131, 375),
            stratum(53, 191, 94, 393),
            stratum(22, 373, 24, 341),
        ];
        let ratio = odds_ratio(&strata, Confidence::P95).unwrap();
        for (value, wanted) in [
            (ratio.value, 0.904_696_8),
            (ratio.interval.low, 0.771_907_4),
            (ratio.interval.high, 1.060_329_8),
            (association(&strata, Continuity::Half).unwrap().statistic, 1.426_9),
            (association(&strata, Continuity::None).unwrap().statistic, 1.524_6),
        ] {
            assert!((value - wanted).abs() < 5e-5, "{value} {wanted}");
        }
        assert!(homogeneity(&strata).unwrap().p < 0.05);
    }

    #[test]
    fn tables_without_information_give_no_figure() {
        assert_eq!(risk_difference(&[], Confidence::P95), None);
        let green = [stratum(0, 20, 0, 30)];
        assert_eq!(risk_difference(&green, Confidence::P95).unwrap().value, 0.0);
        assert_eq!(odds_ratio(&green, Confidence::P95), None);
        assert_eq!(association(&green, Continuity::None), None);
        assert_eq!(homogeneity(&[stratum(3, 20, 4, 30), green[0]]), None);
        assert_eq!(association(&[stratum(1, 1, 0, 1)], Continuity::None).unwrap().statistic, 1.0);
    }

    proptest! {
        #[test]
        fn exchanging_the_sides_mirrors_everything(
            cells in prop::collection::vec((0_u64..=40, 0_u64..=40), 1..6),
        ) {
            let there: Vec<Stratum> = cells.iter().map(|&(x, y)| stratum(x, 40, y, 60)).collect();
            let back: Vec<Stratum> = there.iter().map(|s| Stratum { left: s.right, right: s.left }).collect();
            let (a, b) = (risk_difference(&there, Confidence::P95), risk_difference(&back, Confidence::P95));
            let (a, b) = (a.unwrap(), b.unwrap());
            prop_assert!((a.value + b.value).abs() < 1e-12);
            prop_assert!((a.interval.low + b.interval.high).abs() < 1e-12);
            let (a, b) = (odds_ratio(&there, Confidence::P95), odds_ratio(&back, Confidence::P95));
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!((a.value * b.value - 1.0).abs() < 1e-12);
            }
            if let Some(test) = homogeneity(&there) {
                prop_assert!((0.0..=1.0).contains(&test.p), "{test:?}");
            }
        }
    }
}
