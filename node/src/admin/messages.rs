//! What the ente says on its terminals.

use super::{AdminService, internal, invalid};
use crate::{
    board::blocking,
    messages::{MESSAGES_MAX, MessageError},
    telling::sentence,
    tokens::Caller,
};
use faccina_proto::wire::{admin::v1 as wire, terminal::v1::Message};
use std::sync::Arc;
use tonic::Status;

impl AdminService {
    pub(super) async fn change_messages(
        &self,
        caller: Caller,
        messages: Vec<Message>,
    ) -> Result<wire::SetMessagesReply, Status> {
        let notices = self.intake()?.notices().clone();
        let what = format!("{} of at most {MESSAGES_MAX}", messages.len());
        self.board.record(caller, "set messages", what).await?;
        let office = Arc::clone(&self.office);
        let set = blocking(move || office.message_book().set(messages)).await?;
        set.map_err(|error| message_status(&error))?;
        notices.tell_changed();
        Ok(wire::SetMessagesReply {})
    }
}

fn message_status(error: &MessageError) -> Status {
    match error {
        MessageError::TooMany(_) => Status::resource_exhausted(sentence(error)),
        MessageError::Message { .. } => invalid(error),
        MessageError::Store(_) | MessageError::Stored(_) => internal(error),
    }
}
