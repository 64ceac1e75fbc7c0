//! The page and its small API, on loopback only.
//!
//! | path | what |
//! | --- | --- |
//! | `GET /` | the page, with its style, script and letters beside it |
//! | `GET /api/words` | its words, in Italian and English |
//! | `GET /api/counter` | what this desk is, how node and terminal are, the numbers of today |
//! | `POST /api/conclude?service=CODE` | one press of "Servizio concluso"; `&act=` 32 hex digits, the same when it is sent again |
//! | `POST /api/undo?act=…` | takes it back, within seconds |
//! | `GET /api/served?day=YYYY-MM-DD` | the numbers of one day |
//! | `POST /api/served?day=…&service=…&users=N` | enters a number by hand; without `users` what was counted holds again |
//! | `POST /api/unpair` | forgets a pairing that the node has ended |
//! | `GET /poster?url=…` | the poster for the counter, to print |
//!
//! Every post carries the header `X-Faccina`, which no foreign page may send unasked; a queue-management system sends
//! `X-Faccina: queue`. Its one call is `POST /api/conclude`; the answer is JSON: `right` is `opened`, `invited` (with `code`
//! and `link`) or `unreachable`; `after_s` above 0 says that the terminal may be open for another desk's person for so long;
//! `error` says what to do where the status is not 200; `act` names each press that was made.
//! The answer 503 means that the node is away and the user may have been counted: repeat with the same `act` within a minute,
//! and it counts once.

use super::{
    answers,
    line::{Line, Trouble},
    pairing,
};
use crate::{
    pages::{self, Origins, PageFile, guarded, with_files},
    poster::{self, Poster},
    setup::{SHARED_FILES, words_of},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Query, Request, State},
    http::{Method, StatusCode, header, request::Parts},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use faccina_proto::{
    calendar::CivilDay,
    wire::desk::v1::{
        ConcludeRequest, CounterReply, CounterRequest, EnterServedRequest, ServedRequest, UndoRequest,
    },
};
use rand::{TryRng, rngs::SysRng};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{net::TcpListener, sync::Notify};

/// What every post carries.
const OURS: &str = "x-faccina";

/// Files of the page, inside the binary, beside those that pages of staff share.
const FILES: [PageFile; 4] = [
    ("/", "text/html; charset=utf-8", include_bytes!("page/desk.html")),
    ("/desk.css", "text/css; charset=utf-8", include_bytes!("page/desk.css")),
    ("/desk.js", "text/javascript; charset=utf-8", include_bytes!("page/desk.js")),
    (poster::STYLE_PATH, "text/css; charset=utf-8", poster::STYLE.as_bytes()),
];

/// Every sentence of the page, without `desk-`. `{…}` is put in by the page.
const WORDS: [&str; 49] = [
    "language",
    "title",
    "hint-one",
    "hint-many",
    "advice",
    "pressing",
    "opened",
    "opened-detail",
    "opened-after",
    "opened-over",
    "invited",
    "invited-link",
    "invited-code",
    "invited-until",
    "print",
    "done",
    "unreachable",
    "unreachable-detail",
    "undo",
    "undoing",
    "undone",
    "undo-away",
    "undo-away-detail",
    "retry",
    "retry-over",
    "trouble-away",
    "trouble-away-detail",
    "trouble-program",
    "trouble-program-detail",
    "trouble-removed",
    "trouble-removed-detail",
    "trouble-refused",
    "trouble-refused-detail",
    "pair-again",
    "up",
    "terminal-up",
    "terminal-away",
    "node-away",
    "served",
    "served-day",
    "served-service",
    "served-counted",
    "served-entered",
    "served-wrong",
    "served-closed",
    "served-missing",
    "served-complete",
    "poster",
    "poster-address",
];

/// What the page works with.
#[derive(Debug)]
pub struct Desk {
    pub(super) line: Line,
    pub(super) dir: PathBuf,
    /// Told when the pairing is forgotten.
    pub(super) unpaired: Notify,
}

impl Desk {
    /// The page of a paired desk whose directory is `dir`.
    pub fn new(line: Line, dir: PathBuf) -> Self {
        Self { line, dir, unpaired: Notify::new() }
    }
}

type Shared = State<Arc<Desk>>;

/// Serves the page until `stop`.
pub async fn serve(
    desk: Arc<Desk>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    pages::serve(listener, router(desk, address), stop).await;
    Ok(())
}

/// The page of a desk that is served at `address`.
pub fn router(desk: Arc<Desk>, address: SocketAddr) -> Router {
    let router = Router::new()
        .route("/api/words", get(words))
        .route("/api/counter", get(counter))
        .route("/api/conclude", post(conclude))
        .route("/api/undo", post(undo))
        .route("/api/served", get(served).post(enter))
        .route("/api/unpair", post(unpair))
        .route("/poster", get(show_poster))
        .layer(DefaultBodyLimit::max(0))
        .layer(from_fn(only_ours));
    let router = with_files(with_files(router, &SHARED_FILES), &FILES).with_state(desk);
    guarded(router, Origins::of(address))
}

/// Lets posts in only with the header that is ours.
async fn only_ours(request: Request, next: Next) -> Response {
    if *request.method() == Method::POST && !request.headers().contains_key(OURS) {
        let error = "send the header X-Faccina: queue";
        return (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response();
    }
    next.run(request).await
}

async fn words() -> Response {
    Json(words_of("desk-", &WORDS)).into_response()
}

async fn counter_now(desk: &Desk) -> Result<CounterReply, Trouble> {
    desk.line.ask(CounterRequest {}, |mut client, message| async move { client.counter(message).await }).await
}

async fn counter(State(desk): Shared) -> Response {
    let asked = async {
        let counter = counter_now(&desk).await?;
        let today = ServedRequest { day: 0 };
        let served =
            desk.line.ask(today, |mut client, message| async move { client.served(message).await }).await?;
        Ok(answers::counter(&counter, &served))
    };
    let told = asked.await;
    desk.line.heed(&told);
    answered(told)
}

/// What stands behind the `?`; what cannot be read is answered as everything else is, in JSON.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(asked)| Self(asked)).map_err(|rejection| wrong(&rejection.body_text()))
    }
}

#[derive(Deserialize)]
struct Press {
    service: String,
    act: Option<String>,
}

async fn conclude(State(desk): Shared, Asked(press): Asked<Press>) -> Response {
    let act = match press.act {
        Some(digits) => act_of(&digits),
        None => drawn(),
    };
    let Some(act) = act else { return wrong("an act is 32 hex digits, drawn anew for each press") };
    let request = ConcludeRequest { act: act.to_vec().into(), service: press.service };
    let asked = desk.line.ask(request, |mut client, message| async move { client.conclude(message).await });
    let (status, mut told) = match asked.await {
        Ok(reply) => (StatusCode::OK, answers::concluded(&reply)),
        Err(trouble) => answers::trouble(&trouble),
    };
    if let Some(told) = told.as_object_mut() {
        told.insert("act".to_owned(), hex::encode(act).into());
    }
    (status, Json(told)).into_response()
}

#[derive(Deserialize)]
struct Undoing {
    act: String,
}

async fn undo(State(desk): Shared, Asked(undoing): Asked<Undoing>) -> Response {
    let Some(act) = act_of(&undoing.act) else { return wrong("an act is 32 hex digits") };
    let request = UndoRequest { act: act.to_vec().into() };
    let asked = desk.line.ask(request, |mut client, message| async move { client.undo(message).await });
    answered(asked.await.map(|_| json!({ "undone": true })))
}

#[derive(Deserialize)]
struct OfDay {
    day: String,
}

async fn served(State(desk): Shared, Asked(of): Asked<OfDay>) -> Response {
    let Some(day) = day_of(&of.day) else { return wrong("write the day as 2026-04-30") };
    let asked = desk
        .line
        .ask(ServedRequest { day }, |mut client, message| async move { client.served(message).await });
    answered(asked.await.map(|reply| answers::served(&reply)))
}

#[derive(Deserialize)]
struct Entry {
    day: String,
    service: String,
    users: Option<u32>,
}

async fn enter(State(desk): Shared, Asked(entry): Asked<Entry>) -> Response {
    let Some(day) = day_of(&entry.day) else { return wrong("write the day as 2026-04-30") };
    let request = EnterServedRequest { day, service: entry.service, users: entry.users };
    let asked =
        desk.line.ask(request, |mut client, message| async move { client.enter_served(message).await });
    answered(asked.await.map(|reply| answers::served(&reply)))
}

async fn unpair(State(desk): Shared) -> Response {
    if !desk.line.is_removed() {
        return wrong("the node still knows this desk: `faccina counter remove` on the node ends it");
    }
    match pairing::forget(&desk.dir) {
        Ok(()) => {
            desk.unpaired.notify_one();
            Json(json!({ "unpaired": true })).into_response()
        }
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": error.to_string() }))).into_response()
        }
    }
}

#[derive(Deserialize)]
struct Printed {
    url: Option<String>,
}

async fn show_poster(State(desk): Shared, Asked(printed): Asked<Printed>) -> Response {
    let ente = match counter_now(&desk).await {
        Ok(counter) => counter.ente_name,
        Err(trouble) => return answered(Err(trouble)),
    };
    match Poster::of(&ente, printed.url.as_deref().filter(|url| !url.is_empty())) {
        Ok(poster) => {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], poster.with_linked_style()).into_response()
        }
        Err(error) => wrong(&error.to_string()),
    }
}

fn answered(outcome: Result<Value, Trouble>) -> Response {
    match outcome {
        Ok(told) => Json(told).into_response(),
        Err(trouble) => {
            let (status, told) = answers::trouble(&trouble);
            (status, Json(told)).into_response()
        }
    }
}

fn wrong(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "trouble": "refused", "error": error }))).into_response()
}

fn act_of(digits: &str) -> Option<[u8; 16]> {
    let mut act = [0; 16];
    hex::decode_to_slice(digits, &mut act).ok()?;
    Some(act)
}

fn drawn() -> Option<[u8; 16]> {
    let mut act = [0; 16];
    SysRng.try_fill_bytes(&mut act).ok()?;
    Some(act)
}

/// 2026-04-15 as 20260415.
fn day_of(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = match parts.as_slice() {
        [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => {
            parts.concat().parse().ok()
        }
        _ => None,
    };
    number.filter(|day| CivilDay::from_yyyymmdd(*day).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::knows;

    #[test]
    fn every_word_of_the_page_exists_and_is_used() {
        let (page, script) = (include_str!("page/desk.html"), include_str!("page/desk.js"));
        for key in WORDS {
            assert!(knows(&format!("desk-{key}")), "{key}");
            let named = [format!("\"{key}\""), format!("`{key}`")];
            let family = key.starts_with("trouble-");
            assert!(
                family || named.iter().any(|it| page.contains(it) || script.contains(it)),
                "{key} is said nowhere"
            );
        }
        for part in page.split("data-word=\"").skip(1) {
            let key = part.split('"').next().unwrap();
            assert!(WORDS.contains(&key), "{key}");
        }
    }

    #[test]
    fn days_and_acts_are_read_or_refused() {
        assert_eq!(day_of("2026-04-15"), Some(20_260_415));
        for wrong in ["15/04/2026", "2026-4-15", "", "0000-00-00", "2026-02-30"] {
            assert_eq!(day_of(wrong), None, "{wrong}");
        }
        assert_eq!(act_of(&"0a".repeat(16)), Some([10; 16]));
        assert_eq!((act_of("0a"), act_of("x")), (None, None));
    }
}
