//! Two enti on a table: real books over stores that die, a post whose world loses answers.

mod bounds;
mod restored;

use super::{
    Book, BookError, Kept, Owner,
    book::Peer,
    post::{Post, World},
};
use crate::{
    clock::Clock,
    store::{Batch, MemoryStore, Scan, Store, StoreError},
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    calendar::CivilDay,
    envelope::{FederationId, Id, KeyId},
    names::IpaCode,
    twinning::{Agreement, Body, Phase, Proposal, Recommendation, Refusal, Side, Signed, Terms},
    wire::twinning::v1::{Delivery, Taken},
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

const LEARNER: &str = "c_aa01";
const EXPERT: &str = "c_bb02";

fn code(text: &str) -> IpaCode {
    text.parse().unwrap()
}

fn day() -> CivilDay {
    CivilDay::from_yyyymmdd(20_260_511).unwrap()
}

fn key(code: &IpaCode) -> SigningKey {
    SigningKey::from_bytes(&[code.as_str().as_bytes()[2]; 32])
}

fn key_of(code: &IpaCode, id: &KeyId) -> Option<VerifyingKey> {
    let verifier = key(code).verifying_key();
    (KeyId::of(&verifier) == *id).then_some(verifier)
}

fn owner(own: &str) -> Owner {
    let code = code(own);
    let feed_key = key(&code);
    Owner { code, federation: FederationId::from_bytes([9; 32]), feed_key }
}

fn proposal(salt: u8) -> Proposal {
    let terms = Terms::read(&["anagrafe".to_owned()], &[], 202_606, 202_612).unwrap();
    Proposal { terms, text: "Come fate?".to_owned(), salt: [salt; 16] }
}

fn advice(text: &str) -> Body {
    Body::Recommendation(Recommendation { service: None, text: text.to_owned(), card: None })
}

/// How many durable steps a node has left; `None` = dead. The step at which it dies is done or not, and nobody hears of it.
#[derive(Debug)]
struct Fate {
    left: Mutex<Option<usize>>,
    last_is_done: bool,
}

impl Fate {
    fn immortal() -> Arc<Self> {
        Arc::new(Self { left: Mutex::new(Some(usize::MAX)), last_is_done: false })
    }

    fn strike<T>(&self, act: impl FnOnce() -> T) -> Option<T> {
        let before = *self.left.lock().unwrap();
        let left = before?.checked_sub(1).filter(|left| *left > 0);
        *self.left.lock().unwrap() = left;
        let done = (left.is_some() || self.last_is_done).then(act);
        done.filter(|_| left.is_some())
    }

    fn is_over(&self) -> bool {
        self.left.lock().unwrap().is_none()
    }
}

/// A store whose process dies.
#[derive(Debug)]
struct Mortal {
    disk: Arc<MemoryStore>,
    fate: Arc<Fate>,
}

impl Store for Mortal {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.disk.get(key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.disk.contains(key)
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        self.disk.scan(prefix)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let dead = || StoreError::Stopped { dir: PathBuf::new() };
        self.fate.strike(|| self.disk.commit(batch)).ok_or_else(dead)?
    }
}

type Feeds = Arc<Mutex<BTreeMap<IpaCode, Vec<(Id, Agreement)>>>>;

#[derive(Clone)]
struct Table {
    own: IpaCode,
    feeds: Feeds,
    other: Arc<Book>,
    fate: Arc<Fate>,
}

impl World for Table {
    async fn deliver(&self, _: IpaCode, delivery: Delivery) -> Option<Taken> {
        let key = |code: &IpaCode, id: &KeyId| self.key(code, id);
        let sender = Peer { code: &self.own, is_ente: true, key: &key };
        self.fate.strike(|| self.other.take(&sender, &delivery, day()).unwrap())
    }

    async fn append(&self, agreement: &Agreement) -> Option<Id> {
        self.fate.strike(|| {
            let mut feeds = self.feeds.lock().unwrap();
            let own = feeds.entry(self.own.clone()).or_default();
            let id = Id::from_bytes([u8::try_from(own.len()).unwrap() + 1; 32]);
            own.push((id, agreement.clone()));
            id
        })
    }

    fn agreements(&self, author: &IpaCode, proposal: Id) -> Vec<(Id, Agreement)> {
        let feeds = self.feeds.lock().unwrap();
        let own = feeds.get(author).cloned().unwrap_or_default();
        own.into_iter().filter(|(_, agreement)| agreement.proposal == proposal).collect()
    }

    fn is_ente(&self, _: &IpaCode) -> bool {
        true
    }

    fn key(&self, code: &IpaCode, id: &KeyId) -> Option<VerifyingKey> {
        key_of(code, id)
    }

    fn is_connected(&self, _: &IpaCode) -> bool {
        true
    }

    fn is_available(&self) -> bool {
        false
    }

    fn set_reachable(&self, _: bool) {}

    async fn changed(&mut self) -> bool {
        std::future::pending().await
    }
}

struct Desk {
    own: &'static str,
    disk: Arc<MemoryStore>,
}

impl Desk {
    fn new(own: &'static str) -> Self {
        Self { own, disk: Arc::default() }
    }

    fn book(&self, fate: &Arc<Fate>) -> Arc<Book> {
        let store = Mortal { disk: Arc::clone(&self.disk), fate: Arc::clone(fate) };
        Arc::new(Book::open(Arc::new(store), owner(self.own)).unwrap())
    }

    /// What is on the disk, as a node that starts would read it.
    fn read(&self) -> Vec<Kept> {
        self.book(&Fate::immortal()).all()
    }
}

/// What the two officers want, from whatever has come about: proposal, acceptance, an advice, the end.
fn act(book: &Book, is_concluded: bool) -> Result<(), BookError> {
    let Some(kept) = book.all().pop() else {
        return book.propose(&code(EXPERT), day(), proposal(1)).map(drop);
    };
    let id = kept.twinning.id();
    match (kept.side, kept.twinning.phase()) {
        (Side::Expert, Phase::Proposed) => {
            book.say(&id, day(), Body::Acceptance("Volentieri".to_owned())).map(drop)
        }
        (Side::Learner, Phase::Accepted) if is_concluded && kept.own_said().len() == 1 => {
            book.say(&id, day(), advice("Grazie")).map(drop)
        }
        (Side::Learner, Phase::Accepted) if is_concluded => {
            book.say(&id, day(), Body::End(String::new())).map(drop)
        }
        _ => Ok(()),
    }
}

/// One life of a node: an act of its officer, some turns of its post; ends early when it dies.
async fn live(own: &Desk, other: &Desk, feeds: &Feeds, fate: &Arc<Fate>) -> Result<(), BookError> {
    let (book, others) = (own.book(fate), other.book(&Fate::immortal()));
    let has_agreed = feeds.lock().unwrap().contains_key(&code(EXPERT));
    if own.own == LEARNER || !book.all().is_empty() {
        act(&book, has_agreed)?;
    }
    let world = Table { own: code(own.own), feeds: Arc::clone(feeds), other: others, fate: Arc::clone(fate) };
    let mut post = Post::new(book, world, Clock::demo(day()).unwrap(), Duration::ZERO);
    post.turn().await?;
    post.turn().await
}

#[tokio::test]
async fn killed_at_any_step_both_sides_end_with_one_agreement_each_and_the_same_twinning() {
    for last_is_done in [false, true] {
        for victim in [LEARNER, EXPERT] {
            for steps in 1..16 {
                let (learner, expert) = (Desk::new(LEARNER), Desk::new(EXPERT));
                let feeds = Feeds::default();
                let mortal = Arc::new(Fate { left: Mutex::new(Some(steps)), last_is_done });
                let mut died = false;
                for _ in 0..12 {
                    for (own, other) in [(&learner, &expert), (&expert, &learner)] {
                        let doomed = own.own == victim && !died;
                        let fate = if doomed { Arc::clone(&mortal) } else { Fate::immortal() };
                        let lived = live(own, other, &feeds, &fate).await;
                        died |= doomed && mortal.is_over();
                        assert!(lived.is_ok() || doomed, "{lived:?}");
                    }
                }
                let what = format!("{victim} killed at step {steps}, done: {last_is_done}");
                let ([at_learner], [at_expert]) = (&learner.read()[..], &expert.read()[..]) else {
                    panic!("{what}: not one twinning on each side")
                };
                assert_eq!(at_learner.twinning, at_expert.twinning, "{what}");
                assert_eq!(at_learner.twinning.phase(), Phase::Ended, "{what}");
                assert!(at_learner.waiting().is_empty() && at_expert.waiting().is_empty(), "{what}");
                let feeds = feeds.lock().unwrap();
                let ([learners], [experts]) = (&feeds[&code(LEARNER)][..], &feeds[&code(EXPERT)][..]) else {
                    panic!("{what}: not one agreement in each feed: {feeds:?}")
                };
                assert!(experts.1.concludes(learners.0, &learners.1), "{what}");
            }
        }
    }
}

fn take(book: &Book, from: &str, delivery: &Delivery) -> Taken {
    book.take(&Peer { code: &code(from), is_ente: true, key: &key_of }, delivery, day()).unwrap()
}

fn answered(book: &Book, by: &str, sent: &[Signed], taken: &Taken) -> bool {
    book.answered(&Peer { code: &code(by), is_ente: true, key: &key_of }, sent, taken).unwrap()
}

fn delivery(kept: &Kept) -> Delivery {
    Delivery { messages: kept.own_said().iter().map(|said| said.bytes().clone()).collect() }
}

/// A learner's and an expert's book, with a proposal that has arrived.
fn proposed() -> (Desk, Desk, Id) {
    let (learner, expert) = (Desk::new(LEARNER), Desk::new(EXPERT));
    let kept = learner.book(&Fate::immortal()).propose(&code(EXPERT), day(), proposal(1)).unwrap();
    let taken = take(&expert.book(&Fate::immortal()), LEARNER, &delivery(&kept));
    assert_eq!((taken.ids.len(), taken.refused.len()), (1, 0));
    answered(&learner.book(&Fate::immortal()), EXPERT, kept.own_said(), &taken);
    (learner, expert, kept.twinning.id())
}

fn reasons(taken: &Taken) -> Vec<&str> {
    taken.refused.iter().map(|it| it.reason.as_str()).collect()
}

#[test]
fn a_delivery_by_another_or_for_another_is_refused() {
    let (learner, expert, _) = proposed();
    let kept = learner.read().pop().unwrap();
    let third = Desk::new("c_cc03").book(&Fate::immortal());
    assert_eq!(reasons(&take(&third, LEARNER, &delivery(&kept))), [Refusal::NotAddressed.code()]);
    // Signed by a key that is not the sender's: left out, for the roster may be behind.
    assert_eq!(take(&third, EXPERT, &delivery(&kept)), Taken::default());
    let key_of_learner = key(&code(LEARNER)).verifying_key();
    let of_key = |_: &IpaCode, _: &KeyId| Some(key_of_learner);
    let thief = code("c_cc03");
    let sender = Peer { code: &thief, is_ente: true, key: &of_key };
    let book = expert.book(&Fate::immortal());
    let taken = book.take(&sender, &delivery(&kept), day()).unwrap();
    assert_eq!(reasons(&taken), [Refusal::WrongSender.code()]);
    let hub = Peer { code: &code(LEARNER), is_ente: false, key: &of_key };
    let taken = book.take(&hub, &delivery(&kept), day()).unwrap();
    assert_eq!(reasons(&taken), [Refusal::NoEnte.code()]);
}

#[test]
fn a_resend_is_taken_again_and_has_the_same_bytes() {
    let (learner, expert, _) = proposed();
    let (before, after) = (learner.read().pop().unwrap(), learner.read().pop().unwrap());
    assert_eq!(delivery(&before), delivery(&after));
    let taken = take(&expert.book(&Fate::immortal()), LEARNER, &delivery(&after));
    assert_eq!((taken.ids.len(), taken.refused.len()), (1, 0));
}

#[test]
fn a_book_that_was_lost_is_filled_again() {
    let (learner, expert, id) = proposed();
    let at_expert = expert.book(&Fate::immortal());
    let accepted = at_expert.say(&id, day(), Body::Acceptance(String::new())).unwrap();
    let at_learner = learner.book(&Fate::immortal());
    let taken = take(&at_learner, EXPERT, &delivery(&accepted));
    answered(&at_expert, LEARNER, accepted.own_said(), &taken);
    let advised = at_expert.say(&id, day(), advice("Un cartello")).unwrap();
    assert_eq!(advised.waiting().len(), 1);
    // The learner comes back from a backup that has the proposal and nothing after it.
    let restored = Desk::new(LEARNER);
    let book = restored.book(&Fate::immortal());
    assert_eq!(book.propose(&code(EXPERT), day(), proposal(1)).unwrap().twinning.id(), id);
    let waiting = Delivery { messages: advised.waiting().iter().map(|it| it.bytes().clone()).collect() };
    let taken = take(&book, EXPERT, &waiting);
    assert_eq!(reasons(&taken), ["number-ahead"]);
    answered(&at_expert, LEARNER, advised.waiting(), &taken);
    let again = at_expert.twinning(&id).unwrap();
    assert_eq!(again.waiting().len(), 2);
    let taken = take(&book, EXPERT, &delivery(&again));
    assert_eq!(taken.ids.len(), 2);
    answered(&at_expert, LEARNER, again.waiting(), &taken);
    assert_eq!(book.twinning(&id).unwrap().twinning, at_expert.twinning(&id).unwrap().twinning);
}

#[test]
fn what_the_other_side_refuses_for_good_is_taken_back() {
    let (learner, _, id) = proposed();
    let book = learner.book(&Fate::immortal());
    let said = book.say(&id, day(), Body::Withdrawal("Troppo presto".to_owned())).unwrap();
    let refused = faccina_proto::wire::twinning::v1::Refused {
        id: said.own_said()[1].id().as_bytes().to_vec().into(),
        reason: "x".repeat(99),
    };
    answered(&book, EXPERT, said.waiting(), &Taken { refused: vec![refused], ..Taken::default() });
    let kept = learner.read().pop().unwrap();
    assert_eq!((kept.twinning.phase(), kept.own_said().len(), kept.delivered), (Phase::Proposed, 1, 1));
    assert_eq!(kept.refused.as_deref().map(str::len), Some(32));
    // Its text is still there for whoever wrote it.
    assert_eq!(kept.untaken[&2].signed, said.own_said()[1]);
    assert!(kept.waiting().is_empty() && !kept.is_refused());
    let again = book.say(&id, day(), Body::Withdrawal(String::new())).unwrap();
    assert_eq!((again.refused, again.twinning.phase()), (None, Phase::Withdrawn));
}

#[test]
fn an_ente_has_few_open_twinnings_with_one_other() {
    let (learner, expert) = (Desk::new(LEARNER), Desk::new(EXPERT));
    let (at_learner, at_expert) = (learner.book(&Fate::immortal()), expert.book(&Fate::immortal()));
    let all: Vec<Kept> =
        (1..=4).map(|salt| at_learner.propose(&code(EXPERT), day(), proposal(salt)).unwrap()).collect();
    let fifth = at_learner.propose(&code(EXPERT), day(), proposal(5));
    assert!(matches!(fifth, Err(BookError::Refused(Refusal::TooManyTwinnings))), "{fifth:?}");
    for kept in &all {
        assert_eq!(take(&at_expert, LEARNER, &delivery(kept)).ids.len(), 1);
    }
    let stubborn = Desk::new(LEARNER).book(&Fate::immortal());
    let fifth = stubborn.propose(&code(EXPERT), day(), proposal(5)).unwrap();
    assert_eq!(reasons(&take(&at_expert, LEARNER, &delivery(&fifth))), ["too-many-twinnings"]);
    at_learner.say(&all[0].twinning.id(), day(), Body::Withdrawal(String::new())).unwrap();
    assert!(at_learner.propose(&code(EXPERT), day(), proposal(6)).is_ok());
}
