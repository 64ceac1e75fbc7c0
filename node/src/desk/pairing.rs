//! How a staff PC becomes a desk: it draws random bytes, proves to the node that it holds the pairing code, checks the
//! node's proof, and keeps the node's TLS key with the token that goes with every later call.

use crate::{
    keys::{KeyFileError, create_file, draw},
    kiosk::enrolment::EnrolmentError,
    link::{self, NodeAddress, TlsKey},
};
use faccina_proto::{
    pairing::{PairingCode, Side},
    wire::desk::v1::{PairRequest, desk_client::DeskClient},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};
use tonic::metadata::{Ascii, MetadataValue};

/// Random bytes that name this PC in the pairing, drawn before the code is used, so that a lost answer costs nothing.
const DEVICE_FILE: &str = "device";
const PAIRING_FILE: &str = "desk.toml";

/// A desk of the ente.
#[derive(Clone)]
pub struct Pairing {
    /// `Bearer …`, as every call carries it.
    pub bearer: MetadataValue<Ascii>,
    /// Where the node was reached in the pairing.
    pub node: NodeAddress,
    /// The TLS key that the node proved then.
    pub node_key: TlsKey,
}

impl std::fmt::Debug for Pairing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pairing(..)")
    }
}

/// The pairing as it lies on the disk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    token: String,
    node: String,
    node_key: String,
}

impl Pairing {
    /// Reads the pairing of this directory; `None` when the PC is no desk.
    pub fn load(dir: &Path) -> Result<Option<Self>, EnrolmentError> {
        let path = dir.join(PAIRING_FILE);
        let damaged = |source| EnrolmentError::Damaged { file: path.display().to_string(), source };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(error.into())),
        };
        let kept: Kept = toml::from_str(&text).map_err(|error| damaged(error.into()))?;
        kept.pairing().map(Some).map_err(|error| damaged(error.into()))
    }

    /// Makes this PC a desk with a pairing code.
    pub async fn pair(dir: &Path, code: &str, node: &NodeAddress) -> Result<Self, EnrolmentError> {
        let code = PairingCode::parse(code)?;
        let device = device(&dir.join(DEVICE_FILE))?;
        let unproven = || EnrolmentError::Unproven { node: node.to_string() };
        let connected = link::connect_unproven(node).await;
        let (channel, shown) =
            connected.map_err(|source| EnrolmentError::Node { node: node.to_string(), source })?;
        let node_key = shown.ok_or_else(unproven)?;
        let proof = code.proof(Side::Device, node_key.as_bytes(), &device);
        let request = PairRequest { nonce: device.to_vec().into(), proof: proof.to_vec().into() };
        let answer = DeskClient::new(channel).pair(request).await;
        let reply = answer.map_err(|status| EnrolmentError::of_refusal(&status))?.into_inner();
        if !code.is_proof(&reply.node_proof, Side::Node, node_key.as_bytes(), &device) {
            return Err(unproven());
        }
        let kept = Kept { token: reply.token, node: node.to_string(), node_key: node_key.to_string() };
        let pairing = kept.pairing()?;
        let text = toml::to_string(&kept).map_err(|_| EnrolmentError::Answer("it cannot be kept"))?;
        create_file(&dir.join(PAIRING_FILE), text.as_bytes(), 0o600)?;
        Ok(pairing)
    }

    /// Forgets a pairing that the node has ended, so that another code makes another desk.
    pub fn forget(dir: &Path) -> io::Result<()> {
        for file in [PAIRING_FILE, DEVICE_FILE] {
            match fs::remove_file(dir.join(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Kept {
    fn pairing(&self) -> Result<Pairing, EnrolmentError> {
        Ok(Pairing {
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

fn device(path: &Path) -> Result<[u8; 32], EnrolmentError> {
    let mut device = [0; 32];
    match fs::read_to_string(path) {
        Ok(text) if hex::decode_to_slice(text.trim(), &mut device).is_ok() => Ok(device),
        Ok(_) => Err(EnrolmentError::Damaged {
            file: path.display().to_string(),
            source: "it has not 64 hex digits: remove it".into(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let device = draw()?;
            create_file(path, hex::encode(device).as_bytes(), 0o600)?;
            Ok(device)
        }
        Err(source) => Err(KeyFileError::Io { path: path.to_owned(), source }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_pairing_is_read_back_as_kept_and_forgotten_whole() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Pairing::load(dir.path()).unwrap().is_none());
        let kept = Kept {
            token: "gettone".to_owned(),
            node: "https://127.0.0.1:7443".to_owned(),
            node_key: "ab".repeat(32),
        };
        create_file(&dir.path().join(PAIRING_FILE), toml::to_string(&kept).unwrap().as_bytes(), 0o600)
            .unwrap();
        let pairing = Pairing::load(dir.path()).unwrap().unwrap();
        assert_eq!(
            (pairing.bearer.to_str().unwrap(), pairing.node.to_string()),
            ("Bearer gettone", kept.node)
        );
        let first = device(&dir.path().join(DEVICE_FILE)).unwrap();
        assert_eq!(device(&dir.path().join(DEVICE_FILE)).unwrap(), first);
        let mode = fs::metadata(dir.path().join(DEVICE_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Pairing::forget(dir.path()).unwrap();
        assert!(Pairing::load(dir.path()).unwrap().is_none());
        assert_ne!(device(&dir.path().join(DEVICE_FILE)).unwrap(), first);
    }
}
