//! A federation with planted truth, and what the node's views make of it.
//!
//! The generator knows what is true and draws every vote; the views see only what the enti publish. Judged is what the
//! views answer for the twelve months that end with the last: flags, evidence, two enti side by side.

mod rates;
mod truth;
mod votes;
mod ledger;
mod town;
mod month;
mod files;
mod findings;
mod flags;
mod notable;
mod pairs;

use crate::audit::{self, Reading, audit};
use clap::Args;
use faccina_node::{
    clock::instant,
    views::{Views, Window},
};
use findings::Findings;
pub(crate) use month::{Ente, FederationMonth, month};
use std::{
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use town::{Size, Town};

/// Seeds judged at once: each holds a whole federation in memory.
const AT_ONCE_MAX: usize = 8;

/// What is planted.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Everything random follows from it; further seeds are the numbers after it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Federations, one for each seed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// Enti in each, beside the observer.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(30..=6_000))]
    enti: u16,
    /// Months surveyed.
    #[arg(long, default_value_t = 36, value_parser = clap::value_parser!(u8).range(12..=120))]
    months: u8,
    /// Write the federation of the first seed into this folder as CSV, instead of judging.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Attack what the federation of the first seed has published, instead of judging.
    #[arg(long, conflicts_with = "write")]
    audit: bool,
}

impl Settings {
    fn size(&self) -> Size {
        Size { enti: usize::from(self.enti), months: usize::from(self.months) }
    }
}

/// What a run did.
#[derive(Debug)]
pub(crate) enum Report {
    Judged { settings: Settings, judged: Judged, elapsed: Duration },
    Written { folder: PathBuf, votes: u64 },
    Audited(audit::Report),
}

impl Report {
    /// Whether every bound is kept and the attacker has found nothing.
    pub(crate) fn is_good(&self) -> bool {
        match self {
            Self::Judged { judged, .. } => judged.findings.kept(),
            Self::Written { .. } => true,
            Self::Audited(report) => report.is_clean(),
        }
    }
}

/// A run that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Choose a folder that can be written.
    #[error("{} cannot be written", folder.display())]
    Write { folder: PathBuf, source: io::Error },
}

/// The findings of some seeds, and the time that they took on their threads.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    findings: Findings,
    votes: u64,
    founding: Duration,
    following: Duration,
    judging: Duration,
}

impl Judged {
    fn add(&mut self, other: &Self) {
        self.findings.add(&other.findings);
        self.votes += other.votes;
        self.founding += other.founding;
        self.following += other.following;
        self.judging += other.judging;
    }
}

/// Judges all seeds; or writes or attacks the federation of the first.
pub(crate) fn run(settings: &Settings) -> Result<Report, Failure> {
    let began = instant();
    if let Some(folder) = &settings.write {
        let town = Town::found(settings.size(), settings.seed);
        files::write(&town, folder).map_err(|source| Failure::Write { folder: folder.clone(), source })?;
        return Ok(Report::Written { folder: folder.clone(), votes: town.votes() });
    }
    if settings.audit {
        let Town { ledger, .. } = Town::found(settings.size(), settings.seed);
        let reading = Reading::of(&ledger.views(), &ledger.feeds());
        return Ok(Report::Audited(audit(&reading)));
    }
    let judged = judge_all(settings);
    Ok(Report::Judged { settings: settings.clone(), judged, elapsed: began.elapsed() })
}

/// As many seeds at once as there are cores, each thread taking the next one.
fn judge_all(settings: &Settings) -> Judged {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(AT_ONCE_MAX);
    let next = AtomicU64::new(0);
    let work = || {
        let mut judged = Judged::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= settings.seeds {
                return judged;
            }
            judged.add(&judge_one(settings.size(), settings.seed.wrapping_add(number)));
        }
    };
    let mut all = Judged::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            all.add(&thread.join().expect("a judge that panics has said why"));
        }
    });
    all
}

fn judge_one(size: Size, seed: u64) -> Judged {
    let began = instant();
    let town = Town::found(size, seed);
    let founded = instant();
    let views = town.ledger.views();
    let followed = instant();
    let findings = judge(&town, &views, seed);
    Judged {
        findings,
        votes: town.votes(),
        founding: founded - began,
        following: followed - founded,
        judging: followed.elapsed(),
    }
}

fn judge(town: &Town, views: &Views, seed: u64) -> Findings {
    let mut findings = Findings::default();
    let month = town.last_month;
    let year = Arc::new(views.sums(Window::Twelve.first(month), month));
    flags::judge(town, views, &year, &mut findings);
    notable::judge(town, views, &year, &mut findings);
    pairs::judge(town, &year, seed, &mut findings);
    findings
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { folder, votes } => {
                write!(f, "{votes} votes drawn, written to {}", folder.display())
            }
            Self::Audited(report) => write!(f, "{report}"),
            Self::Judged { settings, judged, elapsed } => {
                let Settings { seed, seeds, enti, months, .. } = settings;
                writeln!(
                    f,
                    "{seeds} seeds from {seed}: {enti} enti, {months} months, {} votes drawn",
                    judged.votes
                )?;
                write!(f, "{}", judged.findings)?;
                let each = |spent: Duration| spent.as_secs_f64() / *seeds as f64;
                write!(
                    f,
                    "{:.1} s in all; a seed takes {:.2} s to found, {:.2} s to follow, {:.2} s to judge",
                    elapsed.as_secs_f64(),
                    each(judged.founding),
                    each(judged.following),
                    each(judged.judging)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use findings::{Face, Measure};

    #[test]
    fn the_judge_goes_by_what_is_true() {
        let mut town = Town::found(Size { enti: 60, months: 12 }, 1);
        let views = town.ledger.views();
        let right = judge(&town, &views, 1).share(Measure::NotableTrue, Face::Red);
        assert!(right.hits >= 3 && right.hits == right.of, "{right:?}");
        town.enti.iter_mut().for_each(|ente| ente.best_quartile = !ente.best_quartile);
        let wrong = judge(&town, &views, 1).share(Measure::NotableTrue, Face::Red);
        assert_eq!((wrong.hits, wrong.of), (0, right.of));
    }

    #[test]
    fn seeds_judged_at_once_give_what_they_give_alone() {
        let settings = Settings { seed: 5, seeds: 3, enti: 30, months: 12, write: None, audit: false };
        let mut alone = Findings::default();
        for seed in 5..8 {
            alone.add(&judge_one(settings.size(), seed).findings);
        }
        assert_eq!(judge_all(&settings).findings, alone);
    }

    #[test]
    fn an_attacker_finds_nothing() {
        let settings = Settings { seed: 3, seeds: 1, enti: 30, months: 12, write: None, audit: true };
        assert!(run(&settings).unwrap().is_good());
    }
}
