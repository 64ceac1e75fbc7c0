//! A planted federation: what is true of its enti, what they published, and the ledger with it.

use super::{
    ledger::Ledger,
    truth::{self, Ente},
    votes::{Survey, survey},
};
use faccina_proto::{calendar::Month, wire::feed::v1::Role};
use rand::{SeedableRng, rngs::StdRng};

/// How large a planted federation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) enti: usize,
    pub(crate) months: usize,
}

#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) enti: Vec<Ente>,
    /// Of each ente, in the same order.
    pub(crate) surveys: Vec<Survey>,
    pub(crate) ledger: Ledger,
    pub(crate) last_month: Month,
}

fn first_month() -> Month {
    Month::from_yyyymm(202_601).expect("January 2026 is a month")
}

impl Town {
    /// Everything follows from size and seed.
    pub(crate) fn found(size: Size, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let enti = truth::draw(size.enti, &mut rng);
        let months: Vec<Month> = std::iter::successors(Some(first_month()), |month| Some(month.next()))
            .take(size.months)
            .collect();
        let mut ledger = Ledger::found(first_month());
        let mut surveys = Vec::new();
        for (number, ente) in enti.iter().enumerate() {
            let name = format!("Comune immaginario {number}");
            ledger.admit(&ente.code, Role::Ente, name, inhabitants(ente.votes));
            ledger.plan(&ente.code, &ente.sources.iter().map(|source| &source.key).collect());
            let survey = survey(ente, &months, ledger.catalogue(), &mut rng);
            ledger.publish(&ente.code, &survey.summaries);
            surveys.push(survey);
        }
        Self { enti, surveys, ledger, last_month: months.last().copied().unwrap_or_else(first_month) }
    }

    pub(crate) fn votes(&self) -> u64 {
        self.surveys.iter().map(|survey| survey.votes).sum()
    }
}

/// One inhabitant in forty votes in a month.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "votes of a month are few thousands"
)]
fn inhabitants(votes: f64) -> u32 {
    (votes * 40.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_counts_and_no_vote_is_lost() {
        let size = Size { enti: 30, months: 12 };
        let town = Town::found(size, 1);
        let views = town.ledger.views();
        assert_eq!(views.refused().count(), 0);
        assert_eq!(views.accepted().count(), size.enti * size.months);
        let published: u64 = views.months().into_iter().map(|month| views.national(month).total.n()).sum();
        let carried: u64 = town.surveys.iter().map(|survey| survey.votes_carried).sum();
        assert_eq!(town.votes(), published + carried);
        assert!(
            town.surveys.iter().any(|survey| survey.summaries.iter().any(|summary| summary.is_carried()))
        );
    }

    #[test]
    fn a_seed_makes_the_same_federation_and_another_does_not() {
        let size = Size { enti: 30, months: 3 };
        let months = |seed| -> Vec<_> {
            Town::found(size, seed).surveys.into_iter().flat_map(|survey| survey.summaries).collect()
        };
        assert_eq!(months(4), months(4));
        assert_ne!(months(4), months(5));
    }
}
