//! The daemon of one member of the federation: an ente's ballot box and terminals, its feed, its replica of all feeds,
//! and the read models over them. Each file that does IO adapts one outside thing (the clock, key files, sled, libp2p,
//! tonic, HTTP); `views/` and `stats/` are pure and import none.
//!
//! Deliberately absent: identities of citizens, times of votes, results per terminal or operator, and the root key,
//! which only the command line holds while it signs.
//!
//! Modules stand in the order of the walk and use only those above them.

pub mod telling;
pub mod words;
pub mod clock;
mod short_file;
pub mod multiaddress;
pub mod keys;
pub mod link;
pub mod qr;
pub mod config;
pub mod logs;
pub mod founding;
pub mod store;
pub mod loss;
pub mod sealing;
pub mod owner;
pub mod tokens;
pub mod audit;
pub mod services;
pub mod messages;
pub mod served;
pub mod stats;
pub mod integrity;
pub mod intake;
pub mod federation;
pub mod office;
pub mod board;
pub mod counter;
pub mod close;
pub mod backup;
pub mod check;
pub mod views;
pub mod publication;
pub mod verify;
pub mod answers;
pub mod reading;
pub mod twinning;
mod keyring;
pub mod officer;
pub mod observer;
mod contact;
pub mod pages;
pub mod serve;
pub mod admin;
mod figures;
pub mod node;
pub mod setup;
pub mod device;
pub mod kiosk;
pub mod poster;
pub mod desk;
pub mod doctor;
pub mod commands;
pub mod demo;
