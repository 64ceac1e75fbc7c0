//! `officer.v1` on real nodes: every node tells the same, DFP's month is recomputed by all.

use super::town::{PATIENCE, Resident, Running, Town, day};
use faccina_node::config::Role;
use faccina_proto::{
    calendar::Month,
    catalogue::Catalogue,
    feed::Body,
    names::Author,
    wire::{
        feed::v1::{self as feed, Role as FeedRole},
        officer::v1::{self as wire, SummaryState, officer_client::OfficerClient},
    },
};
use tokio_stream::StreamExt;
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};

pub(crate) async fn officer(node: &Running) -> OfficerClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("unix://{}", node.socket.display())).unwrap();
    OfficerClient::new(endpoint.connect().await.unwrap())
}

fn part() -> feed::CataloguePart {
    let text = |text: &str| vec![feed::LocalisedText { language: "it".into(), text: text.into() }];
    let service = feed::Service { code: "anagrafe".into(), name: text("Anagrafe"), ..Default::default() };
    let channel = feed::Channel { code: "counter".into(), name: text("Sportello") };
    feed::CataloguePart { version: 1, services: vec![service], channels: vec![channel], ..Default::default() }
}

fn february(green: u32, yellow: u32, red: u32) -> Body {
    summary(202_602, vec![202_601], (green, yellow, red))
}

/// A summary with one group.
pub(crate) fn summary(month: u32, gap_months: Vec<u32>, (green, yellow, red): (u32, u32, u32)) -> Body {
    let group = feed::Group {
        service: "anagrafe".into(),
        channel: "counter".into(),
        green,
        yellow,
        red,
        ..Default::default()
    };
    Body::Summary(feed::Summary {
        month,
        edition: 1,
        rules_version: 1,
        catalogue_version: 1,
        software_version: "0.1.0".into(),
        parameters: Some(feed::Parameters {
            threshold: 5,
            threshold_sensitive: 10,
            dominance: 2,
            reasons_min: 5,
            dominance_below: 20,
        }),
        groups: vec![group],
        ballots_root: vec![1; 32].into(),
        gap_months,
        ..Default::default()
    })
}

/// An observer with its catalogue and three enti, everybody on 11 March with the February of the first two; the third
/// has published a summary with a group that is too small.
pub(crate) async fn march() -> (Town, Vec<Resident>) {
    let mut town = Town::found();
    let mut all = vec![town.open().await];
    for code in ["c_zz00", "c_zz01", "c_zz02"] {
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
    for resident in &all {
        resident.node().move_to(day(20_260_311)).await;
    }
    for (ente, body) in all[1..].iter().zip([february(80, 10, 10), february(48, 20, 12), february(2, 1, 0)]) {
        ente.node().federation.append(body, false).await.unwrap();
    }
    for resident in &all {
        let summaries = |snapshot: &faccina_node::federation::Snapshot| {
            ["c_zz00", "c_zz01", "c_zz02"].iter().all(|code| {
                let author: Author = code.parse().unwrap();
                let mut entries = snapshot.replica.entries(&author, &snapshot.log);
                entries.any(|(_, entry)| matches!(entry.body, Body::Summary(_)))
            })
        };
        resident.node().until("all summaries are here", summaries).await;
    }
    (town, all)
}

pub(crate) async fn stop_all(all: &mut [Resident]) {
    for resident in all {
        resident.stop().await;
    }
}

/// Asks until the answer satisfies `wanted`: the views follow the feeds a moment later. Waits for changes, not for time.
pub(crate) async fn until<T>(
    node: &Running,
    what: &str,
    ask: impl AsyncFn() -> T,
    wanted: impl Fn(&T) -> bool,
) -> T {
    let mut client = officer(node).await;
    let asking = async {
        let mut changes = client.watch_network(wire::NetworkRequest {}).await.unwrap().into_inner();
        loop {
            let answer = ask().await;
            if wanted(&answer) {
                return answer;
            }
            changes.next().await.unwrap().unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("waits in vain until {what}"))
}

async fn comparison(node: &Running) -> wire::ComparisonReply {
    let request = wire::ComparisonRequest { month: 202_602, ..Default::default() };
    officer(node).await.comparison(request).await.unwrap().into_inner()
}

pub(crate) async fn national(node: &Running) -> wire::NationalReply {
    officer(node).await.national(wire::NationalRequest { month: 202_602 }).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_nodes_show_the_same_rows_and_recompute_the_month_that_dfp_signs() {
    let (_town, mut all) = march().await;
    let mut seen = Vec::new();
    for resident in &all {
        let node = resident.node();
        let complete = |reply: &wire::ComparisonReply| {
            reply.rows.len() == 3 && reply.rows.iter().all(|row| row.state() != SummaryState::NotDue)
        };
        let mut reply = until(node, "all rows stand", async || comparison(node).await, complete).await;
        // How far an ente lies from the node's own is the only thing that each node sees for itself.
        reply.rows.iter_mut().for_each(|row| row.distance = None);
        seen.push(reply);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
    let [first, _, third] = seen[0].rows.as_slice() else { panic!("{seen:#?}") };
    assert_eq!((first.state(), third.state()), (SummaryState::Counted, SummaryState::Refused));
    assert_eq!(
        third.reason_it,
        "sintesi rifiutata: il gruppo anagrafe/counter ha 3 voti, ne servono almeno 5"
    );
    assert!((first.green.unwrap().value - 0.8).abs() < 1e-12);

    // The enti's calendars as well: an entry is left unfetched until its day.
    for resident in &all {
        resident.node().move_to(day(20_260_320)).await;
    }
    for resident in &all {
        let node = resident.node();
        let published = |reply: &wire::NationalReply| reply.published;
        let reply = until(node, "the month is published", async || national(node).await, published).await;
        assert!(reply.identical, "{reply:#?}");
        assert_eq!((reply.expected, reply.counted, reply.refused), (3, 2, 1));
        assert_eq!(reply.total, Some(wire::Counts { green: 128, yellow: 30, red: 22 }));
        assert_eq!(reply.transmissions.len(), 3);
    }
    stop_all(&mut all).await;
}

/// What an officer reads of a month on the screens that compare, without the distances: each node measures those from
/// its own ente.
async fn compared(node: &Running) -> (wire::ComparisonReply, wire::PairReply, Vec<wire::EnteReply>) {
    let mut client = officer(node).await;
    let mut comparison = comparison(node).await;
    let pair = wire::PairRequest {
        month: 202_602,
        left: "c_zz00".into(),
        right: "c_zz01".into(),
        ..Default::default()
    };
    let mut pair = client.pair(pair).await.unwrap().into_inner();
    let mut enti = Vec::new();
    for code in ["c_zz00", "c_zz01", "c_zz02"] {
        let ente = wire::EnteRequest { ipa_code: code.into(), month: 202_602, ..Default::default() };
        enti.push(client.ente(ente).await.unwrap().into_inner());
    }
    let rows = enti.iter_mut().map(|ente| &mut ente.row).chain([&mut pair.left, &mut pair.right]);
    let rows = rows.map(|row| row.as_mut().unwrap()).chain(&mut comparison.rows);
    rows.for_each(|row| row.distance = None);
    (comparison, pair, enti)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn officers_of_two_enti_read_the_same_comparisons() {
    let (_town, mut all) = march().await;
    let mut seen = Vec::new();
    for ente in &all[1..3] {
        let node = ente.node();
        let complete = |reply: &wire::ComparisonReply| {
            reply.rows.len() == 3 && reply.rows.iter().all(|row| row.state() != SummaryState::NotDue)
        };
        until(node, "all rows stand", async || comparison(node).await, complete).await;
        seen.push(compared(node).await);
    }
    let [(comparison, pair, enti), second] = seen.as_slice() else { panic!("two enti were asked") };
    assert_eq!(seen[0], *second);
    assert!(comparison.total.is_some() && comparison.funnel.is_some(), "{comparison:#?}");
    assert!(pair.pooled.is_some() && pair.strata.len() == 1, "{pair:#?}");
    assert!(enti[..2].iter().all(|ente| ente.strata.len() == 1 && !ente.sentences.is_empty()), "{enti:#?}");
    stop_all(&mut all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_compares_two_enti_and_is_told_what_to_ask() {
    let (_town, mut all) = march().await;
    let node = all[1].node();
    let two = |reply: &wire::ComparisonReply| {
        reply.rows.iter().filter(|row| row.state() == SummaryState::Counted).count() == 2
    };
    until(node, "two months count", async || comparison(node).await, two).await;
    let mut client = officer(node).await;
    let pair = wire::PairRequest { right: "c_zz01".into(), ..Default::default() };
    let pair = client.pair(pair).await.unwrap().into_inner();
    let [stratum] = pair.strata.as_slice() else { panic!("{pair:#?}") };
    assert!((stratum.difference.unwrap() - 0.2).abs() < 1e-12, "{stratum:?}");
    assert!(stratum.newcombe.unwrap().low > 0.0 && stratum.not_comparable_it.is_empty());
    assert_eq!(pair.left.unwrap().ipa_code, "c_zz00");

    let about = client.about(wire::AboutRequest {}).await.unwrap().into_inner();
    assert_eq!(
        (about.ipa_code.as_str(), about.role.as_str(), about.months),
        ("c_zz00", "ente", vec![202_602])
    );
    assert_eq!(about.services[0].it, "Anagrafe");
    let mine = client.my_ente(wire::MyEnteRequest {}).await.unwrap().into_inner();
    assert_eq!(mine.last.unwrap().total, Some(wire::Counts { green: 80, yellow: 10, red: 10 }));
    assert!(mine.headline_it.contains("febbraio 2026: 100 voti"), "{}", mine.headline_it);
    assert!(mine.headline_en.contains("February 2026: 100 votes"), "{}", mine.headline_en);

    for (month, right) in [(202_613, "c_zz01"), (202_602, "C_ZZ01"), (202_602, "c_zz99"), (202_602, "zz_dfp")]
    {
        let wrong = wire::PairRequest { month, right: right.into(), ..Default::default() };
        let status = client.pair(wrong).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{month} {right}: {status}");
        assert!(!status.message().is_empty());
    }
    let status = officer(all[0].node()).await.my_ente(wire::MyEnteRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
    stop_all(&mut all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_sends_again_when_an_entry_arrives_and_ends_with_the_node() {
    let (_town, mut all) = march().await;
    let mut client = officer(all[1].node()).await;
    let mut watch = client.watch_network(wire::NetworkRequest {}).await.unwrap().into_inner();
    let availability = feed::Availability { available: true, ..Default::default() };
    let head = all[2].node().federation.append(Body::Availability(availability), false).await.unwrap();
    let arrives = async {
        while let Some(reply) = watch.next().await {
            let reply = reply.unwrap();
            let member = reply.members.iter().find(|member| member.ipa_code == "c_zz01").unwrap();
            assert_eq!(member.state, "ok");
            if member.head == head.sequence {
                return;
            }
        }
        panic!("the watch ended before the entry arrived");
    };
    tokio::time::timeout(PATIENCE, arrives).await.unwrap();
    let ended = async { while let Some(Ok(_)) = watch.next().await {} };
    let (_, ended) = tokio::join!(all[1].stop(), tokio::time::timeout(PATIENCE, ended));
    ended.unwrap();
    all.remove(1);
    stop_all(&mut all).await;
}
