//! The acts of the last minute: one sent again changes nothing and has the same answer, one of the last seconds can be taken
//! back, and taken back again has the same answer too. An IO-less state machine that measures with a clock that only goes
//! forward: a minute later nothing tells when a right to vote was given, and no change of the time of day makes it longer.

use crate::{intake::InviteForms, served::ActId};
use faccina_proto::{
    calendar::CivilDay,
    envelope::KeyId,
    invites::StoredInvite,
    names::Code,
    wire::desk::v1::{Opened, conclude_reply::Right},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Seconds for which an act can be taken back, as staff are told.
pub(super) const UNDO_S: u32 = 5;
/// How long an act can be taken back: its way to the desk and back may take two seconds beyond what staff are told.
const UNDO: Duration = Duration::from_secs(7);
/// How long an act is known when it is sent again.
pub(super) const KNOWN: Duration = Duration::from_secs(60);
/// Acts of one desk in [`KNOWN`]: nobody serves faster than one user a second.
const PER_DESK_MAX: usize = 60;
/// Openings of other desks before one: nobody waits longer for a terminal than for these.
const AHEAD_MAX: usize = 3;

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

impl Back {
    /// The stored forms of the invite, where the right is one.
    pub(super) fn invite(&self) -> &[StoredInvite] {
        match self {
            Self::Nothing | Self::Withdrawal(_) => &[],
            Self::Invite(forms) => forms.as_slice(),
        }
    }
}

/// Why an act is not done. Display = what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ActError {
    /// A program presses the button, not a person.
    #[error("this desk has concluded {PER_DESK_MAX} services within a minute: wait a little")]
    TooMany,
    /// Too many desks share the terminal, or few vote.
    #[error("{AHEAD_MAX} openings of other desks wait at this terminal: press again in a minute")]
    Queue,
    /// The desk's software is wrong.
    #[error("this act belongs to another desk or service, or was taken back: make a new one")]
    Another,
    /// The person has left; the numbers can be corrected by hand.
    #[error(
        "it can no longer be taken back, that takes at most {UNDO_S} seconds: correct the number of the day by hand"
    )]
    TooLate,
}

/// The place of a new opening at a terminal that several desks open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The opening before of the same desk, whose person has left.
    pub(super) replaces: Option<ActId>,
    /// Longest time until those of other desks are over; whether they were used nobody tells.
    pub(super) after: Duration,
}

/// An opening that may not be over.
#[derive(Debug)]
struct Opening {
    id: ActId,
    desk: String,
    terminal: KeyId,
    until: Instant,
}

#[derive(Debug)]
struct Known {
    at: Instant,
    act: Act,
    undone: bool,
}

/// The acts that are known, at most [`PER_DESK_MAX`] of each desk in a minute.
#[derive(Debug, Default)]
pub(super) struct Acts {
    known: BTreeMap<ActId, Known>,
    openings: Vec<Opening>,
}

impl Acts {
    /// What the act that this one repeats gave, and for how many seconds it can still be taken back; `None` where it is to be
    /// done.
    pub(super) fn repeated(
        &self,
        id: &ActId,
        desk: &str,
        service: &Code,
        now: Instant,
    ) -> Result<Option<(Right, u32)>, ActError> {
        if let Some(known) = self.known.get(id) {
            let same = known.act.desk == desk && known.act.service == *service && !known.undone;
            return if same { Ok(Some(known.as_of(now))) } else { Err(ActError::Another) };
        }
        let of_desk = |known: &&Known| known.act.desk == desk && known.age(now) <= KNOWN;
        if self.known.values().filter(of_desk).count() >= PER_DESK_MAX {
            return Err(ActError::TooMany);
        }
        Ok(None)
    }

    /// The turn of a new opening of this desk; as many of others as fit wait for each other.
    pub(super) fn turn(&self, terminal: &KeyId, desk: &str, now: Instant) -> Result<Turn, ActError> {
        let live = |it: &&Opening| it.terminal == *terminal && it.until > now;
        let (own, others): (Vec<_>, Vec<_>) =
            self.openings.iter().filter(live).partition(|it| it.desk == desk);
        if others.len() >= AHEAD_MAX {
            return Err(ActError::Queue);
        }
        let until = others.iter().map(|it| it.until).max().unwrap_or(now);
        let replaces = own.iter().map(|it| it.id).next_back();
        Ok(Turn { replaces, after: until.saturating_duration_since(now) })
    }

    /// Remembers an opening in its turn, for as long as it may be open.
    pub(super) fn opened(&mut self, id: ActId, desk: &str, terminal: KeyId, turn: Turn, until: Instant) {
        self.openings.retain(|it| Some(it.id) != turn.replaces);
        self.openings.push(Opening { id, desk: desk.to_owned(), terminal, until });
    }

    /// An opening that was taken back leaves its place to those after it.
    pub(super) fn closed(&mut self, id: &ActId) {
        self.openings.retain(|it| it.id != *id);
    }

    /// Remembers what has been done.
    pub(super) fn done(&mut self, id: ActId, act: Act, now: Instant) {
        self.known.insert(id, Known { at: now, act, undone: false });
    }

    /// The act that a desk may still take back; `None` where it has taken it back.
    pub(super) fn undoable(&self, id: &ActId, desk: &str, now: Instant) -> Result<Option<Act>, ActError> {
        let known = self.known.get(id).filter(|known| known.act.desk == desk).ok_or(ActError::TooLate)?;
        if known.undone {
            return Ok(None);
        }
        if known.age(now) > UNDO { Err(ActError::TooLate) } else { Ok(Some(known.act.clone())) }
    }

    /// It has been taken back.
    pub(super) fn undone(&mut self, id: &ActId) {
        if let Some(known) = self.known.get_mut(id) {
            known.undone = true;
        }
        self.closed(id);
    }

    /// Forgets the acts that are too old to be sent again, and names the others.
    pub(super) fn forget_old(&mut self, now: Instant) -> BTreeSet<ActId> {
        self.openings.retain(|it| it.until > now);
        self.known.retain(|_, known| known.age(now) <= KNOWN);
        self.known.keys().copied().collect()
    }
}

impl Known {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at)
    }

    /// A terminal that opened some time ago is open for what is left of it.
    fn as_of(&self, now: Instant) -> (Right, u32) {
        let passed_s = u32::try_from(self.age(now).as_secs()).unwrap_or(u32::MAX);
        let right = match &self.act.right {
            Right::Opened(Opened { for_s, after_s }) => Right::Opened(Opened {
                for_s: for_s.saturating_sub(passed_s),
                after_s: after_s.saturating_sub(passed_s),
            }),
            right @ (Right::Invited(_) | Right::Unreachable(_)) => right.clone(),
        };
        (right, UNDO_S.saturating_sub(passed_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    fn act(desk: &str) -> Act {
        Act {
            desk: desk.to_owned(),
            day: CivilDay::from_yyyymmdd(20_260_415).unwrap(),
            branch: "centro".parse().unwrap(),
            service: "anagrafe".parse().unwrap(),
            right: Right::Opened(Opened { for_s: 60, after_s: 0 }),
            taken_back_by: Back::Nothing,
        }
    }

    fn opened(for_s: u32) -> Right {
        Right::Opened(Opened { for_s, after_s: 0 })
    }

    #[test]
    fn an_act_sent_again_is_the_same_for_a_minute() {
        let mut acts = Acts::default();
        let (id, anagrafe) = ([1; 16], "anagrafe".parse().unwrap());
        let begun = instant();
        let at = |s| begun + Duration::from_secs(s);
        assert_eq!(acts.repeated(&id, "a", &anagrafe, begun), Ok(None));
        acts.done(id, act("a"), begun);
        assert_eq!(acts.repeated(&id, "a", &anagrafe, at(2)), Ok(Some((opened(58), 3))));
        assert_eq!(acts.repeated(&id, "a", &anagrafe, at(45)), Ok(Some((opened(15), 0))));
        assert_eq!(acts.repeated(&id, "b", &anagrafe, at(45)), Err(ActError::Another));
        assert_eq!(acts.repeated(&id, "a", &"tributi".parse().unwrap(), at(45)), Err(ActError::Another));
        assert_eq!(
            (acts.forget_old(at(60)), acts.forget_old(at(61))),
            (BTreeSet::from([id]), BTreeSet::new())
        );
        assert_eq!(acts.repeated(&id, "a", &anagrafe, at(61)), Ok(None), "forgotten");
    }

    #[test]
    fn desks_that_share_a_terminal_take_turns() {
        let mut acts = Acts::default();
        let (begun, terminal) = (instant(), KeyId::from_slice(&[7; 8]).unwrap());
        let at = |s| begun + Duration::from_secs(s);
        let free = Turn { replaces: None, after: Duration::ZERO };
        assert_eq!(acts.turn(&terminal, "a", begun), Ok(free));
        acts.opened([1; 16], "a", terminal, free, at(60));
        assert_eq!(acts.turn(&KeyId::from_slice(&[8; 8]).unwrap(), "b", begun), Ok(free), "another terminal");
        let second = Turn { replaces: None, after: Duration::from_secs(40) };
        assert_eq!(acts.turn(&terminal, "b", at(20)), Ok(second));
        acts.opened([2; 16], "b", terminal, second, at(120));
        let again = Turn { replaces: Some([1; 16]), after: Duration::from_secs(90) };
        assert_eq!(acts.turn(&terminal, "a", at(30)), Ok(again), "its own person before has left");
        acts.opened([3; 16], "a", terminal, again, at(180));
        acts.closed(&[2; 16]);
        assert_eq!(acts.turn(&terminal, "b", at(30)).unwrap().after, Duration::from_secs(150));
        assert_eq!(acts.turn(&terminal, "b", at(180)), Ok(free), "all are over");
        for (id, desk) in [(4, "c"), (5, "d")] {
            acts.opened([id; 16], desk, terminal, free, at(200));
        }
        assert_eq!(acts.turn(&terminal, "b", at(100)), Err(ActError::Queue));
    }

    #[test]
    fn an_act_is_taken_back_by_its_desk_in_time_and_stays_taken_back() {
        let mut acts = Acts::default();
        let begun = instant();
        let at = |s| begun + Duration::from_secs(s);
        acts.done([1; 16], act("a"), begun);
        assert_eq!(acts.undoable(&[1; 16], "b", at(1)), Err(ActError::TooLate));
        assert_eq!(acts.undoable(&[2; 16], "a", at(1)), Err(ActError::TooLate));
        assert_eq!(acts.undoable(&[1; 16], "a", at(8)), Err(ActError::TooLate));
        assert_eq!(acts.undoable(&[1; 16], "a", at(7)), Ok(Some(act("a"))));
        acts.undone(&[1; 16]);
        assert_eq!(acts.undoable(&[1; 16], "a", at(20)), Ok(None), "the first answer was lost");
        let again = acts.repeated(&[1; 16], "a", &"anagrafe".parse().unwrap(), at(20));
        assert_eq!(again, Err(ActError::Another), "what was taken back is not done again");
    }

    #[test]
    fn one_desk_cannot_fill_the_memory_of_all() {
        let mut acts = Acts::default();
        let anagrafe: Code = "anagrafe".parse().unwrap();
        let begun = instant();
        for number in 0..60_u8 {
            acts.done([number; 16], act("a"), begun);
        }
        assert_eq!(acts.repeated(&[99; 16], "a", &anagrafe, begun), Err(ActError::TooMany));
        assert_eq!(acts.repeated(&[99; 16], "b", &anagrafe, begun), Ok(None));
        assert_eq!(acts.repeated(&[99; 16], "a", &anagrafe, begun + Duration::from_secs(61)), Ok(None));
    }
}
