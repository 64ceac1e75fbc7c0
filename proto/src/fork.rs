//! Forks (equivocation): two different payloads that one author signed for one place (`WIRE.md` 11).
//!
//! A place is a sequence together with the id before it. Wherever two chains of one author part, their first different
//! entries stand at one place; so a proof at a place fixes the whole common prefix, and two entries of one sequence with
//! different ids before them only say that a proof exists further down. Canonical is the proof at the lowest sequence,
//! and there the two lowest ids: merging proofs in any order gives the same one.

use crate::calendar::CivilDay;
use crate::envelope::{Id, KeyId};
use crate::feed::Signed;
use crate::names::Author;
use crate::roster::Roster;

/// Two entries that prove nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// They belong to different feeds.
    #[error("the two entries have different authors")]
    Authors,
    /// They follow different entries, or stand at different sequences.
    #[error("the two entries do not stand at one place of the feed")]
    Place,
    /// They are one entry, perhaps with two signatures or in two wrappings.
    #[error("the two entries are one")]
    Same,
}

/// One side of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// Its id.
    pub id: Id,
    /// The key that signed it.
    pub key: KeyId,
    /// The day that it declares.
    pub day: CivilDay,
}

impl Variant {
    fn of(signed: &Signed) -> Self {
        Self { id: signed.id(), key: signed.key_id(), day: signed.entry().day }
    }
}

/// A proven fork, without the bytes of its proof: those are in the [`Log`](crate::replica::Log).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fork {
    sequence: u64,
    prev: Option<Id>,
    variants: [Variant; 2],
}

impl Fork {
    /// The fork that two verified entries prove.
    pub fn prove(one: &Signed, other: &Signed) -> Result<Self, ForkError> {
        let (a, b) = (one.entry(), other.entry());
        if a.author != b.author {
            return Err(ForkError::Authors);
        }
        if (a.sequence, a.prev) != (b.sequence, b.prev) {
            return Err(ForkError::Place);
        }
        if one.id() == other.id() {
            return Err(ForkError::Same);
        }
        let mut variants = [one, other].map(Variant::of);
        variants.sort_unstable();
        Ok(Self { sequence: a.sequence, prev: a.prev, variants })
    }

    /// The sequence at which the author said two things.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The id of the last common entry; `None` if they differ from the first on.
    pub fn prev(&self) -> Option<Id> {
        self.prev
    }

    /// The two sides, the lower id first.
    pub fn variants(&self) -> &[Variant; 2] {
        &self.variants
    }

    /// The ids of the two sides, the lower first.
    pub fn ids(&self) -> [Id; 2] {
        self.variants.map(|variant| variant.id)
    }

    /// Whether it proves nothing under this roster: its place is ruled or fixed by a succession, or a side does not count.
    pub fn is_void(&self, author: &Author, roster: &Roster) -> bool {
        let counts = |side: &Variant| {
            roster.permits(author, self.sequence, &side.key)
                && roster.author(author).is_none_or(|member| !member.is_away_on(side.day))
                && roster.reaches_back_to(side.day)
        };
        let is_fixed = roster.ruling(author, self.sequence).is_some()
            || (*author == Author::Root && roster.succeeded_at().is_some_and(|at| self.sequence <= at));
        is_fixed || !self.variants.iter().all(counts)
    }

    /// Whether `self` is canonical beside `other`, a fork of the same feed.
    pub fn outranks(&self, other: &Self) -> bool {
        (self.sequence, self.ids()) < (other.sequence, other.ids())
    }
}

/// A proof as it travels: the two envelopes, verified, the lower id first.
#[derive(Clone, Debug, PartialEq)]
pub struct ForkProof {
    fork: Fork,
    sides: [Signed; 2],
}

impl ForkProof {
    /// The proof that two verified entries make.
    pub fn new(one: Signed, other: Signed) -> Result<Self, ForkError> {
        let fork = Fork::prove(&one, &other)?;
        let sides = if one.id() < other.id() { [one, other] } else { [other, one] };
        Ok(Self { fork, sides })
    }

    /// Whose feed is forked.
    pub fn author(&self) -> &Author {
        let [first, _] = &self.sides;
        &first.entry().author
    }

    /// What it proves.
    pub fn fork(&self) -> Fork {
        self.fork
    }

    /// The two entries, the lower id first.
    pub fn sides(&self) -> &[Signed; 2] {
        &self.sides
    }

    /// Of all sides of two proofs at one place, the two with the lowest ids.
    pub fn merged(self, other: Self) -> Self {
        if self.fork.sequence != other.fork.sequence || self.fork.prev != other.fork.prev {
            return if other.fork.outranks(&self.fork) { other } else { self };
        }
        let [a, b] = self.sides;
        let [c, d] = other.sides;
        let mut sides = [a, b, c, d];
        sides.sort_by_key(Signed::id);
        let [first, second, third, _] = sides;
        // At most two of the four are one entry, so the three lowest hold at least two different ones.
        let second = if first.id() == second.id() { third } else { second };
        let mut variants = [&first, &second].map(Variant::of);
        variants.sort_unstable();
        Self { fork: Fork { variants, ..self.fork }, sides: [first, second] }
    }
}
