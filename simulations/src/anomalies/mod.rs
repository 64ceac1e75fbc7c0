//! Whether the marks "da verificare" leave the honest alone and find what is planted: terminal-months drawn tap by tap,
//! measured by the terminals' own rule, judged by the node's.

mod counter;
mod stuffing;

use clap::Args;
use counter::{Counter, Tap, days, minute_of, normal};
use ed25519_dalek::SigningKey;
use faccina_node::integrity::{Check, Evidence, to_verify};
use faccina_node::stats::Proportion;
use faccina_proto::{
    calendar::Month,
    meter::{Meter, half_day, open_s, within},
    names::Code,
    report::HalfDayReport,
    tally::{GroupKey, Votes},
    terminals::{Leftover, Mode, State, TerminalList, TerminalRecord},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use stuffing::Stuffing;

/// Honest months that may be marked.
const HONEST_MARKED_MAX: f64 = 0.002;
/// Planted months that must be marked.
const PLANTED_MARKED_MIN: f64 = 0.99;
/// Honest votes of a month in which something is planted (STATISTICS 6.3).
const PLANTED_VOTES: f64 = 176.0;
/// Participation of the months before (STATISTICS 6.3), and its honest spread.
const BASE: (u64, u64) = (1_500, 10_000);
const BASE_SPREAD: f64 = 0.15;

/// What is simulated.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Honest terminal-months.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub(crate) months: u32,
    /// Terminal-months for each way of stuffing.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub(crate) planted: u32,
}

/// How many months of a kind were marked, and for what.
#[derive(Debug, Default)]
struct Marked {
    months: u32,
    votes: u64,
    marked: u32,
    by_check: BTreeMap<Check, u32>,
}

impl Marked {
    fn add(&mut self, votes: u64, checks: &BTreeSet<Check>) {
        self.months += 1;
        self.votes += votes;
        self.marked += u32::from(!checks.is_empty());
        for check in checks {
            *self.by_check.entry(*check).or_default() += 1;
        }
    }

    fn share(&self) -> f64 {
        f64::from(self.marked) / f64::from(self.months.max(1))
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { months, marked, .. } = self;
        write!(f, "{marked} of {months} marked = {:.2} %", 100.0 * self.share())?;
        let by_check = self.by_check.iter().map(|(check, months)| format!("{} {months}", check.word()));
        match by_check.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => Ok(()),
            some => write!(f, " ({some})"),
        }
    }
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Report {
    seed: u64,
    honest: Marked,
    planted: Vec<(Stuffing, Marked)>,
    patient: Marked,
}

impl Report {
    pub(crate) fn is_good(&self) -> bool {
        self.honest.share() <= HONEST_MARKED_MAX
            && self.planted.iter().all(|(_, marked)| marked.share() >= PLANTED_MARKED_MIN)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<38} {}", "seed", self.seed)?;
        writeln!(f, "{:<38} {} votes", "honest terminal-months", self.honest.votes)?;
        let bound = format!("at most {:.1} %", 100.0 * HONEST_MARKED_MAX);
        writeln!(f, "{:<38} {}, {bound}", "  of these", self.honest)?;
        for (stuffing, marked) in &self.planted {
            let bound = format!("at least {:.0} %", 100.0 * PLANTED_MARKED_MIN);
            writeln!(f, "{:<38} {marked}, {bound}", stuffing.name())?;
        }
        let why = "not detectable: only one right to vote per user served prevents it";
        writeln!(f, "{:<38} {}, {why}", Stuffing::Patient.name(), self.patient)?;
        let outcome = if self.is_good() { "within the bounds" } else { "OUTSIDE THE BOUNDS" };
        write!(f, "{:<38} {outcome}", "result")
    }
}

pub(crate) fn run(settings: &Settings) -> Report {
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let mut honest = Marked::default();
    for _ in 0..settings.months {
        let (counter, month) = (Counter::any(&mut rng), any_month(&mut rng));
        let taps = counter.honest(month, &mut rng);
        honest.add(taps.len() as u64, &marks(&counter, month, &taps, &mut rng));
    }
    let mut plant = |stuffing: Stuffing| {
        let mut marked = Marked::default();
        for _ in 0..settings.planted {
            let (counter, month) = (Counter::with_votes(PLANTED_VOTES, &mut rng), any_month(&mut rng));
            let mut taps = counter.honest(month, &mut rng);
            taps.extend(stuffing.votes(&counter, month, &mut rng));
            taps.sort_by_key(|tap| tap.at_ms);
            marked.add(taps.len() as u64, &marks(&counter, month, &taps, &mut rng));
        }
        marked
    };
    let planted = Stuffing::FOUND.map(|stuffing| (stuffing, plant(stuffing))).into();
    let patient = plant(Stuffing::Patient);
    Report { seed: settings.seed, honest, planted, patient }
}

fn any_month(rng: &mut StdRng) -> Month {
    Month::from_yyyymm(202_600 + rng.random_range(1..=12)).expect("the year 2026 has twelve months")
}

/// The checks that the month does not pass, by the node's rule over what the terminal reports.
fn marks(counter: &Counter, month: Month, taps: &[Tap], rng: &mut StdRng) -> BTreeSet<Check> {
    let terminal = terminal(counter);
    let reports = reports(&terminal, month, taps);
    let mut votes: BTreeMap<GroupKey, Votes> = BTreeMap::new();
    for tap in taps {
        let key = GroupKey { service: service(tap.service), channel: terminal.channel.clone() };
        let votes = votes.entry(key).or_insert(Votes::NONE);
        *(if tap.green { &mut votes.green } else { &mut votes.yellow }) += 1;
    }
    let base = Proportion::new(BASE.0, BASE.1).expect("a base has users");
    let served =
        votes.iter().map(|(key, votes)| (key.clone(), users(votes.n(), base.value(), rng))).collect();
    let bases = votes.keys().map(|key| (key.clone(), base)).collect();
    let mut terminals = TerminalList::default();
    terminals.insert(terminal).expect("one terminal has its place");
    let evidence = Evidence {
        reports: &reports,
        terminals: &terminals,
        votes: &votes,
        served: &served,
        bases: &bases,
        month_over: true,
    };
    to_verify(&evidence).into_values().flatten().collect()
}

/// Users served, of whom so many voted.
fn users(votes: u64, base: f64, rng: &mut StdRng) -> u64 {
    let share = base * (BASE_SPREAD * normal(rng)).exp();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "users of a month, above 0"
    )]
    let users = (votes as f64 / share).round() as u64;
    users
}

/// The reports of the month's half-days, as they arrive at the node.
fn reports(terminal: &TerminalRecord, month: Month, taps: &[Tap]) -> Vec<HalfDayReport> {
    let mut reports = BTreeMap::new();
    for day in days(month) {
        for afternoon in [false, true] {
            let open_s = open_s(&terminal.hours, day, half_day(afternoon));
            let empty = HalfDayReport::empty(terminal.id(), day, afternoon);
            reports.insert((day, afternoon), HalfDayReport { open_s, listened_s: open_s, ..empty });
        }
    }
    let mut meter = Meter::default();
    for tap in taps {
        let (place, minute) = minute_of(tap.at_ms);
        let day = days(month).nth(usize::try_from(place).unwrap_or(usize::MAX)).unwrap_or(month.last_day());
        let report = reports.get_mut(&(day, minute >= 720)).expect("each half-day has a report");
        let within = within(&terminal.hours, day, minute);
        report.tap(&service(tap.service), tap.green, within, meter.tap(tap.at_ms));
    }
    let arrive = |report: HalfDayReport| HalfDayReport::decode(&report.encode());
    reports.into_values().map(arrive).collect::<Result<_, _>>().expect("a measured report is one")
}

fn terminal(counter: &Counter) -> TerminalRecord {
    TerminalRecord {
        key: SigningKey::from_bytes(&[1; 32]).verifying_key(),
        name: "Sportello".to_owned(),
        channel: code("counter"),
        branch: code("centro"),
        services: (0..counter.services).map(service).collect(),
        mode: Mode::Open,
        state: State::Active,
        hours: counter.hours.clone(),
        leftover: Leftover::Undecided,
        enrolled: None,
    }
}

fn service(index: usize) -> Code {
    code(if index == 0 { "anagrafe" } else { "tributi" })
}

fn code(text: &str) -> Code {
    text.parse().expect("the code is one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::report::{GAP_BINS, SHORT_GAP_BINS};

    #[test]
    fn the_stuffed_are_told_from_the_honest_and_equal_seeds_give_equal_reports() {
        let settings = Settings { seed: 5, months: 40, planted: 6 };
        let report = run(&settings);
        assert!(report.is_good(), "{report}");
        assert_eq!(run(&settings).to_string(), report.to_string());
    }

    #[test]
    fn honest_votes_are_as_many_as_expected_while_it_is_open_and_as_slow_as_the_page() {
        let mut rng = StdRng::seed_from_u64(3);
        let (mut votes, mut outside, mut gaps) = (0, 0, [0; GAP_BINS]);
        for _ in 0..40 {
            let (counter, month) = (Counter::with_votes(PLANTED_VOTES, &mut rng), any_month(&mut rng));
            let taps = counter.honest(month, &mut rng);
            votes += taps.len();
            for report in reports(&terminal(&counter), month, &taps) {
                outside += report.outside_hours;
                gaps.iter_mut().zip(report.gaps).for_each(|(sum, gaps)| *sum += gaps);
            }
        }
        let mean = votes as f64 / 40.0;
        assert!((mean / PLANTED_VOTES - 1.0).abs() < 0.08, "{mean}");
        assert_eq!(outside, 0, "whoever is served last votes in the quarter of an hour after closing");
        assert_eq!(gaps[..SHORT_GAP_BINS], [0, 0], "the page lets nobody vote sooner");
        assert!(gaps[SHORT_GAP_BINS] > 0, "companions do so soon after");
    }
}
