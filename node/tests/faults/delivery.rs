//! Ballots that arrive twice, in any order, over several connections at once.

use std::collections::BTreeMap;

use bytes::Bytes;
use faccina_proto::ballot::{Face, Receipt};
use faccina_proto::envelope::Id;
use rand::seq::SliceRandom;

use super::device::in_box;
use crate::office::{Terminal, day, id_of, month};
use crate::process::Town;

const BALLOTS: u128 = 600;
/// Times that each is sent, each time over another connection and in another order.
const TIMES: usize = 4;

/// Sends all, in an order of its own, and gives the receipts.
async fn send(town: &Town, terminal: &Terminal, mut casts: Vec<Bytes>) -> BTreeMap<Id, Receipt> {
    casts.shuffle(&mut rand::rng());
    let mut terminal = terminal.clone();
    terminal.reconnect(town.connect().await);
    let mut receipts = BTreeMap::new();
    for casts in casts.chunks(37) {
        for answer in terminal.send(casts.to_vec()).await.unwrap() {
            let receipt = terminal.receipt(&answer);
            receipts.insert(receipt.ballot, receipt);
        }
    }
    receipts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_often_and_in_any_order_counts_once() {
    let town = Town::found();
    let process = town.start(20_260_410).await;
    town.prepare().await;
    let terminal = town.enrol(1).await;
    let votes: Vec<_> =
        (0..BALLOTS).map(|nonce| terminal.vote(day(20_260_410), Face::Green, nonce)).collect();
    let casts: Vec<Bytes> = votes.iter().map(|vote| terminal.sign(vote)).collect();
    let sending = (0..TIMES).map(|_| send(&town, &terminal, casts.clone()));
    let receipts = futures::future::join_all(sending).await;
    assert!(receipts.iter().all(|received| *received == receipts[0]), "the same receipts for all");
    drop(process);
    let counted = in_box(&town, month(202_604));
    println!("sent {} times {TIMES}: in the box {}", votes.len(), counted.len());
    assert_eq!(counted, votes.iter().map(id_of).collect());
    assert!(receipts[0].keys().eq(counted.iter()));
    town.check();
}
