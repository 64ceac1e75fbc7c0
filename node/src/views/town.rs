//! A small federation in memory for the tests of the views: real keys, real entries, a real replica.

use super::{ReplicaFeeds, Views, now};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    bundle,
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::{Envelope, Id},
    feed::{Body, Entry, seal_entry},
    names::Author,
    replica::{Journal, MemoryLog, Outcome, Replica},
    roster::{Federation, commitment},
    wire::feed::v1 as wire,
};
use std::collections::BTreeMap;

pub(crate) const OBSERVER: &str = "dfp_demo";

pub(crate) struct Town {
    pub(crate) replica: Replica,
    pub(crate) log: MemoryLog,
    keys: BTreeMap<Author, SigningKey>,
    /// Every envelope in the order in which it was made.
    pub(crate) envelopes: Vec<Bytes>,
}

pub(crate) fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

pub(crate) fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn key(author: &Author) -> SigningKey {
    let mut seed = [7; 32];
    for (byte, letter) in seed.iter_mut().zip(author.as_str().bytes()) {
        *byte = letter;
    }
    SigningKey::from_bytes(&seed)
}

impl Town {
    /// A federation from January 2026 with an observer, a small catalogue and these enti, all comuni of 10,000
    /// inhabitants.
    pub(crate) fn founded(enti: &[&str]) -> Self {
        let part = wire::CataloguePart {
            version: 1,
            services: [("anagrafe", "demografici"), ("tributi", ""), ("urp", "")]
                .map(|(code, area)| service(code, area, false))
                .to_vec(),
            channels: ["counter", "web"].map(channel).to_vec(),
            ..wire::CataloguePart::default()
        };
        Self::founded_with(enti, part)
    }

    /// The same with another catalogue.
    pub(crate) fn founded_with(enti: &[&str], part: wire::CataloguePart) -> Self {
        let root = key(&Author::Root);
        let successor = SigningKey::from_bytes(&[9; 32]).verifying_key();
        let federation = Federation::new("Prova", root.verifying_key(), commitment(&successor));
        let mut town = Self {
            replica: Replica::new(federation),
            log: MemoryLog::default(),
            keys: BTreeMap::from([(Author::Root, root)]),
            envelopes: Vec::new(),
        };
        town.append(
            "root",
            20_251_201,
            Body::Genesis(wire::Genesis {
                federation_name: "Prova".into(),
                successor_hash: commitment(&successor).to_vec().into(),
                first_month: 202_601,
            }),
        );
        town.admit(OBSERVER, wire::Role::Observer);
        for ente in enti {
            town.admit(ente, wire::Role::Ente);
        }
        town.publish_catalogue(part);
        town
    }

    fn admit(&mut self, code: &str, role: wire::Role) {
        self.admit_on(20_251_201, code, role);
    }

    pub(crate) fn admit_on(&mut self, day_of: u32, code: &str, role: wire::Role) {
        self.record(day_of, code, role, 0);
    }

    /// The member leaves on this day.
    pub(crate) fn leave(&mut self, code: &str, role: wire::Role, day_of: u32) {
        self.record(day_of, code, role, day_of);
    }

    fn record(&mut self, day_of: u32, code: &str, role: wire::Role, left_on_day: u32) {
        let author: Author = code.parse().unwrap();
        let key = key(&author);
        let public = key.verifying_key().to_bytes().to_vec();
        self.keys.insert(author, key);
        let record = wire::MemberRecord {
            left_on_day,
            ipa_code: code.into(),
            name: format!("Comune di {code}"),
            category: "L6".into(),
            region: "Prova".into(),
            population: 10_000,
            mailbox: format!("qualita@{code}.example"),
            role: role.into(),
            feed_keys: vec![wire::FeedKey { public_key: public.into(), first_sequence: 1, last_sequence: 0 }],
            first_month: 202_601,
            ..wire::MemberRecord::default()
        };
        self.append("root", day_of, Body::Member(record));
    }

    fn publish_catalogue(&mut self, part: wire::CataloguePart) {
        let catalogue = Catalogue::assemble(1, month(202_601), (5, 10), std::slice::from_ref(&part)).unwrap();
        let id = self.append(OBSERVER, 20_251_202, Body::CataloguePart(part));
        self.append(OBSERVER, 20_251_202, Body::CatalogueClosing(catalogue.closing(&[id])));
    }

    /// Seals the author's next entry without giving it to the replica.
    pub(crate) fn sealed(&self, author: &str, day_of: u32, body: Body) -> Envelope {
        let author: Author = author.parse().unwrap();
        let head = self.replica.head(&author);
        let sequence = head.map_or(1, |head| head.sequence + 1);
        let entry = Entry { author, sequence, prev: head.map(|head| head.id), day: day(day_of), body };
        seal_entry(self.replica.federation().id(), &self.keys[&entry.author], &entry).unwrap()
    }

    pub(crate) fn append(&mut self, author: &str, day_of: u32, body: Body) -> Id {
        let envelope = self.sealed(author, day_of, body);
        let outcome = self.offer(envelope.bytes().clone());
        let Outcome::Added(signed) = outcome else { panic!("{outcome:?}") };
        signed.id()
    }

    pub(crate) fn offer(&mut self, bytes: Bytes) -> Outcome {
        let mut journal = Journal::new(&self.log);
        let outcome = self.replica.accept(bytes.clone(), None, &mut journal);
        let changes = journal.into_changes();
        self.log.apply(changes);
        self.envelopes.push(bytes);
        outcome
    }

    pub(crate) fn summarise(&mut self, ente: &str, day_of: u32, summary: wire::Summary) -> Id {
        self.append(ente, day_of, Body::Summary(summary))
    }

    /// The observer publishes the month as it stands, as the next restatement.
    pub(crate) fn publish(&mut self, yyyymm: u32, day_of: u32) -> wire::NationalMonth {
        let views = self.views();
        let as_of = now(&views, &self.feeds(), &OBSERVER.parse().unwrap()).unwrap();
        let before = views.nationals().get(&month(yyyymm)).map_or(0, Vec::len);
        let restatement = u32::try_from(before).unwrap();
        let national = views.national(month(yyyymm)).to_wire(month(yyyymm), restatement, as_of);
        self.append(OBSERVER, day_of, Body::NationalMonth(national.clone()));
        national
    }

    pub(crate) fn bundle(&self) -> Bytes {
        let mut bytes = Vec::new();
        let written = bundle::write(&self.replica, &self.log, &mut |piece| -> Result<(), ()> {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        written.unwrap();
        bytes.into()
    }

    pub(crate) fn feeds(&self) -> ReplicaFeeds<'_> {
        ReplicaFeeds { replica: &self.replica, log: &self.log }
    }

    pub(crate) fn views(&self) -> Views {
        let mut views = Views::new(self.replica.federation());
        views.follow(&self.feeds());
        views
    }
}

pub(crate) fn service(code: &str, area: &str, sensitive: bool) -> wire::Service {
    wire::Service {
        code: code.into(),
        name: text(code),
        area: area.into(),
        sensitive,
        ..wire::Service::default()
    }
}

pub(crate) fn channel(code: &str) -> wire::Channel {
    wire::Channel { code: code.into(), name: text(code) }
}

fn text(text: &str) -> Vec<wire::LocalisedText> {
    vec![wire::LocalisedText { language: "it".into(), text: text.into() }]
}

/// A summary with these groups: (service, channel, green, yellow, red), ascending.
pub(crate) fn summary(month: u32, groups: &[(&str, &str, u32, u32, u32)]) -> wire::Summary {
    let group = |(service, channel, green, yellow, red): &(&str, &str, u32, u32, u32)| wire::Group {
        service: (*service).into(),
        channel: (*channel).into(),
        green: *green,
        yellow: *yellow,
        red: *red,
        ..wire::Group::default()
    };
    wire::Summary {
        month,
        edition: 1,
        rules_version: 1,
        catalogue_version: 1,
        software_version: "0.1.0".into(),
        parameters: Some(wire::Parameters {
            threshold: 5,
            threshold_sensitive: 10,
            dominance: 2,
            reasons_min: 5,
            dominance_below: 20,
        }),
        groups: groups.iter().map(group).collect(),
        ballots_root: vec![1; 32].into(),
        ..wire::Summary::default()
    }
}

/// A month whose votes go to the next.
pub(crate) fn carried(month: u32) -> wire::Summary {
    wire::Summary { carried: true, parameters: None, ..summary(month, &[]) }
}
