//! Versions of the catalogue: put together, in force, refused.

use super::*;
use crate::{calendar::CivilDay, limits::CATALOGUES_PENDING_MAX};
use std::sync::Arc;

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

fn text(text: &str) -> Vec<wire::LocalisedText> {
    vec![wire::LocalisedText { language: "it".to_owned(), text: text.to_owned() }]
}

fn service(code: &str, sensitive: bool) -> wire::Service {
    wire::Service { code: code.to_owned(), name: text(code), sensitive, ..wire::Service::default() }
}

fn part(version: u32) -> wire::CataloguePart {
    let reason = || wire::ReasonText { text: text("Attesa") };
    wire::CataloguePart {
        version,
        part: 0,
        services: vec![service("anagrafe", false), service("sociale", true)],
        channels: vec![wire::Channel { code: "counter".to_owned(), name: text("Sportello") }],
        reasons: vec![wire::ReasonList {
            channel: "counter".to_owned(),
            reasons: (0..4).map(|_| reason()).collect(),
        }],
        texts: vec![wire::Text { key: "welcome".to_owned(), text: text("Mettiamoci la faccia") }],
        targets: Some(wire::AdhesionTargets { enti: 100, services: 300 }),
    }
}

fn assemble(part: wire::CataloguePart) -> Result<Catalogue, CatalogueError> {
    Catalogue::assemble(1, month(202_602), (5, 10), &[part])
}

fn id(byte: u8) -> Id {
    Id::from_bytes([byte; 32])
}

/// Publishes a version that begins with `from_month` on `published`.
fn publish(
    catalogues: &mut Catalogues,
    version: u32,
    from_month: u32,
    published: u32,
) -> Result<Arc<Catalogue>, CatalogueError> {
    let made = Catalogue::assemble(version, month(from_month), (5, 10), &[part(version)]).unwrap();
    let mut ids = Vec::new();
    for (number, part) in (0u8..).zip(made.parts()) {
        ids.push(id(number));
        catalogues.part(id(number), &part)?;
    }
    catalogues.closing(&made.closing(&ids), day(published))
}

#[test]
fn the_version_of_a_month_is_the_highest_that_has_begun() {
    let mut catalogues = Catalogues::default();
    assert!(catalogues.in_force(month(202_602)).is_none());
    publish(&mut catalogues, 1, 202_602, 20_260_131).unwrap();
    publish(&mut catalogues, 3, 202_606, 20_260_301).unwrap();
    publish(&mut catalogues, 4, 202_604, 20_260_302).unwrap();
    let version = |yyyymm| catalogues.in_force(month(yyyymm)).map(|catalogue| catalogue.version());
    assert_eq!(version(202_601), None);
    assert_eq!(version(202_603), Some(1));
    assert_eq!(version(202_604), Some(4));
    // Version 4 is higher than 3, though 3 begins later.
    assert_eq!(version(202_606), Some(4));
    assert_eq!(catalogues.newest().map(|catalogue| catalogue.version()), Some(4));
}

#[test]
fn no_version_changes_a_month_that_has_begun() {
    let mut catalogues = Catalogues::default();
    let refused = publish(&mut catalogues, 1, 202_602, 20_260_201);
    let early = CatalogueError::BeginsTooEarly { from_month: month(202_602), published_in: month(202_602) };
    assert_eq!(refused, Err(early));
    assert!(catalogues.newest().is_none());
    // The number is not used up.
    publish(&mut catalogues, 1, 202_603, 20_260_201).unwrap();
    let again = publish(&mut catalogues, 1, 202_604, 20_260_301);
    assert_eq!(again, Err(CatalogueError::Version { version: 1, newest: 1 }));
}

#[test]
fn a_closing_entry_binds_all_its_parts_in_order() {
    let made = assemble(part(1)).unwrap();
    let parts = made.parts();
    let mut catalogues = Catalogues::default();
    let closing = made.closing(&[id(1)]);
    let missing = CatalogueError::PartMissing { version: 1, parts: 1, missing: 0 };
    assert_eq!(catalogues.closing(&closing, day(20_260_110)), Err(missing));
    catalogues.part(id(2), &parts[0]).unwrap();
    let other = CatalogueError::Hash { version: 1 };
    assert_eq!(catalogues.closing(&closing, day(20_260_110)), Err(other));
    catalogues.part(id(1), &parts[0]).unwrap();
    assert_eq!(catalogues.closing(&closing, day(20_260_110)).map(|made| made.version()), Ok(1));
}

#[test]
fn a_large_catalogue_is_split_and_comes_together_again() {
    let mut large = part(1);
    let names =
        |i: usize| vec![wire::LocalisedText { language: "it".to_owned(), text: "x".repeat(900 + i % 7) }];
    large.services = (0..300)
        .map(|i| wire::Service { code: format!("s{i:04}"), name: names(i), ..wire::Service::default() })
        .collect();
    let made = assemble(large).unwrap();
    let parts = made.parts();
    assert!(parts.len() > 4, "{} parts", parts.len());
    assert!(parts.iter().all(|part| part.encoded_len() <= CATALOGUE_PART_BYTES_MAX));
    assert!(parts.iter().map(|part| part.part).eq((0u32..).take(parts.len())));
    assert_eq!(Catalogue::assemble(1, month(202_602), (5, 10), &parts), Ok(made));
}

#[test]
fn wrong_catalogues_are_refused_by_name() {
    type Change = fn(&mut wire::CataloguePart);
    let refused = |change: Change| {
        let mut part = part(1);
        change(&mut part);
        assemble(part).unwrap_err()
    };
    assert!(matches!(
        refused(|p| p.services.clear()),
        CatalogueError::Count { what: "services", count: 0, .. }
    ));
    assert!(matches!(
        refused(|p| p.services.push(service("anagrafe", false))),
        CatalogueError::Twice { what: "service", .. }
    ));
    assert!(matches!(
        refused(|p| p.reasons[0].reasons.truncate(3)),
        CatalogueError::Count { what: "reasons for a channel", count: 3, .. }
    ));
    assert!(matches!(
        refused(|p| p.reasons[0].channel = "web".to_owned()),
        CatalogueError::UnknownChannel { .. }
    ));
    assert!(matches!(refused(|p| p.services[0].code.clear()), CatalogueError::Name(_)));
    assert!(matches!(refused(|p| p.texts[0].text.clear()), CatalogueError::Count { .. }));
    assert!(matches!(
        refused(|p| p.services[0].area = "x".repeat(65)),
        CatalogueError::TextTooLong { bytes: 65, bytes_max: 64 }
    ));
    for (threshold, sensitive) in [(2, 10), (5, 4), (5, 21), (21, 21)] {
        let made = Catalogue::assemble(1, month(202_602), (threshold, sensitive), &[part(1)]);
        assert_eq!(made, Err(CatalogueError::Threshold { threshold, sensitive }));
    }
}

#[test]
fn parts_without_closing_entry_are_forgotten_beyond_their_bound() {
    let mut catalogues = Catalogues::default();
    for version in 1..=6 {
        catalogues.part(id(1), &part(version)).unwrap();
    }
    assert_eq!(catalogues.pending.len(), CATALOGUES_PENDING_MAX);
    let beyond = wire::CataloguePart { part: CATALOGUE_PARTS_MAX, ..part(6) };
    assert_eq!(catalogues.part(id(1), &beyond), Err(CatalogueError::Part { part: CATALOGUE_PARTS_MAX }));
}

#[test]
fn thresholds_and_texts_are_found() {
    let made = assemble(part(1)).unwrap();
    assert_eq!(made.threshold_of(&"sociale".parse().unwrap()), 10);
    assert_eq!(made.threshold_of(&Code::altri()), 5);
    assert_eq!(made.sensitive(), ["sociale".parse().unwrap()].into());
    let four = made.reasons(&"counter".parse().unwrap()).unwrap();
    assert_eq!(four[0].in_language("fr"), "Attesa");
    assert_eq!(Texts::default().in_language("it"), "");
}
