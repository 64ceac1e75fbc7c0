//! What a key does on the screens themselves; the same key means the same everywhere.

use super::{lists, overlays};
use crate::actions;
use crate::form::Purpose;
use crate::message::{Command, Key};
use crate::model::{Choice, Cursor, Filters, Focus, Library, Members, Model, Order, Overlay, Screen};
use crate::selection;
use crate::texts::{Texts, Words};
use faccina_proto::wire::officer::v1::{Indicator, Window};

/// Takes a key: what lies over the screen has it first.
pub(super) fn press(model: &mut Model, key: Key, words: &Words) -> Vec<Command> {
    model.notice = None;
    let texts = words.of(model.language);
    let (overlay, commands) = match std::mem::replace(&mut model.overlay, Overlay::None) {
        Overlay::None => return on_screen(model, key, texts),
        Overlay::Help { scroll } => (overlays::help(model, key, scroll), Vec::new()),
        Overlay::Picker(picker) => overlays::picker(model, key, picker, texts),
        Overlay::Search { before } => (overlays::search(model, key, before), Vec::new()),
        Overlay::Form(form) => overlays::form(model, key, form),
        Overlay::Member { code, scroll } => overlays::member(model, key, code, scroll, texts),
    };
    model.overlay = overlay;
    commands
}

fn on_screen(model: &mut Model, key: Key, texts: &Texts) -> Vec<Command> {
    match key {
        Key::Char('q') => return vec![Command::Quit],
        Key::Char(digit @ '1'..='8') => {
            let wanted = digit.to_digit(10).and_then(|place| usize::try_from(place).ok());
            if let Some(screen) = wanted.and_then(|place| Screen::ALL.get(place - 1)) {
                open(model, *screen);
            }
        }
        Key::Tab => open(model, model.screen.step(1)),
        Key::BackTab => open(model, model.screen.step(-1)),
        Key::Char(letter) => press_letter(model, letter, texts),
        Key::Right => refocus(model, Focus::next),
        Key::Left => refocus(model, Focus::previous),
        Key::Enter => enter(model),
        Key::Escape => escape(model),
        Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => {
            lists::scroll(model, key);
        }
        Key::Backspace | Key::Interrupt => {}
    }
    Vec::new()
}

/// The letters, in the order in which the help names them.
fn press_letter(model: &mut Model, letter: char, texts: &Texts) {
    let screen = model.screen;
    let compares = screen == Screen::Comparison;
    let library = screen == Screen::Cards;
    let network = screen == Screen::Network;
    let pick = |model: &mut Model, choice| {
        model.overlay = Overlay::Picker(selection::picker(model, choice, texts));
    };
    match letter {
        '?' => model.overlay = Overlay::Help { scroll: 0 },
        'l' => model.language = model.language.other(),
        'e' => model.overlay = overlays::export_picker(texts),
        'a' => model.overlay = overlays::act_picker(model, texts),
        'p' if screen == Screen::Experts => propose(model, texts),
        'v' => set_beside(model),
        'm' if screen.has_month() => pick(model, Choice::Month),
        's' if compares || library => pick(model, Choice::Service),
        'c' if compares => pick(model, Choice::Channel),
        'r' if compares => pick(model, Choice::Region),
        't' if library => pick(model, Choice::Topic),
        's' if network => pick(model, Choice::Condition),
        '/' if compares || library || network => {
            let before = overlays::sought(model).clone();
            model.overlay = Overlay::Search { before };
        }
        'o' if compares => reorder(model),
        'w' if screen.compares() => {
            model.filters.window = match model.filters.window {
                Window::Month | Window::Unspecified => Window::Twelve,
                Window::Twelve => Window::Month,
            };
        }
        'i' if screen.compares() => {
            model.filters.indicator = match model.filters.indicator {
                Indicator::Green | Indicator::Unspecified => Indicator::Red,
                Indicator::Red => Indicator::Green,
            };
        }
        'f' if compares => model.funnel_alone = !model.funnel_alone,
        _ => {}
    }
}

fn open(model: &mut Model, screen: Screen) {
    model.screen = screen;
    model.screen_chosen = true;
}

/// The next order; the cursor stays on its ente.
fn reorder(model: &mut Model) {
    let selected = model.compared().map(|row| row.ipa_code.clone());
    model.order = model.order.next();
    if model.order == Order::Likeness && model.votes_nowhere() {
        model.order = model.order.next();
    }
    lists::reorder(model);
    lists::select(model, selected.as_deref());
}

fn refocus(model: &mut Model, to: impl Fn(Focus, usize) -> Focus) {
    let focus = to(model.lists.focus(model.screen), model.screen.parts());
    model.lists.focus_on(model.screen, focus);
}

/// Goes into what is selected: a part of this screen, or the screen that shows it.
fn enter(model: &mut Model) {
    match model.screen {
        Screen::Neighbours => {
            let code = model.neighbour().and_then(|one| one.row.as_ref()).map(|row| row.ipa_code.clone());
            compare_with(model, code);
        }
        Screen::Experts => compare_with(model, model.expert().map(|expert| expert.ipa_code.clone())),
        Screen::Network => {
            if let Some(code) = model.member().map(|member| member.ipa_code.clone()) {
                model.overlay = Overlay::Member { code, scroll: 0 };
            }
        }
        Screen::MyEnte | Screen::Comparison | Screen::Twinning | Screen::Cards | Screen::National => {
            let focus = model.lists.focus(model.screen);
            let last = match model.screen.parts() {
                3.. => Focus::Third,
                _ => Focus::Second,
            };
            if focus != last && model.screen.parts() > 1 {
                refocus(model, Focus::next);
            }
        }
    }
}

/// Shows an ente in *Confronto*, with nothing filtered away.
fn compare_with(model: &mut Model, code: Option<String>) {
    if code.is_none() {
        return;
    }
    show_all(model);
    open(model, Screen::Comparison);
    lists::select(model, code.as_deref());
    if model.comparison.data.is_none() {
        model.looked_for = code;
    }
}

/// Puts the selected ente beside this one in *Gemellaggio*.
fn set_beside(model: &mut Model) {
    let code = match model.screen {
        Screen::Comparison => model.compared().map(|row| row.ipa_code.clone()),
        Screen::Neighbours => {
            model.neighbour().and_then(|one| one.row.as_ref()).map(|row| row.ipa_code.clone())
        }
        Screen::Experts => model.expert().map(|expert| expert.ipa_code.clone()),
        Screen::MyEnte | Screen::Twinning | Screen::Cards | Screen::National | Screen::Network => None,
    };
    let code = code.filter(|code| !model.votes_nowhere() && code != model.own_code());
    if code.is_some() {
        model.beside = code;
        model.lists.strata = Cursor::default();
        model.lists.twinning_focus = Focus::Third;
        open(model, Screen::Twinning);
    }
}

fn propose(model: &mut Model, texts: &Texts) {
    let offered = actions::offered(model);
    let proposal = offered.into_iter().find(|purpose| matches!(purpose, Purpose::Propose { .. }));
    if let Some(purpose) = proposal {
        model.overlay = Overlay::Form(Box::new(actions::form(model, purpose, texts)));
    }
}

/// Escape goes back one step: from the funnel, from a part to the first, to everything unfiltered.
fn escape(model: &mut Model) {
    if model.screen == Screen::Comparison && model.funnel_alone {
        model.funnel_alone = false;
    } else if model.lists.focus(model.screen) != Focus::First {
        model.lists.focus_on(model.screen, Focus::First);
        model.beside = None;
    } else if model.screen == Screen::Comparison {
        let selected = model.compared().map(|row| row.ipa_code.clone());
        show_all(model);
        lists::select(model, selected.as_deref());
    } else if model.screen == Screen::Network {
        let selected = model.member().map(|member| member.ipa_code.clone());
        model.members = Members::default();
        lists::reorder(model);
        lists::select_member(model, selected.as_deref());
    } else if model.screen == Screen::Cards {
        model.library = Library::default();
    }
}

/// Takes every filter of *Confronto* back but the period and the indicator.
fn show_all(model: &mut Model) {
    let Filters { month, window, indicator, .. } = model.filters;
    model.filters = Filters { month, window, indicator, ..Filters::default() };
    lists::reorder(model);
}
