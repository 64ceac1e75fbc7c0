//! One database as it was at one moment, read while commits go on.
//!
//! The engine has no snapshots. Whoever reads one remembers how far it has come; a commit that is about to change what
//! lies beyond puts aside what stands there first. So a commit waits for a page at most, and memory holds a page and what
//! has changed since.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Batch, Scan, SledStore, StoreError};

/// Records read before commits get their turn: about a millisecond.
const PAGE_RECORDS_MAX: usize = 256;
/// Bytes read before commits get their turn; a record beyond it is a page by itself.
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes put aside for one snapshot: hours of votes. A reader that is still behind then has to begin anew.
const ASIDE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Where the one snapshot of a database stands; `None` while nobody reads one.
#[derive(Default)]
pub(super) struct Place(Mutex<Option<Reading>>);

#[derive(Default)]
struct Reading {
    /// The last key that was read; `None` before the first.
    read_to: Option<Vec<u8>>,
    /// What stood beyond it at the beginning, where a commit has changed it since; `None`: nothing.
    aside: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    aside_bytes: usize,
    /// More has changed than is put aside: the reader must begin anew.
    outrun: bool,
}

impl Place {
    /// Changes are whole insertions and removals, so a poisoned lock guards a sound place.
    fn lock(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts aside what `batch` is about to change and a snapshot has yet to read. `stands` gives what stands now.
    pub(super) fn put_aside(
        &self,
        batch: &Batch,
        stands: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut place = self.lock();
        let Some(reading) = place.as_mut().filter(|reading| !reading.outrun) else { return Ok(()) };
        for change in &batch.changes {
            let read = reading.read_to.as_ref().is_some_and(|read_to| change.key <= *read_to);
            if read || reading.aside.contains_key(&change.key) {
                continue;
            }
            let value = stands(&change.key)?;
            reading.aside_bytes += change.key.len() + value.as_ref().map_or(0, Vec::len);
            reading.aside.insert(change.key.clone(), value);
        }
        if reading.aside_bytes > ASIDE_BYTES_MAX {
            reading.outrun = true;
            reading.aside.clear();
        }
        Ok(())
    }
}

/// The records of a database at the moment of [`SledStore::begin_snapshot`], ascending.
struct Snapshot<'a> {
    store: &'a SledStore,
    page: VecDeque<(Vec<u8>, Vec<u8>)>,
    ended: bool,
}

impl SledStore {
    /// The database as it is now, between two commits.
    pub(super) fn begin_snapshot(&self) -> Result<Scan<'_>, StoreError> {
        let _between_commits = self.applying.read().unwrap_or_else(PoisonError::into_inner);
        let mut place = self.place.lock();
        if place.is_some() {
            return Err(StoreError::Busy { dir: self.dir().to_owned() });
        }
        *place = Some(Reading::default());
        Ok(Box::new(Snapshot { store: self, page: VecDeque::new(), ended: false }))
    }
}

impl Snapshot<'_> {
    /// Reads on until a page holds something or all is read.
    fn turn(&mut self) -> Result<(), StoreError> {
        while self.page.is_empty() && !self.ended {
            let _between_commits = self.store.applying.read().unwrap_or_else(PoisonError::into_inner);
            let mut place = self.store.place.lock();
            let outrun = || StoreError::Outrun { dir: self.store.dir().to_owned() };
            let reading = place.as_mut().filter(|reading| !reading.outrun).ok_or_else(outrun)?;
            let (mut records, mut bytes) = (BTreeMap::new(), 0);
            let mut last = None;
            for record in self.store.records_after(reading.read_to.as_deref()) {
                let (key, value) = record?;
                bytes += key.len() + value.len();
                last = Some(key.clone());
                records.insert(key, value);
                if records.len() >= PAGE_RECORDS_MAX || bytes >= PAGE_BYTES_MAX {
                    break;
                }
            }
            self.ended = records.len() < PAGE_RECORDS_MAX && bytes < PAGE_BYTES_MAX;
            let beyond = match &last {
                Some(last) if !self.ended => {
                    let mut beyond = reading.aside.split_off(last);
                    // The last key itself belongs to this page.
                    reading.aside.extend(beyond.remove_entry(last));
                    beyond
                }
                Some(_) | None => BTreeMap::new(),
            };
            for (key, before) in std::mem::replace(&mut reading.aside, beyond) {
                match before {
                    Some(value) => records.insert(key, value),
                    None => records.remove(&key),
                };
            }
            reading.read_to = last.or_else(|| reading.read_to.take());
            self.page = records.into_iter().collect();
        }
        Ok(())
    }
}

impl Iterator for Snapshot<'_> {
    type Item = Result<(Vec<u8>, Vec<u8>), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.turn() {
            Ok(()) => self.page.pop_front().map(Ok),
            Err(error) => {
                self.ended = true;
                self.page.clear();
                Some(Err(error))
            }
        }
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        *self.store.place.lock() = None;
    }
}
