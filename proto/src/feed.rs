//! Entries and the rules of their chain: one author, sequences from 1, each naming the one before, days that never
//! decrease, quotas by declared day and year (`WIRE.md` 9).
//!
//! A body that this version does not know is kept whole as [`Body::Unknown`] and means nothing: replication never waits
//! for an update.

use crate::calendar::CivilDay;
use crate::envelope::{Envelope, EnvelopeError, FederationId, Id, KeyId, Kind};
use crate::limits::{
    DFP_FEED_BYTES_PER_YEAR_MAX, ENTRIES_PER_DAY_MAX, ENTRY_PAYLOAD_BYTES_MAX, FEED_BYTES_PER_YEAR_MAX,
};
use crate::names::Author;
use crate::wire::feed::v1 as wire;
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use prost::Message;

/// A payload that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Its author's software is wrong, or the bytes are damaged.
    #[error("entry is not readable: {0}")]
    Malformed(&'static str),
    /// Whoever appends must put less into it, or split it.
    #[error("entry has {bytes} bytes, at most {bytes_max}")]
    TooLarge {
        /// Its length, in bytes.
        bytes: usize,
        /// The longest allowed, in bytes.
        bytes_max: usize,
    },
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident($message:ident),)*) => {
        /// What an entry says. Meaning is judged by the views and by the roster, never by replication.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Body {
            $($(#[$doc])* $name(wire::$message),)*
            /// Written by newer software; replicated, not understood.
            Unknown,
        }

        impl Body {
            /// A stable name for screens and logs.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($message),)*
                    Self::Unknown => "Unknown",
                }
            }

            fn from_wire(body: Option<wire::entry::Body>) -> Self {
                match body {
                    $(Some(wire::entry::Body::$name(message)) => Self::$name(message),)*
                    None => Self::Unknown,
                }
            }

            fn to_wire(&self) -> Option<wire::entry::Body> {
                match self {
                    $(Self::$name(message) => Some(wire::entry::Body::$name(message.clone())),)*
                    Self::Unknown => None,
                }
            }
        }
    };
}

bodies! {
    /// The first entry of the root feed.
    Genesis(Genesis),
    /// Root: admits a member or replaces its record.
    Member(MemberRecord),
    /// Root: a key no longer counts beyond a sequence.
    Revocation(Revocation),
    /// Root: ends a fork.
    Ruling(Ruling),
    /// Root: a new root key.
    Succession(Succession),
    /// Observer: a part of a catalogue version.
    CataloguePart(CataloguePart),
    /// Observer: closes a catalogue version.
    CatalogueClosing(CatalogueClosing),
    /// Observer: names an expert.
    ExpertDesignation(ExpertDesignation),
    /// Observer: withdraws a designation.
    ExpertRevocation(ExpertRevocation),
    /// Observer: the national figures of a month.
    NationalMonth(NationalMonth),
    /// Ente: a month.
    Summary(Summary),
    /// Ente: what it surveys.
    SurveyPlan(SurveyPlan),
    /// Ente: the month is on its site.
    PublicationNotice(PublicationNotice),
    /// Ente: available as an expert.
    Availability(Availability),
    /// Any member: where it can be dialled.
    Contact(Contact),
    /// Ente: a twinning that both sides agreed on.
    TwinningAgreement(TwinningAgreement),
    /// Ente: how a twinning ended.
    TwinningOutcome(TwinningOutcome),
    /// Ente: a practice that others can take up.
    PracticeCard(PracticeCard),
    /// Ente: whether DFP may name it for a practice.
    NamingConsent(NamingConsent),
}

/// One signed statement of a member, or of the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Whose feed it stands in.
    pub author: Author,
    /// Its place in the feed, from 1.
    pub sequence: u64,
    /// The id of the entry before; `None` exactly at sequence 1.
    pub prev: Option<Id>,
    /// The day that the author declares, in Europe/Rome.
    pub day: CivilDay,
    /// What it says.
    pub body: Body,
}

impl Entry {
    /// Reads a payload whose signature is already verified. Unknown fields are allowed: they are signed and kept.
    pub fn decode(payload: &[u8]) -> Result<Self, EntryError> {
        let malformed = EntryError::Malformed;
        if payload.len() > ENTRY_PAYLOAD_BYTES_MAX {
            return Err(EntryError::TooLarge { bytes: payload.len(), bytes_max: ENTRY_PAYLOAD_BYTES_MAX });
        }
        let entry = wire::Entry::decode(payload).map_err(|_| malformed("it is no protobuf message"))?;
        let author = entry.author.parse().map_err(|_| malformed("its author is no IPA code"))?;
        let prev = match (entry.sequence, entry.prev.is_empty()) {
            (0, _) => return Err(malformed("sequences begin with 1")),
            (1, true) => None,
            (1, false) => return Err(malformed("the first entry follows none")),
            (_, _) => {
                Some(Id::from_slice(&entry.prev).ok_or(malformed("the id before it has not 32 bytes"))?)
            }
        };
        let day = CivilDay::from_yyyymmdd(entry.civil_day)
            .map_err(|_| malformed("its day is not in the calendar"))?;
        Ok(Self { author, sequence: entry.sequence, prev, day, body: Body::from_wire(entry.body) })
    }

    /// The payload to sign.
    pub fn encode(&self) -> Vec<u8> {
        wire::Entry {
            author: self.author.as_str().to_owned(),
            sequence: self.sequence,
            prev: self.prev.map_or_else(Bytes::new, |id| Bytes::copy_from_slice(id.as_bytes())),
            civil_day: self.day.yyyymmdd(),
            body: self.body.to_wire(),
        }
        .encode_to_vec()
    }
}

/// Seals `entry`. Whether it fits the feed is for the [`replica`](crate::replica) to say.
pub fn seal_entry(
    federation: &FederationId,
    key: &SigningKey,
    entry: &Entry,
) -> Result<Envelope, EntryError> {
    let payload = entry.encode();
    if payload.len() > ENTRY_PAYLOAD_BYTES_MAX {
        return Err(EntryError::TooLarge { bytes: payload.len(), bytes_max: ENTRY_PAYLOAD_BYTES_MAX });
    }
    Ok(Envelope::seal(Kind::Entry, federation, key, &payload))
}

/// An entry with the exact bytes that its author signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    envelope: Envelope,
    entry: Entry,
    id: Id,
}

impl Signed {
    /// Verifies `envelope` with `key`, then decodes it.
    pub fn open(
        envelope: Envelope,
        federation: &FederationId,
        key: &VerifyingKey,
    ) -> Result<Self, OpenError> {
        envelope.verify(Kind::Entry, federation, key)?;
        Ok(Self::trusted(envelope, federation)?)
    }

    /// Decodes an envelope whose signature this node has verified before: one from its own store.
    pub fn trusted(envelope: Envelope, federation: &FederationId) -> Result<Self, EntryError> {
        let entry = Entry::decode(envelope.payload())?;
        let id = envelope.id(Kind::Entry, federation);
        Ok(Self { envelope, entry, id })
    }

    /// The entry.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The entry alone.
    pub fn into_entry(self) -> Entry {
        self.entry
    }

    /// Its id, which covers what is signed and never the signature.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The key that signed it.
    pub fn key_id(&self) -> KeyId {
        self.envelope.key_id()
    }

    /// The exact bytes, for storing and relaying.
    pub fn bytes(&self) -> &Bytes {
        self.envelope.bytes()
    }

    /// What a replica keeps of it in memory.
    pub fn link(&self) -> Link {
        // An envelope's payload is at most ENTRY_PAYLOAD_BYTES_MAX long.
        let payload_bytes = u32::try_from(self.envelope.payload().len()).unwrap_or(u32::MAX);
        Link { id: self.id, key: self.key_id(), day: self.entry.day, payload_bytes }
    }
}

/// An envelope that is no entry of this federation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Forged, damaged, of another kind or federation; drop it.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Signed, but no entry; its author's software is wrong.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// What a replica keeps in memory of each entry that it holds: 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The entry's id.
    pub id: Id,
    /// The key that signed it.
    pub key: KeyId,
    /// The day it declares.
    pub day: CivilDay,
    /// Length of its payload, in bytes.
    pub payload_bytes: u32,
}

/// How much a feed may grow; by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Entries on one declared day; `None` = any number.
    pub entries_per_day_max: Option<u32>,
    /// Payload bytes in one declared year.
    pub bytes_per_year_max: u64,
}

impl Quota {
    /// Of enti and hubs.
    pub const MEMBER: Self =
        Self { entries_per_day_max: Some(ENTRIES_PER_DAY_MAX), bytes_per_year_max: FEED_BYTES_PER_YEAR_MAX };
    /// Of the root and the observer.
    pub const DFP: Self = Self { entries_per_day_max: None, bytes_per_year_max: DFP_FEED_BYTES_PER_YEAR_MAX };

    /// Whether `pace` is within it.
    pub fn allows(&self, pace: &Pace) -> bool {
        self.entries_per_day_max.is_none_or(|most| pace.entries_of_day <= most)
            && pace.bytes_of_year <= self.bytes_per_year_max
    }
}

/// What a feed has used of its quota, at its last entry. Days never decrease, so day and year of the last entry suffice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    day: Option<CivilDay>,
    entries_of_day: u32,
    bytes_of_year: u64,
}

impl Pace {
    /// The pace with one more entry, dated `day`, of `payload_bytes`.
    pub fn with(self, day: CivilDay, payload_bytes: u32) -> Self {
        let same_day = self.day == Some(day);
        let same_year = self.day.is_some_and(|last| last.month().year() == day.month().year());
        let before = if same_year { self.bytes_of_year } else { 0 };
        Self {
            day: Some(day),
            entries_of_day: if same_day { self.entries_of_day.saturating_add(1) } else { 1 },
            bytes_of_year: before.saturating_add(u64::from(payload_bytes)),
        }
    }

    /// The day of the last entry; `None` in an empty feed.
    pub fn day(&self) -> Option<CivilDay> {
        self.day
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(yyyymmdd: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
    }

    #[test]
    fn the_first_entry_follows_none_and_the_others_one() {
        let mut entry = Entry {
            author: Author::Root,
            sequence: 1,
            prev: None,
            day: day(20_260_430),
            body: Body::Contact(wire::Contact::default()),
        };
        assert_eq!(Entry::decode(&entry.encode()), Ok(entry.clone()));
        entry.sequence = 2;
        assert!(matches!(Entry::decode(&entry.encode()), Err(EntryError::Malformed(_))));
        entry.prev = Some(Id::from_bytes([7; 32]));
        assert_eq!(Entry::decode(&entry.encode()), Ok(entry.clone()));
        entry.sequence = 1;
        assert!(matches!(Entry::decode(&entry.encode()), Err(EntryError::Malformed(_))));
    }

    #[test]
    fn an_unknown_body_is_kept_as_unknown() {
        let mut payload = Entry {
            author: "c_h361".parse().unwrap(),
            sequence: 1,
            prev: None,
            day: day(20_260_430),
            body: Body::Unknown,
        }
        .encode();
        payload.extend([0x82, 0x3f, 0x00]); // field 1008, an empty message
        assert_eq!(Entry::decode(&payload).unwrap().body, Body::Unknown);
    }

    #[test]
    fn quotas_count_by_declared_day_and_year() {
        let mut pace = Pace::default();
        for _ in 0..ENTRIES_PER_DAY_MAX {
            pace = pace.with(day(20_261_231), 10);
            assert!(Quota::MEMBER.allows(&pace));
        }
        assert!(!Quota::MEMBER.allows(&pace.with(day(20_261_231), 10)));
        assert!(Quota::DFP.allows(&pace.with(day(20_261_231), 10)));
        let large = pace.with(day(20_270_101), u32::try_from(FEED_BYTES_PER_YEAR_MAX).unwrap());
        assert!(Quota::MEMBER.allows(&large));
        assert!(!Quota::MEMBER.allows(&large.with(day(20_271_231), 1)));
        assert!(Quota::MEMBER.allows(&large.with(day(20_280_101), 1)));
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Entry::decode(&bytes);
        }
    }
}
