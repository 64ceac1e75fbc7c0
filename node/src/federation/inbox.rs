//! Deliveries of other enti, handed to whoever keeps the twinnings. A peer has a budget; whoever is over it, or comes
//! while the office is busy, hears that nothing was taken and comes again.

use super::address::TransportKey;
use faccina_proto::{
    limits::DELIVERY_MESSAGES_MAX,
    names::IpaCode,
    wire::twinning::v1::{Delivery, Taken},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

/// Deliveries that wait for the office.
pub(super) const WAITING_MAX: usize = 16;
/// Deliveries handed over and not answered, of all peers.
const OPEN_MAX: usize = 64;
/// The office makes the messages durable within this, or the sender hears that nothing was taken.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Deliveries of one peer in a minute that are looked at: a conversation needs one for each message.
const PER_MINUTE_MAX: u32 = 30;
/// A peer that sends so many in a minute, in spite of hearing that nothing is taken, is no ente that negotiates.
const ABUSE_PER_MINUTE: u32 = 4 * PER_MINUTE_MAX;

/// A delivery of another ente.
#[derive(Debug)]
pub struct Incoming {
    /// The sender, by the transport key of its connection. Each message says and proves its author by itself.
    pub from: IpaCode,
    pub delivery: Delivery,
    /// To be answered when what it names is durable; dropped = nothing was taken.
    pub answer: oneshot::Sender<Taken>,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// The office has it; the answer comes out of [`Inbox::answered`].
    Handed,
    /// Nothing is taken now.
    Busy,
    /// The peer misbehaves.
    Abuse,
}

/// The way to the office.
#[derive(Debug)]
pub(super) struct Inbox {
    office: mpsc::Sender<Incoming>,
    answers: JoinSet<(u64, Taken)>,
    heard: BTreeMap<TransportKey, u32>,
    minute: u64,
}

impl Inbox {
    pub(super) fn new(office: mpsc::Sender<Incoming>) -> Self {
        Self { office, answers: JoinSet::new(), heard: BTreeMap::new(), minute: 0 }
    }

    /// Hands over delivery `id` of the peer `key`, who is `from`, in this minute since the start.
    pub(super) fn offer(
        &mut self,
        id: u64,
        key: TransportKey,
        from: IpaCode,
        delivery: Delivery,
        minute: u64,
    ) -> Offered {
        if minute != self.minute {
            self.minute = minute;
            self.heard.clear();
        }
        let heard = self.heard.entry(key).or_default();
        *heard = heard.saturating_add(1);
        if delivery.messages.len() > DELIVERY_MESSAGES_MAX || *heard > ABUSE_PER_MINUTE {
            return Offered::Abuse;
        }
        if *heard > PER_MINUTE_MAX || self.answers.len() >= OPEN_MAX {
            return Offered::Busy;
        }
        let (answer, answered) = oneshot::channel();
        if self.office.try_send(Incoming { from, delivery, answer }).is_err() {
            return Offered::Busy;
        }
        self.answers.spawn(async move {
            let taken = tokio::time::timeout(ANSWER_MAX, answered).await;
            (id, taken.ok().and_then(Result::ok).unwrap_or_default())
        });
        Offered::Handed
    }

    /// The next answer of the office. Never comes while nothing is open; safe to drop while it waits.
    pub(super) async fn answered(&mut self) -> (u64, Taken) {
        loop {
            match self.answers.join_next().await {
                Some(Ok(answered)) => return answered,
                Some(Err(_)) => {}
                None => std::future::pending::<()>().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from() -> IpaCode {
        "c_zz01".parse().unwrap()
    }

    #[tokio::test]
    async fn the_office_answers_or_nothing_is_taken() {
        let (office, mut waiting) = mpsc::channel(WAITING_MAX);
        let mut inbox = Inbox::new(office);
        assert_eq!(inbox.offer(1, [1; 32], from(), Delivery::default(), 0), Offered::Handed);
        assert_eq!(inbox.offer(2, [1; 32], from(), Delivery::default(), 0), Offered::Handed);
        let taken = Taken { ids: vec![vec![7; 32].into()], ..Taken::default() };
        let first = waiting.recv().await.unwrap();
        first.answer.send(taken.clone()).unwrap();
        assert_eq!(inbox.answered().await, (1, taken));
        drop(waiting.recv().await.unwrap());
        assert_eq!(inbox.answered().await, (2, Taken::default()));
    }

    #[tokio::test]
    async fn a_busy_office_and_a_peer_over_its_budget_take_nothing() {
        let (office, mut waiting) = mpsc::channel(WAITING_MAX);
        let mut inbox = Inbox::new(office);
        for id in 0..WAITING_MAX {
            let id = u64::try_from(id).unwrap();
            assert_eq!(inbox.offer(id, [1; 32], from(), Delivery::default(), 0), Offered::Handed);
        }
        assert_eq!(inbox.offer(90, [2; 32], from(), Delivery::default(), 0), Offered::Busy);
        while waiting.try_recv().is_ok() {}
        let mut outcomes = Vec::new();
        for _ in 0..ABUSE_PER_MINUTE {
            outcomes.push(inbox.offer(91, [1; 32], from(), Delivery::default(), 0));
            while waiting.try_recv().is_ok() {}
        }
        assert_eq!(outcomes.first(), Some(&Offered::Handed));
        assert_eq!(outcomes.last(), Some(&Offered::Abuse));
        assert!(outcomes.contains(&Offered::Busy));
        assert_eq!(inbox.offer(92, [1; 32], from(), Delivery::default(), 1), Offered::Handed);
    }

    #[tokio::test]
    async fn more_messages_than_a_delivery_may_have_are_abuse() {
        let (office, _waiting) = mpsc::channel(WAITING_MAX);
        let many = Delivery { messages: vec![bytes::Bytes::new(); DELIVERY_MESSAGES_MAX + 1] };
        assert_eq!(Inbox::new(office).offer(1, [1; 32], from(), many, 0), Offered::Abuse);
    }
}
