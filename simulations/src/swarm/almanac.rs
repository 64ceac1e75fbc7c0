//! Virtual time: a civil day takes some virtual seconds, and each simulation begins in the December before the survey.

use crate::founding::first_day;
use faccina_proto::calendar::CivilDay;

/// What the clocks show at the beginning, in Unix seconds: 1 December 2025 in Rome.
const BEGIN_UNIX_S: i64 = 1_764_543_600;
const DAY_UNIX_S: i64 = 86_400;

/// How long a civil day takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Almanac {
    day_ms: u64,
}

impl Almanac {
    pub(crate) fn new(day_s: u32) -> Self {
        Self { day_ms: u64::from(day_s) * 1_000 }
    }

    pub(crate) fn day_ms(&self) -> u64 {
        self.day_ms
    }

    pub(crate) fn days_ms(&self, days: u64) -> u64 {
        self.day_ms * days
    }

    /// The day that a clock shows which is wrong by `skew_s`.
    pub(crate) fn day_at(&self, at_ms: u64, skew_s: i64) -> CivilDay {
        let days = i64::try_from(at_ms / self.day_ms).unwrap_or(i64::MAX);
        first_day().plus_days(days + skew_s.div_euclid(DAY_UNIX_S))
    }

    /// Seconds pass as they do for the connections, only days are short: so clocks that agree differ by what a message takes.
    pub(crate) fn unix_s(at_ms: u64, skew_s: i64) -> u64 {
        let now_s = BEGIN_UNIX_S.saturating_add_unsigned(at_ms / 1_000).saturating_add(skew_s);
        u64::try_from(now_s).unwrap_or(0)
    }

    /// When a day begins.
    pub(crate) fn ms_of(&self, day: CivilDay) -> u64 {
        u64::try_from(first_day().days_until(day)).unwrap_or(0) * self.day_ms
    }
}
