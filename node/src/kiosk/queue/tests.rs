use super::*;
use crate::store::{self, MemoryStore};
use faccina_proto::{
    ballot::Face,
    calendar::{CivilDay, Month},
    envelope::{KeyId, Kind},
};

fn federation() -> FederationId {
    FederationId::from_bytes([1; 32])
}

fn cast(nonce: u8) -> Envelope {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let ballot = Ballot {
        ente: "c_zz01".parse().unwrap(),
        service: "urp".parse().unwrap(),
        channel: "counter".parse().unwrap(),
        branch: "centro".parse().unwrap(),
        month: Month::from_yyyymm(202_604).unwrap(),
        face: Face::Green,
        nonce: [nonce; 16],
    };
    let cast = Cast {
        ballot_bytes: ballot.encode().into(),
        ballot,
        day: CivilDay::from_yyyymmdd(20_260_415).unwrap(),
        terminal: KeyId::of(&key.verifying_key()),
        invite_hash: None,
        attended: false,
    };
    Envelope::seal(Kind::Cast, &federation(), &key, &cast.encode())
}

fn tap(number: u8) -> TapId {
    TapId([number; 16])
}

fn draft() -> Draft {
    Draft { service: "urp".into(), day: 20_260_415, attended: false, invite: None }
}

fn all(queue: &Queue) -> Vec<Bytes> {
    queue.oldest(BALLOTS_MAX, &BTreeSet::new()).into_iter().map(|waiting| waiting.cast).collect()
}

#[test]
fn everything_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let open =
        || Queue::open(Arc::new(store::open(&dir.path().join("queue.db")).unwrap()), federation()).unwrap();
    let mut queue = open();
    queue.keep(tap(1), &cast(1), Standing::Proven).unwrap();
    queue.ask(tap(2), draft(), Standing::Proven).unwrap();
    queue.keep_all(&[cast(3), cast(4)], Some([9; 32]), false).unwrap();
    queue.settle(&[(1, Settled::Refused("unknown-service".into()))]).unwrap();
    queue.keep_booth(vec![5]).unwrap();
    drop(queue);
    let mut queue = open();
    assert_eq!(all(&queue), [cast(1).bytes().clone(), cast(4).bytes().clone()]);
    assert_eq!(queue.draft(tap(2)), Some(&draft()));
    assert!(queue.counted(tap(1)) && !queue.counted(tap(2)));
    assert_eq!(queue.refused()["unknown-service"], 1);
    assert_eq!(queue.booth().unwrap(), Some(vec![5]));
    assert!(matches!(queue.keep_all(&[cast(5)], Some([9; 32]), false), Err(QueueError::FileKnown)));
    queue.keep_all(&[cast(5)], Some([9; 32]), true).unwrap();
    assert_eq!(queue.held(), 4);
}

#[test]
fn a_draft_ends_with_its_ballot() {
    let mut queue = Queue::open(Arc::new(MemoryStore::new()), federation()).unwrap();
    queue.ask(tap(1), draft(), Standing::Proven).unwrap();
    queue.keep(tap(1), &cast(1), Standing::Proven).unwrap();
    assert_eq!((queue.drafts(), queue.held()), (Vec::new(), 1));
    assert!(queue.counted(tap(1)));
}

#[test]
fn a_receipted_ballot_leaves_and_the_others_stay_in_order() {
    let mut queue = Queue::open(Arc::new(MemoryStore::new()), federation()).unwrap();
    for number in 0..5 {
        queue.keep(tap(number), &cast(number), Standing::Proven).unwrap();
    }
    queue.settle(&[(1, Settled::Receipted), (3, Settled::Receipted)]).unwrap();
    let numbers = |skip: &[u64]| -> Vec<u64> {
        let skip = skip.iter().copied().collect();
        queue.oldest(2, &skip).into_iter().map(|waiting| waiting.number).collect()
    };
    assert_eq!(numbers(&[]), [0, 2]);
    assert_eq!(numbers(&[0, 2]), [4]);
}

#[test]
fn a_full_queue_refuses_and_loses_nothing() {
    let mut queue = Queue::open(Arc::new(MemoryStore::new()), federation()).unwrap();
    let casts = vec![cast(1); BALLOTS_MAX - 1];
    queue.keep_all(&casts, None, false).unwrap();
    queue.ask(tap(1), draft(), Standing::Proven).unwrap();
    assert!(!queue.has_room());
    assert!(matches!(
        queue.keep(tap(2), &cast(2), Standing::Proven),
        Err(QueueError::Full { held: BALLOTS_MAX, more: 1 })
    ));
    assert!(!queue.counted(tap(2)));
    queue.keep(tap(1), &cast(1), Standing::Proven).unwrap();
    assert_eq!(queue.held(), BALLOTS_MAX, "a draft has its place already");
}

#[test]
fn old_taps_are_forgotten_in_turn() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut memory = Memory::<1>::open(&*store, b't', 3).unwrap();
    for thing in 1..=4 {
        let mut batch = Batch::new();
        memory.write(&mut batch, [thing]);
        store.commit(batch).unwrap();
        memory.remember([thing]);
    }
    let read = Memory::<1>::open(&*store, b't', 3).unwrap();
    for memory in [&memory, &read] {
        let known: Vec<u8> = memory.known.iter().map(|thing| thing[0]).collect();
        assert_eq!((known, memory.turn), (vec![2, 3, 4], 4));
    }
}

#[test]
fn refusals_with_ever_new_codes_stay_bounded() {
    let mut queue = Queue::open(Arc::new(MemoryStore::new()), federation()).unwrap();
    for number in 0..40_u64 {
        queue.keep_all(&[cast(1)], None, false).unwrap();
        queue.settle(&[(number, Settled::Refused(format!("code-{number}")))]).unwrap();
    }
    assert_eq!(queue.refused().len(), REFUSAL_CODES_MAX + 1);
    assert_eq!(queue.refused()[OTHER_REFUSALS], 8);
}
