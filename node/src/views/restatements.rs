//! What a restatement of a national month changed.

use super::NationalEntry;
use faccina_proto::{tally::Votes, wire::feed::v1 as wire};
use std::collections::BTreeMap;

/// What differs between two publications of one month; each pair is before and after, `None` where it is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Changes {
    pub coverage: Option<(wire::Coverage, wire::Coverage)>,
    pub total: Option<(Votes, Votes)>,
    /// Cells that came, went, or have other figures.
    pub cells: usize,
    /// Whether the counts of the reasons differ.
    pub reasons: bool,
    pub carried_in: Option<(u32, u32)>,
}

/// What `after` changed with regard to `before`.
#[must_use]
pub fn changes(before: &NationalEntry, after: &NationalEntry) -> Changes {
    let (before, after) = (&before.message, &after.message);
    Changes {
        coverage: differing(before.coverage.unwrap_or_default(), after.coverage.unwrap_or_default()),
        total: differing(votes(before), votes(after)),
        cells: changed_cells(before, after),
        reasons: before.reasons != after.reasons,
        carried_in: differing(before.carried_in, after.carried_in),
    }
}

fn differing<T: PartialEq>(before: T, after: T) -> Option<(T, T)> {
    (before != after).then_some((before, after))
}

fn votes(national: &wire::NationalMonth) -> Votes {
    let total = national.total.unwrap_or_default();
    Votes { green: total.green, yellow: total.yellow, red: total.red }
}

fn changed_cells(before: &wire::NationalMonth, after: &wire::NationalMonth) -> usize {
    let by_key = |national: &wire::NationalMonth| -> BTreeMap<(String, String), wire::NationalCell> {
        let keyed = |cell: &wire::NationalCell| ((cell.service.clone(), cell.channel.clone()), cell.clone());
        national.cells.iter().map(keyed).collect()
    };
    let (before, after) = (by_key(before), by_key(after));
    let changed = after.iter().filter(|(key, cell)| before.get(key) != Some(cell)).count();
    changed + before.keys().filter(|key| !after.contains_key(key)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::town::{Town, month, summary};

    #[test]
    fn a_late_summary_changes_coverage_total_and_its_cell() {
        let mut town = Town::founded(&["c_a", "c_b"]);
        town.summarise("c_a", 20_260_211, summary(202_601, &[("anagrafe", "counter", 80, 10, 10)]));
        town.publish(202_601, 20_260_220);
        town.summarise("c_b", 20_260_222, summary(202_601, &[("urp", "web", 40, 5, 5)]));
        town.publish(202_601, 20_260_223);
        let views = town.views();
        let [first, second] = views.nationals()[&month(202_601)].as_slice() else { panic!("two") };
        let found = changes(first, second);
        let (before, after) = found.coverage.unwrap();
        assert_eq!((before.counted, after.counted), (1, 2));
        assert_eq!(found.total.map(|(before, after)| (before.n(), after.n())), Some((100, 150)));
        assert_eq!((found.cells, found.reasons, found.carried_in), (1, false, None));
        assert_eq!(changes(second, second), Changes::default());
    }
}
