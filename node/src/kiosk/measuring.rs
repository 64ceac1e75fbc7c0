//! What this terminal measures while it runs: its taps, and how long it listened; and the reports of half-days that are
//! over (DESIGN §5). Time comes as an argument.
//!
//! Moments of taps stay in memory, the last 60 s of them; what is kept over a restart are the numbers of the running
//! half-day: of each tap what it counts as, of time only what had passed at the last quarter of an hour, so that who reads
//! the disk cannot tell when a vote was tapped. Half-days in which the agent did not run at all are reported as not listened
//! to, where opening hours are known. A clock that goes back by less than a day changes nothing: the running half-day goes
//! on until time has caught up.

use faccina_proto::{
    calendar::CivilDay,
    envelope::KeyId,
    meter::{Meter, Within, half_day, open_s, within},
    names::Code,
    report::HalfDayReport,
    terminals::OpeningHours,
};

/// Longest stretch between two looks at the clock that still counts as listened to, in milliseconds: the device may have
/// slept.
const STRETCH_MS_MAX: u64 = 60_000;
/// Half-days without the agent that are reported when it runs again: a month.
const MISSED_MAX: usize = 62;
const NOON_MINUTE: u32 = 12 * 60;

/// A moment on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Civil day.
    pub day: CivilDay,
    /// Minute of the day; `None` where only the day is known, in the demo's calendar, whose days last seconds.
    pub minute: Option<u32>,
    /// Whether the minute can be held against opening hours.
    pub certain: bool,
    /// Of a clock that only goes forward, in milliseconds.
    pub steady_ms: u64,
}

impl Now {
    fn afternoon(&self) -> bool {
        self.minute.is_some_and(|minute| minute >= NOON_MINUTE)
    }
}

/// The half-day that is running, and the last taps.
#[derive(Debug)]
pub struct Measuring {
    terminal: KeyId,
    meter: Meter,
    running: Option<Running>,
    seen_ms: Option<u64>,
    /// Listened to and not yet counted: less than a second.
    rest_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Running {
    report: HalfDayReport,
    /// Seconds listened to in the morning of the same day.
    morning_s: u32,
    /// Seconds open and listened to when they were last settled.
    settled_s: (u32, u32),
}

impl Measuring {
    /// Goes on with the numbers that an earlier run kept; `None` if they cannot be read.
    pub fn go_on(terminal: KeyId, kept: Option<&[u8]>) -> Option<Self> {
        let running = kept.map(Running::decode);
        let running = match running {
            Some(None) => return None,
            Some(running) => running,
            None => None,
        };
        Some(Self { terminal, meter: Meter::default(), running, seen_ms: None, rest_ms: 0 })
    }

    /// The time that has passed by now is kept from now on. Never called at a tap: it would tell its second.
    pub fn settle(&mut self) {
        if let Some(running) = &mut self.running {
            running.settled_s = (running.report.open_s, running.report.listened_s);
        }
    }

    /// The numbers to keep.
    pub fn kept(&self) -> Option<Vec<u8>> {
        self.running.as_ref().map(Running::encode)
    }

    /// Time has passed, in which a vote could be cast or not. Gives the half-days that are over by now.
    pub fn pass(&mut self, now: &Now, hours: &[OpeningHours], listening: bool) -> Vec<HalfDayReport> {
        let over = self.turn(now, hours);
        self.follow(now, hours);
        let stretch_ms = self.seen_ms.map_or(0, |seen| now.steady_ms.saturating_sub(seen));
        self.seen_ms = Some(now.steady_ms);
        let open = now.minute.is_none_or(|minute| {
            hours.is_empty() || hours.iter().any(|hours| hours.contains(now.day, minute))
        });
        if !open {
            return over;
        }
        let passed_ms = self.rest_ms + stretch_ms.min(STRETCH_MS_MAX);
        self.rest_ms = passed_ms % 1000;
        let seconds = u32::try_from(passed_ms / 1000).unwrap_or(0);
        if let Some(Running { report, .. }) = &mut self.running {
            if now.minute.is_none() {
                report.open_s = (report.open_s + seconds).min(whole_s());
            }
            report.listened_s = (report.listened_s + u32::from(listening) * seconds).min(report.open_s);
        }
        over
    }

    /// A vote is tapped now. Call [`Measuring::turn`] before.
    pub fn tap(&mut self, now: &Now, hours: &[OpeningHours], service: &Code, green: bool) {
        let spacing = self.meter.tap(now.steady_ms);
        let minute = now.minute.filter(|_| now.certain);
        let within = minute.map_or(Within::Unknown, |minute| within(hours, now.day, minute));
        if let Some(Running { report, .. }) = &mut self.running {
            report.tap(service, green, within, spacing);
        }
    }

    /// Seconds of opening hours today so far, and of these, seconds listened to.
    pub fn today(&self, now: &Now, hours: &[OpeningHours]) -> (u32, u32) {
        let running = self.running.as_ref().filter(|running| running.report.day == now.day);
        let listened_s = running.map_or(0, |running| running.morning_s + running.report.listened_s);
        let open_s = match now.minute {
            Some(minute) => open_s(hours, now.day, 0..minute + 1),
            None => running.map_or(0, |running| running.report.open_s),
        };
        (open_s, listened_s.min(open_s))
    }

    /// Begins the half-day of this moment, if it is not running already. Gives the half-days that are over by now.
    pub fn turn(&mut self, now: &Now, hours: &[OpeningHours]) -> Vec<HalfDayReport> {
        let afternoon = now.afternoon();
        let mut over = Vec::new();
        if let Some(running) = &self.running {
            let (day, was_afternoon) = (running.report.day, running.report.afternoon);
            let days = day.days_until(now.day);
            let back = days == -1 || (days == 0 && was_afternoon && !afternoon);
            if back || (days == 0 && was_afternoon == afternoon) {
                return over;
            }
            over.push(running.report.clone());
            if now.minute.is_some() {
                over.extend(self.missed((day, was_afternoon), (now.day, afternoon), hours));
            }
            over.retain(|report| report.open_s > 0 || report.votes() > 0);
        }
        let same_day = |running: &Running| running.report.day == now.day;
        let morning_s = self.running.take().filter(same_day).map_or(0, |running| running.report.listened_s);
        let mut report = HalfDayReport::empty(self.terminal, now.day, afternoon);
        if now.minute.is_some() {
            report.open_s = open_s(hours, now.day, half_day(afternoon));
        }
        self.running = Some(Running { settled_s: (report.open_s, 0), report, morning_s });
        over
    }

    /// The opening hours may have changed within the half-day.
    fn follow(&mut self, now: &Now, hours: &[OpeningHours]) {
        let Some(Running { report, .. }) = self.running.as_mut().filter(|_| now.minute.is_some()) else {
            return;
        };
        let open_s = open_s(hours, report.day, half_day(report.afternoon));
        if report.open_s != open_s {
            report.open_s = open_s;
            report.listened_s = report.listened_s.min(open_s);
            self.settle();
        }
    }

    /// The half-days between two, none listened to.
    fn missed(
        &self,
        (mut day, mut afternoon): (CivilDay, bool),
        until: (CivilDay, bool),
        hours: &[OpeningHours],
    ) -> Vec<HalfDayReport> {
        let mut missed = Vec::new();
        while !hours.is_empty() && missed.len() < MISSED_MAX {
            (day, afternoon) = if afternoon { (day.plus_days(1), false) } else { (day, true) };
            if (day, afternoon) >= until {
                break;
            }
            let mut report = HalfDayReport::empty(self.terminal, day, afternoon);
            report.open_s = open_s(hours, day, half_day(afternoon));
            missed.push(report);
        }
        missed
    }
}

impl Running {
    fn encode(&self) -> Vec<u8> {
        let (open_s, listened_s) = self.settled_s;
        let report = HalfDayReport { open_s, listened_s, ..self.report.clone() };
        [self.morning_s.to_be_bytes().as_slice(), &report.encode()].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (morning_s, report) = bytes.split_first_chunk::<4>()?;
        let report = HalfDayReport::decode(report).ok()?;
        let settled_s = (report.open_s, report.listened_s);
        Some(Self { report, morning_s: u32::from_be_bytes(*morning_s), settled_s })
    }
}

/// Seconds of a half-day.
fn whole_s() -> u32 {
    NOON_MINUTE * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(yyyymmdd: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
    }

    /// Monday to Friday, 8:30 to 12:30.
    fn hours() -> Vec<OpeningHours> {
        (1..=5).map(|weekday| OpeningHours::new(weekday, 510, 750).unwrap()).collect()
    }

    fn measuring() -> Measuring {
        Measuring::go_on(KeyId::from_slice(&[3; 8]).unwrap(), None).unwrap()
    }

    fn at(yyyymmdd: u32, minute: u32, steady_s: u64) -> Now {
        Now { day: day(yyyymmdd), minute: Some(minute), certain: true, steady_ms: steady_s * 1000 }
    }

    /// Half-day, seconds open, seconds listened to, votes.
    fn numbers(reports: &[HalfDayReport]) -> Vec<(u32, bool, u32, u32, u32)> {
        let numbers =
            |it: &HalfDayReport| (it.day.yyyymmdd(), it.afternoon, it.open_s, it.listened_s, it.votes());
        reports.iter().map(numbers).collect()
    }

    fn urp() -> Code {
        "urp".parse().unwrap()
    }

    #[test]
    fn a_half_day_is_reported_when_it_is_over() {
        // 2 March 2026 is a Monday.
        let (mut it, hours) = (measuring(), hours());
        assert_eq!(it.pass(&at(20_260_302, 500, 0), &hours, true), []);
        it.pass(&at(20_260_302, 509, 50), &hours, true);
        assert_eq!(it.today(&at(20_260_302, 509, 50), &hours), (0, 0), "not open yet");
        it.pass(&at(20_260_302, 510, 60), &hours, true);
        it.pass(&at(20_260_302, 511, 90), &hours, false);
        it.pass(&at(20_260_302, 520, 700), &hours, true);
        it.tap(&at(20_260_302, 520, 700), &hours, &urp(), true);
        it.tap(&at(20_260_302, 520, 701), &hours, &urp(), false);
        assert_eq!(
            it.today(&at(20_260_302, 520, 701), &hours),
            (11 * 60, 10 + 60),
            "a sleep is not listening"
        );
        let over = it.pass(&at(20_260_302, 720, 710), &hours, true);
        assert_eq!(numbers(&over), [(20_260_302, false, 210 * 60, 70, 2)]);
        assert_eq!(over[0].gaps, [1, 0, 0, 0, 0, 0]);
        assert_eq!(it.today(&at(20_260_302, 720, 710), &hours), (211 * 60, 80));
        let over = it.pass(&at(20_260_303, 1, 43_910), &hours, true);
        assert_eq!(numbers(&over), [(20_260_302, true, 30 * 60, 10, 0)]);
    }

    #[test]
    fn a_restart_loses_only_the_gap_across_it() {
        let (mut it, hours) = (measuring(), hours());
        it.pass(&at(20_260_302, 600, 0), &hours, true);
        it.pass(&at(20_260_302, 601, 60), &hours, true);
        it.tap(&at(20_260_302, 601, 60), &hours, &urp(), true);
        it.settle();
        let kept = it.kept().unwrap();
        let mut it = Measuring::go_on(it.terminal, Some(&kept)).unwrap();
        it.pass(&at(20_260_302, 601, 5), &hours, true);
        it.tap(&at(20_260_302, 601, 5), &hours, &urp(), true);
        // Off from Monday 10:01 to Wednesday 8:50: two half-days of opening hours were missed besides.
        let over = it.pass(&at(20_260_304, 530, 20), &hours, true);
        assert_eq!(
            numbers(&over),
            [
                (20_260_302, false, 210 * 60, 60, 2),
                (20_260_302, true, 30 * 60, 0, 0),
                (20_260_303, false, 210 * 60, 0, 0),
                (20_260_303, true, 30 * 60, 0, 0)
            ]
        );
        assert_eq!(over[0].gaps, [0; 6]);
        assert!(Measuring::go_on(it.terminal, Some(b"damaged")).is_none());
    }

    #[test]
    fn hours_that_change_are_followed_within_the_half_day() {
        let mut it = measuring();
        it.pass(&at(20_260_302, 540, 0), &[], true);
        it.pass(&at(20_260_302, 541, 60), &hours(), true);
        it.tap(&at(20_260_302, 541, 60), &hours(), &urp(), true);
        let over = it.pass(&at(20_260_302, 720, 70), &hours(), true);
        assert_eq!(numbers(&over), [(20_260_302, false, 210 * 60, 60, 1)]);
    }

    #[test]
    fn an_uncertain_minute_is_not_held_against_the_hours() {
        let mut it = measuring();
        let night = at(20_260_302, 0, 0);
        it.pass(&night, &hours(), true);
        it.tap(&Now { certain: false, ..night }, &hours(), &urp(), true);
        let outside = |it: &Measuring| it.running.as_ref().unwrap().report.outside_hours;
        assert_eq!(outside(&it), 0);
        it.tap(&night, &hours(), &urp(), true);
        assert_eq!(outside(&it), 1);
    }

    #[test]
    fn a_clock_set_back_a_little_changes_nothing() {
        let mut it = measuring();
        it.pass(&at(20_260_302, 721, 0), &[], true);
        assert_eq!(it.pass(&at(20_260_302, 719, 10), &[], true), []);
        assert_eq!(it.pass(&at(20_260_301, 1_439, 20), &[], true), []);
        assert_eq!(
            numbers(&it.pass(&at(20_250_302, 719, 30), &[], true)),
            [(20_260_302, true, 43_200, 20, 0)]
        );
        // A clock years ahead fills no disk.
        it.pass(&at(20_260_302, 719, 40), &hours(), true);
        let over = it.pass(&at(20_290_302, 719, 50), &hours(), true);
        assert!(over.len() <= MISSED_MAX + 1);
    }

    #[test]
    fn in_the_demo_a_day_is_as_long_as_it_lasts() {
        let mut it = measuring();
        let at = |yyyymmdd, steady_s: u64| Now {
            day: day(yyyymmdd),
            minute: None,
            certain: true,
            steady_ms: steady_s * 1000,
        };
        it.pass(&at(20_260_302, 0), &hours(), true);
        it.pass(&at(20_260_302, 8), &hours(), false);
        it.pass(&at(20_260_302, 20), &hours(), true);
        it.tap(&at(20_260_302, 20), &hours(), &urp(), true);
        assert_eq!(it.today(&at(20_260_302, 20), &hours()), (20, 12));
        let over = it.pass(&at(20_260_305, 21), &hours(), true);
        assert_eq!((numbers(&over), over[0].outside_hours), (vec![(20_260_302, false, 20, 12, 1)], 0));
    }
}
