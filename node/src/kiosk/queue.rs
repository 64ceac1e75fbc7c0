//! The terminal's ballots until they are receipted: in memory for sending, on the disk for keeping.
//!
//! Keys of the store (its own database, under the agent's directory; on the disk keys and values are sealed, [`super::sealed`]):
//!
//! | key | value |
//! | --- | --- |
//! | `m` | what was measured of the running half-day |
//! | `p` number (u64) | the report of a half-day that is over, sealed: exactly the bytes that are sent |
//! | `b` | the last BoothReply, so that the page works while the node is away |
//! | `c` number (u64) | a cast, sealed: exactly the bytes that are sent, and sent again |
//! | `d` tap id | a red tap that waits for its reason, as JSON |
//! | `n` | only under a daily cap: the taps of the last day, by service, as JSON |
//! | `f` slot (u16) | turn (u64), then SHA-256 of a CSV file already cast |
//! | `r` code | how many ballots the node refused for good with this code (u64) |
//! | `t` slot (u16) | turn (u64), then the id of a recent tap |
//!
//! Numbers are big-endian. Everything that happens at one tap is one durable batch: its ballot, the memory of its id,
//! the end of its draft, what was
//! measured. Deliberately absent: the time of a vote (what `m` holds of time
//! moves each quarter of an hour), and any order beyond the order of sending.

mod memory;
mod numbers;

use self::memory::Memory;
use super::{
    measuring::Measuring,
    sealed::{SealedError, SealedStore},
    tap::TapId,
};
use crate::store::{Batch, Store, StoreError};
use bytes::Bytes;
use faccina_proto::{
    ballot::{Ballot, Cast},
    calendar::CivilDay,
    envelope::{Envelope, FederationId, Id},
    names::Code,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Most ballots on this device, drafts included: 80 days away from the node at a busy totem with 500 votes a day, longer
/// than the node takes them. Beyond it the page says that the terminal is full.
pub const BALLOTS_MAX: usize = 40_000;
/// Red taps that wait for their reason at once. A page at a counter has one, a page for invite links one for each visitor.
pub const DRAFTS_MAX: usize = 64;
/// Taps remembered, so that one sent again counts once. A page sends a tap again within seconds.
const TAPS_REMEMBERED: u64 = 1024;
/// CSV files remembered, so that one cast again is noticed: more than a file a day for half a year.
const FILES_REMEMBERED: u64 = 256;
/// Codes of refusals counted apart; further ones count as "other". The protocol has far fewer.
const REFUSAL_CODES_MAX: usize = 32;
const OTHER_REFUSALS: &str = "other";

/// Why the queue cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// See its own message. The agent stops: a promise on a broken disk is none.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See its own message.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// Keep a copy of the directory and ask for help: ballots that were never sent may be in it.
    #[error("the queue holds a record that cannot be read ({0}): keep a copy of its directory")]
    Damaged(&'static str),
    /// Connect the terminal to its node; the ballots on it are safe.
    #[error("the terminal holds {held} ballots, at most {BALLOTS_MAX}, and {more} more do not fit")]
    Full {
        /// Held now.
        held: usize,
        /// Refused now.
        more: usize,
    },
    /// Leave it; or say that it really holds other votes.
    #[error("this file was cast already; if it really holds other votes, add --again")]
    FileKnown,
}

/// A red tap that waits for its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The service judged.
    pub service: String,
    /// The day of the tap, yyyymmdd.
    pub day: u32,
    /// Whether staff had opened the page.
    pub attended: bool,
    /// SHA-256 of the invite in hex, where the vote needs one.
    #[serde(default)]
    pub invite: Option<String>,
}

/// How well the right of a tap was known when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It needed no invite, or the node knows its invite.
    Proven,
    /// Nobody could check its invite.
    Unproven,
}

/// How many taps there were of each service in one day, those that nobody could check apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    day: u32,
    by_service: BTreeMap<String, u32>,
    #[serde(default)]
    unproven: BTreeMap<String, u32>,
}

impl Taken {
    /// The same with one more. Another day begins anew.
    fn and(&self, service: &str, day: u32, standing: Standing) -> Self {
        let mut next = if self.day == day { self.clone() } else { Self { day, ..Self::default() } };
        let counts = match standing {
            Standing::Proven => &mut next.by_service,
            Standing::Unproven => &mut next.unproven,
        };
        let taps = counts.entry(service.to_owned()).or_default();
        *taps = taps.saturating_add(1);
        next
    }
}

/// A ballot on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the queue.
    pub number: u64,
    /// Its id, by which the node answers.
    pub ballot: Id,
    /// The bytes to send.
    pub cast: Bytes,
}

/// What the node answered for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Counted; the receipt was verified.
    Receipted,
    /// Refused for good, with the code of the refusal.
    Refused(String),
}

/// The queue of one terminal.
#[derive(Debug)]
pub struct Queue {
    store: Arc<dyn Store>,
    /// The same store, where it is sealed.
    sealed: Option<Arc<SealedStore>>,
    federation: FederationId,
    waiting: BTreeMap<u64, (Id, Bytes)>,
    next: u64,
    drafts: BTreeMap<TapId, Draft>,
    taps: Memory<16>,
    /// `None` where nothing is held against them.
    taken: Option<Taken>,
    files: Memory<32>,
    refused: BTreeMap<String, u64>,
    /// `None` where nothing is measured.
    measuring: Option<Measuring>,
    reports: BTreeMap<u64, Bytes>,
    /// When the time that passed was last written, in milliseconds of the steady clock.
    written_ms: u64,
    /// When what was sent was last made unreadable.
    renewed: Option<(CivilDay, u64)>,
}

impl Queue {
    /// Reads the queue from its sealed store.
    pub fn unseal(sealed: Arc<SealedStore>, federation: FederationId) -> Result<Self, QueueError> {
        Ok(Self { sealed: Some(sealed.clone()), ..Self::open(sealed, federation)? })
    }

    /// Reads the queue from its store.
    pub fn open(store: Arc<dyn Store>, federation: FederationId) -> Result<Self, QueueError> {
        let mut waiting = BTreeMap::new();
        for record in store.scan(b"c") {
            let (key, value) = record?;
            let number = number_of(&key)?;
            let cast = Bytes::from(value);
            waiting.insert(number, (ballot_id(&cast, &federation)?, cast));
        }
        let mut drafts = BTreeMap::new();
        for record in store.scan(b"d") {
            let (key, value) = record?;
            let tap = key.get(1..).and_then(|id| id.try_into().ok()).ok_or(QueueError::Damaged("draft"))?;
            let draft = serde_json::from_slice(&value).map_err(|_| QueueError::Damaged("draft"))?;
            drafts.insert(TapId(tap), draft);
        }
        let mut refused = BTreeMap::new();
        for record in store.scan(b"r") {
            let (key, value) = record?;
            let code = key.get(1..).and_then(|code| str::from_utf8(code).ok());
            let count = value.try_into().map(u64::from_be_bytes).ok();
            let (Some(code), Some(count)) = (code, count) else {
                return Err(QueueError::Damaged("refusals"));
            };
            refused.insert(code.to_owned(), count);
        }
        let taps = Memory::open(&*store, b't', TAPS_REMEMBERED)?;
        let files = Memory::open(&*store, b'f', FILES_REMEMBERED)?;
        let next = waiting.keys().next_back().map_or(0, |last| last + 1);
        Ok(Self {
            reports: numbers::reports(&*store)?,
            store,
            sealed: None,
            federation,
            waiting,
            next,
            drafts,
            taps,
            taken: None,
            files,
            refused,
            measuring: None,
            written_ms: 0,
            renewed: None,
        })
    }

    /// Counts taps by service and day from now on, with those counted before.
    pub fn count_taps(&mut self) -> Result<(), QueueError> {
        self.taken = Some(match self.store.get(b"n")? {
            None => Taken::default(),
            Some(value) => {
                serde_json::from_slice(&value).map_err(|_| QueueError::Damaged("taps of the day"))?
            }
        });
        Ok(())
    }

    /// Taps on this service on this day, where they are counted and it is the last one.
    pub fn taken_on(&self, service: &Code, day: CivilDay, standing: Standing) -> u32 {
        let today = self.taken.as_ref().filter(|taken| taken.day == day.yyyymmdd());
        let counts = today.map(|taken| match standing {
            Standing::Proven => &taken.by_service,
            Standing::Unproven => &taken.unproven,
        });
        counts.and_then(|counts| counts.get(service.as_str()).copied()).unwrap_or(0)
    }

    /// Day of the newest ballot that waits.
    pub fn newest_day(&self) -> Result<Option<CivilDay>, QueueError> {
        self.waiting.values().next_back().map(|(_, cast)| Ok(read(cast)?.day)).transpose()
    }

    /// Ballots held, drafts included.
    pub fn held(&self) -> usize {
        self.waiting.len() + self.drafts.len()
    }

    /// Whether one more ballot fits.
    pub fn has_room(&self) -> bool {
        self.held() < BALLOTS_MAX
    }

    /// Whether this tap has become a ballot already.
    pub fn counted(&self, tap: TapId) -> bool {
        self.taps.holds(&tap.0)
    }

    /// The red tap that waits for its reason, if it does.
    pub fn draft(&self, tap: TapId) -> Option<&Draft> {
        self.drafts.get(&tap)
    }

    /// All red taps that wait for their reason.
    pub fn drafts(&self) -> Vec<TapId> {
        self.drafts.keys().copied().collect()
    }

    /// Keeps a red tap while its reason is asked.
    pub fn ask(&mut self, tap: TapId, draft: Draft, standing: Standing) -> Result<(), QueueError> {
        self.fits(1)?;
        let value = serde_json::to_vec(&draft).map_err(|_| QueueError::Damaged("draft"))?;
        let mut batch = Batch::new();
        batch.put(key(b'd', &tap.0), value);
        let taken = self.take_another(&mut batch, &draft.service, draft.day, standing)?;
        self.write_numbers(&mut batch);
        self.store.commit(batch)?;
        self.taken = taken;
        self.drafts.insert(tap, draft);
        Ok(())
    }

    /// Keeps the ballot of a tap, and ends its draft if it has one.
    pub fn keep(&mut self, tap: TapId, cast: &Envelope, standing: Standing) -> Result<(), QueueError> {
        let drafted = self.drafts.contains_key(&tap);
        if !drafted {
            self.fits(1)?;
        }
        let read = read(cast.bytes())?;
        let ballot = Ballot::id(&read.ballot_bytes, &self.federation);
        let mut batch = Batch::new();
        batch.put(key(b'c', &self.next.to_be_bytes()), cast.bytes().to_vec());
        batch.delete(key(b'd', &tap.0));
        self.taps.write(&mut batch, tap.0);
        // A draft was counted when it came.
        let taken = match drafted {
            true => self.taken.clone(),
            false => {
                let (service, day) = (read.ballot.service.as_str(), read.day.yyyymmdd());
                self.take_another(&mut batch, service, day, standing)?
            }
        };
        self.write_numbers(&mut batch);
        self.store.commit(batch)?;
        self.taken = taken;
        self.taps.remember(tap.0);
        self.drafts.remove(&tap);
        self.push(ballot, cast);
        Ok(())
    }

    /// Keeps many ballots, all or none; `file` is the hash of the CSV file they come from, which is cast once.
    pub fn keep_all(
        &mut self,
        casts: &[Envelope],
        file: Option<[u8; 32]>,
        again: bool,
    ) -> Result<(), QueueError> {
        self.fits(casts.len())?;
        if file.is_some_and(|hash| self.files.holds(&hash)) && !again {
            return Err(QueueError::FileKnown);
        }
        let mut batch = Batch::new();
        let mut ids = Vec::with_capacity(casts.len());
        for (number, cast) in (self.next..).zip(casts) {
            batch.put(key(b'c', &number.to_be_bytes()), cast.bytes().to_vec());
            ids.push(ballot_id(cast.bytes(), &self.federation)?);
        }
        if let Some(hash) = file {
            self.files.write(&mut batch, hash);
        }
        self.store.commit(batch)?;
        if let Some(hash) = file {
            self.files.remember(hash);
        }
        for (ballot, cast) in ids.into_iter().zip(casts) {
            self.push(ballot, cast);
        }
        Ok(())
    }

    /// The oldest ballots that `skip` does not name, at most `ballots_max`.
    pub fn oldest(&self, ballots_max: usize, skip: &BTreeSet<u64>) -> Vec<Waiting> {
        self.waiting
            .iter()
            .filter(|(number, _)| !skip.contains(number))
            .take(ballots_max)
            .map(|(number, (ballot, cast))| Waiting { number: *number, ballot: *ballot, cast: cast.clone() })
            .collect()
    }

    /// Lets go of the ballots that the node has answered for good; those that are gone already change nothing.
    pub fn settle(&mut self, answers: &[(u64, Settled)]) -> Result<(), QueueError> {
        let mut batch = Batch::new();
        let mut refused = self.refused.clone();
        // By number, so that one that is answered twice counts once.
        let answers: BTreeMap<_, _> = answers.iter().map(|(number, settled)| (number, settled)).collect();
        for (number, settled) in answers.iter().filter(|(number, _)| self.waiting.contains_key(number)) {
            batch.delete(key(b'c', &number.to_be_bytes()));
            if let Settled::Refused(code) = settled {
                let counted = refused.contains_key(code) || refused.len() < REFUSAL_CODES_MAX;
                let code = if counted { code.as_str() } else { OTHER_REFUSALS };
                let count = refused.entry(code.to_owned()).or_default();
                *count += 1;
                batch.put(key(b'r', code.as_bytes()), count.to_be_bytes());
            }
        }
        self.store.commit(batch)?;
        self.refused = refused;
        for number in answers.keys() {
            self.waiting.remove(number);
        }
        Ok(())
    }

    /// Ballots refused for good, by code.
    pub fn refused(&self) -> &BTreeMap<String, u64> {
        &self.refused
    }

    /// The node's last word on what to show.
    pub fn booth(&self) -> Result<Option<Vec<u8>>, QueueError> {
        Ok(self.store.get(b"b")?)
    }

    /// Keeps it.
    pub fn keep_booth(&mut self, reply: Vec<u8>) -> Result<(), QueueError> {
        let mut batch = Batch::new();
        batch.put(b"b", reply);
        Ok(self.store.commit(batch)?)
    }

    /// Forgets what belongs to the terminal that this device was, and not to the device: what it showed, measured and was
    /// refused.
    pub fn forget_terminal(store: &dyn Store) -> Result<(), QueueError> {
        let mut batch = Batch::new();
        for kind in [b"b", b"m", b"n", b"p", b"r"] {
            for record in store.scan(kind) {
                batch.delete(record?.0);
            }
        }
        Ok(store.commit(batch)?)
    }

    /// Forgets it.
    pub fn forget_booth(&mut self) -> Result<(), QueueError> {
        let mut batch = Batch::new();
        batch.delete(b"b");
        Ok(self.store.commit(batch)?)
    }

    /// The taps of the day with one more, written down in the batch.
    fn take_another(
        &self,
        batch: &mut Batch,
        service: &str,
        day: u32,
        standing: Standing,
    ) -> Result<Option<Taken>, QueueError> {
        let taken = self.taken.as_ref().map(|taken| taken.and(service, day, standing));
        if let Some(taken) = &taken {
            batch.put(b"n", serde_json::to_vec(taken).map_err(|_| QueueError::Damaged("taps of the day"))?);
        }
        Ok(taken)
    }

    fn fits(&self, more: usize) -> Result<(), QueueError> {
        let held = self.held();
        if held + more > BALLOTS_MAX { Err(QueueError::Full { held, more }) } else { Ok(()) }
    }

    fn push(&mut self, ballot: Id, cast: &Envelope) {
        self.waiting.insert(self.next, (ballot, cast.bytes().clone()));
        self.next += 1;
    }
}

fn key(kind: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(rest);
    key
}

fn number_of(key: &[u8]) -> Result<u64, QueueError> {
    let number = key.get(1..).and_then(|number| number.try_into().ok());
    number.map(u64::from_be_bytes).ok_or(QueueError::Damaged("number of a ballot"))
}

fn ballot_id(cast: &Bytes, federation: &FederationId) -> Result<Id, QueueError> {
    Ok(Ballot::id(&read(cast)?.ballot_bytes, federation))
}

fn read(cast: &Bytes) -> Result<Cast, QueueError> {
    let envelope = Envelope::parse(cast.clone()).map_err(|_| QueueError::Damaged("cast"))?;
    Cast::decode(envelope.payload()).map_err(|_| QueueError::Damaged("cast"))
}

#[cfg(test)]
mod tests;
