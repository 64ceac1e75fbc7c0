//! The observer is away for a quarter: nobody needs it, and on its return nothing is missing.

use super::{
    officer::{march, officer, stop_all, summary, until},
    town::{Resident, Running, day},
};
use faccina_node::{
    config::{Config, FederationFile},
    federation::Snapshot,
    verify::{self, Report},
    views::Recomputed,
};
use faccina_proto::{
    feed::Body,
    names::Author,
    wire::officer::v1::{self as wire, SummaryState},
};

/// The months of the quarter, with the day on which each closes.
const AWAY: [(u32, u32); 3] = [(202_603, 20_260_411), (202_604, 20_260_511), (202_605, 20_260_611)];
const LEAVES: u32 = 20_260_311;
const RETURN: u32 = 20_260_625;

/// Whether each of the two good enti has published so many summaries.
fn holds(snapshot: &Snapshot, summaries: usize) -> bool {
    ["c_zz00", "c_zz01"].iter().all(|code| {
        let author: Author = code.parse().unwrap();
        let entries = snapshot.replica.entries(&author, &snapshot.log);
        entries.filter(|(_, entry)| matches!(entry.body, Body::Summary(_))).count() == summaries
    })
}

/// What the officer of a node reads of a month, whether published or not.
async fn national(node: &Running, month: u32) -> wire::NationalReply {
    officer(node).await.national(wire::NationalRequest { month }).await.unwrap().into_inner()
}

/// The figures of a month, without what tells who published them and when.
fn figures(reply: &wire::NationalReply) -> wire::NationalReply {
    wire::NationalReply {
        published: false,
        identical: false,
        publications: Vec::new(),
        verdict_it: String::new(),
        verdict_en: String::new(),
        headline_it: String::new(),
        headline_en: String::new(),
        ..reply.clone()
    }
}

/// The first ente is a hub beside the observer: those who are left find each other there.
async fn name_another_hub(all: &mut [Resident]) {
    let another = all[1].node().federation.network().listening.clone();
    for resident in all.iter() {
        let path = Config::load(&resident.config).unwrap().federation_file;
        let mut file = FederationFile::load(&path).unwrap();
        file.hubs.extend(another.clone());
        std::fs::write(path, file.to_toml()).unwrap();
    }
    for ente in &mut all[2..] {
        ente.stop().await;
        ente.start_on(day(LEAVES)).await;
    }
}

/// The enti close three months among themselves and compare them; what each computes of every month.
async fn quarter_without_the_observer(enti: &[Resident]) -> Vec<wire::NationalReply> {
    for (place, (month, closes)) in AWAY.into_iter().enumerate() {
        for ente in enti {
            ente.node().move_to(day(closes)).await;
        }
        let green = 60 + 10 * u32::try_from(place).unwrap();
        for (ente, red) in enti.iter().zip([10, 20]) {
            let body = summary(month, Vec::new(), (green, 10, red));
            ente.node().federation.append(body, false).await.unwrap();
        }
        for ente in enti {
            ente.node().until("the month of both is here", |held| holds(held, place + 2)).await;
            let compared = async || {
                let asked = wire::ComparisonRequest { month, ..Default::default() };
                officer(ente.node()).await.comparison(asked).await.unwrap().into_inner()
            };
            let two = |reply: &wire::ComparisonReply| {
                reply.rows.iter().filter(|row| row.state() == SummaryState::Counted).count() == 2
            };
            until(ente.node(), "two enti can be compared", compared, two).await;
        }
    }
    for ente in enti {
        ente.node().move_to(day(RETURN)).await;
    }
    let mut seen = Vec::new();
    for month in [202_602].into_iter().chain(AWAY.map(|(month, _)| month)) {
        let first = figures(&national(enti[0].node(), month).await);
        for ente in &enti[1..] {
            assert_eq!(figures(&national(ente.node(), month).await), first, "{month}");
        }
        seen.push(first);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_away_for_a_quarter_publishes_the_months_that_the_enti_computed_without_it() {
    let (_town, mut all) = march().await;
    // The month before anybody gave one is over; it is out before the observer goes.
    for resident in &all {
        let january = async || national(resident.node(), 202_601).await;
        until(resident.node(), "January is out", january, |reply| reply.published).await;
    }
    all[0].stop().await;
    name_another_hub(&mut all).await;
    let computed = quarter_without_the_observer(&all[1..]).await;
    let counted: Vec<_> = computed.iter().map(|month| (month.month, month.counted, month.total)).collect();
    let total = |green, yellow, red| Some(wire::Counts { green, yellow, red });
    let expected = [
        (202_602, 2, total(128, 30, 22)),
        (202_603, 2, total(120, 20, 30)),
        (202_604, 2, total(140, 20, 30)),
        (202_605, 2, total(160, 20, 30)),
    ];
    assert_eq!(counted, expected);

    // An auditor needs no observer to verify the summaries.
    let held = all[1].node().federation.snapshot();
    let bundle = held.export().unwrap();
    let report = verify::verify(bundle.into(), Some(held.replica.federation())).unwrap();
    assert!(report.root_checked && report.forked.is_empty(), "{:?}", report.forked);
    let out = |report: &Report| report.verdicts.iter().map(|it| it.month.yyyymm()).collect::<Vec<_>>();
    assert_eq!(out(&report), [202_601], "nobody publishes months in the observer's place");
    assert_eq!(report.refused.len(), 1, "{:?}", report.refused);

    all[0].start_on(day(RETURN)).await;
    for (month, computed) in computed.iter().map(|computed| (computed.month, computed)) {
        for resident in &all {
            let node = resident.node();
            let reply = until(
                node,
                "the month is published",
                async || national(node, month).await,
                |reply| reply.published,
            )
            .await;
            assert!(reply.identical, "{reply:#?}");
            assert_eq!(reply.publications.len(), 1, "{month}: published once");
            assert_eq!(figures(&reply), *computed, "{month}");
        }
    }
    let held = all[2].node().federation.snapshot();
    let report = verify::verify(held.export().unwrap().into(), Some(held.replica.federation())).unwrap();
    let sequences: Vec<u64> = report.verdicts.iter().map(|verdict| verdict.published.sequence).collect();
    assert!(sequences.is_sorted(), "oldest first: {sequences:?}");
    assert_eq!(out(&report), [202_601, 202_602, 202_603, 202_604, 202_605]);
    assert_eq!((report.identical(), report.failures().count()), (5, 0));
    assert!(report.verdicts.iter().all(|verdict| verdict.found == Recomputed::Identical));
    stop_all(&mut all).await;
}
