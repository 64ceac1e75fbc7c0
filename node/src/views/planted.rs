//! The planted fixture (`fixtures/planted`): what is true of 60 invented enti, and what the views find in their year.
//!
//! It is small and frozen; `planted` in the simulations judges the same on many large ones.

use super::{
    town::{Town, carried, channel, month, service, summary},
    *,
};
use crate::stats::{Beyond, Level};
use faccina_proto::wire::feed::v1 as wire;
use std::sync::Arc;

const SERVICES: &str = include_str!("../../../fixtures/planted/services.csv");
const TRUTH: &str = include_str!("../../../fixtures/planted/truth.csv");
const GROUPS: &str = include_str!("../../../fixtures/planted/groups.csv");
const CARRIED: &str = include_str!("../../../fixtures/planted/carried.csv");

/// Service, channel, green, yellow, red.
type Group<'a> = (&'a str, &'a str, u32, u32, u32);

/// The lines of a file below its heading, field by field.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

fn count(text: &str) -> u32 {
    text.parse().unwrap()
}

/// The codes of the enti of a kind, or of all.
fn enti(kind: Option<&str>) -> Vec<IpaCode> {
    let of_kind = lines(TRUTH).filter(|fields| kind.is_none_or(|kind| fields[1] == kind));
    of_kind.map(|fields| fields[0].parse().unwrap()).collect()
}

/// The true share of reds by channel.
fn reds(ente: &IpaCode) -> [f64; 3] {
    let fields = lines(TRUTH).find(|fields| fields[0] == ente.as_str()).unwrap();
    [4, 6, 8].map(|field| fields[field].parse().unwrap())
}

fn views() -> Views {
    let codes: Vec<&str> = lines(TRUTH).map(|fields| fields[0]).collect();
    let part = wire::CataloguePart {
        version: 1,
        services: lines(SERVICES).map(|fields| service(fields[0], fields[1], fields[2] == "true")).collect(),
        channels: ["counter", "phone", "web"].map(channel).to_vec(),
        ..wire::CataloguePart::default()
    };
    let mut town = Town::founded_with(&codes, part);
    let mut groups: BTreeMap<(&str, u32), Vec<Group<'_>>> = BTreeMap::new();
    for fields in lines(GROUPS) {
        let name = |field: &'static str| if field == "ALTRI" { "" } else { field };
        let [green, yellow, red] = [4, 5, 6].map(|field| count(fields[field]));
        let group = (name(fields[2]), name(fields[3]), green, yellow, red);
        groups.entry((fields[0], count(fields[1]))).or_default().push(group);
    }
    let mut carry: BTreeSet<(&str, u32)> =
        lines(CARRIED).map(|fields| (fields[0], count(fields[1]))).collect();
    for ente in codes {
        let mut carried_from = Vec::new();
        for yyyymm in 202_601..=202_612 {
            let closed = month(yyyymm).last_day().plus_days(11).yyyymmdd();
            if carry.remove(&(ente, yyyymm)) {
                carried_from.push(yyyymm);
                town.summarise(ente, closed, carried(yyyymm));
            } else {
                // Nobody voted in a month that is in neither file.
                let groups = groups.remove(&(ente, yyyymm)).unwrap_or_default();
                let carried_from = std::mem::take(&mut carried_from);
                town.summarise(ente, closed, wire::Summary { carried_from, ..summary(yyyymm, &groups) });
            }
        }
    }
    let views = town.views();
    assert_eq!(views.refused().next(), None);
    views
}

fn places(views: &Views, indicator: Indicator) -> Places {
    let question =
        Question { month: month(202_612), window: Window::Twelve, filter: Filter::default(), indicator };
    Places::of(question, Arc::new(views.sums(month(202_601), month(202_612))))
}

#[test]
fn what_was_planted_is_found() {
    let views = views();
    assert_eq!(views.accepted().count(), 60 * 12);
    assert!(views.month_of(&enti(None)[59], month(202_601)).accepted().is_some());
    let places = places(&views, Indicator::Green);
    let place = |code: &IpaCode| *places.ente(code).and_then(|(_, _, place)| place).unwrap();

    for honest in enti(Some("honest")) {
        let peers = place(&honest).peers;
        assert!(![Beyond::Below(Level::Alarm), Beyond::Above(Level::Alarm)].contains(&peers), "{honest}");
    }
    for better in enti(Some("better")) {
        assert_eq!(place(&better).plain, Beyond::Above(Level::Alarm), "{better}");
    }
    for worse in enti(Some("worse")) {
        assert_eq!(place(&worse).plain, Beyond::Below(Level::Alarm), "{worse}");
    }
}

#[test]
fn the_simpson_pair_is_shown_reversed() {
    let views = views();
    let (web, counter) = (&enti(Some("simpson_web"))[0], &enti(Some("simpson_counter"))[0]);
    let year = views.sums(month(202_601), month(202_612));
    let pooled = Pair::of(&year, web, counter, Indicator::Green).pooled.unwrap();
    assert!(pooled.crude < -0.02, "{pooled:?}");
    assert!(pooled.difference.interval.low > 0.0, "{pooled:?}");
}

#[test]
fn who_has_the_evidence_is_better_than_the_network_in_every_channel() {
    let views = views();
    let year = Arc::new(views.sums(month(202_601), month(202_612)));
    let yardstick = Yardstick::of(&views, year);
    let notable = |code: &IpaCode| yardstick.evidence(&views, code).iter().any(|(_, found)| found.notable());
    let found: Vec<IpaCode> = enti(None).into_iter().filter(notable).collect();
    assert!(found.len() >= 3, "{found:?}");
    for ente in found {
        assert!(reds(&ente).iter().zip([0.03, 0.07, 0.10]).all(|(red, network)| *red < network), "{ente}");
    }
}
