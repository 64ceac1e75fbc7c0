//! Hundreds of the node's own federation services in one process, over loopback with Noise: a month is published by all,
//! reaches all, and what that costs is counted on the sockets, from the first handshake on.
//!
//! Real: the swarm, the sync machine, every signature's verdict. Shared by the nodes of the process: the bytes of entries,
//! and verdicts on the same envelope. Each keeps for itself which entries it holds.

mod shelf;
mod town;
mod report;

use crate::{founding::first_day, verdicts::Verdicts};
use clap::Args;
use faccina_node::{
    clock::{Clock, ClockError, instant},
    federation::{AppendError, Federation, FederationError, FederationStopped, Snapshot, Traffic},
    views::{self, ReplicaFeeds, Views},
};
use faccina_proto::{
    calendar::CivilDay,
    envelope::Envelope,
    feed::{Body, Signed},
    replica::{Log, Signatures},
    wire::feed::v1 as wire,
};
pub(crate) use report::Report;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use shelf::{Possession, Shelf};
use std::{
    fs, io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
pub(crate) use town::{Member, Town};

/// A phase that takes longer has failed.
const PHASE_MAX: Duration = Duration::from_secs(360);
/// Nodes whose views compute the national month.
const SAMPLED: usize = 5;
/// Threads that write.
const WRITERS: usize = 4;

/// What is run.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Nodes in all: the observer, two hubs, enti. The limits are those of 300: what a connection costs weighs more where
    /// fewer publish.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(40..=2_000))]
    nodes: u16,
    /// What the enti publish follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds over which the enti publish their month. Of the 5,966 enti of 2010, publishing within an hour, as many come
    /// in a second as of 300 in three minutes.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u16).range(0..=3_600))]
    spread_s: u16,
}

/// A run that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("this machine cannot run the nodes")]
    Machine(#[from] io::Error),
    #[error("the calendar cannot be set")]
    Clock(#[from] ClockError),
    /// If the system allows this user few open files, `ulimit -Hn` says how many: a run needs 20 a node.
    #[error("node {code} cannot start")]
    Start { code: String, source: FederationError },
    #[error("node {code} has stopped")]
    Stopped { code: String, source: FederationStopped },
    #[error("node {code} cannot publish")]
    Publish { code: String, source: AppendError },
    #[error("{phase}: {waiting} of {nodes} nodes did not get there within {} s", PHASE_MAX.as_secs())]
    Slow { phase: &'static str, waiting: usize, nodes: usize },
    #[error("node {code} computes {what} other than the observer's")]
    Differs { code: String, what: &'static str },
    #[error("the national month counts {counted} votes, {published} were published")]
    Votes { counted: u64, published: u64 },
    #[error("the observer cannot name what it counted: {0}")]
    AsOf(String),
}

/// Runs it.
pub(crate) fn run(settings: &Settings) -> Result<Report, Failure> {
    open_files_all()?;
    let empty_bytes = resident_bytes()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(WRITERS).build()?;
    runtime.block_on(async {
        let mut run = Run::start(settings).await?;
        let outcome = run.walk(settings, empty_bytes).await;
        run.stop.cancel();
        while run.tasks.join_next().await.is_some() {}
        outcome
    })
}

/// Each connection is an open file at both ends: as many as this process may have, whatever the shell has set.
fn open_files_all() -> io::Result<()> {
    let limits = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits })?)
}

/// Memory of this process, in bytes.
fn resident_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib * 1_024).ok_or_else(|| io::Error::other("/proc/self/status names no VmRSS"))
}

struct Run {
    town: Town,
    nodes: Vec<Federation>,
    clock: Clock,
    verdicts: Arc<Verdicts>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    /// Entries beside those of the root feed.
    published: u64,
    phases: Vec<(&'static str, Duration)>,
    phase_began: Instant,
}

impl Run {
    async fn start(settings: &Settings) -> Result<Self, Failure> {
        let mut run = Self {
            town: Town::found(usize::from(settings.nodes), settings.seed),
            nodes: Vec::new(),
            clock: Clock::demo(first_day())?,
            verdicts: Arc::default(),
            tasks: JoinSet::new(),
            stop: CancellationToken::new(),
            published: 0,
            phases: Vec::new(),
            phase_began: instant(),
        };
        let shelf = Arc::new(Shelf::default());
        for member in &run.town.members {
            let signatures: Arc<dyn Signatures> = run.verdicts.clone();
            let store = Arc::new(Possession::new(&shelf));
            let settings = member.settings(&run.town.file, &run.clock, store, signatures);
            let node = Federation::start(settings, &mut run.tasks, run.stop.clone())
                .map_err(|source| Failure::Start { code: code(member), source })?;
            node.import(run.town.root.clone())
                .await
                .map_err(|source| Failure::Stopped { code: code(member), source })?;
            run.nodes.push(node);
        }
        run.phase_over("all started, with the root feed");
        Ok(run)
    }

    async fn walk(&mut self, settings: &Settings, empty_bytes: u64) -> Result<Report, Failure> {
        self.connect().await?;
        self.prepare().await?;
        self.move_to(first_day().plus_days(31 + 31 + 10)).await?;
        let last_to_all = self.publish_month(Duration::from_secs(settings.spread_s.into())).await?;
        self.publish_national().await?;
        let memory_bytes = resident_bytes()?.saturating_sub(empty_bytes);
        let digest = self.agreed_digest()?;
        let [all, summaries] = self.published_bytes();
        Ok(Report {
            nodes: settings.nodes.into(),
            dialable: self.town.members.iter().filter(|member| member.address.is_some()).count(),
            seed: settings.seed,
            votes: self.town.votes(),
            phases: std::mem::take(&mut self.phases),
            last_to_all,
            connections: self.nodes.iter().map(|node| node.network().connected.len()).sum::<usize>() / 2,
            entries: self.published,
            entry_bytes: all.1,
            summaries: summaries.0,
            summary_bytes: summaries.1,
            totals: self.totals(),
            memory_bytes,
            verified: self.verdicts.count(),
            digest,
            sampled: SAMPLED,
        })
    }

    fn phase_over(&mut self, phase: &'static str) {
        self.phases.push((phase, self.phase_began.elapsed()));
        self.phase_began = instant();
    }

    /// Until every node has heard from a member what it holds of the node's own feed.
    async fn connect(&mut self) -> Result<(), Failure> {
        let phase = "all connected and greeted";
        let deadline = tokio::time::Instant::now() + PHASE_MAX;
        let mut waiting = 0;
        for node in &self.nodes {
            let mut states = node.watch_network();
            let wait = states.wait_for(|state| state.own_head_is_checked);
            waiting += usize::from(!matches!(tokio::time::timeout_at(deadline, wait).await, Ok(Ok(_))));
        }
        self.there(phase, waiting)
    }

    /// Contacts, the catalogue, the plans of the survey.
    async fn prepare(&mut self) -> Result<(), Failure> {
        let part = Body::CataloguePart(self.town.month.part.clone());
        let id = self.publish(0, part).await?;
        let closing = self.town.month.catalogue.closing(&[id]);
        self.publish(0, Body::CatalogueClosing(closing)).await?;
        for number in 0..self.nodes.len() {
            let member = &self.town.members[number];
            let plan = member.ente.as_ref().map(|ente| Body::SurveyPlan(ente.plan.clone()));
            let contact = member.contact().map(|address| wire::Contact { addresses: vec![address] });
            for body in contact.map(Body::Contact).into_iter().chain(plan) {
                self.publish(number, body).await?;
            }
        }
        self.all_hold_all("catalogue, contacts and plans at all nodes").await
    }

    async fn move_to(&self, day: CivilDay) -> Result<(), Failure> {
        self.clock.set_demo(day, 9)?;
        for (node, member) in self.nodes.iter().zip(&self.town.members) {
            node.tick().await.map_err(|source| Failure::Stopped { code: code(member), source })?;
        }
        Ok(())
    }

    /// Returns how long the last summary took to all.
    async fn publish_month(&mut self, spread: Duration) -> Result<Duration, Failure> {
        let began = tokio::time::Instant::now();
        let count = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        for number in 0..self.nodes.len() {
            let Some(ente) = &self.town.members[number].ente else { continue };
            let body = Body::Summary(ente.summary.to_wire());
            let turn = u32::try_from(number).unwrap_or(u32::MAX);
            tokio::time::sleep_until(began + spread * turn / count).await;
            self.publish(number, body).await?;
        }
        let last = instant();
        self.all_hold_all("the month of all enti at all nodes").await?;
        Ok(last.elapsed())
    }

    /// A sample of nodes computes the national month; the observer publishes it.
    async fn publish_national(&mut self) -> Result<(), Failure> {
        let month = crate::founding::survey_begins();
        self.move_to(month.next().first_day().plus_days(19)).await?;
        let national = self.national(&self.nodes[0].snapshot())?;
        let published = self.town.votes();
        let counted = national.1;
        if counted != published {
            return Err(Failure::Votes { counted, published });
        }
        let last = self.nodes.len() - 1;
        for number in (1..SAMPLED).map(|part| last * part / (SAMPLED - 1)) {
            if self.national(&self.nodes[number].snapshot())? != national {
                let code = code(&self.town.members[number]);
                return Err(Failure::Differs { code, what: "a national month" });
            }
        }
        self.publish(0, Body::NationalMonth(national.0)).await?;
        self.all_hold_all("the national month computed, and at all nodes").await
    }

    /// The national month as these feeds have it, and its votes.
    fn national(&self, snapshot: &Snapshot) -> Result<(wire::NationalMonth, u64), Failure> {
        let month = crate::founding::survey_begins();
        let feeds = ReplicaFeeds { replica: &snapshot.replica, log: &snapshot.log };
        let mut views = Views::new(snapshot.replica.federation());
        views.follow(&feeds);
        let observer = &self.town.members[0].place.code;
        let as_of = views::now(&views, &feeds, observer).map_err(|error| Failure::AsOf(error.to_string()))?;
        let national = views.national(month);
        Ok((national.to_wire(month, 0, as_of), national.total.n()))
    }

    async fn publish(&mut self, number: usize, body: Body) -> Result<faccina_proto::envelope::Id, Failure> {
        let head = self.nodes[number]
            .append(body, false)
            .await
            .map_err(|source| Failure::Publish { code: code(&self.town.members[number]), source })?;
        self.published += 1;
        Ok(head.id)
    }

    async fn all_hold_all(&mut self, phase: &'static str) -> Result<(), Failure> {
        let deadline = tokio::time::Instant::now() + PHASE_MAX;
        let mut waiting = 0;
        for node in &self.nodes {
            let mut feeds = node.subscribe();
            let wait = feeds.wait_for(|snapshot| held(snapshot) == self.published);
            waiting += usize::from(!matches!(tokio::time::timeout_at(deadline, wait).await, Ok(Ok(_))));
        }
        self.there(phase, waiting)
    }

    fn there(&mut self, phase: &'static str, waiting: usize) -> Result<(), Failure> {
        if waiting > 0 {
            return Err(Failure::Slow { phase, waiting, nodes: self.nodes.len() });
        }
        self.phase_over(phase);
        Ok(())
    }

    fn agreed_digest(&self) -> Result<[u8; 32], Failure> {
        let digest = self.nodes[0].snapshot().replica.digest();
        for (node, member) in self.nodes.iter().zip(&self.town.members) {
            if node.snapshot().replica.digest() != digest {
                return Err(Failure::Differs { code: code(member), what: "a digest" });
            }
        }
        Ok(digest)
    }

    /// Numbers and bytes: of all entries beside the root feed, of the summaries.
    fn published_bytes(&self) -> [(u64, u64); 2] {
        let snapshot = self.nodes[0].snapshot();
        let log: &dyn Log = &snapshot.log;
        let federation = snapshot.replica.federation().id();
        let [mut all, mut summaries] = [(0, 0); 2];
        for (author, feed) in snapshot.replica.feeds().skip(1) {
            let entries = (1..=feed.held()).filter_map(|sequence| log.entry(&author, sequence));
            for envelope in entries.filter_map(|bytes| Envelope::parse(bytes).ok()) {
                let bytes = u64::try_from(envelope.bytes().len()).unwrap_or(u64::MAX);
                all = (all.0 + 1, all.1 + bytes);
                let signed = Signed::trusted(envelope, federation);
                if signed.is_ok_and(|signed| matches!(signed.entry().body, Body::Summary(_))) {
                    summaries = (summaries.0 + 1, summaries.1 + bytes);
                }
            }
        }
        [all, summaries]
    }

    fn totals(&self) -> Traffic {
        let mut totals = Traffic::default();
        for traffic in self.nodes.iter().map(Federation::traffic) {
            totals.sent_bytes += traffic.sent_bytes;
            totals.received_bytes += traffic.received_bytes;
            totals.entries += traffic.entries;
            totals.entry_bytes += traffic.entry_bytes;
            totals.parts.iter_mut().zip(traffic.parts).for_each(|(total, bytes)| *total += bytes);
            for (total, heard) in totals.heard.iter_mut().zip(traffic.heard) {
                total.number += heard.number;
                total.bytes += heard.bytes;
            }
        }
        totals
    }
}

fn code(member: &Member) -> String {
    member.place.code.to_string()
}

/// Entries beside those of the root feed.
fn held(snapshot: &Snapshot) -> u64 {
    snapshot.replica.feeds().skip(1).map(|(_, feed)| feed.held()).sum()
}
