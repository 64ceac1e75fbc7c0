//! What of a feed counts: keys revoked, forks ruled.

use super::{Desk, Signing};
use crate::{
    commands::{Outcome, written},
    founding::{acts::ActError, head_at},
};
use bytes::Bytes;
use clap::Args;
use faccina_proto::{
    envelope::Id,
    names::IpaCode,
    wire::feed::v1::{Ruling, entry::Body},
};

/// Revoke the feed keys of a member: what they signed counts up to an entry, nothing beyond
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation revoke c_h361 --root /media/safe --feeds all.faccina --last 41 --reason 'chiave rubata'\n\n\
    The member publishes nothing more until `faccina federation replace` takes new keys: use that at once where the\n\
    request is there already.")]
pub(in super::super) struct Revoke {
    ente: IpaCode,
    #[command(flatten)]
    signing: Signing,
    /// Last entry that counts; 0 if none does
    #[arg(long, value_name = "SEQUENCE")]
    last: u64,
    /// Why, in public
    #[arg(long, value_parser = written)]
    reason: String,
}

/// End a fork: say which of two entries of a member counts
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation rule c_h361 --root /media/safe --feeds all.faccina --reason 'copia del disco'\n  \
    faccina federation rule c_h361 --root /media/safe --feeds all.faccina --reason 'copia del disco' --id 3f9a\n\n\
    Without --id it names the two entries and signs nothing. Ask the ente which of them is its own.")]
pub(in super::super) struct Rule {
    ente: IpaCode,
    #[command(flatten)]
    signing: Signing,
    /// The first digits of the id of the entry that counts
    #[arg(long)]
    id: Option<String>,
    /// Why, in public
    #[arg(long, value_parser = written)]
    reason: String,
}

/// Nothing has been signed.
#[derive(Debug, thiserror::Error)]
enum RulingError {
    #[error("{0} has no feed key that could sign beyond that entry: there is nothing to revoke")]
    NothingToRevoke(IpaCode),
    #[error("the feed of {0} is not forked in the file given with --feeds")]
    NotForked(IpaCode),
    /// Nodes have dropped the other side by now.
    #[error(
        "entry {sequence} of {code} is ruled to be {id} already: if that was wrong, see `faccina federation replace` with --last {}",
        sequence - 1
    )]
    Ruled { code: IpaCode, sequence: u64, id: Id },
    #[error(
        "at entry {sequence} of {code} stand {first} and {second}: give the first digits of one with --id"
    )]
    Which { code: IpaCode, sequence: u64, first: Id, second: Id },
}

impl Revoke {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let last = head_at(&self.ente, &desk.feed.feed_of(&self.ente)?, Some(self.last))?;
        let revocations = desk
            .feed
            .present(&self.ente, |present| Ok::<_, ActError>(present.revocations(last, &self.reason)))?;
        if revocations.is_empty() {
            return Err(RulingError::NothingToRevoke(self.ente).into());
        }
        desk.warn_of_loss(&self.ente, last)?;
        desk.sign(None, revocations.into_iter().map(Body::Revocation).collect())
    }
}

impl Rule {
    pub(in super::super) fn run(self) -> Outcome {
        let desk = Desk::open(&self.signing)?;
        let fork = desk.feed.fork_of(&self.ente)?;
        let (sequence, [first, second]) = fork.ok_or_else(|| RulingError::NotForked(self.ente.clone()))?;
        let author = self.ente.clone().into();
        if let Some(id) = desk.feed.roster().ruling(&author, sequence).copied() {
            return Err(RulingError::Ruled { code: self.ente, sequence, id }.into());
        }
        let named = |id: &Id| {
            self.id.as_ref().is_some_and(|digits| id.to_string().starts_with(&digits.to_lowercase()))
        };
        let id = match (named(&first), named(&second)) {
            (true, false) => first,
            (false, true) => second,
            (true, true) | (false, false) => {
                return Err(RulingError::Which { code: self.ente, sequence, first, second }.into());
            }
        };
        let ruling = Ruling {
            author: self.ente.to_string(),
            sequence,
            id: Bytes::copy_from_slice(id.as_bytes()),
            reason: self.reason,
        };
        desk.sign(None, vec![Body::Ruling(ruling)])
    }
}
