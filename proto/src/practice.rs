//! Practice cards, the consent to be named for one, and what an expert offers: what an entry must be to mean anything
//! (`WIRE.md` 15).
//!
//! They are read as the data of a stranger: an entry that breaks a rule here means nothing, on every node alike.

use crate::limits::{CARD_MARKDOWN_BYTES_MAX, CARD_TITLE_BYTES_MAX, CARDS_MAX, PUBLISHED_TEXT_BYTES_MAX};
use crate::names::{Code, IpaCode, NameError};
use crate::text::{self, TextError};
use crate::wire::feed::v1 as wire;
use std::collections::BTreeSet;
use std::fmt;

/// An entry about practice cards that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PracticeError {
    /// The ente must give its cards numbers from 1 on, and replace or withdraw old ones.
    #[error("card number {0} is not between 1 and {CARDS_MAX}")]
    Number(u32),
    /// The ente must publish the withdrawal without the text.
    #[error("a withdrawn card has a text")]
    WithdrawnText,
    /// The ente must mend the text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The writer must mend the code of the ente.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// The number of a card within its ente, 1..=[`CARDS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardNumber(u32);

impl CardNumber {
    /// Reads a number.
    pub fn new(number: u32) -> Result<Self, PracticeError> {
        if (1..=CARDS_MAX).contains(&number) { Ok(Self(number)) } else { Err(PracticeError::Number(number)) }
    }

    /// As a number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// The name of a card in the whole federation, written `c_h361/3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CardName {
    /// Whose card.
    pub ente: IpaCode,
    /// Which of its cards.
    pub number: CardNumber,
}

impl CardName {
    /// Reads a name.
    pub fn read(message: &wire::CardName) -> Result<Self, PracticeError> {
        Ok(Self { ente: message.ipa_code.parse()?, number: CardNumber::new(message.number)? })
    }

    /// The form on the wire.
    pub fn to_wire(&self) -> wire::CardName {
        wire::CardName { ipa_code: self.ente.to_string(), number: self.number.0 }
    }
}

impl std::str::FromStr for CardName {
    type Err = PracticeError;

    fn from_str(text: &str) -> Result<Self, PracticeError> {
        let (ente, number) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self { ente: ente.parse()?, number: CardNumber::new(number.parse().unwrap_or(0))? })
    }
}

impl fmt::Display for CardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ente, self.number.0)
    }
}

/// One version of a practice card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// What others can read.
    Published(Card),
    /// The ente took the card back.
    Withdrawn,
}

/// A practice that others can take up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// One line, at most [`CARD_TITLE_BYTES_MAX`] bytes.
    pub title: String,
    /// The services it is for; empty = any.
    pub services: BTreeSet<Code>,
    /// What it is about, in the ente's own words.
    pub topics: Vec<String>,
    /// CommonMark without raw HTML, at most [`CARD_MARKDOWN_BYTES_MAX`] bytes.
    pub markdown: String,
}

/// Reads a card's entry: which card, and what it now is.
pub fn card(message: &wire::PracticeCard) -> Result<(CardNumber, Version), PracticeError> {
    let number = CardNumber::new(message.number)?;
    if message.withdrawn {
        let bare = message.markdown.is_empty();
        return if bare { Ok((number, Version::Withdrawn)) } else { Err(PracticeError::WithdrawnText) };
    }
    let card = Card {
        title: text::line("title", &message.title, CARD_TITLE_BYTES_MAX)?,
        services: text::services(&message.services)?,
        topics: text::topics(&message.topics)?,
        markdown: text::markdown("text of the card", &message.markdown, CARD_MARKDOWN_BYTES_MAX)?,
    };
    Ok((number, Version::Published(card)))
}

/// Reads a consent's entry: which card, and whether DFP may name the ente for it.
pub fn consent(message: &wire::NamingConsent) -> Result<(CardNumber, bool), PracticeError> {
    Ok((CardNumber::new(message.card)?, message.consents))
}

/// What an ente says of itself as an expert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Whether it takes twinnings on.
    pub available: bool,
    /// The areas of services it can help with.
    pub areas: Vec<String>,
    /// What it can help with, in its own words.
    pub topics: Vec<String>,
    /// At most [`PUBLISHED_TEXT_BYTES_MAX`] bytes, which may be empty.
    pub note: String,
}

/// Reads an availability's entry.
pub fn availability(message: &wire::Availability) -> Result<Availability, PracticeError> {
    Ok(Availability {
        available: message.available,
        areas: text::areas(&message.areas)?,
        topics: text::topics(&message.topics)?,
        note: text::paragraphs("note", &message.note, PUBLISHED_TEXT_BYTES_MAX)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{AREAS_NAMED_MAX, TOPICS_MAX};

    fn entry() -> wire::PracticeCard {
        wire::PracticeCard {
            number: 3,
            title: "Un solo sportello".to_owned(),
            services: vec!["anagrafe".to_owned()],
            topics: vec!["code".to_owned()],
            markdown: "# Che cosa\n\nUn numero solo.".to_owned(),
            withdrawn: false,
        }
    }

    #[test]
    fn a_card_is_read_or_means_nothing() {
        let (number, version) = card(&entry()).unwrap();
        assert_eq!(number.number(), 3);
        assert!(matches!(version, Version::Published(card) if card.topics == ["code"]));
        let number_0 = wire::PracticeCard { number: 0, ..entry() };
        assert_eq!(card(&number_0), Err(PracticeError::Number(0)));
        let beyond = wire::PracticeCard { number: CARDS_MAX + 1, ..entry() };
        assert_eq!(card(&beyond), Err(PracticeError::Number(CARDS_MAX + 1)));
        let untitled = wire::PracticeCard { title: String::new(), ..entry() };
        assert!(matches!(card(&untitled), Err(PracticeError::Text(TextError::Empty { .. }))));
        let long = wire::PracticeCard { markdown: "a".repeat(CARD_MARKDOWN_BYTES_MAX + 1), ..entry() };
        assert!(matches!(card(&long), Err(PracticeError::Text(TextError::TooLong { .. }))));
    }

    #[test]
    fn a_withdrawal_has_no_text() {
        let withdrawn = wire::PracticeCard { withdrawn: true, ..entry() };
        assert_eq!(card(&withdrawn), Err(PracticeError::WithdrawnText));
        let bare = wire::PracticeCard { number: 3, withdrawn: true, ..wire::PracticeCard::default() };
        assert_eq!(card(&bare).unwrap().1, Version::Withdrawn);
    }

    #[test]
    fn an_availability_is_read_or_means_nothing() {
        let entry = wire::Availability {
            available: true,
            areas: vec!["demografici".to_owned()],
            topics: vec!["code".to_owned()],
            note: String::new(),
        };
        assert_eq!(availability(&entry).unwrap().topics, ["code"]);
        let wrong = [
            wire::Availability { areas: vec!["a".to_owned(); AREAS_NAMED_MAX + 1], ..entry.clone() },
            wire::Availability { areas: vec!["a\u{1b}[2J".to_owned()], ..entry.clone() },
            wire::Availability { areas: vec![String::new()], ..entry.clone() },
            wire::Availability { topics: vec!["a".to_owned(); TOPICS_MAX + 1], ..entry.clone() },
            wire::Availability { topics: vec!["a\u{202e}b".to_owned()], ..entry.clone() },
            wire::Availability { note: "a".repeat(PUBLISHED_TEXT_BYTES_MAX + 1), ..entry.clone() },
            wire::Availability { note: "a\u{2028}b".to_owned(), ..entry },
        ];
        for entry in wrong {
            assert!(matches!(availability(&entry), Err(PracticeError::Text(_))), "{entry:?}");
        }
    }

    #[test]
    fn the_name_of_a_card_is_read_as_it_is_written() {
        let name: CardName = "c_h361/3".parse().unwrap();
        assert_eq!(name.to_string(), "c_h361/3");
        assert_eq!(CardName::read(&name.to_wire()), Ok(name));
        for wrong in ["c_h361", "c_h361/0", "c_h361/x", "/3", "root/3"] {
            assert!(wrong.parse::<CardName>().is_err(), "{wrong}");
        }
    }
}
