//! The shell: takes the terminal, gives it back whatever happens, and turns events into messages.

use crate::connection::{self, Errand, Target};
use crate::export;
use crate::message::{Command, Key, Message};
use crate::model::{Link, Model};
use crate::texts::{Language, Words};
use crate::update::update;
use crate::view::{self, theme::Theme};
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event, EventStream, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers,
};
use futures::StreamExt;
use ratatui::DefaultTerminal;
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// Messages from the connection that wait for the screen; more make the connection wait.
const MESSAGES_MAX: usize = 64;
/// Errands that wait for the connection; the update asks at most one question a panel and sends one act.
const ERRANDS_MAX: usize = 16;

/// Runs until the person leaves. The terminal is restored on return, on an error and on a panic.
///
/// # Errors
/// What the terminal itself reports.
pub async fn run(target: Target, folder: PathBuf, language: Language, theme: Theme) -> io::Result<()> {
    // Also sets the panic hook that restores.
    let mut terminal = ratatui::try_init()?;
    let outcome = match mark_pastes() {
        Ok(()) => follow(&mut terminal, target, &folder, language, &theme).await,
        Err(error) => Err(error),
    };
    unmark_pastes();
    ratatui::restore();
    outcome
}

/// Has the terminal mark pasted text: else its line breaks would be the key Enter, and its letters keys.
fn mark_pastes() -> io::Result<()> {
    let restore = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        unmark_pastes();
        restore(panic);
    }));
    crossterm::execute!(io::stdout(), EnableBracketedPaste)
}

fn unmark_pastes() {
    // Where the terminal is gone there is nothing to give back.
    let _ = crossterm::execute!(io::stdout(), DisableBracketedPaste);
}

async fn follow(
    terminal: &mut DefaultTerminal,
    target: Target,
    folder: &Path,
    language: Language,
    theme: &Theme,
) -> io::Result<()> {
    let (ask, asked) = mpsc::channel(ERRANDS_MAX);
    let (tell, mut told) = mpsc::channel(MESSAGES_MAX);
    let connection = tokio::spawn(connection::keep(target, asked, tell));
    let words = Words::default();
    let size = terminal.size()?;
    let mut model = Model::new(language, size.width, size.height);
    let mut events = EventStream::new();
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    terminal.draw(|frame| view::draw(frame, &model, words.of(model.language), theme))?;
    loop {
        let message = tokio::select! {
            event = events.next() => match event {
                Some(event) => message_of(event?),
                None => break,
            },
            message = told.recv() => match message {
                Some(message) => Some(message),
                None => return Err(io::Error::other("the connection to the node stopped working: start again")),
            },
            _ = seconds.tick() => {
                // A calm screen is not drawn again each second: only the count since a loss changes.
                let idle = model.link == Link::Up && !model.changed;
                (!idle).then_some(Message::Second)
            }
            _ = hangup.recv() => break,
            _ = terminate.recv() => break,
        };
        let Some(message) = message else { continue };
        let mut commands = VecDeque::from(update(&mut model, message, &words));
        while let Some(command) = commands.pop_front() {
            match command {
                // A full queue would mean a connection that does not read: its loss is told soon.
                Command::Ask(request) => drop(ask.try_send(Errand::Ask(request))),
                Command::Carry(act) => {
                    if ask.try_send(Errand::Carry(act)).is_err() {
                        let busy = Message::Declined("the connection is busy: try again".to_owned());
                        commands.extend(update(&mut model, busy, &words));
                    }
                }
                Command::Write(sheet) => {
                    let written = Message::Written(export::write(folder, &sheet));
                    commands.extend(update(&mut model, written, &words));
                }
                Command::Quit => {
                    connection.abort();
                    return Ok(());
                }
            }
        }
        terminal.draw(|frame| view::draw(frame, &model, words.of(model.language), theme))?;
    }
    connection.abort();
    Ok(())
}

fn message_of(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Pasted(text)),
        Event::Resize(columns, rows) => Some(Message::Resized { columns, rows }),
        Event::Key(_) | Event::FocusGained | Event::FocusLost | Event::Mouse(_) => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the many keys that do nothing here")]
fn key_of(event: KeyEvent) -> Option<Key> {
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        return (event.code == KeyCode::Char('c')).then_some(Key::Interrupt);
    }
    if event.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    match event.code {
        KeyCode::Char(character) => Some(Key::Char(character)),
        KeyCode::Up => Some(Key::Up),
        KeyCode::Down => Some(Key::Down),
        KeyCode::Left => Some(Key::Left),
        KeyCode::Right => Some(Key::Right),
        KeyCode::PageUp => Some(Key::PageUp),
        KeyCode::PageDown => Some(Key::PageDown),
        KeyCode::Home => Some(Key::Home),
        KeyCode::End => Some(Key::End),
        KeyCode::Tab => Some(Key::Tab),
        KeyCode::BackTab => Some(Key::BackTab),
        KeyCode::Enter => Some(Key::Enter),
        KeyCode::Esc => Some(Key::Escape),
        KeyCode::Backspace => Some(Key::Backspace),
        _ => None,
    }
}
