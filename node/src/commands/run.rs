//! `faccina run`: the daemon.

use super::{ConfigPath, Outcome};
use crate::{
    config::Config,
    logs,
    node::{Node, NodeError},
};
use clap::Args;
use std::{io, process::ExitCode};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tokio_util::sync::CancellationToken;

/// Threads that serve: an old PC has two cores, and each thread costs memory.
const WORKERS: usize = 2;
/// Threads for what blocks on the disk.
const BLOCKING_MAX: usize = 16;

/// Run the node until it is told to stop (Ctrl-C or SIGTERM)
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina run --config /var/lib/faccina/faccina.toml\n\n\
    The addresses in use stand in `addresses.toml` in the data directory.\n\
    Every key of the configuration can be overridden: FACCINA_LISTEN_GRPC=0.0.0.0:8443 faccina run")]
pub struct Run {
    #[command(flatten)]
    config: ConfigPath,
}

/// Why the daemon ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("cannot start the runtime or listen for signals")]
    Runtime(#[from] io::Error),
}

impl Run {
    pub(super) fn run(self) -> Outcome {
        let config = Config::load(&self.config.config)?;
        logs::start(&config.log);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING_MAX)
            .enable_all()
            .build()
            .map_err(RunError::Runtime)?;
        runtime.block_on(serve(config))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn serve(config: Config) -> Result<(), RunError> {
    let demo = config.demo.is_some();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let node = Node::start(config).await?;
    let stop = node.stop_token();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = input_ended(demo) => {}
        }
        stop.cancel();
    });
    Ok(node.run().await?)
}

/// A node of the demo ends with the process that started it, which holds the other end of its input. A thread of its own
/// reads it: the runtime would wait for one of its threads to end.
async fn input_ended(demo: bool) {
    let (ended, seen) = oneshot::channel::<()>();
    if !demo {
        return CancellationToken::new().cancelled().await;
    }
    let reader = std::thread::Builder::new().name("input".to_owned()).spawn(move || {
        let _read = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    if reader.is_err() {
        return CancellationToken::new().cancelled().await;
    }
    let _ended = seen.await;
}
