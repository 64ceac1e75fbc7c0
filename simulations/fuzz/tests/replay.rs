//! Every sample and every finding of a fuzzer goes through its target again.
#![expect(clippy::unwrap_used, reason = "tests")]

use faccina_fuzz::{TARGETS, fixtures};
use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Findings in the target's folder, by name.
fn findings(target: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(fixtures().join("fuzz").join(target)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

#[test]
fn samples_and_findings_break_nothing() {
    let before = std::panic::take_hook();
    // Also a panic in a task that nobody waits for is a finding.
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    for target in TARGETS {
        let samples = (target.samples)().into_iter().enumerate();
        let named = samples.map(|(number, sample)| (format!("{} sample {number}", target.name), sample));
        let all: Vec<_> = named.chain(findings(target.name)).collect();
        assert!(!all.is_empty(), "{} has no sample", target.name);
        for (name, bytes) in all {
            (target.run)(&bytes);
            assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{name}");
            // Cut off anywhere, it is refused or still holds together.
            for length in (0..bytes.len()).step_by((bytes.len() / 16).max(1)) {
                (target.run)(&bytes[..length]);
                assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{name}, its first {length} bytes");
            }
        }
    }
}

#[test]
fn every_folder_of_findings_belongs_to_a_target() {
    let entries = fs::read_dir(fixtures().join("fuzz")).unwrap();
    for name in entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir()) {
        let name = name.file_name().into_string().unwrap();
        assert!(faccina_fuzz::target(&name).is_some(), "{name} is no target");
    }
}
