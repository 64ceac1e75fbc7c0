//! Machines that talk to each other, without time or loss: those are the simulations' part.

use crate::town::{Pen, Shelf, key, root_feed, today};
use bytes::Bytes;
use faccina_proto::feed::Body;
use faccina_proto::replica::MemoryLog;
use faccina_proto::sync::{
    Alarm, AppendRefusal, Input, Machine, Misbehaviour, Now, Output, Own, Peer, RequestId,
};
use faccina_proto::wire::feed::v1::Contact;
use faccina_proto::wire::sync::v1::{self as wire, request, response};
use prost::Message;
use std::collections::VecDeque;

pub(crate) struct Node {
    pub(crate) machine: Machine,
    pub(crate) log: MemoryLog,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) misbehaved: Vec<Misbehaviour>,
    pub(crate) appended: Vec<Result<u64, AppendRefusal>>,
}

pub(crate) fn transport(code: &str) -> Peer {
    Peer::from_bytes(key(&format!("transport of {code}")).verifying_key().to_bytes())
}

impl Node {
    pub(crate) fn new(code: &str, entries: &[Bytes], run: u8) -> Self {
        let mut shelf = Shelf::new();
        shelf.offer_all(entries);
        Self::over(code, shelf, run)
    }

    pub(crate) fn over(code: &str, shelf: Shelf, run: u8) -> Self {
        let own = Own {
            code: code.parse().unwrap(),
            feed_key: key(code),
            transport: transport(code),
            run_id: [run; 16],
            software_version: "prova".to_owned(),
        };
        let machine = Machine::new(own, shelf.replica);
        Self { machine, log: shelf.log, alarms: vec![], misbehaved: vec![], appended: vec![] }
    }

    pub(crate) fn sequence(&self, author: &str) -> u64 {
        self.machine.replica().head(&author.parse().unwrap()).map_or(0, |head| head.sequence)
    }
}

pub(crate) enum Sent {
    Request(RequestId, wire::Request),
    Response(RequestId, wire::Response),
    Announcement(wire::Announcement),
}

/// A town of nodes, all wires whole.
pub(crate) struct Net {
    pub(crate) nodes: Vec<(Peer, Node)>,
    pub(crate) wires: Vec<(Peer, Peer)>,
    queue: VecDeque<(Peer, Peer, Sent)>,
    pub(crate) now: Now,
    pub(crate) bytes: usize,
    pub(crate) messages: usize,
    /// Requests to peers that are played by hand: whom, the request's number, what.
    pub(crate) asked: Vec<(Peer, RequestId, wire::Request)>,
    /// Entries on the wire: from whom, to whom.
    pub(crate) given: Vec<(Peer, Peer, Bytes)>,
    /// Announcements on the wire: from whom, to whom.
    pub(crate) told: Vec<(Peer, Peer)>,
    /// Questions for entries on the wire: from whom, to whom.
    pub(crate) wanted: Vec<(Peer, Peer)>,
}

impl Net {
    pub(crate) fn new(nodes: Vec<(&str, Node)>) -> Self {
        let nodes = nodes.into_iter().map(|(code, node)| (transport(code), node)).collect();
        let now = Now { monotonic_ms: 1_000_000, unix_s: 1_781_500_000, day: today() };
        Self {
            nodes,
            wires: vec![],
            queue: VecDeque::new(),
            now,
            bytes: 0,
            messages: 0,
            asked: vec![],
            given: vec![],
            told: vec![],
            wanted: vec![],
        }
    }

    pub(crate) fn plays(&self, peer: Peer) -> bool {
        self.nodes.iter().any(|(known, _)| *known == peer)
    }

    pub(crate) fn node(&self, code: &str) -> &Node {
        self.nodes.iter().find(|(peer, _)| *peer == transport(code)).map(|(_, node)| node).unwrap()
    }

    pub(crate) fn input(&mut self, to: Peer, input: Input) {
        let now = self.now;
        let (_, node) = self.nodes.iter_mut().find(|(peer, _)| *peer == to).unwrap();
        let outputs = node.machine.handle(input, now, &node.log);
        self.carry_out(to, outputs);
    }

    /// Something happens at a node; what it answers is carried out, and told.
    pub(crate) fn deliver(&mut self, code: &str, input: Input) -> Vec<Output> {
        let (now, to) = (self.now, transport(code));
        let (_, node) = self.nodes.iter_mut().find(|(peer, _)| *peer == to).unwrap();
        let outputs = node.machine.handle(input, now, &node.log);
        self.carry_out(to, outputs.clone());
        outputs
    }

    pub(crate) fn replace(&mut self, code: &str, node: Node) {
        let (_, place) = self.nodes.iter_mut().find(|(peer, _)| *peer == transport(code)).unwrap();
        *place = node;
    }

    pub(crate) fn carry_out(&mut self, to: Peer, outputs: Vec<Output>) {
        for output in outputs {
            let (_, node) = self.nodes.iter_mut().find(|(peer, _)| *peer == to).unwrap();
            match output {
                Output::Persist(changes) => node.log.apply(changes),
                Output::Alarm(alarm) => node.alarms.push(alarm),
                Output::Misbehaved(_, misbehaviour) => node.misbehaved.push(misbehaviour),
                Output::Appended { result, .. } => node.appended.push(result.map(|head| head.sequence)),
                Output::Applied(_) | Output::Imported { .. } => {}
                Output::Send { peer, request_id, request } if !self.plays(peer) => {
                    self.asked.push((peer, request_id, request));
                }
                Output::Send { peer, request_id, request } => {
                    self.bytes += without_hello(request.clone()).encoded_len();
                    if let Some(request::Request::Want(_)) = &request.request {
                        self.wanted.push((to, peer));
                    }
                    self.queue.push_back((to, peer, Sent::Request(request_id, request)));
                }
                Output::Reply { peer, request_id, response } => {
                    if let Some(response::Response::Give(give)) = &response.response {
                        self.given.extend(give.entries.iter().map(|entry| (to, peer, entry.clone())));
                    }
                    let mut bare = response.clone();
                    if let Some(response::Response::Opened(opened)) = &mut bare.response {
                        opened.hello.clear();
                    }
                    self.bytes += bare.encoded_len();
                    self.queue.push_back((to, peer, Sent::Response(request_id, response)));
                }
                Output::Announce(announcement) => {
                    let neighbours = self.wires.iter().filter_map(|(a, b)| match to {
                        _ if *a == to => Some(*b),
                        _ if *b == to => Some(*a),
                        _ => None,
                    });
                    for peer in neighbours {
                        self.told.push((to, peer));
                        self.queue.push_back((to, peer, Sent::Announcement(announcement.clone())));
                    }
                }
                Output::Disconnect(peer) => {
                    self.wires.retain(|wire| *wire != (to, peer) && *wire != (peer, to));
                    if self.plays(peer) {
                        self.input(peer, Input::Disconnected(to));
                    }
                }
            }
        }
    }

    /// Connects without letting anything arrive yet.
    pub(crate) fn plug(&mut self, a: &str, b: &str) {
        let (a, b) = (transport(a), transport(b));
        self.wires.push((a, b));
        self.input(a, Input::Connected(b));
        self.input(b, Input::Connected(a));
    }

    /// Ends a connection; what is on its way is lost.
    pub(crate) fn unplug(&mut self, a: &str, b: &str) {
        let (a, b) = (transport(a), transport(b));
        self.wires.retain(|wire| *wire != (a, b) && *wire != (b, a));
        self.input(a, Input::Disconnected(b));
        self.input(b, Input::Disconnected(a));
    }

    pub(crate) fn connect(&mut self, a: &str, b: &str) {
        self.plug(a, b);
        self.settle();
    }

    pub(crate) fn settle(&mut self) {
        while self.step() {}
    }

    /// Lets one message arrive; whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        while let Some((from, to, message)) = self.queue.pop_front() {
            if !self.wires.iter().any(|wire| *wire == (from, to) || *wire == (to, from)) {
                continue;
            }
            self.messages += 1;
            assert!(self.messages < 10_000, "the machines do not come to rest");
            let input = match message {
                Sent::Request(request_id, request) => Input::Request { peer: from, request_id, request },
                Sent::Response(request_id, response) => Input::Response { peer: from, request_id, response },
                Sent::Announcement(announcement) => Input::Announced { peer: from, announcement },
            };
            self.input(to, input);
            return true;
        }
        false
    }

    /// Lets time pass, second by second.
    pub(crate) fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now.monotonic_ms += 1_000;
            self.now.unix_s += 1;
            for peer in self.nodes.iter().map(|(peer, _)| *peer).collect::<Vec<_>>() {
                self.input(peer, Input::Tick);
            }
            self.settle();
        }
    }

    pub(crate) fn append(&mut self, code: &str, text: &str, offline: bool) -> Result<u64, AppendRefusal> {
        let body = Body::Contact(Contact { addresses: vec![text.to_owned()] });
        self.input(transport(code), Input::Append { ticket: 1, body, offline });
        self.settle();
        self.nodes.iter_mut().find(|(peer, _)| *peer == transport(code)).unwrap().1.appended.pop().unwrap()
    }

    pub(crate) fn digests_equal(&self) -> bool {
        let mut digests = self.nodes.iter().map(|(_, node)| node.machine.replica().digest());
        let first = digests.next();
        digests.all(|digest| Some(digest) == first)
    }
}

pub(crate) fn without_hello(mut request: wire::Request) -> wire::Request {
    if let Some(request::Request::Open(open)) = &mut request.request {
        open.hello.clear();
    }
    request
}

pub(crate) fn codes(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("c_{n:04}")).collect()
}

pub(crate) fn many(count: usize, entries: usize) -> Vec<Bytes> {
    let codes = codes(count);
    let (_, mut all) = root_feed(&codes.iter().map(String::as_str).collect::<Vec<_>>());
    for code in &codes {
        let mut pen = Pen::new(code);
        all.extend((0..entries).map(|n| pen.say(&format!("{code} {n}"))));
    }
    all
}

/// The announcement of a head of `c_0000`, `c_0001` …, whose roster index is in the code; the root's under its name.
pub(crate) fn announcement(author: &str, sequence: u64, id: &[u8; 32]) -> wire::Announcement {
    let root = wire::Head { sequence, id: Bytes::copy_from_slice(id), ..wire::Head::default() };
    let Some(index) = author.strip_prefix("c_") else {
        return wire::Announcement { root: Some(root), ..wire::Announcement::default() };
    };
    let (index, tag) = (index.parse().unwrap(), Bytes::copy_from_slice(&id[..8]));
    let head = wire::MemberHead { index, sequence, tag, forked: false };
    wire::Announcement { heads: vec![head], ..wire::Announcement::default() }
}

pub(crate) fn last_id(entries: &[Bytes], author: &str, sequence: u64) -> faccina_proto::envelope::Id {
    let shelf = Shelf::with(entries);
    shelf.replica.feed(&author.parse().unwrap()).unwrap().link(sequence).unwrap().id
}
