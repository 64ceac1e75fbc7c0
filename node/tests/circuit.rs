//! Deliveries between two enti that nobody can dial, over a hub's circuit: the real swarm on loopback, the rest in memory.

use super::{
    member::{Founded, Member, keys},
    town::PATIENCE,
};
use bytes::Bytes;
use faccina_node::{
    federation::{DeliverError, Incoming, peer_id},
    store::{MemoryStore, Store},
};
use faccina_proto::{
    feed::Body,
    names::IpaCode,
    wire::{
        feed::v1::{Availability, Contact},
        twinning::v1::{Delivery, Taken},
    },
};
use std::{net::TcpListener, sync::Arc};
use tokio::{sync::mpsc, task::JoinSet};

const HUB: u8 = 0;
const WORDS: &[u8] = b"parole che restano tra noi due";

/// A hub and members that listen nowhere.
struct Hamlet {
    founded: Founded,
    address: String,
}

impl Hamlet {
    fn found(codes: &[&str]) -> Self {
        let mut founded = Founded::of(codes);
        // The hub's address stands in the file before the hub starts; nobody else takes the port meanwhile.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("/ip4/127.0.0.1/tcp/{port}");
        let peer = peer_id(&keys(HUB).1.verifying_key().to_bytes()).unwrap();
        founded.file.hubs = vec![format!("{address}/p2p/{peer}")];
        Self { founded, address }
    }

    async fn hub(&self, store: &Arc<MemoryStore>) -> Member {
        self.founded.start(HUB, Arc::clone(store) as Arc<dyn Store>, Some(&self.address)).await
    }

    async fn member(&self, number: u8) -> Member {
        let member = self.founded.start(number, Arc::new(MemoryStore::new()), None).await;
        member.until("it is connected with the hub", |state| state.hubs_connected == 1).await;
        member
    }

    /// A member that waits for deliveries at the hub.
    async fn waiting(&self, number: u8) -> (Member, mpsc::Receiver<Incoming>) {
        let member = self.member(number).await;
        member.federation.set_reachable(true);
        member.until("it has a place at the hub", |state| state.places == 1).await;
        let deliveries = member.federation.deliveries().unwrap();
        assert!(member.federation.deliveries().is_none(), "handed out twice");
        (member, deliveries)
    }
}

fn code(member: &Member) -> IpaCode {
    member.own().member().unwrap().clone()
}

fn delivery() -> Delivery {
    Delivery { messages: vec![Bytes::from_static(WORDS)] }
}

fn taken() -> Taken {
    Taken { ids: vec![vec![7; 32].into()], ..Taken::default() }
}

async fn next(deliveries: &mut mpsc::Receiver<Incoming>) -> Incoming {
    tokio::time::timeout(PATIENCE, deliveries.recv()).await.expect("nothing is delivered").unwrap()
}

/// Delivers while the other side takes it, and returns from whom it came.
async fn exchange(from: &Member, to: &Member, deliveries: &mut mpsc::Receiver<Incoming>) -> IpaCode {
    let to = code(to);
    let office = async {
        let incoming = next(deliveries).await;
        assert_eq!(incoming.delivery, delivery());
        incoming.answer.send(taken()).unwrap();
        incoming.from
    };
    // What goes out over a circuit as it ends is broken off; whoever delivers tries again.
    let delivered = async {
        loop {
            match from.federation.deliver(&to, delivery()).await {
                Err(DeliverError::Broken) => {}
                answer => return answer,
            }
        }
    };
    let (answer, sender) = tokio::join!(delivered, office);
    assert_eq!(answer, Ok(taken()));
    sender
}

async fn stop_all<'a>(members: impl IntoIterator<Item = &'a mut Member>) {
    for member in members {
        member.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_nobody_can_dial_exchange_over_a_hub_that_keeps_nothing() {
    let hamlet = Hamlet::found(&["c_zz00", "c_zz01", "c_zz02"]);
    let store = Arc::new(MemoryStore::new());
    let mut hub = hamlet.hub(&store).await;
    let mut hub_deliveries = hub.federation.deliveries().unwrap();
    let mut learner = hamlet.member(1).await;
    let mut answers = learner.federation.deliveries().unwrap();
    let (mut expert, mut deliveries) = hamlet.waiting(2).await;
    assert_eq!(exchange(&learner, &expert, &mut deliveries).await, code(&learner));
    // The learner waits at no hub: the circuit that it opened serves both ways.
    assert_eq!(exchange(&expert, &learner, &mut answers).await, code(&expert));
    for member in [&learner, &expert] {
        let note = Body::Availability(Availability { available: true, ..Availability::default() });
        member.until("it may publish", |state| state.own_head_is_checked).await;
        member.append(note, false).await.unwrap();
    }
    learner.holds(expert.own(), 1).await;
    expert.holds(learner.own(), 1).await;
    let hub_code = code(&hub);
    for member in [&learner, &expert] {
        let state = member.federation.network();
        assert_eq!(state.connected.len(), 1, "{} is connected with more than the hub", member.own());
        let met: Vec<&IpaCode> = state.clock_offsets_s.keys().collect();
        assert_eq!(met, [&hub_code], "the sync machine has met who is relayed");
    }
    assert!(hub_deliveries.try_recv().is_err(), "the hub was delivered something");
    for row in store.scan(b"") {
        let (key, value) = row.unwrap();
        let held = [key, value].concat();
        assert!(!held.windows(WORDS.len()).any(|window| window == WORDS), "the hub keeps a message");
    }
    stop_all([&mut learner, &mut expert, &mut hub]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_is_said_and_a_later_delivery_arrives() {
    let hamlet = Hamlet::found(&["c_zz00", "c_zz01", "c_zz02"]);
    let store = Arc::new(MemoryStore::new());
    let mut hub = hamlet.hub(&store).await;
    let mut learner = hamlet.member(1).await;
    let mut expert = hamlet.member(2).await;
    let mut deliveries = expert.federation.deliveries().unwrap();
    let to = code(&expert);
    // The expert is there, but wants no place.
    assert_eq!(learner.federation.deliver(&to, delivery()).await, Err(DeliverError::Away));
    let stranger = "c_zz77".parse().unwrap();
    let unknown = learner.federation.deliver(&stranger, delivery()).await;
    assert_eq!(unknown, Err(DeliverError::Unknown { to: stranger }));
    let itself = code(&learner);
    assert!(matches!(
        learner.federation.deliver(&itself, delivery()).await,
        Err(DeliverError::Oneself { .. })
    ));
    hub.stop().await;
    learner.until("the hub is gone", |state| state.hubs_connected == 0).await;
    assert_eq!(learner.federation.deliver(&to, delivery()).await, Err(DeliverError::NoHub));
    expert.federation.set_reachable(true);
    let mut hub = hamlet.hub(&store).await;
    expert.until("it has a place at the hub", |state| state.places == 1).await;
    learner.until("the hub is back", |state| state.hubs_connected == 1).await;
    exchange(&learner, &expert, &mut deliveries).await;
    // The place is lost with the hub, and taken again when it is back.
    hub.stop().await;
    expert.until("the place is lost", |state| state.places == 0).await;
    let mut hub = hamlet.hub(&store).await;
    expert.until("it has a place again", |state| state.places == 1).await;
    learner.until("the hub is back", |state| state.hubs_connected == 1).await;
    exchange(&learner, &expert, &mut deliveries).await;
    stop_all([&mut learner, &mut expert, &mut hub]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_given_back_when_no_twinning_is_wanted() {
    let hamlet = Hamlet::found(&["c_zz00", "c_zz01", "c_zz02"]);
    let mut hub = hamlet.hub(&Arc::new(MemoryStore::new())).await;
    let mut learner = hamlet.member(1).await;
    let (mut expert, mut deliveries) = hamlet.waiting(2).await;
    let to = code(&expert);
    expert.federation.set_reachable(false);
    let office = tokio::spawn(async move {
        while let Some(incoming) = deliveries.recv().await {
            let _asker_has_gone = incoming.answer.send(taken());
        }
    });
    let given_back =
        async { while learner.federation.deliver(&to, delivery()).await != Err(DeliverError::Away) {} };
    assert!(tokio::time::timeout(PATIENCE, given_back).await.is_ok(), "the place is still held");
    expert.until("the hub is connected again", |state| state.hubs_connected == 1).await;
    assert_eq!(learner.federation.deliver(&to, delivery()).await, Err(DeliverError::Away));
    office.abort();
    stop_all([&mut learner, &mut expert, &mut hub]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_publishes_an_address_is_reached_without_a_relay() {
    let hamlet = Hamlet::found(&["c_zz00", "c_zz01", "c_zz02"]);
    let mut hub = hamlet.hub(&Arc::new(MemoryStore::new())).await;
    let anywhere = Some("/ip4/127.0.0.1/tcp/0");
    let mut expert = hamlet.founded.start(2, Arc::new(MemoryStore::new()), anywhere).await;
    let mut deliveries = expert.federation.deliveries().unwrap();
    expert.until("it may publish", |state| state.own_head_is_checked).await;
    let addresses = expert.federation.network().listening.clone();
    expert.append(Body::Contact(Contact { addresses }), false).await.unwrap();
    let mut learner = hamlet.member(1).await;
    learner.holds(expert.own(), 1).await;
    assert_eq!(exchange(&learner, &expert, &mut deliveries).await, code(&learner));
    learner.until("the two are connected", |state| state.connected.len() == 2).await;
    assert_eq!(expert.federation.network().places, 0);
    stop_all([&mut learner, &mut expert, &mut hub]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_direct_connection_takes_over_from_the_circuit() {
    let hamlet = Hamlet::found(&["c_zz00", "c_zz01", "c_zz02"]);
    let mut hub = hamlet.hub(&Arc::new(MemoryStore::new())).await;
    let mut learner = hamlet.member(1).await;
    let anywhere = Some("/ip4/127.0.0.1/tcp/0");
    let mut expert = hamlet.founded.start(2, Arc::new(MemoryStore::new()), anywhere).await;
    let mut deliveries = expert.federation.deliveries().unwrap();
    expert.federation.set_reachable(true);
    expert.until("it has a place at the hub", |state| state.places == 1 && state.own_head_is_checked).await;
    // Nobody knows where it listens.
    exchange(&learner, &expert, &mut deliveries).await;
    assert_eq!(learner.federation.network().connected.len(), 1);
    let addresses = expert.federation.network().listening.clone();
    assert_eq!(addresses.len(), 1, "a place at a hub is no address to publish: {addresses:?}");
    expert.append(Body::Contact(Contact { addresses }), false).await.unwrap();
    learner.until("it is connected with the expert", |state| state.connected.len() == 2).await;
    hub.stop().await;
    learner.until("the hub is gone", |state| state.hubs_connected == 0).await;
    exchange(&learner, &expert, &mut deliveries).await;
    // The direct connection is a whole one, although a relayed one stood before it.
    let note = Body::Availability(Availability { available: true, ..Availability::default() });
    expert.append(note, false).await.unwrap();
    learner.holds(expert.own(), 2).await;
    stop_all([&mut learner, &mut expert]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_opens_few_circuits_for_one_member() {
    let codes: Vec<String> = (0..8).map(|number| format!("c_zz{number:02}")).collect();
    let hamlet = Hamlet::found(&codes.iter().map(String::as_str).collect::<Vec<_>>());
    let mut hub = hamlet.hub(&Arc::new(MemoryStore::new())).await;
    let mut learner = hamlet.member(1).await;
    let (mut experts, mut offices) = (Vec::new(), Vec::new());
    for number in 2..8 {
        let (expert, office) = hamlet.waiting(number).await;
        experts.push(expert);
        offices.push(office);
    }
    let mut under_way = JoinSet::new();
    for to in experts.iter().map(code) {
        let federation = learner.federation.clone();
        under_way.spawn(async move { federation.deliver(&to, delivery()).await });
    }
    // Four are open and wait for their offices; for the two others there is no circuit.
    for _ in 0..2 {
        assert_eq!(under_way.join_next().await.unwrap().unwrap(), Err(DeliverError::Away));
    }
    let mut open = 0;
    for office in &mut offices {
        if let Ok(incoming) = office.try_recv() {
            incoming.answer.send(taken()).unwrap();
            open += 1;
        } else {
            office.close();
        }
    }
    while let Some(answer) = under_way.join_next().await {
        // Whose delivery came in after the look at its office hears that nothing was taken.
        let answer = answer.unwrap().unwrap();
        open += usize::from(answer == Taken::default());
        assert!(answer == taken() || answer == Taken::default());
    }
    assert_eq!(open, 4);
    stop_all(experts.iter_mut().chain([&mut learner, &mut hub])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_office_takes_nothing_and_the_messages_stay_the_senders() {
    let hamlet = Hamlet::found(&["c_zz00", "c_zz01", "c_zz02"]);
    let mut hub = hamlet.hub(&Arc::new(MemoryStore::new())).await;
    let mut learner = hamlet.member(1).await;
    let (mut expert, mut deliveries) = hamlet.waiting(2).await;
    let to = code(&expert);
    let silent = async { drop(next(&mut deliveries).await) };
    let (answer, ()) = tokio::join!(learner.federation.deliver(&to, delivery()), silent);
    assert_eq!(answer, Ok(Taken::default()));
    let long = Delivery { messages: vec![vec![0; 600 << 10].into()] };
    assert!(matches!(learner.federation.deliver(&to, long).await, Err(DeliverError::TooLong { .. })));
    exchange(&learner, &expert, &mut deliveries).await;
    stop_all([&mut learner, &mut expert, &mut hub]).await;
}
