//! Why a node does not start, or has stopped.

use crate::{
    audit::AuditError, clock::ClockError, config::FederationFileError, federation::FederationError,
    intake::IntakeError, keys::KeyFileError, link::TlsKeyError, loss::LossError, messages::MessageError,
    owner::OwnerError, serve::ServeError, services::ServiceError, store::StoreError, tokens::TokenError,
    twinning::BookError,
};
use faccina_proto::names::IpaCode;
use std::path::PathBuf;

/// Why the node does not start. Nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    Clock(#[from] ClockError),
    #[error(transparent)]
    Federation(#[from] FederationError),
    #[error(transparent)]
    FederationFile(#[from] FederationFileError),
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// Restore `tls.crt` in the keys directory.
    #[error("the TLS certificate of this node")]
    TlsKey(#[from] TlsKeyError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Owner(#[from] OwnerError),
    #[error(transparent)]
    Tokens(#[from] TokenError),
    #[error(transparent)]
    Loss(#[from] LossError),
    #[error(transparent)]
    Services(#[from] ServiceError),
    #[error(transparent)]
    Messages(#[from] MessageError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Twinnings(#[from] BookError),
    /// Run `faccina init`, or correct `data_dir`.
    #[error("the data directory {} is missing: correct `data_dir`, or create the node with `faccina init`", .path.display())]
    NoDataDir { path: PathBuf },
    /// Of terminals, services, invites and rights nothing would be known any more.
    #[error(
        "{} is gone, the feeds are there: restore the node from a backup; if there is none, put feeds.db in another place, start \
         the node and run `faccina adopt`", .path.display()
    )]
    Gone { path: PathBuf },
    /// Correct `role`, or `ipa_code`.
    #[error(
        "the roster says that {code} is {found}, the configuration says `role = \"{own}\"`: correct the configuration"
    )]
    Role { code: IpaCode, found: &'static str, own: &'static str },
    /// Bring back this node's own key: two nodes under one are one peer to all others.
    #[error("the transport key is that of {holder} in the roster: restore this node's own keys directory")]
    TransportKey { holder: IpaCode },
    /// Correct `listen.peers`, or stop what uses the port.
    #[error("cannot listen for peers: correct the addresses of `listen.peers`, or stop what uses them")]
    Listen,
    #[error("the node stopped while it started")]
    Stopped,
    /// Mend what the log names, then start the node again.
    #[error("a part of the node could not go on and all of it has stopped: the log says why")]
    Failed,
}
