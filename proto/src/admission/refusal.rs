//! Why a cast is not counted, for good, and the code of each reason on the wire.

use crate::{
    ballot::BallotError,
    calendar::{CivilDay, Month},
    envelope::{EnvelopeError, KeyId},
    limits::BALLOT_AGE_DAYS_MAX,
    names::{Code, IpaCode},
};

/// Why a cast is not counted, for good: sending it again does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Damaged or made by wrong software; update the terminal.
    #[error("the cast is no envelope that this node reads; update the terminal's software")]
    Envelope(#[source] EnvelopeError),
    /// The key is not in the terminal list; enrol the terminal.
    #[error("this terminal is not enrolled at this node; enrol it with a new code")]
    TerminalUnknown {
        /// The key that signed.
        terminal: KeyId,
    },
    /// Cast after the day of the revocation; enrol it with a new key.
    #[error("this terminal was revoked before this day; enrol it again with a new key")]
    TerminalRevoked,
    /// Forged or damaged; nobody needs to act unless it goes on.
    #[error("the signature does not hold; enrol the terminal again if this goes on")]
    Signature(#[source] EnvelopeError),
    /// The terminal's software is wrong; update it.
    #[error("the cast cannot be read; update the terminal's software")]
    Malformed(#[source] BallotError),
    /// The terminal's software is wrong; update it.
    #[error("the ballot is not in its canonical form; update the terminal's software")]
    NotCanonical,
    /// The terminal's software is wrong: the cast names another key than the one that signed it.
    #[error("the cast names terminal {named}, but {signer} signed it; update the terminal's software")]
    NotTheSigner {
        /// The terminal named in the cast.
        named: KeyId,
        /// The key that signed.
        signer: KeyId,
    },
    /// The terminal was set up for another ente; set it up again.
    #[error("the ballot is for {ente}, another ente; check the terminal's node address")]
    OtherEnte {
        /// The ente on the ballot.
        ente: IpaCode,
    },
    /// The terminal shows an old page, or the service was taken from it; reload it or add the service.
    #[error(
        "this terminal collects no votes for service {service}; reload its page or add the service to it"
    )]
    Service {
        /// The service on the ballot.
        service: Code,
    },
    /// The terminal was moved; enrol it again.
    #[error("this terminal belongs to another channel than {channel}; reload its page")]
    Channel {
        /// The channel on the ballot.
        channel: Code,
    },
    /// The terminal was moved; enrol it again.
    #[error("this terminal belongs to another branch than {branch}; reload its page")]
    Branch {
        /// The branch on the ballot.
        branch: Code,
    },
    /// The person must be invited first.
    #[error("this terminal takes votes by invite only; give the person an invite")]
    InviteMissing,
    /// Staff must open the terminal for the person just served.
    #[error("this terminal takes votes only after staff open it; press \"Servizio concluso\" first")]
    NotAttended,
    /// The terminal's software is wrong: nobody attends it.
    #[error("this terminal has no attendant; update its software or change its mode")]
    AttendedElsewhere,
    /// The invite was mistyped or never given out; give the person another.
    #[error("the invite is not known; check the code or give a new one")]
    InviteUnknown,
    /// The invite has voted.
    #[error("the invite was already used; each invite is for one vote")]
    InviteSpent,
    /// The invite is too old; give the person another.
    #[error("the invite was valid until {last_month}; give a new one")]
    InviteExpired {
        /// Its last valid month.
        last_month: Month,
    },
    /// The terminal's clock is behind: the invite was given out after the ballot's month.
    #[error("the invite is valid from {first_month}; set the terminal's clock")]
    InviteNotYetValid {
        /// The month it was given out in.
        first_month: Month,
    },
    /// The invite is for another service, channel or branch; the person chooses that one.
    #[error("the invite is for another service, channel or branch")]
    InviteForAnother,
    /// The clock or the software of the terminal is wrong.
    #[error("the day {day} is not in the ballot's month {month}; set the terminal's clock")]
    DayOutsideMonth {
        /// The day of the cast.
        day: CivilDay,
        /// The month of the ballot.
        month: Month,
    },
    /// The clock of the terminal (or of the node) is wrong.
    #[error(
        "the ballot's month {month} is more than a month ahead of today, {today}; set the terminal's clock"
    )]
    MonthAhead {
        /// The month of the ballot.
        month: Month,
        /// The node's day.
        today: CivilDay,
    },
    /// The ballot waited too long on the device.
    #[error("the ballot's month {month} ended more than {BALLOT_AGE_DAYS_MAX} days ago")]
    TooLate {
        /// The month of the ballot.
        month: Month,
    },
}

/// Every code that a refusal can have on the wire, in the order of [`Refusal`].
pub const REFUSAL_CODES: [&str; 22] = [
    "envelope",
    "terminal-unknown",
    "terminal-revoked",
    "signature",
    "malformed",
    "not-canonical",
    "not-the-signer",
    "other-ente",
    "service",
    "channel",
    "branch",
    "invite-missing",
    "not-attended",
    "attended-elsewhere",
    "invite-unknown",
    "invite-spent",
    "invite-expired",
    "invite-not-yet-valid",
    "invite-for-another",
    "day-outside-month",
    "month-ahead",
    "too-late",
];

impl Refusal {
    /// The stable code on the wire, lower case with hyphens.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope(_) => "envelope",
            Self::TerminalUnknown { .. } => "terminal-unknown",
            Self::TerminalRevoked => "terminal-revoked",
            Self::Signature(_) => "signature",
            Self::Malformed(_) => "malformed",
            Self::NotCanonical => "not-canonical",
            Self::NotTheSigner { .. } => "not-the-signer",
            Self::OtherEnte { .. } => "other-ente",
            Self::Service { .. } => "service",
            Self::Channel { .. } => "channel",
            Self::Branch { .. } => "branch",
            Self::InviteMissing => "invite-missing",
            Self::NotAttended => "not-attended",
            Self::AttendedElsewhere => "attended-elsewhere",
            Self::InviteUnknown => "invite-unknown",
            Self::InviteSpent => "invite-spent",
            Self::InviteExpired { .. } => "invite-expired",
            Self::InviteNotYetValid { .. } => "invite-not-yet-valid",
            Self::InviteForAnother => "invite-for-another",
            Self::DayOutsideMonth { .. } => "day-outside-month",
            Self::MonthAhead { .. } => "month-ahead",
            Self::TooLate { .. } => "too-late",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_code_in_the_list() {
        let month = Month::from_yyyymm(202_604).unwrap();
        let (day, code) = (month.last_day(), "urp".parse::<Code>().unwrap());
        let terminal = KeyId::from_slice(&[1; 8]).unwrap();
        let all = [
            Refusal::Envelope(EnvelopeError::Malformed("kind")),
            Refusal::TerminalUnknown { terminal },
            Refusal::TerminalRevoked,
            Refusal::Signature(EnvelopeError::Malformed("kind")),
            Refusal::Malformed(BallotError::Undecodable { what: "ballot" }),
            Refusal::NotCanonical,
            Refusal::NotTheSigner { named: terminal, signer: terminal },
            Refusal::OtherEnte { ente: "c_x001".parse().unwrap() },
            Refusal::Service { service: code.clone() },
            Refusal::Channel { channel: code.clone() },
            Refusal::Branch { branch: code },
            Refusal::InviteMissing,
            Refusal::NotAttended,
            Refusal::AttendedElsewhere,
            Refusal::InviteUnknown,
            Refusal::InviteSpent,
            Refusal::InviteExpired { last_month: month },
            Refusal::InviteNotYetValid { first_month: month },
            Refusal::InviteForAnother,
            Refusal::DayOutsideMonth { day, month },
            Refusal::MonthAhead { month, today: day },
            Refusal::TooLate { month },
        ];
        assert_eq!(all.map(|refusal| refusal.code()), REFUSAL_CODES);
    }
}
