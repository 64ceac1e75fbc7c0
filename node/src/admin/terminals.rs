//! Terminals and invites of the ente.

use super::{AdminService, internal, invalid, no_terminals, wrong};
use crate::{
    intake::{CODE_LIFE_S, Health, Intake, Paired, PairingError, Place},
    telling::sentence,
    tokens::Caller,
};
use bytes::Bytes;
use faccina_proto::{
    admission::COUNTER,
    envelope::KeyId,
    names::{Code, NameError},
    terminals::{Leftover, Mode, OpeningHours, State, TerminalRecord},
    wire::admin::v1 as wire,
};
use std::collections::BTreeSet;
use tonic::Status;

/// A queue is shown rounded up to a multiple of this.
const QUEUE_STEP: u32 = 5;

impl AdminService {
    pub(crate) fn intake(&self) -> Result<&Intake, Status> {
        self.intake.as_ref().ok_or_else(no_terminals)
    }

    pub(super) async fn draw_code(
        &self,
        caller: Caller,
        asked: wire::AddTerminalRequest,
    ) -> Result<wire::PairingReply, Status> {
        self.intake()?;
        let place = place_of(asked)?;
        self.expect_own(&place.services)?;
        self.board.expect_channel(&place.channel)?;
        if place.mode == Mode::Attended && place.channel.as_str() != COUNTER {
            return Err(wrong(
                "only at a counter is there staff to open a terminal: choose the channel counter, or the mode invite or open",
            ));
        }
        self.board.record(caller, "add terminal", place.name.clone()).await?;
        self.code_for(Paired::Terminal(place))
    }

    /// Refuses services that this ente has not listed.
    pub(super) fn expect_own(&self, services: &BTreeSet<Code>) -> Result<(), Status> {
        match services.iter().find(|it| !self.services.list().contains_key(*it)) {
            None => Ok(()),
            Some(service) => Err(Status::failed_precondition(format!(
                "{service} is no service of this ente yet: `faccina service add {service}` adds it"
            ))),
        }
    }

    pub(super) fn code_for(&self, device: Paired) -> Result<wire::PairingReply, Status> {
        match self.intake()?.draw_code(device) {
            Ok(code) => Ok(wire::PairingReply {
                code: code.to_string(),
                valid_s: CODE_LIFE_S,
                address: self.device_address.clone(),
            }),
            Err(error @ PairingError::TooManyCodes) => Err(Status::resource_exhausted(sentence(&error))),
            Err(error) => Err(internal(&error)),
        }
    }

    pub(super) fn terminals_now(&self) -> Result<wire::ListTerminalsReply, Status> {
        let intake = self.intake()?;
        let list = intake.terminals();
        let rows = list.iter().map(|(id, terminal)| wire::TerminalRow {
            terminal: Bytes::copy_from_slice(id.as_bytes()),
            name: terminal.name.clone(),
            channel: terminal.channel.to_string(),
            branch: terminal.branch.to_string(),
            services: terminal.services.iter().map(ToString::to_string).collect(),
            mode: i32::try_from(terminal.mode.number()).unwrap_or(0),
            state: i32::try_from(terminal.state.number()).unwrap_or(0),
            health: intake.health(id).map(|health| health_of(&health)),
        });
        Ok(wire::ListTerminalsReply { terminals: rows.collect() })
    }

    /// The token of a revoked terminal opens nothing until somebody has decided what becomes of the ballots that wait on it; then
    /// it opens the way to hand them over or to hear that they do not count. A suspended terminal keeps its token, for it is
    /// to come back.
    pub(super) async fn change_terminal(
        &self,
        caller: Caller,
        asked: wire::SetTerminalStateRequest,
    ) -> Result<wire::SetTerminalStateReply, Status> {
        let intake = self.intake()?;
        let terminal =
            KeyId::from_slice(&asked.terminal).ok_or_else(|| wrong("a terminal's id has 8 bytes"))?;
        let state = u32::try_from(asked.state).ok().and_then(State::of);
        let state = state.ok_or_else(|| wrong("a terminal is active, suspended or revoked"))?;
        let (leftover, decided) = match (asked.accept_flagged, asked.refuse_queued) {
            (true, true) => {
                return Err(wrong("what waits on a terminal counts flagged or is refused, not both"));
            }
            (true, false) => {
                (Leftover::Flagged { until: self.clock.today() }, ", what waits on it counts flagged")
            }
            (false, true) => (Leftover::Refused, ", what waits on it is refused"),
            (false, false) => (Leftover::Undecided, ""),
        };
        if leftover != Leftover::Undecided && state != State::Revoked {
            return Err(wrong("only of what waits on a revoked terminal is decided whether it counts"));
        }
        self.board.record(caller, "set terminal state", format!("{terminal} {state:?}{decided}")).await?;
        if state != State::Revoked {
            intake.set_terminal_state(terminal, state).await?;
            return Ok(wire::SetTerminalStateReply {});
        }
        intake.revoke_terminal(terminal, leftover).await?;
        let (tokens, barred) = (std::sync::Arc::clone(&self.tokens), leftover == Leftover::Undecided);
        let changed = super::blocking(move || tokens.bar_terminal(terminal, barred)).await?;
        changed.map_err(|error| super::token_status(&error))?;
        Ok(wire::SetTerminalStateReply {})
    }

    pub(super) async fn draw_invites(
        &self,
        caller: Caller,
        asked: wire::CreateInvitesRequest,
    ) -> Result<wire::CreateInvitesReply, Status> {
        let intake = self.intake()?;
        let (service, channel, branch) = (code(&asked.service)?, code(&asked.channel)?, code(&asked.branch)?);
        self.expect_own(&BTreeSet::from([service.clone()]))?;
        self.board.expect_channel(&channel)?;
        self.board
            .record(caller, "create invites", format!("{} {service} {channel} {branch}", asked.count))
            .await?;
        let drawn = intake.create_invites(service, channel, branch, asked.count).await?;
        Ok(wire::CreateInvitesReply {
            invites: drawn.iter().map(|invite| Bytes::copy_from_slice(invite)).collect(),
        })
    }
}

/// The queue in steps, like every figure that a single ballot could move.
fn health_of(health: &Health) -> wire::TerminalHealth {
    let heartbeat = &health.heartbeat;
    wire::TerminalHealth {
        silent_s: health.silent_s(),
        queue: heartbeat.queue.div_ceil(QUEUE_STEP).saturating_mul(QUEUE_STEP),
        queue_max: heartbeat.queue_max,
        version: heartbeat.version.clone(),
        clock_ahead_s: health.clock_ahead_s,
        open_s: heartbeat.open_s,
        listened_s: heartbeat.listened_s,
    }
}

fn place_of(asked: wire::AddTerminalRequest) -> Result<Place, Status> {
    let mode = u32::try_from(asked.mode).ok().and_then(Mode::of);
    let hours = asked.hours.iter().map(|it| OpeningHours::new(it.weekday, it.from_minute, it.to_minute));
    if asked.name.is_empty() {
        return Err(wrong("a terminal needs a name, for example the number of its counter"));
    }
    TerminalRecord::expect_bounds(&asked.name, asked.services.len(), asked.hours.len())
        .map_err(|error| invalid(&error))?;
    Ok(Place {
        channel: code(&asked.channel)?,
        branch: code(&asked.branch)?,
        services: asked.services.iter().map(|service| code(service)).collect::<Result<_, _>>()?,
        mode: mode.ok_or_else(|| wrong("a terminal's mode is attended, open or invite"))?,
        hours: hours.collect::<Result<_, _>>().map_err(|error| invalid(&error))?,
        name: asked.name,
    })
}

pub(super) fn code(text: &str) -> Result<Code, Status> {
    text.parse().map_err(|error: NameError| invalid(&error))
}
