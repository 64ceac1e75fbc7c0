//! How the demonstration's citizens vote: seeded draws around the published rates, and one month to the letter.

use super::enti::{DemoEnte, REPLAY_MONTH, REPLAYING, Stratum};
use faccina_proto::{
    ballot::{Face, Reason},
    calendar::Month,
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// One tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Service code.
    pub service: &'static str,
    /// Channel code.
    pub channel: &'static str,
    /// The face.
    pub face: Face,
}

/// Votes in each stratum of the replayed month.
pub const REPLAYED_VOTES: u32 = 10_000;

/// The published table, green, yellow and red out of [`REPLAYED_VOTES`]: (service, channel, faces).
pub const PUBLISHED: [(&str, &str, [u32; 3]); 4] = [
    ("contact-centre", "phone", [6_923, 1_775, 1_302]),
    ("superabile", "phone", [8_218, 1_110, 672]),
    ("portale", "web", [5_339, 2_091, 2_570]),
    ("sportello", "counter", [9_792, 182, 26]),
];

/// All taps at `ente` in `month`, in the order in which they are cast. Equal for equal arguments.
pub fn taps(ente: &DemoEnte, month: Month, seed: u64) -> Vec<Tap> {
    let place =
        ente.ipa_code.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut rng = StdRng::seed_from_u64(place ^ u64::from(month.yyyymm()) << 20);
    if ente.ipa_code == REPLAYING && month.yyyymm() == REPLAY_MONTH {
        return published(&mut rng);
    }
    // August is a quiet month; the others vary by a fifth.
    let season = if month.of_year() == 8 { 0.8 } else { rng.random_range(0.8..1.2) };
    let votes = f64::from(ente.votes_a_month) * season;
    ente.strata.iter().flat_map(|stratum| drawn(ente, stratum, votes, &mut rng)).collect()
}

fn published(rng: &mut StdRng) -> Vec<Tap> {
    let mut taps = Vec::new();
    for (service, channel, [green, yellow, red]) in PUBLISHED {
        let faces = [(Face::Green, green), (Face::Yellow, yellow)];
        for (face, count) in faces {
            taps.extend((0..count).map(|_| Tap { service, channel, face }));
        }
        taps.extend((0..red).map(|_| Tap { service, channel, face: Face::Red(reason(rng)) }));
    }
    taps
}

fn drawn(ente: &DemoEnte, stratum: &Stratum, votes: f64, rng: &mut StdRng) -> Vec<Tap> {
    let expected = votes * f64::from(stratum.share_percent) / 100.0;
    let whole = expected.floor();
    let more = rng.random_bool(expected - whole);
    // A month of a demonstration ente has a few hundred votes: the loop below is bounded by it.
    let mut count = whole + f64::from(u8::from(more));
    let [green, yellow] = rates(ente, stratum.channel);
    let mut taps = Vec::new();
    while count >= 1.0 {
        count -= 1.0;
        let draw: f64 = rng.random();
        let face = if draw < green {
            Face::Green
        } else if draw < green + yellow {
            Face::Yellow
        } else {
            Face::Red(reason(rng))
        };
        taps.push(Tap { service: stratum.service, channel: stratum.channel, face });
    }
    taps
}

/// Probabilities of green and yellow: the national ones of the channel, a little better at an expert's.
fn rates(ente: &DemoEnte, channel: &str) -> [f64; 2] {
    let [green, yellow] = match channel {
        "counter" => [0.93, 0.04],
        "phone" => [0.86, 0.07],
        _ => [0.80, 0.10],
    };
    if ente.expert { [green + (1.0 - green) * 0.4, yellow * 0.6] } else { [green, yellow] }
}

/// The reason given after a red face: waiting leads, and one in ten gives none.
fn reason(rng: &mut impl Rng) -> Option<Reason> {
    match rng.random_range(0..100) {
        0..10 => None,
        10..60 => Some(Reason::First),
        60..73 => Some(Reason::Second),
        73..87 => Some(Reason::Third),
        _ => Some(Reason::Fourth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::enti::ENTI;

    #[test]
    fn the_published_month_is_replayed_to_the_vote() {
        let ente = ENTI.iter().find(|ente| ente.ipa_code == REPLAYING).unwrap();
        let taps = taps(ente, Month::from_yyyymm(REPLAY_MONTH).unwrap(), 1);
        for (service, _, [green, _, red]) in PUBLISHED {
            let of = |face: fn(&Face) -> bool| {
                taps.iter().filter(|t| t.service == service && face(&t.face)).count()
            };
            assert_eq!(of(|face| *face == Face::Green), green as usize);
            assert_eq!(of(|face| matches!(face, Face::Red(_))), red as usize);
        }
        assert_eq!(taps.len(), 40_000);
    }

    #[test]
    fn equal_seeds_give_equal_months() {
        let month = Month::from_yyyymm(202_508).unwrap();
        for ente in &ENTI {
            assert_eq!(taps(ente, month, 3), taps(ente, month, 3));
        }
        assert_ne!(taps(&ENTI[1], month, 3), taps(&ENTI[1], month, 4));
    }
}
