//! `faccina terminal`: the places of the ente's terminals.

mod health;

use super::{ConfigPath, Outcome, client::answered, pairing};
use bytes::Bytes;
use clap::{Args, Subcommand, ValueEnum};
use faccina_proto::{
    names::Code,
    wire::{
        admin::v1::{
            AddTerminalRequest, ListTerminalsRequest, SetTerminalStateRequest, TerminalRow, TerminalState,
        },
        terminal::v1::{Mode as WireMode, OpeningHours},
    },
};

/// Add terminals, list them, suspend or revoke them
#[derive(Debug, Args)]
pub struct Terminal {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Add(Add),
    List(List),
    Suspend(Named),
    Resume(Named),
    Revoke(Revoke),
}

/// How the right to vote is given at a terminal.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// Staff open it for the person just served: a touchpad at a counter
    Attended,
    /// Anyone may tap: a totem
    Open,
    /// By an invite: web, phone, app
    Invite,
}

/// Make a place for a new terminal and print its one-time code
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina terminal add 'Totem atrio' --channel counter --branch centro --mode open \\\n    \
    --service anagrafe --service tributi --hours 1-5/08:30-13:00\n\n\
    Type address and code on the device: faccina kiosk --node ADDRESS --code CODE ...")]
struct Add {
    #[command(flatten)]
    node: ConfigPath,
    /// Your own name for it; never leaves this node
    name: String,
    /// Channel of the catalogue: counter, phone, web or app
    #[arg(long)]
    channel: Code,
    /// Branch (sede), your own code
    #[arg(long)]
    branch: Code,
    /// Service of this ente, as `faccina service list` shows it; may be given several times
    #[arg(long = "service", required = true)]
    services: Vec<Code>,
    #[arg(long, value_enum)]
    mode: Mode,
    /// Opening hours, Monday = 1: `1-5/08:30-13:00`; may be given several times, none = always open
    #[arg(long, value_parser = hours)]
    hours: Vec<Hours>,
}

/// List the terminals
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina terminal list")]
struct List {
    #[command(flatten)]
    node: ConfigPath,
}

/// Change the state of a terminal at once
#[derive(Debug, Args)]
#[command(after_help = "Example, likewise with resume:\n  faccina terminal suspend 5f1d22c09be7a310")]
struct Named {
    #[command(flatten)]
    node: ConfigPath,
    /// Key id, as `faccina terminal list` shows it
    #[arg(value_parser = KeyIdText::read)]
    terminal: KeyIdText,
}

/// End a terminal for good: its key is lost, or it is out of service
#[derive(Debug, Args)]
#[command(after_help = "Example:
  faccina terminal revoke 5f1d22c09be7a310

Votes that wait on it stay on the device, readable to whoever takes it apart, until you say what becomes of them. Let those
of up to today count, flagged in the summary, or refuse them all, so that the device forgets them once it reaches the node:
  faccina terminal revoke 5f1d22c09be7a310 --accept-flagged
  faccina terminal revoke 5f1d22c09be7a310 --refuse-queued")]
struct Revoke {
    #[command(flatten)]
    named: Named,
    /// Let the votes of up to today that wait on it count, flagged; revoke again without this to end it
    #[arg(long)]
    accept_flagged: bool,
    /// Refuse the votes that wait on it for good: the device forgets them
    #[arg(long, conflicts_with = "accept_flagged")]
    refuse_queued: bool,
}

/// What was decided on the votes that wait on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leftover {
    Undecided,
    AcceptFlagged,
    RefuseQueued,
}

impl Revoke {
    fn leftover(&self) -> Leftover {
        match (self.accept_flagged, self.refuse_queued) {
            (true, _) => Leftover::AcceptFlagged,
            (false, true) => Leftover::RefuseQueued,
            (false, false) => Leftover::Undecided,
        }
    }

    fn run(self) -> Outcome {
        let leftover = self.leftover();
        let done = match leftover {
            Leftover::Undecided => {
                "revoked for good; what waits on it does not count and stays on the device until you say what becomes of it \
                 (--accept-flagged or --refuse-queued); then `faccina kiosk --pair-again` with a new code makes it a new terminal"
            }
            Leftover::AcceptFlagged => {
                "revoked for good; the votes of up to today that wait on it count, flagged, once it reaches the node; \
                 revoking it again with --refuse-queued ends that"
            }
            Leftover::RefuseQueued => {
                "revoked for good; the votes that wait on it do not count, and the device forgets them once it reaches the node"
            }
        };
        self.named.set(TerminalState::Revoked, leftover, done)
    }
}

#[derive(Clone, Debug)]
pub(super) struct KeyIdText(pub(super) [u8; 8]);

impl KeyIdText {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes)
            .map(|()| Self(bytes))
            .map_err(|_| "16 hexadecimal digits, as `faccina terminal list` shows them".to_owned())
    }
}

/// Days and minutes of the day, both inclusive of their first and the days of their last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hours {
    weekdays: (u32, u32),
    minutes: (u32, u32),
}

fn hours(text: &str) -> Result<Hours, String> {
    let wrong = || "write days and hours as 1-5/08:30-13:00, Monday = 1".to_owned();
    let (days, times) = text.split_once('/').ok_or_else(wrong)?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let weekdays = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    let (from, to) = times.split_once('-').ok_or_else(wrong)?;
    let minute = |time: &str| -> Option<u32> {
        let (hour, minute) = time.split_once(':')?;
        let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
        (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let minutes = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
    let in_week = 1 <= weekdays.0 && weekdays.0 <= weekdays.1 && weekdays.1 <= 7;
    if in_week && minutes.0 < minutes.1 && minutes.1 <= 24 * 60 {
        Ok(Hours { weekdays, minutes })
    } else {
        Err(wrong())
    }
}

impl Terminal {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Add(add) => add.run(),
            Act::List(list) => list.run(),
            Act::Suspend(named) => {
                let done = "suspended; `faccina terminal resume` undoes it";
                named.set(TerminalState::Suspended, Leftover::Undecided, done)
            }
            Act::Resume(named) => named.set(TerminalState::Active, Leftover::Undecided, "active again"),
            Act::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Add {
    fn run(self) -> Outcome {
        let mode = match self.mode {
            Mode::Attended => WireMode::Attended,
            Mode::Open => WireMode::Open,
            Mode::Invite => WireMode::Invite,
        };
        let opening = |hours: &Hours| {
            let (from_minute, to_minute) = hours.minutes;
            (hours.weekdays.0..=hours.weekdays.1)
                .map(move |weekday| OpeningHours { weekday, from_minute, to_minute })
                .collect::<Vec<_>>()
        };
        let request = AddTerminalRequest {
            name: self.name,
            channel: self.channel.to_string(),
            branch: self.branch.to_string(),
            services: self.services.iter().map(Code::to_string).collect(),
            mode: mode.into(),
            hours: self.hours.iter().flat_map(opening).collect(),
        };
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.add_terminal(request).await)?;
            pairing::show(&reply);
            Ok(())
        })
    }
}

impl List {
    fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.list_terminals(ListTerminalsRequest {}).await)?;
            for terminal in &reply.terminals {
                println!("{}", row(terminal));
                match &terminal.health {
                    Some(health) if terminal.state() == TerminalState::Revoked => {
                        println!("    {}", health::of_revoked(health));
                    }
                    Some(health) => println!("    {}", health::in_words(health)),
                    None if terminal.state() == TerminalState::Revoked => {}
                    None => println!("    not heard since the node started"),
                }
            }
            if reply.terminals.is_empty() {
                println!("No terminals yet; `faccina terminal add --help` shows how to add one.");
            }
            Ok(())
        })
    }
}

fn row(terminal: &TerminalRow) -> String {
    let state = match terminal.state() {
        TerminalState::Active => "active",
        TerminalState::Suspended => "suspended",
        TerminalState::Revoked => "revoked",
        TerminalState::Unspecified => "unknown",
    };
    let (id, services) = (hex::encode(&terminal.terminal), terminal.services.join(","));
    format!(
        "{id}  {state:<9}  {:<8} {:<12} {services:<32} {}",
        terminal.channel, terminal.branch, terminal.name
    )
}

impl Named {
    fn set(self, state: TerminalState, leftover: Leftover, done: &str) -> Outcome {
        let terminal = Bytes::copy_from_slice(&self.terminal.0);
        self.node.with_node(|mut admin| async move {
            answered(
                admin
                    .set_terminal_state(SetTerminalStateRequest {
                        terminal,
                        state: state.into(),
                        accept_flagged: leftover == Leftover::AcceptFlagged,
                        refuse_queued: leftover == Leftover::RefuseQueued,
                    })
                    .await,
            )?;
            println!("{done}");
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_or_explained() {
        assert_eq!(hours("1-5/08:30-13:00"), Ok(Hours { weekdays: (1, 5), minutes: (510, 780) }));
        assert_eq!(hours("6/09:00-24:00"), Ok(Hours { weekdays: (6, 6), minutes: (540, 1_440) }));
        for wrong in
            ["", "1-5", "5-1/08:00-09:00", "0-3/08:00-09:00", "1/09:00-08:00", "1/08:60-09:00", "1/a-b"]
        {
            assert!(hours(wrong).unwrap_err().contains("1-5/08:30-13:00"), "{wrong}");
        }
    }
}
