//! The world that the nodes live in: virtual time, links with delay and loss, power cuts, a partition.

use crate::agenda::Agenda;
use crate::founding::{OBSERVER, Town};
use crate::node::{DAY_MS, Node, day_at};
use crate::trace::Trace;
use crate::truth::{Truth, Violation};
use crate::verdicts::Verdicts;
use bytes::Bytes;
use faccina_proto::{
    names::Author,
    replica::{Change, Log},
    sync::{Input, Now, Output, Peer, RequestId},
    wire::sync::v1::{self as wire, request, response},
};
use prost::Message as _;
use rand::{RngExt, rngs::StdRng};
use std::{collections::BTreeMap, sync::Arc};

/// How the links behave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) loss: f64,
    pub(crate) twice: f64,
    /// A message that takes seconds instead of milliseconds, and so comes after later ones.
    pub(crate) slow: f64,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Request(RequestId, wire::Request),
    Response(RequestId, wire::Response),
    Announcement(wire::Announcement),
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Second,
    Import(Vec<Bytes>),
    Deliver {
        link: usize,
        epoch: u64,
        to: usize,
        message: Box<Message>,
    },
    /// The node loses power at its next write.
    Doom(usize),
    Restart(usize),
    Split,
    Heal,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) ends: [usize; 2],
    delay_ms: u64,
    /// Counts interruptions: what is under way then is lost.
    epoch: u64,
    up: bool,
    /// It crosses the partition.
    pub(crate) crosses: bool,
}

/// Bytes on the wire, by kind of message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) bytes: BTreeMap<&'static str, (u64, u64)>,
}

impl Traffic {
    fn note(&mut self, kind: &'static str, bytes: usize) {
        let (count, sum) = self.bytes.entry(kind).or_default();
        *count += 1;
        *sum += bytes as u64;
    }
}

pub(crate) struct World {
    pub(crate) town: Town,
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Vec<Link>,
    by_peer: BTreeMap<Peer, usize>,
    by_ends: BTreeMap<(usize, usize), usize>,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) at_ms: u64,
    pub(crate) truth: Truth,
    pub(crate) trace: Trace,
    pub(crate) traffic: Traffic,
    pub(crate) verdicts: Arc<Verdicts>,
    pub(crate) rng: StdRng,
    pub(crate) weather: Weather,
    split: bool,
    pub(crate) messages_lost: u64,
    pub(crate) writes_lost: u64,
}

impl World {
    pub(crate) fn new(
        town: Town,
        nodes: Vec<Node>,
        ends: Vec<[usize; 2]>,
        weather: Weather,
        mut rng: StdRng,
    ) -> Self {
        let by_peer = nodes.iter().enumerate().map(|(index, node)| (node.place.transport, index)).collect();
        let link =
            |ends| Link { ends, delay_ms: rng.random_range(4..120), epoch: 0, up: false, crosses: false };
        let links: Vec<Link> = ends.into_iter().map(link).collect();
        let ends = links.iter().enumerate().map(|(number, link)| (ordered(link.ends), number));
        Self {
            by_ends: ends.collect(),
            town,
            nodes,
            links,
            by_peer,
            agenda: Agenda::new(),
            at_ms: 0,
            truth: Truth::default(),
            trace: Trace::default(),
            traffic: Traffic::default(),
            verdicts: Arc::default(),
            rng,
            weather,
            split: false,
            messages_lost: 0,
            writes_lost: 0,
        }
    }

    /// Starts all nodes and connects them.
    pub(crate) fn begin(&mut self) -> Result<(), Violation> {
        for index in 0..self.nodes.len() {
            self.start(index)?;
        }
        for link in 0..self.links.len() {
            self.connect(link)?;
        }
        Ok(())
    }

    /// Carries out one event.
    pub(crate) fn step(&mut self, at_ms: u64, event: Event) -> Result<(), Violation> {
        self.at_ms = at_ms;
        match event {
            Event::Second => {
                for index in 0..self.nodes.len() {
                    self.publish(index)?;
                    self.input(index, Input::Tick)?;
                }
                Ok(())
            }
            Event::Import(envelopes) => {
                self.note(format_args!("DFP writes {} root entries", envelopes.len()));
                self.input(OBSERVER, Input::Import { ticket: 0, envelopes })
            }
            Event::Deliver { link, epoch, to, message } => self.deliver(link, epoch, to, *message),
            Event::Doom(index) => {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.doomed = true;
                }
                Ok(())
            }
            Event::Restart(index) => {
                self.start(index)?;
                for link in self.links_of(index) {
                    self.connect(link)?;
                }
                Ok(())
            }
            Event::Split => self.part(true),
            Event::Heal => self.part(false),
        }
    }

    fn part(&mut self, split: bool) -> Result<(), Violation> {
        self.note(format_args!("{}", if split { "the network splits" } else { "the network heals" }));
        self.split = split;
        for link in 0..self.links.len() {
            if self.links.get(link).is_some_and(|link| link.crosses) {
                if split { self.cut(link)? } else { self.connect(link)? }
            }
        }
        Ok(())
    }

    fn start(&mut self, index: usize) -> Result<(), Violation> {
        self.note(format_args!("{} starts", self.name(index)));
        let signatures = Arc::clone(&self.verdicts);
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        if node.start(&self.town, signatures, &mut self.rng) {
            Ok(())
        } else {
            Err(Violation::Restart { node: self.name(index) })
        }
    }

    fn crash(&mut self, index: usize) -> Result<(), Violation> {
        self.note(format_args!("{} loses power before its write is durable", self.name(index)));
        self.writes_lost += 1;
        if let Some(node) = self.nodes.get_mut(index) {
            node.machine = None;
            node.doomed = false;
        }
        for link in self.links_of(index) {
            self.cut(link)?;
        }
        let down_ms = self.rng.random_range(2_000..6 * DAY_MS);
        self.agenda.enter(self.at_ms + down_ms, Event::Restart(index));
        Ok(())
    }

    fn links_of(&self, index: usize) -> Vec<usize> {
        let mine = self.links.iter().enumerate().filter(|(_, link)| link.ends.contains(&index));
        mine.map(|(number, _)| number).collect()
    }

    fn connect(&mut self, number: usize) -> Result<(), Violation> {
        let split = self.split;
        let alive =
            |nodes: &[Node], index: usize| nodes.get(index).is_some_and(|node| node.machine.is_some());
        let Some(link) = self.links.get_mut(number) else { return Ok(()) };
        let [a, b] = link.ends;
        if link.up || (split && link.crosses) || !alive(&self.nodes, a) || !alive(&self.nodes, b) {
            return Ok(());
        }
        link.up = true;
        link.epoch += 1;
        self.input(a, Input::Connected(self.peer(b)))?;
        self.input(b, Input::Connected(self.peer(a)))
    }

    fn cut(&mut self, number: usize) -> Result<(), Violation> {
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
        self.trace.note(self.at_ms, &event);
    }

    /// A node publishes what is due.
    fn publish(&mut self, index: usize) -> Result<(), Violation> {
        let due = self.nodes.get(index).and_then(|node| node.due(self.at_ms, &self.town));
        match due {
            Some(body) => self.input(index, Input::Append { ticket: 0, body, offline: false }),
            None => Ok(()),
        }
    }

    fn deliver(&mut self, link: usize, epoch: u64, to: usize, message: Message) -> Result<(), Violation> {
        let Some(link) = self.links.get(link).filter(|link| link.up && link.epoch == epoch) else {
            self.messages_lost += 1;
            return Ok(());
        };
        let from = link.ends.into_iter().find(|end| *end != to).unwrap_or(to);
        let peer = self.peer(from);
        self.note(format_args!("{} → {}: {}", self.name(from), self.name(to), words(&message)));
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
    fn input(&mut self, index: usize, input: Input) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let Some(machine) = node.machine.as_mut() else { return Ok(()) };
        let unix_s = 1_764_543_600_i64.saturating_add_unsigned(self.at_ms / 1_000) + node.clock_skew_s;
        let now = Now {
            monotonic_ms: self.at_ms,
            unix_s: u64::try_from(unix_s).unwrap_or(0),
            day: day_at(self.at_ms),
        };
        for output in machine.handle(input, now, &node.disk) {
            if !self.carry_out(index, output)? {
                return self.crash(index);
            }
        }
        if let Some(node) = self.nodes.get_mut(index)
            && let Some(machine) = &node.machine
        {
            node.durable_digest = machine.replica().digest();
        }
        Ok(())
    }

    /// Carries one output out; `false` if the power went.
    fn carry_out(&mut self, index: usize, output: Output) -> Result<bool, Violation> {
        match output {
            Output::Persist(changes) => return self.persist(index, changes),
            Output::Send { peer, request_id, request } => {
                self.traffic.note(kind_of_request(&request), bare_len(&request));
                self.send(index, peer, &Message::Request(request_id, request));
            }
            Output::Reply { peer, request_id, response } => {
                self.traffic.note(kind_of_response(&response), bare_response_len(&response));
                self.send(index, peer, &Message::Response(request_id, response));
            }
            Output::Announce(announcement) => {
                for link in self.links_of(index) {
                    let ends = self.links.get(link).map_or([index, index], |link| link.ends);
                    let to = ends.into_iter().find(|end| *end != index).unwrap_or(index);
                    self.traffic.note("announcements", announcement.encoded_len());
                    self.send(index, self.peer(to), &Message::Announcement(announcement.clone()));
                }
            }
            Output::Misbehaved(peer, misbehaviour) => {
                let peer = self.by_peer.get(&peer).map_or_else(String::new, |peer| self.name(*peer));
                let misbehaviour = misbehaviour.to_string();
                return Err(Violation::Accused { node: self.name(index), peer, misbehaviour });
            }
            Output::Alarm(alarm) => {
                return Err(Violation::Alarmed { node: self.name(index), alarm: alarm.to_string() });
            }
            Output::Appended { result, .. } => match result {
                Ok(head) => {
                    self.note(format_args!("{} publishes its entry {}", self.name(index), head.sequence))
                }
                Err(refusal) => self.note(format_args!("{} cannot publish: {refusal}", self.name(index))),
            },
            Output::Applied(_) | Output::Imported { .. } | Output::Disconnect(_) => {}
        }
        Ok(true)
    }

    fn persist(&mut self, index: usize, changes: Vec<Change>) -> Result<bool, Violation> {
        let name = self.name(index);
        let Some(node) = self.nodes.get_mut(index) else { return Ok(true) };
        if node.doomed {
            return Ok(false);
        }
        let mut writes_for = vec![node.author()];
        if index == OBSERVER {
            writes_for.push(Author::Root);
        }
        // The changes of a batch follow each other, so the disk is asked as they go.
        for change in changes {
            let disk = &node.disk;
            let last = |author: &Author| last_on(disk, author, &change);
            self.truth.check(&name, &writes_for, std::slice::from_ref(&change), last)?;
            node.disk.apply(vec![change]);
        }
        Ok(true)
    }

    fn send(&mut self, from: usize, peer: Peer, message: &Message) {
        let Some(to) = self.by_peer.get(&peer).copied() else { return };
        let Some(number) = self.by_ends.get(&ordered([from, to])).copied() else { return };
        let Some(link) = self.links.get(number).filter(|link| link.up).cloned() else { return };
        if self.rng.random_bool(self.weather.loss) {
            self.messages_lost += 1;
            return;
        }
        let copies = if self.rng.random_bool(self.weather.twice) { 2 } else { 1 };
        for _ in 0..copies {
            let slow_ms =
                if self.rng.random_bool(self.weather.slow) { self.rng.random_range(500..5_000) } else { 0 };
            let delay_ms = link.delay_ms + self.rng.random_range(0..=link.delay_ms) + slow_ms;
            let message = Box::new(message.clone());
            let event = Event::Deliver { link: number, epoch: link.epoch, to, message };
            self.agenda.enter(self.at_ms + delay_ms, event);
        }
    }

    /// Whether all nodes that run have the same digest.
    pub(crate) fn agrees(&self) -> bool {
        let mut digests = self.nodes.iter().map(|node| node.machine.as_ref().map(|m| m.replica().digest()));
        let first = digests.next();
        digests.all(|digest| Some(digest) == first)
    }
}

fn ordered([a, b]: [usize; 2]) -> (usize, usize) {
    (a.min(b), a.max(b))
}

/// The sequence on disk before the one that `change` writes.
fn last_on(disk: &dyn Log, author: &Author, change: &Change) -> u64 {
    let Change::Put(stored) = change else { return 0 };
    let before = stored.sequence - 1;
    let follows = before == 0 || disk.entry(author, before).is_some();
    let is_new = disk.entry(author, stored.sequence).is_none();
    if follows && is_new { before } else { u64::MAX - 1 }
}

/// Length without the hello, which is no part of the comparison.
fn bare_len(request: &wire::Request) -> usize {
    let mut request = request.clone();
    if let Some(request::Request::Open(open)) = &mut request.request {
        open.hello.clear();
    }
    request.encoded_len()
}

fn bare_response_len(response: &wire::Response) -> usize {
    match &response.response {
        Some(response::Response::Opened(opened)) => {
            let opened = wire::Opened { hello: Bytes::new(), ..opened.clone() };
            wire::Response { response: Some(response::Response::Opened(opened)) }.encoded_len()
        }
        Some(_) | None => response.encoded_len(),
    }
}

fn kind_of_request(request: &wire::Request) -> &'static str {
    match &request.request {
        Some(request::Request::Open(_)) => "open",
        Some(request::Request::Digests(_)) => "digests wanted",
        Some(request::Request::Want(_)) => "entries wanted",
        None => "empty",
    }
}

fn kind_of_response(response: &wire::Response) -> &'static str {
    match &response.response {
        Some(response::Response::Opened(_)) => "opened",
        Some(response::Response::Digests(_)) => "digests",
        Some(response::Response::Give(_)) => "entries",
        Some(response::Response::Declined(_)) => "declined",
        None => "empty",
    }
}

fn words(message: &Message) -> String {
    match message {
        Message::Request(id, request) => format!("asks {} ({})", kind_of_request(request), id.0),
        Message::Response(id, response) => match &response.response {
            Some(response::Response::Give(give)) => {
                format!("gives {} entries, more: {} ({})", give.entries.len(), give.more, id.0)
            }
            Some(_) | None => format!("answers {} ({})", kind_of_response(response), id.0),
        },
        Message::Announcement(announcement) => {
            let heads = announcement.heads.iter().map(|head| format!(" {} {}", head.index, head.sequence));
            format!("announces{}", heads.collect::<String>())
        }
    }
}
