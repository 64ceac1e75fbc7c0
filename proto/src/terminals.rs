//! The terminals of an ente: which key may cast for which services, where, and how the right to vote is given there.
//!
//! A terminal's name and results are nobody's business outside the node: nothing here can reach a feed.

use crate::{
    calendar::{CalendarError, CivilDay},
    envelope::{KeyError, KeyId, parse_key},
    limits::{OPENING_HOURS_MAX, SERVICES_PER_TERMINAL_MAX, TERMINAL_NAME_BYTES_MAX, TERMINALS_MAX},
    names::{Code, NameError},
    wire::ballot::v1 as wire,
};
use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};

/// How the right to vote is given at a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Staff open a touchpad at a counter for the person just served; each cast says so.
    Attended,
    /// A totem that anyone may tap, with a cool-down.
    Open,
    /// Web, phone, app: each cast spends an invite.
    Invite,
}

impl Mode {
    /// The number in stored and terminal messages.
    pub fn number(self) -> u32 {
        match self {
            Self::Attended => 1,
            Self::Open => 2,
            Self::Invite => 3,
        }
    }

    /// The mode of that number.
    pub fn of(number: u32) -> Option<Self> {
        [Self::Attended, Self::Open, Self::Invite].into_iter().find(|mode| mode.number() == number)
    }
}

/// Whether a terminal may cast now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may.
    Active,
    /// For a while not: its ballots wait on the device.
    Suspended,
    /// Never again: its key is lost or it is out of service.
    Revoked,
}

impl State {
    /// The number in stored and admin messages.
    pub fn number(self) -> u32 {
        match self {
            Self::Active => 1,
            Self::Suspended => 2,
            Self::Revoked => 3,
        }
    }

    /// The state of that number.
    pub fn of(number: u32) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Revoked].into_iter().find(|state| state.number() == number)
    }
}

/// What becomes of the ballots that wait on a revoked terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Nobody has said yet: they stay on the device.
    Undecided,
    /// Those of up to this day count, flagged.
    Flagged {
        /// The last day that counts.
        until: CivilDay,
    },
    /// They are refused for good, so that the device lets go of them.
    Refused,
}

/// When the office around a terminal is open, on one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpeningHours {
    weekday: u32,
    from_minute: u32,
    to_minute: u32,
}

const MINUTES_PER_DAY: u32 = 24 * 60;

impl OpeningHours {
    /// On `weekday` (1 = Monday .. 7 = Sunday) from `from_minute` of the day up to and without `to_minute`.
    pub fn new(weekday: u32, from_minute: u32, to_minute: u32) -> Result<Self, TerminalError> {
        if (1..=7).contains(&weekday) && from_minute < to_minute && to_minute <= MINUTES_PER_DAY {
            Ok(Self { weekday, from_minute, to_minute })
        } else {
            Err(TerminalError::Hours { weekday, from_minute, to_minute })
        }
    }

    /// Day of the week, 1 = Monday .. 7 = Sunday.
    pub fn weekday(&self) -> u32 {
        self.weekday
    }

    /// First minute of the day, 0..1440.
    pub fn from_minute(&self) -> u32 {
        self.from_minute
    }

    /// Minute of the day after the last, 1..=1440.
    pub fn to_minute(&self) -> u32 {
        self.to_minute
    }

    /// Whether `minute` (of the day) of `day` lies in these hours.
    pub fn contains(&self, day: CivilDay, minute: u32) -> bool {
        self.weekday == day.weekday() && (self.from_minute..self.to_minute).contains(&minute)
    }
}

/// A record that is no terminal, or a list that has no place for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TerminalError {
    /// The stored bytes are damaged; enrol the terminal again.
    #[error("terminal record cannot be decoded")]
    Undecodable,
    /// Whoever enrols the terminal must choose one of the known ones.
    #[error("{field} {number} is not known")]
    Unknown {
        /// Mode or state.
        field: &'static str,
        /// The number given.
        number: u32,
    },
    /// Whoever enrols the terminal must shorten it.
    #[error("terminal name has {bytes} bytes, at most {TERMINAL_NAME_BYTES_MAX}")]
    NameTooLong {
        /// Its length.
        bytes: usize,
    },
    /// Whoever enrols the terminal must give it from one service up to the limit.
    #[error("terminal has {services} services, from 1 to {SERVICES_PER_TERMINAL_MAX}")]
    Services {
        /// How many it has.
        services: usize,
    },
    /// Whoever enrols the terminal must mend the hours.
    #[error("opening hours weekday {weekday}, minutes {from_minute} to {to_minute} do not exist")]
    Hours {
        /// Day of the week.
        weekday: u32,
        /// First minute.
        from_minute: u32,
        /// Minute after the last.
        to_minute: u32,
    },
    /// Whoever enrols the terminal must give fewer intervals.
    #[error("terminal has {intervals} opening intervals, at most {OPENING_HOURS_MAX}")]
    TooManyHours {
        /// How many it has.
        intervals: usize,
    },
    /// The ente has as many terminals as a node serves; revoke and remove old ones.
    #[error("the terminal list is full: at most {TERMINALS_MAX}")]
    ListFull,
    /// The terminal's key is unusable; the device must make another.
    #[error("terminal key is unusable")]
    Key(#[from] KeyError),
    /// Whoever enrols the terminal must mend the code.
    #[error("terminal has a wrong code")]
    Name(#[from] NameError),
    /// The stored bytes are damaged; enrol the terminal again, or revoke it.
    #[error("terminal has a wrong day of enrolment or revocation")]
    Day(#[from] CalendarError),
}

/// One terminal: a key with one channel, one branch, a list of services, a mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalRecord {
    /// The key it signs casts with.
    pub key: VerifyingKey,
    /// The ente's own name for it.
    pub name: String,
    /// Its channel.
    pub channel: Code,
    /// Its branch (sede).
    pub branch: Code,
    /// The services it collects votes for, at least one.
    pub services: BTreeSet<Code>,
    /// How the right to vote is given at it.
    pub mode: Mode,
    /// Whether it may cast.
    pub state: State,
    /// When its office is open; empty = unknown.
    pub hours: Vec<OpeningHours>,
    /// Of a revoked terminal: what becomes of the ballots that wait on it.
    pub leftover: Leftover,
    /// The day on which it was enrolled first; `None` = not known.
    pub enrolled: Option<CivilDay>,
}

impl TerminalRecord {
    /// The id of its key: how casts name it.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.key)
    }

    /// Whether a name, so many services and so many opening intervals fit a record.
    pub fn expect_bounds(name: &str, services: usize, intervals: usize) -> Result<(), TerminalError> {
        if name.len() > TERMINAL_NAME_BYTES_MAX {
            return Err(TerminalError::NameTooLong { bytes: name.len() });
        }
        if services == 0 || services > SERVICES_PER_TERMINAL_MAX {
            return Err(TerminalError::Services { services });
        }
        if intervals > OPENING_HOURS_MAX { Err(TerminalError::TooManyHours { intervals }) } else { Ok(()) }
    }

    /// The stored bytes.
    pub fn encode(&self) -> Vec<u8> {
        let hours = self.hours.iter().map(|hours| wire::OpeningInterval {
            weekday: hours.weekday,
            from_minute: hours.from_minute,
            to_minute: hours.to_minute,
        });
        wire::TerminalRecord {
            public_key: Bytes::copy_from_slice(self.key.as_bytes()),
            name: self.name.clone(),
            channel: self.channel.to_string(),
            branch: self.branch.to_string(),
            services: self.services.iter().map(Code::to_string).collect(),
            mode: self.mode.number(),
            state: self.state.number(),
            hours: hours.collect(),
            flagged_until: match self.leftover {
                Leftover::Flagged { until } => until.yyyymmdd(),
                Leftover::Undecided | Leftover::Refused => 0,
            },
            refused: self.leftover == Leftover::Refused,
            enrolled: self.enrolled.map_or(0, CivilDay::yyyymmdd),
        }
        .encode_to_vec()
    }

    /// Reads what [`TerminalRecord::encode`] wrote, and checks every bound.
    pub fn decode(bytes: &[u8]) -> Result<Self, TerminalError> {
        let message = wire::TerminalRecord::decode(bytes).map_err(|_| TerminalError::Undecodable)?;
        let wire::TerminalRecord { mode, state, .. } = message;
        Self::expect_bounds(&message.name, message.services.len(), message.hours.len())?;
        let hours = message.hours.iter().map(|h| OpeningHours::new(h.weekday, h.from_minute, h.to_minute));
        Ok(Self {
            key: parse_key(&message.public_key)?,
            channel: message.channel.parse()?,
            branch: message.branch.parse()?,
            services: message.services.iter().map(|code| code.parse()).collect::<Result<_, _>>()?,
            mode: Mode::of(mode).ok_or(TerminalError::Unknown { field: "mode", number: mode })?,
            state: State::of(state).ok_or(TerminalError::Unknown { field: "state", number: state })?,
            hours: hours.collect::<Result<_, _>>()?,
            leftover: match (message.refused, day(message.flagged_until)?) {
                (true, _) => Leftover::Refused,
                (false, Some(until)) => Leftover::Flagged { until },
                (false, None) => Leftover::Undecided,
            },
            enrolled: day(message.enrolled)?,
            name: message.name,
        })
    }
}

/// A stored day; 0 = none.
fn day(yyyymmdd: u32) -> Result<Option<CivilDay>, CalendarError> {
    (yyyymmdd != 0).then(|| CivilDay::from_yyyymmdd(yyyymmdd)).transpose()
}

/// All terminals of an ente, by key id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalList {
    records: BTreeMap<KeyId, TerminalRecord>,
}

impl TerminalList {
    /// The terminal with that key id, in whatever state.
    pub fn get(&self, id: &KeyId) -> Option<&TerminalRecord> {
        self.records.get(id)
    }

    /// Adds a terminal, or replaces the one with the same key.
    pub fn insert(&mut self, record: TerminalRecord) -> Result<(), TerminalError> {
        let id = record.id();
        if self.records.len() >= TERMINALS_MAX && !self.records.contains_key(&id) {
            return Err(TerminalError::ListFull);
        }
        self.records.insert(id, record);
        Ok(())
    }

    /// Sets the state of a terminal; gives its record back, `None` where it is not in the list or was revoked (a revoked
    /// terminal stays revoked).
    pub fn set_state(&mut self, id: &KeyId, state: State) -> Option<&TerminalRecord> {
        let record = self.records.get_mut(id).filter(|record| record.state != State::Revoked)?;
        record.state = state;
        Some(record)
    }

    /// Says what becomes of the ballots that wait on a revoked terminal. Gives its record back, `None` where it is not in the
    /// list or not revoked.
    pub fn decide(&mut self, id: &KeyId, leftover: Leftover) -> Option<&TerminalRecord> {
        let record = self.records.get_mut(id).filter(|record| record.state == State::Revoked)?;
        record.leftover = leftover;
        Some(record)
    }

    /// All terminals, by key id.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyId, &TerminalRecord)> {
        self.records.iter()
    }

    /// How many there are, in whatever state.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    fn record(seed: u8) -> TerminalRecord {
        TerminalRecord {
            key: SigningKey::from_bytes(&[seed; 32]).verifying_key(),
            name: "Totem atrio".to_owned(),
            channel: "counter".parse().unwrap(),
            branch: "centro".parse().unwrap(),
            services: ["anagrafe", "tributi"].map(|s| s.parse().unwrap()).into(),
            mode: Mode::Open,
            state: State::Active,
            hours: vec![OpeningHours::new(1, 510, 780).unwrap()],
            leftover: Leftover::Undecided,
            enrolled: Some(CivilDay::from_yyyymmdd(20_260_401).unwrap()),
        }
    }

    #[test]
    fn decode_of_encode_is_the_same() {
        let until = CivilDay::from_yyyymmdd(20_260_415).unwrap();
        for leftover in [Leftover::Undecided, Leftover::Flagged { until }, Leftover::Refused] {
            let record = TerminalRecord { leftover, ..record(1) };
            assert_eq!(TerminalRecord::decode(&record.encode()), Ok(record));
        }
    }

    #[test]
    fn a_revoked_terminal_stays_revoked() {
        let mut list = TerminalList::default();
        list.insert(record(1)).unwrap();
        let id = record(1).id();
        assert_eq!(list.set_state(&id, State::Suspended).map(|r| r.state), Some(State::Suspended));
        assert_eq!(list.set_state(&id, State::Revoked).map(|r| r.state), Some(State::Revoked));
        assert_eq!(list.set_state(&id, State::Active), None);
        for leftover in [Leftover::Refused, Leftover::Undecided] {
            assert_eq!(list.decide(&id, leftover).map(|r| r.leftover), Some(leftover));
        }
        assert_eq!(list.get(&id).map(|r| r.state), Some(State::Revoked));
    }

    #[test]
    fn records_out_of_bounds_are_refused() {
        let wire = wire::TerminalRecord::decode(record(1).encode().as_slice()).unwrap();
        let none = wire::TerminalRecord { services: Vec::new(), ..wire.clone() };
        assert_eq!(
            TerminalRecord::decode(&none.encode_to_vec()),
            Err(TerminalError::Services { services: 0 })
        );
        let mode = wire::TerminalRecord { mode: 9, ..wire };
        assert_eq!(
            TerminalRecord::decode(&mode.encode_to_vec()),
            Err(TerminalError::Unknown { field: "mode", number: 9 })
        );
        let long = TerminalRecord::expect_bounds(&"x".repeat(129), 1, 0);
        assert_eq!(long, Err(TerminalError::NameTooLong { bytes: 129 }));
        assert_eq!(
            TerminalRecord::expect_bounds("", 1, 29),
            Err(TerminalError::TooManyHours { intervals: 29 })
        );
        assert!(OpeningHours::new(8, 0, 60).is_err());
        assert!(OpeningHours::new(1, 60, 60).is_err());
        assert!(OpeningHours::new(1, 60, 1441).is_err());
    }

    #[test]
    fn hours_hold_their_first_minute_and_not_their_last() {
        let monday = CivilDay::from_yyyymmdd(20_260_302).unwrap();
        let hours = OpeningHours::new(1, 510, 780).unwrap();
        assert!(hours.contains(monday, 510) && !hours.contains(monday, 780));
        assert!(!hours.contains(monday.plus_days(1), 600));
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = TerminalRecord::decode(&bytes);
        }
    }
}
