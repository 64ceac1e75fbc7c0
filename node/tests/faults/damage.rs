//! Damaged files of a stopped node and of a stopped agent: `check` and the next start name the file and what to do, and
//! nothing of it is served.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use faccina_proto::ballot::Face;
use faccina_proto::terminals::Mode;

use super::device::{Device, NOWHERE, shift_to};
use crate::office::{day, month};
use crate::process::{Process, Town};

const DAY: u32 = 20_260_410;
const VOTES: u128 = 80;

/// How a file is damaged, and the bytes that are left. What the engine has set aside for later is not written yet.
fn damages(whole: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let used = whole.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let flipped = |part: usize| {
        let mut bytes = whole.to_vec();
        bytes[used * part / 8] ^= 0x10;
        bytes
    };
    let mut zeroed = whole.to_vec();
    let page = used / 2 / 4096 * 4096;
    zeroed[page..].iter_mut().take(4096).for_each(|byte| *byte = 0);
    vec![
        ("emptied", Vec::new()),
        ("cut off", whole[..used / 3].to_vec()),
        ("a page of zeros", zeroed),
        ("a bit flipped early", flipped(1)),
        ("a bit flipped in the middle", flipped(4)),
    ]
}

fn copied(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// What a program said about a damaged file. `None` when it found nothing to say.
fn told(program: &str, success: bool, words: &str, names: &[&str]) -> Option<()> {
    assert!(!words.contains("panicked"), "{program}: {words}");
    if success {
        return None;
    }
    assert!(names.iter().any(|name| words.contains(name)), "{program} names none of {names:?}: {words}");
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_of_a_node_is_named() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let town = Town::found_in(place.path());
    let process = town.start(DAY).await;
    town.prepare().await;
    let terminal = town.enrol(1).await;
    let votes = (0..VOTES).map(|nonce| terminal.sign(&terminal.vote(day(DAY), Face::Green, nonce)));
    terminal.send(votes.collect::<Vec<Bytes>>()).await.unwrap();
    town.move_to(20_260_502).await;
    town.close(month(202_604), false).await.unwrap();
    process.end();
    let (home, whole) = (town.home(), place.path().join("whole"));
    copied(&home, &whole);
    let sound = town.output("check").1;
    // Files with the names by which a person finds them.
    let files: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("data/node.db/db", &["node.db"] as &[&str]),
        ("data/feeds.db/db", &["feeds.db", "the feeds are not in order"]),
        ("data/box-202604.db/db", &["2026-04", "box-202604.db"]),
        ("data/keys/feed.key", &["feed.key"]),
        ("data/keys/transport.key", &["transport.key"]),
        ("data/keys/receipt.key", &["receipt.key"]),
        ("data/keys/node.key", &["node.key"]),
        ("data/keys/tls.key", &["tls.key", "certificate"]),
        ("data/keys/tls.crt", &["tls.crt", "certificate"]),
        ("data/keys/box-202604.key", &["2026-04", "box-202604.key"]),
        ("federation.toml", &["federation.toml"]),
        ("faccina.toml", &["faccina.toml"]),
    ]);
    for (file, names) in files {
        let bytes = fs::read(home.join(file)).unwrap();
        let mut named = 0;
        for (how, damaged) in damages(&bytes) {
            fs::write(home.join(file), damaged).unwrap();
            let (success, words) = town.output("check");
            let checked = told(&format!("check, {file} {how}"), success, &words, names);
            // With no input a node of the demo starts, and ends at once.
            let (success, words) = town.output("run");
            let started = told(&format!("run, {file} {how}"), success, &words, names);
            if checked.is_some() || started.is_some() {
                named += 1;
            } else {
                let after = town.output("check").1;
                assert_eq!(after, sound, "{file} {how}: something is gone and nobody says so");
            }
            copied(&whole, &home);
        }
        println!("{file}: {named} of 5 damages named, the others harmless");
        assert!(named >= 2, "{file}: only {named} damages were noticed");
    }
    // What is not there any more would be made anew without a word.
    let empties = |dir: &str| {
        fs::remove_dir_all(home.join(dir)).unwrap();
        fs::create_dir(home.join(dir)).unwrap();
    };
    let removes = |dir: &str| fs::remove_dir_all(home.join(dir)).unwrap();
    let gone: [(&dyn Fn(), &str); 4] = [
        (&|| removes("data/box-202604.db"), "the ballot box of 2026-04 is gone"),
        (&|| empties("data/box-202604.db"), "the ballot box of 2026-04 is gone"),
        (&|| removes("data/node.db"), "node.db is "),
        (&|| empties("data/node.db"), "node.db is "),
    ];
    for (act, said) in gone {
        for program in ["check", "run"] {
            act();
            let (success, words) = town.output(program);
            assert!(!success && words.contains(said), "{program} says not that {said}: {words}");
            copied(&whole, &home);
        }
    }
    town.check();
}

/// Starts the agent on its directory. What it says where it does not start.
fn start(dir: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    command
        .args(["kiosk", "--node", &format!("https://{NOWHERE}"), "--listen", "127.0.0.1:0", "--dir"])
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = Process(command.spawn().unwrap());
    let mut said = String::new();
    for line in BufReader::new(process.0.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if line.starts_with("Kiosk page  ") {
            return (true, said);
        }
        said += &line;
    }
    process.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (false, said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_of_an_agent_is_named() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let town = Town::found_in(place.path());
    let process = town.start(DAY).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(DAY, 9 * 3600));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    device.until(|status| status["receipted"] == 1).await;
    drop(process);
    for number in 1..40 {
        device.tap_until_kept(number).await;
    }
    device.kill();
    let waiting = device.queue().len();
    assert_eq!(waiting, 39);
    let whole = place.path().join("whole");
    copied(&device.dir, &whole);
    let queue_key = fs::read_dir(&device.dir).unwrap().map(|entry| entry.unwrap().file_name());
    let queue_key = queue_key.map(|name| name.into_string().unwrap());
    let queue_key = queue_key.into_iter().find(|name| name.starts_with("queue-")).unwrap();
    for file in ["queue.db/db", "enrolment.toml", "terminal.key", queue_key.as_str()] {
        let path: PathBuf = device.dir.join(file);
        let bytes = fs::read(&path).unwrap();
        let mut named = 0;
        for (how, damaged) in damages(&bytes) {
            fs::write(&path, damaged).unwrap();
            let (success, words) = start(&device.dir);
            let names = [file.split('/').next().unwrap(), "queue"];
            let started = told(&format!("kiosk, {file} {how}"), success, &words, &names);
            if started.is_none() {
                assert_eq!(device.queue().len(), waiting, "{file} {how}: votes are gone and nobody says so");
            }
            named += usize::from(started.is_some());
            copied(&whole, &device.dir);
        }
        println!("{file}: {named} of 5 damages named, the others harmless");
        assert!(named >= 2, "{file}: only {named} damages were noticed");
    }
}
