//! The whole counter: a press on the staff PC, the page of the terminal beside it, one vote, and the page is closed again.

use super::{
    pages::check,
    staff::{Program, Staff, command, tap, text, wait_for_outcome},
};
use crate::browser::Browser;
use faccina_node::intake::{Paired, Place};
use faccina_proto::terminals::Mode;

/// A terminal of the branch of the staff PC.
fn terminal(staff: &Staff, channel: &str, mode: Mode) -> Program {
    let place = Place {
        name: format!("Terminale {channel}"),
        channel: channel.parse().unwrap(),
        branch: "centro".parse().unwrap(),
        services: ["anagrafe".parse().unwrap(), "tributi".parse().unwrap()].into(),
        mode,
        hours: Vec::new(),
    };
    let code = staff.office().intake.draw_code(Paired::Terminal(place)).unwrap().to_string();
    let node = format!("https://{}", staff.office().address);
    let mut kiosk = command("kiosk", &staff.dir(channel));
    kiosk.args(["--calendar", "node", "--listen", "127.0.0.1:0", "--node", &node, "--code", &code]);
    Program::of(&mut kiosk)
}

/// Waits until the agent's ballots have all been receipted.
fn wait_for_receipts(browser: &mut Browser, ballots: u32) {
    browser.evaluate(&format!(
        "(async () => {{ for (;;) {{ const s = await (await fetch('/status')).json(); if (s.receipted === {ballots}) return;
           await new Promise(requestAnimationFrame); }} }})()"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_lets_the_person_just_served_vote_once() {
    let staff = Staff::open().await;
    let kiosk = terminal(&staff, "counter", Mode::Attended);
    let (id, _) =
        staff.office().intake.terminals().iter().next().map(|(id, it)| (*id, it.name.clone())).unwrap();
    let desk = staff.desk(&["anagrafe", "tributi"], Some(id));
    let (mut at_desk, mut at_terminal) = (Browser::launch(), Browser::launch());
    at_terminal.open(&kiosk.url);
    at_terminal.wait_for_screen("notice");
    at_desk.open(&desk.url);
    at_desk.wait_for_screen("desk");
    at_desk.wait_for("!document.querySelector('#terminal').classList.contains('bad')");
    at_desk.key("2", 50, "2");
    wait_for_outcome(&mut at_desk, "opened");
    at_terminal.wait_for_screen("faces");
    at_terminal.tap(".face.green");
    at_terminal.wait_for_screen("thanks");
    at_terminal.wait_for_screen("notice");
    wait_for_receipts(&mut at_terminal, 1);
    // What staff see does not tell whether the person has voted.
    check(&mut at_desk, "desk-after-the-vote");
    assert_eq!(
        at_desk.evaluate("document.querySelector('#outcome-title').innerText"),
        "Il terminale si apre"
    );
    tap(&mut at_desk, "[data-service=anagrafe]");
    at_desk.wait_for("!document.querySelector('#undo').hidden");
    at_terminal.wait_for_screen("faces");
    tap(&mut at_desk, "#undo");
    wait_for_outcome(&mut at_desk, "undone");
    at_terminal.wait_for_screen("notice");
    desk.end();
    kiosk.end();
}

/// Takes the fragment of a link or types a code at a page of this device, and gives the screen that follows.
fn vote_with(browser: &mut Browser, page: &str, link: Option<&str>, code: &str) {
    match link {
        Some(link) => {
            browser.open("about:blank");
            browser.open(&format!("{page}#{}", link.split_once('#').unwrap().1));
        }
        None => {
            browser.open(page);
            browser.wait_for_screen("code");
            for key in code.chars() {
                browser.key(&key.to_string(), 0, &key.to_string());
            }
            browser.key("Enter", 13, "\r");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_typed_at_the_counter_spends_the_link_and_a_link_the_code() {
    let staff = Staff::open().await;
    let (counter, web) = (terminal(&staff, "counter", Mode::Invite), terminal(&staff, "web", Mode::Invite));
    let desk = staff.desk(&["anagrafe"], None);
    let (mut at_desk, mut citizen) = (Browser::launch(), Browser::launch());
    at_desk.open(&desk.url);
    at_desk.wait_for_screen("desk");
    for code_first in [true, false] {
        at_desk
            .evaluate("document.querySelector('#outcome').hidden || document.querySelector('#done').click()");
        tap(&mut at_desk, ".service");
        wait_for_outcome(&mut at_desk, "invited");
        let code = text(&mut at_desk, "#code");
        let link = at_desk.evaluate("document.querySelector('#qr').getAttribute('aria-label')");
        let link = link.as_str().unwrap();
        let ways = [(counter.url.as_str(), None), (web.url.as_str(), Some(link))];
        let [first, second] = if code_first { ways } else { [ways[1], ways[0]] };
        vote_with(&mut citizen, first.0, first.1, &code);
        citizen.wait_for_screen("faces");
        citizen.tap(".face.yellow");
        citizen.wait_for_screen("thanks");
        wait_for_receipts(&mut citizen, 1);
        vote_with(&mut citizen, second.0, second.1, &code);
        citizen.wait_for("document.body?.innerText.includes('già')");
        assert_ne!(citizen.evaluate("document.body.dataset.screen"), "faces");
    }
    for program in [desk, counter, web] {
        program.end();
    }
}
