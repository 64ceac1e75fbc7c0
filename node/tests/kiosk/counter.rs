//! The whole way from a tap to the ballot box: the agent as a process of its own, the node behind its real door.

use crate::{
    browser::Browser,
    office::{OpenOffice, day},
};
use faccina_node::{
    clock::Clock,
    device::local,
    intake::{Paired, Place},
};
use faccina_proto::terminals::{Leftover, Mode};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Longest wait for something that happens within a second on an idle machine.
const WAIT: Duration = Duration::from_secs(60);

/// An ente with its node and one terminal, each in a directory of its own.
pub(super) struct Counter {
    place: TempDir,
    office: Option<OpenOffice>,
    /// Where the agent finds the node, if not at its own address.
    pub(super) road: Option<SocketAddr>,
}

/// The agent as a process; its standard input, held here, ends it.
pub(super) struct Agent {
    process: Child,
    url: String,
}

impl Counter {
    pub(super) async fn open() -> Self {
        let mut counter = Self { place: tempfile::tempdir().unwrap(), office: None, road: None };
        counter.open_office().await;
        counter
    }

    pub(super) async fn open_office(&mut self) {
        let clock = Clock::demo(day(20_260_415)).unwrap();
        self.office = Some(OpenOffice::open(&self.place.path().join("node"), clock).await);
    }

    pub(super) async fn close_office(&mut self) {
        self.office.take().unwrap().close().await;
    }

    pub(super) fn office(&self) -> &OpenOffice {
        self.office.as_ref().unwrap()
    }

    pub(super) fn code(&self, services: &[&str], mode: Mode) -> String {
        let place = Place {
            name: "Totem all'ingresso".to_owned(),
            channel: "counter".parse().unwrap(),
            branch: "centro".parse().unwrap(),
            services: services.iter().map(|service| service.parse().unwrap()).collect(),
            mode,
            hours: Vec::new(),
        };
        self.office().intake.draw_code(Paired::Terminal(place)).unwrap().to_string()
    }

    fn dir(&self) -> PathBuf {
        self.place.path().join("kiosk")
    }

    /// `faccina kiosk …` on this device. A closed office leaves an address where nobody answers.
    fn command(&self, act: &[&str]) -> Command {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let node = self.road.or(self.office.as_ref().map(|office| office.address)).unwrap_or(nowhere);
        let program = released().unwrap_or_else(|| env!("CARGO_BIN_EXE_faccina").into());
        let mut command = Command::new(program);
        command
            .arg("kiosk")
            .args(act)
            .args(["--node", &format!("https://{node}"), "--calendar", "node", "--listen", "127.0.0.1:0"])
            .arg("--dir")
            .arg(self.dir())
            .stderr(Stdio::null());
        command
    }

    fn run(&self, act: &[&str]) -> Output {
        self.command(act).stderr(Stdio::piped()).output().unwrap()
    }

    pub(super) fn start(&self, flags: &[&str]) -> Agent {
        let mut command = self.command(&[]);
        Agent::of(command.args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    async fn tap(&self, number: u32) -> Result<Value, local::LocalError> {
        let tap = json!({ "tap": format!("{number:032x}"), "service": "anagrafe", "face": "green" });
        local::post(&self.dir(), "/api/taps", "application/json", tap.to_string().into_bytes()).await
    }

    /// Waits until the running agent says this of itself.
    async fn knows(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        while !local::get(&self.dir(), "/status").await.is_ok_and(|status| wanted(&status[what])) {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the node says it received this many votes today, and stays there.
    async fn received(&self, votes: u64) {
        let mut live = self.office().intake.live();
        let arrived = live.wait_for(|live| live.received_today >= votes);
        let live = tokio::time::timeout(WAIT, arrived).await.expect("votes arrive").unwrap().clone();
        assert_eq!(live.received_today, votes);
    }
}

impl Agent {
    /// An agent that has just been started, once it names its page.
    fn of(mut process: Child) -> Self {
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Kiosk page  ").map(str::to_owned))
            .expect("the agent starts and names its page");
        Self { process, url }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Its resident memory, as the system counts it.
    pub(super) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Closes its standard input, and waits until it has ended in order.
    pub(super) fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

fn said(output: &[u8]) -> &str {
    str::from_utf8(output).unwrap()
}

/// The released program, where `FACCINA_RELEASE` names one: what it needs is measured on that.
pub(super) fn released() -> Option<PathBuf> {
    std::env::var_os("FACCINA_RELEASE").map(PathBuf::from)
}

/// Asks the running agent how it is until `wanted` holds.
pub(super) fn status(browser: &mut Browser, wanted: &str) -> Value {
    browser.evaluate(&format!(
        "(async () => {{ for (;;) {{ const s = await (await fetch('/status')).json(); if ({wanted}) return s;
           await new Promise(requestAnimationFrame); }} }})()"
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tap_on_the_page_arrives_in_the_ballot_box() {
    let counter = Counter::open().await;
    let code = counter.code(&["anagrafe", "tributi"], Mode::Open);
    let agent = counter.start(&["--code", &code]);
    let mut browser = Browser::launch();
    browser.open(&agent.url);
    browser.wait_for_screen("services");
    browser.tap("#service-list .choice:nth-child(2)");
    browser.wait_for_screen("faces");
    browser.tap(".face.red");
    browser.wait_for_screen("reasons");
    browser.tap("#reason-list .choice:nth-child(1)");
    browser.wait_for_screen("thanks");
    let state = status(&mut browser, "s.receipted === 1");
    assert_eq!(
        (&state["queue"], &state["connected"], &state["refused"]),
        (&json!(0), &json!(true), &json!({}))
    );
    // The ente sees votes in steps of five: four more, from a file, through the same agent.
    let file = counter.place.path().join("votes.csv");
    std::fs::write(
        &file,
        "service,face,reason\nanagrafe,green,\nanagrafe,red,3\ntributi,yellow,\ntributi,red,\n",
    )
    .unwrap();
    let cast = counter.run(&["cast", "--csv", file.to_str().unwrap()]);
    assert!(said(&cast.stdout).starts_with("4 votes cast: the running agent"), "{cast:?}");
    counter.received(5).await;
    let again = counter.run(&["cast", "--csv", file.to_str().unwrap()]);
    assert!(!again.status.success() && said(&again.stderr).contains("--again"), "{again:?}");
    agent.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_agent_loses_no_vote_and_counts_none_twice() {
    let mut counter = Counter::open().await;
    let code = counter.code(&["anagrafe"], Mode::Open);
    let agent = counter.start(&["--code", &code]);
    // Until the node has said once what is offered, taps are not taken.
    while counter.tap(0).await.is_err() {
        tokio::task::yield_now().await;
    }
    counter.close_office().await;
    agent.kill();
    let mut taken = 1;
    for round in 0..6_u32 {
        let agent = counter.start(&[]);
        for _ in 0..=round {
            counter.tap(taken).await.unwrap();
            taken += 1;
        }
        agent.kill();
    }
    assert_eq!(taken, 22);
    // Every tap is sent again to the new process, and three more make it 25.
    let agent = counter.start(&[]);
    for number in 0..25 {
        counter.tap(number).await.unwrap();
    }
    agent.kill();
    counter.open_office().await;
    let agent = counter.start(&[]);
    counter.received(25).await;
    agent.end();
    // This one is receipted after all others, so nothing more is on its way.
    let last = counter.run(&["cast", "--service", "anagrafe", "--face", "red", "--reason", "2"]);
    assert_eq!(said(&last.stdout), "1 vote cast and receipted.\n", "{last:?}");
    counter.received(25).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_terminal_is_paired_again_once_nothing_waits_on_it() {
    let mut counter = Counter::open().await;
    let code = counter.code(&["anagrafe"], Mode::Open);
    let agent = counter.start(&["--code", &code]);
    while counter.tap(0).await.is_err() {
        tokio::task::yield_now().await;
    }
    counter.knows("receipted", |receipted| *receipted == 1).await;
    counter.close_office().await;
    counter.tap(1).await.unwrap();
    agent.end();
    counter.open_office().await;
    let terminal = *counter.office().intake.terminals().iter().next().unwrap().0;
    let decide = async |leftover| {
        counter.office().intake.revoke_terminal(terminal, leftover).await.unwrap();
        counter.office().tokens.bar_terminal(terminal, leftover == Leftover::Undecided).unwrap();
    };
    decide(Leftover::Undecided).await;
    let code = counter.code(&["anagrafe"], Mode::Open);
    let again = ["--pair-again", "--code", &code];
    let refused = counter.run(&again);
    assert!(
        !refused.status.success() && said(&refused.stderr).contains("votes wait on this device (1)"),
        "{refused:?}"
    );
    let agent = counter.start(&[]);
    counter
        .knows("trouble", |trouble| trouble.as_str().is_some_and(|trouble| trouble.contains("--pair-again")))
        .await;
    decide(Leftover::Refused).await;
    counter.knows("queue", |queue| *queue == 0).await;
    agent.end();
    counter.start(&again).end();
    assert_eq!(counter.office().intake.terminals().iter().count(), 2);
    let agent = counter.start(&[]);
    while counter.tap(2).await.is_err() {
        tokio::task::yield_now().await;
    }
    counter.knows("receipted", |receipted| *receipted == 1).await;
    agent.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_away_is_found_again() {
    let mut counter = Counter::open().await;
    let code = counter.code(&["anagrafe"], Mode::Open);
    let road = Road::open(counter.office().address).await;
    counter.road = Some(road.address);
    let agent = counter.start(&["--code", &code]);
    while counter.tap(0).await.is_err() {
        tokio::task::yield_now().await;
    }
    for absence in 1..=2 {
        counter.close_office().await;
        for number in 0..5 * absence {
            counter.tap(number).await.unwrap();
        }
        counter.open_office().await;
        road.leads_to.send_replace(counter.office().address);
        counter.received(u64::from(5 * absence)).await;
    }
    agent.end();
}

/// The network between agent and node: one address for the agent, wherever the node opens again.
pub(super) struct Road {
    pub(super) address: SocketAddr,
    pub(super) leads_to: watch::Sender<SocketAddr>,
}

impl Road {
    pub(super) async fn open(node: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let leads_to = watch::Sender::new(node);
        let node = leads_to.subscribe();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let node = *node.borrow();
                tokio::spawn(async move {
                    // A node that is away ends the connection.
                    let mut far = TcpStream::connect(node).await?;
                    copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        Self { address, leads_to }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_says_what_is_wrong() {
    let counter = Counter::open().await;
    let flags = ["cast", "--service", "anagrafe", "--face", "green", "--wait-s", "30"];
    let refused = |act: &[&str], words: &str| {
        let output = counter.run(act);
        assert!(!output.status.success(), "{output:?}");
        assert_eq!(said(&output.stderr).lines().count(), 1, "{output:?}");
        assert!(said(&output.stderr).contains(words), "{output:?}");
    };
    refused(&flags, "not paired yet");
    let short: Vec<&str> = flags.into_iter().chain(["--code", "AAAA-AAAA-AA"]).collect();
    refused(&short, "16 letters and digits");
    let wrong: Vec<&str> = flags.into_iter().chain(["--code", "AAAA-AAAA-AAAA-AAAA"]).collect();
    refused(&wrong, "the node refuses the code");
    let code = counter.code(&["anagrafe"], Mode::Open);
    let enrolling: Vec<&str> = flags.into_iter().chain(["--code", &code]).collect();
    let cast = counter.run(&enrolling);
    assert_eq!(said(&cast.stdout), "1 vote cast and receipted.\n", "{cast:?}");
    refused(&["cast", "--service", "tributi", "--face", "green"], "offers no service tributi");
    refused(&["cast", "--service", "anagrafe", "--face", "green", "--reason", "1"], "only red has one");
    let file = counter.place.path().join("votes.csv");
    std::fs::write(&file, "service,face\nanagrafe,green\nanagrafe,blue\n").unwrap();
    refused(&["cast", "--csv", file.to_str().unwrap()], "line 3: face is \"blue\"");
    refused(&["cast", "--csv", "/nowhere/votes.csv"], "cannot read /nowhere/votes.csv");
    let agent = counter.start(&[]);
    refused(&[], "in use");
    agent.end();
}

/// Its token still opens the way for what waits on it, so the node answers: it says all the same that it was revoked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_terminal_whose_queue_was_decided_says_that_it_was_revoked() {
    let counter = Counter::open().await;
    let code = counter.code(&["anagrafe"], Mode::Open);
    let agent = counter.start(&["--code", &code]);
    counter.knows("connected", |connected| *connected == true).await;
    let terminal = *counter.office().intake.terminals().iter().next().unwrap().0;
    counter.office().intake.revoke_terminal(terminal, Leftover::Refused).await.unwrap();
    let revoked = |trouble: &Value| trouble.as_str().is_some_and(|said| said.contains("it was revoked"));
    counter.knows("trouble", revoked).await;
    counter.knows("state", |state| state == "unavailable").await;
    agent.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_pairs_only_with_the_node_that_gave_it_out() {
    let (mut counter, other) = (Counter::open().await, Counter::open().await);
    let code = counter.code(&["anagrafe"], Mode::Open);
    let wrong_node = other.command(&["--code", &code]).stderr(Stdio::piped()).output().unwrap();
    assert!(!wrong_node.status.success());
    assert!(said(&wrong_node.stderr).contains("not valid here"), "{wrong_node:?}");
    assert!(!other.dir().join("enrolment.toml").exists());
    counter.start(&["--code", &code]).end();
    // Paired with one node, led to another: it shows another key, and is told nothing.
    counter.road = Some(other.office().address);
    let agent = counter.start(&[]);
    while !local::get(&counter.dir(), "/status").await.unwrap()["trouble"]
        .as_str()
        .unwrap_or("")
        .contains("another key")
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    agent.end();
}
