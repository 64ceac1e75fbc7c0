//! The connections: who dials whom, and what one connection remembers.

use rand::{RngExt, rngs::StdRng};
use std::collections::BTreeSet;

/// Hubs that a node dials.
const HUBS_EACH: usize = 3;

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) ends: [usize; 2],
    pub(crate) delay_ms: u64,
    /// Counts interruptions: what is under way then is lost.
    pub(crate) epoch: u64,
    pub(crate) up: bool,
    /// It crosses the partition.
    pub(crate) crosses: bool,
    pub(crate) sent: u64,
    /// The latest of what came to each end.
    pub(crate) came: [u64; 2],
}

impl Link {
    pub(crate) fn new(ends: [usize; 2], delay_ms: u64) -> Self {
        Self { ends, delay_ms, epoch: 0, up: false, crosses: false, sent: 0, came: [0; 2] }
    }
}

/// Hubs all linked, the observer and each ente to up to three of them, half of the enti to another ente at random.
pub(crate) fn ends(count: usize, hubs: usize, rng: &mut StdRng) -> Vec<[usize; 2]> {
    let mut ends: Vec<[usize; 2]> =
        (1..=hubs).flat_map(|one| (one + 1..=hubs).map(move |other| [one, other])).collect();
    let others = std::iter::once(0).chain(hubs + 1..count);
    ends.extend(
        others.flat_map(|index| (0..hubs.min(HUBS_EACH)).map(move |n| [index, 1 + (index + n) % hubs])),
    );
    for index in hubs + 1..count {
        let other = rng.random_range(hubs + 1..count);
        if other != index && rng.random_bool(0.5) {
            ends.push([index, other]);
        }
    }
    let mut seen = BTreeSet::new();
    ends.retain(|ends| seen.insert(ordered(*ends)));
    ends
}

pub(crate) fn ordered([a, b]: [usize; 2]) -> (usize, usize) {
    (a.min(b), a.max(b))
}
