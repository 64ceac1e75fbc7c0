//! The officers' terminal UI of Faccina: five screens over the read models that a node offers.
//!
//! Owns: the arguments, the texts (Fluent, Italian and English), the model with its pure update, the
//! gRPC connection with its return after a loss, and the views. It is model / update / view: keys and
//! replies become a [`message::Message`], [`update::update`] turns a message into a changed model and
//! requests, [`view::draw`] draws the model. ratatui is named only in `view/` and `terminal.rs`, tonic
//! only in `connection.rs`.
//!
//! Decided here, where the design is silent:
//! - one month is chosen for *Confronto*, *Gemellaggio* and *Nazionale* together, so that one never reads
//!   two months side by side without noticing;
//! - a percentage always stands with its n; below [`figures::INTERVAL_N_MAX`] votes also with its interval,
//!   and where there is room always with it;
//! - a row's place in a list never depends on a result: the orders are name, region, size, n;
//! - when the node goes away the last figures stay, marked as old in words, until fresh ones arrive.
//!
//! Deliberately absent: any computation of statistics (shares and intervals come from the node), any file
//! written, any import of the node's crate.

pub mod arguments;
pub mod texts;
pub mod figures;
pub mod names;
pub mod message;
pub mod model;
pub mod selection;
pub mod headline;
pub mod update;
pub mod connection;
pub mod view;
pub mod terminal;
