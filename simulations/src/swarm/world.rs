//! The world that the nodes live in: virtual time, links with delay and loss, power, and the machines' outputs carried out.

use super::acts::Act;
use super::agenda::Agenda;
use super::almanac::Almanac;
use super::disk::{Doom, Stored};
use super::faults::{Fault, Happened};
use super::intake::Answer;
use super::ledger::Ledger;
use super::link::{Link, ends, ordered};
use super::message::{Message, Traffic};
use super::mutant::Mutant;
use super::node::Node;
use super::root::RootFeed;
use super::scenario::{Scenario, Weather};
use super::sides::Sides;
use super::town::Town;
use super::trace::Trace;
use super::truth::{Truth, Violation};
use crate::verdicts::Verdicts;
use bytes::Bytes;
use faccina_proto::{
    names::Author,
    replica::Change,
    sync::{Alarm, Input, Now, Output, Peer},
};
use rand::{RngExt, rngs::StdRng};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Second,
    Deliver {
        link: usize,
        epoch: u64,
        to: usize,
        /// Counts what was sent on the link, so that overtaking is seen.
        number: u64,
        message: Box<Message>,
    },
    Casts {
        node: usize,
        terminal: usize,
        casts: Vec<Bytes>,
    },
    Answers {
        node: usize,
        terminal: usize,
        /// The run of the node that answered: what was under way ends with it.
        run: u32,
        answers: Vec<Answer>,
    },
    Act(Act),
}

pub(crate) struct World {
    pub(crate) town: Town,
    pub(crate) almanac: Almanac,
    sync_interval_ms: u64,
    pub(crate) root: RootFeed,
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Vec<Link>,
    by_peer: BTreeMap<Peer, usize>,
    by_ends: BTreeMap<(usize, usize), usize>,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) at_ms: u64,
    pub(crate) truth: Truth,
    /// The digest of each set of entries and proofs that a node has held.
    pub(crate) digests: BTreeMap<[u8; 32], [u8; 32]>,
    pub(crate) ledger: Ledger,
    pub(crate) trace: Trace,
    pub(crate) traffic: Traffic,
    pub(crate) happened: Happened,
    pub(crate) verdicts: Arc<Verdicts>,
    pub(crate) rng: StdRng,
    pub(crate) weather: Weather,
    pub(crate) mutant: Option<Mutant>,
    pub(crate) split: bool,
}

impl World {
    pub(crate) fn new(town: Town, scenario: &Scenario, mutant: Option<Mutant>, mut rng: StdRng) -> Self {
        let nodes: Vec<Node> = town.places.iter().map(|place| Node::new(place.clone(), &mut rng)).collect();
        let by_peer = nodes.iter().enumerate().map(|(index, node)| (node.place.transport, index)).collect();
        let ends = ends(nodes.len(), town.hubs, &mut rng);
        let links: Vec<Link> =
            ends.into_iter().map(|ends| Link::new(ends, rng.random_range(4..120))).collect();
        let ends = links.iter().enumerate().map(|(number, link)| (ordered(link.ends), number));
        Self {
            by_ends: ends.collect(),
            almanac: Almanac::new(scenario.day_s),
            sync_interval_ms: u64::from(scenario.sync_interval_s) * 1_000,
            root: RootFeed::default(),
            town,
            nodes,
            links,
            by_peer,
            agenda: Agenda::new(),
            at_ms: 0,
            truth: Truth::default(),
            digests: BTreeMap::new(),
            ledger: Ledger::default(),
            trace: Trace::default(),
            traffic: Traffic::default(),
            happened: Happened::default(),
            verdicts: Arc::default(),
            rng,
            weather: Weather::FINE,
            mutant,
            split: false,
        }
    }

    /// Starts all nodes and connects them.
    pub(crate) fn begin(&mut self) -> Result<(), Violation> {
        for index in 0..self.nodes.len() {
            self.start(index)?;
        }
        (0..self.links.len()).try_for_each(|link| self.connect(link))
    }

    /// Carries out one event.
    pub(crate) fn step(&mut self, at_ms: u64, event: Event) -> Result<(), Violation> {
        self.at_ms = at_ms;
        match event {
            Event::Second => self.second(),
            Event::Deliver { link, epoch, to, number, message } => {
                self.deliver(link, epoch, to, number, *message)
            }
            Event::Casts { node, terminal, casts } => self.take_casts(node, terminal, &casts),
            Event::Answers { node, terminal, run, answers } => {
                let is_same = self.nodes.get(node).is_some_and(|node| node.runs == run);
                if is_same { self.take_answers(node, terminal, answers) } else { Ok(()) }
            }
            Event::Act(act) => self.act(act),
        }
    }

    pub(crate) fn start(&mut self, index: usize) -> Result<(), Violation> {
        self.note(format_args!("{} starts", self.name(index)));
        let signatures = Arc::clone(&self.verdicts);
        let at_ms = self.at_ms;
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        node.began_unix_s = Almanac::unix_s(at_ms, node.skew_s);
        if !node.start(&self.town, self.sync_interval_ms, signatures, &mut self.rng) {
            return Err(Violation::Restart { node: node.place.code.to_string() });
        }
        self.ledger.check_disk(node.place.code.as_str(), index, node.disk.stored())?;
        if node.adopting && self.mutant != Some(Mutant::RestoreFork) {
            self.input(index, Input::Adopt)?;
        }
        self.links_of(index).into_iter().try_for_each(|link| self.connect(link))
    }

    /// Ends a node's run, as a power cut does.
    pub(crate) fn stop(&mut self, index: usize) -> Result<(), Violation> {
        let at_ms = self.at_ms;
        if let Some(node) = self.nodes.get_mut(index) {
            node.set_clock(node.skew_s, at_ms);
            node.stop();
        }
        self.links_of(index).into_iter().try_for_each(|link| self.cut(link))
    }

    pub(crate) fn crash(&mut self, index: usize, doom: Doom) -> Result<(), Violation> {
        self.note(format_args!("{} loses power ({doom:?})", self.name(index)));
        self.happened.note(match doom {
            Doom::Unwritten => Fault::CrashUnwritten,
            Doom::Untold => Fault::CrashUntold,
        });
        self.stop(index)?;
        if doom == Doom::Untold
            && let Some(node) = self.nodes.get_mut(index)
        {
            // It has more than it had when it last was seen.
            node.digest = None;
        }
        let down_ms = self.rng.random_range(2_000..6 * self.almanac.day_ms());
        self.agenda.enter(self.at_ms + down_ms, Event::Act(Act::On(index)));
        Ok(())
    }

    pub(crate) fn links_of(&self, index: usize) -> Vec<usize> {
        let mine = self.links.iter().enumerate().filter(|(_, link)| link.ends.contains(&index));
        mine.map(|(number, _)| number).collect()
    }

    pub(crate) fn is_up(&self, index: usize) -> bool {
        self.nodes.get(index).is_some_and(|node| node.machine.is_some())
    }

    pub(crate) fn connect(&mut self, number: usize) -> Result<(), Violation> {
        let Some(link) = self.links.get(number) else { return Ok(()) };
        let [a, b] = link.ends;
        if link.up || (self.split && link.crosses) || !self.is_up(a) || !self.is_up(b) {
            return Ok(());
        }
        if let Some(link) = self.links.get_mut(number) {
            link.up = true;
            link.epoch += 1;
        }
        self.input(a, Input::Connected(self.peer(b)))?;
        self.input(b, Input::Connected(self.peer(a)))
    }

    pub(crate) fn cut(&mut self, number: usize) -> Result<(), Violation> {
        let Some(link) = self.links.get_mut(number).filter(|link| link.up) else { return Ok(()) };
        link.up = false;
        link.epoch += 1;
        let [a, b] = link.ends;
        self.input(a, Input::Disconnected(self.peer(b)))?;
        self.input(b, Input::Disconnected(self.peer(a)))
    }

    fn peer(&self, index: usize) -> Peer {
        self.nodes.get(index).map_or(Peer::from_bytes([0; 32]), |node| node.place.transport)
    }

    pub(crate) fn name(&self, index: usize) -> String {
        self.nodes.get(index).map_or_else(String::new, |node| node.place.code.to_string())
    }

    pub(crate) fn note(&mut self, event: std::fmt::Arguments<'_>) {
        self.trace.note(self.at_ms, &self.almanac, &event);
    }

    fn deliver(
        &mut self,
        number_of_link: usize,
        epoch: u64,
        to: usize,
        number: u64,
        message: Message,
    ) -> Result<(), Violation> {
        let link = self.links.get_mut(number_of_link).filter(|link| link.up && link.epoch == epoch);
        let Some(link) = link else {
            self.happened.note(Fault::Loss);
            return Ok(());
        };
        let from = link.ends.into_iter().find(|end| *end != to).unwrap_or(to);
        let side = usize::from(link.ends.first() != Some(&to));
        if let Some(came) = link.came.get_mut(side) {
            if number < *came {
                self.happened.note(Fault::Reorder);
            }
            *came = number.max(*came);
        }
        let peer = self.peer(from);
        self.note(format_args!("{} → {}: {}", self.name(from), self.name(to), message.words()));
        self.truth.check_heads(&self.name(from), message.heads())?;
        self.input(
            to,
            match message {
                Message::Request(request_id, request) => Input::Request { peer, request_id, request },
                Message::Response(request_id, response) => Input::Response { peer, request_id, response },
                Message::Announcement(announcement) => Input::Announced { peer, announcement },
            },
        )
    }

    /// Gives an input to a node and carries its outputs out.
    pub(crate) fn input(&mut self, index: usize, mut input: Input) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        if node.machine.is_none() {
            return Ok(());
        }
        let now = Now {
            monotonic_ms: self.at_ms,
            unix_s: Almanac::unix_s(self.at_ms, node.skew_s),
            day: self.almanac.day_at(self.at_ms, node.skew_s),
        };
        let appends = matches!(input, Input::Append { .. });
        let federation = *self.town.federation.id();
        let mut expected = Vec::new();
        if let Input::Response { peer, request_id, response } = &input
            && node.awaited(*peer, *request_id, self.at_ms)
        {
            let own = node.place.author();
            expected = Sides::expected(response, &own, node.disk.stored(), &federation);
        }
        let Some(machine) = node.machine.as_mut() else { return Ok(()) };
        if let Some(mutant) = self.mutant {
            mutant.input(&mut input, machine.replica());
        }
        let mut outputs = machine.handle(input, now, &node.disk.stored().log);
        if let Some(mutant) = self.mutant {
            outputs.iter_mut().for_each(|output| mutant.output(output, machine.replica()));
        }
        for output in outputs {
            if let Err(doom) = self.carry_out(index, output, appends)? {
                return self.crash(index, doom);
            }
        }
        if let Some(node) = self.nodes.get_mut(index)
            && let Some(machine) = &node.machine
        {
            let digest = machine.replica().digest();
            node.digest = Some(digest);
            // Whoever holds the same entries and proofs has the same digest, today and always.
            if *self.digests.entry(node.disk.stored().fingerprint()).or_insert(digest) != digest {
                return Err(Violation::Digests { node: node.place.code.to_string() });
            }
            let name = node.place.code.as_str();
            expected.iter().try_for_each(|sides| sides.check(name, node.disk.stored(), &federation))?;
        }
        Ok(())
    }

    /// Carries one output out; the inner error if the power went.
    fn carry_out(
        &mut self,
        index: usize,
        output: Output,
        appends: bool,
    ) -> Result<Result<(), Doom>, Violation> {
        match output {
            Output::Persist(changes) => return self.persist(index, &changes, appends),
            Output::Send { peer, request_id, request } => {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.asked.insert((peer, request_id), self.at_ms);
                }
                self.send(index, peer, &Message::Request(request_id, request));
            }
            Output::Reply { peer, request_id, response } => {
                self.send(index, peer, &Message::Response(request_id, response));
            }
            Output::Announce(announcement) => {
                let message = Message::Announcement(announcement);
                for link in self.links_of(index) {
                    let ends = self.links.get(link).map_or([index, index], |link| link.ends);
                    let to = ends.into_iter().find(|end| *end != index).unwrap_or(index);
                    self.send(index, self.peer(to), &message);
                }
            }
            Output::Misbehaved(peer, misbehaviour) => {
                let peer = self.by_peer.get(&peer).map_or_else(String::new, |peer| self.name(*peer));
                let misbehaviour = misbehaviour.to_string();
                return Err(Violation::Accused { node: self.name(index), peer, misbehaviour });
            }
            Output::Alarm(alarm) => self.alarmed(index, &alarm)?,
            Output::Appended { result, .. } => match result {
                Ok(head) => {
                    self.note(format_args!("{} publishes its entry {}", self.name(index), head.sequence));
                    self.nodes.iter_mut().skip(index).take(1).for_each(|node| node.adopting = false);
                }
                Err(refusal) => {
                    self.note(format_args!("{} cannot publish: {refusal}", self.name(index)));
                    let again_ms = self.at_ms + self.almanac.day_ms() / 2;
                    self.nodes.iter_mut().skip(index).take(1).for_each(|node| node.not_before_ms = again_ms);
                }
            },
            Output::Applied(_) | Output::Imported { .. } | Output::Disconnect(_) => {}
        }
        Ok(Ok(()))
    }

    fn alarmed(&mut self, index: usize, alarm: &Alarm) -> Result<(), Violation> {
        self.note(format_args!("{} stops publishing: {alarm}", self.name(index)));
        let author = self.nodes.get(index).map(|node| node.place.author());
        let has_cause = match alarm {
            Alarm::OwnEntryElsewhere { .. } | Alarm::ForeignEntry { .. } => {
                let adopting = self.nodes.get(index).is_some_and(|node| node.adopting);
                adopting || author.is_some_and(|author| self.truth.is_excused(&author))
            }
            // No node runs twice at a time, but after its clock was set back a run that has ended looks alive.
            Alarm::OtherRun { .. } => {
                self.nodes.get(index).is_some_and(|node| node.told_unix_s > node.began_unix_s)
            }
        };
        if has_cause {
            Ok(())
        } else {
            Err(Violation::Alarmed { node: self.name(index), alarm: alarm.to_string() })
        }
    }

    /// Writes to a node's disk, durably unless a planted bug leaves the flush for later.
    pub(crate) fn write(&mut self, index: usize, change: impl FnOnce(&mut Stored)) -> Result<(), Doom> {
        let flush = Mutant::flushes(self.mutant);
        self.nodes.get_mut(index).map_or(Ok(()), |node| node.disk.write(flush, change))
    }

    fn persist(
        &mut self,
        index: usize,
        changes: &[Change],
        appends: bool,
    ) -> Result<Result<(), Doom>, Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(Ok(())) };
        let (name, own) = (node.place.code.to_string(), node.place.author());
        let mut lasts: BTreeMap<Author, u64> = BTreeMap::new();
        let mut written = Vec::new();
        for change in changes {
            let author = author_of(change);
            let last = lasts.entry(author.clone()).or_insert_with(|| node.disk.stored().last(author));
            match change {
                Change::Put(stored) if appends && *author == own => {
                    written.push((stored.sequence, stored.id));
                }
                Change::Put(_) | Change::Cut { .. } | Change::Proof { .. } | Change::Unprove { .. } => {
                    self.truth.check(&name, change, *last)?;
                }
            }
            if matches!(change, Change::Proof { .. }) {
                self.happened.note(Fault::Fork);
            }
            match change {
                Change::Put(stored) => *last = stored.sequence,
                Change::Cut { after, .. } => *last = *after,
                Change::Proof { .. } | Change::Unprove { .. } => {}
            }
        }
        let outcome = self.write(index, |stored| stored.apply(changes));
        if outcome == Err(Doom::Unwritten) {
            return Ok(outcome);
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.unflushed.extend(written);
        }
        if Mutant::flushes(self.mutant) {
            self.flushed(index)?;
        }
        Ok(outcome)
    }

    /// What a node appended is on its disk for good.
    pub(crate) fn flushed(&mut self, index: usize) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        node.disk.flush();
        let author = node.place.author();
        let mut unflushed = std::mem::take(&mut node.unflushed).into_iter();
        unflushed.try_for_each(|(sequence, id)| self.truth.wrote(&author, sequence, id))
    }

    pub(crate) fn send(&mut self, from: usize, peer: Peer, message: &Message) {
        let Some(to) = self.by_peer.get(&peer).copied() else { return };
        let Some(number_of_link) = self.by_ends.get(&ordered([from, to])).copied() else { return };
        let Some(link) = self.links.get_mut(number_of_link).filter(|link| link.up) else { return };
        self.traffic.note(message);
        link.sent += 1;
        let (number, epoch, link_delay_ms) = (link.sent, link.epoch, link.delay_ms);
        for delay_ms in self.delays_ms() {
            let delay_ms = link_delay_ms + self.rng.random_range(0..=link_delay_ms) + delay_ms;
            let message = Box::new(message.clone());
            let event = Event::Deliver { link: number_of_link, epoch, to, number, message };
            self.agenda.enter(self.at_ms + delay_ms, event);
        }
    }

    /// What the weather does to a message: the extra delay of each copy that arrives.
    pub(crate) fn delays_ms(&mut self) -> Vec<u64> {
        if self.rng.random_bool(self.weather.loss) {
            self.happened.note(Fault::Loss);
            return Vec::new();
        }
        let mut copies = vec![0];
        if self.rng.random_bool(self.weather.twice) {
            self.happened.note(Fault::Duplication);
            copies.push(self.rng.random_range(0..1_000));
        }
        for delay_ms in &mut copies {
            if self.rng.random_bool(self.weather.slow) {
                self.happened.note(Fault::Delay);
                *delay_ms += self.rng.random_range(500..5_000);
            }
        }
        copies
    }

    /// Whether all nodes that are members and not stopped for good have the same digest.
    pub(crate) fn agrees(&self) -> bool {
        let members = self.nodes.iter().filter(|node| node.is_judged());
        let mut digests = members.map(|node| node.machine.as_ref().map(|m| m.replica().digest()));
        let first = digests.next();
        digests.all(|digest| Some(digest) == first)
    }
}

fn author_of(change: &Change) -> &Author {
    match change {
        Change::Put(stored) => &stored.author,
        Change::Cut { author, .. } | Change::Proof { author, .. } | Change::Unprove { author } => author,
    }
}
