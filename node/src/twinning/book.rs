//! The book of this ente's twinnings, in the node's store. What is written here is durable before anything of it is sent
//! or answered; a message is kept as the exact bytes that were signed, so that a resend is the same.

use super::{
    Kept,
    rows::{ACCEPTING, DELIVERED, PREFIX, REFUSED, key, message_key, put_messages, read},
};
use crate::store::{Batch, Store, StoreError};
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Envelope, FederationId, Id, KeyId, Kind},
    limits::{TWINNINGS_KEPT_MAX, TWINNINGS_OPEN_MAX, TWINNINGS_OPEN_WITH_ONE_MAX},
    names::IpaCode,
    twinning::{self, Body, Message, Proposal, Refusal, Side, Signed, Twinning},
    wire::twinning::v1::{Delivery, Refused, Taken},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use tokio::sync::watch;

/// Longest code of a refusal that is kept: those of this version have at most 20 characters.
const CODE_CHARS_MAX: usize = 32;

/// Why the book does not change.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("there is no such twinning")]
    Unknown,
    #[error("the twinnings cannot be written")]
    Store(#[from] StoreError),
    /// Restore the node's database from a backup.
    #[error("the stored twinning {id} cannot be read: restore the node's database from a backup")]
    Stored { id: String },
}

/// Who the book belongs to.
#[derive(Clone)]
pub struct Owner {
    pub code: IpaCode,
    pub federation: FederationId,
    /// Messages are signed with the key of the feed.
    pub feed_key: SigningKey,
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("code", &self.code).finish_non_exhaustive()
    }
}

/// The sender of a delivery, as the roster knows it.
pub(super) struct Sender<'a> {
    pub(super) code: &'a IpaCode,
    pub(super) is_ente: bool,
    /// The key of this id, if it is one of the sender's that is not revoked.
    pub(super) key: &'a dyn Fn(&KeyId) -> Option<VerifyingKey>,
}

/// The book. Calls that change it block for a disk flush.
#[derive(Debug)]
pub struct Book {
    store: Arc<dyn Store>,
    owner: Owner,
    kept: RwLock<BTreeMap<Id, Kept>>,
    /// Held from reading to writing: one change after the other.
    writing: Mutex<()>,
    changes: watch::Sender<u64>,
}

impl Book {
    /// Reads the book.
    pub fn open(store: Arc<dyn Store>, owner: Owner) -> Result<Self, BookError> {
        let mut rows: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        for row in store.scan(PREFIX.as_bytes()) {
            let (key, value) = row?;
            let key = String::from_utf8_lossy(key.get(PREFIX.len()..).unwrap_or_default()).into_owned();
            let (id, field) = key.split_once('/').ok_or(BookError::Stored { id: key.clone() })?;
            rows.entry(id.to_owned()).or_default().insert(field.to_owned(), value);
        }
        let mut kept = BTreeMap::new();
        for (id, fields) in rows {
            let read = read(&owner.code, &owner.federation, &fields).ok_or(BookError::Stored { id })?;
            kept.insert(read.twinning.id(), read);
        }
        let changes = watch::Sender::new(0);
        Ok(Self { store, owner, kept: RwLock::new(kept), writing: Mutex::new(()), changes })
    }

    /// All twinnings kept.
    #[must_use]
    pub fn all(&self) -> Vec<Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The twinning of this id.
    #[must_use]
    pub fn twinning(&self, id: &Id) -> Option<Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Changes with every change of the book.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Begins a twinning with an expert.
    pub fn propose(&self, expert: &IpaCode, day: CivilDay, proposal: Proposal) -> Result<Kept, BookError> {
        let writing = self.writing();
        let (from, to) = (self.owner.code.clone(), expert.clone());
        let body = Body::Proposed(proposal);
        let message = Message { from, to, proposal: None, number: 1, seen: 0, day, body };
        let kept = Kept::new(Twinning::propose(self.seal(&message)?)?, Side::Learner);
        let mut batch = Batch::new();
        let mut changed = BTreeMap::new();
        let gone = self.make_room(expert, day.month(), &mut changed, &mut batch)?;
        put_messages(&mut batch, &kept, kept.own_said());
        changed.insert(kept.twinning.id(), kept.clone());
        self.write(&writing, batch, changed, &gone)?;
        Ok(kept)
    }

    /// Says something in a twinning.
    pub fn say(&self, id: &Id, day: CivilDay, body: Body) -> Result<Kept, BookError> {
        let writing = self.writing();
        let mut kept = self.twinning(id).ok_or(BookError::Unknown)?;
        let signed = self.seal(&kept.twinning.next(kept.side, day, body)?)?;
        kept.twinning.take(signed.clone())?;
        (kept.refused, kept.accepting) = (None, None);
        let mut batch = Batch::new();
        put_messages(&mut batch, &kept, &[signed]);
        batch.delete(key(id, REFUSED));
        batch.delete(key(id, ACCEPTING));
        self.write(&writing, batch, BTreeMap::from([(*id, kept.clone())]), &BTreeSet::new())?;
        Ok(kept)
    }

    /// Whether something could be said, before it is.
    pub fn check(&self, id: &Id, day: CivilDay, body: Body) -> Result<(), BookError> {
        let kept = self.twinning(id).ok_or(BookError::Unknown)?;
        let message = kept.twinning.next(kept.side, day, body)?;
        Message::decode(&message.encode())?;
        Ok(())
    }

    /// Writes down that the officer accepts; the agreement and the message follow from it.
    pub fn accept(&self, id: &Id, text: String) -> Result<Kept, BookError> {
        let writing = self.writing();
        let mut kept = self.twinning(id).ok_or(BookError::Unknown)?;
        let mut batch = Batch::new();
        batch.put(key(id, ACCEPTING), text.as_bytes());
        kept.accepting = Some(text);
        self.write(&writing, batch, BTreeMap::from([(*id, kept.clone())]), &BTreeSet::new())?;
        Ok(kept)
    }

    /// Takes what another ente delivers; what the answer names is durable on return. What cannot be judged now (a key that
    /// this node's roster does not know yet) is left out, and comes again.
    pub(super) fn take(
        &self,
        sender: &Sender<'_>,
        delivery: &Delivery,
        month: Month,
    ) -> Result<Taken, BookError> {
        let writing = self.writing();
        let (mut batch, mut changed, mut gone) = (Batch::new(), BTreeMap::new(), BTreeSet::new());
        let mut taken = Taken::default();
        for bytes in &delivery.messages {
            let Ok(envelope) = Envelope::parse(bytes.clone()) else { continue };
            let id = envelope.id(Kind::Twinning, &self.owner.federation);
            let named = Bytes::copy_from_slice(id.as_bytes());
            let Some(verifier) = (sender.key)(&envelope.key_id()) else { continue };
            let judged = self.judge(sender, envelope, &verifier).and_then(|signed| {
                self.enter(signed, month, &mut changed, &mut batch).map(|left| gone.extend(left))
            });
            match judged {
                Ok(()) => taken.ids.push(named),
                Err(refusal) => {
                    taken.refused.push(Refused { id: named, reason: refusal.code().to_owned() });
                }
            }
        }
        self.write(&writing, batch, changed, &gone)?;
        Ok(taken)
    }

    fn judge(&self, sender: &Sender<'_>, envelope: Envelope, key: &VerifyingKey) -> Result<Signed, Refusal> {
        let signed = Signed::open(envelope, &self.owner.federation, key)?;
        if signed.message().from != *sender.code {
            Err(Refusal::WrongSender)
        } else if signed.message().to != self.owner.code {
            Err(Refusal::NotAddressed)
        } else if !sender.is_ente {
            Err(Refusal::NoEnte)
        } else {
            Ok(signed)
        }
    }

    /// Enters a message of another ente; names the twinnings that make room for it.
    fn enter(
        &self,
        signed: Signed,
        month: Month,
        changed: &mut BTreeMap<Id, Kept>,
        batch: &mut Batch,
    ) -> Result<BTreeSet<Id>, Refusal> {
        let id = signed.twinning();
        let known = changed.get(&id).cloned().or_else(|| self.twinning(&id));
        let mut gone = BTreeSet::new();
        let kept = match known {
            None => {
                let sender = signed.message().from.clone();
                let begun = Kept::new(Twinning::propose(signed.clone())?, Side::Expert);
                gone = self.make_room(&sender, month, changed, batch)?;
                begun
            }
            Some(_) if id == signed.id() => return Ok(gone),
            Some(mut kept) => {
                if kept.twinning.take(signed.clone())? == twinning::Taken::Known {
                    return Ok(gone);
                }
                // Whoever speaks has the twinning: what was refused may be sent again.
                if kept.refused.take().is_some() {
                    batch.delete(key(&id, REFUSED));
                }
                kept
            }
        };
        put_messages(batch, &kept, &[signed]);
        changed.insert(id, kept);
        Ok(gone)
    }

    /// Refuses one more open twinning beyond the bounds; drops the oldest finished one when the book is full.
    fn make_room(
        &self,
        other: &IpaCode,
        month: Month,
        changed: &mut BTreeMap<Id, Kept>,
        batch: &mut Batch,
    ) -> Result<BTreeSet<Id>, Refusal> {
        let mut all: BTreeMap<Id, Kept> =
            self.all().into_iter().map(|kept| (kept.twinning.id(), kept)).collect();
        all.extend(changed.iter().map(|(id, kept)| (*id, kept.clone())));
        let open: Vec<&Kept> = all.values().filter(|kept| kept.is_open(month)).collect();
        let with_one = open.iter().filter(|kept| kept.other() == other).count();
        if open.len() >= TWINNINGS_OPEN_MAX || with_one >= TWINNINGS_OPEN_WITH_ONE_MAX {
            return Err(Refusal::TooManyTwinnings);
        }
        if all.len() < TWINNINGS_KEPT_MAX {
            return Ok(BTreeSet::new());
        }
        let finished = all.values().filter(|kept| !kept.is_open(month));
        let oldest = finished.min_by_key(|kept| (begun(kept), kept.twinning.id()));
        let Some(oldest) = oldest else { return Err(Refusal::TooManyTwinnings) };
        let id = oldest.twinning.id();
        for side in [Side::Learner, Side::Expert] {
            oldest.twinning.said(side).iter().for_each(|said| batch.delete(message_key(&id, side, said)));
        }
        [DELIVERED, REFUSED, ACCEPTING].iter().for_each(|field| batch.delete(key(&id, field)));
        changed.remove(&id);
        Ok(BTreeSet::from([id]))
    }

    /// What waits for each ente, the oldest twinning first and each in order, at most `most` messages for one.
    pub(super) fn waiting(&self, most: usize) -> BTreeMap<IpaCode, Vec<Signed>> {
        let mut all = self.all();
        all.sort_by_key(|kept| (begun(kept), kept.twinning.id()));
        let mut waiting: BTreeMap<IpaCode, Vec<Signed>> = BTreeMap::new();
        for kept in all.iter().filter(|kept| !kept.waiting().is_empty()) {
            let messages = waiting.entry(kept.other().clone()).or_default();
            let room = most.saturating_sub(messages.len());
            messages.extend(kept.waiting().iter().take(room).cloned());
        }
        waiting
    }

    /// Writes down what the other side answered to a delivery of `sent`.
    pub(super) fn answered(&self, sent: &[Signed], taken: &Taken) -> Result<(), BookError> {
        let writing = self.writing();
        let ids: BTreeSet<&[u8]> = taken.ids.iter().map(Bytes::as_ref).collect();
        let refused: BTreeMap<&[u8], &str> =
            taken.refused.iter().map(|it| (it.id.as_ref(), it.reason.as_str())).collect();
        let (mut batch, mut changed) = (Batch::new(), BTreeMap::new());
        for id in sent.iter().map(Signed::twinning).collect::<BTreeSet<Id>>() {
            let Some(before) = self.twinning(&id) else { continue };
            let kept = answer(before.clone(), &ids, &refused);
            for lost in before.own_said().iter().skip(kept.own_said().len()) {
                batch.delete(message_key(&id, kept.side, lost));
            }
            batch.put(key(&id, DELIVERED), kept.delivered.to_string());
            if let Some(code) = &kept.refused {
                batch.put(key(&id, REFUSED), code.as_bytes());
            }
            if kept != before {
                changed.insert(id, kept);
            }
        }
        if changed.is_empty() { Ok(()) } else { self.write(&writing, batch, changed, &BTreeSet::new()) }
    }

    fn seal(&self, message: &Message) -> Result<Signed, Refusal> {
        Signed::seal(&self.owner.federation, &self.owner.feed_key, message)
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Durable first, then visible.
    fn write(
        &self,
        _writing: &MutexGuard<'_, ()>,
        batch: Batch,
        changed: BTreeMap<Id, Kept>,
        gone: &BTreeSet<Id>,
    ) -> Result<(), BookError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.store.commit(batch)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|id, _| !gone.contains(id));
        kept.extend(changed);
        drop(kept);
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }
}

/// The twinning after the other side's answer: the own messages count as delivered as far as they are named without a gap.
fn answer(mut kept: Kept, ids: &BTreeSet<&[u8]>, refused: &BTreeMap<&[u8], &str>) -> Kept {
    let from_the_start = kept.delivered == 0;
    for signed in kept.waiting().to_vec() {
        let number = signed.message().number;
        if ids.contains(signed.id().as_bytes().as_slice()) {
            kept.delivered = number;
            continue;
        }
        let Some(code) = refused.get(signed.id().as_bytes().as_slice()) else { break };
        if twinning::asks_again(code) && !from_the_start {
            kept.delivered = 0;
            break;
        }
        kept.refused = Some((*code).chars().take(CODE_CHARS_MAX).collect());
        // Without its proposal there is no twinning; it stays, to be read.
        let first = number == 1 && kept.side == Side::Learner;
        if let Some(shorter) = (!first).then(|| kept.without_own_from(number)).flatten() {
            kept.twinning = shorter;
        }
        break;
    }
    kept
}

fn begun(kept: &Kept) -> Option<CivilDay> {
    kept.twinning.said(Side::Learner).first().map(|proposal| proposal.message().day)
}
