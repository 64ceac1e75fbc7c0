//! Openings of an attended page: each is for one vote of the person just served.

use super::Agent;
use crate::clock::instant;
use faccina_proto::{names::Code, wire::terminal::v1::Mode};
use std::{
    collections::VecDeque,
    sync::{MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Seconds for which staff opens the page to the person just served (DESIGN §5).
pub const OPENING_S: u64 = 60;
/// Bytes of an opening's id.
pub const OPENING_ID_BYTES: usize = 16;
/// Openings that wait for the one before, at most: the node gives fewer to one terminal.
const WAITING_MAX: usize = 8;

/// By which an opening is told from others.
pub type OpeningId = [u8; OPENING_ID_BYTES];

/// The page is open for one vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// By which it can be taken back.
    pub id: OpeningId,
    /// The service that staff concluded; `None` lets the person choose.
    pub service: Option<Code>,
}

/// The opening that is not used up yet, those that wait for its end, and the one that was used up last.
#[derive(Debug, Default)]
pub(super) struct Openings {
    open: Option<Open>,
    /// In the order of the presses, each with the time for which it is to be open.
    waiting: VecDeque<(Opening, Duration)>,
    used: Option<Open>,
}

#[derive(Clone, Debug)]
struct Open {
    opening: Opening,
    lasts: Duration,
    until: Instant,
}

impl Openings {
    pub(super) fn current(&mut self, now: Instant) -> Option<&Opening> {
        self.settle(now);
        self.open.as_ref().map(|open| &open.opening)
    }

    /// Opens, or opens once those before it are used up or over: two desks may share a terminal. `replaces` is the opening
    /// before of the same desk, whose person has left. Whether it is open or waits.
    fn begin(
        &mut self,
        opening: Opening,
        replaces: Option<OpeningId>,
        lasts: Duration,
        now: Instant,
    ) -> bool {
        replaces.into_iter().for_each(|id| self.end(id, now));
        self.settle(now);
        let known = self.open.iter().map(|open| &open.opening).chain(self.waiting.iter().map(|(it, _)| it));
        if known.into_iter().any(|known| known.id == opening.id) {
            return true;
        }
        let is_used = self.used.as_ref().is_some_and(|used| used.opening.id == opening.id);
        if is_used || self.waiting.len() >= WAITING_MAX {
            return false;
        }
        self.waiting.push_back((opening, lasts));
        if self.open.is_none() {
            self.advance(now);
        }
        true
    }

    /// Uses the opening up for a vote on this service. Whether there was one.
    pub(super) fn take(&mut self, service: &Code, now: Instant) -> bool {
        self.settle(now);
        let suits = |open: &mut Open| open.opening.service.as_ref().is_none_or(|it| it == service);
        let Some(taken) = self.open.take_if(suits) else { return false };
        self.used = Some(taken);
        self.advance(now);
        true
    }

    /// What was taken last is open again, for what is left of it; the one after it waits again.
    pub(super) fn take_back(&mut self) {
        let Some(used) = self.used.take() else { return };
        if let Some(Open { opening, lasts, .. }) = self.open.replace(used) {
            self.waiting.push_front((opening, lasts));
        }
    }

    fn end(&mut self, id: OpeningId, now: Instant) {
        self.settle(now);
        self.waiting.retain(|(opening, _)| opening.id != id);
        if self.open.take_if(|open| open.opening.id == id).is_some() {
            self.advance(now);
        }
    }

    fn settle(&mut self, now: Instant) {
        while let Some(over) = self.open.take_if(|open| open.until <= now) {
            self.advance(over.until);
        }
    }

    fn advance(&mut self, from: Instant) {
        let next = self.waiting.pop_front();
        self.open = next.map(|(opening, lasts)| Open { opening, lasts, until: from + lasts });
    }
}

impl Agent {
    /// Opens the page of an attended terminal for one vote within `for_s` seconds, now or after those before it. Whether there
    /// is such a page, and the opening is not used up.
    pub fn open(&self, opening: Opening, replaces: Option<OpeningId>, for_s: u64) -> bool {
        self.terminal.mode == Mode::Attended
            && self.openings().begin(opening, replaces, Duration::from_secs(for_s), instant())
    }

    /// Takes an opening back, open or waiting; the others stay. A vote cast meanwhile stays.
    pub fn withdraw(&self, id: OpeningId) {
        self.openings().end(id, instant());
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

    const LASTS: Duration = Duration::from_secs(60);

    /// A call at this second.
    fn at(s: u64) -> Instant {
        static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(instant);
        *BEGUN + Duration::from_secs(s)
    }

    #[test]
    fn an_opening_serves_one_vote_on_its_service() {
        let (urp, tributi): (Code, Code) = ("urp".parse().unwrap(), "tributi".parse().unwrap());
        let mut openings = Openings::default();
        assert!(openings.begin(opening(1, Some("urp")), None, LASTS, at(0)));
        assert!(!openings.take(&tributi, at(1)));
        assert!(openings.take(&urp, at(1)) && !openings.take(&urp, at(1)));
        openings.take_back();
        assert!(openings.take(&urp, at(2)));
        assert!(
            !openings.begin(opening(1, Some("urp")), None, LASTS, at(2)),
            "told again, it gives no second vote"
        );
        assert!(openings.begin(opening(2, None), None, LASTS, at(3)));
        openings.take_back();
        assert!(openings.take(&urp, at(4)), "the first, whose vote could not be kept");
        assert!(openings.take(&tributi, at(5)), "the newer one is not lost");
        assert!(!openings.take(&tributi, at(6)));
    }

    #[test]
    fn two_desks_give_two_votes_one_after_the_other() {
        let urp: Code = "urp".parse().unwrap();
        let mut openings = Openings::default();
        assert!(openings.begin(opening(1, Some("urp")), None, LASTS, at(0)));
        assert!(openings.begin(opening(2, Some("urp")), None, LASTS, at(10)));
        assert!(openings.begin(opening(2, Some("urp")), None, LASTS, at(10)), "told again");
        assert_eq!(openings.current(at(59)), Some(&opening(1, Some("urp"))));
        assert_eq!(openings.current(at(60)), Some(&opening(2, Some("urp"))), "the first did not vote");
        assert!(openings.begin(opening(3, Some("urp")), Some([2; OPENING_ID_BYTES]), LASTS, at(70)));
        assert_eq!(openings.current(at(129)), Some(&opening(3, Some("urp"))), "of one desk the later one");
        assert!(openings.take(&urp, at(129)) && !openings.take(&urp, at(129)));
        let places = (10..).take_while(|id| openings.begin(opening(*id, None), None, LASTS, at(130))).count();
        assert_eq!(places, WAITING_MAX + 1, "one is open");
        assert_eq!(openings.current(at(130 + 9 * 60)), None);
    }

    #[test]
    fn each_opening_has_its_own_end() {
        let mut openings = Openings::default();
        openings.begin(opening(2, None), None, LASTS, at(0));
        openings.begin(opening(3, None), None, LASTS, at(0));
        openings.end([1; OPENING_ID_BYTES], at(1));
        assert_eq!(openings.current(at(1)), Some(&opening(2, None)));
        openings.end([3; OPENING_ID_BYTES], at(1));
        openings.end([2; OPENING_ID_BYTES], at(1));
        assert_eq!(openings.current(at(1)), None);
    }
}
