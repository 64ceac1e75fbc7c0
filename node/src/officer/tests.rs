//! Replies over a small federation: what a screen is told in words, and what it is never told.

use super::Reader;
use crate::{
    answers::Answers,
    views::{
        Views,
        town::{Town, day, summary},
    },
};
use faccina_proto::{names::IpaCode, wire::officer::v1 as wire};
use tonic::Code;

/// c_a is the better one on each channel, c_b in the totals; c_c has published nothing.
fn turned_round() -> Views {
    let mut town = Town::founded(&["c_a", "c_b", "c_c"]);
    let groups = [("anagrafe", "counter", 98, 0, 2), ("anagrafe", "web", 240, 0, 160)];
    town.summarise("c_a", 20_260_211, summary(202_601, &groups));
    let groups = [("anagrafe", "counter", 360, 0, 40), ("anagrafe", "web", 40, 0, 60)];
    town.summarise("c_b", 20_260_211, summary(202_601, &groups));
    town.views()
}

fn ask<T>(views: &Views, own: &str, ask: impl FnOnce(&Reader<'_>) -> T) -> T {
    let (own, answers): (IpaCode, _) = (own.parse().unwrap(), Answers::default());
    ask(&Reader { views, answers: &answers, own: &own, today: day(20_260_220) })
}

#[test]
fn a_pair_that_the_totals_turn_round_is_told_in_plain_words() {
    let request = wire::PairRequest { right: "c_b".into(), ..Default::default() };
    let reply = ask(&turned_round(), "c_a", |reader| reader.pair(&request)).unwrap();
    let pooled = reply.pooled.unwrap();
    let words = pooled.words.unwrap();
    assert!(
        words
            .it
            .starts_with("A parità di servizi e canali Comune di c_a ha più verdi di Comune di c_b: 14,0"),
        "{}",
        words.it
    );
    assert!(words.it.contains("I totali direbbero il contrario (−12,4 punti)"), "{}", words.it);
    assert!(words.en.contains("has more greens than Comune di c_b: 14.0 percentage points"), "{}", words.en);
    let channels: Vec<_> = reply.channels.iter().map(|pooled| pooled.channel.as_str()).collect();
    assert_eq!(channels, ["counter", "web"]);
    let on_web = reply.channels[1].words.as_ref().unwrap();
    assert!(
        on_web.it.starts_with("A parità di servizi sul canale web Comune di c_a ha più verdi"),
        "{}",
        on_web.it
    );
    // The other way round it is fewer, and counts upwards.
    let request = wire::PairRequest { left: "c_b".into(), right: "c_a".into(), ..Default::default() };
    let back = ask(&turned_round(), "c_a", |reader| reader.pair(&request)).unwrap().pooled.unwrap();
    let (words, interval) = (back.words.unwrap(), back.interval.unwrap());
    assert!(
        words.it.contains("ha meno verdi di Comune di c_a: 14,0 punti percentuali in meno"),
        "{}",
        words.it
    );
    let low = format!("fra {:.1}", -interval.high * 100.0).replace('.', ",");
    assert!(words.it.contains(&low), "{} {low}", words.it);
}

#[test]
fn two_nodes_are_told_the_same_of_an_ente() {
    let views = turned_round();
    let request = wire::EnteRequest { ipa_code: "c_a".into(), window: 2, ..Default::default() };
    let replies = ["c_a", "c_b", "dfp_demo"].map(|own| {
        let mut reply = ask(&views, own, |reader| reader.ente(&request)).unwrap();
        let distance = reply.row.as_mut().and_then(|row| row.distance.take());
        (reply, distance)
    });
    assert!(replies.windows(2).all(|pair| pair[0].0 == pair[1].0), "{replies:#?}");
    assert!(replies[0].1 == Some(0.0) && replies[1].1.is_some() && replies[2].1.is_none());
}

#[test]
fn an_ente_is_told_what_its_place_means_and_what_to_keep_in_mind() {
    let reply = ask(&turned_round(), "c_a", |reader| reader.ente(&wire::EnteRequest::default())).unwrap();
    let said: Vec<_> = reply.sentences.iter().map(|sentence| sentence.it.as_str()).collect();
    let [peers, plain, few_enti, participation] = said.as_slice() else { panic!("{said:#?}") };
    assert!(peers.contains("tra i simili: 67,6 % verdi"), "{peers}");
    assert!(plain.starts_with("Diverso dal nazionale: più verdi di"), "{plain}");
    assert!(few_enti.contains("gli enti con dati sono 2"), "{few_enti}");
    assert!(participation.contains("Non si sa"), "{participation}");
    assert_eq!(reply.participation_tenths, None);
    assert_eq!((reply.series.len(), reply.strata.len(), reply.evidence.len()), (1, 2, 1));
    assert!(!reply.evidence[0].notable);
}

#[test]
fn what_is_not_known_is_absent() {
    let request = wire::ComparisonRequest { service: "urp".into(), ..Default::default() };
    let reply = ask(&turned_round(), "c_a", |reader| reader.comparison(&request)).unwrap();
    assert_eq!((reply.rows.len(), reply.funnel.is_none()), (3, true));
    assert!(reply.rows.iter().all(|row| row.votes.is_none() && row.place.is_none() && row.green.is_none()));
    let request = wire::EnteRequest { ipa_code: "c_c".into(), ..Default::default() };
    let silent = ask(&turned_round(), "c_a", |reader| reader.ente(&request)).unwrap();
    assert!(silent.row.unwrap().votes.is_none() && silent.series[0].votes.is_none());
    assert_eq!(silent.sentences.len(), 1);
}

#[test]
fn experts_come_with_their_evidence_and_with_what_they_say() {
    use crate::views::town::OBSERVER;
    use faccina_proto::{feed::Body, wire::feed::v1 as feed};
    let mut town = Town::founded(&["c_a", "c_b"]);
    town.summarise("c_b", 20_260_211, summary(202_601, &[("anagrafe", "counter", 98, 0, 2)]));
    let designation = feed::ExpertDesignation {
        ipa_code: "c_b".into(),
        area: "demografici".into(),
        reason: "ascolto continuo".into(),
        valid_to_day: 20_261_231,
    };
    town.append(OBSERVER, 20_260_212, Body::ExpertDesignation(designation));
    let says = feed::Availability {
        available: true,
        topics: vec!["code allo sportello".into()],
        note: "al mattino".into(),
        ..Default::default()
    };
    town.append("c_b", 20_260_213, Body::Availability(says));
    let reply = ask(&town.views(), "c_a", |reader| reader.experts());
    let [expert] = reply.experts.as_slice() else { panic!("{reply:#?}") };
    assert_eq!(
        (expert.available, expert.topics.as_slice()),
        (Some(true), ["code allo sportello".to_owned()].as_slice())
    );
    let [evidence] = expert.evidence.as_slice() else { panic!("{expert:#?}") };
    assert_eq!((evidence.area.as_str(), evidence.n, evidence.volume), ("demografici", 100, false));
    assert!(evidence.words.as_ref().unwrap().it.contains("100 voti in un mese"), "{evidence:?}");
    assert!(expert.distance.is_some() && !expert.reasons.is_empty());
    assert!(ask(&town.views(), "c_b", |reader| reader.experts()).experts.is_empty());
}

#[test]
fn a_reminder_names_what_is_missing_and_until_when() {
    use crate::officer::adhesion::{adhesion, reminder};
    let mut town = Town::founded(&["c_a", "c_b"]);
    town.summarise("c_b", 20_260_211, summary(202_601, &[("anagrafe", "counter", 98, 0, 2)]));
    let (views, today) = (town.views(), day(20_260_320));
    let reply = adhesion(&views, today);
    assert_eq!((reply.enti, reply.services, reply.enti_target), (2, 0, None));
    assert_eq!(reply.headline_it, "2 enti, 0 servizi; 2 enti in ritardo.");
    let late = views.latecomer(views.ente(&"c_a".parse().unwrap()).unwrap(), today).unwrap();
    let message = reminder(&late, None, today);
    assert_eq!(message.mailbox, "qualita@c_a.example");
    for said in [
        "ufficio qualità di Comune di c_a",
        "- manca il piano di rilevazione;\n- mancano le sintesi di 2 mesi, da gennaio 2026 in poi.",
        "entro il 4 aprile 2026",
    ] {
        assert!(message.text.contains(said), "{said} in {}", message.text);
    }
}

#[test]
fn wrong_requests_are_told_what_to_ask() {
    let views = turned_round();
    let code = |request: wire::ComparisonRequest| {
        ask(&views, "c_a", |reader| reader.comparison(&request)).unwrap_err().code()
    };
    assert_eq!(code(wire::ComparisonRequest { window: 9, ..Default::default() }), Code::InvalidArgument);
    assert_eq!(code(wire::ComparisonRequest { indicator: 9, ..Default::default() }), Code::InvalidArgument);
    assert_eq!(code(wire::ComparisonRequest { month: 202_613, ..Default::default() }), Code::InvalidArgument);
    assert_eq!(
        code(wire::ComparisonRequest { channel: "A B".into(), ..Default::default() }),
        Code::InvalidArgument
    );
    let nobody = wire::EnteRequest { ipa_code: "c_zz".into(), ..Default::default() };
    assert_eq!(ask(&views, "c_a", |reader| reader.ente(&nobody)).unwrap_err().code(), Code::InvalidArgument);
    // The observer has no ente of its own to speak of.
    let own = ask(&views, "dfp_demo", |reader| reader.ente(&wire::EnteRequest::default()));
    assert_eq!(own.unwrap_err().code(), Code::InvalidArgument);
    let empty = Town::founded(&["c_a"]).views();
    let newest = ask(&empty, "c_a", |reader| reader.comparison(&wire::ComparisonRequest::default()));
    assert_eq!(newest.unwrap_err().code(), Code::FailedPrecondition);
}
