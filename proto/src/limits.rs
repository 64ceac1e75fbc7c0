//! Every bound of the protocol, with its unit and its reason.

/// Longest payload of an entry, in bytes. A summary of 60 services × 4 channels needs about 12 KiB; a page of sync holds several.
pub const ENTRY_PAYLOAD_BYTES_MAX: usize = 65_536;
/// Longest envelope of an entry, in bytes: the payload plus kind, key id, signature and their tags.
pub const ENTRY_ENVELOPE_BYTES_MAX: usize = ENTRY_PAYLOAD_BYTES_MAX + ENVELOPE_OVERHEAD_BYTES;
/// What an envelope adds to its payload at most, in bytes.
pub const ENVELOPE_OVERHEAD_BYTES: usize = 96;
/// Longest payload of a cast, in bytes: a ballot with four codes, a key id and an invite hash.
pub const CAST_PAYLOAD_BYTES_MAX: usize = 512;
/// Most casts in one message of a terminal: a batch of the node's writer.
pub const CASTS_PER_MESSAGE_MAX: usize = 256;
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
/// Most feed keys, and most transport keys, of one member. Feed keys stay as long as entries that they signed: a rotation a
/// year for longer than anybody's office lasts.
pub const KEYS_PER_MEMBER_MAX: usize = 64;
/// Longest text of a member's record, in bytes: the longest official names have about 150 characters.
pub const RECORD_TEXT_BYTES_MAX: usize = 512;
/// Most members of a Unione, most services delegated to it, most enti that one follows: the largest Unione has about 40
/// comuni.
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
/// Longest delivery between two enti, in bytes: thirty messages of a twinning at their longest, some seconds on a slow line.
pub const DELIVERY_BYTES_MAX: usize = 512 << 10;
/// Most messages in one delivery.
pub const DELIVERY_MESSAGES_MAX: usize = 256;
/// Longest answer to a delivery, in bytes: an id for each message, a reason for each that is refused, and what is returned.
pub const TAKEN_BYTES_MAX: usize = 96 << 10;
/// Of that, the messages that are returned to a sender whose store was put back: three at their longest.
pub const RETURNED_BYTES_MAX: usize = 56 << 10;
/// Most entries in one bundle, so that its manifest can be counted: all members for ten years.
pub const BUNDLE_ENTRIES_MAX: u64 = 16 << 20;

const _: () = assert!(GIVE_BYTES_MAX + 4 * ENTRY_ENVELOPE_BYTES_MAX < SYNC_MESSAGE_BYTES_MAX);
const _: () = assert!(FEEDS_PER_WANT_MAX <= ENTRIES_PER_GIVE_MAX);
// An id of 32 bytes and a code in words, with their tags.
const _: () =
    assert!(DELIVERY_MESSAGES_MAX * (32 + WORD_BYTES_MAX + 8) + RETURNED_BYTES_MAX <= TAKEN_BYTES_MAX);
const _: () = assert!(2 * TWINNING_MESSAGE_BYTES_MAX <= RETURNED_BYTES_MAX);
const _: () = assert!(BALLOT_BYTES_MAX < CAST_PAYLOAD_BYTES_MAX);
const _: () = assert!(CAST_PAYLOAD_BYTES_MAX < ENTRY_PAYLOAD_BYTES_MAX);
// Four codes, the tags and the small fields of a ballot fit its bound.
const _: () = assert!(IPA_CODE_BYTES_MAX + 3 * CODE_BYTES_MAX + NONCE_BYTES + 32 <= BALLOT_BYTES_MAX);

// ---- terminals and invites ----
/// Terminals of one ente. INAIL, the largest known, had 480 counters.
pub const TERMINALS_MAX: usize = 16_384;
/// Services that one terminal may collect votes for; more do not fit a page.
pub const SERVICES_PER_TERMINAL_MAX: usize = 64;
/// Opening intervals of one terminal in a week: four a day.
pub const OPENING_HOURS_MAX: usize = 28;
/// Longest name the ente gives a terminal, in bytes.
pub const TERMINAL_NAME_BYTES_MAX: usize = 128;
/// Users that one service of one branch can have served on a day: fifty counters, one user each quarter of a minute, eight
/// hours.
pub const SERVED_PER_DAY_MAX: u32 = 100_000;
/// Length of an invite, in bytes: 128 random bits.
pub const INVITE_BYTES: usize = 16;
/// Characters of an invite on paper: 10 of Crockford's alphabet, 50 random bits.
pub const PAPER_INVITE_CHARS: usize = 10;
/// Unknown codes that one terminal of a counter may present in a minute. With 50 bits and a million codes outstanding, a
/// terminal that always uses up its tries needs four centuries for one hit.
pub const PAPER_INVITE_TRIES_PER_MINUTE_MAX: u32 = 5;
/// Characters of a pairing code: 16 of Crockford's alphabet, 80 random bits.
pub const PAIRING_CODE_CHARS: usize = 16;

// ---- what a terminal says of itself ----
/// Longest payload of a heartbeat, in bytes: a version, and a count for each reason of refusal.
pub const HEARTBEAT_BYTES_MAX: usize = 4_096;
/// Reasons of refusal that a heartbeat counts apart.
pub const REFUSED_CODES_MAX: usize = 40;
/// Longest payload of a report, in bytes: its numbers, and a row for each service.
pub const REPORT_BYTES_MAX: usize = 4_096;
/// Reports in one message: a month of half-days.
pub const REPORTS_PER_MESSAGE_MAX: usize = 64;
/// Votes that one terminal can have taken in a half-day: one a second.
pub const VOTES_PER_HALF_DAY_MAX: u32 = 43_200;
/// Seconds of a half-day, with the hour that autumn adds.
pub const HALF_DAY_S_MAX: u32 = 13 * 3_600;

// ---- the ballot box ----
/// A ballot is refused when its month ended more than this many days ago.
pub const BALLOT_AGE_DAYS_MAX: i64 = 60;
/// Days that a terminal's clock may be ahead of the node's; beyond it the ballot waits.
pub const CAST_AHEAD_DAYS_MAX: i64 = 1;
/// Service × channel × branch cells of one month: 60 services × 4 channels × 500 branches.
pub const TALLY_CELLS_MAX: usize = 131_072;
/// Votes of one ente in a month, all groups together. The busiest month of the historical programme had 425,771 in all of
/// Italy.
pub const VOTES_PER_MONTH_MAX: u64 = 100_000_000;

// ---- summary ----
/// Published groups of one month. With codes of ordinary length (about 40 bytes a group) they fit an entry; with the
/// longest codes about 500 do, and the close says so.
pub const GROUPS_MAX: usize = 1_024;
/// Months that a carryover, a pool of reasons or a declared gap may name: ten years.
pub const MONTHS_NAMED_MAX: usize = 120;
/// Longest software version, in bytes.
pub const SOFTWARE_VERSION_BYTES_MAX: usize = 64;
/// Lowest threshold of a published group that a federation may choose: the floor of the rules for official statistics.
pub const THRESHOLD_MIN: u64 = 3;
/// Highest threshold of a published group.
pub const THRESHOLD_MAX: u64 = 20;

// ---- catalogue ----
/// Parts of one catalogue version, each an entry.
pub const CATALOGUE_PARTS_MAX: u32 = 64;
/// Size at which a catalogue part is split, in bytes: an entry's payload less its own fields.
pub const CATALOGUE_PART_BYTES_MAX: usize = 60_000;
/// Catalogue versions whose parts wait for their closing entry.
pub const CATALOGUES_PENDING_MAX: usize = 4;
/// Services of a catalogue version.
pub const SERVICES_MAX: usize = 4_096;
/// Channels of a catalogue version.
pub const CHANNELS_MAX: usize = 16;
/// Texts of a catalogue version.
pub const TEXTS_MAX: usize = 1_024;
/// Languages of one text.
pub const LANGUAGES_MAX: usize = 8;
/// Longest text of a catalogue in one language, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;
/// Longest area, audience, kind, text key or language tag, in bytes.
pub const WORD_BYTES_MAX: usize = 64;

/// Longest free text that a person publishes (a reason, a note), in bytes.
pub const PUBLISHED_TEXT_BYTES_MAX: usize = 1_024;

// ---- twinning and practice cards ----
/// Longest payload of a message of a twinning, in bytes: the fullest checklist, or some pages of text.
pub const TWINNING_MESSAGE_BYTES_MAX: usize = 16 << 10;
/// Messages of one side in one twinning, the end included; the two sides together write at most 256. A year of weekly
/// words needs half of it.
pub const TWINNING_MESSAGES_PER_SIDE_MAX: u32 = 128;
/// Twinnings of one ente that are proposed or going on. An expert accompanies two or three.
pub const TWINNINGS_OPEN_MAX: usize = 32;
/// Of those, with one other ente, so that no ente takes up all places of another.
pub const TWINNINGS_OPEN_WITH_ONE_MAX: usize = 4;
/// Twinnings that a node keeps, finished ones included: three a month for thirty years.
pub const TWINNINGS_KEPT_MAX: usize = 1_024;
/// Of those, finished ones of one other ente that were never accepted: its own oldest make room.
pub const TWINNINGS_UNACCEPTED_WITH_ONE_MAX: usize = 8;
/// Proposals that a node takes from one ente in a day: as many as it keeps of those that come to nothing.
pub const TWINNING_PROPOSALS_PER_DAY_MAX: usize = 8;
/// Longest text of a message, in bytes: about four pages.
pub const TWINNING_TEXT_BYTES_MAX: usize = 8 << 10;
/// Services of a twinning, or of a practice card.
pub const NAMED_SERVICES_MAX: usize = 64;
/// Topics of a twinning, of a practice card, or of an expert's availability.
pub const TOPICS_MAX: usize = 16;
/// Longest topic, in bytes: a few words.
pub const TOPIC_BYTES_MAX: usize = 96;
/// Areas of services that an expert's availability names.
pub const AREAS_NAMED_MAX: usize = 16;
/// Months of a twinning: a programme of three years.
pub const TWINNING_MONTHS_MAX: i64 = 36;
/// Answers of one checklist.
pub const CHECKLIST_ANSWERS_MAX: usize = 32;
/// Longest note to an answer of a checklist, in bytes: two or three sentences.
pub const CHECKLIST_NOTE_BYTES_MAX: usize = 384;
/// Longest text of an outcome, in bytes: a page or two, read by all.
pub const OUTCOME_TEXT_BYTES_MAX: usize = 4 << 10;
/// Practice cards that one outcome names.
pub const OUTCOME_CARDS_MAX: usize = 16;
/// Practice cards of one ente, withdrawn ones included; also the highest number of a card.
pub const CARDS_MAX: u32 = 64;
/// Longest title of a practice card, in bytes.
pub const CARD_TITLE_BYTES_MAX: usize = 192;
/// Longest text of a practice card, in bytes of Markdown: six to eight pages.
pub const CARD_MARKDOWN_BYTES_MAX: usize = 16 << 10;

// The fullest checklist, and the fullest proposal, fit a message; every card fits an entry.
const _: () = assert!(
    CHECKLIST_ANSWERS_MAX * (CHECKLIST_NOTE_BYTES_MAX + CODE_BYTES_MAX + 12) + 256
        <= TWINNING_MESSAGE_BYTES_MAX
);
const _: () = assert!(
    NAMED_SERVICES_MAX * (CODE_BYTES_MAX + 2)
        + TOPICS_MAX * (TOPIC_BYTES_MAX + 2)
        + TWINNING_TEXT_BYTES_MAX
        + 256
        <= TWINNING_MESSAGE_BYTES_MAX
);
const _: () = assert!(CARD_MARKDOWN_BYTES_MAX * 2 < ENTRY_PAYLOAD_BYTES_MAX);
const _: () = assert!(TWINNINGS_OPEN_WITH_ONE_MAX < TWINNINGS_OPEN_MAX);
const _: () = assert!(TWINNINGS_OPEN_MAX < TWINNINGS_KEPT_MAX);

// A row is a code and three numbers.
const _: () = assert!(SERVICES_PER_TERMINAL_MAX * (CODE_BYTES_MAX + 20) + 256 <= REPORT_BYTES_MAX);
const _: () = assert!(REFUSED_CODES_MAX * (CODE_BYTES_MAX * 2 + 16) + 256 <= HEARTBEAT_BYTES_MAX);
const _: () = assert!(THRESHOLD_MIN >= 3);
const _: () = assert!(CATALOGUE_PART_BYTES_MAX < ENTRY_PAYLOAD_BYTES_MAX);
const _: () = assert!(LANGUAGES_MAX * (TEXT_BYTES_MAX + WORD_BYTES_MAX + 16) * 4 < CATALOGUE_PART_BYTES_MAX);
const _: () = assert!(VOTES_PER_MONTH_MAX < u32::MAX as u64);
const _: () = assert!(GROUPS_MAX * 40 < ENTRY_PAYLOAD_BYTES_MAX);
