//! The page and its small API, on loopback only; behind an HTTPS proxy also under its public name.
//!
//! | path | what |
//! | --- | --- |
//! | `GET /` | the page, with its style, script, drawings and letters beside it |
//! | `GET /api/booth` | what to show, in every language of the page |
//! | `POST /api/taps` | one tap, as JSON; answered when it is on the disk |
//! | `POST /api/invites` | what an invite gives the right to, as JSON; spends nothing. With the service, once it is chosen |
//! | `POST /api/phone` | a vote by digits, for a telephone system (`page/phone.rs`) |
//! | `POST /api/casts` | a CSV file of votes (`?once` remembers it, `?again` casts it once more); this device's commands only |
//! | `POST /api/open` | opens an attended terminal for one vote; this device's commands only |
//! | `GET /status` | how the agent is, as JSON; this device only, and its commands only where the page has a public name |
//!
//! A `GET` never votes, so that whatever looks at a link in advance casts nothing; the invite of a link stands in its
//! fragment, which no browser sends.

mod phone;

use super::{
    agent::{Agent, CastError, InviteRefusal, OPENING_ID_BYTES, OPENING_S, Opening, Proof, Right, Taken},
    booth::State as PageState,
    rows::FILE_BYTES_MAX,
    tap::{Tap, read_invite},
};
use crate::pages::{self, Origins, PageFile, guarded, is_type, with_files};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use faccina_proto::{invites::InviteHash, names::Code};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{future::Future, io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Longest tap, in bytes: an id or an invite, a code, a face and a number.
const TAP_BYTES_MAX: usize = 512;
/// What only this device may ask for, whatever name its page has.
const LOCAL_ONLY: &[&str] = &["/api/casts", "/api/open", "/status"];

/// Files of the page, inside the binary: path, content type, bytes.
const FILES: [PageFile; 13] = [
    ("/", "text/html; charset=utf-8", include_bytes!("page/kiosk.html")),
    ("/kiosk.css", "text/css; charset=utf-8", include_bytes!("page/kiosk.css")),
    ("/kiosk.js", "text/javascript; charset=utf-8", include_bytes!("page/kiosk.js")),
    ("/pressing.js", "text/javascript; charset=utf-8", include_bytes!("page/pressing.js")),
    ("/drawing.js", "text/javascript; charset=utf-8", include_bytes!("page/drawing.js")),
    ("/agent.js", "text/javascript; charset=utf-8", include_bytes!("page/agent.js")),
    ("/code.js", "text/javascript; charset=utf-8", include_bytes!("page/code.js")),
    ("/piazza.svg", "image/svg+xml", include_bytes!("page/piazza.svg")),
    ("/mark.svg", "image/svg+xml", include_bytes!("page/mark.svg")),
    ("/titillium-web-400.woff2", "font/woff2", include_bytes!("page/titillium-web-400.woff2")),
    ("/titillium-web-600.woff2", "font/woff2", include_bytes!("page/titillium-web-600.woff2")),
    ("/titillium-web-ext-400.woff2", "font/woff2", include_bytes!("page/titillium-web-ext-400.woff2")),
    ("/titillium-web-ext-600.woff2", "font/woff2", include_bytes!("page/titillium-web-ext-600.woff2")),
];

/// Serves the page until `stop`; `host` is its public name, if it has one, and `key` what this device's commands show.
pub async fn serve(
    agent: Arc<Agent>,
    listener: TcpListener,
    host: Option<String>,
    key: String,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    pages::serve(listener, router(agent, address, host.as_deref(), &key), stop).await;
    Ok(())
}

/// The page of an agent that is served at `address`.
pub fn router(agent: Arc<Agent>, address: SocketAddr, host: Option<&str>, key: &str) -> Router {
    let router = Router::new()
        .route("/api/booth", get(booth))
        .route("/api/taps", post(tap).layer(DefaultBodyLimit::max(TAP_BYTES_MAX)))
        .route("/api/invites", post(invite).layer(DefaultBodyLimit::max(TAP_BYTES_MAX)))
        .route("/api/phone", post(phone::vote).layer(DefaultBodyLimit::max(TAP_BYTES_MAX)))
        .route("/api/casts", post(casts).layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
        .route("/api/open", post(open).layer(DefaultBodyLimit::max(0)))
        .route("/status", get(status));
    let router = with_files(router, &FILES).with_state(agent);
    guarded(router, Origins::of(address).and_public(host, LOCAL_ONLY, key))
}

async fn booth(State(agent): State<Arc<Agent>>) -> Response {
    match agent.show(|page| Json(page).into_response()) {
        Some(page) => page,
        None => not_cast(&agent.no_booth()),
    }
}

async fn tap(State(agent): State<Arc<Agent>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_type(&headers, "application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let tap = match Tap::parse(&body) {
        Ok(tap) => tap,
        Err(error) => return wrong(&error.to_string()),
    };
    let proof = match proof(&agent, &tap).await {
        Ok(proof) => proof,
        Err(refused) => return refused_invite(&refused),
    };
    match keep(&agent, tap, proof).await {
        Ok(Kept { taken: Taken::StaysRed, .. }) => {
            let error = "this vote was red before, and stays red";
            (StatusCode::CONFLICT, Json(json!({ "state": "code-spent", "error": error }))).into_response()
        }
        Ok(Kept { provisional, .. }) => {
            Json(json!({ "state": "kept", "provisional": provisional })).into_response()
        }
        Err(NotKept::Invite(refused)) => refused_invite(&refused),
        Err(NotKept::Cast(error)) => not_cast(&error),
    }
}

/// Why a tap was not kept.
enum NotKept {
    Invite(InviteRefusal),
    Cast(CastError),
}

/// A tap is on the disk.
struct Kept {
    taken: Taken,
    /// Whether the node has still to say that its invite is good.
    provisional: bool,
}

/// What the invite of a tap gives now; `None` where it needs none, or has voted here already.
async fn proof(agent: &Arc<Agent>, tap: &Tap) -> Result<Option<Proof>, InviteRefusal> {
    match tap.invite {
        Some(invite) if !agent.has_voted(tap.id).await => agent.confirm_invite(invite).await.map(Some),
        _ => Ok(None),
    }
}

/// Keeps a tap whose invite, if it has one, is good as far as the node can be asked.
async fn keep(agent: &Arc<Agent>, tap: Tap, proof: Option<Proof>) -> Result<Kept, NotKept> {
    if let Some(Proof { right: Right::Service(service), .. }) = &proof
        && *service != tap.service
    {
        return Err(NotKept::Cast(CastError::Service(tap.service.to_string())));
    }
    let id = tap.id;
    let taken = agent.take(tap).await.map_err(NotKept::Cast)?;
    match proof {
        Some(proof) if proof.provisional => agent.remember_unproven(id),
        _ => {}
    }
    Ok(Kept { taken, provisional: agent.right(id) == Some(Right::Unproven) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedInvite {
    invite: String,
    service: Option<String>,
}

async fn invite(State(agent): State<Arc<Agent>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_type(&headers, "application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match read_asked(&body) {
        Err(error) => wrong(&error),
        Ok((invite, service)) => match agent.check_invite(invite).await {
            Ok(Right::Service(service)) => {
                Json(json!({ "state": "good", "service": service.as_str() })).into_response()
            }
            // Whoever could not vote is not asked for a face first.
            Ok(Right::Unproven) if !agent.has_unproven_place(service.as_ref()).await => {
                not_cast(&CastError::NotOpen(PageState::Unavailable))
            }
            Ok(Right::Unproven) => Json(json!({ "state": "unproven" })).into_response(),
            Err(refused @ (InviteRefusal::Busy | InviteRefusal::Unavailable)) => refused_invite(&refused),
            Err(refused) => Json(in_words(&refused)).into_response(),
        },
    }
}

fn read_asked(body: &[u8]) -> Result<(InviteHash, Option<Code>), String> {
    let asked: AskedInvite = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let invite = read_invite(&asked.invite).map_err(|error| error.to_string())?;
    let service = asked.service.map(|code| code.parse::<Code>()).transpose();
    Ok((invite, service.map_err(|error| format!("service: {error}"))?))
}

fn refused_invite(refused: &InviteRefusal) -> Response {
    let code = match refused {
        InviteRefusal::Busy | InviteRefusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        InviteRefusal::Refused(_) | InviteRefusal::TriesUsedUp => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (code, Json(in_words(refused))).into_response()
}

/// With the state by which the page tells the person.
fn in_words(refused: &InviteRefusal) -> Value {
    let state = match refused {
        InviteRefusal::TriesUsedUp => "code-tries",
        InviteRefusal::Busy => "code-busy",
        InviteRefusal::Unavailable => "unavailable",
        InviteRefusal::Refused(code) => match code.as_str() {
            "invite-spent" => "code-spent",
            "invite-expired" => "code-expired",
            "invite-for-another" => "code-elsewhere",
            _ => "code-unknown",
        },
    };
    json!({ "state": state, "error": refused.to_string() })
}

#[derive(Deserialize)]
struct Casting {
    #[serde(default)]
    once: bool,
    #[serde(default)]
    again: bool,
}

async fn casts(
    State(agent): State<Arc<Agent>>,
    Query(casting): Query<Casting>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_type(&headers, "text/csv") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match agent.cast_file(body.to_vec(), casting.once, casting.again).await {
        Ok(votes) => Json(json!({ "kept": votes })).into_response(),
        Err(error) => not_cast(&error),
    }
}

async fn open(State(agent): State<Arc<Agent>>) -> Response {
    let opening = Opening { id: rand::random::<[u8; OPENING_ID_BYTES]>(), service: None };
    if agent.open(opening, None, OPENING_S) {
        Json(json!({ "open": true })).into_response()
    } else {
        let error = "this terminal is not attended: its page needs no opening";
        (StatusCode::CONFLICT, Json(json!({ "error": error }))).into_response()
    }
}

async fn status(State(agent): State<Arc<Agent>>) -> Response {
    Json(agent.status().await).into_response()
}

fn not_cast(error: &CastError) -> Response {
    let sentence = error.to_string();
    match (error.state(), error) {
        (Some(state), _) => refusal(StatusCode::SERVICE_UNAVAILABLE, state, &sentence),
        (None, CastError::DailyCap(_)) => {
            let body = json!({ "state": "cap", "error": sentence });
            (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
        }
        (None, CastError::BrokenOff(_) | CastError::Queue(_)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": sentence }))).into_response()
        }
        (None, _) => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": sentence }))).into_response(),
    }
}

fn refusal(code: StatusCode, state: PageState, error: &str) -> Response {
    (code, Json(json!({ "state": state, "error": error }))).into_response()
}

fn wrong(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

#[cfg(test)]
mod tests;
