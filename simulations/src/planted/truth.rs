//! What is true of every ente of a planted federation, before anybody votes.
//!
//! One latent *standing* for each ente, uniform on 0..1 with 0 the best, moves all its rates together: in a channel, the
//! share of reds is the standing's quantile of Beta(mu M, (1-mu) M) around the channel's prior mu, and so is the share of
//! votes that are not green, with M = (1-rho)/rho. So either share differs between enti with exactly the rho meant, the
//! share of yellows is never negative (of two Betas with one M that with the larger mean is the larger everywhere), and
//! an ente has one quality: the same in every service and month, in the same order in every channel.
//!
//! An outlier has a standing like the others, and then its odds of a red and of a vote that is not green are doubled or
//! halved in every channel. So some outliers come out ordinary, and nothing can find those.
//!
//! *Truly in the best quartile* is the quarter of the enti with the smallest true share of reds on one mix of channels for
//! all, that of the federation: an ente's own channels and size neither help nor harm it there.

use super::rates::{AREAS, CHANNELS, INAIL, Rates};
use faccina_proto::{
    names::{Code, IpaCode},
    tally::GroupKey,
};
use rand::{RngExt, distr::Open01, rngs::StdRng, seq::SliceRandom};
use statrs::distribution::{ContinuousCDF, Normal};

/// Votes of a month: lognormal with this median and this standard deviation of the logarithm: one ente in twenty has
/// fewer than 30, one in twenty more than 780.
const VOTES_MEDIAN: f64 = 150.0;
const VOTES_LOG_SD: f64 = 1.0;
/// One ente in so many is a hamlet with about this many votes a month, so that whole months are carried.
const HAMLET_EACH: usize = 50;
const HAMLET_VOTES: f64 = 4.0;
/// One ente in so many is an outlier to the better, and as many to the worse.
const OUTLIER_EACH: usize = 30;
const OUTLIER_ODDS: f64 = 2.0;
/// The odds of the Simpson pair against the channel's prior: both are ordinary, and 0.75 lies between them.
const SIMPSON_ODDS: [f64; 2] = [0.866, 1.155];
const SIMPSON_VOTES: f64 = 1_200.0;
const INAIL_VOTES: f64 = 1_000.0;

/// Why an ente is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Drawn like all its peers.
    Honest,
    /// Its odds are halved.
    Better,
    /// Its odds are doubled.
    Worse,
    /// The better one of the pair in every channel; most of its votes come from the web.
    SimpsonWeb,
    /// The other one; most of its votes come from the counter.
    SimpsonCounter,
    /// The rates that INAIL published: excellent at the counter, poor on the web.
    Inail,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::SimpsonWeb => "simpson_web",
            Self::SimpsonCounter => "simpson_counter",
            Self::Inail => "inail",
        }
    }
}

/// Where votes come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) key: GroupKey,
    /// Its place in [`CHANNELS`].
    channel: usize,
    /// Of the ente's votes; all sources together have 1.
    pub(crate) share: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Ente {
    pub(crate) code: IpaCode,
    pub(crate) kind: Kind,
    /// By channel, in the order of [`CHANNELS`], also for those that it does not have.
    pub(crate) rates: [Rates; 3],
    /// Expected in a month other than August.
    pub(crate) votes: f64,
    pub(crate) sources: Vec<Source>,
    pub(crate) best_quartile: bool,
}

impl Source {
    pub(crate) fn rates(&self, ente: &Ente) -> Rates {
        ente.rates[self.channel]
    }
}

impl Ente {
    /// The true shares of a published group: those of its channel, or of all where it gathers several.
    pub(crate) fn rates_of(&self, key: &GroupKey) -> Rates {
        let channel = CHANNELS.iter().position(|(code, _)| *code == key.channel.as_str());
        channel.map_or_else(|| self.rates_of_all(), |channel| self.rates[channel])
    }

    /// The true shares of everything that the ente's citizens vote on.
    pub(crate) fn rates_of_all(&self) -> Rates {
        let mean = |share: fn(Rates) -> f64| {
            self.sources.iter().map(|source| source.share * share(source.rates(self))).sum()
        };
        Rates { not_green: mean(|rates| rates.not_green), red: mean(|rates| rates.red) }
    }
}

/// Draws all enti, the planted ones first.
pub(crate) fn draw(enti: usize, rng: &mut StdRng) -> Vec<Ente> {
    let outliers = enti / OUTLIER_EACH;
    let kinds = [Kind::SimpsonWeb, Kind::SimpsonCounter, Kind::Inail]
        .into_iter()
        .chain(std::iter::repeat_n(Kind::Better, outliers))
        .chain(std::iter::repeat_n(Kind::Worse, outliers))
        .chain(std::iter::repeat(Kind::Honest));
    let first_hamlet = enti - enti.div_ceil(HAMLET_EACH);
    let mut drawn: Vec<Ente> =
        (0..enti).zip(kinds).map(|(n, kind)| ente(n, kind, n >= first_hamlet, rng)).collect();
    mark_best_quartile(&mut drawn);
    drawn
}

fn ente(n: usize, kind: Kind, hamlet: bool, rng: &mut StdRng) -> Ente {
    let priors = CHANNELS.map(|(_, prior)| prior);
    let standing: f64 = rng.sample(Open01);
    let drawn = priors.map(|prior| prior.at(standing));
    let rates = match kind {
        Kind::Honest => drawn,
        Kind::Better => drawn.map(|rates| rates.with_odds(OUTLIER_ODDS.recip())),
        Kind::Worse => drawn.map(|rates| rates.with_odds(OUTLIER_ODDS)),
        Kind::SimpsonWeb => priors.map(|rates| rates.with_odds(SIMPSON_ODDS[0])),
        Kind::SimpsonCounter => priors.map(|rates| rates.with_odds(SIMPSON_ODDS[1])),
        Kind::Inail => INAIL,
    };
    let votes = match kind {
        Kind::SimpsonWeb | Kind::SimpsonCounter => SIMPSON_VOTES,
        Kind::Inail => INAIL_VOTES,
        Kind::Honest | Kind::Better | Kind::Worse if hamlet => HAMLET_VOTES,
        Kind::Honest | Kind::Better | Kind::Worse => {
            let z = Normal::standard().inverse_cdf(rng.sample(Open01));
            VOTES_MEDIAN * (VOTES_LOG_SD * z).exp()
        }
    };
    Ente {
        code: format!("x_{n:04}").parse().expect("the code has only letters, digits and '_'"),
        kind,
        rates,
        votes,
        sources: sources(kind, rng),
        best_quartile: false,
    }
}

/// Services of one to three areas, each in all channels of the ente, in a mix of its own.
fn sources(kind: Kind, rng: &mut StdRng) -> Vec<Source> {
    let mut areas = AREAS;
    let (areas_count, mix) = match kind {
        Kind::SimpsonWeb => (2, [0.2, 0.3, 0.5]),
        Kind::SimpsonCounter => (2, [0.8, 0.1, 0.1]),
        Kind::Inail => (1, [0.6, 0.15, 0.25]),
        Kind::Honest | Kind::Better | Kind::Worse => {
            areas.shuffle(rng);
            let phone = if rng.random_bool(0.7) { rng.random_range(0.05..0.5) } else { 0.0 };
            let web = if rng.random_bool(0.8) { rng.random_range(0.05..0.8) } else { 0.0 };
            (rng.random_range(1..=3), [rng.random_range(0.3..1.3), phone, web])
        }
    };
    let mut sources = Vec::new();
    for (service, _) in areas.iter().take(areas_count).flat_map(|(_, services)| services) {
        let weight = rng.random_range(0.3..1.3);
        for (channel, ((code, _), share)) in CHANNELS.iter().zip(mix).enumerate() {
            if share > 0.0 {
                let key = GroupKey { service: named(service), channel: named(code) };
                sources.push(Source { key, channel, share: weight * share });
            }
        }
    }
    let sum: f64 = sources.iter().map(|source| source.share).sum();
    sources.iter_mut().for_each(|source| source.share /= sum);
    sources
}

pub(super) fn named(code: &str) -> Code {
    code.parse().expect("the codes of services and channels are codes")
}

fn mark_best_quartile(enti: &mut [Ente]) {
    let mut mix = [0.0; CHANNELS.len()];
    for ente in enti.iter() {
        ente.sources.iter().for_each(|source| mix[source.channel] += ente.votes * source.share);
    }
    let red =
        |ente: &Ente| -> f64 { ente.rates.iter().zip(mix).map(|(rates, votes)| rates.red * votes).sum() };
    let mut reds: Vec<f64> = enti.iter().map(red).collect();
    reds.sort_by(f64::total_cmp);
    let bound = reds[enti.len() / 4];
    enti.iter_mut().for_each(|ente| ente.best_quartile = red(ente) < bound);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn what_is_planted_stands_first_and_a_quarter_is_best() {
        let enti = draw(300, &mut StdRng::seed_from_u64(1));
        let count = |kind| enti.iter().filter(|ente| ente.kind == kind).count();
        assert_eq!([Kind::Better, Kind::Worse, Kind::Honest].map(count), [10, 10, 277]);
        assert_eq!(enti.iter().filter(|ente| ente.best_quartile).count(), 75);
        assert!(enti.iter().all(|ente| {
            let all: f64 = ente.sources.iter().map(|source| source.share).sum();
            (all - 1.0).abs() < 1e-9
        }));
    }

    #[test]
    fn the_simpson_pair_is_reversed_by_its_mix() {
        let enti = draw(30, &mut StdRng::seed_from_u64(5));
        let (web, counter) = (&enti[0], &enti[1]);
        assert!(web.rates.iter().zip(counter.rates).all(|(web, counter)| web.not_green < counter.not_green));
        assert!(web.rates_of_all().not_green > counter.rates_of_all().not_green + 0.02);
    }

    #[test]
    fn half_of_the_enti_have_fewer_votes_than_the_median() {
        let enti = draw(2_000, &mut StdRng::seed_from_u64(2));
        let few = enti.iter().filter(|ente| ente.votes < VOTES_MEDIAN).count();
        assert!((900..1_100).contains(&few), "{few}");
    }
}
