//! Reading what is published: a bundle of feeds, and the daemon's export of summaries as JSON files.

use super::published::{Figures, Published, Reading};
use faccina_node::views::{ReplicaFeeds, Views};
use faccina_proto::{
    bundle::{self, BundleError},
    calendar::Month,
    limits::{GROUPS_MAX, MONTHS_NAMED_MAX, VOTES_PER_MONTH_MAX},
    names::{Code, IpaCode},
    partition::Parameters,
    summary::Edition,
    tally::{GroupKey, Votes},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes of a summary as a file; one of the protocol's largest stays below.
const SUMMARY_BYTES_MAX: u64 = 4 << 20;
/// Summary files in one folder: the largest federation over three years.
const SUMMARIES_MAX: usize = 300_000;
/// Bytes of a bundle.
const BUNDLE_BYTES_MAX: u64 = 4 << 30;

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
    #[error("{path} has more than {most} files: audit a part of them at a time")]
    TooMany { path: PathBuf, most: usize },
}

/// Reads a bundle, or a folder: its summaries as files, and the bundle beside them, which also has the editions
/// withdrawn, the plans, and the services that are sensitive.
pub(super) fn read(path: &Path) -> Result<Reading, ReadError> {
    let beside = path.join("federation.faccina");
    let mut reading = match (path.is_dir(), beside.exists()) {
        (false, _) => read_bundle(path)?,
        (true, true) => read_bundle(&beside)?,
        (true, false) => Reading::default(),
    };
    for file in json_files(&path.join("summaries"), SUMMARIES_MAX)? {
        let (ente, published) = read_json(&file)?;
        reading.publish(&ente, published);
    }
    if reading.enti.values().all(|ente| ente.months.is_empty()) {
        return Err(ReadError::Nothing { path: path.to_owned() });
    }
    Ok(reading)
}

fn bytes_of(path: &Path, bytes_max: u64) -> Result<Vec<u8>, ReadError> {
    let unread = |source| ReadError::File { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(unread)?.len();
    if bytes > bytes_max {
        return Err(ReadError::TooLarge { path: path.to_owned(), bytes, bytes_max });
    }
    fs::read(path).map_err(unread)
}

fn read_bundle(path: &Path) -> Result<Reading, ReadError> {
    let bytes = bytes_of(path, BUNDLE_BYTES_MAX)?;
    // An attacker does not care whose root key it is.
    let bundle = bundle::read(bytes.into(), None)
        .map_err(|source| ReadError::Bundle { path: path.to_owned(), source })?;
    let feeds = ReplicaFeeds { replica: &bundle.replica, log: &bundle.log };
    let mut views = Views::new(bundle.replica.federation());
    views.follow(&feeds);
    Ok(Reading::of(&views, &feeds))
}

fn json_files(folder: &Path, most: usize) -> Result<Vec<PathBuf>, ReadError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let unread = |source| ReadError::File { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for (before, entry) in fs::read_dir(folder).map_err(unread)?.enumerate() {
        // A part of what is published would pass for the whole.
        if before >= most {
            return Err(ReadError::TooMany { path: folder.to_owned(), most });
        }
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
    Ok((
        ente,
        Published {
            month,
            edition,
            figures: Some(Figures { groups, carried_from: carried_from?, parameters }),
        },
    ))
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
    fn files_beyond_the_bound_are_an_error_and_never_left_out() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.json", "b.json"] {
            fs::write(dir.path().join(name), "{}").unwrap();
        }
        assert_eq!(json_files(dir.path(), 2).unwrap().len(), 2);
        assert!(matches!(json_files(dir.path(), 1), Err(ReadError::TooMany { most: 1, .. })));
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
