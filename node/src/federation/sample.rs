//! Some members that can be dialled, from the addresses that they publish.

use super::peer_id;
use crate::multiaddress::is_dialable;
use faccina_proto::{
    calendar::CivilDay,
    envelope::Envelope,
    feed::{Body, Entry},
    names::{Author, IpaCode},
    replica::{Log, Replica},
};

/// Entries of one member looked at, from the newest on.
const ENTRIES_LOOKED_AT_MAX: u64 = 64;

/// A member and a multiaddress, with its peer id, at which it says that it can be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialable {
    pub code: IpaCode,
    pub address: String,
}

/// At most `most` members that publish an address, beginning at the place `from` of the roster and going round.
pub fn dialable(
    replica: &Replica,
    log: &dyn Log,
    own: &IpaCode,
    today: CivilDay,
    from: usize,
    most: usize,
) -> Vec<Dialable> {
    let members = replica.roster().members();
    let round = members.iter().cycle().skip(from.checked_rem(members.len()).unwrap_or(0)).take(members.len());
    let others = round.filter(|member| member.code != *own && member.belongs_on(today));
    let found = others.filter_map(|member| {
        let address = contact(replica, log, &member.code.clone().into())?;
        let peer = peer_id(&member.transport_keys.last()?.key)?;
        let address = if address.contains("/p2p/") { address } else { format!("{address}/p2p/{peer}") };
        Some(Dialable { code: member.code.clone(), address })
    });
    found.take(most).collect()
}

/// The first address of the newest contact of `author`.
fn contact(replica: &Replica, log: &dyn Log, author: &Author) -> Option<String> {
    let last = replica.feed(author)?.counted();
    let oldest = last.saturating_sub(ENTRIES_LOOKED_AT_MAX);
    let contact = (oldest + 1..=last).rev().find_map(|sequence| {
        let envelope = Envelope::parse(log.entry(author, sequence)?).ok()?;
        let Body::Contact(contact) = Entry::decode(envelope.payload()).ok()?.body else { return None };
        Some(contact)
    });
    contact?.addresses.into_iter().find(|address| is_dialable(address))
}
