//! What a terminal says of itself: how it is ([`Heartbeat`]), and what it measured in a half-day that is over
//! ([`HalfDayReport`]). Both are signed by the terminal and end in its own node.
//!
//! A report holds numbers over a half-day, never a time, and exists until its month is closed (STATISTICS 6.3). Gaps and
//! bursts are measured over all votes of the terminal, and laid to the service of the later vote.

use crate::{
    calendar::{CalendarError, CivilDay},
    envelope::KeyId,
    limits::{
        CODE_BYTES_MAX, HALF_DAY_S_MAX, HEARTBEAT_BYTES_MAX, REFUSED_CODES_MAX, REPORT_BYTES_MAX,
        SERVICES_PER_TERMINAL_MAX, SOFTWARE_VERSION_BYTES_MAX, VOTES_PER_HALF_DAY_MAX,
    },
    names::{Code, NameError},
    wire::ballot::v1 as wire,
};
use bytes::Bytes;
use prost::Message;
use std::collections::BTreeMap;

/// Upper ends of the bins of gaps, in seconds; the last bin has none.
pub const GAP_ENDS_S: [u32; 5] = [2, 5, 10, 30, 60];
/// Bins of gaps between votes.
pub const GAP_BINS: usize = GAP_ENDS_S.len() + 1;
/// Bins of gaps that count as short: below 5 s.
pub const SHORT_GAP_BINS: usize = 2;

/// Bytes that are no heartbeat or no report. The terminal's software is wrong; update it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// More than one can be.
    #[error("it has {bytes} bytes, at most {bytes_max}")]
    TooLarge {
        /// Its length, in bytes.
        bytes: usize,
        /// The longest allowed, in bytes.
        bytes_max: usize,
    },
    /// Damaged.
    #[error("it cannot be decoded")]
    Undecodable,
    /// Missing, out of its bounds, or at odds with another field.
    #[error("its field {0} is wrong")]
    Field(&'static str),
    /// A service has a wrong code.
    #[error("it has a wrong code")]
    Name(#[from] NameError),
    /// The day does not exist.
    #[error("it has a wrong day")]
    Day(#[from] CalendarError),
}

/// How a terminal is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Its key.
    pub terminal: KeyId,
    /// Its clock, in seconds since 1970-01-01 UTC.
    pub now_unix_s: u64,
    /// Ballots without a receipt.
    pub queue: u32,
    /// Most of them that it can hold.
    pub queue_max: u32,
    /// Its software.
    pub version: String,
    /// Ballots refused for good since the enrolment, by the code of the refusal.
    pub refused: BTreeMap<String, u64>,
    /// Seconds of opening hours today so far; of the day where the hours are unknown.
    pub open_s: u32,
    /// Of these, seconds in which a vote could be cast.
    pub listened_s: u32,
}

impl Heartbeat {
    /// The payload that the terminal signs under [`Kind::Heartbeat`](crate::envelope::Kind::Heartbeat).
    pub fn encode(&self) -> Vec<u8> {
        let refused = self.refused.iter();
        let refused =
            refused.map(|(code, ballots)| wire::RefusedCount { code: code.clone(), ballots: *ballots });
        wire::Heartbeat {
            terminal: Bytes::copy_from_slice(self.terminal.as_bytes()),
            now_unix_s: self.now_unix_s,
            queue: self.queue,
            queue_max: self.queue_max,
            version: self.version.clone(),
            refused: refused.collect(),
            open_s: self.open_s,
            listened_s: self.listened_s,
        }
        .encode_to_vec()
    }

    /// Reads a heartbeat and checks every bound.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReportError> {
        let message: wire::Heartbeat = decode(bytes, HEARTBEAT_BYTES_MAX)?;
        if message.refused.len() > REFUSED_CODES_MAX {
            return Err(ReportError::Field("refused"));
        }
        let mut refused = BTreeMap::new();
        for wire::RefusedCount { code, ballots } in message.refused {
            let word = !code.is_empty() && code.len() <= 2 * CODE_BYTES_MAX;
            let plain =
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if !word || !plain || refused.insert(code, ballots).is_some() {
                return Err(ReportError::Field("refused"));
            }
        }
        let printable = message.version.bytes().all(|byte| byte.is_ascii_graphic());
        if message.version.is_empty() || message.version.len() > SOFTWARE_VERSION_BYTES_MAX || !printable {
            return Err(ReportError::Field("version"));
        }
        Ok(Self {
            terminal: KeyId::from_slice(&message.terminal).ok_or(ReportError::Field("terminal"))?,
            now_unix_s: message.now_unix_s,
            queue: message.queue,
            queue_max: message.queue_max,
            version: message.version,
            refused,
            open_s: at_most(message.open_s, 2 * HALF_DAY_S_MAX, "open_s")?,
            listened_s: at_most(message.listened_s, message.open_s, "listened_s")?,
        })
    }
}

/// What a terminal measured at the taps of one half-day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfDayReport {
    /// Its key.
    pub terminal: KeyId,
    /// The day.
    pub day: CivilDay,
    /// Whether it is the half from 12:00 on.
    pub afternoon: bool,
    /// Seconds of opening hours in it; of the whole half-day where the hours are unknown.
    pub open_s: u32,
    /// Of these, seconds in which a vote could be cast.
    pub listened_s: u32,
    /// Votes outside opening hours.
    pub outside_hours: u32,
    /// Votes in the last half-hour of the opening hours in it.
    pub in_last_half_hour: u32,
    /// Largest number of votes within 60 s.
    pub most_in_60_s: u32,
    /// Gaps between votes, by length ([`GAP_ENDS_S`]).
    pub gaps: [u32; GAP_BINS],
    /// What belongs to one service.
    pub services: BTreeMap<Code, Taps>,
}

/// Votes of one service at one terminal in one half-day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taps {
    /// All.
    pub votes: u32,
    /// Of these, votes less than 5 s after the one before.
    pub short_gaps: u32,
    /// Of these, green.
    pub short_greens: u32,
}

impl HalfDayReport {
    /// Nothing measured yet.
    pub fn empty(terminal: KeyId, day: CivilDay, afternoon: bool) -> Self {
        Self {
            terminal,
            day,
            afternoon,
            open_s: 0,
            listened_s: 0,
            outside_hours: 0,
            in_last_half_hour: 0,
            most_in_60_s: 0,
            gaps: [0; GAP_BINS],
            services: BTreeMap::new(),
        }
    }

    /// All votes of the half-day.
    pub fn votes(&self) -> u32 {
        self.services.values().fold(0, |sum, taps| sum.saturating_add(taps.votes))
    }

    /// Gaps below 5 s.
    pub fn short_gaps(&self) -> u32 {
        self.gaps.iter().take(SHORT_GAP_BINS).fold(0, |sum, gaps| sum.saturating_add(*gaps))
    }

    /// The payload that the terminal signs under [`Kind::Report`](crate::envelope::Kind::Report).
    pub fn encode(&self) -> Vec<u8> {
        let services = self.services.iter().map(|(service, taps)| wire::ServiceTaps {
            service: service.to_string(),
            votes: taps.votes,
            short_gaps: taps.short_gaps,
            short_greens: taps.short_greens,
        });
        wire::HalfDayReport {
            terminal: Bytes::copy_from_slice(self.terminal.as_bytes()),
            civil_day: self.day.yyyymmdd(),
            afternoon: self.afternoon,
            open_s: self.open_s,
            listened_s: self.listened_s,
            outside_hours: self.outside_hours,
            in_last_half_hour: self.in_last_half_hour,
            most_in_60_s: self.most_in_60_s,
            gaps: self.gaps.to_vec(),
            services: services.collect(),
        }
        .encode_to_vec()
    }

    /// Reads a report and checks every bound: no number is larger than the one it is a part of.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReportError> {
        let message: wire::HalfDayReport = decode(bytes, REPORT_BYTES_MAX)?;
        if message.services.len() > SERVICES_PER_TERMINAL_MAX {
            return Err(ReportError::Field("services"));
        }
        let mut services = BTreeMap::new();
        for row in &message.services {
            let taps = Taps {
                votes: at_most(row.votes, VOTES_PER_HALF_DAY_MAX, "votes")?,
                short_gaps: at_most(row.short_gaps, row.votes, "short_gaps")?,
                short_greens: at_most(row.short_greens, row.short_gaps, "short_greens")?,
            };
            if services.insert(row.service.parse()?, taps).is_some() {
                return Err(ReportError::Field("services"));
            }
        }
        let report = Self {
            terminal: KeyId::from_slice(&message.terminal).ok_or(ReportError::Field("terminal"))?,
            day: CivilDay::from_yyyymmdd(message.civil_day)?,
            afternoon: message.afternoon,
            open_s: at_most(message.open_s, HALF_DAY_S_MAX, "open_s")?,
            listened_s: at_most(message.listened_s, message.open_s, "listened_s")?,
            outside_hours: message.outside_hours,
            in_last_half_hour: message.in_last_half_hour,
            most_in_60_s: message.most_in_60_s,
            gaps: message.gaps.try_into().map_err(|_| ReportError::Field("gaps"))?,
            services,
        };
        let votes = report.votes();
        at_most(votes, VOTES_PER_HALF_DAY_MAX, "votes")?;
        at_most(report.outside_hours, votes, "outside_hours")?;
        at_most(report.in_last_half_hour, votes, "in_last_half_hour")?;
        at_most(report.most_in_60_s, votes, "most_in_60_s")?;
        at_most(report.gaps.iter().fold(0, |sum, gaps| sum.saturating_add(*gaps)), votes, "gaps")?;
        let short = report.services.values().fold(0u32, |sum, taps| sum.saturating_add(taps.short_gaps));
        if short != report.short_gaps() {
            return Err(ReportError::Field("short_gaps"));
        }
        Ok(report)
    }
}

fn at_most(number: u32, max: u32, field: &'static str) -> Result<u32, ReportError> {
    if number > max { Err(ReportError::Field(field)) } else { Ok(number) }
}

fn decode<M: Message + Default>(bytes: &[u8], bytes_max: usize) -> Result<M, ReportError> {
    if bytes.len() > bytes_max {
        return Err(ReportError::TooLarge { bytes: bytes.len(), bytes_max });
    }
    M::decode(bytes).map_err(|_| ReportError::Undecodable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report() -> HalfDayReport {
        let day = CivilDay::from_yyyymmdd(20_260_415).unwrap();
        HalfDayReport {
            open_s: 12_600,
            listened_s: 12_000,
            outside_hours: 1,
            in_last_half_hour: 2,
            most_in_60_s: 3,
            gaps: [1, 1, 2, 0, 3, 4],
            services: BTreeMap::from([
                ("anagrafe".parse().unwrap(), Taps { votes: 9, short_gaps: 2, short_greens: 2 }),
                ("tributi".parse().unwrap(), Taps { votes: 3, short_gaps: 0, short_greens: 0 }),
            ]),
            ..HalfDayReport::empty(KeyId::from_slice(&[3; 8]).unwrap(), day, true)
        }
    }

    fn heartbeat() -> Heartbeat {
        Heartbeat {
            terminal: KeyId::from_slice(&[3; 8]).unwrap(),
            now_unix_s: 1_776_000_000,
            queue: 17,
            queue_max: 40_000,
            version: "0.1.0".to_owned(),
            refused: BTreeMap::from([("invite-spent".to_owned(), 2)]),
            open_s: 9_000,
            listened_s: 8_990,
        }
    }

    #[test]
    fn decode_of_encode_is_the_same() {
        assert_eq!(HalfDayReport::decode(&report().encode()), Ok(report()));
        assert_eq!(Heartbeat::decode(&heartbeat().encode()), Ok(heartbeat()));
        assert_eq!((report().votes(), report().short_gaps()), (12, 2));
    }

    #[test]
    fn no_number_is_larger_than_the_one_it_is_a_part_of() {
        let wrong = |change: fn(&mut HalfDayReport)| {
            let mut report = report();
            change(&mut report);
            HalfDayReport::decode(&report.encode()).unwrap_err()
        };
        assert_eq!(wrong(|r| r.listened_s = r.open_s + 1), ReportError::Field("listened_s"));
        assert_eq!(wrong(|r| r.open_s = HALF_DAY_S_MAX + 1), ReportError::Field("open_s"));
        assert_eq!(wrong(|r| r.outside_hours = 13), ReportError::Field("outside_hours"));
        assert_eq!(wrong(|r| r.most_in_60_s = 13), ReportError::Field("most_in_60_s"));
        assert_eq!(wrong(|r| r.gaps[5] = 9), ReportError::Field("gaps"));
        assert_eq!(wrong(|r| r.gaps = [2, 1, 0, 0, 0, 0]), ReportError::Field("short_gaps"));
        let few = wire::HalfDayReport {
            gaps: vec![0; 5],
            ..wire::HalfDayReport::decode(&*report().encode()).unwrap()
        };
        assert_eq!(HalfDayReport::decode(&few.encode_to_vec()), Err(ReportError::Field("gaps")));
    }

    #[test]
    fn a_heartbeat_names_only_codes_and_a_version() {
        let mut shouting = heartbeat();
        shouting.refused = BTreeMap::from([("NOT A CODE".to_owned(), 1)]);
        assert_eq!(Heartbeat::decode(&shouting.encode()), Err(ReportError::Field("refused")));
        let blank = Heartbeat { version: "0.1 \u{1b}[2J".to_owned(), ..heartbeat() };
        assert_eq!(Heartbeat::decode(&blank.encode()), Err(ReportError::Field("version")));
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = HalfDayReport::decode(&bytes);
            let _ = Heartbeat::decode(&bytes);
        }
    }
}
