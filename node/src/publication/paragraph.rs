//! The paragraph for the yearly report on performance (D.lgs. 150/2009, arts. 7, 8 and 19-bis), with what its figures
//! can bear said beside them.

use super::{
    ente::{EnteMonth, Published, State},
    figures::{Face, Faces},
    imprint::Label,
};
use crate::words::{Value, Voice, voice};
use faccina_proto::{calendar::Month, names::Code};
use std::collections::{BTreeMap, BTreeSet};

/// Plain text: the figures, then the warnings, then the source.
#[must_use]
pub(super) fn ente(document: &EnteMonth) -> String {
    let voice = voice(document.imprint.terms.language);
    let mut figures = vec![year(voice, document)];
    match document.published.as_deref() {
        Some(published) => figures.push(month(voice, document, published)),
        None => {
            let values = [("month", Value::Month(document.imprint.month))];
            figures.push(voice.say("page-report-carried", &values));
        }
    }
    let title = voice.say("page-report-title", &[]);
    let warnings = [voice.say("page-report-warnings", &[]), warnings(voice, document).join(" ")].join(" ");
    format!("{title}\n\n{}\n\n{warnings}\n\n{}\n", figures.join(" "), source(voice, document))
}

/// The sum of up to twelve months.
fn year(voice: &Voice, document: &EnteMonth) -> String {
    let year = &document.year;
    let months: Vec<Month> = year.months(State::Counted).collect();
    let (services, channels) = (names(voice, &year.services), names(voice, &year.channels));
    let values = [
        ("name", Value::Text(&document.imprint.name)),
        ("from", Value::Month(year.first().unwrap_or(document.imprint.month))),
        ("to", Value::Month(document.imprint.month)),
        ("span", Value::Count(u64::try_from(year.series.len()).unwrap_or(u64::MAX))),
        ("months", Value::Count(u64::try_from(months.len()).unwrap_or(u64::MAX))),
        ("services", Value::Text(&services)),
        ("channels", Value::Text(&channels)),
    ];
    if year.faces.n() == 0 {
        return voice.say("page-report-year-empty", &values);
    }
    [voice.say("page-report-year", &values), faces(voice, year.faces)].join(" ")
}

fn month(voice: &Voice, document: &EnteMonth, published: &Published) -> String {
    let values = [("month", Value::Month(document.imprint.month))];
    if published.total.n() == 0 {
        return voice.say("page-report-month-empty", &values);
    }
    [voice.say("page-report-month", &values), faces(voice, published.total)].join(" ")
}

/// Number of votes, and each face with its interval.
fn faces(voice: &Voice, faces: Faces) -> String {
    let each = Face::ALL.into_iter().filter_map(|face| {
        let rate = faces.rate(face)?;
        let (name, share, interval) =
            (voice.face(face).to_lowercase(), voice.percent(rate), voice.interval(rate));
        let values = [
            ("face", Value::Text(&name)),
            ("count", Value::Count(rate.count)),
            ("share", Value::Text(&share)),
            ("interval", Value::Text(&interval)),
        ];
        Some(voice.say("page-report-face", &values))
    });
    let each = voice.list(&each.collect::<Vec<_>>());
    voice.say("page-report-faces", &[("n", Value::Count(faces.n())), ("faces", Value::Text(&each))])
}

fn names(voice: &Voice, labels: &BTreeMap<Code, Label>) -> String {
    let names: BTreeSet<&str> = labels.values().map(|label| label.name.as_str()).collect();
    voice.list(&names.into_iter().map(str::to_owned).collect::<Vec<_>>())
}

/// What a reader of the figures must know, each only where it is so.
fn warnings(voice: &Voice, document: &EnteMonth) -> Vec<String> {
    let year = &document.year;
    let of_months = |key: &str, months: &[Month]| {
        let written = voice.months(months);
        let values = [
            ("months", Value::Text(&written)),
            ("n", Value::Count(u64::try_from(months.len()).unwrap_or(0))),
        ];
        (!months.is_empty()).then(|| voice.say(key, &values))
    };
    let published = document.published.as_deref();
    let participation = published.and_then(|published| {
        let rate = published.participation.rate()?;
        let (share, interval) = (voice.percent(rate), voice.interval(rate));
        let values = [
            ("month", Value::Month(document.imprint.month)),
            ("n", Value::Count(rate.count)),
            ("served", Value::Count(rate.n)),
            ("share", Value::Text(&share)),
            ("interval", Value::Text(&interval)),
        ];
        Some(voice.say("page-warn-participation", &values))
    });
    let partly =
        published.is_some_and(|it| it.groups.iter().any(|group| group.participation.served.is_some()));
    let unknown = if partly { "page-warn-participation-partly" } else { "page-warn-participation-unknown" };
    let merged = published.is_some_and(|it| it.groups.iter().any(|group| group.service.code.is_altri()));
    let counter = year.channels.keys().any(|code| code.as_str() == "counter");
    let carried: Vec<Month> = year.months(State::Carried).collect();
    let absent: Vec<Month> = year
        .series
        .iter()
        .filter(|it| matches!(it.state, State::Gap | State::Missing))
        .map(|it| it.month)
        .collect();
    let all = [
        Some(voice.say("page-warn-who", &[])),
        Some(participation.unwrap_or_else(|| voice.say(unknown, &[]))),
        (year.channels.len() > 1).then(|| voice.say("page-warn-channels", &[])),
        counter.then(|| voice.say("page-warn-counter", &[])),
        Some(voice.say("page-warn-operators", &[])),
        merged.then(|| voice.say("page-warn-merged", &[])),
        of_months("page-warn-carried", &carried),
        of_months("page-warn-absent", &absent),
        (document.edition > 1).then(|| voice.say("page-warn-corrected", &[])),
    ];
    all.into_iter().flatten().collect()
}

fn source(voice: &Voice, document: &EnteMonth) -> String {
    let imprint = &document.imprint;
    let id = imprint.id.to_string();
    let values = [
        ("day", Value::Day(imprint.published_on)),
        ("sequence", Value::Count(imprint.sequence)),
        ("id", Value::Text(&id)),
        ("licence", Value::Text(imprint.terms.licence.name())),
    ];
    let said = voice.say("page-report-source", &values);
    if imprint.terms.demo { format!("{said} {}", voice.say("page-demo", &[])) } else { said }
}
