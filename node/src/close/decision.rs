//! The decision to close a month: made once, kept sealed in its ballot box before anything is published, and carried
//! out with the same bytes however often the node stops on the way.

use bytes::Bytes;
use faccina_proto::calendar::Month;
use faccina_proto::carryover::Carryover;
use faccina_proto::close::Closing;
use faccina_proto::wire::feed::v1 as wire;
use prost::Message;

use crate::intake::{BallotBox, BoxError};
use crate::words::Words;

/// What was decided. Sealed under the key of its month, and destroyed with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    /// The summary, exactly as it enters the feed.
    pub(crate) summary: wire::Summary,
    /// What the next month receives.
    pub(crate) carry_out: Carryover,
    /// From which the padding of the Merkle tree was drawn.
    pub(crate) seed: [u8; 32],
    /// What was said about it, in Italian and in English.
    pub(crate) words_it: String,
    pub(crate) words_en: String,
}

/// As stored. Fields are only added.
#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(bytes = "bytes", tag = "1")]
    summary: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    carry_out: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    seed: Bytes,
    #[prost(string, tag = "4")]
    words_it: String,
    #[prost(string, tag = "5")]
    words_en: String,
}

impl Decision {
    pub(crate) fn made(closing: &Closing, seed: [u8; 32], words: Words) -> Self {
        let (summary, carry_out) = (closing.summary.to_wire(), closing.carry_out.clone());
        Self { summary, carry_out, seed, words_it: words.it, words_en: words.en }
    }

    /// Keeps the decision; durable on return. Blocks.
    pub(crate) fn keep(&self, ballot_box: &BallotBox) -> Result<(), BoxError> {
        ballot_box.keep_decision(&self.write())
    }

    /// Keeps the decision to correct the month, beside the first; durable on return. Blocks.
    pub(crate) fn keep_correction(&self, ballot_box: &BallotBox) -> Result<(), BoxError> {
        ballot_box.keep_correction(&self.write())
    }

    fn write(&self) -> Vec<u8> {
        let stored = Stored {
            summary: self.summary.encode_to_vec().into(),
            carry_out: self.carry_out.encode().into(),
            seed: Bytes::copy_from_slice(&self.seed),
            words_it: self.words_it.clone(),
            words_en: self.words_en.clone(),
        };
        stored.encode_to_vec()
    }

    /// The decision of a month, once made. Blocks.
    pub(crate) fn of(ballot_box: &BallotBox) -> Result<Option<Self>, BoxError> {
        let Some(bytes) = ballot_box.decision()? else { return Ok(None) };
        Self::read(&bytes).map(Some).ok_or_else(|| damaged(ballot_box.month()))
    }

    /// The decision to correct a month, once made. Blocks.
    pub(crate) fn correction_of(ballot_box: &BallotBox) -> Result<Option<Self>, BoxError> {
        let Some(bytes) = ballot_box.correction()? else { return Ok(None) };
        Self::read(&bytes).map(Some).ok_or_else(|| damaged(ballot_box.month()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let stored = Stored::decode(bytes).ok()?;
        Some(Self {
            summary: wire::Summary::decode(stored.summary).ok()?,
            carry_out: Carryover::decode(&stored.carry_out).ok()?,
            seed: stored.seed.as_ref().try_into().ok()?,
            words_it: stored.words_it,
            words_en: stored.words_en,
        })
    }
}

fn damaged(month: Month) -> BoxError {
    BoxError::Damaged { month, what: "the decision to close it cannot be read" }
}
