//! Who takes part in the federation of a simulation: keys, and places in the roster.

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::{Author, Code, IpaCode},
    sync::Peer,
    wire::feed::v1 as wire,
};
use sha2::{Digest, Sha256};

/// The first day of a simulation: the month before the survey begins.
pub(crate) fn first_day() -> CivilDay {
    survey_begins().previous().first_day()
}

pub(crate) fn survey_begins() -> Month {
    Month::from_yyyymm(202_601).expect("January 2026 is a month")
}

/// A member to be: the observer, then the hubs, then the enti.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) code: IpaCode,
    pub(crate) role: wire::Role,
    /// The key in its key file.
    pub(crate) feed_key: SigningKey,
    /// A key entered in the roster, for the key file once the node has heard of it.
    pub(crate) next_key: Option<SigningKey>,
    pub(crate) transport: Peer,
    pub(crate) first_month: Month,
    /// Most ballots of a month.
    pub(crate) size: u32,
    pub(crate) left_on: Option<CivilDay>,
    /// What the roster says of its feed keys.
    pub(crate) keys: Vec<wire::FeedKey>,
}

impl Place {
    pub(crate) fn new(code: &str, role: wire::Role, first_month: Month, size: u32) -> Self {
        let transport = key(&format!("transport of {code}")).verifying_key().to_bytes();
        let feed_key = key(code);
        Self {
            code: code.parse().expect("the codes of a simulation are codes"),
            role,
            keys: vec![feed_key_from(&feed_key, 1)],
            feed_key,
            next_key: None,
            transport: Peer::from_bytes(transport),
            first_month,
            size,
            left_on: None,
        }
    }

    pub(crate) fn author(&self) -> Author {
        Author::Member(self.code.clone())
    }

    pub(crate) fn is_ente(&self) -> bool {
        self.role == wire::Role::Ente
    }

    /// What DFP enters in the roster.
    pub(crate) fn record(&self) -> wire::MemberRecord {
        wire::MemberRecord {
            ipa_code: self.code.to_string(),
            name: format!("Ente simulato {}", self.code),
            category: "L6".to_owned(),
            region: "Nessuna".to_owned(),
            population: 5_000,
            mailbox: "qualita@example.org".to_owned(),
            role: self.role.into(),
            feed_keys: self.keys.clone(),
            transport_keys: vec![wire::TransportKey {
                public_key: Bytes::copy_from_slice(self.transport.as_bytes()),
                valid_from_day: 20_251_201,
                valid_to_day: 20_281_231,
            }],
            first_month: self.first_month.yyyymm(),
            left_on_day: self.left_on.map_or(0, CivilDay::yyyymmdd),
            ..wire::MemberRecord::default()
        }
    }
}

/// A key that may sign from `first_sequence` on.
pub(crate) fn feed_key_from(key: &SigningKey, first_sequence: u64) -> wire::FeedKey {
    wire::FeedKey {
        public_key: Bytes::copy_from_slice(key.verifying_key().as_bytes()),
        first_sequence,
        last_sequence: 0,
    }
}

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(name).into())
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().expect("the codes of a simulation are codes")
}
