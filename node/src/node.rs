//! One running node: its parts, the tasks that move them, and the order in which they start and stop.
//!
//! Start: addresses first (a port in use or a second node is told before anything is opened), then the databases, the
//! federation, the intake, the doors. Stop: the doors let calls in progress end, the intake writes and answers what has
//! queued, the databases are let go.

mod chores;
mod error;

pub use self::error::NodeError;

use self::chores::{first_open, make_good, tend_intake};
use crate::{
    admin::AdminService,
    audit::Audit,
    backup,
    board::Board,
    clock::Clock,
    close::{self, Closer},
    config::{Config, FederationFile, Role},
    contact,
    counter::CounterService,
    federation::{self, Federation},
    figures,
    intake::{self, Intake},
    keyring::Keyring,
    keys::NodeKeys,
    link::TlsKey,
    loss::LossBook,
    observer::Observer,
    office::TownHall,
    officer::{self, OfficerService},
    owner,
    reading::Reading,
    serve::{Doors, write_addresses},
    served::ServedBook,
    services::ServiceBook,
    store::{self, FEEDS_DIR, NODE_DIR, Store},
    tokens::Tokens,
    twinning::{self, Twinnings},
};
use faccina_proto::{
    replica::Strict,
    wire::{admin::v1::admin_server::AdminServer, officer::v1::officer_server::OfficerServer},
};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// Comparisons between two nodes of the demo, whose months last seconds.
const DEMO_SYNC_INTERVAL_MS: u64 = 2_000;
/// Addresses are bound within this, or not at all.
const LISTEN_MAX: Duration = Duration::from_secs(10);
/// Calls in progress may take this long to end.
const STOP_MAX: Duration = Duration::from_secs(10);

/// A node that runs.
#[derive(Debug)]
pub struct Node {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub federation: Federation,
    pub tokens: Arc<Tokens>,
    pub intake: Option<Intake>,
    pub grpc_address: SocketAddr,
    pub http_address: SocketAddr,
    tasks: JoinSet<()>,
    /// Cancelled by whoever runs the node.
    told: CancellationToken,
    /// Cancelled for all parts, by the node or by a part that cannot go on.
    stop: CancellationToken,
}

/// The parts that services share.
struct Parts {
    config: Arc<Config>,
    clock: Clock,
    keys: NodeKeys,
    federation: Federation,
    services: Arc<ServiceBook>,
    served: Arc<ServedBook>,
    office: Arc<TownHall>,
    intake: Option<Intake>,
    closer: Option<Closer>,
    /// Only on the observer.
    observer: Option<Observer>,
    reading: Reading,
    board: Board,
    /// Only on a node of role ente.
    twinnings: Option<Twinnings>,
    keyring: Keyring,
    tokens: Arc<Tokens>,
    loss: LossBook,
    /// The databases, for backups.
    node_store: Arc<dyn Store>,
    feeds_store: Arc<dyn Store>,
}

impl Node {
    /// Starts everything by the clock that the configuration wants; on return the node answers.
    pub async fn start(config: Config) -> Result<Self, NodeError> {
        let clock = match config.demo {
            Some(day) => Clock::demo(day)?,
            None => Clock::system()?,
        };
        Self::start_by(clock, config).await
    }

    /// The same by this clock.
    pub async fn start_by(clock: Clock, config: Config) -> Result<Self, NodeError> {
        if !config.data_dir.is_dir() {
            return Err(NodeError::NoDataDir { path: config.data_dir });
        }
        let config = Arc::new(config);
        let keys = NodeKeys::load(&config.keys_dir)?;
        let file = FederationFile::load(&config.federation_file)?;
        let doors = Doors::bind(&config).await?;
        let (grpc_address, http_address) = (doors.grpc_address, doors.http_address);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let parts = Parts::open(config, clock, keys, file, &mut tasks, &stop).await?;
        parts.check_roster()?;
        parts.listen(grpc_address, http_address).await?;
        parts.serve(doors, &mut tasks, &stop)?;
        parts.spawn_chores(&mut tasks, &stop);
        let Parts { config, clock, federation, intake, tokens, .. } = parts;
        tracing::info!(role = config.role.as_str(), %grpc_address, "the node answers");
        let told = CancellationToken::new();
        Ok(Self { config, clock, federation, tokens, intake, grpc_address, http_address, tasks, told, stop })
    }

    /// Ends the node when cancelled.
    pub fn stop_token(&self) -> CancellationToken {
        self.told.clone()
    }

    /// Runs until [`Node::stop_token`] is cancelled or a part cannot go on; then stops in order.
    pub async fn run(mut self) -> Result<(), NodeError> {
        let failed = tokio::select! {
            () = self.told.cancelled() => false,
            () = self.stop.cancelled() => true,
        };
        self.stop.cancel();
        tracing::info!("stopping");
        self.intake.iter().for_each(|intake| intake.notices().end_all());
        let ended = tokio::time::timeout(STOP_MAX, async { while self.tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!("calls in progress did not end in time");
        }
        self.tasks.shutdown().await;
        if let Some(intake) = &self.intake {
            intake.shut().await;
        }
        if failed { Err(NodeError::Failed) } else { Ok(()) }
    }
}

/// The databases of the node and of its feeds.
type Databases = (Arc<dyn Store>, Arc<dyn Store>);

/// Blocks on the disk.
fn open_stores(data_dir: &Path) -> Result<Databases, NodeError> {
    // It is made first of all.
    if store::is_there(&data_dir.join(FEEDS_DIR))? && !store::is_there(&data_dir.join(NODE_DIR))? {
        return Err(NodeError::Gone { path: data_dir.join(NODE_DIR) });
    }
    Ok((Arc::new(store::open(&data_dir.join(NODE_DIR))?), Arc::new(store::open(&data_dir.join(FEEDS_DIR))?)))
}

impl Parts {
    async fn open(
        config: Arc<Config>,
        clock: Clock,
        keys: NodeKeys,
        file: FederationFile,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<Self, NodeError> {
        let data_dir = config.data_dir.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let (node_store, feeds) = open_stores(&data_dir)?;
            let tokens = Arc::new(Tokens::open(Arc::clone(&node_store))?);
            let loss = LossBook::open(Arc::clone(&node_store))?;
            Ok::<_, NodeError>((node_store, feeds, tokens, loss))
        });
        let (node_store, feeds, tokens, loss) = opened.await.map_err(|_| NodeError::Stopped)??;
        let settings = federation::Settings {
            file,
            ipa_code: config.ipa_code.clone(),
            role: config.role,
            feed_key: keys.feed.clone(),
            transport_key: keys.transport.clone(),
            listen: config.listen.peers.clone(),
            clock: clock.clone(),
            sync_interval_ms: clock.is_demo().then_some(DEMO_SYNC_INTERVAL_MS),
            store: Arc::clone(&feeds),
            signatures: Arc::new(Strict),
        };
        let federation = Federation::start(settings, tasks, stop.clone())?;
        owner::expect(&*node_store, federation.snapshot().replica.roster(), &keys.feed, &config.ipa_code)?;
        let services = Arc::new(ServiceBook::open(Arc::clone(&node_store))?);
        let (books, stored) = (Arc::clone(&services), Arc::clone(&node_store));
        let office = Arc::new(TownHall::open(&config, federation.clone(), books, stored)?);
        let served = Arc::new(ServedBook::new(Arc::clone(&node_store)));
        let followed = federation.clone();
        let reading = tokio::task::spawn_blocking(move || Reading::open(followed));
        let reading = reading.await.map_err(|_| NodeError::Stopped)?;
        let observer = (config.role == Role::Observer)
            .then(|| Observer::new(config.ipa_code.clone(), federation.clone(), clock.clone()));
        let board = Board {
            role: config.role,
            clock: clock.clone(),
            federation: federation.clone(),
            office: Arc::clone(&office),
            audit: Arc::new(Audit::open(&config.data_dir, clock.clone())?),
        };
        let keyring = Keyring::new(&config.keys_dir, &keys, federation.clone());
        let mut parts = Self {
            config,
            clock,
            keys,
            federation,
            services,
            served,
            office,
            intake: None,
            closer: None,
            observer,
            reading,
            board,
            twinnings: None,
            keyring,
            tokens,
            loss,
            node_store: Arc::clone(&node_store),
            feeds_store: feeds,
        };
        if parts.config.role == Role::Ente {
            let twinnings = parts.open_twinnings(Arc::clone(&node_store)).await?;
            parts.keyring = parts.keyring.clone().with_twinnings(twinnings.clone());
            parts.twinnings = Some(twinnings);
            let intake = parts.open_intake(node_store).await?;
            parts.closer = Some(parts.closer_of(intake.clone()));
            parts.intake = Some(intake);
        }
        Ok(parts)
    }

    fn closer_of(&self, intake: Intake) -> Closer {
        Closer::new(close::Settings {
            intake,
            federation: self.federation.clone(),
            office: Arc::<TownHall>::clone(&self.office),
            served: Arc::clone(&self.served),
            loss: self.loss.clone(),
            clock: self.clock.clone(),
            retention_days: self.config.ballots.retention_days,
            pace_key: self.keys.node,
        })
    }

    async fn open_twinnings(&self, store: Arc<dyn Store>) -> Result<Twinnings, NodeError> {
        let owner = twinning::Owner {
            code: self.config.ipa_code.clone(),
            federation: self.federation.file().id(),
            feed_key: self.keys.feed.clone(),
        };
        let (federation, reading, clock) =
            (self.federation.clone(), self.reading.clone(), self.clock.clone());
        let opened =
            tokio::task::spawn_blocking(move || Twinnings::open(store, owner, federation, reading, clock));
        Ok(opened.await.map_err(|_| NodeError::Stopped)??)
    }

    async fn open_intake(&self, store: Arc<dyn Store>) -> Result<Intake, NodeError> {
        let settings = intake::Settings {
            data_dir: self.config.data_dir.clone(),
            keys_dir: self.config.keys_dir.clone(),
            ente: self.config.ipa_code.clone(),
            federation: self.federation.file().id(),
            receipt_key: self.keys.receipt.clone(),
            node_key: self.keys.node,
            tls_key: TlsKey::of_pem(&self.keys.tls.certificate_pem)?,
            half_day_s: self.config.ballots.half_day_s,
            first_open: first_open(&self.federation.snapshot(), self.federation.own())
                .unwrap_or_else(|| self.clock.today().month()),
            loss: self.loss.clone(),
        };
        let clock = self.clock.clone();
        let opened = tokio::task::spawn_blocking(move || Intake::open(settings, store, clock));
        Ok(opened.await.map_err(|_| NodeError::Stopped)??)
    }

    /// Refuses to run as what the roster says it is not. Keys that the roster does not have are no reason: it may be older
    /// here than what DFP has decided.
    fn check_roster(&self) -> Result<(), NodeError> {
        let snapshot = self.federation.snapshot();
        let Some(member) = snapshot.replica.roster().member(&self.config.ipa_code) else { return Ok(()) };
        let code = member.code.clone();
        let found = Role::from(member.role);
        if found != self.config.role {
            return Err(NodeError::Role { code, found: found.as_str(), own: self.config.role.as_str() });
        }
        let transport = self.keys.transport.verifying_key().to_bytes();
        match snapshot.replica.roster().by_transport_key(&transport) {
            Some(holder) if holder.code != code => {
                Err(NodeError::TransportKey { holder: holder.code.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Waits until the swarm listens where it was told to, and writes all addresses down.
    async fn listen(&self, grpc: SocketAddr, http: SocketAddr) -> Result<(), NodeError> {
        let expected = self.config.listen.peers.len();
        let mut states = self.federation.watch_network();
        let listening = states.wait_for(|state| state.listening.len() >= expected);
        let listening = tokio::time::timeout(LISTEN_MAX, listening).await.map_err(|_| NodeError::Listen)?;
        let peers = listening.map_err(|_| NodeError::Stopped)?.listening.clone();
        Ok(write_addresses(&self.config.data_dir, grpc, http, &peers)?)
    }

    fn serve(
        &self,
        doors: Doors,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<(), NodeError> {
        let office = Arc::clone(&self.office);
        let admin = AdminService {
            config: Arc::clone(&self.config),
            clock: self.clock.clone(),
            federation: self.federation.clone(),
            tokens: Arc::clone(&self.tokens),
            board: self.board.clone(),
            services: Arc::clone(&self.services),
            office: Arc::clone(&office),
            reading: self.reading.clone(),
            intake: self.intake.clone(),
            closer: self.closer.clone(),
            observer: self.observer.clone(),
            loss: self.loss.clone(),
            backup: self.backup_source(),
            keyring: self.keyring.clone(),
            device_address: self.device_address(doors.grpc_address),
        };
        let (_, health) = tonic_health::server::health_reporter();
        let figures = figures::of(admin.clone());
        let ballots = self.intake.clone().zip(self.closer.clone());
        let ballots = ballots.map(|(intake, closer)| officer::Ballots { intake, closer });
        let officer = OfficerService::new(
            self.config.ipa_code.clone(),
            self.federation.clone(),
            self.reading.clone(),
            self.clock.clone(),
            officer::Means {
                board: self.board.clone(),
                twinnings: self.twinnings.clone(),
                ballots,
                loss: self.loss.clone(),
                keyring: self.keyring.clone(),
            },
            stop.clone(),
        );
        let services = Routes::new(AdminServer::new(admin)).add_service(health);
        let mut services = services.add_service(OfficerServer::new(officer));
        if let Some(intake) = &self.intake {
            let counter = self.counter(intake);
            spawn_until(stop, tasks, counter.clone().forget_as_time_passes());
            services = services.add_service(counter.into_server());
            services = services.add_service(intake.service(office, Arc::clone(&self.tokens)).into_server());
        }
        doors.serve(tasks, services, Arc::clone(&self.tokens), figures, &self.keys.tls, stop.clone())?;
        Ok(())
    }

    fn backup_source(&self) -> backup::Source {
        let (node, feeds) = (Arc::clone(&self.node_store), Arc::clone(&self.feeds_store));
        let archive = self.intake.as_ref().map(|intake| intake.archive().clone());
        backup::Source {
            config: Arc::clone(&self.config),
            federation: self.federation.file().id(),
            node,
            feeds,
            archive,
        }
    }

    fn counter(&self, intake: &Intake) -> CounterService {
        CounterService::new(
            intake.clone(),
            Arc::<TownHall>::clone(&self.office),
            Arc::clone(&self.services),
            Arc::clone(&self.served),
            Arc::clone(&self.tokens),
            self.clock.clone(),
            self.config.counter.invite_page.clone(),
        )
    }

    /// As devices reach this node: as configured, else where it listens, under this machine's name.
    fn device_address(&self, grpc: SocketAddr) -> String {
        let (ip, port) = (grpc.ip(), grpc.port());
        let own = || match (ip.is_unspecified(), std::fs::read_to_string("/proc/sys/kernel/hostname")) {
            (true, Ok(name)) => format!("https://{}:{port}", name.trim()),
            (true, Err(_)) => format!("https://localhost:{port}"),
            (false, _) => format!("https://{grpc}"),
        };
        self.config.counter.address.clone().unwrap_or_else(own)
    }

    fn spawn_chores(&self, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        if let Some(intake) = &self.intake {
            spawn_until(
                stop,
                tasks,
                tend_intake(intake.clone(), self.closer.clone(), self.federation.clone()),
            );
        }
        if let Some(closer) = &self.closer {
            let by_timer = self.config.ballots.close_by_timer;
            tasks.spawn(closer.clone().run(by_timer, stop.clone()));
        }
        let makes_good =
            make_good(self.loss.clone(), self.federation.clone(), self.intake.clone(), self.closer.clone());
        spawn_until(stop, tasks, makes_good);
        spawn_until(stop, tasks, self.reading.clone().keep_current());
        spawn_until(stop, tasks, self.keyring.clone().tend());
        spawn_until(stop, tasks, self.keyring.clone().tell_daily(self.clock.clone()));
        if let Some(twinnings) = &self.twinnings {
            spawn_until(stop, tasks, twinnings.clone().keep_posting());
        }
        if let Some(observer) = &self.observer {
            spawn_until(stop, tasks, observer.clone().keep_publishing());
        }
        if !self.config.listen.contact.is_empty() {
            let wanted = self.config.listen.contact.clone();
            spawn_until(stop, tasks, contact::tend(wanted, self.federation.clone()));
        }
    }
}

fn spawn_until(
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
    chore: impl Future<Output = ()> + Send + 'static,
) {
    let stop = stop.clone();
    tasks.spawn(async move {
        let _ended_or_stopped = stop.run_until_cancelled(chore).await;
    });
}
