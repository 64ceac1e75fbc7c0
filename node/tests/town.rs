//! A federation of real nodes on loopback: directories made by `init`, nodes started as `run` starts them, entries of
//! the root feed signed here and brought in over the Unix socket.

use ed25519_dalek::SigningKey;
use faccina_node::{
    commands::init::{self, DemoCalendar, NewNode},
    config::{Config, FederationFile, Role},
    founding::{self, Applicant, Request, RootHead},
    node::{Node, NodeError},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Envelope, Id},
    names::Author,
    wire::{
        admin::v1::{AppendRootRequest, HeadsRequest, SetDemoDayRequest, admin_client::AdminClient},
        feed::v1::{Role as FeedRole, entry::Body},
    },
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

/// Anything that takes longer than this on loopback is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

/// The federation's founders: the root key and everybody's directory.
pub struct Town {
    pub dir: TempDir,
    pub root: SigningKey,
    pub file: FederationFile,
    pub genesis: Envelope,
    pub today: CivilDay,
}

/// A node's directory and, while it runs, the node.
pub struct Resident {
    pub config: PathBuf,
    pub request: Request,
    pub running: Option<Running>,
}

pub struct Running {
    pub federation: faccina_node::federation::Federation,
    pub socket: PathBuf,
    stop: CancellationToken,
    task: JoinHandle<Result<(), NodeError>>,
}

impl Town {
    pub fn found() -> Self {
        let root = SigningKey::from_bytes(&[41; 32]);
        let successor = SigningKey::from_bytes(&[42; 32]).verifying_key();
        let today = day(20_260_110);
        let founding =
            founding::found("Prova", &root, &successor, Month::from_yyyymm(202_601).unwrap(), today);
        let dir = tempfile::tempdir().unwrap();
        Self { dir, root, file: founding.file, genesis: founding.genesis, today }
    }

    /// Makes the directory of a node that listens on loopback.
    pub fn settle(&self, code: &str, role: Role) -> Resident {
        let new = NewNode {
            dir: self.dir.path().join(code),
            federation: self.file.clone(),
            role,
            ipa_code: code.parse().unwrap(),
            applicant: Applicant {
                name: format!("Ente {code}"),
                category: "L6".to_owned(),
                ..Applicant::default()
            },
            grpc: "127.0.0.1:0".parse().unwrap(),
            http: "127.0.0.1:0".parse().unwrap(),
            peers: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            hosts: Vec::new(),
            demo: Some(DemoCalendar { day: self.today, half_day_s: 60 }),
        };
        let created = init::create(&new, self.today).unwrap();
        Resident { config: created.config.path, request: created.request, running: None }
    }

    /// Signs the next root entry and brings it to a node.
    pub async fn decree(&self, at: &Running, body: Body) {
        let mut admin = at.admin().await;
        let heads = admin.heads(HeadsRequest {}).await.unwrap().into_inner().heads;
        let root = heads.iter().find(|head| head.author == "root");
        let head: RootHead = root.map(|head| (head.sequence, Id::from_slice(&head.id).unwrap()));
        let entry = founding::root_entry(&self.root, &self.file.id(), head, self.today, body);
        let request = AppendRootRequest { entry: entry.bytes().clone() };
        admin.append_root(request).await.unwrap();
    }

    /// Admits a resident over the node `at`.
    pub async fn admit(&self, at: &Running, resident: &Resident, role: FeedRole) {
        let month = Month::from_yyyymm(202_601).unwrap();
        self.decree(at, resident.request.admitted(role, month, "DFP-1")).await;
    }

    /// Starts the observer as the federation's hub, with the genesis entry and itself admitted.
    pub async fn open(&mut self) -> Resident {
        let mut observer = self.settle("zz_dfp", Role::Observer);
        observer.start().await;
        let running = observer.running.as_ref().unwrap();
        let request = AppendRootRequest { entry: self.genesis.bytes().clone() };
        running.admin().await.append_root(request).await.unwrap();
        self.admit(running, &observer, FeedRole::Observer).await;
        self.file.hubs = running.federation.network().listening.clone();
        observer
    }
}

impl Resident {
    pub async fn start(&mut self) {
        let config = Config::load(&self.config).unwrap();
        let socket = config.listen.admin_socket.clone();
        let node = Node::start(config).await.unwrap();
        let (federation, stop) = (node.federation.clone(), node.stop_token());
        let task = tokio::spawn(node.run());
        self.running = Some(Running { federation, socket, stop, task });
    }

    /// Starts the node again on a later day: a clock goes on while its node is off.
    pub async fn start_on(&mut self, today: CivilDay) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        let lines = text.lines().map(|line| match line.starts_with("demo_day = ") {
            true => format!("demo_day = {}\n", today.yyyymmdd()),
            false => format!("{line}\n"),
        });
        std::fs::write(&self.config, lines.collect::<String>()).unwrap();
        self.start().await;
    }

    /// Stops the node; its directory stays.
    pub async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.cancel();
        drop(running.federation);
        running.task.await.unwrap().unwrap();
    }

    pub fn node(&self) -> &Running {
        self.running.as_ref().unwrap()
    }
}

impl Running {
    pub async fn admin(&self) -> AdminClient<Channel> {
        admin(&self.socket).await
    }

    /// Waits until the feeds here satisfy `wanted`.
    pub async fn until(&self, what: &str, wanted: impl Fn(&faccina_node::federation::Snapshot) -> bool) {
        let mut feeds = self.federation.subscribe();
        let waited = tokio::time::timeout(PATIENCE, feeds.wait_for(|snapshot| wanted(snapshot))).await;
        match waited {
            Ok(seen) => drop(seen.unwrap()),
            Err(_) => panic!("{} waits in vain until {what}", self.federation.own()),
        }
    }

    /// Waits until these feeds are the same as those of `other`, whichever of the two is behind.
    pub async fn until_like(&self, other: &Self) {
        let (mut here, mut there) = (self.federation.subscribe(), other.federation.subscribe());
        let agree = async {
            while here.borrow_and_update().replica.digest() != there.borrow_and_update().replica.digest() {
                tokio::select! {
                    changed = here.changed() => changed.unwrap(),
                    changed = there.changed() => changed.unwrap(),
                }
            }
        };
        let agreed = tokio::time::timeout(PATIENCE, agree).await;
        let (own, others) = (self.federation.own(), other.federation.own());
        assert!(agreed.is_ok(), "{own} and {others} wait in vain until their feeds agree");
    }

    pub async fn until_network(
        &self,
        what: &str,
        wanted: impl Fn(&faccina_node::federation::NetworkState) -> bool,
    ) {
        let mut states = self.federation.watch_network();
        let waited = tokio::time::timeout(PATIENCE, states.wait_for(|state| wanted(state))).await;
        match waited {
            Ok(seen) => drop(seen.unwrap()),
            Err(_) => {
                let state = self.federation.network();
                panic!("{} waits in vain until {what}: {state:?}", self.federation.own())
            }
        }
    }

    pub async fn move_to(&self, day: CivilDay) {
        let request = SetDemoDayRequest { day: day.yyyymmdd(), hour: 9 };
        self.admin().await.set_demo_day(request).await.unwrap();
    }

    pub fn head(&self, author: &Author) -> u64 {
        self.federation.snapshot().replica.head(author).map_or(0, |head| head.sequence)
    }
}

pub async fn admin(socket: &Path) -> AdminClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("unix://{}", socket.display())).unwrap();
    AdminClient::new(endpoint.connect().await.unwrap())
}
