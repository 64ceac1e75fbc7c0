//! A device that nobody has paired: its page asks for address and code, and gives way to the real page.

use super::{
    pages::check,
    staff::{Program, Staff, command, tap, text},
};
use crate::browser::Browser;
use faccina_node::intake::{Paired, Place};
use faccina_proto::terminals::Mode;
use std::os::unix::fs::PermissionsExt;

/// Fills the form as a person does, and sends it.
fn fill(browser: &mut Browser, address: &str, code: &str) {
    for (id, value) in [("address", address), ("code", code)] {
        browser.evaluate(&format!(
            "(() => {{ const field = document.querySelector('#{id}'); field.value = '{value}';
               field.dispatchEvent(new Event('input')); }})()"
        ));
    }
    tap(browser, "#pair");
}

fn wait_for_trouble(browser: &mut Browser, words: &str) {
    browser.wait_for(&format!("document.querySelector('#trouble').innerText.includes('{words}')"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_staff_pc_is_paired_by_its_page_and_says_what_is_wrong() {
    let staff = Staff::open().await;
    let desk = staff.unpaired();
    let mut browser = Browser::launch();
    browser.open(&desk.url);
    browser.wait_for_screen("setup");
    check(&mut browser, "setup-desk");
    let node = staff.office().address.to_string();
    fill(&mut browser, "due parole", "");
    wait_for_trouble(&mut browser, "indirizzo non è scritto bene");
    fill(&mut browser, &node, "7K2M");
    wait_for_trouble(&mut browser, "codice non è completo");
    fill(&mut browser, "127.0.0.1:1", "7K2M-9QXT-44AB-C0DE");
    wait_for_trouble(&mut browser, "non risponde nessun nodo");
    fill(&mut browser, &node, "7K2M-9QXT-44AB-C0DE");
    wait_for_trouble(&mut browser, "non riconosce il codice");
    check(&mut browser, "setup-refused");
    let place = Place {
        name: "Totem".to_owned(),
        channel: "counter".parse().unwrap(),
        branch: "centro".parse().unwrap(),
        services: ["anagrafe".parse().unwrap()].into(),
        mode: Mode::Open,
        hours: Vec::new(),
    };
    let kiosk_code = staff.office().intake.draw_code(Paired::Terminal(place)).unwrap().to_string();
    fill(&mut browser, &node, &kiosk_code);
    wait_for_trouble(&mut browser, "altro tipo di dispositivo");
    // A scanner types both into the first field and ends with Enter.
    let both = format!("https://{node}#{}", staff.office().desk_code(&["anagrafe"], None));
    browser.evaluate(
        "document.querySelector('#address').value = ''; document.querySelector('#code').value = ''",
    );
    browser.evaluate("document.querySelector('#address').focus()");
    browser.command("Input.insertText", serde_json::json!({ "text": both }));
    browser.key("Enter", 13, "\r");
    browser.wait_for_next_page("desk");
    assert_eq!(text(&mut browser, "#name"), "Sportello 3");
    let kept = std::fs::metadata(staff.dir("faccina-desk").join("desk.toml")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    // Removed at the node, it says so and can be paired anew.
    let (id, _) = staff.office().tokens.desks().remove(0);
    staff.office().tokens.remove_desk(&id).unwrap();
    tap(&mut browser, ".service");
    browser.wait_for("document.body.dataset.outcome === 'trouble-removed'");
    check(&mut browser, "desk-removed");
    tap(&mut browser, "#pair-again");
    browser.wait_for_next_page("setup");
    fill(&mut browser, &node, &staff.office().desk_code(&["tributi"], None));
    browser.wait_for_next_page("desk");
    desk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_is_paired_by_its_page() {
    let staff = Staff::open().await;
    let mut kiosk = command("kiosk", &staff.dir("kiosk"));
    let kiosk = Program::of(kiosk.args(["--calendar", "node", "--listen", "127.0.0.1:0"]));
    let mut browser = Browser::launch();
    browser.open(&kiosk.url);
    browser.wait_for_screen("setup");
    check(&mut browser, "setup-terminal");
    let place = Place {
        name: "Totem".to_owned(),
        channel: "counter".parse().unwrap(),
        branch: "centro".parse().unwrap(),
        services: ["anagrafe".parse().unwrap()].into(),
        mode: Mode::Open,
        hours: Vec::new(),
    };
    let code = staff.office().intake.draw_code(Paired::Terminal(place)).unwrap().to_string();
    fill(&mut browser, &staff.office().address.to_string(), &code);
    browser.wait_for_next_page("faces");
    kiosk.end();
}
