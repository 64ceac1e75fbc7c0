//! Whose data a directory holds: in the node's store, key `owner` -> IPA code. Terminals sign for one code, so a node that
//! served another over the same data would refuse every vote that waits, for good.

use crate::store::{Batch, Store, StoreError};
use ed25519_dalek::SigningKey;
use faccina_proto::{
    envelope::KeyId,
    names::{Author, IpaCode},
    roster::Roster,
};

const KEY: &[u8] = b"owner";

/// Why a node does not start over this data. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Correct `ipa_code`, or `data_dir`.
    #[error(
        "the data directory is that of {holder}, the configuration says `ipa_code = \"{own}\"`: correct the configuration; \
         another ente needs a directory of its own, made with `faccina init`"
    )]
    Data { holder: String, own: IpaCode },
    /// Correct `ipa_code`, or bring back this node's own keys.
    #[error(
        "the feed key is that of {holder} in the roster, the configuration says `ipa_code = \"{own}\"`: correct the \
         configuration, or restore this node's own keys directory"
    )]
    Key { holder: IpaCode, own: IpaCode },
}

/// Refuses the feed key and the data of another code than `own`; data of nobody yet becomes its own. Blocks for a disk flush
/// the first time.
pub fn expect(store: &dyn Store, roster: &Roster, key: &SigningKey, own: &IpaCode) -> Result<(), OwnerError> {
    if let Some((Author::Member(holder), _)) = roster.signer(&KeyId::of(&key.verifying_key()))
        && holder != *own
    {
        return Err(OwnerError::Key { holder, own: own.clone() });
    }
    match store.get(KEY)? {
        Some(holder) if holder == own.as_str().as_bytes() => Ok(()),
        Some(holder) => {
            let holder = String::from_utf8_lossy(&holder).into_owned();
            Err(OwnerError::Data { holder, own: own.clone() })
        }
        None => {
            let mut batch = Batch::new();
            batch.put(KEY, own.as_str());
            Ok(store.commit(batch)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use faccina_proto::roster::Federation;

    #[test]
    fn data_of_one_ente_serves_no_other() {
        let (store, key) = (MemoryStore::new(), SigningKey::from_bytes(&[1; 32]));
        let roster = Roster::new(&Federation::new("Prova", key.verifying_key(), [0; 32]));
        let served = |code: &str| expect(&store, &roster, &key, &code.parse().unwrap());
        served("c_zz01").unwrap();
        served("c_zz01").unwrap();
        let refused = served("c_zz10").unwrap_err().to_string();
        assert!(refused.contains("c_zz01") && refused.contains("c_zz10"), "{refused}");
        served("c_zz01").unwrap();
    }
}
