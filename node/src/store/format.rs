//! Which layout a database has, and the numbered steps from one to the next.
//!
//! Format 3. Engine keys start with one byte:
//!
//! | key | value |
//! | --- | --- |
//! | `00` "format" | the format as u32, big-endian |
//! | `00` "commits" | how many batches were committed, as u64, big-endian; each batch counts itself |
//! | `00` "sum" | the sum over all records below, as u64, big-endian |
//! | `01` key | `00` value (at most [`PART_BYTES_MAX`] bytes), or `01` then the number of parts as u32 |
//! | `02` key part (u32) | the bytes of that part of a longer value |
//!
//! Long values are split because the engine moves a page beyond 128 KiB into a file of its own, which it does
//! not sync: a leaf has fewer than 20 values, so parts of 4 KiB keep every page below.
//! Migrations are numbered by the format they lead to: format N comes with the step from N - 1, run by
//! [`admit`]'s caller before first use, in one durable batch that also writes N.
//!
//! 1. The first.
//! 2. Batches are counted. The engine takes a damaged end of its file for one that was never written; with the count, and
//!    the mark beside the file that tells how far it had come, changes that are gone are noticed.
//! 3. Records are added up: the engine also passes over damage in the middle of its file.

use std::path::Path;

use super::{StoreError, sum};

/// What leads from one format to the next: what to write, in one batch with the number of the new format.
pub(super) type Step = fn(&::sled::Db) -> ::sled::Result<::sled::Batch>;
/// The steps in order; the first leads from format 1 to format 2.
pub(super) const STEPS: [Step; 2] = [count_commits, add_up];
/// The format this version writes, and the newest it reads.
pub(super) const CURRENT: u32 = 3;
/// Bytes of a value kept in one engine record.
pub(super) const PART_BYTES_MAX: usize = 4096;

/// Engine key of the format record.
pub(super) const FORMAT_KEY: &[u8] = b"\x00format";
/// Engine key of the count of batches.
pub(super) const COMMITS_KEY: &[u8] = b"\x00commits";
/// Engine key of the sum over all records.
pub(super) const SUM_KEY: &[u8] = b"\x00sum";
const RECORD: u8 = 1;
const PART: u8 = 2;
const WHOLE_TAG: u8 = 0;
const SPLIT_TAG: u8 = 1;

/// The format of a database that says it has `found`; its steps are still to be run.
pub(super) fn admit(dir: &Path, found: &[u8]) -> Result<u32, StoreError> {
    let Ok(found) = <[u8; 4]>::try_from(found).map(u32::from_be_bytes) else {
        return Err(StoreError::Damaged { dir: dir.to_owned(), detail: "format record".to_owned() });
    };
    match found {
        0 => Err(StoreError::Damaged { dir: dir.to_owned(), detail: "format 0".to_owned() }),
        1..=CURRENT => Ok(found),
        newer => Err(StoreError::Newer { dir: dir.to_owned(), found: newer, known: CURRENT }),
    }
}

/// From format 1: nothing was counted so far.
fn count_commits(_: &::sled::Db) -> ::sled::Result<::sled::Batch> {
    let mut batch = ::sled::Batch::default();
    batch.insert(COMMITS_KEY, &0_u64.to_be_bytes());
    Ok(batch)
}

/// From format 2: what is there is taken for whole.
fn add_up(db: &::sled::Db) -> ::sled::Result<::sled::Batch> {
    let mut batch = ::sled::Batch::default();
    batch.insert(SUM_KEY, &sum::of_all(db.range(SUMMED_FROM..))?.to_be_bytes());
    Ok(batch)
}

/// Engine key of a record.
pub(super) fn record_key(key: &[u8]) -> Vec<u8> {
    let mut engine_key = Vec::with_capacity(key.len() + 1);
    engine_key.push(RECORD);
    engine_key.extend_from_slice(key);
    engine_key
}

/// The first engine key that a record can have, and the first after all of them.
pub(super) fn records() -> (Vec<u8>, Vec<u8>) {
    (vec![RECORD], vec![PART])
}

/// The first of the engine keys that are added up: records and their parts.
pub(super) const SUMMED_FROM: [u8; 1] = [RECORD];

/// The caller's key of an engine key.
pub(super) fn key_of(engine_key: &[u8]) -> Vec<u8> {
    engine_key.get(1..).unwrap_or_default().to_vec()
}

/// Engine key of one part of a long value. Keys of different length never meet: the number has a fixed width.
pub(super) fn part_key(key: &[u8], part: u32) -> Vec<u8> {
    let mut engine_key = Vec::with_capacity(key.len() + 5);
    engine_key.push(PART);
    engine_key.extend_from_slice(key);
    engine_key.extend_from_slice(&part.to_be_bytes());
    engine_key
}

/// A value as the engine holds it: one head record, and parts when it is long.
pub(super) fn split(value: &[u8]) -> (Vec<u8>, Vec<&[u8]>) {
    if value.len() <= PART_BYTES_MAX {
        let mut head = Vec::with_capacity(value.len() + 1);
        head.push(WHOLE_TAG);
        head.extend_from_slice(value);
        return (head, Vec::new());
    }
    let parts: Vec<&[u8]> = value.chunks(PART_BYTES_MAX).collect();
    let count = u32::try_from(parts.len()).expect("values have at most 8 MiB");
    let mut head = vec![SPLIT_TAG];
    head.extend_from_slice(&count.to_be_bytes());
    (head, parts)
}

/// What a head record says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    /// The value itself.
    Whole(&'a [u8]),
    /// The number of parts to read.
    Split(u32),
}

/// Reads a head record; `None` when the bytes are no head record.
pub(super) fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let (tag, rest) = bytes.split_first()?;
    match *tag {
        WHOLE_TAG => Some(Head::Whole(rest)),
        SPLIT_TAG => Some(Head::Split(u32::from_be_bytes(rest.try_into().ok()?))),
        _ => None,
    }
}
