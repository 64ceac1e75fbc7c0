//! The walk of a month: citizens vote, the calendar moves on, every ente closes, all nodes come to hold the same feeds,
//! and the observer publishes the national month.

use super::{
    DemoError,
    federation::{Ente, Federation, mode_of},
    terminals::Turn,
    votes::{self, Tap},
};
use bytes::Bytes;
use faccina_proto::{
    calendar::{CivilDay, Month},
    invites::InviteHash,
    wire::{
        admin::v1::{CloseRequest, CreateInvitesRequest, publish_request::Body as Publication},
        feed::v1::PublicationNotice,
        terminal::v1::Mode,
    },
};
use rand::{SeedableRng, rngs::StdRng};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// How long all nodes may take to hold the same feeds, in seconds.
const CONVERGENCE_S_MAX: u64 = 60;
/// How often their heads are compared, in milliseconds.
const LOOK_MS: u64 = 20;
/// Invites asked for in one call.
const INVITES_PER_CALL: usize = 1_000;
/// The day of the month on which the votes are cast, after the national month before has come out; and the hour of opening.
const VOTING_DAY: i64 = 24;
const MORNING_HOUR: u32 = 9;
/// Months close by themselves at 02:00 on day 11 of the next month; here an administrator does it an hour before, so that
/// the moment is known. DFP publishes on day 20.
const CLOSING_DAY: i64 = 10;
const CLOSING_HOUR: u32 = 1;
const NATIONAL_DAY: i64 = 19;

/// What a month of the demonstration took.
#[derive(Clone, Copy, Debug)]
pub struct MonthWalked {
    pub month: Month,
    pub votes: usize,
    /// From the last ente's close until all nodes held the same feeds.
    pub convergence: Duration,
}

/// Walks one month with the whole federation.
pub async fn month(
    federation: &mut Federation,
    month: Month,
    seed: u64,
    voted: &(dyn Fn(u64) + Sync),
) -> Result<MonthWalked, DemoError> {
    let voting_day = month.first_day().plus_days(VOTING_DAY);
    federation.set_day(voting_day, MORNING_HOUR).await?;
    let casting = federation.enti.iter_mut().map(|ente| cast(ente, voting_day, seed, voted));
    let votes = futures::future::try_join_all(casting).await?.into_iter().sum();

    let after = month.next().first_day();
    federation.set_day(after.plus_days(CLOSING_DAY), CLOSING_HOUR).await?;
    let closing = federation.enti.iter_mut().map(|ente| close(ente, month));
    futures::future::try_join_all(closing).await?;
    let closed = Instant::now();
    converge(federation).await?;
    let convergence = closed.elapsed();

    let head = federation.observer.status().await?.own_head;
    federation.set_day(after.plus_days(NATIONAL_DAY), MORNING_HOUR).await?;
    published(federation, head).await?;
    converge(federation).await?;
    Ok(MonthWalked { month, votes, convergence })
}

/// Waits until the observer, which does so by itself, has published after its entry `head`.
async fn published(federation: &mut Federation, head: u64) -> Result<(), DemoError> {
    let waited = timeout(Duration::from_secs(CONVERGENCE_S_MAX), async {
        while federation.observer.status().await?.own_head == head {
            sleep(Duration::from_millis(LOOK_MS)).await;
        }
        Ok(())
    });
    waited.await.map_err(|_| DemoError::Unpublished { seconds: CONVERGENCE_S_MAX })?
}

/// Waits until every node is admitted and may publish.
pub async fn ready(federation: &mut Federation) -> Result<(), DemoError> {
    let waited = timeout(Duration::from_secs(CONVERGENCE_S_MAX), async {
        for node in federation.nodes_mut() {
            loop {
                let status = node.status().await?;
                if status.admitted && status.may_publish {
                    break;
                }
                sleep(Duration::from_millis(LOOK_MS)).await;
            }
        }
        Ok(())
    });
    waited.await.map_err(|_| DemoError::Diverged { seconds: CONVERGENCE_S_MAX })?
}

/// Waits until all nodes report the same digest of all feeds, and returns it.
pub async fn converge(federation: &mut Federation) -> Result<String, DemoError> {
    let waited = timeout(Duration::from_secs(CONVERGENCE_S_MAX), async {
        loop {
            if let Some(digest) = federation.common_digest().await? {
                return Ok(digest);
            }
            sleep(Duration::from_millis(LOOK_MS)).await;
        }
    });
    waited.await.map_err(|_| DemoError::Diverged { seconds: CONVERGENCE_S_MAX })?
}

/// All votes of an ente's month, terminal by terminal; returns how many were receipted.
async fn cast(
    ente: &mut Ente,
    day: CivilDay,
    seed: u64,
    voted: &(dyn Fn(u64) + Sync),
) -> Result<usize, DemoError> {
    let mut by_channel: BTreeMap<&str, Vec<Tap>> = BTreeMap::new();
    for tap in votes::taps(ente.plan, day.month(), seed) {
        by_channel.entry(tap.channel).or_default().push(tap);
    }
    let mut rng = StdRng::seed_from_u64(seed ^ u64::from(day.yyyymmdd()));
    let mut receipted = 0;
    for (channel, taps) in by_channel {
        let turns = turns(ente, channel, &taps).await?;
        let terminal = ente.terminals.iter_mut().find(|terminal| terminal.channel() == channel);
        let terminal = terminal.ok_or(DemoError::NoTerminal { channel: channel.to_owned() })?;
        terminal.cast(&turns, day, &mut rng).await?;
        receipted += turns.len();
        voted(turns.len() as u64);
    }
    Ok(receipted)
}

/// Each tap with its right to vote.
async fn turns(ente: &mut Ente, channel: &str, taps: &[Tap]) -> Result<Vec<Turn>, DemoError> {
    if mode_of(channel) != Mode::Invite {
        return Ok(taps.iter().map(|tap| Turn { tap: *tap, invite_hash: None }).collect());
    }
    let mut turns = Vec::with_capacity(taps.len());
    for same_service in taps.chunk_by(|a, b| a.service == b.service) {
        for chunk in same_service.chunks(INVITES_PER_CALL) {
            let invites = invite(ente, channel, chunk).await?;
            for (tap, invite) in chunk.iter().zip(&invites) {
                let invite =
                    invite.as_ref().try_into().map_err(|_| DemoError::Invite { bytes: invite.len() })?;
                turns.push(Turn { tap: *tap, invite_hash: Some(*InviteHash::of(invite).as_bytes()) });
            }
        }
    }
    Ok(turns)
}

async fn invite(ente: &mut Ente, channel: &str, taps: &[Tap]) -> Result<Vec<Bytes>, DemoError> {
    let request = CreateInvitesRequest {
        service: taps.first().map_or_else(String::new, |tap| tap.service.to_owned()),
        channel: channel.to_owned(),
        branch: "sede-unica".to_owned(),
        count: u32::try_from(taps.len()).unwrap_or(u32::MAX),
    };
    let reply = ente.node.admin.create_invites(request).await;
    Ok(ente.node.answered(reply)?.invites)
}

async fn close(ente: &mut Ente, month: Month) -> Result<(), DemoError> {
    let request = CloseRequest { dry_run: false, month: month.yyyymm(), offline: false };
    let reply = ente.node.admin.close(request).await;
    ente.node.answered(reply)?;
    let site = ente.plan.ipa_code.replace('_', "-");
    let notice = PublicationNotice {
        month: month.yyyymm(),
        url: format!("https://{site}.demo.invalid/faccine/{month}"),
    };
    ente.publish(Publication::PublicationNotice(notice)).await
}
