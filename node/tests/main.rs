//! The daemon from outside: real servers, real databases, real processes.
#![expect(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "tests")]

mod office;
mod intake;
mod presence;
mod browser;
mod axe;
mod kiosk;
mod desk;
mod town;
mod member;
mod relay;
mod circuit;
mod refusals;
mod federation;
mod hostile;
mod doctor;
mod process;
mod hub;
mod closing;
mod restored;
mod wrong_clock;
mod integrity;
mod killed;
mod faults;
mod paced;
mod officer;
mod quarter;
mod publication;
mod twinning;
mod verify;
mod procedures;
mod demo;
mod help;
mod python;
