//! The table of admission: who, where, how, when, once.

use super::*;
use crate::{ballot::Face, limits::NONCE_BYTES, tally::GroupKey};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn federation() -> FederationId {
    FederationId::from_bytes([8; 32])
}

fn ente() -> IpaCode {
    "c_x001".parse().unwrap()
}

fn terminal(mode: Mode) -> TerminalRecord {
    TerminalRecord {
        key: key().verifying_key(),
        name: "Sportello 1".to_owned(),
        channel: code("counter"),
        branch: code("centro"),
        services: [code("anagrafe"), code("tributi")].into(),
        mode,
        state: State::Active,
        hours: Vec::new(),
        leftover: Leftover::Undecided,
        enrolled: None,
    }
}

fn list(record: TerminalRecord) -> TerminalList {
    let mut list = TerminalList::default();
    list.insert(record).unwrap();
    list
}

/// A cast that an attended terminal may send on 15 March 2026.
fn cast() -> Cast {
    let ballot = Ballot {
        ente: ente(),
        service: code("anagrafe"),
        channel: code("counter"),
        branch: code("centro"),
        month: month(202_603),
        face: Face::Green,
        nonce: [1; NONCE_BYTES],
    };
    Cast {
        ballot_bytes: Bytes::new(),
        ballot,
        day: day(20_260_315),
        terminal: KeyId::of(&key().verifying_key()),
        invite_hash: None,
        attended: true,
    }
}

fn sealed(mut cast: Cast) -> Bytes {
    if cast.ballot_bytes.is_empty() {
        cast.ballot_bytes = cast.ballot.encode().into();
    }
    Envelope::seal(Kind::Cast, &federation(), &key(), &cast.encode()).bytes().clone()
}

fn verify(cast: Cast, mode: Mode) -> Result<VerifiedCast, Refusal> {
    verify_cast(sealed(cast), &federation(), &list(terminal(mode)), &ente()).map_err(|rejected| {
        assert!(rejected.ballot.is_some(), "a cast that can be read is answered by its ballot's id");
        rejected.refusal
    })
}

fn verified(change: impl FnOnce(&mut Cast)) -> VerifiedCast {
    let mut cast = cast();
    change(&mut cast);
    let mode = if cast.attended { Mode::Attended } else { Mode::Invite };
    verify(cast, mode).unwrap()
}

const MARCH_OPEN: fn(u32) -> Boxes = |today| Boxes { oldest_open: month(202_603), today: day(today) };

fn counted(in_month: u32, late: bool, backed: bool) -> Admission {
    Admission::Count {
        month: month(in_month),
        circumstances: Circumstances { late, backed, revoked_terminal: false },
    }
}

#[test]
fn a_cast_that_does_not_suit_its_terminal_is_refused() {
    let refused = |change: fn(&mut Cast)| {
        let mut cast = cast();
        change(&mut cast);
        verify(cast, Mode::Attended).unwrap_err()
    };
    assert_eq!(refused(|c| c.ballot.ente = "c_x002".parse().unwrap()).code(), "other-ente");
    assert_eq!(refused(|c| c.ballot.service = code("suap")).code(), "service");
    assert_eq!(refused(|c| c.ballot.channel = code("web")).code(), "channel");
    assert_eq!(refused(|c| c.ballot.branch = code("nord")).code(), "branch");
    assert_eq!(refused(|c| c.day = day(20_260_401)).code(), "day-outside-month");
    assert_eq!(refused(|c| c.terminal = KeyId::from_slice(&[0; 8]).unwrap()).code(), "not-the-signer");
    assert_eq!(refused(|c| c.attended = false).code(), "not-attended");
}

#[test]
fn nothing_else_rides_into_the_box_with_a_ballot() {
    let mut with_unknown_field = cast();
    let mut bytes = with_unknown_field.ballot.encode();
    bytes.extend([0x78, 1]); // field 15, varint
    with_unknown_field.ballot_bytes = bytes.into();
    assert_eq!(verify(with_unknown_field, Mode::Attended), Err(Refusal::NotCanonical));
}

#[test]
fn the_mode_says_what_gives_the_right_to_vote() {
    let outcome = |mode, attended, invited: bool| {
        let cast = Cast { attended, invite_hash: invited.then_some([1; 32]), ..cast() };
        verify(cast, mode).map_err(|refusal| refusal.code()).map(|_| ())
    };
    assert_eq!(outcome(Mode::Attended, true, false), Ok(()));
    assert_eq!(outcome(Mode::Attended, false, true), Ok(()));
    assert_eq!(outcome(Mode::Attended, false, false), Err("not-attended"));
    assert_eq!(outcome(Mode::Open, false, false), Ok(()));
    assert_eq!(outcome(Mode::Open, false, true), Ok(()));
    assert_eq!(outcome(Mode::Open, true, false), Err("attended-elsewhere"));
    assert_eq!(outcome(Mode::Invite, false, true), Ok(()));
    assert_eq!(outcome(Mode::Invite, false, false), Err("invite-missing"));
    assert_eq!(outcome(Mode::Invite, true, true), Err("attended-elsewhere"));
}

#[test]
fn strangers_are_refused_before_any_signature_is_checked() {
    let none = TerminalList::default();
    let rejected = verify_cast(sealed(cast()), &federation(), &none, &ente()).unwrap_err();
    assert_eq!((rejected.ballot, rejected.refusal.code()), (None, "terminal-unknown"));
}

#[test]
fn a_revoked_terminal_keeps_its_ballots_until_somebody_decides() {
    let revoked = list(TerminalRecord { state: State::Revoked, ..terminal(Mode::Attended) });
    let cast = verify_cast(sealed(cast()), &federation(), &revoked, &ente()).unwrap();
    assert_eq!(
        admit(&cast, Seen::Nowhere, InviteState::NotPresented, &MARCH_OPEN(20_260_315)),
        Admission::NotYet(Wait::TerminalRevoked)
    );
}

#[test]
fn what_waits_on_a_revoked_terminal_is_refused_for_good_where_the_ente_says_so() {
    let (state, leftover) = (State::Revoked, Leftover::Refused);
    let revoked = list(TerminalRecord { state, leftover, ..terminal(Mode::Attended) });
    let cast = verify_cast(sealed(cast()), &federation(), &revoked, &ente()).unwrap();
    // Also what would wait for its month, and never what is counted already.
    for today in [20_260_315, 20_260_215] {
        let decided = admit(&cast, Seen::Nowhere, InviteState::NotPresented, &MARCH_OPEN(today));
        assert_eq!(decided, Admission::Refused(Refusal::TerminalRevoked));
    }
    let month = month(202_603);
    let known = admit(&cast, Seen::In(month), InviteState::NotPresented, &MARCH_OPEN(20_260_315));
    assert_eq!(known, Admission::AlreadyCounted { month });
}

#[test]
fn what_waits_on_a_revoked_terminal_counts_flagged_where_the_ente_says_so() {
    let on = |until: u32| {
        let leftover = Leftover::Flagged { until: day(until) };
        let revoked = TerminalRecord { state: State::Revoked, leftover, ..terminal(Mode::Attended) };
        verify_cast(sealed(cast()), &federation(), &list(revoked), &ente())
    };
    let own = cast().day;
    assert_eq!(on(own.plus_days(-1).yyyymmdd()).unwrap_err().refusal, Refusal::TerminalRevoked);
    let verified = on(own.yyyymmdd()).unwrap();
    let counted = admit(&verified, Seen::Nowhere, InviteState::NotPresented, &MARCH_OPEN(own.yyyymmdd()));
    let circumstances = Circumstances { late: false, backed: true, revoked_terminal: true };
    assert_eq!(counted, Admission::Count { month: own.month(), circumstances });
}

#[test]
fn a_cast_of_another_federation_or_kind_is_refused() {
    let terminals = list(terminal(Mode::Attended));
    let elsewhere = FederationId::from_bytes([9; 32]);
    let rejected = verify_cast(sealed(cast()), &elsewhere, &terminals, &ente()).unwrap_err();
    assert_eq!(rejected.refusal.code(), "signature");
    let entry = Envelope::seal(Kind::Entry, &federation(), &key(), &cast().encode());
    let rejected = verify_cast(entry.bytes().clone(), &federation(), &terminals, &ente()).unwrap_err();
    assert_eq!(rejected.refusal.code(), "envelope");
}

#[test]
fn a_suspended_terminal_keeps_its_ballots_and_gets_old_receipts() {
    let suspended = list(TerminalRecord { state: State::Suspended, ..terminal(Mode::Attended) });
    let cast = verify_cast(sealed(cast()), &federation(), &suspended, &ente()).unwrap();
    let boxes = MARCH_OPEN(20_260_315);
    assert_eq!(
        admit(&cast, Seen::Nowhere, InviteState::NotPresented, &boxes),
        Admission::NotYet(Wait::TerminalSuspended)
    );
    assert_eq!(
        admit(&cast, Seen::In(month(202_603)), InviteState::NotPresented, &boxes),
        Admission::AlreadyCounted { month: month(202_603) }
    );
}

#[test]
fn the_month_decides_the_box() {
    let admission = |oldest_open: u32, today: u32| {
        let boxes = Boxes { oldest_open: month(oldest_open), today: day(today) };
        admit(&verified(|_| ()), Seen::Nowhere, InviteState::NotPresented, &boxes)
    };
    // Its own month is open: March itself, or February still waiting for its close beside it.
    assert_eq!(admission(202_603, 20_260_315), counted(202_603, false, true));
    assert_eq!(admission(202_602, 20_260_315), counted(202_603, false, true));
    assert_eq!(admission(202_603, 20_260_410), counted(202_603, false, true));
    // March is closed: late, in the oldest open month.
    assert_eq!(admission(202_604, 20_260_411), counted(202_604, true, true));
    assert_eq!(admission(202_605, 20_260_520), counted(202_605, true, true));
    // 31 March + 60 days is 30 May; on the day after it is too old.
    assert_eq!(admission(202_605, 20_260_530), counted(202_605, true, true));
    let too_late = Admission::Refused(Refusal::TooLate { month: month(202_603) });
    assert_eq!(admission(202_605, 20_260_531), too_late);
    // Even in a box that nobody closed.
    assert_eq!(admission(202_603, 20_260_531), too_late);
    // The next month waits, a later one is refused.
    let next = Admission::NotYet(Wait::NextMonth { month: month(202_603) });
    assert_eq!(admission(202_602, 20_260_228), next);
    assert_eq!(admission(202_602, 20_260_201), next);
    assert!(matches!(admission(202_601, 20_260_131), Admission::Refused(Refusal::MonthAhead { .. })));
    // A day ahead of the node's within the month waits, but one day is a matter of clocks.
    assert_eq!(admission(202_603, 20_260_314), counted(202_603, false, true));
    assert!(matches!(admission(202_603, 20_260_313), Admission::NotYet(Wait::DayAhead { .. })));
}

#[test]
fn a_counted_ballot_gets_its_receipt_whenever_it_comes_again() {
    for today in [20_260_315, 20_260_531, 20_270_101] {
        let boxes = Boxes { oldest_open: month(202_603), today: day(today) };
        assert_eq!(
            admit(&verified(|_| ()), Seen::In(month(202_604)), InviteState::NotPresented, &boxes),
            Admission::AlreadyCounted { month: month(202_604) }
        );
    }
}

fn record(change: impl FnOnce(&mut InviteRecord)) -> InviteRecord {
    let key = GroupKey { service: code("anagrafe"), channel: code("counter") };
    let mut record = InviteRecord::issued_in(month(202_602), key, Some(code("centro")), true);
    change(&mut record);
    record
}

#[test]
fn an_invite_counts_once_for_what_it_is_for() {
    let cast = verified(|c| (c.attended, c.invite_hash) = (false, Some([7; 32])));
    let outcome = |invite: InviteState<'_>| admit(&cast, Seen::Nowhere, invite, &MARCH_OPEN(20_260_315));
    let refused = |refusal| Admission::Refused(refusal);
    assert_eq!(outcome(InviteState::Outstanding(&record(|_| ()))), counted(202_603, false, true));
    assert_eq!(outcome(InviteState::Spent), refused(Refusal::InviteSpent));
    assert_eq!(outcome(InviteState::Unknown), refused(Refusal::InviteUnknown));
    assert_eq!(outcome(InviteState::NotPresented), refused(Refusal::InviteUnknown));
    assert_eq!(outcome(InviteState::TriesUsedUp), Admission::NotYet(Wait::InviteTriesUsedUp));
    for other in [
        record(|r| r.key.service = code("tributi")),
        record(|r| r.key.channel = code("web")),
        record(|r| r.branch = Some(code("nord"))),
    ] {
        assert_eq!(outcome(InviteState::Outstanding(&other)), refused(Refusal::InviteForAnother));
    }
    let newer = record(|r| r.last_month = month(202_605));
    let first_month = month(202_604);
    assert_eq!(
        outcome(InviteState::Outstanding(&newer)),
        refused(Refusal::InviteNotYetValid { first_month })
    );
    let expired = record(|r| r.last_month = month(202_602));
    let last_month = expired.last_month;
    assert_eq!(outcome(InviteState::Outstanding(&expired)), refused(Refusal::InviteExpired { last_month }));
}

#[test]
fn paper_invites_are_for_the_counter() {
    let mut record = record(|r| r.key.channel = code("web"));
    let mut cast = cast();
    (cast.attended, cast.invite_hash, cast.ballot.channel) = (false, Some([7; 32]), code("web"));
    let terminals = list(TerminalRecord { channel: code("web"), ..terminal(Mode::Invite) });
    let cast = verify_cast(sealed(cast), &federation(), &terminals, &ente()).unwrap();
    let boxes = MARCH_OPEN(20_260_315);
    let paper = admit(&cast, Seen::Nowhere, InviteState::Outstanding(&record), &boxes);
    assert_eq!(paper, Admission::Refused(Refusal::InviteUnknown), "nobody learns there that it exists");
    record.paper = false;
    record.branch = None;
    let sent = admit(&cast, Seen::Nowhere, InviteState::Outstanding(&record), &boxes);
    assert_eq!(sent, counted(202_603, false, true));
}

#[test]
fn a_mark_is_looked_for_from_the_month_of_issue_on() {
    let cast = verified(|c| (c.attended, c.invite_hash) = (false, Some([7; 32])));
    // Issued in February: it may have been spent in the box of February, though this ballot is of March.
    assert_eq!(cast.first_box(Some(&record(|_| ()))), month(202_602));
    assert_eq!(cast.first_box(Some(&record(|r| r.last_month = month(202_605)))), month(202_603));
    assert_eq!(cast.first_box(None), month(202_603));
}

#[test]
fn tries_end_with_the_minute_and_only_counters_have_a_limit() {
    let (terminal, other) = (KeyId::from_slice(&[1; 8]).unwrap(), KeyId::from_slice(&[2; 8]).unwrap());
    let (counter, web, now_s) = (code(COUNTER), code("web"), 1_776_000_000);
    let mut tries = InviteTries::default();
    for _ in 0..PAPER_INVITE_TRIES_PER_MINUTE_MAX {
        assert!(!tries.used_up(&terminal, now_s));
        tries.count(terminal, &counter, now_s);
        tries.count(other, &web, now_s);
    }
    assert!(tries.used_up(&terminal, now_s + 59));
    assert!(!tries.used_up(&other, now_s));
    assert!(!tries.used_up(&terminal, now_s + 60));
    tries.count(other, &counter, now_s + 60);
    assert!(!tries.used_up(&terminal, now_s + 60));
}

proptest! {
    /// Whatever the calendar says, a ballot counts only in an open month, and only a late one in another than its own.
    #[test]
    fn a_counted_ballot_is_in_an_open_month(ahead in -800i64..800, open in -40i64..3) {
        let cast = verified(|_| ());
        let today = cast.cast.day.plus_days(ahead);
        let mut oldest_open = today.month();
        for _ in 0..open.unsigned_abs() {
            oldest_open = if open < 0 { oldest_open.previous() } else { oldest_open.next() };
        }
        let boxes = Boxes { oldest_open, today };
        if let Admission::Count { month, circumstances } =
            admit(&cast, Seen::Nowhere, InviteState::NotPresented, &boxes)
        {
            prop_assert!(month >= oldest_open);
            prop_assert_eq!(circumstances.late, month != cast.ballot().month);
            prop_assert!(cast.ballot().month <= today.month());
        }
    }

    #[test]
    fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let outcome = verify_cast(bytes.into(), &federation(), &list(terminal(Mode::Open)), &ente());
        prop_assert!(outcome.is_err());
    }
}
