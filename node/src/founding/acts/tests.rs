use super::*;
use crate::founding::{Applicant, KeysWanted, RootFeed, RootFeedError, found};
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::Month,
    envelope::{FederationId, Id, KeyId},
    wire::feed::v1::{Role, entry::Body},
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

fn code() -> IpaCode {
    "c_zz01".parse().unwrap()
}

fn head(sequence: u64) -> Option<Head> {
    Some(Head { sequence, id: Id::from_bytes([sequence.to_le_bytes()[0]; 32]) })
}

/// A root feed with one ente, whose feed key is number 3.
struct Safe {
    feed: RootFeed,
    federation: FederationId,
}

impl Safe {
    fn with_an_ente() -> Self {
        let month = Month::from_yyyymm(202_601).unwrap();
        let founding = found("Prova", &key(1), &key(2).verifying_key(), month, day(20_260_101));
        let federation = founding.file.id();
        let mut feed = RootFeed::begin(&founding.file, &founding.genesis).unwrap();
        let applicant = Applicant { name: "Comune di Prova".to_owned(), ..Applicant::default() };
        let transport = key(13).verifying_key();
        let request = Request::seal(&applicant, &code(), &federation, &key(3), &transport, day(20_260_101));
        feed.sign(&key(1), day(20_260_102), request.admitted(Role::Ente, month, "1")).unwrap();
        Self { feed, federation }
    }

    fn request(&self, feed: u8, present: Option<u8>, transport: Option<u8>) -> Request {
        let (feed, present) = (key(feed), present.map(key));
        let transport = transport.map(|seed| key(seed).verifying_key());
        let wanted = KeysWanted { feed: &feed, present: present.as_ref(), transport: transport.as_ref() };
        Request::seal_keys(&code(), &self.federation, wanted, day(20_260_301))
    }

    fn present<T>(&self, act: impl FnOnce(Present<'_>) -> Result<T, ActError>) -> Result<T, ActError> {
        self.feed.present(&code(), act)
    }

    fn sign(&mut self, body: Body) -> Result<(), RootFeedError> {
        self.feed.sign(&key(1), day(20_260_302), body)
    }

    /// Number 4 follows number 3 from entry 6 on.
    fn rotate(&mut self) {
        let request = self.request(4, Some(3), None);
        let record = self.present(|it| it.rotated(&request, 5, 2, day(20_260_302))).unwrap();
        self.sign(Body::Member(record)).unwrap();
    }
}

#[test]
fn a_former_key_asks_for_nothing_any_more() {
    let mut safe = Safe::with_an_ente();
    let today = day(20_260_303);
    let renewed = |safe: &Safe, feed| {
        let request = safe.request(feed, None, Some(23));
        safe.present(|it| it.renewed(&request, today)).map(drop)
    };
    assert_eq!(renewed(&safe, 3), Ok(()));
    safe.rotate();
    assert_eq!(renewed(&safe, 3), Err(ActError::Followed(code())));
    assert_eq!(renewed(&safe, 4), Ok(()));
    assert_eq!(renewed(&safe, 9), Err(ActError::NotTheirs(code())));
    let rotated = |present| {
        let request = safe.request(5, present, None);
        safe.present(|it| it.rotated(&request, 8, 2, today)).map(drop)
    };
    assert_eq!(rotated(Some(3)), Err(ActError::Followed(code())));
    assert_eq!(rotated(Some(4)), Ok(()));
    assert_eq!(rotated(Some(9)), Err(ActError::NotCountersigned(code())));
    assert_eq!(rotated(None), Err(ActError::NotCountersigned(code())));
}

#[test]
fn nobody_leaves_on_a_day_that_has_passed() {
    let mut safe = Safe::with_an_ente();
    let today = day(20_260_610);
    let past = safe.present(|it| it.left(day(20_260_609), today)).unwrap_err();
    assert_eq!(past, ActError::Past { code: code(), on: day(20_260_609), today });
    let record = safe.present(|it| it.left(day(20_261_231), today)).unwrap();
    safe.sign(Body::Member(record)).unwrap();
    // Until that day it is a member like any other: it gets new keys, and the day can be changed.
    let (renew, replace) = (safe.request(3, None, Some(23)), safe.request(4, None, Some(24)));
    assert!(safe.present(|it| it.renewed(&renew, today)).is_ok());
    assert!(safe.present(|it| it.replaced(&replace, head(5), "rubata", today)).is_ok());
    assert_eq!(safe.present(|it| it.left(today, today)).unwrap().left_on_day, 20_260_610);
    let after = day(20_270_101);
    let gone = Err(ActError::Left { code: code(), on: day(20_261_231) });
    assert_eq!(safe.present(|it| it.renewed(&renew, after)).map(drop), gone);
    assert_eq!(safe.present(|it| it.left(after, after)).map(drop), gone);
}

#[test]
fn a_revocation_can_be_moved_to_an_earlier_entry_and_to_no_later_one() {
    let mut safe = Safe::with_an_ente();
    let at = |safe: &Safe, last| safe.present(|it| Ok(it.revocations(head(last), "rubata"))).unwrap();
    for revocation in at(&safe, 10) {
        safe.sign(Body::Revocation(revocation)).unwrap();
    }
    assert_eq!(at(&safe, 12), []);
    let earlier = at(&safe, 7);
    assert_eq!(earlier.iter().map(|it| it.last_sequence).collect::<Vec<_>>(), [7]);
    safe.sign(Body::Revocation(earlier[0].clone())).unwrap();
    assert!(!safe.feed.roster().permits(&code().into(), 8, &KeyId::of(&key(3).verifying_key())));
    assert_eq!(at(&safe, 7), []);
}
