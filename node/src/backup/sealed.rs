//! The sealed file: what is written into it is unreadable without its passphrase, and cannot be changed or cut short unseen.
//!
//! `faccina-backup-1\n` ‖ salt (16 bytes) ‖ nonce (7 bytes), then pieces of 64 KiB sealed with ChaCha20-Poly1305 in the
//! STREAM construction, of which the last is marked as such; the head is bound to every piece. The key is Argon2id of the
//! passphrase, with 64 MiB of memory, three passes and four lanes (RFC 9106, the second recommended choice). Another choice
//! is another first line.

use std::fmt;
use std::io::{self, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{ChaCha20Poly1305, aead::Payload};

use crate::sealing::{KEY_BYTES, SealingError, random_bytes};

const FIRST_LINE: &[u8; 17] = b"faccina-backup-1\n";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 7;
const HEAD_BYTES: usize = FIRST_LINE.len() + SALT_BYTES + NONCE_BYTES;
/// Plain bytes in one piece.
const PIECE_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
/// Argon2id: KiB of memory, passes, lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// Shortest passphrase, in characters: whoever holds the file can try for as long as they like.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// Longest, in bytes.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

/// Why a passphrase is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a passphrase has at least {PASSPHRASE_CHARS_MIN} characters and at most {PASSPHRASE_BYTES_MAX} bytes"
)]
pub struct NoPassphrase;

/// What opens a backup.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(String);

impl Passphrase {
    pub fn new(text: &str) -> Result<Self, NoPassphrase> {
        let fits = text.chars().count() >= PASSPHRASE_CHARS_MIN && text.len() <= PASSPHRASE_BYTES_MAX;
        if fits { Ok(Self(text.to_owned())) } else { Err(NoPassphrase) }
    }

    /// As it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The key for a salt: about a tenth of a second of work.
    fn key(&self, salt: &[u8; SALT_BYTES]) -> Result<[u8; KEY_BYTES], SealedError> {
        let params =
            Params::new(MEMORY_KIB, PASSES, LANES, Some(KEY_BYTES)).map_err(|_| SealedError::NoKey)?;
        let mut key = [0; KEY_BYTES];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(self.0.as_bytes(), salt, &mut key).map_err(|_| SealedError::NoKey)?;
        Ok(key)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Why a sealed file cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// Name the right file, or use the version of the software that made it.
    #[error("it is no backup of this software, or one of a newer version")]
    NoBackup,
    /// Free 64 MiB of memory.
    #[error("the key of the passphrase takes 64 MiB of memory, and there are none")]
    NoKey,
    /// The operating system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] SealingError),
    #[error("it cannot be read or written")]
    Io(#[from] io::Error),
}

/// What of a sealed file does not open: read as an error of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// Type the passphrase again; if it is right, use another copy of the file.
    #[error("the passphrase is another, or the file is damaged at its beginning")]
    First,
    /// Use another copy of the file.
    #[error("the file is damaged, or its end is missing")]
    Later,
}

/// Seals what is written into it.
pub(super) struct Sealed<W> {
    out: W,
    stream: EncryptorBE32<ChaCha20Poly1305>,
    head: [u8; HEAD_BYTES],
    piece: Vec<u8>,
}

impl<W: Write> Sealed<W> {
    pub(super) fn begin(mut out: W, passphrase: &Passphrase) -> Result<Self, SealedError> {
        let (salt, nonce) = (part(random_bytes()?), part(random_bytes()?));
        let key = passphrase.key(&salt)?;
        let mut head = [0; HEAD_BYTES];
        head.as_mut_slice().write_all(&[FIRST_LINE.as_slice(), &salt, &nonce].concat())?;
        out.write_all(&head)?;
        let stream = EncryptorBE32::new(&key.into(), &nonce.into());
        Ok(Self { out, stream, head, piece: Vec::with_capacity(PIECE_BYTES) })
    }

    /// Writes the last piece; without it the file does not open to its end.
    pub(super) fn end(mut self) -> io::Result<()> {
        let sealed = self.stream.encrypt_last(Payload { msg: &self.piece, aad: &self.head });
        self.out.write_all(&sealed.map_err(|_| io::Error::other("the file is too long"))?)?;
        self.out.flush()
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits until more comes: it may be the last.
        if self.piece.len() == PIECE_BYTES {
            let sealed = self.stream.encrypt_next(Payload { msg: &self.piece, aad: &self.head });
            self.out.write_all(&sealed.map_err(|_| io::Error::other("the file is too long"))?)?;
            self.piece.clear();
        }
        let taken = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend(bytes.iter().take(taken));
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Opens what was sealed; reading gives an error where it does not open, and ends only where the file was ended.
pub(super) struct Opened<R> {
    file: R,
    /// `None` once the last piece is open.
    stream: Option<DecryptorBE32<ChaCha20Poly1305>>,
    head: [u8; HEAD_BYTES],
    /// Sealed bytes read ahead: a piece, and one byte that tells whether it is the last.
    ahead: Vec<u8>,
    piece: io::Cursor<Vec<u8>>,
    any: bool,
}

impl<R: Read> Opened<R> {
    pub(super) fn begin(mut file: R, passphrase: &Passphrase) -> Result<Self, SealedError> {
        let mut head = [0; HEAD_BYTES];
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(SealedError::NoBackup),
            outcome => outcome?,
        }
        let rest = head.strip_prefix(FIRST_LINE).ok_or(SealedError::NoBackup)?;
        let (salt, nonce) = rest.split_first_chunk::<SALT_BYTES>().ok_or(SealedError::NoBackup)?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| SealedError::NoBackup)?;
        let key = passphrase.key(salt)?;
        let stream = Some(DecryptorBE32::new(&key.into(), &nonce.into()));
        Ok(Self { file, stream, head, ahead: Vec::new(), piece: io::Cursor::default(), any: false })
    }

    fn open_piece(&mut self) -> io::Result<()> {
        let full = PIECE_BYTES + TAG_BYTES;
        let wanted = u64::try_from(full + 1 - self.ahead.len()).unwrap_or(0);
        self.file.by_ref().take(wanted).read_to_end(&mut self.ahead)?;
        let next = if self.ahead.len() > full { self.ahead.split_off(full) } else { Vec::new() };
        let sealed = std::mem::replace(&mut self.ahead, next);
        let payload = Payload { msg: &sealed, aad: &self.head };
        let plain = match self.stream.take() {
            Some(mut stream) if !self.ahead.is_empty() => {
                let plain = stream.decrypt_next(payload);
                self.stream = Some(stream);
                plain
            }
            Some(stream) => stream.decrypt_last(payload),
            None => return Ok(()),
        };
        let unopened = if self.any { Unopened::Later } else { Unopened::First };
        self.piece =
            io::Cursor::new(plain.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, unopened))?);
        self.any = true;
        Ok(())
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(into)?;
            if read > 0 || into.is_empty() || self.stream.is_none() {
                return Ok(read);
            }
            self.open_piece()?;
        }
    }
}

/// The first bytes of a random draw.
fn part<const N: usize>(drawn: [u8; KEY_BYTES]) -> [u8; N] {
    std::array::from_fn(|at| drawn.get(at).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase() -> Passphrase {
        Passphrase::new("dodici caratteri").unwrap()
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut file = Sealed::begin(&mut bytes, &passphrase()).unwrap();
        file.write_all(plain).unwrap();
        file.end().unwrap();
        bytes
    }

    fn opened(bytes: &[u8], passphrase: &Passphrase) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Opened::begin(bytes, passphrase).unwrap().read_to_end(&mut plain).map(|_| plain)
    }

    #[test]
    fn what_is_sealed_opens_whole_at_every_length() {
        for bytes in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            let plain: Vec<u8> = (0..=250).cycle().take(bytes).collect();
            let file = sealed(&plain);
            assert_eq!(file.len(), HEAD_BYTES + bytes + TAG_BYTES * bytes.div_ceil(PIECE_BYTES).max(1));
            assert_eq!(opened(&file, &passphrase()).unwrap(), plain);
        }
    }

    #[test]
    fn another_passphrase_a_changed_byte_and_a_missing_end_do_not_open() {
        let file = sealed(&vec![7; 2 * PIECE_BYTES + 5]);
        let error =
            |bytes: &[u8], passphrase: &Passphrase| opened(bytes, passphrase).unwrap_err().to_string();
        let other = Passphrase::new("tredici caratteri").unwrap();
        assert_eq!(error(&file, &other), Unopened::First.to_string());
        let mut changed = file.clone();
        changed[HEAD_BYTES + PIECE_BYTES + 100] ^= 1;
        assert_eq!(error(&changed, &passphrase()), Unopened::Later.to_string());
        let piece = PIECE_BYTES + TAG_BYTES;
        for end in [file.len() - 1, HEAD_BYTES + 2 * piece, HEAD_BYTES + piece + 1] {
            assert_eq!(error(&file[..end], &passphrase()), Unopened::Later.to_string(), "cut at {end}");
        }
        let one_piece = &file[..HEAD_BYTES + piece];
        assert_eq!(error(one_piece, &passphrase()), Unopened::First.to_string(), "it is not the last");
        let mut swapped = file.clone();
        swapped[HEAD_BYTES..HEAD_BYTES + 2 * piece].rotate_left(piece);
        assert_eq!(error(&swapped, &passphrase()), Unopened::First.to_string());
        assert!(matches!(Opened::begin(&b"PK\x03\x04"[..], &passphrase()), Err(SealedError::NoBackup)));
    }

    #[test]
    fn a_short_passphrase_is_none() {
        assert_eq!(Passphrase::new("undici lett"), Err(NoPassphrase));
        assert_eq!(Passphrase::new(&"x".repeat(PASSPHRASE_BYTES_MAX + 1)), Err(NoPassphrase));
    }
}
