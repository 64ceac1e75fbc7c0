//! A month that was published more than once: what holds now says what changed, and what was replaced can be read.

use super::{ENTE, assert_data_and_table_agree, assert_page_and_table_agree, cell, content, terms};
use crate::{
    publication::{File, NationalMonth, Unpublished, national_month, of_national},
    views::{
        Recomputed,
        town::{Town, month, summary},
    },
    words::Language,
};
use faccina_proto::wire::feed::v1 as wire;
use serde_json::Value;

/// March as it was first published, and again once a second ente had transmitted.
fn restated(language: Language) -> [NationalMonth; 2] {
    let mut town = Town::founded(&[ENTE, "c_zz02"]);
    let of_march = |gaps: &[u32], green| {
        let summary = summary(202_603, &[("anagrafe", "counter", green, 5, 5)]);
        wire::Summary { gap_months: gaps.to_vec(), ..summary }
    };
    town.summarise(ENTE, 20_260_411, of_march(&[202_601, 202_602], 90));
    town.publish(202_603, 20_260_420);
    town.summarise("c_zz02", 20_260_422, of_march(&[202_601, 202_602], 40));
    town.publish(202_603, 20_260_423);
    let (views, terms, month) = (town.views(), terms(language), month(202_603));
    let of = |restatement| national_month(&views, month, restatement, |_| Recomputed::Identical, &terms);
    assert_eq!(of(Some(2)), Err(Unpublished::NoRestatement { month, restatement: 2, last: 1 }));
    assert_eq!(of(Some(1)), of(None));
    [of(Some(0)).unwrap(), of(None).unwrap()]
}

#[test]
fn a_restated_month_says_what_changed_and_the_first_publication_stays() {
    for language in [Language::Italian, Language::English] {
        for document in restated(language) {
            assert!(assert_page_and_table_agree(&of_national(&document), language) > 30);
            assert_data_and_table_agree(&of_national(&document));
        }
    }
    let [first, second] = restated(Language::Italian).map(|document| of_national(&document));
    let names = |files: &[File]| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first)[0], "national-2026-03-0.html");
    assert_eq!(names(&second)[0], "national-2026-03.html");
    let (before, after) = (content(&first, ".html"), content(&second, ".html"));
    assert!(
        before
            .contains("Versione superata, sostituita il 23 aprile 2026: vale la versione corretta numero 1.")
    );
    assert!(after.contains("Versione corretta numero 1, pubblicata il 23 aprile 2026"));
    assert!(after.contains("Enti contati: da 1 su 2 a 2 su 2. Voti: da 100 a 150 (verdi da 90 a 130"));
    for page in [before, after] {
        assert_eq!(cell(page, "publications 0 votes").as_deref(), Some("100"));
        assert_eq!(cell(page, "publications 1 votes").as_deref(), Some("150"));
    }
    assert_eq!(cell(before, "total votes").as_deref(), Some("100"));
    assert_eq!(cell(before, "series 2026-03 votes").as_deref(), Some("100"));
    let data: Value = serde_json::from_str(content(&second, ".json")).unwrap();
    let changes = &data["publications"][1]["changes"];
    assert_eq!(changes["total"]["before"]["n"], 100);
    assert_eq!(changes["coverage"]["after"]["counted"], 2);
    assert!(
        content(&second, ".csv")
            .contains("dfp_demo,2026-03,0,publications,,,,,published_on,,,,,,,,2026-04-20")
    );
}
