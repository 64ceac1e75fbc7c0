//! What a person carries from the node to a device that is to be paired.

use crate::qr::Qr;
use faccina_proto::wire::admin::v1::PairingReply;
use std::io::{IsTerminal, stdout};

/// Prints address and code, on a screen also as a QR code of both.
pub(super) fn show(reply: &PairingReply) {
    let both = format!("{}#{}", reply.address, reply.code);
    println!("Address  {}", reply.address);
    println!("Code     {}", reply.code);
    println!("Valid    {} minutes, once", reply.valid_s / 60);
    println!("Or both  {both}");
    if stdout().is_terminal()
        && let Ok(qr) = Qr::of(&both)
    {
        println!("\n{}", qr.half_blocks());
    }
}
