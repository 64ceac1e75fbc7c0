//! What an invite gives the right to, asked before the vote. The writer answers, because it knows tries and spent marks.

use faccina_proto::admission::{Refusal, Wait, invite_suits};
use faccina_proto::envelope::KeyId;
use faccina_proto::invites::InviteHash;
use faccina_proto::names::Code;
use faccina_proto::terminals::State;

use super::{Fresh, WriteError, Writer, is_spent};

/// What an invite gives the right to at one terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteAnswer {
    /// One vote on this service.
    For(Code),
    /// None, for good.
    Refused(Refusal),
    /// Ask again later.
    NotYet(Wait),
}

impl Writer {
    /// Looks up an invite as [`Writer::decide`] would, and spends nothing. An unknown one counts as a try.
    pub(super) fn check_invite(
        &mut self,
        terminal: KeyId,
        invite: &InviteHash,
    ) -> Result<InviteAnswer, WriteError> {
        let list = self.terminals.list();
        let Some(place) = list.get(&terminal) else {
            return Ok(InviteAnswer::Refused(Refusal::TerminalUnknown { terminal }));
        };
        match place.state {
            State::Active => {}
            State::Suspended => return Ok(InviteAnswer::NotYet(Wait::TerminalSuspended)),
            State::Revoked => return Ok(InviteAnswer::NotYet(Wait::TerminalRevoked)),
        }
        let now = self.clock.now();
        if self.tries.used_up(&terminal, now.unix_s) {
            return Ok(InviteAnswer::NotYet(Wait::InviteTriesUsedUp));
        }
        let stored = self.invites.stored(invite);
        let record = self.invites.record(&stored)?.filter(|record| record.is_known_at(&place.channel));
        let Some(record) = record else {
            self.tries.count(terminal, &place.channel, now.unix_s);
            return Ok(InviteAnswer::Refused(Refusal::InviteUnknown));
        };
        let boxes = self.archive.from(record.first_month())?;
        if is_spent(&record.mark(stored), &Fresh::default(), &boxes)? {
            return Ok(InviteAnswer::Refused(Refusal::InviteSpent));
        }
        if let Some(refusal) = invite_suits(&record, &place.channel, &place.branch, now.day.month()) {
            return Ok(InviteAnswer::Refused(refusal));
        }
        if !place.services.contains(&record.key.service) {
            return Ok(InviteAnswer::Refused(Refusal::InviteForAnother));
        }
        Ok(InviteAnswer::For(record.key.service))
    }
}
