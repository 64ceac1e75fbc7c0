//! The terminal UI from outside: its screens as text, its keys, its way to a node, its command line.
#![expect(clippy::unwrap_used, reason = "tests")]

mod town;
mod screens;
mod dfp;
mod keys;
mod exports;
mod node;
mod walk;
mod arguments;
