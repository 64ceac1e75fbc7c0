//! The demonstration's counter at one ente: a totem that anybody may tap, and a touchpad with the staff's desk beside it.
//! They are the real programs, so that a visitor can press "Servizio concluso" in one window and vote in another.

use super::{DemoError, federation::Ente};
use bytes::Bytes;
use faccina_proto::wire::{
    admin::v1::{AddDeskRequest, ListTerminalsRequest, SetMessagesRequest},
    feed::v1::LocalisedText,
    terminal::v1::{Message, Mode},
};
use std::{env, fs, path::Path, process::Stdio, time::Duration};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long a program may take to be paired and serve its page, in seconds.
const START_S_MAX: u64 = 20;
/// How often a starting program is looked at, in milliseconds.
const LOOK_MS: u64 = 20;
/// The ente's own name for the touchpad.
const TOUCHPAD: &str = "Touchpad dello sportello";
/// What citizens said and what the ente did, as the totem tells it while nobody votes: Italian, then English.
const MESSAGES: [[&str; 4]; 2] = [
    [
        "Si aspetta troppo per un certificato.",
        "Due sportelli veloci, aperti dalle 8.",
        "The wait for a certificate is too long.",
        "Two fast counters, open from 8.",
    ],
    [
        "I moduli non si capiscono.",
        "Li abbiamo riscritti, con un esempio già compilato.",
        "The forms are hard to understand.",
        "We rewrote them, with an example filled in.",
    ],
];

/// The counter with its three pages.
#[derive(Debug)]
pub struct Counter {
    pub totem: Device,
    pub touchpad: Device,
    pub desk: Device,
}

impl Counter {
    /// Makes the three places at the ente's counter and starts their programs.
    pub async fn open(ente: &mut Ente, dir: &Path) -> Result<Self, DemoError> {
        let reply = ente.node.admin.set_messages(SetMessagesRequest { messages: messages() }).await;
        ente.node.answered(reply)?;
        let code = ente.add_terminal("Totem dell'atrio", "counter", Mode::Open).await?;
        let totem =
            Device::start(ente, dir, "totem", &["kiosk", "--calendar", "node", "--code", &code]).await?;
        let code = ente.add_terminal(TOUCHPAD, "counter", Mode::Attended).await?;
        let touchpad = ["kiosk", "--calendar", "node", "--code", &code];
        let touchpad = Device::start(ente, dir, "touchpad", &touchpad).await?;
        let code = add_desk(ente).await?;
        let desk = Device::start(ente, dir, "desk", &["desk", "--ends-with-input", "--code", &code]).await?;
        Ok(Self { totem, touchpad, desk })
    }

    /// Ends the three programs; what they hold is durable.
    pub async fn stop(self) {
        self.totem.stop().await;
        self.touchpad.stop().await;
        self.desk.stop().await;
    }
}

fn messages() -> Vec<Message> {
    let texts = |it: &str, en: &str| {
        let text = |language: &str, text: &str| LocalisedText {
            language: language.to_owned(),
            text: text.to_owned(),
        };
        vec![text("it", it), text("en", en)]
    };
    let message = |[said, done, said_en, done_en]: [&str; 4]| Message {
        said: texts(said, said_en),
        done: texts(done, done_en),
    };
    MESSAGES.map(message).to_vec()
}

/// A code for the desk beside the touchpad.
async fn add_desk(ente: &mut Ente) -> Result<String, DemoError> {
    let list = ente.node.admin.list_terminals(ListTerminalsRequest {}).await;
    let list = ente.node.answered(list)?.terminals;
    let touchpad = list.into_iter().find(|row| row.name == TOUCHPAD);
    let touchpad = touchpad.ok_or_else(|| DemoError::NoTerminal { channel: "counter".to_owned() })?;
    let request = AddDeskRequest {
        name: "Sportello 1".to_owned(),
        branch: touchpad.branch,
        services: touchpad.services,
        terminal: Bytes::clone(&touchpad.terminal),
    };
    let reply = ente.node.admin.add_desk(request).await;
    Ok(ente.node.answered(reply)?.code)
}

/// A running program with its page.
#[derive(Debug)]
pub struct Device {
    /// Where the page is served, on loopback.
    pub address: String,
    child: Child,
}

impl Device {
    async fn start(ente: &Ente, dir: &Path, name: &str, act: &[&str]) -> Result<Self, DemoError> {
        let program = env::current_exe();
        let program = program.map_err(|source| DemoError::File { path: dir.to_owned(), source })?;
        Self::start_from(&program, &ente.node.addresses.grpc, dir, name, act).await
    }

    /// Starts `program` as a device of the node at `node`, with its home and its log under `dir`.
    pub async fn start_from(
        program: &Path,
        node: &str,
        dir: &Path,
        name: &str,
        act: &[&str],
    ) -> Result<Self, DemoError> {
        let (home, log_path) = (dir.join(name), dir.join(format!("{name}-log.txt")));
        let failed = |source| DemoError::File { path: log_path.clone(), source };
        let written = home.join("address");
        // One that was killed leaves it behind.
        if written.exists() {
            fs::remove_file(&written).map_err(failed)?;
        }
        let mut child = Command::new(program)
            .args(act)
            .args(["--node", &format!("https://{node}"), "--listen", "127.0.0.1:0"])
            .arg("--dir")
            .arg(&home)
            // The program ends when this pipe closes, as the nodes do.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log_path).map_err(failed)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let written = timeout(Duration::from_secs(START_S_MAX), address(&written, &mut child));
        let address = written.await.ok().flatten().ok_or(DemoError::Device { log: log_path })?;
        Ok(Self { address: address.trim().to_owned(), child })
    }

    /// Memory that the program holds, in KiB; `None` where the system does not tell.
    pub fn resident_kib(&self) -> Option<u64> {
        super::process::memory_of(self.child.id()?).map(|memory| memory.resident_kib)
    }

    /// The number of the process while it lives.
    pub fn number(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it as a power cut would: nothing is written down any more.
    pub async fn kill(mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill().await;
    }

    /// Ends it; what it holds is durable.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        // Past the bound, dropping the child kills it.
        let _ended = timeout(Duration::from_secs(START_S_MAX), self.child.wait()).await;
    }
}

/// What a starting program writes once its page is served; `None` if it ends before.
async fn address(path: &Path, child: &mut Child) -> Option<String> {
    loop {
        match (fs::read_to_string(path), child.try_wait()) {
            (Ok(address), Ok(None)) => return Some(address),
            (_, Ok(Some(_)) | Err(_)) => return None,
            (Err(_), Ok(None)) => sleep(Duration::from_millis(LOOK_MS)).await,
        }
    }
}
