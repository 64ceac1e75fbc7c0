//! The auditor: an attacker's solver on what the software publishes (STATISTICS 4.5). It must find nothing.
//!
//! Every month and edition of an ente is one problem: unknown votes by month, service, channel and face, whole and not
//! negative, and one known sum a published figure. What follows too exactly for a number that was not published is a
//! finding. National months, quarters and rolling windows are functions of the same figures and tell nothing more.

mod published;
mod files;
mod problem;
mod attack;

pub(crate) use problem::Range;
pub(crate) use published::{Ente, Reading, TwoVersions};

use clap::Args;
use faccina_node::clock;
use faccina_proto::{calendar::Month, names::IpaCode, summary::Edition, tally::GroupKey};
use files::ReadError;
use problem::Unsolved;
use std::{collections::BTreeSet, fmt, path::PathBuf, time::Duration};

/// What is audited.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Bundles (.faccina), or folders as the demo writes them: summaries/*.json and federation.faccina.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
}

/// What an attacker learns too well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The voters of an unpublished cell, exactly.
    Exact,
    /// That they are fewer than may be published; also a published group of so few.
    Small,
    /// That they lie between two near numbers.
    Narrow,
    /// The reds of an unpublished cell, exactly.
    ExactRed,
    /// An unpublished number of voters that follows exactly and is too small.
    Derived,
    /// The opinion of everyone in a small published group.
    Group,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "EXACT",
            Self::Small => "SMALL",
            Self::Narrow => "NARROW",
            Self::ExactRed => "EXACT-RED",
            Self::Derived => "DERIVED",
            Self::Group => "GROUP",
        })
    }
}

/// One thing learnt, in one edition of one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) month: Month,
    pub(crate) edition: Edition,
    pub(crate) kind: Kind,
    pub(crate) what: String,
    pub(crate) range: Range,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { month, edition, kind, what, range } = self;
        write!(f, "{kind:<9} {month} edition {} {what}: {}", edition.number(), range.low)?;
        match range.high {
            Some(high) if high != range.low => write!(f, " to {high}"),
            _ => Ok(()),
        }
    }
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) findings: Vec<(IpaCode, Finding)>,
    pub(crate) enti: usize,
    pub(crate) editions: usize,
    pub(crate) components: usize,
    pub(crate) took: Duration,
}

/// Findings printed one by one; beyond them only their number.
const FINDINGS_SHOWN: usize = 50;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (ente, finding) in self.findings.iter().take(FINDINGS_SHOWN) {
            writeln!(f, "{ente} {finding}")?;
        }
        if self.findings.len() > FINDINGS_SHOWN {
            writeln!(f, "and {} more", self.findings.len() - FINDINGS_SHOWN)?;
        }
        write!(
            f,
            "{} enti, {} months in all editions, {} parts solved apart in {:.2} s: {} findings",
            self.enti,
            self.editions,
            self.components,
            self.took.as_secs_f64(),
            self.findings.len()
        )
    }
}

/// The audit did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    /// Look at the file that it names.
    #[error("nothing was audited")]
    Read(#[from] ReadError),
    /// Look at what this ente published.
    #[error("{ente} cannot be audited")]
    Unsolved { ente: IpaCode, source: Unsolved },
}

/// Reads and audits everything at the paths, apart from each other.
pub(crate) fn run(settings: &Settings) -> Result<Report, AuditError> {
    let mut whole = Report::default();
    for path in &settings.paths {
        let report = audit(&files::read(path)?)?;
        whole.findings.extend(report.findings);
        whole.enti += report.enti;
        whole.editions += report.editions;
        whole.components += report.components;
        whole.took += report.took;
    }
    Ok(whole)
}

/// Attacks every ente of a federation.
pub(crate) fn audit(reading: &Reading) -> Result<Report, AuditError> {
    let started = clock::instant();
    let mut report = Report::default();
    // Without a plan an ente may survey whatever anybody surveys.
    let everywhere: BTreeSet<GroupKey> = reading.enti.values().flat_map(Ente::named).collect();
    for (code, ente) in &reading.enti {
        let (findings, components) = attack::attack(ente, &everywhere, &reading.sensitive)
            .map_err(|source| AuditError::Unsolved { ente: code.clone(), source })?;
        report.findings.extend(findings.into_iter().map(|finding| (code.clone(), finding)));
        report.enti += 1;
        report.editions += ente.months.len();
        report.components += components;
    }
    report.took = started.elapsed();
    Ok(report)
}
