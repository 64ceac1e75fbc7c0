//! Fair comparison of enti: pure functions over counts, nothing else.
//!
//! Shapes and units: counts are whole votes (`u64`), shares and their limits are fractions 0..1, differences are
//! fractions -1..1 (left minus right). Integers are summed first and divided once; a percentage is never averaged. Where
//! a figure has no meaning (no votes, nothing expected) there is `None`, never 0. One topic a file, each with its source;
//! decisions and defaults are those of the project's statistics page, sections 1 and 3.
//!
//! Distribution functions come from `statrs` where its tails pass the vectors: normal and gamma quantiles, chi-square
//! tails, log-gamma. Binomial probabilities and the beta distribution are ours, and `density` and `beta` say why.
//!
//! Absent here, because nothing on the screens uses them yet: control charts and their rules, cumulative sums, improvement
//! plans. `fixtures/statistics/functions.txt` lists their names, so that no vector passes by being
//! ignored. Absent on purpose: ranks, iterative models (cumulative logit, maximum likelihood), hierarchical Bayes.

mod counts;
mod confidence;
mod estimate;
mod density;
mod beta;
mod proportion;
mod difference;
mod score;
mod beta_binomial;
mod funnel;
mod overdispersion;
mod shrinkage;
mod strata;
mod standardisation;
mod multiplicity;
pub mod evidence;
pub mod anomaly;
pub mod gower;
#[cfg(test)]
mod reproduced;
#[cfg(test)]
mod vectors;

pub use beta::Beta;
pub use beta_binomial::{BetaBinomial, Edge, Edges, Tails};
pub use confidence::Confidence;
pub use difference::{Difference, newcombe};
pub use estimate::{Estimate, Interval};
pub use evidence::Evidence;
pub use funnel::{Beyond, Level, Limits};
pub use multiplicity::{DISCOVERY_RATE, benjamini_hochberg};
pub use overdispersion::{
    Dispersion, ENTI_MIN, Placed, ROBUST_ENTI_MIN, Spiegelhalter, TRIM, arcsine_z, kappa, moments_rho,
    rho_of_tau2, robust_tau2, spiegelhalter, winsorise,
};
pub use proportion::Proportion;
pub use score::{Faces, Superiority};
pub use shrinkage::{Posterior, Prior, centre};
pub use standardisation::{Against, DIRECT_VOTES_MIN, Indirect, Weighted, direct};
pub use strata::{
    Continuity, OddsRatio, Stratum, Test, association, homogeneity, odds_ratio, risk_difference,
};
