//! What the roster says of this node: admitted, in which role, with which keys, until when.

use super::Finding;
use crate::{
    clock::Clock,
    config::{Config, FederationFile, Role},
    federation::{Dialable, FeedLog, dialable, open_feeds},
    keyring::life,
    keys::NodeKeys,
    store::{self, FEEDS_DIR, StoreError},
    telling::sentence,
};
use faccina_proto::envelope::KeyId;
use faccina_proto::replica::Replica;
use std::sync::Arc;

/// Members looked at beside the hubs.
const SAMPLE_MAX: usize = 3;

/// The feeds that a stopped node holds.
pub(super) fn held(
    config: &Config,
    file: &FederationFile,
    running: bool,
    told: &mut dyn FnMut(Finding),
) -> Option<(Replica, FeedLog)> {
    let path = config.data_dir.join(FEEDS_DIR);
    if running || !store::is_there(&path).unwrap_or(true) {
        return None;
    }
    let restore = "run `faccina check`; what is damaged comes from a backup or from the other members";
    let log = match store::open(&path) {
        Ok(store) => FeedLog::new(Arc::new(store)),
        Err(error) => {
            let is_damaged = matches!(error, StoreError::Damaged { .. });
            let remedy = if is_damaged { restore } else { "do that, and run this again" };
            told(Finding::wrong("Feeds", sentence(&error), remedy));
            return None;
        }
    };
    match open_feeds(file, &log) {
        Ok((replica, _)) => {
            let entries: u64 = replica.feeds().map(|(_, feed)| feed.held()).sum();
            told(Finding::well("Feeds", format!("{entries} entries are held here")));
            Some((replica, log))
        }
        Err(error) => {
            told(Finding::wrong("Feeds", sentence(&error), restore));
            None
        }
    }
}

pub(super) fn look(
    config: &Config,
    keys: Option<&NodeKeys>,
    replica: Option<&Replica>,
    clock: &Clock,
    told: &mut dyn FnMut(Finding),
) {
    let Some(replica) = replica.filter(|replica| replica.root().counted() > 0) else {
        return told(Finding::wrong(
            "Roster",
            "it was read neither here (beside a running node it cannot be) nor from a hub",
            "mend what is wrong with the hubs above; the roster comes from them",
        ));
    };
    let today = clock.today();
    let Some(member) = replica.roster().member(&config.ipa_code) else {
        return told(Finding::wrong(
            "Roster",
            format!("{} is not admitted; {} members are", config.ipa_code, replica.roster().members().len()),
            "send DFP the request that `faccina init` wrote, by PEC, and wait for its answer",
        ));
    };
    if let Some(left) = member.left_on.filter(|left| *left < today) {
        return told(Finding::wrong(
            "Roster",
            format!("{} left the federation on {left}", config.ipa_code),
            "ask DFP to admit it again, or stop this node",
        ));
    }
    let role = Role::from(member.role);
    if role != config.role {
        told(Finding::wrong(
            "Roster",
            format!("the configuration says {}, the roster {}", config.role.as_str(), role.as_str()),
            "correct `role` in the configuration, or ask DFP to correct the roster",
        ));
    }
    if let Some(keys) = keys {
        let transport = keys.transport.verifying_key().to_bytes();
        let ours = [
            ("feed", member.feed_keys.iter().any(|key| key.key == keys.feed.verifying_key())),
            ("transport", member.transport_keys.iter().any(|key| key.key == transport)),
        ];
        let feed = KeyId::of(&keys.feed.verifying_key());
        if replica.roster().is_revoked(&config.ipa_code.clone().into(), &feed) {
            told(Finding::wrong(
                "Roster",
                "DFP has revoked the feed key on this machine: nothing that it signs from now on counts"
                    .to_owned(),
                "call DFP; then `faccina keys replace` makes new keys and the request for them",
            ));
        }
        for (name, _) in ours.into_iter().filter(|(_, known)| !known) {
            told(Finding::wrong(
                "Roster",
                format!("the {name} key on this machine is none of those in the roster"),
                "bring the keys back from their backup; if they are lost, run `faccina keys replace`",
            ));
        }
    }
    match life(member, today) {
        Some(matter) => told(Finding::wrong("Key life", matter.to_string(), "do it before the last day")),
        None => told(Finding::well("Roster", format!("{} is admitted", config.ipa_code))),
    }
}

/// Some members of the feeds held here.
pub(super) fn sample(replica: &Replica, log: &FeedLog, config: &Config, clock: &Clock) -> Vec<Dialable> {
    dialable(replica, log, &config.ipa_code, clock.today(), rand::random_range(0..usize::MAX), SAMPLE_MAX)
}
