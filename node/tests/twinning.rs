//! Twinnings between real nodes: from the proposal to the outcome, what stays between the two, what survives a restart,
//! and what an officer is told.

use super::{
    officer::{officer, stop_all, until},
    town::{Resident, Running, Town, day},
};
use faccina_node::config::Role;
use faccina_proto::{
    calendar::Month,
    catalogue::Catalogue,
    feed::Body,
    wire::{
        feed::v1::{self as feed, Role as FeedRole},
        officer::v1::{self as wire, TwinningState as State, twinning_act_request::Act},
    },
};
use tonic::Code;

const LEARNER: &str = "c_zz00";
const EXPERT: &str = "c_zz01";

/// Words that are said between the two and nowhere else.
const SECRET: &str = "tredici parole che stanno soltanto fra i due enti, mai altrove, davvero";

fn part() -> feed::CataloguePart {
    let text = |text: &str| vec![feed::LocalisedText { language: "it".into(), text: text.into() }];
    let service = |code: &str| feed::Service {
        code: code.into(),
        name: text(code),
        area: "demografici".into(),
        ..Default::default()
    };
    let channel = feed::Channel { code: "counter".into(), name: text("Sportello") };
    let services = vec![service("anagrafe"), service("tributi")];
    feed::CataloguePart { version: 1, services, channels: vec![channel], ..Default::default() }
}

/// An observer, a learner, an expert that is designated and available, and a third ente.
async fn founded() -> (Town, Vec<Resident>) {
    let mut town = Town::found();
    let mut all = vec![town.open().await];
    for code in [LEARNER, EXPERT, "c_zz02"] {
        let mut ente = town.settle(code, Role::Ente);
        town.admit(all[0].node(), &ente, FeedRole::Ente).await;
        ente.start().await;
        all.push(ente);
    }
    for resident in &all {
        resident.node().until_network("it may publish", |state| state.own_head_is_checked).await;
    }
    let observer = &all[0].node().federation;
    let catalogue = Catalogue::assemble(1, Month::from_yyyymm(202_602).unwrap(), (5, 10), &[part()]).unwrap();
    let head = observer.append(Body::CataloguePart(part()), false).await.unwrap();
    observer.append(Body::CatalogueClosing(catalogue.closing(&[head.id])), false).await.unwrap();
    for (ente, services) in [(&all[1], &["anagrafe", "tributi"][..]), (&all[2], &["anagrafe"])] {
        let pair = |service: &&str| feed::GroupKey { service: (*service).into(), channel: "counter".into() };
        let plan = feed::SurveyPlan {
            from_month: 202_601,
            surveyed: services.iter().map(pair).collect(),
            mailbox: "qualita@prova.example".into(),
            ..Default::default()
        };
        ente.node().federation.append(Body::SurveyPlan(plan), false).await.unwrap();
    }
    let areas = vec!["demografici".into()];
    let topics = vec!["accoglienza".into()];
    let availability = wire::Availability { available: true, areas, topics, note: String::new() };
    let asked = wire::DeclareAvailabilityRequest { availability: Some(availability) };
    until_known(&all[2], "the catalogue is here").await;
    officer(all[2].node()).await.declare_availability(asked).await.unwrap();
    let asked = wire::DesignateRequest {
        ipa_code: EXPERT.into(),
        area: "demografici".into(),
        reason: "ascolta con continuità".into(),
        valid_to_day: 0,
    };
    officer(all[0].node()).await.designate(asked).await.unwrap();
    let ready = |reply: &wire::ExpertsReply| {
        reply.experts.iter().any(|expert| expert.ipa_code == EXPERT && expert.available == Some(true))
    };
    let experts = async || {
        let mut client = officer(all[1].node()).await;
        client.experts(wire::ExpertsRequest {}).await.unwrap().into_inner()
    };
    until(all[1].node(), "the expert is known", experts, ready).await;
    (town, all)
}

async fn until_known(resident: &Resident, what: &str) {
    let observer = "zz_dfp".parse().unwrap();
    let known = |snapshot: &faccina_node::federation::Snapshot| {
        let mut entries = snapshot.replica.entries(&observer, &snapshot.log);
        entries.any(|(_, entry)| matches!(entry.body, Body::CatalogueClosing(_)))
    };
    resident.node().until(what, known).await;
}

async fn twinnings(node: &Running) -> wire::TwinningsReply {
    officer(node).await.twinnings(wire::TwinningsRequest {}).await.unwrap().into_inner()
}

/// Waits until the only twinning here satisfies `wanted`. Acts change the book, not the network: the watch tells.
async fn until_twinning(
    node: &Running,
    what: &str,
    wanted: impl Fn(&wire::Twinning) -> bool,
) -> wire::Twinning {
    let watch = officer(node).await.watch_twinnings(wire::TwinningsRequest {}).await;
    let mut watch = watch.unwrap().into_inner();
    let seen = async {
        loop {
            let reply = watch.message().await.unwrap().expect("the watch goes on while the node runs");
            for row in reply.twinnings {
                assert!(row.messages.is_empty() && row.outcomes.is_empty(), "rows hold no words");
                let asked = wire::TwinningRequest { id: row.id };
                let twinning =
                    officer(node).await.twinning(asked).await.unwrap().into_inner().twinning.unwrap();
                if wanted(&twinning) {
                    return twinning;
                }
            }
        }
    };
    let seen = tokio::time::timeout(super::town::PATIENCE, seen).await;
    seen.unwrap_or_else(|_| panic!("{} waits in vain until {what}", node.federation.own()))
}

fn proposal() -> wire::ProposeRequest {
    wire::ProposeRequest {
        expert: EXPERT.into(),
        topics: vec!["accoglienza".into()],
        from_month: 202_602,
        to_month: 202_607,
        text: SECRET.into(),
        ..Default::default()
    }
}

async fn act(node: &Running, id: &str, act: Act) -> Result<wire::TwinningActReply, tonic::Status> {
    let asked = wire::TwinningActRequest { id: id.into(), act: Some(act) };
    officer(node).await.act(asked).await.map(tonic::Response::into_inner)
}

fn text(text: &str) -> wire::TextAct {
    wire::TextAct { text: text.into() }
}

/// Every byte of every file under a node's directory.
fn holds(resident: &Resident, needle: &[u8]) -> bool {
    let mut open = vec![resident.config.parent().unwrap().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.is_file() && contains(&std::fs::read(&path).unwrap(), needle) {
                return true;
            }
        }
    }
    false
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twinning_goes_from_proposal_to_outcome_and_its_words_stay_between_the_two() {
    let (_town, mut all) = founded().await;
    let (learner, expert) = (all[1].node(), all[2].node());
    let proposed = officer(learner).await.propose(proposal()).await.unwrap().into_inner();
    assert_eq!(proposed.state(), State::Proposed);
    let id = proposed.id;
    let asked = until_twinning(expert, "the proposal is here", |it| it.state() == State::Proposed).await;
    assert_eq!((asked.id.as_str(), asked.messages[0].text.as_str()), (id.as_str(), SECRET));
    assert_eq!((asked.services, asked.topics), (vec!["anagrafe".into()], vec!["accoglienza".to_owned()]));
    act(expert, &id[..8], Act::Accept(text(SECRET))).await.unwrap();
    for node in [learner, expert] {
        until_twinning(node, "it is concluded", |it| it.state() == State::Concluded).await;
    }
    let answers = vec![wire::ChecklistAnswer { item: "staff".into(), level: 2, note: SECRET.into() }];
    act(learner, &id, Act::Checklist(wire::ChecklistAct { answers })).await.unwrap();
    let advice = wire::RecommendAct { service: "anagrafe".into(), text: SECRET.into(), ..Default::default() };
    act(expert, &id, Act::Recommend(advice)).await.unwrap();
    let advised = |it: &wire::Twinning| it.messages.len() == 4 && it.undelivered == 0;
    let at_learner = until_twinning(learner, "the advice is here", advised).await;
    let at_expert = until_twinning(expert, "the checklist is here", advised).await;
    assert_eq!(at_learner.messages, at_expert.messages);
    act(learner, &id, Act::End(text("Grazie"))).await.unwrap();
    let outcome = wire::PublishOutcomeRequest {
        id: id.clone(),
        result: 1,
        text: "Attesa dimezzata".into(),
        cards: Vec::new(),
    };
    officer(learner).await.publish_outcome(outcome).await.unwrap();
    let told = |it: &wire::Twinning| !it.outcomes.is_empty();
    let seen = until_twinning(all[0].node(), "the outcome is here", told).await;
    assert!(seen.messages.is_empty(), "the observer reads no negotiation");
    assert_eq!((seen.state(), seen.outcomes[0].text.as_str()), (State::Ended, "Attesa dimezzata"));
    all[3].node().until_like(learner).await;
    assert!(twinnings(all[3].node()).await.twinnings.is_empty(), "a third ente has no twinning of its own");
    stop_all(&mut all).await;
    let words = SECRET.as_bytes();
    assert!(holds(&all[1], words) && holds(&all[2], words), "the two have it in their books");
    assert!(!holds(&all[0], words), "the observer, who is the hub, has nothing of it");
    assert!(!holds(&all[3], words), "a third ente has nothing of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_while_the_other_is_away_waits_and_arrives() {
    let (_town, mut all) = founded().await;
    all[2].stop().await;
    let proposed = officer(all[1].node()).await.propose(proposal()).await.unwrap().into_inner();
    assert!(!proposed.delivered, "{proposed:?}");
    assert!(proposed.words.unwrap().it.contains("sarà consegnato"));
    all[2].start_on(day(20_260_111)).await;
    let id = until_twinning(all[2].node(), "the proposal is here", |_| true).await.id;
    assert_eq!(id, proposed.id);
    all[1].stop().await;
    act(all[2].node(), &id, Act::Accept(text("Volentieri"))).await.unwrap();
    all[2].stop().await;
    // The calendar of the others goes on as well: an entry is left unfetched until its day.
    for resident in [&all[0], &all[3]] {
        resident.node().move_to(day(20_260_112)).await;
    }
    all[1].start_on(day(20_260_112)).await;
    all[2].start_on(day(20_260_112)).await;
    for resident in [&all[1], &all[2]] {
        until_twinning(resident.node(), "it is concluded", |it| it.state() == State::Concluded).await;
    }
    for (resident, code) in [(&all[1], LEARNER), (&all[2], EXPERT)] {
        let snapshot = resident.node().federation.snapshot();
        let author = code.parse().unwrap();
        let entries = snapshot.replica.entries(&author, &snapshot.log);
        let agreements =
            entries.filter(|(_, entry)| matches!(entry.body, Body::TwinningAgreement(_))).count();
        assert_eq!(agreements, 1, "{code} publishes its agreement once");
    }
    stop_all(&mut all).await;
}

/// Takes a node off its port: nobody can dial it any more, whatever it publishes.
async fn listen_nowhere(ente: &mut Resident) {
    ente.stop().await;
    let text = std::fs::read_to_string(&ente.config).unwrap();
    let closed = text.replace("peers = [\"/ip4/127.0.0.1/tcp/0\"]", "peers = []");
    assert_ne!(text, closed);
    std::fs::write(&ente.config, closed).unwrap();
}

/// Starts the ente again; for everybody it is this day of January by now.
async fn come_back(all: &mut [Resident], ente: usize, day_of_month: u32) {
    let today = day(20_260_100 + day_of_month);
    for running in all.iter().filter_map(|resident| resident.running.as_ref()) {
        running.move_to(today).await;
    }
    all[ente].start_on(today).await;
    let node = all[ente].node();
    node.until_network("it may publish", |state| state.own_head_is_checked).await;
    assert!(node.federation.network().listening.is_empty(), "it listens");
}

/// The one comes and goes, the other stays; between them stands only the observer, who is the hub.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_nobody_can_dial_reach_an_outcome_while_one_is_away_half_the_time() {
    let (_town, mut all) = founded().await;
    listen_nowhere(&mut all[1]).await;
    listen_nowhere(&mut all[2]).await;
    come_back(&mut all, 1, 11).await;
    let proposed = officer(all[1].node()).await.propose(proposal()).await.unwrap().into_inner();
    assert!(!proposed.delivered, "{proposed:?}");
    let id = proposed.id;

    come_back(&mut all, 2, 12).await;
    until_twinning(all[2].node(), "the proposal is here", |it| it.state() == State::Proposed).await;
    act(all[2].node(), &id, Act::Accept(text(SECRET))).await.unwrap();
    for resident in &all[1..3] {
        until_twinning(resident.node(), "it is concluded", |it| it.state() == State::Concluded).await;
    }
    expect_only_the_hub(&all);

    all[2].stop().await;
    let answers = vec![wire::ChecklistAnswer { item: "staff".into(), level: 2, note: SECRET.into() }];
    let filled = act(all[1].node(), &id, Act::Checklist(wire::ChecklistAct { answers })).await.unwrap();
    assert!(!filled.delivered, "{filled:?}");

    come_back(&mut all, 2, 13).await;
    until_twinning(all[2].node(), "the checklist is here", |it| it.messages.len() == 3).await;
    let advice = wire::RecommendAct { service: "anagrafe".into(), text: SECRET.into(), ..Default::default() };
    act(all[2].node(), &id, Act::Recommend(advice)).await.unwrap();
    let advised = |it: &wire::Twinning| it.messages.len() == 4 && it.undelivered == 0;
    let at_learner = until_twinning(all[1].node(), "the advice is here", advised).await;
    let at_expert = until_twinning(all[2].node(), "the advice is delivered", advised).await;
    assert_eq!(at_learner.messages, at_expert.messages);
    expect_only_the_hub(&all);

    all[2].stop().await;
    act(all[1].node(), &id, Act::End(text("Grazie"))).await.unwrap();
    let outcome =
        wire::PublishOutcomeRequest { id, result: 1, text: "Attesa dimezzata".into(), cards: Vec::new() };
    officer(all[1].node()).await.publish_outcome(outcome).await.unwrap();

    come_back(&mut all, 2, 14).await;
    let told = |it: &wire::Twinning| it.state() == State::Ended && !it.outcomes.is_empty();
    until_twinning(all[2].node(), "the end and the outcome are here", told).await;
    expect_only_the_hub(&all);
    for resident in [&all[0], &all[3]] {
        resident.node().until_like(all[1].node()).await;
    }
    let feeds = all[1].node().federation.snapshot().export().unwrap();
    assert!(!contains(&feeds, SECRET.as_bytes()), "a feed has what stays between the two");
    stop_all(&mut all).await;
    let words = SECRET.as_bytes();
    assert!(holds(&all[1], words) && holds(&all[2], words), "the two have it in their books");
    assert!(!holds(&all[0], words), "the hub, over which it went, has nothing of it");
    assert!(!holds(&all[3], words), "a third ente has nothing of it");
}

/// Neither of the two has ever a connection that the sync machine knows, but with the hub.
fn expect_only_the_hub(all: &[Resident]) {
    let keys = |resident: &Resident| {
        let snapshot = resident.node().federation.snapshot();
        let code = resident.node().federation.own().clone();
        let member = snapshot.replica.roster().author(&code).unwrap();
        member.transport_keys.iter().map(|key| key.key).collect::<Vec<_>>()
    };
    let hub = keys(&all[0]);
    for resident in &all[1..3] {
        let connected = resident.node().federation.network().connected.clone();
        assert!(
            !connected.is_empty() && connected.iter().all(|key| hub.contains(key)),
            "{}",
            resident.node().federation.own()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_with_what_to_do() {
    let (_town, mut all) = founded().await;
    let learner = all[1].node();
    let refusal =
        async |asked: wire::ProposeRequest| officer(learner).await.propose(asked).await.unwrap_err();
    let third = refusal(wire::ProposeRequest { expert: "c_zz02".into(), ..proposal() }).await;
    assert_eq!(third.code(), Code::FailedPrecondition);
    assert!(third.message().contains("list of experts"), "{third}");
    let itself = refusal(wire::ProposeRequest { expert: LEARNER.into(), ..proposal() }).await;
    assert_eq!(itself.code(), Code::InvalidArgument);
    let foreign = refusal(wire::ProposeRequest { services: vec!["tributi".into()], ..proposal() }).await;
    assert!(foreign.message().contains("common are anagrafe"), "{foreign}");
    let past = refusal(wire::ProposeRequest { from_month: 202_501, to_month: 202_503, ..proposal() }).await;
    assert!(past.message().contains("has passed"), "{past}");
    let terminal = refusal(wire::ProposeRequest { text: "\u{1b}[2J".into(), ..proposal() }).await;
    assert_eq!(terminal.code(), Code::InvalidArgument);
    let unknown = act(learner, "abcd", Act::End(text(""))).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let mut client = officer(learner).await;
    let id = client.propose(proposal()).await.unwrap().into_inner().id;
    let own = act(learner, &id, Act::Accept(text(""))).await.unwrap_err();
    assert_eq!(own.code(), Code::FailedPrecondition, "{own}");
    let early = wire::PublishOutcomeRequest { id, result: 1, text: "x".into(), cards: Vec::new() };
    assert_eq!(client.publish_outcome(early).await.unwrap_err().code(), Code::FailedPrecondition);
    let observer = officer(all[0].node()).await.propose(proposal()).await.unwrap_err();
    assert!(observer.message().contains("only enti"), "{observer}");
    stop_all(&mut all).await;
}

fn card(title: &str) -> wire::PublishCardRequest {
    wire::PublishCardRequest {
        title: title.into(),
        services: vec!["anagrafe".into()],
        topics: vec!["accoglienza".into()],
        markdown: "# Che cosa\n\nUn operatore accoglie e smista.".into(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_reach_all_and_are_named_only_with_consent() {
    let (_town, mut all) = founded().await;
    let mut client = officer(all[2].node()).await;
    let mut other = officer(all[2].node()).await;
    let (one, two) =
        tokio::join!(client.publish_card(card("Accoglienza")), other.publish_card(card("Appuntamenti")));
    let mut numbers = [one.unwrap().into_inner().number, two.unwrap().into_inner().number];
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2], "two new cards at once have two numbers");
    let html = wire::PublishCardRequest { markdown: "<script>".into(), ..card("x") };
    assert_eq!(client.publish_card(html).await.unwrap_err().code(), Code::InvalidArgument);
    let foreign = wire::PublishCardRequest { services: vec!["nuoto".into()], ..card("x") };
    assert_eq!(client.publish_card(foreign).await.unwrap_err().code(), Code::FailedPrecondition);
    client.consent(wire::ConsentRequest { card: 1, consents: true }).await.unwrap();
    let nobody = client.consent(wire::ConsentRequest { card: 9, consents: true }).await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);

    let third = all[3].node();
    let look = async |text: &str| {
        let asked = wire::CardsRequest { text: text.into(), ..Default::default() };
        officer(third).await.cards(asked).await.unwrap().into_inner()
    };
    let both = |reply: &wire::CardsReply| reply.cards.len() == 2 && reply.cards.iter().any(|it| it.nameable);
    until(third, "both cards are here", async || look("").await, both).await;
    assert_eq!(look("smista").await.cards.len(), 2);
    assert!(look("tutt'altro").await.cards.is_empty());
    let asked = wire::CardRequest { ipa_code: EXPERT.into(), number: 1 };
    let read = officer(third).await.card(asked).await.unwrap().into_inner();
    assert!(read.markdown.contains("smista"));
    let withdrawn = wire::PublishCardRequest { number: 1, withdrawn: true, ..Default::default() };
    client.publish_card(withdrawn).await.unwrap();
    let gone = |reply: &wire::CardsReply| reply.cards.len() == 1 && !reply.cards[0].nameable;
    until(third, "the card is gone", async || look("").await, gone).await;

    let mut observer = officer(all[0].node()).await;
    let revocation = wire::RevokeDesignationRequest {
        ipa_code: EXPERT.into(),
        area: "demografici".into(),
        reason: "rinuncia".into(),
    };
    observer.revoke_designation(revocation.clone()).await.unwrap();
    assert_eq!(observer.revoke_designation(revocation).await.unwrap_err().code(), Code::NotFound);
    let log = std::fs::read_to_string(all[2].config.parent().unwrap().join("data/audit.jsonl")).unwrap();
    assert!(log.contains("PracticeCard") && !log.contains("smista"));
    stop_all(&mut all).await;
}
