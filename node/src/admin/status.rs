//! What the node says of itself to the administrator, with warnings that a person can act on.

use super::AdminService;
use crate::{
    config::Role,
    federation::Snapshot,
    intake::Intake,
    views::{Behind, ReplicaFeeds, behind, missed},
};
use faccina_proto::{calendar::CivilDay, replica::State, roster::Member, terminals, wire::admin::v1 as wire};
use std::sync::Arc;

impl AdminService {
    pub(crate) fn status_now(&self) -> wire::StatusReply {
        let (snapshot, network) = (self.federation.snapshot(), self.federation.network());
        let replica = &snapshot.replica;
        let file = self.federation.file();
        let live = self.intake.as_ref().map(|intake| Arc::clone(&intake.live().borrow()));
        let timed = self.closer.as_ref().filter(|_| self.config.ballots.close_by_timer);
        let publishes =
            timed.zip(live.as_ref()).and_then(|(closer, live)| closer.publishes_at(live.open_month));
        wire::StatusReply {
            ipa_code: self.config.ipa_code.to_string(),
            name: self.config.name.clone(),
            role: self.config.role.as_str().to_owned(),
            federation: file.name.clone(),
            federation_id: bytes::Bytes::copy_from_slice(file.id().as_bytes()),
            peer_id: network.peer_id.clone(),
            listen: network.listening.clone(),
            today: self.clock.today().yyyymmdd(),
            connected: u32::try_from(network.connected.len()).unwrap_or(u32::MAX),
            digest: hex::encode(replica.digest()),
            own_head: replica.head(self.federation.own()).map_or(0, |head| head.sequence),
            members: u32::try_from(replica.roster().members().len()).unwrap_or(u32::MAX),
            warnings: self.warnings(),
            entries: replica.feeds().map(|(_, feed)| feed.held()).sum(),
            admitted: replica.roster().member(&self.config.ipa_code).is_some(),
            may_publish: network.own_head_is_checked,
            open_month: live.as_ref().map_or(0, |live| live.open_month.yyyymm()),
            received_today: live.as_ref().map_or(0, |live| live.received_today),
            open_terminals: self.intake.as_ref().map_or(0, active_terminals),
            publishes_on: publishes.map_or(0, |(day, _)| day.yyyymmdd()),
            publishes_minute: publishes.map_or(0, |(_, minute)| minute.into()),
        }
    }

    /// Everything somebody should look at today.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let (snapshot, network) = (self.federation.snapshot(), self.federation.network());
        let mut warnings: Vec<String> = self.stopped().into_iter().collect();
        match snapshot.replica.roster().member(&self.config.ipa_code) {
            None => warnings.push(
                "DFP has not admitted this node yet: send the request that `faccina init` wrote, by PEC"
                    .to_owned(),
            ),
            Some(member) => self.warn_of_member(member, &snapshot, &mut warnings),
        }
        warnings.extend(kept_from(&snapshot, self.clock.today()));
        warnings.extend(self.intake_trouble());
        if network.connected.is_empty() {
            warnings.push(
                "no other node is connected: check the network and the hubs in federation.toml".to_owned(),
            );
        }
        warnings
    }

    /// Why nothing is published, where a person has to do something about it.
    pub(crate) fn stopped(&self) -> Option<String> {
        let alarm =
            self.federation.network().alarm.as_ref().map(|alarm| format!("publishing stopped: {alarm}"));
        let asking = self.loss.is_open().then(|| {
            "the data were put back to an older state: votes wait on the terminals and nothing is published until a hub, \
             the observer or three members have told what this node has published; if nobody can be asked, run \
             `faccina adopt --offline`"
                .to_owned()
        });
        alarm.or(asking)
    }

    /// What is wrong when no vote is taken in any more, as after a full disk.
    pub(crate) fn intake_trouble(&self) -> Option<String> {
        let intake = self.intake.as_ref()?;
        intake.has_stopped().then(|| {
            "votes are not taken in, they wait on the terminals: look at the log and the free space of the disk, then \
             restart the node"
                .to_owned()
        })
    }

    fn warn_of_member(&self, member: &Member, snapshot: &Snapshot, warnings: &mut Vec<String>) {
        let today = self.clock.today();
        match member.left_on {
            Some(left) if left < today => {
                warnings.push(format!("the roster says that this ente left the federation on {left}"));
            }
            Some(left) => warnings.push(format!(
                "the roster says that this ente leaves the federation on {left}: what it publishes later counts nowhere"
            )),
            None => {}
        }
        let role = Role::from(member.role);
        if role != self.config.role {
            warnings.push(format!(
                "the configuration says `role = \"{}\"`, the roster says {}: correct the configuration, or ask DFP to correct \
                 the roster",
                self.config.role.as_str(),
                role.as_str()
            ));
        }
        let matters = self.keyring.matters(snapshot.replica.roster(), today);
        warnings.extend(matters.iter().map(ToString::to_string));
        match snapshot.replica.feed(self.federation.own()).map(faccina_proto::replica::Feed::state) {
            Some(State::Forked(_)) => warnings.push("this node's feed is forked: DFP must rule".to_owned()),
            Some(State::OverQuota { .. }) => {
                warnings.push("this node's feed is over its quota: its last entry does not count".to_owned());
            }
            Some(State::Open) | None => {}
        }
    }
}

/// What this node seems to be kept from.
fn kept_from(snapshot: &Snapshot, today: CivilDay) -> Vec<String> {
    let feeds = ReplicaFeeds { replica: &snapshot.replica, log: &snapshot.log };
    let roster = snapshot.replica.roster();
    let remedy = "connect to another hub, or import a bundle of somebody you trust: the peers of this node may have an \
                  old state, or keep entries from it";
    let behind = behind(roster, &feeds).map(|Behind { month, root, feeds }| {
        let root = if root { " and of the root feed" } else { "" };
        format!("behind the national month {month}: entries of {feeds} feeds{root} that it counts are missing; {remedy}")
    });
    let missed = missed(roster, &feeds, today).map(|month| {
        format!("the national month {month} has not come: DFP may be late; if others have it, {remedy}")
    });
    behind.into_iter().chain(missed).collect()
}

fn active_terminals(intake: &Intake) -> u32 {
    let active =
        intake.terminals().iter().filter(|(_, terminal)| terminal.state == terminals::State::Active).count();
    u32::try_from(active).unwrap_or(u32::MAX)
}
