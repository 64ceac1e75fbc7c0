//! The screens on which DFP watches the federation: who is to be looked at, what was published of a month.

use crate::town::{Watched, network};
use faccina_proto::wire::officer::v1::{Delivery, Member, NationalReply, NetworkReply};
use faccina_tui::{
    message::{Key, Message, Reply, Request},
    texts::Language,
};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 36)];

fn shows(watched: &mut Watched, reply: NetworkReply) -> String {
    watched.take(Message::Arrived(Request::Network, Box::new(Reply::Network(reply))));
    watched.text()
}

fn observer(language: Language, columns: u16, rows: u16) -> Watched {
    let mut watched = Watched::of_role("observer", language, columns, rows);
    watched.press("8");
    watched
}

#[test]
fn the_network_and_the_publications_of_a_month() {
    for language in [Language::Italian, Language::English] {
        let shown: Vec<String> = SIZES
            .into_iter()
            .flat_map(|(columns, rows)| {
                let mut watched = observer(language, columns, rows);
                let network = watched.text();
                watched.press("7");
                watched.key(Key::Right);
                watched.key(Key::Right);
                watched.key(Key::Down);
                [network, watched.text()]
            })
            .collect();
        insta::assert_snapshot!(format!("dfp-{language:?}"), shown.join("\n\n"));
    }
}

#[test]
fn who_is_to_be_looked_at_stands_first_and_says_what_to_do() {
    let text = observer(Language::Italian, 120, 36).text();
    let place = |name: &str| text.find(name).unwrap();
    assert!(place("Ente zz_r") < place("Ente zz_b") && place("Ente zz_b") < place("Ente zz_o"), "{text}");
    assert!(text.contains("1 silenzioso, 1 sdoppiato") && text.contains("1 chiave da rinnovare"), "{text}");
    assert!(text.contains("mancano 2 mesi") && text.contains("Sentire l'ente, poi decidere"), "{text}");
}

#[test]
fn six_thousand_members_are_filtered_by_state_and_searched_by_name() {
    let member = |n: u32| Member {
        ipa_code: format!("c_{n:04}"),
        name: format!("Comune {n:04}"),
        state: "ok".to_owned(),
        delivery: (if n % 1_000 == 7 { Delivery::Late } else { Delivery::InTime }).into(),
        ..Member::default()
    };
    let reply = NetworkReply { members: (0..6_000).map(member).collect(), ..network("ab") };
    let mut watched = observer(Language::Italian, 80, 24);
    let text = shows(&mut watched, reply);
    assert!(text.contains("6.000 membri") && text.contains("Comune 0007"), "{text}");
    watched.press("/c_5007");
    watched.key(Key::Enter);
    let text = watched.text();
    assert!(text.contains("Comune 5007") && !text.contains("Comune 0007"), "{text}");
    watched.key(Key::Escape);
    watched.press("sin ritardo");
    watched.key(Key::Enter);
    watched.key(Key::End);
    let text = watched.text();
    assert!(text.contains("Comune 5007") && text.contains("Comune 0007"), "{text}");
    assert!(!text.contains("Comune 0008"), "{text}");
}

#[test]
fn a_filter_that_nobody_passes_says_so() {
    let mut watched = observer(Language::Italian, 80, 24);
    watched.press("/nessuno si chiama");
    assert!(watched.text().contains("Nessun membro corrisponde ai filtri"), "{}", watched.text());
    watched.key(Key::Escape);
    assert!(!watched.text().contains("Nessun membro corrisponde"), "{}", watched.text());
    let empty = shows(&mut watched, NetworkReply::default());
    assert!(empty.contains("0 membri"), "{empty}");
}

#[test]
fn a_month_without_publications_and_arrivals_says_so() {
    let mut watched = observer(Language::Italian, 80, 24);
    watched.press("7");
    watched.key(Key::Right);
    watched.key(Key::Right);
    let request = watched.model.national.answered.clone().unwrap();
    let reply = NationalReply { month: 202_604, due_day: 20_260_511, ..NationalReply::default() };
    watched.take(Message::Arrived(request, Box::new(Reply::National(reply))));
    assert!(watched.text().contains("Nessuna sintesi che conta"), "{}", watched.text());
}
