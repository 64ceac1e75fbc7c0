//! Months: TOML in, expected summary out. Each file of `fixtures/months/` is the history of one ente, month by month; a
//! new case needs no Rust.
//!
//! Every month is closed, judged as receivers judge it, and compared with what the file expects. The keys are explained in
//! `fixtures/months/README.md`.

use faccina_proto::{
    calendar::Month,
    carryover::Carryover,
    catalogue::{Catalogue, Catalogues},
    checks::{Judge, Judgement},
    close::{Books, Closing, Observed, close},
    envelope::Id,
    names::Code,
    summary::{Edition, Figures},
    tally::{Cell, Circumstanced, Counts, GroupKey, Reasons, Tally, Votes},
    wire::feed::v1 as wire,
};
use std::{collections::BTreeSet, fs, path::Path};
use toml::{Table, Value};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/months")
}

#[test]
fn every_history_closes_as_its_file_says() {
    let mut histories = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            let case: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.file_stem().unwrap().to_str().unwrap();
            History::of(&case).run(name, &case);
            histories += 1;
        }
    }
    assert!(histories >= 5, "{histories} histories");
}

struct History {
    catalogues: Catalogues,
    few_operators: BTreeSet<Code>,
    judge: Judge,
    carry_in: Carryover,
}

fn known(table: &Table, keys: &[&str], what: &str) {
    for key in table.keys() {
        assert!(keys.contains(&key.as_str()), "{what}: unknown key {key:?}");
    }
}

fn strings(table: &Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

fn numbers<const N: usize>(value: &Value) -> [u64; N] {
    let list = value.as_array().unwrap().iter();
    list.map(|n| u64::try_from(n.as_integer().unwrap()).unwrap()).collect::<Vec<_>>().try_into().unwrap()
}

fn month(value: &Value) -> Month {
    Month::from_yyyymm(u32::try_from(value.as_integer().unwrap()).unwrap()).unwrap()
}

/// `service/channel`, with ALTRI for the empty code.
fn key(text: &str) -> GroupKey {
    let (service, channel) = text.split_once('/').unwrap();
    let code = |text: &str| if text == "ALTRI" { Code::altri() } else { text.parse().unwrap() };
    GroupKey { service: code(service), channel: code(channel) }
}

impl History {
    fn of(case: &Table) -> Self {
        known(case, &["about", "services", "channels", "sensitive", "few_operators", "month"], "history");
        let text = || vec![wire::LocalisedText { language: "it".to_owned(), text: "x".to_owned() }];
        let sensitive = strings(case, "sensitive");
        let service = |code: String| wire::Service {
            sensitive: sensitive.contains(&code),
            code,
            name: text(),
            ..wire::Service::default()
        };
        let channel = |code: String| wire::Channel { code, name: text() };
        let part = wire::CataloguePart {
            version: 1,
            services: strings(case, "services").into_iter().map(service).collect(),
            channels: strings(case, "channels").into_iter().map(channel).collect(),
            ..wire::CataloguePart::default()
        };
        let first = month(&case["month"].as_array().unwrap()[0]["month"]);
        let made = Catalogue::assemble(1, first, (5, 10), &[part]).unwrap();
        let id = Id::from_bytes([1; 32]);
        let mut catalogues = Catalogues::default();
        catalogues.part(id, &made.parts()[0]).unwrap();
        catalogues.closing(&made.closing(&[id]), first.previous().first_day()).unwrap();
        let few_operators = strings(case, "few_operators").iter().map(|code| code.parse().unwrap()).collect();
        Self { catalogues, few_operators, judge: Judge::new(first), carry_in: Carryover::default() }
    }

    fn run(&mut self, name: &str, case: &Table) {
        for (i, table) in case["month"].as_array().unwrap().iter().enumerate() {
            let what = format!("{name}, month {}", i + 1);
            let table = table.as_table().unwrap();
            known(table, &["month", "votes", "served", "late", "backed", "gap", "expect"], &what);
            let closing = self.close(table);
            let day = closing.summary.month.next().first_day().plus_days(10);
            let judged = self.judge.judge(&closing.summary.to_wire(), day, &self.catalogues);
            let accepted = matches!(judged, Judgement::Counted(_) | Judgement::Carried(_));
            assert!(accepted, "{what}: receivers say {judged:?}");
            compare(&what, table["expect"].as_table().unwrap(), &closing);
            self.carry_in = closing.carry_out;
        }
    }

    fn close(&self, table: &Table) -> Closing {
        let mut tally = Tally::default();
        for (cell, counts) in table.get("votes").and_then(Value::as_table).into_iter().flatten() {
            let [green, yellow, red, reasons @ ..] = numbers::<7>(counts);
            let counts = Counts { votes: Votes { green, yellow, red }, reasons: Reasons(reasons) };
            tally.add_counts(Cell { key: key(cell), branch: "sede".parse().unwrap() }, counts);
        }
        let number =
            |key: &str| table.get(key).map_or(0, |n| u64::try_from(n.as_integer().unwrap()).unwrap());
        tally.add_circumstanced(Circumstanced {
            late: number("late"),
            backed: number("backed"),
            revoked_terminal: number("revoked_terminal"),
        });
        let served = table.get("served").and_then(Value::as_table).into_iter().flatten();
        let served = served.map(|(cell, n)| (key(cell), u64::try_from(n.as_integer().unwrap()).unwrap()));
        let observed = Observed { served: served.collect(), ..Observed::default() };
        let gap = table.get("gap").and_then(Value::as_array).into_iter().flatten();
        let gap: Vec<Month> = gap.map(month).collect();
        close(&Books {
            month: month(&table["month"]),
            edition: Edition::First,
            tally: &tally,
            carry_in: &self.carry_in,
            catalogue: self.catalogues.newest().unwrap(),
            few_operators: &self.few_operators,
            observed: &observed,
            ballots_root: Id::from_bytes([2; 32]),
            software_version: "0.1.0",
            restored: false,
            gap_months: &gap,
        })
        .unwrap()
    }
}

const EXPECTED: [&str; 13] = [
    "carried",
    "groups",
    "own_reasons",
    "served",
    "pool",
    "pool_groups",
    "pool_carried",
    "carried_from",
    "carried_out",
    "waiting",
    "late",
    "backing",
    "merged",
];

/// Compares what the file expects; a list or table that it does not name must be empty.
fn compare(what: &str, expect: &Table, closing: &Closing) {
    known(expect, &EXPECTED, what);
    let none = Value::Table(Table::new());
    let expected = |key: &str| expect.get(key).unwrap_or(&none).clone();
    let carried = expect.get("carried").and_then(Value::as_bool).unwrap_or_default();
    assert_eq!(closing.summary.is_carried(), carried, "{what}: carried");
    let told = told(closing.summary.figures());
    for key in ["groups", "own_reasons", "served"] {
        assert_eq!(told[key], expected(key), "{what}: {key}");
    }
    for key in ["pool", "pool_groups", "pool_carried", "carried_from", "backing", "late"] {
        if let Some(value) = told.get(key).or(expect.get(key)) {
            let optional = ["backing", "late"].contains(&key) && !expect.contains_key(key);
            assert!(optional || Some(value) == expect.get(key), "{what}: {key} is {value}");
        }
    }
    let integer = |n: u64| Value::Integer(i64::try_from(n).unwrap());
    let number = |key: &str| expect.get(key).cloned().unwrap_or(Value::Integer(0));
    assert_eq!(integer(closing.votes_carried_out), number("carried_out"), "{what}: carried_out");
    let waiting = closing.carry_out.reasons.as_ref().map_or(0, |reasons| reasons.reds);
    assert_eq!(integer(waiting), number("waiting"), "{what}: waiting");
    let merged: Vec<String> = closing.services_merged.iter().map(ToString::to_string).collect();
    assert_eq!(merged, strings(expect, "merged"), "{what}: merged");
}

/// Figures in the words of the files.
fn told(figures: Option<&Figures>) -> Table {
    let integer = |n: u64| Value::Integer(i64::try_from(n).unwrap());
    let list = |numbers: &[u64]| Value::Array(numbers.iter().copied().map(integer).collect());
    let months = |months: &[Month]| list(&months.iter().map(|m| m.yyyymm().into()).collect::<Vec<_>>());
    let (mut groups, mut own, mut served) = (Table::new(), Table::new(), Table::new());
    let mut told = Table::new();
    for group in figures.into_iter().flat_map(|figures| &figures.groups) {
        let Votes { green, yellow, red } = group.votes;
        groups.insert(group.key.to_string(), list(&[green, yellow, red]));
        own.extend(group.reasons.map(|reasons| (group.key.to_string(), list(&reasons.0))));
        served.extend(group.served.map(|n| (group.key.to_string(), integer(n))));
    }
    told.extend(
        [("groups", groups), ("own_reasons", own), ("served", served)]
            .map(|(k, t)| (k.to_owned(), Value::Table(t))),
    );
    let Some(figures) = figures else { return told };
    if let Some(pool) = &figures.pool {
        let names = pool.groups.iter().map(|key| Value::String(key.to_string())).collect();
        told.insert("pool".to_owned(), list(&pool.reasons.0));
        told.insert("pool_groups".to_owned(), Value::Array(names));
        if pool.carried_reds > 0 {
            let mut carried = Table::new();
            carried.insert("reds".to_owned(), integer(pool.carried_reds));
            carried.insert("months".to_owned(), months(&pool.carried_months));
            told.insert("pool_carried".to_owned(), Value::Table(carried));
        }
    }
    if !figures.carried_from.is_empty() {
        told.insert("carried_from".to_owned(), months(&figures.carried_from));
    }
    told.insert("late".to_owned(), Value::String(figures.integrity.late.unwrap().to_string()));
    told.insert("backing".to_owned(), Value::String(format!("{:?}", figures.integrity.backing.unwrap())));
    told
}
