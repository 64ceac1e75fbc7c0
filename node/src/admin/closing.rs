//! Closing or correcting a month by command, and saying beforehand what that would publish.

use super::{AdminService, invalid, no_terminals, wrong};
use crate::{
    close::{Closed, Correction, Place, Preview},
    tokens::Caller,
};
use bytes::Bytes;
use faccina_proto::{
    calendar::Month,
    limits::VOTES_PER_MONTH_MAX,
    names::{Code, NameError},
    tally::GroupKey,
    wire::admin::v1 as wire,
};
use tonic::Status;

/// Places and figures named in one correction.
const CORRECTED_MAX: usize = 256;
/// Why a month is corrected, in characters.
const REASON_CHARS_MAX: usize = 300;

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
            return Ok(previewed(closer.preview(month).await?));
        }
        let named = month.map_or_else(|| "the next month".to_owned(), |month| month.to_string());
        self.board.record(caller, "close month", named).await?;
        Ok(closed(closer.close(month, asked.offline).await?))
    }

    pub(super) async fn correct_month(
        &self,
        caller: Caller,
        asked: wire::CorrectRequest,
    ) -> Result<wire::CloseReply, Status> {
        let closer = self.closer.as_ref().ok_or_else(no_terminals)?;
        let month = Month::from_yyyymm(asked.month).map_err(|error| invalid(&error))?;
        let correction = correction(&asked)?;
        if asked.dry_run {
            return Ok(previewed(closer.preview_correction(month, correction).await?));
        }
        let reason = asked.reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            return Err(wrong(&format!(
                "a correction has a reason of at most {REASON_CHARS_MAX} characters; it stays in the audit log of this node"
            )));
        }
        self.board.record(caller, "correct month", format!("{month} {correction:?}: {reason}")).await?;
        Ok(closed(closer.correct(month, correction, asked.offline).await?))
    }
}

fn correction(asked: &wire::CorrectRequest) -> Result<Correction, Status> {
    if asked.withdrawn.len() + asked.moved.len() + asked.served.len() > CORRECTED_MAX {
        return Err(wrong(&format!("a correction names at most {CORRECTED_MAX} places and figures")));
    }
    let read = || -> Result<Correction, NameError> {
        let mut correction = Correction::default();
        for asked in &asked.withdrawn {
            correction.withdrawn.push(place(asked)?);
        }
        for asked in &asked.moved {
            let from = place(&asked.place.clone().unwrap_or_default())?;
            correction.moved.push((from, asked.service.parse()?));
        }
        for asked in &asked.served {
            let key = GroupKey { service: asked.service.parse()?, channel: asked.channel.parse()? };
            correction.served.insert(key, asked.number);
        }
        Ok(correction)
    };
    let correction = read().map_err(|error| invalid(&error))?;
    if correction.served.values().flatten().any(|number| *number > VOTES_PER_MONTH_MAX) {
        return Err(wrong(&format!("users served in a month are at most {VOTES_PER_MONTH_MAX}")));
    }
    Ok(correction)
}

fn place(asked: &wire::VotePlace) -> Result<Place, NameError> {
    let all = |text: &str| -> Result<Option<Code>, NameError> {
        (!text.is_empty()).then(|| text.parse()).transpose()
    };
    Ok(Place { service: asked.service.parse()?, channel: all(&asked.channel)?, branch: all(&asked.branch)? })
}

fn previewed(preview: Preview) -> wire::CloseReply {
    wire::CloseReply {
        month: preview.month.yyyymm(),
        words_it: preview.words_it,
        words_en: preview.words_en,
        summary: Some(preview.summary),
        sequence: 0,
        id: Bytes::new(),
    }
}

fn closed(closed: Closed) -> wire::CloseReply {
    wire::CloseReply {
        month: closed.month.yyyymm(),
        words_it: closed.words_it,
        words_en: closed.words_en,
        summary: Some(closed.summary),
        sequence: closed.sequence,
        id: Bytes::copy_from_slice(&closed.id),
    }
}
