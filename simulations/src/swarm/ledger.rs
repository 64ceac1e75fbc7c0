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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::founding::code;
    use faccina_proto::{ballot::Face, carryover::Carryover, tally::Circumstances};

    const ENTE: usize = 1;

    fn month(yyyymm: u32) -> Month {
        Month::from_yyyymm(yyyymm).unwrap()
    }

    fn day(yyyymmdd: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
    }

    fn id(byte: u8) -> Id {
        Id::from_bytes([byte; 32])
    }

    fn ballot() -> Ballot {
        Ballot {
            ente: "c_a".parse().unwrap(),
            service: code("anagrafe"),
            channel: code("web"),
            branch: code("sede"),
            month: month(202_601),
            face: Face::Green,
            nonce: [0; 16],
        }
    }

    fn entering(byte: u8, yyyymm: u32) -> Entering {
        let circumstances = Circumstances::default();
        Entering { month: month(yyyymm), id: id(byte), ballot: ballot(), circumstances, mark: None }
    }

    /// Three ballots that are cast, the first two with one invite, and the boxes that hold the ones named.
    fn cast(boxed: &[(u8, u32)]) -> (Ledger, Stored) {
        let mut ledger = Ledger::default();
        for (byte, invite) in [(1, Some([9; 32])), (2, Some([9; 32])), (3, None)] {
            ledger.cast(ENTE, id(byte), &ballot(), invite);
        }
        let mut stored = Stored::default();
        boxed.iter().for_each(|(byte, yyyymm)| stored.enter(&entering(*byte, *yyyymm)));
        (ledger, stored)
    }

    fn receipt(byte: u8, yyyymm: u32) -> Receipt {
        Receipt { ballot: id(byte), counted_in: month(yyyymm) }
    }

    #[test]
    fn a_ballot_in_two_boxes_and_one_counted_twice_in_one_are_noticed() {
        let (mut ledger, mut stored) = cast(&[(3, 202_601)]);
        assert_eq!(ledger.check_entered("n", ENTE, &[entering(3, 202_601)], &stored), Ok(()));
        stored.enter(&entering(3, 202_601));
        let twice = ledger.check_entered("n", ENTE, &[entering(3, 202_601)], &stored);
        assert!(matches!(twice, Err(Violation::Tally { .. })));
        stored.enter(&entering(3, 202_602));
        let twice = ledger.check_entered("n", ENTE, &[entering(3, 202_602)], &stored);
        assert!(matches!(twice, Err(Violation::CountedTwice { .. })));
    }

    #[test]
    fn two_ballots_of_one_invite_are_noticed_unless_a_restore_forgot_the_first() {
        let (mut ledger, stored) = cast(&[(1, 202_601), (2, 202_601)]);
        let both = [entering(1, 202_601), entering(2, 202_601)];
        let twice = ledger.check_entered("n", ENTE, &both, &stored);
        assert!(matches!(twice, Err(Violation::InviteTwice { .. })));
        ledger.restored(ENTE, &stored);
        assert_eq!(ledger.check_entered("n", ENTE, &both, &stored), Ok(()));
    }

    #[test]
    fn a_receipt_that_changes_or_whose_ballot_is_gone_is_noticed() {
        let (mut ledger, stored) = cast(&[(3, 202_601)]);
        ledger.receipted("n", &receipt(3, 202_601)).unwrap();
        assert_eq!(ledger.check_disk("n", ENTE, &stored), Ok(()));
        let changed = ledger.receipted("n", &receipt(3, 202_602));
        assert!(matches!(changed, Err(Violation::ReceiptChanged { .. })));
        let lost = ledger.check_disk("n", ENTE, &Stored::default());
        assert!(matches!(lost, Err(Violation::ReceiptLost { .. })));
        ledger.restored(ENTE, &Stored::default());
        assert_eq!(ledger.check_disk("n", ENTE, &Stored::default()), Ok(()));
    }

    #[test]
    fn a_refusal_needs_a_cause() {
        let (mut ledger, stored) = cast(&[(1, 202_601)]);
        ledger.check_entered("n", ENTE, &[entering(1, 202_601)], &stored).unwrap();
        let refused = |ledger: &Ledger, byte, refusal: &Refusal, today| {
            ledger.refused("n", &id(byte), refusal, day(today)).is_ok()
        };
        assert!(refused(&ledger, 2, &Refusal::InviteSpent, 20_260_110));
        assert!(!refused(&ledger, 1, &Refusal::InviteSpent, 20_260_110));
        assert!(!refused(&ledger, 3, &Refusal::InviteSpent, 20_260_110));
        assert!(!refused(&ledger, 1, &Refusal::InviteUnknown, 20_260_110));
        let late = Refusal::TooLate { month: month(202_601) };
        assert!(!refused(&ledger, 3, &late, 20_260_310));
        assert!(refused(&ledger, 3, &late, 20_261_110));
        let ahead = Refusal::MonthAhead { month: month(202_602), today: day(20_260_110) };
        assert!(!refused(&ledger, 3, &ahead, 20_260_110));
        ledger.skewed(ENTE);
        assert!(refused(&ledger, 3, &ahead, 20_260_110));
    }

    fn decision() -> Decision {
        let summary = faccina_proto::wire::feed::v1::Summary { carried: true, ..Default::default() };
        Decision { summary, carry_in: Carryover::default(), carry_out: Carryover::default() }
    }

    #[test]
    fn a_close_that_neither_publishes_nor_carries_a_vote_is_noticed() {
        let (mut ledger, stored) = cast(&[(3, 202_601)]);
        let lost = ledger.closed("n", ENTE, month(202_601), &decision(), &stored);
        assert!(matches!(lost, Err(Violation::Closed { .. })));
        let empty = ledger.closed("n", ENTE, month(202_602), &decision(), &stored);
        assert_eq!(empty, Ok(()));
    }

    #[test]
    fn at_the_end_a_ballot_without_a_receipt_and_one_that_came_after_the_close_are_noticed() {
        let (mut ledger, mut stored) = cast(&[(3, 202_601)]);
        let what = |ledger: &Ledger, stored: &Stored| match ledger.check_end("n", ENTE, stored) {
            Err(Violation::Closed { what, .. }) => what,
            other => format!("{other:?}"),
        };
        assert_eq!(what(&ledger, &stored), "1 ballots without a receipt");
        ledger.receipted("n", &receipt(3, 202_601)).unwrap();
        assert_eq!(what(&ledger, &stored), "Ok(())");
        stored.boxes.get_mut(&month(202_601)).unwrap().decision = Some(decision());
        assert_eq!(what(&ledger, &stored), "nobody saw it closed");
        ledger.closed("n", ENTE, month(202_601), &decision(), &Stored::default()).unwrap();
        assert!(what(&ledger, &stored).starts_with("the box has"));
    }

    #[test]
    fn at_the_end_a_month_that_received_other_votes_than_the_one_before_carried_is_noticed() {
        let (mut ledger, mut stored) = cast(&[]);
        let votes = Votes { green: 4, ..Votes::default() };
        let closed = Closed { boxed: Votes::default(), carried_in: votes, carried_out: votes };
        ledger.closed.insert((ENTE, month(202_601)), closed);
        stored.boxes.entry(month(202_601)).or_default().decision = Some(decision());
        let received = ledger.check_end("n", ENTE, &stored).unwrap_err().to_string();
        assert!(received.ends_with("received"), "{received}");
        ledger.restored(ENTE, &stored);
        assert_eq!(ledger.check_end("n", ENTE, &stored), Ok(()));
    }

    #[test]
    fn at_the_end_a_month_that_lost_votes_is_noticed() {
        let (mut ledger, mut stored) = cast(&[]);
        let votes = Votes { green: 4, ..Votes::default() };
        let none = Votes::default();
        ledger
            .closed
            .insert((ENTE, month(202_601)), Closed { boxed: none, carried_in: none, carried_out: votes });
        stored.boxes.entry(month(202_601)).or_default().decision = Some(decision());
        let lost = ledger.check_end("n", ENTE, &stored).unwrap_err().to_string();
        assert!(lost.contains("published and carried, of"), "{lost}");
    }
}
