//! `faccina close`: closes the ballot box of a month, or says what that would publish.

use super::{ConfigPath, Outcome, client::answered, month};
use clap::Args;
use faccina_proto::{calendar::Month, wire::admin::v1::CloseRequest};

/// Close the ballot box of a month and publish its summary
///
/// Months close by themselves at 02:00 on the 11th of the next month; this does it now. A closed month is immutable.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina close --dry-run\n  faccina close --month 2026-04")]
pub struct Close {
    #[command(flatten)]
    node: ConfigPath,
    /// The month, as 2026-04; the oldest open one if not given
    #[arg(long, value_parser = month)]
    month: Option<Month>,
    /// Only say what would be published
    #[arg(long)]
    dry_run: bool,
    /// Publish without having asked another node for the own feed since the start (no network)
    #[arg(long)]
    offline: bool,
}

impl Close {
    pub(super) fn run(self) -> Outcome {
        let month = self.month.map_or(0, Month::yyyymm);
        let request = CloseRequest { dry_run: self.dry_run, month, offline: self.offline };
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.close(request).await)?;
            println!("{}", reply.words_it);
            if reply.sequence > 0 {
                println!("Entry {} of the feed, id {}", reply.sequence, hex::encode(&reply.id));
            }
            Ok(())
        })
    }
}
