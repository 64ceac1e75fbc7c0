//! A twinning (gemellaggio): what two enti say to each other, directly and signed, from the proposal to its end, as an
//! IO-less fold (`WIRE.md` 14).
//!
//! Each side numbers its own messages and says how many of the other's it had seen. A message is judged by what its
//! sender knew, so both nodes, and every order in which the messages of the two sides meet, come to the same twinning.
//! What the world sees of it are the two [`Agreement`]s and the [`Outcome`]s in the feeds.
//!
//! Deliberately absent: delivery, storage, and who is an expert (that is DFP's word and the views').

mod message;
mod refusal;
mod terms;
#[cfg(test)]
mod tests;

pub use message::{Answer, Body, Level, Message, Proposal, Recommendation, Signed};
pub use refusal::Refusal;
pub use terms::{Achieved, Agreement, EntryFlaw, Outcome, Terms, TermsError};

use crate::calendar::CivilDay;
use crate::envelope::Id;
use crate::limits::TWINNING_MESSAGES_PER_SIDE_MAX;
use crate::names::IpaCode;
use std::fmt;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The ente that proposed.
    Learner,
    /// The ente that was asked.
    Expert,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Learner => Self::Expert,
            Self::Expert => Self::Learner,
        }
    }
}

/// How far the two sides are between themselves. Whether the agreement is concluded is in the feeds. What stands further
/// down goes before what both may have said without knowing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Proposed, not answered.
    Proposed,
    /// The expert has accepted.
    Accepted,
    /// One side has ended it.
    Ended,
    /// The expert has declined.
    Declined,
    /// The learner has taken the proposal back before it saw an answer.
    Withdrawn,
}

impl Phase {
    /// Whether there is still something to say.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Accepted)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
        })
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    Added,
    /// It was here already: a resend.
    Known,
}

/// One twinning, from the messages of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twinning {
    id: Id,
    learner: IpaCode,
    expert: IpaCode,
    proposal: Proposal,
    learner_said: Vec<Signed>,
    expert_said: Vec<Signed>,
}

impl Twinning {
    /// Begins with the proposal.
    pub fn propose(signed: Signed) -> Result<Self, Refusal> {
        let Body::Proposed(proposal) = &signed.message().body else { return Err(Refusal::UnknownProposal) };
        Ok(Self {
            id: signed.id(),
            learner: signed.message().from.clone(),
            expert: signed.message().to.clone(),
            proposal: proposal.clone(),
            learner_said: vec![signed],
            expert_said: Vec::new(),
        })
    }

    /// The twinning from what each side has said, in order and with the proposal first, as far as one follows the other: the
    /// two sides meet in an order in which nothing is said before it could be.
    pub fn fold(learner: Vec<Signed>, expert: Vec<Signed>) -> Result<Self, Refusal> {
        let (mut learner, mut expert) = (learner.into_iter().peekable(), expert.into_iter().peekable());
        let mut twinning = Self::propose(learner.next().ok_or(Refusal::UnknownProposal)?)?;
        let had = |twinning: &Self, side: Side, next: &Signed| {
            usize::try_from(next.message().seen).is_ok_and(|seen| seen <= twinning.said(side.other()).len())
        };
        loop {
            let next = learner.next_if(|next| had(&twinning, Side::Learner, next));
            let next = next.or_else(|| expert.next_if(|next| had(&twinning, Side::Expert, next)));
            let Some(next) = next else { return Ok(twinning) };
            twinning.take(next)?;
        }
    }

    /// Takes a message of either side. Messages of one side come in the order of their numbers; a resend changes nothing.
    pub fn take(&mut self, signed: Signed) -> Result<Taken, Refusal> {
        let message = signed.message();
        let side = self.side_of(&message.from).ok_or(Refusal::WrongSide)?;
        if message.to != *self.code_of(side.other()) {
            return Err(Refusal::WrongSide);
        }
        if signed.twinning() != self.id {
            return Err(Refusal::UnknownProposal);
        }
        let expected = self.next_number(side);
        if message.number < expected {
            let place = usize::try_from(message.number.saturating_sub(1)).unwrap_or(usize::MAX);
            let known = self.said(side).get(place).is_some_and(|said| said.id() == signed.id());
            return if known { Ok(Taken::Known) } else { Err(Refusal::NumberTaken(message.number)) };
        }
        if message.number > expected {
            return Err(Refusal::NumberAhead { expected, number: message.number });
        }
        self.permit(side, message.seen, &message.body)?;
        self.said_mut(side).push(signed);
        Ok(Taken::Added)
    }

    /// Whether `side`, having seen the first `seen` messages of the other, may say this next.
    fn permit(&self, side: Side, seen: u32, body: &Body) -> Result<(), Refusal> {
        let number = self.next_number(side);
        let ends = matches!(body, Body::End(_));
        if number > TWINNING_MESSAGES_PER_SIDE_MAX || (number == TWINNING_MESSAGES_PER_SIDE_MAX && !ends) {
            return Err(Refusal::TooManyMessages);
        }
        let others = self.said(side.other());
        let before = self.said(side).last().map_or(0, |last| last.message().seen);
        let others = usize::try_from(seen).ok().and_then(|seen| others.get(..seen));
        let Some(others) = others.filter(|_| seen >= before) else { return Err(Refusal::Seen { seen }) };
        let phase = phase_of([self.said(side), others]);
        let (sayer, at) = match body {
            Body::Acceptance(_) | Body::Decline(_) => (Some(Side::Expert), Phase::Proposed),
            Body::Proposed(_) | Body::Withdrawal(_) => (Some(Side::Learner), Phase::Proposed),
            Body::Checklist(_) | Body::Recommendation(_) | Body::End(_) | Body::Unknown => {
                (None, Phase::Accepted)
            }
        };
        if sayer.is_some_and(|sayer| sayer != side) {
            return Err(Refusal::WrongSide);
        }
        match phase {
            _ if matches!(body, Body::Proposed(_)) => Err(Refusal::OutOfOrder(phase)),
            phase if phase == at => Ok(()),
            Phase::Proposed | Phase::Accepted => Err(Refusal::OutOfOrder(phase)),
            Phase::Declined | Phase::Withdrawn | Phase::Ended => Err(Refusal::AfterTheEnd(phase)),
        }
    }

    /// The next message of `side`, ready to be signed; refused if its receiver would refuse it.
    pub fn next(&self, side: Side, day: CivilDay, body: Body) -> Result<Message, Refusal> {
        let seen = u32::try_from(self.said(side.other()).len()).unwrap_or(u32::MAX);
        self.permit(side, seen, &body)?;
        let (from, to) = (self.code_of(side).clone(), self.code_of(side.other()).clone());
        Ok(Message { from, to, proposal: Some(self.id), number: self.next_number(side), seen, day, body })
    }

    /// Whether it came to an agreement, ended since or not.
    pub fn was_accepted(&self) -> bool {
        matches!(self.phase(), Phase::Accepted | Phase::Ended)
    }

    /// The id of the proposal: the name of the twinning.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Who proposed it.
    pub fn learner(&self) -> &IpaCode {
        &self.learner
    }

    /// Who was asked.
    pub fn expert(&self) -> &IpaCode {
        &self.expert
    }

    /// The ente on `side`.
    pub fn code_of(&self, side: Side) -> &IpaCode {
        match side {
            Side::Learner => &self.learner,
            Side::Expert => &self.expert,
        }
    }

    /// The side that `code` is on.
    pub fn side_of(&self, code: &IpaCode) -> Option<Side> {
        [Side::Learner, Side::Expert].into_iter().find(|side| self.code_of(*side) == code)
    }

    /// What was proposed.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// What a side has said, in order.
    pub fn said(&self, side: Side) -> &[Signed] {
        match side {
            Side::Learner => &self.learner_said,
            Side::Expert => &self.expert_said,
        }
    }

    fn said_mut(&mut self, side: Side) -> &mut Vec<Signed> {
        match side {
            Side::Learner => &mut self.learner_said,
            Side::Expert => &mut self.expert_said,
        }
    }

    fn next_number(&self, side: Side) -> u32 {
        u32::try_from(self.said(side).len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How far the two sides are.
    pub fn phase(&self) -> Phase {
        phase_of([&self.learner_said, &self.expert_said])
    }

    /// What a side publishes of it: the learner without `counterpart`, the expert with the id of the learner's entry.
    pub fn agreement(&self, counterpart: Option<Id>) -> Agreement {
        Agreement {
            proposal: self.id,
            learner: self.learner.clone(),
            expert: self.expert.clone(),
            terms: self.proposal.terms.clone(),
            counterpart,
        }
    }

    /// All messages in one order that both nodes show alike: none before one that its sender had seen, the learner's
    /// first where neither knew of the other.
    pub fn conversation(&self) -> Vec<&Signed> {
        let mut both = Vec::with_capacity(self.learner_said.len() + self.expert_said.len());
        let (mut learner, mut expert) =
            (self.learner_said.iter().peekable(), self.expert_said.iter().peekable());
        let mut experts = 0;
        loop {
            let learners_turn = learner.peek().is_some_and(|next| next.message().seen <= experts);
            let next = if learners_turn || expert.peek().is_none() { learner.next() } else { None };
            match next.or_else(|| expert.next().inspect(|_| experts += 1)) {
                Some(said) => both.push(said),
                None => return both,
            }
        }
    }
}

/// A withdrawal goes before an answer that its writer had not seen: neither publishes the agreement then.
fn phase_of(said: [&[Signed]; 2]) -> Phase {
    let mut phase = Phase::Proposed;
    for signed in said.into_iter().flatten() {
        phase = phase.max(match signed.message().body {
            Body::Proposed(_) | Body::Checklist(_) | Body::Recommendation(_) | Body::Unknown => {
                Phase::Proposed
            }
            Body::Acceptance(_) => Phase::Accepted,
            Body::Decline(_) => Phase::Declined,
            Body::Withdrawal(_) => Phase::Withdrawn,
            Body::End(_) => Phase::Ended,
        });
    }
    phase
}
