//! What the agent says of itself on loopback. No figure is kept anywhere.

use super::{booth::State, queue::BALLOTS_MAX};
use crate::words::{Value, Words, say};
use serde::Serialize;
use std::collections::BTreeMap;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;

/// How the connection to the node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// The node answers.
    Up,
    /// It lets this terminal in no more.
    Revoked,
    /// It does not.
    Down {
        /// Why, in one line.
        trouble: String,
    },
}

/// How the agent is.
#[derive(Debug, Serialize)]
pub struct Status {
    pub(super) version: &'static str,
    pub(super) ente: String,
    /// What the page shows.
    pub(super) state: State,
    pub(super) connected: bool,
    /// Why the node is not connected.
    pub(super) trouble: Option<String>,
    /// Ballots on this device that are not receipted yet.
    pub(super) queue: usize,
    pub(super) queue_max: usize,
    /// Ballots receipted since the agent started.
    pub(super) receipted: u64,
    /// Ballots refused for good, by code.
    pub(super) refused: BTreeMap<String, u64>,
    /// Seconds of opening hours today so far; of the day where the hours are unknown. Measured at counters.
    pub(super) open_s: Option<u32>,
    /// Of these, seconds in which a vote could be cast.
    pub(super) listened_s: Option<u32>,
    /// Reports of half-days that the node does not have yet.
    pub(super) unreported: usize,
    /// By how many seconds this clock is ahead of the node's; unknown before its first answer.
    pub(super) clock_ahead_s: Option<i64>,
    pub(super) catalogue_version: Option<u32>,
    pub(super) warnings: Vec<Warning>,
}

/// A sentence for staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// In Italian.
    pub it: String,
    /// In English.
    pub en: String,
}

impl From<Words> for Warning {
    fn from(Words { it, en }: Words) -> Self {
        Self { it, en }
    }
}

/// For IT, why a revoked terminal is not connected.
pub(super) const REVOKED: &str = "the node lets this terminal in no more: it was revoked. Of votes that wait on it, `faccina terminal revoke` on the node \
     says what becomes of them; then `faccina kiosk --pair-again --code CODE` makes this device a new terminal";

/// Nobody can vote here until the device is paired again.
pub(super) fn revoked() -> Warning {
    say("agent-revoked", &[]).into()
}

/// The clock of this terminal is wrong by so many seconds.
pub(super) fn clock_wrong(ahead_s: i64) -> Warning {
    let span = span(ahead_s.unsigned_abs());
    let key = if ahead_s > 0 { "agent-clock-ahead" } else { "agent-clock-behind" };
    say(key, &[("span", Value::Both(&span))]).into()
}

/// The clock of this terminal shows a day that cannot be.
pub(super) fn lost_in_time() -> Warning {
    say("agent-clock-lost", &[]).into()
}

/// The node has been away for longer than this clock is believed alone, or the clock is ahead.
pub(super) fn away_too_long() -> Warning {
    say("agent-away-too-long", &[]).into()
}

/// So many votes wait that soon none more fit.
pub(super) fn filling(held: usize) -> Warning {
    let count = |number: usize| Value::Count(u64::try_from(number).unwrap_or(u64::MAX));
    say("agent-filling", &[("held", count(held)), ("most", count(BALLOTS_MAX))]).into()
}

/// A length of time in its largest unit.
fn span(seconds: u64) -> Words {
    let (key, count) = match seconds {
        DAY_S.. => ("agent-days", seconds / DAY_S),
        HOUR_S.. => ("agent-hours", seconds / HOUR_S),
        _ => ("agent-minutes", seconds / MINUTE_S),
    };
    say(key, &[("count", Value::Count(count))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_are_told_in_plain_words() {
        let slow = clock_wrong(-7_260);
        assert_eq!(slow.it, "L’orologio di questo terminale è indietro di 2 ore: va regolato.");
        assert_eq!(slow.en, "The clock of this terminal is 2 hours slow: it must be set.");
        assert_eq!(
            clock_wrong(86_400).it,
            "L’orologio di questo terminale è avanti di un giorno: va regolato."
        );
        assert_eq!(
            filling(30_000).it,
            "Su questo terminale attendono 30.000 voti, ne entrano 40.000: va collegato alla rete."
        );
    }
}
