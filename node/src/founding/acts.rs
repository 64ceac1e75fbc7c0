//! What becomes of a member's record: each act takes the present record, and a request where the ente asks for it, and
//! gives the record that the roster shall have. Nothing is signed here.

use super::Request;
use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use faccina_proto::{
    calendar::CivilDay,
    envelope::KeyId,
    limits::KEYS_PER_MEMBER_MAX,
    names::IpaCode,
    replica::Head,
    roster::{Member, Roster},
    sync::TRANSPORT_GRACE_DAYS,
    wire::feed::v1::{FeedKey, MemberRecord, Revocation},
};

/// Entries that the former feed key may still sign after a rotation: more than an ente publishes in a year, so that the
/// node has its time to hear of the new key.
pub const OVERLAP_ENTRIES: u64 = 64;

/// Why a record cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Admit it first.
    #[error("{0} is no member: `faccina federation admit` admits it")]
    Unknown(IpaCode),
    #[error("{0} is a member already: see `renew`, `rotate`, `replace`, `readmit` and `update`")]
    Known(IpaCode),
    #[error("{code} left the federation on {on}: `faccina federation readmit` takes it back")]
    Left { code: IpaCode, on: CivilDay },
    #[error("{0} has not left the federation")]
    NotLeft(IpaCode),
    /// The file may be somebody else's. If the ente has lost its keys, it writes another request.
    #[error(
        "the request is signed with no feed key that the roster has for {0}: if the ente has lost its key, it writes \
         a request with `faccina keys replace`, and `faccina federation replace` takes it"
    )]
    NotTheirs(IpaCode),
    #[error(
        "the request for a new feed key is not countersigned with a present one of {0}: if that is lost, \
         `faccina federation replace` takes the request, after a call"
    )]
    NotCountersigned(IpaCode),
    #[error("the request asks for no key that {0} does not have already")]
    NothingNew(IpaCode),
    #[error("the request asks for a feed key of {0} that has signed before: it must make another one")]
    Used(IpaCode),
    #[error("{code} would have {found} {what} keys, at most {KEYS_PER_MEMBER_MAX}")]
    TooMany { code: IpaCode, what: &'static str, found: usize },
    #[error("{code} holds no entry {last}: its feed ends at {held} in the file given with --feeds")]
    BeyondHead { code: IpaCode, last: u64, held: u64 },
}

/// A member as an act finds it: its latest record as it was signed, and as the roster reads it.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    pub record: &'a MemberRecord,
    pub member: &'a Member,
    pub roster: &'a Roster,
}

impl Present<'_> {
    fn code(&self) -> IpaCode {
        self.member.code.clone()
    }

    /// Whether it is a feed key of the member that is not revoked.
    fn has_feed_key(&self, key: &VerifyingKey) -> bool {
        self.roster.hello_key(self.member, &KeyId::of(key)).is_some()
    }

    fn has_ever_had(&self, key: &VerifyingKey) -> bool {
        self.member.feed_keys.iter().any(|known| known.key == *key)
    }

    fn is_countersigned(&self, request: &Request) -> bool {
        let key = request.countersigner().and_then(|id| self.roster.hello_key(self.member, &id));
        key.is_some_and(|key| request.is_countersigned_by(&key))
    }

    fn refuse_left(&self) -> Result<(), ActError> {
        match self.member.left_on {
            Some(on) => Err(ActError::Left { code: self.code(), on }),
            None => Ok(()),
        }
    }

    /// A new transport key beside the present ones.
    pub fn renewed(&self, request: &Request, today: CivilDay) -> Result<MemberRecord, ActError> {
        self.refuse_left()?;
        if !self.has_feed_key(request.feed_key()) {
            return Err(ActError::NotTheirs(self.code()));
        }
        let mut record = self.record.clone();
        if !take_transport_keys(&mut record, request, today) {
            return Err(ActError::NothingNew(self.code()));
        }
        self.within_bounds(record)
    }

    /// A new feed key from the entry after `head` on; the present one may sign `overlap` entries more. Also takes the
    /// transport key of the request, if it has one.
    pub fn rotated(
        &self,
        request: &Request,
        head: u64,
        overlap: u64,
        today: CivilDay,
    ) -> Result<MemberRecord, ActError> {
        self.refuse_left()?;
        if self.has_ever_had(request.feed_key()) {
            return Err(ActError::NothingNew(self.code()));
        }
        if !self.is_countersigned(request) {
            return Err(ActError::NotCountersigned(self.code()));
        }
        let mut record = self.record.clone();
        for key in record.feed_keys.iter_mut().filter(|key| key.last_sequence == 0) {
            key.last_sequence = head.saturating_add(overlap).max(key.first_sequence);
        }
        record.feed_keys.push(feed_key(request, head));
        take_transport_keys(&mut record, request, today);
        self.within_bounds(record)
    }

    /// The keys of the request in place of all others: what the former feed keys signed counts up to `last`. The
    /// revocations say so of each key that could sign beyond it.
    pub fn replaced(
        &self,
        request: &Request,
        last: Option<Head>,
        reason: &str,
    ) -> Result<(Vec<Revocation>, MemberRecord), ActError> {
        self.refuse_left()?;
        self.with_other_keys(request, last, reason)
    }

    fn with_other_keys(
        &self,
        request: &Request,
        last: Option<Head>,
        reason: &str,
    ) -> Result<(Vec<Revocation>, MemberRecord), ActError> {
        if self.has_ever_had(request.feed_key()) {
            return Err(ActError::Used(self.code()));
        }
        let revocations = self.revocations(last, reason);
        let last = last.map_or(0, |last| last.sequence);
        let mut record = self.record.clone();
        record.feed_keys.retain(|key| key.first_sequence <= last);
        for key in
            record.feed_keys.iter_mut().filter(|key| key.last_sequence == 0 || key.last_sequence > last)
        {
            key.last_sequence = last;
        }
        record.feed_keys.push(feed_key(request, last));
        // Whoever has the keys must not be spoken with under the former ones.
        record.transport_keys.clone_from(&request.record.transport_keys);
        Ok((revocations, self.within_bounds(record)?))
    }

    /// Ends every feed key that could sign after `last`.
    pub fn revocations(&self, last: Option<Head>, reason: &str) -> Vec<Revocation> {
        let sequence = last.map_or(0, |last| last.sequence);
        let signing =
            self.member.feed_keys.iter().filter(|key| {
                key.last_sequence.is_none_or(|end| end > sequence) && self.has_feed_key(&key.key)
            });
        signing
            .map(|key| Revocation {
                author: self.member.code.to_string(),
                key_id: Bytes::copy_from_slice(key.id.as_bytes()),
                last_sequence: sequence,
                last_id: last.map_or_else(Bytes::new, |last| Bytes::copy_from_slice(last.id.as_bytes())),
                reason: reason.to_owned(),
            })
            .collect()
    }

    /// It leaves: what it declares of later days does not count.
    pub fn left(&self, on: CivilDay) -> Result<MemberRecord, ActError> {
        self.refuse_left()?;
        Ok(MemberRecord { left_on_day: on.yyyymmdd(), ..self.record.clone() })
    }

    /// It comes back under its place in the roster, with the keys that it has or with new ones; its history stands. New
    /// keys begin after `last`.
    pub fn readmitted(
        &self,
        request: &Request,
        last: Option<Head>,
        today: CivilDay,
    ) -> Result<(Vec<Revocation>, MemberRecord), ActError> {
        if self.member.left_on.is_none() {
            return Err(ActError::NotLeft(self.code()));
        }
        let (revocations, record) = if self.has_feed_key(request.feed_key()) {
            let mut record = self.record.clone();
            take_transport_keys(&mut record, request, today);
            (Vec::new(), self.within_bounds(record)?)
        } else {
            self.with_other_keys(request, last, "rientro con chiavi nuove")?
        };
        Ok((revocations, MemberRecord { left_on_day: 0, ..record }))
    }

    fn within_bounds(&self, record: MemberRecord) -> Result<MemberRecord, ActError> {
        let counts = [("feed", record.feed_keys.len()), ("transport", record.transport_keys.len())];
        match counts.into_iter().find(|(_, found)| *found > KEYS_PER_MEMBER_MAX) {
            Some((what, found)) => Err(ActError::TooMany { code: self.code(), what, found }),
            None => Ok(record),
        }
    }
}

fn feed_key(request: &Request, after: u64) -> FeedKey {
    let public_key = Bytes::copy_from_slice(request.feed_key().as_bytes());
    FeedKey { public_key, first_sequence: after.saturating_add(1), last_sequence: 0 }
}

/// Adds the transport keys of the request and drops those that no peer accepts any more; whether any was new.
fn take_transport_keys(record: &mut MemberRecord, request: &Request, today: CivilDay) -> bool {
    let ended = |yyyymmdd| {
        CivilDay::from_yyyymmdd(yyyymmdd).is_ok_and(|day| day.plus_days(TRANSPORT_GRACE_DAYS) < today)
    };
    record.transport_keys.retain(|key| !ended(key.valid_to_day));
    let mut new = false;
    for key in &request.record.transport_keys {
        if record.transport_keys.iter().all(|known| known.public_key != key.public_key) {
            record.transport_keys.push(key.clone());
            new = true;
        }
    }
    new
}
