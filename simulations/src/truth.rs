//! What must hold, and the reference model of the figures.

use faccina_proto::{
    calendar::Month,
    envelope::Id,
    names::Author,
    replica::{Change, Replica},
    summary::Summary,
    tally::{GroupKey, Votes},
};
use std::collections::BTreeMap;

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("{node} holds entry {sequence} of {author}, which its author never wrote durably")]
    Invented { node: String, author: Author, sequence: u64 },
    #[error("{node} holds another entry {sequence} of {author} than its author wrote")]
    Exchanged { node: String, author: Author, sequence: u64 },
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
    #[error("at the end {node} differs from the others: {what}")]
    Diverged { node: String, what: String },
    #[error("at the end {node} has for {month} other figures than the reference model: {what}")]
    Figures { node: String, month: Month, what: String },
    #[error("{drawn} votes were drawn, but {published} are published and {carried} carried")]
    Votes { drawn: u64, published: u64, carried: u64 },
}

/// Every entry as its author wrote it.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    written: BTreeMap<Author, Vec<Id>>,
}

impl Truth {
    /// Checks a batch that `node` has made durable. `disk` gives the last sequence of an author on its disk before.
    pub(crate) fn check(
        &mut self,
        node: &str,
        writes_for: &[Author],
        changes: &[Change],
        mut disk: impl FnMut(&Author) -> u64,
    ) -> Result<(), Violation> {
        let name = || node.to_owned();
        for change in changes {
            let stored = match change {
                Change::Put(stored) => stored,
                Change::Cut { author, after } => {
                    return Err(Violation::Lost { node: name(), author: author.clone(), after: *after });
                }
                Change::Proof { author, .. } | Change::Unprove { author } => {
                    return Err(Violation::Forked { node: name(), author: author.clone() });
                }
            };
            let (author, sequence) = (stored.author.clone(), stored.sequence);
            let last = disk(&author);
            if sequence != last + 1 {
                return Err(Violation::Gap { node: name(), author, sequence, last });
            }
            let written = self.written.entry(author.clone()).or_default();
            let place = usize::try_from(sequence - 1).unwrap_or(usize::MAX);
            match written.get(place) {
                Some(id) if *id == stored.id => {}
                Some(_) => return Err(Violation::Exchanged { node: name(), author, sequence }),
                None if writes_for.contains(&author) => written.push(stored.id),
                None => return Err(Violation::Invented { node: name(), author, sequence }),
            }
        }
        Ok(())
    }

    /// Checks that a replica holds everything ever written.
    pub(crate) fn check_whole(&self, node: &str, replica: &Replica) -> Result<(), Violation> {
        for (author, written) in &self.written {
            let held = replica.feed(author).map_or(0, |feed| feed.counted());
            if held != written.len() as u64 {
                let what = format!("it has {held} of {} entries of {author}", written.len());
                return Err(Violation::Diverged { node: node.to_owned(), what });
            }
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> usize {
        self.written.values().map(Vec::len).sum()
    }
}

/// The national months as plain sums of what the enti published.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) months: BTreeMap<Month, BTreeMap<GroupKey, (Votes, u32)>>,
}

impl Model {
    pub(crate) fn add(&mut self, summary: &Summary) {
        let cells = self.months.entry(summary.month).or_default();
        for group in summary.figures().into_iter().flat_map(|figures| &figures.groups) {
            let (votes, enti) = cells.entry(group.key.clone()).or_default();
            *votes = Votes {
                green: votes.green + group.votes.green,
                yellow: votes.yellow + group.votes.yellow,
                red: votes.red + group.votes.red,
            };
            *enti += 1;
        }
    }

    pub(crate) fn votes(&self) -> u64 {
        self.months.values().flat_map(BTreeMap::values).map(|(votes, _)| votes.n()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::replica::Stored;

    fn put(sequence: u64, id: u8) -> Change {
        let author = "c_a".parse().unwrap();
        Change::Put(Stored { author, sequence, id: Id::from_bytes([id; 32]), bytes: bytes::Bytes::new() })
    }

    #[test]
    fn what_its_author_never_wrote_is_a_violation() {
        let mut truth = Truth::default();
        let author: Author = "c_a".parse().unwrap();
        let mine = std::slice::from_ref(&author);
        assert!(matches!(truth.check("b", &[], &[put(1, 1)], |_| 0), Err(Violation::Invented { .. })));
        assert_eq!(truth.check("a", mine, &[put(1, 1)], |_| 0), Ok(()));
        assert_eq!(truth.check("b", &[], &[put(1, 1)], |_| 0), Ok(()));
        assert!(matches!(truth.check("b", &[], &[put(1, 2)], |_| 0), Err(Violation::Exchanged { .. })));
        assert!(matches!(truth.check("b", &[], &[put(1, 1)], |_| 1), Err(Violation::Gap { .. })));
        let cut = Change::Cut { author, after: 0 };
        assert!(matches!(truth.check("b", &[], &[cut], |_| 1), Err(Violation::Lost { .. })));
    }
}
