//! How the node is reached: gRPC over TLS for terminals, staff and officers, gRPC over a Unix socket for the
//! administrator of the machine, metrics and health over HTTP on loopback. All three bind before any of them answers,
//! so a port in use stops the start and nothing else.

mod gate;
mod guests;
mod http;

pub use http::{Figures, Metric, figures_page};

use crate::{config::Config, keys::TlsPair, pages, tokens::Tokens};
use axum::middleware::{from_fn, from_fn_with_state};
use faccina_proto::wire::DESCRIPTORS;
use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, UnixListener, UnixStream},
    task::JoinSet,
};
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::{service::Routes, transport::Server};

/// Measured: with these a stream of ballots keeps the writer busy (STACK).
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;
/// Calls at once on one connection.
const STREAMS_MAX: u32 = 64;
/// A peer that has gone is noticed within twice this.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Why the node cannot be reached. It has not started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Stop the other program, or choose another address in the configuration.
    #[error(
        "cannot listen on {address} (`{key}`): is the port in use? Choose another address or stop what uses it"
    )]
    Bind {
        address: SocketAddr,
        key: &'static str,
        #[source]
        source: io::Error,
    },
    /// The configuration names a file that is something else.
    #[error(
        "{} is no socket, and would be overwritten: correct `listen.admin_socket`, or move the file away", .path.display()
    )]
    NoSocket { path: PathBuf },
    /// Another node runs on this directory.
    #[error("a node already answers on {}: stop it first", .path.display())]
    SocketInUse { path: PathBuf },
    #[error("cannot make the socket {}: check the permissions of its directory", .path.display())]
    Socket {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the TLS certificate or its key cannot be used")]
    Tls(#[from] rustls::Error),
    #[error("the schema of this build cannot be served")]
    Reflection(#[source] tonic_reflection::server::Error),
    #[error("cannot write {}", .path.display())]
    Addresses {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Everything bound, nothing answering yet.
#[derive(Debug)]
pub struct Doors {
    grpc: TcpListener,
    socket: UnixListener,
    http: TcpListener,
    socket_path: PathBuf,
    pub grpc_address: SocketAddr,
    pub http_address: SocketAddr,
}

impl Doors {
    /// Binds all addresses of the configuration.
    pub async fn bind(config: &Config) -> Result<Self, ServeError> {
        let (grpc, grpc_address) = bind(config.listen.grpc, "listen.grpc").await?;
        let (http, http_address) = bind(config.listen.http, "listen.http").await?;
        let socket_path = config.listen.admin_socket.clone();
        let socket = bind_socket(&socket_path).await?;
        Ok(Self { grpc, socket, http, socket_path, grpc_address, http_address })
    }

    /// Answers until `stop`, then lets calls in progress end.
    pub fn serve(
        self,
        tasks: &mut JoinSet<()>,
        services: Routes,
        tokens: Arc<Tokens>,
        figures: Figures,
        tls: &TlsPair,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        let services = with_reflection(services)?.into_axum_router();
        let outside = Routes::from(services.clone().layer(from_fn_with_state(tokens, gate::over_tls)));
        let inside = Routes::from(services.layer(from_fn(gate::over_socket)));
        let acceptor = guests::acceptor(tls)?;
        let (ready, incoming) = guests::queue();
        let (listener, ended) = (self.grpc, stop.clone());
        tasks.spawn(async move {
            let received = guests::receive(listener, acceptor, ready, guests::GREETING_MAX);
            let _stopped = ended.run_until_cancelled(received).await;
        });
        let (incoming, ended) = (ReceiverStream::new(incoming), stop.clone());
        tasks.spawn(async move {
            let served =
                server().add_routes(outside).serve_with_incoming_shutdown(incoming, ended.cancelled_owned());
            report("grpc", served.await);
        });
        let (socket, path, ended) = (UnixListenerStream::new(self.socket), self.socket_path, stop.clone());
        tasks.spawn(async move {
            let served =
                server().add_routes(inside).serve_with_incoming_shutdown(socket, ended.cancelled_owned());
            report("admin socket", served.await);
            let _already_gone = fs::remove_file(path);
        });
        let listener = self.http;
        tasks.spawn(async move {
            pages::serve(listener, figures_page(figures), stop.cancelled_owned()).await;
        });
        Ok(())
    }
}

fn report(door: &'static str, served: Result<(), tonic::transport::Error>) {
    if let Err(error) = served {
        tracing::error!(door, %error, "no longer answering");
    }
}

fn server() -> Server {
    Server::builder()
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_concurrent_streams(STREAMS_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE))
}

/// Adds reflection in both versions: Python clients still ask for v1alpha.
fn with_reflection(services: Routes) -> Result<Routes, ServeError> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = builder().build_v1().map_err(ServeError::Reflection)?;
    let v1alpha = builder().build_v1alpha().map_err(ServeError::Reflection)?;
    Ok(services.add_service(v1).add_service(v1alpha))
}

async fn bind(address: SocketAddr, key: &'static str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound.await.map_err(|source| ServeError::Bind { address, key, source })
}

/// Binds the socket for its owner alone. What a killed node left behind is removed; a node that answers is not.
async fn bind_socket(path: &Path) -> Result<UnixListener, ServeError> {
    let wrong = |source| ServeError::Socket { path: path.to_owned(), source };
    if UnixStream::connect(path).await.is_ok() {
        return Err(ServeError::SocketInUse { path: path.to_owned() });
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path).map_err(wrong)?,
        Ok(_) => return Err(ServeError::NoSocket { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(wrong(error)),
    }
    let listener = UnixListener::bind(path).map_err(wrong)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(wrong)?;
    Ok(listener)
}

/// Writes the addresses in use to `addresses.toml` in the data directory, where ports were left to the system.
pub fn write_addresses(
    data_dir: &Path,
    grpc: SocketAddr,
    http: SocketAddr,
    peers: &[String],
) -> Result<(), ServeError> {
    let path = data_dir.join("addresses.toml");
    let list: Vec<String> = peers.iter().map(|peer| format!("  {peer:?},\n")).collect();
    let text = format!("grpc = \"{grpc}\"\nhttp = \"{http}\"\npeers = [\n{}]\n", list.concat());
    let draft = data_dir.join(".addresses.toml");
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
    written.map_err(|source| ServeError::Addresses { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_takes_the_place_of_nothing_but_a_dead_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin.sock");
        fs::write(&path, "faccina-feed-key-v1").unwrap();
        let refused = bind_socket(&path).await.unwrap_err();
        assert!(matches!(refused, ServeError::NoSocket { .. }), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "faccina-feed-key-v1");
        fs::remove_file(&path).unwrap();
        let listener = bind_socket(&path).await.unwrap();
        assert!(matches!(bind_socket(&path).await.unwrap_err(), ServeError::SocketInUse { .. }));
        drop(listener);
        bind_socket(&path).await.unwrap();
    }
}
