//! The page of an ente's month.

use super::{
    Frame, charts, faces, notes, section,
    tables::{self, Row, by_channel},
};
use crate::{
    publication::{
        ente::{EnteMonth, Published},
        figures::Faces,
        imprint::Imprint,
    },
    words::{Value, Voice, voice},
};
use maud::{Markup, html};

/// The page, as one file.
#[must_use]
pub(in crate::publication) fn ente(document: &EnteMonth) -> String {
    let imprint = &document.imprint;
    let voice = voice(imprint.terms.language);
    let named = [("month", Value::Month(imprint.month)), ("name", Value::Text(&imprint.name))];
    let (title, description) = (voice.say("page-title", &named), voice.say("page-description", &named));
    let frame = Frame::new(imprint, title, description);
    let main = html! {
        h1 { (voice.say("page-heading", &[])) " " span { (voice.say("page-heading-month", &named)) } }
        @match document.published.as_deref() {
            Some(published) => (figures(voice, &frame, document, published)),
            None => (carried(voice, imprint)),
        }
        (series(voice, document))
        (section("reading", &voice.say("page-reading-title", &[]), &notes::reading(voice, false)))
        (section("data", &voice.say("page-data-title", &[]), &html! {
            (frame.downloads())
            (notes::provenance(voice, imprint, notes::of_ente(voice, document)))
        }))
    };
    frame.around(&main)
}

fn carried(voice: &Voice, imprint: &Imprint) -> Markup {
    let month = [("month", Value::Month(imprint.month)), ("next", Value::Month(imprint.month.next()))];
    html! { p.lead { (voice.say("page-lead-carried", &month)) } p { (voice.say("page-carried-why", &[])) } }
}

fn figures(voice: &Voice, frame: &Frame<'_>, document: &EnteMonth, published: &Published) -> Markup {
    let month = ("month", Value::Month(frame.imprint.month));
    let n = published.total.n();
    let rows: Vec<Row<'_>> = published
        .groups
        .iter()
        .map(|group| Row {
            service: &group.service,
            channel: &group.channel,
            faces: group.faces,
            participation: Some(group.participation),
            enti: None,
        })
        .collect();
    html! {
        p.lead { (voice.say("page-lead", &[month, ("n", Value::Count(n))])) }
        @if n > 0 { (faces(voice, published.total)) }
        p { (notes::participation(voice, published)) }
        @if !published.carried_from.is_empty() {
            @let months = voice.months(&published.carried_from);
            p.note { (voice.say("page-carried-in", &[("months", Value::Text(&months))])) }
        }
        @if document.edition > 1 { p.note { (voice.say("page-corrected", &[])) } }
        @if n > 0 {
            (section("services", &voice.say("page-services-title", &[]), &services(voice, &rows, published.total, document.withdrawn)))
            (section("reasons", &voice.say("page-reasons-title", &[]), &reasons(voice, published)))
        }
    }
}

/// Charts channel by channel, so that no eye runs across channels, and the table.
pub(super) fn services(voice: &Voice, rows: &[Row<'_>], total: Faces, withdrawn: Option<Faces>) -> Markup {
    html! {
        p { (voice.say("page-services-text", &[])) }
        @for of_channel in by_channel(rows) {
            @if let Some(first) = of_channel.first() {
                @let id = format!("channel-{}", first.channel.written());
                @let title = voice.say("page-channel-chart", &[("channel", Value::Text(&first.channel.name))]);
                @let bars: Vec<(&str, Faces)> =
                    of_channel.iter().map(|row| (row.service.name.as_str(), row.faces)).collect();
                h3 { (first.channel.name) }
                (charts::bars(voice, &id, &title, &bars))
            }
        }
        (tables::groups(voice, &voice.say("page-services-caption", &[]), rows, total, withdrawn))
    }
}

fn reasons(voice: &Voice, published: &Published) -> Markup {
    let waiting = [("n", Value::Count(published.reds_waiting))];
    html! {
        p { (voice.say("page-reasons-text", &[])) }
        (super::reasons(voice, &published.reasons))
        @if published.reds_waiting > 0 { p.note { (voice.say("page-reasons-waiting", &waiting)) } }
    }
}

fn series(voice: &Voice, document: &EnteMonth) -> Markup {
    let year = &document.year;
    let content = html! {
        p { (voice.say("page-series-text", &[])) }
        (charts::series(voice, "series-chart", &voice.say("page-series-chart", &[]), &year.series, None))
        (tables::series(voice, &voice.say("page-series-caption", &[]), &year.series, Some(year.faces)))
    };
    section("series", &voice.say("page-series-title", &[]), &content)
}
