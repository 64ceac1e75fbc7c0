//! The notice board: what a person publishes in this node's feed, whoever asks for it and by which door. Each entry is
//! checked, recorded in the audit log, then signed: an entry can never be taken back.

mod known;
mod checks;

use crate::{
    audit::Audit,
    clock::Clock,
    config::Role,
    federation::{AppendError, Federation, FederationStopped},
    office::TownHall,
    telling::sentence,
    tokens::{Caller, CallerRole},
};
use faccina_proto::{feed::Body, replica::Head, sync::AppendRefusal};
use std::{error::Error, sync::Arc};
use tonic::{Request, Status};

/// The board of this node; clones share everything.
#[derive(Clone, Debug)]
pub struct Board {
    pub(crate) role: Role,
    pub(crate) clock: Clock,
    pub(crate) federation: Federation,
    pub(crate) office: Arc<TownHall>,
    pub(crate) audit: Arc<Audit>,
}

impl Board {
    /// Checks, records and appends an entry; durable on return. `offline` as in [`Federation::append`].
    pub(crate) async fn publish(&self, caller: Caller, body: Body, offline: bool) -> Result<Head, Status> {
        let body = self.checked(body)?;
        self.record(caller, "publish", body.name().to_owned()).await?;
        self.federation.append(body, offline).await.map_err(|error| append_status(&error))
    }

    /// Records an act before it is done.
    pub(crate) async fn record(&self, caller: Caller, act: &'static str, what: String) -> Result<(), Status> {
        let audit = Arc::clone(&self.audit);
        blocking(move || audit.record(&caller, act, &what)).await?.map_err(|error| internal(&error))
    }

    /// Refuses what only another role does.
    pub(crate) fn expect_role(&self, role: Role, what: &str) -> Result<(), Status> {
        if self.role == role {
            return Ok(());
        }
        let (needed, own) = (role.as_str(), self.role.as_str());
        Err(Status::failed_precondition(format!(
            "{what} only on a node of role {needed}; this node is of role {own}"
        )))
    }
}

/// Who calls; the gate has put it there.
pub(crate) fn caller<T>(request: &Request<T>) -> Caller {
    let known = request.extensions().get::<Caller>().cloned();
    known.unwrap_or(Caller { role: CallerRole::Admin, id: "unknown".to_owned(), terminal: None, desk: None })
}

/// Runs what blocks for the disk away from the runtime's workers.
pub(crate) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Status> {
    tokio::task::spawn_blocking(act).await.map_err(|_| Status::unavailable("the node is stopping"))
}

pub(crate) fn invalid(error: &(dyn Error + 'static)) -> Status {
    Status::invalid_argument(sentence(error))
}

pub(crate) fn wrong(message: &str) -> Status {
    Status::invalid_argument(message)
}

pub(crate) fn internal(error: &(dyn Error + 'static)) -> Status {
    Status::internal(sentence(error))
}

pub(crate) fn stopped(error: &FederationStopped) -> Status {
    Status::unavailable(sentence(error))
}

pub(crate) fn append_status(error: &AppendError) -> Status {
    match error {
        AppendError::Refused(AppendRefusal::Entry(_)) => invalid(error),
        AppendError::Refused(AppendRefusal::Quota) => Status::resource_exhausted(sentence(error)),
        AppendError::Refused(AppendRefusal::NotAsked) => Status::failed_precondition(
            "no member has been asked yet which entries of this node it holds: wait until the node is connected, \
             or add --offline if it is meant to publish alone",
        ),
        AppendError::Refused(
            AppendRefusal::Alarm(_)
            | AppendRefusal::FewAsked { .. }
            | AppendRefusal::NotMember(_)
            | AppendRefusal::Key { .. }
            | AppendRefusal::Forked { .. }
            | AppendRefusal::ClockBehind { .. }
            | AppendRefusal::Refused(_),
        ) => Status::failed_precondition(sentence(error)),
        AppendError::Stopped(stop) => stopped(stop),
    }
}
