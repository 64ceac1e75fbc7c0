//! The way to a node: a real gRPC server on a Unix socket that goes away and comes back.

use crate::town;
use faccina_proto::wire::officer::v1::{
    self as officer,
    officer_server::{Officer, OfficerServer},
};
use faccina_tui::{
    connection::{self, Errand, Target},
    message::{Act, Message, Reply, Request as Question},
};
use std::{path::Path, pin::Pin, time::Duration};
use tokio::{
    net::UnixListener,
    runtime::{Builder, Runtime},
    sync::mpsc,
    time::timeout,
};
use tokio_stream::{Stream, wrappers::UnixListenerStream};
use tonic::{Request, Response, Status, transport::Server};

/// Longest wait for something that happens at once on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A month that this node does not have.
const NO_MONTH: u32 = 190_001;

/// More than a screen takes in one answer.
const TOO_LARGE_BYTES: usize = 17 << 20;

struct Node;

type Watch<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// One answer, and then nothing until the connection ends.
fn watch<T: Send + 'static>(answer: T) -> Watch<T> {
    use tokio_stream::StreamExt;
    Box::pin(tokio_stream::once(Ok(answer)).chain(tokio_stream::pending()))
}

/// Unwraps the town's answer to a question.
macro_rules! answered {
    ($kind:ident, $question:expr) => {{
        let Reply::$kind(reply) = town::answer(&$question) else { unreachable!() };
        Ok(Response::new(reply))
    }};
}

/// Every act of publishing is carried out.
fn published() -> Result<Response<officer::PublishedReply>, Status> {
    Ok(Response::new(officer::PublishedReply::default()))
}

#[tonic::async_trait]
impl Officer for Node {
    type WatchMyEnteStream = Watch<officer::MyEnteReply>;
    type WatchNetworkStream = Watch<officer::NetworkReply>;
    type WatchTwinningsStream = Watch<officer::TwinningsReply>;

    async fn about(
        &self,
        _: Request<officer::AboutRequest>,
    ) -> Result<Response<officer::AboutReply>, Status> {
        answered!(About, Question::About)
    }

    async fn my_ente(
        &self,
        _: Request<officer::MyEnteRequest>,
    ) -> Result<Response<officer::MyEnteReply>, Status> {
        answered!(MyEnte, Question::MyEnte)
    }

    async fn experts(
        &self,
        _: Request<officer::ExpertsRequest>,
    ) -> Result<Response<officer::ExpertsReply>, Status> {
        answered!(Experts, Question::Experts)
    }

    async fn twinnings(
        &self,
        _: Request<officer::TwinningsRequest>,
    ) -> Result<Response<officer::TwinningsReply>, Status> {
        answered!(Twinnings, Question::Twinnings)
    }

    async fn twinning(
        &self,
        asked: Request<officer::TwinningRequest>,
    ) -> Result<Response<officer::TwinningReply>, Status> {
        answered!(Twinning, Question::Twinning(asked.into_inner()))
    }

    async fn network(
        &self,
        _: Request<officer::NetworkRequest>,
    ) -> Result<Response<officer::NetworkReply>, Status> {
        answered!(Network, Question::Network)
    }

    async fn ente(
        &self,
        asked: Request<officer::EnteRequest>,
    ) -> Result<Response<officer::EnteReply>, Status> {
        answered!(Ente, Question::Ente(asked.into_inner()))
    }

    async fn neighbours(
        &self,
        asked: Request<officer::NeighboursRequest>,
    ) -> Result<Response<officer::NeighboursReply>, Status> {
        answered!(Neighbours, Question::Neighbours(asked.into_inner()))
    }

    async fn pair(
        &self,
        asked: Request<officer::PairRequest>,
    ) -> Result<Response<officer::PairReply>, Status> {
        answered!(Pair, Question::Pair(asked.into_inner()))
    }

    async fn cards(
        &self,
        asked: Request<officer::CardsRequest>,
    ) -> Result<Response<officer::CardsReply>, Status> {
        answered!(Cards, Question::Cards(asked.into_inner()))
    }

    async fn card(
        &self,
        asked: Request<officer::CardRequest>,
    ) -> Result<Response<officer::CardReply>, Status> {
        answered!(Card, Question::Card(asked.into_inner()))
    }

    async fn national(
        &self,
        asked: Request<officer::NationalRequest>,
    ) -> Result<Response<officer::NationalReply>, Status> {
        answered!(National, Question::National(asked.into_inner()))
    }

    async fn comparison(
        &self,
        asked: Request<officer::ComparisonRequest>,
    ) -> Result<Response<officer::ComparisonReply>, Status> {
        let asked = asked.into_inner();
        if asked.month == NO_MONTH {
            return Err(Status::invalid_argument("there is no such month"));
        }
        answered!(Comparison, Question::Comparison(asked))
    }

    async fn watch_my_ente(
        &self,
        _: Request<officer::MyEnteRequest>,
    ) -> Result<Response<Watch<officer::MyEnteReply>>, Status> {
        let Reply::MyEnte(reply) = town::answer(&Question::MyEnte) else { unreachable!() };
        Ok(Response::new(watch(reply)))
    }

    async fn watch_network(
        &self,
        _: Request<officer::NetworkRequest>,
    ) -> Result<Response<Watch<officer::NetworkReply>>, Status> {
        let Reply::Network(reply) = town::answer(&Question::Network) else { unreachable!() };
        Ok(Response::new(watch(reply)))
    }

    async fn watch_twinnings(
        &self,
        _: Request<officer::TwinningsRequest>,
    ) -> Result<Response<Watch<officer::TwinningsReply>>, Status> {
        let Reply::Twinnings(mut reply) = town::answer(&Question::Twinnings) else { unreachable!() };
        let first = watch(reply.clone());
        reply.headline_it = "x".repeat(TOO_LARGE_BYTES);
        Ok(Response::new(Box::pin(tokio_stream::StreamExt::chain(
            tokio_stream::StreamExt::take(first, 1),
            watch(reply),
        ))))
    }

    async fn propose(
        &self,
        _: Request<officer::ProposeRequest>,
    ) -> Result<Response<officer::TwinningActReply>, Status> {
        let words = officer::Sentence {
            it: "La proposta è firmata: parte quando l'altro nodo è acceso.".to_owned(),
            en: "The proposal is signed: it goes out when the other node is up.".to_owned(),
        };
        Ok(Response::new(officer::TwinningActReply { words: Some(words), ..Default::default() }))
    }

    async fn act(
        &self,
        _: Request<officer::TwinningActRequest>,
    ) -> Result<Response<officer::TwinningActReply>, Status> {
        Err(Status::failed_precondition("the twinning has ended"))
    }

    async fn publish_outcome(
        &self,
        _: Request<officer::PublishOutcomeRequest>,
    ) -> Result<Response<officer::PublishedReply>, Status> {
        published()
    }

    async fn publish_card(
        &self,
        _: Request<officer::PublishCardRequest>,
    ) -> Result<Response<officer::PublishedReply>, Status> {
        published()
    }

    async fn consent(
        &self,
        _: Request<officer::ConsentRequest>,
    ) -> Result<Response<officer::PublishedReply>, Status> {
        published()
    }

    async fn declare_availability(
        &self,
        _: Request<officer::DeclareAvailabilityRequest>,
    ) -> Result<Response<officer::PublishedReply>, Status> {
        published()
    }

    async fn designate(
        &self,
        _: Request<officer::DesignateRequest>,
    ) -> Result<Response<officer::PublishedReply>, Status> {
        published()
    }

    async fn revoke_designation(
        &self,
        _: Request<officer::RevokeDesignationRequest>,
    ) -> Result<Response<officer::PublishedReply>, Status> {
        published()
    }

    async fn adhesion(
        &self,
        _: Request<officer::AdhesionRequest>,
    ) -> Result<Response<officer::AdhesionReply>, Status> {
        answered!(Adhesion, Question::Adhesion)
    }

    async fn reminder(
        &self,
        asked: Request<officer::ReminderRequest>,
    ) -> Result<Response<officer::ReminderReply>, Status> {
        answered!(Reminder, Question::Reminder(asked.into_inner()))
    }
}

/// A server on a runtime of its own: shutting that down ends its connections too, as the end of a process does.
pub(crate) fn serve(socket: &Path) -> Runtime {
    if socket.exists() {
        std::fs::remove_file(socket).unwrap();
    }
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let entered = runtime.enter();
    let listener = UnixListenerStream::new(UnixListener::bind(socket).unwrap());
    drop(entered);
    runtime.spawn(async move {
        Server::builder().add_service(OfficerServer::new(Node)).serve_with_incoming(listener).await.unwrap();
    });
    runtime
}

async fn until(told: &mut mpsc::Receiver<Message>, wanted: impl Fn(&Message) -> bool) -> Message {
    let next = async {
        loop {
            let message = told.recv().await.expect("the connection goes on");
            if wanted(&message) {
                return message;
            }
        }
    };
    timeout(PATIENCE, next).await.expect("the message comes")
}

#[tokio::test]
async fn the_node_goes_away_and_comes_back_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("node.sock");
    let (ask, asked) = mpsc::channel(8);
    let (tell, mut told) = mpsc::channel(64);
    let connection = tokio::spawn(connection::keep(Target::Socket(socket.clone()), asked, tell));
    // Nobody there yet: that is told, and tried again.
    until(&mut told, |message| matches!(message, Message::Lost(_))).await;

    let node = serve(&socket);
    until(&mut told, |message| matches!(message, Message::Linked(_))).await;
    let mine = |message: &Message| matches!(message, Message::Arrived(Question::MyEnte, _));
    let Message::Arrived(_, reply) = until(&mut told, mine).await else { unreachable!() };
    assert_eq!(*reply, Reply::MyEnte(town::my_ente()));

    // The next answer of a watch is too large: that panel keeps what it has, and the session goes on.
    let refused = |message: &Message| matches!(message, Message::Refused(Question::Twinnings, _));
    let Message::Refused(_, reason) = until(&mut told, refused).await else { unreachable!() };
    assert!(reason.contains("too large"), "{reason}");

    let question = officer::ComparisonRequest { month: NO_MONTH, ..Default::default() };
    ask.send(Errand::Ask(Question::Comparison(question))).await.unwrap();
    let refused = |message: &Message| {
        assert!(!matches!(message, Message::Lost(_)), "{message:?}");
        matches!(message, Message::Refused(..))
    };
    let Message::Refused(_, reason) = until(&mut told, refused).await else { unreachable!() };
    assert_eq!(reason, "there is no such month");

    let id = "ab".repeat(32);
    ask.send(Errand::Carry(Box::new(Act::Twinning(officer::TwinningActRequest { id, act: None }))))
        .await
        .unwrap();
    let declined = until(&mut told, |message| matches!(message, Message::Declined(_))).await;
    assert_eq!(declined, Message::Declined("the twinning has ended".to_owned()));
    ask.send(Errand::Carry(Box::new(Act::Consent(officer::ConsentRequest::default())))).await.unwrap();
    until(&mut told, |message| matches!(message, Message::Done(_))).await;

    node.shutdown_background();
    until(&mut told, |message| matches!(message, Message::Lost(_))).await;
    let node = serve(&socket);
    until(&mut told, |message| matches!(message, Message::Linked(_))).await;
    node.shutdown_background();
    connection.abort();
}
