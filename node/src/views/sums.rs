//! What every ente published over some months, by stratum: the figures under every comparison.
//!
//! Votes are summed as whole numbers, in the order of codes and keys, so that every node that holds the same entries
//! computes the same fractions from them, to the last digit.

use super::{
    Cell, Views,
    strata::{Strata, index},
};
use faccina_proto::{
    calendar::Month,
    names::IpaCode,
    tally::{GroupKey, Votes},
};

/// One ente's votes in the months of its [`Sums`].
#[derive(Clone, Debug, PartialEq)]
pub struct EnteSums {
    pub code: IpaCode,
    /// Months with figures. A carried month has none: its votes are in the month after.
    pub months: u32,
    /// Stratum (a place in [`Sums::strata`]) and votes, ascending.
    pub rows: Box<[(usize, Votes)]>,
}

/// The votes of all enti in some months.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    pub from: Month,
    pub to: Month,
    /// The strata that are known, ascending by key, with the votes of all enti together.
    pub strata: Vec<(GroupKey, Cell)>,
    /// Enti that ever published figures, ascending by IPA code.
    pub enti: Vec<EnteSums>,
}

impl EnteSums {
    /// Votes in the strata that `counts` marks.
    #[must_use]
    pub fn votes(&self, counts: &[bool]) -> Votes {
        self.counted(counts).map(|(_, votes)| votes).sum()
    }

    /// The rows in the strata that `counts` marks.
    pub fn counted<'a>(&'a self, counts: &'a [bool]) -> impl Iterator<Item = (usize, Votes)> + 'a {
        self.rows.iter().copied().filter(|(stratum, _)| counts.get(*stratum).copied().unwrap_or(false))
    }
}

impl Sums {
    /// Marks the strata that `passes`.
    #[must_use]
    pub fn marked(&self, passes: impl Fn(&GroupKey) -> bool) -> Vec<bool> {
        self.strata.iter().map(|(key, _)| passes(key)).collect()
    }

    /// What an ente published; `None` if it never published figures.
    #[must_use]
    pub fn ente(&self, code: &IpaCode) -> Option<&EnteSums> {
        let place = self.enti.binary_search_by(|ente| ente.code.cmp(code)).ok()?;
        self.enti.get(place)
    }

    /// An ente's strata by key, ascending.
    pub fn of<'a>(&'a self, ente: &'a EnteSums) -> impl Iterator<Item = (&'a GroupKey, Votes)> {
        let stratum = |place: usize| self.strata.get(place).map(|(key, _)| key);
        ente.rows.iter().filter_map(move |(place, votes)| Some((stratum(*place)?, *votes)))
    }
}

impl Views {
    /// The sums from `from` to `to`. Walks over every ente and month; a month of 6,000 enti takes some milliseconds.
    #[must_use]
    pub fn sums(&self, from: Month, to: Month) -> Sums {
        let mut cells = vec![Cell::default(); self.strata.len()];
        let mut enti = Vec::with_capacity(self.months.len());
        let mut sums: Vec<Votes> = Vec::new();
        for (code, published) in &self.months {
            sums.clear();
            sums.resize(published.strata().len(), Votes::NONE);
            let mut months = 0;
            for (_, kept) in published.kept(from, to).filter(|(_, kept)| !kept.is_carried()) {
                months += 1;
                for (key, votes) in kept.votes() {
                    if let Some(sum) = sums.get_mut(index(key)) {
                        *sum += votes;
                    }
                }
            }
            let places = published.strata().iter().map(|place| index(*place)).zip(sums.iter().copied());
            let rows: Box<[(usize, Votes)]> = places.filter(|(_, votes)| votes.n() > 0).collect();
            for (place, votes) in &rows {
                if let Some(cell) = cells.get_mut(*place) {
                    cell.votes += *votes;
                    cell.enti += 1;
                }
            }
            enti.push(EnteSums { code: code.clone(), months, rows });
        }
        let strata = in_order(&self.strata, &cells, &mut enti);
        Sums { from, to, strata, enti }
    }
}

/// The strata with votes, ascending by key; places in the rows of the enti become places among these.
fn in_order(strata: &Strata, cells: &[Cell], enti: &mut [EnteSums]) -> Vec<(GroupKey, Cell)> {
    let mut ranks = vec![0; cells.len()];
    let mut found = Vec::new();
    for (key, place) in strata.ascending() {
        if let (Some(cell), Some(rank)) = (cells.get(place), ranks.get_mut(place))
            && cell.enti > 0
        {
            *rank = found.len();
            found.push((key.clone(), *cell));
        }
    }
    for ente in enti {
        for (place, _) in &mut ente.rows {
            *place = ranks.get(*place).copied().unwrap_or_default();
        }
        ente.rows.sort_unstable_by_key(|(stratum, _)| *stratum);
    }
    found
}
