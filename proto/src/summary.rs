//! The summary: the month of an ente as it is published, and its form on the wire.
//!
//! [`Summary::from_wire`] reads fields and bounds; whether the figures keep the rules is judged by
//! [`checks`](crate::checks). A carried month publishes the flag, versions and root only; it may still declare gap months
//! and a restore, which are no figures and without which the months would not follow each other.

use crate::{
    calendar::{CalendarError, Month},
    envelope::Id,
    limits::{GROUPS_MAX, MONTHS_NAMED_MAX, SOFTWARE_VERSION_BYTES_MAX, VOTES_PER_MONTH_MAX},
    names::{Code, NameError},
    partition::Parameters,
    tally::{GroupKey, Reasons, Votes},
    wire::feed::v1 as wire,
};
use bytes::Bytes;
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

    /// Whether it is "fewer than 5, not none".
    pub fn is_few(self) -> bool {
        self.0 == 1
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

    fn to_wire(self) -> wire::Backing {
        match self {
            Self::None => wire::Backing::None,
            Self::UnderQuarter => wire::Backing::UnderQuarter,
            Self::ToHalf => wire::Backing::ToHalf,
            Self::ToThreeQuarters => wire::Backing::ToThreeQuarters,
            Self::More => wire::Backing::More,
            Self::All => wire::Backing::All,
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

    /// The message, for an entry of the feed.
    pub fn to_wire(&self) -> wire::Summary {
        let mut message = wire::Summary {
            month: self.month.yyyymm(),
            edition: self.edition.number(),
            rules_version: RULES_VERSION,
            catalogue_version: self.catalogue_version,
            software_version: self.software_version.clone(),
            carried: self.is_carried(),
            ballots_root: Bytes::copy_from_slice(self.ballots_root.as_bytes()),
            restored: self.restored,
            gap_months: yyyymm(&self.gap_months),
            ..wire::Summary::default()
        };
        if let Some(figures) = self.figures() {
            message.parameters = Some(parameters_to_wire(&figures.parameters));
            message.groups = figures.groups.iter().map(group_to_wire).collect();
            message.pooled_reasons = figures.pool.as_ref().map(pool_to_wire);
            message.carried_from = yyyymm(&figures.carried_from);
            message.integrity = Some(integrity_to_wire(&figures.integrity));
            message.listened_tenths = figures.listened_tenths;
        }
        message
    }

    /// Reads a message. Errors name the field; nothing is judged but form and bounds.
    pub fn from_wire(message: &wire::Summary) -> Result<Self, SummaryError> {
        if message.rules_version != RULES_VERSION {
            return Err(SummaryError::Rules(message.rules_version));
        }
        let edition = match message.edition {
            1 => Edition::First,
            2 => Edition::Correction,
            other => return Err(SummaryError::Edition(other)),
        };
        let software_version = message.software_version.clone();
        if software_version.len() > SOFTWARE_VERSION_BYTES_MAX {
            return Err(SummaryError::Field { field: "software_version" });
        }
        let content = if message.carried {
            carried_content(message)?
        } else {
            Content::Figures(Box::new(figures_of(message)?))
        };
        Ok(Self {
            month: Month::from_yyyymm(message.month)?,
            edition,
            catalogue_version: message.catalogue_version,
            software_version,
            content,
            ballots_root: Id::from_slice(&message.ballots_root)
                .ok_or(SummaryError::Field { field: "ballots_root" })?,
            restored: message.restored,
            gap_months: months_of("gap months", &message.gap_months)?,
        })
    }
}

fn carried_content(message: &wire::Summary) -> Result<Content, SummaryError> {
    let figures = message.parameters.is_some()
        || !message.groups.is_empty()
        || message.pooled_reasons.is_some()
        || !message.carried_from.is_empty()
        || message.integrity.is_some()
        || message.listened_tenths.is_some();
    if figures { Err(SummaryError::CarriedWithFigures) } else { Ok(Content::Carried) }
}

fn figures_of(message: &wire::Summary) -> Result<Figures, SummaryError> {
    few("groups", message.groups.len(), GROUPS_MAX)?;
    let parameters = message.parameters.as_ref().ok_or(SummaryError::Field { field: "parameters" })?;
    let integrity = message.integrity.as_ref().map(integrity_of).transpose()?;
    if message.listened_tenths.is_some_and(|tenths| tenths > 10) {
        return Err(SummaryError::Field { field: "listened_tenths" });
    }
    Ok(Figures {
        parameters: parameters_of(parameters),
        groups: message.groups.iter().map(group_of).collect::<Result<_, _>>()?,
        pool: message.pooled_reasons.as_ref().map(pool_of).transpose()?,
        carried_from: months_of("months carried from", &message.carried_from)?,
        integrity: integrity.unwrap_or_default(),
        listened_tenths: message.listened_tenths,
    })
}

fn few(what: &'static str, count: usize, count_max: usize) -> Result<(), SummaryError> {
    if count > count_max { Err(SummaryError::TooMany { what, count, count_max }) } else { Ok(()) }
}

fn yyyymm(months: &[Month]) -> Vec<u32> {
    months.iter().map(|month| month.yyyymm()).collect()
}

fn months_of(what: &'static str, months: &[u32]) -> Result<Vec<Month>, SummaryError> {
    few(what, months.len(), MONTHS_NAMED_MAX)?;
    if !months.is_sorted_by(|a, b| a < b) {
        return Err(SummaryError::Field { field: what });
    }
    Ok(months.iter().map(|month| Month::from_yyyymm(*month)).collect::<Result<_, _>>()?)
}

/// A count as the wire holds it; every count of a summary is at most [`VOTES_PER_MONTH_MAX`].
fn count(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn count_of(field: &'static str, n: u32) -> Result<u64, SummaryError> {
    let n = u64::from(n);
    if n > VOTES_PER_MONTH_MAX { Err(SummaryError::Field { field }) } else { Ok(n) }
}

fn parameters_to_wire(parameters: &Parameters) -> wire::Parameters {
    wire::Parameters {
        threshold: count(parameters.threshold),
        threshold_sensitive: count(parameters.threshold_sensitive),
        dominance: count(parameters.dominance),
        reasons_min: count(parameters.reasons_min),
        dominance_below: count(parameters.dominance_below),
    }
}

fn parameters_of(message: &wire::Parameters) -> Parameters {
    Parameters {
        threshold: message.threshold.into(),
        threshold_sensitive: message.threshold_sensitive.into(),
        dominance: message.dominance.into(),
        reasons_min: message.reasons_min.into(),
        dominance_below: message.dominance_below.into(),
    }
}

fn reasons_to_wire(Reasons([first, second, third, fourth]): Reasons) -> wire::Reasons {
    wire::Reasons { first: count(first), second: count(second), third: count(third), fourth: count(fourth) }
}

fn reasons_of(message: &wire::Reasons) -> Result<Reasons, SummaryError> {
    let of = |n| count_of("reasons", n);
    Ok(Reasons([of(message.first)?, of(message.second)?, of(message.third)?, of(message.fourth)?]))
}

fn key_to_wire(key: &GroupKey) -> wire::GroupKey {
    wire::GroupKey { service: key.service.to_string(), channel: key.channel.to_string() }
}

fn key_of(service: &str, channel: &str) -> Result<GroupKey, SummaryError> {
    Ok(GroupKey { service: Code::of_group(service)?, channel: Code::of_group(channel)? })
}

fn group_to_wire(group: &Group) -> wire::Group {
    let wire::GroupKey { service, channel } = key_to_wire(&group.key);
    wire::Group {
        service,
        channel,
        green: count(group.votes.green),
        yellow: count(group.votes.yellow),
        red: count(group.votes.red),
        reasons: group.reasons.map(reasons_to_wire),
        served: group.served.map(count),
    }
}

fn group_of(message: &wire::Group) -> Result<Group, SummaryError> {
    Ok(Group {
        key: key_of(&message.service, &message.channel)?,
        votes: Votes {
            green: count_of("green", message.green)?,
            yellow: count_of("yellow", message.yellow)?,
            red: count_of("red", message.red)?,
        },
        reasons: message.reasons.as_ref().map(reasons_of).transpose()?,
        served: message.served.map(|served| count_of("served", served)).transpose()?,
    })
}

fn pool_to_wire(pool: &PooledReasons) -> wire::PooledReasons {
    wire::PooledReasons {
        reasons: Some(reasons_to_wire(pool.reasons)),
        groups: pool.groups.iter().map(key_to_wire).collect(),
        carried_reds: count(pool.carried_reds),
        carried_months: yyyymm(&pool.carried_months),
    }
}

fn pool_of(message: &wire::PooledReasons) -> Result<PooledReasons, SummaryError> {
    few("groups in the pool", message.groups.len(), GROUPS_MAX)?;
    let reasons = message.reasons.as_ref().ok_or(SummaryError::Field { field: "pooled_reasons" })?;
    let groups = message.groups.iter().map(|key| key_of(&key.service, &key.channel));
    Ok(PooledReasons {
        reasons: reasons_of(reasons)?,
        groups: groups.collect::<Result<_, _>>()?,
        carried_reds: count_of("carried_reds", message.carried_reds)?,
        carried_months: months_of("months in the pool", &message.carried_months)?,
    })
}

fn integrity_to_wire(integrity: &Integrity) -> wire::Integrity {
    let code = |count: Option<CodedCount>| count.map(CodedCount::code);
    wire::Integrity {
        late: code(integrity.late),
        repeat: code(integrity.repeat),
        outside_hours: code(integrity.outside_hours),
        revoked_terminal: code(integrity.revoked_terminal),
        over_served: code(integrity.over_served),
        backing: integrity.backing.map_or(wire::Backing::Unspecified, Backing::to_wire).into(),
    }
}

fn integrity_of(message: &wire::Integrity) -> Result<Integrity, SummaryError> {
    let code = |field, code: Option<u32>| {
        code.map(|code| CodedCount::from_code(code).ok_or(SummaryError::Field { field })).transpose()
    };
    let backing = wire::Backing::try_from(message.backing);
    Ok(Integrity {
        late: code("late", message.late)?,
        repeat: code("repeat", message.repeat)?,
        outside_hours: code("outside_hours", message.outside_hours)?,
        revoked_terminal: code("revoked_terminal", message.revoked_terminal)?,
        over_served: code("over_served", message.over_served)?,
        backing: match backing.map_err(|_| SummaryError::Field { field: "backing" })? {
            wire::Backing::Unspecified => None,
            wire::Backing::None => Some(Backing::None),
            wire::Backing::UnderQuarter => Some(Backing::UnderQuarter),
            wire::Backing::ToHalf => Some(Backing::ToHalf),
            wire::Backing::ToThreeQuarters => Some(Backing::ToThreeQuarters),
            wire::Backing::More => Some(Backing::More),
            wire::Backing::All => Some(Backing::All),
        },
    })
}

#[cfg(test)]
mod tests;
