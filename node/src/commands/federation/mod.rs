//! `faccina federation`: what DFP does. The root key signs in `root`, off the network, and never reaches a node.

pub mod catalogue_file;
mod root;
mod observer;
mod adhesion;

use super::Outcome;
use clap::{Args, Subcommand};

pub use observer::publish_catalogue;

/// Found a federation, say who belongs, publish the catalogue (DFP)
#[derive(Debug, Args)]
pub struct Federation {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Create(root::Create),
    Admit(root::Admit),
    Renew(root::Renew),
    Rotate(root::Rotate),
    Replace(root::Replace),
    Update(root::Update),
    Revoke(root::Revoke),
    Rule(root::Rule),
    Leave(root::Leave),
    Readmit(root::Readmit),
    Merge(root::Merge),
    Succeed(root::Succeed),
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
            Act::Renew(renew) => renew.run(),
            Act::Rotate(rotate) => rotate.run(),
            Act::Replace(replace) => replace.run(),
            Act::Update(update) => update.run(),
            Act::Revoke(revoke) => revoke.run(),
            Act::Rule(rule) => rule.run(),
            Act::Leave(leave) => leave.run(),
            Act::Readmit(readmit) => readmit.run(),
            Act::Merge(merge) => merge.run(),
            Act::Succeed(succeed) => succeed.run(),
            Act::Catalogue(catalogue) => catalogue.run(),
            Act::Designate(designate) => designate.run(),
            Act::RevokeExpert(revoke) => revoke.run(),
            Act::National(national) => national.run(),
            Act::Adhesion(adhesion) => adhesion.run(),
            Act::Remind(remind) => remind.run(),
        }
    }
}
