//! What two implementations must agree on, and what the workspace must keep: one binary, a module a subject.
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and sources")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod annotated;
mod derived;
mod descriptors;
mod exactly_once;
mod golden;
mod golden_feed;
mod golden_terminal;
mod golden_twinning;
mod layering;
mod months;
mod torsion;
mod vectors;
mod town;
mod replica;
mod bundle;
mod net;
mod sync;
mod rotation;
mod sync_cost;
mod news;
mod hostile;
mod lag;
mod noise;
mod obstinate;
mod succession;
