//! What the page is told, as JSON.

use super::line::Trouble;
use crate::qr::Qr;
use axum::http::StatusCode;
use faccina_proto::wire::{
    desk::v1::{ConcludeReply, CounterReply, Right, ServedReply, conclude_reply},
    feed::v1::LocalisedText,
};
use serde_json::{Map, Value, json};

/// What this desk is and how it stands, with the numbers of one day.
pub(super) fn counter(counter: &CounterReply, served: &ServedReply) -> Value {
    let services = counter
        .services
        .iter()
        .map(|service| json!({ "code": service.code, "name": localised(&service.name) }));
    json!({
        "name": counter.name,
        "ente": counter.ente_name,
        "opens": counter.right() == Right::Opening,
        "connected": counter.terminal_connected,
        "warnings": counter.warnings.iter().map(|it| json!({ "it": it.it, "en": it.en })).collect::<Vec<_>>(),
        "today": day(counter.today),
        "services": services.collect::<Vec<_>>(),
        "served": self::served(served),
    })
}

/// The numbers of one day.
pub(super) fn served(served: &ServedReply) -> Value {
    let rows = served
        .services
        .iter()
        .map(|row| json!({ "service": row.service, "counted": row.counted, "entered": row.entered }));
    json!({
        "day": day(served.day),
        "rows": rows.collect::<Vec<_>>(),
        "missing": served.missing.iter().map(|it| day(*it)).collect::<Vec<_>>(),
    })
}

/// What a press has given.
pub(super) fn concluded(reply: &ConcludeReply) -> Value {
    let mut told = match &reply.right {
        Some(conclude_reply::Right::Opened(opened)) => {
            json!({ "right": "opened", "for_s": opened.for_s, "after_s": opened.after_s })
        }
        Some(conclude_reply::Right::Invited(invited)) => {
            let link = Some(invited.link.as_str()).filter(|link| !link.is_empty());
            json!({
                "right": "invited",
                "code": invited.code,
                "link": link,
                "qr": link.and_then(|link| Qr::of(link).ok()).map(|qr| json!({ "side": qr.side, "path": qr.path() })),
                "last_day": day(invited.last_day),
            })
        }
        Some(conclude_reply::Right::Unreachable(_)) | None => json!({ "right": "unreachable" }),
    };
    if let Some(told) = told.as_object_mut() {
        told.insert("undo_s".to_owned(), reply.undo_s.into());
    }
    told
}

/// Why something was not done: a name for the page, a sentence for staff where the node has one, and its own words for whoever
/// mends it.
pub(super) fn trouble(trouble: &Trouble) -> (StatusCode, Value) {
    let (status, name, detail) = match trouble {
        Trouble::Away(detail) => {
            let words =
                format!("the node does not answer; try again within a minute, with the same act ({detail})");
            (StatusCode::SERVICE_UNAVAILABLE, "away", words)
        }
        Trouble::Removed => {
            (StatusCode::FORBIDDEN, "removed", "this desk was removed: pair it again".to_owned())
        }
        Trouble::Refused { detail, .. } => (StatusCode::UNPROCESSABLE_ENTITY, "refused", detail.clone()),
    };
    let mut answer = json!({ "trouble": name, "error": detail });
    if let (Trouble::Refused { told: Some(told), .. }, Some(answer)) = (trouble, answer.as_object_mut()) {
        answer.insert("it".to_owned(), told.it.as_str().into());
        answer.insert("en".to_owned(), told.en.as_str().into());
    }
    (status, answer)
}

/// 2026-04-15.
fn day(yyyymmdd: u32) -> String {
    format!("{:04}-{:02}-{:02}", yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100)
}

fn localised(texts: &[LocalisedText]) -> Value {
    Value::Object(texts.iter().map(|it| (it.language.clone(), it.text.clone().into())).collect::<Map<_, _>>())
}
