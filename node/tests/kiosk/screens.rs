//! Every screen on a 10-inch tablet, upright and lying: all of it visible, every target large enough.
//!
//! `FACCINA_SCREENS=$PWD/fixtures/screens cargo test -p faccina-node --test main every_screen` writes the pictures too.

use super::flows::Kiosk;
use crate::browser::Browser;
use std::path::PathBuf;

/// Smallest side of a touch target, in CSS pixels (WCAG 2.2, 2.5.5).
const TARGET_PX_MIN: u32 = 44;

/// What is wrong with the screen shown, in words.
const FAULTS: &str = r##"(() => {
  const faults = [];
  const { clientWidth: width, clientHeight: height, scrollWidth, scrollHeight } = document.documentElement;
  if (scrollWidth > width || scrollHeight > height) faults.push(`page ${scrollWidth}×${scrollHeight}`);
  const seen = (element) => element.checkVisibility();
  for (const button of [...document.querySelectorAll("button")].filter(seen)) {
    const { width: w, height: h } = button.getBoundingClientRect();
    if (w < MIN || h < MIN) faults.push(`${button.innerText} has ${w}×${h}`);
    if (button.scrollWidth > button.clientWidth) faults.push(`${button.innerText} is cut`);
  }
  const footer = document.querySelector("#pledge").getBoundingClientRect();
  for (const element of [...document.querySelectorAll("main button, main h1, main p")].filter(seen)) {
    if (element.getBoundingClientRect().bottom > footer.top) faults.push(`${element.innerText} is covered`);
  }
  return faults;
})()"##;

fn check(browser: &mut Browser, name: &str) {
    // Pictures and measures are taken when everything has arrived where it stays.
    browser.wait_for("document.fonts.status === 'loaded' && document.getAnimations().length === 0");
    let faults = browser.evaluate(&FAULTS.replace("MIN", &TARGET_PX_MIN.to_string()));
    assert_eq!(faults, serde_json::json!([]), "{name}");
    if let Some(dir) = std::env::var_os("FACCINA_SCREENS") {
        browser.screenshot(&PathBuf::from(dir).join(format!("{name}.png")));
    }
}

#[test]
fn every_screen_is_wholly_visible_and_easy_to_hit() {
    let one = Kiosk::start(1, 60);
    let four = Kiosk::start(4, 60);
    let eight = Kiosk::start(8, 60);
    let names: Vec<String> = (0..24).map(|number| format!("Servizio comunale numero {number}")).collect();
    let codes: Vec<String> = (0..24).map(|number| format!("s{number}")).collect();
    let many: Vec<_> = codes.iter().zip(&names).map(|(c, n)| (c.as_str(), n.as_str(), n.as_str())).collect();
    let crowd = Kiosk::start_with(&many, 60, faccina_proto::wire::terminal::v1::Mode::Open);
    let mut browser = Browser::launch();
    for (form, width, height) in [("landscape", 1280, 800), ("portrait", 800, 1280)] {
        browser.resize(width, height);
        browser.open(&one.url);
        browser.wait_for_screen("faces");
        check(&mut browser, &format!("kiosk-faces-{form}"));
        for (kiosk, services) in [(&eight, 8), (&crowd, 24)] {
            browser.open(&kiosk.url);
            browser.wait_for_screen("services");
            check(&mut browser, &format!("kiosk-services-{services}-{form}"));
        }
        browser.open(&four.url);
        browser.wait_for_screen("services");
        check(&mut browser, &format!("kiosk-services-4-{form}"));
        browser.tap("#service-list .choice:nth-child(4)");
        browser.wait_for_screen("faces");
        check(&mut browser, &format!("kiosk-faces-of-service-{form}"));
        browser.tap(".face.red");
        browser.wait_for_screen("reasons");
        check(&mut browser, &format!("kiosk-reasons-{form}"));
        browser.tap("#languages [lang=en]");
        browser.wait_for("document.documentElement.lang === 'en'");
        check(&mut browser, &format!("kiosk-reasons-english-{form}"));
        browser.tap("#no-reason");
        browser.wait_for_screen("thanks");
        check(&mut browser, &format!("kiosk-thanks-{form}"));
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
