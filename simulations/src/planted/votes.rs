//! The votes of an ente, drawn one by one from what is true of it, and its months closed by the real close.

use super::truth::Ente;
use faccina_proto::{
    ballot::{Face, Reason},
    calendar::Month,
    carryover::Carryover,
    catalogue::Catalogue,
    close::{Books, Observed, close},
    envelope::Id,
    names::Code,
    summary::{Edition, Summary},
    tally::{Cell, Counts, Tally},
};
use rand::{RngExt, distr::Open01, rngs::StdRng};
use std::collections::BTreeSet;

/// Votes of August beside those of another month.
const AUGUST: f64 = 0.8;
/// Shares of the four reasons (STATISTICS 6.1: assumed, no split was ever published).
const REASONS: [f64; 4] = [0.55, 0.15, 0.15, 0.15];

/// What an ente published, and the votes behind it.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// In order, one for each month.
    pub(crate) summaries: Vec<Summary>,
    pub(crate) votes: u64,
    /// Still carried after the last month.
    pub(crate) votes_carried: u64,
}

/// Surveys these months, which follow each other.
pub(crate) fn survey(ente: &Ente, months: &[Month], catalogue: &Catalogue, rng: &mut StdRng) -> Survey {
    let mut survey = Survey::default();
    let mut carry = Carryover::default();
    for month in months {
        let tally = ballot_box(ente, *month, rng);
        let books = Books {
            month: *month,
            edition: Edition::First,
            tally: &tally,
            carry_in: &carry,
            catalogue,
            few_operators: &BTreeSet::new(),
            observed: &Observed::default(),
            ballots_root: Id::from_bytes(rng.random()),
            software_version: "simulazione",
            restored: false,
            gap_months: &[],
        };
        let closing = close(&books).expect("drawn months are small and the catalogue is in force");
        survey.votes += tally.total().n();
        survey.summaries.push(closing.summary);
        carry = closing.carry_out;
    }
    survey.votes_carried = carry.votes_n();
    survey
}

/// Votes come at random times, so that their number is Poisson distributed.
fn ballot_box(ente: &Ente, month: Month, rng: &mut StdRng) -> Tally {
    let expected = if month.of_year() == 8 { ente.votes * AUGUST } else { ente.votes };
    let branch: Code = super::truth::named("sede");
    let mut counts = vec![Counts::NONE; ente.sources.len()];
    let mut elapsed = 0.0;
    loop {
        elapsed -= rng.sample::<f64, _>(Open01).ln();
        if elapsed > expected {
            break;
        }
        let place = chosen(ente.sources.iter().map(|source| source.share), rng.random());
        if let (Some(source), Some(count)) = (ente.sources.get(place), counts.get_mut(place)) {
            let rates = source.rates(ente);
            let face = match rng.random::<f64>() {
                drawn if drawn < rates.red => Face::Red(Reason::of(reason(rng))),
                drawn if drawn < rates.not_green => Face::Yellow,
                _ => Face::Green,
            };
            *count += Counts::of(face);
        }
    }
    let mut tally = Tally::default();
    for (source, counts) in ente.sources.iter().zip(counts) {
        tally.add_counts(Cell { key: source.key.clone(), branch: branch.clone() }, counts);
    }
    tally
}

fn reason(rng: &mut StdRng) -> u32 {
    let place = chosen(REASONS, rng.random());
    u32::try_from(place + 1).expect("there are four reasons")
}

/// The place among shares that sum to 1 at which `drawn`, uniform on 0..1, falls.
fn chosen(shares: impl IntoIterator<Item = f64>, drawn: f64) -> usize {
    let mut last = 0;
    let mut sum = 0.0;
    for (place, share) in shares.into_iter().enumerate() {
        sum += share;
        last = place;
        if drawn < sum {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::super::truth::{self, Kind};
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_votes_drawn_are_as_many_and_as_red_as_is_true() {
        let mut rng = StdRng::seed_from_u64(3);
        let enti = truth::draw(30, &mut rng);
        let inail = enti.iter().find(|ente| ente.kind == Kind::Inail).unwrap();
        let month = |yyyymm| Month::from_yyyymm(yyyymm).unwrap();
        let boxes = |yyyymm, rng: &mut StdRng| -> Counts {
            (0..100).map(|_| ballot_box(inail, month(yyyymm), rng).total()).sum()
        };
        let (may, august) = (boxes(202_405, &mut rng), boxes(202_408, &mut rng));
        let near = |found: u64, wanted: f64| (found as f64 / wanted - 1.0).abs() < 0.03;
        assert!(near(may.n(), 100.0 * inail.votes), "{may:?}");
        assert!(near(august.n(), 80.0 * inail.votes), "{august:?}");
        let rates = inail.rates_of_all();
        assert!(near(may.votes.red, rates.red * may.n() as f64), "{may:?}");
        assert!(near(may.n() - may.votes.green, rates.not_green * may.n() as f64), "{may:?}");
        assert!(near(may.reasons.0[0], 0.55 * may.votes.red as f64), "{may:?}");
        assert_eq!(may.reasons.sum(), may.votes.red);
    }
}
