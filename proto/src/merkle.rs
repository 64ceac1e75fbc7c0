//! The root of a closed ballot box: what the ente commits to, and what an auditor with the box recomputes.
//!
//! Hashing of RFC 6962, 2.1: leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right). Leaf data are the 32-byte
//! ids of all ballots counted in the box plus padding up to the next power of two of at least [`LEAVES_MIN`], all sorted
//! ascending, so neither the tree's shape nor a proof tells the number of ballots of a small box.

use crate::envelope::Id;
use sha2::{Digest, Sha256};

/// Fewest leaves of a tree.
pub const LEAVES_MIN: usize = 64;

const PADDING_CONTEXT: &[u8] = b"faccina/padding/v1\0";
const LEAF_PREFIX: [u8; 1] = [0];
const NODE_PREFIX: [u8; 1] = [1];

type Hash = [u8; 32];

/// Padding leaf `i` of the box with this seed: SHA-256("faccina/padding/v1\0" ‖ seed ‖ i as u32, big-endian).
pub fn padding_leaf(seed: &[u8; 32], i: u32) -> Id {
    let hash = Sha256::new().chain_update(PADDING_CONTEXT).chain_update(seed).chain_update(i.to_be_bytes());
    Id::from_bytes(hash.finalize().into())
}

/// The Merkle root over the ids of all ballots counted in a box. `seed` is drawn at the close and kept with the box.
///
/// Ids may come in any order; each ballot must be given once. Holds 32 bytes for each leaf while it works.
pub fn ballots_root(ids: impl IntoIterator<Item = Id>, seed: &[u8; 32]) -> Id {
    let mut leaves: Vec<Id> = ids.into_iter().collect();
    let size = leaves.len().next_power_of_two().max(LEAVES_MIN);
    let padding = size - leaves.len();
    leaves.extend((0..=u32::MAX).map(|i| padding_leaf(seed, i)).take(padding));
    leaves.sort_unstable();
    Id::from_bytes(root(leaves.iter().map(|leaf| leaf_hash(leaf.as_bytes()))))
}

fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update(LEAF_PREFIX).chain_update(data).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update(NODE_PREFIX).chain_update(left).chain_update(right).finalize().into()
}

/// The root over leaf hashes in order; SHA-256 of nothing for none. Keeps one hash for each level.
fn root(leaves: impl Iterator<Item = Hash>) -> Hash {
    let mut levels: Vec<(u32, Hash)> = Vec::new();
    for leaf in leaves {
        let mut node = (0, leaf);
        while let Some((level, left)) = levels.pop_if(|(level, _)| *level == node.0) {
            node = (level + 1, node_hash(&left, &node.1));
        }
        levels.push(node);
    }
    let Some((_, last)) = levels.pop() else { return Sha256::digest([]).into() };
    levels.iter().rev().fold(last, |right, (_, left)| node_hash(left, &right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 6962, 2.1, word for word.
    fn reference(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => leaf_hash(one),
            many => {
                let k = many.len().next_power_of_two() / 2;
                node_hash(&reference(&many[..k]), &reference(&many[k..]))
            }
        }
    }

    #[test]
    fn published_roots_of_certificate_transparency_hold() {
        // The test tree of the certificate-transparency reference implementation.
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .map(|leaf| hex::decode(leaf).unwrap());
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (i, expected) in roots.iter().enumerate() {
            let root = root(leaves[..=i].iter().map(|leaf| leaf_hash(leaf)));
            assert_eq!(hex::encode(root), *expected, "{} leaves", i + 1);
        }
    }

    #[test]
    fn an_empty_box_has_64_padding_leaves() {
        let seed = [5; 32];
        let mut padding: Vec<_> = (0..64).map(|i| padding_leaf(&seed, i).as_bytes().to_vec()).collect();
        padding.sort();
        assert_eq!(ballots_root([], &seed).as_bytes(), &reference(&padding));
    }

    #[test]
    fn a_full_tree_needs_no_padding() {
        let ids: Vec<Id> = (0..64u8).map(|i| Id::from_bytes([i; 32])).collect();
        assert_eq!(ballots_root(ids.clone(), &[1; 32]), ballots_root(ids.clone(), &[2; 32]));
        let more = ids.into_iter().chain([Id::from_bytes([200; 32])]);
        assert_ne!(ballots_root(more.clone(), &[1; 32]), ballots_root(more, &[2; 32]));
    }

    proptest! {
        #[test]
        fn the_root_is_the_one_of_the_rfc(leaves in proptest::collection::vec(any::<[u8; 3]>(), 0..40)) {
            let leaves: Vec<_> = leaves.iter().map(|leaf| leaf.to_vec()).collect();
            prop_assert_eq!(root(leaves.iter().map(|leaf| leaf_hash(leaf))), reference(&leaves));
        }

        #[test]
        fn the_order_of_ballots_does_not_matter(ids in proptest::collection::btree_set(any::<[u8; 32]>(), 0..150)) {
            let ids: Vec<Id> = ids.into_iter().map(Id::from_bytes).collect();
            let root = ballots_root(ids.clone(), &[9; 32]);
            prop_assert_eq!(ballots_root(ids.into_iter().rev(), &[9; 32]), root);
        }
    }
}
