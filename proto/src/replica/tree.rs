//! The digest tree: one leaf for each member in roster order, 16 children to a node, updated along one path.

use crate::limits::DIGEST_FANOUT;
use sha2::{Digest, Sha256};

/// The tree. Level 0 holds the leaves; the last level has one node. An absent node is 32 zero bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    levels: Vec<Vec<[u8; 32]>>,
}

impl Tree {
    /// The level of the one node at the top; 1 or more, so that the leaves always have a parent.
    pub fn top_level(&self) -> u32 {
        u32::try_from(self.levels.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1)
    }

    /// The node at the top; zeros without members.
    pub fn top(&self) -> [u8; 32] {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default()
    }

    /// A node; zeros where there is none.
    pub fn node(&self, level: u32, index: u32) -> [u8; 32] {
        let level = usize::try_from(level).ok().and_then(|level| self.levels.get(level));
        let node = usize::try_from(index).ok().and_then(|index| level?.get(index));
        node.copied().unwrap_or_default()
    }

    /// Sets a leaf, growing the tree as needed, and updates the nodes above it.
    pub(super) fn set(&mut self, mut index: usize, leaf: [u8; 32]) {
        let mut node = leaf;
        let mut level = 0;
        loop {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { return };
            if nodes.len() <= index {
                nodes.resize(index + 1, [0; 32]);
            }
            if let Some(place) = nodes.get_mut(index) {
                *place = node;
            }
            if level > 0 && nodes.len() == 1 {
                // Everything above would have one child only.
                self.levels.truncate(level + 1);
                return;
            }
            let start = index / DIGEST_FANOUT * DIGEST_FANOUT;
            let mut hash = Sha256::new().chain_update(b"faccina/digest/v1\0");
            for child in nodes.iter().skip(start).take(DIGEST_FANOUT) {
                hash.update(child);
            }
            node = hash.finalize().into();
            index /= DIGEST_FANOUT;
            level += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(index: usize) -> [u8; 32] {
        Sha256::digest(index.to_be_bytes()).into()
    }

    #[test]
    fn a_tree_grown_in_any_order_is_the_same() {
        let mut forward = Tree::default();
        (0..300).for_each(|index| forward.set(index, leaf(index)));
        let mut twice = Tree::default();
        (0..300).for_each(|index| twice.set(index, [0; 32]));
        (0..300).rev().for_each(|index| twice.set(index, leaf(index)));
        assert_eq!(forward, twice);
        assert_eq!(forward.top_level(), 3);
    }

    #[test]
    fn one_leaf_has_a_parent() {
        let mut tree = Tree::default();
        assert_eq!((tree.top_level(), tree.top()), (1, [0; 32]));
        tree.set(0, leaf(0));
        assert_eq!((tree.top_level(), tree.node(0, 0)), (1, leaf(0)));
        assert_ne!(tree.top(), leaf(0));
    }
}
