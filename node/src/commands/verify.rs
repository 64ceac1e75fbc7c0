//! `faccina verify`: an auditor's look at a bundle, offline.

use super::{Outcome, bundle_file};
use crate::{
    config::FederationFile,
    verify::{Report, Verdict, verify},
    views::{Part, Recomputed},
};
use clap::Args;
use faccina_proto::{bundle::BundleError, roster};
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Everything is consistent, and nothing says that it is the right federation.
const ROOT_UNCHECKED: u8 = 3;

/// Recompute every national month of a bundle from the summaries alone
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina feed export all.faccina\n  \
    faccina verify --federation federation.toml all.faccina\n\n\
    Needs no node and no network. Exit codes: 0 every national month is identical to the one that DFP\n\
    signed; 1 something is not, the message names it; 3 everything is consistent, but without --federation\n\
    the root is unchecked: anyone could have signed a federation of its own.")]
pub struct Verify {
    /// federation.toml, as DFP gives it to every member
    #[arg(long, value_name = "FILE")]
    federation: Option<PathBuf>,
    /// The bundle, as `faccina feed export` writes it
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
}

/// Why a bundle is refused.
#[derive(Debug, thiserror::Error)]
enum VerifyError {
    #[error("{} is refused", .path.display())]
    Refused {
        path: PathBuf,
        #[source]
        source: BundleError,
    },
    #[error("{failures} of {months} national months are not what the summaries give: {first}")]
    NotIdentical { failures: usize, months: usize, first: String },
}

impl Verify {
    pub(super) fn run(self) -> Outcome {
        let file = self.federation.as_deref().map(FederationFile::load).transpose()?;
        let federation =
            file.map(|file| roster::Federation::new(&file.name, file.root_key, file.successor_hash));
        let bytes = bundle_file::read(&self.bundle)?;
        let refused = |source| VerifyError::Refused { path: self.bundle.clone(), source };
        let report = verify(bytes.into(), federation.as_ref()).map_err(refused)?;
        print(&report, &mut io::stdout().lock())?;
        conclude(&report)
    }
}

fn conclude(report: &Report) -> Outcome {
    let failures: Vec<_> = report.failures().collect();
    if let Some(first) = failures.first() {
        let months = failures.len() + report.identical();
        let first = format!("{}: {}", first.month, found(&first.found));
        return Err(VerifyError::NotIdentical { failures: failures.len(), months, first }.into());
    }
    Ok(if report.root_checked { ExitCode::SUCCESS } else { ExitCode::from(ROOT_UNCHECKED) })
}

fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "Federation {:?}: {} members, {} entries; every signature, key and link holds",
        report.federation, report.members, report.entries
    )?;
    for (author, sequence) in &report.forked {
        writeln!(out, "  forked: {author} at entry {sequence}; nothing counts from there on")?;
    }
    for (code, month, refusal) in &report.refused {
        writeln!(out, "  refused: summary of {code} for {month}: {}", crate::telling::sentence(refusal))?;
    }
    for verdict in &report.verdicts {
        writeln!(out, "{}", line(verdict))?;
    }
    match (report.failures().count(), report.identical()) {
        (0, 0) => writeln!(out, "No national month is published in this bundle.")?,
        (0, 1) => {
            writeln!(out, "1 national month recomputed from the summaries: identical to the one DFP signed.")?
        }
        (0, n) => writeln!(
            out,
            "{n} national months recomputed from the summaries: identical to those DFP signed."
        )?,
        (_, _) => {}
    }
    if !report.root_checked {
        writeln!(out, "consistent, root unchecked: give --federation to know whose federation this is")?;
    }
    Ok(())
}

fn line(verdict: &Verdict) -> String {
    let message = &verdict.published.message;
    let coverage = message.coverage.unwrap_or_default();
    let total = message.total.unwrap_or_default();
    let votes = total.green.saturating_add(total.yellow).saturating_add(total.red);
    let restated = match (message.restatement, verdict.current) {
        (0, true) => String::new(),
        (number, true) => format!(", restatement {number}"),
        (number, false) => format!(", version {number}, restated since"),
    };
    format!(
        "  {}{restated}: {} ({} of {} enti, {votes} votes; entry {} of {})",
        verdict.month,
        found(&verdict.found),
        coverage.counted,
        coverage.expected,
        verdict.published.sequence,
        verdict.published.observer,
    )
}

fn found(found: &Recomputed) -> String {
    match found {
        Recomputed::Identical => "identical".to_owned(),
        Recomputed::Differs { part } => format!("differs in {}", part_name(*part)),
        Recomputed::Impossible(error) => format!("cannot be recomputed: {error}"),
        Recomputed::NotUnderstood { rules_version } => {
            format!("follows rules version {rules_version}, which this version does not know: update")
        }
    }
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Month => "the month it names",
        Part::Coverage => "the coverage",
        Part::Total => "the total",
        Part::Cells => "the votes by service and channel",
        Part::Reasons => "the reasons",
        Part::CarriedMonths => "the carried months",
    }
}
