//! A bundle is whole and unchanged, or the record is named that is not.

use crate::town::{Pen, Shelf, federation, key, root_feed};
use bytes::Bytes;
use faccina_proto::bundle::{self, BundleError, Place};
use faccina_proto::replica::Outcome;
use faccina_proto::roster::{Federation, commitment};
use proptest::prelude::*;
use std::convert::Infallible;

/// Two members, one of them forked.
fn shelf() -> Shelf {
    let (_, root) = root_feed(&["c_a", "c_b"]);
    let mut shelf = Shelf::with(&root);
    let mut pen = Pen::new("c_b");
    shelf.accept(&pen.say("uno"));
    shelf.accept(&pen.say("due"));
    let mut pen = Pen::new("c_a");
    shelf.accept(&pen.say("uno"));
    let mut other = pen.clone();
    shelf.accept(&pen.say("due"));
    assert!(matches!(shelf.accept(&other.say("tre")), Outcome::Forked { .. }));
    shelf
}

fn written(shelf: &Shelf) -> Bytes {
    let mut file = Vec::new();
    let mut sink = |piece: &[u8]| -> Result<(), Infallible> {
        file.extend(piece);
        Ok(())
    };
    bundle::write(&shelf.replica, &shelf.log, &mut sink).unwrap();
    file.into()
}

#[test]
fn a_bundle_brings_everything() {
    let shelf = shelf();
    let file = written(&shelf);
    for known in [Some(&federation()), None] {
        let read = bundle::read(file.clone(), known).unwrap();
        assert_eq!(read.replica.digest(), shelf.replica.digest());
        assert_eq!(read.log, shelf.log);
        let mut other = Shelf::new();
        read.envelopes().for_each(|bytes| {
            other.accept(&bytes);
        });
        assert_eq!(other.replica.digest(), shelf.replica.digest());
    }
}

#[test]
fn every_truncation_is_refused() {
    let file = written(&shelf());
    for length in 0..file.len() {
        let error = bundle::read(file.slice(..length), None).unwrap_err();
        assert!(matches!(error, BundleError::Truncated(_)), "{length}: {error}");
    }
    let longer = Bytes::from([file.as_ref(), &[0]].concat());
    assert_eq!(
        bundle::read(longer, None).unwrap_err(),
        BundleError::Damaged { place: Place::End, what: "more follows" }
    );
}

#[test]
fn a_federation_signed_anew_is_another() {
    let expected =
        Federation::new("Prova", key("other").verifying_key(), commitment(&key("x").verifying_key()));
    let error = bundle::read(written(&shelf()), Some(&expected)).unwrap_err();
    assert!(matches!(error, BundleError::OtherFederation { .. }), "{error}");
}

#[test]
fn the_message_names_the_entry() {
    let file = written(&shelf());
    let at = file.windows(3).rposition(|window| window == b"due").unwrap();
    let mut changed = file.to_vec();
    changed[at] ^= 1;
    let error = bundle::read(changed.into(), Some(&federation())).unwrap_err();
    assert!(
        error.to_string().starts_with("record 7 (the one after entry 1 of c_b) does not hold"),
        "{error}"
    );
}

#[test]
fn every_changed_byte_is_refused() {
    let file = written(&shelf());
    for at in 0..file.len() {
        let mut changed = file.to_vec();
        changed[at] ^= 1 << (at % 8);
        assert!(bundle::read(changed.into(), None).is_err(), "byte {at} of {}", file.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_change_of_a_byte_passes(at in any::<prop::sample::Index>(), flip in 1u8..=255) {
        let mut file = written(&shelf()).to_vec();
        let at = at.index(file.len());
        file[at] ^= flip;
        prop_assert!(bundle::read(file.into(), None).is_err());
    }

    #[test]
    fn reading_never_panics(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let file = [b"faccina/bundle/1".as_slice(), &tail].concat();
        prop_assert!(bundle::read(file.into(), None).is_err());
    }
}
