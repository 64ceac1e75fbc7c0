//! What a screen asks for: which months, which groups, which face.

use crate::stats::Proportion;
use faccina_proto::{
    calendar::Month,
    names::Code,
    tally::{GroupKey, Votes},
};

/// How many months a figure sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// The month alone.
    #[default]
    Month,
    /// The twelve months that end with it.
    Twelve,
}

/// The face whose share is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicator {
    /// The more, the better.
    #[default]
    Green,
    /// The fewer, the better.
    Red,
}

/// Which groups count; `None` = all, then the other services are included.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    pub service: Option<Code>,
    pub channel: Option<Code>,
}

/// One question about all enti.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    pub month: Month,
    pub window: Window,
    pub filter: Filter,
    pub indicator: Indicator,
}

impl Window {
    /// How many months.
    #[must_use]
    pub fn months(self) -> usize {
        match self {
            Self::Month => 1,
            Self::Twelve => 12,
        }
    }

    /// The first month of the window that ends with `month`.
    #[must_use]
    pub fn first(self, month: Month) -> Month {
        back(month, self.months() - 1)
    }
}

impl Indicator {
    /// The votes that it counts.
    #[must_use]
    pub fn of(self, votes: Votes) -> u64 {
        match self {
            Self::Green => votes.green,
            Self::Red => votes.red,
        }
    }

    /// Their share of all votes; `None` without votes.
    #[must_use]
    pub fn share(self, votes: Votes) -> Option<Proportion> {
        Proportion::new(self.of(votes), votes.n())
    }
}

impl Filter {
    /// Whether a group counts.
    #[must_use]
    pub fn passes(&self, key: &GroupKey) -> bool {
        let wanted = |wish: &Option<Code>, code: &Code| wish.as_ref().is_none_or(|wish| wish == code);
        wanted(&self.service, &key.service) && wanted(&self.channel, &key.channel)
    }
}

impl Question {
    /// The first month of its window.
    #[must_use]
    pub fn first_month(&self) -> Month {
        self.window.first(self.month)
    }
}

/// The month that lies `months` before.
pub(super) fn back(month: Month, months: usize) -> Month {
    (0..months).fold(month, |month, _| month.previous())
}
