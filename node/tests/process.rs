//! An ente's node as a process of its own, in a federation whose other feeds were made beforehand.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::clock::instant;
use faccina_node::commands::init::{self, DemoCalendar, NewNode};
use faccina_node::config::{Config, FederationFile, Role};
use faccina_node::founding::{self, Applicant, root_entry};
use faccina_proto::bundle;
use faccina_proto::calendar::Month;
use faccina_proto::envelope::{Envelope, FederationId, Id, Kind};
use faccina_proto::replica::{Journal, MemoryLog, Outcome, Replica};
use faccina_proto::roster::Federation;
use faccina_proto::terminals::{Mode, OpeningHours};
use faccina_proto::wire::admin::v1::admin_client::AdminClient;
use faccina_proto::wire::admin::v1::{
    AddTerminalRequest, Chunk, CloseReply, CloseRequest, EnteService, ExportFeedsRequest, PutServiceRequest,
    SetDemoDayRequest, StatusRequest,
};
use faccina_proto::wire::feed::v1::{self as feed, entry::Body};
use faccina_proto::wire::officer::v1::officer_client::OfficerClient;
use faccina_proto::wire::terminal::v1::OpeningHours as WireHours;
use prost::Message;
use tempfile::{NamedTempFile, TempDir};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use crate::office::{ENTE, Terminal, catalogue, day, month};

/// Anything that takes longer than this on loopback is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const OBSERVER: &str = "zz_dfp";

/// An ente's node as a process of its own.
pub(crate) struct Town {
    _dir: TempDir,
    /// Beside the node's disk, which a test may fill.
    log: NamedTempFile,
    config: PathBuf,
    data: PathBuf,
    keys: PathBuf,
    socket: PathBuf,
    pub(crate) certificate: String,
    pub(crate) federation: FederationId,
    pub(crate) bundle: Vec<u8>,
    pub(crate) file: FederationFile,
}

pub(crate) struct Process(pub Child);

impl Process {
    /// Ends a node in order: its input is over.
    pub(crate) fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already where the test killed it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `faccina` with these words: what it says, or why it does not do it.
pub(crate) fn faccina(words: &[&str], paths: &[&Path]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    let output = command.args(words).args(paths).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

/// All feeds of a federation of the observer and one ente, with a catalogue, as a bundle.
fn feeds(
    trusted: &Federation,
    genesis: &Envelope,
    root: &SigningKey,
    request: &founding::Request,
    others: &[(SigningKey, SigningKey)],
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
    for (number, (feed_key, transport)) in others.iter().enumerate() {
        let applicant = Applicant { name: format!("Ente {number}"), ..Applicant::default() };
        let (code, transport) = (format!("c_yy{number:02}").parse().unwrap(), transport.verifying_key());
        let other = founding::Request::seal(&applicant, &code, &id, feed_key, &transport, today);
        let body = other.admitted(feed::Role::Ente, month(202_603), "3");
        entries.push(root_entry(root, &id, head(&entries), today, body));
    }
    let catalogue = catalogue();
    let mut own: Vec<Envelope> = Vec::new();
    let append = |body: Body, own: &mut Vec<Envelope>| {
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
    /// Makes the node's directory and the feeds of its federation.
    pub(crate) fn found() -> Self {
        Self::found_in(Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    /// The same in a directory of its own under `place`.
    pub(crate) fn found_in(place: &Path) -> Self {
        Self::found_among(place, &[], Vec::new())
    }

    /// The same, with further members by their feed and transport keys, and a node that waits for peers at `peers`.
    pub(crate) fn found_among(place: &Path, others: &[(SigningKey, SigningKey)], peers: Vec<String>) -> Self {
        let dir = tempfile::tempdir_in(place).unwrap();
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
            peers,
            hosts: Vec::new(),
            demo: Some(DemoCalendar { day: day(20_260_401), half_day_s: 60 }),
        };
        let created = init::create(&new, day(20_260_105)).unwrap();
        let file = &founding.file;
        let trusted = Federation::new(&file.name, file.root_key, file.successor_hash);
        Self {
            bundle: feeds(&trusted, &founding.genesis, &root, &created.request, others),
            config: created.config.path.clone(),
            data: created.config.data_dir.clone(),
            keys: created.config.keys_dir.clone(),
            socket: created.config.listen.admin_socket.clone(),
            certificate: created.keys.tls.certificate_pem.clone(),
            federation: founding.file.id(),
            file: founding.file.clone(),
            _dir: dir,
            log: NamedTempFile::new().unwrap(),
        }
    }

    /// The node that `faccina restore` made in a directory, of the same federation.
    pub(crate) fn restored_in(&self, dir: TempDir) -> Self {
        let config = Config::load(&dir.path().join(ENTE).join("faccina.toml")).unwrap();
        Self {
            bundle: self.bundle.clone(),
            file: self.file.clone(),
            config: config.path.clone(),
            socket: config.listen.admin_socket.clone(),
            data: config.data_dir,
            keys: config.keys_dir,
            certificate: self.certificate.clone(),
            federation: self.federation,
            _dir: dir,
            log: NamedTempFile::new().unwrap(),
        }
    }

    /// Changes lines of its configuration: `None` removes one.
    pub(crate) fn configure(&self, change: impl Fn(&str) -> Option<String>) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        let lines: Vec<String> = text.lines().filter_map(change).collect();
        std::fs::write(&self.config, lines.join("\n")).unwrap();
    }

    /// Where its calendar is when it starts again.
    pub(crate) fn wake_on(&self, day: u32) {
        self.configure(|line| {
            let is_day = line.starts_with("demo_day = ");
            Some(if is_day { format!("demo_day = {day}") } else { line.to_owned() })
        });
    }

    /// Names the hubs that the node dials.
    pub(crate) fn with_hubs(&self, hubs: Vec<String>) {
        let file = FederationFile { hubs, ..self.file.clone() };
        std::fs::write(self.config.with_file_name("federation.toml"), file.to_toml()).unwrap();
    }

    /// One that lies in `home` already.
    pub(crate) fn at(home: &Path) -> Self {
        let config = Config::load(&home.join("faccina.toml")).unwrap();
        let file = FederationFile::load(&config.federation_file).unwrap();
        Self {
            bundle: Vec::new(),
            certificate: std::fs::read_to_string(config.keys_dir.join("tls.crt")).unwrap(),
            federation: file.id(),
            file,
            config: config.path,
            data: config.data_dir,
            keys: config.keys_dir,
            socket: config.listen.admin_socket,
            _dir: tempfile::tempdir().unwrap(),
            log: NamedTempFile::new().unwrap(),
        }
    }

    /// Its databases.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The directory with its configuration, data and keys.
    pub(crate) fn home(&self) -> PathBuf {
        self.config.parent().unwrap().to_owned()
    }

    /// `faccina` with this word on the stopped node, without input: whether it succeeded, and what it said.
    pub(crate) fn output(&self, name: &str) -> (bool, String) {
        let output = self.command(name).stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Where devices reach the running node.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address_of("grpc")
    }

    /// Where the door of that name is open.
    pub(crate) fn address_of(&self, door: &str) -> SocketAddr {
        let addresses = std::fs::read_to_string(self.data.join("addresses.toml")).unwrap();
        let value = addresses.lines().find_map(|line| line.strip_prefix(door)?.strip_prefix(" = ")).unwrap();
        value.trim_matches('"').parse().unwrap()
    }

    /// A pairing code for a terminal at a counter, with its opening hours.
    pub(crate) async fn code(&self, name: &str, mode: Mode, hours: &[OpeningHours]) -> String {
        let hours = hours.iter().map(|hours| WireHours {
            weekday: hours.weekday(),
            from_minute: hours.from_minute(),
            to_minute: hours.to_minute(),
        });
        let request = AddTerminalRequest {
            name: name.to_owned(),
            channel: "counter".to_owned(),
            branch: "centro".to_owned(),
            services: vec!["anagrafe".to_owned()],
            mode: i32::try_from(mode.number()).unwrap(),
            hours: hours.collect(),
        };
        self.admin().await.unwrap().add_terminal(request).await.unwrap().into_inner().code
    }

    pub(crate) async fn move_to(&self, day: u32) {
        self.admin().await.unwrap().set_demo_day(SetDemoDayRequest { day, hour: 9 }).await.unwrap();
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
        command.arg(name).arg("--config").arg(&self.config);
        command
    }

    /// Starts the process and waits until it answers, on the day given.
    pub(crate) async fn start(&self, today: u32) -> Process {
        let process = self.launch().await;
        self.move_to(today).await;
        process
    }

    /// Starts the process and waits until it answers.
    pub(crate) async fn launch(&self) -> Process {
        let _ = std::fs::remove_file(self.data.join("addresses.toml"));
        let mut command = self.command("run");
        let log = std::fs::File::options().append(true).open(self.log.path()).unwrap();
        let child =
            command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut process = Process(child);
        let begun = instant();
        loop {
            if let Ok(mut admin) = self.admin().await
                && admin.status(StatusRequest {}).await.is_ok()
            {
                return process;
            }
            let ended = process.0.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "no start: {ended:?}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap_or_default()
    }

    /// Waits until the node has said `words` in its log.
    pub(crate) async fn says(&self, words: &str) {
        let begun = instant();
        while !self.log().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "it never says {words:?}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn admin(&self) -> Result<AdminClient<Channel>, tonic::transport::Error> {
        Ok(AdminClient::new(self.over_socket().await?))
    }

    pub(crate) async fn officer(&self) -> OfficerClient<Channel> {
        OfficerClient::new(self.over_socket().await.unwrap())
    }

    async fn over_socket(&self) -> Result<Channel, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(format!("unix://{}", self.socket.display())).unwrap();
        endpoint.connect().await
    }

    /// Names in the data directory and among the keys that begin so.
    pub(crate) fn files(&self, beginning: &str) -> Vec<String> {
        let places = [&self.data, &self.keys].map(|place| std::fs::read_dir(place).unwrap());
        let names = places.into_iter().flatten().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(beginning)).collect()
    }

    /// The acts of administrators, as recorded.
    pub(crate) fn audit(&self) -> String {
        std::fs::read_to_string(self.data.join("audit.jsonl")).unwrap()
    }

    pub(crate) async fn connect(&self) -> Channel {
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.certificate))
            .domain_name("localhost");
        let endpoint = Endpoint::from_shared(format!("https://{}", self.address())).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.unwrap()
    }

    /// Brings in the feeds and the ente's service.
    pub(crate) async fn prepare(&self) {
        let chunks: Vec<Chunk> =
            self.bundle.chunks(32 * 1024).map(|data| Chunk { data: Bytes::copy_from_slice(data) }).collect();
        let reply = self.admin().await.unwrap().import_feeds(futures::stream::iter(chunks)).await.unwrap();
        assert!(reply.into_inner().refused.is_empty());
        let service = EnteService { code: "anagrafe".to_owned(), few_operators: false, active: true };
        let request = PutServiceRequest { service: Some(service) };
        self.admin().await.unwrap().put_service(request).await.unwrap();
    }

    /// `faccina` with these words on the running node.
    pub(crate) fn say(&self, words: &[&str]) -> String {
        self.try_to_say(words).unwrap()
    }

    /// What it says, or why it does not do it.
    pub(crate) fn try_to_say(&self, words: &[&str]) -> Result<String, String> {
        faccina(words, &[Path::new("--config"), &self.config])
    }

    pub(crate) async fn enrol(&self, seed: u8) -> Terminal {
        self.enrol_with_hours(seed, &[]).await
    }

    /// A terminal that anyone may tap, with its opening hours.
    pub(crate) async fn enrol_with_hours(&self, seed: u8, hours: &[OpeningHours]) -> Terminal {
        let code = self.code(&format!("Terminale {seed}"), Mode::Open, hours).await;
        Terminal::enrol(self.connect().await, &self.certificate, &code, seed, "counter").await.unwrap()
    }

    /// Closes a month by command, or says what closing it would publish.
    pub(crate) async fn close(&self, month: Month, dry_run: bool) -> Result<CloseReply, tonic::Status> {
        let request = CloseRequest { dry_run, month: month.yyyymm(), offline: true };
        let admin = self.admin().await.map_err(|error| tonic::Status::unavailable(error.to_string()));
        Ok(admin?.close(request).await?.into_inner())
    }

    /// All feeds before its node ran.
    pub(crate) fn feeds(&self) -> bundle::Bundle {
        bundle::read(self.bundle.clone().into(), None).unwrap()
    }

    /// All feeds, as the running node gives them.
    async fn exported(&self) -> bundle::Bundle {
        let exported = self.admin().await.unwrap().export_feeds(ExportFeedsRequest {}).await;
        let (mut chunks, mut bytes) = (exported.unwrap().into_inner(), Vec::new());
        while let Some(chunk) = chunks.message().await.unwrap() {
            bytes.extend_from_slice(&chunk.data);
        }
        bundle::read(bytes.into(), None).unwrap()
    }

    /// How many entries the node's own feed has.
    pub(crate) async fn own_entries(&self) -> usize {
        let read = self.exported().await;
        read.replica.entries(&ENTE.parse().unwrap(), &read.log).count()
    }

    /// The summaries in the node's own feed, in order.
    pub(crate) async fn summaries(&self) -> Vec<feed::Summary> {
        let read = self.exported().await;
        let own = ENTE.parse().unwrap();
        let entries = read.replica.entries(&own, &read.log);
        entries
            .filter_map(
                |(_, entry)| {
                    if let faccina_proto::feed::Body::Summary(it) = entry.body { Some(it) } else { None }
                },
            )
            .collect()
    }

    /// `faccina check` on the stopped node.
    pub(crate) fn check(&self) {
        let output = self.command("check").output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{words}{}", String::from_utf8_lossy(&output.stderr));
        assert!(words.contains("All is sound."), "{words}");
    }

    /// All votes in the published groups.
    pub(crate) fn published(summary: &feed::Summary) -> u64 {
        summary.groups.iter().map(|group| u64::from(group.green + group.yellow + group.red)).sum()
    }
}
