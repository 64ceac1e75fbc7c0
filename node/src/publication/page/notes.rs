//! What a reader must know to read the figures, and what an auditor must know to find them again.

use crate::{
    publication::{
        ente::{EnteMonth, Published},
        figures::Rate,
        imprint::Imprint,
        table,
    },
    words::{Value, Voice},
};
use faccina_proto::summary::{Backing, CodedCount};
use maud::{Markup, html};

/// Words and their meaning.
fn terms(entries: &[(String, String)]) -> Markup {
    html! {
        dl {
            @for (term, meaning) in entries {
                div { dt { (term) } dd { (meaning) } }
            }
        }
    }
}

/// The words that every page explains.
pub(super) fn reading(voice: &Voice, of_all: bool) -> Markup {
    let pair = |term: &str, meaning: &str| (voice.say(term, &[]), voice.say(meaning, &[]));
    let mut entries = vec![
        pair("page-read-vote", "page-read-vote-text"),
        pair("page-read-interval", "page-read-interval-text"),
        pair("page-read-channels", "page-read-channels-text"),
        pair("page-read-who", "page-read-who-text"),
        pair("page-read-others", "page-read-others-text"),
        pair("page-read-carried", "page-read-carried-text"),
    ];
    entries.push(if of_all {
        pair("page-read-restated", "page-read-restated-text")
    } else {
        pair("page-read-corrected", "page-read-corrected-text")
    });
    terms(&entries)
}

/// Participation in words: known or not, never guessed.
pub(super) fn participation(voice: &Voice, published: &Published) -> String {
    match published.participation.rate() {
        Some(rate) => participating(voice, rate),
        None if published.groups.iter().any(|group| group.participation.served.is_some()) => {
            voice.say("page-participation-partly", &[])
        }
        None => voice.say("page-participation-unknown", &[]),
    }
}

fn participating(voice: &Voice, rate: Rate) -> String {
    let (share, interval) = (voice.percent(rate), voice.interval(rate));
    let values = [
        ("n", Value::Count(rate.count)),
        ("served", Value::Count(rate.n)),
        ("share", Value::Text(&share)),
        ("interval", Value::Text(&interval)),
    ];
    voice.say("page-participation-known", &values)
}

/// Where the figures stand, and how anybody checks them.
pub(super) fn provenance(voice: &Voice, imprint: &Imprint, more: Vec<(String, String)>) -> Markup {
    let licence = format!("{} ({})", imprint.terms.licence.name(), imprint.terms.licence.url());
    let entry = [("sequence", Value::Count(imprint.sequence))];
    let mut entries = vec![
        (voice.say("page-period", &[]), voice.language.month(imprint.month)),
        (voice.say("page-published-on", &[]), voice.language.date(imprint.published_on)),
        (voice.say("page-rules-version", &[]), imprint.rules_version.to_string()),
    ];
    entries.extend(more);
    entries.push((voice.say("page-licence", &[]), licence));
    html! {
        (terms(&entries))
        h3 { (voice.say("page-verify", &[])) }
        p { (voice.say("page-verify-text", &entry)) }
        p.hash { code { (imprint.id.to_string()) } }
        pre { code {
            "faccina feed export rete.faccina\n"
            "faccina verify --federation federation.toml rete.faccina"
        } }
    }
}

/// What else an ente's summary says of its month.
pub(super) fn of_ente(voice: &Voice, document: &EnteMonth) -> Vec<(String, String)> {
    let number = |key: &str, n: u64| voice.say(key, &[("n", Value::Count(n))]);
    let mut entries = vec![
        (
            voice.say("page-edition", &[]),
            voice.say(
                if document.edition == 1 { "page-edition-first" } else { "page-edition-corrected" },
                &[],
            ),
        ),
        (voice.say("page-catalogue-version", &[]), document.catalogue_version.to_string()),
        (voice.say("page-software-version", &[]), document.software_version.clone()),
    ];
    if let Some(published) = document.published.as_deref() {
        let parameters = &published.parameters;
        let rules = [
            ("threshold", Value::Count(parameters.threshold)),
            ("sensitive", Value::Count(parameters.threshold_sensitive)),
            ("below", Value::Count(parameters.dominance_below)),
            ("dominance", Value::Count(parameters.dominance)),
            ("reasons", Value::Count(parameters.reasons_min)),
        ];
        entries.push((voice.say("page-parameters", &[]), voice.say("page-parameters-text", &rules)));
        entries.extend(integrity(voice, published));
        let listened = match published.listened_tenths {
            Some(tenths) => number("page-listened-tenths", tenths.into()),
            None => voice.say("page-unknown", &[]),
        };
        entries.push((voice.say("page-listened", &[]), listened));
    }
    if document.restored {
        entries.push((voice.say("page-restored", &[]), voice.say("page-restored-text", &[])));
    }
    if !document.gap_months.is_empty() {
        entries.push((voice.say("page-gaps", &[]), voice.months(&document.gap_months)));
    }
    entries.push((voice.say("page-ballots-root", &[]), document.ballots_root.to_string()));
    entries
}

fn integrity(voice: &Voice, published: &Published) -> Vec<(String, String)> {
    const WORDS: [&str; 5] = [
        "page-votes-late",
        "page-votes-repeat",
        "page-votes-outside",
        "page-votes-revoked",
        "page-votes-over",
    ];
    let coded = |count: Option<CodedCount>| match count.map(CodedCount::code) {
        None => voice.say("page-unknown", &[]),
        Some(0) => voice.say("page-none", &[]),
        Some(1) => voice.say("page-fewer-than-five", &[]),
        Some(count) => voice.say("page-at-least", &[("n", Value::Count(count.into()))]),
    };
    let counts = table::INTEGRITY.iter().zip(WORDS);
    let mut all: Vec<(String, String)> = counts
        .map(|((_, count), words)| (voice.say(words, &[]), coded(count(&published.integrity))))
        .collect();
    let backing = match published.integrity.backing {
        None => "page-unknown",
        Some(Backing::None) => "page-backing-none",
        Some(Backing::UnderQuarter) => "page-backing-under-quarter",
        Some(Backing::ToHalf) => "page-backing-to-half",
        Some(Backing::ToThreeQuarters) => "page-backing-to-three-quarters",
        Some(Backing::More) => "page-backing-more",
        Some(Backing::All) => "page-backing-all",
    };
    all.push((voice.say("page-backing", &[]), voice.say(backing, &[])));
    all
}
