//! Flags and shrunken estimates, held against what is true.

use super::{
    findings::{Face, Findings, Measure},
    rates::Rates,
    town::Town,
    truth::{Ente, Kind},
};
use faccina_node::{
    stats::{Beyond, Level},
    views::{Filter, Indicator, Place, Places, Question, Sums, Views, Window},
};
use std::sync::Arc;

/// Votes in twelve months from which an outlier is to be found.
const VOTES_MIN: u64 = 600;
/// An ente with fewer votes in a month is small.
const SMALL: u64 = 60;
/// The best looked at in a list of a month: one in so many.
const BEST_EACH: usize = 15;

pub(super) fn judge(town: &Town, views: &Views, year: &Arc<Sums>, findings: &mut Findings) {
    for face in [Face::Red, Face::Green] {
        let places = places(town, Window::Twelve, face, Arc::clone(year));
        for ente in &town.enti {
            if let Some((votes, _, Some(place))) = places.ente(&ente.code) {
                judge_place(ente, votes.n(), place, face, findings);
                if ente.kind == Kind::Honest {
                    let covered = shrunken_covers(ente, &places, place, face);
                    findings.count(Measure::ShrunkenCovers, face, covered);
                }
            }
        }
    }
    let month = Arc::new(views.sums(town.last_month, town.last_month));
    let places = places(town, Window::Month, Face::Red, month);
    judge_list(town, &places, findings);
}

fn places(town: &Town, window: Window, face: Face, sums: Arc<Sums>) -> Places {
    let indicator = match face {
        Face::Green => Indicator::Green,
        Face::Red => Indicator::Red,
    };
    Places::of(Question { month: town.last_month, window, filter: Filter::default(), indicator }, sums)
}

fn judge_place(ente: &Ente, votes: u64, place: &Place, face: Face, findings: &mut Findings) {
    let high = Beyond::Above(Level::Alarm);
    let low = Beyond::Below(Level::Alarm);
    // An outlier is found where it is flagged on its own side.
    let its_side = match (ente.kind, face) {
        (Kind::Honest, _) => {
            let alarmed = |beyond| [low, high].contains(&beyond);
            findings.count(Measure::HonestUnusual, face, alarmed(place.peers));
            findings.count(Measure::HonestUnusual95, face, place.peers != Beyond::Within);
            findings.count(Measure::HonestDifferent, face, alarmed(place.plain));
            return;
        }
        (Kind::Better, Face::Red) | (Kind::Worse, Face::Green) => low,
        (Kind::Better, Face::Green) | (Kind::Worse, Face::Red) => high,
        (Kind::SimpsonWeb | Kind::SimpsonCounter | Kind::Inail, _) => return,
    };
    if votes >= VOTES_MIN {
        findings.count(Measure::OutliersDifferent, face, place.plain == its_side);
        findings.count(Measure::OutliersUnusual, face, place.peers == its_side);
    }
}

/// Whether the interval of the estimate holds the true share of the votes that were cast, on the scale of the network:
/// what the network would show if it differed from its value as the ente differs from its target.
#[expect(clippy::cast_precision_loss, reason = "a simulation counts far below 2^53")]
fn shrunken_covers(ente: &Ente, places: &Places, place: &Place, face: Face) -> bool {
    let share: fn(Rates) -> f64 = match face {
        Face::Green => |rates| rates.not_green,
        Face::Red => |rates| rates.red,
    };
    let (Some(sums), Some(funnel)) = (places.sums.ente(&ente.code), &places.funnel) else { return false };
    let (mut events, mut votes) = (0.0, 0.0);
    for (key, cast) in places.sums.of(sums) {
        events += cast.n() as f64 * share(ente.rates_of(key));
        votes += cast.n() as f64;
    }
    let truth = events / votes;
    let on_network = match face {
        Face::Green => 1.0 - (1.0 - funnel.target) * truth / (1.0 - place.own_target),
        Face::Red => funnel.target * truth / place.own_target,
    };
    place.estimate_interval.contains(on_network)
}

/// How many small enti stand at the good end of a month's list, ordered by raw share and by estimate.
fn judge_list(town: &Town, places: &Places, findings: &mut Findings) {
    let placed = town.enti.iter().filter_map(|ente| {
        let (votes, _, place) = places.ente(&ente.code)?;
        Some((votes.n(), *place?))
    });
    let mut placed: Vec<(u64, Place)> = placed.collect();
    let best = placed.len() / BEST_EACH;
    placed.sort_by(|(_, a), (_, b)| a.share.value().total_cmp(&b.share.value()));
    for (votes, _) in placed.iter().take(best) {
        findings.count(Measure::SmallAmongBestRaw, Face::Red, *votes < SMALL);
    }
    placed.sort_by(|(_, a), (_, b)| a.estimate.total_cmp(&b.estimate));
    for (votes, _) in placed.iter().take(best) {
        findings.count(Measure::SmallAmongBestShrunken, Face::Red, *votes < SMALL);
    }
}
