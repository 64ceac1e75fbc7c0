//! The gRPC service for terminals.

mod presence;
mod reports;

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use faccina_proto::catalogue::Catalogue;
use faccina_proto::envelope::KeyId;
use faccina_proto::limits::{CAST_PAYLOAD_BYTES_MAX, CASTS_PER_MESSAGE_MAX, ENVELOPE_OVERHEAD_BYTES};
use faccina_proto::terminals::{Mode, OpeningHours, State, TerminalRecord};
use faccina_proto::wire::feed::v1 as feed;
use faccina_proto::wire::terminal::v1 as wire;
use faccina_proto::wire::terminal::v1::terminal_server::{Terminal, TerminalServer};
use futures::{Stream, StreamExt, stream};
use tonic::{Request, Response, Status, Streaming};

use super::desk::{Desk, DeskError};
use super::pairing::PairingError;
use super::writer::BATCH_BALLOTS_MAX;
use super::{Intake, IntakeError, InviteBookError, Office, TerminalBookError, blocking};
use crate::clock::instant;
use crate::tokens::Tokens;

/// Batches of one stream that are under way at one time: enough to verify one while another is being written.
const BATCHES_PER_STREAM_MAX: usize = 4;
/// A full message of casts with its tags and lengths.
const MESSAGE_BYTES_MAX: usize =
    CASTS_PER_MESSAGE_MAX * (CAST_PAYLOAD_BYTES_MAX + ENVELOPE_OVERHEAD_BYTES + 8);

/// `terminal.v1` over one node's intake.
#[derive(Debug, Clone)]
pub struct TerminalService {
    intake: Intake,
    office: Arc<dyn Office>,
    tokens: Arc<Tokens>,
    wall: Arc<Mutex<Option<Arc<Wall>>>>,
}

/// A catalogue version in the form that terminals read.
#[derive(Debug)]
struct Wall {
    version: u32,
    services: Vec<feed::Service>,
    reasons: Vec<feed::ReasonList>,
    texts: Vec<feed::Text>,
}

impl TerminalService {
    pub(super) fn new(intake: Intake, office: Arc<dyn Office>, tokens: Arc<Tokens>) -> Self {
        Self { intake, office, tokens, wall: Arc::default() }
    }

    /// The service with its bounds, ready for a server.
    #[must_use]
    pub fn into_server(self) -> TerminalServer<Self> {
        TerminalServer::new(self).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    /// The catalogue as shown, prepared once for each version.
    fn wall(&self, catalogue: &Catalogue) -> Arc<Wall> {
        let mut wall = self.wall.lock().unwrap_or_else(PoisonError::into_inner);
        match &*wall {
            Some(shown) if shown.version == catalogue.version() => shown.clone(),
            _ => wall.insert(Arc::new(Wall::of(catalogue))).clone(),
        }
    }

    async fn enrol(&self, asked: wire::EnrollRequest) -> Result<wire::EnrollReply, Status> {
        let today = self.intake.shared.clock.today();
        let enrolled = self.intake.codes().enrol(&asked.public_key, asked.proof, instant(), today);
        let (record, node_proof) = enrolled.map_err(|error| refused_pairing(&error))?;
        let (terminals, tokens) = (self.intake.desk().terminals.clone(), self.tokens.clone());
        let kept = record.clone();
        let token = blocking(move || -> Result<String, IntakeError> {
            let id = kept.id();
            terminals.enrol(kept)?;
            Ok(tokens.create_for_terminal(id)?)
        })
        .await??;
        tracing::info!("terminal enrolled");
        let papers = &self.intake.desk().papers;
        Ok(wire::EnrollReply {
            federation_id: Bytes::copy_from_slice(papers.federation.as_bytes()),
            ente: papers.ente.to_string(),
            channel: record.channel.to_string(),
            branch: record.branch.to_string(),
            mode: mode(record.mode).into(),
            receipt_key: Bytes::copy_from_slice(papers.receipt_key.verifying_key().as_bytes()),
            token,
            node_proof: Bytes::copy_from_slice(&node_proof),
        })
    }

    fn booth_of(&self, terminal: &TerminalRecord) -> Result<wire::BoothReply, Status> {
        let today = self.intake.shared.clock.today();
        let catalogue = self.office.catalogue(today.month()).ok_or_else(|| {
            Status::failed_precondition(
                "no catalogue is in force yet: wait until the node has synchronised with DFP",
            )
        })?;
        let wall = self.wall(&catalogue);
        // Suspended or revoked, it offers nothing: its page takes no vote.
        let serves = terminal.state == State::Active;
        let offered = |service: &&feed::Service| serves && terminal.services.contains(service.code.as_str());
        let reasons = wall.reasons.iter().find(|list| list.channel == terminal.channel.as_str());
        Ok(wire::BoothReply {
            ente_name: self.office.ente_name(),
            services: wall.services.iter().filter(offered).cloned().collect(),
            reasons: reasons.map(|list| list.reasons.clone()).unwrap_or_default(),
            texts: wall.texts.clone(),
            today: today.yyyymmdd(),
            catalogue_version: wall.version,
            messages: self.office.messages(),
            hours: terminal.hours.iter().map(opening).collect(),
            privacy_contact: self.office.privacy_contact(),
        })
    }
}

#[tonic::async_trait]
impl Terminal for TerminalService {
    type CastStream = Pin<Box<dyn Stream<Item = Result<wire::AnswerBatch, Status>> + Send>>;
    type WatchStream = Pin<Box<dyn Stream<Item = Result<wire::Notice, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<wire::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(Box::pin(self.tell(&request)?)))
    }

    async fn heartbeat(
        &self,
        request: Request<wire::HeartbeatRequest>,
    ) -> Result<Response<wire::HeartbeatReply>, Status> {
        self.hear(request).map(Response::new)
    }

    async fn report(
        &self,
        request: Request<wire::ReportRequest>,
    ) -> Result<Response<wire::ReportReply>, Status> {
        self.take_reports(request).await.map(Response::new)
    }

    async fn check_invite(
        &self,
        request: Request<wire::CheckInviteRequest>,
    ) -> Result<Response<wire::CheckInviteReply>, Status> {
        self.check(request).await.map(Response::new)
    }

    async fn enroll(
        &self,
        request: Request<wire::EnrollRequest>,
    ) -> Result<Response<wire::EnrollReply>, Status> {
        self.enrol(request.into_inner()).await.map(Response::new)
    }

    async fn booth(
        &self,
        request: Request<wire::BoothRequest>,
    ) -> Result<Response<wire::BoothReply>, Status> {
        let id = KeyId::from_slice(&request.into_inner().terminal)
            .ok_or_else(|| Status::invalid_argument("terminal is a key id of 8 bytes"))?;
        let terminals = self.intake.terminals();
        let terminal = terminals.get(&id).ok_or_else(presence::unknown)?;
        self.booth_of(terminal).map(Response::new)
    }

    async fn cast(
        &self,
        request: Request<Streaming<wire::CastBatch>>,
    ) -> Result<Response<Self::CastStream>, Status> {
        let desk = self.intake.desk().clone();
        let answers = until_an_error(request.into_inner())
            .flat_map(|message| stream::iter(casts_of(message)))
            .ready_chunks(BATCH_BALLOTS_MAX)
            .map(move |ready| answer(desk.clone(), ready))
            .buffered(BATCHES_PER_STREAM_MAX)
            .flat_map(stream::iter);
        Ok(Response::new(Box::pin(answers)))
    }
}

/// A stream of messages goes on for ever with the same error where its body ends within a message.
fn until_an_error(
    messages: Streaming<wire::CastBatch>,
) -> impl Stream<Item = Result<wire::CastBatch, Status>> {
    stream::unfold(Some(messages), |messages| async {
        let mut messages = messages?;
        let message = messages.next().await?;
        let rest = message.is_ok().then_some(messages);
        Some((message, rest))
    })
}

/// The casts of one message, or the end of the stream.
fn casts_of(message: Result<wire::CastBatch, Status>) -> Vec<Result<Bytes, Status>> {
    match message {
        Ok(batch) if batch.casts.len() > CASTS_PER_MESSAGE_MAX => {
            let (casts, max) = (batch.casts.len(), CASTS_PER_MESSAGE_MAX);
            vec![Err(Status::invalid_argument(format!("a message has {casts} casts, at most {max}")))]
        }
        Ok(batch) => batch.casts.into_iter().map(Ok).collect(),
        Err(status) => vec![Err(status)],
    }
}

/// Answers the casts that were ready together, then passes on what ended the stream.
async fn answer(
    desk: Arc<Desk>,
    ready: Vec<Result<Bytes, Status>>,
) -> Vec<Result<wire::AnswerBatch, Status>> {
    let mut casts = Vec::with_capacity(ready.len());
    let mut end = None;
    for each in ready {
        match each {
            Ok(cast) => casts.push(cast),
            Err(status) => {
                end = Some(Err(status));
                break;
            }
        }
    }
    let mut out = Vec::with_capacity(2);
    if !casts.is_empty() {
        let answers = desk.take_in(casts).await;
        out.push(answers.map(|answers| wire::AnswerBatch { answers }).map_err(refused_casts));
    }
    out.extend(end);
    out
}

fn refused_casts(error: DeskError) -> Status {
    match error {
        DeskError::Full => Status::resource_exhausted(error.to_string()),
        DeskError::Stopped | DeskError::Asking => Status::unavailable(error.to_string()),
    }
}

pub(crate) fn refused_pairing(error: &PairingError) -> Status {
    let words = error.to_string();
    match error {
        PairingError::UnknownCode => Status::permission_denied(words),
        PairingError::ForAnother(_) => Status::failed_precondition(words),
        PairingError::TooManyCodes => Status::resource_exhausted(words),
        PairingError::Key(_) | PairingError::Proof(_) => Status::invalid_argument(words),
        PairingError::NoRandomness => Status::internal(words),
    }
}

impl From<IntakeError> for Status {
    fn from(error: IntakeError) -> Self {
        let words = crate::telling::sentence(&error);
        match error {
            IntakeError::Terminals(TerminalBookError::Unknown { .. }) => Self::not_found(words),
            IntakeError::Terminals(TerminalBookError::Terminal(_))
            | IntakeError::Invites(InviteBookError::Number { .. }) => Self::invalid_argument(words),
            IntakeError::Stopped => Self::unavailable(words),
            IntakeError::Box(_)
            | IntakeError::Thread(_)
            | IntakeError::Token(_)
            | IntakeError::Reports(_)
            | IntakeError::Invites(_)
            | IntakeError::Terminals(TerminalBookError::Store(_)) => Self::internal(words),
        }
    }
}

fn mode(mode: Mode) -> wire::Mode {
    match mode {
        Mode::Attended => wire::Mode::Attended,
        Mode::Open => wire::Mode::Open,
        Mode::Invite => wire::Mode::Invite,
    }
}

fn opening(hours: &OpeningHours) -> wire::OpeningHours {
    let (from_minute, to_minute) = (hours.from_minute(), hours.to_minute());
    wire::OpeningHours { weekday: hours.weekday(), from_minute, to_minute }
}

impl Wall {
    fn of(catalogue: &Catalogue) -> Self {
        let parts = catalogue.parts();
        let (mut services, mut reasons, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            services.extend(part.services);
            reasons.extend(part.reasons);
            texts.extend(part.texts);
        }
        Self { version: catalogue.version(), services, reasons, texts }
    }
}
