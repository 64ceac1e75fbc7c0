//! Stores of many nodes in one process: each knows which records it holds, and the bytes of a record lie here once.

use faccina_node::store::{Batch, Scan, Store, StoreError};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The records of all nodes: those under one key that differ lie beside each other.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    records: Mutex<Records>,
}

/// Key and value.
type Record = (Arc<[u8]>, Arc<[u8]>);

#[derive(Debug, Default)]
struct Records {
    of_key: BTreeMap<Arc<[u8]>, Vec<u32>>,
    all: Vec<Record>,
}

impl Shelf {
    /// Every step under the lock leaves whole records.
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn place(&mut self, key: Vec<u8>, value: Vec<u8>) -> u32 {
        let key: Arc<[u8]> = key.into();
        let places = self.of_key.entry(Arc::clone(&key)).or_default();
        let there =
            places.iter().find(|place| self.all.get(index(**place)).is_some_and(|it| *it.1 == *value));
        if let Some(place) = there {
            return *place;
        }
        let place = u32::try_from(self.all.len()).expect("a federation has fewer than 2^32 entries");
        places.push(place);
        self.all.push((key, value.into()));
        place
    }

    fn value(&self, place: u32) -> Option<Vec<u8>> {
        self.all.get(index(place)).map(|(_, value)| value.to_vec())
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// One node's store.
#[derive(Debug)]
pub(super) struct Possession {
    shelf: Arc<Shelf>,
    held: Mutex<BTreeSet<u32>>,
}

impl Possession {
    pub(super) fn new(shelf: &Arc<Shelf>) -> Self {
        Self { shelf: Arc::clone(shelf), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, records: &Records, key: &[u8]) -> Option<u32> {
        let held = self.held();
        records.of_key.get(key)?.iter().find(|place| held.contains(place)).copied()
    }
}

impl Store for Possession {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let records = self.shelf.records();
        Ok(self.place(&records, key).and_then(|place| records.value(place)))
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        Ok(self.place(&self.shelf.records(), key).is_some())
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        let (records, held) = (self.shelf.records(), self.held());
        let from: Arc<[u8]> = prefix.into();
        let found: Vec<_> = records
            .of_key
            .range(from..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter_map(|(key, places)| {
                let place = places.iter().find(|place| held.contains(place))?;
                Some(Ok((key.to_vec(), records.value(*place)?)))
            })
            .collect();
        Box::new(found.into_iter())
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut records = self.shelf.records();
        for (key, value) in batch.into_changes() {
            let before = self.place(&records, &key);
            let after = value.map(|value| records.place(key, value));
            let mut held = self.held();
            before.into_iter().for_each(|place| {
                held.remove(&place);
            });
            held.extend(after);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: &str) -> Batch {
        let mut batch = Batch::new();
        batch.put(key, value);
        batch
    }

    #[test]
    fn nodes_share_bytes_and_not_possession() {
        let shelf = Arc::new(Shelf::default());
        let [one, other] = [(); 2].map(|()| Possession::new(&shelf));
        one.commit(put("e/a", "first")).unwrap();
        assert_eq!(other.get(b"e/a").unwrap(), None);
        other.commit(put("e/a", "first")).unwrap();
        assert_eq!(shelf.records().all.len(), 1);
        other.commit(put("e/a", "second")).unwrap();
        other.commit(put("e/b", "third")).unwrap();
        assert_eq!(one.get(b"e/a").unwrap().unwrap(), b"first");
        assert_eq!(other.get(b"e/a").unwrap().unwrap(), b"second");
        let scanned: Vec<_> = other.scan(b"e/").map(|row| row.unwrap().1).collect();
        assert_eq!(scanned, [b"second".to_vec(), b"third".to_vec()]);
        let mut gone = Batch::new();
        gone.delete("e/a");
        other.commit(gone).unwrap();
        assert!(!other.contains(b"e/a").unwrap() && one.contains(b"e/a").unwrap());
    }
}
