//! A device with the agent on it, a process of its own that is killed and started again; and what is in ballot boxes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use faccina_node::clock::{Clock, instant};
use faccina_node::device::local::{self, LocalError};
use faccina_node::kiosk::enrolment::Terminal;
use faccina_node::kiosk::queue::{BALLOTS_MAX, Queue, Waiting};
use faccina_node::kiosk::sealed::SealedStore;
use faccina_node::store::{self, Store};
use faccina_proto::ballot::Cast;
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::envelope::{Envelope, Id};
use serde_json::{Value, json};

use crate::office::day;
use crate::process::{PATIENCE, Process, Town};

/// Nobody answers there.
pub(super) const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
/// Between two looks at something that takes its time.
const LOOK: Duration = Duration::from_millis(20);

/// A terminal at a counter.
pub(super) struct Device {
    pub(super) dir: PathBuf,
    pub(super) process: Option<Process>,
    shift_s: i64,
}

/// Seconds by which a clock must be wrong to show this moment now.
pub(crate) fn shift_to(yyyymmdd: u32, second_of_day: i64) -> i64 {
    let nine = Clock::demo(day(yyyymmdd)).unwrap().now().unix_s;
    let now = Clock::system().unwrap().now().unix_s;
    i64::try_from(nine).unwrap() - 9 * 3600 + second_of_day - i64::try_from(now).unwrap()
}

impl Device {
    /// In `dir`, with a clock that is wrong by `shift_s`.
    pub(super) fn new(dir: PathBuf, shift_s: i64) -> Self {
        Self { dir, process: None, shift_s }
    }

    /// The same device with another clock.
    pub(super) fn set_clock(&mut self, shift_s: i64) {
        self.shift_s = shift_s;
    }

    fn command(&self, act: &[&str], node: SocketAddr) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
        command
            .arg("kiosk")
            .args(act)
            .args(["--node", &format!("https://{node}"), "--listen", "127.0.0.1:0", "--calendar", "own"])
            .args(["--shift-clock", &self.shift_s.to_string()])
            .arg("--dir")
            .arg(&self.dir)
            .stdin(Stdio::null());
        command
    }

    /// Starts the agent and waits until it names its page.
    pub(super) fn start(&mut self, node: SocketAddr, flags: &[&str]) {
        let log = std::fs::File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut command = self.command(&[], node);
        let mut process = Process(command.args(flags).stdout(Stdio::piped()).stderr(log).spawn().unwrap());
        let lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let begun = lines.map_while(Result::ok).any(|line| line.starts_with("Kiosk page  "));
        assert!(begun, "the agent does not start: {}", self.log());
        self.process = Some(process);
    }

    fn log_file(&self) -> PathBuf {
        self.dir.with_extension("log")
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        drop(self.process.take());
    }

    /// `faccina kiosk cast` beside the agent.
    pub(super) fn cast(&self, csv: &Path) -> Output {
        self.command(&["cast", "--csv", csv.to_str().unwrap()], NOWHERE).output().unwrap()
    }

    pub(super) fn casting(&self, csv: &Path) -> Child {
        let mut command = self.command(&["cast", "--csv", csv.to_str().unwrap()], NOWHERE);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// One touch on the green face.
    pub(super) async fn tap(&self, number: u32) -> Result<Value, LocalError> {
        let tap = json!({ "tap": format!("{number:032x}"), "service": "anagrafe", "face": "green" });
        local::post(&self.dir, "/api/taps", "application/json", tap.to_string().into_bytes()).await
    }

    /// Touches until it is thanked for.
    pub(super) async fn tap_until_kept(&self, number: u32) {
        let begun = instant();
        while let Err(error) = self.tap(number).await {
            assert!(begun.elapsed() < PATIENCE, "no thanks: {error}\n{}", self.log());
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(super) async fn status(&self) -> Value {
        local::get(&self.dir, "/status").await.unwrap()
    }

    /// Asks how it is until that holds.
    pub(super) async fn until(&self, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = instant();
        loop {
            let status = self.status().await;
            if holds(&status) {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "still {status}\n{}", self.log());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The queue on the disk of the stopped agent.
    pub(super) fn queue(&self) -> Vec<Waiting> {
        assert!(self.process.is_none());
        let terminal = Terminal::load(&self.dir).unwrap().unwrap();
        let below = Arc::new(store::open(&self.dir.join("queue.db")).unwrap());
        let sealed = Arc::new(SealedStore::open(below, &self.dir).unwrap());
        Queue::unseal(sealed, terminal.federation).unwrap().oldest(BALLOTS_MAX, &BTreeSet::new())
    }
}

/// The ids of ballots; each stands there once.
pub(super) fn ids(waiting: &[Waiting]) -> BTreeSet<Id> {
    let ids: BTreeSet<Id> = waiting.iter().map(|it| it.ballot).collect();
    assert_eq!(ids.len(), waiting.len());
    ids
}

pub(super) fn cast_in(waiting: &Waiting) -> Cast {
    Cast::decode(Envelope::parse(waiting.cast.clone()).unwrap().payload()).unwrap()
}

pub(super) fn day_of(waiting: &Waiting) -> CivilDay {
    cast_in(waiting).day
}

/// The ids of all ballots in the box of a stopped node.
pub(super) fn in_box(town: &Town, month: Month) -> BTreeSet<Id> {
    let ballots = store::open(&town.data().join(store::box_dir(month))).unwrap();
    let ids = ballots.scan(b"i").map(|record| Id::from_slice(&record.unwrap().0[1..]).unwrap());
    ids.collect()
}
