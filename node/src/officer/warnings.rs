//! What somebody of this node should look at today, for the banner of the officers' screens.

use crate::words::{Value, Words, say};
use faccina_proto::{calendar::CivilDay, roster::Member};

/// The warnings about this node's place in the federation, the gravest first. `member` is its record; `None` before its
/// admission, which its own screen tells.
pub(super) fn of_member(member: Option<&Member>, today: CivilDay) -> Vec<Words> {
    let Some(member) = member else { return Vec::new() };
    let left = member.left_on.filter(|left| *left < today);
    let left = left.map(|left| say("warning-left", &[("day", Value::Day(left))]));
    left.into_iter().chain(of_key(member, today)).collect()
}

fn of_key(member: &Member, today: CivilDay) -> Option<Words> {
    let key = member.lasting_key().filter(|key| key.is_ageing(today))?;
    let day = ("day", Value::Day(key.valid_to));
    let expired = key.days_left(today) < 0;
    Some(if expired { say("warning-key-expired", &[day]) } else { say("warning-key-ageing", &[day]) })
}
