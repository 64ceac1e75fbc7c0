//! Why a month is not closed or corrected.

use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::close::CloseError as RuleError;
use faccina_proto::sync::Alarm;
use tonic::Status;

use super::correction::CorrectionError;
use crate::federation::AppendError;
use crate::intake::{BoxError, FreezeError, IntakeError};
use crate::loss::LossError;
use crate::sealing::SealingError;
use crate::served::ServedError;

/// Why no month was closed. Display = what to do; nothing has been published unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// Wait until DFP has admitted this ente and the node has synchronised.
    #[error("this ente is not in the roster yet: wait for the admission by DFP")]
    NotAdmitted,
    /// There is no box of a month that is not closed: nothing was surveyed.
    #[error("there is no month to close: nothing has been surveyed since {due}")]
    NothingToClose {
        /// The first month that is not closed.
        due: Month,
    },
    /// Wait until the month is over.
    #[error("{month} is not over: it can be closed from {from} on")]
    NotOver {
        /// The month asked for.
        month: Month,
        /// The first day on which it can be closed.
        from: CivilDay,
    },
    /// A closed month is immutable.
    #[error("{month} is closed already, and a closed month does not change")]
    Closed {
        /// The month asked for.
        month: Month,
    },
    /// Close the months in their order.
    #[error("{month} cannot be closed now: the next month to close is {next}")]
    NotNext {
        /// The month asked for.
        month: Month,
        /// The one to close.
        next: Month,
    },
    /// Synchronise with the observer; the catalogue is an entry in its feed.
    #[error("no catalogue is in force in {month}: synchronise with DFP and try again")]
    NoCatalogue {
        /// The month to close.
        month: Month,
    },
    /// The box of the month before, which holds what it carried, is missing: restore it from its backup.
    #[error(
        "{month} was carried, and its ballot box is missing: restore it from the backup before closing the next month"
    )]
    CarryMissing {
        /// The carried month.
        month: Month,
    },
    /// The rules refuse.
    #[error("the month cannot be closed")]
    Rules(#[from] RuleError),
    /// The writer refuses.
    #[error(transparent)]
    Freeze(#[from] FreezeError),
    /// Intake refuses.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The book of users served refuses: it is damaged, or its disk fails.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// Wait until the other members have told what they hold of this node's feed; see `faccina status`.
    #[error(
        "this node was restored and does not know yet which months it has published: connect it to the other nodes and wait; \
         `faccina status` says when they have told"
    )]
    Asking,
    /// See the alarm; a person must decide.
    #[error("no month is closed while this node must not publish: {0}")]
    Alarm(Alarm),
    /// What is to be done after a restore cannot be kept.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The correction cannot be made.
    #[error(transparent)]
    Correction(#[from] CorrectionError),
    /// The feed refuses. The month is decided: its entry follows, unchanged, as soon as the feed takes it.
    #[error("{month} is closed, its entry waits: it follows by itself once the reason is gone")]
    Append {
        /// The month.
        month: Month,
        /// Why the feed takes nothing now.
        #[source]
        source: AppendError,
    },
}

impl From<BoxError> for CloseError {
    fn from(error: BoxError) -> Self {
        Self::Intake(error.into())
    }
}

impl From<SealingError> for CloseError {
    fn from(error: SealingError) -> Self {
        Self::Intake(BoxError::from(error).into())
    }
}

impl From<CloseError> for Status {
    fn from(error: CloseError) -> Self {
        let words = crate::telling::sentence(&error);
        match error {
            CloseError::Intake(error) => error.into(),
            CloseError::Served(_) | CloseError::Loss(_) => Self::internal(words),
            CloseError::Freeze(FreezeError::Box(error)) => IntakeError::Box(error).into(),
            CloseError::NotAdmitted
            | CloseError::NothingToClose { .. }
            | CloseError::NotOver { .. }
            | CloseError::Closed { .. }
            | CloseError::NotNext { .. }
            | CloseError::NoCatalogue { .. }
            | CloseError::CarryMissing { .. }
            | CloseError::Rules(_)
            | CloseError::Freeze(_)
            | CloseError::Asking
            | CloseError::Alarm(_)
            | CloseError::Correction(_)
            | CloseError::Append { .. } => Self::failed_precondition(words),
        }
    }
}
