//! A change of the book while it is made: what stands in the book, and over it what one call or one delivery has changed so
//! far. Later steps see the earlier ones, and all of it is written at once.

use super::kept::{Arrival, Kept, Seal};
use faccina_proto::{
    calendar::CivilDay,
    envelope::Id,
    limits::{
        TWINNING_PROPOSALS_PER_DAY_MAX, TWINNINGS_KEPT_MAX, TWINNINGS_OPEN_MAX, TWINNINGS_OPEN_WITH_ONE_MAX,
        TWINNINGS_UNACCEPTED_WITH_ONE_MAX,
    },
    names::IpaCode,
    twinning::{self, Body, Refusal, Signed, Twinning},
};
use std::{collections::BTreeMap, slice};

pub(super) struct Draft<'a> {
    kept: &'a BTreeMap<Id, Kept>,
    own: &'a IpaCode,
    /// `None` = no longer kept.
    changed: BTreeMap<Id, Option<Kept>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(kept: &'a BTreeMap<Id, Kept>, own: &'a IpaCode) -> Self {
        Self { kept, own, changed: BTreeMap::new() }
    }

    pub(super) fn into_changed(self) -> BTreeMap<Id, Option<Kept>> {
        self.changed
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Kept> {
        self.changed.get(id).map_or_else(|| self.kept.get(id), Option::as_ref)
    }

    fn all(&self) -> impl Iterator<Item = &Kept> {
        let unchanged = self.kept.iter().filter(|(id, _)| !self.changed.contains_key(*id));
        unchanged.map(|(_, kept)| kept).chain(self.changed.values().flatten())
    }

    pub(super) fn put(&mut self, kept: Kept) {
        self.changed.insert(kept.twinning.id(), Some(kept));
    }

    /// Begins a twinning with its proposal, own or not.
    pub(super) fn begin(&mut self, proposal: Signed, today: CivilDay) -> Result<Kept, Refusal> {
        let terms_end = match &proposal.message().body {
            Body::Proposed(proposal) => proposal.terms.to,
            Body::Acceptance(_)
            | Body::Decline(_)
            | Body::Withdrawal(_)
            | Body::Checklist(_)
            | Body::Recommendation(_)
            | Body::End(_)
            | Body::Unknown => return Err(Refusal::UnknownProposal),
        };
        if terms_end < today.month() {
            return Err(Refusal::PeriodOver(terms_end));
        }
        let place = self.all().map(|kept| kept.arrival.place).max().unwrap_or(0).saturating_add(1);
        let begun = Kept::new(Twinning::propose(proposal)?, Arrival { place, day: today }, self.own);
        let begun = begun.ok_or(Refusal::NotAddressed)?;
        self.make_room(&begun, today)?;
        self.put(begun.clone());
        Ok(begun)
    }

    /// Refuses one more beyond the bounds; drops what must go for it.
    fn make_room(&mut self, begun: &Kept, today: CivilDay) -> Result<(), Refusal> {
        let month = today.month();
        let with_one = |kept: &&Kept| kept.other() == begun.other();
        let open = self.all().filter(|kept| kept.is_open(month));
        if open.count() >= TWINNINGS_OPEN_MAX
            || self.all().filter(with_one).filter(|kept| kept.is_open(month)).count()
                >= TWINNINGS_OPEN_WITH_ONE_MAX
        {
            return Err(Refusal::TooManyTwinnings);
        }
        let alike = |kept: &&Kept| kept.side == begun.side && kept.arrival.day == today;
        if self.all().filter(with_one).filter(alike).count() >= TWINNING_PROPOSALS_PER_DAY_MAX {
            return Err(Refusal::TooOften);
        }
        // Never accepted and finished, the oldest to arrive first.
        let mut idle: Vec<&Kept> =
            self.all().filter(|kept| !kept.is_open(month) && !kept.twinning.was_accepted()).collect();
        idle.sort_by_key(|kept| kept.arrival.place);
        let of_one: Vec<Id> = idle.iter().copied().filter(with_one).map(|kept| kept.twinning.id()).collect();
        let surplus = (of_one.len() + 1).saturating_sub(TWINNINGS_UNACCEPTED_WITH_ONE_MAX);
        let mut gone: Vec<Id> = of_one.iter().take(surplus).copied().collect();
        if gone.is_empty() && self.all().count() >= TWINNINGS_KEPT_MAX {
            let finished = self.all().filter(with_one).filter(|kept| !kept.is_open(month));
            let oldest = finished.min_by_key(|kept| kept.arrival.place).map(|kept| kept.twinning.id());
            let idle = of_one.first().copied().or_else(|| idle.first().map(|kept| kept.twinning.id()));
            gone.push(idle.or(oldest).ok_or(Refusal::TooManyTwinnings)?);
        }
        self.changed.extend(gone.into_iter().map(|id| (id, None)));
        Ok(())
    }

    /// Enters a verified message: of the other ente, or an own one that it hands back.
    pub(super) fn enter(&mut self, signed: Signed, today: CivilDay, seal: Seal<'_>) -> Result<(), Refusal> {
        let is_own = signed.message().from == *self.own;
        let Some(mut kept) = self.get(&signed.twinning()).cloned() else {
            let mut begun = self.begin(signed, today)?;
            begun.delivered = u32::from(is_own);
            self.put(begun);
            return Ok(());
        };
        if is_own {
            let had = kept.own_said().iter().any(|said| said.id() == signed.id());
            if !kept.regain(slice::from_ref(&signed), seal) && !had {
                return Err(Refusal::Seen { seen: signed.message().seen });
            }
        } else {
            let seen = signed.message().seen;
            if kept.twinning.take(signed)? == twinning::Taken::Known {
                return Ok(());
            }
            // Whoever had not seen what was delivered wrote meanwhile, or its store was put back: it is sent again.
            kept.delivered = kept.delivered.min(seen);
        }
        // Whoever speaks has the twinning: what was refused may be sent again.
        kept.refused = None;
        self.put(kept);
        Ok(())
    }
}
