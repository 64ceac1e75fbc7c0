//! The reports of a month's half-days: one database and one key for each month, both destroyed when the month is closed.
//!
//! | key | value |
//! | --- | --- |
//! | blind name (16) of terminal, day, half | sealed report |
//!
//! The first report of a terminal's half-day holds: a terminal that forgot what it sent cannot change it. Neither keys nor
//! values name a terminal to whoever lacks the month's key, and no backup holds that. A report that comes while its month is
//! being closed is not kept: what is destroyed is not made anew.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use faccina_proto::calendar::Month;
use faccina_proto::report::HalfDayReport;
use tokio::sync::watch;

use crate::sealing::{KeyFile, Seal, SealingError};
use crate::store::{self, Batch, SledStore, Store, StoreError};

const PREFIX: &str = "integrity-";
/// Ending of the directory of a month.
const OPEN: &str = "db";
/// Of one whose key is being destroyed.
const RETIRED: &str = "retired";

/// Why the reports of a month cannot be kept or read. Who must act: the person who runs the node.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The database refuses.
    #[error("the terminals' reports of {month}")]
    Store {
        /// Whose reports.
        month: Month,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The key refuses.
    #[error(transparent)]
    Key(#[from] SealingError),
    /// Only marks and counts of this month depend on them.
    #[error(
        "the terminals' reports of {month} are damaged, and no backup holds them: move {} away, and the month goes on \
         without them", path.display()
    )]
    Damaged {
        /// Whose reports.
        month: Month,
        /// Their database, or their key.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("cannot use {}", path.display())]
    Io {
        /// The place.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

/// The reports of all months that are not closed. Calls block for the disk. Clones share it.
#[derive(Debug, Clone)]
pub struct Book {
    place: Place,
    months: Arc<Mutex<Months>>,
    changes: watch::Sender<u64>,
}

/// Where databases and keys are.
#[derive(Debug, Clone)]
struct Place {
    data_dir: PathBuf,
    keys_dir: PathBuf,
}

#[derive(Debug)]
struct Months {
    /// The oldest month that is not closed: no report of an earlier one is kept.
    first_open: Month,
    ledgers: BTreeMap<Month, Ledger>,
}

/// The reports of one month.
#[derive(Debug)]
struct Ledger {
    store: SledStore,
    seal: Seal,
}

impl Book {
    /// Opens the months under the data directory, and finishes what a stopped destruction left. From `first_open` on months
    /// are not closed.
    pub fn find(data_dir: PathBuf, keys_dir: PathBuf, first_open: Month) -> Result<Self, BookError> {
        let (changes, _) = watch::channel(0);
        let months = Months { first_open, ledgers: BTreeMap::new() };
        let place = Place { data_dir, keys_dir };
        let book = Self { place, months: Arc::new(Mutex::new(months)), changes };
        for (month, ending) in book.place.months()? {
            if ending == RETIRED {
                book.place.erase(month)?;
            } else if book.place.key_file(month).path.exists() {
                let ledger = book.place.ledger(month)?;
                book.lock().ledgers.insert(month, ledger);
            } else {
                // Restored without the key, which no backup holds: nobody can read it any more.
                tracing::warn!(%month, "the reports of terminals have no key and are removed");
                book.place.put_aside(month)?;
                book.place.erase(month)?;
            }
        }
        Ok(book)
    }

    /// Counts up whenever reports were added or destroyed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The months that have reports, ascending.
    pub fn months(&self) -> Vec<Month> {
        self.lock().ledgers.keys().copied().collect()
    }

    /// Keeps reports; durable on return. One that is known stays as it is, and one of a closed month is left out.
    pub fn keep(&self, reports: &[HalfDayReport]) -> Result<(), BookError> {
        let mut months = self.lock();
        let Months { first_open, ledgers } = &mut *months;
        let mut batches: BTreeMap<Month, Batch> = BTreeMap::new();
        for report in reports.iter().filter(|report| report.day.month() >= *first_open) {
            let month = report.day.month();
            let Ledger { store, seal } = match ledgers.entry(month) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(self.place.ledger(month)?),
            };
            let name = seal.blind(&name_of(report));
            if !store.contains(&name).map_err(|source| BookError::Store { month, source })? {
                let sealed = seal.seal(&name, &report.encode());
                batches.entry(month).or_default().put(name, sealed);
            }
        }
        for (month, batch) in batches {
            let committed = ledgers.get(&month).map(|ledger| ledger.store.commit(batch));
            committed.transpose().map_err(|source| BookError::Store { month, source })?;
        }
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// The reports of a month, by terminal, day and half.
    pub fn of_month(&self, month: Month) -> Result<Vec<HalfDayReport>, BookError> {
        let months = self.lock();
        months.ledgers.get(&month).map_or_else(|| Ok(Vec::new()), |ledger| self.place.read(month, ledger))
    }

    /// Destroys the reports of a month and of those before it, with their keys, and takes none of them any more. None is no
    /// error. The database is put aside first, so that a crash never leaves one that misses its key.
    pub fn destroy_through(&self, month: Month) -> Result<(), BookError> {
        let mut months = self.lock();
        months.first_open = months.first_open.max(month.next());
        while let Some(entry) = months.ledgers.first_entry().filter(|entry| *entry.key() <= month) {
            let (month, ledger) = entry.remove_entry();
            drop(ledger);
            self.place.put_aside(month)?;
            self.place.erase(month)?;
            tracing::info!(%month, "reports of terminals destroyed with their key");
        }
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// Ledgers change by whole insertions and removals, so a poisoned lock guards sound ones.
    fn lock(&self) -> MutexGuard<'_, Months> {
        self.months.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads every report of every month, and changes nothing: how many there are, and what cannot be read. Blocks.
pub fn look_through(data_dir: PathBuf, keys_dir: PathBuf) -> Result<(u64, Vec<BookError>), BookError> {
    let place = Place { data_dir, keys_dir };
    let (mut reports, mut unread) = (0, Vec::new());
    for (month, ending) in place.months()? {
        // What is being destroyed, or has no key, goes at the next start.
        if ending == RETIRED || !place.key_file(month).path.exists() {
            continue;
        }
        match place.ledger(month).and_then(|ledger| place.read(month, &ledger)) {
            Ok(read) => reports += u64::try_from(read.len()).unwrap_or(u64::MAX),
            Err(error) => unread.push(error),
        }
    }
    Ok((reports, unread))
}

impl Place {
    /// The months whose databases are here, with the ending of each.
    fn months(&self) -> Result<Vec<(Month, &'static str)>, BookError> {
        let refused = |source| BookError::Io { path: self.data_dir.clone(), source };
        let mut months = Vec::new();
        for entry in fs::read_dir(&self.data_dir).map_err(refused)? {
            let name = entry.map_err(refused)?.file_name();
            months.extend(name.to_str().and_then(parted));
        }
        Ok(months)
    }

    fn ledger(&self, month: Month) -> Result<Ledger, BookError> {
        let key = self.key_file(month).create().map_err(|error| {
            if let SealingError::Malformed { path, .. } = error {
                BookError::Damaged { month, path }
            } else {
                error.into()
            }
        })?;
        let store = store::open(&self.dir(month)).map_err(|source| self.unread(month, source))?;
        Ok(Ledger { store, seal: Seal::of(&key, "integrity") })
    }

    fn unread(&self, month: Month, source: StoreError) -> BookError {
        if matches!(source, StoreError::Damaged { .. }) {
            BookError::Damaged { month, path: self.dir(month) }
        } else {
            BookError::Store { month, source }
        }
    }

    /// By terminal, day and half.
    fn read(&self, month: Month, Ledger { store, seal }: &Ledger) -> Result<Vec<HalfDayReport>, BookError> {
        let damaged = || BookError::Damaged { month, path: self.dir(month) };
        let mut reports = Vec::new();
        for record in store.scan(&[]) {
            let (name, sealed) = record.map_err(|source| self.unread(month, source))?;
            let plain = seal.open(&name, &sealed).map_err(|_| damaged())?;
            reports.push(HalfDayReport::decode(&plain).map_err(|_| damaged())?);
        }
        reports.sort_by_key(|report| (report.terminal, report.day, report.afternoon));
        Ok(reports)
    }

    fn put_aside(&self, month: Month) -> Result<(), BookError> {
        let dir = self.dir(month);
        let moved = fs::rename(&dir, retired(&dir)).and_then(|()| File::open(&self.data_dir)?.sync_all());
        moved.map_err(|source| BookError::Io { path: dir, source })
    }

    fn erase(&self, month: Month) -> Result<(), BookError> {
        self.key_file(month).destroy()?;
        let path = retired(&self.dir(month));
        fs::remove_dir_all(&path).map_err(|source| BookError::Io { path, source })
    }

    fn dir(&self, month: Month) -> PathBuf {
        self.data_dir.join(format!("{PREFIX}{:06}.{OPEN}", month.yyyymm()))
    }

    fn key_file(&self, month: Month) -> KeyFile {
        KeyFile {
            what: format!("the terminals' reports of {month}"),
            path: self.keys_dir.join(format!("{PREFIX}{:06}.key", month.yyyymm())),
        }
    }
}

fn retired(dir: &Path) -> PathBuf {
    dir.with_extension(RETIRED)
}

fn parted(name: &str) -> Option<(Month, &'static str)> {
    let (number, ending) = name.strip_prefix(PREFIX)?.split_once('.')?;
    let month = number.parse().ok().and_then(|number| Month::from_yyyymm(number).ok())?;
    [RETIRED, OPEN].into_iter().find(|known| *known == ending).map(|known| (month, known))
}

/// Names the half-day of a terminal.
fn name_of(report: &HalfDayReport) -> Vec<u8> {
    let day = report.day.yyyymmdd().to_be_bytes();
    [report.terminal.as_bytes().as_slice(), &day, &[u8::from(report.afternoon)]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::calendar::CivilDay;
    use faccina_proto::envelope::KeyId;

    const TERMINAL: [u8; 8] = *b"TERMINAL";

    fn report(day: u32, open_s: u32) -> HalfDayReport {
        let day = CivilDay::from_yyyymmdd(day).unwrap();
        let terminal = KeyId::from_slice(&TERMINAL).unwrap();
        HalfDayReport { open_s, ..HalfDayReport::empty(terminal, day, false) }
    }

    fn month() -> Month {
        Month::from_yyyymm(202_604).unwrap()
    }

    fn names(dir: &Path) -> Vec<String> {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_first_report_of_a_half_day_holds_and_outlives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let find = || Book::find(dir.path().to_owned(), dir.path().join("keys"), month()).unwrap();
        let book = find();
        let mut changes = book.changes();
        book.keep(&[report(20_260_402, 60), report(20_260_401, 60), report(20_260_501, 60)]).unwrap();
        book.keep(&[report(20_260_401, 999)]).unwrap();
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        let kept = [report(20_260_401, 60), report(20_260_402, 60)];
        assert_eq!(book.of_month(month()).unwrap(), kept);
        drop(book);
        let book = find();
        assert_eq!(book.of_month(month()).unwrap(), kept);
        assert_eq!(book.months(), [month(), month().next()]);
    }

    #[test]
    fn no_file_names_a_terminal_and_a_closed_month_leaves_none() {
        let dir = tempfile::tempdir().unwrap();
        let find = || Book::find(dir.path().to_owned(), dir.path().to_owned(), month()).unwrap();
        let book = find();
        book.keep(&[report(20_260_401, 60)]).unwrap();
        for entry in walkdir(dir.path()) {
            let bytes = fs::read(&entry).unwrap();
            assert!(!bytes.windows(8).any(|window| window == TERMINAL), "{}", entry.display());
        }
        book.destroy_through(month()).unwrap();
        book.destroy_through(month()).unwrap();
        assert_eq!((book.of_month(month()).unwrap(), names(dir.path())), (Vec::new(), Vec::new()));
        // It was under way while its month was closed.
        book.keep(&[report(20_260_401, 60)]).unwrap();
        assert_eq!((book.months(), names(dir.path())), (Vec::new(), Vec::new()));
        drop(book);
        // The node stopped after putting the reports aside.
        find().keep(&[report(20_260_401, 60)]).unwrap();
        fs::rename(dir.path().join("integrity-202604.db"), dir.path().join("integrity-202604.retired"))
            .unwrap();
        assert!(find().months().is_empty());
        assert_eq!(names(dir.path()), Vec::<String>::new());
        // Restored without its key.
        find().keep(&[report(20_260_401, 60)]).unwrap();
        fs::remove_file(dir.path().join("integrity-202604.key")).unwrap();
        assert!(find().months().is_empty());
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }

    #[test]
    fn damaged_reports_are_found_and_what_to_do_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let place = || (dir.path().to_owned(), dir.path().to_owned());
        let find = || Book::find(place().0, place().1, month());
        find().unwrap().keep(&[report(20_260_401, 60), report(20_260_501, 60)]).unwrap();
        let look = || {
            let (reports, unread) = look_through(place().0, place().1).unwrap();
            (reports, unread.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(look(), (2, Vec::new()));
        let key = dir.path().join("integrity-202604.key");
        let whole = fs::read(&key).unwrap();
        // Another key opens nothing, half a key is none.
        for (damaged, named) in [(vec![7; 32], "integrity-202604.db"), (vec![7; 5], "integrity-202604.key")] {
            fs::write(&key, damaged).unwrap();
            let (reports, unread) = look();
            assert_eq!((reports, unread.len()), (1, 1));
            assert!(unread[0].contains(&format!("move {}", dir.path().join(named).display())), "{unread:?}");
        }
        assert!(matches!(find(), Err(BookError::Damaged { .. })));
        fs::write(&key, whole).unwrap();
        fs::write(dir.path().join("integrity-202604.db/db"), []).unwrap();
        assert_eq!((look().0, look().1.len()), (1, 1));
        assert!(matches!(find(), Err(BookError::Damaged { .. })));
        // What the words say helps.
        fs::rename(dir.path().join("integrity-202604.db"), dir.path().join("aside")).unwrap();
        assert_eq!(find().unwrap().months(), [month().next()]);
    }

    fn walkdir(dir: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let (dirs, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        files.extend(dirs.iter().flat_map(|dir| walkdir(dir)));
        files
    }
}
