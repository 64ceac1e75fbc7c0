//! `federation.toml`: what a node must know before it has met anyone. Name and root key make the federation's id; the
//! hash of the successor root key lets it follow a change of root; hubs are where it dials first.

use super::{ConfigError, read_bounded};
use ed25519_dalek::VerifyingKey;
use faccina_proto::envelope::{FederationId, KeyError, parse_key};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A federation has a handful of hubs.
const HUBS_MAX: usize = 64;
/// Longest name, in bytes, as in the genesis entry.
const NAME_BYTES_MAX: usize = 128;

/// Why the file is refused. Ask DFP for the right one.
#[derive(Debug, thiserror::Error)]
pub enum FederationFileError {
    #[error("the federation file cannot be used; DFP gives it to every member")]
    Unreadable(#[source] ConfigError),
    #[error("{} is missing: DFP gives it to every member", .path.display())]
    Missing { path: PathBuf },
    #[error("`{key}` in {} must be 64 hexadecimal digits", .path.display())]
    Hex { path: PathBuf, key: &'static str },
    #[error("`root_key` in {}", .path.display())]
    Key {
        path: PathBuf,
        #[source]
        source: KeyError,
    },
    #[error("`{key}` in {} is empty or longer than {max}", .path.display())]
    Length { path: PathBuf, key: &'static str, max: usize },
}

/// The federation a node belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederationFile {
    pub name: String,
    pub root_key: VerifyingKey,
    /// SHA-256 of the successor root public key.
    pub successor_hash: [u8; 32],
    /// libp2p multiaddresses ending in `/p2p/<peer id>`.
    pub hubs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    root_key: String,
    successor_hash: String,
    #[serde(default)]
    hubs: Vec<String>,
}

impl FederationFile {
    /// Reads the file.
    pub fn load(path: &Path) -> Result<Self, FederationFileError> {
        let text = read_bounded(path).map_err(|error| match error {
            ConfigError::Missing { path } => FederationFileError::Missing { path },
            other @ (ConfigError::Unreadable { .. }
            | ConfigError::Line { .. }
            | ConfigError::Variable { .. }
            | ConfigError::Code { .. }
            | ConfigError::Address { .. }
            | ConfigError::Value { .. }) => FederationFileError::Unreadable(other),
        })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FederationFileError> {
        let written: Written = toml::from_str(text)
            .map_err(|error| FederationFileError::Unreadable(ConfigError::of_line(path, text, &error)))?;
        let bytes = |key, value: &str| {
            let mut bytes = [0; 32];
            hex::decode_to_slice(value, &mut bytes)
                .map(|()| bytes)
                .map_err(|_| FederationFileError::Hex { path: path.to_owned(), key })
        };
        let length = |key, max| FederationFileError::Length { path: path.to_owned(), key, max };
        if written.name.is_empty() || written.name.len() > NAME_BYTES_MAX {
            return Err(length("name", NAME_BYTES_MAX));
        }
        if written.hubs.len() > HUBS_MAX {
            return Err(length("hubs", HUBS_MAX));
        }
        Ok(Self {
            root_key: parse_key(&bytes("root_key", &written.root_key)?)
                .map_err(|source| FederationFileError::Key { path: path.to_owned(), source })?,
            successor_hash: bytes("successor_hash", &written.successor_hash)?,
            name: written.name,
            hubs: written.hubs,
        })
    }

    /// The id under which everything in this federation is signed.
    pub fn id(&self) -> FederationId {
        FederationId::of(&self.root_key, &self.name)
    }

    /// The file's text, with its explanation.
    pub fn to_toml(&self) -> String {
        let hubs: Vec<String> = self.hubs.iter().map(|hub| format!("  {hub:?},\n")).collect();
        format!(
            "# The federation. DFP gives this file to every member; whoever changes it is in another federation.\n\
             name = {name:?}\n\
             # Public key of the root feed, 64 hexadecimal digits.\n\
             root_key = \"{root}\"\n\
             # SHA-256 of the public key that may succeed it.\n\
             successor_hash = \"{successor}\"\n\
             # Where nodes dial first: multiaddresses ending in /p2p/<peer id>.\n\
             hubs = [\n{hubs}]\n",
            name = self.name,
            root = hex::encode(self.root_key.to_bytes()),
            successor = hex::encode(self.successor_hash),
            hubs = hubs.concat(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    fn sample() -> FederationFile {
        FederationFile {
            name: "Prova \"uno\"".to_owned(),
            root_key: SigningKey::from_bytes(&[7; 32]).verifying_key(),
            successor_hash: [9; 32],
            hubs: vec!["/ip4/192.0.2.1/tcp/7440".to_owned()],
        }
    }

    #[test]
    fn the_file_is_read_as_written() {
        let file = sample();
        assert_eq!(FederationFile::parse(Path::new("federation.toml"), &file.to_toml()).unwrap(), file);
    }

    #[test]
    fn a_weak_root_key_is_refused() {
        let weak = sample().to_toml().replace(&hex::encode(sample().root_key.to_bytes()), &"00".repeat(32));
        let error = FederationFile::parse(Path::new("federation.toml"), &weak).unwrap_err();
        assert!(matches!(error, FederationFileError::Key { .. }), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = format!("{}observer = 1\n", sample().to_toml());
        let error = FederationFile::parse(Path::new("federation.toml"), &text).unwrap_err();
        let FederationFileError::Unreadable(ConfigError::Line { line, .. }) = error else {
            panic!("{error}")
        };
        assert_eq!(line, text.lines().count());
    }
}
