//! `faccina demo`.

use super::Outcome;
use crate::demo::{self, Options};
use clap::Args;
use std::{path::PathBuf, process::ExitCode};

/// Show a whole federation on this machine: an observer and 12 fictitious enti through 14 months
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina demo\n  faccina demo --once --out demo-out")]
pub struct Demo {
    /// End after printing instead of running until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Also write months, summaries, all feeds and the federation file into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self) -> Outcome {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(demo::run(Options { once: self.once, out: self.out }))?;
        Ok(ExitCode::SUCCESS)
    }
}
