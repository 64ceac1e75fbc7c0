//! What a terminal's agent and a staff PC have in common: both are paired with a node by a code, serve a page on loopback,
//! and are spoken to by other commands of the same device.

pub mod settings;
pub mod pairing;
pub mod running;
pub mod local;
