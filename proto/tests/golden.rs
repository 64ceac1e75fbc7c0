//! Golden vectors: `fixtures/wire/KIND.hex`, read and checked both ways.
//!
//! After a deliberate change of the wire (with `WIRE.md` and `CHANGELOG.md` in the same commit) write them anew:
//! `FACCINA_WRITE_GOLDEN=1 cargo test -p faccina-proto --test main golden`.

use crate::annotated::{Schema, bytes_of};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    ballot::{Ballot, Cast, Face, Reason, Receipt},
    calendar::{CivilDay, Month},
    carryover::{CarriedReasons, CarriedVotes, Carryover},
    catalogue::Catalogue,
    envelope::{Envelope, FederationId, Id, KeyId, Kind},
    invites::{InviteHash, InviteRecord},
    names::Code,
    partition::Parameters,
    summary::{Backing, CodedCount, Content, Edition, Figures, Group, Integrity, PooledReasons, Summary},
    tally::{Circumstances, Counts, GroupKey, Reasons, Tally, Votes},
    terminals::{Leftover, Mode, OpeningHours, State, TerminalRecord},
    wire::feed::v1 as wire,
};
use prost::Message;
use std::{env, fs, path::Path};

/// Reads bytes and checks that they mean what was written.
type Check = Box<dyn Fn(&[u8])>;

/// One golden file.
pub(crate) struct Golden {
    /// The file's name without `.hex`.
    pub(crate) name: &'static str,
    /// Full name of the message, with a leading dot.
    pub(crate) message: &'static str,
    /// What the file says of itself, line by line.
    pub(crate) about: Vec<String>,
    /// The bytes that this crate writes.
    pub(crate) bytes: Vec<u8>,
    /// Reads bytes and checks that they mean what was written.
    pub(crate) check: Check,
}

/// Writes the file when asked to; reads it, and checks both directions.
pub(crate) fn check(golden: &Golden) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../fixtures/wire/{}.hex", golden.name));
    let mut text = format!("# {}\n", &golden.message[1..]);
    for line in &golden.about {
        text.push_str(&format!("# {line}\n"));
    }
    text.push('\n');
    text.push_str(&Schema::load().annotate(golden.message, &golden.bytes));
    if env::var_os("FACCINA_WRITE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = bytes_of(&stored);
    (golden.check)(&bytes);
    assert_eq!(hex::encode(&bytes), hex::encode(&golden.bytes), "{}: other bytes", golden.name);
    assert_eq!(stored, text, "{}: other annotations", golden.name);
}

pub(crate) fn code(text: &str) -> Code {
    Code::of_group(text).unwrap()
}

pub(crate) fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

pub(crate) fn root_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

pub(crate) fn terminal_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

pub(crate) fn receipt_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

/// The federation of all golden vectors: root key from the seed 01…01, name "Prova".
pub(crate) fn federation() -> FederationId {
    FederationId::of(&root_key().verifying_key(), "Prova")
}

fn key(service: &str, channel: &str) -> GroupKey {
    GroupKey { service: code(service), channel: code(channel) }
}

pub(crate) fn ballot() -> Ballot {
    Ballot {
        ente: "c_x001".parse().unwrap(),
        service: code("anagrafe"),
        channel: code("counter"),
        branch: code("centro"),
        month: month(202_604),
        face: Face::Red(Some(Reason::Second)),
        nonce: *b"sixteen byte non",
    }
}

#[test]
fn golden_ballot() {
    check(&Golden {
        name: "ballot",
        message: ".faccina.ballot.v1.Ballot",
        about: vec![format!("id {}", Ballot::id(&ballot().encode(), &federation()))],
        bytes: ballot().encode(),
        check: Box::new(|bytes| assert_eq!(Ballot::decode(bytes), Ok(ballot()))),
    });
}

#[test]
fn golden_cast() {
    let cast = Cast {
        ballot_bytes: ballot().encode().into(),
        ballot: ballot(),
        day: CivilDay::from_yyyymmdd(20_260_430).unwrap(),
        terminal: KeyId::of(&terminal_key().verifying_key()),
        invite_hash: Some(*InviteHash::of(&[7; 16]).as_bytes()),
        attended: true,
    };
    check(&Golden {
        name: "cast",
        message: ".faccina.feed.v1.Envelope",
        about: vec![
            format!("federation id {}, terminal key from the seed 02…02", federation()),
            "invite: 16 bytes 07".to_owned(),
        ],
        bytes: Envelope::seal(Kind::Cast, &federation(), &terminal_key(), &cast.encode()).bytes().to_vec(),
        check: Box::new(move |bytes| {
            let envelope = Envelope::parse(Bytes::copy_from_slice(bytes)).unwrap();
            envelope.verify(Kind::Cast, &federation(), &terminal_key().verifying_key()).unwrap();
            assert_eq!(Cast::decode(envelope.payload()), Ok(cast.clone()));
        }),
    });
}

#[test]
fn golden_receipt() {
    let receipt =
        Receipt { ballot: Ballot::id(&ballot().encode(), &federation()), counted_in: month(202_605) };
    let payload = receipt.encode();
    check(&Golden {
        name: "receipt",
        message: ".faccina.feed.v1.Envelope",
        about: vec![
            "for the ballot of ballot.hex, counted late in May".to_owned(),
            format!("federation id {}, receipt key from the seed 03…03", federation()),
        ],
        bytes: Envelope::seal(Kind::Receipt, &federation(), &receipt_key(), &payload).bytes().to_vec(),
        check: Box::new(move |bytes| {
            let envelope = Envelope::parse(Bytes::copy_from_slice(bytes)).unwrap();
            envelope.verify(Kind::Receipt, &federation(), &receipt_key().verifying_key()).unwrap();
            assert_eq!(Receipt::decode(envelope.payload()), Ok(receipt));
        }),
    });
}

fn summary(content: Content) -> Summary {
    Summary {
        month: month(202_604),
        edition: Edition::First,
        catalogue_version: 3,
        software_version: "0.1.0".to_owned(),
        content,
        ballots_root: Id::from_bytes([0xab; 32]),
        restored: false,
        gap_months: Vec::new(),
    }
}

fn figures() -> Figures {
    let group = |service, channel, (green, yellow, red), reasons: Option<[u64; 4]>, served| Group {
        key: key(service, channel),
        votes: Votes { green, yellow, red },
        reasons: reasons.map(Reasons),
        served,
    };
    Figures {
        parameters: Parameters::default(),
        groups: vec![
            group("", "", (9, 1, 3), None, None),
            group("anagrafe", "counter", (1200, 90, 60), Some([40, 10, 0, 9]), Some(5600)),
            group("anagrafe", "web", (40, 0, 0), None, Some(0)),
        ],
        pool: Some(PooledReasons {
            reasons: Reasons([2, 0, 0, 4]),
            groups: vec![key("", "")],
            carried_reds: 4,
            carried_months: vec![month(202_601), month(202_602)],
        }),
        carried_from: vec![month(202_603)],
        integrity: Integrity {
            late: Some(CodedCount::of(3)),
            repeat: None,
            outside_hours: Some(CodedCount::of(0)),
            revoked_terminal: None,
            over_served: Some(CodedCount::of(17)),
            backing: Some(Backing::ToThreeQuarters),
        },
        listened_tenths: Some(9),
    }
}

fn golden_of_summary(name: &'static str, about: &str, summary: Summary) {
    check(&Golden {
        name,
        message: ".faccina.feed.v1.Summary",
        about: vec![about.to_owned()],
        bytes: summary.to_wire().encode_to_vec(),
        check: Box::new(move |bytes| {
            let message = wire::Summary::decode(bytes).unwrap();
            assert_eq!(Summary::from_wire(&message), Ok(summary.clone()));
        }),
    });
}

#[test]
fn golden_summary() {
    let content = Content::Figures(Box::new(figures()));
    golden_of_summary(
        "summary",
        "April 2026, with votes of March and reds of January and February",
        summary(content),
    );
}

#[test]
fn golden_summary_carried() {
    golden_of_summary("summary-carried", "all votes go to the next month", summary(Content::Carried));
}

#[test]
fn golden_summary_correction() {
    let content = Content::Figures(Box::new(Figures { pool: None, carried_from: Vec::new(), ..figures() }));
    let correction = Summary {
        edition: Edition::Correction,
        restored: true,
        gap_months: vec![month(202_602), month(202_603)],
        ..summary(content)
    };
    golden_of_summary(
        "summary-correction",
        "second edition, after a restore and two months without survey",
        correction,
    );
}

fn catalogue() -> Catalogue {
    let localised = |language: &str, text: &str| wire::LocalisedText {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    let italian = |text: &str| vec![localised("it", text)];
    let reason = |text: &str| wire::ReasonText { text: italian(text) };
    let part = wire::CataloguePart {
        version: 3,
        part: 0,
        services: vec![wire::Service {
            code: "anagrafe".to_owned(),
            name: vec![localised("en", "Registry office"), localised("it", "Anagrafe")],
            area: "demografici".to_owned(),
            audience: "citizens".to_owned(),
            kind: "registry".to_owned(),
            single_interaction: true,
            sensitive: false,
        }],
        channels: vec![wire::Channel { code: "counter".to_owned(), name: italian("Sportello") }],
        reasons: vec![wire::ReasonList {
            channel: "counter".to_owned(),
            reasons: ["Attesa", "Dover tornare", "Attenzione", "Esito"].map(reason).into(),
        }],
        texts: vec![wire::Text { key: "question".to_owned(), text: italian("Com'è andata?") }],
        targets: Some(wire::AdhesionTargets { enti: 100, services: 300 }),
    };
    Catalogue::assemble(3, month(202_605), (5, 10), &[part]).unwrap()
}

#[test]
fn golden_catalogue_part() {
    let part = catalogue().parts().remove(0);
    check(&Golden {
        name: "catalogue-part",
        message: ".faccina.feed.v1.CataloguePart",
        about: vec!["the only part of version 3".to_owned()],
        bytes: part.encode_to_vec(),
        check: Box::new(|bytes| {
            let part = wire::CataloguePart::decode(bytes).unwrap();
            assert_eq!(Catalogue::assemble(3, month(202_605), (5, 10), &[part]), Ok(catalogue()));
        }),
    });
}

#[test]
fn golden_catalogue_closing() {
    let closing = catalogue().closing(&[Id::from_bytes([1; 32]), Id::from_bytes([2; 32])]);
    check(&Golden {
        name: "catalogue-closing",
        message: ".faccina.feed.v1.CatalogueClosing",
        about: vec!["over two parts with the ids 01…01 and 02…02".to_owned()],
        bytes: closing.encode_to_vec(),
        check: Box::new(move |bytes| {
            assert_eq!(wire::CatalogueClosing::decode(bytes).as_ref(), Ok(&closing))
        }),
    });
}

#[test]
fn golden_stored_terminal() {
    let record = TerminalRecord {
        key: terminal_key().verifying_key(),
        name: "Totem atrio".to_owned(),
        channel: code("counter"),
        branch: code("centro"),
        services: [code("anagrafe"), code("tributi")].into(),
        mode: Mode::Open,
        state: State::Active,
        hours: vec![OpeningHours::new(1, 510, 780).unwrap()],
        leftover: Leftover::Undecided,
        enrolled: Some(CivilDay::from_yyyymmdd(20_260_401).unwrap()),
    };
    check(&Golden {
        name: "stored-terminal",
        message: ".faccina.ballot.v1.TerminalRecord",
        about: vec!["enrolled on 1 April 2026, open on Mondays from 8:30 to 13:00".to_owned()],
        bytes: record.encode(),
        check: Box::new(move |bytes| assert_eq!(TerminalRecord::decode(bytes).as_ref(), Ok(&record))),
    });
}

#[test]
fn golden_stored_invite() {
    let record = InviteRecord::issued_in(month(202_604), key("anagrafe", "web"), Some(code("centro")), false);
    check(&Golden {
        name: "stored-invite",
        message: ".faccina.ballot.v1.InviteRecord",
        about: vec!["given out in April 2026".to_owned()],
        bytes: record.encode(),
        check: Box::new(move |bytes| assert_eq!(InviteRecord::decode(bytes).as_ref(), Ok(&record))),
    });
}

#[test]
fn golden_stored_tally() {
    let mut tally = Tally::default();
    tally.add(&ballot(), Circumstances { late: true, ..Circumstances::default() });
    let green = Ballot { face: Face::Green, branch: code("nord"), ..ballot() };
    tally.add(&green, Circumstances { backed: true, ..Circumstances::default() });
    tally.add(&green, Circumstances { backed: true, ..Circumstances::default() });
    check(&Golden {
        name: "stored-tally",
        message: ".faccina.ballot.v1.Tally",
        about: vec!["three votes at two branches".to_owned()],
        bytes: tally.encode(),
        check: Box::new(move |bytes| assert_eq!(Tally::decode(bytes).as_ref(), Ok(&tally))),
    });
}

#[test]
fn golden_stored_carryover() {
    let counts = Counts { votes: Votes { green: 2, yellow: 0, red: 1 }, reasons: Reasons([1, 0, 0, 0]) };
    let carryover = Carryover {
        votes: Some(CarriedVotes { counts, threshold: 10, months: vec![month(202_603)] }),
        reasons: Some(CarriedReasons {
            reds: 4,
            reasons: Reasons([0, 1, 0, 2]),
            months: vec![month(202_601), month(202_602)],
        }),
    };
    check(&Golden {
        name: "stored-carryover",
        message: ".faccina.ballot.v1.Carryover",
        about: vec!["votes of March, reasons of January and February".to_owned()],
        bytes: carryover.encode(),
        check: Box::new(move |bytes| assert_eq!(Carryover::decode(bytes).as_ref(), Ok(&carryover))),
    });
}

#[test]
fn every_golden_file_is_read_by_a_test() {
    let sources = ["golden.rs", "golden_feed.rs", "golden_terminal.rs", "golden_twinning.rs"].map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
        fs::read_to_string(path).unwrap_or_default()
    });
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wire")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "hex") {
            let name = format!("\"{}\"", path.file_stem().unwrap().to_str().unwrap());
            assert!(sources.iter().any(|source| source.contains(&name)), "no test reads {}", path.display());
        }
    }
}
