//! Two enti side by side, for each service × channel that either publishes.
//!
//! A stratum is comparable when both publish the same named service on the same channel with enough votes: then the
//! green shares are subtracted, with Newcombe's interval. Where it is not, the reason stands there instead of a number:
//! strata that one side lacks are listed, never imputed, and channels are never averaged into one figure.

use super::{Filter, MonthState, Row, Views};
use crate::stats::{Confidence, Difference, Proportion, newcombe};
use faccina_proto::{
    calendar::{CivilDay, Month},
    checks::KeptGroup,
    names::IpaCode,
    tally::GroupKey,
};
use std::collections::{BTreeMap, BTreeSet};

/// Fewest votes on either side of a difference. With fewer than ten the 95 % interval of one share may span more than
/// half of the scale, and a difference of two says nothing.
pub const PAIR_VOTES_MIN: u64 = 10;

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
    pub left: Option<KeptGroup<'a>>,
    pub right: Option<KeptGroup<'a>>,
    /// Green share of the left minus green share of the right.
    pub green: Result<Difference, NotComparable>,
}

/// Two enti in one month.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<'a> {
    pub month: Month,
    pub left: Row<'a>,
    pub right: Row<'a>,
    /// Ascending by service, then channel; empty unless both months count.
    pub strata: Vec<Stratum<'a>>,
}

impl Views {
    /// `None` unless both are members.
    #[must_use]
    pub fn pair(&self, left: &IpaCode, right: &IpaCode, month: Month, today: CivilDay) -> Option<Pair<'_>> {
        let row =
            |code| self.roster.member(code).map(|member| self.row(member, month, &Filter::default(), today));
        let (left, right) = (row(left)?, row(right)?);
        let groups = |row: &Row<'_>| -> BTreeMap<_, _> {
            let counted = self.month_of(&row.member.code, month).counted();
            counted
                .into_iter()
                .flat_map(|accepted| accepted.groups())
                .map(|group| (group.key, group))
                .collect()
        };
        let (lefts, rights) = (groups(&left), groups(&right));
        let keys: BTreeSet<&GroupKey> = lefts.keys().chain(rights.keys()).copied().collect();
        let strata = keys
            .into_iter()
            .map(|key| {
                let (left, right) = (lefts.get(key).copied(), rights.get(key).copied());
                let green = difference(key, left, right);
                Stratum { key, left, right, green }
            })
            .collect();
        Some(Pair { month, left, right, strata })
    }
}

impl Pair<'_> {
    /// Whether both months count, so that the strata mean something.
    #[must_use]
    pub fn both_count(&self) -> bool {
        let counts = |row: &Row<'_>| matches!(row.state, MonthState::Counted(_));
        counts(&self.left) && counts(&self.right)
    }
}

fn difference(
    key: &GroupKey,
    left: Option<KeptGroup<'_>>,
    right: Option<KeptGroup<'_>>,
) -> Result<Difference, NotComparable> {
    if key.service.is_altri() || key.channel.is_altri() {
        return Err(NotComparable::Altri);
    }
    let left = green_share(Side::Left, left)?;
    let right = green_share(Side::Right, right)?;
    Ok(newcombe(left, right, Confidence::P95))
}

fn green_share(side: Side, group: Option<KeptGroup<'_>>) -> Result<Proportion, NotComparable> {
    let votes = group.ok_or(NotComparable::NoGroup(side))?.votes;
    if votes.n() < PAIR_VOTES_MIN {
        return Err(NotComparable::TooFew { side, votes: votes.n() });
    }
    Proportion::new(votes.green, votes.n()).ok_or(NotComparable::NoGroup(side))
}
