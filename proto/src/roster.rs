//! The roster (albo): who may sign for whom, folded from the root feed (`WIRE.md` 10).
//!
//! - The roster index is the order of first admission and is never reused; a later record of the same code replaces all
//!   that the roster says of the member, except index, admission and absences.
//! - A root entry that cannot be read is passed over with its reason, by every node alike; it never stops the feed.
//! - Of several revocations of one key, or rulings on one sequence, the last in the root feed holds. A revocation also
//!   rules: at its last sequence, its last id is the one that counts.
//! - The root itself is neither revoked nor ruled: only a succession, signed by the key whose hash was committed to,
//!   takes over, from any sequence; the one at the lowest sequence holds.

mod member;

pub use member::{Absence, FeedKey, KEY_LIFE_WARN_PERCENT, Member, PassedOver, Role, TransportKey};

use crate::calendar::{CivilDay, Month};
use crate::envelope::{FederationId, Id, KeyId, parse_key};
use crate::feed::{Body, Entry, Quota};
use crate::limits::MEMBERS_MAX;
use crate::names::{Author, IpaCode};
use crate::wire::feed::v1 as wire;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What `federation.toml` fixes: the trust from which everything else follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federation {
    name: String,
    root_key: VerifyingKey,
    successor_hash: [u8; 32],
    id: FederationId,
}

impl Federation {
    /// The federation that `root_key` founded under `name`; `successor_hash` is SHA-256 of the successor root key.
    pub fn new(name: &str, root_key: VerifyingKey, successor_hash: [u8; 32]) -> Self {
        let id = FederationId::of(&root_key, name);
        Self { name: name.to_owned(), root_key, successor_hash, id }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The genesis root key.
    pub fn root_key(&self) -> &VerifyingKey {
        &self.root_key
    }

    /// SHA-256 of the first successor root key.
    pub fn successor_hash(&self) -> &[u8; 32] {
        &self.successor_hash
    }

    /// Its id, part of all that is signed.
    pub fn id(&self) -> &FederationId {
        &self.id
    }
}

/// From which root sequence a root key signs and to which successor it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RootReign {
    first_sequence: u64,
    key: VerifyingKey,
    key_id: KeyId,
    successor_hash: [u8; 32],
}

/// Who may sign for whom, as of one root entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    reigns: Vec<RootReign>,
    first_month: Option<Month>,
    /// Month of the genesis entry.
    founded: Option<Month>,
    members: Vec<Member>,
    by_code: BTreeMap<IpaCode, usize>,
    by_feed_key: BTreeMap<KeyId, usize>,
    by_transport_key: BTreeMap<[u8; 32], usize>,
    revoked: BTreeMap<(Author, KeyId), u64>,
    ruled: BTreeMap<(Author, u64), Id>,
    passed_over: BTreeMap<u64, PassedOver>,
}

impl Roster {
    /// The roster before the first root entry.
    pub fn new(federation: &Federation) -> Self {
        let first = RootReign {
            first_sequence: 1,
            key: federation.root_key,
            key_id: KeyId::of(&federation.root_key),
            successor_hash: federation.successor_hash,
        };
        Self {
            reigns: vec![first],
            first_month: None,
            founded: None,
            members: Vec::new(),
            by_code: BTreeMap::new(),
            by_feed_key: BTreeMap::new(),
            by_transport_key: BTreeMap::new(),
            revoked: BTreeMap::new(),
            ruled: BTreeMap::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// Folds the next root entry, which the replica has verified, and returns the members whose feeds it touches.
    pub fn apply(&mut self, entry: &Entry) -> BTreeSet<IpaCode> {
        let touched = match &entry.body {
            Body::Genesis(genesis) if entry.sequence == 1 => {
                self.first_month = Month::from_yyyymm(genesis.first_month).ok();
                self.founded = Some(entry.day.month());
                Ok(None)
            }
            Body::Member(record) => self.admit(record, entry.day, entry.sequence).map(Some),
            Body::Revocation(revocation) => self.revoke(revocation).map(Some),
            Body::Ruling(ruling) => self.rule(ruling).map(Some),
            Body::Succession(succession) => self.succeed(succession, entry.sequence).map(|()| None),
            Body::Genesis(_)
            | Body::CataloguePart(_)
            | Body::CatalogueClosing(_)
            | Body::ExpertDesignation(_)
            | Body::ExpertRevocation(_)
            | Body::NationalMonth(_)
            | Body::Summary(_)
            | Body::SurveyPlan(_)
            | Body::PublicationNotice(_)
            | Body::Availability(_)
            | Body::Contact(_)
            | Body::TwinningAgreement(_)
            | Body::TwinningOutcome(_)
            | Body::PracticeCard(_)
            | Body::NamingConsent(_)
            | Body::Unknown => Err(PassedOver::Foreign(entry.body.name())),
        };
        match touched {
            Ok(touched) => touched.into_iter().collect(),
            Err(reason) => {
                self.passed_over.insert(entry.sequence, reason);
                BTreeSet::new()
            }
        }
    }

    /// All members ever admitted, by index.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of this code.
    pub fn member(&self, code: &IpaCode) -> Option<&Member> {
        self.members.get(*self.by_code.get(code)?)
    }

    /// The member whose feed `author` is; `None` for the root and for strangers.
    pub fn author(&self, author: &Author) -> Option<&Member> {
        self.member(author.member()?)
    }

    /// The member that holds this transport key.
    pub fn by_transport_key(&self, key: &[u8; 32]) -> Option<&Member> {
        self.members.get(*self.by_transport_key.get(key)?)
    }

    /// The observer: of the members with that role that have not left, the one admitted last.
    pub fn observer(&self) -> Option<&Member> {
        self.members.iter().rev().find(|member| member.role == Role::Observer && member.left_on.is_none())
    }

    /// The federation's first month, once the genesis is known.
    pub fn first_month(&self) -> Option<Month> {
        self.first_month
    }

    /// Whether an entry may declare this day: none is older than the month before the genesis or before the federation's first
    /// month, whichever is earlier. Quotas count by declared year, so that an author who could write in every year of the
    /// calendar would have as many of them.
    pub fn reaches_back_to(&self, day: CivilDay) -> bool {
        let begun = self.first_month.into_iter().chain(self.founded).min();
        begun.is_none_or(|begun| day.month().next() >= begun)
    }

    /// Root entries that mean nothing, by sequence.
    pub fn passed_over(&self) -> &BTreeMap<u64, PassedOver> {
        &self.passed_over
    }

    /// The root key in force at the end of the root feed.
    pub fn root_key(&self) -> &VerifyingKey {
        // The first reign is made with the roster and none is ever removed.
        self.reigns.last().map(|reign| &reign.key).expect("a roster has a first root key")
    }

    /// Whose key this is: the author and the public key to verify with.
    pub fn signer(&self, key_id: &KeyId) -> Option<(Author, &VerifyingKey)> {
        if let Some(reign) = self.reigns.iter().find(|reign| reign.key_id == *key_id) {
            return Some((Author::Root, &reign.key));
        }
        let member = self.members.get(*self.by_feed_key.get(key_id)?)?;
        let key = member.feed_keys.iter().find(|key| key.id == *key_id)?;
        Some((Author::Member(member.code.clone()), &key.key))
    }

    /// Whether `key_id` may sign `author`'s entry at `sequence`, ranges, revocations and successions considered.
    pub fn permits(&self, author: &Author, sequence: u64, key_id: &KeyId) -> bool {
        let Author::Member(code) = author else {
            return self.reign_at(sequence).is_some_and(|reign| reign.key_id == *key_id);
        };
        let revoked = self.revoked.get(&(author.clone(), *key_id));
        revoked.is_none_or(|last| sequence <= *last)
            && self.member(code).is_some_and(|member| {
                member.feed_keys.iter().any(|key| key.id == *key_id && key.covers(sequence))
            })
    }

    /// Whether any of the keys that a member has now may sign this entry.
    fn signs(&self, code: &IpaCode, sequence: u64) -> bool {
        let author = Author::Member(code.clone());
        let member = self.member(code);
        member
            .is_some_and(|member| member.feed_keys.iter().any(|key| self.permits(&author, sequence, &key.id)))
    }

    /// Whether DFP has revoked a feed key, from some entry on.
    pub fn is_revoked(&self, author: &Author, key_id: &KeyId) -> bool {
        self.revoked.contains_key(&(author.clone(), *key_id))
    }

    /// The key with which a member's hello is verified: one of its keys that is not revoked.
    pub fn hello_key(&self, member: &Member, key_id: &KeyId) -> Option<VerifyingKey> {
        let author = Author::Member(member.code.clone());
        let key = member.feed_keys.iter().find(|key| key.id == *key_id)?;
        (!self.is_revoked(&author, key_id)).then_some(key.key)
    }

    /// Whether a member may go on with this key after `held` entries: it is not revoked, and no other key has followed it. A
    /// former key may lie about on old disks.
    pub fn goes_on(&self, member: &Member, key_id: &KeyId, held: u64) -> bool {
        let lasts = |key: &FeedKey| key.last_sequence.is_none_or(|last| last > held);
        self.hello_key(member, key_id).is_some()
            && member.feed_keys.iter().any(|key| key.id == *key_id && lasts(key))
    }

    /// The id that a ruling or a revocation fixes at this place.
    pub fn ruling(&self, author: &Author, sequence: u64) -> Option<&Id> {
        self.ruled.get(&(author.clone(), sequence))
    }

    /// How much `author`'s feed may grow.
    pub fn quota(&self, author: &Author) -> Quota {
        match self.author(author).map(|member| member.role) {
            Some(Role::Ente | Role::Hub) => Quota::MEMBER,
            Some(Role::Observer) | None => Quota::DFP,
        }
    }

    /// SHA-256 of the key that may succeed at `sequence` of the root feed.
    pub fn successor_hash_at(&self, sequence: u64) -> Option<&[u8; 32]> {
        self.reign_at(sequence.checked_sub(1)?).map(|reign| &reign.successor_hash)
    }

    /// Where the last succession stands; `None` while the genesis key reigns. It and all before it are fixed.
    pub fn succeeded_at(&self) -> Option<u64> {
        self.reigns.iter().skip(1).map(|reign| reign.first_sequence).next_back()
    }

    /// The hashes of all successors ever committed to.
    pub fn commitments(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.reigns.iter().map(|reign| &reign.successor_hash)
    }

    fn reign_at(&self, sequence: u64) -> Option<&RootReign> {
        self.reigns.iter().rev().find(|reign| reign.first_sequence <= sequence)
    }

    fn admit(
        &mut self,
        record: &wire::MemberRecord,
        day: CivilDay,
        sequence: u64,
    ) -> Result<IpaCode, PassedOver> {
        let mut member = Member::from_wire(record, self.members.len(), day, sequence)?;
        let before = self.member(&member.code).cloned();
        if let Some(before) = &before {
            (member.index, member.admitted_on, member.admitted_at) =
                (before.index, before.admitted_on, before.admitted_at);
            member.absences.clone_from(&before.absences);
            if let (Some(left_on), None) = (before.left_on, member.left_on)
                && left_on < day
            {
                member.absences.push(Absence { left_on, back_on: day });
            }
        } else if self.members.len() >= MEMBERS_MAX {
            return Err(PassedOver::Full(MEMBERS_MAX));
        }
        self.refuse_taken_keys(&member)?;
        for key in before.iter().flat_map(|before| &before.feed_keys) {
            self.by_feed_key.remove(&key.id);
        }
        for key in before.iter().flat_map(|before| &before.transport_keys) {
            self.by_transport_key.remove(&key.key);
        }
        self.by_feed_key.extend(member.feed_keys.iter().map(|key| (key.id, member.index)));
        self.by_transport_key.extend(member.transport_keys.iter().map(|key| (key.key, member.index)));
        self.by_code.insert(member.code.clone(), member.index);
        let code = member.code.clone();
        match self.members.get_mut(member.index) {
            Some(place) => *place = member,
            None => self.members.push(member),
        }
        Ok(code)
    }

    fn refuse_taken_keys(&self, member: &Member) -> Result<(), PassedOver> {
        let holder = |index: Option<&usize>| {
            let holder = self.members.get(*index?)?;
            (holder.index != member.index).then(|| holder.code.clone())
        };
        let taken = |what, index| match holder(index) {
            Some(holder) => Err(PassedOver::KeyTaken { what, holder }),
            None => Ok(()),
        };
        for key in &member.feed_keys {
            taken("feed key", self.by_feed_key.get(&key.id))?;
            if self.reigns.iter().any(|reign| reign.key_id == key.id) {
                return Err(PassedOver::Field("feed_keys"));
            }
        }
        for key in &member.transport_keys {
            taken("transport key", self.by_transport_key.get(&key.key))?;
        }
        Ok(())
    }

    fn named(&self, code: &str) -> Result<IpaCode, PassedOver> {
        let code: IpaCode = code.parse().map_err(|_| PassedOver::Field("author"))?;
        if self.by_code.contains_key(&code) { Ok(code) } else { Err(PassedOver::NoMember(code.to_string())) }
    }

    fn revoke(&mut self, revocation: &wire::Revocation) -> Result<IpaCode, PassedOver> {
        let code = self.named(&revocation.author)?;
        let author = Author::Member(code.clone());
        let key_id = KeyId::from_slice(&revocation.key_id).ok_or(PassedOver::Field("key_id"))?;
        let last = revocation.last_sequence;
        let id = match last {
            0 => None,
            _ => Some(Id::from_slice(&revocation.last_id).ok_or(PassedOver::Field("last_id"))?),
        };
        self.revoked.insert((author.clone(), key_id), last);
        // What was fixed further on are entries that count no more, unless another key signed them: others will stand there.
        let mut ruled = std::mem::take(&mut self.ruled);
        let signs = |sequence| self.signs(&code, sequence);
        ruled.retain(|(whose, sequence), _| *whose != author || *sequence < last || signs(*sequence));
        ruled.extend(id.map(|id| ((author, last), id)));
        self.ruled = ruled;
        Ok(code)
    }

    fn rule(&mut self, ruling: &wire::Ruling) -> Result<IpaCode, PassedOver> {
        let code = self.named(&ruling.author)?;
        let id = Id::from_slice(&ruling.id).ok_or(PassedOver::Field("id"))?;
        if ruling.sequence == 0 {
            return Err(PassedOver::Field("sequence"));
        }
        self.ruled.insert((Author::Member(code.clone()), ruling.sequence), id);
        Ok(code)
    }

    /// The replica lets a succession in only when signature, hash and last id are right.
    fn succeed(&mut self, succession: &wire::Succession, sequence: u64) -> Result<(), PassedOver> {
        let key = parse_key(&succession.new_root_key).map_err(|_| PassedOver::Field("new_root_key"))?;
        let committed = succession.next_successor_hash.as_ref().try_into();
        let successor_hash = committed.map_err(|_| PassedOver::Field("next_successor_hash"))?;
        self.reigns.push(RootReign {
            first_sequence: sequence,
            key,
            key_id: KeyId::of(&key),
            successor_hash,
        });
        Ok(())
    }
}

/// SHA-256 of a root key, as a genesis or a succession commits to it.
pub fn commitment(key: &VerifyingKey) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
