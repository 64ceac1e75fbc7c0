//! What machines do that talk to each other, case by case.

use crate::net::{Net, Node, announcement, codes, last_id, many, transport};
use crate::town::{Pen, Shelf, day, federation, open, root_feed};
use bytes::Bytes;
use faccina_proto::calendar::CivilDay;
use faccina_proto::feed::Body;
use faccina_proto::names::Author;
use faccina_proto::replica::{Journal, Log, MemoryLog, Replica};
use faccina_proto::sync::{Alarm, AppendRefusal, Input, Misbehaviour, Output, RequestId};
use faccina_proto::wire::feed::v1 as feed;
use faccina_proto::wire::sync::v1::{self as wire, request, response};

#[test]
fn a_newcomer_catches_up_and_then_a_comparison_is_short() {
    let all = many(40, 3);
    let mut net = Net::new(vec![
        ("c_0000", Node::new("c_0000", &all, 1)),
        ("c_0001", Node::new("c_0001", &all[..1], 2)),
    ]);
    net.connect("c_0000", "c_0001");
    net.pass(40);
    assert_eq!(net.node("c_0001").sequence("c_0039"), 3);
    // What it wrote itself before, and lost, only a person takes over.
    assert_eq!(net.node("c_0001").alarms, [Alarm::OwnEntryElsewhere { sequence: 1 }]);
    assert_eq!(net.node("c_0001").sequence("c_0001"), 0);
    assert!(matches!(net.append("c_0001", "nuovo", true), Err(AppendRefusal::Alarm(_))));
    net.input(transport("c_0001"), Input::Adopt);
    net.pass(80);
    assert!(net.digests_equal());
    // One ente may have missed something itself.
    assert_eq!(net.append("c_0001", "nuovo", false), Err(AppendRefusal::FewAsked { told: 1, needed: 3 }));
    assert_eq!(net.append("c_0001", "nuovo", true), Ok(4));
    assert!(net.digests_equal());
    // Two nodes in agreement say little: one request and one answer, greetings (every two minutes) apart.
    net.bytes = 0;
    net.messages = 0;
    net.pass(45);
    assert!(net.digests_equal() && net.messages >= 4);
    let exchange = net.bytes / (net.messages / 2);
    assert!(exchange <= 256, "{exchange} bytes");
}

#[test]
fn nobody_has_caught_up_while_something_is_found_out_or_fetched() {
    let all = many(40, 3);
    let held = all.len() - 38 * 3;
    // Of two that differ one walks the other's digests at once, and the other waits first.
    for (here, away) in [("c_0000", "c_0001"), ("c_0001", "c_0000")] {
        let (whole, part) = (Node::new(here, &all, 1), Node::new(away, &all[..held], 2));
        let mut net = Net::new(vec![(here, whole), (away, part)]);
        net.plug(here, away);
        for _ in 0..40 {
            for code in [here, away] {
                net.deliver(code, Input::Tick);
            }
            while net.step() {
                assert!(!net.node(away).machine.has_caught_up() || net.digests_equal());
            }
            net.now.monotonic_ms += 1_000;
        }
        assert!(net.node(away).machine.has_caught_up() && net.digests_equal());
    }
}

#[test]
fn a_stranger_gets_the_root_feed_and_nothing_else() {
    let all = many(3, 2);
    let mut net =
        Net::new(vec![("c_0000", Node::new("c_0000", &all, 1)), ("estraneo", Node::new("estraneo", &[], 2))]);
    net.connect("estraneo", "c_0000");
    net.pass(40);
    let stranger = net.node("estraneo");
    assert_eq!(stranger.sequence("root"), 4);
    assert!(codes(3).iter().all(|code| stranger.sequence(code) == 0));
    // Nor if it asks by name.
    let feeds = vec![wire::WantFeed { author: "c_0001".to_owned(), from_sequence: 1 }];
    for request in [
        request::Request::Want(wire::Want { feeds }),
        request::Request::Digests(wire::DigestWant { level: 1, indices: vec![0] }),
    ] {
        let input = Input::Request {
            peer: transport("estraneo"),
            request_id: RequestId(9),
            request: wire::Request { request: Some(request) },
        };
        let (_, node) = &mut net.nodes[0];
        let outputs = node.machine.handle(input, net.now, &node.log);
        let [Output::Reply { response, .. }] = outputs.as_slice() else { panic!("{outputs:?}") };
        assert!(matches!(response.response, Some(response::Response::Declined(_))), "{response:?}");
    }
    assert_eq!(
        net.append("estraneo", "eccomi", true),
        Err(AppendRefusal::NotMember("estraneo".parse().unwrap()))
    );
}

#[test]
fn a_stranger_that_asks_much_is_slowed_down_and_then_cut_off() {
    let mut net = Net::new(vec![("c_0000", Node::new("c_0000", &many(3, 2), 1))]);
    let (now, (_, node)) = (net.now, &mut net.nodes[0]);
    let peer = transport("estraneo");
    node.machine.handle(Input::Connected(peer), now, &node.log);
    let mut declined = 0;
    for number in 0..1_000 {
        let open = wire::Request { request: Some(request::Request::Open(wire::Open::default())) };
        let input = Input::Request { peer, request_id: RequestId(number), request: open };
        match node.machine.handle(input, now, &node.log).as_slice() {
            [Output::Misbehaved(_, Misbehaviour::Flood), Output::Disconnect(_)] => {
                assert!(declined > 10);
                return;
            }
            outputs => declined += outputs.iter().filter(|output| is_declined(output)).count(),
        }
    }
    panic!("never cut off, declined {declined}");
}

fn is_declined(output: &Output) -> bool {
    matches!(output, Output::Reply { response, .. } if matches!(response.response, Some(response::Response::Declined(_))))
}

#[test]
fn nothing_is_appended_before_a_member_has_told_the_own_head() {
    let all = many(2, 1);
    let mut net =
        Net::new(vec![("c_0000", Node::new("c_0000", &all, 1)), ("c_0001", Node::new("c_0001", &all, 2))]);
    assert_eq!(net.append("c_0000", "uno", false), Err(AppendRefusal::NotAsked));
    assert_eq!(net.append("c_0000", "uno", true), Ok(2));
    net.connect("c_0000", "c_0001");
    assert_eq!(net.append("c_0000", "due", false), Ok(3));
    assert!(net.digests_equal(), "an announcement brings it at once");
    net.now.day = day(20_260_109);
    assert!(matches!(net.append("c_0000", "tre", false), Err(AppendRefusal::ClockBehind { .. })));
}

#[test]
fn a_fork_reaches_everybody_and_stops_its_author() {
    let base = many(4, 2);
    let mut one = base.clone();
    let mut two = base;
    let pen = Pen { sequence: 2, prev: Some(last_id(&one, "c_0003", 2)), ..Pen::new("c_0003") };
    let (mut left, mut right) = (pen.clone(), pen);
    one.extend((0..5).map(|n| left.say(&format!("sinistra {n}"))));
    two.extend((0..9).map(|n| right.say(&format!("destra {n}"))));
    let mut net = Net::new(vec![
        ("c_0000", Node::new("c_0000", &one, 1)),
        ("c_0001", Node::new("c_0001", &two, 2)),
        ("c_0003", Node::new("c_0003", &one, 3)),
    ]);
    net.connect("c_0003", "c_0000");
    assert_eq!(net.append("c_0003", "ancora", false), Ok(8));
    net.connect("c_0000", "c_0001");
    net.pass(90);
    assert!(net.digests_equal());
    let feed = net.node("c_0001").machine.replica().feed(&"c_0003".parse().unwrap()).unwrap();
    assert_eq!(feed.fork().map(|fork| fork.sequence()), Some(3));
    assert_eq!(net.node("c_0003").alarms, [Alarm::ForeignEntry { sequence: 3 }]);
    assert!(matches!(net.append("c_0003", "ancora", true), Err(AppendRefusal::Alarm(_))));
}

#[test]
fn a_ruling_lets_a_forked_author_publish_again() {
    let all = many(4, 2);
    let pen = Pen { sequence: 2, prev: Some(last_id(&all, "c_0003", 2)), ..Pen::new("c_0003") };
    let (mut own, mut forger) = (pen.clone(), pen);
    let with = |more: Bytes| [all.as_slice(), &[more]].concat();
    let (one, two) = (with(own.say("mia")), with(forger.say("falsa")));
    let mut net =
        Net::new(vec![("c_0000", Node::new("c_0000", &two, 1)), ("c_0003", Node::new("c_0003", &one, 3))]);
    net.connect("c_0003", "c_0000");
    net.pass(60);
    assert_eq!(net.node("c_0003").machine.alarm(), Some(&Alarm::ForeignEntry { sequence: 3 }));
    let (mut root, _) = root_feed(&["c_0000", "c_0001", "c_0002", "c_0003"]);
    let ruling = root.write(Body::Ruling(feed::Ruling {
        author: "c_0003".to_owned(),
        sequence: 3,
        id: Bytes::copy_from_slice(last_id(&one, "c_0003", 3).as_bytes()),
        reason: "la prima".to_owned(),
    }));
    net.input(transport("c_0000"), Input::Import { ticket: 1, envelopes: vec![ruling] });
    net.pass(60);
    assert_eq!(net.node("c_0003").machine.alarm(), None);
    assert_eq!(net.append("c_0003", "avanti", false), Ok(4));
    assert!(net.digests_equal());
}

#[test]
fn a_second_run_of_one_node_is_found_through_a_third() {
    let all = many(3, 1);
    let hub = || Node::new("c_0000", &all, 1);
    let first = Node::new("c_0001", &all, 2);
    let mut net = Net::new(vec![("c_0000", hub()), ("c_0001", first)]);
    net.connect("c_0001", "c_0000");
    assert_eq!(net.append("c_0001", "uno", false), Ok(2));
    // The node restarts within ten minutes: its own former run is no alarm.
    net.pass(60);
    let log = net.node("c_0001").log.clone();
    net.nodes[1].1 = restarted("c_0001", log, 3);
    net.input(transport("c_0000"), Input::Disconnected(transport("c_0001")));
    net.wires.clear();
    net.pass(2);
    net.connect("c_0001", "c_0000");
    net.pass(130);
    assert_eq!(net.node("c_0001").alarms, []);
    // A copy of its disk wakes up elsewhere and greets the same hub.
    let copy = restarted("c_0001", net.node("c_0001").log.clone(), 4);
    let original = std::mem::replace(&mut net.nodes[1].1, copy);
    net.input(transport("c_0000"), Input::Disconnected(transport("c_0001")));
    net.wires.clear();
    net.connect("c_0001", "c_0000");
    net.nodes[1].1 = original;
    net.pass(45);
    assert_eq!(net.node("c_0001").alarms, [Alarm::OtherRun { run_id: [4; 16] }]);
    net.input(transport("c_0001"), Input::Adopt);
    assert!(matches!(net.append("c_0001", "due", true), Err(AppendRefusal::Alarm(_))), "stops for a copy");
    // The copy is gone: its last hello is still passed on, and nothing new comes. What it published is asked for first.
    net.pass(301);
    assert_eq!(net.node("c_0001").machine.alarm(), None);
    assert_eq!(net.append("c_0001", "due", false), Err(AppendRefusal::FewAsked { told: 1, needed: 2 }));
    assert_eq!(net.append("c_0001", "due", true), Ok(3));
}

#[test]
fn a_clock_set_back_over_a_restart_is_no_second_run_for_long() {
    let all = many(3, 1);
    let mut net =
        Net::new(vec![("c_0000", Node::new("c_0000", &all, 1)), ("c_0001", Node::new("c_0001", &all, 2))]);
    net.now.unix_s += 3_600;
    net.connect("c_0001", "c_0000");
    net.now.unix_s -= 3_600;
    net.nodes[1].1 = restarted("c_0001", net.node("c_0001").log.clone(), 3);
    net.input(transport("c_0000"), Input::Disconnected(transport("c_0001")));
    net.wires.clear();
    net.pass(2);
    net.connect("c_0001", "c_0000");
    assert_eq!(net.node("c_0001").alarms, [Alarm::OtherRun { run_id: [2; 16] }]);
    net.pass(301);
    assert_eq!(net.node("c_0001").machine.alarm(), None);
    assert_eq!(net.append("c_0001", "uno", false), Ok(2));
}

#[test]
fn after_a_loss_enough_members_are_asked_before_anything_is_appended() {
    let all = many(5, 3);
    let without_last = |all: &[Bytes]| -> Vec<Bytes> {
        let shelf = Shelf::with(all);
        let last = Log::entry(&shelf.log, &"c_0001".parse().unwrap(), 3).unwrap();
        all.iter().filter(|bytes| **bytes != last).cloned().collect()
    };
    let behind = without_last(&all);
    let mut net = Net::new(vec![
        ("c_0001", Node::new("c_0001", &behind, 1)),
        ("c_0000", Node::new("c_0000", &behind, 2)),
        ("c_0002", Node::new("c_0002", &all, 3)),
        ("c_0003", Node::new("c_0003", &behind, 4)),
    ]);
    net.input(transport("c_0001"), Input::Adopt);
    net.connect("c_0001", "c_0000");
    net.pass(40);
    assert_eq!(net.append("c_0001", "nuovo", false), Err(AppendRefusal::FewAsked { told: 1, needed: 3 }));
    net.connect("c_0001", "c_0003");
    net.connect("c_0001", "c_0002");
    net.pass(40);
    assert_eq!((net.node("c_0001").sequence("c_0001"), &net.node("c_0001").alarms[..]), (3, &[][..]));
    assert_eq!(net.append("c_0001", "nuovo", false), Ok(4));
    assert!(net.node("c_0001").machine.own_head_is_checked());
}

fn restarted(code: &str, log: MemoryLog, run: u8) -> Node {
    let (replica, changes) = Replica::open(federation(), &log);
    assert_eq!(changes, vec![]);
    Node::over(code, Shelf { replica, log }, run)
}

#[test]
fn an_entry_dated_after_tomorrow_waits_for_its_day() {
    let base = many(2, 1);
    let mut ahead = base.clone();
    let mut pen = Pen {
        sequence: 1,
        prev: Some(last_id(&base, "c_0001", 1)),
        day: day(20_260_618),
        ..Pen::new("c_0001")
    };
    ahead.push(pen.say("dal futuro"));
    let mut net =
        Net::new(vec![("c_0000", Node::new("c_0000", &base, 1)), ("c_0001", Node::new("c_0001", &base, 2))]);
    let late: CivilDay = day(20_260_618);
    let (_, node) = &mut net.nodes[1];
    let mut shelf = Shelf { replica: node.machine.replica().clone(), log: node.log.clone() };
    let mut journal = Journal::new(&shelf.log);
    shelf.replica.accept(ahead.last().unwrap().clone(), Some(late), &mut journal);
    let changes = journal.into_changes();
    shelf.log.apply(changes);
    *node = restarted("c_0001", shelf.log, 2);
    net.connect("c_0000", "c_0001");
    net.pass(90);
    assert_eq!(net.node("c_0000").sequence("c_0001"), 1);
    net.now.day = day(20_260_617);
    net.pass(45);
    assert_eq!(net.node("c_0000").sequence("c_0001"), 2);
}

#[test]
fn whoever_sends_a_forged_entry_is_cut_off() {
    let all = many(2, 1);
    let mut net =
        Net::new(vec![("c_0000", Node::new("c_0000", &all, 1)), ("c_0001", Node::new("c_0001", &all, 2))]);
    net.connect("c_0000", "c_0001");
    let author: Author = "c_0001".parse().unwrap();
    let mut pen = Pen { sequence: 1, prev: Some(last_id(&all, "c_0001", 1)), ..Pen::new("c_0001") };
    let entry = pen.say("vera");
    let id = open(&entry, &pen.key).id();
    let (now, (_, node)) = (net.now, &mut net.nodes[0]);
    let announcement = announcement("c_0001", 2, id.as_bytes());
    let outputs =
        node.machine.handle(Input::Announced { peer: transport("c_0001"), announcement }, now, &node.log);
    let [Output::Send { request_id, .. }] = outputs.as_slice() else { panic!("{outputs:?}") };
    let mut forged = entry.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let give = wire::Give { entries: vec![forged.into()], ..wire::Give::default() };
    let response = wire::Response { response: Some(response::Response::Give(give)) };
    let input = Input::Response { peer: transport("c_0001"), request_id: *request_id, response };
    let outputs = node.machine.handle(input, now, &node.log);
    assert!(matches!(
        outputs.as_slice(),
        [Output::Misbehaved(_, Misbehaviour::Entry(_)), Output::Disconnect(_)]
    ));
    assert_eq!(node.machine.replica().head(&author).map(|head| head.sequence), Some(1));
}
