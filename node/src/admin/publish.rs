//! What the administrator publishes in this node's feed. What receivers would pass over is refused here, where the
//! person who can mend it reads the reason.

use super::{AdminService, append_status, invalid, wrong};
use crate::{
    config::Role, federation::is_dialable, observer::PublishError, telling::sentence, tokens::Caller,
};
use faccina_proto::{
    calendar::Month,
    feed::Body,
    names::Code,
    replica::Head,
    wire::{
        admin::v1::{self as wire, publish_request::Body as Asked},
        feed::v1 as feed,
    },
};
use tonic::Status;

/// Longest free text in an entry published by hand, in bytes.
const TEXT_BYTES_MAX: usize = 1_024;
/// Service × channel pairs of a survey plan.
const SURVEYED_MAX: usize = 1_024;
/// Addresses of one contact.
const ADDRESSES_MAX: usize = 8;

impl AdminService {
    pub(super) async fn publish_entry(
        &self,
        caller: Caller,
        request: wire::PublishRequest,
    ) -> Result<wire::PublishReply, Status> {
        let asked = request.body.ok_or_else(|| wrong("nothing to publish is given"))?;
        if let Asked::NationalMonth(asked) = &asked {
            return self.publish_national_month(caller, asked.month, request.offline).await;
        }
        let body = self.body_of(asked)?;
        self.record(caller, "publish", body.name().to_owned()).await?;
        let head = self.federation.append(body, request.offline).await;
        head.map(reply).map_err(|error| append_status(&error))
    }

    fn body_of(&self, asked: Asked) -> Result<Body, Status> {
        match asked {
            Asked::SurveyPlan(plan) => {
                self.expect_role(Role::Ente, "a survey plan is published")?;
                let plan = checked_plan(plan)?;
                plan.surveyed.iter().try_for_each(|pair| self.expect_pair(pair))?;
                Ok(Body::SurveyPlan(plan))
            }
            Asked::PublicationNotice(notice) => {
                self.expect_role(Role::Ente, "a publication notice is published")?;
                self.expect_surveyed(Month::from_yyyymm(notice.month).map_err(|error| invalid(&error))?)?;
                if !notice.url.starts_with("https://") && !notice.url.starts_with("http://") {
                    return Err(wrong("the address of the publication begins with https://"));
                }
                short(&notice.url)?;
                Ok(Body::PublicationNotice(notice))
            }
            Asked::Availability(availability) => {
                self.expect_role(Role::Ente, "availability as an expert is published")?;
                short(&availability.note)?;
                availability.areas.iter().try_for_each(|area| self.expect_area(area))?;
                Ok(Body::Availability(availability))
            }
            Asked::Contact(contact) => {
                if contact.addresses.len() > ADDRESSES_MAX {
                    return Err(wrong("at most 8 addresses are published"));
                }
                contact.addresses.iter().try_for_each(|address| short(address))?;
                if let Some(address) = contact.addresses.iter().find(|address| !is_dialable(address)) {
                    return Err(Status::invalid_argument(format!("{address:?} is no multiaddress")));
                }
                Ok(Body::Contact(contact))
            }
            Asked::CataloguePart(part) => {
                self.expect_role(Role::Observer, "the catalogue is published")?;
                Ok(Body::CataloguePart(part))
            }
            Asked::CatalogueClosing(closing) => {
                self.expect_role(Role::Observer, "the catalogue is published")?;
                Ok(Body::CatalogueClosing(closing))
            }
            Asked::ExpertDesignation(designation) => {
                self.expect_role(Role::Observer, "experts are designated")?;
                self.expect_member(&designation.ipa_code)?;
                self.expect_area(&designation.area)?;
                short(&designation.reason)?;
                Ok(Body::ExpertDesignation(designation))
            }
            Asked::ExpertRevocation(revocation) => {
                self.expect_role(Role::Observer, "designations are revoked")?;
                self.expect_member(&revocation.ipa_code)?;
                short(&revocation.reason)?;
                Ok(Body::ExpertRevocation(revocation))
            }
            Asked::NationalMonth(_) => {
                // Published by its own way above: its figures are computed, not given.
                Err(wrong("a national month is published alone"))
            }
        }
    }

    /// Computes the national month from the feeds as they are, and publishes it.
    async fn publish_national_month(
        &self,
        caller: Caller,
        yyyymm: u32,
        offline: bool,
    ) -> Result<wire::PublishReply, Status> {
        self.expect_role(Role::Observer, "national months are published")?;
        let Some(observer) = &self.observer else { return Err(Status::internal("this node is no observer")) };
        let month = Month::from_yyyymm(yyyymm).map_err(|error| invalid(&error))?;
        self.record(caller, "publish", format!("NationalMonth {month}")).await?;
        observer.publish(month, offline).await.map(reply).map_err(|error| match error {
            PublishError::Append(error) => append_status(&error),
            PublishError::NotOver { .. }
            | PublishError::NobodyExpected { .. }
            | PublishError::Unchanged { .. }
            | PublishError::AsOf(_) => Status::failed_precondition(sentence(&error)),
            PublishError::Stopping => Status::unavailable(sentence(&error)),
        })
    }
}

fn reply(head: Head) -> wire::PublishReply {
    wire::PublishReply { sequence: head.sequence, id: bytes::Bytes::copy_from_slice(head.id.as_bytes()) }
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

fn short(text: &str) -> Result<(), Status> {
    if text.len() <= TEXT_BYTES_MAX {
        return Ok(());
    }
    Err(Status::invalid_argument(format!("a text has {} bytes, at most {TEXT_BYTES_MAX}", text.len())))
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
