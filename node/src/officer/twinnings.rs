//! The twinnings.

use super::{OfficerService, watch};
use faccina_proto::wire::officer::v1 as wire;
use tonic::{Request, Response, Status};

impl OfficerService {
    pub(super) async fn twinnings_now(
        &self,
        _: Request<wire::TwinningsRequest>,
    ) -> Result<wire::TwinningsReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) fn watch_twinnings_now(
        &self,
        _: Request<wire::TwinningsRequest>,
    ) -> Result<Response<watch::Stream<wire::TwinningsReply>>, Status> {
        Err(Status::unimplemented("not built yet"))
    }
}
