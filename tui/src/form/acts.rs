//! A form read as the act it stands for.

use super::field::card;
use super::{Form, Purpose, Value};
use crate::message::Act;
use faccina_proto::wire::officer::v1 as officer;
use officer::twinning_act_request::Act as Said;

/// The act of a form whose fields are in order.
pub(super) fn act(form: &Form) -> Act {
    match &form.purpose {
        Purpose::Propose { expert } => Act::Propose(officer::ProposeRequest {
            expert: expert.clone(),
            services: sorted(form.any("services")),
            topics: form.list("topics"),
            from_month: form.month("from"),
            to_month: form.month("to"),
            text: form.typed("text"),
        }),
        Purpose::Accept { id } => twinning(id, Said::Accept(words(form))),
        Purpose::Decline { id } => twinning(id, Said::Decline(words(form))),
        Purpose::Withdraw { id } => twinning(id, Said::Withdraw(words(form))),
        Purpose::End { id } => twinning(id, Said::End(words(form))),
        Purpose::Recommend { id } => {
            let (card_ipa_code, card_number) = card(&form.typed("card")).unwrap_or_default();
            let (service, text) = (form.one("service"), form.typed("text"));
            let advice = officer::RecommendAct { service, text, card_ipa_code, card_number };
            twinning(id, Said::Recommend(advice))
        }
        Purpose::Checklist { id } => {
            twinning(id, Said::Checklist(officer::ChecklistAct { answers: answers(form) }))
        }
        Purpose::Outcome { id } => Act::Outcome(officer::PublishOutcomeRequest {
            id: id.clone(),
            result: form.one("result").parse().unwrap_or(0),
            text: form.typed("text"),
            cards: form.list("cards"),
        }),
        Purpose::Availability => Act::Availability(officer::DeclareAvailabilityRequest {
            availability: Some(officer::Availability {
                available: form.one("available") == "yes",
                areas: form.any("areas"),
                topics: form.list("topics"),
                note: form.typed("note"),
            }),
        }),
        Purpose::Designate { ipa_code } => Act::Designate(officer::DesignateRequest {
            ipa_code: ipa_code.clone(),
            area: form.one("area"),
            reason: form.typed("reason"),
            valid_to_day: form.day("valid-to"),
        }),
        Purpose::Revoke { ipa_code } => Act::Revoke(officer::RevokeDesignationRequest {
            ipa_code: ipa_code.clone(),
            area: form.one("area"),
            reason: form.typed("reason"),
        }),
        Purpose::Consent { card } => {
            Act::Consent(officer::ConsentRequest { card: *card, consents: form.one("consents") == "yes" })
        }
        Purpose::RetractCard { card } => Act::Card(officer::PublishCardRequest {
            number: *card,
            withdrawn: true,
            ..officer::PublishCardRequest::default()
        }),
    }
}

fn twinning(id: &str, act: Said) -> Act {
    Act::Twinning(officer::TwinningActRequest { id: id.to_owned(), act: Some(act) })
}

fn words(form: &Form) -> officer::TextAct {
    officer::TextAct { text: form.typed("text") }
}

/// The items that were answered, in the order of their codes.
fn answers(form: &Form) -> Vec<officer::ChecklistAnswer> {
    let mut answers: Vec<officer::ChecklistAnswer> = form
        .fields
        .iter()
        .filter_map(|field| match &field.value {
            Value::Level { item, level: level @ 1.., note } => Some(officer::ChecklistAnswer {
                item: item.clone(),
                level: *level,
                note: note.trim().to_owned(),
            }),
            Value::Level { .. } | Value::Text { .. } | Value::One { .. } | Value::Any { .. } => None,
        })
        .collect();
    answers.sort_by(|a, b| a.item.cmp(&b.item));
    answers
}

fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}
