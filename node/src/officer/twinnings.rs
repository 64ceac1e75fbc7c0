//! The twinnings: on an ente its own, with what was said; elsewhere those that enti have published.

use super::{OfficerService, acts::act_status, checklist, figures::sentence, watch};
use crate::{
    twinning::{Kept, named},
    views::{Published, Told, Views},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::Id,
    names::IpaCode,
    twinning::{Answer, Body, Phase, Recommendation, Side, Signed, Terms},
    wire::officer::v1::{self as wire, TwinningState as State},
};
use std::collections::BTreeSet;
use tonic::{Request, Response, Status};

/// Twinnings in one list, the newest: at 4 KiB each they stay within what a reader takes.
const LISTED_MAX: usize = 2_000;

impl OfficerService {
    pub(super) async fn twinnings_now(
        &self,
        _: Request<wire::TwinningsRequest>,
    ) -> Result<wire::TwinningsReply, Status> {
        Ok(self.all_twinnings().await)
    }

    async fn all_twinnings(&self) -> wire::TwinningsReply {
        let kept = self.means.twinnings.as_ref().map(|twinnings| twinnings.all());
        self.read(move |node, views, _, today| match &kept {
            Some(kept) => own(views, kept, &node.own, today),
            None => published(views, today),
        })
        .await
    }

    pub(super) async fn twinning_now(
        &self,
        request: Request<wire::TwinningRequest>,
    ) -> Result<wire::TwinningReply, Status> {
        let asked = request.into_inner().id;
        let kept = self.means.twinnings.as_ref().map(|twinnings| twinnings.all());
        let twinning = self
            .read(move |node, views, _, today| {
                let of_feeds_alone = of_feeds_alone(views, kept.as_deref(), &node.own);
                let own = kept.is_some().then_some(&node.own);
                let kept = kept.as_deref().unwrap_or_default();
                let ids = kept.iter().map(|kept| kept.twinning.id());
                let ids = ids.chain(of_feeds_alone.iter().map(|it| it.proposal));
                let id = named(&asked, ids).map_err(|error| act_status(&error))?;
                if let Some(kept) = kept.iter().find(|kept| kept.twinning.id() == id) {
                    return Ok(with_words(of_book(views, kept, today), views, kept));
                }
                let it = of_feeds_alone.iter().find(|it| it.proposal == id);
                it.map(|it| of_feeds(views, it, own, today).with_outcomes(Some(it)))
                    .ok_or_else(|| Status::not_found("there is no such twinning"))
            })
            .await?;
        Ok(wire::TwinningReply { twinning: Some(twinning) })
    }

    pub(super) fn watch_twinnings_now(
        &self,
        _: Request<wire::TwinningsRequest>,
    ) -> Result<Response<watch::Stream<wire::TwinningsReply>>, Status> {
        let book = self.means.twinnings.as_ref().map(|twinnings| twinnings.changes());
        let changes = watch::Changes::new(&self.reading, &self.clock).with_book(book);
        let service = self.clone();
        self.watches.open(changes, move || {
            let service = service.clone();
            async move { Ok(service.all_twinnings().await) }
        })
    }
}

/// How far a twinning of this ente is, between the two and in the feeds.
pub(super) fn state(kept: &Kept, published: Option<&Published<'_>>, month: Month) -> State {
    match kept.twinning.phase() {
        _ if kept.is_refused() => State::Declined,
        Phase::Proposed => State::Proposed,
        Phase::Declined => State::Declined,
        Phase::Withdrawn => State::Withdrawn,
        Phase::Ended => State::Ended,
        Phase::Accepted => published.map_or(State::Accepted, |published| state_published(published, month)),
    }
}

fn state_published(published: &Published<'_>, month: Month) -> State {
    match (published.concluded, published.is_over(month)) {
        (false, _) => State::Accepted,
        (true, false) => State::Concluded,
        (true, true) => State::Ended,
    }
}

/// What the feeds hold of a twinning that this node keeps.
pub(super) fn published_of<'a>(views: &'a Views, kept: &Kept) -> Option<Published<'a>> {
    let twinning = &kept.twinning;
    views.twinning(twinning.id(), twinning.learner(), twinning.expert())
}

/// What the feeds tell of twinnings that this node does not keep: on an ente its own, after its book was lost; elsewhere
/// all. What a stranger has signed alone is nobody's.
pub(super) fn of_feeds_alone<'a>(
    views: &'a Views,
    kept: Option<&[Kept]>,
    own: &IpaCode,
) -> Vec<Published<'a>> {
    let mut all = views.twinnings();
    let Some(kept) = kept else { return all };
    let here: BTreeSet<Id> = kept.iter().map(|kept| kept.twinning.id()).collect();
    all.retain(|it| [it.learner, it.expert].contains(&own));
    all.extend(views.half_agreements(own));
    all.retain(|it| !here.contains(&it.proposal));
    all
}

fn own(views: &Views, kept: &[Kept], own: &IpaCode, today: CivilDay) -> wire::TwinningsReply {
    let mut twinnings: Vec<_> = kept.iter().map(|kept| of_book(views, kept, today)).collect();
    let elsewhere = of_feeds_alone(views, Some(kept), own);
    twinnings.extend(elsewhere.iter().map(|it| of_feeds(views, it, Some(own), today)));
    let asked = kept.iter().filter(|kept| awaits_answer(kept, today.month())).count();
    let open = twinnings.iter().filter(|it| is_open(it.state())).count();
    let headline = say(
        match (asked, open) {
            (0, 0) => "twinning-headline-none",
            (0, _) => "twinning-headline-open",
            _ => "twinning-headline-asked",
        },
        &[("asked", Value::Count(asked as u64)), ("open", Value::Count(open as u64))],
    );
    reply(twinnings, headline)
}

fn published(views: &Views, today: CivilDay) -> wire::TwinningsReply {
    let twinnings: Vec<_> = views.twinnings().iter().map(|it| of_feeds(views, it, None, today)).collect();
    let going_on = twinnings.iter().filter(|it| it.state() == State::Concluded).count();
    let headline = say(
        "twinning-headline-published",
        &[("n", Value::Count(twinnings.len() as u64)), ("open", Value::Count(going_on as u64))],
    );
    reply(twinnings, headline)
}

fn reply(mut twinnings: Vec<wire::Twinning>, headline: Words) -> wire::TwinningsReply {
    twinnings.sort_by(|a, b| (b.day, &b.id).cmp(&(a.day, &a.id)));
    twinnings.truncate(LISTED_MAX);
    wire::TwinningsReply {
        twinnings,
        checklist: checklist::items(),
        headline_it: headline.it,
        headline_en: headline.en,
    }
}

fn is_open(state: State) -> bool {
    matches!(state, State::Proposed | State::Accepted | State::Concluded)
}

fn awaits_answer(kept: &Kept, month: Month) -> bool {
    let proposed = kept.twinning.phase() == Phase::Proposed && kept.is_open(month);
    kept.side == Side::Expert && proposed
}

fn of_book(views: &Views, kept: &Kept, today: CivilDay) -> wire::Twinning {
    let published = published_of(views, kept);
    let state = state(kept, published.as_ref(), today.month());
    let day = kept.twinning.said(Side::Learner).first().map_or(0, |it| it.message().day.yyyymmdd());
    let waiting = kept.waiting().len();
    wire::Twinning {
        day,
        said: u32::try_from(kept.twinning.conversation().len()).unwrap_or(u32::MAX),
        kept: true,
        undelivered: u32::try_from(waiting).unwrap_or(u32::MAX),
        told: published.as_ref().map_or(0, told),
        next: Some(sentence(next(views, kept, published.as_ref(), state))),
        ..row(views, kept.twinning.id(), (kept.twinning.learner(), kept.twinning.expert()), state)
    }
    .with_terms(&kept.twinning.proposal().terms)
}

/// With all that was said, and after it what the other node did not take.
fn with_words(twinning: wire::Twinning, views: &Views, kept: &Kept) -> wire::Twinning {
    let said = kept.twinning.conversation().into_iter().map(|said| message(kept, said));
    let untaken = kept.untaken.values().map(|untaken| wire::TwinningMessage {
        untaken: untaken.code.clone(),
        delivered: false,
        ..message(kept, &untaken.signed)
    });
    let messages = said.chain(untaken).collect();
    wire::Twinning { messages, ..twinning }.with_outcomes(published_of(views, kept).as_ref())
}

fn of_feeds(views: &Views, it: &Published<'_>, own: Option<&IpaCode>, today: CivilDay) -> wire::Twinning {
    let state = state_published(it, today.month());
    let to = [("month", Value::Month(it.terms.to))];
    let told = |code: &IpaCode| it.outcomes.iter().any(|told| side_code(it, told.side) == code);
    let next = match (state, own) {
        (State::Accepted, _) => say("twinning-next-half", &[]),
        (State::Ended, Some(own)) if !told(own) => say("twinning-next-outcome", &[]),
        (State::Ended, _) => say("twinning-next-over", &[]),
        _ => say("twinning-next-until", &to),
    };
    wire::Twinning {
        day: it.day.yyyymmdd(),
        told: self::told(it),
        next: Some(sentence(next)),
        ..row(views, it.proposal, (it.learner, it.expert), state)
    }
    .with_terms(it.terms)
}

fn row(views: &Views, id: Id, (learner, expert): (&IpaCode, &IpaCode), state: State) -> wire::Twinning {
    wire::Twinning {
        id: id.to_string(),
        learner: learner.to_string(),
        learner_name: name(views, learner),
        expert: expert.to_string(),
        expert_name: name(views, expert),
        state: state.into(),
        ..wire::Twinning::default()
    }
}

/// The name of a member, or its code while the roster does not know it.
pub(super) fn name(views: &Views, code: &IpaCode) -> String {
    views.roster().member(code).map_or_else(|| code.to_string(), |member| member.name.clone())
}

trait Filled {
    fn with_terms(self, terms: &Terms) -> Self;
    fn with_outcomes(self, published: Option<&Published<'_>>) -> Self;
}

impl Filled for wire::Twinning {
    fn with_terms(self, terms: &Terms) -> Self {
        Self {
            services: terms.service_codes(),
            topics: terms.topics.clone(),
            from_month: terms.from.yyyymm(),
            to_month: terms.to.yyyymm(),
            ..self
        }
    }

    fn with_outcomes(self, published: Option<&Published<'_>>) -> Self {
        let outcomes = published.map(|it| it.outcomes.iter().map(|told| outcome(it, told)).collect());
        Self { outcomes: outcomes.unwrap_or_default(), ..self }
    }
}

/// At most one of each side: the list, which holds no outcome, changes with it.
fn told(published: &Published<'_>) -> u32 {
    u32::try_from(published.outcomes.len()).unwrap_or(u32::MAX)
}

fn side_code<'a>(published: &Published<'a>, side: Side) -> &'a IpaCode {
    match side {
        Side::Learner => published.learner,
        Side::Expert => published.expert,
    }
}

fn outcome(published: &Published<'_>, told: &Told<'_>) -> wire::Outcome {
    wire::Outcome {
        ipa_code: side_code(published, told.side).to_string(),
        result: told.outcome.achieved.number(),
        text: told.outcome.text.clone(),
        day: told.day.yyyymmdd(),
    }
}

/// What this ente can do now.
fn next(views: &Views, kept: &Kept, published: Option<&Published<'_>>, state: State) -> Words {
    let other = name(views, kept.other());
    let refused = kept.refused.clone().unwrap_or_default();
    let values = [
        ("other", Value::Text(&other)),
        ("code", Value::Text(&refused)),
        ("month", Value::Month(kept.twinning.proposal().terms.to)),
    ];
    let told = published.is_some_and(|it| it.outcomes.iter().any(|told| told.side == kept.side));
    let key = match (state, kept.side) {
        _ if kept.refused.is_some() => "twinning-next-refused",
        (State::Proposed, Side::Expert) => "twinning-next-answer",
        (State::Proposed, Side::Learner) if kept.waiting().is_empty() => "twinning-next-wait",
        (State::Proposed, Side::Learner) => "twinning-next-deliver",
        (State::Accepted, Side::Learner) => "twinning-next-experts-entry",
        (State::Accepted, Side::Expert) => "twinning-next-learners-entry",
        (State::Concluded, _) => "twinning-next-work",
        (State::Declined, _) => "twinning-next-declined",
        (State::Withdrawn, _) => "twinning-next-withdrawn",
        // Both may tell how it went, as long as it was concluded.
        (State::Ended | State::Unspecified, _) => match published {
            Some(it) if it.concluded && !told => "twinning-next-outcome",
            _ => "twinning-next-over",
        },
    };
    say(key, &values)
}

fn message(kept: &Kept, signed: &Signed) -> wire::TwinningMessage {
    let message = signed.message();
    let (key, text, answers): (&str, String, &[Answer]) = match &message.body {
        Body::Proposed(proposal) => ("twinning-kind-proposal", proposal.text.clone(), &[]),
        Body::Acceptance(text) => ("twinning-kind-acceptance", text.clone(), &[]),
        Body::Decline(text) => ("twinning-kind-decline", text.clone(), &[]),
        Body::Withdrawal(text) => ("twinning-kind-withdrawal", text.clone(), &[]),
        Body::Checklist(answers) => ("twinning-kind-checklist", String::new(), answers),
        Body::Recommendation(advice) => ("twinning-kind-recommendation", advised(advice), &[]),
        Body::End(text) => ("twinning-kind-end", text.clone(), &[]),
        Body::Unknown => ("twinning-kind-unknown", String::new(), &[]),
    };
    let answer = |answer: &Answer| wire::ChecklistAnswer {
        item: answer.item.to_string(),
        level: answer.level.number(),
        note: answer.note.clone(),
    };
    wire::TwinningMessage {
        from: message.from.to_string(),
        day: message.day.yyyymmdd(),
        kind: Some(sentence(say(key, &[]))),
        text,
        delivered: kept.is_delivered(signed),
        untaken: String::new(),
        answers: answers.iter().map(answer).collect(),
    }
}

/// An advice in one text: the service it is for before it, the card that shows it after it.
fn advised(advice: &Recommendation) -> String {
    let service = advice.service.as_ref().map(|service| format!("{service}: ")).unwrap_or_default();
    let card = advice.card.as_ref().map(|card| format!(" [{card}]")).unwrap_or_default();
    format!("{service}{}{card}", advice.text)
}
