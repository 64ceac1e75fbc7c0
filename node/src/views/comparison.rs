//! All enti for one month, one row each, in roster-independent order; never by result.

use super::{Filter, MonthState, Views};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::Code,
    roster::Member,
    tally::Votes,
};
use std::collections::BTreeSet;

/// One ente in the comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    pub member: &'a Member,
    pub state: MonthState<'a>,
    /// Votes of the groups that pass the filter; none unless the month counts.
    pub votes: Votes,
    /// Services that the ente names in its groups this month, whatever the filter.
    pub services: BTreeSet<&'a Code>,
    /// Whether DFP designates it on the day asked for.
    pub expert: bool,
}

/// The rows of a month, ascending by IPA code, and their sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<'a> {
    pub month: Month,
    pub rows: Vec<Row<'a>>,
    pub total: Votes,
}

impl Views {
    /// The enti expected for `month`.
    #[must_use]
    pub fn comparison(&self, month: Month, filter: &Filter, today: CivilDay) -> Comparison<'_> {
        let mut rows: Vec<Row<'_>> = self
            .enti()
            .map(|member| self.row(member, month, filter, today))
            .filter(|row| !matches!(row.state, MonthState::NotDue))
            .collect();
        rows.sort_by(|one, other| one.member.code.cmp(&other.member.code));
        let total = rows.iter().map(|row| row.votes).sum();
        Comparison { month, rows, total }
    }

    /// One ente's row.
    #[must_use]
    pub fn row<'a>(&'a self, member: &'a Member, month: Month, filter: &Filter, today: CivilDay) -> Row<'a> {
        let state = self.month_of(&member.code, month);
        let groups = || state.counted().into_iter().flat_map(|accepted| accepted.groups());
        let votes = groups().filter(|group| filter.passes(group.key)).map(|group| group.votes).sum();
        let services =
            groups().map(|group| &group.key.service).filter(|service| !service.is_altri()).collect();
        Row { member, state, votes, services, expert: self.expert(&member.code, today).is_some() }
    }
}
