//! One tap as the page sends it.

use faccina_proto::{
    ballot::{Face, Reason},
    names::{Code, NameError},
};
use serde::Deserialize;

/// Bytes of a tap's id.
const TAP_ID_BYTES: usize = 16;

/// Random, made by the page: however often a tap is sent, it counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TapId(pub [u8; TAP_ID_BYTES]);

/// What the tap says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A vote, complete.
    Vote(Face),
    /// A red face whose reason is being asked: it counts as red even if no answer comes.
    RedAsking,
}

/// A tap, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Its id.
    pub id: TapId,
    /// The service judged.
    pub service: Code,
    /// The face.
    pub touch: Touch,
}

/// Why a tap is none. The page's software is wrong, or something else is calling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapError {
    /// Not the shape of a tap.
    #[error("it is no tap: {0}")]
    Json(String),
    /// 32 hex digits.
    #[error("its id is not 32 hex digits")]
    Id,
    /// No code.
    #[error("its service has a wrong code")]
    Service(#[from] NameError),
    /// 1 to 4 with red, 0 for none.
    #[error("its reason is {0}, but only red has one, from 1 to 4, or 0 for none")]
    Reason(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    tap: String,
    service: String,
    face: SentFace,
    reason: Option<u32>,
}

/// A face as pages, flags and files name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SentFace {
    /// Positive.
    Green,
    /// Neutral.
    Yellow,
    /// Negative.
    Red,
}

impl std::str::FromStr for SentFace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "green" => Ok(Self::Green),
            "yellow" => Ok(Self::Yellow),
            "red" => Ok(Self::Red),
            _ => Err("green, yellow or red"),
        }
    }
}

impl SentFace {
    /// The face with its reason; 0 stands for none. `None` when such a face has no such reason.
    pub fn with_reason(self, reason: u32) -> Option<Face> {
        match (self, reason) {
            (Self::Green, 0) => Some(Face::Green),
            (Self::Yellow, 0) => Some(Face::Yellow),
            (Self::Red, 0) => Some(Face::Red(None)),
            (Self::Red, number) => Reason::of(number).map(|reason| Face::Red(Some(reason))),
            (Self::Green | Self::Yellow, _) => None,
        }
    }
}

impl Tap {
    /// Reads the body of a request.
    pub fn parse(json: &[u8]) -> Result<Self, TapError> {
        let sent: Sent = serde_json::from_slice(json).map_err(|error| TapError::Json(error.to_string()))?;
        let mut id = [0; TAP_ID_BYTES];
        hex::decode_to_slice(&sent.tap, &mut id).map_err(|_| TapError::Id)?;
        let touch = match (sent.face, sent.reason) {
            (SentFace::Red, None) => Touch::RedAsking,
            (face, reason) => {
                let reason = reason.unwrap_or(0);
                Touch::Vote(face.with_reason(reason).ok_or(TapError::Reason(reason))?)
            }
        };
        Ok(Self { id: TapId(id), service: sent.service.parse()?, touch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(face: &str) -> Result<Touch, TapError> {
        let json = format!(r#"{{"tap":"{}","service":"urp",{face}}}"#, "0a".repeat(16));
        Tap::parse(json.as_bytes()).map(|tap| tap.touch)
    }

    #[test]
    fn only_red_asks_and_only_red_has_a_reason() {
        assert_eq!(parse(r#""face":"green""#), Ok(Touch::Vote(Face::Green)));
        assert_eq!(parse(r#""face":"red""#), Ok(Touch::RedAsking));
        assert_eq!(parse(r#""face":"red","reason":0"#), Ok(Touch::Vote(Face::Red(None))));
        assert_eq!(parse(r#""face":"red","reason":4"#), Ok(Touch::Vote(Face::Red(Some(Reason::Fourth)))));
        assert_eq!(parse(r#""face":"red","reason":5"#), Err(TapError::Reason(5)));
        assert_eq!(parse(r#""face":"yellow","reason":1"#), Err(TapError::Reason(1)));
    }

    #[test]
    fn anything_else_is_no_tap() {
        assert!(matches!(parse(r#""face":"blue""#), Err(TapError::Json(_))));
        assert!(matches!(parse(r#""face":"green","who":"me""#), Err(TapError::Json(_))));
        assert!(matches!(Tap::parse(b""), Err(TapError::Json(_))));
        let short = br#"{"tap":"0a","service":"urp","face":"green"}"#;
        assert_eq!(Tap::parse(short), Err(TapError::Id));
    }
}
