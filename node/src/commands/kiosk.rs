//! `faccina kiosk`: the agent on a terminal, and votes cast from flags or a file.

use super::{Outcome, block_on};
use crate::{
    kiosk::{
        rows::FILE_BYTES_MAX,
        run::{self, Casting, Wanted},
        settings::{self, Calendar, Settings, Written},
    },
    logs,
};
use clap::{Args, Subcommand};
use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// Serve the voting page of a terminal and send its votes to the node
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "The first time, with the code that `faccina terminal add` prints on the node:\n\
                  \x20 faccina kiosk --config kiosk.toml --node https://faccina.comune.example.it:7443 \\\n    --code 7K2M-9QXT-44AB-C0DE\n\
                  Or without any flag: the page at http://127.0.0.1:7490/ asks for address and code.\n\
                  Afterwards, at every start of the device:\n\
                  \x20 faccina kiosk --config kiosk.toml\n\
                  \x20 chromium --kiosk http://127.0.0.1:7490/\n\
                  Once after it was revoked, with a new code:\n\
                  \x20 faccina kiosk --config kiosk.toml --pair-again --code 3F8T-0XWM-92KD-HB5Q\n\
                  The votes of a day from another system:\n\
                  \x20 faccina kiosk cast --config kiosk.toml --csv votes.csv"
)]
pub struct Kiosk {
    #[command(subcommand)]
    act: Option<Act>,
    #[command(flatten)]
    device: Device,
    /// Make a new terminal of a device that is one already: of a revoked one, when no votes wait on it
    #[arg(long)]
    pair_again: bool,
}

#[derive(Debug, Subcommand)]
enum Act {
    Cast(Box<Cast>),
    Open(Open),
}

/// Which device, and how it reaches its node. Flags go before the file.
#[derive(Debug, Args)]
struct Device {
    /// Configuration file of the terminal
    #[arg(long, value_name = "FILE", env = "FACCINA_KIOSK_CONFIG")]
    config: Option<PathBuf>,
    /// Address of the node, such as https://192.168.1.20:7443; only for the pairing, or if the node has moved
    #[arg(long, value_name = "URL", env = "FACCINA_KIOSK_NODE")]
    node: Option<String>,
    /// Directory of device key, enrolment and queue; unless told, faccina-kiosk in the user's own data directory
    #[arg(long, value_name = "DIR", env = "FACCINA_KIOSK_DIR")]
    dir: Option<PathBuf>,
    /// Loopback address of the page; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", env = "FACCINA_KIOSK_LISTEN")]
    listen: Option<String>,
    /// Seconds without a touch after which the page starts anew
    #[arg(long, value_name = "SECONDS", env = "FACCINA_KIOSK_IDLE_S")]
    idle_s: Option<u32>,
    /// Where the day of a vote comes from: own, or node (only for the demo; ends with its standard input)
    #[arg(long, value_name = "WHICH", env = "FACCINA_KIOSK_CALENDAR")]
    calendar: Option<Calendar>,
    /// Seconds by which this device's clock is wrong on purpose, for demonstrations and tests; only with --calendar own
    #[arg(long, value_name = "SECONDS", hide = true, allow_negative_numbers = true)]
    shift_clock: Option<i64>,
    /// Pairing code of 16 characters that makes this device a terminal; used only where it is none yet
    #[arg(long, value_name = "CODE", env = "FACCINA_KIOSK_CODE", hide_env_values = true)]
    code: Option<String>,
}

impl Device {
    fn settings(self) -> Result<(Settings, Option<String>), Box<dyn std::error::Error + Send + Sync>> {
        let flags = Written {
            node: self.node,
            dir: self.dir,
            listen: self.listen,
            idle_s: self.idle_s,
            calendar: self.calendar,
            shift_clock_s: self.shift_clock,
            public: None,
            log: None,
        };
        let settings = Settings::load(self.config.as_deref(), flags)?;
        logs::start(&settings.log);
        Ok((settings, self.code))
    }
}

/// Cast votes from flags or from a CSV file: all of them, or none
#[derive(Debug, Args)]
#[command(after_help = "One vote:\n\
                  \x20 faccina kiosk cast --config kiosk.toml --service anagrafe --face red --reason 1\n\
                  Many, from a file with the header service,face,reason,invite (the last two may be missing):\n\
                  \x20 faccina kiosk cast --config kiosk.toml --csv votes.csv")]
struct Cast {
    #[command(flatten)]
    device: Device,
    /// Code of the service
    #[arg(
        long,
        value_name = "CODE",
        required_unless_present = "csv",
        conflicts_with = "csv",
        requires = "face"
    )]
    service: Option<String>,
    /// green, yellow or red
    #[arg(long, value_name = "FACE", conflicts_with = "csv")]
    face: Option<String>,
    /// Reason after a red face, 1 to 4
    #[arg(long, value_name = "NUMBER", conflicts_with = "csv")]
    reason: Option<u32>,
    /// Invite, as 32 hex digits or as a code on paper
    #[arg(long, value_name = "INVITE", conflicts_with = "csv")]
    invite: Option<String>,
    /// CSV file of votes
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Cast a file that was cast already: it holds other votes that look the same
    #[arg(long, requires = "csv")]
    again: bool,
    /// Longest wait for the receipts, in seconds; votes without one stay in the queue
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait_s: u32,
}

/// Open the page of an attended terminal for the person just served: one vote, within 60 s
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina kiosk open --config kiosk.toml")]
struct Open {
    /// Configuration file of the terminal
    #[arg(long, value_name = "FILE", env = "FACCINA_KIOSK_CONFIG")]
    config: Option<PathBuf>,
    /// Or the directory of the running agent
    #[arg(long, value_name = "DIR", env = "FACCINA_KIOSK_DIR")]
    dir: Option<PathBuf>,
}

impl Kiosk {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            None => serve(self.device, self.pair_again),
            Some(Act::Cast(cast)) => cast.run(),
            Some(Act::Open(open)) => {
                let dir = settings::dir(open.config.as_deref(), open.dir)?;
                block_on(run::open_page(&dir))??;
                println!("The page is open for one vote within 60 s.");
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn serve(device: Device, again: bool) -> Outcome {
    let (settings, code) = device.settings()?;
    let wanted = Wanted { code, again };
    let setting_up = |address| println!("Setup page  http://{address}/");
    let serving = run::serve(settings, wanted, setting_up, |address, terminal| {
        println!("Terminal    {} · {} · {}", terminal.ente, terminal.channel, terminal.branch);
        println!("Mode        {}", run::mode_in_words(terminal.mode));
        println!("Kiosk page  http://{address}/");
    });
    block_on(serving)??;
    Ok(ExitCode::SUCCESS)
}

impl Cast {
    fn run(self) -> Outcome {
        let file = match &self.csv {
            Some(path) => read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?,
            None => self.one_row()?,
        };
        let (settings, code) = self.device.settings()?;
        let wait = Duration::from_secs(self.wait_s.into());
        let casting = run::cast(settings, code, file, self.csv.is_some(), self.again, wait);
        let casting = block_on(casting)??;
        println!("{}", in_words(&casting));
        let all_taken = !matches!(casting, Casting::Sent { refused: 1.., .. });
        Ok(if all_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// One vote goes the way of a file with one row.
    fn one_row(&self) -> Result<Vec<u8>, csv::Error> {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(["service", "face", "reason", "invite"])?;
        let reason = self.reason.map(|reason| reason.to_string()).unwrap_or_default();
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        file.write_record([text(&self.service), text(&self.face), reason, text(&self.invite)])?;
        file.into_inner().map_err(|error| error.into_error().into())
    }
}

fn in_words(casting: &Casting) -> String {
    let (Casting::WithAgent { votes } | Casting::Sent { votes, .. }) = casting;
    let cast = if *votes == 1 { "1 vote cast".to_owned() } else { format!("{votes} votes cast") };
    match casting {
        Casting::WithAgent { .. } => format!("{cast}: the running agent holds and sends them."),
        Casting::Sent { waiting: 0, refused: 0, .. } => format!("{cast} and receipted."),
        Casting::Sent { waiting, refused: 0, .. } => {
            format!("{cast}; {waiting} on this device wait until the node is reached.")
        }
        Casting::Sent { waiting, refused, .. } => {
            format!("{cast}; {waiting} on this device wait; the node refused {refused} for good.")
        }
    }
}

/// One byte more than allowed is enough to be refused with its reason.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    fs::File::open(path)?.take(bound + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
