//! The summary: the month of an ente as it is published, and its form on the wire.
//!
//! [`Summary::from_wire`] reads fields and bounds; whether the figures keep the rules is judged by
//! [`checks`](crate::checks). A carried month publishes the flag, versions and root only; it may still declare gap months
//! and a restore, which are no figures and without which the months would not follow each other.

use crate::{
    calendar::{CalendarError, Month},
    envelope::Id,
    limits::VOTES_PER_MONTH_MAX,
    names::NameError,
    partition::Parameters,
    tally::{GroupKey, Reasons, Votes},
};
use std::fmt;

/// The version of the rules that this crate follows.
pub const RULES_VERSION: u32 = 1;

/// First publication of a month, or the one correction that withdraws and replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// As closed.
    First,
    /// Withdraws and replaces the first ("versione corretta").
    Correction,
}

impl Edition {
    /// The number on the wire.
    pub fn number(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Correction => 2,
        }
    }
}

/// A count published without betraying one vote: 0, "fewer than 5", or rounded down to a multiple of 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodedCount(u32);

const COUNT_STEP: u64 = 5;

impl CodedCount {
    /// The code of `n`.
    pub fn of(n: u64) -> Self {
        let code = match n {
            0 => 0,
            _ if n < COUNT_STEP => 1,
            _ => n.min(VOTES_PER_MONTH_MAX) / COUNT_STEP * COUNT_STEP,
        };
        Self(u32::try_from(code).unwrap_or(u32::MAX))
    }

    /// From the wire; `None` for a number that is no code.
    pub fn from_code(code: u32) -> Option<Self> {
        (code <= 1 || u64::from(code) % COUNT_STEP == 0).then_some(Self(code))
    }

    /// The code on the wire: 0, 1 for "fewer than 5", else a multiple of 5.
    pub fn code(self) -> u32 {
        self.0
    }

    /// The least number it can stand for.
    pub fn at_least(self) -> u64 {
        u64::from(self.0)
    }
}

/// `0`, `<5`, or `≥ n`.
impl fmt::Display for CodedCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            1 => f.write_str("<5"),
            n => write!(f, "≥{n}"),
        }
    }
}

/// The share of votes backed by an invite or an attendant, in classes; none and all are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backing {
    /// No vote.
    None,
    /// Less than a quarter.
    UnderQuarter,
    /// From a quarter to half.
    ToHalf,
    /// Above half to three quarters.
    ToThreeQuarters,
    /// Above three quarters, not all.
    More,
    /// Every vote.
    All,
}

impl Backing {
    /// The class of `backed` among `votes`; a month without votes has none.
    pub fn of(backed: u64, votes: u64) -> Self {
        let quarters = backed.saturating_mul(4);
        if backed == 0 || votes == 0 {
            Self::None
        } else if backed >= votes {
            Self::All
        } else if quarters < votes {
            Self::UnderQuarter
        } else if quarters <= votes.saturating_mul(2) {
            Self::ToHalf
        } else if quarters <= votes.saturating_mul(3) {
            Self::ToThreeQuarters
        } else {
            Self::More
        }
    }
}

/// Integrity counts of the whole month. `None` = not measured, unknown; never to be shown as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    /// Ballots of earlier months.
    pub late: Option<CodedCount>,
    /// Repeats within the cool-down of an open terminal.
    pub repeat: Option<CodedCount>,
    /// Votes outside opening hours.
    pub outside_hours: Option<CodedCount>,
    /// Votes of terminals that were revoked in the month.
    pub revoked_terminal: Option<CodedCount>,
    /// Votes beyond the users served.
    pub over_served: Option<CodedCount>,
    /// Votes backed by an invite or an attendant.
    pub backing: Option<Backing>,
}

/// A published group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its key; ALTRI where services or channels are merged.
    pub key: GroupKey,
    /// Its votes.
    pub votes: Votes,
    /// Its own four reasons, where it publishes them.
    pub reasons: Option<Reasons>,
    /// Users served, where the ente knows it.
    pub served: Option<u64>,
}

/// Reasons of groups that publish none of their own, together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PooledReasons {
    /// The reasons.
    pub reasons: Reasons,
    /// The groups of this month whose reds are in the pool, ascending.
    pub groups: Vec<GroupKey>,
    /// Reds of earlier months in the pool.
    pub carried_reds: u64,
    /// Those months, ascending.
    pub carried_months: Vec<Month>,
}

/// The figures of a month that is not carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What the partition was made with.
    pub parameters: Parameters,
    /// The groups, ascending by key in a summary that keeps the rules.
    pub groups: Vec<Group>,
    /// Pooled reasons.
    pub pool: Option<PooledReasons>,
    /// The carried months before, whose votes are included, ascending.
    pub carried_from: Vec<Month>,
    /// Integrity counts.
    pub integrity: Integrity,
    /// Share of opening hours listened, in tenths 0..=10; `None` = unknown.
    pub listened_tenths: Option<u32>,
}

impl Figures {
    /// The group of that key.
    pub fn group(&self, key: &GroupKey) -> Option<&Group> {
        self.groups.iter().find(|group| group.key == *key)
    }

    /// All votes.
    pub fn total(&self) -> Votes {
        self.groups.iter().map(|group| group.votes).sum()
    }

    /// Reds in groups whose reasons are neither published nor in this month's pool: they wait for a later pool.
    pub fn reds_without_reasons(&self) -> u64 {
        let pooled = |key| self.pool.as_ref().is_some_and(|pool| pool.groups.contains(key));
        let waiting = self.groups.iter().filter(|group| group.reasons.is_none() && !pooled(&group.key));
        waiting.fold(0, |sum, group| sum.saturating_add(group.votes.red))
    }
}

/// What a month publishes beside its name and versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing: all votes go to the next month ("riportati").
    Carried,
    /// The partition.
    Figures(Box<Figures>),
}

/// The month of an ente.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The month.
    pub month: Month,
    /// First edition or correction.
    pub edition: Edition,
    /// The catalogue version it was made with.
    pub catalogue_version: u32,
    /// The software that made it.
    pub software_version: String,
    /// The figures, or that they are carried.
    pub content: Content,
    /// Merkle root of the ballot box.
    pub ballots_root: Id,
    /// Whether outstanding invites became void since the last summary, after a restore.
    pub restored: bool,
    /// Months directly before this one in which nothing was surveyed, ascending.
    pub gap_months: Vec<Month>,
}

/// A message that is no summary of [`RULES_VERSION`]. The ente's software is wrong; it must publish a correction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// Another version of the rules; whoever reads it must update.
    #[error("rules version {0} is not understood")]
    Rules(u32),
    /// No such edition.
    #[error("edition {0} is neither 1 nor 2")]
    Edition(u32),
    /// A field is missing or has a wrong length or value.
    #[error("field {field} is missing or out of range")]
    Field {
        /// The field of the schema.
        field: &'static str,
    },
    /// A list is too long.
    #[error("{what} are {count}, at most {count_max}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// Most.
        count_max: usize,
    },
    /// No ente has so many; its software is wrong, or it lies.
    #[error("its groups hold {votes} votes, at most {VOTES_PER_MONTH_MAX}")]
    TooManyVotes {
        /// Of all groups together.
        votes: u64,
    },
    /// A carried month must publish no figures.
    #[error("a carried month publishes figures")]
    CarriedWithFigures,
    /// A code has wrong characters.
    #[error("a group has a wrong code")]
    Name(#[from] NameError),
    /// A month does not exist.
    #[error("it names a wrong month")]
    Month(#[from] CalendarError),
}

impl Summary {
    /// The figures; `None` for a carried month.
    pub fn figures(&self) -> Option<&Figures> {
        match &self.content {
            Content::Carried => None,
            Content::Figures(figures) => Some(figures),
        }
    }

    /// Whether the whole month goes to the next one.
    pub fn is_carried(&self) -> bool {
        self.figures().is_none()
    }
}

mod form;
#[cfg(test)]
mod tests;
