//! What the staff page is told: a small TOML file, with flags and `FACCINA_DESK_…` variables over it.

use crate::{
    config::Log,
    device::settings::{SettingsError, default_dir, loopback, node_address, read_toml},
    link::NodeAddress,
};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Where the page is served unless told otherwise.
const LISTEN: &str = "127.0.0.1:7491";

/// What is written in the file, or given as flags; a flag goes before the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// `https://host:port` of the node's gRPC service; kept at the pairing, so it is needed again only if the node moves.
    pub node: Option<String>,
    /// Directory of the pairing.
    pub dir: Option<PathBuf>,
    /// Loopback address of the page.
    pub listen: Option<String>,
    /// Form and level of the log.
    pub log: Option<Log>,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node of this desk's ente; `None` where the one of the pairing holds.
    pub node: Option<NodeAddress>,
    /// Directory of the pairing; made if it is not there.
    pub dir: PathBuf,
    /// Loopback address of the page; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Form and level of the log.
    pub log: Log,
}

impl Settings {
    /// Reads the file, if any, and lays the flags over it. Paths in the file start at its directory.
    pub fn load(file: Option<&Path>, flags: Written) -> Result<Self, SettingsError> {
        let written = match file {
            None => Written::default(),
            Some(path) => read(path)?,
        };
        let dir = flags.dir.or(written.dir).or_else(|| default_dir("desk"));
        let listen = flags.listen.or(written.listen).unwrap_or_else(|| LISTEN.to_owned());
        Ok(Self {
            node: node_address(flags.node.or(written.node))?,
            dir: dir.ok_or(SettingsError::Missing("dir"))?,
            listen: loopback(listen)?,
            log: flags.log.or(written.log).unwrap_or_default(),
        })
    }
}

fn read(path: &Path) -> Result<Written, SettingsError> {
    let mut written: Written = read_toml(path)?;
    let home = path.parent().unwrap_or(Path::new(""));
    written.dir = written.dir.map(|path| home.join(path));
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_configuration() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/desk.toml");
        let settings = Settings::load(Some(&sample), Written::default()).unwrap();
        assert_eq!(settings.listen, LISTEN.parse().unwrap());
        assert!(settings.dir.starts_with(sample.parent().unwrap()));
        let flags = Written {
            dir: Some("elsewhere".into()),
            listen: Some("[::1]:1".to_owned()),
            ..Written::default()
        };
        let told = Settings::load(Some(&sample), flags).unwrap();
        assert_eq!((told.dir, told.listen.port()), ("elsewhere".into(), 1));
    }
}
