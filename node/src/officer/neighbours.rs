//! The enti most like one.

use super::OfficerService;
use faccina_proto::wire::officer::v1 as wire;
use tonic::{Request, Status};

impl OfficerService {
    pub(super) async fn neighbours_now(
        &self,
        _: Request<wire::NeighboursRequest>,
    ) -> Result<wire::NeighboursReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }
}
