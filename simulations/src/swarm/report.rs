//! What a run measured, and many runs together.

use super::faults::{Fault, Happened};
use super::judge::Model;
use super::message::Traffic;
use super::scenario::Shown;
use super::world::World;
use std::{fmt, time::Duration};

/// With fewer seeds than these the share of a fault says little.
const SEEDS_MIN: usize = 100;

/// One clean run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    nodes: usize,
    days: u64,
    pub(crate) events: u64,
    pub(crate) happened: Happened,
    entries: usize,
    signatures: usize,
    ballots: (usize, usize, usize),
    published: u64,
    healed_ms: Option<u64>,
    agreed_ms: Option<u64>,
    traffic: Traffic,
    pub(crate) trace: String,
}

impl Run {
    pub(crate) fn of(world: &World, model: &Model, healed_ms: Option<u64>, agreed_ms: Option<u64>) -> Self {
        Self {
            nodes: world.nodes.len(),
            days: world.at_ms / world.almanac.day_ms(),
            events: world.trace.events(),
            happened: world.happened.clone(),
            entries: world.truth.entries(),
            signatures: world.verdicts.count(),
            ballots: world.ledger.numbers(),
            published: model.votes(),
            healed_ms,
            agreed_ms,
            traffic: world.traffic.clone(),
            trace: world.trace.fingerprint(),
        }
    }
}

/// Many runs.
#[derive(Debug)]
pub(crate) struct Summary {
    runs: Vec<Run>,
    failed: usize,
    shown: Shown,
    took: Duration,
}

impl Summary {
    pub(crate) fn of(runs: Vec<Run>, failed: usize, shown: Shown, took: Duration) -> Self {
        Self { runs, failed, shown, took }
    }

    /// Nothing was violated, and the seeds show what they have to.
    pub(crate) fn is_good(&self) -> bool {
        self.failed == 0 && self.is_long_enough() && Fault::ALL.into_iter().all(|fault| !self.is_rare(fault))
    }

    fn is_long_enough(&self) -> bool {
        self.runs.iter().all(|run| run.events >= self.shown.events_min)
    }

    fn with(&self, fault: Fault) -> usize {
        self.runs.iter().filter(|run| run.happened.times(fault) > 0).count()
    }

    fn is_rare(&self, fault: Fault) -> bool {
        let seeds = self.runs.len();
        seeds >= SEEDS_MIN && (self.with(fault) as f64) < self.shown.share_min * seeds as f64
    }

    fn one(run: &Run, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: String| writeln!(f, "{name:<42} {value}");
        let (cast, receipted, lost) = run.ballots;
        line("nodes", run.nodes.to_string())?;
        line("entries", run.entries.to_string())?;
        line("signatures of entries verified, once each", run.signatures.to_string())?;
        line("ballots cast, with a receipt, restored away", format!("{cast}, {receipted}, {lost}"))?;
        line("votes published", run.published.to_string())?;
        line("all agree after the partition heals", seconds(run.healed_ms))?;
        line("all agree after faults stop", seconds(run.agreed_ms))?;
        for (kind, (count, bytes)) in &run.traffic.bytes {
            let mean = bytes.checked_div(*count).unwrap_or(0);
            line(&format!("bytes, {kind}"), format!("{bytes} in {count} messages, {mean} each"))?;
        }
        let mean = |kind: &str| {
            run.traffic.bytes.get(kind).map_or(0, |(count, bytes)| bytes.checked_div(*count).unwrap_or(0))
        };
        let exchange = mean("open") + mean("opened");
        line("bytes of digest between two in agreement", format!("{exchange}, hello apart"))?;
        line("trace (equal for equal seeds)", run.trace.clone())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds = self.runs.len();
        if let [run] = self.runs.as_slice() {
            Self::one(run, f)?;
        }
        let least = |of: fn(&Run) -> u64| self.runs.iter().map(of).min().unwrap_or(0);
        let sum: u64 = self.runs.iter().map(|run| run.events).sum();
        let took = self.took.as_secs_f64();
        writeln!(f, "clean seeds: {seeds}, failed: {}, in {took:.1} s", self.failed)?;
        let short = if self.is_long_enough() { "" } else { "  (TOO FEW)" };
        writeln!(f, "events: {sum}, in each seed at least {}{short}", least(|run| run.events))?;
        writeln!(f, "simulated days: in each seed at least {}", least(|run| run.days))?;
        writeln!(f, "{:<30} {:>9} {:>10}", "fault", "seeds", "times")?;
        for fault in Fault::ALL {
            let with = self.with(fault);
            let times: u64 = self.runs.iter().map(|run| run.happened.times(fault)).sum();
            let rare = if self.is_rare(fault) { "  (IN TOO FEW SEEDS)" } else { "" };
            writeln!(f, "{fault:<30} {with:>9} {times:>10}{rare}")?;
        }
        Ok(())
    }
}

fn seconds(ms: Option<u64>) -> String {
    ms.map_or_else(|| "not before the next change".to_owned(), |ms| format!("{} s", ms / 1_000))
}
