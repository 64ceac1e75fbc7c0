//! One member's record, read from the root feed.

use crate::calendar::{CivilDay, Month};
use crate::envelope::{KeyId, parse_key};
use crate::limits::{KEYS_PER_MEMBER_MAX, RECORD_LIST_MAX, RECORD_TEXT_BYTES_MAX};
use crate::names::{Code, IpaCode};
use crate::wire::feed::v1 as wire;
use ed25519_dalek::VerifyingKey;
use std::collections::BTreeSet;

/// What a member does in the federation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Collects votes and publishes summaries.
    Ente,
    /// DFP's online feed: catalogue, experts, national months.
    Observer,
    /// Helps the others to meet; collects nothing.
    Hub,
}

/// A feed key and the sequences for which it may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedKey {
    /// The public key.
    pub key: VerifyingKey,
    /// Its id.
    pub id: KeyId,
    /// First sequence, from 1.
    pub first_sequence: u64,
    /// Last sequence, included; `None` = open.
    pub last_sequence: Option<u64>,
}

impl FeedKey {
    /// Whether it may sign the entry at `sequence`, revocations apart.
    pub fn covers(&self, sequence: u64) -> bool {
        sequence >= self.first_sequence && self.last_sequence.is_none_or(|last| sequence <= last)
    }
}

/// A transport key and the days for which it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportKey {
    /// The public key, 32 bytes; the libp2p peer id derives from it.
    pub key: [u8; 32],
    /// First day.
    pub valid_from: CivilDay,
    /// Last day. Screens warn at [`KEY_LIFE_WARN_PERCENT`] of the life; only 180 days beyond it is a peer no longer a
    /// member.
    pub valid_to: CivilDay,
}

/// A transport key is to be renewed when this share of its life is used up, in percent.
pub const KEY_LIFE_WARN_PERCENT: u32 = 70;

impl TransportKey {
    /// Days left on `today`; negative once it has expired.
    pub fn days_left(&self, today: CivilDay) -> i64 {
        today.days_until(self.valid_to)
    }

    /// How much of its life is used up on `today`, in whole percent from 0 to 100.
    pub fn life_percent(&self, today: CivilDay) -> u32 {
        let life = self.valid_from.days_until(self.valid_to).max(1);
        let used = self.valid_from.days_until(today).clamp(0, life);
        u32::try_from(used * 100 / life).unwrap_or(100)
    }

    /// Whether it is to be renewed.
    pub fn is_ageing(&self, today: CivilDay) -> bool {
        self.life_percent(today) >= KEY_LIFE_WARN_PERCENT
    }
}

/// A time during which a member had left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Its last day as a member before.
    pub left_on: CivilDay,
    /// Day of the root entry that took it back.
    pub back_on: CivilDay,
}

/// Why the roster passes over a root entry. The entry stays in the root feed and means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassedOver {
    /// DFP must publish the record again, corrected.
    #[error("{0} is not readable")]
    Field(&'static str),
    /// DFP must publish the record again, shorter.
    #[error("{what} has {found}, at most {most}")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// What it has.
        found: usize,
        /// What it may have.
        most: usize,
    },
    /// The ente must make another key: this one is another member's.
    #[error("{what} belongs to {holder} already")]
    KeyTaken {
        /// Which key.
        what: &'static str,
        /// The member that holds it.
        holder: IpaCode,
    },
    /// No further member fits the federation.
    #[error("the federation has {0} members, the most allowed")]
    Full(usize),
    /// It names a member that was never admitted.
    #[error("{0} is no member")]
    NoMember(String),
    /// A root entry with a body that belongs to other feeds, or is newer than this software.
    #[error("a root feed gives no meaning to {0}")]
    Foreign(&'static str),
}

/// A member as the latest record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Place in the order of first admission, from 0; never reused.
    pub index: usize,
    /// IPA code.
    pub code: IpaCode,
    /// Official name.
    pub name: String,
    /// IndicePA category: L6, L18 …
    pub category: String,
    /// ISTAT code; may be empty.
    pub istat_code: String,
    /// Region.
    pub region: String,
    /// Province; may be empty.
    pub province: String,
    /// Inhabitants served; `None` = not applicable.
    pub population: Option<u32>,
    /// Role mailbox of the quality office.
    pub mailbox: String,
    /// What it does.
    pub role: Role,
    /// Keys of its feed.
    pub feed_keys: Vec<FeedKey>,
    /// Keys of its connections.
    pub transport_keys: Vec<TransportKey>,
    /// First month whose summary is due.
    pub first_month: Month,
    /// Members, for a Unione; they need not be members of the federation.
    pub union_members: BTreeSet<IpaCode>,
    /// Services that it delegates to its Unione.
    pub delegated_services: BTreeSet<Code>,
    /// DFP's number of the act of admission.
    pub protocol_number: String,
    /// The day it left; entries that declare a later day do not count. `None` = still a member.
    pub left_on: Option<CivilDay>,
    /// When it had left and came back, in the order of the root feed.
    pub absences: Vec<Absence>,
    /// The members that it follows, as a comune born of a merger does; they need not be members any more.
    pub follows: BTreeSet<IpaCode>,
    /// Day of the root entry that admitted it first.
    pub admitted_on: CivilDay,
    /// Sequence of that root entry.
    pub admitted_at: u64,
}

impl Member {
    /// The transport key that lasts longest: the one whose life screens show.
    pub fn lasting_key(&self) -> Option<&TransportKey> {
        self.transport_keys.iter().max_by_key(|key| key.valid_to)
    }

    /// Whether it was no member on `day`: it had left, or has left for good.
    pub fn is_away_on(&self, day: CivilDay) -> bool {
        let away = |absence: &Absence| absence.left_on < day && day < absence.back_on;
        !self.belongs_on(day) || self.absences.iter().any(away)
    }

    /// Whether it has not left by `day`.
    pub fn belongs_on(&self, day: CivilDay) -> bool {
        self.left_on.is_none_or(|left| day <= left)
    }

    /// Reads a record; `index`, `admitted_on` and `admitted_at` are those of a first admission, for the roster to correct.
    pub(super) fn from_wire(
        record: &wire::MemberRecord,
        index: usize,
        day: CivilDay,
        sequence: u64,
    ) -> Result<Self, PassedOver> {
        let field = |what| move |_| PassedOver::Field(what);
        let role = match record.role() {
            wire::Role::Ente => Role::Ente,
            wire::Role::Observer => Role::Observer,
            wire::Role::Hub => Role::Hub,
            wire::Role::Unspecified => return Err(PassedOver::Field("role")),
        };
        Ok(Self {
            index,
            code: record.ipa_code.parse().map_err(|_| PassedOver::Field("ipa_code"))?,
            name: text("name", &record.name)?,
            category: text("category", &record.category)?,
            istat_code: text("istat_code", &record.istat_code)?,
            region: text("region", &record.region)?,
            province: text("province", &record.province)?,
            population: (record.population > 0).then_some(record.population),
            mailbox: text("mailbox", &record.mailbox)?,
            role,
            feed_keys: list("feed_keys", &record.feed_keys, KEYS_PER_MEMBER_MAX, feed_key)?,
            transport_keys: list(
                "transport_keys",
                &record.transport_keys,
                KEYS_PER_MEMBER_MAX,
                transport_key,
            )?,
            first_month: Month::from_yyyymm(record.first_month).map_err(field("first_month"))?,
            union_members: list("union_members", &record.union_members, RECORD_LIST_MAX, |code| {
                code.parse().map_err(|_| PassedOver::Field("union_members"))
            })?,
            delegated_services: list(
                "delegated_services",
                &record.delegated_services,
                RECORD_LIST_MAX,
                |code| code.parse().map_err(|_| PassedOver::Field("delegated_services")),
            )?,
            protocol_number: text("protocol_number", &record.protocol_number)?,
            left_on: match record.left_on_day {
                0 => None,
                day => Some(CivilDay::from_yyyymmdd(day).map_err(field("left_on_day"))?),
            },
            absences: Vec::new(),
            follows: list("follows", &record.follows, RECORD_LIST_MAX, |code| {
                code.parse().map_err(|_| PassedOver::Field("follows"))
            })?,
            admitted_on: day,
            admitted_at: sequence,
        })
    }
}

fn text(what: &'static str, text: &str) -> Result<String, PassedOver> {
    if text.len() > RECORD_TEXT_BYTES_MAX {
        return Err(PassedOver::TooLong { what, found: text.len(), most: RECORD_TEXT_BYTES_MAX });
    }
    if text.chars().any(char::is_control) { Err(PassedOver::Field(what)) } else { Ok(text.to_owned()) }
}

fn list<W, T, C: FromIterator<T>>(
    what: &'static str,
    items: &[W],
    most: usize,
    read: impl Fn(&W) -> Result<T, PassedOver>,
) -> Result<C, PassedOver> {
    if items.len() > most {
        return Err(PassedOver::TooLong { what, found: items.len(), most });
    }
    items.iter().map(read).collect()
}

fn feed_key(key: &wire::FeedKey) -> Result<FeedKey, PassedOver> {
    let public = parse_key(&key.public_key).map_err(|_| PassedOver::Field("feed_keys"))?;
    let last_sequence = (key.last_sequence > 0).then_some(key.last_sequence);
    if key.first_sequence == 0 || last_sequence.is_some_and(|last| last < key.first_sequence) {
        return Err(PassedOver::Field("feed_keys"));
    }
    Ok(FeedKey { id: KeyId::of(&public), key: public, first_sequence: key.first_sequence, last_sequence })
}

fn transport_key(key: &wire::TransportKey) -> Result<TransportKey, PassedOver> {
    let field = |_| PassedOver::Field("transport_keys");
    Ok(TransportKey {
        key: parse_key(&key.public_key).map_err(|_| PassedOver::Field("transport_keys"))?.to_bytes(),
        valid_from: CivilDay::from_yyyymmdd(key.valid_from_day).map_err(field)?,
        valid_to: CivilDay::from_yyyymmdd(key.valid_to_day).map_err(field)?,
    })
}
