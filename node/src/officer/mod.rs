//! `officer.v1`: the read models as the officers' screens receive them, over gRPC.
//!
//! Every answer is computed from the views and today's date; nothing is kept between calls. Arguments that make no sense
//! are answered with `INVALID_ARGUMENT` and what to do. The watches send at once and again whenever the answer differs
//! from the last one sent, the newest only: a slow reader misses intermediate states, never the last.

mod figures;
mod warnings;
mod about;
mod judgement;
mod evidence;
mod comparison;
mod ente;
mod neighbours;
mod experts;
mod my_ente;
mod terminals;
mod national;
mod network;
mod adhesion;
mod pair;
mod reader;
mod watch;
mod library;
mod checklist;
mod twinnings;
mod notices;
mod acts;
#[cfg(test)]
mod tests;

pub use reader::Reader;

use crate::{
    board::{Board, invalid},
    clock::Clock,
    close::Closer,
    federation::Federation,
    intake::Intake,
    keyring::Keyring,
    loss::LossBook,
    reading::Reading,
    twinning::Twinnings,
    views::{ReplicaFeeds, Views},
};
use faccina_proto::{
    calendar::CivilDay,
    names::IpaCode,
    wire::officer::v1::{self as wire, officer_server::Officer},
};
use std::{collections::BTreeSet, sync::Arc};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use watch::Watches;

/// With what officers act.
#[derive(Clone, Debug)]
pub struct Means {
    pub board: Board,
    /// Only on a node of role ente.
    pub twinnings: Option<Twinnings>,
    /// Only on a node that collects votes.
    pub ballots: Option<Ballots>,
    pub loss: LossBook,
    pub(crate) keyring: Keyring,
}

/// Where votes are taken in and months are closed.
#[derive(Clone, Debug)]
pub struct Ballots {
    pub intake: Intake,
    pub closer: Closer,
}

/// The service; clones share everything.
#[derive(Clone, Debug)]
pub struct OfficerService {
    own: IpaCode,
    federation: Federation,
    reading: Reading,
    clock: Clock,
    watches: Watches,
    means: Means,
    /// Held from choosing the number of a new card to its publication.
    numbering: Arc<tokio::sync::Mutex<()>>,
}

impl OfficerService {
    /// `stop` ends the watches, so that the server can shut down while screens are open.
    #[must_use]
    pub fn new(
        own: IpaCode,
        federation: Federation,
        reading: Reading,
        clock: Clock,
        means: Means,
        stop: CancellationToken,
    ) -> Self {
        let (watches, numbering) = (Watches::new(stop), Arc::default());
        Self { own, federation, reading, clock, watches, means, numbering }
    }

    /// Reads the views off the threads that serve connections: following and recomputing may take their time.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Self, &Views, &ReplicaFeeds<'_>, CivilDay) -> T + Send + 'static,
    ) -> T {
        let service = self.clone();
        let today = self.clock.today();
        let read = move || {
            let reading = service.reading.clone();
            reading.with(|views, feeds| read(&service, views, feeds, today))
        };
        tokio::task::spawn_blocking(read)
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    fn reader<'a>(&'a self, views: &'a Views, today: CivilDay) -> Reader<'a> {
        Reader { views, answers: self.reading.answers(), own: &self.own, today }
    }

    async fn my_ente_now(&self) -> Result<wire::MyEnteReply, Status> {
        let Some(ballots) = self.means.ballots.clone() else {
            return Err(Status::failed_precondition(
                "this node collects no votes: open the national screen, or ask an ente's node",
            ));
        };
        let live = Arc::clone(&ballots.intake.live().borrow());
        let now = self.clock.now();
        self.read(move |node, views, _, today| {
            let inspection = ballots.closer.inspect(&live)?;
            let terminals = terminals::Terminals::of(&ballots, &inspection, now);
            Ok(terminals.on(my_ente::my_ente(views, &node.own, &live, today)))
        })
        .await
    }

    async fn network_now(&self) -> wire::NetworkReply {
        self.read(|node, views, feeds, today| {
            let connected = node.connected(views);
            let state = node.federation.network();
            let links = network::Links {
                own: &node.own,
                connected: &connected,
                digest: feeds.replica.digest(),
                versions: &state.versions,
                behind: &state.behind,
            };
            let stopped = network::stopped(state.alarm.as_ref(), node.means.loss.is_open());
            wire::NetworkReply { stopped, ..network::network(views, feeds, &links, today) }
        })
        .await
    }

    fn connected(&self, views: &Views) -> BTreeSet<IpaCode> {
        let state = self.federation.network();
        let members = state.connected.iter().filter_map(|key| views.roster().by_transport_key(key));
        members.map(|member| member.code.clone()).collect()
    }
}

#[tonic::async_trait]
impl Officer for OfficerService {
    async fn about(&self, _: Request<wire::AboutRequest>) -> Result<Response<wire::AboutReply>, Status> {
        let demo = self.clock.is_demo();
        let reply = self.read(move |node, views, _, today| {
            let matters = node.means.keyring.matters(views.roster(), today);
            let federation = &node.federation.file().name;
            let described = about::Node { own: &node.own, federation, demo, matters: &matters };
            about::about(views, &described, today)
        });
        Ok(Response::new(reply.await))
    }

    async fn my_ente(&self, _: Request<wire::MyEnteRequest>) -> Result<Response<wire::MyEnteReply>, Status> {
        self.my_ente_now().await.map(Response::new)
    }

    type WatchMyEnteStream = watch::Stream<wire::MyEnteReply>;

    async fn watch_my_ente(
        &self,
        _: Request<wire::MyEnteRequest>,
    ) -> Result<Response<Self::WatchMyEnteStream>, Status> {
        let intake = self.means.ballots.as_ref().map(|ballots| &ballots.intake);
        let changes = watch::Changes::new(&self.reading, &self.clock)
            .with_live(intake.map(Intake::live))
            .with_book(intake.map(|intake| intake.reports().changes()));
        let service = self.clone();
        self.watches.open(changes, move || {
            let service = service.clone();
            async move { service.my_ente_now().await }
        })
    }

    async fn comparison(
        &self,
        request: Request<wire::ComparisonRequest>,
    ) -> Result<Response<wire::ComparisonReply>, Status> {
        let asked = request.into_inner();
        let reply = self.read(move |node, views, _, today| node.reader(views, today).comparison(&asked));
        reply.await.map(Response::new)
    }

    async fn experts(
        &self,
        _: Request<wire::ExpertsRequest>,
    ) -> Result<Response<wire::ExpertsReply>, Status> {
        let reply = self.read(|node, views, _, today| node.reader(views, today).experts());
        Ok(Response::new(reply.await))
    }

    async fn pair(&self, request: Request<wire::PairRequest>) -> Result<Response<wire::PairReply>, Status> {
        let asked = request.into_inner();
        let reply = self.read(move |node, views, _, today| node.reader(views, today).pair(&asked));
        reply.await.map(Response::new)
    }

    async fn national(
        &self,
        request: Request<wire::NationalRequest>,
    ) -> Result<Response<wire::NationalReply>, Status> {
        let asked = request.into_inner().month;
        let reply = self.read(move |node, views, feeds, today| {
            let reader = node.reader(views, today);
            let month = match (asked, views.nationals().last_key_value()) {
                (0, Some((newest, _))) => *newest,
                (0, None) => match views.newest_month() {
                    Some(newest) => newest,
                    None => return Ok(national::none_yet()),
                },
                (yyyymm, _) => reader.month(yyyymm)?,
            };
            let published = views.nationals().get(&month).and_then(|restatements| restatements.last());
            let found = published.map(|entry| (entry, node.reading.recompute(views, feeds, entry)));
            let found = found.as_ref().map(|(entry, found)| (*entry, found));
            Ok(reader.national(month, found))
        });
        reply.await.map(Response::new)
    }

    async fn network(
        &self,
        _: Request<wire::NetworkRequest>,
    ) -> Result<Response<wire::NetworkReply>, Status> {
        Ok(Response::new(self.network_now().await))
    }

    type WatchNetworkStream = watch::Stream<wire::NetworkReply>;

    async fn watch_network(
        &self,
        _: Request<wire::NetworkRequest>,
    ) -> Result<Response<Self::WatchNetworkStream>, Status> {
        let changes =
            watch::Changes::new(&self.reading, &self.clock).with_network(self.federation.watch_network());
        let service = self.clone();
        self.watches.open(changes, move || {
            let service = service.clone();
            async move { Ok(service.network_now().await) }
        })
    }

    async fn adhesion(
        &self,
        _: Request<wire::AdhesionRequest>,
    ) -> Result<Response<wire::AdhesionReply>, Status> {
        let reply = self.read(|_, views, _, today| adhesion::adhesion(views, today));
        Ok(Response::new(reply.await))
    }

    async fn reminder(
        &self,
        request: Request<wire::ReminderRequest>,
    ) -> Result<Response<wire::ReminderReply>, Status> {
        let wire::ReminderRequest { ipa_code, until_day } = request.into_inner();
        let reply = self.read(move |_, views, _, today| {
            let until = (until_day > 0).then(|| CivilDay::from_yyyymmdd(until_day)).transpose();
            let until = until.map_err(|error| invalid(&error))?;
            let member = reader::ente_of(views, "ipa_code", &ipa_code)?;
            let late = views.latecomer(member, today);
            let late = late.ok_or_else(|| Status::not_found(format!("{ipa_code} owes nothing today")))?;
            Ok(adhesion::reminder(&late, until, today))
        });
        reply.await.map(Response::new)
    }

    async fn ente(&self, request: Request<wire::EnteRequest>) -> Result<Response<wire::EnteReply>, Status> {
        self.ente_now(request).await.map(Response::new)
    }

    async fn neighbours(
        &self,
        request: Request<wire::NeighboursRequest>,
    ) -> Result<Response<wire::NeighboursReply>, Status> {
        self.neighbours_now(request).await.map(Response::new)
    }

    async fn cards(
        &self,
        request: Request<wire::CardsRequest>,
    ) -> Result<Response<wire::CardsReply>, Status> {
        self.cards_now(request).await.map(Response::new)
    }

    async fn card(&self, request: Request<wire::CardRequest>) -> Result<Response<wire::CardReply>, Status> {
        self.card_now(request).await.map(Response::new)
    }

    async fn twinnings(
        &self,
        request: Request<wire::TwinningsRequest>,
    ) -> Result<Response<wire::TwinningsReply>, Status> {
        self.twinnings_now(request).await.map(Response::new)
    }

    async fn twinning(
        &self,
        request: Request<wire::TwinningRequest>,
    ) -> Result<Response<wire::TwinningReply>, Status> {
        self.twinning_now(request).await.map(Response::new)
    }

    async fn propose(
        &self,
        request: Request<wire::ProposeRequest>,
    ) -> Result<Response<wire::TwinningActReply>, Status> {
        self.propose_now(request).await.map(Response::new)
    }

    async fn act(
        &self,
        request: Request<wire::TwinningActRequest>,
    ) -> Result<Response<wire::TwinningActReply>, Status> {
        self.act_now(request).await.map(Response::new)
    }

    async fn publish_outcome(
        &self,
        request: Request<wire::PublishOutcomeRequest>,
    ) -> Result<Response<wire::PublishedReply>, Status> {
        self.publish_outcome_now(request).await.map(Response::new)
    }

    async fn publish_card(
        &self,
        request: Request<wire::PublishCardRequest>,
    ) -> Result<Response<wire::PublishedReply>, Status> {
        self.publish_card_now(request).await.map(Response::new)
    }

    async fn consent(
        &self,
        request: Request<wire::ConsentRequest>,
    ) -> Result<Response<wire::PublishedReply>, Status> {
        self.consent_now(request).await.map(Response::new)
    }

    async fn declare_availability(
        &self,
        request: Request<wire::DeclareAvailabilityRequest>,
    ) -> Result<Response<wire::PublishedReply>, Status> {
        self.declare_availability_now(request).await.map(Response::new)
    }

    async fn designate(
        &self,
        request: Request<wire::DesignateRequest>,
    ) -> Result<Response<wire::PublishedReply>, Status> {
        self.designate_now(request).await.map(Response::new)
    }

    async fn revoke_designation(
        &self,
        request: Request<wire::RevokeDesignationRequest>,
    ) -> Result<Response<wire::PublishedReply>, Status> {
        self.revoke_designation_now(request).await.map(Response::new)
    }

    type WatchTwinningsStream = watch::Stream<wire::TwinningsReply>;

    async fn watch_twinnings(
        &self,
        request: Request<wire::TwinningsRequest>,
    ) -> Result<Response<Self::WatchTwinningsStream>, Status> {
        self.watch_twinnings_now(request)
    }
}
