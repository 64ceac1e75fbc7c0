//! The durability contract of [`Store`], run against every implementation, and what only the disk can show.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{Batch, KEY_BYTES_MAX, MemoryStore, SledStore, Store, StoreError, VALUE_BYTES_MAX, open};

/// Opens the store again as after a restart.
pub(crate) trait Subject {
    fn open(&self) -> Arc<dyn Store>;
}

/// Memory lives as long as its process, so a "restart" is the same store.
struct Memory(Arc<MemoryStore>);

impl Subject for Memory {
    fn open(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
}

struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn dir(&self) -> std::path::PathBuf {
        self.0.path().join("box-202604.db")
    }

    fn store(&self) -> SledStore {
        open(&self.dir()).unwrap()
    }
}

impl Subject for Disk {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store())
    }
}

fn all(store: &dyn Store, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.scan(prefix).map(Result::unwrap).collect()
}

fn put(store: &dyn Store, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(key, value);
    store.commit(batch).unwrap();
}

fn what_is_committed_is_there_after_a_restart(subject: &dyn Subject) {
    let store = subject.open();
    let mut batch = Batch::new();
    batch.put("a", "1");
    batch.put("b", vec![7; 10_000]);
    store.commit(batch).unwrap();
    drop(store);
    let store = subject.open();
    assert_eq!(store.get(b"a").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(store.get(b"b").unwrap(), Some(vec![7; 10_000]));
    assert!(store.contains(b"b").unwrap());
    assert!(!store.contains(b"c").unwrap());
    assert_eq!(store.get(b"c").unwrap(), None);
}

fn the_last_change_of_a_key_wins(subject: &dyn Subject) {
    let store = subject.open();
    put(&*store, b"k", b"old");
    let mut batch = Batch::new();
    batch.delete("k");
    batch.put("k", "new");
    batch.put("gone", "x");
    batch.delete("gone");
    store.commit(batch).unwrap();
    assert_eq!(store.get(b"k").unwrap().as_deref(), Some(&b"new"[..]));
    assert!(!store.contains(b"gone").unwrap());
    let mut batch = Batch::new();
    batch.delete("k");
    batch.delete("never there");
    store.commit(batch).unwrap();
    assert_eq!(store.get(b"k").unwrap(), None);
}

fn a_scan_is_ordered_and_keeps_to_its_prefix(subject: &dyn Subject) {
    let store = subject.open();
    for key in [&b"p\x02"[..], b"p", b"q", b"o\xff", b"p\x00", b"p\xff\xff", b"p\x01"] {
        put(&*store, key, &vec![key.len().to_le_bytes()[0]; 5000]);
    }
    let keys: Vec<Vec<u8>> = all(&*store, b"p").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [&b"p"[..], b"p\x00", b"p\x01", b"p\x02", b"p\xff\xff"]);
    assert_eq!(all(&*store, b"").len(), 7);
    assert!(all(&*store, b"z").is_empty());
}

fn values_of_every_length_come_back_whole(subject: &dyn Subject) {
    let store = subject.open();
    for bytes in [0, 1, 4095, 4096, 4097, 8192, 70_000, 1_000_000] {
        let value: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
        put(&*store, b"value", &value);
        assert_eq!(store.get(b"value").unwrap(), Some(value.clone()));
        assert_eq!(all(&*store, b"v"), [(b"value".to_vec(), value)]);
    }
    put(&*store, b"value", b"short again");
    assert_eq!(store.get(b"value").unwrap().as_deref(), Some(&b"short again"[..]));
    assert_eq!(all(&*store, b"").len(), 1, "parts are never seen");
}

fn a_batch_beyond_the_bounds_changes_nothing(subject: &dyn Subject) {
    let store = subject.open();
    let mut batch = Batch::new();
    batch.put("first", "1");
    batch.put(vec![1; KEY_BYTES_MAX + 1], "2");
    assert!(matches!(store.commit(batch), Err(StoreError::KeyTooLong { .. })));
    let mut batch = Batch::new();
    batch.put("first", "1");
    batch.put("second", vec![0; VALUE_BYTES_MAX + 1]);
    assert!(matches!(store.commit(batch), Err(StoreError::ValueTooLong { .. })));
    assert!(!store.contains(b"first").unwrap());
    put(&*store, b"first", b"a refused batch does not stop the store");
}

fn readers_see_batches_whole(subject: &dyn Subject) {
    let store = subject.open();
    put(&*store, b"value", &[0; 20_000]);
    std::thread::scope(|scope| {
        let writer = store.clone();
        let writing = scope.spawn(move || {
            for round in 1..=40_u8 {
                put(&*writer, b"value", &[round; 20_000]);
            }
        });
        while !writing.is_finished() {
            let value = store.get(b"value").unwrap().unwrap();
            assert!(value.iter().all(|byte| *byte == value[0]));
        }
    });
}

fn a_snapshot_is_one_moment_however_long_it_is_read(subject: &dyn Subject) {
    let store = subject.open();
    let key = |number: u32| number.to_be_bytes();
    for number in (0..2_000).step_by(2) {
        put(&*store, &key(number), &vec![1; if number % 100 == 0 { 9_000 } else { 20 }]);
    }
    let before = all(&*store, b"");
    let mut snapshot = store.snapshot().unwrap();
    let mut read: Vec<(Vec<u8>, Vec<u8>)> = snapshot.by_ref().take(300).map(Result::unwrap).collect();
    let mut batch = Batch::new();
    for number in 0..2_000 {
        match number % 6 {
            0 => batch.delete(key(number)),
            1 | 2 => batch.put(key(number), "changed"),
            _ => {}
        }
    }
    store.commit(batch).unwrap();
    put(&*store, b"\xff later than all", b"new");
    read.extend(snapshot.map(Result::unwrap));
    assert_eq!(read, before);
    let now: Vec<_> = store.snapshot().unwrap().map(Result::unwrap).collect();
    assert_eq!(now, all(&*store, b""), "the next one is of its own moment");
}

const CONTRACT: [fn(&dyn Subject); 7] = [
    what_is_committed_is_there_after_a_restart,
    the_last_change_of_a_key_wins,
    a_scan_is_ordered_and_keeps_to_its_prefix,
    values_of_every_length_come_back_whole,
    a_batch_beyond_the_bounds_changes_nothing,
    readers_see_batches_whole,
    a_snapshot_is_one_moment_however_long_it_is_read,
];

/// Holds an implementation to the contract; each law begins with an empty store.
pub(crate) fn holds_for<S: Subject>(empty: impl Fn() -> S) {
    for law in CONTRACT {
        law(&empty());
    }
}

#[test]
fn memory_keeps_the_contract() {
    holds_for(|| Memory(Arc::new(MemoryStore::new())));
}

#[test]
fn sled_keeps_the_contract() {
    holds_for(Disk::new);
}

#[test]
fn a_locked_store_names_the_process_and_opens_once_free() {
    let disk = Disk::new();
    let held = disk.store();
    let refusal = open(&disk.dir()).unwrap_err().to_string();
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
    assert!(refusal.contains("box-202604.db"), "{refusal}");
    drop(held);
    disk.store();
}

#[test]
fn a_newer_format_is_left_alone() {
    let disk = Disk::new();
    let store = disk.store();
    let newer = super::format::CURRENT + 1;
    store.db.insert(super::format::FORMAT_KEY, &newer.to_be_bytes()).unwrap();
    drop(store);
    let refusal = open(&disk.dir()).unwrap_err();
    assert!(matches!(refusal, StoreError::Newer { found, .. } if found == newer), "{refusal}");
}

#[test]
fn damage_is_reported_and_never_a_panic() {
    let disk = Disk::new();
    let store = disk.store();
    for number in 0..200_u32 {
        put(&store, &number.to_be_bytes(), &[9; 3000]);
    }
    drop(store);
    let file = disk.dir().join("db");
    let mut bytes = fs::read(&file).unwrap();
    for byte in bytes.iter_mut().skip(100).step_by(64) {
        *byte ^= 0xff;
    }
    fs::write(&file, bytes).unwrap();
    let refusal = open(&disk.dir()).unwrap_err();
    assert!(matches!(refusal, StoreError::Damaged { .. }), "{refusal}");
}

#[test]
fn a_snapshot_that_is_outrun_says_so_and_lets_the_next_begin() {
    let disk = Disk::new();
    let store = disk.store();
    for number in 0..1_000_u32 {
        put(&store, &number.to_be_bytes(), b"1");
    }
    let mut snapshot = store.snapshot().unwrap();
    snapshot.next().unwrap().unwrap();
    assert!(matches!(store.snapshot().map(drop), Err(StoreError::Busy { .. })));
    for number in 990..994_u32 {
        put(&store, &number.to_be_bytes(), &vec![7; 8_000_000]);
        put(&store, &number.to_be_bytes(), b"1");
    }
    assert_eq!(snapshot.by_ref().filter(Result::is_err).count(), 0, "short values were put aside");
    drop(snapshot);
    for number in 990..994_u32 {
        put(&store, &number.to_be_bytes(), &vec![7; 8_000_000]);
    }
    let mut snapshot = store.snapshot().unwrap();
    snapshot.next().unwrap().unwrap();
    for number in 990..994_u32 {
        put(&store, &number.to_be_bytes(), b"1");
    }
    assert!(snapshot.by_ref().any(|record| matches!(record, Err(StoreError::Outrun { .. }))));
    drop(snapshot);
    assert_eq!(store.snapshot().unwrap().count(), 1_000);
}

#[test]
fn a_place_that_cannot_be_used_is_named() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let refusal = open(&file.join("node.db")).unwrap_err();
    assert!(matches!(refusal, StoreError::FileSystem { .. }), "{refusal}");
    assert!(refusal.to_string().contains("file/node.db"), "{refusal}");
}

#[test]
fn only_the_owner_may_enter_the_directory() {
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    drop(disk.store());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&disk.dir()), 0o700);
}

#[test]
fn long_values_never_leave_the_synced_file() {
    let disk = Disk::new();
    let store = disk.store();
    for number in 0..60_u32 {
        put(&store, &number.to_be_bytes(), &[3; 65_536]);
    }
    drop(store);
    let blobs = fs::read_dir(disk.dir().join("blobs")).unwrap().count();
    assert_eq!(blobs, 0, "sled does not sync the files of its blobs");
}
