//! What the federation of a scenario is made of: its members, their sizes, the catalogue.

use super::scenario::Scenario;
use crate::founding::{Place, key, survey_begins};
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    roster::{Federation, commitment},
    wire::feed::v1 as wire,
};
use rand::{RngExt, rngs::StdRng};

pub(crate) const SERVICES: [&str; 5] = ["anagrafe", "tributi", "biblioteca", "urp", "scuola"];
const CHANNELS: [&str; 3] = ["counter", "phone", "web"];

#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) federation: Federation,
    pub(crate) root_key: SigningKey,
    pub(crate) places: Vec<Place>,
    pub(crate) part: wire::CataloguePart,
    pub(crate) catalogue: Catalogue,
    pub(crate) hubs: usize,
    /// Whether the last ente is admitted later than the others.
    pub(crate) late: bool,
    pub(crate) last_month: Month,
}

impl Town {
    pub(crate) fn found(scenario: &Scenario, rng: &mut StdRng) -> Self {
        let (root_key, successor) = (key("root"), key("successor").verifying_key());
        let federation = Federation::new("Simulazione", root_key.verifying_key(), commitment(&successor));
        let (part, catalogue) = catalogue();
        let begins = survey_begins();
        let late = rng.random_bool(scenario.chances.late_admission);
        let mut places = vec![Place::new("dfp", wire::Role::Observer, begins, 0)];
        let hubs = usize::from(scenario.hubs);
        places.extend((0..hubs).map(|n| Place::new(&format!("hub_{n}"), wire::Role::Hub, begins, 0)));
        for n in 0..scenario.enti {
            let is_last = n + 1 == scenario.enti;
            let first_month = if late && is_last { begins.next().next() } else { begins };
            let size = scenario.sizes.get(rng.random_range(0..scenario.sizes.len())).copied().unwrap_or(0);
            places.push(Place::new(&format!("c_{n:04}"), wire::Role::Ente, first_month, size));
        }
        let later = std::iter::successors(Some(begins), |month| Some(month.next()));
        let last_month = later.take(usize::from(scenario.months)).last().unwrap_or(begins);
        Self { federation, root_key, places, part, catalogue, hubs, late, last_month }
    }

    pub(crate) fn first_ente(&self) -> usize {
        self.hubs + 1
    }

    /// The first day of the survey that the simulation has no ballots for.
    pub(crate) fn survey_ends(&self) -> CivilDay {
        self.last_month.next().first_day()
    }
}

fn catalogue() -> (wire::CataloguePart, Catalogue) {
    let text = |text: &str| vec![wire::LocalisedText { language: "it".into(), text: text.into() }];
    let service =
        |code: &str| wire::Service { code: code.into(), name: text(code), ..wire::Service::default() };
    let channel = |code: &str| wire::Channel { code: code.into(), name: text(code) };
    let part = wire::CataloguePart {
        version: 1,
        services: SERVICES.map(service).to_vec(),
        channels: CHANNELS.map(channel).to_vec(),
        ..wire::CataloguePart::default()
    };
    let made = Catalogue::assemble(1, survey_begins(), (5, 10), std::slice::from_ref(&part));
    (part, made.expect("the catalogue above keeps the rules"))
}
