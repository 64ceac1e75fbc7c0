//! Full disks: what was thanked for is there when there is room again, and counts once.

use std::collections::BTreeSet;

use faccina_proto::terminals::Mode;

use super::device::{Device, NOWHERE, ids, in_box, shift_to};
use super::small_disk::SmallDisk;
use crate::office::month;
use crate::process::Town;

const DAY: u32 = 20_260_410;
/// Room of the agent's file system, and of the node's.
const MEBIBYTES: usize = 64;
/// What is left when it is filled: not enough for the votes that come.
const LEFT_BYTES: usize = 256 << 10;
/// More votes than fit what is left.
const TAPS_MAX: u32 = 4_000;

fn here() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_agent_loses_no_vote_that_was_thanked_for() {
    let (town, disk) = (Town::found(), SmallDisk::new(MEBIBYTES));
    let process = town.start(DAY).await;
    town.prepare().await;
    let mut device = Device::new(disk.path().join("kiosk"), shift_to(DAY, 9 * 3600));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    device.until(|status| status["receipted"] == 1).await;
    device.kill();
    drop(process);
    device.start(NOWHERE, &[]);
    disk.fill(LEFT_BYTES);
    let mut thanked = 0;
    while thanked < TAPS_MAX && device.tap(thanked + 1).await.is_ok() {
        thanked += 1;
    }
    assert!((1..TAPS_MAX).contains(&thanked), "{thanked} votes were kept on a full disk");
    device.kill();
    disk.empty();
    device.start(NOWHERE, &[]);
    // The one that was not thanked for is touched again, and so is the last that was.
    for number in thanked..=thanked + 1 {
        device.tap_until_kept(number).await;
    }
    device.kill();
    let offered = ids(&device.queue());
    assert_eq!(offered.len(), usize::try_from(thanked).unwrap() + 1);
    let process = town.start(DAY).await;
    device.start(town.address(), &[]);
    device.until(|status| status["queue"] == 0).await;
    device.kill();
    drop(process);
    let counted = in_box(&town, month(202_604));
    println!(
        "agent's disk full after {thanked} votes: offered {} = in the box {}",
        offered.len() + 1,
        counted.len()
    );
    assert_eq!(offered.difference(&counted).count(), 0);
    assert_eq!(counted.len(), offered.len() + 1);
    town.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_node_leaves_the_votes_on_the_terminal() {
    let (place, disk) = (here(), SmallDisk::new(MEBIBYTES));
    let town = Town::found_in(disk.path());
    let process = town.start(DAY).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(DAY, 9 * 3600));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    device.until(|status| status["receipted"] == 1).await;
    disk.fill(LEFT_BYTES);
    // Until the node takes no more, votes go over; from then on they wait.
    let mut number = 0;
    loop {
        number += 1;
        device.tap_until_kept(number).await;
        if device.status().await["connected"] == false {
            break;
        }
        assert!(number < TAPS_MAX, "a node with a full disk still takes votes");
    }
    let waiting = device.status().await["queue"].as_u64().unwrap();
    assert!(waiting > 0);
    device.kill();
    drop(process);
    let held: BTreeSet<_> = ids(&device.queue());
    disk.empty();
    let process = town.start(DAY).await;
    device.start(town.address(), &[]);
    device.until(|status| status["queue"] == 0).await;
    device.kill();
    drop(process);
    let counted = in_box(&town, month(202_604));
    println!("node's disk full: offered {} = in the box {}, {waiting} waited", number + 1, counted.len());
    assert_eq!(held.difference(&counted).count(), 0);
    assert_eq!(counted.len(), usize::try_from(number).unwrap() + 1);
    town.check();
}
