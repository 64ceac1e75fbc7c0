//! Taps: what each person did on the page, made into one sealed cast, once.

use super::{Agent, CastError, Right, seal};
use crate::{
    clock::instant,
    kiosk::{
        booth::State,
        enrolment::Terminal,
        queue::{DRAFTS_MAX, Draft, Queue, QueueError, Standing},
        rows::Row,
        tap::{Tap, TapId, Touch},
    },
};
use faccina_proto::{
    ballot::Face, calendar::CivilDay, envelope::Envelope, names::Code, wire::terminal::v1::Mode,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// Idle times for which the page's questions stay open, with the reasons behind them: no draft ends before its page leaves.
const HELP_FOR: u64 = 4;
/// Seconds after that at which the agent closes a red tap without a reason by itself.
const DRAFT_GRACE_S: u64 = 5;
/// Seconds without a touch for the same where each person has a device of their own, or is on the phone: nobody waits behind
/// them.
const DRAFT_ALONE_S: u64 = 300;
/// Of the votes that a public page takes in a day, one in so many may come with an invite that nobody could check.
const UNPROVEN_SHARE: u32 = 20;

/// What became of a tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is a vote now.
    Complete,
    /// It is safe, and its reason is awaited.
    Asking,
    /// It was complete before: nothing has changed.
    Before,
    /// It was red before and stays red: another face cannot take its place. Its reason is not awaited any more.
    StaysRed,
}

/// What the agent adds to a tap when it admits it.
struct Admitted {
    day: CivilDay,
    attended: bool,
    standing: Standing,
}

/// Red taps whose reason is awaited, each with its last touch.
#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<TapId, Instant>);

impl Asked {
    /// The one that has been waiting the longest.
    fn oldest(&self) -> Option<TapId> {
        self.0.iter().min_by_key(|(_, touched)| **touched).map(|(tap, _)| *tap)
    }
}

impl Agent {
    /// Takes one tap: on return its ballot (or its red without a reason yet) is on the disk. The same tap again changes
    /// nothing. A tap with an invite comes after [`Agent::check_invite`].
    pub async fn take(self: &Arc<Self>, tap: Tap) -> Result<Taken, CastError> {
        let agent = Arc::clone(self);
        self.settled(spawn_blocking(move || agent.take_now(&tap)).await)
    }

    fn draft_life(&self) -> Duration {
        let page_s = u64::from(self.idle_s) * HELP_FOR + DRAFT_GRACE_S;
        Duration::from_secs(if self.terminal.is_at_counter() { page_s } else { DRAFT_ALONE_S })
    }

    /// Touches change by whole values, so a poisoned lock guards a sound one.
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a draft when its person has not touched the page for its life. Each touch sends the red tap again.
    async fn await_reason(self: Arc<Self>, tap: TapId) {
        let life = self.draft_life();
        loop {
            let Some(touched) = self.asked().0.get(&tap).copied() else { return };
            let left = life.saturating_sub(touched.elapsed());
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left).await;
        }
        // A failed disk has stopped the agent already; the next start finds the draft.
        let _ = self.end_draft(tap).await;
    }

    fn take_now(self: &Arc<Self>, tap: &Tap) -> Result<Taken, CastError> {
        let mut queue = self.queue.blocking_lock();
        if queue.counted(tap.id) {
            return Ok(Taken::Before);
        }
        let taken = match (tap.touch, queue.draft(tap.id).cloned()) {
            (Touch::RedAsking, Some(_)) => {
                self.asked().0.insert(tap.id, instant());
                Taken::Asking
            }
            (Touch::RedAsking, None) => {
                let Admitted { day, attended, standing } = self.admit(&queue, tap)?;
                let oldest = self.asked().oldest().filter(|_| queue.drafts().len() >= DRAFTS_MAX);
                if let Some(other) = oldest {
                    finish(&self.terminal, &mut queue, other)?;
                    self.asked().0.remove(&other);
                }
                self.measure(&mut queue, &tap.service, false)?;
                let draft = Draft {
                    service: tap.service.to_string(),
                    day: day.yyyymmdd(),
                    attended,
                    invite: tap.invite.map(|invite| hex::encode(invite.as_bytes())),
                };
                self.reopen_unless(attended, queue.ask(tap.id, draft, standing))?;
                self.asked().0.insert(tap.id, instant());
                tokio::spawn(Arc::clone(self).await_reason(tap.id));
                Taken::Asking
            }
            (Touch::Vote(face), Some(draft)) => {
                let (face, taken) = match face {
                    Face::Red(_) => (face, Taken::Complete),
                    Face::Green | Face::Yellow => (Face::Red(None), Taken::StaysRed),
                };
                let cast = drafted(&self.terminal, &draft, face)?;
                queue.keep(tap.id, &cast, Standing::Proven)?;
                self.asked().0.remove(&tap.id);
                taken
            }
            (Touch::Vote(face), None) => {
                let Admitted { day, attended, standing } = self.admit(&queue, tap)?;
                self.measure(&mut queue, &tap.service, face == Face::Green)?;
                let invite_hash = tap.invite.map(|invite| *invite.as_bytes());
                let row = Row { service: tap.service.clone(), face, invite_hash };
                let cast = seal(&self.terminal, row, day, attended);
                self.reopen_unless(attended, queue.keep(tap.id, &cast, standing))?;
                Taken::Complete
            }
        };
        self.held.send_replace(queue.held());
        Ok(taken)
    }

    /// Whether the page may cast on this service now, on which day, and whether staff opened it. Uses up the opening.
    fn admit(&self, queue: &Queue, tap: &Tap) -> Result<Admitted, CastError> {
        let booth = self.booth.borrow();
        let booth = booth.as_ref().ok_or_else(|| self.no_booth())?;
        if !booth.offers(&tap.service) {
            return Err(CastError::Service(tap.service.to_string()));
        }
        if self.terminal.mode == Mode::Invite && tap.invite.is_none() {
            return Err(CastError::NoInvite);
        }
        let day = self.day(booth);
        let standing = self.standing(tap);
        if !self.has_place(queue, &tap.service, day, standing) {
            return Err(match standing {
                Standing::Proven => CastError::DailyCap(tap.service.to_string()),
                Standing::Unproven => CastError::NotOpen(State::Unavailable),
            });
        }
        match self.state_of(booth) {
            State::Closed if tap.invite.is_some() => Ok(Admitted { day, attended: false, standing }),
            State::Open => {
                let attended = self.terminal.mode == Mode::Attended && tap.invite.is_none();
                if attended && !self.openings().take(&tap.service, instant()) {
                    return Err(CastError::NotOpen(State::Closed));
                }
                Ok(Admitted { day, attended, standing })
            }
            state @ (State::Closed | State::Full | State::Unavailable) => Err(CastError::NotOpen(state)),
        }
    }

    /// Whether a vote with an invite that nobody can check has a place today: on this service, or else on any.
    pub async fn has_unproven_place(&self, service: Option<&Code>) -> bool {
        let queue = self.queue.lock().await;
        let booth = self.booth.borrow();
        let Some(booth) = booth.as_ref() else { return false };
        let day = self.day(booth);
        let asked = |offered: &&Code| service.is_none_or(|service| service == *offered);
        booth.codes().filter(asked).any(|code| self.has_place(&queue, code, day, Standing::Unproven))
    }

    /// Whether the day's cap of a public page leaves room for one more vote on this service.
    fn has_place(&self, queue: &Queue, service: &Code, day: CivilDay, standing: Standing) -> bool {
        let places = |cap: u32| match standing {
            Standing::Proven => cap,
            // Whoever asks for many with made-up invites leaves the day's cap to those who have one.
            Standing::Unproven => (cap / UNPROVEN_SHARE).max(1),
        };
        self.daily_cap.is_none_or(|cap| queue.taken_on(service, day, standing) < places(cap))
    }

    /// An invite is proven by the node's word.
    fn standing(&self, tap: &Tap) -> Standing {
        match tap.invite.and_then(|_| self.right(tap.id)) {
            None if tap.invite.is_some() => Standing::Unproven,
            Some(Right::Unproven) => Standing::Unproven,
            None | Some(Right::Service(_)) => Standing::Proven,
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
            agent.asked().0.remove(&tap);
            agent.held.send_replace(queue.held());
            Ok(())
        });
        self.settled(ended.await)
    }
}

/// Makes a ballot of a red tap that waits for its reason; nothing if it no longer waits.
pub(super) fn finish(terminal: &Terminal, queue: &mut Queue, tap: TapId) -> Result<(), CastError> {
    let Some(draft) = queue.draft(tap).cloned() else { return Ok(()) };
    Ok(queue.keep(tap, &drafted(terminal, &draft, Face::Red(None))?, Standing::Proven)?)
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
