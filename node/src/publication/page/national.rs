//! The page of the national month: aggregates with their coverage.

use super::{
    Frame, charts,
    ente::services,
    faces, notes, section,
    tables::{self, Row},
};
use crate::{
    publication::{
        national::{NationalMonth, Practice},
        restated::{Version, in_words},
    },
    words::{Language, Value, Voice, voice},
};
use maud::{Markup, html};

/// The page, as one file.
#[must_use]
pub(in crate::publication) fn national(document: &NationalMonth) -> String {
    let imprint = &document.imprint;
    let voice = voice(imprint.terms.language);
    let named = [("month", Value::Month(imprint.month)), ("name", Value::Text(&imprint.name))];
    let (title, description) =
        (voice.say("page-national-title", &named), voice.say("page-national-description", &named));
    let frame = Frame::new(imprint, title, description);
    let main = html! {
        h1 { (voice.say("page-heading", &[])) " " span { (voice.say("page-national-heading", &named)) } }
        (figures(voice, document))
        (section("series", &voice.say("page-series-title", &[]), &html! {
            (series(voice, document))
        }))
        @if !document.practices.is_empty() {
            (section("practices", &voice.say("page-practices-title", &[]), &practices(voice, &document.practices)))
        }
        (section("reading", &voice.say("page-reading-title", &[]), &notes::reading(voice, true)))
        (section("data", &voice.say("page-data-title", &[]), &html! {
            (frame.downloads())
            (notes::provenance(voice, imprint, provenance(voice, document)))
        }))
    };
    frame.around(&main)
}

fn figures(voice: &Voice, document: &NationalMonth) -> Markup {
    let n = document.total.n();
    let lead = [
        ("month", Value::Month(document.imprint.month)),
        ("n", Value::Count(n)),
        ("counted", Value::Count(document.coverage.counted.into())),
        ("expected", Value::Count(document.coverage.expected.into())),
    ];
    let rows: Vec<Row<'_>> = document
        .cells
        .iter()
        .map(|cell| Row {
            service: &cell.service,
            channel: &cell.channel,
            faces: cell.faces,
            participation: None,
            enti: Some(cell.enti),
        })
        .collect();
    html! {
        p.lead { (voice.say("page-national-lead", &lead)) }
        @if n > 0 { (faces(voice, document.total)) }
        (standing(voice, document))
        (section("coverage", &voice.say("page-coverage-title", &[]), &coverage(voice, document)))
        @if document.versions.len() > 1 {
            (section("versions", &voice.say("page-versions-title", &[]), &versions(voice, &document.versions)))
        }
        @if n > 0 {
            (section("services", &voice.say("page-services-title", &[]), &services(voice, &rows, document.total, None)))
            (section("reasons", &voice.say("page-reasons-title", &[]), &html! {
                p { (voice.say("page-national-reasons-text", &[])) }
                (super::reasons(voice, &document.reasons))
            }))
        }
    }
}

/// Whether these figures were replaced, or which they replace and what that changed.
fn standing(voice: &Voice, document: &NationalMonth) -> Markup {
    let dated = |version: &Version| {
        [("n", Value::Count(version.restatement.into())), ("day", Value::Day(version.day))]
    };
    let own = document.versions.iter().find(|version| version.restatement == document.restatement);
    html! {
        @if let Some(last) = document.replaced_by() {
            p.note { strong { (voice.say("page-superseded", &dated(last))) } }
        } @else if let Some(own) = own.filter(|own| own.changes.is_some()) {
            p.note { (voice.say("page-restated", &dated(own))) " " (changed(voice, own).join(" ")) }
        }
    }
}

/// What a restatement changed, a sentence for each matter.
fn changed(voice: &Voice, version: &Version) -> Vec<String> {
    let of_language = |words: crate::words::Words| match voice.language {
        Language::Italian => words.it,
        Language::English => words.en,
    };
    version.changes.iter().flat_map(in_words).map(of_language).collect()
}

fn versions(voice: &Voice, versions: &[Version]) -> Markup {
    html! {
        p { (voice.say("page-versions-text", &[])) }
        (tables::versions(voice, &voice.say("page-versions-caption", &[]), versions))
        @for version in versions.iter().filter(|version| version.changes.is_some()) {
            h3 { (edition(voice, version.restatement)) ", " (voice.language.date(version.day)) }
            ul { @for change in changed(voice, version) { li { (change) } } }
        }
    }
}

/// The name of a publication of a month.
pub(super) fn edition(voice: &Voice, restatement: u32) -> String {
    match restatement {
        0 => voice.say("page-edition-first", &[]),
        n => voice.say("page-edition-restated", &[("n", Value::Count(n.into()))]),
    }
}

/// The crude line and, where the year before has weights, that at its mix.
fn series(voice: &Voice, document: &NationalMonth) -> Markup {
    let (points, fixed) = (&document.series, document.fixed_mix.as_ref());
    let caption = voice.say("page-series-caption", &[]);
    html! {
        p { (voice.say("page-national-series-text", &[])) }
        @if let Some(fixed) = fixed {
            p { (voice.say("page-fixed-text", &[("year", Value::Text(&fixed.year.to_string()))])) }
        }
        (charts::series(voice, "series-chart", &voice.say("page-series-chart", &[]), points, fixed))
        @match fixed {
            Some(fixed) => (tables::side_by_side(voice, &caption, points, fixed)),
            None => (tables::series(voice, &caption, points, None)),
        }
    }
}

fn coverage(voice: &Voice, document: &NationalMonth) -> Markup {
    const WORDS: [&str; 8] = [
        "page-coverage-expected",
        "page-coverage-counted",
        "page-coverage-carried",
        "page-coverage-refused",
        "page-coverage-not-understood",
        "page-coverage-forked",
        "page-coverage-population-expected",
        "page-coverage-population-counted",
    ];
    let count = |n: u64| voice.language.count(n);
    let named = crate::publication::table::COVERAGE.iter().zip(WORDS);
    html! {
        p { (voice.say("page-coverage-text", &[])) }
        dl.figures {
            @for ((name, of), words) in named {
                div {
                    dt { (voice.say(words, &[])) }
                    dd data-figure={ "coverage " (name) } { (count(of(&document.coverage))) }
                }
            }
            div {
                dt { (voice.say("page-coverage-carried-in", &[])) }
                dd data-figure="coverage carried_in" { (count(document.carried_in.into())) }
            }
        }
    }
}

fn practices(voice: &Voice, practices: &[Practice]) -> Markup {
    html! {
        p { (voice.say("page-practices-text", &[])) }
        ul {
            @for practice in practices {
                li {
                    strong { (practice.title) } " – " (practice.name)
                    @if !practice.topics.is_empty() { " (" (practice.topics.join(", ")) ")" }
                }
            }
        }
    }
}

fn provenance(voice: &Voice, document: &NationalMonth) -> Vec<(String, String)> {
    let edition = edition(voice, document.restatement);
    let hash = document.as_of.as_ref().map(|as_of| hex::encode(&as_of.ids_hash)).unwrap_or_default();
    vec![(voice.say("page-edition", &[]), edition), (voice.say("page-as-of", &[]), hash)]
}
