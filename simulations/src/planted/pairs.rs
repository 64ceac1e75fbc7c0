//! Two enti side by side, held against what is true: the Simpson pair, and the intervals of honest pairs.

use super::{
    findings::{Face, Findings, Measure},
    town::Town,
    truth::{Ente, Kind},
};
use faccina_node::views::{Indicator, Pair, Stratum, Sums};
use faccina_proto::tally::Votes;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Pairs drawn for each honest ente.
const PAIRS_EACH: usize = 2;
/// Intervals are judged where both sides have at least so many votes in a stratum …
const VOTES_MIN: u64 = 30;
/// … and at least so many votes that are not green expected.
const NOT_GREEN_MIN: f64 = 5.0;

pub(super) fn judge(town: &Town, year: &Sums, seed: u64, findings: &mut Findings) {
    let of_kind = |kind| town.enti.iter().find(|ente| ente.kind == kind);
    if let (Some(web), Some(counter)) = (of_kind(Kind::SimpsonWeb), of_kind(Kind::SimpsonCounter)) {
        let pair = Pair::of(year, &web.code, &counter.code, Indicator::Green);
        let reversed =
            pair.pooled.is_some_and(|pooled| pooled.crude < 0.0 && pooled.difference.interval.low > 0.0);
        findings.count(Measure::SimpsonReversed, Face::Green, reversed);
    }
    let honest: Vec<&Ente> = town.enti.iter().filter(|ente| ente.kind == Kind::Honest).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    for left in honest.iter().flat_map(|left| std::iter::repeat_n(left, PAIRS_EACH)) {
        let right = honest[rng.random_range(0..honest.len())];
        if left.code != right.code {
            judge_pair(left, right, year, findings);
        }
    }
}

fn judge_pair(left: &Ente, right: &Ente, year: &Sums, findings: &mut Findings) {
    let pair = Pair::of(year, &left.code, &right.code, Indicator::Green);
    let (mut sum, mut weights, mut all_judged) = (0.0, 0.0, true);
    for stratum in &pair.strata {
        let Some(Common { truth, weight, judged }) = Common::of(stratum, left, right) else { continue };
        sum += weight * truth;
        weights += weight;
        all_judged &= judged;
        if let (true, Ok(difference)) = (judged, &stratum.difference) {
            findings.count(Measure::NewcombeCovers, Face::Green, difference.interval.contains(truth));
        }
    }
    if let (true, Some(pooled)) = (all_judged, &pair.pooled) {
        let covered = pooled.difference.interval.contains(sum / weights);
        findings.count(Measure::PooledCovers, Face::Green, covered);
    }
}

/// What is true of a stratum that both enti publish under its own name.
struct Common {
    /// Share of greens of the left less that of the right.
    truth: f64,
    /// That of Mantel and Haenszel.
    weight: f64,
    /// Whether it has enough votes for an interval to be judged.
    judged: bool,
}

impl Common {
    #[expect(clippy::cast_precision_loss, reason = "a simulation counts far below 2^53")]
    fn of(stratum: &Stratum<'_>, left: &Ente, right: &Ente) -> Option<Self> {
        let key = stratum.key;
        if key.service.is_altri() || key.channel.is_altri() {
            return None;
        }
        let (left_votes, right_votes) = (stratum.left?, stratum.right?);
        let (left, right) = (left.rates_of(key).not_green, right.rates_of(key).not_green);
        let enough = |votes: Votes, not_green: f64| {
            votes.n() >= VOTES_MIN && votes.n() as f64 * not_green >= NOT_GREEN_MIN
        };
        let (n1, n0) = (left_votes.n() as f64, right_votes.n() as f64);
        Some(Self {
            truth: right - left,
            weight: n1 * n0 / (n1 + n0),
            judged: enough(left_votes, left) && enough(right_votes, right),
        })
    }
}
