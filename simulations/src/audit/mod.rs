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
pub(crate) use published::{Ente, Reading};

use clap::Args;
use faccina_node::clock;
use faccina_proto::{calendar::Month, names::IpaCode, summary::Edition, tally::GroupKey};
use files::ReadError;
use problem::Unsolved;
use published::TwoVersions;
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

/// Why one ente could not be audited: look at what it published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAudited {
    #[error(transparent)]
    TwoVersions(#[from] TwoVersions),
    #[error(transparent)]
    Unsolved(#[from] Unsolved),
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) findings: Vec<(IpaCode, Finding)>,
    /// Nothing is known of these enti, good or bad.
    pub(crate) not_audited: Vec<(IpaCode, NotAudited)>,
    pub(crate) enti: usize,
    pub(crate) editions: usize,
    pub(crate) components: usize,
    pub(crate) took: Duration,
}

impl Report {
    /// Whether every ente was audited and the attacker has found nothing.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.not_audited.is_empty()
    }
}

/// Findings, and enti not audited, that are printed one by one; beyond them only their number.
const FINDINGS_SHOWN: usize = 50;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (ente, finding) in self.findings.iter().take(FINDINGS_SHOWN) {
            writeln!(f, "{ente} {finding}")?;
        }
        if self.findings.len() > FINDINGS_SHOWN {
            writeln!(f, "and {} more", self.findings.len() - FINDINGS_SHOWN)?;
        }
        for (ente, reason) in self.not_audited.iter().take(FINDINGS_SHOWN) {
            writeln!(f, "{ente} was not audited: {reason}")?;
        }
        if !self.not_audited.is_empty() {
            writeln!(f, "{} enti were not audited", self.not_audited.len())?;
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

/// Reads and audits everything at the paths, apart from each other.
pub(crate) fn run(settings: &Settings) -> Result<Report, ReadError> {
    let mut whole = Report::default();
    for path in &settings.paths {
        let report = audit(&files::read(path)?);
        whole.findings.extend(report.findings);
        whole.not_audited.extend(report.not_audited);
        whole.enti += report.enti;
        whole.editions += report.editions;
        whole.components += report.components;
        whole.took += report.took;
    }
    Ok(whole)
}

/// Attacks every ente of a federation. One that cannot be audited keeps no other from it.
pub(crate) fn audit(reading: &Reading) -> Report {
    let started = clock::instant();
    let mut report = Report::default();
    // Without a plan an ente may survey whatever anybody surveys.
    let everywhere: BTreeSet<GroupKey> = reading.enti.values().flat_map(Ente::named).collect();
    for (code, ente) in &reading.enti {
        let contradiction = reading.contradictory.get(code).cloned();
        let attacked = contradiction.map_or_else(
            || attack::attack(ente, &everywhere, &reading.sensitive).map_err(NotAudited::from),
            |two| Err(two.into()),
        );
        let (findings, components) = match attacked {
            Ok(found) => found,
            Err(reason) => {
                report.not_audited.push((code.clone(), reason));
                continue;
            }
        };
        report.findings.extend(findings.into_iter().map(|finding| (code.clone(), finding)));
        report.enti += 1;
        report.editions += ente.months.len();
        report.components += components;
    }
    report.took = started.elapsed();
    report
}

#[cfg(test)]
mod tests {
    use super::{
        published::{Figures, Published},
        *,
    };
    use faccina_proto::{partition::Parameters, tally::Votes};
    use std::collections::BTreeMap;

    fn published(green: u64, edition: Edition) -> Published {
        let key = GroupKey { service: "anagrafe".parse().unwrap(), channel: "counter".parse().unwrap() };
        let figures = Figures {
            groups: BTreeMap::from([(key, Votes { green, yellow: 5, red: 5 })]),
            carried_from: Vec::new(),
            parameters: Parameters::default(),
        };
        Published { month: Month::from_yyyymm(202_601).unwrap(), edition, figures: Some(figures) }
    }

    #[test]
    fn an_ente_that_contradicts_itself_is_named_and_the_others_are_audited() {
        let mut reading = Reading::default();
        let [wrong, right]: [IpaCode; 2] = ["c_a", "c_b"].map(|code| code.parse().unwrap());
        reading.publish(&wrong, published(90, Edition::First));
        reading.publish(&wrong, published(91, Edition::First));
        reading.publish(&right, published(90, Edition::First));
        let report = audit(&reading);
        assert_eq!((report.enti, report.findings.len()), (1, 0));
        let two = TwoVersions { month: Month::from_yyyymm(202_601).unwrap() };
        assert_eq!(report.not_audited, [(wrong, NotAudited::TwoVersions(two))]);
        assert!(!report.is_clean());
        assert!(report.to_string().contains("c_a was not audited: 2026-01 is published twice"), "{report}");
    }
}
