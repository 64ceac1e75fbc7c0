//! All enti for one month, and the administrations that DFP designated.

use super::{
    figures::{counts, shares},
    judgement,
};
use crate::{
    views::{Filter, MonthState, Row, Views, due_day},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::IpaCode,
    wire::officer::v1 as wire,
};

pub(super) fn comparison(
    views: &Views,
    month: Month,
    filter: &Filter,
    today: CivilDay,
) -> wire::ComparisonReply {
    let comparison = views.comparison(month, filter, today);
    let expected = u64::try_from(comparison.rows.len()).unwrap_or(u64::MAX);
    let counted = comparison.rows.iter().filter(|row| row.votes.n() > 0).count();
    let words = match counted {
        0 => say("comparison-none", &[("month", Value::Month(month))]),
        counted => say(
            "comparison-rows",
            &[
                ("month", Value::Month(month)),
                ("counted", Value::Count(u64::try_from(counted).unwrap_or(u64::MAX))),
                ("expected", Value::Count(expected)),
                ("n", Value::Count(comparison.total.n())),
            ],
        ),
    };
    let [green, yellow, red] = shares(comparison.total);
    wire::ComparisonReply {
        month: month.yyyymm(),
        rows: comparison.rows.iter().map(|row| ente_row(row, month, today)).collect(),
        total: Some(counts(comparison.total)),
        green,
        yellow,
        red,
        headline_it: words.it,
        headline_en: words.en,
        ..wire::ComparisonReply::default()
    }
}

pub(super) fn ente_row(row: &Row<'_>, month: Month, today: CivilDay) -> wire::EnteRow {
    let (state, reason) = judgement::state(&row.state, due_day(month), today);
    let [green, yellow, red] = shares(row.votes);
    let counted = matches!(row.state, MonthState::Counted(_));
    wire::EnteRow {
        ipa_code: row.member.code.to_string(),
        name: row.member.name.clone(),
        category: row.member.category.clone(),
        region: row.member.region.clone(),
        population: row.member.population,
        state: state.into(),
        reason_it: reason.it,
        reason_en: reason.en,
        votes: counted.then(|| counts(row.votes)),
        green,
        yellow,
        red,
        expert: row.expert,
        services: row.services.iter().map(|service| service.to_string()).collect(),
        ..wire::EnteRow::default()
    }
}

/// Designated administrations other than `own`: nobody is twinned with itself.
pub(super) fn experts(views: &Views, own: &IpaCode, today: CivilDay) -> wire::ExpertsReply {
    let mut experts = views.experts(today);
    experts.retain(|expert| expert.member.code != *own);
    let words =
        headline(experts.len(), experts.iter().filter(|expert| expert.available == Some(true)).count());
    let experts = experts
        .into_iter()
        .map(|expert| wire::Expert {
            ipa_code: expert.member.code.to_string(),
            name: expert.member.name.clone(),
            category: expert.member.category.clone(),
            region: expert.member.region.clone(),
            population: expert.member.population,
            mailbox: expert.member.mailbox.clone(),
            areas: expert.areas.into_iter().map(str::to_owned).collect(),
            reason: expert.reasons.join("; "),
            valid_to_day: expert.valid_to.yyyymmdd(),
            available: expert.available,
            ..wire::Expert::default()
        })
        .collect();
    wire::ExpertsReply { experts, headline_it: words.it, headline_en: words.en }
}

fn headline(designated: usize, available: usize) -> Words {
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    match designated {
        0 => say("experts-none", &[]),
        n => say("experts-some", &[("n", count(n)), ("available", count(available))]),
    }
}
