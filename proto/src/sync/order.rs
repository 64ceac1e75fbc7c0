//! What comes first, of the feeds and of the peers, and with how many a comparison goes on at once.
//!
//! The root feed decides what the others may hold; the own feed, whether this node may append; the hubs' feeds hold the
//! catalogue and the national months; and a region compares within itself first. Hubs are asked before the others: they
//! hold most and are made for it. Whoever brings pages slowly or piece by piece is asked after all others.

use super::Machine;
use super::messages::Peer;
use super::peers::Notes;
use crate::names::Author;
use crate::roster::{Member, Role};
use std::cmp::Reverse;

/// Peers beside the hubs with which this node goes down the digest tree at once. A hub that comes back finds thousands
/// that differ from it, each with a list of feeds as long as the roster; one after another they cost the same and fit
/// memory.
const WALKS_MAX: usize = 32;

/// Which feed is fetched before which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Root,
    Own,
    Hub,
    Region,
    Other,
}

impl Machine {
    /// The rank of a feed.
    pub(super) fn rank(&self, author: &Author) -> Rank {
        let roster = self.replica.roster();
        let Some(member) = roster.author(author) else { return Rank::Root };
        if member.code == self.own.code {
            Rank::Own
        } else if helps(member) {
            Rank::Hub
        } else if roster.member(&self.own.code).is_some_and(|own| own.region == member.region) {
            Rank::Region
        } else {
            Rank::Other
        }
    }

    /// All connected peers: the hubs first, then those whose pages came well; last who makes this node wait for them.
    pub(super) fn peers_in_order(&self) -> Vec<Peer> {
        let ranked = |(peer, notes): (&Peer, &Notes)| {
            (notes.credit < 0, !self.is_hub(*peer), Reverse(notes.credit), *peer)
        };
        let mut peers: Vec<_> = self.peers.iter().map(ranked).collect();
        peers.sort_unstable();
        peers.into_iter().map(|(.., peer)| peer).collect()
    }

    /// Whether a comparison with this peer may go down the digest tree now; takes one of the places if so.
    pub(super) fn may_walk(&mut self, peer: Peer) -> bool {
        self.is_hub(peer)
            || self.walks.contains(&peer)
            || (self.walks.len() < WALKS_MAX && self.walks.insert(peer))
    }

    /// The comparison with this peer has ended, or does not go on: another may begin.
    pub(super) fn end_walk(&mut self, peer: Peer) {
        self.walks.remove(&peer);
    }

    /// Which of the two ends of a connection compares first; the other agrees.
    pub(super) fn goes_first(&self, peer: Peer) -> bool {
        self.own.transport < peer
    }

    /// A peer asks for the heads below these nodes of the tree: there the two differ. Whoever does not go first looks in
    /// the same places.
    pub(super) fn follow_questions(&mut self, peer: Peer, level: u32, indices: &[u32]) {
        if level != 1 || self.goes_first(peer) {
            return;
        }
        let tree = self.replica.tree();
        let places = indices.iter().filter(|index| tree.node(level, **index) != [0; 32]);
        let places: Vec<(u32, u32)> = places.map(|index| (level, *index)).collect();
        if let Some(notes) = self.peers.get_mut(peer).filter(|notes| notes.yields_until_ms.is_some()) {
            notes.frontier.extend(places);
        }
    }

    /// Whether this node is there for the others itself.
    pub(super) fn helps(&self) -> bool {
        self.replica.roster().member(&self.own.code).is_some_and(helps)
    }

    pub(super) fn is_hub(&self, peer: Peer) -> bool {
        self.replica.roster().by_transport_key(peer.as_bytes()).is_some_and(helps)
    }
}

/// The observer and hubs are there for the others.
fn helps(member: &Member) -> bool {
    match member.role {
        Role::Observer | Role::Hub => true,
        Role::Ente => false,
    }
}
