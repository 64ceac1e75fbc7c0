//! Keys on their way: a new feed key or transport key lies beside the present one until the roster has it, then takes its
//! place; the former one is kept under its id. At every instant the present key is there under its name.

use super::{
    FEED, KeyFileError, KeyKind, NODE, NodeKeys, RECEIPT, TLS_CERTIFICATE, TLS_KEY, TRANSPORT, create_secret,
    create_signing, draw_certificate, load_signing, replace_file, sync_dir,
};
use ed25519_dalek::SigningKey;
use faccina_proto::envelope::KeyId;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

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
            Self::Feed => "feed-next.key",
            Self::Transport => "transport-next.key",
        }
    }

    fn former(self, key: &SigningKey) -> String {
        let id = KeyId::of(&key.verifying_key());
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
    /// a node's secrets is missing. Former keys are kept under their ids; what waited for the roster goes. Names what else
    /// was missing.
    pub fn replace(
        &self,
        ente: &str,
        hosts: &[String],
    ) -> Result<(NodeKeys, Vec<&'static str>), KeyFileError> {
        for which in [WhichKey::Feed, WhichKey::Transport] {
            // A damaged file is as good as a lost one, and stays where it can be looked at.
            let kept = match self.keep_former(which) {
                Ok(()) | Err(KeyFileError::Missing { .. }) => Ok(()),
                Err(KeyFileError::Malformed { path, .. } | KeyFileError::Open { path, .. }) => {
                    let aside = path.with_extension("unusable");
                    fs::rename(&path, &aside).map_err(|source| KeyFileError::Io { path, source })
                }
                Err(error) => Err(error),
            };
            kept?;
            let secret = super::draw()?;
            let line = format!("faccina-{}-v1 {}\n", which.kind().word(), hex::encode(secret));
            replace_file(&self.dir.join(which.present()), line.as_bytes(), 0o600)?;
            self.drop_next(which)?;
        }
        let mut drawn = Vec::new();
        for (name, kind) in [(RECEIPT, KeyKind::Receipt), (NODE, KeyKind::Node)] {
            if !self.dir.join(name).exists() {
                create_secret(&self.dir.join(name), kind)?;
                drawn.push(name);
            }
        }
        if !self.dir.join(TLS_KEY).exists() || !self.dir.join(TLS_CERTIFICATE).exists() {
            let tls = draw_certificate(ente, hosts)?;
            replace_file(&self.dir.join(TLS_KEY), tls.key_pem.as_bytes(), 0o600)?;
            replace_file(&self.dir.join(TLS_CERTIFICATE), tls.certificate_pem.as_bytes(), 0o644)?;
            drawn.push(TLS_CERTIFICATE);
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
        let former = self.dir.join(which.former(&self.present(which)?));
        match fs::hard_link(&present, &former) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(KeyFileError::Io { path: former, source })
            }
            Ok(()) | Err(_) => Ok(()),
        }
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
        let former = dir.path().join(WhichKey::Feed.former(&before.feed));
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
        assert!(dir.path().join(WhichKey::Transport.former(&before.transport)).exists());
        assert!(keys.next(WhichKey::Transport).unwrap().is_none());
    }

    #[test]
    fn a_damaged_key_is_set_aside_and_not_lost() {
        let (dir, keys, _) = node();
        fs::write(dir.path().join(FEED), "half a li").unwrap();
        keys.replace("c_zz01", &[]).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("feed.unusable")).unwrap(), "half a li");
    }
}
