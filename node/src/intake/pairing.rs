//! One-time codes by which a device becomes a terminal or a desk of this ente.
//!
//! A code is drawn for one device to be, lives for a quarter of an hour, and is kept in memory only: restarting the node
//! voids it. It has 80 random bits and never travels, so nobody can search it, and no limit on tries can keep an honest
//! device out. The same device may use its code again for a minute, because the reply can be lost on the way; later it could
//! undo what was decided about the device meanwhile.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use faccina_proto::calendar::CivilDay;
use faccina_proto::envelope::{Envelope, EnvelopeError, FederationId, KeyError, Kind, parse_key};
use faccina_proto::names::Code;
use faccina_proto::pairing::{PairingCode, Side};
use faccina_proto::terminals::{Leftover, Mode, OpeningHours, State, TerminalRecord};
use rand::{TryRng, rngs::SysRng};

use crate::link::TlsKey;
use crate::tokens::DeskPlace;

/// Life of a code: time to walk from the node to the counter.
pub const CODE_LIFE_S: u64 = 15 * 60;
/// Life of a code after its first use, in seconds: the tries of one device with a bad line.
const USED_LIFE_S: u64 = 60;
/// Codes that wait at one time. A proof is tried against each of them.
pub(crate) const CODES_MAX: usize = 256;

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

/// What a device is to be.
#[derive(Debug, Clone)]
pub enum Paired {
    /// A terminal: `faccina kiosk`.
    Terminal(Place),
    /// A desk: `faccina desk`.
    Desk(DeskPlace),
}

/// Why a code is not given or not taken. Display = what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// Codes that nobody used fill the list; they end by themselves.
    #[error("{CODES_MAX} codes wait to be used: use them, or wait {} minutes", CODE_LIFE_S / 60)]
    TooManyCodes,
    /// Mistyped, used by another device, older than its life, or somebody stands between node and device.
    #[error(
        "the code is not valid here, or no longer: check address and code, or ask for a new one (it lives {} minutes)",
        CODE_LIFE_S / 60
    )]
    UnknownCode,
    /// The code was made for the other program.
    #[error("the code is for {0}: start that on this device, or ask for another code")]
    ForAnother(&'static str),
    /// The device's software is wrong.
    #[error("the device's key is unusable: update its software")]
    Key(#[from] KeyError),
    /// The device's software is wrong.
    #[error("the proof that the device holds its key does not hold: update its software")]
    Proof(#[from] EnvelopeError),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// The codes that wait.
#[derive(Debug)]
pub(crate) struct Codes {
    node_key: TlsKey,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    code: PairingCode,
    device: Paired,
    until: Instant,
    used_by: Option<[u8; 32]>,
}

impl Codes {
    /// None yet. `node_key` is the TLS key that this node shows.
    pub(crate) fn new(node_key: TlsKey) -> Self {
        Self { node_key, waiting: Vec::new() }
    }

    /// Draws a code for a device to be.
    pub(crate) fn draw(&mut self, device: Paired, now: Instant) -> Result<PairingCode, PairingError> {
        self.waiting.retain(|waiting| waiting.until > now);
        if self.waiting.len() >= CODES_MAX {
            return Err(PairingError::TooManyCodes);
        }
        let mut random = [0; 16];
        SysRng.try_fill_bytes(&mut random).map_err(|_| PairingError::NoRandomness)?;
        let code = PairingCode::from_random(u128::from_be_bytes(random));
        let until = now + Duration::from_secs(CODE_LIFE_S);
        self.waiting.push(Waiting { code: code.clone(), device, until, used_by: None });
        Ok(code)
    }

    /// The terminal that a device becomes today with this key and proof, and the node's own proof.
    pub(crate) fn enrol(
        &mut self,
        public_key: &[u8],
        proof: Bytes,
        now: Instant,
        today: CivilDay,
    ) -> Result<(TerminalRecord, [u8; 32]), PairingError> {
        let key = parse_key(public_key)?;
        let proof = Envelope::parse(proof)?;
        proof.verify(Kind::Enrol, &FederationId::UNKNOWN, &key)?;
        let wanted = |device: &Paired| match device {
            Paired::Terminal(place) => Ok(place.clone()),
            Paired::Desk(_) => Err(PairingError::ForAnother("a desk (`faccina desk`)")),
        };
        let (place, answer) = self.redeem(key.as_bytes(), proof.payload(), now, wanted)?;
        Ok((record(key, place, today), answer))
    }

    /// The desk that a device becomes with these random bytes and proof, and the node's own proof.
    pub(crate) fn pair_desk(
        &mut self,
        nonce: &[u8; 32],
        proof: &[u8],
        now: Instant,
    ) -> Result<(DeskPlace, [u8; 32]), PairingError> {
        let wanted = |device: &Paired| match device {
            Paired::Desk(place) => Ok(place.clone()),
            Paired::Terminal(_) => Err(PairingError::ForAnother("a terminal (`faccina kiosk`)")),
        };
        self.redeem(nonce, proof, now, wanted)
    }

    /// Uses the code that this proof was made with, if it is for what the device `wanted` to become.
    fn redeem<T>(
        &mut self,
        device: &[u8; 32],
        proof: &[u8],
        now: Instant,
        wanted: impl FnOnce(&Paired) -> Result<T, PairingError>,
    ) -> Result<(T, [u8; 32]), PairingError> {
        let node_key = self.node_key.as_bytes();
        let valid = |waiting: &&mut Waiting| {
            waiting.until > now
                && waiting.used_by.is_none_or(|used_by| used_by == *device)
                && waiting.code.is_proof(proof, Side::Device, node_key, device)
        };
        let waiting = self.waiting.iter_mut().find(valid).ok_or(PairingError::UnknownCode)?;
        let place = wanted(&waiting.device)?;
        if waiting.used_by.replace(*device).is_none() {
            waiting.until = waiting.until.min(now + Duration::from_secs(USED_LIFE_S));
        }
        Ok((place, waiting.code.proof(Side::Node, node_key, device)))
    }
}

fn record(key: VerifyingKey, place: Place, today: CivilDay) -> TerminalRecord {
    let Place { name, channel, branch, services, mode, hours } = place;
    let (state, enrolled) = (State::Active, Some(today));
    TerminalRecord {
        key,
        name,
        channel,
        branch,
        services,
        mode,
        state,
        hours,
        leftover: Leftover::Undecided,
        enrolled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    const NODE: &str = "0101010101010101010101010101010101010101010101010101010101010101";

    fn codes() -> Codes {
        Codes::new(NODE.parse().unwrap())
    }

    /// Seconds after one moment.
    fn at() -> impl Fn(u64) -> Instant {
        let start = crate::clock::instant();
        move |seconds| start + Duration::from_secs(seconds)
    }

    fn place() -> Paired {
        let code = |code: &str| code.parse().unwrap();
        Paired::Terminal(Place {
            name: "Sportello 1".to_owned(),
            channel: code("counter"),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe")]),
            mode: Mode::Open,
            hours: Vec::new(),
        })
    }

    fn enrol_seeing(
        node: &TlsKey,
        codes: &mut Codes,
        code: &PairingCode,
        key: u8,
        now: Instant,
    ) -> Result<TerminalRecord, PairingError> {
        let key = SigningKey::from_bytes(&[key; 32]);
        let device = key.verifying_key().to_bytes();
        let proof = code.proof(Side::Device, node.as_bytes(), &device);
        let proof = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, &proof);
        let today = CivilDay::from_yyyymmdd(20_260_415).unwrap();
        let (record, answer) = codes.enrol(&device, proof.bytes().clone(), now, today)?;
        assert!(code.is_proof(&answer, Side::Node, node.as_bytes(), &device));
        Ok(record)
    }

    fn enrol(
        codes: &mut Codes,
        code: &PairingCode,
        key: u8,
        now: Instant,
    ) -> Result<TerminalRecord, PairingError> {
        enrol_seeing(&NODE.parse().unwrap(), codes, code, key, now)
    }

    #[test]
    fn a_code_is_for_one_device() {
        let (mut codes, at) = (codes(), at());
        let code = codes.draw(place(), at(0)).unwrap();
        let record = enrol(&mut codes, &code, 1, at(1)).unwrap();
        assert_eq!((record.name.as_str(), record.state), ("Sportello 1", State::Active));
        assert_eq!(enrol(&mut codes, &code, 1, at(USED_LIFE_S)), Ok(record), "its reply was lost");
        assert_eq!(enrol(&mut codes, &code, 2, at(3)), Err(PairingError::UnknownCode));
        let late = enrol(&mut codes, &code, 1, at(1 + USED_LIFE_S));
        assert_eq!(late, Err(PairingError::UnknownCode), "what was decided meanwhile stands");
    }

    #[test]
    fn a_code_ends_with_its_life() {
        let (mut codes, at) = (codes(), at());
        let code = codes.draw(place(), at(0)).unwrap();
        assert_eq!(enrol(&mut codes, &code, 1, at(CODE_LIFE_S)), Err(PairingError::UnknownCode));
    }

    #[test]
    fn who_sees_another_key_than_the_nodes_is_not_paired() {
        let (mut codes, at) = (codes(), at());
        let code = codes.draw(place(), at(0)).unwrap();
        let between = "ff".repeat(32).parse().unwrap();
        assert_eq!(enrol_seeing(&between, &mut codes, &code, 1, at(1)), Err(PairingError::UnknownCode));
    }

    #[test]
    fn a_code_for_a_desk_makes_no_terminal_and_the_other_way_round() {
        let (mut codes, at) = (codes(), at());
        let code = |code: &str| code.parse::<Code>().unwrap();
        let desk = DeskPlace {
            name: "PC 3".to_owned(),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe")]),
            terminal: None,
        };
        let node: TlsKey = NODE.parse().unwrap();
        let for_desk = codes.draw(Paired::Desk(desk.clone()), at(0)).unwrap();
        assert!(matches!(enrol(&mut codes, &for_desk, 1, at(1)), Err(PairingError::ForAnother(_))));
        let proof = for_desk.proof(Side::Device, node.as_bytes(), &[4; 32]);
        assert_eq!(
            codes.pair_desk(&[4; 32], &proof, at(2)).unwrap().0,
            desk,
            "typed into the right program then"
        );
        let for_terminal = codes.draw(place(), at(0)).unwrap();
        let proof = for_terminal.proof(Side::Device, node.as_bytes(), &[4; 32]);
        assert!(matches!(codes.pair_desk(&[4; 32], &proof, at(1)), Err(PairingError::ForAnother(_))));
        enrol(&mut codes, &for_terminal, 1, at(2)).unwrap();
    }

    #[test]
    fn the_list_of_codes_has_an_end() {
        let (mut codes, at) = (codes(), at());
        for _ in 0..CODES_MAX {
            codes.draw(place(), at(0)).unwrap();
        }
        assert_eq!(codes.draw(place(), at(1)), Err(PairingError::TooManyCodes));
        codes.draw(place(), at(CODE_LIFE_S)).unwrap();
    }
}
