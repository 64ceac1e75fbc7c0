//! What a closed month publishes of its terminals' reports: sums over the whole ente, coded by the close as none, few, or a
//! multiple of five.

use std::collections::BTreeMap;

use faccina_proto::admission::COUNTER;
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::envelope::KeyId;
use faccina_proto::meter::{half_day, open_s};
use faccina_proto::report::HalfDayReport;
use faccina_proto::terminals::{Mode, State, TerminalList, TerminalRecord};

/// What the reports of a month say. `None` = no terminal measured it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured {
    /// Votes within the cool-down at open terminals.
    pub repeat: Option<u64>,
    /// Votes outside opening hours, where these are known.
    pub outside_hours: Option<u64>,
    /// Share of the opening hours in which a vote could be cast, in tenths 0..=10, of terminals at counters whose hours are
    /// known. A half-day of which an enrolled terminal reported nothing counts as not listened to, also where it reported
    /// nothing all month beside others that did.
    pub listened_tenths: Option<u32>,
}

/// Sums up the reports of a month, as far as days before `today` go.
#[must_use]
pub fn measured(
    reports: &[HalfDayReport],
    terminals: &TerminalList,
    month: Month,
    today: CivilDay,
) -> Measured {
    let known = || reports.iter().filter_map(|report| Some((report, terminals.get(&report.terminal)?)));
    let sum = |of: fn(&TerminalRecord) -> bool, number: fn(&HalfDayReport) -> u32| {
        let numbers =
            known().filter(|(_, terminal)| of(terminal)).map(|(report, _)| u64::from(number(report)));
        numbers.fold(None, |sum: Option<u64>, number| Some(sum.unwrap_or(0) + number))
    };
    Measured {
        repeat: sum(|terminal| terminal.mode == Mode::Open, HalfDayReport::short_gaps),
        outside_hours: sum(|terminal| !terminal.hours.is_empty(), |report| report.outside_hours),
        listened_tenths: listened_tenths(reports, terminals, month, today),
    }
}

/// A half-day: whether it is the afternoon of that day.
type Half = (CivilDay, bool);

fn listened_tenths(
    reports: &[HalfDayReport],
    terminals: &TerminalList,
    month: Month,
    today: CivilDay,
) -> Option<u32> {
    let mut by_terminal: BTreeMap<KeyId, BTreeMap<Half, &HalfDayReport>> = BTreeMap::new();
    for report in reports.iter().filter(|report| report.day < today) {
        by_terminal.entry(report.terminal).or_default().insert((report.day, report.afternoon), report);
    }
    if by_terminal.is_empty() {
        return None;
    }
    let measured =
        |terminal: &TerminalRecord| terminal.channel.as_str() == COUNTER && !terminal.hours.is_empty();
    let (mut open, mut listened) = (0u64, 0u64);
    for (id, terminal) in terminals.iter().filter(|(_, terminal)| measured(terminal)) {
        let halves = by_terminal.remove(id).unwrap_or_default();
        for half in expected(terminal, &halves, month, today) {
            match halves.get(&half) {
                Some(report) => {
                    open += u64::from(report.open_s);
                    listened += u64::from(report.listened_s);
                }
                None => open += u64::from(open_s(&terminal.hours, half.0, half_day(half.1))),
            }
        }
    }
    let tenths = (10 * listened + open / 2).checked_div(open)?;
    u32::try_from(tenths).ok()
}

/// The half-days of the month, before `today`, of which the terminal owes a report: from the day after its enrolment, or
/// where it reported before, up to now, or to its last report where it is no longer active.
fn expected(
    terminal: &TerminalRecord,
    halves: &BTreeMap<Half, &HalfDayReport>,
    month: Month,
    today: CivilDay,
) -> impl Iterator<Item = Half> {
    let reported = |half: Option<(&Half, _)>| half.map(|(half, _)| *half);
    let (first, last) = (reported(halves.first_key_value()), reported(halves.last_key_value()));
    let owed = month.first_day().max(terminal.enrolled.map_or(month.first_day(), |day| day.plus_days(1)));
    let from = first.map_or((owed, false), |first| first.min((owed, false)));
    let active = terminal.state == State::Active;
    let to = if active { Some((month.last_day().min(today.plus_days(-1)), true)) } else { last };
    let days = std::iter::successors(Some(from.0), |day| Some(day.plus_days(1)));
    let days = days.take_while(move |day| to.is_some_and(|to| *day <= to.0));
    let halves = days.flat_map(|day| [(day, false), (day, true)]);
    halves.filter(move |half| *half >= from && to.is_some_and(|to| *half <= to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::tests::{month_of, record};
    use ed25519_dalek::SigningKey;

    fn day(yyyymmdd: u32) -> CivilDay {
        CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
    }

    fn of(reports: &[HalfDayReport], record: TerminalRecord, today: u32) -> Measured {
        let mut terminals = TerminalList::default();
        terminals.insert(record).unwrap();
        measured(reports, &terminals, Month::from_yyyymm(202_604).unwrap(), day(today))
    }

    #[test]
    fn what_no_terminal_measured_is_unknown() {
        assert_eq!(of(&[], record(), 20_260_511), Measured::default());
        let anytime = TerminalRecord { hours: Vec::new(), mode: Mode::Attended, ..record() };
        assert_eq!(of(&month_of(&record()), anytime, 20_260_511), Measured::default());
    }

    #[test]
    fn repeats_nights_and_hours_are_summed() {
        let mut reports = month_of(&record());
        assert_eq!(
            of(&reports, record(), 20_260_511),
            Measured { repeat: Some(0), outside_hours: Some(0), listened_tenths: Some(10) }
        );
        reports[0].gaps = [1, 2, 0, 0, 0, 4];
        reports[5].outside_hours = 2;
        let said = of(&reports, record(), 20_260_511);
        assert_eq!((said.repeat, said.outside_hours), (Some(3), Some(2)));
    }

    #[test]
    fn a_half_day_of_silence_is_not_listened_and_the_future_does_not_count() {
        let reports = month_of(&record());
        let half = reports.len() / 2;
        let share = |reports: &[HalfDayReport], record, today| of(reports, record, today).listened_tenths;
        assert_eq!(share(&reports[..half], record(), 20_260_511), Some(5));
        let today = reports[half].day.yyyymmdd();
        assert_eq!(share(&reports[..half], record(), today), Some(10), "the rest of the month is to come");
        let revoked = TerminalRecord { state: State::Revoked, ..record() };
        assert_eq!(share(&reports[..half], revoked, 20_260_511), Some(10), "it listens no more");
        let mut holes = reports.clone();
        holes.retain(|report| report.day.of_month() % 2 == 1);
        assert_eq!(share(&holes, record(), 20_260_511), Some(5));
        assert_eq!(share(&reports[half..], record(), 20_260_511), Some(5), "it was silent at first");
        let enrolled = Some(reports[half].day);
        let new = TerminalRecord { enrolled, ..record() };
        assert_eq!(share(&reports[half..], new.clone(), 20_260_511), Some(10), "it is new");
        let afternoon = reports[half..].iter().position(|report| report.afternoon).unwrap();
        assert_eq!(share(&reports[half + afternoon..], new, 20_260_511), Some(10), "since an afternoon");
    }

    #[test]
    fn a_terminal_that_is_silent_all_month_counts_beside_others() {
        let (second, third) = (SigningKey::from_bytes(&[8; 32]), SigningKey::from_bytes(&[9; 32]));
        let dead = TerminalRecord { key: second.verifying_key(), ..record() };
        let web = TerminalRecord { key: third.verifying_key(), channel: "web".parse().unwrap(), ..record() };
        let share = |records: &[&TerminalRecord], reports: &[HalfDayReport]| {
            let mut terminals = TerminalList::default();
            for record in records {
                terminals.insert((*record).clone()).unwrap();
            }
            let month = Month::from_yyyymm(202_604).unwrap();
            measured(reports, &terminals, month, day(20_260_511)).listened_tenths
        };
        let (alive, reports) = (record(), month_of(&record()));
        assert_eq!(share(&[&alive, &web], &reports), Some(10), "nothing is measured away from the counter");
        assert_eq!(share(&[&alive, &dead], &reports), Some(5));
        let enrolled = CivilDay::from_yyyymmdd(20_260_430).ok();
        let new = TerminalRecord { enrolled, ..dead.clone() };
        assert_eq!(share(&[&alive, &new], &reports), Some(10), "enrolled on the last day");
        let revoked = TerminalRecord { state: State::Revoked, ..dead.clone() };
        assert_eq!(share(&[&alive, &revoked], &reports), Some(10));
        assert_eq!(share(&[&dead], &[]), None, "nobody measured anything");
    }
}
