//! Where this node can be dialled, published in its feed once it is admitted and whenever the configuration says otherwise.

use crate::{
    federation::{Federation, NetworkState, Snapshot},
    multiaddress::LISTEN,
};
use faccina_proto::{feed::Body, names::Author, wire::feed::v1::Contact};
use std::sync::Arc;
use tokio::sync::watch;

/// Keeps the feed's contact in step with what is wanted.
pub(crate) async fn tend(wanted: Vec<String>, federation: Federation) {
    let (mut feeds, mut states) = (federation.subscribe(), federation.watch_network());
    loop {
        let addresses = addresses_of(&wanted, &states.borrow_and_update());
        let (admitted, published) = published_contact(&feeds.borrow_and_update(), federation.own());
        if admitted && !addresses.is_empty() && published.as_ref() != Some(&addresses) {
            let contact = Contact { addresses: addresses.clone() };
            if let Err(refused) = federation.append(Body::Contact(contact), false).await {
                tracing::debug!(%refused, "contact not published yet");
            }
        }
        if changed(&mut feeds, &mut states).await.is_err() {
            return;
        }
    }
}

async fn changed(
    feeds: &mut watch::Receiver<Arc<Snapshot>>,
    states: &mut watch::Receiver<Arc<NetworkState>>,
) -> Result<(), watch::error::RecvError> {
    tokio::select! {
        changed = feeds.changed() => changed,
        changed = states.changed() => changed,
    }
}

fn addresses_of(wanted: &[String], state: &NetworkState) -> Vec<String> {
    if wanted.iter().any(|address| address == LISTEN) {
        return state.listening.clone();
    }
    wanted.to_vec()
}

fn published_contact(snapshot: &Snapshot, own: &Author) -> (bool, Option<Vec<String>>) {
    let admitted = snapshot.replica.roster().author(own).is_some();
    let contacts = snapshot.replica.entries(own, &snapshot.log).filter_map(|(_, entry)| {
        let Body::Contact(contact) = entry.body else { return None };
        Some(contact.addresses)
    });
    (admitted, contacts.last())
}
