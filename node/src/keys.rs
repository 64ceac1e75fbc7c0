//! The node's secrets on disk: feed key, transport key, receipt key, node key (HMAC of invites) and the TLS
//! certificate. Each is a file of its own with mode 0600, created whole or not at all and never overwritten; a file
//! that others can read, or that holds another kind of key, is refused.

mod next;

pub use next::{NEXT_FILES, NextKeys, WhichKey};

use crate::short_file;
use ed25519_dalek::SigningKey;
use rand::{TryRng, rngs::SysRng};
use rcgen::{CertificateParams, DnType, KeyPair};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    net::IpAddr,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A key file is one short line, a certificate a few; more is not one of ours.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;
/// Things put aside under one name; who has so many looks at the disk.
const ASIDE_MAX: u32 = 64;
/// Permission bits of group and others: none may be set on a secret.
const OTHERS: u32 = 0o077;

const FEED: &str = "feed.key";
const TRANSPORT: &str = "transport.key";
const RECEIPT: &str = "receipt.key";
const NODE: &str = "node.key";
const TLS_KEY: &str = "tls.key";
const TLS_CERTIFICATE: &str = "tls.crt";

/// The secrets of a node, each in a file of this name.
pub const SECRET_FILES: [&str; 5] = [FEED, TRANSPORT, RECEIPT, NODE, TLS_KEY];
/// The certificate beside them, which is no secret.
pub const CERTIFICATE_FILE: &str = TLS_CERTIFICATE;

/// Why a key file cannot be used. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Bring the key back from its backup.
    #[error("{} is missing: restore it from its backup; a lost key cannot be made again, only replaced by a new one", .path.display())]
    Missing { path: PathBuf },
    /// The file exists; keys are never overwritten. Move it away first if it is really to be replaced.
    #[error("{} exists already, and keys are never overwritten", .path.display())]
    Exists { path: PathBuf },
    /// Others can read the secret: `chmod 600`, and consider a new key.
    #[error("{} can be read by others (mode {mode:03o}): run `chmod 600 {}`", .path.display(), .path.display())]
    Open { path: PathBuf, mode: u32 },
    /// Not a key file of this kind; restore it from the backup.
    #[error("{} is not a {kind} file (one line `faccina-{kind}-v1 <64 hex digits>`)", .path.display())]
    Malformed { path: PathBuf, kind: &'static str },
    /// Some of its digits are no longer those that were written; restore it from the backup.
    #[error("{} is damaged, its check digits do not fit: restore it from the backup of the keys", .path.display())]
    Damaged { path: PathBuf },
    /// The disk or the permissions do not allow it.
    #[error("cannot use {}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// The certificate could not be made.
    #[error("cannot make the TLS certificate")]
    Certificate(#[source] rcgen::Error),
}

/// Which of the secrets a file holds; written in the file, so that two files cannot be mistaken for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Feed,
    Transport,
    Receipt,
    Node,
    Root,
    Terminal,
}

impl KeyKind {
    fn word(self) -> &'static str {
        match self {
            Self::Feed => "feed-key",
            Self::Transport => "transport-key",
            Self::Receipt => "receipt-key",
            Self::Node => "node-key",
            Self::Root => "root-key",
            Self::Terminal => "terminal-key",
        }
    }
}

/// The certificate that the node shows and its private key, both PEM.
#[derive(Clone)]
pub struct TlsPair {
    pub certificate_pem: String,
    pub key_pem: String,
}

/// All secrets of a node.
#[derive(Clone)]
pub struct NodeKeys {
    /// Signs the entries of the feed.
    pub feed: SigningKey,
    /// Identifies the node to its peers.
    pub transport: SigningKey,
    /// Signs receipts for terminals.
    pub receipt: SigningKey,
    /// HMAC key under which invites are stored.
    pub node: [u8; 32],
    pub tls: TlsPair,
}

impl std::fmt::Debug for NodeKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeKeys(..)")
    }
}

impl std::fmt::Debug for TlsPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsPair(..)")
    }
}

impl NodeKeys {
    /// Draws and writes all secrets of a new node into `dir`. `hosts` are the names and addresses in its certificate,
    /// beside localhost. Refuses when any of them exists.
    pub fn create(dir: &Path, ente: &str, hosts: &[String]) -> Result<Self, KeyFileError> {
        for name in [FEED, TRANSPORT, RECEIPT, NODE, TLS_KEY, TLS_CERTIFICATE] {
            let path = dir.join(name);
            if path.exists() {
                return Err(KeyFileError::Exists { path });
            }
        }
        let tls = draw_certificate(ente, hosts)?;
        Ok(Self {
            feed: create_signing(&dir.join(FEED), KeyKind::Feed)?,
            transport: create_signing(&dir.join(TRANSPORT), KeyKind::Transport)?,
            receipt: create_signing(&dir.join(RECEIPT), KeyKind::Receipt)?,
            node: create_secret(&dir.join(NODE), KeyKind::Node)?,
            tls: {
                create_file(&dir.join(TLS_KEY), tls.key_pem.as_bytes(), 0o600)?;
                create_file(&dir.join(TLS_CERTIFICATE), tls.certificate_pem.as_bytes(), 0o644)?;
                tls
            },
        })
    }

    /// Reads all secrets of the node from `dir`.
    pub fn load(dir: &Path) -> Result<Self, KeyFileError> {
        Ok(Self {
            feed: load_signing(&dir.join(FEED), KeyKind::Feed)?,
            transport: load_signing(&dir.join(TRANSPORT), KeyKind::Transport)?,
            receipt: load_signing(&dir.join(RECEIPT), KeyKind::Receipt)?,
            node: load_secret(&dir.join(NODE), KeyKind::Node)?,
            tls: TlsPair {
                key_pem: read_secret_file(&dir.join(TLS_KEY))?,
                certificate_pem: read_file(&dir.join(TLS_CERTIFICATE))?,
            },
        })
    }
}

/// Where the certificate of a node lies, for those who connect to it.
pub fn certificate_path(dir: &Path) -> PathBuf {
    dir.join(TLS_CERTIFICATE)
}

/// 32 bytes from the operating system.
pub fn draw() -> Result<[u8; 32], KeyFileError> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| KeyFileError::NoRandomness)?;
    Ok(bytes)
}

/// Draws a signing key and writes it to a new file.
pub fn create_signing(path: &Path, kind: KeyKind) -> Result<SigningKey, KeyFileError> {
    create_secret(path, kind).map(|secret| SigningKey::from_bytes(&secret))
}

/// Reads a signing key.
pub fn load_signing(path: &Path, kind: KeyKind) -> Result<SigningKey, KeyFileError> {
    load_secret(path, kind).map(|secret| SigningKey::from_bytes(&secret))
}

fn create_secret(path: &Path, kind: KeyKind) -> Result<[u8; 32], KeyFileError> {
    let secret = draw()?;
    create_file(path, line_of(kind, &secret).as_bytes(), 0o600)?;
    Ok(secret)
}

/// A new secret in the place of the one that is there, if any.
fn replace_secret(path: &Path, kind: KeyKind) -> Result<(), KeyFileError> {
    replace_file(path, line_of(kind, &draw()?).as_bytes(), 0o600)
}

fn line_of(kind: KeyKind, secret: &[u8; 32]) -> String {
    let digits = hex::encode(secret);
    format!("faccina-{}-v1 {digits} {}\n", kind.word(), check_digits(kind.word(), &digits))
}

fn load_secret(path: &Path, kind: KeyKind) -> Result<[u8; 32], KeyFileError> {
    let malformed = || KeyFileError::Malformed { path: path.to_owned(), kind: kind.word() };
    let text = read_secret_file(path).map_err(|error| {
        let no_text =
            matches!(&error, KeyFileError::Io { source, .. } if source.kind() == io::ErrorKind::InvalidData);
        if no_text { malformed() } else { error }
    })?;
    let head = format!("faccina-{}-v1 ", kind.word());
    let digits = text.strip_prefix(head.as_str()).and_then(|rest| rest.strip_suffix('\n'));
    let digits = digits.ok_or_else(malformed)?;
    // Files of earlier versions have no check digits.
    let (digits, check) =
        digits.split_once(' ').map_or((digits, None), |(digits, check)| (digits, Some(check)));
    if check.is_some_and(|check| check != check_digits(kind.word(), digits)) {
        return Err(KeyFileError::Damaged { path: path.to_owned() });
    }
    let mut secret = [0; 32];
    hex::decode_to_slice(digits, &mut secret).map_err(|_| malformed())?;
    Ok(secret)
}

/// Eight digits that tell a damaged text from another one: a key with one wrong digit is a key too.
pub(crate) fn check_digits(kind: &str, text: &str) -> String {
    let sum = Sha256::new().chain_update(kind).chain_update(text).finalize();
    sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a new file whole or not at all: under another name first, synced, then linked to its own name, which fails
/// if that exists; at last the directory is synced, so that a power cut does not take it away.
pub fn create_file(path: &Path, content: &[u8], mode: u32) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let draft = beside(path).join(format!(".new-{}", hex::encode(draw()?)));
    let linked = write_draft(&draft, content, mode).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(KeyFileError::Exists { path: path.to_owned() })
        }
        other => other.and(removed).and_then(|()| sync_dir(path)).map_err(io),
    }
}

/// Puts a file in the place of the one that is there, if any: at every instant one of the two is whole.
pub fn replace_file(path: &Path, content: &[u8], mode: u32) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let draft = beside(path).join(format!(".new-{}", hex::encode(draw()?)));
    let renamed = write_draft(&draft, content, mode).and_then(|()| fs::rename(&draft, path));
    if renamed.is_err() {
        // Whatever went wrong is told; the draft holds nothing that is not in the caller's hands.
        let _ = fs::remove_file(&draft);
    }
    renamed.and_then(|()| sync_dir(path)).map_err(io)
}

/// Puts a file or a directory aside under another ending, never over what was put aside before.
pub fn put_aside(path: &Path, ending: &str) -> io::Result<()> {
    let numbered = (2..=ASIDE_MAX).map(|number| format!("{number}.{ending}"));
    let endings = std::iter::once(ending.to_owned()).chain(numbered);
    let free = endings.map(|ending| path.with_extension(ending)).find(|aside| !aside.exists());
    fs::rename(path, free.ok_or(io::ErrorKind::AlreadyExists)?)?;
    sync_dir(path)
}

fn write_draft(draft: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(draft)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The directory of a file.
fn beside(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_dir(path: &Path) -> io::Result<()> {
    fs::File::open(beside(path))?.sync_all()
}

fn read_secret_file(path: &Path) -> Result<String, KeyFileError> {
    let mode = fs::metadata(path).map_err(|source| missing_or_io(path, source))?.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(KeyFileError::Open { path: path.to_owned(), mode });
    }
    read_file(path)
}

fn read_file(path: &Path) -> Result<String, KeyFileError> {
    short_file::text(path, KEY_FILE_BYTES_MAX).map_err(|source| missing_or_io(path, source))
}

fn missing_or_io(path: &Path, source: io::Error) -> KeyFileError {
    if source.kind() == io::ErrorKind::NotFound {
        KeyFileError::Missing { path: path.to_owned() }
    } else {
        KeyFileError::Io { path: path.to_owned(), source }
    }
}

/// A self-signed certificate: terminals and officers are given it by hand, no authority is asked.
pub(crate) fn draw_certificate(ente: &str, hosts: &[String]) -> Result<TlsPair, KeyFileError> {
    let key = KeyPair::generate().map_err(KeyFileError::Certificate)?;
    let mut names = vec!["localhost".to_owned(), IpAddr::from([127, 0, 0, 1]).to_string()];
    names.extend(hosts.iter().cloned());
    let mut parameters = CertificateParams::new(names).map_err(KeyFileError::Certificate)?;
    parameters.distinguished_name.push(DnType::CommonName, format!("faccina {ente}"));
    let certificate = parameters.self_signed(&key).map_err(KeyFileError::Certificate)?;
    Ok(TlsPair { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_read_back_as_written_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let keys = NodeKeys::create(dir.path(), "c_zz01", &[]).unwrap();
        let read = NodeKeys::load(dir.path()).unwrap();
        assert_eq!(keys.feed.to_bytes(), read.feed.to_bytes());
        assert_eq!(keys.node, read.node);
        let again = NodeKeys::create(dir.path(), "c_zz01", &[]);
        assert!(matches!(again, Err(KeyFileError::Exists { .. })));
        assert_eq!(NodeKeys::load(dir.path()).unwrap().feed.to_bytes(), keys.feed.to_bytes());
        let drafts = fs::read_dir(dir.path())
            .unwrap()
            .filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().starts_with(".new"));
        assert_eq!(drafts.count(), 0);
    }

    #[test]
    fn a_wrong_digit_is_noticed_and_a_file_without_check_digits_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NODE);
        let keys = NodeKeys::create(dir.path(), "c_zz01", &[]).unwrap();
        let line = fs::read_to_string(&path).unwrap();
        for (at, digit) in
            line.char_indices().skip("faccina-node-key-v1 ".len()).filter(|(_, it)| it.is_ascii_hexdigit())
        {
            let mut wrong = line.clone();
            wrong.replace_range(at..=at, if digit == '0' { "1" } else { "0" });
            fs::write(&path, wrong).unwrap();
            let refused = load_secret(&path, KeyKind::Node);
            assert!(matches!(refused, Err(KeyFileError::Damaged { .. })), "digit {at}");
        }
        let earlier = line.rsplit_once(' ').unwrap().0.to_owned() + "\n";
        fs::write(&path, earlier).unwrap();
        assert_eq!(load_secret(&path, KeyKind::Node).unwrap(), keys.node);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        NodeKeys::create(dir.path(), "c_zz01", &[]).unwrap();
        fs::set_permissions(dir.path().join(FEED), fs::Permissions::from_mode(0o640)).unwrap();
        let refused = NodeKeys::load(dir.path()).unwrap_err();
        assert!(matches!(refused, KeyFileError::Open { mode: 0o640, .. }), "{refused}");
    }

    #[test]
    fn one_kind_of_key_is_not_taken_for_another() {
        let dir = tempfile::tempdir().unwrap();
        NodeKeys::create(dir.path(), "c_zz01", &[]).unwrap();
        fs::copy(dir.path().join(RECEIPT), dir.path().join(FEED)).unwrap();
        assert!(matches!(NodeKeys::load(dir.path()), Err(KeyFileError::Malformed { kind: "feed-key", .. })));
        fs::remove_file(dir.path().join(FEED)).unwrap();
        assert!(matches!(NodeKeys::load(dir.path()), Err(KeyFileError::Missing { .. })));
    }
}
