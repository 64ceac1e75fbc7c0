//! The administrations that DFP designated as experts: designations minus revocations and expiry.

use super::Views;
use faccina_proto::{
    calendar::CivilDay,
    feed::{Body, Entry},
    names::IpaCode,
    practice::Availability,
    roster::Member,
};
use std::collections::BTreeMap;

/// DFP's designations in force, by ente and service area. A later designation of the same pair replaces the former.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Designations {
    by_ente: BTreeMap<IpaCode, BTreeMap<String, Designation>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Designation {
    reason: String,
    valid_to: CivilDay,
}

/// A designated administration on a given day.
#[derive(Clone, Debug, PartialEq)]
pub struct Expert<'a> {
    pub member: &'a Member,
    /// The service areas, ascending.
    pub areas: Vec<&'a str>,
    /// DFP's public reasons, one for each area.
    pub reasons: Vec<&'a str>,
    /// The last day of the designation that lasts longest.
    pub valid_to: CivilDay,
    /// The last day for each area.
    pub days: Vec<CivilDay>,
    /// What the ente itself says; `None` if it never said.
    pub availability: Option<&'a Availability>,
}

impl Designations {
    /// A designation without a readable code or day means nothing.
    pub(super) fn apply(&mut self, entry: &Entry) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other body designates nobody")]
        match &entry.body {
            Body::ExpertDesignation(designation) => {
                let code = designation.ipa_code.parse::<IpaCode>();
                if let (Ok(code), Ok(valid_to)) = (code, CivilDay::from_yyyymmdd(designation.valid_to_day)) {
                    let reason = designation.reason.clone();
                    let areas = self.by_ente.entry(code).or_default();
                    areas.insert(designation.area.clone(), Designation { reason, valid_to });
                }
            }
            Body::ExpertRevocation(revocation) => {
                if let Some(areas) = self.by_ente.get_mut(revocation.ipa_code.as_str()) {
                    areas.remove(&revocation.area);
                }
            }
            _ => {}
        }
    }
}

impl Views {
    /// The experts on `today`, ascending by code: designated, not expired, still members.
    #[must_use]
    pub fn experts(&self, today: CivilDay) -> Vec<Expert<'_>> {
        self.designations.by_ente.keys().filter_map(|code| self.expert(code, today)).collect()
    }

    /// Whether an ente is designated on `today`.
    pub(super) fn is_expert(&self, member: &Member, today: CivilDay) -> bool {
        let areas = self.designations.by_ente.get(&member.code).filter(|_| member.belongs_on(today));
        areas.is_some_and(|areas| areas.values().any(|designation| today <= designation.valid_to))
    }

    /// The designation of one ente on `today`.
    #[must_use]
    pub fn expert(&self, code: &IpaCode, today: CivilDay) -> Option<Expert<'_>> {
        let member = self.roster.member(code).filter(|member| member.belongs_on(today))?;
        let in_force: Vec<_> = self
            .designations
            .by_ente
            .get(code)?
            .iter()
            .filter(|(_, designation)| today <= designation.valid_to)
            .collect();
        Some(Expert {
            member,
            areas: in_force.iter().map(|(area, _)| area.as_str()).collect(),
            reasons: in_force.iter().map(|(_, designation)| designation.reason.as_str()).collect(),
            days: in_force.iter().map(|(_, designation)| designation.valid_to).collect(),
            valid_to: in_force.iter().map(|(_, designation)| designation.valid_to).max()?,
            availability: self.standing.get(code).and_then(|standing| standing.availability.as_ref()),
        })
    }
}
