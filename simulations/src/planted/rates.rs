//! Channels, services, and the true shares of the faces in a channel.

use statrs::distribution::{Beta, ContinuousCDF};

/// Overdispersion between enti.
pub(crate) const RHO: f64 = 0.01;

/// True shares of a channel; what is left over is green.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(crate) not_green: f64,
    pub(crate) red: f64,
}

/// Channels with their prior (STATISTICS 6.1).
pub(crate) const CHANNELS: [(&str, Rates); 3] = [
    ("counter", Rates { not_green: 0.07, red: 0.03 }),
    ("phone", Rates { not_green: 0.14, red: 0.07 }),
    ("web", Rates { not_green: 0.20, red: 0.10 }),
];

/// What INAIL published in 2011, in the same channels (its own contact centre for the phone).
pub(crate) const INAIL: [Rates; 3] = [
    Rates { not_green: 0.0208, red: 0.0026 },
    Rates { not_green: 0.1782, red: 0.0672 },
    Rates { not_green: 0.4661, red: 0.2570 },
];

/// Service areas with their services, and whether a service is sensitive.
pub(crate) const AREAS: [(&str, [(&str, bool); 2]); 4] = [
    ("demografici", [("anagrafe", false), ("stato_civile", false)]),
    ("tributi", [("canoni", false), ("tributi", false)]),
    ("cultura", [("biblioteca", false), ("musei", false)]),
    ("persona", [("scuola", false), ("sociale", true)]),
];

impl Rates {
    /// The quantiles at `standing`, 0..1 with 0 the best, of Beta(mu M, (1-mu) M) around these shares.
    pub(crate) fn at(self, standing: f64) -> Self {
        let quantile = |mean: f64| {
            let m = (1.0 - RHO) / RHO;
            let beta = Beta::new(mean * m, (1.0 - mean) * m).expect("a prior lies between 0 and 1");
            beta.inverse_cdf(standing)
        };
        Self { not_green: quantile(self.not_green), red: quantile(self.red) }
    }

    /// The odds of either share times `ratio`.
    pub(crate) fn with_odds(self, ratio: f64) -> Self {
        let times = |p: f64| p * ratio / (1.0 - p + p * ratio);
        Self { not_green: times(self.not_green), red: times(self.red) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_have_the_mean_and_the_spread_of_the_beta() {
        for (_, prior) in CHANNELS {
            let drawn: Vec<Rates> = (0..4_000).map(|n| prior.at((f64::from(n) + 0.5) / 4_000.0)).collect();
            assert!(drawn.iter().all(|rates| 0.0 <= rates.red && rates.red <= rates.not_green));
            assert!(drawn.is_sorted_by(|a, b| a.red < b.red && a.not_green < b.not_green));
            let mean = drawn.iter().map(|rates| rates.red).sum::<f64>() / 4_000.0;
            let spread = drawn.iter().map(|rates| (rates.red - mean).powi(2)).sum::<f64>() / 4_000.0;
            assert!((mean / prior.red - 1.0).abs() < 0.001, "{mean}");
            assert!((spread / (prior.red * (1.0 - prior.red)) / RHO - 1.0).abs() < 0.01, "{spread}");
        }
    }

    #[test]
    fn doubled_and_halved_odds_are_odds() {
        let Rates { not_green, red } = Rates { not_green: 0.5, red: 0.2 }.with_odds(2.0);
        assert!((not_green - 2.0 / 3.0).abs() < 1e-12 && (red - 1.0 / 3.0).abs() < 1e-12);
        let back = Rates { not_green, red }.with_odds(0.5);
        assert!((back.not_green - 0.5).abs() < 1e-12 && (back.red - 0.2).abs() < 1e-12);
    }
}
