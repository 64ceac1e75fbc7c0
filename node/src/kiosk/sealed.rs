//! The agent's store, sealed: keys and values are noise without the key file beside it, all records are alike, and the key
//! changes when nothing waits any more.
//!
//! The engine appends: what was deleted stands in old pages until they are written over, in the order in which it came.
//! So the few records that live on are sealed anew under a new key from time to time ([`SealedStore::renew`]), and the old
//! key is destroyed: no ballot that was sent before can be read again, by whoever takes the device.
//!
//! In the store below: `epoch` -> the number (u64) of the key in use, whose file is `queue-<number>.key`; every other
//! record stands under 17 bytes that derive from its key, and holds length (u16) and bytes of its key, then its value,
//! padded.

use crate::{
    sealing::{KeyFile, Seal, SealingError},
    store::{Batch, Scan, Store, StoreError},
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

const EPOCH: &[u8] = b"epoch";
/// Bytes of the name of a sealed record: one of its kind, 16 of its key.
const NAME_BYTES: usize = 17;
/// Sealed records have a multiple of this many bytes of plaintext: a cast with its longest codes, reason and invite fits
/// one, so its length tells nothing.
const PAD_BYTES: usize = 512;
/// Ends the value within its padding.
const END: u8 = 0x80;
/// What the keys are for.
const REALM: &str = "queue";
const FILE_PREFIX: &str = "queue-";

/// Why the sealed store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// See its own message.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See its own message. Without its key the queue is lost: the votes in it cannot be sent.
    #[error(transparent)]
    Key(#[from] SealingError),
    /// The queue is whole and its key is another: votes may wait in it, so nothing is thrown away.
    #[error(
        "{} is not the key of the queue beside it: put the right file back; without it the votes in the queue cannot be sent",
        path.display()
    )]
    AnotherKey {
        /// The file.
        path: PathBuf,
    },
    /// A version that did not seal wrote it. Votes may wait in it, so it is not thrown away here.
    #[error(
        "the queue in {} was written by an earlier version: let that version run until no votes wait (`queue` of its /status \
         is 0), then delete queue.db and start again",
        dir.display()
    )]
    NotSealed {
        /// Where it is.
        dir: PathBuf,
    },
    /// Correct owner or permissions.
    #[error("cannot read the directory {}", dir.display())]
    Directory {
        /// The directory.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A store over another.
#[derive(Debug)]
pub struct SealedStore {
    store: Arc<dyn Store>,
    dir: PathBuf,
    epoch: RwLock<Epoch>,
}

#[derive(Debug)]
struct Epoch {
    number: u64,
    seal: Seal,
}

impl SealedStore {
    /// Opens it with the key in `dir`; a new store draws one. Keys that a stopped renewal left behind are destroyed.
    pub fn open(store: Arc<dyn Store>, dir: &Path) -> Result<Self, SealedError> {
        let damaged = |detail: &str| StoreError::Damaged { dir: dir.to_owned(), detail: detail.to_owned() };
        let number = match store.get(EPOCH)? {
            Some(number) => {
                let number = number.try_into().map(u64::from_be_bytes);
                number.map_err(|_| damaged("number of its key"))?
            }
            None if store.scan(b"").next().is_some() => {
                return Err(SealedError::NotSealed { dir: dir.to_owned() });
            }
            None => {
                key_file(dir, 1).create()?;
                let mut batch = Batch::new();
                batch.put(EPOCH, 1_u64.to_be_bytes());
                store.commit(batch)?;
                1
            }
        };
        let seal = Seal::of(&key_file(dir, number).load()?, REALM);
        let epoch = Epoch { number, seal };
        if !epoch.fits(&*store)? {
            return Err(SealedError::AnotherKey { path: key_file(dir, number).path });
        }
        destroy_others(dir, number)?;
        Ok(Self { store, dir: dir.to_owned(), epoch: RwLock::new(epoch) })
    }

    /// Seals all records anew under a new key and destroys the old one. It has to hold few: they are one batch. Whatever
    /// instant it is stopped at, the next [`SealedStore::open`] finds one key and the records under it.
    pub fn renew(&self) -> Result<(), SealedError> {
        let mut epoch = self.epoch.write().unwrap_or_else(PoisonError::into_inner);
        let (old, new) = (key_file(&self.dir, epoch.number), key_file(&self.dir, epoch.number + 1));
        let next = Epoch { number: epoch.number + 1, seal: Seal::of(&new.create()?, REALM) };
        let mut batch = Batch::new();
        for record in self.store.scan(b"") {
            let (name, sealed) = record?;
            if name == EPOCH {
                continue;
            }
            let (key, value) = self.read(&epoch, &name, &sealed)?;
            batch.delete(name);
            next.write(&mut batch, &key, &value);
        }
        batch.put(EPOCH, next.number.to_be_bytes());
        self.store.commit(batch)?;
        *epoch = next;
        Ok(old.destroy()?)
    }

    fn epoch(&self) -> RwLockReadGuard<'_, Epoch> {
        self.epoch.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, epoch: &Epoch, name: &[u8], sealed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
        epoch.read(name, sealed).ok_or_else(|| StoreError::Damaged {
            dir: self.dir.clone(),
            detail: "a record does not open".to_owned(),
        })
    }
}

impl Epoch {
    /// Whether it opens a record of this store, if there is any. One that it does not open may be damaged, all of them are not.
    fn fits(&self, store: &dyn Store) -> Result<bool, StoreError> {
        let mut is_empty = true;
        for record in store.scan(b"") {
            let (name, sealed) = record?;
            if name == EPOCH {
                continue;
            }
            if self.read(&name, &sealed).is_some() {
                return Ok(true);
            }
            is_empty = false;
        }
        Ok(is_empty)
    }

    fn name(&self, key: &[u8]) -> Vec<u8> {
        let mut name = vec![self.kind(key.first().copied())];
        name.extend_from_slice(&self.seal.blind(&[b"key".as_slice(), key].concat()));
        name
    }

    /// Records of one kind, which is the first byte of their keys, stand together. Some share theirs with another kind.
    fn kind(&self, kind: Option<u8>) -> u8 {
        let [blind, ..] = self.seal.blind(&[b"kind".as_slice(), kind.as_slice()].concat());
        blind
    }

    fn write(&self, batch: &mut Batch, key: &[u8], value: &[u8]) {
        let name = self.name(key);
        let length = u16::try_from(key.len()).expect("the store below takes keys of at most 512 bytes");
        let mut plain = Vec::with_capacity((value.len() + key.len() + 3).next_multiple_of(PAD_BYTES));
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(key);
        plain.extend_from_slice(value);
        plain.push(END);
        plain.resize(plain.len().next_multiple_of(PAD_BYTES), 0);
        let sealed = self.seal.seal(&name, &plain);
        batch.put(name, sealed);
    }

    /// Key and value of a record; `None` if it does not open.
    fn read(&self, name: &[u8], sealed: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut plain = self.seal.open(name, sealed).ok()?;
        let end = plain.iter().rposition(|byte| *byte == END)?;
        plain.truncate(end);
        let (length, rest) = plain.split_first_chunk::<2>()?;
        let (key, value) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        Some((key.to_vec(), value.to_vec()))
    }
}

impl Store for SealedStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let epoch = self.epoch();
        let name = epoch.name(key);
        let Some(sealed) = self.store.get(&name)? else { return Ok(None) };
        Ok(Some(self.read(&epoch, &name, &sealed)?.1))
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.store.contains(&self.epoch().name(key))
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        match self.records(prefix) {
            Err(error) => Box::new(std::iter::once(Err(error))),
            Ok(records) => Box::new(records.into_iter().map(Ok)),
        }
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        let epoch = self.epoch();
        let mut sealed = Batch::new();
        for (key, value) in batch.into_changes() {
            match value {
                Some(value) => epoch.write(&mut sealed, &key, &value),
                None => sealed.delete(epoch.name(&key)),
            }
        }
        self.store.commit(sealed)
    }
}

impl SealedStore {
    /// All at once, for their order is that of the names below.
    fn records(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        let epoch = self.epoch();
        let kind = prefix.first().map(|kind| epoch.kind(Some(*kind)));
        let mut records = BTreeMap::new();
        for record in self.store.scan(kind.as_slice()) {
            let (name, sealed) = record?;
            if name.len() == NAME_BYTES {
                let (key, value) = self.read(&epoch, &name, &sealed)?;
                if key.starts_with(prefix) {
                    records.insert(key, value);
                }
            }
        }
        Ok(records)
    }
}

fn key_file(dir: &Path, number: u64) -> KeyFile {
    let path = dir.join(format!("{FILE_PREFIX}{number}.key"));
    KeyFile { what: "the queue of votes".to_owned(), path }
}

/// Also the draft of a key that was never used.
fn destroy_others(dir: &Path, number: u64) -> Result<(), SealedError> {
    let refused = |source| SealedError::Directory { dir: dir.to_owned(), source };
    let own = key_file(dir, number).path;
    for entry in fs::read_dir(dir).map_err(refused)? {
        let path = entry.map_err(refused)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let key = name.starts_with(FILE_PREFIX) && (name.ends_with(".key") || name.ends_with(".draft"));
        if key && path != own {
            KeyFile { what: "the queue of votes".to_owned(), path }.destroy()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{self, MemoryStore, contract};
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Place {
        dir: tempfile::TempDir,
        below: Arc<MemoryStore>,
    }

    impl Place {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap(), below: Arc::default() }
        }

        fn store(&self) -> SealedStore {
            SealedStore::open(self.below.clone(), self.dir.path()).unwrap()
        }

        fn key_files(&self) -> Vec<String> {
            let names = fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.map(|name| name.into_string().unwrap()).collect()
        }
    }

    impl contract::Subject for Place {
        fn open(&self) -> Arc<dyn Store> {
            Arc::new(self.store())
        }
    }

    fn put(store: &dyn Store, key: &[u8], value: &[u8]) {
        let mut batch = Batch::new();
        batch.put(key, value);
        store.commit(batch).unwrap();
    }

    fn all(store: &dyn Store) -> Vec<(Vec<u8>, Vec<u8>)> {
        store.scan(b"").map(Result::unwrap).collect()
    }

    #[test]
    fn a_sealed_store_keeps_the_contract() {
        contract::holds_for(Place::new);
    }

    #[test]
    fn nothing_of_a_record_is_seen_below_not_even_its_length() {
        let place = Place::new();
        let store = place.store();
        put(&store, b"c\0\0\0\0\0\0\0\x07", &[0x5a; 300]);
        put(&store, b"c\0\0\0\0\0\0\0\x08", &[0x5a; 302]);
        let below: Vec<_> = all(&*place.below).into_iter().filter(|(name, _)| name != EPOCH).collect();
        assert!(below.iter().all(|(name, sealed)| name.len() == NAME_BYTES && sealed.len() == 540));
        assert!(below.iter().all(|(_, sealed)| !sealed.windows(4).any(|bytes| bytes == [0x5a; 4])));
    }

    #[test]
    fn what_was_deleted_before_a_renewal_opens_no_more() {
        let place = Place::new();
        let store = place.store();
        put(&store, b"c1", b"sent");
        put(&store, b"t1", b"kept");
        let old: Vec<_> = all(&*place.below);
        let mut batch = Batch::new();
        batch.delete("c1");
        store.commit(batch).unwrap();
        store.renew().unwrap();
        assert_eq!(all(&store), [(b"t1".to_vec(), b"kept".to_vec())]);
        assert_eq!(place.key_files(), ["queue-2.key"]);
        drop(store);
        let store = place.store();
        assert_eq!(all(&store), [(b"t1".to_vec(), b"kept".to_vec())]);
        assert!(old.iter().all(|(name, sealed)| store.epoch().read(name, sealed).is_none()));
    }

    /// Refuses or loses the batch, as if the power went at its instant.
    #[derive(Debug)]
    struct Cut {
        below: Arc<MemoryStore>,
        cut: AtomicBool,
    }

    impl Store for Cut {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            self.below.get(key)
        }
        fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
            self.below.contains(key)
        }
        fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
            self.below.scan(prefix)
        }
        fn commit(&self, batch: Batch) -> Result<(), StoreError> {
            if self.cut.load(Ordering::Acquire) {
                return Err(StoreError::Stopped { dir: PathBuf::new() });
            }
            self.below.commit(batch)
        }
    }

    #[test]
    fn a_renewal_may_stop_at_every_step() {
        let place = Place::new();
        put(&place.store(), b"t1", b"kept");
        let whole = || [(b"t1".to_vec(), b"kept".to_vec())];
        // The new key is there, the batch is not.
        let cut = Cut { below: place.below.clone(), cut: AtomicBool::new(false) };
        let store = SealedStore::open(Arc::new(cut), place.dir.path()).unwrap();
        // The draft of a key, too.
        fs::write(place.dir.path().join("queue-3.draft"), [1; 32]).unwrap();
        let key_before = fs::read(place.dir.path().join("queue-1.key")).unwrap();
        drop(store);
        let cut = Arc::new(Cut { below: place.below.clone(), cut: AtomicBool::new(false) });
        let store = SealedStore::open(cut.clone(), place.dir.path()).unwrap();
        cut.cut.store(true, Ordering::Release);
        store.renew().unwrap_err();
        assert!(place.key_files().contains(&"queue-2.key".to_owned()));
        drop(store);
        assert_eq!(
            (all(&place.store()), place.key_files()),
            (whole().to_vec(), vec!["queue-1.key".to_owned()])
        );
        // The batch is there, the old key still is.
        place.store().renew().unwrap();
        fs::write(place.dir.path().join("queue-1.key"), key_before).unwrap();
        assert_eq!(
            (all(&place.store()), place.key_files()),
            (whole().to_vec(), vec!["queue-2.key".to_owned()])
        );
        // The first key of all is there, its number is not.
        let fresh = Place::new();
        key_file(fresh.dir.path(), 1).create().unwrap();
        assert_eq!(all(&fresh.store()), []);
    }

    #[test]
    fn without_its_key_nothing_opens_and_what_is_not_sealed_is_not_taken() {
        let place = Place::new();
        put(&place.store(), b"c1", b"vote");
        fs::remove_file(place.dir.path().join("queue-1.key")).unwrap();
        let lost = SealedStore::open(place.below.clone(), place.dir.path()).unwrap_err();
        assert!(matches!(lost, SealedError::Key(SealingError::Missing { .. })), "{lost}");
        let other = place.dir.path().join("queue-1.key");
        fs::write(&other, [5; 32]).unwrap();
        let wrong = SealedStore::open(place.below.clone(), place.dir.path()).unwrap_err();
        assert!(matches!(&wrong, SealedError::AnotherKey { path } if *path == other), "{wrong}");
        let bare = Arc::new(MemoryStore::new());
        put(&*bare, b"c1", b"vote");
        let bare = SealedStore::open(bare, place.dir.path()).unwrap_err();
        assert!(matches!(bare, SealedError::NotSealed { .. }), "{bare}");
    }

    #[test]
    fn it_lives_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            let below = Arc::new(store::open(&dir.path().join("queue.db")).unwrap());
            SealedStore::open(below, dir.path()).unwrap()
        };
        put(&open(), b"c1", b"vote");
        open().renew().unwrap();
        assert_eq!(all(&open()), [(b"c1".to_vec(), b"vote".to_vec())]);
    }
}
