//! How a terminal measures its taps: from moments that stay on the device to the numbers of a
//! [`HalfDayReport`].
//!
//! Time comes as an argument: milliseconds of a clock that only goes forward for gaps and bursts, day and minute of the
//! civil clock for opening hours. What is remembered of single taps is the last 60 s ([`Meter`]), in memory only.
//!
//! Decided here, where the statistics page is silent. A vote is laid to the half-day of its tap, with the gap before it,
//! even where that began in the half-day before. The person served last votes after closing: a vote up to
//! [`GRACE_MINUTES`] after the end of an opening interval is within the hours, and of their last half-hour. Where no hours
//! are known no vote is outside them.

use crate::{
    calendar::CivilDay,
    limits::{SERVICES_PER_TERMINAL_MAX, VOTES_PER_HALF_DAY_MAX},
    names::Code,
    report::{GAP_ENDS_S, HalfDayReport, SHORT_GAP_BINS},
    terminals::OpeningHours,
};
use std::{collections::VecDeque, ops::Range};

/// Length of the window of bursts, in milliseconds.
pub const WINDOW_MS: u64 = 60_000;
/// Taps remembered of the last 60 s: four a second, more than hands can.
const WINDOW_TAPS_MAX: usize = 240;
/// Minutes after closing in which the person served last votes.
pub const GRACE_MINUTES: u32 = 15;
/// Minutes of what counts as the end of the hours.
const LAST_MINUTES: u32 = 30;
/// The minute of the day at which the second half begins.
const NOON_MINUTE: u32 = 12 * 60;
const MINUTES_PER_DAY: u32 = 24 * 60;
const SECONDS_PER_MINUTE: u32 = 60;

/// Where a vote lies in the opening hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// No hours are known.
    Unknown,
    /// Outside.
    Outside,
    /// Inside.
    Open,
    /// Inside, in the last half-hour of them in this half-day.
    LastHalfHour,
}

/// The minutes of the day that make a half-day.
pub fn half_day(afternoon: bool) -> Range<u32> {
    if afternoon { NOON_MINUTE..MINUTES_PER_DAY } else { 0..NOON_MINUTE }
}

/// Seconds of opening hours among these minutes of a day; all of them where no hours are known.
pub fn open_s(hours: &[OpeningHours], day: CivilDay, minutes: Range<u32>) -> u32 {
    let weekday = day.weekday();
    let today: Vec<Range<u32>> = hours
        .iter()
        .filter(|hours| hours.weekday() == weekday)
        .map(|hours| hours.from_minute()..hours.to_minute())
        .collect();
    let open = |minute: &u32| hours.is_empty() || today.iter().any(|open| open.contains(minute));
    let open = minutes.filter(open).take(MINUTES_PER_DAY as usize).count();
    SECONDS_PER_MINUTE * u32::try_from(open).expect("a day has few minutes")
}

/// Where a vote at `minute` of `day` lies in a terminal's hours.
pub fn within(hours: &[OpeningHours], day: CivilDay, minute: u32) -> Within {
    if hours.is_empty() {
        return Within::Unknown;
    }
    let half = half_day(minute >= NOON_MINUTE);
    let today = || hours.iter().filter(|hours| hours.weekday() == day.weekday());
    let inside =
        today().any(|hours| (hours.from_minute()..hours.to_minute() + GRACE_MINUTES).contains(&minute));
    if !inside {
        return Within::Outside;
    }
    let in_half = today().filter(|hours| hours.from_minute() < half.end && hours.to_minute() > half.start);
    match in_half.map(|hours| hours.to_minute().min(half.end)).max() {
        Some(end) if minute + LAST_MINUTES >= end => Within::LastHalfHour,
        _ => Within::Open,
    }
}

/// How a tap stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spacing {
    /// Since the tap before; `None` for the first since the device started.
    pub gap_ms: Option<u64>,
    /// Taps of the last 60 s, this one included.
    pub in_window: u32,
}

/// The taps of the last 60 s of one terminal.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    last_ms: Option<u64>,
    window_ms: VecDeque<u64>,
}

impl Meter {
    /// Takes note of a vote at `now_ms` of a clock that only goes forward.
    pub fn tap(&mut self, now_ms: u64) -> Spacing {
        let gap_ms = self.last_ms.map(|last| now_ms.saturating_sub(last));
        self.last_ms = Some(now_ms);
        let old = |at: &&u64| at.saturating_add(WINDOW_MS) <= now_ms;
        let gone = self.window_ms.iter().take_while(old).count().max(
            // Room for this one; what is forgotten early is far beyond every threshold.
            (self.window_ms.len() + 1).saturating_sub(WINDOW_TAPS_MAX),
        );
        self.window_ms.drain(..gone);
        self.window_ms.push_back(now_ms);
        Spacing { gap_ms, in_window: u32::try_from(self.window_ms.len()).unwrap_or(u32::MAX) }
    }
}

impl HalfDayReport {
    /// Counts one vote. What does not fit the bounds of a report is left out.
    pub fn tap(&mut self, service: &Code, green: bool, within: Within, spacing: Spacing) {
        let known = self.services.contains_key(service);
        let full = !known && self.services.len() >= SERVICES_PER_TERMINAL_MAX;
        if full || self.votes() >= VOTES_PER_HALF_DAY_MAX {
            return;
        }
        let taps = self.services.entry(service.clone()).or_default();
        taps.votes += 1;
        if let Some(gap_ms) = spacing.gap_ms {
            let bin = GAP_ENDS_S.iter().take_while(|end_s| gap_ms >= u64::from(**end_s) * 1_000).count();
            if bin < SHORT_GAP_BINS {
                taps.short_gaps += 1;
                taps.short_greens += u32::from(green);
            }
            if let Some(gaps) = self.gaps.get_mut(bin) {
                *gaps += 1;
            }
        }
        self.outside_hours += u32::from(within == Within::Outside);
        self.in_last_half_hour += u32::from(within == Within::LastHalfHour);
        // A window that began in the half-day before counts here what is of here.
        self.most_in_60_s = self.most_in_60_s.max(spacing.in_window.min(self.votes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::KeyId;
    use proptest::prelude::*;

    fn monday() -> CivilDay {
        CivilDay::from_yyyymmdd(20_260_302).unwrap()
    }

    fn hours(intervals: &[(u32, u32)]) -> Vec<OpeningHours> {
        intervals.iter().map(|(from, to)| OpeningHours::new(1, *from, *to).unwrap()).collect()
    }

    fn report() -> HalfDayReport {
        HalfDayReport::empty(KeyId::from_slice(&[3; 8]).unwrap(), monday(), false)
    }

    #[test]
    fn gaps_and_bursts_are_counted_at_the_later_vote() {
        let (mut meter, mut report) = (Meter::default(), report());
        let [registry, taxes]: [Code; 2] = ["anagrafe", "tributi"].map(|code| code.parse().unwrap());
        // Gaps of 1.999, 2, 3, 53.001 and 60 s.
        for (at_ms, service, green) in [
            (0, &registry, true),
            (1_999, &registry, true),
            (3_999, &taxes, false),
            (6_999, &registry, true),
            (60_000, &taxes, true),
            (120_000, &taxes, true),
        ] {
            report.tap(service, green, Within::Open, meter.tap(at_ms));
        }
        assert_eq!(report.gaps, [1, 2, 0, 0, 1, 1]);
        // The tap at 0 has left the window of the one at 60 s.
        assert_eq!((report.most_in_60_s, report.votes()), (4, 6));
        let of = |code| report.services[code];
        assert_eq!((of(&registry).short_gaps, of(&registry).short_greens), (2, 2));
        assert_eq!((of(&taxes).votes, of(&taxes).short_gaps, of(&taxes).short_greens), (3, 1, 0));
        assert_eq!(HalfDayReport::decode(&report.encode()), Ok(report));
    }

    #[test]
    fn the_last_person_served_votes_within_the_hours() {
        let counter = hours(&[(510, 750), (870, 1_020)]);
        let at = |minute| within(&counter, monday(), minute);
        assert_eq!(
            [at(509), at(510), at(689), at(690)],
            [
                Within::Outside,
                Within::Open,
                Within::Open,
                // At noon the half-day ends, and with it what is open in it.
                Within::LastHalfHour
            ]
        );
        // The closing at 12:30 is not the last of the afternoon.
        assert_eq!([at(749), at(764), at(765)], [Within::Open, Within::Open, Within::Outside]);
        assert_eq!(
            [at(989), at(990), at(1_034), at(1_035)],
            [Within::Open, Within::LastHalfHour, Within::LastHalfHour, Within::Outside]
        );
        assert_eq!(within(&[], monday(), 3), Within::Unknown);
        assert_eq!(within(&counter, monday().plus_days(1), 600), Within::Outside);
    }

    #[test]
    fn open_seconds_are_those_of_the_half_day() {
        // They overlap, and no minute counts twice.
        let counter = hours(&[(510, 750), (600, 780)]);
        assert_eq!(open_s(&counter, monday(), half_day(false)), 210 * 60);
        assert_eq!(open_s(&counter, monday(), half_day(true)), 60 * 60);
        assert_eq!(open_s(&counter, monday(), 0..520), 600);
        assert_eq!(open_s(&[], monday(), half_day(true)), 12 * 3_600);
        assert_eq!(open_s(&counter, monday().plus_days(1), half_day(false)), 0);
    }

    proptest! {
        #[test]
        fn whatever_is_tapped_makes_a_report_that_can_be_read(
            taps in proptest::collection::vec((0u64..90_000, 0u8..70, any::<bool>(), 0u32..1_440), 0..400),
        ) {
            let (mut meter, mut report, mut now_ms) = (Meter::default(), report(), 0);
            let counter = hours(&[(510, 780)]);
            for (gap_ms, service, green, minute) in taps {
                now_ms += gap_ms;
                let service = format!("s{service}").parse().unwrap();
                report.tap(&service, green, within(&counter, monday(), minute), meter.tap(now_ms));
            }
            prop_assert_eq!(HalfDayReport::decode(&report.encode()), Ok(report));
        }
    }
}
