//! How many bytes are read from each peer: what is beyond its budget stays in the sender's hands, by way of TCP's own
//! backpressure. Metered is what Noise has authenticated, so that the budget is the peer's, however often it comes back.
//!
//! A peer that sends without end is not told so: it is read at the pace of its budget, and the protocols above say when it
//! is to go.

use super::{
    frames::Frames,
    traffic::{Counted, Counters},
};
use crate::clock::instant;
use faccina_proto::sync::Budget;
use futures::future::BoxFuture;
use libp2p::{
    PeerId,
    core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo},
    futures::{AsyncRead, AsyncWrite, FutureExt, TryFutureExt},
    identity::Keypair,
    noise,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

/// Bytes read from a member: at once, and per second after that. What a node that joins is given at once by one peer,
/// then two full pages a second.
const MEMBER_BYTES: (u64, u64) = (16 << 20, 1 << 20);
/// Bytes read from a peer that is no member, as far as this node knows: to one that joins, all are such at first, and give
/// it the root feed at half this pace.
const STRANGER_BYTES: (u64, u64) = (2 << 20, 128 << 10);
/// Bytes read from all peers that are no members: whoever comes back under another key is read no faster.
const STRANGERS_BYTES: (u64, u64) = (16 << 20, 1 << 20);
/// How often a peer beyond its budget is looked at again.
const PAUSE: Duration = Duration::from_millis(50);

/// The budgets of all peers.
#[derive(Debug)]
pub(super) struct Meters {
    started: Instant,
    counters: Arc<Counters>,
    budgets: Mutex<Budgets>,
}

#[derive(Debug)]
struct Budgets {
    members: Arc<BTreeSet<PeerId>>,
    /// Hubs of the federation file: a node that joins reads them as members, though it knows of none yet.
    hubs: BTreeSet<PeerId>,
    of_member: BTreeMap<PeerId, Account>,
    strangers: Budget,
    read: ReadBytes,
}

/// One member's budget, and what was read of it since this node's start.
#[derive(Debug)]
struct Account {
    budget: Budget,
    read: u64,
}

/// Bytes read from peers since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadBytes {
    pub members: u64,
    pub strangers: u64,
    /// Of the one member from which most was read.
    pub greediest_member: u64,
}

impl Meters {
    pub(super) fn new(hubs: BTreeSet<PeerId>) -> Self {
        let strangers = Budget::new(STRANGERS_BYTES.0, STRANGERS_BYTES.1, 0);
        let budgets = Budgets {
            members: Arc::new(BTreeSet::new()),
            hubs,
            of_member: BTreeMap::new(),
            strangers,
            read: ReadBytes::default(),
        };
        Self { started: instant(), counters: Arc::default(), budgets: Mutex::new(budgets) }
    }

    /// What passes the sockets.
    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Replaces the set of members.
    pub(super) fn set_members(&self, members: Arc<BTreeSet<PeerId>>) {
        let mut budgets = self.budgets();
        budgets.members = members;
        let Budgets { members, hubs, of_member, .. } = &mut *budgets;
        of_member.retain(|peer, _| members.contains(peer) || hubs.contains(peer));
    }

    /// What was read since the start.
    pub(super) fn read(&self) -> ReadBytes {
        self.budgets().read
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(instant().saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    fn budgets(&self) -> MutexGuard<'_, Budgets> {
        // A bucket is whole after every step.
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes may be read from `peer` now; `own` is the budget of its connection, for one that is no member.
    fn left(&self, peer: &PeerId, own: &mut Budget) -> u64 {
        let now_ms = self.now_ms();
        let mut budgets = self.budgets();
        match budgets.of(peer, now_ms) {
            Some(account) => account.budget.left(now_ms),
            None => budgets.strangers.left(now_ms).min(own.left(now_ms)),
        }
    }

    fn take(&self, peer: &PeerId, own: &mut Budget, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let now_ms = self.now_ms();
        let mut budgets = self.budgets();
        match budgets.of(peer, now_ms) {
            Some(account) => {
                account.budget.take(bytes, now_ms);
                account.read += bytes;
                let greediest = account.read;
                budgets.read.members += bytes;
                budgets.read.greediest_member = budgets.read.greediest_member.max(greediest);
            }
            None => {
                budgets.read.strangers += bytes;
                budgets.strangers.take(bytes, now_ms);
                own.take(bytes, now_ms);
            }
        }
    }
}

impl Budgets {
    /// A member's budget.
    fn of(&mut self, peer: &PeerId, now_ms: u64) -> Option<&mut Account> {
        let (most, per_s) = MEMBER_BYTES;
        let fresh = || Account { budget: Budget::new(most, per_s, now_ms), read: 0 };
        let is_member = self.members.contains(peer) || self.hubs.contains(peer);
        is_member.then(|| self.of_member.entry(*peer).or_insert_with(fresh))
    }
}

/// Noise, and the meter behind it.
#[derive(Clone)]
pub(super) struct MeteredNoise {
    noise: noise::Config,
    meters: Arc<Meters>,
}

impl MeteredNoise {
    pub(super) fn new(keypair: &Keypair, meters: Arc<Meters>) -> Result<Self, noise::Error> {
        Ok(Self { noise: noise::Config::new(keypair)?, meters })
    }
}

impl UpgradeInfo for MeteredNoise {
    type Info = <noise::Config as UpgradeInfo>::Info;
    type InfoIter = <noise::Config as UpgradeInfo>::InfoIter;

    fn protocol_info(&self) -> Self::InfoIter {
        self.noise.protocol_info()
    }
}

type Secured<T> = (PeerId, Metered<noise::Output<Counted<T>>>);

impl<T> InboundConnectionUpgrade<T> for MeteredNoise
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Output = Secured<T>;
    type Error = noise::Error;
    type Future = BoxFuture<'static, Result<Secured<T>, noise::Error>>;

    fn upgrade_inbound(self, socket: T, info: Self::Info) -> Self::Future {
        let meters = self.meters;
        meters.counters.begun();
        let socket = Counted::new(socket, Arc::clone(&meters.counters));
        self.noise.upgrade_inbound(socket, info).map_ok(|secured| Metered::behind(secured, meters)).boxed()
    }
}

impl<T> OutboundConnectionUpgrade<T> for MeteredNoise
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Output = Secured<T>;
    type Error = noise::Error;
    type Future = BoxFuture<'static, Result<Secured<T>, noise::Error>>;

    fn upgrade_outbound(self, socket: T, info: Self::Info) -> Self::Future {
        let meters = self.meters;
        meters.counters.begun();
        let socket = Counted::new(socket, Arc::clone(&meters.counters));
        self.noise.upgrade_outbound(socket, info).map_ok(|secured| Metered::behind(secured, meters)).boxed()
    }
}

/// A connection that is read no faster than its peer's budget allows, and whose written bytes are counted by protocol.
pub(super) struct Metered<S> {
    stream: S,
    peer: PeerId,
    own: Budget,
    meters: Arc<Meters>,
    frames: Frames,
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl<S> Metered<S> {
    fn behind((peer, stream): (PeerId, S), meters: Arc<Meters>) -> (PeerId, Self) {
        let own = Budget::new(STRANGER_BYTES.0, STRANGER_BYTES.1, meters.now_ms());
        (peer, Self { stream, peer, own, meters, frames: Frames::new(), pause: None })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let left = loop {
            if let Some(pause) = &mut this.pause {
                ready!(pause.as_mut().poll(cx));
                this.pause = None;
            }
            match usize::try_from(this.meters.left(&this.peer, &mut this.own)).unwrap_or(usize::MAX) {
                0 => this.pause = Some(Box::pin(tokio::time::sleep(PAUSE))),
                left => break left.min(buffer.len()),
            }
        };
        let read =
            ready!(Pin::new(&mut this.stream).poll_read(cx, buffer.get_mut(..left).unwrap_or_default()))?;
        this.meters.take(&this.peer, &mut this.own, read);
        Poll::Ready(Ok(read))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes))?;
        let counters = &this.meters.counters;
        this.frames
            .follow(bytes.get(..written).unwrap_or(bytes), |part, bytes| counters.written(part, bytes));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::futures::AsyncReadExt;

    /// Never ends.
    struct Endless;

    impl AsyncRead for Endless {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(buffer.len()))
        }
    }

    /// Bytes that are read at once from an endless sender.
    fn read_at_once(meters: &Arc<Meters>, peer: PeerId) -> u64 {
        let (_, mut metered) = Metered::behind((peer, Endless), Arc::clone(meters));
        let mut buffer = vec![0; 1 << 20];
        let mut total = 0;
        while let Some(read) = metered.read(&mut buffer).now_or_never() {
            total += u64::try_from(read.unwrap()).unwrap();
        }
        total
    }

    #[tokio::test]
    async fn a_peer_is_read_up_to_its_budget_however_often_it_comes() {
        let (hub, member) = (PeerId::random(), PeerId::random());
        let meters = Arc::new(Meters::new(BTreeSet::from([hub])));
        meters.set_members(Arc::new(BTreeSet::from([member])));
        // Some milliseconds pass meanwhile, in which the bucket gets a little back.
        let slack = |(most, per_s): (u64, u64)| most..most + per_s * 10;
        assert!(slack(MEMBER_BYTES).contains(&read_at_once(&meters, member)));
        let again = read_at_once(&meters, member);
        assert!(again < MEMBER_BYTES.0 / 2, "{again} bytes on a second connection");
        assert!(slack(STRANGER_BYTES).contains(&read_at_once(&meters, PeerId::random())));
        let strangers: u64 = (0..64).map(|_| read_at_once(&meters, PeerId::random())).sum();
        assert!(slack(STRANGERS_BYTES).contains(&(strangers + STRANGER_BYTES.0)), "{strangers}");
        // Who joins knows no member yet, and the strangers have used up what is theirs.
        assert!(slack(MEMBER_BYTES).contains(&read_at_once(&meters, hub)));
    }
}
