//! The staff page in a real Chromium, with mouse-like touches and keys.
//!
//! `FACCINA_SCREENS=DIR cargo test -p faccina-node --test main desk::pages` writes the pictures too.

use super::staff::{Staff, api, tap, text, wait_for_outcome};
use crate::{axe, browser::Browser, office::INVITE_PAGE};
use faccina_proto::{terminals::Mode, wire::terminal::v1::notice::Notice};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Smallest side of a target, in CSS pixels (WCAG 2.2, 2.5.5).
const FAULTS: &str = r##"(() => {
  const faults = [];
  const { clientWidth: width, scrollWidth } = document.documentElement;
  if (scrollWidth > width) faults.push(`page ${scrollWidth} wide`);
  const seen = (element) => element.checkVisibility();
  for (const button of [...document.querySelectorAll("button, summary, a, input")].filter(seen)) {
    const { height: h } = button.getBoundingClientRect();
    if (h < 44) faults.push(`${button.innerText || button.id} has height ${h}`);
    if (button.scrollWidth > button.clientWidth + 1) faults.push(`${button.innerText} is cut`);
  }
  return faults;
})()"##;

/// The acts that the page has sent, once they are so many and the buttons rest no more.
fn acts(browser: &mut Browser, sent: usize) -> Value {
    let acts = "performance.getEntriesByType('resource').filter((it) => it.name.includes('/api/conclude')).map((it) => it.name.split('act=')[1])";
    browser.wait_for(&format!("{acts}.length === {sent}"));
    wait_for_outcome(browser, "trouble-away");
    browser.evaluate(acts)
}

/// Measures the screen shown, lets axe-core judge it, and keeps its picture.
pub(super) fn check(browser: &mut Browser, name: &str) {
    for (form, width, height) in [("portrait", 800, 1280), ("landscape", 1280, 800)] {
        browser.resize(width, height);
        browser.wait_for("document.fonts.status === 'loaded' && document.getAnimations().length === 0");
        assert_eq!(browser.evaluate(FAULTS), json!([]), "{name} {form}");
        axe::load(browser);
        assert_eq!(axe::violations(browser), json!([]), "{name} {form}");
        if let Some(dir) = std::env::var_os("FACCINA_SCREENS") {
            browser.screenshot_whole(&PathBuf::from(dir).join(format!("{name}-{form}.png")));
        }
    }
}

fn open(browser: &mut Browser, url: &str) {
    browser.open(url);
    browser.wait_for_screen("desk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_opens_the_terminal_and_is_undone_within_seconds() {
    let staff = Staff::open().await;
    let terminal = staff.office().terminal(1, "counter", Mode::Attended).await;
    let desk = staff.desk(&["anagrafe"], Some(terminal.id));
    let mut browser = Browser::launch();
    open(&mut browser, &desk.url);
    assert_eq!(text(&mut browser, "#terminal"), "Terminale non collegato");
    tap(&mut browser, ".service");
    wait_for_outcome(&mut browser, "unreachable");
    check(&mut browser, "desk-unreachable");
    let mut notices = staff.office().intake.notices().listen(terminal.id);
    browser.wait_for("!document.querySelector('#terminal').classList.contains('bad')");
    browser.key("Enter", 13, "\r");
    wait_for_outcome(&mut browser, "opened");
    let Some(Notice::Opening(opening)) = notices.recv().await.unwrap().notice else { panic!("no opening") };
    assert_eq!((opening.for_s, opening.service.as_str()), (60, "anagrafe"));
    assert!(text(&mut browser, "#undo").starts_with("Annulla ("));
    browser.key("Escape", 27, "");
    wait_for_outcome(&mut browser, "undone");
    let Some(Notice::Withdrawal(back)) = notices.recv().await.unwrap().notice else {
        panic!("no withdrawal")
    };
    assert_eq!(back.id, opening.id);
    assert_eq!(api(&mut browser, "/api/counter")["served"]["rows"][0]["counted"], 1);
    browser.key(" ", 32, " ");
    wait_for_outcome(&mut browser, "opened");
    check(&mut browser, "desk-opened");
    browser.wait_for("document.querySelector('#undo').hidden");
    assert!(
        text(&mut browser, "#outcome-detail").contains("secondi"),
        "it stays open when it can no longer be undone"
    );
    // Two fast presses are one: the second half of a double click.
    browser
        .evaluate("document.querySelector('.service').click(); document.querySelector('.service').click()");
    browser.wait_for("!document.querySelector('#undo').hidden");
    wait_for_outcome(&mut browser, "opened");
    assert_eq!(api(&mut browser, "/api/counter")["served"]["rows"][0]["counted"], 3);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // A key held down presses once, also on the button that has the focus.
    browser.wait_for("!document.querySelector('.service.pressed')");
    browser.evaluate("document.querySelector('.service').focus()");
    browser.key_down("Enter", 13, "\r", false);
    wait_for_outcome(&mut browser, "opened");
    browser.key_down("Enter", 13, "\r", true);
    assert_eq!(browser.evaluate("document.querySelectorAll('.service.pressed').length"), 0);
    assert_eq!(api(&mut browser, "/api/counter")["served"]["rows"][0]["counted"], 4);
    desk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invite_shows_its_code_and_its_link_as_a_picture() {
    let staff = Staff::open().await;
    let desk = staff.desk(&["anagrafe", "tributi"], None);
    let mut browser = Browser::launch();
    open(&mut browser, &desk.url);
    check(&mut browser, "desk-services");
    browser.key("2", 50, "2");
    wait_for_outcome(&mut browser, "invited");
    let code = text(&mut browser, "#code");
    assert_eq!((code.len(), code.matches('-').count()), (12, 2), "{code}");
    let link = browser.evaluate("document.querySelector('#qr').getAttribute('aria-label')");
    assert!(link.as_str().unwrap().starts_with(&format!("{INVITE_PAGE}#")), "{link}");
    assert!(browser.evaluate("document.querySelector('#qr path').getBBox().width").as_f64().unwrap() > 20.0);
    assert!(text(&mut browser, "#until").contains("31 maggio 2026"));
    check(&mut browser, "desk-invite");
    tap(&mut browser, "#language");
    assert!(text(&mut browser, "#until").contains("31 May 2026"));
    check(&mut browser, "desk-invite-english");
    tap(&mut browser, "#language");
    tap(&mut browser, "#done");
    browser.wait_for("document.querySelector('#outcome').hidden");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    desk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_to_an_undo_and_a_reload_leave_the_next_persons_invite() {
    let staff = Staff::open().await;
    let desk = staff.desk(&["anagrafe", "tributi"], None);
    let mut browser = Browser::launch();
    open(&mut browser, &desk.url);
    browser.evaluate(
        "window.fetch = ((fetch) => async (path, options) => { const answer = await fetch(path, options); \
         if (path.startsWith('/api/undo')) await new Promise((go) => { window.letUndoAnswer = go; }); \
         return answer; })(window.fetch)",
    );
    browser.key("1", 49, "1");
    wait_for_outcome(&mut browser, "invited");
    tap(&mut browser, "#undo");
    browser.wait_for("Boolean(window.letUndoAnswer)");
    browser.key("2", 50, "2");
    wait_for_outcome(&mut browser, "invited");
    let code = text(&mut browser, "#code");
    browser.evaluate("window.letUndoAnswer()");
    browser.evaluate("fetch('/api/counter').then(() => null)");
    assert_eq!(text(&mut browser, "#code"), code, "the next person's invite is still shown");
    open(&mut browser, &desk.url);
    assert_eq!(text(&mut browser, "#code"), code);
    tap(&mut browser, "#done");
    open(&mut browser, &desk.url);
    assert_eq!(browser.evaluate("document.querySelector('#outcome').hidden"), true);
    desk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_corrected_by_hand_day_by_day() {
    let staff = Staff::open().await;
    let desk = staff.desk(&["anagrafe", "tributi"], None);
    let mut browser = Browser::launch();
    open(&mut browser, &desk.url);
    tap(&mut browser, "#missing-days button:first-child");
    browser.wait_for("document.querySelector('#day').value === '2026-04-01'");
    browser.evaluate(
        "(() => { const field = document.querySelector('#rows input'); field.focus(); field.value = '37'; field.blur(); })()",
    );
    browser.evaluate("document.querySelector('#rows input').dispatchEvent(new Event('change'))");
    browser.wait_for("document.querySelector('#rows td.replaced')");
    let day = api(&mut browser, "/api/served?day=2026-04-01");
    assert_eq!(day["rows"][0], json!({ "service": "anagrafe", "counted": 0, "entered": 37 }));
    assert_eq!(day["missing"][0], "2026-04-01", "the other service has none yet");
    tap(&mut browser, "#closed");
    browser.wait_for("document.querySelectorAll('#rows td.replaced').length === 2");
    browser.wait_for("document.querySelector('#missing-days button').textContent === '2'");
    browser.evaluate(
        "(() => { const field = document.querySelector('#rows input'); field.value = 'molti'; field.dispatchEvent(new Event('change')); })()",
    );
    browser.wait_for("document.querySelector('#served-trouble').innerText.includes('numero intero')");
    check(&mut browser, "desk-numbers");
    desk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_node_away_a_press_is_refused_and_tried_again_it_counts_once() {
    let mut staff = Staff::open().await;
    let desk = staff.desk(&["anagrafe"], None);
    let mut browser = Browser::launch();
    open(&mut browser, &desk.url);
    let address = staff.office().address;
    tap(&mut browser, ".service");
    browser.wait_for("!document.querySelector('#undo').hidden");
    staff.office.take().unwrap().close().await;
    tap(&mut browser, "#undo");
    wait_for_outcome(&mut browser, "undo-away");
    assert_eq!(browser.evaluate("document.querySelector('#retry').checkVisibility()"), true);
    check(&mut browser, "desk-undo-away");
    tap(&mut browser, ".service");
    wait_for_outcome(&mut browser, "trouble-away");
    tap(&mut browser, "#retry");
    let again = acts(&mut browser, 3);
    assert_eq!(again[1], again[2], "the button that tries again sends the same act");
    tap(&mut browser, ".service");
    let next = acts(&mut browser, 4);
    assert_ne!(next[2], next[3], "any other press is for the next person");
    check(&mut browser, "desk-away");
    staff.open_office().await;
    assert_ne!(staff.office().address, address, "the node has moved");
    desk.end();
    let mut moved = super::staff::command("desk", &staff.dir("desk"));
    let node = format!("https://{}", staff.office().address);
    moved.args(["--ends-with-input", "--listen", "127.0.0.1:0", "--node", &node]);
    let desk = super::staff::Program::of(&mut moved);
    open(&mut browser, &desk.url);
    let act = "ab".repeat(16);
    for _ in 0..2 {
        let pressed = staff.conclude(&["--service", "anagrafe", "--act", &act]);
        assert!(
            pressed.status.success() && String::from_utf8_lossy(&pressed.stdout).contains(INVITE_PAGE),
            "{pressed:?}"
        );
    }
    assert_eq!(api(&mut browser, "/api/counter")["served"]["rows"][0]["counted"], 2);
    let wrong = staff.conclude(&["--service", "tributi"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("no active service of this desk"), "{wrong:?}");
    // What other pages may send unasked is refused.
    let unasked = browser
        .evaluate("fetch('/api/conclude?service=anagrafe', { method: 'POST' }).then((it) => it.status)");
    assert_eq!(unasked, 403);
    desk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_poster_is_one_page_of_paper() {
    let staff = Staff::open().await;
    let desk = staff.desk(&["anagrafe"], None);
    let mut browser = Browser::launch();
    browser.open(&format!("{}poster?url=https://www.comune.example.it/ascolto", desk.url));
    browser.wait_for("document.querySelector('.qr path') && document.fonts.status === 'loaded'");
    assert_eq!(text(&mut browser, ".ente"), "Comune di Prova");
    browser.resize(800, 1130);
    if let Some(dir) = std::env::var_os("FACCINA_SCREENS") {
        browser.screenshot_whole(&PathBuf::from(dir).join("poster.png"));
    }
    let paper =
        browser.command("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true }));
    let pages = crate::browser::base64(paper["data"].as_str().unwrap());
    let marks = pages.windows(11).filter(|bytes| *bytes == b"/Type /Page").count();
    let tree = pages.windows(12).filter(|bytes| *bytes == b"/Type /Pages").count();
    assert_eq!(marks - tree, 1, "one A4 page");
    axe::load(&mut browser);
    assert_eq!(axe::violations(&mut browser), json!([]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    desk.end();
}
