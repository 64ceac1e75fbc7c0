//! A form: fields to fill in, checked before anything is sent, confirmed after a summary.
//!
//! The form keeps what was typed until the node has carried the act out: a refusal or a loss of the node
//! brings the person back to the fields. An act whose answer was lost is never sent again by itself.

mod room;
mod field;
mod acts;

pub use field::{Field, Need, Opt, Value};
pub use room::Room;

use crate::message::{Act, Key};
use field::{day, list, month};

/// Rows that PgUp and PgDn move in a summary.
const PAGE_ROWS: usize = 8;

/// What a form does once confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Propose { expert: String },
    Accept { id: String },
    Decline { id: String },
    Withdraw { id: String },
    End { id: String },
    Recommend { id: String },
    Checklist { id: String },
    Outcome { id: String },
    Availability,
    Designate { ipa_code: String },
    Revoke { ipa_code: String },
    Consent { card: u32 },
    RetractCard { card: u32 },
}

impl Purpose {
    /// The identifier used in the names of texts.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Propose { .. } => "propose",
            Self::Accept { .. } => "accept",
            Self::Decline { .. } => "decline",
            Self::Withdraw { .. } => "withdraw",
            Self::End { .. } => "end",
            Self::Recommend { .. } => "recommend",
            Self::Checklist { .. } => "checklist",
            Self::Outcome { .. } => "outcome",
            Self::Availability => "availability",
            Self::Designate { .. } => "designate",
            Self::Revoke { .. } => "revoke",
            Self::Consent { .. } => "consent",
            Self::RetractCard { .. } => "retract-card",
        }
    }

    /// The twinning that an act belongs to.
    #[must_use]
    pub fn twinning(&self) -> Option<&str> {
        match self {
            Self::Accept { id }
            | Self::Decline { id }
            | Self::Withdraw { id }
            | Self::End { id }
            | Self::Recommend { id }
            | Self::Checklist { id }
            | Self::Outcome { id } => Some(id),
            Self::Propose { .. }
            | Self::Availability
            | Self::Designate { .. }
            | Self::Revoke { .. }
            | Self::Consent { .. }
            | Self::RetractCard { .. } => None,
        }
    }

    /// True where the whole federation will read it; else it goes to the other ente alone.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self {
            Self::Accept { .. }
            | Self::Outcome { .. }
            | Self::Availability
            | Self::Designate { .. }
            | Self::Revoke { .. }
            | Self::Consent { .. }
            | Self::RetractCard { .. } => true,
            Self::Propose { .. }
            | Self::Decline { .. }
            | Self::Withdraw { .. }
            | Self::End { .. }
            | Self::Recommend { .. }
            | Self::Checklist { .. } => false,
        }
    }
}

/// How far a form has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Filling,
    /// The summary is shown and the question asked.
    Confirming,
    /// Sent, not answered yet.
    Sending,
}

/// Why the form is still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A field cannot be sent as it is: the name of a text.
    Field(&'static str),
    /// The node's own reason.
    Node(String),
    /// The node is away; nothing was sent.
    Away,
    /// The node went away before it answered: nobody here knows whether it was done.
    Unanswered,
}

/// A form being filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub purpose: Purpose,
    /// Whom or what it is about, for the title.
    pub subject: String,
    /// What the act is about and cannot be changed here: names of texts, and words.
    pub facts: Vec<(&'static str, String)>,
    pub fields: Vec<Field>,
    pub at: usize,
    pub stage: Stage,
    /// Lines of the summary scrolled past; the view stops at the last.
    pub scroll: usize,
    pub problem: Option<Problem>,
}

/// What a key did to a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Stay,
    Close,
    Send(Box<Act>),
}

impl Form {
    /// An open form with the cursor on its first field.
    #[must_use]
    pub fn new(purpose: Purpose, subject: String, fields: Vec<Field>) -> Self {
        Self {
            purpose,
            subject,
            facts: Vec::new(),
            fields,
            at: 0,
            stage: Stage::Filling,
            scroll: 0,
            problem: None,
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Step {
        match self.stage {
            Stage::Filling => self.fill(key),
            Stage::Confirming => self.confirm(key),
            // An act on its way is waited for: its answer, or the loss of the node, comes.
            Stage::Sending => Step::Stay,
        }
    }

    fn fill(&mut self, key: Key) -> Step {
        let last = self.fields.len().saturating_sub(1);
        match key {
            Key::Escape => return Step::Close,
            Key::Tab | Key::Down => self.at = if self.at < last { self.at + 1 } else { 0 },
            Key::BackTab | Key::Up => self.at = self.at.checked_sub(1).unwrap_or(last),
            Key::Enter => self.review(),
            Key::Char(typed) => self.append(&typed.to_string()),
            Key::Backspace
            | Key::Left
            | Key::Right
            | Key::PageUp
            | Key::PageDown
            | Key::Home
            | Key::End
            | Key::Interrupt => {
                self.problem = None;
                if let Some(field) = self.fields.get_mut(self.at) {
                    field.press(key);
                }
            }
        }
        Step::Stay
    }

    /// Takes pasted text into the field in use. Once asked whether to send, nothing pasted is an answer.
    pub fn paste(&mut self, text: &str) {
        if self.stage == Stage::Filling {
            self.append(text);
        }
    }

    fn append(&mut self, added: &str) {
        let Some(field) = self.fields.get_mut(self.at) else { return };
        if matches!(field.value, Value::One { .. } | Value::Any { .. }) {
            // A blank chooses here.
            if added == " " {
                field.press(Key::Char(' '));
            }
            self.problem = None;
        } else {
            self.problem = (!field.append(added)).then_some(Problem::Field("problem-full"));
        }
    }

    /// Goes to the summary, or to the first field that cannot be sent.
    fn review(&mut self) {
        let wrong = self.fields.iter().enumerate().find_map(|(at, field)| Some((at, field.problem()?)));
        let wrong = wrong.or_else(|| Some((self.fields.len().saturating_sub(1), self.disagreement()?)));
        match wrong {
            Some((at, problem)) => (self.at, self.problem) = (at, Some(Problem::Field(problem))),
            None => (self.stage, self.scroll, self.problem) = (Stage::Confirming, 0, None),
        }
    }

    /// What is wrong between fields that are each in order.
    fn disagreement(&self) -> Option<&'static str> {
        match &self.purpose {
            Purpose::Propose { .. } => (self.month("from") > self.month("to")).then_some("problem-period"),
            Purpose::Checklist { .. } => {
                let answered = |field: &Field| matches!(field.value, Value::Level { level: 1.., .. });
                (!self.fields.iter().any(answered)).then_some("problem-no-answers")
            }
            Purpose::Accept { .. }
            | Purpose::Decline { .. }
            | Purpose::Withdraw { .. }
            | Purpose::End { .. }
            | Purpose::Recommend { .. }
            | Purpose::Outcome { .. }
            | Purpose::Availability
            | Purpose::Designate { .. }
            | Purpose::Revoke { .. }
            | Purpose::Consent { .. }
            | Purpose::RetractCard { .. } => None,
        }
    }

    /// Yes in either language sends, no goes back to the fields; the arrows read the summary to its end.
    fn confirm(&mut self, key: Key) -> Step {
        if matches!(key, Key::Char('s' | 'S' | 'y' | 'Y')) {
            self.stage = Stage::Sending;
            return Step::Send(Box::new(acts::act(self)));
        }
        match key {
            Key::Char('n' | 'N') | Key::Escape => self.stage = Stage::Filling,
            Key::Up => self.scroll = self.scroll.saturating_sub(1),
            Key::Down => self.scroll = self.scroll.saturating_add(1),
            Key::PageUp => self.scroll = self.scroll.saturating_sub(PAGE_ROWS),
            Key::PageDown => self.scroll = self.scroll.saturating_add(PAGE_ROWS),
            Key::Home => self.scroll = 0,
            Key::Char(_)
            | Key::Left
            | Key::Right
            | Key::End
            | Key::Tab
            | Key::BackTab
            | Key::Enter
            | Key::Backspace
            | Key::Interrupt => {}
        }
        Step::Stay
    }

    /// Back to the fields, with everything typed.
    pub fn reopen(&mut self, problem: Problem) {
        self.stage = Stage::Filling;
        self.problem = Some(problem);
    }

    fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// What was typed into a field, without blanks around it.
    #[must_use]
    pub fn typed(&self, id: &str) -> String {
        self.field(id).map_or_else(String::new, |field| field.typed().to_owned())
    }

    /// The code of the one option chosen.
    #[must_use]
    pub fn one(&self, id: &str) -> String {
        match self.field(id).map(|field| &field.value) {
            Some(Value::One { options, chosen }) => {
                options.get(*chosen).map_or_else(String::new, |option| option.code.clone())
            }
            Some(Value::Text { .. } | Value::Any { .. } | Value::Level { .. }) | None => String::new(),
        }
    }

    /// The codes of all options taken, in their order.
    #[must_use]
    pub fn any(&self, id: &str) -> Vec<String> {
        match self.field(id).map(|field| &field.value) {
            Some(Value::Any { options, chosen, .. }) => {
                chosen.iter().filter_map(|at| options.get(*at)).map(|option| option.code.clone()).collect()
            }
            Some(Value::Text { .. } | Value::One { .. } | Value::Level { .. }) | None => Vec::new(),
        }
    }

    /// A month typed into a field; 0 where there is none.
    #[must_use]
    pub fn month(&self, id: &str) -> u32 {
        self.field(id).and_then(|field| month(field.typed())).unwrap_or(0)
    }

    /// A day typed into a field; 0 where there is none.
    #[must_use]
    pub fn day(&self, id: &str) -> u32 {
        self.field(id).and_then(|field| day(field.typed())).unwrap_or(0)
    }

    /// What a field lists with commas.
    #[must_use]
    pub fn list(&self, id: &str) -> Vec<String> {
        list(&self.typed(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal() -> Form {
        let fields = vec![
            Field::text("from", Need::Month, "05/2026", Room::Word),
            Field::text("to", Need::Month, "04/2026", Room::Word),
            Field::text("text", Need::Required, "", Room::Message),
        ];
        Form::new(Purpose::Propose { expert: "zz_e".to_owned() }, String::new(), fields)
    }

    #[test]
    fn what_cannot_be_sent_is_said_at_its_field() {
        let mut form = proposal();
        form.press(Key::Enter);
        assert_eq!((form.at, form.problem.clone()), (2, Some(Problem::Field("problem-empty"))));
        form.press(Key::Char('x'));
        assert_eq!(form.problem, None, "typing is an answer");
        form.press(Key::Enter);
        assert_eq!(form.problem, Some(Problem::Field("problem-period")));
        assert_eq!(form.stage, Stage::Filling);
    }

    #[test]
    fn nothing_is_sent_without_a_yes_and_nothing_twice() {
        let mut form = proposal();
        form.fields[1] = Field::text("to", Need::Month, "06/2026", Room::Word);
        form.fields[2] = Field::text("text", Need::Required, " imparare ", Room::Message);
        form.press(Key::Enter);
        assert_eq!(form.stage, Stage::Confirming);
        assert_eq!(form.press(Key::Enter), Step::Stay);
        assert_eq!(form.press(Key::Char('n')), Step::Stay);
        assert_eq!(form.stage, Stage::Filling);
        form.press(Key::Enter);
        let Step::Send(act) = form.press(Key::Char('s')) else { panic!("{:?}", form.stage) };
        let Act::Propose(proposal) = *act else { panic!("{act:?}") };
        assert_eq!((proposal.from_month, proposal.to_month), (202_605, 202_606));
        assert_eq!(proposal.text, "imparare");
        assert_eq!(form.press(Key::Char('s')), Step::Stay);
        form.reopen(Problem::Unanswered);
        assert_eq!(form.typed("text"), "imparare", "what was typed stays");
    }
}
