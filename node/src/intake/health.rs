//! How the terminals are, as each last said of itself. In memory only, the newest heartbeat of each: a node that starts
//! anew knows nothing of a terminal until it is heard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use faccina_proto::envelope::KeyId;
use faccina_proto::report::Heartbeat;
use faccina_proto::terminals::TerminalList;

use crate::clock::instant;

/// Seconds by which a terminal's clock may be wrong before somebody should set it.
pub const CLOCK_WRONG_S: u64 = 120;
/// Seconds without a heartbeat after which a terminal counts as silent: three were missed.
pub const SILENT_S: u64 = 210;

/// How one terminal was when it was last heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    heard: Instant,
    /// What it said.
    pub heartbeat: Heartbeat,
    /// By how many seconds its clock is ahead of the node's; unknown where the node's calendar is simulated.
    pub clock_ahead_s: Option<i64>,
}

impl Health {
    /// Seconds since it was heard.
    pub fn silent_s(&self) -> u64 {
        self.heard.elapsed().as_secs()
    }
}

/// The newest heartbeat of each terminal of the list. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct HealthBook {
    heard: Arc<Mutex<BTreeMap<KeyId, Health>>>,
}

impl HealthBook {
    /// Keeps a heartbeat whose signature was checked; `list` bounds what is kept. `now_unix_s` is the node's clock, `None`
    /// where it is simulated.
    pub(crate) fn hear(&self, heartbeat: Heartbeat, now_unix_s: Option<u64>, list: &TerminalList) {
        let mut heard = self.heard();
        heard.retain(|terminal, _| list.get(terminal).is_some());
        let clock_ahead_s = now_unix_s.map(|now| {
            let ahead = i128::from(heartbeat.now_unix_s) - i128::from(now);
            i64::try_from(ahead).unwrap_or(i64::MAX)
        });
        heard.insert(heartbeat.terminal, Health { heard: instant(), heartbeat, clock_ahead_s });
    }

    /// How a terminal was when it was last heard since this node started.
    pub(crate) fn of(&self, terminal: &KeyId) -> Option<Health> {
        self.heard().get(terminal).cloned()
    }

    /// The list changes by whole insertions, so a poisoned lock guards a sound one.
    fn heard(&self) -> MutexGuard<'_, BTreeMap<KeyId, Health>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use faccina_proto::terminals::{Leftover, Mode, State, TerminalRecord};

    fn record(key: u8) -> TerminalRecord {
        TerminalRecord {
            key: SigningKey::from_bytes(&[key; 32]).verifying_key(),
            name: "Sportello".to_owned(),
            channel: "counter".parse().unwrap(),
            branch: "centro".parse().unwrap(),
            services: [("urp").parse().unwrap()].into(),
            mode: Mode::Open,
            state: State::Active,
            hours: Vec::new(),
            leftover: Leftover::Undecided,
            enrolled: None,
        }
    }

    fn heartbeat(terminal: KeyId, now_unix_s: u64) -> Heartbeat {
        Heartbeat {
            terminal,
            now_unix_s,
            queue: 3,
            queue_max: 40_000,
            version: "0.1.0".to_owned(),
            refused: BTreeMap::new(),
            open_s: 60,
            listened_s: 60,
        }
    }

    #[test]
    fn the_newest_word_of_each_terminal_in_the_list_is_kept() {
        let book = HealthBook::default();
        let (first, second) = (record(1), record(2));
        let mut both = TerminalList::default();
        both.insert(first.clone()).unwrap();
        let mut one = both.clone();
        both.insert(second.clone()).unwrap();
        book.hear(heartbeat(second.id(), 1_000), Some(1_000), &both);
        book.hear(heartbeat(first.id(), 1_000), Some(8_200), &both);
        assert_eq!(book.of(&first.id()).unwrap().clock_ahead_s, Some(-7_200));
        book.hear(heartbeat(first.id(), u64::MAX), Some(0), &both);
        assert_eq!(book.of(&first.id()).unwrap().clock_ahead_s, Some(i64::MAX));
        assert_eq!(book.of(&second.id()).unwrap().clock_ahead_s, Some(0));
        one.set_state(&first.id(), State::Suspended);
        book.hear(heartbeat(first.id(), 1), None, &one);
        assert_eq!(
            book.of(&first.id()).unwrap().clock_ahead_s,
            None,
            "the demo's calendar says nothing of a clock"
        );
        assert_eq!(book.of(&second.id()), None, "who is not in the list is forgotten");
    }
}
