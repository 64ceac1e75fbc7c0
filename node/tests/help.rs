//! What each command says of itself.

use std::process::Command;

/// Every command with a help of its own; one that is missing here is found by the test below.
const COMMANDS: &[&str] = &[
    "",
    "init",
    "run",
    "kiosk",
    "kiosk cast",
    "kiosk open",
    "desk",
    "desk conclude",
    "poster",
    "check",
    "doctor",
    "service",
    "service add",
    "service list",
    "terminal",
    "terminal add",
    "terminal list",
    "terminal suspend",
    "terminal revoke",
    "message",
    "message set",
    "message list",
    "counter",
    "counter add",
    "counter list",
    "counter remove",
    "invite",
    "invite create",
    "plan",
    "plan publish",
    "publish",
    "notice",
    "availability",
    "twinning",
    "twinning propose",
    "twinning list",
    "twinning show",
    "twinning accept",
    "twinning decline",
    "twinning withdraw",
    "twinning recommend",
    "twinning checklist",
    "twinning end",
    "twinning outcome",
    "card",
    "card publish",
    "card withdraw",
    "card list",
    "card show",
    "card consent",
    "token",
    "token create",
    "token revoke",
    "close",
    "correct",
    "backup",
    "restore",
    "adopt",
    "status",
    "federation create",
    "keys renew",
    "keys rotate",
    "keys replace",
    "federation admit",
    "federation renew",
    "federation rotate",
    "federation replace",
    "federation update",
    "federation revoke",
    "federation rule",
    "federation leave",
    "federation readmit",
    "federation merge",
    "federation succeed",
    "federation catalogue publish",
    "federation designate",
    "federation revoke-expert",
    "federation national",
    "federation adhesion",
    "federation remind",
    "feed export",
    "verify",
    "demo",
];

fn help(command: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_faccina"))
        .args(command.split_whitespace())
        .arg("--help")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_explains_itself() {
    let texts: Vec<String> =
        COMMANDS.iter().map(|command| format!("$ faccina {command} --help\n{}", help(command))).collect();
    insta::assert_snapshot!("help", texts.join("\n"));
}

#[test]
fn every_command_that_acts_shows_an_example() {
    for command in COMMANDS {
        let text = help(command);
        let call = format!("faccina {}", command.split_whitespace().next().unwrap_or_default());
        let example = text.lines().any(|line| line.contains(&call) && !line.contains("Usage:"));
        let groups_others = text.contains("Commands:");
        assert!(groups_others || example, "no example in the help of `{command}`");
    }
}

#[test]
fn no_command_is_left_out() {
    let listed = help("");
    let names =
        listed.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for line in names.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        assert!(COMMANDS.iter().any(|command| command.split_whitespace().next() == Some(name)), "{name}");
    }
}
