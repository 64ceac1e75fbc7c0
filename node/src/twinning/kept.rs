//! One twinning as this node keeps it: the messages of both sides, how far the own ones have come, what was decided.

use faccina_proto::{
    calendar::Month,
    names::IpaCode,
    twinning::{Phase, Side, Signed, Twinning},
};

/// A twinning of this ente.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub twinning: Twinning,
    /// The side that this ente is on.
    pub side: Side,
    /// Own messages, from the first, that are durable at the other side.
    pub delivered: u32,
    /// The code with which the other side refused the own message after those; nothing is sent until more is said.
    pub refused: Option<String>,
    /// The officer has accepted, with this text; the agreement and the acceptance follow.
    pub accepting: Option<String>,
}

impl Kept {
    pub(super) fn new(twinning: Twinning, side: Side) -> Self {
        Self { twinning, side, delivered: 0, refused: None, accepting: None }
    }

    /// The ente on the other side.
    #[must_use]
    pub fn other(&self) -> &IpaCode {
        self.twinning.code_of(self.side.other())
    }

    /// What this ente has said.
    #[must_use]
    pub fn own_said(&self) -> &[Signed] {
        self.twinning.said(self.side)
    }

    /// Own messages that wait for the other node, oldest first.
    #[must_use]
    pub fn waiting(&self) -> &[Signed] {
        let delivered = usize::try_from(self.delivered).unwrap_or(usize::MAX);
        if self.refused.is_some() { &[] } else { self.own_said().get(delivered..).unwrap_or_default() }
    }

    /// Whether a message of this twinning is durable at the other side; always, if it came from there.
    #[must_use]
    pub fn is_delivered(&self, signed: &Signed) -> bool {
        let message = signed.message();
        message.from == *self.other() || message.number <= self.delivered
    }

    /// Whether the other side refused the proposal itself.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused.is_some() && self.side == Side::Learner && self.delivered == 0
    }

    /// Whether it takes up a place in `month`: proposed or accepted, and not over.
    #[must_use]
    pub fn is_open(&self, month: Month) -> bool {
        self.twinning.phase().is_open() && !self.is_refused() && month <= self.twinning.proposal().terms.to
    }

    /// The own messages from `number` on are taken back: the other side has refused that one.
    pub(super) fn without_own_from(&self, number: u32) -> Option<Twinning> {
        let own = self.twinning.code_of(self.side);
        let stays = |said: &&Signed| said.message().from != *own || said.message().number < number;
        let mut stay = self.twinning.conversation().into_iter().filter(stays).cloned();
        let mut twinning = Twinning::propose(stay.next()?).ok()?;
        // What the other side said was said without having seen what it refused.
        stay.try_for_each(|said| twinning.take(said).map(|_| ())).ok()?;
        Some(twinning)
    }

    /// Whether an acceptance is still to be carried out.
    #[must_use]
    pub fn is_accepting(&self) -> bool {
        self.accepting.is_some() && self.twinning.phase() == Phase::Proposed
    }
}
