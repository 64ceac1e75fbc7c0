//! A small federation whose keys the targets hold, so that signed bytes can be fuzzed behind their signatures.

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::CivilDay,
    envelope::{Envelope, Id, Kind},
    replica::{Journal, MemoryLog, Outcome, Replica},
    roster::{Federation, commitment},
    sync::Peer,
    wire::feed::v1::{self as wire, entry::Body},
};
use prost::Message;
use std::cell::OnceCell;

/// The root's name, then the members': an observer, two enti.
pub(crate) const AUTHORS: [&str; 4] = ["root", "zz_dfp", "c_zz01", "c_zz02"];
const DAY: u32 = 20_260_401;

/// The key of an author.
pub(crate) fn key(author: usize) -> SigningKey {
    SigningKey::from_bytes(&[u8::try_from(author % 200).unwrap_or(0) + 1; 32])
}

/// The end of a member's connections.
pub(crate) fn transport(author: usize) -> Peer {
    Peer::from_bytes(key(author + 100).verifying_key().to_bytes())
}

pub(crate) fn today() -> CivilDay {
    CivilDay::from_yyyymmdd(DAY).expect("1 April 2026 is a day")
}

pub(crate) fn federation() -> Federation {
    let successor = key(50).verifying_key();
    Federation::new("Prova", key(0).verifying_key(), commitment(&successor))
}

/// One author's chain.
#[derive(Clone, Debug)]
pub(crate) struct Pen {
    author: usize,
    head: Option<(u64, Id)>,
}

impl Pen {
    pub(crate) fn new(author: usize) -> Self {
        Self { author, head: None }
    }

    /// Seals the next entry: these fields in place of those in `entry`, whose body and day stay.
    pub(crate) fn write(&mut self, entry: wire::Entry) -> Envelope {
        let (sequence, prev) = match self.head {
            None => (1, Bytes::new()),
            Some((sequence, id)) => (sequence + 1, Bytes::copy_from_slice(id.as_bytes())),
        };
        let author = AUTHORS.get(self.author).copied().unwrap_or_default().to_owned();
        self.seal(&wire::Entry { author, sequence, prev, ..entry }.encode_to_vec())
    }

    /// Seals any bytes as they are.
    pub(crate) fn seal(&mut self, payload: &[u8]) -> Envelope {
        let envelope = Envelope::seal(Kind::Entry, federation().id(), &key(self.author), payload);
        let sequence = self.head.map_or(1, |(sequence, _)| sequence + 1);
        self.head = Some((sequence, envelope.id(Kind::Entry, federation().id())));
        envelope
    }

    /// As if the last one had not been written.
    pub(crate) fn back_to(&mut self, head: Option<(u64, Id)>) {
        self.head = head;
    }

    pub(crate) fn head(&self) -> Option<(u64, Id)> {
        self.head
    }
}

/// An entry of the common day that says only this.
pub(crate) fn saying(body: Body) -> wire::Entry {
    wire::Entry { civil_day: DAY, body: Some(body), ..wire::Entry::default() }
}

/// What the root says of a member.
fn record(author: usize) -> Body {
    let role = if author == 1 { wire::Role::Observer } else { wire::Role::Ente };
    let code = AUTHORS.get(author).copied().unwrap_or_default();
    Body::Member(wire::MemberRecord {
        ipa_code: code.to_owned(),
        name: format!("Ente {author}"),
        category: "L6".to_owned(),
        role: role.into(),
        first_month: 202_604,
        feed_keys: vec![wire::FeedKey {
            public_key: Bytes::copy_from_slice(key(author).verifying_key().as_bytes()),
            first_sequence: 1,
            last_sequence: 0,
        }],
        transport_keys: vec![wire::TransportKey {
            public_key: Bytes::copy_from_slice(transport(author).as_bytes()),
            valid_from_day: 20_260_101,
            valid_to_day: 20_270_101,
        }],
        ..wire::MemberRecord::default()
    })
}

/// The root feed of the federation.
pub(crate) fn root_feed() -> (Pen, Vec<Envelope>) {
    let genesis = Body::Genesis(wire::Genesis {
        federation_name: "Prova".to_owned(),
        successor_hash: Bytes::copy_from_slice(federation().successor_hash()),
        first_month: 202_604,
    });
    let mut pen = Pen::new(0);
    let bodies = std::iter::once(genesis).chain((1..AUTHORS.len()).map(record));
    let feed = bodies.map(|body| pen.write(saying(body))).collect();
    (pen, feed)
}

thread_local! {
    /// Founded once; its signatures need not be verified in each run.
    static FOUNDED: OnceCell<(Pen, Shelf)> = const { OnceCell::new() };
}

/// A replica and the log beneath it.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(crate) replica: Replica,
    pub(crate) log: MemoryLog,
}

impl Shelf {
    /// Empty.
    pub(crate) fn new() -> Self {
        Self { replica: Replica::new(federation()), log: MemoryLog::default() }
    }

    /// With the root feed.
    pub(crate) fn founded() -> (Pen, Self) {
        FOUNDED.with(|founded| founded.get_or_init(Self::found).clone())
    }

    fn found() -> (Pen, Self) {
        let mut shelf = Self::new();
        let (pen, feed) = root_feed();
        for entry in &feed {
            assert!(matches!(shelf.offer(entry.bytes()), Outcome::Added(_)), "the root feed holds together");
        }
        (pen, shelf)
    }

    pub(crate) fn offer(&mut self, entry: &Bytes) -> Outcome {
        let mut journal = Journal::new(&self.log);
        let outcome = self.replica.accept(entry.clone(), None, &mut journal);
        let changes = journal.into_changes();
        self.log.apply(changes);
        outcome
    }

    /// What the log holds must be what the replica says, now and after a restart.
    pub(crate) fn assert_whole(&self) {
        let (again, repairs) = Replica::open(federation(), &self.log);
        assert!(repairs.is_empty(), "the log was left out of order");
        assert_eq!(again.digest(), self.replica.digest(), "a restart tells other feeds");
    }
}
