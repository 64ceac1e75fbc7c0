//! An ente with everything that a cut can hit: a node that is admitted and has its catalogue, two terminals that vote over
//! gRPC, and an agent on a totem. Made once; each fresh cut begins with a copy of its disk.

use super::{CutError, disk::Disk};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::{
    commands::{
        federation::catalogue_file,
        init::{self, DemoCalendar, NewNode},
    },
    config::Role,
    demo::{
        counter::Device,
        process::NodeProcess,
        terminals::{Intake, Terminal},
    },
    device::local,
    founding::{self, Applicant, Request, root_entry},
    keys,
};
use faccina_proto::{
    bundle,
    calendar::{CivilDay, Month},
    envelope::{Envelope, FederationId, Id, Kind},
    names::{Author, IpaCode},
    replica::{Journal, MemoryLog, Replica},
    roster::Federation,
    wire::{
        admin::v1::{AddTerminalRequest, EnteService, PutServiceRequest},
        feed::v1::{self as wire, entry::Body},
        terminal::v1::Mode,
    },
};
use prost::Message;
use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};
use tokio::time::sleep;

/// The ente; its code exists nowhere.
pub(crate) const ENTE: &str = "c_zz01";
const OBSERVER: &str = "zz_dfp";
pub(crate) const SERVICE: &str = "anagrafe";
pub(crate) const CHANNEL: &str = "counter";
/// Terminals that vote over gRPC.
const TERMINALS: u8 = 2;
/// Name of the agent's directory on the disk.
const AGENT: &str = "totem";
/// How long an agent may take to send what it holds: 60 s.
const LOOKS_MAX: u32 = 3_000;
const LOOK: Duration = Duration::from_millis(20);
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The day on which the node starts, and the first month surveyed.
pub(crate) fn first_day() -> CivilDay {
    first_month().first_day()
}

fn first_month() -> Month {
    Month::from_yyyymm(202_604).expect("April 2026 is a month")
}

pub(crate) fn ente() -> IpaCode {
    ENTE.parse().expect("the code above is a code")
}

/// The programs on the disk of an ente, and how to start them.
#[derive(Clone, Debug)]
pub(crate) struct Town {
    pub(crate) program: PathBuf,
    pub(crate) root: PathBuf,
    pub(crate) federation: FederationId,
    certificate_pem: String,
}

/// Its running programs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) node: NodeProcess,
    pub(crate) agent: Device,
}

impl Town {
    /// Founds it on an empty disk; gives its enrolled terminals. What is left runs no more, and is written.
    pub(crate) async fn found(program: &Path, disk: &Disk) -> Result<(Self, Vec<Terminal>), CutError> {
        let root = disk.root().to_owned();
        let (key, successor) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let founding = founding::found(
            "Tagli di corrente",
            &key,
            &successor.verifying_key(),
            first_month(),
            first_day(),
        );
        let created = init::create(
            &NewNode {
                dir: root.join(ENTE),
                federation: founding.file.clone(),
                role: Role::Ente,
                ipa_code: ente(),
                applicant: Applicant {
                    name: "Comune di Provabuia".to_owned(),
                    category: "L6".to_owned(),
                    ..Applicant::default()
                },
                grpc: LOOPBACK,
                http: LOOPBACK,
                peers: Vec::new(),
                hosts: Vec::new(),
                demo: Some(DemoCalendar { day: first_day(), half_day_s: 60 }),
            },
            first_day(),
        )?;
        let file = &founding.file;
        let trusted = Federation::new(&file.name, file.root_key, file.successor_hash);
        let town = Self {
            program: program.to_owned(),
            root,
            federation: file.id(),
            certificate_pem: created.keys.tls.certificate_pem,
        };
        let feeds = town.root.join("feeds.faccina");
        fs::write(&feeds, feeds_of(&trusted, founding.genesis, &key, &created.request)?)
            .map_err(|source| CutError::File { path: feeds.clone(), source })?;
        let mut node = town.start_node(first_day()).await?;
        town.expect_success("feed import", &town.say(&["feed", "import"], &[&feeds])?)?;
        let service = EnteService { code: SERVICE.to_owned(), few_operators: false, active: true };
        let put = node.admin.put_service(PutServiceRequest { service: Some(service) }).await;
        node.answered(put)?;
        let mut terminals = Vec::new();
        for seed in 1..=TERMINALS {
            let code = code(&mut node, &format!("Terminale {seed}")).await?;
            let key = SigningKey::from_bytes(&keys::draw()?);
            terminals.push(Terminal::enrol(town.intake(&node), &code, key, false).await?);
        }
        let paired = code(&mut node, "Totem").await?;
        let agent = town.start_agent(&node, &["--code", &paired]).await?;
        town.until_known().await?;
        agent.stop().await;
        node.stop().await;
        Ok((town, terminals))
    }

    /// Where the node keeps its databases.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join(ENTE).join("data")
    }

    /// Where the agent keeps its own.
    pub(crate) fn agent_dir(&self) -> PathBuf {
        self.root.join(AGENT)
    }

    pub(crate) fn federation_file(&self) -> PathBuf {
        self.root.join(ENTE).join("federation.toml")
    }

    /// Starts the node, then the agent.
    pub(crate) async fn start(&self, day: CivilDay) -> Result<Running, CutError> {
        let node = self.start_node(day).await?;
        let agent = self.start_agent(&node, &[]).await?;
        Ok(Running { node, agent })
    }

    async fn start_node(&self, day: CivilDay) -> Result<NodeProcess, CutError> {
        let mut node = NodeProcess::start_from(&self.program, ente(), &self.root.join(ENTE)).await?;
        node.set_day(day, 9).await?;
        Ok(node)
    }

    async fn start_agent(&self, node: &NodeProcess, more: &[&str]) -> Result<Device, CutError> {
        let act = [&["kiosk", "--calendar", "node"], more].concat();
        Ok(Device::start_from(&self.program, &node.addresses.grpc, &self.root, AGENT, &act).await?)
    }

    fn intake(&self, node: &NodeProcess) -> Intake {
        Intake {
            ente: ente(),
            address: node.addresses.grpc.clone(),
            certificate_pem: self.certificate_pem.clone(),
            federation: self.federation,
        }
    }

    /// `faccina` with these words on this node.
    pub(crate) fn say(&self, words: &[&str], files: &[&Path]) -> Result<Output, CutError> {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--config").arg(self.root.join(ENTE).join("faccina.toml")).args(files);
        command.output().map_err(|source| CutError::File { path: self.program.clone(), source })
    }

    /// Waits until the agent has sent everything that it holds.
    pub(crate) async fn until_sent(&self) -> Result<(), CutError> {
        self.until("/status", |status| status.get("queue") == Some(&0.into())).await
    }

    /// Waits until the agent knows its services.
    async fn until_known(&self) -> Result<(), CutError> {
        self.until("/api/booth", |_| true).await
    }

    async fn until(&self, path: &str, holds: impl Fn(&serde_json::Value) -> bool) -> Result<(), CutError> {
        for _ in 0..LOOKS_MAX {
            if local::get(&self.agent_dir(), path).await.is_ok_and(|answer| holds(&answer)) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        Err(CutError::Unanswered)
    }

    /// What the programs logged last.
    pub(crate) fn logs(&self) -> String {
        let files = [self.root.join(ENTE).join("log.txt"), self.root.join(format!("{AGENT}-log.txt"))];
        files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect()
    }

    pub(crate) fn expect_success(&self, act: &'static str, output: &Output) -> Result<(), CutError> {
        if output.status.success() {
            return Ok(());
        }
        let words = [&output.stdout, &output.stderr].map(|words| String::from_utf8_lossy(words).into_owned());
        Err(CutError::Said { act, words: words.concat() })
    }
}

async fn code(node: &mut NodeProcess, name: &str) -> Result<String, CutError> {
    let request = AddTerminalRequest {
        name: name.to_owned(),
        channel: CHANNEL.to_owned(),
        branch: "centro".to_owned(),
        services: vec![SERVICE.to_owned()],
        mode: Mode::Open.into(),
        hours: Vec::new(),
    };
    let reply = node.admin.add_terminal(request).await;
    Ok(node.answered(reply)?.code)
}

/// All feeds of a federation of an observer and the ente, with a catalogue, as a bundle.
fn feeds_of(
    trusted: &Federation,
    genesis: Envelope,
    root: &SigningKey,
    request: &Request,
) -> Result<Vec<u8>, CutError> {
    let (id, day) = (*trusted.id(), first_month().previous().first_day());
    let (observer, transport) = (SigningKey::from_bytes(&[51; 32]), SigningKey::from_bytes(&[52; 32]));
    let applicant = Applicant { name: "DFP".to_owned(), category: "C1".to_owned(), ..Applicant::default() };
    let code = OBSERVER.parse().expect("the code above is a code");
    let dfp = Request::seal(&applicant, &code, &id, &observer, &transport.verifying_key(), day);
    let mut root_feed = vec![genesis];
    for body in [
        dfp.admitted(wire::Role::Observer, first_month(), "1"),
        request.admitted(wire::Role::Ente, first_month(), "2"),
    ] {
        let head = head(&root_feed, &id);
        root_feed.push(root_entry(root, &id, head, first_day(), body));
    }
    let catalogue = catalogue_file::sample(1, first_month())?;
    let mut own: Vec<Envelope> = Vec::new();
    let append = |body: Body, own: &mut Vec<Envelope>| {
        let head = head(own, &id);
        let entry = wire::Entry {
            author: OBSERVER.to_owned(),
            sequence: head.map_or(1, |(sequence, _)| sequence + 1),
            prev: head.map_or_else(Bytes::new, |(_, id)| Bytes::copy_from_slice(id.as_bytes())),
            civil_day: day.yyyymmdd(),
            body: Some(body),
        };
        own.push(Envelope::seal(Kind::Entry, &id, &observer, &entry.encode_to_vec()));
    };
    for part in catalogue.parts() {
        append(Body::CataloguePart(part), &mut own);
    }
    let parts: Vec<Id> = own.iter().map(|part| part.id(Kind::Entry, &id)).collect();
    append(Body::CatalogueClosing(catalogue.closing(&parts)), &mut own);
    let (mut replica, mut log) = (Replica::new(trusted.clone()), MemoryLog::default());
    for entry in root_feed.into_iter().chain(own) {
        let mut journal = Journal::new(&log);
        replica.accept(entry.bytes().clone(), None, &mut journal);
        let changes = journal.into_changes();
        log.apply(changes);
    }
    let whole = replica.head(&Author::Member(code)).is_some();
    let mut bytes = Vec::new();
    let written = bundle::write(&replica, &log, &mut |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok::<(), std::io::Error>(())
    });
    if written.is_err() || !whole {
        return Err(CutError::Feeds);
    }
    Ok(bytes)
}

fn head(entries: &[Envelope], federation: &FederationId) -> Option<(u64, Id)> {
    let last = entries.last()?;
    Some((u64::try_from(entries.len()).ok()?, last.id(Kind::Entry, federation)))
}
