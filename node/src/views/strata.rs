//! The strata of the network, service × channel, and what all enti together published in each, month by month.
//!
//! Kept up to date summary by summary, so that a series over years costs no walk over all enti.

use faccina_proto::{
    calendar::Month,
    checks::Kept,
    tally::{GroupKey, Votes},
};
use std::collections::BTreeMap;

/// One service × channel over all enti.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub votes: Votes,
    /// Enti with a group here.
    pub enti: u32,
}

/// Every key that a published group ever named has a place, given at its first appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Strata {
    keys: Vec<GroupKey>,
    places: BTreeMap<GroupKey, u32>,
    months: BTreeMap<Month, Sums>,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    /// Summaries that count, with figures or carried.
    summaries: u32,
    /// By place; shorter where the last places are empty.
    cells: Vec<Cell>,
}

impl Strata {
    pub(super) fn place_of(&mut self, key: &GroupKey) -> u32 {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.clone());
        self.places.insert(key.clone(), place);
        place
    }

    /// Keys and places, ascending by key.
    pub(super) fn ascending(&self) -> impl Iterator<Item = (&GroupKey, usize)> {
        self.places.iter().map(|(key, place)| (key, index(*place)))
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Months with at least one summary that counts, ascending.
    pub(super) fn months(&self) -> impl DoubleEndedIterator<Item = Month> {
        self.months.iter().filter(|(_, sums)| sums.summaries > 0).map(|(month, _)| *month)
    }

    /// The cells of a month that hold votes, ascending by key.
    pub(super) fn month(&self, month: Month) -> impl Iterator<Item = (&GroupKey, Cell)> {
        let cells = self.months.get(&month).map_or([].as_slice(), |sums| &sums.cells);
        let found = self.ascending().map(|(key, place)| (key, cells.get(place).copied().unwrap_or_default()));
        found.filter(|(_, cell)| cell.enti > 0)
    }

    /// Adds what an ente published; `places` are those of its keys.
    pub(super) fn add(&mut self, month: Month, places: &[u32], kept: &Kept) {
        let Sums { summaries, cells } = self.months.entry(month).or_default();
        *summaries += 1;
        for (key, votes) in kept.votes() {
            let Some(place) = places.get(index(key)).map(|place| index(*place)) else { continue };
            if cells.len() <= place {
                cells.resize(place + 1, Cell::default());
            }
            if let Some(cell) = cells.get_mut(place) {
                cell.votes += votes;
                cell.enti += 1;
            }
        }
    }

    /// Takes away what [`Strata::add`] added.
    pub(super) fn take(&mut self, month: Month, places: &[u32], kept: &Kept) {
        let Some(Sums { summaries, cells }) = self.months.get_mut(&month) else { return };
        *summaries = summaries.saturating_sub(1);
        for (key, votes) in kept.votes() {
            let place = places.get(index(key)).map(|place| index(*place));
            if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                let Votes { green, yellow, red } = &mut cell.votes;
                *green = green.saturating_sub(votes.green);
                *yellow = yellow.saturating_sub(votes.yellow);
                *red = red.saturating_sub(votes.red);
                cell.enti = cell.enti.saturating_sub(1);
            }
        }
    }
}

/// A place as an index.
pub(super) fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
