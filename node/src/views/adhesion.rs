//! How far the federation is from the targets of the catalogue, and what each late ente lacks.
//!
//! A service counts once for each ente whose latest survey plan names it, on whatever channels: small services stand in no
//! summary under their own name, so that the plans alone can be counted.

use super::{MonthState, Views, due_day};
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Targets,
    roster::Member,
};
use std::collections::BTreeSet;

/// The adhesion on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adhesion {
    /// Admitted and not gone.
    pub enti: usize,
    /// Surveyed according to the plans.
    pub services: usize,
    /// Of the newest catalogue; `None` where it states none.
    pub targets: Option<Targets>,
}

/// What an ente owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It has published no survey plan, although its first month has begun.
    Plan,
    /// It has transmitted nothing for so many months, the first of them named, although they were due.
    Months { first: Month, count: usize },
    /// The last month that was due is there and does not count.
    Refused(Month),
    /// Its transport key has expired.
    Key(CivilDay),
}

/// An ente that owes something.
#[derive(Clone, Debug, PartialEq)]
pub struct Latecomer<'a> {
    pub member: &'a Member,
    /// Never empty.
    pub lacks: Vec<Lack>,
}

impl Views {
    /// The adhesion on `today`.
    #[must_use]
    pub fn adhesion(&self, today: CivilDay) -> Adhesion {
        let present = || self.enti().filter(|member| member.belongs_on(today));
        let services = present().map(|member| {
            let plan = self.standing(&member.code).plan;
            let surveyed = plan.iter().flat_map(|(_, plan)| &plan.surveyed);
            surveyed.map(|key| key.service.as_str()).collect::<BTreeSet<_>>().len()
        });
        Adhesion {
            enti: present().count(),
            services: services.sum(),
            targets: self.catalogues().newest().and_then(|newest| newest.targets()),
        }
    }

    /// The enti that owe something on `today`, in roster order.
    #[must_use]
    pub fn latecomers(&self, today: CivilDay) -> Vec<Latecomer<'_>> {
        self.enti().filter_map(|member| self.latecomer(member, today)).collect()
    }

    /// What one ente owes on `today`; `None` if it owes nothing.
    #[must_use]
    pub fn latecomer<'a>(&self, member: &'a Member, today: CivilDay) -> Option<Latecomer<'a>> {
        if !member.belongs_on(today) {
            return None;
        }
        let begun = today.month() >= member.first_month;
        let plan = (begun && self.standing(&member.code).plan.is_none()).then_some(Lack::Plan);
        let missing: Vec<Month> = due(member, today)
            .filter(|month| matches!(self.month_of(&member.code, *month), MonthState::Missing))
            .collect();
        let months = missing.first().map(|first| Lack::Months { first: *first, count: missing.len() });
        let refused = due(member, today)
            .last()
            .filter(|month| matches!(self.month_of(&member.code, *month), MonthState::Refused(..)))
            .map(Lack::Refused);
        let key = member.lasting_key().filter(|key| key.days_left(today) < 0);
        let key = key.map(|key| Lack::Key(key.valid_to));
        let lacks: Vec<Lack> = [plan, months, refused, key].into_iter().flatten().collect();
        (!lacks.is_empty()).then_some(Latecomer { member, lacks })
    }
}

/// The months of an ente whose summary was due before `today`, ascending.
fn due(member: &Member, today: CivilDay) -> impl Iterator<Item = Month> + use<> {
    std::iter::successors(Some(member.first_month), |month| Some(month.next()))
        .take_while(move |month| due_day(*month) < today)
}
