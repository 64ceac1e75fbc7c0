//! Three days without the node, 20,000 votes, an agent that is killed again and again; then the node is back, and both are
//! killed while the votes go over.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use faccina_proto::terminals::Mode;
use rand::RngExt;
use serde_json::json;

use super::device::{Device, NOWHERE, cast_in, day_of, ids, in_box, shift_to};
use crate::office::{day, month};
use crate::process::Town;

/// Kills of the agent while the node is away.
const KILLS: u32 = 20;
/// Kills of the agent, and of the node, while the votes go over.
const KILLS_ON_THE_WAY: u32 = 3;
/// Votes in each of two files of another system.
const ROWS: usize = 9_500;
/// Of these, with a made-up invite: the node refuses them for good.
const MADE_UP: usize = 1;
const TAPS_PER_ROUND: u32 = 50;
/// Rounds in which a file is cast: late ones, as each later start reads the whole queue.
const FILES_IN_ROUNDS: [u32; 2] = [13, 17];

fn file(place: &std::path::Path, number: usize) -> PathBuf {
    let mut csv = "service,face,reason,invite\n".to_owned();
    for row in 0..ROWS - MADE_UP {
        let face = ["green,", "green,", "yellow,", "red,", "red,3"][(row + number) % 5];
        writeln!(csv, "anagrafe,{face},").unwrap();
    }
    for _ in 0..MADE_UP {
        writeln!(csv, "anagrafe,green,,{number:032x}").unwrap();
    }
    let path = place.join(format!("votes-{number}.csv"));
    std::fs::write(&path, csv).unwrap();
    path
}

/// Touches numbers of one round as fast as thanks come, until all are kept or the agent is gone.
async fn touch(device: &Device, waiting: &mut BTreeSet<u32>) {
    for number in waiting.clone() {
        match device.tap(number).await {
            Ok(_) => waiting.remove(&number),
            Err(_) => return,
        };
    }
}

/// Kills the agent after so many milliseconds.
async fn kill_after(process: &mut Option<crate::process::Process>, delay_ms: u64) {
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    drop(process.take());
}

/// Three days without the node, killed again and again while people vote and files are cast. How many kills came while
/// people voted.
async fn away(device: &mut Device, files: &[PathBuf; 2]) -> usize {
    let (mut waiting, mut cut_short) = (BTreeSet::new(), 0);
    for round in 0..KILLS {
        // From the 10th at 9:00 to the 13th at 9:00.
        let second = 9 * 3600 + i64::from(round) * 3 * 86_400 / i64::from(KILLS - 1);
        device.set_clock(shift_to(20_260_410, second));
        device.start(NOWHERE, &[]);
        waiting.extend((1..=TAPS_PER_ROUND).map(|tap| round * TAPS_PER_ROUND + tap));
        let file = FILES_IN_ROUNDS.iter().position(|it| *it == round);
        let casting = file.map(|file| device.casting(&files[file]));
        let delay_ms = rand::rng().random_range(0..if file.is_some() { 1_500 } else { 600 });
        let mut killed = device.process.take();
        tokio::join!(touch(device, &mut waiting), kill_after(&mut killed, delay_ms));
        if let Some(mut casting) = casting {
            casting.wait().unwrap();
        }
        cut_short += usize::from(!waiting.is_empty());
    }
    // What was not thanked for is touched again, and so are the last ones that were.
    device.start(NOWHERE, &[]);
    waiting.extend((KILLS - 1) * TAPS_PER_ROUND..=KILLS * TAPS_PER_ROUND);
    touch(device, &mut waiting).await;
    assert!(waiting.is_empty(), "{}", device.log());
    for file in files {
        let cast = device.cast(file);
        let known = String::from_utf8_lossy(&cast.stderr).contains("was cast already");
        assert!(cast.status.success() || known, "{cast:?}");
    }
    cut_short
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_days_away_and_twenty_kills_lose_no_vote_and_count_none_twice() {
    let town = Town::found();
    let process = town.start(20_260_410).await;
    town.prepare().await;
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let files = [file(place.path(), 1), file(place.path(), 2)];
    let mut device = Device::new(place.path().join("kiosk"), shift_to(20_260_410, 9 * 3600));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    device.until(|status| status["receipted"] == 1).await;
    drop(process);
    device.kill();

    let cut_short = away(&mut device, &files).await;
    let status = device.status().await;
    device.kill();
    let queue = device.queue();
    let (taps, rows) = (usize::try_from(KILLS * TAPS_PER_ROUND).unwrap(), 2 * ROWS);
    assert_eq!((queue.len(), status["queue"].as_u64()), (taps + rows, u64::try_from(taps + rows).ok()));
    let days: BTreeSet<_> = queue.iter().map(day_of).collect();
    assert_eq!(days, (10..=13).map(|of_april| day(20_260_400 + of_april)).collect());
    assert!(cut_short >= 3, "only {cut_short} kills came while people voted");

    let offered = ids(&queue);
    let made_up: BTreeSet<_> =
        queue.iter().filter(|it| cast_in(it).invite_hash.is_some()).map(|it| it.ballot).collect();
    let mut process = town.start(20_260_413).await;
    for round in 0..2 * KILLS_ON_THE_WAY {
        device.start(town.address(), &[]);
        let before = device.status().await["queue"].as_u64().unwrap();
        let some_went = device.until(|status| status["queue"].as_u64().unwrap() < before.max(1)).await;
        println!("kill {round} on the way: {} wait", some_went["queue"]);
        if round % 2 == 0 {
            device.kill();
        } else {
            drop(process);
            device.kill();
            process = town.start(20_260_413).await;
        }
    }
    device.start(town.address(), &[]);
    let status = device.until(|status| status["queue"] == 0).await;
    assert_eq!(status["refused"], json!({ "invite-unknown": 2 * MADE_UP }));
    device.kill();
    drop(process);

    let counted = in_box(&town, month(202_604));
    let refused = 2 * MADE_UP;
    println!(
        "offered {} = in the box {} + refused {refused} (invite-unknown) + still waiting {}; kills {}, of these {cut_short} \
         while people voted",
        offered.len() + 1,
        counted.len(),
        device.queue().len(),
        KILLS + 2 * KILLS_ON_THE_WAY,
    );
    assert_eq!(counted.len() + refused, offered.len() + 1, "the first vote was receipted before");
    assert_eq!(offered.difference(&counted).copied().collect::<BTreeSet<_>>(), made_up);
    assert!(device.queue().is_empty());
    town.check();
}
