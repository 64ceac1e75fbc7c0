//! A signature whose R has a torsion component: batch verification accepts it, strict verification must not.

use curve25519_dalek::{EdwardsPoint, Scalar, constants::ED25519_BASEPOINT_TABLE, constants::EIGHT_TORSION};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use faccina_proto::{
    admission::{Refusal, verify_cast},
    ballot::Cast,
    envelope::{Envelope, EnvelopeError, FederationId, Id, KeyId, Kind},
    names::Code,
    terminals::{Leftover, Mode, State, TerminalList, TerminalRecord},
};
use sha2::{Digest, Sha512};

use crate::golden::{ballot, federation};

fn challenge(r: &EdwardsPoint, key: &VerifyingKey, message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r.compress().as_bytes()).chain_update(key.as_bytes());
    Scalar::from_bytes_mod_order_wide(&hash.chain_update(message).finalize().into())
}

/// Signs `message` with R = rB + torsion.
fn torsioned(key: &SigningKey, message: &[u8], torsion: EdwardsPoint) -> Signature {
    let nonce = Scalar::from_bytes_mod_order_wide(&Sha512::digest([b"nonce", message].concat()).into());
    let r = ED25519_BASEPOINT_TABLE * &nonce + torsion;
    let s = nonce + challenge(&r, &key.verifying_key(), message) * key.to_scalar();
    Signature::from_components(r.compress().to_bytes(), s.to_bytes())
}

/// The equation that batch verification checks: times the cofactor 8, torsion vanishes.
fn cofactored_equation_holds(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
    let point =
        |bytes: &[u8; 32]| curve25519_dalek::edwards::CompressedEdwardsY(*bytes).decompress().unwrap();
    let (r, a) = (point(signature.r_bytes()), point(key.as_bytes()));
    let s = Scalar::from_canonical_bytes(*signature.s_bytes()).unwrap();
    let difference = ED25519_BASEPOINT_TABLE * &s - r - challenge(&r, key, message) * a;
    difference.mul_by_cofactor() == EdwardsPoint::default()
}

/// A canonical envelope around `payload` whose signature has `torsion` in its R.
pub(crate) fn sealed_with_torsion(
    kind: Kind,
    federation: &FederationId,
    key: &SigningKey,
    payload: &[u8],
    torsion: usize,
) -> Vec<u8> {
    let message = [kind.context(), federation.as_bytes(), payload].concat();
    let signature = torsioned(key, &message, EIGHT_TORSION[torsion]);
    assert!(cofactored_equation_holds(&key.verifying_key(), &message, &signature));
    let mut bytes = Envelope::seal(kind, federation, key, payload).bytes().to_vec();
    let start = bytes.len() - 64;
    bytes[start..].copy_from_slice(&signature.to_bytes());
    bytes
}

fn cast(key: &SigningKey) -> (Cast, TerminalList) {
    let ballot = ballot();
    let record = TerminalRecord {
        key: key.verifying_key(),
        name: String::new(),
        channel: ballot.channel.clone(),
        branch: ballot.branch.clone(),
        services: [ballot.service.clone()].into_iter().collect::<std::collections::BTreeSet<Code>>(),
        mode: Mode::Attended,
        state: State::Active,
        hours: Vec::new(),
        leftover: Leftover::Undecided,
        enrolled: None,
    };
    let mut list = TerminalList::default();
    list.insert(record).unwrap();
    let cast = Cast {
        ballot_bytes: ballot.encode().into(),
        day: ballot.month.last_day(),
        ballot,
        terminal: KeyId::of(&key.verifying_key()),
        invite_hash: None,
        attended: true,
    };
    (cast, list)
}

#[test]
fn a_torsioned_signature_is_refused_at_intake_and_on_an_entry() {
    let key = SigningKey::from_bytes(&[2; 32]);
    let (cast, list) = cast(&key);
    let ente = cast.ballot.ente.clone();
    for torsion in 1..EIGHT_TORSION.len() {
        let bytes = sealed_with_torsion(Kind::Cast, &federation(), &key, &cast.encode(), torsion);
        let rejected = verify_cast(bytes.into(), &federation(), &list, &ente).unwrap_err();
        let key_id = KeyId::of(&key.verifying_key());
        assert_eq!(rejected.refusal, Refusal::Signature(EnvelopeError::Signature(key_id)));

        let bytes = sealed_with_torsion(Kind::Entry, &federation(), &key, b"an entry", torsion);
        let entry = Envelope::parse(bytes.into()).unwrap();
        let outcome = entry.verify(Kind::Entry, &federation(), &key.verifying_key());
        assert_eq!(outcome, Err(EnvelopeError::Signature(key_id)));
    }
}

#[test]
fn the_same_construction_without_torsion_is_accepted() {
    let key = SigningKey::from_bytes(&[2; 32]);
    let (cast, list) = cast(&key);
    let bytes = sealed_with_torsion(Kind::Cast, &federation(), &key, &cast.encode(), 0);
    let verified = verify_cast(bytes.into(), &federation(), &list, &cast.ballot.ente).unwrap();
    assert_eq!(
        verified.id(),
        Id::of(faccina_proto::ballot::Ballot::CONTEXT, &federation(), &cast.ballot_bytes)
    );
}
