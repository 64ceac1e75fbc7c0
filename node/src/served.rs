//! How many users each service has served at the counters of each branch, by day: what staff counted with the button, and
//! what they entered by hand, which stands in its place.
//!
//! In the node's store: key `served/<yyyymm>/<branch>/<yyyymmdd>/<service>`, value JSON `{"counted", "entered"}`. Numbers only: no
//! vote, invite, desk or time of day is in it, and it is forgotten once its month is closed.
//!
//! Beside it, written in one batch with the number it changed, `act/<hex>`: a press that was counted, with the stored forms of
//! the invite that it gave, or one that was taken back, of which nothing else is kept; so that one sent again counts once, and
//! gives one vote, also where the node has restarted in between. It is forgotten after about a minute.
//!
//! A month has the figure of a service only where every branch that received votes for it, or served a user, has one for
//! every day from Monday to Friday: a day on which an office was closed is entered as 0. Half a month counted is no participation.

use crate::store::{Batch, Store, StoreError};
use faccina_proto::{
    admission::COUNTER,
    calendar::{CivilDay, Month},
    invites::StoredInvite,
    limits::SERVED_PER_DAY_MAX,
    names::Code,
    tally::{GroupKey, Tally},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

const PREFIX: &str = "served/";
const ACT_PREFIX: &str = "act/";
/// Numbers forgotten in one durable batch, as with invites.
const FORGOTTEN_PER_BATCH: usize = 256;
/// Days of a week on which an office is taken to be open, Monday = 1.
const WORKING_DAYS: u32 = 5;

/// One press of the button: 16 random bytes made by the desk.
pub type ActId = [u8; 16];

/// Why a number cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ServedError {
    /// Its numbers went into the summary, and are forgotten.
    #[error("{0} is closed, and its numbers with it")]
    Closed(Month),
    /// Whoever entered it must look at it again; the button has counted more than an office can serve.
    #[error("a service has at most {SERVED_PER_DAY_MAX} users on one day at one branch")]
    TooMany,
    #[error("the book of users served")]
    Store(#[from] StoreError),
    #[error("the stored number of users served {key:?} cannot be read")]
    Stored { key: String },
}

/// What became of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    Counted(Counted),
    /// It counts no more.
    TakenBack,
}

/// A press that counts a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub day: CivilDay,
    pub branch: Code,
    pub service: Code,
    /// The stored forms of the invite that it gave.
    pub invite: Vec<StoredInvite>,
}

impl Counted {
    /// Whether it counts a user of this service at this branch.
    pub fn is_at(&self, branch: &Code, service: &Code) -> bool {
        self.branch == *branch && self.service == *service
    }
}

/// A press as it lies in the store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredAct {
    Counted {
        /// Key of the number that it changed.
        of: String,
        /// In hex.
        invite: Vec<String>,
    },
    TakenBack,
}

/// What becomes of a press together with its number.
enum Pressed<'a> {
    Counted(&'a ActId, &'a [StoredInvite]),
    TakenBack(&'a ActId),
}

/// Users of one service on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// With the button.
    pub counted: u32,
    /// By hand; stands in place of what was counted.
    pub entered: Option<u32>,
}

impl Users {
    /// The figure of the day.
    pub fn figure(&self) -> u32 {
        self.entered.unwrap_or(self.counted)
    }
}

/// The book. Changes block for a disk flush.
#[derive(Debug)]
pub struct ServedBook {
    store: Arc<dyn Store>,
    /// Held while a number changes, so that none is lost between reading and writing. The last month whose numbers are
    /// forgotten: whoever asked while it was open comes too late.
    changing: Mutex<Option<Month>>,
}

impl ServedBook {
    /// The book in the node's store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, changing: Mutex::new(None) }
    }

    /// Counts one user more by this act, which must not have counted yet and gives this invite; durable on return.
    pub fn count(
        &self,
        day: CivilDay,
        branch: &Code,
        service: &Code,
        act: &ActId,
        invite: &[StoredInvite],
    ) -> Result<(), ServedError> {
        self.change(day, branch, service, Some(Pressed::Counted(act, invite)), |users| {
            users.counted = users.counted.checked_add(1).filter(|n| *n <= SERVED_PER_DAY_MAX)?;
            Some(())
        })
    }

    /// This act, which has counted already, now gives this invite; durable on return.
    pub fn give_anew(
        &self,
        day: CivilDay,
        branch: &Code,
        service: &Code,
        act: &ActId,
        invite: &[StoredInvite],
    ) -> Result<(), ServedError> {
        self.change(day, branch, service, Some(Pressed::Counted(act, invite)), |_| Some(()))
    }

    /// Takes back what this act has counted, unless the person `has_voted` and was served after all; durable on return.
    pub fn take_back(
        &self,
        day: CivilDay,
        branch: &Code,
        service: &Code,
        act: &ActId,
        has_voted: bool,
    ) -> Result<(), ServedError> {
        self.change(day, branch, service, Some(Pressed::TakenBack(act)), |users| {
            users.counted = users.counted.saturating_sub(u32::from(!has_voted));
            Some(())
        })
    }

    /// What became of a press of the last minute.
    pub fn act(&self, act: &ActId) -> Result<Option<Press>, ServedError> {
        let key = act_key(act);
        let Some(value) = self.store.get(key.as_bytes())? else { return Ok(None) };
        let read = || {
            Some(match serde_json::from_slice(&value).ok()? {
                StoredAct::TakenBack => Press::TakenBack,
                StoredAct::Counted { of, invite } => {
                    let (day, branch, service) = place_of(&of)?;
                    let invite = invite.iter().map(|form| form_of(form)).collect::<Option<_>>()?;
                    Press::Counted(Counted { day, branch, service, invite })
                }
            })
        };
        read().map(Some).ok_or(ServedError::Stored { key })
    }

    /// Remembers only these presses, and nothing that cannot be read; durable on return.
    pub fn forget_acts_but(&self, known: &BTreeSet<ActId>) -> Result<(), ServedError> {
        let known: BTreeSet<String> = known.iter().map(act_key).collect();
        let mut old = Vec::new();
        for row in self.store.scan(ACT_PREFIX.as_bytes()) {
            let (key, _) = row?;
            if !str::from_utf8(&key).is_ok_and(|key| known.contains(key)) {
                old.push(key);
            }
        }
        self.forget(&old)
    }

    /// Enters the number of a day by hand; `None` lets what was counted hold again. Durable on return.
    pub fn enter(
        &self,
        day: CivilDay,
        branch: &Code,
        service: &Code,
        number: Option<u32>,
    ) -> Result<(), ServedError> {
        self.change(day, branch, service, None, |users| {
            users.entered = number;
            number.is_none_or(|number| number <= SERVED_PER_DAY_MAX).then_some(())
        })
    }

    /// The numbers of one day at one branch, by service; absent = nothing was counted or entered.
    pub fn of_day(&self, day: CivilDay, branch: &Code) -> Result<BTreeMap<Code, Users>, ServedError> {
        let rows = self.scan(&day_prefix(day, branch))?;
        Ok(rows.into_iter().map(|row| (row.service, row.users)).collect())
    }

    /// The days up to `last` in its month on which a service should have a number at this branch and has none, ascending.
    pub fn missing(
        &self,
        last: CivilDay,
        branch: &Code,
        services: &BTreeSet<Code>,
    ) -> Result<Vec<CivilDay>, ServedError> {
        let month = Kept::of(self.scan(&format!("{}{branch}/", month_prefix(last.month())))?);
        let lacks = |day: &CivilDay| services.iter().any(|service| !month.has(*day, branch, service));
        Ok(working_days(last.month()).take_while(|day| *day <= last).filter(lacks).collect())
    }

    /// Users served in a month by service at the counter, where the month is complete at every branch with votes.
    pub fn of_month(&self, month: Month, tally: &Tally) -> Result<BTreeMap<GroupKey, u64>, ServedError> {
        let kept = Kept::of(self.scan(&month_prefix(month))?);
        let mut branches: BTreeMap<&Code, BTreeSet<&Code>> = BTreeMap::new();
        for cell in tally.cells().keys().filter(|cell| cell.key.channel.as_str() == COUNTER) {
            branches.entry(&cell.key.service).or_default().insert(&cell.branch);
        }
        for (_, branch, service) in &kept.known {
            if let Some(branches) = branches.get_mut(service) {
                branches.insert(branch);
            }
        }
        let days: Vec<CivilDay> = working_days(month).collect();
        let complete = |(service, branches): &(&Code, BTreeSet<&Code>)| {
            branches.iter().all(|branch| days.iter().all(|day| kept.has(*day, branch, service)))
        };
        let channel: Code = COUNTER.parse().map_err(|_| ServedError::Stored { key: COUNTER.to_owned() })?;
        let figure = |(service, _): (&Code, BTreeSet<&Code>)| {
            (GroupKey { service: (*service).clone(), channel: channel.clone() }, kept.sum(service))
        };
        Ok(branches.into_iter().filter(complete).map(figure).collect())
    }

    /// Forgets this month and all before it; durable on return.
    pub fn forget_through(&self, month: Month) -> Result<(), ServedError> {
        let mut closed_through = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        *closed_through = (*closed_through).max(Some(month));
        let end = month_prefix(month.next());
        let mut old = Vec::new();
        for row in self.store.scan(PREFIX.as_bytes()) {
            let (key, _) = row?;
            if key.as_slice() >= end.as_bytes() {
                break;
            }
            old.push(key);
        }
        self.forget(&old)
    }

    fn forget(&self, keys: &[Vec<u8>]) -> Result<(), ServedError> {
        for keys in keys.chunks(FORGOTTEN_PER_BATCH) {
            let mut batch = Batch::new();
            for key in keys {
                batch.delete(key.as_slice());
            }
            self.store.commit(batch)?;
        }
        Ok(())
    }

    fn change(
        &self,
        day: CivilDay,
        branch: &Code,
        service: &Code,
        press: Option<Pressed<'_>>,
        change: impl FnOnce(&mut Users) -> Option<()>,
    ) -> Result<(), ServedError> {
        let closed_through = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if closed_through.is_some_and(|closed| day.month() <= closed) {
            return Err(ServedError::Closed(day.month()));
        }
        let key = format!("{}{service}", day_prefix(day, branch));
        let stored = |_| ServedError::Stored { key: key.clone() };
        let mut users = match self.store.get(key.as_bytes())? {
            None => Users::default(),
            Some(value) => serde_json::from_slice(&value).map_err(stored)?,
        };
        change(&mut users).ok_or(ServedError::TooMany)?;
        let mut batch = Batch::new();
        if let Some(press) = press {
            let (act, press) = match press {
                Pressed::TakenBack(act) => (act, StoredAct::TakenBack),
                Pressed::Counted(act, invite) => {
                    let invite = invite.iter().map(|form| hex::encode(form.as_bytes())).collect();
                    (act, StoredAct::Counted { of: key.clone(), invite })
                }
            };
            batch.put(act_key(act), serde_json::to_vec(&press).map_err(stored)?);
        }
        if users == Users::default() {
            // Nothing counted and nothing entered is an unknown number, not 0.
            batch.delete(key.as_bytes());
        } else {
            batch.put(key.as_bytes(), serde_json::to_vec(&users).map_err(stored)?);
        }
        Ok(self.store.commit(batch)?)
    }

    fn scan(&self, prefix: &str) -> Result<Vec<Row>, ServedError> {
        let rows = self.store.scan(prefix.as_bytes());
        rows.map(|row| {
            let (key, value) = row?;
            let key = String::from_utf8_lossy(&key).into_owned();
            Row::of(&key, &value).ok_or(ServedError::Stored { key })
        })
        .collect()
    }
}

#[derive(Debug)]
struct Row {
    day: CivilDay,
    branch: Code,
    service: Code,
    users: Users,
}

impl Row {
    fn of(key: &str, value: &[u8]) -> Option<Self> {
        let (day, branch, service) = place_of(key)?;
        Some(Self { day, branch, service, users: serde_json::from_slice(value).ok()? })
    }
}

/// Day, branch and service of the key of a number.
fn place_of(key: &str) -> Option<(CivilDay, Code, Code)> {
    let parts: Vec<&str> = key.strip_prefix(PREFIX)?.split('/').collect();
    let [_, branch, day, service] = parts.as_slice() else { return None };
    let day = CivilDay::from_yyyymmdd(day.parse().ok()?).ok()?;
    Some((day, branch.parse().ok()?, service.parse().ok()?))
}

fn act_key(act: &ActId) -> String {
    format!("{ACT_PREFIX}{}", hex::encode(act))
}

fn form_of(digits: &str) -> Option<StoredInvite> {
    let mut form = [0; 32];
    hex::decode_to_slice(digits, &mut form).ok().map(|()| StoredInvite::from_bytes(form))
}

/// A month's numbers.
#[derive(Debug)]
struct Kept {
    known: BTreeSet<(CivilDay, Code, Code)>,
    sums: BTreeMap<Code, u64>,
}

impl Kept {
    fn of(rows: Vec<Row>) -> Self {
        let mut kept = Self { known: BTreeSet::new(), sums: BTreeMap::new() };
        for row in rows {
            *kept.sums.entry(row.service.clone()).or_default() += u64::from(row.users.figure());
            kept.known.insert((row.day, row.branch, row.service));
        }
        kept
    }

    fn has(&self, day: CivilDay, branch: &Code, service: &Code) -> bool {
        self.known.contains(&(day, branch.clone(), service.clone()))
    }

    fn sum(&self, service: &Code) -> u64 {
        self.sums.get(service).copied().unwrap_or_default()
    }
}

fn month_prefix(month: Month) -> String {
    format!("{PREFIX}{:06}/", month.yyyymm())
}

fn day_prefix(day: CivilDay, branch: &Code) -> String {
    format!("{}{branch}/{}/", month_prefix(day.month()), day.yyyymmdd())
}

fn working_days(month: Month) -> impl Iterator<Item = CivilDay> {
    let (first, last) = (month.first_day(), month.last_day());
    let days = std::iter::successors(Some(first), move |day| (*day < last).then(|| day.plus_days(1)));
    days.filter(|day| day.weekday() <= WORKING_DAYS)
}

#[cfg(test)]
mod tests;
