//! One tap as the page sends it.

use faccina_proto::{
    ballot::{Face, Reason},
    crockford::TypedCodeError,
    invites::{InviteHash, PaperInvite},
    limits::INVITE_BYTES,
    names::{Code, NameError},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Bytes of a tap's id.
const TAP_ID_BYTES: usize = 16;

/// Random, made by the page, or derived from an invite: however often a tap is sent, it counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TapId(pub [u8; TAP_ID_BYTES]);

impl TapId {
    /// An invite is one vote, on whichever page and however often it is shown.
    pub fn of_invite(invite: &InviteHash) -> Self {
        let digest =
            Sha256::new().chain_update(b"faccina/tap/v1\0").chain_update(invite.as_bytes()).finalize();
        let mut id = [0; TAP_ID_BYTES];
        id.copy_from_slice(digest.get(..TAP_ID_BYTES).unwrap_or(&[0; TAP_ID_BYTES]));
        Self(id)
    }
}

/// 32 hex digits are an invite as issued, anything else is read as a code on paper.
pub fn read_invite(text: &str) -> Result<InviteHash, TypedCodeError> {
    let mut invite = [0; INVITE_BYTES];
    match hex::decode_to_slice(text, &mut invite) {
        Ok(()) => Ok(InviteHash::of(&invite)),
        Err(_) => PaperInvite::parse(text).map(|paper| paper.hash()),
    }
}

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
    /// The right to vote, where the terminal's mode asks for one; the id comes from it.
    pub invite: Option<InviteHash>,
}

/// Why a tap is none. The page's software is wrong, or something else is calling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapError {
    /// Not the shape of a tap.
    #[error("it is no tap: {0}")]
    Json(String),
    /// 32 hex digits, or an invite and no other id.
    #[error("its id is not 32 hex digits, or it has an invite as well")]
    Id,
    /// The person must look at the code again.
    #[error("its invite is neither 32 hex digits nor a code on paper")]
    Invite(#[from] TypedCodeError),
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
    tap: Option<String>,
    invite: Option<String>,
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
        let invite = sent.invite.as_deref().map(read_invite).transpose()?;
        let id = match (&invite, &sent.tap) {
            (Some(invite), None) => TapId::of_invite(invite),
            (None, Some(tap)) => {
                let mut id = [0; TAP_ID_BYTES];
                hex::decode_to_slice(tap, &mut id).map_err(|_| TapError::Id)?;
                TapId(id)
            }
            _ => return Err(TapError::Id),
        };
        let touch = match (sent.face, sent.reason) {
            (SentFace::Red, None) => Touch::RedAsking,
            (face, reason) => {
                let reason = reason.unwrap_or(0);
                Touch::Vote(face.with_reason(reason).ok_or(TapError::Reason(reason))?)
            }
        };
        Ok(Self { id, service: sent.service.parse()?, touch, invite })
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
        let neither = br#"{"service":"urp","face":"green"}"#;
        assert_eq!(Tap::parse(neither), Err(TapError::Id));
    }

    #[test]
    fn an_invite_is_one_tap_however_it_is_typed() {
        let tap = |invite: &str| {
            Tap::parse(format!(r#"{{"invite":"{invite}","service":"urp","face":"green"}}"#).as_bytes())
        };
        let (printed, typed) = (tap("ABCD-EFG-H01").unwrap(), tap("abcdefghoi").unwrap());
        assert_eq!((printed.id, printed.invite), (typed.id, typed.invite));
        assert_ne!(printed.id, tap("ABCD-EFG-H02").unwrap().id);
        assert!(tap(&"0a".repeat(16)).is_ok_and(|tap| tap.id != TapId([10; 16])));
        assert!(matches!(tap("ABC"), Err(TapError::Invite(_))));
    }
}
