//! Planted bugs: each takes the place of one thing that a correct node does, around the production machines, never in them.

use clap::ValueEnum;
use faccina_proto::{
    names::Author,
    replica::Replica,
    sync::{Input, Output},
    wire::sync::v1::response,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mutant {
    /// What was decided leaves the node before it is durable.
    PersistBeforeSendSkipped,
    /// The writer does not look whether a ballot is in a box already.
    IdCheckSkipped,
    /// The writer looks for a ballot only in the box of its own month, not in the later ones.
    LateBallotCountedTwice,
    /// After a restore the node appends without asking what others hold of its feed.
    RestoreFork,
    /// Of a fork with several sides a node keeps the two that came first.
    ForkTieBreakByArrival,
    /// Whoever is admitted after a member that left is counted one place too low.
    RosterIndexShifted,
}

impl Mutant {
    pub(crate) fn flushes(mutant: Option<Self>) -> bool {
        mutant != Some(Self::PersistBeforeSendSkipped)
    }

    /// What reaches the machine.
    pub(crate) fn input(self, input: &mut Input, replica: &Replica) {
        let Input::Response { response, .. } = input else { return };
        let Some(response::Response::Give(give)) = &mut response.response else { return };
        if self == Self::ForkTieBreakByArrival {
            let is_forked = |author: &Author| replica.feed(author).is_some_and(|feed| feed.fork().is_some());
            let late = |bytes: &bytes::Bytes| {
                replica.examine(bytes.clone()).is_ok_and(|signed| is_forked(&signed.entry().author))
            };
            give.proofs.retain(|proof| !late(&proof.first));
            give.entries.retain(|entry| !late(entry));
        }
    }

    /// What leaves it.
    pub(crate) fn output(self, output: &mut Output, replica: &Replica) {
        if self != Self::RosterIndexShifted {
            return;
        }
        let members = replica.roster().members();
        let Some(left) = members.iter().find(|member| member.left_on.is_some()).map(|member| member.index)
        else {
            return;
        };
        let shifted = |index: u32| {
            if usize::try_from(index).is_ok_and(|index| index > left) {
                index.saturating_sub(1)
            } else {
                index
            }
        };
        let heads = if let Output::Announce(announcement) = output {
            &mut announcement.heads
        } else if let Output::Reply { response, .. } = output
            && let Some(response::Response::Digests(digests)) = &mut response.response
        {
            &mut digests.heads
        } else {
            return;
        };
        heads.iter_mut().for_each(|head| head.index = shifted(head.index));
    }
}
