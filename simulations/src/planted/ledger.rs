//! The feeds of a planted federation in a real replica: everything signed, offered and verified as between nodes.

use super::rates::{AREAS, CHANNELS};
use ed25519_dalek::SigningKey;
use faccina_node::views::{ReplicaFeeds, Views};
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::{Id, Kind},
    feed::{Body, Entry, seal_entry},
    names::{Author, IpaCode},
    replica::{Journal, MemoryLog, Replica},
    roster::{Federation, commitment},
    summary::Summary,
    tally::GroupKey,
    wire::feed::v1 as wire,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Whose feed, and what it is signed with.
#[derive(Debug)]
struct Writer {
    author: Author,
    key: SigningKey,
}

impl Writer {
    fn of(author: Author) -> Self {
        let key = SigningKey::from_bytes(&Sha256::digest(author.as_str()).into());
        Self { author, key }
    }

    fn member(code: &IpaCode) -> Self {
        Self::of(Author::Member(code.clone()))
    }
}

#[derive(Debug)]
pub(crate) struct Ledger {
    first: Month,
    replica: Replica,
    log: MemoryLog,
    catalogue: Catalogue,
}

impl Ledger {
    /// A federation with its catalogue, which begins with the month `first`.
    pub(crate) fn found(first: Month) -> Self {
        let root = Writer::of(Author::Root);
        let successor = commitment(&SigningKey::from_bytes(&[9; 32]).verifying_key());
        let federation = Federation::new("Federazione immaginaria", root.key.verifying_key(), successor);
        let genesis = wire::Genesis {
            federation_name: federation.name().to_owned(),
            successor_hash: successor.to_vec().into(),
            first_month: first.yyyymm(),
        };
        let (part, catalogue) = catalogue(first);
        let mut ledger =
            Self { first, replica: Replica::new(federation), log: MemoryLog::default(), catalogue };
        ledger.append(&root, ledger.eve(), Body::Genesis(genesis));
        let observer: IpaCode = "dfp".parse().expect("the observer's code is a code");
        ledger.admit(&observer, wire::Role::Observer, "Osservatorio immaginario".to_owned(), 0);
        let observer = Writer::member(&observer);
        let id = ledger.append(&observer, ledger.eve(), Body::CataloguePart(part));
        let closing = ledger.catalogue.closing(&[id]);
        ledger.append(&observer, ledger.eve(), Body::CatalogueClosing(closing));
        ledger
    }

    /// The day of all that comes before the survey: in the month before, because a catalogue never begins at once.
    fn eve(&self) -> CivilDay {
        self.first.previous().first_day()
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(crate) fn admit(&mut self, code: &IpaCode, role: wire::Role, name: String, population: u32) {
        let key = Writer::member(code).key.verifying_key();
        let record = wire::MemberRecord {
            ipa_code: code.to_string(),
            name,
            category: "L6".to_owned(),
            region: "Nessuna".to_owned(),
            population,
            mailbox: "qualita@example.org".to_owned(),
            role: role.into(),
            feed_keys: vec![wire::FeedKey {
                public_key: key.to_bytes().to_vec().into(),
                first_sequence: 1,
                last_sequence: 0,
            }],
            first_month: self.first.yyyymm(),
            ..wire::MemberRecord::default()
        };
        self.append(&Writer::of(Author::Root), self.eve(), Body::Member(record));
    }

    /// Publishes what an ente surveys, ascending.
    pub(crate) fn plan(&mut self, code: &IpaCode, surveyed: &BTreeSet<&GroupKey>) {
        self.append(&Writer::member(code), self.eve(), Body::SurveyPlan(plan(self.first, surveyed)));
    }

    /// Publishes an ente's months, each on the day on which a month closes.
    pub(crate) fn publish(&mut self, code: &IpaCode, months: &[Summary]) {
        let writer = Writer::member(code);
        for summary in months {
            let day = summary.month.last_day().plus_days(11);
            self.append(&writer, day, Body::Summary(summary.to_wire()));
        }
    }

    fn append(&mut self, writer: &Writer, day: CivilDay, body: Body) -> Id {
        let head = self.replica.head(&writer.author);
        let entry = Entry {
            author: writer.author.clone(),
            sequence: head.map_or(1, |head| head.sequence + 1),
            prev: head.map(|head| head.id),
            day,
            body,
        };
        let federation = self.replica.federation().id();
        let envelope = seal_entry(federation, &writer.key, &entry).expect("what is planted is small");
        let id = envelope.id(Kind::Entry, federation);
        let mut journal = Journal::new(&self.log);
        self.replica.accept(envelope.bytes().clone(), None, &mut journal);
        let changes = journal.into_changes();
        self.log.apply(changes);
        id
    }

    pub(crate) fn feeds(&self) -> ReplicaFeeds<'_> {
        ReplicaFeeds { replica: &self.replica, log: &self.log }
    }

    /// The node's views of it.
    pub(crate) fn views(&self) -> Views {
        let mut views = Views::new(self.replica.federation());
        views.follow(&self.feeds());
        views
    }
}

/// The plan of an ente that surveys these from `first` on.
pub(super) fn plan(first: Month, surveyed: &BTreeSet<&GroupKey>) -> wire::SurveyPlan {
    let key = |key: &&GroupKey| wire::GroupKey {
        service: key.service.to_string(),
        channel: key.channel.to_string(),
    };
    wire::SurveyPlan {
        from_month: first.yyyymm(),
        surveyed: surveyed.iter().map(key).collect(),
        branches: 1,
        devices: 1,
        mailbox: "qualita@example.org".to_owned(),
    }
}

pub(super) fn catalogue(first: Month) -> (wire::CataloguePart, Catalogue) {
    let text = |text: &str| vec![wire::LocalisedText { language: "it".into(), text: text.into() }];
    let services = AREAS.iter().flat_map(|(area, services)| {
        services.iter().map(|(code, sensitive)| wire::Service {
            code: (*code).into(),
            name: text(code),
            area: (*area).into(),
            sensitive: *sensitive,
            ..wire::Service::default()
        })
    });
    let part = wire::CataloguePart {
        version: 1,
        services: services.collect(),
        channels: CHANNELS.map(|(code, _)| wire::Channel { code: code.into(), name: text(code) }).to_vec(),
        ..wire::CataloguePart::default()
    };
    let made = Catalogue::assemble(1, first, (5, 10), std::slice::from_ref(&part));
    (part, made.expect("the catalogue above keeps the rules"))
}
