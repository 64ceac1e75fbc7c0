//! What an invite gives the right to: the node is asked before the person votes. While it is away the vote is taken and
//! counts if the invite turns out to be good.

use super::Agent;
use crate::kiosk::tap::TapId;
use faccina_proto::{admission::InviteTries, invites::InviteHash, names::Code};
use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{self, mpsc, oneshot},
    time::timeout,
};

/// Longest wait for the node's word, in seconds: the person stands before the page.
const ANSWER_S_MAX: Duration = Duration::from_secs(2);
/// The same at the vote, where its word was good before: then it is thanked for provisionally.
const CONFIRM_S_MAX: Duration = Duration::from_secs(1);
/// Questions that wait for the node at once: more than a page has guests, so that whoever asks about made-up invites takes
/// nobody's place. They wait in the order in which they came.
const QUESTIONS_WAITING_MAX: usize = 1_024;
/// Rights remembered between the question and the vote. One that is forgotten is asked for again.
const RIGHTS_MAX: usize = 1024;
/// The node's code for an invite that it never gave out.
const UNKNOWN: &str = "invite-unknown";
/// The same for one that has voted; said here too, for a vote that the node has not seen yet.
const SPENT: &str = "invite-spent";

/// What an invite gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// One vote on this service.
    Service(Code),
    /// Nobody knows yet: the node is away. The person chooses the service, and the node decides later.
    Unproven,
}

/// What an invite was found to give at the vote itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The right.
    pub right: Right,
    /// Whether the node decides only later: it could not be asked just now.
    pub provisional: bool,
}

/// Why an invite gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteRefusal {
    /// Final; the node's code for it.
    #[error("the invite gives no vote here: {0}")]
    Refused(String),
    /// In a minute there are new tries.
    #[error("too many codes at this terminal: try again in a minute")]
    TriesUsedUp,
    /// When somebody has acted: the terminal is suspended or revoked.
    #[error("this terminal takes no vote now")]
    Unavailable,
    /// Soon there is an answer: others are being asked about, or the node is slow.
    #[error("the node has not answered in time: try again")]
    Busy,
}

/// A question on its way to the node.
#[derive(Debug)]
pub struct Question {
    /// The invite.
    pub invite: InviteHash,
    answer: oneshot::Sender<Result<Code, InviteRefusal>>,
}

impl Question {
    /// Gives the node's word to who waits for it.
    pub fn answer(self, word: Result<Code, InviteRefusal>) {
        // Who has stopped waiting asks again.
        let _ = self.answer.send(word);
    }

    /// Whether somebody still waits.
    pub fn is_awaited(&self) -> bool {
        !self.answer.is_closed()
    }
}

/// Questions, answers and tries of this terminal. In memory only.
#[derive(Debug)]
pub(super) struct InviteDesk {
    ask: mpsc::Sender<Question>,
    asked: sync::Mutex<mpsc::Receiver<Question>>,
    book: std::sync::Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    tries: InviteTries,
    rights: BTreeMap<TapId, Right>,
}

impl Book {
    fn remember(&mut self, invite: TapId, right: Right) {
        if self.rights.len() >= RIGHTS_MAX {
            self.rights.pop_first();
        }
        self.rights.insert(invite, right);
    }
}

impl InviteDesk {
    pub(super) fn new() -> Self {
        let (ask, asked) = mpsc::channel(QUESTIONS_WAITING_MAX);
        Self { ask, asked: sync::Mutex::new(asked), book: std::sync::Mutex::default() }
    }

    /// The node's word within this time.
    async fn word(&self, invite: InviteHash, within: Duration) -> Result<Code, InviteRefusal> {
        let (answer, answered) = oneshot::channel();
        // Too many questions, or too long a wait, are no leave to vote unchecked: anybody could bring them about.
        self.ask.try_send(Question { invite, answer }).map_err(|_| InviteRefusal::Busy)?;
        let word = timeout(within, answered).await.map_err(|_| InviteRefusal::Busy)?;
        word.map_err(|_| InviteRefusal::Busy)?
    }

    /// The book changes by whole insertions, so a poisoned lock guards a sound one.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent {
    /// What this invite gives the right to. Unknown ones, and those that nobody can check now, use up tries at a counter.
    pub async fn check_invite(&self, invite: InviteHash) -> Result<Right, InviteRefusal> {
        let id = TapId::of_invite(&invite);
        if self.has_voted(id).await {
            return Err(InviteRefusal::Refused(SPENT.to_owned()));
        }
        if let Some(right) = self.right(id) {
            return Ok(right);
        }
        let (terminal, now_s) = (self.terminal.id(), self.clock.now().unix_s);
        if self.invites.book().tries.used_up(&terminal, now_s) {
            return Err(InviteRefusal::TriesUsedUp);
        }
        let right = match self.is_connected() {
            true => self.invites.word(invite, ANSWER_S_MAX).await.map(Right::Service),
            false => Ok(Right::Unproven),
        };
        let tried = match &right {
            Ok(right) => *right == Right::Unproven,
            Err(refusal) => matches!(refusal, InviteRefusal::Refused(code) if code == UNKNOWN),
        };
        let mut book = self.invites.book();
        if tried {
            book.tries.count(terminal, &self.terminal.channel, now_s);
        }
        if let Ok(right) = &right {
            book.remember(id, right.clone());
        }
        right
    }

    /// What this invite gives at the vote itself. A right found before is asked about anew, for it may have been used
    /// elsewhere or have ended meanwhile; where the node has no time to answer, it decides later.
    pub async fn confirm_invite(&self, invite: InviteHash) -> Result<Proof, InviteRefusal> {
        let id = TapId::of_invite(&invite);
        let Some(before @ Right::Service(_)) = self.right(id) else {
            let right = self.check_invite(invite).await?;
            return Ok(Proof { provisional: right == Right::Unproven, right });
        };
        let word = match self.is_connected() {
            true => self.invites.word(invite, CONFIRM_S_MAX).await,
            false => Err(InviteRefusal::Busy),
        };
        match word {
            Ok(service) => {
                let right = Right::Service(service);
                self.invites.book().remember(id, right.clone());
                Ok(Proof { right, provisional: false })
            }
            Err(InviteRefusal::Busy | InviteRefusal::TriesUsedUp) => {
                Ok(Proof { right: before, provisional: true })
            }
            Err(refusal @ (InviteRefusal::Refused(_) | InviteRefusal::Unavailable)) => {
                self.invites.book().rights.remove(&id);
                Err(refusal)
            }
        }
    }

    /// The vote of this invite was taken on trust, and said to be so also when it is sent again.
    pub fn remember_unproven(&self, invite: TapId) {
        self.invites.book().remember(invite, Right::Unproven);
    }

    /// The right that this invite was found to give, if it was asked about.
    pub fn right(&self, invite: TapId) -> Option<Right> {
        self.invites.book().rights.get(&invite).cloned()
    }

    /// Whether this invite has voted at this terminal, as far as it remembers.
    pub async fn has_voted(&self, invite: TapId) -> bool {
        let queue = self.queue.lock().await;
        queue.counted(invite) || queue.draft(invite).is_some()
    }

    /// The node is back and knows better.
    pub(super) fn forget_unproven(&self) {
        self.invites.book().rights.retain(|_, right| *right != Right::Unproven);
    }

    /// The questions, for the one connection that can ask the node.
    pub async fn questions(&self) -> sync::MutexGuard<'_, mpsc::Receiver<Question>> {
        self.invites.asked.lock().await
    }
}
