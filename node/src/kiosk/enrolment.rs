//! How a device becomes a terminal: it draws its key, proves with it to the node that it holds the pairing code, and keeps
//! what the node says it is. The key never leaves the device.

use crate::{
    device::pairing::{Granted, Pairing, PairingError, keep, read_kept},
    keys::{KeyFileError, KeyKind, create_signing, load_signing},
    link::NodeAddress,
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    admission::COUNTER,
    envelope::{Envelope, FederationId, KeyId, Kind, parse_key},
    names::{Code, IpaCode},
    pairing::PairingCode,
    wire::terminal::v1::{EnrollReply, EnrollRequest, Mode, terminal_client::TerminalClient},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const KEY_FILE: &str = "terminal.key";
const ENROLMENT_FILE: &str = "enrolment.toml";
/// Where a terminal is paired again, so that it stays what it is until it is another.
const AGAIN_DIR: &str = "pair-again";

/// Where the terminal of this directory is paired again.
pub fn again_in(dir: &Path) -> PathBuf {
    dir.join(AGAIN_DIR)
}

/// Whether it was paired again, and has still to become that terminal.
pub fn is_paired_again(dir: &Path) -> bool {
    again_in(dir).join(ENROLMENT_FILE).exists()
}

/// Puts the new pairing in the place of the one before. Stopped at whatever instant, it is gone on with by another call.
pub fn take_over(dir: &Path) -> Result<(), PairingError> {
    let again = again_in(dir);
    // The enrolment comes last: as long as it is there, there is something to go on with.
    for file in [KEY_FILE, ENROLMENT_FILE] {
        match fs::rename(again.join(file), dir.join(file)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(KeyFileError::Io { path: dir.join(file), source }.into());
            }
            Ok(()) | Err(_) => {}
        }
    }
    // An empty directory that stays does no harm.
    let _ = fs::remove_dir(again);
    Ok(())
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
    /// With its node.
    pub pairing: Pairing,
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
    pub fn load(dir: &Path) -> Result<Option<Self>, PairingError> {
        let path = dir.join(ENROLMENT_FILE);
        let Some(kept) = read_kept::<Kept>(&path)? else { return Ok(None) };
        let key = load_signing(&dir.join(KEY_FILE), KeyKind::Terminal)?;
        kept.terminal(key).map(Some).map_err(|error| PairingError::damaged(&path, error))
    }

    /// Makes this device a terminal with a pairing code, drawing its key if it has none yet.
    pub async fn enrol(dir: &Path, code: &str, node: &NodeAddress) -> Result<Self, PairingError> {
        let code = PairingCode::parse(code)?;
        let key_file = dir.join(KEY_FILE);
        let key = match load_signing(&key_file, KeyKind::Terminal) {
            Err(KeyFileError::Missing { .. }) => create_signing(&key_file, KeyKind::Terminal)?,
            other => other?,
        };
        let device = key.verifying_key().to_bytes();
        let ask = |channel, proof: [u8; 32]| {
            let signed = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, &proof).bytes().clone();
            async move {
                let request = EnrollRequest { public_key: device.to_vec().into(), proof: signed };
                let reply = TerminalClient::new(channel).enroll(request).await?.into_inner();
                Ok((Granted { node_proof: reply.node_proof.clone(), token: reply.token.clone() }, reply))
            }
        };
        let (pairing, reply) = Pairing::prove(&code, node, &device, ask).await?;
        let kept = Kept::of(&reply, pairing);
        let terminal = kept.clone().terminal(key)?;
        keep(&dir.join(ENROLMENT_FILE), &kept)?;
        Ok(terminal)
    }
}

/// The enrolment as it lies on the disk.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    federation: String,
    ente: String,
    channel: String,
    branch: String,
    mode: String,
    receipt_key: String,
    pairing: Pairing,
}

impl Kept {
    fn of(reply: &EnrollReply, pairing: Pairing) -> Self {
        Self {
            federation: hex::encode(&reply.federation_id),
            ente: reply.ente.clone(),
            channel: reply.channel.clone(),
            branch: reply.branch.clone(),
            mode: reply.mode().as_str_name().to_owned(),
            receipt_key: hex::encode(&reply.receipt_key),
            pairing,
        }
    }

    fn terminal(self, key: SigningKey) -> Result<Terminal, PairingError> {
        let mut federation = [0; 32];
        hex::decode_to_slice(&self.federation, &mut federation)
            .map_err(|_| PairingError::Answer("the federation id has not 32 bytes"))?;
        let receipt_key =
            hex::decode(&self.receipt_key).map_err(|_| PairingError::Answer("the receipt key is no hex"))?;
        let mode = match Mode::from_str_name(&self.mode) {
            None | Some(Mode::Unspecified) => return Err(PairingError::Answer("the mode is unknown")),
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
            pairing: self.pairing,
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
            pairing: Pairing::new(
                "sample".to_owned(),
                "https://127.0.0.1:7443".parse().unwrap(),
                "ab".repeat(32).parse().unwrap(),
            )
            .unwrap(),
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
        keep(&dir.path().join(ENROLMENT_FILE), &Kept::of(&reply, terminal.pairing)).unwrap();
        let key = create_signing(&dir.path().join(KEY_FILE), KeyKind::Terminal).unwrap();
        let read = Terminal::load(dir.path()).unwrap().unwrap();
        assert_eq!(read.id(), KeyId::of(&key.verifying_key()));
        assert_eq!((read.federation, read.mode), (terminal.federation, Mode::Open));
        assert_eq!(read.receipt_key, receipts.verifying_key());
        assert_eq!(read.pairing.bearer, "Bearer sample");
    }

    #[test]
    fn a_new_pairing_takes_the_place_of_the_old_also_when_it_is_stopped_between() {
        let dir = tempfile::tempdir().unwrap();
        let write = |place: &Path, text: &str| {
            fs::create_dir_all(place).unwrap();
            for file in [KEY_FILE, ENROLMENT_FILE] {
                fs::write(place.join(file), text).unwrap();
            }
        };
        write(dir.path(), "old");
        write(&again_in(dir.path()), "new");
        fs::rename(again_in(dir.path()).join(KEY_FILE), dir.path().join(KEY_FILE)).unwrap();
        assert!(is_paired_again(dir.path()));
        take_over(dir.path()).unwrap();
        for file in [KEY_FILE, ENROLMENT_FILE] {
            assert_eq!(fs::read_to_string(dir.path().join(file)).unwrap(), "new");
        }
        assert!(!is_paired_again(dir.path()) && !again_in(dir.path()).exists());
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
        let kept = Kept::of(&reply, terminal.pairing);
        assert!(matches!(kept.terminal(SigningKey::from_bytes(&[7; 32])), Err(PairingError::Key(_))));
    }
}
