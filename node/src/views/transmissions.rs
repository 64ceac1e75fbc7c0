//! Who has transmitted a month, and who is late.

use super::{MonthState, Views};
use faccina_proto::{
    calendar::{CivilDay, Month},
    roster::Member,
};
use std::collections::BTreeMap;

/// The day of the following month on which a month closes, at 02:00.
const CLOSES_ON_DAY: i64 = 11;

/// How one ente stands for a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Transmission<'a> {
    pub member: &'a Member,
    pub state: MonthState<'a>,
    /// The day that the entry with the summary declares, where there is one.
    pub day: Option<CivilDay>,
    /// The last day on time.
    pub due: CivilDay,
}

/// The last day on which a summary of `month` is on time: the day of the close. Nodes publish within an hour of it.
#[must_use]
pub fn due_day(month: Month) -> CivilDay {
    month.next().first_day().plus_days(CLOSES_ON_DAY - 1)
}

impl Transmission<'_> {
    /// Whether nothing has come although it was due before `today`.
    #[must_use]
    pub fn is_late(&self, today: CivilDay) -> bool {
        matches!(self.state, MonthState::Missing) && today > self.due
    }
}

impl Views {
    /// How many summaries of `month` that count had come by the end of each day on which one came, ascending.
    #[must_use]
    pub fn arrivals(&self, month: Month) -> Vec<(CivilDay, u32)> {
        let mut by_day: BTreeMap<CivilDay, u32> = BTreeMap::new();
        for day in self.enti().filter_map(|member| {
            self.month_of(&member.code, month).accepted()?;
            self.arrived(&member.code, month)
        }) {
            *by_day.entry(day).or_default() += 1;
        }
        let mut sum = 0;
        by_day
            .into_iter()
            .map(|(day, came)| {
                sum += came;
                (day, sum)
            })
            .collect()
    }

    /// All enti expected for `month`, in roster order.
    #[must_use]
    pub fn transmissions(&self, month: Month) -> Vec<Transmission<'_>> {
        let due = due_day(month);
        self.enti()
            .map(|member| {
                let state = self.month_of(&member.code, month);
                let day = state.filed().map(|filed| filed.day);
                Transmission { member, state, day, due }
            })
            .filter(|transmission| !matches!(transmission.state, MonthState::NotDue))
            .collect()
    }
}
