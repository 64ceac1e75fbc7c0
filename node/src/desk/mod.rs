//! The page of a counter's staff, on their own PC: one button a service, "Servizio concluso", which opens the terminal beside
//! it or shows an invite; and the users served, day by day.
//!
//! A press walks: page → [`page`] → [`mod@line`] (pinned TLS, the desk's token) → node. The page makes 16 random bytes for each
//! press and sends the same again when it tries again, so the node counts it once. While the node is away a press is refused
//! and nothing is kept: nobody stands at the counter any more when it comes back.
//!
//! A queue-management system presses the same button with one plain HTTP call on this PC ([`page`]).
//!
//! Deliberately absent: names and numbers of the people served, who pressed, times, and any vote.

pub mod settings;
pub mod pairing;
pub mod line;
mod answers;
pub mod page;
pub mod run;
