//! Hashes that are derived and not encoded: `fixtures/wire/derived.txt`, lines of `name = hex`.
//!
//! Written anew like the golden vectors, with `FACCINA_WRITE_GOLDEN=1`.

use crate::golden::{ballot, federation, root_key, terminal_key};
use faccina_proto::{
    ballot::Ballot,
    envelope::{Id, KeyId, Kind},
    invites::{InviteHash, PaperInvite},
    merkle::{ballots_root, padding_leaf},
};
use std::{env, fs, path::Path};

fn derived() -> Vec<(String, String)> {
    let seed = [9; 32];
    let ids = |count: u8| (0..count).map(|i| Id::from_bytes([i; 32]));
    let root = |count| ballots_root(ids(count), &seed).to_string();
    let invite = InviteHash::of(&[7; 16]);
    let paper = PaperInvite::from_random(0x0002_0102_0304_0506);
    let paper_name = format!("paper invite hash, {paper}");
    let ballot = ballot().encode();
    let rows: [(&str, String); 15] = [
        ("federation id, root key seed 01x32, name Prova", federation().to_string()),
        ("key id, key seed 01x32", KeyId::of(&root_key().verifying_key()).to_string()),
        ("key id, key seed 02x32", KeyId::of(&terminal_key().verifying_key()).to_string()),
        ("ballot id, the bytes of ballot.hex", Ballot::id(&ballot, &federation()).to_string()),
        ("cast id, payload 'abc'", Id::of(Kind::Cast.context(), &federation(), b"abc").to_string()),
        ("entry id, payload 'abc'", Id::of(Kind::Entry.context(), &federation(), b"abc").to_string()),
        ("invite hash, 07x16", hex::encode(invite.as_bytes())),
        ("stored invite, 07x16 under node key 05x32", hex::encode(invite.stored(&[5; 32]).as_bytes())),
        (&paper_name, hex::encode(paper.hash().as_bytes())),
        ("padding leaf 0, seed 09x32", padding_leaf(&seed, 0).to_string()),
        ("padding leaf 63, seed 09x32", padding_leaf(&seed, 63).to_string()),
        ("ballots root, no ballot, seed 09x32", root(0)),
        ("ballots root, id 00x32, seed 09x32", root(1)),
        ("ballots root, ids 00x32 to 3fx32, seed 09x32", root(64)),
        ("ballots root, ids 00x32 to 40x32, seed 09x32", root(65)),
    ];
    rows.into_iter().map(|(name, hex)| (name.to_owned(), hex)).collect()
}

#[test]
fn golden_derived_hashes_are_those_of_the_fixture() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wire/derived.txt");
    if env::var_os("FACCINA_WRITE_GOLDEN").is_some() {
        let lines = derived().into_iter().map(|(name, hex)| format!("{name} = {hex}\n"));
        fs::write(&path, lines.collect::<String>()).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    let stored: Vec<(String, String)> = stored
        .lines()
        .map(|line| line.split_once(" = ").map(|(name, hex)| (name.to_owned(), hex.to_owned())).unwrap())
        .collect();
    assert_eq!(stored, derived());
}
