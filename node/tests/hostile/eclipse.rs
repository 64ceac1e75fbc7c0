//! A late joiner that hears only what a hostile hub lets through: the national month gives it away.

use crate::town::{PATIENCE, Resident, Town, day};
use faccina_node::{
    config::Role,
    views::{ReplicaFeeds, Views, now},
};
use faccina_proto::{
    feed::Body,
    names::Author,
    replica::Log,
    wire::{
        admin::v1::StatusRequest,
        feed::v1::{Availability, NationalMonth, Role as FeedRole},
    },
};

async fn warnings(resident: &Resident) -> Vec<String> {
    resident.node().admin().await.status(StatusRequest {}).await.unwrap().into_inner().warnings
}

/// The views follow the feeds a moment later.
async fn until_said(late: &Resident, wanted: impl Fn(&[String]) -> bool) {
    let begun = faccina_node::clock::instant();
    loop {
        let said = warnings(late).await;
        if wanted(&said) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{said:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_joiner_that_is_kept_from_entries_notices() {
    let mut town = Town::found();
    let mut observer = town.open().await;
    let mut ente = town.settle("c_zz01", Role::Ente);
    let mut late = town.settle("c_zz02", Role::Ente);
    town.admit(observer.node(), &ente, FeedRole::Ente).await;
    town.admit(observer.node(), &late, FeedRole::Ente).await;
    ente.start().await;
    ente.node().until_network("it may publish", |state| state.own_head_is_checked).await;
    let note = Availability { available: true, ..Availability::default() };
    ente.node().federation.append(Body::Availability(note), false).await.unwrap();
    let author: Author = "c_zz01".parse().unwrap();
    observer.node().until("the note is here", |it| it.replica.head(&author).is_some()).await;
    observer.node().move_to(day(20_260_220)).await;
    let held = observer.node().federation.snapshot();
    let feeds = ReplicaFeeds { replica: &held.replica, log: &held.log };
    let mut views = Views::new(held.replica.federation());
    views.follow(&feeds);
    let as_of = Some(now(&views, &feeds, &"zz_dfp".parse().unwrap()).unwrap());
    let national = NationalMonth { month: 202_601, rules_version: 1, as_of, ..NationalMonth::default() };
    observer.node().federation.append(Body::NationalMonth(national), true).await.unwrap();
    // What the hostile hub lets through: everything but one member's entries. No other node is to be met.
    let held = observer.node().federation.snapshot();
    let all = |author: &Author| {
        let author = author.clone();
        let held = &held;
        (1..).map_while(move |sequence| held.entry(&author, sequence)).collect::<Vec<_>>()
    };
    let (root, dfp) = (all(&Author::Root), all(&"zz_dfp".parse().unwrap()));
    observer.stop().await;
    ente.stop().await;
    late.start_on(day(20_260_221)).await;
    let let_through = [root, dfp].concat();
    late.node().federation.import(let_through).await.unwrap();
    let behind = |line: &String| line.starts_with("behind the national month 2026-01: entries of 1 feeds");
    until_said(&late, |said| said.iter().any(behind)).await;
    // Somebody brings the rest.
    late.node().federation.import(all(&author)).await.unwrap();
    until_said(&late, |said| !said.iter().any(|line| line.contains("national month"))).await;
    // Two months later nothing has come from DFP: that is said too.
    late.node().move_to(day(20_260_420)).await;
    let missed = |line: &String| line.starts_with("the national month 2026-02 has not come");
    until_said(&late, |said| said.iter().any(missed)).await;
    late.stop().await;
}
