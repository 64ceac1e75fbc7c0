//! The model: everything the screens show, and nothing of how. Changed only by `update`.

use crate::message::{Loss, Request};
use crate::texts::Language;
use faccina_proto::wire::officer::v1 as officer;

/// The whole state of the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub language: Language,
    pub columns: u16,
    pub rows: u16,
    pub screen: Screen,
    /// True from the first key that chooses a screen: the node's role no longer decides it.
    pub screen_chosen: bool,
    pub link: Link,
    pub about: Panel<officer::AboutReply>,
    pub my_ente: Panel<officer::MyEnteReply>,
    pub comparison: Panel<officer::ComparisonReply>,
    pub experts: Panel<officer::ExpertsReply>,
    pub pair: Panel<officer::PairReply>,
    pub national: Panel<officer::NationalReply>,
    pub network: Panel<officer::NetworkReply>,
    pub filters: Filters,
    pub order: Order,
    /// Indices into the comparison's rows that pass the filters, in the chosen order.
    pub comparison_rows: Vec<usize>,
    /// Indices into the national transmissions, those to look at first.
    pub transmission_rows: Vec<usize>,
    pub lists: Lists,
    pub overlay: Overlay,
    /// The federation's digest changed since the panels were asked; acted upon at the next second.
    pub changed: bool,
}

impl Model {
    /// Starts before any answer, on *Il mio ente*.
    #[must_use]
    pub fn new(language: Language, columns: u16, rows: u16) -> Self {
        Self {
            language,
            columns,
            rows,
            screen: Screen::MyEnte,
            screen_chosen: false,
            link: Link::Connecting,
            about: Panel::default(),
            my_ente: Panel::default(),
            comparison: Panel::default(),
            experts: Panel::default(),
            pair: Panel::default(),
            national: Panel::default(),
            network: Panel::default(),
            filters: Filters::default(),
            order: Order::Name,
            comparison_rows: Vec::new(),
            transmission_rows: Vec::new(),
            lists: Lists::default(),
            overlay: Overlay::None,
            changed: false,
        }
    }

    /// True where this node belongs to DFP or only relays: it has no votes of its own.
    #[must_use]
    pub fn votes_nowhere(&self) -> bool {
        self.about.data.as_ref().is_some_and(|about| about.role != "ente")
    }

    /// The month asked of the node: 0 is the newest.
    #[must_use]
    pub fn month_asked(&self) -> u32 {
        self.filters.month.unwrap_or(0)
    }

    /// The expert under the cursor.
    #[must_use]
    pub fn expert(&self) -> Option<&officer::Expert> {
        self.experts.data.as_ref()?.experts.get(self.lists.experts.selected)
    }

    /// The row of the comparison under the cursor.
    #[must_use]
    pub fn compared(&self) -> Option<&officer::EnteRow> {
        let index = self.comparison_rows.get(self.lists.comparison.selected)?;
        self.comparison.data.as_ref()?.rows.get(*index)
    }

    /// True while figures on this screen are from before the loss of the node.
    #[must_use]
    pub fn shows_old(&self) -> bool {
        match self.screen {
            Screen::MyEnte => self.my_ente.is_old(),
            Screen::Comparison => self.comparison.is_old(),
            Screen::Twinning => self.experts.is_old() || self.pair.is_old(),
            Screen::National => self.national.is_old(),
            Screen::Network => self.network.is_old(),
        }
    }
}

/// The five screens, in the order of their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    MyEnte,
    Comparison,
    Twinning,
    National,
    Network,
}

impl Screen {
    /// All, in the order of the keys 1 to 5.
    pub const ALL: [Self; 5] =
        [Self::MyEnte, Self::Comparison, Self::Twinning, Self::National, Self::Network];

    /// The identifier used in the names of texts.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::MyEnte => "my-ente",
            Self::Comparison => "comparison",
            Self::Twinning => "twinning",
            Self::National => "national",
            Self::Network => "network",
        }
    }

    /// Steps to the next screen, round the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::MyEnte => Self::Comparison,
            Self::Comparison => Self::Twinning,
            Self::Twinning => Self::National,
            Self::National => Self::Network,
            Self::Network => Self::MyEnte,
        }
    }

    /// Steps to the screen before, round the beginning.
    #[must_use]
    pub fn previous(self) -> Self {
        match self {
            Self::MyEnte => Self::Network,
            Self::Comparison => Self::MyEnte,
            Self::Twinning => Self::Comparison,
            Self::National => Self::Twinning,
            Self::Network => Self::National,
        }
    }
}

/// Whether the node answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    Connecting,
    Up,
    Lost { loss: Loss, seconds: u64 },
}

/// One answer of the node and how much to trust it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel<T> {
    pub data: Option<T>,
    /// The node's reason when it refused the last question.
    pub refusal: Option<String>,
    /// The question that data or refusal answer.
    pub answered: Option<Request>,
    /// The question not answered yet; at most one at a time, so that held keys do not queue questions.
    pub waiting: Option<Request>,
    pub age: Age,
}

/// How the data of a panel stand to the node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Fresh,
    /// The node has changed since; it will be asked again.
    Outdated,
    /// From before the node went away.
    Old,
}

impl<T> Default for Panel<T> {
    fn default() -> Self {
        Self { data: None, refusal: None, answered: None, waiting: None, age: Age::Outdated }
    }
}

impl<T> Panel<T> {
    /// True where something is shown that is from before the loss of the node.
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.data.is_some() && self.age == Age::Old
    }

    /// Notes the question and returns it, where it is not answered and none is on its way.
    pub fn ask(&mut self, wanted: &Request) -> Option<Request> {
        let known = self.age == Age::Fresh && self.answered.as_ref() == Some(wanted);
        if known || self.waiting.is_some() {
            return None;
        }
        self.waiting = Some(wanted.clone());
        self.waiting.clone()
    }

    /// Takes an answer.
    pub fn fill(&mut self, request: Request, data: T) {
        *self =
            Self { data: Some(data), refusal: None, answered: Some(request), waiting: None, age: Age::Fresh };
    }

    /// Takes a refusal: figures that answer another question leave the screen.
    pub fn refuse(&mut self, request: Request, reason: String) {
        let data = if self.answered.as_ref() == Some(&request) { self.data.take() } else { None };
        *self = Self { data, refusal: Some(reason), answered: Some(request), waiting: None, age: Age::Fresh };
    }

    /// Notes that the node has changed.
    pub fn outdate(&mut self) {
        if self.age == Age::Fresh {
            self.age = Age::Outdated;
        }
    }

    /// Notes that the node went away: nothing asked will be answered.
    pub fn lose(&mut self) {
        self.waiting = None;
        self.age = Age::Old;
    }
}

/// What narrows the screens; `None` and the empty text let everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    pub month: Option<u32>,
    pub service: Option<String>,
    pub channel: Option<String>,
    pub region: Option<String>,
    pub text: String,
}

/// The orders of *Confronto*. There is none by result, and there must be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Name,
    Region,
    Size,
    Votes,
}

impl Order {
    /// The order after this one, round the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Name => Self::Region,
            Self::Region => Self::Size,
            Self::Size => Self::Votes,
            Self::Votes => Self::Name,
        }
    }

    /// The identifier used in the names of texts.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Region => "region",
            Self::Size => "size",
            Self::Votes => "votes",
        }
    }
}

/// Where the cursor of a list stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub selected: usize,
}

impl Cursor {
    /// Moves by whole rows within a list of `length`.
    pub fn step(&mut self, rows: isize, length: usize) {
        let moved = self.selected.saturating_add_signed(rows);
        self.selected = moved.min(length.saturating_sub(1));
    }
}

/// Which of the two lists of a screen the arrows move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    First,
    Second,
}

impl Focus {
    /// The other list.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// Cursors of all lists, and the list in use on the screens that have two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    pub cells: Cursor,
    pub live: Cursor,
    pub comparison: Cursor,
    pub experts: Cursor,
    pub strata: Cursor,
    pub transmissions: Cursor,
    pub national_cells: Cursor,
    pub members: Cursor,
    pub my_ente_focus: Focus,
    pub twinning_focus: Focus,
    pub national_focus: Focus,
}

/// What lies over the screen and takes the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    None,
    Help {
        scroll: u16,
    },
    Picker(Picker),
    /// The text search of *Confronto*, with the text to return to on Escape.
    Search {
        before: String,
    },
}

/// What a picker chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Month,
    Service,
    Channel,
    Region,
}

/// A list to choose one value from; typing narrows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picker {
    pub choice: Choice,
    /// All values; the first is "all" or "newest".
    pub options: Vec<Option<String>>,
    /// Shown names, one for each option.
    pub labels: Vec<String>,
    pub text: String,
    pub cursor: Cursor,
}

impl Picker {
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
}
