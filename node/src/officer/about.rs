//! Who this node is, which months there are, and what services, channels and reasons are called.

use super::{figures::sentence, warnings};
use crate::{keyring::KeyMatter, views::Views};
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::{Catalogue, Texts},
    names::IpaCode,
    roster::Role,
    wire::officer::v1 as wire,
};
use std::collections::BTreeMap;

/// What the answer holds beside the views.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) own: &'a IpaCode,
    pub(super) federation: &'a str,
    pub(super) demo: bool,
    pub(super) matters: &'a [KeyMatter],
}

pub(super) fn about(views: &Views, node: &Node<'_>, today: CivilDay) -> wire::AboutReply {
    let member = views.roster().member(node.own);
    let months = views.months();
    // Older versions first, so that a name is the newest one of a service that may be gone since.
    let mut services = BTreeMap::new();
    let mut channels = BTreeMap::new();
    let mut reasons = BTreeMap::new();
    let newest = views.catalogues().newest().map(|newest| newest.from_month());
    for month in months.iter().copied().chain([today.month()]).chain(newest) {
        if let Some(catalogue) = views.catalogues().in_force(month) {
            collect(catalogue, &mut services, &mut channels, &mut reasons);
        }
    }
    wire::AboutReply {
        ipa_code: node.own.to_string(),
        name: member.map(|member| member.name.clone()).unwrap_or_default(),
        role: member.map_or("", |member| role(member.role)).to_owned(),
        months: months.into_iter().map(Month::yyyymm).collect(),
        services: services.into_values().collect(),
        channels: channels.into_values().collect(),
        reasons: reasons.into_values().collect(),
        federation: node.federation.to_owned(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        today: today.yyyymmdd(),
        demo: node.demo,
        warnings: warnings::of_node(member, node.matters, today).into_iter().map(sentence).collect(),
    }
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Ente => "ente",
        Role::Observer => "observer",
        Role::Hub => "hub",
    }
}

fn collect(
    catalogue: &Catalogue,
    services: &mut BTreeMap<String, wire::Named>,
    channels: &mut BTreeMap<String, wire::Named>,
    reasons: &mut BTreeMap<String, wire::ChannelReasons>,
) {
    for (code, service) in catalogue.services() {
        services.insert(code.to_string(), named(code.as_str(), &service.name, &service.area));
    }
    for (code, name) in catalogue.channels() {
        channels.insert(code.to_string(), named(code.as_str(), name, ""));
        if let Some(four) = catalogue.reasons(code) {
            let four = (1..).zip(four).map(|(number, text): (u32, _)| named(&number.to_string(), text, ""));
            let list = wire::ChannelReasons { channel: code.to_string(), reasons: four.collect() };
            reasons.insert(code.to_string(), list);
        }
    }
}

fn named(code: &str, texts: &Texts, area: &str) -> wire::Named {
    wire::Named {
        code: code.to_owned(),
        it: texts.in_language("it").to_owned(),
        en: texts.in_language("en").to_owned(),
        area: area.to_owned(),
    }
}
