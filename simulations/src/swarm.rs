//! The production machines on virtual time: a federation of enti with terminals, hubs and the observer, seeded faults, a
//! reference model beside it; safety after each event, agreement once the faults stop.
//!
//! What is real: the synchronisation with its replica, admission, tally, close, checks, the views and the observer's
//! calendar, all as the daemon runs them. What stands in for the daemon's shell: disks, links, clocks, and the few lines
//! that ask those machines in the daemon's order. Deliberately absent: sled, libp2p, gRPC; other tests drive those.

mod almanac;
mod scenario;
mod agenda;
mod trace;
mod faults;
mod town;
mod root;
mod mutant;
mod disk;
mod terminal;
mod truth;
mod sides;
mod ledger;
mod intake;
mod closing;
mod node;
mod message;
mod link;
mod world;
mod attend;
mod acts;
mod schedule;
mod judge;
mod report;
mod run;
#[cfg(test)]
mod tampered;

pub(crate) use run::{Outcome, Settings, run};
