//! Golden vectors of what a terminal says of itself, and of the pairing.

use crate::golden::{Golden, check, code, terminal_key};
use faccina_proto::{
    calendar::CivilDay,
    envelope::KeyId,
    pairing::{PairingCode, Side},
    report::{HalfDayReport, Heartbeat, Taps},
};
use std::collections::BTreeMap;

#[test]
fn golden_heartbeat() {
    let heartbeat = Heartbeat {
        terminal: KeyId::of(&terminal_key().verifying_key()),
        now_unix_s: 1_776_240_000,
        queue: 3,
        queue_max: 40_000,
        version: "0.1.0".to_owned(),
        refused: BTreeMap::from([("invite-spent".to_owned(), 2)]),
        open_s: 9_000,
        listened_s: 8_940,
    };
    check(&Golden {
        name: "heartbeat",
        message: ".faccina.ballot.v1.Heartbeat",
        about: vec!["payload of an envelope of kind 8".to_owned()],
        bytes: heartbeat.encode(),
        check: Box::new(move |bytes| assert_eq!(Heartbeat::decode(bytes).as_ref(), Ok(&heartbeat))),
    });
}

#[test]
fn golden_report() {
    let taps = |votes, short_gaps, short_greens| Taps { votes, short_gaps, short_greens };
    let terminal = KeyId::of(&terminal_key().verifying_key());
    let report = HalfDayReport {
        open_s: 12_600,
        listened_s: 12_000,
        outside_hours: 1,
        in_last_half_hour: 2,
        most_in_60_s: 3,
        gaps: [0, 1, 2, 0, 1, 4],
        services: BTreeMap::from([(code("anagrafe"), taps(7, 1, 1)), (code("tributi"), taps(2, 0, 0))]),
        ..HalfDayReport::empty(terminal, CivilDay::from_yyyymmdd(20_260_415).unwrap(), true)
    };
    check(&Golden {
        name: "half-day-report",
        message: ".faccina.ballot.v1.HalfDayReport",
        about: vec!["payload of an envelope of kind 9; nine votes, eight gaps".to_owned()],
        bytes: report.encode(),
        check: Box::new(move |bytes| assert_eq!(HalfDayReport::decode(bytes).as_ref(), Ok(&report))),
    });
}

#[test]
fn the_proofs_of_a_pairing_are_the_ones_of_wire_md() {
    let code = PairingCode::parse("0123-4567-89AB-CDEF").unwrap();
    let proof = |side| hex::encode(code.proof(side, &[1; 32], &[2; 32]));
    assert_eq!(proof(Side::Device), "c1de5dd993581f9a802f18c67092cdcdf99958a1222824cd3068ccc6759bf1d7");
    assert_eq!(proof(Side::Node), "d86bb1f1f2d0ae3bd168a9ffdc39da4d4c390eeb4b90a56fc5525177a80be655");
}
