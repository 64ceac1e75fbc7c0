//! Who belongs: admitted, gone, back, merged.

use super::{Desk, Signing, in_record};
use crate::{
    commands::{Outcome, day, month, role, written},
    config::Role,
    founding::{
        Request,
        acts::{ActError, Present},
        head_at,
    },
};
use clap::Args;
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::IpaCode,
    wire::feed::v1::{MemberRecord, entry::Body},
};
use std::{collections::BTreeSet, path::PathBuf};

/// Admit a member
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation admit admission-c_h361.txt --root /media/safe --protocol 2026/1234\n\n\
    Compare the fingerprint that it shows with the one that the ente reads out by telephone, then confirm. Bring\n\
    root.faccina of that directory to the observer: faccina feed import root.faccina")]
pub(in super::super) struct Admit {
    /// The request, as it came by PEC
    request: PathBuf,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    admission: Admission,
    /// ente, observer or hub
    #[arg(long, default_value = "ente", value_parser = role)]
    role: Role,
}

/// Admit a comune born of a merger, and let those that it follows leave
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation merge admission-c_m999.txt --root /media/safe --follows c_a001 --follows c_a002 \\\n    \
    --on 2027-12-31 --protocol 2027/88")]
pub(in super::super) struct Merge {
    /// The request of the new comune, as it came by PEC
    request: PathBuf,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    admission: Admission,
    /// A member whose place it takes; as often as there are some
    #[arg(long, value_name = "CODE", required = true)]
    follows: Vec<IpaCode>,
    /// Last day of those members
    #[arg(long, value_parser = day)]
    on: CivilDay,
}

/// What DFP adds to a request.
#[derive(Debug, Args)]
struct Admission {
    /// First month whose summary is due; the next month if not given
    #[arg(long, value_parser = month)]
    first_month: Option<Month>,
    /// Number under which the request was registered
    #[arg(long, value_parser = written)]
    protocol: String,
}

/// Let a member leave; its history stays
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina federation leave c_h361 --root /media/safe --on 2027-06-30")]
pub(in super::super) struct Leave {
    ente: IpaCode,
    #[command(flatten)]
    signing: Signing,
    /// Last day as a member
    #[arg(long, value_parser = day)]
    on: CivilDay,
}

/// Take back a member that left, under its old place
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation readmit keys-c_h361-1a2b3c4d.txt --root /media/safe --feeds all.faccina --protocol 2028/7\n\n\
    The request comes from `faccina keys renew` where the keys are still there, else from `faccina keys replace`.\n\
    Months between count as an interruption, which its next summary declares.")]
pub(in super::super) struct Readmit {
    /// The request, as it came by PEC
    request: PathBuf,
    #[command(flatten)]
    signing: Signing,
    /// Number under which the request was registered
    #[arg(long, value_parser = written)]
    protocol: String,
}

impl Admission {
    fn record(&self, desk: &Desk, request: &Request, role: Role) -> Result<MemberRecord, ActError> {
        if desk.feed.roster().member(request.code()).is_some() {
            return Err(ActError::Known(request.code().clone()));
        }
        if request.record.name.is_empty() {
            return Err(ActError::Nameless(request.code().clone()));
        }
        let first_month = self.first_month.unwrap_or_else(|| desk.day.month().next());
        Ok(request.admission(in_record(role), first_month, &self.protocol))
    }
}

impl Admit {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let request = desk.request(&self.request)?;
        let record = self.admission.record(&desk, &request, self.role)?;
        desk.sign_record(Some(&request), record)
    }
}

impl Merge {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let request = desk.request(&self.request)?;
        let record = self.admission.record(&desk, &request, Role::Ente)?;
        let followed: BTreeSet<&IpaCode> = self.follows.iter().collect();
        let follows = followed.iter().map(ToString::to_string).collect();
        let mut bodies = vec![Body::Member(MemberRecord { follows, ..record })];
        for code in followed {
            bodies
                .push(Body::Member(desk.feed.present(code, |present| present.followed(self.on, desk.day))?));
        }
        desk.sign(Some(&request), bodies)
    }
}

impl Leave {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let record = desk.feed.present(&self.ente, |present: Present<'_>| present.left(self.on, desk.day))?;
        desk.sign_record(None, record)
    }
}

impl Readmit {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let request = desk.request(&self.request)?;
        let last = head_at(request.code(), &desk.feed.feed_of(request.code())?, None)?;
        let (revocations, mut record) =
            desk.feed.present(request.code(), |present| present.readmitted(&request, last, desk.day))?;
        record.protocol_number.clone_from(&self.protocol);
        let bodies = revocations.into_iter().map(Body::Revocation).chain([Body::Member(record)]);
        desk.sign(Some(&request), bodies.collect())
    }
}
