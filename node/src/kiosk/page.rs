//! The page and its small API, on loopback only.
//!
//! | path | what |
//! | --- | --- |
//! | `GET /` | the page, with its style, script, drawings and letters beside it |
//! | `GET /api/booth` | what to show, in every language of the page |
//! | `POST /api/taps` | one tap, as JSON; answered when it is on the disk |
//! | `POST /api/casts` | a CSV file of votes (`?once` remembers it, `?again` casts it once more) |
//! | `POST /api/open` | opens an attended terminal for one vote |
//! | `GET /status` | how the agent is, as JSON |
//!
//! Loopback is shared with every page that this browser may open: a request must name this address as its host (a
//! foreign name that resolves to 127.0.0.1 does not), a foreign origin is refused, and posts carry content types that
//! no foreign page may send unasked.

use super::{
    agent::{Agent, CastError},
    booth::State as PageState,
    rows::FILE_BYTES_MAX,
    tap::Tap,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use std::{future::Future, io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Longest tap, in bytes: an id, a code, a face and a number.
const TAP_BYTES_MAX: usize = 512;

/// Only what this address serves: no foreign host, nothing written into the page itself, no frame around it.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Said with every answer. Nothing is stored: the next person finds nothing of this one.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

/// Files of the page, inside the binary: path, content type, bytes.
const FILES: [(&str, &str, &[u8]); 7] = [
    ("/", "text/html; charset=utf-8", include_bytes!("page/kiosk.html")),
    ("/kiosk.css", "text/css; charset=utf-8", include_bytes!("page/kiosk.css")),
    ("/kiosk.js", "text/javascript; charset=utf-8", include_bytes!("page/kiosk.js")),
    ("/piazza.svg", "image/svg+xml", include_bytes!("page/piazza.svg")),
    ("/mark.svg", "image/svg+xml", include_bytes!("page/mark.svg")),
    ("/titillium-web-400.woff2", "font/woff2", include_bytes!("page/titillium-web-400.woff2")),
    ("/titillium-web-600.woff2", "font/woff2", include_bytes!("page/titillium-web-600.woff2")),
];

/// Serves the page until `stop`.
pub async fn serve(
    agent: Arc<Agent>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    axum::serve(listener, router(agent, address)).with_graceful_shutdown(stop).await
}

fn router(agent: Arc<Agent>, address: SocketAddr) -> Router {
    let mut router = Router::new()
        .route("/api/booth", get(booth))
        .route("/api/taps", post(tap).layer(DefaultBodyLimit::max(TAP_BYTES_MAX)))
        .route("/api/casts", post(casts).layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
        .route("/api/open", post(open).layer(DefaultBodyLimit::max(0)))
        .route("/status", get(status));
    for (path, content_type, bytes) in FILES {
        router =
            router.route(path, get(move || async move { ([(header::CONTENT_TYPE, content_type)], bytes) }));
    }
    router.with_state(agent).layer(from_fn_with_state(Origins::of(address), guard))
}

/// The names under which this address is itself.
#[derive(Clone)]
struct Origins(Arc<[String; 3]>);

impl Origins {
    fn of(address: SocketAddr) -> Self {
        let port = address.port();
        Self(Arc::new([address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")]))
    }

    fn is_host(&self, host: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    fn is_origin(&self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|host| self.is_host(host))
    }

    /// Why the request is not for us, if it is not.
    fn refuse(&self, method: &Method, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        if !text(header::HOST).is_some_and(|host| self.is_host(host)) {
            return Some((StatusCode::MISDIRECTED_REQUEST, "this page has another address"));
        }
        if text(header::ORIGIN).is_some_and(|origin| !self.is_origin(origin)) {
            return Some((StatusCode::FORBIDDEN, "this page is not for other origins"));
        }
        let site = text(HeaderName::from_static("sec-fetch-site"));
        if *method == Method::POST && site.is_some_and(|site| site != "same-origin") {
            return Some((StatusCode::FORBIDDEN, "only the page itself may post"));
        }
        None
    }
}

async fn guard(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let mut response = match origins.refuse(request.method(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    response.headers_mut().extend(HEADERS);
    response
}

async fn booth(State(agent): State<Arc<Agent>>) -> Response {
    match agent.show(|page| Json(page).into_response()) {
        Some(page) => page,
        None => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, PageState::Unavailable, "the node has not answered yet")
        }
    }
}

async fn tap(State(agent): State<Arc<Agent>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_type(&headers, "application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let tap = match Tap::parse(&body) {
        Ok(tap) => tap,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response();
        }
    };
    match agent.take(tap).await {
        Ok(()) => Json(json!({ "state": "kept" })).into_response(),
        Err(error) => not_cast(&error),
    }
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
    if agent.open() {
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
    match error.state() {
        Some(state) => refusal(StatusCode::SERVICE_UNAVAILABLE, state, &sentence),
        None => {
            let code = match error {
                CastError::BrokenOff(_) | CastError::Queue(_) => StatusCode::INTERNAL_SERVER_ERROR,
                CastError::NotOpen(_)
                | CastError::Service(_)
                | CastError::NoInvite
                | CastError::NoBooth
                | CastError::Rows(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            (code, Json(json!({ "error": sentence }))).into_response()
        }
    }
}

fn refusal(code: StatusCode, state: PageState, error: &str) -> Response {
    (code, Json(json!({ "state": state, "error": error }))).into_response()
}

fn is_type(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.split(';').next().is_some_and(|given| given.trim() == wanted))
}

#[cfg(test)]
mod tests;
