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

/// Most members ever admitted. The as-of vector of a national month, at two bytes a member, stays within 16 KiB.
pub const MEMBERS_MAX: usize = 8_192;
/// Most feed keys, and most transport keys, of one member: a rotation a year for longer than any key lives.
pub const KEYS_PER_MEMBER_MAX: usize = 16;
/// Longest text of a member's record, in bytes: the longest official names have about 150 characters.
pub const RECORD_TEXT_BYTES_MAX: usize = 512;
/// Most members of a Unione, and most services delegated to it: the largest Unione has about 40 comuni.
pub const RECORD_LIST_MAX: usize = 256;
/// Most entries of an ente or hub on one declared day: a close, its notices and a plan need fewer than ten.
pub const ENTRIES_PER_DAY_MAX: u32 = 32;
/// Most payload bytes of an ente or hub in one declared year: twelve summaries of the largest size and everything else.
pub const FEED_BYTES_PER_YEAR_MAX: u64 = 4 << 20;
/// Most payload bytes of the root or the observer feed in one declared year: 6,000 admissions and twelve national months.
pub const DFP_FEED_BYTES_PER_YEAR_MAX: u64 = 64 << 20;
/// Children of one node of the digest tree: four levels hold [`MEMBERS_MAX`] members.
pub const DIGEST_FANOUT: usize = 16;
/// Length of a digest in an answer, in bytes. A collision costs its own author a delay, nobody else anything.
pub const DIGEST_WIRE_BYTES: usize = 8;
/// Most nodes of the digest tree asked for in one request: the answer stays below 32 KiB.
pub const DIGEST_NODES_PER_REQUEST_MAX: usize = 64;
/// Most feeds asked for in one request: one page of entries holds at least one entry of each.
pub const FEEDS_PER_WANT_MAX: usize = 64;
/// Most entries in one page: some tens of milliseconds of verification.
pub const ENTRIES_PER_GIVE_MAX: usize = 256;
/// Most bytes of entries in one page; the entry that passes it is the last.
pub const GIVE_BYTES_MAX: usize = 512 << 10;
/// Longest message of `sync.v1`, in bytes: a full page, its last entry, one fork proof for each feed at worst cut by the page.
pub const SYNC_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Most heads in one announcement.
pub const HEADS_PER_ANNOUNCEMENT_MAX: usize = 64;
/// Longest hello, in bytes: a code, a run id, a key, a version.
pub const HELLO_BYTES_MAX: usize = 512;
/// Most other runs of one key that an answer passes on: two are enough to stop.
pub const OTHER_RUNS_MAX: usize = 4;
/// Most entries in one bundle, so that its manifest can be counted: all members for ten years.
pub const BUNDLE_ENTRIES_MAX: u64 = 16 << 20;

const _: () = assert!(GIVE_BYTES_MAX + 4 * ENTRY_ENVELOPE_BYTES_MAX < SYNC_MESSAGE_BYTES_MAX);
const _: () = assert!(FEEDS_PER_WANT_MAX <= ENTRIES_PER_GIVE_MAX);
const _: () = assert!(BALLOT_BYTES_MAX < CAST_PAYLOAD_BYTES_MAX);
const _: () = assert!(CAST_PAYLOAD_BYTES_MAX < ENTRY_PAYLOAD_BYTES_MAX);
// Four codes, the tags and the small fields of a ballot fit its bound.
const _: () = assert!(IPA_CODE_BYTES_MAX + 3 * CODE_BYTES_MAX + NONCE_BYTES + 32 <= BALLOT_BYTES_MAX);
