//! "Servizio concluso", from a staff PC to the ballot box.

mod counter;
