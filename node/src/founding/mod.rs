//! Founding a federation and saying who belongs: everything that is signed with the root key, and the requests that enti
//! send for it. Pure: commands, demo and tests bring the keys, the day and the files; no node ever holds the root key.
//!
//! - A [`Request`] is what an ente writes: for its admission, or for keys.
//! - [`acts`] make of a member's record and a request the record that the roster shall have.
//! - [`RootFeed`] is the copy of the root feed beside the root key: it signs the next entry and refuses one that nobody
//!   would heed.
//! - [`words`] say what a new record changes, before it is signed.

mod request;
pub mod acts;
pub mod words;
mod root_feed;

pub use request::{Applicant, KeysWanted, Request, RequestError};
pub(crate) use root_feed::head_at;
pub use root_feed::{RootFeed, RootFeedError};

use crate::config::FederationFile;
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Envelope, FederationId, Id, Kind},
    roster::commitment,
    wire::feed::v1::{Entry, Genesis, entry::Body},
};
use prost::Message;

/// A federation just founded. The two secret keys go to DFP's safe.
#[derive(Debug)]
pub struct Founding {
    pub file: FederationFile,
    /// First entry of the root feed.
    pub genesis: Envelope,
}

/// Founds a federation.
pub fn found(
    name: &str,
    root: &SigningKey,
    successor: &VerifyingKey,
    first_month: Month,
    day: CivilDay,
) -> Founding {
    let file = FederationFile {
        name: name.to_owned(),
        root_key: root.verifying_key(),
        successor_hash: commitment(successor),
        hubs: Vec::new(),
    };
    let genesis = Genesis {
        federation_name: name.to_owned(),
        successor_hash: Bytes::copy_from_slice(&file.successor_hash),
        first_month: first_month.yyyymm(),
    };
    let genesis = root_entry(root, &file.id(), None, day, Body::Genesis(genesis));
    Founding { file, genesis }
}

/// Head of the root feed: its sequence and id; `None` before the genesis entry.
pub type RootHead = Option<(u64, Id)>;

/// Signs the next entry of the root feed.
pub fn root_entry(
    root: &SigningKey,
    federation: &FederationId,
    head: RootHead,
    day: CivilDay,
    body: Body,
) -> Envelope {
    let entry = Entry {
        author: "root".to_owned(),
        sequence: head.map_or(1, |(sequence, _)| sequence + 1),
        prev: head.map_or_else(Bytes::new, |(_, id)| Bytes::copy_from_slice(id.as_bytes())),
        civil_day: day.yyyymmdd(),
        body: Some(body),
    };
    Envelope::seal(Kind::Entry, federation, root, &entry.encode_to_vec())
}
