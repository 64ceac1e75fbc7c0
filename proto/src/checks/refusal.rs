//! Why a summary counts nowhere: an item of the closed list for each variant.

use crate::{
    calendar::{CivilDay, Month},
    partition::Parameters,
    summary::SummaryError,
    tally::GroupKey,
};

/// Why a summary counts nowhere. Its ente publishes a correction, or asks DFP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is missing, wrong or beyond its bound.
    #[error("it cannot be read")]
    Malformed(#[from] SummaryError),
    /// It was published before its month had ended.
    #[error("it was published on {day}, before the month {month} was over")]
    MonthNotOver {
        /// Its month.
        month: Month,
        /// The day its entry declares.
        day: CivilDay,
    },
    /// Its month is before the first that the roster asks of the ente.
    #[error("its month {month} is before the ente's first month, {first_month}")]
    BeforeAdmission {
        /// Its month.
        month: Month,
        /// First month due.
        first_month: Month,
    },
    /// The month has a first edition already.
    #[error("the month {month} is already published; only a correction may follow")]
    AlreadyPublished {
        /// Its month.
        month: Month,
    },
    /// Months are missing and not declared as a gap, or a gap is declared that is none.
    #[error("the months from {due} to {month} are not exactly declared as a gap")]
    Gap {
        /// The month that was due.
        due: Month,
        /// Its month.
        month: Month,
    },
    /// It names another catalogue version than the one of its month.
    #[error("it names catalogue version {named}, but that of the month is {}", .in_force.map_or("none".to_owned(), |v| v.to_string()))]
    CatalogueVersion {
        /// The version it names.
        named: u32,
        /// The version of its month.
        in_force: Option<u32>,
    },
    /// Its parameters are not those of the catalogue version.
    #[error("its parameters are not those of the catalogue version")]
    Parameters {
        /// What it states.
        stated: Parameters,
        /// What holds.
        expected: Parameters,
    },
    /// A group stands twice or out of order.
    #[error("the group {key} stands twice or out of order")]
    KeyOrder {
        /// The group.
        key: GroupKey,
    },
    /// A service that the catalogue version does not have.
    #[error("the service of the group {key} is not in the catalogue version")]
    UnknownService {
        /// The group.
        key: GroupKey,
    },
    /// A channel that the catalogue version does not have; a named service always has one.
    #[error("the channel of the group {key} is not in the catalogue version")]
    UnknownChannel {
        /// The group.
        key: GroupKey,
    },
    /// A group with too few votes.
    #[error("the group {key} has {votes} votes, at least {threshold} are needed")]
    GroupTooSmall {
        /// The group.
        key: GroupKey,
        /// Its votes.
        votes: u64,
        /// T of the group.
        threshold: u64,
    },
    /// A small group in which nearly all votes are red.
    #[error("the group {key} has {red} reds of {votes} votes: its voters' opinion could be told")]
    GroupTelling {
        /// The group.
        key: GroupKey,
        /// Its votes.
        votes: u64,
        /// Its reds.
        red: u64,
    },
    /// A group with few reds publishes its own reasons.
    #[error("the group {key} publishes reasons of {red} reds, at least {reasons_min} are needed")]
    OwnReasonsTooFew {
        /// The group.
        key: GroupKey,
        /// Its reds.
        red: u64,
        /// R.
        reasons_min: u64,
    },
    /// A group has more reasons than reds.
    #[error("the group {key} has {reasons} reasons for {red} reds")]
    OwnReasonsBeyondReds {
        /// The group.
        key: GroupKey,
        /// Its reasons.
        reasons: u64,
        /// Its reds.
        red: u64,
    },
    /// The pool names a group that is not there, has own reasons or no reds, or stands twice or out of order.
    #[error("the pool of reasons wrongly names the group {key}")]
    PoolGroup {
        /// The group.
        key: GroupKey,
    },
    /// The pool has too few reds.
    #[error("the pool publishes reasons of {reds} reds, at least {reasons_min} are needed")]
    PoolTooSmall {
        /// Its reds, earlier months included.
        reds: u64,
        /// R.
        reasons_min: u64,
    },
    /// The pool has more reasons than reds.
    #[error("the pool has {reasons} reasons for {reds} reds")]
    PoolBeyondReds {
        /// Its reasons.
        reasons: u64,
        /// Reds of its groups and of earlier months.
        reds: u64,
    },
    /// The pool states other reds of earlier months than were left there.
    #[error(
        "the pool states {stated} reds of earlier months, but the months it names left {left} without reasons"
    )]
    CarriedReds {
        /// What it states.
        stated: u64,
        /// What the months left.
        left: u64,
    },
    /// The pool names a month that left no reds without reasons, or whose reasons were published since.
    #[error("the pool names the month {month}, which has no reds left without reasons")]
    CarriedMonth {
        /// The month.
        month: Month,
    },
    /// It includes other carried months than those directly before it.
    #[error("it includes the carried months {stated:?}, but those directly before it are {expected:?}")]
    CarriedFrom {
        /// The months it names.
        stated: Vec<Month>,
        /// The run of carried months directly before.
        expected: Vec<Month>,
    },
    /// A correction of a month that was never published.
    #[error("it corrects the month {month}, which is not published")]
    NothingToCorrect {
        /// Its month.
        month: Month,
    },
    /// A second correction.
    #[error("the month {month} was corrected already; a month is corrected at most once")]
    AlreadyCorrected {
        /// Its month.
        month: Month,
    },
    /// A correction so small that it would tell single votes.
    #[error(
        "the correction changes the group {key} by {difference} votes; it must be none or at least {threshold}"
    )]
    CorrectionTooSmall {
        /// The group.
        key: GroupKey,
        /// By how many votes it differs.
        difference: u64,
        /// T of the group.
        threshold: u64,
    },
    /// A correction that changes what other months received.
    #[error("the correction changes what the month {month} carries in or out")]
    CarryoverChanged {
        /// Its month.
        month: Month,
    },
}

impl Refusal {
    /// A stable code, lower case with hyphens: for exports and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::MonthNotOver { .. } => "month-not-over",
            Self::BeforeAdmission { .. } => "before-admission",
            Self::AlreadyPublished { .. } => "already-published",
            Self::Gap { .. } => "gap",
            Self::CatalogueVersion { .. } => "catalogue-version",
            Self::Parameters { .. } => "parameters",
            Self::KeyOrder { .. } => "key-order",
            Self::UnknownService { .. } => "unknown-service",
            Self::UnknownChannel { .. } => "unknown-channel",
            Self::GroupTooSmall { .. } => "group-too-small",
            Self::GroupTelling { .. } => "group-telling",
            Self::OwnReasonsTooFew { .. } => "own-reasons-too-few",
            Self::OwnReasonsBeyondReds { .. } => "own-reasons-beyond-reds",
            Self::PoolGroup { .. } => "pool-group",
            Self::PoolTooSmall { .. } => "pool-too-small",
            Self::PoolBeyondReds { .. } => "pool-beyond-reds",
            Self::CarriedReds { .. } => "carried-reds",
            Self::CarriedMonth { .. } => "carried-month",
            Self::CarriedFrom { .. } => "carried-from",
            Self::NothingToCorrect { .. } => "nothing-to-correct",
            Self::AlreadyCorrected { .. } => "already-corrected",
            Self::CorrectionTooSmall { .. } => "correction-too-small",
            Self::CarryoverChanged { .. } => "carryover-changed",
        }
    }
}
