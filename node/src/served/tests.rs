use super::*;
use crate::store::MemoryStore;
use faccina_proto::{
    ballot::{Ballot, Face},
    tally::Circumstances,
};

fn code(code: &str) -> Code {
    code.parse().unwrap()
}

fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

fn book() -> ServedBook {
    ServedBook::new(Arc::new(MemoryStore::new()))
}

/// One vote for "anagrafe" at the counter of each of these branches.
fn tally(branches: &[&str]) -> Tally {
    let mut tally = Tally::default();
    for branch in branches {
        let ballot = Ballot {
            ente: "c_zz01".parse().unwrap(),
            service: code("anagrafe"),
            channel: code(COUNTER),
            branch: code(branch),
            month: Month::from_yyyymm(202_604).unwrap(),
            face: Face::Green,
            nonce: [1; 16],
        };
        tally.add(&ballot, Circumstances::default());
    }
    tally
}

#[test]
fn what_is_entered_stands_in_place_of_what_was_counted() {
    let (book, wednesday) = (book(), day(20_260_415));
    let (centro, anagrafe) = (code("centro"), code("anagrafe"));
    book.count(wednesday, &centro, &anagrafe, &[1; 16], &[]).unwrap();
    book.count(wednesday, &centro, &anagrafe, &[2; 16], &[]).unwrap();
    book.take_back(wednesday, &centro, &anagrafe, &[2; 16], false).unwrap();
    book.enter(wednesday, &centro, &anagrafe, Some(40)).unwrap();
    let users = book.of_day(wednesday, &centro).unwrap()[&anagrafe];
    assert_eq!((users, users.figure()), (Users { counted: 1, entered: Some(40) }, 40));
    book.enter(wednesday, &centro, &anagrafe, None).unwrap();
    assert_eq!(book.of_day(wednesday, &centro).unwrap()[&anagrafe].figure(), 1);
    let too_many = book.enter(wednesday, &centro, &anagrafe, Some(SERVED_PER_DAY_MAX + 1));
    assert!(matches!(too_many, Err(ServedError::TooMany)));
    assert!(book.of_day(wednesday, &code("sud")).unwrap().is_empty());
    book.take_back(wednesday, &centro, &anagrafe, &[1; 16], true).unwrap();
    assert_eq!(book.of_day(wednesday, &centro).unwrap()[&anagrafe].figure(), 1, "who voted was served");
    book.take_back(wednesday, &centro, &anagrafe, &[1; 16], false).unwrap();
    assert!(book.of_day(wednesday, &centro).unwrap().is_empty(), "an unknown number is not 0");
}

#[test]
fn an_act_is_remembered_with_its_number_until_it_is_taken_back_or_forgotten() {
    let store = Arc::new(MemoryStore::new());
    let (centro, anagrafe, wednesday) = (code("centro"), code("anagrafe"), day(20_260_415));
    let forms = [StoredInvite::from_bytes([7; 32]), StoredInvite::from_bytes([8; 32])];
    ServedBook::new(store.clone()).count(wednesday, &centro, &anagrafe, &[1; 16], &forms).unwrap();
    let book = ServedBook::new(store.clone());
    let counted = |invite: &[StoredInvite]| {
        let (branch, service) = (centro.clone(), anagrafe.clone());
        Some(Press::Counted(Counted { day: wednesday, branch, service, invite: invite.to_vec() }))
    };
    assert_eq!(book.act(&[1; 16]).unwrap(), counted(&forms), "after a restart too");
    book.give_anew(wednesday, &centro, &anagrafe, &[1; 16], &forms[..1]).unwrap();
    assert_eq!(book.act(&[1; 16]).unwrap(), counted(&forms[..1]));
    assert_eq!(book.of_day(wednesday, &centro).unwrap()[&anagrafe].counted, 1, "counted once");
    book.take_back(wednesday, &centro, &anagrafe, &[1; 16], true).unwrap();
    assert_eq!(book.act(&[1; 16]).unwrap(), Some(Press::TakenBack));
    let kept = store.get(act_key(&[1; 16]).as_bytes()).unwrap().unwrap();
    assert_eq!(str::from_utf8(&kept).unwrap(), "\"taken_back\"", "neither day nor service nor invite");
}

#[test]
fn what_is_not_known_or_cannot_be_read_is_forgotten_by_any_later_look() {
    let store = Arc::new(MemoryStore::new());
    let book = ServedBook::new(store.clone());
    for act in [[1; 16], [2; 16]] {
        book.count(day(20_260_415), &code("centro"), &code("anagrafe"), &act, &[]).unwrap();
    }
    let mut batch = Batch::new();
    batch.put("act/unreadable", "");
    batch.put([ACT_PREFIX.as_bytes(), &[0xff]].concat(), "");
    store.commit(batch).unwrap();
    book.forget_acts_but(&BTreeSet::from([[2; 16]])).unwrap();
    assert_eq!(book.act(&[1; 16]).unwrap(), None);
    assert!(book.act(&[2; 16]).unwrap().is_some());
    assert_eq!(store.scan(ACT_PREFIX.as_bytes()).count(), 1);
    book.forget_acts_but(&BTreeSet::new()).unwrap();
    assert_eq!(store.scan(ACT_PREFIX.as_bytes()).count(), 0);
    assert_eq!(book.of_day(day(20_260_415), &code("centro")).unwrap()[&code("anagrafe")].counted, 2);
}

#[test]
fn a_month_has_its_figure_only_where_no_working_day_is_missing() {
    let (book, april) = (book(), Month::from_yyyymm(202_604).unwrap());
    let (anagrafe, key) = (code("anagrafe"), GroupKey { service: code("anagrafe"), channel: code(COUNTER) });
    for day in working_days(april).filter(|day| *day != self::day(20_260_406)) {
        book.enter(day, &code("centro"), &anagrafe, Some(10)).unwrap();
    }
    let (one, two) = (tally(&["centro"]), tally(&["centro", "sud"]));
    assert_eq!(book.of_month(april, &one).unwrap(), BTreeMap::new(), "Easter Monday is missing");
    let services = BTreeSet::from([anagrafe.clone()]);
    let missing = book.missing(day(20_260_430), &code("centro"), &services).unwrap();
    assert_eq!(missing, [day(20_260_406)]);
    book.enter(day(20_260_406), &code("centro"), &anagrafe, Some(0)).unwrap();
    // April 2026 has 22 days from Monday to Friday.
    assert_eq!(book.of_month(april, &one).unwrap(), BTreeMap::from([(key, 210)]));
    assert_eq!(
        book.of_month(april, &two).unwrap(),
        BTreeMap::new(),
        "votes came from a branch without numbers"
    );
    book.count(day(20_260_331), &code("sud"), &anagrafe, &[1; 16], &[]).unwrap();
    book.count(day(20_260_501), &code("sud"), &anagrafe, &[2; 16], &[]).unwrap();
    book.forget_through(april).unwrap();
    let known = |on: u32, branch: &str| !book.of_day(day(on), &code(branch)).unwrap().is_empty();
    assert!(!known(20_260_415, "centro") && !known(20_260_331, "sud"));
    assert!(known(20_260_501, "sud"), "the next month is open");
    let late = book.enter(day(20_260_415), &code("centro"), &anagrafe, Some(1));
    assert!(matches!(late, Err(ServedError::Closed(_))), "whoever asked before the close comes too late");
    book.enter(day(20_260_501), &code("sud"), &anagrafe, Some(1)).unwrap();
}
