//! The published months as JSON files, for whoever wants them outside the federation: one file a summary, one file a
//! national month. Pure: names and contents, the caller writes them.
//!
//! Months are written `yyyy-mm`; the group of the other services has the code `ALTRI`; percentages have two decimals and
//! always stand beside their counts. A value that is not known is `null`, never 0.

use faccina_proto::{
    names::IpaCode,
    summary::{Figures, Summary},
    wire::feed::v1 as wire,
};
use serde_json::{Value, json};

/// One file: where it belongs below the folder of the export, and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub path: String,
    pub content: Value,
}

/// `summaries/IPA-YYYY-MM.json`: a summary as its ente published it. A second edition replaces the first.
#[must_use]
pub fn summary(ente: &IpaCode, published: &Summary) -> File {
    let summary = published.to_wire();
    let content = json!({
        "ente": ente.as_str(),
        "month": month(summary.month),
        "edition": summary.edition,
        "rules_version": summary.rules_version,
        "catalogue_version": summary.catalogue_version,
        "software_version": summary.software_version,
        "groups": summary.groups.iter().map(group).collect::<Vec<_>>(),
        "reasons": {
            "own": summary.groups.iter().filter_map(own_reasons).collect::<Vec<_>>(),
            "pooled": summary.pooled_reasons.as_ref().map(pooled_reasons),
        },
        "carryover": {
            "carried": summary.carried,
            "carried_from": months(&summary.carried_from),
            "reds_without_reasons": published.figures().map(Figures::reds_without_reasons),
        },
        "parameters": summary.parameters.as_ref().map(|parameters| json!({
            "T": parameters.threshold,
            "T_sensitive": parameters.threshold_sensitive,
            "D": parameters.dominance,
            "R": parameters.reasons_min,
            "G": parameters.dominance_below,
        })),
        "integrity": summary.integrity.as_ref().map(integrity),
        "listened_tenths": summary.listened_tenths,
        "gap_months": months(&summary.gap_months),
        "restored": summary.restored,
        "ballots_root": hex::encode(&summary.ballots_root),
    });
    File { path: format!("summaries/{ente}-{}.json", month(summary.month)), content }
}

/// `national-YYYY-MM.json`: the national month as DFP signed it. A restatement replaces the one before.
#[must_use]
pub fn national(national: &wire::NationalMonth) -> File {
    let coverage = national.coverage.unwrap_or_default();
    let total = national.total.unwrap_or_default();
    let content = json!({
        "month": month(national.month),
        "restatement": national.restatement,
        "rules_version": national.rules_version,
        "coverage": {
            "expected": coverage.expected,
            "counted": coverage.counted,
            "carried": coverage.carried,
            "refused": coverage.refused,
            "not_understood": coverage.not_understood,
            "forked": coverage.forked,
            "population_expected": coverage.population_expected,
            "population_counted": coverage.population_counted,
        },
        "total": votes(total.green, total.yellow, total.red),
        "cells": national.cells.iter().map(|cell| {
            let tally = cell.votes.unwrap_or_default();
            merge(
                json!({ "service": code(&cell.service), "channel": code(&cell.channel), "enti": cell.enti }),
                votes(tally.green, tally.yellow, tally.red),
            )
        }).collect::<Vec<_>>(),
        "reasons": national.reasons.iter().map(|reasons| json!({
            "channel": if reasons.channel.is_empty() { Value::Null } else { json!(reasons.channel) },
            "counts": reasons.counts,
            "reds": reasons.reds,
        })).collect::<Vec<_>>(),
        "carried_in": national.carried_in,
        "as_of": national.as_of.as_ref().map(|as_of| json!({
            "root_sequence": as_of.root_sequence,
            "root_id": hex::encode(&as_of.root_id),
            "counted": as_of.counted,
            "forked": as_of.forked,
            "ids_hash": hex::encode(&as_of.ids_hash),
        })),
    });
    File { path: format!("national-{}.json", month(national.month)), content }
}

fn group(group: &wire::Group) -> Value {
    merge(
        json!({ "service": code(&group.service), "channel": code(&group.channel), "served": group.served }),
        votes(group.green.into(), group.yellow.into(), group.red.into()),
    )
}

fn own_reasons(group: &wire::Group) -> Option<Value> {
    let reasons = group.reasons.as_ref()?;
    Some(json!({ "service": code(&group.service), "channel": code(&group.channel), "counts": four(reasons) }))
}

fn pooled_reasons(pooled: &wire::PooledReasons) -> Value {
    json!({
        "counts": pooled.reasons.as_ref().map(four),
        "groups": pooled.groups.iter().map(|key| json!({
            "service": code(&key.service),
            "channel": code(&key.channel),
        })).collect::<Vec<_>>(),
        "carried_reds": pooled.carried_reds,
        "carried_months": months(&pooled.carried_months),
    })
}

fn integrity(integrity: &wire::Integrity) -> Value {
    // A count is coded on the wire: 0 none, 1 fewer than five, else rounded down to a multiple of five.
    let coded =
        |count: Option<u32>| count.map(|count| if count == 1 { json!("fewer than 5") } else { json!(count) });
    json!({
        "late": coded(integrity.late),
        "repeat": coded(integrity.repeat),
        "outside_hours": coded(integrity.outside_hours),
        "revoked_terminal": coded(integrity.revoked_terminal),
        "over_served": coded(integrity.over_served),
        "backing": match integrity.backing() {
            wire::Backing::Unspecified => Value::Null,
            wire::Backing::None => json!("none"),
            wire::Backing::UnderQuarter => json!("under a quarter"),
            wire::Backing::ToHalf => json!("to half"),
            wire::Backing::ToThreeQuarters => json!("to three quarters"),
            wire::Backing::More => json!("more"),
            wire::Backing::All => json!("all"),
        },
    })
}

fn votes(green: u64, yellow: u64, red: u64) -> Value {
    let n = green.saturating_add(yellow).saturating_add(red);
    json!({
        "green": green,
        "yellow": yellow,
        "red": red,
        "n": n,
        "percent": if n == 0 { Value::Null } else { json!({
            "green": percent(green, n),
            "yellow": percent(yellow, n),
            "red": percent(red, n),
        }) },
    })
}

/// To two decimals, rounded half up in integers: 6923 of 10,000 is 69.23.
fn percent(part: u64, whole: u64) -> Value {
    let hundredths = (u128::from(part) * 20_000 + u128::from(whole)) / (2 * u128::from(whole).max(1));
    json!(u32::try_from(hundredths).map(|hundredths| f64::from(hundredths) / 100.0).ok())
}

fn merge(mut left: Value, right: Value) -> Value {
    if let (Value::Object(left), Value::Object(right)) = (&mut left, right) {
        left.extend(right);
    }
    left
}

fn four(reasons: &wire::Reasons) -> [u32; 4] {
    [reasons.first, reasons.second, reasons.third, reasons.fourth]
}

fn code(code: &str) -> &str {
    if code.is_empty() { "ALTRI" } else { code }
}

fn month(yyyymm: u32) -> String {
    format!("{:04}-{:02}", yyyymm / 100, yyyymm % 100)
}

fn months(list: &[u32]) -> Vec<String> {
    list.iter().copied().map(month).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_keeps_its_counts_and_names_its_file() {
        let published = wire::Summary {
            month: 202_604,
            edition: 1,
            groups: vec![wire::Group {
                service: "contact_centre".into(),
                channel: "phone".into(),
                green: 6_923,
                yellow: 1_775,
                red: 1_302,
                reasons: Some(wire::Reasons { first: 700, second: 200, third: 200, fourth: 200 }),
                served: None,
            }],
            carried_from: vec![202_603],
            rules_version: 1,
            ballots_root: vec![7; 32].into(),
            parameters: Some(wire::Parameters {
                threshold: 5,
                threshold_sensitive: 10,
                dominance: 2,
                reasons_min: 5,
                dominance_below: 20,
            }),
            ..wire::Summary::default()
        };
        let file = summary(&"x_demo".parse().unwrap(), &Summary::from_wire(&published).unwrap());
        assert_eq!(file.path, "summaries/x_demo-2026-04.json");
        let group = &file.content["groups"][0];
        assert_eq!(group["green"], 6_923);
        assert_eq!(group["percent"], json!({ "green": 69.23, "yellow": 17.75, "red": 13.02 }));
        assert_eq!(group["served"], Value::Null);
        assert_eq!(file.content["carryover"]["carried_from"], json!(["2026-03"]));
        assert_eq!(file.content["reasons"]["own"][0]["counts"], json!([700, 200, 200, 200]));
        assert_eq!(file.content["carryover"]["reds_without_reasons"], 0);
        assert_eq!(file.content["integrity"]["late"], Value::Null);
    }

    #[test]
    fn a_national_month_without_votes_has_no_percentages() {
        let file = national(&wire::NationalMonth { month: 202_604, ..wire::NationalMonth::default() });
        assert_eq!(file.path, "national-2026-04.json");
        assert_eq!(file.content["total"]["percent"], Value::Null);
    }
}
