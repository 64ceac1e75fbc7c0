//! Months closed by command on a running node, as an administrator closes them.

use faccina_proto::ballot::Face;
use faccina_proto::envelope::Id;

use crate::office::{Terminal, day, month};
use crate::process::Town;

async fn votes(terminal: &Terminal, on: u32, nonces: std::ops::Range<u128>) -> Vec<bytes::Bytes> {
    let casts: Vec<_> =
        nonces.map(|nonce| terminal.sign(&terminal.vote(day(on), Face::Green, nonce))).collect();
    let answers = terminal.send(casts.clone()).await.unwrap();
    assert!(answers.iter().all(crate::office::is_receipt));
    casts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_votes_are_carried_and_late_ones_count_in_the_next_month() {
    let town = Town::found();
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let terminal = town.enrol(1).await;
    let counted = votes(&terminal, 20_260_420, 0..3).await;
    let early = town.close(month(202_604), false).await.unwrap_err();
    assert!(early.message().contains("is not over: it can be closed from 2026-05-01 on"), "{early}");
    town.move_to(20_260_502).await;
    let preview = town.close(month(202_604), true).await.unwrap();
    assert!(preview.words_it.contains("3 voti sono riportati al mese successivo"), "{}", preview.words_it);
    assert_eq!(preview.sequence, 0);
    let april = town.close(month(202_604), false).await.unwrap();
    assert!(april.summary.unwrap().carried);
    let again = town.close(month(202_604), false).await.unwrap_err();
    assert!(again.message().contains("closed already"), "{again}");
    let late = terminal.sign(&terminal.vote(day(20_260_429), Face::Yellow, 100));
    let receipt = terminal.receipt(&terminal.send_one(late).await);
    assert_eq!(receipt.counted_in, month(202_605));
    let known = terminal.receipt(&terminal.send_one(counted[0].clone()).await);
    assert_eq!(known.counted_in, month(202_604), "found in the closed box");
    votes(&terminal, 20_260_502, 200..220).await;
    town.move_to(20_260_601).await;
    let may = town.close(month(202_605), false).await.unwrap();
    assert!(may.words_it.contains("24 voti in un gruppo"), "{}", may.words_it);
    assert!(may.words_en.contains("3 votes carried from earlier months"), "{}", may.words_en);
    let summaries = town.summaries().await;
    let may = summaries.last().unwrap();
    assert_eq!((summaries.len(), may.month, Town::published(may)), (2, 202_605, 24));
    assert_eq!(may.carried_from, [202_604]);
    let late = may.integrity.as_ref().unwrap().late;
    assert_eq!(late, Some(1), "fewer than five");
    assert!(Id::from_slice(&may.ballots_root).is_some());
    drop(process);
    town.check();
}
