//! What the entries that a person publishes must be. What receivers would pass over is refused here, where the person
//! who can mend it reads the reason.

use super::{Board, invalid, wrong};
use crate::{config::Role, multiaddress::is_dialable, telling::sentence};
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogues,
    envelope::Id,
    feed::Body,
    limits::PUBLISHED_TEXT_BYTES_MAX,
    names::{Code, NameError},
    practice, text,
    twinning::Outcome,
    wire::feed::v1 as feed,
};
use tonic::Status;

/// Service × channel pairs of a survey plan.
const SURVEYED_MAX: usize = 1_024;
/// Numbers that a new version of the catalogue may leave out: a mistyped one would use up all that are left, for good.
const VERSIONS_LEFT_OUT_MAX: u32 = 1_000;
/// Addresses of one contact.
const ADDRESSES_MAX: usize = 8;

impl Board {
    /// Refuses what receivers would pass over, and puts lists in order.
    pub(super) fn checked(&self, body: Body) -> Result<Body, Status> {
        match body {
            Body::SurveyPlan(plan) => {
                self.expect_role(Role::Ente, "a survey plan is published")?;
                let plan = checked_plan(plan)?;
                plan.surveyed.iter().try_for_each(|pair| self.expect_pair(pair))?;
                Ok(Body::SurveyPlan(plan))
            }
            Body::PublicationNotice(notice) => {
                self.check_notice(&notice)?;
                Ok(Body::PublicationNotice(notice))
            }
            Body::Availability(availability) => {
                self.expect_role(Role::Ente, "availability as an expert is published")?;
                practice::availability(&availability).map_err(|error| invalid(&error))?;
                availability.areas.iter().try_for_each(|area| self.expect_area(area))?;
                Ok(Body::Availability(availability))
            }
            Body::Contact(contact) => {
                check_contact(&contact)?;
                Ok(Body::Contact(contact))
            }
            Body::CataloguePart(part) => {
                self.expect_role(Role::Observer, "the catalogue is published")?;
                self.check_part(&part)?;
                Ok(Body::CataloguePart(part))
            }
            Body::CatalogueClosing(closing) => {
                self.expect_role(Role::Observer, "the catalogue is published")?;
                let mut catalogues = Catalogues::clone(&self.office.catalogues());
                let counts = catalogues.closing(&closing, self.clock.today());
                counts.map_err(|error| Status::failed_precondition(sentence(&error)))?;
                Ok(Body::CatalogueClosing(closing))
            }
            Body::ExpertDesignation(designation) => {
                self.check_designation(&designation)?;
                Ok(Body::ExpertDesignation(designation))
            }
            Body::ExpertRevocation(revocation) => {
                self.expect_role(Role::Observer, "designations are revoked")?;
                self.expect_member(&revocation.ipa_code)?;
                short(&revocation.reason)?;
                Ok(Body::ExpertRevocation(revocation))
            }
            Body::TwinningOutcome(outcome) => {
                self.expect_role(Role::Ente, "outcomes of twinnings are published")?;
                Outcome::read(&outcome).map_err(|error| invalid(&error))?;
                Ok(Body::TwinningOutcome(outcome))
            }
            Body::PracticeCard(card) => {
                self.expect_role(Role::Ente, "practice cards are published")?;
                self.checked_card(card).map(Body::PracticeCard)
            }
            Body::NamingConsent(consent) => {
                self.expect_role(Role::Ente, "consent to be named is given")?;
                practice::consent(&consent).map_err(|error| invalid(&error))?;
                Ok(Body::NamingConsent(consent))
            }
            Body::Genesis(_)
            | Body::Member(_)
            | Body::Revocation(_)
            | Body::Ruling(_)
            | Body::Succession(_)
            | Body::NationalMonth(_)
            | Body::Summary(_)
            | Body::TwinningAgreement(_)
            | Body::Unknown => Err(wrong("this is published by its own way, never by hand")),
        }
    }

    fn check_part(&self, part: &feed::CataloguePart) -> Result<(), Status> {
        let mut catalogues = Catalogues::clone(&self.office.catalogues());
        let newest = catalogues.newest().map_or(0, |newest| newest.version());
        if part.version.saturating_sub(newest) > VERSIONS_LEFT_OUT_MAX {
            return Err(Status::failed_precondition(format!(
                "version {} leaves too few numbers to those to come: the newest is {newest}, take the next",
                part.version
            )));
        }
        // The entry is not made yet; whether its version is new does not depend on its id.
        let counts = catalogues.part(Id::from_bytes([0; 32]), part);
        counts.map_err(|error| Status::failed_precondition(sentence(&error)))
    }

    fn check_designation(&self, designation: &feed::ExpertDesignation) -> Result<(), Status> {
        self.expect_role(Role::Observer, "experts are designated")?;
        self.expect_ente(&designation.ipa_code)?;
        self.expect_area(&designation.area)?;
        short(&designation.reason)?;
        let until = CivilDay::from_yyyymmdd(designation.valid_to_day).map_err(|error| invalid(&error))?;
        if until < self.clock.today() {
            return Err(wrong("a designation ends on a day to come"));
        }
        Ok(())
    }

    fn check_notice(&self, notice: &feed::PublicationNotice) -> Result<(), Status> {
        self.expect_role(Role::Ente, "a publication notice is published")?;
        self.expect_surveyed(Month::from_yyyymm(notice.month).map_err(|error| invalid(&error))?)?;
        if !notice.url.starts_with("https://") && !notice.url.starts_with("http://") {
            return Err(wrong("the address of the publication begins with https://"));
        }
        short(&notice.url)
    }

    /// A card with its services in order and without repetitions.
    fn checked_card(&self, mut card: feed::PracticeCard) -> Result<feed::PracticeCard, Status> {
        card.services.sort();
        card.services.dedup();
        practice::card(&card).map_err(|error| invalid(&error))?;
        for service in &card.services {
            self.expect_service(&service.parse().map_err(|error: NameError| invalid(&error))?)?;
        }
        Ok(card)
    }
}

fn check_contact(contact: &feed::Contact) -> Result<(), Status> {
    if contact.addresses.len() > ADDRESSES_MAX {
        return Err(wrong("at most 8 addresses are published"));
    }
    contact.addresses.iter().try_for_each(|address| short(address))?;
    if let Some(address) = contact.addresses.iter().find(|address| !is_dialable(address)) {
        return Err(Status::invalid_argument(format!("{address:?} is no multiaddress")));
    }
    Ok(())
}

/// The plan with its pairs in order and without repetitions.
fn checked_plan(mut plan: feed::SurveyPlan) -> Result<feed::SurveyPlan, Status> {
    Month::from_yyyymm(plan.from_month).map_err(|error| invalid(&error))?;
    if plan.surveyed.is_empty() || plan.surveyed.len() > SURVEYED_MAX {
        return Err(wrong("a plan surveys 1 to 1024 pairs of service and channel"));
    }
    for pair in &plan.surveyed {
        pair.service.parse::<Code>().map_err(|error| invalid(&error))?;
        pair.channel.parse::<Code>().map_err(|error| invalid(&error))?;
    }
    if !plan.mailbox.contains('@') {
        return Err(wrong("a plan names the role mailbox of its referent, never a person's"));
    }
    short(&plan.mailbox)?;
    plan.surveyed.sort_by(|a, b| (&a.service, &a.channel).cmp(&(&b.service, &b.channel)));
    plan.surveyed.dedup();
    Ok(plan)
}

fn short(words: &str) -> Result<(), Status> {
    text::paragraphs("text", words, PUBLISHED_TEXT_BYTES_MAX).map(drop).map_err(|error| invalid(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_put_in_order() {
        let pair =
            |service: &str| feed::GroupKey { service: service.to_owned(), channel: "counter".to_owned() };
        let plan = feed::SurveyPlan {
            from_month: 202_601,
            surveyed: vec![pair("tributi"), pair("anagrafe"), pair("tributi")],
            mailbox: "qualita@comune.example.it".to_owned(),
            ..feed::SurveyPlan::default()
        };
        assert_eq!(checked_plan(plan.clone()).unwrap().surveyed, [pair("anagrafe"), pair("tributi")]);
        let nobody = feed::SurveyPlan { mailbox: "Mario Rossi".to_owned(), ..plan };
        assert!(checked_plan(nobody).is_err());
    }
}
