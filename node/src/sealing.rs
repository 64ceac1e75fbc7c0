//! Records that are noise without a key in a file of its own: destroying the file destroys what was sealed under it, in
//! every copy and backup of the records.
//!
//! Whoever seals names a realm, from which two keys derive: one seals records under random nonces, one blinds the names
//! under which they stand.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use hmac::{Hmac, Mac};
use rand::{TryRng, rngs::SysRng};
use sha2::Sha256;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// Read and write for the owner only.
const FILE_MODE: u32 = 0o600;

/// Why a key cannot be used. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// Without its key nothing can be read: bring the key back from its encrypted backup.
    #[error("the key of {what} is missing ({}): restore it from the backup of the keys", path.display())]
    Missing {
        /// What it seals.
        what: String,
        /// Where it belongs.
        path: PathBuf,
    },
    /// The file does not hold a key: restore it.
    #[error("{} is no key of {what}: restore it from the backup of the keys", path.display())]
    Malformed {
        /// What it would seal.
        what: String,
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
#[error("a sealed record does not open: it is damaged, or the key is another")]
pub(crate) struct Unopened;

/// 32 random bytes from the operating system.
pub(crate) fn random_bytes() -> Result<[u8; KEY_BYTES], SealingError> {
    let mut bytes = [0; KEY_BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| SealingError::NoRandomness)?;
    Ok(bytes)
}

/// The key that derives from another for one purpose.
pub(crate) fn derive(key: &[u8; KEY_BYTES], purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(purpose).finalize().into_bytes().into()
}

/// The file that holds one key.
#[derive(Debug, Clone)]
pub(crate) struct KeyFile {
    /// What the key seals, for people ("the ballot box of 2026-04").
    pub(crate) what: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl KeyFile {
    /// Draws a new key; on return it survives a power cut. A key that is already there is kept: the process stopped
    /// between the key and what it seals.
    pub(crate) fn create(&self) -> Result<[u8; KEY_BYTES], SealingError> {
        if self.path.exists() {
            return self.load();
        }
        let key = random_bytes()?;
        let draft = self.path.with_extension("draft");
        if let Some(dir) = self.path.parent() {
            fs::create_dir_all(dir).map_err(|source| self.refused(source))?;
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&draft);
        file.and_then(|mut file| file.write_all(&key).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&draft, &self.path))
            .and_then(|()| self.sync_dir())
            .map_err(|source| self.refused(source))?;
        Ok(key)
    }

    /// Reads the key.
    pub(crate) fn load(&self) -> Result<[u8; KEY_BYTES], SealingError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SealingError::Missing { what: self.what.clone(), path: self.path.clone() });
            }
            Err(source) => return Err(self.refused(source)),
        };
        let mut bytes = Vec::with_capacity(KEY_BYTES + 1);
        (&file).take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|source| self.refused(source))?;
        bytes
            .try_into()
            .map_err(|_| SealingError::Malformed { what: self.what.clone(), path: self.path.clone() })
    }

    /// Destroys the key. One that is gone is no error.
    pub(crate) fn destroy(&self) -> Result<(), SealingError> {
        let gone = match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome.and_then(|()| self.sync_dir()),
        };
        gone.map_err(|source| self.refused(source))
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    }

    fn refused(&self, source: io::Error) -> SealingError {
        SealingError::Io { path: self.path.clone(), source }
    }
}

/// Seals and opens records under one key.
pub(crate) struct Seal {
    records: ChaCha20Poly1305,
    names: [u8; KEY_BYTES],
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(..)")
    }
}

impl Seal {
    /// The keys that derive from a key for one realm ("box").
    pub(crate) fn of(key: &[u8; KEY_BYTES], realm: &str) -> Self {
        let purpose = |part: &str| derive(key, format!("faccina/{realm}/{part}").as_bytes());
        Self { records: ChaCha20Poly1305::new(&purpose("records").into()), names: purpose("names") }
    }

    /// Seals a record under a random nonce, bound to its place (its key in the store).
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: plain, aad: place };
        let sealed =
            self.records.encrypt(&nonce.into(), payload).expect("records are far below the cipher's bound");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens the record of a place.
    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unopened)?;
        let payload = Payload { msg: sealed, aad: place };
        self.records.decrypt(&(*nonce).into(), payload).map_err(|_| Unopened)
    }

    /// A name in the store that tells nothing of what it names.
    pub(crate) fn blind(&self, name: &[u8]) -> [u8; 16] {
        let [blind @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = derive(&self.names, name);
        blind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_realm() {
        let (seal, other, elsewhere) =
            (Seal::of(&[1; 32], "box"), Seal::of(&[3; 32], "box"), Seal::of(&[1; 32], "queue"));
        let record = seal.seal(b"n", b"counts");
        assert_eq!(seal.open(b"n", &record), Ok(b"counts".to_vec()));
        assert_eq!(seal.open(b"d", &record), Err(Unopened));
        assert_eq!(other.open(b"n", &record), Err(Unopened));
        assert_eq!(elsewhere.open(b"n", &record), Err(Unopened));
        assert_ne!(seal.seal(b"n", b"counts"), record, "nonces are never used twice");
        assert_ne!(seal.blind(b"n"), elsewhere.blind(b"n"));
    }

    #[test]
    fn a_key_is_kept_until_it_is_destroyed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys").join("box.key");
        let file = KeyFile { what: "the ballot box of 2026-04".to_owned(), path };
        let missing = file.load().unwrap_err();
        assert!(missing.to_string().starts_with("the key of the ballot box of 2026-04 is missing"));
        let drawn = file.create().unwrap();
        assert_eq!(file.create().unwrap(), drawn);
        assert_eq!(file.load().unwrap(), drawn);
        let mode = fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&file.path, b"short").unwrap();
        assert!(matches!(file.load(), Err(SealingError::Malformed { .. })));
        file.destroy().unwrap();
        file.destroy().unwrap();
        assert!(matches!(file.load(), Err(SealingError::Missing { .. })));
    }
}
