use super::super::{
    booth, enrolment,
    queue::Queue,
    tap::{Tap, TapId, Touch},
};
use super::*;
use crate::{clock::Clock, store::MemoryStore};
use ed25519_dalek::SigningKey;
use faccina_proto::{
    ballot::Face,
    calendar::Month,
    wire::terminal::v1::{Mode, Refusal},
};

/// A session over an agent with ballots, all of them sent.
async fn session(ballots: u8) -> (Session, Vec<Waiting>, SigningKey) {
    let (terminal, receipts) = enrolment::samples::terminal(Mode::Open);
    let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).unwrap();
    let agent = Agent::new(terminal, queue, Clock::system().unwrap(), Calendar::Node, 15).unwrap();
    let agent = Arc::new(agent);
    let reply = booth::samples::reply(&[("urp", "URP", "Information")]);
    agent.keep_booth(reply.encode_to_vec()).await.unwrap();
    for number in 0..ballots {
        let touch = Touch::Vote(Face::Green);
        let tap = Tap { id: TapId([number; 16]), service: "urp".parse().unwrap(), touch, invite: None };
        agent.take(tap).await.unwrap();
    }
    let session = Session::new(agent);
    let sent = session.agent.oldest(100, &BTreeSet::new()).await;
    session.flow().sent(&sent);
    (session, sent, receipts)
}

fn answer(ballot: &[u8], answer: answer::Answer) -> AnswerBatch {
    let answer = Answer { ballot_id: ballot.to_vec().into(), answer: Some(answer) };
    AnswerBatch { answers: vec![answer] }
}

fn receipt(session: &Session, ballot: Id, key: &SigningKey) -> answer::Answer {
    let receipt = Receipt { ballot, counted_in: Month::from_yyyymm(202_604).unwrap() };
    let federation = &session.agent.terminal().federation;
    let sealed = Envelope::seal(Kind::Receipt, federation, key, &receipt.encode());
    answer::Answer::Receipt(sealed.bytes().clone())
}

#[tokio::test]
async fn only_the_nodes_own_receipt_lets_a_ballot_go() {
    let (session, sent, key) = session(2).await;
    let forged = receipt(&session, sent[0].ballot, &SigningKey::from_bytes(&[9; 32]));
    let refused = session.read(answer(sent[0].ballot.as_bytes(), forged));
    assert!(matches!(refused, Err(Lost::Answer(cause)) if cause.contains("not signed")));
    let other = receipt(&session, sent[0].ballot, &key);
    let refused = session.read(answer(sent[1].ballot.as_bytes(), other));
    assert!(matches!(refused, Err(Lost::Answer(cause)) if cause.contains("another ballot")));
    assert_eq!(*session.agent.held().borrow(), 2);
}

#[tokio::test]
async fn receipts_and_refusals_settle_in_any_order() {
    let (session, sent, key) = session(3).await;
    let last =
        session.read(answer(sent[2].ballot.as_bytes(), receipt(&session, sent[2].ballot, &key))).unwrap();
    let refusal = Refusal { code: "month closed!".into(), message: String::new() };
    let first = session.read(answer(&[], answer::Answer::Refusal(refusal))).unwrap();
    assert_eq!(last, [(2, Settled::Receipted)]);
    assert_eq!(first, [(0, Settled::Refused("monthclosed".into()))]);
    session.agent.settle([last, first].concat()).await.unwrap();
    assert_eq!(session.agent.refusals().await, 1);
    let left = session.agent.oldest(9, &BTreeSet::new()).await;
    assert_eq!(left, [sent[1].clone()]);
}

#[tokio::test]
async fn what_is_answered_is_not_sent_again_while_it_is_let_go() {
    let (session, sent, _) = session(2).await;
    let refusal = Refusal { code: "service".into(), message: String::new() };
    let settled = session.read(answer(sent[0].ballot.as_bytes(), answer::Answer::Refusal(refusal))).unwrap();
    assert_eq!(session.flow().plan().0, BTreeSet::from([0, 1]), "it still lies in the queue");
    // The same answer once more, as after a resend, counts once.
    session.agent.settle([settled.clone(), settled].concat()).await.unwrap();
    session.agent.settle(vec![(0, Settled::Refused("service".into()))]).await.unwrap();
    assert_eq!(session.agent.refusals().await, 1);
}

#[tokio::test]
async fn a_ballot_not_yet_due_stays_and_rests() {
    let (session, sent, _) = session(1).await;
    let not_yet = answer::Answer::NotYet(NotYet::default());
    assert_eq!(session.read(answer(sent[0].ballot.as_bytes(), not_yet)).unwrap(), []);
    assert_eq!(session.flow().plan(), (BTreeSet::from([0]), IN_FLIGHT_MAX));
    for _ in 0..REST_S {
        assert!(session.flow().another_second());
    }
    assert_eq!(session.flow().plan(), (BTreeSet::new(), IN_FLIGHT_MAX));
    assert_eq!(*session.agent.held().borrow(), 1);
}

#[tokio::test]
async fn a_ballot_rests_no_longer_than_the_node_asks() {
    let (session, sent, _) = session(2).await;
    for (waiting, again_s) in sent.iter().zip([60, 0]) {
        let not_yet = NotYet { again_s: Some(again_s), ..NotYet::default() };
        session.read(answer(waiting.ballot.as_bytes(), answer::Answer::NotYet(not_yet))).unwrap();
    }
    let resting = || {
        session.flow().another_second();
        session.flow().plan().0
    };
    let seconds: Vec<_> = (0..60).map(|_| resting().len()).collect();
    assert_eq!((seconds[0], seconds[4], seconds[58], seconds[59]), (2, 1, 1, 0));
}

#[test]
fn only_a_minute_to_wait_means_that_the_tries_are_used_up() {
    let not_yet = |again_s| {
        let not_yet = NotYet { again_s, ..NotYet::default() };
        word(Some(check_invite_reply::Answer::NotYet(not_yet))).unwrap()
    };
    assert_eq!(not_yet(Some(60)), Err(InviteRefusal::TriesUsedUp));
    assert_eq!(not_yet(None), Err(InviteRefusal::Unavailable), "suspended while somebody types a code");
}

#[tokio::test]
async fn an_answer_that_stays_away_ends_the_connection() {
    let (session, ..) = session(1).await;
    for _ in 0..ANSWER_S_MAX {
        assert!(session.flow().another_second());
    }
    assert!(!session.flow().another_second());
}

#[tokio::test]
async fn an_answer_about_something_else_is_wrong() {
    let (session, ..) = session(1).await;
    let not_yet = answer::Answer::NotYet(NotYet::default());
    assert!(matches!(session.read(answer(&[7; 32], not_yet)), Err(Lost::Answer(_))));
    let silent = AnswerBatch { answers: vec![Answer::default()] };
    assert!(matches!(session.read(silent), Err(Lost::Answer(_))));
}
