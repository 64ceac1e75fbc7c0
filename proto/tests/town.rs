//! A small federation for the tests: keys by name, pens that write feeds.

use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::calendar::CivilDay;
use faccina_proto::envelope::{Id, KeyId, Kind};
use faccina_proto::feed::{Body, Entry, Signed, seal_entry};
use faccina_proto::names::Author;
use faccina_proto::replica::{Journal, MemoryLog, Outcome, Replica};
use faccina_proto::roster::{Federation, commitment};
use faccina_proto::wire::feed::v1 as wire;
use sha2::{Digest, Sha256};

pub(crate) fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

pub(crate) fn today() -> CivilDay {
    day(20_260_615)
}

/// The key that belongs to a name.
pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(name).into())
}

pub(crate) fn federation() -> Federation {
    Federation::new("Prova", key("root").verifying_key(), commitment(&key("successor").verifying_key()))
}

pub(crate) fn bytes_of(key: &VerifyingKey) -> Bytes {
    Bytes::copy_from_slice(key.as_bytes())
}

/// Writes one feed.
#[derive(Clone)]
pub(crate) struct Pen {
    pub(crate) author: Author,
    pub(crate) key: SigningKey,
    pub(crate) sequence: u64,
    pub(crate) prev: Option<Id>,
    pub(crate) day: CivilDay,
}

impl Pen {
    pub(crate) fn new(author: &str) -> Self {
        Self {
            author: author.parse().unwrap(),
            key: key(author),
            sequence: 0,
            prev: None,
            day: day(20_260_110),
        }
    }

    pub(crate) fn write(&mut self, body: Body) -> Bytes {
        let sequence = self.sequence + 1;
        let entry = Entry { author: self.author.clone(), sequence, prev: self.prev, day: self.day, body };
        let envelope = seal_entry(federation().id(), &self.key, &entry).unwrap();
        self.sequence = sequence;
        self.prev = Some(envelope.id(Kind::Entry, federation().id()));
        envelope.bytes().clone()
    }

    /// An entry that says only `text`.
    pub(crate) fn say(&mut self, text: &str) -> Bytes {
        self.write(Body::Contact(wire::Contact { addresses: vec![text.to_owned()] }))
    }

    pub(crate) fn key_id(&self) -> KeyId {
        KeyId::of(&self.key.verifying_key())
    }
}

pub(crate) fn genesis() -> Body {
    Body::Genesis(wire::Genesis {
        federation_name: "Prova".to_owned(),
        successor_hash: Bytes::copy_from_slice(federation().successor_hash()),
        first_month: 202_601,
    })
}

pub(crate) fn record(code: &str, role: wire::Role) -> wire::MemberRecord {
    wire::MemberRecord {
        ipa_code: code.to_owned(),
        name: format!("Ente {code}"),
        category: "L6".to_owned(),
        region: "Prova".to_owned(),
        population: 5_000,
        mailbox: "qualita@example.org".to_owned(),
        role: role.into(),
        feed_keys: vec![wire::FeedKey {
            public_key: bytes_of(&key(code).verifying_key()),
            first_sequence: 1,
            last_sequence: 0,
        }],
        transport_keys: vec![wire::TransportKey {
            public_key: bytes_of(&key(&format!("transport of {code}")).verifying_key()),
            valid_from_day: 20_260_101,
            valid_to_day: 20_261_231,
        }],
        first_month: 202_601,
        ..wire::MemberRecord::default()
    }
}

/// The root feed of a federation with these enti, after its genesis.
pub(crate) fn root_feed(codes: &[&str]) -> (Pen, Vec<Bytes>) {
    let mut root = Pen::new("root");
    let mut entries = vec![root.write(genesis())];
    entries.extend(codes.iter().map(|code| root.write(Body::Member(record(code, wire::Role::Ente)))));
    (root, entries)
}

/// A replica with its log.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) replica: Replica,
    pub(crate) log: MemoryLog,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self { replica: Replica::new(federation()), log: MemoryLog::default() }
    }

    pub(crate) fn with(entries: &[Bytes]) -> Self {
        let mut shelf = Self::new();
        for bytes in entries {
            let outcome = shelf.accept(bytes);
            assert!(matches!(outcome, Outcome::Added(_)), "{outcome:?}");
        }
        shelf
    }

    pub(crate) fn accept(&mut self, bytes: &Bytes) -> Outcome {
        let mut journal = Journal::new(&self.log);
        let outcome = self.replica.accept(bytes.clone(), Some(today()), &mut journal);
        let changes = journal.into_changes();
        self.log.apply(changes);
        outcome
    }

    pub(crate) fn accept_proof(&mut self, proof: [Bytes; 2]) -> Outcome {
        let mut journal = Journal::new(&self.log);
        let outcome = self.replica.accept_proof(proof, Some(today()), &mut journal);
        let changes = journal.into_changes();
        self.log.apply(changes);
        outcome
    }

    /// Offers all, again and again, until nothing more is placed: what a peer that syncs does.
    pub(crate) fn offer_all(&mut self, entries: &[Bytes]) {
        loop {
            let before = self.replica.digest();
            for bytes in entries {
                self.accept(bytes);
            }
            if self.replica.digest() == before {
                return;
            }
        }
    }

    pub(crate) fn sequence(&self, author: &str) -> u64 {
        self.replica.head(&author.parse().unwrap()).map_or(0, |head| head.sequence)
    }
}

pub(crate) fn open(bytes: &Bytes, key: &SigningKey) -> Signed {
    let envelope = faccina_proto::envelope::Envelope::parse(bytes.clone()).unwrap();
    Signed::open(envelope, federation().id(), &key.verifying_key()).unwrap()
}
