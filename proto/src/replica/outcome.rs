//! What becomes of an offered entry, and why one does not count.

use crate::calendar::CivilDay;
use crate::envelope::{EnvelopeError, KeyId};
use crate::feed::{EntryError, OpenError, Signed};
use crate::fork::ForkError;
use crate::names::Author;

/// What became of an offered entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is the new last entry of its feed (over quota, the first that does not count).
    Added(Box<Signed>),
    /// It is held already, perhaps in another envelope.
    Known {
        /// Whose entry.
        author: Author,
    },
    /// It proves a fork of its feed, which ends before that place from now on; or it changes the canonical proof.
    Forked {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
    },
    /// Entries before it are missing; offer it again after them.
    Gap {
        /// Whose entry.
        author: Author,
        /// The last sequence held.
        held: u64,
    },
    /// It follows an entry other than the one held there: one of the two branches forks further down.
    Detached {
        /// Whose entry.
        author: Author,
        /// Its sequence.
        sequence: u64,
    },
    /// It lies beyond a fork of the root feed and is kept in memory: a succession may choose its branch.
    Aside {
        /// Whose entry.
        author: Author,
        /// Its sequence.
        sequence: u64,
    },
    /// It is dated after tomorrow; offer it again from the day before.
    Future {
        /// Whose entry.
        author: Author,
        /// The day that it declares.
        day: CivilDay,
    },
    /// The roster knows no such key (yet).
    Stranger(KeyId),
    /// It does not count, whatever comes before it.
    Refused(Refusal),
}

/// Why an entry does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Damaged or forged: whoever sent it misbehaves.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Signed, but no entry: its author's software is wrong, and whoever relayed it did not check.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A member signed in another's name.
    #[error("entry of {claimed} is signed with a key of {signer}")]
    Author {
        /// The author that the entry names.
        claimed: Author,
        /// Whose key it is.
        signer: Author,
    },
    /// The key is revoked, or not valid for this sequence; the author uses the key that the roster names.
    #[error("key {key} may not sign entry {sequence} of {author}")]
    Key {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
        /// The key.
        key: KeyId,
    },
    /// A ruling, a revocation or, in the root feed, a succession fixed another entry at this place.
    #[error("entry {sequence} of {author} is ruled out")]
    RuledOut {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
    },
    /// Days never decrease along a feed; the author must correct its clock.
    #[error("entry {sequence} of {author} is dated {day}, before the entry that it follows ({last})")]
    DayDecreases {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
        /// The day that it declares.
        day: CivilDay,
        /// The day of the entry before.
        last: CivilDay,
    },
    /// The author left the federation before the day that it declares, and was not back.
    #[error("entry {sequence} of {author} is dated {day}, after it left")]
    Left {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
        /// The day that it declares.
        day: CivilDay,
    },
    /// It declares a day long before the federation began; the author must correct its clock.
    #[error("entry {sequence} of {author} is dated {day}, before the federation began")]
    BeforeFederation {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
        /// The day that it declares.
        day: CivilDay,
    },
    /// The feed is forked before it; it waits for a ruling.
    #[error("entry {sequence} of {author} lies beyond a fork")]
    BeyondFork {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
    },
    /// The feed is cut before it.
    #[error("entry {sequence} of {author} lies beyond its quota")]
    BeyondQuota {
        /// Whose feed.
        author: Author,
        /// The place.
        sequence: u64,
    },
    /// The root feed begins otherwise than the federation file says.
    #[error("the root feed does not begin with the genesis of {0:?}")]
    Genesis(String),
    /// A succession that the key committed to has not signed, or that does not name the last root entry before it.
    #[error(
        "succession at {sequence} is not of the key committed to, or does not name the root entry before it"
    )]
    Succession {
        /// Its place.
        sequence: u64,
    },
    /// Two envelopes offered as a proof that prove nothing.
    #[error(transparent)]
    Proof(#[from] ForkError),
}

impl Refusal {
    /// Whether only a faulty or hostile sender can have sent it; the others may be due to an older roster.
    pub fn is_misbehaviour(&self) -> bool {
        match self {
            Self::Envelope(_) | Self::Entry(_) | Self::Author { .. } | Self::Proof(_) => true,
            Self::Key { .. }
            | Self::RuledOut { .. }
            | Self::DayDecreases { .. }
            | Self::Left { .. }
            | Self::BeforeFederation { .. }
            | Self::BeyondFork { .. }
            | Self::BeyondQuota { .. }
            | Self::Genesis(_)
            | Self::Succession { .. } => false,
        }
    }
}

impl From<OpenError> for Refusal {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Envelope(error) => Self::Envelope(error),
            OpenError::Entry(error) => Self::Entry(error),
        }
    }
}
