//! The only place that asks the time. Everything that depends on months or days receives it from here, in the civil
//! time of Europe/Rome, so that months can be tested and the demo can walk through a simulated calendar.

use faccina_proto::calendar::{CalendarError, CivilDay};
use jiff::{Timestamp, civil, tz::TimeZone};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::watch;

/// Why the time is not known or cannot be moved.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The binary lacks its time zone table; install an unmodified build.
    #[error("the time zone Europe/Rome is missing from this build")]
    NoZone(#[source] jiff::Error),
    /// The system clock is outside the calendar that the protocol knows; set it.
    #[error("the system clock shows a day outside the protocol's calendar: set the clock")]
    OutOfCalendar(#[source] CalendarError),
    /// The moment does not exist in the simulated calendar; choose another.
    #[error("{day} {hour}:00 is no moment of the civil calendar")]
    NoSuchHour { day: CivilDay, hour: u8 },
    /// Only the demo may move its clock; real nodes follow the system clock.
    #[error("this node follows the system clock; only a node with `demo = true` can be moved")]
    NotDemo,
    /// The calendar of a feed never goes back.
    #[error("the simulated calendar shows {now}, it cannot go back to {asked}")]
    Backwards { now: CivilDay, asked: CivilDay },
}

/// A moment as the node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970-01-01 UTC.
    pub unix_s: u64,
    /// Civil day in Rome.
    pub day: CivilDay,
    /// Minute of that day, 0..=1439.
    pub minute: u16,
}

impl Moment {
    /// First or second half of the civil day.
    pub fn half_day(&self) -> HalfDay {
        if self.minute < 720 { HalfDay::Morning } else { HalfDay::Afternoon }
    }
}

/// Live figures move no faster than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HalfDay {
    Morning,
    Afternoon,
}

/// The node's clock. Clones share the simulated calendar.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    /// Seconds by which it is wrong on purpose.
    shift_s: i64,
    simulated: Option<Arc<Mutex<Simulated>>>,
    moved: watch::Sender<u64>,
    last: Arc<Mutex<Moment>>,
}

#[derive(Debug)]
struct Simulated {
    day: CivilDay,
    hour: u8,
    base_unix_s: u64,
    since: Instant,
}

impl Clock {
    /// Follows the system clock. Fails when it shows a day outside the calendar.
    pub fn system() -> Result<Self, ClockError> {
        Self::new(None, 0)
    }

    /// A system clock that is wrong by so many seconds, to show and to test what a wrong clock does.
    pub fn shifted(shift_s: i64) -> Result<Self, ClockError> {
        Self::new(None, shift_s)
    }

    /// A simulated calendar that begins on `day` at 09:00 and goes on at the pace of real time until it is moved.
    pub fn demo(day: CivilDay) -> Result<Self, ClockError> {
        let zone = rome()?;
        let simulated = Simulated::at(&zone, day, 9)?;
        Self::new(Some(simulated), 0)
    }

    fn new(simulated: Option<Simulated>, shift_s: i64) -> Result<Self, ClockError> {
        let zone = rome()?;
        let simulated = simulated.map(|it| Arc::new(Mutex::new(it)));
        let last = Arc::new(Mutex::new(read(&zone, simulated.as_deref(), shift_s)?));
        Ok(Self { zone, shift_s, simulated, moved: watch::Sender::new(0), last })
    }

    /// The moment now. A system clock that jumps out of the calendar while the node runs is answered with the last
    /// moment that was in it; the close guard then refuses to close by timer.
    pub fn now(&self) -> Moment {
        let mut last = locked(&self.last);
        if let Ok(moment) = read(&self.zone, self.simulated.as_deref(), self.shift_s) {
            *last = moment;
        }
        *last
    }

    /// What a right clock shows at this second; `None` outside the calendar.
    pub fn at(&self, unix_s: u64) -> Option<Moment> {
        moment(&self.zone, unix_s).ok()
    }

    /// The civil day in Rome.
    pub fn today(&self) -> CivilDay {
        self.now().day
    }

    /// Whether this is the simulated calendar of the demo.
    pub fn is_demo(&self) -> bool {
        self.simulated.is_some()
    }

    /// Moves the simulated calendar forward. `hour` is 0..=23.
    pub fn set_demo(&self, day: CivilDay, hour: u8) -> Result<(), ClockError> {
        let Some(simulated) = &self.simulated else { return Err(ClockError::NotDemo) };
        let next = Simulated::at(&self.zone, day, hour)?;
        let mut current = locked(simulated);
        if (day, hour) < (current.day, current.hour) {
            return Err(ClockError::Backwards { now: current.day, asked: day });
        }
        *current = next;
        drop(current);
        self.moved.send_modify(|moves| *moves += 1);
        Ok(())
    }

    /// Changes whenever the simulated calendar moves; timers wait on it beside their own tick.
    pub fn moves(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }
}

/// Now, for waiting and measuring: it only ever goes forward and names no time of day.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn instant() -> Instant {
    Instant::now()
}

fn read(zone: &TimeZone, simulated: Option<&Mutex<Simulated>>, shift_s: i64) -> Result<Moment, ClockError> {
    let unix_s = match simulated {
        Some(simulated) => locked(simulated).unix_s(),
        None => u64::try_from(Timestamp::now().as_second().saturating_add(shift_s)).unwrap_or(0),
    };
    moment(zone, unix_s)
}

fn moment(zone: &TimeZone, unix_s: u64) -> Result<Moment, ClockError> {
    let second = i64::try_from(unix_s).unwrap_or(i64::MAX);
    let zoned = Timestamp::from_second(second).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
    let day = civil_day(zoned.date()).map_err(ClockError::OutOfCalendar)?;
    let minute = u16::try_from(i32::from(zoned.hour()) * 60 + i32::from(zoned.minute())).unwrap_or(0);
    Ok(Moment { unix_s, day, minute })
}

impl Simulated {
    fn at(zone: &TimeZone, day: CivilDay, hour: u8) -> Result<Self, ClockError> {
        let no_such_hour = || ClockError::NoSuchHour { day, hour };
        let number = day.yyyymmdd();
        let part = |value: u32| i8::try_from(value).map_err(|_| no_such_hour());
        let year = i16::try_from(number / 10_000).map_err(|_| no_such_hour())?;
        let (month, of_month) = (part(number / 100 % 100)?, part(number % 100)?);
        let moment = civil::Date::new(year, month, of_month)
            .and_then(|date| civil::Time::new(part_or_none(hour), 0, 0, 0).map(|time| date.to_datetime(time)))
            .and_then(|datetime| datetime.to_zoned(zone.clone()))
            .map_err(|_| no_such_hour())?;
        let base_unix_s = u64::try_from(moment.timestamp().as_second()).map_err(|_| no_such_hour())?;
        Ok(Self { day, hour, base_unix_s, since: instant() })
    }

    fn unix_s(&self) -> u64 {
        self.base_unix_s + self.since.elapsed().as_secs()
    }
}

/// An hour that does not fit is an hour that does not exist: 24 is refused by the calendar.
fn part_or_none(hour: u8) -> i8 {
    i8::try_from(hour).unwrap_or(24)
}

fn rome() -> Result<TimeZone, ClockError> {
    TimeZone::get("Europe/Rome").map_err(ClockError::NoZone)
}

fn civil_day(date: civil::Date) -> Result<CivilDay, CalendarError> {
    let part = |value: i16| u32::try_from(value).unwrap_or(0);
    CivilDay::from_yyyymmdd(
        part(date.year()) * 10_000 + part(date.month().into()) * 100 + part(date.day().into()),
    )
}

/// A panic while holding the clock leaves it readable: its value is replaced whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(number).unwrap()
    }

    #[test]
    fn the_demo_calendar_moves_forward_only() {
        let clock = Clock::demo(day(20260110)).unwrap();
        assert_eq!(clock.today(), day(20260110));
        clock.set_demo(day(20260111), 2).unwrap();
        assert_eq!((clock.today(), clock.now().minute), (day(20260111), 120));
        assert!(matches!(clock.set_demo(day(20260110), 9), Err(ClockError::Backwards { .. })));
        assert!(matches!(clock.set_demo(day(20260112), 24), Err(ClockError::NoSuchHour { .. })));
    }

    #[test]
    fn a_real_node_cannot_be_moved() {
        let clock = Clock::system().unwrap();
        assert!(matches!(clock.set_demo(day(20260110), 9), Err(ClockError::NotDemo)));
    }

    #[test]
    fn the_hour_that_summer_time_skips_still_belongs_to_its_day() {
        let clock = Clock::demo(day(20260328)).unwrap();
        clock.set_demo(day(20260329), 2).unwrap();
        assert_eq!(clock.today(), day(20260329));
    }

    #[test]
    fn moves_are_seen_by_who_waits() {
        let clock = Clock::demo(day(20260110)).unwrap();
        let seen = clock.moves();
        clock.set_demo(day(20260111), 2).unwrap();
        assert!(seen.has_changed().unwrap());
    }
}
