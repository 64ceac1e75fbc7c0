//! How a device becomes a terminal: it draws its key, proves to the node that it holds the pairing code, checks the node's
//! proof, and keeps what the node says it is, with its TLS key and the token that goes with every later call. The key
//! never leaves the device; it is drawn before the code is used, so that a lost answer costs nothing.

use crate::{
    keys::{KeyFileError, KeyKind, create_file, create_signing, load_signing},
    link::{self, NodeAddress, TlsKey},
    setup::Trouble,
    telling::sentence,
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    admission::COUNTER,
    crockford::TypedCodeError,
    envelope::{Envelope, FederationId, KeyError, KeyId, Kind, parse_key},
    names::{Code, IpaCode, NameError},
    pairing::{PairingCode, Side},
    wire::terminal::v1::{EnrollReply, EnrollRequest, Mode, terminal_client::TerminalClient},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};
use tonic::{
    Status,
    metadata::{Ascii, MetadataValue},
};

const KEY_FILE: &str = "terminal.key";
const ENROLMENT_FILE: &str = "enrolment.toml";

/// Why a device is no terminal.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// Ask the ente's IT for address and code and give them once.
    #[error(
        "this device is not paired yet: ask for a pairing code (`faccina terminal add` or `faccina counter add` on the node) and give it as --node and --code"
    )]
    NoCode,
    /// Type the code as it was given.
    #[error("a pairing code has 16 letters and digits")]
    Code(#[from] TypedCodeError),
    /// Check address and network.
    #[error("cannot reach the node at {node}")]
    Node {
        /// Its address.
        node: String,
        /// What failed.
        source: tonic::transport::Error,
    },
    /// Somebody stands between this device and its node, or the address is that of another node.
    #[error(
        "the node at {node} does not prove that it gave out this code: check the address, and tell your IT"
    )]
    Unproven {
        /// Its address.
        node: String,
    },
    /// The node says what to do: a used or expired code needs a new one.
    #[error("the node refuses the code: {0}")]
    Refused(String),
    /// Start the other program, or ask for another code.
    #[error("the node refuses the code: {0}")]
    ForAnother(String),
    /// Try again: the node is stopping or starting.
    #[error("the node does not answer now: {0}")]
    NoAnswer(String),
    /// The node says what is wrong with it or with this device; the code may be good.
    #[error("the node cannot pair now: {0}")]
    Failed(String),
    /// Update the agent or the node.
    #[error("the node's answer to the code cannot be understood: {0}")]
    Answer(&'static str),
    /// Update the agent or the node.
    #[error("the node's answer to the code holds a wrong name")]
    Name(#[from] NameError),
    /// Update the agent or the node.
    #[error("the node's answer to the code holds a wrong receipt key")]
    Key(#[from] KeyError),
    /// See its own message.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Restore the file from a backup, or enrol the device anew in an empty directory.
    #[error("{file} cannot be read")]
    Damaged {
        /// Its path.
        file: String,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EnrolmentError {
    /// What the node answers where it does not pair.
    pub fn of_refusal(status: &Status) -> Self {
        use tonic::Code;
        let (code, words) = (status.code(), status.message().to_owned());
        if code == Code::PermissionDenied {
            Self::Refused(words)
        } else if code == Code::FailedPrecondition {
            Self::ForAnother(words)
        } else if [Code::Unavailable, Code::Unknown, Code::Cancelled, Code::DeadlineExceeded].contains(&code)
        {
            Self::NoAnswer(words)
        } else {
            Self::Failed(words)
        }
    }
}

impl From<&EnrolmentError> for Trouble {
    fn from(error: &EnrolmentError) -> Self {
        match error {
            EnrolmentError::Code(_) => Self::Code,
            EnrolmentError::Node { .. } | EnrolmentError::NoAnswer(_) => Self::Away,
            EnrolmentError::Unproven { .. } => Self::Unproven,
            EnrolmentError::Refused(_) => Self::Refused,
            EnrolmentError::ForAnother(_) => Self::Another,
            EnrolmentError::NoCode
            | EnrolmentError::Failed(_)
            | EnrolmentError::Answer(_)
            | EnrolmentError::Name(_)
            | EnrolmentError::Key(_)
            | EnrolmentError::File(_)
            | EnrolmentError::Damaged { .. } => Self::Other(sentence(error)),
        }
    }
}

/// An enrolled terminal.
pub struct Terminal {
    /// Signs casts.
    pub key: SigningKey,
    /// The federation of its ente.
    pub federation: FederationId,
    /// Its ente.
    pub ente: IpaCode,
    /// Its channel.
    pub channel: Code,
    /// Its branch.
    pub branch: Code,
    /// How the right to vote is given here.
    pub mode: Mode,
    /// The node signs receipts with it.
    pub receipt_key: VerifyingKey,
    /// `Bearer …`, as every call after the enrolment carries it.
    pub bearer: MetadataValue<Ascii>,
    /// Where the node was reached in the pairing.
    pub node: NodeAddress,
    /// The TLS key that the node proved then.
    pub node_key: TlsKey,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terminal(..)")
    }
}

impl Terminal {
    /// The name under which the node knows this terminal.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.key.verifying_key())
    }

    /// Whether many people share it, one after the other: it stands at a counter.
    pub fn is_at_counter(&self) -> bool {
        self.channel.as_str() == COUNTER
    }

    /// Reads the terminal of this directory; `None` when the device is not enrolled.
    pub fn load(dir: &Path) -> Result<Option<Self>, EnrolmentError> {
        let path = dir.join(ENROLMENT_FILE);
        let damaged = |source| EnrolmentError::Damaged { file: path.display().to_string(), source };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(error.into())),
        };
        let kept: Kept = toml::from_str(&text).map_err(|error| damaged(error.into()))?;
        let key = load_signing(&dir.join(KEY_FILE), KeyKind::Terminal)?;
        kept.terminal(key).map(Some).map_err(|error| damaged(error.into()))
    }

    /// Makes this device a terminal with a pairing code, drawing its key if it has none yet.
    pub async fn enrol(dir: &Path, code: &str, node: &NodeAddress) -> Result<Self, EnrolmentError> {
        let code = PairingCode::parse(code)?;
        let key_file = dir.join(KEY_FILE);
        let key = match load_signing(&key_file, KeyKind::Terminal) {
            Err(KeyFileError::Missing { .. }) => create_signing(&key_file, KeyKind::Terminal)?,
            other => other?,
        };
        let unproven = || EnrolmentError::Unproven { node: node.to_string() };
        let connected = link::connect_unproven(node).await;
        let (channel, shown) =
            connected.map_err(|source| EnrolmentError::Node { node: node.to_string(), source })?;
        let node_key = shown.ok_or_else(unproven)?;
        let device = key.verifying_key().to_bytes();
        let proof = code.proof(Side::Device, node_key.as_bytes(), &device);
        let request = EnrollRequest {
            public_key: device.to_vec().into(),
            proof: Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, &proof).bytes().clone(),
        };
        let answer = TerminalClient::new(channel).enroll(request).await;
        let reply = answer.map_err(|status| EnrolmentError::of_refusal(&status))?.into_inner();
        if !code.is_proof(&reply.node_proof, Side::Node, node_key.as_bytes(), &device) {
            return Err(unproven());
        }
        let kept = Kept::of(&reply, node, node_key)?;
        let text = toml::to_string(&kept).map_err(|_| EnrolmentError::Answer("it cannot be kept"))?;
        let terminal = kept.terminal(key)?;
        create_file(&dir.join(ENROLMENT_FILE), text.as_bytes(), 0o600)?;
        Ok(terminal)
    }
}

/// The enrolment as it lies on the disk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    federation: String,
    ente: String,
    channel: String,
    branch: String,
    mode: String,
    receipt_key: String,
    token: String,
    node: String,
    node_key: String,
}

impl Kept {
    fn of(reply: &EnrollReply, node: &NodeAddress, node_key: TlsKey) -> Result<Self, EnrolmentError> {
        Ok(Self {
            federation: hex::encode(&reply.federation_id),
            ente: reply.ente.clone(),
            channel: reply.channel.clone(),
            branch: reply.branch.clone(),
            mode: reply.mode().as_str_name().to_owned(),
            receipt_key: hex::encode(&reply.receipt_key),
            token: reply.token.clone(),
            node: node.to_string(),
            node_key: node_key.to_string(),
        })
    }

    fn terminal(&self, key: SigningKey) -> Result<Terminal, EnrolmentError> {
        let mut federation = [0; 32];
        hex::decode_to_slice(&self.federation, &mut federation)
            .map_err(|_| EnrolmentError::Answer("the federation id has not 32 bytes"))?;
        let receipt_key = hex::decode(&self.receipt_key)
            .map_err(|_| EnrolmentError::Answer("the receipt key is no hex"))?;
        let mode = match Mode::from_str_name(&self.mode) {
            None | Some(Mode::Unspecified) => return Err(EnrolmentError::Answer("the mode is unknown")),
            Some(mode) => mode,
        };
        Ok(Terminal {
            key,
            federation: FederationId::from_bytes(federation),
            ente: self.ente.parse()?,
            channel: self.channel.parse()?,
            branch: self.branch.parse()?,
            mode,
            receipt_key: parse_key(&receipt_key)?,
            bearer: format!("Bearer {}", self.token)
                .parse()
                .map_err(|_| EnrolmentError::Answer("the token has characters that no header may hold"))?,
            node: self.node.parse().map_err(EnrolmentError::Answer)?,
            node_key: self
                .node_key
                .parse()
                .map_err(|_| EnrolmentError::Answer("the node's TLS key is no hex"))?,
        })
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// A terminal at the counter of a fictitious comune, and the key that signs its receipts.
    pub(crate) fn terminal(mode: Mode) -> (Terminal, SigningKey) {
        let receipts = SigningKey::from_bytes(&[8; 32]);
        let terminal = Terminal {
            key: SigningKey::from_bytes(&[7; 32]),
            federation: FederationId::from_bytes([1; 32]),
            ente: "c_zz01".parse().unwrap(),
            channel: "counter".parse().unwrap(),
            branch: "centro".parse().unwrap(),
            mode,
            receipt_key: receipts.verifying_key(),
            bearer: MetadataValue::from_static("Bearer sample"),
            node: "https://127.0.0.1:7443".parse().unwrap(),
            node_key: "ab".repeat(32).parse().unwrap(),
        };
        (terminal, receipts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enrolment_is_read_back_as_kept() {
        let (terminal, receipts) = samples::terminal(Mode::Open);
        let dir = tempfile::tempdir().unwrap();
        assert!(Terminal::load(dir.path()).unwrap().is_none());
        let reply = EnrollReply {
            federation_id: terminal.federation.as_bytes().to_vec().into(),
            ente: "c_zz01".into(),
            channel: "counter".into(),
            branch: "centro".into(),
            mode: Mode::Open.into(),
            receipt_key: receipts.verifying_key().to_bytes().to_vec().into(),
            token: "gettone".into(),
            node_proof: Vec::new().into(),
        };
        let text = toml::to_string(&Kept::of(&reply, &terminal.node, terminal.node_key).unwrap()).unwrap();
        create_file(&dir.path().join(ENROLMENT_FILE), text.as_bytes(), 0o600).unwrap();
        let key = create_signing(&dir.path().join(KEY_FILE), KeyKind::Terminal).unwrap();
        let read = Terminal::load(dir.path()).unwrap().unwrap();
        assert_eq!(read.id(), KeyId::of(&key.verifying_key()));
        assert_eq!((read.federation, read.mode), (terminal.federation, Mode::Open));
        assert_eq!(read.receipt_key, receipts.verifying_key());
        assert_eq!(read.bearer, "Bearer gettone");
    }

    #[test]
    fn only_an_unknown_code_is_called_so() {
        let trouble = |status| Trouble::from(&EnrolmentError::of_refusal(&status));
        assert_eq!(trouble(Status::permission_denied("unknown")), Trouble::Refused);
        assert_eq!(trouble(Status::failed_precondition("a desk's")), Trouble::Another);
        assert_eq!(trouble(Status::unavailable("stopping")), Trouble::Away);
        let full = trouble(Status::internal("the disk is full"));
        assert!(matches!(full, Trouble::Other(words) if words.contains("the disk is full")));
    }

    #[test]
    fn a_weak_receipt_key_is_refused() {
        let mut identity = vec![0; 32];
        identity[0] = 1;
        let reply = EnrollReply {
            federation_id: vec![1; 32].into(),
            ente: "c_zz01".into(),
            channel: "counter".into(),
            branch: "centro".into(),
            mode: Mode::Open.into(),
            receipt_key: identity.into(),
            token: "gettone".into(),
            node_proof: Vec::new().into(),
        };
        let (terminal, _) = samples::terminal(Mode::Open);
        let kept = Kept::of(&reply, &terminal.node, terminal.node_key).unwrap();
        assert!(matches!(kept.terminal(SigningKey::from_bytes(&[7; 32])), Err(EnrolmentError::Key(_))));
    }
}
