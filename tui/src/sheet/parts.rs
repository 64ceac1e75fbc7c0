//! Parts that several sheets share: shares with their intervals, what was chosen, columns by name.

use super::Value;
use crate::figures;
use crate::model::{Model, Order};
use crate::names;
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::{Counts, Indicator, Interval, Share, Window};

/// A share and its interval: three cells.
pub(super) fn share(share: Option<&Share>) -> [Value; 3] {
    match share {
        Some(share) => {
            let [low, high] = bounds(share.wilson.as_ref());
            [Value::Percent(share.value), low, high]
        }
        None => [Value::Unknown, Value::Unknown, Value::Unknown],
    }
}

/// The two ends of an interval.
pub(super) fn bounds(interval: Option<&Interval>) -> [Value; 2] {
    match interval {
        Some(bounds) => [Value::Percent(bounds.low), Value::Percent(bounds.high)],
        None => [Value::Unknown, Value::Unknown],
    }
}

/// n and the three faces: four cells.
pub(super) fn counts(votes: Option<&Counts>) -> [Value; 4] {
    match votes {
        Some(votes) => [
            Value::Count(figures::votes(votes)),
            Value::Count(votes.green),
            Value::Count(votes.yellow),
            Value::Count(votes.red),
        ],
        None => [Value::Unknown, Value::Unknown, Value::Unknown, Value::Unknown],
    }
}

/// A name from outside.
pub(super) fn text(name: &str) -> Value {
    if name.is_empty() { Value::Unknown } else { Value::Text(figures::plain(name)) }
}

/// A count that may not be known.
pub(super) fn known(count: Option<u32>) -> Value {
    count.map_or(Value::Unknown, |count| Value::Count(count.into()))
}

/// A day, as yyyy-mm-dd so that files sort.
pub(super) fn day(yyyymmdd: u32) -> Value {
    match yyyymmdd {
        0 => Value::Unknown,
        day => Value::Text(format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)),
    }
}

/// A month, as yyyy-mm so that files sort.
pub(super) fn month(yyyymm: u32) -> Value {
    match yyyymm {
        0 => Value::Unknown,
        month => Value::Text(format!("{:04}-{:02}", month / 100, month % 100)),
    }
}

/// Names of columns, each a text of its own.
pub(super) fn columns(ids: &[&str], texts: &Texts) -> Vec<String> {
    ids.iter().map(|id| texts.say(&format!("sheet-{id}"))).collect()
}

/// The title of a screen's sheet.
pub(super) fn title(model: &Model, texts: &Texts) -> String {
    texts.say(&format!("screen-{}", model.screen.slug()))
}

/// The period, the indicator and every filter of a comparison, also those that let everything pass.
pub(super) fn chosen(model: &Model, from: u32, to: u32, texts: &Texts) -> Vec<(String, String)> {
    let window = match model.filters.window {
        Window::Twelve => texts.say("window-twelve"),
        Window::Month | Window::Unspecified => texts.say("window-month"),
    };
    let indicator = match model.filters.indicator {
        Indicator::Red => texts.say("indicator-red"),
        Indicator::Green | Indicator::Unspecified => texts.say("indicator-green"),
    };
    vec![
        (texts.say("sheet-fact-period"), format!("{} ({window})", figures::period(from, to, texts))),
        (texts.say("sheet-fact-indicator"), indicator),
        (texts.say("sheet-fact-intervals"), texts.say("sheet-intervals")),
    ]
}

/// The filters and the order of the list of *Confronto*.
pub(super) fn filters(model: &Model, texts: &Texts) -> Vec<(String, String)> {
    let about = model.about.data.as_ref();
    let filters = &model.filters;
    let or_all = |value: Option<String>, all: &str| value.unwrap_or_else(|| texts.say(all));
    let service = filters.service.as_ref().map(|code| names::service(about, code, texts));
    let channel = filters.channel.as_ref().map(|code| names::channel(about, code, texts));
    let region = filters.region.as_deref().map(figures::plain);
    let order = match model.order {
        Order::Estimate => texts.say("sheet-order-estimate"),
        Order::Likeness | Order::Name | Order::Region | Order::Size | Order::Votes => {
            texts.say(&format!("order-{}", model.order.slug()))
        }
    };
    let mut facts = vec![
        (texts.say("pick-service"), or_all(service, "all-services")),
        (texts.say("pick-channel"), or_all(channel, "all-channels")),
        (texts.say("pick-region"), or_all(region, "all-regions")),
        (texts.say("sheet-fact-order"), order),
    ];
    if !filters.text.is_empty() {
        facts.push((texts.say("search"), figures::plain(&filters.text)));
    }
    facts
}
