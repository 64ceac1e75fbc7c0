//! Peers that lie, late, loudly or much: for each kind what a node answers, and that it goes on with the others.
//!
//! The hostile peer is a member with a place in the roster, whose messages are written here; the machine under test is
//! the real one. What only a stranger or a socket can do is tested in the node.

use crate::net::{Net, Node, announcement, last_id, many, transport};
use crate::town::{Pen, Shelf, day, federation, key, root_feed, today};
use bytes::Bytes;
use faccina_proto::envelope::{Envelope, Kind};
use faccina_proto::feed::{Body, Entry, seal_entry};
use faccina_proto::limits::{
    DIGEST_NODES_PER_REQUEST_MAX, ENTRIES_PER_DAY_MAX, ENTRIES_PER_GIVE_MAX, ENTRY_PAYLOAD_BYTES_MAX,
    FEED_BYTES_PER_YEAR_MAX, FEEDS_PER_WANT_MAX, HEADS_PER_ANNOUNCEMENT_MAX, HELLO_BYTES_MAX,
};
use faccina_proto::names::Author;
use faccina_proto::replica::{Log, State};
use faccina_proto::roster::Federation;
use faccina_proto::sync::{Input, Misbehaviour, Output, RequestId};
use faccina_proto::wire::feed::v1 as feed;
use faccina_proto::wire::sync::v1::{self as wire, request, response};
use prost::Message;

/// What the node does with a hostile message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The peer is disconnected, and its standing falls.
    CutOff,
    /// Nothing is held against the peer and nothing of it is kept.
    Ignored,
    /// What it sent stands in its own feed.
    Kept,
    /// Its own feed is shown as forked.
    Forked,
    /// Its own feed is shown as over quota.
    OverQuota,
}

/// A node, a hostile member connected with it, and an honest neighbour.
struct Scene {
    net: Net,
    all: Vec<Bytes>,
}

const NODE: &str = "c_0000";
const HOSTILE: &str = "c_0001";
const NEIGHBOUR: &str = "c_0002";

impl Scene {
    fn set() -> Self {
        let all = many(4, 2);
        let nodes = [NODE, NEIGHBOUR].map(|code| (code, Node::new(code, &all, 1)));
        let mut net = Net::new(nodes.into());
        let hostile = transport(HOSTILE);
        net.deliver(NODE, Input::Connected(hostile));
        Self { net, all }
    }

    /// The hostile member's pen, after its second entry.
    fn pen(&self) -> Pen {
        Pen { sequence: 2, prev: Some(last_id(&self.all, HOSTILE, 2)), ..Pen::new(HOSTILE) }
    }

    fn request(&mut self, request: request::Request) -> Vec<Output> {
        let request = wire::Request { request: Some(request) };
        self.net.deliver(NODE, Input::Request { peer: transport(HOSTILE), request_id: RequestId(1), request })
    }

    /// The node is made to ask for `author`, and is given this.
    fn given(&mut self, author: &str, response: response::Response) -> Vec<Output> {
        self.given_many(author, vec![response])
    }

    fn given_many(&mut self, author: &str, responses: Vec<response::Response>) -> Vec<Output> {
        self.quiet();
        let announcement = announcement(author, 1_000, &[7; 32]);
        self.net.deliver(NODE, Input::Announced { peer: transport(HOSTILE), announcement });
        let mut outputs = Vec::new();
        for response in responses {
            let wanted = |(_, _, request): &(_, _, wire::Request)| {
                matches!(request.request, Some(request::Request::Want(_)))
            };
            let Some(place) = self.net.asked.iter().position(wanted) else { break };
            let (_, request_id, _) = self.net.asked.remove(place);
            outputs.extend(self.answer(request_id, response));
        }
        outputs
    }

    /// Answers whatever the node still asks with as little as there is.
    fn quiet(&mut self) {
        while let Some((_, request_id, request)) = self.net.asked.pop() {
            let little = match request.request {
                Some(request::Request::Want(_)) => give(Vec::new()),
                _ => response::Response::Opened(wire::Opened::default()),
            };
            self.answer(request_id, little);
        }
    }

    fn answer(&mut self, request_id: RequestId, response: response::Response) -> Vec<Output> {
        let response = wire::Response { response: Some(response) };
        self.net.deliver(NODE, Input::Response { peer: transport(HOSTILE), request_id, response })
    }

    fn give(&mut self, entries: Vec<Bytes>) -> Vec<Output> {
        self.given(HOSTILE, give(entries))
    }

    fn node(&self) -> &Node {
        self.net.node(NODE)
    }

    fn state(&self) -> State {
        self.node().machine.replica().feed(&author(HOSTILE)).unwrap().state()
    }

    /// The honest neighbour has news, and they arrive.
    fn neighbour_is_heard(&mut self) {
        let before = self.node().sequence(NEIGHBOUR);
        self.net.connect(NODE, NEIGHBOUR);
        self.net.append(NEIGHBOUR, "avviso", true).unwrap();
        self.net.pass(40);
        assert_eq!(self.node().sequence(NEIGHBOUR), before + 1, "the honest neighbour is not heard");
        assert!(self.net.digests_equal());
    }
}

fn author(code: &str) -> Author {
    code.parse().unwrap()
}

fn give(entries: Vec<Bytes>) -> response::Response {
    response::Response::Give(wire::Give { entries, ..wire::Give::default() })
}

fn misbehaviour(outputs: &[Output]) -> Option<&Misbehaviour> {
    outputs.iter().find_map(|output| {
        let Output::Misbehaved(_, misbehaviour) = output else { return None };
        Some(misbehaviour)
    })
}

/// An entry as the hostile member writes it.
fn crafted(scene: &Scene, change: impl FnOnce(&mut Entry)) -> Bytes {
    let pen = scene.pen();
    let body = Body::Contact(feed::Contact { addresses: vec!["ostile".to_owned()] });
    let mut entry = Entry { author: author(HOSTILE), sequence: 3, prev: pen.prev, day: pen.day, body };
    change(&mut entry);
    seal_entry(federation().id(), &pen.key, &entry).unwrap().bytes().clone()
}

type Case = (&'static str, Answer, fn(&mut Scene) -> Vec<Output>);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("an empty request", Answer::CutOff, |scene| {
        let input = Input::Request { peer: transport(HOSTILE), request_id: RequestId(1), request: wire::Request::default() };
        scene.net.deliver(NODE, input)
    }),
    ("more feeds asked for than a request holds", Answer::CutOff, |scene| {
        let feed = wire::WantFeed { author: HOSTILE.to_owned(), from_sequence: 1 };
        scene.request(request::Request::Want(wire::Want { feeds: vec![feed; FEEDS_PER_WANT_MAX + 1] }))
    }),
    ("more nodes of the tree asked for than a request holds", Answer::CutOff, |scene| {
        let indices = vec![0; DIGEST_NODES_PER_REQUEST_MAX + 1];
        scene.request(request::Request::Digests(wire::DigestWant { level: 1, indices }))
    }),
    ("nodes below the members", Answer::CutOff, |scene| {
        scene.request(request::Request::Digests(wire::DigestWant { level: 0, indices: vec![0] }))
    }),
    ("nodes far beyond the tree", Answer::Ignored, |scene| {
        scene.request(request::Request::Digests(wire::DigestWant { level: u32::MAX, indices: vec![u32::MAX] }))
    }),
    ("a hello longer than its bound", Answer::CutOff, |scene| {
        let hello = vec![0; HELLO_BYTES_MAX + 1].into();
        scene.request(request::Request::Open(wire::Open { hello, ..wire::Open::default() }))
    }),
    ("a hello that is no envelope", Answer::CutOff, |scene| {
        scene.request(request::Request::Open(wire::Open { hello: vec![1, 2, 3].into(), ..wire::Open::default() }))
    }),
    ("more heads than an announcement holds", Answer::CutOff, |scene| {
        let heads = vec![wire::MemberHead::default(); HEADS_PER_ANNOUNCEMENT_MAX + 1];
        let announcement = wire::Announcement { heads, ..wire::Announcement::default() };
        scene.net.deliver(NODE, Input::Announced { peer: transport(HOSTILE), announcement })
    }),
    ("gossip about an unknown author", Answer::Ignored, |scene| {
        let announcement = announcement("c_9999", 9, &[7; 32]);
        scene.net.deliver(NODE, Input::Announced { peer: transport(HOSTILE), announcement })
    }),
    ("an answer of another kind than the request", Answer::CutOff, |scene| {
        scene.given(HOSTILE, response::Response::Digests(wire::Digests::default()))
    }),
    ("an answer that nobody asked for", Answer::Ignored, |scene| {
        let entry = scene.pen().say("non richiesta");
        scene.answer(RequestId(u64::MAX), give(vec![entry]))
    }),
    ("bytes that are no entry", Answer::CutOff, |scene| scene.give(vec![Bytes::from_static(b"nonsense")])),
    ("an empty entry", Answer::CutOff, |scene| scene.give(vec![Bytes::new()])),
    ("a payload one byte too long", Answer::CutOff, |scene| {
        let mut entry = scene.pen().say("x").to_vec();
        entry.resize(ENTRY_PAYLOAD_BYTES_MAX + 512, 0);
        scene.give(vec![entry.into()])
    }),
    ("more entries than a page holds", Answer::CutOff, |scene| {
        let entry = scene.pen().say("x");
        scene.give(vec![entry; ENTRIES_PER_GIVE_MAX + 3])
    }),
    ("an entry with a field more", Answer::CutOff, |scene| {
        let entry = scene.pen().say("x");
        scene.give(vec![[entry.as_ref(), &[0x28, 1]].concat().into()])
    }),
    ("an entry encoded otherwise", Answer::CutOff, |scene| {
        let entry = scene.pen().say("x");
        scene.give(vec![[&[0x08, entry[1] | 0x80, 0x00], &entry[2..]].concat().into()])
    }),
    ("an entry with one bit changed", Answer::CutOff, |scene| {
        let mut entry = scene.pen().say("x").to_vec();
        *entry.last_mut().unwrap() ^= 1;
        scene.give(vec![entry.into()])
    }),
    ("an entry of another federation, under the same key", Answer::CutOff, |scene| {
        let other = Federation::new("Altra", key("root").verifying_key(), *federation().successor_hash());
        let pen = scene.pen();
        let body = Body::Contact(feed::Contact::default());
        let entry = Entry { author: pen.author, sequence: 3, prev: pen.prev, day: pen.day, body };
        scene.give(vec![seal_entry(other.id(), &pen.key, &entry).unwrap().bytes().clone()])
    }),
    ("an entry of a key that nobody knows", Answer::Ignored, |scene| {
        let mut stranger = Pen { key: key("nessuno"), ..scene.pen() };
        scene.give(vec![stranger.say("x")])
    }),
    ("an entry in another's name", Answer::CutOff, |scene| {
        let forged = crafted(scene, |entry| entry.author = author(NEIGHBOUR));
        scene.given(NEIGHBOUR, give(vec![forged]))
    }),
    ("entries of a feed that was not asked for", Answer::CutOff, |scene| {
        let other = scene.all.iter().find(|bytes| writer(bytes) == "c_0003").unwrap().clone();
        scene.give(vec![other])
    }),
    ("entries that are held already", Answer::Ignored, |scene| {
        let own: Vec<Bytes> = scene.all.iter().filter(|bytes| writer(bytes) == HOSTILE).cloned().collect();
        assert_eq!(own.len(), 2);
        scene.give(own)
    }),
    ("the same page again and again", Answer::Kept, |scene| {
        let page = give(vec![scene.pen().say("x")]);
        scene.given_many(HOSTILE, vec![page.clone(), page.clone(), page])
    }),
    ("a page in reverse order", Answer::Kept, |scene| {
        let mut pen = scene.pen();
        let [third, fourth] = [pen.say("tre"), pen.say("quattro")];
        scene.give(vec![fourth, third])
    }),
    ("an entry after a gap", Answer::Ignored, |scene| {
        let mut pen = scene.pen();
        pen.say("manca");
        scene.give(vec![pen.say("dopo")])
    }),
    ("an entry that follows another history", Answer::Ignored, |scene| {
        let mut pen = Pen { prev: Some(last_id(&scene.all, HOSTILE, 1)), ..scene.pen() };
        scene.give(vec![pen.say("x")])
    }),
    ("an entry dated the day after tomorrow", Answer::Ignored, |scene| {
        let mut pen = Pen { day: day(20_260_617), ..scene.pen() };
        scene.give(vec![pen.say("x")])
    }),
    ("an entry dated in the last year of the calendar", Answer::Ignored, |scene| {
        let mut pen = Pen { day: day(29_991_231), ..scene.pen() };
        scene.give(vec![pen.say("x")])
    }),
    ("an entry dated before the one that it follows", Answer::Ignored, |scene| {
        let mut pen = Pen { day: day(20_260_109), ..scene.pen() };
        scene.give(vec![pen.say("x")])
    }),
    ("an entry dated before the federation began", Answer::Ignored, |scene| {
        let mut pen = Pen { day: day(20_000_101), ..scene.pen() };
        scene.give(vec![pen.say("x")])
    }),
    ("a body that belongs to the root feed", Answer::Kept, |scene| {
        let ruling = Body::Ruling(feed::Ruling { author: NEIGHBOUR.to_owned(), sequence: 1, id: vec![7; 32].into(), reason: "x".to_owned() });
        scene.give(vec![crafted(scene, |entry| entry.body = ruling)])
    }),
    ("two entries at one place, on one page", Answer::Forked, |scene| {
        let (mut pen, mut other) = (scene.pen(), scene.pen());
        scene.give(vec![pen.say("bianco"), other.say("nero")])
    }),
    ("another first entry, long after", Answer::Forked, |scene| {
        scene.give(vec![Pen::new(HOSTILE).say("era un'altra")])
    }),
    ("more entries than a day allows", Answer::OverQuota, |scene| {
        let mut pen = scene.pen();
        scene.give((0..ENTRIES_PER_DAY_MAX).map(|number| pen.say(&number.to_string())).collect())
    }),
];

fn writer(bytes: &Bytes) -> String {
    let envelope = Envelope::parse(bytes.clone()).unwrap();
    Entry::decode(envelope.payload()).unwrap().author.to_string()
}

#[test]
fn every_hostile_message_has_its_answer_and_the_neighbour_is_heard() {
    for (name, answer, act) in CASES {
        let mut scene = Scene::set();
        let (before, digest) = (scene.node().log.clone(), scene.node().machine.replica().digest());
        let outputs = act(&mut scene);
        let cut_off = misbehaviour(&outputs);
        let disconnected = outputs.iter().any(|output| matches!(output, Output::Disconnect(_)));
        let found = match (cut_off, scene.state()) {
            (Some(_), _) => Answer::CutOff,
            (None, State::Forked(_)) => Answer::Forked,
            (None, State::OverQuota { .. }) => Answer::OverQuota,
            (None, State::Open) if scene.node().machine.replica().digest() == digest => Answer::Ignored,
            (None, State::Open) => Answer::Kept,
        };
        assert_eq!(found, *answer, "{name}: {outputs:?}");
        assert_eq!(disconnected, *answer == Answer::CutOff, "{name}");
        if matches!(answer, Answer::CutOff | Answer::Ignored) {
            assert!(scene.node().log == before, "{name} leaves something behind");
        }
        assert!(scene.node().alarms.is_empty(), "{name}");
        scene.neighbour_is_heard();
    }
}

#[test]
fn groups_nested_without_end_are_refused_and_overflow_nothing() {
    // Unknown groups, each inside the last: a reader that follows them all needs a stack as deep.
    let deep = vec![0x7b; 60_000];
    assert!(wire::Request::decode(deep.as_slice()).is_err());
    assert!(wire::Response::decode(deep.as_slice()).is_err());
    assert!(wire::Announcement::decode(deep.as_slice()).is_err());
    assert!(Entry::decode(&Bytes::from(deep.clone())).is_err());
    let mut scene = Scene::set();
    let pen = scene.pen();
    let sealed = Envelope::seal(Kind::Entry, federation().id(), &pen.key, &deep);
    let outputs = scene.give(vec![sealed.bytes().clone()]);
    assert!(matches!(misbehaviour(&outputs), Some(Misbehaviour::Entry(_))), "{outputs:?}");
    scene.neighbour_is_heard();
}

/// A hello as `code` signs it, for the connection under the transport key of `at`.
fn hello(code: &str, at: &str) -> Bytes {
    let hello = wire::Hello {
        author: code.to_owned(),
        run_id: vec![9; 16].into(),
        clock_unix_s: 1_781_500_000,
        software_version: "prova".to_owned(),
        peer_id_key: Bytes::copy_from_slice(transport(at).as_bytes()),
    };
    Envelope::seal(Kind::Hello, federation().id(), &key(code), &hello.encode_to_vec()).bytes().clone()
}

#[test]
fn only_the_own_hello_on_the_own_connection_is_believed() {
    // Its own, one made for another connection, and one that the neighbour said.
    for (hello, believed, blamed) in [
        (hello(HOSTILE, HOSTILE), true, false),
        (hello(HOSTILE, NEIGHBOUR), false, true),
        (hello(NEIGHBOUR, NEIGHBOUR), false, false),
    ] {
        let mut scene = Scene::set();
        let open = request::Request::Open(wire::Open { hello, ..wire::Open::default() });
        let outputs = scene.request(open);
        assert_eq!(misbehaviour(&outputs), blamed.then_some(&Misbehaviour::WrongHello));
        let clocks: Vec<&str> =
            scene.node().machine.clocks().map(|(member, _)| member.code.as_str()).collect();
        assert_eq!(clocks, if believed { vec![HOSTILE] } else { vec![] });
        scene.neighbour_is_heard();
    }
}

/// An insider appends one GiB, entry after entry of the longest size, and offers it all.
#[test]
fn a_gibibyte_of_an_insider_costs_a_node_no_more_than_the_quota() {
    const APPENDED: usize = 1 << 30;
    const PAGE: usize = 8;
    let mut scene = Scene::set();
    let mut pen = scene.pen();
    let filler = "x".repeat(ENTRY_PAYLOAD_BYTES_MAX - 512);
    let mut appended = 0;
    while appended < APPENDED {
        let page: Vec<Bytes> = (0..PAGE).map(|_| pen.say(&filler)).collect();
        appended += page.iter().map(Bytes::len).sum::<usize>();
        scene.give(page);
        // So slowly that the day's number of entries is never what stops it.
        pen.day = pen.day.plus_days(1).min(today());
    }
    let State::OverQuota { counted } = scene.state() else { panic!("{:?}", scene.state()) };
    let held = |sequence| scene.node().log.entry(&author(HOSTILE), sequence);
    let kept: usize = (1..).map_while(held).map(|bytes| bytes.len()).sum();
    let most = usize::try_from(FEED_BYTES_PER_YEAR_MAX).unwrap() + 2 * ENTRY_PAYLOAD_BYTES_MAX;
    println!("an insider appends {appended} bytes; {kept} are kept, {counted} entries count");
    assert!(kept <= most, "{kept} bytes kept, at most {most}");
    scene.neighbour_is_heard();
}

#[test]
fn a_fork_is_shown_alike_whoever_tells_which_side_and_a_ruling_ends_it() {
    let all = many(4, 2);
    let (mut root, _) = root_feed(&["c_0000", "c_0001", "c_0002", "c_0003"]);
    let pen = Pen { sequence: 2, prev: Some(last_id(&all, HOSTILE, 2)), ..Pen::new(HOSTILE) };
    let (mut left, mut right) = (pen.clone(), pen);
    let one: Vec<Bytes> = (0..3).map(|number| left.say(&format!("sinistra {number}"))).collect();
    let two: Vec<Bytes> = (0..5).map(|number| right.say(&format!("destra {number}"))).collect();
    let with = |more: &[Bytes]| [all.as_slice(), more].concat();
    let mut net = Net::new(vec![
        ("c_0000", Node::new("c_0000", &with(&one), 1)),
        ("c_0002", Node::new("c_0002", &with(&two), 2)),
        ("c_0003", Node::new("c_0003", &all, 3)),
    ]);
    net.connect("c_0000", "c_0003");
    net.connect("c_0002", "c_0003");
    net.pass(90);
    assert!(net.digests_equal());
    for code in ["c_0000", "c_0002", "c_0003"] {
        let state = net.node(code).machine.replica().feed(&author(HOSTILE)).unwrap().state();
        assert!(matches!(state, State::Forked(fork) if fork.sequence() == 3), "{code}: {state:?}");
    }
    let ruled = last_id(&with(&two), HOSTILE, 3);
    let ruling = root.write(Body::Ruling(feed::Ruling {
        author: HOSTILE.to_owned(),
        sequence: 3,
        id: Bytes::copy_from_slice(ruled.as_bytes()),
        reason: "accordo".to_owned(),
    }));
    net.input(transport("c_0003"), Input::Import { ticket: 1, envelopes: [vec![ruling], two].concat() });
    net.pass(90);
    assert!(net.digests_equal());
    for code in ["c_0000", "c_0002", "c_0003"] {
        let feed = net.node(code).machine.replica().feed(&author(HOSTILE)).unwrap();
        assert_eq!((feed.state(), feed.counted()), (State::Open, 7), "{code}");
    }
}

#[test]
fn a_peer_that_answers_nothing_holds_nobody_up() {
    let mut scene = Scene::set();
    // It tells of news and never brings them; the neighbour has them too.
    let mut pen = Pen { sequence: 2, prev: Some(last_id(&scene.all, "c_0003", 2)), ..Pen::new("c_0003") };
    let news = pen.say("notizia");
    let with = [scene.all.as_slice(), &[news]].concat();
    let mut shelf = Shelf::new();
    shelf.offer_all(&with);
    scene.net.replace(NEIGHBOUR, Node::over(NEIGHBOUR, shelf, 1));
    let id = pen.prev.unwrap();
    let announcement = announcement("c_0003", 3, id.as_bytes());
    scene.net.deliver(NODE, Input::Announced { peer: transport(HOSTILE), announcement });
    scene.net.connect(NODE, NEIGHBOUR);
    scene.net.pass(60);
    assert_eq!(scene.node().sequence("c_0003"), 3);
}
