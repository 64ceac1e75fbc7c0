//! Multiaddresses as people write them.

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// In the place of addresses to publish: those on which the node listens.
pub const LISTEN: &str = "listen";

/// Whether `text` is an address that can be published for others to dial. A way over a relay is none: hubs are known.
pub fn is_dialable(text: &str) -> bool {
    let Ok(address) = text.parse::<Multiaddr>() else { return false };
    address.iter().any(|part| matches!(part, Protocol::Tcp(_))) && !is_relayed(&address)
}

/// Whether `text` is an address at which a node can wait: a number of this machine, and a TCP port.
pub fn is_listenable(text: &str) -> bool {
    let Ok(address) = text.parse::<Multiaddr>() else { return false };
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    matches!(parts.as_slice(), [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Tcp(_)])
}

/// Whether the way leads over a relay.
pub(crate) fn is_relayed(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}
