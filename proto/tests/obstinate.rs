//! Peers that say and do not do: they tell of entries that they never bring, again and again. None of them makes a node ask
//! without end, and none keeps it from publishing, or from agreeing with the others.

use crate::net::{Net, Node, announcement, last_id, many, transport};
use crate::town::{Pen, day, federation};
use bytes::Bytes;
use faccina_proto::envelope::{Envelope, Id, Kind};
use faccina_proto::names::Author;
use faccina_proto::replica::{Log, State};
use faccina_proto::sync::{Input, Output, Peer};
use faccina_proto::wire::sync::v1::{self as wire, request, response};
use std::collections::VecDeque;

const NODE: &str = "c_0000";
const HOSTILE: &str = "c_0001";
const NEIGHBOUR: &str = "c_0002";
const ACCOMPLICE: &str = "c_0003";

fn head(author: &str, sequence: u64) -> wire::Head {
    wire::Head { author: author.to_owned(), sequence, id: vec![7; 32].into(), forked: false }
}

fn give(entries: Vec<Bytes>, more: bool) -> response::Response {
    response::Response::Give(wire::Give { entries, more, ..wire::Give::default() })
}

/// Answers what the node asks of `peer`, as long as it asks at this moment; returns how often it asked for entries.
fn answered(net: &mut Net, peer: Peer, answer: impl Fn(&wire::Want) -> response::Response) -> usize {
    let mut wants = 0;
    while let Some(place) = net.asked.iter().position(|(asked, ..)| *asked == peer) {
        let (_, request_id, request) = net.asked.remove(place);
        let response = match request.request {
            Some(request::Request::Want(want)) => {
                wants += 1;
                answer(&want)
            }
            // It has a root feed of which nobody has heard.
            _ => response::Response::Opened(wire::Opened {
                root: Some(head("", 1_000)),
                ..wire::Opened::default()
            }),
        };
        let response = wire::Response { response: Some(response) };
        net.input(transport(NODE), Input::Response { peer, request_id, response });
        if wants > 200 {
            break;
        }
    }
    wants
}

#[test]
fn a_stranger_that_tells_of_root_entries_and_brings_none_is_left_alone() {
    let mut net = Net::new(vec![(NODE, Node::new(NODE, &many(3, 2), 1))]);
    let stranger = transport("estraneo");
    net.input(transport(NODE), Input::Connected(stranger));
    let wants = answered(&mut net, stranger, |_| give(vec![], false));
    assert!((1..4).contains(&wants), "asked {wants} times at one moment");
}

#[test]
fn a_member_that_gives_what_is_held_is_not_asked_on_and_on() {
    let all = many(4, 2);
    let mut net = Net::new(vec![(NODE, Node::new(NODE, &all, 1))]);
    let hostile = transport(HOSTILE);
    net.input(transport(NODE), Input::Connected(hostile));
    let announcement = announcement(HOSTILE, u64::MAX, &[7; 32]);
    net.input(transport(NODE), Input::Announced { peer: hostile, announcement });
    let held: Vec<Bytes> = (0..3).map(|_| Pen::new(HOSTILE).say(&format!("{HOSTILE} 0"))).collect();
    let wants = answered(&mut net, hostile, |want| {
        let asked = want.feeds.iter().any(|feed| feed.author == HOSTILE);
        give(if asked { held.clone() } else { vec![] }, asked)
    });
    assert!((1..8).contains(&wants), "asked {wants} times at one moment");
}

#[test]
fn who_tells_of_own_entries_and_never_brings_them_keeps_nobody_from_publishing() {
    let all = many(4, 2);
    let nodes = [NODE, NEIGHBOUR].map(|code| (code, Node::new(code, &all, 1)));
    let mut net = Net::new(nodes.into());
    let two = [HOSTILE, ACCOMPLICE].map(transport);
    let digest = Bytes::copy_from_slice(&net.node(NODE).machine.replica().digest());
    // While one is waited for, the other tells.
    let tell = |net: &mut Net, peer: Peer| {
        while let Some(place) = net.asked.iter().position(|(asked, ..)| *asked == peer) {
            let (_, request_id, request) = net.asked.remove(place);
            if let Some(request::Request::Open(_)) = request.request {
                let yours = Some(head("", 9));
                let opened = wire::Opened { digest: digest.clone(), yours, ..wire::Opened::default() };
                let response = wire::Response { response: Some(response::Response::Opened(opened)) };
                net.input(transport(NODE), Input::Response { peer, request_id, response });
            }
        }
    };
    net.input(transport(NODE), Input::Connected(two[0]));
    tell(&mut net, two[0]);
    net.connect(NODE, NEIGHBOUR);
    for second in 0..600 {
        if second == 10 {
            net.input(transport(NODE), Input::Connected(two[1]));
        }
        two.iter().for_each(|peer| tell(&mut net, *peer));
        net.pass(1);
    }
    assert!(net.node(NODE).alarms.is_empty());
    assert_eq!(net.append(NODE, "avviso", false), Ok(3));
}

#[test]
fn a_fork_with_a_side_in_the_far_future_reaches_those_who_heard_that_side_first() {
    let all = many(4, 2);
    let author: Author = HOSTILE.parse().unwrap();
    let pen = Pen { sequence: 2, prev: Some(last_id(&all, HOSTILE, 2)), ..Pen::new(HOSTILE) };
    let today_side = pen.clone().say("oggi");
    for number in 0..4 {
        let mut far = Pen { day: day(29_991_231), ..pen.clone() };
        // Whichever of the two has the lower id.
        let far_side = far.say(&format!("un giorno {number}"));
        for both in [false, true] {
            let nodes = [NODE, NEIGHBOUR].map(|code| (code, Node::new(code, &all, 1)));
            let mut net = Net::new(nodes.into());
            let envelopes =
                if both { vec![today_side.clone(), far_side.clone()] } else { vec![today_side.clone()] };
            net.input(transport(NEIGHBOUR), Input::Import { ticket: 1, envelopes });
            let hostile = transport(HOSTILE);
            net.input(transport(NODE), Input::Connected(hostile));
            let announcement = announcement(HOSTILE, 3, &[7; 32]);
            net.input(transport(NODE), Input::Announced { peer: hostile, announcement });
            let wants = answered(&mut net, hostile, |_| give(vec![far_side.clone()], false));
            assert!(wants > 0);
            assert_eq!(net.node(NODE).sequence(HOSTILE), 2);
            net.connect(NODE, NEIGHBOUR);
            net.pass(90);
            assert!(net.digests_equal(), "side {number}, forked: {both}");
            let state = net.node(NODE).machine.replica().feed(&author).unwrap().state();
            assert_eq!(matches!(state, State::Forked(_)), both, "{state:?}");
        }
    }
}

fn id(bytes: &Bytes) -> Id {
    Envelope::parse(bytes.clone()).unwrap().id(Kind::Entry, federation().id())
}

#[test]
fn sides_of_a_fork_without_end_are_taken_slowly_and_all_agree_in_the_end() {
    let all = many(4, 2);
    let pen = Pen { sequence: 2, prev: Some(last_id(&all, HOSTILE, 2)), ..Pen::new(HOSTILE) };
    let mut sides: Vec<Bytes> = (0..200).map(|number| pen.clone().say(&number.to_string())).collect();
    sides.sort_by_key(|side| std::cmp::Reverse(id(side)));
    let nodes = [NODE, NEIGHBOUR].map(|code| (code, Node::new(code, &all, 1)));
    let mut net = Net::new(nodes.into());
    // Each has a lower id than all before it.
    let mut written = 0;
    for side in &sides {
        let outputs = net.deliver(NODE, Input::Import { ticket: 1, envelopes: vec![side.clone()] });
        written += outputs.iter().filter(|output| matches!(output, Output::Persist(_))).count();
    }
    assert!((2..=20).contains(&written), "{written} writes for one place");
    sides.reverse();
    net.input(transport(NEIGHBOUR), Input::Import { ticket: 1, envelopes: sides.clone() });
    net.connect(NODE, NEIGHBOUR);
    net.pass(300);
    assert!(net.digests_equal());
    let proof = net.node(NODE).log.proof(&HOSTILE.parse().unwrap()).unwrap();
    assert_eq!(proof.each_ref().map(id), [id(&sides[0]), id(&sides[1])]);
}

#[test]
fn who_gives_the_root_feed_drop_by_drop_does_not_keep_it_from_a_newcomer() {
    let all = many(60, 0);
    let drip = (0..).map(|number| transport(&format!("lento {number}")));
    let [drip, other] = drip.filter(|peer| *peer < transport(NEIGHBOUR)).take(2).collect::<Vec<_>>()[..]
    else {
        unreachable!("there are names enough");
    };
    let nodes = [(NODE, Node::new(NODE, &all[..1], 1)), (NEIGHBOUR, Node::new(NEIGHBOUR, &all, 2))];
    let mut net = Net::new(nodes.into());
    let root = net.node(NEIGHBOUR).machine.replica().root();
    let head = wire::Head {
        author: String::new(),
        sequence: root.held(),
        id: Bytes::copy_from_slice(&root.tag()),
        forked: false,
    };
    net.input(transport(NODE), Input::Connected(drip));
    net.input(transport(NODE), Input::Connected(other));
    let mut asked = VecDeque::new();
    for second in 0..100 {
        asked.extend(net.asked.drain(..).map(|asked| (second, asked)));
        // Heads at once, entries one by one and just in time.
        for (since, (peer, request_id, request)) in std::mem::take(&mut asked) {
            let response = match &request.request {
                Some(request::Request::Want(_)) if second < since + 18 => {
                    asked.push_back((since, (peer, request_id, request)));
                    continue;
                }
                Some(request::Request::Want(want)) => {
                    let from = usize::try_from(want.feeds[0].from_sequence).unwrap();
                    give(all.get(from - 1).cloned().into_iter().collect(), true)
                }
                _ => response::Response::Opened(wire::Opened {
                    root: Some(head.clone()),
                    ..wire::Opened::default()
                }),
            };
            let response = wire::Response { response: Some(response) };
            net.input(transport(NODE), Input::Response { peer, request_id, response });
        }
        net.pass(1);
        if second == 2 {
            net.connect(NODE, NEIGHBOUR);
        }
    }
    assert_eq!(net.node(NODE).sequence("root"), 61);
}

/// Both canonical sides are entries that nobody would take alone: a third one, dated in time, made them sides.
#[test]
fn a_fork_both_of_whose_sides_have_days_that_do_not_fit_reaches_a_newcomer() {
    let all = many(4, 2);
    let author: Author = HOSTILE.parse().unwrap();
    let pen = Pen { sequence: 2, prev: Some(last_id(&all, HOSTILE, 2)), ..Pen::new(HOSTILE) };
    for yyyymmdd in [29_991_231, 20_251_231] {
        let side = |number: u32| Pen { day: day(yyyymmdd), ..pen.clone() }.say(&number.to_string());
        let mut odd: Vec<Bytes> = (0..16).map(side).collect();
        odd.sort_by_key(id);
        odd.truncate(2);
        let fitting = (0..).map(|number| pen.clone().say(&format!("in tempo {number}")));
        let fitting = fitting.into_iter().find(|bytes| id(bytes) > id(&odd[1])).unwrap();
        let forked = [all.as_slice(), &[fitting], &odd].concat();
        let nodes = [(NODE, Node::new(NODE, &all, 1)), (NEIGHBOUR, Node::new(NEIGHBOUR, &forked, 2))];
        let mut net = Net::new(nodes.into());
        let proof = net.node(NEIGHBOUR).log.proof(&author).unwrap();
        assert_eq!(proof.each_ref().map(id), [id(&odd[0]), id(&odd[1])]);
        net.connect(NODE, NEIGHBOUR);
        net.pass(90);
        assert!(net.digests_equal(), "{yyyymmdd}");
        assert!(matches!(net.node(NODE).machine.replica().feed(&author).unwrap().state(), State::Forked(_)));
    }
}
