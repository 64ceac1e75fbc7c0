//! `faccina invite`: rights to one vote each, for letters, messages or telephone calls.

use super::{
    ConfigPath, Outcome,
    client::{ClientError, answered},
};
use crate::config::Config;
use clap::{Args, Subcommand};
use faccina_proto::{names::Code, wire::admin::v1::CreateInvitesRequest};

/// The channel whose invites are links.
const WEB: &str = "web";

/// Give out invites: each is the right to one vote, and may go to one person only
#[derive(Debug, Args)]
pub struct Invite {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Create(Create),
}

/// Draw invites and print them, one a line, once
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    faccina invite create --service anagrafe --channel phone --branch centro --count 500 > inviti.txt\n  \
    faccina invite create --service anagrafe --channel web --branch centro\n\n\
    Each line is a token of 32 hex digits; for the channel web a link, where `counter.invite_page` is set.\n\
    The node keeps no copy: whoever has a line can vote with it, once, to the end of next month.")]
struct Create {
    #[command(flatten)]
    node: ConfigPath,
    /// Service of this ente, as `faccina service list` shows it
    #[arg(long)]
    service: Code,
    /// Channel of the votes: phone, web or app; also counter
    #[arg(long)]
    channel: Code,
    /// Branch (sede), your own code
    #[arg(long)]
    branch: Code,
    /// How many, up to 10,000 at a time
    #[arg(long, default_value_t = 1)]
    count: u32,
}

impl Invite {
    pub(super) fn run(self) -> Outcome {
        let Act::Create(create) = self.act;
        create.run()
    }
}

impl Create {
    fn run(self) -> Outcome {
        let config = Config::load(&self.node.config).map_err(ClientError::Config)?;
        let page = config.counter.invite_page.filter(|_| self.channel.as_str() == WEB);
        let request = CreateInvitesRequest {
            service: self.service.to_string(),
            channel: self.channel.to_string(),
            branch: self.branch.to_string(),
            count: self.count,
        };
        self.node.with_node(|mut admin| async move {
            let drawn = answered(admin.create_invites(request).await)?.invites;
            // The invites alone on standard output, so that they can go straight into a file.
            for invite in &drawn {
                let token = hex::encode(invite);
                println!("{}", page.as_ref().map_or_else(|| token.clone(), |page| format!("{page}#{token}")));
            }
            eprintln!("{} for {} over {}; they are shown only now", drawn.len(), self.service, self.channel);
            Ok(())
        })
    }
}
