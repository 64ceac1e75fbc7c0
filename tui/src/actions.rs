//! What a person can do on the screen in sight, and the form for it, filled with what is known already.
//!
//! The node decides what is allowed; here only what cannot make sense is left out.

use crate::figures;
use crate::form::{Field, Form, Need, Opt, Purpose, Room, Value};
use crate::model::{Model, Screen};
use crate::names;
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::{CardTitle, Expert, Twinning, TwinningState};
use std::collections::BTreeSet;

/// Digits of an id that are shown: enough to tell the twinnings of a node apart.
const ID_DIGITS: usize = 8;

/// Everything that can be done about what is under the cursor.
#[must_use]
pub fn offered(model: &Model) -> Vec<Purpose> {
    match model.screen {
        Screen::Comparison => {
            model.compared().map_or_else(Vec::new, |row| dfp(model, &row.ipa_code, row.expert))
        }
        Screen::Experts if model.observes() => {
            model.expert().map_or_else(Vec::new, |expert| dfp(model, &expert.ipa_code, true))
        }
        Screen::Experts if !model.votes_nowhere() => {
            let expert = model.expert().filter(|expert| expert.ipa_code != model.own_code());
            let proposal = expert.map(|expert| Purpose::Propose { expert: expert.ipa_code.clone() });
            proposal.into_iter().chain(availability_known(model)).collect()
        }
        Screen::Twinning if !model.votes_nowhere() => {
            model.twinning().map_or_else(Vec::new, |twinning| in_twinning(model, twinning))
        }
        Screen::Cards => {
            let own = model.card_title().filter(|card| card.ipa_code == model.own_code());
            own.map_or_else(Vec::new, |card| {
                vec![Purpose::Consent { card: card.number }, Purpose::RetractCard { card: card.number }]
            })
        }
        Screen::MyEnte => availability_known(model).into_iter().collect(),
        Screen::Neighbours | Screen::Experts | Screen::Twinning | Screen::National | Screen::Network => {
            Vec::new()
        }
    }
}

/// A new declaration replaces the last one: it is offered once that one is known, to begin with it.
fn availability_known(model: &Model) -> Option<Purpose> {
    model.own.data.as_ref().map(|_| Purpose::Availability)
}

/// What DFP does about an ente.
fn dfp(model: &Model, code: &str, designated: bool) -> Vec<Purpose> {
    let mut offered = Vec::new();
    if model.observes() {
        offered.push(Purpose::Designate { ipa_code: code.to_owned() });
        if designated {
            offered.push(Purpose::Revoke { ipa_code: code.to_owned() });
        }
    }
    offered
}

fn in_twinning(model: &Model, twinning: &Twinning) -> Vec<Purpose> {
    let id = || twinning.id.clone();
    let learns = twinning.learner == model.own_code();
    match twinning.state() {
        // The feeds alone tell of it: there is nothing to say in it, only how it went.
        TwinningState::Concluded if !twinning.kept => vec![Purpose::Outcome { id: id() }],
        TwinningState::Accepted if !twinning.kept => Vec::new(),
        TwinningState::Proposed if learns => vec![Purpose::Withdraw { id: id() }],
        TwinningState::Proposed => vec![Purpose::Accept { id: id() }, Purpose::Decline { id: id() }],
        TwinningState::Accepted | TwinningState::Concluded => vec![
            Purpose::Recommend { id: id() },
            Purpose::Checklist { id: id() },
            Purpose::Outcome { id: id() },
            Purpose::End { id: id() },
        ],
        TwinningState::Ended => vec![Purpose::Outcome { id: id() }],
        TwinningState::Declined | TwinningState::Withdrawn | TwinningState::Unspecified => Vec::new(),
    }
}

/// The form of a purpose. What it is about is looked up by name: the cursor may stand elsewhere by now.
#[must_use]
pub fn form(model: &Model, purpose: Purpose, texts: &Texts) -> Form {
    let twinning = twinning_of(model, &purpose);
    let reason = || Field::text("reason", Need::Required, "", Room::Published);
    let fields = match &purpose {
        Purpose::Propose { expert } => proposal(model, expert, texts),
        Purpose::Accept { .. } | Purpose::Withdraw { .. } | Purpose::End { .. } => {
            vec![Field::text("text", Need::Optional, "", Room::Message)]
        }
        Purpose::Decline { .. } => vec![Field::text("text", Need::Required, "", Room::Message)],
        Purpose::Recommend { .. } => vec![
            Field::one("service", twinned_services(model, twinning, texts), 0),
            Field::text("text", Need::Required, "", Room::Message),
            Field::text("card", Need::Card, "", Room::Word),
        ],
        Purpose::Checklist { .. } => checklist(model, texts),
        Purpose::Outcome { .. } => outcome(texts),
        Purpose::Availability => availability(model, texts),
        Purpose::Designate { .. } => vec![
            Field::one("area", areas(model, None), 0),
            reason(),
            Field::text("valid-to", Need::Day, "", Room::Word),
        ],
        Purpose::Revoke { ipa_code } => vec![Field::one("area", areas(model, Some(ipa_code)), 0), reason()],
        Purpose::Consent { card } => {
            let named = own_card(model, *card).is_some_and(|card| card.nameable);
            vec![Field::one("consents", yes_no(texts), usize::from(named))]
        }
        Purpose::RetractCard { .. } => Vec::new(),
    };
    let (subject, facts) = (subject(model, &purpose, texts), facts(model, &purpose, texts));
    Form { facts, ..Form::new(purpose, subject, fields) }
}

fn twinning_of<'a>(model: &'a Model, purpose: &Purpose) -> Option<&'a Twinning> {
    let id = purpose.twinning()?;
    model.twinnings.data.as_ref()?.twinnings.iter().find(|twinning| twinning.id == id)
}

fn expert_of<'a>(model: &'a Model, code: &str) -> Option<&'a Expert> {
    model.experts.data.as_ref()?.experts.iter().find(|expert| expert.ipa_code == code)
}

fn own_card(model: &Model, number: u32) -> Option<&CardTitle> {
    let is_it = |card: &&CardTitle| card.ipa_code == model.own_code() && card.number == number;
    model.cards.data.as_ref()?.cards.iter().find(is_it)
}

/// Whom or what a form is about.
fn subject(model: &Model, purpose: &Purpose, texts: &Texts) -> String {
    let name = match purpose {
        Purpose::Propose { expert: code }
        | Purpose::Designate { ipa_code: code }
        | Purpose::Revoke { ipa_code: code } => {
            let rows = model.comparison.data.as_ref().map_or(&[][..], |reply| &reply.rows);
            let row = || rows.iter().find(|row| row.ipa_code == *code).map(|row| &row.name);
            expert_of(model, code).map(|expert| &expert.name).or_else(row).unwrap_or(code).clone()
        }
        Purpose::Accept { id }
        | Purpose::Decline { id }
        | Purpose::Withdraw { id }
        | Purpose::End { id }
        | Purpose::Recommend { id }
        | Purpose::Checklist { id }
        | Purpose::Outcome { id } => {
            let twinning = twinning_of(model, purpose);
            twinning.map_or_else(|| short_id(id), |twinning| other_name(model, twinning).to_owned())
        }
        Purpose::Availability => texts.say("screen-my-ente"),
        Purpose::Consent { card } | Purpose::RetractCard { card } => {
            own_card(model, *card).map_or_else(|| card.to_string(), |card| card.title.clone())
        }
    };
    figures::plain(&name)
}

/// What tells the subject from another one of the same name, and what an acceptance agrees to.
fn facts(model: &Model, purpose: &Purpose, texts: &Texts) -> Vec<(&'static str, String)> {
    let ente = |code: &str| ("field-ente", figures::plain(code));
    let Some(id) = purpose.twinning() else {
        return match purpose {
            Purpose::Propose { expert: code }
            | Purpose::Designate { ipa_code: code }
            | Purpose::Revoke { ipa_code: code } => vec![ente(code)],
            Purpose::Consent { card } | Purpose::RetractCard { card } => {
                vec![("field-card", format!("{}/{card}", figures::plain(model.own_code())))]
            }
            Purpose::Availability
            | Purpose::Accept { .. }
            | Purpose::Decline { .. }
            | Purpose::Withdraw { .. }
            | Purpose::End { .. }
            | Purpose::Recommend { .. }
            | Purpose::Checklist { .. }
            | Purpose::Outcome { .. } => Vec::new(),
        };
    };
    let mut facts = vec![("field-twinning", short_id(id))];
    if let Some(twinning) = twinning_of(model, purpose) {
        let learns = twinning.learner == model.own_code();
        facts.push(ente(if learns { &twinning.expert } else { &twinning.learner }));
        if matches!(purpose, Purpose::Accept { .. }) {
            let about = model.about.data.as_ref();
            let services = twinning.services.iter().map(|code| names::service(about, code, texts));
            let services = services.collect::<Vec<_>>().join(", ");
            let all = || texts.say("common-services");
            facts.push(("field-services", if services.is_empty() { all() } else { services }));
            facts.push(("field-topics", figures::plain(&twinning.topics.join(", "))));
            facts.push(("field-period", figures::period(twinning.from_month, twinning.to_month, texts)));
        }
    }
    facts
}

/// The beginning of an id, as the node's own commands take it.
fn short_id(id: &str) -> String {
    id.chars().take(ID_DIGITS).collect()
}

/// The name of the other side of a twinning, as this node sees it.
#[must_use]
pub fn other_name<'a>(model: &Model, twinning: &'a Twinning) -> &'a str {
    if twinning.learner == model.own_code() { &twinning.expert_name } else { &twinning.learner_name }
}

fn proposal(model: &Model, expert: &str, texts: &Texts) -> Vec<Field> {
    let about = model.about.data.as_ref();
    let own: BTreeSet<&str> = model
        .my_ente
        .data
        .as_ref()
        .and_then(|mine| mine.last.as_ref())
        .into_iter()
        .flat_map(|last| &last.cells)
        .map(|cell| cell.service.as_str())
        .filter(|code| !code.is_empty())
        .collect();
    let services = own.into_iter().map(|code| option(code, names::service(about, code, texts))).collect();
    let topics = expert_of(model, expert).map_or_else(String::new, |expert| expert.topics.join(", "));
    let today = about.map_or(0, |about| about.today / 100);
    vec![
        Field::any("services", services, BTreeSet::new()),
        Field::text("topics", Need::Required, &figures::plain(&topics), Room::Topics),
        Field::text("from", Need::Month, &month_typed(today), Room::Word),
        Field::text("to", Need::Month, &month_typed(a_year_on(today)), Room::Word),
        Field::text("text", Need::Required, "", Room::Message),
    ]
}

/// The last of the twelve months that begin with this one.
fn a_year_on(yyyymm: u32) -> u32 {
    let (year, month) = (yyyymm / 100, yyyymm % 100);
    match month {
        0 => 0,
        1 => year * 100 + 12,
        _ => (year + 1) * 100 + month - 1,
    }
}

fn month_typed(yyyymm: u32) -> String {
    if yyyymm == 0 { String::new() } else { format!("{:02}/{:04}", yyyymm % 100, yyyymm / 100) }
}

fn twinned_services(model: &Model, twinning: Option<&Twinning>, texts: &Texts) -> Vec<Opt> {
    let about = model.about.data.as_ref();
    let services = twinning.map_or(&[][..], |twinning| &twinning.services);
    let named = services.iter().map(|code| option(code, names::service(about, code, texts)));
    [option("", texts.say("any-service"))].into_iter().chain(named).collect()
}

/// One field for each item, with what this ente answered last.
fn checklist(model: &Model, texts: &Texts) -> Vec<Field> {
    let own = model.own_code();
    let told = model.twinning_read();
    let messages = told.map_or(&[][..], |twinning| &twinning.messages);
    let mut newest_first = messages.iter().rev();
    let mine = newest_first.find(|said| said.from == own && !said.answers.is_empty());
    let last = mine.map_or(&[][..], |said| &said.answers);
    let items = model.twinnings.data.as_ref().map_or(&[][..], |reply| &reply.checklist);
    let field = |item: &faccina_proto::wire::officer::v1::ChecklistItem| {
        let words = item.words.as_ref().map(|words| texts.choose(&words.it, &words.en));
        let answer = last.iter().find(|answer| answer.item == item.code);
        let value = Value::Level {
            item: item.code.clone(),
            level: answer.map_or(0, |answer| answer.level.min(4)),
            note: answer.map_or_else(String::new, |answer| figures::plain_lines(&answer.note)),
        };
        Field { id: "item", label: words.or_else(|| Some(item.code.clone())), need: Need::Optional, value }
    };
    items.iter().map(field).collect()
}

fn outcome(texts: &Texts) -> Vec<Field> {
    let results = (1..=4).map(|result| option(&result.to_string(), texts.say(&format!("result-{result}"))));
    vec![
        Field::one("result", results.collect(), 0),
        Field::text("text", Need::Required, "", Room::Outcome),
        Field::text("cards", Need::Cards, "", Room::Cards),
    ]
}

/// What this ente declares, starting from what it declared last.
fn availability(model: &Model, texts: &Texts) -> Vec<Field> {
    let declared = model.own.data.as_ref().and_then(|own| own.availability.clone());
    let refuses = declared.as_ref().is_some_and(|said| !said.available);
    let said = declared.unwrap_or_default();
    let options = areas(model, None);
    let taken = options.iter().enumerate().filter(|(_, area)| said.areas.contains(&area.code));
    let taken = taken.map(|(at, _)| at).collect();
    let topics = figures::plain(&said.topics.join(", "));
    vec![
        Field::one("available", yes_no(texts), usize::from(refuses)),
        Field::any("areas", options, taken),
        Field::text("topics", Need::Optional, &topics, Room::Topics),
        Field::text("note", Need::Optional, &figures::plain_lines(&said.note), Room::Published),
    ]
}

/// The areas of the catalogue, or those that an expert is designated for.
fn areas(model: &Model, expert: Option<&str>) -> Vec<Opt> {
    let designated = expert.and_then(|code| expert_of(model, code));
    let found: BTreeSet<&String> = match designated {
        Some(expert) => expert.areas.iter().collect(),
        None => {
            let services = model.about.data.as_ref().map_or(&[][..], |about| &about.services);
            services.iter().map(|service| &service.area).filter(|area| !area.is_empty()).collect()
        }
    };
    found.into_iter().map(|area| option(area, figures::plain(area))).collect()
}

fn yes_no(texts: &Texts) -> Vec<Opt> {
    vec![option("yes", texts.say("yes")), option("no", texts.say("no"))]
}

fn option(code: &str, label: String) -> Opt {
    Opt { code: code.to_owned(), label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_twelve_months_with_both_ends() {
        assert_eq!(a_year_on(202_605), 202_704);
        assert_eq!(a_year_on(202_601), 202_612);
        assert_eq!(month_typed(a_year_on(0)), "");
    }
}
