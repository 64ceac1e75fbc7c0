//! Every screen walked with real keys in a real terminal: the program in tmux, before a node on a socket.

use crate::node::serve;
use std::{path::Path, process::Command, time::Duration};
use tokio::time::{interval, timeout};

/// Longest wait for something that happens at once on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the screen is looked at while waiting.
const GLANCE: Duration = Duration::from_millis(20);

/// The program in a tmux server of its own.
struct Tmux {
    server: String,
}

impl Tmux {
    fn start(name: &str, columns: u16, rows: u16, socket: &Path, folder: &Path) -> Self {
        let tmux = Self { server: format!("faccina-walk-{name}-{}", std::process::id()) };
        let program = env!("CARGO_BIN_EXE_faccina-tui");
        let program = format!("{program} --socket {} --export-dir {}", socket.display(), folder.display());
        let size = [columns.to_string(), rows.to_string()];
        tmux.run(&["new-session", "-d", "-s", "tui", "-x", &size[0], "-y", &size[1], &program]);
        tmux
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("tmux").args(["-u", "-L", &self.server, "-f", "/dev/null"]).args(arguments).output();
        let output = output.expect("tmux is installed: apt-get install -y --no-install-recommends tmux");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn press(&self, keys: &[&str]) {
        for key in keys {
            self.run(&["send-keys", "-t", "tui", key]);
        }
    }

    fn paste(&self, text: &str) {
        self.run(&["set-buffer", text]);
        self.run(&["paste-buffer", "-p", "-t", "tui"]);
    }

    /// Waits until the screen holds all these words.
    async fn shows(&self, words: &[&str]) -> String {
        let mut screen = String::new();
        let looked = timeout(PATIENCE, async {
            let mut glances = interval(GLANCE);
            loop {
                glances.tick().await;
                screen = self.run(&["capture-pane", "-p", "-t", "tui"]);
                if words.iter().all(|word| screen.contains(word)) {
                    return;
                }
            }
        });
        let found = looked.await.is_ok();
        assert!(found, "no {words:?} on\n{screen}");
        screen
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Gone already where the program ended.
        let _ = Command::new("tmux").args(["-L", &self.server, "kill-server"]).output();
    }
}

/// The screens, and words that stand on each once the node has answered.
const SCREENS: [(&str, [&str; 2]); 8] = [
    ("1", ["Servizi e canali", "altri servizi"]),
    ("2", ["enti per somiglianza", "Tra i simili"]),
    ("3", ["I più simili", "12.300 abitanti contro 8.400"]),
    ("4", ["Amministrazioni esperte", "Risultato notevole"]),
    ("5", ["Che cosa ci siamo detti", "Il gemellaggio è in corso"]),
    ("6", ["2 schede", "Prenotazione e fila libera"]),
    ("7", ["Chi ha trasmesso", "Enti che contano"]),
    ("8", ["Membri", "sdoppiato"]),
];

async fn walk(name: &str, columns: u16, rows: u16) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("node.sock");
    let node = serve(&socket);
    let tmux = Tmux::start(name, columns, rows, &socket, folder.path());
    tmux.shows(&["collegato", "Comune di Borgofinto"]).await;
    for (key, words) in SCREENS {
        tmux.press(&[key]);
        tmux.shows(&words).await;
    }
    for (key, words) in SCREENS {
        tmux.run(&["resize-window", "-t", "tui", "-x", "20", "-y", "5"]);
        tmux.shows(&["Lo schermo ha 20"]).await;
        tmux.run(&["resize-window", "-t", "tui", "-x", &columns.to_string(), "-y", &rows.to_string()]);
        tmux.press(&[key]);
        tmux.shows(&words).await;
    }
    tmux.press(&["2", "f"]);
    tmux.shows(&["a parità di servizi", "limiti tra simili", "◆ noi"]).await;
    // A letter right after Escape would be read as one key with Alt.
    tmux.press(&["Escape"]);
    tmux.shows(&["enti per somiglianza"]).await;
    tmux.press(&["e", "Enter"]);
    tmux.shows(&["Scritto in"]).await;
    let written = std::fs::read_to_string(folder.path().join("faccina-confronto-2026-04.csv")).unwrap();
    assert!(written.contains("zz_b,Comune di Borgofinto"), "{written}");
    tmux.press(&["4", "p"]);
    tmux.shows(&["Proporre un gemellaggio"]).await;
    tmux.press(&["BTab"]);
    // Were the pasted lines keys, the proposal would be confirmed and gone before the Enter.
    tmux.paste("Vorremmo imparare.\ns\n");
    tmux.shows(&["Proporre un gemellaggio", "Vorremmo imparare."]).await;
    tmux.press(&["Enter"]);
    tmux.shows(&["Inviare? s/n", "Vorremmo imparare."]).await;
    tmux.press(&["s"]);
    tmux.shows(&["La proposta è firmata"]).await;
    node.shutdown_background();
    tmux.shows(&["nodo assente", "Dati vecchi."]).await;
    let node = serve(&socket);
    tmux.shows(&["● collegato"]).await;
    tmux.press(&["6", "Enter"]);
    tmux.shows(&["Che cosa abbiamo fatto"]).await;
    node.shutdown_background();
}

#[tokio::test]
async fn every_screen_walked_on_a_small_terminal() {
    walk("small", 80, 24).await;
}

#[tokio::test]
async fn every_screen_walked_on_a_large_terminal() {
    walk("large", 160, 48).await;
}
