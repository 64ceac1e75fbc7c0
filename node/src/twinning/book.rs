//! The book of this ente's twinnings, in the node's store. What is written here is durable before anything of it is sent
//! or answered; a message is kept as the exact bytes that were signed, so that a resend is the same.

use super::{
    draft::Draft,
    kept::{Answered, Kept},
    rows::{ASIDE, PREFIX, put_change, read},
};
use crate::store::{Batch, Store, StoreError};
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    calendar::CivilDay,
    envelope::{Envelope, FederationId, Id, KeyId, Kind},
    limits::RETURNED_BYTES_MAX,
    names::IpaCode,
    twinning::{Body, Message, Proposal, Refusal, Signed},
    wire::twinning::v1::{Delivery, Refused, Taken},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::watch;

/// Why the book does not change.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("there is no such twinning")]
    Unknown,
    #[error("the twinnings cannot be written")]
    Store(#[from] StoreError),
}

/// Who the book belongs to.
#[derive(Clone)]
pub struct Owner {
    pub code: IpaCode,
    pub federation: FederationId,
    /// Messages are signed with the key of the feed, as it is at the start.
    pub feed_key: SigningKey,
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("code", &self.code).finish_non_exhaustive()
    }
}

/// The ente on the other end, as the roster knows it.
pub(super) struct Peer<'a> {
    pub(super) code: &'a IpaCode,
    pub(super) is_ente: bool,
    /// The key of this id, if it is one of that ente's that is not revoked.
    pub(super) key: &'a dyn Fn(&IpaCode, &KeyId) -> Option<VerifyingKey>,
}

/// The feed key after a rotation.
#[derive(Default)]
struct Rotated(RwLock<Option<SigningKey>>);

impl fmt::Debug for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rotated(..)")
    }
}

/// The book. Calls that change it block for a disk flush.
#[derive(Debug)]
pub struct Book {
    store: Arc<dyn Store>,
    owner: Owner,
    /// With what messages are signed, where the roster has another key by now than that of `owner`.
    rotated: Rotated,
    kept: RwLock<BTreeMap<Id, Kept>>,
    /// Held from reading to writing: one change after the other.
    writing: Mutex<()>,
    changes: watch::Sender<u64>,
}

impl Book {
    /// Reads the book. A twinning that cannot be read is set aside, and the other side may send it again.
    pub fn open(store: Arc<dyn Store>, owner: Owner) -> Result<Self, StoreError> {
        let mut rows: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        for row in store.scan(PREFIX.as_bytes()) {
            let (key, value) = row?;
            let key = String::from_utf8_lossy(key.get(PREFIX.len()..).unwrap_or_default()).into_owned();
            let (id, field) = key.split_once('/').unwrap_or((&key, ""));
            rows.entry(id.to_owned()).or_default().insert(field.to_owned(), value);
        }
        let (mut kept, mut batch) = (BTreeMap::new(), Batch::new());
        for (id, fields) in rows {
            if let Some(read) = read(&owner.code, &owner.federation, &fields) {
                kept.insert(read.twinning.id(), read);
                continue;
            }
            tracing::error!(%id, "a stored twinning cannot be read and is set aside: a backup may have it whole");
            for (field, value) in fields {
                batch.delete(format!("{PREFIX}{id}/{field}"));
                batch.put(format!("{ASIDE}{id}/{field}"), value);
            }
        }
        if !batch.is_empty() {
            store.commit(batch)?;
        }
        let changes = watch::Sender::new(0);
        Ok(Self {
            store,
            owner,
            rotated: Rotated::default(),
            kept: RwLock::new(kept),
            writing: Mutex::new(()),
            changes,
        })
    }

    /// Signs with another feed key from now on.
    pub fn use_key(&self, key: &SigningKey) {
        *self.rotated.0.write().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
    }

    fn feed_key(&self) -> SigningKey {
        let rotated = self.rotated.0.read().unwrap_or_else(PoisonError::into_inner);
        rotated.as_ref().unwrap_or(&self.owner.feed_key).clone()
    }

    /// All twinnings kept.
    #[must_use]
    pub fn all(&self) -> Vec<Kept> {
        self.reading().values().cloned().collect()
    }

    /// The twinning of this id.
    #[must_use]
    pub fn twinning(&self, id: &Id) -> Option<Kept> {
        self.reading().get(id).cloned()
    }

    /// Changes with every change of the book.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Begins a twinning with an expert.
    pub fn propose(&self, expert: &IpaCode, today: CivilDay, proposal: Proposal) -> Result<Kept, BookError> {
        let writing = self.writing();
        let (from, to) = (self.owner.code.clone(), expert.clone());
        let body = Body::Proposed(proposal);
        let message = Message { from, to, proposal: None, number: 1, seen: 0, day: today, body };
        self.change(&writing, |draft| Ok(draft.begin(self.seal(&message)?, today)?))
    }

    /// Says something in a twinning.
    pub fn say(&self, id: &Id, day: CivilDay, body: Body) -> Result<Kept, BookError> {
        let writing = self.writing();
        self.change(&writing, |draft| {
            let mut kept = draft.get(id).ok_or(BookError::Unknown)?.clone();
            kept.twinning.take(self.seal(&kept.twinning.next(kept.side, day, body)?)?)?;
            kept.refused = None;
            draft.put(kept.clone());
            Ok(kept)
        })
    }

    /// Whether something could be said, before it is.
    pub fn check(&self, id: &Id, day: CivilDay, body: Body) -> Result<(), BookError> {
        let kept = self.twinning(id).ok_or(BookError::Unknown)?;
        let message = kept.twinning.next(kept.side, day, body)?;
        Message::decode(&message.encode())?;
        Ok(())
    }

    /// Takes what another ente delivers; what the answer names is durable on return. What cannot be judged now (a key that
    /// this node's roster does not know yet) is left out, and comes again.
    pub(super) fn take(
        &self,
        sender: &Peer<'_>,
        delivery: &Delivery,
        today: CivilDay,
    ) -> Result<Taken, BookError> {
        let writing = self.writing();
        self.change(&writing, |draft| {
            let (mut taken, mut returned) = (Taken::default(), BTreeSet::new());
            for bytes in &delivery.messages {
                let Ok(envelope) = Envelope::parse(bytes.clone()) else { continue };
                let id = envelope.id(Kind::Twinning, &self.owner.federation);
                let named = Bytes::copy_from_slice(id.as_bytes());
                let Some((writer, key)) = self.writer(sender, &envelope.key_id()) else { continue };
                let signed = match self.judge(sender, writer, envelope, &key) {
                    Ok(signed) => signed,
                    Err(refusal) => {
                        taken.refused.push(Refused { id: named, reason: refusal.code().to_owned() });
                        continue;
                    }
                };
                match draft.enter(signed.clone(), today, &|message| self.seal(message)) {
                    Ok(()) => taken.ids.push(named),
                    Err(refusal) => {
                        if matches!(refusal, Refusal::NumberTaken(_)) && returned.insert(signed.twinning()) {
                            give_back(draft.get(&signed.twinning()), &signed, &mut taken.returned);
                        }
                        taken.refused.push(Refused { id: named, reason: refusal.code().to_owned() });
                    }
                }
            }
            Ok(taken)
        })
    }

    /// Which of the two has the key of this id.
    fn writer<'a>(&'a self, peer: &Peer<'a>, id: &KeyId) -> Option<(&'a IpaCode, VerifyingKey)> {
        let both = [peer.code, &self.owner.code];
        both.into_iter().find_map(|writer| Some((writer, (peer.key)(writer, id)?)))
    }

    fn judge(
        &self,
        peer: &Peer<'_>,
        writer: &IpaCode,
        envelope: Envelope,
        key: &VerifyingKey,
    ) -> Result<Signed, Refusal> {
        let signed = Signed::open(envelope, &self.owner.federation, key)?;
        let to = if writer == peer.code { &self.owner.code } else { peer.code };
        if signed.message().from != *writer {
            Err(Refusal::WrongSender)
        } else if signed.message().to != *to {
            Err(Refusal::NotAddressed)
        } else if !peer.is_ente {
            Err(Refusal::NoEnte)
        } else {
            Ok(signed)
        }
    }

    /// Signs anew what waits under a key that is no longer one of this ente's: nobody would take it.
    pub(super) fn seal_again(
        &self,
        key: &dyn Fn(&IpaCode, &KeyId) -> Option<VerifyingKey>,
    ) -> Result<(), BookError> {
        let holds = |id: &KeyId| key(&self.owner.code, id).is_some();
        let current = KeyId::of(&self.feed_key().verifying_key());
        let stale = |kept: &Kept| kept.waiting().iter().any(|said| !holds(&said.key_id()));
        // A roster that does not know the key in use is behind.
        if !holds(&current) || !self.reading().values().any(stale) {
            return Ok(());
        }
        let writing = self.writing();
        self.change(&writing, |draft| {
            for kept in self.all().into_iter().filter(stale) {
                if let Some(again) = kept.seal_again(&|message| self.seal(message)) {
                    draft.put(again);
                }
            }
            Ok(())
        })
    }

    /// What waits for each ente, the twinning first that came first and each in order, at most `most` messages for one.
    pub(super) fn waiting(&self, most: usize) -> BTreeMap<IpaCode, Vec<Signed>> {
        let mut all = self.all();
        all.sort_by_key(|kept| kept.arrival.place);
        let mut waiting: BTreeMap<IpaCode, Vec<Signed>> = BTreeMap::new();
        for kept in all.iter().filter(|kept| !kept.waiting().is_empty()) {
            let messages = waiting.entry(kept.other().clone()).or_default();
            let room = most.saturating_sub(messages.len());
            messages.extend(kept.to_deliver().into_iter().take(room));
        }
        waiting
    }

    /// Writes down what `peer` answered to a delivery of `sent`; tells whether it brought anything further.
    pub(super) fn answered(
        &self,
        peer: &Peer<'_>,
        sent: &[Signed],
        taken: &Taken,
    ) -> Result<bool, BookError> {
        let writing = self.writing();
        let returned = taken.returned.iter().filter_map(|bytes| {
            let envelope = Envelope::parse(bytes.clone()).ok()?;
            let (writer, key) = self.writer(peer, &envelope.key_id())?;
            self.judge(peer, writer, envelope, &key).ok()
        });
        let mut answered = Answered {
            ids: taken.ids.iter().map(Bytes::as_ref).collect(),
            refused: taken.refused.iter().map(|it| (it.id.as_ref(), it.reason.as_str())).collect(),
            returned: Vec::new(),
        };
        answered.returned = returned.collect();
        self.change(&writing, |draft| {
            let mut goes_on = false;
            for id in sent.iter().map(Signed::twinning).collect::<BTreeSet<Id>>() {
                let Some(mut kept) = draft.get(&id).cloned() else { continue };
                goes_on |= kept.follow(&answered, &|message| self.seal(message));
                draft.put(kept);
            }
            Ok(goes_on)
        })
    }

    fn seal(&self, message: &Message) -> Result<Signed, Refusal> {
        Signed::seal(&self.owner.federation, &self.feed_key(), message)
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> RwLockReadGuard<'_, BTreeMap<Id, Kept>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one change: durable first, then visible.
    fn change<T>(
        &self,
        _writing: &MutexGuard<'_, ()>,
        make: impl FnOnce(&mut Draft<'_>) -> Result<T, BookError>,
    ) -> Result<T, BookError> {
        let before = self.reading();
        let mut draft = Draft::new(&before, &self.owner.code);
        let made = make(&mut draft)?;
        let mut changed = draft.into_changed();
        changed.retain(|id, after| before.get(id) != after.as_ref());
        let mut batch = Batch::new();
        for (id, after) in &changed {
            put_change(&mut batch, before.get(id), after.as_ref());
        }
        drop(before);
        if changed.is_empty() {
            return Ok(made);
        }
        if !batch.is_empty() {
            self.store.commit(batch)?;
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        for (id, after) in changed {
            match after {
                Some(after) => kept.insert(id, after),
                None => kept.remove(&id),
            };
        }
        drop(kept);
        self.changes.send_modify(|changes| *changes += 1);
        Ok(made)
    }
}

/// What the writer of a message lacks, whose number is taken: its own from that number on, and the other side's that it had
/// not seen, each after what it had seen.
fn give_back(kept: Option<&Kept>, refused: &Signed, returned: &mut Vec<Bytes>) {
    let (refused, Some(kept)) = (refused.message(), kept) else { return };
    let lacks = |said: &&Signed| {
        let message = said.message();
        if message.from == refused.from {
            message.number >= refused.number
        } else {
            message.number > refused.seen
        }
    };
    for said in kept.twinning.conversation().into_iter().filter(lacks) {
        // Each goes with its tag and length.
        let so_far: usize = returned.iter().map(|bytes| bytes.len() + 8).sum();
        if so_far + said.bytes().len() + 8 > RETURNED_BYTES_MAX {
            break;
        }
        returned.push(said.bytes().clone());
    }
}
