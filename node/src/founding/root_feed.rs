//! The copy of the root feed that lies beside the root key. It alone makes root entries: each follows the newest one it
//! knows, and one that the roster would pass over is refused before anybody carries it away.

use super::{RootHead, acts::ActError, acts::Present, root_entry};
use crate::config::FederationFile;
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    bundle::{self, Bundle, BundleError, WriteError},
    calendar::CivilDay,
    envelope::{Envelope, Id},
    feed::{Body, Link},
    names::{Author, IpaCode},
    replica::{Feed, Head, Journal, Log, MemoryLog, Outcome, Replica},
    roster::{Federation, PassedOver, Roster, commitment},
    wire::feed::v1::{MemberRecord, Succession, entry::Body as WireBody},
};
use std::convert::Infallible;

/// Why nothing is signed. The copy is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RootFeedError {
    /// Copy the file again, or bring the one of this federation.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Somebody signed on an old copy. Only one of the two can be right.
    #[error(
        "the root feed of the file given with --feeds parts from the copy beside the root key at entry {sequence}: \
         nothing is signed before it is known which is right; if what was signed here from there on was never imported, put \
         the file in the place of root.faccina and sign again"
    )]
    Parts { sequence: u64 },
    #[error(
        "the root feed contradicts itself at entry {sequence}: only `faccina federation succeed` goes on from there"
    )]
    Forked { sequence: u64 },
    /// Use the directory of the key in force.
    #[error("root.key is not the root key in force: after a succession the directory of the successor signs")]
    NotInForce,
    #[error("root.key is not the successor to which the root feed is committed")]
    NotSuccessor,
    /// Set the clock of this machine.
    #[error("today is {today}, the newest root entry is of {last}: set the clock of this machine")]
    ClockBehind { today: CivilDay, last: CivilDay },
    /// Correct what is to be said.
    #[error("no node would heed this entry")]
    PassedOver(#[source] PassedOver),
    #[error("the entry does not follow the root feed: {0}")]
    Refused(String),
    /// Heads and ids of other feeds are not kept beside the root key.
    #[error(
        "bring all feeds to this machine (`faccina feed export` on the observer) and give them with --feeds"
    )]
    NoFeeds,
    #[error("the root feed has no entry {0}")]
    NoEntry(u64),
}

/// The copy.
#[derive(Clone, Debug)]
pub struct RootFeed {
    replica: Replica,
    log: MemoryLog,
    /// All feeds, as somebody brought them.
    brought: Option<Bundle>,
}

impl RootFeed {
    /// The root feed of a federation just founded.
    pub fn begin(file: &FederationFile, genesis: &Envelope) -> Result<Self, RootFeedError> {
        let mut feed =
            Self { replica: Replica::new(trusted(file)), log: MemoryLog::default(), brought: None };
        feed.take(genesis.bytes().clone())?;
        Ok(feed)
    }

    /// Reads a bundle that holds the root feed; of other feeds nothing is kept.
    pub fn read(file: &FederationFile, bytes: Bytes) -> Result<Self, RootFeedError> {
        let read = bundle::read(bytes, Some(&trusted(file)))?;
        let mut feed =
            Self { replica: Replica::new(trusted(file)), log: MemoryLog::default(), brought: None };
        feed.take_over(&read)?;
        Ok(feed)
    }

    /// Takes all feeds as they are elsewhere: newer root entries are taken over, heads and ids can be looked up.
    pub fn bring(&mut self, bytes: Bytes) -> Result<(), RootFeedError> {
        let read = bundle::read(bytes, Some(self.replica.federation()))?;
        let (here, there) = (self.replica.root(), read.replica.root());
        let shared = 1..=here.held().min(there.held());
        let id = |feed: &Feed, sequence| feed.link(sequence).map(|link| link.id);
        if let Some(sequence) = shared.into_iter().find(|at| id(here, *at) != id(there, *at))
            && self.replica.roster().permits(
                &Author::Root,
                sequence,
                &there.link(sequence).map(|it| it.key).ok_or(RootFeedError::NoEntry(sequence))?,
            )
        {
            return Err(RootFeedError::Parts { sequence });
        }
        self.take_over(&read)?;
        self.brought = Some(read);
        Ok(())
    }

    fn take_over(&mut self, read: &Bundle) -> Result<(), RootFeedError> {
        for sequence in 1..=read.replica.root().held() {
            let bytes = read.log.entry(&Author::Root, sequence).ok_or(RootFeedError::NoEntry(sequence))?;
            let known = read.replica.root().link(sequence).map(|link| link.id);
            if self.replica.root().link(sequence).map(|link| link.id) != known {
                self.take(bytes)?;
            }
        }
        if let Some(proof) = read.log.proof(&Author::Root) {
            let mut journal = Journal::new(&self.log);
            self.replica.accept_proof(proof, None, &mut journal);
            let changes = journal.into_changes();
            self.log.apply(changes);
        }
        Ok(())
    }

    fn take(&mut self, bytes: Bytes) -> Result<(), RootFeedError> {
        let mut journal = Journal::new(&self.log);
        let outcome = self.replica.accept(bytes, None, &mut journal);
        let changes = journal.into_changes();
        self.log.apply(changes);
        match outcome {
            Outcome::Added(_) | Outcome::Known { .. } | Outcome::Aside { .. } => Ok(()),
            Outcome::Refused(refusal) => Err(RootFeedError::Refused(refusal.to_string())),
            Outcome::Forked { sequence, .. } => Err(RootFeedError::Forked { sequence }),
            Outcome::Stranger(_) => Err(RootFeedError::NotInForce),
            Outcome::Gap { .. } | Outcome::Detached { .. } | Outcome::Future { .. } => {
                Err(RootFeedError::Refused("something before it is missing".to_owned()))
            }
        }
    }

    /// Who belongs, as of the newest root entry.
    pub fn roster(&self) -> &Roster {
        self.replica.roster()
    }

    /// How many root entries there are.
    pub fn length(&self) -> u64 {
        self.replica.root().held()
    }

    /// The latest record of a member, as it was signed.
    pub fn record(&self, code: &IpaCode) -> Option<MemberRecord> {
        let passed_over = self.roster().passed_over();
        let records = self.replica.entries(&Author::Root, &self.log).filter_map(|(_, entry)| {
            let heeded = !passed_over.contains_key(&entry.sequence);
            let Body::Member(record) = entry.body else { return None };
            (heeded && record.ipa_code == code.as_str()).then_some(record)
        });
        records.last()
    }

    /// Gives `act` the member as it is.
    pub fn present<T, E: From<ActError>>(
        &self,
        code: &IpaCode,
        act: impl FnOnce(Present<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let known = self.record(code).zip(self.roster().member(code));
        let (record, member) = known.ok_or_else(|| ActError::Unknown(code.clone()))?;
        act(Present { record: &record, member, roster: self.roster() })
    }

    /// A member's feed as it was brought here.
    pub fn feed_of(&self, code: &IpaCode) -> Result<Feed, RootFeedError> {
        let brought = self.brought.as_ref().ok_or(RootFeedError::NoFeeds)?;
        Ok(brought.replica.feed(&code.clone().into()).cloned().unwrap_or_default())
    }

    /// The two ids of a member's fork, with its place; `None` if its feed is not forked.
    pub fn fork_of(&self, code: &IpaCode) -> Result<Option<(u64, [Id; 2])>, RootFeedError> {
        let feed = self.feed_of(code)?;
        Ok(feed.fork().map(|fork| (fork.sequence(), fork.ids())))
    }

    /// Signs the next entry.
    pub fn sign(&mut self, key: &SigningKey, day: CivilDay, body: WireBody) -> Result<(), RootFeedError> {
        if let Some(fork) = self.replica.root().fork() {
            return Err(RootFeedError::Forked { sequence: fork.sequence() });
        }
        if *self.roster().root_key() != key.verifying_key() {
            return Err(RootFeedError::NotInForce);
        }
        let head = self.replica.root().head();
        self.add(key, head.map(|head| (head.sequence, head.id)), day, body)
    }

    /// Signs the succession with the successor key: what the former root key signed counts up to `last`, all of it if
    /// `None`; `next` is committed to as the next successor.
    pub fn succeed(
        &mut self,
        successor: &SigningKey,
        last: Option<u64>,
        next: &VerifyingKey,
        day: CivilDay,
    ) -> Result<(), RootFeedError> {
        let key = successor.verifying_key();
        let (last, link) = self.expect_successor(&key, last)?;
        let succession = Succession {
            new_root_key: Bytes::copy_from_slice(key.as_bytes()),
            last_sequence: last,
            last_id: Bytes::copy_from_slice(link.id.as_bytes()),
            next_successor_hash: Bytes::copy_from_slice(&commitment(next)),
        };
        self.add(successor, Some((last, link.id)), day.max(link.day), WireBody::Succession(succession))
    }

    /// Where the successor would take over; refused if it is not the one that the root feed is committed to.
    pub fn expect_successor(
        &self,
        key: &VerifyingKey,
        last: Option<u64>,
    ) -> Result<(u64, Link), RootFeedError> {
        let last = last.unwrap_or(self.length());
        let link = *self.replica.root().link(last).ok_or(RootFeedError::NoEntry(last))?;
        if self.roster().successor_hash_at(last + 1) == Some(&commitment(key)) {
            Ok((last, link))
        } else {
            Err(RootFeedError::NotSuccessor)
        }
    }

    fn add(
        &mut self,
        key: &SigningKey,
        head: RootHead,
        day: CivilDay,
        body: WireBody,
    ) -> Result<(), RootFeedError> {
        let last = head.and_then(|(sequence, _)| self.replica.root().link(sequence)).map(|link| link.day);
        if let Some(last) = last.filter(|last| day < *last) {
            return Err(RootFeedError::ClockBehind { today: day, last });
        }
        let entry = root_entry(key, self.replica.federation().id(), head, day, body);
        self.take(entry.bytes().clone())?;
        let sequence = head.map_or(1, |(sequence, _)| sequence + 1);
        match self.roster().passed_over().get(&sequence) {
            Some(reason) => Err(RootFeedError::PassedOver(reason.clone())),
            None => Ok(()),
        }
    }

    /// The root feed as a bundle, for `faccina feed import`.
    pub fn write(&self) -> Result<Vec<u8>, WriteError<Infallible>> {
        bundle::written(&self.replica, &self.log)
    }
}

/// The head of a feed at `last`, or its last one; `None` at the beginning.
pub(crate) fn head_at(code: &IpaCode, feed: &Feed, last: Option<u64>) -> Result<Option<Head>, ActError> {
    let sequence = last.unwrap_or(feed.held());
    match (sequence, feed.link(sequence)) {
        (0, _) => Ok(None),
        (_, Some(link)) => Ok(Some(Head { sequence, id: link.id })),
        (_, None) => Err(ActError::BeyondHead { code: code.clone(), last: sequence, held: feed.held() }),
    }
}

fn trusted(file: &FederationFile) -> Federation {
    Federation::new(&file.name, file.root_key, file.successor_hash)
}
