//! The command line: one file for each command. A command that changes a running node asks it over its Unix socket;
//! the root key is read only here, by the command that signs with it, and never sent.

pub mod init;
pub mod run;
pub mod kiosk;
pub mod check;
pub mod verify;

use clap::{Args, Parser, Subcommand};
use std::{error::Error, future::Future, io, path::PathBuf, process::ExitCode};

/// What a command ends in: an exit code, or an error whose chain `main` prints once as one line.
pub type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Faccina: a federation of administrations that listen to citizens.
#[derive(Debug, Parser)]
#[command(
    name = "faccina",
    version,
    disable_help_subcommand = true,
    after_help = "A first look, on this machine alone:  faccina demo\n\
                  A new node:  faccina init --help"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Run(run::Run),
    Kiosk(kiosk::Kiosk),
    Check(check::Check),
    Verify(verify::Verify),
}

impl Cli {
    /// Runs the command to its end.
    pub fn run(self) -> Outcome {
        match self.command {
            Command::Init(command) => command.run(),
            Command::Run(command) => command.run(),
            Command::Kiosk(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Verify(command) => command.run(),
        }
    }
}

/// Which node a command is about.
#[derive(Debug, Args)]
pub struct ConfigPath {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE", default_value = "faccina.toml", env = "FACCINA_CONFIG")]
    pub config: PathBuf,
}

/// Runs the future of a short command on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

/// An error and its sources as one line.
pub fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line = format!("{line}: {error}");
        source = error.source();
    }
    line.replace('\n', " ")
}
