//! What a backup says inside its seal: an opening, then parts (a file or a database each), and at the end a manifest with
//! the SHA-256 of each. One record after the other, each preceded by its length.

use std::io::{self, Read, Write};

use bytes::Bytes;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::store::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

/// The layout of what follows.
pub(super) const FORMAT: u32 = 1;
/// The longest record is one of a database, with its tags and lengths.
const RECORD_BYTES_MAX: usize = KEY_BYTES_MAX + VALUE_BYTES_MAX + 64;
/// Parts of one backup: two databases, the boxes and keys of two years, configuration.
pub(super) const PARTS_MAX: usize = 512;

#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(oneof = "Piece", tags = "1, 2, 3, 4, 5")]
    piece: Option<Piece>,
}

/// One record.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Piece {
    #[prost(message, tag = "1")]
    Opening(Opening),
    /// The part begins to which the following pieces belong.
    #[prost(message, tag = "2")]
    Part(Part),
    /// Bytes of a file.
    #[prost(bytes = "bytes", tag = "3")]
    Bytes(Bytes),
    /// A record of a database.
    #[prost(message, tag = "4")]
    Row(Row),
    /// The end.
    #[prost(message, tag = "5")]
    Manifest(Manifest),
}

/// Whose backup it is, and of when.
#[derive(Clone, PartialEq, Message)]
pub struct Opening {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    #[prost(string, tag = "2")]
    pub ipa_code: String,
    #[prost(bytes = "bytes", tag = "3")]
    pub federation: Bytes,
    /// yyyymmdd, by the clock of the node.
    #[prost(uint32, tag = "4")]
    pub day: u32,
    #[prost(string, tag = "5")]
    pub software_version: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Part {
    /// Path under the node's directory.
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(bool, tag = "2")]
    pub(super) is_database: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Row {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
}

/// What the backup holds.
#[derive(Clone, PartialEq, Message)]
pub struct Manifest {
    #[prost(message, repeated, tag = "1")]
    pub parts: Vec<Held>,
}

/// One part, as it was written.
#[derive(Clone, PartialEq, Message)]
pub struct Held {
    #[prost(string, tag = "1")]
    pub name: String,
    /// Pieces of a file, or records of a database.
    #[prost(uint64, tag = "2")]
    pub records: u64,
    /// Bytes of them all.
    #[prost(uint64, tag = "3")]
    pub bytes: u64,
    /// Over each key and value, or piece, preceded by its length as u32.
    #[prost(bytes = "bytes", tag = "4")]
    pub sha256: Bytes,
}

/// Sums a part up while it passes.
#[derive(Debug)]
pub(super) struct Sum {
    name: String,
    records: u64,
    bytes: u64,
    hash: Sha256,
}

impl Sum {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), records: 0, bytes: 0, hash: Sha256::new() }
    }

    pub(super) fn add(&mut self, pieces: &[&[u8]]) {
        self.records += 1;
        for piece in pieces {
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            self.bytes += u64::from(length);
            self.hash.update(length.to_be_bytes());
            self.hash.update(piece);
        }
    }

    pub(super) fn end(self) -> Held {
        let sha256 = Bytes::copy_from_slice(&self.hash.finalize());
        Held { name: self.name, records: self.records, bytes: self.bytes, sha256 }
    }
}

pub(super) fn write(out: &mut dyn Write, piece: Piece) -> io::Result<()> {
    let record = Record { piece: Some(piece) }.encode_to_vec();
    let length = u32::try_from(record.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&record)
}

/// The next record; `None` at the end.
pub(super) fn read(from: &mut dyn Read) -> io::Result<Option<Piece>> {
    let mut length = [0; 4];
    let mut read = 0;
    while let Some(rest) = length.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match from.read(rest)? {
            0 if read == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            some => read += some,
        }
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "a record of the backup cannot be read");
    if length > RECORD_BYTES_MAX {
        return Err(wrong());
    }
    let mut record = vec![0; length];
    from.read_exact(&mut record)?;
    Record::decode(record.as_slice()).ok().and_then(|record| record.piece).map(Some).ok_or_else(wrong)
}
