//! What terminals say while nobody votes: what citizens said, and what became of it ("Avete detto, abbiamo fatto"), as the
//! ente writes it.
//!
//! In the node's store: key `messages`, value the protobuf message `SetMessagesRequest`; absent while there are none.

use crate::store::{Batch, Store, StoreError};
use faccina_proto::{
    limits::{LANGUAGES_MAX, WORD_BYTES_MAX},
    wire::{admin::v1::SetMessagesRequest, feed::v1::LocalisedText, terminal::v1::Message},
};
use prost::Message as _;
use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

const KEY: &[u8] = b"messages";
/// Messages that take turns on a screen: who waits for some minutes sees all of them.
pub const MESSAGES_MAX: usize = 8;
/// Longest text of a message in one language, in characters: what is read in passing.
pub const TEXT_CHARACTERS_MAX: usize = 160;
/// Every message is in this language at least; terminals fall back to it.
const FIRST_LANGUAGE: &str = "it";

/// Why messages cannot be read or changed. What was there before stays.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("the messages of the terminals")]
    Store(#[from] StoreError),
    #[error("the stored messages cannot be read")]
    Stored(#[from] prost::DecodeError),
    #[error("{0} messages are given, at most {MESSAGES_MAX}: leave the oldest out")]
    TooMany(usize),
    /// Correct the message; the first one has number 1.
    #[error("message {number}: {wrong}")]
    Message { number: usize, wrong: MessageFault },
}

/// What is wrong with one message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    #[error("its part {part:?} has no text in Italian (\"{FIRST_LANGUAGE}\")")]
    NoItalian { part: &'static str },
    #[error(
        "its part {part:?} in language {language:?} has {characters} characters, from 1 to {TEXT_CHARACTERS_MAX}"
    )]
    Length { part: &'static str, language: String, characters: usize },
    #[error(
        "its part {part:?} names a language twice, more than {LANGUAGES_MAX}, or one that is no language tag"
    )]
    Languages { part: &'static str },
}

/// The messages of this ente. Changes block for a disk flush.
#[derive(Debug)]
pub struct MessageBook {
    store: Arc<dyn Store>,
    messages: RwLock<Vec<Message>>,
}

impl MessageBook {
    /// Reads the messages from the node's store.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, MessageError> {
        let messages = match store.get(KEY)? {
            None => Vec::new(),
            Some(bytes) => SetMessagesRequest::decode(bytes.as_slice())?.messages,
        };
        Ok(Self { store, messages: RwLock::new(messages) })
    }

    /// All messages, in the order in which they are shown.
    pub fn list(&self) -> Vec<Message> {
        self.messages.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts these messages in the place of all others; durable on return.
    pub fn set(&self, messages: Vec<Message>) -> Result<(), MessageError> {
        check(&messages)?;
        let mut held = self.messages.write().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch::new();
        if messages.is_empty() {
            batch.delete(KEY);
        } else {
            batch.put(KEY, SetMessagesRequest { messages: messages.clone() }.encode_to_vec());
        }
        self.store.commit(batch)?;
        *held = messages;
        Ok(())
    }
}

fn check(messages: &[Message]) -> Result<(), MessageError> {
    if messages.len() > MESSAGES_MAX {
        return Err(MessageError::TooMany(messages.len()));
    }
    for (number, message) in (1..).zip(messages) {
        for (part, texts) in [("said", &message.said), ("done", &message.done)] {
            check_part(part, texts).map_err(|wrong| MessageError::Message { number, wrong })?;
        }
    }
    Ok(())
}

fn check_part(part: &'static str, texts: &[LocalisedText]) -> Result<(), MessageFault> {
    let languages: BTreeSet<&str> = texts.iter().map(|text| text.language.as_str()).collect();
    let tag = |language: &&str| !language.is_empty() && language.len() <= WORD_BYTES_MAX;
    if languages.len() != texts.len() || texts.len() > LANGUAGES_MAX || !languages.iter().all(tag) {
        return Err(MessageFault::Languages { part });
    }
    if !languages.contains(FIRST_LANGUAGE) {
        return Err(MessageFault::NoItalian { part });
    }
    for LocalisedText { language, text } in texts {
        let characters = text.trim().chars().count();
        if !(1..=TEXT_CHARACTERS_MAX).contains(&characters) {
            return Err(MessageFault::Length { part, language: language.clone(), characters });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    fn texts(all: &[(&str, &str)]) -> Vec<LocalisedText> {
        let text = |(language, text): &(&str, &str)| LocalisedText {
            language: (*language).to_owned(),
            text: (*text).to_owned(),
        };
        all.iter().map(text).collect()
    }

    fn message(said: &str) -> Message {
        Message { said: texts(&[("it", said), ("en", "Said")]), done: texts(&[("it", "Fatto")]) }
    }

    #[test]
    fn messages_outlive_a_restart_and_are_replaced_together() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let book = MessageBook::open(Arc::clone(&store)).unwrap();
        book.set(vec![message("Troppa attesa"), message("Orari")]).unwrap();
        assert_eq!(MessageBook::open(Arc::clone(&store)).unwrap().list(), book.list());
        book.set(vec![message("Orari")]).unwrap();
        assert_eq!(book.list().len(), 1);
        book.set(Vec::new()).unwrap();
        assert_eq!((book.list(), store.get(KEY).unwrap()), (Vec::new(), None));
    }

    #[test]
    fn what_nobody_could_read_is_refused_and_changes_nothing() {
        let book = MessageBook::open(Arc::new(MemoryStore::default())).unwrap();
        book.set(vec![message("Orari")]).unwrap();
        let refused = |messages: Vec<Message>| book.set(messages).unwrap_err().to_string();
        assert!(refused(vec![message("Orari"); MESSAGES_MAX + 1]).contains("at most 8"));
        assert!(refused(vec![message("Orari"), message(&"a".repeat(161))]).contains("message 2"));
        assert!(refused(vec![message("  ")]).contains("0 characters"));
        let english = Message { said: texts(&[("en", "Waiting")]), ..message("Orari") };
        assert!(refused(vec![english]).contains("Italian"));
        let twice = Message { done: texts(&[("it", "Uno"), ("it", "Due")]), ..message("Orari") };
        assert!(refused(vec![twice]).contains("twice"));
        assert_eq!(book.list(), [message("Orari")]);
    }
}
