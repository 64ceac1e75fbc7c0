//! An agent with its page and its queue on disk; its node is away.

use faccina_node::{
    clock::Clock,
    device::pairing::Pairing,
    kiosk::{
        agent::Agent,
        enrolment::Terminal,
        page,
        queue::{BALLOTS_MAX, Queue},
        settings::Calendar,
    },
    store,
};
use faccina_proto::{
    ballot::{Cast, Face},
    envelope::{Envelope, FederationId},
    wire::{
        feed::v1::{LocalisedText, ReasonText, Service},
        terminal::v1::{BoothReply, Message, Mode},
    },
};
use prost::Message as _;
use std::{collections::BTreeSet, sync::Arc};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

pub(super) const LANGUAGES: [&str; 5] = ["it", "de", "fr", "sl", "en"];

pub(super) const SERVICES: [(&str, &str, &str); 8] = [
    ("anagrafe", "Anagrafe e stato civile", "Registry office"),
    ("tributi", "Tributi comunali", "Local taxes"),
    ("biblioteca", "Biblioteca", "Library"),
    ("urp", "Ufficio relazioni con il pubblico", "Public relations office"),
    ("scuola", "Mensa e trasporto scolastico", "School meals and transport"),
    ("edilizia", "Edilizia e territorio", "Building and land"),
    ("polizia", "Polizia locale", "Local police"),
    ("nidi", "Asili nido", "Nurseries"),
];

/// What a terminal is like.
pub(super) struct Counter {
    pub(super) services: &'static [(&'static str, &'static str, &'static str)],
    pub(super) idle_s: u32,
    pub(super) mode: Mode,
    pub(super) channel: &'static str,
    pub(super) messages: bool,
    pub(super) own_calendar: bool,
    /// The page's public name, and its daily cap.
    pub(super) public: Option<(&'static str, u32)>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            services: &SERVICES[..4],
            idle_s: 60,
            mode: Mode::Open,
            channel: "counter",
            messages: false,
            own_calendar: false,
            public: None,
        }
    }
}

impl Counter {
    pub(super) fn start(&self) -> Kiosk {
        Kiosk::of(self, booth(self.services, self.messages))
    }
}

pub(super) struct Kiosk {
    pub(super) agent: Arc<Agent>,
    pub(super) url: String,
    pub(super) runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    _dir: TempDir,
}

impl Kiosk {
    /// With the first `services` of the list and this idle time.
    pub(super) fn start(services: usize, idle_s: u32) -> Self {
        Self::start_with(&SERVICES[..services], idle_s, Mode::Open)
    }

    pub(super) fn start_with(services: &[(&str, &str, &str)], idle_s: u32, mode: Mode) -> Self {
        Self::of(&Counter { idle_s, mode, ..Counter::default() }, booth(services, false))
    }

    fn of(counter: &Counter, reply: BoothReply) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let terminal = terminal(counter);
        let queue =
            Queue::open(Arc::new(store::open(&dir.path().join("queue.db")).unwrap()), terminal.federation);
        let (clock, own) = (Clock::system().unwrap(), counter.own_calendar);
        let calendar = if own { Calendar::Own } else { Calendar::Node };
        let agent = Agent::new(terminal, queue.unwrap(), clock, calendar, counter.idle_s).unwrap();
        let agent = match counter.public {
            Some((_, daily_cap)) => agent.capped(daily_cap).unwrap(),
            None => agent,
        };
        let agent = Arc::new(agent);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        runtime.block_on(agent.keep_booth(reply.encode_to_vec())).unwrap();
        let (stop, stopped) = oneshot::channel();
        let host = counter.public.map(|(host, _)| host.to_owned());
        runtime.spawn(page::serve(Arc::clone(&agent), listener, host, "key".to_owned(), async {
            let _ = stopped.await;
        }));
        Self { agent, url, runtime, stop: Some(stop), _dir: dir }
    }

    /// The page is served no more.
    pub(super) fn stop_page(&mut self) {
        drop(self.stop.take());
    }

    fn casts(&self) -> Vec<Cast> {
        let waiting = self.runtime.block_on(self.agent.oldest(BALLOTS_MAX, &BTreeSet::new()));
        let read = |bytes| Cast::decode(Envelope::parse(bytes).unwrap().payload()).unwrap();
        waiting.into_iter().map(|it| read(it.cast)).collect()
    }

    /// The votes in the queue, in the order of the taps.
    pub(super) fn votes(&self) -> Vec<(String, Face)> {
        self.casts().into_iter().map(|it| (it.ballot.service.to_string(), it.ballot.face)).collect()
    }

    pub(super) fn faces(&self) -> Vec<Face> {
        self.votes().into_iter().map(|(_, face)| face).collect()
    }

    /// The hashes of the invites that came with the votes.
    pub(super) fn invites(&self) -> Vec<Option<[u8; 32]>> {
        self.casts().into_iter().map(|it| it.invite_hash).collect()
    }
}

fn terminal(counter: &Counter) -> Terminal {
    let key = |byte| ed25519_dalek::SigningKey::from_bytes(&[byte; 32]);
    Terminal {
        key: key(7),
        federation: FederationId::from_bytes([1; 32]),
        ente: "c_zz01".parse().unwrap(),
        channel: counter.channel.parse().unwrap(),
        branch: "centro".parse().unwrap(),
        mode: counter.mode,
        receipt_key: key(8).verifying_key(),
        pairing: Pairing::new(
            "away".to_owned(),
            "https://127.0.0.1:1".parse().unwrap(),
            "ab".repeat(32).parse().unwrap(),
        )
        .unwrap(),
    }
}

fn texts(all: [&str; 5]) -> Vec<LocalisedText> {
    let text =
        |(language, text): (&str, &str)| LocalisedText { language: language.into(), text: text.into() };
    LANGUAGES.into_iter().zip(all).map(text).collect()
}

fn booth(services: &[(&str, &str, &str)], messages: bool) -> BoothReply {
    let service = |(code, it, en): &(&str, &str, &str)| Service {
        code: (*code).into(),
        name: texts([it, it, it, it, en]),
        ..Service::default()
    };
    let reasons = [
        ["Tempo di attesa", "Wartezeit", "Temps d’attente", "Čakalni čas", "Waiting time"],
        [
            "Necessità di tornare",
            "Nochmals kommen müssen",
            "Devoir revenir",
            "Potreben nov obisk",
            "Having to come back",
        ],
        [
            "Attenzione del servizio",
            "Aufmerksamkeit des Dienstes",
            "Attention du service",
            "Pozornost službe",
            "Attention of the service",
        ],
        [
            "Esito della richiesta",
            "Ergebnis der Anfrage",
            "Résultat de la demande",
            "Izid zahteve",
            "Outcome of the request",
        ],
    ];
    let message = Message {
        said: texts([
            "Si aspetta troppo.",
            "Man wartet zu lange.",
            "L’attente est trop longue.",
            "Čaka se predolgo.",
            "The wait is too long.",
        ]),
        done: texts([
            "Da marzo c’è uno sportello in più, tutti i giorni dalle 9 alle 11.",
            "Seit März ist täglich von 9 bis 11 Uhr ein Schalter mehr offen.",
            "Depuis mars, un guichet de plus est ouvert chaque jour de 9 h à 11 h.",
            "Od marca je vsak dan od 9. do 11. ure odprto še eno okence.",
            "Since March one more counter is open, every day from 9 to 11.",
        ]),
    };
    let long = "Abbiamo ascoltato quello che avete scritto e detto ".repeat(4);
    let long = texts([&long[..160]; 5]);
    let longest = Message { said: long.clone(), done: long };
    BoothReply {
        ente_name: "Comune di Fontelarga (dimostrazione)".into(),
        services: services.iter().map(service).collect(),
        reasons: reasons.into_iter().map(|all| ReasonText { text: texts(all) }).collect(),
        texts: Vec::new(),
        today: 20_260_415,
        catalogue_version: 1,
        messages: if messages { vec![message, longest] } else { Vec::new() },
        privacy_contact: "privacy@fontelarga.example".into(),
        ..BoothReply::default()
    }
}
