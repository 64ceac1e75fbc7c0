//! The national month, its verdict, and who has transmitted.

use super::{
    figures::{card_title, cell, counts, sentence, share, shares},
    judgement,
};
use crate::{
    publication::restated,
    views::{AsOfError, Figures, NationalEntry, Part, Recomputed, Views, changes, due_day},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::{Author, Code},
    tally::{GroupKey, Votes},
    wire::{feed::v1 as feed, officer::v1 as wire},
};

/// The month as DFP published it, else as this node sees it so far.
pub(super) fn national(
    views: &Views,
    month: Month,
    published: Option<(&NationalEntry, &Recomputed)>,
    today: CivilDay,
) -> wire::NationalReply {
    let so_far = views.national(month);
    let message = match published {
        Some((entry, _)) => entry.message.clone(),
        None => so_far.to_wire(month, 0, feed::AsOf::default()),
    };
    let verdict = published.map(|(_, found)| verdict(found)).unwrap_or_default();
    let total = votes(message.total);
    let coverage = message.coverage.unwrap_or_default();
    let words = headline(month, &so_far, published.is_some(), &coverage, total);
    let [green, yellow, red] = shares(total);
    wire::NationalReply {
        month: month.yyyymm(),
        published: published.is_some(),
        identical: matches!(published, Some((_, Recomputed::Identical))),
        restatement: message.restatement,
        expected: coverage.expected,
        counted: coverage.counted,
        carried: coverage.carried,
        refused: coverage.refused,
        not_understood: coverage.not_understood,
        forked: coverage.forked,
        population_expected: coverage.population_expected,
        population_counted: coverage.population_counted,
        total: Some(counts(total)),
        green,
        yellow,
        red,
        cells: message.cells.iter().map(national_cell).collect(),
        transmissions: transmissions(views, month, today),
        carried_in: message.carried_in,
        verdict_it: verdict.it,
        verdict_en: verdict.en,
        headline_it: words.it,
        headline_en: words.en,
        publications: publications(views, month),
        arrivals: views.arrivals(month).into_iter().map(arrival).collect(),
        due_day: due_day(month).yyyymmdd(),
        practices: views.cards_nameable().iter().map(card_title).collect(),
    }
}

/// Publications of one month that a screen is given, the newest: restatements come ever more rarely, and years of them
/// fit.
const PUBLICATIONS_MAX: usize = 64;

fn publications(views: &Views, month: Month) -> Vec<wire::NationalPublication> {
    let all = views.nationals().get(&month).map(Vec::as_slice).unwrap_or_default();
    let before = std::iter::once(None).chain(all.iter().map(Some));
    let skipped = all.len().saturating_sub(PUBLICATIONS_MAX);
    all.iter().zip(before).skip(skipped).map(|(entry, before)| publication(entry, before)).collect()
}

fn publication(entry: &NationalEntry, before: Option<&NationalEntry>) -> wire::NationalPublication {
    let coverage = entry.message.coverage.unwrap_or_default();
    let changed = before.map(|before| restated::in_words(&changes(before, entry)));
    wire::NationalPublication {
        restatement: entry.message.restatement,
        day: entry.day.yyyymmdd(),
        expected: coverage.expected,
        counted: coverage.counted,
        total: Some(counts(votes(entry.message.total))),
        changes: changed.into_iter().flatten().map(sentence).collect(),
    }
}

fn arrival((day, counted): (CivilDay, u32)) -> wire::Arrival {
    wire::Arrival { day: day.yyyymmdd(), counted }
}

/// The answer where DFP has published nothing and no month was asked for.
pub(super) fn none_yet() -> wire::NationalReply {
    let words = say("national-empty", &[]);
    wire::NationalReply { headline_it: words.it, headline_en: words.en, ..wire::NationalReply::default() }
}

fn votes(tally: Option<feed::Tally>) -> Votes {
    tally.map_or(Votes::NONE, |tally| Votes { green: tally.green, yellow: tally.yellow, red: tally.red })
}

fn national_cell(national: &feed::NationalCell) -> wire::Cell {
    let code = |text: &str| Code::of_group(text).unwrap_or(Code::altri());
    let key = GroupKey { service: code(&national.service), channel: code(&national.channel) };
    cell(&key, votes(national.votes), None, None)
}

fn transmissions(views: &Views, month: Month, today: CivilDay) -> Vec<wire::Transmission> {
    let transmissions = views.transmissions(month);
    let wire_of = |transmission: &crate::views::Transmission<'_>| {
        let (state, reason) = judgement::state(&transmission.state, transmission.due, today);
        wire::Transmission {
            ipa_code: transmission.member.code.to_string(),
            name: transmission.member.name.clone(),
            state: state.into(),
            reason_it: reason.it,
            reason_en: reason.en,
            day: transmission.day.map_or(0, CivilDay::yyyymmdd),
            due_day: due_day(month).yyyymmdd(),
        }
    };
    transmissions.iter().map(wire_of).collect()
}

fn headline(
    month: Month,
    so_far: &Figures,
    published: bool,
    coverage: &feed::Coverage,
    total: Votes,
) -> Words {
    let coverage = if published { coverage } else { &so_far.coverage };
    let values = [
        ("month", Value::Month(month)),
        ("counted", Value::Count(coverage.counted.into())),
        ("expected", Value::Count(coverage.expected.into())),
        ("n", Value::Count(total.n())),
        ("green", Value::Percent(share(total.green, total.n()).map_or(0.0, |share| share.value))),
    ];
    match (published, total.n()) {
        (false, _) => say("national-unpublished", &values),
        (true, 0) => say("national-published-no-votes", &values),
        (true, _) => say("national-published", &values),
    }
}

fn verdict(found: &Recomputed) -> Words {
    match found {
        Recomputed::Identical => say("verdict-identical", &[]),
        Recomputed::NotUnderstood { .. } => say("verdict-not-understood", &[]),
        Recomputed::Differs { part } => {
            let part = match part {
                Part::Month => say("part-month", &[]),
                Part::Coverage => say("part-coverage", &[]),
                Part::Total => say("part-total", &[]),
                Part::Cells => say("part-cells", &[]),
                Part::Reasons => say("part-reasons", &[]),
                Part::CarriedMonths => say("part-carried", &[]),
            };
            say("verdict-differs", &[("part", Value::Both(&part))])
        }
        Recomputed::Impossible(error) => {
            let reason = impossible(error);
            say("verdict-impossible", &[("reason", Value::Both(&reason))])
        }
    }
}

fn impossible(error: &AsOfError) -> Words {
    let of = |key: &str, author: &Author, sequence: u64| {
        say(key, &[("author", Value::Text(author.as_str())), ("sequence", Value::Count(sequence))])
    };
    match error {
        AsOfError::Malformed(_) | AsOfError::TooLong { .. } => say("as-of-malformed", &[]),
        AsOfError::NotHeld { author, sequence } => of("as-of-not-held", author, *sequence),
        AsOfError::OtherEntry { author, sequence } => of("as-of-other", author, *sequence),
        AsOfError::OtherEntries => say("as-of-others", &[]),
        AsOfError::BeyondFork { author, fork, .. } => of("as-of-fork", author, *fork),
        AsOfError::ForkNotProven { author } => of("as-of-fork-unproven", author, 0),
    }
}
