//! The protocol of Faccina, pure: no clock, randomness, file, socket, thread or async.
#![warn(missing_docs, rustdoc::broken_intra_doc_links)]
#![warn(clippy::indexing_slicing)]

pub mod wire;
