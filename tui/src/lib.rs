//! The officers' terminal UI of Faccina: eight screens over the read models that a node offers.
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
//! - a row's place in a list never depends on a crude result: the orders are likeness, name, region, size, n,
//!   and the shrunken estimate, which is always shown with its interval and never with a place;
//! - the funnel draws shares at equal services and channels, so that a point and its limits can be compared;
//! - whatever is published or sent is asked once more after a summary, and an act whose answer was lost is
//!   never sent again by itself: the person is told to look first;
//! - when the node goes away the last figures stay, marked as old in words, until fresh ones arrive.
//!
//! Deliberately absent: any computation of statistics (shares, intervals and sentences come from the node), any
//! file written but the exports a person asks for, any import of the node's crate.

pub mod arguments;
pub mod texts;
pub mod figures;
pub mod names;
pub mod markdown;
pub mod message;
pub mod form;
pub mod attention;
pub mod ties;
pub mod model;
pub mod selection;
pub mod headline;
pub mod actions;
pub mod sheet;
pub mod update;
pub mod connection;
pub mod export;
pub mod view;
pub mod terminal;
