//! The ente's own list of services: which ones of the catalogue it asks about, and where so few people work that a
//! reason could point at one of them.
//!
//! In the node's store: key `service/<code>`, value JSON `{"few_operators", "active"}`.

use crate::store::{Batch, Store, StoreError};
use faccina_proto::names::{Code, NameError};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

const PREFIX: &[u8] = b"service/";
/// Services of one ente; a summary has room for far fewer groups.
const SERVICES_MAX: usize = 512;

/// Why the list cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("the list of services")]
    Store(#[from] StoreError),
    #[error("the stored service {code:?} cannot be read")]
    Stored {
        code: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the stored service has a wrong code")]
    Code(#[from] NameError),
    #[error("the list has {SERVICES_MAX} services, the most it holds")]
    TooMany,
}

/// What the ente says of one of its services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnService {
    /// So few operators that a reason could point at one of them: it publishes no reasons of its own.
    pub few_operators: bool,
    /// Whether it is asked about now.
    pub active: bool,
}

/// The list. Changes block for a disk flush.
#[derive(Debug)]
pub struct ServiceBook {
    store: Arc<dyn Store>,
    by_code: RwLock<BTreeMap<Code, OwnService>>,
}

impl ServiceBook {
    /// Reads the list from the node's store.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, ServiceError> {
        let mut by_code = BTreeMap::new();
        for row in store.scan(PREFIX) {
            let (key, value) = row?;
            let code = String::from_utf8_lossy(key.get(PREFIX.len()..).unwrap_or_default()).into_owned();
            let service = serde_json::from_slice(&value);
            let service = service.map_err(|source| ServiceError::Stored { code: code.clone(), source })?;
            by_code.insert(code.parse()?, service);
        }
        Ok(Self { store, by_code: RwLock::new(by_code) })
    }

    /// All services by code.
    pub fn list(&self) -> BTreeMap<Code, OwnService> {
        self.by_code.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The services with few operators, for the close: also those not asked about any more, whose votes may be carried.
    pub fn few_operators(&self) -> BTreeSet<Code> {
        self.list().into_iter().filter(|(_, it)| it.few_operators).map(|(code, _)| code).collect()
    }

    /// Adds a service or replaces what is said of it; durable on return.
    pub fn put(&self, code: &Code, service: OwnService) -> Result<(), ServiceError> {
        let mut by_code = self.by_code.write().unwrap_or_else(PoisonError::into_inner);
        if by_code.len() >= SERVICES_MAX && !by_code.contains_key(code) {
            return Err(ServiceError::TooMany);
        }
        let value = serde_json::to_vec(&service)
            .map_err(|source| ServiceError::Stored { code: code.to_string(), source })?;
        let mut batch = Batch::new();
        batch.put([PREFIX, code.as_str().as_bytes()].concat(), value);
        self.store.commit(batch)?;
        by_code.insert(code.clone(), service);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn the_list_outlives_a_restart() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let book = ServiceBook::open(Arc::clone(&store)).unwrap();
        let code: Code = "anagrafe".parse().unwrap();
        book.put(&code, OwnService { few_operators: true, active: false }).unwrap();
        let again = ServiceBook::open(store).unwrap();
        assert_eq!(again.list(), book.list());
        assert_eq!(again.few_operators(), BTreeSet::from([code]));
    }
}
