//! Screens as files: what stands in them, and the same for everybody.

use crate::town::{Watched, about};
use faccina_proto::wire::officer::v1::AboutReply;
use faccina_tui::{
    message::{Key, Message},
    model::Order,
    texts::Language,
};

#[test]
fn every_screen_is_exported_in_three_forms_with_its_source() {
    let mut watched = Watched::new(Language::Italian, 120, 36);
    for screen in "12345678".chars() {
        watched.press(&screen.to_string());
        for place in 0..3 {
            watched.press("e");
            for _ in 0..place {
                watched.key(Key::Down);
            }
            watched.key(Key::Enter);
        }
    }
    assert_eq!(watched.written.len(), 24);
    for export in &watched.written {
        assert!(export.content.contains("Borgofinto"), "{} {}", export.stem, export.content);
        assert!(!export.content.contains('⟦'), "{} {}", export.stem, export.content);
        assert!(export.stem.starts_with("faccina-"), "{}", export.stem);
    }
    let comparison = watched.written.iter().find(|one| one.stem == "faccina-confronto-2026-04").unwrap();
    let row = comparison.content.lines().find(|line| line.starts_with("zz_b")).unwrap();
    assert!(row.contains("255,228,15,12,89.4,84.4,92.4"), "{row}");
    assert!(watched.text().contains("8 Rete"), "{}", watched.text());
}

#[test]
fn two_officers_of_two_enti_see_the_same_figures() {
    let figures = |code: &str, name: &str| {
        let mut watched = Watched::dark(Language::Italian, 120, 36);
        let about = AboutReply { ipa_code: code.to_owned(), name: name.to_owned(), ..about() };
        watched.take(Message::Linked(about));
        watched.press("2o");
        watched.key(Key::Home);
        watched.press("e");
        assert_eq!(watched.model.order, Order::Name);
        watched.key(Key::Enter);
        let written = watched.written.pop().unwrap().content;
        let lines = written.lines().filter(|line| !line.contains("fonte")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let first = figures("zz_b", "Comune di Borgofinto");
    assert_eq!(first, figures("zz_l", "Comune di Lagoinesistente"));
    assert!(first.iter().any(|line| line.starts_with("zz_e")), "{first:?}");
}

#[test]
fn nothing_is_exported_before_an_answer() {
    let mut watched = Watched::dark(Language::Italian, 80, 24);
    watched.press("2e");
    watched.key(Key::Enter);
    assert!(watched.written.is_empty());
    assert!(watched.text().contains("Non c'è ancora nulla da scrivere"), "{}", watched.text());
}
