//! A real node killed with SIGKILL again and again: no receipted ballot is lost, none is counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use faccina_proto::ballot::{Face, Reason, Receipt};
use faccina_proto::envelope::Id;
use faccina_proto::wire::terminal::v1::{Answer, CastBatch};
use rand::RngExt;
use tokio::sync::watch;

use crate::office::{Terminal, day, id_of, is_receipt, month};
use crate::process::{PATIENCE, Process, Town};

/// Kills under load.
const KILLS: usize = 22;
/// Kills while a month is being closed.
const KILLS_AT_CLOSE: usize = 6;
const TERMINALS: u8 = 3;

/// What one terminal holds: votes without a receipt, and the receipts it got.
struct Queue {
    terminal: Terminal,
    waiting: BTreeMap<Id, Bytes>,
    receipted: BTreeMap<Id, (Receipt, Bytes)>,
    nonce: u128,
    /// Receipts of all terminals so far.
    progress: Arc<watch::Sender<usize>>,
}

impl Queue {
    fn vote(&mut self) {
        self.nonce += 1;
        let faces = [Face::Green, Face::Green, Face::Yellow, Face::Red(None), Face::Red(Some(Reason::Third))];
        let face = faces[usize::try_from(self.nonce % 5).unwrap()];
        let cast = self.terminal.vote(day(20_260_420), face, self.nonce);
        self.waiting.insert(id_of(&cast), self.terminal.sign(&cast));
    }

    /// Sends everything that waits, and a few receipted ones again, until all is answered or the node is gone.
    async fn send(&mut self) {
        let again = self.receipted.values().rev().take(5).map(|(_, cast)| cast.clone());
        let casts: Vec<Bytes> = self.waiting.values().cloned().chain(again).collect();
        let Ok(mut stream) = self.terminal.stream().await else { return };
        let messages: Vec<CastBatch> = casts
            .chunks(rand::rng().random_range(1..40))
            .map(|casts| CastBatch { casts: casts.to_vec() })
            .collect();
        let up = stream.casts;
        tokio::spawn(async move {
            for message in messages {
                if up.send(message).await.is_err() {
                    return;
                }
            }
        });
        while let Ok(Some(batch)) = stream.answers.message().await {
            for answer in &batch.answers {
                self.take(answer);
            }
        }
    }

    fn take(&mut self, answer: &Answer) {
        assert!(is_receipt(answer), "{answer:?}");
        let receipt = self.terminal.receipt(answer);
        if let Some((before, _)) = self.receipted.get(&receipt.ballot) {
            assert_eq!(*before, receipt, "the same receipt again");
        } else {
            let cast = self.waiting.remove(&receipt.ballot).expect("an answer to what was sent");
            self.receipted.insert(receipt.ballot, (receipt, cast));
            self.progress.send_modify(|receipts| *receipts += 1);
        }
    }
}

/// Kills under load: when so many more receipts have come, and a little later.
async fn kill_within(
    process: &mut Process,
    mut progress: watch::Receiver<usize>,
    receipts: usize,
    delay: Duration,
) {
    let wanted = *progress.borrow() + receipts;
    // What is read of the progress must be let go at once: receipts that come meanwhile change it.
    let reached = tokio::time::timeout(PATIENCE, progress.wait_for(|so_far| *so_far >= wanted)).await.is_ok();
    assert!(reached, "receipts come");
    kill_after(process, delay).await;
}

async fn kill_after(process: &mut Process, delay: Duration) {
    tokio::time::sleep(delay).await;
    process.0.kill().unwrap();
    process.0.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_counts_every_receipted_ballot_once() {
    let town = Town::found();
    assert_eq!(town.federation, crate::office::federation());
    let mut process = town.start(20_260_420).await;
    town.prepare().await;
    let progress = Arc::new(watch::Sender::new(0));
    let mut queues = Vec::new();
    for seed in 1..=TERMINALS {
        let terminal = town.enrol(seed).await;
        queues.push(Queue {
            terminal,
            waiting: BTreeMap::new(),
            receipted: BTreeMap::new(),
            nonce: u128::from(seed) << 64,
            progress: progress.clone(),
        });
    }
    let mut cut_short = 0;
    for round in 0..KILLS {
        for queue in &mut queues {
            (0..200).for_each(|_| queue.vote());
        }
        let before = *progress.borrow();
        let (receipts, delay) =
            (rand::rng().random_range(0..250), Duration::from_micros(rand::rng().random_range(0..2_000)));
        let sending = futures::future::join_all(queues.iter_mut().map(Queue::send));
        let (_, ()) = tokio::join!(sending, kill_within(&mut process, progress.subscribe(), receipts, delay));
        let waiting: usize = queues.iter().map(|queue| queue.waiting.len()).sum();
        println!("kill {round}: {} receipts, {waiting} votes without one", *progress.borrow() - before);
        cut_short += usize::from(waiting > 0);
        process = town.start(20_260_420).await;
        reconnect(&town, &mut queues).await;
    }
    assert!(cut_short >= KILLS / 4, "only {cut_short} kills came while votes were under way");
    // The last votes are written, their receipts never arrive, and the month is closed before they are sent again.
    for queue in &mut queues {
        queue.send_until_answered().await;
        (0..50).for_each(|_| queue.vote());
        queue.lose_receipts().await;
    }
    kill_after(&mut process, Duration::ZERO).await;
    let mut process = town.start(20_260_502).await;
    for _ in 0..KILLS_AT_CLOSE {
        let delay = Duration::from_millis(rand::rng().random_range(0..25));
        let (_, ()) = tokio::join!(town.close(month(202_604), false), kill_after(&mut process, delay));
        process = town.start(20_260_502).await;
    }
    let closed = town.close(month(202_604), false).await;
    reconnect(&town, &mut queues).await;
    for queue in &mut queues {
        queue.send_until_answered().await;
    }
    let all: Vec<&Receipt> =
        queues.iter().flat_map(|queue| queue.receipted.values().map(|(receipt, _)| receipt)).collect();
    let april = all.iter().filter(|receipt| receipt.counted_in == month(202_604)).count();
    assert_eq!(all.iter().map(|receipt| receipt.ballot).collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(april, all.len(), "every vote was durable before the close");
    assert_eq!(all.len(), usize::from(TERMINALS) * (KILLS * 200 + 50));
    if let Err(status) = closed {
        assert!(status.message().contains("closed already"), "{status}");
    }
    let summaries = town.summaries().await;
    assert_eq!(summaries.len(), 1, "the month was closed once");
    assert_eq!(Town::published(&summaries[0]), all.len() as u64, "each counted exactly once");
    kill_after(&mut process, Duration::ZERO).await;
    town.check();
}

async fn reconnect(town: &Town, queues: &mut [Queue]) {
    let channel = town.connect().await;
    for queue in queues {
        queue.terminal.reconnect(channel.clone());
    }
}

impl Queue {
    async fn send_until_answered(&mut self) {
        while !self.waiting.is_empty() {
            self.send().await;
        }
    }

    /// Sends what waits and waits until it is answered, which means durable; then forgets the answers.
    async fn lose_receipts(&mut self) {
        let casts: Vec<Bytes> = self.waiting.values().cloned().collect();
        let answers = self.terminal.send(casts).await.unwrap();
        assert!(answers.iter().all(is_receipt));
    }
}
