//! The signed container of everything: canonical bytes, one signing context for each kind.
//!
//! What is signed is exact bytes; nothing is re-encoded to be verified or relayed (`WIRE.md` 2).

use crate::limits::{ENTRY_PAYLOAD_BYTES_MAX, ENVELOPE_OVERHEAD_BYTES};
use bytes::Bytes;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// What a payload is; part of what is signed, so a payload of one kind is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A ballot in its wrapper, from a terminal to its node.
    Cast = 1,
    /// The node's answer to a counted cast.
    Receipt = 2,
    /// An entry of a feed.
    Entry = 3,
    /// The greeting of a node on a connection.
    Hello = 4,
    /// An ente's request to be admitted.
    Admission = 5,
    /// A terminal's proof that it holds the key it enrols.
    Enrol = 6,
    /// A message of a twinning, from one ente to another.
    Twinning = 7,
    /// How a terminal is, from it to its node.
    Heartbeat = 8,
    /// What a terminal measured in a half-day, from it to its node.
    Report = 9,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Cast,
        Self::Receipt,
        Self::Entry,
        Self::Hello,
        Self::Admission,
        Self::Enrol,
        Self::Twinning,
        Self::Heartbeat,
        Self::Report,
    ];

    /// The number on the wire.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The bytes that precede federation id and payload in what is signed or hashed: `faccina/<kind>/v1\0`.
    pub fn context(self) -> &'static [u8] {
        match self {
            Self::Cast => b"faccina/cast/v1\0",
            Self::Receipt => b"faccina/receipt/v1\0",
            Self::Entry => b"faccina/entry/v1\0",
            Self::Hello => b"faccina/hello/v1\0",
            Self::Admission => b"faccina/admission/v1\0",
            Self::Enrol => b"faccina/enrol/v1\0",
            Self::Twinning => b"faccina/twinning/v1\0",
            Self::Heartbeat => b"faccina/heartbeat/v1\0",
            Self::Report => b"faccina/report/v1\0",
        }
    }
}

/// Bytes that are no envelope, or not the one expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The sender must send less.
    #[error("envelope has {bytes} bytes, at most {bytes_max}")]
    TooLarge {
        /// Its length, in bytes.
        bytes: usize,
        /// The longest allowed, in bytes.
        bytes_max: usize,
    },
    /// Not the one canonical encoding; damaged on the way, or the sender's software is wrong.
    #[error("envelope is not canonical: {0}")]
    Malformed(&'static str),
    /// The sender's software is newer, or it put one kind in another's place.
    #[error("envelope is of kind {found}, expected {expected:?}")]
    Kind {
        /// The kind that the place asks for.
        expected: Kind,
        /// The number found.
        found: u8,
    },
    /// The envelope names another key than the one it is checked with.
    #[error("envelope is signed with key {found}, expected {expected}")]
    WrongKey {
        /// The key it was checked with.
        expected: KeyId,
        /// The key it names.
        found: KeyId,
    },
    /// Forged, damaged, or from another federation; drop it.
    #[error("signature does not hold for key {0} in this federation")]
    Signature(KeyId),
}

/// Bytes that are no usable public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Whoever wrote the key must write 32 bytes.
    #[error("public key has {0} bytes, expected 32")]
    Length(usize),
    /// Not a point of the curve; whoever made the key must make another.
    #[error("public key is not a point of the curve")]
    NotAPoint,
    /// A key of small order signs everything; whoever made it must make another.
    #[error("public key is weak (small order)")]
    Weak,
}

/// Reads a public key: 32 bytes, on the curve, not weak.
pub fn parse_key(bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
    let array: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Length(bytes.len()))?;
    let key = VerifyingKey::from_bytes(&array).map_err(|_| KeyError::NotAPoint)?;
    if key.is_weak() { Err(KeyError::Weak) } else { Ok(key) }
}

/// Names a federation: SHA-256(genesis root key ‖ federation name). Part of all that is signed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FederationId([u8; 32]);

impl FederationId {
    /// Stands in what a terminal signs before it knows its federation: the proof of an enrolment.
    pub const UNKNOWN: Self = Self([0; 32]);

    /// The id of the federation that `root` founded under `name`.
    pub fn of(root: &VerifyingKey, name: &str) -> Self {
        Self(Sha256::new().chain_update(root.as_bytes()).chain_update(name.as_bytes()).finalize().into())
    }

    /// From 32 stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Names signed bytes: SHA-256(context ‖ federation id ‖ payload). Never depends on the signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 32]);

impl Id {
    /// The id of `payload` under `context` (see [`Kind::context`]).
    pub fn of(context: &[u8], federation: &FederationId, payload: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(context).chain_update(federation.0).chain_update(payload);
        Self(hash.finalize().into())
    }

    /// From 32 stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From a field of a message; `None` unless it has 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Names a public key: the first 8 bytes of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The id of `key`.
    pub fn of(key: &VerifyingKey) -> Self {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Self([a, b, c, d, e, f, g, h])
    }

    /// From a field of a message; `None` unless it has 8 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As 8 bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

macro_rules! hex_like {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
hex_like!(FederationId, Id, KeyId);

/// A signed payload, parsed but not yet verified. Cheap to clone: it holds its exact bytes once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    bytes: Bytes,
    kind: u8,
    key_id: KeyId,
    payload: Bytes,
    signature: [u8; 64],
}

// Tags of the four fields: number << 3 | wire type.
const KIND_TAG: u8 = 0x08;
const KEY_ID_TAG: u8 = 0x12;
const PAYLOAD_TAG: u8 = 0x1a;
const SIGNATURE_TAG: u8 = 0x22;

impl Envelope {
    /// Signs `payload`.
    pub fn seal(kind: Kind, federation: &FederationId, key: &SigningKey, payload: &[u8]) -> Self {
        let key_id = KeyId::of(&key.verifying_key());
        let signature = key.sign(&signed_bytes(kind, federation, payload)).to_bytes();
        let mut bytes = Vec::with_capacity(payload.len() + ENVELOPE_OVERHEAD_BYTES);
        bytes.extend([KIND_TAG, kind.number(), KEY_ID_TAG, 8]);
        bytes.extend(key_id.0);
        bytes.push(PAYLOAD_TAG);
        prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
        let start = bytes.len();
        bytes.extend(payload);
        bytes.extend([SIGNATURE_TAG, 64]);
        bytes.extend(signature);
        let bytes = Bytes::from(bytes);
        let payload = bytes.slice(start..start + payload.len());
        Self { bytes, kind: kind.number(), key_id, payload, signature }
    }

    /// Reads an envelope. Only the canonical encoding passes: exactly the four fields, once, in order, nothing else, with
    /// the shortest lengths. The payload has 1 to [`ENTRY_PAYLOAD_BYTES_MAX`] bytes.
    pub fn parse(bytes: Bytes) -> Result<Self, EnvelopeError> {
        let bytes_max = ENTRY_PAYLOAD_BYTES_MAX + ENVELOPE_OVERHEAD_BYTES;
        if bytes.len() > bytes_max {
            return Err(EnvelopeError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let malformed = EnvelopeError::Malformed;
        let [KIND_TAG, kind, KEY_ID_TAG, 8, rest @ ..] = bytes.as_ref() else {
            return Err(malformed("it does not begin with kind and key id"));
        };
        if *kind == 0 || *kind > 0x7f {
            return Err(malformed("its kind is not a number from 1 to 127"));
        }
        let (key_id, rest) = rest.split_first_chunk::<8>().ok_or(malformed("its key id is cut off"))?;
        let [PAYLOAD_TAG, rest @ ..] = rest else {
            return Err(malformed("the payload does not follow the key id"));
        };
        let (length, rest) = canonical_length(rest)?;
        let tail = rest.get(length..).ok_or(malformed("its payload is cut off"))?;
        let [SIGNATURE_TAG, 64, signature @ ..] = tail else {
            return Err(malformed("the signature does not follow the payload"));
        };
        let signature: [u8; 64] =
            signature.try_into().map_err(|_| malformed("its signature is cut off, or bytes follow it"))?;
        let start = bytes.len() - tail.len() - length;
        let payload = bytes.slice(start..start + length);
        Ok(Self { kind: *kind, key_id: KeyId(*key_id), payload, signature, bytes: bytes.clone() })
    }

    /// Verifies kind, key and signature (strictly: no torsion, no weak key).
    pub fn verify(
        &self,
        kind: Kind,
        federation: &FederationId,
        key: &VerifyingKey,
    ) -> Result<(), EnvelopeError> {
        self.expect(kind)?;
        let expected = KeyId::of(key);
        if expected != self.key_id {
            return Err(EnvelopeError::WrongKey { expected, found: self.key_id });
        }
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(&signed_bytes(kind, federation, &self.payload), &signature)
            .map_err(|_| EnvelopeError::Signature(self.key_id))
    }

    /// Checks the kind alone.
    pub fn expect(&self, kind: Kind) -> Result<(), EnvelopeError> {
        if self.kind == kind.number() {
            Ok(())
        } else {
            Err(EnvelopeError::Kind { expected: kind, found: self.kind })
        }
    }

    /// The id of the payload, under the context of `kind`.
    pub fn id(&self, kind: Kind, federation: &FederationId) -> Id {
        Id::of(kind.context(), federation, &self.payload)
    }

    /// The key that is said to have signed.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The signed payload. Decode it only after [`Envelope::verify`].
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The exact bytes, for storing and relaying.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

fn signed_bytes(kind: Kind, federation: &FederationId, payload: &[u8]) -> Vec<u8> {
    [kind.context(), &federation.0, payload].concat()
}

/// Reads a length from 1 to [`ENTRY_PAYLOAD_BYTES_MAX`] in its shortest varint.
fn canonical_length(bytes: &[u8]) -> Result<(usize, &[u8]), EnvelopeError> {
    let (length, rest) = match *bytes {
        [a, ref rest @ ..] if a < 0x80 => (usize::from(a), rest),
        [a, b, ref rest @ ..] if (1..0x80).contains(&b) => {
            (usize::from(a & 0x7f) | usize::from(b) << 7, rest)
        }
        [a, b, c, ref rest @ ..] if b >= 0x80 && (1..0x80).contains(&c) => {
            (usize::from(a & 0x7f) | usize::from(b & 0x7f) << 7 | usize::from(c) << 14, rest)
        }
        _ => return Err(EnvelopeError::Malformed("its payload length is not in the shortest form")),
    };
    if (1..=ENTRY_PAYLOAD_BYTES_MAX).contains(&length) {
        Ok((length, rest))
    } else {
        Err(EnvelopeError::Malformed("its payload is empty or longer than allowed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn federation() -> FederationId {
        FederationId::of(&key().verifying_key(), "Prova")
    }

    #[test]
    fn nothing_replays_as_another_kind_or_elsewhere() {
        let sealed = Envelope::seal(Kind::Cast, &federation(), &key(), b"payload");
        let public = key().verifying_key();
        assert_eq!(sealed.verify(Kind::Cast, &federation(), &public), Ok(()));
        assert!(matches!(
            sealed.verify(Kind::Entry, &federation(), &public),
            Err(EnvelopeError::Kind { .. })
        ));
        let elsewhere = FederationId::of(&public, "Altra");
        assert!(matches!(sealed.verify(Kind::Cast, &elsewhere, &public), Err(EnvelopeError::Signature(_))));
        let mut relabelled = sealed.bytes().to_vec();
        relabelled[1] = Kind::Entry.number();
        let relabelled = Envelope::parse(relabelled.into()).unwrap();
        assert!(matches!(
            relabelled.verify(Kind::Entry, &federation(), &public),
            Err(EnvelopeError::Signature(_))
        ));
    }

    #[test]
    fn other_encodings_of_the_same_fields_are_malformed() {
        let sealed = Envelope::seal(Kind::Entry, &federation(), &key(), b"abc").bytes().to_vec();
        let mut extended = sealed.clone();
        extended.extend([0x28, 1]);
        let mut long_length = sealed[..13].to_vec();
        long_length.extend([0x83, 0x00]);
        long_length.extend(&sealed[14..]);
        let mut long_kind = vec![0x08, 0x83, 0x00];
        long_kind.extend(&sealed[2..]);
        for wrong in [extended, long_length, long_kind, Vec::new()] {
            assert!(matches!(Envelope::parse(wrong.into()), Err(EnvelopeError::Malformed(_))));
        }
    }

    #[test]
    fn weak_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(parse_key(&identity), Err(KeyError::Weak));
        assert_eq!(parse_key(&[1; 31]), Err(KeyError::Length(31)));
    }

    proptest! {
        #[test]
        fn parse_of_seal_is_the_same(payload in proptest::collection::vec(any::<u8>(), 1..40_000)) {
            let sealed = Envelope::seal(Kind::Entry, &federation(), &key(), &payload);
            let parsed = Envelope::parse(sealed.bytes().clone()).unwrap();
            prop_assert_eq!(&parsed, &sealed);
            prop_assert_eq!(parsed.payload().as_ref(), payload.as_slice());
        }

        #[test]
        fn parse_never_panics_and_is_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(parsed) = Envelope::parse(bytes.clone().into()) {
                prop_assert_eq!(parsed.bytes().as_ref(), bytes.as_slice());
            }
        }

        #[test]
        fn a_changed_byte_never_verifies(at in 0usize..90, flip in 1u8..=255) {
            let mut bytes = Envelope::seal(Kind::Entry, &federation(), &key(), b"dieci byte").bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let outcome = Envelope::parse(bytes.into())
                .and_then(|e| e.verify(Kind::Entry, &federation(), &key().verifying_key()));
            prop_assert!(outcome.is_err());
        }
    }
}
