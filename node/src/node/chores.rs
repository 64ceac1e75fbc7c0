//! What runs beside the services of a node: the open month follows the feed, and a loss is made good.

use super::NodeError;
use crate::{
    close::Closer,
    federation::{Federation, Snapshot},
    intake::Intake,
    loss::{LossBook, Stage},
    telling::sentence,
};
use faccina_proto::{calendar::Month, feed::Body, names::Author};

/// The first month that can be open: after the last one closed in the own feed, else that of admission; `None` before it.
pub(super) fn first_open(snapshot: &Snapshot, own: &Author) -> Option<Month> {
    let member = snapshot.replica.roster().author(own)?;
    let closed = snapshot.replica.entries(own, &snapshot.log).filter_map(|(_, entry)| {
        let Body::Summary(summary) = entry.body else { return None };
        Month::from_yyyymm(summary.month).ok()
    });
    Some(closed.max().map_or(member.first_month, Month::next).max(member.first_month))
}

/// Takes a loss through its stages, at the start and whenever one is found.
pub(super) async fn make_good(
    loss: LossBook,
    federation: Federation,
    intake: Option<Intake>,
    closer: Option<Closer>,
) {
    let mut stages = loss.watch();
    loop {
        let stage = *stages.borrow_and_update();
        let done = match stage {
            Stage::PutBack => void_invites(&loss, intake.as_ref()).await,
            Stage::Asking => take_over(&loss, &federation, intake.as_ref(), closer.as_ref()).await,
            Stage::Whole | Stage::Untold => Ok(()),
        };
        if let Err(error) = done {
            tracing::error!(error = %sentence(&error), "what was lost cannot be made good: restart the node");
            return;
        }
        if stages.changed().await.is_err() {
            return;
        }
    }
}

async fn void_invites(loss: &LossBook, intake: Option<&Intake>) -> Result<(), NodeError> {
    if let Some(intake) = intake {
        intake.void_invites().await?;
        tracing::warn!("the data were put back to an older state: invites given out before are void");
    }
    keep_stage(loss, Stage::Asking).await
}

/// Asks what this node has published, takes it over, and only then lets votes in again.
async fn take_over(
    loss: &LossBook,
    federation: &Federation,
    intake: Option<&Intake>,
    closer: Option<&Closer>,
) -> Result<(), NodeError> {
    let mut stages = loss.watch();
    let asked = async {
        federation.adopt().await.map_err(|_| NodeError::Stopped)?;
        let mut states = federation.watch_network();
        states.wait_for(|state| state.own_head_is_checked).await.map_err(|_| NodeError::Stopped)?;
        if let (Some(intake), Some(month)) = (intake, first_open(&federation.snapshot(), federation.own())) {
            intake.open_from(month).await?;
        }
        if let Some(closer) = closer {
            closer.look_again();
        }
        tracing::info!("the other members have told what this node has published");
        keep_stage(loss, if closer.is_some() { Stage::Untold } else { Stage::Whole }).await
    };
    tokio::select! {
        done = asked => done,
        // Somebody has said that nobody can be asked.
        _ = stages.wait_for(|stage| *stage != Stage::Asking) => Ok(()),
    }
}

async fn keep_stage(loss: &LossBook, stage: Stage) -> Result<(), NodeError> {
    let loss = loss.clone();
    let kept = tokio::task::spawn_blocking(move || loss.set(stage));
    Ok(kept.await.map_err(|_| NodeError::Stopped)??)
}

/// Opens the right month once this ente is admitted; and lets months follow anew that the own feed has no more.
pub(super) async fn tend_intake(intake: Intake, closer: Option<Closer>, federation: Federation) {
    let mut feeds = federation.subscribe();
    let mut open_from = None;
    loop {
        let first = first_open(&feeds.borrow_and_update(), federation.own());
        if first != open_from
            && let Some(month) = first
        {
            open_from = first;
            closer.iter().for_each(Closer::look_again);
            if let Err(error) = intake.open_from(month).await {
                tracing::error!(error = %sentence(&error), "the open month cannot be set");
                return;
            }
        }
        if feeds.changed().await.is_err() {
            return;
        }
    }
}
