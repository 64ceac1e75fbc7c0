//! The line to the node: one connection, pinned to the key of the pairing, made when it is needed and again when it is lost.

use crate::device::pairing::Pairing;
use crate::{
    link::{self, NodeAddress},
    telling::sentence,
};
use faccina_proto::wire::desk::v1::{Warning, desk_client::DeskClient};
use prost::Message;
use std::{
    future::Future,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;
use tonic::{Code, Request, Response, Status, transport::Channel};

/// Longest wait for the node: beyond it a person presses again.
const ANSWER_S_MAX: Duration = Duration::from_secs(5);

/// Answers that are none: the connection broke, or the node is stopping.
const AWAY: [Code; 4] = [Code::Unavailable, Code::Unknown, Code::Cancelled, Code::DeadlineExceeded];

/// Why the node did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No answer: whether it was done is unknown, the same act may be sent again.
    Away(String),
    /// The node knows this desk no longer.
    Removed,
    /// The node says why: to staff, where it has a sentence for them, and to whoever mends it.
    Refused { told: Option<Warning>, detail: String },
}

/// The line of one desk.
#[derive(Debug)]
pub struct Line {
    pairing: Pairing,
    node: NodeAddress,
    channel: Mutex<Option<Channel>>,
    removed: AtomicBool,
    refused: Refused,
}

impl Line {
    /// `moved` is where the node is now, if not where it was paired.
    pub fn new(pairing: Pairing, moved: Option<NodeAddress>) -> Self {
        let node = moved.unwrap_or_else(|| pairing.node.clone());
        Self {
            pairing,
            node,
            channel: Mutex::new(None),
            removed: AtomicBool::new(false),
            refused: Refused::default(),
        }
    }

    /// Where the node is.
    pub fn node(&self) -> &NodeAddress {
        &self.node
    }

    /// Whether the node last said that it knows this desk no longer.
    pub fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    /// Asks the node. `call` is given a client and the message with the desk's token.
    pub async fn ask<M, T, F>(
        &self,
        message: M,
        call: impl FnOnce(DeskClient<Channel>, Request<M>) -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let asked = async {
            let client = DeskClient::new(self.connected().await?);
            let mut request = Request::new(message);
            request.metadata_mut().insert("authorization", self.pairing.bearer.clone());
            let answer = call(client, request).await.map_err(|status| self.trouble(&status))?;
            self.removed.store(false, Ordering::Relaxed);
            Ok(answer.into_inner())
        };
        let answer = timeout(ANSWER_S_MAX, asked).await;
        let answer = answer.unwrap_or_else(|_| Err(Trouble::Away("no answer in time".to_owned())));
        if let Err(Trouble::Away(_)) = &answer {
            *self.channel() = None;
        }
        answer
    }

    /// Says in the log what the node refuses to a page that looks every few seconds, once. What is refused to a press is told
    /// to who pressed: no line of the log tells when that was.
    pub(super) fn heed<T>(&self, looked: &Result<T, Trouble>) {
        let words = match looked {
            Ok(_) => None,
            Err(Trouble::Refused { detail, .. }) => Some(detail.as_str()),
            Err(Trouble::Away(_) | Trouble::Removed) => return,
        };
        if let Some(words) = words.filter(|words| self.refused.is_news(words)) {
            tracing::warn!(words, "the node refuses");
        } else if words.is_none() {
            self.refused.ended();
        }
    }

    async fn connected(&self) -> Result<Channel, Trouble> {
        if let Some(channel) = self.channel().clone() {
            return Ok(channel);
        }
        let connected = link::connect(&self.node, self.pairing.node_key).await;
        let channel = connected.map_err(|error| Trouble::Away(sentence(&error)))?;
        *self.channel() = Some(channel.clone());
        Ok(channel)
    }

    fn trouble(&self, status: &Status) -> Trouble {
        let (code, words) = (status.code(), status.message().to_owned());
        if code == Code::Unauthenticated {
            self.removed.store(true, Ordering::Relaxed);
            return Trouble::Removed;
        }
        if AWAY.contains(&code) {
            return Trouble::Away(words);
        }
        self.removed.store(false, Ordering::Relaxed);
        tracing::debug!(words, "the node refuses");
        let told = Warning::decode(status.details()).ok().filter(|told| !told.it.is_empty());
        Trouble::Refused { told, detail: words }
    }

    /// It is replaced whole, so a poisoned lock guards a sound one.
    fn channel(&self) -> MutexGuard<'_, Option<Channel>> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was last refused to a page that looks.
#[derive(Debug, Default)]
struct Refused(Mutex<Option<String>>);

impl Refused {
    /// Whether it is refused in other words than before, or for the first time since something was answered.
    fn is_news(&self, words: &str) -> bool {
        let mut said = self.said();
        let is_news = said.as_deref() != Some(words);
        *said = Some(words.to_owned());
        is_news
    }

    fn ended(&self) {
        *self.said() = None;
    }

    /// It is replaced whole, so a poisoned lock guards a sound one.
    fn said(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_news_once_until_it_changes_or_ends() {
        let refused = Refused::default();
        assert!(refused.is_news("no catalogue is in force yet"));
        assert!(!refused.is_news("no catalogue is in force yet"));
        assert!(refused.is_news("this token is of no desk"));
        refused.ended();
        assert!(refused.is_news("this token is of no desk"));
    }
}
