//! The month of a node as a publication, or why there is none.

use super::{EnteMonth, NationalMonth, Terms};
use crate::{
    telling::sentence,
    views::{Feeds, MonthState, NationalEntry, Recomputed, Views, due_day},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    checks::Refusal,
    names::IpaCode,
};

/// Why a month is not published. Nothing has been written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unpublished {
    /// Wait.
    #[error("{month} is not over: it closes by itself on {closes}, and can be published then")]
    NotOver { month: Month, closes: CivilDay },
    /// Close it, or wait for the timer.
    #[error(
        "{month} is not closed: it closes by itself at 02:00 on {closes}; once that has passed, `faccina status` says \
         what keeps it, and `faccina close --month {month}` closes it"
    )]
    NotClosed { month: Month, closes: CivilDay },
    /// Choose another month.
    #[error("{month} is before the first month of this ente, {first}")]
    BeforeFirst { month: Month, first: Month },
    /// Choose another month.
    #[error("in {month} nothing was surveyed, as the feed says: there is nothing to publish")]
    Gap { month: Month },
    /// The ente's software is wrong: correct the month, or ask DFP.
    #[error("the summary of {month} is refused by every node and counts nowhere ({}): ask DFP before publishing it", sentence(.refusal))]
    Refused { month: Month, refusal: Box<Refusal> },
    /// Update.
    #[error("the summary of {month} follows rules that this version does not know: update the software")]
    NotUnderstood { month: Month },
    /// Only a ruling of DFP ends it.
    #[error("the feed of this ente contradicts itself before {month}: ask DFP for a ruling")]
    Forked { month: Month },
    /// Wait until DFP's own entry admits it.
    #[error("the roster does not name this node as an ente: it publishes once DFP has admitted it")]
    NotAdmitted,
    /// Publish the national month first.
    #[error(
        "the national month {month} is not published: it is signed on day 20 of the next month, or with `faccina federation national --month {month}`"
    )]
    NotSigned { month: Month },
    /// Choose another number.
    #[error("the national month {month} has no restatement number {restatement}: the last is number {last}")]
    NoRestatement { month: Month, restatement: u32, last: u32 },
    /// Stop and look: what was signed is not what the summaries give.
    #[error(
        "the national month {month}, computed again from the summaries, is not what was signed: run `faccina verify` on an export of the feeds"
    )]
    NotIdentical { month: Month },
}

/// The month of the ente that this node belongs to.
pub fn ente_month(
    views: &Views,
    feeds: &dyn Feeds,
    own: &IpaCode,
    month: Month,
    today: CivilDay,
    terms: &Terms,
) -> Result<EnteMonth, Unpublished> {
    let member = views.enti().find(|member| member.code == *own).ok_or(Unpublished::NotAdmitted)?;
    let closes = due_day(month);
    match views.month_of(own, month) {
        MonthState::Counted(accepted) | MonthState::Carried(accepted) => {
            EnteMonth::of(views, feeds, own, accepted, terms).ok_or(Unpublished::NotAdmitted)
        }
        MonthState::Refused(_, refusal) => {
            Err(Unpublished::Refused { month, refusal: Box::new(refusal.clone()) })
        }
        MonthState::NotUnderstood(_) => Err(Unpublished::NotUnderstood { month }),
        MonthState::Forked => Err(Unpublished::Forked { month }),
        MonthState::Gap => Err(Unpublished::Gap { month }),
        MonthState::Missing | MonthState::NotDue if month < member.first_month => {
            Err(Unpublished::BeforeFirst { month, first: member.first_month })
        }
        MonthState::Missing | MonthState::NotDue if today.month() <= month => {
            Err(Unpublished::NotOver { month, closes })
        }
        MonthState::Missing | MonthState::NotDue => Err(Unpublished::NotClosed { month, closes }),
    }
}

/// The national month, as the observer signed it and `recompute` finds it again: as it is now, or as `restatement` was.
pub fn national_month(
    views: &Views,
    month: Month,
    restatement: Option<u32>,
    recompute: impl FnOnce(&NationalEntry) -> Recomputed,
    terms: &Terms,
) -> Result<NationalMonth, Unpublished> {
    let all = views.nationals().get(&month).map(Vec::as_slice).unwrap_or_default();
    let last = all.last().ok_or(Unpublished::NotSigned { month })?;
    let entry = match restatement {
        None => last,
        Some(restatement) => {
            let last = last.message.restatement;
            let none = Unpublished::NoRestatement { month, restatement, last };
            all.iter().find(|entry| entry.message.restatement == restatement).ok_or(none)?
        }
    };
    match recompute(entry) {
        Recomputed::Identical => {
            NationalMonth::of(views, entry, terms).ok_or(Unpublished::NotIdentical { month })
        }
        Recomputed::NotUnderstood { .. } => Err(Unpublished::NotUnderstood { month }),
        Recomputed::Differs { .. } | Recomputed::Impossible(_) => Err(Unpublished::NotIdentical { month }),
    }
}
