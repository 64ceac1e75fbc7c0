//! What the screens look like.

use crate::town::Watched;
use faccina_proto::wire::officer::v1::{Listening, MyEnteReply, NetworkReply, Sentence};
use faccina_tui::{
    message::{Key, Message, Reply, Request},
    texts::Language,
    view::theme::Face,
};
use ratatui::style::Color;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 48)];

fn screens(language: Language, columns: u16, rows: u16) -> String {
    let mut watched = Watched::new(language, columns, rows);
    let shown: Vec<String> = "12345678"
        .chars()
        .map(|key| {
            watched.press(&key.to_string());
            watched.text()
        })
        .collect();
    shown.join("\n\n")
}

#[test]
fn every_screen_in_italian() {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(
            format!("italian-{columns}x{rows}"),
            screens(Language::Italian, columns, rows)
        );
    }
}

#[test]
fn every_screen_in_english() {
    for (columns, rows) in [(80, 24), (120, 36)] {
        insta::assert_snapshot!(
            format!("english-{columns}x{rows}"),
            screens(Language::English, columns, rows)
        );
    }
}

/// What a screen shows after further keys: parts that the digit alone does not open.
fn opened(columns: u16, rows: u16, keys: &[(&str, &[Key])]) -> String {
    let mut watched = Watched::new(Language::Italian, columns, rows);
    let shown: Vec<String> = keys
        .iter()
        .map(|(letters, keys)| {
            watched.press(letters);
            keys.iter().for_each(|key| watched.key(*key));
            watched.text()
        })
        .collect();
    shown.join("\n\n")
}

#[test]
fn the_parts_of_the_screens() {
    let parts: [(&str, &[Key]); 9] = [
        ("1", &[Key::Right, Key::Right]),
        ("?", &[Key::PageDown]),
        ("", &[Key::Escape, Key::Char('2'), Key::Down, Key::Enter]),
        ("", &[Key::Enter]),
        ("f", &[]),
        ("f5", &[Key::Right, Key::Right]),
        ("6", &[Key::Enter]),
        ("7", &[Key::Right]),
        ("4v", &[]),
    ];
    insta::assert_snapshot!("parts-80x24", opened(80, 24, &parts));
}

#[test]
fn a_node_that_must_not_publish_says_so_on_every_screen() {
    let mut watched = Watched::new(Language::Italian, 80, 24);
    let stopped = Some(Sentence {
        it: "Il nodo non pubblica: una sua copia è accesa altrove.".to_owned(),
        en: "The node does not publish: a copy of it runs elsewhere.".to_owned(),
    });
    let network = NetworkReply { stopped, ..NetworkReply::default() };
    watched.take(Message::Arrived(Request::Network, Box::new(Reply::Network(network))));
    for screen in ["1", "4"] {
        watched.press(screen);
        assert!(watched.text().contains("Il nodo non pubblica: una sua copia è accesa altrove."));
    }
}

#[test]
fn the_observer_sees_what_is_published() {
    let mut watched = Watched::of_role("observer", Language::Italian, 80, 24);
    let shown: Vec<String> = ["4", "a", "5"]
        .into_iter()
        .map(|key| {
            watched.key(Key::Escape);
            watched.press(key);
            watched.text()
        })
        .collect();
    insta::assert_snapshot!("observer-80x24", shown.join("\n\n"));
}

#[test]
fn the_forms() {
    let forms: [(&str, &[Key]); 4] = [
        ("4p", &[Key::Down, Key::Down]),
        ("", &[Key::Escape, Key::Char('a'), Key::Down, Key::Enter]),
        ("", &[Key::Escape, Key::Char('5'), Key::Char('a'), Key::Down, Key::Enter]),
        ("", &[Key::Enter]),
    ];
    insta::assert_snapshot!("forms-80x24", opened(80, 24, &forms));
}

#[test]
fn without_answers_every_screen_says_that_it_waits() {
    let mut watched = Watched::dark(Language::Italian, 80, 24);
    for key in "12345678".chars() {
        watched.press(&key.to_string());
        assert!(watched.text().contains("In attesa del nodo"), "{}", watched.text());
    }
}

#[test]
fn figures_from_before_a_loss_stay_and_are_marked_as_old() {
    let mut watched = Watched::new(Language::Italian, 100, 30);
    watched.press("2");
    watched.lose();
    let text = watched.text();
    assert!(text.contains("nodo assente") && text.contains("Dati vecchi."), "{text}");
    assert!(text.contains("connection refused") && text.contains("Comune di Borgofinto"), "{text}");
    watched.take(Message::Linked(crate::town::about()));
    assert!(!watched.text().contains("Dati vecchi."), "{}", watched.text());
}

#[test]
fn an_unknown_figure_is_never_a_zero() {
    let mut watched = Watched::new(Language::Italian, 160, 48);
    watched.press("2");
    let text = watched.text();
    let text =
        text.lines().map(|line| line.chars().take(80).collect::<String>()).collect::<Vec<_>>().join("\n");
    let late = text.lines().find(|line| line.contains("Montinventato")).unwrap();
    assert!(late.contains('–') && late.contains("in ritardo") && !late.contains('0'), "{late}");
}

#[test]
fn what_no_terminal_has_said_yet_is_not_called_none() {
    let (mut watched, known) = (Watched::new(Language::Italian, 160, 48), crate::town::my_ente());
    let listening = Listening { heard: 0, ..known.listening.unwrap() };
    let quiet = MyEnteReply { to_verify: Vec::new(), refused: Vec::new(), ..known };
    let mut shown = |reply: MyEnteReply| {
        watched.take(Message::Arrived(Request::MyEnte, Box::new(Reply::MyEnte(reply))));
        watched.text()
    };
    let text = shown(MyEnteReply { reported: false, listening: Some(listening), ..quiet.clone() });
    assert_eq!(text.matches("non si sa ancora").count(), 2, "{text}");
    assert!(!text.contains("nessuno") && !text.contains("nulla da verificare"), "{text}");
    let text = shown(MyEnteReply { listening: Some(Listening { heard: 3, ..listening }), ..quiet.clone() });
    assert!(text.contains("nessuno") && text.contains("sentiti finora 3 terminali su 12"), "{text}");
    let text = shown(quiet);
    assert!(text.contains("nulla da verificare") && !text.contains("sentiti finora"), "{text}");
}

#[test]
fn no_text_is_missing_in_either_language() {
    for language in [Language::Italian, Language::English] {
        for (columns, rows) in [(80, 24), (120, 36), (160, 48)] {
            let mut watched = Watched::new(language, columns, rows);
            for screen in "12345678".chars() {
                watched.press(&screen.to_string());
                for overlay in ["", "?", "m", "s", "c", "r", "t", "/", "e", "a", "p"] {
                    watched.press(overlay);
                    assert!(!watched.text().contains('⟦'), "{}", watched.text());
                    watched.take(Message::Key(Key::Escape));
                }
            }
        }
    }
}

#[test]
fn every_text_is_read_to_its_end() {
    for source in [include_str!("../texts/it.ftl"), include_str!("../texts/en.ftl")] {
        let read = fluent_bundle::FluentResource::try_new(source.to_owned());
        assert!(read.is_ok(), "{:?}", read.err().map(|(_, errors)| errors));
        // A continued line that begins with a bracket is taken for a variant, and what follows for lost.
        assert!(!source.lines().any(|line| line.starts_with("    [") && line.contains(" | ")));
    }
    for (language, word) in [
        (Language::Italian, "amministrazione esperta designata"),
        (Language::English, "expert administration designated"),
    ] {
        let mut watched = Watched::new(language, 160, 48);
        watched.press("2?");
        (0..9).for_each(|_| watched.key(Key::PageDown));
        assert!(watched.text().contains(word), "{}", watched.text());
    }
}

#[test]
fn both_languages_have_the_same_texts() {
    let ids = |source: &str| -> Vec<String> {
        let id = |line: &str| line.split_once(" =").map(|(id, _)| id.to_owned());
        let starts = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let mut ids: Vec<String> = source.lines().filter(starts).filter_map(id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(include_str!("../texts/it.ftl")), ids(include_str!("../texts/en.ftl")));
}

#[test]
fn without_colour_the_shapes_still_tell_the_faces() {
    let mut watched = Watched::new(Language::Italian, 80, 24);
    for screen in "12345678".chars() {
        watched.press(&screen.to_string());
        let buffer = watched.buffer(false);
        let inked = buffer.content().iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
        assert!(!inked, "screen {screen} has a colour");
    }
    watched.press("1");
    let text = watched.text();
    for face in [Face::Green, Face::Yellow, Face::Red] {
        assert!(text.contains(face.shape()), "{text}");
    }
}

#[test]
fn a_screen_too_small_says_so() {
    let watched = Watched::new(Language::Italian, 60, 20);
    let text = watched.text();
    assert!(text.contains("60 colonne") && text.contains("almeno 80"), "{text}");
}
