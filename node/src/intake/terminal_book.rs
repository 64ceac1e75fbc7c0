//! The terminals of this ente, in memory for every cast and in the node's database: `terminal/` key id (8) ->
//! `TerminalRecord`.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use faccina_proto::envelope::KeyId;
use faccina_proto::terminals::{Leftover, State, TerminalError, TerminalList, TerminalRecord};

use crate::store::{Batch, Store, StoreError};

const PREFIX: &[u8] = b"terminal/";

/// Why the list of terminals cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TerminalBookError {
    /// The database refuses.
    #[error("the list of terminals")]
    Store(#[from] StoreError),
    /// What is asked for, or stored, is no terminal.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// Whoever asks must look at `faccina terminal list`; a revoked terminal stays revoked.
    #[error("terminal {terminal} is not in the list, or was revoked: enrol it again with a new code")]
    Unknown {
        /// Its key id.
        terminal: KeyId,
    },
}

/// All terminals; readers get a list that does not change under them.
#[derive(Debug)]
pub(crate) struct TerminalBook {
    store: Arc<dyn Store>,
    list: RwLock<Arc<TerminalList>>,
    /// Held while the list changes, so that disk and memory change in one order.
    changing: Mutex<()>,
}

impl TerminalBook {
    /// Reads the list.
    pub(crate) fn open(store: Arc<dyn Store>) -> Result<Self, TerminalBookError> {
        let mut list = TerminalList::default();
        for entry in store.scan(PREFIX) {
            let (_, bytes) = entry?;
            list.insert(TerminalRecord::decode(&bytes)?)?;
        }
        Ok(Self { store, list: RwLock::new(Arc::new(list)), changing: Mutex::new(()) })
    }

    /// The list as it is now.
    pub(crate) fn list(&self) -> Arc<TerminalList> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a terminal, unless its key was revoked; one that is known stays as active or suspended as it was, and enrolled
    /// since the first time. Durable on return. Blocks for a disk flush.
    pub(crate) fn enrol(&self, record: TerminalRecord) -> Result<(), TerminalBookError> {
        let terminal = record.id();
        self.change(|list| {
            let known =
                list.get(&terminal).map_or((record.state, record.enrolled), |it| (it.state, it.enrolled));
            let (state, enrolled) = known;
            if state == State::Revoked {
                return Err(TerminalBookError::Unknown { terminal });
            }
            let record = TerminalRecord { state, enrolled, ..record };
            list.insert(record.clone())?;
            Ok(record)
        })
    }

    /// Revokes a terminal, and says what becomes of the ballots that wait on it, whatever was said before. Durable on return.
    /// Blocks for a disk flush.
    pub(crate) fn revoke(&self, terminal: KeyId, leftover: Leftover) -> Result<(), TerminalBookError> {
        self.change(|list| {
            list.set_state(&terminal, State::Revoked);
            list.decide(&terminal, leftover).cloned().ok_or(TerminalBookError::Unknown { terminal })
        })
    }

    /// Suspends or resumes a terminal; durable on return. Blocks for a disk flush.
    pub(crate) fn set_state(&self, terminal: KeyId, state: State) -> Result<(), TerminalBookError> {
        self.change(|list| {
            list.set_state(&terminal, state).cloned().ok_or(TerminalBookError::Unknown { terminal })
        })
    }

    fn change(
        &self,
        act: impl FnOnce(&mut TerminalList) -> Result<TerminalRecord, TerminalBookError>,
    ) -> Result<(), TerminalBookError> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = TerminalList::clone(&self.list());
        let changed = act(&mut next)?;
        let mut batch = Batch::new();
        batch.put([PREFIX, changed.id().as_bytes()].concat(), changed.encode());
        self.store.commit(batch)?;
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}
