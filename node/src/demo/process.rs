//! The demonstration's nodes: one process each, started from this very program and ended with it.

use crate::commands::client;
use faccina_proto::calendar::CivilDay;
use faccina_proto::{
    names::IpaCode,
    wire::admin::v1::{SetDemoDayRequest, StatusReply, StatusRequest, admin_client::AdminClient},
};
use serde::Deserialize;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};
use tonic::transport::Channel;

/// How long a node may take to open its store and listen, in seconds.
const START_S_MAX: u64 = 30;
/// How long a node may take to write everything down and end, in seconds.
const STOP_S_MAX: u64 = 15;
/// How often a starting node is looked at, in milliseconds.
const LOOK_MS: u64 = 20;

/// Why a node of the demonstration did not start or answer.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("cannot start a node of the demonstration")]
    Spawn(#[source] io::Error),
    #[error("the node of {ente} ended at once ({status}); its log is {}", .log.display())]
    Ended { ente: IpaCode, status: ExitStatus, log: PathBuf },
    #[error("the node of {ente} did not listen within {START_S_MAX} s; its log is {}", .log.display())]
    Silent { ente: IpaCode, log: PathBuf },
    #[error("the node of {ente} wrote no usable addresses")]
    Addresses { ente: IpaCode },
    #[error("the node of {ente} cannot be administered")]
    Client {
        ente: IpaCode,
        #[source]
        source: client::ClientError,
    },
    #[error("the node of {ente} refused: {message}")]
    Refused { ente: IpaCode, message: String },
}

/// Where a running node can be reached, as it wrote it itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    pub grpc: String,
    #[serde(default)]
    pub peers: Vec<String>,
}

/// Memory of a process, its program included, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What it holds now.
    pub resident_kib: u64,
    /// The most it has ever held.
    pub peak_kib: u64,
}

/// A running node.
#[derive(Debug)]
pub struct NodeProcess {
    pub ente: IpaCode,
    pub dir: PathBuf,
    pub addresses: Addresses,
    pub admin: AdminClient<Channel>,
    child: Child,
}

impl NodeProcess {
    /// Starts the node whose configuration is in `dir`, from this very program, and waits until it listens and answers.
    pub async fn start(ente: IpaCode, dir: &Path) -> Result<Self, ProcessError> {
        let program = env::current_exe().map_err(ProcessError::Spawn)?;
        Self::start_from(&program, ente, dir).await
    }

    /// The same from another program.
    pub async fn start_from(program: &Path, ente: IpaCode, dir: &Path) -> Result<Self, ProcessError> {
        let log_path = dir.join("log.txt");
        let log = fs::File::create(&log_path).map_err(ProcessError::Spawn)?;
        let addresses_path = dir.join("data/addresses.toml");
        if addresses_path.exists() {
            fs::remove_file(&addresses_path).map_err(ProcessError::Spawn)?;
        }
        let mut child = Command::new(program)
            .args(["run", "--config"])
            .arg(dir.join("faccina.toml"))
            // The node ends when this pipe closes, so none outlives a killed demonstration.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(ProcessError::Spawn)?;
        let waited =
            timeout(Duration::from_secs(START_S_MAX), until_listening(&mut child, &addresses_path)).await;
        let text = match waited {
            Ok(Ok(text)) => text,
            Ok(Err(status)) => return Err(ProcessError::Ended { ente, status, log: log_path }),
            Err(_) => return Err(ProcessError::Silent { ente, log: log_path }),
        };
        let addresses = toml::from_str(&text).map_err(|_| ProcessError::Addresses { ente: ente.clone() })?;
        let admin = client::connect(&dir.join("data/admin.sock"))
            .await
            .map_err(|source| ProcessError::Client { ente: ente.clone(), source })?;
        Ok(Self { ente, dir: dir.to_owned(), addresses, admin, child })
    }

    /// What the node says of itself.
    pub async fn status(&mut self) -> Result<StatusReply, ProcessError> {
        let status = self.admin.status(StatusRequest {}).await;
        self.answered(status)
    }

    /// Moves the node's calendar.
    pub async fn set_day(&mut self, day: CivilDay, hour: u32) -> Result<(), ProcessError> {
        let reply = self.admin.set_demo_day(SetDemoDayRequest { day: day.yyyymmdd(), hour }).await;
        self.answered(reply).map(|_| ())
    }

    /// The answer of a call to this node, or whose refusal it is.
    pub fn answered<T>(&self, reply: Result<tonic::Response<T>, tonic::Status>) -> Result<T, ProcessError> {
        reply.map(tonic::Response::into_inner).map_err(|status| ProcessError::Refused {
            ente: self.ente.clone(),
            message: status.message().to_owned(),
        })
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

    /// Memory that the process holds; `None` where the system does not tell.
    pub fn memory(&self) -> Option<Memory> {
        memory_of(self.child.id()?)
    }

    /// Asks the node to end and waits until it has; kills it where it does not.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        if timeout(Duration::from_secs(STOP_S_MAX), self.child.wait()).await.is_err() {
            tracing::warn!(ente = %self.ente, "node did not end by itself");
            // Dropping the child kills it.
        }
    }
}

/// Memory that a process holds; `None` where the system does not tell.
pub fn memory_of(process: u32) -> Option<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    Some(Memory { resident_kib: kib("VmRSS:")?, peak_kib: kib("VmHWM:")? })
}

/// The text of the addresses file once it is there, or how the process ended before.
async fn until_listening(child: &mut Child, path: &Path) -> Result<String, ExitStatus> {
    loop {
        if let Ok(text) = fs::read_to_string(path) {
            return Ok(text);
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(status);
        }
        sleep(Duration::from_millis(LOOK_MS)).await;
    }
}
