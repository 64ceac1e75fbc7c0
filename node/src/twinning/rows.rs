//! Twinnings as rows of the node's store.
//!
//! | key | value |
//! | --- | --- |
//! | `twinning/ID/learner/NUMBER`, `twinning/ID/expert/NUMBER` | a message of that side: its envelope |
//! | `twinning/ID/arrived` | its place in the order of arrival and the day, `NUMBER yyyymmdd` in decimal digits |
//! | `twinning/ID/delivered` | how many own messages are durable at the other side, as decimal digits |
//! | `twinning/ID/refused` | the code with which the other side refused the own message after those |
//! | `twinning/ID/untaken/NUMBER` | an own message that came to nothing: the code, a line feed, its envelope |
//! | `twinning-aside/…` | the rows of a twinning that could not be read, as they were under `twinning/…` |
//!
//! ID is the proposal's id as 64 hex digits, NUMBER of a message has six decimal digits. A twinning is what folding its
//! messages gives; what the feeds hold of it is never copied here.

use super::kept::{Arrival, Kept, Untaken};
use crate::store::Batch;
use bytes::Bytes;
use faccina_proto::{
    calendar::CivilDay,
    envelope::{Envelope, FederationId},
    names::IpaCode,
    twinning::{Side, Signed, Twinning},
};
use std::collections::BTreeMap;

pub(super) const PREFIX: &str = "twinning/";
pub(super) const ASIDE: &str = "twinning-aside/";
const ARRIVED: &str = "arrived";
const DELIVERED: &str = "delivered";
const REFUSED: &str = "refused";
const UNTAKEN: &str = "untaken";

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Learner => "learner",
        Side::Expert => "expert",
    }
}

/// What changes on the disk when one state of a twinning follows another; `None` = it is not kept.
pub(super) fn put_change(batch: &mut Batch, before: Option<&Kept>, after: Option<&Kept>) {
    let (before, after) = (before.map(rows).unwrap_or_default(), after.map(rows).unwrap_or_default());
    before.keys().filter(|key| !after.contains_key(*key)).for_each(|key| batch.delete(key.as_bytes()));
    for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(*value)) {
        batch.put(key.as_bytes(), value.as_ref());
    }
}

fn rows(kept: &Kept) -> BTreeMap<String, Bytes> {
    let mut rows = BTreeMap::new();
    let mut put = |field: &str, value: Bytes| {
        rows.insert(format!("{PREFIX}{}/{field}", kept.twinning.id()), value);
    };
    for side in [Side::Learner, Side::Expert] {
        for signed in kept.twinning.said(side) {
            put(&format!("{}/{:06}", side_name(side), signed.message().number), signed.bytes().clone());
        }
    }
    put(ARRIVED, format!("{} {}", kept.arrival.place, kept.arrival.day.yyyymmdd()).into());
    put(DELIVERED, kept.delivered.to_string().into());
    if let Some(code) = &kept.refused {
        put(REFUSED, code.clone().into());
    }
    for (number, untaken) in &kept.untaken {
        let value = [untaken.code.as_bytes(), b"\n", untaken.signed.bytes()].concat();
        put(&format!("{UNTAKEN}/{number:06}"), value.into());
    }
    rows
}

/// Folds what is stored of one twinning.
pub(super) fn read(
    own: &IpaCode,
    federation: &FederationId,
    fields: &BTreeMap<String, Vec<u8>>,
) -> Option<Kept> {
    let text = |field: &str| String::from_utf8(fields.get(field)?.clone()).ok();
    let signed =
        |bytes: &[u8]| Signed::trusted(Envelope::parse(Bytes::copy_from_slice(bytes)).ok()?, federation).ok();
    let below = |name: &'static str| {
        let below = fields.range(format!("{name}/")..);
        below.take_while(move |(field, _)| field.starts_with(name)).map(|(_, value)| value)
    };
    let messages = |side: Side| below(side_name(side)).map(|value| signed(value)).collect::<Option<Vec<_>>>();
    let (learner, expert) = (messages(Side::Learner)?, messages(Side::Expert)?);
    let stored = learner.len() + expert.len();
    let twinning = Twinning::fold(learner, expert).ok()?;
    if twinning.conversation().len() != stored {
        return None;
    }
    let untaken = below(UNTAKEN).map(|value| {
        let end = value.iter().position(|byte| *byte == b'\n')?;
        let (code, envelope) = value.split_at_checked(end)?;
        let code = String::from_utf8(code.to_vec()).ok()?;
        let signed = signed(envelope.get(1..)?)?;
        Some((signed.message().number, Untaken { code, signed }))
    });
    let arrived = text(ARRIVED)?;
    let (place, day) = arrived.split_once(' ')?;
    let arrival =
        Arrival { place: place.parse().ok()?, day: CivilDay::from_yyyymmdd(day.parse().ok()?).ok()? };
    let mut kept = Kept::new(twinning, arrival, own)?;
    kept.delivered = text(DELIVERED)?.parse().ok()?;
    kept.reached = kept.delivered;
    kept.refused = text(REFUSED);
    kept.untaken = untaken.collect::<Option<_>>()?;
    Some(kept)
}
