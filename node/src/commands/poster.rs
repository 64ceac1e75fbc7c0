//! `faccina poster`: the poster for the counter.

use super::{ConfigPath, Outcome};
use crate::{config::Config, poster::Poster};
use clap::Args;
use std::{fs, path::PathBuf, process::ExitCode};

/// Write the poster for the counter, one A4 page to print
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina poster --out manifesto.html --url https://www.comune.example.it/ascolto"
)]
pub struct PosterCommand {
    #[command(flatten)]
    node: ConfigPath,
    /// File to write, for a browser to print
    #[arg(long, value_name = "FILE", default_value = "manifesto.html")]
    out: PathBuf,
    /// Web page to which its QR code leads: what becomes of the votes; without it there is no code
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl PosterCommand {
    pub(super) fn run(self) -> Outcome {
        let config = Config::load(&self.node.config)?;
        let poster = Poster::of(&config.name, self.url.as_deref())?;
        fs::write(&self.out, poster.as_file())
            .map_err(|error| format!("cannot write {}: {error}", self.out.display()))?;
        println!("{} is written: open it in a browser and print it on A4", self.out.display());
        Ok(ExitCode::SUCCESS)
    }
}
