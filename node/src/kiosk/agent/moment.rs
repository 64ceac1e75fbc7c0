//! What time it is, as far as this device can know: its own clock, set right by the node's while the node is heard, and never
//! a day that the node has left behind.
//!
//! The day of a vote is signed once. A device without a battery for its clock starts years back; what it signed so would be
//! refused later, when nobody can be asked again. So a day that cannot be is not used: the page is unavailable until the
//! node, or whoever sets the clock, gives a better one.

use super::Agent;
use crate::{
    clock::{Moment, instant},
    intake::CLOCK_WRONG_S,
    kiosk::{booth::Booth, settings::Calendar},
};
use faccina_proto::{calendar::CivilDay, limits::BALLOT_AGE_DAYS_MAX};
use std::time::Instant;

/// What the node said its clock shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    /// By how much this clock was ahead.
    ahead_s: i64,
    /// What this clock showed.
    own_unix_s: u64,
    /// When, by a clock that nobody sets.
    at: Instant,
}

/// A moment that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Believed {
    pub(super) day: CivilDay,
    /// `None` where only the day is known.
    pub(super) minute: Option<u32>,
    /// Whether the minute can be relied on.
    pub(super) certain: bool,
}

impl Agent {
    /// The node says what its clock shows. In the demo that is no clock to go by.
    pub fn hear_clock(&self, node_unix_s: u64) {
        if self.calendar == Calendar::Own {
            let own_unix_s = self.clock.now().unix_s;
            let ahead_s = i64::try_from(i128::from(own_unix_s) - i128::from(node_unix_s));
            self.heard.send_replace(ahead_s.ok().map(|ahead_s| Heard { ahead_s, own_unix_s, at: instant() }));
        }
    }

    /// By how much this clock is ahead of the node's. Unknown before the node's first word, and again when this clock was
    /// set since, or stood still with the device.
    pub(super) fn clock_ahead_s(&self) -> Option<i64> {
        let heard = (*self.heard.borrow())?;
        let passed_s = i128::from(heard.at.elapsed().as_secs());
        let own_s = i128::from(self.clock.now().unix_s) - i128::from(heard.own_unix_s);
        ((own_s - passed_s).unsigned_abs() <= u128::from(CLOCK_WRONG_S)).then_some(heard.ahead_s)
    }

    /// By how much this clock is ahead, where somebody should set it.
    pub(super) fn wrong_clock(&self) -> Option<i64> {
        self.clock_ahead_s().filter(|ahead_s| ahead_s.unsigned_abs() > CLOCK_WRONG_S)
    }

    /// Now; `None` where this device cannot know it.
    pub(super) fn moment(&self, booth: &Booth) -> Option<Believed> {
        match self.calendar {
            Calendar::Node => Some(Believed { day: booth.today, minute: None, certain: true }),
            Calendar::Own => believed(&self.own_moment()?, booth.today),
        }
    }

    fn own_moment(&self) -> Option<Moment> {
        let own = self.clock.now();
        match self.wrong_clock() {
            None => Some(own),
            Some(ahead_s) => self.clock.at(own.unix_s.checked_add_signed(ahead_s.checked_neg()?)?),
        }
    }

    /// Whether somebody has to set this clock before votes can be taken.
    pub(super) fn is_lost_in_time(&self) -> bool {
        self.booth.borrow().as_ref().is_some_and(|booth| self.moment(booth).is_none())
    }
}

/// What can be believed of a moment, when the node's last day is known. A terminal that does not hear its node for longer
/// than votes are taken has lost them already.
fn believed(moment: &Moment, last_day: CivilDay) -> Option<Believed> {
    match last_day.days_until(moment.day) {
        0..=BALLOT_AGE_DAYS_MAX => {
            Some(Believed { day: moment.day, minute: Some(moment.minute.into()), certain: true })
        }
        // Midnight has passed at the node alone: this clock is up to a day slow.
        -1 => Some(Believed { day: last_day, minute: Some(0), certain: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        kiosk::{
            agent::CastError,
            booth::{self, State},
            enrolment,
            queue::Queue,
            tap::{Tap, TapId, Touch},
        },
        store::MemoryStore,
    };
    use faccina_proto::{
        ballot::{Cast, Face},
        envelope::Envelope,
        wire::terminal::v1::{BoothReply, Mode},
    };
    use prost::Message;
    use std::{collections::BTreeSet, sync::Arc};

    const DAY_S: i64 = 86_400;

    /// An agent whose clock is ahead by so much, and that knows the services and day of its node.
    async fn agent(ahead_s: i64, today: CivilDay) -> Arc<Agent> {
        let (terminal, _) = enrolment::samples::terminal(Mode::Open);
        let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).unwrap();
        let clock = Clock::shifted(ahead_s).unwrap();
        let agent = Arc::new(Agent::new(terminal, queue, clock, Calendar::Own, 15).unwrap());
        let reply = booth::samples::reply(&[("urp", "URP", "Information")]);
        let reply = BoothReply { today: today.yyyymmdd(), ..reply };
        agent.keep_booth(reply.encode_to_vec()).await.unwrap();
        agent
    }

    async fn vote(agent: &Arc<Agent>, number: u8) -> Result<(), CastError> {
        let touch = Touch::Vote(Face::Green);
        let tap = Tap { id: TapId([number; 16]), service: "urp".parse().unwrap(), touch, invite: None };
        agent.take(tap).await.map(drop)
    }

    async fn days(agent: &Agent) -> Vec<CivilDay> {
        let casts = agent.oldest(9, &BTreeSet::new()).await;
        let day = |cast: bytes::Bytes| Cast::decode(Envelope::parse(cast).unwrap().payload()).unwrap().day;
        casts.into_iter().map(|waiting| day(waiting.cast)).collect()
    }

    #[tokio::test]
    async fn no_vote_is_taken_on_a_day_that_cannot_be() {
        let right = Clock::system().unwrap();
        for ahead_s in [-400 * DAY_S, 400 * DAY_S] {
            let agent = agent(ahead_s, right.today()).await;
            let refused = vote(&agent, 1).await.unwrap_err();
            assert_eq!(refused.state(), Some(State::Unavailable), "{ahead_s}");
            let file = agent.cast_file(b"service,face\nurp,green\n".to_vec(), false, false).await;
            assert!(matches!(file, Err(CastError::LostInTime)));
            let status = agent.status().await;
            assert_eq!((status.state, status.warnings.len()), (State::Unavailable, 1));
            // The node is heard: its clock is the one to go by.
            agent.hear_clock(right.now().unix_s);
            vote(&agent, 1).await.unwrap();
            assert_eq!(days(&agent).await, [right.today()]);
        }
    }

    #[tokio::test]
    async fn a_clock_slow_over_midnight_uses_the_day_of_the_node() {
        let right = Clock::system().unwrap();
        let tomorrow = right.today().plus_days(1);
        let agent = agent(0, tomorrow).await;
        vote(&agent, 1).await.unwrap();
        assert_eq!(days(&agent).await, [tomorrow]);
    }

    #[test]
    fn a_moment_is_believed_from_the_last_day_of_the_node_on() {
        let moment = Clock::demo(CivilDay::from_yyyymmdd(20_260_415).unwrap()).unwrap().now();
        let told = |last: i64| believed(&moment, moment.day.plus_days(last));
        let now = Believed { day: moment.day, minute: Some(540), certain: true };
        assert_eq!([told(0), told(-BALLOT_AGE_DAYS_MAX)], [Some(now); 2]);
        let next = Believed { day: moment.day.plus_days(1), minute: Some(0), certain: false };
        assert_eq!([told(1), told(2), told(-BALLOT_AGE_DAYS_MAX - 1)], [Some(next), None, None]);
    }

    #[tokio::test]
    async fn a_wrong_clock_is_set_right_as_long_as_nobody_touches_it() {
        let right = Clock::system().unwrap();
        let agent = agent(-7_200, right.today()).await;
        agent.hear_clock(right.now().unix_s);
        let own = agent.own_moment().unwrap();
        assert!(own.unix_s.abs_diff(right.now().unix_s) <= 1);
        // As if it had been set meanwhile.
        let set = (*agent.heard.borrow()).map(|it| Heard { own_unix_s: it.own_unix_s - 7_200, ..it });
        agent.heard.send_replace(set);
        assert_eq!((agent.clock_ahead_s(), agent.wrong_clock()), (None, None));
    }
}
