//! The desks of the ente: staff PCs that open a terminal or give invites.

use super::{AdminService, blocking, terminals::code, token_status, wrong};
use crate::{
    intake::Paired,
    tokens::{Caller, DeskPlace},
};
use bytes::Bytes;
use faccina_proto::{
    admission::COUNTER,
    envelope::KeyId,
    limits::{SERVICES_PER_TERMINAL_MAX, TERMINAL_NAME_BYTES_MAX},
    terminals::{Mode, State},
    wire::admin::v1 as wire,
};
use std::sync::Arc;
use tonic::Status;

impl AdminService {
    pub(super) async fn draw_desk_code(
        &self,
        caller: Caller,
        asked: wire::AddDeskRequest,
    ) -> Result<wire::PairingReply, Status> {
        self.intake()?;
        let place = place_of(asked)?;
        self.expect_own(&place.services)?;
        if let Some(terminal) = &place.terminal {
            self.expect_opened_by(terminal, &place)?;
        }
        self.board.record(caller, "add desk", place.name.clone()).await?;
        self.code_for(Paired::Desk(place))
    }

    /// Refuses a terminal that this desk could not open.
    fn expect_opened_by(&self, id: &KeyId, place: &DeskPlace) -> Result<(), Status> {
        let terminals = self.intake()?.terminals();
        let terminal = terminals.get(id).filter(|terminal| terminal.state != State::Revoked);
        let terminal = terminal.ok_or_else(|| {
            Status::not_found(format!("there is no terminal {id}: `faccina terminal list` shows them"))
        })?;
        if terminal.mode != Mode::Attended || terminal.channel.as_str() != COUNTER {
            return Err(Status::failed_precondition(format!(
                "terminal {id} is not attended at a counter: a desk opens only such a one, or gives invites without"
            )));
        }
        if terminal.branch != place.branch {
            return Err(Status::failed_precondition(format!(
                "terminal {id} is at {}, the desk at {}: both stand at one counter",
                terminal.branch, place.branch
            )));
        }
        match place.services.iter().find(|service| !terminal.services.contains(*service)) {
            None => Ok(()),
            Some(service) => Err(Status::failed_precondition(format!(
                "terminal {id} collects no votes for {service}: leave it out, or add a terminal that does"
            ))),
        }
    }

    pub(super) fn desks_now(&self) -> wire::ListDesksReply {
        let desks = self.tokens.desks().into_iter().map(|(id, place)| wire::DeskRow {
            id,
            name: place.name,
            branch: place.branch.to_string(),
            services: place.services.iter().map(ToString::to_string).collect(),
            terminal: place.terminal.map(|id| Bytes::copy_from_slice(id.as_bytes())).unwrap_or_default(),
        });
        wire::ListDesksReply { desks: desks.collect() }
    }

    pub(super) async fn end_desk(&self, caller: Caller, id: String) -> Result<wire::RemoveDeskReply, Status> {
        self.board.record(caller, "remove desk", id.clone()).await?;
        let tokens = Arc::clone(&self.tokens);
        let removed = blocking(move || tokens.remove_desk(&id)).await?;
        removed.map_err(|error| token_status(&error))?;
        Ok(wire::RemoveDeskReply {})
    }
}

fn place_of(asked: wire::AddDeskRequest) -> Result<DeskPlace, Status> {
    if asked.name.is_empty() || asked.name.len() > TERMINAL_NAME_BYTES_MAX {
        return Err(wrong("a desk needs a name of at most 128 bytes, for example the number of its counter"));
    }
    if asked.services.is_empty() || asked.services.len() > SERVICES_PER_TERMINAL_MAX {
        return Err(wrong("a desk concludes 1 to 64 services"));
    }
    let terminal = match asked.terminal.as_ref() {
        [] => None,
        bytes => Some(KeyId::from_slice(bytes).ok_or_else(|| wrong("a terminal's id has 8 bytes"))?),
    };
    Ok(DeskPlace {
        branch: code(&asked.branch)?,
        services: asked.services.iter().map(|service| code(service)).collect::<Result<_, _>>()?,
        terminal,
        name: asked.name,
    })
}
