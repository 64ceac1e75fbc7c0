//! The whole counter: a press on the staff PC, the page of the terminal beside it, one vote, and the page is closed again.

use super::{
    pages::check,
    staff::{Program, Staff, command, tap, wait_for_outcome},
};
use crate::browser::Browser;
use faccina_node::intake::{Paired, Place};
use faccina_proto::terminals::Mode;

/// An attended terminal beside the staff PC.
fn terminal(staff: &Staff) -> Program {
    let place = Place {
        name: "Terminale dello sportello 3".to_owned(),
        channel: "counter".parse().unwrap(),
        branch: "centro".parse().unwrap(),
        services: ["anagrafe".parse().unwrap(), "tributi".parse().unwrap()].into(),
        mode: Mode::Attended,
        hours: Vec::new(),
    };
    let code = staff.office().intake.draw_code(Paired::Terminal(place)).unwrap().to_string();
    let node = format!("https://{}", staff.office().address);
    let mut kiosk = command("kiosk", &staff.dir("kiosk"));
    kiosk.args(["--calendar", "node", "--listen", "127.0.0.1:0", "--node", &node, "--code", &code]);
    Program::of(&mut kiosk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_lets_the_person_just_served_vote_once() {
    let staff = Staff::open().await;
    let kiosk = terminal(&staff);
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
    at_terminal.evaluate(
        "(async () => { for (;;) { const s = await (await fetch('/status')).json(); if (s.receipted === 1) return;
           await new Promise(requestAnimationFrame); } })()",
    );
    // What staff see does not tell whether the person has voted.
    check(&mut at_desk, "desk-after-the-vote");
    assert_eq!(
        at_desk.evaluate("document.querySelector('#outcome-title').innerText"),
        "Il terminale è aperto"
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
