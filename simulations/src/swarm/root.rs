//! DFP's root feed: the key lies offline, entries are signed one by one and carried to a node by hand.

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::CivilDay,
    envelope::{Id, Kind},
    feed::{Body, Entry, seal_entry},
    names::Author,
    roster::Federation,
};

#[derive(Debug, Default)]
pub(crate) struct RootFeed {
    entries: Vec<Bytes>,
    last: Option<Id>,
}

impl RootFeed {
    /// Signs the next entry; gives its place and id.
    pub(crate) fn write(
        &mut self,
        federation: &Federation,
        key: &SigningKey,
        day: CivilDay,
        body: Body,
    ) -> (u64, Id) {
        let sequence = self.len() + 1;
        let entry = Entry { author: Author::Root, sequence, prev: self.last, day, body };
        let sealed = seal_entry(federation.id(), key, &entry).expect("a record is small");
        let id = sealed.id(Kind::Entry, federation.id());
        self.entries.push(sealed.bytes().clone());
        self.last = Some(id);
        (sequence, id)
    }

    pub(crate) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The entries after the first `held`.
    pub(crate) fn after(&self, held: u64) -> Vec<Bytes> {
        self.entries.iter().skip(usize::try_from(held).unwrap_or(usize::MAX)).cloned().collect()
    }
}
