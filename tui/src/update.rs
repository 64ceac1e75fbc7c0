//! The update: a message in, a changed model and requests out. No clock, no terminal, no network.

use crate::message::{Command, Key, Loss, Message, Reply, Request};
use crate::model::{Age, Choice, Cursor, Focus, Link, Model, Overlay, Picker, Screen};
use crate::selection;
use crate::texts::{Language, Texts};

/// Rows of a screen that are not its list, about: what PgUp and PgDn leave out (rows).
const CHROME_ROWS: u16 = 14;
/// The longest text a search or a picker takes (characters).
const SEARCH_CHARS_MAX: usize = 60;

/// The texts of both languages: the update names months and services for the pickers.
#[derive(Debug)]
pub struct Words {
    italian: Texts,
    english: Texts,
}

impl Default for Words {
    fn default() -> Self {
        Self { italian: Texts::new(Language::Italian), english: Texts::new(Language::English) }
    }
}

impl Words {
    /// The texts of one language.
    #[must_use]
    pub fn of(&self, language: Language) -> &Texts {
        match language {
            Language::Italian => &self.italian,
            Language::English => &self.english,
        }
    }
}

/// Takes one message.
pub fn update(model: &mut Model, message: Message, words: &Words) -> Vec<Command> {
    match message {
        Message::Key(Key::Interrupt) => return vec![Command::Quit],
        Message::Key(key) => {
            if press(model, key, words) == Pressed::Quit {
                return vec![Command::Quit];
            }
        }
        Message::Resized { columns, rows } => (model.columns, model.rows) = (columns, rows),
        Message::Second => second(model),
        Message::Linked(about) => linked(model, about),
        Message::Lost(loss) => lost(model, loss),
        Message::Arrived(request, reply) => arrived(model, request, *reply),
        Message::Refused(request, reason) => refused(model, request, reason),
    }
    questions(model)
}

/// What the screen in sight still has to ask; nothing while the node is away.
fn questions(model: &mut Model) -> Vec<Command> {
    if model.link != Link::Up {
        return Vec::new();
    }
    let month = model.month_asked();
    let mut asked = vec![model.about.ask(&Request::About)];
    match model.screen {
        // These two are watched: the node sends them by itself.
        Screen::MyEnte | Screen::Network => {}
        Screen::Comparison => {
            let wanted = selection::comparison_request(model);
            asked.push(model.comparison.ask(&wanted));
        }
        Screen::Twinning => {
            asked.push(model.experts.ask(&Request::Experts));
            if let Some(right) = model.expert().map(|expert| expert.ipa_code.clone()) {
                asked.push(model.pair.ask(&Request::Pair { month, right }));
            }
        }
        Screen::National => asked.push(model.national.ask(&Request::National { month })),
    }
    asked.into_iter().flatten().map(Command::Ask).collect()
}

fn second(model: &mut Model) {
    if let Link::Lost { seconds, .. } = &mut model.link {
        *seconds = seconds.saturating_add(1);
    }
    if std::mem::take(&mut model.changed) {
        model.about.outdate();
        model.comparison.outdate();
        model.experts.outdate();
        model.pair.outdate();
        model.national.outdate();
    }
}

fn linked(model: &mut Model, about: faccina_proto::wire::officer::v1::AboutReply) {
    model.link = Link::Up;
    if !model.screen_chosen && about.role == "observer" {
        model.screen = Screen::National;
    }
    model.about.fill(Request::About, about);
}

fn lost(model: &mut Model, loss: Loss) {
    let seconds = match &model.link {
        Link::Lost { seconds, .. } => *seconds,
        Link::Connecting | Link::Up => 0,
    };
    model.link = Link::Lost { loss, seconds };
    model.changed = false;
    model.about.lose();
    model.my_ente.lose();
    model.comparison.lose();
    model.experts.lose();
    model.pair.lose();
    model.national.lose();
    model.network.lose();
}

fn arrived(model: &mut Model, request: Request, reply: Reply) {
    match reply {
        Reply::About(about) => model.about.fill(request, about),
        Reply::MyEnte(mine) => model.my_ente.fill(request, mine),
        Reply::Comparison(comparison) => {
            model.comparison.fill(request, comparison);
            reorder(model);
        }
        Reply::Experts(experts) => model.experts.fill(request, experts),
        Reply::Pair(pair) => model.pair.fill(request, pair),
        Reply::National(national) => {
            model.transmission_rows = selection::transmissions(&national);
            model.national.fill(request, national);
        }
        Reply::Network(network) => {
            let before = model.network.data.as_ref().map(|before| &before.digest);
            model.changed |= model.network.age == Age::Fresh && before.is_some_and(|d| *d != network.digest);
            model.network.fill(request, network);
        }
    }
    keep_cursors(model);
}

fn refused(model: &mut Model, request: Request, reason: String) {
    match request {
        Request::About => model.about.refuse(request, reason),
        Request::MyEnte => model.my_ente.refuse(request, reason),
        Request::Comparison { .. } => {
            model.comparison.refuse(request, reason);
            reorder(model);
        }
        Request::Experts => model.experts.refuse(request, reason),
        Request::Pair { .. } => model.pair.refuse(request, reason),
        Request::National { .. } => model.national.refuse(request, reason),
        Request::Network => model.network.refuse(request, reason),
    }
}

/// Puts the rows of the comparison in order again.
fn reorder(model: &mut Model) {
    let rows = model
        .comparison
        .data
        .as_ref()
        .map(|reply| selection::comparison(reply, &model.filters, model.order))
        .unwrap_or_default();
    model.comparison_rows = rows;
    keep_cursors(model);
}

fn keep_cursors(model: &mut Model) {
    for list in List::ALL {
        let length = list.length(model);
        list.cursor(model).step(0, length);
    }
}

#[derive(PartialEq, Eq)]
enum Pressed {
    Taken,
    Quit,
}

fn press(model: &mut Model, key: Key, words: &Words) -> Pressed {
    match std::mem::replace(&mut model.overlay, Overlay::None) {
        Overlay::None => return press_screen(model, key, words),
        Overlay::Help { scroll } => model.overlay = press_help(model, key, scroll),
        Overlay::Picker(picker) => model.overlay = press_picker(model, key, picker),
        Overlay::Search { before } => model.overlay = press_search(model, key, before),
    }
    Pressed::Taken
}

fn press_screen(model: &mut Model, key: Key, words: &Words) -> Pressed {
    let texts = words.of(model.language);
    let in_comparison = model.screen == Screen::Comparison;
    let has_month = matches!(model.screen, Screen::Comparison | Screen::Twinning | Screen::National);
    match key {
        Key::Char('q') => return Pressed::Quit,
        Key::Char('?') => model.overlay = Overlay::Help { scroll: 0 },
        Key::Char('l') => model.language = model.language.other(),
        Key::Char(digit @ '1'..='5') => {
            let wanted = digit.to_digit(10).and_then(|place| usize::try_from(place).ok());
            if let Some(screen) = wanted.and_then(|place| Screen::ALL.get(place - 1)) {
                open(model, *screen);
            }
        }
        Key::Tab => open(model, model.screen.next()),
        Key::BackTab => open(model, model.screen.previous()),
        Key::Char('m') if has_month => {
            model.overlay = Overlay::Picker(selection::picker(model, Choice::Month, texts));
        }
        Key::Char('s') if in_comparison => {
            model.overlay = Overlay::Picker(selection::picker(model, Choice::Service, texts));
        }
        Key::Char('c') if in_comparison => {
            model.overlay = Overlay::Picker(selection::picker(model, Choice::Channel, texts));
        }
        Key::Char('r') if in_comparison => {
            model.overlay = Overlay::Picker(selection::picker(model, Choice::Region, texts));
        }
        Key::Char('/') if in_comparison => {
            model.overlay = Overlay::Search { before: model.filters.text.clone() };
        }
        Key::Char('o') if in_comparison => {
            model.order = model.order.next();
            model.lists.comparison = Cursor::default();
            reorder(model);
        }
        Key::Enter | Key::Right | Key::Left => refocus(model, key),
        Key::Escape => escape(model),
        Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => scroll(model, key),
        Key::Char(_) | Key::Backspace | Key::Interrupt => {}
    }
    Pressed::Taken
}

fn open(model: &mut Model, screen: Screen) {
    model.screen = screen;
    model.screen_chosen = true;
}

/// Left and right change the list in use; Enter goes into the second.
fn refocus(model: &mut Model, key: Key) {
    let focus = match model.screen {
        Screen::MyEnte => &mut model.lists.my_ente_focus,
        Screen::Twinning => &mut model.lists.twinning_focus,
        Screen::National => &mut model.lists.national_focus,
        Screen::Comparison | Screen::Network => return,
    };
    *focus = if key == Key::Enter { Focus::Second } else { focus.other() };
}

/// Escape goes back: to the first list, or to all enti.
fn escape(model: &mut Model) {
    match model.screen {
        Screen::MyEnte => model.lists.my_ente_focus = Focus::First,
        Screen::Twinning => model.lists.twinning_focus = Focus::First,
        Screen::National => model.lists.national_focus = Focus::First,
        Screen::Comparison => {
            let month = model.filters.month;
            model.filters = crate::model::Filters { month, ..Default::default() };
            reorder(model);
        }
        Screen::Network => {}
    }
}

/// The lists of all screens.
#[derive(Clone, Copy)]
enum List {
    Cells,
    Live,
    Comparison,
    Experts,
    Strata,
    Transmissions,
    NationalCells,
    Members,
}

impl List {
    const ALL: [Self; 8] = [
        Self::Cells,
        Self::Live,
        Self::Comparison,
        Self::Experts,
        Self::Strata,
        Self::Transmissions,
        Self::NationalCells,
        Self::Members,
    ];

    fn in_use(model: &Model) -> Self {
        match (
            model.screen,
            model.lists.my_ente_focus,
            model.lists.twinning_focus,
            model.lists.national_focus,
        ) {
            (Screen::MyEnte, Focus::First, _, _) => Self::Cells,
            (Screen::MyEnte, Focus::Second, _, _) => Self::Live,
            (Screen::Comparison, ..) => Self::Comparison,
            (Screen::Twinning, _, Focus::First, _) => Self::Experts,
            (Screen::Twinning, _, Focus::Second, _) => Self::Strata,
            (Screen::National, _, _, Focus::First) => Self::Transmissions,
            (Screen::National, _, _, Focus::Second) => Self::NationalCells,
            (Screen::Network, ..) => Self::Members,
        }
    }

    fn length(self, model: &Model) -> usize {
        let mine = model.my_ente.data.as_ref();
        let length = match self {
            Self::Cells => mine.and_then(|mine| mine.last.as_ref()).map(|last| last.cells.len()),
            Self::Live => mine.map(|mine| mine.live.len()),
            Self::Comparison => Some(model.comparison_rows.len()),
            Self::Experts => model.experts.data.as_ref().map(|reply| reply.experts.len()),
            Self::Strata => model.pair.data.as_ref().map(|reply| reply.strata.len()),
            Self::Transmissions => Some(model.transmission_rows.len()),
            Self::NationalCells => model.national.data.as_ref().map(|reply| reply.cells.len()),
            Self::Members => model.network.data.as_ref().map(|reply| reply.members.len()),
        };
        length.unwrap_or(0)
    }

    fn cursor(self, model: &mut Model) -> &mut Cursor {
        let lists = &mut model.lists;
        match self {
            Self::Cells => &mut lists.cells,
            Self::Live => &mut lists.live,
            Self::Comparison => &mut lists.comparison,
            Self::Experts => &mut lists.experts,
            Self::Strata => &mut lists.strata,
            Self::Transmissions => &mut lists.transmissions,
            Self::NationalCells => &mut lists.national_cells,
            Self::Members => &mut lists.members,
        }
    }
}

fn scroll(model: &mut Model, key: Key) {
    let list = List::in_use(model);
    let length = list.length(model);
    let page = page(model);
    move_cursor(list.cursor(model), key, page, length);
}

fn page(model: &Model) -> isize {
    isize::try_from(model.rows.saturating_sub(CHROME_ROWS).max(1)).unwrap_or(1)
}

fn move_cursor(cursor: &mut Cursor, key: Key, page: isize, length: usize) {
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

/// The view stops the scroll at the last line of the help.
fn press_help(model: &Model, key: Key, scroll: u16) -> Overlay {
    let page = model.rows.saturating_sub(CHROME_ROWS).max(1);
    match key {
        Key::Up => Overlay::Help { scroll: scroll.saturating_sub(1) },
        Key::Down => Overlay::Help { scroll: scroll.saturating_add(1) },
        Key::PageUp => Overlay::Help { scroll: scroll.saturating_sub(page) },
        Key::PageDown => Overlay::Help { scroll: scroll.saturating_add(page) },
        Key::Home => Overlay::Help { scroll: 0 },
        Key::Char('?' | 'q') | Key::Escape | Key::Enter => Overlay::None,
        Key::Char(_)
        | Key::End
        | Key::Left
        | Key::Right
        | Key::Tab
        | Key::BackTab
        | Key::Backspace
        | Key::Interrupt => Overlay::Help { scroll },
    }
}

fn press_picker(model: &mut Model, key: Key, mut picker: Picker) -> Overlay {
    match key {
        Key::Escape => return Overlay::None,
        Key::Enter => {
            selection::choose(&mut model.filters, &picker);
            model.lists.comparison = Cursor::default();
            reorder(model);
            return Overlay::None;
        }
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
            move_cursor(&mut picker.cursor, key, page(model), length);
        }
        Key::Left | Key::Right | Key::Tab | Key::BackTab | Key::Interrupt => {}
    }
    Overlay::Picker(picker)
}

fn press_search(model: &mut Model, key: Key, before: String) -> Overlay {
    match key {
        Key::Enter => return Overlay::None,
        Key::Escape => {
            model.filters.text = before;
            reorder(model);
            return Overlay::None;
        }
        Key::Char(typed) => type_into(&mut model.filters.text, typed),
        Key::Backspace => {
            model.filters.text.pop();
        }
        Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => scroll(model, key),
        Key::Left | Key::Right | Key::Tab | Key::BackTab | Key::Interrupt => {}
    }
    if matches!(key, Key::Char(_) | Key::Backspace) {
        model.lists.comparison = Cursor::default();
        reorder(model);
    }
    Overlay::Search { before }
}

fn type_into(text: &mut String, typed: char) {
    if !typed.is_control() && text.chars().count() < SEARCH_CHARS_MAX {
        text.push(typed);
    }
}
