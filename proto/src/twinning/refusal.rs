//! Why a message of a twinning is not taken: a closed list with stable codes.

use super::{Phase, TermsError};
use crate::calendar::Month;
use crate::envelope::EnvelopeError;
use crate::limits::{
    TWINNING_MESSAGE_BYTES_MAX, TWINNING_MESSAGES_PER_SIDE_MAX, TWINNING_PROPOSALS_PER_DAY_MAX,
    TWINNINGS_OPEN_MAX, TWINNINGS_OPEN_WITH_ONE_MAX,
};
use crate::text::TextError;

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sender must shorten it.
    #[error("the message has {0} bytes, at most {TWINNING_MESSAGE_BYTES_MAX}")]
    TooLong(usize),
    /// The sender's software is wrong, or the bytes are damaged.
    #[error("the message cannot be read: {0}")]
    Malformed(&'static str),
    /// The sender must mend the text.
    #[error("the message holds a text that is not fit to be shown")]
    Text(#[from] TextError),
    /// The sender must mend services, topics or period.
    #[error("the terms proposed cannot be agreed on")]
    Terms(#[from] TermsError),
    /// The sender's key is not the one of the roster: it must bring back its keys, or ask DFP.
    #[error("the message is not signed by whom it names")]
    WrongSigner(#[from] EnvelopeError),
    /// Messages are handed over by the ente that wrote them and by nobody else.
    #[error("the message is handed over by another ente than the one that wrote it")]
    WrongSender,
    /// The sender must look up the code of the ente that it means.
    #[error("the message is for another ente")]
    NotAddressed,
    /// Only enti of the roster take part in twinnings.
    #[error("a side of the twinning is no ente of this federation")]
    NoEnte,
    /// The receiver lacks the proposal (its store was put back): the sender sends the twinning again from its start, the
    /// receiver's own proposal included.
    #[error("the twinning that the message belongs to is not known")]
    UnknownProposal,
    /// The receiver lacks messages before this one: the sender sends the twinning again from its start.
    #[error("the message has number {number}, the next one is {expected}")]
    NumberAhead {
        /// The next number of this sender.
        expected: u32,
        /// What it has.
        number: u32,
    },
    /// The sender's store was put back: what it wrote before holds, and is returned with the refusal.
    #[error("another message has number {0} already")]
    NumberTaken(u32),
    /// The sender must end the twinning and propose another.
    #[error("one side writes at most {TWINNING_MESSAGES_PER_SIDE_MAX} messages, the last of them an end")]
    TooManyMessages,
    /// The receiver lacks messages of its own (its store was put back): the sender returns them before it sends this again.
    #[error("the message says that {seen} messages of the other side were seen, which cannot be")]
    Seen {
        /// What it says.
        seen: u32,
    },
    /// The sender is neither side of the twinning, or does what only the other side does.
    #[error("this is for the other side to say")]
    WrongSide,
    /// The sender must do first what comes first: nothing is said in a twinning before it is accepted, nothing is
    /// answered twice.
    #[error("it does not follow: the twinning is {0}")]
    OutOfOrder(Phase),
    /// The sender must propose a new twinning.
    #[error("the twinning is over: it is {0}")]
    AfterTheEnd(Phase),
    /// The proposer must wait until one of them is over.
    #[error(
        "at most {TWINNINGS_OPEN_MAX} twinnings of an ente are open, {TWINNINGS_OPEN_WITH_ONE_MAX} with one other"
    )]
    TooManyTwinnings,
    /// The proposer must wait until tomorrow.
    #[error("at most {TWINNING_PROPOSALS_PER_DAY_MAX} proposals of an ente are taken in a day")]
    TooOften,
    /// The proposer must choose a period that is not over.
    #[error("the period proposed ends in {0}, which has passed")]
    PeriodOver(Month),
}

impl Refusal {
    /// The stable code that travels.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too-long",
            Self::Malformed(_) => "malformed",
            Self::Text(_) => "text",
            Self::Terms(_) => "terms",
            Self::WrongSigner(_) => "wrong-signer",
            Self::WrongSender => "wrong-sender",
            Self::NotAddressed => "not-addressed",
            Self::NoEnte => "no-ente",
            Self::UnknownProposal => "unknown-proposal",
            Self::NumberAhead { .. } => "number-ahead",
            Self::NumberTaken(_) => "number-taken",
            Self::TooManyMessages => "too-many-messages",
            Self::Seen { .. } => "seen",
            Self::WrongSide => "wrong-side",
            Self::OutOfOrder(_) => "out-of-order",
            Self::AfterTheEnd(_) => "after-the-end",
            Self::TooManyTwinnings => "too-many-twinnings",
            Self::TooOften => "too-often",
            Self::PeriodOver(_) => "period-over",
        }
    }
}
