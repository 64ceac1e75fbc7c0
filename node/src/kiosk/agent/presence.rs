//! How the agent is: to its node by heartbeat, to people on `/status`; and what it measures while time passes.

use super::{
    Agent, CastError,
    moment::{Believed, Doubt},
};
use crate::kiosk::{
    booth::State,
    measuring::Now,
    queue::{BALLOTS_MAX, Queue},
    status::{self, Link, Status, Warning},
};
use bytes::Bytes;
use faccina_proto::{
    envelope::{Envelope, Kind},
    names::Code,
    report::{HalfDayReport, Heartbeat},
    terminals::OpeningHours,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

/// Seconds between two looks at the clock.
const LOOK_S: Duration = Duration::from_secs(10);
/// Share of the queue, in percent, from which staff are told.
const FILLING_PERCENT: usize = 75;

impl Agent {
    /// Measures for as long as it is polled, and forgets each day what was sent. Ends only with a failed disk.
    pub async fn keep_time(self: &Arc<Self>) -> CastError {
        let mut look = interval(LOOK_S);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut booth = self.booth.subscribe();
        loop {
            tokio::select! {
                _ = look.tick() => {}
                // What there is to measure may begin now.
                Ok(()) = booth.changed() => {}
            }
            let agent = Arc::clone(self);
            let passed = spawn_blocking(move || agent.pass(&mut agent.queue.blocking_lock()));
            if let Err(error) = self.settled(passed.await) {
                return error;
            }
        }
    }

    /// Time has passed. What was sent is forgotten also where nothing can be measured: most of all on a terminal that was
    /// revoked, which may be lost.
    fn pass(&self, queue: &mut Queue) -> Result<(), CastError> {
        if let Some((now, hours)) = self.now() {
            let listening = !matches!(self.state(), State::Full | State::Unavailable);
            queue.pass(&now, &hours, listening, |report| self.sign(report))?;
            self.unreported.send_replace(queue.reports().len());
        }
        Ok(queue.forget_sent(self.clock.today(), self.steady_ms())?)
    }

    /// A vote is tapped on the page: at a counter its distance from the others is measured. What was measured is kept with
    /// the ballot.
    pub(super) fn measure(&self, queue: &mut Queue, service: &Code, green: bool) -> Result<(), CastError> {
        let Some((now, hours)) = self.now() else { return Ok(()) };
        queue.tapped(&now, &hours, service, green, |report| self.sign(report))?;
        self.unreported.send_replace(queue.reports().len());
        Ok(())
    }

    /// The moment, and the opening hours; `None` before the node has said these, and where the moment cannot be known.
    fn now(&self) -> Option<(Now, Vec<OpeningHours>)> {
        let booth = self.booth.borrow();
        let booth = booth.as_ref()?;
        let Believed { day, minute, certain } = self.moment(booth).ok()?;
        Some((Now { day, minute, certain, steady_ms: self.steady_ms() }, booth.hours.clone()))
    }

    fn steady_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Signs a report, once.
    fn sign(&self, report: &HalfDayReport) -> Envelope {
        Envelope::seal(Kind::Report, &self.terminal.federation, &self.terminal.key, &report.encode())
    }

    /// How many reports the node does not have; changes wake the uplink.
    pub fn unreported(&self) -> watch::Receiver<usize> {
        self.unreported.subscribe()
    }

    /// The oldest reports that the node does not have.
    pub async fn reports(&self, reports_max: usize) -> Vec<(u64, Bytes)> {
        let queue = self.queue.lock().await;
        queue.reports().iter().take(reports_max).map(|(number, report)| (*number, report.clone())).collect()
    }

    /// Lets go of reports that the node has, or will never take.
    pub async fn reported(self: &Arc<Self>, numbers: Vec<u64>) -> Result<(), CastError> {
        let agent = Arc::clone(self);
        let let_go = spawn_blocking(move || {
            let mut queue = agent.queue.blocking_lock();
            queue.let_go_of_reports(&numbers)?;
            agent.unreported.send_replace(queue.reports().len());
            Ok(())
        });
        self.settled(let_go.await)
    }

    /// How this terminal is, signed.
    pub async fn heartbeat(&self) -> Envelope {
        let queue = self.queue.lock().await;
        let (open_s, listened_s) = self.listened(&queue).unwrap_or_default();
        let heartbeat = Heartbeat {
            terminal: self.terminal.id(),
            now_unix_s: self.clock.now().unix_s,
            queue: u32::try_from(queue.held()).unwrap_or(u32::MAX),
            queue_max: u32::try_from(BALLOTS_MAX).unwrap_or(u32::MAX),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            refused: queue.refused().clone(),
            open_s,
            listened_s,
        };
        Envelope::seal(Kind::Heartbeat, &self.terminal.federation, &self.terminal.key, &heartbeat.encode())
    }

    fn listened(&self, queue: &Queue) -> Option<(u32, u32)> {
        self.now().and_then(|(now, hours)| queue.listened(&now, &hours))
    }

    /// How the agent is.
    pub async fn status(&self) -> Status {
        let queue = self.queue.lock().await;
        let (open_s, listened_s) = self.listened(&queue).unzip();
        let refused = queue.refused().clone();
        drop(queue);
        let warnings = self.warnings();
        let trouble = match &*self.link.borrow() {
            Link::Up => None,
            Link::Revoked => Some(status::REVOKED.to_owned()),
            Link::Down { trouble } => Some(trouble.clone()),
        };
        Status {
            version: env!("CARGO_PKG_VERSION"),
            ente: self.terminal.ente.to_string(),
            state: self.state(),
            connected: trouble.is_none(),
            trouble,
            queue: *self.held.borrow(),
            queue_max: BALLOTS_MAX,
            receipted: self.receipted.load(std::sync::atomic::Ordering::Acquire),
            refused,
            open_s,
            listened_s,
            unreported: *self.unreported.borrow(),
            clock_ahead_s: self.clock_ahead_s(),
            catalogue_version: self.booth.borrow().as_ref().map(|booth| booth.catalogue_version),
            warnings,
        }
    }

    /// What staff should look at.
    fn warnings(&self) -> Vec<Warning> {
        let wrong = self.wrong_clock();
        let filling = *self.held.borrow();
        let filling = (filling * 100 >= BALLOTS_MAX * FILLING_PERCENT).then_some(filling);
        let doubt = self.doubt().and_then(|doubt| match doubt {
            Doubt::Early => None,
            Doubt::Clock => Some(status::lost_in_time()),
            Doubt::Away => Some(status::away_too_long()),
        });
        let clock = wrong.map(status::clock_wrong).or(doubt);
        let revoked = self.is_revoked().then(status::revoked);
        revoked.into_iter().chain(clock).chain(filling.map(status::filling)).collect()
    }

    fn state(&self) -> State {
        self.booth.borrow().as_ref().map_or(State::Unavailable, |booth| self.state_of(booth))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agent_on, tap};
    use super::*;
    use crate::{
        clock::Clock,
        kiosk::{booth, enrolment, queue::Settled, sealed::SealedStore, settings::Calendar, tap::Touch},
        store::{MemoryStore, Store},
    };
    use faccina_proto::{
        ballot::{Face, Reason},
        wire::terminal::v1::{BoothReply, Mode},
    };
    use prost::Message;
    use std::collections::BTreeSet;

    async fn shown(agent: &Arc<Agent>, today: u32) {
        let reply = booth::samples::reply(&[("urp", "URP", "Information")]);
        agent.keep_booth(BoothReply { today, ..reply }.encode_to_vec()).await.unwrap();
    }

    async fn pass(agent: &Arc<Agent>) {
        let agent = Arc::clone(agent);
        spawn_blocking(move || agent.pass(&mut agent.queue.blocking_lock()).unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn a_half_day_is_reported_once_over_restarts_until_the_node_has_it() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let agent = agent_on(store.clone(), Mode::Open);
        shown(&agent, 20_260_415).await;
        for number in 1..=2 {
            agent.take(tap(number, Touch::Vote(Face::Green))).await.unwrap();
            agent.take(tap(number, Touch::Vote(Face::Green))).await.unwrap();
        }
        agent.take(tap(3, Touch::RedAsking)).await.unwrap();
        agent.take(tap(3, Touch::Vote(Face::Red(Some(Reason::First))))).await.unwrap();
        agent.cast_file(b"service,face\nurp,green\n".to_vec(), false, false).await.unwrap();
        drop(agent);
        let agent = agent_on(store.clone(), Mode::Open);
        agent.take(tap(4, Touch::Vote(Face::Green))).await.unwrap();
        assert_eq!(agent.reports(9).await, [], "the half-day is not over");
        shown(&agent, 20_260_416).await;
        pass(&agent).await;
        let reports = agent.reports(9).await;
        assert_eq!((reports.len(), *agent.unreported().borrow()), (1, 1));
        let envelope = Envelope::parse(reports[0].1.clone()).unwrap();
        let (federation, key) = (agent.terminal.federation, agent.terminal.key.verifying_key());
        envelope.verify(Kind::Report, &federation, &key).unwrap();
        let report = HalfDayReport::decode(envelope.payload()).unwrap();
        assert_eq!((report.day.yyyymmdd(), report.afternoon, report.votes()), (20_260_415, false, 4));
        assert_eq!(report.short_gaps(), 2, "the gap across the restart is not known");
        assert_eq!(report.services.values().map(|taps| taps.short_greens).sum::<u32>(), 1);
        drop(agent);
        let agent = agent_on(store, Mode::Open);
        assert_eq!(agent.reports(9).await, reports, "byte for byte");
        agent.reported(vec![reports[0].0]).await.unwrap();
        assert_eq!((agent.reports(9).await, *agent.unreported().borrow()), (Vec::new(), 0));
    }

    #[tokio::test]
    async fn what_was_sent_is_forgotten_also_on_a_revoked_terminal() {
        let (dir, below) = (tempfile::tempdir().unwrap(), Arc::new(MemoryStore::new()));
        let keys = || {
            let names = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.map(|name| name.into_string().unwrap()).collect::<Vec<_>>()
        };
        let agent = || {
            let (terminal, _) = enrolment::samples::terminal(Mode::Open);
            let sealed = SealedStore::open(below.clone(), dir.path()).unwrap();
            let queue = Queue::unseal(Arc::new(sealed), terminal.federation).unwrap();
            let clock = Clock::system().unwrap();
            Arc::new(Agent::new(terminal, queue, clock, Calendar::Own, 15).unwrap())
        };
        let first = agent();
        shown(&first, Clock::system().unwrap().today().yyyymmdd()).await;
        first.take(tap(1, Touch::Vote(Face::Green))).await.unwrap();
        pass(&first).await;
        assert_eq!(keys(), ["queue-1.key"], "a vote waits");
        let waiting = first.oldest(9, &BTreeSet::new()).await;
        first.settle(vec![(waiting[0].number, Settled::Receipted)]).await.unwrap();
        first.forget_booth().await.unwrap();
        pass(&first).await;
        assert_eq!(keys(), ["queue-2.key"], "the node does not know it any more");
        drop(first);
        pass(&agent()).await;
        assert_eq!(keys(), ["queue-3.key"], "nor after a restart");
    }

    #[tokio::test]
    async fn a_heartbeat_says_how_the_terminal_is() {
        let agent = agent_on(Arc::new(MemoryStore::new()), Mode::Open);
        shown(&agent, 20_260_415).await;
        agent.take(tap(1, Touch::Vote(Face::Green))).await.unwrap();
        let envelope = agent.heartbeat().await;
        let (federation, key) = (agent.terminal.federation, agent.terminal.key.verifying_key());
        envelope.verify(Kind::Heartbeat, &federation, &key).unwrap();
        let heartbeat = Heartbeat::decode(envelope.payload()).unwrap();
        assert_eq!((heartbeat.terminal, heartbeat.queue), (agent.terminal.id(), 1));
        assert_eq!(heartbeat.version, env!("CARGO_PKG_VERSION"));
    }

    #[tokio::test]
    async fn staff_are_told_of_a_wrong_clock() {
        let (terminal, _) = enrolment::samples::terminal(Mode::Open);
        let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).unwrap();
        let clock = Clock::shifted(-7_300).unwrap();
        let agent = Agent::new(terminal, queue, clock, Calendar::Own, 15).unwrap();
        assert_eq!(agent.wrong_clock(), None, "not known yet");
        let right = Clock::system().unwrap().now().unix_s;
        agent.hear_clock(right);
        let status = agent.status().await;
        assert_eq!(status.warnings.len(), 1);
        assert!(status.warnings[0].it.contains("indietro di 2 ore"), "{:?}", status.warnings);
        agent.hear_clock(agent.clock.now().unix_s + 119);
        assert_eq!(agent.status().await.warnings, []);
    }
}
