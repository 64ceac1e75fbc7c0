//! What becomes of a member's record: each act takes the present record, and a request where the ente asks for it, and
//! gives the record that the roster shall have. Nothing is signed here.
//!
//! Where a request is believed without a call, the key that signed it must be the one in use: a former one may lie about on
//! old disks and in old backups.

use super::Request;
use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use faccina_proto::{
    calendar::CivilDay,
    limits::KEYS_PER_MEMBER_MAX,
    names::IpaCode,
    replica::Head,
    roster::{self, Member, Roster},
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
    #[error("the request of {0} is one for keys, none for an admission: `faccina init` writes that")]
    Nameless(IpaCode),
    #[error("{code} left the federation on {on}: `faccina federation readmit` takes it back")]
    Left { code: IpaCode, on: CivilDay },
    #[error("{0} has not left the federation")]
    NotLeft(IpaCode),
    #[error("{0} is the federation's observer: admit the one that takes its place first")]
    Observer(IpaCode),
    #[error("{0} is no ente: only enti are followed by another one")]
    NotEnte(IpaCode),
    /// Its entries of the days since would be cut on every node.
    #[error(
        "{on} has passed, and what {code} has published since would count nowhere any more: name today ({today}) or a later day"
    )]
    Past { code: IpaCode, on: CivilDay, today: CivilDay },
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
    /// A key that another has followed decides nothing any more: it may lie about.
    #[error(
        "the request is signed with a feed key of {0} that another has followed: it must write the request again, with the \
         key that its node uses now"
    )]
    Followed(IpaCode),
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

    /// Refuses, with `otherwise`, what is no feed key of the member or revoked; and one that another has followed.
    fn expect_in_use(&self, key: &VerifyingKey, otherwise: ActError) -> Result<(), ActError> {
        let known = self.member.feed_keys.iter().find(|known| known.key == *key);
        match known.filter(|known| self.roster.hello_key(self.member, &known.id).is_some()) {
            Some(roster::FeedKey { last_sequence: None, .. }) => Ok(()),
            Some(_) => Err(ActError::Followed(self.code())),
            None => Err(otherwise),
        }
    }

    fn has_ever_had(&self, key: &VerifyingKey) -> bool {
        self.member.feed_keys.iter().any(|known| known.key == *key)
    }

    fn expect_countersigned(&self, request: &Request) -> Result<(), ActError> {
        let otherwise = ActError::NotCountersigned(self.code());
        let key = request.countersigner().and_then(|id| self.roster.hello_key(self.member, &id));
        match key.filter(|key| request.is_countersigned_by(key)) {
            Some(key) => self.expect_in_use(&key, otherwise),
            None => Err(otherwise),
        }
    }

    fn refuse_left(&self, today: CivilDay) -> Result<(), ActError> {
        match self.member.left_on {
            Some(on) if on < today => Err(ActError::Left { code: self.code(), on }),
            Some(_) | None => Ok(()),
        }
    }

    /// A new transport key beside the present ones.
    pub fn renewed(&self, request: &Request, today: CivilDay) -> Result<MemberRecord, ActError> {
        self.refuse_left(today)?;
        self.expect_in_use(request.feed_key(), ActError::NotTheirs(self.code()))?;
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
        self.refuse_left(today)?;
        if self.has_ever_had(request.feed_key()) {
            return Err(ActError::NothingNew(self.code()));
        }
        self.expect_countersigned(request)?;
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
        today: CivilDay,
    ) -> Result<(Vec<Revocation>, MemberRecord), ActError> {
        self.refuse_left(today)?;
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

    /// Ends every feed key that could sign after `last`, also one that was revoked at a later entry.
    pub fn revocations(&self, last: Option<Head>, reason: &str) -> Vec<Revocation> {
        let sequence = last.map_or(0, |last| last.sequence);
        let (author, next) = (self.member.code.clone().into(), sequence.saturating_add(1));
        let signs =
            |key: &&roster::FeedKey| self.roster.permits(&author, key.first_sequence.max(next), &key.id);
        let signing = self.member.feed_keys.iter().filter(signs);
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

    /// Refuses to take the federation's observer away.
    pub fn expect_no_observer(&self) -> Result<(), ActError> {
        let observer = self.roster.observer().is_some_and(|observer| observer.code == self.member.code);
        if observer { Err(ActError::Observer(self.code())) } else { Ok(()) }
    }

    /// It leaves: what it declares of later days does not count. A day to come can be changed until it has passed.
    pub fn left(&self, on: CivilDay, today: CivilDay) -> Result<MemberRecord, ActError> {
        self.refuse_left(today)?;
        self.expect_no_observer()?;
        if on < today {
            return Err(ActError::Past { code: self.code(), on, today });
        }
        Ok(MemberRecord { left_on_day: on.yyyymmdd(), ..self.record.clone() })
    }

    /// It leaves because another ente takes its place.
    pub fn followed(&self, on: CivilDay, today: CivilDay) -> Result<MemberRecord, ActError> {
        match self.member.role {
            roster::Role::Ente => self.left(on, today),
            roster::Role::Observer | roster::Role::Hub => Err(ActError::NotEnte(self.code())),
        }
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
        let in_use = self.expect_in_use(request.feed_key(), ActError::NotTheirs(self.code()));
        let (revocations, record) = if in_use.is_ok() {
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

#[cfg(test)]
mod tests;
