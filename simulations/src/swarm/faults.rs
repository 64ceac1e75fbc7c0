//! What can go wrong, and how often it did. A fault is counted when it took effect, not when it was drawn.

use std::{collections::BTreeMap, fmt};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// A message took seconds.
    Delay,
    Loss,
    /// A message came before one that was sent earlier on its link.
    Reorder,
    Duplication,
    Partition,
    /// Power went before a write was durable.
    CrashUnwritten,
    /// Power went after a write was durable, before anybody was told.
    CrashUntold,
    /// A node was put back to a backup that lacks entries of its own feed.
    Restore,
    /// A clock was wrong by more than what closing a month allows.
    ClockSkew,
    /// A new feed key was entered in the roster while its ente was cut off from DFP.
    RotationInPartition,
    /// A stolen key signed an entry, and DFP revoked it.
    Revocation,
    /// The observer was away for two months or longer.
    ObserverAway,
    /// An author said several things at one place.
    Fork,
    /// A ruling ended a fork.
    Ruling,
    /// A summary entered its feed after the national month was due.
    LateSummary,
    /// A second edition replaced a month.
    Correction,
    /// A month was carried over whole.
    Carryover,
    /// A ballot came after its month was closed.
    LateBallot,
    /// The invite of a ballot was spent already.
    InviteTwice,
    LateAdmission,
    Leave,
}

impl Fault {
    pub(crate) const ALL: [Self; 21] = [
        Self::Delay,
        Self::Loss,
        Self::Reorder,
        Self::Duplication,
        Self::Partition,
        Self::CrashUnwritten,
        Self::CrashUntold,
        Self::Restore,
        Self::ClockSkew,
        Self::RotationInPartition,
        Self::Revocation,
        Self::ObserverAway,
        Self::Fork,
        Self::Ruling,
        Self::LateSummary,
        Self::Correction,
        Self::Carryover,
        Self::LateBallot,
        Self::InviteTwice,
        Self::LateAdmission,
        Self::Leave,
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Delay => "message delayed by seconds",
            Self::Loss => "message lost",
            Self::Reorder => "messages reordered",
            Self::Duplication => "message duplicated",
            Self::Partition => "network partitioned",
            Self::CrashUnwritten => "power cut, write lost",
            Self::CrashUntold => "power cut after the write",
            Self::Restore => "restored from an old backup",
            Self::ClockSkew => "clock wrong",
            Self::RotationInPartition => "key rotated in a partition",
            Self::Revocation => "stolen key revoked",
            Self::ObserverAway => "observer away for months",
            Self::Fork => "feed forked",
            Self::Ruling => "fork ended by a ruling",
            Self::LateSummary => "summary late",
            Self::Correction => "summary corrected",
            Self::Carryover => "month carried over",
            Self::LateBallot => "ballot late",
            Self::InviteTwice => "invite presented twice",
            Self::LateAdmission => "ente admitted late",
            Self::Leave => "ente left",
        })
    }
}

/// How often each fault took effect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happened {
    times: BTreeMap<Fault, u64>,
}

impl Happened {
    pub(crate) fn note(&mut self, fault: Fault) {
        *self.times.entry(fault).or_default() += 1;
    }

    pub(crate) fn times(&self, fault: Fault) -> u64 {
        self.times.get(&fault).copied().unwrap_or(0)
    }
}
