//! Evidence of a notable result ("risultato notevole"), area by area of the catalogue: shown beside DFP's designation of
//! an expert and never instead of it.
//!
//! It looks at reds over the twelve months that end with a month, and at their four quarters, each against the ente's own
//! target in the same months. The other services belong to no area. A month counts as published for an area if it has
//! figures there.
//!
//! The network's value is pooled by votes, and the few largest enti carry it; a quartile is one of enti. So the law among
//! enti, of which the best quartile is asked, is centred where they lie against their own targets on average.

use super::{Sums, Views, Window, places::against, question::back};
use crate::stats::{
    Evidence, Indirect, Placed, Prior, centre,
    evidence::{BEST_QUARTILE, QUARTERS},
    moments_rho,
};
use faccina_proto::{
    calendar::Month,
    names::{Code, IpaCode},
    tally::Votes,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What every ente is held against in a year: made once, asked for many enti.
#[derive(Clone, Debug, PartialEq)]
pub struct Yardstick {
    /// The twelve months.
    pub year: Arc<Sums>,
    /// Their quarters, latest first.
    quarters: Vec<Sums>,
    areas: BTreeMap<String, Area>,
}

#[derive(Clone, Debug, PartialEq)]
struct Area {
    services: BTreeSet<Code>,
    /// The strata of the year.
    counts: Vec<bool>,
    /// Those of each quarter, which knows fewer.
    in_quarters: Vec<Vec<bool>>,
    /// Where its enti lie on average, as a multiple of their targets.
    centre: f64,
    /// How far they differ (intraclass correlation).
    spread: f64,
}

impl Yardstick {
    /// For the twelve months that end with the last of `year`, by the areas of the catalogue then in force.
    #[must_use]
    pub fn of(views: &Views, year: Arc<Sums>) -> Self {
        let to = year.to;
        let quarter = |before: usize| views.sums(back(to, 3 * before + 2), back(to, 3 * before));
        let mut areas: BTreeMap<String, BTreeSet<Code>> = BTreeMap::new();
        for (code, service) in views.catalogues().in_force(to).iter().flat_map(|it| it.services()) {
            if !service.area.is_empty() {
                areas.entry(service.area.clone()).or_default().insert(code.clone());
            }
        }
        let quarters: Vec<Sums> = (0..QUARTERS).map(quarter).collect();
        let area = |(name, services): (String, BTreeSet<Code>)| {
            let marked = |sums: &Sums| sums.marked(|key| services.contains(&key.service));
            let (counts, in_quarters) = (marked(&year), quarters.iter().map(marked).collect());
            let (centre, spread) = law(&year, &counts);
            (name, Area { services, counts, in_quarters, centre, spread })
        };
        let areas = areas.into_iter().map(area).collect();
        Self { quarters, areas, year }
    }

    /// An ente's evidence in each area where it has figures, ascending.
    #[must_use]
    pub fn evidence(&self, views: &Views, code: &IpaCode) -> Vec<(&str, Evidence)> {
        let areas = self.areas.iter();
        areas.filter_map(|(name, area)| Some((name.as_str(), self.in_area(views, code, area)?))).collect()
    }

    fn in_area(&self, views: &Views, code: &IpaCode, area: &Area) -> Option<Evidence> {
        let year = against(&self.year, self.year.ente(code)?, &area.counts, reds)?;
        let prior = Prior::of_rho((year.own_target() * area.centre).min(1.0), area.spread)?;
        let in_quarter =
            |(quarter, counts): (&Sums, &Vec<bool>)| against(quarter, quarter.ente(code)?, counts, reds);
        let quarters: Vec<Indirect> =
            self.quarters.iter().zip(&area.in_quarters).filter_map(in_quarter).collect();
        let months = self.months(views, code, &area.services);
        let posterior = prior.posterior(year.observed());
        Some(Evidence::of(year, months, posterior, prior.quantile(BEST_QUARTILE), &quarters))
    }

    fn months(&self, views: &Views, code: &IpaCode, services: &BTreeSet<Code>) -> u32 {
        let months = std::iter::successors(Some(self.year.from), |month| Some(month.next()));
        let published = |month: &Month| {
            let counted = views.month_of(code, *month).counted();
            counted.is_some_and(|it| it.groups().any(|group| services.contains(&group.key.service)))
        };
        let of_year = months.take(Window::Twelve.months());
        u32::try_from(of_year.filter(published).count()).unwrap_or(u32::MAX)
    }
}

/// Events that are fewer where a service is better.
fn reds(votes: Votes) -> u64 {
    votes.red
}

/// Centre and spread of the enti around their own targets.
fn law(sums: &Sums, counts: &[bool]) -> (f64, f64) {
    let held = sums.enti.iter().filter_map(|ente| against(sums, ente, counts, reds));
    let mut placed: Vec<Placed> =
        held.map(|held| Placed { share: held.observed(), target: held.own_target() }).collect();
    let centre = centre(&placed, moments_rho(&placed));
    for placed in &mut placed {
        placed.target = (placed.target * centre).min(1.0);
    }
    (centre, moments_rho(&placed))
}
