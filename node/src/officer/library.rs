//! The practice cards.

use super::OfficerService;
use faccina_proto::wire::officer::v1 as wire;
use tonic::{Request, Status};

impl OfficerService {
    pub(super) async fn cards_now(&self, _: Request<wire::CardsRequest>) -> Result<wire::CardsReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }

    pub(super) async fn card_now(&self, _: Request<wire::CardRequest>) -> Result<wire::CardReply, Status> {
        Err(Status::unimplemented("not built yet"))
    }
}
