//! A node's copy of all feeds: the root feed, folded into the roster, and one feed for each member.
//!
//! What counts is a function of the set of entries known and of the root feed, never of the order in which they came
//! (`WIRE.md` 11):
//! - the root feed first: an entry of a key that the roster does not know is a stranger's and may be offered again later;
//! - entries join a feed in the order of its chain; a gap is no fault, it is offered again later;
//! - a succession in the root feed takes the place of what stood there, and fixes what lies before it: the key that it
//!   retires says nothing new anywhere;
//! - a fork ends the feed at its place; a ruling or a revocation in the root feed fixes what stands there, and what no
//!   longer counts is cut;
//! - a feed over its quota is cut after the first entry beyond, which is kept so that all see it and counts nowhere;
//! - a member that left keeps what it declared until that day; what it declared before it came back never counts.
//!
//! Two envelopes with one id are one entry: the first stays, the other is known already.

mod outcome;
mod chain;
mod journal;
mod tree;
mod aside;
mod place;
mod settle;

pub use chain::{Feed, Head, State};
pub use journal::{Change, Journal, Log, MemoryLog, Stored};
pub use outcome::{Outcome, Refusal};
pub use tree::Tree;

use crate::calendar::CivilDay;
use crate::envelope::{Envelope, FederationId, Id, parse_key};
use crate::feed::{Body, Entry, OpenError, Signed};
use crate::fork::ForkProof;
use crate::names::{Author, IpaCode};
use crate::roster::{Federation, Roster};
use aside::Aside;
use bytes::Bytes;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Verifies signatures. [`Strict`] is the only one outside simulations, where many nodes of one process share the
/// verdicts of the real one.
pub trait Signatures: fmt::Debug + Send + Sync {
    /// Verifies and decodes; see [`Signed::open`].
    fn open(
        &self,
        envelope: Envelope,
        federation: &FederationId,
        key: &VerifyingKey,
    ) -> Result<Signed, OpenError>;
}

/// `verify_strict` on every envelope.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strict;

impl Signatures for Strict {
    fn open(
        &self,
        envelope: Envelope,
        federation: &FederationId,
        key: &VerifyingKey,
    ) -> Result<Signed, OpenError> {
        Signed::open(envelope, federation, key)
    }
}

/// Whence an entry comes: from outside, to be written; or from the own log, where it lies already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Outside,
    Log,
}

/// All feeds.
#[derive(Clone, Debug)]
pub struct Replica {
    federation: Federation,
    signatures: Arc<dyn Signatures>,
    roster: Arc<Roster>,
    root: Arc<Feed>,
    feeds: BTreeMap<IpaCode, Arc<Feed>>,
    tree: Tree,
    aside: Aside,
    /// Of the offer that is being placed: no entry counts that is dated after the day after it; any does if `None`.
    today: Option<CivilDay>,
}

impl Replica {
    /// An empty replica of `federation`.
    pub fn new(federation: Federation) -> Self {
        Self::with_signatures(federation, Arc::new(Strict))
    }

    /// An empty replica that verifies with `signatures`.
    pub fn with_signatures(federation: Federation, signatures: Arc<dyn Signatures>) -> Self {
        let roster = Arc::new(Roster::new(&federation));
        Self {
            federation,
            signatures,
            roster,
            root: Arc::default(),
            feeds: BTreeMap::new(),
            tree: Tree::default(),
            aside: Aside::default(),
            today: None,
        }
    }

    /// The replica that `log` holds, without verifying signatures again: what a node does at its start. Returns also the
    /// changes that bring the log in order (none after an orderly end).
    pub fn open(federation: Federation, log: &dyn Log) -> (Self, Vec<Change>) {
        Self::open_with(federation, log, Arc::new(Strict))
    }

    /// Like [`Replica::open`]; what comes later is verified with `signatures`.
    pub fn open_with(
        federation: Federation,
        log: &dyn Log,
        signatures: Arc<dyn Signatures>,
    ) -> (Self, Vec<Change>) {
        let mut replica = Self::with_signatures(federation, signatures);
        let mut journal = Journal::new(log);
        replica.read_root(&mut journal);
        let roster = Arc::clone(&replica.roster);
        for member in roster.members() {
            replica.settle(&member.code, &mut journal);
        }
        (replica, journal.into_changes())
    }

    /// The federation.
    pub fn federation(&self) -> &Federation {
        &self.federation
    }

    /// Who may sign for whom.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The root feed.
    pub fn root(&self) -> &Feed {
        &self.root
    }

    /// The feed of `author`; `None` if it is no member.
    pub fn feed(&self, author: &Author) -> Option<&Feed> {
        match author {
            Author::Root => Some(&self.root),
            Author::Member(code) => self.feeds.get(code).map(AsRef::as_ref),
        }
    }

    /// The last sequence of `author` of which anything is here: of those held, or of those kept aside beyond a fork.
    pub fn extent(&self, author: &Author) -> u64 {
        let held = self.feed(author).map_or(0, Feed::held);
        if *author == Author::Root { held.max(self.aside.reach()) } else { held }
    }

    /// All feeds: the root's, then the members' in roster order.
    pub fn feeds(&self) -> impl Iterator<Item = (Author, &Feed)> {
        let members = self.roster.members().iter().filter_map(|member| {
            let feed = self.feeds.get(&member.code)?;
            Some((Author::Member(member.code.clone()), feed.as_ref()))
        });
        std::iter::once((Author::Root, self.root.as_ref())).chain(members)
    }

    /// The last entry of `author` that counts.
    pub fn head(&self, author: &Author) -> Option<Head> {
        self.feed(author)?.head()
    }

    /// The entries of `author` that count, in order, decoded from `log`; a log that lacks one ends them.
    pub fn entries<'a>(
        &'a self,
        author: &'a Author,
        log: &'a dyn Log,
    ) -> impl Iterator<Item = (Id, Entry)> + 'a {
        let counted = self.feed(author).map_or(0, Feed::counted);
        (1..=counted).map_while(move |sequence| {
            let envelope = Envelope::parse(log.entry(author, sequence)?).ok()?;
            let signed = Signed::trusted(envelope, self.federation.id()).ok()?;
            Some((signed.id(), signed.entry().clone()))
        })
    }

    /// The digest of everything that counts: equal digests, equal replicas. SHA-256(`faccina/replica/v1\0` ‖ leaf of the
    /// root feed ‖ u32 BE number of members ‖ top of the digest tree).
    pub fn digest(&self) -> [u8; 32] {
        let members = u32::try_from(self.roster.members().len()).unwrap_or(u32::MAX);
        let hash = Sha256::new().chain_update(b"faccina/replica/v1\0").chain_update(self.root.leaf());
        hash.chain_update(members.to_be_bytes()).chain_update(self.tree.top()).finalize().into()
    }

    /// The digest tree of the members' feeds.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Offers an envelope. `today` bounds the days that entries may declare (tomorrow is allowed); `None` = any day, for
    /// tools without a clock. Changes go to `journal`, which must lie above the log of this replica.
    pub fn accept(&mut self, bytes: Bytes, today: Option<CivilDay>, journal: &mut Journal<'_>) -> Outcome {
        match self.examine(bytes) {
            Ok(signed) => self.accept_signed(signed, today, journal),
            Err(outcome) => outcome,
        }
    }

    /// Offers an entry that [`Replica::examine`] has verified against the present roster.
    pub fn accept_signed(
        &mut self,
        signed: Signed,
        today: Option<CivilDay>,
        journal: &mut Journal<'_>,
    ) -> Outcome {
        self.today = today;
        self.place(signed, Source::Outside, journal)
    }

    /// Offers the proof of a fork. Its sides are two payloads at one place, whatever days they declare.
    pub fn accept_proof(
        &mut self,
        proof: [Bytes; 2],
        today: Option<CivilDay>,
        journal: &mut Journal<'_>,
    ) -> Outcome {
        let [one, other] = proof.map(|bytes| self.examine(bytes));
        let sides = match (one, other) {
            (Ok(one), Ok(other)) => ForkProof::new(one, other),
            (Err(outcome), _) | (_, Err(outcome)) => return outcome,
        };
        match sides {
            Ok(proof) => self.accept_verified_proof(proof, today, journal),
            Err(error) => Outcome::Refused(error.into()),
        }
    }

    /// Offers a proof whose sides [`Replica::examine`] has verified against the present roster.
    pub fn accept_verified_proof(
        &mut self,
        proof: ForkProof,
        today: Option<CivilDay>,
        journal: &mut Journal<'_>,
    ) -> Outcome {
        self.today = today;
        self.place_proof(proof, Source::Outside, journal)
    }

    /// Verifies an envelope and finds whose it is, without placing it.
    pub fn examine(&self, bytes: Bytes) -> Result<Signed, Outcome> {
        let refused = |refusal: Refusal| Outcome::Refused(refusal);
        let envelope = Envelope::parse(bytes).map_err(|error| refused(error.into()))?;
        let (signer, key) = match self.roster.signer(&envelope.key_id()) {
            Some((signer, key)) => (signer, *key),
            None => (Author::Root, self.successor(&envelope)?),
        };
        let opened = self.signatures.open(envelope, self.federation.id(), &key);
        let signed = opened.map_err(|error| refused(error.into()))?;
        let claimed = &signed.entry().author;
        if *claimed == signer {
            Ok(signed)
        } else {
            Err(refused(Refusal::Author { claimed: claimed.clone(), signer }))
        }
    }

    /// The key of a succession, known until now only by its hash: it must be read from the entry that it signs.
    fn successor(&self, envelope: &Envelope) -> Result<VerifyingKey, Outcome> {
        let stranger = || Outcome::Stranger(envelope.key_id());
        let named = |hash: &[u8; 32]| hash.starts_with(envelope.key_id().as_bytes());
        if !self.roster.commitments().any(named) {
            return Err(stranger());
        }
        let entry = Entry::decode(envelope.payload()).map_err(|_| stranger())?;
        let Body::Succession(succession) = entry.body else { return Err(stranger()) };
        parse_key(&succession.new_root_key).map_err(|_| stranger())
    }
}
