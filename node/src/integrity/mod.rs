//! Whether the votes of a month look like those of the people served: what terminals report of each half-day, kept until
//! the month is closed, and what follows from it for each service.
//!
//! A mark ("da verificare") is laid on services, never on a terminal or on a person, deletes no vote, and is an invitation to
//! look. The tests and their thresholds are those of the statistics page, section 6.3; how they are kept from marking the
//! honest (rush hours, families, children) is written in `oddity`.
//!
//! Deliberately absent: anything that is kept once the month is closed, and anything that a single vote moves while it is open.

mod book;
mod oddity;
mod marks;
mod observed;

pub use self::book::{Book, BookError, look_through};
pub use self::marks::{Check, Evidence, to_verify};
pub use self::observed::{Measured, measured};

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use faccina_proto::calendar::{CivilDay, Month};
    use faccina_proto::meter::{half_day, open_s};
    use faccina_proto::report::{HalfDayReport, Taps};
    use faccina_proto::terminals::{Leftover, Mode, OpeningHours, State, TerminalRecord};

    /// Monday to Friday, 8:30 to 12:30 and 14:30 to 17:00.
    fn counter() -> Vec<OpeningHours> {
        let weekdays = (1..=5).flat_map(|weekday| [(weekday, 510, 750), (weekday, 870, 1_020)]);
        weekdays.map(|(weekday, from, to)| OpeningHours::new(weekday, from, to).unwrap()).collect()
    }

    pub(super) fn record() -> TerminalRecord {
        TerminalRecord {
            key: SigningKey::from_bytes(&[7; 32]).verifying_key(),
            name: "Totem".to_owned(),
            channel: "counter".parse().unwrap(),
            branch: "centro".parse().unwrap(),
            services: ["anagrafe".parse().unwrap()].into(),
            mode: Mode::Open,
            state: State::Active,
            hours: counter(),
            leftover: Leftover::Undecided,
            enrolled: None,
        }
    }

    /// April 2026 at this terminal, as ordinary as can be: eight votes in each half-day, far apart.
    pub(super) fn month_of(record: &TerminalRecord) -> Vec<HalfDayReport> {
        let month = Month::from_yyyymm(202_604).unwrap();
        let days = std::iter::successors(Some(CivilDay::from_yyyymmdd(20_260_401).unwrap()), |day| {
            Some(day.plus_days(1)).filter(|day| day.month() == month)
        });
        let halves = days.flat_map(|day| [(day, false), (day, true)]);
        let reports = halves.filter_map(|(day, afternoon)| {
            let open_s = open_s(&record.hours, day, half_day(afternoon));
            let taps = Taps { votes: 8, short_gaps: 0, short_greens: 0 };
            (open_s > 0).then(|| HalfDayReport {
                open_s,
                listened_s: open_s,
                in_last_half_hour: 1,
                most_in_60_s: 1,
                gaps: [0, 0, 0, 0, 0, 8],
                services: [("anagrafe".parse().unwrap(), taps)].into(),
                ..HalfDayReport::empty(record.id(), day, afternoon)
            })
        });
        reports.collect()
    }
}
