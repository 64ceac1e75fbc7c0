use super::*;
use crate::kiosk::measuring::Now;
use crate::store::{self, MemoryStore};
use faccina_proto::{
    ballot::Face,
    calendar::{CivilDay, Month},
    envelope::{KeyId, Kind},
    report::HalfDayReport,
    terminals::OpeningHours,
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

/// A key as it was once written, with its value; `None` where it was deleted.
type Written = (Vec<u8>, Option<Vec<u8>>);

/// Forgets nothing, like the old pages of a disk to who has its key.
#[derive(Debug, Default)]
struct Pages {
    store: MemoryStore,
    written: std::sync::Mutex<Vec<Written>>,
}

impl Store for Pages {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }
    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.store.contains(key)
    }
    fn scan<'a>(&'a self, prefix: &[u8]) -> store::Scan<'a> {
        self.store.scan(prefix)
    }
    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut again = Batch::new();
        for (key, value) in batch.into_changes() {
            self.written.lock().unwrap().push((key.clone(), value.clone()));
            match value {
                Some(value) => again.put(key, value),
                None => again.delete(key),
            }
        }
        self.store.commit(again)
    }
}

fn at_second(second: u64) -> Now {
    let minute = 540 + u32::try_from(second / 60).unwrap();
    let day = CivilDay::from_yyyymmdd(20_260_415).unwrap();
    Now { day, minute: Some(minute), certain: true, steady_ms: second * 1_000 }
}

fn report(report: &HalfDayReport) -> Envelope {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    Envelope::seal(Kind::Report, &federation(), &key, &report.encode())
}

/// All that two votes leave on the disk when the first comes at this second of an hour.
fn traces(second: u64) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let pages = Arc::new(Pages::default());
    let mut queue = Queue::open(pages.clone(), federation()).unwrap();
    queue.measure_for(KeyId::from_slice(&[3; 8]).unwrap()).unwrap();
    let urp = "urp".parse().unwrap();
    for now in 0..3_600 {
        if now % 10 == 0 {
            queue.pass(&at_second(now), &[], true, report).unwrap();
        }
        if now == second {
            queue.tapped(&at_second(now), &[], &urp, true, report).unwrap();
            queue.keep(tap(1), &cast(1), Standing::Proven).unwrap();
        }
        if now == second + 20 {
            queue.tapped(&at_second(now), &[], &urp, false, report).unwrap();
            queue.ask(tap(2), draft(), Standing::Proven).unwrap();
        }
        if now == second + 27 {
            queue.keep(tap(2), &cast(2), Standing::Proven).unwrap();
        }
    }
    std::mem::take(&mut *pages.written.lock().unwrap())
}

#[test]
fn what_was_ever_on_the_disk_does_not_tell_the_second_of_a_vote() {
    let early = traces(1_000);
    let numbers = early.iter().filter(|(key, _)| key == b"m").count();
    assert_eq!(numbers, 3 + 3, "the quarters of an hour, two votes and a reason");
    for second in [1_001, 1_009, 1_010, 1_500, 1_700] {
        assert!(traces(second) == early, "at {second}");
    }
    assert!(traces(2_000) != early, "only the quarter of an hour is seen");
}

#[test]
fn what_was_voted_is_reported_before_what_a_clock_that_jumped_left_out() {
    let mut queue = Queue::open(Arc::new(MemoryStore::new()), federation()).unwrap();
    queue.measure_for(KeyId::from_slice(&[3; 8]).unwrap()).unwrap();
    let (urp, start) = ("urp".parse().unwrap(), at_second(0));
    let hours: Vec<_> = (1..=7).map(|weekday| OpeningHours::new(weekday, 510, 1_000).unwrap()).collect();
    let mut voted = 0;
    // Months ahead at each second day, and back again.
    for days in [0, 90, 2, 92, 4, 94, 6] {
        let now = Now { day: start.day.plus_days(days), ..start };
        queue.pass(&now, &hours, true, report).unwrap();
        queue.tapped(&now, &hours, &urp, true, report).unwrap();
        voted += 1;
    }
    let kept = queue.reports().values().map(|it| Envelope::parse(it.clone()).unwrap());
    let votes: Vec<u32> = kept.map(|it| HalfDayReport::decode(it.payload()).unwrap().votes()).collect();
    assert_eq!((votes.len(), votes.iter().sum::<u32>()), (124, voted - 1), "the last half-day is running");
}
