//! How a device is paired with a node: it proves that it holds the pairing code, checks the node's proof, and keeps the
//! node's TLS key with the token that goes with every later call. What names the device is drawn before the code is used,
//! so that a lost answer costs nothing.

use crate::{
    keys::{KeyFileError, check_digits},
    link::{self, NodeAddress, TlsKey},
    setup::Trouble,
    short_file::{self, SHORT_BYTES_MAX},
    telling::sentence,
};
use bytes::Bytes;
use faccina_proto::{
    crockford::TypedCodeError,
    envelope::KeyError,
    names::NameError,
    pairing::{PairingCode, Side},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{future::Future, io, path::Path};
use tonic::{
    Code, Status,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};

/// Why a device is not paired.
#[derive(Debug, thiserror::Error)]
pub enum PairingError {
    /// Ask the ente's IT for address and code and give them once.
    #[error(
        "this device is not paired yet: ask for a pairing code (`faccina terminal add` or `faccina counter add` on the node) and give it as --node and --code"
    )]
    NoCode,
    /// Say where the node is.
    #[error(
        "the code alone does not say where the node is: give its address too, as --node https://192.168.1.20:7443"
    )]
    NoNode,
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
    /// Check the address.
    #[error("no node of an ente answers at {node}: check the address")]
    NoEnte {
        /// The address.
        node: String,
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
    /// Update the device or the node.
    #[error("the node's answer to the code cannot be understood: {0}")]
    Answer(&'static str),
    /// Update the device or the node.
    #[error("the node's answer to the code holds a wrong name")]
    Name(#[from] NameError),
    /// Update the device or the node.
    #[error("the node's answer to the code holds a wrong receipt key")]
    Key(#[from] KeyError),
    /// See its own message.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Restore the file from a backup, or pair the device anew in an empty directory.
    #[error("{file} cannot be read")]
    Damaged {
        /// Its path.
        file: String,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl PairingError {
    /// What the node answers where it does not pair.
    fn of_refusal(status: &Status, node: &NodeAddress) -> Self {
        let words = status.message().to_owned();
        match status.code() {
            Code::PermissionDenied => Self::Refused(words),
            Code::Unimplemented => Self::NoEnte { node: node.to_string() },
            Code::FailedPrecondition => Self::ForAnother(words),
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded => {
                Self::NoAnswer(words)
            }
            Code::Ok
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Internal
            | Code::DataLoss
            | Code::Unauthenticated => Self::Failed(words),
        }
    }

    /// A file of the device that is not as it was left.
    pub fn damaged(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Damaged { file: path.display().to_string(), source: source.into() }
    }
}

impl From<&PairingError> for Trouble {
    fn from(error: &PairingError) -> Self {
        match error {
            PairingError::Code(_) => Self::Code,
            PairingError::Node { .. } | PairingError::NoEnte { .. } | PairingError::NoAnswer(_) => Self::Away,
            PairingError::Unproven { .. } => Self::Unproven,
            PairingError::Refused(_) => Self::Refused,
            PairingError::ForAnother(_) => Self::Another,
            PairingError::NoCode
            | PairingError::NoNode
            | PairingError::Failed(_)
            | PairingError::Answer(_)
            | PairingError::Name(_)
            | PairingError::Key(_)
            | PairingError::File(_)
            | PairingError::Damaged { .. } => Self::Other(sentence(error)),
        }
    }
}

/// What a device keeps of its pairing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Pairing {
    /// `Bearer …`, as every call carries it.
    pub bearer: MetadataValue<Ascii>,
    /// Where the node was reached in the pairing.
    pub node: NodeAddress,
    /// The TLS key that the node proved then.
    pub node_key: TlsKey,
    token: String,
}

impl std::fmt::Debug for Pairing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pairing(..)")
    }
}

/// The pairing as it lies on the disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    token: String,
    node: String,
    node_key: String,
}

impl TryFrom<Kept> for Pairing {
    type Error = PairingError;

    fn try_from(kept: Kept) -> Result<Self, PairingError> {
        let node = kept.node.parse().map_err(PairingError::Answer)?;
        let node_key =
            kept.node_key.parse().map_err(|_| PairingError::Answer("the node's TLS key is no hex"))?;
        Self::new(kept.token, node, node_key)
    }
}

impl From<Pairing> for Kept {
    fn from(pairing: Pairing) -> Self {
        Self { token: pairing.token, node: pairing.node.to_string(), node_key: pairing.node_key.to_string() }
    }
}

/// What a node answers to a proven code, beside what is special to the device.
#[derive(Debug)]
pub struct Granted {
    /// Bytes of [`PairingCode::proof`] of the node's side.
    pub node_proof: Bytes,
    /// Goes with every later call.
    pub token: String,
}

impl Pairing {
    /// What is kept of a node that proved this key.
    pub fn new(token: String, node: NodeAddress, node_key: TlsKey) -> Result<Self, PairingError> {
        let bearer = format!("Bearer {token}")
            .parse()
            .map_err(|_| PairingError::Answer("the token has characters that no header may hold"))?;
        Ok(Self { bearer, node, node_key, token })
    }

    /// Proves the code to whoever answers at `node`, for the device that these bytes name; `ask` makes the call with the proof.
    /// The answer is believed only with the node's own proof.
    pub async fn prove<R, F>(
        code: &PairingCode,
        node: &NodeAddress,
        device: &[u8; 32],
        ask: impl FnOnce(Channel, [u8; 32]) -> F,
    ) -> Result<(Self, R), PairingError>
    where
        F: Future<Output = Result<(Granted, R), Status>>,
    {
        let unproven = || PairingError::Unproven { node: node.to_string() };
        let connected = link::connect_unproven(node).await;
        let (channel, shown) =
            connected.map_err(|source| PairingError::Node { node: node.to_string(), source })?;
        let node_key = shown.ok_or_else(unproven)?;
        let proof = code.proof(Side::Device, node_key.as_bytes(), device);
        let (granted, answer) =
            ask(channel, proof).await.map_err(|status| PairingError::of_refusal(&status, node))?;
        if !code.is_proof(&granted.node_proof, Side::Node, node_key.as_bytes(), device) {
            return Err(unproven());
        }
        Ok((Self::new(granted.token, node.clone(), node_key)?, answer))
    }
}

/// What the last line begins with of a file that a device keeps: check digits over all before it follow. One wrong letter
/// would be a token, an ente or a federation too. Files of earlier versions have no such line.
const CHECK: &str = "# check ";

/// Reads what a device keeps; `None` where there is no such file.
pub fn read_kept<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, PairingError> {
    let text = match short_file::text(path, SHORT_BYTES_MAX) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(PairingError::damaged(path, error)),
    };
    let changed = || {
        let cause = "it is cut short or was changed: restore it, or remove it and pair this device again with a new code";
        PairingError::damaged(path, cause)
    };
    if let Some((kept, check)) = text.rsplit_once(CHECK)
        && check.trim_end() != check_digits("device", kept)
    {
        return Err(changed());
    }
    // What is wrong with it would be told with the line, in which the token stands.
    toml::from_str(&text).map(Some).map_err(|_| changed())
}

/// Writes what a device keeps, for its own user alone.
pub fn keep(path: &Path, kept: &impl Serialize) -> Result<(), PairingError> {
    let mut text = toml::to_string(kept).map_err(|_| PairingError::Answer("it cannot be kept"))?;
    let check = check_digits("device", &text);
    text.extend([CHECK, &check, "\n"]);
    Ok(crate::keys::create_file(path, text.as_bytes(), 0o600)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_an_unknown_code_is_called_so() {
        let node = "https://127.0.0.1:7443".parse().unwrap();
        let trouble = |status| Trouble::from(&PairingError::of_refusal(&status, &node));
        assert_eq!(trouble(Status::permission_denied("unknown")), Trouble::Refused);
        assert_eq!(trouble(Status::failed_precondition("a desk's")), Trouble::Another);
        assert_eq!(trouble(Status::unavailable("stopping")), Trouble::Away);
        assert_eq!(trouble(Status::unimplemented("")), Trouble::Away);
        let full = trouble(Status::internal("the disk is full"));
        assert!(matches!(full, Trouble::Other(words) if words.contains("the disk is full")));
    }

    #[test]
    fn a_pairing_is_read_back_as_kept_and_a_damaged_one_names_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pairing.toml");
        assert!(read_kept::<Pairing>(&path).unwrap().is_none());
        let node: NodeAddress = "https://127.0.0.1:7443".parse().unwrap();
        let pairing = Pairing::new("gettone".to_owned(), node, "ab".repeat(32).parse().unwrap()).unwrap();
        keep(&path, &pairing).unwrap();
        let read: Pairing = read_kept(&path).unwrap().unwrap();
        assert_eq!(read.bearer, "Bearer gettone");
        assert_eq!((&read.node, read.node_key), (&pairing.node, pairing.node_key));
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, damaged).unwrap();
            // What is read all the same is what was kept.
            if let Ok(read) = read_kept::<Pairing>(&path) {
                let read = read.unwrap();
                let same = (&read.bearer, &read.node, read.node_key)
                    == (&pairing.bearer, &pairing.node, pairing.node_key);
                assert!(same, "bit {bit}");
            }
        }
        fs::write(&path, "token = \"gettone\"\nnode = \"http://elsewhere\"\nnode_key = \"\"\n").unwrap();
        let damaged = read_kept::<Pairing>(&path).unwrap_err();
        assert!(damaged.to_string().contains("pairing.toml"), "{damaged}");
        fs::write(&path, "node = \"https://127.0.0.1:7443\"\ntoken = \"gettone").unwrap();
        let cut = read_kept::<Pairing>(&path).unwrap_err();
        let (words, detail) = (sentence(&cut), format!("{cut:?}"));
        assert!(words.contains("remove it and pair this device again"), "{words}");
        assert!(!words.contains("gettone") && !detail.contains("gettone"), "{words} {detail}");
    }
}
