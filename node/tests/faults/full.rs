//! A disk that is full at each write in turn: what was acknowledged is there, what was not says why, and with room again
//! it goes on.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::federation::FeedLog;
use faccina_node::kiosk::queue::{BALLOTS_MAX, Queue, QueueError, Settled, Standing};
use faccina_node::kiosk::tap::TapId;
use faccina_node::store::{Batch, MemoryStore, Scan, Store, StoreError};
use faccina_node::telling::sentence;
use faccina_proto::ballot::{Ballot, Cast, Face};
use faccina_proto::envelope::{Envelope, KeyId, Kind};
use faccina_proto::replica::{Journal, Replica};
use faccina_proto::wire::admin::v1::{PublishRequest, publish_request::Body as Publication};
use faccina_proto::wire::feed::v1::Availability;
use tonic::Status;

use super::device::in_box;
use super::small_disk::SmallDisk;
use crate::office::{ENTE, day, federation, id_of, month};
use crate::process::Town;

/// A store whose disk has room for so many batches; then, like the one on the disk, it takes no more.
#[derive(Debug)]
struct Filling {
    below: Arc<MemoryStore>,
    room: AtomicUsize,
    stopped: AtomicUsize,
}

impl Filling {
    fn over(below: &Arc<MemoryStore>, room: usize) -> Arc<Self> {
        Arc::new(Self { below: below.clone(), room: room.into(), stopped: 0.into() })
    }
}

impl Store for Filling {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.below.get(key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.below.contains(key)
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        self.below.scan(prefix)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let dir = "queue.db".into();
        if self.stopped.load(Ordering::SeqCst) > 0 {
            return Err(StoreError::Stopped { dir });
        }
        if self.room.load(Ordering::SeqCst) == 0 {
            self.stopped.store(1, Ordering::SeqCst);
            return Err(StoreError::FileSystem { dir, source: io::ErrorKind::StorageFull.into() });
        }
        self.room.fetch_sub(1, Ordering::SeqCst);
        self.below.commit(batch)
    }
}

/// What a refusal says: that there is no room, and what to do.
fn says_full(words: &str) {
    assert!(words.contains("free space") || words.contains("check the disk"), "{words}");
}

fn cast(number: u128) -> Envelope {
    let key = SigningKey::from_bytes(&[9; 32]);
    let code = |text: &str| text.parse().unwrap();
    let ballot = Ballot {
        ente: ENTE.parse().unwrap(),
        service: code("anagrafe"),
        channel: code("counter"),
        branch: code("centro"),
        month: month(202_604),
        face: Face::Green,
        nonce: number.to_be_bytes(),
    };
    let cast = Cast {
        ballot_bytes: ballot.encode().into(),
        ballot,
        day: day(20_260_410),
        terminal: KeyId::of(&key.verifying_key()),
        invite_hash: None,
        attended: false,
    };
    Envelope::seal(Kind::Cast, &federation(), &key, &cast.encode())
}

/// Taps, files and answers, one after the other, until one is refused. How many steps were done.
fn walk(queue: &mut Queue, from: usize) -> Result<(), (usize, QueueError)> {
    for step in from..12 {
        let number = u128::try_from(step).unwrap();
        let done = match step % 4 {
            3 => {
                let oldest = queue.oldest(1, &Default::default());
                let answers: Vec<_> = oldest.iter().map(|it| (it.number, Settled::Receipted)).collect();
                queue.settle(&answers)
            }
            2 => queue.keep_all(&[cast(number << 32), cast((number << 32) + 1)], None, false),
            _ => queue.keep(TapId(number.to_be_bytes()), &cast(number), Standing::Proven),
        };
        done.map_err(|error| (step, error))?;
    }
    Ok(())
}

/// Ballots in a queue after so many steps.
fn held_after(steps: usize) -> usize {
    (0..steps).fold(0, |held, step| match step % 4 {
        3 => held - 1,
        2 => held + 2,
        _ => held + 1,
    })
}

#[test]
fn the_agents_queue_keeps_what_it_thanked_for_at_every_full_write() {
    let mut room = 0;
    loop {
        let below = Arc::new(MemoryStore::new());
        let mut queue = Queue::open(Filling::over(&below, room), federation()).unwrap();
        let stopped = walk(&mut queue, 0);
        let Err((steps, refusal)) = stopped else { break };
        says_full(&sentence(&refusal));
        assert_eq!(queue.held(), held_after(steps), "memory runs ahead of the disk");
        let again = walk(&mut queue, steps).unwrap_err();
        says_full(&sentence(&again.1));
        // Started again with room, it holds what was thanked for and goes on.
        let mut queue = Queue::open(below.clone(), federation()).unwrap();
        assert_eq!(queue.held(), held_after(steps), "after {room} writes");
        assert_eq!(queue.counted(TapId(0_u128.to_be_bytes())), steps > 0);
        walk(&mut queue, steps).map_err(|(_, error)| error).unwrap();
        assert_eq!(queue.oldest(BALLOTS_MAX, &Default::default()).len(), held_after(12));
        room += 1;
    }
    println!("queue: {room} writes refused in turn");
    assert_eq!(room, 12);
}

#[test]
fn feeds_are_whole_at_every_full_write() {
    let town = Town::found();
    let read = town.feeds();
    let entries: Vec<Bytes> = read
        .replica
        .feeds()
        .flat_map(|(author, feed)| {
            (1..=feed.counted()).map(move |sequence| (author.clone(), sequence)).collect::<Vec<_>>()
        })
        .map(|(author, sequence)| faccina_proto::replica::Log::entry(&read.log, &author, sequence).unwrap())
        .collect();
    for room in 0..entries.len() {
        let below = Arc::new(MemoryStore::new());
        let log = FeedLog::new(Filling::over(&below, room));
        let mut replica = Replica::new(read.replica.federation().clone());
        let take = |replica: &mut Replica, log: &FeedLog, entry: &Bytes| {
            let mut journal = Journal::new(log);
            replica.accept(entry.clone(), None, &mut journal);
            log.apply(&journal.into_changes())
        };
        let refused = entries.iter().find_map(|entry| take(&mut replica, &log, entry).err()).unwrap();
        says_full(&sentence(&refused));
        // Opened again with room, what was written is in order, and the rest follows.
        let log = FeedLog::new(below);
        let (mut replica, repairs) = Replica::open(read.replica.federation().clone(), &log);
        assert!(repairs.is_empty());
        let held: u64 = replica.feeds().map(|(_, feed)| feed.counted()).sum();
        assert_eq!(held, u64::try_from(room).unwrap());
        for entry in &entries[room..] {
            take(&mut replica, &log, entry).unwrap();
        }
        assert_eq!(replica.digest(), read.replica.digest());
    }
    println!("feeds: {} writes refused in turn", entries.len());
}

/// More votes than fit what is left.
const VOTES_MAX: u128 = 2_000;
/// Free bytes left to the node, from none to enough.
const LEFT_BYTES: [usize; 6] = [0, 24 << 10, 96 << 10, 400 << 10, 1_200 << 10, 6_000 << 10];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_and_a_publication_on_a_full_disk_happen_or_say_why() {
    let mut refusals = 0;
    for left in LEFT_BYTES {
        let disk = SmallDisk::new(48);
        let town = Town::found_in(disk.path());
        let process = town.start(20_260_410).await;
        town.prepare().await;
        let terminal = town.enrol(1).await;
        let votes = (0..60).map(|nonce| terminal.sign(&terminal.vote(day(20_260_410), Face::Green, nonce)));
        terminal.send(votes.collect()).await.unwrap();
        town.move_to(20_260_502).await;
        disk.fill(left);
        let note = Availability { available: true, note: "pronti".repeat(60), ..Availability::default() };
        let publish = || async {
            let body = Some(Publication::Availability(note.clone()));
            let admin = town.admin().await.map_err(|error| Status::unavailable(error.to_string()));
            admin?.publish(PublishRequest { body, offline: true }).await
        };
        let mut acknowledged = 0;
        for _ in 0..20 {
            acknowledged += usize::from(publish().await.is_ok());
        }
        let closed = town.close(month(202_604), false).await;
        if let Err(status) = &closed {
            refusals += 1;
            println!("{left} bytes left, {acknowledged} published: {}", status.message());
            // Who asks hears it, or the node has ended and its log says why.
            town.says("No space left on device").await;
        }
        drop(process);
        disk.empty();
        let process = town.start(20_260_502).await;
        if closed.is_err() && town.summaries().await.is_empty() {
            town.close(month(202_604), false).await.unwrap();
        }
        let summaries = town.summaries().await;
        assert_eq!(summaries.len(), 1, "{left} bytes left");
        assert_eq!(Town::published(&summaries[0]), 60);
        assert!(town.own_entries().await > acknowledged, "an acknowledged entry is gone");
        process.end();
        town.check();
    }
    println!("{refusals} of {} closes were refused for want of room", LEFT_BYTES.len());
    assert!(refusals > 0, "every close found room");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_on_a_full_disk_are_receipted_and_kept_or_neither() {
    for left in [0, 96 << 10, 600 << 10] {
        let disk = SmallDisk::new(48);
        let town = Town::found_in(disk.path());
        let process = town.start(20_260_410).await;
        town.prepare().await;
        let mut terminal = town.enrol(1).await;
        disk.fill(left);
        let mut receipted = Vec::new();
        let refusal = loop {
            let nonce = u128::try_from(receipted.len()).unwrap();
            assert!(nonce < VOTES_MAX, "{left} bytes left: a full disk takes every vote");
            let cast = terminal.vote(day(20_260_410), Face::Green, nonce);
            match terminal.send(vec![terminal.sign(&cast)]).await {
                Ok(answers) => {
                    terminal.receipt(&answers[0]);
                    receipted.push(cast);
                }
                Err(status) => break status,
            }
        };
        println!("{left} bytes left: {} receipted, then {}", receipted.len(), refusal.message());
        assert!(refusal.message().contains("restart the node"), "{refusal:?}");
        town.says("No space left on device").await;
        drop(process);
        disk.empty();
        let process = town.start(20_260_410).await;
        terminal.reconnect(town.connect().await);
        // Sent again with one more, each is there once.
        let last = terminal.vote(day(20_260_410), Face::Green, VOTES_MAX);
        for cast in receipted.iter().chain([&last]) {
            terminal.receipt(&terminal.send_one(terminal.sign(cast)).await);
        }
        process.end();
        let held = in_box(&town, month(202_604));
        assert!(receipted.iter().chain([&last]).all(|cast| held.contains(&id_of(cast))));
        // The one that was refused may have reached the disk.
        assert!(
            (receipted.len() + 1..=receipted.len() + 2).contains(&held.len()),
            "{} in the box",
            held.len()
        );
        town.check();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_onto_a_full_disk_says_so_and_leaves_nothing() {
    let (town, disk, place) = (Town::found(), SmallDisk::new(8), tempfile::tempdir().unwrap());
    let process = town.start(20_260_410).await;
    town.prepare().await;
    let terminal = town.enrol(1).await;
    let (passphrase, file) = (place.path().join("passphrase"), disk.path().join("node.backup"));
    fs::write(&passphrase, "una frase lunga quanto basta\n").unwrap();
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
    let paths = [&file, &passphrase].map(|path| path.to_str().unwrap().to_owned());
    let back_up = || town.try_to_say(&["backup", &paths[0], "--passphrase-file", &paths[1]]);
    for left in [0, 4 << 10] {
        disk.fill(left);
        let refused = back_up().unwrap_err();
        assert!(refused.contains("node.backup") && refused.contains("No space left"), "{left}: {refused}");
        disk.empty();
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0, "something is left behind");
    }
    // The node goes on, and with room there is a backup.
    let cast = terminal.vote(day(20_260_410), Face::Green, 1);
    terminal.receipt(&terminal.send_one(terminal.sign(&cast)).await);
    assert!(back_up().unwrap().contains("read back and found whole"));
    process.end();
    town.check();
}
