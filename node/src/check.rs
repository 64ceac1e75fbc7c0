//! Whether everything that a stopped node holds is sound: every ballot opens and stands under its own id, each tally is
//! the sum of its ballots, no ballot is in two boxes, each root is the one published, every half-day report opens, every
//! feed's chain and every signature holds.
//!
//! What nobody can check from the box alone: whether a ballot was backed by an invite or an attendant, because nothing
//! links the two.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use faccina_proto::ballot::Ballot;
use faccina_proto::calendar::Month;
use faccina_proto::envelope::{FederationId, Id};
use faccina_proto::feed::Body;
use faccina_proto::merkle::ballots_root;
use faccina_proto::names::Author;
use faccina_proto::replica::{Journal, Log, MemoryLog, Outcome, Replica};
use faccina_proto::roster::Federation;
use faccina_proto::tally::{Circumstances, Tally};
use faccina_proto::wire::feed::v1 as wire;

use crate::close::Decision;
use crate::intake::{Archive, BallotBox, BoxError, Found, gone};
use crate::integrity;
use crate::services::{ServiceBook, ServiceError};
use crate::store::{Store, StoreError};
use crate::tokens::{TokenError, Tokens};

/// What is wrong with a box or a feed. Display says it to the person who runs the node.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A box cannot be read.
    #[error(transparent)]
    Box(#[from] BoxError),
    /// The half-day reports of a month cannot be read.
    #[error(transparent)]
    Reports(#[from] integrity::BookError),
    /// A ballot stands under an id that is not its own.
    #[error("ballot box of {month}: {ballots} ballots stand under a wrong id: restore the box from a backup")]
    WrongId {
        /// The box.
        month: Month,
        /// How many.
        ballots: u64,
    },
    /// A ballot of a later month.
    #[error("ballot box of {month}: {ballots} ballots are of a later month: restore the box from a backup")]
    OfLaterMonth {
        /// The box.
        month: Month,
        /// How many.
        ballots: u64,
    },
    /// A ballot is counted in two boxes.
    #[error("ballot box of {month}: {ballots} ballots are also in another box, and counted twice")]
    Twice {
        /// The box.
        month: Month,
        /// How many.
        ballots: u64,
    },
    /// The stored tally is not the sum of the ballots.
    #[error(
        "ballot box of {month}: the tally counts {tallied} ballots, the box holds {held}, or they differ by cell"
    )]
    Tally {
        /// The box.
        month: Month,
        /// Votes in the tally.
        tallied: u64,
        /// Ballots in the box.
        held: u64,
    },
    /// The root of the box is not the one decided.
    #[error("ballot box of {month}: its root is not the one that was decided at the close")]
    Root {
        /// The box.
        month: Month,
    },
    /// The feed has another summary than the one decided.
    #[error("ballot box of {month}: the summary in the feed is not the one that was decided at the close")]
    Summary {
        /// The box.
        month: Month,
    },
    /// Entries are missing or damaged, and the feed ends before them.
    #[error(
        "the feeds are not in order: entries are missing or damaged; restore them from a backup, or synchronise anew"
    )]
    Order,
    /// An entry does not hold.
    #[error(
        "feed of {author}: entry {sequence} does not hold: restore the feeds from a backup, or synchronise anew"
    )]
    Entry {
        /// Whose feed.
        author: Author,
        /// Which entry.
        sequence: u64,
    },
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Findings {
    /// Boxes read.
    pub boxes: u64,
    /// Ballots opened.
    pub ballots: u64,
    /// Half-day reports opened.
    pub reports: u64,
    /// Feeds followed.
    pub feeds: u64,
    /// Entries verified.
    pub entries: u64,
    /// What is wrong; empty when all is sound.
    pub problems: Vec<Problem>,
}

/// Checks all boxes against the summaries in the own feed, and reads the half-day reports of the months that are open.
/// Blocks.
pub fn boxes(
    data_dir: PathBuf,
    keys_dir: PathBuf,
    federation: &FederationId,
    published: &BTreeMap<Month, wire::Summary>,
) -> Result<Findings, Problem> {
    let archive = Archive::find(data_dir.clone(), keys_dir.clone())?;
    let mut findings = Findings::default();
    let gone = gone(&data_dir, &keys_dir)?;
    findings.problems.extend(gone.iter().map(|month| BoxError::Gone { month: *month }.into()));
    for month in archive.months().into_iter().filter(|month| !gone.contains(month)) {
        findings.boxes += 1;
        if let Err(problem) = ballot_box(&archive, month, federation, published, &mut findings) {
            findings.problems.push(problem.into());
        }
    }
    let (reports, unread) = integrity::look_through(data_dir, keys_dir)?;
    findings.reports = reports;
    findings.problems.extend(unread.into_iter().map(Problem::from));
    Ok(findings)
}

fn ballot_box(
    archive: &Archive,
    month: Month,
    federation: &FederationId,
    published: &BTreeMap<Month, wire::Summary>,
    findings: &mut Findings,
) -> Result<(), BoxError> {
    let read = archive.of(month)?;
    let counted = recount(archive, &read, federation)?;
    findings.ballots += counted.ballots;
    let Counted { wrong_ids, of_later_month, twice, .. } = counted;
    if wrong_ids > 0 {
        findings.problems.push(Problem::WrongId { month, ballots: wrong_ids });
    }
    if of_later_month > 0 {
        findings.problems.push(Problem::OfLaterMonth { month, ballots: of_later_month });
    }
    if twice > 0 {
        findings.problems.push(Problem::Twice { month, ballots: twice });
    }
    let tally = read.tally()?;
    if tally.cells() != counted.tally.cells()
        || tally.circumstanced().late != counted.tally.circumstanced().late
    {
        let (tallied, held) = (tally.total().n(), counted.ballots);
        findings.problems.push(Problem::Tally { month, tallied, held });
    }
    if let Some(decision) = Decision::of(&read)? {
        if ballots_root(counted.ids, &decision.seed).as_bytes().as_slice()
            != decision.summary.ballots_root.as_ref()
        {
            findings.problems.push(Problem::Root { month });
        }
        let correction = Decision::correction_of(&read)?.map(|correction| correction.summary);
        let differs =
            |summary: &&wire::Summary| **summary != decision.summary && Some(*summary) != correction.as_ref();
        if published.get(&month).filter(differs).is_some() {
            findings.problems.push(Problem::Summary { month });
        }
    }
    Ok(())
}

#[derive(Default)]
struct Counted {
    ids: Vec<Id>,
    tally: Tally,
    ballots: u64,
    wrong_ids: u64,
    of_later_month: u64,
    twice: u64,
}

fn recount(archive: &Archive, read: &Arc<BallotBox>, federation: &FederationId) -> Result<Counted, BoxError> {
    let mut counted = Counted::default();
    for found in read.ballots() {
        let Found { id, bytes, ballot } = found?;
        let late = ballot.month < read.month();
        counted.ballots += 1;
        counted.wrong_ids += u64::from(Ballot::id(&bytes, federation) != id);
        counted.of_later_month += u64::from(ballot.month > read.month());
        if late {
            // A ballot in two boxes is late in at least one of them.
            let others = archive.from(ballot.month)?;
            let mut others = others.iter().filter(|other| other.month() != read.month());
            let held = others.try_fold(false, |held, other| Ok::<_, BoxError>(held || other.holds(&id)?))?;
            counted.twice += u64::from(held);
        }
        counted.tally.add(&ballot, Circumstances { late, ..Circumstances::default() });
        counted.ids.push(id);
    }
    Ok(counted)
}

/// Why what the node keeps beside ballots and feeds cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tokens(#[from] TokenError),
    #[error(transparent)]
    Services(#[from] ServiceError),
}

/// Reads every record of the node's own store, as its start does. Gives their number.
pub fn records(store: Arc<dyn Store>) -> Result<usize, RecordError> {
    let records = store.scan(b"").try_fold(0, |count, row| row.map(|_| count + 1))?;
    Tokens::open(Arc::clone(&store))?;
    ServiceBook::open(store)?;
    Ok(records)
}

/// Verifies every entry of every feed anew, as if it came from a stranger. Gives the summaries of `own`, by month.
pub fn feeds(
    federation: &Federation,
    replica: &Replica,
    log: &dyn Log,
    own: &Author,
) -> (Findings, BTreeMap<Month, wire::Summary>) {
    let mut findings = Findings::default();
    let (mut fresh, mut kept) = (Replica::new(federation.clone()), MemoryLog::default());
    let mut published = BTreeMap::new();
    for (author, feed) in replica.feeds() {
        let Some(last) = feed.head().map(|head| head.sequence) else { continue };
        findings.feeds += 1;
        for sequence in 1..=last {
            findings.entries += 1;
            let mut journal = Journal::new(&kept);
            let outcome = log.entry(&author, sequence).map(|bytes| fresh.accept(bytes, None, &mut journal));
            let changes = journal.into_changes();
            let Some(Outcome::Added(signed)) = outcome else {
                findings.problems.push(Problem::Entry { author: author.clone(), sequence });
                break;
            };
            kept.apply(changes);
            if author != *own {
                continue;
            }
            if let Body::Summary(summary) = &signed.entry().body
                && let Ok(month) = Month::from_yyyymm(summary.month)
            {
                published.insert(month, summary.clone());
            }
        }
    }
    (findings, published)
}
