//! Votes that need an invite: the code on paper, the link, and the call of a telephone system.

use super::booth::{Counter, Kiosk, SERVICES};
use crate::browser::Browser;
use faccina_node::kiosk::{agent::InviteRefusal, status::Link};
use faccina_proto::{
    ballot::{Face, Reason},
    invites::{InviteHash, PaperInvite},
    names::Code,
    wire::terminal::v1::Mode,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What a node answers, and what is said of a code and of a link.
pub(super) const NODE_SAYS: [(&str, &str, &str); 4] = [
    ("invite-spent", "Codice già usato", "Invito già usato"),
    ("invite-unknown", "Non conosciamo questo codice", "Il collegamento non è valido"),
    ("invite-expired", "Codice scaduto", "Invito scaduto"),
    ("invite-for-another", "Il codice è per un altro posto", "L’invito non è per questa pagina"),
];

/// A node that is there.
pub(super) struct Node(JoinHandle<()>);

impl Node {
    /// It answers no more, so that another may.
    fn end(mut self, kiosk: &Kiosk) {
        self.0.abort();
        let _cancelled = kiosk.runtime.block_on(&mut self.0);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn answer_with(
    kiosk: &Kiosk,
    word: impl Fn(InviteHash) -> Result<Code, InviteRefusal> + Send + 'static,
) -> Node {
    kiosk.agent.set_link(Link::Up);
    let agent = Arc::clone(&kiosk.agent);
    let answering = kiosk.runtime.spawn(async move {
        let mut questions = agent.questions().await;
        while let Some(question) = questions.recv().await {
            let word = word(question.invite);
            question.answer(word);
        }
    });
    Node(answering)
}

/// Every invite is refused like this.
pub(super) fn answer_always(kiosk: &Kiosk, says: &'static (&str, &str, &str)) -> Node {
    answer_with(kiosk, |_| Err(InviteRefusal::Refused(says.0.to_owned())))
}

/// Every invite is good for the library.
pub(super) fn answer_good(kiosk: &Kiosk) -> Node {
    answer_with(kiosk, good_for("biblioteca"))
}

fn good_for(service: &'static str) -> impl Fn(InviteHash) -> Result<Code, InviteRefusal> {
    move |_| Ok(service.parse().unwrap())
}

/// Touches the keys of the keypad.
pub(super) fn type_code(browser: &mut Browser, text: &str) {
    for key in text.chars() {
        browser.tap(&format!("#keypad [data-key=\"{key}\"]"));
    }
}

fn typed(browser: &mut Browser) -> Value {
    browser.evaluate("[...document.querySelectorAll('#slots .slot')].map((slot) => slot.innerText).join('')")
}

pub(super) fn keyboard(browser: &mut Browser, text: &str) {
    for key in text.chars() {
        let key = key.to_string();
        browser.key(&key, 0, &key);
    }
}

#[test]
fn a_code_is_typed_by_touch_and_leads_to_the_faces_of_its_service() {
    let kiosk = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    let _node = answer_with(&kiosk, good_for("tributi"));
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("code");
    type_code(&mut browser, "ABCDX");
    browser.tap("#code-delete");
    type_code(&mut browser, "EFGH01");
    assert_eq!(typed(&mut browser), "ABCDEFGH01");
    browser.tap("#code-done");
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("document.querySelector('#about').innerText"), "Tributi comunali");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    assert_eq!(
        browser.evaluate("document.querySelector('#thanks-detail').innerText"),
        "Il tuo voto aiuta a migliorare il servizio."
    );
    browser.wait_for_screen("code");
    assert_eq!(typed(&mut browser), "");
    assert_eq!(kiosk.votes(), [("tributi".to_owned(), Face::Green)]);
    let hash = PaperInvite::parse("ABCD-EFG-H01").unwrap().hash();
    assert_eq!(kiosk.invites(), [Some(*hash.as_bytes())]);
    // The same slip again, by a scanner that is a keyboard, with letters that look like digits.
    keyboard(&mut browser, "abcd-efg-hoi");
    browser.key("Enter", 13, "\r");
    browser.wait_for("document.querySelector('#code-alert strong').innerText === 'Codice già usato'");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn each_refusal_of_a_code_has_its_own_words() {
    let mut browser = Browser::launch();
    for says in &NODE_SAYS {
        let kiosk = Counter { mode: Mode::Invite, ..Counter::default() }.start();
        let _node = answer_always(&kiosk, says);
        browser.open(&kiosk.url);
        browser.wait_for_screen("code");
        keyboard(&mut browser, "ABCDEFGHJK");
        browser.key("Enter", 13, "\r");
        browser.wait_for(&format!("document.querySelector('#code-alert strong').innerText === '{}'", says.1));
        assert_eq!(typed(&mut browser), "");
        assert_eq!(kiosk.faces(), []);
    }
    // Half a code is not asked about.
    let kiosk = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    browser.open(&kiosk.url);
    browser.wait_for_screen("code");
    keyboard(&mut browser, "ABC");
    browser.key("Enter", 13, "\r");
    browser.wait_for("document.querySelector('#code-alert strong').innerText === 'Il codice non è completo'");
    // Eleven in at most two minutes are more than five a minute.
    let _node = answer_always(&kiosk, &NODE_SAYS[1]);
    let many = "(async () => { const seen = [];
        for (let n = 0; n < 11; n += 1) {
          const body = JSON.stringify({ invite: `ABCDEFGH${String(n).padStart(2, '0')}` });
          const answer = await fetch('/api/invites', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
          seen.push((await answer.json()).state);
        } return seen; })()";
    let seen = browser.evaluate(many);
    assert_eq!(seen[0], "code-unknown");
    assert!(seen.as_array().unwrap().contains(&json!("code-tries")), "{seen}");
}

#[test]
fn without_the_node_the_thanks_are_provisional() {
    let kiosk = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("code");
    keyboard(&mut browser, "ABCDEFGHJK");
    browser.key("Enter", 13, "\r");
    browser.wait_for_screen("services");
    browser.tap("#service-list .choice:nth-child(2)");
    browser.wait_for_screen("faces");
    browser.tap(".face.red");
    browser.wait_for_screen("reasons");
    browser.tap("#reason-list .choice:nth-child(3)");
    browser.wait_for_screen("thanks");
    assert_eq!(
        browser.evaluate("document.querySelector('#thanks-detail').innerText"),
        "Il tuo voto conterà se il codice è valido: adesso non possiamo controllarlo."
    );
    assert_eq!(kiosk.votes(), [("tributi".to_owned(), Face::Red(Some(Reason::Third)))]);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_code_used_elsewhere_after_it_was_typed_is_not_thanked_for() {
    let kiosk = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    let (mut browser, good) = (Browser::launch(), answer_good(&kiosk));
    browser.open(&kiosk.url);
    browser.wait_for_screen("code");
    keyboard(&mut browser, "ABCDEFGHJK");
    browser.key("Enter", 13, "\r");
    browser.wait_for_screen("faces");
    good.end(&kiosk);
    let _spent = answer_always(&kiosk, &NODE_SAYS[0]);
    browser.tap(".face.green");
    browser.wait_for_screen("notice");
    let title = browser.evaluate("document.querySelector('#notice-title').innerText");
    assert_eq!((title, kiosk.faces()), (json!("Codice già usato"), Vec::new()));
}

const TOKEN: &str = "000102030405060708090a0b0c0d0e0f";

fn web() -> Counter {
    Counter {
        mode: Mode::Invite,
        channel: "web",
        idle_s: 2,
        public: Some(("voto.example.it", 2)),
        ..Counter::default()
    }
}

#[test]
fn a_link_is_one_vote_and_its_token_leaves_the_address_at_once() {
    let kiosk = web().start();
    let _node = answer_with(&kiosk, good_for("urp"));
    let mut browser = Browser::launch();
    browser.resize(320, 640);
    browser.open(&format!("{}#{TOKEN}", kiosk.url));
    browser.wait_for_screen("faces");
    assert_eq!(browser.evaluate("location.hash + location.href.includes('0001020304')"), "false");
    assert!(browser.requests().iter().all(|url| !url.contains(TOKEN) || url.contains('#')));
    assert_eq!(kiosk.faces(), [], "looking at a link casts nothing");
    assert_eq!(
        browser.evaluate("document.querySelector('#about').innerText"),
        "Ufficio relazioni con il pubblico"
    );
    browser.tap("#languages [lang=de]");
    browser.tap(".face.red");
    browser.wait_for_screen("reasons");
    // The idle time of a counter passes: nobody waits behind this person.
    browser.evaluate("new Promise((done) => setTimeout(done, 2500))");
    assert_eq!(browser.evaluate("document.body.dataset.screen"), "reasons");
    browser.tap("#reason-list .choice:nth-child(1)");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.votes(), [("urp".to_owned(), Face::Red(Some(Reason::First)))]);
    // Opened again, it says that it is spent.
    browser.open("about:blank");
    browser.open(&format!("{}#{TOKEN}", kiosk.url));
    browser.wait_for_screen("notice");
    browser.wait_for("document.querySelector('#notice-title').innerText === 'Invito già usato'");
    assert_eq!(kiosk.faces().len(), 1);
}

#[test]
fn a_link_that_gives_nothing_says_why() {
    let kiosk = web().start();
    let mut browser = Browser::launch();
    let said = |browser: &mut Browser, fragment: &str, words: &str| {
        browser.open("about:blank");
        browser.open(&format!("{}{fragment}", kiosk.url));
        browser.wait_for(&format!("document.querySelector('#notice-title')?.innerText === '{words}'"));
    };
    said(&mut browser, "", "Per votare serve un invito");
    said(&mut browser, "#0001", "Il collegamento non è valido");
    for says in &NODE_SAYS {
        let _node = answer_always(&kiosk, says);
        said(&mut browser, &format!("#{TOKEN}"), says.2);
    }
    // The cap of the day is two votes on a service; the invite stays valid.
    let _node = answer_with(&kiosk, good_for("urp"));
    for (number, screen) in ["thanks", "thanks", "notice"].into_iter().enumerate() {
        browser.open("about:blank");
        browser.open(&format!("{}#{number}{}", kiosk.url, &TOKEN[1..]));
        browser.wait_for_screen("faces");
        browser.tap(".face.green");
        browser.wait_for_screen(screen);
    }
    assert_eq!(browser.evaluate("document.querySelector('#notice').dataset.state"), "cap");
    assert_eq!(kiosk.faces(), [Face::Green; 2]);
}

#[test]
fn a_link_that_finds_no_place_without_the_node_is_not_asked_for_a_face_again() {
    let kiosk = web().start();
    let mut browser = Browser::launch();
    let services = |browser: &mut Browser, number: u32| {
        browser.open("about:blank");
        browser.open(&format!("{}#{number}{}", kiosk.url, &TOKEN[1..]));
        browser.wait_for_screen("services");
    };
    let vote = |browser: &mut Browser| {
        browser.tap("#service-list .choice:nth-child(2)");
        browser.wait_for_screen("faces");
        browser.tap(".face.green");
    };
    // One vote a day on each service may come unchecked.
    services(&mut browser, 0);
    vote(&mut browser);
    browser.wait_for_screen("thanks");
    services(&mut browser, 1);
    vote(&mut browser);
    browser.wait_for("document.querySelector('#notice').dataset.state === 'link-unavailable'");
    browser.evaluate(
        "window.seen = []; new MutationObserver(() => {
           const { screen } = document.body.dataset;
           window.seen.push(screen === 'notice' ? document.querySelector('#notice').dataset.state : screen);
         }).observe(document.body, { attributeFilter: ['data-screen'] })",
    );
    browser.tap("#retry");
    browser.wait_for("window.seen.at(-1) === 'link-unavailable'");
    assert_eq!(browser.evaluate("[...new Set(window.seen)].join(' ')"), "link-checking link-unavailable");
    // Once the node is there, it goes on by itself.
    let _node = answer_with(&kiosk, good_for("tributi"));
    browser.wait_for_screen("faces");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.faces(), [Face::Green; 2]);
}

/// The network of who has opened a link, as it can be broken.
const NETWORK: &str = "(() => { const real = window.fetch; window.away = false;
    window.fetch = (...asked) => window.away ? Promise.reject(new TypeError('away')) : real(...asked); })()";

#[test]
fn a_link_outlives_a_failure_of_its_network() {
    let kiosk = web().start();
    let _node = answer_with(&kiosk, good_for("urp"));
    let mut browser = Browser::launch();
    browser.open(&format!("{}#{TOKEN}", kiosk.url));
    browser.wait_for_screen("faces");
    browser.evaluate(NETWORK);
    browser.evaluate("window.away = true");
    browser.tap(".face.green");
    browser.wait_for("document.querySelector('#notice-title').innerText === 'Non riusciamo a collegarci'");
    assert_eq!(browser.evaluate("document.querySelector('#retry').checkVisibility()"), true);
    assert_eq!(kiosk.faces(), []);
    browser.evaluate("window.away = false");
    browser.tap("#retry");
    browser.wait_for_screen("faces");
    browser.tap(".face.green");
    browser.wait_for_screen("thanks");
    assert_eq!(kiosk.votes(), [("urp".to_owned(), Face::Green)]);
    // The next one fails while its invite is checked, and goes on by itself.
    browser.evaluate("window.away = true");
    browser.evaluate(&format!("location.hash = '#1{}'", &TOKEN[1..]));
    browser.wait_for("document.querySelector('#notice').dataset.state === 'link-failed'");
    browser.evaluate("window.away = false");
    browser.wait_for_screen("faces");
}

/// Posts as a telephone system does: no browser, and the name under which a proxy passes the call on.
fn dial(kiosk: &Kiosk, body: &str) -> (u16, Value) {
    let address = kiosk.url.trim_start_matches("http://").trim_end_matches('/');
    let request = format!(
        "POST /api/phone HTTP/1.1\r\nHost: voto.example.it\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(address, &request);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    (status, serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap_or(Value::Null))
}

fn exchange(address: &str, request: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_telephone_system_votes_by_digits_once_for_each_token() {
    let phone = Counter {
        mode: Mode::Invite,
        channel: "phone",
        public: Some(("voto.example.it", 9)),
        ..Counter::default()
    };
    let kiosk = phone.start();
    let node = answer_with(&kiosk, good_for("anagrafe"));
    let kept = |asks: bool| (200, json!({ "state": "kept", "asks_reason": asks, "provisional": false }));
    let complete = (200, json!({ "state": "complete", "asks_reason": false, "provisional": false }));
    assert_eq!(dial(&kiosk, &format!("token={TOKEN}&digit=3")), kept(true));
    assert_eq!(dial(&kiosk, &format!("token={TOKEN}&digit=3")), kept(true), "said again");
    assert_eq!(dial(&kiosk, &format!("token={TOKEN}&reason=4")), kept(false));
    assert_eq!(dial(&kiosk, &format!("token={TOKEN}&reason=2")), complete, "the first reason stays");
    assert_eq!(dial(&kiosk, &format!("token={TOKEN}&digit=3")), complete, "nothing is asked any more");
    let other = format!("1{}", &TOKEN[1..]);
    assert_eq!(dial(&kiosk, &format!("token={other}&digit=1")), kept(false));
    assert_eq!(dial(&kiosk, &format!("token={other}&digit=2")), complete, "the first face stays");
    let third = format!("2{}", &TOKEN[1..]);
    assert_eq!(dial(&kiosk, &format!("token={third}&reason=2")).0, 400);
    assert_eq!(dial(&kiosk, "token=12&digit=1").0, 400);
    let fifth = format!("3{}", &TOKEN[1..]);
    assert_eq!(dial(&kiosk, &format!("token={fifth}&digit=3")), kept(true));
    assert_eq!(dial(&kiosk, &format!("token={fifth}&digit=1")), complete, "it stays red");
    drop(node);
    kiosk.agent.set_link(Link::Down { trouble: "away".to_owned() });
    assert_eq!(dial(&kiosk, &format!("token={third}&digit=1")).0, 400, "nobody knows the service");
    let (status, answer) = dial(&kiosk, &format!("token={third}&digit=1&service=tributi"));
    assert_eq!((status, &answer["provisional"]), (200, &json!(true)));
    let anagrafe = "anagrafe".to_owned();
    let fourth = Face::Red(Some(Reason::Fourth));
    let votes = [
        (anagrafe.clone(), fourth),
        (anagrafe.clone(), Face::Green),
        (anagrafe, Face::Red(None)),
        ("tributi".to_owned(), Face::Green),
    ];
    assert_eq!(kiosk.votes(), votes);
    let counter = Counter { services: &SERVICES[..1], public: phone.public, ..Counter::default() }.start();
    assert_eq!(dial(&counter, &format!("token={TOKEN}&digit=1")).0, 409);
}

#[test]
fn under_its_public_name_a_page_offers_only_what_the_public_needs() {
    let kiosk = web().start();
    let address = kiosk.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let status = |host: &str, line: &str, headers: &str| {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: 0\r\n\r\n"
        );
        exchange(&address, &request).split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status("voto.example.it", "GET /", ""), "200");
    assert_eq!(status("VOTO.example.it", "GET /api/booth", "Origin: https://voto.example.it\r\n"), "200");
    assert_eq!(status("other.example.it", "GET /", ""), "421");
    assert_eq!(status("voto.example.it", "GET /", "Origin: http://voto.example.it\r\n"), "403");
    for local in ["GET /status", "POST /api/open", "POST /api/casts"] {
        assert_eq!(status("voto.example.it", local, ""), "404", "{local}");
    }
    assert_eq!(status(&address, "GET /status", "X-Faccina-Key: key\r\n"), "200");
    assert_eq!(status(&address, "GET /status", ""), "403", "a proxy may pass this device's name on");
    assert_eq!(status("voto.example.it", "GET /api/taps", ""), "405", "a GET never votes");
}
