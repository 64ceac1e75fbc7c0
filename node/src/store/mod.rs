//! Where a node keeps things: ordered keys and values, changed in durable batches.
//!
//! One database per ballot-box month, one for the feeds, one for the rest ([`NODE_DIR`], [`FEEDS_DIR`],
//! [`box_dir`]): a closed month is deleted whole, and the memory and reopening time of each stay bounded.
//! What keys and values mean is written by the module that owns them; here they are bytes.
//! Deliberately absent: transactions that read, secondary indexes, several databases in one commit.

mod caught;
mod sum;
mod format;
mod memory;
mod sled;
mod snapshot;

#[cfg(test)]
pub(crate) mod contract;
#[cfg(test)]
mod damage;

use std::path::PathBuf;

use faccina_proto::calendar::Month;

pub use self::memory::MemoryStore;
pub use self::sled::{SledStore, is_there, open};

/// Directory of the database for everything but feeds and ballots, under the data directory.
pub const NODE_DIR: &str = "node.db";
/// Directory of the database of all feeds, under the data directory.
pub const FEEDS_DIR: &str = "feeds.db";
/// Bytes of a key. Ids and codes are far shorter; the engine keeps keys in memory.
pub const KEY_BYTES_MAX: usize = 512;
/// Bytes of a value. The largest is the decision to close a month, far below.
pub const VALUE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Directory of the ballot box of a month, under the data directory.
#[must_use]
pub fn box_dir(month: Month) -> String {
    format!("box-{:06}.db", month.yyyymm())
}

/// What [`Store::scan`] yields: keys with their values, ascending bytewise.
pub type Scan<'a> = Box<dyn Iterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> + Send + 'a>;

/// Ordered keys and values.
///
/// The contract, which one suite of tests holds every implementation to:
///
/// 1. **Atomic.** After a crash at any instant a batch is there whole or not at all, and so is every batch
///    committed before it.
/// 2. **Durable on return.** When `commit` returns `Ok`, process kill and power cut keep the batch. Nothing may
///    be promised to anyone (a receipt, an announcement) before it returns.
/// 3. **Ordered.** Within a batch the last change of a key wins; batches apply in the order of their commits.
/// 4. **Visible.** A reader sees every batch whose commit has returned. It may see a batch a little before it is
///    durable, so what it reads must not be promised either, unless its commit has returned.
/// 5. **Snapshots.** A snapshot holds every batch whose commit had returned when it began, and nothing of any later one,
///    however long it is read. Commits go on meanwhile.
/// 6. **Stops.** After a failed commit every later commit is refused with [`StoreError::Stopped`]: whether the
///    failed batch is on the disk is unknown until the store is opened again.
///
/// `commit` blocks for a disk flush: call it from a thread that may block, never from a worker of the runtime.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Whether the key has a value.
    fn contains(&self, key: &[u8]) -> Result<bool, StoreError>;

    /// All keys that start with `prefix`, ascending. Batches committed meanwhile may or may not be seen.
    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a>;

    /// All keys and values as they are now, ascending; one at a time. A store whose scan already is one moment needs no
    /// other.
    fn snapshot(&self) -> Result<Scan<'_>, StoreError> {
        Ok(self.scan(b""))
    }

    /// Applies the batch; durable on return. An empty batch is not written.
    fn commit(&self, batch: Batch) -> Result<(), StoreError>;
}

/// Changes that take effect together.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    key: Vec<u8>,
    /// `None` deletes.
    value: Option<Vec<u8>>,
}

impl Batch {
    /// No changes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a key.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.push(Change { key: key.into(), value: Some(value.into()) });
    }

    /// Removes a key; one that is not there is no error.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.changes.push(Change { key: key.into(), value: None });
    }

    /// Keys in order, with their values; `None` deletes.
    pub fn into_changes(self) -> impl Iterator<Item = (Vec<u8>, Option<Vec<u8>>)> {
        self.changes.into_iter().map(|change| (change.key, change.value))
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Refuses keys and values beyond the bounds before anything is written.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        for change in &self.changes {
            if change.key.len() > KEY_BYTES_MAX {
                return Err(StoreError::KeyTooLong { bytes: change.key.len() });
            }
            let bytes = change.value.as_ref().map_or(0, Vec::len);
            if bytes > VALUE_BYTES_MAX {
                return Err(StoreError::ValueTooLong { bytes });
            }
        }
        Ok(())
    }
}

/// Why a store cannot be opened, read or written. Who must act: the person who runs the node.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the database. Stop it, or speak to it through its socket.
    #[error("{} is in use by {holder}: stop it, or use its socket, and try again", dir.display())]
    Locked {
        /// The database.
        dir: PathBuf,
        /// "process 1234", or "another process" when it left no number.
        holder: String,
    },
    /// The file system refuses. Check owner, permissions and free space of the directory.
    #[error("cannot use {}: check its owner, its permissions and the free space", dir.display())]
    FileSystem {
        /// The database.
        dir: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The bytes on the disk are damaged. Restore the database from a backup.
    #[error("{} is damaged ({detail}): keep a copy of it and restore it from a backup", dir.display())]
    Damaged {
        /// The database.
        dir: PathBuf,
        /// Where or how, as far as it is known.
        detail: String,
    },
    /// A newer version of this software wrote the database. Install that version or a later one.
    #[error("{} has format {found}, this version knows up to {known}: install a newer version", dir.display())]
    Newer {
        /// The database.
        dir: PathBuf,
        /// Format found.
        found: u32,
        /// Newest format this version reads.
        known: u32,
    },
    /// A backup is being made already. Wait for its end.
    #[error("{} is being backed up already: wait until that has ended", dir.display())]
    Busy {
        /// The database.
        dir: PathBuf,
    },
    /// More has changed during a backup than is kept for it. Make the backup again, to a faster disk.
    #[error("{} changed too much while it was backed up: make the backup again, to a faster disk", dir.display())]
    Outrun {
        /// The database.
        dir: PathBuf,
    },
    /// A write failed earlier in this process. Restart the node once the disk is well.
    #[error("{} stopped after a failed write: check the disk, then restart the node", dir.display())]
    Stopped {
        /// The database.
        dir: PathBuf,
    },
    /// A key beyond its bound: a mistake in this software.
    #[error("a key has {bytes} bytes, at most {KEY_BYTES_MAX}")]
    KeyTooLong {
        /// Its length.
        bytes: usize,
    },
    /// A value beyond its bound: a mistake in this software.
    #[error("a value has {bytes} bytes, at most {VALUE_BYTES_MAX}")]
    ValueTooLong {
        /// Its length.
        bytes: usize,
    },
}
