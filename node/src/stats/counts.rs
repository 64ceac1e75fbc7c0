//! Counts as real numbers.

/// A count as a real number: exact up to 2⁵³, far above the votes of the whole country in a century.
#[expect(clippy::cast_precision_loss, reason = "counts of votes stay far below 2^53")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// A length as a real number.
#[expect(clippy::cast_precision_loss, reason = "lengths stay far below 2^53")]
pub(super) fn size(length: usize) -> f64 {
    length as f64
}

/// The count at or below a real number, for a starting point of a search: negative and unknown become 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, and a starting point need not be exact"
)]
pub(super) fn count_below(value: f64) -> u64 {
    value as u64
}
