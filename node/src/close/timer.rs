//! What happens by itself: live figures move, old invites and boxes end, months close at 02:00 on day 11 of the next.
//!
//! The timer closes only with a credible clock, because a closed month is immutable; else it waits and warns. A person
//! who closes by command answers for the date. The box is closed at two; its entry follows within the hour, at a minute that
//! is drawn for each ente and month, so that thousands of entries do not start at once. A command and the demo publish at once.

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
use crate::sealing::derive;

/// Day of the next month on which a month closes.
const CLOSE_DAY: i64 = 11;
/// Minute of that day: 02:00.
const CLOSE_MINUTE: u16 = 120;
/// The day of this version, as publiccode.yml names it: no clock before it is right.
const VERSION_DAY: u32 = 20_261_122;
/// Enti publish within this after the close, in seconds.
const PACE_S: u32 = 3_600;
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
    /// Set the clock, or give the command.
    #[error(
        "the clocks of the other nodes differ by {offset_s} s, at most {CLOCK_SKEW_S_MAX}: set the clock"
    )]
    PeersDisagree {
        /// Median of their clocks minus this one.
        offset_s: i64,
    },
    /// Wait for connections, or give the command.
    #[error("too few nodes are connected to compare clocks: it is done once they are, or by command")]
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

/// Seconds after the close at which an ente publishes a month; nobody else can tell them beforehand.
fn pace_s(pace_key: &[u8; 32], month: Month) -> u32 {
    let drawn = derive(pace_key, format!("faccina/pace/{:06}", month.yyyymm()).as_bytes());
    let [a, b, c, d, ..] = drawn;
    u32::from_be_bytes([a, b, c, d]) % PACE_S
}

/// Whether an entry that is decided still waits for its minute. Outside that hour nothing waits: a month that was closed by
/// command, or whose node was off.
fn is_paced(month: Month, pace_s: u32, now: Moment) -> bool {
    let day = month.next().first_day().plus_days(CLOSE_DAY - 1);
    let minutes = now.minute.saturating_sub(CLOSE_MINUTE);
    now.day == day && now.minute >= CLOSE_MINUTE && u32::from(minutes) * 60 < pace_s
}

/// Whether a timer may act on this node's clock. Blocks for the disk.
pub(crate) fn believed(federation: &Federation, today: CivilDay) -> Result<(), Doubt> {
    let version = CivilDay::from_yyyymmdd(VERSION_DAY).ok();
    credible(today, version, newest_day(federation), federation.network().median_clock_offset_s())
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
        if self.loss.is_open() {
            return Ok(());
        }
        if self.unfinished.load(std::sync::atomic::Ordering::Relaxed) {
            if self.waits_for_its_minute().await? {
                return Ok(());
            }
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
            self.blocking(move || Ok(believed(&federation, now.day))).await??;
            if is_paced(due.month, pace_s(&self.pace_key, due.month), now) {
                self.close_for_later(due.month).await?;
                return Ok(false);
            }
        }
        self.close(Some(due.month), false).await?;
        Ok(true)
    }

    /// Whether what was decided last is to be published later within this hour.
    async fn waits_for_its_minute(&self) -> Result<bool, TimerError> {
        let (now, closer) = (self.clock.now(), self.clone());
        let last = now.day.month().previous();
        if self.clock.is_demo() || !is_paced(last, pace_s(&self.pace_key, last), now) {
            return Ok(false);
        }
        let decided = self.blocking(move || {
            let ballot_box = closer.intake.archive().existing(last)?;
            let Some(ballot_box) = ballot_box else { return Ok(false) };
            Ok(ballot_box.decision()?.is_some() && ballot_box.ended()?.is_none())
        });
        Ok(decided.await?)
    }

    /// The day and the minute at which the timer publishes the next month to be closed; `None` in the demo.
    pub fn publishes_at(&self, month: Month) -> Option<(CivilDay, u16)> {
        let day = month.next().first_day().plus_days(CLOSE_DAY - 1);
        let minutes = u16::try_from(pace_s(&self.pace_key, month).div_ceil(60)).ok()?;
        (!self.clock.is_demo()).then_some((day, CLOSE_MINUTE + minutes))
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
    fn enti_publish_spread_over_an_hour_and_late_ones_at_once() {
        let april = Month::from_yyyymm(202_604).unwrap();
        let mut by_quarter = [0; 4];
        for ente in 0..200u8 {
            let key = [ente; 32];
            assert_eq!(pace_s(&key, april), pace_s(&key, april));
            by_quarter[usize::try_from(pace_s(&key, april) / 900).unwrap()] += 1;
        }
        assert!(by_quarter.iter().all(|enti| *enti > 25), "{by_quarter:?}");
        assert_ne!(pace_s(&[1; 32], april), pace_s(&[1; 32], april.next()));
        let at = |date, minute| Moment { unix_s: 0, day: day(date), minute };
        assert!(is_paced(april, 1_800, at(20_260_511, 120)) && is_paced(april, 1_800, at(20_260_511, 149)));
        assert!(!is_paced(april, 1_800, at(20_260_511, 150)), "its minute has come");
        assert!(!is_paced(april, 1_800, at(20_260_511, 119)), "closed by command before");
        assert!(!is_paced(april, 1_800, at(20_260_512, 125)), "at the next start");
    }

    #[test]
    fn the_day_of_this_version_is_the_one_that_is_published() {
        let published = include_str!("../../../publiccode.yml");
        let of = |key: &str| {
            let line = published.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            line.trim_matches([':', ' ', '"']).to_owned()
        };
        assert_eq!(of("releaseDate").replace('-', ""), VERSION_DAY.to_string());
        assert_eq!(of("softwareVersion"), env!("CARGO_PKG_VERSION"));
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
