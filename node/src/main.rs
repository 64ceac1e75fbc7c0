//! `faccina`: reads the command line, hands over, and prints what went wrong once, as one line.

use clap::Parser;
use faccina_node::{
    commands::Cli,
    telling::{end_unheard, sentence},
};
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// glibc's allocator keeps for each thread what that thread once needed: a node that had counted 40,000 votes held
/// 210 MiB for good, with this one it gives memory back within seconds.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    end_unheard();
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("faccina: {}", sentence(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
