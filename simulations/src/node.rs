//! One node of the simulation: a machine, a disk, and what it means to publish.

use crate::founding::{OBSERVER, Place, Town, first_day};
use faccina_node::views::{self, ReplicaFeeds, Views};
use faccina_proto::{
    calendar::{CivilDay, Month},
    feed::Body,
    names::Author,
    replica::{MemoryLog, Replica, Signatures},
    sync::{Machine, Own},
    wire::feed::v1 as wire,
};
use rand::{RngExt, rngs::StdRng};
use std::sync::Arc;

/// Something that a node publishes from a moment on.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) due_ms: u64,
    pub(crate) what: Publication,
}

#[derive(Clone, Debug)]
pub(crate) enum Publication {
    Fixed(Box<Body>),
    /// Closes the catalogue over the entry before.
    CatalogueClosing,
    /// The national month, as the observer's replica has it then.
    National(Month),
}

/// What crashes leave: the disk, and what is configured.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    /// `None` while it is down.
    pub(crate) machine: Option<Machine>,
    pub(crate) disk: MemoryLog,
    /// The digest of what is on the disk.
    pub(crate) durable_digest: [u8; 32],
    pub(crate) clock_skew_s: i64,
    pub(crate) intents: Vec<Intent>,
    /// It loses power at its next write, before that is durable.
    pub(crate) doomed: bool,
    pub(crate) restarts: u32,
}

impl Node {
    pub(crate) fn new(place: Place, intents: Vec<Intent>, town: &Town, rng: &mut StdRng) -> Self {
        Self {
            place,
            machine: None,
            disk: MemoryLog::default(),
            durable_digest: Replica::new(town.federation.clone()).digest(),
            clock_skew_s: rng.random_range(-200..=200),
            intents,
            doomed: false,
            restarts: 0,
        }
    }

    /// Starts it from its disk; `false` if the disk holds something else than was written.
    pub(crate) fn start(&mut self, town: &Town, signatures: Arc<dyn Signatures>, rng: &mut StdRng) -> bool {
        let (replica, changes) = Replica::open_with(town.federation.clone(), &self.disk, signatures);
        let whole = replica.digest() == self.durable_digest && changes.is_empty();
        let own = Own {
            code: self.place.code.clone(),
            feed_key: self.place.feed_key.clone(),
            transport: self.place.transport,
            run_id: rng.random(),
            software_version: "simulazione".to_owned(),
        };
        self.machine = Some(Machine::new(own, replica));
        self.restarts += 1;
        whole
    }

    pub(crate) fn author(&self) -> Author {
        Author::Member(self.place.code.clone())
    }

    /// What it publishes next, if that is due: as many publications as its feed has entries are done.
    pub(crate) fn due(&self, at_ms: u64, town: &Town) -> Option<Body> {
        let machine = self.machine.as_ref()?;
        let done = machine.replica().feed(&self.author())?.counted();
        let intent = self.intents.get(usize::try_from(done).ok()?).filter(|intent| intent.due_ms <= at_ms)?;
        match &intent.what {
            Publication::Fixed(body) => Some(body.as_ref().clone()),
            Publication::CatalogueClosing => {
                let part = machine.replica().feed(&self.author())?.link(done)?.id;
                Some(Body::CatalogueClosing(town.catalogue.closing(&[part])))
            }
            Publication::National(month) => self.national(*month, town),
        }
    }

    fn national(&self, month: Month, town: &Town) -> Option<Body> {
        let replica = self.machine.as_ref()?.replica();
        let feeds = ReplicaFeeds { replica, log: &self.disk };
        let mut views = Views::new(&town.federation);
        views.follow(&feeds);
        let as_of = views::now(&views, &feeds, &self.place.code).ok()?;
        Some(Body::NationalMonth(views.national(month).to_wire(month, 0, as_of)))
    }
}

/// Virtual milliseconds of a civil day: a month takes five minutes.
pub(crate) const DAY_MS: u64 = 10_000;

pub(crate) fn day_at(at_ms: u64) -> CivilDay {
    first_day().plus_days(i64::try_from(at_ms / DAY_MS).unwrap_or(i64::MAX))
}

pub(crate) fn ms_of(day: CivilDay) -> u64 {
    u64::try_from(first_day().days_until(day)).unwrap_or(0) * DAY_MS
}

/// What each member publishes: enti their plan and each month with its notice, the observer catalogue and national months.
pub(crate) fn intents(index: usize, place: &Place, town: &Town, rng: &mut StdRng) -> Vec<Intent> {
    if index == OBSERVER {
        return observer_intents(town);
    }
    let mut intents = Vec::new();
    let mut fixed = |due_ms, body| intents.push(Intent { due_ms, what: Publication::Fixed(Box::new(body)) });
    if place.role == wire::Role::Hub {
        let addresses = vec![format!("/dns4/{}.example/tcp/4001", place.code)];
        fixed(ms_of(first_day()), Body::Contact(wire::Contact { addresses }));
        return intents;
    }
    let begins = place.first_month.first_day();
    let from_month = place.first_month.yyyymm();
    let plan = wire::SurveyPlan { from_month, branches: 1, devices: 2, ..wire::SurveyPlan::default() };
    fixed(ms_of(begins), Body::SurveyPlan(plan));
    for summary in &place.months {
        // Spread over the 11th, as the close spreads its publication.
        let due_ms = ms_of(summary.month.next().first_day().plus_days(10)) + rng.random_range(0..DAY_MS);
        fixed(due_ms, Body::Summary(summary.to_wire()));
        let notice =
            wire::PublicationNotice { month: summary.month.yyyymm(), url: "https://ente.example".to_owned() };
        fixed(due_ms + DAY_MS, Body::PublicationNotice(notice));
    }
    intents
}

fn observer_intents(town: &Town) -> Vec<Intent> {
    let mut intents = vec![
        Intent {
            due_ms: 2 * DAY_MS,
            what: Publication::Fixed(Box::new(Body::CataloguePart(town.part.clone()))),
        },
        Intent { due_ms: 2 * DAY_MS, what: Publication::CatalogueClosing },
    ];
    intents.extend(town.model.months.keys().map(|month| Intent {
        due_ms: ms_of(month.next().first_day().plus_days(19)),
        what: Publication::National(*month),
    }));
    intents
}
