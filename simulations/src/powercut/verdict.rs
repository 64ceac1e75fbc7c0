//! What must be on a disk after a cut, held against the ledger.

use super::{
    CutError,
    load::Ledger,
    load::tap_id,
    town::{Town, ente},
};
use faccina_node::{
    config::{FederationFile, FederationFileError},
    device::pairing::PairingError,
    federation::{FederationError, FeedLog, open_feeds},
    kiosk::{
        enrolment::Terminal,
        queue::{BALLOTS_MAX, Queue, QueueError},
        sealed::{SealedError, SealedStore},
        tap::TapId,
    },
    store::{self, FEEDS_DIR, Store, StoreError},
    telling::sentence,
};
use faccina_proto::{envelope::Id, names::Author};
use std::{collections::BTreeSet, fs, io, path::Path, sync::Arc};

/// The agent remembers this many taps by their names, and some are drafts: the rest is counted only.
const TAPS_NAMED_MAX: usize = 500;

/// What a cut took, of what had been promised. All zero on a sound node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Receipted ballots that are in no box.
    pub(crate) ballots: usize,
    /// Ballots that stand in two boxes.
    pub(crate) twice: usize,
    /// Ballots in a box that nobody cast.
    pub(crate) strange: usize,
    /// Taps that were thanked for and are neither in the queue nor in a box.
    pub(crate) taps: usize,
    /// Entries that the node said it had published.
    pub(crate) entries: u64,
    /// Programs or databases that did not open, or that `check` finds unsound.
    pub(crate) refusals: usize,
}

impl Losses {
    pub(crate) fn none(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.ballots += other.ballots;
        self.twice += other.twice;
        self.strange += other.strange;
        self.taps += other.taps;
        self.entries += other.entries;
        self.refusals += other.refusals;
    }
}

/// What the databases of a stopped node and agent hold.
#[derive(Debug)]
struct Held {
    boxes: Vec<Id>,
    queue: BTreeSet<Id>,
    /// Taps among those asked for that the agent knows.
    known: BTreeSet<u32>,
    head: u64,
}

/// Holds the disk of a stopped town against the ledger. The words say what is wrong, where something is.
pub(crate) fn of(town: &Town, ledger: &Ledger) -> Result<(Losses, Vec<String>), CutError> {
    let (mut losses, mut words) = (Losses::default(), Vec::new());
    let checked = town.say(&["check"], &[])?;
    if !checked.status.success() {
        losses.refusals += 1;
        words.push(String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned());
    }
    let held = match held(town, ledger) {
        Ok(held) => held,
        Err(refusal) => {
            losses.refusals += 1;
            words.push(sentence(&refusal));
            return Ok((losses, words));
        }
    };
    let boxes: BTreeSet<Id> = held.boxes.iter().copied().collect();
    losses.twice = held.boxes.len() - boxes.len();
    losses.ballots = ledger.receipted.keys().filter(|id| !boxes.contains(id)).count();
    let sent = |id: &&Id| ledger.receipted.contains_key(id) || ledger.waiting.contains_key(id);
    let of_terminals = boxes.iter().filter(sent).count();
    let of_agent: BTreeSet<&Id> = boxes.iter().filter(|id| !sent(id)).chain(&held.queue).collect();
    let asked = usize::try_from(ledger.taps).unwrap_or(usize::MAX);
    losses.strange = of_agent.len().saturating_sub(asked);
    let named = ledger.thanked.iter().rev().take(TAPS_NAMED_MAX);
    let unknown = named.filter(|tap| !held.known.contains(tap)).count();
    losses.taps = ledger.thanked.len().saturating_sub(of_agent.len()).max(unknown);
    losses.entries = ledger.head.saturating_sub(held.head);
    if !losses.none() {
        words.push(format!(
            "boxes hold {of_terminals} of {} receipted and {} waiting votes, and {} of {} taps with the queue; head {} of {}",
            ledger.receipted.len(),
            ledger.waiting.len(),
            of_agent.len(),
            ledger.thanked.len(),
            held.head,
            ledger.head,
        ));
    }
    Ok((losses, words))
}

/// Why something on the disk does not open.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    File(#[from] FederationFileError),
    #[error(transparent)]
    Feeds(#[from] FederationError),
    #[error(transparent)]
    Enrolment(#[from] PairingError),
    #[error(transparent)]
    Seal(#[from] SealedError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error("the data directory cannot be read")]
    Directory(#[from] io::Error),
    #[error("the agent is enrolled no more")]
    Unenrolled,
    #[error("a ballot box holds an id of another length")]
    Id,
}

fn held(town: &Town, ledger: &Ledger) -> Result<Held, Unopened> {
    let data = town.data();
    let mut boxes = Vec::new();
    for entry in fs::read_dir(&data)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("box-") && path.is_dir() {
            boxes.extend(ids_in(&path)?);
        }
    }
    let log = FeedLog::new(Arc::new(store::open(&data.join(FEEDS_DIR))?));
    let (replica, _repairs) = open_feeds(&FederationFile::load(&town.federation_file())?, &log)?;
    let head = replica.head(&Author::Member(ente())).map_or(0, |head| head.sequence);
    let dir = town.agent_dir();
    let terminal = Terminal::load(&dir)?.ok_or(Unopened::Unenrolled)?;
    let sealed = SealedStore::open(Arc::new(store::open(&dir.join("queue.db"))?), &dir)?;
    let queue = Queue::unseal(Arc::new(sealed), terminal.federation)?;
    Ok(Held {
        boxes,
        queue: queue.oldest(BALLOTS_MAX, &BTreeSet::new()).into_iter().map(|it| it.ballot).collect(),
        known: ledger.thanked.iter().copied().filter(|tap| queue.counted(TapId(tap_id(*tap)))).collect(),
        head,
    })
}

/// The ids of the ballots in a box.
fn ids_in(dir: &Path) -> Result<Vec<Id>, Unopened> {
    let ballots = store::open(dir)?;
    let keys = ballots.scan(b"i").map(|record| record.map(|(key, _)| key));
    keys.map(|key| key?.get(1..).and_then(Id::from_slice).ok_or(Unopened::Id)).collect()
}
