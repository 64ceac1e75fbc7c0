//! The page by which somebody who is no expert pairs a device: served where the real page will be, on loopback, for as long
//! as the device is not paired. Address and code are typed, or both come at once from a QR code (`ADDRESS#CODE`), which a
//! hand scanner types into the first field.
//!
//! | path | what |
//! | --- | --- |
//! | `GET /` | the page |
//! | `GET /api/setup` | what is to be paired, and the words; answered by no other page, so this one sees when it is over |
//! | `POST /api/pair` | `{"address", "code"}`: tries them; a trouble has a name and, where the node said more, its words |

mod typed;

pub use self::typed::{Typed, TypedError};

use crate::{
    pages::{self, Origins, PageFile, guarded, is_type, with_files},
    words::{Language, Value, voice},
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use std::{future::Future, io, net::SocketAddr};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

/// Longest request, in bytes: an address and a code.
const REQUEST_BYTES_MAX: usize = 1_024;
/// Tries that wait for the one under way.
const TRIES_WAITING_MAX: usize = 4;

/// Files of the page that the pages of staff share: style, letters, sign.
pub const SHARED_FILES: [PageFile; 4] = [
    ("/staff.css", "text/css; charset=utf-8", include_bytes!("page/staff.css")),
    ("/mark.svg", "image/svg+xml", include_bytes!("../kiosk/page/mark.svg")),
    ("/titillium-web-400.woff2", "font/woff2", include_bytes!("../kiosk/page/titillium-web-400.woff2")),
    ("/titillium-web-600.woff2", "font/woff2", include_bytes!("../kiosk/page/titillium-web-600.woff2")),
];
const FILES: [PageFile; 2] = [
    ("/", "text/html; charset=utf-8", include_bytes!("page/setup.html")),
    ("/setup.js", "text/javascript; charset=utf-8", include_bytes!("page/setup.js")),
];

/// Every sentence of the page, without `setup-`.
const WORDS: [&str; 20] = [
    "language",
    "title-terminal",
    "title-desk",
    "intro",
    "ask-terminal",
    "ask-desk",
    "address",
    "address-hint",
    "code",
    "code-hint",
    "pair",
    "working",
    "done",
    "trouble-address",
    "trouble-code",
    "trouble-away",
    "trouble-refused",
    "trouble-another",
    "trouble-unproven",
    "trouble-other",
];

/// What is to be paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// `faccina kiosk`.
    Terminal,
    /// `faccina desk`.
    Desk,
}

impl Device {
    fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Desk => "desk",
        }
    }
}

/// Why a device is not paired yet, for the page to say in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What was typed is no address.
    Address,
    /// What was typed is no code.
    Code,
    /// Nobody answers at the address.
    Away,
    /// The node knows no such code, or no longer.
    Refused,
    /// The code is for the other program.
    Another,
    /// Whoever answers does not hold the code: another node, or somebody in between.
    Unproven,
    /// Anything else, in the words of the error.
    Other(String),
}

impl Trouble {
    fn told(&self) -> serde_json::Value {
        let (name, detail) = match self {
            Self::Address => ("address", ""),
            Self::Code => ("code", ""),
            Self::Away => ("away", ""),
            Self::Refused => ("refused", ""),
            Self::Another => ("another", ""),
            Self::Unproven => ("unproven", ""),
            Self::Other(detail) => ("other", detail.as_str()),
        };
        json!({ "trouble": name, "detail": detail })
    }
}

impl From<TypedError> for Trouble {
    fn from(error: TypedError) -> Self {
        match error {
            TypedError::Address => Self::Address,
            TypedError::Code => Self::Code,
        }
    }
}

/// The address of a device's page, held while one page there gives way to the next.
#[derive(Debug)]
pub struct Place {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Place {
    /// Takes the address; nobody is answered yet.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener: listener.into_std()?, address })
    }

    /// The address, with the port that the system chose where none was named.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens there.
    pub fn again(&self) -> io::Result<TcpListener> {
        TcpListener::from_std(self.listener.try_clone()?)
    }
}

/// What somebody typed, and waits for.
#[derive(Debug)]
pub struct Try {
    typed: Typed,
    answer: oneshot::Sender<Result<(), Trouble>>,
}

impl Try {
    /// Pairs the device with it, or tells the page why not.
    pub async fn with<T, F>(self, pair: impl Fn(Typed) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let (outcome, told) = match pair(self.typed).await {
            Ok(paired) => (Some(paired), Ok(())),
            Err(trouble) => (None, Err(trouble)),
        };
        // A browser that was closed meanwhile asks again when it is opened.
        let _ = self.answer.send(told);
        outcome
    }
}

#[derive(Clone)]
struct Page {
    device: Device,
    tries: mpsc::Sender<Try>,
}

/// The page at this address, and what is typed into it.
pub fn page(device: Device, address: SocketAddr) -> (Router, mpsc::Receiver<Try>) {
    let (tries, tried) = mpsc::channel(TRIES_WAITING_MAX);
    let router = Router::new()
        .route("/api/setup", get(setup))
        .route("/api/pair", post(try_pair).layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX)));
    let router = with_files(with_files(router, &SHARED_FILES), &FILES).with_state(Page { device, tries });
    (guarded(router, Origins::of(address)), tried)
}

/// Serves the page until `pair` has paired the device with what somebody typed.
pub async fn guide<T, F>(listener: TcpListener, device: Device, pair: impl Fn(Typed) -> F) -> io::Result<T>
where
    F: Future<Output = Result<T, Trouble>>,
{
    let (router, mut tried) = page(device, listener.local_addr()?);
    let (over, is_over) = oneshot::channel::<()>();
    let mut page = tokio::spawn(pages::serve(listener, router, async {
        // Dropping the other end ends the page as well.
        let _ = is_over.await;
    }));
    let paired = loop {
        let next = tokio::select! {
            next = tried.recv() => next,
            ended = &mut page => return Err(ended.err().map_or(io::ErrorKind::Other.into(), io::Error::other)),
        };
        let Some(next) = next else { return Err(io::ErrorKind::Other.into()) };
        if let Some(paired) = next.with(&pair).await {
            break paired;
        }
    };
    drop(over);
    page.await.map_err(io::Error::other)?;
    Ok(paired)
}

/// What pages put in themselves.
const PUT_IN: [(&str, Value<'static>); 2] = [("s", Value::Text("{s}")), ("day", Value::Text("{day}"))];

/// A page's words in both languages; `keys` stand under `prefix` in the texts. Where a number of seconds or a day belongs, `{s}`
/// or `{day}` stands for the page to put it in.
pub fn words_of(prefix: &str, keys: &[&str]) -> serde_json::Value {
    let of = |language: Language| {
        let said = keys
            .iter()
            .map(|key| ((*key).to_owned(), voice(language).say(&format!("{prefix}{key}"), &PUT_IN)));
        serde_json::Value::Object(said.map(|(key, words)| (key, words.into())).collect())
    };
    json!({ "it": of(Language::Italian), "en": of(Language::English) })
}

async fn setup(State(page): State<Page>) -> Response {
    Json(json!({ "device": page.device.name(), "words": words_of("setup-", &WORDS) })).into_response()
}

async fn try_pair(State(page): State<Page>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_type(&headers, "application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match tried(&page, &body).await {
        Ok(()) => Json(json!({ "paired": true })).into_response(),
        Err(trouble) => (StatusCode::UNPROCESSABLE_ENTITY, Json(trouble.told())).into_response(),
    }
}

async fn tried(page: &Page, body: &[u8]) -> Result<(), Trouble> {
    let written: serde_json::Value = serde_json::from_slice(body).map_err(|_| Trouble::Address)?;
    let text = |key: &str| written.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let typed = Typed::read(text("address"), text("code"))?;
    let (answer, answered) = oneshot::channel();
    let stopping = |_| Trouble::Other("faccina is stopping".to_owned());
    page.tries.send(Try { typed, answer }).await.map_err(|_| stopping(()))?;
    answered.await.map_err(|_| stopping(()))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::knows;

    #[test]
    fn every_word_of_the_page_exists_and_is_used() {
        let (page, script) = (include_str!("page/setup.html"), include_str!("page/setup.js"));
        for key in WORDS {
            assert!(knows(&format!("setup-{key}")), "{key}");
            let family = key.starts_with("trouble-") || key.starts_with("title-") || key.starts_with("ask-");
            assert!(family || page.contains(key) || script.contains(key), "{key} is said nowhere");
        }
        for part in page.split("data-word=\"").skip(1) {
            let key = part.split('"').next().unwrap();
            assert!(WORDS.contains(&key), "{key}");
        }
    }
}
