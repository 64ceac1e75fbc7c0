//! The statistical vectors: every `fixtures/statistics/*.json`, and the file that `FACCINA_STAT_VECTORS` names.
//!
//! `functions.txt` beside them says which crate computes each function. One of ours must reproduce each of its vectors;
//! the others are listed on stderr with their owner. A function that it does not name, a file without vectors, or a
//! missing folder is a failure.

use super::{Confidence, Proportion, newcombe};
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
    for ours in ["wilson_interval", "newcombe_difference"] {
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
    let (input, expected) = (&vector["inputs"], &vector["expected"]);
    let computed = match function {
        "wilson_interval" => {
            let interval = proportion(input, "x", "n").wilson(confidence(input));
            vec![("low", interval.low), ("high", interval.high)]
        }
        "newcombe_difference" => {
            let (left, right) = (proportion(input, "x1", "n1"), proportion(input, "x2", "n2"));
            let difference = newcombe(left, right, confidence(input));
            vec![
                ("diff", difference.value),
                ("low", difference.interval.low),
                ("high", difference.interval.high),
            ]
        }
        _ if owners.contains_key(function) => return Verdict::Elsewhere,
        _ => return Verdict::Differs(format!("unknown function {function}")),
    };
    let tolerance = vector["tolerance"].as_f64().unwrap_or(1e-9);
    for (name, value) in computed {
        let wanted = expected[name].as_f64().unwrap();
        // Absolute below 1, relative above: the convention of the vectors.
        if (value - wanted).abs() > tolerance * wanted.abs().max(1.0) {
            return Verdict::Differs(format!("{name} is {value}, expected {wanted}"));
        }
    }
    Verdict::Reproduced
}

fn proportion(input: &Value, x: &str, n: &str) -> Proportion {
    Proportion::new(input[x].as_u64().unwrap(), input[n].as_u64().unwrap()).unwrap()
}

fn confidence(input: &Value) -> Confidence {
    Confidence::new(input["conf"].as_f64().unwrap_or(0.95)).unwrap()
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
