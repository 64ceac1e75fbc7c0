use super::*;
use crate::calendar::Month;
use crate::envelope::{Envelope, EnvelopeError, FederationId, Kind};
use crate::limits::{TWINNING_MESSAGE_BYTES_MAX, TWINNING_TEXT_BYTES_MAX};
use crate::wire::feed::v1 as feed;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;

fn federation() -> FederationId {
    FederationId::from_bytes([9; 32])
}

fn day() -> CivilDay {
    CivilDay::from_yyyymmdd(20_260_511).unwrap()
}

fn code(text: &str) -> IpaCode {
    text.parse().unwrap()
}

fn key(side: Side) -> SigningKey {
    SigningKey::from_bytes(&[if side == Side::Learner { 1 } else { 2 }; 32])
}

fn terms() -> Terms {
    Terms::read(&["anagrafe".to_owned()], &["code".to_owned()], 202_606, 202_705).unwrap()
}

fn seal(side: Side, message: &Message) -> Signed {
    Signed::seal(&federation(), &key(side), message).unwrap()
}

fn proposed() -> Twinning {
    let body = Body::Proposed(Proposal { terms: terms(), text: "Come fate?".to_owned(), salt: [7; 16] });
    let (from, to) = (code("c_aa01"), code("c_bb02"));
    let message = Message { from, to, proposal: None, number: 1, seen: 0, day: day(), body };
    Twinning::propose(seal(Side::Learner, &message)).unwrap()
}

fn advice() -> Body {
    Body::Recommendation(Recommendation { service: None, text: "Invitate sempre".to_owned(), card: None })
}

fn acceptance() -> Body {
    Body::Acceptance(String::new())
}

fn say(twinning: &mut Twinning, side: Side, body: Body) -> Signed {
    let signed = seal(side, &twinning.next(side, day(), body).unwrap());
    assert_eq!(twinning.take(signed.clone()), Ok(Taken::Added));
    signed
}

/// What `side` would say, whether it may or not.
fn forced(twinning: &Twinning, side: Side, number: u32, seen: u32, body: Body) -> Signed {
    let (from, to) = (twinning.code_of(side).clone(), twinning.code_of(side.other()).clone());
    seal(side, &Message { from, to, proposal: Some(twinning.id()), number, seen, day: day(), body })
}

#[test]
fn a_twinning_goes_from_proposal_to_end() {
    let mut twinning = proposed();
    assert_eq!(twinning.phase(), Phase::Proposed);
    say(&mut twinning, Side::Expert, acceptance());
    say(&mut twinning, Side::Expert, advice());
    say(&mut twinning, Side::Learner, advice());
    assert_eq!(twinning.phase(), Phase::Accepted);
    say(&mut twinning, Side::Learner, Body::End(String::new()));
    assert_eq!(twinning.phase(), Phase::Ended);
    let refused = twinning.next(Side::Expert, day(), advice());
    assert_eq!(refused, Err(Refusal::AfterTheEnd(Phase::Ended)));
    let order: Vec<_> = twinning.conversation().iter().map(|said| said.message().body.name()).collect();
    assert_eq!(order, ["proposal", "acceptance", "recommendation", "recommendation", "end"]);
}

#[test]
fn what_does_not_follow_is_refused() {
    let twinning = proposed();
    let after = |side, body| {
        proposed().take(forced(&twinning, side, if side == Side::Learner { 2 } else { 1 }, 0, body))
    };
    assert_eq!(after(Side::Expert, advice()), Err(Refusal::OutOfOrder(Phase::Proposed)));
    assert_eq!(after(Side::Learner, acceptance()), Err(Refusal::WrongSide));
    assert_eq!(after(Side::Expert, Body::Withdrawal(String::new())), Err(Refusal::WrongSide));
    let mut declined = proposed();
    say(&mut declined, Side::Expert, Body::Decline(String::new()));
    let again = forced(&declined, Side::Expert, 2, 1, acceptance());
    assert_eq!(declined.take(again), Err(Refusal::AfterTheEnd(Phase::Declined)));
    let gap = forced(&declined, Side::Learner, 5, 0, Body::Withdrawal(String::new()));
    assert_eq!(declined.take(gap), Err(Refusal::NumberAhead { expected: 2, number: 5 }));
    let taken = forced(&declined, Side::Expert, 1, 1, acceptance());
    assert_eq!(declined.take(taken), Err(Refusal::NumberTaken(1)));
    let ahead = forced(&declined, Side::Learner, 2, 9, Body::Withdrawal(String::new()));
    assert_eq!(declined.take(ahead), Err(Refusal::Seen { seen: 9 }));
    let mut accepted = proposed();
    say(&mut accepted, Side::Expert, acceptance());
    say(&mut accepted, Side::Learner, advice());
    let back = forced(&accepted, Side::Learner, 3, 0, advice());
    assert_eq!(accepted.take(back), Err(Refusal::Seen { seen: 0 }));
}

#[test]
fn strangers_and_other_twinnings_are_refused() {
    let mut twinning = proposed();
    let mut message = twinning.next(Side::Expert, day(), acceptance()).unwrap();
    message.from = code("c_cc03");
    assert_eq!(twinning.take(seal(Side::Expert, &message)), Err(Refusal::WrongSide));
    let mut message = twinning.next(Side::Expert, day(), acceptance()).unwrap();
    message.to = code("c_cc03");
    assert_eq!(twinning.take(seal(Side::Expert, &message)), Err(Refusal::WrongSide));
    let mut message = twinning.next(Side::Expert, day(), acceptance()).unwrap();
    message.proposal = Some(Id::from_bytes([8; 32]));
    assert_eq!(twinning.take(seal(Side::Expert, &message)), Err(Refusal::UnknownProposal));
    let answer = forced(&twinning, Side::Expert, 1, 1, acceptance());
    assert_eq!(Twinning::propose(answer), Err(Refusal::UnknownProposal));
}

#[test]
fn a_signature_of_another_key_or_federation_does_not_open() {
    let signed = forced(&proposed(), Side::Expert, 1, 1, acceptance());
    let open = |federation, side| {
        let envelope = Envelope::parse(signed.bytes().clone()).unwrap();
        Signed::open(envelope, &federation, &key(side).verifying_key())
    };
    assert_eq!(open(federation(), Side::Expert), Ok(signed.clone()));
    let wrong = |result: Result<Signed, Refusal>| matches!(result, Err(Refusal::WrongSigner(_)));
    assert!(wrong(open(federation(), Side::Learner)));
    assert!(wrong(open(FederationId::from_bytes([8; 32]), Side::Expert)));
    let entry = Envelope::seal(Kind::Entry, &federation(), &key(Side::Expert), b"x");
    let opened = Signed::open(entry, &federation(), &key(Side::Expert).verifying_key());
    assert!(matches!(opened, Err(Refusal::WrongSigner(EnvelopeError::Kind { .. }))));
}

#[test]
fn a_withdrawal_and_an_answer_that_cross_end_withdrawn_on_both_sides() {
    let (mut at_learner, mut at_expert) = (proposed(), proposed());
    let withdrawal = say(&mut at_learner, Side::Learner, Body::Withdrawal(String::new()));
    let accepted = say(&mut at_expert, Side::Expert, acceptance());
    let advised = say(&mut at_expert, Side::Expert, advice());
    at_expert.take(withdrawal).unwrap();
    at_learner.take(accepted).unwrap();
    at_learner.take(advised).unwrap();
    assert_eq!(at_learner, at_expert);
    assert_eq!(at_learner.phase(), Phase::Withdrawn);
}

#[test]
fn a_side_may_always_end() {
    let mut twinning = proposed();
    say(&mut twinning, Side::Expert, acceptance());
    for _ in 2..TWINNING_MESSAGES_PER_SIDE_MAX {
        say(&mut twinning, Side::Learner, advice());
    }
    assert_eq!(twinning.next(Side::Learner, day(), advice()), Err(Refusal::TooManyMessages));
    say(&mut twinning, Side::Learner, Body::End(String::new()));
}

#[test]
fn messages_beyond_their_bounds_are_not_read() {
    assert_eq!(
        Message::decode(&[0; TWINNING_MESSAGE_BYTES_MAX + 1]),
        Err(Refusal::TooLong(TWINNING_MESSAGE_BYTES_MAX + 1))
    );
    let twinning = proposed();
    let mut message = twinning.next(Side::Expert, day(), acceptance()).unwrap();
    message.body = Body::Decline("a".repeat(TWINNING_TEXT_BYTES_MAX + 1));
    assert!(matches!(Signed::seal(&federation(), &key(Side::Expert), &message), Err(Refusal::Text(_))));
    message.body = Body::Checklist(Vec::new());
    assert!(matches!(Message::decode(&message.encode()), Err(Refusal::Text(_))));
    let answer = Answer { item: "piano".parse().unwrap(), level: Level::Begun, note: String::new() };
    message.body = Body::Checklist(vec![answer.clone(), answer]);
    assert!(matches!(Message::decode(&message.encode()), Err(Refusal::Text(_))));
    message.body = Body::Recommendation(Recommendation { service: None, text: " ".to_owned(), card: None });
    assert!(matches!(Message::decode(&message.encode()), Err(Refusal::Text(_))));
    message.to = message.from.clone();
    assert!(matches!(Message::decode(&message.encode()), Err(Refusal::Malformed(_))));
}

#[test]
fn a_body_of_newer_software_is_kept_once_the_twinning_is_accepted() {
    let mut twinning = proposed();
    say(&mut twinning, Side::Expert, acceptance());
    say(&mut twinning, Side::Expert, Body::Unknown);
    assert_eq!(twinning.phase(), Phase::Accepted);
}

#[test]
fn terms_have_a_subject_and_a_period() {
    let read = |services: &[&str], from, to| {
        let services: Vec<String> = services.iter().map(|code| (*code).to_owned()).collect();
        Terms::read(&services, &[], from, to)
    };
    assert_eq!(read(&[], 202_601, 202_612), Err(TermsError::Nothing));
    for (from, to) in [(202_602, 202_601), (202_601, 202_901)] {
        assert!(matches!(read(&["anagrafe"], from, to), Err(TermsError::Period { .. })), "{from} {to}");
    }
    assert!(read(&["anagrafe"], 202_601, 202_812).is_ok());
    assert!(matches!(read(&["anagrafe"], 202_613, 202_612), Err(TermsError::Month(_))));
}

#[test]
fn an_agreement_is_concluded_by_both_entries_that_say_the_same() {
    let twinning = proposed();
    let (learner, expert) = (code("c_aa01"), code("c_bb02"));
    let id = Id::from_bytes([5; 32]);
    let learners = Agreement::read(&learner, &twinning.agreement(None).to_wire()).unwrap();
    let experts = Agreement::read(&expert, &twinning.agreement(Some(id)).to_wire()).unwrap();
    assert!(experts.concludes(id, &learners));
    assert!(!experts.concludes(Id::from_bytes([6; 32]), &learners));
    let mut other = learners.clone();
    other.terms.to = Month::from_yyyymm(202_706).unwrap();
    assert!(!experts.concludes(id, &other));
    assert_eq!(Agreement::read(&expert, &twinning.agreement(None).to_wire()), Err(EntryFlaw::Counterpart));
    assert_eq!(
        Agreement::read(&learner, &twinning.agreement(Some(id)).to_wire()),
        Err(EntryFlaw::Counterpart)
    );
    assert_eq!(
        Agreement::read(&code("c_cc03"), &twinning.agreement(None).to_wire()),
        Err(EntryFlaw::Stranger)
    );
}

#[test]
fn an_outcome_has_a_result_and_a_text() {
    let outcome = Outcome {
        proposal: Id::from_bytes([5; 32]),
        achieved: Achieved::Partly,
        text: "Attesa dimezzata".to_owned(),
        cards: vec!["c_bb02/1".parse().unwrap()],
    };
    assert_eq!(Outcome::read(&outcome.to_wire()), Ok(outcome.clone()));
    let unsaid = feed::TwinningOutcome { text: " \n".to_owned(), ..outcome.to_wire() };
    assert!(matches!(Outcome::read(&unsaid), Err(EntryFlaw::Text(_))));
    let unknown = feed::TwinningOutcome { result: 0, ..outcome.to_wire() };
    assert_eq!(Outcome::read(&unknown), Err(EntryFlaw::Field("result")));
}

fn any_body() -> impl Strategy<Value = Body> {
    prop_oneof![
        Just(acceptance()),
        "[a-z]{0,9}".prop_map(Body::Decline),
        "[a-z]{0,9}".prop_map(Body::Withdrawal),
        "[a-z]{0,9}".prop_map(Body::End),
        "[a-z]{1,9}".prop_map(|text| Body::Recommendation(Recommendation {
            service: None,
            text,
            card: None
        })),
        Just(Body::Unknown),
    ]
}

/// What happens at one step of two nodes that speak past each other.
#[derive(Clone, Debug)]
enum Step {
    Say(Side, Body),
    Deliver(Side),
}

fn any_step() -> impl Strategy<Value = Step> {
    let side = || prop_oneof![Just(Side::Learner), Just(Side::Expert)];
    prop_oneof![
        (side(), any_body()).prop_map(|(side, body)| Step::Say(side, body)),
        side().prop_map(Step::Deliver),
    ]
}

proptest! {
    /// Whatever is said when, and however late it arrives: nothing that a side could say is refused by the other, and
    /// both hold the same twinning in the end, in whatever order the two sides' messages are folded.
    #[test]
    fn both_sides_come_to_the_same_twinning(steps in proptest::collection::vec(any_step(), 0..60)) {
        let mut at = [proposed(), proposed()];
        let index = |side| usize::from(side == Side::Expert);
        let mut delivered = [1, 0];
        let mut deliver = |at: &mut [Twinning; 2], to: Side| {
            let from = to.other();
            let next = at[index(from)].said(from).get(delivered[index(from)]).cloned();
            if let Some(signed) = next {
                assert_eq!(at[index(to)].take(signed), Ok(Taken::Added));
                delivered[index(from)] += 1;
                return true;
            }
            false
        };
        for step in steps {
            match step {
                Step::Say(side, body) => {
                    if let Ok(message) = at[index(side)].next(side, day(), body) {
                        prop_assert_eq!(at[index(side)].take(seal(side, &message)), Ok(Taken::Added));
                    }
                }
                Step::Deliver(to) => { deliver(&mut at, to); }
            }
        }
        for to in [Side::Learner, Side::Expert] {
            while deliver(&mut at, to) {}
        }
        prop_assert_eq!(&at[0], &at[1]);
        prop_assert_eq!(at[0].conversation().len(), at[0].said(Side::Learner).len() + at[0].said(Side::Expert).len());
        let mut again = proposed();
        for said in at[0].conversation().into_iter().skip(1) {
            prop_assert_eq!(again.take(said.clone()), Ok(Taken::Added));
            prop_assert_eq!(again.take(said.clone()), Ok(Taken::Known));
        }
        prop_assert_eq!(&again, &at[0]);
    }

    #[test]
    fn what_is_written_is_read(body in any_body(), number in 2u32..200, seen in 0u32..200) {
        let twinning = proposed();
        let (from, to) = (code("c_aa01"), code("c_bb02"));
        let message = Message { from, to, proposal: Some(twinning.id()), number, seen, day: day(), body };
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::decode(&bytes);
    }
}
