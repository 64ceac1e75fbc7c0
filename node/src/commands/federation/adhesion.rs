//! How far the federation is from its targets, and ready messages for whoever is late.

use crate::{
    commands::{ConfigPath, Outcome, client::answered, day},
    keys::create_file,
};
use clap::Args;
use faccina_proto::{
    calendar::CivilDay,
    names::IpaCode,
    wire::officer::v1::{
        AdhesionReply, AdhesionRequest, Latecomer, ReminderReply, ReminderRequest,
        officer_client::OfficerClient,
    },
};
use std::{error::Error, path::PathBuf};
use tonic::transport::Channel;

/// Between two messages in one file.
const RULE: &str = "\n----------------------------------------------------------------\n\n";

/// Say how far the federation is from its targets, and who is late
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina federation adhesion\n  87/100 enti, 214/300 servizi; 2 enti in ritardo."
)]
pub(super) struct AdhesionCommand {
    #[command(flatten)]
    node: ConfigPath,
}

/// Write a ready message, in Italian, for each ente that is late
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation remind --until 2027-03-31 --out solleciti.txt\n\n\
    Each message names the role mailbox, what is missing and until when. Nothing is sent: DFP does, by PEC.")]
pub(super) struct Remind {
    #[command(flatten)]
    node: ConfigPath,
    /// Only this ente
    #[arg(long, value_name = "CODE")]
    ente: Option<IpaCode>,
    /// Last day named in the message; fifteen days from today if not given
    #[arg(long, value_parser = day)]
    until: Option<CivilDay>,
    /// All messages in one file, which must not exist
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl AdhesionCommand {
    pub(super) fn run(self) -> Outcome {
        self.node.with_officer(|mut officer| async move {
            print!("{}", page(&answered(officer.adhesion(AdhesionRequest {}).await)?));
            Ok(())
        })
    }
}

/// The figures, then a line for each late ente.
fn page(adhesion: &AdhesionReply) -> String {
    let line = |late: &Latecomer| {
        let lacks: Vec<&str> = late.lacks.iter().map(|lack| lack.it.as_str()).collect();
        format!("{} ({}): {}\n", late.name, late.ipa_code, lacks.join("; "))
    };
    let lines: String = adhesion.latecomers.iter().map(line).collect();
    format!("{}\n{lines}", adhesion.headline_it)
}

impl Remind {
    pub(super) fn run(self) -> Outcome {
        self.node.with_officer(|mut officer| async move {
            let messages = messages(&mut officer, self.ente.as_ref(), self.until).await?;
            let text = messages.iter().map(message).collect::<Vec<_>>().join(RULE);
            match self.out {
                _ if messages.is_empty() => println!("Nobody is late."),
                None => print!("{text}"),
                Some(path) => {
                    create_file(&path, text.as_bytes(), 0o644)?;
                    println!("{} messages written to {}", messages.len(), path.display());
                }
            }
            Ok(())
        })
    }
}

async fn messages(
    officer: &mut OfficerClient<Channel>,
    only: Option<&IpaCode>,
    until: Option<CivilDay>,
) -> Result<Vec<ReminderReply>, Box<dyn Error + Send + Sync>> {
    let late = answered(officer.adhesion(AdhesionRequest {}).await)?.latecomers;
    let asked = late.into_iter().filter(|late| only.is_none_or(|only| late.ipa_code == only.as_str()));
    let mut messages = Vec::new();
    for Latecomer { ipa_code, .. } in asked {
        let request = ReminderRequest { ipa_code, until_day: until.map_or(0, CivilDay::yyyymmdd) };
        messages.push(answered(officer.reminder(request).await)?);
    }
    Ok(messages)
}

fn message(reminder: &ReminderReply) -> String {
    let ReminderReply { mailbox, subject, text } = reminder;
    let mailbox = if mailbox.is_empty() { "(nessuna casella nell\u{2019}albo)" } else { mailbox };
    format!("A: {mailbox}\nOggetto: {subject}\n\n{text}\n")
}
