//! The configuration of a node: one TOML file, commented samples in `samples/`, and `FACCINA_<KEY>` or
//! `FACCINA_<SECTION>_<KEY>` in the environment over it. Unknown keys, and keys that mean nothing for the role, are
//! refused with their line. Relative paths start at the directory of the file.

mod counter;
pub mod federation_file;
mod written;

pub use counter::Counter;
pub use federation_file::{FederationFile, FederationFileError};

use self::written::Written;
use crate::short_file::{self, SHORT_BYTES_MAX};
use faccina_proto::{
    calendar::CivilDay,
    names::{IpaCode, NameError},
    roster,
};
use serde::Deserialize;
use std::{
    env, io,
    net::SocketAddr,
    ops::Range,
    path::{Path, PathBuf},
};

/// Shortest time for which a closed box is kept: duplicates of its ballots are recognised that long (DESIGN §5).
pub const RETENTION_DAYS_MIN: u16 = 90;
/// Longest: a ballot box is no archive.
pub const RETENTION_DAYS_MAX: u16 = 730;

/// Characters of a wrong line in a message.
const SHOWN_CHARS: usize = 72;

/// Every key there is, as in the samples; the environment may override each.
pub const KEYS: [&str; 21] = [
    "role",
    "ipa_code",
    "name",
    "data_dir",
    "keys_dir",
    "federation",
    "demo",
    "demo_day",
    "listen.grpc",
    "listen.admin_socket",
    "listen.http",
    "listen.peers",
    "listen.contact",
    "ballots.retention_days",
    "ballots.close_by_timer",
    "ballots.half_day_s",
    "counter.address",
    "counter.invite_page",
    "counter.privacy_contact",
    "log.format",
    "log.level",
];

/// Why the configuration is refused. The node has not started.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Create it with `faccina init`, or name another with `--config`.
    #[error("{} is missing: create it with `faccina init`, or name the file with --config", .path.display())]
    Missing { path: PathBuf },
    #[error("cannot read {}", .path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Correct the line; the samples show every key.
    #[error("{} line {line} ({written}): {message}", .path.display())]
    Line { path: PathBuf, line: usize, written: String, message: String },
    /// Correct or unset the variable.
    #[error("environment variable {variable}: {message}")]
    Variable { variable: String, message: String },
    #[error("ipa_code in {}", .path.display())]
    Code {
        path: PathBuf,
        #[source]
        source: NameError,
    },
    #[error("`{key}` in {}: {address:?} is no address such as {example}", .path.display())]
    Address { path: PathBuf, key: &'static str, address: String, example: &'static str },
    #[error("`{key}` in {}: {problem}", .path.display())]
    Value { path: PathBuf, key: &'static str, problem: &'static str },
}

impl ConfigError {
    /// What is wrong with a file of TOML, and where.
    pub(crate) fn of_line(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = line_of(text, error.span());
        let written = shown(text.lines().nth(line - 1).unwrap_or_default());
        Self::Line { path: path.to_owned(), line, written, message: error.message().to_owned() }
    }
}

/// What a node is in the federation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An administration that listens: terminals, ballot box, summaries.
    Ente,
    /// The Dipartimento della Funzione Pubblica: admits, publishes catalogue and national months.
    Observer,
    /// A meeting point for nodes that cannot be dialled; holds feeds, publishes nothing of its own.
    Hub,
}

impl From<roster::Role> for Role {
    fn from(role: roster::Role) -> Self {
        match role {
            roster::Role::Ente => Self::Ente,
            roster::Role::Observer => Self::Observer,
            roster::Role::Hub => Self::Hub,
        }
    }
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ente => "ente",
            Self::Observer => "observer",
            Self::Hub => "hub",
        }
    }
}

/// The configuration of one node, checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub path: PathBuf,
    pub role: Role,
    pub ipa_code: IpaCode,
    pub name: String,
    pub data_dir: PathBuf,
    pub keys_dir: PathBuf,
    pub federation_file: PathBuf,
    pub listen: Listen,
    pub ballots: Ballots,
    pub counter: Counter,
    pub log: Log,
    /// The simulated calendar of the demo starts on this day; `None` on every real node.
    pub demo: Option<CivilDay>,
}

#[derive(Clone, Debug)]
pub struct Listen {
    /// Terminals, staff and officers, over TLS. Port 0 takes a free one.
    pub grpc: SocketAddr,
    /// The administrator on the same machine.
    pub admin_socket: PathBuf,
    /// Metrics and health, on loopback only.
    pub http: SocketAddr,
    /// Other nodes: libp2p multiaddresses to listen on; none behind NAT.
    pub peers: Vec<String>,
    /// Where others can dial this node, as published in its feed; none behind NAT.
    pub contact: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
pub struct Ballots {
    /// Days after its close for which a box and its key are kept.
    pub retention_days: u16,
    /// Whether months close by themselves at 02:00 on day 11.
    pub close_by_timer: bool,
    /// Length in seconds of the demo's half-day; `None` follows the calendar.
    pub half_day_s: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Config {
    /// Reads and checks the file and the environment.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let variables = env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value)));
        Self::load_with(path, variables.filter_map(|(key, value)| Some((key, value.into_string().ok()?))))
    }

    fn load_with(
        path: &Path,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::parse(path, &read_bounded(path)?, variables)
    }

    /// Reads and checks what is about to be written to `path`.
    pub(crate) fn of_text(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse(path, text, std::iter::empty())
    }

    fn parse(
        path: &Path,
        text: &str,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let line_error = |error| ConfigError::of_line(path, text, &error);
        let mut written: Written = toml::from_str(text).map_err(line_error)?;
        let mut table: toml::Table = toml::from_str(text).map_err(line_error)?;
        for (variable, value) in variables {
            let Some(key) = KEYS.iter().find(|key| variable == variable_of(key)) else { continue };
            put(&mut table, key, toml_value(&value));
            written = table.clone().try_into().map_err(|error: toml::de::Error| ConfigError::Variable {
                variable,
                message: error.message().to_owned(),
            })?;
        }
        Self::check(path, written)
    }

    fn check(path: &Path, written: Written) -> Result<Self, ConfigError> {
        let refused = |(key, problem)| ConfigError::Value { path: path.to_owned(), key, problem };
        if let Some(wrong) = written.problem() {
            return Err(refused(wrong));
        }
        if let Some((address, key, example)) = written.listen.no_address() {
            let (path, address) = (path.to_owned(), shown(address));
            return Err(ConfigError::Address { path, key, address, example });
        }
        let demo = written.calendar().map_err(refused)?;
        let base = path.parent().unwrap_or(Path::new("."));
        let data_dir = base.join(&written.data_dir);
        let ballots = written.ballots.unwrap_or_default();
        Ok(Self {
            role: written.role,
            ipa_code: written
                .ipa_code
                .parse()
                .map_err(|source| ConfigError::Code { path: path.to_owned(), source })?,
            name: written.name,
            keys_dir: written.keys_dir.map_or_else(|| data_dir.join("keys"), |dir| base.join(dir)),
            federation_file: base.join(written.federation),
            listen: Listen {
                grpc: written.listen.grpc,
                admin_socket: data_dir
                    .join(written.listen.admin_socket.unwrap_or_else(|| "admin.sock".into())),
                http: written.listen.http,
                peers: written.listen.peers,
                contact: written.listen.contact,
            },
            ballots: Ballots {
                retention_days: ballots.retention_days,
                close_by_timer: ballots.close_by_timer,
                half_day_s: ballots.half_day_s,
            },
            counter: written.counter.unwrap_or_default(),
            log: written.log,
            demo,
            data_dir,
            path: path.to_owned(),
        })
    }
}

/// A line of the file as a message shows it: no more of it than a person needs to find it.
fn shown(line: &str) -> String {
    line.trim().chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect()
}

/// `listen.grpc` is overridden by `FACCINA_LISTEN_GRPC`.
fn variable_of(key: &str) -> String {
    format!("FACCINA_{}", key.replace('.', "_").to_uppercase())
}

/// Numbers, booleans and arrays as TOML writes them, anything else as a string.
fn toml_value(text: &str) -> toml::Value {
    toml::from_str::<toml::Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

fn put(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, key)) => {
            let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let Some(section) = section.as_table_mut() {
                section.insert(key.to_owned(), value);
            }
        }
    }
}

pub(crate) fn read_bounded(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source: io::Error| {
        if source.kind() == io::ErrorKind::NotFound {
            ConfigError::Missing { path: path.to_owned() }
        } else {
            ConfigError::Unreadable { path: path.to_owned(), source }
        }
    };
    short_file::text(path, SHORT_BYTES_MAX).map_err(unreadable)
}

pub(crate) fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let end = span.map_or(0, |span| span.start).min(text.len());
    1 + text.bytes().take(end).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const SAMPLES: [(&str, &str); 3] = [
        ("ente", include_str!("../samples/ente.toml")),
        ("observer", include_str!("../samples/observer.toml")),
        ("hub", include_str!("../samples/hub.toml")),
    ];

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("faccina.toml");
        fs::write(&path, text).unwrap();
        Config::load_with(&path, variables.iter().map(|(key, value)| ((*key).into(), (*value).into())))
    }

    #[test]
    fn every_sample_is_a_configuration_of_its_role() {
        for (role, text) in SAMPLES {
            let config = load(text, &[]).unwrap();
            assert_eq!(config.role.as_str(), role);
            assert!(config.demo.is_none());
        }
    }

    #[test]
    fn every_key_is_explained_in_the_sample_of_an_ente() {
        let (_, sample) = SAMPLES[0];
        for key in KEYS {
            let name = key.rsplit('.').next().unwrap();
            let explained =
                sample.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{name} = ")));
            assert!(explained, "{key} is not in samples/ente.toml");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let (_, sample) = SAMPLES[0];
        let line = sample.lines().position(|line| line.starts_with("retention_days")).unwrap() + 1;
        let error = load(&sample.replace("retention_days", "retension_days"), &[]).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(&format!("line {line} (retension_days = ")), "{said}");
        assert!(said.contains("unknown field `retension_days`, expected one of `retention_days`"), "{said}");
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let (_, sample) = SAMPLES[0];
        let config =
            load(sample, &[("FACCINA_LISTEN_GRPC", "127.0.0.1:0"), ("FACCINA_NAME", "Comune di Prova")]);
        let config = config.unwrap();
        assert_eq!((config.listen.grpc.port(), config.name.as_str()), (0, "Comune di Prova"));
        let error = load(sample, &[("FACCINA_BALLOTS_RETENTION_DAYS", "many")]).unwrap_err();
        assert!(
            error.to_string().starts_with("environment variable FACCINA_BALLOTS_RETENTION_DAYS: "),
            "{error}"
        );
    }

    #[test]
    fn what_others_would_read_or_dial_is_looked_at_and_a_wrong_line_is_shown() {
        let refused = |from: &str, to: &str| {
            assert!(SAMPLES[0].1.contains(from), "{from}");
            load(&SAMPLES[0].1.replacen(from, to, 1), &[]).unwrap_err().to_string()
        };
        let name = "name = \"Comune di Prova\"";
        assert!(refused(name, "name = \"a\\u001b[2J\"").contains("`name`"));
        for peers in ["[\"\"]", "[\"/dns4/a.example.it/tcp/7440\"]", "[\"/ip4/0.0.0.0/udp/7440/quic-v1\"]"] {
            assert!(refused("peers = []", &format!("peers = {peers}")).contains("`listen.peers`"), "{peers}");
        }
        assert!(refused("contact = []", "contact = [\"x\"]").contains("`listen.contact`"));
        let many = vec!["\"listen\""; 17].join(", ");
        assert!(refused("contact = []", &format!("contact = [{many}]")).contains("more than 16"));
        let line = refused("grpc = \"0.0.0.0:7443\"", "grpc = \"localhost\"");
        assert!(line.contains("(grpc = \"localhost\")"), "{line}");
    }

    #[test]
    fn what_belongs_to_the_demo_is_refused_outside_it() {
        let (_, sample) = SAMPLES[0];
        let error = load(sample, &[("FACCINA_BALLOTS_HALF_DAY_S", "60")]).unwrap_err();
        assert!(matches!(error, ConfigError::Value { key: "ballots.half_day_s", .. }), "{error}");
        let error = load(sample, &[("FACCINA_DEMO_DAY", "20260101")]).unwrap_err();
        assert!(matches!(error, ConfigError::Value { key: "demo_day", .. }), "{error}");
    }

    #[test]
    fn relative_paths_start_at_the_file() {
        let config =
            Config::check(Path::new("n1/faccina.toml"), toml::from_str(SAMPLES[0].1).unwrap()).unwrap();
        assert_eq!(config.keys_dir, Path::new("n1/data/keys"));
        assert_eq!(config.listen.admin_socket, Path::new("n1/data/admin.sock"));
    }

    #[test]
    fn metrics_stay_on_loopback() {
        let (_, sample) = SAMPLES[0];
        let error = load(sample, &[("FACCINA_LISTEN_HTTP", "0.0.0.0:7480")]).unwrap_err();
        assert!(matches!(error, ConfigError::Value { key: "listen.http", .. }), "{error}");
    }
}
