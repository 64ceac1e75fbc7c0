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
    /// The id of the expert's entry.
    pub experts_entry: Id,
    /// The day of the learner's entry if it is concluded, else of the expert's.
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

    fn as_expert<'a>(&'a self, own: &'a IpaCode) -> impl Iterator<Item = (Id, &'a [Pledge])> {
        let accepted = move |pledges: &[Pledge]| pledges.iter().any(|it| it.agreement.expert == *own);
        self.agreements
            .iter()
            .filter(move |(_, pledges)| accepted(pledges))
            .map(|(proposal, pledges)| (*proposal, pledges.as_slice()))
    }
}

impl Views {
    /// All twinnings that an expert has published, the newest first: concluded ones, and those whose learner has not
    /// answered.
    #[must_use]
    pub fn twinnings(&self) -> Vec<Published<'_>> {
        let mut all: Vec<_> = self
            .pledges
            .iter()
            .flat_map(|(expert, own)| own.as_expert(expert))
            .filter_map(|(_, pledges)| self.published(pledges))
            .collect();
        all.sort_by_key(|it| std::cmp::Reverse((it.day, it.proposal)));
        all
    }

    /// The twinning of this proposal between these two, once its expert has published it.
    #[must_use]
    pub fn twinning(&self, proposal: Id, learner: &IpaCode, expert: &IpaCode) -> Option<Published<'_>> {
        let pledges = self.pledges.get(expert)?.agreements.get(&proposal)?;
        self.published(pledges).filter(|found| found.learner == learner && found.expert == expert)
    }

    /// What an ente has published as its agreement to this proposal, with the ids of the entries.
    pub fn agreements(&self, author: &IpaCode, proposal: Id) -> impl Iterator<Item = (Id, &Agreement)> {
        let pledges = self.pledges.get(author).and_then(|own| own.agreements.get(&proposal));
        pledges.into_iter().flatten().map(|pledge| (pledge.id, &pledge.agreement))
    }

    /// The concluded twinnings in which an ente is the expert, the newest first.
    #[must_use]
    pub fn twinnings_as_expert(&self, code: &IpaCode) -> Vec<Published<'_>> {
        let Some((code, own)) = self.pledges.get_key_value(code) else { return Vec::new() };
        let mut all: Vec<_> = own
            .as_expert(code)
            .filter_map(|(_, pledges)| self.published(pledges))
            .filter(|it| it.concluded)
            .collect();
        all.sort_by_key(|it| std::cmp::Reverse((it.day, it.proposal)));
        all
    }

    /// Of an expert's entries for one proposal the one that the learner's concludes, else the latest.
    fn published<'a>(&'a self, pledges: &'a [Pledge]) -> Option<Published<'a>> {
        let answered = pledges.iter().find_map(|own| Some((own, self.answer(own)?)));
        let (own, answer) = match answered {
            Some((own, answer)) => (own, Some(answer)),
            None => (pledges.iter().rfind(|it| it.agreement.counterpart.is_none())?, None),
        };
        let agreement = &own.agreement;
        let told = |side, code: &IpaCode| {
            let (day, outcome) = self.pledges.get(code)?.outcomes.get(&agreement.proposal)?;
            Some(Told { side, day: *day, outcome })
        };
        let both = [(Side::Learner, &agreement.learner), (Side::Expert, &agreement.expert)];
        let outcomes = both.into_iter().filter(|_| answer.is_some());
        Some(Published {
            proposal: agreement.proposal,
            learner: &agreement.learner,
            expert: &agreement.expert,
            terms: &agreement.terms,
            experts_entry: own.id,
            day: answer.unwrap_or(own).day,
            concluded: answer.is_some(),
            outcomes: outcomes.filter_map(|(side, code)| told(side, code)).collect(),
        })
    }

    /// The learner's entry that concludes with the expert's.
    fn answer(&self, experts: &Pledge) -> Option<&Pledge> {
        let agreement = &experts.agreement;
        let learners = self.pledges.get(&agreement.learner)?.agreements.get(&agreement.proposal)?;
        learners.iter().find(|learners| learners.agreement.concludes(experts.id, agreement))
    }
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
        let id = town.append(EXPERT, 20_260_110, Body::TwinningAgreement(agreement(None)));
        town.append(LEARNER, 20_260_111, Body::TwinningAgreement(agreement(Some(id))));
    }

    #[test]
    fn a_twinning_is_concluded_once_both_entries_say_the_same() {
        let mut town = Town::founded(&[LEARNER, EXPERT]);
        let id = town.append(EXPERT, 20_260_110, Body::TwinningAgreement(agreement(None)));
        let views = town.views();
        let [only] = views.twinnings().try_into().unwrap();
        assert!(!only.concluded && only.experts_entry == id);
        let other = wire::TwinningAgreement { to_month: 202_608, ..agreement(Some(id)) };
        town.append(LEARNER, 20_260_111, Body::TwinningAgreement(other));
        let elsewhere = agreement(Some(Id::from_bytes([9; 32])));
        town.append(LEARNER, 20_260_111, Body::TwinningAgreement(elsewhere));
        assert!(!town.views().twinnings()[0].concluded);
        town.append(LEARNER, 20_260_112, Body::TwinningAgreement(agreement(Some(id))));
        let views = town.views();
        let [only] = views.twinnings().try_into().unwrap();
        assert!(only.concluded && only.terms.to == month(202_607));
        assert_eq!(views.twinnings_as_expert(&EXPERT.parse().unwrap()).len(), 1);
        assert!(views.twinnings_as_expert(&LEARNER.parse().unwrap()).is_empty());
    }

    #[test]
    fn a_learner_alone_or_a_third_ente_concludes_nothing() {
        let mut town = Town::founded(&[LEARNER, EXPERT, "c_cc03"]);
        let counterpart = Some(Id::from_bytes([9; 32]));
        town.append(LEARNER, 20_260_110, Body::TwinningAgreement(agreement(counterpart)));
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
