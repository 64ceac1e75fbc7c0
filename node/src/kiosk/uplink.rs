//! The stream to the node: ballots up in batches, answers down, again and again until each is answered for good.
//!
//! A connection that fails is tried again after a pause that doubles up to a bound. Nothing is lost by a failure at any
//! point: a ballot leaves the queue only when its answer has been verified, and a resend is byte-identical, so the node
//! answers it with the same receipt.

mod presence;

use super::{
    agent::{Agent, BoothRefusal, CastError, InviteRefusal, Question},
    queue::{Settled, Waiting},
    settings::Calendar,
    status::{self, Link},
};
use crate::{
    link::{self, NodeAddress},
    telling::sentence,
};
use faccina_proto::{
    ballot::Receipt,
    envelope::{Envelope, Id, Kind},
    limits::CASTS_PER_MESSAGE_MAX,
    names,
    wire::terminal::v1::{
        Answer, AnswerBatch, BoothRequest, CastBatch, CheckInviteRequest, NotYet, answer, check_invite_reply,
        terminal_client::TerminalClient,
    },
};
use futures::stream::{FuturesUnordered, StreamExt};
use prost::Message;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, transport::Channel};

/// Most casts sent and not yet answered: four batches, so that one is always on its way while another is written.
const IN_FLIGHT_MAX: usize = 4 * CASTS_PER_MESSAGE_MAX;
/// Messages between the feeding and the stream: one, so that the window above is what bounds.
const OUTGOING_MESSAGES: usize = 1;
/// Questions about invites on their way at once: half the calls that a node takes on one connection.
const QUESTIONS_ASKED_MAX: usize = 32;
/// Pause before the first new try, in milliseconds.
const PAUSE_MS_MIN: u64 = 250;
/// Longest pause between tries, in milliseconds: a node that is back is found within a quarter of a minute.
const PAUSE_MS_MAX: u64 = 15_000;
/// Seconds after which a connection counts as a good one, even if nothing was sent.
const STEADY_S: u64 = 30;
/// Seconds after which an unanswered cast makes the connection count as lost.
const ANSWER_S_MAX: u64 = 30;
/// Longest rest of a ballot answered `NotYet`, in seconds, unless the node's day changes first. The node may name a shorter.
const REST_S: u64 = 600;
/// Shortest rest: a node that names none at all is not asked without end.
const REST_S_MIN: u64 = 5;
/// Seconds between two questions of what to show.
const BOOTH_S: Duration = Duration::from_secs(60);
/// The same where the node's calendar is followed: the demo's days last seconds.
const BOOTH_OF_CALENDAR_S: Duration = Duration::from_secs(1);
/// Longest code of a refusal that is counted, in bytes.
const REFUSAL_CODE_BYTES_MAX: usize = 48;

/// Why a connection ended. The next try follows by itself.
#[derive(Debug, thiserror::Error)]
enum Lost {
    /// The node is away, or its address is wrong.
    #[error("cannot reach the node at {node}")]
    Connection {
        node: String,
        #[source]
        source: tonic::transport::Error,
    },
    /// The node says why: it is overloaded, or does not know this terminal.
    #[error("the node answers: {}", .0.message())]
    Status(#[from] Status),
    /// The node stopped, or was restarted.
    #[error("the node ended the stream")]
    Ended,
    /// The network or the node hangs.
    #[error("no answer within {ANSWER_S_MAX} s")]
    Silent,
    /// The node's software is wrong, or it is not this terminal's node.
    #[error("an answer is wrong: {0}")]
    Answer(&'static str),
    /// Update the agent or the node.
    #[error(transparent)]
    Booth(#[from] BoothRefusal),
    /// The disk failed; the agent stops.
    #[error(transparent)]
    Cast(#[from] CastError),
}

impl Lost {
    /// Whether the node does not know this terminal any more.
    fn is_unknown_here(&self) -> bool {
        matches!(self, Self::Status(status) if matches!(status.code(), Code::Unauthenticated | Code::NotFound))
    }

    /// The error and its sources, for the log and the status.
    fn in_words(&self) -> String {
        // What the node says is the whole of it.
        if let Self::Status(_) = self { self.to_string() } else { sentence(self) }
    }
}

/// Keeps a connection to the node for as long as it is polled; `moved` is where it is now, if not where it was paired.
pub async fn run(agent: Arc<Agent>, moved: Option<NodeAddress>) -> Infallible {
    let node = moved.unwrap_or_else(|| agent.terminal().pairing.node.clone());
    let mut pause_ms = PAUSE_MS_MIN;
    loop {
        let session = Session::new(Arc::clone(&agent));
        let Err(lost) = session.run(&node).await;
        let unknown_here = lost.is_unknown_here();
        let trouble = if unknown_here { status::REVOKED.to_owned() } else { lost.in_words() };
        if session.flow().was_useful() {
            pause_ms = PAUSE_MS_MIN;
        }
        tracing::warn!(trouble, pause_ms, "node not connected");
        agent.set_link(if unknown_here { Link::Revoked } else { Link::Down { trouble } });
        if unknown_here {
            // A broken disk stops the agent elsewhere.
            let _ = agent.forget_booth().await;
        }
        // Terminals that lost the same node do not come back in the same instant.
        sleep(Duration::from_millis(pause_ms + rand::random_range(0..=pause_ms / 2))).await;
        pause_ms = (pause_ms * 2).min(PAUSE_MS_MAX);
    }
}

/// One connection from its first byte to its last.
struct Session {
    agent: Arc<Agent>,
    flow: Mutex<Flow>,
    node_clock: Mutex<Option<presence::NodeClock>>,
}

/// What is on its way. Times are seconds of this session.
#[derive(Default)]
struct Flow {
    now_s: u64,
    in_flight: VecDeque<Sent>,
    /// Answered for good, and on their way out of the queue.
    settling: BTreeSet<u64>,
    resting: BTreeMap<u64, u64>,
    answered: bool,
}

struct Sent {
    number: u64,
    ballot: Id,
    at_s: u64,
}

impl Session {
    fn new(agent: Arc<Agent>) -> Self {
        Self { agent, flow: Mutex::default(), node_clock: Mutex::default() }
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, node: &NodeAddress) -> Result<Infallible, Lost> {
        let connected = link::connect(node, self.agent.terminal().pairing.node_key).await;
        let channel = connected.map_err(|source| Lost::Connection { node: node.to_string(), source })?;
        self.ask_booth(channel.clone()).await?;
        self.agent.set_link(Link::Up);
        tracing::info!("node connected");
        let (batches, outgoing) = mpsc::channel(OUTGOING_MESSAGES);
        let ended = tokio::try_join!(
            self.feed(batches),
            self.answers(channel.clone(), outgoing),
            self.keep_asking_booth(channel.clone()),
            self.check_invites(channel.clone()),
            self.listen(channel.clone()),
            self.speak(channel.clone()),
            self.report(channel),
            self.watch(),
        );
        ended.map(|(never, ..)| never)
    }

    fn authorised<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.agent.terminal().pairing.bearer.clone());
        request
    }

    async fn ask_booth(&self, channel: Channel) -> Result<(), Lost> {
        let terminal = self.agent.terminal().id().as_bytes().to_vec().into();
        let request = self.authorised(BoothRequest { terminal });
        let reply = TerminalClient::new(channel).booth(request).await?;
        if self.agent.keep_booth(reply.into_inner().encode_to_vec()).await? {
            // What the node did not take yet, it may take on its new day.
            self.flow().resting.clear();
        }
        Ok(())
    }

    async fn keep_asking_booth(&self, channel: Channel) -> Result<Infallible, Lost> {
        let period = match self.agent.calendar() {
            Calendar::Own => BOOTH_S,
            Calendar::Node => BOOTH_OF_CALENDAR_S,
        };
        loop {
            sleep(period).await;
            self.ask_booth(channel.clone()).await?;
        }
    }

    /// Asks the node about invites, for as long as somebody waits for the answer.
    async fn check_invites(&self, channel: Channel) -> Result<Infallible, Lost> {
        let mut questions = self.agent.questions().await;
        let mut asked = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(answered) = asked.next() => answered?,
                question = questions.recv(), if asked.len() < QUESTIONS_ASKED_MAX => {
                    let question = question.ok_or(Lost::Ended)?;
                    if question.is_awaited() {
                        asked.push(self.check_invite(channel.clone(), question));
                    }
                }
            }
        }
    }

    async fn check_invite(&self, channel: Channel, question: Question) -> Result<(), Lost> {
        let terminal = self.agent.terminal().id().as_bytes().to_vec().into();
        let invite_hash = question.invite.as_bytes().to_vec().into();
        let asked = self.authorised(CheckInviteRequest { terminal, invite_hash });
        let reply = TerminalClient::new(channel).check_invite(asked).await?.into_inner();
        question.answer(word(reply.answer)?);
        Ok(())
    }

    /// Sends what waits, oldest first, within the window.
    async fn feed(&self, batches: mpsc::Sender<CastBatch>) -> Result<Infallible, Lost> {
        let mut held = self.agent.held();
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (skip, room) = self.flow().plan();
            let batch = self.agent.oldest(room.min(CASTS_PER_MESSAGE_MAX), &skip).await;
            if batch.is_empty() {
                // Nothing to send, or no room: an answer or a new ballot changes the queue, a second ends a rest.
                tokio::select! {
                    changed = held.changed() => changed.map_err(|_| Lost::Ended)?,
                    _ = second.tick() => {}
                }
                continue;
            }
            let casts = batch.iter().map(|waiting| waiting.cast.clone()).collect();
            self.flow().sent(&batch);
            batches.send(CastBatch { casts }).await.map_err(|_| Lost::Ended)?;
        }
    }

    /// Takes the answers as they come.
    async fn answers(
        &self,
        channel: Channel,
        outgoing: mpsc::Receiver<CastBatch>,
    ) -> Result<Infallible, Lost> {
        let mut client = TerminalClient::new(channel);
        let mut answers = client.cast(self.authorised(ReceiverStream::new(outgoing))).await?.into_inner();
        loop {
            let batch = answers.message().await?.ok_or(Lost::Ended)?;
            let settled = self.read(batch)?;
            if !settled.is_empty() {
                self.agent.settle(settled).await?;
                let mut flow = self.flow();
                flow.settling.clear();
                flow.answered = true;
            }
        }
    }

    /// Counts the seconds, and notices when answers stay away.
    async fn watch(&self) -> Result<Infallible, Lost> {
        loop {
            sleep(Duration::from_secs(1)).await;
            if !self.flow().another_second() {
                return Err(Lost::Silent);
            }
        }
    }

    /// Matches answers to what was sent; the first wrong one ends the connection, and nothing is let go for it.
    fn read(&self, batch: AnswerBatch) -> Result<Vec<(u64, Settled)>, Lost> {
        let mut flow = self.flow();
        let mut settled = Vec::with_capacity(batch.answers.len());
        for answer in batch.answers {
            let sent = flow.answered(&answer)?;
            match answer.answer {
                Some(answer::Answer::Receipt(receipt)) => {
                    self.check_receipt(&receipt, sent.ballot)?;
                    flow.settling.insert(sent.number);
                    settled.push((sent.number, Settled::Receipted));
                }
                Some(answer::Answer::Refusal(refusal)) => {
                    flow.settling.insert(sent.number);
                    settled.push((sent.number, Settled::Refused(countable(&refusal.code))));
                }
                Some(answer::Answer::NotYet(not_yet)) => {
                    let rest_s = not_yet.again_s.map_or(REST_S, |again_s| REST_S.min(again_s.into()));
                    let until_s = flow.now_s + rest_s.max(REST_S_MIN);
                    flow.resting.insert(sent.number, until_s);
                }
                None => return Err(Lost::Answer("it says nothing")),
            }
        }
        Ok(settled)
    }

    fn check_receipt(&self, bytes: &bytes::Bytes, ballot: Id) -> Result<(), Lost> {
        let terminal = self.agent.terminal();
        let envelope = Envelope::parse(bytes.clone()).map_err(|_| Lost::Answer("it is no envelope"))?;
        envelope
            .verify(Kind::Receipt, &terminal.federation, &terminal.receipt_key)
            .map_err(|_| Lost::Answer("its receipt is not signed by this terminal's node"))?;
        match Receipt::decode(envelope.payload()) {
            Ok(receipt) if receipt.ballot == ballot => Ok(()),
            _ => Err(Lost::Answer("its receipt is for another ballot")),
        }
    }
}

impl Flow {
    /// What not to send now, and how many casts may follow.
    fn plan(&mut self) -> (BTreeSet<u64>, usize) {
        let now_s = self.now_s;
        self.resting.retain(|_, until_s| *until_s > now_s);
        let skip = self.in_flight.iter().map(|sent| sent.number).chain(self.resting.keys().copied());
        (
            skip.chain(self.settling.iter().copied()).collect(),
            IN_FLIGHT_MAX.saturating_sub(self.in_flight.len()),
        )
    }

    fn sent(&mut self, batch: &[Waiting]) {
        let at_s = self.now_s;
        self.in_flight.extend(batch.iter().map(|waiting| Sent {
            number: waiting.number,
            ballot: waiting.ballot,
            at_s,
        }));
    }

    /// What this answer is about. One without an id is about a cast that could not be read: the oldest on its way.
    fn answered(&mut self, answer: &Answer) -> Result<Sent, Lost> {
        let place = if answer.ballot_id.is_empty() {
            Some(0)
        } else {
            self.in_flight.iter().position(|sent| sent.ballot.as_bytes().as_slice() == answer.ballot_id)
        };
        place
            .and_then(|place| self.in_flight.remove(place))
            .ok_or(Lost::Answer("it is about a ballot that was not sent"))
    }

    /// Whether the next try may follow at once: a node that is overloaded, or refuses, is left more and more alone.
    fn was_useful(&self) -> bool {
        self.answered || self.now_s >= STEADY_S
    }

    /// Whether answers still come.
    fn another_second(&mut self) -> bool {
        self.now_s += 1;
        self.in_flight.front().is_none_or(|oldest| self.now_s - oldest.at_s <= ANSWER_S_MAX)
    }
}

/// The node's word on an invite. What is not to be asked again at a time of its own waits for somebody to act.
fn word(answer: Option<check_invite_reply::Answer>) -> Result<Result<names::Code, InviteRefusal>, Lost> {
    match answer {
        Some(check_invite_reply::Answer::Service(service)) => {
            Ok(Ok(service.parse().map_err(|_| Lost::Answer("its service has a wrong code"))?))
        }
        Some(check_invite_reply::Answer::Refusal(refusal)) => {
            Ok(Err(InviteRefusal::Refused(countable(&refusal.code))))
        }
        Some(check_invite_reply::Answer::NotYet(NotYet { again_s: Some(_), .. })) => {
            Ok(Err(InviteRefusal::TriesUsedUp))
        }
        Some(check_invite_reply::Answer::NotYet(_)) => Ok(Err(InviteRefusal::Unavailable)),
        None => Err(Lost::Answer("it says nothing")),
    }
}

/// A code as it may stand in the status: short, in plain letters.
fn countable(code: &str) -> String {
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    let code: String = code.chars().filter(plain).take(REFUSAL_CODE_BYTES_MAX).collect();
    if code.is_empty() { "unnamed".to_owned() } else { code }
}

#[cfg(test)]
mod tests;
