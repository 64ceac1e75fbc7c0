//! `faccina status`: how the running node is.

use super::{ConfigPath, Outcome, client::answered};
use clap::Args;
use faccina_proto::wire::admin::v1::{StatusReply, StatusRequest};

/// Say how the running node is
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina status --config /var/lib/faccina/faccina.toml")]
pub struct Status {
    #[command(flatten)]
    node: ConfigPath,
}

impl Status {
    pub(super) fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            print!("{}", page(&answered(admin.status(StatusRequest {}).await)?));
            Ok(())
        })
    }
}

fn page(status: &StatusReply) -> String {
    let admitted =
        if status.admitted { "admitted" } else { "not admitted yet: has DFP received the request?" };
    let mut lines = vec![
        format!("{} ({}), {}", status.name, status.ipa_code, status.role),
        format!("Federation   {} ({})", status.federation, short(&hex::encode(&status.federation_id))),
        format!("Membership   {admitted}; {} members known", status.members),
        format!("Peers        {} connected{}", status.connected, waiting(status)),
        format!(
            "Feeds        {} entries held, {} own, digest {}",
            status.entries,
            status.own_head,
            short(&status.digest)
        ),
    ];
    lines.extend(status.listen.iter().map(|address| format!("Listens on   {address}")));
    if status.role == "ente" {
        let month = status.open_month;
        lines.push(format!("Ballot box   {}-{:02} is the oldest open", month / 100, month % 100));
        if status.publishes_on > 0 {
            let (day, minute) = (status.publishes_on, status.publishes_minute);
            lines.push(format!(
                "Publishes    {}-{:02} by itself on {}-{:02}-{:02} at {:02}:{:02}",
                month / 100,
                month % 100,
                day / 10_000,
                day / 100 % 100,
                day % 100,
                minute / 60,
                minute % 60
            ));
        }
        lines.push(format!("Votes        at least {} received today", status.received_today));
        lines.push(format!("Terminals    {} active", status.open_terminals));
    }
    lines.extend(status.warnings.iter().map(|warning| format!("! {warning}")));
    lines.join("\n") + "\n"
}

/// A node publishes only once a member has told which of its entries it holds.
fn waiting(status: &StatusReply) -> &'static str {
    if status.may_publish {
        ""
    } else {
        "; publishes once one of them says which entries of this node it holds"
    }
}

/// Enough digits to compare by eye.
fn short(digits: &str) -> &str {
    digits.get(..16).unwrap_or(digits)
}
