//! Golden vectors of what the federation carries: one entry of each kind, the messages of sync, a bundle.

use crate::golden::{Golden, check, federation, root_key};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    bundle,
    calendar::CivilDay,
    envelope::{Envelope, Id, Kind},
    feed::{Body, Entry, Signed, seal_entry},
    names::Author,
    replica::{Journal, MemoryLog, Outcome, Replica},
    roster::{Federation, commitment},
    wire::{feed::v1 as wire, sync::v1 as sync},
};
use prost::Message;
use std::convert::Infallible;

pub(crate) fn member_key() -> SigningKey {
    SigningKey::from_bytes(&[4; 32])
}

pub(crate) fn filled(byte: u8, length: usize) -> Bytes {
    vec![byte; length].into()
}

fn public(key: &SigningKey) -> Bytes {
    Bytes::copy_from_slice(key.verifying_key().as_bytes())
}

fn successor() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

pub(crate) fn golden_entry(
    name: &'static str,
    author: &str,
    sequence: u64,
    key: &SigningKey,
    body: Body,
) -> Bytes {
    let entry = Entry {
        author: author.parse().unwrap(),
        sequence,
        prev: (sequence > 1).then(|| Id::from_bytes([0x99; 32])),
        day: CivilDay::from_yyyymmdd(20_260_511).unwrap(),
        body,
    };
    let envelope = seal_entry(&federation(), key, &entry).unwrap();
    let public = key.verifying_key();
    check(&Golden {
        name,
        message: ".faccina.feed.v1.Envelope",
        about: vec![
            format!("federation id {}", federation()),
            format!("id {}", envelope.id(Kind::Entry, &federation())),
        ],
        bytes: envelope.bytes().to_vec(),
        check: Box::new(move |bytes| {
            let envelope = Envelope::parse(Bytes::copy_from_slice(bytes)).unwrap();
            let signed = Signed::open(envelope, &federation(), &public).unwrap();
            assert_eq!(*signed.entry(), entry);
        }),
    });
    envelope.bytes().clone()
}

fn genesis() -> Body {
    Body::Genesis(wire::Genesis {
        federation_name: "Prova".to_owned(),
        successor_hash: Bytes::copy_from_slice(&commitment(&successor().verifying_key())),
        first_month: 202_605,
    })
}

fn record() -> wire::MemberRecord {
    wire::MemberRecord {
        ipa_code: "c_x001".to_owned(),
        name: "Comune di Prova".to_owned(),
        category: "L6".to_owned(),
        region: "Umbria".to_owned(),
        population: 4_200,
        mailbox: "urp@prova.example".to_owned(),
        role: wire::Role::Ente.into(),
        feed_keys: vec![wire::FeedKey {
            public_key: public(&member_key()),
            first_sequence: 1,
            last_sequence: 0,
        }],
        transport_keys: vec![wire::TransportKey {
            public_key: public(&SigningKey::from_bytes(&[6; 32])),
            valid_from_day: 20_260_501,
            valid_to_day: 20_270_430,
        }],
        first_month: 202_605,
        protocol_number: "DFP-1/2026".to_owned(),
        ..wire::MemberRecord::default()
    }
}

#[test]
fn golden_root_entries() {
    golden_entry("entry-genesis", "root", 1, &root_key(), genesis());
    golden_entry("entry-member", "root", 2, &root_key(), Body::Member(record()));
    let merged = wire::MemberRecord {
        follows: vec!["c_x002".to_owned(), "c_x003".to_owned()],
        delegated_services: vec!["anagrafe".to_owned()],
        ..record()
    };
    golden_entry("entry-member-follows", "root", 2, &root_key(), Body::Member(merged));
    let revocation = wire::Revocation {
        author: "c_x001".to_owned(),
        key_id: filled(1, 8),
        last_sequence: 9,
        last_id: filled(2, 32),
        reason: "chiave persa".to_owned(),
    };
    golden_entry("entry-revocation", "root", 3, &root_key(), Body::Revocation(revocation));
    let ruling = wire::Ruling {
        author: "c_x001".to_owned(),
        sequence: 7,
        id: filled(3, 32),
        reason: "copia del disco".to_owned(),
    };
    golden_entry("entry-ruling", "root", 4, &root_key(), Body::Ruling(ruling));
    let succession = wire::Succession {
        new_root_key: public(&successor()),
        last_sequence: 4,
        last_id: filled(0x99, 32),
        next_successor_hash: filled(7, 32),
    };
    golden_entry("entry-succession", "root", 5, &successor(), Body::Succession(succession));
}

#[test]
fn golden_observer_entries() {
    let designation = wire::ExpertDesignation {
        ipa_code: "c_x001".to_owned(),
        area: "demografici".to_owned(),
        reason: "continuità dell'ascolto".to_owned(),
        valid_to_day: 20_270_511,
    };
    golden_entry("entry-expert-designation", "dfp", 2, &member_key(), Body::ExpertDesignation(designation));
    let revocation = wire::ExpertRevocation {
        ipa_code: "c_x001".to_owned(),
        area: "demografici".to_owned(),
        reason: "rinuncia".to_owned(),
    };
    golden_entry("entry-expert-revocation", "dfp", 3, &member_key(), Body::ExpertRevocation(revocation));
    let tally = wire::Tally { green: 120, yellow: 9, red: 6 };
    let national = wire::NationalMonth {
        month: 202_604,
        as_of: Some(wire::AsOf {
            root_sequence: 3,
            root_id: filled(1, 32),
            counted: vec![0, 7, 300],
            ids_hash: filled(2, 32),
            forked: vec![1],
        }),
        rules_version: 1,
        coverage: Some(wire::Coverage { expected: 2, counted: 1, forked: 1, ..wire::Coverage::default() }),
        total: Some(tally),
        cells: vec![wire::NationalCell {
            service: "anagrafe".to_owned(),
            channel: "counter".to_owned(),
            votes: Some(tally),
            enti: 1,
        }],
        ..wire::NationalMonth::default()
    };
    golden_entry("entry-national-month", "dfp", 4, &member_key(), Body::NationalMonth(national));
}

#[test]
fn golden_entries_of_enti() {
    let plan = wire::SurveyPlan {
        from_month: 202_605,
        surveyed: vec![wire::GroupKey { service: "anagrafe".to_owned(), channel: "counter".to_owned() }],
        branches: 2,
        devices: 5,
        mailbox: "urp@prova.example".to_owned(),
    };
    golden_entry("entry-survey-plan", "c_x001", 1, &member_key(), Body::SurveyPlan(plan));
    let notice = wire::PublicationNotice { month: 202_604, url: "https://prova.example/faccine".to_owned() };
    golden_entry("entry-publication-notice", "c_x001", 2, &member_key(), Body::PublicationNotice(notice));
    let availability = wire::Availability {
        available: true,
        areas: vec!["demografici".to_owned()],
        note: "al mattino".to_owned(),
        topics: vec!["code allo sportello".to_owned()],
    };
    golden_entry("entry-availability", "c_x001", 3, &member_key(), Body::Availability(availability));
    let contact = wire::Contact { addresses: vec!["/dns4/hub.example/tcp/4001".to_owned()] };
    golden_entry("entry-contact", "c_x001", 4, &member_key(), Body::Contact(contact));
    let carried = wire::Summary {
        month: 202_604,
        edition: 1,
        rules_version: 1,
        catalogue_version: 3,
        software_version: "0.1.0".to_owned(),
        carried: true,
        ballots_root: filled(0xab, 32),
        ..wire::Summary::default()
    };
    golden_entry("entry-summary", "c_x001", 5, &member_key(), Body::Summary(carried));
}

fn hello() -> Bytes {
    let hello = sync::Hello {
        author: "c_x001".to_owned(),
        run_id: filled(8, 16),
        clock_unix_s: 1_778_500_000,
        software_version: "0.1.0".to_owned(),
        peer_id_key: public(&SigningKey::from_bytes(&[6; 32])),
    };
    Envelope::seal(Kind::Hello, &federation(), &member_key(), &hello.encode_to_vec()).bytes().clone()
}

#[test]
fn golden_hello_and_admission() {
    let admission = wire::AdmissionRequest { member: Some(record()) }.encode_to_vec();
    let admission = Envelope::seal(Kind::Admission, &federation(), &member_key(), &admission);
    let both = [("hello", Kind::Hello, hello()), ("admission", Kind::Admission, admission.bytes().clone())];
    for (name, kind, bytes) in both {
        check(&Golden {
            name,
            message: ".faccina.feed.v1.Envelope",
            about: vec![format!("federation id {}, feed key from the seed 04…04", federation())],
            bytes: bytes.to_vec(),
            check: Box::new(move |bytes| {
                let envelope = Envelope::parse(Bytes::copy_from_slice(bytes)).unwrap();
                envelope.verify(kind, &federation(), &member_key().verifying_key()).unwrap();
            }),
        });
    }
}

pub(crate) fn golden_message<M: Message + Default + PartialEq + std::fmt::Debug + 'static>(
    name: &'static str,
    message: &'static str,
    written: M,
) {
    check(&Golden {
        name,
        message,
        about: Vec::new(),
        bytes: written.encode_to_vec(),
        check: Box::new(move |bytes| assert_eq!(M::decode(bytes).unwrap(), written)),
    });
}

#[test]
fn golden_messages_of_sync() {
    use sync::{request, response};
    let head = |author: &str, sequence, forked| sync::Head {
        author: author.to_owned(),
        sequence,
        id: filled(0x11, 32),
        forked,
    };
    let request = |request| sync::Request { request: Some(request) };
    let response = |response| sync::Response { response: Some(response) };
    let (asks, answers) = (".faccina.sync.v1.Request", ".faccina.sync.v1.Response");
    let open = sync::Open { hello: Bytes::new(), root: Some(head("", 14, false)), digest: filled(0x22, 32) };
    golden_message("sync-open", asks, request(request::Request::Open(open)));
    let digests = sync::DigestWant { level: 2, indices: vec![0, 3] };
    golden_message("sync-digest-want", asks, request(request::Request::Digests(digests)));
    let feeds = vec![sync::WantFeed { author: "c_x001".to_owned(), from_sequence: 6 }];
    golden_message("sync-want", asks, request(request::Request::Want(sync::Want { feeds })));
    let opened = sync::Opened {
        hello: Bytes::new(),
        root: Some(head("", 14, false)),
        digest: filled(0x22, 32),
        yours: Some(head("", 5, false)),
        other_runs: Vec::new(),
    };
    golden_message("sync-opened", answers, response(response::Response::Opened(opened)));
    let heads = vec![sync::MemberHead { index: 17, sequence: 5, tag: filled(0x33, 8), forked: true }];
    let digests = sync::Digests { digests: Bytes::new(), heads };
    golden_message("sync-digests", answers, response(response::Response::Digests(digests)));
    let give = sync::Give {
        entries: vec![Bytes::from_static(b"envelope")],
        proofs: vec![sync::ForkProof {
            first: Bytes::from_static(b"envelope"),
            second: Bytes::from_static(b"another"),
        }],
        more: true,
    };
    golden_message("sync-give", answers, response(response::Response::Give(give)));
    let declined = sync::Declined { reason: "ask more slowly".to_owned() };
    golden_message("sync-declined", answers, response(response::Response::Declined(declined)));
    let heads = vec![sync::MemberHead { index: 17, sequence: 5, tag: filled(0x33, 8), forked: false }];
    let announcement = sync::Announcement { heads, root: Some(head("", 14, false)), teller: 2 };
    golden_message("sync-announcement", ".faccina.sync.v1.Announcement", announcement);
}

/// `fixtures/wire/bundle.txt` and the hashes over its replica: plain hex, for its records are no protobuf.
#[test]
fn golden_bundle() {
    let hash = commitment(&successor().verifying_key());
    let known = Federation::new("Prova", root_key().verifying_key(), hash);
    let mut replica = Replica::new(known.clone());
    let mut log = MemoryLog::default();
    let mut append = |author: &str, key: &SigningKey, prev: Option<Id>, sequence, body| {
        let author: Author = author.parse().unwrap();
        let day = CivilDay::from_yyyymmdd(20_260_511).unwrap();
        let sealed = seal_entry(&federation(), key, &Entry { author, sequence, prev, day, body }).unwrap();
        let mut journal = Journal::new(&log);
        let outcome = replica.accept(sealed.bytes().clone(), None, &mut journal);
        assert!(matches!(outcome, Outcome::Added(_) | Outcome::Forked { .. }), "{outcome:?}");
        let changes = journal.into_changes();
        log.apply(changes);
        sealed.id(Kind::Entry, &federation())
    };
    let contact = |text: &str| Body::Contact(wire::Contact { addresses: vec![text.to_owned()] });
    let first = append("root", &root_key(), None, 1, genesis());
    append("root", &root_key(), Some(first), 2, Body::Member(record()));
    append("c_x001", &member_key(), None, 1, contact("una"));
    append("c_x001", &member_key(), None, 1, contact("altra"));
    let mut file = Vec::new();
    let mut sink = |piece: &[u8]| -> Result<(), Infallible> {
        file.extend(piece);
        Ok(())
    };
    bundle::write(&replica, &log, &mut sink).unwrap();
    let author: Author = "c_x001".parse().unwrap();
    let feed = replica.feed(&author).unwrap();
    let text = [
        "# genesis, one member, and its fork at sequence 1".to_owned(),
        format!("# tag of the forked feed {}", hex::encode(feed.tag())),
        format!("# its leaf {}", hex::encode(feed.leaf())),
        format!("# leaf of the root feed {}", hex::encode(replica.root().leaf())),
        format!("# top of the digest tree {}", hex::encode(replica.tree().top())),
        format!("# digest of the replica {}", hex::encode(replica.digest())),
        String::new(),
        file.chunks(32).map(hex::encode).collect::<Vec<_>>().join("\n"),
        String::new(),
    ]
    .join("\n");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wire/bundle.txt");
    if std::env::var_os("FACCINA_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap();
    assert_eq!(stored, text);
    let bytes: String = stored.lines().filter(|line| !line.starts_with('#')).collect();
    let read = bundle::read(hex::decode(bytes).unwrap().into(), Some(&known)).unwrap();
    assert_eq!(read.replica.digest(), replica.digest());
}
