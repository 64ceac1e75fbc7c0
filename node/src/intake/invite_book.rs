//! The invites that were given out, in the node's database: `invite/` stored form (32) -> `InviteRecord`.
//!
//! The stored form is an HMAC under the node's key, so who holds the database alone can neither vote with an invite
//! nor tell whose it was. That an invite is spent stands in the ballot boxes, never here. The order of the keys tells
//! nothing of the order of issue.

use std::sync::Arc;

use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::invites::{InviteHash, InviteRecord, InviteRecordError, PaperInvite, StoredInvite};
use faccina_proto::limits::{BALLOT_AGE_DAYS_MAX, INVITE_BYTES};
use faccina_proto::names::Code;
use faccina_proto::tally::GroupKey;
use rand::{TryRng, rngs::SysRng};

use crate::store::{Batch, Store, StoreError};

const PREFIX: &[u8] = b"invite/";
/// Invites given out in one call: a day's letters of a large ente.
pub const INVITES_PER_CALL_MAX: u32 = 10_000;
/// Invites forgotten in one durable batch. Until a batch is applied the engine holds on to every version of the pages
/// that it touches: forgetting 40,000 at once took 70 MiB.
const FORGOTTEN_PER_BATCH: usize = 256;

/// Why invites cannot be given out or read.
#[derive(Debug, thiserror::Error)]
pub enum InviteBookError {
    /// Whoever asks must ask for fewer, several times.
    #[error("{asked} invites asked for, from 1 to {INVITES_PER_CALL_MAX} at a time")]
    Number {
        /// How many were asked for.
        asked: u32,
    },
    /// The database refuses.
    #[error("the book of invites")]
    Store(#[from] StoreError),
    /// The database is damaged: restore it from a backup, or give out new invites.
    #[error("the book of invites is damaged")]
    Record(#[from] InviteRecordError),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// One right to vote, in the forms that a desk gives it. Whichever is presented first spends them all.
#[derive(Debug)]
pub struct DeskInvite {
    /// For a terminal at the counter.
    pub code: PaperInvite,
    /// For the person's own phone.
    pub token: Option<[u8; INVITE_BYTES]>,
    /// The last day on which it is valid.
    pub last_day: CivilDay,
    /// Takes it back.
    pub forms: InviteForms,
}

/// The stored forms of one right to vote. The first is the mark that a vote with any of them spends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InviteForms(Vec<StoredInvite>);

impl InviteForms {
    /// Those that were kept of a right given before.
    pub(crate) fn kept(forms: Vec<StoredInvite>) -> Self {
        Self(forms)
    }

    /// What is kept of this right.
    pub(crate) fn as_slice(&self) -> &[StoredInvite] {
        &self.0
    }

    /// What a vote with any of them spends.
    pub(crate) fn mark(&self) -> Option<StoredInvite> {
        self.0.first().copied()
    }
}

/// Gives out invites and knows what each is for.
#[derive(Clone)]
pub(crate) struct InviteBook {
    store: Arc<dyn Store>,
    node_key: [u8; 32],
}

impl std::fmt::Debug for InviteBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InviteBook(..)")
    }
}

impl InviteBook {
    pub(crate) fn new(store: Arc<dyn Store>, node_key: [u8; 32]) -> Self {
        Self { store, node_key }
    }

    /// The only form of an invite that is stored.
    pub(crate) fn stored(&self, hash: &InviteHash) -> StoredInvite {
        hash.stored(&self.node_key)
    }

    /// What an invite is for; `None` for one that was never given out, or too long ago.
    pub(crate) fn record(&self, invite: &StoredInvite) -> Result<Option<InviteRecord>, InviteBookError> {
        let bytes = self.store.get(&key(invite))?;
        Ok(bytes.map(|bytes| InviteRecord::decode(&bytes)).transpose()?)
    }

    /// Draws invites; durable on return. Blocks for a disk flush.
    pub(crate) fn give_out(
        &self,
        service: &Code,
        channel: &Code,
        branch: &Code,
        number: u32,
        issued: Month,
    ) -> Result<Vec<[u8; INVITE_BYTES]>, InviteBookError> {
        if !(1..=INVITES_PER_CALL_MAX).contains(&number) {
            return Err(InviteBookError::Number { asked: number });
        }
        let group = GroupKey { service: service.clone(), channel: channel.clone() };
        let record = InviteRecord::issued_in(issued, group, Some(branch.clone()), false).encode();
        let mut invites = Vec::new();
        let mut batch = Batch::new();
        for _ in 0..number {
            let mut invite = [0; INVITE_BYTES];
            SysRng.try_fill_bytes(&mut invite).map_err(|_| InviteBookError::NoRandomness)?;
            batch.put(key(&self.stored(&InviteHash::of(&invite))), record.clone());
            invites.push(invite);
        }
        self.store.commit(batch)?;
        Ok(invites)
    }

    /// Draws one right to vote at the counter, where `web` is given also by this channel; durable on return. It takes the place
    /// of `before`: those forms are void, and where one of them has voted the new ones are spent. Blocks for a disk flush.
    pub(crate) fn give_at_desk(
        &self,
        at: GroupKey,
        web: Option<Code>,
        branch: &Code,
        issued: Month,
        before: &InviteForms,
    ) -> Result<DeskInvite, InviteBookError> {
        let mut random = [0; 8];
        SysRng.try_fill_bytes(&mut random).map_err(|_| InviteBookError::NoRandomness)?;
        let code = PaperInvite::from_random(u64::from_be_bytes(random));
        let on_paper = self.stored(&code.hash());
        let mark = before.mark().unwrap_or(on_paper);
        let service = at.service.clone();
        let mut record = InviteRecord::issued_in(issued, at, Some(branch.clone()), true);
        record.mark = before.mark();
        let last_day = record.last_month.last_day();
        let mut batch = Batch::new();
        for form in before.as_slice() {
            batch.delete(key(form));
        }
        batch.put(key(&on_paper), record.encode());
        let mut forms = vec![mark, on_paper];
        forms.dedup();
        let mut token = None;
        if let Some(channel) = web {
            let mut invite = [0; INVITE_BYTES];
            SysRng.try_fill_bytes(&mut invite).map_err(|_| InviteBookError::NoRandomness)?;
            let mut record = InviteRecord::issued_in(issued, GroupKey { service, channel }, None, false);
            record.mark = Some(mark);
            let stored = self.stored(&InviteHash::of(&invite));
            batch.put(key(&stored), record.encode());
            forms.push(stored);
            token = Some(invite);
        }
        self.store.commit(batch)?;
        Ok(DeskInvite { code, token, last_day, forms: InviteForms(forms) })
    }

    /// Takes a right to vote back, in all its forms; a vote that was cast with it stays. Blocks for a disk flush.
    pub(crate) fn take_back(&self, forms: &InviteForms) -> Result<(), InviteBookError> {
        let mut batch = Batch::new();
        for stored in &forms.0 {
            batch.delete(key(stored));
        }
        Ok(self.store.commit(batch)?)
    }

    /// Forgets the invites that no ballot can present any more. Blocks for a disk flush.
    pub(crate) fn forget_old(&self, today: CivilDay) -> Result<(), InviteBookError> {
        let mut old = Vec::new();
        for entry in self.store.scan(PREFIX) {
            let (key, bytes) = entry?;
            let last_day = InviteRecord::decode(&bytes)?.last_month.last_day();
            if last_day.days_until(today) > BALLOT_AGE_DAYS_MAX {
                old.push(key);
            }
        }
        self.forget(&old)
    }

    /// Forgets every invite: whoever presents one hears that it is not known. Marks in the boxes stay. Blocks for a disk
    /// flush.
    pub(crate) fn void_all(&self) -> Result<(), InviteBookError> {
        let given: Result<Vec<Vec<u8>>, StoreError> =
            self.store.scan(PREFIX).map(|entry| entry.map(|(key, _)| key)).collect();
        self.forget(&given?)
    }

    fn forget(&self, old: &[Vec<u8>]) -> Result<(), InviteBookError> {
        for keys in old.chunks(FORGOTTEN_PER_BATCH) {
            let mut batch = Batch::new();
            for key in keys {
                batch.delete(key.as_slice());
            }
            self.store.commit(batch)?;
        }
        Ok(())
    }
}

fn key(invite: &StoredInvite) -> Vec<u8> {
    [PREFIX, invite.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn invites_are_known_until_no_ballot_can_present_them() {
        let store = Arc::new(MemoryStore::new());
        let book = InviteBook::new(store.clone(), [7; 32]);
        let code = |code: &str| code.parse().unwrap();
        let april = Month::from_yyyymm(202_604).unwrap();
        let given = book.give_out(&code("anagrafe"), &code("web"), &code("centro"), 3, april).unwrap();
        let stored = book.stored(&InviteHash::of(&given[0]));
        assert_eq!(book.record(&stored).unwrap().unwrap().last_month, april.next());
        assert!(store.scan(b"").all(|entry| !entry.unwrap().0.windows(16).any(|bytes| bytes == given[0])));
        let last = april.next().last_day();
        book.forget_old(last.plus_days(60)).unwrap();
        assert!(book.record(&stored).unwrap().is_some());
        book.forget_old(last.plus_days(61)).unwrap();
        assert!(book.record(&stored).unwrap().is_none());
        let none = book.give_out(&code("anagrafe"), &code("web"), &code("centro"), 0, april);
        assert!(matches!(none, Err(InviteBookError::Number { asked: 0 })));
    }

    #[test]
    fn two_forms_of_one_right_share_their_mark_and_are_taken_back_together() {
        let book = InviteBook::new(Arc::new(MemoryStore::new()), [7; 32]);
        let code = |code: &str| -> Code { code.parse().unwrap() };
        let at = GroupKey { service: code("anagrafe"), channel: code("counter") };
        let april = Month::from_yyyymm(202_604).unwrap();
        let given = book
            .give_at_desk(at, Some(code("web")), &code("centro"), april, &InviteForms::default())
            .unwrap();
        assert_eq!(given.last_day, april.next().last_day());
        let paper = book.stored(&given.code.hash());
        let link = book.stored(&InviteHash::of(&given.token.unwrap()));
        let of = |stored| book.record(stored).unwrap();
        let (on_paper, linked) = (of(&paper).unwrap(), of(&link).unwrap());
        assert_eq!((on_paper.mark(paper), linked.mark(link)), (paper, paper));
        assert_eq!((on_paper.paper, linked.paper), (true, false));
        assert_eq!((linked.key.channel, linked.key.service), (code("web"), code("anagrafe")));
        book.take_back(&given.forms).unwrap();
        assert!(of(&paper).is_none() && of(&link).is_none());
    }

    #[test]
    fn a_right_given_anew_voids_the_forms_before_and_spends_their_mark() {
        let book = InviteBook::new(Arc::new(MemoryStore::new()), [7; 32]);
        let code = |code: &str| -> Code { code.parse().unwrap() };
        let april = Month::from_yyyymm(202_604).unwrap();
        let give = |before: &InviteForms| {
            let at = GroupKey { service: code("anagrafe"), channel: code("counter") };
            book.give_at_desk(at, Some(code("web")), &code("centro"), april, before).unwrap()
        };
        let forms = |given: &DeskInvite| {
            [book.stored(&given.code.hash()), book.stored(&InviteHash::of(&given.token.unwrap()))]
        };
        let mut given = give(&InviteForms::default());
        let [mark, _] = forms(&given);
        for _ in 0..2 {
            let before = forms(&given);
            given = give(&InviteForms::kept(given.forms.as_slice().to_vec()));
            assert!(before.iter().all(|form| book.record(form).unwrap().is_none()));
            for form in forms(&given) {
                assert_eq!(book.record(&form).unwrap().unwrap().mark(form), mark);
            }
            assert_eq!((given.forms.mark(), given.forms.as_slice().len()), (Some(mark), 3));
        }
        book.take_back(&given.forms).unwrap();
        assert!(forms(&given).iter().all(|form| book.record(form).unwrap().is_none()));
    }
}
