//! The twinnings of this ente: the book that keeps what the two sides said, and the post that carries it between them.
//!
//! An officer's act is written down and answered; everything that follows from it happens when the other node is up. What
//! is said stays between the two: only agreements and outcomes enter the feed, by `post` and by the officer.
//!
//! Decisions that the design leaves open:
//! - A node keeps a place at the hubs while its ente is available as an expert or has an open twinning.
//! - Nothing enters a feed before the learner has the acceptance: it publishes first, and the expert answers.
//! - Who may propose to whom is looked at where the proposal is written; a node takes proposals of every ente.

mod kept;
mod rows;
mod draft;
mod book;
mod post;
#[cfg(test)]
mod tests;

pub use book::{Book, BookError, Owner};
pub use kept::{Arrival, Kept, Untaken};

use crate::{
    clock::Clock,
    federation::{Federation, NetworkState},
    keys::{KeyFileError, draw},
    reading::Reading,
    store::{Store, StoreError},
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    envelope::{Id, KeyId},
    feed,
    names::IpaCode,
    roster::Role,
    twinning::{Agreement, Body, Proposal, Terms},
    wire::twinning::v1::{Delivery, Taken},
};
use post::{Post, World};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// An ente that was away is tried again after this.
const RETRY: Duration = Duration::from_secs(60);
/// In the demo, whose months last seconds.
const DEMO_RETRY: Duration = Duration::from_secs(2);
/// Digits of an id that name a twinning to a person: so few that they can be typed, so many that they are one.
const ID_DIGITS_MIN: usize = 4;

/// Why an act on a twinning is not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error(transparent)]
    Book(#[from] BookError),
    #[error(transparent)]
    Randomness(#[from] KeyFileError),
    /// The list shows them.
    #[error("no twinning begins with {0:?}: `faccina twinning list` shows them with their ids")]
    NoneBegins(String),
    /// Give more digits.
    #[error("more than one twinning begins with {0:?}: give more digits of its id")]
    SeveralBegin(String),
    /// Digits are 0 to 9 and a to f.
    #[error(
        "{0:?} names no twinning: give at least {ID_DIGITS_MIN} digits of the id that `faccina twinning list` shows"
    )]
    NoId(String),
}

/// The one id that begins like this.
pub fn named(beginning: &str, ids: impl Iterator<Item = Id>) -> Result<Id, ActError> {
    let typed = beginning.to_lowercase();
    if typed.len() < ID_DIGITS_MIN || !typed.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(ActError::NoId(beginning.to_owned()));
    }
    let mut found = ids.filter(|id| id.to_string().starts_with(&typed));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(ActError::NoneBegins(beginning.to_owned())),
        (Some(_), Some(_)) => Err(ActError::SeveralBegin(beginning.to_owned())),
    }
}

/// The twinnings of this node; clones share them.
#[derive(Clone, Debug)]
pub struct Twinnings {
    book: Arc<Book>,
    outside: Outside,
    clock: Clock,
}

impl Twinnings {
    /// Reads the book. Blocks.
    pub fn open(
        store: Arc<dyn Store>,
        owner: Owner,
        federation: Federation,
        reading: Reading,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let own = owner.code.clone();
        let book = Arc::new(Book::open(store, owner)?);
        Ok(Self { book, outside: Outside::new(own, federation, reading), clock })
    }

    /// Signs with another feed key from now on: the roster has it.
    pub fn use_key(&self, key: &SigningKey) {
        self.book.use_key(key);
    }

    /// Carries and concludes for as long as it is polled.
    pub async fn keep_posting(self) {
        let Some(incoming) = self.outside.federation.deliveries() else { return };
        let retry = if self.clock.is_demo() { DEMO_RETRY } else { RETRY };
        let post = Post::new(self.book, self.outside, self.clock, retry);
        post::ended(post.run(incoming).await);
    }

    /// All twinnings of this ente.
    #[must_use]
    pub fn all(&self) -> Vec<Kept> {
        self.book.all()
    }

    /// The twinning whose id begins like this.
    pub fn named(&self, beginning: &str) -> Result<Kept, ActError> {
        let all = self.all();
        let id = named(beginning, all.iter().map(|kept| kept.twinning.id()))?;
        self.book.twinning(&id).ok_or(ActError::Book(BookError::Unknown))
    }

    /// Changes with every change of the book.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.book.changes()
    }

    /// Proposes a twinning to an expert. Blocks.
    pub fn propose(&self, expert: &IpaCode, terms: Terms, text: String) -> Result<Kept, ActError> {
        let random = draw()?;
        let salt = *random.first_chunk::<16>().expect("32 bytes begin with 16");
        Ok(self.book.propose(expert, self.clock.today(), Proposal { terms, text, salt })?)
    }

    /// Whether this could be said now.
    pub fn check(&self, id: &Id, body: Body) -> Result<(), ActError> {
        Ok(self.book.check(id, self.clock.today(), body)?)
    }

    /// Says something. Blocks.
    pub fn say(&self, id: &Id, body: Body) -> Result<Kept, ActError> {
        Ok(self.book.say(id, self.clock.today(), body)?)
    }

    /// The twinning once nothing of it waits for the other node, or as it is after `patience`.
    pub async fn settled(&self, id: &Id, patience: Duration) -> Option<Kept> {
        let mut changes = self.changes();
        let settled = changes.wait_for(|_| {
            let kept = self.book.twinning(id);
            kept.is_none_or(|kept| kept.waiting().is_empty())
        });
        // The answer is the same whether it settled or the time is up.
        let _ = tokio::time::timeout(patience, settled).await;
        self.book.twinning(id)
    }
}

/// The federation and the views, as the post needs them.
#[derive(Clone, Debug)]
struct Outside {
    own: IpaCode,
    federation: Federation,
    reading: Reading,
    views: watch::Receiver<u64>,
    network: watch::Receiver<Arc<NetworkState>>,
}

impl Outside {
    fn new(own: IpaCode, federation: Federation, reading: Reading) -> Self {
        let (views, network) = (reading.changes(), federation.watch_network());
        Self { own, federation, reading, views, network }
    }
}

impl World for Outside {
    async fn deliver(&self, to: IpaCode, delivery: Delivery) -> Option<Taken> {
        let delivered = self.federation.deliver(&to, delivery).await;
        delivered.inspect_err(|reason| tracing::debug!(%to, %reason, "not delivered")).ok()
    }

    async fn append(&self, agreement: &Agreement) -> Option<Id> {
        let body = feed::Body::TwinningAgreement(agreement.to_wire());
        let appended = self.federation.append(body, false).await;
        let head =
            appended.inspect_err(|reason| tracing::debug!(%reason, "an agreement is not published yet"));
        head.ok().map(|head| head.id)
    }

    fn agreements(&self, author: &IpaCode, proposal: Id) -> Vec<(Id, Agreement)> {
        self.reading.with(|views, _| {
            let held = views.agreements(author, proposal);
            held.map(|(id, agreement)| (id, agreement.clone())).collect()
        })
    }

    fn is_ente(&self, code: &IpaCode) -> bool {
        let snapshot = self.federation.snapshot();
        snapshot.replica.roster().member(code).is_some_and(|member| member.role == Role::Ente)
    }

    fn key(&self, code: &IpaCode, id: &KeyId) -> Option<VerifyingKey> {
        let snapshot = self.federation.snapshot();
        let roster = snapshot.replica.roster();
        roster.hello_key(roster.member(code)?, id)
    }

    fn is_connected(&self, to: &IpaCode) -> bool {
        let (snapshot, network) = (self.federation.snapshot(), self.federation.network());
        let member = snapshot.replica.roster().member(to);
        member.is_some_and(|member| {
            member.transport_keys.iter().any(|transport| network.connected.contains(&transport.key))
        })
    }

    fn is_available(&self) -> bool {
        self.reading.with(|views, _| views.standing(&self.own).availability.is_some_and(|it| it.available))
    }

    fn set_reachable(&self, reachable: bool) {
        self.federation.set_reachable(reachable);
    }

    async fn changed(&mut self) -> bool {
        let Self { views, network, .. } = self;
        let changed = tokio::select! {
            changed = views.changed() => changed,
            changed = network.changed() => changed,
        };
        changed.is_ok()
    }
}
