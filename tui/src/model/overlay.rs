//! What lies over a screen and takes the keys: help, a picker, a search, a form.

use super::Cursor;
use crate::form::{Form, Purpose};

/// What lies over the screen and takes the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    None,
    Help {
        scroll: u16,
    },
    Picker(Picker),
    /// The text search of *Confronto*, *Buone pratiche* or *Rete*, with the text to return to on Escape.
    Search {
        before: String,
    },
    Form(Box<Form>),
    /// All that is known of a member of *Rete*.
    Member {
        code: String,
        scroll: u16,
    },
}

/// What a picker chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Month,
    Service,
    Channel,
    Region,
    /// A topic of the library.
    Topic,
    /// What a member of the network is to be looked at for.
    Condition,
    /// What to do here.
    Action,
    /// The form of a file to write.
    Export,
}

impl Choice {
    /// The name of the text that asks for it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Month => "pick-month",
            Self::Service => "pick-service",
            Self::Channel => "pick-channel",
            Self::Region => "pick-region",
            Self::Topic => "pick-topic",
            Self::Condition => "pick-condition",
            Self::Action => "pick-action",
            Self::Export => "pick-export",
        }
    }
}

/// A list to choose one value from; typing narrows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picker {
    pub choice: Choice,
    /// All values; the first of a filter is `None`, "all" or "newest".
    pub options: Vec<Option<String>>,
    /// Shown names, one for each option.
    pub labels: Vec<String>,
    /// What each option does, about what was under the cursor when the picker opened; empty for filters.
    pub acts: Vec<Purpose>,
    pub text: String,
    pub cursor: Cursor,
}

impl Picker {
    /// A picker at its first option.
    #[must_use]
    pub fn of(choice: Choice, options: Vec<Option<String>>, labels: Vec<String>) -> Self {
        Self { choice, options, labels, acts: Vec::new(), text: String::new(), cursor: Cursor::default() }
    }

    /// Indices of the options that match what was typed.
    #[must_use]
    pub fn matching(&self) -> Vec<usize> {
        let wanted = self.text.to_lowercase();
        self.labels
            .iter()
            .enumerate()
            .filter(|(_, label)| label.to_lowercase().contains(&wanted))
            .map(|(index, _)| index)
            .collect()
    }

    /// The act under the cursor.
    #[must_use]
    pub fn act(&self) -> Option<&Purpose> {
        self.acts.get(*self.matching().get(self.cursor.selected)?)
    }

    /// The value under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&Option<String>> {
        self.options.get(*self.matching().get(self.cursor.selected)?)
    }
}
