//! Codes on paper from the desk to the ballot box, with a real node.

use super::{
    counter::{Counter, Road, status},
    links::keyboard,
};
use crate::browser::Browser;
use faccina_node::intake::InviteForms;
use faccina_proto::{tally::GroupKey, terminals::Mode};
use serde_json::json;

fn enter(browser: &mut Browser, code: &str) {
    browser.wait_for_screen("code");
    keyboard(browser, code);
    browser.key("Enter", 13, "\r");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_votes_once_and_a_made_up_one_is_refused_later_and_counted() {
    let mut counter = Counter::open().await;
    let road = Road::open(counter.office().address).await;
    counter.road = Some(road.address);
    let code = counter.code(&["anagrafe", "tributi"], Mode::Invite);
    let agent = counter.start(&["--code", &code]);
    let at = GroupKey { service: "tributi".parse().unwrap(), channel: "counter".parse().unwrap() };
    let (office, centro) = (counter.office(), "centro".parse().unwrap());
    let month = office.clock.today().month();
    let given = office.intake.give_at_desk(at, None, centro, month, InviteForms::default()).await.unwrap();
    let mut browser = Browser::launch();
    browser.open(agent.url());
    status(&mut browser, "s.connected");
    enter(&mut browser, &given.code.to_string());
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("document.querySelector('#about').innerText"), "tributi");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    status(&mut browser, "s.receipted === 1");
    enter(&mut browser, &given.code.to_string());
    browser.wait_for("document.querySelector('#code-alert strong').innerText === 'Codice già usato'");
    enter(&mut browser, "ZZZZZZZZZZ");
    browser.wait_for(
        "document.querySelector('#code-alert strong').innerText === 'Non conosciamo questo codice'",
    );
    // The node goes: a code that nobody can check is taken on trust, and the thanks say so.
    counter.close_office().await;
    status(&mut browser, "!s.connected");
    enter(&mut browser, "YYYYYYYYYY");
    browser.wait_for_screen("services");
    browser.tap("#service-list .choice:nth-child(1)");
    browser.wait_for_screen("faces");
    browser.tap(".face.yellow");
    browser.wait_for_screen("thanks");
    let detail = browser.evaluate("document.querySelector('#thanks-detail').innerText");
    assert!(detail.as_str().unwrap().starts_with("Il tuo voto conterà se il codice è valido"), "{detail}");
    counter.open_office().await;
    road.leads_to.send_replace(counter.office().address);
    let state = status(&mut browser, "s.queue === 0");
    assert_eq!((&state["receipted"], &state["refused"]), (&json!(1), &json!({ "invite-unknown": 1 })));
    agent.end();
}
