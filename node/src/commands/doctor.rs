//! `faccina doctor`: what is wrong around this node?

use super::{
    ConfigPath, Outcome, block_on,
    client::{ClientError, answered, connect},
};
use crate::{
    config::Config,
    doctor::{self, Asked, Running},
    federation::Dialable,
};
use clap::Args;
use faccina_proto::wire::admin::v1::{DialableRequest, StatusRequest};
use std::process::ExitCode;

/// Say what is wrong around this node, by dialling the others
///
/// Looks at configuration, files and disk, dials every hub and some members, compares the clock with theirs, reads the
/// roster, and says of each what is wrong, why, and what to do. Changes nothing; the node may be running or stopped. Exits
/// with 0 when all is well, with 1 when something is not.
#[derive(Debug, Args)]
#[command(after_help = "Example:  faccina doctor --config /etc/faccina/faccina.toml")]
pub struct Doctor {
    #[command(flatten)]
    config: ConfigPath,
}

impl Doctor {
    pub(super) fn run(self) -> Outcome {
        let mut wrong = 0;
        let mut told = |finding: doctor::Finding| {
            wrong += u32::from(finding.is_wrong());
            println!("{finding}");
        };
        block_on(doctor::examine(&self.config.config, ask, &mut told))?;
        if wrong == 0 {
            println!("All is well.");
            return Ok(ExitCode::SUCCESS);
        }
        println!("{wrong} to look at.");
        Ok(ExitCode::FAILURE)
    }
}

/// What the node says on its socket.
async fn ask(config: &Config) -> Asked {
    match running(config).await {
        Ok(running) => Asked::Running(running),
        Err(error @ (ClientError::NotAllowed { .. } | ClientError::Refused(_))) => {
            Asked::NotAllowed(error.to_string())
        }
        Err(_) => Asked::Stopped,
    }
}

async fn running(config: &Config) -> Result<Running, ClientError> {
    let mut admin = connect(&config.listen.admin_socket).await?;
    let status = answered(admin.status(StatusRequest {}).await)?;
    let dialable = answered(admin.dialable(DialableRequest {}).await)?.members;
    let sample = dialable
        .into_iter()
        .filter_map(|member| Some(Dialable { code: member.ipa_code.parse().ok()?, address: member.address }));
    Ok(Running { warnings: status.warnings, listening: status.listen, sample: sample.collect() })
}
