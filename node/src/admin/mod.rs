//! `admin.v1`, for the ente's IT: each call checks, records the act in the audit log, then does it. Refusals say what to
//! do, in one sentence.

mod status;
mod terminals;
mod messages;
mod desks;
mod publish;
mod publication;
mod closing;
mod backup;
mod feeds;

use crate::{
    backup::Source,
    board::{Board, append_status, blocking, caller, internal, invalid, stopped, wrong},
    clock::{Clock, ClockError},
    close::Closer,
    config::{Config, Role},
    federation::Federation,
    intake::Intake,
    keyring::Keyring,
    loss::LossBook,
    observer::Observer,
    office::TownHall,
    reading::Reading,
    services::{OwnService, ServiceBook, ServiceError},
    telling::sentence,
    tokens::{CallerRole, TokenError, Tokens},
};
use faccina_proto::{
    calendar::CivilDay,
    names::Code,
    wire::admin::v1::{self as wire, admin_server::Admin},
};
use std::{pin::Pin, sync::Arc};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// What the administrator acts on.
#[derive(Clone, Debug)]
pub struct AdminService {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Clock,
    pub(crate) federation: Federation,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) board: Board,
    pub(crate) services: Arc<ServiceBook>,
    pub(crate) office: Arc<TownHall>,
    pub(crate) reading: Reading,
    /// Only on a node of role ente.
    pub(crate) intake: Option<Intake>,
    pub(crate) closer: Option<Closer>,
    /// Only on the observer.
    pub(crate) observer: Option<Observer>,
    pub(crate) loss: LossBook,
    pub(crate) backup: Source,
    pub(crate) keyring: Keyring,
    /// How terminals and desks reach this node.
    pub(crate) device_address: String,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Admin for AdminService {
    type ExportFeedsStream = Pin<Box<dyn Stream<Item = Result<wire::Chunk, Status>> + Send>>;
    type BackupStream = Self::ExportFeedsStream;

    async fn backup(&self, request: Request<wire::BackupRequest>) -> Answer<Self::BackupStream> {
        Ok(Response::new(Box::pin(self.back_up(request).await?)))
    }

    async fn adopt(&self, request: Request<wire::AdoptRequest>) -> Answer<wire::AdoptReply> {
        let caller = caller(&request);
        self.adopt_own(caller, request.into_inner()).await.map(Response::new)
    }

    async fn correct(&self, request: Request<wire::CorrectRequest>) -> Answer<wire::CloseReply> {
        let caller = caller(&request);
        self.correct_month(caller, request.into_inner()).await.map(Response::new)
    }

    async fn status(&self, _: Request<wire::StatusRequest>) -> Answer<wire::StatusReply> {
        Ok(Response::new(self.status_now()))
    }

    async fn put_service(&self, request: Request<wire::PutServiceRequest>) -> Answer<wire::PutServiceReply> {
        self.board.expect_role(Role::Ente, "services are listed")?;
        let caller = caller(&request);
        let asked = request.into_inner().service.ok_or_else(|| wrong("no service is given"))?;
        let code: Code = asked.code.parse().map_err(|error| invalid(&error))?;
        if asked.active {
            self.board.expect_service(&code)?;
        }
        let service = OwnService { few_operators: asked.few_operators, active: asked.active };
        self.board.record(caller, "put service", format!("{code} {service:?}")).await?;
        let services = Arc::clone(&self.services);
        let put = blocking(move || services.put(&code, service)).await?;
        put.map_err(|error| service_status(&error))?;
        Ok(Response::new(wire::PutServiceReply {}))
    }

    async fn list_services(&self, _: Request<wire::ListServicesRequest>) -> Answer<wire::ListServicesReply> {
        let services = self.services.list().into_iter().map(|(code, it)| wire::EnteService {
            code: code.to_string(),
            few_operators: it.few_operators,
            active: it.active,
        });
        let catalogues = self.office.catalogues();
        let parts = catalogues.newest().map(|catalogue| catalogue.parts()).unwrap_or_default();
        let catalogue = parts.into_iter().flat_map(|part| part.services).collect();
        Ok(Response::new(wire::ListServicesReply { services: services.collect(), catalogue }))
    }

    async fn add_terminal(&self, request: Request<wire::AddTerminalRequest>) -> Answer<wire::PairingReply> {
        let caller = caller(&request);
        self.draw_code(caller, request.into_inner()).await.map(Response::new)
    }

    async fn list_terminals(
        &self,
        _: Request<wire::ListTerminalsRequest>,
    ) -> Answer<wire::ListTerminalsReply> {
        self.terminals_now().map(Response::new)
    }

    async fn set_terminal_state(
        &self,
        request: Request<wire::SetTerminalStateRequest>,
    ) -> Answer<wire::SetTerminalStateReply> {
        let caller = caller(&request);
        self.change_terminal(caller, request.into_inner()).await.map(Response::new)
    }

    async fn add_desk(&self, request: Request<wire::AddDeskRequest>) -> Answer<wire::PairingReply> {
        let caller = caller(&request);
        self.draw_desk_code(caller, request.into_inner()).await.map(Response::new)
    }

    async fn list_desks(&self, _: Request<wire::ListDesksRequest>) -> Answer<wire::ListDesksReply> {
        Ok(Response::new(self.desks_now()))
    }

    async fn remove_desk(&self, request: Request<wire::RemoveDeskRequest>) -> Answer<wire::RemoveDeskReply> {
        let caller = caller(&request);
        self.end_desk(caller, request.into_inner().id).await.map(Response::new)
    }

    async fn set_messages(
        &self,
        request: Request<wire::SetMessagesRequest>,
    ) -> Answer<wire::SetMessagesReply> {
        let caller = caller(&request);
        self.change_messages(caller, request.into_inner().messages).await.map(Response::new)
    }

    async fn list_messages(&self, _: Request<wire::ListMessagesRequest>) -> Answer<wire::ListMessagesReply> {
        Ok(Response::new(wire::ListMessagesReply { messages: self.office.message_book().list() }))
    }

    async fn create_token(
        &self,
        request: Request<wire::CreateTokenRequest>,
    ) -> Answer<wire::CreateTokenReply> {
        let caller = caller(&request);
        let asked = request.into_inner();
        let role: CallerRole = asked.role.parse().map_err(|error| token_status(&error))?;
        let what = format!("{role} {}", asked.name);
        self.board.record(caller.clone(), "create token", what.clone()).await?;
        let tokens = Arc::clone(&self.tokens);
        let created = blocking(move || tokens.create(role, &asked.name)).await?;
        let (token, id) = created.map_err(|error| token_status(&error))?;
        // The id is known only now, and is what revoking asks for.
        self.board.record(caller, "token created", format!("{id} {what}")).await?;
        Ok(Response::new(wire::CreateTokenReply { token, id }))
    }

    async fn revoke_token(
        &self,
        request: Request<wire::RevokeTokenRequest>,
    ) -> Answer<wire::RevokeTokenReply> {
        let caller = caller(&request);
        let id = request.into_inner().id;
        self.board.record(caller, "revoke token", id.clone()).await?;
        let tokens = Arc::clone(&self.tokens);
        let revoked = blocking(move || tokens.revoke(&id)).await?;
        revoked.map_err(|error| token_status(&error))?;
        Ok(Response::new(wire::RevokeTokenReply {}))
    }

    async fn create_invites(
        &self,
        request: Request<wire::CreateInvitesRequest>,
    ) -> Answer<wire::CreateInvitesReply> {
        let caller = caller(&request);
        self.draw_invites(caller, request.into_inner()).await.map(Response::new)
    }

    async fn close(&self, request: Request<wire::CloseRequest>) -> Answer<wire::CloseReply> {
        let caller = caller(&request);
        self.close_month(caller, request.into_inner()).await.map(Response::new)
    }

    async fn publish(&self, request: Request<wire::PublishRequest>) -> Answer<wire::PublishReply> {
        let caller = caller(&request);
        self.publish_entry(caller, request.into_inner()).await.map(Response::new)
    }

    async fn publication(
        &self,
        request: Request<wire::PublicationRequest>,
    ) -> Answer<wire::PublicationReply> {
        self.publication_of(request.into_inner()).await.map(Response::new)
    }

    async fn append_root(&self, request: Request<wire::AppendRootRequest>) -> Answer<wire::PublishReply> {
        let caller = caller(&request);
        self.append_root_entry(caller, request.into_inner().entry).await.map(Response::new)
    }

    async fn heads(&self, _: Request<wire::HeadsRequest>) -> Answer<wire::HeadsReply> {
        Ok(Response::new(self.heads_now()))
    }

    async fn dialable(&self, _: Request<wire::DialableRequest>) -> Answer<wire::DialableReply> {
        Ok(Response::new(self.dialable_now()))
    }

    async fn export_feeds(&self, _: Request<wire::ExportFeedsRequest>) -> Answer<Self::ExportFeedsStream> {
        self.export().await.map(Response::new)
    }

    async fn import_feeds(&self, request: Request<Streaming<wire::Chunk>>) -> Answer<wire::ImportFeedsReply> {
        let caller = caller(&request);
        self.import(caller, request.into_inner()).await.map(Response::new)
    }

    async fn set_demo_day(&self, request: Request<wire::SetDemoDayRequest>) -> Answer<wire::SetDemoDayReply> {
        let asked = request.into_inner();
        let day = CivilDay::from_yyyymmdd(asked.day).map_err(|error| invalid(&error))?;
        let hour = u8::try_from(asked.hour).map_err(|_| wrong("an hour is 0 to 23"))?;
        self.clock.set_demo(day, hour).map_err(|error| match error {
            ClockError::NoSuchHour { .. } => invalid(&error),
            ClockError::NotDemo | ClockError::Backwards { .. } => {
                Status::failed_precondition(sentence(&error))
            }
            ClockError::NoZone(_) | ClockError::OutOfCalendar(_) => internal(&error),
        })?;
        self.federation.tick().await.map_err(|error| stopped(&error))?;
        Ok(Response::new(wire::SetDemoDayReply {}))
    }
}

fn no_terminals() -> Status {
    Status::failed_precondition("only a node of role ente has terminals and a ballot box")
}

fn service_status(error: &ServiceError) -> Status {
    match error {
        ServiceError::TooMany => Status::resource_exhausted(sentence(error)),
        ServiceError::Store(_) | ServiceError::Stored { .. } | ServiceError::Code(_) => internal(error),
    }
}

fn token_status(error: &TokenError) -> Status {
    match error {
        TokenError::NoSuchRole(_) | TokenError::Name => invalid(error),
        TokenError::Unknown(_) | TokenError::NoSuchDesk(_) => Status::not_found(sentence(error)),
        TokenError::TooMany => Status::resource_exhausted(sentence(error)),
        TokenError::Randomness(_) | TokenError::Store(_) | TokenError::Stored { .. } => internal(error),
    }
}
