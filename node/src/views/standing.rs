//! What an ente says of itself apart from its summaries: survey plan, publication, availability, addresses.

use faccina_proto::{
    calendar::{CivilDay, Month},
    feed::Body,
    practice::{self, Availability},
    wire::feed::v1 as wire,
};
use std::collections::BTreeMap;

/// The latest word of an ente on each matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The latest survey plan whose first month can be read.
    pub plan: Option<(Month, wire::SurveyPlan)>,
    /// Where each month stands on the ente's own site.
    pub published: BTreeMap<Month, String>,
    /// Whether and for what it is available as an expert; `None` if it never said so readably.
    pub availability: Option<Availability>,
    /// The day that its last entry declares.
    pub last_entry_day: Option<CivilDay>,
    /// The software that made its last summary; empty if there is none.
    pub software_version: String,
    /// The rules by which its last summary was made.
    pub rules_version: Option<u32>,
}

impl Standing {
    pub(super) fn apply(&mut self, body: &Body) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other body is somebody else's matter")]
        match body {
            Body::SurveyPlan(plan) => {
                if let Ok(month) = Month::from_yyyymm(plan.from_month) {
                    self.plan = Some((month, plan.clone()));
                }
            }
            Body::PublicationNotice(notice) => {
                if let Ok(month) = Month::from_yyyymm(notice.month) {
                    self.published.insert(month, notice.url.clone());
                }
            }
            Body::Availability(availability) => {
                if let Ok(availability) = practice::availability(availability) {
                    self.availability = Some(availability);
                }
            }
            Body::Summary(summary) => {
                self.software_version.clone_from(&summary.software_version);
                self.rules_version = Some(summary.rules_version);
            }
            _ => {}
        }
    }
}
