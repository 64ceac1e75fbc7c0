//! Openings of an attended page: each is for one vote of the person just served.

use super::Agent;
use faccina_proto::{names::Code, wire::terminal::v1::Mode};
use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

/// Seconds for which staff opens the page to the person just served (DESIGN §5).
pub const OPENING_S: u64 = 60;
/// Bytes of an opening's id.
pub const OPENING_ID_BYTES: usize = 16;

/// The page is open for one vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// By which it can be taken back.
    pub id: [u8; OPENING_ID_BYTES],
    /// The service that staff concluded; `None` lets the person choose.
    pub service: Option<Code>,
}

/// The opening that is not used up yet, and the one that was used up last.
#[derive(Debug, Default)]
pub(super) struct Openings {
    open: Option<Opening>,
    used: Option<Opening>,
}

impl Openings {
    pub(super) fn current(&self) -> Option<&Opening> {
        self.open.as_ref()
    }

    /// Opens, unless the vote of this very opening is cast already.
    fn begin(&mut self, opening: Opening) -> bool {
        let is_new = self.used.as_ref().is_none_or(|used| used.id != opening.id);
        if is_new {
            self.open = Some(opening);
        }
        is_new
    }

    /// Uses the opening up for a vote on this service. Whether there was one.
    pub(super) fn take(&mut self, service: &Code) -> bool {
        let suits = |opening: &mut Opening| opening.service.as_ref().is_none_or(|it| it == service);
        let taken = self.open.take_if(suits);
        let was_open = taken.is_some();
        self.used = taken.or(self.used.take());
        was_open
    }

    /// What was taken last is open again, unless staff opened anew meanwhile.
    pub(super) fn take_back(&mut self) {
        let used = self.used.take();
        self.open = self.open.take().or(used);
    }

    fn end(&mut self, id: [u8; OPENING_ID_BYTES]) {
        self.open.take_if(|opening| opening.id == id);
    }
}

impl Agent {
    /// Opens the page of an attended terminal for one vote within `for_s` seconds. Whether there is such a page, and the
    /// opening is not used up.
    pub fn open(self: &Arc<Self>, opening: Opening, for_s: u64) -> bool {
        if self.terminal.mode != Mode::Attended {
            return false;
        }
        let id = opening.id;
        if !self.openings().begin(opening) {
            return false;
        }
        let agent = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(for_s)).await;
            agent.withdraw(id);
        });
        true
    }

    /// Takes an opening back; each has its own time, so that the end of an earlier one leaves a later one alone. A vote cast
    /// meanwhile stays.
    pub fn withdraw(&self, id: [u8; OPENING_ID_BYTES]) {
        self.openings().end(id);
    }

    /// Openings change by whole values, so a poisoned lock guards a sound one.
    pub(super) fn openings(&self) -> MutexGuard<'_, Openings> {
        self.openings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(id: u8, service: Option<&str>) -> Opening {
        Opening { id: [id; OPENING_ID_BYTES], service: service.map(|code| code.parse().unwrap()) }
    }

    #[test]
    fn an_opening_serves_one_vote_on_its_service() {
        let (urp, tributi): (Code, Code) = ("urp".parse().unwrap(), "tributi".parse().unwrap());
        let mut openings = Openings { open: Some(opening(1, Some("urp"))), used: None };
        assert!(!openings.take(&tributi));
        assert!(openings.take(&urp) && !openings.take(&urp));
        openings.take_back();
        assert!(openings.take(&urp));
        assert!(!openings.begin(opening(1, Some("urp"))), "told again, it gives no second vote");
        assert!(openings.begin(opening(2, None)));
        openings.take_back();
        assert_eq!(openings.current(), Some(&opening(2, None)), "the newer one is not lost");
        assert!(openings.take(&tributi));
    }

    #[test]
    fn each_opening_has_its_own_end() {
        let mut openings = Openings { open: Some(opening(2, None)), used: None };
        openings.end([1; OPENING_ID_BYTES]);
        assert!(openings.current().is_some());
        openings.end([2; OPENING_ID_BYTES]);
        assert_eq!(openings.current(), None);
    }
}
