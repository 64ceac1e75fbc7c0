//! `faccina card`: the practice cards of this ente, and the library of all.

use super::{ConfigPath, Outcome, client::answered};
use clap::{Args, Subcommand};
use faccina_proto::{
    limits::CARD_MARKDOWN_BYTES_MAX,
    names::Code,
    practice::CardName,
    wire::officer::v1::{
        CardRequest, CardTitle, CardsRequest, ConsentRequest, PublishCardRequest, PublishedReply,
    },
};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Publish practice cards for others to take up, read those of all enti
#[derive(Debug, Args)]
pub struct Card {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Publish(Publish),
    Withdraw(Withdraw),
    List(List),
    Show(Show),
    Consent(Consent),
}

/// Publish a card from a Markdown file, or a new version of one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina card publish accoglienza.md --title 'Accoglienza che smista' --service anagrafe --topic 'code allo sportello'")]
struct Publish {
    #[command(flatten)]
    node: ConfigPath,
    /// The text, Markdown without HTML, at most 16 KiB
    file: PathBuf,
    /// One line
    #[arg(long)]
    title: String,
    /// Service it is for; may be given several times; any if not given
    #[arg(long = "service")]
    services: Vec<Code>,
    /// What it is about, in a few words; may be given several times
    #[arg(long = "topic")]
    topics: Vec<String>,
    /// The card that this replaces
    #[arg(long, value_name = "NUMBER")]
    replace: Option<u32>,
}

/// Take a card back: it leaves the library
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina card withdraw 2")]
struct Withdraw {
    #[command(flatten)]
    node: ConfigPath,
    /// Its number
    number: u32,
}

/// List the library, or what is looked for in it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina card list --service anagrafe --text accoglienza")]
struct List {
    #[command(flatten)]
    node: ConfigPath,
    /// Words in title, text, topics or the ente's name
    #[arg(long, default_value = "")]
    text: String,
    /// Service
    #[arg(long)]
    service: Option<Code>,
    /// Topic, as the list shows it
    #[arg(long, default_value = "")]
    topic: String,
}

/// Show a card
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina card show c_h361/1")]
struct Show {
    #[command(flatten)]
    node: ConfigPath,
    /// Ente and number, as c_h361/1
    card: CardName,
}

/// Let DFP name this ente nationally for a card of its own, or no longer
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina card consent 1\n  faccina card consent 1 --no-longer")]
struct Consent {
    #[command(flatten)]
    node: ConfigPath,
    /// The card's number
    number: u32,
    /// Take the consent back
    #[arg(long)]
    no_longer: bool,
}

/// Why a file is no card.
#[derive(Debug, thiserror::Error)]
enum CardFileError {
    #[error("cannot read {}: give a Markdown file", .path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is longer than {CARD_MARKDOWN_BYTES_MAX} bytes, the most a card may have: shorten it", .path.display())]
    TooLong { path: PathBuf },
}

impl Card {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Publish(publish) => publish.run(),
            Act::Withdraw(withdraw) => withdraw.run(),
            Act::List(list) => list.run(),
            Act::Show(show) => show.run(),
            Act::Consent(consent) => consent.run(),
        }
    }
}

impl Publish {
    fn run(self) -> Outcome {
        let request = PublishCardRequest {
            number: self.replace.unwrap_or(0),
            title: self.title,
            services: self.services.iter().map(Code::to_string).collect(),
            topics: self.topics,
            markdown: text_of(&self.file)?,
            withdrawn: false,
        };
        self.node.with_officer(|mut officer| async move {
            published(&answered(officer.publish_card(request).await)?);
            Ok(())
        })
    }
}

impl Withdraw {
    fn run(self) -> Outcome {
        let request = PublishCardRequest { number: self.number, withdrawn: true, ..Default::default() };
        self.node.with_officer(|mut officer| async move {
            published(&answered(officer.publish_card(request).await)?);
            Ok(())
        })
    }
}

impl List {
    fn run(self) -> Outcome {
        let service = self.service.map(|service| service.to_string()).unwrap_or_default();
        let request = CardsRequest { text: self.text, service, topic: self.topic };
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.cards(request).await)?;
            println!("{}", reply.headline_it);
            reply.cards.iter().for_each(|card| println!("{}", row(card)));
            if !reply.topics.is_empty() {
                println!("temi: {}", reply.topics.join(", "));
            }
            Ok(())
        })
    }
}

impl Show {
    fn run(self) -> Outcome {
        let request = CardRequest { ipa_code: self.card.ente.to_string(), number: self.card.number.number() };
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.card(request).await)?;
            println!("{}\n\n{}", row(&reply.title.unwrap_or_default()), reply.markdown);
            Ok(())
        })
    }
}

impl Consent {
    fn run(self) -> Outcome {
        let request = ConsentRequest { card: self.number, consents: !self.no_longer };
        self.node.with_officer(|mut officer| async move {
            published(&answered(officer.consent(request).await)?);
            Ok(())
        })
    }
}

fn published(reply: &PublishedReply) {
    let words = reply.words.clone().unwrap_or_default();
    println!("{} (entry {})", words.it, reply.sequence);
}

fn row(card: &CardTitle) -> String {
    let name = format!("{}/{}", card.ipa_code, card.number);
    let topics =
        if card.topics.is_empty() { String::new() } else { format!(" [{}]", card.topics.join(", ")) };
    format!("{name:<16} {} - {}{topics}", card.title, card.name)
}

/// Reads no more than a card may have, whatever the file is.
fn text_of(path: &Path) -> Result<String, CardFileError> {
    let failed = |source| CardFileError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    let most = u64::try_from(CARD_MARKDOWN_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).map_err(failed)?.take(most).read_to_string(&mut text).map_err(failed)?;
    if text.len() > CARD_MARKDOWN_BYTES_MAX {
        return Err(CardFileError::TooLong { path: path.to_owned() });
    }
    // Editors of other systems end lines and indent with characters that no screen needs.
    Ok(text.replace("\r\n", "\n").replace('\t', "    "))
}
