//! Counts with their shares: the only place where a published percentage is computed.

use crate::stats::{Confidence, Interval, Proportion};
use faccina_proto::tally::Votes;
use std::fmt;

/// A percentage, 0..=100, rounded to the two decimals with which every form writes it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(f64);

impl Percent {
    /// Rounded half up in integers: 6923 of 10,000 is 69.23.
    fn of(part: u64, whole: u64) -> Option<Self> {
        let hundredths =
            (u128::from(part) * 20_000).checked_add(u128::from(whole))? / (2 * u128::from(whole));
        u32::try_from(hundredths).ok().map(|hundredths| Self(f64::from(hundredths) / 100.0))
    }

    fn of_share(share: f64) -> Self {
        Self((share * 10_000.0).round() / 100.0)
    }

    /// As a number.
    #[must_use]
    pub fn number(self) -> f64 {
        self.0
    }
}

/// With its two decimals and a point: 93.36.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// A percentage with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    pub percent: Percent,
    pub low: Percent,
    pub high: Percent,
}

impl Share {
    /// From shares in 0..1.
    #[must_use]
    pub(super) fn of(value: f64, interval: Interval) -> Self {
        let of = Percent::of_share;
        Self { percent: of(value), low: of(interval.low), high: of(interval.high) }
    }
}

/// A part of a whole with its Wilson 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub count: u64,
    pub n: u64,
    pub percent: Percent,
    pub low: Percent,
    pub high: Percent,
}

impl Rate {
    /// `None` where there is no share to speak of: nothing to divide by, or more than the whole.
    #[must_use]
    pub fn of(count: u64, n: u64) -> Option<Self> {
        let wilson = Proportion::new(count, n)?.wilson(Confidence::P95);
        Some(Self {
            count,
            n,
            percent: Percent::of(count, n)?,
            low: Percent::of_share(wilson.low),
            high: Percent::of_share(wilson.high),
        })
    }
}

impl From<Rate> for Share {
    fn from(rate: Rate) -> Self {
        Self { percent: rate.percent, low: rate.low, high: rate.high }
    }
}

/// The three faces, in the order in which every form shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Green,
    Yellow,
    Red,
}

impl Face {
    pub const ALL: [Self; 3] = [Self::Green, Self::Yellow, Self::Red];

    /// Its name in every form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// Votes by face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faces(pub Votes);

impl Faces {
    #[must_use]
    pub fn n(self) -> u64 {
        self.0.n()
    }

    #[must_use]
    pub fn count(self, face: Face) -> u64 {
        match face {
            Face::Green => self.0.green,
            Face::Yellow => self.0.yellow,
            Face::Red => self.0.red,
        }
    }

    /// `None` without votes.
    #[must_use]
    pub fn rate(self, face: Face) -> Option<Rate> {
        Rate::of(self.count(face), self.n())
    }
}

/// Votes among users served. Unknown where the ente does not count them, or counts fewer than voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participation {
    pub votes: u64,
    pub served: Option<u64>,
}

impl Participation {
    #[must_use]
    pub fn rate(self) -> Option<Rate> {
        Rate::of(self.votes, self.served?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_half_up_from_whole_numbers() {
        for (part, whole, written) in
            [(6_923, 10_000, "69.23"), (1, 3, "33.33"), (2, 3, "66.67"), (1, 8_000, "0.01"), (5, 5, "100.00")]
        {
            assert_eq!(Rate::of(part, whole).unwrap().percent.to_string(), written);
        }
        assert_eq!(Rate::of(0, 0), None);
        assert_eq!(Rate::of(6, 5), None);
    }

    #[test]
    fn the_interval_is_wilsons() {
        let rate = Rate::of(2_139, 2_184).unwrap();
        assert_eq!((rate.low.to_string(), rate.high.to_string()), ("97.25".to_owned(), "98.46".to_owned()));
    }

    #[test]
    fn participation_is_known_only_where_users_are_counted() {
        let rate = |served| Participation { votes: 20, served }.rate().map(|rate| rate.percent.to_string());
        assert_eq!(rate(Some(80)), Some("25.00".to_owned()));
        assert_eq!(rate(None), None);
        assert_eq!(rate(Some(19)), None);
    }
}
