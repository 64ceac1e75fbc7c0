//! `faccina verify` as an auditor runs it, on the bundle of a real federation.

use super::{
    officer::{march, national, stop_all, until},
    town::day,
};
use ed25519_dalek::SigningKey;
use faccina_node::config::FederationFile;
use std::{fs, path::Path, process::Command};

/// Exit code and everything printed.
fn verify(federation: Option<&Path>, bundle: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    command.arg("verify");
    if let Some(file) = federation {
        command.arg("--federation").arg(file);
    }
    let output = command.arg(bundle).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_recomputes_the_month_from_the_file_alone() {
    let (town, mut all) = march().await;
    for resident in &all {
        resident.node().move_to(day(20_260_320)).await;
    }
    let node = all[2].node();
    until(node, "the month is published", async || national(node).await, |reply| reply.published).await;
    let bundle = node.federation.snapshot().export().unwrap();
    stop_all(&mut all).await;

    let path = |name: &str| town.dir.path().join(name);
    let (file, ours) = (path("all.faccina"), path("ours.toml"));
    fs::write(&file, &bundle).unwrap();
    fs::write(&ours, town.file.to_toml()).unwrap();
    let (code, printed) = verify(Some(&ours), &file);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("2026-02: identical (2 of 3 enti, 180 votes;"), "{printed}");
    assert!(printed.contains("identical to those DFP signed"), "{printed}");
    assert!(
        printed.contains("refused: summary of c_zz02 for 2026-02: the group anagrafe/counter has 3 votes")
    );

    let (code, printed) = verify(None, &file);
    assert_eq!(code, Some(3), "{printed}");
    assert!(printed.contains("consistent, root unchecked"), "{printed}");

    let other = SigningKey::from_bytes(&[43; 32]).verifying_key();
    let theirs = path("theirs.toml");
    fs::write(&theirs, FederationFile { root_key: other, ..town.file.clone() }.to_toml()).unwrap();
    let (code, printed) = verify(Some(&theirs), &file);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("another root key"), "{printed}");

    for (name, place) in [("beginning", 3), ("middle", bundle.len() / 2), ("last", bundle.len() - 1)] {
        let mut changed = bundle.clone();
        changed[place] ^= 1;
        fs::write(path(name), changed).unwrap();
        let (code, printed) = verify(Some(&ours), &path(name));
        assert_eq!(code, Some(1), "{name}: {printed}");
        assert!(
            printed.contains("record") || printed.contains("manifest") || printed.contains("no bundle"),
            "{printed}"
        );
    }
    fs::write(path("cut"), &bundle[..bundle.len() - 1]).unwrap();
    let (code, printed) = verify(Some(&ours), &path("cut"));
    assert_eq!((code, printed.contains("cut off")), (Some(1), true), "{printed}");
}
