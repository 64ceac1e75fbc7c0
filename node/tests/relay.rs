//! A member that passes on another's entries changed: the real swarm and the real sync machine over a store that lies
//! about one author's envelopes when they are read.

use super::member::{Founded, Member, keys};
use bytes::Bytes;
use curve25519_dalek::{Scalar, constants::ED25519_BASEPOINT_TABLE};
use ed25519_dalek::SigningKey;
use faccina_node::{
    config::FederationFile,
    store::{Batch, MemoryStore, Scan, Store, StoreError},
};
use faccina_proto::envelope::{Envelope, Kind};
use sha2::{Digest, Sha512};
use std::sync::Arc;

/// How an envelope is changed; the key is its author's, which no relay has: with it even a valid twin can be made.
pub type Change = fn(Bytes, &SigningKey, &FederationFile) -> Bytes;

pub mod altered {
    use super::*;

    /// A fifth field behind the four.
    pub fn extended(envelope: Bytes, _: &SigningKey, _: &FederationFile) -> Bytes {
        [envelope.as_ref(), &[0x28, 1]].concat().into()
    }

    /// The kind written as a varint of two bytes.
    pub fn re_encoded(envelope: Bytes, _: &SigningKey, _: &FederationFile) -> Bytes {
        [&[0x08, envelope[1] | 0x80, 0x00], &envelope[2..]].concat().into()
    }

    /// The same payload under another valid signature of its author.
    pub fn re_signed(envelope: Bytes, key: &SigningKey, file: &FederationFile) -> Bytes {
        let payload = Envelope::parse(envelope.clone()).unwrap().payload().clone();
        let message = [Kind::Entry.context(), file.id().as_bytes(), &payload].concat();
        let wide = |hash: Sha512| Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let nonce = wide(Sha512::new().chain_update(b"another nonce").chain_update(&message));
        let r = (ED25519_BASEPOINT_TABLE * &nonce).compress().to_bytes();
        let public = key.verifying_key().to_bytes();
        let challenge = wide(Sha512::new().chain_update(r).chain_update(public).chain_update(&message));
        let s = (nonce + challenge * key.to_scalar()).to_bytes();
        [&envelope[..envelope.len() - 64], &r, &s].concat().into()
    }
}

/// Keeps what it is given and tells one author's entries changed.
#[derive(Debug)]
struct LyingStore {
    honest: MemoryStore,
    prefix: Vec<u8>,
    key: SigningKey,
    file: FederationFile,
    change: Change,
}

impl Store for LyingStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.honest.get(key)?;
        Ok(value.map(|value| match key.starts_with(&self.prefix) {
            true => (self.change)(value.into(), &self.key, &self.file).to_vec(),
            false => value,
        }))
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.honest.contains(key)
    }

    fn scan<'a>(&'a self, prefix: &[u8]) -> Scan<'a> {
        self.honest.scan(prefix)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.honest.commit(batch)
    }
}

/// The relay, the author whose entries it changes, and a reader; the latter two know nobody but the relay.
pub async fn between(relay: &str, victim: &str, change: Change) -> [Member; 3] {
    let mut founded = Founded::of(&[relay, victim, "c_zz99"]);
    let lying = LyingStore {
        honest: MemoryStore::new(),
        prefix: format!("e/{victim}/").into_bytes(),
        key: keys(1).0,
        file: founded.file.clone(),
        change,
    };
    let anywhere = Some("/ip4/127.0.0.1/tcp/0");
    let relay = founded.start(0, Arc::new(lying), anywhere).await;
    relay.until("it listens", |state| !state.listening.is_empty()).await;
    founded.file.hubs = relay.federation.network().listening.clone();
    let victim = founded.start(1, Arc::new(MemoryStore::new()), anywhere).await;
    let reader = founded.start(2, Arc::new(MemoryStore::new()), anywhere).await;
    for node in [&relay, &victim, &reader] {
        node.until("it may publish", |state| state.own_head_is_checked).await;
    }
    [relay, victim, reader]
}
