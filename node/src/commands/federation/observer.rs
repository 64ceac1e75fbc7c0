//! What DFP publishes in the observer's feed.

use super::catalogue_file;
use crate::commands::{
    ConfigPath, Outcome,
    client::{ClientError, answered},
    day, month,
    plan::{Offline, publish},
    written,
};
use clap::{Args, Subcommand};
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::Id,
    names::IpaCode,
    wire::{
        admin::v1::{
            NationalMonthOf, PublishReply, PublishRequest, StatusRequest, admin_client::AdminClient,
            publish_request::Body,
        },
        officer::v1::{DesignateRequest, RevokeDesignationRequest},
    },
};
use std::path::PathBuf;
use tonic::transport::Channel;

/// Publish the catalogue of services, channels, reasons and texts
#[derive(Debug, Args)]
pub(super) struct CatalogueCommand {
    #[command(subcommand)]
    act: CatalogueAct,
}

#[derive(Debug, Subcommand)]
enum CatalogueAct {
    Publish(PublishCatalogue),
}

/// Publish a new version of the catalogue
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation catalogue publish catalogue.toml --version 1 --from 2026-01\n\n\
    node/samples/catalogue.toml in the sources explains every key.")]
struct PublishCatalogue {
    #[command(flatten)]
    node: ConfigPath,
    /// The catalogue, TOML
    file: PathBuf,
    /// Its number, above all before it
    #[arg(long)]
    version: u32,
    /// First month in which it holds: after the present one
    #[arg(long, value_parser = month)]
    from: Month,
    #[command(flatten)]
    offline: Offline,
}

/// Designate an expert administration for twinning
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation designate c_h361 --area demografici --reason 'ascolta con continuità dal 2019'")]
pub(super) struct Designate {
    #[command(flatten)]
    node: ConfigPath,
    ente: IpaCode,
    /// Service area
    #[arg(long)]
    area: String,
    /// Why, in public
    #[arg(long, value_parser = written)]
    reason: String,
    /// Last day, as 2027-03-31; twelve months if not given
    #[arg(long, value_parser = day)]
    until: Option<CivilDay>,
}

/// Take the designation of an expert back
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation revoke-expert c_h361 --area demografici --reason 'ha rinunciato'")]
pub(super) struct RevokeExpert {
    #[command(flatten)]
    node: ConfigPath,
    ente: IpaCode,
    /// Service area
    #[arg(long)]
    area: String,
    /// Why, in public
    #[arg(long, value_parser = written)]
    reason: String,
}

/// Publish the national month, or restate it where later arrivals changed it
///
/// The observer does both by itself: it publishes on day 20 of the next month, and restates as figures change.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina federation national --month 2026-04\n  \
    faccina federation national --month 2026-04 --restate")]
pub(super) struct National {
    #[command(flatten)]
    node: ConfigPath,
    #[arg(long, value_parser = month)]
    month: Month,
    /// Publish a published month again, under the next number; refused if its figures have not changed
    #[arg(long)]
    restate: bool,
    #[command(flatten)]
    offline: Offline,
}

impl CatalogueCommand {
    pub(super) fn run(self) -> Outcome {
        let CatalogueAct::Publish(act) = self.act;
        let catalogue = catalogue_file::load(&act.file, act.version, act.from)?;
        act.node.with_node(|mut admin| async move {
            let reply = publish_catalogue(&mut admin, &catalogue, act.offline.offline).await?;
            println!(
                "Version {} published ({} services), in force from {}; closing entry {}",
                catalogue.version(),
                catalogue.services().len(),
                catalogue.from_month(),
                reply.sequence
            );
            Ok(())
        })
    }
}

/// Publishes the parts of a catalogue and the entry that closes it.
pub async fn publish_catalogue(
    admin: &mut AdminClient<Channel>,
    catalogue: &Catalogue,
    offline: bool,
) -> Result<PublishReply, ClientError> {
    // The node judges the whole with the closing entry, when the parts stand in the feed for good already.
    let today = answered(admin.status(StatusRequest {}).await)?.today;
    let begun = CivilDay::from_yyyymmdd(today).is_ok_and(|today| catalogue.from_month() <= today.month());
    if begun {
        return Err(ClientError::Refused(format!(
            "{} has begun: the earliest month in which a new version can hold is the next one",
            catalogue.from_month()
        )));
    }
    let mut ids = Vec::new();
    for part in catalogue.parts() {
        let request = PublishRequest { body: Some(Body::CataloguePart(part)), offline };
        let reply = answered(admin.publish(request).await)?;
        let id = Id::from_slice(&reply.id);
        ids.push(id.ok_or_else(|| ClientError::Refused("the node named no entry for a part".to_owned()))?);
    }
    let body = Body::CatalogueClosing(catalogue.closing(&ids));
    answered(admin.publish(PublishRequest { body: Some(body), offline }).await)
}

impl Designate {
    pub(super) fn run(self) -> Outcome {
        let request = DesignateRequest {
            ipa_code: self.ente.to_string(),
            area: self.area,
            reason: self.reason,
            valid_to_day: self.until.map_or(0, CivilDay::yyyymmdd),
        };
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.designate(request).await)?;
            println!("{} (entry {})", reply.words.unwrap_or_default().it, reply.sequence);
            Ok(())
        })
    }
}

impl RevokeExpert {
    pub(super) fn run(self) -> Outcome {
        let request = RevokeDesignationRequest {
            ipa_code: self.ente.to_string(),
            area: self.area,
            reason: self.reason,
        };
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.revoke_designation(request).await)?;
            println!("{} (entry {})", reply.words.unwrap_or_default().it, reply.sequence);
            Ok(())
        })
    }
}

impl National {
    pub(super) fn run(self) -> Outcome {
        let asked = NationalMonthOf { month: self.month.yyyymm(), restate: self.restate };
        publish(&self.node, Body::NationalMonth(asked), self.offline)
    }
}
