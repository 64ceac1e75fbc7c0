//! The twinnings that enti have published: agreements of both sides and outcomes. How they were negotiated stands in no
//! feed.
//!
//! A side's entries are kept by side, so that the order in which feeds arrive changes nothing; whether the two say the
//! same is looked up when it is asked.

use super::Views;
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::Id,
    feed::{Body, Entry},
    names::IpaCode,
    twinning::{Agreement, Outcome, Side, Terms},
};
use std::collections::BTreeMap;

/// What one ente has published about twinnings, by the id of the proposal. Entries that break a rule mean nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pledges {
    agreements: BTreeMap<Id, Vec<Pledge>>,
    outcomes: BTreeMap<Id, (CivilDay, Outcome)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Pledge {
    id: Id,
    day: CivilDay,
    agreement: Agreement,
}

/// How one side says that a twinning ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told<'a> {
    pub side: Side,
    pub day: CivilDay,
    pub outcome: &'a Outcome,
}

/// A twinning as the feeds tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Published<'a> {
    pub proposal: Id,
    pub learner: &'a IpaCode,
    pub expert: &'a IpaCode,
    pub terms: &'a Terms,
    /// The day of the expert's entry if it is concluded, else of the only one.
    pub day: CivilDay,
    /// Both entries are there and say the same.
    pub concluded: bool,
    /// The latest of each side, the learner's first; none before it is concluded.
    pub outcomes: Vec<Told<'a>>,
}

impl Published<'_> {
    /// Whether it is over in `month`: its period has passed, or a side has told how it ended.
    #[must_use]
    pub fn is_over(&self, month: Month) -> bool {
        self.concluded && (self.terms.to < month || !self.outcomes.is_empty())
    }
}

impl Pledges {
    pub(super) fn apply(&mut self, author: &IpaCode, id: Id, entry: &Entry) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other body is about no twinning")]
        match &entry.body {
            Body::TwinningAgreement(message) => {
                if let Ok(agreement) = Agreement::read(author, message) {
                    let pledge = Pledge { id, day: entry.day, agreement };
                    self.agreements.entry(pledge.agreement.proposal).or_default().push(pledge);
                }
            }
            Body::TwinningOutcome(message) => {
                if let Ok(outcome) = Outcome::read(message) {
                    self.outcomes.insert(outcome.proposal, (entry.day, outcome));
                }
            }
            _ => {}
        }
    }
}

impl Views {
    /// All twinnings that are concluded, the newest first.
    #[must_use]
    pub fn twinnings(&self) -> Vec<Published<'_>> {
        newest_first(self.pledges.iter().flat_map(|(expert, own)| self.concluded(expert, own)))
    }

    /// The twinning of this proposal between these two, once it is concluded.
    #[must_use]
    pub fn twinning(&self, proposal: Id, learner: &IpaCode, expert: &IpaCode) -> Option<Published<'_>> {
        let pledges = self.pledges.get(expert)?.agreements.get(&proposal)?;
        let concluded = pledges.iter().find_map(|own| self.answered(expert, own))?;
        (concluded.learner == learner).then_some(concluded)
    }

    /// What an ente has published as its agreement to this proposal, with the ids of the entries.
    pub fn agreements(&self, author: &IpaCode, proposal: Id) -> impl Iterator<Item = (Id, &Agreement)> {
        let pledges = self.pledges.get(author).and_then(|own| own.agreements.get(&proposal));
        pledges.into_iter().flatten().map(|pledge| (pledge.id, &pledge.agreement))
    }

    /// The agreements of an ente that the other side has not published: nobody else's word for them.
    #[must_use]
    pub fn half_agreements(&self, author: &IpaCode) -> Vec<Published<'_>> {
        let own = self.pledges.get(author).into_iter().flat_map(|own| own.agreements.values());
        let alone = own.filter_map(|pledges| {
            let pledge = pledges.last()?;
            let Agreement { proposal, learner, expert, .. } = &pledge.agreement;
            let is_concluded = self.twinning(*proposal, learner, expert).is_some();
            (!is_concluded).then(|| self.published(pledge, false))
        });
        newest_first(alone)
    }

    /// The concluded twinnings in which an ente is the expert, the newest first.
    #[must_use]
    pub fn twinnings_as_expert(&self, code: &IpaCode) -> Vec<Published<'_>> {
        let own = self.pledges.get_key_value(code);
        newest_first(own.into_iter().flat_map(|(code, own)| self.concluded(code, own)))
    }

    fn concluded<'a>(&'a self, expert: &'a IpaCode, own: &'a Pledges) -> impl Iterator<Item = Published<'a>> {
        let each = own.agreements.values();
        each.filter_map(move |pledges| pledges.iter().find_map(|own| self.answered(expert, own)))
    }

    /// The twinning that an entry of `expert` concludes: it names the learner's entry, and both say the same.
    fn answered<'a>(&'a self, expert: &IpaCode, own: &'a Pledge) -> Option<Published<'a>> {
        let agreement = &own.agreement;
        let learners = self.pledges.get(&agreement.learner)?.agreements.get(&agreement.proposal)?;
        let concludes = |learners: &Pledge| agreement.concludes(learners.id, &learners.agreement);
        (agreement.expert == *expert && learners.iter().any(concludes)).then(|| self.published(own, true))
    }

    fn published<'a>(&'a self, own: &'a Pledge, concluded: bool) -> Published<'a> {
        let agreement = &own.agreement;
        let told = |side, code: &IpaCode| {
            let (day, outcome) = self.pledges.get(code)?.outcomes.get(&agreement.proposal)?;
            Some(Told { side, day: *day, outcome })
        };
        let both = [(Side::Learner, &agreement.learner), (Side::Expert, &agreement.expert)];
        let outcomes = both.into_iter().filter(|_| concluded);
        Published {
            proposal: agreement.proposal,
            learner: &agreement.learner,
            expert: &agreement.expert,
            terms: &agreement.terms,
            day: own.day,
            concluded,
            outcomes: outcomes.filter_map(|(side, code)| told(side, code)).collect(),
        }
    }
}

fn newest_first<'a>(published: impl Iterator<Item = Published<'a>>) -> Vec<Published<'a>> {
    let mut all: Vec<_> = published.collect();
    all.sort_by_key(|it| std::cmp::Reverse((it.day, it.proposal)));
    all
}

#[cfg(test)]
mod tests {
    use super::super::town::{Town, month};
    use super::*;
    use faccina_proto::wire::feed::v1 as wire;

    const LEARNER: &str = "c_aa01";
    const EXPERT: &str = "c_bb02";

    fn agreement(counterpart: Option<Id>) -> wire::TwinningAgreement {
        let named = |id: Id| id.as_bytes().to_vec().into();
        wire::TwinningAgreement {
            proposal: named(Id::from_bytes([5; 32])),
            learner: LEARNER.to_owned(),
            expert: EXPERT.to_owned(),
            services: vec!["anagrafe".to_owned()],
            topics: Vec::new(),
            from_month: 202_602,
            to_month: 202_607,
            counterpart: counterpart.map(named).unwrap_or_default(),
        }
    }

    fn outcome(text: &str) -> Body {
        Body::TwinningOutcome(wire::TwinningOutcome {
            proposal: vec![5; 32].into(),
            result: wire::twinning_outcome::Result::Reached.into(),
            text: text.to_owned(),
            cards: Vec::new(),
        })
    }

    fn concluded(town: &mut Town) {
        let id = town.append(LEARNER, 20_260_110, Body::TwinningAgreement(agreement(None)));
        town.append(EXPERT, 20_260_111, Body::TwinningAgreement(agreement(Some(id))));
    }

    #[test]
    fn a_twinning_is_concluded_once_both_entries_say_the_same() {
        let mut town = Town::founded(&[LEARNER, EXPERT]);
        let (learner, expert) = (LEARNER.parse().unwrap(), EXPERT.parse().unwrap());
        let id = town.append(LEARNER, 20_260_110, Body::TwinningAgreement(agreement(None)));
        // Whoever signed it sees it, and nobody else.
        let views = town.views();
        assert!(views.twinnings().is_empty() && views.half_agreements(&expert).is_empty());
        let [half] = views.half_agreements(&learner).try_into().unwrap();
        assert!(!half.concluded);
        let other = wire::TwinningAgreement { to_month: 202_608, ..agreement(Some(id)) };
        town.append(EXPERT, 20_260_111, Body::TwinningAgreement(other));
        let elsewhere = agreement(Some(Id::from_bytes([9; 32])));
        town.append(EXPERT, 20_260_111, Body::TwinningAgreement(elsewhere));
        assert!(town.views().twinnings().is_empty());
        town.append(EXPERT, 20_260_112, Body::TwinningAgreement(agreement(Some(id))));
        let views = town.views();
        let [only] = views.twinnings().try_into().unwrap();
        assert!(only.concluded && only.terms.to == month(202_607));
        assert!(views.half_agreements(&learner).is_empty() && views.half_agreements(&expert).is_empty());
        assert_eq!(views.twinnings_as_expert(&expert).len(), 1);
        assert!(views.twinnings_as_expert(&learner).is_empty());
    }

    #[test]
    fn an_expert_alone_or_a_third_ente_concludes_nothing() {
        let mut town = Town::founded(&[LEARNER, EXPERT, "c_cc03"]);
        let counterpart = Some(Id::from_bytes([9; 32]));
        town.append(EXPERT, 20_260_110, Body::TwinningAgreement(agreement(counterpart)));
        town.append("c_cc03", 20_260_110, Body::TwinningAgreement(agreement(None)));
        town.append("c_cc03", 20_260_110, outcome("non mio"));
        assert!(town.views().twinnings().is_empty());
        concluded(&mut town);
        let views = town.views();
        assert!(views.twinnings()[0].concluded && views.twinnings()[0].outcomes.is_empty());
    }

    #[test]
    fn the_latest_outcome_of_each_side_stands() {
        let mut town = Town::founded(&[LEARNER, EXPERT]);
        town.append(EXPERT, 20_260_109, outcome("troppo presto"));
        assert!(town.views().twinnings().is_empty());
        concluded(&mut town);
        for (side, text) in [(LEARNER, "prima"), (EXPERT, "dell'esperto"), (LEARNER, "poi")] {
            town.append(side, 20_260_801, outcome(text));
        }
        let views = town.views();
        let twinning =
            views.twinning(Id::from_bytes([5; 32]), &LEARNER.parse().unwrap(), &EXPERT.parse().unwrap());
        let twinning = twinning.unwrap();
        let texts: Vec<_> = twinning.outcomes.iter().map(|told| told.outcome.text.as_str()).collect();
        assert_eq!(texts, ["poi", "dell'esperto"]);
        assert!(twinning.is_over(month(202_603)));
    }

    #[test]
    fn feeds_in_any_order_give_the_same_twinnings() {
        let mut town = Town::founded(&[LEARNER, EXPERT]);
        concluded(&mut town);
        town.append(LEARNER, 20_260_801, outcome("insieme"));
        let followed = town.views();
        let mut backwards = Views::new(town.replica.federation());
        let mut all: Vec<_> = followed.roster().members().iter().map(|member| member.code.clone()).collect();
        all.reverse();
        let authors =
            std::iter::once(faccina_proto::names::Author::Root).chain(all.into_iter().map(Into::into));
        for author in authors {
            for (id, entry) in town.replica.entries(&author, &town.log) {
                backwards.apply(id, &entry);
            }
        }
        assert_eq!(backwards.twinnings(), followed.twinnings());
    }
}
