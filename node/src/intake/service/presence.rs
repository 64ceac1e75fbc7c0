//! What a terminal asks beside its ballots: to be told, how it is heard, what an invite is for. Each only for itself.

use bytes::Bytes;
use faccina_proto::envelope::{Envelope, KeyId, Kind};
use faccina_proto::invites::InviteHash;
use faccina_proto::report::Heartbeat;
use faccina_proto::terminals::State;
use faccina_proto::wire::terminal::v1 as wire;
use futures::{Stream, StreamExt};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use super::TerminalService;
use crate::intake::InviteAnswer;
use crate::intake::desk::not_yet;
use crate::tokens::Caller;

/// The terminal that calls as itself: its id in the message is that of the token.
pub(super) fn itself<M>(request: &Request<M>, terminal: &[u8]) -> Result<KeyId, Status> {
    let named = KeyId::from_slice(terminal)
        .ok_or_else(|| Status::invalid_argument("terminal is a key id of 8 bytes"))?;
    let caller = request.extensions().get::<Caller>().and_then(|caller| caller.terminal);
    if caller == Some(named) {
        Ok(named)
    } else {
        Err(Status::permission_denied("a terminal asks only for itself, with the token of its enrolment"))
    }
}

impl TerminalService {
    pub(super) fn tell(
        &self,
        request: &Request<wire::WatchRequest>,
    ) -> Result<impl Stream<Item = Result<wire::Notice, Status>> + Send + 'static, Status> {
        let terminal = itself(request, &request.get_ref().terminal)?;
        self.expect_served(&terminal)?;
        Ok(ReceiverStream::new(self.intake.notices().listen(terminal)).map(Ok))
    }

    pub(super) fn hear(
        &self,
        request: Request<wire::HeartbeatRequest>,
    ) -> Result<wire::HeartbeatReply, Status> {
        let caller = request.extensions().get::<Caller>().and_then(|caller| caller.terminal);
        let heartbeat = self.verified(request.into_inner().heartbeat)?;
        if caller != Some(heartbeat.terminal) {
            return Err(Status::permission_denied("a terminal speaks only of itself, with its own token"));
        }
        let intake = &self.intake.shared;
        let now_unix_s = intake.clock.now().unix_s;
        let comparable = (!intake.clock.is_demo()).then_some(now_unix_s);
        intake.health.hear(heartbeat, comparable, &self.intake.terminals());
        Ok(wire::HeartbeatReply { now_unix_s })
    }

    /// The heartbeat in an envelope that the terminal named in it has signed.
    fn verified(&self, bytes: Bytes) -> Result<Heartbeat, Status> {
        let unread = |error: &dyn std::fmt::Display| {
            Status::invalid_argument(format!("the heartbeat cannot be read ({error}): update the terminal"))
        };
        let envelope = Envelope::parse(bytes).map_err(|error| unread(&error))?;
        let signer = envelope.key_id();
        self.expect_served(&signer)?;
        let terminals = self.intake.terminals();
        let terminal = terminals.get(&signer).ok_or_else(unknown)?;
        let federation = &self.intake.desk().papers.federation;
        envelope.verify(Kind::Heartbeat, federation, &terminal.key).map_err(|error| unread(&error))?;
        let heartbeat = Heartbeat::decode(envelope.payload()).map_err(|error| unread(&error))?;
        if heartbeat.terminal == signer { Ok(heartbeat) } else { Err(unread(&"it names another terminal")) }
    }

    pub(super) async fn check(
        &self,
        request: Request<wire::CheckInviteRequest>,
    ) -> Result<wire::CheckInviteReply, Status> {
        use wire::check_invite_reply::Answer;
        let terminal = itself(&request, &request.get_ref().terminal)?;
        let hash = <[u8; 32]>::try_from(request.into_inner().invite_hash.as_ref())
            .map_err(|_| Status::invalid_argument("invite_hash is a SHA-256 of 32 bytes"))?;
        let answer = match self.intake.check_invite(terminal, InviteHash::from_bytes(hash)).await? {
            InviteAnswer::For(service) => Answer::Service(service.to_string()),
            InviteAnswer::Refused(refusal) => Answer::Refusal(wire::Refusal {
                code: refusal.code().to_owned(),
                message: refusal.to_string(),
            }),
            InviteAnswer::NotYet(wait) => Answer::NotYet(not_yet(wait)),
        };
        Ok(wire::CheckInviteReply { answer: Some(answer) })
    }

    /// A revoked terminal is served no more, except that what waits on it may be cast.
    fn expect_served(&self, terminal: &KeyId) -> Result<(), Status> {
        match self.intake.terminals().get(terminal).ok_or_else(unknown)?.state {
            State::Active | State::Suspended => Ok(()),
            State::Revoked => Err(Status::failed_precondition(
                "this terminal was revoked: `faccina kiosk --pair-again` with a new code makes it a terminal again",
            )),
        }
    }
}

pub(super) fn unknown() -> Status {
    Status::not_found("this terminal is not enrolled here: enrol it with a new code")
}
