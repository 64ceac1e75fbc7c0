//! One month of a planted federation, for nodes that publish it themselves.

use super::{
    ledger::{catalogue, plan},
    truth,
    votes::survey,
};
use faccina_proto::{
    calendar::Month, catalogue::Catalogue, names::IpaCode, summary::Summary, wire::feed::v1 as wire,
};
use rand::{SeedableRng, rngs::StdRng};

/// What an ente publishes, and the votes behind it.
#[derive(Debug)]
pub(crate) struct Ente {
    pub(crate) code: IpaCode,
    pub(crate) plan: wire::SurveyPlan,
    pub(crate) summary: Summary,
    /// Drawn, less those that a carried month keeps.
    pub(crate) votes_published: u64,
}

#[derive(Debug)]
pub(crate) struct FederationMonth {
    pub(crate) part: wire::CataloguePart,
    pub(crate) catalogue: Catalogue,
    pub(crate) enti: Vec<Ente>,
}

/// Draws the first month of so many enti.
pub(crate) fn month(enti: usize, month: Month, seed: u64) -> FederationMonth {
    let mut rng = StdRng::seed_from_u64(seed);
    let (part, catalogue) = catalogue(month);
    let drawn = truth::draw(enti, &mut rng);
    let enti = drawn.into_iter().map(|ente| {
        let survey = survey(&ente, &[month], &catalogue, &mut rng);
        let surveyed = ente.sources.iter().map(|source| &source.key).collect();
        Ente {
            plan: plan(month, &surveyed),
            summary: survey.summaries.into_iter().next().expect("one month was surveyed"),
            votes_published: survey.votes - survey.votes_carried,
            code: ente.code,
        }
    });
    let enti = enti.collect();
    FederationMonth { part, catalogue, enti }
}
