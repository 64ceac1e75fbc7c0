//! Names of peers and ways to them: transport keys, peer ids, multiaddresses.

use libp2p::{
    Multiaddr, PeerId,
    identity::{PublicKey, ed25519},
    multiaddr::Protocol,
};
use std::{
    io,
    net::{IpAddr, TcpListener},
};

pub(super) use crate::multiaddress::is_relayed;

/// The 32-byte Ed25519 public key by which a peer's connection is authenticated.
pub type TransportKey = [u8; 32];

/// The topic on which members of a federation announce: the first 8 bytes of its id are enough among members.
pub(super) fn topic_name(federation_id: &[u8; 32]) -> String {
    let [a, b, c, d, e, f, g, h, ..] = *federation_id;
    format!("/faccina/{}/heads/1", hex::encode([a, b, c, d, e, f, g, h]))
}

/// Takes `/p2p/<peer id>` off the end.
pub(super) fn split_peer(mut address: Multiaddr) -> Option<(PeerId, Multiaddr)> {
    match address.pop() {
        Some(Protocol::P2p(peer)) => Some((peer, address)),
        Some(_) | None => None,
    }
}

/// Refuses an address that another listener has. The swarm shares ports, so two nodes on one of them would take each
/// other's connections without a word.
pub(super) fn expect_free(address: &Multiaddr) -> io::Result<()> {
    let mut parts = address.iter();
    let ip = match parts.next() {
        Some(Protocol::Ip4(ip)) => IpAddr::V4(ip),
        Some(Protocol::Ip6(ip)) => IpAddr::V6(ip),
        Some(_) | None => return Ok(()),
    };
    match parts.next() {
        Some(Protocol::Tcp(port)) => TcpListener::bind((ip, port)).map(drop),
        Some(_) | None => Ok(()),
    }
}

/// Whether a node could listen at the multiaddress `text` now.
pub fn can_listen(text: &str) -> io::Result<()> {
    let address =
        text.parse::<Multiaddr>().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    expect_free(&address)
}

/// Addresses of one name that are tried: whoever publishes a name may let it lead anywhere.
const ADDRESSES_OF_NAME_MAX: usize = 8;

/// Replaces host names by addresses, asking the system's resolver; names that do not resolve are left out.
pub(super) async fn resolve(addresses: Vec<Multiaddr>) -> Vec<Multiaddr> {
    let mut resolved = Vec::new();
    for address in addresses {
        let mut parts = address.iter();
        let (host, port) = (parts.next(), parts.next());
        match (host, port) {
            (
                Some(Protocol::Dns(host) | Protocol::Dns4(host) | Protocol::Dns6(host)),
                Some(Protocol::Tcp(port)),
            ) => {
                let found = tokio::net::lookup_host((host.as_ref(), port)).await;
                resolved.extend(found.into_iter().flatten().take(ADDRESSES_OF_NAME_MAX).map(|found| {
                    let host = match found.ip() {
                        IpAddr::V4(ip) => Protocol::Ip4(ip),
                        IpAddr::V6(ip) => Protocol::Ip6(ip),
                    };
                    Multiaddr::empty().with(host).with(Protocol::Tcp(port))
                }));
            }
            _ => resolved.push(address),
        }
    }
    resolved
}

pub(super) fn peer_of(key: &TransportKey) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(key).ok()?;
    Some(PeerId::from_public_key(&PublicKey::from(key)))
}

/// The key inside a peer id; `None` for peers whose key is not Ed25519, who cannot be members.
pub(super) fn key_of(peer: &PeerId) -> Option<TransportKey> {
    let key = PublicKey::try_decode_protobuf(peer.as_ref().digest()).ok()?;
    key.try_into_ed25519().ok().map(|key| key.to_bytes())
}

/// The peer id of a transport key, as it stands at the end of multiaddresses; `None` for bytes that are no key.
pub fn peer_id(key: &TransportKey) -> Option<String> {
    peer_of(key).map(|peer| peer.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn peer_id_and_transport_key_are_one_name() {
        let key = SigningKey::from_bytes(&[5; 32]).verifying_key().to_bytes();
        assert_eq!(peer_of(&key).and_then(|peer| key_of(&peer)), Some(key));
    }

    #[tokio::test]
    async fn host_names_are_resolved_before_the_dial() {
        let resolved = resolve(vec!["/dns4/localhost/tcp/7440".parse().unwrap()]).await;
        assert!(
            resolved.iter().any(|address| address.to_string() == "/ip4/127.0.0.1/tcp/7440"),
            "{resolved:?}"
        );
    }
}
