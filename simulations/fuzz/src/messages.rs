//! Single messages: what terminals send and get, what the stores hold, what two enti say to each other.
//!
//! A first byte says which decoder reads the rest. What one accepts must come back the same when written and read again.

use crate::golden::{marked, vectors};
use bytes::Bytes;
use faccina_proto::{
    ballot::{Ballot, Cast, Receipt},
    carryover::Carryover,
    envelope::Envelope,
    invites::InviteRecord,
    report::{HalfDayReport, Heartbeat},
    tally::Tally,
    terminals::TerminalRecord,
    twinning::Message,
    wire::terminal::v1 as terminal,
    wire::twinning::v1 as wire,
};
use prost::Message as _;

/// Whatever is accepted must be accepted again as written, and be the same.
macro_rules! comes_back {
    ($bytes:expr, $decode:expr) => {
        if let Ok(read) = $decode($bytes) {
            let written = read.encode();
            assert_eq!($decode(written.as_slice()).as_ref(), Ok(&read), "what is written reads otherwise");
        }
    };
}

/// The payload of an envelope, or the bytes themselves: so both are reached without a valid signature.
fn payload(bytes: &[u8]) -> Vec<u8> {
    match Envelope::parse(Bytes::copy_from_slice(bytes)) {
        Ok(envelope) => {
            assert_eq!(envelope.bytes().as_ref(), bytes, "an envelope has one encoding");
            envelope.payload().to_vec()
        }
        Err(_) => bytes.to_vec(),
    }
}

/// Ballots, casts, receipts, and the messages of a terminal's stream around them.
pub(crate) fn ballot(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    match mark % 4 {
        0 => comes_back!(&payload(rest), Cast::decode),
        1 => comes_back!(rest, Ballot::decode),
        2 => comes_back!(&payload(rest), Receipt::decode),
        _ => {
            if let Ok(batch) = terminal::CastBatch::decode(rest) {
                for cast in batch.casts {
                    comes_back!(&payload(&cast), Cast::decode);
                }
            }
        }
    }
}

pub(crate) fn ballot_samples() -> Vec<Vec<u8>> {
    let casts = terminal::CastBatch { casts: vectors("cast").into_iter().map(Bytes::from).collect() };
    marked(0, vectors("cast"))
        .chain(marked(1, vectors("ballot")))
        .chain(marked(2, vectors("receipt")))
        .chain(marked(3, [casts.encode_to_vec()]))
        .collect()
}

/// What a terminal says of itself.
pub(crate) fn report(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    if mark % 2 == 0 {
        comes_back!(&payload(rest), HalfDayReport::decode);
    } else {
        comes_back!(&payload(rest), Heartbeat::decode);
    }
}

pub(crate) fn report_samples() -> Vec<Vec<u8>> {
    marked(0, vectors("half-day-report")).chain(marked(1, vectors("heartbeat"))).collect()
}

/// What the databases hold: a damaged record must be refused like any other bytes.
pub(crate) fn stored(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    match mark % 4 {
        0 => comes_back!(rest, Tally::decode),
        1 => comes_back!(rest, Carryover::decode),
        2 => comes_back!(rest, InviteRecord::decode),
        _ => comes_back!(rest, TerminalRecord::decode),
    }
}

pub(crate) fn stored_samples() -> Vec<Vec<u8>> {
    marked(0, vectors("stored-tally"))
        .chain(marked(1, vectors("stored-carryover")))
        .chain(marked(2, vectors("stored-invite")))
        .chain(marked(3, vectors("stored-terminal")))
        .collect()
}

/// What two enti say to each other.
pub(crate) fn twinning(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    let read = |bytes: &[u8]| {
        let payload = payload(bytes);
        if let Ok(message) = Message::decode(&payload) {
            let written = message.encode();
            assert_eq!(Message::decode(&written).as_ref(), Ok(&message), "what is written reads otherwise");
        }
    };
    match mark % 3 {
        0 => read(rest),
        1 => {
            if let Ok(delivery) = wire::Delivery::decode(rest) {
                delivery.messages.iter().for_each(|message| read(message));
            }
        }
        _ => {
            if let Ok(taken) = wire::Taken::decode(rest) {
                taken.returned.iter().for_each(|message| read(message));
            }
        }
    }
}

pub(crate) fn twinning_samples() -> Vec<Vec<u8>> {
    let all = vectors("twinning-");
    marked(0, all.clone())
        .chain(marked(1, vectors("twinning-delivery")))
        .chain(marked(2, vectors("twinning-taken")))
        .collect()
}
