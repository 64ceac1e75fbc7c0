//! What somebody of this node should look at today, for the banner of the officers' screens.

use crate::{
    keyring::KeyMatter,
    words::{Value, Words, say},
};
use faccina_proto::{calendar::CivilDay, roster::Member};

/// The warnings about this node's place in the federation, the gravest first. `member` is its record; `None` before its
/// admission, which its own screen tells.
pub(super) fn of_node(member: Option<&Member>, matters: &[KeyMatter], today: CivilDay) -> Vec<Words> {
    let left = member.and_then(|member| member.left_on).filter(|left| *left < today);
    let left = left.map(|left| say("warning-left", &[("day", Value::Day(left))]));
    left.into_iter().chain(matters.iter().map(of_key)).collect()
}

fn of_key(matter: &KeyMatter) -> Words {
    match matter {
        KeyMatter::FeedRevoked => say("warning-key-revoked", &[]),
        KeyMatter::FeedFollowed => say("warning-key-followed", &[]),
        KeyMatter::FeedUnknown | KeyMatter::FeedAside(_) | KeyMatter::TransportUnknown => {
            say("warning-key-unknown", &[])
        }
        KeyMatter::FeedWaits | KeyMatter::TransportWaits => say("warning-key-waits", &[]),
        KeyMatter::Restart => say("warning-key-restart", &[]),
        KeyMatter::Ageing(day) => say("warning-key-ageing", &[("day", Value::Day(*day))]),
        KeyMatter::Expired(day) => say("warning-key-expired", &[("day", Value::Day(*day))]),
    }
}
