//! What happens by itself: live figures move, old invites and boxes end, months close at 02:00 on day 11 of the next.
//!
//! The timer closes only with a credible clock, because a closed month is immutable; else it waits and warns. A person
//! who closes by command answers for the date.

use std::time::Duration;

use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::envelope::Envelope;
use faccina_proto::feed::Entry;
use faccina_proto::names::Author;
use faccina_proto::replica::Log;
use tokio_util::sync::CancellationToken;

use super::{CloseError, Closer};
use crate::clock::Moment;
use crate::federation::{CLOCK_SKEW_S_MAX, Federation};

/// Day of the next month on which a month closes.
const CLOSE_DAY: i64 = 11;
/// Minute of that day: 02:00.
const CLOSE_MINUTE: u16 = 120;
/// The day of this version: no clock before it is right. Raised at each release.
const VERSION_DAY: u32 = 20_261_122;
/// How often the timer looks.
const TICK: Duration = Duration::from_secs(60);
/// In the demo a half-day lasts a minute.
const DEMO_TICK: Duration = Duration::from_secs(1);

/// Why the clock is not believed. Display = what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Set the clock.
    #[error("the clock shows {today}, before this version was made ({version}): set the clock")]
    BeforeThisVersion {
        /// What the clock shows.
        today: CivilDay,
        /// The day of this version.
        version: CivilDay,
    },
    /// Set the clock.
    #[error("the clock shows {today}, before the newest entry of DFP ({newest}): set the clock")]
    BeforeNewestEntry {
        /// What the clock shows.
        today: CivilDay,
        /// The day of that entry.
        newest: CivilDay,
    },
    /// Set the clock, or close by command.
    #[error(
        "the clocks of the other nodes differ by {offset_s} s, at most {CLOCK_SKEW_S_MAX}: set the clock"
    )]
    PeersDisagree {
        /// Median of their clocks minus this one.
        offset_s: i64,
    },
    /// Wait for connections, or close by command.
    #[error("too few nodes are connected to compare clocks: months are closed once they are, or by command")]
    PeersUnknown,
}

/// Whether a month may close by timer: not before this version's day (`None` = unknown), nor before the newest entry of
/// DFP, and within 10 minutes of the median of the connected peers' clocks (`None` = too few).
pub fn credible(
    today: CivilDay,
    version: Option<CivilDay>,
    newest: Option<CivilDay>,
    median_offset_s: Option<i64>,
) -> Result<(), Doubt> {
    if let Some(version) = version.filter(|version| today < *version) {
        return Err(Doubt::BeforeThisVersion { today, version });
    }
    if let Some(newest) = newest.filter(|newest| today < *newest) {
        return Err(Doubt::BeforeNewestEntry { today, newest });
    }
    match median_offset_s {
        None => Err(Doubt::PeersUnknown),
        Some(offset_s) if offset_s.unsigned_abs() > CLOCK_SKEW_S_MAX => {
            Err(Doubt::PeersDisagree { offset_s })
        }
        Some(_) => Ok(()),
    }
}

/// Whether it is 02:00 on day 11 of the month after, or later.
fn is_due(month: Month, now: Moment) -> bool {
    let day = month.next().first_day().plus_days(CLOSE_DAY - 1);
    now.day > day || (now.day == day && now.minute >= CLOSE_MINUTE)
}

/// The newest day that root or observer have declared.
fn newest_day(federation: &Federation) -> Option<CivilDay> {
    let snapshot = federation.snapshot();
    let observer = snapshot.replica.roster().observer().map(|member| Author::Member(member.code.clone()));
    let authors = [Some(Author::Root), observer];
    let days = authors.into_iter().flatten().filter_map(|author| {
        let head = snapshot.replica.head(&author)?;
        let envelope = Envelope::parse(snapshot.log.entry(&author, head.sequence)?).ok()?;
        Some(Entry::decode(envelope.payload()).ok()?.day)
    });
    days.max()
}

impl Closer {
    /// Runs until `stop`. With `by_timer` months close by themselves; a close that was begun is finished in any case.
    pub async fn run(self, by_timer: bool, stop: CancellationToken) {
        let mut moves = self.clock.moves();
        let tick = if self.clock.is_demo() { DEMO_TICK } else { TICK };
        let mut said = String::new();
        let mut retired_on = None;
        loop {
            let today = self.clock.today();
            let outcome = self.attend(by_timer, retired_on != Some(today)).await;
            retired_on = Some(today);
            let words = outcome.err().map(|error| crate::telling::sentence(&error)).unwrap_or_default();
            if words != said && !words.is_empty() {
                tracing::warn!(reason = %words, "a month waits to be closed");
            }
            said = words;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(tick) => {}
                _ = moves.changed() => {}
            }
        }
    }

    async fn attend(&self, by_timer: bool, retire: bool) -> Result<(), TimerError> {
        self.intake.tick().await.map_err(CloseError::from)?;
        // First, because a month that cannot be closed must not keep what is past its retention.
        if retire {
            self.intake.forget_old_invites().await.map_err(CloseError::from)?;
            self.retire_old().await?;
        }
        if self.unfinished.load(std::sync::atomic::Ordering::Relaxed) {
            self.resume(false).await?;
        }
        while by_timer && self.close_due().await? {}
        Ok(())
    }

    /// Closes the next month if it is due. `false` when none is.
    async fn close_due(&self) -> Result<bool, TimerError> {
        let due = match self.next(None).await {
            Ok(due) => due,
            Err(CloseError::NotAdmitted | CloseError::NothingToClose { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let now = self.clock.now();
        if !is_due(due.month, now) {
            return Ok(false);
        }
        if !self.clock.is_demo() {
            let federation = self.federation.clone();
            let newest = self.blocking(move || Ok(newest_day(&federation))).await?;
            let version = CivilDay::from_yyyymmdd(VERSION_DAY).ok();
            credible(now.day, version, newest, self.federation.network().median_clock_offset_s())?;
        }
        self.close(Some(due.month), false).await?;
        Ok(true)
    }
}

/// Why the timer waits.
#[derive(Debug, thiserror::Error)]
enum TimerError {
    #[error(transparent)]
    Doubt(#[from] Doubt),
    #[error(transparent)]
    Close(#[from] CloseError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(day).unwrap()
    }

    #[test]
    fn months_close_at_two_on_day_eleven() {
        let april = Month::from_yyyymm(202_604).unwrap();
        let at = |date, minute| Moment { unix_s: 0, day: day(date), minute };
        assert!(!is_due(april, at(20_260_510, 1439)));
        assert!(!is_due(april, at(20_260_511, 119)));
        assert!(is_due(april, at(20_260_511, 120)));
        assert!(is_due(april, at(20_260_901, 0)), "at the next start");
    }

    #[test]
    fn a_clock_is_believed_only_with_reason() {
        let (today, earlier, later) = (day(20_270_111), day(20_270_110), day(20_270_112));
        assert_eq!(credible(today, Some(earlier), Some(today), Some(-600)), Ok(()));
        let doubt = credible(today, Some(later), None, Some(0));
        assert_eq!(doubt, Err(Doubt::BeforeThisVersion { today, version: later }));
        let doubt = credible(today, None, Some(later), Some(0));
        assert_eq!(doubt, Err(Doubt::BeforeNewestEntry { today, newest: later }));
        assert_eq!(credible(today, None, None, Some(-601)), Err(Doubt::PeersDisagree { offset_s: -601 }));
        assert_eq!(credible(today, None, None, None), Err(Doubt::PeersUnknown));
    }
}
