//! After a succession: the key that it retired says nothing new anywhere, and whoever heard that key first finds the
//! succession all the same.

use crate::net::{Net, Node};
use crate::town::{Pen, Shelf, bytes_of, day, federation, genesis, key, record, root_feed};
use bytes::Bytes;
use faccina_proto::envelope::{Envelope, Kind};
use faccina_proto::feed::Body;
use faccina_proto::names::Author;
use faccina_proto::replica::{Outcome, Refusal, Replica, State};
use faccina_proto::roster::commitment;
use faccina_proto::wire::feed::v1 as wire;
use sha2::{Digest, Sha256};

fn admission(code: &str) -> Body {
    Body::Member(record(code, wire::Role::Ente))
}

/// What takes over after the last entry of `before`, signed with `signer`.
fn succession(before: &Pen, signer: &str, named: &str, next: &str) -> (Pen, Bytes) {
    let mut pen = Pen { key: key(signer), ..before.clone() };
    let bytes = pen.write(Body::Succession(wire::Succession {
        new_root_key: bytes_of(&key(named).verifying_key()),
        last_sequence: before.sequence,
        last_id: Bytes::copy_from_slice(before.prev.unwrap().as_bytes()),
        next_successor_hash: Bytes::copy_from_slice(&commitment(&key(next).verifying_key())),
    }));
    (pen, bytes)
}

fn refused(outcome: &Outcome) -> Option<&Refusal> {
    let Outcome::Refused(refusal) = outcome else { return None };
    Some(refusal)
}

/// The root's pen after each of its entries, from none on, and the entries.
fn history(codes: &[&str]) -> (Vec<Pen>, Vec<Bytes>) {
    let mut pens = vec![Pen::new("root")];
    let mut entries = Vec::new();
    for number in 0..=codes.len() {
        let mut pen = pens[number].clone();
        entries.push(match number.checked_sub(1) {
            None => pen.write(genesis()),
            Some(number) => pen.write(admission(codes[number])),
        });
        pens.push(pen);
    }
    (pens, entries)
}

#[test]
fn a_retired_root_key_forks_nothing() {
    let (pens, mut entries) = history(&["c_a", "c_b"]);
    let (mut second, takes_over) = succession(&pens[3], "successor", "successor", "third");
    entries.extend([takes_over, second.write(admission("c_c"))]);
    let mut shelf = Shelf::with(&entries);
    shelf.accept(&Pen::new("c_a").say("resta"));
    let digest = shelf.replica.digest();
    for pen in &pens[..3] {
        let mut stolen = Pen { day: day(20_260_111), ..pen.clone() };
        let body = if pen.sequence == 0 { genesis() } else { admission("c_falso") };
        let outcome = shelf.accept(&stolen.write(body));
        assert!(matches!(refused(&outcome), Some(Refusal::RuledOut { .. })), "{outcome:?}");
    }
    // Nor does the second one, once it is retired too: neither a fork nor another succession, further down or elsewhere.
    let (_, third) = succession(&second, "third", "third", "fourth");
    assert!(matches!(shelf.accept(&third), Outcome::Added(_)));
    for before in [&pens[1], &pens[3]] {
        let (_, again) = succession(before, "successor", "successor", "ladro");
        let outcome = shelf.accept(&again);
        assert!(matches!(refused(&outcome), Some(Refusal::RuledOut { .. })), "{outcome:?}");
    }
    assert_ne!(shelf.replica.digest(), digest);
    assert_eq!((shelf.sequence("root"), shelf.sequence("c_a")), (6, 1));
    assert_eq!(shelf.replica.root().state(), State::Open);
}

#[test]
fn the_root_key_in_force_names_no_other_in_its_place() {
    let (pens, entries) = history(&["c_a"]);
    let mut shelf = Shelf::with(&entries);
    // Not even the right one: it must sign itself.
    for named in ["ladro", "successor", "root"] {
        let (_, seizure) = succession(&pens[2], "root", named, "ladro");
        let outcome = shelf.accept(&seizure);
        assert!(matches!(refused(&outcome), Some(Refusal::Succession { .. })), "{outcome:?}");
    }
    assert_eq!(shelf.replica.roster().root_key(), &key("root").verifying_key());
    assert!(matches!(shelf.accept(&pens[2].clone().write(admission("c_b"))), Outcome::Added(_)));
}

#[test]
fn a_second_genesis_means_nothing() {
    let (mut root, mut entries) = root_feed(&["c_a"]);
    let first_month = 202_901;
    let Body::Genesis(genesis) = genesis() else { unreachable!("it is one") };
    entries.push(root.write(Body::Genesis(wire::Genesis { first_month, ..genesis })));
    let shelf = Shelf::with(&entries);
    assert_eq!(shelf.replica.roster().first_month().unwrap().yyyymm(), 202_601);
    assert!(shelf.replica.roster().passed_over().contains_key(&3));
}

#[test]
fn of_two_successions_at_one_place_all_keep_the_same() {
    let (pens, entries) = history(&["c_a"]);
    let mut two = ["third", "ladro"].map(|next| succession(&pens[2], "successor", "successor", next).1);
    two.sort_by_key(|bytes| Envelope::parse(bytes.clone()).unwrap().id(Kind::Entry, federation().id()));
    let mut digests = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let mut shelf = Shelf::with(&entries);
        for place in order {
            shelf.accept(&two[place]);
        }
        let before = shelf.replica.digest();
        shelf.offer_all(&two);
        assert_eq!(shelf.replica.digest(), before);
        assert_eq!((shelf.replica.root().state(), shelf.sequence("root")), (State::Open, 3));
        digests.push(before);
    }
    assert_eq!(digests[0], digests[1]);
}

/// Everything that the two root keys and a thief of the first ever said, and two members.
fn everything() -> (Vec<Bytes>, usize) {
    let (pens, mut all) = history(&["c_a", "c_b", "c_c"]);
    let (mut second, takes_over) = succession(&pens[4], "successor", "successor", "third");
    all.extend([takes_over, second.write(admission("c_d")), second.write(admission("c_e"))]);
    for code in ["c_a", "c_d"] {
        let mut pen = Pen::new(code);
        all.extend((0..2).map(|number| pen.say(&number.to_string())));
    }
    let good = all.len();
    for (at, pen) in pens.iter().enumerate().take(4) {
        let mut stolen = Pen { day: day(20_260_111), ..pen.clone() };
        let first = if at == 0 { genesis() } else { admission("c_falso") };
        all.push(stolen.write(first));
        all.extend((0..at).map(|number| stolen.write(admission(&format!("c_falso{number}")))));
    }
    (all, good)
}

#[test]
fn a_thief_of_the_first_key_changes_nothing_in_whatever_order_it_is_heard() {
    let (all, good) = everything();
    let mut orderly = Shelf::new();
    orderly.offer_all(&all[..good]);
    assert_eq!(orderly.sequence("root"), 7);
    for seed in 0..24 {
        let mut order: Vec<_> = all.iter().enumerate().collect();
        order.sort_by_key(|(number, _)| <[u8; 32]>::from(Sha256::digest(format!("{seed} {number}"))));
        // The thief first of all, in every other case.
        if seed % 2 == 0 {
            order.sort_by_key(|(number, _)| *number < good);
        }
        let mut shelf = Shelf::new();
        for _ in 0..all.len() {
            order.iter().for_each(|(_, bytes)| drop(shelf.accept(bytes)));
        }
        assert_eq!(shelf.replica.digest(), orderly.replica.digest(), "seed {seed}");
        assert_eq!(shelf.log, orderly.log, "seed {seed}");
        let (reopened, changes) = Replica::open(federation(), &shelf.log);
        assert_eq!((reopened.digest(), changes), (orderly.replica.digest(), vec![]));
    }
}

#[test]
fn who_followed_the_former_root_finds_the_succession() {
    let codes: Vec<String> = (0..300).map(|number| format!("c_{number:04}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let (pens, entries) = history(&codes);
    let (mut second, takes_over) = succession(&pens[290], "successor", "successor", "third");
    let mut right = [&entries[..290], &[takes_over]].concat();
    right.extend(codes[289..].iter().map(|code| second.write(admission(code))));
    // One follows the former root to its end; another has met a thief, and is forked soon after the beginning.
    let mut stolen = Pen { day: day(20_260_111), ..pens[2].clone() };
    let forked = [&entries[..4], &[stolen.write(admission("c_falso"))]].concat();
    for (late, sequence) in [(entries, 301), (forked, 2)] {
        let mut net = Net::new(vec![
            ("c_0000", Node::new("c_0000", &late, 1)),
            ("c_0001", Node::new("c_0001", &right, 2)),
        ]);
        assert_eq!(net.node("c_0000").sequence("root"), sequence);
        net.connect("c_0000", "c_0001");
        net.pass(120);
        assert_eq!(net.node("c_0000").sequence("root"), net.node("c_0001").sequence("root"));
        assert!(net.digests_equal());
        let root = net.node("c_0000").machine.replica().feed(&Author::Root).unwrap().state();
        assert_eq!(root, State::Open);
        assert!(net.nodes.iter().all(|(_, node)| node.misbehaved.is_empty()));
    }
}
