//! Damage to each file of a database, and older formats: what opens holds everything, and what does not says which
//! database is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::format::{self, Step};
use super::{Batch, SledStore, Store, StoreError, open};

const RECORDS: u32 = 400;
const SEED: u64 = 5;

fn value(number: u32) -> Vec<u8> {
    let length = usize::try_from(number % 37 * 90 + 8).unwrap();
    number.to_be_bytes().into_iter().cycle().take(length).collect()
}

/// A database with its records in many batches, closed.
fn sound(dir: &Path) {
    let store = open(dir).unwrap();
    for number in 0..RECORDS {
        let mut batch = Batch::new();
        batch.put(number.to_be_bytes(), value(number));
        store.commit(batch).unwrap();
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

fn copied(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to.join("blobs")).unwrap();
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

#[derive(Debug, PartialEq)]
enum Found {
    Sound,
    Named,
}

/// Opens and reads everything. What is served must be right, and what is refused must be named.
fn look(dir: &Path) -> Found {
    let told = |error: StoreError| {
        let words = error.to_string();
        assert!(matches!(error, StoreError::Damaged { .. }), "{words}");
        assert!(words.contains("box-202604.db") && words.contains("backup"), "{words}");
        Found::Named
    };
    let store = match open(dir) {
        Ok(store) => store,
        Err(error) => return told(error),
    };
    let mut expected = 0_u32;
    for record in store.scan(b"") {
        match record {
            Err(error) => return told(error),
            Ok((key, held)) => {
                assert_eq!(key, expected.to_be_bytes(), "a record is gone and nobody says so");
                assert_eq!(held, value(expected));
                expected += 1;
            }
        }
    }
    assert_eq!(expected, RECORDS, "the last records are gone and nobody says so");
    for number in 0..RECORDS {
        match store.get(&number.to_be_bytes()) {
            Err(error) => return told(error),
            Ok(held) => assert_eq!(held, Some(value(number))),
        }
    }
    Found::Sound
}

/// The ways in which a file is damaged; each gives new bytes.
fn damages(bytes: &[u8], rng: &mut StdRng) -> Vec<(String, Vec<u8>)> {
    let mut damaged = vec![("emptied".to_owned(), Vec::new())];
    if bytes.is_empty() {
        return damaged;
    }
    for _ in 0..6 {
        let at = rng.random_range(0..bytes.len());
        damaged.push((format!("cut off at {at}"), bytes[..at].to_vec()));
    }
    for _ in 0..12 {
        let at = rng.random_range(0..bytes.len()) / 4096 * 4096;
        let mut zeroed = bytes.to_vec();
        zeroed[at..].iter_mut().take(4096).for_each(|byte| *byte = 0);
        damaged.push((format!("a page of zeros at {at}"), zeroed));
    }
    for _ in 0..24 {
        let at = rng.random_range(0..bytes.len());
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1 << rng.random_range(0..8);
        damaged.push((format!("a bit flipped at {at}"), flipped));
    }
    damaged
}

#[test]
fn every_damage_to_every_file_is_named_or_harmless() {
    let place = tempfile::tempdir().unwrap();
    let (whole, hurt) = (place.path().join("whole"), place.path().join("box-202604.db"));
    sound(&whole);
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut named = 0;
    for file in files(&whole) {
        let name = file.file_name().unwrap().to_str().unwrap();
        for (how, bytes) in damages(&fs::read(&file).unwrap(), &mut rng) {
            copied(&whole, &hurt);
            fs::write(hurt.join(name), bytes).unwrap();
            println!("{name}: {how}");
            named += usize::from(look(&hurt) == Found::Named);
        }
    }
    println!("{named} damages named");
    assert!(named > 20, "only {named} damages were noticed");
}

fn at_format(store: &SledStore) -> u32 {
    let found = store.db.get(format::FORMAT_KEY).unwrap().unwrap();
    u32::from_be_bytes(found.as_ref().try_into().unwrap())
}

#[test]
fn steps_are_run_in_order_and_once() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("node.db");
    drop(open(&dir).unwrap());
    let store = open(&dir).unwrap();
    store.db.insert(format::FORMAT_KEY, &1_u32.to_be_bytes()).unwrap();
    store.db.insert(b"\x01word", b"\x00a").unwrap();
    fn append(db: &::sled::Db, letter: u8) -> ::sled::Result<::sled::Batch> {
        let mut word = db.get(b"\x01word")?.unwrap_or_default().to_vec();
        word.push(letter);
        let mut batch = ::sled::Batch::default();
        batch.insert(b"\x01word", word);
        Ok(batch)
    }
    let steps: [Step; 2] = [|db| append(db, b'b'), |db| append(db, b'c')];
    store.begin(&steps[..1]).unwrap();
    assert_eq!((at_format(&store), store.get(b"word").unwrap()), (2, Some(b"ab".to_vec())));
    store.begin(&steps[..1]).unwrap();
    assert_eq!(store.get(b"word").unwrap(), Some(b"ab".to_vec()), "a step is run once");
    store.db.insert(format::FORMAT_KEY, &1_u32.to_be_bytes()).unwrap();
    store.begin(&steps).unwrap();
    assert_eq!((at_format(&store), store.get(b"word").unwrap()), (3, Some(b"abbc".to_vec())));
}

#[test]
fn a_database_of_the_first_format_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("node.db");
    sound(&dir);
    let store = open(&dir).unwrap();
    // As the first format was: batches without a count, no sum, and no mark.
    store.db.insert(format::FORMAT_KEY, &1_u32.to_be_bytes()).unwrap();
    store.db.remove(format::COMMITS_KEY).unwrap();
    store.db.remove(format::SUM_KEY).unwrap();
    drop(store);
    fs::remove_file(dir.join("mark")).unwrap();
    let store = open(&dir).unwrap();
    assert_eq!(at_format(&store), format::CURRENT);
    assert_eq!(store.get(&7_u32.to_be_bytes()).unwrap(), Some(value(7)));
    assert_eq!(fs::read_to_string(dir.join("mark")).unwrap(), format!("{:020}\n", 0));
    let mut batch = Batch::new();
    batch.put("more", "1");
    store.commit(batch).unwrap();
    assert_eq!(fs::read_to_string(dir.join("mark")).unwrap(), format!("{:020}\n", 1));
}

#[test]
fn records_that_are_gone_or_old_are_noticed() {
    let place = tempfile::tempdir().unwrap();
    let (whole, hurt) = (place.path().join("whole"), place.path().join("box-202604.db"));
    sound(&whole);
    // What the engine serves after it passed over a stretch of its file, without a mark that is ahead.
    let key = format::record_key(&7_u32.to_be_bytes());
    for older in [None, Some(b"\x00as it was")] {
        copied(&whole, &hurt);
        let store = open(&hurt).unwrap();
        match older {
            None => store.db.remove(&key).unwrap(),
            Some(value) => store.db.insert(&key, value).unwrap(),
        };
        drop(store);
        assert_eq!(look(&hurt), Found::Named);
    }
}
