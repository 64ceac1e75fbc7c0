//! An ente's intake behind its real door (TLS, tokens, gRPC), and terminals that enrol and vote at it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::clock::Clock;
use faccina_node::config::{Ballots, Config, Counter, Listen, Log, Role};
use faccina_node::counter::CounterService;
use faccina_node::intake::{Intake, Office, Paired, Place, Settings};
use faccina_node::keys::NodeKeys;
use faccina_node::link::TlsKey;
use faccina_node::loss::LossBook;
use faccina_node::serve::{Doors, Figures};
use faccina_node::served::ServedBook;
use faccina_node::services::{OwnService, ServiceBook};
use faccina_node::store::{self, Store};
use faccina_node::tokens::{DeskPlace, Tokens};
use faccina_proto::ballot::{Ballot, Cast, Face, Receipt};
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::catalogue::Catalogue;
use faccina_proto::envelope::{Envelope, FederationId, Id, KeyId, Kind, parse_key};
use faccina_proto::names::Code;
use faccina_proto::pairing::{PairingCode, Side};
use faccina_proto::terminals::Mode;
use faccina_proto::wire::feed::v1 as feed;
use faccina_proto::wire::terminal::v1::terminal_client::TerminalClient;
use faccina_proto::wire::terminal::v1::{
    Answer, AnswerBatch, BoothReply, BoothRequest, CastBatch, EnrollRequest, answer,
};
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::service::Routes;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status, Streaming};

/// The ente of these tests.
pub(crate) const ENTE: &str = "c_zz01";
/// Where links of invites lead.
pub(crate) const INVITE_PAGE: &str = "https://voto.example.it/";
/// Messages sent ahead of what the node has read.
const BATCHES_AHEAD: usize = 64;

pub(crate) fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

pub(crate) fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

pub(crate) fn federation() -> FederationId {
    FederationId::of(&SigningKey::from_bytes(&[7; 32]).verifying_key(), "Prova")
}

/// A catalogue with two services on the channel of the counter and on the web.
#[derive(Debug)]
struct Town {
    catalogue: Arc<Catalogue>,
}

impl Office for Town {
    fn few_operators(&self) -> BTreeSet<Code> {
        BTreeSet::new()
    }

    fn ente_name(&self) -> String {
        "Comune di Prova".to_owned()
    }

    fn catalogue(&self, _month: Month) -> Option<Arc<Catalogue>> {
        Some(self.catalogue.clone())
    }
}

fn text(text: &str) -> Vec<feed::LocalisedText> {
    vec![feed::LocalisedText { language: "it".to_owned(), text: text.to_owned() }]
}

pub(crate) fn catalogue() -> Catalogue {
    let service = |code: &str| feed::Service {
        code: code.to_owned(),
        name: text(code),
        area: "demografici".to_owned(),
        audience: "citizens".to_owned(),
        kind: "registry".to_owned(),
        single_interaction: true,
        sensitive: false,
    };
    let channel = |code: &str| feed::Channel { code: code.to_owned(), name: text(code) };
    let reason = |words: &str| feed::ReasonText { text: text(words) };
    let reasons = feed::ReasonList {
        channel: "counter".to_owned(),
        reasons: ["attesa", "ritorno", "attenzione", "esito"].map(reason).to_vec(),
    };
    let part = feed::CataloguePart {
        version: 1,
        part: 0,
        services: vec![service("anagrafe"), service("tributi")],
        channels: vec![channel("counter"), channel("web")],
        reasons: vec![reasons],
        texts: Vec::new(),
        targets: None,
    };
    Catalogue::assemble(1, month(202_601), (5, 10), &[part]).unwrap()
}

/// A running intake with its door open.
pub(crate) struct OpenOffice {
    pub(crate) intake: Intake,
    pub(crate) clock: Clock,
    pub(crate) keys: NodeKeys,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

fn config(dir: &Path) -> Config {
    Config {
        path: dir.join("faccina.toml"),
        role: Role::Ente,
        ipa_code: ENTE.parse().unwrap(),
        name: "Comune di Prova".to_owned(),
        data_dir: dir.join("data"),
        keys_dir: dir.join("keys"),
        federation_file: dir.join("federation.toml"),
        listen: Listen {
            grpc: "127.0.0.1:0".parse().unwrap(),
            admin_socket: dir.join("admin.sock"),
            http: "127.0.0.1:0".parse().unwrap(),
            peers: Vec::new(),
            contact: Vec::new(),
        },
        ballots: Ballots { retention_days: 90, close_by_timer: false, half_day_s: None },
        counter: Counter::default(),
        log: Log::default(),
        demo: None,
    }
}

pub(crate) fn box_keys(dir: &Path) -> PathBuf {
    dir.join("keys")
}

impl OpenOffice {
    /// Opens the office in `dir`, keeping what an earlier one left there.
    pub(crate) async fn open(dir: &Path, clock: Clock) -> Self {
        let config = config(dir);
        std::fs::create_dir_all(&config.data_dir).unwrap();
        std::fs::create_dir_all(&config.keys_dir).unwrap();
        let keys = NodeKeys::load(&config.keys_dir)
            .or_else(|_| NodeKeys::create(&config.keys_dir, ENTE, &[]))
            .unwrap();
        let node: Arc<dyn Store> = Arc::new(store::open(&config.data_dir.join(store::NODE_DIR)).unwrap());
        let settings = Settings {
            data_dir: config.data_dir.clone(),
            keys_dir: box_keys(dir),
            ente: config.ipa_code.clone(),
            federation: federation(),
            receipt_key: keys.receipt.clone(),
            node_key: keys.node,
            tls_key: TlsKey::of_pem(&keys.tls.certificate_pem).unwrap(),
            half_day_s: None,
            first_open: month(202_604),
            loss: LossBook::open(node.clone()).unwrap(),
        };
        let intake = Intake::open(settings, node.clone(), clock.clone()).unwrap();
        let tokens = Arc::new(Tokens::open(node.clone()).unwrap());
        let services = Arc::new(ServiceBook::open(node.clone()).unwrap());
        for service in ["anagrafe", "tributi"] {
            let own = OwnService { few_operators: false, active: true };
            services.put(&service.parse().unwrap(), own).unwrap();
        }
        let served = Arc::new(ServedBook::new(node));
        let town = Arc::new(Town { catalogue: Arc::new(catalogue()) });
        let counter = CounterService::new(
            intake.clone(),
            town.clone(),
            services,
            served,
            tokens.clone(),
            clock.clone(),
            Some(INVITE_PAGE.to_owned()),
        );
        let service = intake.service(town, tokens.clone()).into_server();
        let figures = Figures { metrics: Arc::new(Vec::new), troubles: Arc::new(Vec::new) };
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let doors = Doors::bind(&config).await.unwrap();
        let address = doors.grpc_address;
        let routes = Routes::new(service).add_service(counter.into_server());
        doors.serve(&mut tasks, routes, tokens.clone(), figures, &keys.tls, stop.clone()).unwrap();
        Self { intake, clock, keys, tokens, address, stop, tasks }
    }

    /// Shuts the office as on a graceful shutdown; all its databases are free on return.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.intake.shut().await;
        self.tasks.join_all().await;
    }

    /// A connection through the door, as terminals make it.
    pub(crate) async fn connect(&self) -> Channel {
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.keys.tls.certificate_pem))
            .domain_name("localhost");
        let endpoint = Endpoint::from_shared(format!("https://{}", self.address)).unwrap();
        endpoint.tls_config(tls).unwrap().tcp_nodelay(true).connect().await.unwrap()
    }

    /// A pairing code for a desk of the branch "centro" that concludes these services.
    pub(crate) fn desk_code(&self, services: &[&str], terminal: Option<KeyId>) -> String {
        let place = DeskPlace {
            name: "Sportello 3".to_owned(),
            branch: "centro".parse().unwrap(),
            services: services.iter().map(|service| service.parse().unwrap()).collect(),
            terminal,
        };
        self.intake.draw_code(Paired::Desk(place)).unwrap().to_string()
    }

    /// Enrols a terminal of the branch "centro" with the seed of its key.
    pub(crate) async fn terminal(&self, seed: u8, channel: &str, mode: Mode) -> Terminal {
        let code = |code: &str| code.parse().unwrap();
        let place = Place {
            name: format!("Terminale {seed}"),
            channel: code(channel),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe"), code("tributi")]),
            mode,
            hours: Vec::new(),
        };
        let code = self.intake.draw_code(Paired::Terminal(place)).unwrap().to_string();
        let certificate = &self.keys.tls.certificate_pem;
        Terminal::enrol(self.connect().await, certificate, &code, seed, channel).await.unwrap()
    }
}

/// A device with its own key.
#[derive(Clone)]
pub(crate) struct Terminal {
    pub(crate) key: SigningKey,
    pub(crate) id: KeyId,
    pub(crate) channel: String,
    receipt_key: [u8; 32],
    pub(crate) client: TerminalClient<Channel>,
    token: String,
}

impl Terminal {
    /// `certificate` is the one that this device sees.
    pub(crate) async fn enrol(
        channel: Channel,
        certificate: &str,
        code: &str,
        seed: u8,
        of: &str,
    ) -> Result<Self, Status> {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let (code, node_key) = (PairingCode::parse(code).unwrap(), TlsKey::of_pem(certificate).unwrap());
        let device = key.verifying_key().to_bytes();
        let proof = code.proof(Side::Device, node_key.as_bytes(), &device);
        let proof = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &key, &proof);
        let mut client = TerminalClient::new(channel);
        let request = EnrollRequest {
            public_key: Bytes::copy_from_slice(key.verifying_key().as_bytes()),
            proof: proof.bytes().clone(),
        };
        let reply = client.enroll(request).await?.into_inner();
        assert_eq!(reply.federation_id.as_ref(), federation().as_bytes());
        assert_eq!(reply.ente, ENTE);
        assert!(code.is_proof(&reply.node_proof, Side::Node, node_key.as_bytes(), &device));
        Ok(Self {
            id: KeyId::of(&key.verifying_key()),
            key,
            channel: of.to_owned(),
            receipt_key: reply.receipt_key.as_ref().try_into().unwrap(),
            client,
            token: reply.token,
        })
    }

    /// Goes on over a new connection, after the node was restarted.
    pub(crate) fn reconnect(&mut self, channel: Channel) {
        self.client = TerminalClient::new(channel);
    }

    pub(crate) fn with_token<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = MetadataValue::try_from(format!("Bearer {}", self.token)).unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    pub(crate) async fn booth(&self) -> Result<BoothReply, Status> {
        let request = BoothRequest { terminal: Bytes::copy_from_slice(self.id.as_bytes()) };
        Ok(self.client.clone().booth(self.with_token(request)).await?.into_inner())
    }

    /// A vote for "anagrafe" on a day, as the terminal would hold it before signing.
    pub(crate) fn vote(&self, day: CivilDay, face: Face, nonce: u128) -> Cast {
        let code = |code: &str| code.parse().unwrap();
        let ballot = Ballot {
            ente: ENTE.parse().unwrap(),
            service: code("anagrafe"),
            channel: code(&self.channel),
            branch: code("centro"),
            month: day.month(),
            face,
            nonce: nonce.to_be_bytes(),
        };
        Cast {
            ballot_bytes: ballot.encode().into(),
            ballot,
            day,
            terminal: self.id,
            invite_hash: None,
            attended: false,
        }
    }

    pub(crate) fn sign(&self, cast: &Cast) -> Bytes {
        Envelope::seal(Kind::Cast, &federation(), &self.key, &cast.encode()).bytes().clone()
    }

    /// Opens a stream of casts.
    pub(crate) async fn stream(&self) -> Result<CastStream, Status> {
        let (casts, up) = mpsc::channel(BATCHES_AHEAD);
        let request = self.with_token(ReceiverStream::new(up));
        let answers = self.client.clone().cast(request).await?.into_inner();
        Ok(CastStream { casts, answers })
    }

    /// Sends casts in one message and gives the answers, in order.
    pub(crate) async fn send(&self, casts: Vec<Bytes>) -> Result<Vec<Answer>, Status> {
        let mut stream = self.stream().await?;
        let expected = casts.len();
        stream.casts.send(CastBatch { casts }).await.unwrap();
        let mut answers = Vec::new();
        while answers.len() < expected {
            let batch = stream.answers.next().await.expect("the stream goes on until all are answered")?;
            answers.extend(batch.answers);
        }
        Ok(answers)
    }

    /// Sends one cast.
    pub(crate) async fn send_one(&self, cast: Bytes) -> Answer {
        self.send(vec![cast]).await.unwrap().remove(0)
    }

    /// The receipt in an answer, its signature checked.
    pub(crate) fn receipt(&self, answer: &Answer) -> Receipt {
        let Some(answer::Answer::Receipt(bytes)) = &answer.answer else { panic!("no receipt: {answer:?}") };
        let envelope = Envelope::parse(bytes.clone()).unwrap();
        let key = parse_key(&self.receipt_key).unwrap();
        envelope.verify(Kind::Receipt, &federation(), &key).unwrap();
        let receipt = Receipt::decode(envelope.payload()).unwrap();
        assert_eq!(receipt.ballot.as_bytes().as_slice(), answer.ballot_id.as_ref());
        receipt
    }
}

/// Casts up, answers down.
pub(crate) struct CastStream {
    pub(crate) casts: mpsc::Sender<CastBatch>,
    pub(crate) answers: Streaming<AnswerBatch>,
}

pub(crate) fn is_receipt(answer: &Answer) -> bool {
    matches!(answer.answer, Some(answer::Answer::Receipt(_)))
}

/// The code of a refusal.
pub(crate) fn refusal(answer: &Answer) -> &str {
    match &answer.answer {
        Some(answer::Answer::Refusal(refusal)) => &refusal.code,
        other => panic!("no refusal: {other:?}"),
    }
}

pub(crate) fn id_of(cast: &Cast) -> Id {
    Ballot::id(&cast.ballot_bytes, &federation())
}
