//! A small federation as a node would tell it, and a screen that is fed with its answers.

mod own;
mod members;
mod enti;
mod twinnings;

pub(crate) use {
    members::network,
    own::{about, my_ente},
};

use faccina_proto::wire::officer::v1::AboutReply;
use faccina_tui::{
    message::{Act, Command, Export, Key, Loss, Message, Reply, Request},
    model::Model,
    texts::{Language, Words},
    update::update,
    view::{self, theme::Theme},
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

pub(crate) fn answer(request: &Request) -> Reply {
    match request {
        Request::About => Reply::About(about()),
        Request::MyEnte => Reply::MyEnte(my_ente()),
        Request::Comparison(_) => Reply::Comparison(enti::comparison()),
        Request::Ente(request) => Reply::Ente(enti::ente(&request.ipa_code)),
        Request::Neighbours(_) => Reply::Neighbours(enti::neighbours()),
        Request::Experts => Reply::Experts(enti::experts()),
        Request::Twinnings => Reply::Twinnings(twinnings::twinnings()),
        Request::Twinning(request) => Reply::Twinning(twinnings::twinning(&request.id)),
        Request::Pair(_) => Reply::Pair(enti::pair()),
        Request::Cards(_) => Reply::Cards(twinnings::cards()),
        Request::Card(request) => Reply::Card(twinnings::card(request.number)),
        Request::National(_) => Reply::National(own::national()),
        Request::Network => Reply::Network(network("aa")),
        Request::Adhesion => Reply::Adhesion(members::adhesion()),
        Request::Reminder(request) => Reply::Reminder(members::reminder(&request.ipa_code)),
    }
}

/// A screen before this federation: every question is answered at once, what else it asks is kept.
pub(crate) struct Watched {
    pub(crate) model: Model,
    words: Words,
    pub(crate) acts: Vec<Act>,
    pub(crate) written: Vec<Export>,
}

impl Watched {
    /// Before any answer.
    pub(crate) fn dark(language: Language, columns: u16, rows: u16) -> Self {
        let model = Model::new(language, columns, rows);
        Self { model, words: Words::default(), acts: Vec::new(), written: Vec::new() }
    }

    /// Linked, with what the node sends by itself.
    pub(crate) fn new(language: Language, columns: u16, rows: u16) -> Self {
        Self::of_role("ente", language, columns, rows)
    }

    /// Linked to a node of this role.
    pub(crate) fn of_role(role: &str, language: Language, columns: u16, rows: u16) -> Self {
        let mut watched = Self::dark(language, columns, rows);
        let ipa_code = if role == "ente" { about().ipa_code } else { "zz_o".to_owned() };
        watched.take(Message::Linked(AboutReply { role: role.to_owned(), ipa_code, ..about() }));
        for request in [Request::MyEnte, Request::Twinnings, Request::Network] {
            let reply = Box::new(answer(&request));
            watched.take(Message::Arrived(request, reply));
        }
        watched
    }

    /// Takes a message and answers all that it makes the screen ask; tells whether the person left.
    pub(crate) fn take(&mut self, message: Message) -> bool {
        let mut waiting = update(&mut self.model, message, &self.words);
        while let Some(command) = waiting.pop() {
            match command {
                Command::Quit => return true,
                Command::Carry(act) => self.acts.push(*act),
                Command::Write(export) => self.written.push(export),
                Command::Ask(Request::About) => {
                    let about = self.model.about.data.clone().unwrap_or_else(about);
                    let arrived = Message::Arrived(Request::About, Box::new(Reply::About(about)));
                    waiting.extend(update(&mut self.model, arrived, &self.words));
                }
                Command::Ask(request) => {
                    let reply = Box::new(answer(&request));
                    waiting.extend(update(&mut self.model, Message::Arrived(request, reply), &self.words));
                }
            }
        }
        false
    }

    pub(crate) fn key(&mut self, key: Key) {
        self.take(Message::Key(key));
    }

    pub(crate) fn press(&mut self, keys: &str) -> bool {
        keys.chars().any(|key| self.take(Message::Key(Key::Char(key))))
    }

    pub(crate) fn lose(&mut self) {
        self.take(Message::Lost(Loss::Unreachable("connection refused".to_owned())));
    }

    pub(crate) fn buffer(&self, colour: bool) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.model.columns, self.model.rows)).unwrap();
        let texts = self.words.of(self.model.language);
        terminal.draw(|frame| view::draw(frame, &self.model, texts, &Theme::new(colour))).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as lines of text.
    pub(crate) fn text(&self) -> String {
        let buffer = self.buffer(true);
        let line = |y| {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        };
        (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
    }
}
