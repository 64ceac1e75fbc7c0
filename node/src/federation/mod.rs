//! The federation.
mod codec;
mod dial;
mod gate;
mod log;
mod swarm;
