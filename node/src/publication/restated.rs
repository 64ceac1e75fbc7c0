//! The publications of a national month, and what each restatement changed.

use super::figures::Faces;
use crate::{
    views::{Changes, Views, changes},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    tally::Votes,
    wire::feed::v1 as wire,
};

/// One publication of a month as it was signed: the first, or a restatement.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub restatement: u32,
    pub day: CivilDay,
    pub coverage: wire::Coverage,
    pub total: Faces,
    /// With regard to the publication before; `None` for the first.
    pub changes: Option<Changes>,
}

/// All publications of `month`, oldest first.
pub(super) fn versions(views: &Views, month: Month) -> Vec<Version> {
    let all = views.nationals().get(&month).map(Vec::as_slice).unwrap_or_default();
    let before = std::iter::once(None).chain(all.iter().map(Some));
    let versions = all.iter().zip(before).map(|(entry, before)| Version {
        restatement: entry.message.restatement,
        day: entry.day,
        coverage: entry.message.coverage.unwrap_or_default(),
        total: faces(entry.message.total),
        changes: before.map(|before| changes(before, entry)),
    });
    versions.collect()
}

pub(super) fn faces(tally: Option<wire::Tally>) -> Faces {
    Faces(tally.map_or(Votes::NONE, |it| Votes { green: it.green, yellow: it.yellow, red: it.red }))
}

/// One sentence for each matter that changed; empty if nothing did.
#[must_use]
pub(crate) fn in_words(changes: &Changes) -> Vec<Words> {
    let counted = |n: u32| Value::Count(n.into());
    let coverage = changes.coverage.map(|(before, after)| {
        let values = [
            ("counted_before", counted(before.counted)),
            ("expected_before", counted(before.expected)),
            ("counted_after", counted(after.counted)),
            ("expected_after", counted(after.expected)),
        ];
        let same = (before.counted, before.expected) == (after.counted, after.expected);
        if same { say("restated-coverage-detail", &[]) } else { say("restated-coverage", &values) }
    });
    let total = changes.total.map(|(before, after)| {
        let values = [
            ("before", Value::Count(before.n())),
            ("after", Value::Count(after.n())),
            ("green_before", Value::Count(before.green)),
            ("green_after", Value::Count(after.green)),
            ("red_before", Value::Count(before.red)),
            ("red_after", Value::Count(after.red)),
        ];
        say("restated-total", &values)
    });
    let cells = (changes.cells > 0).then(|| {
        let n = u64::try_from(changes.cells).unwrap_or(u64::MAX);
        say("restated-cells", &[("n", Value::Count(n))])
    });
    let reasons = changes.reasons.then(|| say("restated-reasons", &[]));
    let carried = changes.carried_in.map(|(before, after)| {
        say("restated-carried", &[("before", counted(before)), ("after", counted(after))])
    });
    [coverage, total, cells, reasons, carried].into_iter().flatten().collect()
}
