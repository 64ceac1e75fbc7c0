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
    envelope::{Envelope, KeyId},
    names::Code,
    report::HalfDayReport,
    terminals::OpeningHours,
};
use std::collections::BTreeMap;

/// Most reports that wait for the node: two months, as long as it takes ballots.
const REPORTS_MAX: usize = 124;
/// Milliseconds between two writes of the numbers while nobody votes.
const WRITE_MS: u64 = 60_000;
/// Shortest time between two changes of the key, in milliseconds: the demo's days last seconds.
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

impl Queue {
    /// Measures from now on, with what was measured before of the same half-day.
    pub fn measure_for(&mut self, terminal: KeyId) -> Result<(), QueueError> {
        let kept = self.store.get(b"m")?;
        let measuring = Measuring::go_on(terminal, kept.as_deref());
        self.measuring = Some(measuring.ok_or(QueueError::Damaged("what was measured"))?);
        Ok(())
    }

    /// Time has passed, in which a vote could be cast or not. What is over by now becomes a report that `sign` seals once;
    /// and once a day, when no ballot waits, all that was sent becomes unreadable, for whoever takes this device.
    pub fn pass(
        &mut self,
        now: &Now,
        hours: &[OpeningHours],
        listening: bool,
        sign: impl Fn(&HalfDayReport) -> Option<Envelope>,
    ) -> Result<(), QueueError> {
        let Some(measuring) = &mut self.measuring else { return Ok(()) };
        let over = measuring.pass(now, hours, listening);
        if !over.is_empty() || now.steady_ms >= self.written_ms + WRITE_MS {
            let mut batch = Batch::new();
            let mut reports = self.reports.clone();
            for report in over.iter().filter_map(sign) {
                let number = reports.keys().next_back().map_or(0, |last| last + 1);
                batch.put(key(b'p', &number.to_be_bytes()), report.bytes().to_vec());
                reports.insert(number, report.bytes().clone());
            }
            while reports.len() > REPORTS_MAX
                && let Some((oldest, _)) = reports.pop_first()
            {
                batch.delete(key(b'p', &oldest.to_be_bytes()));
            }
            self.write_numbers(&mut batch);
            self.store.commit(batch)?;
            self.reports = reports;
            self.written_ms = now.steady_ms;
        }
        self.forget_sent(now)
    }

    /// A vote is tapped now. Call [`Queue::pass`] before; the next ballot or draft keeps the numbers.
    pub fn tapped(&mut self, now: &Now, hours: &[OpeningHours], service: &Code, green: bool) {
        if let Some(measuring) = &mut self.measuring {
            measuring.tap(now, hours, service, green);
        }
    }

    /// Seconds of opening hours today so far, and of these, seconds listened to.
    pub fn listened(&self, now: &Now, hours: &[OpeningHours]) -> (u32, u32) {
        self.measuring.as_ref().map_or((0, 0), |measuring| measuring.today(now, hours))
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

    fn forget_sent(&mut self, now: &Now) -> Result<(), QueueError> {
        let due = self.renewed.is_none_or(|(day, at_ms)| {
            day != now.day && now.steady_ms >= at_ms.saturating_add(RENEWAL_MS_MIN)
        });
        let Some(sealed) = self.sealed.as_ref().filter(|_| due && self.held() == 0) else { return Ok(()) };
        self.renewed = Some((now.day, now.steady_ms));
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
