//! Twinnings as rows of the node's store.
//!
//! | key | value |
//! | --- | --- |
//! | `twinning/ID/learner/NUMBER`, `twinning/ID/expert/NUMBER` | a message of that side: its envelope |
//! | `twinning/ID/delivered` | how many own messages are durable at the other side, as decimal digits |
//! | `twinning/ID/refused` | the code with which the other side refused the own message after those |
//! | `twinning/ID/accepting` | the officer has accepted, the acceptance is not written yet: its text |
//!
//! ID is the proposal's id as 64 hex digits, NUMBER has six decimal digits. A twinning is what folding its messages gives;
//! what the feeds hold of it is never copied here.

use super::Kept;
use crate::store::Batch;
use bytes::Bytes;
use faccina_proto::{
    envelope::{Envelope, FederationId, Id},
    names::IpaCode,
    twinning::{Side, Signed, Twinning},
};
use std::collections::BTreeMap;

pub(super) const PREFIX: &str = "twinning/";
pub(super) const DELIVERED: &str = "delivered";
pub(super) const REFUSED: &str = "refused";
pub(super) const ACCEPTING: &str = "accepting";

pub(super) fn key(id: &Id, field: &str) -> String {
    format!("{PREFIX}{id}/{field}")
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Learner => "learner",
        Side::Expert => "expert",
    }
}

pub(super) fn message_key(id: &Id, side: Side, signed: &Signed) -> String {
    format!("{PREFIX}{id}/{}/{:06}", side_name(side), signed.message().number)
}

pub(super) fn put_messages(batch: &mut Batch, kept: &Kept, messages: &[Signed]) {
    for signed in messages {
        if let Some(side) = kept.twinning.side_of(&signed.message().from) {
            batch.put(message_key(&kept.twinning.id(), side, signed), signed.bytes().as_ref());
        }
    }
}

/// Folds what is stored of one twinning; the two sides meet in an order in which nothing is said before it could be.
pub(super) fn read(
    own: &IpaCode,
    federation: &FederationId,
    fields: &BTreeMap<String, Vec<u8>>,
) -> Option<Kept> {
    let text = |field: &str| String::from_utf8(fields.get(field)?.clone()).ok();
    let messages = |side: Side| -> Option<Vec<Signed>> {
        let of_side = fields.range(format!("{}/", side_name(side))..);
        let of_side = of_side.take_while(|(field, _)| field.starts_with(side_name(side)));
        let read = |(_, value): (&String, &Vec<u8>)| {
            let envelope = Envelope::parse(Bytes::copy_from_slice(value)).ok()?;
            Signed::trusted(envelope, federation).ok()
        };
        of_side.map(read).collect()
    };
    let mut learner = messages(Side::Learner)?.into_iter().peekable();
    let mut expert = messages(Side::Expert)?.into_iter().peekable();
    let mut twinning = Twinning::propose(learner.next()?).ok()?;
    let had = |twinning: &Twinning, side: Side, next: &Signed| {
        usize::try_from(next.message().seen).is_ok_and(|seen| seen <= twinning.said(side.other()).len())
    };
    loop {
        let next = learner.next_if(|next| had(&twinning, Side::Learner, next));
        let Some(next) = next.or_else(|| expert.next_if(|next| had(&twinning, Side::Expert, next))) else {
            break;
        };
        twinning.take(next).ok()?;
    }
    if learner.peek().is_some() || expert.peek().is_some() {
        return None;
    }
    let side = twinning.side_of(own)?;
    Some(Kept {
        side,
        delivered: text(DELIVERED).map_or(Some(0), |digits| digits.parse().ok())?,
        refused: text(REFUSED),
        accepting: text(ACCEPTING),
        twinning,
    })
}
