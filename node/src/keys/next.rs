//! Keys on their way: a new feed key or transport key lies beside the present one until the roster has it, then takes its
//! place; the former one is kept under its id. At every instant the present key is there under its name.

use super::{
    FEED, KeyFileError, KeyKind, NODE, NodeKeys, RECEIPT, TLS_CERTIFICATE, TLS_KEY, TRANSPORT, create_secret,
    create_signing, draw_certificate, load_secret, load_signing, put_aside, read_file, read_secret_file,
    replace_file, replace_secret, sync_dir,
};
use ed25519_dalek::SigningKey;
use faccina_proto::envelope::KeyId;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

const NEXT_FEED: &str = "feed-next.key";
const NEXT_TRANSPORT: &str = "transport-next.key";

/// The secrets that lie beside the others for as long as they wait for the roster.
pub const NEXT_FILES: [&str; 2] = [NEXT_FEED, NEXT_TRANSPORT];

/// A key that changes during the life of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichKey {
    Feed,
    Transport,
}

impl WhichKey {
    fn kind(self) -> KeyKind {
        match self {
            Self::Feed => KeyKind::Feed,
            Self::Transport => KeyKind::Transport,
        }
    }

    fn present(self) -> &'static str {
        match self {
            Self::Feed => FEED,
            Self::Transport => TRANSPORT,
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::Feed => NEXT_FEED,
            Self::Transport => NEXT_TRANSPORT,
        }
    }

    /// The name under which a former key is kept.
    pub(crate) fn former(self, id: KeyId) -> String {
        match self {
            Self::Feed => format!("feed-{id}.former"),
            Self::Transport => format!("transport-{id}.former"),
        }
    }
}

/// The directory of a node's keys, as far as keys on their way are concerned.
#[derive(Clone, Debug)]
pub struct NextKeys {
    dir: PathBuf,
}

impl NextKeys {
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The key in use.
    pub fn present(&self, which: WhichKey) -> Result<SigningKey, KeyFileError> {
        load_signing(&self.dir.join(which.present()), which.kind())
    }

    /// Whether the key with this id was put aside.
    pub(crate) fn has_former(&self, which: WhichKey, id: KeyId) -> bool {
        self.dir.join(which.former(id)).exists()
    }

    /// The key that waits for the roster, if there is one.
    pub fn next(&self, which: WhichKey) -> Result<Option<SigningKey>, KeyFileError> {
        match load_signing(&self.dir.join(which.next()), which.kind()) {
            Ok(key) => Ok(Some(key)),
            Err(KeyFileError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The key that waits; drawn now if there is none.
    pub fn draw_next(&self, which: WhichKey) -> Result<SigningKey, KeyFileError> {
        match self.next(which)? {
            Some(key) => Ok(key),
            None => create_signing(&self.dir.join(which.next()), which.kind()),
        }
    }

    /// Puts the key that waits in the place of the present one, which is kept under its id.
    pub fn promote(&self, which: WhichKey) -> Result<(), KeyFileError> {
        let (present, next) = (self.dir.join(which.present()), self.dir.join(which.next()));
        self.keep_former(which)?;
        fs::rename(&next, &present)
            .and_then(|()| sync_dir(&present))
            .map_err(|source| KeyFileError::Io { path: present, source })
    }

    /// After a loss or a theft: a new feed key and a new transport key in the place of what is there, and whatever else of
    /// a node's secrets is missing or damaged. Former keys are kept under their ids, damaged files as `*.unusable`; what
    /// waited for the roster goes. Names what else was drawn. What cannot be used for another reason (a file that others can
    /// read) is refused before anything is changed.
    pub fn replace(
        &self,
        ente: &str,
        hosts: &[String],
    ) -> Result<(NodeKeys, Vec<&'static str>), KeyFileError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(|source| KeyFileError::Io { path: self.dir.clone(), source })?;
        let others = [(RECEIPT, KeyKind::Receipt), (NODE, KeyKind::Node)].map(|(name, kind)| {
            let path = self.dir.join(name);
            found(load_secret(&path, kind).map(drop)).map(|found| (name, kind, path, found))
        });
        let others = others.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (tls, certificate) = (self.dir.join(TLS_KEY), self.dir.join(TLS_CERTIFICATE));
        let tls_found = found(read_secret_file(&tls).and_then(|_| read_file(&certificate)).map(drop))?;
        let mut drawn = Vec::new();
        for (name, kind, path, found) in others {
            if found != Found::Whole {
                set_aside(&path, found)?;
                create_secret(&path, kind)?;
                drawn.push(name);
            }
        }
        if tls_found != Found::Whole {
            let pair = draw_certificate(ente, hosts)?;
            replace_file(&tls, pair.key_pem.as_bytes(), 0o600)?;
            replace_file(&certificate, pair.certificate_pem.as_bytes(), 0o644)?;
            drawn.push(TLS_CERTIFICATE);
        }
        for which in [WhichKey::Feed, WhichKey::Transport] {
            let path = self.dir.join(which.present());
            match found(self.keep_former(which)) {
                Ok(found) => set_aside(&path, found)?,
                // Others could read it: what replaces it is safe, and it stays where it can be looked at.
                Err(KeyFileError::Open { .. }) => set_aside(&path, Found::Damaged)?,
                Err(error) => return Err(error),
            }
            replace_secret(&path, which.kind())?;
            self.drop_next(which)?;
        }
        Ok((NodeKeys::load(&self.dir)?, drawn))
    }

    fn drop_next(&self, which: WhichKey) -> Result<(), KeyFileError> {
        let path = self.dir.join(which.next());
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(KeyFileError::Io { path, source }),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn keep_former(&self, which: WhichKey) -> Result<(), KeyFileError> {
        let present = self.dir.join(which.present());
        let former = self.dir.join(which.former(KeyId::of(&self.present(which)?.verifying_key())));
        match fs::hard_link(&present, &former) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(KeyFileError::Io { path: former, source })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// How a secret was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Whole,
    Missing,
    Damaged,
}

/// A damaged file is as good as a lost one.
fn found(read: Result<(), KeyFileError>) -> Result<Found, KeyFileError> {
    match read {
        Ok(()) => Ok(Found::Whole),
        Err(KeyFileError::Missing { .. }) => Ok(Found::Missing),
        Err(KeyFileError::Malformed { .. } | KeyFileError::Damaged { .. }) => Ok(Found::Damaged),
        Err(error) => Err(error),
    }
}

/// A damaged file stays where it can be looked at.
fn set_aside(path: &Path, found: Found) -> Result<(), KeyFileError> {
    match found {
        Found::Damaged => {
            put_aside(path, "unusable").map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
        }
        Found::Whole | Found::Missing => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> (tempfile::TempDir, NextKeys, NodeKeys) {
        let dir = tempfile::tempdir().unwrap();
        let keys = NodeKeys::create(dir.path(), "c_zz01", &[]).unwrap();
        let next = NextKeys::new(dir.path());
        (dir, next, keys)
    }

    #[test]
    fn a_new_key_waits_beside_the_present_one_and_takes_its_place() {
        let (dir, keys, before) = node();
        assert_eq!(keys.next(WhichKey::Feed).unwrap().map(|key| key.to_bytes()), None);
        let next = keys.draw_next(WhichKey::Feed).unwrap();
        assert_eq!(keys.draw_next(WhichKey::Feed).unwrap().to_bytes(), next.to_bytes(), "drawn once");
        assert_eq!(NodeKeys::load(dir.path()).unwrap().feed.to_bytes(), before.feed.to_bytes());
        keys.promote(WhichKey::Feed).unwrap();
        assert_eq!(NodeKeys::load(dir.path()).unwrap().feed.to_bytes(), next.to_bytes());
        assert!(keys.next(WhichKey::Feed).unwrap().is_none());
        let former = dir.path().join(WhichKey::Feed.former(KeyId::of(&before.feed.verifying_key())));
        assert_eq!(load_signing(&former, KeyKind::Feed).unwrap().to_bytes(), before.feed.to_bytes());
    }

    #[test]
    fn after_a_loss_every_missing_secret_is_drawn_and_what_is_left_is_kept() {
        let (dir, keys, before) = node();
        keys.draw_next(WhichKey::Transport).unwrap();
        fs::remove_file(dir.path().join(FEED)).unwrap();
        fs::remove_file(dir.path().join(NODE)).unwrap();
        let (after, drawn) = keys.replace("c_zz01", &[]).unwrap();
        assert_eq!(drawn, [NODE]);
        assert_ne!(after.feed.to_bytes(), before.feed.to_bytes());
        assert_ne!(after.transport.to_bytes(), before.transport.to_bytes());
        assert_eq!(after.receipt.to_bytes(), before.receipt.to_bytes());
        assert!(
            dir.path()
                .join(WhichKey::Transport.former(KeyId::of(&before.transport.verifying_key())))
                .exists()
        );
        assert!(keys.next(WhichKey::Transport).unwrap().is_none());
    }

    #[test]
    fn a_damaged_key_is_set_aside_and_not_lost() {
        let (dir, keys, _) = node();
        let feed = dir.path().join(FEED);
        let digit = fs::read_to_string(&feed).unwrap().replacen("v1 ", "v1 f", 1);
        let damaged: [&[u8]; 3] = [b"half a li", b"\xff\xfe", digit.as_bytes()];
        for (number, content) in damaged.into_iter().enumerate() {
            fs::write(&feed, content).unwrap();
            keys.replace("c_zz01", &[]).unwrap();
            let aside = if number == 0 {
                "feed.unusable".to_owned()
            } else {
                format!("feed.{}.unusable", number + 1)
            };
            assert_eq!(fs::read(dir.path().join(aside)).unwrap(), content);
        }
    }

    #[test]
    fn other_damaged_secrets_are_drawn_anew_and_what_others_can_read_is_refused_first() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, keys, before) = node();
        let receipt = dir.path().join(RECEIPT);
        fs::write(&receipt, "half a li").unwrap();
        fs::set_permissions(dir.path().join(NODE), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(keys.replace("c_zz01", &[]), Err(KeyFileError::Open { .. })));
        let feed = load_signing(&dir.path().join(FEED), KeyKind::Feed).unwrap();
        assert_eq!(
            (feed.to_bytes(), fs::read(&receipt).unwrap()),
            (before.feed.to_bytes(), b"half a li".to_vec())
        );
        fs::set_permissions(dir.path().join(NODE), fs::Permissions::from_mode(0o600)).unwrap();
        let (after, drawn) = keys.replace("c_zz01", &[]).unwrap();
        assert_eq!((drawn, after.node), (vec![RECEIPT], before.node));
        let check_digits = fs::read_to_string(dir.path().join(FEED)).unwrap().split(' ').count() == 3;
        assert!(check_digits, "a wrong digit of the new key is noticed");
        fs::remove_dir_all(dir.path()).unwrap();
        let (_, drawn) = keys.replace("c_zz01", &[]).unwrap();
        assert_eq!(drawn, [RECEIPT, NODE, TLS_CERTIFICATE]);
    }
}
