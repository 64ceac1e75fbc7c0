//! A staff PC with the real program on it, beside an office whose door is open.

use crate::{
    browser::Browser,
    office::{OpenOffice, day},
};
use faccina_node::clock::Clock;
use faccina_proto::envelope::KeyId;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

/// An office on a Wednesday, and the directory of one staff PC.
pub(super) struct Staff {
    pub(super) place: TempDir,
    pub(super) office: Option<OpenOffice>,
}

/// A program as a process with the address of its page; its standard input, held here, ends it.
pub(super) struct Program {
    process: Child,
    pub(super) url: String,
}

impl Staff {
    pub(super) async fn open() -> Self {
        let mut staff = Self { place: tempfile::tempdir().unwrap(), office: None };
        staff.open_office().await;
        staff
    }

    pub(super) async fn open_office(&mut self) {
        let clock = Clock::demo(day(20_260_415)).unwrap();
        self.office = Some(OpenOffice::open(&self.place.path().join("node"), clock).await);
    }

    pub(super) fn office(&self) -> &OpenOffice {
        self.office.as_ref().unwrap()
    }

    pub(super) fn dir(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// `faccina desk` as somebody starts it who knows no flag.
    pub(super) fn unpaired(&self) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
        command.args(["desk", "--ends-with-input", "--listen", "127.0.0.1:0"]);
        Program::of(command.env("XDG_DATA_HOME", self.place.path()).stderr(Stdio::null()))
    }

    /// `faccina desk`, paired with a code for these services.
    pub(super) fn desk(&self, services: &[&str], terminal: Option<KeyId>) -> Program {
        let code = self.office().desk_code(services, terminal);
        let node = format!("https://{}", self.office().address);
        let mut command = command("desk", &self.dir("desk"));
        command.args(["--ends-with-input", "--listen", "127.0.0.1:0", "--node", &node, "--code", &code]);
        Program::of(&mut command)
    }

    /// `faccina desk conclude` on this PC.
    pub(super) fn conclude(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
        command.args(["desk", "conclude", "--dir"]).arg(self.dir("desk")).args(arguments).output().unwrap()
    }
}

/// `faccina PROGRAM --dir DIR`.
pub(super) fn command(program: &str, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    command.arg(program).arg("--dir").arg(dir).stderr(Stdio::null());
    command
}

impl Program {
    /// Once it names its page, the real one or the one that pairs it.
    pub(super) fn of(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines
            .find_map(|line| {
                line.contains(" page ").then(|| line.split_whitespace().last().unwrap().to_owned())
            })
            .expect("the program starts and names its page");
        // It names the next page too, and must find somebody who reads.
        std::thread::spawn(move || lines.count());
        Self { process, url }
    }

    /// Closes its standard input, and waits until it has ended in order.
    pub(super) fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The text of an element that is shown.
pub(super) fn text(browser: &mut Browser, selector: &str) -> String {
    let text = browser.evaluate(&format!("document.querySelector('{selector}').innerText"));
    text.as_str().unwrap().to_owned()
}

/// Taps an element, wherever on the page it is.
pub(super) fn tap(browser: &mut Browser, selector: &str) {
    browser.evaluate(&format!("document.querySelector('{selector}').scrollIntoView({{ block: 'center' }})"));
    browser.tap(selector);
}

/// Waits for what a press has come to.
pub(super) fn wait_for_outcome(browser: &mut Browser, kind: &str) {
    browser.wait_for(&format!("document.body?.dataset.outcome === '{kind}'"));
    browser.wait_for("!document.querySelector('.service.pressed')");
}

/// What the page's own API answers.
pub(super) fn api(browser: &mut Browser, path: &str) -> Value {
    browser.evaluate(&format!("fetch('{path}').then((answer) => answer.json())"))
}
