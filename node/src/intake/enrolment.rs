//! One-time codes by which a new terminal takes its place in the list.
//!
//! A code is drawn for one terminal to be, lives for a quarter of an hour, and is kept in memory only: restarting the
//! node voids it. It has 50 random bits; wrong codes are counted over all callers and at most
//! [`WRONG_CODES_PER_MINUTE_MAX`] are heard in a minute, so guessing one in its life has a chance below 10^-9.
//! The same key may use its code again while it lives, because the reply can be lost on the way.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use faccina_proto::envelope::{Envelope, EnvelopeError, FederationId, KeyError, Kind, parse_key};
use faccina_proto::invites::PaperInvite;
use faccina_proto::names::Code;
use faccina_proto::terminals::{Mode, OpeningHours, State, TerminalRecord};
use rand::{TryRng, rngs::SysRng};

/// Life of a code: time to walk from the node to the counter.
pub const CODE_LIFE_S: u64 = 15 * 60;
/// Codes that wait at one time.
pub(crate) const CODES_MAX: usize = 256;
/// Wrong codes heard in one minute, over all callers.
pub(crate) const WRONG_CODES_PER_MINUTE_MAX: u32 = 30;

/// What the ente's IT decides about a terminal before the device exists.
#[derive(Debug, Clone)]
pub struct Place {
    /// The ente's own name for it.
    pub name: String,
    /// Its channel.
    pub channel: Code,
    /// Its branch.
    pub branch: Code,
    /// The services it collects votes for.
    pub services: BTreeSet<Code>,
    /// How the right to vote is given at it.
    pub mode: Mode,
    /// When its office is open; empty = unknown.
    pub hours: Vec<OpeningHours>,
}

/// Why a code is not given or not taken. Display = what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
    /// Codes that nobody used fill the list; they end by themselves.
    #[error("{CODES_MAX} codes wait to be used: use them, or wait {} minutes", CODE_LIFE_S / 60)]
    TooManyCodes,
    /// Mistyped, used by another device, or older than its life.
    #[error("the code is not valid here, or no longer: ask for a new one (it lives {} minutes)", CODE_LIFE_S / 60)]
    UnknownCode,
    /// Somebody tries codes.
    #[error("too many wrong codes: wait a minute and try again")]
    TooManyTries,
    /// The device's software is wrong.
    #[error("the device's key is unusable: update its software")]
    Key(#[from] KeyError),
    /// The device's software is wrong.
    #[error("the proof that the device holds its key does not hold: update its software")]
    Proof(#[from] EnvelopeError),
    /// The device's software is wrong.
    #[error("the proof was made for another code: update the device's software")]
    ProofOfAnother,
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// The codes that wait.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    waiting: BTreeMap<[u8; 32], Waiting>,
    minute: u64,
    wrong: u32,
}

#[derive(Debug)]
struct Waiting {
    place: Place,
    until_unix_s: u64,
    used_by: Option<VerifyingKey>,
}

impl Codes {
    /// Draws a code for a terminal to be.
    pub(crate) fn draw(&mut self, place: Place, now_unix_s: u64) -> Result<String, EnrolmentError> {
        self.waiting.retain(|_, waiting| waiting.until_unix_s > now_unix_s);
        if self.waiting.len() >= CODES_MAX {
            return Err(EnrolmentError::TooManyCodes);
        }
        let random = SysRng.try_next_u64().map_err(|_| EnrolmentError::NoRandomness)?;
        // The same alphabet as invites on paper: made to be read aloud and typed.
        let code = PaperInvite::from_random(random);
        let until_unix_s = now_unix_s.saturating_add(CODE_LIFE_S);
        self.waiting.insert(*code.hash().as_bytes(), Waiting { place, until_unix_s, used_by: None });
        Ok(code.to_string())
    }

    /// The terminal that a device becomes with this code, key and proof.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        public_key: &[u8],
        proof: Bytes,
        now_unix_s: u64,
    ) -> Result<TerminalRecord, EnrolmentError> {
        if self.minute != now_unix_s / 60 {
            self.minute = now_unix_s / 60;
            self.wrong = 0;
        }
        if self.wrong >= WRONG_CODES_PER_MINUTE_MAX {
            return Err(EnrolmentError::TooManyTries);
        }
        let key = parse_key(public_key)?;
        let proof = Envelope::parse(proof)?;
        proof.verify(Kind::Enrol, &FederationId::UNKNOWN, &key)?;
        if proof.payload() != code.as_bytes() {
            return Err(EnrolmentError::ProofOfAnother);
        }
        let hash = PaperInvite::parse(code).map(|code| *code.hash().as_bytes()).ok();
        let waiting = hash.and_then(|hash| self.waiting.get_mut(&hash)).filter(|waiting| {
            waiting.until_unix_s > now_unix_s && waiting.used_by.is_none_or(|used_by| used_by == key)
        });
        let Some(waiting) = waiting else {
            self.wrong += 1;
            return Err(EnrolmentError::UnknownCode);
        };
        waiting.used_by = Some(key);
        let Place { name, channel, branch, services, mode, hours } = waiting.place.clone();
        Ok(TerminalRecord { key, name, channel, branch, services, mode, state: State::Active, hours })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    fn place() -> Place {
        let code = |code: &str| code.parse().unwrap();
        Place {
            name: "Sportello 1".to_owned(),
            channel: code("counter"),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe")]),
            mode: Mode::Open,
            hours: Vec::new(),
        }
    }

    fn redeem(codes: &mut Codes, code: &str, key: u8, now: u64) -> Result<TerminalRecord, EnrolmentError> {
        let key = SigningKey::from_bytes(&[key; 32]);
        let proof = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, code.as_bytes());
        codes.redeem(code, key.verifying_key().as_bytes(), proof.bytes().clone(), now)
    }

    #[test]
    fn a_code_is_for_one_device() {
        let mut codes = Codes::default();
        let code = codes.draw(place(), 1000).unwrap();
        let record = redeem(&mut codes, &code, 1, 1001).unwrap();
        assert_eq!((record.name.as_str(), record.state), ("Sportello 1", State::Active));
        assert_eq!(redeem(&mut codes, &code, 1, 1002), Ok(record), "its reply was lost");
        assert_eq!(redeem(&mut codes, &code, 2, 1003), Err(EnrolmentError::UnknownCode));
    }

    #[test]
    fn a_code_ends_with_its_life() {
        let mut codes = Codes::default();
        let code = codes.draw(place(), 1000).unwrap();
        assert_eq!(redeem(&mut codes, &code, 1, 1000 + CODE_LIFE_S), Err(EnrolmentError::UnknownCode));
    }

    #[test]
    fn typing_does_not_mind_case_and_hyphens() {
        let mut codes = Codes::default();
        let code = codes.draw(place(), 0).unwrap().to_lowercase().replace('-', " ");
        redeem(&mut codes, &code, 1, 1).unwrap();
    }

    #[test]
    fn guessing_is_bounded() {
        let mut codes = Codes::default();
        let code = codes.draw(place(), 60).unwrap();
        for _ in 0..WRONG_CODES_PER_MINUTE_MAX {
            assert_eq!(redeem(&mut codes, "AAAA-AAA-AAA", 1, 60), Err(EnrolmentError::UnknownCode));
        }
        assert_eq!(redeem(&mut codes, &code, 1, 60), Err(EnrolmentError::TooManyTries));
        redeem(&mut codes, &code, 1, 120).unwrap();
    }

    #[test]
    fn a_proof_by_another_key_or_for_another_code_is_refused() {
        let mut codes = Codes::default();
        let code = codes.draw(place(), 0).unwrap();
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let by_other = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &other, code.as_bytes());
        let refused = codes.redeem(&code, key.verifying_key().as_bytes(), by_other.bytes().clone(), 1);
        assert!(matches!(refused, Err(EnrolmentError::Proof(_))), "{refused:?}");
        let for_other = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, b"other");
        let refused = codes.redeem(&code, key.verifying_key().as_bytes(), for_other.bytes().clone(), 1);
        assert_eq!(refused, Err(EnrolmentError::ProofOfAnother));
    }
}
