//! `faccina plan`, `faccina notice`, `faccina availability`: what an ente says of itself in its feed.

use super::{ConfigPath, Outcome, client::answered, month};
use clap::{Args, Subcommand};
use faccina_proto::{
    calendar::Month,
    names::Code,
    wire::{
        admin::v1::{PublishRequest, publish_request::Body},
        feed::v1::{Availability as WireAvailability, GroupKey, PublicationNotice, SurveyPlan},
    },
};

/// Publish the survey plan (piano di sperimentazione)
#[derive(Debug, Args)]
pub struct Plan {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Publish(Publish),
}

/// Publish the survey plan; a later one replaces it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina plan publish --from 2026-01 --survey anagrafe/counter --survey tributi/web \\\n    \
    --branches 2 --devices 5 --mailbox qualita@comune.example.it")]
struct Publish {
    #[command(flatten)]
    node: ConfigPath,
    /// First month surveyed
    #[arg(long, value_parser = month)]
    from: Month,
    /// Service and channel, as anagrafe/counter
    #[arg(long = "survey", required = true, value_parser = stratum)]
    surveyed: Vec<Stratum>,
    /// Number of branches (sedi)
    #[arg(long)]
    branches: u32,
    /// Number of devices
    #[arg(long)]
    devices: u32,
    /// Role mailbox of the referent, never a person's
    #[arg(long)]
    mailbox: String,
    #[command(flatten)]
    offline: Offline,
}

/// Say that a month is published on the ente's own site
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina notice --month 2026-04 --url https://www.comune.example.it/faccine/2026-04"
)]
pub struct Notice {
    #[command(flatten)]
    node: ConfigPath,
    #[arg(long, value_parser = month)]
    month: Month,
    #[arg(long)]
    url: String,
    #[command(flatten)]
    offline: Offline,
}

/// Say whether this ente is available as an expert for twinning
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina availability --area demografici --note 'Due gemellaggi l'\\''anno'\n  \
    faccina availability --none"
)]
pub struct Availability {
    #[command(flatten)]
    node: ConfigPath,
    /// Service area; may be given several times
    #[arg(long = "area", required_unless_present = "none")]
    areas: Vec<String>,
    /// No longer available
    #[arg(long, conflicts_with = "areas")]
    none: bool,
    /// What the ente can help with, in a few words; may be given several times
    #[arg(long = "topic", conflicts_with = "none")]
    topics: Vec<String>,
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    offline: Offline,
}

/// Whether to append without having asked a peer.
#[derive(Clone, Copy, Debug, Args)]
pub struct Offline {
    /// Publish without having asked another node for the own feed since the start (no network)
    #[arg(long)]
    pub offline: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stratum {
    service: Code,
    channel: Code,
}

fn stratum(text: &str) -> Result<Stratum, String> {
    let (service, channel) = text.split_once('/').ok_or("write service and channel as anagrafe/counter")?;
    let code = |text: &str| text.parse::<Code>().map_err(|error| error.to_string());
    Ok(Stratum { service: code(service)?, channel: code(channel)? })
}

impl Plan {
    pub(super) fn run(self) -> Outcome {
        let Act::Publish(plan) = self.act;
        let mut surveyed = plan.surveyed;
        surveyed.sort();
        surveyed.dedup();
        let key = |stratum: Stratum| GroupKey {
            service: stratum.service.to_string(),
            channel: stratum.channel.to_string(),
        };
        let body = SurveyPlan {
            from_month: plan.from.yyyymm(),
            surveyed: surveyed.into_iter().map(key).collect(),
            branches: plan.branches,
            devices: plan.devices,
            mailbox: plan.mailbox,
        };
        publish(&plan.node, Body::SurveyPlan(body), plan.offline)
    }
}

impl Notice {
    pub(super) fn run(self) -> Outcome {
        let body = PublicationNotice { month: self.month.yyyymm(), url: self.url };
        publish(&self.node, Body::PublicationNotice(body), self.offline)
    }
}

impl Availability {
    pub(super) fn run(self) -> Outcome {
        let body = WireAvailability {
            available: !self.none,
            areas: self.areas,
            note: self.note,
            topics: self.topics,
        };
        publish(&self.node, Body::Availability(body), self.offline)
    }
}

/// Lets the node append an entry to its feed, and says which it became.
pub(super) fn publish(node: &ConfigPath, body: Body, offline: Offline) -> Outcome {
    let request = PublishRequest { body: Some(body), offline: offline.offline };
    node.with_node(|mut admin| async move {
        let reply = answered(admin.publish(request).await)?;
        println!("Published: entry {} of the feed, id {}", reply.sequence, hex::encode(&reply.id));
        Ok(())
    })
}
