//! The key of one month's ballot box: drawn when the box is made, destroyed when the month is past its retention.
//!
//! Ballots have a key of their own, so that their nonces never meet those of the records that change: the first 12 bytes
//! of the ballot's id are its nonce (an id names one plaintext, and the same ballot seals to the same bytes).

use std::fs;
use std::io;
use std::path::Path;

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use faccina_proto::calendar::Month;
use faccina_proto::envelope::Id;

use crate::sealing::{self, KEY_BYTES, KeyFile, Seal, SealingError, Unopened};

const NONCE_BYTES: usize = 12;
/// Sealed ballots have a multiple of this many bytes of plaintext, so their length tells no face.
const PAD_BYTES: usize = 32;
/// What a red face with a reason is longer than any other ballot.
const REASON_BYTES: usize = 2;
/// Ends the ballot within its padding.
const END: u8 = 0x80;

/// Seals and opens the ballots and records of one box.
pub(crate) struct BoxKey {
    ballots: ChaCha20Poly1305,
    records: Seal,
}

impl std::fmt::Debug for BoxKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxKey(..)")
    }
}

/// The key file of a month's box.
pub(crate) fn file(keys_dir: &Path, month: Month) -> KeyFile {
    KeyFile {
        what: format!("the ballot box of {month}"),
        path: keys_dir.join(format!("box-{:06}.key", month.yyyymm())),
    }
}

/// The months whose keys are there, ascending.
pub(crate) fn months(keys_dir: &Path) -> Result<Vec<Month>, SealingError> {
    let refused = |source| SealingError::Io { path: keys_dir.to_owned(), source };
    let mut months = Vec::new();
    let entries = match fs::read_dir(keys_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(months),
        entries => entries.map_err(refused)?,
    };
    for entry in entries {
        let name = entry.map_err(refused)?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix("box-")?.strip_suffix(".key"));
        months.extend(digits.and_then(|digits| Month::from_yyyymm(digits.parse().ok()?).ok()));
    }
    months.sort_unstable();
    Ok(months)
}

impl BoxKey {
    /// Draws the key of a new box; durable on return.
    pub(crate) fn create(keys_dir: &Path, month: Month) -> Result<Self, SealingError> {
        Ok(Self::of(&file(keys_dir, month).create()?))
    }

    /// Reads the key of a box that exists.
    pub(crate) fn load(keys_dir: &Path, month: Month) -> Result<Self, SealingError> {
        Ok(Self::of(&file(keys_dir, month).load()?))
    }

    /// The keys that derive from the month's key.
    pub(crate) fn of(key: &[u8; KEY_BYTES]) -> Self {
        let ballots = sealing::derive(key, b"faccina/box/ballots");
        Self { ballots: ChaCha20Poly1305::new(&ballots.into()), records: Seal::of(key, "box") }
    }

    /// What seals the records that change.
    pub(crate) fn records(&self) -> &Seal {
        &self.records
    }

    /// Seals the exact bytes of a ballot. `with_reason` says whether they hold one.
    pub(crate) fn seal_ballot(&self, id: &Id, ballot: &[u8], with_reason: bool) -> Vec<u8> {
        let room = if with_reason { 0 } else { REASON_BYTES };
        let padded = (ballot.len() + room + 1).next_multiple_of(PAD_BYTES);
        let mut plain = Vec::with_capacity(padded);
        plain.extend_from_slice(ballot);
        plain.push(END);
        plain.resize(padded, 0);
        self.ballots
            .encrypt(&nonce_of(id).into(), plain.as_slice())
            .expect("a ballot is far below the cipher's bound")
    }

    /// The exact bytes of a sealed ballot.
    pub(crate) fn open_ballot(&self, id: &Id, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let mut plain = self.ballots.decrypt(&nonce_of(id).into(), sealed).map_err(|_| Unopened)?;
        let end = plain.iter().rposition(|byte| *byte == END).ok_or(Unopened)?;
        plain.truncate(end);
        Ok(plain)
    }
}

fn nonce_of(id: &Id) -> [u8; NONCE_BYTES] {
    let [nonce @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *id.as_bytes();
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_sealed_ballot_tells_no_reason() {
        let key = BoxKey::of(&[1; 32]);
        let id = Id::from_bytes([2; 32]);
        for length in 40..110 {
            let without = key.seal_ballot(&id, &vec![7; length], false);
            let with = key.seal_ballot(&id, &vec![7; length + REASON_BYTES], true);
            assert_eq!(without.len(), with.len());
        }
    }

    #[test]
    fn a_sealed_ballot_opens_only_under_its_id() {
        let (key, other) = (BoxKey::of(&[1; 32]), BoxKey::of(&[3; 32]));
        let (id, elsewhere) = (Id::from_bytes([2; 32]), Id::from_bytes([4; 32]));
        // Ends like padding would, which must not confuse the opening.
        let ballot = [9, 0x80, 0, 0];
        let sealed = key.seal_ballot(&id, &ballot, false);
        assert_eq!(key.open_ballot(&id, &sealed), Ok(ballot.to_vec()));
        assert_eq!(key.open_ballot(&elsewhere, &sealed), Err(Unopened));
        assert_eq!(other.open_ballot(&id, &sealed), Err(Unopened));
    }
}
