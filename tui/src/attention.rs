//! What about a member of the network is to be looked at, and which members *Rete* lists. In order of what weighs most,
//! then by name; never by results.

use faccina_proto::wire::officer::v1::{AdhesionReply, Delivery, Member, NetworkReply};
use std::collections::BTreeSet;

/// What a member is to be looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    Forked,
    Revoked,
    OverQuota,
    Silent,
    Never,
    Late,
    Unusable,
    /// Its copy of the feeds is old.
    Behind,
    Key,
    /// Something else that it owes is missing, as a survey plan.
    Owing,
    Fine,
    Left,
}

impl Condition {
    /// All, those that weigh most first.
    pub const ALL: [Self; 12] = [
        Self::Forked,
        Self::Revoked,
        Self::OverQuota,
        Self::Silent,
        Self::Never,
        Self::Late,
        Self::Unusable,
        Self::Behind,
        Self::Key,
        Self::Owing,
        Self::Fine,
        Self::Left,
    ];

    /// The identifier used in the names of texts.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Forked => "forked",
            Self::Revoked => "revoked",
            Self::OverQuota => "over-quota",
            Self::Silent => "silent",
            Self::Never => "never",
            Self::Late => "late",
            Self::Unusable => "unusable",
            Self::Behind => "behind",
            Self::Key => "key",
            Self::Owing => "owing",
            Self::Fine => "fine",
            Self::Left => "left",
        }
    }

    /// Whether somebody has to do something.
    #[must_use]
    pub fn alarms(self) -> bool {
        !matches!(self, Self::Fine | Self::Left)
    }
}

/// The codes of the members that owe something.
#[must_use]
pub fn owing(adhesion: Option<&AdhesionReply>) -> BTreeSet<&str> {
    adhesion.iter().flat_map(|reply| &reply.latecomers).map(|late| late.ipa_code.as_str()).collect()
}

/// All that holds of a member, what weighs most first; never empty. `owes` where it is a latecomer.
#[must_use]
pub fn conditions(member: &Member, owes: bool) -> Vec<Condition> {
    if member.state == "left" {
        return vec![Condition::Left];
    }
    let feed = match member.state.as_str() {
        "forked" => Some(Condition::Forked),
        "revoked" => Some(Condition::Revoked),
        "over-quota" => Some(Condition::OverQuota),
        _ => None,
    };
    let months = match member.delivery() {
        Delivery::Silent => Some(Condition::Silent),
        Delivery::Never => Some(Condition::Never),
        Delivery::Late => Some(Condition::Late),
        Delivery::Unspecified | Delivery::NotDue | Delivery::InTime => None,
    };
    let unusable = (member.refused > 0 || member.not_understood > 0).then_some(Condition::Unusable);
    let behind = (member.behind_hours > 0).then_some(Condition::Behind);
    let key = member.key_ageing.then_some(Condition::Key);
    let found: Vec<Condition> = [feed, months, unusable, behind, key].into_iter().flatten().collect();
    match (found.is_empty(), owes) {
        (true, true) => vec![Condition::Owing],
        (true, false) => vec![Condition::Fine],
        (false, _) => found,
    }
}

/// The members that pass the filters, in order: indices into the reply. A filter is the slug of a condition.
#[must_use]
pub fn members(
    reply: &NetworkReply,
    owing: &BTreeSet<&str>,
    condition: Option<&str>,
    text: &str,
) -> Vec<usize> {
    let wanted = text.to_lowercase();
    let named = |member: &Member| {
        member.name.to_lowercase().contains(&wanted) || member.ipa_code.to_lowercase().contains(&wanted)
    };
    let mut rows: Vec<(Condition, String, usize)> = Vec::new();
    for (index, member) in reply.members.iter().enumerate().filter(|(_, member)| named(member)) {
        let found = conditions(member, owing.contains(member.ipa_code.as_str()));
        let passes = condition.is_none_or(|slug| found.iter().any(|one| one.slug() == slug));
        if let Some(first) = found.first().filter(|_| passes) {
            rows.push((*first, member.name.to_lowercase(), index));
        }
    }
    rows.sort();
    rows.into_iter().map(|(_, _, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, state: &str, delivery: Delivery) -> Member {
        Member {
            name: name.into(),
            ipa_code: name.into(),
            state: state.into(),
            delivery: delivery.into(),
            ..Member::default()
        }
    }

    fn reply() -> NetworkReply {
        let ageing = Member { key_ageing: true, ..member("Alfa", "ok", Delivery::Late) };
        let members = vec![
            member("Zeta", "ok", Delivery::InTime),
            ageing,
            member("Beta", "forked", Delivery::Silent),
            member("Gamma", "left", Delivery::NotDue),
            member("Delta", "ok", Delivery::Late),
        ];
        NetworkReply { members, ..NetworkReply::default() }
    }

    #[test]
    fn what_weighs_most_comes_first_and_then_the_name() {
        assert_eq!(members(&reply(), &BTreeSet::new(), None, ""), [2, 1, 4, 0, 3]);
    }

    #[test]
    fn a_filter_finds_whoever_has_the_condition_among_others() {
        let found = |slug, text| members(&reply(), &BTreeSet::new(), Some(slug), text);
        assert_eq!(found("silent", ""), [2]);
        assert_eq!(found("key", ""), [1]);
        assert_eq!(found("late", "DEL"), [4]);
        assert_eq!(found("over-quota", ""), [0_usize; 0]);
    }

    #[test]
    fn who_only_lacks_a_plan_is_not_in_order() {
        let owing = BTreeSet::from(["Zeta", "Delta"]);
        assert_eq!(members(&reply(), &owing, Some("owing"), ""), [0]);
        assert_eq!(conditions(&reply().members[4], true), [Condition::Late], "what is late is said already");
    }
}
