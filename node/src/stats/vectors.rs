//! The statistical vectors: every `fixtures/statistics/*.json`, and the file that `FACCINA_STAT_VECTORS` names.
//!
//! `functions.txt` beside them says which crate computes each function. One of ours must reproduce each of its vectors;
//! the others are listed on stderr with their owner. A function that it does not name, a file without vectors, or a
//! missing folder is a failure.

use super::reproduced::{FUNCTIONS, Reproduce};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

#[test]
fn every_vector_of_ours_is_reproduced_and_every_other_is_accounted_for() {
    let owners = owners();
    let mut later: BTreeMap<String, usize> = BTreeMap::new();
    let mut reproduced: BTreeMap<String, usize> = BTreeMap::new();
    for file in files() {
        let vectors = vectors(&file);
        assert!(!vectors.is_empty(), "{} holds no vectors", file.display());
        for vector in vectors {
            let function = text(&vector, "function");
            match check(&function, &vector, &owners) {
                Verdict::Reproduced => *reproduced.entry(function).or_default() += 1,
                Verdict::Elsewhere => *later.entry(function).or_default() += 1,
                Verdict::Differs(why) => panic!("{} in {}: {why}", text(&vector, "id"), file.display()),
            }
        }
    }
    for (ours, _) in FUNCTIONS {
        assert_eq!(owners.get(ours).map(String::as_str), Some("node"), "{ours} in functions.txt");
        assert!(reproduced.contains_key(ours), "no vector of {ours} was found");
    }
    // Straight to stderr, because the test harness hides what a passing test prints.
    let mut stderr = std::io::stderr().lock();
    for (function, count) in &reproduced {
        writeln!(stderr, "statistics: {function}: {count} reproduced").unwrap();
    }
    for (function, count) in &later {
        let whose = match owners.get(function).map(String::as_str) {
            Some("proto") => "tested in faccina-proto",
            Some("later") => "of a later stage, not computed",
            other => panic!("{function} is of {other:?} and not computed here"),
        };
        writeln!(stderr, "statistics: {function}: {count} {whose}").unwrap();
    }
}

enum Verdict {
    Reproduced,
    Elsewhere,
    Differs(String),
}

fn check(function: &str, vector: &Value, owners: &BTreeMap<String, String>) -> Verdict {
    let ours: BTreeMap<&str, Reproduce> = FUNCTIONS.into_iter().collect();
    let Some(reproduce) = ours.get(function) else {
        return if owners.contains_key(function) {
            Verdict::Elsewhere
        } else {
            Verdict::Differs(format!("unknown function {function}"))
        };
    };
    let computed = reproduce(&vector["inputs"]);
    let tolerance = vector["tolerance"].as_f64().unwrap_or(1e-9);
    match difference("", &vector["expected"], &computed, tolerance) {
        None => Verdict::Reproduced,
        Some(why) => Verdict::Differs(why),
    }
}

/// The first place where what was computed is not what is expected. Everything expected must have been computed.
fn difference(place: &str, expected: &Value, computed: &Value, tolerance: f64) -> Option<String> {
    match (expected, computed) {
        (Value::Object(wanted), _) => wanted
            .iter()
            .find_map(|(key, value)| difference(&format!("{place}.{key}"), value, &computed[key], tolerance)),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            let mut pairs = wanted.iter().zip(found).zip(0..);
            pairs.find_map(|((wanted, found), index)| {
                difference(&format!("{place}[{index}]"), wanted, found, tolerance)
            })
        }
        (Value::Number(wanted), Value::Number(found)) => {
            let (wanted, found) = (wanted.as_f64()?, found.as_f64()?);
            // Absolute below 1, relative above: the convention of the vectors.
            let near = (found - wanted).abs() <= tolerance * wanted.abs().max(1.0);
            (!near).then(|| format!("{place} is {found}, expected {wanted}"))
        }
        _ => (expected != computed).then(|| format!("{place} is {computed}, expected {expected}")),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/statistics")
}

/// Function to owner: `proto`, `node` or `later`.
fn owners() -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join("functions.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let owned = lines.map(|line| line.split_once(' ').unwrap());
    owned.map(|(function, owner)| (function.to_owned(), owner.to_owned())).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = folder();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no vector files", folder.display());
    // A relative path is meant from the root of the workspace, where people stand.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    files.extend(env::var_os("FACCINA_STAT_VECTORS").map(|path| root.join(path)));
    files
}

fn vectors(file: &Path) -> Vec<Value> {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let whole: Value =
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    whole["vectors"].as_array().cloned().unwrap_or_default()
}

fn text(vector: &Value, key: &str) -> String {
    vector[key].as_str().unwrap_or_default().to_owned()
}
