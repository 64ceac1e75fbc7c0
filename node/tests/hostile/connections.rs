//! What a peer does with connections, before it says anything.

use super::{
    HOSTILE, Scene, is_connected,
    peer::{Came, Peer},
};
use crate::{member::keys, town::PATIENCE};
use faccina_node::store::MemoryStore;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::{TcpSocket, TcpStream};

/// The node's door, as an address of the operating system.
fn door(scene: &Scene) -> SocketAddr {
    let mut parts = scene.address().split('/').filter(|part| !part.is_empty());
    let mut value = |name: &str| {
        assert_eq!(parts.next(), Some(name));
        parts.next().unwrap().to_owned()
    };
    SocketAddr::new(value("ip4").parse().unwrap(), value("tcp").parse().unwrap())
}

/// A connection from another address of this machine, on which nothing is ever said.
async fn silent(to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.66:0".parse().unwrap())?;
    socket.connect(to).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_connections_of_one_address_keep_nobody_out() {
    let mut scene = Scene::set().await;
    let to = door(&scene);
    let mut silent_ones = Vec::new();
    for _ in 0..400 {
        silent_ones.push(silent(to).await.unwrap());
    }
    // More than are kept half-open of one address end at once, without a byte.
    let mut shut = 0;
    for connection in &silent_ones {
        let ended = async {
            connection.readable().await.unwrap();
            let mut byte = [0];
            // Zero bytes, or a reset; the node's first word comes only to who speaks first.
            !matches!(connection.try_read(&mut byte), Ok(1..))
        };
        if shut == 300 {
            break;
        }
        shut += usize::from(tokio::time::timeout(PATIENCE, ended).await.unwrap_or(false));
    }
    assert_eq!(shut, 300);
    // The member comes in meanwhile, and the neighbour is heard.
    let insider = scene.insider().await.linger();
    scene.neighbour_is_heard().await;
    insider.abort();
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_of_one_address_leave_room_for_members() {
    let mut scene = Scene::set().await;
    let mut strangers = Vec::new();
    let mut refused = 0;
    for number in 0..40 {
        let mut stranger =
            Peer::new(&keys(100 + number).1, scene.address(), scene.founded.file.id().as_bytes());
        stranger.dial();
        // Refused after it said who it is: connected for the dialler, and closed.
        let stands = loop {
            match stranger.next().await {
                Came::Connected => {
                    stranger.say(super::peer::Said::Bytes(vec![0x0a, 0x00]));
                }
                Came::Answer(_) => break true,
                Came::Disconnected | Came::Refused => break false,
                Came::Failed => {}
            }
        };
        if stands {
            strangers.push(stranger.linger());
        } else {
            refused += 1;
        }
    }
    assert_eq!((strangers.len(), refused), (32, 8));
    let insider = scene.insider().await.linger();
    scene.node.until("the member is in", |state| is_connected(state, HOSTILE)).await;
    scene.neighbour_is_heard().await;
    insider.abort();
    strangers.iter().for_each(tokio::task::JoinHandle::abort);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_has_two_connections_and_no_more() {
    let mut scene = Scene::set().await;
    let mut insider = scene.insider().await;
    for _ in 0..20 {
        insider.dial();
    }
    // Of 21 two stand, and the others end.
    for _ in 0..19 {
        assert!(insider.closed_or_refused().await, "{} connections stand", insider.connections());
    }
    assert_eq!(insider.connections(), 2);
    scene.neighbour_is_heard().await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_says_nothing_keeps_nobody_from_the_others() {
    let mut scene = Scene::set().await;
    // A port where connections are taken and nothing is ever said stands first among the hubs.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = faccina_node::federation::peer_id(&keys(HOSTILE).1.verifying_key().to_bytes()).unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", mute.local_addr().unwrap().port());
    let taking = tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((stream, _)) = mute.accept().await {
            taken.push(stream);
        }
    });
    scene.neighbour_is_heard().await;
    scene.neighbour.stop().await;
    scene.founded.file.hubs.insert(0, address);
    let late = scene.founded.start(super::NEIGHBOUR, Arc::new(MemoryStore::new()), None).await;
    late.until("it is connected with the other hub", |state| state.hubs_connected == 1).await;
    assert_eq!(late.federation.network().hubs, 2);
    scene.neighbour = late;
    taking.abort();
    scene.end().await;
}
