//! `faccina token`: who else may call this node over TLS.

use super::{ConfigPath, Outcome, client::answered};
use crate::tokens::CallerRole;
use clap::{Args, Subcommand};
use faccina_proto::wire::admin::v1::{CreateTokenRequest, RevokeTokenRequest};

/// Create and revoke tokens for staff, officers and administrators
#[derive(Debug, Args)]
pub struct Token {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Create(Create),
    Revoke(Revoke),
}

/// Create a token and print it, once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina token create --role officer --name 'Ufficio qualità' > officer.token\n  \
    faccina-tui --node https://HOST:7443 --ca tls.crt --token-file officer.token")]
struct Create {
    #[command(flatten)]
    node: ConfigPath,
    /// terminal, desk, officer or admin
    #[arg(long)]
    role: CallerRole,
    /// What it is for; shown in the audit log
    #[arg(long)]
    name: String,
}

/// Revoke a token at once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina token revoke 9c41e6d07a5b2f38")]
struct Revoke {
    #[command(flatten)]
    node: ConfigPath,
    /// The id that was printed beside the token
    id: String,
}

impl Token {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Create(create) => create.run(),
            Act::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Create {
    fn run(self) -> Outcome {
        let request = CreateTokenRequest { role: self.role.to_string(), name: self.name };
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.create_token(request).await)?;
            // The token alone on standard output, so that it can go straight into a file.
            println!("{}", reply.token);
            eprintln!("id {} (to revoke it); the token is shown only now", reply.id);
            Ok(())
        })
    }
}

impl Revoke {
    fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            answered(admin.revoke_token(RevokeTokenRequest { id: self.id }).await)?;
            println!("revoked");
            Ok(())
        })
    }
}
