//! The evidence of a notable result, with what it means in words.

use crate::{
    stats::{
        Evidence,
        evidence::{MONTHS_MIN, VOTES_MIN},
    },
    words::{Value, Words, say},
};
use faccina_proto::wire::officer::v1 as wire;

pub(super) fn of(area: &str, evidence: &Evidence) -> wire::Evidence {
    let words = words(evidence);
    wire::Evidence {
        area: area.to_owned(),
        n: evidence.votes,
        months: evidence.months,
        volume: evidence.volume(),
        beyond: evidence.level(),
        best_quartile: Some(evidence.best_quartile),
        quarters: u32::try_from(evidence.quarters).unwrap_or(u32::MAX),
        notable: evidence.notable(),
        words: Some(wire::Sentence { it: words.it, en: words.en }),
    }
}

fn words(evidence: &Evidence) -> Words {
    let key = if evidence.notable() {
        "evidence-notable"
    } else if !evidence.volume() {
        "evidence-few-votes"
    } else if !evidence.level() {
        "evidence-not-beyond"
    } else if !evidence.shrunken() {
        "evidence-not-best"
    } else {
        "evidence-not-lasting"
    };
    say(
        key,
        &[
            ("n", Value::Count(evidence.votes)),
            ("months", Value::Count(evidence.months.into())),
            ("best", Value::Percent(evidence.best_quartile)),
            ("quarters", Value::Count(u64::try_from(evidence.quarters).unwrap_or(u64::MAX))),
            ("least", Value::Count(VOTES_MIN)),
            ("least-months", Value::Count(MONTHS_MIN.into())),
        ],
    )
}
