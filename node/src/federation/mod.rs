//! The federation as the rest of the node sees it: all feeds to read, the own feed to append to, bundles to bring and
//! take, who is connected, and deliveries to and from another ente. Behind it one task drives the sync machine of the
//! protocol over the libp2p swarm; libp2p is named in this folder only.

mod address;
mod codec;
mod gate;
mod door;
mod frames;
mod traffic;
mod meter;
mod dial;
mod relay;
mod behaviour;
mod courier;
mod swarm;
mod inbox;
mod log;
mod engine;
mod sample;
mod probe;
#[cfg(test)]
mod stranger;

pub use address::{TransportKey, can_listen, peer_id};
pub use behaviour::SwarmError;
pub use courier::DeliverError;
pub use frames::Part;
pub use inbox::Incoming;
pub use log::FeedLog;
pub use meter::ReadBytes;
pub use probe::{Answer, Reached, probe};
pub use sample::{Dialable, dialable};
pub use traffic::{Heard, Said, Traffic};

use crate::{
    clock::Clock,
    config::{FederationFile, Role},
    store::{Store, StoreError},
};
use bytes::Bytes;
use courier::Delivered;
use ed25519_dalek::SigningKey;
use engine::{Engine, Links};
use faccina_proto::{
    bundle::{self, BundleError, WriteError},
    feed::Body,
    names::{Author, IpaCode},
    replica::{Change, Head, Log, Replica, Signatures, Strict},
    roster,
    sync::{Alarm, AppendRefusal, Lag, Machine, Own, Peer, SYNC_INTERVAL_MS},
    wire::twinning::v1::{Delivery, Taken},
};
use inbox::Inbox;
use meter::Meters;
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use swarm::Network;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

pub use faccina_proto::sync::Imported;

/// Commands that wait for the engine.
const COMMANDS_MAX: usize = 64;
/// Envelopes handed to the machine in one piece: some tens of milliseconds of verification.
const IMPORT_ENVELOPES_MAX: usize = 256;
/// A clock further from this node's than this makes the median's deviation too large to close by timer (DESIGN §6).
pub const CLOCK_SKEW_S_MAX: u64 = 600;
/// Peers whose clocks must be known before a month closes by timer, unless all hubs are.
pub const CLOCKS_MIN: usize = 3;

type Appended = Result<Head, AppendRefusal>;

/// What the federation needs to start.
pub struct Settings {
    pub file: FederationFile,
    pub ipa_code: IpaCode,
    /// The observer and hubs relay for members that cannot dial each other, and so does who is a hub of the file.
    pub role: Role,
    pub feed_key: SigningKey,
    pub transport_key: SigningKey,
    /// Multiaddresses to listen on.
    pub listen: Vec<String>,
    pub clock: Clock,
    /// Milliseconds between two comparisons with one peer; `None` = the protocol's interval.
    pub sync_interval_ms: Option<u64>,
    /// The feeds database.
    pub store: Arc<dyn Store>,
    /// `Strict`, but where many nodes of one process share its verdicts.
    pub signatures: Arc<dyn Signatures>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("ipa_code", &self.ipa_code).finish_non_exhaustive()
    }
}

/// Why the federation cannot start.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    #[error(transparent)]
    Swarm(#[from] SwarmError),
    #[error("the feeds cannot be brought in order")]
    Store(#[from] StoreError),
    #[error("the operating system gives no random numbers")]
    NoRandomness(#[source] crate::keys::KeyFileError),
    /// Bring back the right `federation.toml`, or start in a new directory.
    #[error(
        "the feeds held here are of another federation than {name:?} of federation.toml: bring back the file that \
         DFP gave, or run `faccina init` in a new directory"
    )]
    OtherFederation { name: String },
}

/// Reads all feeds; nothing is changed yet. Feeds of another federation are left as they are.
pub fn open_feeds(file: &FederationFile, log: &FeedLog) -> Result<(Replica, Vec<Change>), FederationError> {
    open_feeds_with(file, log, Arc::new(Strict))
}

fn open_feeds_with(
    file: &FederationFile,
    log: &FeedLog,
    signatures: Arc<dyn Signatures>,
) -> Result<(Replica, Vec<Change>), FederationError> {
    let trusted = roster::Federation::new(&file.name, file.root_key, file.successor_hash);
    let (replica, changes) = Replica::open_with(trusted, log, signatures);
    if replica.root().head().is_none() && log.entry(&Author::Root, 1).is_some() {
        return Err(FederationError::OtherFederation { name: file.name.clone() });
    }
    Ok((replica, changes))
}

/// Why the engine did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FederationStopped {
    /// On shutdown, or after a failed write that the log names: restart the node.
    #[error("the federation part of the node has stopped: look at its log and restart it")]
    Stopped,
}

/// Why nothing was appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error(transparent)]
    Refused(#[from] AppendRefusal),
    #[error(transparent)]
    Stopped(#[from] FederationStopped),
}

/// Why a bundle was not taken in. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("the bundle cannot be used")]
    Bundle(#[from] BundleError),
    /// Two root entries at one place would be a fork that only a succession ends.
    #[error(
        "the root feed of the file parts from the one here at entry {sequence}: it was signed on an old copy; bring \
         what `faccina feed export` writes to the root key, and sign again"
    )]
    RootParts { sequence: u64 },
    #[error(transparent)]
    Stopped(#[from] FederationStopped),
}

/// All feeds at one moment: what they say stays, while the node goes on.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub replica: Arc<Replica>,
    pub log: FeedLog,
}

impl Snapshot {
    /// Writes all feeds as one bundle.
    pub fn export(&self) -> Result<Vec<u8>, WriteError<Infallible>> {
        bundle::written(&self.replica, &self.log)
    }
}

/// Who is connected, and what peers' clocks and other runs of this node tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkState {
    pub peer_id: String,
    /// Multiaddresses with peer id.
    pub listening: Vec<String>,
    pub connected: BTreeSet<TransportKey>,
    pub hubs: usize,
    pub hubs_connected: usize,
    /// Hubs over which members that cannot dial this node reach it for a twinning.
    pub places: usize,
    /// Members beside this node.
    pub others: usize,
    /// Each connected member's clock minus this node's, in seconds.
    pub clock_offsets_s: BTreeMap<IpaCode, i64>,
    /// The software that each connected member says it runs.
    pub versions: BTreeMap<IpaCode, String>,
    /// The connected members that are behind this node.
    pub behind: BTreeMap<IpaCode, Lag>,
    /// Whether a member has told, since the start, which entries of this node it holds: only then may it append.
    pub own_head_is_checked: bool,
    /// Whether this node has had, at some moment since the start, all that connected members hold.
    pub caught_up: bool,
    /// Why this node must not publish.
    pub alarm: Option<Alarm>,
}

impl NetworkState {
    /// Median of the peers' clocks minus this node's, if enough are known: at least 3, or all hubs, or all members, where
    /// there are fewer.
    pub fn median_clock_offset_s(&self) -> Option<i64> {
        let known = self.clock_offsets_s.len();
        let all_hubs = self.hubs > 0 && self.hubs_connected == self.hubs;
        let enough = known >= CLOCKS_MIN || (known > 0 && (all_hubs || known == self.others));
        let mut offsets: Vec<i64> = self.clock_offsets_s.values().copied().collect();
        offsets.sort_unstable();
        offsets.get(known / 2).copied().filter(|_| enough)
    }
}

enum Command {
    Append { body: Box<Body>, offline: bool, answer: oneshot::Sender<Appended> },
    Import { envelopes: Vec<Bytes>, answer: oneshot::Sender<Imported> },
    Deliver { to: IpaCode, delivery: Delivery, answer: oneshot::Sender<Delivered> },
    FeedKey(Box<SigningKey>),
    Adopt { answer: oneshot::Sender<()> },
    Tick,
}

/// The handle on the federation; clones share it.
#[derive(Clone, Debug)]
pub struct Federation {
    own: Author,
    file: Arc<FederationFile>,
    commands: mpsc::Sender<Command>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    states: watch::Receiver<Arc<NetworkState>>,
    reachable: Arc<AtomicBool>,
    meters: Arc<Meters>,
    deliveries: Arc<Mutex<Option<mpsc::Receiver<Incoming>>>>,
}

impl Federation {
    /// Opens the feeds, starts to listen and spawns the engine on `tasks`; it runs until `stop`. Blocks while it reads
    /// the feeds.
    pub fn start(
        settings: Settings,
        tasks: &mut tokio::task::JoinSet<()>,
        stop: CancellationToken,
    ) -> Result<Self, FederationError> {
        let Settings {
            file,
            ipa_code,
            role,
            feed_key,
            transport_key,
            listen,
            clock,
            sync_interval_ms,
            store,
            signatures,
        } = settings;
        let relays = match role {
            Role::Observer | Role::Hub => true,
            Role::Ente => false,
        };
        let network = Network::start(&transport_key, file.id().as_bytes(), &listen, &file.hubs, relays)?;
        let meters = network.meters();
        let log = FeedLog::new(store);
        let (replica, changes) = open_feeds_with(&file, &log, signatures)?;
        log.apply(&changes)?;
        let random = crate::keys::draw().map_err(FederationError::NoRandomness)?;
        let own = Own {
            code: ipa_code.clone(),
            feed_key,
            transport: Peer::from_bytes(transport_key.verifying_key().to_bytes()),
            run_id: *random.first_chunk::<16>().expect("32 bytes begin with 16"),
            software_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let snapshot = Snapshot { replica: Arc::new(replica.clone()), log: log.clone() };
        let (snapshots, seen_snapshots) = watch::channel(Arc::new(snapshot));
        let state = NetworkState { peer_id: network.peer_id(), ..NetworkState::default() };
        let (states, seen_states) = watch::channel(Arc::new(state));
        let (commands, queue) = mpsc::channel(COMMANDS_MAX);
        let interval_ms = sync_interval_ms.unwrap_or(SYNC_INTERVAL_MS);
        let machine = Machine::new(own, replica).with_sync_interval_ms(interval_ms);
        let (office, deliveries) = mpsc::channel(inbox::WAITING_MAX);
        let reachable = Arc::new(AtomicBool::new(false));
        let links = Links {
            commands: queue,
            snapshots,
            states,
            reachable: Arc::clone(&reachable),
            inbox: Inbox::new(office),
        };
        let engine = Engine::new(machine, network, log, clock, links);
        tasks.spawn(async move {
            if let Err(error) = engine.run(stop.clone()).await {
                tracing::error!(error = %crate::telling::sentence(&error), "the feeds cannot be written");
                stop.cancel();
            }
        });
        Ok(Self {
            own: ipa_code.into(),
            file: Arc::new(file),
            commands,
            snapshots: seen_snapshots,
            states: seen_states,
            reachable,
            meters,
            deliveries: Arc::new(Mutex::new(Some(deliveries))),
        })
    }

    /// The author of this node's own feed.
    pub fn own(&self) -> &Author {
        &self.own
    }

    pub fn file(&self) -> &FederationFile {
        &self.file
    }

    /// All feeds as they are now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// All feeds, again at each change.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// The network as it is now.
    pub fn network(&self) -> Arc<NetworkState> {
        Arc::clone(&self.states.borrow())
    }

    /// The network, again at each change.
    pub fn watch_network(&self) -> watch::Receiver<Arc<NetworkState>> {
        self.states.clone()
    }

    /// What went over the network since the start.
    pub fn traffic(&self) -> Traffic {
        self.meters.counters().read()
    }

    /// Appends to the own feed; durable on return. `offline` confirms that no member can be asked what it holds of it.
    pub async fn append(&self, body: Body, offline: bool) -> Result<Head, AppendError> {
        let body = Box::new(body);
        let appended = self.ask(|answer| Command::Append { body, offline, answer }).await?;
        Ok(appended?)
    }

    /// Takes own entries over that other members hold and this store lacks; ends the alarm about them. On return the
    /// members are being asked: [`NetworkState::own_head_is_checked`] tells when it is done.
    pub async fn adopt(&self) -> Result<(), FederationStopped> {
        self.ask(|answer| Command::Adopt { answer }).await
    }

    /// Offers envelopes in the order of their feeds, the root feed first.
    pub async fn import(&self, envelopes: Vec<Bytes>) -> Result<Imported, FederationStopped> {
        let mut total = Imported::default();
        for (piece, start) in envelopes.chunks(IMPORT_ENVELOPES_MAX).zip((0..).step_by(IMPORT_ENVELOPES_MAX))
        {
            let envelopes = piece.to_vec();
            let some = self.ask(|answer| Command::Import { envelopes, answer }).await?;
            total.added += some.added;
            total.known += some.known;
            total.waiting += some.waiting;
            total.withheld += some.withheld;
            total.refused.extend(some.refused.into_iter().map(|(at, refusal)| (start + at, refusal)));
        }
        Ok(total)
    }

    /// Takes in a whole bundle, which is read to its end before anything of it is offered.
    pub async fn import_bundle(&self, bytes: Bytes) -> Result<Imported, ImportError> {
        let trusted = self.snapshot().replica.federation().clone();
        let read = tokio::task::spawn_blocking(move || bundle::read(bytes, Some(&trusted))).await;
        let bundle = read.map_err(|_| FederationStopped::Stopped)??;
        if let Some(sequence) = parting(&self.snapshot().replica, &bundle.replica) {
            return Err(ImportError::RootParts { sequence });
        }
        Ok(self.import(bundle.envelopes().collect()).await?)
    }

    /// Takes the key that shall sign the own feed as soon as the roster permits it.
    pub async fn take_feed_key(&self, key: SigningKey) -> Result<(), FederationStopped> {
        self.commands.send(Command::FeedKey(Box::new(key))).await.map_err(|_| FederationStopped::Stopped)
    }

    /// Delivers to another ente, over a direct connection or a hub's circuit; returns what the other side says it has
    /// made durable. Takes up to a minute and a half when it is away. The messages stay the caller's, who tries again.
    pub async fn deliver(&self, to: &IpaCode, delivery: Delivery) -> Result<Taken, DeliverError> {
        if self.own.member() == Some(to) {
            return Err(DeliverError::Oneself { to: to.clone() });
        }
        DeliverError::check(&delivery)?;
        let to = to.clone();
        self.ask(|answer| Command::Deliver { to, delivery, answer }).await?
    }

    /// What other enti deliver; handed out once. Until it is taken, and while it is full, senders hear that nothing was
    /// taken and come again.
    pub fn deliveries(&self) -> Option<mpsc::Receiver<Incoming>> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Bytes read from peers since the start.
    pub fn read_bytes(&self) -> ReadBytes {
        self.meters.read()
    }

    /// Whether this ente wants to be reached for twinnings: while it does, its node keeps a place at each connected hub,
    /// for members that cannot dial it. Off at the start.
    pub fn set_reachable(&self, reachable: bool) {
        self.reachable.store(reachable, Ordering::Relaxed);
    }

    /// Lets the machine look at the clock now: the demo's calendar has moved.
    pub async fn tick(&self) -> Result<(), FederationStopped> {
        self.commands.send(Command::Tick).await.map_err(|_| FederationStopped::Stopped)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, FederationStopped> {
        let (answer, answered) = oneshot::channel();
        let stopped = |_| FederationStopped::Stopped;
        self.commands.send(command(answer)).await.map_err(stopped)?;
        answered.await.map_err(|_| FederationStopped::Stopped)
    }
}

/// Where a root feed says something else than the one here, both by a key that may sign there: a succession is none.
fn parting(here: &Replica, there: &Replica) -> Option<u64> {
    let sequences = 1..=here.root().held().min(there.root().held());
    let differs = |sequence: &u64| {
        let id = |replica: &Replica| replica.root().link(*sequence).map(|link| link.id);
        id(here) != id(there)
    };
    let first = sequences.into_iter().find(differs)?;
    let key = there.root().link(first)?.key;
    here.roster().permits(&Author::Root, first, &key).then_some(first)
}

/// The entry of `author` at `sequence`, for those who hold only a snapshot.
impl Log for Snapshot {
    fn entry(&self, author: &Author, sequence: u64) -> Option<Bytes> {
        self.log.entry(author, sequence)
    }

    fn proof(&self, author: &Author) -> Option<[Bytes; 2]> {
        self.log.proof(author)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_clocks_are_enough_or_all_there_are() {
        let known = |offsets: &[(&str, i64)], others, hubs, hubs_connected| {
            let clock_offsets_s =
                offsets.iter().map(|(code, offset_s)| (code.parse().unwrap(), *offset_s)).collect();
            let state =
                NetworkState { clock_offsets_s, others, hubs, hubs_connected, ..NetworkState::default() };
            state.median_clock_offset_s()
        };
        let three = [("c_a", 5), ("c_b", -700), ("c_c", 4)];
        assert_eq!(known(&three, 80, 1, 0), Some(4));
        assert_eq!(known(&three[..2], 80, 1, 0), None, "two of eighty");
        assert_eq!(known(&three[..1], 80, 1, 1), Some(5), "the only hub");
        assert_eq!(known(&three[..1], 1, 0, 0), Some(5), "the only other member");
        assert_eq!(known(&[], 0, 0, 0), None);
    }
}
