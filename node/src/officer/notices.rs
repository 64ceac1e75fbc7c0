//! What an officer publishes: practice cards and the consent to be named, availability as an expert; on the observer the
//! designations of experts. Each is checked and recorded by the board, then stands in the feed for good.

use super::{OfficerService, figures::sentence, library, twinnings::name};
use crate::{
    board::{caller, invalid, wrong},
    config::Role,
    tokens::Caller,
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::CivilDay,
    envelope::Id,
    feed::Body,
    names::IpaCode,
    practice::{CardName, CardNumber},
    wire::{feed::v1 as feed, officer::v1 as wire},
};
use std::time::Duration;
use tonic::{Request, Status};

/// The views follow an own entry within this, or the answer comes without waiting for them.
const FOLLOW_MAX: Duration = Duration::from_secs(5);
/// Days for which a designation holds unless said otherwise.
const DESIGNATION_DAYS: i64 = 365;

impl OfficerService {
    /// Publishes an entry, and waits until the views show it: the next act is judged by what this one left.
    pub(super) async fn publish_body(
        &self,
        caller: Caller,
        body: Body,
        words: Words,
        number: u32,
    ) -> Result<wire::PublishedReply, Status> {
        let head = self.means.board.publish(caller, body, false).await?;
        let mut changes = self.reading.changes();
        let shown = async {
            loop {
                changes.mark_unchanged();
                let followed = self.read(|node, views, _, _| views.applied(&node.own.clone().into())).await;
                if followed.is_some_and(|(sequence, _)| sequence >= head.sequence)
                    || changes.changed().await.is_err()
                {
                    return;
                }
            }
        };
        // The entry is durable, whenever the views show it.
        let _ = tokio::time::timeout(FOLLOW_MAX, shown).await;
        let id: Id = head.id;
        Ok(wire::PublishedReply {
            sequence: head.sequence,
            id: bytes::Bytes::copy_from_slice(id.as_bytes()),
            words: Some(sentence(words)),
            number,
        })
    }

    pub(super) async fn publish_card_now(
        &self,
        request: Request<wire::PublishCardRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        let caller = caller(&request);
        let asked = request.into_inner();
        self.means.board.expect_role(Role::Ente, "practice cards are published")?;
        // One card after the other: two new ones never get one number.
        let _numbering = self.numbering.lock().await;
        let (given, withdrawn) = (asked.number, asked.withdrawn);
        let number = self.read(move |node, views, _, _| match given {
            0 if withdrawn => Err(wrong("give the number of the card to withdraw")),
            0 => views.next_card(&node.own).ok_or_else(|| {
                Status::resource_exhausted("every number of a card is in use: replace or withdraw an old one")
            }),
            given => {
                let number = CardNumber::new(given).map_err(|error| invalid(&error))?;
                let name = CardName { ente: node.own.clone(), number };
                library::card_of(views, &name).map(|_| number)
            }
        });
        let number = number.await?;
        let card = if withdrawn {
            feed::PracticeCard { number: number.number(), withdrawn, ..feed::PracticeCard::default() }
        } else {
            let wire::PublishCardRequest { title, services, topics, markdown, .. } = asked;
            feed::PracticeCard { number: number.number(), title, services, topics, markdown, withdrawn }
        };
        let named = CardName { ente: self.own.clone(), number }.to_string();
        let key = if withdrawn { "act-card-withdrawn" } else { "act-card" };
        let words = say(key, &[("card", Value::Text(&named))]);
        self.publish_body(caller, Body::PracticeCard(card), words, number.number()).await
    }

    pub(super) async fn consent_now(
        &self,
        request: Request<wire::ConsentRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        let caller = caller(&request);
        let wire::ConsentRequest { card, consents } = request.into_inner();
        self.means.board.expect_role(Role::Ente, "consent to be named is given")?;
        let number = CardNumber::new(card).map_err(|error| invalid(&error))?;
        let name = CardName { ente: self.own.clone(), number };
        let named = name.to_string();
        self.read(move |_, views, _, _| library::card_of(views, &name).map(drop)).await?;
        let key = if consents { "act-consent" } else { "act-no-consent" };
        let words = say(key, &[("card", Value::Text(&named))]);
        let consent = feed::NamingConsent { card, consents };
        self.publish_body(caller, Body::NamingConsent(consent), words, card).await
    }

    pub(super) async fn declare_availability_now(
        &self,
        request: Request<wire::DeclareAvailabilityRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        let caller = caller(&request);
        let asked = request.into_inner().availability.ok_or_else(|| wrong("no availability is given"))?;
        let wire::Availability { available, areas, topics, note } = asked;
        let words = say(if available { "act-available" } else { "act-unavailable" }, &[]);
        let body = Body::Availability(feed::Availability { available, areas, note, topics });
        self.publish_body(caller, body, words, 0).await
    }

    pub(super) async fn designate_now(
        &self,
        request: Request<wire::DesignateRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        let caller = caller(&request);
        let wire::DesignateRequest { ipa_code, area, reason, valid_to_day } = request.into_inner();
        let until = match valid_to_day {
            0 => self.clock.today().plus_days(DESIGNATION_DAYS),
            given => CivilDay::from_yyyymmdd(given).map_err(|error| invalid(&error))?,
        };
        let code = ente_code(&ipa_code)?;
        let other = self.read(move |_, views, _, _| name(views, &code)).await;
        let values = [("other", Value::Text(&other)), ("month", Value::Month(until.month()))];
        let words = say("act-designated", &values);
        let designation = feed::ExpertDesignation { ipa_code, area, reason, valid_to_day: until.yyyymmdd() };
        self.publish_body(caller, Body::ExpertDesignation(designation), words, 0).await
    }

    pub(super) async fn revoke_designation_now(
        &self,
        request: Request<wire::RevokeDesignationRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        let caller = caller(&request);
        let wire::RevokeDesignationRequest { ipa_code, area, reason } = request.into_inner();
        self.means.board.expect_role(Role::Observer, "designations are revoked")?;
        let (code, looked) = (ente_code(&ipa_code)?, area.clone());
        let other = self.read(move |_, views, _, today| {
            let designated = views.expert(&code, today);
            if designated.is_some_and(|it| it.areas.contains(&looked.as_str())) {
                Ok(name(views, &code))
            } else {
                Err(Status::not_found(format!(
                    "{code} is not designated for {looked}: the list of experts shows who is, and for what"
                )))
            }
        });
        let other = other.await?;
        let words = say("act-revoked", &[("other", Value::Text(&other))]);
        let revocation = feed::ExpertRevocation { ipa_code, area, reason };
        self.publish_body(caller, Body::ExpertRevocation(revocation), words, 0).await
    }
}

fn ente_code(text: &str) -> Result<IpaCode, Status> {
    text.parse()
        .map_err(|error| Status::invalid_argument(format!("{error}; give an IPA code such as c_h361")))
}
