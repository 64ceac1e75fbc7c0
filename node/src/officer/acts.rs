//! What an officer does: each act is recorded, then done.

use super::OfficerService;
use faccina_proto::wire::officer::v1 as wire;
use tonic::{Request, Status};

impl OfficerService {
    pub(super) async fn propose_now(
        &self,
        _: Request<wire::ProposeRequest>,
    ) -> Result<wire::TwinningActReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn act_now(
        &self,
        _: Request<wire::TwinningActRequest>,
    ) -> Result<wire::TwinningActReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn publish_outcome_now(
        &self,
        _: Request<wire::PublishOutcomeRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn publish_card_now(
        &self,
        _: Request<wire::PublishCardRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn consent_now(
        &self,
        _: Request<wire::ConsentRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn declare_availability_now(
        &self,
        _: Request<wire::DeclareAvailabilityRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn designate_now(
        &self,
        _: Request<wire::DesignateRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn revoke_designation_now(
        &self,
        _: Request<wire::RevokeDesignationRequest>,
    ) -> Result<wire::PublishedReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }
}
