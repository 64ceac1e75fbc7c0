//! What goes between terminal and node beside ballots: what the node tells, how the terminal is, what it measured. None of
//! it holds up a ballot: a call that fails is made again later.

use super::{Lost, Session};
use crate::{
    clock::instant,
    kiosk::{
        agent::{Agent, OPENING_S, Opening, OpeningId},
        status::Link,
    },
};
use faccina_proto::{
    limits::REPORTS_PER_MESSAGE_MAX,
    wire::terminal::v1::{
        self as wire, HeartbeatRequest, ReportRequest, WatchRequest, notice::Notice,
        terminal_client::TerminalClient,
    },
};
use std::{
    convert::Infallible,
    future::pending,
    sync::PoisonError,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use tonic::{Code, Status, transport::Channel};

/// Between two heartbeats.
const HEARTBEAT_S: Duration = Duration::from_secs(60);
/// Between two looks whether this clock was set, so that the next heartbeat cannot wait.
const LOOK_S: Duration = Duration::from_secs(5);
/// Before reports are sent again to a node that takes none now.
const REPORTS_REST_S: Duration = Duration::from_secs(60);
/// Seconds within which staff can take an opening back, with its way to the terminal: the node grants seven.
const UNDO_S_MAX: Duration = Duration::from_secs(8);
/// Longest time for which an opening lies on its way, in seconds: a connection that lets nothing through ends before.
const ON_ITS_WAY_S_MAX: u64 = 30;

/// What the node's clock showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeClock {
    unix_s: u64,
    /// When it was asked, so that a slow answer makes it later and never earlier than it is.
    asked: Instant,
}

impl NodeClock {
    fn now_unix_s(self) -> u64 {
        self.unix_s + instant().saturating_duration_since(self.asked).as_secs()
    }
}

/// The openings that came over this connection. As long as staff can take one back it ends with the
/// connection, over which they could not; later a person stands before it, and it has its own end.
struct OpenedHere<'a> {
    agent: &'a Agent,
    recent: Vec<(OpeningId, Instant)>,
}

impl Drop for OpenedHere<'_> {
    fn drop(&mut self) {
        for (id, opened) in &self.recent {
            if opened.elapsed() < UNDO_S_MAX {
                self.agent.withdraw(*id);
            }
        }
    }
}

impl Session {
    /// Does what the node tells, for as long as the connection lasts.
    pub(super) async fn listen(&self, channel: Channel) -> Result<Infallible, Lost> {
        let terminal = self.agent.terminal().id().as_bytes().to_vec().into();
        let asked = self.authorised(WatchRequest { terminal });
        let mut notices = match TerminalClient::new(channel.clone()).watch(asked).await {
            Ok(told) => told.into_inner(),
            Err(status) => return self.without(status).await,
        };
        let mut opened = OpenedHere { agent: &self.agent, recent: Vec::new() };
        loop {
            match notices.message().await?.ok_or(Lost::Ended)?.notice {
                Some(Notice::Opening(told)) => {
                    let service = told.service.parse();
                    let service = service.map_err(|_| Lost::Answer("it opens for no service"))?;
                    let id = opening_id(&told.id)?;
                    if is_clock_set_back(&told, self.node_unix_s()) {
                        self.beat(&mut TerminalClient::new(channel.clone())).await;
                    }
                    let left_s = left_s(&told, self.node_unix_s());
                    let opening = Opening { id, service: Some(service) };
                    // Where there is no page to open, staff see that nobody votes.
                    let replaces =
                        (!told.replaces.is_empty()).then(|| opening_id(&told.replaces)).transpose()?;
                    if left_s > 0 && self.agent.open(opening, replaces, left_s) {
                        opened.recent.retain(|(_, opened)| opened.elapsed() < UNDO_S_MAX);
                        opened.recent.push((id, instant()));
                    }
                }
                Some(Notice::Withdrawal(withdrawal)) => {
                    self.agent.withdraw(opening_id(&withdrawal.id)?);
                }
                Some(Notice::Changed(_)) => self.ask_booth(channel.clone()).await?,
                // A notice of a newer node.
                None => {}
            }
        }
    }

    /// Says how this terminal is, each minute; sooner where its clock was set, for then it takes no vote on its own word.
    pub(super) async fn speak(&self, channel: Channel) -> Result<Infallible, Lost> {
        let mut client = TerminalClient::new(channel);
        loop {
            self.beat(&mut client).await;
            let said = instant();
            while said.elapsed() < HEARTBEAT_S {
                sleep(LOOK_S).await;
                if self.agent.doubts_its_clock() {
                    break;
                }
            }
        }
    }

    /// Says how this terminal is, and hears the node's clock.
    async fn beat(&self, client: &mut TerminalClient<Channel>) {
        let heartbeat = self.agent.heartbeat().await.bytes().clone();
        let asked = instant();
        match client.heartbeat(self.authorised(HeartbeatRequest { heartbeat })).await {
            Ok(heard) => {
                let unix_s = heard.into_inner().now_unix_s;
                *self.node_clock.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(NodeClock { unix_s, asked });
                self.agent.hear_clock(unix_s);
            }
            Err(status) => tracing::debug!(status = status.message(), "no heartbeat"),
        }
    }

    /// What the node's clock shows, once it has said so.
    fn node_unix_s(&self) -> Option<u64> {
        let clock = *self.node_clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.map(NodeClock::now_unix_s)
    }

    /// Hands over the reports of half-days that are over; each is kept until the node has it.
    pub(super) async fn report(&self, channel: Channel) -> Result<Infallible, Lost> {
        let mut client = TerminalClient::new(channel);
        let mut unreported = self.agent.unreported();
        loop {
            unreported.wait_for(|reports| *reports > 0).await.map_err(|_| Lost::Ended)?;
            let (numbers, reports): (Vec<_>, Vec<_>) =
                self.agent.reports(REPORTS_PER_MESSAGE_MAX).await.into_iter().unzip();
            match client.report(self.authorised(ReportRequest { reports })).await {
                Ok(taken) => {
                    for refused in taken.into_inner().refused {
                        tracing::warn!(refused.message, "the node does not keep a report");
                    }
                    self.agent.reported(numbers).await?;
                }
                Err(status) => {
                    tracing::debug!(status = status.message(), "no report");
                    sleep(REPORTS_REST_S).await;
                }
            }
        }
    }

    /// The node tells this terminal nothing: it was revoked, and only what waits on it may go over.
    async fn without(&self, status: Status) -> Result<Infallible, Lost> {
        if status.code() != Code::FailedPrecondition {
            return Err(status.into());
        }
        self.agent.set_link(Link::Revoked);
        Ok(pending().await)
    }
}

/// Seconds for which an opening is still good: one that lay on its way is open for what is left of it, or not at all. Before
/// the node has said what its clock shows the connection is too new for anything to have lain on it.
fn left_s(opening: &wire::Opening, node_unix_s: Option<u64>) -> u64 {
    let for_s = u64::from(opening.for_s).min(OPENING_S);
    node_unix_s.map_or(for_s, |now_unix_s| for_s.min(opening.until_unix_s.saturating_sub(now_unix_s)))
}

/// Whether an opening is older, by what its node's clock was thought to show, than one can be that has just arrived: then
/// that clock was set back since it was heard.
fn is_clock_set_back(opening: &wire::Opening, node_unix_s: Option<u64>) -> bool {
    let opened_unix_s = opening.until_unix_s.saturating_sub(opening.for_s.into());
    node_unix_s.is_some_and(|now_unix_s| now_unix_s > opened_unix_s.saturating_add(ON_ITS_WAY_S_MAX))
}

fn opening_id(bytes: &[u8]) -> Result<OpeningId, Lost> {
    bytes.try_into().map_err(|_| Lost::Answer("its opening has a wrong id"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        kiosk::{agent::OPENING_ID_BYTES, booth, enrolment, queue::Queue, settings::Calendar},
        store::MemoryStore,
    };
    use faccina_proto::wire::terminal::v1::Mode;
    use prost::Message;
    use std::sync::Arc;

    #[test]
    fn an_opening_that_comes_late_is_open_for_what_is_left_of_it() {
        let opening = wire::Opening { for_s: 60, until_unix_s: 1_060, ..wire::Opening::default() };
        assert_eq!(left_s(&opening, None), 60, "the connection is new");
        assert_eq!([1_000, 1_025, 1_060, 1_090].map(|now| left_s(&opening, Some(now))), [60, 35, 0, 0]);
        assert_eq!(left_s(&opening, Some(500)), 60, "never longer than it says");
        let endless = wire::Opening { for_s: 6_000, until_unix_s: 7_000, ..wire::Opening::default() };
        assert_eq!(left_s(&endless, Some(1_000)), OPENING_S);
    }

    #[test]
    fn an_opening_older_than_it_can_be_shows_that_the_nodes_clock_was_set_back() {
        let opening = wire::Opening { for_s: 60, until_unix_s: 1_060, ..wire::Opening::default() };
        let asks = |now_unix_s| is_clock_set_back(&opening, now_unix_s);
        let now = [None, Some(900), Some(1_000), Some(1_030), Some(1_031), Some(2_000)];
        assert_eq!(now.map(asks), [false, false, false, false, true, true]);
    }

    #[tokio::test]
    async fn a_lost_connection_closes_the_page_only_while_staff_could_take_it_back() {
        let (terminal, _) = enrolment::samples::terminal(Mode::Attended);
        let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).unwrap();
        let clock = Clock::system().unwrap();
        let agent = Arc::new(Agent::new(terminal, queue, clock, Calendar::Node, 15).unwrap());
        let reply = booth::samples::reply(&[("urp", "URP", "Information")]);
        agent.keep_booth(reply.encode_to_vec()).await.unwrap();
        for (id, ago, after) in [(1, Duration::ZERO, "closed"), (2, UNDO_S_MAX, "open")] {
            let id = [id; OPENING_ID_BYTES];
            assert!(agent.open(Opening { id, service: None }, None, OPENING_S));
            let opened = instant().checked_sub(ago).unwrap();
            drop(OpenedHere { agent: &agent, recent: vec![(id, opened)] });
            let shown = agent.show(|page| serde_json::to_value(page).unwrap()["state"].clone());
            assert_eq!(shown, Some(after.into()));
        }
    }

    #[test]
    fn a_slow_answer_makes_the_nodes_clock_later_never_earlier() {
        let asked = instant().checked_sub(Duration::from_secs(20)).unwrap();
        let clock = NodeClock { unix_s: 1_000, asked };
        assert!(clock.now_unix_s() >= 1_020);
    }
}
