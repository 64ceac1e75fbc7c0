//! The screens on which DFP watches the federation: who is to be looked at, what was published of a month.

use crate::town::{Watched, network};
use faccina_proto::wire::officer::v1::{AdhesionReply, Delivery, Member, NationalReply, NetworkReply};
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
    let order = ["zz_r", "zz_b", "zz_u", "zz_n", "zz_o", "zz_v"].map(|code| place(&format!("Ente {code}")));
    assert!(order.is_sorted(), "{text}");
    assert!(text.contains("1 silenzioso, 1 sdoppiato") && text.contains("1 chiave da rinnovare"), "{text}");
    assert!(text.contains("mancano 2 mesi") && text.contains("Sentire l'ente, poi decidere"), "{text}");
}

#[test]
fn who_is_connected_and_takes_nothing_is_behind() {
    let mut watched = observer(Language::Italian, 120, 36);
    let mut reply = network("aa");
    let member = reply.members.iter_mut().find(|member| member.ipa_code == "zz_n").unwrap();
    (member.connected, member.behind_hours, member.behind_root_entries) = (true, 26, 2);
    reply.counts.as_mut().unwrap().behind = 1;
    let text = shows(&mut watched, reply);
    assert!(text.contains("! indietro 26 h") && text.contains("1 indietro"), "{text}");
    watched.press("/zz_n");
    watched.key(Key::Enter);
    watched.key(Key::Enter);
    let text = watched.text();
    assert!(text.contains("non prende ciò che gli altri pubblicano"), "{text}");
    assert!(text.contains("da 26 ore: gli mancano 2 voci dell'albo."), "{text}");
}

#[test]
fn how_far_the_federation_is_from_its_targets_stands_above_its_members() {
    let text = observer(Language::Italian, 80, 24).text();
    assert!(text.contains("87 enti su 100") && text.contains("214 servizi su 300"), "{text}");
    assert!(text.contains("! 2 da sollecitare"), "{text}");
    let mut watched = observer(Language::English, 80, 24);
    let none = AdhesionReply { enti: 1, services: 0, ..AdhesionReply::default() };
    watched.take(Message::Arrived(Request::Adhesion, Box::new(Reply::Adhesion(none))));
    let text = watched.text();
    assert!(text.contains("one ente · 0 services · ✓ nobody to remind"), "{text}");
}

#[test]
fn the_card_of_a_member_says_what_is_missing_and_saves_the_reminder() {
    let mut watched = observer(Language::Italian, 80, 24);
    watched.key(Key::Enter);
    let text = watched.text();
    assert!(text.contains("Che cosa manca") && text.contains("– manca il piano di rilevazione"), "{text}");
    (0..9).for_each(|_| watched.key(Key::PageDown));
    let text = watched.text();
    assert!(text.contains("A: qualita@zz_r.example") && text.contains("al registro mancano:"), "{text}");
    assert!(text.contains("e salva il promemoria"), "{text}");
    watched.press("e");
    let written = watched.written.pop().unwrap();
    assert_eq!((written.stem.as_str(), written.ending), ("faccina-promemoria-zz-r", "txt"));
    let lines: Vec<&str> = written.content.lines().take(4).collect();
    let first =
        ["A: qualita@zz_r.example", "Oggetto: Rete Faccina: che cosa manca a Ente zz_r", "", "Buongiorno,"];
    assert_eq!(lines, first);
    assert!(!watched.text().contains("Che cosa manca"), "the card closes: {}", watched.text());
}

#[test]
fn only_dfp_reminds_and_only_whoever_owes_something() {
    let mut watched = Watched::new(Language::Italian, 80, 24);
    watched.press("8");
    watched.key(Key::Enter);
    watched.press("e");
    assert!(watched.written.is_empty() && watched.model.reminder.answered.is_none());
    assert!(!watched.text().contains("promemoria"), "{}", watched.text());
    let mut watched = observer(Language::Italian, 80, 24);
    watched.press("/zz_n");
    watched.key(Key::Enter);
    watched.key(Key::Enter);
    watched.press("e");
    let text = watched.text();
    assert!(text.contains("Ha preso il posto di: Ente zz_v") && watched.written.is_empty(), "{text}");
}

#[test]
fn a_reminder_that_the_node_refuses_leaves_the_rest_of_the_card() {
    let mut watched = observer(Language::Italian, 80, 24);
    watched.key(Key::Enter);
    let asked = watched.model.reminder.answered.clone().unwrap();
    watched.take(Message::Refused(asked, "zz_r owes nothing today".to_owned()));
    watched.press("e");
    let text = watched.text();
    assert!(text.contains("Che cosa manca") && watched.written.is_empty(), "{text}");
    (0..9).for_each(|_| watched.key(Key::PageDown));
    assert!(watched.text().contains("zz_r owes nothing today"), "{}", watched.text());
}

#[test]
fn what_a_comune_hands_over_stands_where_it_is_compared_too() {
    let mut watched = Watched::new(Language::Italian, 160, 48);
    watched.press("2");
    let text = watched.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Fa parte di: Ente zz_u."), "{text}");
}

#[test]
fn the_cards() {
    for language in [Language::Italian, Language::English] {
        let shown: Vec<String> = SIZES
            .into_iter()
            .flat_map(|(columns, rows)| {
                ["zz_r", "zz_u", "zz_b"].map(|code| {
                    let mut watched = observer(language, columns, rows);
                    watched.press(&format!("/{code}"));
                    watched.key(Key::Enter);
                    watched.key(Key::Enter);
                    watched.text()
                })
            })
            .collect();
        insta::assert_snapshot!(format!("cards-{language:?}"), shown.join("\n\n"));
    }
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
