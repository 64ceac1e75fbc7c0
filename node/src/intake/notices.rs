//! What the node tells a terminal while it is connected: staff opened its page, or took that back; something to show has
//! changed. In memory only: a notice that nobody hears is gone, and whoever gave it is told so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use faccina_proto::envelope::KeyId;
use faccina_proto::wire::terminal::v1::{Changed, Notice, notice};
use tokio::sync::mpsc;

/// Notices that wait for one terminal: more than staff can give while one is on its way.
const NOTICES_WAITING_MAX: usize = 16;

/// The terminals that listen. A terminal listens once: whoever comes later takes the place.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    listening: Arc<Mutex<BTreeMap<KeyId, mpsc::Sender<Notice>>>>,
}

impl Notices {
    /// Listens as this terminal, until the receiver is dropped.
    pub fn listen(&self, terminal: KeyId) -> mpsc::Receiver<Notice> {
        let (sender, receiver) = mpsc::channel(NOTICES_WAITING_MAX);
        self.listening().insert(terminal, sender);
        receiver
    }

    /// Tells one terminal. Whether it listens.
    pub fn tell(&self, terminal: &KeyId, notice: notice::Notice) -> bool {
        let mut listening = self.listening();
        let heard = listening
            .get(terminal)
            .is_some_and(|sender| sender.try_send(Notice { notice: Some(notice) }).is_ok());
        if !heard {
            listening.remove(terminal);
        }
        heard
    }

    /// Tells every terminal to ask again what to show.
    pub fn tell_changed(&self) {
        self.listening().retain(|_, sender| {
            sender.try_send(Notice { notice: Some(notice::Notice::Changed(Changed {})) }).is_ok()
        });
    }

    /// Listens no more to a terminal that was revoked.
    pub fn end(&self, terminal: &KeyId) {
        self.listening().remove(terminal);
    }

    /// Listens no more to anyone: the node stops, and whoever listens looks for it again.
    pub fn end_all(&self) {
        self.listening().clear();
    }

    /// Whether this terminal listens.
    pub fn is_listening(&self, terminal: &KeyId) -> bool {
        self.listening().get(terminal).is_some_and(|sender| !sender.is_closed())
    }

    /// The list changes by whole insertions, so a poisoned lock guards a sound one.
    fn listening(&self) -> MutexGuard<'_, BTreeMap<KeyId, mpsc::Sender<Notice>>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::wire::terminal::v1::Withdrawal;

    #[tokio::test]
    async fn a_notice_reaches_who_listens_and_only_the_last_of_one_terminal() {
        let notices = Notices::default();
        let (terminal, other) = (KeyId::from_slice(&[1; 8]).unwrap(), KeyId::from_slice(&[2; 8]).unwrap());
        let notice = || notice::Notice::Withdrawal(Withdrawal::default());
        assert!(!notices.tell(&terminal, notice()), "nobody listens");
        let mut first = notices.listen(terminal);
        let mut second = notices.listen(terminal);
        assert!(notices.tell(&terminal, notice()) && notices.is_listening(&terminal));
        assert!(!notices.tell(&other, notice()));
        assert!(second.recv().await.is_some());
        assert_eq!(first.recv().await, None, "its place was taken");
        let mut third = notices.listen(other);
        notices.end(&other);
        assert_eq!(third.recv().await, None, "it was revoked");
        drop(second);
        assert!(!notices.is_listening(&terminal) && !notices.tell(&terminal, notice()));
    }
}
