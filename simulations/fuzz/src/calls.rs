//! gRPC: any bytes as the body of a call by a terminal or a desk, answered by the services of a running ente, its databases
//! and its writer included.
//!
//! Deliberately absent: HTTP/2 below the calls, which is the library's, and officers and administrators, who hold a token of
//! this node or its socket.

use crate::golden::{marked, vectors};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::{
    clock::Clock,
    counter::CounterService,
    intake::{Intake, Office, Paired, Place, Settings},
    keys::NodeKeys,
    link::TlsKey,
    loss::LossBook,
    served::ServedBook,
    services::{OwnService, ServiceBook},
    store::{MemoryStore, Store},
    tokens::{Caller, CallerRole, DeskPlace, Tokens},
};
use faccina_proto::{
    ballot::{Ballot, Cast, Face},
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::{Envelope, FederationId, KeyId, Kind},
    names::Code,
    pairing::{PairingCode, Side},
    terminals::Mode,
    wire::{desk::v1 as desk, feed::v1 as feed, terminal::v1 as terminal},
};
use http_body_util::{BodyExt, Full, Limited};
use prost::Message;
use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, time::timeout};
use tonic::{
    codegen::http::{Request, StatusCode, Version, header},
    service::Routes,
};
use tower::ServiceExt;

/// The calls; a first byte says which.
const CALLS: [&str; 12] = [
    "terminal.v1.Terminal/Enroll",
    "terminal.v1.Terminal/Booth",
    "terminal.v1.Terminal/Cast",
    "terminal.v1.Terminal/Heartbeat",
    "terminal.v1.Terminal/Report",
    "terminal.v1.Terminal/CheckInvite",
    "desk.v1.Desk/Pair",
    "desk.v1.Desk/Counter",
    "desk.v1.Desk/Conclude",
    "desk.v1.Desk/Undo",
    "desk.v1.Desk/Served",
    "desk.v1.Desk/EnterServed",
];
/// Longest answer to one call, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// A run does not wait for a stream that stays open.
const PATIENCE: Duration = Duration::from_millis(50);
/// The terminal of the samples must be known before the first.
const FIRST_PATIENCE: Duration = Duration::from_secs(30);
const TODAY: u32 = 20_260_415;

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

fn terminal_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn federation() -> FederationId {
    FederationId::from_bytes([1; 32])
}

fn today() -> CivilDay {
    CivilDay::from_yyyymmdd(TODAY).expect("15 April 2026 is a day")
}

/// What the ente is, beside what is kept.
#[derive(Debug)]
struct Town(Arc<Catalogue>);

impl Office for Town {
    fn ente_name(&self) -> String {
        "Comune di Provabuia".to_owned()
    }

    fn catalogue(&self, _: Month) -> Option<Arc<Catalogue>> {
        Some(Arc::clone(&self.0))
    }

    fn few_operators(&self) -> BTreeSet<Code> {
        BTreeSet::new()
    }
}

/// Opened once: its state changes only where a call is in order.
struct Ente {
    runtime: Runtime,
    calls: Routes,
    _dir: TempDir,
}

thread_local! {
    static ENTE: OnceCell<Ente> = const { OnceCell::new() };
}

impl Ente {
    fn open() -> Self {
        let dir = tempfile::tempdir().expect("a directory can be made");
        let keys = NodeKeys::create(dir.path(), "c_zz01", &[]).expect("keys can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let part = vectors("catalogue-part")
            .first()
            .and_then(|part| feed::CataloguePart::decode(part.as_slice()).ok());
        let part = part.expect("a golden vector is a catalogue part");
        let first_month = Month::from_yyyymm(202_601).expect("a month");
        let catalogue =
            Catalogue::assemble(part.version, first_month, (5, 10), &[part]).expect("a whole catalogue");
        let (store, clock) =
            (Arc::new(MemoryStore::new()), Clock::demo(today()).expect("a day with nine o'clock"));
        let tls_key = TlsKey::of_pem(&keys.tls.certificate_pem).expect("the certificate was just made");
        let settings = Settings {
            data_dir: dir.path().to_owned(),
            keys_dir: dir.path().to_owned(),
            ente: "c_zz01".parse().expect("a code"),
            federation: federation(),
            receipt_key: keys.receipt,
            node_key: keys.node,
            tls_key,
            half_day_s: None,
            first_open: today().month(),
            loss: LossBook::open(Arc::<MemoryStore>::clone(&store)).expect("an empty store opens"),
        };
        let opened = Opened { settings, store, clock, town: Arc::new(Town(Arc::new(catalogue))) };
        let (intake, calls) = runtime.block_on(opened.serve());
        let ente = Self { runtime, calls, _dir: dir };
        ente.enrol(&intake, tls_key);
        ente
    }

    /// Makes the terminal of the samples known.
    fn enrol(&self, intake: &Intake, tls_key: TlsKey) {
        let place = Place {
            name: "Totem".to_owned(),
            channel: code("counter"),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe")]),
            mode: Mode::Open,
            hours: Vec::new(),
        };
        let drawn = intake.draw_code(Paired::Terminal(place)).expect("a code is given").to_string();
        let drawn = PairingCode::parse(&drawn).expect("a code that was given out");
        let device = terminal_key().verifying_key().to_bytes();
        let proof = drawn.proof(Side::Device, tls_key.as_bytes(), &device);
        let proof = Envelope::seal(Kind::Enrol, &FederationId::UNKNOWN, &terminal_key(), &proof);
        let request = terminal::EnrollRequest {
            public_key: Bytes::copy_from_slice(&device),
            proof: proof.bytes().clone(),
        };
        let answer = self.call(0, framed(&request).into(), FIRST_PATIENCE);
        assert!(answer > 0, "the terminal of the samples is not enrolled");
    }

    /// Bytes of the answer; none where it is not over in time.
    fn call(&self, number: usize, body: Bytes, patience: Duration) -> usize {
        let Some(name) = CALLS.get(number) else { return 0 };
        let is_desk = name.starts_with("desk");
        let place = DeskPlace {
            name: "Sportello 3".to_owned(),
            branch: code("centro"),
            services: BTreeSet::from([code("anagrafe")]),
            terminal: None,
        };
        let caller = Caller {
            role: if is_desk { CallerRole::Desk } else { CallerRole::Terminal },
            id: "sample".to_owned(),
            terminal: (!is_desk).then(|| KeyId::of(&terminal_key().verifying_key())),
            desk: is_desk.then_some(place),
        };
        let request = Request::post(format!("http://localhost/faccina.{name}"))
            .version(Version::HTTP_2)
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .extension(caller)
            .body(Full::new(body))
            .expect("the path is one");
        self.runtime.block_on(async {
            let Ok(answer) = self.calls.clone().oneshot(request).await;
            assert_eq!(answer.status(), StatusCode::OK, "gRPC tells its refusals in its own way");
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
            match timeout(patience, body).await {
                Ok(whole) => whole.expect("a bounded answer that does not break off").to_bytes().len(),
                Err(_) => 0,
            }
        })
    }
}

struct Opened {
    settings: Settings,
    store: Arc<MemoryStore>,
    clock: Clock,
    town: Arc<Town>,
}

impl Opened {
    async fn serve(self) -> (Intake, Routes) {
        let Self { settings, store, clock, town } = self;
        let store: Arc<dyn Store> = store;
        let (kept, time) = (Arc::clone(&store), clock.clone());
        let opening = tokio::task::spawn_blocking(move || Intake::open(settings, kept, time));
        let intake = opening.await.expect("it is not stopped").expect("an empty intake opens");
        let tokens = Arc::new(Tokens::open(Arc::clone(&store)).expect("an empty store opens"));
        let services = Arc::new(ServiceBook::open(Arc::clone(&store)).expect("an empty store opens"));
        let own = OwnService { few_operators: false, active: true };
        services.put(&code("anagrafe"), own).expect("a service is kept");
        let served = Arc::new(ServedBook::new(store));
        let counter = CounterService::new(
            intake.clone(),
            Arc::<Town>::clone(&town),
            services,
            served,
            Arc::clone(&tokens),
            clock,
            None,
        );
        let at_terminals = intake.service(town, tokens).into_server();
        (intake, Routes::new(at_terminals).add_service(counter.into_server()))
    }
}

/// A first byte says which call is made.
pub(crate) fn grpc(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    let (number, body) = (usize::from(*mark) % CALLS.len(), Bytes::copy_from_slice(rest));
    ENTE.with(|ente| ente.get_or_init(Ente::open).call(number, body, PATIENCE));
}

/// A message as it stands in a body: not compressed, its length, itself.
fn framed(message: &impl Message) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&[0], length.to_be_bytes().as_slice(), &bytes].concat()
}

fn cast(nonce: u8) -> Bytes {
    let ballot = Ballot {
        ente: "c_zz01".parse().expect("a code"),
        service: code("anagrafe"),
        channel: code("counter"),
        branch: code("centro"),
        month: today().month(),
        face: Face::Green,
        nonce: [nonce; 16],
    };
    let cast = Cast {
        ballot_bytes: ballot.encode().into(),
        ballot,
        day: today(),
        terminal: KeyId::of(&terminal_key().verifying_key()),
        invite_hash: None,
        attended: false,
    };
    Envelope::seal(Kind::Cast, &federation(), &terminal_key(), &cast.encode()).bytes().clone()
}

pub(crate) fn grpc_samples() -> Vec<Vec<u8>> {
    let casts =
        |nonces: &[u8]| framed(&terminal::CastBatch { casts: nonces.iter().copied().map(cast).collect() });
    let act = Bytes::from_static(&[3; 16]);
    let id = Bytes::copy_from_slice(KeyId::of(&terminal_key().verifying_key()).as_bytes());
    let golden = |name: &str| vectors(name).into_iter().next().map(Bytes::from).unwrap_or_default();
    let hash = Bytes::from_static(&[4; 32]);
    let service = "anagrafe".to_owned();
    let bodies: BTreeMap<u8, Vec<Vec<u8>>> = BTreeMap::from([
        (0, vec![framed(&terminal::EnrollRequest { public_key: act.clone(), proof: act.clone() })]),
        (1, vec![framed(&terminal::BoothRequest { terminal: id.clone() })]),
        (2, vec![casts(&[1]), [casts(&[2, 3]), casts(&[2])].concat()]),
        (3, vec![framed(&terminal::HeartbeatRequest { heartbeat: golden("heartbeat") })]),
        (4, vec![framed(&terminal::ReportRequest { reports: vec![golden("half-day-report")] })]),
        (5, vec![framed(&terminal::CheckInviteRequest { terminal: id, invite_hash: hash.clone() })]),
        (6, vec![framed(&desk::PairRequest { nonce: hash.clone(), proof: hash })]),
        (7, vec![framed(&desk::CounterRequest::default())]),
        (8, vec![framed(&desk::ConcludeRequest { act: act.clone(), service: service.clone() })]),
        (9, vec![framed(&desk::UndoRequest { act })]),
        (10, vec![framed(&desk::ServedRequest { day: TODAY })]),
        (11, vec![framed(&desk::EnterServedRequest { day: TODAY, service, users: Some(40) })]),
    ]);
    bodies.into_iter().flat_map(|(mark, bodies)| marked(mark, bodies)).collect()
}
