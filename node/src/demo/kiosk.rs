//! The demonstration's kiosk: the real agent on one totem, so that a visitor can tap a face.

use super::{DemoError, federation::Ente};
use faccina_proto::wire::terminal::v1::Mode;
use std::{env, fs, path::Path, process::Stdio, time::Duration};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long the agent may take to enrol and serve its page, in seconds.
const START_S_MAX: u64 = 20;
/// How often a starting agent is looked at, in milliseconds.
const LOOK_MS: u64 = 20;

/// A running kiosk agent.
#[derive(Debug)]
pub struct Kiosk {
    /// Where the page is served, on loopback.
    pub address: String,
    child: Child,
}

impl Kiosk {
    /// Enrols a totem at the ente's counter and starts its agent.
    pub async fn start(ente: &mut Ente, dir: &Path) -> Result<Self, DemoError> {
        let code = ente.add_terminal("counter", Mode::Open).await?;
        let log_path = dir.join("kiosk-log.txt");
        let log = fs::File::create(&log_path)
            .map_err(|source| DemoError::File { path: log_path.clone(), source })?;
        let program =
            env::current_exe().map_err(|source| DemoError::File { path: dir.to_owned(), source })?;
        let mut child = Command::new(program)
            .arg("kiosk")
            .args(["--node", &format!("https://{}", ente.node.addresses.grpc)])
            .arg("--dir")
            .arg(dir.join("kiosk"))
            .args(["--listen", "127.0.0.1:0", "--calendar", "node", "--code", &code])
            // The agent ends when this pipe closes, as the nodes do.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| DemoError::File { path: log_path.clone(), source })?;
        let address_path = dir.join("kiosk/address");
        let written = timeout(Duration::from_secs(START_S_MAX), async {
            loop {
                match (fs::read_to_string(&address_path), child.try_wait()) {
                    (Ok(address), Ok(None)) => return Some(address),
                    (_, Ok(Some(_)) | Err(_)) => return None,
                    (Err(_), Ok(None)) => sleep(Duration::from_millis(LOOK_MS)).await,
                }
            }
        });
        let address = written.await.ok().flatten().ok_or(DemoError::Kiosk { log: log_path })?;
        Ok(Self { address: address.trim().to_owned(), child })
    }

    /// Ends the agent; its queue is durable.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        // Past the bound, dropping the child kills it.
        let _ended = timeout(Duration::from_secs(START_S_MAX), self.child.wait()).await;
    }
}
