//! A real node killed with SIGKILL again and again: no receipted ballot is lost, none is counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::commands::init::{self, DemoCalendar, NewNode};
use faccina_node::config::Role;
use faccina_node::founding::{self, Applicant, root_entry};
use faccina_proto::ballot::{Face, Reason, Receipt};
use faccina_proto::bundle;
use faccina_proto::calendar::Month;
use faccina_proto::envelope::{Envelope, FederationId, Id, Kind};
use faccina_proto::replica::{Journal, MemoryLog, Outcome, Replica};
use faccina_proto::roster::Federation;
use faccina_proto::terminals::Mode;
use faccina_proto::wire::admin::v1::admin_client::AdminClient;
use faccina_proto::wire::admin::v1::{
    AddTerminalRequest, Chunk, CloseRequest, EnteService, HeadsRequest, PutServiceRequest, SetDemoDayRequest,
    StatusRequest,
};
use faccina_proto::wire::feed::v1::{self as feed, entry::Body};
use faccina_proto::wire::terminal::v1::CastBatch;
use prost::Message;
use rand::RngExt;
use tempfile::TempDir;
use tokio::sync::watch;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use crate::office::{ENTE, Terminal, catalogue, day, is_receipt, month};

/// Kills under load.
const KILLS: usize = 22;
/// Kills while a month is being closed.
const KILLS_AT_CLOSE: usize = 6;
const TERMINALS: u8 = 3;
/// Anything that takes longer than this on loopback is broken.
const PATIENCE: Duration = Duration::from_secs(60);
const OBSERVER: &str = "zz_dfp";

/// An ente's node as a process of its own.
struct Town {
    _dir: TempDir,
    config: PathBuf,
    data: PathBuf,
    socket: PathBuf,
    certificate: String,
    federation: FederationId,
    bundle: Vec<u8>,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already where the test killed it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All feeds of a federation of the observer and one ente, with a catalogue, as a bundle.
fn feeds(
    trusted: &Federation,
    genesis: &Envelope,
    root: &SigningKey,
    request: &founding::Request,
) -> Vec<u8> {
    let (observer, today, id) = (SigningKey::from_bytes(&[51; 32]), day(20_260_105), *trusted.id());
    let transport = SigningKey::from_bytes(&[52; 32]).verifying_key();
    let applicant = Applicant { name: "DFP".to_owned(), category: "C1".to_owned(), ..Applicant::default() };
    let dfp =
        founding::Request::seal(&applicant, &OBSERVER.parse().unwrap(), &id, &observer, &transport, today);
    let mut entries = vec![genesis.clone()];
    let head =
        |entries: &[Envelope]| Some((entries.len() as u64, entries.last().unwrap().id(Kind::Entry, &id)));
    for body in [
        dfp.admitted(feed::Role::Observer, month(202_601), "1"),
        request.admitted(feed::Role::Ente, month(202_603), "2"),
    ] {
        entries.push(root_entry(root, &id, head(&entries), today, body));
    }
    let catalogue = catalogue();
    let mut own: Vec<Envelope> = Vec::new();
    let mut append = |body: Body, own: &mut Vec<Envelope>| {
        let prev = own.last().map(|last| Bytes::copy_from_slice(last.id(Kind::Entry, &id).as_bytes()));
        let entry = feed::Entry {
            author: OBSERVER.to_owned(),
            sequence: own.len() as u64 + 1,
            prev: prev.unwrap_or_default(),
            civil_day: day(20_251_231).yyyymmdd(),
            body: Some(body),
        };
        own.push(Envelope::seal(Kind::Entry, &id, &observer, &entry.encode_to_vec()));
    };
    for part in catalogue.parts() {
        append(Body::CataloguePart(part), &mut own);
    }
    let ids: Vec<Id> = own.iter().map(|part| part.id(Kind::Entry, &id)).collect();
    append(Body::CatalogueClosing(catalogue.closing(&ids)), &mut own);
    let (mut replica, mut log) = (Replica::new(trusted.clone()), MemoryLog::default());
    for entry in entries.into_iter().chain(own) {
        let mut journal = Journal::new(&log);
        let outcome = replica.accept(entry.bytes().clone(), None, &mut journal);
        assert!(matches!(outcome, Outcome::Added(_)), "{outcome:?}");
        let changes = journal.into_changes();
        log.apply(changes);
    }
    let mut bytes = Vec::new();
    bundle::write(&replica, &log, &mut |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok::<(), std::io::Error>(())
    })
    .unwrap();
    bytes
}

impl Town {
    fn found() -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let root = SigningKey::from_bytes(&[7; 32]);
        let successor = SigningKey::from_bytes(&[8; 32]).verifying_key();
        let founding = founding::found("Prova", &root, &successor, month(202_601), day(20_260_105));
        let new = NewNode {
            dir: dir.path().join(ENTE),
            federation: founding.file.clone(),
            role: Role::Ente,
            ipa_code: ENTE.parse().unwrap(),
            applicant: Applicant {
                name: "Comune di Prova".to_owned(),
                category: "L6".to_owned(),
                ..Applicant::default()
            },
            grpc: "127.0.0.1:0".parse().unwrap(),
            http: "127.0.0.1:0".parse().unwrap(),
            peers: Vec::new(),
            hosts: Vec::new(),
            demo: Some(DemoCalendar { day: day(20_260_401), half_day_s: 60 }),
        };
        let created = init::create(&new, day(20_260_105)).unwrap();
        let file = &founding.file;
        let trusted = Federation::new(&file.name, file.root_key, file.successor_hash);
        Self {
            bundle: feeds(&trusted, &founding.genesis, &root, &created.request),
            config: created.config.path.clone(),
            data: created.config.data_dir.clone(),
            socket: created.config.listen.admin_socket.clone(),
            certificate: created.keys.tls.certificate_pem.clone(),
            federation: founding.file.id(),
            _dir: dir,
        }
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
        command.arg(name).arg("--config").arg(&self.config);
        command
    }

    /// Starts the process and waits until it answers, on the day given.
    async fn start(&self, today: u32) -> Process {
        let _ = std::fs::remove_file(self.data.join("addresses.toml"));
        let mut command = self.command("run");
        let log = std::fs::File::options().create(true).append(true).open(self.data.join("log")).unwrap();
        let child =
            command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut process = Process(child);
        let begun = Instant::now();
        loop {
            if let Ok(mut admin) = self.admin().await {
                if admin.status(StatusRequest {}).await.is_ok() {
                    admin.set_demo_day(SetDemoDayRequest { day: today, hour: 9 }).await.unwrap();
                    return process;
                }
            }
            let ended = process.0.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "no start: {ended:?}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("log")).unwrap_or_default()
    }

    async fn admin(&self) -> Result<AdminClient<Channel>, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(format!("unix://{}", self.socket.display())).unwrap();
        Ok(AdminClient::new(endpoint.connect().await?))
    }

    async fn connect(&self) -> Channel {
        let addresses = std::fs::read_to_string(self.data.join("addresses.toml")).unwrap();
        let grpc = addresses.lines().find_map(|line| line.strip_prefix("grpc = ")).unwrap().trim_matches('"');
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.certificate))
            .domain_name("localhost");
        let endpoint = Endpoint::from_shared(format!("https://{grpc}")).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.unwrap()
    }

    async fn prepare(&self) {
        let chunks: Vec<Chunk> =
            self.bundle.chunks(32 * 1024).map(|data| Chunk { data: Bytes::copy_from_slice(data) }).collect();
        let reply = self.admin().await.unwrap().import_feeds(futures::stream::iter(chunks)).await.unwrap();
        assert!(reply.into_inner().refused.is_empty());
        let service = EnteService { code: "anagrafe".to_owned(), few_operators: false, active: true };
        let request = PutServiceRequest { service: Some(service) };
        self.admin().await.unwrap().put_service(request).await.unwrap();
    }

    async fn enrol(&self, seed: u8) -> Terminal {
        let request = AddTerminalRequest {
            name: format!("Terminale {seed}"),
            channel: "counter".to_owned(),
            branch: "centro".to_owned(),
            services: vec!["anagrafe".to_owned()],
            mode: i32::try_from(Mode::Open.number()).unwrap(),
            hours: Vec::new(),
        };
        let code = self.admin().await.unwrap().add_terminal(request).await.unwrap().into_inner().code;
        Terminal::enrol(self.connect().await, &code, seed, "counter").await.unwrap()
    }

    async fn close(&self, month: Month) -> Result<feed::Summary, tonic::Status> {
        let request = CloseRequest { dry_run: false, month: month.yyyymm(), offline: true };
        let reply = self
            .admin()
            .await
            .map_err(|error| tonic::Status::unavailable(error.to_string()))?
            .close(request)
            .await?;
        Ok(reply.into_inner().summary.unwrap())
    }

    /// `faccina check` on the stopped node.
    fn check(&self) {
        let output = self.command("check").output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{words}{}", String::from_utf8_lossy(&output.stderr));
        assert!(words.contains("All is sound."), "{words}");
    }

    fn published(summary: &feed::Summary) -> u32 {
        summary.groups.iter().map(|group| group.green + group.yellow + group.red).sum()
    }
}

/// What one terminal holds: votes without a receipt, and the receipts it got.
struct Queue {
    terminal: Terminal,
    waiting: BTreeMap<Id, Bytes>,
    receipted: BTreeMap<Id, (Receipt, Bytes)>,
    nonce: u128,
    /// Receipts of all terminals so far.
    progress: Arc<watch::Sender<usize>>,
}

impl Queue {
    fn vote(&mut self) {
        self.nonce += 1;
        let faces = [Face::Green, Face::Green, Face::Yellow, Face::Red(None), Face::Red(Some(Reason::Third))];
        let face = faces[usize::try_from(self.nonce % 5).unwrap()];
        let cast = self.terminal.vote(day(20_260_420), face, self.nonce);
        self.waiting.insert(crate::office::id_of(&cast), self.terminal.sign(&cast));
    }

    /// Sends everything that waits, and a few receipted ones again, until all is answered or the node is gone.
    async fn send(&mut self) {
        let again = self.receipted.values().rev().take(5).map(|(_, cast)| cast.clone());
        let casts: Vec<Bytes> = self.waiting.values().cloned().chain(again).collect();
        let Ok(mut stream) = self.terminal.stream().await else { return };
        let messages: Vec<CastBatch> = casts
            .chunks(rand::rng().random_range(1..40))
            .map(|casts| CastBatch { casts: casts.to_vec() })
            .collect();
        let up = stream.casts;
        tokio::spawn(async move {
            for message in messages {
                if up.send(message).await.is_err() {
                    return;
                }
            }
        });
        while let Ok(Some(batch)) = stream.answers.message().await {
            for answer in &batch.answers {
                self.take(answer);
            }
        }
    }

    fn take(&mut self, answer: &faccina_proto::wire::terminal::v1::Answer) {
        assert!(is_receipt(answer), "{answer:?}");
        let receipt = self.terminal.receipt(answer);
        if let Some((before, _)) = self.receipted.get(&receipt.ballot) {
            assert_eq!(*before, receipt, "the same receipt again");
        } else {
            let cast = self.waiting.remove(&receipt.ballot).expect("an answer to what was sent");
            self.receipted.insert(receipt.ballot, (receipt, cast));
            self.progress.send_modify(|receipts| *receipts += 1);
        }
    }
}

/// Kills under load: when so many more receipts have come, and a little later.
async fn kill_within(
    process: &mut Process,
    mut progress: watch::Receiver<usize>,
    receipts: usize,
    delay: Duration,
) {
    let wanted = *progress.borrow() + receipts;
    let reached = tokio::time::timeout(PATIENCE, progress.wait_for(|so_far| *so_far >= wanted)).await;
    assert!(reached.is_ok(), "receipts come");
    kill_after(process, delay).await;
}

async fn kill_after(process: &mut Process, delay: Duration) {
    tokio::time::sleep(delay).await;
    process.0.kill().unwrap();
    process.0.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_counts_every_receipted_ballot_once() {
    let town = Town::found();
    assert_eq!(town.federation, crate::office::federation());
    let mut process = town.start(20_260_420).await;
    town.prepare().await;
    let progress = Arc::new(watch::Sender::new(0));
    let mut queues = Vec::new();
    for seed in 1..=TERMINALS {
        let terminal = town.enrol(seed).await;
        queues.push(Queue {
            terminal,
            waiting: BTreeMap::new(),
            receipted: BTreeMap::new(),
            nonce: u128::from(seed) << 64,
            progress: progress.clone(),
        });
    }
    let mut cut_short = 0;
    for round in 0..KILLS {
        for queue in &mut queues {
            (0..200).for_each(|_| queue.vote());
        }
        let before = *progress.borrow();
        let (receipts, delay) =
            (rand::rng().random_range(0..400), Duration::from_micros(rand::rng().random_range(0..4_000)));
        let sending = futures::future::join_all(queues.iter_mut().map(Queue::send));
        let (_, ()) = tokio::join!(sending, kill_within(&mut process, progress.subscribe(), receipts, delay));
        let waiting: usize = queues.iter().map(|queue| queue.waiting.len()).sum();
        println!("kill {round}: {} receipts, {waiting} votes without one", *progress.borrow() - before);
        cut_short += usize::from(waiting > 0);
        process = town.start(20_260_420).await;
        reconnect(&town, &mut queues).await;
    }
    assert!(cut_short >= KILLS / 2, "only {cut_short} kills came while votes were under way");
    // The last votes are written, their receipts never arrive, and the month is closed before they are sent again.
    for queue in &mut queues {
        queue.send_until_answered().await;
        (0..50).for_each(|_| queue.vote());
        queue.lose_receipts().await;
    }
    kill_after(&mut process, Duration::ZERO).await;
    let mut process = town.start(20_260_502).await;
    for _ in 0..KILLS_AT_CLOSE {
        let delay = Duration::from_millis(rand::rng().random_range(0..25));
        let (_, ()) = tokio::join!(town.close(month(202_604)), kill_after(&mut process, delay));
        process = town.start(20_260_502).await;
    }
    let closed = town.close(month(202_604)).await;
    reconnect(&town, &mut queues).await;
    for queue in &mut queues {
        queue.send_until_answered().await;
    }
    let all: Vec<&Receipt> =
        queues.iter().flat_map(|queue| queue.receipted.values().map(|(receipt, _)| receipt)).collect();
    let april = all.iter().filter(|receipt| receipt.counted_in == month(202_604)).count();
    assert_eq!(all.iter().map(|receipt| receipt.ballot).collect::<BTreeSet<_>>().len(), all.len());
    assert_eq!(april, all.len(), "every vote was durable before the close");
    assert_eq!(all.len(), usize::from(TERMINALS) * (KILLS * 200 + 50));
    let summary = match closed {
        Ok(summary) => summary,
        Err(status) => {
            assert!(status.message().contains("closed already"), "{status}");
            published_summary(&town).await
        }
    };
    assert_eq!(Town::published(&summary) as usize, all.len(), "each counted exactly once");
    let heads = town.admin().await.unwrap().heads(HeadsRequest {}).await.unwrap().into_inner().heads;
    let own = heads.iter().find(|head| head.author == ENTE).unwrap();
    assert_eq!(own.sequence, 1, "the month was closed once");
    kill_after(&mut process, Duration::ZERO).await;
    town.check();
}

/// The summary that a close before the last kill put into the feed.
async fn published_summary(town: &Town) -> feed::Summary {
    let mut chunks = town
        .admin()
        .await
        .unwrap()
        .export_feeds(faccina_proto::wire::admin::v1::ExportFeedsRequest {})
        .await
        .unwrap()
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.message().await.unwrap() {
        bytes.extend_from_slice(&chunk.data);
    }
    let read = bundle::read(bytes.into(), None).unwrap();
    let own = ENTE.parse().unwrap();
    let (_, entry) = read.replica.entries(&own, &read.log).next().unwrap();
    let faccina_proto::feed::Body::Summary(summary) = entry.body else { panic!("no summary: {entry:?}") };
    summary
}

async fn reconnect(town: &Town, queues: &mut [Queue]) {
    let channel = town.connect().await;
    for queue in queues {
        queue.terminal.reconnect(channel.clone());
    }
}

impl Queue {
    async fn send_until_answered(&mut self) {
        while !self.waiting.is_empty() {
            self.send().await;
        }
    }

    /// Sends what waits and waits until it is answered, which means durable; then forgets the answers.
    async fn lose_receipts(&mut self) {
        let casts: Vec<Bytes> = self.waiting.values().cloned().collect();
        let answers = self.terminal.send(casts).await.unwrap();
        assert!(answers.iter().all(is_receipt));
    }
}
