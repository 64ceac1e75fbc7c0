//! `faccina service`: which services of the catalogue this ente surveys.

use super::{ConfigPath, Outcome, client::answered};
use clap::{Args, Subcommand};
use faccina_proto::{
    names::Code,
    wire::{
        admin::v1::{EnteService, ListServicesRequest, PutServiceRequest},
        feed::v1::Service as CatalogueService,
    },
};

/// Say which services of the catalogue this ente surveys
#[derive(Debug, Args)]
pub struct Service {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Add(Add),
    List(List),
}

/// Add a service, or change how it is surveyed
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina service add anagrafe --few-operators --config /var/lib/faccina/faccina.toml"
)]
struct Add {
    #[command(flatten)]
    node: ConfigPath,
    /// Code in the catalogue; `faccina service list` shows them
    code: Code,
    /// One or two people staff it: its reasons are published only together with others
    #[arg(long)]
    few_operators: bool,
    /// No longer surveyed: terminals stop offering it
    #[arg(long)]
    inactive: bool,
}

/// List the catalogue's services and which of them this ente surveys
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina service list")]
struct List {
    #[command(flatten)]
    node: ConfigPath,
}

impl Service {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Add(add) => add.run(),
            Act::List(list) => list.run(),
        }
    }
}

impl Add {
    fn run(self) -> Outcome {
        let service = EnteService {
            code: self.code.to_string(),
            few_operators: self.few_operators,
            active: !self.inactive,
        };
        self.node.with_node(|mut admin| async move {
            answered(admin.put_service(PutServiceRequest { service: Some(service) }).await)?;
            println!("{}: {}", self.code, if self.inactive { "no longer surveyed" } else { "surveyed" });
            Ok(())
        })
    }
}

impl List {
    fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.list_services(ListServicesRequest {}).await)?;
            for service in &reply.catalogue {
                let own = reply.services.iter().find(|own| own.code == service.code);
                println!("{}", row(service, own));
            }
            if reply.catalogue.is_empty() {
                println!("No catalogue yet: DFP has published none, or this node has not been admitted.");
            }
            Ok(())
        })
    }
}

fn row(service: &CatalogueService, own: Option<&EnteService>) -> String {
    let name = service.name.iter().find(|name| name.language == "it").map_or("", |name| name.text.as_str());
    let state = match own {
        Some(own) if own.active && own.few_operators => "surveyed, few operators",
        Some(own) if own.active => "surveyed",
        Some(_) => "no longer surveyed",
        None => "-",
    };
    format!("{:<20} {:<24} {:<14} {name}", service.code, state, service.area)
}
