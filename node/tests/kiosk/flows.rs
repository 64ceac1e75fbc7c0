//! What a person does at the terminal, and what becomes of it.

use crate::browser::Browser;
use faccina_node::{
    clock::Clock,
    kiosk::{
        agent::{Agent, OPENING_ID_BYTES, OPENING_S, Opening},
        enrolment::Terminal,
        page,
        queue::{BALLOTS_MAX, Queue},
        rows::ROWS_MAX,
        settings::Calendar,
    },
    store,
};
use faccina_proto::{
    ballot::{Cast, Face, Reason},
    envelope::{Envelope, FederationId},
    wire::{
        feed::v1::{LocalisedText, ReasonText, Service},
        terminal::v1::{BoothReply, Mode},
    },
};
use prost::Message;
use std::{collections::BTreeSet, sync::Arc};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

/// An agent with its page and its queue on disk; its node is away.
pub(super) struct Kiosk {
    pub(super) agent: Arc<Agent>,
    pub(super) url: String,
    pub(super) runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    _dir: TempDir,
}

pub(super) const SERVICES: [(&str, &str, &str); 8] = [
    ("anagrafe", "Anagrafe e stato civile", "Registry office"),
    ("tributi", "Tributi comunali", "Local taxes"),
    ("biblioteca", "Biblioteca", "Library"),
    ("urp", "Ufficio relazioni con il pubblico", "Public relations office"),
    ("scuola", "Mensa e trasporto scolastico", "School meals and transport"),
    ("edilizia", "Edilizia e territorio", "Building and land"),
    ("polizia", "Polizia locale", "Local police"),
    ("nidi", "Asili nido", "Nurseries"),
];

impl Kiosk {
    /// With the first `services` of the list and this idle time.
    pub(super) fn start(services: usize, idle_s: u32) -> Self {
        Self::start_with(&SERVICES[..services], idle_s, Mode::Open)
    }

    pub(super) fn start_with(services: &[(&str, &str, &str)], idle_s: u32, mode: Mode) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let terminal = terminal(mode);
        let queue =
            Queue::open(Arc::new(store::open(&dir.path().join("queue.db")).unwrap()), terminal.federation);
        let clock = Clock::system().unwrap();
        let agent = Agent::new(terminal, queue.unwrap(), clock, Calendar::Node, idle_s).unwrap();
        let agent = Arc::new(agent);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        runtime.block_on(agent.keep_booth(booth(services).encode_to_vec())).unwrap();
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(page::serve(Arc::clone(&agent), listener, None, async {
            let _ = stopped.await;
        }));
        Self { agent, url, runtime, stop: Some(stop), _dir: dir }
    }

    /// The votes in the queue, in the order of the taps.
    fn votes(&self) -> Vec<(String, Face)> {
        let waiting = self.runtime.block_on(self.agent.oldest(BALLOTS_MAX, &BTreeSet::new()));
        let read = |bytes| Cast::decode(Envelope::parse(bytes).unwrap().payload()).unwrap().ballot;
        waiting.into_iter().map(|it| read(it.cast)).map(|it| (it.service.to_string(), it.face)).collect()
    }

    fn faces(&self) -> Vec<Face> {
        self.votes().into_iter().map(|(_, face)| face).collect()
    }
}

fn terminal(mode: Mode) -> Terminal {
    let key = |byte| ed25519_dalek::SigningKey::from_bytes(&[byte; 32]);
    Terminal {
        key: key(7),
        federation: FederationId::from_bytes([1; 32]),
        ente: "c_zz01".parse().unwrap(),
        channel: "counter".parse().unwrap(),
        branch: "centro".parse().unwrap(),
        mode,
        receipt_key: key(8).verifying_key(),
        bearer: "Bearer away".parse().unwrap(),
        node: "https://127.0.0.1:1".parse().unwrap(),
        node_key: "ab".repeat(32).parse().unwrap(),
    }
}

fn texts(it: &str, en: &str) -> Vec<LocalisedText> {
    [("it", it), ("en", en)].map(|(l, t)| LocalisedText { language: l.into(), text: t.into() }).to_vec()
}

fn booth(services: &[(&str, &str, &str)]) -> BoothReply {
    let service = |(code, it, en): &(&str, &str, &str)| Service {
        code: (*code).into(),
        name: texts(it, en),
        ..Service::default()
    };
    let reasons = [
        ("Tempo di attesa", "Waiting time"),
        ("Dover tornare più volte", "Having to come back"),
        ("Attenzione del servizio", "Attention of the service"),
        ("Esito della richiesta", "Outcome of the request"),
    ];
    BoothReply {
        ente_name: "Comune di Fontelarga (dimostrazione)".into(),
        services: services.iter().map(service).collect(),
        reasons: reasons.iter().map(|(it, en)| ReasonText { text: texts(it, en) }).collect(),
        texts: Vec::new(),
        today: 20_260_415,
        catalogue_version: 1,
        ..BoothReply::default()
    }
}

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
    drop(kiosk.stop.take());
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
    assert!(kiosk.agent.open(opening, OPENING_S));
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
