//! What synchronisation costs: bytes that grow with the difference, nothing fetched twice, what matters first.

use crate::net::{Net, Node, codes, many, transport};
use crate::town::{Pen, Shelf, genesis, record};
use bytes::Bytes;
use faccina_proto::envelope::Envelope;
use faccina_proto::feed::{Body, Entry};
use faccina_proto::wire::feed::v1 as wire;
use std::collections::BTreeMap;

const MEMBERS: usize = 6_000;

/// A federation of the size of Italy, each ente with one entry, and the pens to write on.
fn country() -> (Vec<Bytes>, Vec<Pen>) {
    let mut root = Pen::new("root");
    let mut all = vec![root.write(genesis())];
    let codes = codes(MEMBERS);
    all.extend(codes.iter().map(|code| root.write(Body::Member(record(code, wire::Role::Ente)))));
    let mut pens: Vec<Pen> = codes.iter().map(|code| Pen::new(code)).collect();
    all.extend(pens.iter_mut().map(|pen| pen.say("prima")));
    (all, pens)
}

/// Bytes on the wire beside the entries themselves, both ways, until two nodes agree of which one lacks an entry of each
/// of `differing` feeds; greetings apart. Whichever of the two it is, the dearer.
fn overhead(shelf: &Shelf, pens: &[Pen], differing: usize) -> usize {
    let [one, other] = [["c_0000", "c_0001"], ["c_0001", "c_0000"]];
    overhead_between(shelf, pens, differing, one).max(overhead_between(shelf, pens, differing, other))
}

fn overhead_between(shelf: &Shelf, pens: &[Pen], differing: usize, [behind, before]: [&str; 2]) -> usize {
    let mut ahead = shelf.clone();
    // Spread over the roster: the dearest case for a tree.
    let step = (MEMBERS / differing.max(1)).max(1);
    let news: Vec<Bytes> =
        pens.iter().skip(2).step_by(step).take(differing).map(|pen| pen.clone().say("nuova")).collect();
    for entry in &news {
        ahead.accept(entry);
    }
    let mut net = Net::new(vec![
        (behind, Node::over(behind, shelf.clone(), 1)),
        (before, Node::over(before, ahead, 2)),
    ]);
    net.connect(behind, before);
    assert!(net.digests_equal());
    // Whoever let the other look first asks once more whether all is well.
    net.pass(2);
    assert_eq!(net.given.len(), differing, "an entry travels once");
    net.bytes - net.given.iter().map(|(_, _, entry)| entry.len()).sum::<usize>()
}

#[test]
fn the_cost_grows_with_the_difference() {
    let (all, pens) = country();
    let shelf = Shelf::with(&all);
    let [none, ten, thousand] = [0, 10, 1_000].map(|differing| overhead(&shelf, &pens, differing));
    // The two sides greet each other: each asks once and is answered once.
    let equal = none.div_ceil(2);
    println!(
        "{MEMBERS} members: equal {equal} B an exchange, 10 feeds differ {ten} B, 1,000 differ {thousand} B"
    );
    assert!(equal <= 256, "{equal}");
    assert!(ten <= 8 << 10, "{ten}");
    assert!(ten * 3 < thousand, "{ten} {thousand}");
}

/// How often each entry came to `to`, and from how many peers any came.
fn arrivals(net: &Net, to: &str) -> (BTreeMap<Bytes, usize>, usize) {
    let mut times: BTreeMap<Bytes, usize> = BTreeMap::new();
    let came = net.given.iter().filter(|(_, receiver, _)| *receiver == transport(to));
    let mut from = std::collections::BTreeSet::new();
    for (giver, _, entry) in came {
        *times.entry(entry.clone()).or_default() += 1;
        from.insert(*giver);
    }
    (times, from.len())
}

#[test]
fn several_peers_share_the_work_and_bring_nothing_twice() {
    let all = many(200, 2);
    let holder = |code: &str, run| Node::new(code, &all, run);
    let without_own: Vec<Bytes> = all.iter().filter(|entry| author_of(entry) != "c_0003").cloned().collect();
    let mut net = Net::new(vec![
        ("c_0000", holder("c_0000", 1)),
        ("c_0001", holder("c_0001", 2)),
        ("c_0002", holder("c_0002", 3)),
        ("c_0003", Node::new("c_0003", &all[..201], 4)),
    ]);
    for code in ["c_0000", "c_0001", "c_0002"] {
        let (_, node) = net.nodes.iter_mut().find(|(peer, _)| *peer == transport(code)).unwrap();
        *node = Node::new(code, &without_own, 1);
        net.plug("c_0003", code);
    }
    net.settle();
    net.pass(60);
    assert!(net.digests_equal());
    let (times, givers) = arrivals(&net, "c_0003");
    assert_eq!(times.len(), 199 * 2);
    assert!(times.values().all(|times| *times == 1), "something came twice");
    assert_eq!(givers, 3);
}

fn author_of(entry: &Bytes) -> String {
    let envelope = Envelope::parse(entry.clone()).unwrap();
    Entry::decode(envelope.payload()).unwrap().author.to_string()
}

#[test]
fn a_broken_connection_costs_at_most_the_page_that_was_on_its_way() {
    let all = many(300, 2);
    let mut net = Net::new(vec![
        ("c_0000", Node::new("c_0000", &all, 1)),
        // The newcomer has nothing but the genesis, and none of its own.
        ("c_9999", Node::new("c_9999", &all[..1], 2)),
    ]);
    // Outside the roster it gets the root feed, in pages; cut off again and again in the middle of one.
    let mut cuts = 0;
    while net.node("c_9999").sequence("root") < 301 {
        net.plug("c_9999", "c_0000");
        for _ in 0..6 {
            net.step();
        }
        net.unplug("c_9999", "c_0000");
        net.settle();
        net.now.monotonic_ms += 10_000;
        cuts += 1;
        assert!(cuts < 20, "no progress over broken connections");
    }
    let (times, _) = arrivals(&net, "c_9999");
    let twice: usize = times.values().map(|times| times - 1).sum();
    assert!(cuts > 1);
    assert!(twice <= cuts * faccina_proto::limits::ENTRIES_PER_GIVE_MAX);
    assert_eq!(times.len(), 300, "each root entry came");
}

#[test]
fn the_root_comes_first_then_the_own_feed_the_hubs_the_own_region_and_the_rest() {
    let mut root = Pen::new("root");
    let mut all = vec![root.write(genesis())];
    // By name the order would be another one.
    let members = [
        ("c_far", wire::Role::Ente, "Altrove"),
        ("c_hub", wire::Role::Hub, "Altrove"),
        ("c_near", wire::Role::Ente, "Prova"),
        ("c_own", wire::Role::Ente, "Prova"),
        ("z_dfp", wire::Role::Observer, "Altrove"),
    ];
    for (code, role, region) in members {
        let member = wire::MemberRecord { region: region.to_owned(), ..record(code, role) };
        all.push(root.write(Body::Member(member)));
    }
    let known = all.len();
    all.extend(["c_far", "c_hub", "c_near", "z_dfp"].map(|code| Pen::new(code).say(code)));
    all.push(root.write(Body::Member(record("c_new", wire::Role::Ente))));
    let mut shelf = Shelf::new();
    shelf.offer_all(&all);
    let mut net = Net::new(vec![
        ("c_far", Node::over("c_far", shelf, 1)),
        ("c_own", Node::new("c_own", &all[..known], 2)),
    ]);
    net.connect("c_own", "c_far");
    assert!(net.digests_equal());
    let order: Vec<String> = net.given.iter().map(|(_, _, entry)| author_of(entry)).collect();
    assert_eq!(order, ["root", "c_hub", "z_dfp", "c_near", "c_far"]);
}
