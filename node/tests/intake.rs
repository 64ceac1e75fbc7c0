//! From a terminal's cast to a durable receipt, over the real door.

use std::collections::BTreeMap;
use std::path::Path;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use faccina_node::check::{self, Findings, Problem};
use faccina_node::clock::Clock;
use faccina_node::intake::BoxError;
use faccina_node::store::{self, Batch, Store};
use faccina_proto::ballot::{Face, Reason};
use faccina_proto::envelope::Kind;
use faccina_proto::invites::InviteHash;
use faccina_proto::terminals::{Mode, State};
use faccina_proto::wire::terminal::v1::{Answer, CastBatch, answer};
use sha2::{Digest, Sha512};
use tonic::Code;

use crate::office::{OpenOffice, Terminal, box_keys, day, federation, id_of, month, refusal};

fn april() -> Clock {
    Clock::demo(day(20_260_415)).unwrap()
}

fn waits(answer: &Answer) -> bool {
    matches!(answer.answer, Some(answer::Answer::NotYet(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_is_counted_once_however_often_it_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let cast = terminal.vote(day(20_260_414), Face::Red(Some(Reason::Second)), 1);
    let signed = terminal.sign(&cast);
    let first = terminal.send_one(signed.clone()).await;
    let receipt = terminal.receipt(&first);
    assert_eq!((receipt.ballot, receipt.counted_in), (id_of(&cast), month(202_604)));
    let again = terminal.send(vec![signed.clone(), signed.clone()]).await.unwrap();
    assert_eq!(again, [first.clone(), first.clone()], "the same receipt, byte for byte");
    office.close().await;
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    assert_eq!(terminal.send_one(signed).await, first, "and after a restart");
    office.close().await;
    let found = check(dir.path());
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!((found.boxes, found.ballots), (1, 1));
}

fn check(dir: &Path) -> Findings {
    check::boxes(dir.join("data"), box_keys(dir), &federation(), &BTreeMap::new()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_was_tampered_with_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    for nonce in 0..3 {
        terminal.send_one(terminal.sign(&terminal.vote(day(20_260_414), Face::Green, nonce))).await;
    }
    office.close().await;
    let open = || store::open(&dir.path().join("data").join(store::box_dir(month(202_604)))).unwrap();
    let ballots: Vec<_> = open().scan(b"i").map(Result::unwrap).collect();
    let change = |act: &dyn Fn(&mut Batch)| {
        let mut batch = Batch::new();
        act(&mut batch);
        open().commit(batch).unwrap();
        check(dir.path()).problems
    };
    let removed = change(&|batch| batch.delete(ballots[0].0.clone()));
    assert!(matches!(removed[..], [Problem::Tally { tallied: 3, held: 2, .. }]), "{removed:?}");
    let replaced = change(&|batch| batch.put(ballots[0].0.clone(), ballots[1].1.clone()));
    assert!(matches!(replaced[..], [Problem::Box(BoxError::Damaged { .. })]), "{replaced:?}");
    let restored = change(&|batch| batch.put(ballots[0].0.clone(), ballots[0].1.clone()));
    assert!(restored.is_empty(), "{restored:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_the_order_of_the_stream() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let mut stream = terminal.stream().await.unwrap();
    let mut expected = Vec::new();
    for batch in 0..10_u128 {
        let mut casts = Vec::new();
        for number in 0..100 {
            let nonce = batch * 100 + number;
            let mut cast = terminal.vote(day(20_260_414), Face::Green, nonce);
            if number % 7 == 3 {
                cast.ballot.service = "biblioteca".parse().unwrap();
                cast.ballot_bytes = cast.ballot.encode().into();
            }
            expected.push((id_of(&cast), number % 7 != 3));
            casts.push(terminal.sign(&cast));
        }
        stream.casts.send(CastBatch { casts }).await.unwrap();
    }
    drop(stream.casts);
    let mut answered = Vec::new();
    while let Some(batch) = stream.answers.message().await.unwrap() {
        for answer in batch.answers {
            let counted = matches!(answer.answer, Some(answer::Answer::Receipt(_)));
            assert!(counted || refusal(&answer) == "service");
            answered.push((answer.ballot_id.to_vec(), counted));
        }
    }
    let expected: Vec<_> =
        expected.into_iter().map(|(id, counted)| (id.as_bytes().to_vec(), counted)).collect();
    assert!(answered == expected, "1000 answers in order");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_spent_once_even_within_one_batch() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "web", Mode::Invite).await;
    let code = |code: &str| code.parse().unwrap();
    let invites =
        office.intake.create_invites(code("anagrafe"), code("web"), code("centro"), 2).await.unwrap();
    let vote = |nonce, invite: Option<[u8; 16]>| {
        let mut cast = terminal.vote(day(20_260_414), Face::Green, nonce);
        cast.invite_hash = invite.map(|invite| *InviteHash::of(&invite).as_bytes());
        terminal.sign(&cast)
    };
    let casts = vec![
        vote(1, Some(invites[0])),
        vote(2, Some(invites[0])),
        vote(1, Some(invites[0])),
        vote(3, Some([9; 16])),
        vote(4, None),
    ];
    let answers = terminal.send(casts).await.unwrap();
    terminal.receipt(&answers[0]);
    assert_eq!(refusal(&answers[1]), "invite-spent");
    assert_eq!(answers[2], answers[0], "a resend is no second use");
    assert_eq!(refusal(&answers[3]), "invite-unknown");
    assert_eq!(refusal(&answers[4]), "invite-missing");
    office.clock.set_demo(day(20_260_502), 9).unwrap();
    let mut may = terminal.vote(day(20_260_502), Face::Green, 5);
    may.invite_hash = Some(*InviteHash::of(&invites[0]).as_bytes());
    assert_eq!(
        refusal(&terminal.send_one(terminal.sign(&may)).await),
        "invite-spent",
        "in the next month too"
    );
    may.invite_hash = Some(*InviteHash::of(&invites[1]).as_bytes());
    terminal.receipt(&terminal.send_one(terminal.sign(&may)).await);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_wait_for_their_month_and_for_a_suspended_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let next_month = terminal.sign(&terminal.vote(day(20_260_501), Face::Green, 1));
    assert!(waits(&terminal.send_one(next_month.clone()).await));
    let later = terminal.sign(&terminal.vote(day(20_260_601), Face::Green, 2));
    assert_eq!(refusal(&terminal.send_one(later).await), "month-ahead");
    office.clock.set_demo(day(20_260_501), 9).unwrap();
    office.intake.set_terminal_state(terminal.id, State::Suspended).await.unwrap();
    assert!(waits(&terminal.send_one(next_month.clone()).await));
    office.intake.set_terminal_state(terminal.id, State::Active).await.unwrap();
    assert_eq!(terminal.receipt(&terminal.send_one(next_month).await).counted_in, month(202_605));
    office.intake.set_terminal_state(terminal.id, State::Revoked).await.unwrap();
    let cast = terminal.sign(&terminal.vote(day(20_260_501), Face::Green, 3));
    assert!(waits(&terminal.send_one(cast).await), "until somebody decides");
    let resumed = office.intake.set_terminal_state(terminal.id, State::Active).await;
    assert!(resumed.is_err(), "a revoked terminal stays revoked");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_wrong_codes_are_kept_out() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let certificate = office.keys.tls.certificate_pem.clone();
    let wrong =
        Terminal::enrol(office.connect().await, &certificate, "AAAA-AAAA-AAAA-AAAA", 2, "counter").await;
    assert_eq!(wrong.err().unwrap().code(), Code::PermissionDenied);
    let mut stranger = office.terminal(3, "counter", Mode::Open).await;
    stranger.key = ed25519_dalek::SigningKey::from_bytes(&[4; 32]);
    let cast = stranger.vote(day(20_260_414), Face::Green, 1);
    assert_eq!(refusal(&stranger.send_one(stranger.sign(&cast)).await), "terminal-unknown");
    let booth = terminal.booth().await.unwrap();
    assert_eq!((booth.services.len(), booth.reasons.len(), booth.today), (2, 4, 20_260_415));
    let too_many = vec![terminal.sign(&cast); 257];
    assert_eq!(terminal.send(too_many).await.unwrap_err().code(), Code::InvalidArgument);
    office.close().await;
}

/// A signature whose R carries a torsion point passes the cofactored equation, and so batch verification.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_with_a_torsioned_r_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let payload = terminal.vote(day(20_260_414), Face::Green, 1).encode();
    let message = [Kind::Cast.context(), federation().as_bytes(), &payload].concat();
    let nonce = Scalar::from_bytes_mod_order_wide(&Sha512::digest(b"a nonce for this test").into());
    let r = ED25519_BASEPOINT_POINT * nonce + EIGHT_TORSION[1];
    let public = terminal.key.verifying_key();
    let hash = Sha512::new()
        .chain_update(r.compress().as_bytes())
        .chain_update(public.as_bytes())
        .chain_update(&message);
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let s = nonce + challenge * terminal.key.to_scalar();
    let a: EdwardsPoint = public.to_edwards();
    let left = (ED25519_BASEPOINT_POINT * s).mul_by_cofactor();
    assert_eq!(left, (r + a * challenge).mul_by_cofactor(), "the cofactored equation holds");
    let honest = terminal.sign(&terminal.vote(day(20_260_414), Face::Green, 1));
    let mut crafted = honest[..honest.len() - 64].to_vec();
    crafted.extend(r.compress().as_bytes());
    crafted.extend(s.to_bytes());
    assert_eq!(refusal(&terminal.send_one(crafted.into()).await), "signature");
    terminal.receipt(&terminal.send_one(honest).await);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_figures_move_by_five_and_after_the_half_day() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let live = office.intake.live();
    for nonce in 0..4 {
        terminal.send_one(terminal.sign(&terminal.vote(day(20_260_415), Face::Green, nonce))).await;
    }
    office.intake.tick().await.unwrap();
    assert_eq!(live.borrow().received_today, 0);
    terminal.send_one(terminal.sign(&terminal.vote(day(20_260_415), Face::Yellow, 5))).await;
    let mut live = live;
    live.wait_for(|live| live.received_today == 5).await.unwrap();
    assert!(live.borrow().months[0].cells.is_empty(), "no face before the half-day ends");
    office.clock.set_demo(day(20_260_415), 13).unwrap();
    office.intake.tick().await.unwrap();
    live.wait_for(|live| live.months[0].cells.values().map(|votes| votes.n()).sum::<u64>() == 5)
        .await
        .unwrap();
    office.close().await;
    let office = OpenOffice::open(dir.path(), office_clock_afternoon()).await;
    let live = office.intake.live().borrow().clone();
    assert_eq!(live.months[0].cells.values().map(|votes| votes.green).sum::<u64>(), 4, "kept over a restart");
    assert_eq!(live.received_today, 5);
    office.close().await;
}

fn office_clock_afternoon() -> Clock {
    let clock = april();
    clock.set_demo(day(20_260_415), 13).unwrap();
    clock
}
