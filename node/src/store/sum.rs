//! The sum over all records of a database: whether all of them are there, as they were last written.
//!
//! Where a stretch in the middle of its file is damaged, the engine passes over it and serves what stood before those
//! writes, and no checksum of its own contradicts. The sum does: each batch carries it forward, and who opens the
//! database adds it up anew.

use sha2::{Digest, Sha256};

/// What one engine record adds to the sum.
pub(super) fn of(key: &[u8], value: &[u8]) -> u64 {
    let length = u64::try_from(key.len()).unwrap_or(u64::MAX);
    let digest = Sha256::new().chain_update(length.to_be_bytes()).chain_update(key).chain_update(value);
    digest.finalize().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The sum after a record changed; `None` is a record that is not there.
pub(super) fn changed(sum: u64, key: &[u8], before: Option<&[u8]>, after: Option<&[u8]>) -> u64 {
    let [before, after] = [before, after].map(|value| value.map_or(0, |value| of(key, value)));
    sum.wrapping_sub(before).wrapping_add(after)
}

/// The sum over these records.
pub(super) fn of_all<E>(
    records: impl Iterator<Item = Result<(::sled::IVec, ::sled::IVec), E>>,
) -> Result<u64, E> {
    let mut sum = 0_u64;
    for record in records {
        let (key, value) = record?;
        sum = sum.wrapping_add(of(&key, &value));
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leads_where_adding_up_leads() {
        let both = of(b"a", b"1").wrapping_add(of(b"b", b"2"));
        let sum = changed(changed(0, b"a", None, Some(b"0")), b"b", None, Some(b"2"));
        assert_eq!(changed(sum, b"a", Some(b"0"), Some(b"1")), both);
        assert_eq!(changed(both, b"b", Some(b"2"), None), of(b"a", b"1"));
        assert_ne!(of(b"ab", b"c"), of(b"a", b"bc"));
    }
}
