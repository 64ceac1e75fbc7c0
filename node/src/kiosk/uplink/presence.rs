//! What goes between terminal and node beside ballots: what the node tells, how the terminal is, what it measured. None of
//! it holds up a ballot: a call that fails is made again later.

use super::{Lost, Session};
use crate::kiosk::agent::{OPENING_ID_BYTES, OPENING_S, Opening};
use faccina_proto::{
    limits::REPORTS_PER_MESSAGE_MAX,
    wire::terminal::v1::{
        HeartbeatRequest, ReportRequest, WatchRequest, notice::Notice, terminal_client::TerminalClient,
    },
};
use std::{convert::Infallible, future::pending, time::Duration};
use tokio::time::sleep;
use tonic::{Code, Status, transport::Channel};

/// Between two heartbeats.
const HEARTBEAT_S: Duration = Duration::from_secs(60);
/// Before reports are sent again to a node that takes none now.
const REPORTS_REST_S: Duration = Duration::from_secs(60);

impl Session {
    /// Does what the node tells, for as long as the connection lasts.
    pub(super) async fn listen(&self, channel: Channel) -> Result<Infallible, Lost> {
        let terminal = self.agent.terminal().id().as_bytes().to_vec().into();
        let asked = self.authorised(WatchRequest { terminal });
        let mut notices = match TerminalClient::new(channel.clone()).watch(asked).await {
            Ok(told) => told.into_inner(),
            Err(status) => return self.without(status).await,
        };
        loop {
            match notices.message().await?.ok_or(Lost::Ended)?.notice {
                Some(Notice::Opening(opening)) => {
                    let service = opening.service.parse();
                    let service = service.map_err(|_| Lost::Answer("it opens for no service"))?;
                    let opening = Opening { id: opening_id(&opening.id)?, service: Some(service) };
                    // Where there is no page to open, staff see that nobody votes.
                    let _ = self.agent.open(opening, OPENING_S);
                }
                Some(Notice::Withdrawal(withdrawal)) => {
                    self.agent.withdraw(opening_id(&withdrawal.id)?);
                }
                Some(Notice::Changed(_)) => self.ask_booth(channel.clone()).await?,
                // A notice of a newer node.
                None => {}
            }
        }
    }

    /// Says how this terminal is, and hears the node's clock.
    pub(super) async fn speak(&self, channel: Channel) -> Result<Infallible, Lost> {
        let mut client = TerminalClient::new(channel);
        loop {
            let heartbeat = self.agent.heartbeat().await.bytes().clone();
            match client.heartbeat(self.authorised(HeartbeatRequest { heartbeat })).await {
                Ok(heard) => self.agent.hear_clock(heard.into_inner().now_unix_s),
                Err(status) => tracing::debug!(status = status.message(), "no heartbeat"),
            }
            sleep(HEARTBEAT_S).await;
        }
    }

    /// Hands over the reports of half-days that are over; each is kept until the node has it.
    pub(super) async fn report(&self, channel: Channel) -> Result<Infallible, Lost> {
        let mut client = TerminalClient::new(channel);
        let mut unreported = self.agent.unreported();
        loop {
            unreported.wait_for(|reports| *reports > 0).await.map_err(|_| Lost::Ended)?;
            let (numbers, reports): (Vec<_>, Vec<_>) =
                self.agent.reports(REPORTS_PER_MESSAGE_MAX).await.into_iter().unzip();
            match client.report(self.authorised(ReportRequest { reports })).await {
                Ok(taken) => {
                    for refused in taken.into_inner().refused {
                        tracing::warn!(refused.message, "the node does not keep a report");
                    }
                    self.agent.reported(numbers).await?;
                }
                Err(status) => {
                    tracing::debug!(status = status.message(), "no report");
                    sleep(REPORTS_REST_S).await;
                }
            }
        }
    }

    /// The node tells this terminal nothing: it was revoked, and only what waits on it may go over.
    async fn without(&self, status: Status) -> Result<Infallible, Lost> {
        if status.code() == Code::FailedPrecondition { Ok(pending().await) } else { Err(status.into()) }
    }
}

fn opening_id(bytes: &[u8]) -> Result<[u8; OPENING_ID_BYTES], Lost> {
    bytes.try_into().map_err(|_| Lost::Answer("its opening has a wrong id"))
}
