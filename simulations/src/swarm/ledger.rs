//! The reference for the votes: a plain list of every ballot that was cast, and what its node said of it.

use super::disk::{Decision, Entering, Stored};
use super::truth::Violation;
use faccina_proto::{
    admission::Refusal,
    ballot::{Ballot, Receipt},
    calendar::{CivilDay, Month},
    envelope::Id,
    limits::BALLOT_AGE_DAYS_MAX,
    summary::Summary,
    tally::{Counts, Votes},
};
use std::collections::{BTreeMap, BTreeSet};

/// How far a clock may be off before what follows from the day alone is its fault, in days.
const SKEW_DAYS_MAX: i64 = 3;

#[derive(Clone, Debug)]
struct Voted {
    ente: usize,
    month: Month,
    counts: Counts,
    invite: Option<[u8; 32]>,
    receipt: Option<Month>,
    /// A restore took it, after the receipt.
    lost: bool,
}

/// What a month was closed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed {
    /// The votes in the box.
    pub(crate) boxed: Votes,
    pub(crate) carried_in: Votes,
    pub(crate) carried_out: Votes,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    casts: BTreeMap<Id, Voted>,
    invites: BTreeMap<[u8; 32], BTreeSet<Id>>,
    closed: BTreeMap<(usize, Month), Closed>,
    /// Enti whose node was put back to a backup.
    restored: BTreeSet<usize>,
    /// Enti whose clock was wrong by days.
    skewed: BTreeSet<usize>,
}

impl Ledger {
    pub(crate) fn cast(&mut self, ente: usize, id: Id, ballot: &Ballot, invite: Option<[u8; 32]>) {
        let counts = Counts::of(ballot.face);
        let voted = Voted { ente, month: ballot.month, counts, invite, receipt: None, lost: false };
        self.casts.insert(id, voted);
    }

    pub(crate) fn skewed(&mut self, ente: usize) {
        self.skewed.insert(ente);
    }

    /// Checks what has just entered the boxes of a node.
    pub(crate) fn check_entered(
        &mut self,
        node: &str,
        ente: usize,
        entered: &[Entering],
        stored: &Stored,
    ) -> Result<(), Violation> {
        let name = || node.to_owned();
        for entering in entered {
            let months: Vec<Month> = stored.boxes_of(entering.id).collect();
            if months.len() != 1 {
                return Err(Violation::CountedTwice { node: name(), months });
            }
            let Some(invite) = self.casts.get(&entering.id).and_then(|voted| voted.invite) else { continue };
            let spent = self.invites.entry(invite).or_default();
            spent.insert(entering.id);
            if spent.len() > 1 && !self.restored.contains(&ente) {
                return Err(Violation::InviteTwice { node: name() });
            }
        }
        for month in entered.iter().map(|entering| entering.month).collect::<BTreeSet<_>>() {
            self.check_tally(node, month, stored)?;
        }
        Ok(())
    }

    fn check_tally(&self, node: &str, month: Month, stored: &Stored) -> Result<(), Violation> {
        let Some(urn) = stored.boxes.get(&month) else { return Ok(()) };
        let cast: Counts = urn.ballots.keys().filter_map(|id| Some(self.casts.get(id)?.counts)).sum();
        if cast == urn.tally.total() {
            Ok(())
        } else {
            Err(Violation::Tally { node: node.to_owned(), month })
        }
    }

    /// A terminal has a receipt.
    pub(crate) fn receipted(&mut self, node: &str, receipt: &Receipt) -> Result<(), Violation> {
        let Some(voted) = self.casts.get_mut(&receipt.ballot) else { return Ok(()) };
        let (ente, second) = (voted.ente, receipt.counted_in);
        match voted.receipt.replace(second) {
            Some(first) if first != second && !self.restored.contains(&ente) => {
                Err(Violation::ReceiptChanged { node: node.to_owned(), first, second })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A terminal has a refusal for good.
    pub(crate) fn refused(
        &self,
        node: &str,
        id: &Id,
        refusal: &Refusal,
        today: CivilDay,
    ) -> Result<(), Violation> {
        let voted = self.casts.get(id);
        let (restored, skewed) = voted.map_or((false, false), |voted| {
            (self.restored.contains(&voted.ente), self.skewed.contains(&voted.ente))
        });
        let spent = voted.and_then(|voted| voted.invite).and_then(|invite| self.invites.get(&invite));
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "no honest terminal is refused for another reason"
        )]
        let has_cause = match refusal {
            Refusal::TooLate { month } => {
                month.last_day().days_until(today) > BALLOT_AGE_DAYS_MAX - SKEW_DAYS_MAX
            }
            Refusal::InviteSpent => restored || spent.is_some_and(|spent| !spent.contains(id)),
            Refusal::InviteUnknown => restored,
            Refusal::MonthAhead { .. }
            | Refusal::InviteExpired { .. }
            | Refusal::InviteNotYetValid { .. } => skewed,
            _ => false,
        };
        if has_cause {
            Ok(())
        } else {
            Err(Violation::Refused { node: node.to_owned(), refusal: refusal.to_string() })
        }
    }

    /// Checks that a disk holds every ballot for which its node gave a receipt, each once.
    pub(crate) fn check_disk(&self, node: &str, ente: usize, stored: &Stored) -> Result<(), Violation> {
        let mine = self.casts.iter().filter(|(_, voted)| voted.ente == ente && !voted.lost);
        for (id, voted) in mine {
            let months: Vec<Month> = stored.boxes_of(*id).collect();
            if months.len() > 1 {
                return Err(Violation::CountedTwice { node: node.to_owned(), months });
            }
            if voted.receipt.is_some() && months.is_empty() {
                return Err(Violation::ReceiptLost { node: node.to_owned(), month: voted.month });
            }
        }
        stored.boxes.keys().try_for_each(|month| self.check_tally(node, *month, stored))
    }

    /// The node was put back to `backup`: what came after is lost, receipts and all.
    pub(crate) fn restored(&mut self, ente: usize, backup: &Stored) {
        self.restored.insert(ente);
        for (id, voted) in self.casts.iter_mut().filter(|(_, voted)| voted.ente == ente) {
            voted.lost |= voted.receipt.is_some() && backup.boxes_of(*id).next().is_none();
        }
    }

    /// Checks a decision to close against the ballots in the box, and keeps it.
    pub(crate) fn closed(
        &mut self,
        node: &str,
        ente: usize,
        month: Month,
        decision: &Decision,
        stored: &Stored,
    ) -> Result<(), Violation> {
        self.check_tally(node, month, stored)?;
        let carried = |carry: &faccina_proto::carryover::Carryover| {
            carry.votes.as_ref().map_or(Votes::default(), |votes| votes.counts.votes)
        };
        let ids = stored.boxes.get(&month).into_iter().flat_map(|urn| urn.ballots.keys());
        let boxed = ids.filter_map(|id| Some(self.casts.get(id)?.counts.votes)).sum();
        let (carried_in, carried_out) = (carried(&decision.carry_in), carried(&decision.carry_out));
        let published = published(&decision.summary);
        let (found, cast): (Votes, Votes) =
            ([published, carried_out].into_iter().sum(), [boxed, carried_in].into_iter().sum());
        self.closed.insert((ente, month), Closed { boxed, carried_in, carried_out });
        if found == cast {
            return Ok(());
        }
        let what = format!("{published:?} published and {carried_out:?} carried, of {cast:?}");
        Err(Violation::Closed { node: node.to_owned(), month, what })
    }

    /// Checks at the end, when all terminals have their answers: the boxes hold what has a receipt, nothing entered a
    /// month after its close, and what one month carried the next one received.
    pub(crate) fn check_end(&self, node: &str, ente: usize, stored: &Stored) -> Result<(), Violation> {
        self.check_disk(node, ente, stored)?;
        let mut before: Option<&Closed> = None;
        for (month, urn) in &stored.boxes {
            let wrong = |what: String| Violation::Closed { node: node.to_owned(), month: *month, what };
            let unknown =
                urn.ballots.keys().filter(|id| self.casts.get(id).is_none_or(|it| it.receipt.is_none()));
            let unknown = unknown.count();
            if unknown > 0 {
                return Err(wrong(format!("{unknown} ballots without a receipt")));
            }
            let Some(decision) = &urn.decision else { continue };
            let Some(closed) = self.closed.get(&(ente, *month)) else {
                return Err(wrong("nobody saw it closed".to_owned()));
            };
            let boxed = urn.tally.total().votes;
            if boxed != closed.boxed {
                return Err(wrong(format!("the box has {boxed:?} and was closed with {:?}", closed.boxed)));
            }
            let handed = before.map_or(Votes::default(), |before| before.carried_out);
            if closed.carried_in != handed && !self.restored.contains(&ente) {
                return Err(wrong(format!("{handed:?} were carried, {:?} received", closed.carried_in)));
            }
            let kept = urn.correction.as_ref().map(|correction| (&correction.summary, &correction.tally));
            let (summary, tally) = kept.unwrap_or((&decision.summary, &urn.tally));
            let found: Votes = [published(summary), closed.carried_out].into_iter().sum();
            let cast: Votes = [tally.total().votes, closed.carried_in].into_iter().sum();
            if found != cast {
                return Err(wrong(format!("{found:?} published and carried, of {cast:?}")));
            }
            before = Some(closed);
        }
        Ok(())
    }

    /// Ballots cast, those with a receipt, and those that a restore took after it.
    pub(crate) fn numbers(&self) -> (usize, usize, usize) {
        let receipted = self.casts.values().filter(|voted| voted.receipt.is_some());
        let lost = self.casts.values().filter(|voted| voted.receipt.is_some() && voted.lost);
        (self.casts.len(), receipted.count(), lost.count())
    }
}

/// The votes that a summary publishes.
pub(crate) fn published(summary: &faccina_proto::wire::feed::v1::Summary) -> Votes {
    let summary = Summary::from_wire(summary).ok();
    summary.as_ref().and_then(Summary::figures).map_or(Votes::default(), |figures| figures.total())
}
