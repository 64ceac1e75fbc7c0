//! The demonstration as a visitor meets it: staff presses "Servizio concluso" in one page, a person taps a face in another,
//! the vote arrives in the ballot box, and the officers' terminal UI, walked with real keys in tmux, shows it in its batch.

use crate::{browser::Browser, process::Process};
use faccina_node::{clock::instant, commands::client};
use faccina_proto::wire::admin::v1::StatusRequest;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Longest wait for what happens within a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Votes of a batch on the live screens (DESIGN §5).
const BATCH: u64 = 5;

/// A running demonstration, past its fourteen months.
struct Demo {
    _process: Process,
    socket: PathBuf,
    totem: String,
    desk: String,
    touchpad: String,
}

impl Demo {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_faccina"))
            .arg("demo")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Killing it closes the pipes to its nodes, which end them.
        let process = Process(child);
        let mut after = |label: &str| -> String {
            let line = lines.find(|line| line.starts_with(label));
            line.unwrap_or_else(|| panic!("the demonstration ended before it printed {label:?}"))
        };
        let socket = after("Il mio ente, dal terminale:").split_whitespace().last().unwrap().into();
        let mut page = |label: &str| after(label).split_whitespace().last().unwrap().to_owned();
        let (totem, desk, touchpad) =
            (page("Il totem, dal browser:"), page("Lo sportello, dal browser:"), page("il suo touchpad,"));
        Self { _process: process, socket, totem, desk, touchpad }
    }
}

/// The terminal UI in a tmux server of its own.
struct Tui {
    server: String,
}

impl Tui {
    fn start(socket: &Path) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_faccina")).with_file_name("faccina-tui");
        assert!(program.exists(), "{} is missing: run `cargo test --workspace`", program.display());
        let tui = Self { server: format!("faccina-test-{}", std::process::id()) };
        let command = format!("{} --socket {}", program.display(), socket.display());
        tui.tmux(&["new-session", "-d", "-s", "tui", "-x", "120", "-y", "36", &command]);
        tui
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.server]).args(arguments).output();
        let output = output.expect("tmux is installed: apt-get install -y --no-install-recommends tmux");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn press(&self, key: &str) {
        self.tmux(&["send-keys", "-t", "tui", key]);
    }

    /// Waits until the screen holds all these words.
    fn shows(&self, words: &[&str]) -> String {
        let start = instant();
        loop {
            let screen = self.tmux(&["capture-pane", "-p", "-t", "tui"]);
            if words.iter().all(|word| screen.contains(word)) {
                return screen;
            }
            assert!(start.elapsed() < PATIENCE, "no {words:?} on\n{screen}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Tui {
    fn drop(&mut self) {
        // Gone already where the program ended.
        let _ = Command::new("tmux").args(["-L", &self.server, "kill-server"]).output();
    }
}

fn received_today(socket: &Path) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut admin = client::connect(socket).await.unwrap();
        admin.status(StatusRequest {}).await.unwrap().into_inner().received_today
    })
}

#[test]
fn a_newcomer_uses_the_counter_and_sees_the_votes_arrive() {
    let demo = Demo::start();
    assert_eq!(received_today(&demo.socket), 0);
    let tui = Tui::start(&demo.socket);
    tui.shows(&["Comune di Borgofinto", "almeno  0"]);

    let (mut staff, mut touchpad) = (Browser::launch(), Browser::launch());
    touchpad.open(&demo.touchpad);
    staff.open(&demo.desk);
    staff.wait_for_screen("desk");
    staff.tap(".service");
    touchpad.wait_for_screen("faces");
    touchpad.tap(".face.green");
    touchpad.wait_for_screen("thanks");

    let mut browser = Browser::launch();
    browser.open(&demo.totem);
    for tap in 1..BATCH {
        browser.wait_for_screen("services");
        browser.tap("#service-list .choice:nth-child(1)");
        browser.wait_for_screen("faces");
        browser.tap(if tap == 1 { ".face.yellow" } else { ".face.green" });
        browser.wait_for_screen("thanks");
    }
    let start = instant();
    while received_today(&demo.socket) < BATCH {
        assert!(start.elapsed() < PATIENCE, "one vote at the counter and four at the totem arrive");
    }
    assert_eq!(received_today(&demo.socket), BATCH);
    tui.shows(&["almeno  5"]);

    tui.press("2");
    tui.shows(&["12 enti", "Comune di Borgofinto", "Azienda Sanitaria Simulata"]);
    tui.press("3");
    tui.shows(&["Comune di Fiordesempio", "somiglianza"]);
    tui.press("4");
    tui.shows(&["Istituto Dimostrativo", "disponibile"]);
    tui.press("5");
    tui.shows(&["Gemellaggi", "Comune di Montinventato"]);
    tui.press("6");
    tui.shows(&["2 schede"]);
    tui.press("7");
    tui.shows(&["12 su 12", "identico"]);
    tui.press("8");
    tui.shows(&["13 membri"]);
    tui.press("q");
}

#[test]
fn a_demonstration_that_is_interrupted_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_faccina"))
        .arg("demo")
        .env("TMPDIR", place.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut demo = Process(child);
    let within =
        |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path());
    let nodes = |dir: &Path| {
        let enti = within(dir.to_owned()).flat_map(within);
        enti.filter(|ente| ente.join("data/addresses.toml").exists()).count()
    };
    let begun = instant();
    while nodes(place.path()) < 3 {
        assert!(begun.elapsed() < PATIENCE && demo.0.try_wait().unwrap().is_none(), "no nodes");
        std::thread::yield_now();
    }
    let told = Command::new("kill").arg(demo.0.id().to_string()).status().unwrap();
    assert!(told.success() && demo.0.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
