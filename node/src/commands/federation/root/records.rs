//! What the roster says of a member, apart from its keys.

use super::{Desk, DeskError, Signing, in_record};
use crate::commands::{Outcome, applicant, role, written};
use crate::config::Role;
use crate::founding::{Applicant, acts::ActError};
use clap::Args;
use faccina_proto::{
    names::{Code, IpaCode},
    wire::feed::v1::MemberRecord,
};

/// Correct what the roster says of a member: its names, its Unione, the services delegated to it
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    faccina federation update c_h361 --root /media/safe --mailbox urp@comune.example.it\n  \
    faccina federation update u_0007 --root /media/safe --union-member c_a001 --union-member c_a002\n  \
    faccina federation update c_a001 --root /media/safe --delegated polizia-locale\n\n\
    What is not named stays. A list is replaced as a whole; 'none' empties it.")]
pub(in super::super) struct Update {
    ente: IpaCode,
    #[command(flatten)]
    signing: Signing,
    /// What it is: ente, observer or hub
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// Official name
    #[arg(long)]
    name: Option<String>,
    /// Category in the IndicePA
    #[arg(long)]
    category: Option<String>,
    /// ISTAT code
    #[arg(long)]
    istat: Option<String>,
    #[arg(long)]
    region: Option<String>,
    #[arg(long)]
    province: Option<String>,
    /// Inhabitants served; 0 where it does not apply
    #[arg(long)]
    population: Option<u32>,
    /// Role mailbox of the quality office
    #[arg(long)]
    mailbox: Option<String>,
    /// Comuni of the Unione, by IPA code; 'none' empties the list
    #[arg(long = "union-member", value_name = "CODE", value_parser = listed::<IpaCode>)]
    union_members: Vec<Listed<IpaCode>>,
    /// Services that it delegates to its Unione; 'none' empties the list
    #[arg(long = "delegated", value_name = "SERVICE", value_parser = listed::<Code>)]
    delegated_services: Vec<Listed<Code>>,
    /// Number under which the change was registered
    #[arg(long, value_parser = written)]
    protocol: Option<String>,
}

/// An item of a list, or the word that empties it.
#[derive(Clone, Debug)]
enum Listed<T> {
    One(T),
    None,
}

fn listed<T: std::str::FromStr>(text: &str) -> Result<Listed<T>, T::Err> {
    if text == "none" { Ok(Listed::None) } else { text.parse().map(Listed::One) }
}

impl Update {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let (before, present) = desk.feed.present(&self.ente, |present| {
            Ok::<_, ActError>((present.record.clone(), present.member.role))
        })?;
        let mut record = before.clone();
        let texts = [
            (&mut record.name, self.name),
            (&mut record.category, self.category),
            (&mut record.istat_code, self.istat),
            (&mut record.region, self.region),
            (&mut record.province, self.province),
            (&mut record.mailbox, self.mailbox),
            (&mut record.protocol_number, self.protocol),
        ];
        for (place, text) in texts {
            if let Some(text) = text {
                *place = text;
            }
        }
        record.role = self.role.map_or(record.role, |role| in_record(role).into());
        record.population = self.population.unwrap_or(record.population);
        put(&mut record.union_members, &self.union_members);
        put(&mut record.delegated_services, &self.delegated_services);
        let registered = MemberRecord { protocol_number: before.protocol_number.clone(), ..record.clone() };
        if registered == before {
            return Err(DeskError::NothingChanges(self.ente).into());
        }
        if record.role() != before.role() {
            desk.feed.present(&self.ente, |present| present.expect_no_observer())?;
        }
        applicant::check(&Applicant::of(&record), self.role.unwrap_or(present.into()))?;
        if record.union_members.contains(&record.ipa_code) {
            return Err(DeskError::OwnMember(self.ente).into());
        }
        desk.sign_record(None, record)
    }
}

fn put<T: ToString>(list: &mut Vec<String>, given: &[Listed<T>]) {
    if given.is_empty() {
        return;
    }
    let one = |item: &Listed<T>| match item {
        Listed::One(item) => Some(item.to_string()),
        Listed::None => None,
    };
    *list = given.iter().filter_map(one).collect();
}
