//! What a person does at the terminal, and what becomes of it.

use super::booth::{Counter, Kiosk, SERVICES};
use crate::browser::Browser;
use faccina_node::kiosk::{
    agent::{OPENING_ID_BYTES, OPENING_S, Opening},
    queue::BALLOTS_MAX,
    rows::ROWS_MAX,
};
use faccina_proto::{
    ballot::{Face, Reason},
    wire::terminal::v1::Mode,
};

#[test]
fn one_touch_on_a_face_is_one_vote_even_doubled_or_held() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    browser.tap(".face.green");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    browser.wait_for_screen("faces");
    browser.finger_down(".face.yellow");
    // A second of holding: long enough for the browser's own long-press.
    browser.evaluate("new Promise((done) => setTimeout(done, 1000))");
    browser.finger_up();
    browser.wait_for_screen("thanks");
    browser.wait_for_screen("faces");
    assert_eq!(kiosk.faces(), [Face::Green, Face::Yellow]);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn the_click_of_a_finger_is_an_echo_however_late_and_that_of_a_device_is_a_vote() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    // The click of the touch is held back.
    browser.evaluate(
        "addEventListener('click', (event) => { event.stopPropagation(); window.late = event.pointerId; },
           { capture: true, once: true }); 0",
    );
    browser.tap(".face.green");
    browser.wait_for("window.late > 0");
    browser.wait_for_screen("thanks");
    browser.wait_for_screen("faces");
    browser.wait_for("!('settling' in document.body.dataset)");
    // It arrives seconds later, on what is shown by then.
    browser.evaluate(
        "document.querySelector('.face.red').dispatchEvent(
           new PointerEvent('click', { bubbles: true, detail: 1, pointerId: window.late, pointerType: 'touch' })); 0",
    );
    assert_eq!(browser.evaluate("document.body.dataset.screen"), "faces");
    browser.evaluate("document.querySelector('.face.yellow').click(); 0");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.faces(), [Face::Green, Face::Yellow]);
}

/// Pointers and clicks on the keys of the keypad, as browsers and screen readers send them. `click` without a pointer is that of
/// an older browser.
const HANDS: &str = "(() => {
    const key = (character) => document.querySelector(`[data-key='${character}']`);
    const middle = (button) => { const { x, y, width, height } = button.getBoundingClientRect();
      return { clientX: x + width / 2, clientY: y + height / 2 }; };
    const sent = (button, kind, pointerId, more) => button.dispatchEvent(new PointerEvent(kind, {
      bubbles: true, pointerId, pointerType: 'touch', width: 20, height: 20, pressure: 0.5, ...middle(button), ...more }));
    window.pointer = (character, kind, id, more = {}) => sent(key(character), kind, id, more);
    window.click = (character, id) => key(character).dispatchEvent(id === undefined
      ? new MouseEvent('click', { bubbles: true, detail: 1 })
      : new PointerEvent('click', { bubbles: true, detail: 1, pointerId: id }));
  })()";

#[test]
fn each_touch_presses_once_and_so_does_the_click_of_a_screen_reader() {
    let kiosk = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("code");
    browser.evaluate(HANDS);
    browser.wait_for("!('settling' in document.body.dataset)");
    let mut typed = |hand: &str| {
        browser.evaluate(&format!("{{ {hand} }} 0"));
        let slots = "[...document.querySelectorAll('#slots .slot')].map((slot) => slot.innerText).join('')";
        browser.evaluate(slots).as_str().unwrap().to_owned()
    };
    let (down, up) = ("pointer('A', 'pointerdown', 7);", "pointer('A', 'pointerup', 7);");
    assert_eq!(typed(&format!("{down} {up} click('A', 7);")), "A", "a finger, and its echo");
    assert_eq!(typed(&format!("{down} {up} click('A');")), "AA", "the same where clicks name no pointer");
    assert_eq!(typed("click('B');"), "AAB", "no pointer was seen: a screen reader");
    assert_eq!(typed("click('C', 9);"), "AABC", "nor this one");
    let nowhere = "{ width: 0, height: 0, clientX: 0, clientY: 0 }";
    let reader =
        format!("pointer('D', 'pointerdown', 8, {nowhere}); pointer('D', 'pointerup', 8, {nowhere});");
    assert_eq!(typed(&format!("{reader} click('D', 8);")), "AABCD");
    assert_eq!(typed(&format!("{reader} click('E');")), "AABCDE");
    assert_eq!(typed(&format!("{down} pointer('A', 'pointercancel', 7); click('A', 7);")), "AABCDE");
    assert_eq!(typed(&format!("{down} pointer('F', 'pointerup', 7); click('F', 7);")), "AABCDE", "it slid");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_finger_that_slides_away_casts_nothing() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    browser.finger_down(".face.green");
    let away = serde_json::json!({ "type": "touchMove", "touchPoints": [{ "x": 640, "y": 120 }] });
    browser.command("Input.dispatchTouchEvent", away);
    browser.finger_up();
    browser.tap(".face.red");
    browser.wait_for_screen("reasons");
    browser.tap("#no-reason");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.faces(), [Face::Red(None)]);
}

#[test]
fn red_asks_for_one_reason_and_a_double_touch_does_not_choose_it() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    // The second half of a double touch lands on a reason in the very frame in which it appears, and must not choose it.
    let first = "#reason-list .choice:nth-child(1)";
    browser.evaluate(&format!(
        "new MutationObserver((_, watch) => {{
           if (document.body.dataset.screen !== 'reasons') return;
           watch.disconnect();
           document.querySelector('{first}').click();
           window.touchedTwice = true;
         }}).observe(document.body, {{ attributes: true }})"
    ));
    browser.tap(".face.red");
    browser.wait_for("window.touchedTwice === true");
    browser.wait_for_screen("reasons");
    browser.tap("#reason-list .choice:nth-child(4)");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.faces(), [Face::Red(Some(Reason::Fourth))]);
}

#[test]
fn who_leaves_after_red_has_voted_red_and_the_next_person_finds_the_page_as_new() {
    let kiosk = Kiosk::start(4, 2);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("services");
    browser.tap("#languages [lang=en]");
    browser.wait_for("document.documentElement.lang === 'en'");
    browser.tap("#service-list .choice:nth-child(2)");
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("document.querySelector('#about').innerText"), "Local taxes");
    browser.tap(".face.red");
    browser.wait_for_screen("reasons");
    browser.wait_for_screen("services");
    assert_eq!(browser.evaluate("document.documentElement.lang"), "it");
    browser.wait_for("document.querySelector('#services h1').innerText === 'Quale servizio hai usato?'");
    let mut held = kiosk.agent.held();
    kiosk.runtime.block_on(held.wait_for(|held| *held == 1)).unwrap();
    while kiosk.votes().is_empty() {
        kiosk.runtime.block_on(held.changed()).unwrap();
    }
    assert_eq!(kiosk.votes(), [("tributi".to_owned(), Face::Red(None))]);
}

#[test]
fn the_page_works_by_keyboard_and_says_its_names_to_screen_readers() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    let names = browser.command("Accessibility.getFullAXTree", serde_json::json!({}));
    let button = |node: &&serde_json::Value| node["role"]["value"] == "button";
    let named: Vec<&str> = names["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(button)
        .filter_map(|node| node["name"]["value"].as_str())
        .collect();
    let languages = ["Italiano", "Deutsch", "Français", "Slovenščina", "English"];
    assert_eq!(named, [&languages[..], &["Bene", "Così così", "Male", "Domande e privacy"]].concat());
    browser.key("Tab", 9, "");
    assert_eq!(browser.evaluate("document.activeElement.dataset.face"), "green");
    browser.key("Tab", 9, "");
    browser.key("Enter", 13, "\r");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.faces(), [Face::Yellow]);
}

#[test]
fn a_full_terminal_says_so() {
    let kiosk = Kiosk::start(1, 15);
    let file = format!("service,face\n{}", "anagrafe,green\n".repeat(ROWS_MAX)).into_bytes();
    for _ in 0..BALLOTS_MAX / ROWS_MAX {
        kiosk.runtime.block_on(kiosk.agent.cast_file(file.clone(), false, false)).unwrap();
    }
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("notice");
    browser.wait_for("document.querySelector('#notice h1').innerText === 'Il terminale è pieno'");
}

#[test]
fn a_vote_that_cannot_be_kept_is_not_thanked_for() {
    let mut kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    kiosk.stop_page();
    browser.wait_for("fetch('/status').then(() => false, () => true)");
    browser.tap(".face.green");
    browser.wait_for_screen("notice");
    browser.wait_for("document.querySelector('#notice h1').innerText === 'Il voto non è stato registrato'");
    assert_eq!(kiosk.faces(), []);
}

#[test]
fn an_attended_page_opens_for_one_person() {
    let kiosk = Kiosk::start_with(&SERVICES[..1], 15, Mode::Attended);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("notice");
    let _entered = kiosk.runtime.enter();
    let opening = Opening { id: [1; OPENING_ID_BYTES], service: None };
    assert!(kiosk.agent.open(opening, None, OPENING_S));
    browser.wait_for_screen("faces");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    browser.wait_for_screen("notice");
    assert_eq!(kiosk.faces(), [Face::Green]);
}

#[test]
fn nothing_moves_for_who_asks_for_less_motion() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    let moving = "document.getAnimations().length > 0";
    for (wish, moves) in [("no-preference", true), ("reduce", false)] {
        let media = serde_json::json!({ "features": [{ "name": "prefers-reduced-motion", "value": wish }] });
        browser.command("Emulation.setEmulatedMedia", media);
        browser.open(&kiosk.url);
        browser.wait_for("document.body?.dataset.screen === 'faces'");
        // Asked in the same frame in which the screen appears: an animation has not ended yet.
        let seen = browser.evaluate(&format!(
            "(() => {{ const it = document.querySelector('#faces'); it.hidden = true; it.getAnimations();
               it.hidden = false; it.offsetTop; return {moving}; }})()"
        ));
        assert_eq!(seen, moves, "{wish}");
    }
}

#[test]
fn an_opening_leads_to_the_faces_of_its_service_and_is_taken_back() {
    let kiosk = Counter { mode: Mode::Attended, messages: true, ..Counter::default() }.start();
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("idle");
    let waiting = "document.querySelector('#waiting').checkVisibility() && !document.querySelector('#wake').checkVisibility()";
    assert_eq!(browser.evaluate(waiting), true);
    let _entered = kiosk.runtime.enter();
    let opening = |id: u8| Opening { id: [id; OPENING_ID_BYTES], service: Some("tributi".parse().unwrap()) };
    kiosk.agent.open(opening(1), None, OPENING_S);
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("document.querySelector('#about').innerText"), "Tributi comunali");
    assert_eq!(browser.evaluate("document.querySelector('#back').checkVisibility()"), false);
    kiosk.agent.withdraw([1; OPENING_ID_BYTES]);
    browser.wait_for_screen("idle");
    kiosk.agent.open(opening(2), None, OPENING_S);
    browser.wait_for_screen("faces");
    browser.tap(".face.yellow");
    browser.wait_for_screen("thanks");
    browser.wait_for_screen("idle");
    assert_eq!(kiosk.votes(), [("tributi".to_owned(), Face::Yellow)]);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_page_left_open_for_one_service_takes_no_vote_meant_for_the_next() {
    let kiosk = Counter { mode: Mode::Attended, ..Counter::default() }.start();
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("notice");
    let _entered = kiosk.runtime.enter();
    let opening = |id: u8, service: &str| Opening {
        id: [id; OPENING_ID_BYTES],
        service: Some(service.parse().unwrap()),
    };
    kiosk.agent.open(opening(1, "tributi"), None, OPENING_S);
    browser.wait_for_screen("faces");
    browser.wait_for("!('settling' in document.body.dataset)");
    // The page cannot hear of the next opening yet.
    browser.evaluate(
        "(() => { const real = window.fetch; window.deaf = true;
           window.fetch = (path, ...rest) =>
             window.deaf && path === '/api/booth' ? Promise.reject(new TypeError('deaf')) : real(path, ...rest); })()",
    );
    kiosk.agent.open(opening(2, "anagrafe"), Some([1; OPENING_ID_BYTES]), OPENING_S);
    browser.tap(".face.red");
    browser.wait_for_screen("notice");
    assert_eq!(kiosk.faces(), []);
    browser.evaluate("window.deaf = false");
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("document.querySelector('#about').innerText"), "Anagrafe e stato civile");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.votes(), [("anagrafe".to_owned(), Face::Green)]);
}

#[test]
fn what_the_ente_says_shows_while_nobody_touches_and_a_touch_on_it_is_no_vote() {
    let kiosk = Counter { services: &SERVICES[..1], idle_s: 2, messages: true, ..Counter::default() }.start();
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    let middle = browser.evaluate("(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(document.querySelector('.face.green').getBoundingClientRect())");
    browser.wait_for_screen("idle");
    assert_eq!(browser.evaluate("document.querySelector('#said').innerText"), "Si aspetta troppo.");
    browser.command(
        "Input.dispatchTouchEvent",
        serde_json::json!({ "type": "touchStart", "touchPoints": [middle] }),
    );
    browser.finger_up();
    browser.wait_for_screen("faces");
    browser.wait_for_screen("idle");
    browser.tap("#languages [lang=sl]");
    browser.wait_for("document.querySelector('#said').innerText === 'Čaka se predolgo.'");
    browser.key("a", 65, "a");
    browser.wait_for_screen("faces");
    assert_eq!(kiosk.faces(), []);
}

#[test]
fn each_language_is_one_touch_away_and_the_next_person_begins_anew() {
    let kiosk = Kiosk::start(1, 15);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    let questions = [
        ("de", "Wie ist es gelaufen?"),
        ("fr", "Comment cela s’est-il passé ?"),
        ("sl", "Kako je bilo?"),
        ("en", "How did it go?"),
        ("it", "Com’è andata?"),
    ];
    for (language, question) in questions {
        browser.wait_for_screen("faces");
        browser.tap(&format!("#languages [lang={language}]"));
        browser.wait_for(&format!("document.querySelector('#faces-title').innerText === '{question}'"));
        assert_eq!(browser.evaluate("document.documentElement.lang"), language);
        browser.tap(".face.green");
        browser.wait_for_screen("thanks");
        browser.wait_for_screen("faces");
        assert_eq!(browser.evaluate("document.documentElement.lang"), "it");
    }
    assert_eq!(kiosk.faces(), [Face::Green; 5]);
}

#[test]
fn the_questions_hold_the_focus_and_close_by_themselves() {
    let kiosk = Kiosk::start(1, 2);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    browser.tap("#help-open");
    browser.wait_for("document.querySelector('#help').open");
    let inside = "document.activeElement === document.body || document.querySelector('#help').contains(document.activeElement)";
    for _ in 0..4 {
        browser.key("Tab", 9, "");
        assert_eq!(browser.evaluate(inside), true);
    }
    let contact = "document.querySelector('#controller').innerText + ', ' + document.querySelector('#contact').innerText";
    assert_eq!(browser.evaluate(contact), "Comune di Fontelarga (dimostrazione), privacy@fontelarga.example");
    browser.key("Escape", 27, "");
    browser.wait_for("!document.querySelector('#help').open");
    browser.tap("#help-open");
    browser.wait_for("document.querySelector('#help').open");
    browser.wait_for("!document.querySelector('#help').open");
    browser.wait_for_screen("faces");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.faces(), [Face::Green]);
}

#[test]
fn staff_sees_a_wrong_clock_and_citizens_are_not_alarmed() {
    let kiosk = Kiosk::start(1, 15);
    kiosk.agent.set_link(faccina_node::kiosk::status::Link::Up);
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("document.querySelectorAll('#signs .sign').length"), 0);
    let own = Counter { services: &SERVICES[..1], own_calendar: true, ..Counter::default() }.start();
    own.agent.hear_clock(1_776_240_000);
    browser.open(&own.url);
    browser.wait_for_screen("faces");
    assert_eq!(
        browser
            .evaluate("[...document.querySelectorAll('#signs .sign')].map((sign) => sign.innerText).join()"),
        "Per il personale: l’orologio di questo terminale è da controllare"
    );
}
