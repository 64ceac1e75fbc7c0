//! The vectors of `publish_partition`: every `fixtures/statistics/*.json`, and the file that `FACCINA_STAT_VECTORS` names.
//!
//! `fixtures/statistics/functions.txt` says which crate computes each function, or that a later stage does. An unknown
//! function is a failure; one of a later stage is listed as such. Names of services in the vectors need not be codes of
//! ours: they are mapped to codes in their own order, and back.

use faccina_proto::{
    calendar::Month,
    carryover::Carryover,
    names::Code,
    partition::{Parameters, Partition, Services, roll_up},
    tally::{Counts, GroupKey, Reasons, Votes},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

const OURS: &str = "publish_partition";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/statistics")
}

/// Function to owner: `proto`, `node` or `later`.
fn owners() -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join("functions.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once(' ').map(|(f, owner)| (f.to_owned(), owner.trim().to_owned())).unwrap())
        .collect()
}

fn files() -> Vec<PathBuf> {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    assert!(!files.is_empty(), "no vectors in {}", folder().display());
    // A relative path is meant from the root of the workspace, where people stand.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    files.extend(env::var_os("FACCINA_STAT_VECTORS").map(|path| root.join(path)));
    files
}

#[test]
fn every_partition_vector_is_reproduced_and_every_function_has_an_owner() {
    let owners = owners();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for file in files() {
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let whole: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let vectors =
            whole["vectors"].as_array().unwrap_or_else(|| panic!("{} holds no vectors", file.display()));
        for vector in vectors {
            let (id, function) = (&vector["id"], vector["function"].as_str().unwrap());
            let owner = owners.get(function).unwrap_or_else(|| panic!("{id}: unknown function {function}"));
            if function == OURS {
                assert_eq!(partition(&vector["inputs"]), vector["expected"], "{id} in {}", file.display());
            }
            *counts.entry((owner.clone(), function.to_owned())).or_default() += 1;
        }
    }
    assert!(counts.contains_key(&("proto".to_owned(), OURS.to_owned())), "no vector of {OURS} was found");
    // Straight to stderr, because the test harness hides what a passing test prints.
    let mut stderr = std::io::stderr().lock();
    for ((owner, function), count) in &counts {
        let what = match owner.as_str() {
            "proto" => "reproduced",
            "node" => "tested in faccina-node",
            "later" => "of a later stage, not computed",
            other => panic!("functions.txt: unknown owner {other}"),
        };
        writeln!(stderr, "statistics: {function}: {count} {what}").unwrap();
    }
}

/// Names in their order, each with a code that sorts alike.
struct Names(Vec<String>);

impl Names {
    fn of(cells: &[Value], field: &str) -> Self {
        let names: BTreeSet<String> =
            cells.iter().map(|cell| cell[field].as_str().unwrap().to_owned()).collect();
        Self(names.into_iter().collect())
    }

    fn code(&self, name: &Value) -> Code {
        let place = self.0.iter().position(|known| known == name.as_str().unwrap()).unwrap();
        format!("n{place:06}").parse().unwrap()
    }

    fn name(&self, code: &Code) -> &str {
        if code.is_altri() { "ALTRI" } else { &self.0[code.as_str()[1..].parse::<usize>().unwrap()] }
    }
}

fn partition(inputs: &Value) -> Value {
    let known = ["cells", "T", "D", "R", "G"];
    let unknown = inputs.as_object().unwrap().keys().find(|name| !known.contains(&name.as_str()));
    assert_eq!(unknown, None, "an input that this test does not understand");
    let cells = inputs["cells"].as_array().unwrap();
    let (services, channels) = (Names::of(cells, "service"), Names::of(cells, "channel"));
    let number = |value: &Value| value.as_u64().unwrap();
    let mut counts: BTreeMap<GroupKey, Counts> = BTreeMap::new();
    for cell in cells {
        let key =
            GroupKey { service: services.code(&cell["service"]), channel: channels.code(&cell["channel"]) };
        let votes = Votes {
            green: number(&cell["green"]),
            yellow: number(&cell["yellow"]),
            red: number(&cell["red"]),
        };
        let reasons = Reasons([0, 1, 2, 3].map(|i| cell["reasons"][i].as_u64().unwrap_or(0)));
        *counts.entry(key).or_default() += Counts { votes, reasons };
    }
    let parameters = Parameters {
        threshold: number(&inputs["T"]),
        dominance: number(&inputs["D"]),
        reasons_min: number(&inputs["R"]),
        dominance_below: number(&inputs["G"]),
        ..Parameters::default()
    };
    let month = Month::from_yyyymm(202_601).unwrap();
    let made = roll_up(month, &counts, &Carryover::default(), &parameters, &Services::default());
    told(&made, &services, &channels)
}

/// A partition in the form of the vectors.
fn told(made: &Partition, services: &Names, channels: &Names) -> Value {
    let name = |key: &GroupKey| [services.name(&key.service), channels.name(&key.channel)];
    let mut groups: Vec<_> = made.groups.iter().collect();
    groups.sort_by_key(|(key, _)| name(key));
    let votes = |votes: &Votes| json!([votes.green, votes.yellow, votes.red]);
    let sorted = |keys: &BTreeSet<GroupKey>| {
        let mut names: Vec<_> = keys.iter().map(name).collect();
        names.sort_unstable();
        json!(names)
    };
    let group = |(key, group): &(&GroupKey, &faccina_proto::partition::Group)| json!({"key": name(key), "votes": votes(&group.counts.votes), "members": sorted(&group.members)});
    let own = groups.iter().filter(|(_, group)| group.own_reasons);
    let own: Vec<_> =
        own.map(|(key, group)| json!({"key": name(key), "reasons": group.counts.reasons.0})).collect();
    let pooled = made
        .pool
        .as_ref()
        .map(|pool| json!({"members": sorted(&pool.groups), "red": pool.reds, "reasons": pool.reasons.0}));
    let carried = made.carry_out.votes.as_ref().map_or(Votes::NONE, |carried| carried.counts.votes);
    let waiting = made.carry_out.reasons.as_ref();
    let (reds, reasons) = waiting.map_or((0, [0; 4]), |waiting| (waiting.reds, waiting.reasons.0));
    json!({
        "groups": groups.iter().map(group).collect::<Vec<_>>(),
        "reasons": own,
        "pooled": pooled,
        "carry": votes(&carried),
        "carry_reasons": [json!(reds), json!(reasons)],
    })
}
