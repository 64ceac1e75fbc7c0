//! One node of the simulation: its machine, its disk, its intake and terminals, and what it publishes next.

use super::almanac::Almanac;
use super::closing::OwnFeed;
use super::disk::{Disk, Stored};
use super::intake::Intake;
use super::terminal::Terminal;
use super::town::Town;
use crate::founding::{Place, first_day, survey_begins};
use faccina_node::views::{ReplicaFeeds, Views};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Id, KeyId},
    feed::Body,
    replica::{Replica, Signatures},
    sync::{Machine, Own, Peer, RequestId},
    terminals::TerminalList,
    wire::feed::v1 as wire,
};
use rand::{RngExt, rngs::StdRng};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The day on which the observer publishes its catalogue, counted from the beginning.
const CATALOGUE_DAY: i64 = 2;
/// An answer that comes within this time is certainly taken.
const ANSWER_MS: u64 = 15_000;

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) disk: Disk,
    /// `None` while it is down, like all that is in memory only.
    pub(crate) machine: Option<Machine>,
    pub(crate) intake: Option<Intake>,
    /// How often it was started.
    pub(crate) runs: u32,
    pub(crate) own: OwnFeed,
    pub(crate) views: Option<Box<Views>>,
    /// The digest when it last handled something; what it must have after a restart.
    pub(crate) digest: Option<[u8; 32]>,
    pub(crate) terminals: Vec<Terminal>,
    pub(crate) skew_s: i64,
    /// The latest that its clock has said before it was set or the node stopped.
    pub(crate) told_unix_s: u64,
    /// What it said when this run began.
    pub(crate) began_unix_s: u64,
    /// What it has asked other nodes and has no answer to, since when.
    pub(crate) asked: BTreeMap<(Peer, RequestId), u64>,
    pub(crate) backup: Option<Stored>,
    /// What it appended and has not flushed.
    pub(crate) unflushed: Vec<(u64, Id)>,
    /// It was put back, and takes over what others hold of its feed.
    pub(crate) adopting: bool,
    pub(crate) not_before_ms: u64,
    /// It stays down until then.
    pub(crate) away_until_ms: u64,
    /// The place in its feed at which somebody else signed with its key.
    pub(crate) planted_at: Option<u64>,
    /// The place in its feed on which DFP has ruled, or after which it has revoked the key.
    pub(crate) ruled_at: Option<u64>,
    /// The day on which the observer last looked at its calendar.
    pub(crate) looked_on: Option<CivilDay>,
}

impl Node {
    pub(crate) fn new(place: Place, rng: &mut StdRng) -> Self {
        Self {
            disk: Disk::default(),
            machine: None,
            intake: None,
            runs: 0,
            own: OwnFeed::default(),
            views: None,
            digest: None,
            terminals: Terminal::all_of(&place),
            skew_s: rng.random_range(-200..=200),
            told_unix_s: 0,
            began_unix_s: 0,
            asked: BTreeMap::new(),
            backup: None,
            unflushed: Vec::new(),
            adopting: false,
            not_before_ms: 0,
            away_until_ms: 0,
            planted_at: None,
            ruled_at: None,
            looked_on: None,
            place,
        }
    }

    /// Starts it from its disk; `false` if the disk holds something else than was written.
    pub(crate) fn start(
        &mut self,
        town: &Town,
        sync_interval_ms: u64,
        signatures: Arc<dyn Signatures>,
        rng: &mut StdRng,
    ) -> bool {
        let stored = self.disk.stored();
        let (replica, changes) = Replica::open_with(town.federation.clone(), &stored.log, signatures);
        let whole = self.digest.is_none_or(|digest| digest == replica.digest()) && changes.is_empty();
        let own = Own {
            code: self.place.code.clone(),
            feed_key: self.place.feed_key.clone(),
            transport: self.place.transport,
            run_id: rng.random(),
            software_version: "simulazione".to_owned(),
        };
        if self.place.is_ente() {
            let mut terminals = TerminalList::default();
            for terminal in &self.terminals {
                terminals.insert(terminal.record.clone()).expect("an ente has two terminals");
            }
            self.intake = Some(Intake::open(&self.place, terminals, stored));
        }
        self.machine = Some(Machine::new(own, replica).with_sync_interval_ms(sync_interval_ms));
        self.own = OwnFeed::default();
        self.views = None;
        self.runs += 1;
        whole
    }

    pub(crate) fn stop(&mut self) {
        self.machine = None;
        self.intake = None;
        self.unflushed.clear();
        self.asked.clear();
        self.disk.lose_power();
    }

    pub(crate) fn set_clock(&mut self, skew_s: i64, at_ms: u64) {
        self.told_unix_s = self.told_unix_s.max(Almanac::unix_s(at_ms, self.skew_s));
        self.skew_s = skew_s;
    }

    /// Whether an answer is the first one to something that this run asked, and timely.
    pub(crate) fn awaited(&mut self, peer: Peer, request_id: RequestId, at_ms: u64) -> bool {
        self.asked.remove(&(peer, request_id)).is_some_and(|since_ms| at_ms < since_ms + ANSWER_MS)
    }

    pub(crate) fn today(&self, at_ms: u64, almanac: &Almanac) -> CivilDay {
        almanac.day_at(at_ms, self.skew_s)
    }

    /// Reads the own feed again, if it has changed.
    pub(crate) fn refresh(&mut self) {
        let Some(machine) = &self.machine else { return };
        let author = self.place.author();
        let head = machine.replica().head(&author).map(|head| (head.sequence, head.id));
        if head != self.own.head {
            self.own = OwnFeed::read(machine.replica(), &author, &self.disk.stored().log);
        }
    }

    /// It is a member and may take part.
    pub(crate) fn is_judged(&self) -> bool {
        self.place.left_on.is_none() && !self.waits_for_a_ruling()
    }

    /// It must not publish until DFP has ruled, and withholds what others hold of its feed.
    pub(crate) fn waits_for_a_ruling(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.alarm().is_some())
            && self.planted_at.is_some()
            && self.ruled_at.is_none()
    }

    /// Whether the roster lets the next key of the key file sign now.
    pub(crate) fn may_change_key(&self) -> bool {
        let (Some(next), Some(machine)) = (&self.place.next_key, &self.machine) else { return false };
        let author = self.place.author();
        let sequence = machine.replica().feed(&author).map_or(1, |feed| feed.held() + 1);
        let key = KeyId::of(&next.verifying_key());
        machine.replica().roster().permits(&author, sequence, &key)
    }

    /// What it publishes next, months and national months apart.
    pub(crate) fn next_body(&self, today: CivilDay, town: &Town) -> Option<Body> {
        let begun = |since: CivilDay| since <= today;
        match self.place.role {
            wire::Role::Observer => {
                let catalogue_day = first_day().plus_days(CATALOGUE_DAY);
                match self.own.catalogue.as_slice() {
                    [] => begun(catalogue_day).then(|| Body::CataloguePart(town.part.clone())),
                    [part] => Some(Body::CatalogueClosing(town.catalogue.closing(&[*part]))),
                    [_, _, ..] => None,
                }
            }
            wire::Role::Hub => {
                let months = survey_begins().previous().months_until(today.month());
                let due = usize::try_from(months + 1).unwrap_or(0);
                let addresses = vec![format!("/dns4/{}.example/tcp/4001", self.place.code)];
                (self.own.contacts < due).then_some(Body::Contact(wire::Contact { addresses }))
            }
            wire::Role::Ente | wire::Role::Unspecified => self.next_of_ente(today),
        }
    }

    fn next_of_ente(&self, today: CivilDay) -> Option<Body> {
        let first_month = self.place.first_month;
        if today < first_month.first_day() {
            return None;
        }
        if self.own.plans == 0 {
            let from_month = first_month.yyyymm();
            return Some(Body::SurveyPlan(wire::SurveyPlan {
                from_month,
                branches: 1,
                devices: 2,
                ..wire::SurveyPlan::default()
            }));
        }
        // What was decided and stands not in the feed, or no longer: in the order of the months.
        for urn in self.disk.stored().boxes.values() {
            let Some(decision) = &urn.decision else { continue };
            let corrected = urn.correction.as_ref().map(|correction| &correction.summary);
            let missing = std::iter::once(&decision.summary).chain(corrected);
            if let Some(summary) = missing.into_iter().find(|summary| !self.own.holds(summary)) {
                return Some(Body::Summary(summary.clone()));
            }
        }
        let months = self.own.summaries.iter().map(|(_, summary)| summary.month).collect::<BTreeSet<_>>();
        let month = months.into_iter().find(|month| !self.own.notices.contains(month))?;
        let url = "https://ente.example".to_owned();
        Some(Body::PublicationNotice(wire::PublicationNotice { month, url }))
    }

    /// Months whose entry stands in the feed, while their box does not know it.
    pub(crate) fn ended(&self) -> Vec<Month> {
        let boxes = self.disk.stored().boxes.iter();
        let ended = boxes.filter(|(_, urn)| {
            !urn.ended && urn.decision.as_ref().is_some_and(|decision| self.own.holds(&decision.summary))
        });
        ended.map(|(month, _)| *month).collect()
    }

    /// Its views over what it holds now.
    pub(crate) fn follow(&mut self, town: &Town) -> Option<(&Views, ReplicaFeeds<'_>)> {
        let machine = self.machine.as_ref()?;
        let feeds = ReplicaFeeds { replica: machine.replica(), log: &self.disk.stored().log };
        let views = self.views.get_or_insert_with(|| Box::new(Views::new(&town.federation)));
        views.follow(&feeds);
        Some((views, feeds))
    }
}
