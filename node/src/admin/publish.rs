//! What the administrator publishes in this node's feed.

use super::{AdminService, append_status, invalid, wrong};
use crate::{
    config::Role,
    observer::{Act, PublishError},
    telling::sentence,
    tokens::Caller,
};
use faccina_proto::{
    calendar::Month,
    feed::Body,
    replica::Head,
    wire::admin::v1::{self as wire, publish_request::Body as Asked},
};
use tonic::Status;

impl AdminService {
    pub(super) async fn publish_entry(
        &self,
        caller: Caller,
        request: wire::PublishRequest,
    ) -> Result<wire::PublishReply, Status> {
        let body = match request.body.ok_or_else(|| wrong("nothing to publish is given"))? {
            Asked::NationalMonth(asked) => {
                return self.publish_national_month(caller, asked, request.offline).await;
            }
            Asked::SurveyPlan(plan) => Body::SurveyPlan(plan),
            Asked::PublicationNotice(notice) => Body::PublicationNotice(notice),
            Asked::Availability(availability) => Body::Availability(availability),
            Asked::Contact(contact) => Body::Contact(contact),
            Asked::CataloguePart(part) => Body::CataloguePart(part),
            Asked::CatalogueClosing(closing) => Body::CatalogueClosing(closing),
        };
        self.board.publish(caller, body, request.offline).await.map(reply)
    }

    /// Computes the national month from the feeds as they are, and publishes it.
    async fn publish_national_month(
        &self,
        caller: Caller,
        asked: wire::NationalMonthOf,
        offline: bool,
    ) -> Result<wire::PublishReply, Status> {
        self.board.expect_role(Role::Observer, "national months are published")?;
        let Some(observer) = &self.observer else { return Err(Status::internal("this node is no observer")) };
        let month = Month::from_yyyymm(asked.month).map_err(|error| invalid(&error))?;
        let act = if asked.restate { Act::Restate } else { Act::Publish };
        self.board.record(caller, "publish", format!("NationalMonth {month} {act:?}")).await?;
        observer.publish(month, act, offline).await.map(reply).map_err(|error| match error {
            PublishError::Append(error) => append_status(&error),
            PublishError::NotOver { .. }
            | PublishError::NobodyExpected { .. }
            | PublishError::Unchanged { .. }
            | PublishError::Published { .. }
            | PublishError::NotPublished { .. }
            | PublishError::AsOf(_) => Status::failed_precondition(sentence(&error)),
            PublishError::Stopping => Status::unavailable(sentence(&error)),
        })
    }
}

fn reply(head: Head) -> wire::PublishReply {
    wire::PublishReply { sequence: head.sequence, id: bytes::Bytes::copy_from_slice(head.id.as_bytes()) }
}
