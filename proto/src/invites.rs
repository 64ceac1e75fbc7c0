//! Invites: one-time rights to vote, for one service, channel and branch.
//!
//! An invite is 16 random bytes, or on paper 10 characters of Crockford's alphabet (50 random bits). It travels as its
//! SHA-256 and is stored only as HMAC-SHA-256(node key, SHA-256(invite)), with what it is for and its last valid month, and
//! no time of issue: who holds the store alone can neither vote with it nor tell whose it was.

use crate::{
    calendar::{CalendarError, Month},
    crockford::{self, TypedCodeError},
    limits::{INVITE_BYTES, PAPER_INVITE_CHARS},
    names::{Code, NameError},
    tally::GroupKey,
    wire::ballot::v1 as wire,
};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use sha2::{Digest, Sha256};
use std::fmt;

/// The channel whose terminals accept invites on paper.
pub const COUNTER: &str = "counter";

/// SHA-256 of an invite: what a cast carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InviteHash([u8; 32]);

impl InviteHash {
    /// The hash of a random invite.
    pub fn of(invite: &[u8; INVITE_BYTES]) -> Self {
        Self(Sha256::digest(invite).into())
    }

    /// From a cast.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As 32 bytes, for a cast.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The only form that is stored, with the node's own secret key.
    pub fn stored(&self, node_key: &[u8; 32]) -> StoredInvite {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(node_key).expect("HMAC takes keys of any length");
        mac.update(&self.0);
        StoredInvite(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for InviteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteHash(secret)")
    }
}

/// HMAC-SHA-256(node key, SHA-256(invite)): the key of an invite's record and of its spent mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredInvite([u8; 32]);

impl StoredInvite {
    /// From 32 stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for StoredInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredInvite(..)")
    }
}

/// An invite on paper: 50 random bits as 10 Crockford characters, upper-case, without separators.
#[derive(Clone, PartialEq, Eq)]
pub struct PaperInvite([u8; PAPER_INVITE_CHARS]);

impl PaperInvite {
    /// The code of the lowest 50 bits of `random`.
    pub fn from_random(random: u64) -> Self {
        Self(crockford::write(random.into()))
    }

    /// Reads what a person types: case, spaces and hyphens do not matter, O is 0, I and L are 1.
    pub fn parse(text: &str) -> Result<Self, TypedCodeError> {
        crockford::read(text).map(Self)
    }

    /// Its hash: SHA-256 of the 10 upper-case ASCII characters.
    pub fn hash(&self) -> InviteHash {
        InviteHash(Sha256::digest(self.0).into())
    }
}

/// Printed in groups: `ABCD-EFG-HJK`.
impl fmt::Display for PaperInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crockford::show(&self.0, &[4, 7], f)
    }
}

impl fmt::Debug for PaperInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaperInvite(secret)")
    }
}

/// A stored record that is no invite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteRecordError {
    /// The stored bytes are damaged; restore a backup or give out new invites.
    #[error("invite record cannot be decoded")]
    Undecodable,
    /// The stored bytes are damaged.
    #[error("invite record has a wrong code")]
    Name(#[from] NameError),
    /// The stored bytes are damaged.
    #[error("invite record has a wrong month")]
    Month(#[from] CalendarError),
    /// The stored bytes are damaged.
    #[error("invite record has a mark of another length than 32 bytes")]
    Mark,
}

/// What an invite gives the right to, stored under its [`StoredInvite`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRecord {
    /// The service and channel it is for.
    pub key: GroupKey,
    /// The branch it is for; `None` for any.
    pub branch: Option<Code>,
    /// The last month it is valid in: the one after that of issue.
    pub last_month: Month,
    /// Whether it is a code on paper.
    pub paper: bool,
    /// The spent mark that it shares with another form of the same right, so that only one of them can vote.
    pub mark: Option<StoredInvite>,
}

impl InviteRecord {
    /// An invite given out in `issued`, valid to the end of the month after.
    pub fn issued_in(issued: Month, key: GroupKey, branch: Option<Code>, paper: bool) -> Self {
        Self { key, branch, last_month: issued.next(), paper, mark: None }
    }

    /// Whether a terminal of this channel may know that it exists: a code on paper has few bits, and is for the counter.
    pub fn is_known_at(&self, channel: &Code) -> bool {
        !self.paper || channel.as_str() == COUNTER
    }

    /// The mark that says it is spent; `own` is the stored form under which the record stands.
    pub fn mark(&self, own: StoredInvite) -> StoredInvite {
        self.mark.unwrap_or(own)
    }

    /// The month of issue: no box before it can hold the spent mark.
    pub fn first_month(&self) -> Month {
        self.last_month.previous()
    }

    /// The stored bytes.
    pub fn encode(&self) -> Vec<u8> {
        wire::InviteRecord {
            service: self.key.service.to_string(),
            channel: self.key.channel.to_string(),
            branch: self.branch.as_ref().map(Code::to_string).unwrap_or_default(),
            last_month: self.last_month.yyyymm(),
            paper: self.paper,
            mark: self.mark.map(|mark| Bytes::copy_from_slice(mark.as_bytes())).unwrap_or_default(),
        }
        .encode_to_vec()
    }

    /// Reads what [`InviteRecord::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, InviteRecordError> {
        let message = wire::InviteRecord::decode(bytes).map_err(|_| InviteRecordError::Undecodable)?;
        Ok(Self {
            key: GroupKey { service: message.service.parse()?, channel: message.channel.parse()? },
            branch: (!message.branch.is_empty()).then(|| message.branch.parse()).transpose()?,
            last_month: Month::from_yyyymm(message.last_month)?,
            paper: message.paper,
            mark: match message.mark.as_ref() {
                [] => None,
                mark => Some(StoredInvite(mark.try_into().map_err(|_| InviteRecordError::Mark)?)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hmac_is_the_one_of_rfc_4231() {
        // RFC 4231, test case 1 has a 20-byte key; HMAC pads it with zeros to the block, so 32 bytes give the same.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
        mac.update(b"Hi There");
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex::encode(mac.finalize().into_bytes()), expected);
    }

    #[test]
    fn a_paper_invite_is_read_as_people_type_it() {
        let code = PaperInvite::parse("O1IL-abc-xyz").unwrap();
        assert_eq!(code.to_string(), "0111-ABC-XYZ");
        assert_eq!(code.hash(), PaperInvite::parse(" 0111ABCXYZ ").unwrap().hash());
        assert_eq!(code.hash().as_bytes(), <[u8; 32]>::from(Sha256::digest(b"0111ABCXYZ")).as_slice());
        assert_eq!(PaperInvite::parse("0111-ABC-XY"), Err(TypedCodeError::Length { typed: 9, expected: 10 }));
        assert_eq!(
            PaperInvite::parse("0111-ABC-XYZ0"),
            Err(TypedCodeError::Length { typed: 11, expected: 10 })
        );
        assert_eq!(PaperInvite::parse("U111-ABC-XYZ"), Err(TypedCodeError::Character('U')));
    }

    #[test]
    fn the_store_depends_on_the_node_key() {
        let hash = InviteHash::of(&[1; 16]);
        assert_ne!(hash.stored(&[1; 32]), hash.stored(&[2; 32]));
        assert_ne!(hash.stored(&[1; 32]), InviteHash::of(&[2; 16]).stored(&[1; 32]));
        assert_eq!(format!("{hash:?}"), "InviteHash(secret)");
    }

    proptest! {
        #[test]
        fn a_printed_code_reads_back(random in any::<u64>()) {
            let code = PaperInvite::from_random(random);
            prop_assert_eq!(PaperInvite::parse(&code.to_string()), Ok(code.clone()));
            prop_assert_eq!(code == PaperInvite::from_random(random ^ 1), false);
        }

        #[test]
        fn parse_and_decode_never_panic(text in ".{0,20}", bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = PaperInvite::parse(&text);
            let _ = InviteRecord::decode(&bytes);
        }

        #[test]
        fn decode_of_encode_is_the_same(paper in any::<bool>(), yyyy in 2000u32..2999, mm in 1u32..=12) {
            let key = GroupKey { service: "anagrafe".parse().unwrap(), channel: "web".parse().unwrap() };
            let month = Month::from_yyyymm(yyyy * 100 + mm).unwrap();
            let mut record = InviteRecord::issued_in(month, key, (!paper).then(|| "sede".parse().unwrap()), paper);
            record.mark = paper.then_some(StoredInvite([7; 32]));
            prop_assert_eq!(record.mark(StoredInvite([1; 32])) == StoredInvite([7; 32]), paper);
            prop_assert_eq!(record.first_month(), month);
            prop_assert_eq!(InviteRecord::decode(&record.encode()), Ok(record));
        }
    }
}
