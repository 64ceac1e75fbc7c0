//! The acts of the last minute: one sent again changes nothing and has the same answer, one of the last seconds can be taken
//! back. In memory only, as an IO-less state machine: after a minute nothing tells when a right to vote was given.

use crate::intake::InviteForms;
use faccina_proto::{
    calendar::CivilDay, envelope::KeyId, names::Code, wire::desk::v1::conclude_reply::Right,
};
use std::collections::BTreeMap;

/// Seconds for which an act can be taken back, as staff are told.
pub(super) const UNDO_S: u32 = 5;
/// Seconds that its way to the desk and back may take beyond that.
const ON_ITS_WAY_S: u64 = 2;
/// Seconds for which an act is known when it is sent again.
const KNOWN_S: u64 = 60;
/// Acts of one desk in [`KNOWN_S`]: nobody serves faster than one user a second.
const PER_DESK_MAX: usize = 60;

/// Made by the desk: 16 random bytes.
pub(super) type ActId = [u8; 16];

/// One press of "Servizio concluso".
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    /// Of the desk's token.
    pub(super) desk: String,
    pub(super) day: CivilDay,
    pub(super) branch: Code,
    pub(super) service: Code,
    /// What the desk was answered.
    pub(super) right: Right,
    pub(super) taken_back_by: Back,
}

/// What takes the right to vote back.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Back {
    Nothing,
    /// Telling this terminal.
    Withdrawal(KeyId),
    /// Removing the invite.
    Invite(InviteForms),
}

/// Why an act is not done. Display = what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ActError {
    /// A program presses the button, not a person.
    #[error("this desk has concluded {PER_DESK_MAX} services within a minute: wait a little")]
    TooMany,
    /// The desk's software is wrong.
    #[error("this act belongs to another desk or service: make a new one")]
    Another,
    /// The person has left; the numbers can be corrected by hand.
    #[error(
        "it can no longer be taken back, that takes at most {UNDO_S} seconds: correct the number of the day by hand"
    )]
    TooLate,
}

#[derive(Debug)]
struct Known {
    at_unix_s: u64,
    act: Act,
}

/// The acts that are known, at most [`PER_DESK_MAX`] of each desk.
#[derive(Debug, Default)]
pub(super) struct Acts {
    known: BTreeMap<ActId, Known>,
}

impl Acts {
    /// The act that this one repeats, or `None` where it is to be done.
    pub(super) fn repeated(
        &mut self,
        id: &ActId,
        desk: &str,
        service: &Code,
        now_unix_s: u64,
    ) -> Result<Option<&Act>, ActError> {
        self.forget_old(now_unix_s);
        if let Some(known) = self.known.get(id) {
            let same = known.act.desk == desk && known.act.service == *service;
            return if same { Ok(Some(&known.act)) } else { Err(ActError::Another) };
        }
        if self.known.values().filter(|known| known.act.desk == desk).count() >= PER_DESK_MAX {
            return Err(ActError::TooMany);
        }
        Ok(None)
    }

    /// Remembers what has been done.
    pub(super) fn done(&mut self, id: ActId, act: Act, now_unix_s: u64) {
        self.known.insert(id, Known { at_unix_s: now_unix_s, act });
    }

    /// The act that a desk may still take back.
    pub(super) fn undoable(&self, id: &ActId, desk: &str, now_unix_s: u64) -> Result<Act, ActError> {
        let last = u64::from(UNDO_S) + ON_ITS_WAY_S;
        let known = self.known.get(id).filter(|known| known.act.desk == desk);
        let known = known.filter(|known| known.at_unix_s + last >= now_unix_s).ok_or(ActError::TooLate)?;
        Ok(known.act.clone())
    }

    /// It has been taken back: sent again, it is a new one.
    pub(super) fn undone(&mut self, id: &ActId) {
        self.known.remove(id);
    }

    fn forget_old(&mut self, now_unix_s: u64) {
        self.known.retain(|_, known| known.at_unix_s + KNOWN_S >= now_unix_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::wire::desk::v1::Unreachable;

    fn act(desk: &str) -> Act {
        Act {
            desk: desk.to_owned(),
            day: CivilDay::from_yyyymmdd(20_260_415).unwrap(),
            branch: "centro".parse().unwrap(),
            service: "anagrafe".parse().unwrap(),
            right: Right::Unreachable(Unreachable {}),
            taken_back_by: Back::Nothing,
        }
    }

    #[test]
    fn an_act_sent_again_is_the_same_for_a_minute() {
        let mut acts = Acts::default();
        let (id, anagrafe) = ([1; 16], "anagrafe".parse().unwrap());
        assert_eq!(acts.repeated(&id, "a", &anagrafe, 100), Ok(None));
        acts.done(id, act("a"), 100);
        assert_eq!(acts.repeated(&id, "a", &anagrafe, 160), Ok(Some(&act("a"))));
        assert_eq!(acts.repeated(&id, "b", &anagrafe, 160), Err(ActError::Another));
        assert_eq!(acts.repeated(&id, "a", &"tributi".parse().unwrap(), 160), Err(ActError::Another));
        assert_eq!(acts.repeated(&id, "a", &anagrafe, 161), Ok(None), "forgotten");
    }

    #[test]
    fn an_act_is_taken_back_once_by_its_desk_and_in_time() {
        let mut acts = Acts::default();
        acts.done([1; 16], act("a"), 100);
        assert_eq!(acts.undoable(&[1; 16], "b", 101), Err(ActError::TooLate));
        assert_eq!(acts.undoable(&[2; 16], "a", 101), Err(ActError::TooLate));
        assert_eq!(acts.undoable(&[1; 16], "a", 108), Err(ActError::TooLate));
        assert_eq!(acts.undoable(&[1; 16], "a", 107), Ok(act("a")));
        acts.undone(&[1; 16]);
        assert_eq!(acts.undoable(&[1; 16], "a", 107), Err(ActError::TooLate));
    }

    #[test]
    fn one_desk_cannot_fill_the_memory_of_all() {
        let mut acts = Acts::default();
        let anagrafe: Code = "anagrafe".parse().unwrap();
        for number in 0..60_u8 {
            acts.done([number; 16], act("a"), 100);
        }
        assert_eq!(acts.repeated(&[99; 16], "a", &anagrafe, 100), Err(ActError::TooMany));
        assert_eq!(acts.repeated(&[99; 16], "b", &anagrafe, 100), Ok(None));
        assert_eq!(acts.repeated(&[99; 16], "a", &anagrafe, 161), Ok(None));
    }
}
