//! How a device and a node come to trust each other: both hold a code that a person carried from one to the other.
//!
//! The code has 80 random bits, lives for minutes and pairs one device. It is never sent. Each side sends a MAC under it
//! over the TLS key that it shows or sees: HMAC-SHA-256(code, `faccina/pairing/v1\0` ‖ side ‖ SHA-256 of the node's public
//! key as DER SubjectPublicKeyInfo ‖ the device's bytes). Whoever stands between them shows another key and can make
//! neither MAC; 80 bits cannot be searched from one that was overheard. So the device knows afterwards which TLS key to
//! trust for good, without a certificate carried by hand.

use crate::{
    crockford::{self, TypedCodeError},
    limits::PAIRING_CODE_CHARS,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// Which side proves that it holds the code. A proof of one side never stands for the other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The device that is to be paired.
    Device,
    /// The node that gave the code out.
    Node,
}

/// 80 random bits as 16 Crockford characters, upper-case, without separators.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode([u8; PAIRING_CODE_CHARS]);

impl PairingCode {
    /// The code of the lowest 80 bits of `random`.
    pub fn from_random(random: u128) -> Self {
        Self(crockford::write(random))
    }

    /// Reads what a person types: case, spaces and hyphens do not matter, O is 0, I and L are 1.
    pub fn parse(text: &str) -> Result<Self, TypedCodeError> {
        crockford::read(text).map(Self)
    }

    /// The proof of one side, 32 bytes. `node_key` is SHA-256 of the node's TLS key (DER SubjectPublicKeyInfo), `device` what
    /// the device chose: its public key, or random bytes.
    pub fn proof(&self, side: Side, node_key: &[u8; 32], device: &[u8; 32]) -> [u8; 32] {
        self.mac(side, node_key, device).finalize().into_bytes().into()
    }

    /// Whether `proof` is that of the other side; takes the same time for all wrong ones.
    pub fn is_proof(&self, proof: &[u8], side: Side, node_key: &[u8; 32], device: &[u8; 32]) -> bool {
        self.mac(side, node_key, device).verify_slice(proof).is_ok()
    }

    fn mac(&self, side: Side, node_key: &[u8; 32], device: &[u8; 32]) -> Hmac<Sha256> {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"faccina/pairing/v1\0");
        mac.update(match side {
            Side::Device => &[1],
            Side::Node => &[2],
        });
        mac.update(node_key);
        mac.update(device);
        mac
    }
}

/// Printed in groups of four.
impl fmt::Display for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crockford::show(&self.0, &[4, 8, 12], f)
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingCode(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_side_proves_the_code_for_one_key_and_one_device() {
        let code = PairingCode::from_random(0x0123_4567_89ab_cdef_0123);
        let proof = code.proof(Side::Device, &[1; 32], &[2; 32]);
        assert!(code.is_proof(&proof, Side::Device, &[1; 32], &[2; 32]));
        assert!(!code.is_proof(&proof, Side::Node, &[1; 32], &[2; 32]));
        assert!(!code.is_proof(&proof, Side::Device, &[9; 32], &[2; 32]));
        assert!(!code.is_proof(&proof, Side::Device, &[1; 32], &[9; 32]));
        assert!(!code.is_proof(&proof[..31], Side::Device, &[1; 32], &[2; 32]));
        let other = PairingCode::from_random(1);
        assert!(!other.is_proof(&proof, Side::Device, &[1; 32], &[2; 32]));
    }

    proptest! {
        #[test]
        fn a_printed_code_reads_back(random in any::<u128>()) {
            let code = PairingCode::from_random(random);
            prop_assert_eq!(PairingCode::parse(&code.to_string().to_lowercase()), Ok(code.clone()));
            prop_assert_eq!(code == PairingCode::from_random(random ^ (1 << 79)), false);
        }

        #[test]
        fn parse_never_panics(text in ".{0,24}") {
            let _ = PairingCode::parse(&text);
        }
    }
}
