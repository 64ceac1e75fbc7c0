//! Where every ente lies for one question: against the network at its own mix of services, and among its peers.
//!
//! Decided here, where the statistics leave it open:
//! - The network's share of a stratum is pooled over all enti; the other services of a channel are held against the other
//!   services of that channel.
//! - Dispersion, shrinkage and screening are all reckoned around each ente's own target, so that a mix of services is
//!   never taken for quality. Adjusted share and shrunken estimate are on the scale of the network: they are the share
//!   that the network would show if it differed from its own value as the ente differs from its target.
//! - That ratio is taken of what is rarer in the network: of the votes that are not green, where most are.

use super::{EnteSums, Indicator, Question, Sums};
use crate::stats::{
    Against, BetaBinomial, Beyond, Confidence, DISCOVERY_RATE, Dispersion, Indirect, Interval, Limits,
    Placed, Prior, Proportion, benjamini_hochberg, moments_rho,
};
use faccina_proto::{names::IpaCode, tally::Votes};
use std::sync::Arc;

/// Points at which the limits are drawn: more than a terminal has columns on half its width.
const LIMITS_MAX: usize = 60;

/// An ente's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The indicator's votes of all votes.
    pub share: Proportion,
    /// What the network would show with the ente's mix of services and channels.
    pub own_target: f64,
    pub adjusted: f64,
    /// 95 %, by Byar.
    pub adjusted_interval: Interval,
    /// Against the network, by tail probability at the own target.
    pub plain: Beyond,
    /// Among peers, by beta-binomial tails at the own target.
    pub peers: Beyond,
    /// Shrunken towards the network.
    pub estimate: f64,
    /// 95 %.
    pub estimate_interval: Interval,
    /// Whether it belongs on the screening list of all enti.
    pub screened: bool,
}

/// How far from the network's value an ente with `n` votes may lie by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FunnelLimit {
    pub n: u64,
    /// Beyond them an ente differs from the network.
    pub plain: Limits,
    /// Beyond them it is unusual among peers.
    pub peers: Limits,
}

/// The network's value and the limits around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// Pooled by votes.
    pub target: f64,
    pub dispersion: Dispersion,
    /// Ascending by `n`.
    pub limits: Vec<FunnelLimit>,
}

/// The places of all enti for one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    pub question: Question,
    pub sums: Arc<Sums>,
    /// The strata of `sums` that the question is about.
    counts: Vec<bool>,
    /// Of the strata that count.
    pub total: Votes,
    /// `None` without votes.
    pub funnel: Option<Funnel>,
    /// Of each ente of `sums`; `None` without votes.
    places: Vec<Option<Place>>,
}

/// One ente's votes against what the network shows in the same strata.
#[derive(Clone, Copy, Debug)]
struct Held {
    indirect: Indirect,
    /// The same of what is rarer in the network.
    rarer: Indirect,
}

impl Places {
    /// `sums` are those of the question's months.
    #[must_use]
    pub fn of(question: Question, sums: Arc<Sums>) -> Self {
        let counts = sums.marked(|key| question.filter.passes(key));
        let total = sums.enti.iter().map(|ente| ente.votes(&counts)).sum();
        let indicator = question.indicator;
        let network = Proportion::new(indicator.of(total), total.n());
        let mut places = vec![None; sums.enti.len()];
        let funnel = network.map(|network| {
            let mirrored = network.value() > 0.5;
            let of = |ente| Held::of(&sums, ente, &counts, indicator, mirrored);
            let held: Vec<_> = sums.enti.iter().map(of).collect();
            let placed: Vec<Placed> = held.iter().flatten().map(|held| held.placed()).collect();
            let dispersion = Dispersion::among(&placed);
            let spread = moments_rho(&placed);
            for (slot, held) in places.iter_mut().zip(&held) {
                *slot = held.map(|held| held.place(network, dispersion.rho(), spread));
            }
            screen(&mut places, &held, dispersion.rho());
            let votes: Vec<u64> = placed.iter().map(|placed| placed.share.trials()).collect();
            Funnel {
                target: network.value(),
                dispersion,
                limits: limits(network.value(), dispersion, &votes),
            }
        });
        Self { question, sums, counts, total, funnel, places }
    }

    /// An ente's votes in the strata that count, its months with figures, and its place.
    #[must_use]
    pub fn ente(&self, code: &IpaCode) -> Option<(Votes, u32, Option<&Place>)> {
        self.found(code).map(|(sums, votes, place)| (votes, sums.months, place))
    }

    pub(super) fn found(&self, code: &IpaCode) -> Option<(&EnteSums, Votes, Option<&Place>)> {
        let found = self.sums.enti.binary_search_by(|ente| ente.code.cmp(code)).ok()?;
        let sums = self.sums.enti.get(found)?;
        Some((sums, sums.votes(&self.counts), self.places.get(found)?.as_ref()))
    }

    /// The strata that the question is about, as marks over those of the sums.
    #[must_use]
    pub fn counts(&self) -> &[bool] {
        &self.counts
    }
}

/// An ente's votes held against the network, stratum by stratum, in the strata that count; `None` without votes.
pub(super) fn against(
    sums: &Sums,
    ente: &EnteSums,
    counts: &[bool],
    events: impl Fn(Votes) -> u64,
) -> Option<Indirect> {
    let strata = ente.counted(counts).filter_map(|(stratum, votes)| {
        let (_, cell) = sums.strata.get(stratum)?;
        let network = Proportion::new(events(cell.votes), cell.votes.n())?.value();
        Some(Against { share: Proportion::new(events(votes), votes.n())?, network })
    });
    Indirect::of(&strata.collect::<Vec<_>>())
}

impl Held {
    fn of(
        sums: &Sums,
        ente: &EnteSums,
        counts: &[bool],
        indicator: Indicator,
        mirrored: bool,
    ) -> Option<Self> {
        let indirect = against(sums, ente, counts, |votes| indicator.of(votes))?;
        let rarer = if mirrored {
            against(sums, ente, counts, |votes| votes.n().saturating_sub(indicator.of(votes)))?
        } else {
            indirect
        };
        Some(Self { indirect, rarer })
    }

    fn placed(&self) -> Placed {
        Placed { share: self.indirect.observed(), target: self.indirect.own_target() }
    }

    /// `rho` is how far peers differ, `spread` the same by moments, for the estimate.
    fn place(&self, network: Proportion, rho: f64, spread: f64) -> Place {
        let (share, own_target) = (self.indirect.observed(), self.indirect.own_target());
        let beyond = |rho: f64| self.indirect.tails(rho).map_or(Beyond::Within, Beyond::of);
        let scale = Scale { network: network.value(), own_target };
        let posterior = Prior::of_rho(own_target, spread).map(|prior| prior.posterior(share));
        let shrunken = posterior.map_or(own_target, |posterior| posterior.mean());
        let interval = posterior
            .map_or(Interval { low: own_target, high: own_target }, |it| it.interval(Confidence::P95));
        Place {
            share,
            own_target,
            adjusted: scale.of(share.value()),
            adjusted_interval: self.adjusted_interval(&scale),
            plain: beyond(0.0),
            peers: beyond(rho),
            estimate: scale.of(shrunken),
            estimate_interval: scale.interval(interval),
            screened: false,
        }
    }

    fn adjusted_interval(&self, scale: &Scale) -> Interval {
        let Some(ratio) = self.rarer.ratio_byar(Confidence::P95) else {
            return Interval { low: scale.network, high: scale.network };
        };
        let target = self.rarer.own_target();
        let of = |ratio: f64| if scale.mirrored() { 1.0 - ratio * target } else { ratio * target };
        let (one, other) = (scale.of(of(ratio.low)), scale.of(of(ratio.high)));
        Interval { low: one.min(other), high: one.max(other) }
    }
}

/// From the scale of an ente's own mix to that of the network.
struct Scale {
    network: f64,
    own_target: f64,
}

impl Scale {
    fn mirrored(&self) -> bool {
        self.network > 0.5
    }

    fn of(&self, value: f64) -> f64 {
        let on_network = if self.mirrored() {
            1.0 - (1.0 - self.network) * (1.0 - value) / (1.0 - self.own_target)
        } else {
            self.network * value / self.own_target
        };
        // Where nothing is expected of the rarer outcome, nothing of it was seen in the network either.
        if on_network.is_finite() { on_network.clamp(0.0, 1.0) } else { self.network }
    }

    fn interval(&self, interval: Interval) -> Interval {
        Interval { low: self.of(interval.low), high: self.of(interval.high) }
    }
}

/// Marks the enti of the screening list: one family of questions, two-sided among peers.
fn screen(places: &mut [Option<Place>], held: &[Option<Held>], rho: f64) {
    let tails = held.iter().flatten().map(|held| held.indirect.tails(rho));
    let values: Vec<f64> = tails.map(|tails| tails.map_or(1.0, |tails| tails.two_sided())).collect();
    let adjusted = benjamini_hochberg(&values);
    for (place, adjusted) in places.iter_mut().flatten().zip(adjusted) {
        place.screened = adjusted <= DISCOVERY_RATE;
    }
}

fn limits(target: f64, dispersion: Dispersion, votes: &[u64]) -> Vec<FunnelLimit> {
    let limit = |n: u64| {
        let plain = Limits::of(BetaBinomial::new(n, target, 0.0)?);
        let peers = Limits::of(BetaBinomial::new(n, target, dispersion.rho())?);
        Some(FunnelLimit { n, plain, peers })
    };
    let (Some(first), Some(last)) = (votes.iter().min(), votes.iter().max()) else { return Vec::new() };
    spaced(*first, *last).into_iter().filter_map(limit).collect()
}

/// Whole numbers from `first` ≥ 1 to `last`, each about the same part larger than the one before.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a drawing, rounded to votes between two numbers of votes"
)]
fn spaced(first: u64, last: u64) -> Vec<u64> {
    let (from, width) = (first as f64, last as f64 / first as f64);
    let steps = LIMITS_MAX - 1;
    let mut numbers: Vec<u64> =
        (0..=steps).map(|step| (from * width.powf(step as f64 / steps as f64)).round() as u64).collect();
    numbers.iter_mut().for_each(|n| *n = (*n).clamp(first, last));
    numbers.dedup();
    numbers
}
