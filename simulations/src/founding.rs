//! What the federation of a simulation is made of: keys, roster, catalogue, and every ente's closed months.
//!
//! The months come from the real close over drawn tallies, small ones as in small comuni, so that carried months, merged
//! groups and pooled reasons all occur.

use crate::truth::Model;
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::{CivilDay, Month},
    carryover::Carryover,
    catalogue::Catalogue,
    close::{Books, Observed, close},
    envelope::{Id, Kind},
    feed::{Body, Entry, seal_entry},
    names::{Author, Code, IpaCode},
    roster::{Federation, commitment},
    summary::Summary,
    sync::Peer,
    tally::{Cell, Counts, GroupKey, Reasons, Tally, Votes},
    wire::feed::v1 as wire,
};
use rand::{RngExt, rngs::StdRng};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const SERVICES: [&str; 5] = ["anagrafe", "tributi", "biblioteca", "urp", "scuola"];
const CHANNELS: [&str; 3] = ["counter", "phone", "web"];
pub(crate) const HUBS: usize = 3;
pub(crate) const OBSERVER: usize = 0;

/// The first day of a simulation: the month before the survey begins.
pub(crate) fn first_day() -> CivilDay {
    survey_begins().previous().first_day()
}

pub(crate) fn survey_begins() -> Month {
    Month::from_yyyymm(202_601).expect("January 2026 is a month")
}

/// A member to be: the observer, then the hubs, then the enti.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) code: IpaCode,
    pub(crate) role: wire::Role,
    pub(crate) feed_key: SigningKey,
    pub(crate) transport: Peer,
    pub(crate) first_month: Month,
    /// Every closed month, in order.
    pub(crate) months: Vec<Summary>,
}

#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) federation: Federation,
    pub(crate) places: Vec<Place>,
    /// The root feed at the beginning.
    pub(crate) root: Vec<Bytes>,
    /// The root entry that admits the last ente, later.
    pub(crate) late: Bytes,
    pub(crate) part: wire::CataloguePart,
    pub(crate) catalogue: Catalogue,
    pub(crate) model: Model,
    /// Votes drawn, and those still carried after the last month.
    pub(crate) votes: u64,
    pub(crate) votes_carried: u64,
}

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(name).into())
}

fn code(text: &str) -> Code {
    text.parse().expect("the codes above are codes")
}

impl Town {
    pub(crate) fn found(enti: usize, months: usize, rng: &mut StdRng) -> Self {
        let (root, successor) = (key("root"), key("successor").verifying_key());
        let federation = Federation::new("Simulazione", root.verifying_key(), commitment(&successor));
        let (part, catalogue) = catalogue();
        let mut town = Self {
            federation,
            places: Vec::new(),
            root: Vec::new(),
            late: Bytes::new(),
            part,
            catalogue,
            model: Model::default(),
            votes: 0,
            votes_carried: 0,
        };
        town.places.push(place("dfp", wire::Role::Observer, survey_begins()));
        let hubs = (0..HUBS).map(|n| place(&format!("hub_{n}"), wire::Role::Hub, survey_begins()));
        town.places.extend(hubs);
        for n in 0..enti {
            let late = n + 1 == enti;
            let first_month = if late { survey_begins().next().next() } else { survey_begins() };
            let mut place = place(&format!("c_{n:04}"), wire::Role::Ente, first_month);
            let skipped = if late { 2 } else { 0 };
            place.months = town.closed_months(first_month, months.saturating_sub(skipped), rng);
            town.places.push(place);
        }
        town.write_root(&root);
        town
    }

    fn write_root(&mut self, root: &SigningKey) {
        let genesis = Body::Genesis(wire::Genesis {
            federation_name: self.federation.name().to_owned(),
            successor_hash: Bytes::copy_from_slice(self.federation.successor_hash()),
            first_month: survey_begins().yyyymm(),
        });
        let records = self.places.iter().map(|place| Body::Member(record(place)));
        let bodies: Vec<Body> = std::iter::once(genesis).chain(records).collect();
        let (mut prev, last) = (None, bodies.len());
        let late_day = survey_begins().next().first_day().plus_days(14);
        for (sequence, body) in (1..).zip(bodies) {
            let is_late = usize::try_from(sequence).is_ok_and(|sequence| sequence == last);
            let day = if is_late { late_day } else { first_day() };
            let entry = Entry { author: Author::Root, sequence, prev, day, body };
            let sealed = seal_entry(self.federation.id(), root, &entry).expect("a record is small");
            prev = Some(sealed.id(Kind::Entry, self.federation.id()));
            if is_late {
                self.late = sealed.bytes().clone();
            } else {
                self.root.push(sealed.bytes().clone());
            }
        }
    }

    /// Draws an ente's votes and closes its months, one after the other.
    fn closed_months(&mut self, first: Month, months: usize, rng: &mut StdRng) -> Vec<Summary> {
        let size = [4_u64, 12, 40, 400][rng.random_range(0..4_usize)];
        let mut carry = Carryover::default();
        let mut closed = Vec::new();
        let mut month = first;
        for _ in 0..months {
            let tally = drawn(size, rng);
            self.votes += tally.total().n();
            let books = Books {
                month,
                edition: faccina_proto::summary::Edition::First,
                tally: &tally,
                carry_in: &carry,
                catalogue: &self.catalogue,
                few_operators: &BTreeSet::new(),
                observed: &Observed::default(),
                ballots_root: Id::from_bytes(rng.random()),
                software_version: "simulazione",
                restored: false,
                gap_months: &[],
            };
            let closing = close(&books).expect("drawn months are small and the catalogue is in force");
            self.model.add(&closing.summary);
            carry = closing.carry_out;
            closed.push(closing.summary);
            month = month.next();
        }
        self.votes_carried += carry.votes_n();
        closed
    }
}

pub(crate) fn place(code: &str, role: wire::Role, first_month: Month) -> Place {
    let transport = key(&format!("transport of {code}")).verifying_key().to_bytes();
    Place {
        code: code.parse().expect("the codes above are codes"),
        role,
        feed_key: key(code),
        transport: Peer::from_bytes(transport),
        first_month,
        months: Vec::new(),
    }
}

pub(crate) fn record(place: &Place) -> wire::MemberRecord {
    wire::MemberRecord {
        ipa_code: place.code.to_string(),
        name: format!("Ente simulato {}", place.code),
        category: "L6".to_owned(),
        region: "Nessuna".to_owned(),
        population: 5_000,
        mailbox: "qualita@example.org".to_owned(),
        role: place.role.into(),
        feed_keys: vec![wire::FeedKey {
            public_key: Bytes::copy_from_slice(place.feed_key.verifying_key().as_bytes()),
            first_sequence: 1,
            last_sequence: 0,
        }],
        transport_keys: vec![wire::TransportKey {
            public_key: Bytes::copy_from_slice(place.transport.as_bytes()),
            valid_from_day: 20_251_201,
            valid_to_day: 20_271_231,
        }],
        first_month: place.first_month.yyyymm(),
        ..wire::MemberRecord::default()
    }
}

fn catalogue() -> (wire::CataloguePart, Catalogue) {
    let text = |text: &str| vec![wire::LocalisedText { language: "it".into(), text: text.into() }];
    let service =
        |code: &str| wire::Service { code: code.into(), name: text(code), ..wire::Service::default() };
    let channel = |code: &str| wire::Channel { code: code.into(), name: text(code) };
    let part = wire::CataloguePart {
        version: 1,
        services: SERVICES.map(service).to_vec(),
        channels: CHANNELS.map(channel).to_vec(),
        ..wire::CataloguePart::default()
    };
    let made = Catalogue::assemble(1, survey_begins(), (5, 10), std::slice::from_ref(&part));
    (part, made.expect("the catalogue above keeps the rules"))
}

fn drawn(size: u64, rng: &mut StdRng) -> Tally {
    let mut tally = Tally::default();
    for service in SERVICES {
        for channel in CHANNELS {
            let n = if rng.random_bool(0.4) { rng.random_range(0..=size) } else { 0 };
            let red = rng.random_range(0..=n / 8);
            let yellow = rng.random_range(0..=(n - red) / 5);
            let told = rng.random_range(0..=red);
            let first = rng.random_range(0..=told);
            let counts = Counts {
                votes: Votes { green: n - red - yellow, yellow, red },
                reasons: Reasons([first, told - first, 0, 0]),
            };
            let key = GroupKey { service: code(service), channel: code(channel) };
            tally.add_counts(Cell { key, branch: code("sede") }, counts);
        }
    }
    tally
}
