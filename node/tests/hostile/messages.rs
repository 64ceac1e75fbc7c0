//! What a peer says on an open connection.

use super::{
    HOSTILE, Scene, is_connected,
    peer::{Came, Said},
};
use faccina_proto::{
    limits::FEEDS_PER_WANT_MAX,
    wire::sync::v1::{Open, Request, Response, Want, WantFeed, request, response},
};
use prost::Message;

fn open() -> Vec<u8> {
    Request { request: Some(request::Request::Open(Open::default())) }.encode_to_vec()
}

fn want(author: &str, feeds: usize) -> Vec<u8> {
    let feed = WantFeed { author: author.to_owned(), from_sequence: 1 };
    Request { request: Some(request::Request::Want(Want { feeds: vec![feed; feeds] })) }.encode_to_vec()
}

/// Messages for which a member is disconnected and, for a while, not let in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_what_is_no_message_is_out_and_stays_out() {
    let mut scene = Scene::set().await;
    let cases: [(&str, Vec<u8>); 6] = [
        ("bytes that are no message", b"nonsense".to_vec()),
        ("no bytes at all", Vec::new()),
        ("a request longer than its bound", vec![0; 20 << 10]),
        ("groups nested without end", vec![0x7b; 16 << 10]),
        ("more feeds than a request holds", want("c_zz00", FEEDS_PER_WANT_MAX + 1)),
        ("a message cut short", want("c_zz00", 3)[..20].to_vec()),
    ];
    for (name, bytes) in cases {
        let mut insider = scene.insider().await;
        insider.say(Said::Bytes(bytes));
        insider.until_disconnected().await;
        scene.insider_is_out().await;
        // The door stays closed to it: it connects, and is shown out before it can say anything.
        insider.dial();
        let shut = loop {
            match insider.next().await {
                Came::Refused | Came::Disconnected => break true,
                Came::Answer(_) => break false,
                Came::Connected | Came::Failed => {}
            }
        };
        assert!(shut, "{name}");
        assert!(!is_connected(&scene.node.federation.network(), HOSTILE), "{name}");
        scene.neighbour_is_heard().await;
        // Forgotten with the node: the next case meets another one.
        scene.end().await;
        scene = Scene::set().await;
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gossips_what_is_no_announcement_is_out() {
    for bytes in [b"nonsense".to_vec(), vec![0x0a; 100 << 10]] {
        let mut scene = Scene::set().await;
        let mut insider = scene.insider().await;
        insider.gossip(&bytes).await;
        insider.until_disconnected().await;
        scene.insider_is_out().await;
        scene.neighbour_is_heard().await;
        scene.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_requests_is_declined_and_then_cut_off() {
    // A stranger is allowed less than a member.
    for (is_member, most) in [(false, 64), (true, 400)] {
        let mut scene = Scene::set().await;
        let mut peer = if is_member { scene.insider().await } else { scene.stranger(1).await };
        for _ in 0..64 {
            peer.say(Said::Bytes(open()));
        }
        let mut answers = Vec::new();
        loop {
            match peer.next().await {
                Came::Disconnected => break,
                Came::Answer(bytes) => answers.push(bytes),
                Came::Connected | Came::Refused | Came::Failed => {}
            }
            peer.say(Said::Bytes(open()));
        }
        let answers = answers.iter().map(|bytes| Response::decode(bytes.as_slice()).unwrap().response);
        let (mut served, mut declined) = (0, 0);
        for answer in answers {
            match answer {
                Some(response::Response::Opened(_)) => served += 1,
                Some(response::Response::Declined(_)) => declined += 1,
                // The end of a stream on which nothing was answered.
                Some(_) | None => {}
            }
        }
        assert!(declined > 0, "cut off without a warning");
        assert!(served <= most, "{served} requests of a flood are served, member: {is_member}");
        scene.neighbour_is_heard().await;
        scene.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_without_end_and_answers_that_nobody_reads_hold_nobody_up() {
    let mut scene = Scene::set().await;
    let mut insider = scene.insider().await;
    for _ in 0..32 {
        insider.say(Said::Unfinished(want("root", 1)[..4].to_vec()));
    }
    let lingering = insider.linger();
    let mut stranger = scene.stranger(1).await;
    for _ in 0..32 {
        stranger.say(Said::Unread(want("root", 1)));
    }
    let unread = stranger.linger();
    for _ in 0..3 {
        scene.neighbour_is_heard().await;
    }
    lingering.abort();
    unread.abort();
    scene.end().await;
}
