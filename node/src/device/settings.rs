//! Reading the small TOML file of a device, and the values that every such file has.

use crate::{
    config::line_of,
    link::NodeAddress,
    short_file::{self, SHORT_BYTES_MAX},
};
use serde::de::DeserializeOwned;
use std::{
    env, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Why the device cannot start as told. Correct the file or the flag named.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Correct the path, or the permissions of the file.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Correct the file; `node/samples` shows every key.
    #[error("{}, line {line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The cause.
        message: String,
    },
    /// Give the value in the file or as a flag.
    #[error("{0} is missing: give it in the configuration file or as --{0}")]
    Missing(&'static str),
    /// Correct the value.
    #[error("{key} is {value:?}: {wanted}")]
    Value {
        /// The key.
        key: &'static str,
        /// What was given.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
}

/// The keys of a configuration file.
pub fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let text = short_file::text(path, SHORT_BYTES_MAX)
        .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error: toml::de::Error| SettingsError::Malformed {
        path: path.to_owned(),
        line: line_of(&text, error.span()),
        message: error.message().to_owned(),
    })
}

/// The address of the node, where one is given.
pub fn node_address(text: Option<String>) -> Result<Option<NodeAddress>, SettingsError> {
    let read = |value: String| match value.parse() {
        Ok(node) => Ok(node),
        Err(wanted) => Err(SettingsError::Value { key: "node", value, wanted }),
    };
    text.map(read).transpose()
}

/// The page is for the browser on this device and nobody else.
pub fn loopback(text: String) -> Result<SocketAddr, SettingsError> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        _ => Err(SettingsError::Value {
            key: "listen",
            value: text,
            wanted: "an address and port of this device alone, such as 127.0.0.1:7490",
        }),
    }
}

/// The directory of a device that was told none: `$XDG_DATA_HOME/faccina-NAME`, else under `~/.local/share`.
pub fn default_dir(name: &str) -> Option<PathBuf> {
    let set = |key: &str| env::var_os(key).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")))?;
    Some(data.join(format!("faccina-{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_never_offered_to_the_network() {
        for wrong in ["0.0.0.0:7490", "192.168.1.20:7490", "7490", "localhost"] {
            assert!(matches!(loopback(wrong.to_owned()), Err(SettingsError::Value { key: "listen", .. })));
        }
        assert_eq!(loopback("[::1]:1".to_owned()).unwrap().port(), 1);
    }

    #[test]
    fn the_node_is_reached_over_tls_only() {
        let plain = node_address(Some("http://127.0.0.1:7443".to_owned()));
        assert!(matches!(plain, Err(SettingsError::Value { key: "node", .. })));
        assert_eq!(node_address(None).unwrap(), None);
    }
}
