//! The lists and texts of all screens: how long they are, where their cursors stand, how keys move them.

use crate::attention;
use crate::message::Key;
use crate::model::{Cursor, Focus, Model, Screen};
use crate::selection;

/// Rows of a screen that are not its list, about: what PgUp and PgDn leave out (rows).
const CHROME_ROWS: u16 = 14;
/// Lines that a text is scrolled at most: the longest practice card has fewer.
const TEXT_LINES_MAX: usize = 4_000;

/// What the arrows can move.
#[derive(Clone, Copy)]
pub(super) enum List {
    Cells,
    Live,
    ToVerify,
    Comparison,
    EnteStrata,
    Neighbours,
    Experts,
    Twinnings,
    Messages,
    Strata,
    Cards,
    Card,
    Transmissions,
    NationalCells,
    Publications,
    Members,
}

impl List {
    pub(super) const ALL: [Self; 16] = [
        Self::Cells,
        Self::Live,
        Self::ToVerify,
        Self::Comparison,
        Self::EnteStrata,
        Self::Neighbours,
        Self::Experts,
        Self::Twinnings,
        Self::Messages,
        Self::Strata,
        Self::Cards,
        Self::Card,
        Self::Transmissions,
        Self::NationalCells,
        Self::Publications,
        Self::Members,
    ];

    fn in_use(model: &Model) -> Self {
        match (model.screen, model.lists.focus(model.screen)) {
            (Screen::MyEnte, Focus::First) => Self::Cells,
            (Screen::MyEnte, Focus::Second) => Self::Live,
            (Screen::MyEnte, Focus::Third) => Self::ToVerify,
            // While one ente is read the arrows go to the next one.
            (Screen::Comparison, Focus::First | Focus::Second) => Self::Comparison,
            (Screen::Comparison, Focus::Third) => Self::EnteStrata,
            (Screen::Neighbours, _) => Self::Neighbours,
            (Screen::Experts, _) => Self::Experts,
            (Screen::Twinning, Focus::First) => Self::Twinnings,
            (Screen::Twinning, Focus::Second) => Self::Messages,
            (Screen::Twinning, Focus::Third) => Self::Strata,
            (Screen::Cards, Focus::First) => Self::Cards,
            (Screen::Cards, _) => Self::Card,
            (Screen::National, Focus::First) => Self::Transmissions,
            (Screen::National, Focus::Second) => Self::NationalCells,
            (Screen::National, Focus::Third) => Self::Publications,
            (Screen::Network, _) => Self::Members,
        }
    }

    pub(super) fn length(self, model: &Model) -> usize {
        let mine = model.my_ente.data.as_ref();
        let length = match self {
            Self::Cells => mine.and_then(|mine| mine.last.as_ref()).map(|last| last.cells.len()),
            Self::Live => mine.map(|mine| mine.live.len()),
            Self::Comparison => Some(model.comparison_rows.len()),
            Self::EnteStrata => model.compared_ente().map(|ente| ente.strata.len()),
            Self::Neighbours => model.neighbours.data.as_ref().map(|reply| reply.neighbours.len()),
            Self::Experts => model.experts.data.as_ref().map(|reply| reply.experts.len()),
            Self::Twinnings => model.twinnings.data.as_ref().map(|reply| reply.twinnings.len()),
            // Texts: the view stops them at their last line.
            Self::Messages | Self::Card | Self::ToVerify => Some(TEXT_LINES_MAX),
            Self::Strata => model.pair.data.as_ref().map(|reply| reply.strata.len()),
            Self::Cards => model.cards.data.as_ref().map(|reply| reply.cards.len()),
            Self::Transmissions => Some(model.transmission_rows.len()),
            Self::NationalCells => model.national.data.as_ref().map(|reply| reply.cells.len()),
            Self::Publications => model.national.data.as_ref().map(|reply| reply.publications.len()),
            Self::Members => Some(model.member_rows.len()),
        };
        length.unwrap_or(0)
    }

    /// Where the cursor stands.
    pub(super) fn place(self, model: &Model) -> usize {
        let lists = &model.lists;
        let cursor = match self {
            Self::Cells => lists.cells,
            Self::Live => lists.live,
            Self::ToVerify => lists.to_verify,
            Self::Comparison => lists.comparison,
            Self::EnteStrata => lists.ente_strata,
            Self::Neighbours => lists.neighbours,
            Self::Experts => lists.experts,
            Self::Twinnings => lists.twinnings,
            Self::Messages => lists.messages,
            Self::Strata => lists.strata,
            Self::Cards => lists.cards,
            Self::Card => lists.card,
            Self::Transmissions => lists.transmissions,
            Self::NationalCells => lists.national_cells,
            Self::Publications => lists.publications,
            Self::Members => lists.members,
        };
        cursor.selected
    }

    pub(super) fn cursor(self, model: &mut Model) -> &mut Cursor {
        let lists = &mut model.lists;
        match self {
            Self::Cells => &mut lists.cells,
            Self::Live => &mut lists.live,
            Self::ToVerify => &mut lists.to_verify,
            Self::Comparison => &mut lists.comparison,
            Self::EnteStrata => &mut lists.ente_strata,
            Self::Neighbours => &mut lists.neighbours,
            Self::Experts => &mut lists.experts,
            Self::Twinnings => &mut lists.twinnings,
            Self::Messages => &mut lists.messages,
            Self::Strata => &mut lists.strata,
            Self::Cards => &mut lists.cards,
            Self::Card => &mut lists.card,
            Self::Transmissions => &mut lists.transmissions,
            Self::NationalCells => &mut lists.national_cells,
            Self::Publications => &mut lists.publications,
            Self::Members => &mut lists.members,
        }
    }
}

/// Moves the list in use.
pub(super) fn scroll(model: &mut Model, key: Key) {
    let list = List::in_use(model);
    let length = list.length(model);
    let page = page(model);
    let key = if matches!(list, List::Messages) { backwards(key) } else { key };
    move_cursor(list.cursor(model), key, page, length);
    begin_again(model, list);
}

/// Has what hangs on the selected row of a list start at its beginning.
pub(super) fn begin_again(model: &mut Model, list: List) {
    match list {
        List::Comparison => model.lists.ente_strata = Cursor::default(),
        List::Twinnings => {
            model.beside = None;
            model.lists.messages = Cursor::default();
            model.lists.strata = Cursor::default();
        }
        List::Cards => model.lists.card = Cursor::default(),
        List::Cells
        | List::Live
        | List::ToVerify
        | List::EnteStrata
        | List::Neighbours
        | List::Experts
        | List::Messages
        | List::Strata
        | List::Card
        | List::Transmissions
        | List::NationalCells
        | List::Publications
        | List::Members => {}
    }
}

/// Messages are read from the newest at the bottom: their cursor counts the lines scrolled back.
fn backwards(key: Key) -> Key {
    match key {
        Key::Up => Key::Down,
        Key::Down => Key::Up,
        Key::PageUp => Key::PageDown,
        Key::PageDown => Key::PageUp,
        Key::Home => Key::End,
        Key::End => Key::Home,
        Key::Char(_)
        | Key::Left
        | Key::Right
        | Key::Tab
        | Key::BackTab
        | Key::Enter
        | Key::Escape
        | Key::Backspace
        | Key::Interrupt => key,
    }
}

/// Rows that PgUp and PgDn move.
pub(super) fn page(model: &Model) -> isize {
    isize::try_from(model.rows.saturating_sub(CHROME_ROWS).max(1)).unwrap_or(1)
}

/// Moves a cursor by a key.
pub(super) fn move_cursor(cursor: &mut Cursor, key: Key, page: isize, length: usize) {
    match key {
        Key::Up => cursor.step(-1, length),
        Key::Down => cursor.step(1, length),
        Key::PageUp => cursor.step(-page, length),
        Key::PageDown => cursor.step(page, length),
        Key::Home => cursor.selected = 0,
        Key::End => cursor.selected = length.saturating_sub(1),
        Key::Char(_)
        | Key::Left
        | Key::Right
        | Key::Tab
        | Key::BackTab
        | Key::Enter
        | Key::Escape
        | Key::Backspace
        | Key::Interrupt => {}
    }
}

/// Puts the rows of the comparison and of the network in order again.
pub(super) fn reorder(model: &mut Model) {
    model.comparison_rows = in_order(model);
    model.member_rows = members_in_order(model);
    keep_cursors(model);
}

/// The rows of the comparison that pass the filters, in the chosen order.
pub(super) fn in_order(model: &Model) -> Vec<usize> {
    let reply = model.comparison.data.as_ref();
    reply
        .map(|reply| selection::comparison(reply, &model.filters, model.order, model.own_code()))
        .unwrap_or_default()
}

/// The members of the network that pass the filters, those to look at first.
pub(super) fn members_in_order(model: &Model) -> Vec<usize> {
    let (reply, sought) = (model.network.data.as_ref(), &model.members);
    let owing = attention::owing(model.adhesion.data.as_ref());
    reply
        .map(|reply| attention::members(reply, &owing, sought.condition.as_deref(), &sought.text))
        .unwrap_or_default()
}

/// Puts the cursor of *Confronto* on an ente, where it is in the list.
pub(super) fn select(model: &mut Model, code: Option<&str>) {
    let (Some(code), Some(reply)) = (code, &model.comparison.data) else { return };
    let is_it = |index: &usize| reply.rows.get(*index).is_some_and(|row| row.ipa_code == code);
    if let Some(place) = model.comparison_rows.iter().position(is_it) {
        model.lists.comparison.selected = place;
    }
}

/// Puts the cursor of *Rete* on a member, where it is in the list.
pub(super) fn select_member(model: &mut Model, code: Option<&str>) {
    let (Some(code), Some(reply)) = (code, &model.network.data) else { return };
    let is_it = |index: &usize| reply.members.get(*index).is_some_and(|one| one.ipa_code == code);
    if let Some(place) = model.member_rows.iter().position(is_it) {
        model.lists.members.selected = place;
    }
}

/// Keeps every cursor inside its list.
pub(super) fn keep_cursors(model: &mut Model) {
    for list in List::ALL {
        let length = list.length(model);
        list.cursor(model).step(0, length);
    }
}
