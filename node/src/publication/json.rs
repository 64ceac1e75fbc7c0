//! A publication as JSON. `node/PUBLICATION.md` documents the names, which are those of the table.
//!
//! Months are written `yyyy-mm`; the group of the other services has the code `ALTRI`; percentages have two decimals and
//! always stand beside their counts. A value that is not known is `null`, never 0.

use super::{
    ente::{EnteMonth, Group, Point, Published},
    figures::{Face, Faces, Participation, Rate, Share},
    fixed_mix::{FixedMix, FixedPoint},
    imprint::{Imprint, Label},
    national::{Cell, NationalMonth},
    reasons::{Reasons, Scope},
    restated::Version,
    table,
};
use crate::views::Changes;
use faccina_proto::{
    calendar::Month,
    summary::{CodedCount, Integrity},
    tally::Votes,
    wire::feed::v1::Coverage,
};
use serde_json::{Value, json};

/// The month of an ente.
#[must_use]
pub fn ente(document: &EnteMonth) -> Value {
    let published = document.published.as_deref();
    let months = |list: Option<&Vec<Month>>| list.map_or_else(Vec::new, |list| months(list));
    let about = json!({
        "ente": document.imprint.code.as_str(),
        "name": document.imprint.name,
        "edition": document.edition,
        "catalogue_version": document.catalogue_version,
        "software_version": document.software_version,
        "total": published.map(|published| merge(votes(published.total), participation(published.participation))),
        "groups": published.map_or_else(Vec::new, |it| it.groups.iter().map(group).collect::<Vec<_>>()),
        "reasons": {
            "own": published.map_or_else(Vec::new, |it| it.reasons.iter().filter_map(own_reasons).collect::<Vec<_>>()),
            "pooled": published.and_then(|published| published.reasons.iter().find_map(pooled_reasons)),
        },
        "carryover": {
            "carried": published.is_none(),
            "carried_from": months(published.map(|published| &published.carried_from)),
            "reds_without_reasons": published.map(|published| published.reds_waiting),
        },
        "parameters": published.map(|Published { parameters, .. }| json!({
            "T": parameters.threshold,
            "T_sensitive": parameters.threshold_sensitive,
            "D": parameters.dominance,
            "R": parameters.reasons_min,
            "G": parameters.dominance_below,
        })),
        "integrity": published.map(|published| integrity(&published.integrity)),
        "listened_tenths": published.and_then(|published| published.listened_tenths),
        "gap_months": months(Some(&document.gap_months)),
        "restored": document.restored,
        "ballots_root": document.ballots_root.to_string(),
        "withdrawn": document.withdrawn.map(votes),
        "series": document.year.series.iter().map(point).collect::<Vec<_>>(),
        "twelve_months": merge(
            json!({
                "from_month": document.year.first().map(|month| month.to_string()),
                "services": document.year.services.len(),
                "channels": document.year.channels.values().map(Label::written).collect::<Vec<_>>(),
            }),
            votes(document.year.faces),
        ),
    });
    merge(imprint(&document.imprint), about)
}

/// The national month.
#[must_use]
pub fn national(document: &NationalMonth) -> Value {
    let about = json!({
        "publisher": document.imprint.code.as_str(),
        "name": document.imprint.name,
        "restatement": document.restatement,
        "publications": document.versions.iter().map(version).collect::<Vec<_>>(),
        "coverage": of_coverage(&document.coverage),
        "total": votes(document.total),
        "cells": document.cells.iter().map(cell).collect::<Vec<_>>(),
        "reasons": document.reasons.iter().map(national_reasons).collect::<Vec<_>>(),
        "carried_in": document.carried_in,
        "as_of": document.as_of.as_ref().map(|as_of| json!({
            "root_sequence": as_of.root_sequence,
            "root_id": hex::encode(&as_of.root_id),
            "counted": as_of.counted,
            "forked": as_of.forked,
            "ids_hash": hex::encode(&as_of.ids_hash),
        })),
        "series": document.series.iter().map(point).collect::<Vec<_>>(),
        "fixed_mix": document.fixed_mix.as_ref().map(fixed_mix),
        "practices": document.practices.iter().map(|practice| json!({
            "ente": practice.code.as_str(),
            "name": practice.name,
            "card": practice.number,
            "title": practice.title,
            "topics": practice.topics,
        })).collect::<Vec<_>>(),
    });
    merge(imprint(&document.imprint), about)
}

fn version(version: &Version) -> Value {
    let Coverage { expected, counted, .. } = version.coverage;
    let about = json!({
        "restatement": version.restatement,
        "published_on": version.day.to_string(),
        "expected": expected,
        "counted": counted,
        "changes": version.changes.as_ref().map(changed),
    });
    merge(about, votes(version.total))
}

/// Each pair is before and after; `null` where it is the same.
fn changed(changes: &Changes) -> Value {
    let of_votes = |it: Votes| json!({ "green": it.green, "yellow": it.yellow, "red": it.red, "n": it.n() });
    let pair = |before: Value, after: Value| json!({ "before": before, "after": after });
    json!({
        "coverage": changes.coverage.map(|(before, after)| pair(of_coverage(&before), of_coverage(&after))),
        "total": changes.total.map(|(before, after)| pair(of_votes(before), of_votes(after))),
        "cells": changes.cells,
        "reasons": changes.reasons,
        "carried_in": changes.carried_in.map(|(before, after)| pair(before.into(), after.into())),
    })
}

fn of_coverage(coverage: &Coverage) -> Value {
    let named = table::COVERAGE.iter().map(|(name, count)| ((*name).to_owned(), json!(count(coverage))));
    Value::Object(named.collect())
}

fn imprint(imprint: &Imprint) -> Value {
    json!({
        "month": imprint.month.to_string(),
        "federation": imprint.terms.federation,
        "demo": imprint.terms.demo,
        "published_on": imprint.published_on.to_string(),
        "entry": { "sequence": imprint.sequence, "id": imprint.id.to_string() },
        "rules_version": imprint.rules_version,
        "licence": { "name": imprint.terms.licence.name(), "url": imprint.terms.licence.url() },
    })
}

fn labels(service: &Label, channel: &Label) -> Value {
    json!({
        "service": service.written(),
        "service_name": service.name,
        "channel": channel.written(),
        "channel_name": channel.name,
    })
}

fn group(group: &Group) -> Value {
    merge(
        merge(labels(&group.service, &group.channel), participation(group.participation)),
        votes(group.faces),
    )
}

fn cell(cell: &Cell) -> Value {
    merge(merge(labels(&cell.service, &cell.channel), json!({ "enti": cell.enti })), votes(cell.faces))
}

fn point(point: &Point) -> Value {
    merge(
        json!({ "month": point.month.to_string(), "state": point.state.name() }),
        point.faces.map_or_else(|| json!({}), votes),
    )
}

fn fixed_mix(fixed: &FixedMix) -> Value {
    json!({ "year": fixed.year, "series": fixed.series.iter().map(fixed_point).collect::<Vec<_>>() })
}

fn fixed_point(point: &FixedPoint) -> Value {
    let of_each = |value: fn(&Share) -> f64| -> Value {
        let named = point.each().map(|(face, share)| (face.name().to_owned(), json!(value(&share))));
        let shares: serde_json::Map<_, _> = named.collect();
        if shares.is_empty() { Value::Null } else { Value::Object(shares) }
    };
    json!({
        "month": point.month.to_string(),
        "covered": point.covered,
        "n": point.n,
        "percent": of_each(|share| share.percent.number()),
        "low": of_each(|share| share.low.number()),
        "high": of_each(|share| share.high.number()),
    })
}

fn votes(faces: Faces) -> Value {
    let of_each = |value: fn(&Rate) -> f64| -> Value {
        let rate = |face: Face| Some((face.name().to_owned(), json!(faces.rate(face).as_ref().map(value)?)));
        let rates: serde_json::Map<_, _> = Face::ALL.into_iter().filter_map(rate).collect();
        if rates.is_empty() { Value::Null } else { Value::Object(rates) }
    };
    json!({
        "green": faces.count(Face::Green),
        "yellow": faces.count(Face::Yellow),
        "red": faces.count(Face::Red),
        "n": faces.n(),
        "percent": of_each(|rate| rate.percent.number()),
        "low": of_each(|rate| rate.low.number()),
        "high": of_each(|rate| rate.high.number()),
    })
}

fn participation(of: Participation) -> Value {
    let rate = of.rate();
    let of_rate = |value: fn(&Rate) -> f64| rate.as_ref().map(value);
    json!({
        "served": of.served,
        "participation": of_rate(|rate| rate.percent.number()),
        "participation_low": of_rate(|rate| rate.low.number()),
        "participation_high": of_rate(|rate| rate.high.number()),
    })
}

/// Counts and shares of the four reasons, with their texts.
fn four(reasons: &Reasons) -> Value {
    let of_each = |value: fn(&Rate) -> f64| -> Vec<Option<f64>> {
        reasons.each().map(|(_, _, rate)| rate.as_ref().map(value)).collect()
    };
    json!({
        "texts": reasons.texts,
        "counts": reasons.counts,
        "reds": reasons.reds,
        "percent": of_each(|rate| rate.percent.number()),
        "low": of_each(|rate| rate.low.number()),
        "high": of_each(|rate| rate.high.number()),
    })
}

fn own_reasons(reasons: &Reasons) -> Option<Value> {
    match &reasons.scope {
        Scope::Group { service, channel } => Some(merge(labels(service, channel), four(reasons))),
        Scope::Channel { .. } | Scope::Pool { .. } => None,
    }
}

fn pooled_reasons(reasons: &Reasons) -> Option<Value> {
    let Scope::Pool { groups, carried_reds, carried_months } = &reasons.scope else { return None };
    let pool = json!({
        "groups": groups.iter().map(|(service, channel)| labels(service, channel)).collect::<Vec<_>>(),
        "carried_reds": carried_reds,
        "carried_months": months(carried_months),
    });
    Some(merge(four(reasons), pool))
}

fn national_reasons(reasons: &Reasons) -> Value {
    let (channel, name) = match &reasons.scope {
        Scope::Channel { channel } | Scope::Group { channel, .. } => {
            (json!(channel.written()), json!(channel.name))
        }
        Scope::Pool { .. } => (Value::Null, Value::Null),
    };
    merge(json!({ "channel": channel, "channel_name": name }), four(reasons))
}

fn integrity(integrity: &Integrity) -> Value {
    let coded = |count: &Option<CodedCount>| match count.map(CodedCount::code) {
        None => Value::Null,
        Some(1) => json!("fewer than 5"),
        Some(count) => json!(count),
    };
    let counts = table::INTEGRITY.iter().map(|(name, count)| ((*name).to_owned(), coded(&count(integrity))));
    let mut all: serde_json::Map<_, _> = counts.collect();
    all.insert("backing".to_owned(), json!(integrity.backing.map(table::backing)));
    Value::Object(all)
}

fn merge(mut left: Value, right: Value) -> Value {
    if let (Value::Object(left), Value::Object(right)) = (&mut left, right) {
        left.extend(right);
    }
    left
}

fn months(list: &[Month]) -> Vec<String> {
    list.iter().map(Month::to_string).collect()
}
