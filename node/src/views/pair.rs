//! Two enti side by side, for each service × channel that either publishes, and over all that both publish together.
//!
//! A stratum is comparable when both publish the same named service on the same channel with enough votes: then the
//! shares are subtracted, with Newcombe's interval. Where it is not, the reason stands there instead of a number: strata
//! that one side lacks are listed, never imputed, and "altri servizi" gathers different services on each side.
//!
//! All common strata together are compared by Mantel and Haenszel, each stratum with itself: a mix of services and
//! channels counts for nothing. Strata with few votes belong to it, for together they are many; only those without a
//! counterpart are left out.

use super::{EnteSums, Indicator, Sums};
use crate::stats::{
    self, Confidence, Difference, Estimate, Faces, OddsRatio, Proportion, Superiority, newcombe,
};
use faccina_proto::{
    names::{Code, IpaCode},
    tally::{GroupKey, Votes},
};
use std::collections::{BTreeMap, BTreeSet};

/// Fewest votes on either side of a difference. With fewer than ten the 95 % interval of one share may span more than
/// half of the scale, and a difference of two says nothing.
pub const PAIR_VOTES_MIN: u64 = 10;

/// A common figure hides something where the test of Breslow and Day is below this.
pub const HOMOGENEITY_P_MIN: f64 = 0.05;

/// Which side of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Why no difference stands in a stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotComparable {
    /// The side publishes no such group: it does not offer the service there, or has it among the other services.
    NoGroup(Side),
    /// "Altri servizi" gathers different services on each side.
    Altri,
    /// Fewer than [`PAIR_VOTES_MIN`] votes on that side.
    TooFew { side: Side, votes: u64 },
}

/// One service × channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Stratum<'a> {
    pub key: &'a GroupKey,
    pub left: Option<Votes>,
    pub right: Option<Votes>,
    /// Share of the left minus share of the right.
    pub difference: Result<Difference, NotComparable>,
}

/// Common strata together, left less right.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    pub strata: usize,
    /// Votes in the common strata.
    pub left: Votes,
    pub right: Votes,
    /// Difference of the crude shares there.
    pub crude: f64,
    /// Over the same services and channels.
    pub difference: Estimate,
    pub odds_ratio: Option<OddsRatio>,
    /// Below [`HOMOGENEITY_P_MIN`] the difference is not the same in all strata.
    pub homogeneity_p: Option<f64>,
    /// P(a vote on the left is better) + ½ P(equal) within a stratum, the strata weighted as in the difference.
    pub superiority: Option<f64>,
}

/// Two enti over the months of some sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<'a> {
    pub indicator: Indicator,
    /// Ascending by service, then channel.
    pub strata: Vec<Stratum<'a>>,
    /// `None` without a common stratum.
    pub pooled: Option<Pooled>,
    /// The same within each channel, ascending.
    pub channels: BTreeMap<&'a Code, Pooled>,
}

impl<'a> Pair<'a> {
    /// The pair as far as either published figures.
    #[must_use]
    pub fn of(sums: &'a Sums, left: &IpaCode, right: &IpaCode, indicator: Indicator) -> Self {
        let groups = |code: &IpaCode| -> BTreeMap<&'a GroupKey, Votes> {
            let ente: Option<&'a EnteSums> = sums.ente(code);
            ente.into_iter().flat_map(|ente| sums.of(ente)).collect()
        };
        let (lefts, rights) = (groups(left), groups(right));
        let keys: BTreeSet<&'a GroupKey> = lefts.keys().chain(rights.keys()).copied().collect();
        let mut strata = Vec::with_capacity(keys.len());
        let mut common = Vec::new();
        for key in keys {
            let (left, right) = (lefts.get(key).copied(), rights.get(key).copied());
            let difference = difference(key, left, right, indicator);
            strata.push(Stratum { key, left, right, difference });
            if let (Some(left), Some(right), false) = (left, right, is_altri(key)) {
                common.push((&key.channel, left, right));
            }
        }
        let channels: BTreeSet<&'a Code> = common.iter().map(|(channel, ..)| *channel).collect();
        let within = |channel: &'a Code| {
            let votes =
                common.iter().filter(|(of, ..)| *of == channel).map(|(_, left, right)| (*left, *right));
            Some((channel, pooled(&votes.collect::<Vec<_>>(), indicator)?))
        };
        let all: Vec<_> = common.iter().map(|(_, left, right)| (*left, *right)).collect();
        Self {
            indicator,
            strata,
            pooled: pooled(&all, indicator),
            channels: channels.into_iter().filter_map(within).collect(),
        }
    }
}

fn is_altri(key: &GroupKey) -> bool {
    key.service.is_altri() || key.channel.is_altri()
}

fn difference(
    key: &GroupKey,
    left: Option<Votes>,
    right: Option<Votes>,
    indicator: Indicator,
) -> Result<Difference, NotComparable> {
    if is_altri(key) {
        return Err(NotComparable::Altri);
    }
    let left = share(Side::Left, left, indicator)?;
    let right = share(Side::Right, right, indicator)?;
    Ok(newcombe(left, right, Confidence::P95))
}

fn share(side: Side, votes: Option<Votes>, indicator: Indicator) -> Result<Proportion, NotComparable> {
    let votes = votes.ok_or(NotComparable::NoGroup(side))?;
    if votes.n() < PAIR_VOTES_MIN {
        return Err(NotComparable::TooFew { side, votes: votes.n() });
    }
    indicator.share(votes).ok_or(NotComparable::NoGroup(side))
}

fn pooled(votes: &[(Votes, Votes)], indicator: Indicator) -> Option<Pooled> {
    let tables = votes.iter().filter_map(|(left, right)| {
        Some(stats::Stratum { left: indicator.share(*left)?, right: indicator.share(*right)? })
    });
    let tables: Vec<stats::Stratum> = tables.collect();
    let left: Votes = votes.iter().map(|(left, _)| *left).sum();
    let right: Votes = votes.iter().map(|(_, right)| *right).sum();
    Some(Pooled {
        strata: tables.len(),
        left,
        right,
        crude: indicator.share(left)?.value() - indicator.share(right)?.value(),
        difference: stats::risk_difference(&tables, Confidence::P95)?,
        odds_ratio: stats::odds_ratio(&tables, Confidence::P95),
        homogeneity_p: stats::homogeneity(&tables).map(|test| test.p),
        superiority: superiority(votes),
    })
}

fn superiority(votes: &[(Votes, Votes)]) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (left, right) in votes {
        let superiority = Superiority::new(faces(*left), faces(*right))?.superiority();
        // n₁n₀/T as the share of one side times the votes of the other: whole numbers first, one division.
        let weight = Proportion::new(left.n(), left.n().saturating_add(right.n()))?.value()
            * f64::from(u32::try_from(right.n()).unwrap_or(u32::MAX));
        sum += weight * superiority;
        weights += weight;
    }
    (weights > 0.0).then(|| sum / weights)
}

fn faces(votes: Votes) -> Faces {
    Faces { red: votes.red, yellow: votes.yellow, green: votes.green }
}
