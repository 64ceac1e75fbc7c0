//! All enti for a month or twelve, and the funnel they stand in.

use super::{
    figures::{counts, interval, shares},
    judgement,
    reader::Reader,
};
use crate::{
    stats::{Beyond, Dispersion, Level},
    views::{Comparison, Funnel, FunnelLimit, Place, Profiles, Question, Row, Window, due_day},
    words::{Value, Words, say},
};
use faccina_proto::wire::officer::v1 as wire;

pub(super) fn comparison(reader: &Reader<'_>, question: Question) -> wire::ComparisonReply {
    let places = reader.answers.places(reader.views, &question);
    let profiles = reader.profiles(question.month);
    let comparison = reader.views.comparison(&places, reader.today);
    let words = headline(&comparison);
    let [green, yellow, red] = shares(places.total);
    wire::ComparisonReply {
        month: question.month.yyyymm(),
        rows: comparison
            .rows
            .iter()
            .map(|row| ente_row(reader, row, &question, profiles.as_deref()))
            .collect(),
        total: Some(counts(places.total)),
        green,
        yellow,
        red,
        headline_it: words.it,
        headline_en: words.en,
        from_month: question.first_month().yyyymm(),
        funnel: places.funnel.as_ref().map(funnel),
    }
}

fn headline(comparison: &Comparison<'_>) -> Words {
    let question = &comparison.places.question;
    let month = ("month", Value::Month(question.month));
    let window = ("window", Value::Text(window_name(question.window)));
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    match comparison.rows.iter().filter(|row| row.votes.n() > 0).count() {
        0 => say("comparison-none", &[window, month]),
        counted => say(
            "comparison-rows",
            &[
                window,
                month,
                ("counted", count(counted)),
                ("expected", count(comparison.rows.len())),
                ("n", Value::Count(comparison.places.total.n())),
            ],
        ),
    }
}

/// How the sentences choose between one month and twelve.
pub(super) fn window_name(window: Window) -> &'static str {
    match window {
        Window::Month => "month",
        Window::Twelve => "twelve",
    }
}

/// One ente's row; with `profiles` also how far it lies from this node's ente.
pub(super) fn ente_row(
    reader: &Reader<'_>,
    row: &Row<'_>,
    question: &Question,
    profiles: Option<&Profiles>,
) -> wire::EnteRow {
    let (state, reason) = judgement::state(&row.state, due_day(question.month), reader.today);
    let [green, yellow, red] = shares(row.votes);
    wire::EnteRow {
        ipa_code: row.member.code.to_string(),
        name: row.member.name.clone(),
        category: row.member.category.clone(),
        region: row.member.region.clone(),
        population: row.member.population,
        state: state.into(),
        reason_it: reason.it,
        reason_en: reason.en,
        // Without votes nothing is known: the groups asked for may be among the other services.
        votes: (row.votes.n() > 0).then(|| counts(row.votes)),
        green,
        yellow,
        red,
        expert: row.expert,
        services: row.services.iter().map(|service| service.to_string()).collect(),
        place: row.place.map(place),
        distance: profiles.and_then(|profiles| profiles.distance(reader.own, &row.member.code)),
        months: row.months,
    }
}

fn place(place: &Place) -> wire::Place {
    wire::Place {
        own_target: place.own_target,
        share: place.share.value(),
        adjusted: place.adjusted,
        adjusted_interval: Some(interval(place.adjusted_interval)),
        plain: beyond(place.plain).into(),
        peers: beyond(place.peers).into(),
        estimate: place.estimate,
        estimate_interval: Some(interval(place.estimate_interval)),
        screened: place.screened,
    }
}

fn beyond(beyond: Beyond) -> wire::Beyond {
    match beyond {
        Beyond::Within => wire::Beyond::Inside,
        Beyond::Below(Level::Warning) => wire::Beyond::Low95,
        Beyond::Below(Level::Alarm) => wire::Beyond::Low998,
        Beyond::Above(Level::Warning) => wire::Beyond::High95,
        Beyond::Above(Level::Alarm) => wire::Beyond::High998,
    }
}

fn funnel(funnel: &Funnel) -> wire::Funnel {
    let (spread, enti) = match funnel.dispersion {
        Dispersion::TooFew { enti } => (wire::Spread::TooFew, enti),
        Dispersion::Robust { enti, .. } => (wire::Spread::Robust, enti),
        Dispersion::Moments { enti, .. } => (wire::Spread::Moments, enti),
    };
    wire::Funnel {
        target: funnel.target,
        rho: funnel.dispersion.rho(),
        spread: spread.into(),
        enti: u32::try_from(enti).unwrap_or(u32::MAX),
        limits: funnel.limits.iter().map(limit).collect(),
    }
}

fn limit(limit: &FunnelLimit) -> wire::FunnelLimit {
    wire::FunnelLimit {
        n: limit.n,
        plain95: Some(interval(limit.plain.warning)),
        plain998: Some(interval(limit.plain.alarm)),
        peers95: Some(interval(limit.peers.warning)),
        peers998: Some(interval(limit.peers.alarm)),
    }
}
