//! The key of one month's ballot box: 32 random bytes in a file of their own, drawn when the box is made and
//! destroyed when the month is past its retention. Without it the box is noise, and so is every backup of it.
//!
//! Two keys derive from it, so that their nonces never meet: one seals ballots, with the first 12 bytes of the
//! ballot's id as nonce (an id names one plaintext, and the same ballot seals to the same bytes), one seals the
//! records that change, with random nonces.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use faccina_proto::calendar::Month;
use faccina_proto::envelope::Id;
use hmac::{Hmac, Mac};
use rand::{TryRng, rngs::SysRng};
use sha2::Sha256;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// Sealed ballots have a multiple of this many bytes of plaintext, so their length tells no face.
const PAD_BYTES: usize = 32;
/// What a red face with a reason is longer than any other ballot.
const REASON_BYTES: usize = 2;
/// Read and write for the owner only.
const FILE_MODE: u32 = 0o600;
/// Ends the ballot within its padding.
const END: u8 = 0x80;

/// Why a box key cannot be used. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum BoxKeyError {
    /// Without its key the box cannot be read: bring the key back from its encrypted backup.
    #[error("the key of the ballot box of {month} is missing ({}): restore it from the backup of the keys", path.display())]
    Missing {
        /// Whose box.
        month: Month,
        /// Where it belongs.
        path: PathBuf,
    },
    /// The file does not hold a key: restore it.
    #[error("{} is no key of a ballot box: restore it from the backup of the keys", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Check owner, permissions and free space.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// A sealed record that does not open: damaged, or sealed under another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record of the ballot box does not open: it is damaged, or the key is another month's")]
pub(crate) struct Unopened;

/// Seals and opens the records of one box.
pub(crate) struct BoxKey {
    ballots: ChaCha20Poly1305,
    records: ChaCha20Poly1305,
    names: [u8; KEY_BYTES],
}

impl std::fmt::Debug for BoxKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxKey(..)")
    }
}

/// The key file of a month's box.
pub(crate) fn path(keys_dir: &Path, month: Month) -> PathBuf {
    keys_dir.join(format!("box-{:06}.key", month.yyyymm()))
}

/// 32 random bytes from the operating system.
pub(crate) fn random_bytes() -> Result<[u8; KEY_BYTES], BoxKeyError> {
    let mut bytes = [0; KEY_BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| BoxKeyError::NoRandomness)?;
    Ok(bytes)
}

impl BoxKey {
    /// Draws the key of a new box; on return it survives a power cut. A key that is already there is kept: the
    /// node stopped between key and box.
    pub(crate) fn create(keys_dir: &Path, month: Month) -> Result<Self, BoxKeyError> {
        let path = path(keys_dir, month);
        if path.exists() {
            return Self::load(keys_dir, month);
        }
        let key = random_bytes()?;
        let refused = |source| BoxKeyError::Io { path: path.clone(), source };
        let draft = path.with_extension("draft");
        fs::create_dir_all(keys_dir).map_err(refused)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(FILE_MODE)
            .open(&draft)
            .map_err(refused)?;
        file.write_all(&key).and_then(|()| file.sync_all()).map_err(refused)?;
        fs::rename(&draft, &path).and_then(|()| File::open(keys_dir)?.sync_all()).map_err(refused)?;
        Ok(Self::of(&key))
    }

    /// Reads the key of a box that exists.
    pub(crate) fn load(keys_dir: &Path, month: Month) -> Result<Self, BoxKeyError> {
        let path = path(keys_dir, month);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BoxKeyError::Missing { month, path });
            }
            Err(source) => return Err(BoxKeyError::Io { path, source }),
        };
        let mut bytes = Vec::with_capacity(KEY_BYTES + 1);
        if let Err(source) = (&file).take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes) {
            return Err(BoxKeyError::Io { path, source });
        }
        let key: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| BoxKeyError::Malformed { path })?;
        Ok(Self::of(&key))
    }

    /// The keys that derive from the month's key.
    pub(crate) fn of(key: &[u8; KEY_BYTES]) -> Self {
        let cipher = |purpose: &[u8]| ChaCha20Poly1305::new(&derive(key, purpose).into());
        Self {
            ballots: cipher(b"faccina/box/ballots"),
            records: cipher(b"faccina/box/records"),
            names: derive(key, b"faccina/box/names"),
        }
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

    /// Seals a record under a random nonce, bound to its key in the store.
    pub(crate) fn seal_record(&self, store_key: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = chacha20poly1305::aead::Payload { msg: plain, aad: store_key };
        let sealed =
            self.records.encrypt(&nonce.into(), payload).expect("records are far below the cipher's bound");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a record of the store.
    pub(crate) fn open_record(&self, store_key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unopened)?;
        let payload = chacha20poly1305::aead::Payload { msg: sealed, aad: store_key };
        self.records.decrypt(&(*nonce).into(), payload).map_err(|_| Unopened)
    }

    /// A name in the store that tells nothing of what it names.
    pub(crate) fn blind(&self, name: &[u8]) -> [u8; 16] {
        let [blind @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = derive(&self.names, name);
        blind
    }
}

/// Destroys the key of a month past its retention. One that is gone is no error.
pub(crate) fn destroy(keys_dir: &Path, month: Month) -> Result<(), BoxKeyError> {
    let path = path(keys_dir, month);
    let gone = match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome.and_then(|()| File::open(keys_dir)?.sync_all()),
    };
    gone.map_err(|source| BoxKeyError::Io { path, source })
}

fn nonce_of(id: &Id) -> [u8; NONCE_BYTES] {
    let [nonce @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *id.as_bytes();
    nonce
}

fn derive(key: &[u8; KEY_BYTES], purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(purpose).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::from_yyyymm(202_604).unwrap()
    }

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
    fn what_is_sealed_opens_only_in_its_place() {
        let (key, other) = (BoxKey::of(&[1; 32]), BoxKey::of(&[3; 32]));
        let (id, elsewhere) = (Id::from_bytes([2; 32]), Id::from_bytes([4; 32]));
        // Ends like padding would, which must not confuse the opening.
        let ballot = [9, 0x80, 0, 0];
        let sealed = key.seal_ballot(&id, &ballot, false);
        assert_eq!(key.open_ballot(&id, &sealed), Ok(ballot.to_vec()));
        assert_eq!(key.open_ballot(&elsewhere, &sealed), Err(Unopened));
        assert_eq!(other.open_ballot(&id, &sealed), Err(Unopened));
        let record = key.seal_record(b"n", b"counts");
        assert_eq!(key.open_record(b"n", &record), Ok(b"counts".to_vec()));
        assert_eq!(key.open_record(b"d", &record), Err(Unopened));
        assert_ne!(key.seal_record(b"n", b"counts"), record, "nonces are never used twice");
    }

    #[test]
    fn a_key_is_kept_until_it_is_destroyed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        assert!(matches!(BoxKey::load(&keys, month()), Err(BoxKeyError::Missing { .. })));
        let drawn = BoxKey::create(&keys, month()).unwrap().blind(b"x");
        assert_eq!(BoxKey::create(&keys, month()).unwrap().blind(b"x"), drawn);
        assert_eq!(BoxKey::load(&keys, month()).unwrap().blind(b"x"), drawn);
        let mode = fs::metadata(path(&keys, month())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        destroy(&keys, month()).unwrap();
        destroy(&keys, month()).unwrap();
        assert!(matches!(BoxKey::load(&keys, month()), Err(BoxKeyError::Missing { .. })));
    }
}
