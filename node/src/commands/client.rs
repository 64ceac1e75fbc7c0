//! The administrator's way to the running node: admin.v1 and officer.v1 over its Unix socket.

use super::{ConfigPath, Outcome, block_on};
use crate::config::{Config, ConfigError};
use faccina_proto::wire::{admin::v1::admin_client::AdminClient, officer::v1::officer_client::OfficerClient};
use hyper_util::rt::TokioIo;
use std::{
    error::Error,
    future::Future,
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use tokio::net::UnixStream;
use tonic::{
    Response, Status,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::service_fn;

/// Longest answer taken from the node, in bytes: a summary, or a list of a few thousand terminals.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Within this a node answers that it is there, or it is stuck.
const GREETING_MAX: Duration = Duration::from_secs(20);
/// Longest wait for the answer to what a command asks for.
const ACT_MAX: Duration = Duration::from_mins(10);

/// Why the running node could not be asked. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Start it.
    #[error("no node answers on {}: start it with `faccina run --config FILE`", .socket.display())]
    NotRunning { socket: PathBuf },
    /// Run the command as the user of the node, or as root.
    #[error("you may not use {}: run the command as the user that runs the node", .socket.display())]
    NotAllowed { socket: PathBuf },
    #[error("cannot use {}", .socket.display())]
    Connection {
        socket: PathBuf,
        #[source]
        source: tonic::transport::Error,
    },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot start the runtime of the command")]
    Runtime(#[source] io::Error),
    /// Wait, or restart the node.
    #[error("the node at {} is there and does not answer: try again; if it stays so, restart it", .socket.display())]
    Silent { socket: PathBuf },
    /// The node says what to do.
    #[error("{0}")]
    Refused(String),
}

/// Connects to the node whose socket this is.
pub async fn connect(socket: &Path) -> Result<AdminClient<Channel>, ClientError> {
    let channel = channel(socket).await?;
    Ok(AdminClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX))
}

/// The same for what officers do.
pub async fn connect_officer(socket: &Path) -> Result<OfficerClient<Channel>, ClientError> {
    let channel = channel(socket).await?;
    Ok(OfficerClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX))
}

async fn channel(socket: &Path) -> Result<Channel, ClientError> {
    // A first plain connection tells why there is none; tonic would only say "transport error".
    UnixStream::connect(socket).await.map_err(|error| {
        let socket = socket.to_owned();
        if error.kind() == io::ErrorKind::PermissionDenied {
            ClientError::NotAllowed { socket }
        } else if error.kind() == io::ErrorKind::WouldBlock {
            // So many wait to be let in that the system takes no more.
            ClientError::Silent { socket }
        } else {
            ClientError::NotRunning { socket }
        }
    })?;
    let path = socket.to_owned();
    let connector = service_fn(move |_| {
        let path = path.clone();
        async move { UnixStream::connect(path).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost").timeout(ACT_MAX);
    let greeting = async {
        let channel = endpoint.connect_with_connector(connector).await;
        let channel =
            channel.map_err(|source| ClientError::Connection { socket: socket.to_owned(), source })?;
        // Whatever it says: it answers.
        let _answer = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await;
        Ok(channel)
    };
    let greeted = tokio::time::timeout(GREETING_MAX, greeting).await;
    greeted.unwrap_or_else(|_| Err(ClientError::Silent { socket: socket.to_owned() }))
}

/// What the node answered, or its refusal in its own words.
pub fn answered<T>(reply: Result<Response<T>, Status>) -> Result<T, ClientError> {
    reply.map(Response::into_inner).map_err(|status| ClientError::Refused(status.message().to_owned()))
}

impl ConfigPath {
    /// Connects to the configured node and does `act` with it.
    pub(super) fn with_node<F>(&self, act: impl FnOnce(AdminClient<Channel>) -> F) -> Outcome
    where
        F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>>,
    {
        let config = Config::load(&self.config).map_err(ClientError::Config)?;
        block_on(async {
            act(connect(&config.listen.admin_socket).await?).await?;
            Ok(ExitCode::SUCCESS)
        })
        .map_err(ClientError::Runtime)?
    }
    /// The same over officer.v1: what the officers' screens do.
    pub(super) fn with_officer<F>(&self, act: impl FnOnce(OfficerClient<Channel>) -> F) -> Outcome
    where
        F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>>,
    {
        let config = Config::load(&self.config).map_err(ClientError::Config)?;
        block_on(async {
            act(connect_officer(&config.listen.admin_socket).await?).await?;
            Ok(ExitCode::SUCCESS)
        })
        .map_err(ClientError::Runtime)?
    }
}
