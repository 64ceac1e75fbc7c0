//! Civil months and days in Europe/Rome, as numbers. What day it is comes from outside.

use std::fmt;

/// A number that is no month or no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The sender wrote a month that does not exist; it must mend its data.
    #[error("{0} is not a month of the form yyyymm between 200001 and 299912")]
    Month(u32),
    /// The sender wrote a day that does not exist; it must mend its data.
    #[error("{0} is not a day of the form yyyymmdd between 20000101 and 29991231")]
    Day(u32),
}

/// A civil month, from January 2000 to December 2999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32); // months since January 2000

const YEAR_MIN: u32 = 2000;
const YEAR_MAX: u32 = 2999;
const MONTHS_MAX: u32 = (YEAR_MAX - YEAR_MIN + 1) * 12 - 1;

impl Month {
    /// Reads `yyyymm`.
    pub fn from_yyyymm(yyyymm: u32) -> Result<Self, CalendarError> {
        let (year, month) = (yyyymm / 100, yyyymm % 100);
        if (YEAR_MIN..=YEAR_MAX).contains(&year) && (1..=12).contains(&month) {
            Ok(Self((year - YEAR_MIN) * 12 + month - 1))
        } else {
            Err(CalendarError::Month(yyyymm))
        }
    }

    /// As `yyyymm`.
    pub fn yyyymm(self) -> u32 {
        self.year() * 100 + self.of_year()
    }

    /// The year, 2000..=2999.
    pub fn year(self) -> u32 {
        YEAR_MIN + self.0 / 12
    }

    /// The month of the year, 1..=12.
    pub fn of_year(self) -> u32 {
        self.0 % 12 + 1
    }

    /// The month after; the last month of 2999 stays where it is.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1).min(MONTHS_MAX))
    }

    /// The month before; January 2000 stays where it is.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Months from this one to `other`; negative when `other` is earlier.
    pub fn months_until(self, other: Self) -> i64 {
        i64::from(other.0) - i64::from(self.0)
    }

    /// The first day.
    pub fn first_day(self) -> CivilDay {
        CivilDay::from_parts(self.year(), self.of_year(), 1)
    }

    /// The last day.
    pub fn last_day(self) -> CivilDay {
        CivilDay::from_parts(self.year(), self.of_year(), days_in(self.year(), self.of_year()))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.of_year())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A civil day, from 1 January 2000 to 31 December 2999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDay(u32); // yyyymmdd, always a real day

impl CivilDay {
    /// Reads `yyyymmdd`.
    pub fn from_yyyymmdd(yyyymmdd: u32) -> Result<Self, CalendarError> {
        let (year, month, day) = (yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100);
        let real = (YEAR_MIN..=YEAR_MAX).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        if real { Ok(Self(yyyymmdd)) } else { Err(CalendarError::Day(yyyymmdd)) }
    }

    fn from_parts(year: u32, month: u32, day: u32) -> Self {
        Self(year * 10_000 + month * 100 + day)
    }

    /// As `yyyymmdd`.
    pub fn yyyymmdd(self) -> u32 {
        self.0
    }

    /// The month it lies in.
    pub fn month(self) -> Month {
        Month((self.0 / 10_000 - YEAR_MIN) * 12 + self.0 / 100 % 100 - 1)
    }

    /// The day of the month, 1..=31.
    pub fn of_month(self) -> u32 {
        self.0 % 100
    }

    /// The day of the week, 1 = Monday to 7 = Sunday.
    pub fn weekday(self) -> u32 {
        // 1 January 2000 was a Saturday.
        (self.number() + 5) % 7 + 1
    }

    /// The day `days` later (earlier when negative), kept within the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let last = i64::from(Self::from_parts(YEAR_MAX, 12, 31).number());
        let number = i64::from(self.number()).saturating_add(days).clamp(0, last);
        Self::from_number(u32::try_from(number).unwrap_or(0))
    }

    /// Days from this one to `other`; negative when `other` is earlier.
    pub fn days_until(self, other: Self) -> i64 {
        i64::from(other.number()) - i64::from(self.number())
    }

    /// Days since 1 January 2000.
    fn number(self) -> u32 {
        let (year, month) = (self.0 / 10_000, self.0 / 100 % 100);
        let before = year - YEAR_MIN;
        // Leap years from 2000 up to the year before this one.
        let leaps =
            if before == 0 { 0 } else { (before - 1) / 4 - (before - 1) / 100 + (before - 1) / 400 + 1 };
        before * 365 + leaps + (1..month).map(|m| days_in(year, m)).sum::<u32>() + self.of_month() - 1
    }

    fn from_number(number: u32) -> Self {
        let mut year = YEAR_MIN + number / 366;
        while Self::from_parts(year, 12, 31).number() < number {
            year += 1;
        }
        let mut left = number - Self::from_parts(year, 1, 1).number();
        let mut month = 1;
        while left >= days_in(year, month) {
            left -= days_in(year, month);
            month += 1;
        }
        Self::from_parts(year, month, left + 1)
    }
}

impl fmt::Display for CivilDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.month(), self.of_month())
    }
}

impl fmt::Debug for CivilDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(yyyymmdd: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
    }

    #[test]
    fn known_days_have_their_weekday() {
        assert_eq!(day(20_000_101).weekday(), 6);
        assert_eq!(day(20_110_417).weekday(), 7);
        assert_eq!(day(20_261_122).weekday(), 7);
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for wrong in [0, 20_230_229, 21_000_229, 20_261_301, 20_260_431, 19_991_231, 30_000_101, u32::MAX] {
            assert_eq!(CivilDay::from_yyyymmdd(wrong), Err(CalendarError::Day(wrong)));
        }
        assert!(CivilDay::from_yyyymmdd(24_000_229).is_ok());
    }

    #[test]
    fn months_follow_each_other() {
        let december = Month::from_yyyymm(202_612).unwrap();
        assert_eq!(december.next().yyyymm(), 202_701);
        assert_eq!(december.next().previous(), december);
        assert_eq!(december.last_day(), day(20_261_231));
        assert_eq!(december.last_day().plus_days(1), december.next().first_day());
    }

    proptest! {
        #[test]
        fn every_day_has_one_number(number in 0u32..365_242) {
            let day = CivilDay::from_number(number);
            prop_assert_eq!(day.number(), number);
            prop_assert_eq!(CivilDay::from_yyyymmdd(day.yyyymmdd()), Ok(day));
            prop_assert_eq!(day.plus_days(1).weekday(), day.weekday() % 7 + 1);
        }
    }
}
