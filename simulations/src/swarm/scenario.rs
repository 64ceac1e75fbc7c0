//! What is simulated, as a TOML file: sizes, weather, and how likely each fault is.

use serde::Deserialize;
use std::{fs, io, path::Path, path::PathBuf};

const USUAL: &str = include_str!("../../scenarios/swarm.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) enti: u16,
    pub(crate) hubs: u8,
    pub(crate) months: u8,
    pub(crate) day_s: u32,
    pub(crate) sync_interval_s: u32,
    pub(crate) sizes: Vec<u32>,
    pub(crate) weather: Weather,
    pub(crate) chances: Chances,
    pub(crate) shown: Shown,
}

/// How the links behave: shares of messages.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weather {
    pub(crate) loss: f64,
    pub(crate) twice: f64,
    /// A message that takes seconds instead of milliseconds, and so comes after later ones.
    pub(crate) slow: f64,
    /// An answer to a terminal that is lost, beside what is lost anyway: the device was switched off.
    pub(crate) unanswered: f64,
}

impl Weather {
    pub(crate) const FINE: Self = Self { loss: 0.0, twice: 0.0, slow: 0.0, unanswered: 0.0 };
}

/// The chance that a seed has each fault.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chances {
    pub(crate) partition: f64,
    pub(crate) crash: f64,
    pub(crate) away: f64,
    pub(crate) observer_away: f64,
    pub(crate) restore: f64,
    pub(crate) clock_skew: f64,
    pub(crate) rotation: f64,
    pub(crate) revocation: f64,
    pub(crate) fork: f64,
    /// That DFP rules on a fork before the end.
    pub(crate) ruling: f64,
    pub(crate) late_admission: f64,
    pub(crate) leave: f64,
    pub(crate) correction: f64,
    pub(crate) terminal_away: f64,
}

/// What the seeds together have to show, beside that nothing is violated.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// Fewest events of a seed.
    pub(crate) events_min: u64,
    /// Smallest share of the seeds that has each kind of fault, where there are seeds enough to tell.
    pub(crate) share_min: f64,
}

/// Why a scenario cannot be simulated; whoever wrote the file mends it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScenarioError {
    #[error("cannot read {}", path.display())]
    Unread { path: PathBuf, source: io::Error },
    #[error("{} is no scenario", path.display())]
    Malformed { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{key} is {found}, but must be from {least} to {most}")]
    Range { key: &'static str, found: f64, least: f64, most: f64 },
}

impl Scenario {
    pub(crate) fn usual() -> Self {
        toml::from_str(USUAL).expect("the scenario in this program is well formed")
    }

    pub(crate) fn read(path: &Path) -> Result<Self, ScenarioError> {
        let path = path.to_owned();
        let text = fs::read_to_string(&path)
            .map_err(|source| ScenarioError::Unread { path: path.clone(), source })?;
        let malformed = |source| ScenarioError::Malformed { path, source: Box::new(source) };
        let scenario: Self = toml::from_str(&text).map_err(malformed)?;
        scenario.checked()
    }

    fn checked(self) -> Result<Self, ScenarioError> {
        let within = |key, found: f64, least: f64, most: f64| {
            let inside = (least..=most).contains(&found);
            if inside { Ok(()) } else { Err(ScenarioError::Range { key, found, least, most }) }
        };
        within("enti", self.enti.into(), 4.0, 4_000.0)?;
        within("hubs", self.hubs.into(), 1.0, 20.0)?;
        within("months", self.months.into(), 2.0, 24.0)?;
        within("day_s", self.day_s.into(), 5.0, 3_600.0)?;
        within("sync_interval_s", self.sync_interval_s.into(), 1.0, 3_600.0)?;
        within("the number of sizes", self.sizes.len() as f64, 1.0, 16.0)?;
        for size in &self.sizes {
            within("a size", (*size).into(), 0.0, 5_000.0)?;
        }
        let Weather { loss, twice, slow, unanswered } = self.weather;
        let shares = [("loss", loss), ("twice", twice), ("slow", slow), ("unanswered", unanswered)];
        for (key, found) in shares {
            within(key, found, 0.0, 0.5)?;
        }
        within("shown.share_min", self.shown.share_min, 0.0, 1.0)?;
        for (key, found) in self.chances.named() {
            within(key, found, 0.0, 1.0)?;
        }
        Ok(self)
    }
}

impl Chances {
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        partition: 0.0,
        crash: 0.0,
        away: 0.0,
        observer_away: 0.0,
        restore: 0.0,
        clock_skew: 0.0,
        rotation: 0.0,
        revocation: 0.0,
        fork: 0.0,
        ruling: 0.0,
        late_admission: 0.0,
        leave: 0.0,
        correction: 0.0,
        terminal_away: 0.0,
    };

    fn named(&self) -> [(&'static str, f64); 14] {
        [
            ("chances.partition", self.partition),
            ("chances.crash", self.crash),
            ("chances.away", self.away),
            ("chances.observer_away", self.observer_away),
            ("chances.restore", self.restore),
            ("chances.clock_skew", self.clock_skew),
            ("chances.rotation", self.rotation),
            ("chances.revocation", self.revocation),
            ("chances.fork", self.fork),
            ("chances.ruling", self.ruling),
            ("chances.late_admission", self.late_admission),
            ("chances.leave", self.leave),
            ("chances.correction", self.correction),
            ("chances.terminal_away", self.terminal_away),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_kept_here_can_be_simulated() {
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let names: Vec<PathBuf> =
            fs::read_dir(scenarios).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(names.len() >= 2);
        for name in names {
            Scenario::read(&name).unwrap();
        }
    }

    #[test]
    fn a_chance_above_one_and_an_unknown_key_are_refused() {
        let mut scenario = Scenario::usual();
        scenario.chances.fork = 1.5;
        let refusal = scenario.checked().unwrap_err().to_string();
        assert_eq!(refusal, "chances.fork is 1.5, but must be from 0 to 1");
        assert!(toml::from_str::<Scenario>(&format!("{USUAL}\nhail = 0.5\n")).is_err());
    }
}
