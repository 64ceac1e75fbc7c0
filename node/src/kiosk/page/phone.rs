//! A vote by digits, for a telephone system (IVR) at the end of a call: `POST /api/phone`, as a form or as JSON.
//!
//! | field | what |
//! | --- | --- |
//! | `token` | the invite of this call, 32 hex digits |
//! | `digit` | 1 well, 2 so-so, 3 badly |
//! | `reason` | only after 3: 1 to 4 of the catalogue's list for the phone, 0 for none; in the same call or a later one |
//! | `service` | only needed where this terminal has several services and the node is away |
//!
//! Answers with 200 and `{"state": "kept", "asks_reason": true|false, "provisional": true|false}`; with the state `complete`
//! where the vote of this token was given before, so that its face and reason stay: also a 3 that 1 or 2 follows. A refusal comes
//! with 4xx, or 503 where the same call may be made again in a moment, with `state` (as the page's messages) and `error`, a
//! sentence. The token makes the vote one, whatever is sent again. A 3 without a reason counts by itself when five minutes
//! have passed since it was last sent; a reason that comes later finds it complete.

use super::{Kept, NotKept, keep, not_cast, refused_invite, wrong};
use crate::{
    kiosk::{
        agent::{Agent, Right, Taken},
        tap::{SentFace, Tap, TapId, Touch},
    },
    pages::is_type,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Form, FromRequest, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use faccina_proto::{invites::InviteHash, limits::INVITE_BYTES, names::Code};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The only channel on which digits are faces.
const PHONE: &str = "phone";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    token: String,
    digit: Option<u32>,
    reason: Option<u32>,
    service: Option<String>,
}

pub(super) async fn vote(State(agent): State<Arc<Agent>>, request: Request) -> Response {
    if agent.terminal().channel.as_str() != PHONE {
        let error = "this terminal is not of channel phone: its votes come from the page";
        return (StatusCode::CONFLICT, Json(json!({ "error": error }))).into_response();
    }
    let call = match read(request).await {
        Ok(call) => call,
        Err(error) => return wrong(&error),
    };
    match take(&agent, &call).await {
        Ok(answer) => answer,
        Err(NotKept::Invite(refused)) => refused_invite(&refused),
        Err(NotKept::Cast(error)) => not_cast(&error),
    }
}

async fn read(request: Request) -> Result<Call, String> {
    if is_type(request.headers(), "application/json") {
        let body = Bytes::from_request(request, &()).await.map_err(|error| error.body_text())?;
        return serde_json::from_slice(&body).map_err(|error| error.to_string());
    }
    let form = Form::<Call>::from_request(request, &()).await;
    form.map(|Form(call)| call).map_err(|error| error.body_text())
}

async fn take(agent: &Arc<Agent>, call: &Call) -> Result<Response, NotKept> {
    let mut token = [0; INVITE_BYTES];
    if hex::decode_to_slice(&call.token, &mut token).is_err() {
        return Ok(wrong("token is the invite of the call: 32 hex digits"));
    }
    let invite = InviteHash::of(&token);
    let id = TapId::of_invite(&invite);
    let voted = agent.has_voted(id).await;
    let touch = match touch(call, voted) {
        Ok(touch) => touch,
        Err(error) => return Ok(wrong(error)),
    };
    let proof = if voted { None } else { Some(agent.confirm_invite(invite).await.map_err(NotKept::Invite)?) };
    let service = match (proof.as_ref().map(|proof| &proof.right), &call.service) {
        (Some(Right::Service(service)), _) => service.clone(),
        (_, Some(named)) => match named.parse::<Code>() {
            Ok(service) => service,
            Err(error) => return Ok(wrong(&format!("service: {error}"))),
        },
        // A vote that was taken keeps its service.
        (_, None) => match agent.first_service(!voted) {
            Some(service) => service,
            None => return Ok(wrong("service is needed: the node is away, and this terminal has several")),
        },
    };
    let Kept { taken, provisional } =
        keep(agent, Tap { id, service, touch, invite: Some(invite) }, proof).await?;
    let (state, asks_reason) = match taken {
        Taken::Complete => ("kept", false),
        Taken::Asking => ("kept", true),
        Taken::Before | Taken::StaysRed => ("complete", false),
    };
    Ok(Json(json!({ "state": state, "asks_reason": asks_reason, "provisional": provisional }))
        .into_response())
}

/// What the digits say. A reason alone belongs to a 3 that came before.
fn touch(call: &Call, voted: bool) -> Result<Touch, &'static str> {
    const WRONG: &str = "digit is 1, 2 or 3; reason only with 3, from 1 to 4, or 0 for none";
    let face = match (call.digit, call.reason) {
        (Some(1), _) => SentFace::Green,
        (Some(2), _) => SentFace::Yellow,
        (Some(3), None) => return Ok(Touch::RedAsking),
        (Some(3), _) => SentFace::Red,
        (None, Some(_)) if voted => SentFace::Red,
        (None, Some(_)) => return Err("send the digit first, then the reason"),
        _ => return Err(WRONG),
    };
    face.with_reason(call.reason.unwrap_or(0)).map(Touch::Vote).ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::ballot::{Face, Reason};

    fn said(digit: Option<u32>, reason: Option<u32>, voted: bool) -> Result<Touch, &'static str> {
        touch(&Call { token: String::new(), digit, reason, service: None }, voted)
    }

    #[test]
    fn digits_are_faces_and_reasons() {
        assert_eq!(said(Some(1), None, false), Ok(Touch::Vote(Face::Green)));
        assert_eq!(said(Some(2), Some(0), false), Ok(Touch::Vote(Face::Yellow)));
        assert_eq!(said(Some(3), None, false), Ok(Touch::RedAsking));
        assert_eq!(said(Some(3), Some(4), false), Ok(Touch::Vote(Face::Red(Some(Reason::Fourth)))));
        assert_eq!(said(None, Some(2), true), Ok(Touch::Vote(Face::Red(Some(Reason::Second)))));
        for (digit, reason) in
            [(Some(0), None), (Some(4), None), (Some(1), Some(1)), (Some(3), Some(5)), (None, None)]
        {
            assert!(said(digit, reason, true).is_err(), "{digit:?} {reason:?}");
        }
        assert!(said(None, Some(2), false).is_err_and(|error| error.contains("digit first")));
    }
}
