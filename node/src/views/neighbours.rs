//! The enti most like one, by what they are and never by their results: Gower's distance over type, population, services,
//! channels and region.
//!
//! The services of an ente are those of its survey plan and those it names in its groups: small enti publish most of
//! theirs among the other services. The type decides first: an ente of another type is a neighbour only where there are
//! too few of the same.

use super::{Sums, Views};
use crate::stats::{
    Proportion,
    gower::{self, Part, Range},
};
use faccina_proto::{
    names::{Code, IpaCode},
    roster::Member,
};
use std::collections::{BTreeMap, BTreeSet};

/// Neighbours shown, as many as CIPFA's model has.
pub const NEIGHBOURS_MAX: usize = 15;

/// Channels over which less of the votes than this would have to move are alike in words.
const CHANNEL_DIFFERENCE_MIN: f64 = 0.10;
/// Shares are sums of fractions: differences closer than this are the same.
const ROUNDING: f64 = 1e-9;

const KIND_WEIGHT: f64 = 3.0;
const POPULATION_WEIGHT: f64 = 2.0;
const SERVICES_WEIGHT: f64 = 2.0;
const CHANNELS_WEIGHT: f64 = 2.0;
const REGION_WEIGHT: f64 = 0.5;

/// What an ente is, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
struct Profile {
    category: String,
    population: Option<u32>,
    /// Places in [`Profiles::codes`], which are shorter to compare than codes.
    services: BTreeSet<u32>,
    /// Share of votes by channel; empty without votes.
    channels: BTreeMap<u32, f64>,
    region: String,
}

/// What all enti are, as of a year.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiles {
    profiles: BTreeMap<IpaCode, Profile>,
    /// Services and channels, by place.
    codes: Vec<Code>,
    /// Of the populations of all enti in the roster, on a logarithmic scale.
    populations: Option<Range>,
}

/// What brings two enti near or apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Likeness {
    OtherKind,
    Population {
        ours: u32,
        theirs: u32,
    },
    /// All services are the same.
    SameServices {
        services: usize,
    },
    Services {
        common: usize,
        either: usize,
    },
    /// The channel whose share differs most, either way, where all together differ enough to tell.
    Channel {
        channel: Code,
        ours: f64,
        theirs: f64,
    },
    SameChannels,
    SameRegion,
    SamePart,
    OtherPart,
}

/// Another ente and how far it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour<'a> {
    pub member: &'a Member,
    /// 0..1.
    pub distance: f64,
    /// By weight.
    pub likeness: Vec<Likeness>,
}

impl Profiles {
    /// `year` holds the twelve months whose votes tell services and channels.
    #[must_use]
    pub fn of(views: &Views, year: &Sums) -> Self {
        let mut codes = Codes::default();
        let mut profiles = BTreeMap::new();
        for member in views.enti() {
            profiles.insert(member.code.clone(), profile(views, year, member, &mut codes));
        }
        let populations = profiles.values().filter_map(|it| gower::log10(f64::from(it.population?)));
        let populations = Range::over(populations);
        Self { profiles, codes: codes.codes, populations }
    }

    /// How far `other` lies from `own`, 0..1; `None` where nothing is known of both.
    #[must_use]
    pub fn distance(&self, own: &IpaCode, other: &IpaCode) -> Option<f64> {
        gower::distance(&self.parts(self.profiles.get(own)?, self.profiles.get(other)?))
    }

    /// What brings `other` near to `own` or apart, by weight.
    #[must_use]
    pub fn likeness(&self, own: &IpaCode, other: &IpaCode) -> Vec<Likeness> {
        match (self.profiles.get(own), self.profiles.get(other)) {
            (Some(own), Some(other)) => self.told(own, other),
            _ => Vec::new(),
        }
    }

    fn parts(&self, own: &Profile, other: &Profile) -> [Part; 5] {
        let population = |profile: &Profile| gower::log10(f64::from(profile.population?));
        let populations = || Some(self.populations?.distance(population(own)?, population(other)?));
        let place = |profile: &Profile| !profile.region.is_empty();
        let regions = || {
            fn of(profile: &Profile) -> (&str, &str) {
                (&profile.region, part_of_italy(&profile.region))
            }
            (place(own) && place(other)).then(|| gower::region(of(own), of(other)))
        };
        let part = |weight, distance| Part { weight, distance };
        [
            part(KIND_WEIGHT, Some(gower::nominal(&own.category, &other.category))),
            part(POPULATION_WEIGHT, populations()),
            part(SERVICES_WEIGHT, gower::jaccard(&own.services, &other.services)),
            part(CHANNELS_WEIGHT, gower::total_variation(&own.channels, &other.channels)),
            part(REGION_WEIGHT, regions()),
        ]
    }
}

impl Views {
    /// The [`NEIGHBOURS_MAX`] nearest of an ente's kind, nearest first, ties by code; of other kinds where those are fewer.
    #[must_use]
    pub fn neighbours<'a>(&'a self, profiles: &Profiles, own: &IpaCode) -> Vec<Neighbour<'a>> {
        let Some(category) = profiles.profiles.get(own).map(|profile| &profile.category) else {
            return Vec::new();
        };
        let others = self.enti().filter(|member| member.code != *own && member.left_on.is_none());
        let mut others: Vec<(bool, f64, &Member)> = others
            .filter_map(|member| {
                let distance = profiles.distance(own, &member.code)?;
                Some((member.category != *category, distance, member))
            })
            .collect();
        others.sort_by(|one, other| {
            let by_distance = one.1.total_cmp(&other.1);
            one.0.cmp(&other.0).then(by_distance).then_with(|| one.2.code.cmp(&other.2.code))
        });
        others.truncate(NEIGHBOURS_MAX);
        let neighbour = |(_, distance, member): (bool, f64, &'a Member)| {
            let likeness = profiles.likeness(own, &member.code);
            Neighbour { member, distance, likeness }
        };
        others.into_iter().map(neighbour).collect()
    }
}

/// Codes and their places, in the order in which they were met: that of the roster, the same on every node.
#[derive(Default)]
struct Codes {
    codes: Vec<Code>,
    places: BTreeMap<Code, u32>,
}

impl Codes {
    fn place_of(&mut self, code: &Code) -> u32 {
        if let Some(place) = self.places.get(code) {
            return *place;
        }
        let place = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        self.codes.push(code.clone());
        self.places.insert(code.clone(), place);
        place
    }
}

fn profile(views: &Views, year: &Sums, member: &Member, codes: &mut Codes) -> Profile {
    let plan = views.standing.get(&member.code).and_then(|standing| standing.plan.as_ref());
    let planned = plan.into_iter().flat_map(|(_, plan)| &plan.surveyed);
    let planned = planned.filter_map(|key| key.service.parse().ok());
    let mut services: BTreeSet<u32> = planned.map(|service| codes.place_of(&service)).collect();
    let mut votes: BTreeMap<u32, u64> = BTreeMap::new();
    for (key, of_group) in year.ente(&member.code).into_iter().flat_map(|ente| year.of(ente)) {
        if !key.service.is_altri() {
            services.insert(codes.place_of(&key.service));
        }
        if !key.channel.is_altri() {
            *votes.entry(codes.place_of(&key.channel)).or_default() += of_group.n();
        }
    }
    let all: u64 = votes.values().sum();
    let share = |votes: u64| Proportion::new(votes, all).map(|share| share.value());
    Profile {
        category: member.category.clone(),
        population: member.population,
        services,
        channels: votes.into_iter().filter_map(|(channel, votes)| Some((channel, share(votes)?))).collect(),
        region: member.region.clone(),
    }
}

impl Profiles {
    fn told(&self, own: &Profile, other: &Profile) -> Vec<Likeness> {
        let mut found = Vec::new();
        if own.category != other.category {
            found.push(Likeness::OtherKind);
        }
        if let (Some(ours), Some(theirs)) = (own.population, other.population) {
            found.push(Likeness::Population { ours, theirs });
        }
        let common = own.services.intersection(&other.services).count();
        match (common, own.services.union(&other.services).count()) {
            (_, 0) => {}
            (common, either) if common == either => found.push(Likeness::SameServices { services: common }),
            (common, either) => found.push(Likeness::Services { common, either }),
        }
        found.extend(self.channels(own, other));
        if !own.region.is_empty() && !other.region.is_empty() {
            found.push(if own.region == other.region {
                Likeness::SameRegion
            } else if part_of_italy(&own.region) == part_of_italy(&other.region) {
                Likeness::SamePart
            } else {
                Likeness::OtherPart
            });
        }
        found
    }

    fn channels(&self, own: &Profile, other: &Profile) -> Option<Likeness> {
        if own.channels.is_empty() || other.channels.is_empty() {
            return None;
        }
        let share = |profile: &Profile, channel: u32| profile.channels.get(&channel).copied().unwrap_or(0.0);
        let keys: BTreeSet<u32> = own.channels.keys().chain(other.channels.keys()).copied().collect();
        let shares: Vec<(u32, f64, f64)> =
            keys.into_iter().map(|channel| (channel, share(own, channel), share(other, channel))).collect();
        let more = |&(_, ours, theirs): &(u32, f64, f64)| theirs - ours;
        // Total variation: what is more on some channels is less on others, wherever it is spread.
        if shares.iter().map(|it| more(it).abs()).sum::<f64>() / 2.0 < CHANNEL_DIFFERENCE_MIN {
            return Some(Likeness::SameChannels);
        }
        let by_more = |one: &&(u32, f64, f64), other: &&(u32, f64, f64)| more(one).total_cmp(&more(other));
        let (gain, loss) = (shares.iter().max_by(by_more)?, shares.iter().min_by(by_more)?);
        let (channel, ours, theirs) = *if -more(loss) > more(gain) + ROUNDING { loss } else { gain };
        let channel = self.codes.get(usize::try_from(channel).ok()?)?.clone();
        Some(Likeness::Channel { channel, ours, theirs })
    }
}

/// ISTAT's ripartizioni, with their regions.
const PARTS: [(&str, &[&str]); 5] = [
    ("nord-ovest", &["Piemonte", "Valle d'Aosta", "Liguria", "Lombardia"]),
    ("nord-est", &["Trentino-Alto Adige", "Veneto", "Friuli-Venezia Giulia", "Emilia-Romagna"]),
    ("centro", &["Toscana", "Umbria", "Marche", "Lazio"]),
    ("sud", &["Abruzzo", "Molise", "Campania", "Puglia", "Basilicata", "Calabria"]),
    ("isole", &["Sicilia", "Sardegna"]),
];

/// ISTAT's ripartizione of a region; a region that it does not know is a part of its own.
fn part_of_italy(region: &str) -> &str {
    known_part(region).unwrap_or(region)
}

/// Whether this names one of the twenty regions.
pub(crate) fn is_region(name: &str) -> bool {
    known_part(name).is_some()
}

fn known_part(region: &str) -> Option<&'static str> {
    // Two regions have a second name in another language after a stroke.
    let name = region.split('/').next().unwrap_or(region);
    PARTS.iter().find(|(_, regions)| regions.contains(&name)).map(|(part, _)| *part)
}
