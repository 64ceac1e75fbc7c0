//! The reference for the feeds: who wrote what, what was planted, and what nobody may do.

use super::disk::Stored;
use faccina_proto::{
    calendar::Month,
    envelope::Id,
    names::Author,
    replica::{Change, Replica},
    wire::sync::v1 as wire,
};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("{node} holds entry {sequence} of {author}, which its author never wrote durably")]
    Invented { node: String, author: Author, sequence: u64 },
    #[error("{author} wrote two entries {sequence}, without a planted cause")]
    ForkedItself { author: Author, sequence: u64 },
    #[error("{node} wrote entry {sequence} of {author} after entry {last}")]
    Gap { node: String, author: Author, sequence: u64, last: u64 },
    #[error("{node} lost entries of {author} after {after}")]
    Lost { node: String, author: Author, after: u64 },
    #[error("{node} sees a fork of {author}, who never forked")]
    Forked { node: String, author: Author },
    #[error("{node} found another replica after its restart than it had written")]
    Restart { node: String },
    #[error("{node} accuses {peer} without cause: {misbehaviour}")]
    Accused { node: String, peer: String, misbehaviour: String },
    #[error("{node} raised an alarm without cause: {alarm}")]
    Alarmed { node: String, alarm: String },
    #[error("{node} has another digest than was had with the same entries")]
    Digests { node: String },
    #[error("{node} keeps {kept} of the fork of {author}, and was told of {told}")]
    Sides { node: String, author: Author, kept: String, told: String },
    #[error("{node} says that place {index} of the roster stands at entry {sequence}, which is another's")]
    Misplaced { node: String, index: u32, sequence: u64 },
    #[error("{node} counts a ballot in {months:?}")]
    CountedTwice { node: String, months: Vec<Month> },
    #[error("{node} has a tally of {month} that is not the sum of its ballots")]
    Tally { node: String, month: Month },
    #[error("{node} counts two ballots of one invite")]
    InviteTwice { node: String },
    #[error("{node} lost a ballot of {month} for which it had given a receipt")]
    ReceiptLost { node: String, month: Month },
    #[error("{node} gave a ballot a receipt for {first} and then one for {second}")]
    ReceiptChanged { node: String, first: Month, second: Month },
    #[error("{node} refused a ballot without cause: {refusal}")]
    Refused { node: String, refusal: String },
    #[error("{node} closed {month} with other votes than were cast: {what}")]
    Closed { node: String, month: Month, what: String },
    #[error("at the end {node} differs: {what}")]
    Diverged { node: String, what: String },
    #[error("at the end {node} has for {month} other figures than the reference model: {what}")]
    Figures { node: String, month: Month, what: String },
    #[error("at the end {node} holds entry {sequence} of {author}, which no ruling allows")]
    Forbidden { node: String, author: Author, sequence: u64 },
}

/// Who wrote an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    Author,
    /// Somebody with the author's key.
    Planted,
    /// The same, and a ruling says that it counts.
    Ruled,
}

/// Every entry that was ever signed.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    written: BTreeMap<Author, BTreeMap<u64, BTreeMap<Id, Hand>>>,
    /// Authors whose key somebody else has, or who say two things: their entries may be cut and their feed may fork.
    excused: BTreeSet<Author>,
    /// The author of each place in the roster, in the order of first admission.
    places: Vec<Author>,
}

impl Truth {
    /// An author has written an entry durably.
    pub(crate) fn wrote(&mut self, author: &Author, sequence: u64, id: Id) -> Result<(), Violation> {
        let beside = self.written.entry(author.clone()).or_default().entry(sequence).or_default();
        let own = beside.iter().any(|(other, hand)| *other != id && *hand == Hand::Author);
        if own && !self.excused.contains(author) {
            return Err(Violation::ForkedItself { author: author.clone(), sequence });
        }
        beside.entry(id).or_insert(Hand::Author);
        Ok(())
    }

    /// Somebody signs an entry with an author's key.
    pub(crate) fn plant(&mut self, author: &Author, sequence: u64, id: Id) {
        self.excused.insert(author.clone());
        let beside = self.written.entry(author.clone()).or_default().entry(sequence).or_default();
        beside.insert(id, Hand::Planted);
    }

    pub(crate) fn excuse(&mut self, author: &Author) {
        self.excused.insert(author.clone());
    }

    pub(crate) fn is_excused(&self, author: &Author) -> bool {
        self.excused.contains(author)
    }

    /// The entry that DFP says counts at a place, of those that are held somewhere: the author's own where there is one.
    pub(crate) fn ruled(&mut self, author: &Author, sequence: u64, held: &BTreeSet<Id>) -> Option<Id> {
        let beside = self.written.get_mut(author)?.get_mut(&sequence)?;
        let known = || beside.iter().filter(|(id, _)| held.contains(id));
        let own = known().find(|(_, hand)| **hand == Hand::Author);
        let (id, hand) = own.or_else(|| known().next()).map(|(id, hand)| (*id, *hand))?;
        if hand == Hand::Planted {
            beside.insert(id, Hand::Ruled);
        }
        Some(id)
    }

    /// A revocation takes away what an author wrote after `last` with the stolen key.
    pub(crate) fn withdraw(&mut self, author: &Author, last: u64) {
        let written =
            self.written.get_mut(author).into_iter().flat_map(|written| written.range_mut(last + 1..));
        written.flat_map(|(_, ids)| ids.values_mut()).for_each(|hand| *hand = Hand::Planted);
    }

    pub(crate) fn admitted(&mut self, author: Author) {
        self.places.push(author);
    }

    /// The last entry of an author that is its own or was ruled to be.
    pub(crate) fn last_own(&self, author: &Author) -> Option<(u64, Id)> {
        self.own_before_last(author, 0)
    }

    /// The one `back` places before it, but not before the first.
    pub(crate) fn own_before_last(&self, author: &Author, back: u64) -> Option<(u64, Id)> {
        let own = |ids: &BTreeMap<Id, Hand>| {
            ids.iter().find(|(_, hand)| **hand != Hand::Planted).map(|(id, _)| *id)
        };
        let written = self.written.get(author)?;
        let last = written.iter().rev().find_map(|(sequence, ids)| own(ids).map(|_| *sequence))?;
        let sequence = last.saturating_sub(back).max(1);
        Some((sequence, own(written.get(&sequence)?)?))
    }

    /// Checks a change that `node` has made; `last` is the last sequence of the author on its disk before.
    pub(crate) fn check(&self, node: &str, change: &Change, last: u64) -> Result<(), Violation> {
        let name = || node.to_owned();
        match change {
            Change::Put(stored) => {
                let (author, sequence) = (stored.author.clone(), stored.sequence);
                if sequence != last + 1 {
                    return Err(Violation::Gap { node: name(), author, sequence, last });
                }
                let known = self.written.get(&author).and_then(|written| written.get(&sequence));
                if known.is_some_and(|ids| ids.contains_key(&stored.id)) {
                    Ok(())
                } else {
                    Err(Violation::Invented { node: name(), author, sequence })
                }
            }
            Change::Cut { author, after } if !self.excused.contains(author) => {
                Err(Violation::Lost { node: name(), author: author.clone(), after: *after })
            }
            Change::Proof { author, .. } | Change::Unprove { author } if !self.excused.contains(author) => {
                Err(Violation::Forked { node: name(), author: author.clone() })
            }
            Change::Cut { .. } | Change::Proof { .. } | Change::Unprove { .. } => Ok(()),
        }
    }

    /// Checks what a node says of the places in the roster: they never move.
    pub(crate) fn check_heads(&self, node: &str, heads: &[wire::MemberHead]) -> Result<(), Violation> {
        for head in heads.iter().filter(|head| !head.forked) {
            let author = usize::try_from(head.index).ok().and_then(|index| self.places.get(index));
            let written = author.and_then(|author| self.written.get(author)?.get(&head.sequence));
            if !written.is_some_and(|ids| ids.keys().any(|id| id.as_bytes().starts_with(&head.tag))) {
                let (index, sequence) = (head.index, head.sequence);
                return Err(Violation::Misplaced { node: node.to_owned(), index, sequence });
            }
        }
        Ok(())
    }

    /// Checks at the end that a replica holds all that its authors wrote, and nothing that somebody else wrote for them.
    pub(crate) fn check_whole(
        &self,
        node: &str,
        replica: &Replica,
        stored: &Stored,
    ) -> Result<(), Violation> {
        for (author, written) in &self.written {
            let held = replica.feed(author).map_or(0, |feed| feed.counted());
            let wrote = written.len() as u64;
            if held != wrote && !self.excused.contains(author) {
                let what = format!("it has {held} of {wrote} entries of {author}");
                return Err(Violation::Diverged { node: node.to_owned(), what });
            }
            for (sequence, ids) in written {
                let held = stored.id(author, *sequence).and_then(|id| ids.get(&id));
                if held == Some(&Hand::Planted) {
                    let (author, sequence) = (author.clone(), *sequence);
                    return Err(Violation::Forbidden { node: node.to_owned(), author, sequence });
                }
            }
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> usize {
        self.written.values().map(BTreeMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::replica::Stored as Put;

    fn author() -> Author {
        "c_a".parse().unwrap()
    }

    fn id(byte: u8) -> Id {
        Id::from_bytes([byte; 32])
    }

    fn put(sequence: u64, byte: u8) -> Change {
        Change::Put(Put { author: author(), sequence, id: id(byte), bytes: bytes::Bytes::new() })
    }

    #[test]
    fn what_its_author_never_wrote_is_a_violation() {
        let mut truth = Truth::default();
        assert!(matches!(truth.check("b", &put(1, 1), 0), Err(Violation::Invented { .. })));
        truth.wrote(&author(), 1, id(1)).unwrap();
        assert_eq!(truth.check("b", &put(1, 1), 0), Ok(()));
        assert!(matches!(truth.check("b", &put(1, 2), 0), Err(Violation::Invented { .. })));
        assert!(matches!(truth.check("b", &put(1, 1), 1), Err(Violation::Gap { .. })));
        let cut = Change::Cut { author: author(), after: 0 };
        assert!(matches!(truth.check("b", &cut, 1), Err(Violation::Lost { .. })));
    }

    #[test]
    fn only_a_planted_cause_excuses_two_entries_at_one_place() {
        let mut truth = Truth::default();
        truth.wrote(&author(), 1, id(1)).unwrap();
        assert!(matches!(truth.wrote(&author(), 1, id(2)), Err(Violation::ForkedItself { .. })));
        truth.plant(&author(), 1, id(3));
        assert_eq!(truth.wrote(&author(), 1, id(2)), Ok(()));
    }

    #[test]
    fn a_place_in_the_roster_that_tells_of_anothers_entries_is_a_violation() {
        let mut truth = Truth::default();
        truth.wrote(&author(), 1, id(1)).unwrap();
        [author(), "c_b".parse().unwrap()].into_iter().for_each(|author| truth.admitted(author));
        let head = |index| wire::MemberHead { index, sequence: 1, tag: vec![1; 8].into(), forked: false };
        assert_eq!(truth.check_heads("b", &[head(0)]), Ok(()));
        assert!(matches!(truth.check_heads("b", &[head(1)]), Err(Violation::Misplaced { .. })));
    }
}
