//! Every bound of the protocol, with its unit and its reason.

/// Longest payload of an entry, in bytes. A summary of 60 services × 4 channels needs about 12 KiB; a page of sync holds several.
pub const ENTRY_PAYLOAD_BYTES_MAX: usize = 65_536;
/// Longest envelope of an entry, in bytes: the payload plus kind, key id, signature and their tags.
pub const ENTRY_ENVELOPE_BYTES_MAX: usize = ENTRY_PAYLOAD_BYTES_MAX + ENVELOPE_OVERHEAD_BYTES;
/// What an envelope adds to its payload at most, in bytes.
pub const ENVELOPE_OVERHEAD_BYTES: usize = 96;
/// Longest payload of a cast, in bytes: a ballot with four codes, a key id and an invite hash.
pub const CAST_PAYLOAD_BYTES_MAX: usize = 512;
/// Longest ballot, in bytes.
pub const BALLOT_BYTES_MAX: usize = 256;
/// Longest IPA code, in bytes. IndicePA codes have at most 20 characters today.
pub const IPA_CODE_BYTES_MAX: usize = 32;
/// Longest code of a service, channel or branch, in bytes.
pub const CODE_BYTES_MAX: usize = 32;
/// Length of a ballot's nonce, in bytes.
pub const NONCE_BYTES: usize = 16;

const _: () = assert!(BALLOT_BYTES_MAX < CAST_PAYLOAD_BYTES_MAX);
const _: () = assert!(CAST_PAYLOAD_BYTES_MAX < ENTRY_PAYLOAD_BYTES_MAX);
// Four codes, the tags and the small fields of a ballot fit its bound.
const _: () = assert!(IPA_CODE_BYTES_MAX + 3 * CODE_BYTES_MAX + NONCE_BYTES + 32 <= BALLOT_BYTES_MAX);
