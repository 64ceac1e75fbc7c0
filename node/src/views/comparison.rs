//! All enti for one question, one row each, in the order of their codes; never by result.

use super::{MonthState, Place, Places, Views};
use faccina_proto::{calendar::CivilDay, names::Code, roster::Member, tally::Votes};

/// One ente in the comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    pub member: &'a Member,
    /// Of the last month of the window.
    pub state: MonthState<'a>,
    /// Months of the window with figures.
    pub months: u32,
    /// Votes of the groups that the question is about.
    pub votes: Votes,
    /// Services that the ente names in its groups, whatever the question; ascending.
    pub services: Vec<&'a Code>,
    /// Whether DFP designates it on the day asked for.
    pub expert: bool,
    /// `None` without votes.
    pub place: Option<&'a Place>,
}

/// The rows of a question, ascending by IPA code.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<'a> {
    pub places: &'a Places,
    pub rows: Vec<Row<'a>>,
}

impl Views {
    /// The enti expected for the last month of the question, and those with figures in its months.
    #[must_use]
    pub fn comparison<'a>(&'a self, places: &'a Places, today: CivilDay) -> Comparison<'a> {
        let rows = self.enti().map(|member| self.row(places, member, today));
        let mut rows: Vec<Row<'_>> =
            rows.filter(|row| row.months > 0 || !matches!(row.state, MonthState::NotDue)).collect();
        rows.sort_by(|one, other| one.member.code.cmp(&other.member.code));
        Comparison { places, rows }
    }

    /// One ente's row.
    #[must_use]
    pub fn row<'a>(&'a self, places: &'a Places, member: &'a Member, today: CivilDay) -> Row<'a> {
        let found = places.found(&member.code);
        let keys = found.iter().flat_map(|(sums, ..)| places.sums.of(sums)).map(|(key, _)| &key.service);
        let mut services: Vec<&Code> = keys.filter(|service| !service.is_altri()).collect();
        services.dedup();
        Row {
            member,
            state: self.month_of(&member.code, places.question.month),
            months: found.map_or(0, |(sums, ..)| sums.months),
            votes: found.map_or(Votes::NONE, |(_, votes, _)| votes),
            services,
            expert: self.is_expert(member, today),
            place: found.and_then(|(_, _, place)| place),
        }
    }
}
