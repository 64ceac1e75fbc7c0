//! Votes that were not given by the people served, as STATISTICS 6.3 plants them: faster than one page lets, so by a program
//! or in several windows. Whoever taps on the page itself is as slow as it is.

use super::counter::{Counter, Tap, moment, seconds};
use faccina_proto::calendar::Month;
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};

/// A way to add votes to a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuffing {
    /// Five greens in twenty seconds at each closing.
    AtClosing,
    /// Five greens at each closing, as fast as the page lets.
    OnThePage,
    /// One burst of forty, a few seconds apart.
    OneBurst,
    /// Five greens in the last half-hour of each day, minutes apart.
    EndLoading,
    /// Two votes each week while the office is closed.
    AtNight,
    /// Three greens a day at random times: patience.
    Patient,
}

impl Stuffing {
    /// Those that must be found.
    pub(crate) const FOUND: [Self; 5] =
        [Self::AtClosing, Self::OnThePage, Self::OneBurst, Self::EndLoading, Self::AtNight];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtClosing => "5 greens in 20 s at each closing",
            Self::OnThePage => "5 greens on the page at each closing",
            Self::OneBurst => "one burst of 40",
            Self::EndLoading => "5 greens in each last half-hour",
            Self::AtNight => "2 votes a week while closed",
            Self::Patient => "3 extra greens a day at random times",
        }
    }

    /// The votes that it adds, in any order.
    pub(crate) fn votes(self, counter: &Counter, month: Month, rng: &mut StdRng) -> Vec<Tap> {
        let days = counter.open_days(month);
        let service = rng.random_range(0..counter.services);
        let green = |at_ms| Tap { at_ms, green: true, service };
        let mut taps = Vec::new();
        match self {
            Self::AtClosing => {
                for day in days {
                    let from = moment(day, counter.closes(day)) - seconds(rng.random_range(25.0..300.0));
                    taps.extend((0..5).map(|_| green(from + seconds(rng.random_range(0.0..20.0)))));
                }
            }
            Self::OnThePage => {
                for day in days {
                    let mut at_ms = moment(day, counter.closes(day)) - seconds(rng.random_range(35.0..300.0));
                    for _ in 0..5 {
                        taps.push(green(at_ms));
                        at_ms += counter.at_once(rng);
                    }
                }
            }
            Self::OneBurst => {
                let day = *days.choose(rng).expect("a counter is open on some day");
                let mut at_ms = moment(day, counter.closes(day)) - seconds(rng.random_range(600.0..7_000.0));
                for _ in 0..40 {
                    at_ms += seconds(rng.random_range(2.0..7.0));
                    taps.push(green(at_ms));
                }
            }
            Self::EndLoading => {
                for day in days {
                    let closing = moment(day, counter.closes(day));
                    taps.extend((0..5).map(|place| {
                        green(
                            closing - seconds(f64::from(place).mul_add(340.0, rng.random_range(10.0..250.0))),
                        )
                    }));
                }
            }
            Self::AtNight => {
                for day in days.into_iter().step_by(5) {
                    let from = moment(day, counter.closes(day)) + seconds(rng.random_range(1_200.0..9_000.0));
                    taps.extend([green(from), green(from + seconds(90.0))]);
                }
            }
            Self::Patient => {
                for day in days {
                    let opens: Vec<u32> = (0..24 * 60)
                        .filter(|minute| counter.hours.iter().any(|it| it.contains(day, *minute)))
                        .collect();
                    taps.extend((0..3).map(|_| {
                        let minute = *opens.choose(rng).expect("a counter is open for some minutes");
                        green(moment(day, minute) + seconds(rng.random_range(0.0..60.0)))
                    }));
                }
            }
        }
        taps
    }
}
