//! Whether a cast is counted, and in which month: a pure decision in two steps.
//!
//! [`verify_cast`] looks at the cast alone (signature, terminal, mode) and may run on many threads; [`admit`] decides in
//! the single writer, which has looked up the ballot's id and its invite. Neither keeps anything: signature, terminal and
//! day end here and are never written to the ballot box.
//!
//! Decided here, where the design is silent. A ballot's bytes must be the one canonical encoding, so nothing else can ride
//! into the box. A suspended or revoked terminal's ballots wait on the device instead of being lost; those of a revoked one of
//! up to a day count flagged, or all are refused, where the ente says so. The day must lie in the ballot's month; one more than a day ahead of the node's waits like a ballot of the next month. An
//! invite may be presented at any terminal of its channel and branch; the attendant's word counts only at a terminal of
//! that mode. An invite can be spent in its month of issue or the one after, so its mark is looked for from the month of
//! issue on ([`VerifiedCast::first_box`]), not only from the month of the ballot that presents it.

mod refusal;

pub use refusal::{REFUSAL_CODES, Refusal};

use crate::{
    ballot::{Ballot, Cast},
    calendar::{CivilDay, Month},
    envelope::{Envelope, FederationId, Id, KeyId, Kind},
    invites::{InviteHash, InviteRecord},
    limits::{BALLOT_AGE_DAYS_MAX, CAST_AHEAD_DAYS_MAX, PAPER_INVITE_TRIES_PER_MINUTE_MAX},
    names::{Code, IpaCode},
    tally::Circumstances,
    terminals::{Leftover, Mode, State, TerminalList, TerminalRecord},
};
use bytes::Bytes;
use std::collections::BTreeMap;

pub use crate::invites::COUNTER;

const SECONDS_PER_MINUTE: u32 = 60;

/// Why a cast is not counted yet: the terminal keeps it and sends it again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wait {
    /// Nobody: the month begins by itself.
    #[error("the ballot's month {month} has not begun here; it is kept and sent again")]
    NextMonth {
        /// The month of the ballot.
        month: Month,
    },
    /// IT sets the clock of the terminal or of the node.
    #[error("the day {day} is ahead of today, {today}; it is kept, set the terminal's clock")]
    DayAhead {
        /// The day of the cast.
        day: CivilDay,
        /// The node's day.
        today: CivilDay,
    },
    /// Whoever suspended the terminal resumes or revokes it.
    #[error("this terminal is suspended; its votes are kept until it is resumed")]
    TerminalSuspended,
    /// The operator, who says whether what waits on it counts (`faccina terminal revoke` with `--accept-flagged` or
    /// `--refuse-queued`).
    #[error("this terminal was revoked; its votes are kept on it until somebody decides")]
    TerminalRevoked,
    /// Nobody: in a minute there are new tries. Many unknown codes deserve a look at the terminal.
    #[error(
        "too many unknown codes at this terminal, at most {PAPER_INVITE_TRIES_PER_MINUTE_MAX} a minute; it is kept for a minute"
    )]
    InviteTriesUsedUp,
}

impl Wait {
    /// Seconds after which it may be sent again; `None` = tomorrow, or when somebody has acted.
    pub fn again_s(&self) -> Option<u32> {
        match self {
            Self::InviteTriesUsedUp => Some(SECONDS_PER_MINUTE),
            Self::NextMonth { .. }
            | Self::DayAhead { .. }
            | Self::TerminalSuspended
            | Self::TerminalRevoked => None,
        }
    }
}

/// A refusal, with the ballot's id where the cast could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The ballot.
    pub ballot: Option<Id>,
    /// Why.
    pub refusal: Refusal,
}

/// A cast whose signature, terminal, service and mode are right. Only [`verify_cast`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCast {
    cast: Cast,
    id: Id,
    standing: Standing,
}

/// How the terminal stood when its cast was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Active,
    Suspended,
    /// Nobody has said what becomes of the ballots that wait on it.
    Revoked,
    /// Revoked, and what waits on it counts.
    Flagged,
    /// Revoked, and what waits on it does not count.
    Ended,
}

impl Standing {
    fn of(terminal: &TerminalRecord) -> Self {
        match (terminal.state, terminal.leftover) {
            (State::Active, _) => Self::Active,
            (State::Suspended, _) => Self::Suspended,
            (State::Revoked, Leftover::Undecided) => Self::Revoked,
            (State::Revoked, Leftover::Flagged { .. }) => Self::Flagged,
            (State::Revoked, Leftover::Refused) => Self::Ended,
        }
    }
}

impl VerifiedCast {
    /// The ballot.
    pub fn ballot(&self) -> &Ballot {
        &self.cast.ballot
    }

    /// The ballot's exact bytes: all that is stored.
    pub fn ballot_bytes(&self) -> &Bytes {
        &self.cast.ballot_bytes
    }

    /// The ballot's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The hash of the invite it presents.
    pub fn invite(&self) -> Option<InviteHash> {
        self.cast.invite_hash.map(InviteHash::from_bytes)
    }

    /// The terminal that signed, for the try limit only; never stored.
    pub fn terminal(&self) -> KeyId {
        self.cast.terminal
    }

    /// The first month whose box is searched for the ballot's id and the invite's mark; every later box is searched too.
    pub fn first_box(&self, invite: Option<&InviteRecord>) -> Month {
        let month = self.cast.ballot.month;
        invite.map_or(month, |record| record.first_month().min(month))
    }
}

/// Checks what a cast shows by itself. `bytes` are an envelope of kind cast; at most one signature check, no lookups but
/// the terminal's.
pub fn verify_cast(
    bytes: Bytes,
    federation: &FederationId,
    terminals: &TerminalList,
    ente: &IpaCode,
) -> Result<VerifiedCast, Rejected> {
    let unread = |refusal| Rejected { ballot: None, refusal };
    let envelope = Envelope::parse(bytes).map_err(|e| unread(Refusal::Envelope(e)))?;
    envelope.expect(Kind::Cast).map_err(|e| unread(Refusal::Envelope(e)))?;
    let signer = envelope.key_id();
    let terminal =
        terminals.get(&signer).ok_or_else(|| unread(Refusal::TerminalUnknown { terminal: signer }))?;
    envelope.verify(Kind::Cast, federation, &terminal.key).map_err(|e| unread(Refusal::Signature(e)))?;
    let cast = Cast::decode(envelope.payload()).map_err(|e| unread(Refusal::Malformed(e)))?;
    let id = Ballot::id(&cast.ballot_bytes, federation);
    match suits(&cast, signer, terminal, ente) {
        Some(refusal) => Err(Rejected { ballot: Some(id), refusal }),
        None => Ok(VerifiedCast { cast, id, standing: Standing::of(terminal) }),
    }
}

/// Whether the cast suits the terminal that signed it.
fn suits(cast: &Cast, signer: KeyId, terminal: &TerminalRecord, ente: &IpaCode) -> Option<Refusal> {
    let ballot = &cast.ballot;
    if cast.terminal != signer {
        Some(Refusal::NotTheSigner { named: cast.terminal, signer })
    } else if ballot.encode() != cast.ballot_bytes {
        Some(Refusal::NotCanonical)
    } else if ballot.ente != *ente {
        Some(Refusal::OtherEnte { ente: ballot.ente.clone() })
    } else if ballot.channel != terminal.channel {
        Some(Refusal::Channel { channel: ballot.channel.clone() })
    } else if ballot.branch != terminal.branch {
        Some(Refusal::Branch { branch: ballot.branch.clone() })
    } else if !terminal.services.contains(&ballot.service) {
        Some(Refusal::Service { service: ballot.service.clone() })
    } else if cast.day.month() != ballot.month {
        Some(Refusal::DayOutsideMonth { day: cast.day, month: ballot.month })
    } else if matches!(terminal.leftover, Leftover::Flagged { until } if cast.day > until) {
        Some(Refusal::TerminalRevoked)
    } else {
        entitled(cast, terminal.mode)
    }
}

/// Whether the right to vote came as the mode asks.
fn entitled(cast: &Cast, mode: Mode) -> Option<Refusal> {
    match (mode, cast.attended, cast.invite_hash.is_some()) {
        (Mode::Open | Mode::Invite, true, _) => Some(Refusal::AttendedElsewhere),
        (Mode::Invite, false, false) => Some(Refusal::InviteMissing),
        (Mode::Attended, false, false) => Some(Refusal::NotAttended),
        (Mode::Open | Mode::Invite | Mode::Attended, _, _) => None,
    }
}

/// Where the writer found the ballot's id, in the boxes from [`VerifiedCast::first_box`] on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// In none.
    Nowhere,
    /// In the box of this month, which counts it.
    In(Month),
}

/// What the writer found about the invite, in its records and in the boxes from [`VerifiedCast::first_box`] on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteState<'a> {
    /// The cast presents none.
    NotPresented,
    /// No record: never given out, or too long ago.
    Unknown,
    /// Given out, and no mark in any box.
    Outstanding(&'a InviteRecord),
    /// A box holds its mark.
    Spent,
    /// Not looked up: the terminal has used up its tries ([`InviteTries`]).
    TriesUsedUp,
}

/// The node's months and its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boxes {
    /// The oldest month that is not closed.
    pub oldest_open: Month,
    /// The node's civil day in Rome.
    pub today: CivilDay,
}

/// The decision on a verified cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Store the ballot and, where it presents an invite, the mark in the box of `month`, in one batch; receipt when durable.
    Count {
        /// The box.
        month: Month,
        /// What is counted beside the vote.
        circumstances: Circumstances,
    },
    /// It is counted; send the same receipt again.
    AlreadyCounted {
        /// The box that counts it.
        month: Month,
    },
    /// The terminal keeps it.
    NotYet(Wait),
    /// Not counted, for good.
    Refused(Refusal),
}

/// Decides on a verified cast. Call it in the single writer, with what the writer has just looked up.
pub fn admit(cast: &VerifiedCast, seen: Seen, invite: InviteState<'_>, boxes: &Boxes) -> Admission {
    if let Seen::In(month) = seen {
        return Admission::AlreadyCounted { month };
    }
    if cast.standing == Standing::Ended {
        return Admission::Refused(Refusal::TerminalRevoked);
    }
    match in_time(&cast.cast, boxes.today) {
        Some(Timing::Wait(wait)) => return Admission::NotYet(wait),
        Some(Timing::Refuse(refusal)) => return Admission::Refused(refusal),
        None => {}
    }
    match cast.standing {
        Standing::Suspended => return Admission::NotYet(Wait::TerminalSuspended),
        Standing::Revoked => return Admission::NotYet(Wait::TerminalRevoked),
        Standing::Active | Standing::Flagged | Standing::Ended => {}
    }
    if cast.cast.invite_hash.is_some() {
        let ballot = &cast.cast.ballot;
        match invite {
            InviteState::NotPresented | InviteState::Unknown => {
                return Admission::Refused(Refusal::InviteUnknown);
            }
            InviteState::Spent => return Admission::Refused(Refusal::InviteSpent),
            InviteState::TriesUsedUp => return Admission::NotYet(Wait::InviteTriesUsedUp),
            InviteState::Outstanding(record) if record.key.service != ballot.service => {
                return Admission::Refused(Refusal::InviteForAnother);
            }
            InviteState::Outstanding(record) => {
                if let Some(refusal) = invite_suits(record, &ballot.channel, &ballot.branch, ballot.month) {
                    return Admission::Refused(refusal);
                }
            }
        }
    }
    let own = cast.cast.ballot.month;
    let late = own < boxes.oldest_open;
    let backed = cast.cast.attended || cast.cast.invite_hash.is_some();
    let month = if late { boxes.oldest_open } else { own };
    let revoked_terminal = cast.standing == Standing::Flagged;
    Admission::Count { month, circumstances: Circumstances { late, backed, revoked_terminal } }
}

enum Timing {
    Wait(Wait),
    Refuse(Refusal),
}

fn in_time(cast: &Cast, today: CivilDay) -> Option<Timing> {
    let (month, day) = (cast.ballot.month, cast.day);
    match today.month().months_until(month) {
        2.. => Some(Timing::Refuse(Refusal::MonthAhead { month, today })),
        1 => Some(Timing::Wait(Wait::NextMonth { month })),
        _ if today.days_until(day) > CAST_AHEAD_DAYS_MAX => Some(Timing::Wait(Wait::DayAhead { day, today })),
        _ if month.last_day().days_until(today) > BALLOT_AGE_DAYS_MAX => {
            Some(Timing::Refuse(Refusal::TooLate { month }))
        }
        _ => None,
    }
}

/// Why an outstanding invite gives no right to vote at a terminal of this channel and branch in this month; `None` where it
/// does, for the service in its record.
pub fn invite_suits(record: &InviteRecord, channel: &Code, branch: &Code, month: Month) -> Option<Refusal> {
    let elsewhere = record.branch.as_ref().is_some_and(|only| only != branch);
    if !record.is_known_at(channel) {
        Some(Refusal::InviteUnknown)
    } else if record.key.channel != *channel || elsewhere {
        Some(Refusal::InviteForAnother)
    } else if month > record.last_month {
        Some(Refusal::InviteExpired { last_month: record.last_month })
    } else if month < record.first_month() {
        // Else its mark could stand in a box that nobody searches any more.
        Some(Refusal::InviteNotYetValid { first_month: record.first_month() })
    } else {
        None
    }
}

/// Unknown invites by terminal in one minute; in memory only. Keeps at most one number for each enrolled terminal.
///
/// Only terminals of a counter are limited: elsewhere codes on paper are as unknown as made-up ones, and 128 bits need no
/// limit.
#[derive(Clone, Debug, Default)]
pub struct InviteTries {
    minute: u64,
    unknown: BTreeMap<KeyId, u32>,
}

impl InviteTries {
    /// Whether the terminal has used up its tries of this minute.
    pub fn used_up(&self, terminal: &KeyId, now_unix_s: u64) -> bool {
        self.minute == now_unix_s / 60
            && self.unknown.get(terminal).is_some_and(|tries| *tries >= PAPER_INVITE_TRIES_PER_MINUTE_MAX)
    }

    /// Counts an unknown invite. A new minute begins with none.
    pub fn count(&mut self, terminal: KeyId, channel: &Code, now_unix_s: u64) {
        if channel.as_str() != COUNTER {
            return;
        }
        if self.minute != now_unix_s / 60 {
            self.minute = now_unix_s / 60;
            self.unknown.clear();
        }
        let tries = self.unknown.entry(terminal).or_default();
        *tries = tries.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;
