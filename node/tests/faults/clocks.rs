//! Clocks: wrong by two hours, across midnight, across the end of a month and its close.

use std::collections::BTreeSet;

use faccina_node::clock::Clock;
use faccina_proto::terminals::Mode;
use serde_json::json;

use super::device::{Device, NOWHERE, day_of, ids, in_box, shift_to};
use crate::office::{day, month};
use crate::process::Town;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

fn here() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_two_hours_slow_is_told_and_costs_no_vote() {
    let (town, place) = (Town::found(), here());
    let process = town.start(20_260_410).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(20_260_410, 7 * HOUR_S));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    let status = device.until(|status| status["receipted"] == 1 && !status["clock_ahead_s"].is_null()).await;
    let ahead_s = status["clock_ahead_s"].as_i64().unwrap();
    assert!((-2 * HOUR_S - 60..=-2 * HOUR_S + 120).contains(&ahead_s), "{status}");
    let told = status["warnings"][0]["it"].as_str().unwrap();
    assert!(told.starts_with("L’orologio di questo terminale è indietro di"), "{told}");
    let listed = town.say(&["terminal", "list"]);
    assert!(listed.contains("    connected, "), "{listed}");
    drop(process);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_belongs_to_the_day_of_its_tap_across_midnight() {
    let (town, place) = (Town::found(), here());
    let process = town.start(20_260_410).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(20_260_410, DAY_S - 60));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    device.tap_until_kept(0).await;
    device.until(|status| status["receipted"] == 1).await;
    drop(process);
    device.kill();
    let shift_s = shift_to(20_260_410, DAY_S - 3);
    let clock = Clock::shifted(shift_s).unwrap();
    device.set_clock(shift_s);
    device.start(NOWHERE, &[]);
    let (mut touched, mut after) = (0, 0);
    while after < 3 {
        touched += 1;
        device.tap_until_kept(touched).await;
        after += u32::from(clock.today() == day(20_260_411));
    }
    // The half-day that midnight ended is over, and waits with the votes.
    let status = device.until(|status| status["unreported"] == 1).await;
    assert_eq!(status["queue"].as_u64().unwrap(), u64::from(touched));
    device.kill();
    let queue = device.queue();
    let days: BTreeSet<_> = queue.iter().map(day_of).collect();
    assert!(days.contains(&day(20_260_411)) && days.iter().all(|it| *it >= day(20_260_410)), "{days:?}");
    let process = town.start(20_260_411).await;
    device.start(town.address(), &[]);
    let status = device.until(|status| status["queue"] == 0 && status["unreported"] == 0).await;
    assert_eq!(status["refused"], json!({}));
    device.kill();
    drop(process);
    let counted = in_box(&town, month(202_604));
    println!("across midnight: offered {} = in the box {}", queue.len() + 1, counted.len());
    assert_eq!(counted.len(), queue.len() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_of_a_closed_month_count_late_in_the_next() {
    let (town, place) = (Town::found(), here());
    let process = town.start(20_260_430).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(20_260_430, 9 * HOUR_S));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    for number in 0..20 {
        device.tap_until_kept(number).await;
    }
    device.until(|status| status["receipted"] == 20).await;
    drop(process);
    device.kill();
    // The last day of April, the first of May, and one who forgot the clock in June.
    for (number, yyyymmdd) in [(20, 20_260_430), (30, 20_260_501), (40, 20_260_601)] {
        device.set_clock(shift_to(yyyymmdd, 12 * HOUR_S));
        device.start(NOWHERE, &[]);
        for number in number..number + 10 {
            device.tap_until_kept(number).await;
        }
        device.kill();
    }
    let offered = ids(&device.queue());
    let process = town.start(20_260_512).await;
    town.close(month(202_604), false).await.unwrap();
    device.set_clock(shift_to(20_260_512, 10 * HOUR_S));
    device.start(town.address(), &[]);
    // June has not begun: those wait.
    let status = device.until(|status| status["queue"] == 10).await;
    assert_eq!(status["refused"], json!({}));
    town.move_to(20_260_601).await;
    device.kill();
    device.set_clock(shift_to(20_260_601, 10 * HOUR_S));
    device.start(town.address(), &[]);
    device.until(|status| status["queue"] == 0).await;
    device.kill();
    let may = town.close(month(202_605), false).await.unwrap().summary.unwrap();
    assert_eq!((Town::published(&may), may.integrity.unwrap().late), (20, Some(10)));
    drop(process);
    let boxes = [202_604, 202_605, 202_606].map(|yyyymm| in_box(&town, month(yyyymm)));
    println!(
        "across the close: offered {} = April {} + May {} (10 late) + June {}",
        offered.len() + 20,
        boxes[0].len(),
        boxes[1].len(),
        boxes[2].len()
    );
    assert_eq!(boxes.each_ref().map(BTreeSet::len), [20, 20, 10]);
    assert!(offered.is_subset(&boxes[1].union(&boxes[2]).copied().collect()));
    town.check();
}
