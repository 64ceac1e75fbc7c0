//! Whether an ente keeps up with its months, by what has come and what was due.

use super::{MonthState, Views, due_day};
use faccina_proto::{
    calendar::{CivilDay, Month},
    roster::Member,
};

/// Months in a row without a word from which an ente is silent rather than late.
const SILENT_MONTHS_MIN: usize = 2;

/// How an ente stands with its months on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Punctuality {
    pub delivery: Delivery,
    /// The newest month that was due; `None` before the first.
    pub due: Option<Month>,
    /// The last month that counts, and the day on which it came.
    pub last: Option<(Month, CivilDay)>,
}

/// What has come of what was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing is due: its first month is not over, or it has left.
    NotDue,
    /// The newest month that was due is there; `late_days` after its day, where that can be told.
    InTime { late_days: u32 },
    /// The newest month that was due is missing, and the one before is there.
    Late { month: Month, days: u32 },
    /// Several months in a row are missing, the first of them named.
    Silent { since: Month, months: usize, days: u32 },
    /// Months were due, and no summary has ever come.
    Never { since: Month, months: usize, days: u32 },
}

impl Views {
    /// How `member` stands with its months on `today`.
    #[must_use]
    pub fn punctuality(&self, member: &Member, today: CivilDay) -> Punctuality {
        let code = &member.code;
        let last = self.last_month_of(code).map(|accepted| {
            let day = self.arrived(code, accepted.month).unwrap_or(accepted.filed.day);
            (accepted.month, day)
        });
        let newest = newest_due(today).filter(|due| *due >= member.first_month && member.belongs_on(today));
        let Some(due) = newest else { return Punctuality { delivery: Delivery::NotDue, due: None, last } };
        let missing = |month: &Month| matches!(self.month_of(code, *month), MonthState::Missing);
        let back = std::iter::successors(Some(due), |month| Some(month.previous()));
        let in_a_row = back.take_while(|month| *month >= member.first_month && missing(month));
        let (months, since) = in_a_row.fold((0, due), |(count, _), month| (count + 1, month));
        let days = late_days(since, today);
        let delivery = match months {
            0 => {
                let came = self.arrived(code, due);
                Delivery::InTime { late_days: came.map_or(0, |day| late_days(due, day)) }
            }
            _ if since == member.first_month && !self.has_spoken(code) => {
                Delivery::Never { since, months, days }
            }
            months if months >= SILENT_MONTHS_MIN => Delivery::Silent { since, months, days },
            _ => Delivery::Late { month: since, days },
        };
        Punctuality { delivery, due: Some(due), last }
    }
}

/// The newest month whose summary was due before `today`.
fn newest_due(today: CivilDay) -> Option<Month> {
    let last = today.month().previous();
    [last, last.previous()].into_iter().find(|month| due_day(*month) < today)
}

/// Days from the due day of `month` to `day`; none if that is not later.
fn late_days(month: Month, day: CivilDay) -> u32 {
    u32::try_from(due_day(month).days_until(day)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::town::{Town, day, month, summary};

    fn delivery(town: &Town, ente: &str, today: u32) -> Delivery {
        let views = town.views();
        let member = views.ente(&ente.parse().unwrap()).unwrap();
        views.punctuality(member, day(today)).delivery
    }

    #[test]
    fn before_the_first_due_day_nothing_is_due() {
        assert_eq!(delivery(&Town::founded(&["c_a"]), "c_a", 20_260_211), Delivery::NotDue);
    }

    #[test]
    fn who_was_never_heard_is_told_apart_from_who_fell_silent() {
        let mut town = Town::founded(&["c_a", "c_b"]);
        town.summarise("c_b", 20_260_214, summary(202_601, &[("anagrafe", "counter", 80, 10, 10)]));
        let since = month(202_601);
        assert_eq!(delivery(&town, "c_a", 20_260_213), Delivery::Never { since, months: 1, days: 2 });
        assert_eq!(delivery(&town, "c_b", 20_260_220), Delivery::InTime { late_days: 3 });
        let since = month(202_602);
        assert_eq!(delivery(&town, "c_b", 20_260_320), Delivery::Late { month: since, days: 9 });
        assert_eq!(delivery(&town, "c_b", 20_260_412), Delivery::Silent { since, months: 2, days: 32 });
    }

    #[test]
    fn a_refused_summary_is_no_silence() {
        let mut town = Town::founded(&["c_a"]);
        town.summarise("c_a", 20_260_211, summary(202_601, &[("anagrafe", "counter", 1, 0, 0)]));
        assert_eq!(delivery(&town, "c_a", 20_260_220), Delivery::InTime { late_days: 0 });
        let views = town.views();
        assert_eq!(views.unusable(&"c_a".parse().unwrap()), (1, 0));
    }
}
