//! `faccina correct`: withdraws a published month and puts a corrected one in its place.

use super::{ConfigPath, Outcome, client::answered, month};
use clap::Args;
use faccina_proto::{
    calendar::Month,
    invites::COUNTER,
    wire::admin::v1::{CorrectRequest, MovedVotes, ServedUsers, VotePlace},
};

/// Correct a published month, once
///
/// What the ballot box still tells can be corrected: votes cast in error at a service, channel or branch are taken out,
/// votes of a terminal that stood at the wrong service move to the right one, users served are entered anew. The whole month
/// is replaced, the first version stays visible. A correction is published only if every group changes by nothing or by at
/// least as many votes as a group must have, and if later months are not touched.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    faccina correct --month 2026-04 --withdraw anagrafe/counter/prova --dry-run\n  \
    faccina correct --month 2026-04 --withdraw anagrafe/counter/prova --reason 'terminale di prova'\n  \
    faccina correct --month 2026-04 --move tributi/counter/nord=anagrafe --reason 'terminale allo sportello sbagliato'\n  \
    faccina correct --month 2026-04 --served anagrafe=210 --reason 'conteggio sbagliato'")]
pub struct Correct {
    #[command(flatten)]
    node: ConfigPath,
    /// The published month, as 2026-04
    #[arg(long, value_parser = month)]
    month: Month,
    /// Votes cast in error: a service, or its votes by a channel, or those at a branch
    #[arg(long = "withdraw", value_name = "SERVICE[/CHANNEL[/BRANCH]]", value_parser = place)]
    withdrawn: Vec<VotePlace>,
    /// Votes that belong to another service
    #[arg(long = "move", value_name = "SERVICE[/CHANNEL[/BRANCH]]=SERVICE", value_parser = moved)]
    moved: Vec<MovedVotes>,
    /// Users served at the counter by a service; `?` = not known
    #[arg(long, value_name = "SERVICE=NUMBER", value_parser = served)]
    served: Vec<ServedUsers>,
    /// Why, for the audit log of this node; never published
    #[arg(long, default_value = "")]
    reason: String,
    /// Only say what would be published
    #[arg(long)]
    dry_run: bool,
    /// Publish without having asked another node for the own feed since the start (no network)
    #[arg(long)]
    offline: bool,
}

impl Correct {
    pub(super) fn run(self) -> Outcome {
        let request = CorrectRequest {
            month: self.month.yyyymm(),
            withdrawn: self.withdrawn,
            moved: self.moved,
            served: self.served,
            reason: self.reason,
            dry_run: self.dry_run,
            offline: self.offline,
        };
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.correct(request).await)?;
            println!("{}", reply.words_it);
            if reply.sequence > 0 {
                println!("Entry {} of the feed, id {}", reply.sequence, hex::encode(&reply.id));
            }
            Ok(())
        })
    }
}

fn place(text: &str) -> Result<VotePlace, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let [service, rest @ ..] = parts.as_slice() else { return Err(wrong_place()) };
    if service.is_empty() || rest.len() > 2 || rest.iter().any(|part| part.is_empty()) {
        return Err(wrong_place());
    }
    let part = |at: usize| rest.get(at).copied().unwrap_or_default().to_owned();
    Ok(VotePlace { service: (*service).to_owned(), channel: part(0), branch: part(1) })
}

fn wrong_place() -> String {
    "write anagrafe, anagrafe/counter or anagrafe/counter/centro".to_owned()
}

fn moved(text: &str) -> Result<MovedVotes, String> {
    let (from, to) = text.split_once('=').ok_or("write tributi/counter/nord=anagrafe")?;
    Ok(MovedVotes { place: Some(place(from)?), service: to.to_owned() })
}

fn served(text: &str) -> Result<ServedUsers, String> {
    let wrong = || "write anagrafe=210, or anagrafe=? where the number is not known".to_owned();
    let (service, number) = text.split_once('=').ok_or_else(wrong)?;
    let number = match number {
        "?" => None,
        number => Some(number.parse().map_err(|_| wrong())?),
    };
    Ok(ServedUsers { service: service.to_owned(), channel: COUNTER.to_owned(), number })
}
