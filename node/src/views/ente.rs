//! One ente beside the network: its months, its strata, how many of those served have voted.

use super::{Filter, MonthState, Places, Question, Views, question::back};
use faccina_proto::{
    calendar::Month,
    names::IpaCode,
    tally::{GroupKey, Votes},
};

/// Months of a series.
pub const SERIES_MONTHS_MAX: usize = 36;

/// One month of an ente's series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    pub month: Month,
    pub state: MonthState<'a>,
    /// Of the groups that the question is about; `None` without figures.
    pub votes: Option<Votes>,
    /// Of all enti in those groups.
    pub network: Votes,
}

/// One service × channel of an ente.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnteStratum<'a> {
    pub key: &'a GroupKey,
    pub votes: Votes,
    /// Of all enti, the ente included.
    pub network: Votes,
}

impl Views {
    /// The months of an ente up to that of the question, from its first on, at most [`SERIES_MONTHS_MAX`].
    #[must_use]
    pub fn series(&self, code: &IpaCode, question: &Question) -> Vec<Point<'_>> {
        let Some(member) = self.roster.member(code) else { return Vec::new() };
        let first = back(question.month, SERIES_MONTHS_MAX - 1).max(member.first_month);
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        let months = months.take_while(|month| *month <= question.month).take(SERIES_MONTHS_MAX);
        months.map(|month| self.point(code, month, &question.filter)).collect()
    }

    fn point(&self, code: &IpaCode, month: Month, filter: &Filter) -> Point<'_> {
        let state = self.month_of(code, month);
        let votes = state.counted().map(|counted| {
            counted.groups().filter(|group| filter.passes(group.key)).map(|group| group.votes).sum()
        });
        let cells = self.strata.month(month).filter(|(key, _)| filter.passes(key));
        Point { month, state, votes, network: cells.map(|(_, cell)| cell.votes).sum() }
    }

    /// Votes and users served of the ente's groups that say how many were served; `None` where none does.
    #[must_use]
    pub fn served(&self, code: &IpaCode, question: &Question) -> Option<(u64, u64)> {
        let months = std::iter::successors(Some(question.first_month()), |month| Some(month.next()));
        let months = months.take(question.window.months());
        let groups = months.flat_map(|month| {
            let counted = self.month_of(code, month).counted();
            counted.into_iter().flat_map(|counted| counted.groups())
        });
        let known = groups.filter(|group| question.filter.passes(group.key));
        let known = known.filter_map(|group| Some((group.votes.n(), group.served?)));
        known
            .reduce(|(votes, served), (more, also)| (votes.saturating_add(more), served.saturating_add(also)))
    }
}

impl Places {
    /// The strata of an ente that the question is about, ascending by key.
    pub fn strata<'a>(&'a self, code: &IpaCode) -> impl Iterator<Item = EnteStratum<'a>> {
        let ente = self.sums.ente(code);
        let rows = ente.into_iter().flat_map(|ente| ente.counted(self.counts()));
        rows.filter_map(|(stratum, votes)| {
            let (key, cell) = self.sums.strata.get(stratum)?;
            Some(EnteStratum { key, votes, network: cell.votes })
        })
    }
}
