//! HTTP: any bytes on a connection to the voting page, the staff page, the page that pairs a device or the node's figures,
//! each served as in the program, over a pipe in memory.

use crate::golden::marked;
use ed25519_dalek::SigningKey;
use faccina_node::{
    clock::Clock,
    desk::{
        line::Line,
        page::{self as desk_page, Desk},
    },
    device::pairing::Pairing,
    kiosk::{agent::Agent, enrolment::Terminal, page as kiosk_page, queue::Queue, settings::Calendar},
    pages,
    serve::{Figures, figures_page},
    setup::{self, Device, Trouble},
    store::MemoryStore,
};
use faccina_proto::{
    envelope::FederationId,
    wire::{
        feed::v1::{LocalisedText, ReasonText, Service},
        terminal::v1::{BoothReply, Mode},
    },
};
use prost::Message;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};

/// Where the page believes to be.
const ADDRESS: &str = "127.0.0.1:7490";
const PIPE_BYTES: usize = 64 * 1024;
/// Longest answer to one run, in bytes: the letters of the page many times over.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Some requests wait for a node that is not there; a run does not wait with them.
const PATIENCE: Duration = Duration::from_millis(20);

fn address() -> SocketAddr {
    ADDRESS.parse().expect("the address above is one")
}

fn pairing() -> Pairing {
    let node = "https://127.0.0.1:1".parse().expect("an address");
    let key = "ab".repeat(32).parse().expect("64 hex digits");
    Pairing::new("sample".to_owned(), node, key).expect("the token is plain")
}

/// The agent of a totem that knows one service.
async fn agent() -> Arc<Agent> {
    let code = |text: &str| text.parse().expect("a code");
    let terminal = Terminal {
        key: SigningKey::from_bytes(&[7; 32]),
        federation: FederationId::from_bytes([1; 32]),
        ente: "c_zz01".parse().expect("a code"),
        channel: code("counter"),
        branch: code("centro"),
        mode: Mode::Open,
        receipt_key: SigningKey::from_bytes(&[8; 32]).verifying_key(),
        pairing: pairing(),
    };
    let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).expect("an empty queue opens");
    let clock = Clock::system().expect("the clock is set");
    let agent = Agent::new(terminal, queue, clock, Calendar::Node, 15).expect("an empty queue opens");
    let texts = |text: &str| vec![LocalisedText { language: "it".to_owned(), text: text.to_owned() }];
    let booth = BoothReply {
        ente_name: "Comune di Provabuia".to_owned(),
        services: vec![Service { code: "urp".to_owned(), name: texts("URP"), ..Service::default() }],
        reasons: ["attesa", "ritorno", "attenzione", "esito"]
            .map(|it| ReasonText { text: texts(it) })
            .to_vec(),
        today: 20_260_415,
        catalogue_version: 1,
        ..BoothReply::default()
    };
    let agent = Arc::new(agent);
    agent.keep_booth(booth.encode_to_vec()).await.expect("the booth above is one");
    agent
}

fn figures() -> Figures {
    let metrics = || vec![("faccina_peers", "Peers connected now.", "gauge", 3.0)];
    let troubles = || vec!["a month waits to be closed".to_owned()];
    Figures { metrics: Arc::new(metrics), troubles: Arc::new(troubles) }
}

/// A first byte says which page is asked.
pub(crate) fn http(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let (near, far) = duplex(PIPE_BYTES);
        let (setup, mut typed) = setup::page(Device::Terminal, address());
        let router = match mark % 4 {
            0 => kiosk_page::router(agent().await, address(), None, "key"),
            1 => {
                let desk = Desk::new(Line::new(pairing(), None), PathBuf::from("/nonexistent"));
                desk_page::router(Arc::new(desk), address())
            }
            2 => setup,
            _ => figures_page(figures()),
        };
        // Whatever is typed, no node is there.
        let pairing = async {
            while let Some(typed) = typed.recv().await {
                let _never: Option<()> = typed.with(|_| async { Err(Trouble::Away) }).await;
            }
        };
        // A request that nobody answers in time is left; what was answered by then is looked at.
        let mut answer = Vec::new();
        let both = async { tokio::join!(pages::serve_one(far, router), exchange(near, rest, &mut answer)) };
        let answered = async {
            tokio::select! {
                _ = both => {}
                () = pairing => {}
            }
        };
        let _late = timeout(PATIENCE, answered).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "an answer that is none");
        assert!(!answer.starts_with(b"HTTP/1.1 500"), "a page broke");
    });
}

async fn exchange(near: DuplexStream, request: &[u8], answer: &mut Vec<u8>) {
    let (reading, mut writing) = tokio::io::split(near);
    let write = async {
        // The page may hang up first.
        let _written = writing.write_all(request).await;
        let _shut = writing.shutdown().await;
    };
    let mut bounded = reading.take(ANSWER_BYTES_MAX);
    let (_read, ()) = tokio::join!(bounded.read_to_end(answer), write);
    assert!(bounded.limit() > 0, "an answer without end");
}

pub(crate) fn http_samples() -> Vec<Vec<u8>> {
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {ADDRESS}\r\nConnection: close\r\n\r\n").into_bytes()
    };
    let post = |path: &str, headers: &str, body: &str| {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {ADDRESS}\r\nContent-Length: {length}\r\n{headers}");
        format!("{head}Connection: close\r\n\r\n{body}").into_bytes()
    };
    let json = "Content-Type: application/json\r\n";
    let ours = "X-Faccina: queue\r\nX-Faccina-Key: key\r\n";
    let tap = r#"{"tap":"000102030405060708090a0b0c0d0e0f","service":"urp","face":"green"}"#;
    let chunked = format!(
        "POST /api/taps HTTP/1.1\r\nHost: {ADDRESS}\r\n{json}Transfer-Encoding: chunked\r\n\r\n4\r\n{{\"ta\r\n0\r\n\r\n"
    );
    let kiosk = vec![
        get("/"),
        get("/api/booth"),
        get("/status"),
        post("/api/taps", json, tap),
        post("/api/invites", json, r#"{"invite":"000102030405060708090a0b0c0d0e0f"}"#),
        post("/api/phone", "Content-Type: application/x-www-form-urlencoded\r\n", "code=1&face=3"),
        post(
            "/api/casts?once=true",
            &format!("Content-Type: text/csv\r\n{ours}"),
            "service,face\nurp,green\n",
        ),
        post("/api/open", ours, ""),
        chunked.into_bytes(),
    ];
    let staff = vec![
        get("/api/words?language=it"),
        get("/api/served?month=202604"),
        post("/api/conclude?act=0011223344556677&service=urp", ours, ""),
        post("/api/undo?act=0011223344556677", ours, ""),
        post("/api/unpair", ours, ""),
    ];
    let setup = vec![
        get("/"),
        get("/api/setup"),
        post("/api/pair", json, r#"{"address":"https://127.0.0.1:7443","code":"0000-1111-2222-3333"}"#),
        post("/api/pair", json, r#"{"address":"127.0.0.1:7443#0000111122223333","code":""}"#),
    ];
    let figures = vec![get("/metrics"), get("/healthz")];
    marked(0, kiosk).chain(marked(1, staff)).chain(marked(2, setup)).chain(marked(3, figures)).collect()
}
