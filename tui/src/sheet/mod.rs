//! What a screen shows, as tables for a file: the same figures, with source, period and filters stated.
//!
//! One [`Sheet`] feeds all three writers, so that CSV, JSON and Markdown never tell different numbers. A
//! percentage has one decimal, as on the screen; the counts beside it are exact. What is not known is left
//! empty (CSV), `null` (JSON) or said (Markdown): never 0.

mod writers;
mod parts;
mod single;
mod several;

use crate::figures;
use crate::message::Export;
use crate::model::{Model, Screen};
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::ReminderReply;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
    Markdown,
}

impl Format {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Markdown];

    /// The ending of the file's name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }
}

/// One figure or word of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Count(u64),
    /// A fraction shown in percent, or a difference of fractions in percentage points.
    Percent(f64),
    /// A plain number with this many decimals.
    Number(f64, usize),
    Unknown,
}

/// A table of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub title: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

/// A screen as tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    pub slug: &'static str,
    pub title: String,
    /// The month that the figures end with, yyyymm; 0 where the screen has none.
    pub month: u32,
    /// Source, period, filters, methods: name and value.
    pub facts: Vec<(String, String)>,
    /// The sentences of the screen.
    pub notes: Vec<String>,
    pub tables: Vec<Table>,
}

impl Sheet {
    /// The sheet as a file. The name tells the screen and the month; whoever writes it chooses a new one
    /// where there is such a file already.
    #[must_use]
    pub fn export(&self, format: Format, texts: &Texts) -> Export {
        let month = match self.month {
            0 => String::new(),
            yyyymm => format!("-{:04}-{:02}", yyyymm / 100, yyyymm % 100),
        };
        let content = match format {
            Format::Csv => writers::csv(self),
            Format::Json => writers::json(self),
            Format::Markdown => writers::markdown(self, texts),
        };
        Export { stem: format!("faccina-{}{month}", self.slug), ending: format.ending(), content }
    }
}

/// To whom a reminder goes, and its subject.
#[must_use]
pub fn addressed(reminder: &ReminderReply, texts: &Texts) -> [String; 2] {
    let mailbox = [("mailbox", figures::plain(&reminder.mailbox).into())];
    let subject = [("subject", figures::plain(&reminder.subject).into())];
    [texts.say_with("reminder-to", &mailbox), texts.say_with("reminder-subject", &subject)]
}

/// The message that reminds a late member, as a file to send.
#[must_use]
pub fn reminder(reminder: &ReminderReply, code: &str, texts: &Texts) -> Export {
    let lines: Vec<String> = reminder.text.lines().map(figures::plain).collect();
    let content = format!("{}\n\n{}\n", addressed(reminder, texts).join("\n"), lines.join("\n"));
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let stem = format!("{}-{}", texts.say("reminder-stem"), code.chars().map(plain).collect::<String>());
    Export { stem, ending: "txt", content }
}

/// The sheet of the screen in sight; `None` before the node has answered.
#[must_use]
pub fn of(model: &Model, texts: &Texts) -> Option<Sheet> {
    let mut sheet = match model.screen {
        Screen::MyEnte => single::my_ente(model, texts),
        Screen::Comparison => several::comparison(model, texts),
        Screen::Neighbours => several::neighbours(model, texts),
        Screen::Experts => several::experts(model, texts),
        Screen::Twinning => several::twinning(model, texts),
        Screen::Cards => single::cards(model, texts),
        Screen::National => single::national(model, texts),
        Screen::Network => single::network(model, texts),
    }?;
    let about = model.about.data.as_ref()?;
    let source = texts.say_with(
        "sheet-source",
        &[
            ("name", figures::plain(&about.name).into()),
            ("code", figures::plain(&about.ipa_code).into()),
            ("federation", figures::plain(&about.federation).into()),
            ("version", figures::plain(&about.software_version).into()),
        ],
    );
    let mut facts = vec![
        (texts.say("sheet-fact-source"), source),
        (texts.say("sheet-fact-day"), figures::day(about.today, texts)),
    ];
    if model.shows_old() {
        facts.push((texts.say("sheet-fact-state"), texts.say("old")));
    }
    facts.append(&mut sheet.facts);
    sheet.facts = facts;
    Some(sheet)
}
