use super::super::{booth, enrolment};
use super::*;
use crate::store::{MemoryStore, Store};
use faccina_proto::ballot::Reason;

fn agent_on(store: Arc<dyn Store>, mode: Mode) -> Arc<Agent> {
    let (terminal, _) = enrolment::samples::terminal(mode);
    let queue = Queue::open(store, terminal.federation).unwrap();
    let clock = Clock::system().unwrap();
    Arc::new(Agent::new(terminal, queue, clock, Calendar::Node, 15).unwrap())
}

async fn agent(mode: Mode) -> Arc<Agent> {
    let agent = agent_on(Arc::new(MemoryStore::new()), mode);
    let reply = booth::samples::reply(&[("urp", "URP", "Information"), ("tributi", "Tributi", "Taxes")]);
    assert!(agent.keep_booth(prost::Message::encode_to_vec(&reply)).await.unwrap());
    agent
}

fn tap(number: u8, touch: Touch) -> Tap {
    Tap { id: TapId([number; 16]), service: "urp".parse().unwrap(), touch }
}

async fn faces(agent: &Agent) -> Vec<Face> {
    let sealed = agent.oldest(BALLOTS_MAX, &BTreeSet::new()).await;
    sealed.iter().map(|waiting| opened(agent, &waiting.cast).ballot.face).collect()
}

/// Verifies and reads a cast as the node does.
fn opened(agent: &Agent, bytes: &bytes::Bytes) -> Cast {
    let envelope = Envelope::parse(bytes.clone()).unwrap();
    let terminal = agent.terminal();
    envelope.verify(Kind::Cast, &terminal.federation, &terminal.key.verifying_key()).unwrap();
    Cast::decode(envelope.payload()).unwrap()
}

#[tokio::test]
async fn a_tap_sent_twice_counts_once() {
    let agent = agent(Mode::Open).await;
    for _ in 0..3 {
        agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap();
    }
    agent.take(tap(2, Touch::Vote(Face::Yellow))).await.unwrap();
    assert_eq!(faces(&agent).await, [Face::Green, Face::Yellow]);
    let cast = &agent.oldest(1, &BTreeSet::new()).await[0].cast;
    let cast = opened(&agent, cast);
    assert_eq!((cast.day.yyyymmdd(), cast.ballot.month.yyyymm()), (20_260_415, 202_604));
    assert_eq!((cast.ballot.channel.as_str(), cast.ballot.branch.as_str()), ("counter", "centro"));
}

#[tokio::test]
async fn a_red_face_becomes_one_ballot_with_its_reason() {
    let agent = agent(Mode::Open).await;
    agent.take(tap(1, Touch::RedAsking)).await.unwrap();
    agent.take(tap(1, Touch::RedAsking)).await.unwrap();
    assert_eq!(*agent.held().borrow(), 1);
    assert!(faces(&agent).await.is_empty(), "the reason is still being asked");
    let answer = tap(1, Touch::Vote(Face::Red(Some(Reason::Third))));
    agent.take(answer.clone()).await.unwrap();
    agent.take(answer).await.unwrap();
    agent.take(tap(1, Touch::Vote(Face::Red(None)))).await.unwrap();
    assert_eq!(faces(&agent).await, [Face::Red(Some(Reason::Third))]);
}

#[tokio::test]
async fn a_red_face_without_a_reason_counts_after_a_while() {
    let agent = agent(Mode::Open).await;
    agent.take(tap(1, Touch::RedAsking)).await.unwrap();
    agent.end_draft(TapId([1; 16])).await.unwrap();
    agent.end_draft(TapId([1; 16])).await.unwrap();
    assert_eq!(faces(&agent).await, [Face::Red(None)]);
}

#[tokio::test]
async fn a_red_face_survives_the_end_of_the_agent() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let first = agent_on(store.clone(), Mode::Open);
    let reply = booth::samples::reply(&[("urp", "URP", "Information")]);
    first.keep_booth(prost::Message::encode_to_vec(&reply)).await.unwrap();
    first.take(tap(1, Touch::RedAsking)).await.unwrap();
    drop(first);
    let second = agent_on(store, Mode::Open);
    assert_eq!(faces(&second).await, [Face::Red(None)]);
    second.take(tap(1, Touch::Vote(Face::Red(Some(Reason::First))))).await.unwrap();
    assert_eq!(faces(&second).await.len(), 1, "the reason came too late, and the vote counts once");
    assert!(second.show(|_| ()).is_some(), "the page works before the node answers");
}

#[tokio::test]
async fn forgotten_reds_stay_bounded() {
    let agent = agent(Mode::Open).await;
    for number in 0..20 {
        agent.take(tap(number, Touch::RedAsking)).await.unwrap();
    }
    assert_eq!((faces(&agent).await.len(), *agent.held().borrow()), (20 - DRAFTS_MAX, 20));
}

#[tokio::test]
async fn an_attended_page_takes_one_vote_for_each_opening() {
    let agent = agent(Mode::Attended).await;
    let state = || agent.show(|page| serde_json::to_value(page).unwrap()["state"].clone()).unwrap();
    assert_eq!(state(), "closed");
    let refused = agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap_err();
    assert_eq!(refused.state(), Some(State::Closed));
    assert!(agent.open());
    assert_eq!(state(), "open");
    agent.take(tap(1, Touch::RedAsking)).await.unwrap();
    assert_eq!(state(), "closed");
    assert!(agent.take(tap(2, Touch::Vote(Face::Green))).await.is_err());
    agent.take(tap(1, Touch::Vote(Face::Red(None)))).await.unwrap();
    let cast = &agent.oldest(1, &BTreeSet::new()).await[0].cast;
    assert!(opened(&agent, cast).attended);
}

#[tokio::test]
async fn each_opening_has_its_own_time() {
    let agent = agent(Mode::Attended).await;
    agent.open();
    agent.open();
    agent.end_opening(1);
    assert!(agent.opened.load(Ordering::Acquire));
    agent.end_opening(2);
    assert!(agent.take(tap(1, Touch::Vote(Face::Green))).await.is_err());
}

#[tokio::test]
async fn foreign_services_and_unknown_booths_are_refused() {
    let agent = agent(Mode::Open).await;
    let foreign = Tap { service: "biblioteca".parse().unwrap(), ..tap(1, Touch::Vote(Face::Green)) };
    assert!(matches!(agent.take(foreign).await, Err(CastError::Service(_))));
    let fresh = agent_on(Arc::new(MemoryStore::new()), Mode::Open);
    assert!(matches!(fresh.take(tap(1, Touch::Vote(Face::Green))).await, Err(CastError::NoBooth)));
    assert!(fresh.show(|_| ()).is_none());
}

#[tokio::test]
async fn a_file_is_cast_whole_or_not_at_all_and_once() {
    let agent = agent(Mode::Open).await;
    let wrong = agent.cast_file(b"service,face\nurp,green\nurp,blue\n".to_vec(), true, false).await;
    assert!(matches!(wrong, Err(CastError::Rows(RowsError::Lines(_)))));
    let foreign = agent.cast_file(b"service,face\nurp,green\nbiblioteca,red\n".to_vec(), true, false).await;
    assert!(matches!(foreign, Err(CastError::Service(service)) if service == "biblioteca"));
    assert_eq!(*agent.held().borrow(), 0);
    let file = b"service,face,reason\nurp,green,\ntributi,red,2\n".to_vec();
    assert_eq!(agent.cast_file(file.clone(), true, false).await.unwrap(), 2);
    let twice = agent.cast_file(file.clone(), true, false).await;
    assert!(matches!(twice, Err(CastError::Queue(QueueError::FileKnown))));
    assert_eq!(agent.cast_file(file, true, true).await.unwrap(), 2);
    assert_eq!(faces(&agent).await.len(), 4);
}

#[tokio::test]
async fn invite_terminals_have_no_page_and_want_invites() {
    let agent = agent(Mode::Invite).await;
    let tapped = agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap_err();
    assert_eq!(tapped.state(), Some(State::Unavailable));
    let bare = agent.cast_file(b"service,face\nurp,green\n".to_vec(), false, false).await;
    assert!(matches!(bare, Err(CastError::NoInvite)));
    let invited = b"service,face,invite\nurp,green,000102030405060708090a0b0c0d0e0f\n".to_vec();
    assert_eq!(agent.cast_file(invited, false, false).await.unwrap(), 1);
    let cast = &agent.oldest(1, &BTreeSet::new()).await[0].cast;
    assert!(opened(&agent, cast).invite_hash.is_some());
}
