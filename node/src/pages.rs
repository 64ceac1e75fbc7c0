//! What every page that this software serves on loopback has in common: who may ask, and what each answer forbids.
//!
//! Loopback is shared with every page that a browser may open: a request must name this address as its host (a foreign
//! name that resolves to 127.0.0.1 does not), a foreign origin is refused, and posts carry content types that no foreign
//! page may send unasked.

mod served;

pub use self::served::{serve, serve_one};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};
use std::{net::SocketAddr, sync::Arc};

/// Only what this address serves: no foreign host, nothing written into the page itself, no frame around it.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
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

/// Carries the key of the commands on this device.
pub const LOCAL_KEY: HeaderName = HeaderName::from_static("x-faccina-key");
/// What proxies add, with all that begins with `x-forwarded-`.
const FORWARDING: [&str; 3] = ["forwarded", "via", "x-real-ip"];

/// A file of a page, inside the binary.
pub type PageFile = (&'static str, &'static str, &'static [u8]);

/// Serves these files: path, content type, bytes.
pub fn with_files<S: Clone + Send + Sync + 'static>(router: Router<S>, files: &[PageFile]) -> Router<S> {
    files.iter().fold(router, |router, &(path, content_type, bytes)| {
        router.route(path, get(move || async move { ([(header::CONTENT_TYPE, content_type)], bytes) }))
    })
}

/// Lets in only who asks under this page's own names.
pub fn guarded(router: Router, origins: Origins) -> Router {
    router.layer(from_fn_with_state(origins, guard))
}

/// The names under which a page is itself.
#[derive(Clone, Debug)]
pub struct Origins {
    hosts: Arc<[String]>,
    /// The name behind an HTTPS proxy.
    public: Option<Arc<str>>,
    /// What is not offered under that name.
    local_only: &'static [&'static str],
    /// What the commands of this device know; no browser does.
    key: Arc<str>,
}

impl Origins {
    /// This device alone, at this address.
    pub fn of(address: SocketAddr) -> Self {
        let port = address.port();
        let hosts = [address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")];
        Self { hosts: Arc::new(hosts), public: None, local_only: &[], key: Arc::from("") }
    }

    /// And, but for these paths, under the name that an HTTPS proxy passes on. Posts to these paths, and where there is such
    /// a name all that they tell, are for who has the key: a proxy that passes no name on looks like this device.
    #[must_use]
    pub fn and_public(self, host: Option<&str>, local_only: &'static [&'static str], key: &str) -> Self {
        Self { public: host.map(Arc::from), local_only, key: Arc::from(key), ..self }
    }

    fn is_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    fn is_public(&self, host: &str) -> bool {
        self.public.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(host))
    }

    /// Whether somebody else asks through a proxy that does not pass the name on.
    fn is_disguised(&self, host: &str, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        let public = origin.and_then(|origin| origin.strip_prefix("https://"));
        let passed_on = |name: &HeaderName| {
            FORWARDING.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-")
        };
        self.public.is_some()
            && self.is_host(host)
            && (public.is_some_and(|host| self.is_public(host)) || headers.keys().any(passed_on))
    }

    /// Whether only who has the key may ask for this.
    fn needs_key(&self, method: &Method, path: &str) -> bool {
        self.local_only.contains(&path) && (*method == Method::POST || self.public.is_some())
    }

    fn has_key(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(LOCAL_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
        // Compared by their hashes: how long that takes says nothing about the key.
        !self.key.is_empty() && Sha256::digest(given) == Sha256::digest(self.key.as_bytes())
    }

    fn is_origin(&self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|host| self.is_host(host))
            || origin.strip_prefix("https://").is_some_and(|host| self.is_public(host))
    }

    /// Why the request is not for us, if it is not.
    fn refuse(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        let host = text(header::HOST).unwrap_or_default();
        if !self.is_host(host) && !self.is_public(host) {
            return Some((StatusCode::MISDIRECTED_REQUEST, "this page has another address"));
        }
        if self.is_public(host) && self.local_only.contains(&path) {
            return Some((StatusCode::NOT_FOUND, "this is not offered here"));
        }
        if self.is_disguised(host, headers) {
            let error = "the proxy must pass the name of the page on as Host";
            return Some((StatusCode::MISDIRECTED_REQUEST, error));
        }
        if text(header::ORIGIN).is_some_and(|origin| !self.is_origin(origin)) {
            return Some((StatusCode::FORBIDDEN, "this page is not for other origins"));
        }
        let site = text(HeaderName::from_static("sec-fetch-site"));
        if *method == Method::POST && site.is_some_and(|site| site != "same-origin") {
            return Some((StatusCode::FORBIDDEN, "only the page itself may post"));
        }
        if self.needs_key(method, path) && !self.has_key(headers) {
            return Some((StatusCode::FORBIDDEN, "only the commands of this device may ask for this"));
        }
        None
    }
}

async fn guard(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let mut response = match origins.refuse(request.method(), request.uri().path(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    response.headers_mut().extend(HEADERS);
    response
}

/// Whether the body is said to be of this type.
pub fn is_type(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.split(';').next().is_some_and(|given| given.trim() == wanted))
}
