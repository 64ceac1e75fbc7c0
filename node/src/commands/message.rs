//! `faccina message`: what terminals say while nobody votes.

use super::{ConfigPath, Outcome, client::answered};
use crate::config::{line_of, read_bounded};
use clap::{Args, Subcommand};
use faccina_proto::wire::{
    admin::v1::{ListMessagesRequest, SetMessagesRequest},
    feed::v1::LocalisedText,
    terminal::v1::Message as WireMessage,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Say on the terminals what citizens said, and what became of it
#[derive(Debug, Args)]
pub struct Message {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Set(Set),
    List(List),
}

/// Put the messages of a file in the place of all others
#[derive(Debug, Args)]
#[command(
    after_help = "Example, with node/samples/messages.toml as a start:\n  faccina message set messages.toml"
)]
struct Set {
    #[command(flatten)]
    node: ConfigPath,
    /// TOML file of at most 8 messages; one without any clears the screens
    file: PathBuf,
}

/// List the messages that terminals show
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina message list")]
struct List {
    #[command(flatten)]
    node: ConfigPath,
}

/// The file. Its bounds are those of the node, which explains what is wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    messages: Vec<WrittenMessage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMessage {
    said: BTreeMap<String, String>,
    done: BTreeMap<String, String>,
}

impl Message {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Set(set) => set.run(),
            Act::List(list) => list.run(),
        }
    }
}

impl Set {
    fn run(self) -> Outcome {
        let messages = read(&self.file)?;
        let number = messages.len();
        self.node.with_node(|mut admin| async move {
            answered(admin.set_messages(SetMessagesRequest { messages }).await)?;
            println!(
                "{}",
                if number == 0 { "no messages".to_owned() } else { format!("{number} shown from now on") }
            );
            Ok(())
        })
    }
}

impl List {
    fn run(self) -> Outcome {
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.list_messages(ListMessagesRequest {}).await)?;
            for message in &reply.messages {
                println!("{}", in_words(message));
            }
            if reply.messages.is_empty() {
                println!("No messages yet; `faccina message set --help` shows how to set them.");
            }
            Ok(())
        })
    }
}

fn read(path: &Path) -> Result<Vec<WireMessage>, String> {
    let text = read_bounded(path).map_err(|error| error.to_string())?;
    let written: Written = toml::from_str(&text).map_err(|error| {
        format!("{} line {}: {}", path.display(), line_of(&text, error.span()), error.message())
    })?;
    let texts = |texts: BTreeMap<String, String>| {
        texts.into_iter().map(|(language, text)| LocalisedText { language, text }).collect()
    };
    let message = |it: WrittenMessage| WireMessage { said: texts(it.said), done: texts(it.done) };
    Ok(written.messages.into_iter().map(message).collect())
}

/// What is shown in Italian, and in which languages it is.
fn in_words(message: &WireMessage) -> String {
    let italian = |texts: &[LocalisedText]| {
        texts.iter().find(|text| text.language == "it").map(|text| text.text.clone()).unwrap_or_default()
    };
    let languages: Vec<&str> = message.said.iter().map(|text| text.language.as_str()).collect();
    let (said, done, languages) = (italian(&message.said), italian(&message.done), languages.join(", "));
    format!("Avete detto: {said}\n  Abbiamo fatto: {done}\n  ({languages})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{messages::MessageBook, store::MemoryStore};
    use std::sync::Arc;

    #[test]
    fn the_sample_holds_messages_that_a_node_takes() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/messages.toml");
        let messages = read(&sample).unwrap();
        let book = MessageBook::open(Arc::new(MemoryStore::default())).unwrap();
        book.set(messages.clone()).unwrap();
        assert!(in_words(&messages[0]).contains("Da marzo"));
        assert!(messages.iter().all(|message| message.said.len() == 5 && message.done.len() == 5));
    }
}
