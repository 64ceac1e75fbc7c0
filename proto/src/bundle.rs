//! All feeds in one file, for USB sticks and auditors (`WIRE.md` 12).
//!
//! `faccina/bundle/1`, then records, each a tag (u8), a length (u32 BE) and that many bytes: one header (1); the entries
//! (2) of the root feed, then of each member in roster order, a forked feed followed by its proof (3); last a manifest (4)
//! with the number of entries, the head of each feed, the digest of the replica and a hash of all ids. Ids, never
//! signatures, are hashed: whoever writes the file vouches for nothing, the entries do. Any other byte, order or end is an
//! error that names the record.

use crate::envelope::{Id, parse_key};
use crate::limits::{BUNDLE_ENTRIES_MAX, ENTRY_ENVELOPE_BYTES_MAX, RECORD_TEXT_BYTES_MAX};
use crate::names::Author;
use crate::replica::{Feed, Journal, Log, MemoryLog, Outcome, Refusal, Replica, Signatures, Strict};
use crate::roster::Federation;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::{convert::Infallible, fmt, sync::Arc};

/// With what every bundle begins.
pub const MAGIC: &[u8; 16] = b"faccina/bundle/1";
const HEADER: u8 = 1;
const ENTRY: u8 = 2;
const PROOF: u8 = 3;
const MANIFEST: u8 = 4;

/// A place in a bundle, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first 16 bytes.
    Beginning,
    /// The record that names the federation.
    Header,
    /// A record after the header.
    Record {
        /// Its number; the first after the header is 1.
        number: u64,
        /// The entry before it, if there is one.
        after: Option<(Author, u64)>,
    },
    /// The closing record.
    Manifest,
    /// What stands behind the closing record.
    End,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beginning => f.write_str("the beginning"),
            Self::Header => f.write_str("the header"),
            Self::Record { number, after: None } => write!(f, "record {number} (the first entry of root)"),
            Self::Record { number, after: Some((author, sequence)) } => {
                write!(f, "record {number} (the one after entry {sequence} of {author})")
            }
            Self::Manifest => f.write_str("the manifest"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// Why a file is no whole bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Choose another file.
    #[error("the file is no bundle of feeds")]
    NotABundle,
    /// Copy the file again.
    #[error("the file is cut off in {0}")]
    Truncated(Place),
    /// Copy the file again.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// Where.
        place: Place,
        /// What is wrong.
        what: &'static str,
    },
    /// Somebody changed the entry, or left out what it follows. Get the file from another member.
    #[error("{place} does not hold: {refusal}")]
    Refused {
        /// Where.
        place: Place,
        /// Why.
        refusal: Refusal,
    },
    /// The file belongs to another federation, or somebody signed one anew with a key of its own.
    #[error(
        "the file is of federation {found:?} with another root key than the federation file ({expected:?}) names"
    )]
    OtherFederation {
        /// The name in the federation file.
        expected: String,
        /// The name in the bundle.
        found: String,
    },
}

/// Why a bundle cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError<E> {
    /// The store has lost an entry: run `faccina check`.
    #[error("the store lacks entry {sequence} of {author}")]
    Missing {
        /// Whose.
        author: Author,
        /// Which.
        sequence: u64,
    },
    /// The file could not be written.
    #[error("cannot write the file")]
    Sink(E),
}

/// All that `replica` holds, as one file in memory.
pub fn written(replica: &Replica, log: &dyn Log) -> Result<Vec<u8>, WriteError<Infallible>> {
    let mut bytes = Vec::new();
    write(replica, log, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(bytes)
}

/// Writes all that `replica` holds, piece by piece, into `sink`.
pub fn write<E>(
    replica: &Replica,
    log: &dyn Log,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), WriteError<E>> {
    let federation = replica.federation();
    sink(MAGIC).map_err(WriteError::Sink)?;
    let mut record = |tag: u8, parts: &[&[u8]]| -> Result<(), WriteError<E>> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let (tag, length) = ([tag], length);
        let mut all = [tag.as_slice(), &length].into_iter().chain(parts.iter().copied());
        all.try_for_each(&mut *sink).map_err(WriteError::Sink)
    };
    record(
        HEADER,
        &[federation.root_key().as_bytes(), federation.successor_hash(), federation.name().as_bytes()],
    )?;
    for (author, feed) in replica.feeds() {
        let missing = |sequence| WriteError::Missing { author: author.clone(), sequence };
        for sequence in 1..=feed.held() {
            record(ENTRY, &[&log.entry(&author, sequence).ok_or_else(|| missing(sequence))?])?;
        }
        if let Some(fork) = feed.fork() {
            let [first, second] = log.proof(&author).ok_or_else(|| missing(fork.sequence()))?;
            let length = u32::try_from(first.len()).unwrap_or(u32::MAX).to_be_bytes();
            record(PROOF, &[&length, &first, &second])?;
        }
    }
    record(MANIFEST, &[&manifest(replica)])
}

/// A whole, verified bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The replica of its feeds.
    pub replica: Replica,
    /// Their entries.
    pub log: MemoryLog,
}

impl Bundle {
    /// All envelopes, in an order in which another replica can take them.
    pub fn envelopes(&self) -> impl Iterator<Item = Bytes> + '_ {
        self.replica.feeds().flat_map(move |(author, feed)| {
            let proof = feed.fork().and_then(|_| self.log.proof(&author));
            let entries = (1..=feed.held()).filter_map(move |sequence| self.log.entry(&author, sequence));
            entries.chain(proof.into_iter().flatten())
        })
    }
}

/// Reads and verifies a whole bundle. Without `federation` the file's own header is trusted: what it says is then
/// consistent, but its root is unchecked.
pub fn read(bytes: Bytes, federation: Option<&Federation>) -> Result<Bundle, BundleError> {
    read_with(bytes, federation, Arc::new(Strict))
}

/// Like [`read`], verifying with `signatures`.
pub fn read_with(
    bytes: Bytes,
    federation: Option<&Federation>,
    signatures: Arc<dyn Signatures>,
) -> Result<Bundle, BundleError> {
    if !bytes.starts_with(MAGIC) {
        let cut_off = MAGIC.starts_with(&bytes);
        return Err(if cut_off { BundleError::Truncated(Place::Beginning) } else { BundleError::NotABundle });
    }
    let mut records = Records { rest: bytes.slice(MAGIC.len()..), place: Place::Header };
    let (tag, header) = records.next()?;
    if tag != HEADER {
        return Err(records.damaged("it is of another kind"));
    }
    let found = read_header(&header).ok_or_else(|| records.damaged("it names no federation"))?;
    if let Some(expected) = federation.filter(|expected| **expected != found) {
        let (expected, found) = (expected.name().to_owned(), found.name().to_owned());
        return Err(BundleError::OtherFederation { expected, found });
    }
    let mut bundle =
        Bundle { replica: Replica::with_signatures(found, signatures), log: MemoryLog::default() };
    let mut after: Option<(Author, u64)> = None;
    for number in 1..=BUNDLE_ENTRIES_MAX {
        records.place = Place::Record { number, after: after.clone() };
        let (tag, record) = records.next()?;
        if tag == MANIFEST {
            records.place = Place::Manifest;
            if record.as_ref() != manifest(&bundle.replica) {
                return Err(records.damaged("it does not describe the entries before it"));
            }
            records.place = Place::End;
            return if records.rest.is_empty() { Ok(bundle) } else { Err(records.damaged("more follows")) };
        }
        let placed = bundle.take(tag, record, &records)?;
        if !bundle.follows(after.as_ref(), &placed) {
            return Err(records.damaged("it stands out of order"));
        }
        after = Some(placed);
    }
    Err(records.damaged("the file holds more entries than allowed"))
}

impl Bundle {
    fn take(&mut self, tag: u8, record: Bytes, records: &Records) -> Result<(Author, u64), BundleError> {
        let mut journal = Journal::new(&self.log);
        let outcome = match tag {
            ENTRY => self.replica.accept(record, None, &mut journal),
            PROOF => {
                let proof = read_proof(&record).ok_or_else(|| records.damaged("it is no proof of a fork"))?;
                self.replica.accept_proof(proof, None, &mut journal)
            }
            _ => return Err(records.damaged("it is of no known kind")),
        };
        let changes = journal.into_changes();
        let damaged = |what| Err(records.damaged(what));
        let placed = match (tag, outcome) {
            (ENTRY, Outcome::Added(signed)) => (signed.entry().author.clone(), signed.entry().sequence),
            (PROOF, Outcome::Forked { author, sequence }) => (author, sequence),
            (_, Outcome::Refused(refusal)) => {
                return Err(BundleError::Refused { place: records.place.clone(), refusal });
            }
            (_, Outcome::Known { .. }) => return damaged("it stands there twice"),
            (_, Outcome::Gap { .. }) => return damaged("entries before it are missing"),
            (
                _,
                Outcome::Detached { .. } | Outcome::Aside { .. } | Outcome::Added(_) | Outcome::Forked { .. },
            ) => {
                return damaged("it does not follow the entry before it");
            }
            (_, Outcome::Future { .. } | Outcome::Stranger(_)) => {
                return damaged("its key is not in the roster");
            }
        };
        self.log.apply(changes);
        Ok(placed)
    }

    /// Feeds stand in roster order, each whole.
    fn follows(&self, before: Option<&(Author, u64)>, placed: &(Author, u64)) -> bool {
        let rank = |author: &Author| self.replica.roster().author(author).map(|member| member.index);
        before.is_none_or(|(before, _)| rank(before) <= rank(&placed.0))
    }
}

/// The records not yet read.
struct Records {
    rest: Bytes,
    place: Place,
}

impl Records {
    fn damaged(&self, what: &'static str) -> BundleError {
        BundleError::Damaged { place: self.place.clone(), what }
    }

    fn next(&mut self) -> Result<(u8, Bytes), BundleError> {
        let truncated = |place: &Place| BundleError::Truncated(place.clone());
        let ([tag, length @ ..], _) =
            self.rest.split_first_chunk::<5>().ok_or_else(|| truncated(&self.place))?;
        let (tag, length) = (*tag, usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX));
        if tag == MANIFEST {
            self.place = Place::Manifest;
        }
        let most = match tag {
            HEADER => 64 + RECORD_TEXT_BYTES_MAX,
            ENTRY => ENTRY_ENVELOPE_BYTES_MAX,
            PROOF => 4 + 2 * ENTRY_ENVELOPE_BYTES_MAX,
            MANIFEST => usize::MAX,
            _ => return Err(self.damaged("it is of no known kind")),
        };
        if length > most {
            return Err(self.damaged("it is longer than allowed"));
        }
        if self.rest.len() - 5 < length {
            return Err(truncated(&self.place));
        }
        let record = self.rest.slice(5..5 + length);
        self.rest = self.rest.slice(5 + length..);
        Ok((tag, record))
    }
}

fn read_header(header: &[u8]) -> Option<Federation> {
    let (root_key, rest) = header.split_first_chunk::<32>()?;
    let (successor_hash, name) = rest.split_first_chunk::<32>()?;
    let name = std::str::from_utf8(name).ok()?;
    Some(Federation::new(name, parse_key(root_key).ok()?, *successor_hash))
}

fn read_proof(record: &Bytes) -> Option<[Bytes; 2]> {
    let (length, _) = record.split_first_chunk::<4>()?;
    let end = usize::try_from(u32::from_be_bytes(*length)).ok()?.checked_add(4)?;
    (end <= record.len()).then(|| [record.slice(4..end), record.slice(end..)])
}

/// u64 BE entries ‖ digest of the replica ‖ hash of header and ids ‖ for each feed u64 BE reach ‖ tag.
fn manifest(replica: &Replica) -> Vec<u8> {
    let federation = replica.federation();
    let mut hash =
        Sha256::new().chain_update(b"faccina/bundle/v1\0").chain_update(federation.id().as_bytes());
    hash.update(federation.successor_hash());
    let (mut entries, mut heads) = (0_u64, Vec::new());
    for (_, feed) in replica.feeds() {
        entries += feed.held();
        ids(feed).for_each(|id| hash.update(id.as_bytes()));
        heads.extend(feed.reach().to_be_bytes());
        heads.extend(feed.tag());
    }
    let hash: [u8; 32] = hash.finalize().into();
    [entries.to_be_bytes().as_slice(), &replica.digest(), &hash, &heads].concat()
}

fn ids(feed: &Feed) -> impl Iterator<Item = Id> + '_ {
    let links = (1..=feed.held()).filter_map(|sequence| feed.link(sequence)).map(|link| link.id);
    links.chain(feed.fork().into_iter().flat_map(|fork| fork.ids()))
}
