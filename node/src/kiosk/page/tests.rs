use super::super::{booth, enrolment, queue::Queue, settings::Calendar};
use super::*;
use crate::{clock::Clock, pages::CONTENT_POLICY, store::MemoryStore};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::header,
};
use faccina_proto::wire::terminal::v1::Mode;
use prost::Message;
use tower::ServiceExt;

const TAP: &str = r#"{"tap":"000102030405060708090a0b0c0d0e0f","service":"urp","face":"green"}"#;

async fn page() -> (Router, Arc<Agent>) {
    let (terminal, _) = enrolment::samples::terminal(Mode::Open);
    let queue = Queue::open(Arc::new(MemoryStore::new()), terminal.federation).unwrap();
    let clock = Clock::system().unwrap();
    let agent = Arc::new(Agent::new(terminal, queue, clock, Calendar::Node, 15).unwrap());
    let reply = booth::samples::reply(&[("urp", "URP", "Information")]);
    agent.keep_booth(reply.encode_to_vec()).await.unwrap();
    (served(&agent, None), agent)
}

fn served(agent: &Arc<Agent>, host: Option<&str>) -> Router {
    router(agent.clone(), "127.0.0.1:7490".parse().unwrap(), host, KEY.1)
}

async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

const KEY: (&str, &str) = ("x-faccina-key", "known to this device");
const OWN: (&str, &str) = ("host", "127.0.0.1:7490");
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn every_answer_forbids_foreign_content() {
    let (router, _) = page().await;
    for (path, content_type, bytes) in FILES {
        let answer = ask(&router, "GET", path, &[OWN], "").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], content_type);
        assert_eq!(answer.headers()[header::CONTENT_SECURITY_POLICY], CONTENT_POLICY);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(to_bytes(answer.into_body(), 1 << 20).await.unwrap(), bytes);
    }
    let html = include_str!("kiosk.html");
    for inline in ["style=", "<style", "onclick", "javascript:", "://", "<script>"] {
        assert!(!html.contains(inline), "{inline}");
    }
    for script in [
        include_str!("kiosk.js"),
        include_str!("agent.js"),
        include_str!("pressing.js"),
        include_str!("code.js"),
        include_str!("drawing.js"),
    ] {
        for kept in ["localStorage", "sessionStorage", "indexedDB", "cookie", "://"] {
            assert!(!script.contains(kept), "{kept}");
        }
    }
}

#[tokio::test]
async fn a_tap_is_taken_from_the_page_and_counts_once() {
    let (router, agent) = page().await;
    for origin in ["http://127.0.0.1:7490", "http://localhost:7490"] {
        let headers = [OWN, JSON, ("origin", origin), ("sec-fetch-site", "same-origin")];
        let answer = ask(&router, "POST", "/api/taps", &headers, TAP).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert_eq!(*agent.held().borrow(), 1);
}

#[tokio::test]
async fn a_face_that_a_red_one_came_before_is_not_thanked_for() {
    let (router, _) = page().await;
    for (face, status) in [("red", StatusCode::OK), ("green", StatusCode::CONFLICT)] {
        let tap = TAP.replace("green", face);
        assert_eq!(ask(&router, "POST", "/api/taps", &[OWN, JSON], &tap).await.status(), status, "{face}");
    }
}

#[tokio::test]
async fn nothing_is_taken_from_elsewhere() {
    let (router, agent) = page().await;
    let refused = |headers: Vec<(&'static str, &'static str)>| {
        let router = router.clone();
        async move { ask(&router, "POST", "/api/taps", &headers, TAP).await.status() }
    };
    assert_eq!(refused(vec![("host", "rebound.example:7490"), JSON]).await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(refused(vec![("host", "127.0.0.1:80"), JSON]).await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(refused(vec![JSON]).await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(refused(vec![OWN, JSON, ("origin", "http://evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(refused(vec![OWN, JSON, ("origin", "null")]).await, StatusCode::FORBIDDEN);
    assert_eq!(refused(vec![OWN, JSON, ("sec-fetch-site", "cross-site")]).await, StatusCode::FORBIDDEN);
    assert_eq!(refused(vec![OWN, ("content-type", "text/plain")]).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let read = ask(&router, "GET", "/status", &[("host", "rebound.example")], "").await;
    assert_eq!(read.status(), StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(*agent.held().borrow(), 0);
}

#[tokio::test]
async fn a_proxy_that_passes_no_name_on_is_not_this_device() {
    let (alone, agent) = page().await;
    let public = served(&agent, Some("voto.example.it"));
    let (csv, wrong_key) = (("content-type", "text/csv"), ("x-faccina-key", "guessed"));
    let casts = |router: &Router, headers: Vec<(&'static str, &'static str)>| {
        let router = router.clone();
        async move { ask(&router, "POST", "/api/casts", &headers, "service,face\nurp,green\n").await.status() }
    };
    for router in [&alone, &public] {
        assert_eq!(casts(router, vec![OWN, csv]).await, StatusCode::FORBIDDEN);
        assert_eq!(casts(router, vec![OWN, csv, wrong_key]).await, StatusCode::FORBIDDEN);
        assert_eq!(ask(router, "POST", "/api/open", &[OWN], "").await.status(), StatusCode::FORBIDDEN);
        assert_eq!(ask(router, "GET", "/status", &[OWN, KEY], "").await.status(), StatusCode::OK);
    }
    assert_eq!(*agent.held().borrow(), 0);
    assert_eq!(casts(&public, vec![OWN, csv, KEY]).await, StatusCode::OK);
    assert_eq!(ask(&public, "GET", "/status", &[OWN], "").await.status(), StatusCode::FORBIDDEN);
    let signs = [
        ("origin", "https://voto.example.it"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-real-ip", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("via", "1.1 proxy"),
    ];
    for sign in signs {
        let told = ask(&public, "POST", "/api/taps", &[OWN, JSON, sign], TAP).await;
        assert_eq!(told.status(), StatusCode::MISDIRECTED_REQUEST, "{sign:?}");
        let named = [("host", "voto.example.it"), JSON, sign];
        assert_eq!(ask(&public, "POST", "/api/taps", &named, TAP).await.status(), StatusCode::OK, "{sign:?}");
    }
    let named = [("host", "voto.example.it"), KEY];
    assert_eq!(ask(&public, "GET", "/status", &named, "").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bodies_are_bounded_and_checked() {
    let (router, agent) = page().await;
    let long = format!("{TAP}{}", " ".repeat(TAP_BYTES_MAX));
    let answer = ask(&router, "POST", "/api/taps", &[OWN, JSON], &long).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let answer = ask(&router, "POST", "/api/taps", &[OWN, JSON], "{}").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let foreign = TAP.replace("urp", "tributi");
    let answer = ask(&router, "POST", "/api/taps", &[OWN, JSON], &foreign).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(*agent.held().borrow(), 0);
}

#[tokio::test]
async fn a_file_is_taken_and_its_wrong_lines_are_named() {
    let (router, _) = page().await;
    let csv = [OWN, KEY, ("content-type", "text/csv")];
    let answer =
        ask(&router, "POST", "/api/casts?once=true", &csv, "service,face\nurp,green\nurp,blu\n").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    assert!(str::from_utf8(&body).unwrap().contains("line 3"), "{body:?}");
    let answer = ask(&router, "POST", "/api/casts?once=true", &csv, "service,face\nurp,green\n").await;
    assert_eq!(to_bytes(answer.into_body(), 1 << 16).await.unwrap(), r#"{"kept":1}"#);
    let status = ask(&router, "GET", "/status", &[OWN], "").await;
    let status: Value =
        serde_json::from_slice(&to_bytes(status.into_body(), 1 << 16).await.unwrap()).unwrap();
    assert_eq!((&status["queue"], &status["connected"]), (&1.into(), &false.into()));
    assert_eq!(status["trouble"], "not tried yet");
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
}
