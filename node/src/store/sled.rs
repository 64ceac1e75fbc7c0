//! The store on disk: sled 0.34, made durable.
//!
//! sled's `flush` calls `sync_file_range`, which survives a killed process but not a power cut; after each flush
//! one `sync_data` on the database file makes the batch durable. A new database gets one record at once, and the
//! directories above it are synced, so that the file itself survives.
//! Writing happens in commits only: sled's own timed flush is off.
//!
//! What is damaged is said, never served: sled's panics on damage end here as errors, and a damaged end of its file, which
//! it takes for one that was never written, is noticed by the mark: beside the file stands how many batches it held.
//! Damage in its middle, which it passes over, is noticed by the sum over all records.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::ops::Bound;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use super::caught::caught;
use super::format::{self, Head, Step};
use super::snapshot::Place;
use super::{Batch, Scan, Store, StoreError, sum};

/// Bytes of sled's page cache for one database, counted as on the disk: in memory they take about twice that. Measured
/// while 200,000 records were written: 16 MiB gain a tenth over 4 MiB and hold 13 MiB more.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// Held locked while the database is open, so that a second process learns who has it.
const OWNER_FILE: &str = "owner";
/// There once the first record is durable: sled takes a wholly damaged file for a new one.
const BEGUN_FILE: &str = "begun";
/// How many batches the database held when it was last written, in decimal digits.
const MARK_FILE: &str = "mark";
/// Digits of the mark: those of the largest u64, so that it is overwritten in place also on a full disk.
const MARK_DIGITS: usize = 20;
/// Bytes of the mark with its line end.
const MARK_BYTES: u64 = 21;
/// sled's data file.
const DATA_FILE: &str = "db";
/// How long the engine may take to let go of a file: 5 s in all, far above what was seen.
const LETTING_GO_TRIES: u32 = 500;
const LETTING_GO_PAUSE: Duration = Duration::from_millis(10);
/// Read, write and enter for the owner only.
const DIR_MODE: u32 = 0o700;
/// Read and write for the owner only.
const FILE_MODE: u32 = 0o600;

/// What a batch does to the engine's records; `None` deletes one.
type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One database on disk.
pub struct SledStore {
    dir: PathBuf,
    pub(super) db: ::sled::Db,
    data: File,
    stopped: AtomicBool,
    /// Batches committed ever.
    commits: AtomicU64,
    /// The sum over all records.
    sum: AtomicU64,
    mark: File,
    /// Held while a batch is applied, so that nobody reads parts of two values as one.
    pub(super) applying: RwLock<()>,
    pub(super) place: Place,
    /// Dropped last: unlocks when everything else is closed.
    _owner: File,
}

/// Opens the database in `dir`, creating it if it is not there. It stays locked to this process until dropped.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::FileSystem`], [`StoreError::Damaged`] or [`StoreError::Newer`].
pub fn open(dir: &Path) -> Result<SledStore, StoreError> {
    let refused = |source| StoreError::FileSystem { dir: dir.to_owned(), source };
    DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir).map_err(refused)?;
    let owner = lock(dir)?;
    let db = open_engine(dir)?;
    let data = OpenOptions::new().write(true).open(dir.join(DATA_FILE)).map_err(refused)?;
    let mut mark = OpenOptions::new();
    let mark = mark.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
    let store = SledStore {
        dir: dir.to_owned(),
        db,
        data,
        stopped: AtomicBool::new(false),
        commits: AtomicU64::new(0),
        sum: AtomicU64::new(0),
        mark: mark.open(dir.join(MARK_FILE)).map_err(refused)?,
        applying: RwLock::new(()),
        place: Place::default(),
        _owner: owner,
    };
    store.begin(&format::STEPS)?;
    store.count()?;
    store.add_up()?;
    Ok(store)
}

/// Whether a database lies in `dir`: one that was emptied, or never made, would open as a new one.
///
/// # Errors
/// [`StoreError::FileSystem`] where that cannot be seen: what may not be looked at is not gone.
pub fn is_there(dir: &Path) -> Result<bool, StoreError> {
    let refused = |source| StoreError::FileSystem { dir: dir.to_owned(), source };
    dir.join(DATA_FILE).try_exists().map_err(refused)
}

/// Opens the engine. The directory is ours already, so a file that is still locked is one that this process has just
/// closed: the engine lets go of it a little after its handle is dropped.
fn open_engine(dir: &Path) -> Result<::sled::Db, StoreError> {
    let config = ::sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    for _ in 0..LETTING_GO_TRIES {
        let opened = caught(|| config.open());
        match opened.ok_or_else(|| damaged(dir, "it cannot be opened"))? {
            Err(::sled::Error::Io(error)) if error.kind() == io::ErrorKind::Other => {
                std::thread::sleep(LETTING_GO_PAUSE);
            }
            opened => return opened.map_err(|error| engine_error(dir, error)),
        }
    }
    Err(StoreError::Locked { dir: dir.to_owned(), holder: "this process".to_owned() })
}

/// Takes the lock of the directory, or says who holds it.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let refused = |source| StoreError::FileSystem { dir: dir.to_owned(), source };
    let mut owner = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(dir.join(OWNER_FILE))
        .map_err(refused)?;
    match owner.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut number = String::new();
            // Whatever cannot be read only makes the message poorer.
            let _ = (&owner).take(20).read_to_string(&mut number);
            let holder = match number.trim().parse::<u32>() {
                Ok(pid) => format!("process {pid}"),
                Err(_) => "another process".to_owned(),
            };
            return Err(StoreError::Locked { dir: dir.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(refused(source)),
    }
    owner
        .set_len(0)
        .and_then(|()| owner.rewind())
        .and_then(|()| writeln!(owner, "{}", std::process::id()))
        .map_err(refused)?;
    Ok(owner)
}

fn engine_error(dir: &Path, error: ::sled::Error) -> StoreError {
    let dir = dir.to_owned();
    match error {
        ::sled::Error::Io(source) => StoreError::FileSystem { dir, source },
        ::sled::Error::Corruption { at, .. } => {
            let detail = at.map_or_else(|| "checksum".to_owned(), |at| format!("checksum at {at}"));
            StoreError::Damaged { dir, detail }
        }
        ::sled::Error::CollectionNotFound(_) => {
            StoreError::Damaged { dir, detail: "collection missing".to_owned() }
        }
        ::sled::Error::Unsupported(detail) | ::sled::Error::ReportableBug(detail) => {
            StoreError::Damaged { dir, detail }
        }
    }
}

fn damaged(dir: &Path, detail: &str) -> StoreError {
    StoreError::Damaged { dir: dir.to_owned(), detail: detail.to_owned() }
}

impl SledStore {
    /// Where the database is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Brings the database to the current format, one step after the other, or writes the format into a new one and makes
    /// that survive a power cut.
    pub(super) fn begin(&self, steps: &[Step]) -> Result<(), StoreError> {
        if let Some(found) = self.engine(|db| db.get(format::FORMAT_KEY))? {
            let found = format::admit(&self.dir, &found)?;
            let mut ahead = steps.iter().zip(2_u32..).filter(|(_, leads_to)| *leads_to > found);
            return ahead.try_for_each(|(step, leads_to)| self.step(*step, leads_to));
        }
        let begun = self.dir.join(BEGUN_FILE);
        if begun.exists() || !self.db.is_empty() {
            return Err(self.damaged("no format record"));
        }
        let mut first = ::sled::Batch::default();
        first.insert(format::FORMAT_KEY, &format::CURRENT.to_be_bytes());
        first.insert(format::COMMITS_KEY, &0_u64.to_be_bytes());
        first.insert(format::SUM_KEY, &0_u64.to_be_bytes());
        self.engine(|db| db.apply_batch(first))?;
        self.make_durable()?;
        File::create(begun)
            .and_then(|file| file.sync_all())
            .and_then(|()| sync_dir(&self.dir))
            .and_then(|()| self.dir.parent().map_or(Ok(()), sync_dir))
            .map_err(|source| self.refused(source))
    }

    /// One migration, whole or not at all.
    fn step(&self, step: Step, leads_to: u32) -> Result<(), StoreError> {
        let mut batch = self.engine(step)?;
        batch.insert(format::FORMAT_KEY, &leads_to.to_be_bytes());
        self.engine(|db| db.apply_batch(batch))?;
        self.make_durable()
    }

    /// Reads how many batches there are, and whether that is at least as many as there were.
    fn count(&self) -> Result<(), StoreError> {
        let found = self.number(format::COMMITS_KEY)?.ok_or_else(|| self.damaged("no count of changes"))?;
        let mut text = String::new();
        // A mark that a power cut left half written tells nothing; it is written anew.
        let _ = (&self.mark).take(MARK_BYTES).read_to_string(&mut text);
        if let Ok(marked) = text.trim().parse::<u64>()
            && marked > found
        {
            return Err(self.damaged(&format!("{} of its last changes are missing", marked - found)));
        }
        self.commits.store(found, Ordering::Release);
        self.keep_mark(found);
        Ok(())
    }

    /// Adds up all records, and looks whether that is what the last batch left.
    fn add_up(&self) -> Result<(), StoreError> {
        let kept = self.number(format::SUM_KEY)?.ok_or_else(|| self.damaged("no sum of its records"))?;
        if sum::of_all(self.found(self.db.range(format::SUMMED_FROM..)))? != kept {
            return Err(self.damaged("records are missing or older than they were"));
        }
        self.sum.store(kept, Ordering::Release);
        Ok(())
    }

    /// A number that stands under an engine key.
    fn number(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        let bytes = self.engine(|db| db.get(key))?;
        Ok(bytes.and_then(|bytes| <[u8; 8]>::try_from(bytes.as_ref()).ok()).map(u64::from_be_bytes))
    }

    /// The mark may stay behind, where it is not written or lost in a power cut, but never goes ahead: it is written after
    /// the batch is durable.
    fn keep_mark(&self, commits: u64) {
        let _ = self.mark.write_all_at(format!("{commits:0MARK_DIGITS$}\n").as_bytes(), 0);
    }

    fn make_durable(&self) -> Result<(), StoreError> {
        self.engine(|db| db.flush())?;
        self.data.sync_data().map_err(|source| self.refused(source))
    }

    /// Asks the engine, which panics on some damage instead of reporting it.
    fn engine<T>(&self, act: impl FnOnce(&::sled::Db) -> ::sled::Result<T>) -> Result<T, StoreError> {
        let done = caught(|| act(&self.db)).ok_or_else(|| self.damaged("it cannot be read"))?;
        done.map_err(|error| engine_error(&self.dir, error))
    }

    fn refused(&self, source: io::Error) -> StoreError {
        StoreError::FileSystem { dir: self.dir.clone(), source }
    }

    fn damaged(&self, detail: &str) -> StoreError {
        damaged(&self.dir, detail)
    }

    /// The value behind a head record.
    fn value(&self, key: &[u8], head: &[u8]) -> Result<Vec<u8>, StoreError> {
        let parts = match format::head(head).ok_or_else(|| self.damaged("record"))? {
            Head::Whole(value) => return Ok(value.to_vec()),
            Head::Split(parts) => parts,
        };
        let mut value = Vec::new();
        for part in 0..parts {
            let bytes = self.engine(|db| db.get(format::part_key(key, part)))?;
            value.extend_from_slice(&bytes.ok_or_else(|| self.damaged("part of a value missing"))?);
        }
        Ok(value)
    }

    /// What stands under a key; the caller keeps batches out.
    fn stands(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let head = self.engine(|db| db.get(format::record_key(key)))?;
        head.map(|head| self.value(key, &head)).transpose()
    }

    /// What the engine finds, up to where it comes upon damage.
    fn found(
        &self,
        mut records: ::sled::Iter,
    ) -> impl Iterator<Item = Result<(::sled::IVec, ::sled::IVec), StoreError>> {
        let mut broken = false;
        std::iter::from_fn(move || {
            if broken {
                return None;
            }
            let record = caught(|| records.next());
            broken = !matches!(record, Some(None | Some(Ok(_))));
            match record {
                None => Some(Err(self.damaged("it cannot be read"))),
                Some(record) => record.map(|it| it.map_err(|error| engine_error(&self.dir, error))),
            }
        })
    }

    /// The records after a key, ascending; the caller keeps batches out.
    pub(super) fn records_after(
        &self,
        key: Option<&[u8]>,
    ) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> {
        let (first, end) = format::records();
        let start = key.map_or(Bound::Included(first), |key| Bound::Excluded(format::record_key(key)));
        self.found(self.db.range((start, Bound::Excluded(end)))).map(|record| {
            let (engine_key, head) = record?;
            let key = format::key_of(&engine_key);
            let value = self.value(&key, &head)?;
            Ok((key, value))
        })
    }

    /// What a batch does to the engine's records. A shorter value leaves the parts of a longer one behind, unread, until
    /// the key is deleted or grows again.
    fn translate(&self, batch: Batch) -> Result<Changes, StoreError> {
        let mut changes = Changes::new();
        for change in batch.changes {
            let record_key = format::record_key(&change.key);
            let Some(value) = change.value else {
                self.remove_parts(&mut changes, &change.key)?;
                changes.insert(record_key, None);
                continue;
            };
            let (head, parts) = format::split(&value);
            for (number, part) in (0_u32..).zip(parts) {
                changes.insert(format::part_key(&change.key, number), Some(part.to_vec()));
            }
            changes.insert(record_key, Some(head));
        }
        Ok(changes)
    }

    fn remove_parts(&self, changes: &mut Changes, key: &[u8]) -> Result<(), StoreError> {
        let Some(head) = self.engine(|db| db.get(format::record_key(key)))? else { return Ok(()) };
        if let Some(Head::Split(parts)) = format::head(&head) {
            for part in 0..parts {
                changes.insert(format::part_key(key, part), None);
            }
        }
        Ok(())
    }

    /// The engine's batch, and the sum over all records after it.
    fn summed(&self, changes: Changes) -> Result<(::sled::Batch, u64), StoreError> {
        let (mut batch, mut sum) = (::sled::Batch::default(), self.sum.load(Ordering::Acquire));
        for (key, value) in changes {
            let before = self.engine(|db| db.get(&key))?;
            sum = sum::changed(sum, &key, before.as_deref(), value.as_deref());
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(format::SUM_KEY, &sum.to_be_bytes());
        Ok((batch, sum))
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let count = {
            let _whole = self.applying.write().unwrap_or_else(PoisonError::into_inner);
            self.place.put_aside(&batch, |key| self.stands(key))?;
            let (mut batch, sum) = self.summed(self.translate(batch)?)?;
            let count = self.commits.fetch_add(1, Ordering::AcqRel) + 1;
            batch.insert(format::COMMITS_KEY, &count.to_be_bytes());
            self.engine(|db| db.apply_batch(batch))?;
            self.sum.store(sum, Ordering::Release);
            count
        };
        self.make_durable()?;
        self.keep_mark(count);
        Ok(())
    }
}

impl std::fmt::Debug for SledStore {
    /// Only the place: what is stored belongs in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let _whole = self.applying.read().unwrap_or_else(PoisonError::into_inner);
        self.stands(key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.engine(|db| db.contains_key(format::record_key(key)))
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        let records = self.found(self.db.scan_prefix(format::record_key(prefix)));
        Box::new(records.filter_map(move |record| {
            let (engine_key, head) = match record {
                Ok(record) => record,
                Err(error) => return Some(Err(error)),
            };
            let key = format::key_of(&engine_key);
            match format::head(&head) {
                Some(Head::Whole(value)) => Some(Ok((key, value.to_vec()))),
                // Read again as a whole; deleted meanwhile, it is no longer there.
                _ => self.get(&key).map(|value| value.map(|value| (key, value))).transpose(),
            }
        }))
    }

    fn snapshot(&self) -> Result<Scan<'_>, StoreError> {
        self.begin_snapshot()
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        if self.stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped { dir: self.dir.clone() });
        }
        let outcome = self.apply(batch);
        if outcome.is_err() {
            self.stopped.store(true, Ordering::Release);
        }
        outcome
    }
}

/// Makes the entries of a directory survive a power cut. `""` is the parent of a bare name: the current one.
fn sync_dir(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir)?.sync_all()
}
