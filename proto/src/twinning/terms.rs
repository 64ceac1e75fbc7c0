//! What the two sides agree on, and the entries in which they say so to all.

use crate::calendar::{CalendarError, Month};
use crate::envelope::Id;
use crate::limits::{OUTCOME_CARDS_MAX, OUTCOME_TEXT_BYTES_MAX, TWINNING_MONTHS_MAX};
use crate::names::{Code, IpaCode};
use crate::practice::{CardName, PracticeError};
use crate::text::{self, TextError};
use crate::wire::feed::v1 as wire;
use bytes::Bytes;
use std::collections::BTreeSet;

/// Terms that cannot be agreed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// The writer must mend the month.
    #[error(transparent)]
    Month(#[from] CalendarError),
    /// The writer must choose another period.
    #[error("the period from {from} to {to} has not 1 to {TWINNING_MONTHS_MAX} months")]
    Period {
        /// First month.
        from: Month,
        /// Last month.
        to: Month,
    },
    /// The writer must name what it is about.
    #[error("neither a service nor a topic is named")]
    Nothing,
    /// The writer must mend the list.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// What a twinning is about, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The services compared and worked on.
    pub services: BTreeSet<Code>,
    /// What it is about, in the learner's words. Services or topics, or both, are there.
    pub topics: Vec<String>,
    /// First month.
    pub from: Month,
    /// Last month, included.
    pub to: Month,
}

impl Terms {
    /// Reads the fields of a proposal or of an agreement.
    pub fn read(services: &[String], topics: &[String], from: u32, to: u32) -> Result<Self, TermsError> {
        let (from, to) = (Month::from_yyyymm(from)?, Month::from_yyyymm(to)?);
        if !(0..TWINNING_MONTHS_MAX).contains(&from.months_until(to)) {
            return Err(TermsError::Period { from, to });
        }
        let (services, topics) = (text::services(services)?, text::topics(topics)?);
        if services.is_empty() && topics.is_empty() {
            return Err(TermsError::Nothing);
        }
        Ok(Self { services, topics, from, to })
    }

    /// The services as they travel, ascending.
    pub fn service_codes(&self) -> Vec<String> {
        self.services.iter().map(Code::to_string).collect()
    }
}

/// An entry about a twinning that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryFlaw {
    /// The author's software is wrong.
    #[error("the {0} is not readable")]
    Field(&'static str),
    /// Only the two sides speak of a twinning.
    #[error("its author is no side of the twinning")]
    Stranger,
    /// The expert names the learner's entry, the learner names none.
    #[error("the learner's entry is named by the expert and by nobody else")]
    Counterpart,
    /// The author must mend the terms.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The author must mend the text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The author must mend the name of the card.
    #[error(transparent)]
    Card(#[from] PracticeError),
}

/// What one side publishes of a concluded twinning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The name of the twinning.
    pub proposal: Id,
    /// Who proposed it.
    pub learner: IpaCode,
    /// Who accepted it.
    pub expert: IpaCode,
    /// On what.
    pub terms: Terms,
    /// In the expert's entry the id of the learner's; `None` in the learner's.
    pub counterpart: Option<Id>,
}

impl Agreement {
    /// Reads the entry of `author`.
    pub fn read(author: &IpaCode, message: &wire::TwinningAgreement) -> Result<Self, EntryFlaw> {
        let code = |text: &str| text.parse::<IpaCode>().map_err(|_| EntryFlaw::Field("code of a side"));
        let (learner, expert) = (code(&message.learner)?, code(&message.expert)?);
        if learner == expert || (*author != learner && *author != expert) {
            return Err(EntryFlaw::Stranger);
        }
        let counterpart = match (message.counterpart.is_empty(), *author == expert) {
            (true, false) => None,
            (false, true) => Some(
                Id::from_slice(&message.counterpart).ok_or(EntryFlaw::Field("id of the learner's entry"))?,
            ),
            (true, true) | (false, false) => return Err(EntryFlaw::Counterpart),
        };
        let proposal = Id::from_slice(&message.proposal).ok_or(EntryFlaw::Field("id of the proposal"))?;
        let terms = Terms::read(&message.services, &message.topics, message.from_month, message.to_month)?;
        Ok(Self { proposal, learner, expert, terms, counterpart })
    }

    /// The body of the entry.
    pub fn to_wire(&self) -> wire::TwinningAgreement {
        wire::TwinningAgreement {
            proposal: Bytes::copy_from_slice(self.proposal.as_bytes()),
            learner: self.learner.to_string(),
            expert: self.expert.to_string(),
            services: self.terms.service_codes(),
            topics: self.terms.topics.clone(),
            from_month: self.terms.from.yyyymm(),
            to_month: self.terms.to.yyyymm(),
            counterpart: self.counterpart.map_or_else(Bytes::new, |id| Bytes::copy_from_slice(id.as_bytes())),
        }
    }

    /// Whether this, the expert's, concludes the twinning with `learners`, the agreement of the learner's entry `id`: it
    /// names that entry and says the same.
    pub fn concludes(&self, id: Id, learners: &Self) -> bool {
        self.counterpart == Some(id) && Self { counterpart: None, ..self.clone() } == *learners
    }
}

/// How a twinning ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Achieved {
    /// What was meant is reached.
    Reached,
    /// In part.
    Partly,
    /// Not.
    NotReached,
    /// It was broken off.
    Interrupted,
}

impl Achieved {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Reached, Self::Partly, Self::NotReached, Self::Interrupted];

    /// The number on the wire.
    pub fn number(self) -> u32 {
        match self {
            Self::Reached => 1,
            Self::Partly => 2,
            Self::NotReached => 3,
            Self::Interrupted => 4,
        }
    }

    /// The result of that number.
    pub fn of(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.number() == number)
    }
}

/// How a twinning ended, as one side tells it to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The name of the twinning.
    pub proposal: Id,
    /// How it ended.
    pub achieved: Achieved,
    /// What was done and learnt, not empty.
    pub text: String,
    /// Practice cards taken up or written.
    pub cards: Vec<CardName>,
}

impl Outcome {
    /// Reads an entry; whether its author is a side is for whoever knows the agreement.
    pub fn read(message: &wire::TwinningOutcome) -> Result<Self, EntryFlaw> {
        let result = u32::try_from(message.result).ok().and_then(Achieved::of);
        let text = text::paragraphs("text of the outcome", &message.text, OUTCOME_TEXT_BYTES_MAX)?;
        if text.trim().is_empty() {
            return Err(TextError::Empty { what: "text of the outcome" }.into());
        }
        if message.cards.len() > OUTCOME_CARDS_MAX {
            let found = message.cards.len();
            return Err(TextError::TooMany { what: "practice cards", found, most: OUTCOME_CARDS_MAX }.into());
        }
        Ok(Self {
            proposal: Id::from_slice(&message.proposal).ok_or(EntryFlaw::Field("id of the proposal"))?,
            achieved: result.ok_or(EntryFlaw::Field("result"))?,
            text,
            cards: message.cards.iter().map(CardName::read).collect::<Result<_, _>>()?,
        })
    }

    /// The body of the entry.
    pub fn to_wire(&self) -> wire::TwinningOutcome {
        wire::TwinningOutcome {
            proposal: Bytes::copy_from_slice(self.proposal.as_bytes()),
            result: i32::try_from(self.achieved.number()).unwrap_or_default(),
            text: self.text.clone(),
            cards: self.cards.iter().map(CardName::to_wire).collect(),
        }
    }
}
