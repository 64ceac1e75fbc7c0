//! Whether this node's data were put back to an older state, and what is still to be done about it.
//!
//! After a loss, whether a person restored a backup or found the node behind its own feed (`faccina adopt`):
//!
//! 1. outstanding invites become void: which of them were spent meanwhile is not known any more;
//! 2. the other members tell what they hold of this node's feed, and what this store lacks is taken over. Until then votes
//!    wait on the terminals and no month is closed, so that nothing enters a month that was published already;
//! 3. the next summary says that the data were restored.
//!
//! In the node's database: `loss` -> one byte, the [`Stage`]; absent while there is nothing to do.

use crate::store::{Batch, Store, StoreError};
use std::sync::Arc;
use tokio::sync::watch;

/// Where the stage stands in the node's database.
const KEY: &[u8] = b"loss";

/// What is still to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing.
    Whole,
    /// Everything: the data have just been put back.
    PutBack,
    /// Invites are void; own entries that others hold are to be taken over.
    Asking,
    /// The next summary is to say it.
    Untold,
}

impl Stage {
    fn byte(self) -> Option<u8> {
        match self {
            Self::Whole => None,
            Self::PutBack => Some(b'p'),
            Self::Asking => Some(b'a'),
            Self::Untold => Some(b'u'),
        }
    }

    fn of(stored: Option<&[u8]>) -> Option<Self> {
        match stored {
            None => Some(Self::Whole),
            Some([byte]) => {
                [Self::PutBack, Self::Asking, Self::Untold].into_iter().find(|it| it.byte() == Some(*byte))
            }
            Some(_) => None,
        }
    }
}

/// Why the stage cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum LossError {
    #[error("what is to be done after a restore could not be stored")]
    Store(#[from] StoreError),
    /// Restore the node's database from a backup.
    #[error("what is to be done after a restore cannot be read: restore node.db from a backup")]
    Stored,
}

/// Keeps the stage; clones share it. Calls that change it block for a disk flush.
#[derive(Clone, Debug)]
pub struct LossBook {
    store: Arc<dyn Store>,
    stage: watch::Sender<Stage>,
}

impl LossBook {
    /// Reads the stage from the node's database.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, LossError> {
        let stage = Stage::of(store.get(KEY)?.as_deref()).ok_or(LossError::Stored)?;
        Ok(Self { store, stage: watch::Sender::new(stage) })
    }

    /// What is still to be done.
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// The same, again at each change.
    pub fn watch(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Whether it is not known yet what this node has published: nothing may enter a month or close one.
    pub fn is_open(&self) -> bool {
        matches!(self.stage(), Stage::PutBack | Stage::Asking)
    }

    /// Keeps the stage; durable on return.
    pub fn set(&self, stage: Stage) -> Result<(), LossError> {
        mark(&*self.store, stage)?;
        self.stage.send_replace(stage);
        Ok(())
    }
}

/// Keeps the stage in a database that no node has open.
pub fn mark(store: &dyn Store, stage: Stage) -> Result<(), LossError> {
    let mut batch = Batch::new();
    match stage.byte() {
        Some(byte) => batch.put(KEY, [byte]),
        None => batch.delete(KEY),
    }
    Ok(store.commit(batch)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn a_stage_is_kept_across_restarts() {
        let store = Arc::new(MemoryStore::new());
        for stage in [Stage::PutBack, Stage::Asking, Stage::Untold, Stage::Whole] {
            LossBook::open(store.clone()).unwrap().set(stage).unwrap();
            assert_eq!(LossBook::open(store.clone()).unwrap().stage(), stage);
        }
        let mut batch = Batch::new();
        batch.put(KEY, "what");
        store.commit(batch).unwrap();
        assert!(matches!(LossBook::open(store), Err(LossError::Stored)));
    }
}
