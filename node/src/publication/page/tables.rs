//! The tables: every published figure, with what it counts and its interval.

use super::{counted, national::edition};
use crate::{
    publication::{
        ente::{Point, State},
        figures::{Face, Faces, Participation, Rate},
        fixed_mix::{FixedMix, FixedPoint},
        imprint::Label,
        reasons::{Reasons, Scope},
        restated::Version,
    },
    words::{Value, Voice},
};
use maud::{Markup, html};

/// The head of a row, its votes, its three faces.
const FACE_COLUMNS: usize = 5;

/// One service by one channel, of an ente or of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) service: &'a Label,
    pub(super) channel: &'a Label,
    pub(super) faces: Faces,
    pub(super) participation: Option<Participation>,
    pub(super) enti: Option<u32>,
}

/// A table that scrolls by itself where the screen is narrow, with the keyboard too.
fn scrolling(caption: &str, content: &Markup) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table { caption { span { (caption) } } (content) }
        }
    }
}

/// A share, what it counts of how many, and its interval.
fn rate(voice: &Voice, figure: &str, rate: Option<Rate>) -> Markup {
    html! {
        td data-figure=(figure) {
            @match rate {
                Some(rate) => {
                    strong { (voice.percent(rate)) } " "
                    span { (voice.say("page-count-of", &counted(rate.count, rate.n))) } " "
                    span.interval { (voice.interval(rate)) }
                }
                None => (voice.say("page-unknown", &[])),
            }
        }
    }
}

fn of_faces(voice: &Voice, part: &str, faces: Faces) -> Markup {
    html! {
        td.number data-figure={ (part) " votes" } { (voice.language.count(faces.n())) }
        @for face in Face::ALL { (rate(voice, &format!("{part} {}", face.name()), faces.rate(face))) }
    }
}

fn heads(voice: &Voice) -> Markup {
    html! {
        th scope="col" { (voice.say("page-votes-head", &[])) }
        @for face in Face::ALL {
            th scope="col" {
                svg class={ "sign " (face.name()) } viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
                    use href={ "#shape-" (face.name()) } width="24" height="24" {}
                }
                (voice.face(face))
            }
        }
    }
}

/// All groups, channel by channel, and their sum; below it that of the edition which this one replaces.
pub(super) fn groups(
    voice: &Voice,
    caption: &str,
    rows: &[Row<'_>],
    total: Faces,
    withdrawn: Option<Faces>,
) -> Markup {
    let served = rows.iter().any(|row| row.participation.is_some_and(|it| it.served.is_some()));
    let enti = rows.iter().any(|row| row.enti.is_some());
    let columns = FACE_COLUMNS + usize::from(served) + usize::from(enti);
    let content = html! {
        thead {
            tr {
                th scope="col" { (voice.say("page-service-head", &[])) }
                (heads(voice))
                @if served { th scope="col" { (voice.say("page-participation-head", &[])) } }
                @if enti { th scope="col" { (voice.say("page-enti-head", &[])) } }
            }
        }
        @for rows in by_channel(rows) {
            tbody {
                @if let Some(first) = rows.first() {
                    tr { th.channel scope="rowgroup" colspan=(columns) { span { (first.channel.name) } } }
                }
                @for row in rows {
                    @let part = format!("group {} {}", row.service.written(), row.channel.written());
                    tr {
                        th scope="row" { (row.service.name) }
                        (of_faces(voice, &part, row.faces))
                        @if served {
                            (rate(voice, &format!("{part} participation"), row.participation.and_then(Participation::rate)))
                        }
                        @if let Some(enti) = row.enti {
                            td.number data-figure={ (part) " enti" } { (voice.language.count(enti.into())) }
                        }
                    }
                }
            }
        }
        tfoot {
            (sum(voice, "page-total", "total", total, columns))
            @if let Some(first) = withdrawn { (sum(voice, "page-withdrawn-total", "withdrawn", first, columns)) }
        }
    };
    scrolling(caption, &content)
}

/// A row at the foot of a table.
fn sum(voice: &Voice, words: &str, part: &str, faces: Faces, columns: usize) -> Markup {
    html! {
        tr {
            th scope="row" { (voice.say(words, &[])) }
            (of_faces(voice, part, faces))
            @for _ in FACE_COLUMNS..columns { td { } }
        }
    }
}

/// Rows of one channel after another, each in the order of the publication; several channels together come last.
pub(super) fn by_channel<'a, 'b>(rows: &'b [Row<'a>]) -> Vec<Vec<&'b Row<'a>>> {
    let mut channels: Vec<Vec<&Row<'_>>> = Vec::new();
    for row in rows {
        let same = |of: &&mut Vec<&Row<'_>>| of.first().is_some_and(|it| it.channel.code == row.channel.code);
        match channels.iter_mut().find(same) {
            Some(of) => of.push(row),
            None => channels.push(vec![row]),
        }
    }
    channels.sort_by_key(|of| of.first().map(|row| (row.channel.code.is_altri(), &row.channel.code)));
    channels
}

/// What a list of reasons is of, in words.
pub(super) fn scope(voice: &Voice, scope: &Scope) -> String {
    let stratum = |service: &Label, channel: &Label| {
        let values = [("service", Value::Text(&service.name)), ("channel", Value::Text(&channel.name))];
        voice.say("page-stratum", &values)
    };
    match scope {
        Scope::Group { service, channel } => stratum(service, channel),
        Scope::Channel { channel } => channel.name.clone(),
        Scope::Pool { .. } => voice.say("page-pool", &[]),
    }
}

/// All reasons, one part of the table for each list.
pub(super) fn reasons(voice: &Voice, caption: &str, all: &[Reasons]) -> Markup {
    let content = html! {
        thead {
            tr {
                th scope="col" { (voice.say("page-reason-head", &[])) }
                th scope="col" { (voice.say("page-reds-head", &[])) }
            }
        }
        @for reasons in all {
            tbody {
                tr {
                    th.channel scope="rowgroup" colspan="2" {
                        span {
                            (scope(voice, &reasons.scope)) ": "
                            (voice.say("page-reds", &[("n", Value::Count(reasons.reds))]))
                        }
                    }
                }
                @for (number, (text, count, of)) in reasons.each().enumerate() {
                    tr {
                        th scope="row" { (text) }
                        @match of {
                            Some(of) => (rate(voice, &figure(reasons, number + 1), Some(of))),
                            None => td.number { (voice.language.count(count)) },
                        }
                    }
                }
                tr {
                    th scope="row" { (voice.say("page-unspoken", &[])) }
                    td.number { (voice.language.count(reasons.unspoken())) }
                }
            }
        }
    };
    scrolling(caption, &content)
}

fn figure(reasons: &Reasons, number: usize) -> String {
    match &reasons.scope {
        Scope::Group { service, channel } => {
            format!("own_reasons {} {} reason_{number}", service.written(), channel.written())
        }
        Scope::Channel { channel } => format!("channel_reasons {} reason_{number}", channel.written()),
        Scope::Pool { .. } => format!("pooled_reasons reason_{number}"),
    }
}

/// The months of the series, the newest first, and their sum where it is published.
pub(super) fn series(voice: &Voice, caption: &str, points: &[Point], sum_of: Option<Faces>) -> Markup {
    let content = html! {
        thead { tr { th scope="col" { (voice.say("page-month-head", &[])) } (heads(voice)) } }
        (months(voice, points, None))
        @if let Some(faces) = sum_of {
            tfoot { (sum(voice, "page-all-months", "twelve_months", faces, FACE_COLUMNS)) }
        }
    };
    scrolling(caption, &content)
}

/// All publications of a month, oldest first, each with the figures that were signed.
pub(super) fn versions(voice: &Voice, caption: &str, versions: &[Version]) -> Markup {
    let count = |n: u32| voice.language.count(n.into());
    let content = html! {
        thead {
            tr {
                th scope="col" { (voice.say("page-edition", &[])) }
                th scope="col" { (voice.say("page-published-on", &[])) }
                th scope="col" { (voice.say("page-coverage-expected", &[])) }
                th scope="col" { (voice.say("page-coverage-counted", &[])) }
                (heads(voice))
            }
        }
        tbody {
            @for version in versions {
                @let part = format!("publications {}", version.restatement);
                tr {
                    th scope="row" { (edition(voice, version.restatement)) }
                    td { (voice.language.date(version.day)) }
                    td.number data-figure={ (part) " expected" } { (count(version.coverage.expected)) }
                    td.number data-figure={ (part) " counted" } { (count(version.coverage.counted)) }
                    (of_faces(voice, &part, version.total))
                }
            }
        }
    };
    scrolling(caption, &content)
}

/// The months of the nation, the newest first: as they are, and beside them at the fixed mix.
pub(super) fn side_by_side(voice: &Voice, caption: &str, points: &[Point], fixed: &FixedMix) -> Markup {
    let year = [("year", Value::Text(&fixed.year.to_string()))];
    let content = html! {
        thead {
            tr {
                th scope="col" rowspan="2" { (voice.say("page-month-head", &[])) }
                th scope="colgroup" colspan="4" { (voice.say("page-crude-head", &[])) }
                th scope="colgroup" colspan="4" { (voice.say("page-fixed-head", &year)) }
            }
            tr { (heads(voice)) (heads(voice)) }
        }
        (months(voice, points, Some(fixed)))
    };
    html! { div.both { (scrolling(caption, &content)) } }
}

fn months(voice: &Voice, points: &[Point], fixed: Option<&FixedMix>) -> Markup {
    html! {
        tbody {
            @for point in points.iter().rev() {
                tr {
                    th scope="row" { (voice.language.month(point.month)) }
                    @match point.faces {
                        Some(faces) => (of_faces(voice, &format!("series {}", point.month), faces)),
                        None => td colspan="4" { (state(voice, point.state)) },
                    }
                    @if let Some(fixed) = fixed { (at_fixed_mix(voice, fixed.at(point.month))) }
                }
            }
        }
    }
}

/// How many votes are covered, and the weighted shares.
fn at_fixed_mix(voice: &Voice, point: Option<&FixedPoint>) -> Markup {
    html! {
        @if let Some(point) = point {
            @let part = format!("fixed_mix {}", point.month);
            td.number data-figure={ (part) " votes" } {
                (voice.say("page-count-of", &counted(point.covered, point.n)))
            }
            @if point.shares.is_none() { td colspan="3" { (voice.say("page-unknown", &[])) } }
            @for (face, share) in point.each() {
                td data-figure={ (part) " " (face.name()) } {
                    strong { (voice.percent(share)) } " "
                    span.interval { (voice.interval(share)) }
                }
            }
        } @else {
            td colspan="4" { (voice.say("page-state-missing", &[])) }
        }
    }
}

/// Why a month has no figures.
fn state(voice: &Voice, state: State) -> String {
    match state {
        State::Counted => String::new(),
        State::Carried => voice.say("page-state-carried", &[]),
        State::Gap => voice.say("page-state-gap", &[]),
        State::Missing => voice.say("page-state-missing", &[]),
    }
}
