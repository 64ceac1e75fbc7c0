//! Published months from outside: the command against a real node, the pages in a real Chromium without network, judged
//! by axe-core in light and dark, on a telephone and on a desk.
//!
//! `FACCINA_SCREENS=DIR cargo test -p faccina-node --test main pages_open` writes the pictures too.

#[path = "."]
mod views {
    pub(crate) use faccina_node::views::{ReplicaFeeds, Views, now};
    #[path = "../src/views/town.rs"]
    #[expect(dead_code, reason = "the tests of the views use the rest")]
    pub(crate) mod town;
}

use crate::{
    axe,
    browser::Browser,
    officer::{march, national, stop_all, until},
    town::day,
};
use faccina_node::{
    publication::{Terms, ente_month, national_month, of_ente, of_national},
    views::Recomputed,
    words::Language,
};
use faccina_proto::{feed::Body, wire::feed::v1 as wire};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use views::town::{Town, carried, month, summary};

fn reasons([first, second, third, fourth]: [u32; 4]) -> Option<wire::Reasons> {
    Some(wire::Reasons { first, second, third, fourth })
}

/// One month of an ente whose August is carried.
fn month_of(yyyymm: u32) -> wire::Summary {
    let n = yyyymm % 100;
    if n == 8 {
        return carried(yyyymm);
    }
    let groups = [
        ("", "counter", 12 + n, 2, 1),
        ("anagrafe", "counter", 300 + 9 * n, 14, 12),
        ("anagrafe", "web", 40 + n, 8, 9 + n % 3),
        ("tributi", "counter", 60 + 3 * (n % 4), 1, 3),
        ("urp", "web", 30, 3, 6),
    ];
    let mut month = summary(yyyymm, &groups);
    month.groups[1].reasons = reasons([5, 2, 1, 3]);
    month.groups[1].served = Some(2_000);
    month.groups[2].reasons = reasons([1, 3, 4, 1]);
    month.groups[4].reasons = reasons([0, 3, 2, 0]);
    month.carried_from = if n == 9 { vec![yyyymm - 1] } else { Vec::new() };
    let (listened, late) = (Some(9), Some(1));
    month.listened_tenths = listened;
    month.integrity =
        Some(wire::Integrity { late, backing: wire::Backing::More.into(), ..Default::default() });
    // The few reds without reasons of two months make a pool in each second month.
    let key = |service: &str| wire::GroupKey { service: service.into(), channel: "counter".into() };
    if n.is_multiple_of(2) {
        month.pooled_reasons = Some(wire::PooledReasons {
            reasons: reasons([4, 2, 1, 0]),
            groups: vec![key(""), key("tributi")],
            carried_reds: 4,
            carried_months: vec![yyyymm - 1],
        });
    }
    month
}

/// Names as long as real ones; the catalogue of the town has only codes.
fn rename(name: &mut String) {
    let long = match name.as_str() {
        "anagrafe" => "Servizi demografici, stato civile ed elettorale",
        "tributi" => "Tributi locali",
        "urp" => "Relazioni con il pubblico",
        "counter" => "Sportello",
        "web" => "Sito web",
        _ => return,
    };
    long.clone_into(name);
}

/// The pages: a month of an ente in Italian, its carried month, the national month in English, and in Italian a year later.
fn pages() -> Vec<(&'static str, Vec<faccina_node::publication::File>)> {
    let mut town = Town::founded(&["c_zz01", "c_zz02"]);
    for n in 1..=7 {
        let on = 20_260_011 + (n + 1) * 100;
        town.summarise("c_zz01", on, month_of(202_600 + n));
    }
    town.publish(202_606, 20_260_820);
    town.publish(202_607, 20_260_820);
    town.summarise("c_zz01", 20_260_911, month_of(202_608));
    let card = wire::PracticeCard {
        number: 1,
        title: "Un biglietto solo per due sportelli".into(),
        topics: vec!["code allo sportello".into()],
        markdown: "Come si fa.".into(),
        ..Default::default()
    };
    town.append("c_zz02", 20_260_911, Body::PracticeCard(card));
    town.append("c_zz02", 20_260_911, Body::NamingConsent(wire::NamingConsent { card: 1, consents: true }));
    let late = summary(202_607, &[("anagrafe", "counter", 80, 10, 10)]);
    town.summarise("c_zz02", 20_260_911, wire::Summary { gap_months: (202_601..=202_606).collect(), ..late });
    town.publish(202_607, 20_260_912);
    let terms = Terms {
        site: Some("https://www.comune.example.it/".parse().unwrap()),
        federation: "Rete di prova".into(),
        demo: true,
        ..Terms::default()
    };
    let (views, feeds) = (town.views(), town.feeds());
    let of_month = |yyyymm| {
        let own = "c_zz01".parse().unwrap();
        let mut document =
            ente_month(&views, &feeds, &own, month(yyyymm), views::town::day(20_260_912), &terms).unwrap();
        document.imprint.name = "Comune di Borgofinto".into();
        for group in document.published.as_deref_mut().into_iter().flat_map(|it| &mut it.groups) {
            rename(&mut group.service.name);
            rename(&mut group.channel.name);
        }
        of_ente(&document)
    };
    let english = Terms { language: Language::English, ..terms.clone() };
    let found = |_: &_| Recomputed::Identical;
    let national = |restatement| {
        of_national(&national_month(&views, month(202_607), restatement, found, &english).unwrap())
    };
    vec![
        ("publication-ente", of_month(202_606)),
        ("publication-carried", of_month(202_608)),
        ("publication-national", national(None)),
        ("publication-national-replaced", national(Some(0))),
        ("publication-national-mix", second_year(&terms)),
    ]
}

/// A national month that has a year before it: two lines, two groups of columns.
fn second_year(terms: &Terms) -> Vec<faccina_node::publication::File> {
    let mut town = Town::founded(&["c_zz01"]);
    let first = wire::Summary { gap_months: (202_601..=202_610).collect(), ..month_of(202_611) };
    town.summarise("c_zz01", 20_261_211, first);
    for (yyyymm, on) in [(202_612, 20_270_111), (202_701, 20_270_211), (202_702, 20_270_311)] {
        town.summarise("c_zz01", on, month_of(yyyymm));
    }
    for yyyymm in [202_611, 202_612, 202_701, 202_702] {
        town.publish(yyyymm, 20_270_320);
    }
    let found = |_: &_| Recomputed::Identical;
    let national = national_month(&town.views(), month(202_702), None, found, terms).unwrap();
    let fixed = national.fixed_mix.as_ref().unwrap();
    assert!(fixed.series.len() == 4 && fixed.series.iter().all(|it| it.green().is_some()));
    of_national(&national)
}

/// How many shapes an element that does not end has swallowed.
const HIDDEN_SHAPES: &str = "document.querySelectorAll(
  ['rect', 'circle', 'line', 'path', 'polygon', 'polyline', 'use'].map((it) => `${it} *`).join()).length";

#[test]
fn pages_open_without_network_and_axe_finds_nothing_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let pictures = std::env::var_os("FACCINA_SCREENS").map_or_else(|| dir.path().to_owned(), PathBuf::from);
    let mut browser = Browser::launch();
    browser.go_offline();
    for (name, files) in pages() {
        for file in &files {
            fs::write(dir.path().join(&file.name), &file.content).unwrap();
        }
        let url = format!("file://{}/{}", dir.path().display(), files[0].name);
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            for width in [320, 1280] {
                browser.resize(width, 900);
                browser.requests();
                browser.open(&url);
                browser.wait_for("document.readyState === 'complete' && document.querySelector('h1')");
                let asked: Vec<String> =
                    browser.requests().into_iter().filter(|it| !it.starts_with("data:,")).collect();
                assert_eq!(asked, std::slice::from_ref(&url), "{name} asks for more than itself");
                let wide = browser.evaluate("document.documentElement.scrollWidth");
                assert_eq!(wide, json!(width), "{name} at {width} is wider than the screen");
                assert_eq!(browser.evaluate(HIDDEN_SHAPES), 0, "{name}: a shape inside a shape is not drawn");
                axe::load(&mut browser);
                assert_eq!(axe::violations(&mut browser), json!([]), "{name} {scheme} {width}");
                browser.screenshot_whole(&pictures.join(format!("{name}-{scheme}-{width}.png")));
            }
        }
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{name}");
    }
    // The ruler measures: it finds what is broken on purpose.
    browser.evaluate("document.documentElement.removeAttribute('lang')");
    assert!(axe::violations(&mut browser).to_string().contains("html-has-lang"));
}

fn publish(config: &Path, out: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_faccina"))
        .arg("publish")
        .arg("--config")
        .arg(config)
        .arg("--out")
        .arg(out)
        .args(arguments)
        .output()
        .unwrap()
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_command_writes_what_the_feed_holds_and_refuses_the_rest() {
    let (_town, mut all) = march().await;
    for resident in &all {
        resident.node().move_to(day(20_260_320)).await;
    }
    for at in [0, 1] {
        let node = all[at].node();
        until(node, "the month is published", async || national(node).await, |reply| reply.published).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("sito");
    let run = |at: usize, arguments: &[&str]| {
        let config = all[at].config.clone();
        tokio::task::block_in_place(|| publish(&config, &out, arguments))
    };
    let written = run(1, &["--month", "2026-02"]);
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let said = String::from_utf8(written.stdout).unwrap();
    assert!(
        said.contains("faccina notice --month 2026-02 --url https://YOUR.SITE/c_zz00-2026-02.html"),
        "{said}"
    );
    let data: Value = serde_json::from_slice(&fs::read(out.join("c_zz00-2026-02.json")).unwrap()).unwrap();
    assert_eq!(data["groups"][0]["green"], 80);
    assert_eq!((&data["total"]["n"], &data["licence"]["name"]), (&json!(100), &json!("CC-BY-4.0")));
    assert!(out.join("c_zz00-2026-02-relazione.txt").exists());

    let again = refusal(&run(1, &["--month", "2026-02"]));
    assert!(again.contains("is there already") && again.contains("--force"), "{again}");
    let forced = run(1, &["--month", "2026-02", "--force", "--language", "en", "--licence", "cc0-1.0"]);
    assert!(forced.status.success());
    assert!(fs::read_to_string(out.join("c_zz00-2026-02.html")).unwrap().contains("CC0-1.0"));
    for (at, month, words) in [
        (1, "2026-03", "is not over"),
        (1, "2026-01", "nothing was surveyed"),
        (3, "2026-02", "is refused"),
        (0, "2026-03", "is not published"),
    ] {
        let said = refusal(&run(at, &["--month", month]));
        assert!(said.contains(words), "{month}: {said}");
    }
    assert!(run(0, &["--month", "2026-02"]).status.success());
    let data: Value = serde_json::from_slice(&fs::read(out.join("national-2026-02.json")).unwrap()).unwrap();
    assert_eq!((&data["total"]["n"], &data["coverage"]["refused"]), (&json!(180), &json!(1)));
    let page = fs::read_to_string(out.join("national-2026-02.html")).unwrap();
    assert!(!page.contains("c_zz00") && !page.contains("Ente c_zz01"), "no ente is named");
    stop_all(&mut all).await;
}
