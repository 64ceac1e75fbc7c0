//! What one month's close hands to the next: votes too few to publish, and reasons too few to publish.
//!
//! Two disjoint records (STATISTICS 4.6): *votes* of months carried whole, with their reasons; *reasons* of reds that are
//! already published. The node keeps them with the box, encrypted; the federation sees only which months they name.

use crate::{
    calendar::{CalendarError, Month},
    limits::{MONTHS_NAMED_MAX, VOTES_PER_MONTH_MAX},
    tally::{Counts, Reasons, TallyError},
    wire::ballot::v1 as wire,
};
use prost::Message;

/// Votes of months that were carried whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedVotes {
    /// The votes and their reasons.
    pub counts: Counts,
    /// The largest threshold T of their services.
    pub threshold: u64,
    /// The months they were cast in, ascending.
    pub months: Vec<Month>,
}

/// Reds that are in published groups while their reasons wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedReasons {
    /// The reds, with or without a reason.
    pub reds: u64,
    /// Their reasons.
    pub reasons: Reasons,
    /// The months whose summaries published the reds, ascending.
    pub months: Vec<Month>,
}

/// What a month receives from the one before, and hands to the one after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carryover {
    /// Votes, where the month before was carried whole.
    pub votes: Option<CarriedVotes>,
    /// Reasons that wait.
    pub reasons: Option<CarriedReasons>,
}

/// A stored carryover that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarryoverError {
    /// The stored bytes are damaged; restore a backup.
    #[error("carryover cannot be decoded")]
    Undecodable,
    /// The stored bytes are damaged; restore a backup.
    #[error("carryover names {months} months out of order or more than {MONTHS_NAMED_MAX}")]
    Months {
        /// How many it names.
        months: usize,
    },
    /// The stored bytes are damaged; restore a backup.
    #[error("carryover has {reasons} reasons for {reds} reds")]
    ReasonsBeyondReds {
        /// The reasons.
        reasons: u64,
        /// The reds.
        reds: u64,
    },
    /// The stored bytes are damaged; restore a backup.
    #[error("carried votes are wrong")]
    Votes(#[from] TallyError),
    /// The stored bytes are damaged; restore a backup.
    #[error("carryover names a wrong month")]
    Month(#[from] CalendarError),
}

impl Carryover {
    /// Carried votes, 0 where none are.
    pub fn votes_n(&self) -> u64 {
        self.votes.as_ref().map_or(0, |votes| votes.counts.n())
    }

    /// The stored bytes; empty where nothing is carried.
    pub fn encode(&self) -> Vec<u8> {
        let yyyymm = |months: &[Month]| months.iter().map(|month| month.yyyymm()).collect();
        let votes = self.votes.as_ref().map(|votes| wire::CarriedVotes {
            counts: Some(votes.counts.to_wire()),
            threshold: votes.threshold,
            months: yyyymm(&votes.months),
        });
        let reasons = self.reasons.as_ref().map(|carried| {
            let Reasons([first, second, third, fourth]) = carried.reasons;
            let months = yyyymm(&carried.months);
            wire::CarriedReasons { reds: carried.reds, first, second, third, fourth, months }
        });
        wire::Carryover { votes, reasons }.encode_to_vec()
    }

    /// Reads what [`Carryover::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, CarryoverError> {
        let message = wire::Carryover::decode(bytes).map_err(|_| CarryoverError::Undecodable)?;
        let votes = message.votes.as_ref().map(votes_of).transpose()?;
        let reasons = message.reasons.as_ref().map(reasons_of).transpose()?;
        Ok(Self { votes, reasons })
    }
}

fn votes_of(message: &wire::CarriedVotes) -> Result<CarriedVotes, CarryoverError> {
    Ok(CarriedVotes {
        counts: Counts::from_wire(&message.counts.unwrap_or_default())?,
        threshold: message.threshold,
        months: months_of(&message.months)?,
    })
}

fn reasons_of(message: &wire::CarriedReasons) -> Result<CarriedReasons, CarryoverError> {
    let reasons = Reasons([message.first, message.second, message.third, message.fourth]);
    let reds = message.reds;
    if reasons.sum() > reds || reds > VOTES_PER_MONTH_MAX {
        return Err(CarryoverError::ReasonsBeyondReds { reasons: reasons.sum(), reds });
    }
    Ok(CarriedReasons { reds, reasons, months: months_of(&message.months)? })
}

fn months_of(yyyymm: &[u32]) -> Result<Vec<Month>, CarryoverError> {
    if yyyymm.len() > MONTHS_NAMED_MAX || !yyyymm.is_sorted_by(|a, b| a < b) {
        return Err(CarryoverError::Months { months: yyyymm.len() });
    }
    Ok(yyyymm.iter().map(|month| Month::from_yyyymm(*month)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Votes;
    use proptest::prelude::*;

    #[test]
    fn decode_of_encode_is_the_same() {
        let month = |yyyymm| Month::from_yyyymm(yyyymm).unwrap();
        let counts = Counts { votes: Votes { green: 2, yellow: 0, red: 1 }, reasons: Reasons([1, 0, 0, 0]) };
        let months = vec![month(202_512), month(202_601)];
        let carryover = Carryover {
            votes: Some(CarriedVotes { counts, threshold: 10, months: months.clone() }),
            reasons: Some(CarriedReasons { reds: 4, reasons: Reasons([0, 1, 2, 0]), months }),
        };
        assert_eq!(Carryover::decode(&carryover.encode()), Ok(carryover));
        assert_eq!(Carryover::decode(&Carryover::default().encode()), Ok(Carryover::default()));
    }

    #[test]
    fn months_out_of_order_are_refused() {
        let votes = wire::CarriedVotes { months: vec![202_602, 202_601], ..wire::CarriedVotes::default() };
        let message = wire::Carryover { votes: Some(votes), reasons: None };
        assert_eq!(Carryover::decode(&message.encode_to_vec()), Err(CarryoverError::Months { months: 2 }));
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Carryover::decode(&bytes);
        }
    }
}
