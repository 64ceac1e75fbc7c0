//! `faccina desk`: the page of a counter's staff, and one press from another program.

use super::{Outcome, block_on};
use crate::{
    desk::{
        run,
        settings::{Settings, Written},
    },
    logs,
};
use clap::{Args, Subcommand};
use faccina_proto::names::Code;
use serde_json::Value;
use std::{path::PathBuf, process::ExitCode};

/// Serve the staff page of a counter: "Servizio concluso", invites, users served
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "The first time the page at http://127.0.0.1:7491/ asks for address and code, which\n\
                  `faccina counter add` prints on the node; or give both here:\n\
                  \x20 faccina desk --node https://faccina.comune.example.it:7443 --code 7K2M-9QXT-44AB-C0DE\n\
                  Afterwards, at every start of the PC:\n\
                  \x20 faccina desk\n\
                  A queue-management system on this PC presses the button with one HTTP call, answered as JSON\n\
                  (right: opened, invited with code and link, or unreachable; 503 = node away, the user may have been\n\
                  counted: repeat with the `act` of the answer, &act=..., within a minute, and it counts once):\n\
                  \x20 curl -X POST -H 'X-Faccina: queue' 'http://127.0.0.1:7491/api/conclude?service=anagrafe'"
)]
pub struct Desk {
    #[command(subcommand)]
    act: Option<Act>,
    #[command(flatten)]
    pc: Pc,
}

#[derive(Debug, Subcommand)]
enum Act {
    Conclude(Conclude),
}

/// Which PC, and how it reaches its node. Flags go before the file.
#[derive(Debug, Args)]
struct Pc {
    /// Configuration file of the desk
    #[arg(long, value_name = "FILE", env = "FACCINA_DESK_CONFIG")]
    config: Option<PathBuf>,
    /// Address of the node, such as https://192.168.1.20:7443; only for the pairing, or if the node has moved
    #[arg(long, value_name = "URL", env = "FACCINA_DESK_NODE")]
    node: Option<String>,
    /// Directory of the pairing; unless told, faccina-desk in the user's own data directory
    #[arg(long, value_name = "DIR", env = "FACCINA_DESK_DIR")]
    dir: Option<PathBuf>,
    /// Loopback address of the page; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", env = "FACCINA_DESK_LISTEN")]
    listen: Option<String>,
    /// Pairing code of 16 characters that makes this PC a desk; used only where it is none yet
    #[arg(long, value_name = "CODE", env = "FACCINA_DESK_CODE", hide_env_values = true)]
    code: Option<String>,
    /// End with the standard input, for whoever starts it from a program
    #[arg(long)]
    ends_with_input: bool,
}

/// Press "Servizio concluso" through the running page
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina desk conclude --service anagrafe")]
struct Conclude {
    /// Configuration file of the desk
    #[arg(long, value_name = "FILE", env = "FACCINA_DESK_CONFIG")]
    config: Option<PathBuf>,
    /// Or the directory of the running page
    #[arg(long, value_name = "DIR", env = "FACCINA_DESK_DIR")]
    dir: Option<PathBuf>,
    /// Code of the service
    #[arg(long, value_name = "CODE")]
    service: Code,
    /// 32 hex digits, the same when it is tried again: then it counts once
    #[arg(long, value_name = "HEX", value_parser = act)]
    act: Option<String>,
}

fn act(text: &str) -> Result<String, String> {
    let mut bytes = [0; 16];
    let read = hex::decode_to_slice(text, &mut bytes);
    read.map(|()| text.to_owned()).map_err(|_| "32 hexadecimal digits, drawn anew for each press".to_owned())
}

impl Desk {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            None => self.pc.serve(),
            Some(Act::Conclude(conclude)) => conclude.run(),
        }
    }
}

impl Pc {
    fn serve(self) -> Outcome {
        let flags = Written { node: self.node, dir: self.dir, listen: self.listen, log: None };
        let settings = Settings::load(self.config.as_deref(), flags)?;
        logs::start(&settings.log);
        let setting_up = |address| println!("Setup page  http://{address}/");
        let serving = run::serve(settings, self.code, self.ends_with_input, setting_up, |address, node| {
            println!("Node        {node}");
            println!("Desk page   http://{address}/");
        });
        block_on(serving)??;
        Ok(ExitCode::SUCCESS)
    }
}

impl Conclude {
    fn run(self) -> Outcome {
        let flags = Written { dir: self.dir, ..Written::default() };
        let settings = Settings::load(self.config.as_deref(), flags)?;
        let told = block_on(run::conclude(&settings.dir, self.service.as_str(), self.act.as_deref()))??;
        println!("{}", in_words(&told));
        Ok(ExitCode::SUCCESS)
    }
}

fn in_words(told: &Value) -> String {
    let text = |key: &str| told.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("right") {
        "opened" => {
            let for_s = told.get("for_s").and_then(Value::as_u64).unwrap_or_default();
            format!("counted; the terminal opens for one vote within {for_s} s")
        }
        "invited" => match text("link") {
            "" => format!("counted; code {}, valid until {}", text("code"), text("last_day")),
            link => format!("counted; code {}, valid until {}\n{link}", text("code"), text("last_day")),
        },
        _ => "counted; the terminal is not connected, so this person cannot vote now".to_owned(),
    }
}
