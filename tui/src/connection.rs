//! The connection to the node: one session after another, with back-off between them.
//!
//! A session opens with `About`, then follows the two watches (own ente, network) and answers the
//! update's questions beside them, a few at a time. When anything breaks the session ends with a
//! [`Loss`] and the next attempt follows by itself; token and certificate are read again each time, so
//! that a corrected file is enough. The token is sent only over TLS whose certificate is the given one.

use crate::message::{Act, Loss, Message, Reply, Request};
use faccina_proto::wire::officer::v1 as officer;
use faccina_proto::wire::officer::v1::officer_client::OfficerClient;
use futures::future::{BoxFuture, FutureExt, OptionFuture};
use futures::stream::{FuturesUnordered, StreamExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Response, Status, Streaming};

/// Longest wait for a connection to open (seconds): a person waits for it.
const CONNECT_S_MAX: u64 = 5;
/// Longest wait for one answer (seconds): the largest, 6,000 rows, takes well under one on an old PC.
const ANSWER_S_MAX: u64 = 20;
/// A silent node is asked for a sign of life after this time (seconds) …
const KEEPALIVE_S: u64 = 10;
/// … and given up after this one without (seconds).
const KEEPALIVE_TIMEOUT_S: u64 = 5;
/// Largest answer (bytes): 6,000 rows of some 300 bytes, several times over.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Errands on their way at once, with three that may wait for their time; the update asks at most one question a panel
/// and sends one act.
const IN_FLIGHT_MAX: usize = 13;
/// First pause before a new attempt; doubles up to the last (milliseconds).
const PAUSE_FIRST_MS: u64 = 250;
/// Longest pause between attempts (milliseconds).
const PAUSE_LAST_MS: u64 = 8_000;
/// Pause between questions for what the node no longer sends by itself (seconds).
const UNWATCHED_PAUSE_S: u64 = 30;
/// Largest token or certificate file (bytes).
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where the node is and how to speak with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Unix socket; its permissions are the authorisation.
    Socket(PathBuf),
    /// TLS with the node's own certificate pinned, and a bearer token.
    Tls { node: String, token_file: PathBuf, ca: PathBuf, server_name: Option<String> },
}

impl Target {
    /// Reads what the target names, so that a wrong path is told before the screen is taken.
    ///
    /// # Errors
    /// [`Loss::File`] for a file that cannot be read, [`Loss::Unreachable`] for an address that is none.
    pub fn prepare(&self) -> Result<Door, Loss> {
        let limit = Duration::from_secs(CONNECT_S_MAX);
        let (endpoint, token) = match self {
            Self::Socket(path) => (address(&format!("unix://{}", path.display()))?, None),
            Self::Tls { node, token_file, ca, server_name } => {
                let token = read(token_file)?;
                let bearer: MetadataValue<Ascii> = format!("Bearer {}", token.trim())
                    .parse()
                    .map_err(|_| unreadable(token_file, "not a token: printable characters only"))?;
                let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(ca)?));
                if let Some(name) = server_name {
                    tls = tls.domain_name(name.clone());
                }
                if !node.starts_with("https://") {
                    return Err(Loss::Unreachable(format!("{node}: must begin with https://")));
                }
                let endpoint = address(node)?.tls_config(tls).map_err(|error| unreachable(&error))?;
                (endpoint, Some(bearer))
            }
        };
        let endpoint = endpoint
            .connect_timeout(limit)
            .http2_keep_alive_interval(Duration::from_secs(KEEPALIVE_S))
            .keep_alive_timeout(Duration::from_secs(KEEPALIVE_TIMEOUT_S))
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        Ok(Door { endpoint, bearer: Bearer(token) })
    }
}

/// A target whose files are read: ready to be opened.
#[derive(Clone, Debug)]
pub struct Door {
    endpoint: Endpoint,
    bearer: Bearer,
}

#[derive(Clone)]
struct Bearer(Option<MetadataValue<Ascii>>);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bearer(..)")
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if let Some(bearer) = &self.0 {
            request.metadata_mut().insert("authorization", bearer.clone());
        }
        Ok(request)
    }
}

/// What the update has the connection do.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    Ask(Request),
    /// Carried out once, or declined, or lost with the session.
    Carry(Box<Act>),
}

/// Keeps a session with the node until the program leaves (either end of the queues closes).
pub async fn keep(target: Target, mut errands: mpsc::Receiver<Errand>, messages: mpsc::Sender<Message>) {
    let mut pause_ms = PAUSE_FIRST_MS;
    loop {
        let loss = match Session::open(&target).await {
            Ok(session) => {
                pause_ms = PAUSE_FIRST_MS;
                match session.serve(&mut errands, &messages).await {
                    Ended::Lost(loss) => loss,
                    Ended::Left => return,
                }
            }
            Err(loss) => loss,
        };
        if messages.send(Message::Lost(loss)).await.is_err() || drain(&mut errands, pause_ms).await.is_err() {
            return;
        }
        pause_ms = (pause_ms * 2).min(PAUSE_LAST_MS);
    }
}

/// Waits; errands of the lost session are dropped: the update asks again when the node is back, and has
/// told the person that an act was not answered.
async fn drain(errands: &mut mpsc::Receiver<Errand>, pause_ms: u64) -> Result<(), Left> {
    let pause = sleep(Duration::from_millis(pause_ms));
    tokio::pin!(pause);
    loop {
        tokio::select! {
            () = &mut pause => return Ok(()),
            errand = errands.recv() => if errand.is_none() { return Err(Left) },
        }
    }
}

/// The program is leaving.
struct Left;

enum Ended {
    Lost(Loss),
    Left,
}

type Client = OfficerClient<InterceptedService<Channel, Bearer>>;

struct Session {
    client: Client,
    about: officer::AboutReply,
    mine: Watch<officer::MyEnteReply>,
    twinnings: Watch<officer::TwinningsReply>,
    network: Watch<officer::NetworkReply>,
}

/// A watch that the node may refuse without ending the session.
type Watch<T> = Result<Streaming<T>, String>;

/// Keeps what a node says when it refuses a watch; what breaks the session is a loss.
fn watch<T>(opened: Result<Response<Streaming<T>>, Status>) -> Result<Watch<T>, Loss> {
    match opened {
        Ok(stream) => Ok(Ok(stream.into_inner())),
        Err(status) if breaks(&status) => Err(lost(status)),
        Err(status) => Ok(Err(status.message().to_owned())),
    }
}

impl Session {
    async fn open(target: &Target) -> Result<Self, Loss> {
        let door = target.prepare()?;
        let limit = Duration::from_secs(CONNECT_S_MAX);
        let channel = timeout(limit, door.endpoint.connect())
            .await
            .map_err(|_| Loss::Unreachable(format!("no answer within {CONNECT_S_MAX} s")))?
            .map_err(|error| unreachable(&error))?;
        let mut client =
            OfficerClient::with_interceptor(channel, door.bearer).max_decoding_message_size(ANSWER_BYTES_MAX);
        let about = client.about(officer::AboutRequest {}).await.map_err(lost)?.into_inner();
        let mine = if about.role == "ente" {
            watch(client.watch_my_ente(officer::MyEnteRequest {}).await)?
        } else {
            Err(String::new())
        };
        let twinnings = watch(client.watch_twinnings(officer::TwinningsRequest {}).await)?;
        let network = watch(client.watch_network(officer::NetworkRequest {}).await)?;
        Ok(Self { client, about, mine, twinnings, network })
    }

    async fn serve(self, errands: &mut mpsc::Receiver<Errand>, messages: &mpsc::Sender<Message>) -> Ended {
        let Self { client, about, mine, twinnings, network } = self;
        let mut first = vec![Message::Linked(about)];
        let mut refused = |request, reason| first.push(Message::Refused(request, reason));
        let mut mine = mine.map_err(|reason| refused(Request::MyEnte, reason)).ok();
        let mut twinnings = twinnings.map_err(|reason| refused(Request::Twinnings, reason)).ok();
        let mut network = network.map_err(|reason| refused(Request::Network, reason)).ok();
        let mut answers: FuturesUnordered<BoxFuture<'static, Result<Message, Loss>>> =
            FuturesUnordered::new();
        for message in first {
            if let Message::Refused(request, reason) = &message
                && !reason.is_empty()
            {
                answers.push(ask_later(client.clone(), request.clone()).boxed());
            }
            if messages.send(message).await.is_err() {
                return Ended::Left;
            }
        }
        loop {
            let mine_next = OptionFuture::from(mine.as_mut().map(Streaming::message));
            let twinnings_next = OptionFuture::from(twinnings.as_mut().map(Streaming::message));
            let network_next = OptionFuture::from(network.as_mut().map(Streaming::message));
            let message = tokio::select! {
                Some(next) = mine_next => taken(next, Request::MyEnte, Reply::MyEnte),
                Some(next) = twinnings_next => taken(next, Request::Twinnings, Reply::Twinnings),
                Some(next) = network_next => taken(next, Request::Network, Reply::Network),
                Some(answer) = answers.next(), if !answers.is_empty() => answer,
                errand = errands.recv(), if answers.len() < IN_FLIGHT_MAX => match errand {
                    Some(Errand::Ask(request)) => { answers.push(ask(client.clone(), request).boxed()); continue }
                    Some(Errand::Carry(act)) => { answers.push(carry(client.clone(), *act).boxed()); continue }
                    None => return Ended::Left,
                },
            };
            let message = match message {
                Ok(message) => message,
                Err(loss) => return Ended::Lost(loss),
            };
            if let Message::Refused(request, _) | Message::Arrived(request, _) = &message {
                let refused = matches!(message, Message::Refused(..));
                let watched = match request {
                    Request::MyEnte => keep_if(&mut mine, !refused),
                    Request::Twinnings => keep_if(&mut twinnings, !refused),
                    Request::Network => keep_if(&mut network, !refused),
                    Request::About
                    | Request::Comparison(_)
                    | Request::Ente(_)
                    | Request::Neighbours(_)
                    | Request::Experts
                    | Request::Twinning(_)
                    | Request::Pair(_)
                    | Request::Cards(_)
                    | Request::Card(_)
                    | Request::National(_)
                    | Request::Adhesion
                    | Request::Reminder(_) => true,
                };
                if !watched {
                    answers.push(ask_later(client.clone(), request.clone()).boxed());
                }
            }
            if messages.send(message).await.is_err() {
                return Ended::Left;
            }
        }
    }
}

/// Drops a watch that has failed; false where there is none.
fn keep_if<T>(watch: &mut Option<Streaming<T>>, works: bool) -> bool {
    watch.take_if(|_| !works);
    watch.is_some()
}

impl From<(Request, Reply)> for Message {
    fn from((request, reply): (Request, Reply)) -> Self {
        Self::Arrived(request, Box::new(reply))
    }
}

/// The next message of a watch. Its end is the end of the session; an answer that is too large, or that the node could
/// not give, is refused for its panel alone.
fn taken<T>(
    next: Result<Option<T>, Status>,
    request: Request,
    reply: fn(T) -> Reply,
) -> Result<Message, Loss> {
    match next {
        Ok(Some(next)) => Ok((request, reply(next)).into()),
        Ok(None) => Err(Loss::Unreachable("the node closed the connection".to_owned())),
        Err(status) if breaks(&status) => Err(lost(status)),
        Err(status) => Ok(Message::Refused(request, status.message().to_owned())),
    }
}

/// What is no longer watched is asked from time to time instead.
async fn ask_later(client: Client, request: Request) -> Result<Message, Loss> {
    sleep(Duration::from_secs(UNWATCHED_PAUSE_S)).await;
    ask(client, request).await
}

async fn ask(mut client: Client, request: Request) -> Result<Message, Loss> {
    let limit = Duration::from_secs(ANSWER_S_MAX);
    let reply = timeout(limit, put(&mut client, &request))
        .await
        .unwrap_or_else(|_| Err(Status::unavailable(format!("no answer within {ANSWER_S_MAX} s"))));
    match reply {
        Ok(reply) => Ok(Message::Arrived(request, Box::new(reply))),
        Err(status) if breaks(&status) => Err(lost(status)),
        Err(status) => Ok(Message::Refused(request, status.message().to_owned())),
    }
}

async fn put(client: &mut Client, request: &Request) -> Result<Reply, Status> {
    Ok(match request.clone() {
        Request::About => Reply::About(client.about(officer::AboutRequest {}).await?.into_inner()),
        Request::MyEnte => Reply::MyEnte(client.my_ente(officer::MyEnteRequest {}).await?.into_inner()),
        Request::Comparison(request) => Reply::Comparison(client.comparison(request).await?.into_inner()),
        Request::Ente(request) => Reply::Ente(client.ente(request).await?.into_inner()),
        Request::Neighbours(request) => Reply::Neighbours(client.neighbours(request).await?.into_inner()),
        Request::Experts => Reply::Experts(client.experts(officer::ExpertsRequest {}).await?.into_inner()),
        Request::Twinnings => {
            Reply::Twinnings(client.twinnings(officer::TwinningsRequest {}).await?.into_inner())
        }
        Request::Twinning(request) => Reply::Twinning(client.twinning(request).await?.into_inner()),
        Request::Pair(request) => Reply::Pair(client.pair(request).await?.into_inner()),
        Request::Cards(request) => Reply::Cards(client.cards(request).await?.into_inner()),
        Request::Card(request) => Reply::Card(client.card(request).await?.into_inner()),
        Request::National(request) => Reply::National(client.national(request).await?.into_inner()),
        Request::Network => Reply::Network(client.network(officer::NetworkRequest {}).await?.into_inner()),
        Request::Adhesion => {
            Reply::Adhesion(client.adhesion(officer::AdhesionRequest {}).await?.into_inner())
        }
        Request::Reminder(request) => Reply::Reminder(client.reminder(request).await?.into_inner()),
    })
}

/// Carries an act out. No answer in time ends the session: it is not known whether the act was done.
async fn carry(mut client: Client, act: Act) -> Result<Message, Loss> {
    let limit = Duration::from_secs(ANSWER_S_MAX);
    match timeout(limit, perform(&mut client, act)).await {
        Ok(Ok(words)) => Ok(Message::Done(words.unwrap_or_default())),
        Ok(Err(status)) if status.code() == Code::PermissionDenied => {
            Ok(Message::Declined(status.message().to_owned()))
        }
        Ok(Err(status)) if breaks(&status) => Err(lost(status)),
        Ok(Err(status)) => Ok(Message::Declined(status.message().to_owned())),
        Err(_) => Err(Loss::Unreachable(format!("no answer within {ANSWER_S_MAX} s"))),
    }
}

async fn perform(client: &mut Client, act: Act) -> Result<Option<officer::Sentence>, Status> {
    Ok(match act {
        Act::Propose(request) => client.propose(request).await?.into_inner().words,
        Act::Twinning(request) => client.act(request).await?.into_inner().words,
        Act::Outcome(request) => client.publish_outcome(request).await?.into_inner().words,
        Act::Card(request) => client.publish_card(request).await?.into_inner().words,
        Act::Consent(request) => client.consent(request).await?.into_inner().words,
        Act::Availability(request) => client.declare_availability(request).await?.into_inner().words,
        Act::Designate(request) => client.designate(request).await?.into_inner().words,
        Act::Revoke(request) => client.revoke_designation(request).await?.into_inner().words,
    })
}

/// True where a status ends the session rather than one question.
fn breaks(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Unauthenticated | Code::PermissionDenied
    )
}

#[expect(clippy::needless_pass_by_value, reason = "it ends the status, as map_err hands it over")]
fn lost(status: Status) -> Loss {
    if matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied) {
        return Loss::TokenRefused(status.message().to_owned());
    }
    match std::error::Error::source(&status) {
        Some(source) => unreachable(source),
        None => Loss::Unreachable(status.message().to_owned()),
    }
}

/// The innermost cause says what a person can act on ("connection refused"), the outer ones do not.
fn unreachable(error: &(dyn std::error::Error + 'static)) -> Loss {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    Loss::Unreachable(innermost.to_string())
}

fn address(uri: &str) -> Result<Endpoint, Loss> {
    Endpoint::from_shared(uri.to_owned()).map_err(|error| Loss::Unreachable(format!("{uri}: {error}")))
}

fn read(path: &Path) -> Result<String, Loss> {
    let told = |error: std::io::Error| unreadable(path, &error.to_string());
    let size = std::fs::metadata(path).map_err(told)?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(path, &format!("has {size} bytes, at most {FILE_BYTES_MAX}")));
    }
    std::fs::read_to_string(path).map_err(told)
}

fn unreadable(path: &Path, reason: &str) -> Loss {
    Loss::File { path: path.display().to_string(), reason: reason.to_owned() }
}
