//! What two implementations must agree on, and what the workspace must keep: one binary, a module a subject.
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and sources")]

mod annotated;
mod derived;
mod descriptors;
mod exactly_once;
mod golden;
mod golden_feed;
mod layering;
mod months;
mod torsion;
mod vectors;
mod town;
mod replica;
mod bundle;
mod sync;
