//! The other nodes, dialled one by one: what is wrong between here and there, in words for those who run networks.

use super::{Finding, Running};
use crate::{
    clock::Clock,
    config::{Config, FederationFile, Role},
    federation::{Answer, CLOCK_SKEW_S_MAX, Dialable, Reached, peer_id, probe},
    keys::NodeKeys,
};
use faccina_proto::{replica::Replica, roster::Federation};

/// What the hubs told.
#[derive(Debug, Default)]
pub(super) struct Hubs {
    /// Each hub's clock less this machine's, in seconds.
    offsets_s: Vec<(String, i64)>,
    /// The roster of the first that gave it whole.
    pub(super) roster: Option<Replica>,
}

fn federation(file: &FederationFile) -> Federation {
    Federation::new(&file.name, file.root_key, file.successor_hash)
}

/// Dials each hub.
pub(super) async fn hubs(
    role: Role,
    file: &FederationFile,
    clock: &Clock,
    told: &mut dyn FnMut(Finding),
) -> Hubs {
    let federation = federation(file);
    let mut hubs = Hubs::default();
    if file.hubs.is_empty() {
        let remedy = match role {
            Role::Observer => {
                "write an address of this node (see `faccina status`) into it, and give the file to every member"
            }
            Role::Ente | Role::Hub => "ask DFP for the file again",
        };
        told(Finding::wrong("Hubs", "federation.toml names none", remedy));
    }
    for address in &file.hubs {
        let what = format!("Hub {address}");
        let reached = probe(address, &federation, hubs.roster.is_none()).await;
        told(finding(&what, &reached));
        if let Reached::Answered(answer) = reached {
            if let Some(theirs) = answer.clock_unix_s {
                let offset = i128::from(theirs) - i128::from(clock.now().unix_s);
                hubs.offsets_s.push((address.clone(), i64::try_from(offset).unwrap_or(i64::MAX)));
            }
            hubs.roster = hubs.roster.or(answer.roster);
        }
    }
    hubs
}

/// Whose clock is wrong: that of this machine if it is far from the hubs' median, else that of a hub far from it.
pub(super) fn clock(hubs: &Hubs, told: &mut dyn FnMut(Finding)) {
    let mut offsets: Vec<i64> = hubs.offsets_s.iter().map(|(_, offset_s)| *offset_s).collect();
    offsets.sort_unstable();
    let Some(median_s) = offsets.get(offsets.len() / 2).copied() else {
        return told(Finding::wrong(
            "Clock",
            "no hub told its own, so this one could not be compared",
            "mend what is wrong with the hubs above",
        ));
    };
    if median_s.unsigned_abs() > CLOCK_SKEW_S_MAX {
        let (minutes, side) =
            (median_s.unsigned_abs() / 60, if median_s > 0 { "behind" } else { "ahead of" });
        told(Finding::wrong(
            "Clock",
            format!("this machine's clock is {minutes} minutes {side} the hubs'"),
            "let the clock be set over the network, for example with `timedatectl set-ntp true`",
        ));
    } else {
        told(Finding::well("Clock", format!("{} s from the hubs'", median_s.unsigned_abs())));
    }
}

/// The doors of this node itself, as far as they can be tried from the same machine.
pub(super) async fn own_doors(
    config: &Config,
    file: &FederationFile,
    keys: Option<&NodeKeys>,
    running: Option<&Running>,
    told: &mut dyn FnMut(Finding),
) {
    let Some(running) = running else {
        for address in &config.listen.peers {
            told(free(address));
        }
        return;
    };
    if running.listening.is_empty() {
        told(Finding::well("Own address", "this node waits at none: it dials out, and that is enough"));
    }
    let peer = keys.and_then(|keys| peer_id(&keys.transport.verifying_key().to_bytes()));
    let contacts = config.listen.contact.iter().filter(|address| address.starts_with('/'));
    let contacts = contacts.map(|address| match &peer {
        Some(peer) if !address.contains("/p2p/") => format!("{address}/p2p/{peer}"),
        Some(_) | None => address.clone(),
    });
    for address in running.listening.iter().cloned().chain(contacts) {
        let reached = probe(&address, &federation(file), false).await;
        told(finding(&format!("Own address {address}"), &reached));
    }
}

/// Whether a stopped node could listen here.
fn free(address: &str) -> Finding {
    let what = format!("Own address {address}");
    match crate::federation::can_listen(address) {
        Ok(()) => Finding::well(what, "it is free for the node to listen at"),
        Err(error) => Finding::wrong(
            what,
            format!("it cannot be listened at ({error})"),
            "stop the program that uses it, or choose another port in `listen.peers`",
        ),
    }
}

/// Some of the members that can be dialled. One that is away is its own affair; if all are, something is in the way.
pub(super) async fn sample(sample: &[Dialable], file: &FederationFile, told: &mut dyn FnMut(Finding)) {
    let federation = federation(file);
    let mut away = Vec::new();
    for member in sample {
        let reached = probe(&member.address, &federation, false).await;
        let found = finding(&format!("Member {} at {}", member.code, member.address), &reached);
        if found.is_wrong() { away.push(found) } else { told(found) }
    }
    if !away.is_empty() && away.len() == sample.len() {
        away.into_iter().for_each(told);
    } else {
        for found in away {
            told(Finding::well(found.what, "not reached now; others are, so the fault is not here"));
        }
    }
}

fn finding(what: &str, reached: &Reached) -> Finding {
    let wrong = |why: String, remedy: &str| Finding::wrong(what, why, remedy);
    match reached {
        Reached::Answered(answer) => answered(what, answer),
        Reached::NoAddress => wrong(
            "it is no address like /dns4/hub.example.it/tcp/7440/p2p/12D3KooW…".to_owned(),
            "correct it, or ask DFP for the federation file again",
        ),
        Reached::NoName { host } => wrong(
            format!("DNS knows no {host}"),
            "look whether the name is right and whether this machine's DNS answers: `getent hosts NAME`",
        ),
        Reached::Closed { at } => wrong(
            format!("nothing listens at {at}"),
            "its node is off or the port is wrong: ask those who run it",
        ),
        Reached::Silent { at } => wrong(
            format!("{at} does not answer at all"),
            "a firewall is in the way, probably: ask your network to allow outgoing TCP to that address and port",
        ),
        Reached::Unreachable { at, error } => wrong(
            format!("{at} cannot be reached ({error})"),
            "look at this machine's network: cable, route, gateway",
        ),
        Reached::NotOurs { at } => wrong(
            format!("what answers at {at} is no node of Faccina"),
            "a proxy or firewall may be answering in its place: it must let the connection through unchanged; else the \
             port is wrong",
        ),
        Reached::OtherPeer { found } => wrong(
            format!("another node answers there: {found}"),
            "its key was changed, or the address belongs to another: ask DFP for the newest federation file, and trust \
             nothing else",
        ),
        Reached::TurnedAway => wrong(
            "it ends the connection or says nothing on it".to_owned(),
            "it may be full or have turned this address away: try again in an hour, then ask those who run it",
        ),
        Reached::OtherVersion { version } => {
            wrong(format!("it speaks another version ({version})"), "update this node")
        }
        Reached::OtherFederation => wrong(
            "its root feed is not that of federation.toml".to_owned(),
            "it belongs to another federation: ask DFP for the right federation file",
        ),
    }
}

fn answered(what: &str, answer: &Answer) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    let seen = format!("it answers, version {}", answer.version);
    if is_newer(&answer.version, own) {
        Finding::wrong(what, format!("{seen}, and this node has the older {own}"), "update this node")
    } else {
        Finding::well(what, seen)
    }
}

/// Whether `theirs` is a later version than `own`; what is no version is none.
fn is_newer(theirs: &str, own: &str) -> bool {
    let parts = |version: &str| -> Option<Vec<u32>> {
        version.split('-').next()?.split('.').map(|part| part.parse().ok()).collect()
    };
    parts(theirs).zip(parts(own)).is_some_and(|(theirs, own)| theirs > own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock_of(offsets_s: &[i64]) -> Finding {
        let offsets_s = offsets_s.iter().map(|offset_s| (String::new(), *offset_s)).collect();
        let mut found = None;
        clock(&Hubs { offsets_s, roster: None }, &mut |finding| found = Some(finding));
        found.unwrap()
    }

    #[test]
    fn this_clock_is_wrong_if_most_hubs_say_so() {
        assert!(!clock_of(&[0]).is_wrong());
        assert!(!clock_of(&[-3, 2, 90_000]).is_wrong(), "one hub's clock is its own affair");
        assert!(clock_of(&[90_000, 90_010, 4]).to_string().contains("1500 minutes behind"));
        assert!(clock_of(&[-900]).to_string().contains("15 minutes ahead"));
        assert!(clock_of(&[]).is_wrong());
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        assert!(is_newer("0.10.0", "0.9.3") && is_newer("1.0.0-rc.1", "0.9.0"));
        assert!(!is_newer("0.1.0", "0.1.0") && !is_newer("0.1.0", "0.2.0") && !is_newer("", "0.1.0"));
    }
}
