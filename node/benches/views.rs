//! What the views of a whole country cost: 6,000 enti × 36 months, rebuilt from their feeds as a node's store holds them,
//! the memory that stays, and the time of every reply that a screen waits for.
//!
//! Names, populations and regions are those of real comuni, because sizes and names have the variety that matters here;
//! every figure is invented, and none is printed beside a name.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    reason = "a bench prints or fails, and its invented figures are small"
)]

#[path = "views/country.rs"]
mod country;

use country::{LAST_MONTH, OBSERVER, country};
use faccina_node::{
    answers::Answers,
    clock::instant,
    federation::FeedLog,
    officer::Reader,
    store::{self, Store},
    views::{Feeds, ReplicaFeeds, Views},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::{Author, IpaCode},
    replica::Replica,
    wire::officer::v1 as wire,
};
use prost::Message;
use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    sync::Arc,
    time::Duration,
};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Each reply is asked for so often.
const ROUNDS: usize = 9;

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let started = instant();
    let federation = {
        let log = FeedLog::new(Arc::new(store::open(dir.path()).unwrap()));
        country(&log)
    };
    say("signed and stored once", started.elapsed());
    let log = FeedLog::new(opened(dir.path()));
    let started = instant();
    let (replica, repairs) = Replica::open(federation, &log);
    assert!(repairs.is_empty());
    say("replica opened from the store", started.elapsed());
    let feeds = ReplicaFeeds { replica: &replica, log: &log };
    let started = instant();
    let entries = read_everything(&feeds);
    say(&format!("{entries} entries read and decoded"), started.elapsed());
    let before = resident_mib();
    let started = instant();
    let mut views = Views::new(replica.federation());
    views.follow(&feeds);
    say("VIEWS REBUILT FROM FEEDS (at most 10 s)", started.elapsed());
    let after = resident_mib();
    println!("{:<58} {:>9.0} MiB", "RESIDENT MEMORY OF THE VIEWS (at most 400 MiB)", after - before);
    let started = instant();
    views.follow(&feeds);
    say("followed again, nothing new", started.elapsed());
    println!(
        "{} enti, {} summaries count, {} refused",
        views.enti().count(),
        views.accepted().count(),
        views.refused().count()
    );
    replies(&views);
    println!("{:<58} {:>9.0} MiB", "resident with the answers kept", resident_mib() - before);
}

/// The database as a node opens it at its start, beside what reading its file alone costs.
fn opened(dir: &Path) -> Arc<store::SledStore> {
    let file = dir.join("db");
    let started = instant();
    let mut bytes = 0;
    let (mut reading, mut piece) = (File::open(&file).unwrap(), vec![0; 1 << 20]);
    while let read @ 1.. = reading.read(&mut piece).unwrap() {
        bytes += read;
    }
    say(&format!("{} MiB of the feeds' file read", bytes >> 20), started.elapsed());
    let started = instant();
    let store = Arc::new(store::open(dir).unwrap());
    say("DATABASE OPENED, ALL RECORDS ADDED UP", started.elapsed());
    let started = instant();
    let records = store.scan(b"").filter(Result::is_ok).count();
    say(&format!("{records} records read in order"), started.elapsed());
    store
}

fn replies(views: &Views) {
    let own = views.enti().next().unwrap().code.clone();
    let other = views.enti().nth(1_000).unwrap().code.clone();
    let month = Month::from_yyyymm(LAST_MONTH).unwrap();
    println!("\n{:<40} {:>12} {:>12} {:>12}", "reply (at most 150 ms)", "first", "again", "bytes");
    for (name, window) in [("month", wire::Window::Month), ("twelve", wire::Window::Twelve)] {
        for (face, indicator) in [("green", wire::Indicator::Green), ("red", wire::Indicator::Red)] {
            let (window, indicator) = (window.into(), indicator.into());
            let request = wire::ComparisonRequest { window, indicator, ..Default::default() };
            reply(&format!("comparison, {name}, {face}"), views, &own, |it| it.comparison(&request).unwrap());
            let request = wire::EnteRequest { window, indicator, ..Default::default() };
            reply(&format!("ente, {name}, {face}"), views, &own, |it| it.ente(&request).unwrap());
            let request =
                wire::PairRequest { right: other.to_string(), window, indicator, ..Default::default() };
            reply(&format!("pair, {name}, {face}"), views, &own, |it| it.pair(&request).unwrap());
        }
    }
    let filtered = wire::ComparisonRequest { service: "anagrafe".into(), ..Default::default() };
    reply("comparison, one service", views, &own, |it| it.comparison(&filtered).unwrap());
    let neighbours = wire::NeighboursRequest::default();
    reply("neighbours", views, &own, |it| it.neighbours(&neighbours).unwrap());
    reply("experts", views, &own, |it| it.experts());
    reply("national", views, &own, |it| it.national(month, None));
    let observer: IpaCode = OBSERVER.parse().unwrap();
    let twelve = wire::ComparisonRequest { window: wire::Window::Twelve.into(), ..Default::default() };
    reply("comparison, twelve, of the observer", views, &observer, |it| it.comparison(&twelve).unwrap());
}

/// The first time with no answer kept but those that the node prepares, then again; the median of each.
fn reply<T: Message>(what: &str, views: &Views, own: &IpaCode, ask: impl Fn(&Reader<'_>) -> T) {
    let today = CivilDay::from_yyyymmdd(country::TODAY).unwrap();
    let (mut first, mut again, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let answers = Answers::default();
        answers.prepare(views);
        let reader = Reader { views, answers: &answers, own, today };
        for times in [&mut first, &mut again] {
            let started = instant();
            bytes = ask(&reader).encode_to_vec().len();
            times.push(started.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    println!("{what:<40} {:>9.1} ms {:>9.1} ms {bytes:>12}", median(&mut first), median(&mut again));
}

/// So that the store's own cache is warm before the views are weighed.
fn read_everything(feeds: &ReplicaFeeds<'_>) -> u64 {
    let members = feeds.replica.roster().members().iter().map(|member| Author::Member(member.code.clone()));
    let mut read = 0;
    for author in [Author::Root].into_iter().chain(members) {
        let last = feeds.head(&author).map_or(0, |(last, _)| last);
        read += (1..=last).filter(|sequence| feeds.entry(&author, *sequence).is_some()).count() as u64;
    }
    read
}

fn say(what: &str, took: Duration) {
    println!("{what:<58} {:>9.2} s", took.as_secs_f64());
}

fn resident_mib() -> f64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = statm.split_whitespace().nth(1).expect("statm has resident pages").parse().unwrap();
    pages * 4_096.0 / f64::from(1 << 20)
}
