//! Keys while something lies over the screen: help, a picker, a search, a form.

use super::lists;
use crate::actions;
use crate::figures;
use crate::form::{Form, Problem, Step};
use crate::message::{Command, Key};
use crate::model::{Choice, Cursor, Link, Model, Notice, Overlay, Picker, Screen};
use crate::selection;
use crate::sheet;
use crate::texts::Texts;

/// The longest text a search or a picker takes (characters).
const SEARCH_CHARS_MAX: usize = 60;

/// The view stops the scroll at the last line of the help.
pub(super) fn help(model: &Model, key: Key, scroll: u16) -> Overlay {
    if matches!(key, Key::Char('?' | 'q') | Key::Escape | Key::Enter) {
        Overlay::None
    } else {
        Overlay::Help { scroll: scrolled(model, key, scroll) }
    }
}

/// Where a text stands after a key.
fn scrolled(model: &Model, key: Key, scroll: u16) -> u16 {
    let page = u16::try_from(lists::page(model)).unwrap_or(1);
    match key {
        Key::Up => scroll.saturating_sub(1),
        Key::Down => scroll.saturating_add(1),
        Key::PageUp => scroll.saturating_sub(page),
        Key::PageDown => scroll.saturating_add(page),
        Key::Home => 0,
        Key::Char(_)
        | Key::Enter
        | Key::Escape
        | Key::End
        | Key::Left
        | Key::Right
        | Key::Tab
        | Key::BackTab
        | Key::Backspace
        | Key::Interrupt => scroll,
    }
}

/// A key while all about a member is read; the view stops the scroll at the last line.
pub(super) fn member(
    model: &Model,
    key: Key,
    code: String,
    scroll: u16,
    texts: &Texts,
) -> (Overlay, Vec<Command>) {
    match model.reminder_of(&code) {
        _ if matches!(key, Key::Char('q') | Key::Escape | Key::Enter) => (Overlay::None, Vec::new()),
        Some(Ok(reminder)) if key == Key::Char('e') => {
            (Overlay::None, vec![Command::Write(sheet::reminder(reminder, &code, texts))])
        }
        Some(_) | None => (Overlay::Member { scroll: scrolled(model, key, scroll), code }, Vec::new()),
    }
}

/// A picker over what can be done here; nothing to pick where there is nothing to do.
pub(super) fn act_picker(model: &mut Model, texts: &Texts) -> Overlay {
    let offered = actions::offered(model);
    if offered.is_empty() {
        model.notice = Some(Notice::NothingToDo);
        return Overlay::None;
    }
    let options = offered.iter().map(|purpose| Some(purpose.slug().to_owned())).collect();
    let labels = offered.iter().map(|purpose| texts.say(&format!("act-{}", purpose.slug()))).collect();
    Overlay::Picker(Picker { acts: offered, ..Picker::of(Choice::Action, options, labels) })
}

/// A picker over the forms of a file.
pub(super) fn export_picker(texts: &Texts) -> Overlay {
    let options = sheet::Format::ALL.map(|format| Some(format.ending().to_owned())).to_vec();
    let labels = sheet::Format::ALL.map(|format| texts.say(&format!("export-{}", format.ending()))).to_vec();
    Overlay::Picker(Picker::of(Choice::Export, options, labels))
}

/// A key while a picker is open.
pub(super) fn picker(
    model: &mut Model,
    key: Key,
    mut picker: Picker,
    texts: &Texts,
) -> (Overlay, Vec<Command>) {
    match key {
        Key::Escape => return (Overlay::None, Vec::new()),
        Key::Enter => return take(model, &picker, texts),
        Key::Char(typed) => {
            type_into(&mut picker.text, typed);
            picker.cursor = Cursor::default();
        }
        Key::Backspace => {
            picker.text.pop();
            picker.cursor = Cursor::default();
        }
        Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => {
            let length = picker.matching().len();
            lists::move_cursor(&mut picker.cursor, key, lists::page(model), length);
        }
        Key::Left | Key::Right | Key::Tab | Key::BackTab | Key::Interrupt => {}
    }
    (Overlay::Picker(picker), Vec::new())
}

/// Takes what a picker chose.
fn take(model: &mut Model, picker: &Picker, texts: &Texts) -> (Overlay, Vec<Command>) {
    let chosen = picker.chosen().cloned().flatten();
    match picker.choice {
        Choice::Action => {
            let form = picker.act().map(|purpose| actions::form(model, purpose.clone(), texts));
            (form.map_or(Overlay::None, |form| Overlay::Form(Box::new(form))), Vec::new())
        }
        Choice::Export => {
            let format =
                sheet::Format::ALL.into_iter().find(|format| chosen.as_deref() == Some(format.ending()));
            let Some(format) = format else { return (Overlay::None, Vec::new()) };
            let Some(sheet) = sheet::of(model, texts) else {
                model.notice = Some(Notice::NothingToWrite);
                return (Overlay::None, Vec::new());
            };
            (Overlay::None, vec![Command::Write(sheet.export(format, texts))])
        }
        Choice::Month
        | Choice::Service
        | Choice::Channel
        | Choice::Region
        | Choice::Topic
        | Choice::Condition => {
            selection::choose(model, picker);
            narrowed(model);
            (Overlay::None, Vec::new())
        }
    }
}

/// After another choice of rows the cursor starts at the top.
fn narrowed(model: &mut Model) {
    if model.screen == Screen::Cards {
        model.lists.cards = Cursor::default();
        model.lists.card = Cursor::default();
    } else if model.screen == Screen::Network {
        model.lists.members = Cursor::default();
    } else {
        model.lists.comparison = Cursor::default();
        model.lists.ente_strata = Cursor::default();
    }
    lists::reorder(model);
}

/// A key while a text is searched.
pub(super) fn search(model: &mut Model, key: Key, before: String) -> Overlay {
    match key {
        Key::Enter => return Overlay::None,
        Key::Escape => {
            *sought(model) = before;
            narrowed(model);
            return Overlay::None;
        }
        Key::Char(typed) => {
            type_into(sought(model), typed);
            narrowed(model);
        }
        Key::Backspace => {
            sought(model).pop();
            narrowed(model);
        }
        Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => lists::scroll(model, key),
        Key::Left | Key::Right | Key::Tab | Key::BackTab | Key::Interrupt => {}
    }
    Overlay::Search { before }
}

/// The text that the search of this screen changes.
pub(super) fn sought(model: &mut Model) -> &mut String {
    match model.screen {
        Screen::Cards => &mut model.library.text,
        Screen::Network => &mut model.members.text,
        Screen::MyEnte
        | Screen::Comparison
        | Screen::Neighbours
        | Screen::Experts
        | Screen::Twinning
        | Screen::National => &mut model.filters.text,
    }
}

/// A key while a form is open.
pub(super) fn form(model: &mut Model, key: Key, mut form: Box<Form>) -> (Overlay, Vec<Command>) {
    match form.press(key) {
        Step::Close => (Overlay::None, Vec::new()),
        Step::Stay => (Overlay::Form(form), Vec::new()),
        Step::Send(act) if model.link == Link::Up => (Overlay::Form(form), vec![Command::Carry(act)]),
        Step::Send(_) => {
            form.reopen(Problem::Away);
            (Overlay::Form(form), Vec::new())
        }
    }
}

/// Pasted text goes where text is typed; it is never a key.
pub(super) fn paste(model: &mut Model, text: &str) {
    match &mut model.overlay {
        Overlay::Form(form) => form.paste(text),
        Overlay::Search { .. } => {
            let sought = sought(model);
            figures::plain(text).chars().for_each(|typed| type_into(sought, typed));
            narrowed(model);
        }
        Overlay::None | Overlay::Help { .. } | Overlay::Picker(_) | Overlay::Member { .. } => {}
    }
}

fn type_into(text: &mut String, typed: char) {
    if !typed.is_control() && text.chars().count() < SEARCH_CHARS_MAX {
        text.push(typed);
    }
}
