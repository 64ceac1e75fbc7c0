//! The read models: pure folds over the entries of the federation, the same on every node that holds the same entries.
//!
//! [`Views`] follows whatever is held ([`Views::follow`], incremental: only what is new since the last call) and keeps of
//! each month the figures alone. [`Sums`] are what all enti published over some months; every comparison is computed from
//! them: [`Places`], [`Pair`], [`Profiles`], [`Yardstick`]. Nothing here reads a clock: what depends on today (who is
//! late, whose designation has expired) takes the day as an argument. Nothing here does IO: entries come through [`Feeds`].
//!
//! Decisions that the design leaves open:
//! - An ente is expected for a month from its `first_month` on, if the month's due day came before it left; hubs and the
//!   observer never are. A month that a later summary declares as a gap stays expected, and is shown as a gap.
//! - Of several summaries for one month the last one that passes the receivers' list counts; if none does, the month is
//!   shown with the last refusal. A summary whose month cannot be read stands nowhere.
//! - Summaries, plans, notices, availability, twinnings and cards count in the feeds of enti only; catalogues,
//!   designations and national months in the observer's only. Elsewhere they mean nothing, like a body that this version
//!   does not know.
//!
//! Deliberately absent: ranks and league tables.

mod as_of;
mod cards;
mod commitments;
mod experts;
mod feeds;
mod strata;
mod months;
mod national;
mod question;
mod standing;
mod transmissions;
mod punctuality;
mod network;
mod restatements;
mod adhesion;
mod behind;
mod twinnings;
mod sums;
mod places;
mod comparison;
mod ente;
mod evidence;
mod neighbours;
mod pair;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod planted;
#[cfg(test)]
pub(crate) mod town;

pub use adhesion::{Adhesion, Lack, Latecomer};
pub use as_of::{AsOfError, COUNTED_BYTES_MAX, now, views_at};
pub use behind::{Behind, behind, missed};
pub use cards::{Practice, Wanted};
pub use commitments::{Commitment, Commitments};
pub use comparison::{Comparison, Row};
pub use ente::{EnteStratum, Point, SERIES_MONTHS_MAX};
pub use evidence::Yardstick;
pub use experts::Expert;
pub use feeds::{Feeds, Held, ReplicaFeeds};
pub use months::{Accepted, Filed, MonthState};
pub use national::{Figures, NationalEntry, Part, Recomputed, recompute, same_figures};
pub(crate) use neighbours::is_region;
pub use neighbours::{Likeness, NEIGHBOURS_MAX, Neighbour, Profiles};
pub use network::{Node, Reach};
pub use pair::{HOMOGENEITY_P_MIN, NotComparable, PAIR_VOTES_MIN, Pair, Pooled, Side, Stratum};
pub use places::{Funnel, FunnelLimit, Place, Places};
pub use punctuality::{Delivery, Punctuality};
pub use question::{Filter, Indicator, Question, Window};
pub use restatements::{Changes, changes};
pub use standing::Standing;
pub use strata::Cell;
pub use sums::{EnteSums, Sums};
pub use transmissions::{Transmission, due_day};
pub use twinnings::{Published, Told};

use cards::Shelf;
use experts::Designations;
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogues,
    checks::Refusal,
    envelope::Id,
    feed::{Body, Entry},
    names::{Author, IpaCode},
    roster::{Federation, Member, Role, Roster},
};
use months::EnteMonths;
use std::collections::{BTreeMap, BTreeSet};
use strata::Strata;
use twinnings::Pledges;

/// Everything the screens show of the federation, as of the entries applied so far.
#[derive(Clone, Debug)]
pub struct Views {
    federation: Federation,
    roster: Roster,
    catalogues: Catalogues,
    applied: BTreeMap<Author, (u64, Id)>,
    strata: Strata,
    months: BTreeMap<IpaCode, EnteMonths>,
    standing: BTreeMap<IpaCode, Standing>,
    shelves: BTreeMap<IpaCode, Shelf>,
    pledges: BTreeMap<IpaCode, Pledges>,
    designations: Designations,
    nationals: BTreeMap<Month, Vec<NationalEntry>>,
    forked: BTreeSet<IpaCode>,
    /// Enti whose summaries were judged by a roster or a catalogue that has changed: their feeds must be read again.
    reopened: BTreeSet<IpaCode>,
    /// A member changed its role after entries of it were applied: they must be read again.
    stale: bool,
}

impl Views {
    /// The views of a federation of which nothing is known yet.
    #[must_use]
    pub fn new(federation: &Federation) -> Self {
        Self {
            federation: federation.clone(),
            roster: Roster::new(federation),
            catalogues: Catalogues::default(),
            applied: BTreeMap::new(),
            strata: Strata::default(),
            months: BTreeMap::new(),
            standing: BTreeMap::new(),
            shelves: BTreeMap::new(),
            pledges: BTreeMap::new(),
            designations: Designations::default(),
            nationals: BTreeMap::new(),
            forked: BTreeSet::new(),
            reopened: BTreeSet::new(),
            stale: false,
        }
    }

    /// Applies the next entry of its author's feed. The root feed as far as it is held comes first, then the observer's,
    /// then the others in any order: a summary is judged by the roster and the catalogue applied before it.
    fn apply(&mut self, id: Id, entry: &Entry) {
        self.applied.insert(entry.author.clone(), (entry.sequence, id));
        let Some(code) = entry.author.member() else {
            return self.apply_of_root(entry);
        };
        let standing = self.standing.entry(code.clone()).or_default();
        standing.last_entry_day = Some(entry.day);
        match self.roster.member(code).map(|member| member.role) {
            Some(Role::Ente) => self.apply_of_ente(&code.clone(), id, entry),
            Some(Role::Observer) => self.apply_of_observer(&code.clone(), id, entry),
            Some(Role::Hub) | None => {}
        }
    }

    fn apply_of_root(&mut self, entry: &Entry) {
        let role = |roster: &Roster, code: &IpaCode| roster.member(code).map(|member| member.role);
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other root entry sets a role")]
        let before = match &entry.body {
            Body::Member(record) => {
                record.ipa_code.parse().ok().map(|code| (role(&self.roster, &code), code))
            }
            _ => None,
        };
        let touched = self.roster.apply(entry);
        self.reopened.extend(touched.into_iter().filter(|code| self.months.contains_key(code)));
        if let Some((before, code)) = before {
            let applied = self.applied.contains_key(&Author::Member(code.clone()));
            self.stale |= applied && before != role(&self.roster, &code);
        }
    }

    fn apply_of_ente(&mut self, code: &IpaCode, id: Id, entry: &Entry) {
        if let (Body::Summary(summary), Some(member)) = (&entry.body, self.roster.member(code)) {
            let months = self.months.entry(code.clone()).or_insert_with(|| EnteMonths::new(member));
            months.judge(entry, summary, &self.catalogues, &mut self.strata);
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other body is for the standing")]
        match &entry.body {
            Body::PracticeCard(_) | Body::NamingConsent(_) => {
                self.shelves.entry(code.clone()).or_default().apply(entry);
            }
            Body::TwinningAgreement(_) | Body::TwinningOutcome(_) => {
                self.pledges.entry(code.clone()).or_default().apply(code, id, entry);
            }
            _ => self.standing.entry(code.clone()).or_default().apply(&entry.body),
        }
    }

    fn apply_of_observer(&mut self, code: &IpaCode, id: Id, entry: &Entry) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other body is no catalogue")]
        match &entry.body {
            // A part or a closing entry that breaks a rule makes no version, on every node alike.
            Body::CataloguePart(part) => {
                let _ = self.catalogues.part(id, part);
            }
            Body::CatalogueClosing(closing) => {
                // Which version holds in a month decides over its summary; a new one changes no month before it begins.
                if let Ok(made) = self.catalogues.closing(closing, entry.day) {
                    let later = self.months.iter().filter(|(_, months)| months.reaches(made.from_month()));
                    self.reopened.extend(later.map(|(code, _)| code.clone()));
                }
            }
            _ => {}
        }
        self.designations.apply(entry);
        if let Body::NationalMonth(national) = &entry.body
            && let Ok(month) = Month::from_yyyymm(national.month)
        {
            let published = NationalEntry::new(code, id, entry, national);
            self.nationals.entry(month).or_default().push(published);
        }
    }

    /// The roster as of the root entries applied.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The catalogue versions that the observer closed.
    #[must_use]
    pub fn catalogues(&self) -> &Catalogues {
        &self.catalogues
    }

    /// The enti ever admitted, in roster order.
    pub fn enti(&self) -> impl Iterator<Item = &Member> {
        self.roster.members().iter().filter(|member| member.role == Role::Ente)
    }

    /// The ente of this code, if it was ever admitted.
    #[must_use]
    pub fn ente(&self, code: &IpaCode) -> Option<&Member> {
        self.roster.member(code).filter(|member| member.role == Role::Ente)
    }

    /// What an ente has said of itself apart from its summaries; empty for strangers.
    #[must_use]
    pub fn standing(&self, code: &IpaCode) -> Standing {
        self.standing.get(code).cloned().unwrap_or_default()
    }

    /// How an ente stands for a month.
    #[must_use]
    pub fn month_of(&self, code: &IpaCode, month: Month) -> MonthState<'_> {
        let Some(member) = self.ente(code) else { return MonthState::NotDue };
        if let Some(state) = self.months.get(code).and_then(|months| months.state(month)) {
            return state;
        }
        if month < member.first_month || member.is_away_on(due_day(month)) {
            MonthState::NotDue
        } else if self.forked.contains(code) {
            MonthState::Forked
        } else if self.months.get(code).is_some_and(|months| months.is_gap(month)) {
            MonthState::Gap
        } else {
            MonthState::Missing
        }
    }

    /// The last month of an ente that counts, with its summary.
    #[must_use]
    pub fn last_month_of(&self, code: &IpaCode) -> Option<Accepted<'_>> {
        self.months.get(code)?.accepted().next_back()
    }

    /// Months with at least one summary that counts, ascending.
    #[must_use]
    pub fn months(&self) -> BTreeSet<Month> {
        self.strata.months().collect()
    }

    /// The newest month with a summary that counts.
    #[must_use]
    pub fn newest_month(&self) -> Option<Month> {
        self.strata.months().next_back()
    }

    /// The summaries that count, by ente and month.
    pub fn accepted(&self) -> impl Iterator<Item = (&IpaCode, Accepted<'_>)> {
        self.months.iter().flat_map(|(code, months)| months.accepted().map(move |accepted| (code, accepted)))
    }

    /// Summaries that count nowhere, by ente and month: the last refused one of each month.
    pub fn refused(&self) -> impl Iterator<Item = (&IpaCode, Month, &Refusal)> {
        let of_ente =
            |(code, months)| EnteMonths::refused(months).map(move |(month, refusal)| (code, month, refusal));
        self.months.iter().flat_map(of_ente)
    }

    /// The months of an ente whose last summary is refused, and whose last summary is not understood.
    #[must_use]
    pub fn unusable(&self, code: &IpaCode) -> (usize, usize) {
        self.months.get(code).map_or((0, 0), EnteMonths::unusable)
    }

    /// The day on which the first summary of a month that counts was published by an ente.
    #[must_use]
    pub fn arrived(&self, code: &IpaCode, month: Month) -> Option<CivilDay> {
        self.months.get(code)?.arrived(month)
    }

    /// Whether any summary of an ente has come, good or bad.
    fn has_spoken(&self, code: &IpaCode) -> bool {
        self.months.get(code).is_some_and(EnteMonths::has_spoken)
    }

    /// The national months that the observer published, each with its restatements in order.
    #[must_use]
    pub fn nationals(&self) -> &BTreeMap<Month, Vec<NationalEntry>> {
        &self.nationals
    }

    /// The position applied of a feed.
    #[must_use]
    pub fn applied(&self, author: &Author) -> Option<(u64, Id)> {
        self.applied.get(author).copied()
    }
}
