//! How a terminal is, in words: what somebody should look at comes first.

use crate::intake::{CLOCK_WRONG_S, SILENT_S};
use faccina_proto::wire::admin::v1::TerminalHealth;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;

/// One line about a terminal that was heard since the node started.
pub(super) fn in_words(health: &TerminalHealth) -> String {
    let mut words = Vec::new();
    if health.silent_s >= SILENT_S {
        words.push(format!("SILENT for {}: is it switched on and connected?", span(health.silent_s)));
    } else {
        words.push("connected".to_owned());
    }
    if let Some(ahead_s) = health.clock_ahead_s.filter(|ahead_s| ahead_s.unsigned_abs() > CLOCK_WRONG_S) {
        let side = if ahead_s > 0 { "fast" } else { "slow" };
        words.push(format!("CLOCK {} {side}: set it", span(ahead_s.unsigned_abs())));
    }
    if health.queue > 0 {
        words.push(format!("up to {} of {} votes wait on it", health.queue, health.queue_max));
    } else {
        words.push("no votes wait".to_owned());
    }
    if health.open_s > 0 {
        let share = u64::from(health.listened_s) * 100 / u64::from(health.open_s);
        words.push(format!("listened {share} % of today's hours so far"));
    }
    words.push(format!("version {}", health.version));
    words.join(", ")
}

/// The same of one that was revoked: it is not listened to any more.
pub(super) fn of_revoked(health: &TerminalHealth) -> String {
    let waiting = match health.queue {
        0 => "no votes waited".to_owned(),
        queue => format!("up to {queue} votes waited"),
    };
    format!("{waiting} on it when it was last heard, {} ago", span(health.silent_s))
}

/// A length of time, in its two largest units at most.
fn span(seconds: u64) -> String {
    match seconds {
        DAY_S.. => format!("{} d {} h", seconds / DAY_S, seconds % DAY_S / HOUR_S),
        HOUR_S.. => format!("{} h {} min", seconds / HOUR_S, seconds % HOUR_S / MINUTE_S),
        MINUTE_S.. => format!("{} min", seconds / MINUTE_S),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_should_look_at_is_said() {
        let well = TerminalHealth {
            silent_s: 12,
            queue: 0,
            queue_max: 40_000,
            version: "0.1.0".to_owned(),
            clock_ahead_s: Some(-1),
            open_s: 9_000,
            listened_s: 8_940,
        };
        assert_eq!(
            in_words(&well),
            "connected, no votes wait, listened 99 % of today's hours so far, version 0.1.0"
        );
        assert_eq!(of_revoked(&well), "no votes waited on it when it was last heard, 12 s ago");
        let ill = TerminalHealth {
            silent_s: 12_010,
            queue: 35,
            clock_ahead_s: Some(-7_260),
            open_s: 0,
            listened_s: 0,
            ..well
        };
        assert_eq!(
            in_words(&ill),
            "SILENT for 3 h 20 min: is it switched on and connected?, CLOCK 2 h 1 min slow: set it, \
             up to 35 of 40000 votes wait on it, version 0.1.0"
        );
    }
}
