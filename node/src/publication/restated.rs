//! What a restatement of a national month changed, in words.

use crate::{
    views::Changes,
    words::{Value, Words, say},
};

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
