//! "Servizio concluso", from a staff PC to the ballot box.

mod counter;
mod staff;
mod pages;
mod setting_up;
mod month;
mod vote;
