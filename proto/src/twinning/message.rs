//! What one side says to the other: parsed into types that cannot be wrong, signed with the sender's feed key.

use super::{Refusal, Terms};
use crate::calendar::CivilDay;
use crate::envelope::{Envelope, FederationId, Id, KeyId, Kind};
use crate::limits::{
    CHECKLIST_ANSWERS_MAX, CHECKLIST_NOTE_BYTES_MAX, NONCE_BYTES, TWINNING_MESSAGE_BYTES_MAX,
    TWINNING_TEXT_BYTES_MAX,
};
use crate::names::{Code, IpaCode};
use crate::practice::CardName;
use crate::text::{self, TextError};
use crate::wire::twinning::v1 as wire;
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use prost::Message as _;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who writes.
    pub from: IpaCode,
    /// To whom.
    pub to: IpaCode,
    /// The twinning, by the id of its proposal; `None` exactly in the proposal.
    pub proposal: Option<Id>,
    /// Which of the sender's messages in this twinning, from 1.
    pub number: u32,
    /// How many messages of the other side the sender had.
    pub seen: u32,
    /// The day that the sender declares.
    pub day: CivilDay,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The learner proposes.
    Proposed(Proposal),
    /// The expert accepts, with a word that may be empty.
    Acceptance(String),
    /// The expert declines.
    Decline(String),
    /// The learner takes the proposal back.
    Withdrawal(String),
    /// The sender's self-assessment; a later one replaces it.
    Checklist(Vec<Answer>),
    /// What the sender advises.
    Recommendation(Recommendation),
    /// The sender ends the twinning.
    End(String),
    /// Written by newer software; kept, not understood.
    Unknown,
}

/// What the learner proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is agreed on, should the expert accept.
    pub terms: Terms,
    /// What the learner wants to learn.
    pub text: String,
    /// Random bytes: two proposals in the same words are two twinnings.
    pub salt: [u8; NONCE_BYTES],
}

/// What one side advises the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// For which service; `None` = any.
    pub service: Option<Code>,
    /// The advice.
    pub text: String,
    /// A practice card that shows it.
    pub card: Option<CardName>,
}

/// How far a practice is in use, by the sender's own judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not yet.
    NotYet,
    /// Begun.
    Begun,
    /// In use.
    InUse,
    /// In use, and its effect has been looked at.
    Proven,
}

impl Level {
    /// The number on the wire.
    pub fn number(self) -> u32 {
        match self {
            Self::NotYet => 1,
            Self::Begun => 2,
            Self::InUse => 3,
            Self::Proven => 4,
        }
    }

    /// The level of that number.
    pub fn of(number: u32) -> Option<Self> {
        [Self::NotYet, Self::Begun, Self::InUse, Self::Proven].into_iter().find(|it| it.number() == number)
    }
}

/// One answer of a checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The code of the item.
    pub item: Code,
    /// The sender's judgement.
    pub level: Level,
    /// A note; may be empty.
    pub note: String,
}

impl Message {
    /// Reads a payload whose signature is already verified. Fields unknown to this version are allowed: they are signed
    /// and kept.
    pub fn decode(payload: &[u8]) -> Result<Self, Refusal> {
        let malformed = Refusal::Malformed;
        if payload.len() > TWINNING_MESSAGE_BYTES_MAX {
            return Err(Refusal::TooLong(payload.len()));
        }
        let message = wire::Message::decode(payload).map_err(|_| malformed("it is no protobuf message"))?;
        let code = |text: &str| text.parse::<IpaCode>().map_err(|_| malformed("a side is no IPA code"));
        let (from, to) = (code(&message.from)?, code(&message.to)?);
        if from == to {
            return Err(malformed("both sides are the same"));
        }
        let body = Body::read(message.body)?;
        let proposal = match (&body, message.proposal.is_empty()) {
            (Body::Proposed(_), true) => None,
            (Body::Proposed(_), false) => return Err(malformed("a proposal names another")),
            (_, _) => Some(
                Id::from_slice(&message.proposal).ok_or(malformed("the proposal's id has not 32 bytes"))?,
            ),
        };
        if message.number == 0 || (proposal.is_none() && (message.number, message.seen) != (1, 0)) {
            return Err(malformed("numbers begin with 1, in the proposal"));
        }
        let day = CivilDay::from_yyyymmdd(message.civil_day)
            .map_err(|_| malformed("its day is not in the calendar"))?;
        Ok(Self { from, to, proposal, number: message.number, seen: message.seen, day, body })
    }

    /// The payload to sign.
    pub fn encode(&self) -> Vec<u8> {
        wire::Message {
            from: self.from.to_string(),
            to: self.to.to_string(),
            proposal: self.proposal.map_or_else(Bytes::new, |id| Bytes::copy_from_slice(id.as_bytes())),
            number: self.number,
            civil_day: self.day.yyyymmdd(),
            seen: self.seen,
            body: self.body.to_wire(),
        }
        .encode_to_vec()
    }
}

impl Body {
    /// A stable name for screens and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proposed(_) => "proposal",
            Self::Acceptance(_) => "acceptance",
            Self::Decline(_) => "decline",
            Self::Withdrawal(_) => "withdrawal",
            Self::Checklist(_) => "checklist",
            Self::Recommendation(_) => "recommendation",
            Self::End(_) => "end",
            Self::Unknown => "unknown",
        }
    }

    fn read(body: Option<wire::message::Body>) -> Result<Self, Refusal> {
        use wire::message::Body as Wire;
        Ok(match body {
            Some(Wire::Proposed(proposal)) => Self::Proposed(Proposal {
                terms: Terms::read(
                    &proposal.services,
                    &proposal.topics,
                    proposal.from_month,
                    proposal.to_month,
                )?,
                text: free(&proposal.text)?,
                salt: proposal
                    .salt
                    .as_ref()
                    .try_into()
                    .map_err(|_| Refusal::Malformed("the proposal's salt has not 16 bytes"))?,
            }),
            Some(Wire::Acceptance(acceptance)) => Self::Acceptance(free(&acceptance.text)?),
            Some(Wire::Decline(decline)) => Self::Decline(free(&decline.text)?),
            Some(Wire::Withdrawal(withdrawal)) => Self::Withdrawal(free(&withdrawal.text)?),
            Some(Wire::Checklist(checklist)) => Self::Checklist(answers(&checklist.answers)?),
            Some(Wire::Recommendation(advice)) => Self::Recommendation(Recommendation::read(&advice)?),
            Some(Wire::End(end)) => Self::End(free(&end.text)?),
            None => Self::Unknown,
        })
    }

    fn to_wire(&self) -> Option<wire::message::Body> {
        use wire::message::Body as Wire;
        Some(match self {
            Self::Proposed(proposal) => Wire::Proposed(wire::Proposal {
                services: proposal.terms.service_codes(),
                topics: proposal.terms.topics.clone(),
                from_month: proposal.terms.from.yyyymm(),
                to_month: proposal.terms.to.yyyymm(),
                text: proposal.text.clone(),
                salt: Bytes::copy_from_slice(&proposal.salt),
            }),
            Self::Acceptance(text) => Wire::Acceptance(wire::Acceptance { text: text.clone() }),
            Self::Decline(text) => Wire::Decline(wire::Decline { text: text.clone() }),
            Self::Withdrawal(text) => Wire::Withdrawal(wire::Withdrawal { text: text.clone() }),
            Self::Checklist(answers) => {
                Wire::Checklist(wire::Checklist { answers: answers.iter().map(Answer::to_wire).collect() })
            }
            Self::Recommendation(advice) => Wire::Recommendation(advice.to_wire()),
            Self::End(text) => Wire::End(wire::End { text: text.clone() }),
            Self::Unknown => return None,
        })
    }
}

impl Recommendation {
    fn read(message: &wire::Recommendation) -> Result<Self, Refusal> {
        let service = if message.service.is_empty() {
            None
        } else {
            Some(message.service.parse().map_err(|_| Refusal::Malformed("the service is no code"))?)
        };
        let card = if message.card_ipa_code.is_empty() && message.card_number == 0 {
            None
        } else {
            let ipa_code = message.card_ipa_code.clone();
            let name = crate::wire::feed::v1::CardName { ipa_code, number: message.card_number };
            Some(
                CardName::read(&name)
                    .map_err(|_| Refusal::Malformed("the practice card has no such name"))?,
            )
        };
        let text = free(&message.text)?;
        if text.trim().is_empty() && card.is_none() {
            return Err(TextError::Empty { what: "recommendation" }.into());
        }
        Ok(Self { service, text, card })
    }

    fn to_wire(&self) -> wire::Recommendation {
        wire::Recommendation {
            service: self.service.as_ref().map(Code::to_string).unwrap_or_default(),
            text: self.text.clone(),
            card_ipa_code: self.card.as_ref().map(|card| card.ente.to_string()).unwrap_or_default(),
            card_number: self.card.as_ref().map_or(0, |card| card.number.number()),
        }
    }
}

impl Answer {
    fn read(message: &wire::Answer) -> Result<Self, Refusal> {
        let level = u32::try_from(message.level).ok().and_then(Level::of);
        Ok(Self {
            item: message
                .item
                .parse()
                .map_err(|_| Refusal::Malformed("an item of the checklist is no code"))?,
            level: level.ok_or(Refusal::Malformed("an answer of the checklist has no known level"))?,
            note: text::paragraphs("note", &message.note, CHECKLIST_NOTE_BYTES_MAX)?,
        })
    }

    fn to_wire(&self) -> wire::Answer {
        let level = i32::try_from(self.level.number()).unwrap_or_default();
        wire::Answer { item: self.item.to_string(), level, note: self.note.clone() }
    }
}

fn answers(answers: &[wire::Answer]) -> Result<Vec<Answer>, Refusal> {
    if answers.is_empty() || answers.len() > CHECKLIST_ANSWERS_MAX {
        let (what, found) = ("answers of a checklist", answers.len());
        return Err(TextError::TooMany { what, found, most: CHECKLIST_ANSWERS_MAX }.into());
    }
    let answers = answers.iter().map(Answer::read).collect::<Result<Vec<_>, _>>()?;
    if answers.is_sorted_by(|a, b| a.item < b.item) {
        Ok(answers)
    } else {
        Err(TextError::Order { what: "answers of a checklist" }.into())
    }
}

fn free(text: &str) -> Result<String, Refusal> {
    Ok(text::paragraphs("text", text, TWINNING_TEXT_BYTES_MAX)?)
}

/// A message with the exact bytes that its sender signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    envelope: Envelope,
    message: Message,
    id: Id,
}

impl Signed {
    /// Signs `message`, which must be one that its receiver reads: bounds are checked on the bytes made.
    pub fn seal(federation: &FederationId, key: &SigningKey, message: &Message) -> Result<Self, Refusal> {
        let payload = message.encode();
        // What is written is what will be read, a list out of order included.
        Message::decode(&payload)?;
        Self::trusted(Envelope::seal(Kind::Twinning, federation, key, &payload), federation)
    }

    /// Verifies `envelope` with `key`, then decodes it.
    pub fn open(envelope: Envelope, federation: &FederationId, key: &VerifyingKey) -> Result<Self, Refusal> {
        envelope.verify(Kind::Twinning, federation, key)?;
        Self::trusted(envelope, federation)
    }

    /// Decodes an envelope whose signature this node has verified before: one from its own store.
    pub fn trusted(envelope: Envelope, federation: &FederationId) -> Result<Self, Refusal> {
        let message = Message::decode(envelope.payload())?;
        let id = envelope.id(Kind::Twinning, federation);
        Ok(Self { envelope, message, id })
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Its id; that of a proposal names the twinning.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The id of the key that signed it.
    pub fn key_id(&self) -> KeyId {
        self.envelope.key_id()
    }

    /// The exact bytes, for storing and for sending, every time the same.
    pub fn bytes(&self) -> &Bytes {
        self.envelope.bytes()
    }

    /// The twinning it belongs to.
    pub fn twinning(&self) -> Id {
        self.message.proposal.unwrap_or(self.id)
    }
}
