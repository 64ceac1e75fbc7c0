use super::super::{booth, enrolment};
use super::*;
use crate::kiosk::{
    queue::DRAFTS_MAX,
    tap::{Tap, TapId, Touch},
};
use crate::store::{MemoryStore, Store};
use faccina_proto::{
    ballot::{Face, Reason},
    invites::InviteHash,
};

pub(super) fn agent_on(store: Arc<dyn Store>, mode: Mode) -> Arc<Agent> {
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

pub(super) fn tap(number: u8, touch: Touch) -> Tap {
    Tap { id: TapId([number; 16]), service: "urp".parse().unwrap(), touch, invite: None }
}

fn invited(number: u8, touch: Touch) -> Tap {
    let invite = InviteHash::of(&[number; 16]);
    Tap { id: TapId::of_invite(&invite), invite: Some(invite), ..tap(number, touch) }
}

/// The same, once a node has said that its invite is good.
async fn proven(agent: &Arc<Agent>, number: u8, touch: Touch) -> Tap {
    agent.set_link(Link::Up);
    let node = Arc::clone(agent);
    let answering = tokio::spawn(async move {
        let question = node.questions().await.recv().await.unwrap();
        question.answer(Ok("urp".parse().unwrap()));
    });
    agent.check_invite(InviteHash::of(&[number; 16])).await.unwrap();
    answering.await.unwrap();
    invited(number, touch)
}

fn opening(id: u8) -> Opening {
    Opening { id: [id; OPENING_ID_BYTES], service: None }
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
    let asking = |number| agent.take(tap(number, Touch::RedAsking));
    let bound = u8::try_from(DRAFTS_MAX).unwrap();
    // The ids come in falling order: a small one is no old one.
    for number in (100 - bound..100).rev() {
        assert_eq!(asking(number).await.unwrap(), Taken::Asking);
    }
    assert_eq!(asking(99).await.unwrap(), Taken::Asking, "who touches the page is still there");
    asking(0).await.unwrap();
    asking(1).await.unwrap();
    assert_eq!((faces(&agent).await.len(), *agent.held().borrow()), (2, DRAFTS_MAX + 2));
    assert_eq!(asking(98).await.unwrap(), Taken::Before, "the longest untouched has ended");
    assert_eq!(asking(97).await.unwrap(), Taken::Before);
    let reason = Face::Red(Some(Reason::First));
    for number in [99, 0, 1] {
        assert_eq!(agent.take(tap(number, Touch::Vote(reason))).await.unwrap(), Taken::Complete);
    }
    assert_eq!(faces(&agent).await[2..], [reason; 3]);
}

#[tokio::test]
async fn a_node_that_is_slow_is_no_leave_to_vote_unchecked() {
    let agent = agent(Mode::Invite).await;
    agent.set_link(Link::Up);
    let invite = InviteHash::of(&[1; 16]);
    assert_eq!(agent.check_invite(invite).await, Err(InviteRefusal::Busy));
    assert_eq!(agent.right(TapId::of_invite(&invite)), None, "it is asked again");
    agent.set_link(Link::Down { trouble: "away".to_owned() });
    assert_eq!(agent.check_invite(invite).await, Ok(Right::Unproven));
}

#[tokio::test]
async fn an_attended_page_takes_one_vote_for_each_opening() {
    let agent = agent(Mode::Attended).await;
    let state = || agent.show(|page| serde_json::to_value(page).unwrap()["state"].clone()).unwrap();
    assert_eq!(state(), "closed");
    let refused = agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap_err();
    assert_eq!(refused.state(), Some(State::Closed));
    assert!(agent.open(opening(1), None, OPENING_S));
    assert_eq!(state(), "open");
    agent.take(tap(1, Touch::RedAsking)).await.unwrap();
    assert_eq!(state(), "closed");
    assert!(agent.take(tap(2, Touch::Vote(Face::Green))).await.is_err());
    agent.take(tap(1, Touch::Vote(Face::Red(None)))).await.unwrap();
    let cast = &agent.oldest(1, &BTreeSet::new()).await[0].cast;
    assert!(opened(&agent, cast).attended);
}

#[tokio::test]
async fn an_opening_names_its_service_and_is_taken_back() {
    let agent = agent(Mode::Attended).await;
    let page = || agent.show(|page| serde_json::to_value(page).unwrap()).unwrap();
    let other = Opening { service: Some("tributi".parse().unwrap()), ..opening(1) };
    agent.open(other, None, OPENING_S);
    assert_eq!((&page()["state"], &page()["service"]), (&"open".into(), &"tributi".into()));
    assert!(agent.take(tap(1, Touch::Vote(Face::Green))).await.is_err(), "it is for another service");
    agent.withdraw([1; OPENING_ID_BYTES]);
    assert_eq!((&page()["state"], &page()["service"]), (&"closed".into(), &serde_json::Value::Null));
    agent.open(opening(2), None, OPENING_S);
    agent.withdraw([1; OPENING_ID_BYTES]);
    agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap();
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
async fn invite_terminals_want_an_invite_for_each_vote() {
    let agent = agent(Mode::Invite).await;
    let tapped = agent.take(tap(1, Touch::Vote(Face::Green))).await;
    assert!(matches!(tapped, Err(CastError::NoInvite)));
    let bare = agent.cast_file(b"service,face\nurp,green\n".to_vec(), false, false).await;
    assert!(matches!(bare, Err(CastError::NoInvite)));
    let file = b"service,face,invite\nurp,green,000102030405060708090a0b0c0d0e0f\n".to_vec();
    assert_eq!(agent.cast_file(file, false, false).await.unwrap(), 1);
    agent.take(invited(1, Touch::Vote(Face::Green))).await.unwrap();
    agent.take(invited(2, Touch::RedAsking)).await.unwrap();
    agent.take(invited(2, Touch::Vote(Face::Red(Some(Reason::First))))).await.unwrap();
    agent.take(invited(1, Touch::Vote(Face::Yellow))).await.unwrap();
    let casts = agent.oldest(BALLOTS_MAX, &BTreeSet::new()).await;
    let hashes: Vec<_> = casts.iter().map(|waiting| opened(&agent, &waiting.cast).invite_hash).collect();
    let hash = |number: u8| Some(*InviteHash::of(&[number; 16]).as_bytes());
    assert_eq!(hashes[1..], [hash(1), hash(2)], "the draft kept its invite, and each invite is one vote");
}

#[tokio::test]
async fn without_the_node_an_invite_is_taken_on_trust_five_times_a_minute() {
    let agent = agent(Mode::Invite).await;
    let hash = |number: u8| InviteHash::of(&[number; 16]);
    // A minute may begin between two of them, never more than once.
    let mut refused = 0;
    for number in 0..11 {
        match agent.check_invite(hash(number)).await {
            Ok(right) => assert_eq!(right, Right::Unproven),
            Err(refusal) => refused += usize::from(refusal == InviteRefusal::TriesUsedUp),
        }
    }
    assert!(refused >= 1, "at most ten in two minutes");
    assert_eq!(agent.check_invite(hash(0)).await, Ok(Right::Unproven), "asked again, it is no new try");
    agent.take(invited(0, Touch::Vote(Face::Green))).await.unwrap();
    assert_eq!(agent.check_invite(hash(0)).await, Err(InviteRefusal::Refused("invite-spent".to_owned())));
}

#[tokio::test]
async fn the_nodes_word_on_an_invite_is_passed_on_and_remembered() {
    let agent = agent(Mode::Invite).await;
    agent.set_link(Link::Up);
    let node = Arc::clone(&agent);
    let answering = tokio::spawn(async move {
        let mut questions = node.questions().await;
        let mut answered = 0;
        while let Some(question) = questions.recv().await {
            answered += 1;
            let word = match question.invite == InviteHash::of(&[1; 16]) {
                true => Ok("tributi".parse().unwrap()),
                false => Err(InviteRefusal::Refused("invite-expired".to_owned())),
            };
            question.answer(word);
            if answered == 2 {
                break;
            }
        }
    });
    for _ in 0..2 {
        let right = agent.check_invite(InviteHash::of(&[1; 16])).await;
        assert_eq!(right, Ok(Right::Service("tributi".parse().unwrap())));
    }
    let expired = agent.check_invite(InviteHash::of(&[2; 16])).await;
    assert_eq!(expired, Err(InviteRefusal::Refused("invite-expired".to_owned())));
    answering.await.unwrap();
}

/// Answers the next question about an invite.
fn answer_next(agent: &Arc<Agent>, word: Result<Code, InviteRefusal>) -> tokio::task::JoinHandle<()> {
    let agent = Arc::clone(agent);
    tokio::spawn(async move { agent.questions().await.recv().await.unwrap().answer(word) })
}

#[tokio::test]
async fn at_the_vote_the_node_is_asked_again() {
    let agent = agent(Mode::Invite).await;
    let (invite, urp): (_, Code) = (InviteHash::of(&[1; 16]), "urp".parse().unwrap());
    proven(&agent, 1, Touch::Vote(Face::Green)).await;
    let good = answer_next(&agent, Ok(urp.clone()));
    let proof = agent.confirm_invite(invite).await.unwrap();
    assert_eq!(proof, Proof { right: Right::Service(urp.clone()), provisional: false });
    good.await.unwrap();
    let proof = agent.confirm_invite(invite).await.unwrap();
    assert!(proof.provisional, "a node that is slow decides later");
    agent.set_link(Link::Down { trouble: "away".to_owned() });
    assert!(agent.confirm_invite(invite).await.unwrap().provisional, "one that is away as well");
    agent.set_link(Link::Up);
    let spent = InviteRefusal::Refused("invite-spent".to_owned());
    // What nobody waits for any more was passed over.
    while agent.questions().await.try_recv().is_ok() {}
    let answering = answer_next(&agent, Err(spent.clone()));
    assert_eq!(agent.confirm_invite(invite).await, Err(spent), "it has voted elsewhere meanwhile");
    answering.await.unwrap();
    assert_eq!(agent.right(TapId::of_invite(&invite)), None);
}

#[tokio::test]
async fn made_up_invites_take_nobodys_place() {
    let agent = agent(Mode::Invite).await;
    agent.set_link(Link::Up);
    let asked = |number: u16| {
        let agent = Arc::clone(&agent);
        async move { agent.check_invite(InviteHash::of(&u128::from(number).to_be_bytes())).await }
    };
    let node = Arc::clone(&agent);
    let answering = tokio::spawn(async move {
        let mut questions = node.questions().await;
        while questions.len() < 500 {
            tokio::task::yield_now().await;
        }
        while let Some(question) = questions.recv().await {
            question.answer(Ok("urp".parse().unwrap()));
        }
    });
    let answers = futures::future::join_all((0..500).map(asked)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 500);
    answering.abort();
}

#[tokio::test]
async fn another_face_does_not_take_the_place_of_a_red_one() {
    let agent = agent(Mode::Open).await;
    agent.take(tap(1, Touch::RedAsking)).await.unwrap();
    assert_eq!(agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap(), Taken::StaysRed);
    assert_eq!(faces(&agent).await, [Face::Red(None)]);
}

#[tokio::test]
async fn a_revoked_terminal_says_so_and_what_to_do() {
    let agent = agent(Mode::Open).await;
    agent.set_link(Link::Revoked);
    agent.forget_booth().await.unwrap();
    let refused = agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap_err();
    assert!(refused.to_string().contains("--pair-again"), "{refused}");
    let status = serde_json::to_value(agent.status().await).unwrap();
    assert!(status["trouble"].as_str().unwrap().contains("revoked"), "{status}");
    assert!(status["warnings"][0]["it"].as_str().unwrap().contains("revocato"), "{status}");
}

#[tokio::test]
async fn a_daily_cap_holds_for_each_service_and_outlives_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let capped =
        || Arc::new(Arc::into_inner(agent_on(store.clone(), Mode::Invite)).unwrap().capped(2).unwrap());
    let first = capped();
    let reply = booth::samples::reply(&[("urp", "URP", "Information"), ("tributi", "Tributi", "Taxes")]);
    first.keep_booth(prost::Message::encode_to_vec(&reply)).await.unwrap();
    // The node is away: one vote that nobody can check, and the cap of the others is untouched.
    let (urp, tributi) = ("urp".parse().unwrap(), "tributi".parse().unwrap());
    assert!(first.has_unproven_place(Some(&urp)).await);
    first.take(invited(8, Touch::Vote(Face::Green))).await.unwrap();
    assert!(!first.has_unproven_place(Some(&urp)).await);
    assert!(first.has_unproven_place(Some(&tributi)).await && first.has_unproven_place(None).await);
    let unproven = first.take(invited(9, Touch::Vote(Face::Green))).await;
    assert!(matches!(unproven, Err(CastError::NotOpen(State::Unavailable))));
    first.take(proven(&first, 1, Touch::Vote(Face::Green)).await).await.unwrap();
    first.take(proven(&first, 2, Touch::RedAsking).await).await.unwrap();
    first.take(invited(2, Touch::Vote(Face::Red(None)))).await.unwrap();
    drop(first);
    let second = capped();
    let unproven = second.take(invited(9, Touch::Vote(Face::Green))).await;
    assert!(matches!(unproven, Err(CastError::NotOpen(State::Unavailable))));
    let third = proven(&second, 3, Touch::Vote(Face::Green)).await;
    let over = second.take(third.clone()).await;
    assert!(matches!(over, Err(CastError::DailyCap(service)) if service == "urp"));
    let other = Tap { service: "tributi".parse().unwrap(), ..third };
    second.take(other).await.unwrap();
    let tomorrow = faccina_proto::wire::terminal::v1::BoothReply { today: 20_260_416, ..reply };
    second.keep_booth(prost::Message::encode_to_vec(&tomorrow)).await.unwrap();
    second.take(proven(&second, 4, Touch::Vote(Face::Green)).await).await.unwrap();
}
