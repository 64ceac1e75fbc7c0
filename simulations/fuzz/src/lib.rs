//! Every decoder that bytes from outside reach, as functions that take any bytes: none may panic, whatever they are, and
//! what they accept must hold together.
//!
//! Owned here: the targets, and the valid samples from which their fuzzing starts, drawn from the golden vectors and the
//! sample files. What a fuzzer found once stays in `fixtures/fuzz/`, and is replayed by the tests. Deliberately absent: any
//! decoder, and the fuzzer's engine, which only `.ci/fuzz` builds.

mod golden;
mod town;
mod messages;
mod feeds;
mod texts;
mod pages;
mod calls;

pub use golden::fixtures;

/// One decoder under fuzzing.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder of findings.
    pub name: &'static str,
    /// Takes any bytes; panics where a promise is broken.
    pub run: fn(&[u8]),
    /// Valid samples, which bring the fuzzer behind the first checks.
    pub samples: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 11] = [
    Target { name: "ballot", run: messages::ballot, samples: messages::ballot_samples },
    Target { name: "report", run: messages::report, samples: messages::report_samples },
    Target { name: "stored", run: messages::stored, samples: messages::stored_samples },
    Target { name: "twinning", run: messages::twinning, samples: messages::twinning_samples },
    Target { name: "entry", run: feeds::entry, samples: feeds::entry_samples },
    Target { name: "roster", run: feeds::roster, samples: feeds::roster_samples },
    Target { name: "bundle", run: feeds::bundle, samples: feeds::bundle_samples },
    Target { name: "sync", run: feeds::sync, samples: feeds::sync_samples },
    Target { name: "config", run: texts::config, samples: texts::config_samples },
    Target { name: "http", run: pages::http, samples: pages::http_samples },
    Target { name: "grpc", run: calls::grpc, samples: calls::grpc_samples },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
