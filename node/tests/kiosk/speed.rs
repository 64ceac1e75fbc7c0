//! What the page costs: the time from a touch to the thank-you, its weight, the agent's memory. Times are printed for people
//! to read; a speed is never asserted by a test.

use super::{
    booth::{Counter, Kiosk, SERVICES},
    counter::Counter as Place,
};
use crate::browser::Browser;
use faccina_proto::{terminals::Mode as Way, wire::terminal::v1::Mode};
use serde_json::{Value, json};

/// All that a terminal ever loads, in bytes: letters, drawings, script, and what it shows in five languages.
const PAGE_BYTES_MAX: u64 = 150 << 10;
/// Resident memory of an agent that waits, in KiB, as released.
const IDLE_KIB_MAX: u64 = 30 << 10;
/// Touches measured.
const TOUCHES: usize = 200;

/// Touches a face 200 times, each time as soon as the page takes it, and measures from the finger's lifting to the frame
/// that shows the thank-you.
fn measure(browser: &mut Browser, url: &str) -> (f64, f64) {
    browser.open(url);
    browser.wait_for_screen("faces");
    browser.evaluate(
        "window.times = [];
         document.addEventListener('pointerup', (event) => { window.lifted = event.timeStamp; }, true);
         new MutationObserver(() => {
           if (document.body.dataset.screen !== 'thanks' || window.lifted === null) return;
           const from = window.lifted;
           window.lifted = null;
           requestAnimationFrame(() => setTimeout(() => window.times.push(performance.now() - from)));
         }).observe(document.body, { attributes: true, attributeFilter: ['data-screen'] }); 0",
    );
    // The time for reading the thanks passes at once.
    browser.evaluate("(() => { const later = window.setTimeout; window.setTimeout = (act, ms) => later(act, ms === 5000 ? 30 : ms === 400 ? 20 : ms); })()");
    for touch in 1..=TOUCHES {
        browser.wait_for_screen("faces");
        browser.tap(".face.green");
        browser.wait_for(&format!("window.times.length === {touch}"));
    }
    let times = browser.evaluate("window.times.sort((a, b) => a - b)");
    let at = |place: usize| times[place].as_f64().unwrap();
    (at(TOUCHES / 2), at(TOUCHES * 95 / 100))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_touch_is_thanked_for_when_the_vote_is_on_the_disk_with_the_node_up_and_down() {
    let mut place = Place::open().await;
    let code = place.code(&["anagrafe"], Way::Open);
    let agent = place.start(&["--code", &code]);
    let mut browser = Browser::launch();
    for node in ["up", "down"] {
        if node == "down" {
            place.close_office().await;
        }
        let (p50, p95) = measure(&mut browser, agent.url());
        println!("touch to thank-you, node {node}: p50 {p50:.1} ms, p95 {p95:.1} ms over {TOUCHES} touches");
    }
    let state = super::counter::status(&mut browser, "true");
    assert_eq!(
        state["queue"].as_u64().unwrap() + state["receipted"].as_u64().unwrap(),
        u64::try_from(2 * TOUCHES).unwrap()
    );
    println!("resident memory of the agent after {} votes: {} KiB", 2 * TOUCHES, agent.resident_kib());
    agent.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_agent_needs_little_memory() {
    let place = Place::open().await;
    let code = place.code(&["anagrafe", "tributi"], Way::Open);
    let agent = place.start(&["--code", &code]);
    let mut browser = Browser::launch();
    browser.open(agent.url());
    browser.wait_for_screen("services");
    super::counter::status(&mut browser, "s.connected");
    let resident = agent.resident_kib();
    println!("resident memory of an idle agent: {resident} KiB");
    // Only the released program is held to it: this one carries its debugging.
    if super::counter::released().is_some() {
        assert!(resident <= IDLE_KIB_MAX, "{resident} KiB, at most {IDLE_KIB_MAX}");
    }
    agent.end();
}

#[test]
fn the_page_is_light() {
    let kiosk: Kiosk =
        Counter { services: &SERVICES, mode: Mode::Attended, messages: true, ..Counter::default() }.start();
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("idle");
    browser.tap("#languages [lang=sl]");
    browser.wait_for("document.fonts.status === 'loaded' && document.documentElement.lang === 'sl'");
    let asked: Value = browser.evaluate(
        "(async () => { const paths = [...new Set([location.pathname,
            ...performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname), '/mark.svg'])];
          const sizes = await Promise.all(paths.map(async (path) => (await (await fetch(path)).arrayBuffer()).byteLength));
          return paths.map((path, at) => [path, sizes[at]]); })()",
    );
    let bytes: u64 = asked.as_array().unwrap().iter().map(|file| file[1].as_u64().unwrap()).sum();
    println!("the page weighs {bytes} bytes: {asked}");
    assert!(asked.as_array().unwrap().iter().any(|file| file[0] == json!("/titillium-web-ext-600.woff2")));
    assert!(bytes <= PAGE_BYTES_MAX, "{bytes} bytes");
}
