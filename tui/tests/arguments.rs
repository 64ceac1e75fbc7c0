//! The command line.

use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_faccina-tui"))
        .args(arguments)
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn help_explains_itself() {
    insta::assert_snapshot!("help", String::from_utf8(run(&["--help"]).stdout).unwrap());
}

#[test]
fn what_cannot_work_is_refused_with_what_to_do() {
    let nothing = run(&[]);
    assert!(!nothing.status.success());
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("--socket"), "{nothing:?}");
    let piped = run(&["--socket", "/nowhere/node.sock"]);
    let said = String::from_utf8_lossy(&piped.stderr).into_owned();
    assert!(
        !piped.status.success() && said.contains("not a terminal") && said.lines().count() == 1,
        "{said}"
    );
    let file =
        run(&["--node", "https://localhost:1", "--token-file", "/nowhere/token", "--ca", "/nowhere/ca"]);
    let said = String::from_utf8_lossy(&file.stderr).into_owned();
    assert!(!file.status.success() && said.contains("/nowhere/") && said.lines().count() == 1, "{said}");
}
