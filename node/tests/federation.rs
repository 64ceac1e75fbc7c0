//! Real nodes, real swarm, real databases, on loopback.

use super::relay::{self, Change, altered};
use super::town::{Resident, Town, day};
use ed25519_dalek::SigningKey;
use faccina_node::{
    config::Role,
    federation::Snapshot,
    founding::{self, RootHead},
    views::{MonthState, ReplicaFeeds, Views},
};
use faccina_proto::{
    calendar::Month,
    catalogue::Catalogue,
    envelope::Id,
    feed::Body,
    names::Author,
    replica::{Log, State},
    wire::{
        admin::v1::AppendRootRequest,
        feed::v1::{self as feed, Availability, Role as FeedRole},
    },
};

fn note(text: &str) -> Body {
    Body::Availability(Availability {
        available: true,
        areas: Vec::new(),
        note: text.to_owned(),
        topics: Vec::new(),
    })
}

/// The observer and `enti` admitted and running, everybody with the same feeds.
async fn federation(enti: usize) -> (Town, Vec<Resident>) {
    let mut town = Town::found();
    let mut all = vec![town.open().await];
    for number in 0..enti {
        let mut ente = town.settle(&format!("c_zz{number:02}"), Role::Ente);
        town.admit(all[0].node(), &ente, FeedRole::Ente).await;
        ente.start().await;
        all.push(ente);
    }
    for ente in &all[1..] {
        ente.node().until_network("it may publish", |state| state.own_head_is_checked).await;
    }
    (town, all)
}

async fn publish(ente: &Resident, text: &str) {
    ente.node().federation.append(note(text), false).await.unwrap();
}

async fn stop_all(all: &mut [Resident]) {
    for resident in all.iter_mut().filter(|resident| resident.running.is_some()) {
        resident.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_nodes_hold_the_same_feeds_and_one_that_joins_late_catches_up() {
    let (town, mut all) = federation(4).await;
    for (ente, number) in all[1..].iter().zip(1..) {
        publish(ente, &format!("avviso {number}")).await;
    }
    let authors: Vec<Author> = (0..4).map(|number| format!("c_zz{number:02}").parse().unwrap()).collect();
    for resident in &all {
        let has_all =
            |snapshot: &Snapshot| authors.iter().all(|author| snapshot.replica.head(author).is_some());
        resident.node().until("all notes are here", has_all).await;
    }
    let mut late = town.settle("c_zz99", Role::Ente);
    town.admit(all[0].node(), &late, FeedRole::Ente).await;
    late.start().await;
    late.node().until_like(all[0].node()).await;
    let holds_all = |snapshot: &Snapshot| authors.iter().all(|author| head(snapshot, author) == 1);
    late.node().until("all notes are here", holds_all).await;
    all.push(late);
    stop_all(&mut all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_was_cut_off_for_a_month_catches_up_and_publishes_again() {
    let (_town, mut all) = federation(4).await;
    let mut away = all.pop().unwrap();
    publish(&away, "prima").await;
    let own = away.node().federation.own().clone();
    all[0].node().until("the note is here", |snapshot| snapshot.replica.head(&own).is_some()).await;
    away.stop().await;
    for resident in &all {
        resident.node().move_to(day(20_260_215)).await;
    }
    for ente in &all[1..] {
        publish(ente, "dopo un mese").await;
    }
    let others: Vec<Author> = all[1..].iter().map(|it| it.node().federation.own().clone()).collect();
    let holds_theirs = |snapshot: &Snapshot| others.iter().all(|author| head(snapshot, author) == 1);
    all[0].node().until("what the others published is here", holds_theirs).await;
    away.start_on(day(20_260_215)).await;
    away.node().until("what the others published is here", holds_theirs).await;
    away.node().until_network("it may publish", |state| state.own_head_is_checked).await;
    publish(&away, "di nuovo").await;
    for resident in &all {
        resident.node().until("the new note is here", |snapshot| head(snapshot, &own) == 2).await;
        resident.node().until_like(away.node()).await;
    }
    all.push(away);
    stop_all(&mut all).await;
}

fn head(snapshot: &Snapshot, author: &Author) -> u64 {
    snapshot.replica.head(author).map_or(0, |head| head.sequence)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_the_root_feed_and_nothing_else() {
    let (town, mut all) = federation(3).await;
    let observer = all[0].node();
    publish(&all[1], "solo per i membri").await;
    let member: Author = "c_zz00".parse().unwrap();
    observer.until("the note is here", |snapshot| snapshot.replica.head(&member).is_some()).await;
    let mut stranger = town.settle("c_zz77", Role::Ente);
    stranger.start().await;
    let root = observer.head(&Author::Root);
    stranger.node().until("the root feed is here", |it| head(it, &Author::Root) == root).await;
    // A second turn: the stranger knows the members by now and asks for all they have.
    let other = town.settle("c_zz78", Role::Ente);
    town.admit(observer, &other, FeedRole::Ente).await;
    stranger.node().until("the root feed has grown here", |it| head(it, &Author::Root) == root + 1).await;
    let held = stranger.node().federation.snapshot();
    for (author, feed) in held.replica.feeds().filter(|(author, _)| *author != Author::Root) {
        assert_eq!(feed.held(), 0, "a stranger holds entries of {author}");
        assert!(held.entry(&author, 1).is_none());
    }
    let refused = stranger.node().federation.append(note("anche io"), false).await;
    assert!(refused.is_err(), "a stranger publishes");
    // Once admitted, the same node gets everything.
    town.admit(observer, &stranger, FeedRole::Ente).await;
    stranger.node().until_like(observer).await;
    assert!(stranger.node().head(&member) > 0);
    all.push(stranger);
    stop_all(&mut all).await;
}

fn words(text: &str) -> Vec<feed::LocalisedText> {
    vec![feed::LocalisedText { language: "it".to_owned(), text: text.to_owned() }]
}

async fn publish_catalogue(observer: &Resident, from_month: Month) -> Catalogue {
    let part = feed::CataloguePart {
        version: 1,
        services: vec![feed::Service {
            code: "anagrafe".to_owned(),
            name: words("Anagrafe"),
            area: "demografici".to_owned(),
            single_interaction: true,
            ..feed::Service::default()
        }],
        channels: vec![feed::Channel { code: "counter".to_owned(), name: words("Sportello") }],
        ..feed::CataloguePart::default()
    };
    let catalogue = Catalogue::assemble(1, from_month, (5, 10), &[part]).unwrap();
    let federation = &observer.node().federation;
    let mut ids: Vec<Id> = Vec::new();
    for part in catalogue.parts() {
        ids.push(federation.append(Body::CataloguePart(part), false).await.unwrap().id);
    }
    federation.append(Body::CatalogueClosing(catalogue.closing(&ids)), false).await.unwrap();
    catalogue
}

/// A summary that is right but for its votes: three alone are too few to be shown.
fn summary_of_three(month: Month, gap: Month, catalogue: &Catalogue) -> feed::Summary {
    let parameters = catalogue.parameters();
    let number = |value: u64| u32::try_from(value).unwrap();
    feed::Summary {
        month: month.yyyymm(),
        edition: 1,
        rules_version: 1,
        catalogue_version: 1,
        software_version: "0.1.0".to_owned(),
        parameters: Some(feed::Parameters {
            threshold: number(parameters.threshold),
            threshold_sensitive: number(parameters.threshold_sensitive),
            dominance: number(parameters.dominance),
            reasons_min: number(parameters.reasons_min),
            dominance_below: number(parameters.dominance_below),
        }),
        groups: vec![feed::Group {
            service: "anagrafe".to_owned(),
            channel: "counter".to_owned(),
            green: 3,
            ..feed::Group::default()
        }],
        integrity: Some(feed::Integrity { late: Some(0), ..feed::Integrity::default() }),
        ballots_root: vec![7; 32].into(),
        gap_months: vec![gap.yyyymm()],
        ..feed::Summary::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_summary_that_breaks_the_list_is_refused_by_all_for_one_reason() {
    let (_town, mut all) = federation(4).await;
    let january = Month::from_yyyymm(202_601).unwrap();
    let month = january.next();
    all[0].node().until_network("a member is connected", |state| state.own_head_is_checked).await;
    let catalogue = publish_catalogue(&all[0], month).await;
    for resident in &all {
        resident.node().move_to(day(20_260_311)).await;
    }
    let bad = Body::Summary(summary_of_three(month, january, &catalogue));
    all[2].node().federation.append(bad, false).await.unwrap();
    let author = all[2].node().federation.own().clone();
    let mut reasons = Vec::new();
    for resident in &all {
        resident.node().until("the summary is here", |snapshot| head(snapshot, &author) == 1).await;
        resident.node().until_like(all[0].node()).await;
        let held = resident.node().federation.snapshot();
        let mut views = Views::new(held.replica.federation());
        views.follow(&ReplicaFeeds { replica: &held.replica, log: held.as_ref() });
        let state = views.month_of(author.member().unwrap(), month);
        let MonthState::Refused(_, refusal) = state else {
            panic!("{} shows {state:?}", resident.node().federation.own())
        };
        reasons.push(refusal.to_string());
        assert!(views.accepted().next().is_none(), "it counts somewhere");
    }
    assert_eq!(reasons.len(), 5);
    assert!(reasons.iter().all(|reason| *reason == reasons[0]), "{reasons:?}");
    assert!(reasons[0].contains("anagrafe"), "{}", reasons[0]);
    stop_all(&mut all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_changes_the_envelope_makes_neither_an_entry_nor_a_fork() {
    let changes: [(Change, bool); 3] =
        [(altered::extended, false), (altered::re_encoded, false), (altered::re_signed, true)];
    for (change, twin) in changes {
        let [mut relay, mut victim, reader] = relay::between("c_zz00", "c_zz01", change).await;
        let author = victim.own().clone();
        let harmless = relay.own().clone();
        victim.append(note("intatto"), false).await.unwrap();
        relay.holds(&author, 1).await;
        // What the relay writes itself reaches the reader, so the relay does serve it.
        relay.append(note("passo io"), false).await.unwrap();
        reader.holds(&harmless, 1).await;
        victim.holds(&harmless, 1).await;
        let original = victim.federation.snapshot().entry(&author, 1).unwrap();
        let changed = relay.serves(&author, 1).unwrap();
        assert_ne!(original, changed);
        let offered = reader.federation.import(vec![changed]).await.unwrap();
        assert_eq!(offered.refused.len(), usize::from(!twin), "{offered:?}");
        reader.federation.import(vec![original]).await.unwrap();
        reader.holds(&author, 1).await;
        let held = reader.federation.snapshot();
        let feed = held.replica.feed(&author).unwrap();
        assert_eq!((feed.held(), feed.state()), (1, State::Open));
        assert_eq!(held.replica.digest(), victim.federation.snapshot().replica.digest());
        relay.stop().await;
        victim.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_dial_each_other_by_the_addresses_they_publish() {
    let mut town = Town::found();
    let mut all = vec![town.open().await];
    for code in ["c_zz01", "c_zz02"] {
        let mut ente = town.settle(code, Role::Ente);
        let text = std::fs::read_to_string(&ente.config).unwrap();
        std::fs::write(&ente.config, text.replace("contact = []", "contact = [\"listen\"]")).unwrap();
        town.admit(all[0].node(), &ente, FeedRole::Ente).await;
        ente.start().await;
        all.push(ente);
    }
    let published = |snapshot: &Snapshot| {
        ["c_zz01", "c_zz02"].iter().all(|code| head(snapshot, &code.parse().unwrap()) == 1)
    };
    for resident in &all {
        resident.node().until("both addresses are published", published).await;
    }
    // The observer and the other ente: only by its published address can that one have been dialled.
    all[2].node().until_network("it is connected with both", |state| state.connected.len() == 2).await;
    all[1].node().until_network("it is connected with both", |state| state.connected.len() == 2).await;
    stop_all(&mut all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_entry_that_does_not_follow_the_head_or_is_signed_by_another_is_refused() {
    let mut town = Town::found();
    let mut observer = town.open().await;
    let ente = town.settle("c_zz01", Role::Ente);
    let mut admin = observer.node().admin().await;
    let root = observer.node().federation.snapshot().replica.root().head().unwrap();
    let month = Month::from_yyyymm(202_601).unwrap();
    let sign = |key: &SigningKey, head: RootHead| {
        let body = ente.request.admitted(FeedRole::Ente, month, "DFP-2");
        let entry = founding::root_entry(key, &town.file.id(), head, town.today, body);
        AppendRootRequest { entry: entry.bytes().clone() }
    };
    let head = Some((root.sequence, root.id));
    let before = Some((root.sequence - 1, root.id));
    let elsewhere = Some((root.sequence, Id::from_bytes([9; 32])));
    let other = SigningKey::from_bytes(&[99; 32]);
    for wrong in
        [sign(&town.root, before), sign(&town.root, elsewhere), sign(&other, head), sign(&town.root, None)]
    {
        assert!(admin.append_root(wrong).await.is_err());
    }
    assert_eq!(observer.node().federation.snapshot().replica.root().state(), State::Open);
    let right = sign(&town.root, head);
    let first = admin.append_root(right.clone()).await.unwrap().into_inner();
    assert_eq!(first.sequence, root.sequence + 1);
    // The answer may be lost on the way: asking again is answered alike.
    assert_eq!(admin.append_root(right).await.unwrap().into_inner(), first);
    drop(admin);
    observer.stop().await;
}
