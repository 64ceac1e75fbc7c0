//! What staff should look at before the next person stands there.

use crate::{
    intake::{CLOCK_WRONG_S, Health},
    words::{Words, say},
};

/// A queue this full, in percent, is told before the terminal takes no more votes.
const QUEUE_PERCENT_MAX: u64 = 90;

/// How the terminal stands that a desk opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Listening,
    Away,
    /// Suspended, revoked, or no longer one that this desk opens.
    Off,
}

/// The sentences about a desk without services, and about its terminal with what it last said of itself.
pub(super) fn of(without_services: bool, terminal: Option<(Standing, Option<&Health>)>) -> Vec<Words> {
    let mut keys = Vec::new();
    if without_services {
        keys.push("counter-no-services");
    }
    if let Some((standing, health)) = terminal {
        match standing {
            Standing::Listening => {}
            Standing::Away => keys.push("counter-terminal-away"),
            Standing::Off => keys.push("counter-terminal-off"),
        }
        if health.is_some_and(is_clock_wrong) {
            keys.push("counter-terminal-clock");
        }
        if health.is_some_and(|health| is_queue_full(health.heartbeat.queue, health.heartbeat.queue_max)) {
            keys.push("counter-terminal-full");
        }
    }
    keys.into_iter().map(|key| say(key, &[])).collect()
}

fn is_clock_wrong(health: &Health) -> bool {
    health.clock_ahead_s.is_some_and(|ahead| ahead.unsigned_abs() > CLOCK_WRONG_S)
}

fn is_queue_full(queue: u32, queue_max: u32) -> bool {
    queue_max > 0 && u64::from(queue) * 100 >= u64::from(queue_max) * QUEUE_PERCENT_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_are_told_of_a_desk_without_services_and_of_a_terminal_that_is_away() {
        let count = |without, terminal| of(without, terminal).len();
        assert_eq!(count(false, None), 0);
        assert_eq!(count(false, Some((Standing::Listening, None))), 0);
        assert_eq!(count(true, Some((Standing::Away, None))), 2);
        assert!(of(false, Some((Standing::Off, None)))[0].it.contains("sospeso"));
    }

    #[test]
    fn a_queue_is_full_before_it_takes_no_more() {
        assert!(!is_queue_full(35_999, 40_000) && is_queue_full(36_000, 40_000));
        assert!(!is_queue_full(0, 0), "a terminal that says no bound has said nothing");
    }
}
