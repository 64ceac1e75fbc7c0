//! The protocol of Faccina: what two implementations must agree on, byte for byte.
//!
//! Pure: no clock, randomness, file, socket, thread or async; time and random bytes come as arguments. The walk of the
//! data is the order of the modules: a terminal signs a [`ballot`], the node admits and tallies it, closes the month into
//! a summary, seals it in its feed, and every member's replica of all feeds follows by synchronisation; what enti learn
//! from each other goes as a [`twinning`] between two of them and as [`practice`] cards to all. `WIRE.md` gives the bytes.
//!
//! Deliberately absent: storage, transport, the views (they are the node's), and everything that could tell who voted.
#![warn(missing_docs, rustdoc::broken_intra_doc_links)]
#![warn(clippy::indexing_slicing)]

pub mod wire;
pub mod limits;
pub mod calendar;
pub mod names;
pub mod text;
pub mod envelope;
pub mod ballot;
pub mod tally;
pub mod terminals;
pub mod crockford;
pub mod invites;
pub mod pairing;
pub mod report;
pub mod meter;
pub mod admission;
pub mod merkle;
pub mod carryover;
pub mod partition;
pub mod catalogue;
pub mod summary;
pub mod checks;
pub mod close;
pub mod feed;
pub mod roster;
pub mod fork;
pub mod replica;
pub mod bundle;
pub mod sync;
pub mod practice;
pub mod twinning;
