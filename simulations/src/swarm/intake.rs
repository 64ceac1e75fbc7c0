//! The intake of one node: the protocol's decision on each cast over what the disk holds, as the node's writer asks it.
//!
//! In memory only, lost with the power: which month is the oldest open one, and tries of unknown invites.

use super::disk::{Entering, Stored};
use super::mutant::Mutant;
use crate::founding::Place;
use bytes::Bytes;
use faccina_proto::{
    admission::{
        Admission, Boxes, InviteState, InviteTries, Refusal, Rejected, Seen, VerifiedCast, admit, verify_cast,
    },
    ballot::Receipt,
    calendar::{CivilDay, Month},
    envelope::{FederationId, Id},
    invites::{InviteHash, InviteRecord, StoredInvite},
    names::IpaCode,
    tally::Circumstances,
    terminals::TerminalList,
};
use std::collections::{BTreeMap, BTreeSet};

/// The answer to one cast.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Counted(Receipt),
    NotYet(Id),
    Refused(Option<Id>, Refusal),
}

#[derive(Debug)]
pub(crate) struct Intake {
    ente: IpaCode,
    terminals: TerminalList,
    pub(crate) oldest_open: Month,
    tries: InviteTries,
}

/// What a batch has let in, which no box shows yet.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entering: Vec<Entering>,
    ballots: BTreeMap<Id, Month>,
    marks: BTreeSet<StoredInvite>,
}

impl Intake {
    /// After a start: months with a decision are closed.
    pub(crate) fn open(place: &Place, terminals: TerminalList, stored: &Stored) -> Self {
        let decided = stored.boxes.iter().rev().find(|(_, urn)| urn.decision.is_some());
        let oldest_open = decided.map_or(place.first_month, |(month, _)| month.next());
        Self { ente: place.code.clone(), terminals, oldest_open, tries: InviteTries::default() }
    }

    /// The only form in which an invite is stored.
    pub(crate) fn stored_invite(&self, hash: &InviteHash) -> StoredInvite {
        let mut key = [7; 32];
        key.iter_mut().zip(self.ente.as_str().bytes()).for_each(|(byte, of_code)| *byte = of_code);
        hash.stored(&key)
    }

    /// Decides on casts that came together.
    pub(crate) fn decide(
        &mut self,
        casts: &[Bytes],
        stored: &Stored,
        federation: &FederationId,
        today: CivilDay,
        now_s: u64,
        mutant: Option<Mutant>,
    ) -> (Vec<Answer>, Batch) {
        let mut batch = Batch::default();
        let mut answers = Vec::new();
        for bytes in casts {
            let verified = verify_cast(bytes.clone(), federation, &self.terminals, &self.ente);
            answers.push(match verified {
                Ok(cast) => self.decide_one(&cast, stored, today, now_s, mutant, &mut batch),
                Err(Rejected { ballot, refusal }) => Answer::Refused(ballot, refusal),
            });
        }
        (answers, batch)
    }

    fn decide_one(
        &mut self,
        cast: &VerifiedCast,
        stored: &Stored,
        today: CivilDay,
        now_s: u64,
        mutant: Option<Mutant>,
        batch: &mut Batch,
    ) -> Answer {
        let presented = cast.invite().map(|hash| self.stored_invite(&hash));
        let used_up = self.tries.used_up(&cast.terminal(), now_s);
        let record = presented.filter(|_| !used_up).and_then(|invite| stored.invites.get(&invite));
        let record = record.filter(|record| record.is_known_at(&cast.ballot().channel));
        let mark = presented.map(|invite| record.map_or(invite, |record| record.mark(invite)));
        let seen = seen(cast, record, stored, mutant, batch);
        let boxes = || stored.boxes.range(cast.first_box(record)..).map(|(_, urn)| urn);
        let state = match (&mark, record) {
            (None, _) => InviteState::NotPresented,
            (Some(_), None) if used_up => InviteState::TriesUsedUp,
            (Some(_), None) => InviteState::Unknown,
            (Some(mark), Some(_))
                if batch.marks.contains(mark) || boxes().any(|urn| urn.marks.contains(mark)) =>
            {
                InviteState::Spent
            }
            (Some(_), Some(record)) => InviteState::Outstanding(record),
        };
        let months = Boxes { oldest_open: self.oldest_open, today };
        match admit(cast, seen, state, &months) {
            Admission::Count { month, circumstances } => {
                batch.let_in(cast, month, circumstances, mark);
                Answer::Counted(Receipt { ballot: cast.id(), counted_in: month })
            }
            Admission::AlreadyCounted { month } => {
                Answer::Counted(Receipt { ballot: cast.id(), counted_in: month })
            }
            Admission::NotYet(_) => Answer::NotYet(cast.id()),
            Admission::Refused(refusal) => {
                if refusal == Refusal::InviteUnknown {
                    self.tries.count(cast.terminal(), &cast.ballot().channel, now_s);
                }
                Answer::Refused(Some(cast.id()), refusal)
            }
        }
    }
}

impl Batch {
    fn let_in(
        &mut self,
        cast: &VerifiedCast,
        month: Month,
        circumstances: Circumstances,
        mark: Option<StoredInvite>,
    ) {
        self.ballots.insert(cast.id(), month);
        self.marks.extend(mark);
        self.entering.push(Entering {
            month,
            id: cast.id(),
            ballot: cast.ballot().clone(),
            circumstances,
            mark,
        });
    }
}

/// Where the ballot is, among the boxes that may hold it and in what the batch has let in.
fn seen(
    cast: &VerifiedCast,
    record: Option<&InviteRecord>,
    stored: &Stored,
    mutant: Option<Mutant>,
    batch: &Batch,
) -> Seen {
    if mutant == Some(Mutant::IdCheckSkipped) {
        return Seen::Nowhere;
    }
    if let Some(month) = batch.ballots.get(&cast.id()) {
        return Seen::In(*month);
    }
    let first = cast.first_box(record);
    let last = if mutant == Some(Mutant::LateBallotCountedTwice) { Some(cast.ballot().month) } else { None };
    let holds = stored.boxes_of(cast.id()).filter(|month| *month >= first);
    holds.filter(|month| last.is_none_or(|last| *month <= last)).map(Seen::In).next().unwrap_or(Seen::Nowhere)
}
