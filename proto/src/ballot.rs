//! One vote: the ballot that is stored, the cast that carries it once, the receipt that answers it.

use crate::{
    calendar::{CalendarError, CivilDay, Month},
    envelope::{FederationId, Id, KeyId},
    limits::{BALLOT_BYTES_MAX, CAST_PAYLOAD_BYTES_MAX, NONCE_BYTES},
    names::{Code, IpaCode, NameError},
    wire::ballot::v1 as wire,
};
use bytes::Bytes;
use prost::Message;

/// One of the four predefined reasons after a red face; the catalogue gives the words for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// At the counter: waiting time.
    First,
    /// At the counter: having to come back.
    Second,
    /// At the counter: staff, the service's attention as a whole.
    Third,
    /// At the counter: outcome of the request.
    Fourth,
}

impl Reason {
    /// All reasons, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::First, Self::Second, Self::Third, Self::Fourth];

    /// The number, 1..=4.
    pub fn number(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
        }
    }

    /// The reason of that number; `None` outside 1..=4.
    pub fn of(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }
}

/// The face tapped. Only red may carry a reason, and need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// Positive.
    Green,
    /// Neutral.
    Yellow,
    /// Negative.
    Red(Option<Reason>),
}

/// Bytes that are no ballot, cast or receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BallotError {
    /// The terminal must send less.
    #[error("{what} has {bytes} bytes, at most {bytes_max}")]
    TooLarge {
        /// What the bytes were to be.
        what: &'static str,
        /// Their length.
        bytes: usize,
        /// The longest allowed.
        bytes_max: usize,
    },
    /// Damaged, or the terminal's software is wrong.
    #[error("{what} cannot be decoded")]
    Undecodable {
        /// What the bytes were to be.
        what: &'static str,
    },
    /// The terminal's software is wrong or newer.
    #[error("field {field} is missing or out of range")]
    Field {
        /// The field of the schema.
        field: &'static str,
    },
    /// The terminal's software is wrong.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The terminal's software is wrong.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// One vote on one service. It names no terminal, no day and no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// The ente competent for the service.
    pub ente: IpaCode,
    /// The service, never ALTRI.
    pub service: Code,
    /// The channel, never ALTRI.
    pub channel: Code,
    /// The branch (sede).
    pub branch: Code,
    /// The civil month in Europe/Rome when the face was tapped.
    pub month: Month,
    /// The face, with the reason where red has one.
    pub face: Face,
    /// 16 random bytes that make every ballot its own.
    pub nonce: [u8; NONCE_BYTES],
}

impl Ballot {
    /// The context of a ballot's id.
    pub const CONTEXT: &'static [u8] = b"faccina/ballot/v1\0";

    /// The bytes that are signed inside a cast and hashed for the id.
    pub fn encode(&self) -> Vec<u8> {
        let (face, reason) = match self.face {
            Face::Green => (wire::Face::Green, None),
            Face::Yellow => (wire::Face::Yellow, None),
            Face::Red(reason) => (wire::Face::Red, reason),
        };
        wire::Ballot {
            ente: self.ente.to_string(),
            service: self.service.to_string(),
            channel: self.channel.to_string(),
            branch: self.branch.to_string(),
            month: self.month.yyyymm(),
            face: face.into(),
            reason: reason.map_or(0, Reason::number),
            nonce: Bytes::copy_from_slice(&self.nonce),
        }
        .encode_to_vec()
    }

    /// Reads a ballot.
    pub fn decode(bytes: &[u8]) -> Result<Self, BallotError> {
        let message: wire::Ballot = decode("ballot", bytes, BALLOT_BYTES_MAX)?;
        let reason = match message.reason {
            0 => None,
            number => Some(Reason::of(number).ok_or(BallotError::Field { field: "reason" })?),
        };
        let face = match (message.face(), reason) {
            (wire::Face::Green, None) => Face::Green,
            (wire::Face::Yellow, None) => Face::Yellow,
            (wire::Face::Red, reason) => Face::Red(reason),
            (wire::Face::Green | wire::Face::Yellow, Some(_)) => {
                return Err(BallotError::Field { field: "reason" });
            }
            (wire::Face::Unspecified, _) => return Err(BallotError::Field { field: "face" }),
        };
        Ok(Self {
            ente: message.ente.parse()?,
            service: message.service.parse()?,
            channel: message.channel.parse()?,
            branch: message.branch.parse()?,
            month: Month::from_yyyymm(message.month)?,
            face,
            nonce: message.nonce.as_ref().try_into().map_err(|_| BallotError::Field { field: "nonce" })?,
        })
    }

    /// The id of the ballot with these exact bytes.
    pub fn id(bytes: &[u8], federation: &FederationId) -> Id {
        Id::of(Self::CONTEXT, federation, bytes)
    }
}

/// The wrapper that carries one ballot from a terminal to its node; never stored with the ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The ballot's exact bytes.
    pub ballot_bytes: Bytes,
    /// The ballot, decoded from them.
    pub ballot: Ballot,
    /// The day at the terminal when the face was tapped.
    pub day: CivilDay,
    /// The terminal's key.
    pub terminal: KeyId,
    /// SHA-256 of the invite, where the right to vote came by one.
    pub invite_hash: Option<[u8; 32]>,
    /// Whether staff opened the terminal for the person just served.
    pub attended: bool,
}

impl Cast {
    /// The payload that the terminal signs under [`Kind::Cast`](crate::envelope::Kind::Cast).
    pub fn encode(&self) -> Vec<u8> {
        wire::Cast {
            ballot: self.ballot_bytes.clone(),
            civil_day: self.day.yyyymmdd(),
            terminal: Bytes::copy_from_slice(self.terminal.as_bytes()),
            invite_hash: self.invite_hash.map(|hash| Bytes::copy_from_slice(&hash)).unwrap_or_default(),
            attended: self.attended,
        }
        .encode_to_vec()
    }

    /// Reads a cast and the ballot in it.
    pub fn decode(bytes: &[u8]) -> Result<Self, BallotError> {
        let message: wire::Cast = decode("cast", bytes, CAST_PAYLOAD_BYTES_MAX)?;
        let invite_hash = match message.invite_hash.as_ref() {
            [] => None,
            hash => Some(hash.try_into().map_err(|_| BallotError::Field { field: "invite_hash" })?),
        };
        Ok(Self {
            ballot: Ballot::decode(&message.ballot)?,
            ballot_bytes: message.ballot,
            day: CivilDay::from_yyyymmdd(message.civil_day)?,
            terminal: KeyId::from_slice(&message.terminal).ok_or(BallotError::Field { field: "terminal" })?,
            invite_hash,
            attended: message.attended,
        })
    }
}

/// The node's word that a ballot is counted and durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The ballot.
    pub ballot: Id,
    /// The month whose box counts it.
    pub counted_in: Month,
}

impl Receipt {
    /// The payload that the node signs under [`Kind::Receipt`](crate::envelope::Kind::Receipt).
    pub fn encode(&self) -> Vec<u8> {
        wire::Receipt {
            ballot_id: Bytes::copy_from_slice(self.ballot.as_bytes()),
            counted_in: self.counted_in.yyyymm(),
        }
        .encode_to_vec()
    }

    /// Reads a receipt.
    pub fn decode(bytes: &[u8]) -> Result<Self, BallotError> {
        let message: wire::Receipt = decode("receipt", bytes, CAST_PAYLOAD_BYTES_MAX)?;
        Ok(Self {
            ballot: Id::from_slice(&message.ballot_id).ok_or(BallotError::Field { field: "ballot_id" })?,
            counted_in: Month::from_yyyymm(message.counted_in)?,
        })
    }
}

fn decode<M: Message + Default>(
    what: &'static str,
    bytes: &[u8],
    bytes_max: usize,
) -> Result<M, BallotError> {
    if bytes.len() > bytes_max {
        return Err(BallotError::TooLarge { what, bytes: bytes.len(), bytes_max });
    }
    M::decode(bytes).map_err(|_| BallotError::Undecodable { what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cast() -> Cast {
        let ballot = Ballot {
            ente: "c_x001".parse().unwrap(),
            service: "anagrafe".parse().unwrap(),
            channel: "counter".parse().unwrap(),
            branch: "centro".parse().unwrap(),
            month: Month::from_yyyymm(202_604).unwrap(),
            face: Face::Red(Some(Reason::Second)),
            nonce: [9; 16],
        };
        Cast {
            ballot_bytes: ballot.encode().into(),
            ballot,
            day: CivilDay::from_yyyymmdd(20_260_430).unwrap(),
            terminal: KeyId::from_slice(&[3; 8]).unwrap(),
            invite_hash: Some([5; 32]),
            attended: false,
        }
    }

    #[test]
    fn decode_of_encode_is_the_same() {
        assert_eq!(Cast::decode(&cast().encode()), Ok(cast()));
        let receipt = Receipt { ballot: Id::from_bytes([1; 32]), counted_in: cast().ballot.month };
        assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
    }

    #[test]
    fn only_red_carries_a_reason() {
        let message = wire::Ballot { reason: 1, face: wire::Face::Green.into(), ..wire_ballot() };
        assert_eq!(Ballot::decode(&message.encode_to_vec()), Err(BallotError::Field { field: "reason" }));
        let message = wire::Ballot { reason: 5, ..wire_ballot() };
        assert_eq!(Ballot::decode(&message.encode_to_vec()), Err(BallotError::Field { field: "reason" }));
        let message = wire::Ballot { service: String::new(), ..wire_ballot() };
        assert!(matches!(Ballot::decode(&message.encode_to_vec()), Err(BallotError::Name(_))));
    }

    fn wire_ballot() -> wire::Ballot {
        wire::Ballot::decode(cast().ballot.encode().as_slice()).unwrap()
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Cast::decode(&bytes);
            let _ = Receipt::decode(&bytes);
        }
    }
}
