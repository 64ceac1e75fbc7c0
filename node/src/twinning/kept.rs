//! One twinning as this node keeps it: the messages of both sides, how far the own ones have come, what was decided.
//!
//! A store that was put back from a backup lacks what was said since. The other side has it, and hands it back: own messages
//! are put in their places, and what was said here meanwhile, which nobody else has, follows them.

use faccina_proto::{
    calendar::{CivilDay, Month},
    names::IpaCode,
    twinning::{Message, Phase, Refusal, Side, Signed, Taken, Twinning},
};
use std::collections::{BTreeMap, BTreeSet};

/// Longest code of a refusal that is kept: those of this version have at most 20 characters.
const CODE_CHARS_MAX: usize = 32;
/// Own messages kept of those that came to nothing: the last ones.
const UNTAKEN_MAX: usize = 16;

/// When a twinning came into the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its place in the order of arrival.
    pub place: u64,
    /// This node's day.
    pub day: CivilDay,
}

/// An own message that came to nothing; its text is kept for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untaken {
    /// Why, as a stable code.
    pub code: String,
    pub signed: Signed,
}

/// A twinning of this ente.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub twinning: Twinning,
    /// The side that this ente is on.
    pub side: Side,
    pub arrival: Arrival,
    /// Own messages, from the first, that are durable at the other side.
    pub delivered: u32,
    /// The code with which the other side refused the own message after those; nothing is sent until more is said.
    pub refused: Option<String>,
    /// Own messages that came to nothing, by the number they had.
    pub untaken: BTreeMap<u32, Untaken>,
    /// The most that `delivered` was since the book was opened.
    pub(super) reached: u32,
    /// The other side lacks messages of its own: how many it has been given back since the book was opened.
    pub(super) returned: Option<usize>,
}

/// What another node answered, by the ids of the messages.
pub(super) struct Answered<'a> {
    pub(super) ids: BTreeSet<&'a [u8]>,
    pub(super) refused: BTreeMap<&'a [u8], &'a str>,
    /// Verified messages of this twinning, of both sides.
    pub(super) returned: Vec<Signed>,
}

/// Signs an own message.
pub(super) type Seal<'a> = &'a dyn Fn(&Message) -> Result<Signed, Refusal>;

impl Kept {
    /// `None` if `own` is neither side.
    pub(super) fn new(twinning: Twinning, arrival: Arrival, own: &IpaCode) -> Option<Self> {
        Some(Self {
            side: twinning.side_of(own)?,
            twinning,
            arrival,
            delivered: 0,
            refused: None,
            untaken: BTreeMap::new(),
            reached: 0,
            returned: None,
        })
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

    fn others_said(&self) -> &[Signed] {
        self.twinning.said(self.side.other())
    }

    /// Own messages that wait for the other node, oldest first.
    #[must_use]
    pub fn waiting(&self) -> &[Signed] {
        let delivered = usize::try_from(self.delivered).unwrap_or(usize::MAX);
        if self.refused.is_some() { &[] } else { self.own_said().get(delivered..).unwrap_or_default() }
    }

    /// What the next delivery holds of it: what waits, and before it what the other side lacks of its own.
    pub(super) fn to_deliver(&self) -> Vec<Signed> {
        let Some(returned) = self.returned.filter(|_| !self.waiting().is_empty()) else {
            return self.waiting().to_vec();
        };
        let returned = u32::try_from(returned).unwrap_or(u32::MAX);
        let lacks = |said: &&Signed| {
            let known = if said.message().from == *self.other() { returned } else { self.delivered };
            said.message().number > known
        };
        self.twinning.conversation().into_iter().filter(lacks).cloned().collect()
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
        let proposed = self.twinning.phase() == Phase::Proposed;
        self.refused.is_some() && self.side == Side::Learner && self.delivered == 0 && proposed
    }

    /// Whether it takes up a place in `month`: proposed or accepted, and not over.
    #[must_use]
    pub fn is_open(&self, month: Month) -> bool {
        self.twinning.phase().is_open() && !self.is_refused() && month <= self.twinning.proposal().terms.to
    }

    /// The same with what waits signed anew. Ids stay, they cover what is said and not who signs it.
    pub(super) fn seal_again(&self, seal: Seal<'_>) -> Option<Self> {
        let (delivered, waiting) = self.own_said().split_at_checked(usize::try_from(self.delivered).ok()?)?;
        let (mut again, others) = (self.clone(), self.others_said().to_vec());
        let mut waiting = waiting.iter();
        again.twinning = match self.side {
            Side::Learner if delivered.is_empty() && others.is_empty() => {
                Twinning::propose(seal(waiting.next()?.message()).ok()?).ok()?
            }
            Side::Learner => Twinning::fold(delivered.to_vec(), others).ok()?,
            Side::Expert => Twinning::fold(others, delivered.to_vec()).ok()?,
        };
        for said in waiting {
            again.twinning.take(seal(said.message()).ok()?).ok()?;
        }
        let is_whole = again.twinning.conversation().len() == self.twinning.conversation().len();
        is_whole.then_some(again)
    }

    /// Follows an answer of the other side: own messages count as delivered as far as they are named without a gap. Tells
    /// whether it brought anything further than before.
    pub(super) fn follow(&mut self, answered: &Answered<'_>, seal: Seal<'_>) -> bool {
        let (from_the_start, reached) = (self.delivered == 0, self.reached);
        let mut goes_on = false;
        if let Some(returned) = self.returned {
            let lacking = self.others_said().iter().skip(returned);
            let more =
                lacking.take_while(|said| answered.ids.contains(said.id().as_bytes().as_slice())).count();
            self.returned = Some(returned.saturating_add(more));
            goes_on = more > 0;
        }
        for signed in self.waiting().to_vec() {
            if answered.ids.contains(signed.id().as_bytes().as_slice()) {
                self.delivered = signed.message().number;
                continue;
            }
            let Some(code) = answered.refused.get(signed.id().as_bytes().as_slice()) else { break };
            if *code == Refusal::NumberTaken(0).code() && self.regain(&answered.returned, seal) {
                goes_on = true;
            } else if !self.gives_again(code, from_the_start) {
                self.take_back(signed.message().number, code);
                goes_on = true;
            }
            break;
        }
        self.reached = self.reached.max(self.delivered);
        if self.waiting().is_empty() {
            self.returned = None;
            return true;
        }
        goes_on || self.reached > reached
    }

    /// Whether the other side lacks something that it is given with the next delivery.
    fn gives_again(&mut self, code: &str, from_the_start: bool) -> bool {
        let unknown = code == Refusal::UnknownProposal.code();
        let again =
            (unknown || code == Refusal::NumberAhead { expected: 0, number: 0 }.code()) && !from_the_start;
        if again {
            self.delivered = 0;
        }
        let lacks_own = code == Refusal::Seen { seen: 0 }.code() || (unknown && self.side == Side::Expert);
        let returns = lacks_own && self.returned.is_none_or(|returned| returned < self.others_said().len());
        if returns {
            self.returned.get_or_insert(0);
        }
        again || returns
    }

    /// The own messages from `number` on come to nothing. Without its proposal there is no twinning: that one stays.
    fn take_back(&mut self, number: u32, code: &str) {
        let code: String = code.chars().take(CODE_CHARS_MAX).collect();
        let said = |said: &&Signed| said.message().number >= number;
        let lost: Vec<_> = self.own_said().iter().filter(said).cloned().collect();
        let stays = |said: &&Signed| said.message().from == *self.other() || said.message().number < number;
        let mut stay = self.twinning.conversation().into_iter().filter(stays).cloned();
        let shorter =
            stay.next().and_then(|proposal| Twinning::propose(proposal).ok()).and_then(|mut shorter| {
                // What the other side said was said without having seen what it refused.
                stay.try_for_each(|said| shorter.take(said).map(drop)).ok().map(|()| shorter)
            });
        drop(stay);
        if let Some(shorter) = shorter {
            self.twinning = shorter;
            lost.into_iter().for_each(|signed| self.keep_untaken(&code, signed));
        }
        self.refused = Some(code);
    }

    fn keep_untaken(&mut self, code: &str, signed: Signed) {
        self.untaken.insert(signed.message().number, Untaken { code: code.to_owned(), signed });
        while self.untaken.len() > UNTAKEN_MAX {
            self.untaken.pop_first();
        }
    }

    /// Takes in verified messages that this side has lost; what has their numbers and was said since follows them, as far
    /// as it can still be said. Tells whether there was anything new.
    pub(super) fn regain(&mut self, returned: &[Signed], seal: Seal<'_>) -> bool {
        let (mut displaced, mut regained) = (Vec::new(), false);
        let id = self.twinning.id();
        for signed in returned.iter().filter(|signed| signed.twinning() == id) {
            regained |= if signed.message().from == *self.other() {
                self.twinning.take(signed.clone()) == Ok(Taken::Added)
            } else {
                self.put_back(signed, &mut displaced)
            };
        }
        for lost in displaced {
            let message = lost.message();
            let again = self.twinning.next(self.side, message.day, message.body.clone());
            let said = again.and_then(|message| seal(&message)).and_then(|signed| self.twinning.take(signed));
            if let Err(refusal) = said {
                self.keep_untaken(refusal.code(), lost);
            }
        }
        regained
    }

    /// Puts an own message in its place, which nothing that the other side has may hold.
    fn put_back(&mut self, signed: &Signed, displaced: &mut Vec<Signed>) -> bool {
        let number = signed.message().number;
        let place = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        if number <= self.delivered {
            return false;
        }
        if self.own_said().get(place).is_none_or(|said| said.id() != signed.id()) {
            let mut own = self.own_said().to_vec();
            let lost = own.split_off(place.min(own.len()));
            own.push(signed.clone());
            let length = own.len();
            let others = self.others_said().to_vec();
            let folded = match self.side {
                Side::Learner => Twinning::fold(own, others),
                Side::Expert => Twinning::fold(others, own),
            };
            let fits = |folded: &Twinning| length == place + 1 && folded.said(self.side).len() == length;
            let Some(folded) = folded.ok().filter(fits) else { return false };
            self.twinning = folded;
            displaced.extend(lost);
        }
        self.delivered = number;
        true
    }
}
