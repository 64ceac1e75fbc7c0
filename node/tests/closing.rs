//! Months closed by command on a running node, as an administrator closes them.

use faccina_proto::ballot::{Ballot, Face};
use faccina_proto::envelope::Id;
use faccina_proto::terminals::Mode;
use faccina_proto::wire::admin::v1::AddTerminalRequest;

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

/// Votes of a terminal at the branch "prova".
async fn trial_votes(town: &Town, on: u32, nonces: std::ops::Range<u128>) {
    let request = AddTerminalRequest {
        name: "Prova".to_owned(),
        channel: "counter".to_owned(),
        branch: "prova".to_owned(),
        services: vec!["anagrafe".to_owned()],
        mode: i32::try_from(Mode::Open.number()).unwrap(),
        hours: Vec::new(),
    };
    let code = town.admin().await.unwrap().add_terminal(request).await.unwrap().into_inner().code;
    let seed = u8::try_from(nonces.start % 200 + 20).unwrap();
    let terminal =
        Terminal::enrol(town.connect().await, &town.certificate, &code, seed, "counter").await.unwrap();
    let casts = nonces.map(|nonce| {
        let mut cast = terminal.vote(day(on), Face::Green, nonce);
        cast.ballot = Ballot { branch: "prova".parse().unwrap(), ..cast.ballot };
        cast.ballot_bytes = cast.ballot.encode().into();
        terminal.sign(&cast)
    });
    let answers = terminal.send(casts.collect()).await.unwrap();
    assert!(answers.iter().all(crate::office::is_receipt), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_month_is_corrected_once_and_stays_visible() {
    let town = Town::found();
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let terminal = town.enrol(1).await;
    votes(&terminal, 20_260_420, 0..30).await;
    trial_votes(&town, 20_260_420, 40..46).await;
    let correct = |month: &str, rest: &[&str]| {
        let words = ["correct", "--offline", "--month", month, "--withdraw", "anagrafe/counter/prova"];
        town.try_to_say(&[&words, rest].concat())
    };
    let early = correct("2026-04", &["--dry-run"]).unwrap_err();
    assert!(early.contains("2026-04 is not published"), "{early}");
    town.move_to(20_260_502).await;
    town.close(month(202_604), false).await.unwrap();
    votes(&terminal, 20_260_502, 100..130).await;
    trial_votes(&town, 20_260_502, 150..153).await;
    town.move_to(20_260_602).await;
    town.close(month(202_605), false).await.unwrap();
    // Three votes less would tell how three people voted.
    let small = correct("2026-05", &["--dry-run"]).unwrap_err();
    assert!(
        small.contains("the correction of 2026-05 cannot be published") && small.contains('3'),
        "{small}"
    );
    let said = correct("2026-04", &["--dry-run"]).unwrap();
    assert!(said.contains("anagrafe, counter: da 36 a 30 voti"), "{said}");
    assert!(correct("2026-04", &[]).unwrap_err().contains("a correction has a reason"));
    assert_eq!(town.summaries().await.len(), 2, "nothing is published yet");
    let nowhere = ["correct", "--month", "2026-04", "--withdraw", "anagrafe/counter/nord", "--dry-run"];
    assert!(
        town.try_to_say(&nowhere).unwrap_err().contains("no vote of 2026-04 is in anagrafe/counter/nord")
    );
    let said = correct("2026-04", &["--reason", "terminale di prova"]).unwrap();
    assert!(said.contains("Entry 3 of the feed"), "{said}");
    assert!(correct("2026-04", &["--dry-run"]).unwrap_err().contains("was corrected already"));
    let summaries = town.summaries().await;
    let (first, second) = (&summaries[0], summaries.last().unwrap());
    assert_eq!((second.month, second.edition, Town::published(second)), (202_604, 2, 30));
    assert_eq!((Town::published(first), &first.ballots_root), (36, &second.ballots_root));
    assert_eq!(second.integrity.as_ref().and_then(|it| it.late), None, "not counted again is unknown");
    assert!(town.audit().contains("terminale di prova"));
    // The month after goes on from the corrected one.
    town.move_to(20_260_702).await;
    town.close(month(202_606), false).await.unwrap();
    drop(process);
    town.check();
}
