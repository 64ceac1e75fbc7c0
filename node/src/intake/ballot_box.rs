//! One month's ballot box ("urna"): ids, spent marks, sealed ballots, the tally, and the decision that closes it.
//!
//! | key | value |
//! | --- | --- |
//! | `i` id (32) | the ballot's exact bytes, padded and sealed |
//! | `s` mark (32) | empty: this invite is spent |
//! | `c` blind name (16) | sealed `TallyCell`: one service, channel, branch and its counts |
//! | `n` | sealed five u64: late, backed, of revoked terminals, the last day of receipt, ballots received on that day |
//! | `l` | sealed `Tally`: what the ente's own staff has been shown so far |
//! | `d` | sealed decision to close (see `close`) |
//! | `k` | sealed decision to correct the published month |
//! | `e` | civil day (u32) on which the closed month's entry stood in the feed |
//!
//! A ballot, its spent mark and the changed cells enter in one batch; nothing links a mark to a ballot. No record
//! names a terminal or a time, and keys are hashes, so their order tells nothing of arrival.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use faccina_proto::ballot::{Ballot, BallotError};
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::envelope::Id;
use faccina_proto::invites::StoredInvite;
use faccina_proto::tally::{Cell, Circumstanced, Counts, GroupKey, Tally, TallyError};
use faccina_proto::wire::ballot::v1 as wire;
use prost::Message;

use super::box_key::{self, BoxKey};
use crate::keys::put_aside;
use crate::sealing::{SealingError, Unopened};
use crate::store::{self, Batch, Scan, Store, StoreError};

const BALLOT: u8 = b'i';
const MARK: u8 = b's';
const CELL: u8 = b'c';
const NUMBERS_KEY: &[u8] = b"n";
const SHOWN_KEY: &[u8] = b"l";
const DECISION_KEY: &[u8] = b"d";
const CORRECTION_KEY: &[u8] = b"k";
const ENDED_KEY: &[u8] = b"e";
/// Ending of the directory of a box whose key is being made.
const DRAFT: &str = "new";
/// Ending of the directory of a box whose key is being destroyed.
const RETIRED: &str = "retired";

/// Why a ballot box cannot be used. Who must act: the person who runs the node.
#[derive(Debug, thiserror::Error)]
pub enum BoxError {
    /// The database refuses.
    #[error("ballot box of {month}")]
    Store {
        /// Whose box.
        month: Month,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The key refuses.
    #[error(transparent)]
    Key(#[from] SealingError),
    /// A record is damaged or not what it should be: restore the box from a backup.
    #[error(
        "ballot box of {month}: {what}: restore the box and its key from a backup; if there is none, remove the key file, and \
         `faccina keys replace` gives the box up"
    )]
    Damaged {
        /// Whose box.
        month: Month,
        /// Which record, without its content.
        what: &'static str,
    },
    /// The box is there, and nobody can read it.
    #[error(
        "the ballot box of {month} cannot be opened; if no backup has its key, `faccina keys replace` gives the box up"
    )]
    Keyless {
        /// Whose box.
        month: Month,
        /// What is wrong with its key.
        #[source]
        source: SealingError,
    },
    /// The key of a box is there, and the box is not.
    #[error(
        "the ballot box of {month} is gone, its key is there: restore the node from a backup; if there is none, \
         `faccina keys replace` gives the box up, and the next summary says so"
    )]
    Gone {
        /// Whose box.
        month: Month,
    },
    /// The file system refuses.
    #[error("cannot use {}", path.display())]
    Io {
        /// The place.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

/// One ballot found in a box by `check`.
#[derive(Debug)]
pub struct Found {
    /// The id under which it stands.
    pub id: Id,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// What they say.
    pub ballot: Ballot,
}

/// What the box knows beside its cells.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) circumstanced: Circumstanced,
    /// yyyymmdd; 0 before the first ballot.
    pub(crate) day: u64,
    pub(crate) received_on_day: u64,
}

impl Numbers {
    /// Counts one ballot received on `today`.
    pub(crate) fn receive(&mut self, today: CivilDay) {
        let today = u64::from(today.yyyymmdd());
        if self.day != today {
            self.day = today;
            self.received_on_day = 0;
        }
        self.received_on_day += 1;
    }
}

/// The box of one month. It only stores; who decides what enters is the single writer.
#[derive(Debug)]
pub(crate) struct BallotBox {
    month: Month,
    store: Arc<dyn Store>,
    key: BoxKey,
}

impl BallotBox {
    /// Opens the box of a month, or makes it.
    pub(crate) fn open(data_dir: &Path, keys_dir: &Path, month: Month) -> Result<Self, BoxError> {
        let dir = data_dir.join(store::box_dir(month));
        let there = store::is_there(&dir).map_err(|source| BoxError::Store { month, source })?;
        let key = if there {
            BoxKey::load(keys_dir, month)?
        } else if dir.exists() {
            return Err(BoxError::Gone { month });
        } else {
            make(data_dir, keys_dir, month)?
        };
        let store = store::open(&dir).map_err(|source| BoxError::Store { month, source })?;
        Ok(Self::over(month, Arc::new(store), key))
    }

    pub(crate) fn over(month: Month, store: Arc<dyn Store>, key: BoxKey) -> Self {
        Self { month, store, key }
    }

    pub(crate) fn month(&self) -> Month {
        self.month
    }

    pub(crate) fn holds(&self, id: &Id) -> Result<bool, BoxError> {
        self.read(|store| store.contains(&ballot_key(id)))
    }

    pub(crate) fn is_spent(&self, mark: &StoredInvite) -> Result<bool, BoxError> {
        self.read(|store| store.contains(&mark_key(mark)))
    }

    /// Applies what enters together; durable on return.
    pub(crate) fn commit(&self, entering: Entering) -> Result<(), BoxError> {
        self.read(|store| store.commit(entering.batch))
    }

    /// The tally as stored.
    pub(crate) fn tally(&self) -> Result<Tally, BoxError> {
        let mut tally = Tally::default();
        for record in self.store.scan(&[CELL]) {
            let (key, sealed) = record.map_err(|source| self.refused(source))?;
            let (cell, counts) = self.cell(&key, &sealed)?;
            tally.add_counts(cell, counts);
        }
        let numbers = self.numbers()?;
        tally.add_circumstanced(numbers.circumstanced);
        Ok(tally)
    }

    fn cell(&self, key: &[u8], sealed: &[u8]) -> Result<(Cell, Counts), BoxError> {
        let plain = self.opened(self.key.records().open(key, sealed), "a cell of the tally does not open")?;
        let damaged = || self.damaged("a cell of the tally cannot be read");
        let message = wire::TallyCell::decode(plain.as_slice()).map_err(|_| damaged())?;
        let counts = Counts::from_wire(&message.counts.unwrap_or_default()).map_err(|_| damaged())?;
        let code = |text: &str| text.parse().map_err(|_| damaged());
        let key = GroupKey { service: code(&message.service)?, channel: code(&message.channel)? };
        Ok((Cell { key, branch: code(&message.branch)? }, counts))
    }

    pub(crate) fn numbers(&self) -> Result<Numbers, BoxError> {
        let Some(plain) = self.record(NUMBERS_KEY)? else { return Ok(Numbers::default()) };
        let mut numbers =
            plain.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_be_bytes));
        let mut next = || numbers.next().ok_or_else(|| self.damaged("its numbers cannot be read"));
        let circumstanced = Circumstanced { late: next()?, backed: next()?, revoked_terminal: next()? };
        Ok(Numbers { circumstanced, day: next()?, received_on_day: next()? })
    }

    /// What staff has been shown so far.
    pub(crate) fn shown(&self) -> Result<Tally, BoxError> {
        let Some(plain) = self.record(SHOWN_KEY)? else { return Ok(Tally::default()) };
        Tally::decode(&plain).map_err(|_: TallyError| self.damaged("its live figures cannot be read"))
    }

    pub(crate) fn keep_shown(&self, shown: &Tally) -> Result<(), BoxError> {
        self.keep_record(SHOWN_KEY, &shown.encode())
    }

    /// The decision to close this month, once taken.
    pub(crate) fn decision(&self) -> Result<Option<Vec<u8>>, BoxError> {
        self.record(DECISION_KEY)
    }

    pub(crate) fn keep_decision(&self, decision: &[u8]) -> Result<(), BoxError> {
        self.keep_record(DECISION_KEY, decision)
    }

    /// The decision to correct this month, once taken.
    pub(crate) fn correction(&self) -> Result<Option<Vec<u8>>, BoxError> {
        self.record(CORRECTION_KEY)
    }

    pub(crate) fn keep_correction(&self, decision: &[u8]) -> Result<(), BoxError> {
        self.keep_record(CORRECTION_KEY, decision)
    }

    /// Everything in the box as it is now.
    pub(crate) fn snapshot(&self) -> Result<Scan<'_>, BoxError> {
        self.read(|store| store.snapshot())
    }

    /// The day on which the month's entry stood in the feed; retention counts from it.
    pub(crate) fn ended(&self) -> Result<Option<CivilDay>, BoxError> {
        let Some(bytes) = self.read(|store| store.get(ENDED_KEY))? else { return Ok(None) };
        let day = bytes.try_into().ok().map(u32::from_be_bytes);
        let day = day.and_then(|day| CivilDay::from_yyyymmdd(day).ok());
        day.map(Some).ok_or_else(|| self.damaged("its day of closing cannot be read"))
    }

    pub(crate) fn keep_ended(&self, day: CivilDay) -> Result<(), BoxError> {
        let mut batch = Batch::new();
        batch.put(ENDED_KEY, day.yyyymmdd().to_be_bytes());
        self.read(|store| store.commit(batch))
    }

    /// The ids of all ballots in the box, ascending.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Result<Id, BoxError>> + '_ {
        self.store.scan(&[BALLOT]).map(|record| {
            let (key, _) = record.map_err(|source| self.refused(source))?;
            self.id_of(&key)
        })
    }

    /// Opens every ballot in the box.
    pub(crate) fn ballots(&self) -> impl Iterator<Item = Result<Found, BoxError>> + '_ {
        self.store.scan(&[BALLOT]).map(|record| {
            let (key, sealed) = record.map_err(|source| self.refused(source))?;
            let id = self.id_of(&key)?;
            let bytes = self.opened(self.key.open_ballot(&id, &sealed), "a ballot does not open")?;
            let ballot = Ballot::decode(&bytes)
                .map_err(|_: BallotError| self.damaged("a ballot opens and cannot be read"))?;
            Ok(Found { id, bytes, ballot })
        })
    }

    fn id_of(&self, key: &[u8]) -> Result<Id, BoxError> {
        key.get(1..).and_then(Id::from_slice).ok_or_else(|| self.damaged("an id has not 32 bytes"))
    }

    fn record(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BoxError> {
        let sealed = self.read(|store| store.get(key))?;
        sealed
            .map(|sealed| self.opened(self.key.records().open(key, &sealed), "a record does not open"))
            .transpose()
    }

    fn keep_record(&self, key: &[u8], plain: &[u8]) -> Result<(), BoxError> {
        let mut batch = Batch::new();
        batch.put(key, self.key.records().seal(key, plain));
        self.read(|store| store.commit(batch))
    }

    fn read<'a, T>(
        &'a self,
        act: impl FnOnce(&'a dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, BoxError> {
        act(&*self.store).map_err(|source| self.refused(source))
    }

    fn refused(&self, source: StoreError) -> BoxError {
        BoxError::Store { month: self.month, source }
    }

    fn damaged(&self, what: &'static str) -> BoxError {
        BoxError::Damaged { month: self.month, what }
    }

    fn opened(&self, plain: Result<Vec<u8>, Unopened>, what: &'static str) -> Result<Vec<u8>, BoxError> {
        plain.map_err(|Unopened| self.damaged(what))
    }
}

/// What enters a box in one batch.
#[derive(Debug, Default)]
pub(crate) struct Entering {
    batch: Batch,
}

impl Entering {
    pub(crate) fn ballot(&mut self, to: &BallotBox, id: &Id, bytes: &Bytes, with_reason: bool) {
        self.batch.put(ballot_key(id), to.key.seal_ballot(id, bytes, with_reason));
    }

    pub(crate) fn mark(&mut self, mark: &StoredInvite) {
        self.batch.put(mark_key(mark), Vec::new());
    }

    pub(crate) fn cell(&mut self, to: &BallotBox, cell: &Cell, counts: &Counts) {
        let message = wire::TallyCell {
            service: cell.key.service.to_string(),
            channel: cell.key.channel.to_string(),
            branch: cell.branch.to_string(),
            counts: Some(counts.to_wire()),
        };
        // Codes hold no NUL, so the name is unambiguous.
        let name = [&message.service, &message.channel, &message.branch].map(String::as_bytes).join(&0);
        let mut key = vec![CELL];
        key.extend(to.key.records().blind(&name));
        let sealed = to.key.records().seal(&key, &message.encode_to_vec());
        self.batch.put(key, sealed);
    }

    pub(crate) fn numbers(&mut self, to: &BallotBox, numbers: &Numbers) {
        let Numbers { circumstanced, day, received_on_day } = *numbers;
        let Circumstanced { late, backed, revoked_terminal } = circumstanced;
        let plain = [late, backed, revoked_terminal, day, received_on_day].map(u64::to_be_bytes).concat();
        self.batch.put(NUMBERS_KEY, to.key.records().seal(NUMBERS_KEY, &plain));
    }
}

fn ballot_key(id: &Id) -> [u8; 33] {
    prefixed(BALLOT, id.as_bytes())
}

fn mark_key(invite: &StoredInvite) -> [u8; 33] {
    prefixed(MARK, invite.as_bytes())
}

fn prefixed(prefix: u8, bytes: &[u8; 32]) -> [u8; 33] {
    let mut key = [prefix; 33];
    if let Some(rest) = key.get_mut(1..) {
        rest.copy_from_slice(bytes);
    }
    key
}

/// The months that have a box under the data directory, ascending. Finishes what a stopped retirement left.
pub(crate) fn months(data_dir: &Path, keys_dir: &Path) -> Result<Vec<Month>, BoxError> {
    for month in ending_in(RETIRED, data_dir)? {
        destroy(data_dir, keys_dir, month)?;
    }
    ending_in("db", data_dir)
}

/// The months that have a directory with this ending, ascending.
fn ending_in(wanted: &str, data_dir: &Path) -> Result<Vec<Month>, BoxError> {
    let refused = |source| BoxError::Io { path: data_dir.to_owned(), source };
    let mut months = Vec::new();
    for entry in fs::read_dir(data_dir).map_err(refused)? {
        let name = entry.map_err(refused)?.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix("box-")) else { continue };
        let digits = rest.split_once('.').filter(|(_, ending)| *ending == wanted).map(|(digits, _)| digits);
        let number = digits.and_then(|digits| digits.parse().ok());
        months.extend(number.and_then(|number| Month::from_yyyymm(number).ok()));
    }
    months.sort_unstable();
    Ok(months)
}

/// Makes an empty box and its key, so that no ballot is ever without one. The box has its name once both are there, so that
/// a crash never leaves a key that misses its box, nor a box that looks as if it had been emptied.
fn make(data_dir: &Path, keys_dir: &Path, month: Month) -> Result<BoxKey, BoxError> {
    let path = data_dir.join(store::box_dir(month));
    let draft = path.with_extension(DRAFT);
    let refused = |source| BoxError::Io { path: draft.clone(), source };
    empty(&draft).map_err(refused)?;
    drop(store::open(&draft).map_err(|source| BoxError::Store { month, source })?);
    let key = BoxKey::create(keys_dir, month)?;
    rename(data_dir, &draft, &path).map_err(refused)?;
    Ok(key)
}

/// Makes the directory, or removes what is in it; it is there all along.
fn empty(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?
        } else {
            fs::remove_file(entry.path())?
        }
    }
    Ok(())
}

/// The months whose keys are there and whose boxes are not, ascending.
pub(crate) fn gone(data_dir: &Path, keys_dir: &Path) -> Result<Vec<Month>, BoxError> {
    let mut gone = Vec::new();
    for month in box_key::months(keys_dir)? {
        let path = data_dir.join(store::box_dir(month));
        // One that is being made or destroyed is no loss; asked first, since it gets its name when that is done.
        let passes = |ending| path.with_extension(ending).exists();
        if !passes(DRAFT)
            && !passes(RETIRED)
            && !store::is_there(&path).map_err(|source| BoxError::Store { month, source })?
        {
            gone.push(month);
        }
    }
    Ok(gone)
}

/// The months whose votes nobody can read any more: the box has no usable key, or is gone.
pub(crate) fn lost(data_dir: &Path, keys_dir: &Path) -> Result<Vec<Month>, BoxError> {
    let gone = gone(data_dir, keys_dir)?;
    let mut lost = gone.clone();
    for month in ending_in("db", data_dir)?.into_iter().filter(|month| !gone.contains(month)) {
        match box_key::file(keys_dir, month).load() {
            Ok(_) => {}
            Err(SealingError::Missing { .. } | SealingError::Malformed { .. }) => lost.push(month),
            Err(error) => return Err(error.into()),
        }
    }
    lost.sort_unstable();
    Ok(lost)
}

/// Refuses to go on without a box or its key, also of a month that is closed: the next one needs what it carried.
pub(crate) fn expect_whole(data_dir: &Path, keys_dir: &Path) -> Result<(), BoxError> {
    let Some(month) = lost(data_dir, keys_dir)?.into_iter().next() else { return Ok(()) };
    match BoxKey::load(keys_dir, month) {
        Ok(_) => Err(BoxError::Gone { month }),
        Err(source) => Err(BoxError::Keyless { month, source }),
    }
}

/// Puts aside what is left of a box that nobody can read, as `box-….lost` and `box-….unusable`: the month begins anew.
pub(crate) fn give_up(data_dir: &Path, keys_dir: &Path, month: Month) -> Result<(), BoxError> {
    let aside = |path: PathBuf, ending| match put_aside(&path, ending) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(|source| BoxError::Io { path, source }),
    };
    // The key first: a box whose key is gone is found again if this stops in between.
    aside(box_key::file(keys_dir, month).path, "unusable")?;
    aside(data_dir.join(store::box_dir(month)), "lost")
}

/// Ends the retention of a month: its key is destroyed, its database removed. The box must be closed in this
/// process. The database is put aside first, so that a crash never leaves a box that misses its key.
pub(crate) fn retire(data_dir: &Path, keys_dir: &Path, month: Month) -> Result<(), BoxError> {
    let path = data_dir.join(store::box_dir(month));
    rename(data_dir, &path, &retired_dir(data_dir, month)).map_err(|source| BoxError::Io { path, source })?;
    destroy(data_dir, keys_dir, month)
}

/// Renames a directory under the data directory; durable on return.
fn rename(data_dir: &Path, from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    File::open(data_dir)?.sync_all()
}

fn destroy(data_dir: &Path, keys_dir: &Path, month: Month) -> Result<(), BoxError> {
    box_key::file(keys_dir, month).destroy()?;
    let path = retired_dir(data_dir, month);
    fs::remove_dir_all(&path).map_err(|source| BoxError::Io { path, source })
}

fn retired_dir(data_dir: &Path, month: Month) -> PathBuf {
    data_dir.join(store::box_dir(month)).with_extension(RETIRED)
}
