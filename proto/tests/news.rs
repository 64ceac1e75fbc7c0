//! How news travels: told once, asked for together, found in the end even if nobody tells.

use crate::net::{Net, Node, codes, transport};
use crate::town::{Pen, genesis, record};
use bytes::Bytes;
use faccina_proto::feed::Body;
use faccina_proto::sync::Input;
use faccina_proto::wire::feed::v1::Role;

const HUB: &str = "c_0000";
const READER: &str = "c_0001";
const AUTHORS: usize = 20;

/// A hub, a reader, authors; none has written anything.
fn founded() -> (Vec<String>, Vec<Bytes>) {
    let codes = codes(2 + AUTHORS);
    let mut root = Pen::new("root");
    let mut all = vec![root.write(genesis())];
    let role = |code: &str| if code == HUB { Role::Hub } else { Role::Ente };
    all.extend(codes.iter().map(|code| root.write(Body::Member(record(code, role(code))))));
    (codes, all)
}

/// All but the hub know only the hub.
fn around_a_hub() -> (Net, Vec<String>) {
    let (codes, all) = founded();
    let node = |(code, run)| (code, Node::new(code, &all, run));
    let mut net = Net::new(codes.iter().map(String::as_str).zip(1..).map(node).collect());
    for code in codes.iter().skip(1) {
        net.connect(HUB, code);
    }
    // The greetings are over.
    net.pass(10);
    (net, codes.into_iter().skip(2).collect())
}

#[test]
fn what_many_publish_is_told_and_asked_for_together() {
    let (mut net, authors) = around_a_hub();
    let begin = (net.told.len(), net.wanted.len());
    for author in &authors {
        net.append(author, "notizia", false).unwrap();
        net.pass(1);
    }
    net.pass(15);
    assert!(net.digests_equal());
    let given = net.given.iter().filter(|(_, to, _)| *to == transport(READER)).count();
    assert_eq!(given, AUTHORS, "each entry comes once");
    let told = net.told[begin.0..].iter().filter(|(_, to)| *to == transport(READER)).count();
    let wanted = net.wanted[begin.1..].iter().filter(|(from, _)| *from == transport(READER)).count();
    // One at once, then one for each 7.5 of some thirty seconds.
    assert!((2..=5).contains(&told) && (2..=5).contains(&wanted), "{told} told, {wanted} asked");
}

#[test]
fn the_first_news_is_told_and_fetched_at_once() {
    let (mut net, authors) = around_a_hub();
    net.append(&authors[0], "notizia", false).unwrap();
    assert!(net.digests_equal());
}

#[test]
fn what_no_hub_tells_is_fetched_from_who_told() {
    let (mut net, authors) = around_a_hub();
    let author = authors[0].as_str();
    net.connect(READER, author);
    net.unplug(HUB, author);
    // The hub has enough to tell.
    net.append(&authors[1], "altra", false).unwrap();
    net.append(author, "notizia", false).unwrap();
    assert_eq!(net.node(READER).sequence(author), 0, "a hub may tell of it soon");
    net.pass(30);
    assert_eq!(net.node(READER).sequence(author), 1);
}

#[test]
fn what_nobody_tells_is_found_though_news_flows() {
    let (mut net, authors) = around_a_hub();
    let silent = authors[0].as_str();
    let mut pen = Pen::new(silent);
    // So many at once are no news.
    let envelopes: Vec<Bytes> = (0..17).map(|n| pen.say(&format!("{n}"))).collect();
    net.unplug(HUB, silent);
    net.deliver(HUB, Input::Import { ticket: 1, envelopes });
    net.settle();
    assert_eq!(net.node(READER).sequence(silent), 0);
    for author in authors.iter().skip(1).cycle().take(80) {
        net.append(author, "notizia", false).unwrap();
        net.pass(2);
    }
    assert_eq!(net.node(READER).sequence(silent), 17);
}

#[test]
fn who_waits_for_its_admission_asks_for_no_feed_of_members() {
    const STRANGER: &str = "c_9999";
    let (codes, all) = founded();
    let nodes = codes.iter().map(String::as_str).chain([STRANGER]).zip(1..);
    let mut net = Net::new(nodes.map(|(code, run)| (code, Node::new(code, &all, run))).collect());
    for code in codes.iter().map(String::as_str).skip(1).chain([STRANGER]) {
        net.connect(HUB, code);
    }
    net.pass(10);
    for author in codes.iter().skip(2) {
        net.append(author, "notizia", false).unwrap();
        net.pass(3);
    }
    let told = net.told.iter().filter(|(_, to)| *to == transport(STRANGER)).count();
    let wanted = net.wanted.iter().filter(|(from, _)| *from == transport(STRANGER)).count();
    assert!(told > 0 && wanted == 0, "{told} told, {wanted} asked");
}

#[test]
fn who_was_asked_need_not_ask() {
    let (codes, all) = founded();
    // Their keys differ enough for one to be first.
    let (one, other) = (codes[2].as_str(), codes[6].as_str());
    let mut net = Net::new(vec![(one, Node::new(one, &all, 1)), (other, Node::new(other, &all, 2))]);
    net.connect(one, other);
    let begin = net.messages;
    net.pass(115);
    let messages = net.messages - begin;
    // One of the two asks every 30 seconds and some.
    assert!((4..=8).contains(&messages), "{messages}");
}
