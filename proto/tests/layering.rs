//! The dependency law of the workspace, read from its sources: who may know whom, and where foreign libraries are named.
//!
//! A library that outlives its welcome is replaced in the files listed here and nowhere else. Whoever needs one elsewhere
//! moves the need, or widens the list with a reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Crate, and the crates of ours it may depend on.
const LAW: [(&str, &[&str]); 5] = [
    ("proto", &[]),
    ("node", &["faccina-proto"]),
    ("tui", &["faccina-proto"]),
    ("simulations", &["faccina-proto", "faccina-node"]),
    ("simulations/fuzz", &["faccina-proto", "faccina-node"]),
];

/// Library, and the only places (prefixes of paths) that may name it.
const NAMED_IN: [(&str, &[&str]); 20] = [
    ("argon2", &["node/src/backup/sealed.rs"]),
    ("aead_stream", &["node/src/backup/sealed.rs"]),
    ("rpassword", &["node/src/commands/backup.rs"]),
    ("statrs", &["node/src/stats", "simulations/src/planted"]),
    ("microlp", &["simulations/src/audit/problem.rs"]),
    ("sled", &["node/src/store"]),
    ("libp2p", &["node/src/federation", "node/src/multiaddress.rs", "node/tests/hostile", "simulations/src"]),
    ("rustix", &["node/src/doctor/disk.rs", "simulations/src/live"]),
    ("ratatui", &["tui/src/view", "tui/src/terminal.rs", "tui/tests", "tui/benches"]),
    ("crossterm", &["tui/src/terminal.rs", "tui/src/events.rs"]),
    ("maud", &["node/src/publication/page", "node/src/poster.rs"]),
    ("jiff", &["node/src/clock.rs"]),
    ("rcgen", &["node/src/keys.rs", "node/src/link.rs"]),
    ("chacha20poly1305", &["node/src/sealing.rs", "node/src/intake/box_key.rs", "node/src/backup/sealed.rs"]),
    ("qrcode", &["node/src/qr.rs"]),
    ("indicatif", &["node/src/demo"]),
    ("axum", &["node/src/pages", "node/src/setup", "node/src/kiosk", "node/src/desk", "node/src/serve"]),
    ("hmac", &["proto/src/invites.rs", "proto/src/pairing.rs", "node/src/sealing.rs"]),
    ("curve25519_dalek", &["proto/tests/torsion.rs", "node/tests"]),
    ("clap", &["node/src/commands", "node/src/main.rs", "simulations/src", "tui/src"]),
];

/// Read-models are pure: what their folders must not name.
const PURE: [(&str, &[&str]); 4] =
    [("node/src/views", IO), ("node/src/stats", IO), ("node/src/publication", IO), ("proto/src", IO)];
const IO: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "tokio",
    "sled",
    "libp2p",
    "axum",
    "rand",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

struct Source {
    path: String,
    /// Without comments and strings.
    text: String,
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = LAW.iter().map(|(name, _)| root().join(name)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" && name != "node_modules" {
                open.push(path);
            } else if name.ends_with(".rs") {
                let text = bare(&fs::read_to_string(&path).unwrap());
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    // A crate inside the folder of another is walked with both.
    found.dedup_by(|a, b| a.path == b.path);
    assert!(found.len() > 20, "{} sources found", found.len());
    found
}

/// The code without line comments and without what stands in plain strings.
fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    for line in text.lines() {
        let mut quoted = false;
        let mut escaped = false;
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            let opens_comment = c == '/' && characters.peek() == Some(&'/');
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ if quoted => {}
                _ if opens_comment => break,
                c => bare.push(c),
            }
        }
        bare.push('\n');
    }
    bare
}

/// Whether the code names `word` as the head of a path, or after `use`.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let before = text[..at].trim_end_matches(' ');
        let alone = !text[..at].ends_with(inside) && !text[..at].ends_with("::");
        let after = &text[at + word.len()..];
        let path = after.starts_with("::");
        let used =
            ["use", "{", ","].iter().any(|lead| before.ends_with(lead)) && after.starts_with([';', ',', '}']);
        alone && !after.starts_with(inside) && (path || (used && before.ends_with("use")))
    })
}

#[test]
fn crates_depend_only_downwards() {
    for (name, allowed) in LAW {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let ours: BTreeSet<&str> = manifest
            .lines()
            .filter_map(|line| line.split(['=', '.', ' ']).next())
            .filter(|dependency| dependency.starts_with("faccina-"))
            .collect();
        for dependency in ours {
            assert!(allowed.contains(&dependency), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn foreign_libraries_are_named_in_few_files() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (library, places) in NAMED_IN {
        for source in sources.iter().filter(|source| names(&source.text, library)) {
            if !places.iter().any(|place| source.path.starts_with(place)) {
                wrong.push(format!(
                    "{} names {library}, which belongs to {}",
                    source.path,
                    places.join(", ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_protocol_and_the_read_models_do_no_io() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (folder, banned) in PURE.iter().filter(|(folder, _)| source.path.starts_with(folder)) {
            let is_test = source.path.ends_with("tests.rs") || source.path.ends_with("vectors.rs");
            let code = without_tests(&source.text);
            for word in banned.iter().filter(|word| !is_test && names(code, word)) {
                wrong.push(format!("{} names {word}, but {folder} is pure", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file without the tests at its end. A test module in a file of its own, declared further up, ends nothing.
fn without_tests(text: &str) -> &str {
    let inline = |at: &usize| text[*at..].lines().nth(1).is_some_and(|line| line.ends_with('{'));
    let end = text.match_indices("#[cfg(test)]\n").map(|(at, _)| at).find(inline);
    &text[..end.unwrap_or(text.len())]
}

/// The one step down the order of the node's modules: the command line starts the demonstration, which drives nodes
/// through the same commands.
const DOWNWARDS: (&str, &str) = ("node/src/commands/demo.rs", "demo");

/// Modules in the order of the `mod` lines of `folder`: each uses only those above it.
fn uses_only_above(sources: &[Source], folder: &str) {
    let library = sources.iter().find(|source| source.path == format!("{folder}/lib.rs")).unwrap();
    let lines = library.text.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let modules = lines.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let order: BTreeMap<&str, usize> = modules.zip(0..).collect();
    assert!(order.len() > 10, "{order:?}");
    let mut wrong = Vec::new();
    for source in sources {
        let Some(inside) = source.path.strip_prefix(folder).and_then(|path| path.strip_prefix('/')) else {
            continue;
        };
        let own = inside.split(['/', '.']).next().unwrap();
        let Some(place) = order.get(own).filter(|_| !inside.ends_with("tests.rs")) else { continue };
        for used in used_modules(without_tests(&source.text)) {
            let below = order.get(used.as_str()).is_some_and(|other| other > place);
            if below && (source.path.as_str(), used.as_str()) != DOWNWARDS {
                wrong.push(format!("{} uses {used}, which stands below it", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_module_uses_only_modules_above_it() {
    let sources = sources();
    uses_only_above(&sources, "proto/src");
    uses_only_above(&sources, "node/src");
}

/// The read models see entries and figures, never how they are kept or carried.
#[test]
fn the_read_models_use_no_other_module_of_the_node() {
    let folders = [("node/src/stats/", &["stats"] as &[&str]), ("node/src/views/", &["stats", "views"])];
    let sources = sources();
    for (folder, allowed) in folders {
        let inside: Vec<&Source> = sources.iter().filter(|source| source.path.starts_with(folder)).collect();
        assert!(!inside.is_empty(), "{folder} is gone");
        for source in inside {
            for used in used_modules(without_tests(&source.text)) {
                assert!(allowed.contains(&used.as_str()), "{} uses {used}", source.path);
            }
        }
    }
}

/// The first segments after `crate::`, in paths and in `use crate::{…}`.
fn used_modules(code: &str) -> BTreeSet<String> {
    let segment =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut used = BTreeSet::new();
    for (at, lead) in code.match_indices("crate::") {
        let rest = &code[at + lead.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            used.insert(segment(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (offset, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    used.insert(segment(&list[offset..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    used
}

#[test]
fn the_reader_of_sources_sees_what_it_should() {
    let code = bare(
        "use crate::{\n    a::{b, c},\n    d,\n};\nlet x = crate::e::F; // crate::g::H\n\"libp2p::swarm\"",
    );
    assert_eq!(used_modules(&code), ["a", "d", "e"].map(str::to_owned).into());
    assert!(!names(&code, "libp2p"));
    assert!(names("fn f() -> sled::Db {", "sled"));
    assert!(names("use sled;", "sled") && !names("use crate::store::sled::X;", "sled"));
    assert!(!names("mod sled;", "sled") && !names("let sledge = 1;", "sled"));
    let early = "#[cfg(test)]\nmod apart;\nuse sled::Db;\n";
    assert_eq!(without_tests(early), early);
    assert_eq!(without_tests(&format!("{early}#[cfg(test)]\nmod tests {{\n}}\n")), early);
}
