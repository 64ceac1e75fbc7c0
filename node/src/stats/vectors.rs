//! The statistical vectors: every `fixtures/statistics/*.json`, and the file that `FACCINA_STAT_VECTORS` names.
//!
//! A function of ours must reproduce each of its vectors. A function of a later stage is listed on stderr under that
//! name. Any other function name, a file without vectors, or a missing folder is a failure.

use super::{Confidence, Proportion, newcombe};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Tested against the same files by the crate that owns it.
const OF_THE_PROTOCOL: [&str; 1] = ["publish_partition"];

/// Functions that no screen uses yet.
const LATER: [&str; 39] = [
    "arcsine_z",
    "benjamini_hochberg",
    "bernoulli_cusum",
    "bernoulli_cusum_batches",
    "beta_binomial_moments",
    "beta_binomial_tails",
    "burst_bound",
    "clopper_pearson_interval",
    "did_matched_peers",
    "direct_standardisation",
    "eb_posterior",
    "ewma_chart",
    "fisher_short_green",
    "funnel_limits_arcsine_additive",
    "funnel_limits_exact_binomial",
    "funnel_limits_normal",
    "generalised_odds",
    "gower_matrix",
    "gower_pair",
    "indirect_standardisation",
    "kappa",
    "laney_p_prime",
    "mantel_haenszel",
    "n_min_all_green",
    "net_score",
    "newcombe_pre_post",
    "nhs_rules",
    "nhs_rules_z",
    "p_chart",
    "p_k_of_m",
    "phi_tau2_spiegelhalter",
    "prob_best_quartile",
    "runs_test",
    "short_gap_test",
    "simpson_pair",
    "tabular_cusum",
    "tau2_robust_paule_mandel",
    "votes_over_served",
    "winsorise",
];

#[test]
fn every_vector_of_ours_is_reproduced_and_every_other_is_accounted_for() {
    let mut later: BTreeMap<String, usize> = BTreeMap::new();
    let mut reproduced: BTreeMap<String, usize> = BTreeMap::new();
    for file in files() {
        let vectors = vectors(&file);
        assert!(!vectors.is_empty(), "{} holds no vectors", file.display());
        for vector in vectors {
            let function = text(&vector, "function");
            match check(&function, &vector) {
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
        let whose = if OF_THE_PROTOCOL.contains(&function.as_str()) {
            "tested in faccina-proto"
        } else {
            "of a later stage, not computed"
        };
        writeln!(stderr, "statistics: {function}: {count} {whose}").unwrap();
    }
}

enum Verdict {
    Reproduced,
    Elsewhere,
    Differs(String),
}

fn check(function: &str, vector: &Value) -> Verdict {
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
        _ if OF_THE_PROTOCOL.contains(&function) || LATER.contains(&function) => return Verdict::Elsewhere,
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

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/statistics");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no vector files", folder.display());
    files.extend(env::var_os("FACCINA_STAT_VECTORS").map(PathBuf::from));
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
