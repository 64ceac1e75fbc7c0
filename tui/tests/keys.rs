//! What the keys do.

use crate::town::{Watched, about};
use faccina_proto::wire::officer::v1::AboutReply;
use faccina_tui::{
    message::{Key, Message},
    model::{Overlay, Screen},
    texts::Language,
};

fn watched() -> Watched {
    Watched::new(Language::Italian, 120, 36)
}

fn names(watched: &Watched) -> Vec<String> {
    let reply = watched.model.comparison.data.as_ref().unwrap();
    watched.model.comparison_rows.iter().map(|index| reply.rows[*index].ipa_code.clone()).collect()
}

#[test]
fn digits_choose_the_screen_and_q_leaves() {
    let mut watched = watched();
    for (key, screen) in "12345".chars().zip(Screen::ALL) {
        assert!(!watched.press(&key.to_string()));
        assert_eq!(watched.model.screen, screen);
    }
    assert!(watched.press("q"));
}

#[test]
fn the_observer_begins_with_the_national_month() {
    let mut watched = Watched::dark(Language::Italian, 120, 36);
    watched.take(Message::Linked(AboutReply { role: "observer".to_owned(), ..about() }));
    assert_eq!(watched.model.screen, Screen::National);
}

#[test]
fn no_order_depends_on_a_result() {
    let mut watched = watched();
    watched.press("2");
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(names(&watched));
        watched.press("o");
    }
    assert_eq!(orders[0], names(&watched), "four orders, then the first again");
    let size = ["zz_e", "zz_b", "zz_r", "zz_m"];
    assert!(orders.iter().any(|order| *order == size), "{orders:?}");
    // The best share of all would come first if a result decided.
    let reply = watched.model.comparison.data.as_ref().unwrap();
    let green = |code: &String| {
        let row = reply.rows.iter().find(|row| row.ipa_code == *code).unwrap();
        row.green.as_ref().map_or(-1.0, |share| share.value)
    };
    assert!(orders.iter().any(|order| !order.is_sorted_by(|a, b| green(a) >= green(b))));
}

#[test]
fn the_search_narrows_and_escape_takes_it_back() {
    let mut watched = watched();
    watched.press("2/borgo");
    assert_eq!(names(&watched), ["zz_b"]);
    watched.take(Message::Key(Key::Escape));
    assert_eq!(names(&watched).len(), 4);
}

#[test]
fn the_month_is_chosen_from_those_that_there_are() {
    let mut watched = watched();
    watched.press("2m");
    assert!(matches!(watched.model.overlay, Overlay::Picker(_)));
    watched.take(Message::Key(Key::Down));
    watched.take(Message::Key(Key::Down));
    watched.take(Message::Key(Key::Enter));
    assert_eq!(watched.model.filters.month, Some(202_603));
}

#[test]
fn the_language_changes_at_once() {
    let mut watched = watched();
    watched.press("l");
    assert!(watched.text().contains("My ente"), "{}", watched.text());
}
