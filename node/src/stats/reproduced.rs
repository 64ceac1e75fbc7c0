//! From the name of a function in the vectors to the function of ours that reproduces it: inputs in, figures out.

use super::{
    Against, BetaBinomial, Confidence, Continuity, Estimate, Faces, Indirect, Interval, Limits, Placed,
    Posterior, Prior, Proportion, Stratum, Superiority, Weighted, anomaly, arcsine_z, association,
    benjamini_hochberg, direct,
    evidence::{all_green_min, at_least},
    gower, homogeneity, kappa, newcombe, odds_ratio, rho_of_tau2, risk_difference, robust_tau2,
    spiegelhalter, winsorise,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) type Reproduce = fn(&Value) -> Value;

pub(super) const FUNCTIONS: [(&str, Reproduce); 31] = [
    ("wilson_interval", |i| limits(share(i, "x", "n").wilson(confidence(i)))),
    ("clopper_pearson_interval", |i| limits(share(i, "x", "n").clopper_pearson(confidence(i)))),
    ("newcombe_difference", |i| {
        let difference = newcombe(share(i, "x1", "n1"), share(i, "x2", "n2"), confidence(i));
        with(limits(difference.interval), "diff", json!(difference.value))
    }),
    ("net_score", |i| {
        let faces = Faces { red: count(&i["red"]), yellow: count(&i["yellow"]), green: count(&i["green"]) };
        estimate(faces.net_score(confidence(i)).unwrap(), "score", "se")
    }),
    ("generalised_odds", |i| {
        let faces =
            |side: &Value| Faces { red: count(&side[0]), yellow: count(&side[1]), green: count(&side[2]) };
        let found = Superiority::new(faces(&i["a"]), faces(&i["b"])).unwrap();
        json!({
            "odds": found.odds().map_or(Value::Null, number),
            "delta": found.delta(),
            "superiority": found.superiority(),
            "p_greater": found.better,
            "p_less": found.worse,
        })
    }),
    ("funnel_limits_normal", |i| funnel("", Limits::normal(real(&i["theta"]), count(&i["n"])))),
    ("funnel_limits_exact_binomial", funnel_exact),
    ("funnel_limits_arcsine_additive", |i| {
        let (theta, tau2) = (real(&i["theta"]), real(&i["tau2"]));
        let lines = counts(&i["n"]).into_iter().map(|n| funnel("", Limits::additive(theta, tau2, n)));
        columns(lines)
    }),
    ("arcsine_z", |i| {
        let enti = placed(i);
        json!({ "theta": enti[0].target, "z": arcsine_z(&enti) })
    }),
    ("winsorise", |i| {
        let mut z = reals(&i["z"]);
        winsorise(&mut z, real(&i["q"]));
        json!({ "z": z })
    }),
    ("kappa", |i| json!({ "kappa": reals(&i["q"]).into_iter().map(kappa).collect::<Vec<_>>() })),
    ("tau2_robust_paule_mandel", |i| {
        let tau2 = robust_tau2(&placed(i), real(&i["q"]));
        json!({ "tau2": tau2, "rho": rho_of_tau2(tau2) })
    }),
    ("phi_tau2_spiegelhalter", |i| {
        let found = spiegelhalter(&placed(i), real(&i["q"])).unwrap();
        json!({ "phi": found.phi, "tau2": found.tau2 })
    }),
    ("beta_binomial_tails", |i| {
        let law = BetaBinomial::new(count(&i["n"]), real(&i["mean"]), real(&i["rho"])).unwrap();
        let tails = law.tails(count(&i["x"]));
        json!({ "p_low": tails.low, "p_high": tails.high })
    }),
    ("beta_binomial_moments", |i| {
        let prior = Prior::moments(&shares(i)).unwrap();
        json!({ "mean": prior.mean(), "rho": prior.rho(), "M": number(prior.size()) })
    }),
    ("eb_posterior", |i| {
        columns(posteriors(i).map(|posterior| {
            with(limits(posterior.interval(confidence(i))), "mean", json!(posterior.mean()))
        }))
    }),
    ("prob_best_quartile", |i| {
        let threshold = prior(i).quantile(real(&i["quantile"]));
        let below: Vec<f64> = posteriors(i).map(|posterior| posterior.below(threshold)).collect();
        json!({ "threshold": threshold, "prob": below })
    }),
    ("mantel_haenszel", mantel_haenszel),
    ("simpson_pair", simpson_pair),
    ("indirect_standardisation", indirect),
    ("direct_standardisation", |i| {
        let weighted = |s: &Value| Weighted { share: share(s, "red", "n"), weight: real(&s["weight"]) };
        let strata: Vec<Weighted> = list(&i["strata"]).iter().map(weighted).collect();
        estimate(direct(&strata, confidence(i)).unwrap(), "rate", "se")
    }),
    ("benjamini_hochberg", |i| {
        let adjusted = benjamini_hochberg(&reals(&i["p"]));
        let rejected: Vec<bool> = adjusted.iter().map(|&q| q <= real(&i["alpha"])).collect();
        json!({ "adjusted": adjusted, "rejected": rejected })
    }),
    ("gower_pair", |i| {
        let parts = parts(&i["a"], &i["b"], &i["spec"]);
        let known = list(&i["spec"]).iter().zip(&parts).filter_map(|(variable, part)| {
            Some((variable["name"].as_str().unwrap().to_owned(), json!(part.distance?)))
        });
        let known: Map<String, Value> = known.collect();
        json!({ "distance": gower::distance(&parts), "parts": known })
    }),
    ("gower_matrix", |i| {
        let rows = gower::matrix(list(&i["records"]), |left, right| parts(left, right, &i["spec"]));
        json!({ "d": rows })
    }),
    ("n_min_all_green", |i| {
        let (targets, tails) = (reals(&i["theta"]), reals(&i["tail"]));
        let row =
            |&target: &f64| -> Vec<_> { tails.iter().map(|&tail| all_green_min(target, tail)).collect() };
        json!({ "n": targets.iter().map(row).collect::<Vec<_>>() })
    }),
    ("p_k_of_m", |i| {
        let chance = |k| at_least(k, count(&i["m"]), real(&i["p"]));
        json!({ "prob": counts(&i["k"]).into_iter().map(chance).collect::<Vec<_>>() })
    }),
    ("short_gap_test", |i| {
        let rate = real(&i["votes"]) / real(&i["seconds_open"]);
        let expected = anomaly::expected_short_gaps(count(&i["same_day_gaps"]), rate, real(&i["gap_s"]));
        json!({ "expected": expected, "p": anomaly::poisson_at_least(count(&i["short_gaps"]), expected) })
    }),
    ("burst_bound", |i| {
        let (votes, k) = (count(&i["votes"]), count(&i["max_in_window"]));
        let rate = real(&i["votes"]) / real(&i["seconds_open"]);
        json!({ "p_bound": anomaly::burst_bound(votes, rate, real(&i["window_s"]), k) })
    }),
    ("fisher_short_green", |i| {
        let cell = |row: usize, column: usize| count(&i["table"][row][column]);
        let table = anomaly::ShortGreens {
            green_short: cell(0, 0),
            other_short: cell(0, 1),
            green_long: cell(1, 0),
            other_long: cell(1, 1),
        };
        json!({ "p": anomaly::fisher_short_green(table) })
    }),
    ("runs_test", |i| {
        let found = anomaly::runs_test(count(&i["n1"]), count(&i["n2"]), count(&i["runs"])).unwrap();
        json!({ "mean": found.mean, "var": found.variance, "z": found.z })
    }),
    ("votes_over_served", |i| {
        let (votes, served) = (count(&i["votes"]), count(&i["served"]));
        json!({ "z": anomaly::votes_over_served(votes, served, real(&i["base"]), real(&i["sd_log"])) })
    }),
];

fn funnel_exact(i: &Value) -> Value {
    let law = BetaBinomial::new(count(&i["n"]), real(&i["theta"]), 0.0).unwrap();
    let mut found = funnel("", Limits::of(law));
    for (key, value) in funnel("spiegelhalter_", Limits::spiegelhalter(law)).as_object().unwrap() {
        found = with(found, key, value.clone());
    }
    for (level, confidence) in [("95", Confidence::P95), ("998", Confidence::P998)] {
        let edges = law.edges(confidence.tail());
        // The neighbours of the edges are the first counts that are flagged: -1 and n+1 where there is none.
        found = with(found, &format!("x_low{level}"), json!(i64::try_from(edges.low.count).unwrap() - 1));
        found = with(found, &format!("x_high{level}"), json!(edges.high.count + 1));
    }
    found
}

fn mantel_haenszel(i: &Value) -> Value {
    let stratum = |table: &Value| {
        let cells = counts(table);
        let [a, b, c, d] = cells[..] else { panic!("{table} is no table") };
        Stratum { left: Proportion::new(a, a + b).unwrap(), right: Proportion::new(c, c + d).unwrap() }
    };
    let strata: Vec<Stratum> = list(&i["tables"]).iter().map(stratum).collect();
    let ratio = odds_ratio(&strata, confidence(i)).unwrap();
    let difference = risk_difference(&strata, confidence(i)).unwrap();
    let plain = association(&strata, Continuity::None).unwrap();
    let corrected = association(&strata, Continuity::Half).unwrap();
    let by_stratum = homogeneity(&strata).unwrap();
    json!({
        "or_": ratio.value,
        "se_log_or": ratio.ln_standard_error,
        "or_low": ratio.interval.low,
        "or_high": ratio.interval.high,
        "rd": difference.value,
        "rd_se_sato": difference.standard_error,
        "rd_low": difference.interval.low,
        "rd_high": difference.interval.high,
        "chi2": plain.statistic,
        "p": plain.p,
        "chi2_cc": corrected.statistic,
        "p_cc": corrected.p,
        "breslow_day": by_stratum.statistic,
        "breslow_day_p": by_stratum.p,
    })
}

fn simpson_pair(i: &Value) -> Value {
    let shares = |side: &Value| -> Vec<Proportion> {
        let share = |row: &Value| Proportion::new(count(&row[1]), count(&row[0])).unwrap();
        list(side).iter().map(share).collect()
    };
    let (left, right) = (shares(&i["A"]), shares(&i["B"]));
    let pairs = left.iter().zip(&right);
    let strata: Vec<Stratum> = pairs.map(|(&left, &right)| Stratum { left, right }).collect();
    let crude = |shares: Vec<Proportion>| Proportion::pooled(shares).unwrap().value();
    json!({
        "crude_A": crude(left),
        "crude_B": crude(right),
        "mh_or": odds_ratio(&strata, Confidence::P95).unwrap().value,
        "mh_rd": risk_difference(&strata, Confidence::P95).unwrap().value,
    })
}

fn indirect(i: &Value) -> Value {
    let against = |s: &Value| Against { share: share(s, "red", "n"), network: real(&s["national"]) };
    let strata: Vec<Against> = list(&i["strata"]).iter().map(against).collect();
    let found = Indirect::of(&strata).unwrap();
    let exact = found.ratio_exact(confidence(i)).unwrap();
    let byar = found.ratio_byar(confidence(i)).unwrap();
    let tails = found.tails(0.0).unwrap();
    json!({
        "observed": found.observed().successes(),
        "expected": found.expected(),
        "ratio": found.ratio(),
        "var_null": found.variance(),
        "z": found.z(),
        "own_target": found.own_target(),
        "adjusted_rate": found.adjusted(real(&i["national_rate"])),
        "ratio_low_exact": exact.low,
        "ratio_high_exact": exact.high,
        "ratio_low_byar": byar.low,
        "ratio_high_byar": byar.high,
        "p_low": tails.low,
        "p_high": tails.high,
    })
}

/// One part a variable of the specification.
fn parts(left: &Value, right: &Value, spec: &Value) -> Vec<gower::Part> {
    let part = |variable: &Value| {
        let name = variable["name"].as_str().unwrap();
        let (left, right) = (&left[name], &right[name]);
        let known = !left.is_null() && !right.is_null();
        let distance = if known { partial(left, right, variable) } else { None };
        gower::Part { weight: real(&variable["weight"]), distance }
    };
    list(spec).iter().map(part).collect()
}

fn partial(left: &Value, right: &Value, variable: &Value) -> Option<f64> {
    let range = || gower::Range::of_width(real(&variable["range"])).unwrap();
    let set = |side: &Value| -> BTreeSet<String> { list(side).iter().map(Value::to_string).collect() };
    let mix = |side: &Value| -> BTreeMap<String, f64> {
        side.as_object().unwrap().iter().map(|(key, share)| (key.clone(), real(share))).collect()
    };
    match variable["kind"].as_str().unwrap() {
        "log10" => Some(range().distance(gower::log10(real(left))?, gower::log10(real(right))?)),
        "nominal" => Some(gower::nominal(left, right)),
        "jaccard" => gower::jaccard(&set(left), &set(right)),
        "tv" => gower::total_variation(&mix(left), &mix(right)),
        // Numbers and ranks as they are.
        _ => Some(range().distance(real(left), real(right))),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// JSON has no infinity: the vectors write it as a word.
fn real(value: &Value) -> f64 {
    if value == "inf" { f64::INFINITY } else { value.as_f64().unwrap() }
}

fn number(value: f64) -> Value {
    if value.is_infinite() { json!("inf") } else { json!(value) }
}

fn reals(value: &Value) -> Vec<f64> {
    list(value).iter().map(real).collect()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn counts(value: &Value) -> Vec<u64> {
    list(value).iter().map(count).collect()
}

fn confidence(inputs: &Value) -> Confidence {
    Confidence::new(inputs["conf"].as_f64().unwrap_or(0.95)).unwrap()
}

fn share(inputs: &Value, x: &str, n: &str) -> Proportion {
    Proportion::new(count(&inputs[x]), count(&inputs[n])).unwrap()
}

fn shares(inputs: &Value) -> Vec<Proportion> {
    let pairs = counts(&inputs["r"]).into_iter().zip(counts(&inputs["n"]));
    pairs.map(|(x, n)| Proportion::new(x, n).unwrap()).collect()
}

fn placed(inputs: &Value) -> Vec<Placed> {
    let shares = shares(inputs);
    let target = Proportion::pooled(shares.iter().copied()).unwrap().value();
    shares.into_iter().map(|share| Placed { share, target }).collect()
}

fn prior(inputs: &Value) -> Prior {
    Prior::new(real(&inputs["mean"]), real(&inputs["M"])).unwrap()
}

fn posteriors(inputs: &Value) -> impl Iterator<Item = Posterior> {
    let prior = prior(inputs);
    shares(inputs).into_iter().map(move |share| prior.posterior(share))
}

fn limits(Interval { low, high }: Interval) -> Value {
    json!({ "low": low, "high": high })
}

fn estimate(found: Estimate, value: &str, error: &str) -> Value {
    with(with(limits(found.interval), value, json!(found.value)), error, json!(found.standard_error))
}

fn funnel(prefix: &str, Limits { warning, alarm }: Limits) -> Value {
    let lines =
        [("low95", warning.low), ("high95", warning.high), ("low998", alarm.low), ("high998", alarm.high)];
    lines
        .into_iter()
        .map(|(name, value)| (format!("{prefix}{name}"), json!(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

/// Rows with the same keys, turned into one list a key.
fn columns(rows: impl Iterator<Item = Value>) -> Value {
    let mut columns: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows {
        for (key, value) in row.as_object().unwrap() {
            columns.entry(key.clone()).or_default().push(value.clone());
        }
    }
    json!(columns)
}
