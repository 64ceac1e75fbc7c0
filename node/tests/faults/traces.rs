//! What is left behind: the raw bytes of every file of node and agent.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use faccina_node::clock::{Clock, instant};
use faccina_node::kiosk::queue::Waiting;
use faccina_node::store;
use faccina_proto::envelope::Envelope;
use faccina_proto::terminals::Mode;
use faccina_proto::wire::admin::v1::CreateInvitesRequest;

use super::device::{Device, NOWHERE, cast_in, shift_to};
use crate::office::month;
use crate::process::{PATIENCE, Town};

const APRIL: u32 = 202_604;
const TAPS: u32 = 12;
const INVITES: u32 = 6;
const SIGNATURE_BYTES: usize = 64;
/// The shortest needle is a time in a message.
const FIRST_BYTES: usize = 5;

/// Bytes that must not stand anywhere, and what they are.
struct Needle(&'static str, Vec<u8>);

/// Raw, and as hex in both cases.
fn plant(needles: &mut Vec<Needle>, what: &'static str, bytes: &[u8]) {
    needles.push(Needle(what, bytes.to_vec()));
    needles.push(Needle(what, hex::encode(bytes).into_bytes()));
    needles.push(Needle(what, hex::encode_upper(bytes).into_bytes()));
}

/// Every file under `dir` with its bytes.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.is_file() {
                let bytes = fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    assert!(found.len() > 3, "{}", dir.display());
    found
}

/// Needles by their first bytes, so that a file is read once for all of them.
struct Sieve<'a>(HashMap<[u8; FIRST_BYTES], Vec<&'a Needle>>);

impl<'a> Sieve<'a> {
    fn of(needles: &'a [Needle]) -> Self {
        let mut by_first: HashMap<_, Vec<_>> = HashMap::new();
        for needle in needles {
            by_first.entry(*needle.1.first_chunk().unwrap()).or_default().push(needle);
        }
        Self(by_first)
    }

    /// What of it these bytes hold first.
    fn catch(&self, bytes: &[u8]) -> Option<&'static str> {
        (0..bytes.len()).find_map(|at| {
            let rest = &bytes[at..];
            let needles = self.0.get(rest.first_chunk::<FIRST_BYTES>()?)?;
            needles.iter().find(|needle| rest.starts_with(&needle.1)).map(|needle| needle.0)
        })
    }
}

fn assert_none(files: &[(PathBuf, Vec<u8>)], needles: &[Needle]) {
    let sieve = Sieve::of(needles);
    for (path, bytes) in files {
        assert_eq!(sieve.catch(bytes), None, "in {}", path.display());
    }
}

/// These seconds as numbers of a file, of a message, and in text.
fn times(from_unix_s: u64, to_unix_s: u64) -> Vec<Needle> {
    let mut needles = Vec::new();
    for second in from_unix_s..=to_unix_s {
        let mut varint = Vec::new();
        prost::encoding::encode_varint(second, &mut varint);
        for bytes in
            [second.to_be_bytes().to_vec(), second.to_le_bytes().to_vec(), varint, second.to_string().into()]
        {
            needles.push(Needle("a time", bytes));
        }
    }
    needles
}

/// Everything of a waiting ballot that nobody may find later.
fn plant_all(needles: &mut Vec<Needle>, queue: &[Waiting]) {
    for waiting in queue {
        let cast = cast_in(waiting);
        plant(needles, "a nonce", &cast.ballot.nonce);
        plant(needles, "a signature", &waiting.cast[waiting.cast.len() - SIGNATURE_BYTES..]);
        plant(needles, "half a signature", &waiting.cast[waiting.cast.len() - SIGNATURE_BYTES / 2..]);
        cast.invite_hash.iter().for_each(|hash| plant(needles, "the hash of an invite", hash));
    }
}

/// Closes April and May, and waits until the box of April is past its retention.
async fn close_and_outlive(town: &Town) {
    for (today, closed) in [(20_260_512, APRIL), (20_260_612, 202_605)] {
        town.move_to(today).await;
        // The timer may have been there first.
        let _ = town.close(month(closed), false).await;
    }
    town.move_to(20_260_901).await;
    let gone = town.data().join(store::box_dir(month(APRIL)));
    let waited = instant();
    while gone.exists() {
        assert!(waited.elapsed() < PATIENCE, "the box of April is past its retention");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Starts the agent a month later: the first thing that it does without votes is to change its key.
async fn change_key(device: &mut Device) {
    device.set_clock(shift_to(20_260_410, 9 * 3600) + 30 * 86_400);
    let key_before = key_files(&device.dir);
    device.start(NOWHERE, &[]);
    let waited = instant();
    while key_files(&device.dir) == key_before {
        assert!(waited.elapsed() < PATIENCE, "the key of the queue changes");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    device.kill();
}

/// The files that hold one of these, by their paths inside the two places.
fn holders<'a>(
    ids: &[Needle],
    files: impl Iterator<Item = &'a (PathBuf, Vec<u8>)>,
    [node, agent]: [&Path; 2],
) -> Vec<String> {
    let holding = files.filter(|(_, bytes)| Sieve::of(ids).catch(bytes).is_some());
    let inside =
        |path: &Path| path.strip_prefix(node).or(path.strip_prefix(agent)).unwrap().display().to_string();
    let mut holders: Vec<String> = holding.map(|(path, _)| inside(path)).collect();
    holders.sort();
    holders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_vote_is_left_after_close_and_retention() {
    let (town, place) = (Town::found(), tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
    let begun = [
        Clock::system().unwrap().now().unix_s,
        Clock::demo(crate::office::day(20_260_410)).unwrap().now().unix_s,
    ];
    let process = town.start(20_260_410).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(20_260_410, 9 * 3600));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    let request = CreateInvitesRequest {
        service: "anagrafe".to_owned(),
        channel: "counter".to_owned(),
        branch: "centro".to_owned(),
        count: INVITES,
    };
    let invites = town.admin().await.unwrap().create_invites(request).await.unwrap().into_inner().invites;
    device.until(|status| status["receipted"] == 1).await;
    drop(process);
    device.kill();

    // What is on its way: seen by whoever holds the running device, and by nobody later.
    device.start(NOWHERE, &[]);
    let mut csv = "service,face,invite\n".to_owned();
    let mut needles = Vec::new();
    for invite in &invites {
        writeln!(csv, "anagrafe,red,{}", hex::encode(invite)).unwrap();
        plant(&mut needles, "an invite", invite);
    }
    let file = place.path().join("votes.csv");
    fs::write(&file, csv).unwrap();
    assert!(device.cast(&file).status.success());
    fs::remove_file(&file).unwrap();
    for number in 1..=TAPS {
        device.tap_until_kept(number).await;
    }
    device.kill();
    let queue = device.queue();
    assert_eq!(queue.len(), usize::try_from(TAPS + INVITES).unwrap());
    plant_all(&mut needles, &queue);
    let terminal = Envelope::parse(queue[0].cast.clone()).unwrap().key_id();
    let mut ids = Vec::new();
    plant(&mut ids, "the id of a terminal", terminal.as_bytes());
    assert_none(&files(&device.dir), &needles);
    assert_none(&files(&device.dir.join("queue.db")), &ids);

    let process = town.start(20_260_410).await;
    device.start(town.address(), &[]);
    device.until(|status| status["queue"] == 0).await;
    device.kill();
    let passed = begun.map(|begun| times(begun, begun + 600)).into_iter().flatten().collect::<Vec<_>>();
    let ballot_box = files(&town.data().join(store::box_dir(month(APRIL))));
    assert_none(&ballot_box, &ids);
    assert_none(&ballot_box, &passed);
    assert_none(&ballot_box, &needles);

    close_and_outlive(&town).await;
    drop(process);
    change_key(&mut device).await;
    let (of_node, of_agent) = (files(town.data().parent().unwrap()), files(&device.dir));
    assert_none(&of_node, &needles);
    assert_none(&of_agent, &needles);
    let holders =
        holders(&ids, of_node.iter().chain(&of_agent), [town.data().parent().unwrap(), &device.dir]);
    println!(
        "{} files, {} planted byte strings: none found; the terminal's id stands in {holders:?}",
        of_node.len() + of_agent.len(),
        needles.len()
    );
    assert_eq!(holders, ["data/node.db/db"]);
}

fn key_files(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut keys: Vec<String> = names.filter(|name| name.starts_with("queue-")).collect();
    keys.sort();
    keys
}
