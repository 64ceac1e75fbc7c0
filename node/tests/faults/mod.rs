//! What agent and node survive, with real processes: every ballot that was thanked for is counted once, or refused with
//! its reason, or still waits.

pub(crate) mod device;
mod endless;
mod small_disk;
mod soak;
mod disks;
mod full;
mod damage;
mod older;
mod read_only;
mod clocks;
mod delivery;
mod traces;
