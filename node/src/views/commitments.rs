//! The three commitments of an ente: the plan, the survey, the publication of its results.

use super::{MonthState, Views, due_day};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::IpaCode,
};

/// Whether a commitment is kept on a given day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commitment {
    /// Kept.
    Met,
    /// Still open, until this day.
    Due(CivilDay),
    /// The day has passed.
    Missed(CivilDay),
}

/// The commitments of one ente, judged on the last month that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// The month that survey and publication are about; `None` before the first one is over.
    pub month: Option<Month>,
    /// A survey plan in force, to be published by the last day of the first month.
    pub plan: Commitment,
    /// A summary that counts, to be transmitted by the day of the close.
    pub survey: Commitment,
    /// The results on the ente's own site, to be there by the end of the following month.
    pub publication: Commitment,
}

impl Views {
    /// `None` for whoever is no ente of the roster.
    #[must_use]
    pub fn commitments(&self, code: &IpaCode, today: CivilDay) -> Option<Commitments> {
        let first = self.enti().find(|member| member.code == *code)?.first_month;
        let standing = self.standing(code);
        let open = |kept: bool, until: CivilDay| match (kept, today <= until) {
            (true, _) => Commitment::Met,
            (false, true) => Commitment::Due(until),
            (false, false) => Commitment::Missed(until),
        };
        let month = today.month().previous();
        let over = (month >= first).then_some(month);
        let judged = over.unwrap_or(first);
        let transmitted = matches!(
            self.month_of(code, judged),
            MonthState::Counted(_) | MonthState::Carried(_) | MonthState::NotDue
        );
        let published = standing.published.contains_key(&judged);
        Some(Commitments {
            month: over,
            plan: open(
                standing.plan.is_some_and(|(from, _)| from <= today.month().max(first)),
                first.last_day(),
            ),
            survey: open(over.is_some() && transmitted, due_day(judged)),
            publication: open(over.is_some() && published, judged.next().last_day()),
        })
    }
}
