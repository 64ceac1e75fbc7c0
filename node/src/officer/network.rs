//! Members, heads, connections, key life.

use super::{about::role, figures::sentence};
use crate::{
    views::{Behind, Delivery, Feeds, Node, Reach, Views, behind},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::IpaCode,
    sync::{Alarm, Lag},
    wire::officer::v1 as wire,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the network adds to the feeds.
pub(super) struct Links<'a> {
    pub(super) own: &'a IpaCode,
    /// Members connected to this node, itself apart.
    pub(super) connected: &'a BTreeSet<IpaCode>,
    pub(super) digest: [u8; 32],
    /// The software that each connected member says it runs.
    pub(super) versions: &'a BTreeMap<IpaCode, String>,
    /// The connected members whose copy of the feeds is behind.
    pub(super) behind: &'a BTreeMap<IpaCode, Lag>,
}

pub(super) fn network(
    views: &Views,
    feeds: &dyn Feeds,
    links: &Links<'_>,
    today: CivilDay,
) -> wire::NetworkReply {
    let nodes = views.network(feeds, today);
    let words = match behind(views.roster(), feeds) {
        Some(behind) => behind_in_words(&behind),
        None => headline(&nodes, links, today),
    };
    wire::NetworkReply {
        members: nodes.iter().map(|node| member(node, links, today)).collect(),
        digest: hex::encode(links.digest),
        connected: u32::try_from(links.connected.len()).unwrap_or(u32::MAX),
        headline_it: words.it,
        headline_en: words.en,
        counts: Some(counts(&nodes, links, today)),
        stopped: None,
    }
}

/// Why this node publishes nothing, for the people who wait for it.
pub(super) fn stopped(alarm: Option<&Alarm>, asks_what_it_published: bool) -> Option<wire::Sentence> {
    let key = match alarm {
        Some(Alarm::OwnEntryElsewhere { .. }) => "stopped-behind",
        Some(Alarm::ForeignEntry { .. }) => "stopped-foreign",
        Some(Alarm::OtherRun { .. }) => "stopped-copy",
        None if asks_what_it_published => "stopped-asking",
        None => return None,
    };
    Some(sentence(say(key, &[])))
}

fn counts(nodes: &[Node<'_>], links: &Links<'_>, today: CivilDay) -> wire::NetworkCounts {
    let mut counts = wire::NetworkCounts::default();
    for node in nodes.iter().filter(|node| !matches!(node.reach, Reach::Left { .. })) {
        match node.punctuality.map(|punctuality| punctuality.delivery) {
            Some(Delivery::Late { .. }) => counts.late += 1,
            Some(Delivery::Silent { .. }) => counts.silent += 1,
            Some(Delivery::Never { .. }) => counts.never += 1,
            Some(Delivery::NotDue | Delivery::InTime { .. }) | None => {}
        }
        match node.reach {
            Reach::Forked { .. } => counts.forked += 1,
            Reach::OverQuota { .. } => counts.over_quota += 1,
            Reach::Revoked => counts.revoked += 1,
            Reach::Ok | Reach::Left { .. } => {}
        }
        counts.unusable += u32::from(node.refused > 0 || node.not_understood > 0);
        counts.behind += u32::from(links.behind.contains_key(&node.member.code));
        counts.keys += u32::from(node.key.is_some_and(|key| key.is_ageing(today)));
    }
    counts
}

/// A delivery, the days it is late, the first missing month and how many are missing.
fn delivery(delivery: Delivery) -> (wire::Delivery, u32, u32, usize) {
    match delivery {
        Delivery::NotDue => (wire::Delivery::NotDue, 0, 0, 0),
        Delivery::InTime { late_days } => (wire::Delivery::InTime, late_days, 0, 0),
        Delivery::Late { month, days } => (wire::Delivery::Late, days, month.yyyymm(), 1),
        Delivery::Silent { since, months, days } => (wire::Delivery::Silent, days, since.yyyymm(), months),
        Delivery::Never { since, months, days } => (wire::Delivery::Never, days, since.yyyymm(), months),
    }
}

fn member(node: &Node<'_>, links: &Links<'_>, today: CivilDay) -> wire::Member {
    let code = &node.member.code;
    let last = node.punctuality.and_then(|punctuality| punctuality.last);
    let (delivery, late_days, missing_since_month, missing) = node
        .punctuality
        .map_or((wire::Delivery::Unspecified, 0, 0, 0), |punctuality| delivery(punctuality.delivery));
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let lag = links.behind.get(code);
    let few = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let days_left = node.key.map(|key| key.days_left(today));
    wire::Member {
        index: u32::try_from(node.member.index).unwrap_or(u32::MAX),
        ipa_code: code.to_string(),
        name: node.member.name.clone(),
        role: role(node.member.role).to_owned(),
        head: node.head.map_or(0, |(sequence, _)| sequence),
        head_id: node.head.map(|(_, id)| id.to_string().chars().take(16).collect()).unwrap_or_default(),
        state: state(&node.reach).to_owned(),
        connected: code == links.own || links.connected.contains(code),
        last_entry_day: node.last_entry_day.map_or(0, CivilDay::yyyymmdd),
        key_valid_to_day: node.key.map_or(0, |key| key.valid_to.yyyymmdd()),
        key_life_percent: node.key_life_percent(today),
        software_version: node.software_version.clone(),
        delivery: delivery.into(),
        due_month: node.punctuality.and_then(|it| it.due).map_or(0, Month::yyyymm),
        last_month: last.map_or(0, |(month, _)| month.yyyymm()),
        last_month_day: last.map_or(0, |(_, day)| day.yyyymmdd()),
        late_days,
        missing_since_month,
        missing_months: count(missing),
        refused: count(node.refused),
        not_understood: count(node.not_understood),
        rules_version: node.rules_version,
        key_days_left: days_left.and_then(|days| i32::try_from(days).ok()),
        key_ageing: node.key.is_some_and(|key| key.is_ageing(today)),
        running_version: links.versions.get(code).cloned().unwrap_or_default(),
        mailbox: node.member.mailbox.clone(),
        union_members: node.member.union_members.iter().map(ToString::to_string).collect(),
        delegated_services: node.member.delegated_services.iter().map(ToString::to_string).collect(),
        behind_hours: lag.map_or(0, |lag| few(lag.hours)),
        behind_root_entries: lag.map_or(0, |lag| few(lag.root_entries)),
        follows: node.member.follows.iter().map(ToString::to_string).collect(),
    }
}

fn state(reach: &Reach) -> &'static str {
    match reach {
        Reach::Ok => "ok",
        Reach::Forked { .. } => "forked",
        Reach::OverQuota { .. } => "over-quota",
        Reach::Revoked => "revoked",
        Reach::Left { .. } => "left",
    }
}

/// Somebody keeps entries from this node: before anything else, what the screen shows is not all there is.
fn behind_in_words(behind: &Behind) -> Words {
    let feeds = u64::try_from(behind.feeds).unwrap_or(u64::MAX);
    let month = behind.month.to_string();
    let month = ("month", Value::Text(&month));
    match behind.root {
        true => say("network-behind-root", &[month]),
        false => say("network-behind", &[month, ("feeds", Value::Count(feeds))]),
    }
}

/// Members named in the sentence; of the others only how many they are.
const NAMES_MAX: usize = 2;

fn headline(nodes: &[Node<'_>], links: &Links<'_>, today: CivilDay) -> Words {
    let present: Vec<_> = nodes.iter().filter(|node| !matches!(node.reach, Reach::Left { .. })).collect();
    let named = |wanted: &dyn Fn(&Node<'_>) -> bool| {
        let mut names = present.iter().filter(|node| wanted(node)).map(|node| node.member.name.as_str());
        let mut shown = names.by_ref().take(NAMES_MAX).collect::<Vec<_>>().join(", ");
        let more = names.count();
        if more > 0 {
            shown += &format!(" + {more}");
        }
        shown
    };
    let troubled = named(&|node| node.reach != Reach::Ok);
    let ageing = named(&|node| node.key.is_some_and(|key| key.is_ageing(today)));
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    let members = ("members", count(present.len()));
    let connected = ("connected", count(links.connected.len()));
    if !troubled.is_empty() {
        say("network-troubled", &[members, connected, ("names", Value::Text(&troubled))])
    } else if links.connected.is_empty() {
        say("network-alone", &[members])
    } else if !ageing.is_empty() {
        say("network-keys", &[members, connected, ("names", Value::Text(&ageing))])
    } else {
        say("network-fine", &[members, connected])
    }
}
