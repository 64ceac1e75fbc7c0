//! `faccina counter`: the desks of the ente, where staff press "Servizio concluso".

use super::{ConfigPath, Outcome, client::answered, pairing, terminal::KeyIdText};
use bytes::Bytes;
use clap::{Args, Subcommand};
use faccina_proto::{
    names::Code,
    wire::admin::v1::{AddDeskRequest, DeskRow, ListDesksRequest, RemoveDeskRequest},
};

/// The desks at the counters: staff PCs that open a terminal for the person just served, or give an invite
#[derive(Debug, Args)]
pub struct Counter {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Draw a one-time code for a new desk; `faccina desk` on the staff PC takes it
#[derive(Debug, Args)]
#[command(after_help = "A desk that opens the attended terminal beside it:\n\
                  \x20 faccina counter add \"Sportello 3\" --branch sede-centrale --service anagrafe \\\n    --terminal 5f1d22c09be7a310\n\
                  One without a terminal, which gives a code and a link:\n\
                  \x20 faccina counter add \"Ufficio tributi\" --branch sede-centrale --service tributi")]
struct Add {
    #[command(flatten)]
    node: ConfigPath,
    /// The ente's own name for it; it never leaves the node
    name: String,
    /// Branch (sede), your own code
    #[arg(long)]
    branch: Code,
    /// Service of this ente, as `faccina service list` shows it; may be given several times
    #[arg(long = "service", required = true)]
    services: Vec<Code>,
    /// Key id of the attended terminal that it opens, as `faccina terminal list` shows it
    #[arg(long, value_parser = KeyIdText::read)]
    terminal: Option<KeyIdText>,
}

/// List the desks
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina counter list")]
struct List {
    #[command(flatten)]
    node: ConfigPath,
}

/// End a desk at once; its numbers stay
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina counter remove 0c9d21ab4f7e8812")]
struct Remove {
    #[command(flatten)]
    node: ConfigPath,
    /// Id, as `faccina counter list` shows it
    id: String,
}

impl Counter {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Add(add) => add.run(),
            Act::List(list) => list.run(),
            Act::Remove(remove) => remove.run(),
        }
    }
}

impl Add {
    fn run(self) -> Outcome {
        let request = AddDeskRequest {
            name: self.name,
            branch: self.branch.to_string(),
            services: self.services.iter().map(Code::to_string).collect(),
            terminal: self.terminal.map(|id| Bytes::copy_from_slice(&id.0)).unwrap_or_default(),
        };
        self.node.with_node(|mut admin| async move {
            pairing::show(&answered(admin.add_desk(request).await)?);
            Ok(())
        })
    }
}

impl List {
    fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.list_desks(ListDesksRequest {}).await)?;
            for desk in &reply.desks {
                println!("{}", row(desk));
            }
            if reply.desks.is_empty() {
                println!("No desks yet; `faccina counter add --help` shows how to add one.");
            }
            Ok(())
        })
    }
}

fn row(desk: &DeskRow) -> String {
    let right = match desk.terminal.as_ref() {
        [] => "gives invites".to_owned(),
        terminal => format!("opens {}", hex::encode(terminal)),
    };
    format!("{}  {right:<22}  {:<12} {:<32} {}", desk.id, desk.branch, desk.services.join(","), desk.name)
}

impl Remove {
    fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            answered(admin.remove_desk(RemoveDeskRequest { id: self.id }).await)?;
            println!("removed; a new code makes a new desk");
            Ok(())
        })
    }
}
