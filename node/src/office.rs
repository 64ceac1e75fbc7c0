//! What terminals are shown: the ente's name, its messages, whom to ask about data, and the catalogue in force, folded from
//! the observer's feed as it grows.

use crate::{
    config::Config,
    federation::{Federation, Snapshot},
    intake::Office,
    messages::{MessageBook, MessageError},
    services::ServiceBook,
    store::Store,
};
use faccina_proto::{
    calendar::Month,
    catalogue::{Catalogue, Catalogues},
    feed::Body,
    names::{Author, Code},
    replica::Head,
    wire::terminal::v1::Message,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The office of this node.
#[derive(Debug)]
pub struct TownHall {
    name: String,
    privacy_contact: String,
    federation: Federation,
    services: Arc<ServiceBook>,
    messages: MessageBook,
    folded: Mutex<Folded>,
}

/// The catalogues of the observer's feed up to a head of it.
#[derive(Clone, Debug, Default)]
struct Folded {
    head: Option<Head>,
    catalogues: Arc<Catalogues>,
}

impl TownHall {
    pub fn open(
        config: &Config,
        federation: Federation,
        services: Arc<ServiceBook>,
        store: Arc<dyn Store>,
    ) -> Result<Self, MessageError> {
        Ok(Self {
            name: config.name.clone(),
            privacy_contact: config.counter.privacy_contact.clone().unwrap_or_default(),
            federation,
            services,
            messages: MessageBook::open(store)?,
            folded: Mutex::default(),
        })
    }

    /// What the ente says on its terminals.
    pub fn message_book(&self) -> &MessageBook {
        &self.messages
    }

    /// All versions of the catalogue known now.
    pub fn catalogues(&self) -> Arc<Catalogues> {
        let snapshot = self.federation.snapshot();
        let Some(observer) = snapshot.replica.roster().observer() else { return Arc::default() };
        let author = Author::Member(observer.code.clone());
        let head = snapshot.replica.head(&author);
        let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        if folded.head != head {
            *folded = Folded { head, catalogues: Arc::new(fold(&snapshot, &author)) };
        }
        Arc::clone(&folded.catalogues)
    }
}

impl Office for TownHall {
    fn ente_name(&self) -> String {
        let snapshot = self.federation.snapshot();
        let member = snapshot.replica.roster().author(self.federation.own());
        member.map_or_else(|| self.name.clone(), |member| member.name.clone())
    }

    fn catalogue(&self, month: Month) -> Option<Arc<Catalogue>> {
        self.catalogues().in_force(month).cloned()
    }

    fn catalogues(&self) -> Arc<Catalogues> {
        Self::catalogues(self)
    }

    fn few_operators(&self) -> BTreeSet<Code> {
        self.services.few_operators()
    }

    fn messages(&self) -> Vec<Message> {
        self.messages.list()
    }

    fn privacy_contact(&self) -> String {
        self.privacy_contact.clone()
    }
}

/// What cannot be understood makes no version, here as at every other node.
fn fold(snapshot: &Snapshot, observer: &Author) -> Catalogues {
    let mut catalogues = Catalogues::default();
    for (id, entry) in snapshot.replica.entries(observer, &snapshot.log) {
        let refused = if let Body::CataloguePart(part) = &entry.body {
            catalogues.part(id, part).err()
        } else if let Body::CatalogueClosing(closing) = &entry.body {
            catalogues.closing(closing, entry.day).err()
        } else {
            None
        };
        if let Some(refused) = refused {
            tracing::debug!(sequence = entry.sequence, %refused, "a catalogue entry makes no version");
        }
    }
    catalogues
}
