//! The as-of vector of a national month, and the views exactly as they stood at it.
//!
//! A vector names the last root entry, for each roster index the last counted entry, and the forks without a ruling;
//! the observer's own position is the `prev` of the entry that carries the vector. Everything a view depends on (roster,
//! revocations, rulings, catalogue, summaries, forks) is replayed up to those positions and no further, so whoever
//! holds the entries computes the same tables, whenever it does so.

use super::{Feeds, Held, Views};
use faccina_proto::{
    envelope::Id,
    names::{Author, IpaCode},
    roster::{Federation, Roster},
    wire::feed::v1 as wire,
};
use sha2::{Digest, Sha256};

/// Longest `counted` of a vector, in bytes as packed varints. 5,966 enti with sequences below 16,384 need 12 KiB.
pub const COUNTED_BYTES_MAX: usize = 16 * 1024;

/// Why the views at a vector cannot be had here. Each names the entry that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AsOfError {
    /// The observer's entry is unusable; DFP must publish a restatement.
    #[error("the as-of vector is malformed: {0}")]
    Malformed(&'static str),
    /// The entry is not held here: synchronise, or import a newer bundle.
    #[error("entry {sequence} of {author}, which the as-of vector counts, is not held")]
    NotHeld { author: Author, sequence: u64 },
    /// The vector was computed from other entries than those held: somebody changed history. Ask DFP.
    #[error("entry {sequence} of {author} is not the one the as-of vector counts")]
    OtherEntry { author: Author, sequence: u64 },
    /// As above, and the hash does not tell whose entry it is.
    #[error("the entries at the counted sequences are not those the as-of vector was computed from")]
    OtherEntries,
    /// The vector counts beyond a fork: DFP must publish a restatement.
    #[error("the feed of {author} forks at entry {fork}, and the as-of vector counts up to {sequence}")]
    BeyondFork { author: Author, fork: u64, sequence: u64 },
    /// The proof has not arrived yet: synchronise, or import a newer bundle.
    #[error("the as-of vector says that the feed of {author} was forked, and no proof of it is held")]
    ForkNotProven { author: Author },
    /// The vector is longer than allowed; the federation has outgrown it.
    #[error("the as-of vector needs {bytes} bytes, at most {COUNTED_BYTES_MAX}")]
    TooLong { bytes: usize },
}

/// The vector of everything held in `feeds` now, as the observer `observer` publishes it.
pub fn now(views: &Views, feeds: &dyn Feeds, observer: &IpaCode) -> Result<wire::AsOf, AsOfError> {
    let (root_sequence, root_id) =
        feeds.head(&Author::Root).ok_or(AsOfError::Malformed("no root entry is held"))?;
    let mut counted = Vec::new();
    let mut forked = Vec::new();
    let mut ids = Sha256::new();
    for (index, code) in (0_u32..).zip(views.roster().members().iter().map(|member| &member.code)) {
        let author = Author::Member(code.clone());
        let head = if *code == *observer { None } else { feeds.head(&author) };
        let (sequence, id) = head.unwrap_or((0, Id::from_bytes([0; 32])));
        counted.push(sequence);
        ids.update(id.as_bytes());
        if feeds.forked_at(&author).is_some() {
            forked.push(index);
        }
    }
    let bytes = counted.iter().map(|sequence| prost::encoding::encoded_len_varint(*sequence)).sum();
    if bytes > COUNTED_BYTES_MAX {
        return Err(AsOfError::TooLong { bytes });
    }
    Ok(wire::AsOf {
        root_sequence,
        root_id: root_id.as_bytes().to_vec().into(),
        counted,
        ids_hash: ids.finalize().to_vec().into(),
        forked,
    })
}

/// The views at `as_of`, as carried by entry `sequence` of `observer`, whose `prev` is `prev`.
pub fn views_at(
    federation: &Federation,
    feeds: &dyn Feeds,
    as_of: &wire::AsOf,
    observer: &IpaCode,
    sequence: u64,
    present: &Roster,
) -> Result<Views, AsOfError> {
    let mut views = Views::new(federation);
    let root_id = replay(&mut views, feeds, &Author::Root, as_of.root_sequence)?;
    if root_id.map(|id| id.as_bytes().to_vec()) != Some(as_of.root_id.to_vec()) {
        return Err(AsOfError::OtherEntry { author: Author::Root, sequence: as_of.root_sequence });
    }
    replay(&mut views, feeds, &Author::Member(observer.clone()), sequence.saturating_sub(1))?;
    let members: Vec<IpaCode> = views.roster().members().iter().map(|member| member.code.clone()).collect();
    if as_of.counted.len() != members.len() {
        return Err(AsOfError::Malformed("it does not name every member of the roster, or names more"));
    }
    let mut ids = Sha256::new();
    for (code, counted) in members.iter().zip(&as_of.counted) {
        let author = Author::Member(code.clone());
        let id = if code == observer { None } else { replay(&mut views, feeds, &author, *counted)? };
        ids.update(id.unwrap_or(Id::from_bytes([0; 32])).as_bytes());
    }
    if as_of.ids_hash.as_ref() != ids.finalize().as_slice() {
        return Err(AsOfError::OtherEntries);
    }
    for index in &as_of.forked {
        let place = usize::try_from(*index).ok();
        let member = place.and_then(|place| Some((members.get(place)?, as_of.counted.get(place)?)));
        let (code, counted) =
            member.ok_or(AsOfError::Malformed("it names a forked feed beyond the roster"))?;
        let author = Author::Member(code.clone());
        // A ruling or a revocation that came later ended the fork, and its proof is gone with it.
        let ended = (*counted..=counted.saturating_add(1)).any(|at| present.ruling(&author, at).is_some());
        if feeds.forked_at(&author).is_none() && !ended {
            return Err(AsOfError::ForkNotProven { author });
        }
        views.forked.insert(code.clone());
    }
    Ok(views)
}

/// Applies entries 1 to `last` of `author`; the id of the last one, `None` when `last` is 0.
fn replay(views: &mut Views, feeds: &dyn Feeds, author: &Author, last: u64) -> Result<Option<Id>, AsOfError> {
    let mut id = None;
    for sequence in 1..=last {
        let Some(Held { id: held, entry }) = feeds.entry(author, sequence) else {
            return Err(match feeds.forked_at(author) {
                Some(fork) if fork <= last => {
                    AsOfError::BeyondFork { author: author.clone(), fork, sequence: last }
                }
                _ => AsOfError::NotHeld { author: author.clone(), sequence },
            });
        };
        views.apply(held, &entry);
        id = Some(held);
    }
    Ok(id)
}
