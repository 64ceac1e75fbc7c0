//! x
pub mod store;
pub mod stats;
