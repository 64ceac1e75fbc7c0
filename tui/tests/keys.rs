//! What the keys do.

use crate::town::{Watched, about, answer};
use faccina_proto::wire::officer::v1::{
    AboutReply, Expert, Indicator, Sentence, Twinning, Window, twinning_act_request,
};
use faccina_tui::{
    form::{Problem, Stage},
    message::{Act, Key, Loss, Message, Reply, Request},
    model::{Focus, Order, Overlay, Screen},
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
    for (key, screen) in "12345678".chars().zip(Screen::ALL) {
        assert!(!watched.press(&key.to_string()));
        assert_eq!(watched.model.screen, screen);
    }
    assert_eq!(Screen::Network.step(1), Screen::MyEnte);
    assert_eq!(Screen::MyEnte.step(-1), Screen::Network);
    assert!(watched.press("q"));
}

#[test]
fn the_observer_begins_with_the_national_month() {
    let mut watched = Watched::dark(Language::Italian, 120, 36);
    watched.take(Message::Linked(AboutReply { role: "observer".to_owned(), ..about() }));
    assert_eq!(watched.model.screen, Screen::National);
}

#[test]
fn no_order_depends_on_a_crude_result() {
    let mut watched = watched();
    watched.press("2");
    let mut orders = Vec::new();
    for _ in 0..6 {
        orders.push((watched.model.order, names(&watched)));
        watched.press("o");
    }
    assert_eq!(orders[0].1, names(&watched), "six orders, then the first again");
    assert_eq!(orders[0].0, Order::Likeness, "an ente begins with those that are like it");
    // With every result turned round only the order of the estimate may change.
    let Reply::Comparison(mut turned) = answer(&watched.model.comparison_wanted()) else { unreachable!() };
    for row in &mut turned.rows {
        for share in [&mut row.green, &mut row.yellow, &mut row.red].into_iter().flatten() {
            share.value = 1.0 - share.value;
        }
        if let Some(place) = &mut row.place {
            (place.estimate, place.adjusted) = (1.0 - place.estimate, 1.0 - place.adjusted);
        }
    }
    watched.model.comparison.data = Some(turned);
    for (order, codes) in orders {
        assert_eq!(watched.model.order, order);
        watched.press("oooooo");
        assert_eq!(names(&watched) == codes, order != Order::Estimate, "{order:?}");
        watched.press("o");
    }
}

#[test]
fn in_the_order_of_the_estimate_the_interval_stands_and_no_place() {
    let mut watched = Watched::new(Language::Italian, 80, 24);
    watched.press("2");
    while watched.model.order != Order::Estimate {
        watched.press("o");
    }
    let text = watched.text();
    assert!(text.contains("90,0 [88,0–92,0]") && text.contains("senza posti in classifica"), "{text}");
    let list: Vec<&str> = text.lines().skip(8).take(6).collect();
    assert!(
        list.iter().all(|line| !line.trim_start_matches(['▌', ' ']).starts_with(char::is_numeric)),
        "{list:?}"
    );
}

#[test]
fn the_observer_has_nobody_to_be_like() {
    let mut watched = Watched::of_role("observer", Language::Italian, 120, 36);
    watched.press("2");
    for _ in 0..6 {
        assert_ne!(watched.model.order, Order::Likeness);
        watched.press("o");
    }
    watched.press("3");
    assert!(watched.text().contains("nessun ente gli è simile"), "{}", watched.text());
}

#[test]
fn the_cursor_stays_on_its_ente_when_the_order_changes() {
    let mut watched = watched();
    watched.press("2");
    watched.key(Key::End);
    let before = watched.model.compared().unwrap().ipa_code.clone();
    watched.press("oo");
    assert_eq!(watched.model.compared().unwrap().ipa_code, before);
}

#[test]
fn the_search_narrows_and_escape_takes_it_back() {
    let mut watched = watched();
    watched.press("2/borgo");
    assert_eq!(names(&watched), ["zz_b"]);
    watched.key(Key::Escape);
    assert_eq!(names(&watched).len(), 5);
}

#[test]
fn the_month_is_chosen_from_those_that_there_are() {
    let mut watched = watched();
    watched.press("2m");
    assert!(matches!(watched.model.overlay, Overlay::Picker(_)));
    watched.key(Key::Down);
    watched.key(Key::Down);
    watched.key(Key::Enter);
    assert_eq!(watched.model.filters.month, Some(202_603));
}

#[test]
fn the_language_changes_at_once() {
    let mut watched = watched();
    watched.press("l");
    assert!(watched.text().contains("My ente"), "{}", watched.text());
}

#[test]
fn period_and_indicator_change_what_is_asked() {
    let mut watched = watched();
    watched.press("2wi");
    assert_eq!(watched.model.filters.window, Window::Twelve);
    assert_eq!(watched.model.filters.indicator, Indicator::Red);
    let Request::Comparison(asked) = watched.model.comparison.answered.clone().unwrap() else {
        unreachable!()
    };
    assert_eq!((asked.window(), asked.indicator()), (Window::Twelve, Indicator::Red));
    let Request::Ente(asked) = watched.model.ente.answered.clone().unwrap() else { unreachable!() };
    assert_eq!(asked.window(), Window::Twelve);
    assert!(watched.text().contains("▼ rosso"), "{}", watched.text());
}

#[test]
fn a_neighbour_is_found_in_the_comparison_and_put_beside() {
    let mut watched = watched();
    watched.press("2/borgo");
    watched.key(Key::Enter);
    watched.press("3");
    watched.key(Key::Enter);
    assert_eq!(watched.model.screen, Screen::Comparison);
    assert_eq!(watched.model.compared().unwrap().ipa_code, "zz_l", "whatever was filtered before");
    watched.press("v");
    assert_eq!((watched.model.screen, watched.model.lists.twinning_focus), (Screen::Twinning, Focus::Third));
    assert_eq!(watched.model.sides(), Some((String::new(), "zz_l".to_owned())));
    watched.key(Key::Escape);
    assert_eq!(
        watched.model.sides(),
        Some((String::new(), "zz_e".to_owned())),
        "the twinning's other side again"
    );
}

/// Opens the actions and takes the one whose words begin so.
fn act(watched: &mut Watched, words: &str) {
    watched.press("a");
    watched.press(words);
    watched.key(Key::Enter);
}

#[test]
fn a_proposal_is_checked_summed_up_and_sent_once() {
    let mut watched = watched();
    watched.press("4p");
    watched.key(Key::Enter);
    let Overlay::Form(form) = &watched.model.overlay else { panic!("{:?}", watched.model.overlay) };
    assert_eq!(form.problem, Some(Problem::Field("problem-empty")));
    watched.press("Vorremmo imparare.");
    watched.key(Key::Enter);
    assert!(watched.text().contains("Inviare? s/n"), "{}", watched.text());
    assert!(watched.acts.is_empty(), "nothing goes before the yes");
    watched.press("s");
    let [Act::Propose(proposal)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert_eq!(
        (proposal.expert.as_str(), proposal.from_month, proposal.to_month),
        ("zz_e", 202_605, 202_704)
    );
    assert_eq!(proposal.topics, ["code allo sportello", "accoglienza"]);
    watched.press("ss");
    assert_eq!(watched.acts.len(), 1);
    let words = Sentence { it: "Proposta firmata.".to_owned(), en: "Signed.".to_owned() };
    watched.take(Message::Done(words));
    assert_eq!(watched.model.overlay, Overlay::None);
    assert!(watched.text().contains("✓ Proposta firmata."), "{}", watched.text());
}

#[test]
fn what_was_typed_outlives_a_refusal_and_a_loss() {
    let mut watched = watched();
    watched.press("4p");
    for _ in 0..4 {
        watched.key(Key::Tab);
    }
    watched.press("Vorremmo imparare.");
    watched.key(Key::Enter);
    watched.press("s");
    watched.take(Message::Declined("the expert has withdrawn".to_owned()));
    let text = watched.text();
    assert!(text.contains("Il nodo dice di no: the expert has withdrawn"), "{text}");
    assert!(text.contains("Vorremmo imparare."), "{text}");
    watched.key(Key::Enter);
    watched.press("s");
    watched.take(Message::Lost(Loss::Unreachable("connection reset".to_owned())));
    let Overlay::Form(form) = &watched.model.overlay else { panic!("{:?}", watched.model.overlay) };
    assert_eq!((form.stage, form.problem.clone()), (Stage::Filling, Some(Problem::Unanswered)));
    assert_eq!(form.typed("text"), "Vorremmo imparare.");
    watched.key(Key::Enter);
    watched.press("s");
    assert!(watched.text().contains("nulla è partito"), "{}", watched.text());
    assert_eq!(watched.acts.len(), 2, "with the node away nothing is sent");
}

#[test]
fn pasted_text_is_typed_and_never_an_answer() {
    let mut watched = watched();
    let paste = |watched: &mut Watched, text: &str| watched.take(Message::Pasted(text.to_owned()));
    assert!(!paste(&mut watched, "4p\r\nq"), "nothing is typed anywhere: nothing happens");
    assert_eq!((watched.model.screen, &watched.model.overlay), (Screen::MyEnte, &Overlay::None));
    watched.press("4p");
    watched.key(Key::Tab);
    paste(&mut watched, ", totem\nin vista");
    watched.key(Key::BackTab);
    watched.key(Key::BackTab);
    paste(&mut watched, "Vorremmo imparare.\r\ns\r\ns");
    assert!(watched.acts.is_empty());
    let Overlay::Form(form) = &watched.model.overlay else { panic!("{:?}", watched.model.overlay) };
    assert_eq!(form.stage, Stage::Filling, "a pasted line break is not Enter");
    watched.key(Key::Enter);
    paste(&mut watched, "s\r\n");
    assert!(watched.acts.is_empty(), "a pasted s is not a yes");
    watched.press("s");
    let [Act::Propose(proposal)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert_eq!(proposal.text, "Vorremmo imparare.\ns\ns");
    assert_eq!(proposal.topics, ["code allo sportello", "accoglienza", "totem in vista"]);
}

#[test]
fn a_field_is_full_where_the_node_would_refuse_it_and_the_summary_is_read_to_its_end() {
    let mut watched = Watched::of_role("observer", Language::Italian, 80, 24);
    watched.press("4");
    act(&mut watched, "revoc");
    watched.key(Key::Tab);
    watched.take(Message::Pasted(format!("{}fine ", "perché sì\n".repeat(40))));
    assert!(!watched.text().contains("Il campo è pieno"), "{}", watched.text());
    watched.take(Message::Pasted("è".repeat(400)));
    assert!(watched.text().contains("Il campo è pieno"), "{}", watched.text());
    watched.key(Key::Enter);
    let text = watched.text();
    assert!(
        text.contains("Pubblicare? s/n") && text.contains("↑↓ scorre") && !text.contains("fine"),
        "{text}"
    );
    for _ in 0..5 {
        watched.key(Key::PageDown);
    }
    let text = watched.text();
    assert!(text.contains("Pubblicare? s/n") && text.contains("fine"), "{text}");
    watched.press("s");
    let [Act::Revoke(revoked)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert!((1_023..=1_024).contains(&revoked.reason.len()), "{}", revoked.reason.len());
}

#[test]
fn only_what_can_be_done_now_is_offered() {
    let mut watched = watched();
    watched.press("5a");
    let text = watched.text();
    assert!(text.contains("Dare una raccomandazione") && !text.contains("Accettare"), "{text}");
    watched.key(Key::Escape);
    watched.key(Key::Down);
    act(&mut watched, "accet");
    watched.key(Key::Enter);
    assert!(watched.text().contains("Pubblicare? s/n"), "{}", watched.text());
    watched.press("s");
    let [Act::Twinning(accepted)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert_eq!(accepted.id, "cd".repeat(32));
    watched.take(Message::Declined(String::new()));
    watched.key(Key::Escape);
    watched.press("7a");
    assert!(watched.text().contains("non c'è nulla da fare"), "{}", watched.text());
}

/// The twinnings, with a newer one before them.
fn one_more_twinning() -> Message {
    let Reply::Twinnings(mut reply) = answer(&Request::Twinnings) else { unreachable!() };
    let newer = Twinning { id: "ef".repeat(32), learner: "zz_r".to_owned(), ..reply.twinnings[1].clone() };
    reply.twinnings.insert(0, newer);
    Message::Arrived(Request::Twinnings, Box::new(Reply::Twinnings(reply)))
}

#[test]
fn a_list_that_comes_anew_moves_no_other_row_under_the_cursor() {
    let mut watched = watched();
    watched.press("5");
    watched.key(Key::Down);
    watched.take(one_more_twinning());
    assert_eq!(watched.model.twinning().unwrap().id, "cd".repeat(32));
    watched.take(Message::Arrived(Request::Twinnings, Box::new(answer(&Request::Twinnings))));
    assert_eq!(watched.model.twinning().unwrap().id, "cd".repeat(32));
    watched.press("4");
    let Reply::Experts(mut experts) = answer(&Request::Experts) else { unreachable!() };
    let read = watched.model.expert().unwrap().ipa_code.clone();
    experts.experts.insert(0, Expert { ipa_code: "zz_r".to_owned(), ..experts.experts[0].clone() });
    watched.take(Message::Arrived(Request::Experts, Box::new(Reply::Experts(experts))));
    assert_eq!(watched.model.expert().unwrap().ipa_code, read);
}

#[test]
fn designations_that_end_on_different_days_are_told_apart() {
    let mut watched = watched();
    watched.press("4");
    let Reply::Experts(mut experts) = answer(&Request::Experts) else { unreachable!() };
    experts.experts[0].areas = vec!["ambiente".to_owned(), "demografici".to_owned()];
    experts.experts[0].valid_to_day = 20_270_320;
    experts.experts[0].valid_to_days = vec![20_270_320, 20_261_210];
    watched.take(Message::Arrived(Request::Experts, Box::new(Reply::Experts(experts))));
    let text = watched.text();
    for words in ["ambiente, fino al 20/03/2027;", "10/12/2026"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn an_act_is_about_what_was_read_when_it_was_chosen() {
    let mut watched = watched();
    watched.press("5");
    watched.key(Key::Down);
    watched.press("aaccet");
    // The list comes anew while the picker is open, and the one that was read is gone from it.
    let Message::Arrived(request, reply) = one_more_twinning() else { unreachable!() };
    let Reply::Twinnings(mut gone) = *reply else { unreachable!() };
    gone.twinnings.retain(|twinning| !twinning.id.starts_with("cd"));
    watched.take(Message::Arrived(request, Box::new(Reply::Twinnings(gone))));
    watched.take(one_more_twinning());
    watched.key(Key::Enter);
    let text = watched.text();
    for words in ["Lagoinesistente", "zz_l", "cdcdcdcd ", "Anagrafe", "code allo sportello", "aprile 2027"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    watched.take(one_more_twinning());
    watched.key(Key::Enter);
    assert!(watched.text().contains("cdcdcdcd "), "{}", watched.text());
    watched.press("s");
    let [Act::Twinning(accepted)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert_eq!(accepted.id, "cd".repeat(32));
}

#[test]
fn the_checklist_begins_with_the_last_answers() {
    let mut watched = watched();
    watched.press("5");
    act(&mut watched, "autov");
    watched.key(Key::Right);
    watched.key(Key::Tab);
    watched.press(" ogni mese");
    watched.key(Key::Enter);
    watched.press("y");
    let [Act::Twinning(sent)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    let Some(twinning_act_request::Act::Checklist(list)) = &sent.act else { panic!("{sent:?}") };
    let said: Vec<(&str, u32, &str)> =
        list.answers.iter().map(|a| (a.item.as_str(), a.level, a.note.as_str())).collect();
    assert_eq!(said, [("L1", 4, "da marzo"), ("L2", 1, "ogni mese")]);
}

#[test]
fn the_observer_designates_and_revokes() {
    let mut watched = Watched::of_role("observer", Language::Italian, 120, 36);
    watched.press("4p");
    assert_eq!(watched.model.overlay, Overlay::None, "DFP proposes no twinning");
    act(&mut watched, "revoc");
    watched.key(Key::Tab);
    watched.press("non pubblica da un anno");
    watched.key(Key::Enter);
    watched.press("s");
    let [Act::Revoke(revoked)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert_eq!((revoked.ipa_code.as_str(), revoked.area.as_str()), ("zz_e", "demografici"));
    watched.take(Message::Done(Sentence::default()));
    watched.press("2");
    watched.key(Key::End);
    act(&mut watched, "design");
    watched.key(Key::Tab);
    watched.press("ascolta");
    watched.key(Key::Tab);
    watched.press("31/12/2026");
    watched.key(Key::Enter);
    watched.press("s");
    let Act::Designate(designated) = &watched.acts[1] else { panic!("{:?}", watched.acts) };
    assert_eq!((designated.ipa_code.as_str(), designated.valid_to_day), ("zz_r", 20_261_231));
}

#[test]
fn a_card_is_read_and_only_an_own_one_is_acted_upon() {
    let mut watched = Watched::new(Language::Italian, 80, 24);
    watched.press("6a");
    assert!(watched.text().contains("non c'è nulla da fare"), "{}", watched.text());
    watched.key(Key::Enter);
    let text = watched.text();
    assert!(text.contains("1. contare gli arrivi") && text.contains("• nessuna spesa"), "{text}");
    watched.key(Key::End);
    let text = watched.text();
    assert!(text.contains("Ostile: [2Jfine."), "{text}");
    watched.key(Key::Escape);
    watched.key(Key::Down);
    act(&mut watched, "conse");
    watched.key(Key::Enter);
    watched.press("s");
    let [Act::Consent(consent)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    assert_eq!((consent.card, consent.consents), (1, true));
}

#[test]
fn a_declaration_begins_with_the_last_one() {
    let mut watched = watched();
    watched.press("1");
    act(&mut watched, "dichia");
    watched.key(Key::Enter);
    watched.press("s");
    let [Act::Availability(declared)] = &watched.acts[..] else { panic!("{:?}", watched.acts) };
    let declared = declared.availability.as_ref().unwrap();
    assert_eq!((declared.available, declared.note.as_str()), (false, "dal 2027"));
    assert_eq!(declared.areas, ["demografici"]);
    assert_eq!(declared.topics, ["totem"]);
}

#[test]
fn the_library_is_searched_by_the_node() {
    let mut watched = watched();
    watched.press("6/totem");
    let Request::Cards(asked) = watched.model.cards.answered.clone().unwrap() else { unreachable!() };
    assert_eq!(asked.text, "totem");
    watched.key(Key::Escape);
    watched.press("t");
    watched.key(Key::Down);
    watched.key(Key::Enter);
    let Request::Cards(asked) = watched.model.cards.answered.clone().unwrap() else { unreachable!() };
    assert_eq!((asked.text.as_str(), asked.topic.as_str()), ("", "accoglienza"));
}

#[test]
fn a_screen_shrinks_to_nothing_and_comes_back() {
    let mut watched = watched();
    for screen in "12345678".chars() {
        watched.press(&screen.to_string());
        let before = watched.text();
        for (columns, rows) in [(20, 5), (1, 1), (80, 24), (81, 25), (119, 24), (150, 24), (120, 36)] {
            watched.take(Message::Resized { columns, rows });
            for overlay in ["", "?", "a", "e", "f"] {
                watched.press(overlay);
                assert!(!watched.text().is_empty() || columns < 20);
                watched.key(Key::Escape);
            }
        }
        assert_eq!(watched.text(), before, "screen {screen}");
    }
}
