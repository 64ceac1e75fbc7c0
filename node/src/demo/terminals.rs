//! The demonstration's terminals: each enrols with a one-time code, signs every vote and waits for its receipt, over the
//! same gRPC and TLS as a device on a counter.

use super::votes::Tap;
use crate::link::TlsKey;
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    ballot::{Ballot, Cast, Receipt},
    calendar::CivilDay,
    envelope::{Envelope, FederationId, Id, KeyId, Kind, parse_key},
    limits::CASTS_PER_MESSAGE_MAX,
    names::{Code, IpaCode},
    pairing::{PairingCode, Side},
    wire::terminal::v1::{
        Answer, CastBatch, EnrollRequest, answer::Answer as Outcome, terminal_client::TerminalClient,
    },
};
use rand::{RngExt, rngs::StdRng};
use std::collections::BTreeSet;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

/// Messages under way to the node.
const BATCHES_IN_FLIGHT: usize = 4;

/// Why a demonstration terminal stopped.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    #[error("cannot reach the node of {ente}")]
    Connection {
        ente: IpaCode,
        #[source]
        source: tonic::transport::Error,
    },
    #[error("the node of {ente} refused the terminal")]
    Call {
        ente: IpaCode,
        #[source]
        source: Box<tonic::Status>,
    },
    #[error("the node of {ente} did not count a vote: {why}")]
    NotCounted { ente: IpaCode, why: String },
    #[error("the node of {ente} receipted {receipted} of {cast} votes")]
    Unreceipted { ente: IpaCode, receipted: usize, cast: usize },
}

/// Where an ente's node listens for its terminals, and the certificate that they pin.
#[derive(Clone, Debug)]
pub struct Intake {
    pub ente: IpaCode,
    pub address: String,
    pub certificate_pem: String,
    pub federation: FederationId,
}

/// An enrolled terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    intake: Intake,
    client: TerminalClient<Channel>,
    /// `authorization` of every call after enrolment.
    token: MetadataValue<Ascii>,
    key: SigningKey,
    receipt_key: VerifyingKey,
    channel: Code,
    branch: Code,
    attended: bool,
}

/// A vote about to be cast: the tap, and the invite that gives the right to it where the channel asks for one.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub tap: Tap,
    pub invite_hash: Option<[u8; 32]>,
}

/// A vote as it is sent.
#[derive(Clone, Debug)]
pub struct SignedVote {
    pub ballot: Id,
    pub bytes: Bytes,
}

impl Terminal {
    /// Enrols with the code that the node's administrator was given.
    pub async fn enrol(
        intake: Intake,
        code: &str,
        key: SigningKey,
        attended: bool,
    ) -> Result<Self, TerminalError> {
        let ente = intake.ente.clone();
        let mut client = connected(&intake).await?;
        let refused = |source| TerminalError::Call { ente: ente.clone(), source: Box::new(source) };
        let wrong = |what: &str| TerminalError::NotCounted { ente: ente.clone(), why: what.to_owned() };
        let code = PairingCode::parse(code).map_err(|error| wrong(&error.to_string()))?;
        let node_key = TlsKey::of_pem(&intake.certificate_pem).map_err(|error| wrong(&error.to_string()))?;
        let device = key.verifying_key().to_bytes();
        let proof = code.proof(Side::Device, node_key.as_bytes(), &device);
        let proof = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, &proof);
        let request = EnrollRequest {
            public_key: Bytes::copy_from_slice(key.verifying_key().as_bytes()),
            proof: proof.bytes().clone(),
        };
        let reply = client.enroll(request).await.map_err(refused)?.into_inner();
        if !code.is_proof(&reply.node_proof, Side::Node, node_key.as_bytes(), &device) {
            return Err(wrong("it does not prove that it gave out the code"));
        }
        Ok(Self {
            receipt_key: parse_key(&reply.receipt_key).map_err(|error| wrong(&error.to_string()))?,
            channel: reply
                .channel
                .parse()
                .map_err(|_| wrong("it enrolled the terminal without a channel"))?,
            branch: reply.branch.parse().map_err(|_| wrong("it enrolled the terminal without a branch"))?,
            token: format!("Bearer {}", reply.token).parse().map_err(|_| wrong("it gave no usable token"))?,
            intake,
            client,
            key,
            attended,
        })
    }

    /// Goes on with a node that was started again and listens elsewhere.
    pub async fn reconnect(&mut self, address: &str) -> Result<(), TerminalError> {
        address.clone_into(&mut self.intake.address);
        self.client = connected(&self.intake).await?;
        Ok(())
    }

    /// The channel it was enrolled for.
    pub fn channel(&self) -> &str {
        self.channel.as_str()
    }

    /// Signs and casts the votes of one day, and returns when each has its valid receipt.
    pub async fn cast(
        &mut self,
        turns: &[Turn],
        day: CivilDay,
        rng: &mut StdRng,
    ) -> Result<(), TerminalError> {
        let casts = turns.iter().map(|turn| self.sign(turn, day, rng)).collect::<Result<Vec<_>, _>>()?;
        let mut waiting: BTreeSet<Id> = casts.iter().map(|cast| cast.ballot).collect();
        let casts = casts.into_iter().map(|cast| cast.bytes).collect();
        let taken = |receipt: Receipt| {
            waiting.remove(&receipt.ballot);
        };
        self.send(casts, taken).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let receipted = turns.len() - waiting.len();
        Err(TerminalError::Unreceipted { ente: self.intake.ente.clone(), receipted, cast: turns.len() })
    }

    /// Sends signed votes and passes on each valid receipt as it comes, until all are answered or the node is gone.
    pub async fn send(
        &self,
        casts: Vec<Bytes>,
        mut receipted: impl FnMut(Receipt),
    ) -> Result<(), TerminalError> {
        let batches: Vec<CastBatch> =
            casts.chunks(CASTS_PER_MESSAGE_MAX).map(|casts| CastBatch { casts: casts.to_vec() }).collect();
        let (sender, receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
        let sending = async move {
            for batch in batches {
                if sender.send(batch).await.is_err() {
                    break;
                }
            }
        };
        let mut client = self.client.clone();
        let receiving = async {
            let mut request = Request::new(ReceiverStream::new(receiver));
            request.metadata_mut().insert("authorization", self.token.clone());
            let answers = client.cast(request).await;
            let mut answers = answers.map_err(|source| self.call_failed(source))?.into_inner();
            while let Some(batch) = answers.next().await {
                for answer in batch.map_err(|source| self.call_failed(source))?.answers {
                    receipted(self.receipt(answer)?);
                }
            }
            Ok(())
        };
        let ((), received) = tokio::join!(sending, receiving);
        received
    }

    /// Signs a vote, once: what is sent again is the same bytes.
    pub fn sign(&self, turn: &Turn, day: CivilDay, rng: &mut StdRng) -> Result<SignedVote, TerminalError> {
        let code =
            |text: &str| text.parse().map_err(|_| self.not_counted(format!("{text} is no service code")));
        let ballot = Ballot {
            ente: self.intake.ente.clone(),
            service: code(turn.tap.service)?,
            channel: self.channel.clone(),
            branch: self.branch.clone(),
            month: day.month(),
            face: turn.tap.face,
            nonce: rng.random(),
        };
        let ballot_bytes = Bytes::from(ballot.encode());
        let id = Ballot::id(&ballot_bytes, &self.intake.federation);
        let terminal = KeyId::of(&self.key.verifying_key());
        let cast = Cast {
            ballot_bytes,
            ballot,
            day,
            terminal,
            invite_hash: turn.invite_hash,
            attended: self.attended,
        };
        let sealed = Envelope::seal(Kind::Cast, &self.intake.federation, &self.key, &cast.encode());
        Ok(SignedVote { ballot: id, bytes: sealed.bytes().clone() })
    }

    /// The valid receipt in an answer; the demonstration knows no other.
    fn receipt(&self, answer: Answer) -> Result<Receipt, TerminalError> {
        match answer.answer {
            Some(Outcome::Receipt(bytes)) => self.verified(bytes),
            Some(Outcome::Refusal(refusal)) => Err(self.not_counted(refusal.message)),
            Some(Outcome::NotYet(not_yet)) => Err(self.not_counted(not_yet.message)),
            None => Err(self.not_counted("an empty answer".to_owned())),
        }
    }

    fn verified(&self, bytes: Bytes) -> Result<Receipt, TerminalError> {
        let envelope = Envelope::parse(bytes).map_err(|error| self.not_counted(error.to_string()))?;
        envelope
            .verify(Kind::Receipt, &self.intake.federation, &self.receipt_key)
            .map_err(|error| self.not_counted(error.to_string()))?;
        Receipt::decode(envelope.payload()).map_err(|error| self.not_counted(error.to_string()))
    }

    fn not_counted(&self, why: String) -> TerminalError {
        TerminalError::NotCounted { ente: self.intake.ente.clone(), why }
    }

    fn call_failed(&self, source: tonic::Status) -> TerminalError {
        TerminalError::Call { ente: self.intake.ente.clone(), source: Box::new(source) }
    }
}

async fn connected(intake: &Intake) -> Result<TerminalClient<Channel>, TerminalError> {
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&intake.certificate_pem))
        .domain_name("localhost");
    let failed = |source| TerminalError::Connection { ente: intake.ente.clone(), source };
    let endpoint = Endpoint::from_shared(format!("https://{}", intake.address)).map_err(failed)?;
    let channel = endpoint.tls_config(tls).map_err(failed)?.tcp_nodelay(true).connect().await;
    Ok(TerminalClient::new(channel.map_err(failed)?))
}
