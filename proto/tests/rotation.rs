//! A node whose keys change while it runs: which of its keys signs where, and with which it greets.

use crate::net::{Node, transport};
use crate::town::{Pen, bytes_of, federation, key, record, root_feed, today};
use bytes::Bytes;
use faccina_proto::{
    envelope::{Envelope, Id, KeyId, Kind},
    feed::Body,
    sync::{AppendRefusal, Input, Now, Output},
    wire::{
        feed::v1::{Contact, FeedKey, MemberRecord, Revocation, Role, Ruling},
        sync::v1::{Hello, Opened, Response, request, response},
    },
};
use prost::Message;

fn now() -> Now {
    Now { monotonic_ms: 1_000_000, unix_s: 1_781_500_000, day: today() }
}

fn key_id(name: &str) -> KeyId {
    KeyId::of(&key(name).verifying_key())
}

/// The record of c_a with these feed keys: name, first and last sequence.
fn with_keys(keys: &[(&str, u64, u64)]) -> Body {
    let feed_keys = keys.iter().map(|(name, first_sequence, last_sequence)| FeedKey {
        public_key: bytes_of(&key(name).verifying_key()),
        first_sequence: *first_sequence,
        last_sequence: *last_sequence,
    });
    Body::Member(MemberRecord { feed_keys: feed_keys.collect(), ..record("c_a", Role::Ente) })
}

struct Ente {
    node: Node,
    root: Pen,
}

impl Ente {
    fn id(&self, sequence: u64) -> Id {
        let feed = self.node.machine.replica().feed(&"c_a".parse().unwrap());
        feed.unwrap().link(sequence).unwrap().id
    }

    /// What the first key signed counts up to this place.
    fn revoke(&mut self, last_sequence: u64) {
        let last = self.id(last_sequence);
        self.decree(Body::Revocation(Revocation {
            author: "c_a".to_owned(),
            key_id: Bytes::copy_from_slice(key_id("c_a").as_bytes()),
            last_sequence,
            last_id: Bytes::copy_from_slice(last.as_bytes()),
            reason: "chiave rubata".to_owned(),
        }));
    }

    fn admitted() -> Self {
        let (root, entries) = root_feed(&["c_a", "c_b"]);
        Self { node: Node::new("c_a", &entries, 1), root }
    }

    fn handle(&mut self, input: Input) -> Vec<Output> {
        let outputs = self.node.machine.handle(input, now(), &self.node.log);
        for output in &outputs {
            if let Output::Persist(changes) = output {
                self.node.log.apply(changes.clone());
            }
        }
        outputs
    }

    fn decree(&mut self, body: Body) {
        let entry = self.root.write(body);
        self.handle(Input::Import { ticket: 1, envelopes: vec![entry] });
    }

    /// Appends an entry and tells which key signed it.
    fn append(&mut self) -> Result<KeyId, AppendRefusal> {
        let body = Body::Contact(Contact::default());
        let outputs = self.handle(Input::Append { ticket: 1, body, offline: true });
        let appended = outputs.iter().find_map(|output| {
            let Output::Appended { result, .. } = output else { return None };
            Some(result.clone())
        });
        let head = appended.unwrap()?;
        let author = "c_a".parse().unwrap();
        Ok(self.node.machine.replica().feed(&author).unwrap().link(head.sequence).unwrap().key)
    }

    /// The key of the hello with which it opens a connection; `None` if it does not greet.
    fn greets_with(&mut self, peer: &str) -> Option<KeyId> {
        let opened = self.handle(Input::Connected(transport(peer)));
        let hello: Bytes = opened.into_iter().find_map(|output| {
            let Output::Send { request, .. } = output else { return None };
            let Some(request::Request::Open(open)) = request.request else { return None };
            Some(open.hello)
        })?;
        (!hello.is_empty()).then(|| Envelope::parse(hello).unwrap().key_id())
    }
}

impl Ente {
    /// Whether a peer's word of another run, whose hello this key signed, stops the node.
    fn is_stopped_by_a_run_of(&mut self, name: &str) -> bool {
        let asked = self.handle(Input::Connected(transport("c_b")));
        let request_id = asked.iter().find_map(|output| {
            let Output::Send { request_id, .. } = output else { return None };
            Some(*request_id)
        });
        let hello = Hello {
            author: "c_a".to_owned(),
            run_id: Bytes::from_static(&[9; 16]),
            clock_unix_s: now().unix_s + 60,
            ..Hello::default()
        };
        let hello = Envelope::seal(Kind::Hello, federation().id(), &key(name), &hello.encode_to_vec());
        let opened = Opened { other_runs: vec![hello.bytes().clone()], ..Opened::default() };
        let response = Response { response: Some(response::Response::Opened(opened)) };
        let (peer, request_id) = (transport("c_b"), request_id.unwrap());
        self.handle(Input::Response { peer, request_id, response });
        self.handle(Input::Disconnected(peer));
        self.node.machine.alarm().is_some()
    }
}

#[test]
fn whoever_finds_a_former_key_stops_nobody_with_it() {
    let mut ente = Ente::admitted();
    ente.node.machine.take_feed_key(key("second"));
    ente.decree(with_keys(&[("c_a", 1, 1), ("second", 2, 0)]));
    assert_eq!(ente.append(), Ok(key_id("c_a")));
    assert!(!ente.is_stopped_by_a_run_of("c_a"), "it can append nothing any more");
    assert!(ente.is_stopped_by_a_run_of("second"));
}

#[test]
fn the_new_key_signs_from_the_sequence_on_that_the_roster_gives_it() {
    let mut ente = Ente::admitted();
    ente.node.machine.take_feed_key(key("second"));
    assert_eq!(ente.append(), Ok(key_id("c_a")), "the roster does not know the new key yet");
    ente.decree(with_keys(&[("c_a", 1, 3), ("second", 3, 0)]));
    assert_eq!(ente.append(), Ok(key_id("c_a")));
    assert_eq!(ente.append(), Ok(key_id("second")), "where both may sign, the newer does");
    assert_eq!(ente.append(), Ok(key_id("second")));
    // And again, without a restart.
    ente.node.machine.take_feed_key(key("third"));
    ente.decree(with_keys(&[("c_a", 1, 3), ("second", 3, 0), ("third", 5, 0)]));
    assert_eq!(ente.append(), Ok(key_id("third")));
    assert_eq!(ente.greets_with("c_b"), Some(key_id("third")));
}

#[test]
fn without_the_new_key_the_node_stops_where_the_old_one_ends() {
    let mut ente = Ente::admitted();
    ente.decree(with_keys(&[("c_a", 1, 1), ("second", 1, 0)]));
    assert_eq!(ente.append(), Ok(key_id("c_a")));
    assert_eq!(ente.append(), Err(AppendRefusal::Key { sequence: 2 }));
}

#[test]
fn a_node_with_a_key_that_the_roster_does_not_know_waits_like_a_stranger() {
    let mut ente = Ente::admitted();
    ente.decree(with_keys(&[("second", 1, 0)]));
    assert_eq!(ente.append(), Err(AppendRefusal::Key { sequence: 1 }));
    assert_eq!(ente.greets_with("c_b"), None);
    ente.node.machine.take_feed_key(key("second"));
    assert_eq!(ente.append(), Ok(key_id("second")));
}

#[test]
fn after_a_revocation_the_new_key_goes_on_behind_the_last_entry_that_counts() {
    let mut ente = Ente::admitted();
    for _ in 0..3 {
        ente.append().unwrap();
    }
    let author = "c_a".parse().unwrap();
    ente.revoke(2);
    assert_eq!(ente.append(), Err(AppendRefusal::Key { sequence: 3 }));
    ente.node.machine.take_feed_key(key("second"));
    ente.decree(with_keys(&[("c_a", 1, 2), ("second", 3, 0)]));
    assert_eq!(ente.append(), Ok(key_id("second")));
    assert_eq!(ente.node.machine.replica().head(&author).unwrap().sequence, 3);
}

#[test]
fn a_revocation_ends_what_was_fixed_on_later_places() {
    let mut ente = Ente::admitted();
    for _ in 0..4 {
        ente.append().unwrap();
    }
    let third = ente.id(3);
    ente.decree(Body::Ruling(Ruling {
        author: "c_a".to_owned(),
        sequence: 3,
        id: Bytes::copy_from_slice(third.as_bytes()),
        reason: "copia del disco".to_owned(),
    }));
    // First at the fourth, then, when more is known, at the second.
    ente.revoke(4);
    ente.revoke(2);
    ente.node.machine.take_feed_key(key("second"));
    ente.decree(with_keys(&[("c_a", 1, 2), ("second", 3, 0)]));
    for _ in 3..=5 {
        assert_eq!(ente.append(), Ok(key_id("second")));
    }
}

#[test]
fn a_record_says_which_members_it_follows() {
    let mut ente = Ente::admitted();
    let merged = MemberRecord {
        feed_keys: vec![],
        transport_keys: vec![],
        follows: vec!["c_b".to_owned(), "c_a".to_owned()],
        ..record("c_ab", Role::Ente)
    };
    ente.decree(Body::Member(merged));
    let roster = ente.node.machine.replica().roster();
    let follows = &roster.member(&"c_ab".parse().unwrap()).unwrap().follows;
    assert_eq!(follows.iter().map(ToString::to_string).collect::<Vec<_>>(), ["c_a", "c_b"]);
    ente.decree(Body::Member(MemberRecord {
        follows: vec!["no code".to_owned()],
        ..record("c_z", Role::Ente)
    }));
    let roster = ente.node.machine.replica().roster();
    assert_eq!(roster.member(&"c_z".parse().unwrap()), None);
    assert_eq!(roster.passed_over().len(), 1);
}
