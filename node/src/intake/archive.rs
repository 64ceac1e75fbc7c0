//! The ballot boxes of all months within retention, opened when they are needed.
//!
//! Boxes of closed months are read only to recognise ballots and invites that were counted before, so most of them
//! stay shut: one that was opened for a late ballot is shut again at the next close.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use faccina_proto::calendar::Month;
use faccina_proto::invites::StoredInvite;

use super::ballot_box::{self, BallotBox, BoxError};

/// Where boxes and their keys are, and which are open in this process.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    data_dir: PathBuf,
    keys_dir: PathBuf,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Debug)]
struct Shelf {
    known: BTreeSet<Month>,
    open: BTreeMap<Month, Arc<BallotBox>>,
}

impl Archive {
    /// Finds the boxes under the data directory.
    pub(crate) fn find(data_dir: PathBuf, keys_dir: PathBuf) -> Result<Self, BoxError> {
        let known = ballot_box::months(&data_dir, &keys_dir)?.into_iter().collect();
        let shelf = Arc::new(Mutex::new(Shelf { known, open: BTreeMap::new() }));
        Ok(Self { data_dir, keys_dir, shelf })
    }

    /// The months that have a box, ascending.
    pub(crate) fn months(&self) -> Vec<Month> {
        self.shelf().known.iter().copied().collect()
    }

    /// The box of a month that has one.
    pub(crate) fn existing(&self, month: Month) -> Result<Option<Arc<BallotBox>>, BoxError> {
        let known = self.shelf().known.contains(&month);
        known.then(|| self.of(month)).transpose()
    }

    /// The box of a month, made if it has none.
    pub(crate) fn of(&self, month: Month) -> Result<Arc<BallotBox>, BoxError> {
        let mut shelf = self.shelf();
        if let Some(open) = shelf.open.get(&month) {
            return Ok(open.clone());
        }
        let opened = Arc::new(BallotBox::open(&self.data_dir, &self.keys_dir, month)?);
        shelf.known.insert(month);
        shelf.open.insert(month, opened.clone());
        Ok(opened)
    }

    /// The boxes of `first` and every later month.
    pub(crate) fn from(&self, first: Month) -> Result<Vec<Arc<BallotBox>>, BoxError> {
        let months: Vec<Month> = self.shelf().known.range(first..).copied().collect();
        months.into_iter().map(|month| self.of(month)).collect()
    }

    /// Whether a vote spent this mark in the box of `first` or of a later month.
    pub(crate) fn is_spent_from(&self, first: Month, mark: &StoredInvite) -> Result<bool, BoxError> {
        for ballot_box in self.from(first)? {
            if ballot_box.is_spent(mark)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Shuts the boxes before `month` that nobody is reading.
    pub(crate) fn shut_before(&self, month: Month) {
        self.shelf().open.retain(|each, open| *each >= month || Arc::strong_count(open) > 1);
    }

    /// Shuts every box that nobody is reading.
    pub(crate) fn shut(&self) {
        self.shelf().open.retain(|_, open| Arc::strong_count(open) > 1);
    }

    /// Destroys the box of a month past its retention. `false` when somebody is reading it: try again later.
    pub(crate) fn retire(&self, month: Month) -> Result<bool, BoxError> {
        let mut shelf = self.shelf();
        if shelf.open.get(&month).is_some_and(|open| Arc::strong_count(open) > 1) {
            return Ok(false);
        }
        shelf.open.remove(&month);
        ballot_box::retire(&self.data_dir, &self.keys_dir, month)?;
        shelf.known.remove(&month);
        Ok(true)
    }

    /// The shelf changes by whole insertions and removals, so a poisoned lock guards a sound one.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn month(yyyymm: u32) -> Month {
        Month::from_yyyymm(yyyymm).unwrap()
    }

    #[test]
    fn a_month_past_its_retention_leaves_neither_key_nor_box() {
        let dir = tempfile::tempdir().unwrap();
        let find = || Archive::find(dir.path().to_owned(), dir.path().to_owned()).unwrap();
        let archive = find();
        for yyyymm in [202_604, 202_605] {
            archive.of(month(yyyymm)).unwrap();
        }
        let reader = archive.of(month(202_604)).unwrap();
        assert!(!archive.retire(month(202_604)).unwrap(), "not while somebody reads it");
        drop(reader);
        assert!(archive.retire(month(202_604)).unwrap());
        assert_eq!(archive.months(), [month(202_605)]);
        let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("202604")));
        drop(archive);
        // The node stopped after putting the box aside.
        fs::rename(dir.path().join("box-202605.db"), dir.path().join("box-202605.retired")).unwrap();
        assert!(find().months().is_empty());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "the key is destroyed");
    }

    #[test]
    fn a_box_that_was_being_made_when_the_power_went_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let (data, keys) = (dir.path().to_owned(), dir.path().join("keys"));
        let [draft, named] = ["box-202604.new", "box-202604.db"].map(|name| data.join(name));
        let is_made = || {
            assert_eq!(ballot_box::lost(&data, &keys).unwrap(), []);
            drop(Archive::find(data.clone(), keys.clone()).unwrap().of(month(202_604)).unwrap());
            assert_eq!((named.exists(), draft.exists()), (true, false));
        };
        is_made();
        // It had nothing, then a place, then also an engine, then also a key.
        let begun = || drop(crate::store::open(&draft).unwrap());
        let steps: [(&dyn Fn(), bool); 4] =
            [(&|| {}, false), (&|| fs::create_dir(&draft).unwrap(), false), (&begun, false), (&begun, true)];
        for (had, key) in steps {
            fs::remove_dir_all(&named).unwrap();
            if !key {
                fs::remove_dir_all(&keys).unwrap();
            }
            had();
            is_made();
        }
    }

    #[test]
    fn a_key_whose_box_is_gone_is_named_until_it_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (data, keys) = (dir.path().to_owned(), dir.path().join("keys"));
        drop(Archive::find(data.clone(), keys.clone()).unwrap().of(month(202_604)).unwrap());
        fs::remove_dir_all(data.join("box-202604.db")).unwrap();
        assert_eq!(ballot_box::gone(&data, &keys).unwrap(), [month(202_604)]);
        fs::create_dir(data.join("box-202604.db")).unwrap();
        let emptied = Archive::find(data.clone(), keys.clone()).unwrap().of(month(202_604)).unwrap_err();
        assert!(matches!(emptied, BoxError::Gone { .. }), "{emptied}");
        assert_eq!(ballot_box::gone(&data, &keys).unwrap(), [month(202_604)]);
        assert_eq!(ballot_box::lost(&data, &keys).unwrap(), [month(202_604)]);
        ballot_box::give_up(&data, &keys, month(202_604)).unwrap();
        assert_eq!(ballot_box::lost(&data, &keys).unwrap(), []);
        assert!(keys.join("box-202604.unusable").exists());
    }

    #[test]
    fn a_box_without_its_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let find = || Archive::find(dir.path().to_owned(), dir.path().join("keys")).unwrap();
        find().of(month(202_604)).unwrap();
        fs::remove_file(dir.path().join("keys/box-202604.key")).unwrap();
        let refusal = find().of(month(202_604)).unwrap_err().to_string();
        assert!(refusal.contains("the key of the ballot box of 2026-04 is missing"), "{refusal}");
    }
}
