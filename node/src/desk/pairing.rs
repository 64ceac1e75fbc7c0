//! How a staff PC becomes a desk: it draws random bytes that name it, and proves with them to the node that it holds the
//! pairing code.

use crate::{
    device::pairing::{Granted, Pairing, PairingError, keep, read_kept},
    keys::{KeyFileError, create_file, draw},
    link::NodeAddress,
    short_file::{self, SHORT_BYTES_MAX},
};
use faccina_proto::{
    pairing::PairingCode,
    wire::desk::v1::{PairRequest, desk_client::DeskClient},
};
use std::{fs, io, path::Path};

/// Random bytes that name this PC in the pairing.
const DEVICE_FILE: &str = "device";
const PAIRING_FILE: &str = "desk.toml";

/// Reads the pairing of this directory; `None` when the PC is no desk.
pub fn load(dir: &Path) -> Result<Option<Pairing>, PairingError> {
    read_kept(&dir.join(PAIRING_FILE))
}

/// Makes this PC a desk with a pairing code.
pub async fn pair(dir: &Path, code: &str, node: &NodeAddress) -> Result<Pairing, PairingError> {
    let code = PairingCode::parse(code)?;
    let device = device(&dir.join(DEVICE_FILE))?;
    let ask = |channel, proof: [u8; 32]| async move {
        let request = PairRequest { nonce: device.to_vec().into(), proof: proof.to_vec().into() };
        let reply = DeskClient::new(channel).pair(request).await?.into_inner();
        Ok((Granted { node_proof: reply.node_proof, token: reply.token }, ()))
    };
    let (pairing, ()) = Pairing::prove(&code, node, &device, ask).await?;
    keep(&dir.join(PAIRING_FILE), &pairing)?;
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

fn device(path: &Path) -> Result<[u8; 32], PairingError> {
    let mut device = [0; 32];
    match short_file::text(path, SHORT_BYTES_MAX) {
        Ok(text) if hex::decode_to_slice(text.trim(), &mut device).is_ok() => Ok(device),
        Ok(_) => Err(PairingError::damaged(path, "it has not 64 hex digits: remove it")),
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
    fn a_pairing_is_forgotten_whole() {
        let dir = tempfile::tempdir().unwrap();
        let node = "https://127.0.0.1:7443".parse().unwrap();
        let pairing = Pairing::new("gettone".to_owned(), node, "ab".repeat(32).parse().unwrap()).unwrap();
        keep(&dir.path().join(PAIRING_FILE), &pairing).unwrap();
        let first = device(&dir.path().join(DEVICE_FILE)).unwrap();
        assert_eq!(device(&dir.path().join(DEVICE_FILE)).unwrap(), first);
        let mode = fs::metadata(dir.path().join(DEVICE_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(load(dir.path()).unwrap().is_some());
        forget(dir.path()).unwrap();
        assert!(load(dir.path()).unwrap().is_none());
        assert_ne!(device(&dir.path().join(DEVICE_FILE)).unwrap(), first);
    }
}
