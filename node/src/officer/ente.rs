//! One ente against the network.

use super::OfficerService;
use faccina_proto::wire::officer::v1 as wire;
use tonic::{Request, Status};

impl OfficerService {
    pub(super) async fn ente_now(&self, _: Request<wire::EnteRequest>) -> Result<wire::EnteReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }
}
