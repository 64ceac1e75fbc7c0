//! What the agent is told: a small TOML file, with flags and `FACCINA_KIOSK_…` variables over it.

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

/// Seconds without a touch after which the page is ready for the next person, unless told otherwise.
const IDLE_S: u32 = 15;
/// Shortest idle time, in seconds: a person needs that long to read four reasons.
const IDLE_S_MIN: u32 = 2;
/// Longest idle time, in seconds: the next person is waiting.
const IDLE_S_MAX: u32 = 120;
/// Votes a day on each service through a public page, unless told otherwise: a town of 100,000 has fewer.
const DAILY_CAP: u32 = 2_000;
/// Longest name of a host, in bytes, with its port.
const HOST_BYTES_MAX: usize = 260;
/// Where the page is served unless told otherwise.
const LISTEN: &str = "127.0.0.1:7490";

/// Where the day of a vote comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calendar {
    /// The clock of this device, in Europe/Rome.
    #[default]
    Own,
    /// The day of the node. Only for the demo, whose calendar is simulated.
    Node,
}

impl std::str::FromStr for Calendar {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "own" => Ok(Self::Own),
            "node" => Ok(Self::Node),
            _ => Err("own or node"),
        }
    }
}

/// What is written in the file, or given as flags; a flag goes before the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// `https://host:port` of the node's gRPC service; kept at the pairing, so it is needed again only if the node moves.
    pub node: Option<String>,
    /// Directory of key, enrolment and queue.
    pub dir: Option<PathBuf>,
    /// Loopback address of the page.
    pub listen: Option<String>,
    /// Seconds without a touch after which the page starts anew.
    pub idle_s: Option<u32>,
    /// Where the day comes from.
    pub calendar: Option<Calendar>,
    /// Seconds by which this device's clock is wrong on purpose, for demonstrations and tests. Only a flag.
    #[serde(skip)]
    pub shift_clock_s: Option<i64>,
    /// How the page is reached from outside, behind an HTTPS proxy.
    pub public: Option<Public>,
    /// Form and level of the log.
    pub log: Option<Log>,
}

/// The page as the public reaches it: for invite links, and for a telephone system elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// The name in the address, such as `voto.comune.example.it`; the proxy must pass it on as `Host`.
    pub host: String,
    /// Most votes taken on each service in a day.
    #[serde(default = "daily_cap")]
    pub daily_cap: u32,
}

fn daily_cap() -> u32 {
    DAILY_CAP
}

impl Public {
    fn checked(self) -> Result<Self, SettingsError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if self.host.is_empty() || self.host.len() > HOST_BYTES_MAX || !self.host.chars().all(plain) {
            let wanted = "the name in the page's address alone, such as voto.comune.example.it";
            return Err(SettingsError::Value { key: "public.host", value: self.host, wanted });
        }
        if self.daily_cap == 0 {
            let (value, wanted) = ("0".to_owned(), "at least 1 vote a day on each service");
            return Err(SettingsError::Value { key: "public.daily_cap", value, wanted });
        }
        Ok(self)
    }
}

impl Written {
    fn over(self, file: Self) -> Self {
        Self {
            node: self.node.or(file.node),
            dir: self.dir.or(file.dir),
            listen: self.listen.or(file.listen),
            idle_s: self.idle_s.or(file.idle_s),
            calendar: self.calendar.or(file.calendar),
            shift_clock_s: self.shift_clock_s,
            public: self.public.or(file.public),
            log: self.log.or(file.log),
        }
    }
}

/// The agent's settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node of this terminal's ente; `None` where the one of the pairing holds.
    pub node: Option<NodeAddress>,
    /// Directory of key, enrolment and queue; made if it is not there.
    pub dir: PathBuf,
    /// Loopback address of the page; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Seconds without a touch after which the page starts anew.
    pub idle_s: u32,
    /// Where the day of a vote comes from.
    pub calendar: Calendar,
    /// Seconds by which this device's clock is wrong on purpose.
    pub shift_clock_s: i64,
    /// How the page is reached from outside; `None` where it is for this device alone.
    pub public: Option<Public>,
    /// Form and level of the log.
    pub log: Log,
}

impl Settings {
    /// Reads the file, if any, and lays the flags over it. Paths in the file start at its directory.
    pub fn load(file: Option<&Path>, flags: Written) -> Result<Self, SettingsError> {
        let written = match file {
            None => flags,
            Some(path) => flags.over(read(path)?),
        };
        let node = node_address(written.node)?;
        let listen = written.listen.unwrap_or_else(|| LISTEN.to_owned());
        let idle_s = written.idle_s.unwrap_or(IDLE_S);
        if !(IDLE_S_MIN..=IDLE_S_MAX).contains(&idle_s) {
            let value = idle_s.to_string();
            return Err(SettingsError::Value { key: "idle_s", value, wanted: "2 to 120 seconds" });
        }
        let calendar = written.calendar.unwrap_or_default();
        let shift_clock_s = written.shift_clock_s.unwrap_or(0);
        if shift_clock_s != 0 && calendar != Calendar::Own {
            let (value, wanted) = (shift_clock_s.to_string(), "given only with --calendar own");
            return Err(SettingsError::Value { key: "shift-clock", value, wanted });
        }
        Ok(Self {
            node,
            dir: with_default(written.dir)?,
            listen: loopback(listen)?,
            idle_s,
            calendar,
            shift_clock_s,
            public: written.public.map(Public::checked).transpose()?,
            log: written.log.unwrap_or_default(),
        })
    }
}

/// The directory alone, for commands that only speak to the running agent.
pub fn dir(file: Option<&Path>, flag: Option<PathBuf>) -> Result<PathBuf, SettingsError> {
    let written = file.map(read).transpose()?;
    with_default(flag.or(written.and_then(|written| written.dir)))
}

fn with_default(told: Option<PathBuf>) -> Result<PathBuf, SettingsError> {
    told.or_else(|| default_dir("kiosk")).ok_or(SettingsError::Missing("dir"))
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

    fn flags() -> Written {
        Written {
            node: Some("https://127.0.0.1:7443".to_owned()),
            dir: Some("kiosk".into()),
            ..Written::default()
        }
    }

    #[test]
    fn the_sample_is_a_configuration() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/kiosk.toml");
        let written = read(&sample).unwrap();
        assert_eq!(written.node.as_deref(), Some("https://192.168.1.20:7443"));
        assert!(written.dir.unwrap().starts_with(sample.parent().unwrap()));
        let settings = Settings::load(Some(&sample), flags()).unwrap();
        assert_eq!(settings.idle_s, 15);
        assert_eq!(settings.listen.port(), 7490);
    }

    #[test]
    fn a_clock_is_shifted_only_where_it_is_followed() {
        let shifted = |calendar| Written { shift_clock_s: Some(-7_200), calendar: Some(calendar), ..flags() };
        assert_eq!(Settings::load(None, shifted(Calendar::Own)).unwrap().shift_clock_s, -7_200);
        let refused = Settings::load(None, shifted(Calendar::Node));
        assert!(matches!(refused, Err(SettingsError::Value { key: "shift-clock", .. })));
    }

    #[test]
    fn a_public_page_has_one_name_and_a_cap() {
        let public = |text: &str| {
            let public = Some(toml::from_str(text).unwrap());
            Settings::load(None, Written { public, ..flags() }).map(|settings| settings.public.unwrap())
        };
        let sound = public("host = \"voto.comune.example.it\"").unwrap();
        assert_eq!((sound.host.as_str(), sound.daily_cap), ("voto.comune.example.it", DAILY_CAP));
        for wrong in
            ["host = \"https://voto.comune.example.it/\"", "host = \"\"", "host = \"a\"\ndaily_cap = 0"]
        {
            assert!(matches!(public(wrong), Err(SettingsError::Value { .. })), "{wrong}");
        }
    }
}
