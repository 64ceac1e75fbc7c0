//! Who takes part: the observer, hubs, enti that can be dialled, and enti behind NAT, who only dial out.

use crate::{
    founding::{self, Place, survey_begins},
    planted::{Ente, FederationMonth, month},
};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_node::{
    clock::Clock,
    config::{self, FederationFile},
    federation::{Settings, peer_id},
    founding::{found, root_entry},
    store::Store,
};
use faccina_proto::{
    envelope::Kind,
    replica::Signatures,
    wire::feed::v1::{Role, entry::Body},
};
use std::sync::Arc;

/// The observer and two hubs, whom everybody dials.
const HUBS: usize = 3;
/// One node in so many can be dialled, hubs included.
const DIALABLE_EACH: usize = 20;
const PORT: u16 = 7_440;

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) place: Place,
    pub(crate) role: config::Role,
    pub(crate) transport: SigningKey,
    /// Where it can be dialled, without its peer id.
    pub(super) address: Option<String>,
    /// Only of enti.
    pub(crate) ente: Option<Ente>,
}

impl Member {
    /// How its federation service starts, with the intervals of a real one.
    pub(crate) fn settings(
        &self,
        file: &FederationFile,
        clock: &Clock,
        store: Arc<dyn Store>,
        signatures: Arc<dyn Signatures>,
    ) -> Settings {
        Settings {
            file: file.clone(),
            ipa_code: self.place.code.clone(),
            role: self.role,
            feed_key: self.place.feed_key.clone(),
            transport_key: self.transport.clone(),
            listen: self.address.clone().into_iter().collect(),
            clock: clock.clone(),
            sync_interval_ms: None,
            store,
            signatures,
        }
    }

    /// Its address with its peer id.
    pub(super) fn contact(&self) -> Option<String> {
        let peer = peer_id(&self.transport.verifying_key().to_bytes())?;
        self.address.as_ref().map(|address| format!("{address}/p2p/{peer}"))
    }
}

#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) file: FederationFile,
    pub(crate) root: Vec<Bytes>,
    pub(crate) members: Vec<Member>,
    pub(crate) month: FederationMonth,
}

impl Town {
    /// `nodes` in all. Everything but the addresses follows from the seed.
    pub(crate) fn found(nodes: usize, seed: u64) -> Self {
        let mut month = month(nodes - HUBS, survey_begins(), seed);
        let mut enti = std::mem::take(&mut month.enti).into_iter();
        let members: Vec<Member> = (0..nodes)
            .map(|number| {
                let ente = if number < HUBS { None } else { enti.next() };
                member(number, number < nodes.div_ceil(DIALABLE_EACH), ente)
            })
            .collect();
        let (file, root) = root(&members);
        Self { file, root, members, month }
    }

    /// Votes that the national month counts.
    pub(super) fn votes(&self) -> u64 {
        self.members.iter().filter_map(|member| member.ente.as_ref()).map(|ente| ente.votes_published).sum()
    }
}

fn member(number: usize, dialable: bool, ente: Option<Ente>) -> Member {
    let code = match &ente {
        Some(ente) => ente.code.to_string(),
        None if number == 0 => "dfp".to_owned(),
        None => format!("hub_{number}"),
    };
    let (role, in_roster) = match number {
        0 => (config::Role::Observer, Role::Observer),
        _ if ente.is_none() => (config::Role::Hub, Role::Hub),
        _ => (config::Role::Ente, Role::Ente),
    };
    Member {
        place: Place::new(&code, in_roster, survey_begins(), 0),
        role,
        transport: founding::key(&format!("transport of {code}")),
        address: dialable.then(|| address(number)),
        ente,
    }
}

/// A loopback address of this process alone, so that two runs on one machine do not meet.
fn address(number: usize) -> String {
    let process = std::process::id();
    let (high, low) = (process / 250 % 250 + 1, process % 250 + 1);
    let (block, place) = (number / 250, number % 250 + 1);
    format!("/ip4/127.{high}.{low}.{place}/tcp/{}", usize::from(PORT) + block)
}

fn root(members: &[Member]) -> (FederationFile, Vec<Bytes>) {
    let (root, successor) = (founding::key("root"), founding::key("successor").verifying_key());
    let day = founding::first_day();
    let founding = found("Federazione dal vivo", &root, &successor, survey_begins(), day);
    let mut file = founding.file;
    file.hubs = members.iter().take(HUBS).filter_map(Member::contact).collect();
    let mut head = (1, founding.genesis.id(Kind::Entry, &file.id()));
    let mut entries = vec![founding.genesis.bytes().clone()];
    for member in members {
        let body = Body::Member(member.place.record());
        let entry = root_entry(&root, &file.id(), Some(head), day, body);
        head = (head.0 + 1, entry.id(Kind::Entry, &file.id()));
        entries.push(entry.bytes().clone());
    }
    (file, entries)
}
