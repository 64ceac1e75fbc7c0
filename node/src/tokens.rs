//! Bearer tokens: who may call the node over TLS, and as what. A token is 32 random bytes; the store keeps its SHA-256,
//! so whoever reads the disk cannot use it. Terminals and desks get their token when they pair and have one at a time.
//!
//! In the node's store: key `token/<id>`, value JSON `{"role", "name", "hash", "terminal", "desk", "barred"}`; the id is
//! the first 8 bytes of the hash in hex, and names the token in lists and in the audit log. `desk` is the [`DeskPlace`] with
//! the random bytes of the device that paired. A barred token opens nothing and can be let in again: that of a revoked
//! terminal, whose ballots may yet be wanted.

use crate::{
    keys::{KeyFileError, draw},
    store::{Batch, Store, StoreError},
};
use faccina_proto::{envelope::KeyId, names::Code};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
};

const PREFIX: &[u8] = b"token/";
/// Tokens of one node that open something: a thousand terminals and the staff around them. Barred ones are at most as many
/// as terminals.
const TOKENS_MAX: usize = 4_096;
/// Longest name given to a token, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// As what a caller may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallerRole {
    Terminal,
    Desk,
    Officer,
    Admin,
}

impl CallerRole {
    pub const ALL: [Self; 4] = [Self::Terminal, Self::Desk, Self::Officer, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Desk => "desk",
            Self::Officer => "officer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for CallerRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CallerRole {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or_else(|| TokenError::NoSuchRole(text.to_owned()))
    }
}

/// What the ente's IT decides about a staff PC before it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskPlace {
    /// The ente's own name for it.
    pub name: String,
    /// Its branch.
    pub branch: Code,
    /// The services concluded at it.
    pub services: BTreeSet<Code>,
    /// The attended terminal that it opens; `None` where it gives invites.
    pub terminal: Option<KeyId>,
}

/// Who calls: known to every handler of a request as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub role: CallerRole,
    /// The token's id, or `socket` for the Unix socket.
    pub id: String,
    /// The terminal that the token was given to.
    pub terminal: Option<KeyId>,
    /// The desk that the token was given to.
    pub desk: Option<DeskPlace>,
}

impl Caller {
    /// Whoever may open the Unix socket is the administrator.
    pub fn on_socket() -> Self {
        Self { role: CallerRole::Admin, id: "socket".to_owned(), terminal: None, desk: None }
    }
}

/// Why there is no such token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("{0:?} is no role: one of terminal, desk, officer, admin")]
    NoSuchRole(String),
    #[error("there is no token {0}: its id was printed when it was created, and stands in the audit log")]
    Unknown(String),
    #[error("there is no desk {0}: `faccina counter list` shows them")]
    NoSuchDesk(String),
    #[error("the node has {TOKENS_MAX} tokens, the most it keeps: revoke those not in use")]
    TooMany,
    #[error("a token's name has 1 to {NAME_BYTES_MAX} bytes and says who holds it")]
    Name,
    #[error(transparent)]
    Randomness(#[from] KeyFileError),
    #[error("the token could not be stored")]
    Store(#[from] StoreError),
    #[error("the stored token {id} cannot be read")]
    Stored {
        id: String,
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    role: CallerRole,
    name: String,
    hash: String,
    terminal: Option<String>,
    #[serde(default)]
    desk: Option<KeptDesk>,
    #[serde(default)]
    barred: bool,
}

impl Kept {
    const EMPTY: Self = Self {
        role: CallerRole::Terminal,
        name: String::new(),
        hash: String::new(),
        terminal: None,
        desk: None,
        barred: false,
    };
}

/// A [`DeskPlace`] without its name, which the token has.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptDesk {
    device: String,
    branch: String,
    services: Vec<String>,
    terminal: Option<String>,
}

impl KeptDesk {
    fn of(place: &DeskPlace, device: &[u8; 32]) -> Self {
        Self {
            device: hex::encode(device),
            branch: place.branch.to_string(),
            services: place.services.iter().map(Code::to_string).collect(),
            terminal: place.terminal.map(|terminal| terminal.to_string()),
        }
    }

    /// `None` where the stored bytes are damaged: that desk pairs again.
    fn place(&self, name: &str) -> Option<DeskPlace> {
        Some(DeskPlace {
            name: name.to_owned(),
            branch: self.branch.parse().ok()?,
            services: self.services.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
            terminal: match &self.terminal {
                None => None,
                Some(digits) => Some(key_id(digits)?),
            },
        })
    }
}

fn key_id(digits: &str) -> Option<KeyId> {
    KeyId::from_slice(&hex::decode(digits).ok()?)
}

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub role: CallerRole,
    pub name: String,
}

/// The tokens of a node. Calls that change them block for a disk flush.
#[derive(Debug)]
pub struct Tokens {
    store: Arc<dyn Store>,
    by_id: RwLock<BTreeMap<String, Kept>>,
}

impl Tokens {
    /// Reads the tokens from the node's store.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, TokenError> {
        let mut by_id = BTreeMap::new();
        for row in store.scan(PREFIX) {
            let (key, value) = row?;
            let id = String::from_utf8_lossy(key.get(PREFIX.len()..).unwrap_or_default()).into_owned();
            let kept = serde_json::from_slice(&value);
            by_id.insert(id.clone(), kept.map_err(|source| TokenError::Stored { id, source })?);
        }
        Ok(Self { store, by_id: RwLock::new(by_id) })
    }

    /// Makes a token for a person or a program; returns its text, shown once, and its id.
    pub fn create(&self, role: CallerRole, name: &str) -> Result<(String, String), TokenError> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(TokenError::Name);
        }
        self.add(Kept { role, name: name.to_owned(), ..Kept::EMPTY })
    }

    /// Makes the token of a terminal that enrols; one that it had before is gone.
    pub fn create_for_terminal(&self, terminal: KeyId) -> Result<String, TokenError> {
        let former = self.of_terminal(terminal);
        let kept = Kept { role: CallerRole::Terminal, terminal: Some(terminal.to_string()), ..Kept::EMPTY };
        let (token, _) = self.add(kept)?;
        former.iter().try_for_each(|id| self.revoke(id))?;
        Ok(token)
    }

    /// Makes the token of a desk that pairs; one that this device had before is gone.
    pub fn create_for_desk(&self, place: &DeskPlace, device: &[u8; 32]) -> Result<String, TokenError> {
        let desk = KeptDesk::of(place, device);
        let former = self.ids_where(|kept| kept.desk.as_ref().is_some_and(|it| it.device == desk.device));
        let (token, _) = self.add(Kept {
            role: CallerRole::Desk,
            name: place.name.clone(),
            desk: Some(desk),
            ..Kept::EMPTY
        })?;
        former.iter().try_for_each(|id| self.revoke(id))?;
        Ok(token)
    }

    /// All desks, by the id of their token.
    pub fn desks(&self) -> Vec<(String, DeskPlace)> {
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let desk = |(id, kept): (&String, &Kept)| Some((id.clone(), kept.desk.as_ref()?.place(&kept.name)?));
        by_id.iter().filter_map(desk).collect()
    }

    /// Ends the token of a desk, at once.
    pub fn remove_desk(&self, id: &str) -> Result<(), TokenError> {
        if self.ids_where(|kept| kept.desk.is_some()).iter().any(|desk| desk == id) {
            return self.revoke(id);
        }
        Err(TokenError::NoSuchDesk(id.to_owned()))
    }

    /// Ends a token.
    pub fn revoke(&self, id: &str) -> Result<(), TokenError> {
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        if !by_id.contains_key(id) {
            return Err(TokenError::Unknown(id.to_owned()));
        }
        let mut batch = Batch::new();
        batch.delete(key(id));
        self.store.commit(batch)?;
        by_id.remove(id);
        Ok(())
    }

    /// Bars the token of a revoked terminal, or lets it in again.
    pub fn bar_terminal(&self, terminal: KeyId, barred: bool) -> Result<(), TokenError> {
        let ids = self.of_terminal(terminal);
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            let Some(kept) = by_id.get(&id).cloned() else { continue };
            let kept = Kept { barred, ..kept };
            let value =
                serde_json::to_vec(&kept).map_err(|source| TokenError::Stored { id: id.clone(), source })?;
            let mut batch = Batch::new();
            batch.put(key(&id), value);
            self.store.commit(batch)?;
            by_id.insert(id, kept);
        }
        Ok(())
    }

    /// Whose token this is.
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let hash = hex::encode(Sha256::digest(token.as_bytes()));
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let id = hash.get(..16)?;
        let kept = by_id.get(id).filter(|kept| kept.hash == hash && !kept.barred)?;
        Some(Caller {
            role: kept.role,
            id: id.to_owned(),
            terminal: kept.terminal.as_deref().and_then(key_id),
            desk: kept.desk.as_ref().and_then(|desk| desk.place(&kept.name)),
        })
    }

    /// All tokens of people and programs; those of terminals and desks go with them.
    pub fn list(&self) -> Vec<Listed> {
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let own = by_id.iter().filter(|(_, kept)| kept.terminal.is_none() && kept.desk.is_none());
        own.map(|(id, kept)| Listed { id: id.clone(), role: kept.role, name: kept.name.clone() }).collect()
    }

    fn of_terminal(&self, terminal: KeyId) -> Vec<String> {
        let terminal = terminal.to_string();
        self.ids_where(|kept| kept.terminal.as_ref() == Some(&terminal))
    }

    fn ids_where(&self, wanted: impl Fn(&Kept) -> bool) -> Vec<String> {
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        by_id.iter().filter(|(_, kept)| wanted(kept)).map(|(id, _)| id.clone()).collect()
    }

    /// Draws the token and keeps `kept` with its hash.
    fn add(&self, kept: Kept) -> Result<(String, String), TokenError> {
        let token = format!("{}_{}", kept.role, hex::encode(draw()?));
        let hash = hex::encode(Sha256::digest(token.as_bytes()));
        let id: String = hash.chars().take(16).collect();
        let kept = Kept { hash, ..kept };
        let value =
            serde_json::to_vec(&kept).map_err(|source| TokenError::Stored { id: id.clone(), source })?;
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        if by_id.values().filter(|kept| !kept.barred).count() >= TOKENS_MAX {
            return Err(TokenError::TooMany);
        }
        let mut batch = Batch::new();
        batch.put(key(&id), value);
        self.store.commit(batch)?;
        by_id.insert(id.clone(), kept);
        Ok((token, id))
    }
}

fn key(id: &str) -> Vec<u8> {
    [PREFIX, id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    fn tokens() -> (Tokens, Arc<dyn Store>) {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        (Tokens::open(Arc::clone(&store)).unwrap(), store)
    }

    #[test]
    fn a_token_outlives_a_restart_and_is_not_on_the_disk() {
        let (tokens, store) = tokens();
        let (token, id) = tokens.create(CallerRole::Officer, "Ufficio qualità").unwrap();
        for row in store.scan(b"") {
            assert!(!String::from_utf8_lossy(&row.unwrap().1).contains(token.rsplit('_').next().unwrap()));
        }
        let again = Tokens::open(store).unwrap();
        assert_eq!(again.caller(&token).unwrap().role, CallerRole::Officer);
        assert_eq!(again.list().first().unwrap().id, id);
    }

    #[test]
    fn a_revoked_token_opens_nothing() {
        let (tokens, _) = tokens();
        let (token, id) = tokens.create(CallerRole::Admin, "it").unwrap();
        tokens.revoke(&id).unwrap();
        assert_eq!(tokens.caller(&token), None);
        assert!(matches!(tokens.revoke(&id), Err(TokenError::Unknown(_))));
    }

    #[test]
    fn a_terminal_that_enrols_again_has_one_token() {
        let (tokens, store) = tokens();
        let terminal = KeyId::from_slice(&[1; 8]).unwrap();
        let first = tokens.create_for_terminal(terminal).unwrap();
        let second = tokens.create_for_terminal(terminal).unwrap();
        assert_eq!(tokens.caller(&first), None);
        assert_eq!(tokens.caller(&second).unwrap().terminal, Some(terminal));
        tokens.bar_terminal(terminal, true).unwrap();
        assert_eq!(Tokens::open(store).unwrap().caller(&second), None, "barred for good");
        tokens.bar_terminal(terminal, false).unwrap();
        assert_eq!(tokens.caller(&second).unwrap().terminal, Some(terminal));
        assert!(tokens.list().is_empty());
    }

    #[test]
    fn a_desk_has_one_token_that_names_its_place_and_ends_at_once() {
        let (tokens, store) = tokens();
        let code = |code: &str| code.parse().unwrap();
        let place = DeskPlace {
            name: "Sportello 3".to_owned(),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe"), code("tributi")]),
            terminal: KeyId::from_slice(&[1; 8]),
        };
        let lost = tokens.create_for_desk(&place, &[7; 32]).unwrap();
        let token = tokens.create_for_desk(&place, &[7; 32]).unwrap();
        assert_eq!(tokens.caller(&lost), None);
        let again = Tokens::open(store).unwrap();
        assert_eq!(again.caller(&token).unwrap().desk, Some(place.clone()));
        let (id, listed) = again.desks().remove(0);
        assert_eq!(listed, place);
        let (_, officer) = again.create(CallerRole::Officer, "Ufficio").unwrap();
        assert!(matches!(again.remove_desk(&officer), Err(TokenError::NoSuchDesk(_))));
        again.remove_desk(&id).unwrap();
        assert_eq!(again.caller(&token), None);
    }
}
