//! A member in Python, written from the description of the wire alone, among the node's own federation services over
//! loopback: it has to follow the federation to the same digest, and what it publishes has to count with all.

use crate::{
    founding::{first_day, key, survey_begins},
    live::{Member, Town},
};
use clap::Args;
use faccina_node::{
    clock::{Clock, ClockError},
    federation::{AppendError, Federation, FederationError, FederationStopped},
    store::MemoryStore,
    views::{self, ReplicaFeeds, Views},
};
use faccina_proto::{envelope::Id, feed::Body, names::Author, replica::Strict, wire::feed::v1 as wire};
use std::{fmt, fs, io, path::PathBuf, process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// The observer, two hubs, three enti; the last of them in Python.
const MEMBERS: usize = 6;
/// Of these nodes, in milliseconds.
const SYNC_INTERVAL_MS: u64 = 500;
/// Something that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the member in Python publishes: service, channel, greens, yellows, reds.
const GROUPS: [(&str, &str, u64, u64, u64); 3] =
    [("anagrafe", "counter", 140, 15, 7), ("anagrafe", "web", 40, 6, 3), ("tributi", "counter", 25, 0, 0)];

/// Where Python is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// A Python in which `simulations/interop/requirements.txt` is installed.
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// The program of the member in Python.
    #[arg(long, default_value = "simulations/interop/peer.py", value_name = "FILE")]
    peer: PathBuf,
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Report {
    digest: String,
    entries: String,
    votes: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, entries, votes } = self;
        writeln!(f, "the member in Python verified {entries} entries and has the nodes' digest, {digest}")?;
        write!(
            f,
            "its summary is accepted by all {} nodes; the national month counts {votes} votes",
            MEMBERS - 1
        )
    }
}

/// Why Python and these nodes do not understand each other.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("this machine cannot run the nodes")]
    Machine(#[from] io::Error),
    #[error("the calendar cannot be set")]
    Clock(#[from] ClockError),
    #[error("a node cannot start")]
    Start(#[from] FederationError),
    #[error("a node has stopped")]
    Stopped(#[from] FederationStopped),
    #[error("a node cannot publish")]
    Publish(#[from] AppendError),
    /// Install Python 3.11 or later and `simulations/interop/requirements.txt`, and name it with `--python`.
    #[error("{} cannot be started: is Python there? Name it with --python", python.display())]
    Python { python: PathBuf, source: io::Error },
    #[error("the member in Python ended; what it wrote to the standard error says why")]
    Ended,
    #[error("waited in vain for {0}")]
    Slow(&'static str),
    #[error("the member in Python said {said:?} instead of {wanted}")]
    Said { said: String, wanted: &'static str },
    #[error("the national month counts {counted} votes of {published}, {refused} summaries are refused")]
    Votes { counted: u64, published: u64, refused: usize },
    #[error("the observer cannot name what it counted: {0}")]
    AsOf(String),
}

/// Runs it.
pub(crate) fn run(settings: &Settings) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut federation = Nodes::start().await?;
        let outcome = federation.walk(settings).await;
        federation.stop.cancel();
        while federation.tasks.join_next().await.is_some() {}
        outcome
    })
}

struct Nodes {
    town: Town,
    clock: Clock,
    /// Of all members but the last.
    nodes: Vec<Federation>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Nodes {
    async fn start() -> Result<Self, Failure> {
        let (town, clock) = (Town::found(MEMBERS, 1), Clock::demo(first_day())?);
        let (mut tasks, stop, mut nodes) = (JoinSet::new(), CancellationToken::new(), Vec::new());
        for member in town.members.iter().take(MEMBERS - 1) {
            let mut settings =
                member.settings(&town.file, &clock, Arc::new(MemoryStore::new()), Arc::new(Strict));
            settings.sync_interval_ms = Some(SYNC_INTERVAL_MS);
            let node = Federation::start(settings, &mut tasks, stop.clone())?;
            node.import(town.root.clone()).await?;
            nodes.push(node);
        }
        Ok(Self { town, clock, nodes, tasks, stop })
    }

    fn python(&self) -> &Member {
        &self.town.members[MEMBERS - 1]
    }

    async fn walk(&self, settings: &Settings) -> Result<Report, Failure> {
        self.greeted().await?;
        let id = self.nodes[0].append(Body::CataloguePart(self.town.month.part.clone()), false).await?.id;
        let closing = self.town.month.catalogue.closing(&[id]);
        self.nodes[0].append(Body::CatalogueClosing(closing), false).await?;
        let mut python = Python::start(settings, self.python(), &self.town.file.to_toml())?;
        python.agrees(self).await?;

        let day = survey_begins().next().first_day().plus_days(10);
        self.clock.set_demo(day, 9)?;
        let mut published = 0;
        for (node, member) in self.nodes.iter().zip(&self.town.members) {
            let Some(ente) = &member.ente else { continue };
            node.append(Body::Summary(ente.summary.to_wire()), false).await?;
            published += ente.votes_published;
        }
        python.agrees(self).await?;

        python.tell(&format!("publish {} {}", day.yyyymmdd(), survey_begins().yyyymm())).await?;
        let said = python.hear("published").await?;
        let id: Option<Id> = said.split(' ').next().and_then(hex_id);
        let id = id.ok_or(Failure::Said { said, wanted: "the id of what it published" })?;
        let author = Author::Member(self.python().place.code.clone());
        self.all_hold(&author, &id).await?;
        published += GROUPS.iter().map(|(_, _, green, yellow, red)| green + yellow + red).sum::<u64>();
        let national = self.national(published)?;
        self.nodes[0].append(Body::NationalMonth(national), false).await?;
        let (digest, entries) = python.agrees(self).await?;
        python.stop().await?;
        Ok(Report { digest, entries, votes: published })
    }

    /// Until every node may publish.
    async fn greeted(&self) -> Result<(), Failure> {
        for node in &self.nodes {
            let mut states = node.watch_network();
            let wait = states.wait_for(|state| state.own_head_is_checked);
            soon("the nodes to meet", wait).await?.map_err(|_| FederationStopped::Stopped)?;
        }
        Ok(())
    }

    /// Until all nodes hold what each of them has published; returns the digest that they agree on.
    async fn settled(&self) -> Result<String, Failure> {
        for node in &self.nodes {
            if let Some(head) = node.snapshot().replica.head(node.own()) {
                self.all_hold(node.own(), &head.id).await?;
            }
        }
        Ok(hex(&self.nodes[0].snapshot().replica.digest()))
    }

    /// Until every node holds this as the last entry of `author`.
    async fn all_hold(&self, author: &Author, id: &Id) -> Result<(), Failure> {
        for node in &self.nodes {
            let mut feeds = node.subscribe();
            let wait =
                feeds.wait_for(|snapshot| snapshot.replica.head(author).is_some_and(|head| head.id == *id));
            soon("all to hold what was published", wait).await?.map_err(|_| FederationStopped::Stopped)?;
        }
        Ok(())
    }

    /// The national month, after all nodes have counted so many votes and refused nothing.
    fn national(&self, published: u64) -> Result<wire::NationalMonth, Failure> {
        let mut month = None;
        for node in &self.nodes {
            let snapshot = node.snapshot();
            let feeds = ReplicaFeeds { replica: &snapshot.replica, log: &snapshot.log };
            let mut views = Views::new(snapshot.replica.federation());
            views.follow(&feeds);
            let national = views.national(survey_begins());
            let (counted, refused) = (national.total.n(), views.refused().count());
            if counted != published || refused > 0 {
                return Err(Failure::Votes { counted, published, refused });
            }
            let as_of = views::now(&views, &feeds, &self.town.members[0].place.code)
                .map_err(|error| Failure::AsOf(error.to_string()))?;
            month.get_or_insert(national.to_wire(survey_begins(), 0, as_of));
        }
        Ok(month.expect("there are nodes"))
    }
}

async fn soon<T>(what: &'static str, wait: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(PATIENCE, wait).await.map_err(|_| Failure::Slow(what))
}

fn hex_id(hex: &str) -> Option<Id> {
    let digits = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digits).collect();
    Id::from_slice(&bytes?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The member in Python.
struct Python {
    process: Child,
    orders: ChildStdin,
    words: Lines<BufReader<ChildStdout>>,
    _files: tempfile::TempDir,
}

impl Python {
    fn start(settings: &Settings, member: &Member, federation: &str) -> Result<Self, Failure> {
        let files = tempfile::tempdir()?;
        let (file, keys) = (files.path().join("federation.toml"), files.path().join("keys.json"));
        fs::write(&file, federation)?;
        let secret = serde_json::json!({
            "code": member.place.code.as_str(),
            "feed": hex(&key(member.place.code.as_str()).to_bytes()),
            "transport": hex(&member.transport.to_bytes()),
            "groups": GROUPS,
        });
        fs::write(&keys, secret.to_string())?;
        let mut process = Command::new(&settings.python)
            .arg(&settings.peer)
            .arg("--federation")
            .arg(&file)
            .arg("--keys")
            .arg(&keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| Failure::Python { python: settings.python.clone(), source })?;
        let orders = process.stdin.take().ok_or(Failure::Ended)?;
        let words = BufReader::new(process.stdout.take().ok_or(Failure::Ended)?).lines();
        Ok(Self { process, orders, words, _files: files })
    }

    async fn tell(&mut self, order: &str) -> Result<(), Failure> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await?;
        Ok(self.orders.flush().await?)
    }

    /// What follows `word` in the next line that begins with it.
    async fn hear(&mut self, word: &'static str) -> Result<String, Failure> {
        loop {
            let line = soon(word, self.words.next_line()).await??.ok_or(Failure::Ended)?;
            if let Some(rest) = line.strip_prefix(word) {
                return Ok(rest.trim().to_owned());
            }
        }
    }

    /// Until it says that it has the digest on which the nodes agree. Returns it, and its entries.
    async fn agrees(&mut self, nodes: &Nodes) -> Result<(String, String), Failure> {
        let wanted = nodes.settled().await?;
        loop {
            let said = self.hear("synced").await?;
            match said.split_once(' ') {
                Some((digest, entries)) if digest == wanted => return Ok((wanted, entries.to_owned())),
                Some(_) => {}
                None => return Err(Failure::Said { said, wanted: "a digest and a number" }),
            }
        }
    }

    async fn stop(mut self) -> Result<(), Failure> {
        self.tell("stop").await?;
        soon("Python to end", self.process.wait()).await??;
        Ok(())
    }
}
