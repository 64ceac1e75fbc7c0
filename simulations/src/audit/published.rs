//! What everybody can read of an ente: each edition of each month, and what it says it surveys.

use faccina_node::views::{ReplicaFeeds, Views};
use faccina_proto::{
    bundle::{self, BundleError},
    calendar::Month,
    feed::{Body, Signed},
    envelope::Envelope,
    limits::{GROUPS_MAX, MONTHS_NAMED_MAX, THRESHOLD_MIN, VOTES_PER_MONTH_MAX},
    names::{Author, Code, IpaCode},
    partition::Parameters,
    replica::Log,
    summary::{Edition, Summary},
    tally::{GroupKey, Votes},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes of a summary as a file; one of the protocol's largest stays below.
const SUMMARY_BYTES_MAX: u64 = 4 << 20;
/// Summary files in one folder: the largest federation over three years.
const SUMMARIES_MAX: usize = 300_000;
/// Bytes of a bundle.
const BUNDLE_BYTES_MAX: u64 = 4 << 30;

/// One edition of a month.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Published {
    pub(crate) month: Month,
    pub(crate) edition: Edition,
    /// `None` for a month carried whole.
    pub(crate) figures: Option<Figures>,
}

/// The figures that say how many voted, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) groups: BTreeMap<GroupKey, Votes>,
    pub(crate) carried_from: Vec<Month>,
    pub(crate) parameters: Parameters,
}

/// Everything one ente has published.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ente {
    /// By month, then edition.
    pub(crate) months: BTreeMap<(Month, Edition), Published>,
    /// Survey plans by their first month.
    pub(crate) plans: BTreeMap<Month, BTreeSet<GroupKey>>,
}

/// What an attacker reads before beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) enti: BTreeMap<IpaCode, Ente>,
    /// Services that the catalogue of the month lists as sensitive, where the catalogue is known.
    pub(crate) sensitive: BTreeMap<Month, BTreeSet<Code>>,
}

/// Nothing could be audited. The path says which file to look at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{path} cannot be read")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} has {bytes} bytes, at most {bytes_max}")]
    TooLarge { path: PathBuf, bytes: u64, bytes_max: u64 },
    #[error("{path} holds no summaries: name a bundle, or a folder with a bundle or summaries/*.json")]
    Nothing { path: PathBuf },
    #[error("{path} is no summary as the software writes it: {what}")]
    NotASummary { path: PathBuf, what: String },
    #[error("{path} is no whole bundle")]
    Bundle { path: PathBuf, source: BundleError },
    #[error("{ente} {month} is in two files with different figures")]
    TwoVersions { ente: IpaCode, month: Month },
}

impl From<&Summary> for Published {
    fn from(summary: &Summary) -> Self {
        let figures = summary.figures().map(|figures| Figures {
            groups: figures.groups.iter().map(|group| (group.key.clone(), group.votes)).collect(),
            carried_from: figures.carried_from.clone(),
            parameters: figures.parameters,
        });
        Self { month: summary.month, edition: summary.edition, figures }
    }
}

impl Figures {
    /// The least votes that a group of this key must have. A federation cannot set less than the law.
    pub(crate) fn threshold(&self, key: &GroupKey, sensitive: &BTreeSet<Code>) -> u64 {
        let own = if sensitive.contains(&key.service) {
            self.parameters.threshold_sensitive
        } else {
            self.parameters.threshold
        };
        own.max(THRESHOLD_MIN)
    }

    /// The same for a carried month, which states no parameters.
    pub(crate) fn threshold_by_default(key: &GroupKey, sensitive: &BTreeSet<Code>) -> u64 {
        let Parameters { threshold, threshold_sensitive, .. } = Parameters::default();
        if sensitive.contains(&key.service) { threshold_sensitive } else { threshold }
    }

    /// D, at least the project's: whoever publishes does not decide alone what is safe.
    pub(crate) fn dominance(&self) -> u64 {
        self.parameters.dominance.max(Parameters::default().dominance)
    }

    /// G, at least the project's.
    pub(crate) fn dominance_below(&self) -> u64 {
        self.parameters.dominance_below.max(Parameters::default().dominance_below)
    }
}

impl Ente {
    /// Adds what is published; `false` if it contradicts what is there.
    #[must_use]
    pub(crate) fn publish(&mut self, published: Published) -> bool {
        let place = (published.month, published.edition);
        self.months.get(&place).is_none_or(|there| *there == published) && {
            self.months.insert(place, published);
            true
        }
    }

    /// The plan in force in a month.
    pub(crate) fn plan(&self, month: Month) -> Option<&BTreeSet<GroupKey>> {
        self.plans.range(..=month).next_back().map(|(_, plan)| plan)
    }

    /// Every service × channel that the ente has ever named.
    pub(crate) fn named(&self) -> BTreeSet<GroupKey> {
        let groups = self.months.values().filter_map(|published| published.figures.as_ref());
        let keys = groups.flat_map(|figures| figures.groups.keys());
        keys.filter(|key| !key.service.is_altri()).cloned().collect()
    }
}

/// Reads a bundle, or a folder: its summaries as files, and the bundle beside them, which also has the editions
/// withdrawn, the plans, and the services that are sensitive.
pub(crate) fn read(path: &Path) -> Result<Reading, ReadError> {
    let mut reading = Reading::default();
    if path.is_dir() {
        for file in json_files(&path.join("summaries"))? {
            let (ente, published) = read_json(&file)?;
            add(&mut reading, ente, published)?;
        }
        let bundle = path.join("federation.faccina");
        if bundle.exists() {
            read_bundle(&bundle, &mut reading)?;
        }
    } else {
        read_bundle(path, &mut reading)?;
    }
    if reading.enti.values().all(|ente| ente.months.is_empty()) {
        return Err(ReadError::Nothing { path: path.to_owned() });
    }
    Ok(reading)
}

fn add(reading: &mut Reading, ente: IpaCode, published: Published) -> Result<(), ReadError> {
    let month = published.month;
    if reading.enti.entry(ente.clone()).or_default().publish(published) {
        Ok(())
    } else {
        Err(ReadError::TwoVersions { ente, month })
    }
}

fn bytes_of(path: &Path, bytes_max: u64) -> Result<Vec<u8>, ReadError> {
    let unread = |source| ReadError::File { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(unread)?.len();
    if bytes > bytes_max {
        return Err(ReadError::TooLarge { path: path.to_owned(), bytes, bytes_max });
    }
    fs::read(path).map_err(unread)
}

fn read_bundle(path: &Path, reading: &mut Reading) -> Result<(), ReadError> {
    let bytes = bytes_of(path, BUNDLE_BYTES_MAX)?;
    // An attacker does not care whose root key it is.
    let bundle =
        bundle::read(bytes.into(), None).map_err(|source| ReadError::Bundle { path: path.to_owned(), source })?;
    let feeds = ReplicaFeeds { replica: &bundle.replica, log: &bundle.log };
    let mut views = Views::new(bundle.replica.federation());
    views.follow(&feeds);
    let federation = bundle.replica.federation().id();
    for (author, feed) in bundle.replica.feeds() {
        let Author::Member(ente) = &author else { continue };
        for sequence in 1..=feed.held() {
            let envelope = bundle.log.entry(&author, sequence).and_then(|bytes| Envelope::parse(bytes).ok());
            let Some(signed) = envelope.and_then(|envelope| Signed::trusted(envelope, &federation).ok()) else {
                continue;
            };
            match signed.into_entry().body {
                Body::Summary(message) => {
                    if let Ok(summary) = Summary::from_wire(&message) {
                        add(reading, ente.clone(), Published::from(&summary))?;
                    }
                }
                Body::SurveyPlan(plan) => {
                    let Ok(from) = Month::from_yyyymm(plan.from_month) else { continue };
                    let cells = plan.surveyed.iter().filter_map(|key| key_of(&key.service, &key.channel).ok());
                    reading.enti.entry(ente.clone()).or_default().plans.insert(from, cells.collect());
                }
                _ => {}
            }
        }
    }
    let months: BTreeSet<Month> =
        reading.enti.values().flat_map(|ente| ente.months.keys().map(|(month, _)| *month)).collect();
    for month in months {
        if let Some(catalogue) = views.catalogues().in_force(month) {
            reading.sensitive.insert(month, catalogue.sensitive());
        }
    }
    Ok(())
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let unread = |source| ReadError::File { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)?.take(SUMMARIES_MAX) {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_json(path: &Path) -> Result<(IpaCode, Published), ReadError> {
    let bytes = bytes_of(path, SUMMARY_BYTES_MAX)?;
    let wrong = |what: String| ReadError::NotASummary { path: path.to_owned(), what };
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    from_json(&value).map_err(wrong)
}

/// A summary in the form of the daemon's export.
fn from_json(value: &Value) -> Result<(IpaCode, Published), String> {
    let ente = text(value, "ente")?.parse().map_err(|error| format!("ente: {error}"))?;
    let month = month_of(text(value, "month")?)?;
    let edition = match number(value, "edition")? {
        1 => Edition::First,
        2 => Edition::Correction,
        other => return Err(format!("edition {other} is neither 1 nor 2")),
    };
    let carryover = &value["carryover"];
    if carryover["carried"].as_bool().ok_or("carryover.carried is missing")? {
        return Ok((ente, Published { month, edition, figures: None }));
    }
    let mut groups = BTreeMap::new();
    for group in list(value, "groups", GROUPS_MAX)? {
        let votes = Votes {
            green: number(group, "green")?,
            yellow: number(group, "yellow")?,
            red: number(group, "red")?,
        };
        if groups.insert(key_of(text(group, "service")?, text(group, "channel")?)?, votes).is_some() {
            return Err("a group stands there twice".to_owned());
        }
    }
    let months = list(carryover, "carried_from", MONTHS_NAMED_MAX)?.iter();
    let carried_from: Result<Vec<Month>, String> =
        months.map(|month| month_of(month.as_str().ok_or("carried_from names no month")?)).collect();
    let given = &value["parameters"];
    let parameters = Parameters {
        threshold: number(given, "T")?,
        threshold_sensitive: number(given, "T_sensitive")?,
        dominance: number(given, "D")?,
        reasons_min: number(given, "R")?,
        dominance_below: number(given, "G")?,
    };
    Ok((ente, Published { month, edition, figures: Some(Figures { groups, carried_from: carried_from?, parameters }) }))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value[key].as_str().ok_or_else(|| format!("{key} is missing"))
}

fn number(value: &Value, key: &str) -> Result<u64, String> {
    let found = value[key].as_u64().ok_or_else(|| format!("{key} is missing"))?;
    if found > VOTES_PER_MONTH_MAX {
        return Err(format!("{key} is {found}, at most {VOTES_PER_MONTH_MAX}"));
    }
    Ok(found)
}

fn list<'a>(value: &'a Value, key: &str, most: usize) -> Result<&'a [Value], String> {
    let found = value[key].as_array().ok_or_else(|| format!("{key} is missing"))?;
    if found.len() > most {
        return Err(format!("{key} are {}, at most {most}", found.len()));
    }
    Ok(found)
}

/// `ALTRI` in files, empty on the wire.
fn key_of(service: &str, channel: &str) -> Result<GroupKey, String> {
    let code = |text: &str| {
        let text = if text == "ALTRI" { "" } else { text };
        Code::of_group(text).map_err(|error| error.to_string())
    };
    Ok(GroupKey { service: code(service)?, channel: code(channel)? })
}

fn month_of(text: &str) -> Result<Month, String> {
    let wrong = || format!("{text:?} is no month");
    let (year, month) = text.split_once('-').ok_or_else(wrong)?;
    let digits = format!("{year}{month}");
    Month::from_yyyymm(digits.parse().map_err(|_| wrong())?).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn file() -> Value {
        json!({
            "ente": "c_a", "month": "2026-03", "edition": 1,
            "groups": [
                { "service": "ALTRI", "channel": "counter", "green": 7, "yellow": 0, "red": 1 },
                { "service": "tributi", "channel": "counter", "green": 20, "yellow": 2, "red": 3 },
            ],
            "carryover": { "carried": false, "carried_from": ["2026-02"] },
            "parameters": { "T": 5, "T_sensitive": 10, "D": 2, "R": 5, "G": 20 },
        })
    }

    #[test]
    fn an_exported_summary_is_read_with_its_groups() {
        let (ente, published) = from_json(&file()).unwrap();
        assert_eq!(ente.as_str(), "c_a");
        let figures = published.figures.unwrap();
        let altri = GroupKey::altri("counter".parse().unwrap());
        assert_eq!(figures.groups[&altri], Votes { green: 7, yellow: 0, red: 1 });
        assert_eq!(figures.carried_from, [Month::from_yyyymm(202_602).unwrap()]);
        assert_eq!(figures.parameters, Parameters::default());
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named() {
        let mut twice = file();
        twice["groups"][1] = twice["groups"][0].clone();
        assert_eq!(from_json(&twice), Err("a group stands there twice".to_owned()));
        let mut month = file();
        month["month"] = json!("marzo");
        assert_eq!(from_json(&month), Err("\"marzo\" is no month".to_owned()));
        let mut parameters = file();
        parameters["parameters"] = Value::Null;
        assert_eq!(from_json(&parameters), Err("T is missing".to_owned()));
    }
}
