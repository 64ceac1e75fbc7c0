//! `faccina federation`: what DFP does. The root key signs here and never reaches a node.

pub mod catalogue_file;
mod founding;
mod observer;
mod adhesion;

use super::Outcome;
use clap::{Args, Subcommand};

pub use observer::publish_catalogue;

/// Found a federation, admit members, publish the catalogue (DFP)
#[derive(Debug, Args)]
pub struct Federation {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Create(founding::Create),
    Admit(founding::Admit),
    Catalogue(observer::CatalogueCommand),
    Designate(observer::Designate),
    RevokeExpert(observer::RevokeExpert),
    National(observer::National),
    Adhesion(adhesion::AdhesionCommand),
    Remind(adhesion::Remind),
}

impl Federation {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Create(create) => create.run(),
            Act::Admit(admit) => admit.run(),
            Act::Catalogue(catalogue) => catalogue.run(),
            Act::Designate(designate) => designate.run(),
            Act::RevokeExpert(revoke) => revoke.run(),
            Act::National(national) => national.run(),
            Act::Adhesion(adhesion) => adhesion.run(),
            Act::Remind(remind) => remind.run(),
        }
    }
}
