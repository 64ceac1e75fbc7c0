//! What time it is, as far as this device can know: its own clock, set right by the node's while the node is heard, and never
//! a day that the node has left behind.
//!
//! The day of a vote is signed once. A device without a battery for its clock starts years back, and anybody may set a clock
//! months ahead; what is signed so would be refused later, when nobody can be asked again. So a day that cannot be is not
//! used: the page is unavailable until the node, or whoever sets the clock, gives a better one. While the node can be heard,
//! or is about to be, its day is the measure; this clock is gone by alone only where there is nothing else.

use super::Agent;
use crate::{
    clock::{Moment, instant},
    intake::CLOCK_WRONG_S,
    kiosk::{booth::Booth, settings::Calendar},
};
use faccina_proto::{calendar::CivilDay, limits::CAST_AHEAD_DAYS_MAX};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Days after the node's last one for which this clock is believed alone: no office is away from its network for longer.
const ALONE_DAYS_MAX: i64 = 60;
/// Time after the start in which a node within reach is heard: two tries at least, and a network that comes up late.
const HEARING_S_MAX: Duration = Duration::from_secs(30);

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

/// Why no moment can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// This run has just begun: the node is about to say whether so many days have passed.
    Early,
    /// This clock is wrong.
    Clock,
    /// The node has been away for very long, or this clock is ahead.
    Away,
}

/// What stands behind the day that this clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backing {
    /// The node's word: nobody has set this clock since.
    Word,
    /// The node's day, a minute old at most; this clock was set since the node said what its own shows, or it has not yet.
    Day,
    /// As much is to be expected within seconds.
    Awaited,
    /// Nothing: the node is away.
    Nothing,
}

impl Backing {
    fn days_ahead_max(self) -> i64 {
        match self {
            Self::Word => i64::MAX,
            Self::Day | Self::Awaited => CAST_AHEAD_DAYS_MAX,
            Self::Nothing => ALONE_DAYS_MAX,
        }
    }

    /// Why a day further ahead is not believed.
    fn doubt(self) -> Doubt {
        match self {
            Self::Word | Self::Day => Doubt::Clock,
            Self::Awaited => Doubt::Early,
            Self::Nothing => Doubt::Away,
        }
    }
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

    /// Whether the node should say again what its clock shows: this one was set since, or stood still.
    pub fn doubts_its_clock(&self) -> bool {
        self.heard.borrow().is_some() && self.clock_ahead_s().is_none()
    }

    /// Now, or why this device cannot know it.
    pub(super) fn moment(&self, booth: &Booth) -> Result<Believed, Doubt> {
        match self.calendar {
            Calendar::Node => Ok(Believed { day: booth.today, minute: None, certain: true }),
            Calendar::Own => believed(&self.own_moment().ok_or(Doubt::Clock)?, booth.today, self.backing()),
        }
    }

    fn backing(&self) -> Backing {
        if self.clock_ahead_s().is_some() {
            Backing::Word
        } else if self.is_connected() {
            Backing::Day
        } else if self.awaits_word() {
            Backing::Awaited
        } else {
            Backing::Nothing
        }
    }

    fn awaits_word(&self) -> bool {
        self.heard.borrow().is_none()
            && self.started.elapsed() < HEARING_S_MAX
            && !self.goes_on_from_what_waits()
    }

    /// Whether this clock shows the day of the newest vote that waited at the start, or the next: it went on meanwhile.
    fn goes_on_from_what_waits(&self) -> bool {
        let days = self.waited.map(|day| day.days_until(self.clock.today()));
        days.is_some_and(|days| (0..=CAST_AHEAD_DAYS_MAX).contains(&days))
    }

    /// Waits, where the day cannot be known without it, for the node's word; not longer than one within reach needs.
    pub async fn hears_node(&self) {
        let left = HEARING_S_MAX.saturating_sub(self.started.elapsed());
        if self.doubt() == Some(Doubt::Early) {
            // Without it this clock is gone by.
            let _ = timeout(left, self.heard.subscribe().wait_for(Option::is_some)).await;
        }
    }

    fn own_moment(&self) -> Option<Moment> {
        let own = self.clock.now();
        match self.wrong_clock() {
            None => Some(own),
            Some(ahead_s) => self.clock.at(own.unix_s.checked_add_signed(ahead_s.checked_neg()?)?),
        }
    }

    /// Why no vote can be taken now, where that is for want of the time.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        self.booth.borrow().as_ref().and_then(|booth| self.moment(booth).err())
    }
}

/// What can be believed of a moment, when the node's last day is known.
fn believed(moment: &Moment, last_day: CivilDay, backing: Backing) -> Result<Believed, Doubt> {
    let days = last_day.days_until(moment.day);
    match days {
        0.. if days <= backing.days_ahead_max() => {
            Ok(Believed { day: moment.day, minute: Some(moment.minute.into()), certain: true })
        }
        0.. => Err(backing.doubt()),
        // Midnight has passed at the node alone: this clock is up to a day slow.
        -1 => Ok(Believed { day: last_day, minute: Some(0), certain: false }),
        _ => Err(Doubt::Clock),
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
            status::Link,
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

    /// An agent whose clock is ahead by so much, that has just started and knows the services and day of its node.
    async fn agent(ahead_s: i64, today: CivilDay) -> Arc<Agent> {
        started(Duration::ZERO, ahead_s, today).await
    }

    /// The same, started so long ago.
    async fn started(ago: Duration, ahead_s: i64, today: CivilDay) -> Arc<Agent> {
        let (terminal, _) = enrolment::samples::terminal(Mode::Open);
        let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).unwrap();
        let clock = Clock::shifted(ahead_s).unwrap();
        let agent = Agent::new(terminal, queue, clock, Calendar::Own, 15).unwrap();
        let agent = Arc::new(Agent { started: instant().checked_sub(ago).unwrap(), ..agent });
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
            let agent = started(HEARING_S_MAX, ahead_s, right.today()).await;
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
        let told = |last: i64, backing| believed(&moment, moment.day.plus_days(last), backing);
        let now = Believed { day: moment.day, minute: Some(540), certain: true };
        let next = Believed { day: moment.day.plus_days(1), minute: Some(0), certain: false };
        let all = [
            (Backing::Word, 400, Ok(now)),
            (Backing::Day, CAST_AHEAD_DAYS_MAX, Err(Doubt::Clock)),
            (Backing::Awaited, CAST_AHEAD_DAYS_MAX, Err(Doubt::Early)),
            (Backing::Nothing, ALONE_DAYS_MAX, Err(Doubt::Away)),
        ];
        for (backing, days, beyond) in all {
            assert_eq!([told(0, backing), told(-days, backing)], [Ok(now); 2]);
            assert_eq!(told(-days - 1, backing), beyond, "{backing:?}");
            assert_eq!([told(1, backing), told(2, backing)], [Ok(next), Err(Doubt::Clock)]);
        }
    }

    #[tokio::test]
    async fn a_clock_that_was_just_set_signs_nothing_while_the_node_is_there() {
        let right = Clock::system().unwrap();
        // As if the clock had been right until now, and set to the middle of winter.
        let agent = agent(50 * DAY_S, right.today()).await;
        agent.set_link(Link::Up);
        let own_unix_s = right.now().unix_s;
        agent.heard.send_replace(Some(Heard { ahead_s: 0, own_unix_s, at: instant() }));
        assert!(agent.doubts_its_clock());
        let refused = vote(&agent, 1).await.unwrap_err();
        assert_eq!(refused.state(), Some(State::Unavailable));
        agent.hear_clock(right.now().unix_s);
        assert!(!agent.doubts_its_clock());
        vote(&agent, 1).await.unwrap();
        assert_eq!(days(&agent).await, [right.today()]);
    }

    #[tokio::test]
    async fn many_days_are_believed_alone_once_the_node_could_have_been_heard() {
        let right = Clock::system().unwrap();
        let last = right.today().plus_days(-9);
        let early = agent(0, last).await;
        assert_eq!(early.doubt(), Some(Doubt::Early));
        assert_eq!(early.status().await.warnings, [], "soon it is known");
        vote(&early, 1).await.unwrap_err();
        let alone = started(HEARING_S_MAX, 0, last).await;
        alone.hears_node().await;
        vote(&alone, 1).await.unwrap();
        let waiting = Arc::clone(&early);
        let heard = tokio::spawn(async move { waiting.hears_node().await });
        early.hear_clock(right.now().unix_s);
        heard.await.unwrap();
        vote(&early, 1).await.unwrap();
        assert_eq!([days(&early).await, days(&alone).await], [[right.today()]; 2]);
    }

    #[tokio::test]
    async fn a_terminal_that_is_away_for_long_is_not_said_to_have_a_wrong_clock() {
        let right = Clock::system().unwrap();
        let last = right.today().plus_days(-ALONE_DAYS_MAX - 1);
        let agent = started(HEARING_S_MAX, 0, last).await;
        assert_eq!(vote(&agent, 1).await.unwrap_err().state(), Some(State::Unavailable));
        let warnings = agent.status().await.warnings;
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].it.contains("60 giorni"), "{warnings:?}");
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
