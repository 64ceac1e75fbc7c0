//! The reference for forks: of all that it has been told is said at one place, a node keeps the two lowest ids, in whatever
//! order they came.

use super::disk::Stored;
use super::truth::Violation;
use bytes::Bytes;
use faccina_proto::{
    envelope::{Envelope, FederationId, Id},
    feed::Signed,
    names::Author,
    replica::Log,
    wire::sync::v1::{self as wire, response},
};
use std::collections::BTreeSet;

/// The sides of a fork that a node must hold once it has taken what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sides {
    author: Author,
    lowest: Vec<Id>,
    /// The root feed says which sides count, so the law is that of one state of it.
    root: u64,
}

impl Sides {
    /// Of each fork on the disk of `own` of which an answer tells more.
    pub(crate) fn expected(
        told: &wire::Response,
        own: &Author,
        stored: &Stored,
        federation: &FederationId,
    ) -> Vec<Self> {
        let Some(response::Response::Give(give)) = &told.response else { return Vec::new() };
        if !stored.sees_forks() {
            return Vec::new();
        }
        let sides = give.proofs.iter().flat_map(|proof| [&proof.first, &proof.second]);
        let told: Vec<Signed> =
            give.entries.iter().chain(sides).filter_map(|bytes| read(bytes, federation)).collect();
        let authors: BTreeSet<&Author> =
            told.iter().map(|told| &told.entry().author).filter(|author| *author != own).collect();
        let expected = authors.into_iter().filter_map(|author| {
            let held = sides_of(author, stored, federation);
            let forked_at = held.first().map(place)?;
            let told = told.iter().filter(|told| told.entry().author == *author && place(told) == forked_at);
            let all: BTreeSet<Id> = held.iter().chain(told).map(Signed::id).collect();
            let lowest = all.into_iter().take(2).collect();
            Some(Self { author: author.clone(), lowest, root: stored.last(&Author::Root) })
        });
        expected.collect()
    }

    /// Checks what is held now.
    pub(crate) fn check(
        &self,
        node: &str,
        stored: &Stored,
        federation: &FederationId,
    ) -> Result<(), Violation> {
        let held: Vec<Id> = sides_of(&self.author, stored, federation).iter().map(Signed::id).collect();
        if held == self.lowest || stored.last(&Author::Root) != self.root {
            return Ok(());
        }
        let words = |ids: &[Id]| {
            ids.iter()
                .map(|id| id.to_string().chars().take(8).collect::<String>())
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let (kept, told) = (words(&held), words(&self.lowest));
        Err(Violation::Sides { node: node.to_owned(), author: self.author.clone(), kept, told })
    }
}

fn read(bytes: &Bytes, federation: &FederationId) -> Option<Signed> {
    Signed::trusted(Envelope::parse(bytes.clone()).ok()?, federation).ok()
}

fn sides_of(author: &Author, stored: &Stored, federation: &FederationId) -> Vec<Signed> {
    stored.log.proof(author).into_iter().flatten().filter_map(|side| read(&side, federation)).collect()
}

fn place(side: &Signed) -> (u64, Option<Id>) {
    (side.entry().sequence, side.entry().prev)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::founding::key;
    use faccina_proto::{
        calendar::CivilDay,
        envelope::Kind,
        feed::{Body, Entry, seal_entry},
        replica::Change,
        wire::feed::v1 as feed,
    };

    fn federation() -> FederationId {
        FederationId::of(&key("root").verifying_key(), "Simulazione")
    }

    fn author() -> Author {
        "c_a".parse().unwrap()
    }

    fn day() -> CivilDay {
        CivilDay::from_yyyymmdd(20_260_105).unwrap()
    }

    /// Four first entries of one feed, the lowest id first.
    fn sides() -> Vec<(Id, Bytes)> {
        let side = |n: usize| {
            let body = Body::Contact(feed::Contact { addresses: vec![format!("/dns4/{n}.example/tcp/1")] });
            let entry = Entry { author: author(), sequence: 1, prev: None, day: day(), body };
            let sealed = seal_entry(&federation(), &key("c_a"), &entry).unwrap();
            (sealed.id(Kind::Entry, &federation()), sealed.bytes().clone())
        };
        let mut sides: Vec<_> = (0..4).map(side).collect();
        sides.sort();
        sides
    }

    fn proving(first: usize, second: usize) -> Stored {
        let [first, second] = [first, second].map(|side| sides()[side].1.clone());
        let mut stored = Stored::default();
        stored.apply(&[Change::Proof { author: author(), proof: [first, second] }]);
        stored
    }

    fn told(first: usize, second: usize) -> wire::Response {
        let [first, second] = [first, second].map(|side| sides()[side].1.clone());
        let give = wire::Give { proofs: vec![wire::ForkProof { first, second }], ..wire::Give::default() };
        wire::Response { response: Some(response::Response::Give(give)) }
    }

    fn judged(held: Stored, told: &wire::Response, kept: &Stored) -> Result<(), Violation> {
        let expected = Sides::expected(told, &"c_b".parse().unwrap(), &held, &federation());
        assert_eq!(expected.len(), 1);
        expected[0].check("c_b", kept, &federation())
    }

    #[test]
    fn the_two_lowest_sides_are_kept_whichever_came_first() {
        assert_eq!(judged(proving(1, 3), &told(0, 2), &proving(0, 1)), Ok(()));
        assert_eq!(judged(proving(0, 1), &told(2, 3), &proving(0, 1)), Ok(()));
        let first_come = judged(proving(1, 3), &told(0, 2), &proving(1, 3));
        assert!(matches!(first_come, Err(Violation::Sides { .. })));
    }

    #[test]
    fn of_a_fork_that_it_does_not_see_or_that_is_its_own_nothing_is_expected() {
        let none = |own: &str, held: &Stored| {
            Sides::expected(&told(0, 2), &own.parse().unwrap(), held, &federation()).is_empty()
        };
        assert!(none("c_b", &Stored::default()));
        assert!(none("c_a", &proving(1, 3)));
    }
}
