//! All feeds in the feeds database, for the replica and the sync machine to read.
//!
//! Keys: `e/<author>/<sequence, u64 big-endian>` holds the exact envelope; `f/<author>` holds the two envelopes that
//! prove a fork, each after its length as u32 big-endian. Authors contain no `/`.

use crate::store::{Batch, Store, StoreError};
use bytes::Bytes;
use faccina_proto::{
    names::Author,
    replica::{Change, Log},
};
use std::sync::Arc;

/// The feeds of all members, as the store holds them.
#[derive(Clone, Debug)]
pub struct FeedLog {
    store: Arc<dyn Store>,
}

impl FeedLog {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Applies the changes as one batch; durable on return. Blocks for a disk flush.
    pub fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for change in changes {
            match change {
                Change::Put(stored) => {
                    batch.put(entry_key(&stored.author, stored.sequence), stored.bytes.to_vec());
                }
                Change::Cut { author, after } => self.cut(&mut batch, author, *after)?,
                Change::Proof { author, proof } => batch.put(proof_key(author), encode_proof(proof)),
                Change::Unprove { author } => batch.delete(proof_key(author)),
            }
        }
        self.store.commit(batch)
    }

    /// Entries put earlier in the same batch are cut by the replica itself, before it says what to put.
    fn cut(&self, batch: &mut Batch, author: &Author, after: u64) -> Result<(), StoreError> {
        let first_gone = entry_key(author, after.saturating_add(1));
        for row in self.store.scan(&feed_prefix(author)) {
            let (key, _) = row?;
            if key >= first_gone {
                batch.delete(key);
            }
        }
        Ok(())
    }

    fn read(&self, key: &[u8]) -> Option<Bytes> {
        match self.store.get(key) {
            Ok(value) => value.map(Bytes::from),
            Err(error) => {
                tracing::error!(%error, "the feeds cannot be read");
                None
            }
        }
    }
}

impl Log for FeedLog {
    fn entry(&self, author: &Author, sequence: u64) -> Option<Bytes> {
        self.read(&entry_key(author, sequence))
    }

    fn proof(&self, author: &Author) -> Option<[Bytes; 2]> {
        decode_proof(&self.read(&proof_key(author))?)
    }
}

fn feed_prefix(author: &Author) -> Vec<u8> {
    [b"e/", author.as_str().as_bytes(), b"/"].concat()
}

fn entry_key(author: &Author, sequence: u64) -> Vec<u8> {
    [feed_prefix(author).as_slice(), &sequence.to_be_bytes()].concat()
}

fn proof_key(author: &Author) -> Vec<u8> {
    [b"f/", author.as_str().as_bytes()].concat()
}

fn encode_proof(proof: &[Bytes; 2]) -> Vec<u8> {
    let side = |bytes: &Bytes| {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        [length.to_be_bytes().as_slice(), bytes].concat()
    };
    proof.iter().flat_map(side).collect()
}

fn decode_proof(bytes: &Bytes) -> Option<[Bytes; 2]> {
    let (first, rest) = split_side(bytes.clone())?;
    let (second, rest) = split_side(rest)?;
    rest.is_empty().then_some([first, second])
}

fn split_side(mut bytes: Bytes) -> Option<(Bytes, Bytes)> {
    let length = u32::from_be_bytes(*bytes.first_chunk::<4>()?);
    let rest = bytes.split_off(4);
    let length = usize::try_from(length).ok().filter(|length| *length <= rest.len())?;
    Some((rest.slice(..length), rest.slice(length..)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use faccina_proto::{envelope::Id, replica::Stored};

    fn put(author: &Author, sequence: u64) -> Change {
        let bytes = Bytes::from(format!("{author} {sequence}"));
        Change::Put(Stored { author: author.clone(), sequence, id: Id::from_bytes([0; 32]), bytes })
    }

    #[test]
    fn a_cut_takes_the_rest_of_one_feed_only() {
        let log = FeedLog::new(Arc::new(MemoryStore::default()));
        let (one, other): (Author, Author) = ("c_a".parse().unwrap(), "c_a1".parse().unwrap());
        let changes: Vec<Change> = (1..=300).map(|it| put(&one, it)).chain([put(&other, 300)]).collect();
        log.apply(&changes).unwrap();
        log.apply(&[Change::Cut { author: one.clone(), after: 255 }, put(&one, 256)]).unwrap();
        assert_eq!(log.entry(&one, 255).unwrap(), "c_a 255");
        assert!(log.entry(&one, 256).is_some());
        assert_eq!(log.entry(&one, 257), None);
        assert!(log.entry(&other, 300).is_some());
    }

    #[test]
    fn a_proof_is_read_as_written_and_damage_is_none() {
        let log = FeedLog::new(Arc::new(MemoryStore::default()));
        let author = Author::Root;
        let proof = [Bytes::from_static(b"one"), Bytes::from_static(b"another")];
        log.apply(&[Change::Proof { author: author.clone(), proof: proof.clone() }]).unwrap();
        assert_eq!(log.proof(&author), Some(proof.clone()));
        log.apply(&[Change::Unprove { author: author.clone() }]).unwrap();
        assert_eq!(log.proof(&author), None);
        let whole = encode_proof(&proof);
        for end in 0..whole.len() {
            assert_eq!(decode_proof(&Bytes::copy_from_slice(&whole[..end])), None);
        }
    }
}
