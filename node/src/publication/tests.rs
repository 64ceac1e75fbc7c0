//! The forms of a publication against each other: whatever one states, the others state too.

mod restated;

use super::{
    EnteMonth, File, NationalMonth, Terms, Unpublished,
    ente::Point,
    ente_json, ente_month,
    figures::Share,
    fixed_mix::{FixedMix, FixedPoint},
    national_json, national_month, of_ente, of_national,
};
use crate::{
    stats::Interval,
    views::{
        Recomputed,
        town::{OBSERVER, Town, carried, day, month, summary},
    },
    words::Language,
};
use faccina_proto::{feed::Body, wire::feed::v1 as wire};
use serde_json::{Value, json};

const ENTE: &str = "c_zz01";

fn own(reasons: [u32; 4]) -> Option<wire::Reasons> {
    let [first, second, third, fourth] = reasons;
    Some(wire::Reasons { first, second, third, fourth })
}

/// January with two reds that wait for their reasons, a February that is carried, a March with everything.
fn town() -> Town {
    let mut town = Town::founded(&[ENTE, "c_zz02"]);
    town.summarise(ENTE, 20_260_211, summary(202_601, &[("anagrafe", "counter", 100, 5, 2)]));
    town.summarise(ENTE, 20_260_311, carried(202_602));
    let groups = [
        ("", "counter", 12, 2, 1),
        ("anagrafe", "counter", 334, 12, 12),
        ("anagrafe", "web", 40, 8, 9),
        ("tributi", "counter", 20, 1, 3),
    ];
    let mut march = summary(202_603, &groups);
    march.carried_from = vec![202_602];
    march.groups[1].reasons = own([5, 2, 0, 3]);
    march.groups[1].served = Some(1_000);
    march.groups[2].reasons = own([1, 3, 4, 1]);
    let key = |service: &str| wire::GroupKey { service: service.into(), channel: "counter".into() };
    march.pooled_reasons = Some(wire::PooledReasons {
        reasons: own([2, 1, 1, 0]),
        groups: vec![key(""), key("tributi")],
        carried_reds: 2,
        carried_months: vec![202_601],
    });
    march.integrity = Some(wire::Integrity {
        late: Some(1),
        repeat: Some(15),
        outside_hours: Some(0),
        backing: wire::Backing::ToHalf.into(),
        ..wire::Integrity::default()
    });
    town.summarise(ENTE, 20_260_411, march);
    let other = summary(202_603, &[("tributi", "counter", 30, 1, 2), ("urp", "web", 9, 1, 0)]);
    town.summarise("c_zz02", 20_260_411, wire::Summary { gap_months: vec![202_601, 202_602], ..other });
    town
}

fn terms(language: Language) -> Terms {
    Terms {
        language,
        site: Some("https://www.comune.example.it/".parse().unwrap()),
        federation: "Prova".into(),
        ..Terms::default()
    }
}

fn march(language: Language) -> EnteMonth {
    let town = town();
    ente_month(
        &town.views(),
        &town.feeds(),
        &ENTE.parse().unwrap(),
        month(202_603),
        day(20_260_412),
        &terms(language),
    )
    .unwrap()
}

/// A card, and whether its ente may be named for it.
fn card(town: &mut Town, ente: &str, number: u32, title: &str, consents: bool) {
    let card = wire::PracticeCard {
        number,
        title: title.into(),
        topics: vec!["code allo sportello".into()],
        markdown: "Come si fa.".into(),
        ..wire::PracticeCard::default()
    };
    town.append(ente, 20_260_412, Body::PracticeCard(card));
    town.append(ente, 20_260_412, Body::NamingConsent(wire::NamingConsent { card: number, consents }));
}

fn national(language: Language) -> NationalMonth {
    let mut town = town();
    town.publish(202_603, 20_260_420);
    card(&mut town, "c_zz02", 3, "Un biglietto solo", true);
    card(&mut town, ENTE, 1, "Una carta senza consenso", false);
    let identical = |_: &_| Recomputed::Identical;
    national_month(&town.views(), month(202_603), None, identical, &terms(language)).unwrap()
}

/// The national month with a mix of the year before.
fn national_with_mix(language: Language) -> NationalMonth {
    let point = |yyyymm, covered, percent| FixedPoint {
        month: month(yyyymm),
        covered,
        n: 1_500,
        shares: (covered > 0)
            .then(|| [percent, 0.1, 0.05].map(|it| Share::of(it, Interval { low: 0.01, high: 0.95 }))),
    };
    let mut document = national(language);
    document.series.insert(0, Point { month: month(202_602), ..document.series[0] });
    document.fixed_mix =
        Some(FixedMix { year: 2025, series: vec![point(202_602, 0, 0.0), point(202_603, 1_200, 0.85)] });
    document
}

fn content<'a>(files: &'a [File], ending: &str) -> &'a str {
    &files.iter().find(|file| file.name.ends_with(ending)).unwrap().content
}

/// A row of the table, by the names of its columns.
type Row = std::collections::BTreeMap<String, String>;

fn rows(table: &str) -> Vec<Row> {
    csv::Reader::from_reader(table.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

/// The text of the cell that shows a figure.
fn cell(page: &str, figure: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("data-figure=\"{figure}\">"))?;
    let end = rest.find("</td>").into_iter().chain(rest.find("</dd>")).min()?;
    let mut text = String::new();
    let mut inside = true;
    for c in rest[..end].chars() {
        match c {
            '<' => inside = false,
            '>' => inside = true,
            c if inside => text.push(c),
            _ => {}
        }
    }
    Some(text)
}

/// Which figure of the page and of the data a row of the table is; `None` for those that stand in words.
fn figure(row: &Row) -> Option<(String, Value)> {
    let field = |name: &str| row[name].as_str();
    let measure = field("measure");
    let (service, channel) = (field("service"), field("channel"));
    let place = match field("part") {
        part @ ("total" | "withdrawn" | "twelve_months" | "coverage" | "pooled_reasons") => part.to_owned(),
        part @ ("series" | "fixed_mix") => format!("{part} {}", field("month")),
        part @ "publications" => format!("{part} {}", field("edition")),
        part @ ("group" | "own_reasons") => format!("{part} {service} {channel}"),
        part @ "channel_reasons" => format!("{part} {channel}"),
        _ => return None,
    };
    let number = |name: &str| row[name].parse::<f64>().map_or(Value::Null, |number| json!(number));
    let values = ["count", "n", "percent", "low", "high"].map(|name| (name.to_owned(), number(name)));
    Some((format!("{place} {measure}"), Value::Object(values.into_iter().collect())))
}

/// What a cell of the page says for a row.
fn shown(row: &Row, language: Language) -> Vec<String> {
    let count = |name: &str| row[name].parse().map(|count| language.count(count)).unwrap_or_default();
    let decimal = |name: &str| language.decimal(&row[name]);
    let of = if language == Language::Italian { "su" } else { "of" };
    if row["part"] == "fixed_mix" && row["percent"].is_empty() {
        return vec![format!("{} {of} {}", count("count"), count("n"))];
    }
    if row["percent"].is_empty() {
        return vec![count("count")];
    }
    if row["count"].is_empty() {
        return vec![
            format!("{} %", decimal("percent")),
            format!("{}–{} %", decimal("low"), decimal("high")),
        ];
    }
    vec![
        format!("{} %", decimal("percent")),
        format!("{} {of} {}", count("count"), count("n")),
        format!("{}–{} %", decimal("low"), decimal("high")),
    ]
}

fn assert_page_and_table_agree(files: &[File], language: Language) -> usize {
    let page = content(files, ".html");
    let rows = rows(content(files, ".csv"));
    // The only publication of a month is the page itself, and is not listed on it.
    let listed = rows.iter().any(|row| row["part"] == "publications" && row["edition"] != "0");
    let mut seen = 0;
    for row in rows.iter().filter(|row| listed || row["part"] != "publications") {
        let Some((figure, _)) = figure(row) else { continue };
        let participation = row["measure"] == "participation";
        let absent = (row["count"].is_empty() || participation) && row["percent"].is_empty();
        let Some(cell) = cell(page, &figure) else {
            assert!(absent || participation, "{figure} is not on the page");
            continue;
        };
        for words in shown(row, language).iter().filter(|_| !absent) {
            assert!(cell.contains(words.as_str()), "{figure}: {cell:?} lacks {words:?}");
        }
        seen += 1;
    }
    assert_eq!(page.matches("data-figure=").count(), seen + enti_cells(page), "the page states more");
    seen
}

fn enti_cells(page: &str) -> usize {
    page.matches(" enti\">").count()
}

/// The figure of a row as the data state it.
fn of_data(data: &Value, row: &Row) -> Value {
    let field = |name: &str| row[name].as_str();
    let stratum = |it: &Value| it["service"] == field("service") && it["channel"] == field("channel");
    let among = |list: &Value, wanted: &dyn Fn(&Value) -> bool| {
        list.as_array().unwrap().iter().find(|it| wanted(it)).cloned().unwrap()
    };
    match field("part") {
        part @ ("total" | "withdrawn" | "twelve_months" | "coverage") => data[part].clone(),
        "series" => among(&data["series"], &|it| it["month"] == field("month")),
        "fixed_mix" => among(&data["fixed_mix"]["series"], &|it| it["month"] == field("month")),
        "publications" => {
            among(&data["publications"], &|it| it["restatement"].as_u64() == field("edition").parse().ok())
        }
        "group" if data["groups"].is_array() => among(&data["groups"], &stratum),
        "group" => among(&data["cells"], &stratum),
        "own_reasons" => among(&data["reasons"]["own"], &stratum),
        "channel_reasons" => among(&data["reasons"], &|it| it["channel"] == field("channel")),
        "pooled_reasons" if data["reasons"].is_array() => {
            among(&data["reasons"], &|it| it["channel"].is_null())
        }
        "pooled_reasons" => data["reasons"]["pooled"].clone(),
        part => panic!("{part}"),
    }
}

fn assert_data_and_table_agree(files: &[File]) {
    let data: Value = serde_json::from_str(content(files, ".json")).unwrap();
    for row in rows(content(files, ".csv")) {
        let Some((name, wanted)) = figure(&row) else { continue };
        let of = of_data(&data, &row);
        let measure = row["measure"].as_str();
        let reason = measure.strip_prefix("reason_").map(|number| number.parse::<usize>().unwrap() - 1);
        let found = match (measure, reason) {
            (_, Some(at)) => {
                json!({ "count": of["counts"][at], "n": of["reds"], "percent": of["percent"][at],
                "low": of["low"][at], "high": of["high"][at] })
            }
            ("votes", _) if row["part"] == "fixed_mix" => json!({ "count": of["covered"], "n": of["n"] }),
            (_, _) if row["part"] == "fixed_mix" => json!({ "count": null, "n": of["covered"],
                "percent": of["percent"][measure], "low": of["low"][measure], "high": of["high"][measure] }),
            ("votes", _) => {
                json!({ "count": of["n"], "n": null, "percent": null, "low": null, "high": null })
            }
            ("participation", _) => {
                assert_eq!(as_whole(&wanted["n"]), of["served"]);
                json!({ "percent": of["participation"], "low": of["participation_low"],
                    "high": of["participation_high"] })
            }
            ("green" | "yellow" | "red", _) => json!({ "count": of[measure], "n": of["n"],
                "percent": of["percent"][measure], "low": of["low"][measure], "high": of["high"][measure] }),
            ("carried_in", _) => json!({ "count": data["carried_in"] }),
            _ => json!({ "count": of[measure] }),
        };
        for (field, value) in found.as_object().unwrap() {
            assert_eq!(value.as_f64(), wanted[field].as_f64(), "{name} {field}");
        }
    }
}

fn as_whole(number: &Value) -> Value {
    number.as_f64().map_or(Value::Null, |number| json!(format!("{number:.0}").parse::<u64>().unwrap()))
}

#[test]
fn page_table_and_data_state_the_same_figures() {
    for language in [Language::Italian, Language::English] {
        let ente = of_ente(&march(language));
        assert!(assert_page_and_table_agree(&ente, language) > 40);
        assert_data_and_table_agree(&ente);
        for national in [national(language), national_with_mix(language)].map(|it| of_national(&it)) {
            assert!(assert_page_and_table_agree(&national, language) > 40);
            assert_data_and_table_agree(&national);
        }
    }
}

#[test]
fn the_national_page_shows_both_series_and_says_what_the_second_covers() {
    let files = of_national(&national_with_mix(Language::Italian));
    let page = content(&files, ".html");
    assert!(page.contains("class=\"fixed-point\""));
    assert!(page.contains("Con il peso dei servizi nel 2025"));
    assert!(page.contains("marzo 2026, con i pesi dell’anno prima: 85,00 %, intervallo 1,00–95,00 %; comprende 1.200 giudizi su 1.500."));
    assert_eq!(cell(page, "fixed_mix 2026-02 votes").as_deref(), Some("0 su 1.500"));
    let without = of_national(&national(Language::Italian));
    assert!(!content(&without, ".html").contains("class=\"fixed-point\""));
    assert!(!content(&without, ".csv").contains("fixed_mix"));
}

#[test]
fn of_few_votes_no_percentage_stands_without_its_interval() {
    let mut document = march(Language::Italian);
    document.published.as_mut().unwrap().participation.served = Some(2_000);
    let files = of_ente(&document);
    let page = content(&files, ".html");
    let drawn = |n: &str| {
        let (_, bar) = page.split_once(&format!("n = {n}</text>")).unwrap();
        bar.split("</text>").next().unwrap().to_owned()
    };
    assert!(drawn("358").ends_with(">93,30 %"), "{}", drawn("358"));
    assert!(drawn("24").ends_with(">20 su 24"), "{}", drawn("24"));
    assert!(page.contains("tributi: 24 giudizi; Bene 83,33 % (64,15–93,32 %), "));
    assert!(page.contains(": 1 su 9, 11,11 % (1,99–43,50 %)."));
    assert!(
        page.contains("454 giudizi su 2.000 persone servite (22,70 %; intervallo al 95 %: 20,92–24,59 %).")
    );
    assert!(content(&files, ".txt").contains("(454 su 2.000; intervallo al 95 %: 20,92–24,59 %)"));
}

/// Without what depends on the other entries of the town: ids and hashes.
fn without_ids(text: &str) -> String {
    let hexes = text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 64);
    hexes.fold(text.to_owned(), |text, id| text.replace(id, "(64 hex digits)"))
}

#[test]
fn the_table_and_the_data_are_as_documented() {
    let (ente, national) = (march(Language::Italian), national(Language::Italian));
    insta::assert_snapshot!("ente_csv", content(&of_ente(&ente), ".csv"));
    insta::assert_snapshot!("national_csv", content(&of_national(&national), ".csv"));
    insta::assert_snapshot!("ente_json", without_ids(&format!("{:#}", ente_json(&ente))));
    insta::assert_snapshot!("national_json", without_ids(&format!("{:#}", national_json(&national))));
}

#[test]
fn the_paragraph_says_what_its_figures_can_bear() {
    let paragraph = |language| without_ids(content(&of_ente(&march(language)), ".txt"));
    insta::assert_snapshot!("paragraph_it", paragraph(Language::Italian));
    insta::assert_snapshot!("paragraph_en", paragraph(Language::English));
}

#[test]
fn no_name_from_a_feed_becomes_markup_or_a_formula() {
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)> & 'io'";
    let mut ente = march(Language::Italian);
    ente.imprint.name = hostile.into();
    ente.imprint.terms.federation = hostile.into();
    ente.software_version = hostile.into();
    let published = ente.published.as_mut().unwrap();
    published.groups[1].service.name = hostile.into();
    published.groups[1].channel.name = hostile.into();
    published.reasons[0].texts[0] = hostile.into();
    let mut of_all = national(Language::Italian);
    of_all.cells[0].service.name = format!("={hostile}");
    of_all.practices[0].title = hostile.into();
    of_all.practices[0].topics = vec![hostile.into()];
    for files in [of_ente(&ente), of_national(&of_all)] {
        let page = content(&files, ".html");
        assert!(page.contains("&lt;script&gt;"));
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    }
    let table = rows(content(&of_national(&of_all), ".csv"));
    assert!(table.iter().any(|row| row["service_name"] == format!("'={hostile}")));
}

#[test]
fn an_ente_is_named_nationally_only_with_its_consent() {
    for file in of_national(&national(Language::Italian)) {
        let named = file.content.contains("Comune di c_zz02") && file.content.contains("Un biglietto solo");
        assert_eq!(named, !file.name.ends_with(".csv"), "{}", file.name);
        assert!(!file.content.contains(ENTE) && !file.content.contains("senza consenso"), "{}", file.name);
    }
}

#[test]
fn a_page_reaches_for_nothing_outside() {
    for page in [&of_ente(&march(Language::Italian))[0], &of_national(&national(Language::English))[0]] {
        for lead in ["href=\"", "src=\"", "url("] {
            for target in page.content.split(lead).skip(1).filter_map(|rest| rest.split(['"', ')']).next()) {
                let inside = target.starts_with('#') || target == "data:,";
                let beside = target.ends_with(".csv") || target.ends_with(".json");
                let own = target == "https://www.comune.example.it/" || target.starts_with("mailto:");
                assert!(inside || (beside && !target.contains('/')) || own, "{target}");
            }
        }
        assert!(!page.content.contains("<script") && !page.content.contains("@import"));
    }
}

#[test]
fn a_carried_month_gets_a_page_that_says_so_and_no_figure() {
    let town = town();
    let ente = ENTE.parse().unwrap();
    let document = ente_month(
        &town.views(),
        &town.feeds(),
        &ente,
        month(202_602),
        day(20_260_412),
        &terms(Language::Italian),
    )
    .unwrap();
    let files = of_ente(&document);
    let page = content(&files, ".html");
    assert!(page.contains("I giudizi di febbraio 2026 sono pochi: li riportiamo a marzo 2026."));
    assert_eq!(cell(page, "total votes"), None);
    let total: Vec<Row> =
        rows(content(&files, ".csv")).into_iter().filter(|row| row["part"] == "total").collect();
    assert_eq!(total.len(), 1);
    assert_eq!((total[0]["count"].as_str(), total[0]["state"].as_str()), ("", "carried"));
    let data: Value = serde_json::from_str(content(&files, ".json")).unwrap();
    assert_eq!((&data["total"], &data["carryover"]["carried"]), (&Value::Null, &json!(true)));
    assert!(content(&files, ".txt").contains("riportati al mese seguente"));
}

#[test]
fn what_cannot_be_published_says_why() {
    let mut town = town();
    let ente = ENTE.parse().unwrap();
    let asked = |town: &Town, code: &str, yyyymm: u32, today: u32| {
        let terms = terms(Language::Italian);
        ente_month(&town.views(), &town.feeds(), &code.parse().unwrap(), month(yyyymm), day(today), &terms)
            .unwrap_err()
    };
    assert!(matches!(asked(&town, ENTE, 202_604, 20_260_412), Unpublished::NotOver { .. }));
    assert!(matches!(asked(&town, ENTE, 202_604, 20_260_502), Unpublished::NotClosed { .. }));
    assert!(matches!(asked(&town, ENTE, 202_512, 20_260_412), Unpublished::BeforeFirst { .. }));
    assert!(matches!(asked(&town, "c_zz02", 202_602, 20_260_412), Unpublished::Gap { .. }));
    assert!(matches!(asked(&town, OBSERVER, 202_603, 20_260_412), Unpublished::NotAdmitted));
    town.summarise(ENTE, 20_260_511, summary(202_604, &[("anagrafe", "web", 1, 1, 1)]));
    let refused = asked(&town, ENTE, 202_604, 20_260_512);
    assert!(refused.to_string().contains("2026-04") && refused.to_string().contains('3'), "{refused}");
    let terms = terms(Language::Italian);
    let unsigned = national_month(&town.views(), month(202_603), None, |_| Recomputed::Identical, &terms);
    assert_eq!(unsigned, Err(Unpublished::NotSigned { month: month(202_603) }));
    town.publish(202_603, 20_260_520);
    let part = crate::views::Part::Total;
    let differs =
        national_month(&town.views(), month(202_603), None, |_| Recomputed::Differs { part }, &terms);
    assert_eq!(differs, Err(Unpublished::NotIdentical { month: month(202_603) }));
    assert!(ente_month(&town.views(), &town.feeds(), &ente, month(202_603), day(20_260_512), &terms).is_ok());
}

#[test]
fn a_corrected_month_shows_what_it_replaces() {
    let mut town = Town::founded(&[ENTE]);
    town.summarise(ENTE, 20_260_211, summary(202_601, &[("anagrafe", "counter", 100, 5, 2)]));
    let second = summary(202_601, &[("anagrafe", "counter", 120, 5, 2)]);
    town.summarise(ENTE, 20_260_212, wire::Summary { edition: 2, ..second });
    let terms = terms(Language::Italian);
    let document = ente_month(
        &town.views(),
        &town.feeds(),
        &ENTE.parse().unwrap(),
        month(202_601),
        day(20_260_213),
        &terms,
    )
    .unwrap();
    let files = of_ente(&document);
    let page = content(&files, ".html");
    assert!(page.contains("Versione corretta: sostituisce"));
    assert_eq!(cell(page, "withdrawn votes").as_deref(), Some("107"));
    assert_eq!(cell(page, "total votes").as_deref(), Some("127"));
    assert_page_and_table_agree(&files, Language::Italian);
    assert_data_and_table_agree(&files);
}
