//! What the months before handed on, also where a loss took it away.
//!
//! After a restore the own feed may show months as published whose boxes are older than that, or gone. They are never closed
//! again: what is left in their boxes was published with them, or is lost. Only of a month that was carried whole are the
//! votes that are left carried on, for they were published nowhere.

use faccina_proto::calendar::Month;
use faccina_proto::carryover::{CarriedVotes, Carryover};
use faccina_proto::tally::{Counts, Tally};

use super::{CloseError, Closer, Decision, OwnFeed};
use crate::intake::IntakeError;
use crate::loss::Stage;

impl Closer {
    /// What the last month published before `due` handed on.
    pub(super) fn carried(&self, own: &OwnFeed, due: Month) -> Result<Carryover, CloseError> {
        let Some((month, last)) = own.published.range(..due).next_back() else {
            return Ok(Carryover::default());
        };
        match self.decision_of(*month)? {
            Some(decision) => Ok(decision.carry_out),
            None if last.summary.carried && self.loss.stage() == Stage::Untold => self.carry_left(own, due),
            None if last.summary.carried => Err(CloseError::CarryMissing { month: *month }),
            None => Ok(Carryover::default()),
        }
    }

    fn decision_of(&self, month: Month) -> Result<Option<Decision>, CloseError> {
        let ballot_box = self.intake.archive().existing(month)?;
        Ok(ballot_box.map(|ballot_box| Decision::of(&ballot_box)).transpose()?.flatten())
    }

    /// What is left of the months that were carried directly before `due`: their names stand in the next summary however
    /// many of their votes are lost.
    fn carry_left(&self, own: &OwnFeed, due: Month) -> Result<Carryover, CloseError> {
        let before = own.published.range(..due).rev();
        let run: Vec<Month> =
            before.take_while(|(_, it)| it.summary.carried).map(|(month, _)| *month).collect();
        let mut carry = Carryover::default();
        for month in run.into_iter().rev() {
            if let Some(decision) = self.decision_of(month)? {
                carry = decision.carry_out;
                continue;
            }
            let ballot_box = self.intake.archive().existing(month)?;
            let left = ballot_box.map(|ballot_box| ballot_box.tally()).transpose()?.unwrap_or_default();
            tracing::warn!(%month, "votes of a carried month were lost with the data, what is left is carried on");
            carry.votes = Some(self.joined(carry.votes, &left, month)?);
        }
        Ok(carry)
    }

    fn joined(
        &self,
        carried: Option<CarriedVotes>,
        left: &Tally,
        month: Month,
    ) -> Result<CarriedVotes, CloseError> {
        let catalogue = self.office.catalogue(month).ok_or(CloseError::NoCatalogue { month })?;
        let mut votes = carried.unwrap_or(CarriedVotes {
            counts: Counts::NONE,
            threshold: catalogue.parameters().threshold,
            months: Vec::new(),
        });
        for (key, counts) in left.by_cell() {
            votes.counts += counts;
            votes.threshold = votes.threshold.max(catalogue.threshold_of(&key.service));
        }
        votes.months.push(month);
        Ok(votes)
    }

    /// Ends the boxes of months that the feed shows as published and that were never decided here: their retention counts
    /// from now. Blocks for the disk.
    pub(super) fn end_lost_months(&self) -> Result<(), CloseError> {
        let archive = self.intake.archive();
        let published = OwnFeed::read(&self.federation).published;
        for month in archive.months().into_iter().filter(|month| published.contains_key(month)) {
            let ballot_box = archive.of(month)?;
            if ballot_box.ended()?.is_none() && ballot_box.decision()?.is_none() {
                tracing::warn!(%month, "this month was published before the data were restored: its box counts no more");
                self.served.forget_through(month)?;
                self.intake.reports().destroy_through(month).map_err(IntakeError::from)?;
                ballot_box.keep_ended(self.clock.today())?;
            }
        }
        Ok(())
    }
}
