//! Taps: what each person did on the page, made into one sealed cast, once.

use super::{Agent, CastError, seal};
use crate::kiosk::{
    booth::State,
    enrolment::Terminal,
    queue::{DRAFTS_MAX, Draft, Queue, QueueError},
    rows::Row,
    tap::{Tap, TapId, Touch},
};
use faccina_proto::{ballot::Face, calendar::CivilDay, envelope::Envelope, wire::terminal::v1::Mode};
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// Seconds after the page's own idle time at which the agent closes a red tap without a reason by itself.
const DRAFT_GRACE_S: u64 = 5;
/// The same where each person has a device of their own, or is on the phone: nobody waits behind them.
const DRAFT_ALONE_S: u64 = 300;

/// What the agent adds to a tap when it admits it.
struct Admitted {
    day: CivilDay,
    attended: bool,
}

impl Agent {
    /// Takes one tap: on return its ballot (or its red without a reason yet) is on the disk. The same tap again changes
    /// nothing. A tap with an invite comes after [`Agent::check_invite`].
    pub async fn take(self: &Arc<Self>, tap: Tap) -> Result<(), CastError> {
        let id = tap.id;
        let agent = Arc::clone(self);
        let asking = self.settled(spawn_blocking(move || agent.take_now(&tap)).await)?;
        if asking {
            let agent = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(agent.draft_life()).await;
                // A failed disk has stopped the agent already; the next start finds the draft.
                let _ = agent.end_draft(id).await;
            });
        }
        Ok(())
    }

    fn draft_life(&self) -> Duration {
        let shared = self.terminal.is_at_counter();
        Duration::from_secs(if shared { u64::from(self.idle_s) + DRAFT_GRACE_S } else { DRAFT_ALONE_S })
    }

    /// Whether a red tap waits for its reason from now on.
    fn take_now(&self, tap: &Tap) -> Result<bool, CastError> {
        let mut queue = self.queue.blocking_lock();
        if queue.counted(tap.id) {
            return Ok(false);
        }
        match (tap.touch, queue.draft(tap.id).cloned()) {
            (Touch::RedAsking, Some(_)) => return Ok(false),
            (Touch::RedAsking, None) => {
                let Admitted { day, attended } = self.admit(&queue, tap)?;
                if let Some(other) = queue.drafts().first().filter(|_| queue.drafts().len() >= DRAFTS_MAX) {
                    finish(&self.terminal, &mut queue, *other)?;
                }
                self.measure(&mut queue, &tap.service, false)?;
                let draft = Draft {
                    service: tap.service.to_string(),
                    day: day.yyyymmdd(),
                    attended,
                    invite: tap.invite.map(|invite| hex::encode(invite.as_bytes())),
                };
                self.reopen_unless(attended, queue.ask(tap.id, draft))?;
            }
            (Touch::Vote(face), Some(draft)) => {
                let face = if matches!(face, Face::Red(_)) { face } else { Face::Red(None) };
                let cast = drafted(&self.terminal, &draft, face)?;
                queue.keep(tap.id, &cast)?;
            }
            (Touch::Vote(face), None) => {
                let Admitted { day, attended } = self.admit(&queue, tap)?;
                self.measure(&mut queue, &tap.service, face == Face::Green)?;
                let invite_hash = tap.invite.map(|invite| *invite.as_bytes());
                let row = Row { service: tap.service.clone(), face, invite_hash };
                let cast = seal(&self.terminal, row, day, attended);
                self.reopen_unless(attended, queue.keep(tap.id, &cast))?;
            }
        }
        self.held.send_replace(queue.held());
        Ok(tap.touch == Touch::RedAsking)
    }

    /// Whether the page may cast on this service now, on which day, and whether staff opened it. Uses up the opening.
    fn admit(&self, queue: &Queue, tap: &Tap) -> Result<Admitted, CastError> {
        let booth = self.booth.borrow();
        let booth = booth.as_ref().ok_or(CastError::NoBooth)?;
        if !booth.offers(&tap.service) {
            return Err(CastError::Service(tap.service.to_string()));
        }
        if self.terminal.mode == Mode::Invite && tap.invite.is_none() {
            return Err(CastError::NoInvite);
        }
        let day = self.day(booth);
        if self.daily_cap.is_some_and(|cap| queue.taken_on(&tap.service, day) >= cap) {
            return Err(CastError::DailyCap(tap.service.to_string()));
        }
        match self.state_of(booth) {
            State::Closed if tap.invite.is_some() => Ok(Admitted { day, attended: false }),
            State::Open => {
                let attended = self.terminal.mode == Mode::Attended && tap.invite.is_none();
                if attended && !self.openings().take(&tap.service) {
                    return Err(CastError::NotOpen(State::Closed));
                }
                Ok(Admitted { day, attended })
            }
            state @ (State::Closed | State::Full | State::Unavailable) => Err(CastError::NotOpen(state)),
        }
    }

    /// An opening is not used up by a vote that could not be kept.
    fn reopen_unless(&self, attended: bool, kept: Result<(), QueueError>) -> Result<(), CastError> {
        if kept.is_err() && attended {
            self.openings().take_back();
        }
        Ok(kept?)
    }

    /// Closes a red tap whose person has left without naming a reason.
    pub(super) async fn end_draft(self: &Arc<Self>, tap: TapId) -> Result<(), CastError> {
        let agent = Arc::clone(self);
        let ended = spawn_blocking(move || {
            let mut queue = agent.queue.blocking_lock();
            finish(&agent.terminal, &mut queue, tap)?;
            agent.held.send_replace(queue.held());
            Ok(())
        });
        self.settled(ended.await)
    }
}

/// Makes a ballot of a red tap that waits for its reason; nothing if it no longer waits.
pub(super) fn finish(terminal: &Terminal, queue: &mut Queue, tap: TapId) -> Result<(), CastError> {
    let Some(draft) = queue.draft(tap).cloned() else { return Ok(()) };
    Ok(queue.keep(tap, &drafted(terminal, &draft, Face::Red(None))?)?)
}

fn drafted(terminal: &Terminal, draft: &Draft, face: Face) -> Result<Envelope, QueueError> {
    let service = draft.service.parse().map_err(|_| QueueError::Damaged("service of a draft"))?;
    let day = CivilDay::from_yyyymmdd(draft.day).map_err(|_| QueueError::Damaged("day of a draft"))?;
    let invite_hash =
        draft.invite.as_deref().map(|hex| invite_of(hex).ok_or(QueueError::Damaged("invite of a draft")));
    Ok(seal(terminal, Row { service, face, invite_hash: invite_hash.transpose()? }, day, draft.attended))
}

fn invite_of(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
}
