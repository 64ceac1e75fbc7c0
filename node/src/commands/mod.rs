//! The command line: one file for each command. A command that changes a running node asks it over its Unix socket;
//! the root key is read only here, by the command that signs with it, and never sent.

pub mod init;
pub mod run;
pub mod kiosk;
pub mod desk;
pub mod poster;
pub mod check;
pub mod doctor;
mod applicant;
mod bundle_file;
pub mod verify;
pub mod client;
mod pairing;
mod question;
pub mod service;
pub mod terminal;
pub mod message;
pub mod counter;
pub mod invite;
pub mod plan;
pub mod twinning;
pub mod card;
pub mod publish;
pub mod token;
pub mod close;
pub mod correct;
pub mod backup;
pub mod adopt;
pub mod status;
pub mod keys;
pub mod federation;
pub mod feed;
pub mod demo;

use crate::config::Role;
use clap::{Args, Parser, Subcommand};
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::limits::RECORD_TEXT_BYTES_MAX;
use faccina_proto::text::{TextError, line};
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
    Desk(desk::Desk),
    Check(check::Check),
    Doctor(doctor::Doctor),
    Service(service::Service),
    Terminal(terminal::Terminal),
    Message(message::Message),
    Counter(counter::Counter),
    Invite(invite::Invite),
    Poster(poster::PosterCommand),
    Plan(plan::Plan),
    Publish(publish::Publish),
    Notice(plan::Notice),
    Availability(plan::Availability),
    Twinning(twinning::TwinningCommand),
    Card(card::Card),
    Token(token::Token),
    Close(close::Close),
    Correct(correct::Correct),
    #[command(name = "backup")]
    BackUp(backup::BackUp),
    Restore(backup::Restore),
    Adopt(adopt::Adopt),
    Status(status::Status),
    Keys(keys::Keys),
    Federation(federation::Federation),
    Feed(feed::Feed),
    Verify(verify::Verify),
    Demo(demo::Demo),
}

impl Cli {
    /// Runs the command to its end.
    pub fn run(self) -> Outcome {
        match self.command {
            Command::Init(command) => command.run(),
            Command::Run(command) => command.run(),
            Command::Kiosk(command) => command.run(),
            Command::Desk(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Service(command) => command.run(),
            Command::Terminal(command) => command.run(),
            Command::Message(command) => command.run(),
            Command::Counter(command) => command.run(),
            Command::Invite(command) => command.run(),
            Command::Poster(command) => command.run(),
            Command::Plan(command) => command.run(),
            Command::Publish(command) => command.run(),
            Command::Notice(command) => command.run(),
            Command::Availability(command) => command.run(),
            Command::Twinning(command) => command.run(),
            Command::Card(command) => command.run(),
            Command::Token(command) => command.run(),
            Command::Close(command) => command.run(),
            Command::Correct(command) => command.run(),
            Command::BackUp(command) => command.run(),
            Command::Restore(command) => command.run(),
            Command::Adopt(command) => command.run(),
            Command::Status(command) => command.run(),
            Command::Keys(command) => command.run(),
            Command::Federation(command) => command.run(),
            Command::Feed(command) => command.run(),
            Command::Verify(command) => command.run(),
            Command::Demo(command) => command.run(),
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

/// Reads what goes into the records for people to read: a line that says something.
fn written(text: &str) -> Result<String, TextError> {
    line("the text", text, RECORD_TEXT_BYTES_MAX)
}

/// Reads what a member is.
fn role(text: &str) -> Result<Role, String> {
    [Role::Ente, Role::Observer, Role::Hub]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| "one of ente, observer, hub".to_owned())
}

/// Reads a month given as 2026-04.
fn month(text: &str) -> Result<Month, String> {
    let digits = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    let number = digits.and_then(|(year, month)| format!("{year}{month}").parse().ok());
    number
        .and_then(|number| Month::from_yyyymm(number).ok())
        .ok_or_else(|| "write the month as 2026-04".to_owned())
}

/// Reads a day given as 2026-04-30.
fn day(text: &str) -> Result<CivilDay, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = match parts.as_slice() {
        [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => {
            parts.concat().parse().ok()
        }
        _ => None,
    };
    number
        .and_then(|number| CivilDay::from_yyyymmdd(number).ok())
        .ok_or_else(|| "write the day as 2026-04-30".to_owned())
}

/// Runs the future of a short command on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}
