//! The ente's own screen: votes received, the last closed month, the commitments.

use super::{
    figures::{counts, group, shares},
    judgement::refusal_words,
};
use crate::{
    intake::Live,
    views::{Accepted, Commitment, Commitments, MonthState, Views, due_day},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::IpaCode,
    wire::officer::v1 as wire,
};

pub(super) fn my_ente(views: &Views, own: &IpaCode, live: &Live, today: CivilDay) -> wire::MyEnteReply {
    let commitments = views.commitments(own, today);
    let headline = headline(views, own, commitments.as_ref(), live.open_month, today);
    wire::MyEnteReply {
        received_today: live.received_today,
        open_month: live.open_month.yyyymm(),
        live: live_cells(live),
        last: views.last_month_of(own).map(closed_month),
        commitments: commitments.map(|commitments| wire::Commitments {
            plan: Some(commitment(&PLAN, commitments.plan, commitments.month)),
            survey: Some(commitment(&SURVEY, commitments.survey, commitments.month)),
            publication: Some(commitment(&PUBLICATION, commitments.publication, commitments.month)),
        }),
        headline_it: headline.it,
        headline_en: headline.en,
        ..wire::MyEnteReply::default()
    }
}

fn live_cells(live: &Live) -> Vec<wire::LiveCell> {
    let of_month = |month: &crate::intake::LiveMonth| {
        let yyyymm = month.month.yyyymm();
        let cells = month.cells.iter().map(move |((service, branch), votes)| wire::LiveCell {
            service: service.to_string(),
            branch: branch.to_string(),
            votes: Some(counts(*votes)),
            month: yyyymm,
        });
        cells.collect::<Vec<_>>()
    };
    live.months.iter().flat_map(of_month).collect()
}

fn closed_month(accepted: Accepted<'_>) -> wire::ClosedMonth {
    let total = (!accepted.is_carried()).then(|| accepted.total());
    let [green, yellow, red] = total.map_or([None, None, None], shares);
    wire::ClosedMonth {
        month: accepted.month.yyyymm(),
        carried: accepted.is_carried(),
        cells: accepted.groups().map(group).collect(),
        total: total.map(counts),
        pooled: accepted
            .pool()
            .map(|pool| wire::PooledReasonCounts { reasons: pool.reasons.0.to_vec(), reds: pool.reds }),
        carried_from: accepted.carried_from().iter().map(|month| month.yyyymm()).collect(),
        edition: accepted.edition().number(),
        green,
        yellow,
        red,
    }
}

/// The three sentences of a commitment, by how it stands.
struct Sentences {
    met: &'static str,
    due: &'static str,
    missed: &'static str,
}

const PLAN: Sentences = Sentences { met: "plan-met", due: "plan-due", missed: "plan-missed" };
const SURVEY: Sentences = Sentences { met: "survey-met", due: "survey-due", missed: "survey-missed" };
const PUBLICATION: Sentences =
    Sentences { met: "publication-met", due: "publication-due", missed: "publication-missed" };

impl Sentences {
    fn of(&self, commitment: Commitment, month: Month) -> (wire::State, Words) {
        let (state, key, day) = match commitment {
            Commitment::Met => (wire::State::Met, self.met, month.last_day()),
            Commitment::Due(day) => (wire::State::Due, self.due, day),
            Commitment::Missed(day) => (wire::State::Missed, self.missed, day),
        };
        (state, say(key, &[("month", Value::Month(month)), ("day", Value::Day(day))]))
    }
}

fn commitment(sentences: &Sentences, commitment: Commitment, month: Option<Month>) -> wire::Commitment {
    let month = month.unwrap_or_else(|| month_of(commitment));
    let (state, words) = sentences.of(commitment, month);
    wire::Commitment { state: state.into(), it: words.it, en: words.en }
}

/// Before the first month is over, a commitment's day tells which month it is about: the one before.
fn month_of(commitment: Commitment) -> Month {
    match commitment {
        Commitment::Due(day) | Commitment::Missed(day) => day.month().previous(),
        // Not reached: nothing about a month is kept before there is one.
        Commitment::Met => Month::from_yyyymm(200_001).expect("January 2000 is in the calendar"),
    }
}

fn headline(
    views: &Views,
    own: &IpaCode,
    commitments: Option<&Commitments>,
    open_month: Month,
    today: CivilDay,
) -> Words {
    let last_over = today.month().previous();
    let month = ("month", Value::Month(last_over));
    let due = due_day(last_over);
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other states leave the last good month to speak")]
    match views.month_of(own, last_over) {
        MonthState::Forked => return say("my-ente-forked", &[]),
        MonthState::Refused(_, refusal) => {
            let reason = refusal_words(refusal);
            return say("my-ente-refused", &[month, ("reason", Value::Both(&reason))]);
        }
        MonthState::NotUnderstood(_) => return say("my-ente-not-understood", &[month]),
        MonthState::Missing if today > due => return say("my-ente-late", &[month, ("day", Value::Day(due))]),
        _ => {}
    }
    let said = match views.last_month_of(own) {
        None => say("my-ente-first", &[("month", Value::Month(open_month))]),
        Some(accepted) => last_month(&accepted),
    };
    with_commitment(said, commitments)
}

fn last_month(accepted: &Accepted<'_>) -> Words {
    let month = ("month", Value::Month(accepted.month));
    match accepted.total() {
        total if total.n() == 0 => say("my-ente-month-carried", &[month]),
        total => {
            let [green, ..] = shares(total);
            let green = Value::Percent(green.map_or(0.0, |share| share.value));
            say("my-ente-month", &[month, ("n", Value::Count(total.n())), ("green", green)])
        }
    }
}

/// Adds the first commitment that is missed, else the first that is due. The survey is left out: the node transmits by
/// itself, and a late month has its own headline.
fn with_commitment(headline: Words, commitments: Option<&Commitments>) -> Words {
    let Some(commitments) = commitments else { return headline };
    let Some(month) = commitments.month else { return headline };
    let ours = [(&PLAN, commitments.plan), (&PUBLICATION, commitments.publication)];
    for (wanted, key) in [(wire::State::Missed, "my-ente-missed"), (wire::State::Due, "my-ente-due")] {
        let mut said = ours.iter().map(|(sentences, commitment)| sentences.of(*commitment, month));
        if let Some((_, words)) = said.find(|(state, _)| *state == wanted) {
            return say(key, &[("headline", Value::Both(&headline)), ("commitment", Value::Both(&words))]);
        }
    }
    headline
}
