//! Every screen on a 10-inch tablet, upright and lying: all of it visible, every target large enough, and nothing that
//! axe-core finds wrong; the same pages enlarged to 200 %, and on a telephone, lose nothing.
//!
//! `FACCINA_SCREENS=$PWD/fixtures/screens cargo test -p faccina-node --test main every_screen` writes the pictures too.

use super::{
    booth::{Counter, Kiosk, LANGUAGES},
    links::{self, NODE_SAYS},
};
use crate::{axe, browser::Browser};
use faccina_node::kiosk::status::Link;
use faccina_proto::wire::terminal::v1::Mode;
use serde_json::json;
use std::path::PathBuf;

/// Smallest side of a touch target, in CSS pixels (WCAG 2.2, 2.5.5).
const TARGET_PX_MIN: u32 = 44;

/// What is wrong with the screen shown, in words. `WHOLE`: without scrolling, all of it must be in sight.
const FAULTS: &str = r##"(() => {
  const faults = [];
  const { clientWidth: width, clientHeight: height, scrollWidth, scrollHeight } = document.documentElement;
  if (scrollWidth > width || (WHOLE && scrollHeight > height)) faults.push(`page ${scrollWidth}×${scrollHeight}`);
  const seen = (element) => element.checkVisibility();
  for (const button of [...document.querySelectorAll("button")].filter(seen)) {
    const { width: w, height: h } = button.getBoundingClientRect();
    if (w < MIN || h < MIN) faults.push(`${button.innerText} has ${w}×${h}`);
    if (button.scrollWidth > button.clientWidth) faults.push(`${button.innerText} is cut`);
  }
  const sheet = document.querySelector("#help .sheet");
  if (WHOLE && seen(sheet) && sheet.scrollHeight > sheet.clientHeight) faults.push(`questions ${sheet.scrollHeight} in ${sheet.clientHeight}`);
  const footer = document.querySelector("#pledge").getBoundingClientRect();
  for (const element of [...document.querySelectorAll("main button, main h1, main p, main h2")].filter(seen)) {
    const { bottom, left, right } = element.getBoundingClientRect();
    if (bottom > footer.top) faults.push(`${element.innerText} is covered`);
    if (left < 0 || right > width) faults.push(`${element.innerText} leaves the screen`);
  }
  return faults;
})()"##;

/// Lets the page hear what it is told to hear of what it sends.
const ANSWERS: &str = "(() => { const real = window.fetch; window.answers = null;
    window.fetch = (path, how) => window.answers && how?.method === 'POST'
      ? Promise.resolve(new Response(window.answers)) : real(path, how); })()";

/// Looks at what is shown now.
struct Inspector {
    browser: Browser,
    form: &'static str,
    whole: bool,
}

impl Inspector {
    fn check(&mut self, name: &str) {
        // Pictures and measures are taken when everything has arrived where it stays.
        self.browser.wait_for("document.fonts.status === 'loaded' && document.getAnimations().length === 0");
        let faults =
            FAULTS.replace("MIN", &TARGET_PX_MIN.to_string()).replace("WHOLE", &self.whole.to_string());
        let name = format!("{name}-{}", self.form);
        assert_eq!(self.browser.evaluate(&faults), json!([]), "{name}");
        assert_eq!(axe::violations(&mut self.browser), json!([]), "{name}");
        if let Some(dir) = std::env::var_os("FACCINA_SCREENS") {
            self.browser.screenshot(&PathBuf::from(dir).join(format!("kiosk-{name}.png")));
        }
    }

    /// In Italian, the language of the picture need not be said.
    fn check_in(&mut self, language: &str, name: &str) {
        let name = if language == "it" { name.to_owned() } else { format!("{name}-{language}") };
        self.check(&name);
    }

    fn open(&mut self, url: &str, screen: &str) {
        self.browser.open(url);
        self.browser.wait_for_screen(screen);
        axe::load(&mut self.browser);
    }

    fn speak(&mut self, language: &str) {
        // A notice that changes its language is shown anew, and takes no touch at once.
        self.browser.wait_for("!('settling' in document.body.dataset)");
        self.browser.tap(&format!("#languages [lang={language}]"));
        self.browser.wait_for(&format!("document.documentElement.lang === '{language}'"));
    }

    fn go(&mut self, selector: &str, screen: &str) {
        self.browser.tap(selector);
        self.browser.wait_for_screen(screen);
    }

    /// Services, faces, questions, reasons and thanks of a terminal with four services.
    fn walk(&mut self, url: &str, languages: &[&str]) {
        for language in languages {
            self.open(url, "services");
            self.speak(language);
            self.check_in(language, "services-4");
            self.go("#service-list .choice:nth-child(4)", "faces");
            self.check_in(language, "faces-of-service");
            self.browser.tap("#help-open");
            self.browser.wait_for("document.querySelector('#help').open");
            self.check_in(language, "questions");
            self.browser.tap("#help-close");
            self.browser.wait_for("!document.querySelector('#help').open");
            self.go(".face.red", "reasons");
            self.check_in(language, "reasons");
            self.go("#no-reason", "thanks");
            self.check_in(language, "thanks");
        }
    }

    fn pad(&mut self, url: &str, languages: &[&str]) {
        for language in languages {
            self.open(url, "code");
            self.speak(language);
            links::type_code(&mut self.browser, "ABCDE");
            self.check_in(language, "code");
            links::type_code(&mut self.browser, "FGHJ0");
            self.browser.tap("#code-done");
            self.browser.wait_for("!document.querySelector('#code-alert').hidden");
            self.check_in(language, "code-unknown");
        }
    }

    /// What a page for invite links shows, but for what it has in common with a counter's.
    fn link(&mut self, kiosk: &Kiosk, languages: &[&str]) {
        let link = |number: usize| format!("{}#{number:032x}", kiosk.url);
        let at = |inspector: &mut Self, url: &str, state: &str| {
            inspector.browser.open("about:blank");
            inspector.browser.open(url);
            inspector
                .browser
                .wait_for(&format!("document.querySelector('#notice')?.dataset.state === '{state}'"));
            axe::load(&mut inspector.browser);
        };
        let say = |inspector: &mut Self, name: &str| {
            for language in languages {
                inspector.speak(language);
                inspector.check_in(language, name);
            }
        };
        at(self, &kiosk.url, "link-missing");
        say(self, "link-missing");
        at(self, &format!("{}#12", kiosk.url), "link-wrong");
        say(self, "link-wrong");
        for (number, says) in NODE_SAYS.iter().enumerate() {
            let node = links::answer_always(kiosk, says);
            let state = says
                .0
                .replace("invite-unknown", "link-wrong")
                .replace("invite-for-another", "link-elsewhere");
            let state = state.replace("invite-", "link-");
            at(self, &link(number), &state);
            say(self, &state);
            drop(node);
        }
        let node = links::answer_good(kiosk);
        let good = |inspector: &mut Self| {
            inspector.browser.open("about:blank");
            inspector.open(&link(9), "faces");
            inspector.browser.evaluate(ANSWERS);
        };
        good(self);
        say(self, "link-faces");
        for state in ["full", "unavailable", "cap", "code-busy", "failed"] {
            self.browser.evaluate(&format!("window.answers = '{{\"state\":\"{state}\"}}'"));
            self.go(".face.green", "notice");
            say(self, &format!("link-{}", state.replace("code-", "")));
            good(self);
        }
        self.go(".face.green", "thanks");
        say(self, "link-thanks");
        drop(node);
        kiosk.agent.set_link(Link::Down { trouble: "away".to_owned() });
        self.browser.open("about:blank");
        self.open(&link(10), "services");
        say(self, "link-unproven");
    }

    fn news(&mut self, url: &str, languages: &[&str]) {
        self.open(url, "services");
        self.browser.wait_for_screen("idle");
        for language in languages {
            self.speak(language);
            self.check_in(language, "news");
        }
        self.browser.wait_for("document.querySelector('.dot:nth-child(2).now')");
        self.check("news-long");
    }
}

#[test]
fn every_screen_is_wholly_visible_easy_to_hit_and_accessible() {
    let (one, four, eight) = (Kiosk::start(1, 60), Kiosk::start(4, 60), Kiosk::start(8, 60));
    let names: Vec<String> = (0..24).map(|number| format!("Servizio comunale numero {number}")).collect();
    let codes: Vec<String> = (0..24).map(|number| format!("s{number}")).collect();
    let many: Vec<_> = codes.iter().zip(&names).map(|(c, n)| (c.as_str(), n.as_str(), n.as_str())).collect();
    let crowd = Kiosk::start_with(&many, 60, Mode::Open);
    let speaking = Counter { idle_s: 2, messages: true, ..Counter::default() }.start();
    let waiting = Counter { mode: Mode::Attended, messages: true, ..Counter::default() }.start();
    let closed = Counter { mode: Mode::Attended, ..Counter::default() }.start();
    let pad = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    let _node = links::answer_always(&pad, &NODE_SAYS[1]);
    let mut inspector = Inspector { browser: Browser::launch(), form: "landscape", whole: true };
    for (form, width, height) in [("landscape", 1280, 800), ("portrait", 800, 1280)] {
        inspector.form = form;
        inspector.browser.resize(width, height);
        inspector.open(&one.url, "faces");
        inspector.check("faces");
        for (kiosk, services) in [(&eight, 8), (&crowd, 24)] {
            inspector.open(&kiosk.url, "services");
            inspector.check(&format!("services-{services}"));
        }
        inspector.walk(&four.url, &LANGUAGES);
        inspector.pad(&pad.url, &LANGUAGES);
        inspector.news(&speaking.url, &LANGUAGES);
        inspector.open(&waiting.url, "idle");
        inspector.check("news-waiting");
        inspector.open(&closed.url, "notice");
        inspector.check("notice");
    }
    assert_eq!(inspector.browser.complaints(), Vec::<String>::new());
}

#[test]
fn every_screen_of_a_link_is_accessible_on_a_telephone_and_on_a_desk() {
    let mut inspector = Inspector { browser: Browser::launch(), form: "", whole: false };
    for (form, width, height, languages) in
        [("link-phone", 320, 640, &LANGUAGES[..]), ("link-desk", 1280, 800, &["it", "de"])]
    {
        let kiosk = Counter { mode: Mode::Invite, channel: "web", ..Counter::default() }.start();
        inspector.form = form;
        inspector.browser.resize(width, height);
        inspector.link(&kiosk, languages);
    }
    assert_eq!(inspector.browser.complaints(), Vec::<String>::new());
}

#[test]
fn an_enlarged_page_and_a_telephone_lose_nothing() {
    let four = Kiosk::start(4, 60);
    let pad = Counter { mode: Mode::Invite, ..Counter::default() }.start();
    let _node = links::answer_always(&pad, &NODE_SAYS[1]);
    let speaking = Counter { idle_s: 2, messages: true, ..Counter::default() }.start();
    let mut inspector = Inspector { browser: Browser::launch(), form: "", whole: false };
    // At 200 % the window of a 10-inch tablet is half as wide and high.
    let forms = [
        ("zoom-landscape", 640, 400, &["de"][..]),
        ("zoom-portrait", 400, 640, &["it"]),
        ("phone", 320, 640, &["it", "de", "sl"]),
    ];
    for (form, width, height, languages) in forms {
        inspector.form = form;
        inspector.browser.resize(width, height);
        inspector.walk(&four.url, languages);
        inspector.pad(&pad.url, languages);
        inspector.news(&speaking.url, languages);
    }
    let size = "parseFloat(getComputedStyle(document.querySelector('#wake')).fontSize)";
    inspector.browser.resize(1280, 800);
    let usual = inspector.browser.evaluate(size).as_f64().unwrap();
    inspector.browser.resize(640, 400);
    let enlarged = inspector.browser.evaluate(size).as_f64().unwrap() * 2.0;
    assert!(enlarged >= 1.9 * usual, "{usual} px become {enlarged} px at 200 %");
}
