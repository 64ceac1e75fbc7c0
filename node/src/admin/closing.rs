//! Closing a month by command, and saying beforehand what it would publish.

use super::{AdminService, no_terminals, wrong};
use crate::tokens::Caller;
use bytes::Bytes;
use faccina_proto::{calendar::Month, wire::admin::v1 as wire};
use tonic::Status;

impl AdminService {
    pub(super) async fn close_month(
        &self,
        caller: Caller,
        asked: wire::CloseRequest,
    ) -> Result<wire::CloseReply, Status> {
        let closer = self.closer.as_ref().ok_or_else(no_terminals)?;
        let month = match asked.month {
            0 => None,
            number => Some(Month::from_yyyymm(number).map_err(|error| wrong(&error.to_string()))?),
        };
        if asked.dry_run {
            let preview = closer.preview(month).await?;
            return Ok(wire::CloseReply {
                month: preview.month.yyyymm(),
                words_it: preview.words_it,
                words_en: preview.words_en,
                summary: Some(preview.summary),
                sequence: 0,
                id: Bytes::new(),
            });
        }
        let named = month.map_or_else(|| "the next month".to_owned(), |month| month.to_string());
        self.board.record(caller, "close month", named).await?;
        let closed = closer.close(month, asked.offline).await?;
        Ok(wire::CloseReply {
            month: closed.month.yyyymm(),
            words_it: closed.words_it,
            words_en: closed.words_en,
            summary: Some(closed.summary),
            sequence: closed.sequence,
            id: Bytes::copy_from_slice(&closed.id),
        })
    }
}
