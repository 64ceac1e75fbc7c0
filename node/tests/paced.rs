//! A month that closes by itself: the box at two, its entry at the minute that is drawn for this ente.

use std::fs;
use std::time::Duration;

use faccina_node::clock::Clock;
use faccina_node::config::Config;
use faccina_node::node::{Node, NodeError};
use faccina_proto::ballot::Face;
use faccina_proto::wire::admin::v1::StatusReply;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::faults::device::shift_to;
use crate::hub::{Hub, until};
use crate::office::{Terminal, day, is_receipt, month};
use crate::process::Town;

/// The key from which the minute is drawn: 1,301 s after two for this month, and the clock shows whole minutes.
const NODE_KEY: [u8; 32] = [9; 32];
const PUBLISHES_MINUTE: i64 = 120 + 22;
const CLOSES_ON: u32 = 20_261_211;
const TWO_S: i64 = 2 * 3600;
/// The timer looks once a minute; the first time before any peer has told its clock.
const LOOKS: Duration = Duration::from_secs(240);

/// A node with a clock that is wrong, in this process.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<Result<(), NodeError>>,
}

impl Running {
    async fn start(town: &Town, clock: Clock) -> Self {
        let config = Config::load(&town.home().join("faccina.toml")).unwrap();
        let node = Node::start_by(clock, config).await.unwrap();
        let stop = node.stop_token();
        Self { stop, task: tokio::spawn(node.run()) }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// Green votes of November.
async fn votes(terminal: &Terminal, nonces: std::ops::Range<u128>) {
    let casts = nonces.map(|nonce| terminal.sign(&terminal.vote(day(20_261_120), Face::Green, nonce)));
    let answers = terminal.send(casts.collect()).await.unwrap();
    assert!(answers.iter().all(is_receipt));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_closes_at_two_and_is_published_at_its_minute() {
    let town = Town::found();
    let key = format!("faccina-node-key-v1 {}\n", hex::encode(NODE_KEY));
    fs::write(town.home().join("data/keys/node.key"), key).unwrap();
    town.wake_on(20_261_120);
    let process = town.start(20_261_120).await;
    town.prepare().await;
    let mut terminal = town.enrol(1).await;
    votes(&terminal, 0..30).await;
    process.end();
    // From here on a node as enti have it.
    town.configure(|line| {
        let of_the_demo = ["demo = ", "demo_day = ", "half_day_s = "].iter().any(|key| line.starts_with(key));
        (!of_the_demo).then(|| line.to_owned())
    });
    let at = |second_of_day| Clock::shifted(shift_to(CLOSES_ON, second_of_day)).unwrap();
    let hub = Hub::open_by(at(TWO_S), &town).await;
    let node = Running::start(&town, at(TWO_S)).await;
    let closed = |status: &StatusReply| status.open_month == 202_612 && status.may_publish;
    let status = until(&town, "the box is closed", LOOKS, closed).await;
    assert_eq!((status.own_head, hub.held()), (0, 0), "published before its minute: {:?}", status.warnings);
    // A vote of November that comes now is one of December's.
    terminal.reconnect(town.connect().await);
    let late = terminal.sign(&terminal.vote(day(20_261_120), Face::Green, 100));
    assert_eq!(terminal.receipt(&terminal.send_one(late).await).counted_in, month(202_612));
    node.end().await;
    drop(hub);
    // Its minute has come.
    let hub = Hub::open_by(at(PUBLISHES_MINUTE * 60), &town).await;
    let node = Running::start(&town, at(PUBLISHES_MINUTE * 60)).await;
    until(&town, "it is published", LOOKS, |status| status.own_head == 1).await;
    hub.holds(1).await;
    let summaries = town.summaries().await;
    assert_eq!((summaries.len(), summaries[0].month, Town::published(&summaries[0])), (1, 202_611, 30));
    node.end().await;
    town.check();
}
