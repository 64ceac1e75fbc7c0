//! What is measured beside the ballots, kept in their batches; reports until the node has them; and the end of what was
//! sent.

use super::{Queue, QueueError, key, number_of};
use crate::{
    kiosk::{
        measuring::{Measuring, Now},
        sealed::SealedError,
    },
    store::{Batch, Store},
};
use bytes::Bytes;
use faccina_proto::{
    calendar::CivilDay,
    envelope::{Envelope, KeyId},
    names::Code,
    report::HalfDayReport,
    terminals::OpeningHours,
};
use std::collections::BTreeMap;

/// Most reports that wait for the node: two months, as long as it takes ballots.
const REPORTS_MAX: usize = 124;
/// Milliseconds between two writes of the time that passed: no finer is the time of a vote on the disk, and as much is
/// lost when the power goes.
const WRITE_MS: u64 = 15 * 60_000;
/// Shortest time between two changes of the key, in milliseconds: a clock may be set to and fro.
const RENEWAL_MS_MIN: u64 = 3_600_000;

/// The reports in the store.
pub(super) fn reports(store: &dyn Store) -> Result<BTreeMap<u64, Bytes>, QueueError> {
    let mut reports = BTreeMap::new();
    for record in store.scan(b"p") {
        let (key, value) = record?;
        reports.insert(number_of(&key)?, value.into());
    }
    Ok(reports)
}

/// Whether this report says only that the agent did not run.
fn is_empty(report: &Bytes) -> bool {
    let read = Envelope::parse(report.clone()).ok().and_then(|it| HalfDayReport::decode(it.payload()).ok());
    read.is_some_and(|report| report.votes() == 0 && report.listened_s == 0)
}

impl Queue {
    /// Measures from now on, with what was measured before of the same half-day.
    pub fn measure_for(&mut self, terminal: KeyId) -> Result<(), QueueError> {
        let kept = self.store.get(b"m")?;
        let measuring = Measuring::go_on(terminal, kept.as_deref());
        self.measuring = Some(measuring.ok_or(QueueError::Damaged("what was measured"))?);
        Ok(())
    }

    /// Time has passed, in which a vote could be cast or not. What is over by now becomes a report that `sign` seals once.
    pub fn pass(
        &mut self,
        now: &Now,
        hours: &[OpeningHours],
        listening: bool,
        sign: impl Fn(&HalfDayReport) -> Envelope,
    ) -> Result<(), QueueError> {
        if let Some(measuring) = &mut self.measuring {
            let over = measuring.pass(now, hours, listening);
            let due = now.steady_ms >= self.written_ms + WRITE_MS;
            if due {
                measuring.settle();
                self.written_ms = now.steady_ms;
            }
            if due || !over.is_empty() {
                self.file(&over, sign)?;
            }
        }
        Ok(())
    }

    /// A vote is tapped now; its ballot or draft keeps the numbers. Time passes at [`Queue::pass`] alone, which comes at its
    /// own pace: written at a tap, it would tell the second of the vote.
    pub fn tapped(
        &mut self,
        now: &Now,
        hours: &[OpeningHours],
        service: &Code,
        green: bool,
        sign: impl Fn(&HalfDayReport) -> Envelope,
    ) -> Result<(), QueueError> {
        let over = self.measuring.as_mut().map(|measuring| measuring.turn(now, hours)).unwrap_or_default();
        if !over.is_empty() {
            self.file(&over, sign)?;
        }
        if let Some(measuring) = &mut self.measuring {
            measuring.tap(now, hours, service, green);
        }
        Ok(())
    }

    /// Keeps the reports of what is over, and the numbers of what is running. Where there is no room, those of half-days in
    /// which the agent did not run go first: a clock that jumped makes many.
    fn file(
        &mut self,
        over: &[HalfDayReport],
        sign: impl Fn(&HalfDayReport) -> Envelope,
    ) -> Result<(), QueueError> {
        let mut batch = Batch::new();
        let mut reports = self.reports.clone();
        for report in over.iter().map(sign) {
            let number = reports.keys().next_back().map_or(0, |last| last + 1);
            batch.put(key(b'p', &number.to_be_bytes()), report.bytes().to_vec());
            reports.insert(number, report.bytes().clone());
        }
        let too_many = reports.len().saturating_sub(REPORTS_MAX);
        let (empty, others): (Vec<_>, Vec<_>) =
            reports.iter().map(|(number, report)| (*number, is_empty(report))).partition(|(_, empty)| *empty);
        for (number, _) in empty.into_iter().chain(others).take(too_many) {
            batch.delete(key(b'p', &number.to_be_bytes()));
            reports.remove(&number);
        }
        self.write_numbers(&mut batch);
        self.store.commit(batch)?;
        self.reports = reports;
        Ok(())
    }

    /// Seconds of opening hours today so far, and of these, seconds listened to; `None` where nothing is measured.
    pub fn listened(&self, now: &Now, hours: &[OpeningHours]) -> Option<(u32, u32)> {
        self.measuring.as_ref().map(|measuring| measuring.today(now, hours))
    }

    /// The reports that wait for the node, oldest first.
    pub fn reports(&self) -> &BTreeMap<u64, Bytes> {
        &self.reports
    }

    /// Lets go of reports that the node has, or will never take.
    pub fn let_go_of_reports(&mut self, numbers: &[u64]) -> Result<(), QueueError> {
        let mut batch = Batch::new();
        for number in numbers {
            batch.delete(key(b'p', &number.to_be_bytes()));
        }
        self.store.commit(batch)?;
        self.reports.retain(|number, _| !numbers.contains(number));
        Ok(())
    }

    pub(super) fn write_numbers(&self, batch: &mut Batch) {
        if let Some(numbers) = self.measuring.as_ref().and_then(Measuring::kept) {
            batch.put(b"m", numbers);
        }
    }

    /// Once a day, when no ballot waits, all that was sent becomes unreadable, for whoever takes this device. The day is what
    /// this device takes for it, right or wrong: one that no vote is taken on ends what was sent before as well.
    pub fn forget_sent(&mut self, own_day: CivilDay, steady_ms: u64) -> Result<(), QueueError> {
        let due = self
            .renewed
            .is_none_or(|(day, at_ms)| day != own_day && steady_ms >= at_ms.saturating_add(RENEWAL_MS_MIN));
        let Some(sealed) = self.sealed.as_ref().filter(|_| due && self.held() == 0) else { return Ok(()) };
        self.renewed = Some((own_day, steady_ms));
        match sealed.renew() {
            // Everything stays readable with the old key, and votes can be kept: the next day tries again.
            Err(SealedError::Key(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the key of the queue stays");
                Ok(())
            }
            renewed => Ok(renewed?),
        }
    }
}
