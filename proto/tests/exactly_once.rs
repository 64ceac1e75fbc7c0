//! Exactly once: whatever is sent, resent, delayed, closed and deleted, no ballot counts twice and no invite votes twice.
//!
//! A small model of a node's boxes around `admit`: days pass, months close late or on time, ids and marks are deleted 90
//! days after their box's close, terminals send ballots in any order and again. The truth that nothing deletes is kept
//! beside it.

use crate::golden::{code, federation, month, terminal_key};
use bytes::Bytes;
use faccina_proto::{
    admission::{Admission, Boxes, InviteState, Refusal, Seen, VerifiedCast, Wait, admit, verify_cast},
    ballot::{Ballot, Cast, Face},
    calendar::{CivilDay, Month},
    envelope::{Envelope, Id, KeyId, Kind},
    invites::{InviteHash, InviteRecord, StoredInvite},
    names::IpaCode,
    tally::GroupKey,
    terminals::{Leftover, Mode, State, TerminalList, TerminalRecord},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

const RETENTION_DAYS: i64 = 90;
const NODE_KEY: [u8; 32] = [5; 32];

#[derive(Clone, Debug)]
enum Step {
    Wait { days: i64 },
    Close,
    Send { ballot: usize },
}

#[derive(Default)]
struct Box {
    ids: BTreeSet<Id>,
    marks: BTreeSet<StoredInvite>,
    closed_on: Option<CivilDay>,
}

struct Town {
    today: CivilDay,
    oldest_open: Month,
    boxes: BTreeMap<Month, Box>,
    invites: BTreeMap<StoredInvite, InviteRecord>,
    counted: BTreeMap<Id, Month>,
    spent: BTreeSet<StoredInvite>,
}

/// Signing is slow; the sixteen casts are made once.
static CASTS: LazyLock<Vec<VerifiedCast>> = LazyLock::new(|| (0..16).map(cast).collect());

fn ente() -> IpaCode {
    "c_x001".parse().unwrap()
}

fn terminals() -> TerminalList {
    let mut list = TerminalList::default();
    let record = TerminalRecord {
        key: terminal_key().verifying_key(),
        name: String::new(),
        channel: code("counter"),
        branch: code("centro"),
        services: [code("anagrafe")].into(),
        mode: Mode::Invite,
        state: State::Active,
        hours: Vec::new(),
        leftover: Leftover::Undecided,
        enrolled: None,
    };
    list.insert(record).unwrap();
    list
}

fn invite(number: u8) -> InviteHash {
    InviteHash::of(&[number; 16])
}

/// Ballot `number` of month January + `number` mod 4, on its first day, with one of four invites.
fn cast(number: usize) -> VerifiedCast {
    let number = u8::try_from(number).unwrap();
    let mut months = std::iter::successors(Some(month(202_601)), |month| Some(month.next()));
    let month = months.nth(usize::from(number % 4)).unwrap();
    let ballot = Ballot {
        ente: ente(),
        service: code("anagrafe"),
        channel: code("counter"),
        branch: code("centro"),
        month,
        face: Face::Green,
        nonce: [number; 16],
    };
    let cast = Cast {
        ballot_bytes: ballot.encode().into(),
        ballot,
        day: month.first_day(),
        terminal: KeyId::of(&terminal_key().verifying_key()),
        invite_hash: Some(*invite(number / 4).as_bytes()),
        attended: false,
    };
    let bytes = Envelope::seal(Kind::Cast, &federation(), &terminal_key(), &cast.encode()).bytes().clone();
    verify_cast(Bytes::clone(&bytes), &federation(), &terminals(), &ente()).unwrap()
}

impl Town {
    fn new() -> Self {
        let key = GroupKey { service: code("anagrafe"), channel: code("counter") };
        // Invites 0 to 3 are given out in January, January, February, March; the first two are forms of one right.
        let issued = [202_601, 202_601, 202_602, 202_603];
        let record = |i: u8, yyyymm| {
            let record = InviteRecord::issued_in(month(yyyymm), key.clone(), Some(code("centro")), false);
            InviteRecord { mark: (i < 2).then_some(StoredInvite::from_bytes([7; 32])), ..record }
        };
        let invites = (0u8..).zip(issued).map(|(i, yyyymm)| (invite(i).stored(&NODE_KEY), record(i, yyyymm)));
        Self {
            today: month(202_601).first_day(),
            oldest_open: month(202_601),
            boxes: BTreeMap::new(),
            invites: invites.collect(),
            counted: BTreeMap::new(),
            spent: BTreeSet::new(),
        }
    }

    fn close(&mut self) {
        if self.today >= self.oldest_open.next().first_day().plus_days(10) {
            self.boxes.entry(self.oldest_open).or_default().closed_on = Some(self.today);
            self.oldest_open = self.oldest_open.next();
        }
        let today = self.today;
        let expired = |day: CivilDay| day.days_until(today) > RETENTION_DAYS;
        self.boxes.retain(|_, each| !each.closed_on.is_some_and(expired));
    }

    fn send(&mut self, number: usize) -> Result<(), TestCaseError> {
        let cast = CASTS.get(number).unwrap();
        let stored = cast.invite().unwrap().stored(&NODE_KEY);
        let record = self.invites.get(&stored);
        let mark = record.map_or(stored, |record| record.mark(stored));
        let searched = || self.boxes.range(cast.first_box(record)..);
        let seen = searched()
            .find(|(_, each)| each.ids.contains(&cast.id()))
            .map_or(Seen::Nowhere, |(month, _)| Seen::In(*month));
        let marked = searched().any(|(_, each)| each.marks.contains(&mark));
        let state = match record {
            _ if marked => InviteState::Spent,
            Some(record) => InviteState::Outstanding(record),
            None => InviteState::Unknown,
        };
        let boxes = Boxes { oldest_open: self.oldest_open, today: self.today };
        match admit(cast, seen, state, &boxes) {
            Admission::Count { month, circumstances } => {
                prop_assert!(
                    self.counted.insert(cast.id(), month).is_none(),
                    "ballot {} counts twice",
                    number
                );
                prop_assert!(self.spent.insert(mark), "the invite of ballot {} votes twice", number);
                prop_assert!(month >= self.oldest_open, "a closed month changes");
                prop_assert_eq!(circumstances.late, month != cast.ballot().month);
                let into = self.boxes.entry(month).or_default();
                into.ids.insert(cast.id());
                into.marks.insert(mark);
            }
            Admission::AlreadyCounted { month } => {
                prop_assert_eq!(self.counted.get(&cast.id()), Some(&month))
            }
            Admission::NotYet(wait) => {
                let in_time = matches!(wait, Wait::NextMonth { .. } | Wait::DayAhead { .. });
                prop_assert!(in_time, "{}", wait);
                prop_assert!(!self.counted.contains_key(&cast.id()));
            }
            Admission::Refused(Refusal::InviteSpent) => prop_assert!(self.spent.contains(&mark)),
            Admission::Refused(Refusal::InviteExpired { last_month }) => {
                prop_assert!(cast.ballot().month > last_month);
            }
            Admission::Refused(Refusal::InviteNotYetValid { first_month }) => {
                prop_assert!(cast.ballot().month < first_month);
            }
            Admission::Refused(Refusal::TooLate { .. } | Refusal::MonthAhead { .. }) => {}
            Admission::Refused(other) => return Err(TestCaseError::fail(format!("{other}"))),
        }
        Ok(())
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1i64..25).prop_map(|days| Step::Wait { days }),
        2 => Just(Step::Close),
        6 => (0usize..16).prop_map(|ballot| Step::Send { ballot }),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn no_ballot_counts_twice_and_no_invite_votes_twice(steps in steps()) {
        let mut town = Town::new();
        for step in steps {
            match step {
                Step::Wait { days } => town.today = town.today.plus_days(days),
                Step::Close => town.close(),
                Step::Send { ballot } => town.send(ballot)?,
            }
        }
    }
}

/// An invite of January votes in January; with another ballot of February it must be found spent, in an earlier box.
#[test]
fn an_invite_spent_in_its_month_of_issue_does_not_vote_in_the_next() {
    let mut town = Town::new();
    town.send(0).unwrap();
    town.today = month(202_602).first_day();
    town.send(1).unwrap();
    assert_eq!(town.counted.len(), 1);
}

/// A code and a link given to one person are one vote.
#[test]
fn two_forms_of_one_right_vote_once() {
    let mut town = Town::new();
    town.send(0).unwrap();
    town.send(4).unwrap();
    assert_eq!((town.counted.len(), town.spent.len()), (1, 1));
}
