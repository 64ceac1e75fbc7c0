//! One terminal at a counter for a month: who comes, when, and what is tapped.
//!
//! Honest people are not a Poisson process: days differ, lunch and closing are busy at some counters, a deadline fills the
//! last two days, families vote one after the other, the last person served votes after closing, children press twice.
//!
//! Which gaps the page can produce: after a vote it thanks for 5 s, whatever is touched, and a screen just shown takes no
//! touch for 0.4 s. So the next vote on one page comes 5.4 s later at the earliest ([`NEXT_S`]); 5.8 s where a service is
//! chosen first, because that is one screen more ([`CHOOSING_S`]). A red face with its reason takes longer, and so does a page
//! that staff open or that asks for a code. The agent measures a vote before it answers the page: what is slow makes a gap
//! longer, never shorter. Companions, children and strangers in a queue all wait for the page, and many of them tap in the
//! first second in which it takes a touch; where the page thanked for less, that would make short gaps of honest votes. A
//! shorter gap is not one page's: it comes of two windows on one agent, or of a program.

use faccina_proto::{
    calendar::{CivilDay, Month},
    terminals::OpeningHours,
};
use rand::{RngExt, distr::Open01, rngs::StdRng};

const MINUTE_MS: u64 = 60_000;
const MS_PER_DAY: u64 = 24 * 60 * MINUTE_MS;
/// From 12:00 to 13:00, where lunch is busy.
const LUNCH: std::ops::Range<u32> = 720..780;
/// Minutes before closing in which schools and offices are out.
const BEFORE_CLOSING: u32 = 30;
/// Spread of the logarithm of a day's visits.
const DAY_SPREAD: f64 = 0.25;
/// Share of visits by two people who both vote, and by three.
const PARTIES: [f64; 2] = [0.12, 0.04];
/// Seconds from a vote to the first moment in which the page takes another: of thanks, and of settling.
const NEXT_S: f64 = 5.0 + 0.4;
/// Seconds more where the next person first chooses a service: of settling.
const CHOOSING_S: f64 = 0.4;
/// Seconds in which whoever waits before the page taps at once.
const AT_ONCE_S: std::ops::Range<f64> = 0.0..1.0;
/// Share of companions who do; the others look at the page first, for these seconds.
const AT_ONCE: f64 = 0.5;
const LATER_S: std::ops::Range<f64> = 1.0..20.0;
/// Share of votes after which a child presses once more, as soon as the page takes it.
const CHILD: f64 = 0.004;
/// Share of visits near closing whose vote comes after it, within this many minutes.
const LAST_SERVED: f64 = 0.2;
const LAST_SERVED_MINUTES: f64 = 12.0;

/// A vote at a moment of the month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tap {
    /// Milliseconds since the month began.
    pub(crate) at_ms: u64,
    pub(crate) green: bool,
    /// Which of the counter's services.
    pub(crate) service: usize,
}

/// What is true of a counter.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    pub(crate) hours: Vec<OpeningHours>,
    pub(crate) services: usize,
    /// Votes expected in the month.
    votes: f64,
    green: f64,
    /// How much busier lunch and the end of the hours are.
    lunch: f64,
    closing: f64,
    /// How much busier the last two days are.
    deadline: f64,
}

impl Counter {
    /// Any counter: from a village's to a hospital's totem.
    pub(crate) fn any(rng: &mut StdRng) -> Self {
        let votes = (120.0 * normal(rng).exp()).clamp(8.0, 4_000.0);
        Self::with_votes(votes, rng)
    }

    /// A counter of which this many votes are expected.
    pub(crate) fn with_votes(votes: f64, rng: &mut StdRng) -> Self {
        let one_in = |odds: f64, much: f64, rng: &mut StdRng| if rng.random_bool(odds) { much } else { 1.0 };
        Self {
            hours: hours(rng.random_range(0..4)),
            services: rng.random_range(1..=2),
            votes,
            green: rng.random_range(0.6..0.98),
            lunch: one_in(0.5, 1.8, rng),
            closing: one_in(0.3, 1.5, rng),
            deadline: one_in(0.15, 1.5, rng),
        }
    }

    /// The days of the month on which it is open, ascending.
    pub(crate) fn open_days(&self, month: Month) -> Vec<CivilDay> {
        let open = |day: &CivilDay| self.hours.iter().any(|hours| hours.weekday() == day.weekday());
        days(month).filter(open).collect()
    }

    /// The minute at which it closes on a day on which it is open.
    pub(crate) fn closes(&self, day: CivilDay) -> u32 {
        let today = self.hours.iter().filter(|hours| hours.weekday() == day.weekday());
        today.map(OpeningHours::to_minute).max().unwrap_or(0)
    }

    /// A vote for one of its services, with its usual share of greens.
    pub(crate) fn tap(&self, at_ms: u64, rng: &mut StdRng) -> Tap {
        Tap { at_ms, green: rng.random_bool(self.green), service: rng.random_range(0..self.services) }
    }

    /// The honest votes of a month, in order.
    pub(crate) fn honest(&self, month: Month, rng: &mut StdRng) -> Vec<Tap> {
        let mut weighed = Vec::new();
        let open = self.open_days(month);
        for (place, day) in open.iter().enumerate() {
            let late = if place + 2 >= open.len() { self.deadline } else { 1.0 };
            let busy = late * (DAY_SPREAD * normal(rng)).exp();
            let closes = self.closes(*day);
            let today = self.hours.iter().filter(|hours| hours.weekday() == day.weekday());
            let minutes = today.flat_map(|hours| hours.from_minute()..hours.to_minute());
            weighed.extend(minutes.map(|minute| (*day, minute, busy * self.weight(closes, minute))));
        }
        let all: f64 = weighed.iter().map(|(_, _, weight)| weight).sum();
        let visits = self.votes / (1.0 + PARTIES[0] + 2.0 * PARTIES[1]);
        let mut taps = Vec::new();
        for (day, minute, weight) in weighed {
            for _ in 0..poisson(visits * weight / all, rng) {
                self.visit(day, minute, rng, &mut taps);
            }
        }
        taps.sort_by_key(|tap| tap.at_ms);
        self.queue(&mut taps, rng);
        taps
    }

    /// Whoever comes while the page is busy with somebody else waits, and then taps at once.
    fn queue(&self, taps: &mut [Tap], rng: &mut StdRng) {
        let mut free_ms = 0;
        for tap in taps {
            if tap.at_ms < free_ms {
                tap.at_ms = free_ms + seconds(rng.random_range(AT_ONCE_S));
            }
            free_ms = tap.at_ms + seconds(self.next_s());
        }
    }

    /// Seconds from a vote to the first moment in which the page takes another.
    fn next_s(&self) -> f64 {
        NEXT_S + if self.services > 1 { CHOOSING_S } else { 0.0 }
    }

    /// Milliseconds from a vote to the next of somebody who waits for nothing but the page.
    pub(crate) fn at_once(&self, rng: &mut StdRng) -> u64 {
        seconds(self.next_s() + rng.random_range(AT_ONCE_S))
    }

    fn weight(&self, closes: u32, minute: u32) -> f64 {
        let lunch = if LUNCH.contains(&minute) { self.lunch } else { 1.0 };
        let closing = if minute + BEFORE_CLOSING >= closes { self.closing } else { 1.0 };
        lunch.max(closing)
    }

    fn visit(&self, day: CivilDay, minute: u32, rng: &mut StdRng, taps: &mut Vec<Tap>) {
        let mut at_ms = moment(day, minute) + rng.random_range(0..MINUTE_MS);
        if minute + 10 >= self.closes(day) && rng.random_bool(LAST_SERVED) {
            at_ms =
                moment(day, self.closes(day)) + seconds(rng.random_range(0.0..LAST_SERVED_MINUTES * 60.0));
        }
        let luck: f64 = rng.random();
        let people = if luck < PARTIES[1] { 3 } else { 1 + u32::from(luck < PARTIES[0] + PARTIES[1]) };
        let first = self.tap(at_ms, rng);
        for person in 0..people {
            // A party is served together.
            let tap = Tap { service: first.service, ..self.tap(at_ms, rng) };
            taps.push(tap);
            if rng.random_bool(CHILD) {
                at_ms += self.at_once(rng);
                taps.push(Tap { at_ms, ..tap });
            }
            if person + 1 < people {
                let later = seconds(self.next_s() + rng.random_range(LATER_S));
                at_ms += if rng.random_bool(AT_ONCE) { self.at_once(rng) } else { later };
            }
        }
    }
}

/// Four ways in which offices are open.
fn hours(kind: u32) -> Vec<OpeningHours> {
    let intervals: Vec<(u32, u32, u32)> = match kind {
        // Mornings, and two afternoons.
        0 => (1..=5).map(|day| (day, 510, 750)).chain([(2, 900, 1_020), (4, 900, 1_020)]).collect(),
        1 => (1..=5).map(|day| (day, 540, 780)).collect(),
        // A library.
        2 => (1..=6).map(|day| (day, 540, 1_140)).collect(),
        // A town hall with a pause.
        _ => (1..=5).flat_map(|day| [(day, 510, 780), (day, 870, 1_020)]).collect(),
    };
    let hours = intervals.into_iter().map(|(day, from, to)| OpeningHours::new(day, from, to));
    hours.collect::<Result<_, _>>().expect("the intervals are in order")
}

/// All days of a month.
pub(crate) fn days(month: Month) -> impl Iterator<Item = CivilDay> {
    std::iter::successors(Some(month.first_day()), |day| Some(day.plus_days(1)))
        .take_while(move |day| *day <= month.last_day())
}

/// A minute of a day, in milliseconds since its month began.
pub(crate) fn moment(day: CivilDay, minute: u32) -> u64 {
    u64::from(day.of_month() - 1) * MS_PER_DAY + u64::from(minute) * MINUTE_MS
}

/// The minute of the day of a moment, and the day's place in the month.
pub(crate) fn minute_of(at_ms: u64) -> (u64, u32) {
    let minute = at_ms % MS_PER_DAY / MINUTE_MS;
    (at_ms / MS_PER_DAY, u32::try_from(minute).expect("a day has few minutes"))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a day, above 0")]
pub(crate) fn seconds(seconds: f64) -> u64 {
    (seconds * 1_000.0) as u64
}

/// A standard normal number (Box and Muller, 1958).
pub(crate) fn normal(rng: &mut StdRng) -> f64 {
    let (radius, angle): (f64, f64) = (rng.sample(Open01), rng.random());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// A Poisson number with a small mean, by multiplication (Knuth).
fn poisson(mean: f64, rng: &mut StdRng) -> u32 {
    let (end, mut product, mut number) = ((-mean).exp(), rng.random::<f64>(), 0);
    while product > end {
        product *= rng.random::<f64>();
        number += 1;
    }
    number
}
