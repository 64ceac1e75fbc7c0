//! A node under a flood: a real process on one core, twenty hostile peers on the other, and terminals that vote meanwhile.
//!
//! Ten of the peers are members, ten are strangers under ever new keys; between them they ask as fast as they can, leave
//! answers unread, begin messages and never end them, send what is no message, gossip, and dial again as soon as they are
//! out. Printed, and held to: what was read from any of them against its budget, what the process grew by, and how long a
//! terminal waits for its receipt. Exits with 1 when a limit is passed.
#![expect(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a bench prints or fails")]

#[path = "../tests/office.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod office;
#[path = "../tests/process.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod process;
#[path = "../tests/hostile/peer.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod peer;

use ed25519_dalek::SigningKey;
use faccina_node::clock::instant;
use faccina_proto::{
    ballot::Face,
    limits::HEADS_PER_ANNOUNCEMENT_MAX,
    wire::{
        admin::v1::StatusRequest,
        sync::v1::{Announcement, MemberHead, Open, Request, Want, WantFeed, request},
        terminal::v1::CastBatch,
    },
};
use office::{day, is_receipt};
use peer::{Came, Peer, Said};
use process::Town;
use prost::Message;
use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, ExitCode},
    time::Duration,
};

const FLOOD: Duration = Duration::from_secs(30);
/// Before it, the same terminals without a flood.
const QUIET: Duration = Duration::from_secs(5);
const INSIDERS: u8 = 10;
const STRANGERS: u8 = 10;
const TERMINALS: u8 = 4;
/// Requests that a flooder keeps on their way at once.
const AT_ONCE: usize = 64;

/// What a node may read (`node/src/federation/meter.rs`): at once, and per second after that.
const MEMBER_BYTES: (u64, u64) = (16 << 20, 1 << 20);
const STRANGERS_BYTES: (u64, u64) = (16 << 20, 1 << 20);
const GROWTH_MIB_MAX: u64 = 64;
const RECEIPT_P99_MAX: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--flooders") {
        Some(place) => runtime.block_on(flooders(&arguments[place + 1], &arguments[place + 2])),
        None => runtime.block_on(measure()),
    }
}

fn feed_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[150 + number; 32])
}

fn transport_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[200 + number; 32])
}

async fn measure() -> ExitCode {
    let insiders: Vec<_> = (0..INSIDERS).map(|number| (feed_key(number), transport_key(number))).collect();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let town = Town::found_among(place, &insiders, vec!["/ip4/127.0.0.1/tcp/0".to_owned()]);
    let node = town.start(20_260_415).await;
    pin("0", node.0.id());
    town.prepare().await;
    let mut terminals = Vec::new();
    for seed in 1..=TERMINALS {
        terminals.push(town.enrol(seed).await);
    }
    let quiet = vote(&terminals, QUIET, 0).await;
    let (resident, begun) = (resident_mib(node.0.id()), instant());
    let listen = town.admin().await.unwrap().status(StatusRequest {}).await.unwrap().into_inner().listen;
    let mut flood = Command::new("taskset")
        .args(["-c", "1"])
        .arg(env::current_exe().unwrap())
        .args(["--flooders", &listen[0], &hex::encode(town.federation.as_bytes())])
        .spawn()
        .unwrap();
    let (times, peak) = tokio::join!(vote(&terminals, FLOOD, 1 << 64), watch(node.0.id(), FLOOD));
    flood.kill().unwrap();
    flood.wait().unwrap();
    let seconds = begun.elapsed().as_secs() + 1;
    report(&town, resident, peak, seconds, quiet, times)
}

fn report(
    town: &Town,
    resident: u64,
    peak: u64,
    seconds: u64,
    mut quiet: Vec<Duration>,
    mut times: Vec<Duration>,
) -> ExitCode {
    let budget = |(most, per_s): (u64, u64)| most + per_s * seconds;
    let (greediest, strangers) =
        (metric(town, "faccina_read_greediest_member_bytes"), metric(town, "faccina_read_strangers_bytes"));
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    let growth = peak.saturating_sub(resident);
    println!(
        "{INSIDERS} members and {STRANGERS} strangers flood for {seconds} s; {TERMINALS} terminals vote"
    );
    println!(
        "read from members in all          {:>10} KiB",
        metric(town, "faccina_read_members_bytes") >> 10
    );
    println!(
        "from the greediest member         {:>10} KiB, budget {} KiB",
        greediest >> 10,
        budget(MEMBER_BYTES) >> 10
    );
    println!(
        "from all strangers                {:>10} KiB, budget {} KiB",
        strangers >> 10,
        budget(STRANGERS_BYTES) >> 10
    );
    println!(
        "resident memory                   {:>10} MiB before, {peak} at its peak, growth {growth} (at most {GROWTH_MIB_MAX})",
        resident
    );
    println!(
        "receipts without a flood          {:>10}    p50 {:?} p99 {:?}",
        quiet.len(),
        percentile(&mut quiet, 50),
        percentile(&mut quiet, 99)
    );
    println!(
        "receipts under it                 {:>10}    p50 {p50:?} p99 {p99:?} (at most {RECEIPT_P99_MAX:?})",
        times.len()
    );
    let passed = [
        ("a member was read beyond its budget", greediest > budget(MEMBER_BYTES)),
        ("strangers were read beyond their budget", strangers > budget(STRANGERS_BYTES)),
        ("nothing was read: there was no flood", greediest == 0 || strangers == 0),
        ("the process grew too much", growth > GROWTH_MIB_MAX),
        ("receipts were too slow", p99 > RECEIPT_P99_MAX),
    ];
    for (what, _) in passed.iter().filter(|(_, passed)| *passed) {
        println!("FAILED: {what}");
    }
    if passed.iter().any(|(_, passed)| *passed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// All threads of a process on one core.
fn pin(core: &str, pid: u32) {
    let pinned = Command::new("taskset").args(["-acp", core, &pid.to_string()]).output().unwrap();
    assert!(pinned.status.success(), "taskset (util-linux) is needed: {pinned:?}");
}

/// Resident memory of a process, in MiB.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

/// The most that it is while so much time passes.
async fn watch(pid: u32, during: Duration) -> u64 {
    let (begun, mut peak) = (instant(), 0);
    while begun.elapsed() < during {
        peak = peak.max(resident_mib(pid));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    peak
}

fn metric(town: &Town, name: &str) -> u64 {
    let mut stream = TcpStream::connect(town.address_of("http")).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    value.parse::<u64>().unwrap()
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// Each terminal sends one vote, waits for its receipt, and a hundredth of a second later sends the next.
async fn vote(terminals: &[office::Terminal], during: Duration, from: u128) -> Vec<Duration> {
    let one = |(number, terminal): (u128, &office::Terminal)| {
        let terminal = terminal.clone();
        async move {
            let (begun, mut times) = (instant(), Vec::new());
            let mut stream = terminal.stream().await.unwrap();
            let mut nonce = from + (number << 32);
            while begun.elapsed() < during {
                nonce += 1;
                let cast = terminal.sign(&terminal.vote(day(20_260_415), Face::Green, nonce));
                let sent = instant();
                stream.casts.send(CastBatch { casts: vec![cast] }).await.unwrap();
                let batch = stream.answers.message().await.unwrap().unwrap();
                times.push(sent.elapsed());
                assert!(batch.answers.iter().all(is_receipt));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            times
        }
    };
    let votes = (0..).zip(terminals).map(one);
    futures::future::join_all(votes).await.into_iter().flatten().collect()
}

/// The other process: floods until it is killed.
async fn flooders(address: &str, federation: &str) -> ExitCode {
    let mut id = [0; 32];
    hex::decode_to_slice(federation, &mut id).unwrap();
    let mut all = tokio::task::JoinSet::new();
    for number in 0..INSIDERS + STRANGERS {
        let address = address.to_owned();
        all.spawn(async move {
            loop {
                let key = match number {
                    insider if insider < INSIDERS => transport_key(insider),
                    // A stranger comes back as another one.
                    _ => SigningKey::from_bytes(&rand::random()),
                };
                flood(Peer::new(&key, &address, &id), number).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    all.join_all().await;
    ExitCode::SUCCESS
}

/// One connection's worth, in the manner of this number.
async fn flood(mut peer: Peer, number: u8) {
    let says = |count: u64| match number % 5 {
        0 => Said::Bytes(message(request::Request::Open(Open::default()))),
        1 => Said::Unread(want_root()),
        2 => Said::Unfinished(vec![0x0a; 8 << 10]),
        // A message that is none ends the connection, so it comes after a while.
        3 if count % 512 == 511 => Said::Bytes(vec![0xff; 64 << 10]),
        _ => Said::Bytes(want_root()),
    };
    peer.dial();
    let mut count = 0;
    loop {
        match peer.next().await {
            Came::Connected => {
                for _ in 0..AT_ONCE {
                    count += 1;
                    peer.say(says(count));
                }
            }
            Came::Answer(_) | Came::Failed => {
                count += 1;
                if number % 5 == 4 && count % 16 == 0 {
                    peer.gossip_if_heard(&announcement(count));
                }
                peer.say(says(count));
            }
            Came::Disconnected | Came::Refused => return,
        }
    }
}

fn message(request: request::Request) -> Vec<u8> {
    Request { request: Some(request) }.encode_to_vec()
}

fn want_root() -> Vec<u8> {
    let feed = WantFeed { author: "root".to_owned(), from_sequence: 1 };
    message(request::Request::Want(Want { feeds: vec![feed] }))
}

/// News of everybody that are none.
fn announcement(count: u64) -> Vec<u8> {
    let head = |number: usize| MemberHead {
        index: u32::try_from(number).unwrap_or(0) % u32::from(INSIDERS),
        sequence: count,
        tag: rand::random::<[u8; 8]>().to_vec().into(),
        forked: false,
    };
    let heads = (0..HEADS_PER_ANNOUNCEMENT_MAX).map(head).collect();
    Announcement { heads, ..Announcement::default() }.encode_to_vec()
}
