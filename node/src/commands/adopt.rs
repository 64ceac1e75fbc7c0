//! `faccina adopt`: takes over what this node published and its store has lost.

use super::{ConfigPath, Outcome, client::answered, question::confirmed};
use clap::Args;
use faccina_proto::wire::admin::v1::AdoptRequest;

/// Take over what this node published before its data were put back to an older state
///
/// For a node that has stopped publishing because others hold entries of it that it lacks. Invites given out until now become
/// void, votes wait on the terminals until the other nodes have answered, and the next summary says that the data were
/// restored. It does not help where a copy of this node runs elsewhere: stop one of the two.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina status\n  faccina adopt")]
pub struct Adopt {
    #[command(flatten)]
    node: ConfigPath,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Go on with the data that are here: no other node can be asked
    #[arg(long)]
    offline: bool,
}

impl Adopt {
    pub(super) fn run(self) -> Outcome {
        if !self.yes {
            confirmed(
                "Invites given out until now become void. Were this node's data put back to an older state?",
            )?;
        }
        let request = AdoptRequest { offline: self.offline };
        self.node.with_node(|mut admin| async move {
            println!("{}", answered(admin.adopt(request).await)?.words_it);
            Ok(())
        })
    }
}
