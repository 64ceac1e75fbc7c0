//! A Python client against a real `faccina run`: what a data office does on its first day.
//!
//! The packages come from the environment, or are installed into a folder of the build directory; where neither is
//! possible the test fails and says what to install.

use super::town::{PATIENCE, Town, admin};
use faccina_node::config::{Config, Role};
use faccina_proto::wire::admin::v1::{AppendRootRequest, CreateTokenRequest};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tokio::io::{AsyncBufReadExt, BufReader};

const PACKAGES: [&str; 2] = ["grpcio", "grpcio-reflection"];

/// A Python that can import the packages.
fn python() -> PathBuf {
    let imports = |python: &Path| {
        let tried = Command::new(python).args(["-c", "import grpc, grpc_reflection"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let plain = PathBuf::from("python3");
    if imports(&plain) {
        return plain;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("officer-python");
    let own = folder.join("bin/python3");
    if !imports(&own) {
        let made = run(Command::new(&plain).args(["-m", "venv"]).arg(&folder));
        let installed =
            made.and_then(|()| run(Command::new(&own).args(["-m", "pip", "install", "-q"]).args(PACKAGES)));
        if let Err(error) = installed {
            panic!(
                "pip install {}: this test needs them, and cannot install them itself: {error}",
                PACKAGES.join(" ")
            );
        }
    }
    own
}

fn run(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.output().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_client_reads_with_a_token_and_is_unauthenticated_without() {
    let python = tokio::task::spawn_blocking(python).await.unwrap();
    let town = Town::found();
    let ente = town.settle("c_zz00", Role::Ente);
    let config = Config::load(&ente.config).unwrap();
    let mut daemon = tokio::process::Command::new(env!("CARGO_BIN_EXE_faccina"))
        .args(["run", "--config"])
        .arg(&ente.config)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stderr.take().unwrap()).lines();
    let answers = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("the node answers") {
                return;
            }
        }
        panic!("the node ended before it answered");
    };
    tokio::time::timeout(PATIENCE, answers).await.unwrap();

    let mut admin = admin(&config.listen.admin_socket).await;
    let genesis = AppendRootRequest { entry: town.genesis.bytes().clone() };
    admin.append_root(genesis).await.unwrap();
    let request = CreateTokenRequest { role: "officer".into(), name: "data office".into() };
    let token = admin.create_token(request).await.unwrap().into_inner().token;
    let token_file = town.dir.path().join("token");
    fs::write(&token_file, token).unwrap();

    let addresses: toml::Table =
        fs::read_to_string(config.data_dir.join("addresses.toml")).unwrap().parse().unwrap();
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/officer_client.py");
    let asked = tokio::process::Command::new(python)
        .arg(client)
        .arg(addresses["grpc"].as_str().unwrap())
        .arg(config.keys_dir.join("tls.crt"))
        .arg(token_file)
        .output();
    let output = tokio::time::timeout(PATIENCE, asked).await.unwrap().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let answers: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(answers["about"]["ipa_code"], "c_zz00");
    assert_eq!(answers["about"]["federation"], "Prova");
    assert_eq!(answers["comparison"]["month"], 202_601);

    drop(daemon.stdin.take());
    assert!(tokio::time::timeout(PATIENCE, daemon.wait()).await.unwrap().unwrap().success());
}
