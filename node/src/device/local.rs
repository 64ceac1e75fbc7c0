//! How another command on this device speaks to its running page: over its loopback address, which it leaves in its
//! directory together with a key, new at each start, that no browser and no proxy has.

use crate::{
    device::running::PageError,
    pages::LOCAL_KEY,
    short_file::{self, SHORT_BYTES_MAX},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, client::conn::http1, header, http::request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};

/// What the staff page asks of whoever posts to it.
const OURS: &str = "x-faccina";
const ADDRESS_FILE: &str = "address";
const KEY_FILE: &str = "local-key";
/// Longest answer, in bytes: twenty wrong lines of a file.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest wait for the agent: it has a file of 10,000 votes to sign and keep.
const ANSWER_S_MAX: Duration = Duration::from_secs(60);

/// Why the running program cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Start it with `faccina kiosk` or `faccina desk`.
    #[error("nothing is running on {}", dir.display())]
    NotRunning {
        /// Its directory.
        dir: PathBuf,
    },
    /// Look at its log.
    #[error("the running program does not answer")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It says why.
    #[error("{0}")]
    Refused(String),
}

/// The address of the page, told to other commands for as long as this lives.
pub struct Address {
    dir: PathBuf,
    key: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Address {
    /// Leaves it in the agent's directory, with a key that only the agent's own user can read.
    pub fn leave(dir: &Path, address: SocketAddr) -> Result<Self, PageError> {
        Self::write(dir, address).map_err(|source| PageError::Directory { path: dir.to_owned(), source })
    }

    fn write(dir: &Path, address: SocketAddr) -> io::Result<Self> {
        let left = Self { dir: dir.to_owned(), key: hex::encode(rand::random::<[u8; 32]>()) };
        left.forget();
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(dir.join(KEY_FILE))?;
        file.write_all(left.key.as_bytes())?;
        fs::write(dir.join(ADDRESS_FILE), format!("http://{address}/\n"))?;
        Ok(left)
    }

    /// What tells the commands of this device from everybody else.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stays behind only names an address where nobody answers, and a key that opens nothing.
    fn forget(&self) {
        let _ = fs::remove_file(self.dir.join(ADDRESS_FILE));
        let _ = fs::remove_file(self.dir.join(KEY_FILE));
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        self.forget();
    }
}

/// Posts to the running program and returns its JSON answer.
pub async fn post(
    dir: &Path,
    path: &str,
    content_type: &'static str,
    body: Vec<u8>,
) -> Result<Value, LocalError> {
    let request = Request::post(path).header(header::CONTENT_TYPE, content_type).header(OURS, "queue");
    ask(dir, request, body).await
}

/// Asks the running program and returns its JSON answer.
pub async fn get(dir: &Path, path: &str) -> Result<Value, LocalError> {
    ask(dir, Request::get(path), Vec::new()).await
}

async fn ask(dir: &Path, request: request::Builder, body: Vec<u8>) -> Result<Value, LocalError> {
    let not_running = || LocalError::NotRunning { dir: dir.to_owned() };
    let text = short_file::text(&dir.join(ADDRESS_FILE), SHORT_BYTES_MAX).map_err(|_| not_running())?;
    let host = text.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
    // Without its key the agent answers as to anybody.
    let key = short_file::text(&dir.join(KEY_FILE), SHORT_BYTES_MAX).unwrap_or_default();
    let stream = TcpStream::connect(&host).await.map_err(|_| not_running())?;
    let request = request
        .header(header::HOST, &host)
        .header(LOCAL_KEY, key)
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| LocalError::NoAnswer(error.into()))?;
    let answer = timeout(ANSWER_S_MAX, exchange(stream, request)).await;
    let (accepted, value) =
        answer.map_err(|error| LocalError::NoAnswer(error.into()))?.map_err(LocalError::NoAnswer)?;
    if accepted {
        return Ok(value);
    }
    let error = value.get("error").and_then(Value::as_str).unwrap_or("the running program refuses");
    let act = value.get("act").and_then(Value::as_str);
    Err(LocalError::Refused(act.map_or_else(|| error.to_owned(), |act| format!("{error} (act {act})"))))
}

async fn exchange(
    stream: TcpStream,
    request: Request<Full<Bytes>>,
) -> Result<(bool, Value), Box<dyn std::error::Error + Send + Sync>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let asked = async move {
        let answer = sender.send_request(request).await?;
        let accepted = answer.status().is_success();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await?.to_bytes();
        Ok((accepted, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    };
    // The connection is driven while its answer is awaited, and ends with it.
    let (_closed, answer) = tokio::join!(connection, asked);
    answer
}
