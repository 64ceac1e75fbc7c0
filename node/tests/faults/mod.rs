//! What agent and node survive, with real processes: every ballot that was thanked for is counted once, or refused with
//! its reason, or still waits.

mod device;
mod small_disk;
mod soak;
mod disks;
mod clocks;
mod delivery;
mod traces;
