//! The terminal: its page in a real Chromium over a real agent and its queue on disk, and the agent as a real process
//! before a real node.

mod counter;
mod booth;
mod flows;
mod links;
mod codes;
mod screens;
mod speed;
