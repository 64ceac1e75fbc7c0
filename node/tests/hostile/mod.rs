//! Hostile peers on the real swarm: what a node answers, and that it goes on with the others.

mod peer;
mod messages;
mod connections;
mod eclipse;

use super::member::{Founded, Member, keys};
use faccina_node::{federation::NetworkState, store::MemoryStore};
use faccina_proto::{feed::Body, wire::feed::v1::Availability};
use peer::Peer;
use std::sync::Arc;

const NODE: u8 = 0;
const HOSTILE: u8 = 1;
const NEIGHBOUR: u8 = 2;

/// A node, an honest neighbour that knows it as its hub, and the key of a third member, who is hostile.
struct Scene {
    founded: Founded,
    node: Member,
    neighbour: Member,
    heard: u64,
}

impl Scene {
    async fn set() -> Self {
        let mut founded = Founded::of(&["c_zz00", "c_zz01", "c_zz02"]);
        let node = founded.start(NODE, Arc::new(MemoryStore::new()), Some("/ip4/127.0.0.1/tcp/0")).await;
        node.until("it listens", |state| !state.listening.is_empty()).await;
        founded.file.hubs = node.federation.network().listening.clone();
        let neighbour = founded.start(NEIGHBOUR, Arc::new(MemoryStore::new()), None).await;
        neighbour.until("it may publish", |state| state.own_head_is_checked).await;
        Self { founded, node, neighbour, heard: 0 }
    }

    /// Where the node listens, with its peer id.
    fn address(&self) -> &str {
        &self.founded.file.hubs[0]
    }

    /// The hostile member, connected.
    async fn insider(&self) -> Peer {
        Peer::meet(&keys(HOSTILE).1, self.address(), self.founded.file.id().as_bytes()).await
    }

    /// A peer of no standing, connected. Each number is another one.
    async fn stranger(&self, number: u8) -> Peer {
        Peer::meet(&keys(100 + number).1, self.address(), self.founded.file.id().as_bytes()).await
    }

    /// The honest neighbour has news, and they arrive.
    async fn neighbour_is_heard(&mut self) {
        let note = Availability { available: true, note: self.heard.to_string(), ..Availability::default() };
        self.neighbour.append(Body::Availability(note), false).await.unwrap();
        self.heard += 1;
        self.node.holds(self.neighbour.own(), self.heard).await;
    }

    /// Waits until the node has ended its connection with the hostile member.
    async fn insider_is_out(&self) {
        self.node.until("the hostile peer is out", |state| !is_connected(state, HOSTILE)).await;
    }

    async fn end(mut self) {
        self.neighbour.stop().await;
        self.node.stop().await;
    }
}

fn is_connected(state: &NetworkState, number: u8) -> bool {
    state.connected.contains(&keys(number).1.verifying_key().to_bytes())
}
