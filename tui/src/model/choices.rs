//! What a person chooses: the screen, what narrows it, the order of *Confronto*.

use faccina_proto::wire::officer::v1::{Indicator, Window};

/// The eight screens, in the order of their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    MyEnte,
    Comparison,
    Neighbours,
    Experts,
    Twinning,
    Cards,
    National,
    Network,
}

impl Screen {
    /// All, in the order of the keys 1 to 8.
    pub const ALL: [Self; 8] = [
        Self::MyEnte,
        Self::Comparison,
        Self::Neighbours,
        Self::Experts,
        Self::Twinning,
        Self::Cards,
        Self::National,
        Self::Network,
    ];

    /// The identifier used in the names of texts.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::MyEnte => "my-ente",
            Self::Comparison => "comparison",
            Self::Neighbours => "neighbours",
            Self::Experts => "experts",
            Self::Twinning => "twinning",
            Self::Cards => "cards",
            Self::National => "national",
            Self::Network => "network",
        }
    }

    /// Steps to another screen, round the ends.
    #[must_use]
    pub fn step(self, steps: isize) -> Self {
        let length = Self::ALL.len();
        let place = Self::ALL.iter().position(|screen| *screen == self).unwrap_or(0);
        let place = place.saturating_add(length).saturating_add_signed(steps) % length;
        Self::ALL.get(place).copied().unwrap_or(self)
    }

    /// How many lists or texts of this screen the arrows ← → change between.
    #[must_use]
    pub fn parts(self) -> usize {
        match self {
            Self::Cards => 2,
            Self::MyEnte | Self::Comparison | Self::Twinning | Self::National => 3,
            Self::Neighbours | Self::Experts | Self::Network => 1,
        }
    }

    /// True where the chosen month changes what is shown.
    #[must_use]
    pub fn has_month(self) -> bool {
        match self {
            Self::Comparison | Self::Neighbours | Self::Twinning | Self::National => true,
            Self::MyEnte | Self::Experts | Self::Cards | Self::Network => false,
        }
    }

    /// True where the window and the indicator change what is shown.
    #[must_use]
    pub fn compares(self) -> bool {
        matches!(self, Self::Comparison | Self::Twinning)
    }
}

/// What narrows the screens; `None` and the empty text let everything pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filters {
    pub month: Option<u32>,
    pub service: Option<String>,
    pub channel: Option<String>,
    pub region: Option<String>,
    pub text: String,
    pub window: Window,
    pub indicator: Indicator,
}

impl Default for Filters {
    fn default() -> Self {
        Self {
            month: None,
            service: None,
            channel: None,
            region: None,
            text: String::new(),
            window: Window::Month,
            indicator: Indicator::Green,
        }
    }
}

/// What narrows the library of practice cards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Library {
    pub text: String,
    pub service: Option<String>,
    pub topic: Option<String>,
}

/// What narrows the members of *Rete*; `condition` is the slug of what a member is to be looked at for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    pub text: String,
    pub condition: Option<String>,
}

/// The orders of *Confronto*. The only one by result is the shrunken estimate, shown with its interval
/// and without places: a crude share would put small enti at both ends by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The most similar ente first; on a node without votes there is none to be similar to.
    Likeness,
    Name,
    Region,
    Size,
    Votes,
    Estimate,
}

impl Order {
    /// The order after this one, round the end.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Likeness => Self::Name,
            Self::Name => Self::Region,
            Self::Region => Self::Size,
            Self::Size => Self::Votes,
            Self::Votes => Self::Estimate,
            Self::Estimate => Self::Likeness,
        }
    }

    /// The identifier used in the names of texts.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Likeness => "likeness",
            Self::Name => "name",
            Self::Region => "region",
            Self::Size => "size",
            Self::Votes => "votes",
            Self::Estimate => "estimate",
        }
    }
}
