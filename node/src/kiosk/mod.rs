//! The agent on a terminal: it serves the voting page on loopback, holds the device key, keeps every ballot on its own
//! disk until the node has receipted it, and streams the queue to the node.
//!
//! A tap walks: page → [`page`] → [`agent`] (draft, day, signature, once) → [`queue`] (durable) → answer to the page;
//! then, on its own time, [`uplink`] → node → receipt → out of the queue.
//!
//! - A ballot leaves the queue only with its receipt, signed by the key pinned at enrolment, or with a final refusal,
//!   which is counted by its code. `NotYet` stays. A resend is byte-identical: day, nonce and signature are fixed once.
//! - A red face is on the disk before its reason is asked. Without a reason, whoever leaves (the person, the page, the
//!   power), it counts as red without one.
//! - The agent trusts one TLS key, which it learned in its pairing ([`crate::link`]), and no authority or name: an old PC
//!   on a local network has neither.
//! - Where terminals are `attended`, `faccina kiosk open` opens the page for one vote within 60 s; votes cast there by
//!   command count as attended, for whoever gives the command is the staff. `invite` terminals ask for the code on paper at
//!   a counter; elsewhere the same agent serves the page for invite links, and the call of a telephone system.
//! - On the disk the queue is sealed ([`sealed`]); its key changes at each start and each day on which nothing waits, so that
//!   what was sent can be read by nobody who takes the device later.
//! - The day of a vote is believed only from the node's last one on, and a clock that the node knows to be wrong is set right
//!   in reckoning; a device that cannot know the day takes no vote.
//! - At a counter taps are measured ([`measuring`]): what is kept of a half-day are numbers, with times no finer than a
//!   quarter of an hour; what is known of moments ends in memory after 60 s. The report of a half-day is sealed once and waits with the ballots.
//! - A tap is remembered for the next 1,024, a CSV file for the next 256: sent again, they count once.
//!
//! Deliberately absent: times of votes, any trace of the person in the browser, trackers, foreign hosts.

pub mod settings;
pub mod enrolment;
pub mod words;
pub mod booth;
pub mod tap;
pub mod rows;
pub mod measuring;
pub mod sealed;
pub mod queue;
pub mod status;
pub mod agent;
pub mod uplink;
pub mod page;
pub mod run;
