//! A summary's form on the wire: reading and writing, field by field.

use super::{
    Backing, CodedCount, Content, Edition, Figures, Group, Integrity, PooledReasons, RULES_VERSION, Summary,
    SummaryError,
};
use crate::{
    calendar::Month,
    envelope::Id,
    limits::{GROUPS_MAX, MONTHS_NAMED_MAX, SOFTWARE_VERSION_BYTES_MAX, VOTES_PER_MONTH_MAX},
    names::Code,
    partition::Parameters,
    tally::{GroupKey, Reasons, Votes},
    wire::feed::v1 as wire,
};
use bytes::Bytes;

impl Backing {
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

impl Summary {
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
    let groups = message.groups.iter().map(group_of).collect::<Result<Vec<_>, _>>()?;
    let votes = groups.iter().map(|group| group.votes).sum::<Votes>().n();
    if votes > VOTES_PER_MONTH_MAX {
        return Err(SummaryError::TooManyVotes { votes });
    }
    let integrity = message.integrity.as_ref().map(integrity_of).transpose()?;
    if message.listened_tenths.is_some_and(|tenths| tenths > 10) {
        return Err(SummaryError::Field { field: "listened_tenths" });
    }
    Ok(Figures {
        parameters: parameters_of(parameters),
        groups,
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
