//! `faccina`: reads the command line, hands over, and prints what went wrong once, as one line.

use clap::Parser;
use faccina_node::{commands::Cli, telling::sentence};
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("faccina: {}", sentence(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
