//! Real nodes, real swarm, real databases, on loopback.

use super::town::{Resident, Town};
use faccina_node::config::Role;
use faccina_proto::{
    feed::Body,
    names::Author,
    wire::feed::v1::{Availability, Role as FeedRole},
};

fn note(text: &str) -> Body {
    Body::Availability(Availability { available: true, areas: Vec::new(), note: text.to_owned() })
}

/// The observer and `enti` admitted and running, everybody with the same feeds.
async fn federation(enti: usize) -> (Town, Vec<Resident>) {
    let mut town = Town::found();
    let mut all = vec![town.open().await];
    for number in 0..enti {
        let mut ente = town.settle(&format!("c_zz{number:02}"), Role::Ente);
        town.admit(all[0].node(), &ente, FeedRole::Ente).await;
        ente.start().await;
        all.push(ente);
    }
    for ente in &all[1..] {
        ente.node().until_network("it may publish", |state| state.own_head_is_checked).await;
    }
    (town, all)
}

async fn publish(ente: &Resident, text: &str) {
    ente.node().federation.append(note(text), false).await.unwrap();
}

async fn stop_all(all: &mut [Resident]) {
    for resident in all.iter_mut().filter(|resident| resident.running.is_some()) {
        resident.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_nodes_hold_the_same_feeds_and_one_that_joins_late_catches_up() {
    let (town, mut all) = federation(4).await;
    for (ente, number) in all[1..].iter().zip(1..) {
        publish(ente, &format!("avviso {number}")).await;
    }
    let authors: Vec<Author> = (0..4).map(|number| format!("c_zz{number:02}").parse().unwrap()).collect();
    for resident in &all {
        let has_all = |snapshot: &faccina_node::federation::Snapshot| {
            authors.iter().all(|author| snapshot.replica.head(author).is_some())
        };
        resident.node().until("all notes are here", has_all).await;
    }
    let mut late = town.settle("c_zz99", Role::Ente);
    town.admit(all[0].node(), &late, FeedRole::Ente).await;
    late.start().await;
    late.node().until_like(all[0].node()).await;
    all[1].node().until_like(late.node()).await;
    all.push(late);
    stop_all(&mut all).await;
}
