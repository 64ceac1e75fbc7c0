//! What an officer does in a twinning: each act is looked at, recorded in the audit log, then done. What it leads to at
//! the other node happens when that node is up; the answer tells whether it already has.

use super::{
    OfficerService, checklist,
    figures::sentence,
    library,
    reader::ente_of,
    twinnings::{name, of_feeds_alone, published_of, state},
};
use crate::{
    board::{blocking, caller, internal, invalid, wrong},
    telling::sentence as told,
    tokens::Caller,
    twinning::{ActError, BookError, Kept, Twinnings, named},
    views::Views,
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::CivilDay,
    feed,
    limits::{NAMED_SERVICES_MAX, TWINNING_TEXT_BYTES_MAX},
    names::IpaCode,
    practice::CardName,
    text,
    twinning::{Achieved, Body, Outcome, Phase, Recommendation, Terms},
    wire::officer::v1::{self as wire, twinning_act_request::Act},
};
use std::{collections::BTreeSet, time::Duration};
use tonic::{Request, Status};

/// An officer waits this long for the other node before hearing that the message will be delivered later.
const PATIENCE: Duration = Duration::from_secs(4);

impl OfficerService {
    /// The twinnings of this ente, or who has none.
    fn twinnings(&self) -> Result<&Twinnings, Status> {
        self.means.twinnings.as_ref().ok_or_else(|| {
            Status::failed_precondition("only enti have twinnings: this node is of another role")
        })
    }

    pub(super) async fn propose_now(
        &self,
        request: Request<wire::ProposeRequest>,
    ) -> Result<wire::TwinningActReply, Status> {
        let twinnings = self.twinnings()?.clone();
        let caller = caller(&request);
        let asked = request.into_inner();
        let words =
            text::paragraphs("text", &asked.text, TWINNING_TEXT_BYTES_MAX).map_err(|it| invalid(&it))?;
        let (expert, terms) =
            self.read(move |node, views, _, today| proposed(views, &node.own, &asked, today)).await?;
        terms.services.iter().try_for_each(|service| self.means.board.expect_service(service))?;
        self.means.board.record(caller, "propose twinning", expert.to_string()).await?;
        let act = twinnings.clone();
        let kept = blocking(move || act.propose(&expert, terms, words)).await?;
        self.done(&twinnings, kept.map_err(|error| act_status(&error))?).await
    }

    pub(super) async fn act_now(
        &self,
        request: Request<wire::TwinningActRequest>,
    ) -> Result<wire::TwinningActReply, Status> {
        let twinnings = self.twinnings()?.clone();
        let caller = caller(&request);
        let wire::TwinningActRequest { id, act } = request.into_inner();
        let act = act.ok_or_else(|| wrong("no act is given"))?;
        let id = twinnings.named(&id).map_err(|error| act_status(&error))?.twinning.id();
        let body = self.body_of(act).await?;
        twinnings.check(&id, body.clone()).map_err(|error| act_status(&error))?;
        self.record_act(caller, body.name(), &id.to_string()).await?;
        let act = twinnings.clone();
        let kept = blocking(move || act.say(&id, body)).await?;
        self.done(&twinnings, kept.map_err(|error| act_status(&error))?).await
    }

    /// The audit log names the act and the twinning, never what is said in it.
    async fn record_act(&self, caller: Caller, act: &str, id: &str) -> Result<(), Status> {
        self.means.board.record(caller, "twinning", format!("{act} {id}")).await
    }

    async fn body_of(&self, act: Act) -> Result<Body, Status> {
        Ok(match act {
            Act::Accept(it) => Body::Acceptance(it.text),
            Act::Decline(it) => Body::Decline(it.text),
            Act::Withdraw(it) => Body::Withdrawal(it.text),
            Act::End(it) => Body::End(it.text),
            Act::Checklist(it) => Body::Checklist(checklist::answers(&it.answers)?),
            Act::Recommend(it) => {
                let service = match it.service.as_str() {
                    "" => None,
                    code => Some(code.parse().map_err(|error| invalid(&error))?),
                };
                if let Some(service) = &service {
                    self.means.board.expect_service(service)?;
                }
                let card = match (it.card_ipa_code.as_str(), it.card_number) {
                    ("", 0) => None,
                    (ente, number) => Some(library::card_name(ente, number)?),
                };
                if let Some(card) = card.clone() {
                    self.read(move |_, views, _, _| library::card_of(views, &card).map(drop)).await?;
                }
                Body::Recommendation(Recommendation { service, text: it.text, card })
            }
        })
    }

    /// Gives the other node a moment, then tells how far the act has come.
    async fn done(&self, twinnings: &Twinnings, kept: Kept) -> Result<wire::TwinningActReply, Status> {
        let id = kept.twinning.id();
        let kept = twinnings.settled(&id, PATIENCE).await.unwrap_or(kept);
        Ok(self
            .read(move |_, views, _, today| {
                let published = published_of(views, &kept);
                let delivered = kept.waiting().is_empty() && kept.refused.is_none();
                wire::TwinningActReply {
                    id: id.to_string(),
                    state: state(&kept, published.as_ref(), today.month()).into(),
                    delivered,
                    words: Some(sentence(acted(&kept, delivered, &name(views, kept.other())))),
                }
            })
            .await)
    }

    pub(super) async fn publish_outcome_now(
        &self,
        request: Request<wire::PublishOutcomeRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        let caller = caller(&request);
        let asked = request.into_inner();
        let twinnings = self.twinnings()?.clone();
        // A twinning whose book was lost has its outcome too.
        let (typed, kept) = (asked.id.clone(), twinnings.all());
        let (id, is_concluded) = self
            .read(move |node, views, _, _| {
                let alone = of_feeds_alone(views, Some(&kept), &node.own);
                let ids = kept.iter().map(|kept| kept.twinning.id());
                let id = named(&typed, ids.chain(alone.iter().map(|it| it.proposal)))?;
                let of_book = kept.iter().find(|kept| kept.twinning.id() == id);
                let published = of_book.and_then(|kept| published_of(views, kept));
                let concluded = published.iter().chain(&alone).any(|it| it.proposal == id && it.concluded);
                Ok((id, concluded))
            })
            .await
            .map_err(|error: ActError| act_status(&error))?;
        let achieved = Achieved::of(asked.result).ok_or_else(|| {
            wrong("a result is 1 (reached), 2 (in part), 3 (not reached) or 4 (broken off)")
        })?;
        let cards = asked.cards.iter().map(|card| card.parse::<CardName>());
        let cards = cards.collect::<Result<Vec<_>, _>>().map_err(|error| invalid(&error))?;
        let outcome = Outcome { proposal: id, achieved, text: asked.text, cards: cards.clone() };
        if !is_concluded {
            return Err(Status::failed_precondition(
                "the agreement is not concluded: both sides publish it before either tells how it went",
            ));
        }
        self.read(move |_, views, _, _| {
            cards.iter().try_for_each(|card| library::card_of(views, card).map(drop))
        })
        .await?;
        let body = feed::Body::TwinningOutcome(outcome.to_wire());
        let reply = self.publish_body(caller, body, say("act-outcome", &[]), 0).await?;
        // Whoever tells how it went has nothing more to say in it: it is over for both.
        let ends = move || {
            let open = twinnings.all().into_iter().find(|kept| kept.twinning.id() == id);
            match open.filter(|kept| kept.twinning.phase() == Phase::Accepted) {
                Some(_) => twinnings.say(&id, Body::End(String::new())).map(drop),
                None => Ok(()),
            }
        };
        blocking(ends).await?.map_err(|error| act_status(&error))?;
        Ok(reply)
    }
}

/// What was asked for, checked: an expert that is designated and available, services that both survey, months to come.
fn proposed(
    views: &Views,
    own: &IpaCode,
    asked: &wire::ProposeRequest,
    today: CivilDay,
) -> Result<(IpaCode, Terms), Status> {
    let expert = ente_of(views, "expert", &asked.expert)?.code.clone();
    if expert == *own {
        return Err(wrong("a twinning is with another ente: propose it to an expert administration"));
    }
    let designated = views.expert(&expert, today);
    if !designated.is_some_and(|it| it.availability.is_some_and(|it| it.available)) {
        return Err(Status::failed_precondition(format!(
            "{expert} is not designated as an expert, or does not say that it is available: the list of experts \
             shows who is"
        )));
    }
    let common = common_services(views, own, &expert);
    let services = if asked.services.is_empty() {
        if common.len() > NAMED_SERVICES_MAX {
            return Err(wrong(&format!(
                "{} services are common to both, a twinning names at most {NAMED_SERVICES_MAX}: choose some",
                common.len()
            )));
        }
        common.iter().cloned().collect()
    } else {
        let mut services = asked.services.clone();
        services.sort();
        services.dedup();
        services
    };
    if let Some(foreign) = services.iter().find(|service| !common.contains(*service)) {
        return Err(Status::failed_precondition(format!(
            "{foreign} does not stand in the survey plans of both: common are {}",
            if common.is_empty() { "none".to_owned() } else { Vec::from_iter(common).join(", ") }
        )));
    }
    let terms = Terms::read(&services, &asked.topics, asked.from_month, asked.to_month);
    let terms = terms.map_err(|error| invalid(&error))?;
    if terms.to < today.month() {
        return Err(Status::invalid_argument(format!("the period ends in {}, which has passed", terms.to)));
    }
    Ok((expert, terms))
}

/// The services in the survey plans of both.
fn common_services(views: &Views, left: &IpaCode, right: &IpaCode) -> BTreeSet<String> {
    let surveyed = |code| {
        let plan = views.standing(code).plan.map(|(_, plan)| plan.surveyed).unwrap_or_default();
        plan.into_iter().map(|pair| pair.service).collect::<BTreeSet<String>>()
    };
    surveyed(left).intersection(&surveyed(right)).cloned().collect()
}

fn acted(kept: &Kept, delivered: bool, other: &str) -> Words {
    let accepts = kept.own_said().last().is_some_and(|it| matches!(it.message().body, Body::Acceptance(_)));
    let code = kept.refused.clone().unwrap_or_default();
    let key = match delivered {
        _ if kept.refused.is_some() => "twinning-next-refused",
        true if accepts => "act-accepted",
        true => "act-delivered",
        false => "act-waiting",
    };
    say(key, &[("other", Value::Text(other)), ("code", Value::Text(&code))])
}

/// A refusal in one sentence, with the code that fits.
pub(super) fn act_status(error: &ActError) -> Status {
    match error {
        ActError::NoId(_) | ActError::SeveralBegin(_) => invalid(error),
        ActError::NoneBegins(_) | ActError::Book(BookError::Unknown) => Status::not_found(told(error)),
        ActError::Book(BookError::Refused(_)) => Status::failed_precondition(told(error)),
        ActError::Book(BookError::Store(_)) | ActError::Randomness(_) => internal(error),
    }
}
