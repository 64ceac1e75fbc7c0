//! Keys of a member: renewed, rotated, replaced after a loss or a theft.

use super::{Desk, Signing};
use crate::{
    commands::{Outcome, written},
    founding::{acts::OVERLAP_ENTRIES, head_at},
};
use clap::Args;
use faccina_proto::wire::feed::v1::entry::Body;
use std::path::PathBuf;

/// Put a new transport key of a member into the roster, beside the present one
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina federation renew keys-c_h361-1a2b3c4d.txt --root /media/safe\n\n\
    The request comes from `faccina keys renew` on the node and is signed with the member's feed key."
)]
pub(in super::super) struct Renew {
    /// The request, as it came by PEC
    request: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// Let a new feed key of a member sign after the present one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation rotate keys-c_h361-1a2b3c4d.txt --root /media/safe --feeds all.faccina\n\n\
    The request comes from `faccina keys rotate` on the node and is signed with both keys. The new key signs from the\n\
    next entry on; the present one may go on for --overlap entries, until the node has heard of it.")]
pub(in super::super) struct Rotate {
    /// The request, as it came by PEC
    request: PathBuf,
    #[command(flatten)]
    signing: Signing,
    /// Entries that the present key may still sign
    #[arg(long, default_value_t = OVERLAP_ENTRIES)]
    overlap: u64,
}

/// Replace the keys of a member that were lost or stolen, and revoke them
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation replace keys-c_h361-1a2b3c4d.txt --root /media/safe --feeds all.faccina \\\n    \
    --reason 'chiave smarrita'\n\n\
    The request is signed with the new key only: call the ente at the number in the IndicePA and compare the\n\
    fingerprint. If the keys were stolen, ask which entry was its last own one and give it with --last.")]
pub(in super::super) struct Replace {
    /// The request, as it came by PEC
    request: PathBuf,
    #[command(flatten)]
    signing: Signing,
    /// Last entry of the ente's own; the newest known if not given, 0 if none is
    #[arg(long, value_name = "SEQUENCE")]
    last: Option<u64>,
    /// Why, in public
    #[arg(long, value_parser = written)]
    reason: String,
}

impl Renew {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let request = desk.request(&self.request)?;
        let record = desk.feed.present(request.code(), |present| present.renewed(&request, desk.day))?;
        desk.sign_record(Some(&request), record)
    }
}

impl Rotate {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let request = desk.request(&self.request)?;
        let head = desk.feed.feed_of(request.code())?.held();
        let rotated = |present: crate::founding::acts::Present<'_>| {
            present.rotated(&request, head, self.overlap, desk.day)
        };
        let record = desk.feed.present(request.code(), rotated)?;
        desk.sign_record(Some(&request), record)
    }
}

impl Replace {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let request = desk.request(&self.request)?;
        let last = head_at(request.code(), &desk.feed.feed_of(request.code())?, self.last)?;
        let (revocations, record) = desk
            .feed
            .present(request.code(), |present| present.replaced(&request, last, &self.reason, desk.day))?;
        desk.warn_of_loss(request.code(), last)?;
        let bodies = revocations.into_iter().map(Body::Revocation).chain([Body::Member(record)]);
        desk.sign(Some(&request), bodies.collect())
    }
}
