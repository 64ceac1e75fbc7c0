//! Golden vectors of twinnings and practice cards: the messages between two enti, their exchange, the entries of both.

use crate::golden::{Golden, check, federation, month};
use crate::golden_feed::{filled, golden_entry, golden_message, member_key};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::CivilDay,
    envelope::{Envelope, Id},
    feed::Body as Entry,
    twinning::{
        Achieved, Answer, Body, Level, Message, Outcome, Proposal, Recommendation, Signed, Terms, Twinning,
    },
    wire::{feed::v1 as feed, twinning::v1 as wire},
};

fn expert_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn terms() -> Terms {
    Terms {
        services: ["anagrafe", "tributi"].map(|code| code.parse().unwrap()).into(),
        topics: vec!["code allo sportello".to_owned()],
        from: month(202_606),
        to: month(202_705),
    }
}

fn message(proposal: Option<Id>, number: u32, seen: u32, body: Body) -> Message {
    let (learner, expert) = ("c_x001".parse().unwrap(), "c_x002".parse().unwrap());
    let day = CivilDay::from_yyyymmdd(20_260_511).unwrap();
    let of_expert = matches!(body, Body::Acceptance(_) | Body::Decline(_) | Body::Recommendation(_));
    let (from, to) = if of_expert { (expert, learner) } else { (learner, expert) };
    Message { from, to, proposal, number, seen, day, body }
}

fn proposal() -> Message {
    let text = "Come avete ridotto l'attesa?".to_owned();
    message(None, 1, 0, Body::Proposed(Proposal { terms: terms(), text, salt: [0x5a; 16] }))
}

fn seal(message: &Message) -> Signed {
    let key = if message.from.as_str() == "c_x001" { member_key() } else { expert_key() };
    Signed::seal(&federation(), &key, message).unwrap()
}

#[test]
fn golden_messages_of_a_twinning() {
    let named = seal(&proposal()).id();
    let said = |number, seen, body| message(Some(named), number, seen, body);
    let answer =
        |item: &str, level, note: &str| Answer { item: item.parse().unwrap(), level, note: note.to_owned() };
    let advice = Recommendation {
        service: Some("anagrafe".parse().unwrap()),
        text: "Un operatore accoglie e smista".to_owned(),
        card: Some("c_x002/1".parse().unwrap()),
    };
    let accepted = Body::Acceptance("Volentieri".to_owned());
    let checklist = vec![
        answer("month-published", Level::InUse, ""),
        answer("staff-informed", Level::Begun, "dal prossimo mese"),
    ];
    let all = [
        ("twinning-proposal", proposal()),
        ("twinning-acceptance", said(1, 1, accepted)),
        ("twinning-decline", said(1, 1, Body::Decline("Quest'anno non possiamo".to_owned()))),
        ("twinning-withdrawal", said(2, 0, Body::Withdrawal(String::new()))),
        ("twinning-checklist", said(2, 1, Body::Checklist(checklist))),
        ("twinning-recommendation", said(2, 2, Body::Recommendation(advice))),
        ("twinning-end", said(3, 2, Body::End("Grazie".to_owned()))),
    ];
    for (name, message) in all {
        let signed = seal(&message);
        let key = if message.from.as_str() == "c_x001" { member_key() } else { expert_key() };
        check(&Golden {
            name,
            message: ".faccina.feed.v1.Envelope",
            about: vec![format!("federation id {}", federation()), format!("id {}", signed.id())],
            bytes: signed.bytes().to_vec(),
            check: Box::new(move |bytes| {
                let envelope = Envelope::parse(Bytes::copy_from_slice(bytes)).unwrap();
                let opened = Signed::open(envelope, &federation(), &key.verifying_key()).unwrap();
                assert_eq!(*opened.message(), message);
            }),
        });
    }
}

#[test]
fn golden_exchange_of_twinnings() {
    let messages = vec![Bytes::from_static(b"envelope"), Bytes::from_static(b"another")];
    golden_message("twinning-delivery", ".faccina.twinning.v1.Delivery", wire::Delivery { messages });
    let refused = vec![wire::Refused { id: filled(0x12, 32), reason: "out-of-order".to_owned() }];
    let taken =
        wire::Taken { ids: vec![filled(0x11, 32)], refused, returned: vec![Bytes::from_static(b"returned")] };
    golden_message("twinning-taken", ".faccina.twinning.v1.Taken", taken);
}

#[test]
fn golden_entries_of_twinnings_and_cards() {
    let twinning = Twinning::propose(seal(&proposal())).unwrap();
    let learners = Entry::TwinningAgreement(twinning.agreement(None).to_wire());
    golden_entry("entry-twinning-agreement-learner", "c_x001", 6, &member_key(), learners);
    let experts = twinning.agreement(Some(Id::from_bytes([0x44; 32])));
    let experts = Entry::TwinningAgreement(experts.to_wire());
    golden_entry("entry-twinning-agreement-expert", "c_x002", 6, &expert_key(), experts);
    let outcome = Outcome {
        proposal: twinning.id(),
        achieved: Achieved::Reached,
        text: "Attesa media da 25 a 11 minuti".to_owned(),
        cards: vec!["c_x002/1".parse().unwrap()],
    };
    let outcome = Entry::TwinningOutcome(outcome.to_wire());
    golden_entry("entry-twinning-outcome", "c_x001", 7, &member_key(), outcome);
    let card = feed::PracticeCard {
        number: 1,
        title: "Accoglienza che smista".to_owned(),
        services: vec!["anagrafe".to_owned()],
        topics: vec!["code allo sportello".to_owned()],
        markdown: "# Che cosa facciamo\n\nUn operatore accoglie chi entra.\n".to_owned(),
        withdrawn: false,
    };
    golden_entry("entry-practice-card", "c_x002", 7, &expert_key(), Entry::PracticeCard(card));
    let consent = feed::NamingConsent { card: 1, consents: true };
    golden_entry("entry-naming-consent", "c_x002", 8, &expert_key(), Entry::NamingConsent(consent));
}
