//! What people and bad luck do to the federation: DFP's root entries, thieves and liars, power and network, backups.

use super::disk::{Disk, Doom};
use super::faults::Fault;
use super::scenario::Weather;
use super::town::SERVICES;
use super::truth::Violation;
use super::world::World;
use crate::founding::{code, feed_key_from, key, survey_begins};
use bytes::Bytes;
use faccina_proto::{
    ballot::{Ballot, Face, Reason},
    envelope::{Id, Kind},
    feed::{Body, Entry, seal_entry},
    invites::{InviteHash, InviteRecord},
    names::Author,
    sync::Input,
    tally::GroupKey,
    wire::feed::v1 as wire,
};
use rand::RngExt;
use std::ops::RangeInclusive;

/// How many entries an old key may still sign after its ente has a new one.
const OVERLAP_ENTRIES: u64 = 8;
/// Most things that a liar says at one place.
const SIDES_MAX: usize = 5;
/// Invites are 16 random bytes.
const INVITE_BYTES: usize = 16;
/// A clock wrong by more than this closes no month.
const SKEW_S_MAX: i64 = 600;
const DAY_UNIX_S: i64 = 86_400;

#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// DFP founds the federation and admits all but an ente that comes late.
    Found,
    AdmitLate,
    Leave(usize),
    /// A person votes at a terminal; on the web with an invite, sometimes twice with the same.
    Tap {
        node: usize,
        terminal: usize,
        twice: bool,
    },
    TerminalOnline {
        node: usize,
        terminal: usize,
        online: bool,
    },
    Split,
    Heal,
    Doom(usize, Doom),
    Off {
        node: usize,
        until_ms: u64,
    },
    On(usize),
    Backup(usize),
    Restore(usize),
    Skew(usize, i64),
    Rotate(usize),
    Steal(usize),
    Revoke(usize),
    Equivocate(usize),
    Rule(usize),
    Correct(usize),
    /// From here on nothing fails any more.
    Calm,
}

impl World {
    pub(crate) fn act(&mut self, act: Act) -> Result<(), Violation> {
        match act {
            Act::Found => self.found(),
            Act::AdmitLate => self.admit_late(),
            Act::Leave(node) => self.leave(node),
            Act::Tap { node, terminal, twice } => self.tap(node, terminal, twice),
            Act::TerminalOnline { node, terminal, online } => {
                let node = self.nodes.get_mut(node);
                if let Some(terminal) = node.and_then(|node| node.terminals.get_mut(terminal)) {
                    terminal.online = online;
                }
                Ok(())
            }
            Act::Split => self.part(true),
            Act::Heal => self.part(false),
            Act::Doom(node, doom) => {
                if let Some(node) = self.nodes.get_mut(node) {
                    node.disk.doom = Some(doom);
                }
                Ok(())
            }
            Act::Off { node, until_ms } => self.off(node, until_ms),
            Act::On(node) => self.on(node),
            Act::Backup(node) => {
                self.note(format_args!("{} is backed up", self.name(node)));
                if let Some(node) = self.nodes.get_mut(node) {
                    node.backup = Some(node.disk.backup());
                }
                Ok(())
            }
            Act::Restore(node) => self.restore(node),
            Act::Skew(node, skew_s) => self.skew(node, skew_s),
            Act::Rotate(node) => self.rotate(node),
            Act::Steal(node) => self.plant(node, 1..=1),
            Act::Revoke(node) => self.revoke(node),
            Act::Equivocate(node) => self.plant(node, 2..=SIDES_MAX),
            Act::Rule(node) => self.rule(node),
            Act::Correct(node) => self.correct(node),
            Act::Calm => self.calm(),
        }
    }

    fn found(&mut self) -> Result<(), Violation> {
        let genesis = Body::Genesis(wire::Genesis {
            federation_name: self.town.federation.name().to_owned(),
            successor_hash: Bytes::copy_from_slice(self.town.federation.successor_hash()),
            first_month: survey_begins().yyyymm(),
        });
        self.write_root(genesis)?;
        let late = usize::from(self.town.late);
        for index in 0..self.nodes.len() - late {
            self.admit(index)?;
        }
        self.carry_root()
    }

    fn admit_late(&mut self) -> Result<(), Violation> {
        self.happened.note(Fault::LateAdmission);
        self.admit(self.nodes.len() - 1)?;
        self.carry_root()
    }

    fn admit(&mut self, index: usize) -> Result<(), Violation> {
        if let Some(author) = self.nodes.get(index).map(|node| node.place.author()) {
            self.truth.admitted(author);
        }
        self.enter_record(index)
    }

    fn enter_record(&mut self, index: usize) -> Result<(), Violation> {
        let record = self.nodes.get(index).map(|node| node.place.record());
        record.map_or(Ok(()), |record| self.write_root(Body::Member(record)))
    }

    fn write_root(&mut self, body: Body) -> Result<(), Violation> {
        let day = self.almanac.day_at(self.at_ms, 0);
        self.note(format_args!("DFP signs a root entry: {}", body.name()));
        let (sequence, id) = self.root.write(&self.town.federation, &self.town.root_key, day, body);
        self.truth.wrote(&Author::Root, sequence, id)
    }

    /// Root entries are carried by hand to the observer's node, or to a hub's while that is away.
    pub(crate) fn carry_root(&mut self) -> Result<(), Violation> {
        let Some(index) = (0..=self.town.hubs).find(|index| self.is_up(*index)) else { return Ok(()) };
        let machine = self.nodes.get(index).and_then(|node| node.machine.as_ref());
        let held = machine.map_or(0, |machine| machine.replica().root().held());
        if held >= self.root.len() {
            return Ok(());
        }
        let envelopes = self.root.after(held);
        self.note(format_args!("{} root entries are carried to {}", envelopes.len(), self.name(index)));
        self.input(index, Input::Import { ticket: 0, envelopes })
    }

    fn leave(&mut self, index: usize) -> Result<(), Violation> {
        let today = self.almanac.day_at(self.at_ms, 0);
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        node.place.left_on = Some(today);
        self.truth.excuse(&node.place.author());
        self.happened.note(Fault::Leave);
        self.note(format_args!("{} leaves", self.name(index)));
        self.off(index, u64::MAX)?;
        self.enter_record(index)?;
        self.carry_root()
    }

    fn tap(&mut self, index: usize, terminal: usize, twice: bool) -> Result<(), Violation> {
        let day = self.almanac.day_at(self.at_ms, 0);
        let service = code(SERVICES.get(self.rng.random_range(0..SERVICES.len())).copied().unwrap_or("urp"));
        let web = terminal > 0;
        if web && !self.is_up(index) {
            // The desk that gives invites out needs its node.
            return Ok(());
        }
        let mut invite = None;
        if web {
            let random: [u8; INVITE_BYTES] = self.rng.random();
            let hash = InviteHash::of(&random);
            let Some(node) = self.nodes.get(index) else { return Ok(()) };
            let issued = node.today(self.at_ms, &self.almanac).month();
            let Some(stored) = node.intake.as_ref().map(|intake| intake.stored_invite(&hash)) else {
                return Ok(());
            };
            let key = GroupKey { service: service.clone(), channel: code("web") };
            let record = InviteRecord::issued_in(issued, key, None, false);
            let given = self.commit(index, |disk| {
                disk.invites.insert(stored, record);
            })?;
            if !given {
                return Ok(());
            }
            invite = Some(*hash.as_bytes());
        }
        for _ in 0..1 + usize::from(twice && web) {
            let face = self.face();
            let nonce = self.rng.random();
            let Some(node) = self.nodes.get_mut(index).filter(|node| node.place.left_on.is_none()) else {
                return Ok(());
            };
            let (ente, at_terminal) = (node.place.code.clone(), node.terminals.get_mut(terminal));
            let Some(at_terminal) = at_terminal else { return Ok(()) };
            let ballot = Ballot {
                ente,
                service: service.clone(),
                channel: at_terminal.record.channel.clone(),
                branch: at_terminal.record.branch.clone(),
                month: day.month(),
                face,
                nonce,
            };
            let id = at_terminal.cast(self.town.federation.id(), ballot.clone(), day, invite);
            self.ledger.cast(index, id, &ballot, invite);
        }
        self.note(format_args!("somebody votes at terminal {terminal} of {}", self.name(index)));
        Ok(())
    }

    fn face(&mut self) -> Face {
        match self.rng.random_range(0..10) {
            0..7 => Face::Green,
            7 => Face::Yellow,
            8 => Face::Red(None),
            _ => Face::Red(Reason::of(self.rng.random_range(1..=4))),
        }
    }

    fn part(&mut self, split: bool) -> Result<(), Violation> {
        self.note(format_args!("the network {}", if split { "splits" } else { "heals" }));
        if split {
            self.happened.note(Fault::Partition);
        }
        self.split = split;
        for link in 0..self.links.len() {
            if self.links.get(link).is_some_and(|link| link.crosses) {
                if split { self.cut(link)? } else { self.connect(link)? }
            }
        }
        Ok(())
    }

    fn off(&mut self, index: usize, until_ms: u64) -> Result<(), Violation> {
        self.note(format_args!("{} is switched off", self.name(index)));
        if let Some(node) = self.nodes.get_mut(index) {
            node.away_until_ms = node.away_until_ms.max(until_ms);
        }
        if index == 0 && until_ms.saturating_sub(self.at_ms) >= self.almanac.days_ms(60) {
            self.happened.note(Fault::ObserverAway);
        }
        self.stop(index)
    }

    fn on(&mut self, index: usize) -> Result<(), Violation> {
        let is_away = self.nodes.get(index).is_none_or(|node| self.at_ms < node.away_until_ms);
        if is_away || self.is_up(index) { Ok(()) } else { self.start(index) }
    }

    fn restore(&mut self, index: usize) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let Some(mut backup) = node.backup.take() else { return Ok(()) };
        let author = node.place.author();
        if backup.last(&author) < node.disk.stored().last(&author) {
            self.happened.note(Fault::Restore);
        }
        self.note(format_args!("{} is put back to its backup", self.name(index)));
        self.stop(index)?;
        // Whoever holds the disk or the backup could vote with an invite given out since: they are void.
        backup.invites.clear();
        backup.restored = true;
        self.ledger.restored(index, &backup);
        if let Some(node) = self.nodes.get_mut(index) {
            node.disk = Disk::of_backup(backup);
            // Receipts under way are those of the disk that is no more.
            node.runs += 1;
            node.digest = None;
            node.adopting = true;
        }
        self.on(index)
    }

    fn skew(&mut self, index: usize, skew_s: i64) -> Result<(), Violation> {
        self.note(format_args!("the clock of {} is wrong by {skew_s} s", self.name(index)));
        if skew_s.abs() > SKEW_S_MAX {
            self.happened.note(Fault::ClockSkew);
        }
        let at_ms = self.at_ms;
        if skew_s.abs() >= DAY_UNIX_S {
            self.ledger.skewed(index);
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.set_clock(skew_s, at_ms);
        }
        Ok(())
    }

    fn rotate(&mut self, index: usize) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let Some((last, _)) = self.truth.last_own(&node.place.author()) else { return Ok(()) };
        let next = key(&format!("second key of {}", node.place.code));
        if let Some(key) = node.place.keys.last_mut() {
            key.last_sequence = last + OVERLAP_ENTRIES;
        }
        node.place.keys.push(feed_key_from(&next, last + 1));
        node.place.next_key = Some(next);
        if self.split && self.is_far(index) {
            self.happened.note(Fault::RotationInPartition);
        }
        self.enter_record(index)?;
        self.carry_root()
    }

    /// Whether a partition cuts a node off from DFP.
    fn is_far(&self, index: usize) -> bool {
        let to_hub = |link: &&super::link::Link| link.ends.contains(&index) && link.ends.contains(&1);
        self.links.iter().find(to_hub).is_some_and(|link| link.crosses)
    }

    /// Somebody signs the next entry with an ente's key, in several versions, and gives each to another node.
    fn plant(&mut self, index: usize, versions: RangeInclusive<usize>) -> Result<(), Violation> {
        let Some(node) = self.nodes.get(index) else { return Ok(()) };
        let (author, signer) = (node.place.author(), node.place.feed_key.clone());
        let Some((last, prev)) = self.truth.last_own(&author) else { return Ok(()) };
        let mut near: Vec<usize> = (0..self.nodes.len())
            .filter(|other| {
                *other != index && self.takes(*other) && self.holds_exactly(*other, &author, last)
            })
            .collect();
        let (least, most) = (*versions.start(), near.len().min(*versions.end()));
        if most < least {
            return Ok(());
        }
        // Mostly more than two: then it matters which of them a node keeps.
        let versions = self.rng.random_range(least..=most).max(self.rng.random_range(least..=most));
        let day = self.almanac.day_at(self.at_ms, 0);
        for version in 0..versions {
            let addresses = vec![format!("/dns4/altrove-{version}.example/tcp/4001")];
            let body = Body::Contact(wire::Contact { addresses });
            let entry = Entry { author: author.clone(), sequence: last + 1, prev: Some(prev), day, body };
            let sealed = seal_entry(self.town.federation.id(), &signer, &entry).expect("a contact is small");
            let id: Id = sealed.id(Kind::Entry, self.town.federation.id());
            self.truth.plant(&author, last + 1, id);
            let at = near.swap_remove(self.rng.random_range(0..near.len()));
            self.note(format_args!(
                "somebody gives a false entry {} of {author} to {}",
                last + 1,
                self.name(at)
            ));
            let envelopes = vec![sealed.bytes().clone()];
            self.input(at, Input::Import { ticket: 0, envelopes })?;
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.planted_at = Some(last + 1);
        }
        Ok(())
    }

    /// Whether a node takes and keeps an entry of today: its clock is not days behind, and its power does not go with it. Else
    /// a version would exist nowhere, and what it contradicts would be no fork.
    fn takes(&self, index: usize) -> bool {
        let day = self.almanac.day_at(self.at_ms, 0);
        self.nodes.get(index).is_some_and(|node| {
            node.disk.doom.is_none() && node.today(self.at_ms, &self.almanac).plus_days(1) >= day
        })
    }

    fn holds_exactly(&self, index: usize, author: &Author, last: u64) -> bool {
        let machine = self.nodes.get(index).and_then(|node| node.machine.as_ref());
        let feed = machine.and_then(|machine| machine.replica().feed(author));
        feed.is_some_and(|feed| feed.held() == last && feed.fork().is_none())
    }

    fn revoke(&mut self, index: usize) -> Result<(), Violation> {
        let back = u64::from(self.rng.random_bool(0.3));
        let Some(node) = self.nodes.get_mut(index).filter(|node| node.planted_at.is_some()) else {
            return Ok(());
        };
        let author = node.place.author();
        let Some((last, id)) = self.truth.own_before_last(&author, back) else { return Ok(()) };
        self.truth.withdraw(&author, last);
        let next = key(&format!("second key of {}", node.place.code));
        let revoked = faccina_proto::envelope::KeyId::of(&node.place.feed_key.verifying_key());
        node.place.keys.push(feed_key_from(&next, last + 1));
        node.place.next_key = Some(next);
        node.ruled_at = node.planted_at;
        self.happened.note(Fault::Revocation);
        self.write_root(Body::Revocation(wire::Revocation {
            author: author.as_str().to_owned(),
            key_id: Bytes::copy_from_slice(revoked.as_bytes()),
            last_sequence: last,
            last_id: Bytes::copy_from_slice(id.as_bytes()),
            reason: "key stolen".to_owned(),
        }))?;
        self.enter_record(index)?;
        self.carry_root()
    }

    fn rule(&mut self, index: usize) -> Result<(), Violation> {
        let Some(node) = self.nodes.get(index) else { return Ok(()) };
        let (author, Some(sequence)) = (node.place.author(), node.planted_at) else { return Ok(()) };
        let federation = self.town.federation.id();
        // What only somebody holds who left is held by nobody who could give it.
        let present = self.nodes.iter().filter(|node| node.place.left_on.is_none());
        let held = present.flat_map(|node| node.disk.stored().versions(&author, sequence, federation));
        let Some(id) = self.truth.ruled(&author, sequence, &held.collect()) else { return Ok(()) };
        self.nodes.iter_mut().skip(index).take(1).for_each(|node| node.ruled_at = Some(sequence));
        self.happened.note(Fault::Ruling);
        self.write_root(Body::Ruling(wire::Ruling {
            author: author.as_str().to_owned(),
            sequence,
            id: Bytes::copy_from_slice(id.as_bytes()),
            reason: "this is the one".to_owned(),
        }))?;
        self.carry_root()
    }

    fn calm(&mut self) -> Result<(), Violation> {
        self.note(format_args!("from here on nothing fails"));
        self.weather = Weather::FINE;
        let at_ms = self.at_ms;
        for index in 0..self.nodes.len() {
            let Some(node) = self.nodes.get_mut(index) else { continue };
            node.disk.doom = None;
            node.set_clock(node.skew_s.clamp(-SKEW_S_MAX / 3, SKEW_S_MAX / 3), at_ms);
            node.terminals.iter_mut().for_each(|terminal| terminal.online = true);
            if node.place.left_on.is_none() {
                node.away_until_ms = 0;
            }
            self.on(index)?;
        }
        if self.split { self.part(false) } else { Ok(()) }
    }
}
