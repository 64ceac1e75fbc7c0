//! When what happens: votes all along, and faults at moments drawn from the seed, none after the last month has closed.
//!
//! Faults of a feed (a restore, a rotation, a theft, a fork, a departure) each meet another ente; power cuts, partitions,
//! wrong clocks and absences meet anyone, those enti too.

use super::acts::Act;
use super::almanac::Almanac;
use super::disk::Doom;
use super::scenario::{Scenario, Weather};
use super::town::Town;
use super::world::{Event, World};
use crate::founding::survey_begins;
use faccina_proto::calendar::Month;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

/// Days counted from the beginning of the month after the last: when nothing fails any more, and when all must agree. Between
/// them an alarm about another run has time to end, which takes five minutes, many of these days, and what was held back by it
/// to be published and restated; and the second comes before the next close.
const CALM_DAY: i64 = 12;
const END_DAY: i64 = 38;
/// Share of votes that come by the web.
const WEB: f64 = 0.35;
/// Share of invites that somebody presents twice.
const TWICE: f64 = 0.2;
/// The late ente is admitted on this day, counted from the beginning of the survey.
const LATE_DAY: i64 = 45;

/// When the faults stop and when all is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    pub(crate) calm_ms: u64,
    pub(crate) end_ms: u64,
}

/// Draws everything that will happen, and enters it in the agenda.
pub(crate) fn schedule(world: &mut World, scenario: &Scenario) -> Horizon {
    let after = world.town.survey_ends();
    let almanac = world.almanac;
    let horizon = Horizon {
        calm_ms: almanac.ms_of(after.plus_days(CALM_DAY - 1)),
        end_ms: almanac.ms_of(after.plus_days(END_DAY - 1)),
    };
    let mut rng = StdRng::from_rng(&mut world.rng);
    world.weather = weather(scenario.weather, &mut rng);
    let mut plan = Plan { almanac, calm_ms: horizon.calm_ms, acts: vec![(0, Act::Found)], rng };
    plan.draw(&world.town, scenario);
    plan.acts.push((horizon.calm_ms, Act::Calm));
    let far = |index: usize| {
        let hubs = world.town.hubs;
        index == hubs || (index > hubs && index.is_multiple_of(2))
    };
    for link in &mut world.links {
        let [a, b] = link.ends;
        link.crosses = far(a) != far(b);
    }
    let acts = plan.acts.into_iter().map(|(at_ms, act)| (at_ms, Event::Act(act)));
    acts.for_each(|(at_ms, event)| world.agenda.enter(at_ms, event));
    (0..=horizon.end_ms / 1_000).for_each(|second| world.agenda.enter(second * 1_000, Event::Second));
    horizon
}

/// Of each kind of weather a seed has some, or none.
fn weather(most: Weather, rng: &mut StdRng) -> Weather {
    let mut share = |most: f64| if rng.random_bool(0.75) { most * rng.random_range(0.2..=1.0) } else { 0.0 };
    Weather {
        loss: share(most.loss),
        twice: share(most.twice),
        slow: share(most.slow),
        unanswered: share(most.unanswered),
    }
}

struct Plan {
    almanac: Almanac,
    calm_ms: u64,
    acts: Vec<(u64, Act)>,
    rng: StdRng,
}

impl Plan {
    fn draw(&mut self, town: &Town, scenario: &Scenario) {
        let chances = scenario.chances;
        self.votes(town);
        if town.late {
            self.acts
                .push((self.almanac.ms_of(survey_begins().first_day().plus_days(LATE_DAY)), Act::AdmitLate));
        }
        let mut enti: Vec<usize> = (town.first_ente()..town.places.len() - usize::from(town.late)).collect();
        enti.shuffle(&mut self.rng);
        let mut partition = None;
        if self.rng.random_bool(chances.partition) {
            let (from_ms, to_ms) = self.span(12, 45);
            self.acts.extend([(from_ms, Act::Split), (to_ms, Act::Heal)]);
            partition = Some((from_ms, to_ms));
        }
        // A key is rotated on the far side of the partition, where there is one.
        let is_far = |index: &usize| partition.is_none() || index.is_multiple_of(2);
        let rotated = enti.iter().position(is_far).map(|place| enti.remove(place));
        let mut others = enti.iter().copied();
        self.rotation(rotated, partition, chances.rotation);
        let [restored, robbed, liar, leaver, other_liar] = std::array::from_fn(|_| others.next());
        self.identity(chances.restore, restored, (20, 60), Act::Backup, Some(Act::Restore));
        self.identity(chances.revocation, robbed, (4, 25), Act::Steal, Some(Act::Revoke));
        for liar in [liar, other_liar] {
            let ruled = self.rng.random_bool(chances.ruling).then_some(Act::Rule as fn(usize) -> Act);
            self.identity(chances.fork, liar, (8, 30), Act::Equivocate, ruled);
        }
        self.identity(chances.leave, leaver, (8, 30), Act::Leave, None);
        self.power(town, chances.crash);
        self.absences(town, scenario);
        self.clocks(town, chances.clock_skew);
        self.corrections(town, chances.correction);
    }

    fn day_ms(&mut self, day: u64) -> u64 {
        self.almanac.days_ms(day) + self.rng.random_range(0..self.almanac.day_ms())
    }

    /// A span of some days, after the first days and before all is calm.
    fn span(&mut self, least_days: u64, most_days: u64) -> (u64, u64) {
        let days = self.rng.random_range(least_days..=most_days);
        let last = (self.calm_ms / self.almanac.day_ms()).saturating_sub(days + 1).max(9);
        let from = self.rng.random_range(8..last);
        let (from_ms, to_ms) = (self.day_ms(from), self.day_ms(from + days));
        (from_ms, to_ms.min(self.calm_ms))
    }

    fn votes(&mut self, town: &Town) {
        for (index, place) in town.places.iter().enumerate().filter(|(_, place)| place.is_ente()) {
            let months = std::iter::successors(Some(place.first_month), |month: &Month| Some(month.next()));
            for month in months.take_while(|month| *month <= town.last_month) {
                let (from, to) =
                    (self.almanac.ms_of(month.first_day()), self.almanac.ms_of(month.next().first_day()));
                for _ in 0..self.rng.random_range(0..=place.size) {
                    let terminal = usize::from(self.rng.random_bool(WEB));
                    let twice = self.rng.random_bool(TWICE);
                    let at_ms = self.rng.random_range(from..to);
                    self.acts.push((at_ms, Act::Tap { node: index, terminal, twice }));
                }
            }
        }
    }

    fn rotation(&mut self, ente: Option<usize>, partition: Option<(u64, u64)>, chance: f64) {
        let Some(ente) = ente.filter(|_| self.rng.random_bool(chance)) else { return };
        let (from_ms, to_ms) = match partition {
            Some((from_ms, to_ms)) => (from_ms + 1, to_ms),
            None => self.span(20, 60),
        };
        let from_ms = from_ms.max(self.almanac.ms_of(survey_begins().first_day().plus_days(3)));
        if from_ms < to_ms {
            self.acts.push((self.rng.random_range(from_ms..to_ms), Act::Rotate(ente)));
        }
    }

    /// What happens to the feed of one ente, and what ends it some days later.
    fn identity(
        &mut self,
        chance: f64,
        ente: Option<usize>,
        (least_days, most_days): (u64, u64),
        begin: fn(usize) -> Act,
        end: Option<fn(usize) -> Act>,
    ) {
        let Some(ente) = ente.filter(|_| self.rng.random_bool(chance)) else { return };
        let begun_ms = self.almanac.ms_of(survey_begins().first_day().plus_days(5));
        let (from_ms, to_ms) = self.span(least_days, most_days);
        let late_ms = begun_ms.saturating_sub(from_ms);
        let to_ms = (to_ms + late_ms).min(self.calm_ms.saturating_sub(1));
        self.acts.push((from_ms + late_ms, begin(ente)));
        if let Some(end) = end {
            self.acts.push((to_ms, end(ente)));
        }
    }

    fn power(&mut self, town: &Town, chance: f64) {
        if !self.rng.random_bool(chance) {
            return;
        }
        for _ in 0..self.rng.random_range(town.places.len() / 2..=2 * town.places.len()) {
            let doom = if self.rng.random() { Doom::Unwritten } else { Doom::Untold };
            let index = self.rng.random_range(0..town.places.len());
            let at_ms = self.rng.random_range(self.almanac.day_ms()..self.calm_ms);
            self.acts.push((at_ms, Act::Doom(index, doom)));
        }
    }

    fn absences(&mut self, town: &Town, scenario: &Scenario) {
        let chances = scenario.chances;
        if self.rng.random_bool(chances.observer_away) {
            self.absence(0, 61, 95);
        }
        if self.rng.random_bool(chances.away) {
            for _ in 0..self.rng.random_range(1..=3) {
                let index = self.rng.random_range(1..town.places.len());
                self.absence(index, 12, 38);
            }
        }
        if self.rng.random_bool(chances.terminal_away) {
            for _ in 0..self.rng.random_range(2..=6) {
                let node = self.rng.random_range(town.first_ente()..town.places.len());
                let terminal = usize::from(self.rng.random_bool(WEB));
                let (from_ms, to_ms) = if self.rng.random() { self.span(15, 50) } else { self.closing(town) };
                let online = |online| Act::TerminalOnline { node, terminal, online };
                self.acts.extend([(from_ms, online(false)), (to_ms, online(true))]);
            }
        }
    }

    /// From before the end of a month until after its close: what was voted in it comes late.
    fn closing(&mut self, town: &Town) -> (u64, u64) {
        let months = survey_begins().months_until(town.last_month);
        let months = usize::try_from(self.rng.random_range(0..=months)).unwrap_or(0);
        let mut later = std::iter::successors(Some(survey_begins()), |month| Some(month.next()));
        let over = later.nth(months).unwrap_or(town.last_month).next().first_day();
        let (before, after) = (self.rng.random_range(3..16), self.rng.random_range(11..26));
        let [from, to] = [over.plus_days(-before), over.plus_days(after)];
        (self.almanac.ms_of(from), self.almanac.ms_of(to).min(self.calm_ms.saturating_sub(1)))
    }

    fn absence(&mut self, node: usize, least_days: u64, most_days: u64) {
        let (from_ms, until_ms) = self.span(least_days, most_days);
        self.acts.extend([(from_ms, Act::Off { node, until_ms }), (until_ms, Act::On(node))]);
    }

    fn clocks(&mut self, town: &Town, chance: f64) {
        if !self.rng.random_bool(chance) {
            return;
        }
        for _ in 0..self.rng.random_range(1..=3) {
            let index = self.rng.random_range(town.first_ente()..town.places.len());
            let sizes = [900, 3_600, 7_200, 86_400, 2 * 86_400];
            let size = sizes.get(self.rng.random_range(0..sizes.len())).copied().unwrap_or(900);
            let skew_s = if self.rng.random() { size } else { -size };
            let (from_ms, to_ms) = self.span(3, 40);
            self.acts.extend([(from_ms, Act::Skew(index, skew_s)), (to_ms, Act::Skew(index, 60))]);
        }
    }

    fn corrections(&mut self, town: &Town, chance: f64) {
        if !self.rng.random_bool(chance) {
            return;
        }
        for index in town.first_ente()..town.places.len() {
            for _ in 0..2 {
                let at_ms = self.rng.random_range(self.almanac.days_ms(75)..self.calm_ms);
                self.acts.push((at_ms, Act::Correct(index)));
            }
        }
    }
}
